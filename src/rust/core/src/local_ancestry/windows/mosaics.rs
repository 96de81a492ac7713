//! Labels of mosaics of held-out haplotypes, which new samples would get.
//!
//! Source: Durand et al. 2014, section 2.4: recalibration learns from simulated admixture.
//!
//! Each mosaic is made of haplotypes of one fold, and labeled by the SVMs that
//! were trained without that fold. Most windows of a mosaic are those of one held-out haplotype,
//! whose decisions are known already; only the others are compared with support vectors.

use crate::data::haplotypes::packed::HaplotypeView;
use crate::data::haplotypes::window_rows::WindowRows;
use crate::local_ancestry::windows::classifiers::Classifiers;
use crate::local_ancestry::windows::decide::Odds;
use crate::local_ancestry::windows::decide::label;
use crate::local_ancestry::windows::entries::Entries;
use crate::local_ancestry::windows::held_out::HeldOut;
use crate::local_ancestry::windows::kernel::compare;
use crate::local_ancestry::windows::model::WindowCalls;
use crate::local_ancestry::windows::settings::Settings;
use crate::svm::pairwise_coupling::Coupling;
use std::collections::HashMap;

/// Samples whose haplotypes are mosaics of those of one fold of the panel each.
#[derive(Clone, Copy)]
pub struct Mosaics<'m> {
    /// At the variants of the panel.
    pub haplotypes: &'m HaplotypeView<'m>,
    /// n_samples: the fold.
    pub fold: &'m [usize],
}

/// The SVMs of a window and their decisions about the panel.
pub struct WindowSvms<'w> {
    pub entries: &'w Entries,
    /// n_folds, trained without each.
    pub sets: &'w [Classifiers],
    pub held_out: &'w HeldOut<'w>,
    pub odds: Odds<'w>,
    pub settings: &'w Settings,
}

/// Kinds of haplotypes by their alleles and where these are known.
type Known<'w> = HashMap<(&'w [u64], &'w [u64]), u32>;

fn bits(rows: &WindowRows, row: usize) -> (&[u64], &[u64]) {
    (rows.alleles(row), rows.present(row))
}

impl WindowSvms<'_> {
    /// Labels of mosaics, and probabilities if the settings ask for them.
    ///
    /// | argument | shape           | values                                        |
    /// |----------|-----------------|-----------------------------------------------|
    /// | `rows`   | 2 n_mosaics     | haplotypes at the variants of the window      |
    /// | `fold`   | n_mosaics       | whose SVMs were trained without them          |
    ///
    /// # Panics
    /// If lengths do not match.
    pub fn label_mosaics(&self, rows: &WindowRows, fold: &[usize]) -> WindowCalls {
        assert_eq!(rows.n_rows(), 2 * fold.len(), "two haplotypes per mosaic");
        let k = self.sets[0].seen.len();
        let mut calls = WindowCalls::unknown(rows.n_rows(), k, self.settings.probabilities);
        let mut coupling = Coupling::default();
        let kinds = &self.entries.kinds;
        let known: Known<'_> =
            (0..kinds.n_rows()).map(|kind| (bits(kinds, kind), kind as u32)).collect();
        for (own, set) in self.sets.iter().enumerate() {
            let mine: Vec<usize> = (0..rows.n_rows())
                .filter(|&row| fold[row / 2] == own && rows.is_seen(row))
                .collect();
            for (row, decision) in mine.iter().zip(self.decide(rows, &mine, own, &known)) {
                calls.label[*row] = label(&decision, &set.seen, self.settings.multiclass);
                if self.settings.probabilities {
                    let out = &mut calls.probability[row * k..][..k];
                    self.odds.apply(&decision, &set.seen, &mut coupling, out);
                }
            }
        }
        calls
    }

    /// Decision values of some rows by the SVMs of one fold.
    fn decide(
        &self,
        rows: &WindowRows,
        chosen: &[usize],
        fold: usize,
        known: &Known<'_>,
    ) -> Vec<Vec<f64>> {
        let of_panel = |row: usize| {
            let kind = known.get(&bits(rows, row))?;
            self.held_out.known_decision(*kind, fold).map(<[f64]>::to_vec)
        };
        let found: Vec<Option<Vec<f64>>> = chosen.iter().map(|&row| of_panel(row)).collect();
        let mut new = WindowRows::new(rows.n_variants());
        for (&row, _) in chosen.iter().zip(&found).filter(|(_, found)| found.is_none()) {
            new.push(rows.alleles(row), rows.present(row));
        }
        let mut compared = self.compare_new(&new, fold).into_iter();
        let or_new = |found: Option<Vec<f64>>| found.or_else(|| compared.next());
        found.into_iter().map(or_new).map(|decision| decision.expect("a decision")).collect()
    }

    fn compare_new(&self, new: &WindowRows, fold: usize) -> Vec<Vec<f64>> {
        let set = &self.sets[fold];
        let support = set.support(self.entries, self.settings.multiclass);
        if new.n_rows() == 0 || support.kind.is_empty() {
            return vec![set.bias.clone(); new.n_rows()];
        }
        // Entries are sorted by population: a kind may support several.
        let mut kept = support.kind.clone();
        kept.sort_unstable();
        kept.dedup();
        let place: Vec<usize> = support
            .kind
            .iter()
            .map(|kind| kept.binary_search(kind).expect("a kept kind"))
            .collect();
        let mut vectors = WindowRows::new(new.n_variants());
        let kinds = &self.entries.kinds;
        for &kind in &kept {
            vectors.push(kinds.alleles(kind as usize), kinds.present(kind as usize));
        }
        let mut kernels = vec![0.0; new.n_rows() * kept.len()];
        compare(self.settings.kernel, new, &vectors, &mut kernels, kept.len());
        let k = set.seen.len();
        let mut sums = vec![0.0; k * k];
        let decide = |row: &[f32]| {
            let values = place.iter().map(|&place| row[place]);
            let mut decision = vec![0.0; set.bias.len()];
            support.functions(k).decide(values, &mut sums, &mut decision);
            decision
        };
        kernels.chunks_exact(kept.len()).map(decide).collect()
    }
}
