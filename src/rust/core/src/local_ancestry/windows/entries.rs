//! The distinct haplotypes of a window and their counts.

use crate::data::haplotypes::window_rows::WindowRows;
use std::collections::BTreeMap;

/// The training data of the SVMs of a window.
///
/// An entry is a kind of haplotype in one population; a kind that occurs in two populations has
/// two entries. Entries are sorted by population.
#[derive(Clone, Debug)]
pub struct Entries {
    /// The kinds, each once.
    pub kinds: WindowRows,
    /// n_haplotypes: the kind of each; `None` where all its alleles are missing.
    pub kind_of: Vec<Option<u32>>,
    /// n_entries.
    pub kind: Vec<u32>,
    /// n_entries, codes in ascending order.
    pub population: Vec<u16>,
    /// n_entries x n_folds: how many haplotypes of the entry are in each fold.
    pub count: Vec<f64>,
    pub n_folds: usize,
}

impl Entries {
    /// | argument     | shape            | values                       |
    /// |--------------|------------------|------------------------------|
    /// | `rows`       | 2 n_samples      | haplotypes of the window     |
    /// | `population` | n_samples        | code                         |
    /// | `fold`       | n_samples        | `0..n_folds`                 |
    ///
    /// # Panics
    /// If lengths do not match.
    pub fn new(rows: &WindowRows, population: &[u16], fold: &[usize], n_folds: usize) -> Entries {
        assert!(rows.n_rows() == 2 * population.len() && fold.len() == population.len());
        let (kinds, kind_of) = rows.fold();
        let mut members: BTreeMap<(u16, u32), Vec<f64>> = BTreeMap::new();
        for (haplotype, kind) in kind_of.iter().enumerate() {
            if let Some(kind) = *kind {
                let sample = haplotype / 2;
                let count = members.entry((population[sample], kind));
                count.or_insert_with(|| vec![0.0; n_folds])[fold[sample]] += 1.0;
            }
        }
        let (population, kind) = members.keys().copied().unzip();
        let count = members.into_values().flatten().collect();
        Entries { kinds, kind_of, kind, population, count, n_folds }
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.kind.len()
    }

    /// Whether no haplotype has an allele.
    pub fn is_empty(&self) -> bool {
        self.kind.is_empty()
    }

    /// Number of populations that have a haplotype.
    pub fn n_populations(&self) -> usize {
        self.population.chunk_by(|one, next| one == next).count()
    }

    /// Whether haplotypes differ at all.
    pub fn differ(&self) -> bool {
        self.kinds.n_rows() > 1
    }

    /// Haplotypes of an entry in a fold.
    ///
    /// # Panics
    /// If there is no such entry.
    pub fn count_in(&self, entry: usize, fold: usize) -> f64 {
        self.count[entry * self.n_folds + fold]
    }

    /// Haplotypes of every entry; without those of one fold if it is given.
    pub fn weights(&self, without: Option<usize>) -> Vec<f64> {
        let of = |counts: &[f64]| {
            let kept = counts.iter().enumerate().filter(|(fold, _)| Some(*fold) != without);
            kept.map(|(_, count)| count).sum()
        };
        self.count.chunks_exact(self.n_folds).map(of).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three samples, two populations, two folds: 01 and 10; 01 and 01; 01 and missing.
    #[test]
    fn equal_haplotypes_of_a_population_are_one_entry() {
        let mut rows = WindowRows::new(2);
        for alleles in [0b10, 0b01, 0b10, 0b10, 0b10] {
            rows.push(&[alleles], &[0b11]);
        }
        rows.push(&[0], &[0]);
        let entries = Entries::new(&rows, &[0, 0, 1], &[0, 1, 0], 2);
        assert_eq!(entries.kind_of, [Some(0), Some(1), Some(0), Some(0), Some(0), None]);
        assert_eq!(entries.population, [0, 0, 1]);
        assert_eq!(entries.kind, [0, 1, 0]);
        assert_eq!(entries.count, [1.0, 2.0, 1.0, 0.0, 1.0, 0.0]);
        assert_eq!(entries.weights(None), [3.0, 1.0, 1.0]);
        assert_eq!(entries.weights(Some(0)), [2.0, 0.0, 0.0]);
        assert!(entries.differ() && !entries.is_empty());
        assert_eq!(entries.n_populations(), 2);
    }
}
