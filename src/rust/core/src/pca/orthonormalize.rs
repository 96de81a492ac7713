//! An orthonormal basis that grows block by block.

use crate::linalg::dense::multiply;
use faer::Mat;
use faer::MatRef;

/// A column that keeps less than this fraction of its length already lies in the span.
const LOST: f64 = 1e-6;

/// The part of `block` that is orthogonal to `basis`, as orthonormal columns.
///
/// | argument   | shape  | values                                                 |
/// |------------|--------|--------------------------------------------------------|
/// | `block`    | n x b  |                                                        |
/// | `basis`    | n x d  | orthonormal columns, d may be 0                        |
/// | returned   | n x b' | b' <= b: columns in the span of earlier ones are gone  |
///
/// Gram-Schmidt, against everything twice: once is not orthogonal to rounding.
///
/// # Panics
/// If the row counts differ.
pub fn orthonormalize(block: MatRef<'_, f64>, basis: MatRef<'_, f64>) -> Mat<f64> {
    let lengths: Vec<f64> = block.col_iter().map(|column| column.norm_l2()).collect();
    let once = &without_projection(block, basis);
    let mut rest = without_projection(once.as_ref(), basis);
    let mut n_kept = 0;
    for (column, &whole) in lengths.iter().enumerate() {
        let (kept, mut others) = rest.as_mut().split_at_col_mut(column);
        let kept = kept.subcols(0, n_kept);
        let mut candidate = others.as_mut().subcols_mut(0, 1);
        for _ in 0..2 {
            let projected = without_projection(candidate.as_ref(), kept.as_ref());
            candidate.copy_from(projected);
        }
        let length = candidate.norm_l2();
        if length > LOST * whole {
            let unit = Mat::from_fn(candidate.nrows(), 1, |row, _| candidate[(row, 0)] / length);
            rest.as_mut().subcols_mut(n_kept, 1).copy_from(unit);
            n_kept += 1;
        }
    }
    rest.subcols(0, n_kept).to_owned()
}

/// `block - basis basis' block`.
fn without_projection(block: MatRef<'_, f64>, basis: MatRef<'_, f64>) -> Mat<f64> {
    let coefficients = multiply(basis.transpose(), block);
    let projection = multiply(basis, coefficients.as_ref());
    Mat::from_fn(block.nrows(), block.ncols(), |i, j| block[(i, j)] - projection[(i, j)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::random::generator;
    use rand_distr::Distribution;
    use rand_distr::StandardNormal;

    fn block(n_columns: usize, seed: u64) -> Mat<f64> {
        let mut random = generator(seed, 0);
        Mat::from_fn(9, n_columns, |_, _| StandardNormal.sample(&mut random))
    }

    #[test]
    fn columns_are_orthonormal_to_each_other_and_to_the_basis() {
        let first = orthonormalize(block(3, 1).as_ref(), Mat::<f64>::zeros(9, 0).as_ref());
        let second = orthonormalize(block(4, 5).as_ref(), first.as_ref());
        assert_eq!((first.ncols(), second.ncols()), (3, 4));
        let all = Mat::from_fn(9, 7, |i, j| if j < 3 { first[(i, j)] } else { second[(i, j - 3)] });
        let products = multiply(all.transpose(), all.as_ref());
        assert!((products - Mat::<f64>::identity(7, 7)).norm_max() < 1e-14);
    }

    #[test]
    fn columns_that_add_nothing_are_dropped() {
        let mut dependent = block(3, 1);
        for row in 0..9 {
            dependent[(row, 1)] = 1e5 * dependent[(row, 0)];
        }
        let none = Mat::<f64>::zeros(9, 0);
        let basis = orthonormalize(dependent.as_ref(), none.as_ref());
        assert_eq!(basis.ncols(), 2);
        assert_eq!(orthonormalize(dependent.as_ref(), basis.as_ref()).ncols(), 0);
        assert_eq!(orthonormalize(Mat::<f64>::zeros(9, 2).as_ref(), none.as_ref()).ncols(), 0);
    }
}
