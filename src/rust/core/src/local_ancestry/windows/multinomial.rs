//! Class probabilities from the decision values of all classes, by multinomial logistic
//! regression.
//!
//! Source: Böhning 1992, "Multinomial logistic regression algorithm", for the bound on the Hessian,
//! so that all steps use one matrix; Nesterov's momentum, restarted whenever the objective
//! decreases (O'Donoghue & Candès 2015).

use crate::linalg::dense::multiply;
use crate::linalg::dense::solve_in_place;
use crate::linalg::softmax::soften;
use faer::Mat;
use serde::Deserialize;
use serde::Serialize;

/// Increase of the objective per unit of weight at which it stops.
const FLAT: f64 = 1e-9;

const MAX_ITERATIONS: usize = 500;

/// Largest coefficient of a regression that was read.
const LARGEST: f64 = 1e50;

/// Penalty of half a squared coefficient, of decision values of unit root mean square.
const PENALTY: f64 = 1.0;

/// `P(class | f)` is proportional to `exp(offset[class] + sum_j coefficient[class][j] f[j])` for
/// the decision values `f`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Multinomial {
    /// n_classes x n_classes, by rows.
    coefficient: Vec<f64>,
    /// n_classes.
    offset: Vec<f64>,
}

impl Multinomial {
    /// Whether it is one of so many classes, with numbers throughout, whose sums are finite.
    pub fn fits(&self, n_classes: usize) -> bool {
        self.offset.len() == n_classes
            && self.coefficient.len() == n_classes.saturating_mul(n_classes)
            && self.coefficient.iter().chain(&self.offset).all(|value| value.abs() <= LARGEST)
    }

    /// Probabilities of the classes that `seen` has; others get 0.
    ///
    /// # Panics
    /// If lengths differ or no class is seen.
    pub fn probabilities(&self, decision: &[f64], seen: &[bool], out: &mut [f32]) {
        let k = self.offset.len();
        assert!(decision.len() == k && seen.len() == k && out.len() == k, "classes");
        let logit = |class: usize| {
            let row = &self.coefficient[class * k..][..k];
            let sum: f64 = row.iter().zip(decision).map(|(w, f)| w * f).sum();
            self.offset[class] + sum
        };
        let logits: Vec<Option<f64>> = (0..k).map(|c| seen[c].then(|| logit(c))).collect();
        let most = logits.iter().flatten().copied().fold(f64::NEG_INFINITY, f64::max);
        let odds: Vec<f64> =
            logits.iter().map(|logit| logit.map_or(0.0, |logit| (logit - most).exp())).collect();
        let total: f64 = odds.iter().sum();
        out.iter_mut().zip(odds).for_each(|(out, odds)| *out = (odds / total) as f32);
    }

    /// The regression of greatest penalized likelihood.
    ///
    /// | argument    | shape         | values                                       |
    /// |-------------|---------------|----------------------------------------------|
    /// | `decision`  | n x n_classes | finite; by SVMs trained without the row      |
    /// | `class`     | n             | `0..n_classes`                               |
    /// | `weight`    | n             | not negative                                 |
    ///
    /// # Panics
    /// If lengths differ or a number is not finite.
    pub fn fit(decision: &[f64], class: &[u16], weight: &[f64], n_classes: usize) -> Multinomial {
        let n = class.len();
        assert!(decision.len() == n * n_classes && weight.len() == n, "rows of a regression");
        let sum_squares: f64 = decision.iter().map(|f| f * f).sum();
        let size = (sum_squares / decision.len().max(1) as f64).sqrt();
        let scale = if size > 0.0 { 1.0 / size } else { 1.0 };
        let problem = Problem { decision, class, weight, k: n_classes, scale };
        problem.maximize()
    }
}

/// Parameters are n_classes rows of n_classes coefficients and an offset.
struct Problem<'d> {
    decision: &'d [f64],
    class: &'d [u16],
    weight: &'d [f64],
    k: usize,
    scale: f64,
}

impl Problem<'_> {
    fn rows(&self) -> impl Iterator<Item = (&[f64], usize, f64)> {
        let rows = self.decision.chunks_exact(self.k).zip(self.class).zip(self.weight);
        rows.map(|((row, &class), &weight)| (row, usize::from(class), weight))
    }

    /// Half the weighted moments of the rows, with the penalty: at least minus the Hessian.
    fn bound(&self) -> Mat<f64> {
        let k = self.k;
        let mut bound = Mat::zeros(k + 1, k + 1);
        for (row, _, weight) in self.rows() {
            let value = |j: usize| if j < k { self.scale * row[j] } else { 1.0 };
            for j in 0..=k {
                let factor = 0.5 * weight * value(j);
                (j..=k).for_each(|i| bound[(i, j)] += factor * value(i));
            }
        }
        // The offset has a negligible penalty: just enough for the matrix to be definite.
        (0..=k).for_each(|j| bound[(j, j)] += if j < k { PENALTY } else { 1e-9 });
        bound
    }

    /// The objective and its gradient, (n_classes + 1) x n_classes.
    fn evaluate(&self, at: &Mat<f64>, gradient: &mut Mat<f64>) -> f64 {
        let k = self.k;
        gradient.fill(0.0);
        let (mut logit, mut largest, mut total) = (vec![0.0; k], [0.0], [0.0]);
        let mut objective = 0.0;
        for (row, class, weight) in self.rows() {
            for (c, logit) in logit.iter_mut().enumerate() {
                let column = at.col_as_slice(c);
                let sum: f64 = column.iter().zip(row).map(|(w, f)| w * f).sum();
                *logit = self.scale * sum + column[k];
            }
            let own = logit[class];
            soften(&mut logit, k, &mut largest, &mut total);
            objective += weight * (own - largest[0] - total[0].ln());
            for (c, odds) in logit.iter().enumerate() {
                let step = weight * (f64::from(u8::from(c == class)) - odds / total[0]);
                let column = gradient.col_as_slice_mut(c);
                column.iter_mut().zip(row).for_each(|(g, f)| *g += self.scale * step * f);
                column[k] += step;
            }
        }
        for c in 0..k {
            let (column, at) = (gradient.col_as_slice_mut(c), at.col_as_slice(c));
            for j in 0..k {
                objective -= 0.5 * PENALTY * at[j] * at[j];
                column[j] -= PENALTY * at[j];
            }
        }
        objective
    }

    fn maximize(&self) -> Multinomial {
        let k = self.k;
        // Penalized, so positive definite.
        let inverse = solve_in_place(self.bound(), Mat::identity(k + 1, k + 1))
            .expect("finite decision values and weights");
        let total: f64 = self.weight.iter().sum();
        let mut best = Mat::<f64>::zeros(k + 1, k);
        let mut here = best.clone();
        let mut gradient = Mat::zeros(k + 1, k);
        let (mut before, mut momentum) = (f64::NEG_INFINITY, 1.0_f64);
        for _ in 0..MAX_ITERATIONS {
            let objective = self.evaluate(&here, &mut gradient);
            if objective < before && momentum > 1.0 {
                // Too far: from the best point, without momentum.
                here = best.clone();
                momentum = 1.0;
                before = f64::NEG_INFINITY;
                continue;
            }
            let flat = objective - before <= FLAT * total;
            before = objective;
            let next = &here + multiply(inverse.as_ref(), gradient.as_ref());
            if flat && momentum > 1.0 {
                best = next;
                break;
            }
            let after = (1.0 + (1.0 + 4.0 * momentum * momentum).sqrt()) / 2.0;
            let push = (momentum - 1.0) / after;
            here =
                Mat::from_fn(k + 1, k, |i, j| next[(i, j)] + push * (next[(i, j)] - best[(i, j)]));
            momentum = after;
            best = next;
        }
        let coefficient = (0..k * k).map(|at| self.scale * best[(at % k, at / k)]).collect();
        Multinomial { coefficient, offset: (0..k).map(|c| best[(k, c)]).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::random::generator;
    use rand_chacha::rand_core::RngCore;

    /// Rows of three classes whose decision values lean toward the own class.
    fn rows(n: usize, lean: f64, seed: u64) -> (Vec<f64>, Vec<u16>, Vec<f64>) {
        let mut source = generator(seed, 0);
        let mut uniform = || f64::from(source.next_u32()) / f64::from(u32::MAX) - 0.5;
        let class: Vec<u16> = (0..n as u16).map(|row| row % 3).collect();
        let value = |class: u16, j: u16, noise: f64| f64::from(u8::from(class == j)) * lean + noise;
        let decision =
            class.iter().flat_map(|&class| (0..3).map(move |j| (class, j))).collect::<Vec<_>>();
        let decision = decision.into_iter().map(|(class, j)| value(class, j, uniform())).collect();
        let weight = (0..n).map(|row| 0.5 + (row % 2) as f64).collect();
        (decision, class, weight)
    }

    fn probabilities(regression: &Multinomial, decision: &[f64]) -> Vec<f32> {
        let mut out = vec![0.0; decision.len()];
        regression.probabilities(decision, &vec![true; decision.len()], &mut out);
        out
    }

    /// Decision values without information: offsets alone, whose odds are those of the weights.
    #[test]
    fn without_information_probabilities_are_proportions() {
        let got =
            Multinomial::fit(&[0.0; 12], &[0, 0, 0, 1, 1, 1], &[1.0, 1.0, 1.0, 1.0, 1.0, 4.0], 2);
        let p = probabilities(&got, &[0.0, 0.0]);
        assert!((p[0] - 3.0 / 9.0).abs() < 1e-4 && (p[1] - 6.0 / 9.0).abs() < 1e-4);
        assert!(got.fits(2) && !got.fits(3));
    }

    /// Coefficients 0, ln 2 and offsets 0: of decision values (1, 1), odds 1 to 4.
    #[test]
    fn probabilities_worked_by_hand() {
        let two = 2.0_f64.ln();
        let got = Multinomial { coefficient: vec![0.0, 0.0, two, two], offset: vec![0.0; 2] };
        assert_eq!(probabilities(&got, &[1.0, 1.0]), [0.2, 0.8]);
        let mut out = [7.0; 2];
        got.probabilities(&[1.0, 1.0], &[true, false], &mut out);
        assert_eq!(out, [1.0, 0.0]);
    }

    /// Reference implementation: gradient ascent with many small steps.
    #[test]
    fn agrees_with_gradient_ascent() {
        let (decision, class, weight) = rows(60, 0.4, 5);
        let got = Multinomial::fit(&decision, &class, &weight, 3);
        let size = (decision.iter().map(|f| f * f).sum::<f64>() / decision.len() as f64).sqrt();
        let problem = Problem {
            decision: &decision,
            class: &class,
            weight: &weight,
            k: 3,
            scale: 1.0 / size,
        };
        let (mut at, mut gradient) = (Mat::<f64>::zeros(4, 3), Mat::zeros(4, 3));
        for _ in 0..20_000 {
            problem.evaluate(&at, &mut gradient);
            at = &at + 0.01 * &gradient;
        }
        assert!(gradient.norm_max() < 1e-9);
        for row in decision.chunks_exact(3) {
            let p = probabilities(&got, row);
            let logit = |c: usize| -> f64 {
                (0..3).map(|j| at[(j, c)] * row[j] / size).sum::<f64>() + at[(3, c)]
            };
            let total: f64 = (0..3).map(|c| logit(c).exp()).sum();
            (0..3).for_each(|c| {
                assert!((f64::from(p[c]) - logit(c).exp() / total).abs() < 1e-3);
            });
        }
    }

    /// The gradient is the slope of the objective.
    #[test]
    fn the_gradient_is_that_of_the_objective() {
        let (decision, class, weight) = rows(20, 0.2, 8);
        let problem =
            Problem { decision: &decision, class: &class, weight: &weight, k: 3, scale: 1.7 };
        let at = Mat::from_fn(4, 3, |i, j| (i as f64 - j as f64) / 5.0);
        let (mut gradient, mut other_gradient) = (Mat::zeros(4, 3), Mat::zeros(4, 3));
        problem.evaluate(&at, &mut gradient);
        for (i, j) in [(0, 0), (2, 1), (3, 2)] {
            let mut moved = |by: f64| {
                let mut there = at.clone();
                there[(i, j)] += by;
                problem.evaluate(&there, &mut other_gradient)
            };
            let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            assert!((slope - gradient[(i, j)]).abs() < 1e-6);
        }
    }

    /// Classes that decision values separate have finite coefficients all the same.
    #[test]
    fn separated_classes_stay_finite() {
        let (decision, class, weight) = rows(30, 50.0, 9);
        let got = Multinomial::fit(&decision, &class, &weight, 3);
        assert!(got.fits(3));
        for (row, &class) in decision.chunks_exact(3).zip(&class) {
            assert!(probabilities(&got, row)[usize::from(class)] > 0.8);
        }
    }
}
