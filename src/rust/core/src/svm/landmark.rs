//! Least-squares support vector machines whose normal vectors lie in the span of some rows.
//!
//! Source: Rifkin, Yeo & Poggio 2003, section 5 ("subset of regressors"), for the normal vector of
//! `least_squares_svm` in the span of few rows, the landmarks. All rows are learned from, but the
//! system has one equation for each landmark: with n rows and m landmarks it takes n m^2 steps
//! instead of n^3, and n m kernels instead of n^2.

use crate::error::Result;
use crate::linalg::dense::add_lower_product;
use crate::linalg::dense::solve_in_place;
use crate::svm::least_squares::LeastSquares;
use crate::task::Task;
use faer::Mat;

/// Rows whose products are added in one go.
const BLOCK: usize = 256;

/// Training data of the SVMs.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'r> {
    /// n_kinds x n_landmarks, by rows: kernel of each kind of row with each landmark.
    pub kernel: &'r [f32],
    /// n, the kind of each row.
    pub kind: &'r [u32],
    /// n, `0..n_classes`.
    pub class: &'r [u16],
    pub n_classes: usize,
    /// n_landmarks, rows of different kinds.
    pub landmark: &'r [usize],
}

impl<'r> Rows<'r> {
    fn kernels(&self, row: usize) -> &'r [f32] {
        let m = self.landmark.len();
        &self.kernel[self.kind[row] as usize * m..][..m]
    }
}

/// Minimizes `|w|^2 / 2 + cost / 2 sum of weight (target - decision)^2` for every class and each
/// set of weights, `w` in the span of the landmarks that have a weight in the set.
///
/// | argument   | shape      | values                                                      |
/// |------------|------------|-------------------------------------------------------------|
/// | `weights`  | n_sets x n | not negative, one in each set above 0                       |
/// | `cost`     |            | above 0                                                     |
/// | returned   | n_sets     | coefficients are 0 but for landmarks                        |
///
/// `None` for a set whose matrix is not positive definite to rounding: the cost is too large.
///
/// The sets should differ from the last one in few weights: products of rows are added up for the
/// last, and for the others where they differ.
///
/// # Errors
/// `Interrupted`.
///
/// # Panics
/// If lengths differ or an index is out of range.
pub fn solve(
    rows: Rows<'_>,
    weights: &[Vec<f64>],
    cost: f64,
    task: &Task,
) -> Result<Vec<Option<LeastSquares>>> {
    let n = rows.kind.len();
    assert!(rows.class.len() == n && weights.iter().all(|set| set.len() == n), "rows of the SVMs");
    let Some(last) = weights.last() else { return Ok(vec![]) };
    let m = rows.landmark.len();
    let mut of_last = Mat::zeros(m, m);
    add_products(&mut of_last, rows, last, task)?;
    weights
        .iter()
        .map(|set| {
            let change: Vec<f64> = set.iter().zip(last).map(|(own, last)| own - last).collect();
            let mut products = of_last.clone();
            add_products(&mut products, rows, &change, task)?;
            Ok(of_set(rows, &products, set, cost))
        })
        .collect()
}

/// Adds `sum of weight k k'` over rows, `k` the kernels of a row with the landmarks, to the lower
/// triangle of an m x m matrix.
fn add_products(sum: &mut Mat<f64>, rows: Rows<'_>, weight: &[f64], task: &Task) -> Result<()> {
    let used: Vec<usize> = (0..weight.len()).filter(|&row| weight[row] != 0.0).collect();
    for block in used.chunks(BLOCK) {
        task.check()?;
        let mut left = Mat::zeros(rows.landmark.len(), block.len());
        let mut right = Mat::zeros(rows.landmark.len(), block.len());
        for (column, &row) in block.iter().enumerate() {
            let values = rows.kernels(row).iter().map(|&value| f64::from(value));
            let out = left.col_as_slice_mut(column).iter_mut();
            out.zip(right.col_as_slice_mut(column)).zip(values).for_each(
                |((left, right), value)| {
                    *left = weight[row] * value;
                    *right = value;
                },
            );
        }
        add_lower_product(sum, left.as_ref(), right.transpose());
    }
    Ok(())
}

/// The SVMs of one set of weights. With `A = K' W K + K_mm / cost`, `u = K' W 1` and `v = K' W
/// target`, where the gradient is 0: `A c + b u = v` and `u' c + b sum(w) = sum(w target)`.
fn of_set(rows: Rows<'_>, products: &Mat<f64>, weight: &[f64], cost: f64) -> Option<LeastSquares> {
    let (n, k) = (weight.len(), rows.n_classes);
    let used: Vec<usize> =
        (0..rows.landmark.len()).filter(|&place| weight[rows.landmark[place]] > 0.0).collect();
    let m = used.len();
    let system = Mat::from_fn(m, m, |i, j| {
        let (i, j) = (used[i.max(j)], used[i.min(j)]);
        products[(i, j)] + f64::from(rows.kernels(rows.landmark[i])[j]) / cost
    });
    // A column for each class, and the last for all: u.
    let mut right = Mat::<f64>::zeros(m, k + 1);
    let mut total = vec![0.0; k + 1];
    for row in (0..n).filter(|&row| weight[row] > 0.0) {
        let kernels = rows.kernels(row);
        for column in [usize::from(rows.class[row]), k] {
            total[column] += weight[row];
            let out = right.col_as_slice_mut(column).iter_mut();
            out.zip(&used)
                .for_each(|(out, &place)| *out += weight[row] * f64::from(kernels[place]));
        }
    }
    let all = right.col_as_slice(k).to_vec();
    let solution = solve_in_place(system, right)?;
    let along = |column: usize| -> f64 {
        all.iter().zip(solution.col_as_slice(column)).map(|(u, value)| u * value).sum()
    };
    let rest = total[k] - along(k);
    let bias: Vec<f64> = (0..k).map(|class| (total[class] - along(class)) / rest).collect();
    let mut coefficient = vec![0.0; n * k];
    for (at, &place) in used.iter().enumerate() {
        for class in 0..k {
            coefficient[rows.landmark[place] * k + class] =
                solution[(at, class)] - bias[class] * solution[(at, k)];
        }
    }
    let finite = bias.iter().chain(&coefficient).all(|value| value.is_finite());
    finite.then_some(LeastSquares { coefficient, bias })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::random::generator;
    use crate::svm::least_squares;
    use crate::svm::smo::KernelMatrix;
    use rand_chacha::rand_core::RngCore;

    /// Inner products of random points of the ball in more dimensions than there are points.
    fn random_kernel(n: usize, seed: u64) -> KernelMatrix {
        let mut source = generator(seed, 0);
        let mut uniform = || f64::from(source.next_u32()) / f64::from(u32::MAX) - 0.5;
        let points: Vec<Vec<f64>> =
            (0..n).map(|_| (0..2 * n).map(|_| uniform()).collect()).collect();
        let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        KernelMatrix::new(n, |i, j| {
            let sizes = product(&points[i], &points[i]) * product(&points[j], &points[j]);
            (product(&points[i], &points[j]) / sizes.sqrt()) as f32
        })
    }

    fn columns(kernel: &KernelMatrix, kind: &[u32], landmark: &[usize]) -> Vec<f32> {
        let of_kind = |row: usize| landmark.iter().map(move |&at| (row, kind[at] as usize));
        (0..kernel.n()).flat_map(of_kind).map(|(row, at)| kernel.values(row)[at]).collect()
    }

    /// Points 1 and -1 on a line, one of each class, cost 1/2, the first the only landmark: `w = c`
    /// and `b` minimize `c^2 / 2 + ((1 - c - b)^2 + (c - b)^2) / 4` for the first class: `b = 1/2`
    /// and `c + (2 c - 1) / 2 = 0`, c = 1/4.
    #[test]
    fn one_landmark_worked_by_hand() {
        let rows = Rows {
            kernel: &[1.0, -1.0],
            kind: &[0, 1],
            class: &[0, 1],
            n_classes: 2,
            landmark: &[0],
        };
        let got = solve(rows, &[vec![1.0, 1.0]], 0.5, &Task::new()).unwrap().remove(0).unwrap();
        let want = LeastSquares { coefficient: vec![0.25, -0.25, 0.0, 0.0], bias: vec![0.5, 0.5] };
        let close = |got: &[f64], want: &[f64]| {
            got.iter().zip(want).for_each(|(got, want)| assert!((got - want).abs() < 1e-12));
        };
        close(&got.coefficient, &want.coefficient);
        close(&got.bias, &want.bias);
    }

    /// With every row a landmark these are the SVMs of the whole system.
    #[test]
    fn all_rows_as_landmarks_give_the_svms_of_the_whole_system() {
        let n = 60;
        let kernel = random_kernel(n, 3);
        let kind: Vec<u32> = (0..n as u32).rev().collect();
        let class: Vec<u16> = (0..n as u16).map(|row| row * row % 3).collect();
        let landmark: Vec<usize> = (0..n).collect();
        let values = columns(&kernel, &kind, &landmark);
        let rows =
            Rows { kernel: &values, kind: &kind, class: &class, n_classes: 3, landmark: &landmark };
        let all: Vec<f64> = (0..n).map(|row| (1 + row % 2) as f64).collect();
        let mut part = all.clone();
        (0..10).for_each(|row| part[row * 5] = 0.0);
        let sets = [part, all];
        let got = solve(rows, &sets, 10.0, &Task::new()).unwrap();
        for (got, weight) in got.into_iter().zip(&sets) {
            let got = got.unwrap();
            let want = least_squares::solve(&kernel, &kind, &class, 3, weight, 10.0).unwrap();
            let pairs = got.coefficient.iter().zip(&want.coefficient);
            pairs.chain(got.bias.iter().zip(&want.bias)).for_each(|(got, want)| {
                assert!((got - want).abs() < 2e-4, "{got} {want}");
            });
        }
    }

    /// Reference implementation: the objective by definition. Nothing near has a smaller one.
    #[test]
    fn no_other_svms_are_better() {
        let (n, cost) = (40, 3.0);
        let kernel = random_kernel(n, 5);
        let kind: Vec<u32> = (0..n as u32).collect();
        let class: Vec<u16> = (0..n as u16).map(|row| row % 2).collect();
        let landmark = [0, 7, 13, 22, 39];
        let values = columns(&kernel, &kind, &landmark);
        let rows =
            Rows { kernel: &values, kind: &kind, class: &class, n_classes: 2, landmark: &landmark };
        let weight: Vec<f64> = (0..n).map(|row| (row % 3) as f64).collect();
        let sets = std::slice::from_ref(&weight);
        let got = solve(rows, sets, cost, &Task::new()).unwrap().remove(0).unwrap();
        let used = |row: &usize| landmark.contains(row) && weight[*row] > 0.0;
        assert!((0..n).all(|row| used(&row) || got.coefficient[2 * row..2 * row + 2] == [0.0; 2]));
        let objective = |coefficient: &[f64], bias: f64| -> f64 {
            let product = |row: usize| -> f64 {
                let terms = coefficient.iter().enumerate();
                terms.map(|(at, value)| value * f64::from(kernel.values(row)[at])).sum()
            };
            let length: f64 = (0..n).map(|row| coefficient[row] * product(row)).sum();
            let residual = |row: usize| f64::from(u8::from(class[row] == 1)) - product(row) - bias;
            let misses: f64 = (0..n).map(|row| weight[row] * residual(row).powi(2)).sum();
            (length + cost * misses) / 2.0
        };
        let own: Vec<f64> = got.coefficient.iter().skip(1).step_by(2).copied().collect();
        let best = objective(&own, got.bias[1]);
        for step in [-1e-3, 1e-3] {
            assert!(objective(&own, got.bias[1] + step) > best);
            for row in (0..n).filter(used) {
                let mut other = own.clone();
                other[row] += step;
                assert!(objective(&other, got.bias[1]) > best, "{row}");
            }
        }
    }

    /// Row 0 is the only landmark and held out: the decision value is the proportion of each class.
    #[test]
    fn a_set_without_landmarks_has_biases_alone() {
        let rows = Rows {
            kernel: &[1.0, 0.5, 0.2],
            kind: &[0, 1, 2],
            class: &[0, 1, 0],
            n_classes: 2,
            landmark: &[0],
        };
        let sets = [vec![0.0, 3.0, 1.0], vec![1.0, 3.0, 1.0]];
        let got = solve(rows, &sets, 1.0, &Task::new()).unwrap().remove(0).unwrap();
        assert_eq!(got.bias, [0.25, 0.75]);
        assert_eq!(got.coefficient, [0.0; 6]);
    }

    #[test]
    fn work_can_be_stopped_and_no_sets_give_no_svms() {
        let rows = Rows { kernel: &[1.0], kind: &[0], class: &[0], n_classes: 1, landmark: &[0] };
        assert!(solve(rows, &[], 1.0, &Task::new()).unwrap().is_empty());
        let task = Task::new();
        task.cancel();
        let stopped = solve(rows, &[vec![1.0]], 1.0, &task);
        assert!(matches!(stopped, Err(crate::error::Error::Interrupted)));
    }
}
