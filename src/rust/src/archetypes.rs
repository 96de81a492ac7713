//! Archetypal analysis: fit, and weights of new samples.

use crate::answer::guard;
use crate::convert::entry;
use crate::convert::indices;
use crate::convert::numbers;
use crate::convert::r_matrix;
use crate::convert::row_major;
use crate::run::run;
use extendr_api::prelude::*;
use forebear_core::archetypes::Fit;
use forebear_core::archetypes::Init;
use forebear_core::archetypes::SampleWeight;
use forebear_core::archetypes::Settings;
use forebear_core::archetypes::fit_runs;
use forebear_core::archetypes::hull_distances;
use forebear_core::archetypes::predict;
use forebear_core::archetypes::refit;
use ndarray::Array2;

/// Every restart by itself and, unless `smaller` is NULL, a run that grows from the sample weights
/// of the archetypes of a smaller fit.
#[extendr]
#[allow(clippy::too_many_arguments)]
fn rust_archetype_runs(
    scores: Robj,
    k: i32,
    init: &str,
    restarts: i32,
    tolerance: f64,
    max_iterations: i32,
    seed: f64,
    smaller: Robj,
    threads: i32,
    progress: Robj,
) -> Robj {
    guard(|| {
        let scores = row_major(&scores);
        let smaller = (!smaller.is_null()).then(|| sample_weights_of(&smaller));
        let (k, restarts, seed) = (k as usize, restarts as usize, seed as u64);
        let (init, max_iterations) = (init_of(init), max_iterations as usize);
        let settings = Settings { k, init, restarts, tolerance, max_iterations, seed };
        let runs = run(threads, &progress, |task| {
            fit_runs(scores.view(), &settings, smaller.as_deref(), task)
        })?;
        Ok(List::from_values(runs.iter().map(fit_list)).into())
    })
}

/// Weights of samples in archetypes: `archetype` and `sample` from 1, `weight`.
fn sample_weights_of(list: &Robj) -> Vec<SampleWeight> {
    let (archetypes, samples) =
        (indices(&entry(list, "archetype")), indices(&entry(list, "sample")));
    let weights = entry(list, "weight");
    let entry = |((&archetype, &sample), &weight): ((&u32, &u32), &f64)| SampleWeight {
        archetype: archetype as usize,
        sample: sample as usize,
        weight,
    };
    archetypes.iter().zip(&samples).zip(numbers(&weights)).map(entry).collect()
}

fn init_of(name: &str) -> Init {
    match name {
        "furthest_sum" => Init::FurthestSum,
        "sample" => Init::Sample,
        "uniform" => Init::Uniform,
        "aa++" => Init::PlusPlus,
        other => panic!("no init is called {other}"),
    }
}

fn fit_list(fit: &Fit) -> Robj {
    let archetype: Vec<i32> = fit.sample_weights.iter().map(|s| s.archetype as i32 + 1).collect();
    let sample: Vec<i32> = fit.sample_weights.iter().map(|s| s.sample as i32 + 1).collect();
    let weight: Vec<f64> = fit.sample_weights.iter().map(|s| s.weight).collect();
    list!(
        q = r_matrix(fit.q.as_ref()),
        archetypes = r_matrix(fit.archetypes.as_ref()),
        beta = list!(archetype = archetype, sample = sample, weight = weight),
        rss = fit.rss,
        trace = &fit.trace,
        restart_rss = &fit.restart_rss,
        iterations = fit.iterations as i32,
        converged = fit.converged
    )
    .into()
}

/// Weights (samples x archetypes) after a run from given archetypes, for each table of scores.
#[extendr]
fn rust_archetype_refits(
    tables: List,
    start: Robj,
    k: i32,
    tolerance: f64,
    max_iterations: i32,
    threads: i32,
    progress: Robj,
) -> Robj {
    guard(|| {
        let tables: Vec<Array2<f64>> = tables.values().map(|table| row_major(&table)).collect();
        let views: Vec<_> = tables.iter().map(|table| table.view()).collect();
        let (start, max_iterations) = (sample_weights_of(&start), max_iterations as usize);
        let settings = Settings { tolerance, max_iterations, ..Settings::new(k as usize) };
        let weights = run(threads, &progress, |task| refit(&views, &settings, &start, task))?;
        Ok(List::from_values(weights.iter().map(|q| r_matrix(q.as_ref()))).into())
    })
}

/// Weights (samples x archetypes) of new samples on fixed archetypes.
#[extendr]
fn rust_archetype_weights(scores: Robj, archetypes: Robj, threads: i32, progress: Robj) -> Robj {
    guard(|| {
        let (scores, archetypes) = (row_major(&scores), row_major(&archetypes));
        let weights =
            run(threads, &progress, |task| predict(scores.view(), archetypes.view(), task))?;
        Ok(r_matrix(weights.as_ref()))
    })
}

/// Distance of each position (row) from the hull of the samples.
#[extendr]
fn rust_hull_distances(scores: Robj, positions: Robj, threads: i32, progress: Robj) -> Robj {
    guard(|| {
        let (scores, positions) = (row_major(&scores), row_major(&positions));
        let distances =
            run(threads, &progress, |task| hull_distances(scores.view(), positions.view(), task))?;
        Ok(distances.into())
    })
}

extendr_module! {
    mod archetypes;
    fn rust_archetype_runs;
    fn rust_archetype_refits;
    fn rust_archetype_weights;
    fn rust_hull_distances;
}
