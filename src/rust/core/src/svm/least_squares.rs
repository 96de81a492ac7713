//! Least-squares support vector machines of several classes, each against the rest.
//!
//! Source: Suykens & Vandewalle 1999. Where a support vector machine pays for rows that are on the
//! wrong side of the margin, this one pays for the squared distance of every row to a target: 1 for
//! the rows of the class, 0 for others. Its dual is a linear system, whose matrix is the same for
//! all classes, so one Cholesky factor serves them all.

use crate::linalg::dense::solve_in_place;
use crate::svm::smo::KernelMatrix;
use faer::Mat;

/// SVMs of all classes: the decision value of class `c` is the sum over rows of coefficient
/// times kernel, plus a bias.
#[derive(Clone, Debug, PartialEq)]
pub struct LeastSquares {
    /// n x n_classes, by rows; 0 for rows without weight. Those of a class sum to 0.
    pub coefficient: Vec<f64>,
    /// n_classes.
    pub bias: Vec<f64>,
}

/// Minimizes `|w|^2 / 2 + cost / 2 sum of weight (target - decision)^2` for every class.
///
/// | argument    | shape | values                                        |
/// |-------------|-------|-----------------------------------------------|
/// | `kernel`    | m x m | positive semidefinite                         |
/// | `kind`      | n     | row and column of the kernel of each row      |
/// | `class`     | n     | `0..n_classes`                                |
/// | `weight`    | n     | not negative, one above 0                     |
/// | `cost`      |       | above 0                                       |
///
/// `None` if the matrix is not positive definite to the rounding of 32-bit numbers: the cost is
/// too large.
///
/// # Panics
/// If lengths differ or an index is out of range.
pub fn solve(
    kernel: &KernelMatrix,
    kind: &[u32],
    class: &[u16],
    n_classes: usize,
    weight: &[f64],
    cost: f64,
) -> Option<LeastSquares> {
    assert!(kind.len() == class.len() && kind.len() == weight.len(), "rows of the SVMs");
    let member: Vec<usize> = (0..kind.len()).filter(|&row| weight[row] > 0.0).collect();
    let n = member.len();
    let mut system = Mat::<f32>::zeros(n, n);
    for (column, &row) in member.iter().enumerate() {
        let values = kernel.values(kind[row] as usize);
        let below = member[column..].iter();
        let out = &mut system.col_as_slice_mut(column)[column..];
        out.iter_mut().zip(below).for_each(|(out, &row)| *out = values[kind[row] as usize]);
        out[0] += (1.0 / (cost * weight[row])) as f32;
    }
    let mut targets = Mat::<f32>::zeros(n, n_classes + 1);
    for (at, &row) in member.iter().enumerate() {
        targets[(at, usize::from(class[row]))] = 1.0;
        targets[(at, n_classes)] = 1.0;
    }
    let solution = solve_in_place(system, targets)?;
    let sum = |column: usize| -> f64 {
        solution.col_as_slice(column).iter().map(|&value| f64::from(value)).sum()
    };
    let of_ones = sum(n_classes);
    let bias: Vec<f64> = (0..n_classes).map(|class| sum(class) / of_ones).collect();
    let mut coefficient = vec![0.0; kind.len() * n_classes];
    for (at, &row) in member.iter().enumerate() {
        let one = f64::from(solution[(at, n_classes)]);
        for class in 0..n_classes {
            coefficient[row * n_classes + class] =
                f64::from(solution[(at, class)]) - bias[class] * one;
        }
    }
    Some(LeastSquares { coefficient, bias })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::random::generator;
    use rand_chacha::rand_core::RngCore;

    /// Decision values of all rows of the kernel: n x n_classes.
    fn decisions(kernel: &KernelMatrix, kind: &[u32], solved: &LeastSquares) -> Vec<f64> {
        let k = solved.bias.len();
        let decision = |row: usize, class: usize| {
            let terms = kind.iter().zip(solved.coefficient.chunks_exact(k));
            let sum: f64 = terms
                .map(|(&kind, value)| f64::from(kernel.values(row)[kind as usize]) * value[class])
                .sum();
            sum + solved.bias[class]
        };
        (0..kernel.n()).flat_map(|row| (0..k).map(move |class| decision(row, class))).collect()
    }

    /// Inner products of random points, at most 1.
    fn random_kernel(n: usize, seed: u64) -> KernelMatrix {
        let mut source = generator(seed, 0);
        let mut uniform = || f64::from(source.next_u32()) / f64::from(u32::MAX) - 0.5;
        let points: Vec<[f64; 6]> = (0..n).map(|_| std::array::from_fn(|_| uniform())).collect();
        let product = |a: &[f64; 6], b: &[f64; 6]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        KernelMatrix::new(n, |i, j| product(&points[i], &points[j]) as f32)
    }

    /// Points 1 and -1 on a line, one of each class, cost 1/2: the matrix of the system is
    /// (3 -1; -1 3), the bias 1/2, and alpha solves 3 a + a = 1/2: decision values 1/2 +- 1/4.
    #[test]
    fn two_points_worked_by_hand() {
        let kernel = KernelMatrix::new(2, |i, j| if i == j { 1.0 } else { -1.0 });
        let got = solve(&kernel, &[0, 1], &[0, 1], 2, &[1.0, 1.0], 0.5).unwrap();
        let close = |got: &[f64], want: &[f64]| {
            got.iter().zip(want).for_each(|(got, want)| assert!((got - want).abs() < 1e-6));
        };
        close(&got.bias, &[0.5, 0.5]);
        close(&got.coefficient, &[0.125, -0.125, -0.125, 0.125]);
        close(&decisions(&kernel, &[0, 1], &got), &[0.75, 0.25, 0.25, 0.75]);
    }

    /// Reference implementation: the optimality conditions, by definition. Each row's coefficient
    /// is cost times weight times its residual, and those of a class sum to 0.
    #[test]
    fn residuals_are_the_coefficients() {
        for (n, cost) in [(5, 1.0), (40, 10.0), (90, 0.1)] {
            let kernel = random_kernel(n, n as u64);
            let kind: Vec<u32> = (0..n as u32).collect();
            let class: Vec<u16> = (0..n as u16).map(|row| row * row % 3).collect();
            let weight: Vec<f64> = (0..n).map(|row| (row % 4) as f64).collect();
            let got = solve(&kernel, &kind, &class, 4, &weight, cost).unwrap();
            let decision = decisions(&kernel, &kind, &got);
            for c in 0..4 {
                let of_class = got.coefficient.iter().skip(c).step_by(4);
                assert!(of_class.sum::<f64>().abs() < 1e-4 * cost);
                for row in 0..n {
                    let target = f64::from(u8::from(usize::from(class[row]) == c));
                    let want = cost * weight[row] * (target - decision[row * 4 + c]);
                    assert!((got.coefficient[row * 4 + c] - want).abs() < 2e-4 * cost.max(1.0));
                }
            }
            // A class without rows has decision values of 0.
            assert!(decision.iter().skip(3).step_by(4).all(|value| value.abs() < 1e-6));
        }
    }

    /// A row of weight 2 counts as two rows.
    #[test]
    fn a_weight_is_a_repetition() {
        let kernel = random_kernel(12, 3);
        let class: Vec<u16> = (0..12).map(|row| row % 2).collect();
        let kind: Vec<u32> = (0..12).collect();
        let mut weight = vec![1.0; 12];
        weight[5] = 2.0;
        let once = solve(&kernel, &kind, &class, 2, &weight, 3.0).unwrap();
        let (twice_kind, twice_class) = ([&kind[..], &[5]].concat(), [&class[..], &[1]].concat());
        let twice = solve(&kernel, &twice_kind, &twice_class, 2, &[1.0; 13], 3.0).unwrap();
        let got = decisions(&kernel, &kind, &once);
        let want = decisions(&kernel, &twice_kind, &twice);
        got.iter().zip(&want).for_each(|(got, want)| assert!((got - want).abs() < 1e-5));
    }

    /// Of two equal rows, a matrix without a ridge has no factor.
    #[test]
    fn a_cost_beyond_rounding_is_refused() {
        let kernel = KernelMatrix::new(2, |_, _| 1.0);
        assert!(solve(&kernel, &[0, 1], &[0, 1], 2, &[1.0, 1.0], 1e12).is_none());
    }
}
