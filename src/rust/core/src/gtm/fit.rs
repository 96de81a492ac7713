//! The fit and its iterations.

use crate::error::Error;
use crate::error::Result;
use crate::gtm::expectation::Expectation;
use crate::gtm::expectation::expectation;
use crate::gtm::grid::Grid;
use crate::gtm::manifold::Manifold;
use crate::gtm::maximization::maximization;
use crate::gtm::settings::Settings;
use crate::gtm::start::start;
use crate::gtm::table::Table;
use crate::linalg::scores::check_scores;
use crate::task::Task;
use faer::Mat;
use ndarray::ArrayView2;
use std::f64::consts::TAU;

/// Largest number of nodes and of basis functions along a side.
const MOST_NODES: usize = 100;
const MOST_FUNCTIONS: usize = 30;

/// Largest change of the criterion at convergence, and for how many iterations in a row.
const STILL: f64 = 1e-4;
const TIMES: usize = 4;

/// Most factors `1 / (2 pi variance)^(1/2)` that the criterion counts.
const MOST_FACTORS: f64 = 50.0;

/// Criterion, likelihood and variance of one iteration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Iteration {
    /// The stopping criterion, called `Err` by ugtm. It combines the distances from
    /// before the iteration with the variance from after it, so it is not a likelihood.
    pub criterion: f64,
    /// Mean log-likelihood of a sample before the iteration.
    pub log_likelihood: f64,
    /// Variance after it.
    pub variance: f64,
}

/// A fitted map.
///
/// | field     | shape                      | values                                       |
/// |-----------|----------------------------|----------------------------------------------|
/// | `nodes`   | n_nodes x 2                | places on the map, -1 to 1                   |
/// | `centers` | n_nodes x n_components     | places among the samples                     |
/// | `weights` | n_functions x n_components | of the basis functions, the bias last        |
#[derive(Clone, Debug)]
pub struct Fit {
    pub nodes: Mat<f64>,
    pub centers: Mat<f64>,
    pub weights: Mat<f64>,
    /// Variance of a sample about its node, in each component.
    pub variance: f64,
    pub trace: Vec<Iteration>,
    /// Whether the criterion changed by nearly nothing four times in a row.
    pub converged: bool,
}

/// Fits a map to scores (n_samples x n_components).
///
/// # Errors
/// [`Error::EmptyScores`], [`Error::NonFiniteScore`] or [`Error::ScoresOutOfRange`];
/// [`Error::MapSize`] or [`Error::MapParameter`]; [`Error::TooFewDirections`] if all samples lie
/// on a line; [`Error::SingularMap`]; [`Error::Interrupted`].
pub fn fit(scores: ArrayView2<'_, f64>, settings: &Settings, task: &Task) -> Result<Fit> {
    check_settings(settings)?;
    check_scores(scores)?;
    let grid = Grid::new(settings.nodes, settings.rbf, settings.width);
    let table = Table::new(scores);
    task.begin("finding the principal axes", 0)?;
    let mut manifold = start(&grid, &table, settings.init_variance, task)?;
    task.begin("fitting the map", settings.max_iterations as u64)?;
    let mut trace: Vec<Iteration> = Vec::new();
    let mut n_still = 0;
    while trace.len() < settings.max_iterations && n_still < TIMES {
        let expected = expectation(&grid, &table, &manifold, task)?;
        manifold =
            maximization(&grid, &table, &expected, manifold.variance, settings.regularization)
                .ok_or(Error::SingularMap { iteration: trace.len() + 1 })?;
        let now = iteration(&table, &expected, &manifold);
        let before = trace.last().map_or(f64::INFINITY, |before| before.criterion);
        n_still = if (now.criterion - before).abs() <= STILL { n_still + 1 } else { 0 };
        trace.push(now);
        task.advance(1)?;
    }
    Ok(Fit {
        centers: manifold.centers(&table.mean),
        weights: manifold.whole_weights(&table.mean),
        nodes: grid.nodes,
        variance: manifold.variance,
        trace,
        converged: n_still == TIMES,
    })
}

/// The criterion is `-mean log (1 / n_nodes (2 pi variance)^-e sum exp(-(d^2 - least d^2) beta /
/// 2))`, e half the number of components but at most 50, with the new variance in front and the
/// old one, `1 / beta`, inside. Computed from logarithms, so that it cannot underflow.
fn iteration(table: &Table, expected: &Expectation, manifold: &Manifold) -> Iteration {
    let exponent = (0.5 * table.n_components() as f64).min(MOST_FACTORS);
    let n_nodes = expected.node_weight.len() as f64;
    let constant = -exponent * (TAU * manifold.variance).ln() - n_nodes.ln();
    Iteration {
        criterion: -(expected.mean_log_total + constant),
        log_likelihood: expected.log_likelihood,
        variance: manifold.variance,
    }
}

fn check_settings(settings: &Settings) -> Result<()> {
    let &Settings { nodes, rbf, width, regularization, .. } = settings;
    let size = |name, found, least, most| match (least..=most).contains(&found) {
        true => Ok(()),
        false => Err(Error::MapSize { name, found, least, most }),
    };
    size("nodes", nodes, 3, MOST_NODES)?;
    // No more weights than nodes; functions and bias make rbf^2 + 1.
    size("rbf", rbf, 2, MOST_FUNCTIONS.min(nodes - 1))?;
    let number = |name, value: f64, holds: bool, rule| match value.is_finite() && holds {
        true => Ok(()),
        false => Err(Error::MapParameter { name, rule, value }),
    };
    number("width", width, width.abs() <= 1e6, "a number from -1e6 to 1e6")?;
    let in_range = (0.0..=1e100).contains(&regularization);
    number("regularization", regularization, in_range, "a number from 0 to 1e100")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gtm::reference;
    use ndarray::Array2;
    use ndarray::array;

    fn fitted(scores: &Array2<f64>, settings: &Settings) -> Fit {
        fit(scores.view(), settings, &Task::new()).unwrap()
    }

    /// Reference implementation: few and many components (both forms of the E step), a mean far
    /// from 0, several chunks of samples.
    #[test]
    fn agrees_with_everything_written_out() {
        for (n, d, nodes, rbf) in [(60, 2, 5, 2), (300, 4, 6, 3), (140, 30, 5, 2), (20, 60, 4, 2)] {
            let scores = reference::bent(n, d, 3) + 5.0;
            let settings = Settings { nodes, rbf, max_iterations: 25, ..Settings::default() };
            let (got, want) = (fitted(&scores, &settings), reference::fit(&scores, &settings));
            assert_eq!(got.trace.len(), want.trace.len());
            assert!((&got.centers - &want.centers).norm_max() < 1e-8, "{n} x {d}");
            assert!((&got.weights - &want.weights).norm_max() < 1e-7, "{n} x {d}");
            for (got, want) in got.trace.iter().zip(&want.trace) {
                assert!((got.criterion - want.criterion).abs() < 1e-8);
                assert!((got.log_likelihood - want.log_likelihood).abs() < 1e-8);
                assert!((got.variance / want.variance - 1.0).abs() < 1e-9);
            }
        }
    }

    /// The EM algorithm never decreases the penalized log-likelihood.
    #[test]
    fn the_penalized_likelihood_never_decreases() {
        for d in [3, 25] {
            let scores = reference::bent(200, d, 1);
            let penalized: Vec<f64> = (0..20)
                .map(|max_iterations| {
                    let settings =
                        Settings { nodes: 8, rbf: 3, max_iterations, ..Settings::default() };
                    let fit = fitted(&scores, &settings);
                    let next = Settings { max_iterations: max_iterations + 1, ..settings };
                    let likelihood = fitted(&scores, &next).trace[max_iterations].log_likelihood;
                    let weights = fit.weights.norm_l2().powi(2);
                    200.0 * likelihood - 0.5 * settings.regularization * weights
                })
                .collect();
            // The weights of the first manifold leave the mean out.
            assert!(
                penalized[1..].windows(2).all(|pair| pair[1] >= pair[0] - 1e-9),
                "{penalized:?}"
            );
        }
    }

    #[test]
    fn stops_after_four_changes_of_nearly_nothing() {
        let scores = reference::bent(150, 4, 2);
        let settings = Settings { nodes: 8, rbf: 3, ..Settings::default() };
        let fit = fitted(&scores, &settings);
        assert!(fit.converged && fit.trace.len() < 200);
        let changes: Vec<f64> = fit
            .trace
            .windows(2)
            .map(|pair| (pair[1].criterion - pair[0].criterion).abs())
            .collect();
        let (before, last) = changes.split_at(changes.len() - 4);
        assert!(last.iter().all(|change| *change <= STILL));
        assert!(before.last().unwrap() > &STILL);
        let short = fitted(&scores, &Settings { max_iterations: fit.trace.len() - 1, ..settings });
        assert!(!short.converged);
    }

    /// Rotating and shifting the samples rotates and shifts the nodes, or mirrors the map: the
    /// penalty on the bias is left out, as it depends on the origin.
    #[test]
    fn the_map_moves_with_the_samples() {
        let scores = reference::bent(90, 3, 5);
        let (sine, cosine) = 0.7_f64.sin_cos();
        let rotation = array![[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]];
        let rotated = scores.dot(&rotation) + 3.0;
        let settings = Settings { nodes: 6, rbf: 2, regularization: 0.0, ..Settings::default() };
        let (one, other) = (fitted(&scores, &settings), fitted(&rotated, &settings));
        for (one, other) in one.trace.iter().zip(&other.trace) {
            assert!((one.log_likelihood - other.log_likelihood).abs() < 1e-8);
        }
        assert_eq!(one.trace.len(), other.trace.len());
    }

    /// With samples that the map fits exactly, the variance is not 0.
    #[test]
    fn repeated_samples_leave_some_variance() {
        let corners = array![[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]];
        let scores = Array2::from_shape_fn((30, 2), |(i, j)| corners[(i % 3, j)]);
        let fit = fitted(&scores, &Settings::default());
        assert!(fit.variance > 0.0 && fit.variance < 1e-3 && fit.centers.is_all_finite());
    }

    #[test]
    fn threads_change_no_bit() {
        for d in [5, 40] {
            let scores = reference::bent(700, d, 6);
            let settings = Settings { max_iterations: 6, ..Settings::default() };
            let [one, two] = [1, 2].map(|threads| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                pool.install(|| fitted(&scores, &settings))
            });
            assert_eq!((one.centers, one.trace), (two.centers, two.trace));
        }
    }

    #[test]
    fn settings_without_a_map_are_refused() {
        let good = Settings::default();
        let scores = reference::bent(30, 3, 1);
        let refused = |settings| fit(scores.view(), &settings, &Task::new()).unwrap_err();
        for (settings, message) in [
            (Settings { nodes: 2, ..good }, "`nodes` must lie between 3 and 100.\nx It is 2."),
            (Settings { nodes: 101, ..good }, "`nodes` must lie between 3 and 100.\nx It is 101."),
            (Settings { rbf: 1, ..good }, "`rbf` must lie between 2 and 15.\nx It is 1."),
            (Settings { rbf: 16, ..good }, "`rbf` must lie between 2 and 15.\nx It is 16."),
            (
                Settings { regularization: -1.0, ..good },
                "`regularization` must be a number from 0 to 1e100.\nx It is -1.",
            ),
            (
                Settings { width: f64::NAN, ..good },
                "`width` must be a number from -1e6 to 1e6.\nx It is NaN.",
            ),
        ] {
            assert_eq!(refused(settings).to_string(), message);
        }
        let line = Array2::from_shape_fn((9, 2), |(i, _)| i as f64);
        let error = fit(line.view(), &good, &Task::new()).unwrap_err();
        assert!(matches!(error, Error::TooFewDirections { n_directions: 1, .. }));
        // Three samples cannot determine seventeen weights without a penalty.
        let open = Settings { regularization: 0.0, ..good };
        let error = fit(scores.slice(ndarray::s![..3, ..]), &open, &Task::new()).unwrap_err();
        assert!(matches!(error, Error::SingularMap { .. }), "{error}");
    }

    #[test]
    fn a_canceled_task_stops() {
        let task = Task::new();
        task.cancel();
        let error = fit(reference::bent(30, 3, 1).view(), &Settings::default(), &task).unwrap_err();
        assert!(matches!(error, Error::Interrupted));
    }
}
