//! Generative topographic maps: fit, and samples on a fitted map.

use crate::answer::guard;
use crate::convert::matrix;
use crate::convert::numbers;
use crate::convert::r_matrix;
use crate::convert::row_major;
use crate::run::run;
use extendr_api::prelude::*;
use forebear_core::gtm::Fit;
use forebear_core::gtm::InitVariance;
use forebear_core::gtm::Map;
use forebear_core::gtm::Settings;
use forebear_core::gtm::fit;
use forebear_core::gtm::leading_axes::leading_axes;
use forebear_core::gtm::node_ancestry;
use forebear_core::gtm::node_sums;
use forebear_core::gtm::project;

/// Fits a map to scores (samples x components).
#[extendr]
#[allow(clippy::too_many_arguments)]
fn rust_gtm(
    scores: Robj,
    nodes: i32,
    rbf: i32,
    width: f64,
    regularization: f64,
    max_iterations: i32,
    init_variance: &str,
    threads: i32,
    progress: Robj,
) -> Robj {
    guard(|| {
        let scores = row_major(&scores);
        let init_variance = match init_variance {
            "min" => InitVariance::Least,
            "max" => InitVariance::Largest,
            other => panic!("no variance is called {other}"),
        };
        let (nodes, rbf, max_iterations) = (nodes as usize, rbf as usize, max_iterations as usize);
        let settings =
            Settings { nodes, rbf, width, regularization, max_iterations, init_variance };
        let fit = run(threads, &progress, |task| fit(scores.view(), &settings, task))?;
        Ok(fit_list(&fit))
    })
}

fn fit_list(fit: &Fit) -> Robj {
    let criterion: Vec<f64> = fit.trace.iter().map(|now| now.criterion).collect();
    let log_likelihood: Vec<f64> = fit.trace.iter().map(|now| now.log_likelihood).collect();
    let variance: Vec<f64> = fit.trace.iter().map(|now| now.variance).collect();
    list!(
        nodes = r_matrix(fit.nodes.as_ref()),
        centers = r_matrix(fit.centers.as_ref()),
        weights = r_matrix(fit.weights.as_ref()),
        variance = fit.variance,
        trace = list!(criterion = criterion, log_likelihood = log_likelihood, variance = variance),
        converged = fit.converged
    )
    .into()
}

/// Means of `values` (nodes x any) for each sample, its mode (from 1) and log-likelihood.
#[extendr]
fn rust_gtm_project(
    scores: Robj,
    centers: Robj,
    variance: f64,
    values: Robj,
    threads: i32,
    progress: Robj,
) -> Robj {
    guard(|| {
        let (scores, centers) = (row_major(&scores), row_major(&centers));
        let (map, values) = (Map { centers: centers.view(), variance }, matrix(&values));
        let placed = run(threads, &progress, |task| project(scores.view(), map, values, task))?;
        let mode: Vec<i32> = placed.mode.iter().map(|&node| node as i32 + 1).collect();
        let means = r_matrix(placed.means.as_ref());
        Ok(list!(means = means, mode = mode, log_likelihood = placed.log_likelihood).into())
    })
}

/// Sums over samples of `values` (samples x any) times responsibility, nodes x any.
#[extendr]
fn rust_gtm_node_sums(
    scores: Robj,
    centers: Robj,
    variance: f64,
    values: Robj,
    threads: i32,
    progress: Robj,
) -> Robj {
    guard(|| {
        let (scores, centers) = (row_major(&scores), row_major(&centers));
        let (map, values) = (Map { centers: centers.view(), variance }, matrix(&values));
        let sums = run(threads, &progress, |task| node_sums(scores.view(), map, values, task))?;
        Ok(r_matrix(sums.as_ref()))
    })
}

/// Probability of each population at each node.
#[extendr]
fn rust_node_ancestry(sums: Robj, size: Robj, prior: Robj) -> Robj {
    guard(|| {
        let ancestry = node_ancestry(matrix(&sums), numbers(&size), numbers(&prior));
        Ok(r_matrix(ancestry.as_ref()))
    })
}

/// The `count` axes (variables x axes) along which centered samples (variables x samples) spread
/// most.
#[extendr]
fn rust_leading_axes(samples: Robj, count: i32, threads: i32, progress: Robj) -> Robj {
    guard(|| {
        let (samples, count) = (matrix(&samples), count as usize);
        let axes = run(threads, &progress, |task| leading_axes(samples, count, task))?;
        Ok(list!(axes = r_matrix(axes.axes.as_ref()), variance = axes.variance).into())
    })
}

extendr_module! {
    mod gtm;
    fn rust_gtm;
    fn rust_gtm_project;
    fn rust_gtm_node_sums;
    fn rust_node_ancestry;
    fn rust_leading_axes;
}
