//! The first step: the weights of the archetypes in each sample.

use crate::archetypes::points::Points;
use crate::error::Result;
use crate::linalg::dot::add_scaled;
use crate::linalg::simplex::ActiveSet;
use crate::linalg::simplex::Program;
use crate::linalg::wide::wide;
use crate::task::Task;
use rayon::prelude::*;

/// Samples with one active set. Fixed, so that results do not depend on
/// the number of threads.
const SAMPLES_PER_CHUNK: usize = 512;

/// Duality gap, as a fraction of the largest term, below which weights are exact.
const ROUNDING: f64 = 1e-14;

/// The archetypes in the layout of the first step.
pub(super) struct Corners<'a> {
    pub k: usize,
    /// k x width, the position of each archetype.
    pub positions: &'a [f64],
    /// k x k inner products between the archetypes.
    pub inner: &'a [f64],
}

impl Corners<'_> {
    /// The positions as columns: width x k, row-major.
    fn columns(&self) -> Vec<f64> {
        let width = self.positions.len() / self.k;
        let mut columns = Vec::with_capacity(self.positions.len());
        for row in 0..width {
            columns.extend(self.positions.iter().skip(row).step_by(width));
        }
        columns
    }
}

/// Minimizes the squared distance between every sample and its mixture, exactly.
///
/// | argument  | shape         | values                                           |
/// |-----------|---------------|--------------------------------------------------|
/// | `weights` | n_samples x k | rows on the simplex, or all 0 for a cold start   |
///
/// Every row starts from the archetypes that it used before.
///
/// # Errors
/// [`crate::error::Error::Interrupted`].
pub(super) fn update(
    points: &Points,
    corners: &Corners<'_>,
    weights: &mut [f64],
    task: &Task,
) -> Result<()> {
    let columns = corners.columns();
    let chunk = |(chunk, rows): (usize, &mut [f64])| {
        task.check()?;
        update_chunk(points, corners, &columns, chunk * SAMPLES_PER_CHUNK, rows);
        Ok(())
    };
    let chunks = weights.par_chunks_mut(SAMPLES_PER_CHUNK * corners.k);
    chunks.enumerate().try_for_each(chunk)
}

wide! {
    /// Solves the samples in the order of the archetypes that they use, so that
    /// most of them find the Hessian of their archetypes already factored.
    fn update_chunk(
        points: &Points,
        corners: &Corners<'_>,
        columns: &[f64],
        first: usize,
        rows: &mut [f64],
    ) {
        let k = corners.k;
        let mut order: Vec<(u64, usize)> =
            rows.chunks_exact(k).enumerate().map(|(row, weights)| (signature(weights), row)).collect();
        order.sort_unstable();
        let mut products = vec![0.0; k];
        let mut set = ActiveSet::default();
        let (mut support, mut start) = (Vec::with_capacity(k), Vec::with_capacity(k));
        for (_, row) in order {
            let weights = &mut rows[row * k..(row + 1) * k];
            support.clear();
            support.extend((0..k).filter(|&archetype| weights[archetype] > 0.0));
            points.inner_with_columns(columns, first + row, &mut products);
            let mut mixture = Mixture { corners, products: &products };
            if support.is_empty() {
                support.push(mixture.nearest_corner());
            }
            start.clear();
            start.extend(support.iter().map(|&archetype| weights[archetype].max(f64::MIN_POSITIVE)));
            set.start(&mixture, &support, &start);
            let slack = ROUNDING * mixture.size_of_terms();
            set.minimize(&mut mixture, slack);
            weights.fill(0.0);
            for (&archetype, &weight) in set.support().iter().zip(set.weights()) {
                weights[archetype] = weight;
            }
        }
    }
}

/// One bit per archetype in use; beyond 64 archetypes bits are shared, which
/// costs time but no exactness.
#[inline(always)]
fn signature(weights: &[f64]) -> u64 {
    let bit = |(archetype, weight): (usize, &f64)| u64::from(*weight > 0.0) << (archetype % 64);
    weights.iter().enumerate().map(bit).fold(0, |bits, bit| bits | bit)
}

/// One sample: `H = Z Z'`, `c = Z x`.
struct Mixture<'a> {
    corners: &'a Corners<'a>,
    products: &'a [f64],
}

impl Mixture<'_> {
    #[inline(always)]
    fn nearest_corner(&self) -> usize {
        let half_distance = |l: usize| 0.5 * self.hessian(l, l) - self.products[l];
        (0..self.corners.k)
            .min_by(|&a, &b| half_distance(a).total_cmp(&half_distance(b)))
            .expect("at least one archetype")
    }

    #[inline(always)]
    fn size_of_terms(&self) -> f64 {
        let term = |l: usize| self.hessian(l, l).max(self.products[l].abs());
        (0..self.corners.k).map(term).fold(0.0, f64::max)
    }
}

impl Program for Mixture<'_> {
    #[inline(always)]
    fn size(&self) -> usize {
        self.corners.k
    }

    #[inline(always)]
    fn hessian(&self, row: usize, column: usize) -> f64 {
        self.corners.inner[row * self.corners.k + column]
    }

    #[inline(always)]
    fn linear(&self, variable: usize) -> f64 {
        self.products[variable]
    }

    #[inline(always)]
    fn gradient(&mut self, support: &[usize], weights: &[f64], gradient: &mut [f64]) {
        for (entry, product) in gradient.iter_mut().zip(self.products) {
            *entry = -product;
        }
        for (&archetype, &weight) in support.iter().zip(weights) {
            let row = &self.corners.inner[archetype * self.corners.k..][..self.corners.k];
            add_scaled(gradient, weight, row);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archetypes::simulated::normal;
    use crate::archetypes::sweep::Archetypes;
    use crate::error::Error;
    use approx::assert_abs_diff_eq;
    use ndarray::Array2;
    use ndarray::array;

    /// Weights of samples on some of them.
    fn weights_on(points: &Points, chosen: &[usize], start: Vec<f64>) -> Vec<f64> {
        let sample_weights: Vec<_> =
            chosen.iter().map(|&sample| (vec![sample], vec![1.0])).collect();
        let archetypes = Archetypes::new(points, &sample_weights);
        let inner = archetypes.inner_products(points);
        let corners = Corners { k: chosen.len(), positions: &archetypes.positions, inner: &inner };
        let mut weights = start;
        update(points, &corners, &mut weights, &Task::new()).unwrap();
        weights
    }

    /// Corners, a center, the middle of an edge, and a point beyond an edge.
    #[test]
    fn gives_barycentric_coordinates() {
        let points = Points::Coordinates(array![
            [0.0, 0.0],
            [3.0, 0.0],
            [0.0, 3.0],
            [1.0, 1.0],
            [1.5, 1.5],
            [1.0, -7.0]
        ]);
        let got = weights_on(&points, &[0, 1, 2], vec![0.0; 18]);
        let third = 1.0 / 3.0;
        let want = [
            [1.0, 0.0, 0.0],
            [0.0, 1.0, 0.0],
            [0.0, 0.0, 1.0],
            [third, third, third],
            [0.0, 0.5, 0.5],
            [2.0 * third, third, 0.0],
        ];
        assert_abs_diff_eq!(got[..], want.concat()[..], epsilon = 1e-12);
    }

    /// At the minimum no archetype has a smaller gradient than those in use.
    #[test]
    fn every_row_is_optimal_from_any_start_in_both_forms() {
        let (n, k) = (700, 9);
        let table = normal(n, 12, 4);
        let chosen: Vec<usize> = (0..k).map(|l| 70 * l).collect();
        let random: Vec<f64> = crate::archetypes::simulated::simplex(n, k, 5).into_iter().collect();
        let coordinates = Points::Coordinates(table.clone());
        let got = weights_on(&coordinates, &chosen, vec![0.0; n * k]);
        let products = Points::InnerProducts(table.dot(&table.t()));
        let others = [
            weights_on(&coordinates, &chosen, random),
            weights_on(&products, &chosen, vec![0.0; n * k]),
        ];
        for other in others {
            assert_abs_diff_eq!(other[..], got[..], epsilon = 1e-9);
        }
        let corners = table.select(ndarray::Axis(0), &chosen);
        let weights = Array2::from_shape_vec((n, k), got).unwrap();
        let gradient = (weights.dot(&corners) - &table).dot(&corners.t());
        for (row, gradient) in weights.rows().into_iter().zip(gradient.rows()) {
            assert!(row.iter().all(|weight| *weight >= 0.0));
            assert_abs_diff_eq!(row.sum(), 1.0, epsilon = 1e-14);
            let lowest = gradient.iter().copied().fold(f64::INFINITY, f64::min);
            assert_abs_diff_eq!(row.dot(&gradient), lowest, epsilon = 1e-10);
        }
    }

    #[test]
    fn stops_when_canceled() {
        let points = Points::Coordinates(array![[0.0], [1.0]]);
        let task = Task::new();
        task.cancel();
        let corners = Corners { k: 1, positions: &[0.0], inner: &[0.0] };
        let got = update(&points, &corners, &mut [0.0; 2], &task);
        assert!(matches!(got, Err(Error::Interrupted)));
    }
}
