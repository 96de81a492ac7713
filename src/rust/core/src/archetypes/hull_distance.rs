//! How far positions lie from the convex hull of samples.
//!
//! Source: Wolfe 1976, "Finding the nearest point in a polytope", through
//! [`crate::linalg::simplex`]. Archetypes are mixtures of samples, so they lie in
//! the hull; cluster centers of other methods need not (Gimbernat-Mayol et al.
//! 2022, Discussion).

use crate::archetypes::hull::NearestPoint;
use crate::archetypes::points::Points;
use crate::archetypes::standard_scores::StandardScores;
use crate::error::Error;
use crate::error::Result;
use crate::linalg::scores::check_scores;
use crate::linalg::simplex::ActiveSet;
use crate::task::Task;
use ndarray::ArrayView2;

/// Distances of positions from the convex hull of the samples.
///
/// | argument    | shape                      | values                             |
/// |-------------|----------------------------|------------------------------------|
/// | `scores`    | n_samples x n_components   | finite                             |
/// | `positions` | n_positions x n_components | finite                             |
/// | returned    | n_positions                | 0 or more, in the unit of `scores` |
///
/// A position inside the hull gets its distance up to rounding: about 1e-8 of the
/// spread of the samples (their root mean squared distance from their mean).
///
/// # Errors
/// [`Error::EmptyScores`], [`Error::NonFiniteScore`] or
/// [`Error::ScoresOutOfRange`] for either table; [`Error::ComponentMismatch`] if
/// they differ in components; [`Error::Interrupted`].
pub fn hull_distances(
    scores: ArrayView2<'_, f64>,
    positions: ArrayView2<'_, f64>,
    task: &Task,
) -> Result<Vec<f64>> {
    check_scores(scores)?;
    check_scores(positions)?;
    let (expected, found) = (scores.ncols(), positions.ncols());
    if found != expected {
        return Err(Error::ComponentMismatch { expected, found });
    }
    task.begin("distances to the hull", positions.nrows() as u64)?;
    let StandardScores { table, mean, scale } = StandardScores::new(scores);
    let points = Points::Coordinates(table);
    let target = |position: ndarray::ArrayView1<'_, f64>| ((&position - &mean) / scale).to_vec();
    let distance = |position| {
        let distance = distance(&points, &target(position), task)?;
        task.advance(1)?;
        Ok(distance * scale)
    };
    positions.rows().into_iter().map(distance).collect()
}

/// Distance of one target from the hull of the points.
fn distance(points: &Points, target: &[f64], task: &Task) -> Result<f64> {
    let mut program = NearestPoint::new(points, target);
    let mut set = ActiveSet::default();
    set.start(&program, &[nearest_sample(points, target)], &[1.0]);
    while set.improve(&mut program, 0.0, 1) {
        task.check()?;
    }
    let mut nearest = vec![0.0; points.width()];
    points.combine(set.support(), set.weights(), &mut nearest);
    Ok(squared_distance(&nearest, target).sqrt())
}

fn nearest_sample(points: &Points, target: &[f64]) -> usize {
    let squared = |point: &usize| squared_distance(points.position(*point), target);
    let all = 0..points.count();
    all.min_by(|a, b| squared(a).total_cmp(&squared(b))).expect("at least one sample")
}

fn squared_distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archetypes::simulated::normal;
    use crate::archetypes::simulated::simplex;
    use approx::assert_abs_diff_eq;
    use approx::assert_relative_eq;
    use ndarray::Array2;
    use ndarray::array;

    fn distances(scores: &Array2<f64>, positions: &Array2<f64>) -> Vec<f64> {
        hull_distances(scores.view(), positions.view(), &Task::new()).unwrap()
    }

    /// A triangle of sides 3, 4 and 5 with a sample inside: a corner, the middle of an edge,
    /// the inside, 2 below an edge, 5 away from a corner, and a foot on the long side.
    #[test]
    fn agrees_with_a_hand_worked_triangle() {
        let triangle = array![[0.0, 0.0], [4.0, 0.0], [0.0, 3.0], [1.0, 1.0]];
        let positions =
            array![[0.0, 0.0], [2.0, 0.0], [0.5, 0.5], [1.0, -2.0], [-3.0, -4.0], [4.0, 3.0]];
        let got = distances(&triangle, &positions);
        assert_abs_diff_eq!(got[..], [0.0, 0.0, 0.0, 2.0, 5.0, 2.4], epsilon = 1e-7);
    }

    /// Reference implementation: gradient steps on the weights of all samples, projected on the
    /// simplex.
    fn reference_distance(scores: &Array2<f64>, target: &[f64]) -> f64 {
        let n = scores.nrows();
        let mut weights = vec![1.0 / n as f64; n];
        let step = 0.5 / scores.iter().map(|x| x * x).sum::<f64>();
        let position = |weights: &[f64]| -> Vec<f64> {
            scores
                .columns()
                .into_iter()
                .map(|column| column.iter().zip(weights).map(|(x, w)| x * w).sum())
                .collect()
        };
        for _ in 0..100_000 {
            let now = position(&weights);
            let gradient = scores.rows().into_iter().map(|row| {
                row.iter().zip(&now).zip(target).map(|((x, a), b)| x * (a - b)).sum::<f64>()
            });
            let moved: Vec<f64> =
                weights.iter().zip(gradient).map(|(w, g)| w - 2.0 * step * g).collect();
            weights = on_simplex(&moved);
        }
        squared_distance(&position(&weights), target).sqrt()
    }

    /// The point of the simplex nearest to `x`: all entries lowered by one number, cut at 0.
    fn on_simplex(x: &[f64]) -> Vec<f64> {
        let mut sorted = x.to_vec();
        sorted.sort_by(|a, b| b.total_cmp(a));
        let (mut sum, mut shift) = (0.0, 0.0);
        for (i, value) in sorted.iter().enumerate() {
            sum += value;
            let candidate = (sum - 1.0) / (i + 1) as f64;
            if value - candidate > 0.0 {
                shift = candidate;
            }
        }
        x.iter().map(|value| (value - shift).max(0.0)).collect()
    }

    #[test]
    fn agrees_with_projected_gradient_steps() {
        for seed in 0..6 {
            let scores = normal(12, 3, seed);
            let positions = 1.5 * normal(4, 3, 100 + seed);
            let got = distances(&scores, &positions);
            for (row, got) in positions.rows().into_iter().zip(got) {
                let want = reference_distance(&scores, row.as_slice().unwrap());
                assert_abs_diff_eq!(got, want, epsilon = 2e-3);
                assert!(got <= want + 1e-7, "a nearer point was missed");
            }
        }
    }

    #[test]
    fn mixtures_of_samples_lie_inside_and_the_unit_is_that_of_the_scores() {
        let scores = 1e6 * normal(60, 5, 1) + 3e7;
        let inside = simplex(20, 60, 2).dot(&scores);
        assert!(distances(&scores, &inside).iter().all(|distance| *distance < 1e6 * 1e-6));
        let outside = 4.0 * normal(10, 5, 3);
        let small = distances(&normal(60, 5, 1), &outside);
        let large = distances(&scores, &(1e6 * outside + 3e7));
        for (small, large) in small.into_iter().zip(large) {
            assert_relative_eq!(1e6 * small, large, max_relative = 1e-6, epsilon = 1.0);
        }
    }

    #[test]
    fn samples_that_are_all_alike_are_their_own_hull() {
        let got = distances(&Array2::ones((5, 2)), &array![[1.0, 1.0], [4.0, 5.0]]);
        assert_abs_diff_eq!(got[..], [0.0, 5.0], epsilon = 1e-12);
    }

    #[test]
    fn other_components_and_no_numbers_are_refused_and_a_wish_to_stop_is_heard() {
        let scores = normal(5, 2, 1);
        let refused =
            |positions: Array2<f64>| hull_distances(scores.view(), positions.view(), &Task::new());
        let error = refused(Array2::zeros((1, 3))).unwrap_err();
        assert!(matches!(error, Error::ComponentMismatch { expected: 2, found: 3 }));
        let error = refused(array![[0.0, f64::NAN]]).unwrap_err();
        assert!(matches!(error, Error::NonFiniteScore { sample: 0, component: 1, .. }));
        let task = Task::new();
        task.cancel();
        let stopped = hull_distances(scores.view(), scores.view(), &task);
        assert!(matches!(stopped, Err(Error::Interrupted)));
    }
}
