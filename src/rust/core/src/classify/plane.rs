//! The separating plane of a linear support vector machine in few components, by an interior-point
//! method.
//!
//! Source: Fine & Scheinberg 2001 and Ferris & Munson 2003 for interior points where the kernel has
//! low rank; Mehrotra 1992 for the choice of the steps.
//!
//! With rows `x_i` and signs `y_i` the problem is to minimize
//!
//!   1/2 |w|^2 + cost sum_i max(0, 1 - y_i (w'x_i + b)),
//!
//! and its dual to maximize `sum(alpha) - 1/2 |w|^2` where `w = sum_i y_i alpha_i x_i`,
//! `y'alpha = 0` and `0 <= alpha_i <= cost`. A step solves one system of as many equations as there
//! are components, plus one; it takes about 15 to 25 steps whatever the cost, while steps of
//! two weights (SMO) become more with the cost.

use crate::error::Result;
use crate::linalg::cholesky::Factor;
use crate::linalg::dot::add_scaled;
use crate::linalg::dot::dot;
use crate::task::Task;

/// Gap between the two objectives, relative to that of the plane, at which it stops.
const TOLERANCE: f64 = 1e-9;

/// Relative gap that is accepted where rounding prevents a smaller one.
const ENOUGH: f64 = 1e-4;

const MAX_STEPS: usize = 100;

/// Part of the way to the nearest bound that a step may go.
const SHORT_OF_BOUND: f64 = 0.995;

/// Length of a step below which a step without correction is tried.
const SHORT: f64 = 0.9;

/// Least factor by which that step reduces the complementarity products.
const CENTERED: f64 = 0.1;

/// Relative addition to the diagonal of a singular system.
const RIDGE: f64 = 1e-9;

/// Least initial weight, as a fraction of the cost.
const LEAST_START: f64 = 1e-3;

/// Decision values are `weights' x + bias`, above 0 on the side of sign 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Plane {
    /// n_components
    pub weights: Vec<f64>,
    pub bias: f64,
    pub steps: usize,
    pub converged: bool,
}

/// Finds the plane.
///
/// | argument | shape                                    | values                |
/// |----------|------------------------------------------|-----------------------|
/// | `column` | n_components slices of n                 | finite                |
/// | `sign`   | n                                        | 1 or -1, some of each |
/// | `cost`   |                                          | finite, above 0       |
///
/// # Errors
/// `Interrupted`.
///
/// # Panics
/// If lengths differ, or one sign is absent.
pub fn plane(column: &[Vec<f64>], sign: &[f64], cost: f64, task: &Task) -> Result<Plane> {
    assert!(column.iter().all(|column| column.len() == sign.len()), "one entry per row");
    assert!(sign.contains(&1.0) && sign.contains(&-1.0), "rows on both sides");
    let mut point = Point::new(column, sign, cost);
    let (mut best, mut best_gap) = (point.plane.clone(), f64::INFINITY);
    let mut steps = 0;
    loop {
        task.check()?;
        let gap = point.gap();
        // Close to the optimum, rounding errors can increase the gap again.
        let worse = best_gap <= ENOUGH && gap > best_gap;
        if gap < best_gap {
            (best_gap, best) = (gap, point.plane.clone());
        }
        let stuck = gap.is_nan() || worse || steps == MAX_STEPS;
        if gap <= TOLERANCE || stuck || !point.step() {
            break;
        }
        steps += 1;
    }
    let bias = best.pop().expect("a bias");
    Ok(Plane { weights: best, bias, steps, converged: best_gap <= ENOUGH })
}

/// A point inside the bounds, with the multipliers of both.
struct Point {
    /// Rows of `[x, 1]` times their sign, by column: n_components + 1 slices of n.
    signed: Vec<Vec<f64>>,
    cost: f64,
    /// w and b.
    plane: Vec<f64>,
    alpha: Vec<f64>,
    /// `cost - alpha`, kept beside it so that it does not round to 0.
    room: Vec<f64>,
    /// Multipliers of `alpha >= 0` and of `room >= 0`.
    low: Vec<f64>,
    high: Vec<f64>,
    /// `y (w'x + b)`
    margin: Vec<f64>,
}

/// A step of a point.
struct Move {
    plane: Vec<f64>,
    alpha: Vec<f64>,
    low: Vec<f64>,
    high: Vec<f64>,
}

impl Point {
    fn new(column: &[Vec<f64>], sign: &[f64], cost: f64) -> Point {
        let signed_by = |column: &Vec<f64>| column.iter().zip(sign).map(|(x, y)| x * y).collect();
        let mut signed: Vec<Vec<f64>> = column.iter().map(signed_by).collect();
        signed.push(sign.to_vec());
        let n = sign.len();
        let n_positive = sign.iter().filter(|sign| **sign > 0.0).count();
        // Weights of both sides sum to the same.
        let fraction = |sign: &f64| {
            let other = if *sign > 0.0 { n - n_positive } else { n_positive };
            other as f64 / n as f64
        };
        let alpha: Vec<f64> = sign.iter().map(|sign| cost * fraction(sign)).collect();
        let room: Vec<f64> = sign.iter().map(|sign| cost * (1.0 - fraction(sign))).collect();
        let mut point = Point {
            plane: vec![0.0; signed.len()],
            signed,
            cost,
            alpha,
            room,
            low: Vec::new(),
            high: Vec::new(),
            margin: vec![0.0; n],
        };
        point.place();
        // Of all multiples of these weights the one with the largest dual objective, but not so near
        // to one bound that the first steps would be short.
        let weights = &point.plane[..point.plane.len() - 1];
        let best = point.alpha.iter().sum::<f64>() / dot(weights, weights);
        let best = best.max(LEAST_START);
        if best < 1.0 {
            point.alpha.iter_mut().for_each(|alpha| *alpha *= best);
            point.room.iter_mut().zip(&point.alpha).for_each(|(room, a)| *room = cost - a);
            point.place();
        }
        let excess: Vec<f64> = point.margin.iter().map(|margin| margin - 1.0).collect();
        let mean = excess.iter().map(|excess| excess.abs()).sum::<f64>() / n as f64;
        point.low = excess.iter().map(|excess| excess.max(0.0) + mean.max(1.0)).collect();
        point.high = excess.iter().map(|excess| (-excess).max(0.0) + mean.max(1.0)).collect();
        point
    }

    /// Computes the weights and margins of `alpha`.
    fn place(&mut self) {
        let bias = self.signed.len() - 1;
        for (weight, signed) in self.plane.iter_mut().zip(&self.signed).take(bias) {
            *weight = dot(signed, &self.alpha);
        }
        self.margin = self.along(&self.plane);
    }

    /// n, the signed rows times `plane`.
    fn along(&self, plane: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; self.alpha.len()];
        self.signed.iter().zip(plane).for_each(|(signed, by)| add_scaled(&mut out, *by, signed));
        out
    }

    /// The objective of the plane less that of `alpha`, relative to the former.
    fn gap(&self) -> f64 {
        let weights = &self.plane[..self.plane.len() - 1];
        let half = 0.5 * dot(weights, weights);
        let hinge: f64 = self.margin.iter().map(|margin| (1.0 - margin).max(0.0)).sum();
        let unbalanced = dot(&self.signed[weights.len()], &self.alpha).abs();
        let (primal, dual) = (half + self.cost * hinge, self.alpha.iter().sum::<f64>() - half);
        // Where weights of the two sides have different sums, the second is no bound yet.
        ((primal - dual).abs() + unbalanced) / primal
    }

    /// Takes a step toward the optimum; `false` where rounding prevents one.
    fn step(&mut self) -> bool {
        let n = self.alpha.len();
        let curvature: Vec<f64> = (0..n)
            .map(|i| 1.0 / (self.low[i] / self.alpha[i] + self.high[i] / self.room[i]))
            .collect();
        let Some(system) = self.system(&curvature) else { return false };
        // First the affine (predictor) step, to measure its length; then with a correction.
        let ahead = self.toward(&system, &curvature, |i| {
            (-self.alpha[i] * self.low[i], -self.room[i] * self.high[i])
        });
        let length = self.length(&ahead, 1.0);
        let before = self.complementarity(&ahead, 0.0);
        let center =
            (self.complementarity(&ahead, length) / before).powi(3) * before / (2 * n) as f64;
        let mut step = self.toward(&system, &curvature, |i| {
            (
                center - self.alpha[i] * self.low[i] - ahead.alpha[i] * ahead.low[i],
                center - self.room[i] * self.high[i] + ahead.alpha[i] * ahead.high[i],
            )
        });
        let mut length = self.length(&step, SHORT_OF_BOUND);
        if length < SHORT {
            // The correction can alternate between two points: take a centering step instead.
            let middle = center.max(CENTERED * before / (2 * n) as f64);
            let plain = self.toward(&system, &curvature, |i| {
                (middle - self.alpha[i] * self.low[i], middle - self.room[i] * self.high[i])
            });
            let plain_length = self.length(&plain, SHORT_OF_BOUND);
            if plain_length > length {
                (length, step) = (plain_length, plain);
            }
        }
        add_scaled(&mut self.plane, length, &step.plane);
        add_scaled(&mut self.alpha, length, &step.alpha);
        add_scaled(&mut self.room, -length, &step.alpha);
        add_scaled(&mut self.low, length, &step.low);
        add_scaled(&mut self.high, length, &step.high);
        self.place();
        length > 1e-10
    }

    /// Factor of `A' diag(curvature) A + I`, A the signed rows, without a 1 for the bias.
    fn system(&self, curvature: &[f64]) -> Option<Factor> {
        let mut factor = Factor::default();
        for (last, signed) in self.signed.iter().enumerate() {
            let scaled: Vec<f64> = signed.iter().zip(curvature).map(|(x, c)| x * c).collect();
            let mut row: Vec<f64> =
                self.signed[..=last].iter().map(|other| dot(&scaled, other)).collect();
            let own = row.pop().expect("an entry") + f64::from(last + 1 < self.signed.len());
            // Where a column is dependent to rounding, a ridge is added.
            if !factor.append(&row, own) && !factor.append(&row, own * (1.0 + RIDGE)) {
                return None;
            }
        }
        Some(factor)
    }

    /// Newton's step that increases `alpha low` and `room high` by `grow`.
    fn toward(
        &self,
        system: &Factor,
        curvature: &[f64],
        grow: impl Fn(usize) -> (f64, f64),
    ) -> Move {
        let n = self.alpha.len();
        let grow: Vec<(f64, f64)> = (0..n).map(grow).collect();
        let residual = |i: usize| self.margin[i] - 1.0 - self.low[i] + self.high[i];
        let pull: Vec<f64> = (0..n)
            .map(|i| {
                let wanted = grow[i].0 / self.alpha[i] - grow[i].1 / self.room[i];
                curvature[i] * (wanted - residual(i))
            })
            .collect();
        let mut plane: Vec<f64> = self.signed.iter().map(|signed| dot(signed, &pull)).collect();
        let bias = plane.len() - 1;
        plane[bias] += dot(&self.signed[bias], &self.alpha);
        system.solve(&mut plane);
        let projected = self.along(&plane);
        let alpha: Vec<f64> = (0..n).map(|i| pull[i] - curvature[i] * projected[i]).collect();
        let low = (0..n).map(|i| (grow[i].0 - self.low[i] * alpha[i]) / self.alpha[i]).collect();
        let high = (0..n).map(|i| (grow[i].1 + self.high[i] * alpha[i]) / self.room[i]).collect();
        Move { plane, alpha, low, high }
    }

    /// The part of a move, at most 1, that goes `part` of the way to the nearest bound.
    fn length(&self, step: &Move, part: f64) -> f64 {
        let nearest = |at: &[f64], step: &[f64], side: f64| {
            let ratios = at.iter().zip(step).map(|(at, step)| -at / (side * step));
            ratios.filter(|ratio| *ratio > 0.0).fold(f64::INFINITY, f64::min)
        };
        let bounds = [
            nearest(&self.alpha, &step.alpha, 1.0),
            nearest(&self.room, &step.alpha, -1.0),
            nearest(&self.low, &step.low, 1.0),
            nearest(&self.high, &step.high, 1.0),
        ];
        bounds.into_iter().fold(1.0, |length, bound| (part * bound).min(length))
    }

    /// Sum of all complementarity products after `length` of a move.
    fn complementarity(&self, step: &Move, length: f64) -> f64 {
        let product = |i: usize| {
            (self.alpha[i] + length * step.alpha[i]) * (self.low[i] + length * step.low[i])
                + (self.room[i] - length * step.alpha[i]) * (self.high[i] + length * step.high[i])
        };
        (0..self.alpha.len()).map(product).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::random::generator;
    use crate::svm::smo::KernelMatrix;
    use crate::svm::smo::Limits;
    use crate::svm::smo::solve;
    use rand_chacha::rand_core::RngCore;

    fn found(column: &[Vec<f64>], sign: &[f64], cost: f64) -> Plane {
        plane(column, sign, cost, &Task::new()).unwrap()
    }

    /// 1/2 |w|^2 + cost sum max(0, 1 - y (w'x + b))
    fn objective(column: &[Vec<f64>], sign: &[f64], cost: f64, weights: &[f64], bias: f64) -> f64 {
        let decision = |i: usize| {
            column.iter().zip(weights).map(|(column, weight)| column[i] * weight).sum::<f64>()
        };
        let loss = |i: usize| (1.0 - sign[i] * (decision(i) + bias)).max(0.0);
        0.5 * dot(weights, weights) + cost * (0..sign.len()).map(loss).sum::<f64>()
    }

    /// Rows of two classes whose middles are `apart`, `n_positive` of the first.
    fn cloud(
        n: usize,
        n_positive: usize,
        d: usize,
        apart: f64,
        seed: u64,
    ) -> (Vec<Vec<f64>>, Vec<f64>) {
        let mut source = generator(seed, 0);
        let mut uniform = || f64::from(source.next_u32()) / f64::from(u32::MAX) - 0.5;
        let sign: Vec<f64> = (0..n).map(|i| if i < n_positive { 1.0 } else { -1.0 }).collect();
        let column = |_| sign.iter().map(|sign| 5.0 * uniform() + apart * sign).collect();
        ((0..d).map(column).collect(), sign)
    }

    /// Rows at 3, 4 and 1, 0. With a large cost the margin lies between 1 and 3: the decision value
    /// is x - 2. With a cost of 1/8 the inner rows have that weight and the outer ones, which then
    /// lie on the margin, `a`: w = (3 - 1) / 8 + (4 - 0) a and 2 w = 1 give w = 1/2, a = 1/16.
    #[test]
    fn planes_worked_by_hand() {
        let (column, sign) = (vec![vec![3.0, 4.0, 1.0, 0.0]], [1.0, 1.0, -1.0, -1.0]);
        let hard = found(&column, &sign, 100.0);
        assert!(hard.converged && (hard.weights[0] - 1.0).abs() < 1e-6, "{hard:?}");
        assert!((hard.bias + 2.0).abs() < 1e-6, "{hard:?}");
        let soft = found(&column, &sign, 0.125);
        assert!((soft.weights[0] - 0.5).abs() < 1e-6, "{soft:?}");
        assert!((soft.bias + 1.0).abs() < 1e-6, "{soft:?}");
    }

    /// Reference implementation: steps of two weights until convergence.
    #[test]
    fn agrees_with_steps_of_two_weights() {
        for (n, n_positive, d, apart) in [
            (40, 20, 2, 1.0),
            (60, 9, 3, 0.5),
            (30, 15, 10, 3.0),
            (12, 2, 50, 0.1),
            (90, 45, 4, 0.0),
        ] {
            let (column, sign) = cloud(n, n_positive, d, apart, n as u64);
            let product = |i: usize, j: usize| column.iter().map(|x| x[i] * x[j]).sum::<f64>();
            let kernel = KernelMatrix::new(n, |i, j| product(i, j) as f32);
            for cost in [0.03, 1.0, 32.0] {
                let limits = Limits { tolerance: 1e-5, ..Limits::default() };
                let two = solve(&kernel, &sign, &vec![cost; n], &limits, &Task::new()).unwrap();
                let mut weights = vec![0.0; d];
                for (weight, column) in weights.iter_mut().zip(&column) {
                    *weight = dot(column, &two.beta);
                }
                let want = objective(&column, &sign, cost, &weights, two.bias);
                let plane = found(&column, &sign, cost);
                let got = objective(&column, &sign, cost, &plane.weights, plane.bias);
                assert!(plane.converged && plane.steps <= 40, "{n} {d} {cost}: {plane:?}");
                // The dual of the reference implementation is the bound of both.
                assert!(got <= want * (1.0 + 1e-6), "{n} {d} {cost}: {got} {want}");
                assert!(got >= -two.objective * (1.0 - 1e-6), "{n} {d} {cost}");
                for (got, want) in plane.weights.iter().zip(&weights) {
                    assert!((got - want).abs() < 1e-3, "{n} {d} {cost}: {got} {want}");
                }
            }
        }
    }

    /// From costs that leave every row on the wrong side to those that allow none, and scores
    /// large and small.
    #[test]
    fn any_cost_and_any_scale() {
        for (apart, seed) in [(0.0, 1), (0.3, 2), (2.0, 3), (9.0, 4)] {
            for scale in [1e-4, 1.0, 1e4] {
                let (mut column, sign) = cloud(50, 20, 5, apart, seed);
                column.iter_mut().flatten().for_each(|x| *x *= scale);
                for cost in [1e-6, 1e-2, 1.0, 1e3, 1e6] {
                    let plane = found(&column, &sign, cost);
                    let plane_is = format!("{apart} {scale} {cost}: {plane:?}");
                    assert!(plane.weights.iter().all(|w| w.is_finite()), "{plane_is}");
                    // Beyond, rounding leaves less than four digits, and `converged` is false.
                    assert!(plane.converged || cost * scale * scale > 1e10, "{plane_is}");
                    assert!(plane.steps <= if plane.converged { 60 } else { MAX_STEPS });
                }
            }
        }
    }

    /// Classes far apart, where the correction alone alternates between two places for ever.
    #[test]
    fn it_does_not_alternate() {
        let (mut column, sign) = cloud(60, 20, 5, 0.0, 8);
        column[0].iter_mut().zip(&sign).for_each(|(x, sign)| *x += 30.0 * sign);
        let plane = found(&column, &sign, 1.0);
        assert!(plane.converged && plane.steps <= 40, "{plane:?}");
    }

    /// Equal rows on both sides, columns of zeros, the same column twice, one row on a side.
    #[test]
    fn degenerate_rows_and_columns() {
        let sign = [1.0, -1.0, 1.0, -1.0];
        let same = found(&[vec![2.0; 4], vec![0.0; 4]], &sign, 1.0);
        assert!(same.converged && same.weights.iter().all(|w| w.abs() < 1e-6), "{same:?}");
        let x = vec![1.0, -1.0, 2.0, -3.0];
        let twice = found(&[x.clone(), x.clone()], &sign, 10.0);
        let once = found(&[x.iter().map(|x| x * 2.0_f64.sqrt()).collect()], &sign, 10.0);
        assert!((twice.weights[0] - twice.weights[1]).abs() < 1e-6, "{twice:?}");
        assert!((twice.weights[0] * 2.0_f64.sqrt() - once.weights[0]).abs() < 1e-5);
        let lone = found(&[vec![0.0, 1.0, 3.0]], &[-1.0, 1.0, 1.0], 1e3);
        assert!((lone.weights[0] - 2.0).abs() < 1e-5 && (lone.bias + 1.0).abs() < 1e-5, "{lone:?}");
    }

    #[test]
    fn stops_when_canceled() {
        let task = Task::new();
        task.cancel();
        let stopped = plane(&[vec![1.0, 2.0]], &[1.0, -1.0], 1.0, &task);
        assert!(matches!(stopped, Err(crate::error::Error::Interrupted)));
    }

    #[test]
    #[should_panic(expected = "rows on both sides")]
    fn one_side_alone_is_refused() {
        let _ = found(&[vec![1.0, 2.0]], &[1.0, 1.0], 1.0);
    }
}
