//! Admixture mapping and dating.

use crate::answer::guard;
use crate::convert::entry;
use crate::convert::flags;
use crate::convert::indices;
use crate::convert::items;
use crate::convert::numbers;
use crate::convert::r_columns;
use crate::run::run;
use extendr_api::prelude::*;
use forebear_core::local_ancestry::dating::covariance::Dosages;
use forebear_core::local_ancestry::dating::covariance::lagged_products;
use forebear_core::local_ancestry::dating::covariance::unlinked_products;
use forebear_core::local_ancestry::dating::decay;
use forebear_core::local_ancestry::dating::decay::Curve;
use forebear_core::local_ancestry::mapping::covariates::Covariates;
use forebear_core::local_ancestry::mapping::dosages::Pieces;
use forebear_core::local_ancestry::mapping::dosages::dosages;
use forebear_core::local_ancestry::mapping::linear::linear;
use forebear_core::local_ancestry::mapping::linear::unexplained;
use forebear_core::local_ancestry::mapping::logistic::logistic;
use forebear_core::local_ancestry::mapping::maxima::null_maxima;

/// [n_samples x n_windows] copies of an ancestry. `pieces`: row, sample, window, part, n_windows,
/// n_samples.
#[extendr]
fn rust_window_dosages(pieces: Robj, posterior: Robj) -> Robj {
    guard(|| {
        let part = entry(&pieces, "part");
        let places = Pieces {
            row: indices(&entry(&pieces, "row")),
            sample: indices(&entry(&pieces, "sample")),
            window: indices(&entry(&pieces, "window")),
            part: numbers(&part),
        };
        let size = |name| numbers(&entry(&pieces, name))[0] as usize;
        let values = dosages(&places, numbers(&posterior), size("n_samples"), size("n_windows"));
        Ok(r_columns(&values, size("n_windows")))
    })
}

/// effects: estimate and std_error of each column of `dosage`; rank of the covariates; is_explained:
/// whether they say all of the phenotype.
#[extendr]
fn rust_map_ancestry(
    phenotype: Robj,
    covariates: Robj,
    dosage: Robj,
    is_binary: bool,
    threads: i32,
    progress: Robj,
) -> Robj {
    guard(|| {
        let columns = items(&covariates);
        let covariates = Covariates::of(columns.iter().map(numbers));
        let (y, dosage) = (numbers(&phenotype), numbers(&dosage));
        let method = if is_binary { logistic } else { linear };
        let effects = run(threads, &progress, |task| method(y, &covariates, dosage, task))?;
        let estimate: Vec<f64> = effects.iter().map(|effect| effect.estimate).collect();
        let std_error: Vec<f64> = effects.iter().map(|effect| effect.std_error).collect();
        let rank = covariates.rank() as i32;
        let is_explained = unexplained(y, &covariates).is_none();
        let effects = list!(estimate = estimate, std_error = std_error);
        Ok(list!(effects = effects, rank = rank, is_explained = is_explained).into())
    })
}

/// The largest absolute t of all columns of `dosage`, of each phenotype without association.
/// `phenotype`: whose variance samples keep; `NULL` for normal draws.
#[extendr]
fn rust_null_maxima(
    phenotype: Robj,
    covariates: Robj,
    dosage: Robj,
    n_draws: i32,
    seed: f64,
    threads: i32,
    progress: Robj,
) -> Robj {
    guard(|| {
        let columns = items(&covariates);
        let covariates = Covariates::of(columns.iter().map(numbers));
        let (values, n, n_draws) = (numbers(&dosage), dosage.nrows(), n_draws as usize);
        let kept = match phenotype.is_null() {
            true => None,
            false => unexplained(numbers(&phenotype), &covariates),
        };
        let maxima = run(threads, &progress, |task| {
            null_maxima(&covariates, values, n, kept.as_deref(), n_draws, seed as u64, task)
        })?;
        Ok(maxima.into())
    })
}

/// sum, n: [n_lags x n_samples] of products; total: [2 x n_samples] of deviations. `first`, `second`
/// [n_points x n_samples]; `is_known` [n_points].
#[extendr]
fn rust_lagged_products(
    first: Robj,
    second: Robj,
    is_known: Robj,
    n_lags: i32,
    threads: i32,
    progress: Robj,
) -> Robj {
    guard(|| {
        let is_known = flags(&is_known);
        let dosages =
            Dosages { first: numbers(&first), second: numbers(&second), is_known: &is_known };
        let n_lags = n_lags as usize;
        let products = run(threads, &progress, |task| lagged_products(&dosages, n_lags, task))?;
        let lagged = || products.iter().flat_map(|own| &own.lagged);
        let sum: Vec<f64> = lagged().map(|pair| pair.0).collect();
        let n: Vec<f64> = lagged().map(|pair| pair.1).collect();
        let total: Vec<f64> = products.iter().flat_map(|own| own.total).collect();
        let matrix = |values: &[f64]| r_columns(values, products.len());
        Ok(list!(sum = matrix(&sum), n = matrix(&n), total = matrix(&total)).into())
    })
}

/// sum, n: of products of each sample at places on different chromosomes. `first`, `second`,
/// `n_points`: [n_chromosomes x n_samples].
#[extendr]
fn rust_unlinked_products(first: Robj, second: Robj, n_points: Robj) -> Robj {
    guard(|| {
        let n_chromosomes = first.nrows();
        let (first, second, n_points) = (numbers(&first), numbers(&second), numbers(&n_points));
        let both = first.iter().zip(second).map(|(&one, &other)| [one, other]);
        let pieces: Vec<_> = both.zip(n_points.iter().copied()).collect();
        let products = || pieces.chunks_exact(n_chromosomes).map(unlinked_products);
        let sum: Vec<f64> = products().map(|pair| pair.0).collect();
        let n: Vec<f64> = products().map(|pair| pair.1).collect();
        Ok(list!(sum = sum, n = n).into())
    })
}

/// generations, amplitude and level of a curve, and its value at each distance; NULL where there is
/// none. `limits`: of the generations.
#[extendr]
fn rust_fit_decay(distance: Robj, value: Robj, weight: Robj, limits: Robj) -> Robj {
    guard(|| {
        let curve = Curve {
            distance: numbers(&distance).to_vec(),
            value: numbers(&value).to_vec(),
            weight: numbers(&weight).to_vec(),
        };
        let limits = numbers(&limits);
        let fitted = decay::fit(&curve, limits[0], limits[1]);
        Ok(fitted.map_or_else(Robj::default, |fit| {
            let at: Vec<f64> = curve.distance.iter().map(|&distance| fit.at(distance)).collect();
            list!(decay = vec![fit.generations, fit.amplitude, fit.level], fitted = at).into()
        }))
    })
}

extendr_module! {
    mod mapping;
    fn rust_window_dosages;
    fn rust_map_ancestry;
    fn rust_null_maxima;
    fn rust_lagged_products;
    fn rust_unlinked_products;
    fn rust_fit_decay;
}
