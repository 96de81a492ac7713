//! Regularized isotonic regression.
//!
//! Source: Durand et al. 2014, equation 5, whose display is lost; our reading of its parts
//! (observations, weights, a penalty of 0.001, a non-decreasing answer, a quadratic program):
//!
//! minimize sum_i w_i (rho_i - f_i)^2 + C sum_i (rho_{i+1} - rho_i)^2 / g_i
//! subject to rho_1 <= rho_2 <= ... <= rho_n,
//!
//! with g_i = 1 between neighboring bins. Empty bins are left out: g_i is then the number of steps
//! between two bins that are not empty: with optimal values in between this is the remaining
//! penalty. With C = 0 this is plain isotonic regression. The answer never leaves the range of
//! f, so that bounds of 0 and 1 need no constraint of their own.
//!
//! Solved exactly, by a primal active-set method: values that a constraint binds are one block, and
//! the blocks' values solve a tridiagonal system.

/// Largest violation of a sign, relative to the largest weight, that counts as rounding.
const ROUNDING: f64 = 1e-13;

/// The non-decreasing values of least cost.
///
/// | argument   | shape | values                                     |
/// |------------|-------|--------------------------------------------|
/// | `target`   | n     | f, finite                                  |
/// | `weight`   | n     | w, above 0                                 |
/// | `gap`      | n - 1 | g, above 0                                 |
/// | `penalty`  |       | C, 0 or more                               |
/// | returned   | n     | rho, never decreasing                      |
///
/// # Panics
/// If lengths differ, or a weight or gap is not above 0.
pub fn isotonic(target: &[f64], weight: &[f64], gap: &[f64], penalty: f64) -> Vec<f64> {
    let n = target.len();
    assert!(n == weight.len() && gap.len() + 1 == n.max(1), "one weight per value, gaps between");
    assert!(weight.iter().chain(gap).all(|value| *value > 0.0), "weights and gaps above 0");
    if n == 0 {
        return Vec::new();
    }
    let pull: Vec<f64> = gap.iter().map(|gap| penalty / gap).collect();
    let problem = Problem { target, weight, pull };
    problem.solve()
}

struct Problem<'p> {
    target: &'p [f64],
    weight: &'p [f64],
    /// n - 1: penalty per squared step.
    pull: Vec<f64>,
}

impl Problem<'_> {
    fn solve(&self) -> Vec<f64> {
        let n = self.target.len();
        // Steps that are held at 0. All: one block of equal values.
        let mut held = vec![true; n - 1];
        let mut rho = self.blocks(&held);
        let rounding = ROUNDING * self.weight.iter().sum::<f64>();
        // Every release decreases the cost, so that no set of held steps recurs.
        while let Some(step) = self.most_wrongly_held(&rho, &held, rounding) {
            held[step] = false;
            rho = self.hold_falling(&mut held);
        }
        rho
    }

    /// The best values with these steps held, and with those held too that would fall.
    ///
    /// A step that falls stays one that falls when another such step is held: that lowers what is
    /// left of it and raises what is right of it, the more the nearer, as the system is tridiagonal
    /// with a positive diagonal and no positive entry beside it. So all are held at once, and the
    /// held steps are those at which the way from feasible values would stop one after the other.
    fn hold_falling(&self, held: &mut [bool]) -> Vec<f64> {
        loop {
            let best = self.blocks(held);
            let mut falls = false;
            for (step, held) in held.iter_mut().enumerate() {
                if !*held && best[step + 1] < best[step] {
                    (*held, falls) = (true, true);
                }
            }
            if !falls {
                return best;
            }
        }
    }

    /// The held step whose multiplier is most negative; `None` if none is.
    ///
    /// The multiplier of a step is minus the gradient of the cost summed up to it.
    fn most_wrongly_held(&self, rho: &[f64], held: &[bool], rounding: f64) -> Option<usize> {
        let (mut sum, mut worst) = (0.0, (-rounding, None));
        for step in 0..held.len() {
            sum += self.weight[step] * (rho[step] - self.target[step]);
            let multiplier = -(sum - self.pull[step] * (rho[step + 1] - rho[step]));
            if held[step] && multiplier < worst.0 {
                worst = (multiplier, Some(step));
            }
        }
        worst.1
    }

    /// The values of least cost that are equal across held steps, monotone or not: a tridiagonal
    /// system with one row per block, solved by elimination (it is diagonally dominant).
    fn blocks(&self, held: &[bool]) -> Vec<f64> {
        let (mut weight, mut right, mut pull) = (vec![0.0], vec![0.0], Vec::new());
        let mut block_of = Vec::with_capacity(self.target.len());
        for place in 0..self.target.len() {
            if place > 0 && !held[place - 1] {
                pull.push(self.pull[place - 1]);
                weight.push(0.0);
                right.push(0.0);
            }
            let block = pull.len();
            weight[block] += self.weight[place];
            right[block] += self.weight[place] * self.target[place];
            block_of.push(block);
        }
        let n = weight.len();
        let beside = |block: usize| {
            let before = if block > 0 { pull[block - 1] } else { 0.0 };
            before + pull.get(block).copied().unwrap_or(0.0)
        };
        let mut diagonal: Vec<f64> = (0..n).map(|block| weight[block] + beside(block)).collect();
        for block in 1..n {
            let factor = pull[block - 1] / diagonal[block - 1];
            diagonal[block] -= factor * pull[block - 1];
            right[block] += factor * right[block - 1];
        }
        for block in (0..n).rev() {
            let after = if block + 1 < n { pull[block] * right[block + 1] } else { 0.0 };
            right[block] = (right[block] + after) / diagonal[block];
        }
        block_of.into_iter().map(|block| right[block]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::random::generator;
    use rand_chacha::rand_core::RngCore;

    fn assert_close(got: &[f64], want: &[f64], tolerance: f64) {
        assert_eq!(got.len(), want.len());
        for (got, want) in got.iter().zip(want) {
            assert!((got - want).abs() < tolerance, "{got} {want}");
        }
    }

    /// Targets 0 and 1, weights 1: rho = (c, 1 + c) / (1 + 2 c) with penalty c. Targets 1 and 0:
    /// both 1/2.
    #[test]
    fn two_values_worked_by_hand() {
        let (unit, gap) = ([1.0, 1.0], [1.0]);
        assert_close(&isotonic(&[0.0, 1.0], &unit, &gap, 0.5), &[0.25, 0.75], 1e-15);
        assert_close(&isotonic(&[0.0, 1.0], &unit, &[2.0], 1.0), &[0.25, 0.75], 1e-15);
        assert_close(&isotonic(&[1.0, 0.0], &unit, &gap, 0.5), &[0.5, 0.5], 1e-15);
        assert_close(&isotonic(&[0.3], &[2.0], &[], 1.0), &[0.3], 1e-15);
        assert!(isotonic(&[], &[], &[], 1.0).is_empty());
    }

    fn random(n: usize, seed: u64) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
        let mut source = generator(seed, 0);
        let mut uniform = || f64::from(source.next_u32()) / f64::from(u32::MAX);
        let rise = |i: usize, u: f64| (i as f64 / n as f64 + 0.7 * (u - 0.5)).clamp(0.0, 1.0);
        let target = (0..n).map(|i| rise(i, uniform())).collect();
        let weight = (0..n).map(|_| 0.001 + uniform().powi(3)).collect();
        let gap = (1..n).map(|_| 1.0 + (3.0 * uniform()).floor()).collect();
        (target, weight, gap)
    }

    /// Pool adjacent violators.
    fn pooled(target: &[f64], weight: &[f64]) -> Vec<f64> {
        let mut blocks: Vec<(f64, f64, usize)> = Vec::new();
        for (f, w) in target.iter().zip(weight) {
            blocks.push((*f, *w, 1));
            while blocks.len() > 1 && blocks[blocks.len() - 2].0 > blocks[blocks.len() - 1].0 {
                let (b, a) = (blocks.pop().unwrap(), blocks.pop().unwrap());
                blocks.push(((a.0 * a.1 + b.0 * b.1) / (a.1 + b.1), a.1 + b.1, a.2 + b.2));
            }
        }
        blocks.iter().flat_map(|block| vec![block.0; block.2]).collect()
    }

    #[test]
    fn without_a_penalty_it_is_pool_adjacent_violators() {
        for seed in 0..50 {
            let (target, weight, gap) = random(1 + seed as usize, seed);
            assert_close(&isotonic(&target, &weight, &gap, 0.0), &pooled(&target, &weight), 1e-12);
        }
    }

    /// Reference implementation: projected gradient descent on the first value and the steps.
    fn slow(target: &[f64], weight: &[f64], gap: &[f64], penalty: f64) -> Vec<f64> {
        let n = target.len();
        let mut part = vec![0.0; n];
        let total: f64 = weight.iter().sum();
        let rate = 1.0 / (n as f64 * total + penalty * 2.0);
        let values = |part: &[f64]| -> Vec<f64> {
            part.iter()
                .scan(0.0, |sum, step| {
                    *sum += step;
                    Some(*sum)
                })
                .collect()
        };
        for _ in 0..300_000 {
            let rho = values(&part);
            let mut after = 0.0;
            let mut next = part.clone();
            for i in (0..n).rev() {
                after += weight[i] * (rho[i] - target[i]);
                let own = if i > 0 { penalty / gap[i - 1] * part[i] } else { 0.0 };
                next[i] -= rate * (after + own);
                if i > 0 {
                    next[i] = next[i].max(0.0);
                }
            }
            part = next;
        }
        values(&part)
    }

    #[test]
    fn agrees_with_slow_descent() {
        for (seed, penalty) in [(1, 0.001), (2, 0.1), (3, 3.0)] {
            let (target, mut weight, gap) = random(8, seed);
            weight.iter_mut().for_each(|w| *w += 0.2);
            let got = isotonic(&target, &weight, &gap, penalty);
            assert_close(&got, &slow(&target, &weight, &gap, penalty), 1e-6);
        }
    }

    /// Values of `scipy.optimize.lsq_linear(method = "bvls")` on steps, scipy 1.17.1.
    #[test]
    fn agrees_with_scipy() {
        let target = [0.02, 0.1, 0.05, 0.4, 0.35, 0.3, 0.7, 0.95, 0.9, 0.99];
        let weight = [0.5, 0.05, 0.02, 0.01, 0.02, 0.03, 0.02, 0.05, 0.1, 0.2];
        let gap = [1.0, 1.0, 2.0, 1.0, 1.0, 3.0, 1.0, 1.0, 1.0];
        let want = [
            0.020132791809,
            0.086528696091,
            0.086528696091,
            0.333337957455,
            0.333337957455,
            0.333337957455,
            0.704384191396,
            0.915750097295,
            0.915750097295,
            0.989630597499,
        ];
        assert_close(&isotonic(&target, &weight, &gap, 0.001), &want, 1e-9);
    }

    /// Optimality, whatever the method: no step is negative, gradients sum to 0, and multipliers of
    /// held steps are not negative. Values stay within the range of targets.
    #[test]
    fn conditions_of_the_optimum_hold() {
        for seed in 0..200 {
            let (target, weight, gap) = random(60, seed);
            let penalty = [0.0, 1e-3, 0.05, 10.0][seed as usize % 4];
            let rho = isotonic(&target, &weight, &gap, penalty);
            let range = |pick: fn(f64, f64) -> f64| target.iter().copied().reduce(pick).unwrap();
            assert!(rho[0] >= range(f64::min) - 1e-12 && rho[59] <= range(f64::max) + 1e-12);
            let mut sum = 0.0;
            for i in 0..60 {
                sum += weight[i] * (rho[i] - target[i]);
                let Some(next) = rho.get(i + 1) else { break };
                let rise = next - rho[i];
                let multiplier = penalty / gap[i] * rise - sum;
                assert!(rise >= 0.0 && multiplier > -1e-10);
                assert!(rise < 1e-12 || multiplier.abs() < 1e-9, "{rise} {multiplier}");
            }
            assert!(sum.abs() < 1e-10);
        }
    }

    #[test]
    fn a_large_penalty_flattens() {
        let (target, weight, gap) = random(30, 9);
        let rho = isotonic(&target, &weight, &gap, 1e9);
        assert!(rho[29] - rho[0] < 1e-6);
    }

    fn cost(problem: &Problem<'_>, rho: &[f64]) -> f64 {
        let square = |x: f64| x * x;
        let fit = (0..rho.len()).map(|i| problem.weight[i] * square(rho[i] - problem.target[i]));
        let steps = (1..rho.len()).map(|i| problem.pull[i - 1] * square(rho[i] - rho[i - 1]));
        fit.chain(steps).sum()
    }

    /// Targets 0.6, 0.3, 0 fall at both steps: all values are the mean. Targets 0.5, 0.1, 0.8 with
    /// the second step held already: (0.5, 0.45, 0.45) falls, and all are the mean again.
    #[test]
    fn steps_that_fall_are_held() {
        let weight = [1.0; 3];
        for (target, start, mean) in
            [([0.6, 0.3, 0.0], [false, false], 0.3), ([0.5, 0.1, 0.8], [false, true], 1.4 / 3.0)]
        {
            let problem = Problem { target: &target, weight: &weight, pull: vec![0.0; 2] };
            let mut held = start.to_vec();
            assert_close(&problem.hold_falling(&mut held), &[mean; 3], 1e-15);
            assert_eq!(held, [true, true]);
        }
    }

    /// The reference goes from feasible values toward the best ones, as far as none falls, holds
    /// the step that would fall first, and goes on: the same steps are held, at no higher cost.
    #[test]
    fn held_are_the_steps_that_a_descent_would_hold() {
        for seed in 0..2000 {
            let n = 3 + seed as usize % 12;
            let (mut target, weight, gap) = random(n, seed);
            if seed % 2 == 0 {
                target.reverse();
            }
            let pull: Vec<f64> =
                gap.iter().map(|gap| [0.0, 0.05][seed as usize / 2 % 2] / gap).collect();
            let problem = Problem { target: &target, weight: &weight, pull };
            let mut source = generator(seed, 1);
            let mut held: Vec<bool> = (1..n).map(|_| source.next_u32() % 3 == 0).collect();
            let mut start = vec![0.0; n];
            for i in 1..n {
                let rise = f64::from(source.next_u32()) / f64::from(u32::MAX) * 0.3;
                start[i] = start[i - 1] + if held[i - 1] { 0.0 } else { rise };
            }
            let (mut slow, mut slow_held) = (start.clone(), held.clone());
            loop {
                let best = problem.blocks(&slow_held);
                let at = |part: f64| -> Vec<f64> {
                    slow.iter().zip(&best).map(|(from, to)| from + part * (to - from)).collect()
                };
                let falls =
                    |rho: &[f64]| (0..n - 1).find(|&i| !slow_held[i] && rho[i + 1] < rho[i]);
                if falls(&best).is_none() {
                    slow = best;
                    break;
                }
                let (mut low, mut high) = (0.0, 1.0);
                for _ in 0..60 {
                    let middle = 0.5 * (low + high);
                    match falls(&at(middle)) {
                        Some(_) => high = middle,
                        None => low = middle,
                    }
                }
                let step = falls(&at(high)).expect("falls where halving ends");
                slow = at(low);
                slow_held[step] = true;
                slow[step + 1] = slow[step + 1].max(slow[step]);
            }
            let before = cost(&problem, &start);
            let rho = problem.hold_falling(&mut held);
            assert!(rho.windows(2).all(|pair| pair[1] >= pair[0] - 1e-12), "seed {seed}");
            assert!(cost(&problem, &rho) <= before + 1e-12, "seed {seed}");
            assert_eq!(held, slow_held, "seed {seed}");
            assert_close(&rho, &slow, 1e-9);
        }
    }
}
