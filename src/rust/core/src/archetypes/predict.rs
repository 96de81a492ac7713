//! Weights of new samples on archetypes that stay fixed.

use crate::archetypes::mixture;
use crate::archetypes::mixture::Corners;
use crate::archetypes::points::Points;
use crate::archetypes::standard_scores::StandardScores;
use crate::error::Error;
use crate::error::Result;
use crate::linalg::dot::dot;
use crate::linalg::scores::check_scores;
use crate::task::Task;
use faer::Mat;
use ndarray::ArrayView2;

/// The first step of the fit alone: the mixture of the archetypes nearest to
/// each sample.
///
/// | argument     | shape                    | values                        |
/// |--------------|--------------------------|-------------------------------|
/// | `scores`     | n_samples x n_components | finite                        |
/// | `archetypes` | k x n_components         | finite                        |
/// | returned     | n_samples x k            | rows non-negative, sum to 1   |
///
/// If the archetypes are affinely dependent (always so for `k` above
/// `n_components + 1`), several mixtures are equally near; which one is returned
/// depends on the input alone.
///
/// # Errors
/// [`Error::EmptyScores`], [`Error::NonFiniteScore`] or
/// [`Error::ScoresOutOfRange`] for either table; [`Error::ComponentMismatch`] if
/// they differ in components; [`Error::Interrupted`].
pub fn predict(
    scores: ArrayView2<'_, f64>,
    archetypes: ArrayView2<'_, f64>,
    task: &Task,
) -> Result<Mat<f64>> {
    check_scores(archetypes)?;
    check_scores(scores)?;
    let (k, expected) = archetypes.dim();
    if scores.ncols() != expected {
        return Err(Error::ComponentMismatch { expected, found: scores.ncols() });
    }
    task.begin("weights of new samples", 0)?;
    // With archetypes that are all equal, only their distance to the samples is left,
    // which no weight changes; any unit will do.
    let corners = StandardScores::new(archetypes);
    let mut table = scores.as_standard_layout().into_owned();
    table -= &corners.mean;
    table /= corners.scale;
    let positions = corners.table.as_slice().expect("row-major order");
    let rows = || positions.chunks_exact(expected);
    let inner: Vec<f64> = rows().flat_map(|a| rows().map(move |b| dot(a, b))).collect();
    let mut weights = vec![0.0; scores.nrows() * k];
    let corners = Corners { k, positions, inner: &inner };
    mixture::update(&Points::Coordinates(table), &corners, &mut weights, task)?;
    Ok(Mat::from_fn(scores.nrows(), k, |sample, archetype| weights[sample * k + archetype]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archetypes::fit::fit;
    use crate::archetypes::settings::Settings;
    use crate::archetypes::simulated::mixtures;
    use approx::assert_abs_diff_eq;
    use ndarray::Array2;
    use ndarray::array;

    #[test]
    fn gives_barycentric_coordinates() {
        let archetypes = array![[10.0, 10.0], [13.0, 10.0], [10.0, 13.0]];
        let scores = array![[11.0, 11.0], [11.0, 3.0], [99.0, 10.0]];
        let got = predict(scores.view(), archetypes.view(), &Task::new()).unwrap();
        let third = 1.0 / 3.0;
        let want = [[third, third, third], [2.0 * third, third, 0.0], [0.0, 1.0, 0.0]];
        for (sample, row) in want.iter().enumerate() {
            for (archetype, want) in row.iter().enumerate() {
                assert_abs_diff_eq!(got[(sample, archetype)], *want, epsilon = 1e-12);
            }
        }
    }

    #[test]
    fn reproduces_the_weights_of_the_fit() {
        for d in [3, 6, 60] {
            let scores = mixtures(90, 4, d, 1);
            let fitted = fit(scores.view(), &Settings::new(4), &Task::new()).unwrap();
            let archetypes = Array2::from_shape_fn((4, d), |(l, j)| fitted.archetypes[(l, j)]);
            let got = predict(scores.view(), archetypes.view(), &Task::new()).unwrap();
            assert!((got - fitted.q).norm_max() < 1e-7, "{d} components");
        }
    }

    #[test]
    fn archetypes_that_are_alike_leave_the_choice_to_order() {
        let archetypes = array![[1.0, 2.0], [1.0, 2.0]];
        let got = predict(array![[5.0, 5.0]].view(), archetypes.view(), &Task::new()).unwrap();
        assert_eq!((got[(0, 0)], got[(0, 1)]), (1.0, 0.0));
    }

    #[test]
    fn tables_that_do_not_fit_are_refused() {
        let two = array![[0.0, 1.0], [1.0, 0.0]];
        let refused = |scores: Array2<f64>, archetypes: &Array2<f64>| {
            predict(scores.view(), archetypes.view(), &Task::new()).unwrap_err()
        };
        let error = refused(array![[1.0, 2.0, 3.0]], &two);
        assert!(matches!(error, Error::ComponentMismatch { expected: 2, found: 3 }));
        let error = refused(array![[1.0, f64::NAN]], &two);
        assert!(matches!(error, Error::NonFiniteScore { sample: 0, component: 1, .. }));
        let error = refused(array![[1.0, 1.0]], &array![[f64::INFINITY, 0.0]]);
        assert!(matches!(error, Error::NonFiniteScore { sample: 0, component: 0, .. }));
        assert!(matches!(refused(Array2::zeros((0, 2)), &two), Error::EmptyScores { .. }));
    }

    #[test]
    fn stops_when_canceled() {
        let task = Task::new();
        task.cancel();
        let table = array![[0.0], [1.0]];
        assert!(matches!(predict(table.view(), table.view(), &task), Err(Error::Interrupted)));
    }
}
