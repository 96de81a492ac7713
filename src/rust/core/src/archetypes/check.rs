//! Checks of settings and of the scores of samples.

use crate::archetypes::settings::Settings;
use crate::error::Error;
use crate::error::Result;
use ndarray::ArrayView2;
use std::collections::HashSet;

/// # Errors
/// [`Error::TooFewArchetypes`], [`Error::NoRestarts`] or
/// [`Error::ToleranceOutOfRange`].
pub(super) fn settings(settings: &Settings) -> Result<()> {
    if settings.k < 2 {
        return Err(Error::TooFewArchetypes { k: settings.k });
    }
    if settings.restarts == 0 {
        return Err(Error::NoRestarts);
    }
    if !(0.0..1.0).contains(&settings.tolerance) {
        return Err(Error::ToleranceOutOfRange { tolerance: settings.tolerance });
    }
    Ok(())
}

/// The least number of leading components, `k - 1` or more, in which `k` samples
/// differ.
///
/// Fewer than `k - 1` are returned if there are no more; `k` points span at most
/// `k - 1` dimensions, and the leading components hold most of the variation.
///
/// # Errors
/// [`Error::TooFewDistinctSamples`] if fewer than `k` samples differ at all,
/// which includes fewer than `k` samples and scores that are all alike.
pub(super) fn leading_components(scores: ArrayView2<'_, f64>, k: usize) -> Result<usize> {
    let (n_samples, n_components) = scores.dim();
    let n_distinct = count_distinct(scores, k);
    if n_distinct < k {
        return Err(Error::TooFewDistinctSamples { k, n_samples, n_distinct });
    }
    let suffices = |n: &usize| count_distinct(scores.slice(ndarray::s![.., ..*n]), k) == k;
    Ok(((k - 1)..n_components).find(suffices).unwrap_or(n_components))
}

/// Whether at least `k` rows differ.
pub(super) fn has_distinct(scores: ArrayView2<'_, f64>, k: usize) -> bool {
    count_distinct(scores, k) == k
}

/// Number of different rows, counted up to `enough`.
fn count_distinct(scores: ArrayView2<'_, f64>, enough: usize) -> usize {
    let mut seen = HashSet::new();
    for row in scores.rows() {
        if seen.len() == enough {
            break;
        }
        // Adding 0 replaces -0 by 0.
        seen.insert(row.iter().map(|score| (score + 0.0).to_bits()).collect::<Vec<u64>>());
    }
    seen.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn settings_out_of_range_are_refused() {
        let good = Settings::new(2);
        assert!(settings(&good).is_ok());
        let refused = |changed: Settings| settings(&changed).unwrap_err().to_string();
        for k in [0, 1] {
            let want = format!("`k` must be at least 2 archetypes.\nx It is {k}.");
            assert_eq!(refused(Settings { k, ..good }), want);
        }
        assert!(
            refused(Settings { restarts: 0, ..good }).contains("`restarts` must be at least 1")
        );
        for tolerance in [-1e-9, 1.0, f64::NAN, f64::INFINITY] {
            let message = refused(Settings { tolerance, ..good });
            assert!(message.ends_with(&format!("It is {tolerance}.")), "{message}");
        }
    }

    #[test]
    fn different_samples_are_counted() {
        let table = array![[1.0, 2.0], [1.0, 2.0], [0.0, 2.0], [-0.0, 2.0], [5.0, 2.0]];
        assert_eq!(leading_components(table.view(), 3).unwrap(), 2);
        assert!(has_distinct(table.view(), 3) && !has_distinct(table.view(), 4));
        let error = leading_components(table.view(), 4).unwrap_err();
        assert!(matches!(
            error,
            Error::TooFewDistinctSamples { k: 4, n_samples: 5, n_distinct: 3 }
        ));
    }

    /// k - 1 columns if k samples differ in them, else as many as needed.
    #[test]
    fn k_samples_differ_in_the_leading_components() {
        let table = array![
            [1.0, 0.0, 0.0, 9.0],
            [1.0, 0.0, 1.0, 9.0],
            [2.0, 0.0, 0.0, 8.0],
            [2.0, 0.0, 0.0, 7.0]
        ];
        for (k, want) in [(2, 1), (3, 3), (4, 4)] {
            assert_eq!(leading_components(table.view(), k).unwrap(), want);
        }
    }
}
