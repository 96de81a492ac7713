//! Representative haplotypes of a large panel in a window.
//!
//! SVMs of all populations that are trained jointly solve a system with an equation for each
//! haplotype. In a large panel they lie in the span of some haplotypes, and are trained on all
//! (`svm::landmark`).

use crate::local_ancestry::windows::entries::Entries;
use std::collections::BTreeSet;

/// Entries, at most `most`, each of a different kind: equally many of each population, or
/// all that it has; those of a population are spread evenly over its entries.
///
/// `None` if there are at most twice as many entries: landmarks would save too little.
pub fn landmarks(entries: &Entries, most: usize) -> Option<Vec<usize>> {
    if entries.len() <= most.saturating_mul(2) {
        return None;
    }
    let mut groups: Vec<(usize, usize)> = Vec::new();
    for group in entries.population.chunk_by(|one, next| one == next) {
        let first = groups.last().map_or(0, |(first, size)| first + size);
        groups.push((first, group.len()));
    }
    // The smallest first: what they leave, others have.
    groups.sort_by_key(|&(first, size)| (size, first));
    let (mut left, n_groups) = (most, groups.len());
    let mut chosen = Vec::new();
    for (place, (first, size)) in groups.into_iter().enumerate() {
        let own = size.min(left / (n_groups - place));
        chosen.extend((0..own).map(|at| first + at * size / own));
        left -= own;
    }
    chosen.sort_unstable();
    let mut kinds = BTreeSet::new();
    chosen.retain(|&entry| kinds.insert(entries.kind[entry]));
    Some(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::haplotypes::window_rows::WindowRows;

    /// Populations of 2, 6 and 12 haplotypes, all of different kinds but for one of the last, which
    /// is also of the first.
    fn entries() -> Entries {
        let mut rows = WindowRows::new(8);
        (0..20_u64).for_each(|row| rows.push(&[if row == 8 { 1 } else { row + 1 }], &[0xff]));
        let population = [0, 1, 1, 1, 2, 2, 2, 2, 2, 2];
        Entries::new(&rows, &population, &[0; 10], 1)
    }

    #[test]
    fn small_populations_keep_all_and_the_others_are_thinned_evenly() {
        let entries = entries();
        let got = landmarks(&entries, 8).unwrap();
        // 2 of 2, 3 of 6, 3 of 12, the first of which is of a kind that the first population has.
        assert_eq!(got, [0, 1, 2, 4, 6, 12, 16]);
        let kinds: BTreeSet<u32> = got.iter().map(|&entry| entries.kind[entry]).collect();
        assert_eq!(kinds.len(), got.len());
        // Fewer than populations: those that come first have none.
        assert_eq!(landmarks(&entries, 2).unwrap().len(), 2);
    }

    #[test]
    fn a_panel_that_is_not_twice_as_large_needs_none() {
        assert!(landmarks(&entries(), 9).is_some());
        assert!(landmarks(&entries(), 10).is_none());
        assert!(landmarks(&entries(), usize::MAX).is_none());
    }
}
