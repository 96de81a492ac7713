//! Expectation-maximization on samples whose populations are hidden.
//!
//! `mu`, theta and sigma are estimated from admixed samples, with the labels' parameters as
//! estimated from labeled haplotypes (`labeled`); those can be estimated here as well.
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

/// When to stop, and what to estimate.
///
/// `pseudo_count` is added to every expected count of a population, label, reset and
/// keep that is estimated, so that none becomes impossible; the objective is then the
/// log-likelihood plus `pseudo_count` times the logarithms of those probabilities.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    pub update: Update,
    pub pseudo_count: f64,
    /// Stop when the relative increase of the objective is less than this.
    pub tolerance: f64,
    pub max_iterations: usize,
    /// Whether usual rates are tried besides those given.
    pub other_starts: bool,
}

impl Settings {
    /// For admixed samples: proportions and rates, labels fixed.
    pub fn admixed() -> Settings {
        Settings {
            update: Update { ancestry: true, rates: true, labels: false },
            pseudo_count: 0.5,
            tolerance: 1e-7,
            max_iterations: 1000,
            other_starts: true,
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

/// The result of EM.
///
/// `trace` holds the objective before each iteration and at the end; it never decreases.
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
    let work = settings.max_iterations + 2 + (OTHER_STARTS + 1) * (TRIAL + 1);
    task.begin("estimating the pair HMM", work as u64)?;
    let mut best: Option<AcceleratedEm> = None;
    let mut spent = 0;
    for start in starts(start, settings.other_starts) {
        let mut em = AcceleratedEm::new(start);
        while !em.finished && em.trace.len() <= TRIAL {
            em.step(chromosomes, settings, task)?;
        }
        spent += em.trace.len();
        let better = |best: &AcceleratedEm| em.trace.last() > best.trace.last();
        if best.as_ref().is_none_or(better) {
            best = Some(em);
        }
    }
    let mut em = best.expect("at least one start");
    spent -= em.trace.len();
    while !em.finished {
        em.step(chromosomes, settings, task)?;
    }
    spent += em.trace.len();
    task.advance((work - spent) as u64)?;
    let AcceleratedEm { parameters, trace, converged, .. } = em;
    Ok(Fit { parameters, trace, converged })
}

/// Steps of each start, of which the one with the greatest objective is continued.
const TRIAL: usize = 6;

const OTHER_STARTS: usize = 2;

/// Crossovers per cM of ten generations, and as many switches.
const USUAL_RATE: f64 = 0.1;

/// The starts: the given parameters, usual rates, and almost no switches. A start at
/// which switches explain all changes of ancestry, or crossovers all of phase, may be a local
/// optimum.
fn starts(given: Parameters, other_starts: bool) -> Vec<Parameters> {
    if !other_starts {
        return vec![given];
    }
    let usual =
        Parameters { recombination_rate: USUAL_RATE, switch_rate: USUAL_RATE, ..given.clone() };
    let in_phase = Parameters { switch_rate: USUAL_RATE / 30.0, ..usual.clone() };
    let mut starts = vec![given];
    starts.extend(
        [usual, in_phase].into_iter().filter(|other| *other != starts[0]).collect::<Vec<_>>(),
    );
    starts
}

/// Accelerated EM: every third step is an extrapolation of the two before it.
///
/// Source: Varadhan & Roland 2008 (SQUAREM), in logarithms of proportions and rates. An
/// extrapolation that does not increase the objective is undone, so that the trace never decreases.
struct AcceleratedEm {
    parameters: Parameters,
    trace: Vec<f64>,
    converged: bool,
    /// Converged, or out of iterations: `parameters` are those of the last entry of the trace.
    finished: bool,
    /// The points of the last EM steps, the oldest first.
    path: Vec<Parameters>,
    /// The point of EM that the extrapolation replaced.
    instead: Option<Parameters>,
}

impl AcceleratedEm {
    fn new(start: Parameters) -> AcceleratedEm {
        let path = vec![start.clone()];
        let (converged, finished) = (false, false);
        AcceleratedEm { parameters: start, trace: vec![], converged, finished, path, instead: None }
    }

    /// Evaluates the objective and takes a step, or undoes an extrapolation that decreased it.
    fn step(&mut self, chromosomes: &[Chromosome], settings: &Settings, task: &Task) -> Result<()> {
        let (counts, log_likelihood) = expect(&self.parameters, chromosomes, task)?;
        let objective = log_likelihood + log_prior(&self.parameters, settings);
        if let Some(instead) = self.instead.take() {
            if self.trace.last().is_some_and(|last| objective < *last) {
                self.path = vec![instead.clone()];
                self.parameters = instead;
                return Ok(());
            }
        }
        self.trace.push(objective);
        task.advance(1)?;
        // The increase by an extrapolation does not show convergence.
        self.converged = self.path.len() > 1 && settings.is_done(&self.trace);
        self.finished = self.converged || self.trace.len() > settings.max_iterations;
        if self.finished {
            return Ok(());
        }
        let Settings { update, pseudo_count, .. } = *settings;
        let distance: Vec<&[f64]> = chromosomes.iter().map(Chromosome::distance).collect();
        self.parameters = maximize(&self.parameters, &counts, &distance, update, pseudo_count);
        self.path.push(self.parameters.clone());
        if let ([first, second, third], false) = (&self.path[..], update.labels) {
            if let Some(ahead) = extrapolated(first, second, third) {
                self.instead = Some(std::mem::replace(&mut self.parameters, ahead));
            }
            self.path = vec![self.parameters.clone()];
        }
        Ok(())
    }
}

/// Extrapolates three points of EM; `None` if they do not move.
fn extrapolated(first: &Parameters, second: &Parameters, third: &Parameters) -> Option<Parameters> {
    let logs = |parameters: &Parameters| -> Vec<f64> {
        let rates = [parameters.recombination_rate, parameters.switch_rate];
        parameters.ancestry.iter().chain(&rates).map(|value| value.ln()).collect()
    };
    let (first, second, last) = (logs(first), logs(second), logs(third));
    // A rate of 0 stays.
    let moves = |at: &usize| [&first, &second, &last].iter().all(|logs| logs[*at].is_finite());
    let moving: Vec<usize> = (0..last.len()).filter(moves).collect();
    let step = |at: usize| second[at] - first[at];
    let bend = |at: usize| last[at] - second[at] - step(at);
    let length = |of: &dyn Fn(usize) -> f64| -> f64 {
        moving.iter().map(|&at| of(at) * of(at)).sum::<f64>().sqrt()
    };
    let (speed, curve) = (length(&step), length(&bend));
    if speed <= curve {
        return None;
    }
    let reach = (speed / curve).min(LONGEST);
    let mut values: Vec<f64> = last.iter().map(|value| value.exp()).collect();
    for &at in &moving {
        values[at] = (first[at] + 2.0 * reach * step(at) + reach * reach * bend(at)).exp();
    }
    let k = third.ancestry.len();
    let total: f64 = values[..k].iter().sum();
    let ahead = Parameters {
        ancestry: values[..k].iter().map(|value| value / total).collect(),
        recombination_rate: values[k],
        switch_rate: values[k + 1],
        ..third.clone()
    };
    ahead.check().is_ok().then_some(ahead)
}

/// An extrapolation goes at most so many times as far as the step that it continues.
const LONGEST: f64 = 64.0;

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

/// The term that `pseudo_count` adds to the log-likelihood.
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
    fn the_objective_never_decreases() {
        for (seed, soft, pseudo_count, update) in [
            (1, false, 0.0, ALL),
            (2, true, 0.0, ALL),
            (3, false, 0.5, ALL),
            (4, true, 2.0, ALL),
            (5, true, 0.0, Update { labels: false, ..ALL }),
            (6, false, 0.5, Update { ancestry: false, ..ALL }),
        ] {
            let chromosomes = [unstructured(soft, seed), unstructured(soft, seed + 10)];
            let settings = Settings {
                update,
                pseudo_count,
                tolerance: 0.0,
                max_iterations: 60,
                other_starts: false,
            };
            let fit = run(random_parameters(3, seed), &chromosomes, &settings);
            fit.parameters.check().unwrap();
            assert!(fit.trace.len() > 2 && fit.trace[2] > fit.trace[0] + 1e-3);
            for pair in fit.trace.windows(2) {
                assert!(pair[1] >= pair[0] - 1e-10 * pair[0].abs(), "{pair:?}");
            }
        }
    }

    /// Reference implementation: EM without extrapolations converges to the same parameters, in
    /// more steps.
    #[test]
    fn extrapolations_lead_where_plain_steps_do() {
        let truth = sensible_parameters(3, 0.8, 0.5);
        let data = [simulate(&truth, 20, &even(60), 4).chromosome];
        let settings = Settings { tolerance: 1e-11, other_starts: false, ..Settings::admixed() };
        let start = Parameters { recombination_rate: 2.0, switch_rate: 0.5, ..truth };
        let got = run(start.clone(), &data, &settings);
        let (mut plain, mut steps) = (start, 0);
        let distance = [data[0].distance()];
        loop {
            let (counts, _) = expect(&plain, &data, &Task::new()).unwrap();
            let next = maximize(&plain, &counts, &distance, settings.update, 0.5);
            let moved = (next.recombination_rate - plain.recombination_rate).abs();
            plain = next;
            steps += 1;
            if moved < 1e-9 {
                break;
            }
        }
        let close = |got: f64, want: f64| assert!((got / want - 1.0).abs() < 1e-3, "{got} {want}");
        close(got.parameters.recombination_rate, plain.recombination_rate);
        close(got.parameters.switch_rate, plain.switch_rate);
        got.parameters.ancestry.iter().zip(&plain.ancestry).for_each(|(a, b)| close(*a, *b));
        assert!(got.converged && got.trace.len() < steps, "{} {steps}", got.trace.len());
    }

    /// Logarithms 0, 1 and 3/2 have the limit 2, which is found from any three of their steps.
    #[test]
    fn geometric_steps_are_followed_to_their_end() {
        let at = |log: f64| Parameters {
            recombination_rate: log.exp(),
            switch_rate: 0.0,
            ..sensible_parameters(2, 0.8, 0.5)
        };
        let ahead = extrapolated(&at(0.0), &at(1.0), &at(1.5)).unwrap();
        assert!((ahead.recombination_rate.ln() - 2.0).abs() < 1e-12);
        assert_eq!(ahead.switch_rate, 0.0);
        assert!(extrapolated(&at(0.0), &at(0.0), &at(0.0)).is_none());
    }

    /// Data that switches explain almost as well as crossovers do.
    #[test]
    fn usual_rates_are_tried_too() {
        let given = Parameters { switch_rate: 3.0, ..sensible_parameters(2, 0.8, 0.5) };
        let rates: Vec<(f64, f64)> = starts(given.clone(), true)
            .iter()
            .map(|start| (start.recombination_rate, start.switch_rate))
            .collect();
        assert_eq!(rates.len(), 1 + OTHER_STARTS);
        assert_eq!(rates[1], (USUAL_RATE, USUAL_RATE));
        let usual = Parameters { recombination_rate: USUAL_RATE, switch_rate: USUAL_RATE, ..given };
        assert_eq!(starts(usual.clone(), true).len(), OTHER_STARTS);
        assert_eq!(starts(usual, false).len(), 1);
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
            other_starts: false,
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
    fn stops_when_canceled_and_counts_to_its_total() {
        let data = [unstructured(false, 1)];
        let task = Task::new();
        fit(random_parameters(3, 1), &data, &Settings::admixed(), &task).unwrap();
        assert_eq!((task.progress().done, task.progress().total), (1023, 1023));
        task.cancel();
        let got = fit(random_parameters(3, 1), &data, &Settings::admixed(), &task);
        assert!(matches!(got, Err(Error::Interrupted)));
    }
}
