//! Several genotype sources seen as one; nothing is copied.

use crate::data::genotypes::genotype::GenotypeSource;
use std::ops::Range;

/// A source of any kind.
type Part<'p> = Box<dyn GenotypeSource + 'p>;

/// The samples of several sources at the same variants, one source after the other.
pub struct JoinedSamples<'p> {
    parts: Vec<Part<'p>>,
    n_samples: usize,
}

impl<'p> JoinedSamples<'p> {
    /// # Panics
    /// If there is no source, or they do not have equally many variants.
    pub fn new(parts: Vec<Part<'p>>) -> JoinedSamples<'p> {
        let n_variants = parts[0].n_variants();
        assert!(parts.iter().all(|part| part.n_variants() == n_variants), "same variants");
        let n_samples = parts.iter().map(|part| part.n_samples()).sum();
        JoinedSamples { parts, n_samples }
    }
}

impl GenotypeSource for JoinedSamples<'_> {
    fn n_samples(&self) -> usize {
        self.n_samples
    }

    fn n_variants(&self) -> usize {
        self.parts[0].n_variants()
    }

    fn packed<'a>(&'a self, variant: usize, scratch: &'a mut Vec<u8>) -> &'a [u8] {
        scratch.clear();
        scratch.resize(self.n_samples.div_ceil(4), 0);
        let (mut before, mut inner) = (0, Vec::new());
        for part in &self.parts {
            put(part.packed(variant, &mut inner), part.n_samples(), before, scratch);
            before += part.n_samples();
        }
        scratch
    }

    fn release(&self, variants: Range<usize>) {
        self.parts.iter().for_each(|part| part.release(variants.clone()));
    }

    fn has_dosages(&self) -> bool {
        self.parts.iter().any(|part| part.has_dosages())
    }

    fn expected(&self, variant: usize, out: &mut [f64]) {
        let mut rest = out;
        for part in &self.parts {
            let (own, others) = rest.split_at_mut(part.n_samples());
            part.expected(variant, own);
            rest = others;
        }
    }
}

/// The variants of several sources of the same samples, one source after the other.
pub struct JoinedVariants<'p> {
    parts: Vec<Part<'p>>,
    /// For every part, and past the last, the variants before it.
    n_before: Vec<usize>,
}

impl<'p> JoinedVariants<'p> {
    /// # Panics
    /// If there is no source, or they do not have equally many samples.
    pub fn new(parts: Vec<Part<'p>>) -> JoinedVariants<'p> {
        let n_samples = parts[0].n_samples();
        assert!(parts.iter().all(|part| part.n_samples() == n_samples), "same samples");
        let mut n_before = vec![0];
        for part in &parts {
            n_before.push(n_before[n_before.len() - 1] + part.n_variants());
        }
        JoinedVariants { parts, n_before }
    }

    /// The part that has a variant, and which it is there.
    fn place(&self, variant: usize) -> (&Part<'p>, usize) {
        let part = self.n_before.partition_point(|&before| before <= variant) - 1;
        (&self.parts[part], variant - self.n_before[part])
    }
}

impl GenotypeSource for JoinedVariants<'_> {
    fn n_samples(&self) -> usize {
        self.parts[0].n_samples()
    }

    fn n_variants(&self) -> usize {
        self.n_before[self.parts.len()]
    }

    fn packed<'a>(&'a self, variant: usize, scratch: &'a mut Vec<u8>) -> &'a [u8] {
        let (part, own) = self.place(variant);
        part.packed(own, scratch)
    }

    fn release(&self, variants: Range<usize>) {
        for (part, bounds) in self.parts.iter().zip(self.n_before.windows(2)) {
            let own = variants.start.max(bounds[0])..variants.end.min(bounds[1]);
            if own.start < own.end {
                part.release(own.start - bounds[0]..own.end - bounds[0]);
            }
        }
    }

    fn has_dosages(&self) -> bool {
        self.parts.iter().any(|part| part.has_dosages())
    }

    fn expected(&self, variant: usize, out: &mut [f64]) {
        let (part, own) = self.place(variant);
        part.expected(own, out);
    }
}

/// Puts packed genotypes behind the first `before` samples of a row, whose bits there are 0.
fn put(packed: &[u8], n_samples: usize, before: usize, row: &mut [u8]) {
    let (shift, first) = (2 * (before % 4), before / 4);
    if n_samples == 0 {
        return;
    }
    let (whole, last) = packed[..n_samples.div_ceil(4)].split_at((n_samples - 1) / 4);
    // What is past the last sample may be anything.
    let n_left = n_samples - 4 * whole.len();
    let last = u16::from(last[0]) & ((1 << (2 * n_left)) - 1);
    if shift == 0 {
        row[first..first + whole.len()].copy_from_slice(whole);
    } else {
        for (place, &byte) in whole.iter().enumerate() {
            row[first + place] |= byte << shift;
            row[first + place + 1] |= byte >> (8 - shift);
        }
    }
    let [low, high] = (last << shift).to_le_bytes();
    row[first + whole.len()] |= low;
    if high != 0 {
        row[first + whole.len() + 1] |= high;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::genotypes::genotype::PackedGenotypes;

    const COPIES: [Option<u8>; 4] = [Some(0), None, Some(1), Some(2)];

    fn copies(sample: usize, variant: usize) -> Option<u8> {
        COPIES[(sample * 5 + variant * 3 + sample * variant / 7) % 4]
    }

    /// Two samples and one, two variants. Codes: 0 copies 11, missing 01, one 10, two 00.
    #[test]
    fn agrees_with_bytes_worked_by_hand() {
        let first = PackedGenotypes::borrow(&[0b1111_1011, 0b0000_0100], 2, 2);
        let second = PackedGenotypes::borrow(&[0b1111_1101, 0b0000_0011], 1, 2);
        let joined = JoinedSamples::new(vec![Box::new(first), Box::new(second)]);
        let mut scratch = Vec::new();
        assert_eq!(joined.packed(0, &mut scratch), [0b0001_1011]);
        assert_eq!(joined.packed(1, &mut scratch), [0b0011_0100]);
    }

    /// The genotypes one by one are the reference.
    #[test]
    fn agrees_with_packing_one_genotype_after_the_other() {
        for sizes in [
            vec![1],
            vec![4, 4],
            vec![3, 2],
            vec![5, 1, 7],
            vec![1, 1, 1, 1, 1],
            vec![9, 6],
            vec![2, 0, 3],
        ] {
            let mut before = 0;
            let parts = sizes.iter().map(|&n| {
                let from = before;
                before += n;
                let own = |sample, variant| copies(from + sample, variant);
                Box::new(PackedGenotypes::from_copies(n, 110, own)) as Part<'_>
            });
            let joined = JoinedSamples::new(parts.collect());
            let n_samples = joined.n_samples();
            let want = PackedGenotypes::from_copies(n_samples, 110, copies);
            let (mut a, mut b) = (Vec::new(), Vec::new());
            let (mut c, mut d) = (vec![0.0; n_samples], vec![0.0; n_samples]);
            for variant in 0..110 {
                assert_eq!(joined.packed(variant, &mut a), want.packed(variant, &mut b));
                joined.expected(variant, &mut c);
                want.expected(variant, &mut d);
                assert!(c.iter().zip(&d).all(|(c, d)| c == d || c.is_nan() && d.is_nan()));
            }
        }
    }

    #[test]
    fn variants_come_one_part_after_the_other() {
        let sizes = [3, 0, 5, 1];
        let mut before = 0;
        let parts = sizes.iter().map(|&n| {
            let from = before;
            before += n;
            let own = |sample, variant| copies(sample, from + variant);
            Box::new(PackedGenotypes::from_copies(7, n, own)) as Part<'_>
        });
        let joined = JoinedVariants::new(parts.collect());
        assert_eq!((joined.n_samples(), joined.n_variants()), (7, 9));
        let want = PackedGenotypes::from_copies(7, 9, copies);
        let (mut a, mut b) = (Vec::new(), Vec::new());
        for variant in 0..9 {
            assert_eq!(joined.packed(variant, &mut a), want.packed(variant, &mut b));
        }
        joined.release(1..8);
    }
}
