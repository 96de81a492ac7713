//! The chain of two haplotypes: K x K states, and switches of their phase.
//!
//! Without a switch both haplotypes continue their own past, `M1 F M2'`; with one,
//! each continues the other's, `N1 F' N2'`. All four matrices are steps as in
//! `mix`; the columns of one are mixed while the rows of the other are fixed.
//!
//! States are squares of `stride` rows, K rounded up to a multiple of `LANES`; what lies
//! beyond K stays 0.

use super::chain::Chain;
use super::chain::Margins;
use super::chain::possible;
use super::counts::Counts;
use super::mix::LANES;
use super::mix::best;
use super::mix::gather;
use super::mix::larger;
use super::mix::spread;
use super::mix::sum;
use super::mix::transpose;
use super::observations::Observations;
use super::observations::Window;
use super::tables::Step;
use super::tables::Tables;
use super::trellis::Advance;
use crate::error::Result;
use crate::linalg::dot::dot;
use crate::linalg::wide::wide;

pub(super) struct Pair<'a> {
    tables: &'a Tables<'a>,
    observations: &'a Observations,
    haplotypes: [usize; 2],
    /// Where they are known already.
    labels: Option<&'a PairLabels>,
    steps: Steps,
    /// The window that `steps` lead into.
    at: usize,
    room: Room,
}

/// What labels say of every step of two haplotypes, which neither proportions nor rates change.
pub(super) struct PairLabels {
    k: usize,
    /// n_windows x 2 haplotypes x 3 x K: of the step into a window, its label drawn again, and
    /// populations kept from the haplotype's own past and from the other's.
    values: Vec<f64>,
}

impl PairLabels {
    pub fn new(tables: &Tables<'_>, observations: &Observations, haplotypes: [usize; 2]) -> Self {
        let (k, n_windows) = (tables.k, observations.n_windows);
        let mut values = vec![0.0; n_windows * 6 * k];
        for (window, values) in values.chunks_exact_mut(6 * k).enumerate().skip(1) {
            for (haplotype, values) in values.chunks_exact_mut(3 * k).enumerate() {
                let of = |haplotype: usize, window: usize| {
                    observations.window(haplotypes[haplotype], window)
                };
                let current = of(haplotype, window);
                let (redrawn, kept) = values.split_at_mut(k);
                let (direct, crossed) = kept.split_at_mut(k);
                tables.draw(current, redrawn);
                tables.keep(of(haplotype, window - 1), current, redrawn, direct);
                tables.keep(of(1 - haplotype, window - 1), current, redrawn, crossed);
            }
        }
        PairLabels { k, values }
    }

    fn put(&self, window: usize, haplotype: usize, direct: &mut Step, crossed: &mut Step) {
        let k = self.k;
        let values = &self.values[(window * 2 + haplotype) * 3 * k..][..3 * k];
        for (step, same) in [(direct, &values[k..2 * k]), (crossed, &values[2 * k..])] {
            step.redrawn.copy_from_slice(&values[..k]);
            step.same.copy_from_slice(same);
        }
    }
}

/// The step of each haplotype from its own past, and from the other's.
struct Steps {
    direct: [Step; 2],
    crossed: [Step; 2],
    sigma: f64,
}

/// Work space.
struct Room {
    k: usize,
    stride: usize,
    a: Vec<f64>,
    b: Vec<f64>,
    transposed: Vec<f64>,
    /// Backward states with the haplotypes exchanged.
    exchanged: Vec<f64>,
    masses: [Masses; 2],
}

/// The transition into a state: the previous state, and whether the phase switched.
pub(super) struct Origin {
    pub state: usize,
    pub switched: bool,
}

impl<'a> Pair<'a> {
    pub fn new(
        tables: &'a Tables<'a>,
        observations: &'a Observations,
        haplotypes: [usize; 2],
        labels: Option<&'a PairLabels>,
    ) -> Self {
        let k = tables.k;
        let stride = k.next_multiple_of(LANES);
        let steps = || [Step::new(k), Step::new(k)];
        let room = || vec![0.0; stride * stride];
        Pair {
            tables,
            observations,
            haplotypes,
            labels,
            steps: Steps { direct: steps(), crossed: steps(), sigma: 0.0 },
            at: 0,
            room: Room {
                k,
                stride,
                a: room(),
                b: room(),
                transposed: room(),
                exchanged: room(),
                masses: Default::default(),
            },
        }
    }

    #[inline(always)]
    fn window(&self, haplotype: usize, window: usize) -> Window<'a> {
        self.observations.window(self.haplotypes[haplotype], window)
    }

    fn prepare(&mut self, window: usize) {
        if self.at == window {
            return;
        }
        for haplotype in 0..2 {
            let current = self.window(haplotype, window);
            let own = self.window(haplotype, window - 1);
            let other = self.window(1 - haplotype, window - 1);
            let Steps { direct, crossed, .. } = &mut self.steps;
            let (direct, crossed) = (&mut direct[haplotype], &mut crossed[haplotype]);
            if let Some(labels) = self.labels {
                labels.put(window, haplotype, direct, crossed);
                self.tables.enter(window, direct);
                self.tables.enter(window, crossed);
            } else {
                self.tables.draw(current, &mut direct.redrawn);
                crossed.redrawn.copy_from_slice(&direct.redrawn);
                self.tables.step(window, own, current, direct);
                self.tables.step(window, other, current, crossed);
            }
        }
        self.steps.sigma = self.tables.sigma(window);
        self.at = window;
    }

    fn first(&self, to: &mut [f64]) {
        let Room { k, stride, .. } = self.room;
        let mut start = [vec![0.0; k], vec![0.0; k]];
        for (haplotype, start) in start.iter_mut().enumerate() {
            self.tables.draw(self.window(haplotype, 0), start);
            start
                .iter_mut()
                .zip(self.tables.ancestry)
                .for_each(|(start, proportion)| *start *= proportion);
        }
        to.fill(0.0);
        for (row, one) in to.chunks_exact_mut(stride).zip(&start[0]) {
            row.iter_mut().zip(&start[1]).for_each(|(to, other)| *to = one * other);
        }
    }

    /// The most probable transition into `state` of `window` from the states of `from`.
    ///
    /// Of equally likely ones that without a switch, and then the first, is taken.
    pub fn origin(&mut self, window: usize, from: &[f64], state: usize) -> Origin {
        self.prepare(window);
        let Room { k, stride, .. } = self.room;
        let Steps { direct, crossed, sigma } = &self.steps;
        let (row, column) = (state / stride, state % stride);
        let weight = |step: &Step, new: usize, old: usize| {
            if new == old { step.stay[new] } else { step.enter[new] }
        };
        let (mut most, mut origin) = (-1.0, Origin { state: 0, switched: false });
        for switched in [false, true] {
            for (i, j) in (0..k * k).map(|at| (at / k, at % k)) {
                let way = if switched {
                    sigma * weight(&crossed[0], row, j) * weight(&crossed[1], column, i)
                } else {
                    (1.0 - sigma) * weight(&direct[0], row, i) * weight(&direct[1], column, j)
                };
                let value = way * from[i * stride + j];
                if value > most {
                    (most, origin) = (value, Origin { state: i * stride + j, switched });
                }
            }
        }
        origin
    }
}

impl Advance for Pair<'_> {
    fn advance(&mut self, window: usize, from: &[f64], to: &mut [f64]) -> Result<f64> {
        if window == 0 {
            self.first(to);
        } else {
            self.prepare(window);
            forward(&self.steps, &mut self.room, from, to);
        }
        possible(sum(to), self.haplotypes[0], window)
    }
}

/// A pair whose states hold the probability of the best path instead of the sum over all (Viterbi).
pub(super) struct BestPair<'a>(pub Pair<'a>);

impl Advance for BestPair<'_> {
    fn advance(&mut self, window: usize, from: &[f64], to: &mut [f64]) -> Result<f64> {
        let pair = &mut self.0;
        if window == 0 {
            pair.first(to);
        } else {
            pair.prepare(window);
            likeliest(&pair.steps, &mut pair.room, from, to);
        }
        possible(sum(to), pair.haplotypes[0], window)
    }
}

impl Pair<'_> {
    /// Backward states before the step into `window`, apart for an even and an odd number of
    /// switches from there to a later window; `before` is for this window what `after` is for the
    /// next.
    pub fn backward_by_parity(
        &mut self,
        window: usize,
        after: &[Vec<f64>; 2],
        before: &mut [Vec<f64>; 2],
    ) {
        self.prepare(window);
        let size = self.size();
        let (mut direct, mut crossed) = (vec![0.0; size], vec![0.0; size]);
        before.iter_mut().for_each(|state| state.fill(0.0));
        let sigma = self.steps.sigma;
        for (parity, after) in after.iter().enumerate() {
            backward_apart(&self.steps, &mut self.room, after, &mut direct, &mut crossed);
            for (before, way) in before[parity].iter_mut().zip(&direct) {
                *before += (1.0 - sigma) * way;
            }
            for (before, way) in before[1 - parity].iter_mut().zip(&crossed) {
                *before += sigma * way;
            }
        }
    }
}

impl Chain for Pair<'_> {
    fn size(&self) -> usize {
        self.room.stride * self.room.stride
    }

    fn n_windows(&self) -> usize {
        self.observations.n_windows
    }

    fn end(&self, state: &mut [f64]) {
        state.fill(0.0);
        for row in state.chunks_exact_mut(self.room.stride).take(self.room.k) {
            row[..self.room.k].fill(1.0);
        }
    }

    fn backward(&mut self, window: usize, from: &[f64], after: &[f64], before: &mut [f64]) -> f64 {
        self.prepare(window);
        backward(&self.steps, &mut self.room, from, after, before)
    }

    fn margins(&self, forward: &[f64], backward: &[f64], margins: &mut Margins) {
        sum_out(forward, backward, margins, self.room.stride);
    }

    fn count_first(&self, margins: &Margins, counts: &mut Counts) {
        for (haplotype, margin) in [&margins.first, &margins.second].into_iter().enumerate() {
            self.tables.count_first(self.window(haplotype, 0), margin, counts);
        }
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
        let stride = self.room.stride;
        let sigma = self.steps.sigma;
        let mut exchanged = std::mem::take(&mut self.room.exchanged);
        transpose(after, &mut exchanged, stride);
        // Which haplotype continues the rows of `from`, and which its columns.
        for (ways, steps, after, heirs) in [
            (1.0 - sigma, &self.steps.direct, after, [0, 1]),
            (sigma, &self.steps.crossed, &exchanged[..], [1, 0]),
        ] {
            if ways == 0.0 {
                continue;
            }
            let steps = [&steps[heirs[0]], &steps[heirs[1]]];
            masses(steps, &mut self.room, from, after, ways / total);
            for (past, heir) in heirs.into_iter().enumerate() {
                let labels = (self.window(past, window - 1), self.window(heir, window));
                let (stayed, came) = &self.room.masses[past];
                self.tables.count_step(window, labels, steps[past], (stayed, came), counts);
            }
        }
        self.room.exchanged = exchanged;
    }
}

wide! {
    /// `to = (1 - sigma) M1 F M2' + sigma N1 F' N2'`.
    fn forward(steps: &Steps, room: &mut Room, from: &[f64], to: &mut [f64]) {
        let Steps { direct, crossed, sigma } = steps;
        let Room { stride, a, b, transposed, .. } = room;
        spread::<LANES>(from, a, direct[0].weights(), *stride);
        transpose(a, b, *stride);
        spread::<LANES>(b, a, direct[1].weights(), *stride);
        transpose(a, transposed, *stride);
        if *sigma == 0.0 {
            to.copy_from_slice(transposed);
            return;
        }
        spread::<LANES>(from, a, crossed[1].weights(), *stride);
        transpose(a, b, *stride);
        spread::<LANES>(b, a, crossed[0].weights(), *stride);
        for (to, (without, with)) in to.iter_mut().zip(transposed.iter().zip(a.iter())) {
            *to = (1.0 - sigma) * without + sigma * with;
        }
    }
}

wide! {
    /// As `forward`, with the largest term of every sum in its place.
    fn likeliest(steps: &Steps, room: &mut Room, from: &[f64], to: &mut [f64]) {
        let Steps { direct, crossed, sigma } = steps;
        let Room { stride, a, b, transposed, .. } = room;
        best::<LANES>(from, a, direct[0].weights(), *stride);
        transpose(a, b, *stride);
        best::<LANES>(b, a, direct[1].weights(), *stride);
        transpose(a, transposed, *stride);
        best::<LANES>(from, a, crossed[1].weights(), *stride);
        transpose(a, b, *stride);
        best::<LANES>(b, a, crossed[0].weights(), *stride);
        for (to, (without, with)) in to.iter_mut().zip(transposed.iter().zip(a.iter())) {
            *to = larger((1.0 - sigma) * without, sigma * with);
        }
    }
}

wide! {
    /// The transpose of `forward`; returns the posterior of a switch, given the forward
    /// state `from`.
    fn backward(
        steps: &Steps,
        room: &mut Room,
        from: &[f64],
        after: &[f64],
        before: &mut [f64],
    ) -> f64 {
        let Steps { direct, crossed, sigma } = steps;
        let Room { stride, a, b, transposed, .. } = room;
        transpose(after, transposed, *stride);
        gather::<LANES>(transposed, a, direct[1].weights(), *stride);
        transpose(a, b, *stride);
        gather::<LANES>(b, before, direct[0].weights(), *stride);
        if *sigma == 0.0 {
            return 0.0;
        }
        gather::<LANES>(after, a, crossed[0].weights(), *stride);
        transpose(a, b, *stride);
        gather::<LANES>(b, a, crossed[1].weights(), *stride);
        let (without, with) = ((1.0 - sigma) * dot(from, before), sigma * dot(from, a));
        for (before, crossed) in before.iter_mut().zip(a.iter()) {
            *before = (1.0 - sigma) * *before + sigma * crossed;
        }
        with / (without + with)
    }
}

wide! {
    /// The transpose of `forward` without sigma: without a switch, and with one.
    fn backward_apart(
        steps: &Steps,
        room: &mut Room,
        after: &[f64],
        without: &mut [f64],
        with: &mut [f64],
    ) {
        let Steps { direct, crossed, .. } = steps;
        let Room { stride, a, b, transposed, .. } = room;
        transpose(after, transposed, *stride);
        gather::<LANES>(transposed, a, direct[1].weights(), *stride);
        transpose(a, b, *stride);
        gather::<LANES>(b, without, direct[0].weights(), *stride);
        gather::<LANES>(after, a, crossed[0].weights(), *stride);
        transpose(a, b, *stride);
        gather::<LANES>(b, with, crossed[1].weights(), *stride);
    }
}

wide! {
    /// The posterior of each haplotype: the product of both states, the other summed out.
    fn sum_out(forward: &[f64], backward: &[f64], margins: &mut Margins, stride: usize) {
        let scale = 1.0 / dot(forward, backward);
        margins.second.fill(0.0);
        let rows = forward.chunks_exact(stride).zip(backward.chunks_exact(stride));
        for (margin, (f, b)) in margins.first.iter_mut().zip(rows) {
            *margin = scale * dot(f, b);
            for (margin, (f, b)) in margins.second.iter_mut().zip(f.iter().zip(b)) {
                *margin += scale * f * b;
            }
        }
    }
}

/// Posteriors of K populations: the same as before, and come from another.
type Masses = (Vec<f64>, Vec<f64>);

wide! {
    /// Puts into the room the posterior masses of the transitions of two haplotypes, first of the
    /// one that continues the rows of `from`, then of the one that continues its columns.
    ///
    /// `after` has the haplotype that continues the rows in its rows; `scale` normalizes the
    /// products.
    fn masses(
        steps: [&Step; 2],
        room: &mut Room,
        from: &[f64],
        after: &[f64],
        scale: f64,
    ) {
        let Room { stride, a, b, transposed, masses, .. } = room;
        let stride = *stride;
        // a: after, with the haplotype that continues the columns traced back.
        transpose(after, b, stride);
        gather::<LANES>(b, transposed, steps[1].weights(), stride);
        transpose(transposed, a, stride);
        one_mass(steps[0], from, a, transposed, (stride, scale), &mut masses[0]);
        // a: the transpose of after, with the haplotype that continues the rows traced back.
        gather::<LANES>(after, transposed, steps[0].weights(), stride);
        transpose(transposed, a, stride);
        transpose(from, b, stride);
        one_mass(steps[1], b, a, transposed, (stride, scale), &mut masses[1]);
    }
}

/// The transition over rows, with the columns of `past` and `future` summed out.
#[inline(always)]
fn one_mass(
    step: &Step,
    past: &[f64],
    future: &[f64],
    others: &mut [f64],
    (stride, scale): (usize, f64),
    (stayed, came): &mut Masses,
) {
    spread::<LANES>(past, others, step.all_others(), stride);
    let put = |weights: &[f64], values: &[f64], masses: &mut Vec<f64>| {
        let rows = values.chunks_exact(stride).zip(future.chunks_exact(stride));
        masses.clear();
        masses.extend(weights.iter().zip(rows).map(|(w, (v, f))| scale * w * dot(v, f)));
    };
    put(&step.stay, past, stayed);
    put(&step.enter, others, came);
}
