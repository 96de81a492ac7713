//! Parameters of every sample by itself: its calls do not depend on who else is called.
//!
//! Proportions, the rate of recombination and that of phase switches are estimated from one sample
//! alone, with prior knowledge that a little data does not outweigh. The proportions `m` have a
//! Dirichlet prior with `draws` for each population; their posterior mean
//!
//! ```text
//! m[y] = (n[y] + draws) / (sum_y n[y] + K draws)
//! ```
//!
//! enters the model, with `n[y]` the expected number of times that y is drawn, in first windows and
//! after recombinations: windows that follow each other without a recombination are one draw, so
//! that a sample of which little is known has even proportions. Rates have the prior of a number
//! of events that were seen over a distance.
//!
//! Expectation-maximization from the mean probabilities of the windows. Ours; the paper has one set
//! for a group of samples.

use super::chromosome::Chromosome;
use super::chromosome::Sample;
use super::counts::Counts;
use super::counts::Update;
use super::counts::maximize;
use super::fit::check;
use super::parameters::Parameters;
use super::posterior::count;
use super::tables::Tables;
use crate::error::Error;
use crate::error::Result;
use crate::task::Task;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// EM stops when no proportion, and no rate as a share of itself, changes by more than this.
const TOLERANCE: f64 = 0.005;

/// Or after so many iterations.
const MAX_ITERATIONS: usize = 40;

/// Distance of the trials that a prior of rates consists of; short, so that each has one event.
const SHORT: f64 = 0.01;

/// Events over a distance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen {
    pub events: f64,
    pub distance: f64,
}

/// What is known before a sample is seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prior {
    /// Draws of each population.
    pub draws: f64,
    /// Crossovers since admixture along one haplotype.
    pub recombinations: Seen,
    /// Phase switches of a pair of haplotypes.
    pub switches: Seen,
}

impl Prior {
    fn check(&self) -> Result<()> {
        let Seen { events: crossovers, distance } = self.recombinations;
        let Seen { events: switches, distance: along } = self.switches;
        let values = [self.draws, crossovers, distance, switches, along];
        match values.iter().find(|value| !(value.is_finite() && **value > 0.0)) {
            None => Ok(()),
            Some(value) => Err(Error::HmmParameters {
                rule: "The prior of the parameters of a sample must consist of finite numbers above 0.",
                found: format!("One is {value}"),
            }),
        }
    }

    /// The events of rates as counts of one more chromosome.
    fn counts(&self, k: usize) -> [Counts; 2] {
        let of = |seen: Seen, pairs: bool| {
            let mut counts = Counts::new(k, 1);
            let trials = seen.distance / SHORT;
            if pairs {
                counts.switches[0] = seen.events;
                counts.n_pairs = trials;
            } else {
                counts.recombinations[0] = seen.events;
                counts.n_haplotypes = trials;
            }
            counts
        };
        [of(self.recombinations, false), of(self.switches, true)]
    }
}

/// One parameter set per sample, labels as in `start`.
///
/// | argument      | shape     | values                                                      |
/// |---------------|-----------|-------------------------------------------------------------|
/// | `start`       |           | its rates are where EM begins, its proportions are not used |
/// | `chromosomes` |           | with the same samples, in the same order                    |
/// | `owner`       | n_samples | the person: haplotypes whose phase is trusted are samples of their own, but have one owner |
/// | returned      | n_samples | of one owner the same                                       |
///
/// # Errors
/// [`Error::HmmParameters`] if the parameters do not fit the labels, the prior is out of range,
/// or a chromosome lacks a sample; [`Error::ImpossibleLabels`]; [`Error::Interrupted`].
pub fn own_parameters(
    start: &Parameters,
    chromosomes: &[Chromosome],
    owner: &[usize],
    prior: &Prior,
    task: &Task,
) -> Result<Vec<Parameters>> {
    check(start, chromosomes)?;
    prior.check()?;
    let alike = |chromosome: &Chromosome| chromosome.samples().len() == owner.len();
    if !chromosomes.iter().all(alike) {
        return Err(Error::HmmParameters {
            rule: "Every chromosome must have every sample.",
            found: "Their numbers differ".to_owned(),
        });
    }
    let mut people: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (sample, &owner) in owner.iter().enumerate() {
        people.entry(owner).or_default().push(sample);
    }
    let people: Vec<Vec<usize>> = people.into_values().collect();
    task.begin("ancestry of samples", people.len() as u64)?;
    let each = people.par_iter().map(|samples| {
        let own = of_person(start, chromosomes, samples, prior, task)?;
        task.advance(1)?;
        Ok(own)
    });
    let each: Vec<Parameters> = each.collect::<Result<_>>()?;
    let mut all = vec![start.clone(); owner.len()];
    for (samples, own) in people.iter().zip(each) {
        samples.iter().for_each(|&sample| all[sample] = own.clone());
    }
    Ok(all)
}

fn of_person(
    start: &Parameters,
    chromosomes: &[Chromosome],
    samples: &[usize],
    prior: &Prior,
    task: &Task,
) -> Result<Parameters> {
    let mut own = start.clone();
    own.ancestry = mean_probabilities(chromosomes, samples, prior.draws, start.n_populations());
    let update = Update { ancestry: true, rates: true, labels: false };
    let short = [SHORT];
    let distance: Vec<&[f64]> =
        chromosomes.iter().map(Chromosome::distance).chain([&short[..], &short[..]]).collect();
    for _ in 0..MAX_ITERATIONS {
        let mut counts = expected(&own, chromosomes, samples, task)?;
        counts.extend(prior.counts(own.n_populations()));
        let next = maximize(&own, &counts, &distance, update, prior.draws);
        let moved = change(&own, &next);
        own = next;
        if moved < TOLERANCE {
            break;
        }
    }
    Ok(own)
}

/// Expected counts of the draws of a person, by chromosome.
fn expected(
    parameters: &Parameters,
    chromosomes: &[Chromosome],
    samples: &[usize],
    task: &Task,
) -> Result<Vec<Counts>> {
    let of_chromosome = |chromosome: &Chromosome| {
        let tables = Tables::new(parameters, chromosome.distance());
        let mut counts = Counts::new(tables.k, chromosome.distance().len());
        for &sample in samples {
            let own = chromosome.samples()[sample];
            count(&tables, chromosome.observations(), own, &mut counts, task)?;
        }
        Ok(counts)
    };
    chromosomes.iter().map(of_chromosome).collect()
}

/// Means over the windows of a person; with `draws` more of each population, none is 0.
fn mean_probabilities(
    chromosomes: &[Chromosome],
    samples: &[usize],
    draws: f64,
    k: usize,
) -> Vec<f64> {
    let mut sum = vec![draws; k];
    for chromosome in chromosomes {
        let observations = chromosome.observations();
        let haplotypes = samples.iter().flat_map(|&sample| match chromosome.samples()[sample] {
            Sample::Diploid(pair) => pair.to_vec(),
            Sample::Haploid(haplotype) => vec![haplotype],
        });
        for haplotype in haplotypes {
            for window in 0..observations.n_windows {
                let window = observations.window(haplotype, window);
                window.each_label(|label, weight| sum[label] += weight);
            }
        }
    }
    let total: f64 = sum.iter().sum();
    sum.iter().map(|sum| sum / total).collect()
}

/// The largest change of a proportion, or of a rate as a share of the larger one.
fn change(before: &Parameters, after: &Parameters) -> f64 {
    let proportions = before.ancestry.iter().zip(&after.ancestry);
    let moved = proportions.map(|(one, other)| (one - other).abs()).fold(0.0, f64::max);
    let rates = [
        (before.recombination_rate, after.recombination_rate),
        (before.switch_rate, after.switch_rate),
    ];
    let of_rate = |(one, other): (f64, f64)| (one - other).abs() / one.max(other).max(1e-12);
    rates.into_iter().map(of_rate).fold(moved, f64::max)
}
