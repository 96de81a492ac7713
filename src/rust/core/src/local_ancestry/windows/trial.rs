//! Labels of mosaics at one length of windows, by which lengths are compared.
//!
//! A fold of the panel is held out: the other members train the windows, the mosaics are made of
//! members of the fold. Only what the comparison needs is trained, one set of SVMs for each window
//! in place of one for each fold and one for all.

use crate::data::haplotypes::packed::HaplotypeView;
use crate::data::haplotypes::window_rows::WindowRows;
use crate::error::Result;
use crate::linalg::folds::stratified_folds;
use crate::local_ancestry::windows::classifiers::train;
use crate::local_ancestry::windows::decide::Odds;
use crate::local_ancestry::windows::entries::Entries;
use crate::local_ancestry::windows::layout::Windows;
use crate::local_ancestry::windows::likeness::Likeness;
use crate::local_ancestry::windows::model::WindowCalls;
use crate::local_ancestry::windows::model::WindowModel;
use crate::local_ancestry::windows::panel::Panel;
use crate::local_ancestry::windows::settings::Multiclass;
use crate::local_ancestry::windows::settings::Settings;
use crate::local_ancestry::windows::train::Calls;
use crate::local_ancestry::windows::train::joined;
use crate::local_ancestry::windows::train::regression;
use crate::local_ancestry::windows::training_kernels::WindowKernels;
use crate::task::Task;
use rayon::prelude::*;

/// Labels and probabilities of mosaics of the members of `fold`, by SVMs trained without them.
///
/// SVMs are trained jointly, whatever the settings say: the others would need more folds for their
/// sigmoids. Probabilities are learned from the decisions about the members of the fold.
///
/// # Errors
/// As [`crate::local_ancestry::windows::train::train_chromosome`].
///
/// # Panics
/// If mosaics have other variants than the panel, or there is no such fold.
pub fn label_trial(
    panel: &Panel<'_>,
    settings: &Settings,
    fold: usize,
    mosaics: &HaplotypeView<'_>,
    task: &Task,
) -> Result<Calls> {
    settings.check(panel.n_samples())?;
    assert!(fold < settings.folds, "a fold");
    let n_variants = panel.haplotypes().n_variants();
    assert_eq!(mosaics.n_variants(), n_variants, "variants of mosaics");
    let multiclass = Multiclass::Joint;
    let cost = settings.cost.min(multiclass.most_cost());
    let settings = Settings { multiclass, cost, probabilities: true, ..*settings };
    let windows = Windows::new(n_variants, settings.window, settings.context)?;
    let folds = stratified_folds(panel.population(), settings.folds, settings.seed);
    let split = |out: bool| -> Part {
        let sample = (0..panel.n_samples()).filter(|&sample| (folds[sample] == fold) == out);
        let sample: Vec<usize> = sample.collect();
        let population = sample.iter().map(|&sample| panel.population()[sample]).collect();
        Part { sample, population }
    };
    let (kept, out) = (split(false), split(true));
    task.begin("comparing windows", windows.count() as u64)?;
    let (of_members, of_mosaics): (Vec<WindowCalls>, Vec<WindowCalls>) = (0..windows.count())
        .into_par_iter()
        .map(|window| {
            let extent = windows.extent(window);
            let rows = WindowRows::of(panel.haplotypes(), extent.clone());
            let model =
                train_part(&kept.rows(&rows), &kept, panel.n_populations(), &settings, task)?;
            let members = model.decisions(&out.rows(&rows));
            let mosaics = model.decisions(&WindowRows::of(mosaics, extent));
            task.advance(1)?;
            Ok((members, mosaics))
        })
        .collect::<Result<Vec<_>>>()?
        .into_iter()
        .unzip();
    let k = panel.n_populations();
    let members = joined(of_members, 2 * out.sample.len(), k, k);
    let mut calls = joined(of_mosaics, 2 * mosaics.n_samples(), k, k);
    calls.settle(&regression(&members, &out.population));
    Ok(calls)
}

/// Some samples of a panel.
struct Part {
    sample: Vec<usize>,
    /// One for each sample: code.
    population: Vec<u16>,
}

impl Part {
    /// Their rows of those of all.
    fn rows(&self, all: &WindowRows) -> WindowRows {
        let mut rows = WindowRows::new(all.n_variants());
        for row in self.sample.iter().flat_map(|sample| [2 * sample, 2 * sample + 1]) {
            rows.push(all.alleles(row), all.present(row));
        }
        rows
    }
}

fn train_part(
    rows: &WindowRows,
    part: &Part,
    k: usize,
    settings: &Settings,
    task: &Task,
) -> Result<WindowModel> {
    let one_fold = vec![0; part.sample.len()];
    let entries = Entries::new(rows, &part.population, &one_fold, 1);
    if entries.n_populations() < 2 || !entries.differ() {
        return Ok(WindowModel::empty(rows.n_variants(), k, settings.kernel, settings.multiclass));
    }
    let kernels = WindowKernels::new(&entries, settings);
    let weights = [entries.weights(None)];
    let sets = train(&kernels, &entries, k, &weights, settings, task)?;
    Ok(WindowModel::new(&entries, &sets[0], vec![], Likeness::default(), settings))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::haplotypes::aligned::AlignedHaplotypes;
    use crate::data::haplotypes::packed::HaplotypeBuilder;
    use crate::local_ancestry::windows::decide::NO_LABEL;
    use crate::local_ancestry::windows::kernel::Kernel;
    use crate::local_ancestry::windows::settings::LANDMARKS;
    use crate::local_ancestry::windows::simulated::population_haplotypes;
    use crate::local_ancestry::windows::train::train_chromosome;
    use rayon::ThreadPoolBuilder;

    fn settings() -> Settings {
        Settings {
            window: 30,
            context: 10,
            kernel: Kernel::String,
            multiclass: Multiclass::Joint,
            cost: 10.0,
            tolerance: 1e-6,
            folds: 4,
            probabilities: true,
            landmarks: LANDMARKS,
            seed: 1,
        }
    }

    fn codes(n: usize) -> Vec<u16> {
        (0..n).map(|sample| (sample % 3) as u16).collect()
    }

    /// A copy of some samples.
    fn chosen(view: &HaplotypeView<'_>, samples: &[usize]) -> HaplotypeView<'static> {
        let mut builder = HaplotypeBuilder::new(samples.len());
        let mut word = Vec::new();
        for variant in 0..view.n_variants() {
            let mut words = vec![0_u64; (2 * samples.len()).div_ceil(64)];
            for (place, haplotype) in samples.iter().flat_map(|s| [2 * s, 2 * s + 1]).enumerate() {
                view.alleles(haplotype, variant..variant + 1, &mut word);
                words[place / 64] |= (word[0] & 1) << (place % 64);
            }
            builder.push(&words, None);
        }
        HaplotypeView::whole(builder.finish())
    }

    fn trial(
        view: &HaplotypeView<'_>,
        population: &[u16],
        settings: &Settings,
        mosaics: &HaplotypeView<'_>,
    ) -> Calls {
        let panel = Panel::new(view, population, 3).unwrap();
        label_trial(&panel, settings, 2, mosaics, &Task::new()).unwrap()
    }

    /// Reference implementation: a panel without the fold is trained as a whole one, its windows
    /// decide about the fold and the mosaics. Here mosaics are other samples of the populations.
    #[test]
    fn labels_are_those_of_a_panel_without_the_fold() {
        let population = codes(60);
        let all = population_haplotypes(&codes(90), 100, 0.5, 5);
        let view = chosen(&all, &(0..60).collect::<Vec<usize>>());
        let mosaics = chosen(&all, &(60..90).collect::<Vec<usize>>());
        let got = trial(&view, &population, &settings(), &mosaics);
        let fold = stratified_folds(&population, 4, 1);
        let of_fold = |out: bool| -> Vec<usize> {
            (0..60).filter(|&sample| (fold[sample] == 2) == out).collect()
        };
        let (kept, out) = (of_fold(false), of_fold(true));
        let code = |samples: &[usize]| -> Vec<u16> {
            samples.iter().map(|&sample| population[sample]).collect()
        };
        let part = chosen(&view, &kept);
        let codes = code(&kept);
        let panel = Panel::new(&part, &codes, 3).unwrap();
        let model = train_chromosome(&panel, &settings(), &Task::new()).unwrap().model;
        let want = model.predict(&AlignedHaplotypes::as_they_are(&mosaics), &Task::new()).unwrap();
        assert_eq!(got.label, want.label);
        // Probabilities come from the decisions about the fold.
        let layout = model.layout().unwrap();
        let decisions = |view: &HaplotypeView<'_>| -> Calls {
            let windows = model.windows.iter().enumerate().map(|(window, model)| {
                model.decisions(&WindowRows::of(view, layout.extent(window)))
            });
            joined(windows.collect(), 2 * view.n_samples(), 3, 0)
        };
        let regression = regression(&decisions(&chosen(&view, &out)), &code(&out));
        let mut want = decisions(&mosaics);
        want.settle(&regression);
        assert_eq!(got.probability.len(), 3 * 60 * 3);
        let pairs = got.probability.iter().zip(&want.probability);
        pairs.for_each(|(got, want)| assert!((got - want).abs() < 1e-5, "{got} {want}"));
        let right = got
            .label
            .iter()
            .enumerate()
            .filter(|(at, label)| usize::from(**label) == at % 60 / 2 % 3);
        assert!(right.count() > 120, "three populations are distinguished");
    }

    #[test]
    fn threads_and_kinds_of_svms_change_nothing() {
        let population = codes(30);
        let view = population_haplotypes(&population, 70, 0.5, 6);
        let with = |threads, multiclass, cost| {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let settings = Settings { multiclass, cost, ..settings() };
            pool.install(|| trial(&view, &population, &settings, &view))
        };
        let first = with(1, Multiclass::Joint, 1e3);
        assert_eq!(first, with(3, Multiclass::OneVsOne, 1e3));
        // A penalty that only other SVMs may have becomes the largest of these.
        assert_eq!(first, with(2, Multiclass::OneVsRest, 1e5));
    }

    /// No variant varies: nothing is known, and nothing fails.
    #[test]
    fn windows_without_information_have_no_label() {
        let population = codes(12);
        let mut builder = HaplotypeBuilder::new(12);
        (0..40).for_each(|_| builder.push(&[0], None));
        let view = HaplotypeView::whole(builder.finish());
        let got = trial(&view, &population, &settings(), &view);
        assert!(got.label.iter().all(|label| *label == NO_LABEL));
        assert!(got.probability.iter().all(|p| *p == 1.0 / 3.0));
    }

    #[test]
    fn bad_settings_and_a_canceled_task_stop_it() {
        let population = codes(12);
        let view = population_haplotypes(&population, 40, 0.3, 11);
        let panel = Panel::new(&view, &population, 3).unwrap();
        let kind = |settings: Settings, task: &Task| {
            label_trial(&panel, &settings, 0, &view, task).unwrap_err().kind()
        };
        assert_eq!(kind(Settings { window: 0, ..settings() }, &Task::new()), "window_size");
        assert_eq!(kind(Settings { cost: 0.0, ..settings() }, &Task::new()), "cost");
        let task = Task::new();
        task.cancel();
        assert_eq!(kind(settings(), &task), "interrupted");
    }
}
