//! Haplotypes that are equal throughout.

use crate::data::haplotypes::packed::HaplotypeView;
use crate::error::Result;
use crate::task::Task;
use std::collections::HashMap;
use std::hash::DefaultHasher;
use std::hash::Hash;
use std::hash::Hasher;

/// For every haplotype, the first that is equal to it: itself, unless it is a duplicate. A second
/// haplotype that a sample does not have, anywhere, is no duplicate of another.
///
/// # Errors
/// `Interrupted`.
pub fn first_equal(view: &HaplotypeView<'_>, task: &Task) -> Result<Vec<usize>> {
    let n_haplotypes = 2 * view.n_samples();
    task.begin("comparing haplotypes", n_haplotypes as u64)?;
    let mut alike: HashMap<u64, Vec<usize>> = HashMap::new();
    let mut first = Vec::with_capacity(n_haplotypes);
    for haplotype in 0..n_haplotypes {
        let row = Row::of(view, haplotype);
        let same = alike.entry(row.hash()).or_default();
        // Rows are read again, so that only one hash for each is kept.
        let equal = same.iter().copied().find(|&other| Row::of(view, other) == row);
        let absent = row.is_absent(view.n_variants());
        first.push(if absent { haplotype } else { equal.unwrap_or(haplotype) });
        if equal.is_none() && !absent {
            same.push(haplotype);
        }
        task.advance(1)?;
    }
    Ok(first)
}

/// One haplotype, in words of 64 variants.
#[derive(PartialEq, Hash)]
struct Row {
    alleles: Vec<u64>,
    absent: Vec<u64>,
}

impl Row {
    fn of(view: &HaplotypeView<'_>, haplotype: usize) -> Row {
        let (mut alleles, mut absent) = (Vec::new(), Vec::new());
        view.alleles(haplotype, 0..view.n_variants(), &mut alleles);
        if haplotype % 2 == 1 && view.may_be_haploid() {
            view.haploid(haplotype / 2, 0..view.n_variants(), &mut absent);
        }
        if absent.iter().all(|word| *word == 0) {
            absent.clear();
        }
        Row { alleles, absent }
    }

    fn hash(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        Hash::hash(self, &mut hasher);
        hasher.finish()
    }

    fn is_absent(&self, n_variants: usize) -> bool {
        self.absent.iter().map(|word| word.count_ones() as usize).sum::<usize>() == n_variants
            && n_variants > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::haplotypes::packed::HaplotypeBuilder;

    /// Samples 01 and 11, 01 and none, 01 and 0-: the first haplotypes are equal.
    #[test]
    fn duplicates_worked_by_hand() {
        let mut builder = HaplotypeBuilder::new(3);
        builder.push(&[0b000010], Some(&[0b001000]));
        builder.push(&[0b010111], Some(&[0b101000]));
        let view = HaplotypeView::whole(builder.finish());
        assert_eq!(first_equal(&view, &Task::new()).unwrap(), [0, 1, 0, 3, 0, 5]);
    }

    /// Reference implementation: every pair.
    #[test]
    fn agrees_with_every_pair() {
        let mut builder = HaplotypeBuilder::new(20);
        (0..7_u64).for_each(|v| {
            builder.push(&[0x9e37_79b9_7f4a_7c15_u64.rotate_left(v as u32 * 9)], None)
        });
        let view = HaplotypeView::whole(builder.finish());
        let words = |haplotype| {
            let mut words = Vec::new();
            view.alleles(haplotype, 0..7, &mut words);
            words
        };
        let got = first_equal(&view, &Task::new()).unwrap();
        let want: Vec<usize> =
            (0..40).map(|h| (0..=h).find(|&other| words(other) == words(h)).unwrap()).collect();
        assert_eq!(got, want);
        assert!(got.iter().enumerate().any(|(h, first)| *first != h));
    }
}
