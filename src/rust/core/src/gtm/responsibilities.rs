//! P(node given sample) of a chunk of samples.
//!
//! Source: Gaspar & Breen 2019, equation 2. With `beta` the inverse variance, the logarithm of
//! the responsibility of node y for sample x is, but for a constant of the sample,
//! `beta y'x - beta |y|^2 / 2`: one matrix product per chunk. Where there are more components
//! than basis functions, the product goes by way of the functions, `basis (weights x)`.

use crate::error::Result;
use crate::gtm::grid::Grid;
use crate::gtm::manifold::Manifold;
use crate::gtm::table::Table;
use crate::linalg::softmax::soften;
use crate::task::Task;
use faer::Accum;
use faer::Mat;
use faer::MatMut;
use faer::MatRef;
use faer::Par;
use faer::linalg::matmul::matmul;
use rayon::prelude::*;
use std::ops::Range;

/// Samples in one unit of work; fixed, so that nothing depends on threads.
const SAMPLES_PER_CHUNK: usize = 128;

/// Units of work that are done one after the other.
const MOST_GROUPS: usize = 64;

/// The matrix that maps samples (columns with a 1 at the end) to logarithms of responsibilities.
#[derive(Clone, Debug)]
pub(super) enum Nodes {
    /// n_nodes x (n_components + 1)
    Direct(Mat<f64>),
    /// n_nodes x (n + 1) and (n + 1) x (n_components + 1)
    ByFunctions(Mat<f64>, Mat<f64>),
}

impl Nodes {
    /// Nodes given by their deviations from the mean (n_nodes x n_components).
    pub fn direct(places: MatRef<'_, f64>, squared: &[f64], variance: f64) -> Nodes {
        let d = places.ncols();
        let entry = |node: usize, j: usize| {
            (if j == d { -0.5 * squared[node] } else { places[(node, j)] }) / variance
        };
        Nodes::Direct(Mat::from_fn(places.nrows(), d + 1, entry))
    }

    /// Nodes of a manifold, in the form that takes less work.
    pub fn of(manifold: &Manifold, grid: &Grid, table: &Table) -> Nodes {
        let (b, d) = manifold.weights.shape();
        let squared = manifold.squared();
        if d <= b + 1 {
            return Nodes::direct(manifold.nodes.as_ref(), &squared, manifold.variance);
        }
        // Functions, the mean, and the constant.
        let left = |node: usize, j: usize| {
            let value = match j {
                j if j < b => grid.basis[(node, j)],
                j if j == b => manifold.mean_coefficient[node],
                _ => -0.5 * squared[node],
            };
            value / manifold.variance
        };
        let right = |i: usize, j: usize| match (i, j) {
            (i, j) if i < b && j < d => manifold.weights[(i, j)],
            (i, j) if i == b && j < d => table.mean[j],
            (i, j) => f64::from(u8::from(i == b + 1 && j == d)),
        };
        let n = squared.len();
        Nodes::ByFunctions(Mat::from_fn(n, b + 2, left), Mat::from_fn(b + 2, d + 1, right))
    }

    pub fn count(&self) -> usize {
        match self {
            Nodes::Direct(table) | Nodes::ByFunctions(table, _) => table.nrows(),
        }
    }
}

/// One chunk of samples, in memory that is reused for the next.
pub(super) struct Chunk {
    /// n_nodes x n, exponentials: responsibilities times `total`.
    values: Vec<f64>,
    n_nodes: usize,
    /// n, logarithm of the largest, but for a constant of the sample.
    pub largest: Vec<f64>,
    /// n, by which a column is to be divided.
    pub total: Vec<f64>,
}

impl Chunk {
    fn new(nodes: &Nodes) -> Chunk {
        let n_nodes = nodes.count();
        let values = vec![0.0; n_nodes * SAMPLES_PER_CHUNK];
        Chunk { values, n_nodes, largest: Vec::new(), total: Vec::new() }
    }

    /// Computes the responsibilities of samples (columns with a 1 at the end).
    fn load(&mut self, nodes: &Nodes, samples: MatRef<'_, f64>) {
        let n = samples.ncols();
        self.largest.resize(n, 0.0);
        self.total.resize(n, 0.0);
        let values = &mut self.values[..self.n_nodes * n];
        let target = MatMut::from_column_major_slice_mut(&mut *values, self.n_nodes, n);
        match nodes {
            Nodes::Direct(table) => {
                matmul(target, Accum::Replace, table.as_ref(), samples, 1.0, Par::Seq);
            }
            Nodes::ByFunctions(left, right) => {
                let mut by_function = Mat::zeros(right.nrows(), n);
                let product = by_function.as_mut();
                matmul(product, Accum::Replace, right.as_ref(), samples, 1.0, Par::Seq);
                let by_function = by_function.as_ref();
                matmul(target, Accum::Replace, left.as_ref(), by_function, 1.0, Par::Seq);
            }
        }
        soften(values, self.n_nodes, &mut self.largest, &mut self.total);
    }

    /// n_nodes x n, responsibilities times `total`.
    pub fn values(&self) -> MatRef<'_, f64> {
        let n = self.total.len();
        MatRef::from_column_major_slice(&self.values[..self.n_nodes * n], self.n_nodes, n)
    }
}

/// Passes all samples to `work`, chunk by chunk, with their place among the samples; the result of
/// each group of chunks is returned in order. The groups depend on the number of samples
/// alone.
///
/// # Errors
/// `Interrupted`.
pub(super) fn by_chunks<T: Send>(
    nodes: &Nodes,
    table: &Table,
    task: &Task,
    empty: impl Fn() -> T + Sync,
    work: impl Fn(&mut T, Range<usize>, &Chunk) + Sync,
) -> Result<Vec<T>> {
    let n = table.n_samples();
    let n_chunks = n.div_ceil(SAMPLES_PER_CHUNK);
    let n_groups = n_chunks.min(MOST_GROUPS);
    let of_group = |group: usize| {
        let (mut gathered, mut chunk) = (empty(), Chunk::new(nodes));
        for place in group * n_chunks / n_groups..(group + 1) * n_chunks / n_groups {
            task.check()?;
            let first = place * SAMPLES_PER_CHUNK;
            let samples = first..n.min(first + SAMPLES_PER_CHUNK);
            chunk.load(nodes, table.columns.subcols(first, samples.len()));
            work(&mut gathered, samples, &chunk);
        }
        Ok(gathered)
    };
    (0..n_groups).into_par_iter().map(of_group).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    /// Nodes at 0 and 2 (times a mean of 1), samples at 0, 1 and 2, variance 2: the squared
    /// distances 0 and 4, 1 and 1, 4 and 0 give odds of exp(1), 1 and exp(-1).
    #[test]
    fn a_line_worked_by_hand() {
        let table = Table::about(array![[0.0], [1.0], [2.0]].view(), vec![1.0]);
        let places = faer::mat![[-1.0], [1.0]];
        let nodes = Nodes::direct(places.as_ref(), &[1.0, 1.0], 2.0);
        let gather = |all: &mut Vec<[f64; 2]>, _: Range<usize>, chunk: &Chunk| {
            let values = chunk.values();
            let column = |i: usize| [values[(0, i)], values[(1, i)]].map(|x| x / chunk.total[i]);
            all.extend((0..values.ncols()).map(column));
        };
        let got = by_chunks(&nodes, &table, &Task::new(), Vec::new, gather).unwrap().concat();
        for (got, log_odds) in got.iter().zip([1.0_f64, 0.0, -1.0]) {
            let first = 1.0 / (1.0 + (-log_odds).exp());
            assert!((got[0] - first).abs() < 1e-15 && (got[1] - (1.0 - first)).abs() < 1e-15);
        }
    }
}
