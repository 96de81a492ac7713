//! Extrapolation of a fixed-point iteration from its last few steps.
//!
//! A map that is applied repeatedly converges slowest along a few directions. The last steps
//! show the rates of convergence, and so the limit.
//!
//! Source: Anderson 1965; Walker & Ni 2011, "Anderson acceleration for fixed-point
//! iterations", of which the quasi-Newton acceleration of ADMIXTURE (Zhou, Alexander & Lange
//! 2011) is a relative.

use crate::linalg::cholesky::Factor;
use crate::linalg::dot::dot;
use std::collections::VecDeque;

/// Part of the mean squared change of a residual that is added to its square.
const RIDGE: f64 = 1e-10;

/// The last points and residuals of an iteration.
#[derive(Debug)]
pub struct Accelerator {
    memory: usize,
    last: Option<(Vec<f64>, Vec<f64>)>,
    /// Changes of the image of the map, and of the residual, newest last.
    changes: VecDeque<(Vec<f64>, Vec<f64>)>,
}

impl Accelerator {
    /// Remembers `memory` steps.
    pub fn new(memory: usize) -> Accelerator {
        Accelerator { memory, last: None, changes: VecDeque::new() }
    }

    /// Drops the stored steps: the map has changed, or an extrapolation has failed.
    pub fn forget(&mut self) {
        self.last = None;
        self.changes.clear();
    }

    /// Whether the next point would be the image itself.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The next point after `point`, whose image under the map is `image`.
    pub fn next(&mut self, point: &[f64], image: &[f64]) -> Vec<f64> {
        let residual = difference(image, point);
        if let Some((old_image, old_residual)) = self.last.take() {
            let change = (difference(image, &old_image), difference(&residual, &old_residual));
            self.changes.push_back(change);
            if self.changes.len() > self.memory {
                self.changes.pop_front();
            }
        }
        let mut next = image.to_vec();
        for (coefficient, (images, _)) in
            self.coefficients(&residual).iter().zip(self.changes.iter().rev())
        {
            next.iter_mut().zip(images).for_each(|(next, change)| *next -= coefficient * change);
        }
        self.last = Some((image.to_vec(), residual));
        next
    }

    /// The combination of changes, newest first, that explains most of the residual.
    fn coefficients(&self, residual: &[f64]) -> Vec<f64> {
        let changes: Vec<&Vec<f64>> = self.changes.iter().rev().map(|(_, change)| change).collect();
        let mut factor = Factor::default();
        let mut coefficients = Vec::new();
        for (place, change) in changes.iter().enumerate() {
            let column: Vec<f64> =
                changes[..place].iter().map(|other| dot(change, other)).collect();
            let square = dot(change, change);
            // Older changes in the span of newer ones are left out.
            if !factor.append(&column, square * (1.0 + RIDGE)) {
                break;
            }
            coefficients.push(dot(change, residual));
        }
        factor.solve(&mut coefficients);
        coefficients
    }
}

fn difference(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// x -> A x + b in three dimensions, of which one shrinks by 0.99 only: three changes
    /// explain every residual, so the fixed point is found with the fifth point.
    #[test]
    fn a_linear_map_is_solved_in_as_many_steps_as_it_has_directions() {
        let map = |x: &[f64]| vec![0.99 * x[0] + 1.0, 0.5 * x[1] + 0.1 * x[0], -0.3 * x[2] + 2.0];
        let fixed = [100.0, 20.0, 2.0 / 1.3];
        let mut accelerator = Accelerator::new(5);
        let mut x = vec![0.0; 3];
        for _ in 0..5 {
            x = accelerator.next(&x, &map(&x));
        }
        for (got, want) in x.iter().zip(fixed) {
            assert!((got - want).abs() < 1e-4 * want, "{got} {want}");
        }
    }

    #[test]
    fn what_is_forgotten_counts_no_more() {
        let mut accelerator = Accelerator::new(2);
        accelerator.next(&[0.0], &[1.0]);
        accelerator.next(&[1.0], &[1.5]);
        assert!(!accelerator.is_empty());
        accelerator.forget();
        assert!(accelerator.is_empty());
        assert_eq!(accelerator.next(&[0.0], &[1.0]), [1.0]);
    }
}
