//! Phased haplotypes packed one bit each, read through index views.
//!
//! Layout, that of windows of consecutive variants: haplotype after haplotype, and in each
//! 64 variants to a little-endian word, first variant in the lowest bit, padded with zeros.
//! Sample `s` owns haplotypes `2 s` and `2 s + 1`. Where a sample has one chromosome copy (a
//! male on X), a mask says that the second haplotype is absent; its bits are then 0.

use crate::data::bit_transpose::BitTranspose;
use crate::data::bit_transpose::SIDE;
use std::borrow::Cow;
use std::ops::Range;

/// Haplotypes in memory.
///
/// | field     | shape                                     | bit                           |
/// |-----------|-------------------------------------------|-------------------------------|
/// | `alleles` | 2 n_samples x n_variants.div_ceil(64) x 8 | 1: the alternate allele       |
/// | `haploid` | n_samples x n_variants.div_ceil(64) x 8   | 1: no second haplotype there  |
///
/// `haploid` is empty where every sample is diploid throughout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackedHaplotypes<'b> {
    alleles: Cow<'b, [u8]>,
    haploid: Cow<'b, [u8]>,
    n_samples: usize,
    n_variants: usize,
}

impl<'b> PackedHaplotypes<'b> {
    /// Borrows bytes that are packed already; `haploid` is empty where no sample is haploid.
    ///
    /// # Panics
    /// If a slice does not have the length of its shape.
    pub fn borrow(
        alleles: &'b [u8],
        haploid: &'b [u8],
        n_samples: usize,
        n_variants: usize,
    ) -> PackedHaplotypes<'b> {
        let row = n_variants.div_ceil(SIDE) * 8;
        assert_eq!(alleles.len(), 2 * n_samples * row, "packed haplotypes");
        assert!(haploid.is_empty() || haploid.len() == n_samples * row, "mask of haploid samples");
        let (alleles, haploid) = (Cow::Borrowed(alleles), Cow::Borrowed(haploid));
        PackedHaplotypes { alleles, haploid, n_samples, n_variants }
    }

    /// Takes bytes that are packed already; `haploid` is empty where no sample is haploid.
    ///
    /// # Panics
    /// If a vector does not have the length of its shape.
    pub fn owned(
        alleles: Vec<u8>,
        haploid: Vec<u8>,
        n_samples: usize,
        n_variants: usize,
    ) -> PackedHaplotypes<'static> {
        let row = n_variants.div_ceil(SIDE) * 8;
        assert_eq!(alleles.len(), 2 * n_samples * row, "packed haplotypes");
        assert!(haploid.is_empty() || haploid.len() == n_samples * row, "mask of haploid samples");
        let (alleles, haploid) = (Cow::Owned(alleles), Cow::Owned(haploid));
        PackedHaplotypes { alleles, haploid, n_samples, n_variants }
    }

    /// Samples, each with two haplotypes of which the second may be absent.
    pub fn n_samples(&self) -> usize {
        self.n_samples
    }

    /// Variants.
    pub fn n_variants(&self) -> usize {
        self.n_variants
    }

    /// Word `word` of a haplotype: variants `64 word` and on.
    fn allele_word(&self, haplotype: usize, word: usize) -> u64 {
        word_of(&self.alleles, haplotype * self.n_variants.div_ceil(SIDE) + word)
    }

    /// Word `word` of the mask of a sample's absent second haplotype.
    fn haploid_word(&self, sample: usize, word: usize) -> u64 {
        if self.haploid.is_empty() {
            return 0;
        }
        word_of(&self.haploid, sample * self.n_variants.div_ceil(SIDE) + word)
    }

    /// The two packed fields, `alleles` and `haploid`.
    pub fn into_bytes(self) -> (Vec<u8>, Vec<u8>) {
        (self.alleles.into_owned(), self.haploid.into_owned())
    }
}

fn word_of(bytes: &[u8], word: usize) -> u64 {
    let eight = &bytes[word * 8..word * 8 + 8];
    u64::from_le_bytes(eight.try_into().expect("eight bytes"))
}

/// Packs haplotypes that arrive variant after variant.
#[derive(Clone, Debug)]
pub struct HaplotypeBuilder {
    n_samples: usize,
    alleles: BitTranspose,
    /// Made when the first haploid call arrives.
    haploid: Option<BitTranspose>,
}

impl HaplotypeBuilder {
    /// No variant yet.
    pub fn new(n_samples: usize) -> HaplotypeBuilder {
        let alleles = BitTranspose::new(2 * n_samples);
        HaplotypeBuilder { n_samples, alleles, haploid: None }
    }

    /// Takes one variant.
    ///
    /// | argument  | shape                         | bit `2 s + h` of the words         |
    /// |-----------|-------------------------------|------------------------------------|
    /// | `alleles` | (2 n_samples).div_ceil(64)    | haplotype h of sample s is `alt`   |
    /// | `haploid` | the same, or `None`: none      | sample s has no haplotype h (h = 1)|
    ///
    /// # Panics
    /// If a slice has another length.
    pub fn push(&mut self, alleles: &[u64], haploid: Option<&[u64]>) {
        let n_before = self.alleles.n_rows();
        self.alleles.push(alleles);
        if haploid.is_none() && self.haploid.is_none() {
            return;
        }
        let none = vec![0; alleles.len()];
        let mask = self.haploid.get_or_insert_with(|| {
            let mut mask = BitTranspose::new(2 * self.n_samples);
            (0..n_before).for_each(|_| mask.push(&none));
            mask
        });
        mask.push(haploid.unwrap_or(&none));
    }

    /// All that was taken.
    pub fn finish(self) -> PackedHaplotypes<'static> {
        let (n_samples, n_variants) = (self.n_samples, self.alleles.n_rows());
        let alleles = Cow::Owned(self.alleles.into_columns(0, 1));
        let haploid = self.haploid.map(|mask| mask.into_columns(1, 2)).unwrap_or_default();
        PackedHaplotypes { alleles, haploid: Cow::Owned(haploid), n_samples, n_variants }
    }
}

/// A choice of samples and variants of packed haplotypes, in any order; copies nothing.
pub struct HaplotypeView<'b> {
    packed: PackedHaplotypes<'b>,
    samples: Vec<u32>,
    variants: Vec<u32>,
}

impl<'b> HaplotypeView<'b> {
    /// | argument   | shape      | values                   |
    /// |------------|------------|--------------------------|
    /// | `samples`  | n_samples  | `0..packed.n_samples()`  |
    /// | `variants` | n_variants | `0..packed.n_variants()` |
    ///
    /// # Panics
    /// If an index is out of range; R checks what users give.
    pub fn new(packed: PackedHaplotypes<'b>, samples: Vec<u32>, variants: Vec<u32>) -> Self {
        assert!(samples.iter().all(|&s| (s as usize) < packed.n_samples), "sample index");
        assert!(variants.iter().all(|&v| (v as usize) < packed.n_variants), "variant index");
        HaplotypeView { packed, samples, variants }
    }

    /// Everything, in its own order.
    ///
    /// # Panics
    /// If there are 2^32 samples or variants.
    pub fn whole(packed: PackedHaplotypes<'b>) -> Self {
        let all = |n: usize| (0..u32::try_from(n).expect("fewer than 2^32")).collect();
        let (samples, variants) = (all(packed.n_samples), all(packed.n_variants));
        HaplotypeView::new(packed, samples, variants)
    }

    /// Samples in the view.
    pub fn n_samples(&self) -> usize {
        self.samples.len()
    }

    /// Variants in the view.
    pub fn n_variants(&self) -> usize {
        self.variants.len()
    }

    /// Whether some sample may be haploid somewhere.
    pub fn may_be_haploid(&self) -> bool {
        !self.packed.haploid.is_empty()
    }

    /// For every sample, the variants at which it has one haplotype.
    pub fn haploid_counts(&self) -> Vec<u64> {
        if !self.may_be_haploid() {
            return vec![0; self.n_samples()];
        }
        let mut words = Vec::new();
        let mut count = |sample| {
            self.haploid(sample, 0..self.n_variants(), &mut words);
            words.iter().map(|word| u64::from(word.count_ones())).sum()
        };
        (0..self.n_samples()).map(&mut count).collect()
    }

    /// Alleles of haplotype `2 sample + copy` at consecutive variants of the view, 64 to a word,
    /// first variant in the lowest bit; bits past the last are 0. Two such windows are compared
    /// by XOR.
    ///
    /// # Panics
    /// If the haplotype or a variant is out of range.
    pub fn alleles(&self, haplotype: usize, variants: Range<usize>, out: &mut Vec<u64>) {
        let source = 2 * self.samples[haplotype / 2] as usize + haplotype % 2;
        gather(&self.variants[variants], |word| self.packed.allele_word(source, word), out);
    }

    /// The same for the mask of variants at which the second haplotype of `sample` is absent.
    ///
    /// # Panics
    /// If the sample or a variant is out of range.
    pub fn haploid(&self, sample: usize, variants: Range<usize>, out: &mut Vec<u64>) {
        let source = self.samples[sample] as usize;
        gather(&self.variants[variants], |word| self.packed.haploid_word(source, word), out);
    }
}

/// Bits `chosen` of a row that is read in words, packed 64 to a word of `out`.
fn gather(chosen: &[u32], word: impl Fn(usize) -> u64, out: &mut Vec<u64>) {
    out.clear();
    for sixty_four in chosen.chunks(SIDE) {
        let (first, n) = (sixty_four[0] as usize, sixty_four.len());
        let consecutive = sixty_four.windows(2).all(|pair| pair[0].checked_add(1) == Some(pair[1]));
        if consecutive {
            out.push(consecutive_bits(first, n, &word));
            continue;
        }
        let bit = |&at: &u32| word(at as usize / SIDE) >> (at as usize % SIDE) & 1;
        let bits = sixty_four.iter().map(bit);
        out.push(bits.enumerate().fold(0, |packed, (place, bit)| packed | bit << place));
    }
}

/// Bits `first..first + n`, `n` at most 64, of a row that is read in words.
fn consecutive_bits(first: usize, n: usize, word: &impl Fn(usize) -> u64) -> u64 {
    let shift = first % SIDE;
    let mut bits = word(first / SIDE) >> shift;
    if shift + n > SIDE {
        bits |= word(first / SIDE + 1) << (SIDE - shift);
    }
    bits & (u64::MAX >> (SIDE - n))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allele(haplotype: usize, variant: usize) -> bool {
        (haplotype * 13 + variant * 7 + haplotype * variant) % 5 < 2
    }

    /// Odd samples are haploid from variant 70 on.
    fn is_haploid(sample: usize, variant: usize) -> bool {
        sample % 2 == 1 && variant >= 70
    }

    fn built(n_samples: usize, n_variants: usize) -> PackedHaplotypes<'static> {
        let mut builder = HaplotypeBuilder::new(n_samples);
        let row = |bit: &dyn Fn(usize) -> bool| {
            let mut words = vec![0_u64; (2 * n_samples).div_ceil(SIDE)];
            (0..2 * n_samples).for_each(|h| words[h / SIDE] |= u64::from(bit(h)) << (h % SIDE));
            words
        };
        for variant in 0..n_variants {
            let absent = |h: usize| h % 2 == 1 && is_haploid(h / 2, variant);
            let alleles = row(&|h| allele(h, variant) && !absent(h));
            let mask = row(&absent);
            let any = mask.iter().any(|&word| word != 0);
            builder.push(&alleles, any.then_some(&mask));
        }
        builder.finish()
    }

    #[test]
    fn two_samples_and_three_variants_worked_by_hand() {
        let mut builder = HaplotypeBuilder::new(2);
        // Samples 0|1 1|1, then 1|0 and haploid 1, then 0|0 0|1.
        builder.push(&[0b1110], None);
        builder.push(&[0b0101], Some(&[0b1000]));
        builder.push(&[0b1000], None);
        let (alleles, haploid) = builder.finish().into_bytes();
        let first: Vec<u8> = alleles.chunks(8).map(|word| word[0]).collect();
        assert_eq!(first, [0b010, 0b001, 0b011, 0b101]);
        assert_eq!(haploid.chunks(8).map(|word| word[0]).collect::<Vec<u8>>(), [0b000, 0b010]);
    }

    #[test]
    fn diploid_samples_have_no_mask() {
        let packed = built(3, 70);
        assert!(packed.haploid.is_empty());
        assert!(!built(3, 71).haploid.is_empty());
        let view = HaplotypeView::whole(packed);
        assert!(!view.may_be_haploid());
        assert_eq!(view.haploid_counts(), [0, 0, 0]);
        let view = HaplotypeView::new(built(3, 75), vec![1, 2, 1], (60..73).collect());
        assert_eq!(view.haploid_counts(), [3, 0, 3]);
    }

    /// Reference implementation: one bit at a time, for windows at every offset and for scattered
    /// variants.
    #[test]
    fn a_view_gives_the_bits_of_the_chosen_variants() {
        let packed = built(5, 200);
        let samples = vec![4_u32, 1, 1];
        let scattered: Vec<u32> = (0..150).map(|i| i * 37 % 200).collect();
        let choices: Vec<Vec<u32>> = vec![(0..200).collect(), (30..171).collect(), scattered];
        for variants in choices {
            let view = HaplotypeView::new(packed.clone(), samples.clone(), variants.clone());
            for (start, end) in [(0, 1), (0, 64), (1, 65), (63, 129), (5, 141), (70, 70)] {
                for haplotype in 0..6 {
                    let (sample, copy) = (samples[haplotype / 2] as usize, haplotype % 2);
                    let (mut alleles, mut mask) = (Vec::new(), Vec::new());
                    view.alleles(haplotype, start..end, &mut alleles);
                    view.haploid(haplotype / 2, start..end, &mut mask);
                    assert_eq!(alleles.len(), (end - start).div_ceil(SIDE));
                    for place in 0..alleles.len() * SIDE {
                        let bit = alleles[place / SIDE] >> (place % SIDE) & 1 == 1;
                        let absent = mask[place / SIDE] >> (place % SIDE) & 1 == 1;
                        let Some(&variant) = variants[start..end].get(place) else {
                            assert!(!bit && !absent);
                            continue;
                        };
                        let variant = variant as usize;
                        assert_eq!(absent, is_haploid(sample, variant));
                        let there = copy == 0 || !absent;
                        assert_eq!(bit, there && allele(2 * sample + copy, variant));
                    }
                }
            }
        }
    }
}
