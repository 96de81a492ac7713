//! Calibrated posteriors: windows of posterior p are of the population with frequency p.
//!
//! Source: Durand et al. 2014, section 2.3. For every population, posteriors of windows of known
//! ancestry are binned. The proportion of a bin that truly is of the population, made monotone by
//! regularized isotonic regression (`isotonic`), is the calibrated posterior. New posteriors
//! are interpolated between bins; those of a window are then divided by their sum.
//!
//! Ours is the first step: all posteriors are raised to one power and divided by their sum. That
//! corrects the error that all populations have in common, mostly over-confidence, and leaves the
//! most probable population as it is; the curves are then closer to the identity.

use crate::error::Error;
use crate::error::Result;
use crate::linalg::dot::add_scaled;
use crate::local_ancestry::calibration::isotonic::isotonic;

/// Pseudo-count: windows that are added to every bin, with as many of the
/// population as posteriors predict: no proportion is 0 because a bin has few windows.
const TRUSTED_WINDOWS: f64 = 1.0;

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

/// Log-likelihood of the truth, summed over windows.
///
/// | argument    | shape                  | values                                  |
/// |-------------|------------------------|-----------------------------------------|
/// | `posterior` | n_populations x n_rows |                                         |
/// | `truth`     | the same               | proportion that is of the population    |
///
/// # Panics
/// If lengths differ.
pub fn log_likelihood(posterior: &[f64], truth: &[f64]) -> f64 {
    assert_eq!(posterior.len(), truth.len(), "truth of every posterior");
    let true_ones = posterior.iter().zip(truth).filter(|(_, proportion)| **proportion > 0.0);
    true_ones.map(|(p, proportion)| proportion * p.max(SMALLEST).ln()).sum()
}

/// Windows of known truth, by population and bin of the posterior.
#[derive(Clone, Debug, PartialEq)]
pub struct Tally {
    /// n_bins - 1, ascending: a posterior at an edge is in the upper bin.
    edges: Vec<f64>,
    n_populations: usize,
    /// n_populations x n_bins: windows.
    pub n: Vec<f64>,
    /// n_populations x n_bins: sum of posteriors.
    pub posterior: Vec<f64>,
    /// n_populations x n_bins: sum of the proportions that truly are of the population.
    pub truth: Vec<f64>,
}

impl Tally {
    /// An empty tally.
    ///
    /// # Panics
    /// If edges are not ascending.
    pub fn new(edges: &[f64], n_populations: usize) -> Tally {
        assert!(edges.windows(2).all(|pair| pair[0] < pair[1]), "edges rise");
        let empty = vec![0.0; n_populations * (edges.len() + 1)];
        let (n, posterior, truth) = (empty.clone(), empty.clone(), empty);
        Tally { edges: edges.to_vec(), n_populations, n, posterior, truth }
    }

    /// n_populations.
    pub fn n_populations(&self) -> usize {
        self.n_populations
    }

    /// Counts the windows of `other` too.
    ///
    /// # Panics
    /// If it has other bins.
    pub fn merge(&mut self, other: &Tally) {
        assert!(self.edges == other.edges && self.n_populations == other.n_populations);
        add_scaled(&mut self.n, 1.0, &other.n);
        add_scaled(&mut self.posterior, 1.0, &other.posterior);
        add_scaled(&mut self.truth, 1.0, &other.truth);
    }

    /// Counts windows, each `weight` times.
    ///
    /// | argument    | shape                    | values                                          |
    /// |-------------|--------------------------|-------------------------------------------------|
    /// | `posterior` | n_populations x n_rows   | 0 to 1                                          |
    /// | `truth`     | the same                 | proportion of the variants that are of the population |
    ///
    /// # Panics
    /// If shapes differ.
    pub fn add(&mut self, posterior: &[f64], truth: &[f64], weight: f64) {
        assert!(posterior.len() == truth.len() && posterior.len() % self.n_populations == 0);
        let n_rows = posterior.len() / self.n_populations;
        let n_bins = self.edges.len() + 1;
        for population in 0..self.n_populations {
            let rows = population * n_rows..(population + 1) * n_rows;
            for (&p, &proportion) in posterior[rows.clone()].iter().zip(&truth[rows]) {
                let bin = population * n_bins + self.edges.partition_point(|&edge| edge <= p);
                self.n[bin] += weight;
                self.posterior[bin] += weight * p;
                self.truth[bin] += weight * proportion;
            }
        }
    }

    /// One curve per population, with this penalty per squared step. A population without windows
    /// keeps its posteriors.
    pub fn fit(&self, penalty: f64) -> Vec<Curve> {
        (0..self.n_populations).map(|population| self.curve(population, penalty)).collect()
    }

    fn curve(&self, population: usize, penalty: f64) -> Curve {
        let n_bins = self.edges.len() + 1;
        let bins = population * n_bins..(population + 1) * n_bins;
        let total: f64 = self.n[bins.clone()].iter().sum();
        let filled: Vec<usize> = bins.filter(|&bin| self.n[bin] > 0.0).collect();
        if filled.is_empty() {
            return Curve { posterior: vec![0.0, 1.0], frequency: vec![0.0, 1.0] };
        }
        let posterior: Vec<f64> =
            filled.iter().map(|&bin| self.posterior[bin] / self.n[bin]).collect();
        let proportion = |(&bin, mean): (&usize, &f64)| {
            (self.truth[bin] + TRUSTED_WINDOWS * mean) / (self.n[bin] + TRUSTED_WINDOWS)
        };
        let target: Vec<f64> = filled.iter().zip(&posterior).map(proportion).collect();
        let weight: Vec<f64> = filled.iter().map(|&bin| self.n[bin] / total).collect();
        let gap: Vec<f64> = filled.windows(2).map(|pair| (pair[1] - pair[0]) as f64).collect();
        let frequency = isotonic(&target, &weight, &gap, penalty);
        Curve { posterior, frequency }
    }
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

/// Recalibrates posteriors in place.
///
/// | argument    | shape                  | values                         |
/// |-------------|------------------------|--------------------------------|
/// | `posterior` | n_populations x n_rows | each window's sum to 1         |
/// | `power`     |                        | of [`temper`]                  |
/// | `curves`    | n_populations          | fitted to tempered posteriors  |
///
/// # Errors
/// [`Error::Recalibration`] if curves leave nothing of a window, which those of [`Tally::fit`]
/// never do.
///
/// # Panics
/// If shapes do not match.
pub fn recalibrate(posterior: &mut [f64], power: f64, curves: &[Curve]) -> Result<()> {
    temper(posterior, curves.len(), power);
    let n_rows = posterior.len() / curves.len();
    for (column, curve) in posterior.chunks_exact_mut(n_rows.max(1)).zip(curves) {
        column.iter_mut().for_each(|p| *p = curve.at(*p));
    }
    for row in 0..n_rows {
        let cells = (0..curves.len()).map(|population| population * n_rows + row);
        let sum: f64 = cells.clone().map(|cell| posterior[cell]).sum();
        if !(sum.is_finite() && sum > 0.0) {
            return Err(Error::Recalibration { row });
        }
        cells.for_each(|cell| posterior[cell] /= sum);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::random::generator;
    use rand_chacha::rand_core::RngCore;

    const EDGES: [f64; 3] = [0.25, 0.5, 0.75];

    /// Two populations, four windows. The first's posteriors .1 and .2 are in its first bin, of
    /// which one of 2 (1.15 of 3 with the pseudo-count) is true; .6 and .9 are alone.
    #[test]
    fn a_tally_worked_by_hand() {
        let mut tally = Tally::new(&EDGES, 2);
        let first = [0.1, 0.2, 0.6, 0.9];
        let second = first.map(|p| 1.0 - p);
        let truth = [0.0, 1.0, 0.5, 1.0];
        let other = truth.map(|proportion| 1.0 - proportion);
        tally.add(&[first, second].concat(), &[truth, other].concat(), 1.0);
        assert_eq!(tally.n[..4], [2.0, 0.0, 1.0, 1.0]);
        assert_eq!(tally.truth[..4], [1.0, 0.0, 0.5, 1.0]);
        let curve = &tally.fit(0.0)[0];
        let close = |got: &[f64], want: &[f64]| {
            got.iter().zip(want).for_each(|(got, want)| assert!((got - want).abs() < 1e-12));
        };
        close(&curve.posterior, &[0.15, 0.6, 0.9]);
        close(&curve.frequency, &[1.15 / 3.0, 1.1 / 2.0, 1.9 / 2.0]);
        close(&[curve.at(0.0), curve.at(0.15), curve.at(1.0)], &[1.15 / 3.0, 1.15 / 3.0, 0.95]);
        close(&[curve.at(0.75)], &[0.75]);
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
        assert!((log_likelihood(&given, &truth) - want).abs() < 1e-12);
    }

    #[test]
    fn weights_equal_repeated_windows() {
        let (p, t) = ([0.3, 0.6, 0.7, 0.4], [0.0, 1.0, 1.0, 0.0]);
        let (mut one, mut other) = (Tally::new(&EDGES, 2), Tally::new(&EDGES, 2));
        one.add(&p, &t, 3.0);
        (0..3).for_each(|_| other.add(&p, &t, 1.0));
        assert_eq!(one.n, other.n);
        one.truth.iter().zip(&other.truth).for_each(|(a, b)| assert!((a - b).abs() < 1e-12));
    }

    /// Over-confident posteriors of 40,000 windows, three populations: the truth is drawn with
    /// probabilities in proportion to the root of the posteriors. The curves correct them for other
    /// windows.
    #[test]
    fn over_confidence_is_corrected() {
        let n = 40_000;
        let sample = |seed| {
            let mut source = generator(seed, 0);
            let mut uniform = || f64::from(source.next_u32()) / f64::from(u32::MAX);
            let (mut posterior, mut truth) = (vec![0.0; 3 * n], vec![0.0; 3 * n]);
            for row in 0..n {
                let raw = [uniform().powi(6), uniform().powi(6), uniform().powi(6)];
                let (sum, roots) = (raw.iter().sum::<f64>(), raw.map(f64::sqrt));
                (0..3).for_each(|k| posterior[k * n + row] = raw[k] / sum);
                let mut left = uniform() * roots.iter().sum::<f64>();
                let drawn = (0..2).find(|&k| {
                    left -= roots[k];
                    left < 0.0
                });
                truth[drawn.unwrap_or(2) * n + row] = 1.0;
            }
            (posterior, truth)
        };
        let error = |posterior: &[f64], truth: &[f64]| {
            let edges: Vec<f64> = (1..20).map(|i| f64::from(i) / 20.0).collect();
            let mut tally = Tally::new(&edges, 3);
            tally.add(posterior, truth, 1.0);
            let gaps = tally.posterior.iter().zip(&tally.truth).map(|(p, t)| (p - t).abs());
            gaps.sum::<f64>() / (3 * n) as f64
        };
        let edges: Vec<f64> = (1..100).map(|i| f64::from(i) / 100.0).collect();
        let mut tally = Tally::new(&edges, 3);
        let (posterior, truth) = sample(1);
        tally.add(&posterior, &truth, 1.0);
        let curves = tally.fit(1e-3);
        let (mut posterior, truth) = sample(2);
        let before = error(&posterior, &truth);
        recalibrate(&mut posterior, 1.0, &curves).unwrap();
        let after = error(&posterior, &truth);
        assert!(before > 0.05 && after < 0.2 * before, "{before} {after}");
        for row in 0..n {
            let sum: f64 = (0..3).map(|k| posterior[k * n + row]).sum();
            assert!((sum - 1.0).abs() < 1e-12);
        }
        for curve in &curves {
            assert!(curve.frequency.windows(2).all(|pair| pair[0] <= pair[1]));
            assert!(curve.frequency.iter().all(|f| *f > 0.0 && *f < 1.0));
        }
    }

    #[test]
    fn without_windows_posteriors_stay() {
        let curves = Tally::new(&EDGES, 2).fit(0.1);
        let mut posterior = [0.3, 1.0, 0.7, 0.0];
        recalibrate(&mut posterior, 1.0, &curves).unwrap();
        assert_eq!(posterior, [0.3, 1.0, 0.7, 0.0]);
        let nothing = Curve { posterior: vec![0.0], frequency: vec![0.0] };
        let error = recalibrate(&mut posterior, 1.0, &[nothing.clone(), nothing]).unwrap_err();
        assert_eq!(error.kind(), "recalibration");
    }
}
