//! Data for the tests of this room.

use crate::data::haplotypes::packed::HaplotypeBuilder;
use crate::data::haplotypes::packed::HaplotypeView;
use crate::data::haplotypes::window_rows::WindowRows;
use crate::linalg::random::generator;
use rand_chacha::rand_core::RngCore;

/// Random rows whose neighbors are alike: each copies the row before it except for about one
/// variant in eight. `missing` of a hundred alleles are missing.
pub(super) fn random_rows(n: usize, n_variants: usize, missing: u32, seed: u64) -> WindowRows {
    let mut source = generator(seed, 0);
    let mut rows = WindowRows::new(n_variants);
    let n_words = rows.n_words();
    let mut alleles: Vec<u64> = (0..n_words).map(|_| source.next_u64()).collect();
    for _ in 0..n {
        let mut present = vec![u64::MAX; n_words];
        for variant in 0..n_variants {
            let bit = 1 << (variant % 64);
            if source.next_u32() % 8 == 0 {
                alleles[variant / 64] ^= bit;
            }
            if source.next_u32() % 100 < missing {
                present[variant / 64] &= !bit;
            }
        }
        rows.push(&alleles, &present);
    }
    rows
}

/// Haplotypes of samples of the given populations: each population has its own frequencies, drawn
/// at random and, with `alike` 1, the same for all.
pub(super) fn population_haplotypes(
    population: &[u16],
    n_variants: usize,
    alike: f64,
    seed: u64,
) -> HaplotypeView<'static> {
    let mut source = generator(seed, 1);
    let mut uniform = || f64::from(source.next_u32()) / f64::from(u32::MAX);
    let n_populations = population.iter().max().map_or(0, |most| usize::from(*most) + 1);
    let mut builder = HaplotypeBuilder::new(population.len());
    for _ in 0..n_variants {
        let shared = uniform();
        let frequency: Vec<f64> =
            (0..n_populations).map(|_| alike * shared + (1.0 - alike) * uniform()).collect();
        let mut words = vec![0_u64; (2 * population.len()).div_ceil(64)];
        for haplotype in 0..2 * population.len() {
            let is_alt = uniform() < frequency[usize::from(population[haplotype / 2])];
            words[haplotype / 64] |= u64::from(is_alt) << (haplotype % 64);
        }
        builder.push(&words, None);
    }
    HaplotypeView::whole(builder.finish())
}
