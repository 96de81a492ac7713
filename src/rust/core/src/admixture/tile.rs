//! Samples and genotypes laid out for the two steps: tiles of consecutive samples.
//!
//! | name   | shape                                  |
//! |--------|----------------------------------------|
//! | tile   | `TILE` samples, the last one padded    |
//! | block  | consecutive variants, packed, in memory |
//!
//! Padding samples are missing at every variant, so they count for nothing.

use crate::admixture::lanes::LANES;
use crate::data::genotypes::genotype::GenotypeSource;
use rayon::prelude::*;
use std::ops::Range;

/// Samples of a tile.
pub const TILE: usize = 128;
/// Vectors of a tile.
pub const VECTORS: usize = TILE / LANES;
/// Packed bytes of a tile at one variant.
pub const TILE_BYTES: usize = TILE / 4;

/// One number per sample of a tile.
pub type Column = [f32; TILE];

/// Packed bytes that a block may have, unless its fewest variants have more.
const BLOCK_BYTES: usize = 1 << 20;

/// Four missing genotypes.
const ALL_MISSING: u8 = 0b01_01_01_01;

/// Weights of the populations, tile after tile: `k` columns each.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    pub k: usize,
    columns: Vec<Column>,
    /// By tile: how much a sample's genotypes count, 0.5 where it is haploid; `None` where all
    /// count in full.
    multipliers: Vec<Option<Column>>,
}

impl Weights {
    /// From rows of `k` weights, one per sample, in single precision; `haploid` says which samples
    /// have one allele, not two (empty for none).
    pub fn of(rows: &[f64], k: usize, haploid: &[bool]) -> Weights {
        let n_samples = rows.len() / k;
        // Padding samples need a probability between 0 and 1, nothing more.
        let mut columns = vec![[1.0 / k as f32; TILE]; n_samples.div_ceil(TILE) * k];
        for (sample, row) in rows.chunks_exact(k).enumerate() {
            for (population, &weight) in row.iter().enumerate() {
                columns[sample / TILE * k + population][sample % TILE] = weight as f32;
            }
        }
        let multipliers =
            (0..n_samples.div_ceil(TILE)).map(|tile| multipliers_of(haploid, tile)).collect();
        Weights { k, columns, multipliers }
    }

    /// How much the genotypes of each sample of a tile count; `None` if all count in full.
    pub fn multipliers(&self, tile: usize) -> Option<&Column> {
        self.multipliers[tile].as_ref()
    }

    /// Number of tiles.
    pub fn n_tiles(&self) -> usize {
        self.columns.len() / self.k
    }

    /// The `k` columns of a tile.
    pub fn tile(&self, tile: usize) -> &[Column] {
        &self.columns[tile * self.k..(tile + 1) * self.k]
    }
}

fn multipliers_of(haploid: &[bool], tile: usize) -> Option<Column> {
    let own = haploid.iter().skip(tile * TILE).take(TILE);
    if !own.clone().any(|&haploid| haploid) {
        return None;
    }
    let mut multipliers = [1.0; TILE];
    own.zip(&mut multipliers)
        .filter(|(haploid, _)| **haploid)
        .for_each(|(_, multiplier)| *multiplier = 0.5);
    Some(multipliers)
}

/// Packed genotypes of consecutive variants, every variant padded to whole tiles.
#[derive(Debug, Default)]
pub struct Block {
    n_samples: usize,
    variants: Range<usize>,
    bytes: Vec<u8>,
    /// The low bit of every haploid sample's code; empty if there is none.
    haploid: Vec<u8>,
}

impl Block {
    /// A block that takes heterozygous genotypes of haploid samples, which are errors, as missing.
    pub fn with_haploid(haploid: &[bool]) -> Block {
        if !haploid.contains(&true) {
            return Block::default();
        }
        let bits = |four: &[bool]| {
            four.iter().enumerate().map(|(i, &haploid)| u8::from(haploid) << (2 * i)).sum()
        };
        Block { haploid: haploid.chunks(4).map(bits).collect(), ..Block::default() }
    }

    /// Variants that a block of this many samples has room for, a multiple of `of`.
    pub fn room(n_samples: usize, of: usize) -> usize {
        let stride = n_samples.div_ceil(TILE).max(1) * TILE_BYTES;
        (BLOCK_BYTES / stride / of).max(1) * of
    }

    /// Reads `variants` of `source` and gives the source's memory back.
    pub fn load(&mut self, source: &dyn GenotypeSource, variants: Range<usize>) {
        self.n_samples = source.n_samples();
        self.variants = variants.clone();
        let stride = self.stride();
        self.bytes.resize(stride * variants.len(), 0);
        let rows = self.bytes.par_chunks_exact_mut(stride).zip(variants.clone());
        let haploid = &self.haploid;
        rows.for_each_init(Vec::new, |scratch, (row, variant)| {
            copy_padded(row, source.packed(variant, scratch), source.n_samples());
            for (byte, &haploid) in row.iter_mut().zip(haploid) {
                // Heterozygous is 10, missing 01.
                let heterozygous = *byte >> 1 & !*byte & haploid;
                *byte ^= heterozygous * 0b11;
            }
        });
        source.release(variants);
    }

    /// Indices of the variants in the source.
    pub fn variants(&self) -> Range<usize> {
        self.variants.clone()
    }

    /// Bytes of one variant.
    fn stride(&self) -> usize {
        self.n_samples.div_ceil(TILE) * TILE_BYTES
    }

    /// Codes of a tile at the variant that is `place`-th in the block.
    pub fn codes(&self, place: usize, tile: usize) -> &[u8; TILE_BYTES] {
        let start = place * self.stride() + tile * TILE_BYTES;
        self.bytes[start..start + TILE_BYTES].try_into().expect("bytes of a tile")
    }
}

fn copy_padded(row: &mut [u8], packed: &[u8], n_samples: usize) {
    let packed = &packed[..n_samples.div_ceil(4)];
    row[..packed.len()].copy_from_slice(packed);
    row[packed.len()..].fill(ALL_MISSING);
    if n_samples % 4 > 0 {
        let there = (1_u8 << (2 * (n_samples % 4))) - 1;
        let last = &mut row[packed.len() - 1];
        *last = *last & there | ALL_MISSING & !there;
    }
}

/// The product of many probabilities, without leaving the range of doubles.
#[derive(Clone, Copy, Debug)]
pub struct LogProduct {
    /// Above 0; multiply up to 16 genotypes' probabilities of at least 1e-10 in, then
    /// [`LogProduct::settle`].
    pub factors: [f64; LANES],
    exponents: [i64; LANES],
}

impl Default for LogProduct {
    fn default() -> Self {
        LogProduct { factors: [1.0; LANES], exponents: [0; LANES] }
    }
}

impl LogProduct {
    /// Moves the powers of two of the factors into the exponents.
    #[inline(always)]
    pub fn settle(&mut self) {
        const MANTISSA: u64 = (1 << 52) - 1;
        for (factor, exponent) in self.factors.iter_mut().zip(&mut self.exponents) {
            let bits = factor.to_bits();
            *exponent += (bits >> 52) as i64 - 1023;
            *factor = f64::from_bits(bits & MANTISSA | 1023 << 52);
        }
    }

    /// Logarithms of the products, lane by lane.
    pub fn logs(&self) -> [f64; LANES] {
        let log = |lane: usize| {
            self.factors[lane].ln() + self.exponents[lane] as f64 * std::f64::consts::LN_2
        };
        std::array::from_fn(log)
    }

    /// Logarithm of the product of all lanes.
    pub fn log(&self) -> f64 {
        self.logs().iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::genotypes::genotype::MISSING;
    use crate::data::genotypes::genotype::PackedGenotypes;
    use crate::data::genotypes::genotype::code;

    #[test]
    fn a_block_holds_the_codes_and_pads_with_missing() {
        for n_samples in [1, 3, 4, 127, 128, 130] {
            let copies = |sample: usize, variant: usize| Some(((sample + 2 * variant) % 3) as u8);
            let source = PackedGenotypes::from_copies(n_samples, 9, copies);
            let mut block = Block::default();
            block.load(&source, 2..7);
            let mut scratch = Vec::new();
            for place in 0..5 {
                for sample in 0..n_samples.div_ceil(TILE) * TILE {
                    let got = code(block.codes(place, sample / TILE), sample % TILE);
                    let want = if sample < n_samples {
                        code(source.packed(2 + place, &mut scratch), sample)
                    } else {
                        MISSING
                    };
                    assert_eq!(got, want);
                }
            }
        }
    }

    #[test]
    fn haploid_samples_count_half_and_cannot_be_heterozygous() {
        let haploid: Vec<bool> = (0..131).map(|sample| sample % 3 == 0).collect();
        let copies = |sample: usize, _| [Some(0), Some(1), Some(2), None][sample % 4];
        let source = PackedGenotypes::from_copies(131, 1, copies);
        let mut block = Block::with_haploid(&haploid);
        block.load(&source, 0..1);
        let weights = Weights::of(&[1.0; 131], 1, &haploid);
        let mut scratch = Vec::new();
        for (sample, &is_haploid) in haploid.iter().enumerate() {
            let own = code(source.packed(0, &mut scratch), sample);
            let want = if is_haploid && sample % 4 == 1 { MISSING } else { own };
            assert_eq!(code(block.codes(0, sample / TILE), sample % TILE), want);
            let multiplier = weights.multipliers(sample / TILE).unwrap()[sample % TILE];
            assert_eq!(multiplier, if is_haploid { 0.5 } else { 1.0 });
        }
        assert_eq!(Weights::of(&[1.0; 131], 1, &[false; 131]).multipliers(1), None);
    }

    #[test]
    fn weights_are_found_again_by_tile_and_column() {
        let rows: Vec<f64> = (0..2 * 130).map(f64::from).collect();
        let weights = Weights::of(&rows, 2, &[]);
        assert_eq!(weights.n_tiles(), 2);
        for sample in 0..130 {
            for population in 0..2 {
                let got = weights.tile(sample / TILE)[population][sample % TILE];
                assert_eq!(f64::from(got), rows[2 * sample + population]);
            }
        }
    }

    #[test]
    fn a_product_far_below_the_range_of_doubles_has_its_logarithm() {
        let mut product = LogProduct::default();
        for _ in 0..100 {
            for _ in 0..16 {
                product.factors.iter_mut().for_each(|factor| *factor *= 1e-10);
            }
            product.settle();
        }
        let want = 1600.0 * 1e-10_f64.ln();
        product.logs().iter().for_each(|log| assert!((log / want - 1.0).abs() < 1e-12));
        assert!((product.log() / (8.0 * want) - 1.0).abs() < 1e-12);
    }
}
