//! What is held constant, as an orthonormal basis.

use crate::linalg::dot::add_scaled;
use crate::linalg::dot::dot;

/// Columns of which less than this part is not in the span of those before, by length, are left
/// out: the tolerance of R's `lm()`.
const TOLERANCE: f64 = 1e-7;

/// An orthonormal basis of the columns of a matrix.
#[derive(Clone, Debug, PartialEq)]
pub struct Covariates {
    basis: Vec<Vec<f64>>,
}

impl Covariates {
    /// `columns`: of equal length, finite. One that is not makes all that is computed NaN: a
    /// covariate is never left out because its values are none.
    pub fn of<'c>(columns: impl IntoIterator<Item = &'c [f64]>) -> Covariates {
        let mut covariates = Covariates { basis: Vec::new() };
        for column in columns {
            let mut left = column.to_vec();
            covariates.remove_from(&mut left);
            let length = dot(&left, &left).sqrt();
            if !length.is_finite() {
                left.fill(f64::NAN);
            } else if length > TOLERANCE * dot(column, column).sqrt() {
                left.iter_mut().for_each(|value| *value /= length);
            } else {
                continue;
            }
            covariates.basis.push(left);
        }
        covariates
    }

    /// Number of columns that are linearly independent.
    pub fn rank(&self) -> usize {
        self.basis.len()
    }

    /// The vectors of the basis.
    pub fn basis(&self) -> &[Vec<f64>] {
        &self.basis
    }

    /// What of `values` is not in the span; twice, as rounding leaves some the first time.
    pub fn remove_from(&self, values: &mut [f64]) {
        for vector in self.basis.iter().chain(&self.basis) {
            add_scaled(values, -dot(vector, values), vector);
        }
    }

    /// The same, or `None` if nothing but rounding is left of `values`.
    pub fn residual(&self, values: &[f64]) -> Option<Vec<f64>> {
        let mut left = values.to_vec();
        self.remove_from(&mut left);
        let length = dot(&left, &left).sqrt();
        let is_left = !length.is_finite() || length > TOLERANCE * dot(values, values).sqrt();
        is_left.then_some(left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_that_is_not_finite_is_never_left_out_in_silence() {
        let one = [1.0; 4];
        for wrong in [f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 1e200] {
            let covariates = Covariates::of([&one[..], &[0.0, 1.0, wrong, 3.0]]);
            assert_eq!(covariates.rank(), 2);
            let left = covariates.residual(&[1.0, 0.0, 0.0, 1.0]).unwrap();
            assert!(left.iter().all(|value| value.is_nan()));
        }
    }

    #[test]
    fn columns_that_say_nothing_new_are_left_out() {
        let (one, up, sum) = ([1.0; 4], [1.0, 2.0, 3.0, 4.0], [3.0, 5.0, 7.0, 9.0]);
        let covariates = Covariates::of([&one[..], &up, &sum]);
        assert_eq!(covariates.rank(), 2);
        assert_eq!(covariates.residual(&sum), None);
        let left = covariates.residual(&[1.0, 0.0, 0.0, 1.0]).unwrap();
        let want = [0.5, -0.5, -0.5, 0.5];
        assert!(left.iter().zip(want).all(|(got, want)| (got - want).abs() < 1e-12));
        for (at, one) in covariates.basis().iter().enumerate() {
            for (other, another) in covariates.basis().iter().enumerate() {
                let want = f64::from(u8::from(at == other));
                assert!((dot(one, another) - want).abs() < 1e-12);
            }
        }
    }
}
