//! How often each genotype occurs at a variant.

use crate::data::genotypes::genotype::GenotypeSource;
use crate::error::Result;
use crate::task::Task;
use rayon::prelude::*;

/// Number of samples with each genotype at one variant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GenotypeCounts {
    pub hom_ref: usize,
    pub het: usize,
    pub hom_alt: usize,
    pub missing: usize,
}

impl GenotypeCounts {
    /// Samples with a call.
    pub fn n_called(&self) -> usize {
        self.hom_ref + self.het + self.hom_alt
    }

    /// Frequency of the counted allele among called samples; `None` if no sample is called.
    pub fn allele_frequency(&self) -> Option<f64> {
        let n_called = self.n_called();
        (n_called > 0).then(|| (self.het + 2 * self.hom_alt) as f64 / (2 * n_called) as f64)
    }

    /// Counts the codes of one packed variant; bits past `n_samples` are ignored.
    ///
    /// # Panics
    /// If the slice holds fewer than `n_samples` codes.
    pub fn of(packed: &[u8], n_samples: usize) -> GenotypeCounts {
        let (mut low, mut high, mut both) = (0, 0, 0);
        let mut tally = |word: u64| {
            let (l, h) = (word & LOW_BITS, word >> 1 & LOW_BITS);
            low += l.count_ones() as usize;
            high += h.count_ones() as usize;
            both += (l & h).count_ones() as usize;
        };
        let packed = &packed[..n_samples.div_ceil(4)];
        let (whole, tail) = packed.split_at(n_samples / 32 * 8);
        for bytes in whole.chunks_exact(8) {
            tally(u64::from_le_bytes(bytes.try_into().expect("chunks of eight")));
        }
        if n_samples % 32 > 0 {
            let mut bytes = [0; 8];
            bytes[..tail.len()].copy_from_slice(tail);
            tally(u64::from_le_bytes(bytes) & (u64::MAX >> (64 - 2 * (n_samples % 32))));
        }
        let (missing, het, hom_ref) = (low - both, high - both, both);
        GenotypeCounts { hom_ref, het, hom_alt: n_samples - missing - het - hom_ref, missing }
    }
}

/// The low bit of every two-bit code in a word of 32 samples.
pub const LOW_BITS: u64 = 0x5555_5555_5555_5555;

/// Variants counted between two checks of the task.
const BLOCK: usize = 1024;

/// Genotype counts of every variant.
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is canceled.
pub fn count_genotypes(source: &dyn GenotypeSource, task: &Task) -> Result<Vec<GenotypeCounts>> {
    let (n_samples, n_variants) = (source.n_samples(), source.n_variants());
    task.begin("counting genotypes", n_variants as u64)?;
    let mut counts = vec![GenotypeCounts::default(); n_variants];
    counts.par_chunks_mut(BLOCK).enumerate().try_for_each(|(block, counts)| {
        let first = block * BLOCK;
        let mut scratch = Vec::new();
        for (offset, count) in counts.iter_mut().enumerate() {
            *count = GenotypeCounts::of(source.packed(first + offset, &mut scratch), n_samples);
        }
        source.release(first..first + counts.len());
        task.advance(counts.len() as u64)
    })?;
    Ok(counts)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::data::genotypes::genotype::COPIES;
    use crate::data::genotypes::genotype::PackedGenotypes;
    use crate::data::genotypes::genotype::code;

    /// Reference implementation of every count: one sample at a time.
    pub(crate) fn reference_counts(
        packed: &[u8],
        samples: impl Iterator<Item = usize>,
    ) -> GenotypeCounts {
        let mut counts = GenotypeCounts::default();
        for sample in samples {
            match COPIES[code(packed, sample) as usize] {
                Some(0) => counts.hom_ref += 1,
                Some(1) => counts.het += 1,
                Some(_) => counts.hom_alt += 1,
                None => counts.missing += 1,
            }
        }
        counts
    }

    #[test]
    fn agrees_with_counting_one_by_one_whatever_the_padding() {
        let bytes: Vec<u8> =
            (0..60u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        for n_samples in 0..=240 {
            let packed = &bytes[..usize::div_ceil(n_samples, 4)];
            assert_eq!(
                GenotypeCounts::of(packed, n_samples),
                reference_counts(packed, 0..n_samples)
            );
        }
    }

    #[test]
    fn frequency_counts_the_alt_allele_of_called_samples() {
        let copies = [Some(0), Some(1), None, Some(2), Some(2)];
        let genotypes = PackedGenotypes::from_copies(5, 1, |sample, _| copies[sample]);
        let counts = count_genotypes(&genotypes, &Task::new()).unwrap();
        assert_eq!(counts, [GenotypeCounts { hom_ref: 1, het: 1, hom_alt: 2, missing: 1 }]);
        assert_eq!(counts[0].allele_frequency(), Some(5.0 / 8.0));
        assert_eq!(GenotypeCounts::default().allele_frequency(), None);
    }
}
