//! Components of genotypes of which many are missing, from the observed ones alone.
//!
//! Scores S and loadings V that make the sum of squares of `x_ij - s_i v_j'` over the observed
//! genotypes least, alternately: each sample by least squares on the loadings, each variant by
//! least squares on the scores and a constant, which corrects its mean: that of the called samples
//! is not that of all, where the samples of one population lack a variant more often than others.
//! At convergence, V and S are the leading components of the matrix whose
//! missing entries are `s_i v_j'`, as imputing by the fit and fitting again would have it (EMU,
//! Meisner, Liu, Huang & Albrechtsen 2021), in fewer passes over the genotypes.
//!
//! Components inside the noise keep changing long after the others have converged: it is enough
//! that they gain little more.

use crate::error::Result;
use crate::linalg::dense::multiply;
use crate::linalg::dense::symmetric_eigen;
use crate::linalg::dense::thin_svd;
use crate::pca::called_copies::CalledCopies;
use crate::pca::least_squares::LeastSquares;
use crate::pca::least_squares::Observed;
use crate::pca::least_squares::least_squares;
use crate::pca::least_squares::observed_factor;
use crate::pca::least_squares::packed_gram;
use crate::pca::missing_grams::missing_of_variants;
use crate::pca::missing_grams::packed_length;
use crate::pca::products::block::GenotypeBlock;
use crate::pca::products::block_product::StandardizedGenotypes;
use crate::pca::products::genotype_product::transpose_times_by_block;
use crate::pca::project::Sums;
use crate::pca::project::sums;
use crate::task::Task;
use faer::Mat;
use faer::MatRef;
use std::ops::Range;

/// Stop when a round changes what the components above the noise explain by no more than this
/// proportion. More rounds would fit the noise: what a component explains of the missing genotypes
/// is its own prediction, which grows for ever, though slowly.
const TOLERANCE: f64 = 1e-4;

/// ... and what each of the others explains by no more than this.
const NOISE_TOLERANCE: f64 = 1e-2;

/// Calls of a variant for each of its loadings and its mean, below which its missing genotypes
/// count as the mean.
const LEAST_PER_COEFFICIENT: usize = 4;

/// Most rounds.
const MOST_ROUNDS: usize = 100;

/// Components of the observed genotypes.
///
/// | field             | shape          | values                                  |
/// |-------------------|----------------|-----------------------------------------|
/// | `loadings`        | n_variants x r | orthonormal columns                     |
/// | `singular_values` | r              | decreasing                              |
/// | `solved`          | n_samples      | scores on them, summing to 0            |
/// | `center`          | n_variants     | mean copies if nothing were missing     |
pub struct Completion {
    pub loadings: Mat<f64>,
    pub singular_values: Vec<f64>,
    pub solved: LeastSquares,
    pub center: Vec<f64>,
    pub rounds: usize,
    /// By what proportion the last round changed the sum of squares that the components above the
    /// noise explain.
    pub change: f64,
    pub converged: bool,
}

/// Starts from scores and loadings that count missing genotypes as the mean; `solved` are the
/// least-squares scores on `start.loadings`, of which the first `n_real` are above the noise.
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is canceled.
pub fn complete(
    start: Observed<'_>,
    solved: LeastSquares,
    called: &[CalledCopies],
    n_real: usize,
    task: &Task,
) -> Result<Completion> {
    let (mut solved, mut loadings) = (solved, start.loadings.to_owned());
    let mut center = start.genotypes.center.to_vec();
    let mut explained = vec![0.0; loadings.ncols()];
    let (mut rounds, mut change, mut noise_change) = (0, f64::INFINITY, f64::INFINITY);
    while rounds < MOST_ROUNDS && (change > TOLERANCE || noise_change > NOISE_TOLERANCE) {
        let scores = known(&solved);
        variant_step(&start.genotypes, &mut center, &mut loadings, &scores, called, task)?;
        // As least squares takes them.
        loadings = orthonormal(loadings.as_ref())?;
        let genotypes = StandardizedGenotypes { center: &center, ..start.genotypes };
        let Sums { simple, squared_norm, .. } = sums(&genotypes, loadings.as_ref(), task)?;
        let observed = Observed {
            genotypes,
            loadings: loadings.as_ref(),
            simple: simple.as_ref(),
            squared_norm: &squared_norm,
        };
        solved = least_squares(observed, task)?;
        let before = std::mem::replace(&mut explained, explained_by(&solved)?);
        let n_real = n_real.min(explained.len());
        change = relative_change(explained[..n_real].iter().sum(), before[..n_real].iter().sum());
        let noise = explained[n_real..].iter().zip(&before[n_real..]);
        noise_change =
            noise.map(|(&now, &before)| relative_change(now, before)).fold(0.0, f64::max);
        rounds += 1;
    }
    let scale = start.genotypes.scale;
    let (loadings, singular_values) =
        canonical(&mut solved, loadings.as_ref(), &mut center, scale)?;
    let converged = change <= TOLERANCE;
    Ok(Completion { loadings, singular_values, solved, center, rounds, change, converged })
}

/// Scores with 0 for samples whose scores are not known: they have no information on the loadings.
fn known(solved: &LeastSquares) -> Mat<f64> {
    let scores = &solved.scores;
    Mat::from_fn(scores.nrows(), scores.ncols(), |sample, component| {
        if solved.is_known(sample) { scores[(sample, component)] } else { 0.0 }
    })
}

/// Orthonormal columns of the same span.
fn orthonormal(loadings: MatRef<'_, f64>) -> Result<Mat<f64>> {
    let (values, vectors) = symmetric_eigen(multiply(loadings.transpose(), loadings).as_ref())?;
    let k = values.len();
    let inverse = Mat::from_fn(k, k, |i, j| vectors[(i, j)] / values[j].sqrt());
    Ok(multiply(loadings, inverse.as_ref()))
}

/// Means of the known scores.
fn mean_scores(solved: &LeastSquares) -> Vec<f64> {
    let n_known = (0..solved.n_used.len()).filter(|&sample| solved.is_known(sample)).count();
    let mean = |sum: f64| sum / n_known as f64;
    known(solved).col_iter().map(|column| mean(column.iter().sum())).collect()
}

/// Sums of squares of the components of `S V'` with orthonormal loadings, decreasing.
fn explained_by(solved: &LeastSquares) -> Result<Vec<f64>> {
    let mean = mean_scores(solved);
    let scores = &solved.scores;
    let centered = Mat::from_fn(scores.nrows(), scores.ncols(), |sample, component| {
        if solved.is_known(sample) { scores[(sample, component)] - mean[component] } else { 0.0 }
    });
    Ok(symmetric_eigen(multiply(centered.transpose(), centered.as_ref()).as_ref())?.0)
}

/// 0 for nothing that stays nothing.
fn relative_change(now: f64, before: f64) -> f64 {
    if now == before { 0.0 } else { (now - before).abs() / now.abs().max(f64::MIN_POSITIVE) }
}

/// Loadings and center of every variant by least squares on the scores, and a constant, of the
/// samples that are called.
fn variant_step(
    genotypes: &StandardizedGenotypes<'_>,
    center: &mut [f64],
    loadings: &mut Mat<f64>,
    scores: &Mat<f64>,
    called: &[CalledCopies],
    task: &Task,
) -> Result<()> {
    let (n_samples, k) = scores.shape();
    // A sample whose scores are not known is 0 throughout, and so takes no part.
    let constant = |i: usize| f64::from(u8::from(scores.row(i).iter().any(|&s| s != 0.0)));
    let scores = Mat::from_fn(n_samples, k + 1, |i, j| match j < k {
        true => scores[(i, j)],
        false => constant(i),
    });
    let gram = packed_gram(scores.as_ref());
    let rows: Vec<f64> = scores.row_iter().flat_map(|row| row.iter().copied()).collect();
    let none = vec![0.0; packed_length(k + 1)];
    let current = center.to_owned();
    let genotypes = StandardizedGenotypes { center: &current, ..*genotypes };
    let beside = |block: &mut GenotypeBlock| Ok(missing_of_variants(block, &rows, k + 1));
    let take = |variants: Range<usize>, products: MatRef<'_, f64>, lost: Vec<Vec<f64>>| {
        for (at, lost) in lost.iter().enumerate() {
            let variant = variants.start + at;
            if genotypes.scale[variant] == 0.0 {
                continue;
            }
            // Too few calls to estimate: missing genotypes count as the mean.
            let enough = called[variant].n_called >= LEAST_PER_COEFFICIENT * (k + 1);
            let lost = Some(lost).filter(|_| enough);
            let factor = lost.and_then(|lost| observed_factor(&gram, lost, k + 1));
            let mut row: Vec<f64> = products.row(at).iter().copied().collect();
            if let Some(factor) = factor.or_else(|| observed_factor(&gram, &none, k + 1)) {
                factor.solve(&mut row);
                let own = loadings.row_mut(variant);
                own.iter_mut().zip(&row).for_each(|(out, &loading)| *out = loading);
                if enough {
                    center[variant] += row[k] / genotypes.scale[variant];
                }
            }
        }
    };
    transpose_times_by_block(&genotypes, scores.as_ref(), beside, take, task)
}

/// The same `S V'`, of orthonormal loadings, with orthogonal scores that sum to 0, strongest first;
/// of every component the loading of largest absolute value is positive. What is taken from the
/// scores for their sum is given to the centers.
fn canonical(
    solved: &mut LeastSquares,
    loadings: MatRef<'_, f64>,
    center: &mut [f64],
    scale: &[f64],
) -> Result<(Mat<f64>, Vec<f64>)> {
    let k = loadings.ncols();
    let mean = mean_scores(solved);
    for (variant, center) in center.iter_mut().enumerate().filter(|&(v, _)| scale[v] != 0.0) {
        *center += (0..k).map(|j| mean[j] * loadings[(variant, j)]).sum::<f64>() / scale[variant];
    }
    for (column, mean) in solved.scores.col_iter_mut().zip(mean) {
        column.iter_mut().for_each(|score| *score -= mean);
    }
    let svd = thin_svd(known(solved).as_ref())?;
    let mut loadings = multiply(loadings, svd.v.as_ref());
    let mut rotation = svd.v;
    for component in 0..k {
        let extreme = loadings.col(component).iter().fold(0.0, |extreme: f64, &loading| {
            if loading.abs() > extreme.abs() { loading } else { extreme }
        });
        if extreme < 0.0 {
            loadings.col_mut(component).iter_mut().for_each(|loading| *loading = -*loading);
            rotation.col_mut(component).iter_mut().for_each(|entry| *entry = -*entry);
        }
    }
    solved.scores = multiply(solved.scores.as_ref(), rotation.as_ref());
    Ok((loadings, svd.values))
}
