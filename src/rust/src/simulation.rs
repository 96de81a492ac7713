//! Admixed samples simulated from labeled haplotypes.

use crate::convert::entry;
use crate::convert::indices;
use crate::convert::integers;
use crate::convert::numbers;
use crate::haplotypes::packed_list;
use crate::haplotypes::with_haplotypes;
use crate::run::run;
use extendr_api::prelude::*;
use forebear_core::simulation::admix::Plan;
use forebear_core::simulation::admix::admix;
use forebear_core::simulation::chromosome::Chromosome;
use forebear_core::simulation::segments::Segments;

/// `chromosomes`: `first` and `last` variant of each, from 1, and `position_bp` and
/// `position_morgan` of all variants; `population`: code from 1 of each haplotype, 0 for one that
/// is no founder; `plan`: see `plan_of()`.
#[extendr]
fn rust_simulate_admixed(
    haplotypes: Robj,
    chromosomes: Robj,
    population: Robj,
    plan: Robj,
    threads: i32,
    progress: Robj,
) -> Robj {
    with_haplotypes(&haplotypes, |view| {
        let (chromosomes, plan) = (chromosomes_of(&chromosomes), plan_of(&plan));
        let codes: Vec<u32> = integers(&population).iter().map(|&code| code as u32).collect();
        let founders = founders_of(&codes);
        let admixed =
            run(threads, &progress, |task| admix(view, &chromosomes, &founders, &plan, task))?;
        let samples = &admixed.samples;
        let before = Segments::new(samples.iter().map(|s| &s.before), &chromosomes, &codes);
        let after = Segments::new(samples.iter().map(|s| &s.after), &chromosomes, &codes);
        let switches: Vec<List> = samples
            .iter()
            .map(|sample| List::from_values(sample.switches_bp.iter().map(Vec::as_slice)))
            .collect();
        Ok(list!(
            haplotypes = packed_list(admixed.haplotypes),
            before = segments_list(&before),
            after = segments_list(&after),
            switches = List::from_values(switches)
        )
        .into())
    })
}

fn chromosomes_of(list: &Robj) -> Vec<Chromosome> {
    let (first, last) = (indices(&entry(list, "first")), indices(&entry(list, "last")));
    let (bp, morgan) = (entry(list, "position_bp"), entry(list, "position_morgan"));
    let (bp, morgan) = (integers(&bp), numbers(&morgan));
    let ranges = first.iter().zip(&last).map(|(&first, &last)| first as usize..last as usize + 1);
    ranges.map(|range| Chromosome::new(range.clone(), &bp[range.clone()], &morgan[range])).collect()
}

/// The haplotypes of each population.
fn founders_of(codes: &[u32]) -> Vec<Vec<u32>> {
    let n_populations = codes.iter().max().copied().unwrap_or(0);
    let of = |code: u32| {
        let own = codes.iter().enumerate().filter(move |(_, other)| **other == code);
        own.map(|(haplotype, _)| haplotype as u32).collect()
    };
    (1..=n_populations).map(of).collect()
}

fn plan_of(list: &Robj) -> Plan {
    let number = |name| numbers(&entry(list, name))[0];
    let proportions = entry(list, "proportions");
    Plan {
        n_samples: number("n_samples") as usize,
        n_demes: number("n_demes") as usize,
        deme_size: number("deme_size") as usize,
        generations: number("generations") as usize,
        proportions: (!proportions.is_null()).then(|| numbers(&proportions).to_vec()),
        error_rate: number("error_rate"),
        switch_rate: number("switch_rate"),
        seed: number("seed") as u64,
    }
}

/// Columns of the truth; `sample`, `haplotype` and `chromosome` from 1, `population` as it was
/// given.
fn segments_list(segments: &Segments) -> List {
    let from_one = |column: &[u32]| column.iter().map(|&i| i as i32 + 1).collect::<Vec<i32>>();
    let population: Vec<i32> = segments.population.iter().map(|&code| code as i32).collect();
    list!(
        sample = from_one(&segments.sample),
        haplotype = from_one(&segments.copy),
        chromosome = from_one(&segments.chromosome),
        start_bp = segments.start_bp.clone(),
        end_bp = segments.end_bp.clone(),
        population = population
    )
}

extendr_module! {
    mod simulation;
    fn rust_simulate_admixed;
}
