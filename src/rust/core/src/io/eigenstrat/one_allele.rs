//! Samples that were called with one allele each (pseudo-haploid), as ancient genomes are.

use crate::data::genotypes::genotype::GenotypeSource;
use crate::data::genotypes::genotype::HET;
use crate::data::genotypes::genotype::MISSING;
use crate::data::genotypes::genotype::code;
use crate::error::Result;
use crate::task::Task;

/// Most variants looked at, spread over the file.
const MOST_LOOKED_AT: usize = 4096;
/// Fewest calls of a sample that may be found.
const FEWEST_CALLS: usize = 100;

/// Which samples have one allele at every variant looked at: homozygous at 100 or more, and
/// heterozygous at none.
///
/// A diploid sample is that rarely: of 100 variants with minor allele frequency 5 %, none is
/// heterozygous with probability 0.905^100, 5e-5.
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is canceled.
pub fn has_one_allele(source: &dyn GenotypeSource, task: &Task) -> Result<Vec<bool>> {
    let (n_samples, n_variants) = (source.n_samples(), source.n_variants());
    let n = n_variants.min(MOST_LOOKED_AT);
    task.begin("looking for samples of one allele", n as u64)?;
    let (mut n_called, mut n_het) = (vec![0; n_samples], vec![0; n_samples]);
    let mut scratch = Vec::new();
    for place in 0..n {
        let variant = (place as u128 * n_variants as u128 / n as u128) as usize;
        let packed = source.packed(variant, &mut scratch);
        // A variant without two alleles shows nothing.
        let codes = || (0..n_samples).map(|sample| code(packed, sample));
        let mut called = codes().filter(|&code| code != MISSING);
        let first = called.next();
        if called.all(|code| Some(code) == first) && first != Some(HET) {
            continue;
        }
        for (sample, code) in codes().enumerate() {
            n_called[sample] += usize::from(code != MISSING);
            n_het[sample] += usize::from(code == HET);
        }
        task.advance(1)?;
    }
    let calls = n_called.into_iter().zip(n_het);
    Ok(calls.map(|(n_called, n_het)| n_called >= FEWEST_CALLS && n_het == 0).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::genotypes::genotype::PackedGenotypes;

    /// Sample 0 is diploid, 1 has one allele, 2 too few calls, 3 one heterozygous call.
    #[test]
    fn samples_without_a_heterozygous_call_are_found() {
        let copies = |sample: usize, variant: usize| match sample {
            0 => Some((variant % 3) as u8),
            1 => Some(2 * (variant % 2) as u8),
            2 => (variant < 99).then_some(0),
            _ => Some(if variant == 120 { 1 } else { 2 }),
        };
        let source = PackedGenotypes::from_copies(4, 300, copies);
        let found = has_one_allele(&source, &Task::new()).unwrap();
        assert_eq!(found, [false, true, false, false]);
    }

    #[test]
    fn variants_of_one_allele_show_nothing() {
        let source = PackedGenotypes::from_copies(3, 300, |_, _| Some(0));
        assert_eq!(has_one_allele(&source, &Task::new()).unwrap(), [false; 3]);
    }
}
