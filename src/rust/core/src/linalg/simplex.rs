//! Convex quadratic programs over the simplex, by an active set that is kept
//! from one problem to the next.
//!
//! Source: Wolfe 1976, "Finding the nearest point in a polytope", with the
//! normal equations in place of his triangular update; the weights sum to 1, so
//! a constant added to every entry of the Hessian changes nothing but makes the
//! part on an affinely independent support positive definite.

use crate::linalg::cholesky::Factor;
use crate::linalg::cholesky::TOGETHER;
use crate::linalg::dot::add_scaled;

/// Constant that is added to every entry of the Hessian. Points of size about 1 are
/// assumed; callers scale their data so.
const SHIFT: f64 = 1.0;

/// Minimize `b' H b / 2 - c' b` over weights `b >= 0` that sum to 1.
pub trait Program {
    /// Number of variables.
    fn size(&self) -> usize;

    /// Entry of `H`, symmetric and positive semidefinite.
    fn hessian(&self, row: usize, column: usize) -> f64;

    /// Entry of `c`.
    fn linear(&self, variable: usize) -> f64;

    /// Fills `gradient` (length `size`) with `H b - c`, where `b` has `weights`
    /// on `support` and 0 elsewhere.
    fn gradient(&mut self, support: &[usize], weights: &[f64], gradient: &mut [f64]);
}

/// The variables that are not 0, their weights, and the factored Hessian among
/// them.
///
/// The Hessian factor stays valid while only `c` changes, so an active set that
/// is kept between similar problems starts close to their solutions.
#[derive(Clone, Debug, Default)]
pub struct ActiveSet {
    support: Vec<usize>,
    weights: Vec<f64>,
    factor: Factor,
    /// `M^-1 1` on the support, `M` being the shifted Hessian; empty when stale.
    unit_response: Vec<f64>,
    /// Value at the end of the last round; infinite before the first.
    value: f64,
    trial: Vec<f64>,
    gradient: Vec<f64>,
    entering: Vec<usize>,
}

impl ActiveSet {
    /// The variables that may be positive, in no particular order.
    #[inline(always)]
    pub fn support(&self) -> &[usize] {
        &self.support
    }

    /// Weights of the support; non-negative, summing to 1.
    #[inline(always)]
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// Starts a program from given weights. All programs of one active set must
    /// have the same Hessian: the factor is kept if the support is unchanged.
    ///
    /// A variable that depends affinely on those before it is left out and the
    /// rest are scaled up; with no weight at all the first variable gets all of it.
    ///
    /// # Panics
    /// If the slices differ in length.
    #[inline(always)]
    pub fn start(&mut self, program: &impl Program, support: &[usize], weights: &[f64]) {
        assert_eq!(support.len(), weights.len());
        self.value = f64::INFINITY;
        self.weights.clear();
        if self.support == support {
            self.weights.extend_from_slice(weights);
        } else {
            self.factor.clear();
            self.support.clear();
            self.unit_response.clear();
            for (&variable, &weight) in support.iter().zip(weights) {
                if self.append(program, variable) {
                    self.weights.push(weight);
                }
            }
        }
        self.rescale(program);
    }

    /// Makes the weights sum to 1.
    #[inline(always)]
    fn rescale(&mut self, program: &impl Program) {
        let total: f64 = self.weights.iter().sum();
        if total > 0.0 {
            self.weights.iter_mut().for_each(|weight| *weight /= total);
        } else {
            self.factor.clear();
            self.support.clear();
            self.append(program, 0);
            self.weights.clear();
            self.weights.push(1.0);
        }
    }

    /// Continues from the present weights with a program whose `c` is new.
    pub fn restart(&mut self) {
        self.value = f64::INFINITY;
    }

    /// Solves a program to `slack`, one variable entering at a time.
    #[inline(always)]
    pub fn minimize(&mut self, program: &mut impl Program, slack: f64) {
        while self.improve(program, slack, 1) {}
    }

    /// One round: the minimum over the face of the support, then up to
    /// `n_entering` of the variables that would decrease it most enter the support.
    ///
    /// Returns `false` when no further round is needed: the value is within `slack`
    /// of the minimum, by the duality gap, or rounding allows no progress.
    /// The weights are feasible after every round and the value never increases
    /// beyond rounding.
    #[inline(always)]
    pub fn improve(&mut self, program: &mut impl Program, slack: f64, n_entering: usize) -> bool {
        self.descend(program);
        if self.support.len() == program.size() {
            return false; // Nothing is left that could enter.
        }
        let mut gradient = std::mem::take(&mut self.gradient);
        gradient.resize(program.size(), 0.0);
        program.gradient(&self.support, &self.weights, &mut gradient);
        let goes_on = self.enter(program, slack, n_entering, &gradient);
        self.gradient = gradient;
        goes_on
    }

    /// Moves the weights to the minimum over the affine hull of the support;
    /// where that leaves the simplex, stops at its boundary, drops what became 0
    /// and tries again.
    #[inline(always)]
    fn descend(&mut self, program: &impl Program) {
        loop {
            self.solve(program);
            let mut step = 1.0;
            for (&weight, &goal) in self.weights.iter().zip(&self.trial) {
                if goal <= 0.0 {
                    let to_boundary = if weight > 0.0 { weight / (weight - goal) } else { 0.0 };
                    step = f64::min(step, to_boundary);
                }
            }
            if self.trial.iter().all(|goal| *goal > 0.0) {
                std::mem::swap(&mut self.weights, &mut self.trial);
                return;
            }
            self.move_and_drop(step);
        }
    }

    /// Moves `step` of the way to `trial`, then drops the weights that met 0.
    fn move_and_drop(&mut self, step: f64) {
        for place in (0..self.support.len()).rev() {
            let (weight, goal) = (self.weights[place], self.trial[place]);
            let blocks = goal <= 0.0 && (weight <= 0.0 || weight / (weight - goal) <= step);
            if blocks {
                self.support.remove(place);
                self.weights.remove(place);
                self.factor.remove(place);
                self.unit_response.clear();
            } else {
                self.weights[place] = (weight + step * (goal - weight)).max(0.0);
            }
        }
    }

    /// Puts the minimum over the affine hull of the support into `trial`.
    #[inline(always)]
    fn solve(&mut self, program: &impl Program) {
        self.respond();
        self.trial.clear();
        self.trial.extend(self.support.iter().map(|&variable| program.linear(variable)));
        self.factor.solve(&mut self.trial);
        let response: f64 = self.unit_response.iter().sum();
        // A second time, against the rounding error of the first.
        for _ in 0..2 {
            let multiplier = (1.0 - self.trial.iter().sum::<f64>()) / response;
            for (weight, response) in self.trial.iter_mut().zip(&self.unit_response) {
                *weight += multiplier * response;
            }
        }
    }

    /// Puts the minima of four programs over the affine hull of the support into `trials`.
    ///
    /// | argument | shape        | values                                          |
    /// |----------|--------------|-------------------------------------------------|
    /// | `linear` | size x 4     | `c` of the programs, which have the same Hessian |
    /// | `trials` | support x 4  | overwritten; each sums to 1, entries may be negative |
    #[inline(always)]
    pub fn solve_together(
        &mut self,
        linear: &[[f64; TOGETHER]],
        trials: &mut Vec<[f64; TOGETHER]>,
    ) {
        self.respond();
        trials.clear();
        trials.extend(self.support.iter().map(|&variable| linear[variable]));
        self.factor.solve_together(trials);
        let response: f64 = self.unit_response.iter().sum();
        for _ in 0..2 {
            let mut rest = [1.0; TOGETHER];
            for trial in trials.iter() {
                rest.iter_mut().zip(trial).for_each(|(rest, weight)| *rest -= weight);
            }
            let multiplier = rest.map(|rest| rest / response);
            for (trial, response) in trials.iter_mut().zip(&self.unit_response) {
                add_scaled(trial, *response, &multiplier);
            }
        }
    }

    /// Brings `unit_response` up to date.
    #[inline(always)]
    fn respond(&mut self) {
        if self.unit_response.is_empty() {
            self.unit_response.resize(self.support.len(), 1.0);
            self.factor.solve(&mut self.unit_response);
        }
    }

    /// Lets variables enter by their gradient; `false` if none should or can.
    #[inline(always)]
    fn enter(
        &mut self,
        program: &impl Program,
        slack: f64,
        n_entering: usize,
        gradient: &[f64],
    ) -> bool {
        let (mut level, mut value) = (0.0, 0.0);
        for (&variable, &weight) in self.support.iter().zip(&self.weights) {
            level += weight * gradient[variable];
            value += 0.5 * weight * (gradient[variable] - program.linear(variable));
        }
        let lowest = gradient.iter().copied().fold(f64::INFINITY, f64::min);
        let progressed = value < self.value;
        self.value = value;
        if !progressed || level - lowest <= slack {
            return false;
        }
        self.choose(n_entering, level - 0.1 * (level - lowest), gradient);
        let entering = std::mem::take(&mut self.entering);
        let mut entered = false;
        for &variable in &entering {
            if !self.support.contains(&variable) && self.append(program, variable) {
                self.weights.push(0.0);
                self.unit_response.clear();
                entered = true;
            }
        }
        self.entering = entering;
        entered
    }

    /// Lists the `n_entering` variables of least gradient, those below
    /// `threshold` only, least first; ties go to the earlier variable.
    fn choose(&mut self, n_entering: usize, threshold: f64, gradient: &[f64]) {
        let entering = &mut self.entering;
        entering.clear();
        entering.extend((0..gradient.len()).filter(|&variable| gradient[variable] < threshold));
        let order = |a: &usize, b: &usize| gradient[*a].total_cmp(&gradient[*b]).then(a.cmp(b));
        if entering.len() > n_entering {
            entering.select_nth_unstable_by(n_entering - 1, order);
            entering.truncate(n_entering);
        }
        entering.sort_unstable_by(order);
    }

    /// Borders the factor with a variable; `false` if it depends on the support.
    #[inline(always)]
    fn append(&mut self, program: &impl Program, variable: usize) -> bool {
        let entry = |other: usize| program.hessian(variable, other) + SHIFT;
        self.trial.clear();
        self.trial.extend(self.support.iter().map(|&other| entry(other)));
        let independent = self.factor.append(&self.trial, entry(variable));
        if independent {
            self.support.push(variable);
        }
        independent
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::dot::dot;
    use crate::linalg::random::generator;
    use approx::assert_abs_diff_eq;
    use rand_distr::Distribution;
    use rand_distr::StandardNormal;

    /// A program with everything written out.
    struct Dense {
        hessian: Vec<Vec<f64>>,
        linear: Vec<f64>,
    }

    impl Program for Dense {
        fn size(&self) -> usize {
            self.linear.len()
        }

        fn hessian(&self, row: usize, column: usize) -> f64 {
            self.hessian[row][column]
        }

        fn linear(&self, variable: usize) -> f64 {
            self.linear[variable]
        }

        fn gradient(&mut self, support: &[usize], weights: &[f64], gradient: &mut [f64]) {
            for (row, entry) in gradient.iter_mut().enumerate() {
                let product = |(i, w): (&usize, &f64)| self.hessian[row][*i] * w;
                *entry = support.iter().zip(weights).map(product).sum::<f64>() - self.linear[row];
            }
        }
    }

    impl Dense {
        /// Nearest mean of `points` to `target`.
        fn nearest(points: &[Vec<f64>], target: &[f64]) -> Dense {
            let hessian = points.iter().map(|a| points.iter().map(|b| dot(a, b)).collect());
            let linear = points.iter().map(|a| dot(a, target)).collect();
            Dense { hessian: hessian.collect(), linear }
        }

        fn value(&self, weights: &[f64]) -> f64 {
            let curved: f64 =
                self.hessian.iter().zip(weights).map(|(row, w)| w * dot(row, weights)).sum();
            0.5 * curved - dot(&self.linear, weights)
        }
    }

    /// Projection onto the simplex by sorting.
    fn onto_simplex(weights: &mut [f64]) {
        let mut sorted = weights.to_vec();
        sorted.sort_by(|a, b| b.total_cmp(a));
        let (mut sum, mut shift) = (0.0, 0.0);
        for (count, weight) in sorted.iter().enumerate() {
            sum += weight;
            let candidate = (sum - 1.0) / (count as f64 + 1.0);
            if *weight > candidate {
                shift = candidate;
            }
        }
        weights.iter_mut().for_each(|weight| *weight = (*weight - shift).max(0.0));
    }

    /// Reference implementation: many projected gradient steps.
    fn reference_minimum(program: &Dense) -> Vec<f64> {
        let size = program.size();
        let trace: f64 = (0..size).map(|i| program.hessian[i][i]).sum();
        let mut weights = vec![1.0 / size as f64; size];
        for _ in 0..200_000 {
            let step: Vec<f64> = (0..size)
                .map(|row| (dot(&program.hessian[row], &weights) - program.linear[row]) / trace)
                .collect();
            weights.iter_mut().zip(&step).for_each(|(weight, step)| *weight -= step);
            onto_simplex(&mut weights);
        }
        weights
    }

    fn normal_points(n: usize, d: usize, seed: u64) -> Vec<Vec<f64>> {
        let mut source = generator(seed, 0);
        (0..n).map(|_| (0..d).map(|_| StandardNormal.sample(&mut source)).collect()).collect()
    }

    fn solve(program: &mut Dense, support: &[usize], start: &[f64]) -> Vec<f64> {
        let mut set = ActiveSet::default();
        set.start(program, support, start);
        set.minimize(program, 0.0);
        spread(&set, program.size())
    }

    fn spread(set: &ActiveSet, size: usize) -> Vec<f64> {
        let mut weights = vec![0.0; size];
        for (&variable, &weight) in set.support().iter().zip(set.weights()) {
            weights[variable] = weight;
        }
        weights
    }

    #[test]
    fn finds_the_foot_of_a_perpendicular() {
        let points = [vec![0.0, 0.0], vec![4.0, 0.0], vec![0.0, 4.0]];
        let mut program = Dense::nearest(&points, &[1.0, -2.0]);
        let got = solve(&mut program, &[2], &[1.0]);
        for (got, want) in got.iter().zip([0.75, 0.25, 0.0]) {
            assert_abs_diff_eq!(*got, want, epsilon = 1e-12);
        }
    }

    #[test]
    fn agrees_with_projected_gradients() {
        for seed in 0..12 {
            let points = normal_points(5, 6, seed);
            let target = &normal_points(1, 6, 100 + seed)[0];
            let mut program = Dense::nearest(&points, target);
            let want = reference_minimum(&program);
            for start in 0..5 {
                let got = solve(&mut program, &[start], &[1.0]);
                assert_abs_diff_eq!(got[..], want[..], epsilon = 1e-8);
                assert_abs_diff_eq!(got.iter().sum::<f64>(), 1.0, epsilon = 1e-14);
            }
            let got = solve(&mut program, &[0, 1, 2, 3, 4], &[0.2; 5]);
            assert_abs_diff_eq!(got[..], want[..], epsilon = 1e-8);
        }
    }

    /// More points than dimensions, some twice: weights are not unique, the
    /// value is.
    #[test]
    fn agrees_on_the_value_where_weights_are_not_unique() {
        for seed in 0..12 {
            let mut points = normal_points(6, 2, seed);
            points.push(points[0].clone());
            points.push(points[3].clone());
            let target = &normal_points(1, 2, 100 + seed)[0];
            let mut program = Dense::nearest(&points, target);
            let want = program.value(&reference_minimum(&program));
            for start in 0..8 {
                let got = solve(&mut program, &[start], &[1.0]);
                assert!(got.iter().all(|weight| *weight >= 0.0));
                assert_abs_diff_eq!(got.iter().sum::<f64>(), 1.0, epsilon = 1e-14);
                assert_abs_diff_eq!(program.value(&got), want, epsilon = 1e-9);
            }
        }
    }

    #[test]
    fn several_variables_may_enter_at_once() {
        for seed in 0..12 {
            let points = normal_points(40, 60, seed);
            let target = vec![0.0; 60];
            let mut program = Dense::nearest(&points, &target);
            let want = solve(&mut program, &[0], &[1.0]);
            let mut set = ActiveSet::default();
            set.start(&program, &[0], &[1.0]);
            let mut values = Vec::new();
            while set.improve(&mut program, 0.0, 7) {
                values.push(set.value);
            }
            assert!(values.is_sorted_by(|a, b| a >= b));
            assert_abs_diff_eq!(spread(&set, 40)[..], want[..], epsilon = 1e-8);
        }
    }

    #[test]
    fn goes_on_from_one_target_to_the_next() {
        let points = normal_points(12, 4, 7);
        let mut set = ActiveSet::default();
        set.start(&Dense::nearest(&points, &[0.0; 4]), &[0], &[1.0]);
        for target in normal_points(20, 4, 8) {
            let mut program = Dense::nearest(&points, &target);
            set.restart();
            set.minimize(&mut program, 0.0);
            let want = program.value(&reference_minimum(&program));
            assert_abs_diff_eq!(program.value(&spread(&set, 12)), want, epsilon = 1e-9);
        }
    }

    #[test]
    fn leaves_no_more_than_the_slack() {
        let points = normal_points(60, 30, 1);
        let mut program = Dense::nearest(&points, &[0.1; 30]);
        let exact = solve(&mut program, &[0], &[1.0]);
        let mut set = ActiveSet::default();
        set.start(&program, &[0], &[1.0]);
        set.minimize(&mut program, 0.05);
        let excess = program.value(&spread(&set, 60)) - program.value(&exact);
        assert!(excess > 1e-6 && excess <= 0.05, "{excess}");
    }

    #[test]
    fn starts_from_the_first_variable_if_no_weight_is_given() {
        let program = Dense::nearest(&[vec![1.0], vec![2.0]], &[1.5]);
        let mut set = ActiveSet::default();
        set.start(&program, &[1], &[0.0]);
        assert_eq!((set.support(), set.weights()), (&[0][..], &[1.0][..]));
    }
}
