//! Recalibration of posteriors.

use crate::answer::guard;
use crate::convert::entry;
use crate::convert::integers;
use crate::convert::items;
use crate::convert::numbers;
use crate::convert::positions;
use crate::convert::r_columns;
use crate::run::run;
use extendr_api::prelude::*;
use forebear_core::local_ancestry::calibration::log_evidence::log_evidence;
use forebear_core::local_ancestry::calibration::powers::Tempered;
use forebear_core::local_ancestry::calibration::powers::fit;
use forebear_core::local_ancestry::calibration::powers::tally_powers;
use forebear_core::local_ancestry::calibration::recalibration::Curve;
use forebear_core::local_ancestry::calibration::recalibration::Tally;
use forebear_core::local_ancestry::calibration::recalibration::recalibrate;
use forebear_core::local_ancestry::calibration::sample_scores::sample_scores;
use forebear_core::local_ancestry::calibration::truth::Segment;
use forebear_core::local_ancestry::calibration::truth::window_truth;

/// Proportions of each population, (haplotypes x windows) x n_populations, windows of a haplotype one
/// below the other. `truth`: haplotype (of any numbering), start_bp, end_bp, population (from 1).
#[extendr]
fn rust_window_truth(
    truth: Robj,
    haplotypes: Robj,
    n_variants: Robj,
    position_bp: Robj,
    n_populations: i32,
) -> Robj {
    guard(|| {
        let whole = |value: &Robj| -> Vec<usize> {
            integers(value).iter().map(|&value| value as usize).collect()
        };
        let (haplotypes, n_variants) = (whole(&haplotypes), whole(&n_variants));
        let (segments, k) = (segments(&truth), n_populations as usize);
        let proportions =
            window_truth(&segments, &haplotypes, &n_variants, integers(&position_bp), k);
        Ok(r_columns(&proportions, k))
    })
}

fn segments(truth: &Robj) -> Vec<Segment> {
    let column = |name| entry(truth, name);
    let (haplotype, population) = (column("haplotype"), column("population"));
    let (start, end) = (column("start_bp"), column("end_bp"));
    let places = integers(&start).iter().zip(integers(&end));
    let segments = integers(&haplotype).iter().zip(integers(&population)).zip(places);
    segments
        .map(|((&haplotype, &population), (&start_bp, &end_bp))| Segment {
            haplotype: haplotype as usize,
            start_bp,
            end_bp,
            population: population as usize - 1,
        })
        .collect()
}

/// Of calls of windows (`calls_list()`), in blocks of them (from 1): `sum` of log P(population),
/// n_samples x n_populations x n_blocks, and `n`, n_samples x n_blocks.
#[extendr]
fn rust_log_evidence(calls: Robj, n_populations: i32, block: Robj, n_blocks: i32) -> Robj {
    guard(|| {
        let (label, probability) = (entry(&calls, "label"), entry(&calls, "probability"));
        let is_known: Vec<bool> = integers(&label).iter().map(|&label| label != i32::MIN).collect();
        let (blocks, k) = (n_blocks as usize, n_populations as usize);
        let found = log_evidence(numbers(&probability), &is_known, &positions(&block), blocks, k);
        Ok(list!(sum = found.sum, n = r_columns(&found.n, blocks)).into())
    })
}

/// Sums over the variants of each sample, n_samples x n_powers or n_populations: `log_likelihood`,
/// `variants`, `right`. `posterior`, `truth`: windows x n_populations, those of a sample one below
/// the other; `n_variants` of the windows of a haplotype.
#[extendr]
fn rust_sample_scores(
    posterior: Robj,
    truth: Robj,
    n_variants: Robj,
    n_haplotypes: i32,
    powers: Robj,
) -> Robj {
    guard(|| {
        let (values, k) = ((numbers(&posterior), numbers(&truth)), posterior.ncols());
        let (n_variants, powers) = (numbers(&n_variants), numbers(&powers));
        let scores = sample_scores(values, n_variants, n_haplotypes as usize, k, powers);
        Ok(list!(
            log_likelihood = r_columns(&scores.log_likelihood, powers.len()),
            variants = r_columns(&scores.variants, k),
            right = r_columns(&scores.right, k)
        )
        .into())
    })
}

/// `posterior`, `truth`: windows x n_populations. For each power the sums over these windows and
/// those that were summed `before` (NULL: none): n, posterior and truth, n_bins x n_populations, and
/// likelihood.
#[extendr]
fn rust_tally_powers(
    posterior: Robj,
    truth: Robj,
    powers: Robj,
    edges: Robj,
    before: Robj,
    threads: i32,
    progress: Robj,
) -> Robj {
    guard(|| {
        let (batch, powers) = ((numbers(&posterior), numbers(&truth)), numbers(&powers));
        let empty = Tally::new(numbers(&edges), posterior.ncols());
        let before = tallies(&before, &empty);
        let sums =
            run(threads, &progress, |task| tally_powers(batch, powers, &empty, &before, task))?;
        Ok(List::from_values(sums.iter().map(tally_list)).into())
    })
}

/// The power under which the truth is likeliest, one curve for each population, and the windows
/// that they were fitted to. `parts`: what `rust_tally_powers()` gives, of different windows.
#[extendr]
fn rust_fit_recalibration(parts: Robj, powers: Robj, edges: Robj, penalty: f64) -> Robj {
    guard(|| {
        let parts = items(&parts);
        let first = parts[0].as_list().and_then(|part| part.values().next());
        let k = entry(&first.expect("a power"), "n").ncols();
        let empty = Tally::new(numbers(&edges), k);
        let parts: Vec<Vec<Tempered>> = parts.iter().map(|part| tallies(part, &empty)).collect();
        let fitted = fit(&parts, penalty);
        let curves = fitted.curves.iter();
        let curves = curves.map(|c| list!(posterior = &c.posterior, frequency = &c.frequency));
        Ok(list!(
            power = numbers(&powers)[fitted.best],
            curves = List::from_values(curves),
            tally = tally_list(&fitted.windows)
        )
        .into())
    })
}

fn tally_list(windows: &Tempered) -> List {
    let n_populations = windows.tally.n_populations();
    let matrix = |values: &[f64]| r_columns(values, n_populations);
    list!(
        n = matrix(&windows.tally.n),
        posterior = matrix(&windows.tally.posterior),
        truth = matrix(&windows.tally.truth),
        likelihood = windows.likelihood
    )
}

/// Of NULL none.
fn tallies(list: &Robj, empty: &Tally) -> Vec<Tempered> {
    let tally = |list: Robj| {
        let sums = |name| numbers(&entry(&list, name)).to_vec();
        let mut tally = empty.clone();
        (tally.n, tally.posterior, tally.truth) = (sums("n"), sums("posterior"), sums("truth"));
        Tempered { tally, likelihood: sums("likelihood")[0] }
    };
    list.as_list().map_or_else(Vec::new, |list| list.values().map(tally).collect())
}

/// Recalibrated posteriors, windows x n_populations.
#[extendr]
fn rust_recalibrate(posterior: Robj, power: f64, curves: Robj) -> Robj {
    guard(|| {
        let column = |curve: &Robj, name| numbers(&entry(curve, name)).to_vec();
        let curves: Vec<Curve> = items(&curves)
            .iter()
            .map(|curve| Curve {
                posterior: column(curve, "posterior"),
                frequency: column(curve, "frequency"),
            })
            .collect();
        let mut out = RMatrix::<f64>::new(posterior.nrows(), posterior.ncols());
        out.data_mut().copy_from_slice(numbers(&posterior));
        recalibrate(out.data_mut(), power, &curves)?;
        Ok(out.into())
    })
}

extendr_module! {
    mod recalibration;
    fn rust_window_truth;
    fn rust_sample_scores;
    fn rust_log_evidence;
    fn rust_tally_powers;
    fn rust_fit_recalibration;
    fn rust_recalibrate;
}
