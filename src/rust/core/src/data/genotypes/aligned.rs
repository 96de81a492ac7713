//! Variants of a source arranged like those of another data set: some counted by
//! the other allele, some not there at all.

use crate::data::genotypes::genotype::GenotypeSource;
use std::ops::Range;

/// Low bit of each of the four codes in a byte.
const LOW_BITS: u8 = 0x55;

/// Four missing genotypes.
const FOUR_MISSING: u8 = 0x55;

/// How a variant is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// As the source has it.
    Counted,
    /// Two copies become none and none become two.
    Swapped,
    /// Missing in every sample.
    Absent,
}

/// Reads `source` as `readings` say; copies no genotypes except those that are swapped.
///
/// The source holds the variants that are there, in the order of the readings that
/// are not [`Reading::Absent`].
pub struct Aligned<S> {
    source: S,
    readings: Vec<Reading>,
    /// For every reading, and past the last, the variants of the source before it.
    n_before: Vec<u32>,
    /// One variant without a call.
    missing: Vec<u8>,
}

impl<S: GenotypeSource> Aligned<S> {
    /// # Panics
    /// If the source does not have one variant for every reading that is not absent.
    pub fn new(source: S, readings: Vec<Reading>) -> Aligned<S> {
        let mut n_before = vec![0];
        for &reading in &readings {
            n_before.push(n_before[n_before.len() - 1] + u32::from(reading != Reading::Absent));
        }
        let n_there = n_before[readings.len()] as usize;
        assert_eq!(source.n_variants(), n_there, "one variant per reading");
        let missing = vec![FOUR_MISSING; source.n_samples().div_ceil(4)];
        Aligned { source, readings, n_before, missing }
    }
}

impl<S: GenotypeSource> GenotypeSource for Aligned<S> {
    fn n_samples(&self) -> usize {
        self.source.n_samples()
    }

    fn n_variants(&self) -> usize {
        self.readings.len()
    }

    fn packed<'a>(&'a self, variant: usize, scratch: &'a mut Vec<u8>) -> &'a [u8] {
        let column = self.n_before[variant] as usize;
        match self.readings[variant] {
            Reading::Counted => self.source.packed(column, scratch),
            Reading::Absent => &self.missing,
            Reading::Swapped => {
                let mut inner = Vec::new();
                let packed = self.source.packed(column, &mut inner);
                scratch.clear();
                scratch.extend(packed.iter().map(|&codes| swapped(codes)));
                scratch
            }
        }
    }

    fn release(&self, variants: Range<usize>) {
        let columns = self.n_before[variants.start]..self.n_before[variants.end];
        if !columns.is_empty() {
            self.source.release(columns.start as usize..columns.end as usize);
        }
    }

    fn has_dosages(&self) -> bool {
        self.source.has_dosages()
    }

    fn expected(&self, variant: usize, out: &mut [f64]) {
        let reading = self.readings[variant];
        if reading == Reading::Absent {
            return out.fill(f64::NAN);
        }
        self.source.expected(self.n_before[variant] as usize, out);
        if reading == Reading::Swapped {
            out.iter_mut().for_each(|copies| *copies = 2.0 - *copies);
        }
    }
}

/// Four codes with the alleles exchanged: codes of two equal bits (homozygotes) are
/// inverted, the others (heterozygous, missing) stay.
pub fn swapped(codes: u8) -> u8 {
    let homozygous = !(codes ^ codes >> 1) & LOW_BITS;
    codes ^ (homozygous | homozygous << 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::genotypes::genotype::COPIES;
    use crate::data::genotypes::genotype::PackedGenotypes;
    use crate::data::genotypes::genotype::code;
    use crate::data::genotypes::view::View;

    fn copies(sample: usize, variant: usize) -> Option<u8> {
        [Some(0), Some(1), Some(2), None][(sample * 7 + variant * 3 + sample / 3) % 4]
    }

    /// By hand: 2, missing, 1 and 0 copies become 0, missing, 1 and 2.
    #[test]
    fn swapping_exchanges_homozygotes_alone() {
        assert_eq!(swapped(0b11_10_01_00), 0b00_10_01_11);
    }

    /// Reference implementation: every code through its copies and back, for all 256 bytes.
    #[test]
    fn swapping_agrees_with_two_minus_copies() {
        for byte in 0..=255u8 {
            for sample in 0..4 {
                let got = COPIES[code(&[swapped(byte)], sample) as usize];
                assert_eq!(got, COPIES[code(&[byte], sample) as usize].map(|copies| 2 - copies));
            }
            assert_eq!(swapped(swapped(byte)), byte);
        }
    }

    #[test]
    fn reads_each_variant_as_asked_through_a_view_of_samples() {
        use Reading::*;
        let whole = PackedGenotypes::from_copies(10, 5, copies);
        let (samples, there) = (vec![9u32, 0, 4, 7, 2], vec![3u32, 1, 4]);
        let view = View::new(whole, samples.clone(), there.clone());
        let readings = vec![Absent, Swapped, Counted, Absent, Swapped];
        let aligned = Aligned::new(view, readings.clone());
        assert_eq!((aligned.n_samples(), aligned.n_variants()), (5, 5));
        let (mut scratch, mut columns) = (Vec::new(), there.iter());
        for (variant, reading) in readings.iter().enumerate() {
            let column = (*reading != Absent).then(|| *columns.next().unwrap() as usize);
            for (i, &sample) in samples.iter().enumerate() {
                let there = column.and_then(|column| copies(sample as usize, column));
                let want = if *reading == Swapped { there.map(|g| 2 - g) } else { there };
                let got = COPIES[code(aligned.packed(variant, &mut scratch), i) as usize];
                assert_eq!(got, want);
            }
        }
        aligned.release(0..5);
        aligned.release(3..4);
    }

    #[test]
    #[should_panic(expected = "one variant per reading")]
    fn readings_and_variants_must_agree() {
        Aligned::new(PackedGenotypes::from_copies(2, 1, copies), vec![Reading::Absent]);
    }
}
