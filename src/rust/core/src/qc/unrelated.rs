//! A set of samples without a related pair.
//!
//! Source: `--king-cutoff` of plink2, whose choice this repeats.

use std::cmp::Reverse;
use std::collections::BTreeSet;

/// Which samples stay when samples are removed until no related pair is left.
///
/// While a pair is left: if some sample has one relative only, the relative of the
/// first such sample goes, else the first of the samples with most relatives.
///
/// | argument   | shape     | values                               |
/// |------------|-----------|--------------------------------------|
/// | `pairs`    | n_pairs   | two different samples, each pair once |
/// | returned   | n_samples | true: stays                          |
///
/// # Panics
/// If a sample is not below `n_samples`.
pub fn unrelated(n_samples: usize, pairs: &[(u32, u32)]) -> Vec<bool> {
    let mut relatives = vec![BTreeSet::new(); n_samples];
    for &(one, other) in pairs {
        relatives[one as usize].insert(other as usize);
        relatives[other as usize].insert(one as usize);
    }
    let mut queue = Queue::default();
    relatives.iter().enumerate().for_each(|(sample, others)| queue.insert(sample, others.len()));
    let mut stays = vec![true; n_samples];
    while let Some(goes) = queue.next(&relatives) {
        stays[goes] = false;
        let others = std::mem::take(&mut relatives[goes]);
        queue.remove(goes, others.len());
        for other in others {
            queue.remove(other, relatives[other].len());
            relatives[other].remove(&goes);
            queue.insert(other, relatives[other].len());
        }
    }
    stays
}

/// Samples that still have relatives, in the order in which they are looked at.
#[derive(Default)]
struct Queue {
    with_one: BTreeSet<usize>,
    by_number: BTreeSet<(Reverse<usize>, usize)>,
}

impl Queue {
    fn insert(&mut self, sample: usize, n_relatives: usize) {
        if n_relatives == 1 {
            self.with_one.insert(sample);
        }
        if n_relatives > 0 {
            self.by_number.insert((Reverse(n_relatives), sample));
        }
    }

    fn remove(&mut self, sample: usize, n_relatives: usize) {
        self.with_one.remove(&sample);
        self.by_number.remove(&(Reverse(n_relatives), sample));
    }

    /// The sample that goes next.
    fn next(&self, relatives: &[BTreeSet<usize>]) -> Option<usize> {
        match self.with_one.first() {
            Some(&sample) => relatives[sample].first().copied(),
            None => self.by_number.first().map(|&(_, sample)| sample),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reference implementation: a table of who is related to whom, looked through from the start
    /// every time.
    fn reference_unrelated(n_samples: usize, pairs: &[(u32, u32)]) -> Vec<bool> {
        let mut related = vec![vec![false; n_samples]; n_samples];
        for &(one, other) in pairs {
            related[one as usize][other as usize] = true;
            related[other as usize][one as usize] = true;
        }
        let mut stays = vec![true; n_samples];
        loop {
            let degree = |s: usize| related[s].iter().filter(|&&r| r).count();
            let most = (0..n_samples).map(degree).max().unwrap_or(0);
            if most == 0 {
                return stays;
            }
            let goes = match (0..n_samples).find(|&s| degree(s) == 1) {
                Some(sample) => (0..n_samples).find(|&other| related[sample][other]).unwrap(),
                None => (0..n_samples).find(|&s| degree(s) == most).unwrap(),
            };
            stays[goes] = false;
            related[goes].fill(false);
            related.iter_mut().for_each(|row| row[goes] = false);
        }
    }

    /// A star keeps its rays; of a pair the second goes; of a triangle two go.
    #[test]
    fn agrees_with_hand_worked_families() {
        assert_eq!(unrelated(4, &[(1, 0), (1, 2), (1, 3)]), [true, false, true, true]);
        assert_eq!(unrelated(2, &[(0, 1)]), [true, false]);
        assert_eq!(unrelated(3, &[(0, 1), (0, 2), (1, 2)]), [false, true, false]);
        assert_eq!(unrelated(3, &[]), [true; 3]);
    }

    #[test]
    fn agrees_with_the_reference_and_leaves_no_pair() {
        for seed in 0..200u32 {
            let n = 2 + seed % 30;
            let hash = |a: u32, b: u32| {
                let x = (a * 64 + b + seed * 4096).wrapping_mul(0x9e37_79b9);
                (x ^ x >> 15).wrapping_mul(0x85eb_ca6b) >> 16
            };
            let pairs: Vec<(u32, u32)> = (0..n)
                .flat_map(|a| (0..a).map(move |b| (a, b)))
                .filter(|&(a, b)| hash(a, b) % 20 < seed % 7)
                .collect();
            let stays = unrelated(n as usize, &pairs);
            assert_eq!(stays, reference_unrelated(n as usize, &pairs));
            assert!(pairs.iter().all(|&(a, b)| !(stays[a as usize] && stays[b as usize])));
        }
    }
}
