//! Packed genotypes in memory with expected copies beside the hard calls.

use crate::data::genotypes::genotype::GenotypeSource;
use crate::data::genotypes::genotype::PackedGenotypes;

/// A missing one.
const NO_DOSAGE: u16 = u16::MAX;

/// One copy.
const ONE_COPY: f64 = 16384.0;

/// Hard calls, and two bytes (lowest first) for each genotype: expected copies of the counted allele
/// in units of 1/16384, 65535 for a missing one.
pub struct DosedGenotypes<'b> {
    packed: PackedGenotypes<'b>,
    dosages: &'b [u8],
}

impl<'b> DosedGenotypes<'b> {
    /// # Panics
    /// If there are not two bytes for each genotype.
    pub fn new(packed: PackedGenotypes<'b>, dosages: &'b [u8]) -> DosedGenotypes<'b> {
        let n = packed.n_samples() * packed.n_variants();
        assert_eq!(dosages.len(), 2 * n, "one dosage per genotype");
        DosedGenotypes { packed, dosages }
    }
}

impl GenotypeSource for DosedGenotypes<'_> {
    fn n_samples(&self) -> usize {
        self.packed.n_samples()
    }

    fn n_variants(&self) -> usize {
        self.packed.n_variants()
    }

    fn packed<'a>(&'a self, variant: usize, scratch: &'a mut Vec<u8>) -> &'a [u8] {
        self.packed.packed(variant, scratch)
    }

    fn has_dosages(&self) -> bool {
        true
    }

    fn expected(&self, variant: usize, out: &mut [f64]) {
        let n_samples = self.n_samples();
        let own = &self.dosages[2 * variant * n_samples..2 * (variant + 1) * n_samples];
        for (two, copies) in own.chunks_exact(2).zip(out) {
            *copies = match u16::from_le_bytes([two[0], two[1]]) {
                NO_DOSAGE => f64::NAN,
                units => f64::from(units) / ONE_COPY,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expected_copies_are_beside_the_hard_calls() {
        let packed = PackedGenotypes::from_copies(2, 2, |sample, _| Some(sample as u8));
        let dosages = [0, 0x40, 0, 0x20, 0xff, 0xff, 0, 0x80];
        let source = DosedGenotypes::new(packed, &dosages);
        let mut copies = [9.0; 2];
        source.expected(0, &mut copies);
        assert_eq!(copies, [1.0, 0.5]);
        source.expected(1, &mut copies);
        assert!(copies[0].is_nan() && copies[1] == 2.0);
        assert_eq!(source.packed(1, &mut Vec::new()), [0b10_11]);
    }
}
