//! `X' W` with missing genotypes imputed by the regression of their variant on leading scores.

use crate::error::Result;
use crate::linalg::dot::add_scaled;
use crate::linalg::dot::dot;
use crate::pca::least_squares::MOST_COMPONENTS;
use crate::pca::least_squares::observed_factor;
use crate::pca::least_squares::packed_gram;
use crate::pca::missing_grams::each_lane;
use crate::pca::missing_grams::missing_of_variants;
use crate::pca::products::block::GenotypeBlock;
use crate::pca::products::block::missing_bits;
use crate::pca::products::block_product::StandardizedGenotypes;
use crate::pca::products::genotype_product::transpose_times_by_block;
use crate::pca::products::packed_lookup::PER_WORD;
use crate::task::Task;
use faer::Mat;
use faer::MatRef;
use rayon::prelude::*;
use std::ops::Range;

/// The product, n_variants x k. A missing genotype counts as `s_i v_j`, with v_j by least squares
/// on the scores of the samples that are called; as the mean where these are too few.
///
/// | argument  | shape         | values                                           |
/// |-----------|---------------|--------------------------------------------------|
/// | `weights` | n_samples x k | W                                                |
/// | `scores`  | n_samples x r | s; the leading ones are used, at most [`MOST_COMPONENTS`] |
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is canceled.
pub fn imputed_transpose_times(
    genotypes: &StandardizedGenotypes<'_>,
    weights: MatRef<'_, f64>,
    scores: MatRef<'_, f64>,
    task: &Task,
) -> Result<Mat<f64>> {
    let (n_samples, k) = weights.shape();
    let r = scores.ncols().min(MOST_COMPONENTS);
    let both = Mat::from_fn(n_samples, k + r, |i, j| match j.checked_sub(k) {
        None => weights[(i, j)],
        Some(at) => scores[(i, at)],
    });
    let by_row = |columns: Range<usize>| -> Vec<f64> {
        let columns = both.subcols(columns.start, columns.len());
        columns.row_iter().flat_map(|row| row.iter().copied()).collect()
    };
    let (weights, scores) = (by_row(0..k), by_row(k..k + r));
    let gram = packed_gram(both.subcols(k, r));
    let mut product = Mat::zeros(genotypes.source.n_variants(), k);
    let beside = |block: &mut GenotypeBlock| {
        Ok(block
            .has_missing()
            .then(|| (missing_of_variants(block, &scores, r), missing_samples(block, n_samples))))
    };
    let take = |variants: Range<usize>, rows: MatRef<'_, f64>, missing: Option<Missing>| {
        product.as_mut().subrows_mut(variants.start, variants.len()).copy_from(rows.subcols(0, k));
        let Some((lost, lacking)) = missing else { return };
        let of_variant = |at: usize| -> Option<Vec<f64>> {
            let factor =
                observed_factor(&gram, &lost[at], r).filter(|_| !lacking[at].is_empty())?;
            let mut loading: Vec<f64> = (k..k + r).map(|j| rows[(at, j)]).collect();
            factor.solve(&mut loading);
            let mut sum = vec![0.0; k];
            for &sample in &lacking[at] {
                let predicted = dot(&scores[sample * r..(sample + 1) * r], &loading);
                add_scaled(&mut sum, predicted, &weights[sample * k..(sample + 1) * k]);
            }
            Some(sum)
        };
        let sums: Vec<_> = (0..variants.len()).into_par_iter().map(of_variant).collect();
        for (at, sum) in sums.into_iter().enumerate() {
            for (j, more) in sum.into_iter().flatten().enumerate() {
                product[(variants.start + at, j)] += more;
            }
        }
    };
    transpose_times_by_block(genotypes, both.as_ref(), beside, take, task)?;
    Ok(product)
}

/// Packed sums of the scores of the samples that lack each variant, and who they are.
type Missing = (Vec<Vec<f64>>, Vec<Vec<usize>>);

fn missing_samples(block: &GenotypeBlock, n_samples: usize) -> Vec<Vec<usize>> {
    let mut samples = vec![Vec::new(); block.n_variants()];
    for group in 0..block.n_groups() {
        let codes = block.by_samples(group);
        for (samples, &code) in samples.iter_mut().zip(codes) {
            each_lane(missing_bits(code), |lane| {
                let sample = group * PER_WORD + lane;
                if sample < n_samples {
                    samples.push(sample);
                }
            });
        }
    }
    samples
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::genotypes::genotype::PackedGenotypes;

    /// Two samples with score 1, one with -1 that lacks the variant; copies 2, 0: they are
    /// standardized to (1, -1), so the regression through 0 on (1, 1) has the slope 0. With copies
    /// 2, 2 and center 1 it is 1, and the third sample counts as -1.
    #[test]
    fn agrees_with_a_regression_worked_by_hand() {
        let copies =
            [[Some(2), Some(0), None], [Some(2), Some(2), None], [Some(2), Some(2), Some(1)]];
        let source = PackedGenotypes::from_copies(3, 3, |sample, variant| copies[variant][sample]);
        let (center, scale) = (vec![1.0; 3], vec![1.0; 3]);
        let genotypes = StandardizedGenotypes { source: &source, center: &center, scale: &scale };
        let scores = Mat::from_fn(3, 1, |i, _| [1.0, 1.0, -1.0][i]);
        let weights = Mat::from_fn(3, 2, |i, j| if j == 0 { 10f64.powi(i as i32) } else { 1.0 });
        let (weights, scores) = (weights.as_ref(), scores.as_ref());
        let got = imputed_transpose_times(&genotypes, weights, scores, &Task::new()).unwrap();
        let want = [[-9.0, 0.0], [11.0 - 100.0, 1.0], [11.0, 2.0]];
        for (variant, want) in want.iter().enumerate() {
            for (column, want) in want.iter().enumerate() {
                assert!((got[(variant, column)] - want).abs() < 1e-12);
            }
        }
    }
}
