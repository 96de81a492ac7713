//! Decisions about haplotypes by SVMs trained without them.
//!
//! Source: Durand et al. 2014, section 2.2: the error model is learned from held-out labels.

use crate::local_ancestry::windows::classifiers::Classifiers;
use crate::local_ancestry::windows::decision::binary_svms;
use crate::local_ancestry::windows::entries::Entries;
use crate::local_ancestry::windows::settings::Multiclass;
use crate::local_ancestry::windows::training_kernels::WindowKernels;
use crate::svm::platt::Sigmoid;
use std::collections::HashMap;

/// Decision values of every kind of haplotype in every fold where it occurs, by the SVMs that
/// were trained without that fold.
pub struct HeldOut<'e> {
    entries: &'e Entries,
    sets: &'e [Classifiers],
    multiclass: Multiclass,
    n_svms: usize,
    /// Row of `decision`, by kind and fold.
    place: HashMap<(u32, usize), usize>,
    /// n_places x n_svms.
    decision: Vec<f64>,
}

impl<'e> HeldOut<'e> {
    /// | argument     | shape             | values                                          |
    /// |--------------|-------------------|-------------------------------------------------|
    /// | `kernels`    |                   | of the kinds of `entries`                       |
    /// | `sets`       | n_folds           | trained without each fold                       |
    ///
    /// # Panics
    /// If there is not one set per fold.
    pub fn new(
        kernels: &WindowKernels,
        entries: &'e Entries,
        sets: &'e [Classifiers],
        multiclass: Multiclass,
    ) -> HeldOut<'e> {
        assert_eq!(sets.len(), entries.n_folds, "SVMs for each fold");
        let k = sets[0].seen.len();
        let n_svms = binary_svms(k, multiclass).len();
        let mut held_out = HeldOut {
            entries,
            sets,
            multiclass,
            n_svms,
            place: HashMap::new(),
            decision: Vec::new(),
        };
        let mut sums = vec![0.0; k * k];
        for (fold, set) in sets.iter().enumerate() {
            let support = set.support(entries, multiclass);
            let columns: Vec<usize> =
                support.kind.iter().map(|&kind| kernels.column(kind)).collect();
            for entry in (0..entries.len()).filter(|entry| entries.count_in(*entry, fold) > 0.0) {
                let kind = entries.kind[entry];
                let next = held_out.place.len();
                if *held_out.place.entry((kind, fold)).or_insert(next) != next {
                    continue;
                }
                let row = kernels.row(kind as usize);
                let values = columns.iter().map(|&column| row[column]);
                let start = held_out.decision.len();
                held_out.decision.resize(start + n_svms, 0.0);
                support.functions(k).decide(values, &mut sums, &mut held_out.decision[start..]);
            }
        }
        held_out
    }

    /// Decision values of a haplotype of this kind that is held out with this fold.
    ///
    /// # Panics
    /// If there is none.
    pub fn decision(&self, kind: u32, fold: usize) -> &[f64] {
        &self.decision[self.place[&(kind, fold)] * self.n_svms..][..self.n_svms]
    }

    /// The same, or `None` if there is no such haplotype in this fold.
    pub fn known_decision(&self, kind: u32, fold: usize) -> Option<&[f64]> {
        let place = self.place.get(&(kind, fold))?;
        Some(&self.decision[place * self.n_svms..][..self.n_svms])
    }

    /// A sigmoid for every SVM, fitted to the held-out haplotypes of its classes.
    ///
    /// Folds whose SVM was trained without one of its classes are left out.
    pub fn sigmoids(&self) -> Vec<Sigmoid> {
        let k = self.sets[0].seen.len();
        let svms = binary_svms(k, self.multiclass).into_iter().enumerate();
        svms.map(|(svm, classes)| self.sigmoid(svm, classes)).collect()
    }

    fn sigmoid(&self, svm: usize, (first, second): (usize, Option<usize>)) -> Sigmoid {
        let (mut decision, mut positive, mut weight) = (Vec::new(), Vec::new(), Vec::new());
        for entry in 0..self.entries.len() {
            let population = usize::from(self.entries.population[entry]);
            if population != first && second.is_some_and(|second| population != second) {
                continue;
            }
            for (fold, set) in self.sets.iter().enumerate() {
                let count = self.entries.count_in(entry, fold);
                if count > 0.0 && set.has_learned((first, second)) {
                    decision.push(self.decision(self.entries.kind[entry], fold)[svm]);
                    positive.push(population == first);
                    weight.push(count);
                }
            }
        }
        Sigmoid::fit(&decision, &positive, &weight)
    }
}
