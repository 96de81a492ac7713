//! Covariance of two ancestries of a sample at each distance along the genome, and between chromosomes.
//!
//! Dosages are those of both haplotypes together, so that phase does not matter. They are deviations
//! from the mean of all samples at the same place: what drift or wrong calls do to all samples alike
//! says nothing of when ancestries met.

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
    /// n_points: whether anything is known of the place. Where not, it has no part in any product.
    pub is_known: &'d [bool],
}

/// What a sample has on one chromosome.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Products {
    /// n_lags: the sum of products of deviations at places so far apart, and their number.
    pub lagged: Vec<(f64, f64)>,
    /// Sums of the deviations of both ancestries.
    pub total: [f64; 2],
}

/// Products of each sample.
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is canceled.
///
/// # Panics
/// If shapes do not match.
pub fn lagged_products(dosages: &Dosages<'_>, n_lags: usize, task: &Task) -> Result<Vec<Products>> {
    let n_points = dosages.is_known.len();
    let n_pairs: Vec<f64> = (0..n_lags).map(|lag| pairs(dosages.is_known, lag)).collect();
    assert_eq!(dosages.first.len(), dosages.second.len(), "the same points");
    let means = [dosages.first, dosages.second].map(|values| point_means(values, n_points));
    let samples = dosages.first.par_chunks(n_points).zip(dosages.second.par_chunks(n_points));
    samples
        .map(|(first, second)| {
            task.advance(1)?;
            let first = deviations(first, &means[0], dosages.is_known);
            let second = deviations(second, &means[1], dosages.is_known);
            let sums = (0..n_lags).map(|lag| products(&first, &second, lag));
            Ok(Products {
                lagged: sums.zip(n_pairs.iter().copied()).collect(),
                total: [first.iter().sum(), second.iter().sum()],
            })
        })
        .collect()
}

/// The mean of all samples at each point.
fn point_means(values: &[f64], n_points: usize) -> Vec<f64> {
    let mut mean = vec![0.0; n_points];
    for sample in values.chunks_exact(n_points) {
        mean.iter_mut().zip(sample).for_each(|(sum, value)| *sum += value);
    }
    let n_samples = (values.len() / n_points) as f64;
    mean.iter_mut().for_each(|sum| *sum /= n_samples);
    mean
}

/// 0 where nothing is known.
fn deviations(values: &[f64], mean: &[f64], is_known: &[bool]) -> Vec<f64> {
    let all = values.iter().zip(mean).zip(is_known);
    all.map(|((value, mean), &known)| if known { value - mean } else { 0.0 }).collect()
}

/// Both ways round: the first ancestry before the second one, and after it.
fn products(first: &[f64], second: &[f64], lag: usize) -> f64 {
    let of = |early: &[f64], late: &[f64]| -> f64 {
        early.iter().zip(late.iter().skip(lag)).map(|(one, other)| one * other).sum()
    };
    of(first, second) + of(second, first)
}

/// How many products that is of.
fn pairs(is_known: &[bool], lag: usize) -> f64 {
    let late = is_known.iter().skip(lag);
    2.0 * is_known.iter().zip(late).filter(|&(&one, &other)| one && other).count() as f64
}

/// The sum of products of one sample at all pairs of places on different chromosomes, both ways
/// round, and their number, from its totals on each chromosome and how many points that has.
pub fn unlinked_products(chromosomes: &[([f64; 2], f64)]) -> (f64, f64) {
    let sum = |of: fn(&([f64; 2], f64)) -> f64| -> f64 { chromosomes.iter().map(of).sum() };
    let products = sum(|c| c.0[0]) * sum(|c| c.0[1]) - sum(|c| c.0[0] * c.0[1]);
    (products, sum(|c| c.1).powi(2) - sum(|c| c.1 * c.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two samples at three points; the second one makes means of 1, 1, 1 and 0, 0, 0.
    const FIRST: [f64; 6] = [2.0, 1.0, 0.0, 0.0, 1.0, 2.0];
    const SECOND: [f64; 6] = [2.0, 1.0, 0.0, -2.0, -1.0, 0.0];

    #[test]
    fn products_worked_by_hand() {
        let dosages = Dosages { first: &FIRST, second: &SECOND, is_known: &[true; 3] };
        let got = lagged_products(&dosages, 4, &Task::new()).unwrap();
        // Deviations 1, 0, -1 and 2, 1, 0. Lag 1: 1 x 1 + 0 x 0, and 2 x 0 + 1 x -1; lag 2: 1 x 0
        // and 2 x -1.
        assert_eq!(got[0].lagged, [(4.0, 6.0), (0.0, 4.0), (-2.0, 2.0), (0.0, 0.0)]);
        assert_eq!(got[0].total, [0.0, 3.0]);
        assert_eq!(got[1].lagged, got[0].lagged);
    }

    /// Without the place in the middle: lag 0, 1 x 2 and -1 x 0; lag 2 as before; lag 1 has no pair.
    #[test]
    fn places_of_which_nothing_is_known_have_no_part() {
        let mut first = FIRST;
        first[1] = 7.0;
        let is_known = [true, false, true];
        let dosages = Dosages { first: &first, second: &SECOND, is_known: &is_known };
        let got = lagged_products(&dosages, 3, &Task::new()).unwrap();
        assert_eq!(got[0].lagged, [(4.0, 4.0), (0.0, 0.0), (-2.0, 2.0)]);
        assert_eq!(got[0].total, [0.0, 2.0]);
    }

    /// Reference: every pair of places on its own.
    #[test]
    fn places_on_different_chromosomes_are_paired() {
        let first = [vec![1.0, -0.5], vec![0.25], vec![2.0, 1.0, -1.0]];
        let second = [vec![0.5, 0.5], vec![-1.0], vec![1.0, 0.0, 3.0]];
        let (mut sum, mut n) = (0.0, 0.0);
        for (a, one) in first.iter().enumerate() {
            for (b, other) in second.iter().enumerate().filter(|&(b, _)| b != a) {
                assert_ne!(a, b);
                sum += one.iter().flat_map(|x| other.iter().map(move |y| x * y)).sum::<f64>();
                n += (one.len() * other.len()) as f64;
            }
        }
        let total = |values: &Vec<f64>| values.iter().sum::<f64>();
        let chromosomes: Vec<_> = first
            .iter()
            .zip(&second)
            .map(|(one, other)| ([total(one), total(other)], one.len() as f64))
            .collect();
        let got = unlinked_products(&chromosomes);
        assert!((got.0 - sum).abs() < 1e-12 && got.1 == n);
        assert_eq!(unlinked_products(&chromosomes[..1]), (0.0, 0.0));
    }
}
