//! Haplotypes as mosaics of the haplotypes of a panel (Li and Stephens 2003).
//!
//! | file              | what lives there                                              |
//! |-------------------|---------------------------------------------------------------|
//! | `likelihood`      | how likely a haplotype is as a mosaic of one population       |
//! | `imputation`      | alleles at variants that new haplotypes lack                  |
//! | `pieces`          | calls of haplotypes as given, cut where they change           |
//! | `refine`          | calls of windows with changes placed to the variant           |
//! | `switch_position` | the variant at which the phase switches                       |
//! | `switch_steps`    | between which windows it switches, and what changes there     |

pub mod breakpoint;
pub mod imputation;
pub mod likelihood;
pub mod pieces;
pub mod refine;
pub mod switch_position;
pub mod switch_steps;
