//! Samples far from one another.
//!
//! Source: Mørup & Hansen 2012, "Archetypal analysis for machine learning and
//! data mining", FurthestSum.

use crate::error::Result;
use crate::task::Task;
use ndarray::ArrayView1;
use ndarray::ArrayView2;
use std::collections::VecDeque;

/// Chooses `k` samples, each the one with the largest sum of distances to those
/// chosen before.
///
/// The search starts at sample `first`, which may lie anywhere, and has two rounds:
/// in the second each choice of the first is dropped, oldest first,
/// and made again. Samples equal to a chosen one are never taken; ties go to the
/// earlier sample.
///
/// | argument | shape                    | values                        |
/// |----------|--------------------------|-------------------------------|
/// | `scores` | n_samples x n_components | at least `k` rows that differ |
/// | returned | k                        | samples, all different        |
///
/// # Errors
/// [`crate::error::Error::Interrupted`].
///
/// # Panics
/// If fewer than `k` rows differ.
pub(super) fn furthest_sum(
    scores: ArrayView2<'_, f64>,
    k: usize,
    first: usize,
    task: &Task,
) -> Result<Vec<usize>> {
    let mut chosen = VecDeque::from([(first, distances(scores, first))]);
    for round in 1..2 * k {
        task.check()?;
        if round >= k {
            chosen.pop_front();
        }
        let next = furthest(&chosen, scores.nrows());
        chosen.push_back((next, distances(scores, next)));
    }
    Ok(chosen.into_iter().map(|(sample, _)| sample).collect())
}

/// Distance of every sample to one of them.
fn distances(scores: ArrayView2<'_, f64>, from: usize) -> Vec<f64> {
    let origin = scores.row(from);
    let distance = |row: ArrayView1<'_, f64>| {
        row.iter().zip(origin).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()
    };
    scores.rows().into_iter().map(distance).collect()
}

/// The sample with the largest sum of distances that equals no chosen one.
fn furthest(chosen: &VecDeque<(usize, Vec<f64>)>, n_samples: usize) -> usize {
    let sum = |sample: usize| {
        let distances = || chosen.iter().map(|(_, distances)| distances[sample]);
        if distances().any(|distance| distance == 0.0) { 0.0 } else { distances().sum::<f64>() }
    };
    let (mut best, mut best_sum) = (None, 0.0);
    for sample in 0..n_samples {
        let sum = sum(sample);
        if sum > best_sum {
            (best, best_sum) = (Some(sample), sum);
        }
    }
    best.expect("at least k samples differ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archetypes::simulated::normal;
    use ndarray::array;

    /// On a line at 0, 1, 5, 10 from sample 1: 10 is furthest; 1 is dropped, and
    /// 0 is furthest from 10; 10 is dropped, and is furthest from 0 again.
    #[test]
    fn agrees_with_a_line_worked_by_hand() {
        let scores = array![[0.0], [1.0], [5.0], [10.0]];
        assert_eq!(furthest_sum(scores.view(), 2, 1, &Task::new()).unwrap(), [0, 3]);
    }

    #[test]
    fn finds_the_corners_of_a_square_from_anywhere() {
        let scores = array![[0.4, 0.5], [0.0, 0.0], [1.0, 0.1], [0.5, 0.5], [0.0, 1.0], [1.1, 1.2]];
        for first in 0..6 {
            let mut got = furthest_sum(scores.view(), 4, first, &Task::new()).unwrap();
            got.sort();
            assert_eq!(got, [1, 2, 4, 5], "from sample {first}");
        }
    }

    /// Two groups of equal samples and one between: sums alone would return to
    /// the groups.
    #[test]
    fn takes_no_sample_twice() {
        let scores = array![[0.0], [0.0], [0.0], [9.0], [9.0], [9.0], [4.0]];
        for first in 0..7 {
            let mut got: Vec<f64> = furthest_sum(scores.view(), 3, first, &Task::new())
                .unwrap()
                .iter()
                .map(|&i| scores[(i, 0)])
                .collect();
            got.sort_by(f64::total_cmp);
            assert_eq!(got, [0.0, 4.0, 9.0]);
        }
    }

    #[test]
    fn the_order_of_the_samples_does_not_matter() {
        let scores = normal(40, 3, 1);
        let order: Vec<usize> = (0..40).map(|i| (i * 17 + 5) % 40).collect();
        let shuffled = scores.select(ndarray::Axis(0), &order);
        let want = furthest_sum(scores.view(), 5, order[7], &Task::new()).unwrap();
        let got: Vec<usize> = furthest_sum(shuffled.view(), 5, 7, &Task::new())
            .unwrap()
            .iter()
            .map(|&i| order[i])
            .collect();
        assert_eq!(got, want);
    }

    #[test]
    fn stops_when_canceled() {
        let task = Task::new();
        task.cancel();
        assert!(furthest_sum(array![[0.0], [1.0]].view(), 2, 0, &task).is_err());
    }
}
