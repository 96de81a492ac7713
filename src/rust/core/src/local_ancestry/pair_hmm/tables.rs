//! The factors of one step of one haplotype, and the expected counts of their parts.
//!
//! ```text
//! A(y, x | y', x') = T(y | y') E(x | y, y', x')
//! T(y | y') = (1 - theta) [y = y'] + theta mu[y]
//! E = (1 - eps[y, x']) [x = x'] + eps[y, x'] mu[x | y]   if y = y', else mu[x | y]
//! ```
//!
//! Source: Durand et al. 2014, section 2.2.1.

use super::counts::Counts;
use super::observations::Window;
use super::parameters::Parameters;
use super::parameters::odd_probability;
use super::parameters::probability;

/// Parameters laid out for the recursion, with the probabilities of every step.
pub(super) struct Tables<'a> {
    pub k: usize,
    pub ancestry: &'a [f64],
    /// mu[x | y] and eps[y, x'], label by label: `[label * k + population]`.
    label: Vec<f64>,
    reset: Vec<f64>,
    /// n_windows - 1, the step into window t at t - 1.
    theta: Vec<f64>,
    sigma: Vec<f64>,
}

/// `A` of one haplotype into one window, from one predecessor.
///
/// `A(y | y') = enter[y]` for `y' != y`, and `A(y | y) = stay[y]`.
#[derive(Clone)]
pub(super) struct Step {
    pub enter: Vec<f64>,
    pub stay: Vec<f64>,
    /// `E` for a label that is drawn independently of the previous one, and for an unchanged
    /// population.
    pub redrawn: Vec<f64>,
    pub same: Vec<f64>,
    /// Ones and zeros.
    others: (Vec<f64>, Vec<f64>),
}

impl Step {
    pub fn new(k: usize) -> Step {
        let zeros = vec![0.0; k];
        Step {
            enter: zeros.clone(),
            stay: zeros.clone(),
            redrawn: zeros.clone(),
            same: zeros.clone(),
            others: (vec![1.0; k], zeros),
        }
    }

    /// Weights of the sum over all other populations.
    #[inline(always)]
    pub fn all_others(&self) -> (&[f64], &[f64]) {
        (&self.others.0, &self.others.1)
    }

    #[inline(always)]
    pub fn weights(&self) -> (&[f64], &[f64]) {
        (&self.enter, &self.stay)
    }
}

impl<'a> Tables<'a> {
    pub fn new(parameters: &'a Parameters, distance: &[f64]) -> Tables<'a> {
        let k = parameters.n_populations();
        let by_label =
            |rows: &[f64]| (0..k * k).map(|at| rows[at % k * k + at / k]).collect::<Vec<f64>>();
        let theta = |d: &f64| probability(parameters.recombination_rate, *d);
        let sigma = |d: &f64| odd_probability(parameters.switch_rate, *d);
        Tables {
            k,
            ancestry: &parameters.ancestry,
            label: by_label(&parameters.label),
            reset: by_label(&parameters.reset),
            theta: distance.iter().map(theta).collect(),
            sigma: distance.iter().map(sigma).collect(),
        }
    }

    /// Probability of a phase switch on the step into `window`.
    #[inline(always)]
    pub fn sigma(&self, window: usize) -> f64 {
        self.sigma[window - 1]
    }

    /// `redrawn[y]`: the mean of mu\[x | y\] over the labels of a window; 1 if it is missing.
    #[inline(always)]
    pub fn draw(&self, current: Window<'_>, redrawn: &mut [f64]) {
        redrawn.fill(if current.is_missing() { 1.0 } else { 0.0 });
        current.each_label(|x, weight| {
            let row = &self.label[x * self.k..][..self.k];
            for (redrawn, probability) in redrawn.iter_mut().zip(row) {
                *redrawn += weight * probability;
            }
        });
    }

    /// The step into `window`; `step.redrawn` must be filled by [`Tables::draw`].
    #[inline(always)]
    pub fn step(&self, window: usize, previous: Window<'_>, current: Window<'_>, step: &mut Step) {
        self.keep(previous, current, &step.redrawn, &mut step.same);
        self.enter(window, step);
    }

    /// `same[y]`: `E` for an unchanged population. `redrawn`: of [`Tables::draw`].
    #[inline(always)]
    pub fn keep(
        &self,
        previous: Window<'_>,
        current: Window<'_>,
        redrawn: &[f64],
        same: &mut [f64],
    ) {
        if previous.is_missing() || current.is_missing() {
            same.copy_from_slice(redrawn);
            return;
        }
        same.fill(0.0);
        previous.each_label(|x, weight| {
            let kept = current.probability(x);
            let row = &self.reset[x * self.k..][..self.k];
            for (same, (reset, redrawn)) in same.iter_mut().zip(row.iter().zip(redrawn)) {
                *same += weight * (reset * redrawn + (1.0 - reset) * kept);
            }
        });
    }

    /// The weights of a step whose labels are known.
    #[inline(always)]
    pub fn enter(&self, window: usize, step: &mut Step) {
        let theta = self.theta[window - 1];
        for y in 0..self.k {
            let drawn = theta * self.ancestry[y];
            step.enter[y] = drawn * step.redrawn[y];
            step.stay[y] = (1.0 - theta + drawn) * step.same[y];
        }
    }

    /// Counts a population and a label drawn in a first window.
    ///
    /// | argument | shape | values                                       |
    /// |----------|-------|----------------------------------------------|
    /// | `mass`   | K     | posterior of the population                  |
    pub fn count_first(&self, current: Window<'_>, mass: &[f64], counts: &mut Counts) {
        let mut redrawn = vec![0.0; self.k];
        self.draw(current, &mut redrawn);
        for (count, mass) in counts.ancestry.iter_mut().zip(mass) {
            *count += mass;
        }
        if counts.has_labels() {
            self.count_labels(current, mass, &redrawn, counts);
        }
    }

    /// Counts the draws of a step: the expected number of times over both branches of `T`
    /// and of `E`.
    ///
    /// | argument | shape | values                                                   |
    /// |----------|-------|----------------------------------------------------------|
    /// | `stayed` | K     | posterior of `y` before and after                        |
    /// | `came`   | K     | posterior of `y` after and of another population before  |
    pub fn count_step(
        &self,
        window: usize,
        (previous, current): (Window<'_>, Window<'_>),
        step: &Step,
        (stayed, came): (&[f64], &[f64]),
        counts: &mut Counts,
    ) {
        let theta = self.theta[window - 1];
        for y in 0..self.k {
            let drawn = theta * self.ancestry[y];
            let mut recombined = came[y];
            if stayed[y] > 0.0 {
                recombined += stayed[y] * drawn / (1.0 - theta + drawn);
            }
            counts.ancestry[y] += recombined;
            counts.recombinations[window - 1] += recombined;
        }
        if current.is_missing() || !counts.has_labels() {
            return;
        }
        let mut drawn_labels = came.to_vec();
        if previous.is_missing() {
            for (drawn, stayed) in drawn_labels.iter_mut().zip(stayed) {
                *drawn += stayed;
            }
        } else {
            previous.each_label(|x, weight| {
                let kept = current.probability(x);
                for y in (0..self.k).filter(|&y| stayed[y] > 0.0) {
                    let (at, scaled) = (x * self.k + y, weight * stayed[y] / step.same[y]);
                    let reset = scaled * self.reset[at] * step.redrawn[y];
                    counts.resets[at] += reset;
                    counts.keeps[at] += scaled * (1.0 - self.reset[at]) * kept;
                    drawn_labels[y] += reset;
                }
            });
        }
        self.count_labels(current, &drawn_labels, &step.redrawn, counts);
    }

    /// Splits labels drawn from population y over the labels that they may have been.
    fn count_labels(
        &self,
        current: Window<'_>,
        mass: &[f64],
        redrawn: &[f64],
        counts: &mut Counts,
    ) {
        current.each_label(|x, weight| {
            for y in (0..self.k).filter(|&y| mass[y] > 0.0 && redrawn[y] > 0.0) {
                let at = x * self.k + y;
                counts.labels[at] += mass[y] * weight * self.label[at] / redrawn[y];
            }
        });
    }
}
