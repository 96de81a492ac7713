//! What to train on each window.

use crate::error::Error;
use crate::error::Result;
use crate::local_ancestry::windows::kernel::Kernel;
use serde::Deserialize;
use serde::Serialize;

/// Largest penalty: beyond it the SVM separates all that can be separated.
const MOST_COST: f64 = 1e6;

/// The same for SVMs that are trained jointly: beyond it their system is indistinguishable from a
/// singular one in single precision.
const MOST_JOINT_COST: f64 = 1e3;

/// Default number of haplotypes whose span holds the SVMs that are trained jointly.
pub const LANDMARKS: usize = 5000;

fn usual_landmarks() -> usize {
    LANDMARKS
}

/// How binary SVMs classify several populations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Multiclass {
    /// Least-squares SVMs of every population against all others, solved together: the largest
    /// decision value. Probabilities come from the decision values of all.
    Joint,
    /// One SVM for every pair: majority vote, ties by the sum of decision values.
    OneVsOne,
    /// One SVM for every population against all others: the largest decision value.
    OneVsRest,
}

impl Multiclass {
    /// Largest penalty.
    pub fn most_cost(self) -> f64 {
        if self == Multiclass::Joint { MOST_JOINT_COST } else { MOST_COST }
    }
}

/// Settings of the classifiers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Variants of a window, which has one label.
    pub window: usize,
    /// Variants on either side that the classifier uses too.
    pub context: usize,
    pub kernel: Kernel,
    pub multiclass: Multiclass,
    /// Penalty of a haplotype on the wrong side of the margin (jointly: of a squared residual), above
    /// 0, at most [`Multiclass::most_cost`]. A haplotype that occurs twice has twice the penalty.
    pub cost: f64,
    /// Stopping tolerance of the SVMs, see `svm::smo`.
    pub tolerance: f64,
    /// Folds of the panel that are held out in turn, at least 2.
    pub folds: usize,
    /// Whether class probabilities are computed besides labels.
    pub probabilities: bool,
    /// Haplotypes of a window whose span holds the SVMs that are trained jointly, where the panel
    /// has more than twice as many. Not kept: a trained model does not need it.
    #[serde(skip, default = "usual_landmarks")]
    pub landmarks: usize,
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
            landmarks: LANDMARKS,
            seed: 1,
        }
    }

    /// # Errors
    /// [`Error::CostOutOfRange`], [`Error::FoldCount`] or [`Error::ToleranceOutOfRange`].
    pub fn check(&self, n_samples: usize) -> Result<()> {
        let (cost, most) = (self.cost, self.multiclass.most_cost());
        if !(cost > 0.0 && cost <= most) {
            return Err(Error::CostOutOfRange { cost, most });
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
        let joint = Settings { multiclass: Multiclass::Joint, ..good };
        assert_eq!(kind(Settings { cost: 1001.0, ..joint }), "cost");
        assert!(Settings { cost: 1000.0, ..joint }.check(10).is_ok());
        for folds in [0, 1, 11] {
            assert_eq!(kind(Settings { folds, ..good }), "fold_count");
        }
        for tolerance in [0.0, 1.0, f64::NAN] {
            assert_eq!(kind(Settings { tolerance, ..good }), "tolerance_out_of_range");
        }
    }
}
