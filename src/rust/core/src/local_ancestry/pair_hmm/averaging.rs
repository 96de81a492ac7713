//! Posterior weights of several parameter sets for each sample (Bayesian model averaging).
//!
//! Source: Durand et al. 2014, section 2.4.

use super::chromosome::Chromosome;
use super::decode::log_likelihoods;
use super::parameters::Parameters;
use crate::error::Error;
use crate::error::Result;
use crate::linalg::dot::add_scaled;
use crate::task::Task;

/// `P(set | x)`, proportional to `P(x | set) prior(set)`.
///
/// | argument         | shape              | values                                        |
/// |------------------|--------------------|-----------------------------------------------|
/// | `log_likelihood` | n_samples x n_sets | ln P(x \| set), summed over all chromosomes   |
/// | `prior`          | n_sets             | positive weights, of any sum                  |
/// | returned         | n_samples x n_sets | rows sum to 1                                 |
///
/// # Errors
/// [`Error::HmmParameters`] if a weight is not positive, a log-likelihood is not finite,
/// or the sizes do not fit.
pub fn weights(log_likelihood: &[f64], prior: &[f64]) -> Result<Vec<f64>> {
    let refused = |rule, found| Err(Error::HmmParameters { rule, found });
    if let Some(weight) = prior.iter().find(|weight| !(**weight > 0.0 && weight.is_finite())) {
        let rule = "Prior weights of parameter sets must be positive.";
        return refused(rule, format!("One is {weight}"));
    }
    let whole = !prior.is_empty() && log_likelihood.len() % prior.len() == 0;
    if !whole || log_likelihood.iter().any(|value| !value.is_finite()) {
        return refused(
            "Every sample must have one finite log-likelihood per parameter set.",
            format!("There are {} values for {} sets", log_likelihood.len(), prior.len()),
        );
    }
    let mut weights = log_likelihood.to_vec();
    for row in weights.chunks_mut(prior.len()) {
        row.iter_mut().zip(prior).for_each(|(value, prior)| *value += prior.ln());
        let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        row.iter_mut().for_each(|value| *value = (*value - largest).exp());
        let total: f64 = row.iter().sum();
        row.iter_mut().for_each(|value| *value /= total);
    }
    Ok(weights)
}

/// [`weights`] from all chromosomes of the same samples. One set has all the weight.
///
/// | argument      | shape              | values                                          |
/// |---------------|--------------------|-------------------------------------------------|
/// | `sets`        | n_sets             | parameters for the same populations             |
/// | `chromosomes` |                    | with the same samples, in the same order        |
/// | `prior`       | n_sets             | positive weights, of any sum                    |
/// | returned      | n_samples x n_sets | rows sum to 1                                   |
///
/// # Errors
/// As [`log_likelihoods`] and [`weights`]; [`Error::HmmParameters`] if the chromosomes have
/// different numbers of samples, or there is none.
pub fn sample_weights(
    sets: &[Parameters],
    chromosomes: &[Chromosome],
    prior: &[f64],
    task: &Task,
) -> Result<Vec<f64>> {
    let n_samples = chromosomes.first().map_or(0, |chromosome| chromosome.samples().len());
    if chromosomes.is_empty() || chromosomes.iter().any(|c| c.samples().len() != n_samples) {
        return Err(Error::HmmParameters {
            rule: "All chromosomes must have the same samples.",
            found: "They have not, or there is no chromosome".to_owned(),
        });
    }
    if sets.len() == 1 {
        return Ok(vec![1.0; n_samples]);
    }
    let mut sum = vec![0.0; n_samples * sets.len()];
    for chromosome in chromosomes {
        add_scaled(&mut sum, 1.0, &log_likelihoods(sets, chromosome, task)?);
    }
    weights(&sum, prior)
}

#[cfg(test)]
mod tests {
    use super::super::chromosome::Sample;
    use super::super::simulated::random_observations;
    use super::super::simulated::random_parameters;
    use super::*;

    /// By hand: 2 x 1 against 1 x 6 is 1 to 3; a sample far from underflow's reach.
    #[test]
    fn weights_are_prior_times_likelihood() {
        let log = [2.0_f64.ln() - 5000.0, 1.0_f64.ln() - 5000.0, -10.0, -2000.0];
        let got = weights(&log, &[1.0, 6.0]).unwrap();
        for (got, want) in got.iter().zip([0.25, 0.75, 1.0, 0.0]) {
            assert!((got - want).abs() < 1e-12);
        }
    }

    /// Two chromosomes of two samples: products of the likelihoods of both.
    #[test]
    fn chromosomes_are_multiplied() {
        let chromosome = |seed| {
            let observations = random_observations((4, 5, 3), false, 0.1, seed);
            let samples = vec![Sample::Diploid([0, 1]), Sample::Diploid([2, 3])];
            Chromosome::new(observations, None, samples).unwrap()
        };
        let chromosomes = [chromosome(1), chromosome(2)];
        let sets = [random_parameters(3, 1), random_parameters(3, 2), random_parameters(3, 3)];
        let prior = [1.0, 2.0, 0.5];
        let got = sample_weights(&sets, &chromosomes, &prior, &Task::new()).unwrap();
        for (sample, row) in got.chunks(3).enumerate() {
            let weight = |set: usize| {
                let likelihood = |c: &Chromosome| {
                    log_likelihoods(&sets[set..=set], c, &Task::new()).unwrap()[sample].exp()
                };
                prior[set] * chromosomes.iter().map(likelihood).product::<f64>()
            };
            let total: f64 = (0..3).map(weight).sum();
            for (set, got) in row.iter().enumerate() {
                assert!((got - weight(set) / total).abs() < 1e-12);
            }
        }
        let alone = sample_weights(&sets[..1], &chromosomes, &[1.0], &Task::new()).unwrap();
        assert_eq!(alone, [1.0, 1.0]);
        let other = Chromosome::new(
            chromosomes[0].observations().clone(),
            None,
            vec![Sample::Diploid([0, 1])],
        );
        let uneven = [chromosomes[0].clone(), other.unwrap()];
        assert!(sample_weights(&sets, &uneven, &prior, &Task::new()).is_err());
        assert!(sample_weights(&sets, &[], &prior, &Task::new()).is_err());
    }

    #[test]
    fn what_is_no_weight_is_refused() {
        for prior in [&[0.0, 1.0][..], &[f64::NAN, 1.0], &[1.0, f64::INFINITY]] {
            assert!(weights(&[0.0, 0.0], prior).is_err());
        }
        assert!(weights(&[0.0; 3], &[1.0, 1.0]).is_err());
        assert!(weights(&[], &[]).is_err());
        assert!(weights(&[0.0, f64::NEG_INFINITY], &[1.0, 1.0]).is_err());
    }
}
