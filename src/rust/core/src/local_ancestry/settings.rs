//! What to train on each window.

use crate::error::Error;
use crate::error::Result;
use crate::local_ancestry::kernel::Kernel;
use serde::Deserialize;
use serde::Serialize;

/// Largest penalty: beyond it the machine separates whatever it can.
const MOST_COST: f64 = 1e6;

/// How several populations are told apart by machines that know two classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Multiclass {
    /// One machine for every pair; majority vote, ties by the sum of decision values.
    OneVsOne,
    /// One machine for every population against all others; the largest decision value.
    OneVsRest,
}

/// Settings of the classifiers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Variants that share a label.
    pub window: usize,
    /// Variants on either side that help to find it.
    pub context: usize,
    pub kernel: Kernel,
    pub multiclass: Multiclass,
    /// Penalty of a haplotype on the wrong side of the margin, above 0, at most 1e6. A haplotype
    /// that occurs twice has twice the penalty.
    pub cost: f64,
    /// Stopping tolerance of the machines, see `linalg::smo`.
    pub tolerance: f64,
    /// Parts of the panel that are held out in turn, at least 2.
    pub folds: usize,
    /// Whether class probabilities are worked out besides labels.
    pub probabilities: bool,
    /// The same seed gives the same folds.
    pub seed: u64,
}

impl Settings {
    /// Those of the paper: windows of 100 variants without context, one against one, cost 1 (the
    /// paper does not give it), labels alone.
    #[cfg(test)]
    pub fn paper() -> Settings {
        Settings {
            window: 100,
            context: 0,
            kernel: Kernel::String,
            multiclass: Multiclass::OneVsOne,
            cost: 1.0,
            tolerance: 1e-3,
            folds: 5,
            probabilities: false,
            seed: 1,
        }
    }

    /// # Errors
    /// [`Error::CostOutOfRange`], [`Error::FoldCount`] or [`Error::ToleranceOutOfRange`].
    pub fn check(&self, n_samples: usize) -> Result<()> {
        if !(self.cost > 0.0 && self.cost <= MOST_COST) {
            return Err(Error::CostOutOfRange { cost: self.cost });
        }
        if self.folds < 2 || self.folds > n_samples {
            return Err(Error::FoldCount { folds: self.folds, most: n_samples });
        }
        if !(self.tolerance > 0.0 && self.tolerance < 1.0) {
            return Err(Error::ToleranceOutOfRange { tolerance: self.tolerance });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_out_of_range_are_refused() {
        let good = Settings::paper();
        assert!(good.check(10).is_ok());
        let kind = |settings: Settings| settings.check(10).unwrap_err().kind();
        for cost in [0.0, -1.0, f64::NAN, f64::INFINITY, 2e6] {
            assert_eq!(kind(Settings { cost, ..good }), "cost");
        }
        for folds in [0, 1, 11] {
            assert_eq!(kind(Settings { folds, ..good }), "fold_count");
        }
        for tolerance in [0.0, 1.0, f64::NAN] {
            assert_eq!(kind(Settings { tolerance, ..good }), "tolerance_out_of_range");
        }
    }
}
