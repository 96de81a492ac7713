//! The chain of one haplotype: K states, no switches.

use super::chain::Chain;
use super::chain::Margins;
use super::chain::possible;
use super::counts::Counts;
use super::mix::gather;
use super::mix::spread;
use super::mix::sum;
use super::observations::Observations;
use super::tables::Step;
use super::tables::Tables;
use super::trellis::Advance;
use crate::error::Result;
use crate::linalg::dot::dot;

pub(super) struct Single<'a> {
    tables: &'a Tables<'a>,
    observations: &'a Observations,
    haplotype: usize,
    /// The step into window `at`.
    step: Step,
    at: usize,
}

impl<'a> Single<'a> {
    pub fn new(tables: &'a Tables<'a>, observations: &'a Observations, haplotype: usize) -> Self {
        Single { tables, observations, haplotype, step: Step::new(tables.k), at: 0 }
    }

    fn prepare(&mut self, window: usize) {
        if self.at != window {
            let previous = self.observations.window(self.haplotype, window - 1);
            let current = self.observations.window(self.haplotype, window);
            self.tables.draw(current, &mut self.step.redrawn);
            self.tables.step(window, previous, current, &mut self.step);
            self.at = window;
        }
    }
}

impl Advance for Single<'_> {
    fn advance(&mut self, window: usize, from: &[f64], to: &mut [f64]) -> Result<f64> {
        if window == 0 {
            self.tables.draw(self.observations.window(self.haplotype, 0), to);
            to.iter_mut().zip(self.tables.ancestry).for_each(|(to, proportion)| *to *= proportion);
        } else {
            self.prepare(window);
            spread::<1>(from, to, self.step.weights(), 1);
        }
        possible(sum(to), self.haplotype, window)
    }
}

impl Chain for Single<'_> {
    fn size(&self) -> usize {
        self.tables.k
    }

    fn n_windows(&self) -> usize {
        self.observations.n_windows
    }

    fn end(&self, state: &mut [f64]) {
        state.fill(1.0);
    }

    fn backward(&mut self, window: usize, _: &[f64], after: &[f64], before: &mut [f64]) -> f64 {
        self.prepare(window);
        gather::<1>(after, before, self.step.weights(), 1);
        0.0
    }

    fn margins(&self, forward: &[f64], backward: &[f64], margins: &mut Margins) {
        let total = dot(forward, backward);
        for (margin, (f, b)) in margins.first.iter_mut().zip(forward.iter().zip(backward)) {
            *margin = f * b / total;
        }
    }

    fn count_first(&self, margins: &Margins, counts: &mut Counts) {
        let window = self.observations.window(self.haplotype, 0);
        self.tables.count_first(window, &margins.first, counts);
    }

    fn count(
        &mut self,
        window: usize,
        from: &[f64],
        after: &[f64],
        total: f64,
        counts: &mut Counts,
    ) {
        self.prepare(window);
        let k = self.tables.k;
        let (enter, stay) = self.step.weights();
        let (mut others, mut stayed) = (vec![0.0; k], vec![0.0; k]);
        spread::<1>(from, &mut others, (&vec![1.0; k], &vec![0.0; k]), 1);
        for y in 0..k {
            stayed[y] = stay[y] * from[y] * after[y] / total;
            others[y] *= enter[y] * after[y] / total;
        }
        let previous = self.observations.window(self.haplotype, window - 1);
        let current = self.observations.window(self.haplotype, window);
        let masses = (&stayed[..], &others[..]);
        self.tables.count_step(window, (previous, current), &self.step, masses, counts);
    }
}
