//! Samples, old and new, on a fitted map.
//!
//! Source: Gaspar & Breen 2019, equations 2, 3 and 6: whatever is known at the nodes is averaged
//! over them by the responsibilities of a sample.

use crate::error::Error;
use crate::error::Result;
use crate::gtm::responsibilities::Chunk;
use crate::gtm::responsibilities::Nodes;
use crate::gtm::responsibilities::by_chunks;
use crate::gtm::table::Table;
use crate::linalg::dense::multiply;
use crate::linalg::scores::check_scores;
use crate::task::Task;
use faer::Accum;
use faer::Mat;
use faer::MatRef;
use faer::Par;
use faer::linalg::matmul::matmul;
use ndarray::ArrayView2;
use std::f64::consts::TAU;
use std::ops::Range;

/// The parts of a fit that projection needs.
#[derive(Clone, Copy, Debug)]
pub struct Map<'a> {
    /// n_nodes x n_components
    pub centers: ArrayView2<'a, f64>,
    pub variance: f64,
}

/// Where samples lie.
#[derive(Clone, Debug)]
pub struct Projection {
    /// n_samples x n_values, means over nodes.
    pub means: Mat<f64>,
    /// n_samples, the node of largest responsibility, the first of several.
    pub mode: Vec<usize>,
    /// n_samples; low where no part of the map explains a sample.
    pub log_likelihood: Vec<f64>,
}

/// Means over nodes of `values` (n_nodes x n_values), such as the places of the nodes or what
/// [`crate::gtm::node_ancestry`] gives, for each sample.
///
/// # Errors
/// Those of scores, also for the nodes; [`Error::ComponentMismatch`]; [`Error::MapParameter`] for a
/// variance that is none; [`Error::Interrupted`].
///
/// # Panics
/// If there is not one row of values per node.
pub fn project(
    scores: ArrayView2<'_, f64>,
    map: Map<'_>,
    values: MatRef<'_, f64>,
    task: &Task,
) -> Result<Projection> {
    assert_eq!(values.nrows(), map.centers.nrows(), "values of each node");
    let (nodes, table) = placed(scores, map)?;
    task.begin("placing samples on the map", table.n_samples() as u64)?;
    let d = table.n_components() as f64;
    let constant = -(nodes.count() as f64).ln() - 0.5 * d * (TAU * map.variance).ln();
    let empty = || (Vec::new(), Vec::new(), Vec::new());
    let gather =
        |all: &mut (Vec<Mat<f64>>, Vec<usize>, Vec<f64>), samples: Range<usize>, chunk: &Chunk| {
            let mut means = multiply(chunk.values().transpose(), values);
            for (row, total) in means.as_mut().row_iter_mut().zip(&chunk.total) {
                row.iter_mut().for_each(|mean| *mean /= total);
            }
            all.0.push(means);
            // The largest is exp(0).
            let first_largest = |i: usize| chunk.values().col(i).iter().position(|x| *x == 1.0);
            all.1.extend((0..samples.len()).map(|i| first_largest(i).expect("a largest")));
            for ((sample, largest), total) in samples.zip(&chunk.largest).zip(&chunk.total) {
                let log = largest - 0.5 * table.squared[sample] / map.variance + total.ln();
                all.2.push(log + constant);
            }
        };
    let groups = by_chunks(&nodes, &table, task, empty, gather)?;
    let blocks: Vec<&Mat<f64>> = groups.iter().flat_map(|group| &group.0).collect();
    Ok(Projection {
        means: stacked(&blocks, values.ncols()),
        mode: groups.iter().flat_map(|group| &group.1).copied().collect(),
        log_likelihood: groups.iter().flat_map(|group| &group.2).copied().collect(),
    })
}

/// Sums over samples of `values` (n_samples x n_values) times responsibility: n_nodes x n_values.
///
/// With a column of ones per population, what equation 5 divides by the size of the population.
///
/// # Errors
/// As [`project`].
///
/// # Panics
/// If there is not one row of values per sample.
pub fn node_sums(
    scores: ArrayView2<'_, f64>,
    map: Map<'_>,
    values: MatRef<'_, f64>,
    task: &Task,
) -> Result<Mat<f64>> {
    assert_eq!(values.nrows(), scores.nrows(), "values of each sample");
    let (nodes, table) = placed(scores, map)?;
    task.begin("summing over samples", 0)?;
    let empty = || Mat::<f64>::zeros(nodes.count(), values.ncols());
    let gather = |sums: &mut Mat<f64>, samples: Range<usize>, chunk: &Chunk| {
        let weighted = Mat::from_fn(samples.len(), values.ncols(), |i, j| {
            values[(samples.start + i, j)] / chunk.total[i]
        });
        let (out, one) = (sums.as_mut(), Par::Seq);
        matmul(out, Accum::Add, chunk.values(), weighted.as_ref(), 1.0, one);
    };
    let groups = by_chunks(&nodes, &table, task, empty, gather)?;
    Ok(groups.into_iter().reduce(|sum, group| sum + group).expect("at least one sample"))
}

/// All responsibilities, n_samples x n_nodes: rows sum to 1.
///
/// # Errors
/// As [`project`].
pub fn responsibilities(
    scores: ArrayView2<'_, f64>,
    map: Map<'_>,
    task: &Task,
) -> Result<Mat<f64>> {
    let n = map.centers.nrows();
    Ok(project(scores, map, Mat::<f64>::identity(n, n).as_ref(), task)?.means)
}

/// Nodes and samples about the mean of the nodes.
fn placed(scores: ArrayView2<'_, f64>, map: Map<'_>) -> Result<(Nodes, Table)> {
    check_scores(map.centers)?;
    check_scores(scores)?;
    let expected = map.centers.ncols();
    if scores.ncols() != expected {
        return Err(Error::ComponentMismatch { expected, found: scores.ncols() });
    }
    if !(map.variance.is_finite() && map.variance > 0.0) {
        let (name, rule) = ("variance", "a finite number above 0");
        return Err(Error::MapParameter { name, rule, value: map.variance });
    }
    let places = Table::new(map.centers);
    let about = places.columns.subrows(0, expected).transpose();
    let nodes = Nodes::direct(about, &places.squared, map.variance);
    Ok((nodes, Table::about(scores, places.mean)))
}

fn stacked(blocks: &[&Mat<f64>], n_columns: usize) -> Mat<f64> {
    let mut all = Mat::zeros(blocks.iter().map(|block| block.nrows()).sum(), n_columns);
    let mut first = 0;
    for block in blocks {
        all.as_mut().subrows_mut(first, block.nrows()).copy_from(block);
        first += block.nrows();
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gtm::reference;
    use ndarray::Array2;
    use ndarray::array;

    fn map(n_nodes: usize, d: usize) -> Array2<f64> {
        reference::bent(n_nodes, d, 9) + 2.0
    }

    /// Nodes at 0 and 4, variance 2, a sample at 1: distances 1 and 9, odds exp(2). Its mean on the
    /// map, with nodes at -1 and 1, is -tanh(1); its density the mean of the two normal ones.
    #[test]
    fn one_sample_worked_by_hand() {
        let centers = array![[0.0], [4.0]];
        let map = Map { centers: centers.view(), variance: 2.0 };
        let values = faer::mat![[-1.0], [1.0]];
        let got = project(array![[1.0]].view(), map, values.as_ref(), &Task::new()).unwrap();
        assert!((got.means[(0, 0)] + 1.0_f64.tanh()).abs() < 1e-15);
        assert_eq!(got.mode, [0]);
        let density = |d: f64| (-d / 4.0).exp() / (2.0 * TAU).sqrt();
        let want = (0.5 * (density(1.0) + density(9.0))).ln();
        assert!((got.log_likelihood[0] - want).abs() < 1e-14);
    }

    /// Reference implementation, over several chunks.
    #[test]
    fn agrees_with_responsibilities_written_out() {
        let (scores, centers) = (reference::bent(300, 4, 2), map(20, 4));
        let map = Map { centers: centers.view(), variance: 0.7 };
        let distances = reference::distances(&centers, &scores);
        let (want, log_likelihood) = reference::responsibilities(&distances, 0.7, 4);
        let got = responsibilities(scores.view(), map, &Task::new()).unwrap();
        for ((k, n), want) in want.indexed_iter() {
            assert!((got[(n, k)] - want).abs() < 1e-12);
        }
        let values = Mat::from_fn(20, 3, |k, j| (k * j) as f64 - 3.0);
        let placed = project(scores.view(), map, values.as_ref(), &Task::new()).unwrap();
        assert!((&placed.means - multiply(got.as_ref(), values.as_ref())).norm_max() < 1e-10);
        let mean = placed.log_likelihood.iter().sum::<f64>() / 300.0;
        assert!((mean - log_likelihood).abs() < 1e-10);
        for (sample, &mode) in placed.mode.iter().enumerate() {
            assert!(want.column(sample).iter().all(|r| *r <= want[(mode, sample)]));
        }
        let weights = Mat::from_fn(300, 2, |n, j| ((n + j) % 5) as f64);
        let sums = node_sums(scores.view(), map, weights.as_ref(), &Task::new()).unwrap();
        assert!((sums - multiply(got.transpose(), weights.as_ref())).norm_max() < 1e-10);
    }

    #[test]
    fn a_far_sample_belongs_to_the_nearest_node() {
        let centers = array![[0.0, 0.0], [1.0, 0.0]];
        let map = Map { centers: centers.view(), variance: 1e-9 };
        let got = responsibilities(array![[1e6, 3.0]].view(), map, &Task::new()).unwrap();
        assert_eq!((got[(0, 0)], got[(0, 1)]), (0.0, 1.0));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let centers = map(3, 2);
        let refused = |scores: Array2<f64>, variance: f64| {
            let map = Map { centers: centers.view(), variance };
            responsibilities(scores.view(), map, &Task::new()).unwrap_err()
        };
        let error = refused(array![[1.0, 2.0, 3.0]], 1.0);
        assert!(matches!(error, Error::ComponentMismatch { expected: 2, found: 3 }));
        let error = refused(array![[1.0, f64::NAN]], 1.0);
        assert!(matches!(error, Error::NonFiniteScore { .. }));
        for variance in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let error = refused(array![[1.0, 2.0]], variance);
            assert!(matches!(error, Error::MapParameter { name: "variance", .. }));
        }
        let task = Task::new();
        task.cancel();
        let map = Map { centers: centers.view(), variance: 1.0 };
        let stopped = responsibilities(array![[1.0, 2.0]].view(), map, &task);
        assert!(matches!(stopped, Err(Error::Interrupted)));
    }
}
