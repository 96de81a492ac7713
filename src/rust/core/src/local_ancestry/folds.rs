//! The parts that samples are held out in.

pub use crate::linalg::folds::stratified_folds;
