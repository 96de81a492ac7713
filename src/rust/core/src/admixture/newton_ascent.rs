//! Newton ascent: weights of one sample on fixed frequencies, to a certified maximum.
//!
//! Newton steps over the simplex. The log-likelihood is a sum of logarithms of linear
//! functions with factors of at least 1, so it is self-concordant: a step of length
//! 1 / (1 + lambda) along the way to the maximum of the expansion, lambda^2 the curvature along
//! it, gains at least lambda - log(1 + lambda). Whole steps are tried first; one that gains too
//! little is shortened to that length, which cannot fail but for rounding.
//!
//! Source: Nesterov & Nemirovskii 1994; Tran-Dinh, Kyrillidis & Cevher 2015, "Composite
//! self-concordant minimization".

use crate::admixture::exact::Sums;
use crate::admixture::expansion::Maximum;
use crate::admixture::newton::Quadratic;

/// Distance from the maximum, in log-likelihood per called allele, that counts as none.
pub const SLACK: f64 = 1e-6;
/// Relative rounding error of a log-likelihood.
const ROUNDING: f64 = 1e-13;

/// The state of the iteration of a sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum State {
    Iterating,
    /// The log-likelihood is within [`SLACK`] of its maximum.
    AtMaximum,
    /// Rounding allows no more.
    Stuck,
}

/// The iteration of one sample.
#[derive(Debug)]
pub struct NewtonAscent {
    /// The best point, length k, on the simplex.
    pub kept: Vec<f64>,
    /// At `kept`; never decreases.
    pub log_likelihood: f64,
    pub state: State,
    goal: Vec<f64>,
    /// Part of the way to `goal` that is tried next.
    length: f64,
    lambda: f64,
}

impl NewtonAscent {
    /// Starts at `row`.
    pub fn new(row: &[f64]) -> NewtonAscent {
        NewtonAscent {
            kept: row.to_vec(),
            log_likelihood: f64::NEG_INFINITY,
            state: State::Iterating,
            goal: row.to_vec(),
            length: 1.0,
            lambda: 0.0,
        }
    }

    /// The point at which sums are needed next.
    pub fn point(&self) -> impl Iterator<Item = f64> + '_ {
        let at = |(kept, goal): (&f64, &f64)| match self.length {
            1.0 => *goal,
            length => (1.0 - length) * kept + length * goal,
        };
        self.kept.iter().zip(&self.goal).map(at)
    }

    /// Takes the sums at [`NewtonAscent::point`] and chooses the next point.
    pub fn advance(&mut self, sums: &Sums, maximum: &mut Maximum) {
        let least = 0.5 * (self.lambda - self.lambda.ln_1p());
        let allowed = ROUNDING * sums.log_likelihood.abs();
        if sums.log_likelihood >= self.log_likelihood + least - allowed {
            self.kept = self.point().collect();
            self.log_likelihood = sums.log_likelihood;
            self.aim(sums, maximum);
        } else if self.length == 1.0 && self.lambda > 0.0 {
            self.length = 1.0 / (1.0 + self.lambda);
        } else {
            self.state = State::Stuck;
        }
    }

    /// Aims at the maximum of the expansion around `kept`.
    fn aim(&mut self, sums: &Sums, maximum: &mut Maximum) {
        if sums.gap(&self.kept) <= SLACK {
            self.state = State::AtMaximum;
            return;
        }
        let of = Quadratic { gradient: &sums.gradient, curvature: &sums.curvature };
        let gain = maximum.find(of, &self.kept);
        self.goal.clone_from(&maximum.weights);
        let step = self.goal.iter().zip(&self.kept).map(|(to, from)| to - from);
        let slope: f64 = step.zip(&sums.gradient).map(|(step, slope)| step * slope).sum();
        self.lambda = (2.0 * (slope - gain)).max(0.0).sqrt();
        self.length = 1.0;
        if gain <= 0.0 {
            self.state = State::Stuck;
        }
    }
}
