//! The states of a chain in all windows, of which one block at a time is kept.
//!
//! The forward pass keeps the state before every block; going backwards, a block is
//! computed again from there. A chain that fits into one block is computed once.

use crate::error::Result;
use crate::task::Task;

/// Numbers that a block may hold: 8 MB.
const BLOCK: usize = 1 << 20;

/// The recursion of a trellis: the state of a window from that of the one before (empty for
/// window 0). It returns the state's sum, up to any positive factor.
pub(super) trait Advance {
    fn advance(&mut self, window: usize, from: &[f64], to: &mut [f64]) -> Result<f64>;
}

pub(super) struct Trellis {
    size: usize,
    n_windows: usize,
    /// Windows per block.
    length: usize,
    /// The state before each block but the first.
    before: Vec<f64>,
    /// The states of `block`, window by window.
    states: Vec<f64>,
    block: usize,
}

impl Trellis {
    /// For states of `size` numbers.
    pub fn new(size: usize, n_windows: usize) -> Trellis {
        Trellis::with_length(size, n_windows, (BLOCK / size).max(64))
    }

    fn with_length(size: usize, n_windows: usize, length: usize) -> Trellis {
        let length = length.min(n_windows);
        let n_blocks = n_windows.div_ceil(length);
        Trellis {
            size,
            n_windows,
            length,
            before: vec![0.0; (n_blocks - 1) * size],
            states: vec![0.0; length * size],
            block: 0,
        }
    }

    /// Goes through all windows; every state is scaled to sum 1.
    ///
    /// Returns the logarithm of the product of all sums, which for a forward pass is
    /// the log-likelihood.
    pub fn fill(&mut self, chain: &mut impl Advance, task: &Task) -> Result<f64> {
        let n_blocks = self.n_windows.div_ceil(self.length);
        let mut log_sum = 0.0;
        for block in 0..n_blocks {
            task.check()?;
            if block > 0 {
                let last = &self.states[(self.length - 1) * self.size..];
                self.before[(block - 1) * self.size..][..self.size].copy_from_slice(last);
            }
            log_sum += self.fill_block(block, chain)?;
        }
        Ok(log_sum)
    }

    /// The state of `window`; its block is computed again if another is kept.
    pub fn state(&mut self, window: usize, chain: &mut impl Advance) -> Result<&[f64]> {
        if window / self.length != self.block {
            self.fill_block(window / self.length, chain)?;
        }
        Ok(&self.states[window % self.length * self.size..][..self.size])
    }

    fn fill_block(&mut self, block: usize, chain: &mut impl Advance) -> Result<f64> {
        let size = self.size;
        let first = block * self.length;
        let mut log_sum = 0.0;
        for window in first..(first + self.length).min(self.n_windows) {
            let (done, rest) = self.states.split_at_mut((window - first) * size);
            let from = match (window, window - first) {
                (0, _) => &[][..],
                (_, 0) => &self.before[(block - 1) * size..][..size],
                (_, at) => &done[(at - 1) * size..],
            };
            let state = &mut rest[..size];
            let sum = chain.advance(window, from, state)?;
            let scale = 1.0 / sum;
            state.iter_mut().for_each(|value| *value *= scale);
            log_sum += sum.ln();
        }
        self.block = block;
        Ok(log_sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// State (1, window), as what came before plus one.
    struct Ramp;

    impl Advance for Ramp {
        fn advance(&mut self, window: usize, from: &[f64], to: &mut [f64]) -> Result<f64> {
            let before = if from.is_empty() { -1.0 } else { from[1] / from[0] };
            to.copy_from_slice(&[1.0, before + 1.0]);
            assert_eq!(to[1].round() as usize, window);
            Ok(to[0] + to[1])
        }
    }

    #[test]
    fn blocks_of_any_length_give_the_same_states() {
        for length in [1, 2, 3, 7, 8, 20] {
            let mut trellis = Trellis::with_length(2, 8, length);
            let log_sum = trellis.fill(&mut Ramp, &Task::new()).unwrap();
            assert!((log_sum - (1..=8).map(|n| f64::from(n).ln()).sum::<f64>()).abs() < 1e-12);
            for window in [7, 6, 5, 4, 3, 2, 1, 0, 5] {
                let state = trellis.state(window, &mut Ramp).unwrap();
                assert!((state[0] - 1.0 / (window as f64 + 1.0)).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn memory_is_that_of_a_block() {
        let trellis = Trellis::new(625, 100_000);
        assert!(trellis.states.len() + trellis.before.len() < 2 * BLOCK);
        assert_eq!(Trellis::new(100, 1000).before.len(), 0);
    }
}
