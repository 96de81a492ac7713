//! Missing and heterozygous genotypes of every sample, counted many samples at a time.

use crate::data::genotypes::counts::LOW_BITS;
use crate::qc::sample_mask::PER_WORD;

/// Bit planes of the counters that are waiting to be added up: they count to 255.
const N_PLANES: usize = 8;

/// Per sample, how many variants were missing and how many heterozygous.
///
/// Counters are bit-sliced: plane k holds bit k of the counters of 32 samples, the
/// missing ones at even places and the heterozygous ones at odd places of a word,
/// so that adding a variant is a few logical operations for 32 samples.
#[derive(Clone, Debug)]
pub struct SampleCounters {
    n_samples: usize,
    /// One array of planes per word of 32 samples.
    planes: Vec<[u64; N_PLANES]>,
    n_waiting: usize,
    missing: Vec<u64>,
    het: Vec<u64>,
    n_variants: u64,
}

impl SampleCounters {
    /// Counters at zero.
    pub fn new(n_samples: usize) -> SampleCounters {
        SampleCounters {
            n_samples,
            planes: vec![[0; N_PLANES]; n_samples.div_ceil(PER_WORD)],
            n_waiting: 0,
            missing: vec![0; n_samples],
            het: vec![0; n_samples],
            n_variants: 0,
        }
    }

    /// Counts one variant; `words` holds its packed codes, 32 samples a word.
    ///
    /// # Panics
    /// If there are fewer words than samples need.
    pub fn add(&mut self, words: &[u64]) {
        assert!(words.len() >= self.planes.len(), "words of a variant");
        for (planes, &codes) in self.planes.iter_mut().zip(words) {
            let (low, high) = (codes & LOW_BITS, codes >> 1 & LOW_BITS);
            let mut carry = (low & !high) | (high & !low) << 1;
            for plane in planes {
                let sum = *plane ^ carry;
                carry &= *plane;
                *plane = sum;
            }
        }
        self.n_variants += 1;
        self.n_waiting += 1;
        if self.n_waiting + 1 == 1 << N_PLANES {
            self.settle();
        }
    }

    /// Variants counted.
    pub fn n_variants(&self) -> u64 {
        self.n_variants
    }

    /// Missing and heterozygous genotypes of every sample.
    pub fn finish(mut self) -> (Vec<u64>, Vec<u64>) {
        self.settle();
        (self.missing, self.het)
    }

    /// Adds the counts of another run of variants.
    pub fn merge(&mut self, mut other: SampleCounters) {
        other.settle();
        self.n_variants += other.n_variants;
        let into = |sums: &mut [u64], more: &[u64]| {
            sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
        };
        into(&mut self.missing, &other.missing);
        into(&mut self.het, &other.het);
    }

    fn settle(&mut self) {
        for sample in 0..self.n_samples {
            let (planes, place) = (&self.planes[sample / PER_WORD], 2 * (sample % PER_WORD));
            let count = |place: usize| -> u64 {
                planes.iter().enumerate().map(|(k, plane)| (plane >> place & 1) << k).sum()
            };
            self.missing[sample] += count(place);
            self.het[sample] += count(place + 1);
        }
        self.planes.fill([0; N_PLANES]);
        self.n_waiting = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::genotypes::genotype::GenotypeSource;
    use crate::data::genotypes::genotype::PackedGenotypes;
    use crate::qc::sample_mask::copy_words;

    #[test]
    fn agrees_with_counting_one_by_one() {
        let copies = |sample: usize, variant: usize| match (sample * 7 + variant * variant) % 5 {
            0 | 4 => None,
            copies => Some(copies as u8 - 1),
        };
        for (n_samples, n_variants) in [(1, 1), (31, 254), (32, 255), (33, 256), (70, 1000)] {
            let source = PackedGenotypes::from_copies(n_samples, n_variants, copies);
            let mut halves = [SampleCounters::new(n_samples), SampleCounters::new(n_samples)];
            let (mut scratch, mut words) = (Vec::new(), vec![0; n_samples.div_ceil(32)]);
            for variant in 0..n_variants {
                copy_words(source.packed(variant, &mut scratch), &mut words);
                halves[variant % 3 / 2].add(&words);
            }
            let [mut counters, other] = halves;
            counters.merge(other);
            assert_eq!(counters.n_variants(), n_variants as u64);
            let (missing, het) = counters.finish();
            for sample in 0..n_samples {
                let count = |what: Option<u8>| {
                    (0..n_variants).filter(|&variant| copies(sample, variant) == what).count()
                        as u64
                };
                assert_eq!((missing[sample], het[sample]), (count(None), count(Some(1))));
            }
        }
    }
}
