//! Recalibration of posteriors.

use crate::answer::guard;
use crate::convert::entry;
use crate::convert::numbers;
use extendr_api::prelude::*;
use forebear_core::local_ancestry::calibration::recalibration::Curve;
use forebear_core::local_ancestry::calibration::recalibration::Tally;
use forebear_core::local_ancestry::calibration::recalibration::log_likelihood;
use forebear_core::local_ancestry::calibration::recalibration::recalibrate;
use forebear_core::local_ancestry::calibration::recalibration::temper;

/// `posterior`, `truth`: windows x n_populations. Posteriors are raised to a power first. The answer
/// has sums over windows, n_bins x n_populations, and the log-likelihood, all times `weight`.
#[extendr]
fn rust_tally_posteriors(
    posterior: Robj,
    truth: Robj,
    power: f64,
    edges: Robj,
    weight: f64,
) -> Robj {
    guard(|| {
        let n_populations = posterior.ncols();
        let mut tempered = numbers(&posterior).to_vec();
        temper(&mut tempered, n_populations, power);
        let likelihood = weight * log_likelihood(&tempered, numbers(&truth));
        let mut tally = Tally::new(numbers(&edges), n_populations);
        tally.add(&tempered, numbers(&truth), weight);
        let matrix = |values: Vec<f64>| {
            let mut matrix = RMatrix::<f64>::new(values.len() / n_populations, n_populations);
            matrix.data_mut().copy_from_slice(&values);
            matrix
        };
        let (n, posterior) = (matrix(tally.n), matrix(tally.posterior));
        let truth = matrix(tally.truth);
        Ok(list!(n = n, posterior = posterior, truth = truth, likelihood = likelihood).into())
    })
}

/// `tally`: sums of what `rust_tally_posteriors()` gives. One curve for each population.
#[extendr]
fn rust_fit_recalibration(tally: Robj, edges: Robj, penalty: f64) -> Robj {
    guard(|| {
        let mut sums = Tally::new(numbers(&edges), entry(&tally, "n").ncols());
        sums.n = numbers(&entry(&tally, "n")).to_vec();
        sums.posterior = numbers(&entry(&tally, "posterior")).to_vec();
        sums.truth = numbers(&entry(&tally, "truth")).to_vec();
        let curves = sums.fit(penalty).into_iter();
        let lists = curves.map(|c| list!(posterior = c.posterior, frequency = c.frequency));
        Ok(List::from_values(lists).into())
    })
}

/// Recalibrated posteriors, windows x n_populations.
#[extendr]
fn rust_recalibrate(posterior: Robj, power: f64, curves: Robj) -> Robj {
    guard(|| {
        let column = |curve: &Robj, name| numbers(&entry(curve, name)).to_vec();
        let curves: Vec<Curve> = curves
            .as_list()
            .expect("a list")
            .values()
            .map(|curve| Curve {
                posterior: column(&curve, "posterior"),
                frequency: column(&curve, "frequency"),
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
    fn rust_tally_posteriors;
    fn rust_fit_recalibration;
    fn rust_recalibrate;
}
