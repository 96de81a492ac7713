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
use forebear_core::error::Result;
use forebear_core::local_ancestry::copying::likelihood::Donors;
use forebear_core::local_ancestry::copying::phase_repair::Flip;
use forebear_core::local_ancestry::copying::phase_repair::Settings;
use forebear_core::local_ancestry::copying::phase_repair::repair_phase;
use forebear_core::local_ancestry::copying::phasing;
use forebear_core::local_ancestry::copying::phasing::HeterozygousPair;
use forebear_core::local_ancestry::copying::phasing::phase_genotypes;
use forebear_core::task::Task;

/// Phase switches: `sample` and `variant`, the first one after the switch, from 1, and
/// `probability`, NaN unless `probabilities`; by sample and variant. `donors`: see
/// `with_all_donors()`.
#[extendr]
fn rust_repair_phase(
    haplotypes: Robj,
    reading: Robj,
    donors: Robj,
    probabilities: bool,
    threads: i32,
    progress: Robj,
) -> Robj {
    with_aligned(&haplotypes, &reading, |aligned| {
        Ok(with_all_donors(&donors, |donors| {
            let settings = Settings { probabilities, ..Settings::default() };
            let repair = |task: &Task| repair_phase(aligned, donors, &settings, task);
            Ok(flips_list(&run(threads, &progress, repair)?).into())
        }))
    })
}

/// Runs code with haplotypes at the variants of a model. `reading`: 1 for a variant as it is, -1
/// where the alleles are exchanged, 0 where it is absent.
pub fn with_aligned(
    haplotypes: &Robj,
    reading: &Robj,
    work: impl FnOnce(&AlignedHaplotypes<'_>) -> Result<Robj>,
) -> Robj {
    with_haplotypes(haplotypes, |view| {
        let (_, readings) = variants_and_readings(reading);
        work(&AlignedHaplotypes::new(view, readings))
    })
}

/// Runs code with the donors of each population. `donors`: `haplotypes` at the same variants,
/// `population` with codes from 1, `n_populations`, `position_cm`.
pub fn with_donors(donors: &Robj, work: impl FnOnce(&Donors<'_>) -> Result<Robj>) -> Robj {
    let population = positions(&entry(donors, "population"));
    let n_populations = integers(&entry(donors, "n_populations"))[0] as usize;
    let position_cm = entry(donors, "position_cm");
    with_haplotypes(&entry(donors, "haplotypes"), |panel| {
        work(&Donors::new(panel, &population, n_populations, numbers(&position_cm)))
    })
}

/// The same with all of them as one population: `haplotypes` and `position_cm`.
pub fn with_all_donors(donors: &Robj, work: impl FnOnce(&Donors<'_>) -> Result<Robj>) -> Robj {
    let position_cm = entry(donors, "position_cm");
    with_haplotypes(&entry(donors, "haplotypes"), |panel| {
        let all = (0..2 * panel.n_samples()).collect();
        work(&Donors::of_haplotypes(panel, all, numbers(&position_cm)))
    })
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

/// Genotypes phased against all haplotypes of `donors` (see `with_all_donors()`), and with each
/// other if `cohort`. `packed`: as `rust_pack_haplotypes()` gives it; `pairs` of neighboring
/// heterozygous variants: `sample`, `first`, `second`, from 1, and `probability` of their phase.
#[extendr]
fn rust_phase_genotypes(
    genotypes: Robj,
    donors: Robj,
    cohort: bool,
    threads: i32,
    progress: Robj,
) -> Robj {
    with_source(&genotypes, |source| {
        Ok(with_all_donors(&donors, |donors| {
            let usual = phasing::Settings::default();
            let cohort_rounds = if cohort { usual.cohort_rounds } else { 0 };
            let settings = phasing::Settings { cohort_rounds, ..usual };
            let phase = |task: &Task| phase_genotypes(source, donors, &settings, task);
            let phased = run(threads, &progress, phase)?;
            let pairs = pairs_list(&phased.pairs);
            Ok(list!(packed = packed_list(phased.haplotypes), pairs = pairs).into())
        }))
    })
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
    fn rust_phase_genotypes;
}
