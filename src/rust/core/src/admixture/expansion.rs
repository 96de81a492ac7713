//! The maximum of a second-order expansion over the simplex.
//!
//! A called allele that all of a sample's populations lack has a probability near 1e-5 and a
//! curvature near 1e10, beside which that of all other genotypes is lost. The quadratic
//! program may then be solved badly, so its predicted gain is compared with that of the best step
//! toward one population, and is not accepted below that.

use crate::admixture::newton::Quadratic;
use crate::linalg::simplex::ActiveSet;
use crate::linalg::simplex::Program;

/// Duality gap, in units of the log-likelihood, at which a program counts as solved.
const SLACK: f64 = 1e-9;
/// Part of the predicted gain of a step toward one population that the program must reach.
const TRUSTED: f64 = 0.5;

/// Where an expansion is largest; reuse it from one sample to the next.
#[derive(Debug, Default)]
pub struct Maximum {
    /// Length k, on the simplex.
    pub weights: Vec<f64>,
    linear: Vec<f64>,
    step: Vec<f64>,
}

impl Maximum {
    /// Finds the maximum of the expansion around `row`, and returns what it gains: above 0
    /// unless no step gains.
    pub fn find(&mut self, of: Quadratic<'_>, row: &[f64]) -> f64 {
        self.weights.clear();
        self.weights.extend_from_slice(row);
        let scale = of.mean_curvature();
        if scale <= 0.0 {
            return 0.0; // No allele is called, so there is no information.
        }
        self.solve(of, row, scale);
        self.step.clear();
        self.step.extend(self.weights.iter().zip(row).map(|(to, from)| to - from));
        let gain = of.gain(&self.step);
        let simple = self.toward_one(of, row);
        // Written so that a NaN is not accepted.
        if gain >= TRUSTED * simple {
            return gain;
        }
        self.weights.clear();
        self.weights.extend(row.iter().zip(&self.step).map(|(from, step)| (from + step).max(0.0)));
        simple
    }

    /// Solves the quadratic program into `weights`.
    fn solve(&mut self, quadratic: Quadratic<'_>, row: &[f64], scale: f64) {
        let k = row.len();
        self.linear.clear();
        let linear = |place: usize| {
            let curved: f64 =
                (0..k).map(|other| quadratic.hessian(place, other) * row[other]).sum();
            (quadratic.gradient[place] + curved) / scale
        };
        self.linear.extend((0..k).map(linear));
        let mut program = Expansion { quadratic, linear: &self.linear, scale };
        let support: Vec<usize> = (0..k).filter(|&place| row[place] > 0.0).collect();
        let start: Vec<f64> = support.iter().map(|&place| row[place]).collect();
        let mut set = ActiveSet::default();
        set.start(&program, &support, &start);
        set.minimize(&mut program, SLACK / scale);
        self.weights.fill(0.0);
        for (&place, &weight) in set.support().iter().zip(set.weights()) {
            self.weights[place] = weight;
        }
    }

    /// Fills `step` with the best one toward the population of largest gradient; returns what
    /// it gains.
    fn toward_one(&mut self, of: Quadratic<'_>, row: &[f64]) -> f64 {
        let best = (0..row.len()).fold(0, |best, place| {
            if of.gradient[place] > of.gradient[best] { place } else { best }
        });
        self.step.clear();
        self.step.extend(row.iter().map(|weight| -weight));
        self.step[best] += 1.0;
        let slope: f64 = self.step.iter().zip(of.gradient).map(|(step, slope)| step * slope).sum();
        let curvature = 2.0 * (slope - of.gain(&self.step));
        let length = if curvature > slope { (slope / curvature).max(0.0) } else { 1.0 };
        self.step.iter_mut().for_each(|step| *step *= length);
        of.gain(&self.step)
    }
}

/// The negative expansion of one sample, divided by its mean curvature.
struct Expansion<'a> {
    quadratic: Quadratic<'a>,
    linear: &'a [f64],
    scale: f64,
}

impl Program for Expansion<'_> {
    fn size(&self) -> usize {
        self.linear.len()
    }

    fn hessian(&self, row: usize, column: usize) -> f64 {
        self.quadratic.hessian(row, column) / self.scale
    }

    fn linear(&self, variable: usize) -> f64 {
        self.linear[variable]
    }

    fn gradient(&mut self, support: &[usize], weights: &[f64], gradient: &mut [f64]) {
        for (place, gradient) in gradient.iter_mut().enumerate() {
            let entries = support.iter().zip(weights);
            let curved: f64 = entries.map(|(&other, b)| self.hessian(place, other) * b).sum();
            *gradient = curved - self.linear[place];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// g = (3, 1, 0) and H = 2 I around equal weights 1/3: the maximum over the plane moves by
    /// (g - 4/3) / 2 = (5/6, -1/6, -2/3), out of the simplex; with the third weight 0 the
    /// others move by 1 and must sum to 1, so (5/6 + 1/3, ...) meets 1 and 0 too. All of it on
    /// the first: step (2/3, -1/3, -1/3), gain 2 - 1/3 - 2/3 = 1.
    #[test]
    fn agrees_with_an_expansion_worked_by_hand() {
        let of =
            Quadratic { gradient: &[3.0, 1.0, 0.0], curvature: &[2.0, 0.0, 0.0, 2.0, 0.0, 2.0] };
        let mut maximum = Maximum::default();
        let gain = maximum.find(of, &[1.0 / 3.0; 3]);
        assert!((gain - 1.0).abs() < 1e-12, "{gain}");
        for (got, want) in maximum.weights.iter().zip([1.0, 0.0, 0.0]) {
            assert!((got - want).abs() < 1e-12);
        }
    }

    /// An indefinite curvature, as -5 shows: the second population depends on the first for
    /// the program, which goes all the way to the first and would lose 1. Toward the second
    /// the slope is 1/2 and the curvature 1, so half the way gains 1/4 - 1/8.
    #[test]
    fn an_expansion_that_rounding_has_spoilt_still_gains() {
        let of = Quadratic { gradient: &[0.0, 1.0], curvature: &[9.0, 0.0, -5.0] };
        let mut maximum = Maximum::default();
        let gain = maximum.find(of, &[0.5, 0.5]);
        assert_eq!((gain, &maximum.weights[..]), (0.125, &[0.25, 0.75][..]));
    }
}
