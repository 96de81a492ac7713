//! The M step: weights of the basis functions, then the variance.
//!
//! Source: Bishop, Svensén & Williams 1998, equations 11 and 12; as in ugtm the bias is
//! penalized like the other weights.

use crate::gtm::expectation::Expectation;
use crate::gtm::grid::Grid;
use crate::gtm::manifold::Manifold;
use crate::gtm::table::Table;
use crate::linalg::dense::multiply;
use crate::linalg::dense::solve_positive_definite;
use faer::Mat;

/// Least variance, as a fraction of that of the samples: with a smaller one the penalty would be
/// negligible, and the weights would not be determined.
pub(super) const LEAST_VARIANCE: f64 = 1e-8;

/// The manifold that fits the responsibilities best; `None` if they do not determine its weights.
///
/// `W = (basis' G basis + regularization * variance * I)^-1 basis' R X`, with G the row sums of R
/// and `variance` the old one; then `variance = sum(R * D) / (n_samples n_components)`, D the new
/// squared distances.
pub(super) fn maximization(
    grid: &Grid,
    table: &Table,
    expected: &Expectation,
    variance: f64,
    regularization: f64,
) -> Option<Manifold> {
    let normal = normal_matrix(grid, &expected.node_weight, regularization * variance);
    let solution = solve_positive_definite(normal.as_ref(), expected.by_function.as_ref())?;
    let d = table.n_components();
    let weights = solution.subcols(0, d).to_owned();
    // Samples are deviations x - mean: the last column says how much of the mean to add back.
    let mean_weights = solution.col(d).iter().copied().collect();
    let mut manifold = Manifold::new(grid, table, weights, Some(mean_weights), variance);
    manifold.variance = new_variance(table, expected, &solution, &manifold);
    Some(manifold)
}

/// `basis' G basis + ridge I`.
fn normal_matrix(grid: &Grid, node_weight: &[f64], ridge: f64) -> Mat<f64> {
    let basis = &grid.basis;
    let weighted =
        Mat::from_fn(basis.nrows(), basis.ncols(), |i, j| basis[(i, j)] * node_weight[i]);
    let mut normal = multiply(basis.transpose(), weighted.as_ref());
    (0..normal.nrows()).for_each(|i| normal[(i, i)] += ridge);
    normal
}

/// `sum(R * D)` without R or D: `sum_k g_k |y_k|^2 + sum_n |x_n|^2 - 2 sum(y * R x)`, where
/// `y = basis W + (basis v - 1) mean'` and the deviations x sum to 0.
fn new_variance(
    table: &Table,
    expected: &Expectation,
    solution: &Mat<f64>,
    manifold: &Manifold,
) -> f64 {
    let d = table.n_components();
    let moments = &expected.by_function;
    let of_nodes: f64 =
        manifold.squared().iter().zip(&expected.node_weight).map(|(length, g)| length * g).sum();
    let of_samples: f64 = table.squared.iter().sum();
    let mut both = 0.0;
    for component in 0..d {
        for function in 0..moments.nrows() {
            let along_mean = solution[(function, d)] * table.mean[component];
            both += moments[(function, component)] * (solution[(function, component)] + along_mean);
        }
    }
    let size = (table.n_samples() * d) as f64;
    let variance = (of_nodes + of_samples - 2.0 * both) / size;
    variance.max(LEAST_VARIANCE * of_samples / size)
}
