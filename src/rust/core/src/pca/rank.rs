//! How many components a fit has.

/// Singular values below this fraction of the largest are rounding errors: real ones are at
/// least about one over the root of the samples.
pub const ROUNDING: f64 = 1e-6;

/// How many components have singular values, decreasing ones, that are no rounding errors.
pub fn rank(singular_values: &[f64]) -> usize {
    let least = ROUNDING * singular_values.first().copied().unwrap_or(0.0);
    singular_values.iter().take_while(|&&d| d > least).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_errors_are_no_components() {
        assert_eq!(rank(&[40.0, 0.2, 3e-5, 0.0]), 2);
        assert_eq!((rank(&[0.0, 0.0]), rank(&[])), (0, 0));
    }
}
