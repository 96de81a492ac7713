//! All windows of a chromosome: training, held-out calls of the panel, calls of new haplotypes.
//!
//! Source: Durand et al. 2014, section 2.1. Windows are independent of one another: each thread
//! holds one at a time, with its kernel matrix, so that memory grows with threads and the square
//! of the panel (with the panel where there are landmarks), not with the chromosome; models and
//! calls are all that is kept.

use crate::data::haplotypes::aligned::AlignedHaplotypes;
use crate::data::haplotypes::window_rows::WindowRows;
use crate::error::Error;
use crate::error::Result;
use crate::linalg::folds::stratified_folds;
use crate::local_ancestry::windows::classifiers::train;
use crate::local_ancestry::windows::decide::NO_LABEL;
use crate::local_ancestry::windows::decide::Odds;
use crate::local_ancestry::windows::decide::label;
use crate::local_ancestry::windows::entries::Entries;
use crate::local_ancestry::windows::held_out::HeldOut;
use crate::local_ancestry::windows::layout::Windows;
use crate::local_ancestry::windows::likeness::Likeness;
use crate::local_ancestry::windows::likeness::UNKNOWN;
use crate::local_ancestry::windows::model::WindowCalls;
use crate::local_ancestry::windows::model::WindowModel;
use crate::local_ancestry::windows::mosaics::Mosaics;
use crate::local_ancestry::windows::mosaics::WindowSvms;
use crate::local_ancestry::windows::multinomial::Multinomial;
use crate::local_ancestry::windows::panel::Panel;
use crate::local_ancestry::windows::settings::Multiclass;
use crate::local_ancestry::windows::settings::Settings;
use crate::local_ancestry::windows::training_kernels::WindowKernels;
use crate::svm::pairwise_coupling::Coupling;
use crate::task::Task;
use rayon::prelude::*;
use serde::Deserialize;
use serde::Serialize;

/// The trained windows of a chromosome.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChromosomeModel {
    pub n_variants: usize,
    pub n_populations: usize,
    pub settings: Settings,
    /// Of SVMs that were trained jointly: what maps decision values to probabilities.
    pub regression: Option<Multinomial>,
    /// One per window.
    pub windows: Vec<WindowModel>,
}

/// Labels and probabilities of the haplotypes of a chromosome.
#[derive(Clone, Debug, PartialEq)]
pub struct Calls {
    pub n_windows: usize,
    pub n_haplotypes: usize,
    pub n_populations: usize,
    /// n_windows x n_haplotypes: codes, or `decide::NO_LABEL`.
    pub label: Vec<u16>,
    /// n_windows x n_haplotypes x n_populations; each n_populations sum to 1. Empty where
    /// probabilities were not asked for.
    pub probability: Vec<f32>,
    /// n_windows x n_haplotypes x n_populations, of members of the panel n_windows x n_haplotypes
    /// with their own population ([`crate::local_ancestry::windows::likeness`]); empty where it is
    /// not known.
    pub likeness: Vec<i8>,
}

/// A trained chromosome.
#[derive(Clone, Debug, PartialEq)]
pub struct Training {
    pub model: ChromosomeModel,
    /// Of every haplotype of the panel by SVMs trained without it and the other haplotype of
    /// its sample. Sigmoids, two numbers per SVM, are fitted to the held-out decisions of all.
    pub held_out: Calls,
    /// n_samples: the fold in which each was held out.
    pub fold: Vec<usize>,
    /// Of mosaics, by SVMs trained without the haplotypes they are made of.
    pub mosaics: Option<Calls>,
    /// SVMs, over all windows and folds, that did not reach their tolerance.
    pub n_not_converged: usize,
    /// Windows in which landmarks stand for all haplotypes.
    pub n_with_landmarks: usize,
}

/// Trains every window.
///
/// # Errors
/// [`Error`]: `WindowSize`, `NoVariants`, `CostOutOfRange`, `FoldCount`, `ToleranceOutOfRange` for
/// the settings; `Interrupted`.
pub fn train_chromosome(panel: &Panel<'_>, settings: &Settings, task: &Task) -> Result<Training> {
    train_with_mosaics(panel, settings, None, task)
}

/// Trains every window, and labels mosaics by the SVMs of the folds.
///
/// # Errors
/// As [`train_chromosome`].
///
/// # Panics
/// If mosaics have other variants than the panel, or a fold that there is not.
pub fn train_with_mosaics(
    panel: &Panel<'_>,
    settings: &Settings,
    mosaics: Option<Mosaics<'_>>,
    task: &Task,
) -> Result<Training> {
    settings.check(panel.n_samples())?;
    let n_variants = panel.haplotypes().n_variants();
    let windows = Windows::new(n_variants, settings.window, settings.context)?;
    let fold = stratified_folds(panel.population(), settings.folds, settings.seed);
    if let Some(mosaics) = mosaics {
        assert_eq!(mosaics.haplotypes.n_variants(), n_variants, "variants of mosaics");
        assert!(mosaics.fold.iter().all(|&fold| fold < settings.folds), "folds of mosaics");
    }
    task.begin("training windows", windows.count() as u64)?;
    let trained: Vec<TrainedWindow> = (0..windows.count())
        .into_par_iter()
        .map(|window| {
            let rows = WindowRows::of(panel.haplotypes(), windows.extent(window));
            let mosaics = mosaics.map(|mosaics| {
                (WindowRows::of(mosaics.haplotypes, windows.extent(window)), mosaics.fold)
            });
            let trained = train_window(&rows, panel, &fold, settings, mosaics, task)?;
            task.advance(1)?;
            Ok(trained)
        })
        .collect::<Result<_>>()?;
    let n_not_converged = trained.iter().map(|window| window.n_not_converged).sum();
    let n_with_landmarks = trained.iter().filter(|window| window.has_landmarks).count();
    let n_populations = panel.n_populations();
    let (mut models, mut calls, mut of_mosaics) = (Vec::new(), Vec::new(), Vec::new());
    for window in trained {
        models.push(window.model);
        calls.push(window.held_out);
        of_mosaics.extend(window.mosaics);
    }
    let mut held_out = joined(calls, 2 * panel.n_samples(), n_populations, 1);
    let mut mosaics = mosaics
        .map(|mosaics| joined(of_mosaics, 2 * mosaics.fold.len(), n_populations, n_populations));
    let joint = settings.multiclass == Multiclass::Joint && settings.probabilities;
    let regression = joint.then(|| regression(&held_out, panel.population()));
    if let Some(regression) = &regression {
        held_out.settle(regression);
        if let Some(mosaics) = &mut mosaics {
            mosaics.settle(regression);
        }
    }
    let model = ChromosomeModel {
        n_variants,
        n_populations,
        settings: *settings,
        regression,
        windows: models,
    };
    Ok(Training { model, held_out, fold, mosaics, n_not_converged, n_with_landmarks })
}

/// Calls of windows, one after the other. `n_likeness`: numbers of each haplotype.
pub(super) fn joined(
    calls: Vec<WindowCalls>,
    n_haplotypes: usize,
    n_populations: usize,
    n_likeness: usize,
) -> Calls {
    Calls {
        n_windows: calls.len(),
        n_haplotypes,
        n_populations,
        label: calls.iter().flat_map(|calls| calls.label.iter().copied()).collect(),
        likeness: joined_likeness(&calls, n_haplotypes * n_likeness),
        probability: calls.into_iter().flat_map(|calls| calls.probability).collect(),
    }
}

/// `n`: of a window. A window that knows nothing has unknown ones if another knows.
fn joined_likeness(calls: &[WindowCalls], n: usize) -> Vec<i8> {
    if calls.iter().all(|calls| calls.likeness.is_empty()) {
        return Vec::new();
    }
    let mut all = Vec::with_capacity(calls.len() * n);
    for calls in calls {
        if calls.likeness.is_empty() {
            all.resize(all.len() + n, UNKNOWN);
        } else {
            all.extend_from_slice(&calls.likeness);
        }
    }
    all
}

/// Haplotypes of windows, at most, from which probabilities are learned.
const REGRESSION_ROWS: usize = 40_000;

/// From decision values of held-out haplotypes, every population with the same weight.
/// `population`: of each sample.
pub(super) fn regression(held_out: &Calls, population: &[u16]) -> Multinomial {
    let (n, k) = (held_out.n_haplotypes, held_out.n_populations);
    let values = |&at: &usize| &held_out.probability[at * k..][..k];
    let known = |at: &usize| {
        held_out.label[*at] != NO_LABEL && values(at).iter().all(|value| value.is_finite())
    };
    let all: Vec<usize> = (0..held_out.label.len()).filter(known).collect();
    // Odd, so that first and second haplotypes of samples are both tested.
    let step = all.len().div_ceil(REGRESSION_ROWS) | 1;
    let chosen: Vec<usize> = all.into_iter().step_by(step).collect();
    let class: Vec<u16> = chosen.iter().map(|&at| population[at % n / 2]).collect();
    let mut count = vec![0.0; k];
    class.iter().for_each(|&class| count[usize::from(class)] += 1.0);
    let even = class.len() as f64 / k as f64;
    let weight: Vec<f64> = class.iter().map(|&class| even / count[usize::from(class)]).collect();
    let decision: Vec<f64> =
        chosen.iter().flat_map(values).map(|&value| f64::from(value)).collect();
    Multinomial::fit(&decision, &class, &weight, k)
}

impl Calls {
    /// Replaces the decision values by probabilities.
    pub(super) fn settle(&mut self, regression: &Multinomial) {
        let rows = self.probability.chunks_exact_mut(self.n_populations).zip(&self.label);
        for (row, _) in rows.filter(|(_, label)| **label != NO_LABEL) {
            let seen: Vec<bool> = row.iter().map(|value| value.is_finite()).collect();
            let value = |(value, seen): (&f32, &bool)| if *seen { f64::from(*value) } else { 0.0 };
            let decision: Vec<f64> = row.iter().zip(&seen).map(value).collect();
            regression.probabilities(&decision, &seen, row);
        }
    }
}

struct TrainedWindow {
    model: WindowModel,
    held_out: WindowCalls,
    mosaics: Option<WindowCalls>,
    n_not_converged: usize,
    has_landmarks: bool,
}

/// A window in which haplotypes do not differ, or in which fewer than two populations have alleles,
/// has nothing to learn: its model labels no haplotype.
fn train_window(
    rows: &WindowRows,
    panel: &Panel<'_>,
    fold: &[usize],
    settings: &Settings,
    mosaics: Option<(WindowRows, &[usize])>,
    task: &Task,
) -> Result<TrainedWindow> {
    let k = panel.n_populations();
    let entries = Entries::new(rows, panel.population(), fold, settings.folds);
    if !entries.differ() || entries.n_populations() < 2 {
        let model = WindowModel::empty(rows.n_variants(), k, settings.kernel, settings.multiclass);
        let held_out = WindowCalls::unknown(rows.n_rows(), k, settings.probabilities);
        let mosaics =
            mosaics.map(|(rows, _)| WindowCalls::unknown(rows.n_rows(), k, settings.probabilities));
        let (n_not_converged, has_landmarks) = (0, false);
        return Ok(TrainedWindow { model, held_out, mosaics, n_not_converged, has_landmarks });
    }
    let kernels = WindowKernels::new(&entries, settings);
    let held_out = (0..settings.folds).map(Some);
    let weights: Vec<Vec<f64>> =
        held_out.chain([None]).map(|without| entries.weights(without)).collect();
    let mut sets = train(&kernels, &entries, k, &weights, settings, task)?;
    let n_not_converged = sets.iter().map(|set| set.n_not_converged).sum();
    let all = sets.pop().expect("the set without a fold");
    let held_out = HeldOut::new(&kernels, &entries, &sets, settings.multiclass);
    let joint = settings.multiclass == Multiclass::Joint;
    let sigmoid = if settings.probabilities && !joint { held_out.sigmoids() } else { vec![] };
    let odds = if joint { Odds::Later } else { Odds::Sigmoids(&sigmoid, settings.multiclass) };
    let mut calls = WindowCalls::unknown(rows.n_rows(), k, settings.probabilities);
    let mut coupling = Coupling::default();
    for (haplotype, kind) in entries.kind_of.iter().enumerate() {
        let (Some(kind), fold) = (*kind, fold[haplotype / 2]) else { continue };
        let (decision, seen) = (held_out.decision(kind, fold), &sets[fold].seen);
        calls.label[haplotype] = label(decision, seen, settings.multiclass);
        if settings.probabilities {
            let out = &mut calls.probability[haplotype * k..][..k];
            odds.apply(decision, seen, &mut coupling, out);
        }
    }
    let svms = WindowSvms { entries: &entries, sets: &sets, held_out: &held_out, odds, settings };
    let mosaics = mosaics.map(|(rows, fold)| svms.label_mosaics(&rows, fold));
    let likeness = if joint {
        let (likeness, own) = Likeness::of_panel(&kernels, &entries, panel.population(), k);
        calls.likeness = own;
        likeness
    } else {
        Likeness::default()
    };
    let model = WindowModel::new(&entries, &all, sigmoid, likeness, settings);
    let has_landmarks = matches!(kernels, WindowKernels::Landmarks { .. });
    Ok(TrainedWindow { model, held_out: calls, mosaics, n_not_converged, has_landmarks })
}

impl ChromosomeModel {
    /// Windows of the chromosome.
    ///
    /// # Errors
    /// [`Error::WindowSize`] or [`Error::NoVariants`] if the model was tampered with.
    pub fn layout(&self) -> Result<Windows> {
        Windows::new(self.n_variants, self.settings.window, self.settings.context)
    }

    /// The model in bytes, for a file or an R object; `io::model_file` adds a version and a
    /// checksum.
    ///
    /// # Errors
    /// [`Error::TrainedModel`] if it cannot be written, which says why.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        postcard::to_stdvec(self)
            .map_err(|error| Error::TrainedModel { problem: error.to_string() })
    }

    /// A model from its bytes.
    ///
    /// # Errors
    /// [`Error::TrainedModel`] if the bytes are no model, or one whose parts do not fit together.
    pub fn from_bytes(bytes: &[u8]) -> Result<ChromosomeModel> {
        let refuse = |problem: String| Error::TrainedModel { problem };
        let (model, rest): (ChromosomeModel, &[u8]) =
            postcard::take_from_bytes(bytes).map_err(|error| refuse(format!("{error}.")))?;
        if !rest.is_empty() {
            return Err(refuse(format!("{} bytes follow its end.", rest.len())));
        }
        let layout = model.layout().map_err(|error| refuse(error.to_string()))?;
        if layout.count() != model.windows.len() || model.n_populations < 2 {
            return Err(refuse("It lacks windows or populations.".to_owned()));
        }
        let joint = model.settings.multiclass == Multiclass::Joint && model.settings.probabilities;
        let fits = |regression: &Multinomial| joint && regression.fits(model.n_populations);
        if !model.regression.as_ref().map_or(!joint, fits) {
            return Err(refuse(
                "What makes probabilities of decision values is missing, or not wanted.".to_owned(),
            ));
        }
        for (window, part) in model.windows.iter().enumerate() {
            let lacks = model.settings.probabilities && part.lacks_probabilities();
            let lacks = lacks.then_some("A window lacks its sigmoids.");
            let found =
                part.problem(layout.extent(window).len(), model.n_populations, &model.settings);
            if let Some(problem) = found.or(lacks) {
                return Err(refuse(problem.to_owned()));
            }
        }
        Ok(model)
    }

    /// Calls of new haplotypes, two per sample; with probabilities if the model has them.
    ///
    /// # Errors
    /// [`Error::VariantCountMismatch`] if the haplotypes are not at the variants of the model;
    /// `Interrupted`.
    pub fn predict(&self, haplotypes: &AlignedHaplotypes<'_>, task: &Task) -> Result<Calls> {
        let (expected, found) = (self.n_variants, haplotypes.n_variants());
        if expected != found {
            return Err(Error::VariantCountMismatch { expected, found });
        }
        let layout = self.layout()?;
        task.begin("labeling windows", layout.count() as u64)?;
        let calls = self
            .windows
            .par_iter()
            .enumerate()
            .map(|(window, model)| {
                let rows = haplotypes.rows(layout.extent(window));
                let calls =
                    model.predict(&rows, self.settings.probabilities, self.regression.as_ref());
                task.advance(1)?;
                Ok(calls)
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(joined(calls, haplotypes.n_haplotypes(), self.n_populations, self.n_populations))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::haplotypes::packed::HaplotypeBuilder;
    use crate::data::haplotypes::packed::HaplotypeView;
    use crate::local_ancestry::windows::kernel::Kernel;
    use crate::local_ancestry::windows::settings::LANDMARKS;
    use crate::local_ancestry::windows::simulated::population_haplotypes;
    use rayon::ThreadPoolBuilder;

    fn codes(n: u16) -> Vec<u16> {
        (0..n).map(|sample| sample % 3).collect()
    }

    fn settings() -> Settings {
        Settings { window: 30, context: 10, probabilities: true, ..Settings::paper() }
    }

    fn trained(view: &HaplotypeView<'_>, population: &[u16], settings: &Settings) -> Training {
        let panel = Panel::new(view, population, 3).unwrap();
        train_chromosome(&panel, settings, &Task::new()).unwrap()
    }

    fn accuracy(calls: &Calls, population: &[u16]) -> f64 {
        let right = calls.label.chunks_exact(calls.n_haplotypes).flat_map(|labels| {
            labels.iter().enumerate().filter(|(h, label)| **label == population[h / 2])
        });
        right.count() as f64 / calls.label.len() as f64
    }

    #[test]
    fn populations_that_differ_are_distinguished() {
        let population = codes(60);
        let view = population_haplotypes(&population, 100, 0.0, 5);
        for kernel in [Kernel::String, Kernel::Linear] {
            for multiclass in [Multiclass::OneVsOne, Multiclass::OneVsRest, Multiclass::Joint] {
                let settings = Settings { kernel, multiclass, ..settings() };
                let training = trained(&view, &population, &settings);
                let held_out = &training.held_out;
                assert_eq!((held_out.n_windows, held_out.n_haplotypes), (3, 120));
                assert!(accuracy(held_out, &population) > 0.95);
                assert_eq!(training.n_not_converged, 0);
                let n_rows = held_out.probability.chunks_exact(3).map(|row| {
                    assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-5);
                });
                assert_eq!(n_rows.count(), 3 * 120);
            }
        }
    }

    /// Populations with the same frequencies: held-out labels are right by chance alone, whatever
    /// the SVMs predict for their training data.
    #[test]
    fn held_out_labels_are_not_those_that_were_learned() {
        let population = codes(60);
        let view = population_haplotypes(&population, 90, 1.0, 6);
        let settings = Settings { cost: 1000.0, ..settings() };
        let training = trained(&view, &population, &settings);
        let held_out = accuracy(&training.held_out, &population);
        assert!((0.2..0.47).contains(&held_out), "{held_out}");
        let seen =
            training.model.predict(&AlignedHaplotypes::as_they_are(&view), &Task::new()).unwrap();
        assert!(accuracy(&seen, &population) > 0.99);
    }

    /// Reference implementation of a fold: a panel without its samples, trained again, labels them
    /// alike.
    #[test]
    fn held_out_calls_are_those_of_a_panel_without_the_samples() {
        let population = codes(40);
        let view = population_haplotypes(&population, 30, 0.7, 7);
        for multiclass in [Multiclass::OneVsOne, Multiclass::Joint] {
            held_out_calls_agree(
                &view,
                &population,
                &Settings { tolerance: 1e-8, multiclass, ..settings() },
            );
        }
    }

    fn held_out_calls_agree(view: &HaplotypeView<'_>, population: &[u16], settings: &Settings) {
        let training = trained(view, population, settings);
        for fold in 0..settings.folds {
            let in_fold = |sample: &u32| training.fold[*sample as usize] == fold;
            let kept: Vec<u32> = (0..40).filter(|sample| !in_fold(sample)).collect();
            let out: Vec<u32> = (0..40).filter(in_fold).collect();
            let codes: Vec<u16> = kept.iter().map(|&sample| population[sample as usize]).collect();
            let part = chosen(view, &kept);
            let model = trained(&part, &codes, settings).model;
            let calls = model
                .predict(&AlignedHaplotypes::as_they_are(&chosen(view, &out)), &Task::new())
                .unwrap();
            for (place, sample) in out.iter().enumerate() {
                let haplotype = 2 * *sample as usize;
                let want = &training.held_out.label[haplotype..haplotype + 2];
                assert_eq!(calls.label[2 * place..2 * place + 2], *want);
            }
        }
    }

    /// A quarter of the haplotypes as landmarks: held-out calls are nearly as good, and right by
    /// chance alone where nothing can be learned.
    #[test]
    fn landmarks_represent_the_panel() {
        let population = codes(120);
        let joint = |landmarks| Settings { multiclass: Multiclass::Joint, landmarks, ..settings() };
        let view = population_haplotypes(&population, 90, 0.6, 7);
        let with = |landmarks| trained(&view, &population, &joint(landmarks));
        let (all, some) = (with(LANDMARKS), with(60));
        assert_eq!(all.model.windows[0].n_support(), 240);
        assert_eq!((all.n_with_landmarks, some.n_with_landmarks), (0, some.model.windows.len()));
        assert!(some.model.windows.iter().all(|window| window.n_support() <= 60));
        let right = |training: &Training| accuracy(&training.held_out, &population);
        assert!(right(&some) > right(&all) - 0.05, "{} {}", right(&some), right(&all));
        assert!(right(&some) > 0.6);
        let none = population_haplotypes(&population, 90, 1.0, 6);
        let chance = right(&trained(&none, &population, &joint(60)));
        assert!((0.25..0.42).contains(&chance), "{chance}");
        let pool = ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        assert!(pool.install(|| with(60)) == some, "threads change nothing");
        // As many as make landmarks unnecessary.
        let enough = with(120);
        assert!(enough.model.windows == all.model.windows && enough.held_out == all.held_out);
    }

    /// A copy of some samples.
    fn chosen(view: &HaplotypeView<'_>, samples: &[u32]) -> HaplotypeView<'static> {
        crossed(view, samples, samples, 0)
    }

    /// Reference implementation of the labels of mosaics: SVMs trained on a panel without the
    /// fold.
    #[test]
    fn mosaics_are_labeled_by_svms_trained_without_them() {
        let population = codes(40);
        let view = population_haplotypes(&population, 60, 0.7, 7);
        let kinds = [
            (Kernel::String, Multiclass::OneVsOne),
            (Kernel::Linear, Multiclass::OneVsOne),
            (Kernel::String, Multiclass::Joint),
        ];
        for (kernel, multiclass) in kinds {
            let settings = Settings { tolerance: 1e-8, kernel, multiclass, ..settings() };
            let fold = trained(&view, &population, &settings).fold;
            // Haplotypes of one fold, exchanged at variant 23 for another one of it; every fifth
            // stays as it is.
            let mut partner: Vec<u32> = (0..40).collect();
            for sample in 0..40_usize {
                let mut others = (sample + 1..sample + 40).map(|other| other % 40);
                let other = others.find(|&other| fold[other] == fold[sample]).unwrap();
                partner[sample] = if sample % 5 == 0 { sample } else { other } as u32;
            }
            let own: Vec<u32> = (0..40).collect();
            let mixed = crossed(&view, &own, &partner, 23);
            let panel = Panel::new(&view, &population, 3).unwrap();
            let mosaics = Mosaics { haplotypes: &mixed, fold: &fold };
            let training =
                train_with_mosaics(&panel, &settings, Some(mosaics), &Task::new()).unwrap();
            let got = training.mosaics.unwrap();
            assert_eq!((got.n_windows, got.n_haplotypes), (2, 80));
            let mut n_changed = 0;
            for fold in 0..settings.folds {
                let in_fold = |sample: &u32| training.fold[*sample as usize] == fold;
                let kept: Vec<u32> = own.iter().copied().filter(|s| !in_fold(s)).collect();
                let out: Vec<u32> = own.iter().copied().filter(in_fold).collect();
                let codes: Vec<u16> = kept.iter().map(|&s| population[s as usize]).collect();
                let model = trained(&chosen(&view, &kept), &codes, &settings).model;
                let rows = chosen(&mixed, &out);
                let aligned = AlignedHaplotypes::as_they_are(&rows);
                let calls = model.predict(&aligned, &Task::new()).unwrap();
                for window in 0..2 {
                    for (place, sample) in out.iter().enumerate() {
                        let at = window * 80 + 2 * *sample as usize;
                        let from = window * 2 * out.len() + 2 * place;
                        assert_eq!(got.label[at..at + 2], calls.label[from..from + 2]);
                        let held_out = &training.held_out.label[at..at + 2];
                        n_changed += usize::from(got.label[at..at + 2] != *held_out);
                        assert!(sample % 5 != 0 || got.label[at..at + 2] == *held_out);
                    }
                }
            }
            assert!(n_changed > 10, "{n_changed}");
            let sums = got.probability.chunks_exact(3).map(|row| row.iter().sum::<f32>());
            assert_eq!(sums.filter(|sum| (sum - 1.0).abs() < 1e-5).count(), 160);
            assert_eq!(training.held_out, trained(&view, &population, &settings).held_out);
        }
    }

    /// Haplotypes of `first` up to a variant, then of `second`.
    fn crossed(
        view: &HaplotypeView<'_>,
        first: &[u32],
        second: &[u32],
        at: usize,
    ) -> HaplotypeView<'static> {
        let mut builder = HaplotypeBuilder::new(first.len());
        let mut word = Vec::new();
        for variant in 0..view.n_variants() {
            let mut words = vec![0_u64; (2 * first.len()).div_ceil(64)];
            let source = if variant < at { first } else { second };
            for (place, &sample) in source.iter().enumerate() {
                for copy in 0..2 {
                    view.alleles(2 * sample as usize + copy, variant..variant + 1, &mut word);
                    let haplotype = 2 * place + copy;
                    words[haplotype / 64] |= word[0] << (haplotype % 64);
                }
            }
            builder.push(&words, None);
        }
        HaplotypeView::whole(builder.finish())
    }

    #[test]
    fn threads_change_nothing_and_the_seed_does() {
        let population = codes(40);
        let view = population_haplotypes(&population, 100, 0.5, 8);
        let with = |threads, seed| {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| trained(&view, &population, &Settings { seed, ..settings() }))
        };
        assert_eq!(with(1, 1), with(3, 1));
        assert_ne!(with(1, 1).fold, with(1, 2).fold);
        assert_eq!(
            with(1, 1).model.windows[0].n_support(),
            with(1, 2).model.windows[0].n_support()
        );
    }

    /// The first window does not vary in the panel; the labels of a window that does are not
    /// touched. A haplotype that is absent has no label either.
    #[test]
    fn windows_and_haplotypes_without_information_have_no_label() {
        let population = codes(12);
        let source = population_haplotypes(&population, 60, 0.0, 9);
        let mut builder = HaplotypeBuilder::new(12);
        let mut word = Vec::new();
        // The last sample is haploid throughout.
        let haploid = [1_u64 << 23];
        for variant in 0..60 {
            let mut words = [0_u64];
            for haplotype in 0..23 {
                source.alleles(haplotype, variant..variant + 1, &mut word);
                words[0] |= if variant < 30 { 0 } else { word[0] << haplotype };
            }
            builder.push(&words, Some(&haploid));
        }
        let view = HaplotypeView::whole(builder.finish());
        let settings = Settings { context: 0, ..settings() };
        let training = trained(&view, &population, &settings);
        let calls =
            training.model.predict(&AlignedHaplotypes::as_they_are(&view), &Task::new()).unwrap();
        for calls in [&training.held_out, &calls] {
            assert!(calls.label[..24].iter().all(|label| *label == NO_LABEL));
            assert!(calls.probability[..24 * 3].iter().all(|p| *p == 1.0 / 3.0));
            assert!(calls.label[24..47].iter().all(|label| *label < 3));
            assert_eq!(calls.label[47], NO_LABEL);
            assert_eq!(calls.probability[47 * 3..], [1.0 / 3.0; 3]);
        }
        assert_eq!(training.model.windows[0].n_support(), 0);
    }

    #[test]
    fn a_model_survives_being_written() {
        let population = codes(30);
        let view = population_haplotypes(&population, 70, 0.3, 10);
        let model = trained(&view, &population, &settings()).model;
        let again = ChromosomeModel::from_bytes(&model.to_bytes().unwrap()).unwrap();
        assert_eq!(again, model);
        let task = Task::new();
        assert_eq!(
            again.predict(&AlignedHaplotypes::as_they_are(&view), &task).unwrap(),
            model.predict(&AlignedHaplotypes::as_they_are(&view), &task).unwrap()
        );
    }

    /// Every byte of a model changed, and every beginning of it: an error or a model that predicts,
    /// never a panic, and probabilities throughout.
    #[test]
    fn broken_bytes_are_refused_or_harmless() {
        let population = codes(9);
        let view = population_haplotypes(&population, 12, 0.3, 12);
        for multiclass in [Multiclass::OneVsOne, Multiclass::OneVsRest, Multiclass::Joint] {
            let settings = Settings { window: 6, context: 2, folds: 3, multiclass, ..settings() };
            let model = trained(&view, &population, &settings).model;
            let bytes = model.to_bytes().unwrap();
            for end in 0..bytes.len() {
                let error = ChromosomeModel::from_bytes(&bytes[..end]).unwrap_err();
                assert_eq!(error.kind(), "trained_model");
            }
            for place in 0..bytes.len() {
                for flip in [1_u8, 2, 0x40, 0x80, 0xff] {
                    let mut broken = bytes.clone();
                    broken[place] ^= flip;
                    refused_or_harmless(&broken, &view);
                    // Another byte with it.
                    let other = place * 7 % bytes.len();
                    broken[other] ^= flip.rotate_left(3);
                    refused_or_harmless(&broken, &view);
                }
            }
            let longer = [bytes.as_slice(), &[0]].concat();
            let error = ChromosomeModel::from_bytes(&longer).unwrap_err();
            assert!(error.to_string().contains("1 bytes follow its end"));
        }
    }

    fn refused_or_harmless(bytes: &[u8], view: &HaplotypeView<'_>) {
        let Ok(model) = ChromosomeModel::from_bytes(bytes) else { return };
        let calls = model.predict(&AlignedHaplotypes::as_they_are(view), &Task::new());
        let Ok(calls) = calls else { return };
        assert_eq!(calls.n_haplotypes, 18);
        assert!(calls.probability.iter().all(|p| (0.0..=1.0).contains(p)));
    }

    /// Wrong counts allocate no memory, and parts must be of the kind that the settings
    /// say.
    #[test]
    fn parts_that_do_not_fit_are_refused() {
        let population = codes(9);
        let view = population_haplotypes(&population, 12, 0.3, 12);
        let one_vs_one = Settings { window: 6, context: 2, folds: 3, ..settings() };
        let joint = Settings { multiclass: Multiclass::Joint, ..one_vs_one };
        let linear = Settings { kernel: Kernel::Linear, ..one_vs_one };
        let of = |settings: &Settings| trained(&view, &population, settings).model;
        let refused = |change: &dyn Fn(&mut ChromosomeModel)| {
            let mut model = of(&one_vs_one);
            change(&mut model);
            ChromosomeModel::from_bytes(&model.to_bytes().unwrap()).is_err()
        };
        assert!(!refused(&|_| ()));
        assert!(refused(&|model| model.n_populations = usize::MAX));
        assert!(refused(&|model| model.n_populations = 1 << 33));
        assert!(refused(&|model| model.n_variants = usize::MAX));
        assert!(refused(&|model| model.settings.multiclass = Multiclass::OneVsRest));
        assert!(refused(&|model| model.regression = of(&joint).regression));
        assert!(refused(&|model| model.windows[0] = of(&joint).windows.remove(0)));
        assert!(refused(&|model| model.windows[0] = of(&linear).windows.remove(0)));
        assert!(refused(&|model| model.windows.truncate(1)));
    }

    #[test]
    fn other_variants_and_bad_settings_are_refused() {
        let population = codes(12);
        let view = population_haplotypes(&population, 40, 0.3, 11);
        let panel = Panel::new(&view, &population, 3).unwrap();
        let kind = |settings: Settings| {
            train_chromosome(&panel, &settings, &Task::new()).unwrap_err().kind()
        };
        assert_eq!(kind(Settings { window: 0, ..settings() }), "window_size");
        assert_eq!(kind(Settings { cost: 0.0, ..settings() }), "cost");
        assert_eq!(kind(Settings { folds: 13, ..settings() }), "fold_count");
        let task = Task::new();
        task.cancel();
        let stopped = train_chromosome(&panel, &settings(), &task);
        assert!(matches!(stopped, Err(Error::Interrupted)));
        let model = trained(&view, &population, &settings()).model;
        let other = population_haplotypes(&population, 41, 0.3, 11);
        let error =
            model.predict(&AlignedHaplotypes::as_they_are(&other), &Task::new()).unwrap_err();
        assert!(matches!(error, Error::VariantCountMismatch { expected: 40, found: 41 }));
    }
}
