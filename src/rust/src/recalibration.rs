//! Recalibration of posteriors.

use crate::answer::guard;
use crate::convert::entry;
use crate::convert::numbers;
use extendr_api::prelude::*;
use forebear_core::local_ancestry::recalibration::Curve;
use forebear_core::local_ancestry::recalibration::Tally;
use forebear_core::local_ancestry::recalibration::recalibrate;

/// `posterior`, `truth`: windows x n_populations; the answer has sums over windows, n_bins x
/// n_populations.
#[extendr]
fn rust_tally_posteriors(posterior: Robj, truth: Robj, edges: Robj, weight: f64) -> Robj {
    guard(|| {
        let n_populations = posterior.ncols();
        let mut tally = Tally::new(numbers(&edges), n_populations);
        tally.add(numbers(&posterior), numbers(&truth), weight);
        let matrix = |values: Vec<f64>| {
            let mut matrix = RMatrix::<f64>::new(values.len() / n_populations, n_populations);
            matrix.data_mut().copy_from_slice(&values);
            matrix
        };
        let (n, posterior) = (matrix(tally.n), matrix(tally.posterior));
        Ok(list!(n = n, posterior = posterior, truth = matrix(tally.truth)).into())
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
fn rust_recalibrate(posterior: Robj, curves: Robj) -> Robj {
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
        recalibrate(out.data_mut(), &curves)?;
        Ok(out.into())
    })
}

extendr_module! {
    mod recalibration;
    fn rust_tally_posteriors;
    fn rust_fit_recalibration;
    fn rust_recalibrate;
}
