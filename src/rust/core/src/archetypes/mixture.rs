//! The first step: the weights of the archetypes in each sample.

use crate::archetypes::points::Points;
use crate::error::Result;
use crate::linalg::cholesky::TOGETHER;
use crate::linalg::dot::add_scaled;
use crate::linalg::simplex::ActiveSet;
use crate::linalg::simplex::Program;
use crate::linalg::wide::wide;
use crate::task::Task;
use rayon::prelude::*;

/// Samples with one active set. Fixed, so that results do not depend on
/// the number of threads.
const SAMPLES_PER_CHUNK: usize = 1024;

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
        let mut chunk = Chunk::new(points, corners, columns, first);
        for group in order.chunk_by(|one, other| one.0 == other.0) {
            // A cold start has no archetypes yet, and beyond 64 a bit stands for several.
            if group.len() == 1 || group[0].0 == 0 || k > u64::BITS as usize {
                group.iter().for_each(|&(_, row)| chunk.solve(row, rows));
                continue;
            }
            for batch in group.chunks(TOGETHER) {
                chunk.solve_together(batch, rows);
            }
            while let Some(row) = chunk.left.pop() {
                chunk.solve(row, rows);
            }
        }
    }
}

/// Solves the samples of a chunk, of which `first` is the first.
struct Chunk<'a> {
    points: &'a Points,
    corners: &'a Corners<'a>,
    columns: &'a [f64],
    first: usize,
    set: ActiveSet,
    support: Vec<usize>,
    start: Vec<f64>,
    products: Vec<f64>,
    products_together: Vec<[f64; TOGETHER]>,
    trials: Vec<[f64; TOGETHER]>,
    gradients: Vec<[f64; TOGETHER]>,
    /// Rows of a group that were not solved together.
    left: Vec<usize>,
}

impl<'a> Chunk<'a> {
    fn new(
        points: &'a Points,
        corners: &'a Corners<'a>,
        columns: &'a [f64],
        first: usize,
    ) -> Chunk<'a> {
        let k = corners.k;
        Chunk {
            points,
            corners,
            columns,
            first,
            set: ActiveSet::default(),
            support: Vec::with_capacity(k),
            start: Vec::with_capacity(k),
            products: vec![0.0; k],
            products_together: vec![[0.0; TOGETHER]; k],
            trials: Vec::with_capacity(k),
            gradients: vec![[0.0; TOGETHER]; k],
            left: Vec::new(),
        }
    }

    /// Starts from the archetypes that a row uses.
    #[inline(always)]
    fn begin(&mut self, weights: &[f64]) {
        let mixture = Mixture { corners: self.corners, products: &self.products };
        self.support.clear();
        self.support.extend((0..weights.len()).filter(|&archetype| weights[archetype] > 0.0));
        if self.support.is_empty() {
            self.support.push(mixture.nearest_corner());
        }
        self.start.clear();
        let used = self.support.iter().map(|&archetype| weights[archetype]);
        self.start.extend(used.map(|weight| weight.max(f64::MIN_POSITIVE)));
        self.set.start(&mixture, &self.support, &self.start);
    }

    #[inline(always)]
    fn solve(&mut self, row: usize, rows: &mut [f64]) {
        let k = self.corners.k;
        let weights = &mut rows[row * k..(row + 1) * k];
        self.points.inner_with_columns(self.columns, self.first + row, &mut self.products);
        self.begin(weights);
        let mut mixture = Mixture { corners: self.corners, products: &self.products };
        let slack = ROUNDING * mixture.size_of_terms();
        self.set.minimize(&mut mixture, slack);
        weights.fill(0.0);
        for (&archetype, &weight) in self.set.support().iter().zip(self.set.weights()) {
            weights[archetype] = weight;
        }
    }

    /// Solves up to four rows that use the same archetypes, by the first round of
    /// [`ActiveSet::minimize`]; rows that need another are put on the list of those left.
    #[inline(always)]
    fn solve_together(&mut self, batch: &[(u64, usize)], rows: &mut [f64]) {
        let k = self.corners.k;
        let row: [usize; TOGETHER] = std::array::from_fn(|lane| batch[lane.min(batch.len() - 1)].1);
        self.begin(&rows[row[0] * k..(row[0] + 1) * k]);
        if self.set.support() != self.support {
            self.left.extend(batch.iter().map(|(_, row)| row));
            return;
        }
        let samples = row.map(|row| self.first + row);
        self.points.inner_together(self.columns, &samples, &mut self.products_together);
        self.set.solve_together(&self.products_together, &mut self.trials);
        let optimal = self.are_optimal();
        for lane in 0..batch.len() {
            if !optimal[lane] {
                self.left.push(row[lane]);
                continue;
            }
            let weights = &mut rows[row[lane] * k..(row[lane] + 1) * k];
            for (&archetype, trial) in self.support.iter().zip(&self.trials) {
                weights[archetype] = trial[lane];
            }
        }
    }

    /// Which of the trials are mixtures that no other archetype would bring nearer.
    #[inline(always)]
    fn are_optimal(&mut self) -> [bool; TOGETHER] {
        let (k, mut least) = (self.corners.k, [f64::INFINITY; TOGETHER]);
        for trial in &self.trials {
            least.iter_mut().zip(trial).for_each(|(least, weight)| *least = least.min(*weight));
        }
        let is_inside = least.map(|least| least > 0.0);
        if self.support.len() == k || is_inside == [false; TOGETHER] {
            return is_inside;
        }
        for (gradient, products) in self.gradients.iter_mut().zip(&self.products_together) {
            *gradient = products.map(|product| -product);
        }
        for (&archetype, trial) in self.support.iter().zip(&self.trials) {
            let row = &self.corners.inner[archetype * k..(archetype + 1) * k];
            for (gradient, &inner) in self.gradients.iter_mut().zip(row) {
                add_scaled(gradient, inner, trial);
            }
        }
        let (mut level, mut lowest) = ([0.0; TOGETHER], [f64::INFINITY; TOGETHER]);
        for (&archetype, trial) in self.support.iter().zip(&self.trials) {
            for lane in 0..TOGETHER {
                level[lane] += trial[lane] * self.gradients[archetype][lane];
            }
        }
        let mut size = [0.0; TOGETHER];
        for (archetype, products) in self.products_together.iter().enumerate() {
            let own = self.corners.inner[archetype * (k + 1)];
            for lane in 0..TOGETHER {
                lowest[lane] = f64::min(lowest[lane], self.gradients[archetype][lane]);
                size[lane] = f64::max(size[lane], own.max(products[lane].abs()));
            }
        }
        std::array::from_fn(|lane| {
            is_inside[lane] && level[lane] - lowest[lane] <= ROUNDING * size[lane]
        })
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

    /// Rows that are solved together with others of the same archetypes are those solved alone,
    /// in groups of every size, whether their archetypes stay or change, and in rows of more
    /// archetypes than there are bits.
    #[test]
    fn rows_together_are_as_each_alone() {
        for (n, k) in [(23, 2), (60, 5), (61, 7), (90, 70)] {
            let points = Points::Coordinates(normal(n, 6, 8));
            let chosen: Vec<usize> = (0..k).collect();
            let exact = weights_on(&points, &chosen, vec![0.0; n * k]);
            let mut near = vec![0.0; n * k];
            for (row, weights) in near.chunks_exact_mut(k).enumerate() {
                let used: Vec<usize> = (0..k).filter(|&l| exact[row * k + l] > 0.0).collect();
                used.iter().for_each(|&l| weights[l] = 1.0 / used.len() as f64);
                // Every third row begins with one archetype more.
                if row % 3 == 0 {
                    weights[row % k] += 0.1;
                }
            }
            let together = weights_on(&points, &chosen, near.clone());
            for row in 0..n {
                let mut others = vec![0.0; n * k];
                others[row * k..(row + 1) * k].copy_from_slice(&near[row * k..(row + 1) * k]);
                let alone = weights_on(&points, &chosen, others);
                let of_row = row * k..(row + 1) * k;
                assert_abs_diff_eq!(together[of_row.clone()], alone[of_row], epsilon = 1e-9);
            }
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
