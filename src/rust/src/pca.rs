//! Principal components: fit, project, and products with the genotypes.

use crate::convert::entry;
use crate::convert::integers;
use crate::convert::matrix;
use crate::convert::numbers;
use crate::convert::r_matrix;
use crate::genotypes::with_source;
use crate::run::run;
use extendr_api::prelude::*;
use forebear_core::error::Result;
use forebear_core::pca::filled::Filled;
use forebear_core::pca::fit;
use forebear_core::pca::fit::Fit;
use forebear_core::pca::fit::Method;
use forebear_core::pca::fit::Settings;
use forebear_core::pca::products::block_product::StandardizedGenotypes;
use forebear_core::pca::products::genotype_product::transpose_times;
use forebear_core::pca::products::imputed_product::imputed_transpose_times;
use forebear_core::pca::project::Projection;
use forebear_core::pca::project::Space;
use forebear_core::pca::project::project;
use forebear_core::pca::resample;
use forebear_core::pca::residual::Reference;
use forebear_core::pca::residual::unexplained;
use forebear_core::pca::residual_correlation::Mixture;
use forebear_core::pca::residual_correlation::residual_correlations;
use forebear_core::pca::standardize::Scale;
use forebear_core::pca::standardize::Standardization;

/// Fits principal components; `loadings` FALSE leaves them out of the answer, and so does
/// `residuals` the reference for residuals of new samples; with `errors` it has standard errors of scores,
/// NULL unless a sample lacks much.
#[extendr]
#[allow(clippy::too_many_arguments)]
fn rust_pca(
    genotypes: Robj,
    num_comp: i32,
    method: &str,
    scale: &str,
    tolerance: f64,
    max_passes: i32,
    seed: f64,
    loadings: bool,
    residuals: bool,
    errors: bool,
    threads: i32,
    progress: Robj,
) -> Robj {
    with_source(&genotypes, |source| {
        let (num_comp, max_passes) = (num_comp as usize, max_passes as usize);
        let (method, scale, seed) = (method_of(method), scale_of(scale), seed as u64);
        let settings = Settings {
            num_comp,
            method,
            scale,
            seed,
            tolerance,
            max_passes,
            loadings,
            residuals,
            errors,
        };
        let fit = run(threads, &progress, |task| fit::fit(source, &settings, task))?;
        Ok(fit_list(&fit))
    })
}

fn method_of(name: &str) -> Method {
    match name {
        "auto" => Method::Auto,
        "exact" => Method::Exact,
        "randomized" => Method::Randomized,
        other => panic!("no method is called {other}"),
    }
}

fn scale_of(name: &str) -> Scale {
    match name {
        "binomial" => Scale::Binomial,
        "none" => Scale::None,
        other => panic!("no scale is called {other}"),
    }
}

fn fit_list(fit: &Fit) -> Robj {
    let method = if fit.method == Method::Exact { "exact" } else { "randomized" };
    list!(
        scores = r_matrix(fit.scores.as_ref()),
        loadings = r_matrix(fit.loadings.as_ref()),
        std_errors =
            fit.std_errors.as_ref().map_or_else(|| ().into(), |errors| r_matrix(errors.as_ref())),
        singular_values = &fit.singular_values,
        tracy_widom = &fit.tracy_widom,
        n_above_noise = fit.n_above_noise as i32,
        residuals = fit.residuals.as_ref().map_or_else(|| ().into(), residuals_list),
        total_ss = fit.total_sum_of_squares,
        center = &fit.standardization.center,
        multiplier = &fit.standardization.scale,
        n_monomorphic = fit.standardization.n_monomorphic as f64,
        n_missing = fit.n_missing as f64,
        n_used = fit.n_used.iter().map(|&n| n as i32).collect::<Vec<i32>>(),
        uncalled = fit.uncalled.iter().map(|&variant| variant as i32 + 1).collect::<Vec<i32>>(),
        method = method,
        passes = fit.passes as i32,
        change = fit.estimated_error,
        converged = fit.converged
    )
    .into()
}

fn residuals_list(reference: &Reference) -> Robj {
    list!(ratios = &reference.ratios, skew = &reference.skew, called = reference.called).into()
}

fn residuals_of(list: &Robj) -> Reference {
    let column = |name| numbers(&entry(list, name)).to_vec();
    Reference { ratios: column("ratios"), skew: column("skew"), called: column("called")[0] }
}

/// Scores of new samples in the space of a fit, the genotypes that they rest on and, unless
/// `residuals` is NULL, how much of them it leaves unexplained; with `errors` the covariances
/// (lower triangles by row) and standard errors of the scores.
#[extendr]
#[allow(clippy::too_many_arguments)]
fn rust_project(
    genotypes: Robj,
    loadings: Robj,
    singular_values: &[f64],
    center: &[f64],
    multiplier: &[f64],
    residuals: Robj,
    method: &str,
    errors: bool,
    threads: i32,
    progress: Robj,
) -> Robj {
    with_source(&genotypes, |source| {
        let (center, scale) = (center.to_vec(), multiplier.to_vec());
        let standardization = Standardization { center, scale, n_monomorphic: 0 };
        let method = if method == "oadp" { Projection::Oadp } else { Projection::Simple };
        let space = Space {
            loadings: matrix(&loadings),
            singular_values,
            standardization: &standardization,
        };
        let projected =
            run(threads, &progress, |task| project(source, space, method, errors, task))?;
        let rows = &projected.rows;
        let n_used: Vec<i32> = rows.solved.n_used.iter().map(|&n| n as i32).collect();
        let lacking = (0..n_used.len()).any(|sample| rows.solved.lacks(sample));
        let covariances: Robj = match errors && lacking {
            true => r_matrix(projected.covariances.as_ref()),
            false => ().into(),
        };
        let std_errors: Robj = match errors {
            true => r_matrix(projected.standard_errors().as_ref()),
            false => ().into(),
        };
        let (outlier, residual): (Robj, Robj) = match residuals.is_null() {
            true => (().into(), ().into()),
            false => {
                let Standardization { center, scale, .. } = &standardization;
                let found = unexplained(rows, center, scale, &residuals_of(&residuals));
                (found.outlier.into(), found.ratio.into())
            }
        };
        Ok(list!(
            scores = r_matrix(projected.scores.as_ref()),
            n_used = n_used,
            covariances = covariances,
            std_errors = std_errors,
            outlier = outlier,
            residual = residual
        )
        .into())
    })
}

/// Standardized genotypes, transposed, times `weights` (samples x columns). Missing genotypes are
/// 0 or, unless `scores` (samples x components) is NULL, what its leading columns predict.
#[extendr]
fn rust_variant_product(
    genotypes: Robj,
    weights: Robj,
    center: Robj,
    multiplier: Robj,
    scores: Robj,
    threads: i32,
    progress: Robj,
) -> Robj {
    with_standardized(&genotypes, &center, &multiplier, |genotypes| {
        let weights = matrix(&weights);
        let scores = (!scores.is_null()).then(|| matrix(&scores));
        let product = run(threads, &progress, |task| match scores {
            None => transpose_times(genotypes, weights, task),
            Some(scores) => imputed_transpose_times(genotypes, weights, scores, task),
        })?;
        Ok(r_matrix(product.as_ref()))
    })
}

/// Correlations (samples x samples) of what `weights` (samples x k) and `frequencies` (variants x k)
/// leave unexplained; `called` is the proportion of genotypes that each sample has.
#[extendr]
#[allow(clippy::too_many_arguments)]
fn rust_residual_correlations(
    genotypes: Robj,
    weights: Robj,
    frequencies: Robj,
    center: Robj,
    multiplier: Robj,
    called: Robj,
    threads: i32,
    progress: Robj,
) -> Robj {
    with_standardized(&genotypes, &center, &multiplier, |genotypes| {
        let (weights, frequencies) = (matrix(&weights), matrix(&frequencies));
        let mixture = Mixture { weights, frequencies, called: numbers(&called) };
        let found =
            run(threads, &progress, |task| residual_correlations(genotypes, mixture, task))?;
        Ok(r_matrix(found.as_ref()))
    })
}

/// What replaces missing genotypes: `fill_scores` and `loadings` that predict them, `scores` of
/// the fit, and the proportion `called` of each sample; NULL if nothing is missing.
fn incomplete_of(list: &Robj) -> Option<resample::Incomplete> {
    if list.is_null() {
        return None;
    }
    let (fill_scores, loadings) = (entry(list, "fill_scores"), entry(list, "loadings"));
    let called = numbers(&entry(list, "called")).to_vec();
    let filled = Filled::new(matrix(&fill_scores), matrix(&loadings));
    Some(resample::Incomplete { filled, scores: matrix(&entry(list, "scores")).to_owned(), called })
}

/// Orthonormal columns that span the leading components of all variants and some more.
/// `incomplete`: see `incomplete_of()`.
#[extendr]
#[allow(clippy::too_many_arguments)]
fn rust_resample_basis(
    genotypes: Robj,
    incomplete: Robj,
    scores: Robj,
    center: Robj,
    multiplier: Robj,
    seed: f64,
    threads: i32,
    progress: Robj,
) -> Robj {
    with_standardized(&genotypes, &center, &multiplier, |genotypes| {
        let (scores, seed, incomplete) = (matrix(&scores), seed as u64, incomplete_of(&incomplete));
        let fill = incomplete.as_ref();
        let basis =
            run(threads, &progress, |task| resample::basis(genotypes, fill, scores, seed, task))?;
        Ok(r_matrix(basis.as_ref()))
    })
}

/// Scores (samples x components) of replicates `first` to `last`, counted from 1, whose
/// variants are drawn in blocks of the given lengths, one after the other. `incomplete`: see
/// `incomplete_of()`.
#[extendr]
#[allow(clippy::too_many_arguments)]
fn rust_replicate_scores(
    genotypes: Robj,
    incomplete: Robj,
    basis: Robj,
    num_comp: i32,
    center: Robj,
    multiplier: Robj,
    block_lengths: Robj,
    first: i32,
    last: i32,
    seed: f64,
    threads: i32,
    progress: Robj,
) -> Robj {
    with_standardized(&genotypes, &center, &multiplier, |genotypes| {
        let blocks = resample::consecutive(integers(&block_lengths).iter().map(|&n| n as usize));
        let (basis, replicates) = (matrix(&basis), first as u64 - 1..last as u64);
        let incomplete = incomplete_of(&incomplete);
        let scores = run(threads, &progress, |task| {
            let (k, seed, fill) = (num_comp as usize, seed as u64, incomplete.as_ref());
            resample::replicate_scores(genotypes, fill, basis, k, &blocks, replicates, seed, task)
        })?;
        Ok(List::from_values(scores.iter().map(|scores| r_matrix(scores.as_ref()))).into())
    })
}

/// The answer of `work` on genotypes whose centers and multipliers are known.
fn with_standardized(
    genotypes: &Robj,
    center: &Robj,
    multiplier: &Robj,
    work: impl FnOnce(&StandardizedGenotypes<'_>) -> Result<Robj>,
) -> Robj {
    with_source(genotypes, |source| {
        let (center, scale) = (numbers(center), numbers(multiplier));
        work(&StandardizedGenotypes { source, center, scale })
    })
}

extendr_module! {
    mod pca;
    fn rust_pca;
    fn rust_project;
    fn rust_variant_product;
    fn rust_residual_correlations;
    fn rust_resample_basis;
    fn rust_replicate_scores;
}
