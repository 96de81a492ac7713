//! How long ago ancestries met, from how fast their covariance falls along the genome.
//!
//! | file         | what it does                                           |
//! |--------------|--------------------------------------------------------|
//! | `covariance` | covariance of two ancestries at each distance          |
//! | `decay`      | generations, from the curve that falls                 |

pub mod covariance;
pub mod decay;
