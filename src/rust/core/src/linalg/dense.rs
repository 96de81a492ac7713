//! Dense algebra that runs on the calling thread.
//!
//! The operators of faer split their work over as many threads as there are, and
//! rounding follows the split. These do not, so results have the same bits at any
//! number of threads.

use crate::error::Error;
use crate::error::Result;
use faer::Accum;
use faer::Mat;
use faer::MatRef;
use faer::Par;
use faer::diag::Diag;
use faer::dyn_stack::MemBuffer;
use faer::dyn_stack::MemStack;
use faer::linalg::cholesky::llt;
use faer::linalg::evd;
use faer::linalg::matmul::matmul;
use faer::linalg::matmul::triangular;
use faer::linalg::svd;
use faer::traits::RealField;

/// `a b`.
///
/// # Panics
/// If the inner sizes differ.
pub fn multiply(a: MatRef<'_, f64>, b: MatRef<'_, f64>) -> Mat<f64> {
    let mut product = Mat::zeros(a.nrows(), b.ncols());
    matmul(product.as_mut(), Accum::Replace, a, b, 1.0, Par::Seq);
    product
}

/// Adds the lower triangle of `a b` to that of `sum`.
///
/// # Panics
/// If the sizes do not fit.
pub fn add_lower_product(sum: &mut Mat<f64>, a: MatRef<'_, f64>, b: MatRef<'_, f64>) {
    triangular::matmul(
        sum.as_mut(),
        triangular::BlockStructure::TriangularLower,
        Accum::Add,
        a,
        triangular::BlockStructure::Rectangular,
        b,
        triangular::BlockStructure::Rectangular,
        1.0,
        Par::Seq,
    );
}

/// Eigenvalues in decreasing order, and the eigenvectors as columns, of a symmetric
/// matrix of which only the lower triangle is read.
///
/// # Errors
/// [`Error::DecompositionFailed`] if the matrix holds a number that is not finite.
pub fn symmetric_eigen(matrix: MatRef<'_, f64>) -> Result<(Vec<f64>, Mat<f64>)> {
    let n = matrix.nrows();
    let (mut values, mut vectors) = (Diag::<f64>::zeros(n), Mat::zeros(n, n));
    let params = Default::default();
    let room =
        evd::self_adjoint_evd_scratch::<f64>(n, evd::ComputeEigenvectors::Yes, Par::Seq, params);
    evd::self_adjoint_evd(
        matrix,
        values.as_mut(),
        Some(vectors.as_mut()),
        Par::Seq,
        MemStack::new(&mut MemBuffer::new(room)),
        params,
    )
    .map_err(|_| Error::DecompositionFailed { size: n })?;
    let values = values.column_vector().iter().rev().copied().collect();
    Ok((values, vectors.reverse_cols().to_owned()))
}

/// `matrix^-1 right` for a symmetric positive definite matrix of which only the lower triangle
/// is read; `None` if it is not positive definite to rounding.
///
/// # Panics
/// If the row counts differ.
pub fn solve_positive_definite(
    matrix: MatRef<'_, f64>,
    right: MatRef<'_, f64>,
) -> Option<Mat<f64>> {
    solve_in_place(matrix.to_owned(), right.to_owned())
}

/// The same in single or double precision, in the memory of the two matrices.
///
/// # Panics
/// If the row counts differ.
pub fn solve_in_place<T: RealField>(mut factor: Mat<T>, mut solution: Mat<T>) -> Option<Mat<T>> {
    let (n, params) = (factor.nrows(), Default::default());
    let mut room = MemBuffer::new(llt::factor::cholesky_in_place_scratch::<T>(n, Par::Seq, params));
    let (stack, unchanged) = (MemStack::new(&mut room), Default::default());
    llt::factor::cholesky_in_place(factor.as_mut(), unchanged, Par::Seq, stack, params).ok()?;
    let mut room =
        MemBuffer::new(llt::solve::solve_in_place_scratch::<T>(n, solution.ncols(), Par::Seq));
    let stack = MemStack::new(&mut room);
    llt::solve::solve_in_place(factor.as_ref(), solution.as_mut(), Par::Seq, stack);
    Some(solution)
}

/// Thin singular value decomposition `matrix = u diag(values) v'`, values decreasing.
pub struct Svd {
    pub u: Mat<f64>,
    pub values: Vec<f64>,
    pub v: Mat<f64>,
}

/// # Errors
/// [`Error::DecompositionFailed`] if the matrix holds a number that is not finite.
pub fn thin_svd(matrix: MatRef<'_, f64>) -> Result<Svd> {
    let (m, n) = matrix.shape();
    let size = m.min(n);
    let (mut u, mut v) = (Mat::zeros(m, size), Mat::zeros(n, size));
    let mut values = Diag::<f64>::zeros(size);
    let params = Default::default();
    let wanted = svd::ComputeSvdVectors::Thin;
    let room = svd::svd_scratch::<f64>(m, n, wanted, wanted, Par::Seq, params);
    svd::svd(
        matrix,
        values.as_mut(),
        Some(u.as_mut()),
        Some(v.as_mut()),
        Par::Seq,
        MemStack::new(&mut MemBuffer::new(room)),
        params,
    )
    .map_err(|_| Error::DecompositionFailed { size })?;
    Ok(Svd { u, values: values.column_vector().iter().copied().collect(), v })
}

#[cfg(test)]
mod tests {
    use super::*;
    use faer::mat;

    #[test]
    fn products_are_added_to_the_lower_triangle_alone() {
        let mut sum = mat![[1.0, 9.0], [2.0, 3.0]];
        let (a, b) = (mat![[1.0], [2.0]], mat![[10.0, 20.0]]);
        add_lower_product(&mut sum, a.as_ref(), b.as_ref());
        assert_eq!(sum, mat![[11.0, 9.0], [22.0, 43.0]]);
    }

    #[test]
    fn eigenvalues_decrease_and_belong_to_their_vectors() {
        let matrix = mat![[2.0, 1.0, 0.0], [1.0, 2.0, 0.0], [0.0, 0.0, 5.0]];
        let (values, vectors) = symmetric_eigen(matrix.as_ref()).unwrap();
        for (value, want) in values.iter().zip([5.0, 3.0, 1.0]) {
            assert!((value - want).abs() < 1e-12);
        }
        let image = multiply(matrix.as_ref(), vectors.as_ref());
        for (column, value) in values.iter().enumerate() {
            for row in 0..3 {
                assert!((image[(row, column)] - value * vectors[(row, column)]).abs() < 1e-12);
            }
        }
    }

    /// 4 x + 2 y = 8, 2 x + 5 y = 8: x = 3/2, y = 1. The upper triangle is not read.
    #[test]
    fn positive_definite_systems_are_solved_and_others_refused() {
        let matrix = mat![[4.0, f64::NAN], [2.0, 5.0]];
        let got = solve_positive_definite(matrix.as_ref(), mat![[8.0], [8.0]].as_ref()).unwrap();
        assert!((got - mat![[1.5], [1.0]]).norm_max() < 1e-15);
        let singular = mat![[1.0, 1.0], [1.0, 1.0]];
        assert!(solve_positive_definite(singular.as_ref(), mat![[1.0], [1.0]].as_ref()).is_none());
        let nan = mat![[f64::NAN]];
        assert!(solve_positive_definite(nan.as_ref(), mat![[1.0]].as_ref()).is_none());
    }

    #[test]
    fn svd_of_a_wide_and_a_tall_matrix_multiplies_back() {
        let tall = Mat::from_fn(5, 3, |i, j| ((i * 3 + j * j) as f64).cos());
        for matrix in [tall.as_ref(), tall.transpose()] {
            let svd = thin_svd(matrix).unwrap();
            assert!(svd.values.windows(2).all(|pair| pair[0] >= pair[1]));
            let scaled = Mat::from_fn(svd.u.nrows(), 3, |i, j| svd.u[(i, j)] * svd.values[j]);
            let back = multiply(scaled.as_ref(), svd.v.transpose());
            assert!((back - matrix).norm_max() < 1e-12);
        }
    }
}
