//! The stored part of a trained window, and its predictions.

use crate::data::haplotypes::window_rows::WindowRows;
use crate::local_ancestry::windows::classifiers::Classifiers;
use crate::local_ancestry::windows::decide::NO_LABEL;
use crate::local_ancestry::windows::decide::Odds;
use crate::local_ancestry::windows::decide::label;
use crate::local_ancestry::windows::decision::DecisionFunctions;
use crate::local_ancestry::windows::decision::n_svms;
use crate::local_ancestry::windows::entries::Entries;
use crate::local_ancestry::windows::kernel::Kernel;
use crate::local_ancestry::windows::kernel::compare;
use crate::local_ancestry::windows::likeness::Likeness;
use crate::local_ancestry::windows::likeness::UNKNOWN;
use crate::local_ancestry::windows::multinomial::Multinomial;
use crate::local_ancestry::windows::settings::Multiclass;
use crate::local_ancestry::windows::settings::Settings;
use crate::svm::pairwise_coupling::Coupling;
use crate::svm::platt::Sigmoid;
use serde::Deserialize;
use serde::Serialize;

/// New haplotypes that are compared with the support vectors at a time; bounds memory.
const BLOCK: usize = 256;

/// Largest bias, slope or offset of a model that was read: sums of products with it are finite.
const MOST_BIAS: f64 = 1e50;

/// SVMs of one window: support vectors, which are haplotypes of panel members, and their
/// coefficients. A window in which nothing can be learned has no support vector and labels no
/// haplotype.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WindowModel {
    n_variants: usize,
    kernel: Kernel,
    multiclass: Multiclass,
    /// n_populations: populations in the training data; all false where nothing could be learned.
    seen: Vec<bool>,
    /// n_haplotypes x n_variants.div_ceil(8): alleles, first variant in the lowest bit.
    alleles: Vec<u8>,
    /// The same for alleles that are known; empty where all are.
    present: Vec<u8>,
    /// n_support: which of these haplotypes.
    haplotype: Vec<u32>,
    /// n_support: its population, in increasing order.
    population: Vec<u16>,
    /// n_support x n_populations, as [`Classifiers`] has them.
    coefficient: Vec<f32>,
    /// n_svms.
    bias: Vec<f64>,
    /// n_svms; empty where probabilities were not asked for.
    sigmoid: Vec<Sigmoid>,
    /// Of SVMs that were trained jointly: what is usual among members of the panel.
    likeness: Likeness,
}

/// Labels and probabilities of the haplotypes of a window.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowCalls {
    /// n_haplotypes: codes, or [`NO_LABEL`].
    pub label: Vec<u16>,
    /// n_haplotypes x n_populations, rows sum to 1; empty where they were not asked for.
    pub probability: Vec<f32>,
    /// n_haplotypes x n_populations, see [`Likeness`]; empty where it is not known.
    pub likeness: Vec<i8>,
}

impl WindowCalls {
    /// No haplotype labeled, all populations equally probable.
    pub fn unknown(n_haplotypes: usize, n_populations: usize, with_probabilities: bool) -> Self {
        let n = if with_probabilities { n_haplotypes * n_populations } else { 0 };
        let probability = vec![1.0 / n_populations as f32; n];
        WindowCalls { label: vec![NO_LABEL; n_haplotypes], probability, likeness: Vec::new() }
    }
}

impl WindowModel {
    /// Keeps the support vectors of trained SVMs. `sigmoid` is empty or has one per SVM.
    pub fn new(
        entries: &Entries,
        classifiers: &Classifiers,
        sigmoid: Vec<Sigmoid>,
        likeness: Likeness,
        settings: &Settings,
    ) -> WindowModel {
        let Settings { kernel, multiclass, .. } = *settings;
        let support = classifiers.support(entries, multiclass);
        let mut kept: Vec<u32> = support.kind.clone();
        kept.sort_unstable();
        kept.dedup();
        let place = |kind: &u32| kept.binary_search(kind).expect("a kept kind") as u32;
        let haplotype = support.kind.iter().map(place).collect();
        let rows = &entries.kinds;
        let full = rows.full_row();
        let all_known = kept.iter().all(|&kind| rows.present(kind as usize) == full);
        let bytes = |words: &[u64]| -> Vec<u8> {
            let all = words.iter().flat_map(|word| word.to_le_bytes());
            all.take(rows.n_variants().div_ceil(8)).collect()
        };
        let pack = |kind: &u32| bytes(rows.alleles(*kind as usize));
        let pack_present = |kind: &u32| bytes(rows.present(*kind as usize));
        let present = if all_known { vec![] } else { kept.iter().flat_map(pack_present).collect() };
        WindowModel {
            n_variants: rows.n_variants(),
            kernel,
            multiclass,
            seen: classifiers.seen.clone(),
            alleles: kept.iter().flat_map(pack).collect(),
            present,
            haplotype,
            population: support.population,
            coefficient: support.coefficient.iter().map(|&value| value as f32).collect(),
            bias: support.bias,
            sigmoid,
            likeness,
        }
    }

    /// A window in which nothing can be learned.
    pub fn empty(n_variants: usize, n_populations: usize, kernel: Kernel, m: Multiclass) -> Self {
        WindowModel {
            n_variants,
            kernel,
            multiclass: m,
            seen: vec![false; n_populations],
            alleles: Vec::new(),
            present: Vec::new(),
            haplotype: Vec::new(),
            population: Vec::new(),
            coefficient: Vec::new(),
            bias: Vec::new(),
            sigmoid: Vec::new(),
            likeness: Likeness::default(),
        }
    }

    /// Whether the parts of a model that was read fit together; else what does not.
    /// `n_variants`: of the window; the rest are those of its chromosome.
    pub fn problem(
        &self,
        n_variants: usize,
        n_populations: usize,
        settings: &Settings,
    ) -> Option<&'static str> {
        if self.n_variants != n_variants {
            return Some("A window has other variants than its place says.");
        }
        if self.kernel != settings.kernel || self.multiclass != settings.multiclass {
            return Some("A window has other classifiers than its chromosome.");
        }
        // Checked first: everything else depends on the number of populations, which may be wrong.
        if self.seen.len() != n_populations {
            return Some("A window has another number of populations.");
        }
        self.support_problem(n_populations).or_else(|| self.classifier_problem(n_populations))
    }

    fn support_problem(&self, n_populations: usize) -> Option<&'static str> {
        let n_bytes = self.n_variants.div_ceil(8);
        let n_haplotypes = self.alleles.len() / n_bytes.max(1);
        let n_support = self.haplotype.len();
        let checks = [
            (self.alleles.len() == n_haplotypes * n_bytes, "A haplotype is cut off."),
            (
                self.present.is_empty() || self.present.len() == self.alleles.len(),
                "A mask of known alleles is cut off.",
            ),
            (
                self.haplotype.iter().all(|&row| (row as usize) < n_haplotypes)
                    && self.population.len() == n_support
                    && self.population.iter().all(|&code| usize::from(code) < n_populations)
                    && self.coefficient.len() == n_support * n_populations,
                "Support vectors do not fit together.",
            ),
            (
                self.coefficient.iter().all(|value| value.is_finite()),
                "A coefficient is no finite number.",
            ),
        ];
        checks.iter().find(|(holds, _)| !holds).map(|(_, problem)| *problem)
    }

    fn classifier_problem(&self, n_populations: usize) -> Option<&'static str> {
        let n_svms = n_svms(n_populations, self.multiclass);
        let is_empty = self.haplotype.is_empty();
        let sound = |value: f64| value.abs() <= MOST_BIAS;
        let numbers = self.sigmoid.iter().flat_map(|sigmoid| [sigmoid.slope, sigmoid.offset]);
        let checks = [
            (is_empty || self.bias.len() == n_svms, "A classifier is missing."),
            (
                self.sigmoid.is_empty() || self.sigmoid.len() == self.bias.len(),
                "A sigmoid is missing.",
            ),
            (self.likeness.fits(self.seen.len()), "What is usual among members is out of range."),
            (
                self.bias.iter().copied().chain(numbers).all(sound),
                "A bias or a sigmoid is out of range.",
            ),
        ];
        checks.iter().find(|(holds, _)| !holds).map(|(_, problem)| *problem)
    }

    /// Whether it has SVMs but no sigmoids.
    pub fn lacks_probabilities(&self) -> bool {
        let needs = self.multiclass != Multiclass::Joint && !self.haplotype.is_empty();
        needs && self.sigmoid.is_empty()
    }

    /// Number of populations, seen or not.
    pub fn n_populations(&self) -> usize {
        self.seen.len()
    }

    /// Number of coefficients' rows: haplotypes, each once per population it supports.
    pub fn n_support(&self) -> usize {
        self.haplotype.len()
    }

    /// Variants that it uses.
    pub fn n_variants(&self) -> usize {
        self.n_variants
    }

    /// Labels of new haplotypes, and probabilities if asked for.
    ///
    /// | argument  | shape        | values                                       |
    /// |-----------|--------------|----------------------------------------------|
    /// | `rows`    | n_haplotypes | at the variants of the window and its context |
    ///
    /// `regression`: of SVMs that were trained jointly.
    ///
    /// # Panics
    /// If the number of variants differs, or probabilities are asked of a model without them.
    pub fn predict(
        &self,
        rows: &WindowRows,
        with_probabilities: bool,
        regression: Option<&Multinomial>,
    ) -> WindowCalls {
        let odds = match regression {
            Some(regression) => Odds::Joint(regression),
            None => Odds::Sigmoids(&self.sigmoid, self.multiclass),
        };
        let has = regression.is_some() || !self.sigmoid.is_empty() || self.haplotype.is_empty();
        assert!(!with_probabilities || has, "a model with probabilities");
        self.decide(rows, with_probabilities.then_some(odds))
    }

    /// Labels of new haplotypes, and decision values of SVMs that were trained jointly in place of
    /// probabilities ([`Odds::Later`]).
    ///
    /// # Panics
    /// If the number of variants differs.
    pub fn decisions(&self, rows: &WindowRows) -> WindowCalls {
        self.decide(rows, Some(Odds::Later))
    }

    fn decide(&self, rows: &WindowRows, odds: Option<Odds<'_>>) -> WindowCalls {
        assert_eq!(rows.n_variants(), self.n_variants, "variants of the window");
        let k = self.n_populations();
        let mut calls = WindowCalls::unknown(rows.n_rows(), k, odds.is_some());
        if self.haplotype.is_empty() {
            return calls;
        }
        let (kinds, kind_of) = rows.fold();
        let known = self.predict_kinds(&kinds, odds);
        if !known.likeness.is_empty() {
            calls.likeness = vec![UNKNOWN; rows.n_rows() * k];
        }
        for (haplotype, kind) in kind_of.into_iter().enumerate() {
            let Some(kind) = kind.map(|kind| kind as usize) else { continue };
            calls.label[haplotype] = known.label[kind];
            if !known.likeness.is_empty() {
                let own = &known.likeness[kind * k..][..k];
                calls.likeness[haplotype * k..][..k].copy_from_slice(own);
            }
            if odds.is_some() {
                calls.probability[haplotype * k..][..k]
                    .copy_from_slice(&known.probability[kind * k..][..k]);
            }
        }
        calls
    }

    fn predict_kinds(&self, kinds: &WindowRows, odds: Option<Odds<'_>>) -> WindowCalls {
        let (k, support) = (self.n_populations(), self.support_rows());
        let mut calls = WindowCalls::unknown(kinds.n_rows(), k, odds.is_some());
        if !self.likeness.mean.is_empty() {
            calls.likeness = vec![UNKNOWN; kinds.n_rows() * k];
        }
        let mut kernels = vec![0.0; BLOCK * support.n_rows()];
        let (mut sums, mut decision) = (vec![0.0; k * k], vec![0.0; self.bias.len()]);
        let mut coupling = Coupling::default();
        for first in (0..kinds.n_rows()).step_by(BLOCK) {
            let mut block = WindowRows::new(self.n_variants);
            let end = kinds.n_rows().min(first + BLOCK);
            (first..end).for_each(|kind| block.push(kinds.alleles(kind), kinds.present(kind)));
            compare(self.kernel, &block, &support, &mut kernels, support.n_rows());
            for (kind, row) in (first..end).zip(kernels.chunks_exact(support.n_rows())) {
                let values = self.haplotype.iter().map(|&haplotype| row[haplotype as usize]);
                if !calls.likeness.is_empty() {
                    let out = &mut calls.likeness[kind * k..][..k];
                    self.likeness.of(&self.population, values.clone(), out);
                }
                self.functions().decide(values, &mut sums, &mut decision);
                calls.label[kind] = label(&decision, &self.seen, self.multiclass);
                if let Some(odds) = odds {
                    let out = &mut calls.probability[kind * k..][..k];
                    odds.apply(&decision, &self.seen, &mut coupling, out);
                }
            }
        }
        calls
    }

    fn functions(&self) -> DecisionFunctions<'_, f32> {
        DecisionFunctions {
            population: &self.population,
            coefficient: &self.coefficient,
            bias: &self.bias,
            multiclass: self.multiclass,
            n_populations: self.n_populations(),
        }
    }

    /// The haplotypes of the support vectors.
    fn support_rows(&self) -> WindowRows {
        let mut rows = WindowRows::new(self.n_variants);
        let full = rows.full_row();
        let n_bytes = self.n_variants.div_ceil(8);
        let words = |bytes: &[u8]| -> Vec<u64> {
            let word = |eight: &[u8]| {
                eight.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte))
            };
            bytes.chunks(8).map(word).collect()
        };
        for (row, alleles) in self.alleles.chunks_exact(n_bytes).enumerate() {
            let present = self.present.get(row * n_bytes..(row + 1) * n_bytes).map(words);
            rows.push(&words(alleles), present.as_deref().unwrap_or(&full));
        }
        rows
    }
}
