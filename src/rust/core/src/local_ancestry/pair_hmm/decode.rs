//! All samples of a chromosome: posteriors, averaged over parameter sets, and phase.

use super::chromosome::Chromosome;
use super::chromosome::Sample;
use super::fit::check;
use super::observations::Observations;
use super::parameters::Parameters;
use super::phase::called_switches;
use super::posterior::log_likelihood;
use super::posterior::posterior;
use super::tables::Tables;
use crate::error::Error;
use crate::error::Result;
use crate::linalg::dot::add_scaled;
use crate::task::Task;
use rayon::prelude::*;

/// Posteriors and phase of one sample.
///
/// | field              | shape                        | values                             |
/// |--------------------|------------------------------|------------------------------------|
/// | `ancestry`         | n_haplotypes x n_windows x K | P(y \| x) of the haplotypes as given, rows sum to 1 |
/// | `switch_posterior` | n_windows - 1                | P(s_t = 1 \| x) of the step into window t, at t - 1 |
/// | `switches`         | n_windows - 1                | called, see `phase`                |
///
/// Posteriors are means over the parameter sets; `switches` are those of the set with
/// the largest weight. Where one is called, its place may be uncertain, and `switch_posterior` is
/// that of the phase between the informative windows on its two sides: above 1/2. A haploid sample
/// has no switches: both are 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    pub ancestry: Vec<f64>,
    pub switch_posterior: Vec<f64>,
    pub switches: Vec<bool>,
}

/// ln P(x | set) of every sample on one chromosome, n_samples x n_sets.
///
/// Add them up over chromosomes, then see [`super::averaging::weights`].
///
/// # Errors
/// [`Error::HmmParameters`] if a set does not fit the labels; [`Error::ImpossibleLabels`];
/// [`Error::Interrupted`].
pub fn log_likelihoods(
    sets: &[Parameters],
    chromosome: &Chromosome,
    task: &Task,
) -> Result<Vec<f64>> {
    let tables = tables(sets, chromosome)?;
    task.begin("likelihoods", chromosome.samples().len() as u64)?;
    let rows = chromosome.samples().par_iter().map(|sample| {
        let of_set = |tables| log_likelihood(tables, chromosome.observations(), *sample, task);
        let row = tables.iter().map(of_set).collect::<Result<Vec<f64>>>()?;
        task.advance(1)?;
        Ok(row)
    });
    Ok(rows.collect::<Result<Vec<_>>>()?.concat())
}

/// Posteriors and phase of every sample, in the order of the chromosome's samples.
///
/// | argument  | shape              | values                                               |
/// |-----------|--------------------|------------------------------------------------------|
/// | `sets`    | n_sets             | parameters for the same populations                  |
/// | `weights` | n_samples x n_sets | rows sum to 1; sets of weight 0 cost nothing         |
///
/// The answer has `n_samples x 2 x n_windows x K` numbers: decode large studies a batch
/// of samples at a time.
///
/// # Errors
/// As [`log_likelihoods`], and [`Error::HmmParameters`] if the weights do not fit.
pub fn decode(
    sets: &[Parameters],
    weights: &[f64],
    chromosome: &Chromosome,
    task: &Task,
) -> Result<Vec<Decoded>> {
    let tables = tables(sets, chromosome)?;
    let samples = chromosome.samples();
    let rows = weights.chunks(sets.len());
    if weights.len() != samples.len() * sets.len()
        || !rows.clone().all(super::parameters::is_distribution)
    {
        return Err(Error::HmmParameters {
            rule: "Every sample must have one weight per parameter set, and they must sum to 1.",
            found: format!(
                "There are {} weights for {} samples and {} sets, or some do not sum to 1",
                weights.len(),
                samples.len(),
                sets.len()
            ),
        });
    }
    task.begin("local ancestry", samples.len() as u64)?;
    let rows: Vec<&[f64]> = rows.collect();
    let decoded = samples.par_iter().zip(rows).map(|(sample, weights)| {
        let decoded = decode_sample(&tables, weights, chromosome.observations(), *sample, task)?;
        task.advance(1)?;
        Ok(decoded)
    });
    decoded.collect()
}

fn tables<'a>(sets: &'a [Parameters], chromosome: &Chromosome) -> Result<Vec<Tables<'a>>> {
    if sets.is_empty() {
        return Err(Error::HmmParameters {
            rule: "At least one parameter set is needed.",
            found: "There is none".to_owned(),
        });
    }
    sets.iter().try_for_each(|set| check(set, std::slice::from_ref(chromosome)))?;
    Ok(sets.iter().map(|set| Tables::new(set, chromosome.distance())).collect())
}

fn decode_sample(
    tables: &[Tables<'_>],
    weights: &[f64],
    observations: &Observations,
    sample: Sample,
    task: &Task,
) -> Result<Decoded> {
    let n_windows = observations.n_windows;
    let mut ancestry = vec![0.0; sample.n_haplotypes() * n_windows * observations.n_populations];
    let mut switch_posterior = vec![0.0; n_windows - 1];
    let (mut heaviest, mut known) = (0, None);
    for (set, &weight) in weights.iter().enumerate().filter(|(_, weight)| **weight > 0.0) {
        let got = posterior(&tables[set], observations, sample, task)?;
        add_scaled(&mut ancestry, weight, &got.ancestry);
        add_scaled(&mut switch_posterior, weight, &got.switch);
        if known.is_none() || weight > weights[heaviest] {
            (heaviest, known) = (set, Some(got));
        }
    }
    let mut switches = vec![false; n_windows - 1];
    if let (Sample::Diploid(haplotypes), Some(known)) = (sample, known) {
        let called = called_switches(&tables[heaviest], observations, haplotypes, &known, task)?;
        for (at, certainty) in called.into_iter().enumerate().filter(|(_, p)| *p > 0.0) {
            switches[at] = true;
            switch_posterior[at] = certainty;
        }
    }
    Ok(Decoded { ancestry, switch_posterior, switches })
}

#[cfg(test)]
mod tests {
    use super::super::averaging;
    use super::super::simulated::even;
    use super::super::simulated::random_observations;
    use super::super::simulated::random_parameters;
    use super::super::simulated::sensible_parameters;
    use super::super::simulated::simulate;
    use super::*;

    fn chromosome(k: usize, samples: Vec<Sample>) -> Chromosome {
        let observations = random_observations((5, 20, k), true, 0.1, 3);
        Chromosome::new(observations, None, samples).unwrap()
    }

    #[test]
    fn posteriors_are_means_over_sets_by_weight() {
        let chromosome = chromosome(3, vec![Sample::Diploid([2, 0]), Sample::Haploid(4)]);
        let sets = [random_parameters(3, 1), random_parameters(3, 2), random_parameters(3, 3)];
        let task = Task::new();
        let logs = log_likelihoods(&sets, &chromosome, &task).unwrap();
        let weights = averaging::weights(&logs, &[1.0, 2.0, 1.0]).unwrap();
        let got = decode(&sets, &weights, &chromosome, &task).unwrap();
        assert_eq!((task.progress().done, task.progress().total), (2, 2));
        let alone: Vec<Vec<Decoded>> = (0..3)
            .map(|set| {
                let one = std::slice::from_ref(&sets[set]);
                decode(one, &[1.0, 1.0], &chromosome, &task).unwrap()
            })
            .collect();
        for (sample, got) in got.iter().enumerate() {
            let weights = &weights[sample * 3..][..3];
            assert!(weights.iter().all(|weight| *weight > 1e-3), "{weights:?}");
            let mean = |field: fn(&Decoded) -> &[f64], at: usize| {
                (0..3).map(|set| weights[set] * field(&alone[set][sample])[at]).sum::<f64>()
            };
            for (at, got) in got.ancestry.iter().enumerate() {
                assert!((got - mean(|decoded| &decoded.ancestry, at)).abs() < 1e-12);
            }
            let heaviest = (0..3).max_by(|a, b| weights[*a].total_cmp(&weights[*b])).unwrap();
            assert_eq!(got.switches, alone[heaviest][sample].switches);
            let of_sets: Vec<Vec<f64>> = sets
                .iter()
                .map(|set| {
                    let tables = Tables::new(set, chromosome.distance());
                    let (observations, sample) =
                        (chromosome.observations(), chromosome.samples()[sample]);
                    posterior(&tables, observations, sample, &task).unwrap().switch
                })
                .collect();
            for (at, switch) in got.switch_posterior.iter().enumerate() {
                if got.switches[at] {
                    assert_eq!(*switch, alone[heaviest][sample].switch_posterior[at]);
                    assert!(*switch > 0.5);
                } else {
                    let mean = (0..3).map(|set| weights[set] * of_sets[set][at]).sum::<f64>();
                    assert!((switch - mean).abs() < 1e-12);
                }
            }
        }
        assert_eq!(got[1].ancestry.len(), 60);
        assert_eq!(got[1].switch_posterior, [0.0; 19]);
        assert_eq!(got[1].switches, [false; 19]);
    }

    /// Samples of two groups: each has the most weight on its own parameters.
    #[test]
    fn samples_find_the_parameters_of_their_group() {
        let mut sets = [sensible_parameters(3, 0.8, 0.5), sensible_parameters(3, 0.8, 0.5)];
        sets[0].ancestry = vec![0.8, 0.1, 0.1];
        sets[1].ancestry = vec![0.1, 0.1, 0.8];
        for (own, set) in sets.iter().enumerate() {
            let data = simulate(set, 10, &even(300), 4).chromosome;
            let logs = log_likelihoods(&sets, &data, &Task::new()).unwrap();
            let weights = averaging::weights(&logs, &[1.0, 1.0]).unwrap();
            assert!(weights.chunks(2).filter(|weights| weights[own] > 0.9).count() > 7);
        }
    }

    /// The HMM knows more than its labels: on data of the model it errs less.
    #[test]
    fn posteriors_beat_the_labels_and_are_calibrated() {
        let parameters = sensible_parameters(4, 0.75, 0.4);
        let data = simulate(&parameters, 30, &even(300), 5);
        let decoded = decode(&[parameters], &[1.0; 30], &data.chromosome, &Task::new()).unwrap();
        let (mut right, mut right_labels, mut believed) = (0.0, 0.0, 0.0);
        let posteriors = decoded.iter().flat_map(|sample| sample.ancestry.chunks(4));
        for (at, (posterior, truth)) in posteriors.zip(&data.population).enumerate() {
            let truth = usize::from(*truth);
            let best = (0..4).max_by(|a, b| posterior[*a].total_cmp(&posterior[*b])).unwrap();
            right += f64::from(u8::from(best == truth));
            believed += posterior[best];
            let window = data.chromosome.observations().window(at / 300, at % 300);
            right_labels += window.probability(truth);
        }
        let n = data.population.len() as f64;
        let (right, right_labels, believed) = (right / n, right_labels / n, believed / n);
        assert!(right_labels < 0.78 && right > 0.9, "{right_labels} {right}");
        assert!((believed - right).abs() < 0.01, "{believed} {right}");
    }

    #[test]
    fn threads_change_no_bit() {
        let samples = vec![Sample::Diploid([0, 1]), Sample::Haploid(2), Sample::Diploid([4, 3])];
        let (chromosome, sets) = (chromosome(5, samples), [random_parameters(5, 1)]);
        let decoded = [1, 3].map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| decode(&sets, &[1.0; 3], &chromosome, &Task::new()).unwrap())
        });
        assert_eq!(decoded[0], decoded[1]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let chromosome = chromosome(3, vec![Sample::Diploid([0, 1])]);
        let set = random_parameters(3, 1);
        let message = |sets: &[Parameters], weights: &[f64]| {
            decode(sets, weights, &chromosome, &Task::new()).unwrap_err().to_string()
        };
        assert!(message(&[], &[]).contains("There is none"));
        assert!(
            message(std::slice::from_ref(&set), &[])
                .contains("There are 0 weights for 1 samples and 1")
        );
        assert!(message(&[set.clone(), set.clone()], &[0.5, 0.6]).contains("do not sum to 1"));
        assert!(message(&[random_parameters(4, 1)], &[1.0]).contains("have 4, the labels 3"));
        let task = Task::new();
        task.cancel();
        assert!(matches!(log_likelihoods(&[set], &chromosome, &task), Err(Error::Interrupted)));
    }
}
