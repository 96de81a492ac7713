//! Every n-th variant of a source, for cheap first passes.

use crate::data::genotypes::genotype::GenotypeSource;
use std::ops::Range;

/// Variants `0, stride, 2 stride, ...` of another source.
pub struct EveryNth<'a> {
    source: &'a dyn GenotypeSource,
    stride: usize,
}

impl<'a> EveryNth<'a> {
    /// A view of `source`.
    ///
    /// # Panics
    /// If `stride` is 0.
    pub fn new(source: &'a dyn GenotypeSource, stride: usize) -> EveryNth<'a> {
        assert!(stride > 0, "a stride of 0 never moves on");
        EveryNth { source, stride }
    }
}

impl GenotypeSource for EveryNth<'_> {
    fn n_samples(&self) -> usize {
        self.source.n_samples()
    }

    fn n_variants(&self) -> usize {
        self.source.n_variants().div_ceil(self.stride)
    }

    fn packed<'a>(&'a self, variant: usize, scratch: &'a mut Vec<u8>) -> &'a [u8] {
        self.source.packed(variant * self.stride, scratch)
    }

    fn has_dosages(&self) -> bool {
        self.source.has_dosages()
    }

    fn expected(&self, variant: usize, out: &mut [f64]) {
        self.source.expected(variant * self.stride, out);
    }

    fn release(&self, variants: Range<usize>) {
        let end = (variants.end * self.stride).min(self.source.n_variants());
        self.source.release(variants.start * self.stride..end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::genotypes::genotype::PackedGenotypes;

    #[test]
    fn picks_the_first_of_every_three_variants() {
        let genotypes = PackedGenotypes::from_copies(4, 7, |sample, variant| {
            Some(((sample + variant) % 3) as u8)
        });
        let (view, mut one, mut other) = (EveryNth::new(&genotypes, 3), Vec::new(), Vec::new());
        assert_eq!((view.n_samples(), view.n_variants()), (4, 3));
        for variant in 0..3 {
            let want = genotypes.packed(3 * variant, &mut other);
            assert_eq!(view.packed(variant, &mut one), want);
        }
    }
}
