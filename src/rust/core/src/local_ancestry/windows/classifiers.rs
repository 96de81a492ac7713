//! One SVM for each pair of populations, or for each population against the rest.
//!
//! Source: Durand et al. 2014, section 2.1.1; `svm::least_squares` for SVMs that are
//! trained jointly.
//!
//! The kernel of a window is computed once. Every SVM uses the rows of its entries,
//! and every fold the same rows: a haplotype that is held out has weight 0.

use crate::error::Error;
use crate::error::Result;
use crate::local_ancestry::windows::decision::Support;
use crate::local_ancestry::windows::decision::binary_svms;
use crate::local_ancestry::windows::entries::Entries;
use crate::local_ancestry::windows::settings::Multiclass;
use crate::local_ancestry::windows::settings::Settings;
use crate::local_ancestry::windows::training_kernels::WindowKernels;
use crate::svm::landmark;
use crate::svm::landmark::Rows;
use crate::svm::least_squares;
use crate::svm::least_squares::LeastSquares;
use crate::svm::smo::KernelMatrix;
use crate::svm::smo::Limits;
use crate::svm::smo::Solution;
use crate::svm::smo::solve;
use crate::task::Task;

/// Trained SVMs of a window.
///
/// The decision value of an SVM is a sum over entries of coefficient times kernel, plus a bias.
/// One against one, entry `i` has coefficients in the SVMs of its own population with each
/// other one; one against the rest, in every SVM. Either way there is at most one per
/// population, which `coefficient` holds.
#[derive(Clone, Debug)]
pub struct Classifiers {
    /// n_entries x n_populations.
    pub coefficient: Vec<f64>,
    /// One per SVM, in the order of [`binary_svms`].
    pub bias: Vec<f64>,
    /// n_populations: whether the training data had a haplotype of it.
    pub seen: Vec<bool>,
    /// SVMs that did not reach the tolerance.
    pub n_not_converged: usize,
}

impl Classifiers {
    /// The entries that decision values are sums over.
    pub fn support(&self, entries: &Entries, multiclass: Multiclass) -> Support {
        let k = self.seen.len();
        let rows = || self.coefficient.chunks_exact(k);
        let counts = |row: &[f64]| row.iter().any(|value| *value != 0.0);
        let chosen: Vec<usize> =
            rows().enumerate().filter(|(_, row)| counts(row)).map(|(entry, _)| entry).collect();
        Support {
            population: chosen.iter().map(|&entry| entries.population[entry]).collect(),
            kind: chosen.iter().map(|&entry| entries.kind[entry]).collect(),
            coefficient: rows().filter(|row| counts(row)).flatten().copied().collect(),
            bias: self.bias.clone(),
            multiclass,
        }
    }

    /// Whether the training data of an SVM had both of its classes.
    pub fn has_learned(&self, (first, second): (usize, Option<usize>)) -> bool {
        let rest = || self.seen.iter().enumerate().any(|(other, seen)| other != first && *seen);
        self.seen[first] && second.map_or_else(rest, |second| self.seen[second])
    }
}

/// Trains all SVMs of a window, once for every set of weights.
///
/// | argument   | shape                | values                              |
/// |------------|----------------------|-------------------------------------|
/// | `kernels`  |                      | of the kinds of `entries`           |
/// | `weights`  | n_sets x n_entries   | how often each entry occurs         |
/// | returned   | n_sets               |                                     |
///
/// # Errors
/// `Interrupted`.
pub fn train(
    kernels: &WindowKernels,
    entries: &Entries,
    n_populations: usize,
    weights: &[Vec<f64>],
    settings: &Settings,
    task: &Task,
) -> Result<Vec<Classifiers>> {
    if settings.multiclass == Multiclass::Joint {
        let sets = solve_jointly(kernels, entries, n_populations, weights, settings.cost, task)?;
        let sets = sets.into_iter().zip(weights);
        return sets.map(|(solved, set)| joint(solved, entries, set, settings.cost)).collect();
    }
    let WindowKernels::All(kernel) = kernels else {
        unreachable!("only SVMs that are trained jointly have landmarks")
    };
    let svms = binary_svms(n_populations, settings.multiclass);
    let mut sets: Vec<Classifiers> = weights
        .iter()
        .map(|weights| Classifiers {
            coefficient: vec![0.0; entries.len() * n_populations],
            bias: vec![0.0; svms.len()],
            seen: seen(entries, n_populations, weights),
            n_not_converged: 0,
        })
        .collect();
    for (svm, &classes) in svms.iter().enumerate() {
        let problem = Problem::new(kernel, entries, classes);
        for (set, weights) in sets.iter_mut().zip(weights) {
            let solution = problem.solve(weights, settings, task)?;
            set.bias[svm] = solution.bias;
            set.n_not_converged += usize::from(!solution.converged);
            problem.keep(&solution, &mut set.coefficient, n_populations);
        }
    }
    Ok(sets)
}

/// For each set of weights the SVMs of all populations, from one system of equations.
fn solve_jointly(
    kernels: &WindowKernels,
    entries: &Entries,
    n_classes: usize,
    weights: &[Vec<f64>],
    cost: f64,
    task: &Task,
) -> Result<Vec<Option<LeastSquares>>> {
    let (kind, class) = (&entries.kind, &entries.population);
    match kernels {
        WindowKernels::All(kernel) => {
            let solve = |set: &Vec<f64>| {
                task.check()?;
                Ok(least_squares::solve(kernel, kind, class, n_classes, set, cost))
            };
            weights.iter().map(solve).collect()
        }
        WindowKernels::Landmarks { landmark, values, .. } => {
            let rows = Rows { kernel: values, kind, class, n_classes, landmark };
            landmark::solve(rows, weights, cost, task)
        }
    }
}

/// SVMs of one set of weights.
fn joint(
    solved: Option<LeastSquares>,
    entries: &Entries,
    weights: &[f64],
    cost: f64,
) -> Result<Classifiers> {
    let solved = solved.ok_or(Error::CostOutOfRange { cost, most: cost / 10.0 })?;
    let n_populations = solved.bias.len();
    Ok(Classifiers {
        coefficient: solved.coefficient,
        bias: solved.bias,
        seen: seen(entries, n_populations, weights),
        n_not_converged: 0,
    })
}

fn seen(entries: &Entries, n_populations: usize, weights: &[f64]) -> Vec<bool> {
    let mut seen = vec![false; n_populations];
    for (&population, &weight) in entries.population.iter().zip(weights) {
        seen[usize::from(population)] |= weight > 0.0;
    }
    seen
}

/// The entries of one SVM.
struct Problem<'e> {
    entries: &'e Entries,
    classes: (usize, Option<usize>),
    member: Vec<usize>,
    kernel: KernelMatrix,
    sign: Vec<f64>,
}

impl<'e> Problem<'e> {
    fn new(
        kernel: &KernelMatrix,
        entries: &'e Entries,
        classes: (usize, Option<usize>),
    ) -> Problem<'e> {
        let (first, second) = classes;
        let population = |entry: usize| usize::from(entries.population[entry]);
        let takes_part = |entry: &usize| {
            population(*entry) == first || second.is_none_or(|second| population(*entry) == second)
        };
        let member: Vec<usize> = (0..entries.len()).filter(takes_part).collect();
        let kinds: Vec<u32> = member.iter().map(|&entry| entries.kind[entry]).collect();
        let sign = |&entry: &usize| if population(entry) == first { 1.0 } else { -1.0 };
        let sign = member.iter().map(sign).collect();
        Problem { entries, classes, kernel: kernel.choose(&kinds), member, sign }
    }

    fn solve(&self, weights: &[f64], settings: &Settings, task: &Task) -> Result<Solution> {
        let bound: Vec<f64> =
            self.member.iter().map(|&entry| settings.cost * weights[entry]).collect();
        let limits = Limits { tolerance: settings.tolerance, ..Limits::default() };
        solve(&self.kernel, &self.sign, &bound, &limits, task)
    }

    /// Writes the weights of a solution to the coefficients of [`Classifiers`].
    fn keep(&self, solution: &Solution, coefficient: &mut [f64], n_populations: usize) {
        let (first, second) = self.classes;
        for ((&entry, beta), sign) in self.member.iter().zip(&solution.beta).zip(&self.sign) {
            let column = match second {
                None => first,
                Some(second) if *sign > 0.0 => second,
                Some(_) => first,
            };
            debug_assert!(
                second.is_none() || column != usize::from(self.entries.population[entry])
            );
            coefficient[entry * n_populations + column] = *beta;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::haplotypes::window_rows::WindowRows;
    use crate::linalg::folds::stratified_folds;
    use crate::local_ancestry::windows::decision::n_svms;
    use crate::local_ancestry::windows::kernel::kernel_matrix;
    use crate::local_ancestry::windows::simulated::population_haplotypes;

    const POPULATION: [u16; 20] = [0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 2, 0];

    fn entries(n_variants: usize) -> Entries {
        let view = population_haplotypes(&POPULATION, n_variants, 0.6, 3);
        let fold = stratified_folds(&POPULATION, 4, 1);
        Entries::new(&WindowRows::of(&view, 0..n_variants), &POPULATION, &fold, 4)
    }

    fn trained(entries: &Entries, multiclass: Multiclass, weights: Vec<f64>) -> Classifiers {
        let settings = Settings { multiclass, tolerance: 1e-9, ..Settings::paper() };
        let kernels = WindowKernels::new(entries, &settings);
        train(&kernels, entries, 3, &[weights], &settings, &Task::new()).unwrap().remove(0)
    }

    /// Reference implementation: every SVM on its own, every haplotype a row of its own,
    /// decision values by definition.
    fn reference_decision(entries: &Entries, classes: (usize, Option<usize>), kind: usize) -> f64 {
        let settings = Settings::paper();
        let kernel = kernel_matrix(settings.kernel, &entries.kinds);
        let (mut kinds, mut sign) = (Vec::new(), Vec::new());
        for (entry, weight) in entries.weights(None).into_iter().enumerate() {
            let population = usize::from(entries.population[entry]);
            let in_first = population == classes.0;
            if in_first || classes.1.is_none_or(|second| population == second) {
                for _ in 0..weight as usize {
                    kinds.push(entries.kind[entry]);
                    sign.push(if in_first { 1.0 } else { -1.0 });
                }
            }
        }
        let limits = Limits { tolerance: 1e-9, ..Limits::default() };
        let chosen = kernel.choose(&kinds);
        let bound = vec![settings.cost; kinds.len()];
        let solution = solve(&chosen, &sign, &bound, &limits, &Task::new()).unwrap();
        let terms = kinds.iter().zip(&solution.beta);
        let sum: f64 =
            terms.map(|(&k, beta)| beta * f64::from(kernel.values(kind)[k as usize])).sum();
        sum + solution.bias
    }

    #[test]
    fn svms_are_counted() {
        for multiclass in [Multiclass::OneVsOne, Multiclass::OneVsRest, Multiclass::Joint] {
            for k in 0..7 {
                assert_eq!(n_svms(k, multiclass), binary_svms(k, multiclass).len());
            }
            assert!(n_svms(usize::MAX, multiclass) > 1 << 60);
        }
    }

    #[test]
    fn decisions_agree_with_svms_trained_one_by_one() {
        // With 4 variants, haplotypes repeat, within populations and between them.
        for n_variants in [4, 40] {
            let entries = entries(n_variants);
            assert_eq!(n_variants == 4, entries.kinds.n_rows() < 20);
            let kernel = kernel_matrix(Settings::paper().kernel, &entries.kinds);
            for multiclass in [Multiclass::OneVsOne, Multiclass::OneVsRest] {
                let got = trained(&entries, multiclass, entries.weights(None));
                let svms = binary_svms(3, multiclass);
                let support = got.support(&entries, multiclass);
                for kind in 0..entries.kinds.n_rows() {
                    let values = support.kind.iter().map(|&k| kernel.values(kind)[k as usize]);
                    let (mut sums, mut decision) = (vec![0.0; 9], vec![0.0; svms.len()]);
                    support.functions(3).decide(values, &mut sums, &mut decision);
                    for (&classes, got) in svms.iter().zip(decision) {
                        let want = reference_decision(&entries, classes, kind);
                        assert!((got - want).abs() < 1e-5, "{classes:?}: {got} {want}");
                    }
                }
            }
        }
    }

    /// A population that is held out whole is in the training data of no SVM.
    #[test]
    fn an_absent_population_is_not_seen() {
        let entries = entries(40);
        let weights = entries.weights(None).into_iter().zip(&entries.population);
        let weights: Vec<f64> = weights
            .map(|(weight, population)| if *population == 1 { 0.0 } else { weight })
            .collect();
        let got = trained(&entries, Multiclass::OneVsOne, weights);
        assert_eq!(got.seen, [true, false, true]);
        assert!(got.has_learned((0, Some(2))) && !got.has_learned((0, Some(1))));
        assert!(got.has_learned((0, None)) && !got.has_learned((1, None)));
        let rows = got.coefficient.chunks_exact(3).zip(&entries.population);
        for (row, &population) in rows {
            let other = 2 - usize::from(population).min(2);
            let may_count = |column: usize| population != 1 && column == other;
            (0..3).for_each(|column| assert!(may_count(column) || row[column] == 0.0));
        }
    }
}
