//! Haplotypes as mosaics of a panel's: phase found and repaired, breakpoints placed.

use crate::convert::entry;
use crate::convert::integers;
use crate::convert::numbers;
use crate::convert::positions;
use crate::convert::variants_and_readings;
use crate::genotypes::with_source;
use crate::haplotypes::packed_list;
use crate::haplotypes::with_haplotypes;
use crate::run::run;
use extendr_api::prelude::*;
use forebear_core::data::haplotypes::aligned::AlignedHaplotypes;
use forebear_core::data::haplotypes::phase_swap::swap_from;
use forebear_core::local_ancestry::copying::breakpoint::Breakpoint;
use forebear_core::local_ancestry::copying::breakpoint::place_breakpoints;
use forebear_core::local_ancestry::copying::likelihood::Donors;
use forebear_core::local_ancestry::copying::likelihood::Rates;
use forebear_core::local_ancestry::copying::phase_repair::Flip;
use forebear_core::local_ancestry::copying::phase_repair::Settings;
use forebear_core::local_ancestry::copying::phase_repair::repair_phase;
use forebear_core::local_ancestry::copying::phasing;
use forebear_core::local_ancestry::copying::phasing::HeterozygousPair;
use forebear_core::local_ancestry::copying::phasing::phase_genotypes;
use forebear_core::task::Task;

/// Phase switches: `sample` and `variant`, the first one after the switch, from 1, and
/// `probability`; by sample and variant. `donors`: haplotypes at the same variants, all of which
/// are copied from, and `position_cm`; `settings`: see `settings_of()`.
#[extendr]
fn rust_repair_phase(
    haplotypes: Robj,
    reading: Robj,
    donors: Robj,
    settings: Robj,
    threads: i32,
    progress: Robj,
) -> Robj {
    with_haplotypes(&haplotypes, |view| {
        let (_, readings) = variants_and_readings(&reading);
        let aligned = AlignedHaplotypes::new(view, readings);
        let settings = settings_of(&settings);
        let position_cm = entry(&donors, "position_cm");
        Ok(with_haplotypes(&entry(&donors, "haplotypes"), |panel| {
            let all = (0..2 * panel.n_samples()).collect();
            let donors = Donors::of_haplotypes(panel, all, numbers(&position_cm));
            let repair = |task: &Task| repair_phase(&aligned, &donors, &settings, task);
            Ok(flips_list(&run(threads, &progress, repair)?).into())
        }))
    })
}

/// `switch_rate`, `changes_per_cm` and `miscopied`; those that are not there have their defaults.
fn settings_of(list: &Robj) -> Settings {
    let default = Settings::default();
    let switch_rate = number_or(list, "switch_rate", default.switch_rate);
    Settings { switch_rate, rates: rates_of(list, default.rates), ..default }
}

fn rates_of(list: &Robj, default: Rates) -> Rates {
    Rates {
        changes_per_cm: number_or(list, "changes_per_cm", default.changes_per_cm),
        miscopied: number_or(list, "miscopied", default.miscopied),
    }
}

fn number_or(list: &Robj, name: &str, default: f64) -> f64 {
    match list.dollar(name) {
        Ok(value) if !value.is_null() => numbers(&value)[0],
        _ => default,
    }
}

fn flips_list(flips: &[Vec<Flip>]) -> List {
    let all = || {
        flips
            .iter()
            .enumerate()
            .flat_map(|(sample, own)| own.iter().map(move |flip| (sample, flip)))
    };
    list!(
        sample = all().map(|(sample, _)| sample as i32 + 1).collect::<Vec<i32>>(),
        variant = all().map(|(_, flip)| flip.variant as i32 + 1).collect::<Vec<i32>>(),
        probability = all().map(|(_, flip)| flip.probability).collect::<Vec<f64>>()
    )
}

/// Haplotypes exchanged from variants on, as `rust_pack_haplotypes()` gives them. `flips`: `sample`
/// and `variant`, from 1, as `rust_repair_phase()` gives them.
#[extendr]
fn rust_flip_haplotypes(haplotypes: Robj, flips: Robj, threads: i32, progress: Robj) -> Robj {
    with_haplotypes(&haplotypes, |view| {
        let samples = positions(&entry(&flips, "sample"));
        let mut own = vec![Vec::new(); view.n_samples()];
        for (sample, variant) in samples.into_iter().zip(positions(&entry(&flips, "variant"))) {
            own[sample].push(variant);
        }
        own.iter_mut().for_each(|own| own.sort_unstable());
        let packed = run(threads, &progress, |task| swap_from(view, &own, task))?;
        Ok(packed_list(packed).into())
    })
}

/// For each step the probabilities that the first variant of population `to` is `first`, ...,
/// `last`; they sum to 1. `steps`: `haplotype` (2 sample - 1 or 2 sample), `from`, `to`, `first`,
/// `last`; all from 1. `donors`: as `rust_place_switches()` takes them; `rates`: NULL, or
/// `changes_per_cm` and `miscopied`.
#[extendr]
fn rust_place_breakpoints(
    haplotypes: Robj,
    reading: Robj,
    donors: Robj,
    steps: Robj,
    rates: Robj,
    threads: i32,
    progress: Robj,
) -> Robj {
    with_haplotypes(&haplotypes, |view| {
        let (_, readings) = variants_and_readings(&reading);
        let aligned = AlignedHaplotypes::new(view, readings);
        let steps = breakpoints_of(&steps);
        let population = positions(&entry(&donors, "population"));
        let n_populations = integers(&entry(&donors, "n_populations"))[0] as usize;
        let position_cm = entry(&donors, "position_cm");
        Ok(with_haplotypes(&entry(&donors, "haplotypes"), |panel| {
            let mut donors = Donors::new(panel, &population, n_populations, numbers(&position_cm));
            if !rates.is_null() {
                donors = donors.with_rates(rates_of(&rates, Rates::WHOLE_PANEL));
            }
            let place = |task: &Task| place_breakpoints(&aligned, &donors, &steps, task);
            let posterior = run(threads, &progress, place)?;
            let numbers = |one: &Vec<f32>| one.iter().map(|&p| f64::from(p)).collect::<Vec<f64>>();
            Ok(List::from_values(posterior.iter().map(numbers)).into())
        }))
    })
}

fn breakpoints_of(list: &Robj) -> Vec<Breakpoint> {
    let column = |name| positions(&entry(list, name));
    let (haplotype, from, to) = (column("haplotype"), column("from"), column("to"));
    let (first, last) = (column("first"), column("last"));
    let step = |at: usize| Breakpoint {
        haplotype: haplotype[at],
        from: from[at],
        to: to[at],
        variants: first[at]..last[at] + 1,
    };
    (0..haplotype.len()).map(step).collect()
}

/// Genotypes phased against all haplotypes of `donors`, which are `haplotypes` at the same variants
/// and `position_cm`; `settings`: see `phasing_settings_of()`. `packed`: as `rust_pack_haplotypes()`
/// gives it; `pairs` of neighboring heterozygous variants: `sample`, `first`, `second`, from 1, and
/// `probability` of their phase.
#[extendr]
fn rust_phase_genotypes(
    genotypes: Robj,
    donors: Robj,
    settings: Robj,
    threads: i32,
    progress: Robj,
) -> Robj {
    with_source(&genotypes, |source| {
        let position_cm = entry(&donors, "position_cm");
        Ok(with_haplotypes(&entry(&donors, "haplotypes"), |panel| {
            let all = (0..2 * panel.n_samples()).collect();
            let donors = Donors::of_haplotypes(panel, all, numbers(&position_cm));
            let settings = phasing_settings_of(&settings);
            let phase = |task: &Task| phase_genotypes(source, &donors, &settings, task);
            let phased = run(threads, &progress, phase)?;
            let pairs = pairs_list(&phased.pairs);
            Ok(list!(packed = packed_list(phased.haplotypes), pairs = pairs).into())
        }))
    })
}

/// `beam`, `margin`, `memory`, `cohort_rounds`, `changes_per_cm` and `miscopied`, as above.
fn phasing_settings_of(list: &Robj) -> phasing::Settings {
    let default = phasing::Settings::default();
    phasing::Settings {
        rates: rates_of(list, default.rates),
        beam: number_or(list, "beam", default.beam as f64) as usize,
        margin: number_or(list, "margin", default.margin),
        memory: number_or(list, "memory", default.memory as f64) as usize,
        cohort_rounds: number_or(list, "cohort_rounds", default.cohort_rounds as f64) as usize,
        ..default
    }
}

fn pairs_list(pairs: &[Vec<HeterozygousPair>]) -> List {
    let all = || pairs.iter().flatten();
    let samples = pairs.iter().enumerate();
    let sample = samples.flat_map(|(sample, own)| vec![sample as i32 + 1; own.len()]);
    list!(
        sample = sample.collect::<Vec<i32>>(),
        first = all().map(|pair| pair.first as i32 + 1).collect::<Vec<i32>>(),
        second = all().map(|pair| pair.second as i32 + 1).collect::<Vec<i32>>(),
        probability = all().map(|pair| f64::from(pair.probability)).collect::<Vec<f64>>()
    )
}

extendr_module! {
    mod copying;
    fn rust_repair_phase;
    fn rust_flip_haplotypes;
    fn rust_place_breakpoints;
    fn rust_phase_genotypes;
}
