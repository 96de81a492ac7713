//! Sums of outer products over the genotypes that a sample, or a variant, lacks.
//!
//! Least squares on what was observed needs `V_O' V_O` for every sample, with V_O the loadings
//! of its observed variants. Most samples lack little, so the sum over what is missing is taken
//! and subtracted from that over all; within a run of variants of which a sample lacks most,
//! the sum over what it has. Variants that all samples lack are summed once for all.
//!
//! Symmetric matrices are kept as their lower triangles, row by row ("packed").

use crate::error::Result;
use crate::linalg::wide::wide;
use crate::pca::products::block::GenotypeBlock;
use crate::pca::products::block::missing_bits;
use crate::pca::products::block_product::StandardizedGenotypes;
use crate::pca::products::packed_lookup::PER_WORD;
use crate::task::Task;
use faer::MatRef;
use rayon::prelude::*;
use std::ops::Range;

/// Variants whose products are held together: few enough for the second-level cache.
const RUN_BYTES: usize = 1 << 18;

/// Entries of a packed symmetric matrix of `k` rows.
pub fn packed_length(k: usize) -> usize {
    k * (k + 1) / 2
}

/// Adds `factor * row row'` to a packed matrix.
#[inline(always)]
pub fn add_outer(sum: &mut [f64], factor: f64, row: &[f64]) {
    let mut start = 0;
    for (i, &x) in row.iter().enumerate() {
        let scaled = factor * x;
        for (sum, &y) in sum[start..=start + i].iter_mut().zip(row) {
            *sum += scaled * y;
        }
        start += i + 1;
    }
}

/// `matrix x` for a packed symmetric matrix.
pub fn packed_times(matrix: &[f64], x: &[f64]) -> Vec<f64> {
    let mut product = vec![0.0; x.len()];
    let mut start = 0;
    for i in 0..x.len() {
        for j in 0..=i {
            product[i] += matrix[start + j] * x[j];
            if i != j {
                product[j] += matrix[start + j] * x[i];
            }
        }
        start += i + 1;
    }
    product
}

wide! {
    /// `sum += addend`.
    fn add_to(sum: &mut [f64], addend: &[f64]) {
        sum.iter_mut().zip(addend).for_each(|(sum, value)| *sum += value);
    }
}

/// Packed outer products of consecutive rows of a matrix, and their sum.
struct Products {
    length: usize,
    values: Vec<f64>,
    total: Vec<f64>,
}

impl Products {
    /// Of `rows` of `matrix`; rows that `used` leaves out count as zero.
    fn of(matrix: MatRef<'_, f64>, rows: Range<usize>, used: impl Fn(usize) -> bool) -> Products {
        let length = packed_length(matrix.ncols());
        let mut values = vec![0.0; rows.len() * length];
        let (mut total, mut row) = (vec![0.0; length], vec![0.0; matrix.ncols()]);
        for (at, product) in rows.zip(values.chunks_exact_mut(length.max(1))) {
            if used(at) {
                row.iter_mut().zip(matrix.row(at).iter()).for_each(|(row, &value)| *row = value);
                add_outer(product, 1.0, &row);
                add_to(&mut total, product);
            }
        }
        Products { length, values, total }
    }

    fn get(&self, at: usize) -> &[f64] {
        &self.values[at * self.length..(at + 1) * self.length]
    }
}

/// What samples lack.
///
/// | field     | shape                  | values                                             |
/// |-----------|------------------------|----------------------------------------------------|
/// | `n`       | n_samples              | missing genotypes at variants whose scale is not 0 |
/// | `grams`   | n_samples x packed     | sum of `v v'` over their loadings                  |
pub struct Missing {
    pub n: Vec<usize>,
    length: usize,
    grams: Vec<f64>,
}

impl Missing {
    /// Nothing is missing in `n_samples` samples.
    pub fn none(n_samples: usize, n_columns: usize) -> Missing {
        let length = packed_length(n_columns);
        Missing { n: vec![0; n_samples], length, grams: vec![0.0; n_samples * length] }
    }

    /// Packed sum of one sample.
    pub fn gram(&self, sample: usize) -> &[f64] {
        &self.grams[sample * self.length..(sample + 1) * self.length]
    }

    /// Takes in `variants`, which lie in the loaded block, for the samples from
    /// `16 first_group`, as many as there is room for.
    ///
    /// | argument   | shape          | values                     |
    /// |------------|----------------|----------------------------|
    /// | `loadings` | n_variants x k | of all variants of the set |
    pub fn add(
        &mut self,
        genotypes: &StandardizedGenotypes<'_>,
        block: &GenotypeBlock,
        loadings: MatRef<'_, f64>,
        variants: Range<usize>,
        first_group: usize,
    ) {
        let used = |variant: usize| genotypes.scale[variant] != 0.0;
        let run = (RUN_BYTES / (8 * self.length.max(1))).clamp(32, 1024);
        let n_samples = genotypes.source.n_samples();
        for first in variants.clone().step_by(run) {
            let run = first..variants.end.min(first + run);
            let products = Products::of(loadings, run.clone(), used);
            let shared: Vec<bool> = run
                .clone()
                .map(|variant| used(variant) && is_absent(block, variant, n_samples))
                .collect();
            let of_run = Run { block, first, used: &used, products: &products, shared: &shared };
            let length = self.length.max(1);
            self.n
                .par_chunks_mut(PER_WORD)
                .zip(self.grams.par_chunks_mut(PER_WORD * length))
                .enumerate()
                .for_each(|(group, (n, grams))| of_run.add(first_group + group, n, grams));
            self.add_shared(&shared, &products);
        }
    }

    /// Variants that no sample has.
    fn add_shared(&mut self, shared: &[bool], products: &Products) {
        let n_shared = shared.iter().filter(|&&shared| shared).count();
        if n_shared == 0 {
            return;
        }
        let mut sum = vec![0.0; self.length];
        for at in (0..shared.len()).filter(|&at| shared[at]) {
            add_to(&mut sum, products.get(at));
        }
        self.n.iter_mut().for_each(|n| *n += n_shared);
        self.grams.chunks_exact_mut(self.length.max(1)).for_each(|gram| add_to(gram, &sum));
    }
}

/// Whether no sample is called at a variant of the block.
fn is_absent(block: &GenotypeBlock, variant: usize, n_samples: usize) -> bool {
    let at = variant - block.first_variant();
    (0..block.n_groups()).all(|group| {
        let lanes = lanes_of(n_samples.saturating_sub(group * PER_WORD));
        missing_bits(block.by_samples(group)[at]) & lanes == lanes
    })
}

/// Low bits of the first `n` codes of a word.
fn lanes_of(n: usize) -> u32 {
    if n >= PER_WORD { 0x5555_5555 } else { 0x5555_5555 & ((1 << (2 * n)) - 1) }
}

/// Some variants of a block.
struct Run<'a, F: Fn(usize) -> bool + Sync> {
    block: &'a GenotypeBlock,
    first: usize,
    used: &'a F,
    products: &'a Products,
    shared: &'a [bool],
}

impl<F: Fn(usize) -> bool + Sync> Run<'_, F> {
    /// Adds what up to sixteen samples lack to their counts and sums.
    fn add(&self, group: usize, n: &mut [usize], grams: &mut [f64]) {
        let first = self.first - self.block.first_variant();
        let codes = &self.block.by_samples(group)[first..first + self.shared.len()];
        let lanes = lanes_of(n.len());
        let counts = |at: usize| (self.used)(self.first + at) && !self.shared[at];
        let words: Vec<(usize, u32)> = codes
            .iter()
            .enumerate()
            .map(|(at, &code)| (at, missing_bits(code) & lanes))
            .filter(|&(at, _)| counts(at))
            .collect();
        if words.iter().all(|&(_, missing)| missing == 0) {
            return;
        }
        let mut lacks = [0; PER_WORD];
        words.iter().for_each(|&(_, missing)| each_lane(missing, |lane| lacks[lane] += 1));
        // A sample that lacks most is summed over what it has.
        let inverted = (0..n.len())
            .filter(|&lane| 2 * lacks[lane] > words.len())
            .fold(0, |mask, lane| mask | 1 << (2 * lane));
        let length = self.products.length;
        let own = |lane: usize| lane * length..(lane + 1) * length;
        each_lane(inverted, |lane| grams[own(lane)].iter_mut().for_each(|sum| *sum = -*sum));
        for &(at, missing) in &words {
            let product = self.products.get(at);
            each_lane(missing ^ inverted, |lane| add_to(&mut grams[own(lane)], product));
        }
        each_lane(inverted, |lane| {
            let gram = &mut grams[own(lane)];
            gram.iter_mut().for_each(|sum| *sum = -*sum);
            add_to(gram, &self.products.total);
            for at in (0..self.shared.len()).filter(|&at| self.shared[at]) {
                let product = self.products.get(at);
                gram.iter_mut().zip(product).for_each(|(sum, value)| *sum -= value);
            }
        });
        n.iter_mut().zip(lacks).for_each(|(n, lacks)| *n += lacks);
    }
}

/// Calls `visit` with the number of every sample whose low bit is set.
#[inline(always)]
pub fn each_lane(mut bits: u32, mut visit: impl FnMut(usize)) {
    while bits != 0 {
        visit(bits.trailing_zeros() as usize / 2);
        bits &= bits - 1;
    }
}

/// What the samples of some groups of sixteen lack of all variants.
///
/// | argument   | shape          | values                            |
/// |------------|----------------|-----------------------------------|
/// | `loadings` | n_variants x k |                                   |
/// | `samples`  |                | from a multiple of sixteen        |
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is canceled.
pub fn missing_of_samples(
    genotypes: &StandardizedGenotypes<'_>,
    loadings: MatRef<'_, f64>,
    samples: Range<usize>,
    task: &Task,
) -> Result<Missing> {
    let (n_variants, length) = (genotypes.source.n_variants(), genotypes.block_length());
    let mut missing = Missing::none(samples.len(), loadings.ncols());
    task.begin("looking for missing genotypes", n_variants as u64)?;
    let mut block = GenotypeBlock::new();
    for first in (0..n_variants).step_by(length) {
        let variants = first..n_variants.min(first + length);
        block.load(genotypes.source, variants.clone());
        if block.has_missing() {
            missing.add(genotypes, &block, loadings, variants, samples.start / PER_WORD);
        }
        task.advance(block.n_variants() as u64)?;
    }
    Ok(missing)
}

/// For every variant of a loaded block the packed sum of `row row'` over the samples that lack
/// it; `rows` is n_samples x k, row by row.
pub fn missing_of_variants(block: &GenotypeBlock, rows: &[f64], k: usize) -> Vec<Vec<f64>> {
    let n_samples = rows.len() / k;
    let of_variant = |variant: usize| {
        let mut sum = vec![0.0; packed_length(k)];
        for group in 0..block.n_groups() {
            let lanes = lanes_of(n_samples - group * PER_WORD);
            each_lane(missing_bits(block.by_samples(group)[variant]) & lanes, |lane| {
                let sample = group * PER_WORD + lane;
                add_own_outer(&mut sum, &rows[sample * k..(sample + 1) * k]);
            });
        }
        sum
    };
    (0..block.n_variants()).into_par_iter().map(of_variant).collect()
}

wide! {
    /// `sum += row row'`, packed.
    fn add_own_outer(sum: &mut [f64], row: &[f64]) {
        add_outer(sum, 1.0, row);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::genotypes::genotype::PackedGenotypes;
    use faer::Mat;

    /// Sample 2 lacks most, variants 4, 9, ... are absent, variants 3, 10, ... do not vary.
    fn copies(sample: usize, variant: usize) -> Option<u8> {
        let number = (sample * 7 + variant * 13 + sample * variant) % 23;
        let lacks = if sample % 5 == 2 { number > 4 } else { number < 2 };
        (!lacks && variant % 5 != 4).then_some((number % 3) as u8)
    }

    fn plain(n_samples: usize, n_variants: usize, v: &Mat<f64>, scale: &[f64]) -> Missing {
        let mut missing = Missing::none(n_samples, v.ncols());
        for sample in 0..n_samples {
            for variant in (0..n_variants).filter(|&variant| scale[variant] != 0.0) {
                if copies(sample, variant).is_none() {
                    let row: Vec<f64> = v.row(variant).iter().copied().collect();
                    let length = missing.length;
                    let own = sample * length..(sample + 1) * length;
                    add_outer(&mut missing.grams[own], 1.0, &row);
                    missing.n[sample] += 1;
                }
            }
        }
        missing
    }

    #[test]
    fn agrees_with_summing_one_genotype_after_the_other() {
        for (n_samples, n_variants, k) in [(1, 1, 1), (21, 300, 3), (40, 2500, 11)] {
            let source = PackedGenotypes::from_copies(n_samples, n_variants, copies);
            let scale: Vec<f64> =
                (0..n_variants).map(|v| f64::from(u8::from(v % 7 != 3))).collect();
            let center = vec![0.9; n_variants];
            let genotypes =
                StandardizedGenotypes { source: &source, center: &center, scale: &scale };
            let v = Mat::from_fn(n_variants, k, |i, j| ((i * (j + 2)) as f64).sin());
            let want = plain(n_samples, n_variants, &v, &scale);
            let got =
                missing_of_samples(&genotypes, v.as_ref(), 0..n_samples, &Task::new()).unwrap();
            assert_eq!(got.n, want.n);
            let gap = got.grams.iter().zip(&want.grams).map(|(a, b)| (a - b).abs());
            assert!(gap.fold(0.0, f64::max) < 1e-9);
            if n_samples > 16 {
                let rest = missing_of_samples(&genotypes, v.as_ref(), 16..n_samples, &Task::new())
                    .unwrap();
                assert_eq!(rest.n, want.n[16..]);
                assert_eq!(rest.gram(0), got.gram(16));
            }
        }
    }

    #[test]
    fn variants_agree_with_summing_one_genotype_after_the_other() {
        let (n_samples, n_variants) = (21, 70);
        let source = PackedGenotypes::from_copies(n_samples, n_variants, copies);
        let rows: Vec<f64> = (0..3 * n_samples).map(|i| (i as f64).cos()).collect();
        let mut block = GenotypeBlock::new();
        block.load(&source, 0..n_variants);
        for (variant, sum) in missing_of_variants(&block, &rows, 3).iter().enumerate() {
            let mut want = vec![0.0; packed_length(3)];
            for sample in (0..n_samples).filter(|&sample| copies(sample, variant).is_none()) {
                add_outer(&mut want, 1.0, &rows[3 * sample..3 * sample + 3]);
            }
            assert!(sum.iter().zip(&want).all(|(a, b)| (a - b).abs() < 1e-12));
        }
    }

    /// [[1, 2], [2, 5]] (3, 4) = (11, 26).
    #[test]
    fn packed_matrices_multiply_as_worked_by_hand() {
        assert_eq!(packed_times(&[1.0, 2.0, 5.0], &[3.0, 4.0]), [11.0, 26.0]);
        let mut sum = vec![0.0; 3];
        add_outer(&mut sum, 2.0, &[3.0, 4.0]);
        assert_eq!(sum, [18.0, 24.0, 32.0]);
    }
}
