//! Windows of which new haplotypes lack variants.
//!
//! Absent alleles are imputed, and classifiers take them for observed ones. Between observed alleles
//! that is nearly as good; far from any, what is imputed is the same for all haplotypes and says
//! nothing. So a window of which half is observed counts whole, and one with less in proportion.

use crate::local_ancestry::windows::decide::NO_LABEL;
use crate::local_ancestry::windows::layout::Windows;
use crate::local_ancestry::windows::likeness::UNKNOWN;
use crate::local_ancestry::windows::train::Calls;

/// From this proportion of observed variants on a window counts whole; below it it has no label
/// that stands for itself, and its likeness is not known.
pub const FEW: f64 = 0.5;

/// n_windows: proportion of the variants that each window is labeled from that are observed.
///
/// # Panics
/// If there is not one flag for each variant.
pub fn observed_proportions(windows: &Windows, is_observed: &[bool]) -> Vec<f64> {
    assert_eq!(is_observed.len(), windows.n_variants(), "a flag for every variant");
    (0..windows.count())
        .map(|window| {
            let extent = &is_observed[windows.extent(window)];
            extent.iter().filter(|&&observed| observed).count() as f64 / extent.len() as f64
        })
        .collect()
}

impl Calls {
    /// Raises the probabilities of a window with less than [`FEW`] of its variants observed to the
    /// power of that proportion over [`FEW`], and makes them sum to 1: even where nothing is
    /// observed.
    ///
    /// # Panics
    /// If there is not one proportion for each window.
    pub fn discount(&mut self, observed: &[f64]) {
        assert_eq!(observed.len(), self.n_windows, "a proportion for every window");
        let (k, size) = (self.n_populations, self.n_haplotypes * self.n_populations);
        for (window, &observed) in observed.iter().enumerate().filter(|(_, part)| **part < FEW) {
            if !self.likeness.is_empty() {
                self.likeness[window * size..][..size].fill(UNKNOWN);
            }
            if self.probability.is_empty() {
                self.label[window * self.n_haplotypes..][..self.n_haplotypes].fill(NO_LABEL);
            } else {
                let own = &mut self.probability[window * size..][..size];
                let power = (observed / FEW) as f32;
                own.chunks_exact_mut(k).for_each(|values| temper(values, power));
            }
        }
    }
}

/// To a power; they sum to 1 again. Nothing changes where they are not known.
fn temper(values: &mut [f32], power: f32) {
    values.iter_mut().for_each(|value| *value = value.powf(power));
    let sum: f32 = values.iter().sum();
    values.iter_mut().for_each(|value| *value /= sum);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls(probability: Vec<f32>) -> Calls {
        Calls {
            n_windows: 3,
            n_haplotypes: 2,
            n_populations: 2,
            label: vec![0, 1, 1, 1, 0, 0],
            probability,
            likeness: (1..=12).collect(),
        }
    }

    /// Windows of 2 variants and 1 of context on either side, 7 variants: 3, 4 and 4 of them.
    #[test]
    fn proportions_are_of_the_window_with_its_context() {
        let windows = Windows::new(7, 2, 1).unwrap();
        let there = [true, false, true, true, false, false, false];
        assert_eq!(observed_proportions(&windows, &there), [2.0 / 3.0, 0.5, 0.25]);
    }

    /// .9 and .1 to the power 1/2 are 3 to 1; to the power 0 even.
    #[test]
    fn probabilities_count_as_much_as_is_observed() {
        let mut got = calls([0.9, 0.1].repeat(6));
        got.discount(&[0.5, 0.25, 0.0]);
        let want = [[0.9, 0.1, 0.9, 0.1], [0.75, 0.25, 0.75, 0.25], [0.5; 4]].concat();
        assert!(got.probability.iter().zip(&want).all(|(a, b)| (a - b).abs() < 1e-6));
        assert_eq!(got.label, calls(vec![]).label);
        let unknown = [UNKNOWN; 4];
        assert_eq!(got.likeness, [&[1, 2, 3, 4][..], &unknown[..], &unknown[..]].concat());
    }

    #[test]
    fn labels_alone_are_not_known_where_little_is_observed() {
        let mut got = calls(vec![]);
        got.discount(&[0.4, 0.9, 0.6]);
        assert_eq!(got.label, [NO_LABEL, NO_LABEL, 1, 1, 0, 0]);
    }
}
