//! The manifold: coordinates of the nodes in the space of the samples.

use crate::gtm::grid::Grid;
use crate::gtm::table::Table;
use crate::linalg::dense::multiply;
use faer::Mat;

/// Nodes relative to the mean of the samples: `basis weights + mean_coefficient mean'`.
///
/// The multiple of the mean is stored separately, so that no two large numbers are subtracted.
#[derive(Clone, Debug)]
pub(super) struct Manifold {
    /// n_functions x n_components
    pub weights: Mat<f64>,
    /// n_functions, weights of the basis functions that give the mean itself; `None` where a fit
    /// begins: there the mean is added to every node.
    pub mean_weights: Option<Vec<f64>>,
    /// n_nodes, multiple of the mean that is added to each node.
    pub mean_coefficient: Vec<f64>,
    /// n_nodes x n_components, deviations from the mean.
    pub nodes: Mat<f64>,
    /// Variance of a sample about its node, in each component; `1 / beta` in the paper.
    pub variance: f64,
}

impl Manifold {
    pub fn new(
        grid: &Grid,
        table: &Table,
        weights: Mat<f64>,
        mean_weights: Option<Vec<f64>>,
        variance: f64,
    ) -> Manifold {
        let mean_coefficient = mean_coefficient(grid, mean_weights.as_deref());
        let mut nodes = multiply(grid.basis.as_ref(), weights.as_ref());
        for (component, &mean) in table.mean.iter().enumerate() {
            let column = nodes.as_mut().col_mut(component);
            column
                .iter_mut()
                .zip(&mean_coefficient)
                .for_each(|(node, coefficient)| *node += coefficient * mean);
        }
        Manifold { weights, mean_weights, mean_coefficient, nodes, variance }
    }

    /// n_nodes, squared lengths of the deviations.
    pub fn squared(&self) -> Vec<f64> {
        self.nodes.row_iter().map(|node| node.iter().map(|x| x * x).sum()).collect()
    }

    /// n_functions x n_components, the weights that give the nodes themselves (where a fit begins:
    /// the nodes without the mean).
    pub fn whole_weights(&self, mean: &[f64]) -> Mat<f64> {
        let of_mean = |i: usize| self.mean_weights.as_ref().map_or(0.0, |weights| weights[i]);
        let (n, d) = self.weights.shape();
        Mat::from_fn(n, d, |i, j| self.weights[(i, j)] + of_mean(i) * mean[j])
    }

    /// n_nodes x n_components, coordinates of the nodes.
    pub fn centers(&self, mean: &[f64]) -> Mat<f64> {
        Mat::from_fn(self.nodes.nrows(), mean.len(), |i, j| self.nodes[(i, j)] + mean[j])
    }
}

/// n_nodes: `basis mean_weights - 1`.
fn mean_coefficient(grid: &Grid, mean_weights: Option<&[f64]>) -> Vec<f64> {
    let Some(weights) = mean_weights else { return vec![0.0; grid.nodes.nrows()] };
    let of_node = |node: usize| {
        let terms = weights.iter().enumerate().map(|(j, weight)| grid.basis[(node, j)] * weight);
        terms.sum::<f64>() - 1.0
    };
    (0..grid.nodes.nrows()).map(of_node).collect()
}
