//! Genotypes to time kernels on: the same at every run.

use forebear_core::data::genotypes::genotype::GenotypeSource;
use forebear_core::data::genotypes::genotype::PackedGenotypes;

/// Proportion of missing genotypes, in 256ths.
const MISSING: u32 = 3;

/// Genotypes of independent variants with allele frequencies spread over 0.05 .. 0.95.
pub fn genotypes(n_samples: usize, n_variants: usize) -> impl GenotypeSource {
    PackedGenotypes::from_copies(n_samples, n_variants, |sample, variant| {
        let frequency = 13 + hash(variant as u32, u32::MAX) % 230;
        let draw = hash(sample as u32, variant as u32);
        let allele = |byte: u32| u8::from(draw >> (8 * byte) & 0xff < frequency);
        (draw >> 16 & 0xff >= MISSING).then(|| allele(0) + allele(1))
    })
}

/// A well mixed 32-bit number of two others (finalizer of MurmurHash3 over their combination).
fn hash(one: u32, other: u32) -> u32 {
    let mut mixed = one.wrapping_mul(0x9e37_79b9) ^ other.wrapping_mul(0x85eb_ca6b);
    mixed = (mixed ^ mixed >> 16).wrapping_mul(0x85eb_ca6b);
    mixed = (mixed ^ mixed >> 13).wrapping_mul(0xc2b2_ae35);
    mixed ^ mixed >> 16
}
