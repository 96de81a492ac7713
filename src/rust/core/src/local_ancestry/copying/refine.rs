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
use crate::local_ancestry::copying::pieces::Border;
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

/// Pieces of every haplotype of every sample, as given, in the order of `called`. Flips must be at
/// `borders`.
///
/// | argument     | shape        | values                                                 |
/// |--------------|--------------|--------------------------------------------------------|
/// | `haplotypes` |              | with their phase repaired                              |
/// | `donors`     |              | of all populations, at the same variants               |
/// | `cores`      | n_windows    | variants of each window                                |
/// | `borders`    | n_variants   | where pieces may begin, see [`Strand::pieces`]         |
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
    borders: &[usize],
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
            Strand { posterior: posterior.clone(), changes }.pieces(cores, borders)
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
    /// Of each strand.
    changes: Vec<Vec<Border>>,
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
            for (number, one) in first.iter_mut().enumerate() {
                while at < second.len() && second[at].places.end <= one.places.start {
                    at += 1;
                }
                let Some(other) = second.get_mut(at) else { break };
                let both =
                    one.places.start.max(other.places.start)..one.places.end.min(other.places.end);
                if (one.from, one.to) == (other.to, other.from) && both.len() >= LEAST_COMMON {
                    (one.places, other.places) = (both.clone(), both);
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
            alone.map(move |(_, change)| Breakpoint {
                haplotype,
                from: change.from,
                to: change.to,
                variants: change.places.clone(),
            })
        })
    }

    fn crossed<'f>(&'f self, sample: &'f Called<'_>) -> impl Iterator<Item = SwitchStep> + 'f {
        self.pairs.iter().map(move |[first, _]| {
            let Border { from, to, places, .. } = &self.changes[0][*first];
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
            let each = changes.into_iter().enumerate().map(|(number, change)| {
                let Border { from, to, window, places } = change;
                let pair = pairs.iter().position(|pair| pair[strand] == number);
                let probability = match pair {
                    Some(pair) => common[pair].clone(),
                    None => single.next().expect("a posterior of each"),
                };
                Change { from, to, window, first: places.start, probability }
            });
            each.collect::<Vec<Change>>()
        });
        strands.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::haplotypes::matrix::pack;
    use crate::data::haplotypes::packed::HaplotypeView;

    /// Population 0 has the alternate allele, 1 the other. Windows of 10 variants; the first strand
    /// changes at variant 13, the second never.
    #[test]
    fn a_change_of_one_strand_is_placed_by_its_alleles() {
        let (view, panel, cm) = scene(&|strand, variant| strand == 0 && variant < 13);
        let donors = Donors::new(&panel, &[0, 1], 2, &cm);
        let called = Called {
            haplotypes: vec![0, 1],
            posterior: vec![rows(&[0.9, 0.8, 0.1]), rows(&[0.1, 0.1, 0.1])],
            flips: &[],
        };
        let got = refined(&view, &donors, &called);
        let ends: Vec<usize> = got[0].iter().map(|piece| piece.variants.end).collect();
        assert_eq!(ends, [10, 13, 20, 30]);
        assert!(got[0][1].posterior[0] > 0.85 && got[0][2].posterior[0] < 0.15);
        assert_eq!(got[1].len(), 3);
        // With the strands exchanged from variant 5 on, haplotypes as given have the other's calls.
        let flipped = Called { flips: &[5], ..called };
        let given = refined(&view, &donors, &flipped);
        assert_eq!(given[0][0].variants, 0..5);
        assert!(given[0][0].posterior[0] > 0.85 && given[0][1].posterior[0] < 0.2);
        assert!(given[1][1].posterior[0] > 0.85);
    }

    /// Both strands change and exchange their populations: at one place, that of the switch.
    #[test]
    fn a_phase_switch_is_placed_with_both_strands() {
        let (view, panel, cm) = scene(&|strand, variant| (strand == 0) == (variant < 13));
        let donors = Donors::new(&panel, &[0, 1], 2, &cm);
        let called = Called {
            haplotypes: vec![0, 1],
            posterior: vec![rows(&[0.9, 0.8, 0.1]), rows(&[0.1, 0.4, 0.9])],
            flips: &[],
        };
        let found = Found::of(&called, &[0..10, 10..20, 20..30]);
        assert_eq!(found.pairs, [[0, 0]]);
        assert_eq!((found.single(&called).count(), found.crossed(&called).count()), (0, 1));
        for pieces in refined(&view, &donors, &called) {
            assert!(pieces.iter().any(|piece| piece.variants.end == 13), "{pieces:?}");
        }
        let alone =
            Called { haplotypes: vec![1], posterior: vec![rows(&[0.1, 0.4, 0.9])], flips: &[] };
        assert_eq!(refined(&view, &donors, &alone).len(), 1);
    }

    type Scene = (HaplotypeView<'static>, HaplotypeView<'static>, Vec<f64>);

    /// One sample and two members of each population, 30 variants 0.05 cM apart.
    fn scene(has: &dyn Fn(usize, usize) -> bool) -> Scene {
        let allele = |strand, variant| f64::from(u8::from(has(strand, variant)));
        let given: Vec<f64> = (0..30).flat_map(|v| [allele(0, v), allele(1, v)]).collect();
        let panel = [1.0, 1.0, 0.0, 0.0].repeat(30);
        let cm = (0..30).map(|at| 0.05 * f64::from(at)).collect();
        let view = |values: &[f64], n| HaplotypeView::whole(pack(values, n).unwrap());
        (view(&given, 1), view(&panel, 2), cm)
    }

    fn rows(first: &[f64]) -> Vec<f64> {
        first.iter().flat_map(|p| [*p, 1.0 - p]).collect()
    }

    fn refined(
        view: &HaplotypeView<'_>,
        donors: &Donors<'_>,
        called: &Called<'_>,
    ) -> Vec<Vec<Piece>> {
        let aligned = AlignedHaplotypes::as_they_are(view);
        let cores = [0..10, 10..20, 20..30];
        let borders: Vec<usize> = (0..30).collect();
        refine(&aligned, donors, std::slice::from_ref(called), &cores, &borders, &Task::new())
            .unwrap()
    }
}
