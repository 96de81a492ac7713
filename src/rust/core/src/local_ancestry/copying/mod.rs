//! Haplotypes as mosaics of the haplotypes of a panel (Li and Stephens 2003).
//!
//! | file              | what lives there                                              |
//! |-------------------|---------------------------------------------------------------|
//! | `likelihood`      | how likely a haplotype is as a mosaic of one population       |
//! | `donor_chain`     | steps over a whole panel, in single precision                 |
//! | `eight`           | eight numbers in single precision, worked on at once          |
//! | `phase_pair`      | the phase of one sample, improved switch by switch            |
//! | `phasing`         | genotypes phased against a panel                              |
//! | `phase_repair`    | phase switches found and repaired before ancestry is called   |
//! | `imputation`      | alleles at variants that new haplotypes lack                  |
//! | `pieces`          | calls of haplotypes as given, cut where they change           |
//! | `refine`          | calls of windows with changes placed to the variant           |
//! | `breakpoint`      | the variant at which a haplotype changes population           |
//! | `switch_position` | the variant at which the phase switches                       |
//! | `switch_steps`    | between which windows it switches, and what changes there     |

pub mod breakpoint;
pub mod donor_chain;
mod eight;
pub mod imputation;
pub mod likelihood;
pub mod phase_pair;
pub mod phase_repair;
pub mod phasing;
pub mod pieces;
pub mod refine;
pub mod switch_position;
pub mod switch_steps;
