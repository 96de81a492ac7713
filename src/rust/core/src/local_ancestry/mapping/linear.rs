//! Least squares, window by window.
//!
//! With everything else taken out of the phenotype and of the dosage (Frisch, Waugh and Lovell),
//! the effect is `d'y / d'd`, and its variance the mean square of what is left over `d'd`.

use crate::error::Result;
use crate::linalg::dot::dot;
use crate::local_ancestry::mapping::covariates::Covariates;
use crate::task::Task;
use rayon::prelude::*;

/// The effect of one copy of an ancestry; both `NaN` where the dosage says nothing that the
/// covariates do not, or where they say all of the phenotype.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effect {
    pub estimate: f64,
    pub std_error: f64,
}

/// Where there is none.
pub const NO_EFFECT: Effect = Effect { estimate: f64::NAN, std_error: f64::NAN };

/// The effect in every window.
///
/// | argument  | shape                 |
/// |-----------|-----------------------|
/// | `y`       | n_samples             |
/// | `dosages` | n_windows x n_samples |
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is canceled.
///
/// # Panics
/// If shapes do not match, or there are no more samples than covariates and one.
pub fn linear(
    y: &[f64],
    covariates: &Covariates,
    dosages: &[f64],
    task: &Task,
) -> Result<Vec<Effect>> {
    let n = y.len();
    assert!(n > covariates.rank() + 1, "degrees of freedom");
    let df = (n - covariates.rank() - 1) as f64;
    task.begin("regressions", (dosages.len() / n) as u64)?;
    let Some(y) = unexplained(y, covariates) else {
        return Ok(vec![NO_EFFECT; dosages.len() / n]);
    };
    let effects = dosages.par_chunks(n).map(|dosage| {
        task.advance(1)?;
        let Some(d) = covariates.residual(dosage) else { return Ok(NO_EFFECT) };
        let square = dot(&d, &d);
        let estimate = dot(&d, &y) / square;
        let left: f64 = y.iter().zip(&d).map(|(y, d)| (y - estimate * d).powi(2)).sum();
        Ok(Effect { estimate, std_error: (left / df / square).sqrt() })
    });
    effects.collect()
}

/// Of a phenotype that is a sum of covariates rounding leaves some 1e-16 of its length.
const ROUNDING: f64 = 1e-12;

/// What the covariates leave of a phenotype; `None` if that is rounding alone.
pub fn unexplained(y: &[f64], covariates: &Covariates) -> Option<Vec<f64>> {
    let mut left = y.to_vec();
    covariates.remove_from(&mut left);
    let length = |values: &[f64]| dot(values, values).sqrt();
    let is_rounding = length(&left) <= ROUNDING * length(y);
    (!is_rounding).then_some(left)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::dense::solve_positive_definite;
    use crate::linalg::random::generator;
    use faer::Mat;
    use rand_distr::Distribution;
    use rand_distr::StandardNormal;

    /// y = 1, 2, 2, 4 on dosages 0, 1, 1, 2 and a mean: d = -1, 0, 0, 1, d'y = 3, d'd = 2.
    #[test]
    fn a_slope_worked_by_hand() {
        let covariates = Covariates::of([&[1.0; 4][..]]);
        let task = Task::new();
        let dosages = [0.0, 1.0, 1.0, 2.0, 1.0, 1.0, 1.0, 1.0];
        let got = linear(&[1.0, 2.0, 2.0, 4.0], &covariates, &dosages, &task).unwrap();
        assert!((got[0].estimate - 1.5).abs() < 1e-12);
        // What is left: 0.25, -0.25, -0.25, 0.25; over 2 degrees of freedom and d'd = 2.
        assert!((got[0].std_error - (0.25f64 / 2.0 / 2.0).sqrt()).abs() < 1e-12);
        assert!(got[1].estimate.is_nan());
    }

    #[test]
    fn a_sum_of_covariates_has_no_effects() {
        let (one, up) = ([1.0; 5], [0.1, 0.35, 0.2, 0.9, 0.7]);
        let covariates = Covariates::of([&one[..], &up]);
        let dosages = [0.0, 1.0, 1.0, 2.0, 1.0];
        let y = up.map(|value| 3.0 - 7.0 * value);
        let of = |y: &[f64]| linear(y, &covariates, &dosages, &Task::new()).unwrap()[0];
        assert!(of(&y).estimate.is_nan() && of(&y).std_error.is_nan());
        assert_eq!(unexplained(&y, &covariates), None);
        let mut noisy = y;
        noisy[2] += 1e-6;
        assert!(of(&noisy).std_error > 0.0);
        assert!(unexplained(&[1e9, 1e9 + 1.0, 1e9, 1e9, 1e9], &covariates).is_some());
    }

    /// Reference implementation: normal equations of all columns together.
    #[test]
    fn effects_agree_with_normal_equations() {
        let mut random = generator(4, 0);
        let (n, q) = (60, 4);
        let mut draw =
            |n: usize| -> Vec<f64> { StandardNormal.sample_iter(&mut random).take(n).collect() };
        let mut columns = vec![vec![1.0; n]];
        columns.extend((1..q).map(|_| draw(n)));
        let (y, dosages) = (draw(n), draw(5 * n));
        let covariates = Covariates::of(columns.iter().map(Vec::as_slice));
        let got = linear(&y, &covariates, &dosages, &Task::new()).unwrap();
        for (dosage, got) in dosages.chunks(n).zip(got) {
            let mut all = columns.clone();
            all.push(dosage.to_vec());
            let cross = Mat::from_fn(q + 1, q + 1, |i, j| dot(&all[i], &all[j]));
            let right = Mat::from_fn(q + 1, 2, |i, j| match j {
                0 => dot(&all[i], &y),
                _ => f64::from(u8::from(i == q)),
            });
            let solved = solve_positive_definite(cross.as_ref(), right.as_ref()).unwrap();
            let fitted = |s: usize| (0..=q).map(|i| all[i][s] * solved[(i, 0)]).sum::<f64>();
            let left: f64 = (0..n).map(|s| (y[s] - fitted(s)).powi(2)).sum();
            let error = (left / (n - q - 1) as f64 * solved[(q, 1)]).sqrt();
            assert!((got.estimate - solved[(q, 0)]).abs() < 1e-10);
            assert!((got.std_error - error).abs() < 1e-10);
        }
    }
}
