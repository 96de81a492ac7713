//! Reference implementation of the fit from the equations, with every matrix held whole, for the
//! tests.

use crate::gtm::fit::Fit;
use crate::gtm::fit::Iteration;
use crate::gtm::grid::Grid;
use crate::gtm::settings::Settings;
use crate::linalg::random::generator;
use faer::Mat;
use ndarray::Array2;
use ndarray::Axis;
use rand_distr::Distribution;
use rand_distr::StandardNormal;
use std::f64::consts::TAU;

/// Samples on a curved manifold with some noise, n x d.
pub(super) fn bent(n: usize, d: usize, seed: u64) -> Array2<f64> {
    let mut source = generator(seed, 0);
    let mut normal = || -> f64 { StandardNormal.sample(&mut source) };
    let mut scores = Array2::zeros((n, d));
    for mut sample in scores.rows_mut() {
        let (a, b) = (2.0 * normal(), normal());
        for (component, entry) in sample.iter_mut().enumerate() {
            let phase = component as f64;
            *entry = match component {
                0 => a,
                1 => b,
                _ => (a * 0.5 + phase).sin() + (b * b) / (1.0 + phase),
            } + 0.1 * normal();
        }
    }
    scores
}

/// Inverse times right-hand side, by elimination with the largest pivot.
pub(super) fn solve(matrix: &Array2<f64>, right: &Array2<f64>) -> Array2<f64> {
    let (mut a, mut b) = (matrix.clone(), right.clone());
    let n = a.nrows();
    for step in 0..n {
        let pivot = (step..n).max_by(|&i, &j| a[(i, step)].abs().total_cmp(&a[(j, step)].abs()));
        let pivot = pivot.expect("a row");
        for j in 0..n {
            a.swap((step, j), (pivot, j));
        }
        for j in 0..b.ncols() {
            b.swap((step, j), (pivot, j));
        }
        for i in (0..n).filter(|&i| i != step) {
            let factor = a[(i, step)] / a[(step, step)];
            for j in 0..n {
                a[(i, j)] -= factor * a[(step, j)];
            }
            for j in 0..b.ncols() {
                b[(i, j)] -= factor * b[(step, j)];
            }
        }
    }
    for i in 0..n {
        for j in 0..b.ncols() {
            b[(i, j)] /= a[(i, i)];
        }
    }
    b
}

/// n_nodes x n_samples squared distances.
pub(super) fn distances(centers: &Array2<f64>, scores: &Array2<f64>) -> Array2<f64> {
    Array2::from_shape_fn((centers.nrows(), scores.nrows()), |(k, n)| {
        (&centers.row(k) - &scores.row(n)).mapv(|x| x * x).sum()
    })
}

/// n_nodes x n_samples responsibilities, and the mean log-likelihood of a sample.
pub(super) fn responsibilities(
    distances: &Array2<f64>,
    variance: f64,
    n_components: usize,
) -> (Array2<f64>, f64) {
    let mut r = distances.mapv(|d| -d / (2.0 * variance));
    let mut total = 0.0;
    for mut column in r.columns_mut() {
        let most = column.iter().copied().fold(f64::MIN, f64::max);
        column.mapv_inplace(|x| (x - most).exp());
        let sum = column.sum();
        column /= sum;
        total += most + sum.ln();
    }
    let (k, n) = r.dim();
    let constant = -(k as f64).ln() - 0.5 * n_components as f64 * (TAU * variance).ln();
    (r, total / n as f64 + constant)
}

/// The first two axes and three variances, by power iterations with deflation.
fn axes(scores: &Array2<f64>) -> (Vec<Vec<f64>>, Vec<f64>) {
    let mean = scores.mean_axis(Axis(0)).expect("samples");
    let centered = scores - &mean;
    let mut covariance = centered.t().dot(&centered) / (scores.nrows() - 1) as f64;
    let d = covariance.nrows();
    let (mut vectors, mut values) = (Vec::new(), Vec::new());
    for axis in 0..3 {
        let mut vector = ndarray::Array1::from_shape_fn(d, |i| 1.0 + ((i + axis) as f64).sin());
        let mut value = 0.0;
        for _ in 0..20_000 {
            let next = covariance.dot(&vector);
            value = next.dot(&next).sqrt();
            vector = if value > 0.0 { next / value } else { next };
        }
        let column = vector.clone().insert_axis(Axis(1));
        covariance = covariance - column.dot(&column.t()) * value;
        let largest = vector.iter().fold(0.0_f64, |a, &b| if b.abs() > a.abs() { b } else { a });
        vectors.push((vector * largest.signum()).to_vec());
        values.push(if value > 1e-10 { value } else { 0.0 });
    }
    (vectors, values)
}

/// The same result as [`crate::gtm::fit::fit`].
pub(super) fn fit(scores: &Array2<f64>, settings: &Settings) -> Fit {
    let grid = Grid::new(settings.nodes, settings.rbf, settings.width);
    let array = |m: &Mat<f64>| Array2::from_shape_fn(m.shape(), |(i, j)| m[(i, j)]);
    let (nodes, basis) = (array(&grid.nodes), array(&grid.basis));
    let (n, d) = scores.dim();
    let (vectors, values) = axes(scores);
    let plane = Array2::from_shape_fn((nodes.nrows(), d), |(k, j)| {
        let unit = nodes.column(0).mapv(|x| x * x).mean().expect("nodes").sqrt();
        (0..2).map(|a| nodes[(k, a)] / unit * vectors[a][j] * values[a].sqrt()).sum()
    });
    let normal = basis.t().dot(&basis);
    let mut weights = solve(&normal, &basis.t().dot(&plane));
    let mean = scores.mean_axis(Axis(0)).expect("samples");
    let mut centers = basis.dot(&weights) + &mean;
    let between = distances(&centers, &centers).mapv(f64::sqrt).mean().expect("nodes") / 2.0;
    let mut variance = between * between;
    if values[2] > 0.0 {
        variance = variance.min(values[2]);
    }
    let (mut trace, mut n_still): (Vec<Iteration>, usize) = (Vec::new(), 0);
    while trace.len() < settings.max_iterations && n_still < 4 {
        let before = distances(&centers, scores);
        let (r, log_likelihood) = responsibilities(&before, variance, d);
        let g = Array2::from_diag(&r.sum_axis(Axis(1)));
        let ridge = settings.regularization * variance;
        let normal = basis.t().dot(&g).dot(&basis) + Array2::<f64>::eye(basis.ncols()) * ridge;
        weights = solve(&normal, &basis.t().dot(&r).dot(scores));
        centers = basis.dot(&weights);
        let old = variance;
        variance = (&r * &distances(&centers, scores)).sum() / (n * d) as f64;
        let factor = (1.0 / (TAU * variance)).powf((0.5 * d as f64).min(50.0));
        let of_sample = |sample: usize| {
            let column = before.column(sample);
            let least = column.iter().copied().fold(f64::MAX, f64::min);
            let sum: f64 = column.iter().map(|x| (-(x - least) / (2.0 * old)).exp()).sum();
            (factor * sum / nodes.nrows() as f64).ln()
        };
        let criterion = -(0..n).map(of_sample).sum::<f64>() / n as f64;
        let still = trace.last().is_some_and(|last| (last.criterion - criterion).abs() <= 1e-4);
        n_still = if still { n_still + 1 } else { 0 };
        trace.push(Iteration { criterion, log_likelihood, variance });
    }
    let mat = |a: &Array2<f64>| Mat::from_fn(a.nrows(), a.ncols(), |i, j| a[(i, j)]);
    Fit {
        nodes: grid.nodes,
        centers: mat(&centers),
        weights: mat(&weights),
        variance,
        trace,
        converged: n_still == 4,
    }
}
