//! The autoregressive pair HMM: from the labels of windows to posteriors and phase.
//!
//! A sample has two haplotypes, phased with errors, and every window of each carries
//! a label from the window classifier. Hidden are the populations `y` of both
//! haplotypes and, between two windows, whether the phase flips, `s`.
//!
//! ```text
//! P(y, x, s) = prod_h mu[y_1^h] mu[x_1^h | y_1^h]
//!            * prod_t sigma_t^s_t (1 - sigma_t)^(1 - s_t) prod_h A(y_t^h, x_t^h | y', x')
//! ```
//!
//! with `y'`, `x'` of the same haplotype one window before, or of the other one after
//! a flip; the files `parameters` and `tables` say what `A` is. For given labels `A`
//! is, as a matrix of new against old population, a diagonal plus a matrix of rank
//! one, so that a step of the pair takes K^2 operations, not K^4 (`mix`).
//!
//! | file               | what it holds                                                |
//! |--------------------|--------------------------------------------------------------|
//! | `parameters`       | mu, mu\[x \| y\], eps, and the rates of theta and sigma      |
//! | `observations`     | labels or class probabilities of windows                     |
//! | `chromosome`       | observations, distances between windows, haploid samples     |
//! | `window_calls`     | calls of classifiers as observations of some samples         |
//! | `tables` `mix`     | the factors of one step; a step of many columns at once      |
//! | `chain`            | the interface of a chain to forward-backward                 |
//! | `single` `pair`    | the chain of one haplotype; of two                           |
//! | `trellis`          | forward states, stored for a block of windows at a time      |
//! | `posterior`        | forward-backward                                             |
//! | `phase`            | the most probable phase, and haplotypes corrected by it      |
//! | `counts` `rate`    | expected counts, and the parameters that maximize them       |
//! | `fit`              | expectation-maximization on admixed samples                  |
//! | `sample_proportions` | ancestry proportions of each sample                        |
//! | `own_parameters`   | proportions and rates of each sample by itself             |
//! | `labeled`          | the same where the population is known                       |
//! | `averaging`        | weights of parameter sets (Bayesian model averaging)         |
//! | `decode`           | all samples of a chromosome                                  |
//! | `kinds`            | the same, averaged over kinds of evidence                    |
//! | `correction`       | which called switches are corrected, and what they exchange  |
//!
//! Source: Durand et al. 2014, section 2.2, equation 4.

pub mod averaging;
mod chain;
pub mod chromosome;
pub mod correction;
mod counts;
pub mod decode;
pub mod fit;
pub mod kinds;
pub mod labeled;
mod mix;
pub mod observations;
pub mod own_parameters;
mod pair;
pub mod parameters;
mod phase;
mod posterior;
mod rate;
#[cfg(test)]
mod reference;
pub mod sample_proportions;
#[cfg(test)]
mod simulated;
mod single;
mod tables;
mod trellis;
pub mod window_calls;
