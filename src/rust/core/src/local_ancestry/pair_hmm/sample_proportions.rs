//! Ancestry proportions of every sample, with those of all samples as prior.
//!
//! Samples of one study may be admixed differently. The proportions `m` of a sample have the
//! Dirichlet prior `1 + strength * mu`; EM finds the `m` of largest posterior:
//!
//! ```text
//! m[y] = (n[y] + strength mu[y]) / (sum_y n[y] + strength)
//! ```
//!
//! with `n[y]` the expected number of times that y is drawn, in first windows and after
//! recombinations. A sample without information has `m = mu`. Ours; the paper has one `mu`
//! for all samples of a set.

use super::chromosome::Chromosome;
use super::counts::Counts;
use super::fit::check;
use super::parameters::Parameters;
use super::posterior::count;
use super::tables::Tables;
use crate::error::Error;
use crate::error::Result;
use crate::task::Task;
use rayon::prelude::*;

/// EM stops when no proportion changes by more than this.
const TOLERANCE: f64 = 1e-4;

/// Or after so many iterations.
const MAX_ITERATIONS: usize = 100;

/// One parameter set per sample: `parameters` with its own `ancestry`.
///
/// | argument      | shape     | values                                                      |
/// |---------------|-----------|-------------------------------------------------------------|
/// | `parameters`  |           | of all samples                                              |
/// | `chromosomes` |           | with the same samples, in the same order                    |
/// | `strength`    |           | weight of the prior in draws, above 0                       |
/// | returned      | n_samples |                                                             |
///
/// # Errors
/// [`Error::HmmParameters`] if the parameters do not fit the labels, `strength` is out of range,
/// or chromosomes have different samples; [`Error::ImpossibleLabels`]; [`Error::Interrupted`].
pub fn sample_parameters(
    parameters: &Parameters,
    chromosomes: &[Chromosome],
    strength: f64,
    task: &Task,
) -> Result<Vec<Parameters>> {
    check(parameters, chromosomes)?;
    let n_samples = chromosomes.first().map_or(0, |chromosome| chromosome.samples().len());
    let alike = chromosomes.iter().all(|chromosome| chromosome.samples().len() == n_samples);
    if !(alike && strength > 0.0 && strength.is_finite()) {
        return Err(Error::HmmParameters {
            rule: "Chromosomes must have the same samples, and the prior a positive strength.",
            found: format!("The strength is {strength}, or the samples differ"),
        });
    }
    task.begin("ancestry proportions", n_samples as u64)?;
    let each = (0..n_samples).into_par_iter().map(|sample| {
        let own = of_sample(parameters, chromosomes, sample, strength, task)?;
        task.advance(1)?;
        Ok(own)
    });
    each.collect()
}

fn of_sample(
    parameters: &Parameters,
    chromosomes: &[Chromosome],
    sample: usize,
    strength: f64,
    task: &Task,
) -> Result<Parameters> {
    let mut own = parameters.clone();
    for _ in 0..MAX_ITERATIONS {
        let drawn = expected_draws(&own, chromosomes, sample, task)?;
        let total = drawn.iter().sum::<f64>() + strength;
        let mut change = 0.0_f64;
        for ((proportion, n), mu) in own.ancestry.iter_mut().zip(&drawn).zip(&parameters.ancestry) {
            let next = (n + strength * mu) / total;
            change = change.max((next - *proportion).abs());
            *proportion = next;
        }
        if change < TOLERANCE {
            break;
        }
    }
    Ok(own)
}

/// K, how often each population is drawn on all chromosomes of a sample.
fn expected_draws(
    parameters: &Parameters,
    chromosomes: &[Chromosome],
    sample: usize,
    task: &Task,
) -> Result<Vec<f64>> {
    let mut drawn = vec![0.0; parameters.n_populations()];
    for chromosome in chromosomes {
        let tables = Tables::new(parameters, chromosome.distance());
        let mut counts = Counts::of_draws(tables.k, chromosome.distance().len());
        count(&tables, chromosome.observations(), chromosome.samples()[sample], &mut counts, task)?;
        drawn.iter_mut().zip(&counts.ancestry).for_each(|(sum, n)| *sum += n);
    }
    Ok(drawn)
}

#[cfg(test)]
mod tests {
    use super::super::chromosome::Sample;
    use super::super::observations::MISSING;
    use super::super::observations::Observations;
    use super::super::simulated::sensible_parameters;
    use super::*;

    /// Samples of one window each, labeled without error: two draws of the label's population.
    #[test]
    fn agrees_with_proportions_worked_by_hand() {
        let mut parameters = sensible_parameters(2, 1.0, 0.5);
        parameters.ancestry = vec![0.25, 0.75];
        let labels = vec![0, 0, 0, 1, MISSING, MISSING];
        let observations = Observations::hard(labels, 1, 2).unwrap();
        let samples = vec![Sample::Diploid([0, 1]), Sample::Diploid([2, 3]), Sample::Haploid(4)];
        let chromosome = Chromosome::new(observations, None, samples).unwrap();
        let got = sample_parameters(&parameters, &[chromosome], 2.0, &Task::new()).unwrap();
        let want = [(2.0 + 0.5) / 4.0, (1.0 + 0.5) / 4.0, 0.25];
        for (got, want) in got.iter().zip(want) {
            assert!((got.ancestry[0] - want).abs() < 1e-3, "{:?} {want}", got.ancestry);
            got.check().unwrap();
            assert_eq!(got.switch_rate, parameters.switch_rate);
        }
        assert!((got[2].ancestry[0] - 0.25).abs() < 1e-12);
    }

    /// No proportions on a fine grid have a larger posterior.
    #[test]
    fn no_other_proportions_are_more_probable() {
        let parameters = sensible_parameters(2, 0.8, 0.6);
        let labels = vec![0, 0, 1, 0, 0, 0, 1, 1, 1, 1, 0, 0];
        let observations = Observations::hard(labels, 6, 2).unwrap();
        let chromosome =
            Chromosome::new(observations, None, vec![Sample::Diploid([0, 1])]).unwrap();
        let chromosomes = [chromosome];
        let strength = 1.5;
        let objective = |proportion: f64| {
            let own =
                Parameters { ancestry: vec![proportion, 1.0 - proportion], ..parameters.clone() };
            let log = super::super::decode::log_likelihoods(&[own], &chromosomes[0], &Task::new());
            log.unwrap()[0] + strength * 0.5 * (proportion.ln() + (1.0 - proportion).ln())
        };
        let got = sample_parameters(&parameters, &chromosomes, strength, &Task::new()).unwrap();
        let best = objective(got[0].ancestry[0]);
        for proportion in (1..100).map(|i| f64::from(i) / 100.0) {
            assert!(objective(proportion) <= best + 1e-4, "{proportion} {:?}", got[0].ancestry);
        }
        assert!(best > objective(0.5) + 1e-6);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let parameters = sensible_parameters(2, 0.8, 0.6);
        let chromosome = |samples| {
            let observations = Observations::hard(vec![0, 0, 1, 0], 2, 2).unwrap();
            Chromosome::new(observations, None, samples).unwrap()
        };
        let two = chromosome(vec![Sample::Haploid(0), Sample::Haploid(1)]);
        let one = chromosome(vec![Sample::Haploid(0)]);
        let task = Task::new();
        assert!(sample_parameters(&parameters, &[two.clone(), one], 1.0, &task).is_err());
        assert!(sample_parameters(&parameters, &[two], 0.0, &task).is_err());
    }
}
