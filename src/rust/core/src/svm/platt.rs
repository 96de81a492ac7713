//! Probabilities from decision values, by a sigmoid.
//!
//! Source: Platt 2000 for the model and its targets; Lin, Lin & Weng 2007 for the algorithm,
//! Newton's method with a line search.

use serde::Deserialize;
use serde::Serialize;

/// Added to the diagonal of the Hessian, so that it is positive definite.
const RIDGE: f64 = 1e-12;

/// Largest entry of the gradient at which it stops, per unit of weight.
const FLAT: f64 = 1e-9;

const MAX_ITERATIONS: usize = 100;

/// Shortest step that is tried.
const SHORTEST: f64 = 1e-10;

/// `P(positive | f) = 1 / (1 + exp(slope f + offset))` for the decision value `f`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sigmoid {
    pub slope: f64,
    pub offset: f64,
}

impl Sigmoid {
    /// Probability of the positive class.
    pub fn probability(&self, decision: f64) -> f64 {
        let z = self.slope * decision + self.offset;
        // Neither branch exponentiates a large number.
        if z >= 0.0 { (-z).exp() / (1.0 + (-z).exp()) } else { 1.0 / (1.0 + z.exp()) }
    }

    /// The sigmoid of greatest likelihood, with targets a little inside 0 and 1 so that it stays
    /// finite when decision values separate the classes.
    ///
    /// | argument   | shape | values                                             |
    /// |------------|-------|----------------------------------------------------|
    /// | `decision` | n     | finite; of rows that the classifier did not see    |
    /// | `positive` | n     | class of each row                                  |
    /// | `weight`   | n     | how often the row occurs, not negative             |
    ///
    /// Where there is no row, the probability is 1/2 everywhere.
    ///
    /// # Panics
    /// If lengths differ.
    pub fn fit(decision: &[f64], positive: &[bool], weight: &[f64]) -> Sigmoid {
        assert!(decision.len() == positive.len() && decision.len() == weight.len());
        Likelihood::new(decision, positive, weight).maximize()
    }
}

/// The likelihood of a sigmoid, with its targets.
struct Likelihood<'d> {
    decision: &'d [f64],
    target: Vec<f64>,
    weight: &'d [f64],
    /// Weight of the positive and of the negative rows.
    total: (f64, f64),
}

impl<'d> Likelihood<'d> {
    fn new(decision: &'d [f64], positive: &[bool], weight: &'d [f64]) -> Likelihood<'d> {
        let sum = |class: bool| -> f64 {
            let rows = positive.iter().zip(weight).filter(|(positive, _)| **positive == class);
            rows.map(|(_, weight)| weight).sum()
        };
        let total = (sum(true), sum(false));
        let (high, low) = ((total.0 + 1.0) / (total.0 + 2.0), 1.0 / (total.1 + 2.0));
        let target = positive.iter().map(|&positive| if positive { high } else { low }).collect();
        Likelihood { decision, target, weight, total }
    }

    /// Negative logarithm.
    fn loss(&self, sigmoid: Sigmoid) -> f64 {
        let rows = self.decision.iter().zip(&self.target).zip(self.weight);
        rows.map(|((f, target), weight)| {
            let z = sigmoid.slope * f + sigmoid.offset;
            weight
                * if z >= 0.0 {
                    target * z + (-z).exp().ln_1p()
                } else {
                    (target - 1.0) * z + z.exp().ln_1p()
                }
        })
        .sum()
    }

    fn maximize(&self) -> Sigmoid {
        let offset = ((self.total.1 + 1.0) / (self.total.0 + 1.0)).ln();
        let mut sigmoid = Sigmoid { slope: 0.0, offset };
        let mut loss = self.loss(sigmoid);
        let flat = FLAT * (self.total.0 + self.total.1);
        for _ in 0..MAX_ITERATIONS {
            let (gradient, hessian) = self.derivatives(sigmoid);
            if gradient.0.abs() <= flat && gradient.1.abs() <= flat {
                break;
            }
            let Some(next) = self.search(sigmoid, loss, gradient, hessian) else { break };
            (sigmoid, loss) = next;
        }
        sigmoid
    }

    /// Gradient, and Hessian as its two diagonal entries and the one off it.
    fn derivatives(&self, sigmoid: Sigmoid) -> ((f64, f64), (f64, f64, f64)) {
        let (mut gradient, mut hessian) = ((0.0, 0.0), (RIDGE, RIDGE, 0.0));
        for ((&f, target), weight) in self.decision.iter().zip(&self.target).zip(self.weight) {
            let p = sigmoid.probability(f);
            let (error, bend) = (weight * (target - p), weight * p * (1.0 - p));
            gradient = (gradient.0 + f * error, gradient.1 + error);
            hessian = (hessian.0 + f * f * bend, hessian.1 + bend, hessian.2 + f * bend);
        }
        (gradient, hessian)
    }

    /// Newton's step, halved until it decreases the loss; `None` where no step does.
    fn search(
        &self,
        from: Sigmoid,
        loss: f64,
        gradient: (f64, f64),
        hessian: (f64, f64, f64),
    ) -> Option<(Sigmoid, f64)> {
        let determinant = hessian.0 * hessian.1 - hessian.2 * hessian.2;
        let slope = -(hessian.1 * gradient.0 - hessian.2 * gradient.1) / determinant;
        let offset = -(hessian.0 * gradient.1 - hessian.2 * gradient.0) / determinant;
        let directional = gradient.0 * slope + gradient.1 * offset;
        let mut step = 1.0;
        while step >= SHORTEST {
            let to =
                Sigmoid { slope: from.slope + step * slope, offset: from.offset + step * offset };
            let there = self.loss(to);
            if there < loss + 1e-4 * step * directional {
                return Some((to, there));
            }
            step /= 2.0;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(n: usize) -> (Vec<f64>, Vec<bool>) {
        let decision: Vec<f64> = (0..n).map(|i| (i * 29 % 61) as f64 / 20.0 - 1.5).collect();
        let positive = decision.iter().enumerate().map(|(i, f)| *f > 0.2 || i % 4 == 0).collect();
        (decision, positive)
    }

    /// Two values, each with both classes: the targets' weighted means are met exactly. At f = 1
    /// three of four are positive, at f = -1 one of four: targets 5/6 and 1/6, so means of
    /// (3 * 5 + 1) / 24 = 2/3 and 1/3, and the slope is -ln 2.
    #[test]
    fn eight_rows_worked_by_hand() {
        let sigmoid = Sigmoid::fit(
            &[1.0, 1.0, -1.0, -1.0],
            &[true, false, true, false],
            &[3.0, 1.0, 1.0, 3.0],
        );
        assert!((sigmoid.slope + 2.0_f64.ln()).abs() < 1e-8, "{sigmoid:?}");
        assert!(sigmoid.offset.abs() < 1e-8);
        assert!((sigmoid.probability(1.0) - 2.0 / 3.0).abs() < 1e-9);
    }

    /// Reference implementation: gradient descent with a small step.
    #[test]
    fn agrees_with_slow_descent() {
        let (decision, positive) = rows(61);
        let weight: Vec<f64> = (0..61).map(|i| f64::from(i % 3)).collect();
        let fast = Sigmoid::fit(&decision, &positive, &weight);
        let likelihood = Likelihood::new(&decision, &positive, &weight);
        let mut slow = Sigmoid { slope: 0.0, offset: 0.0 };
        for _ in 0..200_000 {
            let (gradient, _) = likelihood.derivatives(slow);
            slow.slope -= 0.01 * gradient.0;
            slow.offset -= 0.01 * gradient.1;
        }
        assert!((fast.slope - slow.slope).abs() < 1e-6, "{fast:?} {slow:?}");
        assert!((fast.offset - slow.offset).abs() < 1e-6);
    }

    #[test]
    fn weights_equal_repeated_rows() {
        let (decision, positive) = rows(30);
        let weight: Vec<f64> = (0..30).map(|i| f64::from(1 + i % 3)).collect();
        let repeat = |i: usize| 1 + i % 3;
        let many_f: Vec<f64> = (0..30).flat_map(|i| vec![decision[i]; repeat(i)]).collect();
        let many_y: Vec<bool> = (0..30).flat_map(|i| vec![positive[i]; repeat(i)]).collect();
        let one = Sigmoid::fit(&decision, &positive, &weight);
        let other = Sigmoid::fit(&many_f, &many_y, &vec![1.0; many_f.len()]);
        assert!((one.slope - other.slope).abs() < 1e-7);
        assert!((one.offset - other.offset).abs() < 1e-7);
    }

    #[test]
    fn separable_absent_and_constant_values_stay_finite() {
        let separable =
            Sigmoid::fit(&[2.0, 1.0, -1.0, -2.0], &[true, true, false, false], &[1.0; 4]);
        assert!(separable.slope < 0.0 && separable.slope.is_finite());
        assert!(separable.probability(1e300) <= 1.0 && separable.probability(-1e300) >= 0.0);
        assert_eq!(Sigmoid::fit(&[], &[], &[]).probability(3.0), 0.5);
        // No information in the values: the proportion of the targets, (2 * 3/4 + 1/3) / 3.
        let constant = Sigmoid::fit(&[0.0; 3], &[true, true, false], &[1.0; 3]);
        assert!((constant.probability(0.0) - (1.5 + 1.0 / 3.0) / 3.0).abs() < 1e-6);
        let one_class = Sigmoid::fit(&[0.5, 1.5], &[true, true], &[1.0; 2]);
        assert!((one_class.probability(1.0) - 0.75).abs() < 1e-6, "{one_class:?}");
    }
}
