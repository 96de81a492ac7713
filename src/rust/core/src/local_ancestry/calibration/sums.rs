//! Posteriors summed over the haplotypes of samples.

use crate::local_ancestry::calibration::tree::Tree;

/// One chromosome of calls.
///
/// | field       | shape                    | values                                            |
/// |-------------|--------------------------|---------------------------------------------------|
/// | `columns`   | n_columns                | posteriors of one population each, all of one length |
/// | `row`       | n_haplotypes x n_windows | positions in a column                             |
/// | `sample`    | n_haplotypes             | below `n_samples`                                 |
/// | `n_samples` |                          | samples may have none of the haplotypes           |
pub struct Block<'c> {
    pub columns: &'c [&'c [f64]],
    pub row: &'c [u32],
    pub sample: &'c [usize],
    pub n_samples: usize,
}

impl Block<'_> {
    /// Positions of the windows of each haplotype, with its sample.
    fn haplotypes(&self) -> impl Iterator<Item = (usize, &[u32])> {
        let n_windows = self.row.len() / self.sample.len().max(1);
        assert_eq!(self.row.len(), n_windows * self.sample.len(), "windows of every haplotype");
        self.sample.iter().copied().zip(self.row.chunks_exact(n_windows.max(1)))
    }

    /// Copies of what all columns together are: of each sample the sum over its haplotypes.
    ///
    /// Returned: n_samples x n_windows, not a number where a sample has no haplotype.
    ///
    /// # Panics
    /// If shapes do not match, or a sample or row is out of range.
    pub fn copies(&self) -> Vec<f64> {
        let n_windows = self.row.len() / self.sample.len().max(1);
        let mut copies = vec![f64::NAN; self.n_samples * n_windows];
        for sample in self.sample {
            copies[sample * n_windows..][..n_windows].fill(0.0);
        }
        let (first, rest) = self.columns.split_first().expect("a column");
        for (sample, rows) in self.haplotypes() {
            let own = &mut copies[sample * n_windows..][..n_windows];
            for (sum, &row) in own.iter_mut().zip(rows) {
                let row = row as usize;
                *sum += rest.iter().fold(first[row], |sum, column| sum + column[row]);
            }
        }
        copies
    }
}

/// Calls of some length: windows, or parts of windows.
///
/// | field    | shape    | values                   |
/// |----------|----------|--------------------------|
/// | `row`    | n_pieces | positions in a column    |
/// | `sample` | n_pieces | below `n_samples`        |
/// | `part`   | n_pieces | of the genome            |
/// | `length` | n_pieces |                          |
pub struct Pieces<'c> {
    pub row: &'c [u32],
    pub sample: &'c [usize],
    pub part: &'c [usize],
    pub length: &'c [f64],
}

impl Pieces<'_> {
    /// Sums over both haplotypes of a sample of posterior times length, in parts of the genome.
    ///
    /// | argument   | shape                         | values                                    |
    /// |------------|-------------------------------|-------------------------------------------|
    /// | `columns`  | n_columns                     | posteriors of one population each         |
    /// | `tree`     |                               | leaves are the columns                    |
    /// | returned   | n_nodes x n_parts x n_samples | of every node of the tree                 |
    ///
    /// # Panics
    /// If shapes do not match, or a sample, part or row is out of range.
    pub fn lengths(
        &self,
        columns: &[&[f64]],
        tree: &Tree,
        n_samples: usize,
        n_parts: usize,
    ) -> Vec<f64> {
        let n = self.row.len();
        assert!(self.sample.len() == n && self.part.len() == n && self.length.len() == n, "pieces");
        let mut sums = vec![vec![0.0; n_parts * n_samples]; columns.len()];
        for (sums, column) in sums.iter_mut().zip(columns) {
            let places = self.part.iter().zip(self.sample);
            for ((&row, length), (part, sample)) in self.row.iter().zip(self.length).zip(places) {
                sums[part * n_samples + sample] += column[row as usize] * length;
            }
        }
        tree.sums(&sums.iter().map(Vec::as_slice).collect::<Vec<&[f64]>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::random::generator;
    use rand_chacha::rand_core::RngCore;

    /// Two windows; sample 1 has two haplotypes, sample 2 one, sample 0 none. (a, b) below the root.
    #[test]
    fn sums_worked_by_hand() {
        let (a, b) = ([0.25, 0.5, 0.75, 1.0, 0.0, 0.5], [0.75, 0.5, 0.25, 0.0, 1.0, 0.5]);
        let block = Block {
            columns: &[&a, &b],
            row: &[0, 1, 2, 3, 5, 4],
            sample: &[1, 2, 1],
            n_samples: 3,
        };
        let only = Block { columns: &block.columns[..1], ..block };
        let got = only.copies();
        assert!(got[..2].iter().all(|copies| copies.is_nan()));
        assert_eq!(got[2..], [0.75, 0.5, 0.75, 1.0]);
        assert_eq!(block.copies()[2..], [2.0, 2.0, 1.0, 1.0]);
        // Windows of 10 and 4, each a part.
        let pieces = Pieces {
            row: block.row,
            sample: &[1, 1, 2, 2, 1, 1],
            part: &[0, 1, 0, 1, 0, 1],
            length: &[10.0, 4.0, 10.0, 4.0, 10.0, 4.0],
        };
        let got = pieces.lengths(block.columns, &Tree::new(vec![0, 0]), 3, 2);
        let root = [0.0, 20.0, 10.0, 0.0, 8.0, 4.0];
        assert_eq!(got[..6], root);
        assert_eq!(got[6..12], [0.0, 7.5, 7.5, 0.0, 2.0, 4.0]);
        assert_eq!(got[12..], [0.0, 12.5, 2.5, 0.0, 6.0, 0.0]);
    }

    /// Reference implementation: every cell of the answer by itself.
    #[test]
    fn agrees_with_every_cell_by_itself() {
        let mut source = generator(9, 0);
        let mut below = |n: usize| source.next_u32() as usize % n;
        let (n_windows, sample, n_samples, n_parts) = (7, [3, 0, 0, 2, 3], 5, 3);
        let n = n_windows * sample.len();
        let columns: Vec<Vec<f64>> =
            (0..3).map(|_| (0..n).map(|_| below(1000) as f64 / 1000.0).collect()).collect();
        let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let row: Vec<u32> = (0..n).map(|at| ((at * 8 + 3) % n) as u32).collect();
        let length: Vec<f64> = (0..n).map(|_| 1.0 + below(9) as f64).collect();
        let part: Vec<usize> = (0..n).map(|_| below(n_parts)).collect();
        let block = Block { columns: &columns, row: &row, sample: &sample, n_samples };
        let owner: Vec<usize> = (0..n).map(|at| sample[at / n_windows]).collect();
        let pieces = Pieces { row: &row, sample: &owner, part: &part, length: &length };
        // ((0,1)x,2)root; nodes: root 0, x 1, its leaves 2 and 3, the third leaf 4.
        let got = pieces.lengths(&columns, &Tree::new(vec![0, 1, 1, 0]), n_samples, n_parts);
        let below_node = [vec![0, 1, 2], vec![0, 1], vec![0], vec![1], vec![2]];
        let of = |own: usize, window: usize, leaves: &[usize]| -> f64 {
            let rows = (0..sample.len()).filter(|&h| sample[h] == own);
            let rows = rows.map(|h| row[h * n_windows + window] as usize);
            rows.flat_map(|row| leaves.iter().map(move |&leaf| (leaf, row)))
                .map(|(leaf, row)| columns[leaf][row])
                .sum()
        };
        for (at, got) in got.iter().enumerate() {
            let (own, in_part) = (at % n_samples, at / n_samples % n_parts);
            let leaves = &below_node[at / (n_samples * n_parts)];
            let there = (0..n).filter(|&at| part[at] == in_part && owner[at] == own);
            let value = |at: usize| -> f64 {
                leaves.iter().map(|&leaf| columns[leaf][row[at] as usize]).sum()
            };
            let want: f64 = there.map(|at| length[at] * value(at)).sum();
            assert!((got - want).abs() < 1e-12);
        }
        for (at, got) in block.copies().iter().enumerate() {
            let (own, window) = (at / n_windows, at % n_windows);
            let is_there = sample.contains(&own);
            assert_eq!(got.is_nan(), !is_there);
            assert!(!is_there || (got - of(own, window, &[0, 1, 2])).abs() < 1e-12);
        }
    }
}
