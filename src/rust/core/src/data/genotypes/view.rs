//! A choice of samples and variants of a genotype source, in any order.

use crate::data::genotypes::genotype::GenotypeSource;
use crate::data::genotypes::genotype::code;
use std::ops::Range;

/// Looks at `source` through sample and variant indices; copies no genotypes.
///
/// A variant is repacked into the caller's scratch bytes only where samples are
/// picked or reordered; otherwise the source's own bytes are passed on.
pub struct View<S> {
    source: S,
    /// Source sample of every sample of the view; `None` means all, in order.
    samples: Option<Vec<u32>>,
    /// Whether those samples follow one another in the source.
    is_run: bool,
    /// Source variant of every variant of the view.
    variants: Vec<u32>,
}

impl<S: GenotypeSource> View<S> {
    /// | argument   | shape      | values                    |
    /// |------------|------------|---------------------------|
    /// | `samples`  | n_samples  | `0..source.n_samples()`   |
    /// | `variants` | n_variants | `0..source.n_variants()`  |
    ///
    /// # Panics
    /// If an index is out of range; R checks what users give.
    pub fn new(source: S, samples: Vec<u32>, variants: Vec<u32>) -> View<S> {
        assert!(samples.iter().all(|&s| (s as usize) < source.n_samples()), "sample index");
        assert!(variants.iter().all(|&v| (v as usize) < source.n_variants()), "variant index");
        let in_order = samples.iter().enumerate().all(|(i, &s)| i == s as usize);
        let whole = in_order && samples.len() == source.n_samples();
        let is_run = samples.windows(2).all(|two| two[1] == two[0] + 1);
        View { source, samples: (!whole).then_some(samples), is_run, variants }
    }
}

impl<S: GenotypeSource> GenotypeSource for View<S> {
    fn n_samples(&self) -> usize {
        self.samples.as_ref().map_or(self.source.n_samples(), Vec::len)
    }

    fn n_variants(&self) -> usize {
        self.variants.len()
    }

    fn packed<'a>(&'a self, variant: usize, scratch: &'a mut Vec<u8>) -> &'a [u8] {
        let variant = self.variants[variant] as usize;
        let Some(samples) = &self.samples else {
            return self.source.packed(variant, scratch);
        };
        let mut inner = Vec::new();
        let packed = self.source.packed(variant, &mut inner);
        match samples.first() {
            Some(&first) if self.is_run => repack_run(packed, first, samples.len(), scratch),
            _ => repack(packed, samples, scratch),
        }
        scratch
    }

    fn release(&self, variants: Range<usize>) {
        let chosen = &self.variants[variants];
        if let (Some(&first), Some(&last)) = (chosen.iter().min(), chosen.iter().max()) {
            self.source.release(first as usize..last as usize + 1);
        }
    }
    fn has_dosages(&self) -> bool {
        self.source.has_dosages()
    }

    fn expected(&self, variant: usize, out: &mut [f64]) {
        let variant = self.variants[variant] as usize;
        let Some(samples) = &self.samples else { return self.source.expected(variant, out) };
        let mut whole = vec![0.0; self.source.n_samples()];
        self.source.expected(variant, &mut whole);
        for (copies, &sample) in out.iter_mut().zip(samples) {
            *copies = whole[sample as usize];
        }
    }
}

/// Writes the codes of `samples` into `out`, four a byte.
fn repack(packed: &[u8], samples: &[u32], out: &mut Vec<u8>) {
    out.clear();
    out.extend(samples.chunks(4).map(|four| {
        let codes = four.iter().map(|&sample| code(packed, sample as usize));
        codes.enumerate().fold(0, |byte, (place, code)| byte | code << (2 * place))
    }));
}

/// Writes the codes of `n` samples from `first` on into `out`, four a byte.
fn repack_run(packed: &[u8], first: u32, n: usize, out: &mut Vec<u8>) {
    let (start, shift) = (first as usize / 4, 2 * (first % 4));
    let own = &packed[start..start + n.div_ceil(4)];
    out.clear();
    if shift == 0 {
        out.extend_from_slice(own);
        return;
    }
    // What follows the last byte may lie past the source's samples, and then is not needed.
    let next = own.iter().skip(1).chain(packed.get(start + own.len())).chain(&[0]);
    out.extend(own.iter().zip(next).map(|(low, high)| low >> shift | high << (8 - shift)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::genotypes::genotype::COPIES;
    use crate::data::genotypes::genotype::PackedGenotypes;

    fn copies(sample: usize, variant: usize) -> Option<u8> {
        [Some(0), Some(1), Some(2), None][(sample * 7 + variant * 3 + sample / 3) % 4]
    }

    fn read(source: &impl GenotypeSource, sample: usize, variant: usize) -> Option<u8> {
        let mut scratch = Vec::new();
        COPIES[code(source.packed(variant, &mut scratch), sample) as usize]
    }

    #[test]
    fn a_view_reads_the_chosen_samples_and_variants_in_their_order() {
        let (samples, variants) = (vec![9u32, 0, 4, 4, 7, 2], vec![3u32, 0, 3]);
        let whole = PackedGenotypes::from_copies(10, 5, copies);
        let view = View::new(whole, samples.clone(), variants.clone());
        assert_eq!((view.n_samples(), view.n_variants()), (6, 3));
        for (j, &variant) in variants.iter().enumerate() {
            for (i, &sample) in samples.iter().enumerate() {
                assert_eq!(read(&view, i, j), copies(sample as usize, variant as usize));
            }
        }
    }

    #[test]
    fn samples_that_follow_one_another_are_read_as_others_are() {
        let whole = PackedGenotypes::from_copies(23, 4, copies);
        for first in 0..23_u32 {
            for last in first..23 {
                let samples: Vec<u32> = (first..=last).collect();
                let view = View::new(whole.clone(), samples.clone(), vec![2, 0]);
                for (i, &sample) in samples.iter().enumerate() {
                    assert_eq!(read(&view, i, 0), copies(sample as usize, 2));
                    assert_eq!(read(&view, i, 1), copies(sample as usize, 0));
                }
            }
        }
    }

    #[test]
    fn a_view_of_every_sample_hands_on_the_bytes_of_the_source() {
        let view = View::new(PackedGenotypes::from_copies(6, 3, copies), (0..6).collect(), vec![2]);
        let mut scratch = Vec::new();
        let handed_on = view.packed(0, &mut scratch).as_ptr();
        assert_eq!(handed_on, view.source.packed(2, &mut Vec::new()).as_ptr());
        assert!(scratch.is_empty());
    }
}
