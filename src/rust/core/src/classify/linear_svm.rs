//! Linear support vector machines, one per pair of classes, with probabilities.
//!
//! Source: Gaspar & Breen 2019 for their use; Platt 2000 for the probabilities of a pair, from
//! decision values of samples that were held out; Wu, Lin & Weng 2004 for those of all classes.

use crate::classify::plane::Plane;
use crate::classify::plane::plane;
use crate::error::Error;
use crate::error::Result;
use crate::linalg::dot::add_scaled;
use crate::linalg::dot::dot;
use crate::linalg::folds::stratified_folds;
use crate::linalg::scores::check_scores;
use crate::svm::pairwise_coupling::Coupling;
use crate::svm::platt::Sigmoid;
use crate::svm::smo::KernelMatrix;
use crate::svm::smo::Limits;
use crate::svm::smo::Solution;
use crate::svm::smo::solve;
use crate::task::Task;
use faer::Mat;
use ndarray::Array2;
use ndarray::ArrayView1;
use ndarray::ArrayView2;
use ndarray::Axis;
use rayon::prelude::*;

/// Folds of held-out samples for the probabilities of a pair.
const FOLDS: usize = 5;

/// Components up to which planes are found by interior points, which need no inner products of all
/// pairs of samples.
const FEW_COMPONENTS: usize = 50;

/// Most samples of a pair in more components: their inner products take 4 bytes each, so 576 MB.
const MOST_SAMPLES: usize = 12_000;

/// Largest penalty.
const MOST_COST: f64 = 1e6;

/// An SVM for every pair of classes i < j, in the order (0, 1), (0, 2), ..., (1, 2), ...
#[derive(Clone, Debug)]
pub struct LinearSvm {
    /// n_pairs x n_components; the decision value of a sample is its product with these weights
    /// plus `bias`, above 0 for the first class of the pair.
    pub weights: Array2<f64>,
    /// n_pairs
    pub bias: Vec<f64>,
    /// n_pairs, probability of the first class from the decision value.
    pub sigmoid: Vec<Sigmoid>,
    /// SVMs that did not reach the tolerance.
    pub n_not_converged: usize,
}

/// Trains on labeled scores.
///
/// | argument  | shape                    | values                           |
/// |-----------|--------------------------|----------------------------------|
/// | `scores`  | n_samples x n_components | finite                           |
/// | `class`   | n_samples                | below `n_classes`                |
/// | `cost`    |                          | penalty of a sample in the margin |
/// | `seed`    |                          | decides who is held out together |
///
/// # Errors
/// Those of scores; [`Error::CostOutOfRange`]; [`Error::TooFewPopulations`] below 2 classes;
/// [`Error::PopulationTooSmall`] for a class of less than 2 samples; [`Error::TooManyForSvm`];
/// [`Error::Interrupted`].
///
/// # Panics
/// If lengths differ or a code is too large.
pub fn train(
    scores: ArrayView2<'_, f64>,
    class: &[u16],
    n_classes: usize,
    cost: f64,
    seed: u64,
    task: &Task,
) -> Result<LinearSvm> {
    check_scores(scores)?;
    assert_eq!(class.len(), scores.nrows(), "one class per sample");
    if !(cost > 0.0 && cost <= MOST_COST) {
        return Err(Error::CostOutOfRange { cost, most: MOST_COST });
    }
    let members = members(class, n_classes)?;
    check_size(&members, scores.ncols())?;
    let pairs = pairs(n_classes);
    task.begin("training an SVM per pair", pairs.len() as u64)?;
    let svms: Result<Vec<BinarySvm>> = pairs
        .par_iter()
        .map(|&(first, second)| {
            let svm = BinarySvm::new(scores, &members[first], &members[second], cost, seed, task);
            task.advance(1)?;
            svm
        })
        .collect();
    let svms = svms?;
    let entry = |(pair, component): (usize, usize)| svms[pair].weights[component];
    Ok(LinearSvm {
        weights: Array2::from_shape_fn((svms.len(), scores.ncols()), entry),
        bias: svms.iter().map(|svm| svm.bias).collect(),
        sigmoid: svms.iter().map(|svm| svm.sigmoid).collect(),
        n_not_converged: svms.iter().map(|svm| svm.n_not_converged).sum(),
    })
}

/// Probabilities of the classes, n_new x n_classes: rows sum to 1.
///
/// # Errors
/// Those of scores; [`Error::ComponentMismatch`]; [`Error::Interrupted`].
///
/// # Panics
/// If there is not one SVM per pair of classes.
pub fn probabilities(
    scores: ArrayView2<'_, f64>,
    svm: &LinearSvm,
    n_classes: usize,
    task: &Task,
) -> Result<Mat<f64>> {
    check_scores(scores)?;
    let (expected, found) = (svm.weights.ncols(), scores.ncols());
    if expected != found {
        return Err(Error::ComponentMismatch { expected, found });
    }
    assert_eq!(svm.bias.len(), n_classes * n_classes.saturating_sub(1) / 2, "an SVM per pair");
    task.begin("computing probabilities", scores.nrows() as u64)?;
    let mut out = vec![0.0; scores.nrows() * n_classes];
    let rows = out.par_chunks_mut(n_classes).enumerate();
    rows.try_for_each_init(Coupling::default, |coupling, (sample, out)| {
        let decision = svm.weights.dot(&scores.row(sample));
        // Pairs (0, .) come first: before (i, .) there are (0, .), ..., (i - 1, .).
        let place = |i: usize, j: usize| i * (2 * n_classes - i - 1) / 2 + j - i - 1;
        let pair = |i: usize, j: usize| {
            let place = place(i, j);
            svm.sigmoid[place].probability(decision[place] + svm.bias[place])
        };
        coupling.couple(pair, out);
        task.advance(1)
    })?;
    Ok(Mat::from_fn(scores.nrows(), n_classes, |i, class| out[i * n_classes + class]))
}

fn pairs(n_classes: usize) -> Vec<(usize, usize)> {
    (0..n_classes).flat_map(|i| (i + 1..n_classes).map(move |j| (i, j))).collect()
}

/// Samples of each class.
fn members(class: &[u16], n_classes: usize) -> Result<Vec<Vec<usize>>> {
    if n_classes < 2 {
        return Err(Error::TooFewPopulations { found: n_classes });
    }
    let mut members = vec![Vec::new(); n_classes];
    class.iter().enumerate().for_each(|(sample, &code)| members[usize::from(code)].push(sample));
    if let Some(population) = members.iter().position(|members| members.len() < 2) {
        let n_samples = members[population].len();
        return Err(Error::PopulationTooSmall { population, n_samples });
    }
    Ok(members)
}

/// Whether the inner products of the two largest classes can be kept, if they must be.
fn check_size(members: &[Vec<usize>], n_components: usize) -> Result<()> {
    let mut sizes: Vec<usize> = members.iter().map(Vec::len).collect();
    sizes.sort_unstable();
    let found: usize = sizes.iter().rev().take(2).sum();
    if n_components > FEW_COMPONENTS && found > MOST_SAMPLES {
        return Err(Error::TooManyForSvm { found, most: MOST_SAMPLES, few: FEW_COMPONENTS });
    }
    Ok(())
}

struct BinarySvm {
    weights: Vec<f64>,
    bias: f64,
    sigmoid: Sigmoid,
    n_not_converged: usize,
}

impl BinarySvm {
    fn new(
        scores: ArrayView2<'_, f64>,
        first: &[usize],
        second: &[usize],
        cost: f64,
        seed: u64,
        task: &Task,
    ) -> Result<BinarySvm> {
        let pair = Pair::new(scores, first, second);
        let fold = stratified_folds(&pair.side, FOLDS, seed);
        let mut decision = vec![0.0; pair.sign.len()];
        for held_out in 0..FOLDS {
            let svm = pair.solve(|row| fold[row] != held_out, cost, task)?;
            for row in (0..decision.len()).filter(|&row| fold[row] == held_out) {
                decision[row] = dot(&svm.weights, pair.row(row)) + svm.bias;
            }
        }
        let positive: Vec<bool> = pair.sign.iter().map(|sign| *sign > 0.0).collect();
        let sigmoid = Sigmoid::fit(&decision, &positive, &vec![1.0; decision.len()]);
        let Plane { weights, bias, converged, .. } = pair.solve(|_| true, cost, task)?;
        // Decision values are of samples about the mean of the pair.
        let bias = bias - dot(&weights, &pair.mean);
        Ok(BinarySvm { weights, bias, sigmoid, n_not_converged: usize::from(!converged) })
    }
}

/// The samples of two classes about their mean: with a free bias the SVM is the same, and
/// inner products are more exact.
struct Pair {
    rows: Array2<f64>,
    mean: Vec<f64>,
    /// 0 for the first class, 1 for the second.
    side: Vec<u16>,
    sign: Vec<f64>,
    /// Of samples in more than `FEW_COMPONENTS`.
    kernel: Option<KernelMatrix>,
}

impl Pair {
    fn new(scores: ArrayView2<'_, f64>, first: &[usize], second: &[usize]) -> Pair {
        let chosen = [first, second].concat();
        let mut rows = scores.select(Axis(0), &chosen).as_standard_layout().into_owned();
        let mean = rows.mean_axis(Axis(0)).expect("samples");
        rows -= &mean;
        let side: Vec<u16> = (0..chosen.len()).map(|row| u16::from(row >= first.len())).collect();
        let sign = side.iter().map(|&side| if side == 0 { 1.0 } else { -1.0 }).collect();
        let row = |i: usize| row_of(&rows, i);
        let kernel = (rows.ncols() > FEW_COMPONENTS)
            .then(|| KernelMatrix::new(chosen.len(), |i, j| dot(row(i), row(j)) as f32));
        Pair { mean: mean.to_vec(), side, sign, kernel, rows }
    }

    fn row(&self, row: usize) -> &[f64] {
        row_of(&self.rows, row)
    }

    /// The SVM of the rows that `takes_part` chooses, some of each class.
    fn solve(&self, takes_part: impl Fn(usize) -> bool, cost: f64, task: &Task) -> Result<Plane> {
        let Some(kernel) = &self.kernel else {
            let chosen: Vec<usize> = (0..self.sign.len()).filter(|&row| takes_part(row)).collect();
            let of = |column: ArrayView1<'_, f64>| chosen.iter().map(|&row| column[row]).collect();
            let columns: Vec<Vec<f64>> = self.rows.columns().into_iter().map(of).collect();
            let sign: Vec<f64> = chosen.iter().map(|&row| self.sign[row]).collect();
            return plane(&columns, &sign, cost, task);
        };
        let bound: Vec<f64> =
            (0..self.sign.len()).map(|row| if takes_part(row) { cost } else { 0.0 }).collect();
        let solution = solve(kernel, &self.sign, &bound, &Limits::default(), task)?;
        let mut weights = vec![0.0; self.rows.ncols()];
        for (row, &beta) in solution.beta.iter().enumerate().filter(|(_, beta)| **beta != 0.0) {
            add_scaled(&mut weights, beta, self.row(row));
        }
        let Solution { bias, iterations: steps, converged, .. } = solution;
        Ok(Plane { weights, bias, steps, converged })
    }
}

fn row_of(rows: &Array2<f64>, row: usize) -> &[f64] {
    let n = rows.ncols();
    &rows.as_slice().expect("row-major order")[row * n..][..n]
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn trained(scores: &Array2<f64>, class: &[u16], n_classes: usize, cost: f64) -> LinearSvm {
        train(scores.view(), class, n_classes, cost, 1, &Task::new()).unwrap()
    }

    /// Classes at x = 3, 4 and x = 1, 0 with a large cost: the margin lies between 1 and 3, so the
    /// decision value is x - 2.
    #[test]
    fn a_margin_worked_by_hand() {
        let scores = array![[3.0, 5.0], [4.0, 5.0], [1.0, 5.0], [0.0, 5.0]];
        let svm = trained(&scores, &[0, 0, 1, 1], 2, 100.0);
        assert!((svm.weights[(0, 0)] - 1.0).abs() < 1e-3 && svm.weights[(0, 1)].abs() < 1e-12);
        assert!((svm.bias[0] + 2.0).abs() < 2e-3, "{:?}", svm.bias);
        assert_eq!(svm.n_not_converged, 0);
        let p = probabilities(scores.view(), &svm, 2, &Task::new()).unwrap();
        assert!(p[(1, 0)] > p[(0, 0)] && p[(0, 0)] > 0.5 && p[(2, 0)] < 0.5);
    }

    /// Three groups around the corners of a triangle.
    fn corners(n: usize) -> (Array2<f64>, Vec<u16>) {
        let center = [[0.0, 0.0], [6.0, 0.0], [0.0, 6.0]];
        let entry =
            |(i, j): (usize, usize)| center[i % 3][j] + ((i * 37 + j * 11) % 29) as f64 / 7.0 - 2.0;
        (Array2::from_shape_fn((n, 2), entry), (0..n).map(|i| (i % 3) as u16).collect())
    }

    /// Reference implementation: subgradient descent on the primal objective of every pair.
    #[test]
    fn agrees_with_slow_descent() {
        let (scores, class) = corners(45);
        let cost = 0.05;
        let svm = trained(&scores, &class, 3, cost);
        for (place, (first, second)) in [(0, 1), (0, 2), (1, 2)].into_iter().enumerate() {
            let rows: Vec<(f64, [f64; 2])> = (0..45)
                .filter(|&i| class[i] == first || class[i] == second)
                .map(|i| {
                    let sign = if class[i] == first { 1.0 } else { -1.0 };
                    (sign, [scores[(i, 0)], scores[(i, 1)]])
                })
                .collect();
            let objective = |w: [f64; 2], b: f64| {
                let hinge = |(sign, x): &(f64, [f64; 2])| {
                    (1.0 - sign * (w[0] * x[0] + w[1] * x[1] + b)).max(0.0)
                };
                0.5 * (w[0] * w[0] + w[1] * w[1]) + cost * rows.iter().map(hinge).sum::<f64>()
            };
            let (mut w, mut b) = ([0.0, 0.0], 0.0);
            let mut best = f64::INFINITY;
            for step in 1..200_000 {
                let mut gradient = [w[0], w[1], 0.0];
                for (sign, x) in &rows {
                    if sign * (w[0] * x[0] + w[1] * x[1] + b) < 1.0 {
                        gradient[0] -= cost * sign * x[0];
                        gradient[1] -= cost * sign * x[1];
                        gradient[2] -= cost * sign;
                    }
                }
                let rate = 1.0 / (10.0 + step as f64);
                w = [w[0] - rate * gradient[0], w[1] - rate * gradient[1]];
                b -= rate * gradient[2];
                best = best.min(objective(w, b));
            }
            let got =
                objective([svm.weights[(place, 0)], svm.weights[(place, 1)]], svm.bias[place]);
            assert!(got <= best * (1.0 + 5e-3) && got >= best * (1.0 - 2e-2), "{got} {best}");
        }
    }

    #[test]
    fn probabilities_sum_to_one_and_know_the_corners() {
        let (scores, class) = corners(90);
        let svm = trained(&scores, &class, 3, 1.0);
        let p = probabilities(scores.view(), &svm, 3, &Task::new()).unwrap();
        for (sample, row) in p.row_iter().enumerate() {
            assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            let own = row[usize::from(class[sample])];
            assert!(row.iter().all(|p| *p <= own), "sample {sample}");
        }
    }

    /// A shift of the samples and the number of threads change nothing.
    #[test]
    fn shifts_and_threads_change_nothing() {
        let (scores, class) = corners(60);
        let near = trained(&scores, &class, 3, 1.0);
        let far = trained(&(&scores + 64.0), &class, 3, 1.0);
        assert!((&near.weights - &far.weights).iter().all(|gap| gap.abs() < 1e-3));
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let one = pool.install(|| trained(&scores, &class, 3, 1.0));
        assert_eq!((one.weights, one.bias), (near.weights, near.bias));
    }

    #[test]
    fn classes_that_cannot_be_separated_are_refused() {
        let (scores, class) = corners(12);
        let refused = |class: &[u16], n_classes, cost| {
            train(scores.view(), class, n_classes, cost, 1, &Task::new()).unwrap_err()
        };
        for cost in [0.0, -1.0, f64::NAN, 1e7] {
            assert!(matches!(refused(&class, 3, cost), Error::CostOutOfRange { .. }));
        }
        assert!(matches!(refused(&[0; 12], 1, 1.0), Error::TooFewPopulations { found: 1 }));
        let error = refused(&class, 4, 1.0);
        assert!(matches!(error, Error::PopulationTooSmall { population: 3, n_samples: 0 }));
        let many = Array2::zeros((12_001, 51));
        let class: Vec<u16> = (0..12_001).map(|i| (i % 2) as u16).collect();
        let error = train(many.view(), &class, 2, 1.0, 1, &Task::new()).unwrap_err();
        assert!(matches!(error, Error::TooManyForSvm { found: 12_001, most: 12_000, few: 50 }));
        let svm = trained(&scores, &corners(12).1, 3, 1.0);
        let wrong = probabilities(array![[1.0]].view(), &svm, 3, &Task::new()).unwrap_err();
        assert!(matches!(wrong, Error::ComponentMismatch { expected: 2, found: 1 }));
        let task = Task::new();
        task.cancel();
        let stopped = train(scores.view(), &corners(12).1, 3, 1.0, 1, &task);
        assert!(matches!(stopped, Err(Error::Interrupted)));
    }
}
