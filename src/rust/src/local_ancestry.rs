//! Windows of phased haplotypes: training on a panel, calls of new samples.

use crate::answer::guard;
use crate::convert::entry;
use crate::convert::flags;
use crate::convert::integers;
use crate::convert::items;
use crate::convert::numbers;
use crate::convert::positions;
use crate::convert::r_columns;
use crate::convert::strings;
use crate::copying::with_aligned;
use crate::copying::with_all_donors;
use crate::copying::with_donors;
use crate::haplotypes::packed_list;
use crate::haplotypes::with_haplotypes;
use crate::run::run;
use extendr_api::prelude::*;
use forebear_core::data::haplotypes::duplicates::first_equal;
use forebear_core::error::Result;
use forebear_core::linalg::folds::stratified_folds;
use forebear_core::local_ancestry::calibration::typicality::Usual;
use forebear_core::local_ancestry::calibration::typicality::sums;
use forebear_core::local_ancestry::calibration::typicality::usual;
use forebear_core::local_ancestry::copying::imputation::imputed;
use forebear_core::local_ancestry::copying::pieces::Piece;
use forebear_core::local_ancestry::copying::refine::Called;
use forebear_core::local_ancestry::copying::refine::refine;
use forebear_core::local_ancestry::copying::switch_position::SwitchStep;
use forebear_core::local_ancestry::copying::switch_position::place_switches;
use forebear_core::local_ancestry::copying::switch_steps::switch_steps;
use forebear_core::local_ancestry::windows::decide::NO_LABEL;
use forebear_core::local_ancestry::windows::kernel::Kernel;
use forebear_core::local_ancestry::windows::layout::Windows;
use forebear_core::local_ancestry::windows::mosaics::Mosaics;
use forebear_core::local_ancestry::windows::observed::observed_proportions;
use forebear_core::local_ancestry::windows::panel::Panel;
use forebear_core::local_ancestry::windows::settings::Multiclass;
use forebear_core::local_ancestry::windows::settings::Settings;
use forebear_core::local_ancestry::windows::train::Calls;
use forebear_core::local_ancestry::windows::train::ChromosomeModel;
use forebear_core::local_ancestry::windows::train::Training;
use forebear_core::local_ancestry::windows::train::train_with_mosaics;
use forebear_core::local_ancestry::windows::trial::label_trial;
use forebear_core::task::Task;
use std::ops::Range;

/// For every haplotype the first that is equal to it, from 1.
#[extendr]
fn rust_first_equal(haplotypes: Robj, threads: i32, progress: Robj) -> Robj {
    with_haplotypes(&haplotypes, |view| {
        let first = run(threads, &progress, |task| first_equal(view, task))?;
        Ok(first.iter().map(|&first| first as i32 + 1).collect::<Vec<i32>>().into())
    })
}

/// The fold, from 1, in which each sample of a panel is held out.
#[extendr]
fn rust_panel_folds(population: Robj, settings: Robj) -> Robj {
    guard(|| {
        let codes = codes_of(&population);
        let settings = settings_of(&settings);
        settings.check(codes.len())?;
        let folds = stratified_folds(&codes, settings.folds, settings.seed);
        Ok(folds.iter().map(|&fold| fold as i32 + 1).collect::<Vec<i32>>().into())
    })
}

/// Trains the windows of one chromosome. `population` has codes from 1, one per sample; `mosaics`:
/// NULL, or `haplotypes`, each sample made of those of one fold, and `fold`, these folds.
#[extendr]
fn rust_train_chromosome(
    haplotypes: Robj,
    population: Robj,
    n_populations: i32,
    settings: Robj,
    mosaics: Robj,
    threads: i32,
    progress: Robj,
) -> Robj {
    with_haplotypes(&haplotypes, |view| {
        let codes = codes_of(&population);
        let panel = Panel::new(view, &codes, n_populations as usize)?;
        let settings = settings_of(&settings);
        let train = |mosaics: Option<Mosaics<'_>>| {
            let training = run(threads, &progress, |task| {
                train_with_mosaics(&panel, &settings, mosaics, task)
            })?;
            training_list(&training)
        };
        if mosaics.is_null() {
            return train(None);
        }
        let fold = positions(&entry(&mosaics, "fold"));
        Ok(with_haplotypes(&entry(&mosaics, "haplotypes"), |mosaics| {
            train(Some(Mosaics { haplotypes: mosaics, fold: &fold }))
        }))
    })
}

/// Calls of mosaics of the members of one `fold` (from 1) by windows that the other members have
/// trained, and `n_variants` of each window.
#[extendr]
#[allow(clippy::too_many_arguments)]
fn rust_label_trial(
    haplotypes: Robj,
    population: Robj,
    n_populations: i32,
    settings: Robj,
    fold: i32,
    mosaics: Robj,
    threads: i32,
    progress: Robj,
) -> Robj {
    with_haplotypes(&haplotypes, |view| {
        let codes = codes_of(&population);
        let panel = Panel::new(view, &codes, n_populations as usize)?;
        let settings = settings_of(&settings);
        let windows = Windows::new(view.n_variants(), settings.window, settings.context)?;
        let n_variants: Vec<i32> =
            (0..windows.count()).map(|window| windows.core(window).len() as i32).collect();
        Ok(with_haplotypes(&mosaics, |mosaics| {
            let calls = run(threads, &progress, |task| {
                label_trial(&panel, &settings, fold as usize - 1, mosaics, task)
            })?;
            Ok(list!(calls = calls_list(&calls), n_variants = n_variants.clone()).into())
        }))
    })
}

/// Codes of populations, from 0.
fn codes_of(population: &Robj) -> Vec<u16> {
    integers(population).iter().map(|&code| code as u16 - 1).collect()
}

fn training_list(training: &Training) -> Result<Robj> {
    let folds: Vec<i32> = training.fold.iter().map(|&fold| fold as i32 + 1).collect();
    let mosaics = training.mosaics.as_ref().map(calls_list);
    Ok(list!(
        model = Raw::from_bytes(&training.model.to_bytes()?),
        held_out = calls_list(&training.held_out),
        fold = folds,
        mosaics = mosaics.map_or(().into(), Robj::from),
        n_not_converged = training.n_not_converged as f64,
        n_with_landmarks = training.n_with_landmarks as f64
    )
    .into())
}

/// Calls of haplotypes at the variants of a trained chromosome. `reading`: 1 for a variant as it
/// is, -1 where the alleles are exchanged, 0 where it is absent.
#[extendr]
fn rust_predict_chromosome(
    model: Robj,
    haplotypes: Robj,
    reading: Robj,
    observed: Robj,
    threads: i32,
    progress: Robj,
) -> Robj {
    with_aligned(&haplotypes, &reading, |aligned| {
        let model = ChromosomeModel::from_bytes(model.as_raw_slice().expect("a raw vector"))?;
        let mut calls = run(threads, &progress, |task| model.predict(aligned, task))?;
        calls.discount(&observed_proportions(&model.layout()?, &flags(&observed)));
        Ok(calls_list(&calls).into())
    })
}

/// n_windows: proportion of the variants that each window is labeled from that are observed.
#[extendr]
fn rust_observed_proportions(model: Robj, observed: Robj) -> Robj {
    guard(|| {
        let model = ChromosomeModel::from_bytes(model.as_raw_slice().expect("a raw vector"))?;
        Ok(observed_proportions(&model.layout()?, &flags(&observed)).into())
    })
}

/// Haplotypes with an allele at every variant, as `rust_pack_haplotypes()` gives them. `donors`: see
/// `with_all_donors()`.
#[extendr]
fn rust_impute_haplotypes(
    haplotypes: Robj,
    reading: Robj,
    donors: Robj,
    threads: i32,
    progress: Robj,
) -> Robj {
    with_aligned(&haplotypes, &reading, |aligned| {
        Ok(with_all_donors(&donors, |donors| {
            let packed = run(threads, &progress, |task| imputed(aligned, donors, task))?;
            Ok(packed_list(packed).into())
        }))
    })
}

/// For each switch the first variant after it, from 1; one more than there are variants if none is.
/// `steps`: `sample`, `first` and `last` (where it may be), populations `before_1`, `before_2`,
/// `after_1`, `after_2`; all from 1. `donors`: see `with_donors()`.
#[extendr]
fn rust_place_switches(
    haplotypes: Robj,
    reading: Robj,
    donors: Robj,
    steps: Robj,
    threads: i32,
    progress: Robj,
) -> Robj {
    with_aligned(&haplotypes, &reading, |aligned| {
        let steps = steps_of(&steps);
        Ok(with_donors(&donors, |donors| {
            let place = |task: &Task| place_switches(aligned, donors, &steps, task);
            let places = run(threads, &progress, place)?;
            Ok(places.iter().map(|&place| place as i32 + 1).collect::<Vec<i32>>().into())
        }))
    })
}

/// What `rust_place_switches()` takes as steps. `posterior`, `switched`: as `rust_decode_ancestry()`
/// gives them; `chains`: `sample` from 1, `second` 0 where there is no second haplotype.
#[extendr]
fn rust_switch_steps(posterior: Robj, switched: Robj, chains: Robj, n_variants: Robj) -> Robj {
    guard(|| {
        let second = entry(&chains, "second");
        let samples = positions(&entry(&chains, "sample"));
        let samples: Vec<(usize, bool)> =
            samples.into_iter().zip(integers(&second).iter().map(|&second| second > 0)).collect();
        let n_variants: Vec<usize> = integers(&n_variants).iter().map(|&n| n as usize).collect();
        let switched = flags(&switched);
        let steps = switch_steps(numbers(&posterior), &switched, &samples, &n_variants);
        Ok(steps_list(&steps))
    })
}

fn steps_list(steps: &[SwitchStep]) -> Robj {
    let column = |value: fn(&SwitchStep) -> usize| -> Vec<i32> {
        steps.iter().map(|step| value(step) as i32).collect()
    };
    list!(
        sample = column(|step| step.sample + 1),
        first = column(|step| step.variants.start + 1),
        last = column(|step| step.variants.end),
        before_1 = column(|step| step.before[0] + 1),
        before_2 = column(|step| step.before[1] + 1),
        after_1 = column(|step| step.after[0] + 1),
        after_2 = column(|step| step.after[1] + 1)
    )
    .into()
}

fn steps_of(list: &Robj) -> Vec<SwitchStep> {
    let column = |name| positions(&entry(list, name));
    let (sample, first, last) = (column("sample"), column("first"), column("last"));
    let before = [column("before_1"), column("before_2")];
    let after = [column("after_1"), column("after_2")];
    let step = |at: usize| SwitchStep {
        sample: sample[at],
        before: [before[0][at], before[1][at]],
        after: [after[0][at], after[1][at]],
        variants: first[at]..last[at] + 1,
    };
    (0..sample.len()).map(step).collect()
}

/// Calls of haplotypes as given, changes placed to the variant. `posterior`: as
/// `rust_decode_ancestry()` gives it; `chains`: `first`, `second` (haplotypes from 1, 0 where there is
/// none); `cores`: `first`, `last` variant of each window, and `border`, see `Strand::pieces()`;
/// `flips`: `chain` and `variant`, rising in each, all of them borders; `donors`: see
/// `with_donors()`. One row for each piece: `haplotype` (from 1), `window`, `first`, `last`,
/// `posterior`.
#[extendr]
#[allow(clippy::too_many_arguments)]
fn rust_refine_calls(
    haplotypes: Robj,
    reading: Robj,
    donors: Robj,
    posterior: Robj,
    chains: Robj,
    cores: Robj,
    flips: Robj,
    threads: i32,
    progress: Robj,
) -> Robj {
    with_aligned(&haplotypes, &reading, |aligned| {
        let starts = positions(&entry(&cores, "first"));
        let ends = integers(&entry(&cores, "last")).to_vec();
        let borders = positions(&entry(&cores, "border"));
        let cores: Vec<Range<usize>> =
            starts.iter().zip(&ends).map(|(&start, &end)| start..end as usize).collect();
        let (columns, n_rows) = (numbers(&posterior), posterior.nrows());
        let k = posterior.ncols();
        let mut of_chain: Vec<Vec<usize>> = vec![Vec::new(); entry(&chains, "first").len()];
        let places = positions(&entry(&flips, "chain"));
        for (chain, variant) in places.into_iter().zip(positions(&entry(&flips, "variant"))) {
            of_chain[chain].push(variant);
        }
        let second = entry(&chains, "second");
        let pairs = positions(&entry(&chains, "first")).into_iter().zip(integers(&second));
        let (mut row, mut owners) = (0, Vec::new());
        let mut called = Vec::with_capacity(of_chain.len());
        for ((first, &second), flips) in pairs.zip(&of_chain) {
            let mut haplotypes = vec![first];
            haplotypes.extend((second > 0).then(|| second as usize - 1));
            let strands = haplotypes.iter().map(|_| {
                let rows = row..row + cores.len();
                row += cores.len();
                rows.flat_map(|row| (0..k).map(move |column| columns[column * n_rows + row]))
                    .collect()
            });
            let posterior = strands.collect();
            owners.extend(haplotypes.iter().copied());
            called.push(Called { haplotypes, posterior, flips });
        }
        Ok(with_donors(&donors, |donors| {
            let refined = run(threads, &progress, |task| {
                refine(aligned, donors, &called, &cores, &borders, task)
            })?;
            Ok(pieces_list(&owners, &refined, k))
        }))
    })
}

fn pieces_list(owners: &[usize], haplotypes: &[Vec<Piece>], k: usize) -> Robj {
    let pieces = || haplotypes.iter().flatten();
    let n_rows = pieces().count();
    let mut posterior = RMatrix::<f64>::new(n_rows, k);
    let out = posterior.data_mut();
    for (row, piece) in pieces().enumerate() {
        piece.posterior.iter().enumerate().for_each(|(column, p)| out[column * n_rows + row] = *p);
    }
    let owner = owners.iter().zip(haplotypes);
    let owner: Vec<i32> = owner
        .flat_map(|(&owner, pieces)| std::iter::repeat_n(owner as i32 + 1, pieces.len()))
        .collect();
    let column =
        |of: fn(&Piece) -> usize| pieces().map(|piece| of(piece) as i32).collect::<Vec<_>>();
    list!(
        haplotype = owner,
        window = column(|piece| piece.window + 1),
        first = column(|piece| piece.variants.start + 1),
        last = column(|piece| piece.variants.end),
        posterior = posterior
    )
    .into()
}

/// First and last variant of every window, from 1.
#[extendr]
fn rust_window_variants(model: Robj) -> Robj {
    guard(|| {
        let model = ChromosomeModel::from_bytes(model.as_raw_slice().expect("a raw vector"))?;
        let layout = model.layout()?;
        let cores: Vec<_> = (0..layout.count()).map(|window| layout.core(window)).collect();
        let first: Vec<i32> = cores.iter().map(|core| core.start as i32 + 1).collect();
        let last: Vec<i32> = cores.iter().map(|core| core.end as i32).collect();
        Ok(list!(first = first, last = last).into())
    })
}

/// Settings of a trained chromosome, with the names and types of R's settings.
#[extendr]
fn rust_trained_chromosome(model: Robj) -> Robj {
    guard(|| {
        let model = ChromosomeModel::from_bytes(model.as_raw_slice().expect("a raw vector"))?;
        let settings = &model.settings;
        Ok(list!(
            n_variants = model.n_variants as f64,
            n_populations = model.n_populations as f64,
            window = settings.window as f64,
            context = settings.context as f64,
            kernel = kernel_name(settings.kernel),
            multiclass = multiclass_name(settings.multiclass),
            cost = settings.cost,
            tolerance = settings.tolerance,
            folds = settings.folds as f64,
            probabilities = f64::from(u8::from(settings.probabilities)),
            seed = settings.seed as f64
        )
        .into())
    })
}

fn settings_of(list: &Robj) -> Settings {
    let number = |name| numbers(&entry(list, name))[0];
    let choice = |name| strings(&entry(list, name)).remove(0);
    Settings {
        window: number("window") as usize,
        context: number("context") as usize,
        kernel: kernel_of(&choice("kernel")),
        multiclass: multiclass_of(&choice("multiclass")),
        cost: number("cost"),
        tolerance: number("tolerance"),
        folds: number("folds") as usize,
        probabilities: number("probabilities") != 0.0,
        landmarks: number("landmarks") as usize,
        seed: number("seed") as u64,
    }
}

fn kernel_of(name: &str) -> Kernel {
    match name {
        "string" => Kernel::String,
        "linear" => Kernel::Linear,
        other => panic!("no kernel is called {other}"),
    }
}

fn kernel_name(kernel: Kernel) -> &'static str {
    match kernel {
        Kernel::String => "string",
        Kernel::Linear => "linear",
    }
}

fn multiclass_name(multiclass: Multiclass) -> &'static str {
    match multiclass {
        Multiclass::Joint => "joint",
        Multiclass::OneVsOne => "one_vs_one",
        Multiclass::OneVsRest => "one_vs_rest",
    }
}

fn multiclass_of(name: &str) -> Multiclass {
    match name {
        "joint" => Multiclass::Joint,
        "one_vs_one" => Multiclass::OneVsOne,
        "one_vs_rest" => Multiclass::OneVsRest,
        other => panic!("no multiclass method is called {other}"),
    }
}

/// `label`: n_haplotypes x n_windows, codes from 1, `NA` where there is none; `probability`: NULL,
/// or n_populations x n_haplotypes x n_windows.
fn calls_list(calls: &Calls) -> List {
    let code = |&label: &u16| if label == NO_LABEL { i32::MIN } else { i32::from(label) + 1 };
    let label: Vec<i32> = calls.label.iter().map(code).collect();
    let mut matrix = RMatrix::<i32>::new(calls.n_haplotypes, calls.n_windows);
    matrix.data_mut().copy_from_slice(&label);
    let probability: Vec<f64> = calls.probability.iter().map(|&p| f64::from(p)).collect();
    let dim = [calls.n_populations, calls.n_haplotypes, calls.n_windows].map(|n| n as i32);
    let probability: Robj = if probability.is_empty() { ().into() } else { probability.into() };
    let likeness: Vec<u8> = calls.likeness.iter().map(|&value| value as u8).collect();
    let likeness: Robj =
        if likeness.is_empty() { ().into() } else { Raw::from_bytes(&likeness).into() };
    list!(label = matrix, probability = probability, likeness = likeness, dim = dim.to_vec())
}

/// What is usual in each population: `mean`, `between`, `within`. `likeness`: of each chromosome that
/// of the panel's haplotypes with their own population; `population`: of samples, from 1.
#[extendr]
fn rust_usual_likeness(likeness: Robj, population: Robj, n_populations: i32) -> Robj {
    guard(|| {
        let chromosomes: Vec<Vec<i8>> = items(&likeness).iter().map(signed).collect();
        let chromosomes: Vec<&[i8]> = chromosomes.iter().map(Vec::as_slice).collect();
        let usual = usual(&chromosomes, &positions(&population), n_populations as usize);
        let column = |of: fn(&Usual) -> f64| usual.iter().map(of).collect::<Vec<f64>>();
        Ok(list!(
            mean = column(|usual| usual.mean),
            between = column(|usual| usual.between),
            within = column(|usual| usual.within)
        )
        .into())
    })
}

/// Sums of likeness over the windows in which each haplotype is called of a population: `sum` and
/// `n`, n_populations x n_samples. `haplotype`, `window`, `population`: of each call, from 1.
#[extendr]
fn rust_likeness_sums(
    likeness: Robj,
    n_haplotypes: i32,
    n_populations: i32,
    haplotype: Robj,
    window: Robj,
    population: Robj,
) -> Robj {
    guard(|| {
        let likeness = signed(&likeness);
        let rows = positions(&haplotype).into_iter().zip(positions(&window));
        let called = rows.zip(positions(&population)).map(|((h, w), p)| (h, w, p));
        let (n_haplotypes, k) = (n_haplotypes as usize, n_populations as usize);
        let sums = sums(&likeness, (n_haplotypes, k), called);
        Ok(list!(
            sum = r_columns(&sums.sum, n_haplotypes / 2),
            n = r_columns(&sums.n, n_haplotypes / 2)
        )
        .into())
    })
}

fn signed(raw: &Robj) -> Vec<i8> {
    raw.as_raw_slice().expect("a raw vector").iter().map(|&byte| byte as i8).collect()
}

extendr_module! {
    mod local_ancestry;
    fn rust_first_equal;
    fn rust_panel_folds;
    fn rust_train_chromosome;
    fn rust_label_trial;
    fn rust_predict_chromosome;
    fn rust_observed_proportions;
    fn rust_impute_haplotypes;
    fn rust_switch_steps;
    fn rust_place_switches;
    fn rust_refine_calls;
    fn rust_usual_likeness;
    fn rust_likeness_sums;
    fn rust_window_variants;
    fn rust_trained_chromosome;
}
