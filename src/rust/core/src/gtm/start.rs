//! Where a fit begins: the manifold through the first two principal axes.
//!
//! Source: METHODS as ugtm has it; Bishop, Svensén & Williams 1998, section 2.4, take the larger of
//! the two variances where ugtm takes the smaller.

use crate::error::Error;
use crate::error::Result;
use crate::gtm::grid::Grid;
use crate::gtm::leading_axes::Axes;
use crate::gtm::leading_axes::leading_axes;
use crate::gtm::manifold::Manifold;
use crate::gtm::settings::InitVariance;
use crate::gtm::table::Table;
use crate::linalg::dense::multiply;
use crate::linalg::dense::thin_svd;
use crate::task::Task;
use faer::Mat;

/// Variance of a direction, as a fraction of the largest, below which it counts as 0.
const NOTHING: f64 = 1e-14;

/// Singular values of the basis below this fraction of the largest are rounding errors.
const ROUNDING: f64 = 1e-12;

/// # Errors
/// `TooFewDirections` if all samples lie on a line; `Interrupted`.
pub(super) fn start(
    grid: &Grid,
    table: &Table,
    init: InitVariance,
    task: &Task,
) -> Result<Manifold> {
    let d = table.n_components();
    let axes = leading_axes(table.columns.subrows(0, d), 3, task)?;
    let there = |variance: &&f64| **variance > NOTHING * axes.variance[0];
    let n_directions = axes.variance.iter().filter(there).count();
    if n_directions < 2 {
        let n_samples = table.n_samples();
        return Err(Error::TooFewDirections { n_samples, n_components: d, n_directions });
    }
    let weights = weights_of_plane(grid, &axes)?;
    let mut manifold = Manifold::new(grid, table, weights, None, 1.0);
    let between = (mean_distance(&manifold.nodes) / 2.0).powi(2);
    let third = (n_directions == 3).then_some(axes.variance[2]);
    manifold.variance = match (third, init) {
        (None, _) => between,
        (Some(third), InitVariance::Least) => third.min(between),
        (Some(third), InitVariance::Largest) => third.max(between),
    };
    Ok(manifold)
}

/// n_functions x n_components: the least-squares weights with which the basis gives the plane
/// `z U'`, z the nodes' coordinates in units of their standard deviation, U the first two axes
/// times their standard deviations.
fn weights_of_plane(grid: &Grid, axes: &Axes) -> Result<Mat<f64>> {
    let n = grid.nodes.nrows() as f64;
    let spread = grid.nodes.col(0).iter().map(|x| x * x).sum::<f64>() / n;
    let (unit, d) = (spread.sqrt(), axes.axes.nrows());
    let standard = Mat::from_fn(grid.nodes.nrows(), 2, |i, j| grid.nodes[(i, j)] / unit);
    let along = Mat::from_fn(2, d, |axis, j| axes.axes[(j, axis)] * axes.variance[axis].sqrt());
    let svd = thin_svd(grid.basis.as_ref())?;
    let mut coefficients = multiply(svd.u.transpose(), standard.as_ref());
    for (row, value) in svd.values.iter().enumerate() {
        let inverse = if *value > ROUNDING * svd.values[0] { 1.0 / value } else { 0.0 };
        coefficients.row_mut(row).iter_mut().for_each(|entry| *entry *= inverse);
    }
    let by_function = multiply(svd.v.as_ref(), coefficients.as_ref());
    Ok(multiply(by_function.as_ref(), along.as_ref()))
}

/// Mean distance of all ordered pairs of nodes, each with itself included.
fn mean_distance(nodes: &Mat<f64>) -> f64 {
    let n = nodes.nrows();
    let products = multiply(nodes.as_ref(), nodes.transpose());
    let distance = |i: usize, j: usize| {
        let squared = products[(i, i)] + products[(j, j)] - 2.0 * products[(i, j)];
        squared.max(0.0).sqrt()
    };
    let rows = (0..n).map(|i| (0..i).map(|j| distance(i, j)).sum::<f64>());
    2.0 * rows.sum::<f64>() / (n * n) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;
    use ndarray::array;

    /// Corners of a square of side 2: of 16 pairs 4 are 0, 8 are 2 and 4 are 2 sqrt(2) apart.
    #[test]
    fn mean_distance_worked_by_hand() {
        let nodes = faer::mat![[0.0, 0.0], [0.0, 2.0], [2.0, 0.0], [2.0, 2.0]];
        let want = (16.0 + 8.0 * 2.0_f64.sqrt()) / 16.0;
        assert!((mean_distance(&nodes) - want).abs() < 1e-14);
    }

    /// Deviations (2, 0), (-2, 0), (0, 1), (0, -1): the manifold lies along the components, about
    /// the mean, corner opposite corner.
    #[test]
    fn the_plane_keeps_the_symmetry_of_the_samples() {
        let scores = array![[7.0, 1.0], [3.0, 1.0], [5.0, 2.0], [5.0, 0.0]];
        let (grid, table) = (Grid::new(3, 2, 1.0), Table::new(scores.view()));
        let manifold = start(&grid, &table, InitVariance::Least, &Task::new()).unwrap();
        assert!((manifold.nodes[(4, 0)].abs() + manifold.nodes[(4, 1)].abs()) < 1e-12);
        assert!((manifold.nodes[(0, 0)] + manifold.nodes[(8, 0)]).abs() < 1e-12);
        assert!(manifold.nodes[(8, 0)] > 1.0 && manifold.nodes[(8, 1)] > 0.5);
        // There is no third direction, so half the mean distance, squared, is the variance.
        let want = (mean_distance(&manifold.nodes) / 2.0).powi(2);
        assert_eq!(manifold.variance, want);
    }

    #[test]
    fn the_third_direction_or_the_distance_of_nodes_is_the_variance() {
        let entry =
            |(i, j): (usize, usize)| ((i * 7 + j * 13) % 17) as f64 * 0.5_f64.powi(j as i32);
        let scores = Array2::from_shape_fn((40, 4), entry);
        let (grid, table) = (Grid::new(5, 2, 0.3), Table::new(scores.view()));
        let variance = |init| start(&grid, &table, init, &Task::new()).unwrap().variance;
        let (least, largest) = (variance(InitVariance::Least), variance(InitVariance::Largest));
        let axes = leading_axes(table.columns.subrows(0, 4), 3, &Task::new()).unwrap();
        assert!(least < largest && (least == axes.variance[2] || largest == axes.variance[2]));
    }

    #[test]
    fn samples_on_a_line_are_refused() {
        for scores in [array![[1.0], [2.0], [4.0]], array![[1.0, 2.0], [2.0, 4.0], [4.0, 8.0]]] {
            let (grid, table) = (Grid::new(4, 2, 0.3), Table::new(scores.view()));
            let error = start(&grid, &table, InitVariance::Least, &Task::new()).unwrap_err();
            assert!(matches!(error, Error::TooFewDirections { n_directions: 1, .. }));
        }
    }
}
