//! Probabilities of several classes from those of every pair.
//!
//! Source: Wu, Lin & Weng 2004, their second method (equations 14 to 21).

use crate::linalg::cholesky::Factor;

/// Pairwise probabilities are kept this far from 0 and 1, as in LIBSVM: otherwise two classes that
/// are both certain against each other's rivals have no solution.
const CLOSEST: f64 = 1e-7;

/// Work space, reused.
#[derive(Default)]
pub struct Coupling {
    factor: Factor,
    column: Vec<f64>,
}

impl Coupling {
    /// The probabilities `p` that minimize `sum over i != j of (r_ji p_i - r_ij p_j)^2`.
    ///
    /// | argument | shape | values                                                 |
    /// |----------|-------|--------------------------------------------------------|
    /// | `pair`   |       | `pair(i, j)`, for i < j: probability of i against j    |
    /// | `out`    | k     | receives probabilities, which sum to 1                 |
    ///
    /// With `Q_ii = sum_j r_ji^2` and `Q_ij = -r_ji r_ij`, the answer is proportional to
    /// `(Q + 11')^-1 1`: adding 11' changes nothing where the sum is fixed, and makes the
    /// matrix positive definite, with a condition number that grows with k alone.
    ///
    /// # Panics
    /// If a pairwise probability is not a number.
    pub fn couple(&mut self, pair: impl Fn(usize, usize) -> f64, out: &mut [f64]) {
        let k = out.len();
        let r = |i: usize, j: usize| {
            let first = pair(i.min(j), i.max(j)).clamp(CLOSEST, 1.0 - CLOSEST);
            if i < j { first } else { 1.0 - first }
        };
        self.factor.clear();
        for i in 0..k {
            self.column.clear();
            self.column.extend((0..i).map(|j| 1.0 - r(j, i) * r(i, j)));
            let own: f64 = (0..k).filter(|&j| j != i).map(|j| r(j, i).powi(2)).sum();
            assert!(self.factor.append(&self.column, 1.0 + own), "pairwise probabilities");
        }
        out.fill(1.0);
        self.factor.solve(out);
        // Not negative in theory; rounding may leave -1e-17.
        out.iter_mut().for_each(|p| *p = p.max(0.0));
        let total: f64 = out.iter().sum();
        out.iter_mut().for_each(|p| *p /= total);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reference implementation: the iteration of Wu, Lin & Weng, their algorithm 2.
    fn plain(k: usize, r: &dyn Fn(usize, usize) -> f64) -> Vec<f64> {
        let entry = |i: usize, j: usize| {
            if i != j {
                return -r(j, i) * r(i, j);
            }
            (0..k).filter(|&other| other != i).map(|other| r(other, i).powi(2)).sum()
        };
        let mut p = vec![1.0 / k as f64; k];
        for _ in 0..20_000 {
            for t in 0..k {
                let q = |i: usize, p: &[f64]| (0..k).map(|j| entry(i, j) * p[j]).sum::<f64>();
                let quadratic: f64 = (0..k).map(|i| p[i] * q(i, &p)).sum();
                let others: f64 = (0..k).filter(|&j| j != t).map(|j| entry(t, j) * p[j]).sum();
                p[t] = (quadratic - others) / entry(t, t);
                let total: f64 = p.iter().sum();
                p.iter_mut().for_each(|p| *p /= total);
            }
        }
        p
    }

    fn coupled(k: usize, pair: impl Fn(usize, usize) -> f64) -> Vec<f64> {
        let mut out = vec![0.0; k];
        Coupling::default().couple(pair, &mut out);
        out
    }

    /// Of two classes the pair's own probability is the answer: (r_21 p_1 - r_12 p_2)^2 = 0.
    #[test]
    fn two_classes_worked_by_hand() {
        let got = coupled(2, |_, _| 0.8);
        assert!((got[0] - 0.8).abs() < 1e-12 && (got[1] - 0.2).abs() < 1e-12);
        assert_eq!(coupled(1, |_, _| unreachable!()), [1.0]);
    }

    #[test]
    fn consistent_pairs_are_met() {
        let want = [0.05, 0.5, 0.15, 0.3];
        let got = coupled(4, |i, j| want[i] / (want[i] + want[j]));
        got.iter().zip(want).for_each(|(got, want)| assert!((got - want).abs() < 1e-12));
    }

    #[test]
    fn agrees_with_the_iteration() {
        for k in 2..8 {
            for seed in 0..6 {
                let pair =
                    |i: usize, j: usize| ((i * 31 + j * 17 + seed * 23) % 97 + 1) as f64 / 99.0;
                let r = |i: usize, j: usize| if i < j { pair(i, j) } else { 1.0 - pair(j, i) };
                let (got, want) = (coupled(k, pair), plain(k, &r));
                for (got, want) in got.iter().zip(&want) {
                    assert!((got - want).abs() < 1e-7, "{got} {want}");
                }
            }
        }
    }

    /// Certainty, contradiction included, gives probabilities all the same.
    #[test]
    fn certain_pairs_give_probabilities() {
        for k in [2, 3, 10, 25] {
            for pattern in 0..4 {
                let pair = |i: usize, j: usize| match pattern {
                    0 => 1.0,
                    1 => 0.0,
                    2 => ((i + j) % 2) as f64,
                    _ => f64::from(u8::from(j - i == 1)),
                };
                let got = coupled(k, pair);
                assert!((got.iter().sum::<f64>() - 1.0).abs() < 1e-12);
                assert!(got.iter().all(|p| (0.0..=1.0).contains(p)));
                if pattern == 0 {
                    assert!(got[0] > 0.99, "{got:?}");
                }
            }
        }
    }
}
