//! Genotypes that leading components predict where they are missing.

use crate::error::Result;
use crate::linalg::dot::add_scaled;
use crate::linalg::dot::dot;
use crate::pca::missing_grams::each_lane;
use crate::pca::products::block::GenotypeBlock;
use crate::pca::products::block::missing_bits;
use crate::pca::products::block_product::StandardizedGenotypes;
use crate::pca::products::packed_lookup::PER_WORD;
use crate::task::Task;
use faer::Mat;
use faer::MatRef;
use rayon::prelude::*;

/// The matrix F: `s_i v_j` where sample i lacks variant j, 0 elsewhere and in samples whose
/// scores are not known.
///
/// | field      | shape          | values                              |
/// |------------|----------------|-------------------------------------|
/// | `scores`   | n_samples x r  | row by row                          |
/// | `loadings` | n_variants x r | row by row; 0 where variants do not vary |
pub struct Filled {
    r: usize,
    scores: Vec<f64>,
    loadings: Vec<f64>,
}

impl Filled {
    pub fn new(scores: MatRef<'_, f64>, loadings: MatRef<'_, f64>) -> Filled {
        let known = |score: f64| if score.is_nan() { 0.0 } else { score };
        let rows = |matrix: MatRef<'_, f64>| {
            matrix.row_iter().flat_map(|row| row.iter().copied()).map(known).collect()
        };
        Filled { r: loadings.ncols(), scores: rows(scores), loadings: rows(loadings) }
    }

    /// The same at a range of variants.
    pub fn at(&self, variants: std::ops::Range<usize>) -> Filled {
        let loadings = self.loadings[variants.start * self.r..variants.end * self.r].to_vec();
        Filled { r: self.r, scores: self.scores.clone(), loadings }
    }

    /// Calls `visit` with the position in the block, the sample and the entry of every genotype
    /// that is missing in it.
    pub fn each(&self, block: &GenotypeBlock, mut visit: impl FnMut(usize, usize, f64)) {
        let n_samples = self.scores.len() / self.r.max(1);
        for at in 0..block.n_variants() {
            let loading = self.loading(block.first_variant() + at);
            each_missing(block, at, n_samples, |sample| {
                visit(at, sample, dot(self.score(sample), loading));
            });
        }
    }

    fn score(&self, sample: usize) -> &[f64] {
        &self.scores[sample * self.r..(sample + 1) * self.r]
    }

    fn loading(&self, variant: usize) -> &[f64] {
        &self.loadings[variant * self.r..(variant + 1) * self.r]
    }

    /// `F W` for `weights` W, n_variants x k.
    ///
    /// # Errors
    /// [`crate::error::Error::Interrupted`] if the task is canceled.
    pub fn times(
        &self,
        genotypes: &StandardizedGenotypes<'_>,
        weights: MatRef<'_, f64>,
        task: &Task,
    ) -> Result<Mat<f64>> {
        let (n_samples, k) = (genotypes.source.n_samples(), weights.ncols());
        let mut sums = vec![0.0; n_samples * k];
        each_block(genotypes, task, |block| {
            let rows: Vec<f64> = block_rows(weights, block);
            sums.par_chunks_mut(PER_WORD * k).enumerate().for_each(|(group, sums)| {
                let codes = &block.by_samples(group)[..block.n_variants()];
                for (at, &code) in codes.iter().enumerate() {
                    let loading = self.loading(block.first_variant() + at);
                    each_lane(missing_bits(code), |lane| {
                        if lane * k < sums.len() {
                            let fill = dot(self.score(group * PER_WORD + lane), loading);
                            let row = &rows[at * k..(at + 1) * k];
                            add_scaled(&mut sums[lane * k..(lane + 1) * k], fill, row);
                        }
                    });
                }
            });
            Ok(())
        })?;
        Ok(Mat::from_fn(n_samples, k, |i, j| sums[i * k + j]))
    }

    /// `F' W` at the variants of a loaded block, n_variants of it x k; `weights` is
    /// n_samples x k, row by row.
    pub fn transpose_times(&self, block: &GenotypeBlock, weights: &[f64]) -> Mat<f64> {
        let n_samples = self.scores.len() / self.r;
        let k = weights.len() / n_samples;
        let of_variant = |at: usize| {
            let (mut sum, loading) = (vec![0.0; k], self.loading(block.first_variant() + at));
            each_missing(block, at, n_samples, |sample| {
                let fill = dot(self.score(sample), loading);
                add_scaled(&mut sum, fill, &weights[sample * k..(sample + 1) * k]);
            });
            sum
        };
        let sums: Vec<Vec<f64>> = (0..block.n_variants()).into_par_iter().map(of_variant).collect();
        Mat::from_fn(sums.len(), k, |at, column| sums[at][column])
    }

    /// Lower triangle of `(X + F)(X + F)' - X X'`.
    ///
    /// # Errors
    /// [`crate::error::Error::Interrupted`] if the task is canceled.
    pub fn gram_change(
        &self,
        genotypes: &StandardizedGenotypes<'_>,
        task: &Task,
    ) -> Result<Mat<f64>> {
        // (X + F)(X + F)' - X X' = P + P' with P = F (X + F / 2)'.
        let n = genotypes.source.n_samples();
        let mut part = vec![0.0; n * n];
        each_block(genotypes, task, |block| {
            let halves: Vec<Vec<f64>> = (0..block.n_variants())
                .into_par_iter()
                .map(|at| self.half_filled(genotypes, block, at, n))
                .collect();
            part.par_chunks_mut(n).enumerate().for_each(|(sample, sums)| {
                let (group, lane) = (sample / PER_WORD, sample % PER_WORD);
                for (at, half) in halves.iter().enumerate() {
                    let code = block.by_samples(group)[at];
                    if missing_bits(code) >> (2 * lane) & 1 == 1 {
                        let loading = self.loading(block.first_variant() + at);
                        add_scaled(sums, dot(self.score(sample), loading), half);
                    }
                }
            });
            Ok(())
        })?;
        let entry = |i: usize, j: usize| part[i * n + j] + part[j * n + i];
        Ok(Mat::from_fn(n, n, |i, j| if i >= j { entry(i, j) } else { 0.0 }))
    }

    /// One column of `X + F / 2`.
    fn half_filled(
        &self,
        genotypes: &StandardizedGenotypes<'_>,
        block: &GenotypeBlock,
        at: usize,
        n_samples: usize,
    ) -> Vec<f64> {
        let variant = block.first_variant() + at;
        let by_code = genotypes.by_code(variant);
        let code = |sample: usize| {
            block.by_samples(sample / PER_WORD)[at] >> (2 * (sample % PER_WORD)) & 3
        };
        let scale = genotypes.scale[variant];
        let standardized =
            |sample: usize| by_code[code(sample) as usize] + block.remainder(at, sample) * scale;
        let mut column: Vec<f64> = (0..n_samples).map(standardized).collect();
        each_missing(block, at, n_samples, |sample| {
            column[sample] = dot(self.score(sample), self.loading(variant)) / 2.0;
        });
        column
    }
}

fn each_missing(block: &GenotypeBlock, at: usize, n_samples: usize, mut visit: impl FnMut(usize)) {
    for group in 0..block.n_groups() {
        each_lane(missing_bits(block.by_samples(group)[at]), |lane| {
            let sample = group * PER_WORD + lane;
            if sample < n_samples {
                visit(sample);
            }
        });
    }
}

/// Rows of a matrix at the variants of a block, row by row.
fn block_rows(matrix: MatRef<'_, f64>, block: &GenotypeBlock) -> Vec<f64> {
    let rows = matrix.subrows(block.first_variant(), block.n_variants());
    rows.row_iter().flat_map(|row| row.iter().copied()).collect()
}

/// Loads one block after the other; those without a missing genotype are passed over.
fn each_block(
    genotypes: &StandardizedGenotypes<'_>,
    task: &Task,
    mut visit: impl FnMut(&GenotypeBlock) -> Result<()>,
) -> Result<()> {
    let (n_variants, length) = (genotypes.source.n_variants(), genotypes.block_length());
    task.begin("filling in missing genotypes", n_variants as u64)?;
    let mut block = GenotypeBlock::new();
    for first in (0..n_variants).step_by(length) {
        block.load(genotypes.source, first..n_variants.min(first + length));
        if block.has_missing() {
            visit(&block)?;
        }
        task.advance(block.n_variants() as u64)?;
    }
    Ok(())
}
