//! Points of a data set, held by coordinates or by inner products alone.

use crate::linalg::cholesky::TOGETHER;
use crate::linalg::dot::add_scaled;
use crate::linalg::dot::dot;
use ndarray::Array2;
use ndarray::ArrayView2;

/// `n` points, one per row, in one of two equivalent forms.
///
/// A *position* represents another point of their span: by its coordinates,
/// or by its inner products with the `n` points. Positions add up and scale
/// alike in both forms; only inner products differ. Inner products pay when
/// there are about as many coordinates as points: the products of a position
/// with every point are then read off instead of computed.
#[derive(Clone, Debug)]
pub enum Points {
    /// `n x d` coordinates.
    Coordinates(Array2<f64>),
    /// `n x n` inner products between the points.
    InnerProducts(Array2<f64>),
}

impl Points {
    /// The table behind the points; row `i` is the position of point `i`.
    pub fn table(&self) -> ArrayView2<'_, f64> {
        match self {
            Points::Coordinates(table) | Points::InnerProducts(table) => table.view(),
        }
    }

    /// Whether a sample differs from all of `others`.
    pub fn differs(&self, sample: usize, others: &[usize]) -> bool {
        others.iter().all(|&other| self.position(other) != self.position(sample))
    }

    /// Number of points.
    pub fn count(&self) -> usize {
        self.table().nrows()
    }

    /// Length of a position.
    pub fn width(&self) -> usize {
        self.table().ncols()
    }

    /// Position of one point.
    ///
    /// # Panics
    /// If the table is not in row-major order, which the makers see to.
    #[inline(always)]
    pub fn position(&self, point: usize) -> &[f64] {
        let (Points::Coordinates(table) | Points::InnerProducts(table)) = self;
        let width = table.ncols();
        &table.as_slice().expect("row-major order")[point * width..(point + 1) * width]
    }

    /// Inner product of a position with a point.
    #[inline(always)]
    pub fn inner(&self, position: &[f64], point: usize) -> f64 {
        match self {
            Points::Coordinates(_) => dot(position, self.position(point)),
            Points::InnerProducts(_) => position[point],
        }
    }

    /// Inner product of two points.
    pub fn inner_between(&self, one: usize, other: usize) -> f64 {
        self.inner(self.position(one), other)
    }

    /// Inner products of one point with `k` positions that are given as the
    /// columns of a row-major width x k table.
    ///
    /// # Panics
    /// If `products` does not have `k` entries.
    #[inline(always)]
    pub fn inner_with_columns(&self, columns: &[f64], point: usize, products: &mut [f64]) {
        let k = products.len();
        match self {
            Points::InnerProducts(_) => {
                products.copy_from_slice(&columns[point * k..(point + 1) * k]);
            }
            Points::Coordinates(_) => {
                products.fill(0.0);
                for (&coordinate, row) in self.position(point).iter().zip(columns.chunks_exact(k)) {
                    add_scaled(products, coordinate, row);
                }
            }
        }
    }

    /// As [`Points::inner_with_columns`] for four points: `products[column]` has those of a column.
    ///
    /// # Panics
    /// If `products` does not have `k` entries.
    #[inline(always)]
    pub fn inner_together(
        &self,
        columns: &[f64],
        points: &[usize; TOGETHER],
        products: &mut [[f64; TOGETHER]],
    ) {
        let k = products.len();
        let positions = points.map(|point| self.position(point));
        match self {
            Points::InnerProducts(_) => {
                for (column, products) in products.iter_mut().enumerate() {
                    *products = points.map(|point| columns[point * k + column]);
                }
            }
            Points::Coordinates(_) => {
                products.fill([0.0; TOGETHER]);
                for (place, row) in columns.chunks_exact(k).enumerate() {
                    let coordinates = positions.map(|position| position[place]);
                    for (products, &entry) in products.iter_mut().zip(row) {
                        add_scaled(products, entry, &coordinates);
                    }
                }
            }
        }
    }

    /// Overwrites `position` with the sum of `weights` times the points `support`.
    pub fn combine(&self, support: &[usize], weights: &[f64], position: &mut [f64]) {
        position.fill(0.0);
        for (&point, &weight) in support.iter().zip(weights) {
            add_scaled(position, weight, self.position(point));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_abs_diff_eq;
    use ndarray::array;

    /// Both forms of one data set give the same results, as worked by hand.
    #[test]
    fn coordinates_and_inner_products_agree() {
        let table = array![[1.0, 2.0, 0.0], [0.0, -1.0, 3.0]];
        let forms = [Points::InnerProducts(table.dot(&table.t())), Points::Coordinates(table)];
        for points in forms {
            assert_eq!((points.count(), points.inner_between(0, 1)), (2, -2.0));
            let mut mean = vec![0.0; points.width()];
            points.combine(&[1, 0], &[0.25, 0.75], &mut mean);
            // 0.75 (1, 2, 0) + 0.25 (0, -1, 3) = (0.75, 1.25, 0.75)
            assert_abs_diff_eq!(points.inner(&mean, 0), 3.25);
            assert_abs_diff_eq!(points.inner(&mean, 1), 1.0);

            let columns: Vec<f64> =
                mean.iter().zip(points.position(0)).flat_map(|(a, b)| [*a, *b]).collect();
            let mut products = [0.0; 2];
            points.inner_with_columns(&columns, 1, &mut products);
            assert_abs_diff_eq!(products[..], [1.0, -2.0][..]);
        }
    }
}
