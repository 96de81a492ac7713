//! The largest statistic of all windows where nothing is associated.
//!
//! Windows are correlated, so that their number says little of how many tests there are. Phenotypes
//! without any association are drawn, and the largest correlation with any window is kept: its
//! quantile is what a genome without association passes in that proportion of studies. A draw is
//! normal, as sums of small effects are, or it is what covariates leave of the phenotype with random
//! signs, which keeps the variance that each sample has: few cases among many controls, or samples
//! that vary more the more they have of an ancestry. The draws of two ancestries are the same where
//! the seed is.
//!
//! Source: Wu 1986, Annals of Statistics 14:1261; signs: Liu 1988, Annals of Statistics 16:1696.

use crate::error::Result;
use crate::linalg::dense::multiply;
use crate::linalg::dot::dot;
use crate::linalg::random::generator;
use crate::local_ancestry::mapping::covariates::Covariates;
use crate::task::Task;
use faer::Mat;
use rand_chacha::rand_core::RngCore;
use rand_distr::Distribution;
use rand_distr::StandardNormal;
use rayon::prelude::*;

/// Windows that are multiplied at a time.
const BLOCK: usize = 128;

/// n_draws, the largest absolute t of all windows.
///
/// `dosages`: n_windows x n_samples. `kept`: the phenotype without what the covariates explain, whose
/// signs are drawn, or `None` for normal draws.
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is canceled.
///
/// # Panics
/// If shapes do not match, or there are no more samples than covariates and one.
pub fn null_maxima(
    covariates: &Covariates,
    dosages: &[f64],
    n_samples: usize,
    kept: Option<&[f64]>,
    n_draws: usize,
    seed: u64,
    task: &Task,
) -> Result<Vec<f64>> {
    assert!(n_samples > covariates.rank() + 1, "degrees of freedom");
    let df = (n_samples - covariates.rank() - 1) as f64;
    let phenotypes = draws(covariates, n_samples, kept, n_draws, seed);
    let n_windows = dosages.len() / n_samples;
    task.begin("phenotypes without association", n_windows as u64)?;
    let blocks: Result<Vec<Vec<f64>>> = dosages
        .par_chunks(BLOCK * n_samples)
        .map(|block| {
            let rows: Vec<Vec<f64>> =
                block.chunks(n_samples).filter_map(|dosage| unit(covariates, dosage)).collect();
            task.advance((block.len() / n_samples) as u64)?;
            let windows = Mat::from_fn(rows.len(), n_samples, |row, sample| rows[row][sample]);
            let products = multiply(windows.as_ref(), phenotypes.as_ref());
            let largest = |draw: usize| {
                (0..rows.len()).map(|row| products[(row, draw)].abs()).fold(0.0, f64::max)
            };
            Ok((0..n_draws).map(largest).collect())
        })
        .collect();
    let blocks = blocks?;
    let of = |draw: usize| blocks.iter().map(|block| block[draw]).fold(0.0, f64::max);
    Ok((0..n_draws).map(|draw| t_of(of(draw), df)).collect())
}

/// n_samples x n_draws, of unit length without what the covariates explain; 0 where that is all.
fn draws(
    covariates: &Covariates,
    n_samples: usize,
    kept: Option<&[f64]>,
    n_draws: usize,
    seed: u64,
) -> Mat<f64> {
    let columns: Vec<Vec<f64>> = (0..n_draws)
        .into_par_iter()
        .map(|draw| {
            let mut random = generator(seed, draw as u64);
            let values: Vec<f64> = match kept {
                None => StandardNormal.sample_iter(random).take(n_samples).collect(),
                Some(kept) => kept
                    .iter()
                    .map(|&own| if random.next_u32() % 2 == 0 { own } else { -own })
                    .collect(),
            };
            unit(covariates, &values).unwrap_or_else(|| vec![0.0; n_samples])
        })
        .collect();
    Mat::from_fn(n_samples, n_draws, |sample, draw| columns[draw][sample])
}

fn unit(covariates: &Covariates, values: &[f64]) -> Option<Vec<f64>> {
    let mut left = covariates.residual(values)?;
    let length = dot(&left, &left).sqrt();
    left.iter_mut().for_each(|value| *value /= length);
    Some(left)
}

fn t_of(correlation: f64, df: f64) -> f64 {
    correlation * (df / (1.0 - correlation * correlation)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local_ancestry::mapping::linear::linear;

    /// Reference implementation: a regression of every draw on every window.
    #[test]
    fn maxima_are_those_of_the_regressions() {
        let (n, n_windows, n_draws) = (40, 300, 7);
        let dosages: Vec<f64> =
            (0..n * n_windows).map(|at| ((at * at + 7 * at) % 13 % 3) as f64).collect();
        let covariate: Vec<f64> = (0..n).map(|s| (s * 31 % 17) as f64).collect();
        let covariates = Covariates::of([&vec![1.0; n][..], &covariate]);
        let task = Task::new();
        let phenotype: Vec<f64> = (0..n).map(|s| f64::from(u8::from(s % 9 == 2))).collect();
        let left = covariates.residual(&phenotype).unwrap();
        for kept in [None, Some(&left[..])] {
            let got = null_maxima(&covariates, &dosages, n, kept, n_draws, 5, &task).unwrap();
            let phenotypes = draws(&covariates, n, kept, n_draws, 5);
            for (draw, got) in got.into_iter().enumerate() {
                let y: Vec<f64> = (0..n).map(|sample| phenotypes[(sample, draw)]).collect();
                let effects = linear(&y, &covariates, &dosages, &task).unwrap();
                let t = effects.iter().map(|effect| (effect.estimate / effect.std_error).abs());
                let want = t.filter(|t| !t.is_nan()).fold(0.0, f64::max);
                assert!((got - want).abs() < 1e-8 * want, "{got} {want}");
            }
        }
    }

    #[test]
    fn signs_that_leave_nothing_are_no_association() {
        let covariates = Covariates::of([&[1.0; 4][..]]);
        let draws = draws(&covariates, 4, Some(&[1.0, -1.0, 1.0, -1.0]), 200, 1);
        let lengths: Vec<f64> =
            (0..200).map(|at| draws.col(at).iter().map(|value| value * value).sum()).collect();
        assert!(lengths.iter().all(|&length| length == 0.0 || (length - 1.0).abs() < 1e-12));
        assert!(lengths.contains(&0.0));
    }
}
