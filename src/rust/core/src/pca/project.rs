//! New samples on fitted components.
//!
//! Missing genotypes of new samples count as the mean of the
//! *fitted* samples.

use crate::data::block_product::StandardizedGenotypes;
use crate::data::block_product::Workspace;
use crate::data::block_product::sum_over_variants;
use crate::data::genotype::GenotypeSource;
use crate::data::genotype::MISSING;
use crate::data::genotype_block::GenotypeBlock;
use crate::data::packed_lookup::ByCode;
use crate::data::packed_lookup::PER_WORD;
use crate::data::packed_lookup::Row;
use crate::error::Error;
use crate::error::Result;
use crate::linalg::standardize::Standardization;
use crate::pca::oadp::oadp;
use crate::task::Task;
use faer::Mat;
use faer::MatRef;
use rayon::prelude::*;

/// How new samples are placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Projection {
    /// As if they had been part of the fit, see [`crate::pca::oadp`].
    Oadp,
    /// `x V`, which shrinks toward 0.
    Simple,
}

/// Placed samples.
#[derive(Clone, Debug)]
pub struct Projected {
    /// n_samples x k.
    pub scores: Mat<f64>,
    /// What the components leave unexplained of every sample.
    pub rows: Rows,
}

/// Sums over the variants of every sample.
///
/// | field             | shape         | values                                          |
/// |-------------------|---------------|-------------------------------------------------|
/// | `simple`          | n_samples x k | `x V`                                           |
/// | `squared_norm`    | n_samples     | `\|x\|^2`                                       |
/// | `called_variance` | n_samples     | binomial variance of the called variants, in all |
#[derive(Clone, Debug)]
pub struct Rows {
    pub simple: Mat<f64>,
    pub squared_norm: Vec<f64>,
    pub called_variance: Vec<f64>,
}

/// Columns summed together when there are components.
const WIDTH: usize = 16;

/// Memory for partial sums that are added up at the end.
const LANES_BYTES: usize = 1 << 28;

/// Samples between two looks at the task while placing them.
const CHUNK: usize = 64;

/// Places the samples of `source`, which must have the fit's variants in its order.
///
/// | argument          | shape          | values                  |
/// |-------------------|----------------|-------------------------|
/// | `loadings`        | n_variants x k | V of the fit            |
/// | `singular_values` | k              | d of the fit            |
/// | `standardization` | n_variants     | of the fit              |
///
/// # Errors
/// [`Error::VariantCountMismatch`] if `source` has another number of variants than
/// the loadings; [`Error::Interrupted`] if the task is cancelled.
///
/// # Panics
/// If loadings, singular values and standardisation are not of one fit.
pub fn project(
    source: &dyn GenotypeSource,
    loadings: MatRef<'_, f64>,
    singular_values: &[f64],
    standardization: &Standardization,
    method: Projection,
    task: &Task,
) -> Result<Projected> {
    assert_eq!(loadings.ncols(), singular_values.len(), "one singular value per component");
    assert_eq!(loadings.nrows(), standardization.center.len(), "standardisation of the fit");
    if source.n_variants() != loadings.nrows() {
        let (expected, found) = (loadings.nrows(), source.n_variants());
        return Err(Error::VariantCountMismatch { expected, found });
    }
    let Standardization { center, scale, .. } = standardization;
    let genotypes = StandardizedGenotypes { source, center, scale };
    let rows = rows(&genotypes, loadings, task)?;
    let scores = match method {
        Projection::Simple => rows.simple.clone(),
        Projection::Oadp => place_all(singular_values, &rows, task)?,
    };
    Ok(Projected { scores, rows })
}

/// [`oadp`] for every row of the simple projection.
fn place_all(singular_values: &[f64], rows: &Rows, task: &Task) -> Result<Mat<f64>> {
    let Rows { simple, squared_norm, .. } = rows;
    task.begin("placing samples", simple.nrows() as u64)?;
    let place = |sample: usize| -> Result<Vec<f64>> {
        let projection: Vec<f64> = simple.row(sample).iter().copied().collect();
        let scores = oadp(singular_values, &projection, squared_norm[sample])?;
        task.advance(1)?;
        Ok(scores)
    };
    let samples = (0..simple.nrows()).into_par_iter().with_min_len(CHUNK);
    let placed = samples.map(place).collect::<Result<Vec<_>>>()?;
    Ok(Mat::from_fn(simple.nrows(), simple.ncols(), |sample, column| placed[sample][column]))
}

/// `X V`, the squared norms of the rows of X and the variance of what is called.
fn rows(
    genotypes: &StandardizedGenotypes<'_>,
    loadings: MatRef<'_, f64>,
    task: &Task,
) -> Result<Rows> {
    let k = loadings.ncols();
    let values = |variant: usize, first_column: usize| {
        let x = genotypes.by_code(variant);
        let variance = binomial_variance(genotypes.center[variant], genotypes.scale[variant]);
        let entry = |code: usize, column: usize| match column.checked_sub(k) {
            None => x[code] * loadings[(variant, column)],
            Some(0) => x[code] * x[code],
            Some(1) if code != usize::from(MISSING) => variance,
            _ => 0.0,
        };
        let row = |code| Row(std::array::from_fn(|lane| entry(code, first_column + lane)));
        std::array::from_fn(row)
    };
    let sums = sum_rows::<WIDTH>(genotypes, k + 2, values, task)?;
    let column = |column: usize| sums.col(column).iter().copied().collect();
    let (squared_norm, called_variance) = (column(k), column(k + 1));
    Ok(Rows { simple: sums.subcols(0, k).to_owned(), squared_norm, called_variance })
}

/// Variance of a standardised genotype in Hardy-Weinberg proportions, `2 p (1 - p) scale^2`
/// where the centre is `2 p`.
pub fn binomial_variance(center: f64, scale: f64) -> f64 {
    center * (1.0 - center / 2.0) * scale * scale
}

/// Some columns of sums over variants, sample by sample.
type Panel<const W: usize> = Vec<Row<f64, W>>;

/// For every sample the sum over variants of what its genotypes stand for.
///
/// | argument    | shape                                   | values                          |
/// |-------------|-----------------------------------------|---------------------------------|
/// | `n_columns` | scalar                                  |                                 |
/// | `values`    | (variant, first column) -> 4 x W        | of W columns by code; 0 past the last |
/// | returned    | n_samples x n_columns                   |                                 |
///
/// # Errors
/// [`Error::Interrupted`] if the task is cancelled.
pub fn sum_rows<const W: usize>(
    genotypes: &StandardizedGenotypes<'_>,
    n_columns: usize,
    values: impl Fn(usize, usize) -> ByCode<f64, W> + Sync,
    task: &Task,
) -> Result<Mat<f64>> {
    let (n_samples, n_variants) = (genotypes.source.n_samples(), genotypes.source.n_variants());
    let n_panels = n_columns.div_ceil(W);
    let n_rows = n_samples.div_ceil(PER_WORD) * PER_WORD;
    let n_blocks = n_variants.div_ceil(genotypes.block_length());
    let bytes = (n_rows * n_panels * W * 8).max(1);
    let n_lanes = (LANES_BYTES / bytes).clamp(1, 16).min(n_blocks);
    task.begin("projecting samples", n_variants as u64)?;
    let lanes = (0..n_lanes)
        .into_par_iter()
        .map(|lane| {
            let mut panels = vec![vec![Row::default(); n_rows]; n_panels];
            add_blocks(genotypes, &values, (lane..n_blocks).step_by(n_lanes), &mut panels, task)?;
            Ok(panels)
        })
        .collect::<Result<Vec<Vec<Panel<W>>>>>()?;
    let total = |sample: usize, column: usize| -> f64 {
        lanes.iter().map(|panels| panels[column / W][sample].0[column % W]).sum()
    };
    Ok(Mat::from_fn(n_samples, n_columns, total))
}

/// Adds what some blocks of variants contribute to the sums.
fn add_blocks<const W: usize>(
    genotypes: &StandardizedGenotypes<'_>,
    values: &impl Fn(usize, usize) -> ByCode<f64, W>,
    blocks: impl Iterator<Item = usize>,
    panels: &mut [Panel<W>],
    task: &Task,
) -> Result<()> {
    let (length, n_variants) = (genotypes.block_length(), genotypes.source.n_variants());
    let (mut block, mut workspace) = (GenotypeBlock::new(), Workspace::default());
    for first in blocks.map(|block| block * length) {
        block.load(genotypes.source, first..n_variants.min(first + length));
        block.transpose();
        for (panel, rows) in panels.iter_mut().enumerate() {
            let values = |variant: usize| values(first + variant, panel * W);
            sum_over_variants(&block, 0, rows, values, &mut workspace, task)?;
        }
        task.advance(block.n_variants() as u64)?;
    }
    Ok(())
}
