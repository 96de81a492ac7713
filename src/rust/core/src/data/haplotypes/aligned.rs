//! Haplotypes at the variants of another data set, with exchanged alleles at some of them and
//! none at others.

use crate::data::genotypes::aligned::Reading;
use crate::data::haplotypes::packed::HaplotypeView;
use crate::data::haplotypes::window_rows::WindowRows;
use std::ops::Range;

/// Haplotypes, and how each variant of the view is read. Copies no alleles.
pub struct AlignedHaplotypes<'v> {
    view: &'v HaplotypeView<'v>,
    readings: Vec<Reading>,
}

impl<'v> AlignedHaplotypes<'v> {
    /// | argument   | shape      | values                                                    |
    /// |------------|------------|-----------------------------------------------------------|
    /// | `view`     |            | any variant in the place of one whose reading is `Absent` |
    /// | `readings` | n_variants | `Swapped`: `ref` and `alt` are exchanged                  |
    ///
    /// # Panics
    /// If there is not one reading per variant.
    pub fn new(view: &'v HaplotypeView<'v>, readings: Vec<Reading>) -> AlignedHaplotypes<'v> {
        assert_eq!(readings.len(), view.n_variants(), "one reading per variant");
        AlignedHaplotypes { view, readings }
    }

    /// Haplotypes whose variants are those of the other data set already.
    #[cfg(test)]
    pub fn as_they_are(view: &'v HaplotypeView<'v>) -> AlignedHaplotypes<'v> {
        AlignedHaplotypes { view, readings: vec![Reading::Counted; view.n_variants()] }
    }

    /// Number of variants, absent ones too.
    pub fn n_variants(&self) -> usize {
        self.readings.len()
    }

    /// Number of haplotypes, two per sample.
    pub fn n_haplotypes(&self) -> usize {
        2 * self.view.n_samples()
    }

    /// Whether no haplotype has an allele at a variant.
    ///
    /// # Panics
    /// If the variant is out of range.
    pub fn is_absent(&self, variant: usize) -> bool {
        self.readings[variant] == Reading::Absent
    }

    /// Whether some sample may lack its second haplotype somewhere.
    pub fn may_be_haploid(&self) -> bool {
        self.view.may_be_haploid()
    }

    /// The alleles of one haplotype at consecutive variants: whether each is the alternate one,
    /// `None` where it is absent.
    ///
    /// # Panics
    /// If the haplotype or a variant is out of range.
    pub fn alleles(&self, haplotype: usize, variants: Range<usize>) -> Vec<Option<bool>> {
        let (mut alleles, mut haploid) = (Vec::new(), Vec::new());
        self.view.alleles(haplotype, variants.clone(), &mut alleles);
        if haplotype % 2 == 1 {
            self.view.haploid(haplotype / 2, variants.clone(), &mut haploid);
        }
        let bit =
            |words: &[u64], at: usize| words.get(at / 64).is_some_and(|w| w >> (at % 64) & 1 == 1);
        let readings = self.readings[variants].iter().enumerate();
        readings
            .map(|(at, reading)| match reading {
                _ if bit(&haploid, at) => None,
                Reading::Counted => Some(bit(&alleles, at)),
                Reading::Swapped => Some(!bit(&alleles, at)),
                Reading::Absent => None,
            })
            .collect()
    }

    /// All haplotypes at consecutive variants; those that are absent are missing in all.
    ///
    /// # Panics
    /// If a variant is out of range.
    pub fn rows(&self, variants: Range<usize>) -> WindowRows {
        let rows = WindowRows::of(self.view, variants.clone());
        let readings = &self.readings[variants];
        if readings.iter().all(|reading| *reading == Reading::Counted) {
            return rows;
        }
        let swapped = mask(readings, Reading::Swapped);
        let absent = mask(readings, Reading::Absent);
        let mut aligned = WindowRows::new(rows.n_variants());
        let (mut alleles, mut present) = (swapped.clone(), absent.clone());
        for row in 0..rows.n_rows() {
            for word in 0..swapped.len() {
                alleles[word] = rows.alleles(row)[word] ^ swapped[word];
                present[word] = rows.present(row)[word] & !absent[word];
            }
            aligned.push(&alleles, &present);
        }
        aligned
    }
}

/// A bit for every variant, 64 to a word: 1 where it has this reading.
fn mask(readings: &[Reading], wanted: Reading) -> Vec<u64> {
    let word = |readings: &[Reading]| {
        let bits = readings.iter().enumerate();
        bits.fold(0, |word, (bit, reading)| word | u64::from(*reading == wanted) << bit)
    };
    readings.chunks(64).map(word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::haplotypes::packed::HaplotypeBuilder;

    /// 150 variants of two samples, the second of which is haploid at every seventh.
    fn view() -> HaplotypeView<'static> {
        let mut builder = HaplotypeBuilder::new(2);
        for variant in 0..150_u64 {
            let haploid = u64::from(variant % 7 == 0) << 3;
            let alleles = (variant * variant / 3) & 0xf & !haploid;
            builder.push(&[alleles], Some(&[haploid]));
        }
        HaplotypeView::whole(builder.finish())
    }

    #[test]
    fn alleles_are_swapped_and_dropped_one_by_one() {
        let view = view();
        let readings: Vec<Reading> = (0..150)
            .map(|variant| match variant % 5 {
                1 => Reading::Swapped,
                3 => Reading::Absent,
                _ => Reading::Counted,
            })
            .collect();
        let aligned = AlignedHaplotypes::new(&view, readings.clone());
        assert_eq!((aligned.n_variants(), aligned.n_haplotypes()), (150, 4));
        let mut n_missing = 0;
        assert!(aligned.is_absent(3) && !aligned.is_absent(4) && aligned.may_be_haploid());
        for variants in [0..150, 3..70, 64..128, 149..150] {
            let (got, given) =
                (aligned.rows(variants.clone()), WindowRows::of(&view, variants.clone()));
            for row in 0..4 {
                assert_eq!(
                    aligned.alleles(row, variants.clone()),
                    (0..variants.len()).map(|at| got.allele(row, at)).collect::<Vec<_>>()
                );
                for (at, variant) in variants.clone().enumerate() {
                    let want = match readings[variant] {
                        Reading::Counted => given.allele(row, at),
                        Reading::Swapped => given.allele(row, at).map(|allele| !allele),
                        Reading::Absent => None,
                    };
                    assert_eq!(got.allele(row, at), want, "haplotype {row}, variant {variant}");
                    n_missing += usize::from(want.is_none());
                }
            }
        }
        assert!(n_missing > 100);
    }

    #[test]
    fn what_is_read_as_it_is_stays_as_it_is() {
        let view = view();
        let aligned = AlignedHaplotypes::as_they_are(&view);
        assert_eq!(aligned.rows(5..77), WindowRows::of(&view, 5..77));
    }
}
