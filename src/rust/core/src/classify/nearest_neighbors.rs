//! Classes of the nearest training samples.

use crate::error::Error;
use crate::error::Result;
use crate::linalg::scores::check_scores;
use crate::task::Task;
use faer::Mat;
use ndarray::ArrayView1;
use ndarray::ArrayView2;
use rayon::prelude::*;

/// New samples in one unit of work.
const SAMPLES_PER_CHUNK: usize = 64;

/// The nearest training samples of each new sample, by class.
#[derive(Clone, Debug, PartialEq)]
pub struct Neighbors {
    /// n_new x n_classes, how many of the nearest belong to each class.
    pub count: Mat<f64>,
    /// n_new x n_classes, place (from 1) of the first of the class among the nearest; one more
    /// than their number where there is none.
    pub first: Mat<f64>,
}

/// The `k` nearest training samples of each new one, by Euclidean distance; of several at the
/// same distance the one that comes first in the training data is nearer.
///
/// | argument   | shape                    | values              |
/// |------------|--------------------------|---------------------|
/// | `training` | n_samples x n_components | finite              |
/// | `class`    | n_samples                | below `n_classes`   |
/// | `new`      | n_new x n_components     | finite              |
///
/// # Errors
/// Those of scores for either table; [`Error::ComponentMismatch`]; [`Error::Interrupted`].
///
/// # Panics
/// If lengths differ, a code is too large, or `k` is 0 or more than there are samples.
pub fn nearest_neighbors(
    training: ArrayView2<'_, f64>,
    class: &[u16],
    n_classes: usize,
    new: ArrayView2<'_, f64>,
    k: usize,
    task: &Task,
) -> Result<Neighbors> {
    check_scores(training)?;
    check_scores(new)?;
    let (expected, found) = (training.ncols(), new.ncols());
    if expected != found {
        return Err(Error::ComponentMismatch { expected, found });
    }
    assert!(class.len() == training.nrows() && (1..=class.len()).contains(&k));
    task.begin("finding neighbors", new.nrows() as u64)?;
    let mut classes = vec![0_u16; new.nrows() * k];
    classes.par_chunks_mut(SAMPLES_PER_CHUNK * k).enumerate().try_for_each(
        |(chunk, classes)| {
            let mut distance = Vec::with_capacity(class.len());
            for (place, nearest) in classes.chunks_exact_mut(k).enumerate() {
                let sample = new.row(chunk * SAMPLES_PER_CHUNK + place);
                distances(training, sample, &mut distance);
                // Distances are finite and not negative, so their bits are in their order.
                distance.select_nth_unstable(k - 1);
                distance[..k].sort_unstable();
                let of = |&(_, row): &(u64, u32)| class[row as usize];
                nearest.iter_mut().zip(&distance).for_each(|(out, near)| *out = of(near));
                task.advance(1)?;
            }
            Ok::<(), Error>(())
        },
    )?;
    let mut neighbors = Neighbors {
        count: Mat::zeros(new.nrows(), n_classes),
        first: Mat::full(new.nrows(), n_classes, (k + 1) as f64),
    };
    for (sample, nearest) in classes.chunks_exact(k).enumerate() {
        for (place, &class) in nearest.iter().enumerate().rev() {
            neighbors.count[(sample, usize::from(class))] += 1.0;
            neighbors.first[(sample, usize::from(class))] = (place + 1) as f64;
        }
    }
    Ok(neighbors)
}

/// Squared distances to all training samples, as bits, with their places.
fn distances(
    training: ArrayView2<'_, f64>,
    sample: ArrayView1<'_, f64>,
    out: &mut Vec<(u64, u32)>,
) {
    out.clear();
    let squared = |row: ArrayView1<'_, f64>| {
        row.iter().zip(&sample).map(|(a, b)| (a - b) * (a - b)).sum::<f64>()
    };
    let rows = training.rows().into_iter().enumerate();
    out.extend(rows.map(|(place, row)| (squared(row).to_bits(), place as u32)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;
    use ndarray::array;

    /// Training samples at 0, 1, 3 and 7 of classes 0, 1, 1, 0: of 2.5 the order is 3, 1, 0, 7.
    #[test]
    fn neighbors_worked_by_hand() {
        let training = array![[0.0], [1.0], [3.0], [7.0]];
        let near = |k| {
            let new = array![[2.5]];
            nearest_neighbors(training.view(), &[0, 1, 1, 0], 3, new.view(), k, &Task::new())
        };
        let one = near(1).unwrap();
        assert_eq!(one.count, faer::mat![[0.0, 1.0, 0.0]]);
        assert_eq!(one.first, faer::mat![[2.0, 1.0, 2.0]]);
        let all = near(4).unwrap();
        assert_eq!(all.count, faer::mat![[2.0, 2.0, 0.0]]);
        assert_eq!(all.first, faer::mat![[3.0, 1.0, 5.0]]);
    }

    /// Reference implementation: all distances sorted, ties by place.
    #[test]
    fn agrees_with_sorting_all_distances() {
        let entry = |(i, j): (usize, usize)| ((i * 31 + j * 17) % 13) as f64;
        let (training, new) =
            (Array2::from_shape_fn((90, 3), entry), Array2::from_shape_fn((150, 3), entry));
        let class: Vec<u16> = (0..90).map(|i| (i % 4) as u16).collect();
        for k in [1, 5, 90] {
            let got =
                nearest_neighbors(training.view(), &class, 4, new.view(), k, &Task::new()).unwrap();
            for (sample, row) in new.rows().into_iter().enumerate() {
                let mut order: Vec<usize> = (0..90).collect();
                let distance = |i: usize| (&training.row(i) - &row).mapv(|x| x * x).sum();
                order.sort_by(|&a, &b| distance(a).total_cmp(&distance(b)));
                let nearest: Vec<u16> = order[..k].iter().map(|&i| class[i]).collect();
                for code in 0..4 {
                    let count = nearest.iter().filter(|&&c| c == code).count() as f64;
                    let first = nearest.iter().position(|&c| c == code).map_or(k + 1, |p| p + 1);
                    assert_eq!(got.count[(sample, usize::from(code))], count);
                    assert_eq!(got.first[(sample, usize::from(code))], first as f64);
                }
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let training = array![[0.0, 1.0], [1.0, 0.0]];
        let refused = |new: Array2<f64>, task: &Task| {
            nearest_neighbors(training.view(), &[0, 1], 2, new.view(), 1, task).unwrap_err()
        };
        let error = refused(array![[1.0]], &Task::new());
        assert!(matches!(error, Error::ComponentMismatch { expected: 2, found: 1 }));
        let error = refused(array![[1.0, f64::NAN]], &Task::new());
        assert!(matches!(error, Error::NonFiniteScore { .. }));
        let task = Task::new();
        task.cancel();
        assert!(matches!(refused(array![[1.0, 1.0]], &task), Error::Interrupted));
    }
}
