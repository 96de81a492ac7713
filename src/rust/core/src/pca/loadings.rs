//! Loadings, singular values and signs from the sample side of the components.

use crate::data::block_product::StandardizedGenotypes;
use crate::data::genotype_block::GenotypeBlock;
use crate::data::genotype_product::transpose_times_by_block;
use crate::error::Result;
use crate::pca::residual::SampleSums;
use crate::pca::residual::Summands;
use crate::task::Task;
use faer::Mat;
use faer::MatRef;
use std::ops::Range;

/// The variant side of components.
///
/// | field             | shape          | values                                  |
/// |-------------------|----------------|-----------------------------------------|
/// | `singular_values` | k              | `\|X' u\|`                              |
/// | `signs`           | k              | 1 or -1, what u must be multiplied with |
/// | `matrix`          | n_variants x k | `X' u / d` with the sign applied; without rows if not kept |
pub struct Loadings {
    pub singular_values: Vec<f64>,
    pub signs: Vec<f64>,
    pub matrix: Mat<f64>,
}

/// Largest absolute entry so far, and the sum of squares.
#[derive(Clone, Copy, Default)]
struct ColumnSummary {
    extreme: f64,
    sum_of_squares: f64,
}

/// Loadings of the left singular vectors `vectors`, n_samples x k, and if `summands` are
/// given their sums over variants, in the same pass.
///
/// Sign rule: the entry of largest absolute loading of a component is positive,
/// the first one if there are several.
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is cancelled.
pub fn loadings(
    genotypes: &StandardizedGenotypes<'_>,
    vectors: MatRef<'_, f64>,
    keep: bool,
    summands: Option<&Summands<'_>>,
    task: &Task,
) -> Result<(Loadings, Option<SampleSums>)> {
    let n_kept = if keep { genotypes.source.n_variants() } else { 0 };
    let mut matrix = Mat::zeros(n_kept, vectors.ncols());
    let mut summaries = vec![ColumnSummary::default(); vectors.ncols()];
    let mut sums = summands.map(|_| SampleSums::zero(vectors.nrows()));
    let of_block = |block: &mut GenotypeBlock| {
        summands.map(|summands| summands.of_block(block, task)).transpose()
    };
    let take = |variants: Range<usize>, rows: MatRef<'_, f64>, more: Option<SampleSums>| {
        for (summary, column) in summaries.iter_mut().zip(rows.col_iter()) {
            column.iter().for_each(|&value| summary.add(value));
        }
        if keep {
            matrix.as_mut().subrows_mut(variants.start, variants.len()).copy_from(rows);
        }
        if let (Some(sums), Some(more)) = (&mut sums, more) {
            sums.add(&more);
        }
    };
    transpose_times_by_block(genotypes, vectors, of_block, take, task)?;
    let signs: Vec<f64> = summaries.iter().map(|column| 1f64.copysign(column.extreme)).collect();
    let singular_values: Vec<f64> = summaries.iter().map(|c| c.sum_of_squares.sqrt()).collect();
    for (component, column) in matrix.col_iter_mut().enumerate() {
        let factor = signs[component] / singular_values[component];
        column.iter_mut().for_each(|value| *value *= factor);
    }
    Ok((Loadings { singular_values, signs, matrix }, sums))
}

impl ColumnSummary {
    fn add(&mut self, value: f64) {
        self.sum_of_squares += value * value;
        if value.abs() > self.extreme.abs() {
            self.extreme = value;
        }
    }
}
