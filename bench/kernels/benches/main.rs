//! Time of the core's kernels, each on one thread.
//!
//! | module            | kernel                                             |
//! |-------------------|----------------------------------------------------|
//! | `genotype_counts` | how often each genotype occurs at every variant    |
//! | `pair_hmm`        | posteriors and phase; one round of EM              |
//! | `pca`             | one pass of the randomized method; a Gram matrix   |
//! | `window`          | string kernels of a panel; SVMs trained on them    |
//!
//! A new kernel gets a module here with one public function, and a line in the
//! list at the foot. Sizes are part of a bench's name, one size varies at a
//! time, and data are made outside the timed part.

mod genotype_counts;
mod pair_hmm;
mod pca;
mod simulated;
mod window;

use criterion::criterion_group;
use criterion::criterion_main;

criterion_group!(kernels, genotype_counts::bench, pair_hmm::bench, pca::bench, window::bench);
criterion_main!(kernels);
