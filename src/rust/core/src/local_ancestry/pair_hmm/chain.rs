//! The interface of a chain, of one haplotype or of two, to forward-backward.

use super::counts::Counts;
use super::trellis::Advance;
use crate::error::Error;
use crate::error::Result;

/// A hidden Markov chain over the windows of one sample.
pub(super) trait Chain: Advance {
    /// Numbers in a state.
    fn size(&self) -> usize;
    fn n_windows(&self) -> usize;
    /// The backward state of the last window.
    fn end(&self, state: &mut [f64]);
    /// Backward state before the step into `window`; returns its switch posterior.
    fn backward(&mut self, window: usize, from: &[f64], after: &[f64], before: &mut [f64]) -> f64;
    /// Posteriors of each haplotype in one window.
    fn margins(&self, forward: &[f64], backward: &[f64], margins: &mut Margins);
    /// Counts the draws of the first window.
    fn count_first(&self, margins: &Margins, counts: &mut Counts);
    /// Counts the draws of the step into `window`; `total` is the sum of `from` times the
    /// backward state that belongs to it.
    fn count(
        &mut self,
        window: usize,
        from: &[f64],
        after: &[f64],
        total: f64,
        counts: &mut Counts,
    );
}

/// Posteriors of one window: K for the first haplotype, K (or none) for the second.
pub(super) struct Margins {
    pub first: Vec<f64>,
    pub second: Vec<f64>,
}

/// The sum of a state, unless the labels are impossible; its reciprocal is finite.
#[inline(always)]
pub(super) fn possible(sum: f64, haplotype: usize, window: usize) -> Result<f64> {
    if sum >= f64::MIN_POSITIVE {
        Ok(sum)
    } else {
        Err(Error::ImpossibleLabels { haplotype, window })
    }
}
