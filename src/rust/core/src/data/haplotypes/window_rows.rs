//! The haplotypes of one window, one row of bits each.

use crate::data::haplotypes::packed::HaplotypeView;
use std::collections::HashMap;
use std::ops::Range;

const SIDE: usize = 64;

/// Rows of alleles, some of which may be missing.
///
/// | field     | shape                                   | bit                                 |
/// |-----------|-----------------------------------------|-------------------------------------|
/// | `alleles` | n_rows x n_variants.div_ceil(64)        | 1: the alternate allele; 0: missing |
/// | `present` | the same                                | 1: the allele is known              |
///
/// The first variant is in the lowest bit; bits past the last are 0 in both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowRows {
    n_rows: usize,
    n_variants: usize,
    alleles: Vec<u64>,
    present: Vec<u64>,
}

impl WindowRows {
    /// No row yet.
    pub fn new(n_variants: usize) -> WindowRows {
        WindowRows { n_rows: 0, n_variants, alleles: Vec::new(), present: Vec::new() }
    }

    /// All haplotypes of a view, two per sample, at consecutive variants. The second haplotype of
    /// a sample is missing where the sample has one.
    ///
    /// # Panics
    /// If a variant is out of range.
    pub fn of(view: &HaplotypeView<'_>, variants: Range<usize>) -> WindowRows {
        let mut rows = WindowRows::new(variants.len());
        let all = rows.full_row();
        let (mut alleles, mut absent) = (Vec::new(), Vec::new());
        for haplotype in 0..2 * view.n_samples() {
            view.alleles(haplotype, variants.clone(), &mut alleles);
            if haplotype % 2 == 0 || !view.may_be_haploid() {
                rows.push(&alleles, &all);
                continue;
            }
            view.haploid(haplotype / 2, variants.clone(), &mut absent);
            let present: Vec<u64> = all.iter().zip(&absent).map(|(all, no)| all & !no).collect();
            rows.push(&alleles, &present);
        }
        rows
    }

    /// Adds a row. Alleles that are not present, and bits past the last variant, do not count.
    ///
    /// # Panics
    /// If a slice has not `n_words()` words.
    pub fn push(&mut self, alleles: &[u64], present: &[u64]) {
        let full = self.full_row();
        assert!(alleles.len() == full.len() && present.len() == full.len(), "words of a row");
        for ((allele, present), full) in alleles.iter().zip(present).zip(&full) {
            self.alleles.push(allele & present & full);
            self.present.push(present & full);
        }
        self.n_rows += 1;
    }

    /// A row of ones.
    pub fn full_row(&self) -> Vec<u64> {
        let bits = |word: usize| (self.n_variants - word * SIDE).min(SIDE);
        (0..self.n_words()).map(|word| u64::MAX >> (SIDE - bits(word))).collect()
    }

    /// Number of haplotypes.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Number of variants.
    pub fn n_variants(&self) -> usize {
        self.n_variants
    }

    /// Words of one row.
    pub fn n_words(&self) -> usize {
        self.n_variants.div_ceil(SIDE)
    }

    /// Alleles of one haplotype.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn alleles(&self, row: usize) -> &[u64] {
        &self.alleles[row * self.n_words()..][..self.n_words()]
    }

    /// Where the alleles of one haplotype are known.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn present(&self, row: usize) -> &[u64] {
        &self.present[row * self.n_words()..][..self.n_words()]
    }

    /// Whether some allele of the haplotype is known.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn is_seen(&self, row: usize) -> bool {
        self.present(row).iter().any(|&word| word != 0)
    }

    /// Allele of a haplotype, `None` where it is missing.
    ///
    /// # Panics
    /// If there is no such row or variant.
    pub fn allele(&self, row: usize, variant: usize) -> Option<bool> {
        assert!(variant < self.n_variants, "variant of a window");
        let bit = |words: &[u64]| words[variant / SIDE] >> (variant % SIDE) & 1 == 1;
        bit(self.present(row)).then(|| bit(self.alleles(row)))
    }

    /// The rows in which some allele is known, each kind once, and for every row the kind that it
    /// is of; `None` for a row without alleles. Kinds are numbered as they first occur.
    pub fn fold(&self) -> (WindowRows, Vec<Option<u32>>) {
        let mut distinct = WindowRows::new(self.n_variants);
        let mut known = HashMap::new();
        let mut kind_of = |row| {
            let kind = known.entry((self.alleles(row), self.present(row))).or_insert_with(|| {
                distinct.push(self.alleles(row), self.present(row));
                distinct.n_rows as u32 - 1
            });
            *kind
        };
        let kinds = (0..self.n_rows).map(|row| self.is_seen(row).then(|| kind_of(row))).collect();
        (distinct, kinds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::haplotypes::packed::HaplotypeBuilder;

    /// Two samples at three variants: 01, 11, 0-, and 01 again; the second sample is haploid at
    /// the last variant.
    fn small() -> HaplotypeView<'static> {
        let mut builder = HaplotypeBuilder::new(2);
        builder.push(&[0b0010], None);
        builder.push(&[0b0111], None);
        builder.push(&[0b0100], Some(&[0b1000]));
        HaplotypeView::whole(builder.finish())
    }

    #[test]
    fn rows_are_those_of_the_view() {
        let rows = WindowRows::of(&small(), 0..3);
        let alleles = |row| (0..3).map(|variant| rows.allele(row, variant)).collect::<Vec<_>>();
        assert_eq!(alleles(0), [Some(false), Some(true), Some(false)]);
        assert_eq!(alleles(1), [Some(true), Some(true), Some(false)]);
        assert_eq!(alleles(2), [Some(false), Some(true), Some(true)]);
        assert_eq!(alleles(3), [Some(false), Some(false), None]);
        let last = WindowRows::of(&small(), 2..3);
        assert_eq!(
            (0..4).map(|row| last.is_seen(row)).collect::<Vec<_>>(),
            [true, true, true, false]
        );
    }

    #[test]
    fn equal_rows_are_folded_and_empty_ones_left_out() {
        let (kinds, kind) = WindowRows::of(&small(), 1..3).fold();
        assert_eq!(kind, [Some(0), Some(0), Some(1), Some(2)]);
        assert_eq!(kinds.n_rows(), 3);
        let (kinds, kind) = WindowRows::of(&small(), 2..3).fold();
        assert_eq!(kind, [Some(0), Some(0), Some(1), None]);
        assert_eq!((kinds.n_rows(), kinds.allele(1, 0)), (2, Some(true)));
    }

    /// A missing allele differs from a known 0; bits past the last variant do not count.
    #[test]
    fn missing_and_padding_differ_from_zero() {
        for n_variants in [1, 5, 63, 64, 65, 128] {
            let mut rows = WindowRows::new(n_variants);
            let full = rows.full_row();
            assert_eq!(
                full.iter().map(|word| word.count_ones() as usize).sum::<usize>(),
                n_variants
            );
            let (ones, zeros) = (vec![u64::MAX; full.len()], vec![0; full.len()]);
            let mut some = ones.clone();
            some[0] &= !1;
            rows.push(&ones, &ones);
            rows.push(&full, &full);
            rows.push(&zeros, &full);
            rows.push(&zeros, &some);
            rows.push(&ones, &zeros);
            let (_, kind) = rows.fold();
            let unseen = n_variants == 1;
            let want = [Some(0), Some(0), Some(1), if unseen { None } else { Some(2) }, None];
            assert_eq!(kind, want);
            assert_eq!(rows.allele(3, 0), None);
        }
    }
}
