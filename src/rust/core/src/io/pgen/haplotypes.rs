//! Phased hard calls as haplotypes.

use crate::data::genotypes::genotype::GenotypeSource;
use crate::data::genotypes::genotype::HET;
use crate::data::genotypes::genotype::HOM_ALT;
use crate::data::genotypes::genotype::MISSING;
use crate::data::genotypes::genotype::code;
use crate::data::haplotypes::packed::HaplotypeBuilder;
use crate::data::haplotypes::packed::PackedHaplotypes;
use crate::error::Result;
use crate::io::pgen::file::PgenFile;
use crate::io::pgen::tracks::phases;
use crate::task::Task;

/// Variants between two checks of the task.
const BLOCK: usize = 256;

/// What a variant lacks to be haplotypes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// A call of this sample is missing.
    Call { sample: usize },
    /// A heterozygous call of this sample has no phase.
    Phase { sample: usize },
}

/// The haplotypes of the variants that are called and phased throughout.
#[derive(Clone, Debug, PartialEq)]
pub struct Haplotypes {
    pub packed: PackedHaplotypes<'static>,
    /// For every variant that was asked for, why it is left out.
    pub lacks: Vec<Option<Lack>>,
}

/// Reads haplotypes of the chosen variants, in their order. Every sample has two everywhere: a
/// .pgen does not distinguish haploid calls from homozygous ones.
///
/// # Errors
/// [`crate::error::Error::PgenRecord`], [`crate::error::Error::Interrupted`].
pub fn read(file: &PgenFile, variants: &[u32], task: &Task) -> Result<Haplotypes> {
    let n_samples = file.n_samples();
    task.begin("reading haplotypes", variants.len() as u64)?;
    let (mut builder, mut lacks) = (HaplotypeBuilder::new(n_samples), Vec::new());
    let (mut codes, mut words) = (Vec::new(), vec![0_u64; (2 * n_samples).div_ceil(64)]);
    for (at, &variant) in variants.iter().enumerate() {
        let variant = variant as usize;
        let mut rest = file.hard_calls(variant, &mut codes)?;
        let phases = phases(file.index().kind(variant), &mut rest, &codes, n_samples);
        let phases = phases.map_err(|problem| file.damaged(variant, problem))?;
        let lack = alleles(&codes, &phases, n_samples, &mut words).err();
        if lack.is_none() {
            builder.push(&words, None);
        }
        lacks.push(lack);
        if (at + 1) % BLOCK == 0 {
            task.advance(BLOCK as u64)?;
        }
    }
    Ok(Haplotypes { packed: builder.finish(), lacks })
}

/// Bit `2 s + h` of the words: haplotype h of sample s has the alternate allele.
fn alleles(
    codes: &[u8],
    phases: &[Option<bool>],
    n_samples: usize,
    words: &mut [u64],
) -> std::result::Result<(), Lack> {
    words.fill(0);
    let mut phases = phases.iter();
    for sample in 0..n_samples {
        let both = match code(codes, sample) {
            MISSING => return Err(Lack::Call { sample }),
            HOM_ALT => 0b11,
            HET => match phases.next() {
                Some(Some(true)) => 0b01,
                Some(Some(false)) => 0b10,
                _ => return Err(Lack::Phase { sample }),
            },
            _ => 0b00,
        };
        words[sample / 32] |= both << (2 * (sample % 32));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: 1|0, 1|1, 0|1, 0|0.
    #[test]
    fn alleles_lie_on_the_haplotype_that_phase_says() {
        let codes = [0b11_10_00_10];
        let mut words = [0];
        alleles(&codes, &[Some(true), Some(false)], 4, &mut words).unwrap();
        assert_eq!(words, [0b00_10_11_01]);
        let unphased = alleles(&codes, &[Some(true), None], 4, &mut words);
        assert_eq!(unphased, Err(Lack::Phase { sample: 2 }));
        let missing = alleles(&[0b11_10_01_10], &[Some(true), None], 4, &mut words);
        assert_eq!(missing, Err(Lack::Call { sample: 1 }));
    }
}
