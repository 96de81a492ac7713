//! From posteriors of windows to calls of haplotypes as given, with changes placed to the variant.
//!
//! Where the call of a strand changes between two windows, the copying model says at which variant:
//! to the left the haplotype is a mosaic of haplotypes of the one population, to the right of the
//! other ([`crate::local_ancestry::copying::breakpoint`]).

use crate::data::haplotypes::aligned::AlignedHaplotypes;
use crate::error::Result;
use crate::local_ancestry::copying::breakpoint::Breakpoint;
use crate::local_ancestry::copying::breakpoint::place_breakpoints;
use crate::local_ancestry::copying::likelihood::Donors;
use crate::local_ancestry::copying::pieces::Change;
use crate::local_ancestry::copying::pieces::Piece;
use crate::local_ancestry::copying::pieces::Strand;
use crate::local_ancestry::copying::pieces::as_given;
use crate::local_ancestry::copying::pieces::changes;
use crate::task::Task;
use std::ops::Range;

/// Variants on either side of the border of two windows at which a change is looked for.
const REACH: usize = 35;

/// A sample of a chromosome as it was called.
#[derive(Clone, Debug, PartialEq)]
pub struct Called<'c> {
    /// Haplotypes of the strands: one or two.
    pub haplotypes: Vec<usize>,
    /// Of each strand, n_windows x K.
    pub posterior: Vec<Vec<f64>>,
    /// First variants after exchanges of the strands, rising.
    pub flips: &'c [usize],
}

/// Pieces of every haplotype of every sample, as given, in the order of `called`.
///
/// | argument     | shape        | values                                                 |
/// |--------------|--------------|--------------------------------------------------------|
/// | `haplotypes` |              | with their phase repaired                              |
/// | `donors`     |              | of all populations, at the same variants               |
/// | `cores`      | n_windows    | variants of each window                                |
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is canceled.
///
/// # Panics
/// If shapes do not match.
pub fn refine(
    haplotypes: &AlignedHaplotypes<'_>,
    donors: &Donors<'_>,
    called: &[Called<'_>],
    cores: &[Range<usize>],
    task: &Task,
) -> Result<Vec<Vec<Piece>>> {
    let mut steps = Vec::new();
    for sample in called {
        for (&haplotype, posterior) in sample.haplotypes.iter().zip(&sample.posterior) {
            for (from, to, variants) in changes(posterior, cores, REACH) {
                steps.push(Breakpoint { haplotype, from, to, variants });
            }
        }
    }
    let placed = place_breakpoints(haplotypes, donors, &steps, task)?;
    let mut placed = steps.into_iter().zip(placed).peekable();
    let mut all = Vec::new();
    for sample in called {
        let mut strands = Vec::with_capacity(2);
        for (&haplotype, posterior) in sample.haplotypes.iter().zip(&sample.posterior) {
            let mut own = Vec::new();
            while let Some((step, probability)) =
                placed.next_if(|(step, _)| step.haplotype == haplotype)
            {
                let first = step.variants.start;
                own.push(Change { from: step.from, to: step.to, first, probability });
            }
            strands.push(Strand { posterior: posterior.clone(), changes: own }.pieces(cores));
        }
        match <[Vec<Piece>; 2]>::try_from(strands) {
            Ok(pair) => all.extend(as_given(&pair, sample.flips)),
            Err(single) => all.extend(single),
        }
    }
    Ok(all)
}
