//! Expectation-maximisation on samples whose populations are hidden.
//!
//! Admixed samples teach `mu`, theta and sigma, with the labels' parameters as
//! labelled haplotypes gave them (`labelled`); those can be learned here as well.
//!
//! Source: Durand et al. 2014, section 2.2.1; Dempster, Laird & Rubin 1977.

use super::chromosome::Chromosome;
use super::counts::Counts;
use super::counts::maximize;
use super::parameters::Parameters;
use super::posterior::count;
use super::tables::Tables;
use crate::error::Error;
use crate::error::Result;
use crate::task::Task;
use rayon::prelude::*;

pub use super::counts::Update;

/// Samples whose counts are added up in one go. Fixed, so that results do not depend
/// on the number of threads.
const SAMPLES_PER_CHUNK: usize = 16;

/// How long and for what to look.
///
/// `pseudo_count` is added to every expected count of a population, label, reset and
/// keep that is estimated, so that none becomes impossible; the objective is then the
/// log-likelihood plus `pseudo_count` times the logarithms of those probabilities.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    pub update: Update,
    pub pseudo_count: f64,
    /// Stop when the objective rises by less than this part of itself.
    pub tolerance: f64,
    pub max_iterations: usize,
}

impl Settings {
    /// For admixed samples: shares and rates, labels as they are.
    pub fn admixed() -> Settings {
        Settings {
            update: Update { ancestry: true, rates: true, labels: false },
            pseudo_count: 0.5,
            tolerance: 1e-7,
            max_iterations: 1000,
        }
    }

    pub(super) fn check(&self) -> Result<()> {
        if !(0.0..1.0).contains(&self.tolerance) {
            return Err(Error::ToleranceOutOfRange { tolerance: self.tolerance });
        }
        if !(self.pseudo_count >= 0.0 && self.pseudo_count.is_finite()) {
            return Err(Error::HmmParameters {
                rule: "The pseudo-count must be finite and not negative.",
                found: format!("It is {}", self.pseudo_count),
            });
        }
        Ok(())
    }

    /// Whether EM may stop after the last entry of its trace.
    pub(super) fn is_done(&self, trace: &[f64]) -> bool {
        match trace {
            [.., before, last] => last - before <= self.tolerance * last.abs(),
            _ => false,
        }
    }
}

/// What EM found.
///
/// `trace` holds the objective before each iteration and at the end; it never falls.
#[derive(Clone, Debug)]
pub struct Fit {
    pub parameters: Parameters,
    pub trace: Vec<f64>,
    pub converged: bool,
}

/// Estimates parameters from all chromosomes of a group of samples.
///
/// # Errors
/// [`Error::HmmParameters`] if `start` is no parameter set for the observations or there
/// is no sample; [`Error::ImpossibleLabels`] if `start` excludes what was observed;
/// [`Error::ToleranceOutOfRange`]; [`Error::Interrupted`].
pub fn fit(
    start: Parameters,
    chromosomes: &[Chromosome],
    settings: &Settings,
    task: &Task,
) -> Result<Fit> {
    settings.check()?;
    check(&start, chromosomes)?;
    if chromosomes.iter().all(|chromosome| chromosome.samples().is_empty()) {
        return Err(Error::HmmParameters {
            rule: "Parameters need at least one sample to be estimated from.",
            found: "There is none".to_owned(),
        });
    }
    task.begin("estimating the pair HMM", settings.max_iterations as u64)?;
    let distance: Vec<&[f64]> = chromosomes.iter().map(Chromosome::distance).collect();
    let mut parameters = start;
    let mut trace = Vec::new();
    loop {
        let (counts, log_likelihood) = expect(&parameters, chromosomes, task)?;
        trace.push(log_likelihood + log_prior(&parameters, settings));
        let converged = settings.is_done(&trace);
        if converged || trace.len() > settings.max_iterations {
            task.advance((settings.max_iterations + 1 - trace.len()) as u64)?;
            return Ok(Fit { parameters, trace, converged });
        }
        let Settings { update, pseudo_count, .. } = *settings;
        parameters = maximize(&parameters, &counts, &distance, update, pseudo_count);
        task.advance(1)?;
    }
}

/// A parameter set and the chromosomes that it is for.
///
/// # Errors
/// [`Error::HmmParameters`].
pub(super) fn check(parameters: &Parameters, chromosomes: &[Chromosome]) -> Result<()> {
    parameters.check()?;
    let k = parameters.n_populations();
    let others = chromosomes.iter().map(|chromosome| chromosome.observations().n_populations);
    match others.into_iter().find(|n_populations| *n_populations != k) {
        None => Ok(()),
        Some(n_populations) => Err(Error::HmmParameters {
            rule: "Parameters and labels must be about the same populations.",
            found: format!("The parameters have {k}, the labels {n_populations}"),
        }),
    }
}

/// The E step: expected counts by chromosome, and the log-likelihood of all.
pub(super) fn expect(
    parameters: &Parameters,
    chromosomes: &[Chromosome],
    task: &Task,
) -> Result<(Vec<Counts>, f64)> {
    let mut log_likelihood = 0.0;
    let mut all = Vec::with_capacity(chromosomes.len());
    for chromosome in chromosomes {
        let tables = Tables::new(parameters, chromosome.distance());
        let empty = Counts::new(tables.k, chromosome.distance().len());
        let chunks = chromosome.samples().par_chunks(SAMPLES_PER_CHUNK).map(|samples| {
            let (mut counts, mut sum) = (empty.clone(), 0.0);
            for sample in samples {
                sum += count(&tables, chromosome.observations(), *sample, &mut counts, task)?;
            }
            Ok((counts, sum))
        });
        let mut total = empty.clone();
        for (counts, sum) in chunks.collect::<Result<Vec<_>>>()? {
            total.add(&counts);
            log_likelihood += sum;
        }
        all.push(total);
    }
    Ok((all, log_likelihood))
}

/// What `pseudo_count` adds to the log-likelihood.
pub(super) fn log_prior(parameters: &Parameters, settings: &Settings) -> f64 {
    if settings.pseudo_count == 0.0 {
        return 0.0;
    }
    let logs = |values: &[f64]| values.iter().map(|value| value.ln()).sum::<f64>();
    let mut sum = 0.0;
    if settings.update.ancestry {
        sum += logs(&parameters.ancestry);
    }
    if settings.update.labels {
        let kept: Vec<f64> = parameters.reset.iter().map(|reset| 1.0 - reset).collect();
        sum += logs(&parameters.label) + logs(&parameters.reset) + logs(&kept);
    }
    settings.pseudo_count * sum
}

#[cfg(test)]
mod tests {
    use super::super::chromosome::Sample;
    use super::super::observations::Observations;
    use super::super::simulated::Draw;
    use super::super::simulated::even;
    use super::super::simulated::random_observations;
    use super::super::simulated::random_parameters;
    use super::super::simulated::sensible_parameters;
    use super::super::simulated::simulate;
    use super::*;

    const ALL: Update = Update { ancestry: true, rates: true, labels: true };

    fn run(start: Parameters, chromosomes: &[Chromosome], settings: &Settings) -> Fit {
        fit(start, chromosomes, settings, &Task::new()).unwrap()
    }

    /// Observations without structure, uneven distances, a haploid sample.
    fn unstructured(soft: bool, seed: u64) -> Chromosome {
        let observations = random_observations((5, 12, 3), soft, 0.1, seed);
        let mut draw = Draw::new(seed);
        let mut position = 0.0;
        let positions: Vec<f64> = (0..12)
            .map(|_| {
                position += draw.uniform();
                position
            })
            .collect();
        let samples = vec![Sample::Diploid([0, 1]), Sample::Haploid(2), Sample::Diploid([4, 3])];
        Chromosome::new(observations, Some(&positions), samples).unwrap()
    }

    #[test]
    fn the_objective_never_falls() {
        for (seed, soft, pseudo_count, update) in [
            (1, false, 0.0, ALL),
            (2, true, 0.0, ALL),
            (3, false, 0.5, ALL),
            (4, true, 2.0, ALL),
            (5, true, 0.0, Update { labels: false, ..ALL }),
            (6, false, 0.5, Update { ancestry: false, ..ALL }),
        ] {
            let chromosomes = [unstructured(soft, seed), unstructured(soft, seed + 10)];
            let settings = Settings { update, pseudo_count, tolerance: 0.0, max_iterations: 60 };
            let fit = run(random_parameters(3, seed), &chromosomes, &settings);
            fit.parameters.check().unwrap();
            assert!(fit.trace.len() > 2 && fit.trace[2] > fit.trace[0] + 1e-3);
            for pair in fit.trace.windows(2) {
                assert!(pair[1] >= pair[0] - 1e-10 * pair[0].abs(), "{pair:?}");
            }
        }
    }

    /// One M step by hand: a haplotype with two labels of one population.
    #[test]
    fn a_step_is_counts_over_counts() {
        let observations = Observations::hard(vec![0, 1], 2, 2).unwrap();
        let chromosome = Chromosome::new(observations, None, vec![Sample::Haploid(0)]).unwrap();
        let parameters = Parameters {
            ancestry: vec![0.6, 0.4],
            label: vec![0.9, 0.1, 0.3, 0.7],
            reset: vec![0.5; 4],
            recombination_rate: super::super::parameters::rate(0.2),
            switch_rate: 0.3,
        };
        let settings = Settings {
            update: Update { labels: false, ..ALL },
            pseudo_count: 0.0,
            tolerance: 0.0,
            max_iterations: 1,
        };
        let fit = run(parameters, &[chromosome], &settings);
        // Of the paths of the posterior's hand-worked case, .02484 stayed in 0 and
        // .03696 in 1; of these .12 / .92 and .08 / .88 recombined all the same.
        let (total, stayed) = (0.09348, [0.02484, 0.03696]);
        let again = [stayed[0] * 0.12 / 0.92, stayed[1] * 0.08 / 0.88];
        let recombined = (0.03024 + 0.00144 + again[0] + again[1]) / total;
        let theta = super::super::parameters::probability(fit.parameters.recombination_rate, 1.0);
        assert!((theta - recombined).abs() < 1e-12);
        let first = (0.05508 + 0.00144 + again[0]) / total;
        assert!((fit.parameters.ancestry[0] - first / (1.0 + recombined)).abs() < 1e-12);
        assert_eq!(fit.parameters.switch_rate, 0.3);
        assert!((fit.trace[0] - total.ln()).abs() < 1e-12);
    }

    /// Both rates 30 times too large or too small, in all four ways.
    #[test]
    fn rates_recover_from_a_wrong_start() {
        let truth =
            Parameters { ancestry: vec![0.5, 0.3, 0.2], ..sensible_parameters(3, 0.85, 0.5) };
        let positions: Vec<f64> = (0..200).map(|t| t as f64 + 0.4 * (t % 3) as f64).collect();
        let data = [simulate(&truth, 60, &positions, 1).chromosome];
        let near = run(truth.clone(), &data, &Settings::admixed());
        for (theta, sigma) in
            [(30.0, 30.0), (30.0, 1.0 / 30.0), (1.0 / 30.0, 30.0), (1.0 / 30.0, 1.0 / 30.0)]
        {
            let start = Parameters {
                ancestry: vec![1.0 / 3.0; 3],
                recombination_rate: theta * truth.recombination_rate,
                switch_rate: sigma * truth.switch_rate,
                ..truth.clone()
            };
            let fit = run(start, &data, &Settings::admixed());
            assert!(fit.converged);
            for (got, want) in [
                (fit.parameters.recombination_rate, truth.recombination_rate),
                (fit.parameters.switch_rate, truth.switch_rate),
            ] {
                assert!((got / want - 1.0).abs() < 0.15, "{got} is not {want}");
            }
            for (got, want) in fit.parameters.ancestry.iter().zip(&truth.ancestry) {
                assert!((got - want).abs() < 0.04, "{got} is not {want}");
            }
            let (got, want) = (fit.trace.last().unwrap(), near.trace.last().unwrap());
            assert!((got - want).abs() < 0.5, "{got} is not {want}");
        }
    }

    #[test]
    fn threads_change_no_bit() {
        let data = [simulate(&sensible_parameters(3, 0.8, 0.5), 40, &even(30), 2).chromosome];
        let settings = Settings { update: ALL, max_iterations: 5, ..Settings::admixed() };
        let fits = [1, 2, 3].map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| run(random_parameters(3, 1), &data, &settings))
        });
        for other in &fits[1..] {
            assert_eq!(other.parameters, fits[0].parameters);
            assert_eq!(other.trace, fits[0].trace);
        }
    }

    #[test]
    fn refuses_what_it_cannot_fit() {
        let good = random_parameters(3, 1);
        let data = [unstructured(false, 1)];
        let settings = Settings::admixed();
        let refused = |start: Parameters, data: &[Chromosome], settings: Settings| {
            fit(start, data, &settings, &Task::new()).unwrap_err()
        };
        let message = refused(random_parameters(2, 1), &data, settings).to_string();
        assert!(message.contains("The parameters have 2, the labels 3"), "{message}");
        let broken = Parameters { switch_rate: f64::NAN, ..good.clone() };
        assert!(matches!(refused(broken, &data, settings), Error::HmmParameters { .. }));
        let message = refused(good.clone(), &[], settings).to_string();
        assert!(message.contains("at least one sample"), "{message}");
        for tolerance in [-1.0, 1.0, f64::NAN] {
            let error = refused(good.clone(), &data, Settings { tolerance, ..settings });
            assert!(matches!(error, Error::ToleranceOutOfRange { .. }));
        }
        for pseudo_count in [-1.0, f64::INFINITY, f64::NAN] {
            let error = refused(good.clone(), &data, Settings { pseudo_count, ..settings });
            assert!(matches!(error, Error::HmmParameters { .. }));
        }
    }

    #[test]
    fn stops_when_cancelled_and_counts_to_its_total() {
        let data = [unstructured(false, 1)];
        let task = Task::new();
        fit(random_parameters(3, 1), &data, &Settings::admixed(), &task).unwrap();
        assert_eq!((task.progress().done, task.progress().total), (1000, 1000));
        task.cancel();
        let got = fit(random_parameters(3, 1), &data, &Settings::admixed(), &task);
        assert!(matches!(got, Err(Error::Interrupted)));
    }
}
