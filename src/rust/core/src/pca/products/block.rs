//! A range of variants in the layout of table lookups.
//!
//! The same codes are kept twice, because a product may sum over samples or over
//! variants and a lookup wants the sixteen genotypes of one sum in one word:
//!
//! | layout       | word                                                        |
//! |--------------|-------------------------------------------------------------|
//! | `by_samples` | sixteen consecutive samples of one variant                  |
//! | `by_variants`| one sample at sixteen variants, `n_sweeps` apart            |
//!
//! Expected copies (dosages) are split into the nearest genotype, which has a code like any other,
//! and what is left of them, from -1/2 to 1/2, which products add.

use crate::data::genotypes::genotype::COPIES;
use crate::data::genotypes::genotype::GenotypeSource;
use crate::data::genotypes::genotype::HET;
use crate::data::genotypes::genotype::HOM_ALT;
use crate::data::genotypes::genotype::HOM_REF;
use crate::data::genotypes::genotype::MISSING;
use crate::pca::products::packed_lookup::PER_WORD;
use std::ops::Range;

/// Words that are transposed together, one per vector lane.
const LANES: usize = 8;

/// Variants that are read before their words are put in columns: one cache line of
/// each column, and few enough to stay in the first-level cache.
const TILE: usize = 16;

/// Packed codes of consecutive variants, padded to whole words.
///
/// Codes of padding samples and variants are undefined: give them zero weight.
#[derive(Clone, Debug, Default)]
pub struct GenotypeBlock {
    first_variant: usize,
    n_variants: usize,
    n_groups: usize,
    n_sweeps: usize,
    rows: Vec<u32>,
    by_samples: Vec<u32>,
    by_variants: Vec<u32>,
    has_missing: bool,
    scratch: Vec<u8>,
    n_samples: usize,
    remainders: Vec<f32>,
    expected: Vec<f64>,
}

impl GenotypeBlock {
    /// An empty block; [`GenotypeBlock::load`] fills it.
    pub fn new() -> GenotypeBlock {
        GenotypeBlock::default()
    }

    /// Reads variants `variants` of `source`, keeps them in the layout
    /// `by_samples` and gives the source's memory back. Of a source with dosages the codes are
    /// the nearest genotypes, see [`GenotypeBlock::remainders`].
    pub fn load(&mut self, source: &dyn GenotypeSource, variants: Range<usize>) {
        self.first_variant = variants.start;
        self.n_variants = variants.len();
        self.n_groups = source.n_samples().div_ceil(PER_WORD);
        self.n_sweeps = self.n_variants.div_ceil(PER_WORD * LANES) * LANES;
        self.has_missing = false;
        self.n_samples = source.n_samples();
        let n_dosages = if source.has_dosages() { self.n_variants * self.n_samples } else { 0 };
        self.remainders.resize(n_dosages, 0.0);
        self.expected.resize(self.n_samples, 0.0);
        self.rows.resize(TILE * self.n_groups, 0);
        self.by_samples.resize(self.n_padded() * self.n_groups, 0);
        for first in (0..self.n_variants).step_by(TILE) {
            let tile = variants.start + first..variants.end.min(variants.start + first + TILE);
            for (row, variant) in self.rows.chunks_exact_mut(self.n_groups).zip(tile) {
                if n_dosages == 0 {
                    copy_words(row, source.packed(variant, &mut self.scratch));
                    continue;
                }
                source.expected(variant, &mut self.expected);
                let start = (variant - variants.start) * self.n_samples;
                let remainders = &mut self.remainders[start..start + self.n_samples];
                split_expected(&self.expected, row, remainders);
            }
            let missing = self.rows.iter().fold(0, |seen, &word| seen | missing_bits(word));
            self.has_missing |= missing != 0;
            self.keep_tile(first);
        }
        source.release(variants);
    }

    /// Transposes the words of a few variants, `rows`, into columns of `by_samples`.
    fn keep_tile(&mut self, first: usize) {
        let n_padded = self.n_padded();
        let columns = self.by_samples.chunks_exact_mut(n_padded);
        for (group, column) in columns.enumerate() {
            for (variant, word) in column[first..first + TILE].iter_mut().enumerate() {
                *word = self.rows[variant * self.n_groups + group];
            }
        }
    }

    /// Prepares the layout `by_variants`.
    pub fn transpose(&mut self) {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") {
            // SAFETY: the processor was just seen to have AVX2.
            return unsafe { self.transpose_avx2() };
        }
        self.transpose_body();
    }

    /// [`GenotypeBlock::transpose_body`] compiled for AVX2.
    ///
    /// # Safety
    /// The processor must have AVX2.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    unsafe fn transpose_avx2(&mut self) {
        self.transpose_body();
    }

    #[inline(always)]
    fn transpose_body(&mut self) {
        let (n_padded, n_rows) = (self.n_padded(), self.n_groups * PER_WORD);
        self.by_variants.resize(self.n_sweeps * n_rows, 0);
        for group in 0..self.n_groups {
            let codes = &self.by_samples[group * n_padded..(group + 1) * n_padded];
            for sweep in (0..self.n_sweeps).step_by(LANES) {
                let mut words = [[0; LANES]; PER_WORD];
                for (word, codes) in words.iter_mut().zip(codes.chunks_exact(self.n_sweeps)) {
                    word.copy_from_slice(&codes[sweep..sweep + LANES]);
                }
                transpose_codes(&mut words);
                for lane in 0..LANES {
                    let first = (sweep + lane) * n_rows + group * PER_WORD;
                    let out = &mut self.by_variants[first..first + PER_WORD];
                    out.iter_mut().zip(&words).for_each(|(out, word)| *out = word[lane]);
                }
            }
        }
    }

    /// Index of the block's first variant in its source.
    pub fn first_variant(&self) -> usize {
        self.first_variant
    }

    /// Variants in the block, padding not counted.
    pub fn n_variants(&self) -> usize {
        self.n_variants
    }

    /// Variants in the block with padding.
    pub fn n_padded(&self) -> usize {
        self.n_sweeps * PER_WORD
    }

    /// Groups of sixteen samples, the last one padded.
    pub fn n_groups(&self) -> usize {
        self.n_groups
    }

    /// Sweeps of sixteen variants, padding included.
    pub fn n_sweeps(&self) -> usize {
        self.n_sweeps
    }

    /// Whether any genotype may be missing.
    pub fn has_missing(&self) -> bool {
        self.has_missing
    }

    /// Whether the genotypes are expected copies.
    pub fn has_dosages(&self) -> bool {
        !self.remainders.is_empty()
    }

    /// Expected copies less the nearest genotype, for every sample of a variant of the block; 0
    /// where it is missing. Nothing without dosages.
    pub fn remainders(&self, variant: usize) -> &[f32] {
        match self.has_dosages() {
            true => &self.remainders[variant * self.n_samples..(variant + 1) * self.n_samples],
            false => &[],
        }
    }

    /// The remainder of one genotype, 0 without dosages.
    pub fn remainder(&self, variant: usize, sample: usize) -> f64 {
        self.remainders(variant).get(sample).map_or(0.0, |&remainder| f64::from(remainder))
    }

    /// Copies, expected ones where there are dosages, of a sample at a variant of the block.
    pub fn copies(&self, variant: usize, sample: usize) -> Option<f64> {
        self.nearest(variant, sample).map(|copies| copies + self.remainder(variant, sample))
    }

    /// The genotype, the nearest one where there are dosages, of a sample at a variant of the block.
    pub fn nearest(&self, variant: usize, sample: usize) -> Option<f64> {
        let word = self.by_samples(sample / PER_WORD)[variant];
        COPIES[(word >> (2 * (sample % PER_WORD)) & 3) as usize].map(f64::from)
    }

    /// One word per variant (`n_padded`): its codes in samples `16 group ..`.
    pub fn by_samples(&self, group: usize) -> &[u32] {
        &self.by_samples[group * self.n_padded()..(group + 1) * self.n_padded()]
    }

    /// One word per sample (`16 n_groups`): its codes at the variants of the sweep.
    /// Needs [`GenotypeBlock::transpose`].
    pub fn by_variants(&self, sweep: usize) -> &[u32] {
        let n_rows = self.n_groups * PER_WORD;
        &self.by_variants[sweep * n_rows..(sweep + 1) * n_rows]
    }

    /// Position in the block of the variant whose code is the `place`-th of the sweep's words.
    pub fn variant_of(&self, sweep: usize, place: usize) -> usize {
        place * self.n_sweeps + sweep
    }
}

/// The low bit of every code that is [`crate::data::genotypes::genotype::MISSING`].
pub fn missing_bits(codes: u32) -> u32 {
    codes & !(codes >> 1) & 0x5555_5555
}

/// Codes of the genotypes nearest to expected copies, and what is left of the copies.
fn split_expected(expected: &[f64], words: &mut [u32], remainders: &mut [f32]) {
    words.fill(0);
    for (sample, (&copies, remainder)) in expected.iter().zip(remainders).enumerate() {
        let nearest = copies.round().clamp(0.0, 2.0);
        let code = match nearest {
            _ if copies.is_nan() => MISSING,
            0.0 => HOM_REF,
            1.0 => HET,
            _ => HOM_ALT,
        };
        *remainder = if copies.is_nan() { 0.0 } else { (copies - nearest) as f32 };
        words[sample / PER_WORD] |= u32::from(code) << (2 * (sample % PER_WORD));
    }
}

/// Little-endian words from bytes; the last word may be short of bytes.
fn copy_words(words: &mut [u32], bytes: &[u8]) {
    let whole = bytes.chunks_exact(4);
    let rest = whole.remainder();
    for (word, bytes) in words.iter_mut().zip(whole) {
        *word = u32::from_le_bytes(bytes.try_into().expect("chunks of four"));
    }
    if !rest.is_empty() {
        let mut last = [0; 4];
        last[..rest.len()].copy_from_slice(rest);
        words[bytes.len() / 4] = u32::from_le_bytes(last);
    }
}

/// Transposes 16 x 16 codes of two bits in every lane, by swapping ever smaller squares.
#[inline(always)]
fn transpose_codes(words: &mut [[u32; LANES]; PER_WORD]) {
    for (step, mask) in [(8, 0x0000_ffff), (4, 0x00ff_00ff), (2, 0x0f0f_0f0f), (1, 0x3333_3333)] {
        for word in (0..PER_WORD).filter(|word| word & step == 0) {
            let (before, after) = words.split_at_mut(word + step);
            for (upper, lower) in before[word].iter_mut().zip(&mut after[0]) {
                let swap = (*upper >> (2 * step) ^ *lower) & mask;
                *upper ^= swap << (2 * step);
                *lower ^= swap;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::genotypes::dosed::DosedGenotypes;
    use crate::data::genotypes::genotype::PackedGenotypes;
    use crate::data::genotypes::genotype::code;

    #[test]
    fn both_layouts_hold_every_code_of_the_source() {
        let copies = |sample: usize, variant: usize| match (sample * 7 + variant * 13) % 11 % 4 {
            3 => None,
            copies => Some(copies as u8),
        };
        for (n_samples, n_variants) in [(1, 1), (5, 3), (16, 128), (37, 131), (33, 300)] {
            let genotypes = PackedGenotypes::from_copies(n_samples, n_variants, copies);
            let (mut block, mut scratch) = (GenotypeBlock::new(), Vec::new());
            let first = n_variants / 3;
            block.load(&genotypes, first..n_variants);
            block.transpose();
            assert_eq!((block.first_variant(), block.n_variants()), (first, n_variants - first));
            for sample in 0..n_samples {
                for sweep in 0..block.n_sweeps() {
                    for place in 0..PER_WORD {
                        let variant = block.variant_of(sweep, place);
                        if variant >= block.n_variants() {
                            continue;
                        }
                        let want = code(genotypes.packed(first + variant, &mut scratch), sample);
                        let across = block.by_samples(sample / PER_WORD)[variant];
                        let along = block.by_variants(sweep)[sample];
                        assert_eq!(across >> (2 * (sample % PER_WORD)) & 3, u32::from(want));
                        assert_eq!(along >> (2 * place) & 3, u32::from(want));
                    }
                }
            }
        }
    }

    /// The nearest genotype and the remainder add up to the expected copies; a missing hard call
    /// that has a dosage is not missing.
    #[test]
    fn dosages_are_split_into_codes_and_remainders() {
        let hard = PackedGenotypes::from_copies(3, 2, |sample, _| (sample > 0).then_some(1));
        let units: [u16; 6] = [8000, 16384, u16::MAX, 32768, 25000, 0];
        let bytes: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let mut block = GenotypeBlock::new();
        block.load(&DosedGenotypes::new(hard.clone(), &bytes), 0..2);
        assert!(block.has_dosages() && block.has_missing());
        for (place, &unit) in units.iter().enumerate() {
            let want = (unit != u16::MAX).then_some(f64::from(unit) / 16384.0);
            assert_eq!(block.copies(place / 3, place % 3), want);
            assert!(block.remainder(place / 3, place % 3).abs() <= 0.5);
        }
        block.load(&hard, 1..2);
        assert!(!block.has_dosages());
        assert_eq!((block.copies(0, 0), block.copies(0, 2)), (None, Some(1.0)));
    }

    /// A reused block keeps nothing of its previous content.
    #[test]
    fn knows_whether_genotypes_are_missing() {
        let with = PackedGenotypes::from_copies(21, 150, |i, j| (i + j != 166).then_some(2));
        let without = PackedGenotypes::from_copies(21, 150, |_, _| Some(1));
        let mut block = GenotypeBlock::new();
        block.load(&with, 0..150);
        assert!(block.has_missing());
        block.load(&without, 0..150);
        assert!(!block.has_missing());
        block.load(&with, 0..100);
        assert!(!block.has_missing());
    }
}
