//! The residual of a sample after projection on the components, and how unusual it is.
//!
//! With x the standardized genotypes of a sample and s = x V its projection, the residual
//! is `|x|^2 - |s|^2`. In Hardy-Weinberg proportions at the allele frequencies that the
//! components predict for the sample, `pi_j = p_j + (s V')_j / (2 scale_j)`, it is expected
//! to be the sum of `2 pi_j (1 - pi_j) scale_j^2` over variants, which is
//! `W + s a - |s|^2 / 2` with `W = sum_j 2 p_j (1 - p_j) scale_j^2` and
//! `a = sum_j (1 - 2 p_j) scale_j V_j`. The ratio of the two is near 1 for a sample of any
//! population that the components describe, whatever its heterozygosity, and larger for
//! one whose allele frequencies they do not predict.
//!
//! Fitted samples have smaller residuals than new ones of the same population, because each
//! has influenced the components. They are corrected to what they would be, had the
//! sample been left out: its variants are standardized by the frequencies in the others
//! (exactly, as that depends on its copies and those of all alone), and its residual is that
//! from the components of the others (see [`left_out`]). The proportion of fitted samples with a
//! smaller ratio is then a conformal p-value, uniform for new samples that are exchangeable with
//! the fitted ones (Vovk, Gammerman & Shafer 2005).
//!
//! Where genotypes are missing, s is the least-squares score, the residual is that of the called
//! variants in proportion to the genotypes that are left to it, and its expectation is multiplied
//! with f, the proportion of the variance W that is called.

use crate::data::genotypes::genotype::COPIES;
use crate::error::Result;
use crate::pca::called_copies::CalledCopies;
use crate::pca::least_squares::LeastSquares;
use crate::pca::products::block::GenotypeBlock;
use crate::pca::products::block_product::StandardizedGenotypes;
use crate::pca::products::block_product::Workspace;
use crate::pca::products::block_product::sum_over_variants;
use crate::pca::products::packed_lookup::ByCode;
use crate::pca::products::packed_lookup::PER_WORD;
use crate::pca::products::packed_lookup::Row;
use crate::pca::project::Rows;
use crate::pca::project::binomial_variance;
use crate::pca::standardize::Scale;
use crate::pca::standardize::Standardization;
use crate::pca::standardize::center_and_scale;
use crate::task::Task;
use faer::MatRef;

/// Numbers of one cache line; the sums of a fitted sample take the first four.
const WIDTH: usize = 8;

/// Least proportion of W that a residual is expected to have. Far from all fitted samples the
/// predicted frequencies leave 0..1 and with them the formula its range.
const LEAST_EXPECTED: f64 = 0.1;

/// Residuals of a fitted sample below this fraction of its squared norm are rounding errors.
const ROUNDING: f64 = 1e-9;

/// The reference that residuals of new samples are compared with.
///
/// | field         | shape     | values                                                  |
/// |---------------|-----------|---------------------------------------------------------|
/// | `ratios`      | n_samples | of the fitted samples, each as if left out, rising      |
/// | `skew`        | k         | a, see the head of this file                            |
/// | `called`      | scalar    | mean proportion of the variance that is called in the fit |
#[derive(Clone, Debug)]
pub struct Reference {
    pub ratios: Vec<f64>,
    pub skew: Vec<f64>,
    pub called: f64,
}

/// How unusual each sample is.
#[derive(Clone, Debug)]
pub struct Unexplained {
    /// Residual over its expectation; NaN for a sample without a called genotype.
    pub ratio: Vec<f64>,
    /// Proportion of fitted samples with a smaller ratio, `0 ..= n / (n + 1)`; NaN as above.
    pub outlier: Vec<f64>,
}

/// The contribution of the genotypes of fitted samples to the sums that [`reference()`] needs.
///
/// | field    | shape      | values                          |
/// |----------|------------|---------------------------------|
/// | `called` | n_variants | copies of the fitted samples    |
#[derive(Clone, Copy)]
pub struct Summands<'a> {
    pub genotypes: StandardizedGenotypes<'a>,
    pub called: &'a [CalledCopies],
    pub scale: Scale,
}

/// Sums over variants by sample, padding samples included: squared norm and called
/// variance, and both if the sample had taken no part in the frequencies.
pub struct SampleSums(Vec<Row<f64, WIDTH>>);

impl SampleSums {
    /// Of no variants.
    pub fn zero(n_samples: usize) -> SampleSums {
        SampleSums(vec![Row::default(); n_samples.div_ceil(PER_WORD) * PER_WORD])
    }

    /// Over all variants.
    ///
    /// # Errors
    /// [`crate::error::Error::Interrupted`] if the task is canceled.
    pub fn of(summands: &Summands<'_>, task: &Task) -> Result<SampleSums> {
        let StandardizedGenotypes { source, .. } = summands.genotypes;
        let (n_variants, length) = (source.n_variants(), summands.genotypes.block_length());
        let mut sums = SampleSums::zero(source.n_samples());
        let mut block = GenotypeBlock::new();
        for first in (0..n_variants).step_by(length) {
            block.load(source, first..n_variants.min(first + length));
            sums.add(&summands.of_block(&mut block, task)?);
        }
        Ok(sums)
    }

    /// Squared norms of `n_samples` samples.
    pub fn squared_norms(&self, n_samples: usize) -> Vec<f64> {
        self.0[..n_samples].iter().map(|row| row.0[0]).collect()
    }

    /// Takes in the sums over other variants.
    pub fn add(&mut self, other: &SampleSums) {
        self.0.iter_mut().zip(&other.0).for_each(|(sum, more)| sum.add(more));
    }
}

impl Summands<'_> {
    /// Sums over the variants of a block, which is transposed for it.
    ///
    /// # Errors
    /// [`crate::error::Error::Interrupted`] if the task is canceled.
    pub fn of_block(&self, block: &mut GenotypeBlock, task: &Task) -> Result<SampleSums> {
        if block.has_dosages() {
            return self.of_dosages(block, task);
        }
        block.transpose();
        let mut sums = SampleSums::zero(self.genotypes.source.n_samples());
        let values = |variant: usize| self.by_code(block.first_variant() + variant);
        sum_over_variants(block, 0, &mut sums.0, values, &mut Workspace::default(), task)?;
        Ok(sums)
    }

    /// Sums over the variants of a block with dosages: what a sample adds is no polynomial of its
    /// copies, so each is computed.
    fn of_dosages(&self, block: &GenotypeBlock, task: &Task) -> Result<SampleSums> {
        let n_samples = self.genotypes.source.n_samples();
        let mut sums = SampleSums::zero(n_samples);
        for variant in 0..block.n_variants() {
            for (sample, sum) in sums.0[..n_samples].iter_mut().enumerate() {
                if let Some(copies) = block.copies(variant, sample) {
                    sum.add(&self.by_copies(block.first_variant() + variant, copies));
                }
            }
            task.check()?;
        }
        Ok(sums)
    }

    /// The contribution of a genotype, by its code.
    fn by_code(&self, variant: usize) -> ByCode<f64, WIDTH> {
        COPIES.map(|copies| {
            copies.map_or_else(Row::default, |copies| self.by_copies(variant, f64::from(copies)))
        })
    }

    /// The contribution of a genotype of so many copies.
    fn by_copies(&self, variant: usize, copies: f64) -> Row<f64, WIDTH> {
        let called = &self.called[variant];
        let StandardizedGenotypes { center, scale, .. } = self.genotypes;
        // The code of a padding sample may be a genotype that no sample has.
        if copies > called.copies {
            return Row::default();
        }
        let n_others = called.n_called.saturating_sub(1);
        let frequency = (n_others > 0).then(|| (called.copies - copies) / (2 * n_others) as f64);
        let [norm, variance] = terms(copies, (center[variant], scale[variant]));
        let [norm_without, variance_without] =
            terms(copies, center_and_scale(frequency, self.scale));
        Row([norm, variance, norm_without, variance_without, 0.0, 0.0, 0.0, 0.0])
    }
}

/// Squared standardized genotype and its variance in Hardy-Weinberg proportions.
fn terms(copies: f64, (center, scale): (f64, f64)) -> [f64; 2] {
    [((copies - center) * scale).powi(2), binomial_variance(center, scale)]
}

/// The parts of a fit that [`reference()`] needs.
///
/// | field             | shape          | values |
/// |-------------------|----------------|--------|
/// | `standardization` | n_variants     |        |
/// | `scores`          | n_samples x k  | U d    |
/// | `singular_values` | k              | d      |
/// | `loadings`        | n_variants x k | V      |
/// | `solved`          | n_samples      | leading scores, if something is missing |
#[derive(Clone, Copy)]
pub struct Fitted<'a> {
    pub standardization: &'a Standardization,
    pub scores: MatRef<'a, f64>,
    pub singular_values: &'a [f64],
    pub loadings: MatRef<'a, f64>,
    pub solved: Option<&'a LeastSquares>,
}

/// Residuals of the fitted samples, each as if it had been left out.
pub fn reference(fitted: Fitted<'_>, sums: &SampleSums) -> Reference {
    let Standardization { center, scale, .. } = fitted.standardization;
    let total = total_variance(center, scale);
    let skew = skew(center, scale, fitted.loadings);
    let n_samples = fitted.scores.nrows();
    let ratio = |sample: usize| -> f64 {
        let score: Vec<f64> = fitted.scores.row(sample).iter().copied().collect();
        let [norm, called, norm_without, called_without, ..] = sums.0[sample].0;
        let proportion = called / total;
        let filled = fitted.solved.map_or(0.0, |solved| solved.filled[sample]);
        let residual = left_out(norm, filled, proportion, &score, fitted.singular_values);
        let (drift, squared_score) = (dot(&score, &skew), (norm - residual) / proportion);
        let expected = proportion * expected(total, drift, squared_score);
        residual * (norm_without / norm) / (expected * (called_without / called))
    };
    let known = |sample: &usize| fitted.solved.is_none_or(|solved| solved.is_known(*sample));
    let ratios = (0..n_samples).filter(known).map(ratio);
    let mut ratios: Vec<f64> = ratios.filter(|ratio| !ratio.is_nan()).collect();
    ratios.sort_by(f64::total_cmp);
    let called = sums.0[..n_samples].iter().map(|row| row.0[1]).sum::<f64>();
    Reference { ratios, skew, called: called / (total * n_samples as f64) }
}

/// Ratios of new samples, and how many fitted samples have smaller ones.
///
/// The fewer genotypes are called, the more a ratio scatters: where a smaller proportion f is
/// called than in the fit, its distance from the median of the fit is shrunk by
/// `sqrt(f / f of the fit)` before it is compared.
pub fn unexplained(
    rows: &Rows,
    center: &[f64],
    scale: &[f64],
    reference: &Reference,
) -> Unexplained {
    let total = total_variance(center, scale);
    let called = |sample: usize| rows.called_variance[sample] / total;
    let ratio: Vec<f64> = (0..rows.squared_norm.len())
        .map(|sample| {
            let scores: Vec<f64> = rows.simple.row(sample).iter().copied().collect();
            let residual = match rows.solved.lacks(sample) {
                _ if !rows.solved.is_known(sample) => return f64::NAN,
                false => (rows.squared_norm[sample] - dot(&scores, &scores)).max(0.0),
                true => observed_residual(rows, sample, &scores),
            };
            new_ratio(residual, &scores, called(sample), total, &reference.skew)
        })
        .collect();
    let outlier = ratio
        .iter()
        .enumerate()
        .map(|(sample, &ratio)| reference.percentile(ratio, called(sample)));
    Unexplained { outlier: outlier.collect(), ratio }
}

impl Reference {
    fn percentile(&self, ratio: f64, called: f64) -> f64 {
        if ratio.is_nan() || self.ratios.is_empty() {
            return f64::NAN;
        }
        let median = self.ratios[self.ratios.len() / 2];
        let shrunk = median + (ratio - median) * (called / self.called).min(1.0).sqrt();
        let n_smaller = self.ratios.partition_point(|&fitted| fitted < shrunk);
        n_smaller as f64 / (self.ratios.len() + 1) as f64
    }
}

/// Residual of the called variants of a sample that lacks some, as large as if its scores had
/// been those of the complete sample. `scores` are on all components, of which the leading ones
/// were found by least squares.
fn observed_residual(rows: &Rows, sample: usize, scores: &[f64]) -> f64 {
    let solved = &rows.solved;
    let (n_used, n_variants) = (solved.n_used[sample] as f64, solved.n_variants as f64);
    let k = (scores.len() as f64).min(n_used - 1.0);
    let filled = rows.squared_norm[sample] + solved.filled[sample];
    let left = (filled - dot(scores, scores)).max(0.0);
    left * (n_variants - k) / (n_used - k) * n_used / n_variants
}

fn new_ratio(residual: f64, scores: &[f64], called: f64, total: f64, skew: &[f64]) -> f64 {
    let expected = expected(total, dot(scores, skew), dot(scores, scores));
    residual / (called * expected)
}

/// `W + s a - |s|^2 / 2`.
fn expected(total: f64, drift: f64, squared_score: f64) -> f64 {
    (total + drift - squared_score / 2.0).max(LEAST_EXPECTED * total)
}

/// Residual of a fitted sample if it had taken no part in the fit. `filled` is the sum of squares
/// that the components predict for what it lacks, `called` the proportion that it has.
///
/// Let r be the residual, u = s / d and h = |u|^2 the leverage. Without the sample, the sum of
/// squares in the direction of its residual decreases from r^2 to the least that the other samples
/// must have there for V to have been singular vectors, `r^2 h / (1 - h)`. The smallest eigenvector
/// of what is left, `diag(d^2, ...) - (s, r)(s, r)'`, is the part of the sample that the components
/// would have missed: `r^2 / ((1 - h)^2 + r^2 sum_j u_j^2 / d_j^2)`.
fn left_out(
    squared_norm: f64,
    filled: f64,
    called: f64,
    score: &[f64],
    singular_values: &[f64],
) -> f64 {
    let residual = squared_norm + filled - dot(score, score);
    let (mut leverage, mut weight) = (0.0, 0.0);
    for (score, d) in score.iter().zip(singular_values).filter(|(_, d)| **d > 0.0) {
        // Only the called genotypes have influenced the components.
        let u = called * score / d;
        leverage += u * u;
        weight += u * u / (d * d);
    }
    let left_out = if residual <= ROUNDING * squared_norm {
        // No other sample has variance there: the components would miss all of it.
        1.0 / weight
    } else {
        residual / ((1.0 - leverage).powi(2) + residual * weight)
    };
    // At most the whole norm can be missed; that of a sample without a called genotype is 0.
    if squared_norm > 0.0 { left_out.min(squared_norm) } else { f64::NAN }
}

fn total_variance(center: &[f64], scale: &[f64]) -> f64 {
    center.iter().zip(scale).map(|(&center, &scale)| binomial_variance(center, scale)).sum()
}

fn skew(center: &[f64], scale: &[f64], loadings: MatRef<'_, f64>) -> Vec<f64> {
    let factor = |variant: usize| scale[variant] * (1.0 - center[variant]);
    let sum = |loadings: faer::ColRef<'_, f64>| {
        loadings.iter().enumerate().map(|(variant, loading)| loading * factor(variant)).sum()
    };
    loadings.col_iter().map(sum).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use faer::Mat;

    /// W = 10, a = 1, s = 2: expected 10 + 2 - 2 = 10, and a residual of 10 is left. Half of the
    /// same sample has half of both.
    #[test]
    fn agrees_with_a_ratio_worked_by_hand() {
        assert!((new_ratio(10.0, &[2.0], 1.0, 10.0, &[1.0]) - 1.0).abs() < 1e-12);
        assert!((new_ratio(5.0, &[2.0], 0.5, 10.0, &[1.0]) - 1.0).abs() < 1e-12);
        assert!(new_ratio(0.0, &[f64::NAN], 0.0, 10.0, &[1.0]).is_nan());
    }

    /// The expectation by its definition: frequencies predicted variant by variant.
    #[test]
    fn the_expectation_agrees_with_summing_over_variants() {
        let n = 50;
        let p = |j: usize| 0.2 + 0.6 * (j as f64 / n as f64);
        let center: Vec<f64> = (0..n).map(|j| 2.0 * p(j)).collect();
        let scale: Vec<f64> = (0..n).map(|j| 0.5 + (j % 3) as f64).collect();
        let loadings = Mat::from_fn(n, 2, |j, k| ((j * (k + 3)) as f64).sin() / 5.0);
        let score = [0.3, -0.2];
        let plain: f64 = (0..n)
            .map(|j| {
                let x: f64 = (0..2).map(|k| score[k] * loadings[(j, k)]).sum();
                let pi = p(j) + x / (2.0 * scale[j]);
                2.0 * pi * (1.0 - pi) * scale[j] * scale[j]
            })
            .sum();
        // The columns are not orthonormal here, so |s V'|^2 takes the place of |s|^2.
        let fitted: f64 =
            (0..n).map(|j| (0..2).map(|k| score[k] * loadings[(j, k)]).sum::<f64>().powi(2)).sum();
        let drift = dot(&score, &skew(&center, &scale, loadings.as_ref()));
        let got = expected(total_variance(&center, &scale), drift, fitted);
        assert!((got - plain).abs() < 1e-10);
    }

    /// Ranks by hand: of the ratios 1, 2, 3, 4 two are below 2.5; with a quarter of the
    /// calls 5 counts as 3 + 2 / 2 = 4 above the median 3.
    #[test]
    fn percentiles_are_proportions_of_the_fitted_samples() {
        let reference = Reference { ratios: vec![1.0, 2.0, 3.0, 4.0], skew: vec![], called: 1.0 };
        assert_eq!(reference.percentile(2.5, 1.0), 0.4);
        assert_eq!(reference.percentile(0.5, 1.0), 0.0);
        assert_eq!(reference.percentile(9.0, 1.0), 0.8);
        assert_eq!(reference.percentile(5.0, 0.25), 0.6);
        assert!(reference.percentile(f64::NAN, 0.0).is_nan());
    }

    /// One component, d^2 = 8, s = 2 (u^2 = 1/2), r^2 = 4, many samples: without the
    /// sample diag(8, 4 + c) - (2, 2)(2, 2)' has c = 4 (1/2) / (1/2) = 4, so it is
    /// [[4, -4], [-4, 4]] with the null vector (1, 1) / sqrt 2, along which the sample has
    /// (2 + 2)^2 / 2 = 8. By the formula 4 / (1/4 + 4 / 16) = 8.
    #[test]
    fn leaving_a_sample_out_agrees_with_one_component_worked_by_hand() {
        let got = left_out(8.0, 0.0, 1.0, &[2.0], &[8f64.sqrt()]);
        assert!((got - 8.0).abs() < 1e-9, "{got}");
    }
}
