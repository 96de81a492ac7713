//! Support vector machines of two classes, and probabilities of many classes from
//! decisions about pairs of them.
//!
//! | file                | what lives there                                              |
//! |---------------------|---------------------------------------------------------------|
//! | `smo`               | sequential minimal optimization with any kernel               |
//! | `least_squares`     | least-squares SVMs of all populations, trained jointly        |
//! | `landmark`          | the same in the span of some samples, where there are many    |
//! | `platt`             | probabilities from decision values of a binary SVM            |
//! | `pairwise_coupling` | probabilities of many classes from those of pairs             |

pub mod landmark;
pub mod least_squares;
pub mod pairwise_coupling;
pub mod platt;
pub mod smo;
