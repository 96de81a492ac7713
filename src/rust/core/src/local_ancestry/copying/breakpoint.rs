//! The variant at which ancestry changes (temporary).

use crate::data::haplotypes::aligned::AlignedHaplotypes;
use crate::error::Result;
use crate::local_ancestry::copying::likelihood::Donors;
use crate::local_ancestry::copying::likelihood::apart;
use crate::task::Task;
use rayon::prelude::*;
use std::ops::Range;

const CONTEXT: usize = 60;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breakpoint {
    pub haplotype: usize,
    pub from: usize,
    pub to: usize,
    pub variants: Range<usize>,
}

pub fn place_breakpoints(
    haplotypes: &AlignedHaplotypes<'_>,
    donors: &Donors<'_>,
    steps: &[Breakpoint],
    task: &Task,
) -> Result<Vec<Vec<f32>>> {
    task.begin("placing changes", steps.len() as u64)?;
    steps
        .par_iter()
        .map(|step| {
            task.advance(1)?;
            let start = step.variants.start.saturating_sub(CONTEXT);
            let around = start..(step.variants.end + CONTEXT).min(donors.n_variants());
            let places = step.variants.start - start..step.variants.end - start;
            let alleles = haplotypes.alleles(step.haplotype, around.clone());
            let forward = donors.range(step.from, around.clone()).forward(&alleles, places.clone());
            let backward = donors.range(step.to, around).backward(&alleles, places.clone());
            let logs: Vec<f64> =
                (0..places.len()).map(|place| apart(&forward, &backward, place)).collect();
            let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let raw: Vec<f64> = logs.iter().map(|log| (log - most).exp()).collect();
            let total: f64 = raw.iter().sum();
            Ok(raw.iter().map(|p| (p / total) as f32).collect())
        })
        .collect()
}
