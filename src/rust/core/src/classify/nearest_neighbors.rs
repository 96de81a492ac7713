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
    /// n_new x n_classes, how many of the nearest belong to each class; samples at the distance of
    /// the last divide the places that are left for them.
    pub count: Mat<f64>,
    /// n_new x n_classes, place (from 1) of the first of the class among the nearest, the same for
    /// samples at the same distance; one more than their number where there is none.
    pub first: Mat<f64>,
}

/// The `k` nearest training samples of each new one, by Euclidean distance. Of several at the
/// distance of the last none is nearer: each counts as the proportion of them for which a place is
/// left, so that the order of the training data does not matter.
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
    let mut found = vec![Found { count: 0.0, first: (k + 1) as f64 }; new.nrows() * n_classes];
    found.par_chunks_mut(SAMPLES_PER_CHUNK * n_classes).enumerate().try_for_each(
        |(chunk, found)| {
            let mut distance = Vec::with_capacity(class.len());
            for (place, own) in found.chunks_exact_mut(n_classes).enumerate() {
                let sample = new.row(chunk * SAMPLES_PER_CHUNK + place);
                distances(training, sample, &mut distance);
                count_nearest(&mut distance, class, k, own);
                task.advance(1)?;
            }
            Ok::<(), Error>(())
        },
    )?;
    let table = |of: fn(&Found) -> f64| {
        Mat::from_fn(new.nrows(), n_classes, |sample, code| of(&found[sample * n_classes + code]))
    };
    Ok(Neighbors { count: table(|own| own.count), first: table(|own| own.first) })
}

/// What is found of one class near one sample, as in [`Neighbors`].
#[derive(Clone, Copy)]
struct Found {
    count: f64,
    first: f64,
}

/// Distances are finite and not negative, so their bits are in their order.
fn count_nearest(distance: &mut [(u64, u32)], class: &[u16], k: usize, found: &mut [Found]) {
    distance.select_nth_unstable(k - 1);
    distance[..k].sort_unstable();
    let last = distance[k - 1].0;
    let code = |&(_, row): &(u64, u32)| usize::from(class[row as usize]);
    let n_nearer = distance[..k].partition_point(|near| near.0 < last);
    let mut place = 1;
    for (at, near) in distance[..n_nearer].iter().enumerate() {
        if at > 0 && distance[at - 1].0 < near.0 {
            place = at + 1;
        }
        let own = &mut found[code(near)];
        own.count += 1.0;
        own.first = own.first.min(place as f64);
    }
    let is_last = |near: &&(u64, u32)| near.0 == last;
    let n_last = distance.iter().filter(is_last).count();
    let part = (k - n_nearer) as f64 / n_last as f64;
    let mut of_class = vec![0_usize; found.len()];
    distance.iter().filter(is_last).for_each(|near| of_class[code(near)] += 1);
    for (own, &n) in found.iter_mut().zip(&of_class).filter(|(_, n)| **n > 0) {
        own.count += n as f64 * part;
        own.first = own.first.min((n_nearer + 1) as f64);
    }
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

    /// Samples at 1, -1, 1 and 3 of 0: with two places, three samples divide them.
    #[test]
    fn samples_at_the_distance_of_the_last_divide_its_places() {
        let training = array![[1.0], [-1.0], [1.0], [3.0], [0.5]];
        let near = |order: [usize; 5]| {
            let rows = order.map(|i| training[[i, 0]]).to_vec();
            let class = order.map(|i| [0, 1, 1, 0, 2][i]);
            let rows = Array2::from_shape_vec((5, 1), rows).unwrap();
            nearest_neighbors(rows.view(), &class, 3, array![[0.0]].view(), 3, &Task::new())
        };
        let want = near([0, 1, 2, 3, 4]).unwrap();
        assert_eq!(want.count, faer::mat![[2.0 / 3.0, 4.0 / 3.0, 1.0]]);
        assert_eq!(want.first, faer::mat![[2.0, 2.0, 1.0]]);
        for order in [[4, 3, 2, 1, 0], [2, 0, 4, 1, 3], [1, 3, 0, 2, 4]] {
            assert_eq!(near(order).unwrap(), want);
        }
    }

    /// Reference implementation: a sample's part of the places follows from how many are nearer and
    /// how many as near.
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
                let distance: Vec<f64> =
                    (0..90).map(|i| (&training.row(i) - &row).mapv(|x| x * x).sum()).collect();
                let nearer = |i: usize| distance.iter().filter(|&&d| d < distance[i]).count();
                let as_near = |i: usize| distance.iter().filter(|&&d| d == distance[i]).count();
                let part = |i: usize| {
                    let places = k.saturating_sub(nearer(i)) as f64;
                    (places / as_near(i) as f64).min(1.0)
                };
                for code in 0..4 {
                    let own = || (0..90).filter(|&i| class[i] == code && nearer(i) < k);
                    let count: f64 = own().map(part).sum();
                    let first = own().map(|i| nearer(i) + 1).min().unwrap_or(k + 1);
                    assert!((got.count[(sample, usize::from(code))] - count).abs() < 1e-9);
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
