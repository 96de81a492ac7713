//! From posteriors of windows to calls of haplotypes as given, with changes placed to the variant.
//!
//! Where the call of a strand changes between two windows, the copying model says at which variant:
//! to the left the haplotype is a mosaic of haplotypes of the one population, to the right of the
//! other ([`crate::local_ancestry::copying::breakpoint`]). Where both strands of a sample change there,
//! and exchange their populations, the phase switches at a heterozygous variant: both strands
//! go on crosswise ([`crate::local_ancestry::copying::switch_position`]).

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
use crate::local_ancestry::copying::switch_position::SwitchStep;
use crate::local_ancestry::copying::switch_position::switch_posteriors;
use crate::task::Task;
use std::ops::Range;

/// Variants on either side of the border of two windows at which a change is looked for.
const REACH: usize = 35;

/// Places, at least, that changes of both strands have in common where they are one phase switch.
const LEAST_COMMON: usize = 12;

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
    let found: Vec<Found> = called.iter().map(|sample| Found::of(sample, cores)).collect();
    let (mut single, mut crossed) = (Vec::new(), Vec::new());
    for (sample, found) in called.iter().zip(&found) {
        single.extend(found.single(sample));
        crossed.extend(found.crossed(sample));
    }
    let mut single = place_breakpoints(haplotypes, donors, &single, task)?.into_iter();
    let mut crossed = switch_posteriors(haplotypes, donors, &crossed, task)?.into_iter();
    let mut all = Vec::new();
    for (sample, found) in called.iter().zip(found) {
        let changes = found.placed(&mut single, &mut crossed);
        let strands = sample.posterior.iter().zip(changes).map(|(posterior, changes)| {
            Strand { posterior: posterior.clone(), changes }.pieces(cores)
        });
        match <[Vec<Piece>; 2]>::try_from(strands.collect::<Vec<_>>()) {
            Ok(pair) => all.extend(as_given(&pair, sample.flips)),
            Err(single) => all.extend(single),
        }
    }
    Ok(all)
}

/// Changes of the calls of the strands of a sample: by strand and order, those of one strand alone
/// and those of both, which exchange their populations: there the phase switches.
struct Found {
    /// Of each strand: from, to, places.
    changes: Vec<Vec<(usize, usize, Range<usize>)>>,
    /// Numbers of the change of the first and of the second strand.
    pairs: Vec<[usize; 2]>,
}

impl Found {
    fn of(sample: &Called<'_>, cores: &[Range<usize>]) -> Found {
        let mut changes: Vec<_> =
            sample.posterior.iter().map(|posterior| changes(posterior, cores, REACH)).collect();
        let mut pairs = Vec::new();
        if let [first, second] = &mut changes[..] {
            let mut at = 0;
            for (number, (from, to, places)) in first.iter_mut().enumerate() {
                while at < second.len() && second[at].2.end <= places.start {
                    at += 1;
                }
                let Some((other_from, other_to, others)) = second.get_mut(at) else { break };
                let both = places.start.max(others.start)..places.end.min(others.end);
                if (*from, *to) == (*other_to, *other_from) && both.len() >= LEAST_COMMON {
                    (*places, *others) = (both.clone(), both);
                    pairs.push([number, at]);
                    at += 1;
                }
            }
        }
        Found { changes, pairs }
    }

    fn is_paired(&self, strand: usize, number: usize) -> bool {
        self.pairs.iter().any(|pair| pair[strand] == number)
    }

    fn single<'f>(&'f self, sample: &'f Called<'_>) -> impl Iterator<Item = Breakpoint> + 'f {
        let strands = self.changes.iter().zip(&sample.haplotypes).enumerate();
        strands.flat_map(move |(strand, (changes, &haplotype))| {
            let alone = changes.iter().enumerate();
            let alone = alone.filter(move |(number, _)| !self.is_paired(strand, *number));
            alone.map(move |(_, (from, to, variants))| Breakpoint {
                haplotype,
                from: *from,
                to: *to,
                variants: variants.clone(),
            })
        })
    }

    fn crossed<'f>(&'f self, sample: &'f Called<'_>) -> impl Iterator<Item = SwitchStep> + 'f {
        self.pairs.iter().map(move |[first, _]| {
            let (from, to, places) = &self.changes[0][*first];
            SwitchStep {
                sample: sample.haplotypes[0] / 2,
                before: [*from, *to],
                after: [*to, *from],
                variants: places.start..places.end - 1,
            }
        })
    }

    /// The next posteriors of places, in the order of [`Found::single`] and [`Found::crossed`].
    fn placed(
        self,
        single: &mut impl Iterator<Item = Vec<f32>>,
        crossed: &mut impl Iterator<Item = Vec<f32>>,
    ) -> Vec<Vec<Change>> {
        let common: Vec<Vec<f32>> =
            self.pairs.iter().map(|_| crossed.next().expect("a posterior of each")).collect();
        let pairs = &self.pairs;
        let strands = self.changes.into_iter().enumerate().map(|(strand, changes)| {
            let each = changes.into_iter().enumerate().map(|(number, (from, to, places))| {
                let pair = pairs.iter().position(|pair| pair[strand] == number);
                let probability = match pair {
                    Some(pair) => common[pair].clone(),
                    None => single.next().expect("a posterior of each"),
                };
                Change { from, to, first: places.start, probability }
            });
            each.collect::<Vec<Change>>()
        });
        strands.collect()
    }
}
