//! Labeled haplotypes of one chromosome.

use crate::data::haplotypes::packed::HaplotypeView;
use crate::error::Error;
use crate::error::Result;

/// Samples whose population is known; both haplotypes of a sample have its label.
pub struct Panel<'p> {
    haplotypes: &'p HaplotypeView<'p>,
    population: &'p [u16],
    n_populations: usize,
}

impl<'p> Panel<'p> {
    /// | argument        | shape     | values                                       |
    /// |-----------------|-----------|----------------------------------------------|
    /// | `haplotypes`    | n_samples | of one chromosome, variants in order         |
    /// | `population`    | n_samples | code in `0..n_populations`                   |
    /// | `n_populations` |           | at most 65,534                               |
    ///
    /// # Errors
    /// [`Error::TooFewPopulations`]; [`Error::PopulationTooSmall`] if a population has fewer than
    /// two samples, so that with one held out none is left.
    ///
    /// # Panics
    /// If there is not one code per sample, or a code is not below `n_populations`.
    pub fn new(
        haplotypes: &'p HaplotypeView<'p>,
        population: &'p [u16],
        n_populations: usize,
    ) -> Result<Panel<'p>> {
        assert_eq!(population.len(), haplotypes.n_samples(), "one population per sample");
        assert!(n_populations < usize::from(u16::MAX), "codes of populations");
        if n_populations < 2 {
            return Err(Error::TooFewPopulations { found: n_populations });
        }
        let mut n_samples = vec![0; n_populations];
        population.iter().for_each(|&population| n_samples[usize::from(population)] += 1);
        if let Some(population) = n_samples.iter().position(|&n| n < 2) {
            return Err(Error::PopulationTooSmall { population, n_samples: n_samples[population] });
        }
        Ok(Panel { haplotypes, population, n_populations })
    }

    /// The haplotypes, two per sample.
    pub fn haplotypes(&self) -> &HaplotypeView<'p> {
        self.haplotypes
    }

    /// n_samples, codes.
    pub fn population(&self) -> &[u16] {
        self.population
    }

    /// Number of populations, 2 or more.
    pub fn n_populations(&self) -> usize {
        self.n_populations
    }

    /// Number of samples.
    pub fn n_samples(&self) -> usize {
        self.population.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local_ancestry::windows::simulated::population_haplotypes;

    #[test]
    fn populations_need_two_samples() {
        let haplotypes = population_haplotypes(&[0, 0, 1, 1, 1], 10, 0.0, 1);
        let message = |population: &[u16], n| {
            Panel::new(&haplotypes, population, n).err().expect("an error").to_string()
        };
        assert!(message(&[0; 5], 1).contains("It has 1."));
        assert!(message(&[0, 0, 0, 0, 1], 2).contains("Population 2 has 1 (counted from 1)"));
        assert!(message(&[0, 0, 0, 1, 1], 3).contains("Population 3 has 0"));
        let panel = Panel::new(&haplotypes, &[0, 0, 1, 1, 1], 2).unwrap();
        assert_eq!((panel.n_samples(), panel.n_populations()), (5, 2));
    }
}
