//! The point of the convex hull of a data set that lies nearest to a target.

use crate::archetypes::points::Points;
use crate::linalg::dot::dot;
use crate::linalg::simplex::Program;
use crate::linalg::wide::wide;
use rayon::prelude::*;

/// Least number of multiplications in a task of its own.
const TASK_PRODUCTS: usize = 1 << 17;

/// Minimize the squared distance between a target and weighted means of points,
/// as a program over the weights: `H = X X'`, `c = X t`.
pub struct NearestPoint<'a> {
    points: &'a Points,
    /// Position of the target.
    target: &'a [f64],
    /// Position of the mean that the last gradient was taken at.
    nearest: Vec<f64>,
    /// `nearest - target`.
    offset: Vec<f64>,
}

impl<'a> NearestPoint<'a> {
    /// # Panics
    /// If `target` is not a position of `points`.
    pub fn new(points: &'a Points, target: &'a [f64]) -> NearestPoint<'a> {
        assert_eq!(target.len(), points.width());
        let zeros = vec![0.0; points.width()];
        NearestPoint { points, target, nearest: zeros.clone(), offset: zeros }
    }
}

impl Program for NearestPoint<'_> {
    fn size(&self) -> usize {
        self.points.count()
    }

    fn hessian(&self, row: usize, column: usize) -> f64 {
        self.points.inner_between(row, column)
    }

    fn linear(&self, variable: usize) -> f64 {
        self.points.inner(self.target, variable)
    }

    fn gradient(&mut self, support: &[usize], weights: &[f64], gradient: &mut [f64]) {
        self.points.combine(support, weights, &mut self.nearest);
        for ((offset, nearest), target) in
            self.offset.iter_mut().zip(&self.nearest).zip(self.target)
        {
            *offset = nearest - target;
        }
        inner_with_all(self.points, &self.offset, gradient);
    }
}

/// Inner products of a position with every point. Each is a sum of its own, so the
/// split over threads does not change the result.
fn inner_with_all(points: &Points, position: &[f64], products: &mut [f64]) {
    match points {
        Points::InnerProducts(_) => products.copy_from_slice(position),
        Points::Coordinates(table) => {
            let width = position.len();
            let rows = table.as_slice().expect("row-major order");
            let n_rows = (TASK_PRODUCTS / width).max(1);
            if products.len() <= n_rows {
                inner_with_rows(rows, position, products);
            } else {
                let chunks = products.par_chunks_mut(n_rows).zip(rows.par_chunks(n_rows * width));
                chunks.for_each(|(products, rows)| inner_with_rows(rows, position, products));
            }
        }
    }
}

wide! {
    fn inner_with_rows(rows: &[f64], position: &[f64], products: &mut [f64]) {
        for (product, row) in products.iter_mut().zip(rows.chunks_exact(position.len())) {
            *product = dot(row, position);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::random::generator;
    use crate::linalg::simplex::ActiveSet;
    use approx::assert_abs_diff_eq;
    use faer::Mat;
    use faer::linalg::solvers::Solve;
    use ndarray::Array2;
    use rand_distr::Distribution;
    use rand_distr::StandardNormal;

    fn normal(n: usize, d: usize, seed: u64) -> Array2<f64> {
        let mut source = generator(seed, 0);
        Array2::from_shape_simple_fn((n, d), || StandardNormal.sample(&mut source))
    }

    fn nearest(points: &Points, target: &[f64]) -> Vec<f64> {
        let mut program = NearestPoint::new(points, target);
        let mut set = ActiveSet::default();
        set.start(&program, &[0], &[1.0]);
        set.minimize(&mut program, 0.0);
        let mut mean = vec![0.0; points.width()];
        points.combine(set.support(), set.weights(), &mut mean);
        mean
    }

    /// Reference implementation: the nearest of the feet of the perpendiculars on the affine
    /// hulls of all subsets of up to d + 1 points, those outside left out.
    fn reference_nearest(table: &Array2<f64>, target: &[f64]) -> Vec<f64> {
        let (n, d) = table.dim();
        let mut best = (f64::INFINITY, Vec::new());
        for subset in 1_usize..1 << n {
            let chosen: Vec<usize> = (0..n).filter(|i| subset >> i & 1 == 1).collect();
            if chosen.len() > d + 1 {
                continue;
            }
            let size = chosen.len();
            let inner = |i: usize, j: usize| table.row(chosen[i]).dot(&table.row(chosen[j]));
            let bordered = Mat::from_fn(size + 1, size + 1, |i, j| match (i < size, j < size) {
                (true, true) => inner(i, j),
                (false, false) => 0.0,
                _ => 1.0,
            });
            let right = Mat::from_fn(size + 1, 1, |i, _| {
                if i < size { dot(table.row(chosen[i]).as_slice().unwrap(), target) } else { 1.0 }
            });
            let weights = bordered.full_piv_lu().solve(&right);
            if (0..size).any(|i| weights[(i, 0)] < -1e-12) {
                continue;
            }
            let foot: Vec<f64> = (0..d)
                .map(|j| (0..size).map(|i| weights[(i, 0)] * table[(chosen[i], j)]).sum())
                .collect();
            let distance: f64 = foot.iter().zip(target).map(|(a, b)| (a - b) * (a - b)).sum();
            if distance < best.0 {
                best = (distance, foot);
            }
        }
        best.1
    }

    #[test]
    fn agrees_with_every_support_tried() {
        for seed in 0..30 {
            let table = normal(9, 3, seed);
            let target: Vec<f64> = normal(1, 3, 100 + seed).iter().map(|x| 1.5 * x).collect();
            let want = reference_nearest(&table, &target);
            let got = nearest(&Points::Coordinates(table), &target);
            assert_abs_diff_eq!(got[..], want[..], epsilon = 1e-8);
        }
    }

    #[test]
    fn both_forms_find_the_same_point() {
        let table = normal(30, 40, 1);
        let target = normal(1, 40, 2);
        let coordinates = Points::Coordinates(table.clone());
        let by_coordinates = nearest(&coordinates, target.as_slice().unwrap());
        let target_products = table.dot(&target.row(0));
        let products = Points::InnerProducts(table.dot(&table.t()));
        let by_products = nearest(&products, target_products.as_slice().unwrap());
        for (sample, product) in by_products.iter().enumerate() {
            assert_abs_diff_eq!(
                coordinates.inner(&by_coordinates, sample),
                *product,
                epsilon = 1e-9
            );
        }
    }

    /// Enough products for several tasks.
    #[test]
    fn a_split_over_tasks_changes_no_bit() {
        let table = normal(30_000, 5, 3);
        let position = [0.3, -1.0, 2.0, 0.1, 0.7];
        let mut products = vec![0.0; 30_000];
        inner_with_all(&Points::Coordinates(table.clone()), &position, &mut products);
        for (row, product) in table.rows().into_iter().zip(products) {
            assert_eq!(dot(row.as_slice().unwrap(), &position), product);
        }
    }
}
