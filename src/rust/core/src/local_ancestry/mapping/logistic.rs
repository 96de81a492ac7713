//! Logistic regression, window by window.
//!
//! Newton's steps (iteratively reweighted least squares) on the basis of the covariates and the
//! dosage, from the fit without the dosage, until the likelihood no longer rises. The standard error
//! is that of Wald: the inverse of the information.

use crate::error::Result;
use crate::linalg::dense::solve_positive_definite;
use crate::linalg::dot::dot;
use crate::local_ancestry::mapping::covariates::Covariates;
use crate::local_ancestry::mapping::linear::Effect;
use crate::local_ancestry::mapping::linear::NO_EFFECT;
use crate::task::Task;
use faer::Mat;
use rayon::prelude::*;

/// Steps after which a fit is taken to have no end: cases and controls are separated.
const MOST_STEPS: usize = 50;

/// Gain of log-likelihood, relative to it, that counts as none.
const STANDSTILL: f64 = 1e-13;

/// Log odds beyond which cases and controls are taken to be separated.
const SEPARATED: f64 = 30.0;

/// The effect in every window on the log odds, `NaN` where cases and controls are separated.
///
/// | argument  | shape                 | values             |
/// |-----------|-----------------------|--------------------|
/// | `y`       | n_samples             | 0: control, 1: case|
/// | `dosages` | n_windows x n_samples |                    |
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is canceled.
///
/// # Panics
/// If shapes do not match.
pub fn logistic(
    y: &[f64],
    covariates: &Covariates,
    dosages: &[f64],
    task: &Task,
) -> Result<Vec<Effect>> {
    let n = y.len();
    let base: Vec<&[f64]> = covariates.basis().iter().map(Vec::as_slice).collect();
    task.begin("regressions", (dosages.len() / n) as u64)?;
    let start = fit(y, &base, &vec![0.0; base.len()]).map(|(coefficients, _)| coefficients);
    let effects = dosages.par_chunks(n).map(|dosage| {
        task.advance(1)?;
        let (Some(start), Some(d)) = (&start, covariates.residual(dosage)) else {
            return Ok(NO_EFFECT);
        };
        let length = dot(&d, &d).sqrt();
        let d: Vec<f64> = d.iter().map(|value| value / length).collect();
        let columns: Vec<&[f64]> = base.iter().copied().chain([&d[..]]).collect();
        let start: Vec<f64> = start.iter().copied().chain([0.0]).collect();
        let Some((coefficients, variance)) = fit(y, &columns, &start) else { return Ok(NO_EFFECT) };
        let estimate = coefficients[base.len()] / length;
        Ok(Effect { estimate, std_error: variance.sqrt() / length })
    });
    effects.collect()
}

/// Coefficients, and the variance of the last one; `None` where there is no finite answer.
fn fit(y: &[f64], columns: &[&[f64]], start: &[f64]) -> Option<(Vec<f64>, f64)> {
    let q = columns.len();
    let mut coefficients = start.to_vec();
    let mut likelihood = log_likelihood(y, &predictor(columns, &coefficients));
    for _ in 0..MOST_STEPS {
        let eta = predictor(columns, &coefficients);
        if eta.iter().any(|eta| eta.abs() > SEPARATED) {
            return None;
        }
        let mean: Vec<f64> = eta.iter().map(|eta| 1.0 / (1.0 + (-eta).exp())).collect();
        let score: Vec<f64> = y.iter().zip(&mean).map(|(y, mean)| y - mean).collect();
        let information = Mat::from_fn(q, q, |i, j| {
            let pairs = columns[i].iter().zip(columns[j]).zip(&mean);
            pairs.map(|((a, b), mean)| a * b * mean * (1.0 - mean)).sum()
        });
        let right = Mat::from_fn(q, 2, |i, j| match j {
            0 => dot(columns[i], &score),
            _ => f64::from(u8::from(i + 1 == q)),
        });
        let solved = solve_positive_definite(information.as_ref(), right.as_ref())?;
        let (next, better) = best_step(y, columns, &coefficients, &solved, likelihood);
        let gain = better - likelihood;
        (coefficients, likelihood) = (next, better);
        if gain <= STANDSTILL * likelihood.abs() {
            return Some((coefficients, solved[(q - 1, 1)]));
        }
    }
    None
}

/// The step, or the largest of its halves that does not lose likelihood.
fn best_step(
    y: &[f64],
    columns: &[&[f64]],
    coefficients: &[f64],
    step: &Mat<f64>,
    likelihood: f64,
) -> (Vec<f64>, f64) {
    let mut part = 1.0;
    while part > 1e-10 {
        let next: Vec<f64> =
            coefficients.iter().enumerate().map(|(i, old)| old + part * step[(i, 0)]).collect();
        let better = log_likelihood(y, &predictor(columns, &next));
        if better >= likelihood {
            return (next, better);
        }
        part /= 2.0;
    }
    (coefficients.to_vec(), likelihood)
}

fn predictor(columns: &[&[f64]], coefficients: &[f64]) -> Vec<f64> {
    let n = columns.first().map_or(0, |column| column.len());
    let at = |s: usize| columns.iter().zip(coefficients).map(|(column, c)| c * column[s]).sum();
    (0..n).map(at).collect()
}

/// `y eta - log(1 + exp(eta))`, without overflow.
fn log_likelihood(y: &[f64], eta: &[f64]) -> f64 {
    let each = y.iter().zip(eta);
    each.map(|(y, eta)| y * eta - eta.max(0.0) - (-eta.abs()).exp().ln_1p()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of 10 with no copy 2 are cases, of 10 with one copy 5: the log odds are those of the table.
    #[test]
    fn a_table_worked_by_hand() {
        let cases = |n: usize| (0..10).map(move |at| f64::from(u8::from(at < n)));
        let y: Vec<f64> = cases(2).chain(cases(5)).collect();
        let dosage = [vec![0.0; 10], vec![1.0; 10]].concat();
        let covariates = Covariates::of([&[1.0; 20][..]]);
        let got = logistic(&y, &covariates, &dosage, &Task::new()).unwrap()[0];
        let odds = (5.0f64 / 5.0).ln() - (2.0f64 / 8.0).ln();
        let error = (1.0f64 / 5.0 + 1.0 / 5.0 + 1.0 / 2.0 + 1.0 / 8.0).sqrt();
        assert!((got.estimate - odds).abs() < 1e-9, "{got:?}");
        assert!((got.std_error - error).abs() < 1e-6, "{got:?}");
    }

    #[test]
    fn separated_cases_have_no_estimate() {
        let y = [0.0, 0.0, 0.0, 1.0, 1.0, 1.0];
        let covariates = Covariates::of([&[1.0; 6][..]]);
        let got = logistic(&y, &covariates, &[0.0, 0.0, 0.0, 1.0, 1.0, 1.0], &Task::new());
        assert!(got.unwrap()[0].estimate.is_nan());
    }

    #[test]
    fn a_covariate_that_is_not_finite_has_no_estimate() {
        let y = [0.0, 1.0, 0.0, 1.0, 1.0, 0.0];
        let wrong = [0.0, 1.0, 2.0, f64::INFINITY, 1.0, 5.0];
        let covariates = Covariates::of([&[1.0; 6][..], &wrong]);
        let dosage = [0.0, 1.0, 1.0, 2.0, 0.0, 0.0];
        for method in [logistic, crate::local_ancestry::mapping::linear::linear] {
            let got = method(&y, &covariates, &dosage, &Task::new()).unwrap()[0];
            assert!(got.estimate.is_nan() && got.std_error.is_nan(), "{got:?}");
        }
    }

    /// Property: at the estimate the score of every column is 0.
    #[test]
    fn the_score_is_zero_at_the_estimate() {
        let n = 90;
        let covariate: Vec<f64> = (0..n).map(|s| (s * 37 % 11) as f64 / 5.0).collect();
        let dosage: Vec<f64> = (0..n).map(|s| (s * 53 % 3) as f64).collect();
        let y: Vec<f64> =
            (0..n).map(|s| f64::from(u8::from(s * 29 % 7 < 2 + s * 53 % 3))).collect();
        let columns: [&[f64]; 3] = [&vec![1.0; n], &covariate, &dosage];
        let (coefficients, _) = fit(&y, &columns, &[0.0; 3]).unwrap();
        let eta = predictor(&columns, &coefficients);
        for column in columns {
            let each = column.iter().zip(&y).zip(&eta);
            let score: f64 = each.map(|((x, y), eta)| x * (y - 1.0 / (1.0 + (-eta).exp()))).sum();
            assert!(score.abs() < 1e-6, "{score}");
        }
        let covariates = Covariates::of([columns[0], columns[1]]);
        let got = logistic(&y, &covariates, &dosage, &Task::new()).unwrap()[0];
        assert!((got.estimate - coefficients[2]).abs() < 1e-6);
    }
}
