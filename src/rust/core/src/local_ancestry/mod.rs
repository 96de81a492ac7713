//! Local ancestry: which population each stretch of a chromosome comes from.
//!
//! Source: Durand et al. 2014, Ancestry Composition.

pub mod pair_hmm;
