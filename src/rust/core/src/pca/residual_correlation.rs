//! Correlations of what a mixture model leaves unexplained, pair by pair of samples.
//!
//! If the populations of a model are enough, what it leaves of one sample's genotypes says nothing
//! of what it leaves of another's. Samples of a population that the model lacks, and relatives,
//! have residuals that are positively correlated.
//!
//! Residuals of fitted frequencies are correlated in any case, since each sample takes part in
//! the frequencies that its genotypes are compared with. With frequencies by least squares on the
//! weights Q the residuals are `(I - H) X`, H = Q (Q' Q)^-1 Q', and for variances d of the samples
//! their covariance is `(I - H) diag(d) (I - H)`, exactly: that is subtracted. The variances are
//! those with which it has the diagonal that was observed.
//!
//! Source of the test: Garcia-Erill & Albrechtsen 2020, "Evaluation of model fit of inferred
//! admixture proportions", who leave each sample out of the frequencies in turn.

use crate::error::Result;
use crate::linalg::dense::multiply;
use crate::pca::exact::gram;
use crate::pca::filled::Filled;
use crate::pca::orthonormalize::orthonormalize;
use crate::pca::products::block_product::StandardizedGenotypes;
use crate::task::Task;
use faer::Mat;
use faer::MatRef;

/// Sweeps over the equations of the variances.
const MAX_SWEEPS: usize = 1000;

/// Relative change of a sweep at which the variances are found.
const TOLERANCE: f64 = 1e-12;

/// A sample of which the weights alone explain more than this determines a population by itself.
const LARGEST_LEVERAGE: f64 = 0.9;

/// Weights and frequencies of a model.
///
/// | field         | shape          | values                                           |
/// |---------------|----------------|--------------------------------------------------|
/// | `weights`     | n_samples x k  | rows sum to 1                                    |
/// | `frequencies` | n_variants x k | predict what is missing                          |
/// | `called`      | n_samples      | proportion of genotypes that are called, above 0 |
#[derive(Clone, Copy)]
pub struct Mixture<'a> {
    pub weights: MatRef<'a, f64>,
    pub frequencies: MatRef<'a, f64>,
    pub called: &'a [f64],
}

/// Correlations of residuals, n_samples x n_samples; NaN in the rows and columns of samples
/// that determine a population by themselves, or do not vary. The diagonal is 1.
///
/// A missing genotype has the residual 0, and the correlation of two samples is divided by
/// the root of the product of their proportions of called genotypes, which is right where they are
/// missing independently.
///
/// `genotypes` must be centered and not scaled.
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is canceled.
///
/// # Panics
/// If the shapes differ.
pub fn residual_correlations(
    genotypes: &StandardizedGenotypes<'_>,
    mixture: Mixture<'_>,
    task: &Task,
) -> Result<Mat<f64>> {
    let n = genotypes.source.n_samples();
    assert_eq!(mixture.weights.nrows(), n, "weights");
    assert_eq!(mixture.frequencies.nrows(), genotypes.source.n_variants(), "frequencies");
    assert_eq!(mixture.called.len(), n, "proportions called");
    let mut products = gram(genotypes, task)?;
    if mixture.called.iter().any(|&called| called < 1.0) {
        let (f, k) = (mixture.frequencies, mixture.frequencies.ncols());
        let deviation = |j: usize, population: usize| match genotypes.scale[j] {
            0.0 => 0.0,
            _ => 2.0 * f[(j, population)] - genotypes.center[j],
        };
        let deviations = Mat::from_fn(f.nrows(), k, deviation);
        let filled = Filled::new(mixture.weights, deviations.as_ref());
        products += filled.gram_change(genotypes, task)?;
    }
    let whole = Mat::from_fn(n, n, |i, j| products[(i.max(j), i.min(j))]);
    let basis = orthonormalize(mixture.weights, Mat::<f64>::zeros(n, 0).as_ref());
    let covariance = residual_products(whole, basis.as_ref());
    let hat = multiply(basis.as_ref(), basis.transpose());
    let variances = variances(covariance.as_ref(), hat.as_ref(), task)?;
    Ok(corrected(covariance, hat.as_ref(), basis.as_ref(), &variances, mixture.called))
}

/// `(I - H) G (I - H)` for `H = U U'`.
fn residual_products(mut gram: Mat<f64>, basis: MatRef<'_, f64>) -> Mat<f64> {
    let along = multiply(gram.as_ref(), basis);
    let inner = multiply(basis.transpose(), along.as_ref());
    let half = &along - multiply(basis, inner.as_ref()) * faer::Scale(0.5);
    let one = multiply(half.as_ref(), basis.transpose());
    for column in 0..gram.ncols() {
        for row in 0..gram.nrows() {
            gram[(row, column)] -= one[(row, column)] + one[(column, row)];
        }
    }
    gram
}

/// Variances d with which the diagonal of `(I - H) diag(d) (I - H)` is that of `covariance`; NaN
/// for samples of leverage above [`LARGEST_LEVERAGE`].
///
/// The equations have the squares of the entries of I - H as their matrix, which is positive
/// semidefinite: Gauss and Seidel's iteration converges.
fn variances(covariance: MatRef<'_, f64>, hat: MatRef<'_, f64>, task: &Task) -> Result<Vec<f64>> {
    let n = hat.nrows();
    let is_free: Vec<bool> = (0..n).map(|i| hat[(i, i)] <= LARGEST_LEVERAGE).collect();
    let own = |i: usize| (1.0 - hat[(i, i)]).powi(2);
    let start = |i: usize| if is_free[i] { covariance[(i, i)] / own(i) } else { 0.0 };
    let mut variances: Vec<f64> = (0..n).map(start).collect();
    let scale = variances.iter().copied().fold(0.0, f64::max);
    task.begin("correlating residuals", 0)?;
    for _ in 0..MAX_SWEEPS {
        task.check()?;
        let mut change: f64 = 0.0;
        for i in (0..n).filter(|&i| is_free[i]) {
            let column = hat.col(i);
            let others: f64 = column.iter().zip(&variances).map(|(h, d)| h * h * d).sum();
            let others = others - hat[(i, i)].powi(2) * variances[i];
            let next = (covariance[(i, i)] - others) / own(i);
            change = change.max((next - variances[i]).abs());
            variances[i] = next;
        }
        if change <= TOLERANCE * scale {
            break;
        }
    }
    let known = |i: usize| is_free[i] && variances[i] > 1e-9 * scale;
    Ok((0..n).map(|i| if known(i) { variances[i] } else { f64::NAN }).collect())
}

/// Correlations after what the model makes of independent residuals is subtracted.
fn corrected(
    mut covariance: Mat<f64>,
    hat: MatRef<'_, f64>,
    basis: MatRef<'_, f64>,
    variances: &[f64],
    called: &[f64],
) -> Mat<f64> {
    let n = variances.len();
    let known = |i: usize| if variances[i].is_nan() { 0.0 } else { variances[i] };
    let weighted = Mat::from_fn(n, basis.ncols(), |i, j| known(i) * basis[(i, j)]);
    let inner = multiply(basis.transpose(), weighted.as_ref());
    let twice = multiply(multiply(basis, inner.as_ref()).as_ref(), basis.transpose());
    for j in 0..n {
        for i in 0..n {
            let expected = twice[(i, j)] - hat[(i, j)] * (known(i) + known(j));
            let size = (variances[i] * variances[j] * called[i] * called[j]).sqrt();
            let own = if variances[i].is_nan() { f64::NAN } else { 1.0 };
            covariance[(i, j)] = if i == j { own } else { (covariance[(i, j)] - expected) / size };
        }
    }
    covariance
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::genotypes::genotype::GenotypeSource;
    use crate::data::genotypes::genotype::PackedGenotypes;
    use crate::linalg::random::generator;
    use rand_distr::Distribution;
    use rand_distr::StandardUniform;

    /// Two populations, the second of two kinds of samples, `hidden` apart, that the weights do not
    /// distinguish; samples 0 and 4 are one. Copies (variants x samples) and weights.
    fn example(hidden: f64, missing: f64) -> (Vec<Vec<Option<u8>>>, Mat<f64>) {
        let (n, m) = (24, 3000);
        let mut random = generator(5, 0);
        let mut uniform = || -> f64 { StandardUniform.sample(&mut random) };
        let weights = Mat::from_fn(n, 2, |i, j| {
            let first = [1.0, 0.0, 0.0, 0.3][i % 4];
            if j == 0 { first } else { 1.0 - first }
        });
        let mut copies = Vec::new();
        for _ in 0..m {
            let p: [f64; 2] = [0.2 + 0.6 * uniform(), 0.2 + 0.6 * uniform()];
            let shift = hidden * (uniform() - 0.5);
            let mut row: Vec<Option<u8>> = (0..n)
                .map(|i| {
                    let side = if i % 4 == 1 { shift } else { -shift };
                    let h = weights[(i, 0)] * p[0] + weights[(i, 1)] * (p[1] + side);
                    let g = (0..2).map(|_| u8::from(uniform() < h)).sum();
                    (uniform() >= missing).then_some(g)
                })
                .collect();
            row[4] = row[0];
            copies.push(row);
        }
        (copies, weights)
    }

    fn fitted(copies: &[Vec<Option<u8>>], weights: &Mat<f64>) -> (Mat<f64>, Vec<f64>, Vec<f64>) {
        let (n, m) = (weights.nrows(), copies.len());
        let mean = |row: &Vec<Option<u8>>| {
            let called: Vec<f64> = row.iter().flatten().map(|&g| f64::from(g)).collect();
            called.iter().sum::<f64>() / called.len() as f64
        };
        let center: Vec<f64> = copies.iter().map(mean).collect();
        // Frequencies by least squares, the mean for what is missing.
        let gram = multiply(weights.transpose(), weights.as_ref());
        let det = gram[(0, 0)] * gram[(1, 1)] - gram[(0, 1)] * gram[(1, 0)];
        let inverse = Mat::from_fn(2, 2, |i, j| {
            if i == j { gram[(1 - i, 1 - i)] / det } else { -gram[(i, j)] / det }
        });
        let x = Mat::from_fn(n, m, |i, j| copies[j][i].map_or(center[j], f64::from) / 2.0);
        let b = multiply(inverse.as_ref(), multiply(weights.transpose(), x.as_ref()).as_ref());
        let called = |i: usize| copies.iter().flat_map(|row| row[i]).count() as f64 / m as f64;
        (b.transpose().to_owned(), center, (0..n).map(called).collect())
    }

    fn correlations(copies: &[Vec<Option<u8>>], weights: &Mat<f64>) -> Mat<f64> {
        let (n, m) = (weights.nrows(), copies.len());
        let source = PackedGenotypes::from_copies(n, m, |i, j| copies[j][i]);
        let (frequencies, center, called) = fitted(copies, weights);
        let scale = vec![1.0; source.n_variants()];
        let genotypes = StandardizedGenotypes { source: &source, center: &center, scale: &scale };
        let mixture = Mixture {
            weights: weights.as_ref(),
            frequencies: frequencies.as_ref(),
            called: &called,
        };
        residual_correlations(&genotypes, mixture, &Task::new()).unwrap()
    }

    /// The same by the definition: residuals in a dense matrix, and the variances by elimination.
    #[test]
    fn agrees_with_residuals_that_are_written_out() {
        for missing in [0.0, 0.1] {
            let (copies, weights) = example(0.2, missing);
            let (frequencies, center, called) = fitted(&copies, &weights);
            let (n, m) = (weights.nrows(), copies.len());
            let x = Mat::from_fn(n, m, |i, j| {
                let h: f64 = (0..2).map(|k| weights[(i, k)] * frequencies[(j, k)]).sum();
                copies[j][i].map_or(2.0 * h, f64::from) - center[j]
            });
            let basis = orthonormalize(weights.as_ref(), Mat::<f64>::zeros(n, 0).as_ref());
            let rest = Mat::<f64>::identity(n, n) - &basis * basis.transpose();
            let residuals = &rest * &x;
            let products = &residuals * residuals.transpose();
            let mut equations: Vec<Vec<f64>> = (0..n)
                .map(|i| (0..n).map(|j| rest[(i, j)].powi(2)).chain([products[(i, i)]]).collect())
                .collect();
            for pivot in 0..n {
                let row = equations[pivot].clone();
                for (_, other) in equations.iter_mut().enumerate().filter(|(i, _)| *i != pivot) {
                    let factor = other[pivot] / row[pivot];
                    other.iter_mut().zip(&row).for_each(|(x, y)| *x -= factor * y);
                }
            }
            let d: Vec<f64> = (0..n).map(|i| equations[i][n] / equations[i][i]).collect();
            let diagonal = Mat::from_fn(n, n, |i, j| if i == j { d[i] } else { 0.0 });
            let expected = &rest * &diagonal * &rest;
            let got = correlations(&copies, &weights);
            for i in 0..n {
                for j in 0..n {
                    let size = (d[i] * d[j] * called[i] * called[j]).sqrt();
                    let want =
                        if i == j { 1.0 } else { (products[(i, j)] - expected[(i, j)]) / size };
                    assert!((got[(i, j)] - want).abs() < 1e-6, "{i} {j}: {} {want}", got[(i, j)]);
                }
            }
        }
    }

    /// Means over pairs of different samples: of those that the model describes 0, where plain
    /// residuals are negatively correlated.
    #[test]
    fn what_a_model_explains_has_no_correlation_and_what_it_lacks_has() {
        let mean = |matrix: &Mat<f64>, chosen: &dyn Fn(usize, usize) -> bool| {
            let pairs = (0..24).flat_map(|i| (0..i).map(move |j| (i, j)));
            let values: Vec<f64> =
                pairs.filter(|&(i, j)| chosen(i, j)).map(|(i, j)| matrix[(i, j)]).collect();
            values.iter().sum::<f64>() / values.len() as f64
        };
        let (copies, weights) = example(0.0, 0.05);
        let right = correlations(&copies, &weights);
        let single = |i: usize, j: usize| i != 4 && j != 4;
        assert!(mean(&right, &single).abs() < 0.003, "{}", mean(&right, &single));
        assert!(right[(4, 0)] > 0.8, "{}", right[(4, 0)]);
        let (copies, weights) = example(0.5, 0.05);
        let wrong = correlations(&copies, &weights);
        let alike = |i: usize, j: usize| i % 4 == 1 && j % 4 == 1;
        assert!(mean(&wrong, &alike) > 0.03, "{}", mean(&wrong, &alike));
    }

    #[test]
    fn a_sample_that_is_a_population_has_no_correlations() {
        let (copies, mut weights) = example(0.0, 0.0);
        for i in 0..24 {
            weights[(i, 0)] = if i == 7 { 1.0 } else { 0.0 };
            weights[(i, 1)] = 1.0 - weights[(i, 0)];
        }
        let got = correlations(&copies, &weights);
        assert!((0..24).all(|i| got[(i, 7)].is_nan() && got[(7, i)].is_nan()));
        assert!((0..24).filter(|&i| i != 7).all(|i| !got[(i, 3)].is_nan()));
    }
}
