//! Scores about their mean, in units of their own spread.
//!
//! Weights on the simplex are invariant to a shift and a common factor, so nothing
//! is lost; but the solvers may assume points of size about 1, sums of squares
//! lose no digits to a distant origin, and every stopping rule is free of units.

use crate::archetypes::points::Points;
use crate::error::Result;
use crate::task::Task;
use faer::Accum;
use faer::MatMut;
use faer::MatRef;
use faer::Par;
use faer::linalg::matmul::matmul;
use ndarray::Array1;
use ndarray::Array2;
use ndarray::ArrayView2;
use ndarray::Axis;
use ndarray::s;
use rayon::prelude::*;

/// Samples whose inner products with all others make one unit of work.
const BLOCK: usize = 128;

/// `(scores - mean) / scale`, row-major.
pub(super) struct StandardScores {
    /// n_samples x n_components; squared rows average 1.
    pub table: Array2<f64>,
    /// n_components.
    pub mean: Array1<f64>,
    /// Root mean squared distance to the mean; 1 if all rows are alike.
    pub scale: f64,
}

impl StandardScores {
    /// # Panics
    /// If there is no sample.
    pub fn new(scores: ArrayView2<'_, f64>) -> StandardScores {
        let mean = scores.mean_axis(Axis(0)).expect("at least one sample");
        let mut table = scores.as_standard_layout().into_owned();
        table -= &mean;
        let n_samples = table.nrows() as f64;
        let sum: f64 = table.rows().into_iter().map(|row| row.dot(&row)).sum();
        let scale = if sum > 0.0 { (sum / n_samples).sqrt() } else { 1.0 };
        table /= scale;
        StandardScores { table, mean, scale }
    }

    /// The leading columns as points.
    pub fn leading(&self, n_components: usize) -> Points {
        let columns = self.table.slice(s![.., ..n_components]);
        Points::Coordinates(columns.as_standard_layout().into_owned())
    }

    /// All columns as points: inner products as soon as samples have at least
    /// half as many components as there are samples.
    ///
    /// # Errors
    /// [`crate::error::Error::Interrupted`].
    pub fn all(&self, task: &Task) -> Result<Points> {
        let (n_samples, n_components) = self.table.dim();
        if 2 * n_components < n_samples {
            return Ok(Points::Coordinates(self.table.clone()));
        }
        Ok(Points::InnerProducts(inner_products(&self.table, task)?))
    }
}

/// `X X'`, the lower triangle computed in blocks of rows and mirrored.
fn inner_products(table: &Array2<f64>, task: &Task) -> Result<Array2<f64>> {
    let (n_samples, n_components) = table.dim();
    let values = table.as_slice().expect("row-major order");
    let rows = MatRef::from_row_major_slice(values, n_samples, n_components);
    let mut products = Array2::zeros((n_samples, n_samples));
    task.begin("inner products of the samples", n_samples.div_ceil(BLOCK) as u64)?;
    let slabs = products.as_slice_mut().expect("row-major order");
    slabs.par_chunks_mut(BLOCK * n_samples).enumerate().try_for_each(|(block, slab)| {
        let first = block * BLOCK;
        let n_rows = slab.len() / n_samples;
        let slab = MatMut::from_row_major_slice_mut(slab, n_rows, n_samples);
        let (left, right) = (rows.subrows(first, n_rows), rows.subrows(0, first + n_rows));
        let target = slab.subcols_mut(0, first + n_rows);
        matmul(target, Accum::Replace, left, right.transpose(), 1.0, Par::Seq);
        task.advance(1)
    })?;
    for row in 0..n_samples {
        for column in row + 1..n_samples {
            products[(row, column)] = products[(column, row)];
        }
    }
    Ok(products)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archetypes::simulated::assert_close;
    use crate::archetypes::simulated::normal;
    use crate::error::Error;
    use ndarray::array;

    #[test]
    fn agrees_with_a_hand_worked_table() {
        let standard = StandardScores::new(array![[1.0, 10.0], [7.0, 18.0]].view());
        // Mean (4, 14), both rows 5 away from it.
        assert_eq!(standard.mean, array![4.0, 14.0]);
        assert_eq!(standard.scale, 5.0);
        assert_close(&standard.table, &array![[-0.6, -0.8], [0.6, 0.8]], 1e-15);
    }

    #[test]
    fn rows_that_are_all_alike_become_0() {
        let standard = StandardScores::new(array![[3.0], [3.0]].view());
        assert_eq!(standard.table, array![[0.0], [0.0]]);
        assert_eq!(standard.scale, 1.0);
    }

    #[test]
    fn inner_products_are_symmetric_and_right() {
        let table = normal(300, 7, 1);
        let got = inner_products(&table, &Task::new()).unwrap();
        assert_eq!(got, got.t());
        assert_close(&got, &table.dot(&table.t()), 1e-12);
    }

    #[test]
    fn form_follows_the_number_of_components() {
        let form = |d| StandardScores::new(normal(20, d, 1).view()).all(&Task::new()).unwrap();
        assert!(matches!(form(9), Points::Coordinates(_)));
        assert!(matches!(form(10), Points::InnerProducts(_)));
    }

    #[test]
    fn stops_when_canceled() {
        let task = Task::new();
        task.cancel();
        let got = StandardScores::new(normal(20, 10, 1).view()).all(&task);
        assert!(matches!(got, Err(Error::Interrupted)));
    }
}
