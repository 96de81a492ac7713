//! The second step: every archetype in turn moves within the hull of the samples.
//!
//! With the weights `A` fixed, the residual as a function of archetype `l` alone
//! is `(A'A)_ll |z - t|^2` plus a constant, with
//! `t = z_l + ((A'X)_l - (A'A)_l Z) / (A'A)_ll`. So the best archetype is the
//! point of the hull nearest to `t`, and the samples enter only through the
//! moments of the weights.

use crate::archetypes::hull::NearestPoint;
use crate::archetypes::moments::Moments;
use crate::archetypes::points::Points;
use crate::error::Result;
use crate::linalg::dot::add_scaled;
use crate::linalg::dot::dot;
use crate::linalg::simplex::ActiveSet;
use crate::task::Task;

/// Least `(A'A)_ll` that is divided by: an archetype with less weight than this
/// takes a shorter step, which still decreases the residual, instead of one whose
/// length would lose its digits to rounding.
const LEAST_GRAM: f64 = 1e-8;

/// The samples that one archetype is a mean of, and the weight of each.
pub(super) type SampleWeights = (Vec<usize>, Vec<f64>);

/// The archetypes, each a weighted mean of samples.
#[derive(Clone)]
pub(super) struct Archetypes {
    /// The samples that each archetype is a mean of, and their weights.
    pub sets: Vec<ActiveSet>,
    /// k x width: the position of each archetype.
    pub positions: Vec<f64>,
}

impl Archetypes {
    /// From one list of samples and weights per archetype.
    pub fn new(points: &Points, sample_weights: &[SampleWeights]) -> Archetypes {
        let sets = vec![ActiveSet::default(); sample_weights.len()];
        let positions = vec![0.0; sample_weights.len() * points.width()];
        let mut archetypes = Archetypes { sets, positions };
        for (archetype, (samples, weights)) in sample_weights.iter().enumerate() {
            archetypes.place(points, archetype, samples, weights);
        }
        archetypes
    }

    /// Puts one archetype at a weighted mean of samples.
    pub fn place(&mut self, points: &Points, archetype: usize, samples: &[usize], weights: &[f64]) {
        let target = vec![0.0; points.width()];
        self.sets[archetype].start(&NearestPoint::new(points, &target), samples, weights);
        self.refresh(points, archetype);
    }

    fn refresh(&mut self, points: &Points, archetype: usize) {
        let width = points.width();
        let set = &self.sets[archetype];
        let position = &mut self.positions[archetype * width..(archetype + 1) * width];
        points.combine(set.support(), set.weights(), position);
    }

    /// Samples and weights of every archetype.
    pub fn sample_weights(&self) -> Vec<SampleWeights> {
        let sample_weight = |set: &ActiveSet| (set.support().to_vec(), set.weights().to_vec());
        self.sets.iter().map(sample_weight).collect()
    }

    pub fn k(&self) -> usize {
        self.sets.len()
    }

    pub fn position(&self, archetype: usize) -> &[f64] {
        let width = self.positions.len() / self.k();
        &self.positions[archetype * width..(archetype + 1) * width]
    }

    /// Inner product of a position with an archetype.
    pub fn inner(&self, points: &Points, position: &[f64], archetype: usize) -> f64 {
        let set = &self.sets[archetype];
        match points {
            Points::Coordinates(_) => dot(position, self.position(archetype)),
            Points::InnerProducts(_) => set
                .support()
                .iter()
                .zip(set.weights())
                .map(|(&i, weight)| weight * position[i])
                .sum(),
        }
    }

    /// k x k inner products between the archetypes, symmetric to the bit.
    pub fn inner_products(&self, points: &Points) -> Vec<f64> {
        let k = self.k();
        let mut products = vec![0.0; k * k];
        for row in 0..k {
            for column in 0..=row {
                let product = self.inner(points, self.position(row), column);
                products[row * k + column] = product;
                products[column * k + row] = product;
            }
        }
        products
    }

    /// Moves every archetype that has weight, first to last, each given the new positions of
    /// those before it.
    ///
    /// `relaxation` is the fraction of the way to its target that each is moved: any
    /// number between 0 and 2 decreases the residual, 1 decreases it most for one
    /// archetype alone. `slack` is the decrease of the residual that each may leave undone.
    ///
    /// # Errors
    /// [`crate::error::Error::Interrupted`].
    pub fn sweep(
        &mut self,
        points: &Points,
        moments: &Moments,
        relaxation: f64,
        slack: f64,
        task: &Task,
    ) -> Result<()> {
        let k = self.k();
        for archetype in 0..k {
            let weight = moments.gram[archetype * k + archetype];
            if weight > 0.0 {
                let target = self.target(moments, archetype, relaxation);
                let slack = 0.5 * slack / weight;
                self.project(points, archetype, &target, slack, task)?;
            }
        }
        Ok(())
    }

    /// The target of the archetype without the constraint to the hull.
    fn target(&self, moments: &Moments, archetype: usize, relaxation: f64) -> Vec<f64> {
        let k = self.k();
        let width = self.positions.len() / k;
        let gram = &moments.gram[archetype * k..(archetype + 1) * k];
        let mut step = moments.cross[archetype * width..(archetype + 1) * width].to_vec();
        for (other, &weight) in gram.iter().enumerate() {
            add_scaled(&mut step, -weight, self.position(other));
        }
        let mut target = self.position(archetype).to_vec();
        add_scaled(&mut target, relaxation / gram[archetype].max(LEAST_GRAM), &step);
        target
    }

    /// Moves one archetype to the point of the hull nearest to `target`, to a
    /// duality gap of `slack`.
    ///
    /// # Errors
    /// [`crate::error::Error::Interrupted`].
    pub fn project(
        &mut self,
        points: &Points,
        archetype: usize,
        target: &[f64],
        slack: f64,
        task: &Task,
    ) -> Result<()> {
        let mut program = NearestPoint::new(points, target);
        let set = &mut self.sets[archetype];
        set.restart();
        // A quarter more at a time: supports reach hundreds in full dimension.
        while set.improve(&mut program, slack, 1 + set.support().len() / 4) {
            task.check()?;
        }
        self.refresh(points, archetype);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archetypes::simulated::normal;
    use crate::archetypes::simulated::simplex;
    use approx::assert_abs_diff_eq;
    use ndarray::Array2;
    use ndarray::array;

    fn corners(points: &Points, chosen: &[usize]) -> Archetypes {
        let sample_weights: Vec<SampleWeights> =
            chosen.iter().map(|&i| (vec![i], vec![1.0])).collect();
        Archetypes::new(points, &sample_weights)
    }

    /// One archetype moves to the weighted mean of the residuals of the others.
    /// Samples 0, 4 and 2 with weights 1, 1/2 and 3/4 on it, the rest on 0:
    /// (1 * 0 + 1/2 * 4 + 3/4 * 2) / (1 + 1/4 + 9/16) = 3.5 / 1.8125.
    #[test]
    fn agrees_with_a_hand_worked_target() {
        let points = Points::Coordinates(array![[0.0], [4.0], [2.0]]);
        let archetypes = corners(&points, &[1, 0]);
        let weights = [1.0, 0.0, 0.5, 0.5, 0.75, 0.25];
        let moments = Moments::new(&points, &weights, 2);
        let full = archetypes.target(&moments, 0, 1.0)[0];
        assert_abs_diff_eq!(full, 3.5 / 1.8125, epsilon = 1e-12);
        let half = archetypes.target(&moments, 0, 0.5)[0];
        assert_abs_diff_eq!(half, 0.5 * (4.0 + full), epsilon = 1e-12);
    }

    /// Any relaxation decreases the residual, equally in both forms.
    #[test]
    fn a_sweep_lowers_the_residual() {
        let (n, k) = (60, 4);
        let (table, weights) = (normal(n, 5, 1), simplex(n, k, 1));
        let products = Points::InnerProducts(table.dot(&table.t()));
        let coordinates = Points::Coordinates(table.clone());
        let residual = |archetypes: &Archetypes| {
            let mut means = Array2::zeros((k, 5));
            for (mut mean, (samples, sample_weights)) in
                means.rows_mut().into_iter().zip(archetypes.sample_weights())
            {
                for (sample, sample_weight) in samples.into_iter().zip(sample_weights) {
                    mean.scaled_add(sample_weight, &table.row(sample));
                }
            }
            (&table - &weights.dot(&means)).mapv(|rest| rest * rest).sum()
        };
        for relaxation in [0.5, 1.0, 1.8] {
            let mut ends = Vec::new();
            for points in [&coordinates, &products] {
                let mut archetypes = corners(points, &[0, 1, 2, 3]);
                let before = residual(&archetypes);
                let moments = Moments::new(points, weights.as_slice().unwrap(), k);
                archetypes.sweep(points, &moments, relaxation, 0.0, &Task::new()).unwrap();
                ends.push(residual(&archetypes));
                assert!(ends[ends.len() - 1] < 0.9 * before);
            }
            assert_abs_diff_eq!(ends[0], ends[1], epsilon = 1e-8);
        }
    }

    #[test]
    fn an_archetype_without_weight_stays() {
        let points = Points::Coordinates(array![[0.0], [4.0], [2.0]]);
        let mut archetypes = corners(&points, &[1, 0]);
        let moments = Moments::new(&points, &[1.0, 0.0, 1.0, 0.0, 1.0, 0.0], 2);
        archetypes.sweep(&points, &moments, 1.0, 0.0, &Task::new()).unwrap();
        assert_abs_diff_eq!(archetypes.position(0)[0], 2.0, epsilon = 1e-12);
        assert_eq!(archetypes.position(1), [0.0]);
    }

    /// A weight near 0 puts the target far away; it must stay finite.
    #[test]
    fn next_to_no_weight_still_gives_a_finite_target() {
        let points = Points::Coordinates(array![[0.0], [4.0], [2.0]]);
        let archetypes = corners(&points, &[1, 0]);
        let moments = Moments::new(&points, &[1e-150, 1.0, 0.0, 1.0, 0.0, 1.0], 2);
        assert!(archetypes.target(&moments, 0, 1.0)[0].abs() < 1e8);
    }
}
