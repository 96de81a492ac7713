//! Parameters of the pair HMM: ancestry proportions, label and reset probabilities, and two rates.
//!
//! Source: Durand et al. 2014, section 2.2.1. The paper's theta and sigma are one
//! probability each for every step; ours are rates per unit of distance, which is the
//! same at distance 1 and takes account of the distances of a genetic map.

use crate::error::Error;
use crate::error::Result;
use serde::Deserialize;
use serde::Serialize;

/// Rows of probabilities may miss 1 by this much.
const SLACK: f64 = 1e-6;

/// One parameter set, with `K` populations.
///
/// | field                | shape | values                                                  |
/// |----------------------|-------|---------------------------------------------------------|
/// | `ancestry`           | K     | mu\[y\], sums to 1                                      |
/// | `label`              | K x K | mu\[x \| y\], row y by row, each sums to 1              |
/// | `reset`              | K x K | eps\[y, x'\], row y by row, in 0..=1                    |
/// | `recombination_rate` |       | per unit of distance d: theta = 1 - exp(-rate d)        |
/// | `switch_rate`        |       | per unit of distance d: sigma = (1 - exp(-2 rate d)) / 2 |
///
/// sigma is the probability of an odd number of switches: two within one step cancel.
///
/// A step between two windows: with probability theta the population is drawn again
/// from `ancestry`, else it stays. Where it is the same as before, the label is drawn
/// again with probability `reset`, else it stays; where it changed, it is drawn again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parameters {
    pub ancestry: Vec<f64>,
    pub label: Vec<f64>,
    pub reset: Vec<f64>,
    pub recombination_rate: f64,
    pub switch_rate: f64,
}

/// Probability of at least one event at `rate` over `distance`.
pub fn probability(rate: f64, distance: f64) -> f64 {
    -(-rate * distance).exp_m1()
}

/// Probability of an odd number of events at `rate` over `distance`; below 1/2.
pub fn odd_probability(rate: f64, distance: f64) -> f64 {
    -(-2.0 * rate * distance).exp_m1() / 2.0
}

/// The rate that gives `probability` at distance 1: the paper's constants as rates.
pub fn rate(probability: f64) -> f64 {
    -(-probability).ln_1p()
}

impl Parameters {
    /// K.
    pub fn n_populations(&self) -> usize {
        self.ancestry.len()
    }

    /// # Errors
    /// [`Error::HmmParameters`] naming the first rule that is broken.
    pub fn check(&self) -> Result<()> {
        let k = self.n_populations();
        let refused = |rule, found: String| Err(Error::HmmParameters { rule, found });
        if k == 0 || self.label.len() != k * k || self.reset.len() != k * k {
            let found = format!(
                "There are {k} ancestry proportions, {} label probabilities and {} reset probabilities",
                self.label.len(),
                self.reset.len()
            );
            return refused("K populations need K x K label and K x K reset probabilities.", found);
        }
        let distributions = std::iter::once(&self.ancestry[..]).chain(self.label.chunks(k));
        for (row, distribution) in distributions.enumerate() {
            if !is_distribution(distribution) {
                let what = match row {
                    0 => "The ancestry proportions".to_owned(),
                    row => format!("The label probabilities of population {row}"),
                };
                return refused(
                    "Ancestry proportions, and the label probabilities of a population, must not be \
                     negative and must sum to 1.",
                    format!("{what} are {distribution:?}"),
                );
            }
        }
        if let Some(value) = self.reset.iter().find(|value| !(0.0..=1.0).contains(*value)) {
            return refused(
                "Reset probabilities must lie between 0 and 1.",
                format!("One is {value}"),
            );
        }
        for rate in [self.recombination_rate, self.switch_rate] {
            if !(rate >= 0.0 && rate.is_finite()) {
                return refused(
                    "Recombination and switch rates must be finite and not negative.",
                    format!("One is {rate}"),
                );
            }
        }
        Ok(())
    }
}

/// Probabilities that sum to 1.
pub(super) fn is_distribution(values: &[f64]) -> bool {
    values.iter().all(|value| *value >= 0.0) && (values.iter().sum::<f64>() - 1.0).abs() <= SLACK
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Parameters {
        Parameters {
            ancestry: vec![0.25, 0.75],
            label: vec![0.9, 0.1, 0.2, 0.8],
            reset: vec![0.5, 1.0, 0.0, 0.5],
            recombination_rate: 0.1,
            switch_rate: 0.0,
        }
    }

    #[test]
    fn rates_and_probabilities_are_converted_both_ways() {
        for p in [0.0, 1e-12, 0.3, 0.999] {
            assert!((probability(rate(p), 1.0) - p).abs() < 1e-15);
        }
        let (near, far) = (probability(0.7, 0.4), probability(0.7, 1.1));
        let whole = probability(0.7, 1.5);
        assert!((1.0 - (1.0 - near) * (1.0 - far) - whole).abs() < 1e-15);
        assert_eq!(probability(5.0, 0.0), 0.0);
    }

    /// All odd numbers of Poisson events, one by one.
    #[test]
    fn odd_numbers_of_switches_are_counted() {
        for mean in [0.0, 1e-9, 0.01, 0.5, 3.0, 20.0] {
            let (mut term, mut odd) = (f64::exp(-mean), 0.0);
            for n in 1..200 {
                term *= mean / f64::from(n);
                odd += if n % 2 == 1 { term } else { 0.0 };
            }
            assert!((odd_probability(mean, 1.0) - odd).abs() < 1e-14, "{mean}");
        }
        assert_eq!(odd_probability(f64::MAX, 1e9), 0.5);
        // Over two steps: one of them is odd.
        let (near, far) = (odd_probability(0.7, 0.4), odd_probability(0.7, 1.1));
        let whole = near * (1.0 - far) + far * (1.0 - near);
        assert!((odd_probability(0.7, 1.5) - whole).abs() < 1e-15);
    }

    #[test]
    fn broken_parameters_are_refused_with_what_is_wrong() {
        assert!(good().check().is_ok());
        let message = |change: fn(&mut Parameters)| {
            let mut parameters = good();
            change(&mut parameters);
            parameters.check().unwrap_err().to_string()
        };
        assert!(message(|p| p.ancestry.clear()).contains("There are 0 ancestry proportions"));
        assert!(message(|p| p.reset.truncate(3)).contains("3 reset probabilities"));
        assert!(
            message(|p| p.ancestry[0] = 0.3).contains("The ancestry proportions are [0.3, 0.75]")
        );
        assert!(message(|p| p.ancestry[0] = f64::NAN).contains("NaN"));
        assert!(message(|p| p.label[2] = -0.2).contains("label probabilities of population 2"));
        assert!(message(|p| p.reset[3] = 1.5).contains("One is 1.5"));
        assert!(message(|p| p.reset[3] = f64::NAN).contains("One is NaN"));
        assert!(message(|p| p.switch_rate = -1.0).contains("One is -1"));
        assert!(message(|p| p.recombination_rate = f64::INFINITY).contains("One is inf"));
    }

    #[test]
    fn parameters_survive_being_written_and_read() {
        let bytes = postcard::to_stdvec(&good()).unwrap();
        assert_eq!(postcard::from_bytes::<Parameters>(&bytes).unwrap(), good());
    }
}
