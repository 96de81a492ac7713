//! What classifiers say of the windows of a chromosome, and what the HMM takes of it.
//!
//! Classifiers answer window by window, all haplotypes of a study together. The HMM takes some
//! samples at a time, haplotype by haplotype: as labels, or as probabilities.

use super::chromosome::Chromosome;
use super::chromosome::Sample;
use super::observations::MISSING;
use super::observations::Observations;
use crate::error::Result;

/// Windows overlap: to the power of the proportion of the core, each variant would count once.
/// Variants near one another repeat one another too; this factor was chosen on mosaics of held-out
/// members of two panels.
const NEIGHBORS: f64 = 0.6;

/// The power that probabilities of windows are raised to, of windows of `window` variants between
/// `context` variants on either side.
pub fn exponent(window: f64, context: f64) -> f64 {
    NEIGHBORS * window / (window + 2.0 * context)
}

/// Calls of all haplotypes.
///
/// | field         | shape                                    | values                                |
/// |---------------|------------------------------------------|---------------------------------------|
/// | `label`       | n_windows x n_haplotypes, by position    | code, [`MISSING`] where nothing is known |
/// | `probability` | n_windows x n_haplotypes x n_populations | of each window sum 1; `None`: the HMM takes labels |
/// | `exponent`    |                                          | of probabilities, see [`Observations::soft`] |
pub struct WindowCalls<'c, L: Fn(usize) -> u16> {
    pub n_haplotypes: usize,
    pub n_windows: usize,
    pub n_populations: usize,
    pub label: L,
    pub probability: Option<&'c [f64]>,
    pub exponent: f64,
}

impl<L: Fn(usize) -> u16> WindowCalls<'_, L> {
    /// Of some haplotypes, in this order. A window without a label is missing.
    ///
    /// # Errors
    /// Those of [`Observations::hard`] and [`Observations::soft`].
    ///
    /// # Panics
    /// If a haplotype is out of range.
    pub fn observations(&self, haplotypes: &[usize]) -> Result<Observations> {
        assert!(haplotypes.iter().all(|&haplotype| haplotype < self.n_haplotypes));
        let (n_windows, k) = (self.n_windows, self.n_populations);
        let places = haplotypes.iter().flat_map(|haplotype| {
            (0..n_windows).map(move |window| window * self.n_haplotypes + haplotype)
        });
        let Some(probability) = self.probability else {
            return Observations::hard(places.map(&self.label).collect(), n_windows, k);
        };
        let mut rows = Vec::with_capacity(haplotypes.len() * n_windows * k);
        for place in places {
            match (self.label)(place) {
                MISSING => rows.resize(rows.len() + k, 0.0),
                _ => rows.extend_from_slice(&probability[place * k..][..k]),
            }
        }
        Observations::soft(rows, n_windows, k, self.exponent)
    }

    /// Of all haplotypes.
    ///
    /// # Errors
    /// As [`WindowCalls::observations`].
    pub fn all(&self) -> Result<Observations> {
        self.observations(&(0..self.n_haplotypes).collect::<Vec<usize>>())
    }

    /// Of some samples, whose haplotypes are positions among all of the calls.
    ///
    /// # Errors
    /// As [`WindowCalls::observations`] and [`Chromosome::new`].
    ///
    /// # Panics
    /// If a haplotype is out of range.
    pub fn chromosome(&self, position_cm: &[f64], samples: &[Sample]) -> Result<Chromosome> {
        let own = |sample: &Sample| match *sample {
            Sample::Diploid([first, second]) => [Some(first), Some(second)],
            Sample::Haploid(only) => [Some(only), None],
        };
        let mut used: Vec<usize> = samples.iter().flat_map(own).flatten().collect();
        used.sort_unstable();
        used.dedup();
        let place = |haplotype| used.binary_search(&haplotype).expect("a haplotype that is used");
        let samples = samples.iter().map(|sample| match *sample {
            Sample::Diploid(pair) => Sample::Diploid(pair.map(place)),
            Sample::Haploid(only) => Sample::Haploid(place(only)),
        });
        Chromosome::new(self.observations(&used)?, Some(position_cm), samples.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::random::generator;
    use rand_chacha::rand_core::RngCore;

    #[test]
    fn the_exponent_counts_variants_of_the_core() {
        assert_eq!(exponent(50.0, 0.0), 0.6);
        assert_eq!(exponent(20.0, 10.0), 0.3);
    }

    /// Three haplotypes, two windows, two populations: what is said of the third and first.
    #[test]
    fn chosen_haplotypes_come_back_in_their_order() {
        let labels = [0, 1, 1, 0, MISSING, 1];
        let probability = [0.9, 0.1, 0.2, 0.8, 0.3, 0.7, 0.6, 0.4, 0.5, 0.5, 0.0, 1.0];
        let calls = |probability| WindowCalls {
            n_haplotypes: 3,
            n_windows: 2,
            n_populations: 2,
            label: |place| labels[place],
            probability,
            exponent: 1.0,
        };
        let hard = calls(None).observations(&[2, 0, 1]).unwrap();
        assert_eq!(hard.n_haplotypes(), 3);
        assert_eq!(hard.window(0, 0).probability(1), 1.0);
        assert_eq!(hard.window(1, 0).probability(0), 1.0);
        assert!(hard.window(2, 1).is_missing());
        let soft = calls(Some(&probability[..])).observations(&[2, 0, 1]).unwrap();
        assert_eq!(soft.window(0, 0).probability(0), 0.3);
        assert_eq!(soft.window(1, 1).probability(0), 0.6);
        assert!(soft.window(2, 1).is_missing());
        assert!(!calls(Some(&probability[..])).all().unwrap().window(2, 1).is_missing());
    }

    /// Reference implementation: observations of all haplotypes, samples as they were given.
    #[test]
    fn samples_find_their_own_haplotypes() {
        let mut source = generator(5, 0);
        let (h, w, k) = (9, 7, 3);
        let mut below = |n: usize| source.next_u32() as usize % n;
        let labels: Vec<u16> = (0..h * w).map(|_| [0, 1, 2, MISSING][below(4)]).collect();
        let probability = (0..h * w).flat_map(|_| {
            let (first, second) = (below(50) as f64 / 100.0, below(50) as f64 / 100.0);
            [first, second, 1.0 - first - second]
        });
        let probability: Vec<f64> = probability.collect();
        let samples = [Sample::Diploid([7, 2]), Sample::Haploid(5), Sample::Diploid([2, 8])];
        for probability in [None, Some(&probability[..])] {
            let calls = WindowCalls {
                n_haplotypes: h,
                n_windows: w,
                n_populations: k,
                label: |place| labels[place],
                probability,
                exponent: 0.7,
            };
            let position_cm: Vec<f64> = (0..w).map(|window| window as f64).collect();
            let got = calls.chromosome(&position_cm, &samples).unwrap();
            assert_eq!(got.observations().n_haplotypes(), 4);
            let whole = calls.all().unwrap();
            let want = Chromosome::new(whole, Some(&position_cm), samples.to_vec()).unwrap();
            let read = |chromosome: &Chromosome| -> Vec<f64> {
                let haplotypes = chromosome.samples().iter().flat_map(|sample| match *sample {
                    Sample::Diploid(pair) => pair.to_vec(),
                    Sample::Haploid(only) => vec![only],
                });
                let observations = chromosome.observations();
                let cells = haplotypes.flat_map(|h| (0..w).map(move |window| (h, window)));
                let values = cells.flat_map(|(h, window)| {
                    let window = observations.window(h, window);
                    [0, 1, 2].map(|label| window.probability(label))
                });
                values.collect()
            };
            assert_eq!(read(&got), read(&want));
        }
    }
}
