//! Loadings, singular values and signs from the sample side of the components.

use crate::error::Result;
use crate::pca::filled::Filled;
use crate::pca::products::block::GenotypeBlock;
use crate::pca::products::block_product::StandardizedGenotypes;
use crate::pca::products::genotype_product::transpose_times_by_block;
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

/// Further results of a block of genotypes: the contribution of its missing genotypes to
/// its rows, and sums over its variants.
type Beside = (Option<Mat<f64>>, Option<SampleSums>);

/// Largest absolute entry so far, and the sum of squares.
#[derive(Clone, Copy, Default)]
struct ColumnSummary {
    extreme: f64,
    sum_of_squares: f64,
}

/// Loadings of the left singular vectors `vectors`, n_samples x k, and if `summands` are
/// given their sums over variants, in the same pass. Missing genotypes are 0, or what `filled`
/// has for them.
///
/// Sign rule: the entry of largest absolute loading of a component is positive,
/// the first one if there are several.
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is canceled.
pub fn loadings(
    genotypes: &StandardizedGenotypes<'_>,
    vectors: MatRef<'_, f64>,
    keep: bool,
    filled: Option<&Filled>,
    summands: Option<&Summands<'_>>,
    task: &Task,
) -> Result<(Loadings, Option<SampleSums>)> {
    let n_kept = if keep { genotypes.source.n_variants() } else { 0 };
    let mut matrix = Mat::zeros(n_kept, vectors.ncols());
    let mut summaries = vec![ColumnSummary::default(); vectors.ncols()];
    let mut sums = summands.map(|_| SampleSums::zero(vectors.nrows()));
    let weights = filled.map(|_| row_by_row(vectors));
    let of_block = |block: &mut GenotypeBlock| {
        let fill = filled.zip(weights.as_ref()).filter(|_| block.has_missing());
        let fill = fill.map(|(filled, weights)| filled.transpose_times(block, weights));
        let more = summands.map(|summands| summands.of_block(block, task)).transpose()?;
        Ok((fill, more))
    };
    let take = |variants: Range<usize>, rows: MatRef<'_, f64>, (fill, more): Beside| {
        let filled = fill.map(|fill| rows + fill);
        let rows = filled.as_ref().map_or(rows, Mat::as_ref);
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

fn row_by_row(matrix: MatRef<'_, f64>) -> Vec<f64> {
    matrix.row_iter().flat_map(|row| row.iter().copied()).collect()
}

impl ColumnSummary {
    fn add(&mut self, value: f64) {
        self.sum_of_squares += value * value;
        if value.abs() > self.extreme.abs() {
            self.extreme = value;
        }
    }
}
