//! Newton steps that respect bounds.

use crate::linalg::cholesky::Factor;

/// Part of the mean curvature that is added to the diagonal, so that populations that the
/// samples do not distinguish have a step at all.
const RIDGE: f64 = 1e-9;

/// Work space of a step; reuse it from one problem to the next.
#[derive(Debug, Default)]
pub struct Newton {
    free: Vec<usize>,
    factor: Factor,
    column: Vec<f64>,
    direction: Vec<f64>,
}

/// A concave quadratic `g' s - s' H s / 2` around a point.
#[derive(Clone, Copy)]
pub struct Quadratic<'a> {
    /// Length k.
    pub gradient: &'a [f64],
    /// Length k (k + 1) / 2: `H`, row by row from the diagonal on.
    pub curvature: &'a [f64],
}

impl Quadratic<'_> {
    /// Entry of `H`.
    pub fn hessian(&self, row: usize, column: usize) -> f64 {
        let (low, high) = (row.min(column), row.max(column));
        let k = self.gradient.len();
        self.curvature[low * k - low * (low + 1) / 2 + high]
    }

    /// Mean of the diagonal of `H`.
    pub fn mean_curvature(&self) -> f64 {
        let k = self.gradient.len();
        (0..k).map(|row| self.hessian(row, row)).sum::<f64>() / k as f64
    }

    /// `g' s - s' H s / 2`.
    pub fn gain(&self, step: &[f64]) -> f64 {
        let along = |(row, &s): (usize, &f64)| s * (self.gradient[row] - 0.5 * self.row(row, step));
        step.iter().enumerate().map(along).sum()
    }

    /// Entry `row` of `H s`.
    fn row(&self, row: usize, step: &[f64]) -> f64 {
        step.iter().enumerate().map(|(column, &s)| self.hessian(row, column) * s).sum()
    }
}

impl Newton {
    /// Fills `step` with one that increases the quadratic and keeps `point + step` within
    /// `bounds`: along the free variables to the maximum or the first bound, which is then
    /// held, and so on.
    ///
    /// Where no bound is met this is the Newton step. A bound that was met is released
    /// only by the next step, at its new gradient.
    pub fn step(&mut self, of: Quadratic<'_>, point: &[f64], bounds: (f64, f64), step: &mut [f64]) {
        let k = point.len();
        step.fill(0.0);
        let pushes_out = |variable: &usize| {
            let (x, g) = (point[*variable], of.gradient[*variable]);
            (x <= bounds.0 && g <= 0.0) || (x >= bounds.1 && g >= 0.0)
        };
        self.free.clear();
        self.free.extend((0..k).filter(|variable| !pushes_out(variable)));
        let ridge = RIDGE * of.mean_curvature();
        while !self.free.is_empty() && self.direct(of, step, ridge) {
            let (length, blocking) = self.to_first_bound(point, bounds, step);
            for (&variable, &direction) in self.free.iter().zip(&self.direction) {
                step[variable] += length * direction;
            }
            let Some(place) = blocking else { return };
            let variable = self.free.remove(place);
            let bound = if self.direction[place] < 0.0 { bounds.0 } else { bounds.1 };
            step[variable] = bound - point[variable];
        }
    }

    /// Newton direction of the free variables; those that depend on others are held.
    /// `false` if none is left.
    fn direct(&mut self, of: Quadratic<'_>, step: &[f64], ridge: f64) -> bool {
        self.factor.clear();
        let mut place = 0;
        while place < self.free.len() {
            let variable = self.free[place];
            let held = &self.free[..place];
            self.column.clear();
            self.column.extend(held.iter().map(|&other| of.hessian(variable, other)));
            if self.factor.append(&self.column, of.hessian(variable, variable) + ridge) {
                place += 1;
            } else {
                self.free.remove(place);
            }
        }
        self.direction.clear();
        let slope = |&variable: &usize| of.gradient[variable] - of.row(variable, step);
        self.direction.extend(self.free.iter().map(slope));
        self.factor.solve(&mut self.direction);
        !self.free.is_empty()
    }

    /// Length of the direction, at most 1, that stays within the bounds, and the place among
    /// the free variables of the one that limits it.
    fn to_first_bound(
        &self,
        point: &[f64],
        bounds: (f64, f64),
        step: &[f64],
    ) -> (f64, Option<usize>) {
        let mut first = (1.0, None);
        for (place, (&variable, &direction)) in self.free.iter().zip(&self.direction).enumerate() {
            let at = point[variable] + step[variable];
            let bound = if direction < 0.0 { bounds.0 } else { bounds.1 };
            if direction != 0.0 && (bound - at) / direction < first.0 {
                first = (((bound - at) / direction).max(0.0), Some(place));
            }
        }
        first
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// H = [[2, 1], [1, 2]], g = (3, 0): the maximum is at H^-1 g = (2, -1), gain 3.
    /// Held to 0..=1, the first variable meets 1 and the second 0.
    #[test]
    fn agrees_with_a_quadratic_worked_by_hand() {
        let of = Quadratic { gradient: &[3.0, 0.0], curvature: &[2.0, 1.0, 2.0] };
        let (mut newton, mut step) = (Newton::default(), [0.0; 2]);
        newton.step(of, &[0.0, 0.0], (-9.0, 9.0), &mut step);
        assert!((step[0] - 2.0).abs() < 1e-7 && (step[1] + 1.0).abs() < 1e-7);
        assert!((of.gain(&step) - 3.0).abs() < 1e-7);
        newton.step(of, &[0.0, 0.5], (0.0, 1.0), &mut step);
        assert_eq!(step, [1.0, -0.5]);
    }

    #[test]
    fn a_step_raises_the_quadratic_and_keeps_to_the_bounds() {
        let mut newton = Newton::default();
        let number = |seed: usize| ((seed * 7919 + 13) % 1009) as f64 / 1009.0 - 0.5;
        for case in 0..200 {
            let k = 1 + case % 5;
            let rows: Vec<Vec<f64>> = (0..k + 1)
                .map(|row| (0..k).map(|column| number(case * 97 + row * 11 + column)).collect())
                .collect();
            let mut curvature = Vec::new();
            for a in 0..k {
                curvature
                    .extend((a..k).map(|b| rows.iter().map(|row| row[a] * row[b]).sum::<f64>()));
            }
            let gradient: Vec<f64> = (0..k).map(|a| number(case * 31 + a + 5)).collect();
            let point: Vec<f64> =
                (0..k).map(|a| (number(case + 3 * a) + 0.5).clamp(0.1, 0.9)).collect();
            let of = Quadratic { gradient: &gradient, curvature: &curvature };
            let mut step = vec![0.0; k];
            newton.step(of, &point, (0.1, 0.9), &mut step);
            assert!(of.gain(&step) >= 0.0, "case {case}");
            let inside = |(x, s): (&f64, &f64)| (0.1 - 1e-12..=0.9 + 1e-12).contains(&(x + s));
            assert!(point.iter().zip(&step).all(inside), "case {case}");
        }
    }

    #[test]
    fn nothing_to_gain_is_no_step() {
        let of = Quadratic { gradient: &[0.0, 0.0], curvature: &[0.0; 3] };
        let mut step = [1.0; 2];
        Newton::default().step(of, &[0.5, 0.5], (0.0, 1.0), &mut step);
        assert_eq!(step, [0.0, 0.0]);
    }
}
