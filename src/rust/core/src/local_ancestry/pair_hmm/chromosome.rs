//! One chromosome in the pair HMM: observations, distances, and haploid samples.

use super::observations::Observations;
use crate::error::Error;
use crate::error::Result;

/// The haplotypes of a sample, as rows of the [`Observations`].
///
/// Males on X, and samples whose phase is trusted (each haplotype by itself), are
/// haploid: a haplotype alone has no phase that could flip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sample {
    Diploid([usize; 2]),
    Haploid(usize),
}

impl Sample {
    pub fn n_haplotypes(self) -> usize {
        match self {
            Sample::Diploid(_) => 2,
            Sample::Haploid(_) => 1,
        }
    }
}

/// Observations and the distances between their windows.
///
/// | field          | shape         | values                                             |
/// |----------------|---------------|----------------------------------------------------|
/// | `observations` | n_haplotypes x n_windows |                                         |
/// | `distance`     | n_windows - 1 | from each window to the next, in the unit of the rates |
/// | `samples`      | n_samples     | rows of `observations`                             |
#[derive(Clone, Debug)]
pub struct Chromosome {
    observations: Observations,
    distance: Vec<f64>,
    samples: Vec<Sample>,
}

impl Chromosome {
    /// Windows at `positions`, the genetic positions of their middles in cM; without
    /// them every step has distance 1, as in the paper.
    ///
    /// # Errors
    /// [`Error::WindowPositions`] unless there is one finite position per window, in
    /// ascending order; [`Error::WindowLabels`] if a sample has a haplotype that is not there.
    pub fn new(
        observations: Observations,
        positions: Option<&[f64]>,
        samples: Vec<Sample>,
    ) -> Result<Chromosome> {
        let n_windows = observations.n_windows;
        let distance = match positions {
            None => vec![1.0; n_windows - 1],
            Some(positions) => distances(positions, n_windows)?,
        };
        let n_haplotypes = observations.n_haplotypes();
        let last = |sample: &Sample| match *sample {
            Sample::Diploid([first, second]) => first.max(second),
            Sample::Haploid(haplotype) => haplotype,
        };
        if let Some(haplotype) = samples.iter().map(last).find(|last| *last >= n_haplotypes) {
            return Err(Error::WindowLabels {
                rule: "The haplotypes of every sample must have labels.",
                found: format!("Haplotype {} does not; there are {n_haplotypes}", haplotype + 1),
            });
        }
        Ok(Chromosome { observations, distance, samples })
    }

    pub fn observations(&self) -> &Observations {
        &self.observations
    }

    pub fn distance(&self) -> &[f64] {
        &self.distance
    }

    pub fn samples(&self) -> &[Sample] {
        &self.samples
    }
}

fn distances(positions: &[f64], n_windows: usize) -> Result<Vec<f64>> {
    let refused = |found| Err(Error::WindowPositions { found });
    if positions.len() != n_windows {
        return refused(format!("There are {} for {n_windows} windows", positions.len()));
    }
    if let Some(window) = positions.iter().position(|position| !position.is_finite()) {
        return refused(format!("That of window {} is {}", window + 1, positions[window]));
    }
    let distance: Vec<f64> = positions.windows(2).map(|pair| pair[1] - pair[0]).collect();
    match distance.iter().position(|distance| *distance < 0.0) {
        None => Ok(distance),
        Some(step) => refused(format!(
            "That of window {} is {}, after {}",
            step + 2,
            positions[step + 1],
            positions[step]
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(positions: Option<&[f64]>, samples: Vec<Sample>) -> Result<Chromosome> {
        let observations = Observations::hard(vec![0; 6], 3, 1).unwrap();
        Chromosome::new(observations, positions, samples)
    }

    #[test]
    fn distances_are_between_neighbors_or_1() {
        assert_eq!(with(None, vec![]).unwrap().distance(), [1.0, 1.0]);
        assert_eq!(with(Some(&[-1.0, 0.5, 0.5]), vec![]).unwrap().distance(), [1.5, 0.0]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let message = |positions: &[f64]| with(Some(positions), vec![]).unwrap_err().to_string();
        assert!(message(&[0.0, 1.0]).contains("There are 2 for 3 windows"));
        assert!(message(&[0.0, 1.0, f64::NAN]).contains("That of window 3 is NaN"));
        assert!(message(&[0.0, 2.0, 1.0]).contains("That of window 3 is 1, after 2"));
        for sample in [Sample::Diploid([0, 2]), Sample::Haploid(2)] {
            let got = with(None, vec![Sample::Haploid(1), sample]).unwrap_err().to_string();
            assert!(got.contains("Haplotype 3 does not; there are 2"), "{got}");
        }
    }
}
