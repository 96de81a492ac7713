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
use super::pair::PairLabels;
use super::parameters::Parameters;
use super::posterior::count_labeled;
use super::tables::Tables;
use crate::error::Error;
use crate::error::Result;
use crate::task::Task;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// EM stops when no proportion changes by more than this.
const TOLERANCE: f64 = 0.005;

/// And no rate by more than this part of itself: one sample says a rate to within tens of percent.
const RATE_TOLERANCE: f64 = 0.01;

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
            let mut counts = Counts::of_draws(k, 1);
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
    let labels = labels_of(&own, chromosomes, samples);
    for _ in 0..MAX_ITERATIONS {
        let mut counts = expected(&own, chromosomes, samples, &labels, task)?;
        counts.extend(prior.counts(own.n_populations()));
        let next = maximize(&own, &counts, &distance, update, prior.draws);
        let settled = is_settled(&own, &next);
        own = next;
        if settled {
            break;
        }
    }
    Ok(own)
}

/// Of each chromosome, of each of `samples` that has two haplotypes.
fn labels_of(
    parameters: &Parameters,
    chromosomes: &[Chromosome],
    samples: &[usize],
) -> Vec<Vec<Option<PairLabels>>> {
    let of_chromosome = |chromosome: &Chromosome| {
        let tables = Tables::new(parameters, chromosome.distance());
        let of_sample = |&sample: &usize| match chromosome.samples()[sample] {
            Sample::Diploid(pair) => {
                Some(PairLabels::new(&tables, chromosome.observations(), pair))
            }
            Sample::Haploid(_) => None,
        };
        samples.iter().map(of_sample).collect()
    };
    chromosomes.iter().map(of_chromosome).collect()
}

/// Expected counts of the draws of a person, by chromosome.
fn expected(
    parameters: &Parameters,
    chromosomes: &[Chromosome],
    samples: &[usize],
    labels: &[Vec<Option<PairLabels>>],
    task: &Task,
) -> Result<Vec<Counts>> {
    let of_chromosome = |(chromosome, labels): (&Chromosome, &Vec<Option<PairLabels>>)| {
        let tables = Tables::new(parameters, chromosome.distance());
        let mut counts = Counts::of_draws(tables.k, chromosome.distance().len());
        for (&sample, labels) in samples.iter().zip(labels) {
            let own = chromosome.samples()[sample];
            let observations = chromosome.observations();
            count_labeled(&tables, observations, own, labels.as_ref(), &mut counts, task)?;
        }
        Ok(counts)
    };
    chromosomes.iter().zip(labels).map(of_chromosome).collect()
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

/// Whether no parameter changes by more than is tolerated.
fn is_settled(before: &Parameters, after: &Parameters) -> bool {
    let mut proportions = before.ancestry.iter().zip(&after.ancestry);
    let rates = [
        (before.recombination_rate, after.recombination_rate),
        (before.switch_rate, after.switch_rate),
    ];
    let change = |(one, other): (f64, f64)| (one - other).abs() / one.max(other).max(1e-12);
    proportions.all(|(one, other)| (one - other).abs() < TOLERANCE)
        && rates.into_iter().all(|pair| change(pair) < RATE_TOLERANCE)
}

#[cfg(test)]
mod tests {
    use super::super::observations::MISSING;
    use super::super::observations::Observations;
    use super::super::reference::all_paths;
    use super::super::simulated::sensible_parameters;
    use super::*;

    fn prior(draws: f64) -> Prior {
        let seen = Seen { events: 2.0, distance: 20.0 };
        Prior { draws, recombinations: seen, switches: Seen { events: 0.5, distance: 10.0 } }
    }

    /// Labels without error, every haplotype of one population on chromosomes of one window: as many
    /// draws as windows.
    #[test]
    fn agrees_with_proportions_worked_by_hand() {
        let parameters = sensible_parameters(2, 1.0, 0.5);
        let labels = vec![0, 0, 0, 1, MISSING, MISSING];
        let observations = Observations::hard(labels, 1, 2).unwrap();
        let samples = vec![Sample::Diploid([0, 1]), Sample::Diploid([2, 3]), Sample::Haploid(4)];
        let chromosome = Chromosome::new(observations, None, samples).unwrap();
        let own = |chromosomes: &[Chromosome], owner: &[usize]| {
            own_parameters(&parameters, chromosomes, owner, &prior(1.0), &Task::new()).unwrap()
        };
        let got = own(std::slice::from_ref(&chromosome), &[0, 1, 2]);
        for (got, want) in got.iter().zip([3.0 / 4.0, 0.5, 0.5]) {
            assert!((got.ancestry[0] - want).abs() < 1e-2, "{:?} {want}", got.ancestry);
            got.check().unwrap();
        }
        // Twice the data: from (2 + 1) / (2 + 2) to (4 + 1) / (4 + 2), the rest 1 / 4 and 1 / 6.
        let twice = own(&[chromosome.clone(), chromosome.clone()], &[0, 1, 2]);
        assert!((twice[0].ancestry[0] - 5.0 / 6.0).abs() < 1e-2);
        // Haplotypes of one owner are one person.
        let samples = vec![Sample::Haploid(0), Sample::Haploid(1), Sample::Haploid(3)];
        let observations = chromosome.observations().clone();
        let apart = Chromosome::new(observations, None, samples).unwrap();
        let got = own(&[apart], &[7, 7, 9]);
        assert_eq!(got[0], got[1]);
        assert!((got[0].ancestry[0] - 0.75).abs() < 1e-2 && got[2].ancestry[0] < 0.5);
    }

    /// No information: the prior's proportions and rates.
    #[test]
    fn without_data_the_prior_stays() {
        let parameters = sensible_parameters(3, 0.9, 0.5);
        let observations = Observations::hard(vec![MISSING; 40], 20, 3).unwrap();
        let chromosome =
            Chromosome::new(observations, None, vec![Sample::Diploid([0, 1])]).unwrap();
        let got =
            own_parameters(&parameters, &[chromosome], &[0], &prior(1.0), &Task::new()).unwrap();
        assert!(got[0].ancestry.iter().all(|m| (m - 1.0 / 3.0).abs() < 1e-3));
    }

    /// Reference implementation: every path by itself; one more step of EM from its counts changes
    /// nothing.
    #[test]
    fn agrees_with_counts_over_all_paths() {
        for seed in 1..4_u64 {
            let parameters = sensible_parameters(2, 0.85, 0.6);
            let labels = (0..8).map(|at| u16::from((at * 7 + seed) % 3 == 0)).collect();
            let observations = Observations::hard(labels, 4, 2).unwrap();
            let sample = Sample::Diploid([0, 1]);
            let chromosome = Chromosome::new(observations.clone(), None, vec![sample]).unwrap();
            let chromosomes = [chromosome];
            let own =
                own_parameters(&parameters, &chromosomes, &[0], &prior(1.0), &Task::new()).unwrap();
            let mut counts = vec![all_paths(&own[0], &observations, sample).counts];
            (counts[0].n_haplotypes, counts[0].n_pairs) = (2.0, 1.0);
            counts.extend(prior(1.0).counts(2));
            let (far, short) = ([1.0; 3], [SHORT]);
            let update = Update { ancestry: true, rates: true, labels: false };
            let next = maximize(&own[0], &counts, &[&far, &short, &short], update, 1.0);
            assert!(is_settled(&own[0], &next), "{:?} {next:?}", own[0]);
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let parameters = sensible_parameters(2, 0.8, 0.6);
        let observations = Observations::hard(vec![0, 0, 1, 0], 2, 2).unwrap();
        let chromosome = Chromosome::new(observations, None, vec![Sample::Haploid(0)]).unwrap();
        let refused = |owner: &[usize], draws: f64| {
            let chromosomes = std::slice::from_ref(&chromosome);
            own_parameters(&parameters, chromosomes, owner, &prior(draws), &Task::new()).is_err()
        };
        assert!(refused(&[0, 0], 1.0) && refused(&[0], 0.0) && refused(&[0], f64::NAN));
        assert!(!refused(&[0], 0.1));
    }
}
