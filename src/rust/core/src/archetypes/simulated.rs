//! Data for the tests of this room.

use crate::linalg::random::generator;
use ndarray::Array2;
use rand_distr::Distribution;
use rand_distr::Exp1;
use rand_distr::StandardNormal;

/// Independent standard normal numbers, n x d.
pub(super) fn normal(n: usize, d: usize, seed: u64) -> Array2<f64> {
    let mut source = generator(seed, 0);
    Array2::from_shape_simple_fn((n, d), || StandardNormal.sample(&mut source))
}

/// Rows evenly spread over the simplex, n x k.
pub(super) fn simplex(n: usize, k: usize, seed: u64) -> Array2<f64> {
    let mut source = generator(seed, 1);
    let mut rows = Array2::from_shape_simple_fn((n, k), || Exp1.sample(&mut source));
    for mut row in rows.rows_mut() {
        let total: f64 = row.sum();
        row /= total;
    }
    rows
}

/// Mixtures of `k` random corners in `d` components, with a little noise and
/// decreasing spread from component to component.
pub(super) fn mixtures(n: usize, k: usize, d: usize, seed: u64) -> Array2<f64> {
    let corners = normal(k, d, seed + 1000);
    let mut scores = simplex(n, k, seed).dot(&corners) + 0.05 * normal(n, d, seed + 2000);
    for (component, mut column) in scores.columns_mut().into_iter().enumerate() {
        column *= 0.9_f64.powi(component as i32);
    }
    scores
}

/// Fails unless no entry differs by more than `epsilon`.
#[track_caller]
pub(super) fn assert_close(got: &Array2<f64>, want: &Array2<f64>, epsilon: f64) {
    let furthest = (got - want).iter().fold(0.0, |furthest: f64, gap| furthest.max(gap.abs()));
    assert!(furthest <= epsilon, "entries differ by up to {furthest}");
}
