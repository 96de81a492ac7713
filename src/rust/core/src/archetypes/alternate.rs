//! Alternates the two steps until the residual stops decreasing.

use crate::archetypes::mixture;
use crate::archetypes::mixture::Corners;
use crate::archetypes::moments::Moments;
use crate::archetypes::points::Points;
use crate::archetypes::sweep::Archetypes;
use crate::archetypes::sweep::SampleWeights;
use crate::error::Result;
use crate::task::Task;

/// Residual, as a fraction of the total sum of squares, that is rounding error.
const PERFECT: f64 = 1e-14;

/// Residual, as a fraction of the total sum of squares, below which its decreases are
/// compared with this fraction of the total, not with the residual: a residual on its
/// way to 0 decreases by the same factor for ever.
const NEGLIGIBLE: f64 = 1e-3;

/// Fraction of the tolerated decrease that one second step may leave undone.
const SWEEP_SLACK: f64 = 0.1;

/// Once the relative decrease of the residual in an iteration is at most this,
/// over-relaxation moves archetypes further than the best step of each, because all drift
/// in the same direction: this halves the remaining iterations.
const SETTLED: f64 = 1e-3;
const OVER_RELAXATION: f64 = 1.9;

/// When to stop.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    pub tolerance: f64,
    pub max_iterations: usize,
}

impl Limits {
    /// For a run that stops at the first iteration to decrease the residual by no more
    /// than `tolerance`, if that is above its own.
    pub fn no_finer_than(self, tolerance: f64) -> Limits {
        Limits { tolerance: self.tolerance.max(tolerance), ..self }
    }
}

/// Weights, archetypes, and the course of the iteration.
#[derive(Clone)]
pub(super) struct Solution {
    /// n_samples x k, rows on the simplex.
    pub weights: Vec<f64>,
    /// Samples and their weights for each archetype.
    pub sample_weights: Vec<SampleWeights>,
    /// Residual sum of squares at the start and after every iteration.
    pub trace: Vec<f64>,
    pub n_iterations: usize,
    pub converged: bool,
}

impl Solution {
    /// Residual sum of squares.
    pub fn residual(&self) -> f64 {
        self.trace[self.trace.len() - 1]
    }
}

/// The two steps on one data set.
pub(super) struct Alternation<'a> {
    points: &'a Points,
    /// Sum of squares of all points.
    total: f64,
    weights: Vec<f64>,
    archetypes: Archetypes,
    inner: Vec<f64>,
    moments: Moments,
    relaxation: f64,
    best: Solution,
}

impl<'a> Alternation<'a> {
    /// Starts from given archetypes among points of mean 0; `weights`
    /// (n_samples x k) is a hint where the first step starts, all 0 for none.
    ///
    /// # Errors
    /// [`crate::error::Error::Interrupted`].
    pub fn new(
        points: &'a Points,
        sample_weights: &[SampleWeights],
        weights: Vec<f64>,
        task: &Task,
    ) -> Result<Alternation<'a>> {
        let total = (0..points.count()).map(|point| points.inner_between(point, point)).sum();
        let best = Solution {
            weights: Vec::new(),
            sample_weights: Vec::new(),
            trace: Vec::new(),
            n_iterations: 0,
            converged: false,
        };
        let mut alternation = Alternation {
            points,
            total,
            weights,
            archetypes: Archetypes::new(points, sample_weights),
            inner: Vec::new(),
            moments: Moments { cross: Vec::new(), gram: Vec::new() },
            relaxation: 1.0,
            best,
        };
        alternation.mix(task)?;
        alternation.keep(alternation.residual());
        Ok(alternation)
    }

    /// A new start: each archetype `factor` times as far from the mean of the
    /// samples, brought back to the nearest point of the hull.
    ///
    /// # Errors
    /// [`crate::error::Error::Interrupted`].
    pub fn expanded(&self, factor: f64, task: &Task) -> Result<Alternation<'a>> {
        let mut archetypes = self.archetypes.clone();
        for archetype in 0..archetypes.k() {
            let position = archetypes.position(archetype);
            let target: Vec<f64> = position.iter().map(|entry| factor * entry).collect();
            archetypes.project(self.points, archetype, &target, 0.0, task)?;
        }
        Alternation::new(self.points, &archetypes.sample_weights(), self.weights.clone(), task)
    }

    /// Iterations so far.
    pub fn n_iterations(&self) -> usize {
        self.best.n_iterations
    }

    /// The solution of least residual.
    pub fn into_best(self) -> Solution {
        self.best
    }

    /// Iterates until an iteration decreases the residual by no more than the
    /// tolerance, or the iterations of this run and those before are used up.
    /// Counts one unit of the task per iteration.
    ///
    /// # Errors
    /// [`crate::error::Error::Interrupted`].
    pub fn run(&mut self, limits: Limits, task: &Task) -> Result<()> {
        self.run_counting(1, limits, task)
    }

    /// As [`Alternation::run`], as part of a unit of the task that its caller counts.
    ///
    /// # Errors
    /// [`crate::error::Error::Interrupted`].
    pub fn run_within(&mut self, limits: Limits, task: &Task) -> Result<()> {
        self.run_counting(0, limits, task)
    }

    fn run_counting(&mut self, units: u64, limits: Limits, task: &Task) -> Result<()> {
        self.best.converged = false;
        while self.best.n_iterations < limits.max_iterations && !self.best.converged {
            let before = self.best.residual();
            let tolerated = limits.tolerance * before.max(NEGLIGIBLE * self.total);
            self.iterate(SWEEP_SLACK * tolerated, task)?;
            self.best.n_iterations += 1;
            let after = self.residual();
            if before - after <= SETTLED * before {
                self.relaxation = OVER_RELAXATION;
            }
            self.best.converged = before - after <= tolerated || after <= PERFECT * self.total;
            // Rounding alone can increase the residual; then the state before is kept.
            if after <= before {
                self.keep(after);
            }
            task.advance(units)?;
        }
        Ok(())
    }

    /// Stores the present state as the best.
    fn keep(&mut self, residual: f64) {
        self.best.trace.push(residual);
        self.best.weights.clone_from(&self.weights);
        self.best.sample_weights = self.archetypes.sample_weights();
    }

    fn iterate(&mut self, slack: f64, task: &Task) -> Result<()> {
        let k = self.archetypes.k();
        self.revive_unused();
        self.archetypes.sweep(
            self.points,
            &self.moments,
            self.relaxation,
            slack / k as f64,
            task,
        )?;
        self.mix(task)
    }

    /// The first step, and the moments of its weights.
    fn mix(&mut self, task: &Task) -> Result<()> {
        let k = self.archetypes.k();
        self.inner = self.archetypes.inner_products(self.points);
        let corners = Corners { k, positions: &self.archetypes.positions, inner: &self.inner };
        mixture::update(self.points, &corners, &mut self.weights, task)?;
        self.moments = Moments::new(self.points, &self.weights, k);
        Ok(())
    }

    /// `|X|^2 - 2 tr(A'X Z') + tr(A'A Z Z')`, never below 0.
    pub fn residual(&self) -> f64 {
        let k = self.archetypes.k();
        let width = self.points.width();
        let crossed: f64 = (0..k)
            .map(|archetype| {
                let cross = &self.moments.cross[archetype * width..(archetype + 1) * width];
                self.archetypes.inner(self.points, cross, archetype)
            })
            .sum();
        let mixed: f64 = self.moments.gram.iter().zip(&self.inner).map(|(a, b)| a * b).sum();
        (self.total - 2.0 * crossed + mixed).max(0.0)
    }

    /// Puts every archetype that no sample uses on the sample with the largest
    /// residual that has not received one yet. This cannot increase the residual.
    fn revive_unused(&mut self) {
        let k = self.archetypes.k();
        let unused: Vec<usize> =
            (0..k).filter(|&archetype| self.moments.gram[archetype * (k + 1)] == 0.0).collect();
        if unused.is_empty() {
            return;
        }
        let residuals = self.residuals();
        let mut worst: Vec<usize> = (0..residuals.len()).collect();
        worst.sort_by(|&a, &b| residuals[b].total_cmp(&residuals[a]).then(a.cmp(&b)));
        for (&archetype, &sample) in unused.iter().zip(&worst) {
            self.archetypes.place(self.points, archetype, &[sample], &[1.0]);
        }
    }

    /// The sample furthest from its mixture, the first of equals.
    pub fn worst_fitted(&self) -> usize {
        let residuals = self.residuals();
        (0..residuals.len())
            .min_by(|&a, &b| residuals[b].total_cmp(&residuals[a]))
            .expect("at least one sample")
    }

    /// Squared distance between every sample and its mixture.
    fn residuals(&self) -> Vec<f64> {
        let k = self.archetypes.k();
        let residual = |(sample, weights): (usize, &[f64])| {
            let mut residual = self.points.inner_between(sample, sample);
            for (archetype, &weight) in weights.iter().enumerate().filter(|(_, w)| **w > 0.0) {
                let position = self.archetypes.position(archetype);
                let row = &self.inner[archetype * k..(archetype + 1) * k];
                let mixed: f64 = row.iter().zip(weights).map(|(a, b)| a * b).sum();
                residual += weight * (mixed - 2.0 * self.points.inner(position, sample));
            }
            residual
        };
        self.weights.chunks_exact(k).enumerate().map(residual).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archetypes::simulated::mixtures;
    use crate::archetypes::standard_scores::StandardScores;
    use approx::assert_relative_eq;
    use ndarray::Array2;
    use ndarray::array;

    const LIMITS: Limits = Limits { tolerance: 1e-7, max_iterations: 200 };

    fn run<'a>(points: &'a Points, chosen: &[usize], limits: Limits) -> Alternation<'a> {
        let sample_weights: Vec<SampleWeights> =
            chosen.iter().map(|&i| (vec![i], vec![1.0])).collect();
        let weights = vec![0.0; points.count() * chosen.len()];
        let mut run = Alternation::new(points, &sample_weights, weights, &Task::new()).unwrap();
        run.run(limits, &Task::new()).unwrap();
        run
    }

    /// `|X - A B X|^2` as it is written.
    fn reference_residual(table: &Array2<f64>, solution: &Solution) -> f64 {
        let k = solution.sample_weights.len();
        let mut beta = Array2::zeros((k, table.nrows()));
        for (archetype, (samples, weights)) in solution.sample_weights.iter().enumerate() {
            for (&sample, &weight) in samples.iter().zip(weights) {
                beta[(archetype, sample)] = weight;
            }
        }
        let alpha = Array2::from_shape_vec((table.nrows(), k), solution.weights.clone()).unwrap();
        (table - &alpha.dot(&beta.dot(table))).mapv(|rest| rest * rest).sum()
    }

    /// Stopped after every number of iterations, the residual is that by definition
    /// and never increases, in both forms.
    #[test]
    fn the_residual_never_increases_and_is_that_by_definition() {
        let standard = StandardScores::new(mixtures(80, 5, 50, 1).view());
        let table = &standard.table;
        let forms =
            [Points::Coordinates(table.clone()), Points::InnerProducts(table.dot(&table.t()))];
        for points in &forms {
            let mut before = f64::INFINITY;
            for max_iterations in 0..25 {
                let limits = Limits { tolerance: 0.0, max_iterations };
                let solution = run(points, &[0, 1, 2, 3, 4], limits).into_best();
                let plain = reference_residual(table, &solution);
                assert!(plain <= before * (1.0 + 1e-12));
                assert_relative_eq!(solution.residual(), plain, max_relative = 1e-9);
                before = plain;
            }
        }
    }

    #[test]
    fn both_forms_end_alike() {
        let standard = StandardScores::new(mixtures(80, 5, 50, 2).view());
        let products = standard.table.dot(&standard.table.t());
        let products = Points::InnerProducts(products);
        let coordinates = Points::Coordinates(standard.table);
        let chosen = [3, 14, 15, 9, 26];
        let ends = [&coordinates, &products].map(|points| run(points, &chosen, LIMITS).into_best());
        assert_relative_eq!(ends[0].residual(), ends[1].residual(), max_relative = 1e-5);
    }

    /// The third archetype lies between the others, so no sample uses it; the
    /// sample far off the line gets it.
    #[test]
    fn an_archetype_that_no_sample_uses_goes_where_the_fit_is_worst() {
        let points = Points::Coordinates(array![
            [-1.0, -0.1],
            [1.0, -0.1],
            [0.0, -0.1],
            [0.3, 0.9],
            [-0.3, -0.6]
        ]);
        let sample_weights: Vec<SampleWeights> =
            [0, 1, 2].iter().map(|&i| (vec![i], vec![1.0])).collect();
        let weights = vec![0.0; 15];
        let mut start = Alternation::new(&points, &sample_weights, weights, &Task::new()).unwrap();
        let before = start.residual();
        start.weights =
            vec![1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.5, 0.5, 0.0, 0.35, 0.65, 0.0, 0.65, 0.35, 0.0];
        start.moments = Moments::new(&points, &start.weights, 3);
        start.revive_unused();
        assert_eq!(start.archetypes.sample_weights()[2].0, [3]);
        start.mix(&Task::new()).unwrap();
        assert!(start.residual() < before);
    }

    #[test]
    fn expansion_is_projected_on_the_hull() {
        let points = Points::Coordinates(array![[-1.0], [1.0], [0.2], [-0.2]]);
        let limits = Limits { tolerance: 0.0, max_iterations: 0 };
        let expanded = run(&points, &[2, 3], limits).expanded(2.0, &Task::new()).unwrap();
        assert_relative_eq!(expanded.archetypes.position(0)[0], 0.4, epsilon = 1e-12);
        let expanded = run(&points, &[2, 3], limits).expanded(9.0, &Task::new()).unwrap();
        assert_relative_eq!(expanded.archetypes.position(1)[0], -1.0, epsilon = 1e-12);
    }

    /// With unadmixed corners the residual converges to 0.
    #[test]
    fn a_residual_on_its_way_to_nothing_has_converged() {
        let mut sample_weights = crate::archetypes::simulated::simplex(300, 4, 3);
        sample_weights.slice_mut(ndarray::s![..4, ..]).assign(&Array2::eye(4));
        let corners = array![[0.0, 0.0, 0.0], [6.0, 1.0, 0.0], [2.0, 5.0, 0.0], [1.0, 1.0, 4.0]];
        let standard = StandardScores::new(sample_weights.dot(&corners).view());
        let points = Points::Coordinates(standard.table);
        let solution = run(&points, &[20, 40, 60, 80], LIMITS).into_best();
        assert!(solution.converged, "{}", solution.n_iterations);
        assert!(solution.residual() < 1e-5);
    }

    #[test]
    fn stops_by_tolerance_or_by_count() {
        let standard = StandardScores::new(mixtures(80, 4, 6, 3).view());
        let points = Points::Coordinates(standard.table);
        let solution = run(&points, &[0, 1, 2, 3], LIMITS).into_best();
        assert!(solution.converged);
        assert_eq!(solution.trace.len(), solution.n_iterations + 1);
        let drops: Vec<f64> =
            solution.trace.windows(2).map(|pair| 1.0 - pair[1] / pair[0]).collect();
        let (last, others) = drops.split_last().unwrap();
        assert!(*last <= LIMITS.tolerance && others.iter().all(|drop| *drop > LIMITS.tolerance));

        let solution =
            run(&points, &[0, 1, 2, 3], Limits { max_iterations: 2, ..LIMITS }).into_best();
        assert_eq!((solution.n_iterations, solution.converged), (2, false));
    }

    /// Squared distance between each sample and its mixture as it is written, in both forms, at
    /// every stage of a fit; the sample that is fitted worst has the largest.
    #[test]
    fn residuals_of_samples_are_their_squared_distances() {
        let standard = StandardScores::new(mixtures(40, 4, 20, 3).view());
        let table = &standard.table;
        let forms =
            [Points::Coordinates(table.clone()), Points::InnerProducts(table.dot(&table.t()))];
        for points in &forms {
            for max_iterations in [0, 1, 5, 30] {
                let run = run(points, &[0, 7, 13, 21], Limits { tolerance: 0.0, max_iterations });
                let corners = run.archetypes.sample_weights();
                let corner = |archetype: usize, j: usize| -> f64 {
                    let (samples, weights) = &corners[archetype];
                    samples.iter().zip(weights).map(|(&i, w)| w * table[(i, j)]).sum()
                };
                let want: Vec<f64> = (0..table.nrows())
                    .map(|i| {
                        let weights = &run.weights[4 * i..4 * (i + 1)];
                        (0..table.ncols())
                            .map(|j| {
                                let mixed: f64 = (0..4)
                                    .map(|archetype| weights[archetype] * corner(archetype, j))
                                    .sum();
                                (table[(i, j)] - mixed).powi(2)
                            })
                            .sum()
                    })
                    .collect();
                for (got, want) in run.residuals().iter().zip(&want) {
                    assert_relative_eq!(got, want, max_relative = 1e-7, epsilon = 1e-9);
                }
                let largest = want.iter().copied().fold(0.0, f64::max);
                assert_relative_eq!(want[run.worst_fitted()], largest, max_relative = 1e-7);
            }
        }
    }
}
