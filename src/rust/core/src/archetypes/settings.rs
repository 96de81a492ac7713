//! What to fit, and when to stop.

use crate::archetypes::init::Init;

/// What to fit and when to stop.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Number of archetypes, at least 2.
    pub k: usize,
    pub init: Init,
    /// Number of runs from different starts; the best is kept. At least 1.
    pub restarts: usize,
    /// Stop when the relative decrease of the residual sum of squares in an iteration is
    /// at most this; 0 up to, not including, 1. The remaining decrease is then
    /// about ten times as large: 1e-6 stopped above the optimum of other programs.
    pub tolerance: f64,
    /// Most iterations of each attempt: a restart makes two, two more if there are
    /// more than `k - 1` components, and one more if there are very many samples.
    pub max_iterations: usize,
    /// The same seed gives the same bits at any number of threads.
    pub seed: u64,
}

impl Settings {
    /// The defaults for `k` archetypes.
    pub fn new(k: usize) -> Settings {
        let init = Init::FurthestSum;
        Settings { k, init, restarts: 1, tolerance: 1e-7, max_iterations: 1000, seed: 1 }
    }
}
