//! The E step: the sums of responsibilities that the M step needs.
//!
//! Responsibilities (n_nodes x n_samples) are never held whole: they are computed for chunks of
//! samples, summed and dropped.

use crate::error::Result;
use crate::gtm::grid::Grid;
use crate::gtm::manifold::Manifold;
use crate::gtm::responsibilities::Chunk;
use crate::gtm::responsibilities::Nodes;
use crate::gtm::responsibilities::by_chunks;
use crate::gtm::table::Table;
use crate::linalg::dense::multiply;
use crate::task::Task;
use faer::Accum;
use faer::Mat;
use faer::Par;
use faer::linalg::matmul::matmul;
use std::f64::consts::TAU;
use std::ops::Range;

/// Sums over all samples, R being the responsibilities.
#[derive(Clone, Debug)]
pub(super) struct Expectation {
    /// n_functions x (n_components + 1): `basis' R samples`, the last column `basis' R 1`.
    pub by_function: Mat<f64>,
    /// n_nodes, row sums of R.
    pub node_weight: Vec<f64>,
    /// Mean over samples of `log sum over nodes of exp(-(d^2 - least d^2) / (2 variance))`.
    pub mean_log_total: f64,
    /// Mean log-likelihood of a sample.
    pub log_likelihood: f64,
}

/// # Errors
/// `Interrupted`.
pub(super) fn expectation(
    grid: &Grid,
    table: &Table,
    manifold: &Manifold,
    task: &Task,
) -> Result<Expectation> {
    let nodes = Nodes::of(manifold, grid, table);
    let (d, n) = (table.n_components(), table.n_samples() as f64);
    let direct = matches!(nodes, Nodes::Direct(_));
    let n_rows = if direct { nodes.count() } else { grid.basis.ncols() };
    let empty = || Sums::new(n_rows, d, nodes.count());
    let gather = |sums: &mut Sums, samples: Range<usize>, chunk: &Chunk| {
        sums.add(grid, table, manifold.variance, direct, samples, chunk);
    };
    let mut groups = by_chunks(&nodes, table, task, empty, gather)?.into_iter();
    let mut sums = groups.next().expect("at least one sample");
    groups.for_each(|group| sums.join(&group));
    let by_function = match direct {
        true => multiply(grid.basis.transpose(), sums.moments.as_ref()),
        false => sums.moments,
    };
    let constant = -(nodes.count() as f64).ln() - 0.5 * d as f64 * (TAU * manifold.variance).ln();
    Ok(Expectation {
        by_function,
        node_weight: sums.node_weight,
        mean_log_total: sums.log_total / n,
        log_likelihood: sums.log_density / n + constant,
    })
}

/// Running sums of one group of samples.
struct Sums {
    /// `R samples` by node, or `basis' R samples` by function.
    moments: Mat<f64>,
    node_weight: Vec<f64>,
    log_total: f64,
    log_density: f64,
}

impl Sums {
    fn new(n_rows: usize, n_components: usize, n_nodes: usize) -> Sums {
        let moments = Mat::zeros(n_rows, n_components + 1);
        Sums { moments, node_weight: vec![0.0; n_nodes], log_total: 0.0, log_density: 0.0 }
    }

    fn add(
        &mut self,
        grid: &Grid,
        table: &Table,
        variance: f64,
        direct: bool,
        samples: Range<usize>,
        chunk: &Chunk,
    ) {
        let columns = table.columns.subcols(samples.start, samples.len());
        let values = chunk.values();
        let (out, add, one) = (self.moments.as_mut(), Accum::Add, Par::Seq);
        if direct {
            let mut scaled = columns.to_owned();
            divide_columns(&mut scaled, &chunk.total);
            matmul(out, add, values, scaled.transpose(), 1.0, one);
        } else {
            let mut by_function = multiply(grid.basis.transpose(), values);
            divide_columns(&mut by_function, &chunk.total);
            matmul(out, add, by_function.as_ref(), columns.transpose(), 1.0, one);
        }
        for (column, total) in values.col_iter().zip(&chunk.total) {
            let column = column.try_as_col_major().expect("columns in one piece").as_slice();
            let inverse = 1.0 / total;
            self.node_weight.iter_mut().zip(column).for_each(|(sum, x)| *sum += x * inverse);
        }
        for ((sample, largest), total) in samples.zip(&chunk.largest).zip(&chunk.total) {
            self.log_total += total.ln();
            self.log_density += largest - 0.5 * table.squared[sample] / variance + total.ln();
        }
    }

    fn join(&mut self, other: &Sums) {
        self.moments += &other.moments;
        self.node_weight.iter_mut().zip(&other.node_weight).for_each(|(sum, x)| *sum += x);
        self.log_total += other.log_total;
        self.log_density += other.log_density;
    }
}

fn divide_columns(matrix: &mut Mat<f64>, by: &[f64]) {
    for (column, by) in matrix.as_mut().col_iter_mut().zip(by) {
        let inverse = 1.0 / by;
        column.iter_mut().for_each(|entry| *entry *= inverse);
    }
}
