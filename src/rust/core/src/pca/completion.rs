//! Components of genotypes of which much is missing, from those that were observed alone.
//!
//! Scores S and loadings V that make the sum of squares of `x_ij - s_i v_j'` over the observed
//! genotypes least, by turns: each sample by least squares on the loadings, each variant by least
//! squares on the scores. Where that ends, V and S are the leading components of the matrix whose
//! missing entries are `s_i v_j'`, as imputing by the fit and fitting again would have it (EMU,
//! Meisner, Liu, Huang & Albrechtsen 2021), in fewer passes over the genotypes.

use crate::data::genotype_block::GenotypeBlock;
use crate::data::genotype_counts::GenotypeCounts;
use crate::data::genotype_product::transpose_times_by_block;
use crate::error::Result;
use crate::linalg::dense::multiply;
use crate::linalg::dense::symmetric_eigen;
use crate::linalg::dense::thin_svd;
use crate::pca::least_squares::LEAST_PER_COMPONENT;
use crate::pca::least_squares::LeastSquares;
use crate::pca::least_squares::Observed;
use crate::pca::least_squares::least_squares;
use crate::pca::least_squares::observed_factor;
use crate::pca::least_squares::packed_gram;
use crate::pca::missing_grams::missing_of_variants;
use crate::pca::missing_grams::packed_length;
use crate::pca::project::sums;
use crate::task::Task;
use faer::Mat;
use faer::MatRef;
use std::ops::Range;

/// Stop when a round explains no more than this proportion above the one before.
const TOLERANCE: f64 = 1e-6;

/// Most rounds.
const MOST_ROUNDS: usize = 100;

/// Components of what was observed.
///
/// | field             | shape          | values                                  |
/// |-------------------|----------------|-----------------------------------------|
/// | `loadings`        | n_variants x r | orthonormal columns                     |
/// | `singular_values` | r              | falling                                 |
/// | `solved`          | n_samples      | scores on them                          |
pub struct Completion {
    pub loadings: Mat<f64>,
    pub singular_values: Vec<f64>,
    pub solved: LeastSquares,
    pub rounds: usize,
    pub converged: bool,
}

/// Starts from scores and loadings that count what is missing as the mean; `solved` are the
/// least-squares scores on `start.loadings`.
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is cancelled.
pub fn complete(
    start: Observed<'_>,
    solved: LeastSquares,
    counts: &[GenotypeCounts],
    task: &Task,
) -> Result<Completion> {
    let (mut solved, mut loadings) = (solved, start.loadings.to_owned());
    let (mut rounds, mut converged, mut before) = (0, false, 0.0);
    while rounds < MOST_ROUNDS && !converged {
        let scores = known(&solved);
        loadings = variant_step(&start, &loadings, &scores, counts, task)?;
        let simple = sums(&start.genotypes, loadings.as_ref(), task)?.simple;
        let observed =
            Observed { loadings: loadings.as_ref(), simple: simple.as_ref(), ..start };
        solved = least_squares(observed, task)?;
        let explained = explained(&solved, start.squared_norm);
        converged = explained - before <= TOLERANCE * explained;
        (before, rounds) = (explained, rounds + 1);
    }
    canonical(solved, loadings.as_ref(), rounds, converged)
}

/// Scores with 0 for samples whose scores are not known: they tell nothing of the loadings.
fn known(solved: &LeastSquares) -> Mat<f64> {
    let scores = &solved.scores;
    Mat::from_fn(scores.nrows(), scores.ncols(), |sample, component| {
        if solved.is_known(sample) { scores[(sample, component)] } else { 0.0 }
    })
}

fn explained(solved: &LeastSquares, squared_norm: &[f64]) -> f64 {
    let samples = (0..squared_norm.len()).filter(|&sample| solved.is_known(sample));
    samples.map(|sample| squared_norm[sample] - solved.residual[sample]).sum()
}

/// Loadings of every variant by least squares on the scores of the samples that are called.
fn variant_step(
    start: &Observed<'_>,
    before: &Mat<f64>,
    scores: &Mat<f64>,
    counts: &[GenotypeCounts],
    task: &Task,
) -> Result<Mat<f64>> {
    let k = scores.ncols();
    let gram = packed_gram(scores.as_ref());
    let rows: Vec<f64> = scores.row_iter().flat_map(|row| row.iter().copied()).collect();
    let mut loadings = before.clone();
    let beside = |block: &mut GenotypeBlock| Ok(missing_of_variants(block, &rows, k));
    let none = vec![0.0; packed_length(k)];
    let take = |variants: Range<usize>, products: MatRef<'_, f64>, lost: Vec<Vec<f64>>| {
        for (at, lost) in lost.iter().enumerate() {
            let variant = variants.start + at;
            // Too few calls to tell: what is missing counts as the mean.
            let enough = counts[variant].n_called() >= LEAST_PER_COMPONENT * k;
            let factor = Some(lost).filter(|_| enough).and_then(|lost| observed_factor(&gram, lost, k));
            let mut row: Vec<f64> = products.row(at).iter().copied().collect();
            if let Some(factor) = factor.or_else(|| observed_factor(&gram, &none, k)) {
                factor.solve(&mut row);
                loadings.row_mut(variant).iter_mut().zip(row).for_each(|(out, v)| *out = v);
            }
        }
    };
    transpose_times_by_block(&start.genotypes, scores.as_ref(), beside, take, task)?;
    Ok(loadings)
}

/// The same `S V'` with orthonormal loadings and orthogonal scores, strongest first; of every
/// component the loading of largest absolute value is positive.
fn canonical(
    mut solved: LeastSquares,
    loadings: MatRef<'_, f64>,
    rounds: usize,
    converged: bool,
) -> Result<Completion> {
    let k = loadings.ncols();
    let gram = multiply(loadings.transpose(), loadings);
    let (values, vectors) = symmetric_eigen(gram.as_ref())?;
    let root = Mat::from_fn(k, k, |i, j| vectors[(i, j)] * values[j].sqrt());
    let inverse = Mat::from_fn(k, k, |i, j| vectors[(i, j)] / values[j].sqrt());
    let svd = thin_svd(multiply(known(&solved).as_ref(), root.as_ref()).as_ref())?;
    let mut loadings = multiply(loadings, multiply(inverse.as_ref(), svd.v.as_ref()).as_ref());
    let mut turn = multiply(root.as_ref(), svd.v.as_ref());
    for component in 0..k {
        let extreme = loadings.col(component).iter().fold(0.0, |extreme: f64, &loading| {
            if loading.abs() > extreme.abs() { loading } else { extreme }
        });
        if extreme < 0.0 {
            loadings.col_mut(component).iter_mut().for_each(|loading| *loading = -*loading);
            turn.col_mut(component).iter_mut().for_each(|entry| *entry = -*entry);
        }
    }
    solved.scores = multiply(solved.scores.as_ref(), turn.as_ref());
    Ok(Completion { loadings, singular_values: svd.values, solved, rounds, converged })
}
