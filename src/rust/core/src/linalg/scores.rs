//! Checks of a table of scores.

use crate::error::Error;
use crate::error::Result;
use ndarray::ArrayView2;

/// Squares and sums of squares of scores within these bounds neither overflow
/// nor underflow.
const SMALLEST: f64 = 1e-100;
const LARGEST: f64 = 1e100;

/// Scores are samples x components, finite, and of a size that can be squared.
///
/// # Errors
/// [`Error::EmptyScores`], [`Error::NonFiniteScore`] naming the first sample
/// that has one, or [`Error::ScoresOutOfRange`].
pub fn check_scores(scores: ArrayView2<'_, f64>) -> Result<()> {
    let (n_samples, n_components) = scores.dim();
    if n_samples == 0 || n_components == 0 {
        return Err(Error::EmptyScores { n_samples, n_components });
    }
    if let Some(((sample, component), &value)) =
        scores.indexed_iter().find(|(_, score)| !score.is_finite())
    {
        return Err(Error::NonFiniteScore { sample, component, value });
    }
    let largest = scores.iter().fold(0.0, |largest: f64, score| largest.max(score.abs()));
    if largest > LARGEST || (largest > 0.0 && largest < SMALLEST) {
        return Err(Error::ScoresOutOfRange { largest });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;
    use ndarray::array;

    #[test]
    fn the_first_score_that_is_not_finite_is_named() {
        let mut table = Array2::zeros((3, 2));
        table[(1, 1)] = f64::NEG_INFINITY;
        table[(2, 0)] = f64::NAN;
        let message = check_scores(table.view()).unwrap_err().to_string();
        assert!(message.contains("is -inf, of sample 2 in component 2"), "{message}");
        table[(1, 0)] = f64::NAN;
        let message = check_scores(table.view()).unwrap_err().to_string();
        assert!(message.contains("is NaN, of sample 2 in component 1"), "{message}");
    }

    #[test]
    fn empty_or_immense_or_minute_scores_are_refused() {
        let refused = |table: Array2<f64>| check_scores(table.view()).unwrap_err();
        for (n_samples, n_components) in [(0, 3), (3, 0), (0, 0)] {
            let error = refused(Array2::zeros((n_samples, n_components)));
            assert!(matches!(error, Error::EmptyScores { n_samples: n, n_components: d }
                if n == n_samples && d == n_components));
        }
        for largest in [1e101, 1e-101] {
            let error = refused(array![[0.0, -largest]]);
            assert!(matches!(error, Error::ScoresOutOfRange { largest: l } if l == largest));
        }
        assert!(check_scores(array![[0.0]].view()).is_ok());
    }
}
