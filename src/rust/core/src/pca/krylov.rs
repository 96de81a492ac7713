//! A block Krylov space of `G = X X'` and the best subspace in it.
//!
//! Source: Musco & Musco 2015, algorithm 2. With an orthonormal basis B and its
//! image G B, Rayleigh-Ritz is done on the *variant* side: the trial space is the
//! range of X' B, whose vectors need `B' G B` and `(G B)' (G B)`, and the sample
//! side of a trial vector is G B y. That costs nothing more than Rayleigh-Ritz on B itself, and takes in
//! the last image too: about one sixth of the error on the test data.

use crate::error::Result;
use crate::linalg::dense::multiply;
use crate::linalg::dense::symmetric_eigen;
use crate::pca::orthonormalize::orthonormalize;
use faer::Mat;
use faer::MatRef;

/// Eigenvalues below this fraction of the largest are rounding errors.
const NEGLIGIBLE: f64 = 1e-10;

/// Basis, image and what is needed to work with them.
///
/// | field         | shape     | values                                           |
/// |---------------|-----------|--------------------------------------------------|
/// | `basis`       | n x d     | B, orthonormal columns                           |
/// | `image`       | n x d     | G B                                              |
/// | `inner`       | d x d     | B' G B                                           |
/// | `image_inner` | d x d     | (G B)' (G B)                                     |
/// | `next`        | n x b     | orthonormal, orthogonal to B; not yet multiplied |
pub struct KrylovSpace {
    basis: Mat<f64>,
    image: Mat<f64>,
    inner: Mat<f64>,
    image_inner: Mat<f64>,
    next: Mat<f64>,
}

impl KrylovSpace {
    /// A space that starts with the orthonormal columns of `start`.
    pub fn new(start: Mat<f64>) -> KrylovSpace {
        let n = start.nrows();
        KrylovSpace {
            basis: Mat::zeros(n, 0),
            image: Mat::zeros(n, 0),
            inner: Mat::zeros(0, 0),
            image_inner: Mat::zeros(0, 0),
            next: start,
        }
    }

    /// Columns of the basis.
    pub fn dimension(&self) -> usize {
        self.basis.ncols()
    }

    /// The block that [`KrylovSpace::extend`] needs the image of. Without columns
    /// if the space holds everything that G can reach from the start.
    pub fn next(&self) -> MatRef<'_, f64> {
        self.next.as_ref()
    }

    /// Takes in `image`, G times the next block.
    pub fn extend(&mut self, image: Mat<f64>) {
        let following = {
            self.basis = beside(self.basis.as_ref(), self.next.as_ref());
            orthonormalize(image.as_ref(), self.basis.as_ref())
        };
        self.image = beside(self.image.as_ref(), image.as_ref());
        let inner = multiply(self.basis.transpose(), image.as_ref());
        let image_inner = multiply(self.image.transpose(), image.as_ref());
        self.inner = bordered(self.inner.as_ref(), inner.as_ref());
        self.image_inner = bordered(self.image_inner.as_ref(), image_inner.as_ref());
        self.next = following;
    }

    /// The `n_vectors` leading left singular vectors of X as far as they lie in the space,
    /// strongest first, with the squares of their singular values, which only grow with the space;
    /// fewer if it holds fewer directions.
    ///
    /// # Errors
    /// [`crate::error::Error::DecompositionFailed`] if the image is not finite.
    pub fn leading_vectors(&self, n_vectors: usize) -> Result<(Mat<f64>, Vec<f64>)> {
        let (values, vectors) = symmetric_eigen(self.inner.as_ref())?;
        let n_kept = n_above_rounding(&values);
        let whiten = Mat::from_fn(values.len(), n_kept, |i, j| vectors[(i, j)] / values[j].sqrt());
        let projected = multiply(self.image_inner.as_ref(), whiten.as_ref());
        let projected = multiply(whiten.transpose(), projected.as_ref());
        let (values, vectors) = symmetric_eigen(projected.as_ref())?;
        let n_vectors = n_vectors.min(n_above_rounding(&values));
        let coefficients = multiply(whiten.as_ref(), vectors.subcols(0, n_vectors));
        let mut leading = multiply(self.image.as_ref(), coefficients.as_ref());
        for (column, value) in leading.col_iter_mut().zip(&values) {
            column.iter_mut().for_each(|x| *x /= value.sqrt());
        }
        Ok((leading, values[..n_vectors].to_vec()))
    }

    /// Keeps only the `n_kept` leading Ritz vectors of the basis.
    ///
    /// Their image under G outside the basis still lies in the next block, so the space grows as
    /// if nothing had been dropped ("thick restart").
    ///
    /// # Errors
    /// [`crate::error::Error::DecompositionFailed`] if the image is not finite.
    pub fn shrink(&mut self, n_kept: usize) -> Result<()> {
        let (values, vectors) = symmetric_eigen(self.inner.as_ref())?;
        let vectors = vectors.subcols(0, n_kept.min(values.len()));
        self.basis = multiply(self.basis.as_ref(), vectors);
        self.image = multiply(self.image.as_ref(), vectors);
        let inner = |i: usize, j: usize| if i == j { values[i] } else { 0.0 };
        self.inner = Mat::from_fn(vectors.ncols(), vectors.ncols(), inner);
        let right = multiply(self.image_inner.as_ref(), vectors);
        self.image_inner = multiply(vectors.transpose(), right.as_ref());
        Ok(())
    }
}

/// How many of the decreasing `values` are not negligible beside the first.
fn n_above_rounding(values: &[f64]) -> usize {
    let floor = NEGLIGIBLE * values.first().copied().unwrap_or(0.0).max(0.0);
    values.iter().take_while(|&&value| value > floor).count()
}

/// `[left right]`.
fn beside(left: MatRef<'_, f64>, right: MatRef<'_, f64>) -> Mat<f64> {
    let mut both = Mat::zeros(left.nrows(), left.ncols() + right.ncols());
    both.as_mut().subcols_mut(0, left.ncols()).copy_from(left);
    both.as_mut().subcols_mut(left.ncols(), right.ncols()).copy_from(right);
    both
}

/// A symmetric matrix with `columns` as its new last columns and rows.
fn bordered(matrix: MatRef<'_, f64>, columns: MatRef<'_, f64>) -> Mat<f64> {
    let old = matrix.ncols();
    Mat::from_fn(columns.nrows(), columns.nrows(), |i, j| match (i < old, j < old) {
        (true, true) => matrix[(i, j)],
        (_, false) => columns[(i, j - old)],
        (false, true) => columns[(j, i - old)],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::random::generator;
    use rand_distr::Distribution;
    use rand_distr::StandardNormal;

    /// Symmetric with eigenvalues 1, 1/2, 1/3, ... 1/n in a made-up basis.
    fn example(n: usize) -> (Mat<f64>, Mat<f64>) {
        let vectors = random_basis(n, n);
        let scaled = Mat::from_fn(n, n, |i, j| vectors[(i, j)] / (j + 1) as f64);
        (multiply(scaled.as_ref(), vectors.transpose()), vectors)
    }

    fn random_basis(n: usize, n_columns: usize) -> Mat<f64> {
        let mut random = generator(n_columns as u64, 0);
        let noise = Mat::from_fn(n, n_columns, |_, _| StandardNormal.sample(&mut random));
        orthonormalize(noise.as_ref(), Mat::<f64>::zeros(n, 0).as_ref())
    }

    /// Largest fraction of a wanted vector outside the span of the space's leading vectors.
    fn missed(space: &KrylovSpace, vectors: MatRef<'_, f64>, n_wanted: usize) -> f64 {
        let (leading, _) = space.leading_vectors(n_wanted).unwrap();
        let overlap = multiply(leading.transpose(), vectors.subcols(0, n_wanted));
        overlap.col_iter().map(|column| 1.0 - column.squared_norm_l2()).fold(0.0, f64::max)
    }

    #[test]
    fn finds_the_leading_vectors_and_notices_when_all_is_found() {
        let (matrix, vectors) = example(14);
        let mut space = KrylovSpace::new(random_basis(14, 3));
        while space.next().ncols() > 0 {
            let image = multiply(matrix.as_ref(), space.next());
            space.extend(image);
        }
        assert_eq!(space.dimension(), 14);
        assert!(missed(&space, vectors.as_ref(), 4) < 1e-10);
        let (leading, values) = space.leading_vectors(14).unwrap();
        values
            .iter()
            .enumerate()
            .for_each(|(j, x)| assert!((x * (j + 1) as f64 - 1.0).abs() < 1e-9));
        let products = multiply(leading.transpose(), leading.as_ref());
        assert!((products - Mat::<f64>::identity(14, 14)).norm_max() < 1e-7);
    }

    #[test]
    fn a_space_that_was_shrunk_still_converges() {
        let (matrix, vectors) = example(60);
        let mut space = KrylovSpace::new(random_basis(60, 3));
        for _ in 0..40 {
            let image = multiply(matrix.as_ref(), space.next());
            space.extend(image);
            if space.dimension() >= 15 {
                space.shrink(9).unwrap();
            }
        }
        assert!(missed(&space, vectors.as_ref(), 3) < 1e-12);
    }
}
