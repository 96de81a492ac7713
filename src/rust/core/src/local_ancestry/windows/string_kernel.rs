//! The string kernel: the runs of variants at which two haplotypes are equal.
//!
//! Source: Durand et al. 2014, section 2.1.1; the weighted-degree kernel of Rätsch & Sonnenburg
//! with all degrees and unit weights.
//!
//! The kernel of two haplotypes is the number of pairs (k, l) for which their k-mers that start at
//! variant l are equal: the sum of L (L + 1) / 2 over the runs of L consecutive matching variants.
//! A missing allele matches nothing, not even another missing one. Adding, at every variant, the
//! length of the run that ends there gives the same sum, and needs no branch: so 32 haplotypes are
//! compared with one at a time, each in a 16-bit lane. That is faster than XOR on words and
//! counting zeros by several times, because runs of unrelated haplotypes are short.
//!
//! The body is compiled twice, for AVX2 and for the baseline of the target, and chosen at run
//! time. All numbers are integers, so both give the same.

use crate::data::haplotypes::window_rows::WindowRows;

/// Haplotypes compared at a time.
pub const LANES: usize = 32;

/// One 16-bit number per haplotype of a tile.
#[repr(C, align(64))]
#[derive(Clone, Copy)]
struct Lanes([u16; LANES]);

/// 32 haplotypes, transposed so that lanes are haplotypes.
///
/// Row `2 j + a` of `masks` is all ones in the lanes that have allele `a` at variant `j`; the last
/// row, for missing alleles, is 0.
pub struct Tile {
    masks: Vec<Lanes>,
}

impl Tile {
    /// Haplotypes `first..first + 32` of `rows`; lanes past the last match nothing.
    pub fn new(rows: &WindowRows, first: usize) -> Tile {
        let mut masks = vec![Lanes([0; LANES]); 2 * rows.n_variants() + 1];
        let end = rows.n_rows().min(first + LANES);
        for (lane, row) in (first..end).enumerate() {
            for variant in 0..rows.n_variants() {
                if let Some(allele) = rows.allele(row, variant) {
                    masks[2 * variant + usize::from(allele)].0[lane] = u16::MAX;
                }
            }
        }
        Tile { masks }
    }
}

/// Which row of a tile's masks to look at, for each variant of a haplotype.
pub fn steps(rows: &WindowRows, row: usize) -> Vec<u16> {
    let missing = 2 * rows.n_variants();
    let step = |variant| match rows.allele(row, variant) {
        Some(allele) => 2 * variant + usize::from(allele),
        None => missing,
    };
    (0..rows.n_variants()).map(|variant| step(variant) as u16).collect()
}

/// Kernel of one haplotype with each of a tile, not normalized.
///
/// | argument | shape      | values                           |
/// |----------|------------|----------------------------------|
/// | `steps`  | n_variants | of [`steps`], at most 32,767     |
/// | returned | 32         | `0..=n_variants (n_variants + 1) / 2` |
///
/// # Panics
/// If `steps` are not of as many variants as the tile.
pub fn kernel_with_tile(steps: &[u16], tile: &Tile) -> [u32; LANES] {
    assert_eq!(2 * steps.len() + 1, tile.masks.len(), "variants of a haplotype and a tile");
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor was just seen to have AVX2.
        return unsafe { kernel_avx2(steps, &tile.masks) };
    }
    kernel_body(steps, &tile.masks)
}

/// [`kernel_body`] compiled for AVX2.
///
/// # Safety
/// The processor must have AVX2.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
unsafe fn kernel_avx2(steps: &[u16], masks: &[Lanes]) -> [u32; LANES] {
    kernel_body(steps, masks)
}

#[inline(always)]
fn kernel_body(steps: &[u16], masks: &[Lanes]) -> [u32; LANES] {
    // Sums of this many runs, none longer than the window, stay below 2^16.
    let safe = (usize::from(u16::MAX) / steps.len().max(1)).max(1);
    let (mut total, mut run) = ([0_u32; LANES], [0_u16; LANES]);
    for some in steps.chunks(safe) {
        let mut sum = [0_u16; LANES];
        for &step in some {
            let mask = &masks[usize::from(step)].0;
            for lane in 0..LANES {
                run[lane] = run[lane].wrapping_add(1) & mask[lane];
                sum[lane] = sum[lane].wrapping_add(run[lane]);
            }
        }
        (0..LANES).for_each(|lane| total[lane] += u32::from(sum[lane]));
    }
    total
}

/// Kernel of a haplotype with itself: of the runs that are not missing.
pub fn self_kernel(rows: &WindowRows, row: usize) -> u32 {
    let (mut run, mut sum) = (0, 0);
    for variant in 0..rows.n_variants() {
        run = if rows.allele(row, variant).is_some() { run + 1 } else { 0 };
        sum += run;
    }
    sum
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::local_ancestry::windows::simulated::random_rows;

    /// Reference implementation: all pairs (k, l), by definition.
    fn reference_by_definition(rows: &WindowRows, a: usize, b: usize) -> u32 {
        let m = rows.n_variants();
        let equal = |v| rows.allele(a, v).is_some() && rows.allele(a, v) == rows.allele(b, v);
        let starts = |k| (0..=m - k).filter(move |&l| (l..l + k).all(equal)).count() as u32;
        (1..=m).map(starts).sum()
    }

    /// Reference implementation: one byte per allele, runs as they end.
    pub fn reference_kernel(rows: &WindowRows, a: usize, b: usize) -> u32 {
        let (mut run, mut sum) = (0, 0);
        for variant in 0..rows.n_variants() {
            let allele = rows.allele(a, variant);
            if allele.is_some() && allele == rows.allele(b, variant) {
                run += 1;
            } else {
                sum += run * (run + 1) / 2;
                run = 0;
            }
        }
        sum + run * (run + 1) / 2
    }

    #[test]
    fn two_haplotypes_worked_by_hand() {
        // 0110100 and 0100101 match in runs of 2, 3 (10 of 6 + 3) and not at the end; then the
        // second has its third allele missing, which breaks nothing more.
        let mut rows = WindowRows::new(7);
        rows.push(&[0b0010110], &[0b1111111]);
        rows.push(&[0b1010010], &[0b1111111]);
        rows.push(&[0b0010110], &[0b1110111]);
        let row = kernel_with_tile(&steps(&rows, 0), &Tile::new(&rows, 0));
        assert_eq!(row[..3], [28, 3 + 6, 6 + 6]);
        assert_eq!(row[3..], [0; LANES - 3]);
        assert_eq!((self_kernel(&rows, 0), self_kernel(&rows, 2)), (28, 12));
        let row = kernel_with_tile(&steps(&rows, 2), &Tile::new(&rows, 0));
        assert_eq!(row[..3], [12, 3 + 3, 12]);
    }

    #[test]
    fn agrees_with_both_references() {
        for (n_variants, missing) in [(1, 0), (5, 3), (63, 0), (64, 9), (65, 0), (100, 5)] {
            let rows = random_rows(40, n_variants, missing, n_variants as u64);
            let tiles = [Tile::new(&rows, 0), Tile::new(&rows, LANES)];
            for a in 0..40 {
                let steps = steps(&rows, a);
                let got = tiles.each_ref().map(|tile| kernel_with_tile(&steps, tile)).concat();
                for (b, &got) in got.iter().enumerate().take(40) {
                    assert_eq!(got, reference_kernel(&rows, a, b));
                    if a % 7 == 0 {
                        assert_eq!(got, reference_by_definition(&rows, a, b));
                    }
                }
                assert_eq!(got[a], self_kernel(&rows, a));
                assert_eq!(got[40..], [0; 2 * LANES - 40]);
            }
        }
    }

    /// Lanes of 16 bits are emptied before they run over.
    #[test]
    fn long_windows_do_not_overflow() {
        for n_variants in [361, 362, 1000, 31_999] {
            let mut rows = WindowRows::new(n_variants);
            let full = rows.full_row();
            rows.push(&full, &full);
            let got = kernel_with_tile(&steps(&rows, 0), &Tile::new(&rows, 0))[0];
            assert_eq!(got as usize, n_variants * (n_variants + 1) / 2);
        }
        let rows = random_rows(3, 2000, 1, 4);
        let got = kernel_with_tile(&steps(&rows, 0), &Tile::new(&rows, 0));
        (0..3).for_each(|b| assert_eq!(got[b], reference_kernel(&rows, 0, b)));
    }

    /// The dispatched body and the baseline one.
    #[test]
    fn every_build_gives_the_same() {
        let rows = random_rows(LANES, 150, 4, 9);
        let tile = Tile::new(&rows, 0);
        for row in 0..LANES {
            let steps = steps(&rows, row);
            assert_eq!(kernel_with_tile(&steps, &tile), kernel_body(&steps, &tile.masks));
        }
    }
}
