//! What recalibration is made of: a power of posteriors, and curves.
//!
//! Source: Durand et al. 2014, section 2.3: calibrated posteriors are read off monotone curves
//! ([`crate::local_ancestry::calibration::node_curves`] learns them), linear between bins.
//!
//! Ours is the first step: all posteriors are raised to one power and divided by their sum. That
//! corrects the error that all populations have in common, mostly over-confidence, and leaves the
//! most probable population as it is; the curves are then closer to the identity.

/// Lower bound of posteriors where logarithms are taken.
pub(super) const SMALLEST: f64 = 1e-6;

/// Raises posteriors to a power above 0; those of a window sum to 1 again.
///
/// | argument    | shape                  | values                  |
/// |-------------|------------------------|-------------------------|
/// | `posterior` | n_populations x n_rows | each window's sum to 1  |
///
/// # Panics
/// If the power is not above 0, or shapes do not match.
pub fn temper(posterior: &mut [f64], n_populations: usize, power: f64) {
    assert!(power > 0.0 && posterior.len() % n_populations == 0, "a power above 0");
    if power == 1.0 {
        return;
    }
    posterior.iter_mut().for_each(|p| *p = p.powf(power));
    let n_rows = posterior.len() / n_populations;
    for row in 0..n_rows {
        let cells = (0..n_populations).map(|population| population * n_rows + row);
        let sum: f64 = cells.clone().map(|cell| posterior[cell]).sum();
        cells.for_each(|cell| posterior[cell] /= sum);
    }
}

/// Log-likelihood of the truth, a weighted sum over windows.
///
/// | argument    | shape                  | values                                  |
/// |-------------|------------------------|-----------------------------------------|
/// | `posterior` | n_populations x n_rows |                                         |
/// | `truth`     | the same               | proportion that is of the population    |
/// | `weight`    | n_rows                 |                                         |
///
/// # Panics
/// If shapes do not match.
pub fn log_likelihood(posterior: &[f64], truth: &[f64], weight: &[f64]) -> f64 {
    assert_eq!(posterior.len(), truth.len(), "truth of every posterior");
    assert_eq!(posterior.len() % weight.len().max(1), 0, "a weight of every window");
    let cells = posterior.iter().zip(truth).zip(weight.iter().cycle());
    let true_ones = cells.filter(|((_, proportion), _)| **proportion > 0.0);
    true_ones.map(|((p, proportion), weight)| weight * proportion * p.max(SMALLEST).ln()).sum()
}

/// Calibration curve of one population: linear between these points, constant before the
/// first and after the last.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// n_points, ascending.
    pub posterior: Vec<f64>,
    /// n_points, never decreasing, 0 to 1.
    pub frequency: Vec<f64>,
}

impl Curve {
    /// The calibrated value of a posterior.
    pub fn at(&self, posterior: f64) -> f64 {
        let after = self.posterior.partition_point(|&known| known <= posterior);
        if after == 0 || after == self.posterior.len() {
            return self.frequency[after.saturating_sub(1)];
        }
        let (low, high) = (self.posterior[after - 1], self.posterior[after]);
        let proportion = (posterior - low) / (high - low);
        self.frequency[after - 1] + proportion * (self.frequency[after] - self.frequency[after - 1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_are_linear_between_points() {
        let curve = Curve {
            posterior: vec![0.15, 0.6, 0.9],
            frequency: vec![1.15 / 3.0, 1.1 / 2.0, 1.9 / 2.0],
        };
        let close = |got: f64, want: f64| assert!((got - want).abs() < 1e-12, "{got} {want}");
        close(curve.at(0.0), 1.15 / 3.0);
        close(curve.at(0.15), 1.15 / 3.0);
        close(curve.at(1.0), 0.95);
        close(curve.at(0.75), 0.75);
    }

    /// Squares of .6, .3, .1: .36, .09, .01 of .46. The second window has one population.
    #[test]
    fn powers_worked_by_hand() {
        let given = [0.6, 0.0, 0.3, 1.0, 0.1, 0.0];
        let mut posterior = given;
        temper(&mut posterior, 3, 2.0);
        let want = [36.0 / 46.0, 0.0, 9.0 / 46.0, 1.0, 1.0 / 46.0, 0.0];
        posterior.iter().zip(&want).for_each(|(got, want)| assert!((got - want).abs() < 1e-12));
        temper(&mut posterior, 3, 0.5);
        posterior.iter().zip(&given).for_each(|(got, want)| assert!((got - want).abs() < 1e-12));
        let truth = [0.75, 1.0, 0.25, 0.0, 0.0, 0.0];
        let want = 0.75 * 0.6_f64.ln() + 0.25 * 0.3_f64.ln() + 1e-6_f64.ln();
        assert!((log_likelihood(&given, &truth, &[1.0, 1.0]) - want).abs() < 1e-12);
        let want = 2.0 * (0.75 * 0.6_f64.ln() + 0.25 * 0.3_f64.ln()) + 0.5 * 1e-6_f64.ln();
        assert!((log_likelihood(&given, &truth, &[2.0, 0.5]) - want).abs() < 1e-12);
    }
}
