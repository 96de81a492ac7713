//! New samples on fitted components.
//!
//! Missing genotypes of new samples count as the mean of the
//! *fitted* samples.

use crate::data::block_product::StandardizedGenotypes;
use crate::data::block_product::Workspace;
use crate::data::block_product::sum_over_variants;
use crate::data::genotype::GenotypeSource;
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
    /// `|x|^2` of every standardised sample; less the squares of the simple
    /// projection it is what the components leave unexplained.
    pub squared_norm: Vec<f64>,
}

/// Columns summed together.
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
    let (simple, squared_norm) = simple_projection(&genotypes, loadings, task)?;
    let scores = match method {
        Projection::Simple => simple,
        Projection::Oadp => place_all(singular_values, simple.as_ref(), &squared_norm, task)?,
    };
    Ok(Projected { scores, squared_norm })
}

/// [`oadp`] for every row of `simple`.
fn place_all(
    singular_values: &[f64],
    simple: MatRef<'_, f64>,
    squared_norm: &[f64],
    task: &Task,
) -> Result<Mat<f64>> {
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

/// Sixteen columns of `[X V, |x|^2]`, sample by sample.
type Panel = Vec<Row<f64, WIDTH>>;

/// `X V` and the squared norms of the rows of X.
fn simple_projection(
    genotypes: &StandardizedGenotypes<'_>,
    loadings: MatRef<'_, f64>,
    task: &Task,
) -> Result<(Mat<f64>, Vec<f64>)> {
    let (n_samples, n_variants) = (genotypes.source.n_samples(), genotypes.source.n_variants());
    let k = loadings.ncols();
    let n_panels = (k + 1).div_ceil(WIDTH);
    let n_rows = n_samples.div_ceil(PER_WORD) * PER_WORD;
    let n_blocks = n_variants.div_ceil(genotypes.block_length());
    let bytes = (n_rows * n_panels * WIDTH * 8).max(1);
    let n_lanes = (LANES_BYTES / bytes).clamp(1, 16).min(n_blocks);
    task.begin("projecting samples", n_variants as u64)?;
    let lanes = (0..n_lanes)
        .into_par_iter()
        .map(|lane| {
            let mut panels = vec![vec![Row::default(); n_rows]; n_panels];
            add_blocks(genotypes, loadings, (lane..n_blocks).step_by(n_lanes), &mut panels, task)?;
            Ok(panels)
        })
        .collect::<Result<Vec<Vec<Panel>>>>()?;
    let total = |sample: usize, column: usize| -> f64 {
        lanes.iter().map(|panels| panels[column / WIDTH][sample].0[column % WIDTH]).sum()
    };
    let squared_norm = (0..n_samples).map(|sample| total(sample, k)).collect();
    Ok((Mat::from_fn(n_samples, k, total), squared_norm))
}

/// Adds what some blocks of variants contribute to `[X V, |x|^2]`.
fn add_blocks(
    genotypes: &StandardizedGenotypes<'_>,
    loadings: MatRef<'_, f64>,
    blocks: impl Iterator<Item = usize>,
    panels: &mut [Panel],
    task: &Task,
) -> Result<()> {
    let (length, n_variants) = (genotypes.block_length(), genotypes.source.n_variants());
    let (mut block, mut workspace) = (GenotypeBlock::new(), Workspace::default());
    for first in blocks.map(|block| block * length) {
        block.load(genotypes.source, first..n_variants.min(first + length));
        block.transpose();
        for (panel, rows) in panels.iter_mut().enumerate() {
            let values = |variant: usize| {
                let variant = first + variant;
                contribution(genotypes.by_code(variant), loadings, variant, panel * WIDTH)
            };
            sum_over_variants(&block, 0, rows, values, &mut workspace, task)?;
        }
        task.advance(block.n_variants() as u64)?;
    }
    Ok(())
}

/// What a genotype adds to columns `first_column ..` of `[X V, |x|^2]`, by code.
fn contribution(
    by_code: [f64; 4],
    loadings: MatRef<'_, f64>,
    variant: usize,
    first_column: usize,
) -> ByCode<f64, WIDTH> {
    let entry = |x: f64, column: usize| match column {
        column if column < loadings.ncols() => x * loadings[(variant, column)],
        column if column == loadings.ncols() => x * x,
        _ => 0.0,
    };
    by_code.map(|x| Row(std::array::from_fn(|lane| entry(x, first_column + lane))))
}
