//! The dual problem of a soft-margin support vector machine, solved two variables at a time.
//!
//! Source: Fan, Chen & Lin 2005 for the choice of the two; Chang & Lin 2011 (LIBSVM) for the
//! stopping rule and for shrinking (rows that are set aside during the iteration).
//!
//! In signed weights `beta_i = y_i alpha_i` the problem is to minimize
//!
//!   1/2 beta' K beta - y' beta   subject to   sum(beta) = 0,  0 <= y_i beta_i <= bound_i.
//!
//! With `slack = y - K beta`, the negative gradient, `beta` is optimal if no weight that can
//! increase has a larger slack than one that can decrease. A step increases the weight with the
//! largest slack and decreases another by the same amount: the one for which the objective gains
//! most.
//!
//! Loops run over eight numbers at a time and are compiled twice, for AVX2 and for the baseline of
//! the target, chosen at run time. Neither fuses multiplications into additions, so both give the
//! same bits.

use crate::error::Result;
use crate::task::Task;

/// Numbers per step of a loop; matrices are padded to a multiple.
const LANES: usize = 8;

/// Least curvature along a pair, as LIBSVM has it: equal rows have none.
const LEAST_CURVATURE: f32 = 1e-12;

/// Iterations between shrinking steps and checks of the task.
const LOOK: usize = 1000;

/// A kernel matrix in single precision, rows padded with zeros.
///
/// Single precision is what LIBSVM keeps too; sums are in double precision.
#[derive(Clone, Debug)]
pub struct KernelMatrix {
    n: usize,
    stride: usize,
    values: Vec<f32>,
}

impl KernelMatrix {
    /// | argument | shape | values                                    |
    /// |----------|-------|-------------------------------------------|
    /// | `entry`  | n x n | symmetric, positive semidefinite, finite  |
    pub fn new(n: usize, entry: impl Fn(usize, usize) -> f32) -> KernelMatrix {
        let stride = n.next_multiple_of(LANES);
        let mut values = vec![0.0; n * stride];
        for (row, out) in values.chunks_exact_mut(stride.max(1)).enumerate() {
            (0..n).for_each(|column| out[column] = entry(row, column));
        }
        KernelMatrix { n, stride, values }
    }

    /// A matrix that `fill` writes: into n rows of `stride` numbers, of which the first n of each
    /// are looked at and the others must stay 0.
    pub fn filled(n: usize, fill: impl FnOnce(&mut [f32], usize)) -> KernelMatrix {
        let stride = n.next_multiple_of(LANES);
        let mut values = vec![0.0; n * stride];
        fill(&mut values, stride);
        KernelMatrix { n, stride, values }
    }

    /// Rows and columns `chosen` of a kernel matrix.
    ///
    /// # Panics
    /// If an index is out of range.
    pub fn choose(&self, chosen: &[u32]) -> KernelMatrix {
        let (n, stride) = (chosen.len(), chosen.len().next_multiple_of(LANES));
        let mut values = vec![0.0; n * stride];
        for (&row, out) in chosen.iter().zip(values.chunks_exact_mut(stride.max(1))) {
            let source = self.row(row as usize);
            out.iter_mut().zip(chosen).for_each(|(out, &column)| *out = source[column as usize]);
        }
        KernelMatrix { n, stride, values }
    }

    /// Rows of the matrix.
    pub fn n(&self) -> usize {
        self.n
    }

    /// One row, padded.
    fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.stride..][..self.stride]
    }

    /// One row.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn values(&self, row: usize) -> &[f32] {
        &self.row(row)[..self.n]
    }
}

/// When to stop.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Largest slack of a weight that can increase minus smallest of one that can decrease, above
    /// 0; LIBSVM's default is 1e-3.
    pub tolerance: f64,
    pub max_iterations: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { tolerance: 1e-3, max_iterations: 10_000_000 }
    }
}

/// Weights that solve the problem.
#[derive(Clone, Debug)]
pub struct Solution {
    /// n, sum to 0; what is 0 is no support vector.
    pub beta: Vec<f64>,
    /// The decision value of a row is `sum_i beta_i K(i, row) + bias`.
    pub bias: f64,
    /// Value of the dual objective that is minimized, at most 0.
    pub objective: f64,
    pub iterations: usize,
    /// Whether the tolerance was reached.
    pub converged: bool,
}

/// Solves the problem.
///
/// | argument | shape | values                                                   |
/// |----------|-------|----------------------------------------------------------|
/// | `kernel` | n x n |                                                          |
/// | `sign`   | n     | 1 or -1                                                  |
/// | `bound`  | n     | finite, not negative; 0 leaves a row out                 |
///
/// If one sign is absent (or has bounds of 0 alone), nothing can move: all weights are 0 and the
/// bias is 0.
///
/// # Errors
/// `Interrupted`.
///
/// # Panics
/// If lengths differ, a sign is not 1 or -1, or a bound is negative or not finite.
pub fn solve(
    kernel: &KernelMatrix,
    sign: &[f64],
    bound: &[f64],
    limits: &Limits,
    task: &Task,
) -> Result<Solution> {
    assert!(sign.len() == kernel.n && bound.len() == kernel.n, "one entry per row");
    assert!(sign.iter().all(|sign| sign.abs() == 1.0), "signs are 1 or -1");
    assert!(bound.iter().all(|bound| bound.is_finite() && *bound >= 0.0), "bounds");
    let mut solver = Solver::new(kernel, sign, bound);
    let (iterations, converged) = solver.run(limits, task)?;
    Ok(solver.solution(iterations, converged))
}

/// The rows that take part in the steps, in the order of the problem.
struct Active {
    /// Their place in the problem.
    place: Vec<u32>,
    /// `None`: all rows, so the problem's own matrix.
    kernel: Option<KernelMatrix>,
    diagonal: Vec<f32>,
    /// All below are padded to a multiple of `LANES` with rows that can move nowhere.
    slack: Vec<f64>,
    /// 0 where the weight can increase, else minus infinity.
    increase: Vec<f64>,
    /// 0 where the weight can decrease, else infinity.
    decrease: Vec<f64>,
}

struct Solver<'k> {
    kernel: &'k KernelMatrix,
    sign: &'k [f64],
    beta: Vec<f64>,
    low: Vec<f64>,
    high: Vec<f64>,
    active: Active,
}

/// The largest slack of weights that can increase and the least of those that can decrease.
struct Gap {
    most: f64,
    least: f64,
}

impl<'k> Solver<'k> {
    fn new(kernel: &'k KernelMatrix, sign: &'k [f64], bound: &[f64]) -> Solver<'k> {
        let signed = |side: f64| {
            sign.iter()
                .zip(bound)
                .map(move |(sign, bound)| if *sign == side { *bound } else { 0.0 })
        };
        let high: Vec<f64> = signed(1.0).collect();
        let low = signed(-1.0).map(|bound| -bound).collect();
        let beta = vec![0.0; kernel.n];
        let active = Active {
            place: Vec::new(),
            kernel: None,
            diagonal: Vec::new(),
            slack: Vec::new(),
            increase: Vec::new(),
            decrease: Vec::new(),
        };
        let mut solver = Solver { kernel, sign, beta, low, high, active };
        let movable = |row: &u32| solver.low[*row as usize] < solver.high[*row as usize];
        let rows: Vec<u32> = (0..kernel.n as u32).filter(movable).collect();
        let slack = rows.iter().map(|&row| sign[row as usize]).collect();
        solver.activate(rows, slack);
        solver
    }

    /// Lets the given rows, in increasing order, take part, with their slacks.
    fn activate(&mut self, rows: Vec<u32>, mut slack: Vec<f64>) {
        let n_padded = rows.len().next_multiple_of(LANES);
        let whole = rows.len() == self.kernel.n;
        let kernel = (!whole).then(|| self.kernel.choose(&rows));
        let diagonal = rows.iter().map(|&row| self.kernel.row(row as usize)[row as usize]);
        let mut diagonal: Vec<f32> = diagonal.collect();
        diagonal.resize(n_padded, 0.0);
        slack.resize(n_padded, 0.0);
        let (increase, decrease) =
            (vec![f64::NEG_INFINITY; n_padded], vec![f64::INFINITY; n_padded]);
        self.active = Active { place: rows, kernel, diagonal, slack, increase, decrease };
        (0..self.active.place.len()).for_each(|row| self.mark(row));
    }

    /// Marks in which directions the weight of an active row can move.
    fn mark(&mut self, row: usize) {
        let place = self.active.place[row] as usize;
        let (can_increase, can_decrease) =
            (self.beta[place] < self.high[place], self.beta[place] > self.low[place]);
        self.active.increase[row] = if can_increase { 0.0 } else { f64::NEG_INFINITY };
        self.active.decrease[row] = if can_decrease { 0.0 } else { f64::INFINITY };
    }

    /// Iterations, and whether the tolerance was reached.
    fn run(&mut self, limits: &Limits, task: &Task) -> Result<(usize, bool)> {
        let look = self.active.place.len().clamp(1, LOOK);
        let (mut iterations, mut unset) = (0, false);
        let mut gain = vec![0.0_f32; self.kernel.stride];
        loop {
            task.check()?;
            let n_steps = look.min(limits.max_iterations - iterations);
            let (n_done, gap) = self.steps(n_steps, limits.tolerance, &mut gain);
            iterations += n_done;
            if gap.most - gap.least < limits.tolerance {
                if self.active.place.len() == self.n_movable() {
                    return Ok((iterations, true));
                }
                self.take_all_back();
                continue;
            }
            if iterations == limits.max_iterations {
                self.take_all_back();
                return Ok((iterations, false));
            }
            if !unset && gap.most - gap.least <= 10.0 * limits.tolerance {
                // Close to convergence, rows that were set aside too early are tested again.
                unset = true;
                self.take_all_back();
            }
            self.set_aside(&gap);
        }
    }

    /// Up to `n_steps` steps; how many there were, and the gap that is left.
    fn steps(&mut self, n_steps: usize, tolerance: f64, gain: &mut [f32]) -> (usize, Gap) {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") {
            // SAFETY: the processor was just seen to have AVX2.
            return unsafe { self.steps_avx2(n_steps, tolerance, gain) };
        }
        self.steps_body(n_steps, tolerance, gain)
    }

    /// [`Solver::steps_body`] compiled for AVX2.
    ///
    /// # Safety
    /// The processor must have AVX2.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    unsafe fn steps_avx2(
        &mut self,
        n_steps: usize,
        tolerance: f64,
        gain: &mut [f32],
    ) -> (usize, Gap) {
        self.steps_body(n_steps, tolerance, gain)
    }

    #[inline(always)]
    fn steps_body(&mut self, n_steps: usize, tolerance: f64, gain: &mut [f32]) -> (usize, Gap) {
        let mut most = largest(&self.active.slack, &self.active.increase);
        for step in 0.. {
            let increasing = position(&self.active.slack, &self.active.increase, most);
            let row = self.active_row(increasing);
            let (best, least) = gains(&self.active, row, increasing, most, gain);
            if step == n_steps || most - least < tolerance || best == 0.0 {
                return (step, Gap { most, least });
            }
            let decreasing =
                gain.iter().position(|&gain| gain == best).expect("a weight to decrease");
            most = self.step(increasing, decreasing);
        }
        unreachable!("the loop returns")
    }

    /// The row of the kernel among active rows; nothing is active only where there is no row.
    #[inline(always)]
    fn active_row(&self, row: usize) -> &[f32] {
        let kernel = self.active.kernel.as_ref().unwrap_or(self.kernel);
        if kernel.n == 0 { &[] } else { kernel.row(row) }
    }

    /// Moves two weights by the same amount; returns the largest slack of those that can increase.
    #[inline(always)]
    fn step(&mut self, increasing: usize, decreasing: usize) -> f64 {
        let active = &self.active;
        let kernel = active.kernel.as_ref().unwrap_or(self.kernel);
        let (up, down) = (active.place[increasing] as usize, active.place[decreasing] as usize);
        let both = kernel.row(increasing)[decreasing];
        let curvature = curvature(active.diagonal[increasing], active.diagonal[decreasing], both);
        let wanted = (active.slack[increasing] - active.slack[decreasing]) / f64::from(curvature);
        let room_up = self.high[up] - self.beta[up];
        let room_down = self.beta[down] - self.low[down];
        let amount = wanted.min(room_up).min(room_down);
        // Bounds are met exactly, or rounding would leave a weight just short of one.
        self.beta[up] = if amount == room_up { self.high[up] } else { self.beta[up] + amount };
        self.beta[down] =
            if amount == room_down { self.low[down] } else { self.beta[down] - amount };
        self.mark(increasing);
        self.mark(decreasing);
        let active = &mut self.active;
        let kernel = active.kernel.as_ref().unwrap_or(self.kernel);
        let rows = (kernel.row(increasing), kernel.row(decreasing));
        move_slacks(&mut active.slack, &active.increase, rows, amount)
    }

    /// Sets aside the rows at a bound whose slack lies outside the gap, so that they cannot leave
    /// it.
    fn set_aside(&mut self, gap: &Gap) {
        let active = &self.active;
        let stays = |row: &usize| {
            let (can_increase, can_decrease) =
                (active.increase[*row] == 0.0, active.decrease[*row] == 0.0);
            let slack = active.slack[*row];
            !(can_increase && !can_decrease && slack < gap.least
                || can_decrease && !can_increase && slack > gap.most)
        };
        let kept: Vec<usize> = (0..active.place.len()).filter(stays).collect();
        // A copy of the matrix is made, which pays where many rows are set aside.
        if kept.len() * 5 > active.place.len() * 4 {
            return;
        }
        let rows = kept.iter().map(|&row| active.place[row]).collect();
        let slack = kept.iter().map(|&row| active.slack[row]).collect();
        self.activate(rows, slack);
    }

    /// Rows whose bounds leave them room.
    fn n_movable(&self) -> usize {
        self.low.iter().zip(&self.high).filter(|(low, high)| low < high).count()
    }

    /// Lets every row take part again; slacks of those set aside are computed again.
    fn take_all_back(&mut self) {
        let slack = self.slacks();
        let movable = |row: &u32| self.low[*row as usize] < self.high[*row as usize];
        let rows: Vec<u32> = (0..self.kernel.n as u32).filter(movable).collect();
        let chosen = rows.iter().map(|&row| slack[row as usize]).collect();
        self.activate(rows, chosen);
    }

    /// n, `y - K beta`.
    fn slacks(&self) -> Vec<f64> {
        let mut slack = self.sign.to_vec();
        for (row, beta) in self.beta.iter().enumerate().filter(|(_, beta)| **beta != 0.0) {
            let values = self.kernel.values(row);
            slack.iter_mut().zip(values).for_each(|(slack, k)| *slack -= beta * f64::from(*k));
        }
        slack
    }

    fn solution(self, iterations: usize, converged: bool) -> Solution {
        let slack = self.slacks();
        // 1/2 beta' K beta - y' beta, as K beta = y - slack.
        let terms = self.beta.iter().zip(self.sign).zip(&slack);
        let objective = -0.5 * terms.map(|((beta, y), slack)| beta * (y + slack)).sum::<f64>();
        let bias = self.bias(&slack);
        Solution { beta: self.beta, bias, objective, iterations, converged }
    }

    /// The mean slack of the weights off their bounds; else the middle of what the bounds allow.
    fn bias(&self, slack: &[f64]) -> f64 {
        let (mut free, mut n_free) = (0.0, 0_u32);
        let (mut most, mut least) = (f64::NEG_INFINITY, f64::INFINITY);
        for (row, &slack) in slack.iter().enumerate() {
            let (can_increase, can_decrease) =
                (self.beta[row] < self.high[row], self.beta[row] > self.low[row]);
            if can_increase && can_decrease {
                free += slack;
                n_free += 1;
            }
            most = if can_increase { slack.max(most) } else { most };
            least = if can_decrease { slack.min(least) } else { least };
        }
        if n_free > 0 {
            return free / f64::from(n_free);
        }
        if most.is_finite() && least.is_finite() { 0.5 * (most + least) } else { 0.0 }
    }
}

/// Curvature of the objective along a pair.
#[inline(always)]
fn curvature(one: f32, other: f32, both: f32) -> f32 {
    (one + other - 2.0 * both).max(LEAST_CURVATURE)
}

/// The largest of `slack + increase`; minus infinity where no weight can increase.
#[inline(always)]
fn largest(slack: &[f64], increase: &[f64]) -> f64 {
    let mut best = [f64::NEG_INFINITY; LANES];
    for (slack, increase) in slack.chunks_exact(LANES).zip(increase.chunks_exact(LANES)) {
        for lane in 0..LANES {
            let value = slack[lane] + increase[lane];
            best[lane] = if value > best[lane] { value } else { best[lane] };
        }
    }
    best.iter().fold(f64::NEG_INFINITY, |most, value| most.max(*value))
}

/// The first place where `slack + increase` is `most`.
#[inline(always)]
fn position(slack: &[f64], increase: &[f64], most: f64) -> usize {
    slack.iter().zip(increase).position(|(slack, increase)| slack + increase == most).unwrap_or(0)
}

/// What the objective would gain, were the weight of each row decreased; returns the largest gain,
/// and the least slack of those that can decrease.
#[inline(always)]
fn gains(
    active: &Active,
    row: &[f32],
    increasing: usize,
    most: f64,
    gain: &mut [f32],
) -> (f32, f64) {
    let own = active.diagonal.get(increasing).copied().unwrap_or(0.0);
    let (mut best, mut least) = ([0.0_f32; LANES], [f64::INFINITY; LANES]);
    let slack = active.slack.chunks_exact(LANES).zip(active.decrease.chunks_exact(LANES));
    let kernel = row.chunks_exact(LANES).zip(active.diagonal.chunks_exact(LANES));
    for (((slack, decrease), (row, diagonal)), gain) in
        slack.zip(kernel).zip(gain.chunks_exact_mut(LANES))
    {
        for lane in 0..LANES {
            let value = slack[lane] + decrease[lane];
            least[lane] = if value < least[lane] { value } else { least[lane] };
            let ahead = (most - value) as f32;
            let ahead = if ahead > 0.0 { ahead } else { 0.0 };
            let bend = own + diagonal[lane] - 2.0 * row[lane];
            let bend = if bend > LEAST_CURVATURE { bend } else { LEAST_CURVATURE };
            let value = ahead * ahead / bend;
            gain[lane] = value;
            best[lane] = if value > best[lane] { value } else { best[lane] };
        }
    }
    let best = best.iter().fold(0.0_f32, |best, value| best.max(*value));
    (best, least.iter().fold(f64::INFINITY, |least, value| least.min(*value)))
}

/// `slack -= amount (increasing row - decreasing row)`; the largest of `slack + increase`.
#[inline(always)]
fn move_slacks(slack: &mut [f64], increase: &[f64], rows: (&[f32], &[f32]), amount: f64) -> f64 {
    let mut best = [f64::NEG_INFINITY; LANES];
    let kernel = rows.0.chunks_exact(LANES).zip(rows.1.chunks_exact(LANES));
    let slacks = slack.chunks_exact_mut(LANES).zip(increase.chunks_exact(LANES));
    for ((slack, increase), (up, down)) in slacks.zip(kernel) {
        for lane in 0..LANES {
            slack[lane] -= amount * (f64::from(up[lane]) - f64::from(down[lane]));
            let value = slack[lane] + increase[lane];
            best[lane] = if value > best[lane] { value } else { best[lane] };
        }
    }
    best.iter().fold(f64::NEG_INFINITY, |most, value| most.max(*value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    /// Rows on a lattice, a radial kernel, signs that no line separates, weights 1 to 3.
    fn lattice(n: usize) -> (KernelMatrix, Vec<f64>, Vec<f64>) {
        let x = |i: usize| ((i * 37 % 101) as f64 / 100.0, (i * 53 % 97) as f64 / 96.0);
        let entry = |i: usize, j: usize| {
            let ((a, b), (c, d)) = (x(i), x(j));
            (-((a - c).powi(2) + (b - d).powi(2)) * 4.0).exp() as f32
        };
        let is_positive = |i: usize| (i * 7 % 5 < 2) ^ (x(i).0 > 0.6);
        let sign = (0..n).map(|i| if is_positive(i) { 1.0 } else { -1.0 }).collect();
        (KernelMatrix::new(n, entry), sign, (0..n).map(|i| (1 + i % 3) as f64).collect())
    }

    fn solved(kernel: &KernelMatrix, sign: &[f64], bound: &[f64], tolerance: f64) -> Solution {
        let limits = Limits { tolerance, ..Limits::default() };
        let solution = solve(kernel, sign, bound, &limits, &Task::new()).unwrap();
        assert!(solution.converged);
        check_feasible(&solution, sign, bound);
        solution
    }

    #[track_caller]
    fn check_feasible(solution: &Solution, sign: &[f64], bound: &[f64]) {
        let total: f64 = solution.beta.iter().sum();
        let size: f64 = solution.beta.iter().map(|beta| beta.abs()).sum();
        assert!(total.abs() <= 1e-10 * (1.0 + size), "weights sum to {total}");
        for ((beta, sign), bound) in solution.beta.iter().zip(sign).zip(bound) {
            assert!((0.0..=*bound).contains(&(beta * sign)), "{beta} within {sign} x {bound}");
        }
    }

    fn decisions(kernel: &KernelMatrix, solution: &Solution) -> Vec<f64> {
        let of = |row: usize| {
            let terms = solution.beta.iter().zip(kernel.values(row));
            terms.map(|(beta, k)| beta * f64::from(*k)).sum::<f64>() + solution.bias
        };
        (0..kernel.n()).map(of).collect()
    }

    /// Reference implementation: the pair that violates most, everything recomputed at every step.
    fn plain(kernel: &KernelMatrix, sign: &[f64], bound: &[f64], tolerance: f64) -> Vec<f64> {
        let n = kernel.n();
        let k = |i: usize, j: usize| f64::from(kernel.values(i)[j]);
        let mut alpha = vec![0.0; n];
        loop {
            let slack: Vec<f64> = (0..n)
                .map(|i| sign[i] - (0..n).map(|j| k(i, j) * sign[j] * alpha[j]).sum::<f64>())
                .collect();
            let can_increase =
                |i: &usize| if sign[*i] > 0.0 { alpha[*i] < bound[*i] } else { alpha[*i] > 0.0 };
            let can_decrease =
                |i: &usize| if sign[*i] > 0.0 { alpha[*i] > 0.0 } else { alpha[*i] < bound[*i] };
            let by_slack = |i: &usize, j: &usize| slack[*i].total_cmp(&slack[*j]);
            let Some(up) = (0..n).filter(can_increase).max_by(by_slack) else { break };
            let Some(down) = (0..n).filter(can_decrease).min_by(by_slack) else { break };
            if slack[up] - slack[down] < tolerance {
                break;
            }
            let bend = (k(up, up) + k(down, down) - 2.0 * k(up, down)).max(1e-12);
            let room = |i: usize, increases: bool| {
                if (sign[i] > 0.0) == increases { bound[i] - alpha[i] } else { alpha[i] }
            };
            let amount =
                ((slack[up] - slack[down]) / bend).min(room(up, true)).min(room(down, false));
            alpha[up] = (alpha[up] + sign[up] * amount).clamp(0.0, bound[up]);
            alpha[down] = (alpha[down] - sign[down] * amount).clamp(0.0, bound[down]);
        }
        alpha.iter().zip(sign).map(|(alpha, sign)| alpha * sign).collect()
    }

    fn objective(kernel: &KernelMatrix, sign: &[f64], beta: &[f64]) -> f64 {
        let n = kernel.n();
        let fit = |i: usize| (0..n).map(|j| f64::from(kernel.values(i)[j]) * beta[j]).sum::<f64>();
        (0..n).map(|i| beta[i] * (0.5 * fit(i) - sign[i])).sum()
    }

    /// Two unrelated rows: 1/2 (b^2 + b^2) - 2 b is least at b = 1, or at the bound below it.
    #[test]
    fn two_rows_worked_by_hand() {
        let kernel = KernelMatrix::new(2, |i, j| if i == j { 1.0 } else { 0.0 });
        let free = solved(&kernel, &[1.0, -1.0], &[10.0, 10.0], 1e-9);
        assert_eq!(
            (free.beta.as_slice(), free.bias, free.objective),
            (&[1.0, -1.0][..], 0.0, -1.0)
        );
        let bound = solved(&kernel, &[1.0, -1.0], &[0.5, 10.0], 1e-9);
        assert_eq!((bound.beta.as_slice(), bound.objective), (&[0.5, -0.5][..], -0.75));
        // The second is off its bounds: -1 + 0.5 is its slack.
        assert_eq!(bound.bias, -0.5);
    }

    /// Equal rows with opposite signs have no curvature; the lighter side ends at its bound.
    #[test]
    fn rows_that_are_equal() {
        let kernel = KernelMatrix::new(2, |_, _| 1.0);
        let heavier = solved(&kernel, &[1.0, -1.0], &[3.0, 2.0], 1e-3);
        assert_eq!((heavier.beta.as_slice(), heavier.bias), (&[2.0, -2.0][..], 1.0));
        let even = solved(&kernel, &[1.0, -1.0], &[2.0, 2.0], 1e-3);
        assert_eq!((even.beta.as_slice(), even.bias), (&[2.0, -2.0][..], 0.0));
    }

    #[test]
    fn nothing_moves_where_one_sign_is_absent() {
        for (sign, bound) in [([1.0, 1.0], [1.0, 1.0]), ([1.0, -1.0], [1.0, 0.0])] {
            let kernel = KernelMatrix::new(2, |i, j| if i == j { 1.0 } else { 0.0 });
            let solution = solved(&kernel, &sign, &bound, 1e-3);
            assert_eq!((solution.beta.as_slice(), solution.bias), (&[0.0, 0.0][..], 0.0));
        }
        let none = solved(&KernelMatrix::new(0, |_, _| 0.0), &[], &[], 1e-3);
        assert_eq!((none.beta.len(), none.objective), (0, 0.0));
    }

    #[test]
    fn agrees_with_the_reference() {
        for (n, scale) in [(3, 1.0), (17, 0.3), (40, 5.0), (64, 0.1)] {
            let (kernel, sign, weight) = lattice(n);
            let bound: Vec<f64> = weight.iter().map(|weight| scale * weight).collect();
            let got = solved(&kernel, &sign, &bound, 1e-7);
            let want = objective(&kernel, &sign, &plain(&kernel, &sign, &bound, 1e-7));
            assert!((got.objective - want).abs() < 1e-6 * want.abs(), "{} {want}", got.objective);
            let again = objective(&kernel, &sign, &got.beta);
            assert!((again - got.objective).abs() < 1e-9 * want.abs());
        }
    }

    /// scikit-learn 1.9.1, `SVC(C, kernel = "precomputed", tol)` with `sample_weight`, which is
    /// LIBSVM; `dev/golden/svm.py` prints the numbers.
    #[test]
    fn agrees_with_libsvm() {
        let (kernel, sign, weight) = lattice(80);
        for (cost, tolerance, objective, bias, n_support, f) in [
            (0.5, 1e-3, -62.83378576513626, -0.9189295308374168, 70, -0.99964479),
            (0.5, 1e-9, -62.8337995864925, -0.9182920514833338, 70, -0.99959435),
            (20.0, 1e-3, -2435.655875139289, -0.08830920720079727, 69, -0.99520125),
            (20.0, 1e-9, -2435.6560447139113, -0.08967978684748078, 70, -0.99523383),
        ] {
            let bound: Vec<f64> = weight.iter().map(|weight| cost * weight).collect();
            let got = solved(&kernel, &sign, &bound, tolerance);
            let gap = (got.objective - objective) / f64::abs(objective);
            // Within the tolerance there is more than one answer.
            let (close, near) = if tolerance < 1e-6 { (1e-10, 1e-6) } else { (1e-5, 5e-3) };
            assert!(gap.abs() < close, "objective {} by {gap}", got.objective);
            assert!((got.bias - bias).abs() < near, "bias {}", got.bias);
            assert!((decisions(&kernel, &got)[0] - f).abs() < near);
            let support = got.beta.iter().filter(|beta| **beta != 0.0).count();
            let spread = if tolerance < 1e-6 { 0 } else { 4 };
            assert!(support.abs_diff(n_support) <= spread, "{support} support vectors");
        }
    }

    /// The primal objective of the found weights bounds the optimum from the other side.
    #[test]
    fn the_duality_gap_closes() {
        let (kernel, sign, bound) = lattice(300);
        for tolerance in [1e-2, 1e-4, 1e-6] {
            let got = solved(&kernel, &sign, &bound, tolerance);
            let f = decisions(&kernel, &got);
            let loss: f64 = (0..300).map(|i| bound[i] * (1.0 - sign[i] * f[i]).max(0.0)).sum();
            let y_beta: f64 = got.beta.iter().zip(&sign).map(|(beta, y)| beta * y).sum();
            let primal = got.objective + y_beta + loss;
            let gap = primal + got.objective;
            assert!(gap > -1e-9 && gap < tolerance * bound.iter().sum::<f64>(), "{gap}");
        }
    }

    /// A weight of two is two equal rows.
    #[test]
    fn weights_equal_repeated_rows() {
        let (kernel, sign, weight) = lattice(50);
        let rows: Vec<u32> =
            (0..50_u32).flat_map(|row| vec![row; weight[row as usize] as usize]).collect();
        let repeated = kernel.choose(&rows);
        let signs: Vec<f64> = rows.iter().map(|&row| sign[row as usize]).collect();
        let bounds = vec![0.7; rows.len()];
        let scaled: Vec<f64> = weight.iter().map(|weight| 0.7 * weight).collect();
        let (one, other) =
            (solved(&kernel, &sign, &scaled, 1e-8), solved(&repeated, &signs, &bounds, 1e-8));
        assert!((one.objective - other.objective).abs() < 1e-7 * one.objective.abs());
        assert!((one.bias - other.bias).abs() < 1e-6);
    }

    /// A bound of 0 leaves a row out, as if it were not there.
    #[test]
    fn rows_without_room_are_left_out() {
        let (kernel, sign, mut bound) = lattice(90);
        let kept: Vec<u32> = (0..90).filter(|row| row % 4 != 1).collect();
        (0..90).filter(|row| row % 4 == 1).for_each(|row| bound[row] = 0.0);
        let chosen =
            |values: &[f64]| -> Vec<f64> { kept.iter().map(|&row| values[row as usize]).collect() };
        let without = solved(&kernel.choose(&kept), &chosen(&sign), &chosen(&bound), 1e-3);
        let with = solved(&kernel, &sign, &bound, 1e-3);
        assert_eq!(chosen(&with.beta), without.beta);
        assert_eq!((with.bias, with.iterations), (without.bias, without.iterations));
    }

    /// Shrinking does not change the solution.
    #[test]
    fn rows_are_set_aside_and_taken_back() {
        let (kernel, sign, weight) = lattice(400);
        let bound: Vec<f64> = weight.iter().map(|weight| 0.02 * weight).collect();
        let mut solver = Solver::new(&kernel, &sign, &bound);
        let mut gain = vec![0.0; kernel.stride];
        let (_, gap) = solver.steps(300, 1e-9, &mut gain);
        solver.set_aside(&gap);
        assert!(solver.active.place.len() < 320, "{} rows are left", solver.active.place.len());
        let before = solver.beta.clone();
        solver.take_all_back();
        assert_eq!((solver.active.place.len(), solver.beta.clone()), (400, before));
        let got = solved(&kernel, &sign, &bound, 1e-8);
        let want = objective(&kernel, &sign, &plain(&kernel, &sign, &bound, 1e-6));
        assert!((got.objective - want).abs() < 1e-6 * want.abs());
    }

    #[test]
    fn stops_when_canceled() {
        let (kernel, sign, bound) = lattice(80);
        let limits = Limits { tolerance: 1e-9, max_iterations: 7 };
        let short = solve(&kernel, &sign, &bound, &limits, &Task::new()).unwrap();
        assert_eq!((short.converged, short.iterations), (false, 7));
        check_feasible(&short, &sign, &bound);
        let task = Task::new();
        task.cancel();
        let stopped = solve(&kernel, &sign, &bound, &Limits::default(), &task);
        assert!(matches!(stopped, Err(Error::Interrupted)));
    }

    /// The dispatched body and the baseline one.
    #[test]
    fn every_build_gives_the_same_bits() {
        let (kernel, sign, bound) = lattice(77);
        let (mut one, mut other) =
            (Solver::new(&kernel, &sign, &bound), Solver::new(&kernel, &sign, &bound));
        let mut gain = vec![0.0; kernel.stride];
        one.steps(200, 1e-9, &mut gain);
        other.steps_body(200, 1e-9, &mut gain);
        assert_eq!(one.beta, other.beta);
    }
}
