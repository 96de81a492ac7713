//! A range of consecutive variants of a source.

use crate::data::genotypes::genotype::GenotypeSource;
use std::ops::Range;

/// The variants of another source in a range.
pub struct VariantRange<'a> {
    source: &'a dyn GenotypeSource,
    variants: Range<usize>,
}

impl<'a> VariantRange<'a> {
    /// A view of `source`.
    ///
    /// # Panics
    /// If the range ends before it begins or after the source does.
    pub fn new(source: &'a dyn GenotypeSource, variants: Range<usize>) -> VariantRange<'a> {
        assert!(variants.start <= variants.end && variants.end <= source.n_variants(), "range");
        VariantRange { source, variants }
    }
}

impl GenotypeSource for VariantRange<'_> {
    fn n_samples(&self) -> usize {
        self.source.n_samples()
    }

    fn n_variants(&self) -> usize {
        self.variants.len()
    }

    fn packed<'a>(&'a self, variant: usize, scratch: &'a mut Vec<u8>) -> &'a [u8] {
        assert!(variant < self.variants.len(), "a variant of the range");
        self.source.packed(self.variants.start + variant, scratch)
    }

    fn has_dosages(&self) -> bool {
        self.source.has_dosages()
    }

    fn expected(&self, variant: usize, out: &mut [f64]) {
        assert!(variant < self.variants.len(), "a variant of the range");
        self.source.expected(self.variants.start + variant, out);
    }

    fn release(&self, variants: Range<usize>) {
        let start = self.variants.start;
        self.source.release(start + variants.start..start + variants.end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::genotypes::genotype::PackedGenotypes;

    #[test]
    fn starts_and_ends_where_asked() {
        let genotypes = PackedGenotypes::from_copies(4, 7, |sample, variant| {
            Some(((sample * variant + variant) % 3) as u8)
        });
        let (view, mut one, mut other) =
            (VariantRange::new(&genotypes, 2..5), Vec::new(), Vec::new());
        assert_eq!((view.n_samples(), view.n_variants()), (4, 3));
        for variant in 0..3 {
            let want = genotypes.packed(2 + variant, &mut other);
            assert_eq!(view.packed(variant, &mut one), want);
        }
        assert_eq!(VariantRange::new(&genotypes, 7..7).n_variants(), 0);
    }

    #[test]
    #[should_panic(expected = "range")]
    fn refuses_to_leave_the_source() {
        let genotypes = PackedGenotypes::from_copies(4, 7, |_, _| Some(1));
        let _ = VariantRange::new(&genotypes, 5..8);
    }
}
