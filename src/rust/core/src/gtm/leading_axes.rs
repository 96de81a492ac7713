//! The directions in which points spread most.
//!
//! Few components or few points: the eigenvectors of the covariance or of the matrix of inner
//! products. Many of both: Golub, Kahan & Lanczos bidiagonalization with full
//! re-orthogonalization, until the axes converge.

use crate::error::Result;
use crate::linalg::dense::multiply;
use crate::linalg::dense::symmetric_eigen;
use crate::linalg::dense::thin_svd;
use crate::linalg::dot::add_scaled;
use crate::linalg::dot::dot;
use crate::linalg::random::generator;
use crate::task::Task;
use faer::Accum;
use faer::Mat;
use faer::MatRef;
use faer::Par;
use faer::linalg::matmul::matmul;
use rand_distr::Distribution;
use rand_distr::StandardNormal;
use rayon::prelude::*;

/// Most components, or points, for which all eigenvectors are found.
const FEW: usize = 600;

/// Points in one unit of work; fixed, so that nothing depends on threads.
const POINTS_PER_CHUNK: usize = 1024;

/// Units of work that are summed one after the other before their sums are added.
const MOST_GROUPS: usize = 64;

/// Steps of the bidiagonalization between tests of convergence.
const LOOK: usize = 10;

/// Residual of an axis, as a fraction of the largest singular value, at which it has converged.
const STILL: f64 = 1e-12;

/// Directions of largest variance.
#[derive(Clone, Debug)]
pub struct Axes {
    /// Variance of the points along each axis (n - 1 denominator), decreasing; 0 past their rank.
    pub variance: Vec<f64>,
    /// n_components x count, unit columns whose entry of largest absolute value is positive;
    /// zero past the rank.
    pub axes: Mat<f64>,
}

/// The leading axes of points about their mean.
///
/// | argument | shape                   | values                         |
/// |----------|-------------------------|--------------------------------|
/// | `points` | n_components x n_points | rows have mean 0; n_points > 1 |
/// | `count`  |                         | axes wanted                    |
///
/// # Errors
/// `Interrupted`; `DecompositionFailed` if a number is not finite.
pub fn leading_axes(points: MatRef<'_, f64>, count: usize, task: &Task) -> Result<Axes> {
    let (d, n) = points.shape();
    let vectors = if d <= FEW {
        let (_, vectors) = symmetric_eigen(covariance(points, task)?.as_ref())?;
        vectors.subcols(0, count.min(d)).to_owned()
    } else if n <= FEW {
        from_inner_products(points, count, task)?
    } else {
        by_bidiagonalization(points, count, FEW, task)?
    };
    arranged(points, &vectors, count, task)
}

/// Variances along unit vectors, and the vectors with their signs.
fn arranged(
    points: MatRef<'_, f64>,
    vectors: &Mat<f64>,
    count: usize,
    task: &Task,
) -> Result<Axes> {
    let spread = Mat::from_fn(vectors.ncols(), vectors.nrows(), |i, j| vectors[(j, i)]);
    let partial = |_, chunk: MatRef<'_, f64>| {
        let scores = multiply(spread.as_ref(), chunk);
        let square = |axis: usize| scores.row(axis).iter().map(|x| x * x).sum();
        (0..scores.nrows()).map(square).collect::<Vec<f64>>()
    };
    let sums = over_points(points, task, partial, |total, part| add_scaled(total, 1.0, &part))?;
    let variance: Vec<f64> = sums.iter().map(|sum| sum / (points.ncols() - 1) as f64).collect();
    // Rounding error of variances that are 0.
    let floor = variance.iter().copied().fold(0.0, f64::max) * 1e-24;
    let kept = |axis: usize| variance.get(axis).copied().filter(|&variance| variance > floor);
    let signs: Vec<f64> = (0..vectors.ncols()).map(|axis| sign(vectors, axis)).collect();
    let entry =
        |i: usize, axis: usize| kept(axis).map_or(0.0, |_| vectors[(i, axis)] * signs[axis]);
    Ok(Axes {
        variance: (0..count).map(|axis| kept(axis).unwrap_or(0.0)).collect(),
        axes: Mat::from_fn(points.nrows(), count, entry),
    })
}

/// The sign that makes the first entry of largest absolute value positive.
fn sign(vectors: &Mat<f64>, axis: usize) -> f64 {
    let larger = |a: f64, &b: &f64| if b.abs() > a.abs() { b } else { a };
    vectors.col(axis).iter().fold(0.0, larger).signum()
}

/// Sums over points, in an order that the number of points alone decides. `part` is given the
/// place of the first point of a chunk, and the chunk.
fn over_points<T: Send>(
    points: MatRef<'_, f64>,
    task: &Task,
    part: impl Fn(usize, MatRef<'_, f64>) -> T + Sync,
    add: impl Fn(&mut T, T) + Sync,
) -> Result<T> {
    let n = points.ncols();
    let n_chunks = n.div_ceil(POINTS_PER_CHUNK);
    let n_groups = n_chunks.min(MOST_GROUPS);
    let of_chunk = |chunk: usize| {
        task.check()?;
        let first = chunk * POINTS_PER_CHUNK;
        Ok(part(first, points.subcols(first, POINTS_PER_CHUNK.min(n - first))))
    };
    let sum_of = |chunks: std::ops::Range<usize>| {
        let mut total = of_chunk(chunks.start)?;
        for chunk in chunks.start + 1..chunks.end {
            add(&mut total, of_chunk(chunk)?);
        }
        Ok(total)
    };
    let groups: Result<Vec<T>> = (0..n_groups)
        .into_par_iter()
        .map(|group| sum_of(group * n_chunks / n_groups..(group + 1) * n_chunks / n_groups))
        .collect();
    let mut groups = groups?.into_iter();
    let mut total = groups.next().expect("at least one point");
    groups.for_each(|group| add(&mut total, group));
    Ok(total)
}

/// Covariance of the components times n - 1.
fn covariance(points: MatRef<'_, f64>, task: &Task) -> Result<Mat<f64>> {
    let square = |_, chunk: MatRef<'_, f64>| multiply(chunk, chunk.transpose());
    over_points(points, task, square, |total, part| *total += part)
}

/// Axes from the eigenvectors of the matrix of inner products.
fn from_inner_products(points: MatRef<'_, f64>, count: usize, task: &Task) -> Result<Mat<f64>> {
    let (d, n) = points.shape();
    let mut products = Mat::<f64>::zeros(n, n);
    for first in (0..d).step_by(POINTS_PER_CHUNK) {
        task.check()?;
        let rows = points.subrows(first, POINTS_PER_CHUNK.min(d - first));
        matmul(products.as_mut(), Accum::Add, rows.transpose(), rows, 1.0, Par::Seq);
    }
    let (values, vectors) = symmetric_eigen(products.as_ref())?;
    let rank = values.iter().take_while(|&&value| value > values[0] * 1e-14).count();
    let chosen = vectors.subcols(0, count.min(rank));
    let mut axes = multiply(points, chosen);
    normalize(&mut axes);
    Ok(axes)
}

fn normalize(columns: &mut Mat<f64>) {
    for column in columns.as_mut().col_iter_mut() {
        let length = column.norm_l2();
        column.iter_mut().for_each(|entry| *entry /= length);
    }
}

/// Right singular vectors of the points (as rows) by at most `n_components` steps; `look_from` is
/// the size from which the small problem is costly, so that it is solved less often.
fn by_bidiagonalization(
    points: MatRef<'_, f64>,
    count: usize,
    look_from: usize,
    task: &Task,
) -> Result<Mat<f64>> {
    let (d, n) = points.shape();
    let mut source = generator(1, 0);
    let mut right: Vec<Vec<f64>> =
        vec![(0..d).map(|_| StandardNormal.sample(&mut source)).collect()];
    let mut left: Vec<Vec<f64>> = Vec::new();
    scale_to_unit(&mut right[0]);
    let (mut diagonal, mut above) = (Vec::new(), Vec::new());
    let most = d.min(n);
    loop {
        let step = left.len();
        let mut next = scores_along(points, &right[step], task)?;
        orthogonalize(&mut next, &left);
        diagonal.push(scale_to_unit(&mut next));
        left.push(next);
        let mut next = combination(points, &left[step], task)?;
        orthogonalize(&mut next, &right);
        above.push(scale_to_unit(&mut next));
        let n_steps = step + 1;
        let interval = if n_steps < look_from { LOOK } else { 10 * LOOK };
        if n_steps == most || n_steps % interval == 0 {
            let (small, residual) = small_problem(&diagonal, &above, count)?;
            if residual <= STILL || n_steps == most {
                let basis = Mat::from_fn(d, n_steps, |i, j| right[j][i]);
                return Ok(multiply(basis.as_ref(), small.as_ref()));
            }
        }
        right.push(next);
    }
}

/// Leading right singular vectors of the bidiagonal matrix, and the largest of their residuals as
/// a fraction of the largest singular value.
fn small_problem(diagonal: &[f64], above: &[f64], count: usize) -> Result<(Mat<f64>, f64)> {
    let n = diagonal.len();
    let entry = |i: usize, j: usize| match j.checked_sub(i) {
        Some(0) => diagonal[i],
        Some(1) => above[i],
        _ => 0.0,
    };
    let svd = thin_svd(Mat::from_fn(n, n, entry).as_ref())?;
    let count = count.min(n);
    let last = above[n - 1];
    let residual = (0..count).map(|axis| (last * svd.u[(n - 1, axis)]).abs()).fold(0.0, f64::max);
    Ok((svd.v.subcols(0, count).to_owned(), residual / svd.values[0]))
}

/// n_points, inner products of the points with a direction.
fn scores_along(points: MatRef<'_, f64>, direction: &[f64], task: &Task) -> Result<Vec<f64>> {
    let product = |_, chunk: MatRef<'_, f64>| {
        let of = |point| dot(column(chunk, point), direction);
        (0..chunk.ncols()).map(of).collect::<Vec<f64>>()
    };
    over_points(points, task, product, |all, mut part| all.append(&mut part))
}

/// n_components, sum of the points times their weights.
fn combination(points: MatRef<'_, f64>, weights: &[f64], task: &Task) -> Result<Vec<f64>> {
    let weighted = |first: usize, chunk: MatRef<'_, f64>| {
        let mut sum = vec![0.0; chunk.nrows()];
        (0..chunk.ncols())
            .for_each(|point| add_scaled(&mut sum, weights[first + point], column(chunk, point)));
        sum
    };
    over_points(points, task, weighted, |total, part| add_scaled(total, 1.0, &part))
}

fn column(points: MatRef<'_, f64>, point: usize) -> &[f64] {
    points.col(point).try_as_col_major().expect("columns in one piece").as_slice()
}

/// Subtracts from a vector its projection on orthonormal vectors, twice.
fn orthogonalize(vector: &mut [f64], basis: &[Vec<f64>]) {
    for _ in 0..2 {
        for other in basis {
            let coefficient = dot(vector, other);
            add_scaled(vector, -coefficient, other);
        }
    }
}

/// Divides a vector by its length, which is returned; one of length 0 stays as it is.
fn scale_to_unit(vector: &mut [f64]) -> f64 {
    let length = dot(vector, vector).sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|entry| *entry /= length);
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Points of decreasing spread along rotated axes, rows of mean 0.
    fn cloud(d: usize, n: usize, seed: u64) -> Mat<f64> {
        let mut source = generator(seed, 0);
        let mut normal = || StandardNormal.sample(&mut source);
        let rank = d.min(n);
        let axes = Mat::from_fn(d, rank, |_, _| normal());
        let scores = Mat::from_fn(rank, n, |i, _| 0.8_f64.powi(i as i32) * normal());
        let mut points = multiply(axes.as_ref(), scores.as_ref());
        for row in points.as_mut().row_iter_mut() {
            let mean = row.as_ref().iter().sum::<f64>() / n as f64;
            row.iter_mut().for_each(|entry| *entry -= mean);
        }
        points
    }

    /// Points (2, 0), (-2, 0), (0, 1), (0, -1): variances 8/3 and 2/3.
    #[test]
    fn a_cross_worked_by_hand() {
        let points = faer::mat![[2.0, -2.0, 0.0, 0.0], [0.0, 0.0, 1.0, -1.0]];
        let got = leading_axes(points.as_ref(), 3, &Task::new()).unwrap();
        for (got, want) in got.variance.iter().zip([8.0 / 3.0, 2.0 / 3.0, 0.0]) {
            assert!((got - want).abs() < 1e-14);
        }
        let want = faer::mat![[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]];
        assert!((got.axes - want).norm_max() < 1e-14);
    }

    /// Reference implementation: all eigenvectors of the covariance.
    #[test]
    fn every_route_finds_the_same_axes() {
        for (d, n) in [(30, 50), (50, 30), (40, 3000), (90, 91)] {
            let points = cloud(d, n, 7);
            let task = Task::new();
            let want = leading_axes(points.as_ref(), 3, &task).unwrap();
            let by_products = from_inner_products(points.as_ref(), 3, &task).unwrap();
            let by_steps = by_bidiagonalization(points.as_ref(), 3, 40, &task).unwrap();
            for vectors in [by_products, by_steps] {
                let got = arranged(points.as_ref(), &vectors, 3, &task).unwrap();
                assert!((&got.axes - &want.axes).norm_max() < 1e-9, "{d} x {n}");
                for (got, want) in got.variance.iter().zip(&want.variance) {
                    assert!((got - want).abs() < 1e-11 * want);
                }
            }
        }
    }

    #[test]
    fn axes_are_orthonormal_and_their_largest_entry_is_positive() {
        let got = leading_axes(cloud(700, 640, 3).as_ref(), 3, &Task::new()).unwrap();
        let products = multiply(got.axes.transpose(), got.axes.as_ref());
        assert!((products - Mat::<f64>::identity(3, 3)).norm_max() < 1e-12);
        for axis in 0..3 {
            let largest = got
                .axes
                .col(axis)
                .iter()
                .fold(0.0_f64, |a, &b| if b.abs() > a.abs() { b } else { a });
            assert!(largest > 0.0);
        }
    }

    #[test]
    fn what_is_not_there_is_zero() {
        let line = Mat::from_fn(4, 5, |i, j| i as f64 * (j as f64 - 2.0));
        let wide = Mat::from_fn(900, 700, |i, j| (i as f64).sin() * (j as f64 - 349.5));
        for points in [line, wide] {
            let got = leading_axes(points.as_ref(), 3, &Task::new()).unwrap();
            assert!(
                got.variance[0] > 1.0
                    && got.variance[1..].iter().all(|v| *v < 1e-20 * got.variance[0])
            );
        }
    }

    #[test]
    fn threads_change_no_bit_and_a_canceled_task_stops() {
        let points = cloud(12, 5000, 4);
        let [one, two] = [1, 2].map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| leading_axes(points.as_ref(), 3, &Task::new()).unwrap())
        });
        assert_eq!((one.variance, one.axes), (two.variance, two.axes));
        let task = Task::new();
        task.cancel();
        assert!(leading_axes(points.as_ref(), 3, &task).is_err());
    }
}
