//! Means and spreads of the copies that samples have at each variant.

use crate::data::genotypes::counts::GenotypeCounts;
use crate::data::genotypes::counts::count_genotypes;
use crate::data::genotypes::genotype::GenotypeSource;
use crate::error::Result;
use crate::task::Task;
use rayon::prelude::*;

/// Variants between two checks of the task.
const BLOCK: usize = 256;

/// Copies of the counted allele at one variant, expected ones where there are dosages.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CalledCopies {
    /// Samples with a genotype.
    pub n_called: usize,
    /// Their copies in all.
    pub copies: f64,
    /// Sum of the squared deviations from the mean.
    pub squared_deviations: f64,
}

impl CalledCopies {
    /// Of hard calls.
    pub fn of_counts(counts: &GenotypeCounts) -> CalledCopies {
        let n_called = counts.n_called();
        let copies = (counts.het + 2 * counts.hom_alt) as f64;
        let mean = if n_called > 0 { copies / n_called as f64 } else { 0.0 };
        let deviations = [(counts.hom_ref, 0.0), (counts.het, 1.0), (counts.hom_alt, 2.0)]
            .map(|(n, own)| n as f64 * (own - mean).powi(2));
        CalledCopies { n_called, copies, squared_deviations: deviations.iter().sum() }
    }

    /// Of expected copies, NaN where missing.
    pub fn of_expected(expected: &[f64]) -> CalledCopies {
        let called = || expected.iter().filter(|copies| !copies.is_nan());
        let (n_called, copies) = (called().count(), called().sum::<f64>());
        let mean = if n_called > 0 { copies / n_called as f64 } else { 0.0 };
        let squared_deviations = called().map(|own| (own - mean).powi(2)).sum();
        CalledCopies { n_called, copies, squared_deviations }
    }

    /// Frequency of the counted allele; `None` if no sample is called.
    pub fn allele_frequency(&self) -> Option<f64> {
        (self.n_called > 0).then(|| self.copies / (2 * self.n_called) as f64)
    }

    /// Sum of the squared deviations from `center`.
    pub fn squared_deviations_from(&self, center: f64) -> f64 {
        if self.n_called == 0 {
            return 0.0;
        }
        let n_called = self.n_called as f64;
        self.squared_deviations + n_called * (self.copies / n_called - center).powi(2)
    }
}

/// Copies at every variant of `source`.
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is canceled.
pub fn called_copies(source: &dyn GenotypeSource, task: &Task) -> Result<Vec<CalledCopies>> {
    if !source.has_dosages() {
        let counts = count_genotypes(source, task)?;
        return Ok(counts.iter().map(CalledCopies::of_counts).collect());
    }
    task.begin("counting genotypes", source.n_variants() as u64)?;
    let starts: Vec<usize> = (0..source.n_variants()).step_by(BLOCK).collect();
    let of_block = |&first: &usize| -> Result<Vec<CalledCopies>> {
        let variants = first..source.n_variants().min(first + BLOCK);
        let mut expected = vec![0.0; source.n_samples()];
        let of_variant = |variant| {
            source.expected(variant, &mut expected);
            CalledCopies::of_expected(&expected)
        };
        let copies = variants.clone().map(of_variant).collect();
        task.advance(variants.len() as u64)?;
        source.release(variants);
        Ok(copies)
    };
    let blocks = starts.par_iter().map(of_block).collect::<Result<Vec<_>>>()?;
    Ok(blocks.into_iter().flatten().collect())
}

/// Variants at which each sample has a genotype, an expected one where there are dosages.
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is canceled.
pub fn called_by_sample(source: &dyn GenotypeSource, task: &Task) -> Result<Vec<u64>> {
    task.begin("counting genotypes", source.n_variants() as u64)?;
    let mut n_called = vec![0; source.n_samples()];
    let mut expected = vec![0.0; source.n_samples()];
    for first in (0..source.n_variants()).step_by(BLOCK) {
        let variants = first..source.n_variants().min(first + BLOCK);
        for variant in variants.clone() {
            source.expected(variant, &mut expected);
            let called = expected.iter().map(|copies| u64::from(!copies.is_nan()));
            n_called.iter_mut().zip(called).for_each(|(n, more)| *n += more);
        }
        task.advance(variants.len() as u64)?;
        source.release(variants);
    }
    Ok(n_called)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::genotypes::dosed::DosedGenotypes;
    use crate::data::genotypes::genotype::PackedGenotypes;

    /// Copies 0, 1, 1, 2, 2 and a missing one: mean 6 / 5, deviations 1.44 + 2 x 0.04 + 2 x 0.64.
    #[test]
    fn hard_calls_and_expected_copies_agree_with_sums_worked_by_hand() {
        let counts = GenotypeCounts { hom_ref: 1, het: 2, hom_alt: 2, missing: 1 };
        let hard = CalledCopies::of_counts(&counts);
        let expected = CalledCopies::of_expected(&[0.0, 1.0, f64::NAN, 1.0, 2.0, 2.0]);
        for found in [hard, expected] {
            assert_eq!((found.n_called, found.copies), (5, 6.0));
            assert!((found.squared_deviations - 2.8).abs() < 1e-12);
            assert!((found.squared_deviations_from(1.0) - 3.0).abs() < 1e-12);
            assert_eq!(found.allele_frequency(), counts.allele_frequency());
        }
        let none = CalledCopies::of_expected(&[f64::NAN]);
        assert_eq!((none.allele_frequency(), none.squared_deviations_from(1.0)), (None, 0.0));
    }

    /// Hard calls do not count where there are dosages.
    #[test]
    fn genotypes_of_samples_are_those_with_expected_copies() {
        let hard = PackedGenotypes::from_copies(2, 2, |sample, _| (sample == 0).then_some(1));
        let dosages = [0xff, 0xff, 0, 0x40, 0, 0x10, 0, 0];
        let dosed = DosedGenotypes::new(hard.clone(), &dosages);
        assert_eq!(called_by_sample(&dosed, &Task::new()).unwrap(), [1, 2]);
        assert_eq!(called_by_sample(&hard, &Task::new()).unwrap(), [2, 0]);
        let called = called_copies(&dosed, &Task::new()).unwrap();
        assert_eq!(called.iter().map(|own| own.n_called).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(called.iter().map(|own| own.copies).collect::<Vec<_>>(), [1.0, 0.25]);
    }

    /// Equal dosages have no spread, not even a rounding error.
    #[test]
    fn equal_dosages_do_not_vary() {
        let found = CalledCopies::of_expected(&[11469.0 / 16384.0; 7]);
        assert_eq!(found.squared_deviations_from(found.copies / 7.0), 0.0);
    }
}
