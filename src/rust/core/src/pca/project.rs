//! New samples on fitted components.
//!
//! Scores are least squares on the genotypes that a sample has, see
//! [`crate::pca::least_squares`].

use crate::data::genotypes::genotype::GenotypeSource;
use crate::data::genotypes::genotype::MISSING;
use crate::error::Error;
use crate::error::Result;
use crate::pca::filled::Filled;
use crate::pca::least_squares::LeastSquares;
use crate::pca::least_squares::MOST_COMPONENTS;
use crate::pca::least_squares::Observed;
use crate::pca::least_squares::least_squares;
use crate::pca::missing_grams::packed_length;
use crate::pca::oadp::magnification;
use crate::pca::oadp::oadp;
use crate::pca::products::block::GenotypeBlock;
use crate::pca::products::block_product::StandardizedGenotypes;
use crate::pca::products::block_product::Workspace;
use crate::pca::products::block_product::sum_over_variants;
use crate::pca::products::packed_lookup::ByCode;
use crate::pca::products::packed_lookup::PER_WORD;
use crate::pca::products::packed_lookup::Row;
use crate::pca::rank::rank;
use crate::pca::score_errors::error_covariances;
use crate::pca::standardize::Standardization;
use crate::task::Task;
use faer::Mat;
use faer::MatRef;
use rayon::prelude::*;

/// How new samples are placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Projection {
    /// As if they had been part of the fit, see [`crate::pca::oadp`].
    Oadp,
    /// Least squares on the loadings (`x V` of a complete sample), which shrinks toward 0.
    Simple,
}

/// Placed samples.
pub struct Projected {
    /// n_samples x k; NaN for a sample whose scores are not determined.
    pub scores: Mat<f64>,
    /// Packed covariances of the errors of the leading scores due to missing genotypes, see
    /// [`crate::pca::score_errors`]; without rows if they are not asked for.
    pub covariances: Mat<f64>,
    /// Sums for the residual of every sample.
    pub rows: Rows,
}

impl Projected {
    /// Standard errors of the scores, n_samples x k; NaN past the components that have one.
    pub fn standard_errors(&self) -> Mat<f64> {
        Mat::from_fn(self.scores.nrows(), self.scores.ncols(), |sample, component| {
            let at = packed_length(component + 1) - 1;
            match at < self.covariances.ncols() {
                _ if !self.rows.solved.lacks(sample) => 0.0,
                true if self.rows.solved.is_known(sample) => {
                    self.covariances[(sample, at)].max(0.0).sqrt()
                }
                _ => f64::NAN,
            }
        })
    }
}

/// Sums over the variants of every sample.
///
/// | field             | shape         | values                                          |
/// |-------------------|---------------|-------------------------------------------------|
/// | `simple`          | n_samples x k | scores before OADP; NaN where they are not known |
/// | `squared_norm`    | n_samples     | `\|x\|^2`                                       |
/// | `called_variance` | n_samples     | binomial variance of the called variants, in all |
/// | `solved`          | n_samples     | leading scores                                   |
pub struct Rows {
    pub simple: Mat<f64>,
    pub squared_norm: Vec<f64>,
    pub called_variance: Vec<f64>,
    pub solved: LeastSquares,
}

/// Columns summed together when there are components.
const WIDTH: usize = 16;

/// Memory for partial sums that are added up at the end.
const LANES_BYTES: usize = 1 << 28;

/// Samples between two checks of the task.
const CHUNK: usize = 64;

/// The fit that new samples are placed on.
///
/// | field             | shape          | values                  |
/// |-------------------|----------------|-------------------------|
/// | `loadings`        | n_variants x k | V of the fit            |
/// | `singular_values` | k              | d of the fit            |
/// | `standardization` | n_variants     | of the fit              |
#[derive(Clone, Copy)]
pub struct Space<'a> {
    pub loadings: MatRef<'a, f64>,
    pub singular_values: &'a [f64],
    pub standardization: &'a Standardization,
}

/// Places the samples of `source`, which must have the fit's variants in its order; with `errors`
/// also the covariances of the errors of their scores.
///
/// # Errors
/// [`Error::VariantCountMismatch`] if `source` has another number of variants than
/// the loadings; [`Error::Interrupted`] if the task is canceled.
///
/// # Panics
/// If loadings, singular values and standardization are not of one fit.
pub fn project(
    source: &dyn GenotypeSource,
    space: Space<'_>,
    method: Projection,
    errors: bool,
    task: &Task,
) -> Result<Projected> {
    let Space { loadings, singular_values, standardization } = space;
    assert_eq!(loadings.ncols(), singular_values.len(), "one singular value per component");
    assert_eq!(loadings.nrows(), standardization.center.len(), "standardization of the fit");
    if source.n_variants() != loadings.nrows() {
        let (expected, found) = (loadings.nrows(), source.n_variants());
        return Err(Error::VariantCountMismatch { expected, found });
    }
    let Standardization { center, scale, .. } = standardization;
    let genotypes = StandardizedGenotypes { source, center, scale };
    let sums = sums(&genotypes, loadings, task)?;
    let n_leading = rank(singular_values).min(MOST_COMPONENTS);
    let observed = Observed {
        genotypes,
        loadings: loadings.subcols(0, n_leading),
        simple: sums.simple.subcols(0, n_leading),
        squared_norm: &sums.squared_norm,
    };
    let solved = least_squares(observed, task)?;
    let simple = completed(&genotypes, &sums.simple, loadings, &solved, task)?;
    let mut covariances = match errors {
        true => error_covariances(observed, &solved, task)?,
        false => Mat::zeros(0, 0),
    };
    let (squared_norm, called_variance) = (sums.squared_norm, sums.called_variance);
    let rows = Rows { simple, squared_norm, called_variance, solved };
    let scores = match method {
        Projection::Simple => rows.simple.clone(),
        Projection::Oadp => {
            magnify(&mut covariances, singular_values, &rows);
            place_all(singular_values, &rows, task)?
        }
    };
    Ok(Projected { scores, covariances, rows })
}

/// Scores on all components from those on the leading ones: those of the sample whose missing
/// genotypes are what the leading components predict. NaN where they are not known.
fn completed(
    genotypes: &StandardizedGenotypes<'_>,
    simple: &Mat<f64>,
    loadings: MatRef<'_, f64>,
    solved: &LeastSquares,
    task: &Task,
) -> Result<Mat<f64>> {
    let n_leading = solved.scores.ncols();
    let beyond = loadings.subcols(n_leading, loadings.ncols() - n_leading);
    let lacking = (0..simple.nrows()).any(|sample| solved.lacks(sample));
    let more = match beyond.ncols() > 0 && lacking {
        true => Filled::new(solved.scores.as_ref(), loadings.subcols(0, n_leading))
            .times(genotypes, beyond, task)?,
        false => Mat::zeros(simple.nrows(), beyond.ncols()),
    };
    Ok(Mat::from_fn(simple.nrows(), simple.ncols(), |sample, component| {
        match component.checked_sub(n_leading) {
            None => solved.scores[(sample, component)],
            Some(_) if !solved.is_known(sample) => f64::NAN,
            Some(at) => simple[(sample, component)] + more[(sample, at)],
        }
    }))
}

/// OADP multiplies an error as it multiplies a score.
fn magnify(covariances: &mut Mat<f64>, singular_values: &[f64], rows: &Rows) {
    for sample in (0..covariances.nrows()).filter(|&sample| rows.solved.lacks(sample)) {
        let scores = rows.solved.scores.row(sample);
        let outside = rows.solved.squared_norm(sample) - scores.squared_norm_l2();
        let factor = |i: usize| magnification(singular_values[i], scores[i], outside);
        let factors: Vec<f64> = (0..scores.ncols()).map(factor).collect();
        for (i, by) in factors.iter().enumerate() {
            for j in 0..=i {
                covariances[(sample, packed_length(i) + j)] *= by * factors[j];
            }
        }
    }
}

/// [`oadp`] for every sample whose scores are determined; 0 on components past the rank of the fit,
/// as in its own samples.
fn place_all(singular_values: &[f64], rows: &Rows, task: &Task) -> Result<Mat<f64>> {
    let Rows { simple, squared_norm, solved, .. } = rows;
    let rank = rank(singular_values);
    task.begin("placing samples", simple.nrows() as u64)?;
    let place = |sample: usize| -> Result<Vec<f64>> {
        let mut projection: Vec<f64> = simple.row(sample).iter().copied().collect();
        task.advance(1)?;
        if !solved.is_known(sample) {
            return Ok(projection);
        }
        let norm = match solved.lacks(sample) {
            true => solved.squared_norm(sample),
            false => squared_norm[sample],
        };
        projection[rank..].fill(0.0);
        if rank > 0 {
            let placed = oadp(&singular_values[..rank], &projection[..rank], norm)?;
            projection[..rank].copy_from_slice(&placed);
        }
        Ok(projection)
    };
    let samples = (0..simple.nrows()).into_par_iter().with_min_len(CHUNK);
    let placed = samples.map(place).collect::<Result<Vec<_>>>()?;
    Ok(Mat::from_fn(simple.nrows(), simple.ncols(), |sample, column| placed[sample][column]))
}

/// Sums over the variants of every sample, what is missing counting as 0.
pub(super) struct Sums {
    pub simple: Mat<f64>,
    pub squared_norm: Vec<f64>,
    called_variance: Vec<f64>,
}

/// `X V`, the squared norms of the rows of X and the variance of what is called.
pub(super) fn sums(
    genotypes: &StandardizedGenotypes<'_>,
    loadings: MatRef<'_, f64>,
    task: &Task,
) -> Result<Sums> {
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
    Ok(Sums { simple: sums.subcols(0, k).to_owned(), squared_norm, called_variance })
}

/// Variance of a standardized genotype in Hardy-Weinberg proportions, `2 p (1 - p) scale^2`
/// where the center is `2 p`.
pub fn binomial_variance(center: f64, scale: f64) -> f64 {
    center * (1.0 - center / 2.0) * scale * scale
}

/// Some columns of sums over variants, sample by sample.
type Panel<const W: usize> = Vec<Row<f64, W>>;

/// For every sample the sum over variants of the values of its genotypes.
///
/// | argument    | shape                                   | values                          |
/// |-------------|-----------------------------------------|---------------------------------|
/// | `n_columns` | scalar                                  |                                 |
/// | `values`    | (variant, first column) -> 4 x W        | of W columns by code; 0 past the last |
/// | returned    | n_samples x n_columns                   |                                 |
///
/// # Errors
/// [`Error::Interrupted`] if the task is canceled.
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
