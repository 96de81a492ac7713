//! Label parameters from haplotypes whose population is known, and constant.
//!
//! The labels must come from classifiers trained without the haplotype (held-out
//! folds): labels of the training haplotypes themselves have too few errors.
//!
//! With `y` known, only whether an unchanged label was redrawn is hidden. Hard
//! labels then enter only by the number of times that one followed another.
//!
//! Source: Durand et al. 2014, sections 2.2.1 and 2.4.

use super::counts::Counts;
use super::counts::Update;
use super::counts::maximize;
use super::fit::Settings;
use super::fit::log_prior;
use super::observations::Observations;
use super::observations::Window;
use super::parameters::Parameters;
use super::tables::Step;
use super::tables::Tables;
use crate::error::Error;
use crate::error::Result;
use crate::task::Task;

/// Label and reset probabilities of each population.
///
/// | field    | shape | values                                        |
/// |----------|-------|-----------------------------------------------|
/// | `label`  | K x K | mu\[x \| y\], row y by row, each sums to 1    |
/// | `reset`  | K x K | eps\[y, x'\], row y by row                    |
/// | `trace`  |       | the objective before each iteration and last  |
#[derive(Clone, Debug)]
pub struct LabelFit {
    pub label: Vec<f64>,
    pub reset: Vec<f64>,
    pub trace: Vec<f64>,
    pub converged: bool,
}

/// Most iterations of EM, and its tolerance.
#[derive(Clone, Copy, Debug)]
pub struct LabelSettings {
    pub pseudo_count: f64,
    pub tolerance: f64,
    pub max_iterations: usize,
}

impl Default for LabelSettings {
    fn default() -> LabelSettings {
        LabelSettings { pseudo_count: 0.5, tolerance: 1e-8, max_iterations: 500 }
    }
}

/// | argument       | shape                          | values                           |
/// |----------------|--------------------------------|----------------------------------|
/// | `observations` | one per chromosome             | held-out labels or probabilities |
/// | `population`   | one per chromosome, each n_haplotypes | code in `0..K`, or `None`: left out |
///
/// # Errors
/// [`Error::WindowLabels`] if the chromosomes are of different populations, a code is out
/// of range or missing, or a population has no labeled window;
/// [`Error::ToleranceOutOfRange`]; [`Error::Interrupted`].
pub fn fit_labels(
    observations: &[Observations],
    population: &[Vec<Option<usize>>],
    settings: &LabelSettings,
    task: &Task,
) -> Result<LabelFit> {
    let k = check(observations, population)?;
    let LabelSettings { pseudo_count, tolerance, max_iterations } = *settings;
    let update = Update { ancestry: false, rates: false, labels: true };
    let settings =
        Settings { update, pseudo_count, tolerance, max_iterations, other_starts: false };
    settings.check()?;
    task.begin("estimating the labels of populations", max_iterations as u64)?;
    let pairs = Pairs::new(observations, population, k, task)?;
    let mut parameters = pairs.start(pseudo_count, task)?;
    let mut trace = Vec::new();
    loop {
        let mut counts = Counts::new(k, 1);
        let log_likelihood = pairs.count(&parameters, &mut counts, task)?;
        trace.push(log_likelihood + log_prior(&parameters, &settings));
        let converged = settings.is_done(&trace);
        if converged || trace.len() > max_iterations {
            task.advance((max_iterations + 1 - trace.len()) as u64)?;
            let Parameters { label, reset, .. } = parameters;
            return Ok(LabelFit { label, reset, trace, converged });
        }
        parameters = maximize(&parameters, &[counts], &[&[0.0]], update, pseudo_count);
        task.advance(1)?;
    }
}

fn check(observations: &[Observations], population: &[Vec<Option<usize>>]) -> Result<usize> {
    let refused = |rule, found| Err(Error::WindowLabels { rule, found });
    let k = observations.first().map_or(0, |chromosome| chromosome.n_populations);
    let sizes =
        observations.iter().map(|chromosome| (chromosome.n_populations, chromosome.n_haplotypes()));
    if k == 0 || !sizes.eq(population.iter().map(|codes| (k, codes.len()))) {
        return refused(
            "Every chromosome must have the same populations, and a population for each of its \
             haplotypes.",
            format!(
                "{} chromosomes of labels and {} of populations do not fit",
                observations.len(),
                population.len()
            ),
        );
    }
    let codes = population.iter().flatten().flatten();
    if let Some(code) = codes.into_iter().find(|code| **code >= k) {
        return refused(
            "The population of a haplotype must be one of the populations.",
            format!("One is {code}, counted from 0, of {k}"),
        );
    }
    Ok(k)
}

/// Pairs of successive windows, and first windows, of labeled haplotypes.
struct Pairs<'a> {
    k: usize,
    observations: &'a [Observations],
    population: &'a [Vec<Option<usize>>],
    /// How often label x (or none, K) follows x' (or none): K x (K + 1) x (K + 1), if
    /// all labels are hard.
    tallied: Option<Vec<f64>>,
}

impl<'a> Pairs<'a> {
    fn new(
        observations: &'a [Observations],
        population: &'a [Vec<Option<usize>>],
        k: usize,
        task: &Task,
    ) -> Result<Pairs<'a>> {
        let mut pairs = Pairs { k, observations, population, tallied: None };
        let mut tally = vec![0.0; k * (k + 1) * (k + 1)];
        let mut hard = true;
        let code = |window: Window<'_>| match window {
            Window::Missing => Some(k),
            Window::Label(label) => Some(label),
            Window::Probabilities(_) => None,
        };
        pairs.each(task, |y, previous, current, _| match (code(previous), code(current)) {
            (Some(x1), Some(x2)) => tally[(y * (k + 1) + x1) * (k + 1) + x2] += 1.0,
            _ => hard = false,
        })?;
        pairs.tallied = hard.then_some(tally);
        Ok(pairs)
    }

    /// Visits (population, window before, window, how often); before a first window
    /// none is known, as before one that follows a missing one.
    fn each(
        &self,
        task: &Task,
        mut visit: impl FnMut(usize, Window<'_>, Window<'_>, f64),
    ) -> Result<()> {
        if let Some(tally) = &self.tallied {
            let window = |code| if code == self.k { Window::Missing } else { Window::Label(code) };
            for (at, &times) in tally.iter().enumerate().filter(|(_, times)| **times > 0.0) {
                let (rest, x2) = (at / (self.k + 1), at % (self.k + 1));
                let (y, x1) = (rest / (self.k + 1), rest % (self.k + 1));
                visit(y, window(x1), window(x2), times);
            }
            return task.check();
        }
        for (chromosome, population) in self.observations.iter().zip(self.population) {
            for (haplotype, y) in population.iter().enumerate() {
                let Some(y) = *y else { continue };
                task.check()?;
                let mut previous = Window::Missing;
                for window in 0..chromosome.n_windows {
                    let current = chromosome.window(haplotype, window);
                    visit(y, previous, current, 1.0);
                    previous = current;
                }
            }
        }
        Ok(())
    }

    /// The frequencies of labels, and an even chance of resets.
    fn start(&self, pseudo_count: f64, task: &Task) -> Result<Parameters> {
        let k = self.k;
        let mut label = vec![0.0; k * k];
        self.each(task, |y, _, current, times| {
            current.each_label(|x, weight| label[y * k + x] += times * weight);
        })?;
        for (y, row) in label.chunks_mut(k).enumerate() {
            if row.iter().sum::<f64>() == 0.0 {
                return Err(Error::WindowLabels {
                    rule: "Every population must have labeled haplotypes.",
                    found: format!("Population {} has none", y + 1),
                });
            }
            row.iter_mut().for_each(|count| *count += pseudo_count);
            let total: f64 = row.iter().sum();
            row.iter_mut().for_each(|count| *count /= total);
        }
        let ancestry = vec![1.0 / k as f64; k];
        let reset = vec![0.5; k * k];
        Ok(Parameters { ancestry, label, reset, recombination_rate: 0.0, switch_rate: 0.0 })
    }

    /// Adds expected counts; returns the log-likelihood.
    fn count(&self, parameters: &Parameters, counts: &mut Counts, task: &Task) -> Result<f64> {
        let k = self.k;
        // Over distance 0 nothing recombines.
        let tables = Tables::new(parameters, &[0.0]);
        let mut step = Step::new(k);
        let (mut stayed, came) = (vec![0.0; k], vec![0.0; k]);
        let mut log_likelihood = 0.0;
        self.each(task, |y, previous, current, times| {
            tables.draw(current, &mut step.redrawn);
            tables.step(1, previous, current, &mut step);
            stayed[y] = times;
            tables.count_step(1, (previous, current), &step, (&stayed, &came), counts);
            stayed[y] = 0.0;
            log_likelihood += times * step.stay[y].ln();
        })?;
        Ok(log_likelihood)
    }
}

#[cfg(test)]
mod tests {
    use super::super::observations::MISSING;
    use super::super::simulated::even;
    use super::super::simulated::random_observations;
    use super::super::simulated::random_parameters;
    use super::super::simulated::simulate;
    use super::*;

    fn run(
        observations: &[Observations],
        population: &[Vec<Option<usize>>],
        settings: LabelSettings,
    ) -> LabelFit {
        fit_labels(observations, population, &settings, &Task::new()).unwrap()
    }

    /// Labels 0, 0, 1 of one population: from eps = 1/2 and label frequencies 2/3, 1/3,
    /// the stay is a reset with odds 2 to 3, the change certainly one. So 1.4 labels 0
    /// and 1 label 1 are drawn, and 1.4 of 2 labels after 0 are reset.
    #[test]
    fn agrees_with_a_step_worked_by_hand() {
        let observations = [Observations::hard(vec![0, 0, 1, 1], 4, 2).unwrap()];
        let settings = LabelSettings { pseudo_count: 0.0, tolerance: 0.0, max_iterations: 1 };
        let error = fit_labels(&observations, &[vec![Some(0)]], &settings, &Task::new());
        assert!(error.unwrap_err().to_string().contains("Population 2 has none"));
        let observations = [Observations::hard(vec![0, 0, 1, 1, 1, 1], 3, 2).unwrap()];
        let fit = run(&observations, &[vec![Some(0), Some(1)]], settings);
        let want = [1.4 / 2.4, 1.0 / 2.4, 0.0, 1.0];
        for (got, want) in fit.label.iter().zip(want) {
            assert!((got - want).abs() < 1e-12, "{:?}", fit.label);
        }
        // Nothing follows a 1 of population 0, or a 0 of population 1; the stays of 1
        // in 1 are resets with odds 1 to 1.
        for (got, want) in fit.reset.iter().zip([0.7, 0.5, 0.5, 0.5]) {
            assert!((got - want).abs() < 1e-12, "{:?}", fit.reset);
        }
        let first = (2.0_f64 / 3.0 * (0.5 + 1.0 / 3.0) * (1.0 / 6.0)).ln();
        assert!((fit.trace[0] - first).abs() < 1e-12);
    }

    #[test]
    fn known_parameters_come_back_and_the_objective_never_decreases() {
        let truth =
            Parameters { recombination_rate: 0.0, switch_rate: 0.0, ..random_parameters(3, 5) };
        let data = simulate(&truth, 150, &even(2000), 3);
        let population = (0..300).map(|h| Some(usize::from(data.population[h * 2000]))).collect();
        let observations = [data.chromosome.observations().clone()];
        let fit = run(&observations, &[population], LabelSettings::default());
        assert!(fit.converged);
        assert!(fit.trace.windows(2).all(|pair| pair[1] >= pair[0] - 1e-9 * pair[0].abs()));
        for (got, want) in fit.label.iter().zip(&truth.label) {
            assert!((got - want).abs() < 0.02, "{:?} {:?}", fit.label, truth.label);
        }
        for (got, want) in fit.reset.iter().zip(&truth.reset) {
            assert!((got - want).abs() < 0.06, "{:?} {:?}", fit.reset, truth.reset);
        }
    }

    /// Tallied labels and one window after the other: the same numbers.
    #[test]
    fn probabilities_of_0_and_1_are_labels() {
        let labels: Vec<u16> =
            (0..120).map(|at| [0, 0, 1, 1, 2, MISSING, 0][at * at % 11 % 7]).collect();
        let one_hot: Vec<f64> = labels
            .iter()
            .flat_map(|label| (0..3).map(move |x| f64::from(u8::from(x == *label))))
            .collect();
        let population = vec![vec![Some(0), Some(1), None, Some(2)]];
        let settings = LabelSettings { max_iterations: 20, ..LabelSettings::default() };
        let hard = [Observations::hard(labels, 30, 3).unwrap()];
        let soft = [Observations::soft(one_hot, 30, 3, 1.0).unwrap()];
        let (hard, soft) = (run(&hard, &population, settings), run(&soft, &population, settings));
        for (got, want) in
            hard.label.iter().chain(&hard.reset).zip(soft.label.iter().chain(&soft.reset))
        {
            assert!((got - want).abs() < 1e-12);
        }
        assert!((hard.trace.last().unwrap() - soft.trace.last().unwrap()).abs() < 1e-9);
    }

    #[test]
    fn probabilities_never_lower_the_objective() {
        let observations = [random_observations((6, 40, 3), true, 0.1, 4)];
        let population = vec![(0..6).map(|h| Some(h % 3)).collect()];
        let fit = run(&observations, &population, LabelSettings::default());
        assert!(fit.trace.len() > 3);
        assert!(fit.trace.windows(2).all(|pair| pair[1] >= pair[0] - 1e-10 * pair[0].abs()));
    }

    #[test]
    fn stops_when_canceled() {
        for soft in [false, true] {
            let observations = [random_observations((3, 4, 3), soft, 0.0, 4)];
            let task = Task::new();
            task.cancel();
            let population = vec![(0..3).map(Some).collect()];
            let got = fit_labels(&observations, &population, &LabelSettings::default(), &task);
            assert!(matches!(got, Err(Error::Interrupted)));
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let observations = [Observations::hard(vec![0, 1], 1, 2).unwrap()];
        let refused = |population: &[Vec<Option<usize>>]| {
            let settings = LabelSettings::default();
            fit_labels(&observations, population, &settings, &Task::new()).unwrap_err().to_string()
        };
        assert!(refused(&[]).contains("1 chromosomes of labels and 0 of populations"));
        assert!(refused(&[vec![Some(0)]]).contains("do not fit"));
        assert!(refused(&[vec![Some(0), Some(2)]]).contains("One is 2, counted from 0, of 2"));
        assert!(refused(&[vec![Some(1), None]]).contains("Population 1 has none"));
    }
}
