//! Genotypes packed two bits each, read through index views.
//!
//! A genotype is the number of copies of the counted (`alt`) allele, PLINK's
//! allele 1. Codes are those of a PLINK 1 .bed file.

use std::borrow::Cow;
use std::ops::Range;

/// Two copies of the counted allele.
pub const HOM_ALT: u8 = 0b00;
/// No call.
pub const MISSING: u8 = 0b01;
/// One copy of the counted allele.
pub const HET: u8 = 0b10;
/// No copy of the counted allele.
pub const HOM_REF: u8 = 0b11;

/// Copies of the counted allele by code; `None` is missing.
pub const COPIES: [Option<u8>; 4] = [Some(2), None, Some(1), Some(0)];

/// The source of genotypes for models: packed variants, one after the other.
///
/// Implemented by the memory-mapped bed file and by packed bytes in memory. The
/// order of samples and variants is that of the *view*, not of the file.
pub trait GenotypeSource: Sync {
    /// Samples in the view.
    fn n_samples(&self) -> usize;

    /// Variants in the view.
    fn n_variants(&self) -> usize;

    /// Codes of one variant, four samples a byte, first sample in the lowest bits.
    ///
    /// The slice has `n_samples.div_ceil(4)` bytes. Bits past the last sample
    /// are unspecified: mask them. `scratch` is used only where the view picks
    /// or reorders samples; otherwise nothing is copied.
    ///
    /// # Panics
    /// If `variant` is not below `n_variants`. A file that is damaged there unwinds with its
    /// [`Error`](crate::error::Error), see [`Error::unwind`](crate::error::Error::unwind).
    fn packed<'a>(&'a self, variant: usize, scratch: &'a mut Vec<u8>) -> &'a [u8];

    /// Says that these variants are not needed for a while, so that memory
    /// mapped for them may be given back. A hint: reading them again works.
    fn release(&self, variants: Range<usize>) {
        let _ = variants;
    }

    /// Whether [`GenotypeSource::expected`] may be other than the hard calls.
    fn has_dosages(&self) -> bool {
        false
    }

    /// Expected copies of the counted allele of one variant, from 0 to 2, NaN for a missing one:
    /// dosages where there are any, else the hard calls. `out` has n_samples entries.
    ///
    /// # Panics
    /// As [`GenotypeSource::packed`], and if `out` has another length.
    fn expected(&self, variant: usize, out: &mut [f64]) {
        assert_eq!(out.len(), self.n_samples(), "one entry per sample");
        let mut scratch = Vec::new();
        let packed = self.packed(variant, &mut scratch);
        for (sample, copies) in out.iter_mut().enumerate() {
            *copies = COPIES[usize::from(code(packed, sample))].map_or(f64::NAN, f64::from);
        }
    }
}

impl<S: GenotypeSource + ?Sized> GenotypeSource for Box<S>
where
    Box<S>: Sync,
{
    fn n_samples(&self) -> usize {
        (**self).n_samples()
    }

    fn n_variants(&self) -> usize {
        (**self).n_variants()
    }

    fn packed<'a>(&'a self, variant: usize, scratch: &'a mut Vec<u8>) -> &'a [u8] {
        (**self).packed(variant, scratch)
    }

    fn release(&self, variants: Range<usize>) {
        (**self).release(variants);
    }

    fn has_dosages(&self) -> bool {
        (**self).has_dosages()
    }

    fn expected(&self, variant: usize, out: &mut [f64]) {
        (**self).expected(variant, out);
    }
}

/// Code of `sample` in a packed variant.
///
/// # Panics
/// If the slice is too short.
pub fn code(packed: &[u8], sample: usize) -> u8 {
    packed[sample / 4] >> (2 * (sample % 4)) & 0b11
}

/// Packed genotypes held in memory; `bytes` is laid out like a .bed file after its magic.
#[derive(Clone, Debug)]
pub struct PackedGenotypes<'b> {
    bytes: Cow<'b, [u8]>,
    n_samples: usize,
    n_variants: usize,
}

impl<'b> PackedGenotypes<'b> {
    /// Borrows bytes that are packed already.
    ///
    /// # Panics
    /// If `bytes` does not have ceil(n_samples / 4) bytes for each variant.
    pub fn borrow(bytes: &'b [u8], n_samples: usize, n_variants: usize) -> PackedGenotypes<'b> {
        assert_eq!(bytes.len(), n_samples.div_ceil(4) * n_variants, "packed genotypes");
        PackedGenotypes { bytes: Cow::Borrowed(bytes), n_samples, n_variants }
    }

    /// Packs genotypes given as copies of the counted allele, `None` for missing.
    ///
    /// | argument | shape                  | values                      |
    /// |----------|------------------------|-----------------------------|
    /// | `copies` | `(sample, variant)` -> | `Some(0..=2)` or `None`     |
    ///
    /// # Panics
    /// If a genotype is above 2; callers check what users give.
    pub fn from_copies(
        n_samples: usize,
        n_variants: usize,
        copies: impl Fn(usize, usize) -> Option<u8>,
    ) -> PackedGenotypes<'static> {
        let stride = n_samples.div_ceil(4);
        let mut bytes = vec![0; stride * n_variants];
        for variant in 0..n_variants {
            for sample in 0..n_samples {
                let code = match copies(sample, variant) {
                    Some(0) => HOM_REF,
                    Some(1) => HET,
                    Some(2) => HOM_ALT,
                    None => MISSING,
                    Some(other) => panic!("genotype {other} is above 2"),
                };
                bytes[variant * stride + sample / 4] |= code << (2 * (sample % 4));
            }
        }
        PackedGenotypes { bytes: Cow::Owned(bytes), n_samples, n_variants }
    }

    /// The packed bytes, variant after variant, as in a .bed file after its magic.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes.into_owned()
    }
}

impl GenotypeSource for PackedGenotypes<'_> {
    fn n_samples(&self) -> usize {
        self.n_samples
    }

    fn n_variants(&self) -> usize {
        self.n_variants
    }

    fn packed<'a>(&'a self, variant: usize, _scratch: &'a mut Vec<u8>) -> &'a [u8] {
        let stride = self.n_samples.div_ceil(4);
        &self.bytes[variant * stride..(variant + 1) * stride]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_can_be_read_back() {
        let copies = |sample, variant| [Some(0), Some(1), Some(2), None][(sample + variant) % 4];
        let genotypes = PackedGenotypes::from_copies(5, 3, copies);
        let mut scratch = Vec::new();
        for variant in 0..3 {
            for sample in 0..5 {
                let code = code(genotypes.packed(variant, &mut scratch), sample);
                assert_eq!(COPIES[code as usize], copies(sample, variant));
            }
        }
    }

    /// PLINK's own example: codes 11, 10, 01 and 00 from the lowest bits up.
    #[test]
    fn packs_the_first_sample_into_the_lowest_bits() {
        let copies = [Some(0), Some(1), None, Some(2), Some(1)];
        let genotypes = PackedGenotypes::from_copies(5, 1, |sample, _| copies[sample]);
        assert_eq!(genotypes.into_bytes(), [0b0001_1011, 0b0000_0010]);
    }
}
