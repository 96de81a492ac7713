//! A random part of a source's genotypes hidden, and the rest, or the other way round.

use crate::data::genotypes::genotype::GenotypeSource;
use crate::data::genotypes::genotype::MISSING;
use crate::data::genotypes::genotype::code;
use std::ops::Range;

/// Which genotypes are seen. Every one belongs to one of `folds` folds, drawn from `seed`
/// and its place in the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mask {
    pub seed: u64,
    /// At least 1.
    pub folds: u32,
    /// Below `folds`.
    pub fold: u32,
    /// `true`: the genotypes of `fold` are seen; `false`: all others are.
    pub held_out: bool,
}

impl Mask {
    /// Random numbers of one variant, one per sample.
    fn numbers(&self, variant: usize) -> impl Iterator<Item = u64> {
        let mut state = mixed(self.seed ^ mixed(variant as u64));
        std::iter::repeat_with(move || {
            state = state.wrapping_add(STEP);
            mixed(state)
        })
    }

    fn sees(&self, number: u64) -> bool {
        let fold = ((number >> 32) * u64::from(self.folds)) >> 32;
        (fold == u64::from(self.fold)) == self.held_out
    }
}

/// The odd number nearest to 2^64 over the golden ratio.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// Source: Steele, Lea & Flood 2014, SplitMix64.
fn mixed(value: u64) -> u64 {
    let value = (value ^ value >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ value >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ value >> 31
}

/// `source` with the genotypes that `mask` does not see missing; nothing is stored.
pub struct Masked<S> {
    source: S,
    mask: Mask,
}

impl<S: GenotypeSource> Masked<S> {
    /// A view of `source`.
    ///
    /// # Panics
    /// If the fold is not below the number of folds.
    pub fn new(source: S, mask: Mask) -> Masked<S> {
        assert!(mask.fold < mask.folds, "fold of a mask");
        Masked { source, mask }
    }
}

impl<S: GenotypeSource> GenotypeSource for Masked<S> {
    fn n_samples(&self) -> usize {
        self.source.n_samples()
    }

    fn n_variants(&self) -> usize {
        self.source.n_variants()
    }

    fn packed<'a>(&'a self, variant: usize, scratch: &'a mut Vec<u8>) -> &'a [u8] {
        let mut inner = Vec::new();
        let packed = self.source.packed(variant, &mut inner);
        scratch.clear();
        scratch.resize(self.n_samples().div_ceil(4), 0);
        for (sample, number) in self.mask.numbers(variant).take(self.n_samples()).enumerate() {
            let code = if self.mask.sees(number) { code(packed, sample) } else { MISSING };
            scratch[sample / 4] |= code << (2 * (sample % 4));
        }
        scratch
    }

    fn release(&self, variants: Range<usize>) {
        self.source.release(variants);
    }

    fn has_dosages(&self) -> bool {
        self.source.has_dosages()
    }

    fn expected(&self, variant: usize, out: &mut [f64]) {
        self.source.expected(variant, out);
        for (copies, number) in out.iter_mut().zip(self.mask.numbers(variant)) {
            if !self.mask.sees(number) {
                *copies = f64::NAN;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::genotypes::genotype::PackedGenotypes;

    #[test]
    fn every_genotype_is_held_out_in_one_fold_and_seen_in_the_others() {
        let copies = |sample: usize, variant: usize| Some(((sample + variant) % 3) as u8);
        let source = PackedGenotypes::from_copies(41, 60, copies);
        let (mut scratch, mut inner) = (Vec::new(), Vec::new());
        let mut sizes = [0; 5];
        for variant in 0..60 {
            let mut held = [0; 41];
            for fold in 0..5 {
                let mask = Mask { seed: 7, folds: 5, fold, held_out: true };
                let out = Masked::new(source.clone(), mask);
                let rest = Masked::new(source.clone(), Mask { held_out: false, ..mask });
                for (sample, held) in held.iter_mut().enumerate() {
                    let own = code(source.packed(variant, &mut inner), sample);
                    let seen = code(out.packed(variant, &mut scratch), sample);
                    let other = code(rest.packed(variant, &mut scratch), sample);
                    assert!((seen == own && other == MISSING) || (seen == MISSING && other == own));
                    *held += usize::from(seen == own);
                    sizes[fold as usize] += usize::from(seen == own);
                }
            }
            assert_eq!(held, [1; 41]);
        }
        // 2460 genotypes, 492 expected in each fold, standard deviation 20.
        assert!(sizes.iter().all(|&size| (412..=572).contains(&size)), "{sizes:?}");
    }

    #[test]
    fn the_seed_decides_what_is_held_out() {
        let source = PackedGenotypes::from_copies(64, 1, |_, _| Some(0));
        let drawn = |seed| {
            let mask = Mask { seed, folds: 2, fold: 0, held_out: true };
            Masked::new(source.clone(), mask).packed(0, &mut Vec::new()).to_vec()
        };
        assert_eq!(drawn(1), drawn(1));
        assert_ne!(drawn(1), drawn(2));
    }
}
