//! Dense algebra that faer has not, random numbers, simplex problems and exponentials: what several
//! rooms need, and nothing that knows a genotype or a population.

pub mod cholesky;
pub mod dense;
pub mod dot;
pub mod folds;
pub mod random;
pub mod scores;
pub mod simplex;
pub mod softmax;
pub mod wide;
