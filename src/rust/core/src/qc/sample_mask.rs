//! A mask of chosen samples for packed genotypes.

use crate::data::genotypes::counts::GenotypeCounts;

/// Samples whose genotypes are packed in one word.
pub const PER_WORD: usize = 32;

/// Chosen samples as the low bits of two-bit codes.
#[derive(Clone, Debug)]
pub struct SampleMask {
    /// n_samples.div_ceil(32) words; bits past the last sample are clear.
    words: Vec<u64>,
    n_chosen: usize,
}

impl SampleMask {
    /// The samples for which `chosen` is true.
    pub fn of(chosen: &[bool]) -> SampleMask {
        let word = |samples: &[bool]| {
            let bits = samples.iter().enumerate();
            bits.fold(0, |word, (place, &chosen)| word | u64::from(chosen) << (2 * place))
        };
        SampleMask {
            words: chosen.chunks(PER_WORD).map(word).collect(),
            n_chosen: chosen.iter().filter(|&&chosen| chosen).count(),
        }
    }

    /// Number of chosen samples.
    pub fn n_chosen(&self) -> usize {
        self.n_chosen
    }

    /// Low bits of the codes of chosen samples, 32 samples a word.
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// How often each genotype occurs among the chosen samples.
    ///
    /// # Panics
    /// If `packed` holds fewer samples than the mask.
    pub fn count(&self, packed: &[u8]) -> GenotypeCounts {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2")
            && std::arch::is_x86_feature_detected!("popcnt")
        {
            // SAFETY: the processor was just seen to have both.
            return unsafe { self.count_fast(packed) };
        }
        self.count_body(packed)
    }

    /// [`SampleMask::count_body`] compiled for newer processors.
    ///
    /// # Safety
    /// The processor must have AVX2 and POPCNT.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,popcnt")]
    unsafe fn count_fast(&self, packed: &[u8]) -> GenotypeCounts {
        self.count_body(packed)
    }

    #[inline(always)]
    fn count_body(&self, packed: &[u8]) -> GenotypeCounts {
        let (mut n_low, mut n_high, mut n_both) = (0, 0, 0);
        let mut tally = |codes: u64, mask: u64| {
            let (low, high) = (codes & mask, codes >> 1 & mask);
            n_low += low.count_ones();
            n_high += high.count_ones();
            n_both += (low & high).count_ones();
        };
        let n_whole = self.words.len().min(packed.len() / 8);
        let (whole, tail) = packed.split_at(8 * n_whole);
        for (bytes, &mask) in whole.chunks_exact(8).zip(&self.words) {
            tally(u64::from_le_bytes(bytes.try_into().expect("chunks of eight")), mask);
        }
        if let Some(&mask) = self.words.get(n_whole) {
            tally(last_word(tail), mask);
        }
        let (missing, het) = ((n_low - n_both) as usize, (n_high - n_both) as usize);
        let hom_ref = n_both as usize;
        GenotypeCounts { hom_ref, het, hom_alt: self.n_chosen - missing - het - hom_ref, missing }
    }
}

/// A word of fewer than eight bytes.
fn last_word(bytes: &[u8]) -> u64 {
    let mut word = [0; 8];
    word[..bytes.len()].copy_from_slice(bytes);
    u64::from_le_bytes(word)
}

/// Packed codes as words of 32 samples; the last is padded with zeros.
pub fn copy_words(packed: &[u8], words: &mut [u64]) {
    let whole = packed.chunks_exact(8);
    let tail = whole.remainder();
    for (word, bytes) in words.iter_mut().zip(whole) {
        *word = u64::from_le_bytes(bytes.try_into().expect("chunks of eight"));
    }
    if !tail.is_empty() && packed.len() / 8 < words.len() {
        words[packed.len() / 8] = last_word(tail);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::genotypes::counts::tests::reference_counts;

    #[test]
    fn agrees_with_counting_one_by_one_whatever_the_padding() {
        let bytes: Vec<u8> =
            (0..60u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        for n_samples in 0..=200 {
            let chosen: Vec<bool> = (0..n_samples).map(|s| s % 3 != 1 && s % 7 != 2).collect();
            let packed = &bytes[..usize::div_ceil(n_samples, 4)];
            let mask = SampleMask::of(&chosen);
            assert_eq!(
                mask.count(packed),
                reference_counts(packed, (0..n_samples).filter(|&sample| chosen[sample]))
            );
            assert_eq!(
                mask.count_body(packed),
                reference_counts(packed, (0..n_samples).filter(|&sample| chosen[sample]))
            );
        }
    }
}
