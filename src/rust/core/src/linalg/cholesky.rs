//! Cholesky factor of a matrix that gains and loses rows, one at a time.
//!
//! Source: Gill, Golub, Murray & Saunders 1974, "Methods for modifying matrix
//! factorizations", for the removal by plane rotations.

use crate::linalg::dot::add_scaled;
use crate::linalg::dot::dot;

/// A new row whose squared distance to the span of the others is below this
/// part of its own squared length counts as dependent on them.
const DEPENDENT: f64 = 1e-12;

/// Lower triangle `L` of a symmetric positive definite matrix `M = L L'`.
///
/// Row `i` holds its `i + 1` entries contiguously, so that both triangular
/// solves walk memory forwards. The last of them, on the diagonal of `L`, is kept
/// as its reciprocal, so that a solve needs no division.
#[derive(Clone, Debug, Default)]
pub struct Factor {
    rows: Vec<f64>,
    size: usize,
}

fn row_start(row: usize) -> usize {
    row * (row + 1) / 2
}

impl Factor {
    /// Number of rows of `M`.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Squared distance of every row of `M` from the span of those before it, in units of `M`.
    pub fn pivots(&self) -> impl Iterator<Item = f64> + '_ {
        (0..self.size).map(|row| self.rows[row_start(row + 1) - 1].powi(-2))
    }

    /// Forgets every row.
    pub fn clear(&mut self) {
        self.rows.clear();
        self.size = 0;
    }

    /// Borders `M` with one more row and column.
    ///
    /// | argument   | shape | values                                         |
    /// |------------|-------|------------------------------------------------|
    /// | `column`   | size  | entries of `M` between the new row and the old |
    /// | `diagonal` |       | the new entry on the diagonal, positive        |
    ///
    /// Returns `false`, and leaves the factor alone, if the bordered matrix
    /// would be singular to rounding.
    ///
    /// # Panics
    /// If `column` does not have `size` entries.
    #[inline(always)]
    pub fn append(&mut self, column: &[f64], diagonal: f64) -> bool {
        assert_eq!(column.len(), self.size);
        let start = self.rows.len();
        self.rows.extend_from_slice(column);
        let (old, new) = self.rows.split_at_mut(start);
        forward(old, new);
        let pivot = diagonal - dot(new, new);
        // Written so that a NaN counts as dependent.
        let independent = pivot > DEPENDENT * diagonal;
        if independent {
            self.rows.push(1.0 / pivot.sqrt());
            self.size += 1;
        } else {
            self.rows.truncate(start);
        }
        independent
    }

    /// Deletes a row and its column from `M`.
    ///
    /// # Panics
    /// If `row` is not below `size`.
    pub fn remove(&mut self, row: usize) {
        assert!(row < self.size);
        let mut rotations = Vec::with_capacity(self.size - row - 1);
        for old in row + 1..self.size {
            self.shift_up(old, row, &mut rotations);
        }
        self.size -= 1;
        self.rows.truncate(row_start(self.size));
    }

    /// Moves row `old` one place up after row `removed` has left: applies the
    /// rotations of the rows above, then one that zeroes the entry that now
    /// lies right of the diagonal.
    fn shift_up(&mut self, old: usize, removed: usize, rotations: &mut Vec<(f64, f64)>) {
        let (from, to) = (row_start(old), row_start(old - 1));
        // The target row ends where the source row starts.
        let (above, below) = self.rows.split_at_mut(from);
        let (target, source) = (&mut above[to..], &below[..=old]);
        target[..removed].copy_from_slice(&source[..removed]);
        let mut carried = source[removed];
        for (step, &(cosine, sine)) in rotations.iter().enumerate() {
            let next = source[removed + step + 1];
            target[removed + step] = cosine * carried + sine * next;
            carried = cosine * next - sine * carried;
        }
        let last = 1.0 / source[old];
        let length = carried.hypot(last);
        rotations.push((carried / length, last / length));
        target[old - 1] = 1.0 / length;
    }

    /// Overwrites `right` with `M^-1 right`.
    ///
    /// # Panics
    /// If `right` does not have `size` entries.
    #[inline(always)]
    pub fn solve(&self, right: &mut [f64]) {
        assert_eq!(right.len(), self.size);
        forward(&self.rows, right);
        for row in (0..self.size).rev() {
            let start = row_start(row);
            let (before, here) = right.split_at_mut(row);
            here[0] *= self.rows[start + row];
            add_scaled(before, -here[0], &self.rows[start..start + row]);
        }
    }
}

/// Right sides that are solved together.
pub const TOGETHER: usize = 4;

impl Factor {
    /// As [`Factor::solve`] for four right sides, which takes little longer than for one:
    /// `right[row]` has their entries of a row.
    ///
    /// # Panics
    /// If `right` does not have `size` entries.
    #[inline(always)]
    pub fn solve_together(&self, right: &mut [[f64; TOGETHER]]) {
        assert_eq!(right.len(), self.size);
        for row in 0..self.size {
            let entries = &self.rows[row_start(row)..=row_start(row) + row];
            let (before, here) = right.split_at_mut(row);
            for (&entry, solved) in entries.iter().zip(before.iter()) {
                subtract(&mut here[0], entry, solved);
            }
            here[0] = here[0].map(|value| value * entries[row]);
        }
        for row in (0..self.size).rev() {
            let entries = &self.rows[row_start(row)..=row_start(row) + row];
            let (before, here) = right.split_at_mut(row);
            here[0] = here[0].map(|value| value * entries[row]);
            for (&entry, rest) in entries.iter().zip(before.iter_mut()) {
                subtract(rest, entry, &here[0]);
            }
        }
    }
}

#[inline(always)]
fn subtract(total: &mut [f64; TOGETHER], factor: f64, values: &[f64; TOGETHER]) {
    for (total, value) in total.iter_mut().zip(values) {
        *total -= factor * value;
    }
}

/// Overwrites `right` with `L^-1 right`, `rows` being the packed rows of `L`.
#[inline(always)]
fn forward(rows: &[f64], right: &mut [f64]) {
    let mut start = 0;
    for row in 0..right.len() {
        let (before, here) = right.split_at_mut(row);
        here[0] = (here[0] - dot(&rows[start..start + row], before)) * rows[start + row];
        start += row + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::random::generator;
    use approx::assert_abs_diff_eq;
    use rand_chacha::rand_core::RngCore;

    /// A random positive definite matrix, by rows.
    fn positive_definite(size: usize, seed: u64) -> Vec<Vec<f64>> {
        let mut source = generator(seed, 0);
        let mut uniform = || source.next_u32() as f64 / u32::MAX as f64 - 0.5;
        let root: Vec<Vec<f64>> =
            (0..size).map(|_| (0..size + 2).map(|_| uniform()).collect()).collect();
        root.iter().map(|a| root.iter().map(|b| dot(a, b)).collect()).collect()
    }

    fn factor(matrix: &[Vec<f64>]) -> Factor {
        let mut factor = Factor::default();
        for (row, entries) in matrix.iter().enumerate() {
            assert!(factor.append(&entries[..row], entries[row]));
        }
        factor
    }

    /// Four right sides together are the four alone, before and after a row has left.
    #[test]
    fn solves_four_together_as_each_alone() {
        let matrix = positive_definite(7, 3);
        let mut factor = factor(&matrix);
        for _ in 0..3 {
            let size = factor.size();
            let entry = |row: usize, lane: usize| ((3 * row + 5 * lane) % 7) as f64 - 2.5;
            let mut together: Vec<[f64; TOGETHER]> =
                (0..size).map(|row| std::array::from_fn(|lane| entry(row, lane))).collect();
            factor.solve_together(&mut together);
            for lane in 0..TOGETHER {
                let mut alone: Vec<f64> = (0..size).map(|row| entry(row, lane)).collect();
                factor.solve(&mut alone);
                let lane_of: Vec<f64> = together.iter().map(|row| row[lane]).collect();
                assert_abs_diff_eq!(lane_of[..], alone[..], epsilon = 1e-9);
            }
            factor.remove(2);
        }
    }

    fn assert_solves(factor: &Factor, matrix: &[Vec<f64>]) {
        let want: Vec<f64> = (0..matrix.len()).map(|row| row as f64 - 1.5).collect();
        let mut got: Vec<f64> = matrix.iter().map(|row| dot(row, &want)).collect();
        factor.solve(&mut got);
        for (got, want) in got.iter().zip(&want) {
            assert_abs_diff_eq!(got, want, epsilon = 1e-9);
        }
    }

    #[test]
    fn factors_a_matrix_worked_by_hand() {
        let got = factor(&[vec![4.0, 2.0], vec![2.0, 5.0]]);
        assert_eq!(got.rows, [0.5, 1.0, 0.5]);
        assert_eq!(got.pivots().collect::<Vec<_>>(), [4.0, 4.0]);
    }

    #[test]
    fn solves_what_was_appended() {
        for size in [1, 2, 5, 13] {
            let matrix = positive_definite(size, size as u64);
            assert_solves(&factor(&matrix), &matrix);
        }
    }

    #[test]
    fn solves_after_any_row_was_removed() {
        let size = 7;
        let matrix = positive_definite(size, 3);
        for gone in 0..size {
            let mut got = factor(&matrix);
            got.remove(gone);
            let kept: Vec<usize> = (0..size).filter(|row| *row != gone).collect();
            let left: Vec<Vec<f64>> =
                kept.iter().map(|&i| kept.iter().map(|&j| matrix[i][j]).collect()).collect();
            assert_eq!(got.size(), size - 1);
            assert_solves(&got, &left);
        }
    }

    #[test]
    fn refuses_a_dependent_row_and_stays_as_it_was() {
        let mut got = factor(&[vec![1.0, 0.0], vec![0.0, 1.0]]);
        let before = got.rows.clone();
        assert!(!got.append(&[3.0, 4.0], 25.0));
        assert!(!got.append(&[f64::NAN, 4.0], 25.0));
        assert_eq!(got.rows, before);
        assert!(got.append(&[3.0, 4.0], 26.0));
    }
}
