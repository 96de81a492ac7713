//! The likelihood model of ADMIXTURE: fit, weights of new samples, errors of prediction.

use crate::convert::flags;
use crate::convert::r_matrix;
use crate::convert::row_major;
use crate::genotypes::with_source;
use crate::run::run;
use extendr_api::prelude::*;
use faer::MatRef;
use forebear_core::admixture::deviance::prediction_error;
use forebear_core::admixture::fit::Fit;
use forebear_core::admixture::fit::Start;
use forebear_core::admixture::fit::fit;
use forebear_core::admixture::project::project;
use forebear_core::admixture::settings::Samples;
use forebear_core::admixture::settings::Settings;
use forebear_core::admixture::weights::Sparsity;

/// Fits weights and frequencies from `weights` (samples x k); `fixed` says which samples
/// keep theirs, `haploid` which have one allele, and `lambda` 0 means no penalty.
#[extendr]
#[allow(clippy::too_many_arguments)]
fn rust_admixture(
    genotypes: Robj,
    weights: Robj,
    fixed: Robj,
    haploid: Robj,
    lambda: f64,
    epsilon: f64,
    tolerance: f64,
    max_passes: i32,
    threads: i32,
    progress: Robj,
) -> Robj {
    with_source(&genotypes, |source| {
        let weights = row_major(&weights);
        let (fixed, haploid) = (flags(&fixed), flags(&haploid));
        let sparsity = (lambda > 0.0).then_some(Sparsity { lambda, epsilon });
        let (k, max_passes) = (weights.ncols(), max_passes as usize);
        let settings = Settings { k, sparsity, tolerance, max_passes };
        let (weights, _) = weights.into_raw_vec_and_offset();
        let samples = Samples { fixed: &fixed, haploid: &haploid };
        let start = Start { weights: &weights, samples };
        let fit = run(threads, &progress, |task| fit(source, start, &settings, task))?;
        Ok(fit_list(&fit, k))
    })
}

fn fit_list(fit: &Fit, k: usize) -> Robj {
    let frequencies: Vec<f64> = fit.frequencies.iter().map(|&f| f64::from(f)).collect();
    list!(
        q = by_row(&fit.weights, k),
        frequencies = by_row(&frequencies, k),
        log_likelihood = fit.log_likelihood,
        trace = &fit.trace,
        passes = fit.passes as i32,
        converged = fit.converged
    )
    .into()
}

fn by_row(values: &[f64], k: usize) -> Robj {
    r_matrix(MatRef::from_row_major_slice(values, values.len() / k, k))
}

/// Weights of samples on `frequencies` (variants x k) that are fixed, and which are `unfinished`.
#[extendr]
fn rust_admixture_weights(
    genotypes: Robj,
    frequencies: Robj,
    haploid: Robj,
    tolerance: f64,
    threads: i32,
    progress: Robj,
) -> Robj {
    with_source(&genotypes, |source| {
        let frequencies = row_major(&frequencies);
        let k = frequencies.ncols();
        let narrow: Vec<f32> = frequencies.iter().map(|&f| f as f32).collect();
        let haploid = flags(&haploid);
        let found = run(threads, &progress, |task| {
            project(source, (&narrow, k), &haploid, tolerance, task)
        })?;
        let passes = found.passes as i32;
        let unfinished = places(&found.converged, false);
        Ok(list!(q = by_row(&found.weights, k), passes = passes, unfinished = unfinished).into())
    })
}

/// Places of `value`, counted from 1.
fn places(values: &[bool], value: bool) -> Vec<i32> {
    (1..).zip(values).filter(|(_, found)| **found == value).map(|(place, _)| place).collect()
}

/// Sums of the errors with which weights and frequencies predict the genotypes.
#[extendr]
fn rust_prediction_error(
    genotypes: Robj,
    weights: Robj,
    haploid: Robj,
    frequencies: Robj,
    threads: i32,
    progress: Robj,
) -> Robj {
    with_source(&genotypes, |source| {
        let haploid = flags(&haploid);
        let (weights, frequencies) = (row_major(&weights), row_major(&frequencies));
        let k = weights.ncols();
        let (weights, _) = weights.into_raw_vec_and_offset();
        let (frequencies, _) = frequencies.into_raw_vec_and_offset();
        let error = run(threads, &progress, |task| {
            prediction_error(source, (&weights, &haploid), &frequencies, k, task)
        })?;
        let (n_genotypes, deviance) = (error.n_genotypes, error.deviance);
        Ok(list!(
            n_genotypes = n_genotypes,
            deviance = deviance,
            squared_error = error.squared_error,
            log_likelihood = error.log_likelihood
        )
        .into())
    })
}

extendr_module! {
    mod admixture;
    fn rust_admixture;
    fn rust_admixture_weights;
    fn rust_prediction_error;
}
