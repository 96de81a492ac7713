//! Labels or class probabilities of every haplotype and window, from the window classifiers.
//!
//! Hard evidence is a label. Soft evidence is a distribution `q` over labels: the
//! classifier's probabilities to the power of `exponent`, scaled to sum 1. It enters
//! the model as a label drawn from `q`, independently for each factor that needs it. A factor
//! of the chain, `E(x | y, y', x')`, is then replaced by its mean over `x` from `q_t`
//! and `x'` from `q_{t-1}`:
//!
//! ```text
//! y = y':  sum_x' q'[x'] (1 - eps[y, x']) q[x'] + (sum_x' q'[x'] eps[y, x']) e[y]
//! else:    e[y],           e[y] = sum_x q[x] mu[x | y]
//! ```
//!
//! Probabilities that are 0 or 1 give exactly the hard model, at any exponent above 0.
//! A small exponent gives the classifier less weight: at 0 every label is equally likely,
//! and the window has almost no information.
//!
//! A missing window (no call) has no label: its factors are 1, and the next window
//! draws a new label, since there is none to keep.
//!
//! Source: hard labels, Durand et al. 2014, section 2.2; soft and missing ones are ours.

use super::parameters::is_distribution;
use crate::error::Error;
use crate::error::Result;

/// The label of a window about which nothing is known.
pub const MISSING: u16 = u16::MAX;

/// Labels or probabilities, haplotypes x windows.
#[derive(Clone, Debug)]
pub struct Observations {
    pub n_populations: usize,
    pub n_windows: usize,
    evidence: Evidence,
}

#[derive(Clone, Debug)]
enum Evidence {
    /// n_haplotypes x n_windows.
    Hard(Vec<u16>),
    /// n_haplotypes x n_windows x n_populations; rows of zeros are missing.
    Soft(Vec<f64>),
}

/// One window of one haplotype.
#[derive(Clone, Copy, Debug)]
pub(super) enum Window<'a> {
    Missing,
    Label(usize),
    Probabilities(&'a [f64]),
}

impl Observations {
    /// | argument | shape                    | values                                |
    /// |----------|--------------------------|---------------------------------------|
    /// | `labels` | n_haplotypes x n_windows | code in `0..n_populations`, [`MISSING`] |
    ///
    /// # Errors
    /// [`Error::WindowLabels`] if a code is out of range or a haplotype is not whole.
    pub fn hard(labels: Vec<u16>, n_windows: usize, n_populations: usize) -> Result<Observations> {
        check_sizes(labels.len(), n_windows, n_populations, 1)?;
        let bad = |&label: &u16| label != MISSING && usize::from(label) >= n_populations;
        if let Some(at) = labels.iter().position(bad) {
            let found = format!("the code {}, counted from 0", labels[at]);
            return Err(Error::WindowLabels {
                rule: "A label must be one of the populations.",
                found: place(at, n_windows, found),
            });
        }
        Ok(Observations { n_populations, n_windows, evidence: Evidence::Hard(labels) })
    }

    /// | argument        | shape                                    | values               |
    /// |-----------------|------------------------------------------|----------------------|
    /// | `probabilities` | n_haplotypes x n_windows x n_populations | sum 1, or all 0 where the window is missing |
    /// | `exponent`      |                                          | 0 or more; 1 leaves them as they are |
    ///
    /// # Errors
    /// [`Error::WindowLabels`] if probabilities do not sum to 1, a haplotype is not
    /// whole, or the exponent is not a finite number from 0 up.
    pub fn soft(
        mut probabilities: Vec<f64>,
        n_windows: usize,
        n_populations: usize,
        exponent: f64,
    ) -> Result<Observations> {
        check_sizes(probabilities.len(), n_windows, n_populations, n_populations)?;
        if !(exponent >= 0.0 && exponent.is_finite()) {
            return Err(Error::WindowLabels {
                rule: "The exponent of class probabilities must be finite and not negative.",
                found: format!("It is {exponent}"),
            });
        }
        for (at, row) in probabilities.chunks_mut(n_populations).enumerate() {
            if row.iter().all(|probability| *probability == 0.0) {
                continue;
            }
            if !is_distribution(row) {
                let found = format!("the probabilities {row:?}");
                return Err(Error::WindowLabels {
                    rule: "Class probabilities must not be negative and must sum to 1, or all be \
                           0 where the window is missing.",
                    found: place(at, n_windows, found),
                });
            }
            temper(row, exponent);
        }
        Ok(Observations { n_populations, n_windows, evidence: Evidence::Soft(probabilities) })
    }

    pub fn n_haplotypes(&self) -> usize {
        match &self.evidence {
            Evidence::Hard(labels) => labels.len() / self.n_windows,
            Evidence::Soft(values) => values.len() / (self.n_windows * self.n_populations),
        }
    }

    #[inline(always)]
    pub(super) fn window(&self, haplotype: usize, window: usize) -> Window<'_> {
        let at = haplotype * self.n_windows + window;
        match &self.evidence {
            Evidence::Hard(labels) if labels[at] == MISSING => Window::Missing,
            Evidence::Hard(labels) => Window::Label(usize::from(labels[at])),
            Evidence::Soft(values) => {
                let row = &values[at * self.n_populations..][..self.n_populations];
                let missing = row.iter().all(|probability| *probability == 0.0);
                if missing { Window::Missing } else { Window::Probabilities(row) }
            }
        }
    }
}

impl Window<'_> {
    #[inline(always)]
    pub fn is_missing(self) -> bool {
        matches!(self, Window::Missing)
    }

    /// Visits every label with a probability above 0.
    #[inline(always)]
    pub fn each_label(self, mut visit: impl FnMut(usize, f64)) {
        match self {
            Window::Missing => {}
            Window::Label(label) => visit(label, 1.0),
            Window::Probabilities(row) => {
                for (label, &probability) in row.iter().enumerate() {
                    if probability > 0.0 {
                        visit(label, probability);
                    }
                }
            }
        }
    }

    /// The probability of one label.
    #[inline(always)]
    pub fn probability(self, label: usize) -> f64 {
        match self {
            Window::Missing => 0.0,
            Window::Label(own) => f64::from(u8::from(own == label)),
            Window::Probabilities(row) => row[label],
        }
    }
}

/// Divides by the largest first, so that no power underflows to a row of zeros.
fn temper(row: &mut [f64], exponent: f64) {
    let largest = row.iter().copied().fold(0.0, f64::max);
    let power = |p: f64| if p > 0.0 { (p / largest).powf(exponent) } else { 0.0 };
    row.iter_mut().for_each(|value| *value = power(*value));
    let sum: f64 = row.iter().sum();
    row.iter_mut().for_each(|value| *value /= sum);
}

fn check_sizes(len: usize, n_windows: usize, n_populations: usize, width: usize) -> Result<()> {
    let whole = n_windows > 0
        && (1..usize::from(MISSING)).contains(&n_populations)
        && n_windows.checked_mul(width).is_some_and(|row| len % row == 0);
    if whole {
        return Ok(());
    }
    Err(Error::WindowLabels {
        rule: "Every haplotype must have one label, or one probability per population, in each \
               window.",
        found: format!(
            "{len} values do not fill {n_windows} windows of {n_populations} populations"
        ),
    })
}

fn place(at: usize, n_windows: usize, found: String) -> String {
    let (haplotype, window) = (at / n_windows + 1, at % n_windows + 1);
    format!("Haplotype {haplotype} has {found}, in window {window} (counted from 1)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_come_back_by_haplotype() {
        let hard = Observations::hard(vec![0, 1, MISSING, 1, 1, 0], 3, 2).unwrap();
        assert_eq!(hard.n_haplotypes(), 2);
        assert!(matches!(hard.window(0, 1), Window::Label(1)));
        assert!(hard.window(0, 2).is_missing());
        let soft = Observations::soft(vec![0.25, 0.75, 0.0, 0.0], 2, 2, 1.0).unwrap();
        assert_eq!(soft.n_haplotypes(), 1);
        assert_eq!(soft.window(0, 0).probability(1), 0.75);
        assert!(soft.window(0, 1).is_missing());
    }

    /// Worked by hand: the square roots of .64 and .36 are .8 and .6, over 1.4.
    #[test]
    fn the_exponent_tempers() {
        let soft = |exponent| {
            let rows = vec![0.64, 0.36, 0.0, 1.0];
            Observations::soft(rows, 2, 2, exponent).unwrap()
        };
        let close = |got: f64, want: f64| assert!((got - want).abs() < 1e-15, "{got} {want}");
        close(soft(0.5).window(0, 0).probability(0), 0.8 / 1.4);
        close(soft(2.0).window(0, 0).probability(0), 0.4096 / (0.4096 + 0.1296));
        for exponent in [0.3, 1.0, 9.0] {
            assert_eq!(soft(exponent).window(0, 1).probability(1), 1.0);
        }
        let tiny = Observations::soft(vec![1.0 - 1e-7, 1e-7], 1, 2, 1000.0).unwrap();
        assert_eq!(tiny.window(0, 0).probability(0), 1.0);
    }

    #[test]
    fn what_is_no_label_is_refused_with_its_place() {
        let message = |observations: Result<Observations>| observations.unwrap_err().to_string();
        let got = message(Observations::hard(vec![0, 1, 1, 2], 2, 2));
        assert!(got.contains("Haplotype 2 has the code 2, counted from 0, in window 2"), "{got}");
        let got = message(Observations::soft(vec![0.5, 0.6], 1, 2, 1.0));
        assert!(got.contains("[0.5, 0.6], in window 1"), "{got}");
        assert!(message(Observations::soft(vec![f64::NAN, 1.0], 1, 2, 1.0)).contains("NaN"));
        assert!(message(Observations::soft(vec![1.0], 1, 1, -1.0)).contains("It is -1"));
        for (len, n_windows, n_populations) in [(3, 2, 2), (2, 0, 2), (2, 2, 0)] {
            let got = message(Observations::hard(vec![0; len], n_windows, n_populations));
            assert!(got.contains(&format!("{len} values do not fill")), "{got}");
        }
    }
}
