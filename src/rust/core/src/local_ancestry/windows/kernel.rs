//! Normalized kernels of the haplotypes of a window.
//!
//! Source: Durand et al. 2014, section 2.1.1.

use crate::data::haplotypes::window_rows::WindowRows;
use crate::local_ancestry::windows::string_kernel::LANES;
use crate::local_ancestry::windows::string_kernel::Tile;
use crate::local_ancestry::windows::string_kernel::kernel_with_tile;
use crate::local_ancestry::windows::string_kernel::self_kernel;
use crate::local_ancestry::windows::string_kernel::steps;
use crate::svm::smo::KernelMatrix;
use serde::Deserialize;
use serde::Serialize;

/// How two haplotypes of a window are compared. Every kernel is 1 for a haplotype with itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kernel {
    /// Equal runs of every length, see `string_kernel`.
    String,
    /// Matches less mismatches, each variant for itself: the inner product of alleles coded 1 and
    /// -1, missing ones 0. Alleles coded 0 and 1 give the same classifiers at four times the cost;
    /// this coding does not depend on which allele is counted.
    Linear,
}

impl Kernel {
    /// Kernel of a row with itself, before it is normalized.
    fn own(self, rows: &WindowRows, row: usize) -> f64 {
        match self {
            Kernel::String => f64::from(self_kernel(rows, row)),
            Kernel::Linear => f64::from(count(rows.present(row).iter().copied())),
        }
    }

    /// One over the length of a row in feature space; 0 for a row without alleles.
    fn scale(self, rows: &WindowRows, row: usize) -> f64 {
        let own = self.own(rows, row);
        if own > 0.0 { own.sqrt().recip() } else { 0.0 }
    }
}

/// Kernels of all rows with one another.
pub fn kernel_matrix(kernel: Kernel, rows: &WindowRows) -> KernelMatrix {
    KernelMatrix::filled(rows.n_rows(), |out, stride| compare(kernel, rows, rows, out, stride))
}

/// Kernels `K(a, b) / sqrt(K(a, a) K(b, b))` of all `left` with all `right` rows.
///
/// | argument | shape              | values                                       |
/// |----------|--------------------|----------------------------------------------|
/// | `left`   | n_left haplotypes  | of as many variants as `right`               |
/// | `out`    | n_left x `stride`  | receives n_right numbers per row, -1 to 1    |
///
/// A row without alleles has kernel 0 with every other.
///
/// # Panics
/// If the variants differ in number, or `out` is too short.
pub fn compare(
    kernel: Kernel,
    left: &WindowRows,
    right: &WindowRows,
    out: &mut [f32],
    stride: usize,
) {
    assert_eq!(left.n_variants(), right.n_variants(), "variants of a window");
    assert!(stride >= right.n_rows() && out.len() >= stride * left.n_rows(), "room for kernels");
    let scales = |rows: &WindowRows| -> Vec<f64> {
        (0..rows.n_rows()).map(|row| kernel.scale(rows, row)).collect()
    };
    let (left_scale, right_scale) = (scales(left), scales(right));
    let mut put = |a: usize, b: usize, raw: f64| {
        out[a * stride + b] = (raw * left_scale[a] * right_scale[b]) as f32;
    };
    match kernel {
        Kernel::String => compare_strings(left, right, put),
        Kernel::Linear => {
            for a in 0..left.n_rows() {
                (0..right.n_rows())
                    .for_each(|b| put(a, b, matches_less_mismatches(left, a, right, b)));
            }
        }
    }
}

/// Tile after tile, so that one stays in the fastest cache.
fn compare_strings(left: &WindowRows, right: &WindowRows, mut put: impl FnMut(usize, usize, f64)) {
    let left_steps: Vec<Vec<u16>> = (0..left.n_rows()).map(|row| steps(left, row)).collect();
    for first in (0..right.n_rows()).step_by(LANES) {
        let tile = Tile::new(right, first);
        let n_lanes = LANES.min(right.n_rows() - first);
        for (a, steps) in left_steps.iter().enumerate() {
            let raw = kernel_with_tile(steps, &tile);
            (0..n_lanes).for_each(|lane| put(a, first + lane, f64::from(raw[lane])));
        }
    }
}

fn matches_less_mismatches(left: &WindowRows, a: usize, right: &WindowRows, b: usize) -> f64 {
    let both = || left.present(a).iter().zip(right.present(b)).map(|(a, b)| a & b);
    let differ = left.alleles(a).iter().zip(right.alleles(b)).map(|(a, b)| a ^ b);
    let n_different = count(differ.zip(both()).map(|(differ, both)| differ & both));
    f64::from(count(both())) - 2.0 * f64::from(n_different)
}

/// Bits that are 1.
fn count(words: impl Iterator<Item = u64>) -> u32 {
    words.map(u64::count_ones).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local_ancestry::windows::simulated::random_rows;
    use crate::local_ancestry::windows::string_kernel::tests::reference_kernel;

    /// Reference implementation: allele by allele, coded 1, -1 and 0.
    fn reference_linear(rows: &WindowRows, a: usize, b: usize) -> f64 {
        let code = |row, variant| {
            rows.allele(row, variant).map_or(0.0, |one| if one { 1.0 } else { -1.0 })
        };
        (0..rows.n_variants()).map(|variant| code(a, variant) * code(b, variant)).sum()
    }

    fn plain(kernel: Kernel, rows: &WindowRows, a: usize, b: usize) -> f64 {
        match kernel {
            Kernel::String => f64::from(reference_kernel(rows, a, b)),
            Kernel::Linear => reference_linear(rows, a, b),
        }
    }

    #[test]
    fn kernels_are_normalized_and_agree_with_the_reference() {
        for kernel in [Kernel::String, Kernel::Linear] {
            for (n, n_variants, missing) in [(1, 1, 0), (33, 70, 10), (64, 100, 0), (50, 3, 40)] {
                let rows = random_rows(n, n_variants, missing, 7);
                let got = kernel_matrix(kernel, &rows);
                for a in 0..n {
                    for b in 0..n {
                        let size = plain(kernel, &rows, a, a) * plain(kernel, &rows, b, b);
                        let want =
                            if size > 0.0 { plain(kernel, &rows, a, b) / size.sqrt() } else { 0.0 };
                        assert!((f64::from(got.values(a)[b]) - want).abs() < 1e-6);
                        assert_eq!(got.values(a)[b], got.values(b)[a]);
                    }
                    if rows.is_seen(a) {
                        assert_eq!(got.values(a)[a], 1.0);
                    }
                }
            }
        }
    }

    /// Haplotypes 0110 and 0101 match in a run of 2: (2 * 3 / 2) / (4 * 5 / 2), and 2 of 4.
    #[test]
    fn two_haplotypes_worked_by_hand() {
        let mut rows = WindowRows::new(4);
        rows.push(&[0b0110], &[0b1111]);
        rows.push(&[0b1010], &[0b1111]);
        assert_eq!(kernel_matrix(Kernel::String, &rows).values(0), [1.0, 0.3]);
        assert_eq!(kernel_matrix(Kernel::Linear, &rows).values(0), [1.0, 0.0]);
    }

    #[test]
    fn new_rows_are_compared_as_old_ones_are() {
        let rows = random_rows(40, 90, 3, 5);
        let mut some = WindowRows::new(90);
        [3, 39].into_iter().for_each(|row| some.push(rows.alleles(row), rows.present(row)));
        for kernel in [Kernel::String, Kernel::Linear] {
            let all = kernel_matrix(kernel, &rows);
            let mut out = vec![0.0; 2 * 40];
            compare(kernel, &some, &rows, &mut out, 40);
            assert_eq!(out[..40], *all.values(3));
            assert_eq!(out[40..], *all.values(39));
        }
    }
}
