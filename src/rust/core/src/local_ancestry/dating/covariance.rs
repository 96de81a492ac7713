//! Covariance of two ancestries of a sample at each distance along the genome.
//!
//! Dosages are those of both haplotypes together, so that phase does not matter.

use crate::error::Result;
use crate::task::Task;
use rayon::prelude::*;

/// One chromosome on an even grid.
#[derive(Clone, Debug)]
pub struct Dosages<'d> {
    /// n_samples x n_points copies of the first ancestry.
    pub first: &'d [f64],
    /// The same of the second one.
    pub second: &'d [f64],
    pub n_points: usize,
}

/// Of each sample, lag after lag: the sum of products of deviations from the mean, and the number of
/// products.
///
/// `mean`: of the two ancestries in all samples.
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is canceled.
///
/// # Panics
/// If shapes do not match.
pub fn lagged_products(
    dosages: &Dosages<'_>,
    mean: [f64; 2],
    n_lags: usize,
    task: &Task,
) -> Result<Vec<Vec<(f64, f64)>>> {
    let n_points = dosages.n_points;
    assert_eq!(dosages.first.len(), dosages.second.len(), "the same points");
    let samples = dosages.first.par_chunks(n_points).zip(dosages.second.par_chunks(n_points));
    samples
        .map(|(first, second)| {
            task.advance(1)?;
            let first: Vec<f64> = first.iter().map(|value| value - mean[0]).collect();
            let second: Vec<f64> = second.iter().map(|value| value - mean[1]).collect();
            Ok((0..n_lags).map(|lag| products(&first, &second, lag)).collect())
        })
        .collect()
}

/// Both ways round: the first ancestry before the second one, and after it.
fn products(first: &[f64], second: &[f64], lag: usize) -> (f64, f64) {
    let of = |early: &[f64], late: &[f64]| -> f64 {
        early.iter().zip(late.iter().skip(lag)).map(|(one, other)| one * other).sum()
    };
    let n = first.len().saturating_sub(lag);
    (of(first, second) + of(second, first), 2.0 * n as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One sample at three points, means 1 and 0: deviations 1, 0, -1 and 2, 1, 0.
    #[test]
    fn products_worked_by_hand() {
        let dosages = Dosages { first: &[2.0, 1.0, 0.0], second: &[2.0, 1.0, 0.0], n_points: 3 };
        let got = lagged_products(&dosages, [1.0, 0.0], 4, &Task::new()).unwrap();
        // Lag 1: 1 x 1 + 0 x 0, and 2 x 0 + 1 x -1; lag 2: 1 x 0 and 2 x -1.
        assert_eq!(got, [[(4.0, 6.0), (0.0, 4.0), (-2.0, 2.0), (0.0, 0.0)]]);
    }
}
