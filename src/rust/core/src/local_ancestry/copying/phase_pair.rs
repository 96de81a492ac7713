//! The phase of one sample, improved switch by switch.
//!
//! Both haplotypes are mosaics of the donors
//! ([`crate::local_ancestry::copying::donor_chain`]). With everything from a heterozygous variant on
//! exchanged, each continues as the other one did; the evidence for a switch there is
//!
//! ```text
//! log(J_12 J_21) - log(J_11 J_22)
//! ```
//!
//! J_ab: sum over donors of the chance that haplotype a copies the donor at the variant, given all
//! alleles before it, times the chance of the alleles of b from it on, given that it does. A second
//! kind of change exchanges the alleles of one heterozygous variant alone, two switches in one.
//!
//! Changes whose evidence is above their cost are made, the largest first and with it others that
//! are far enough from it. Near those that were made this is repeated until there is none: each round
//! raises the posterior of the phase; where several changes together do not, the largest alone is
//! made.
//!
//! Ours; the copying model is that of Li & Stephens 2003.

use crate::data::haplotypes::aligned::AlignedHaplotypes;
use crate::local_ancestry::copying::donor_chain::DonorChain;
use crate::local_ancestry::copying::donor_chain::Joins;
use crate::local_ancestry::copying::donor_chain::MISSING;
use crate::local_ancestry::copying::donor_chain::Message;
use std::ops::Range;

/// Changes of one round are at least as many variants apart.
const SPACING: usize = 40;

/// Least gain, in logarithms: above rounding.
pub const LEAST_GAIN: f64 = 0.01;

/// Most rounds near changes. Each raises the posterior, so few are needed.
const MOST_ROUNDS: usize = 100;

/// Variants on either side of changes among which changes are looked for again.
const NEAR: usize = 150;

/// Variants whose phase is decided together, and those with their context.
pub struct Chunk {
    pub own: Range<usize>,
    pub around: Range<usize>,
}

impl Chunk {
    /// From `start` on `length` variants, and `context` on either side.
    pub fn new(start: usize, n_variants: usize, length: usize, context: usize) -> Chunk {
        let end = (start + length).min(n_variants);
        Chunk {
            own: start..end,
            around: start.saturating_sub(context)..(end + context).min(n_variants),
        }
    }
}

/// Memory of one thread.
#[derive(Default)]
pub struct Scratch {
    now: [Message; 2],
    /// Before each heterozygous variant.
    forward: Vec<[Message; 2]>,
}

/// The two haplotypes of a sample at consecutive variants.
pub struct Pair {
    /// 0, 1 or [`MISSING`].
    pub alleles: [Vec<u8>; 2],
    /// Variants at which they differ: where the sample is heterozygous.
    pub differing: Vec<usize>,
    /// Whether everything from a heterozygous variant on was exchanged.
    pub flipped: Vec<bool>,
}

impl Pair {
    /// Two haplotypes of a sample.
    ///
    /// # Panics
    /// If the sample or a variant is out of range.
    pub fn of(haplotypes: &AlignedHaplotypes<'_>, sample: usize, variants: Range<usize>) -> Pair {
        let code = |allele: Option<bool>| allele.map_or(MISSING, u8::from);
        let alleles = [0, 1].map(|copy| -> Vec<u8> {
            haplotypes.alleles(2 * sample + copy, variants.clone()).into_iter().map(code).collect()
        });
        Pair::new(alleles)
    }

    /// `alleles`: 0, 1 or [`MISSING`], of the same variants.
    pub fn new(alleles: [Vec<u8>; 2]) -> Pair {
        let [first, second] = &alleles;
        let differs =
            |&at: &usize| first[at] != second[at] && first[at] != MISSING && second[at] != MISSING;
        let differing: Vec<usize> = (0..first.len()).filter(differs).collect();
        Pair { flipped: vec![false; differing.len()], differing, alleles }
    }

    /// Exchanges all alleles from a variant on.
    pub fn exchange_from(&mut self, variant: usize) {
        let [first, second] = &mut self.alleles;
        first[variant..].swap_with_slice(&mut second[variant..]);
    }

    fn alleles_at(&self, variant: usize) -> [u8; 2] {
        [self.alleles[0][variant], self.alleles[1][variant]]
    }

    fn apply(&mut self, change: &Change) {
        for at in change.places() {
            self.flipped[at] = !self.flipped[at];
            self.exchange_from(self.differing[at]);
        }
    }

    /// Makes changes at heterozygous variants from number `first` on, each of which gains more than
    /// `cost` for every switch; returns the joins there if none was made.
    pub fn improve(
        &mut self,
        chain: &DonorChain<'_>,
        first: usize,
        cost: f64,
        scratch: &mut Scratch,
    ) -> Option<Vec<Joins>> {
        let joins = self.all_joins(chain, first, scratch);
        let changes = self.changes(&joins, first, cost);
        if changes.is_empty() {
            return Some(joins);
        }
        changes.iter().for_each(|change| self.apply(change));
        for near in self.ranges_near(&changes, chain.n_variants()) {
            self.improve_near(chain, near, first, cost, scratch);
        }
        None
    }

    /// The joins at heterozygous variants from number `first` on.
    pub fn all_joins(
        &self,
        chain: &DonorChain<'_>,
        first: usize,
        scratch: &mut Scratch,
    ) -> Vec<Joins> {
        self.joins(chain, 0..chain.n_variants(), first, scratch).1
    }

    /// Ranges of variants around changes.
    fn ranges_near(&self, changes: &[Change], n_variants: usize) -> Vec<Range<usize>> {
        let mut places: Vec<usize> =
            changes.iter().map(|change| self.differing[change.at]).collect();
        places.sort_unstable();
        let mut ranges: Vec<Range<usize>> = Vec::new();
        for place in places {
            let (start, end) = (place.saturating_sub(NEAR), (place + NEAR).min(n_variants));
            match ranges.last_mut() {
                Some(last) if start <= last.end => last.end = end,
                _ => ranges.push(start..end),
            }
        }
        ranges
    }

    /// Further changes within a range, whose ends inform but do not change.
    fn improve_near(
        &mut self,
        chain: &DonorChain<'_>,
        near: Range<usize>,
        first: usize,
        cost: f64,
        scratch: &mut Scratch,
    ) {
        let place = |variant: usize| self.differing.partition_point(|&at| at < variant);
        let own = first.max(place(near.start + if near.start == 0 { 0 } else { NEAR / 3 }))
            ..place(near.end.saturating_sub(if near.end == chain.n_variants() {
                0
            } else {
                NEAR / 3
            }));
        if own.is_empty() {
            return;
        }
        let mut made: Option<(f64, Vec<Change>)> = None;
        for round in 1.. {
            let (log_likelihood, mut joins) = self.joins(chain, near.clone(), own.start, scratch);
            joins.truncate(own.len());
            let n_flipped = self.flipped[own.clone()].iter().filter(|&&flipped| flipped).count();
            let posterior = log_likelihood - cost * n_flipped as f64;
            if let Some((before, changes)) = made.take() {
                if changes.len() > 1 && posterior <= before {
                    changes[1..].iter().for_each(|change| self.apply(change));
                    continue;
                }
            }
            let changes = self.changes(&joins, own.start, cost);
            if changes.is_empty() || round >= MOST_ROUNDS {
                return;
            }
            changes.iter().for_each(|change| self.apply(change));
            made = Some((posterior, changes));
        }
    }

    /// Gives both haplotypes an allele at each of `missing`: that of the donors that are more
    /// probably copied, given all other alleles.
    ///
    /// | argument  | values                                              |
    /// |-----------|-----------------------------------------------------|
    /// | `missing` | variants at which both are missing, ascending       |
    pub fn fill(&mut self, chain: &DonorChain<'_>, missing: &[usize], scratch: &mut Scratch) {
        let Scratch { now, forward } = scratch;
        now.iter_mut().for_each(|message| chain.begin_forward(message));
        let last = missing.last().map_or(0, |&last| last + 1);
        let mut next = 0;
        for variant in 0..last {
            if missing[next] == variant {
                keep(forward, next, now);
                next += 1;
            }
            chain.forward(variant, self.alleles_at(variant), now);
        }
        now.iter_mut().for_each(|message| chain.begin_backward(message));
        let first = missing.first().copied().unwrap_or(chain.n_variants());
        let mut filled = Vec::with_capacity(missing.len());
        for variant in (first..chain.n_variants()).rev() {
            chain.backward(variant, self.alleles_at(variant), now);
            if next > 0 && missing[next - 1] == variant {
                next -= 1;
                let chance =
                    |copy: usize| chain.alternate_chance(variant, &forward[next][copy], &now[copy]);
                filled.push((variant, [0, 1].map(|copy| u8::from(chance(copy) > 0.5))));
            }
        }
        for (variant, alleles) in filled {
            (self.alleles[0][variant], self.alleles[1][variant]) = (alleles[0], alleles[1]);
        }
    }

    /// Changes that raise the posterior, the largest first, none near a larger one.
    fn changes(&self, joins: &[Joins], first: usize, cost: f64) -> Vec<Change> {
        let cost_at = |at: usize| if self.flipped[at] { -cost } else { cost };
        let mut possible = Vec::new();
        for (place, joins) in joins.iter().enumerate() {
            let at = first + place;
            let mut offer = |evidence: f64, alone: bool| {
                let change = Change { gain: 0.0, at, alone };
                let gain = evidence - change.places().map(cost_at).sum::<f64>();
                if gain > LEAST_GAIN {
                    possible.push(Change { gain, ..change });
                }
            };
            offer(joins.exchanged_from, false);
            if at + 1 < self.differing.len() {
                offer(joins.exchanged_at, true);
            }
        }
        possible.sort_by(|one, other| other.gain.total_cmp(&one.gain));
        let mut chosen: Vec<Change> = Vec::new();
        for change in possible {
            let apart = |other: &Change| {
                self.differing[other.at].abs_diff(self.differing[change.at]) >= SPACING
            };
            if chosen.iter().all(apart) {
                chosen.push(change);
            }
        }
        chosen
    }

    /// Log-likelihood of both haplotypes at the variants `within`, and the joins at heterozygous ones
    /// from number `first` on.
    fn joins(
        &self,
        chain: &DonorChain<'_>,
        within: Range<usize>,
        first: usize,
        scratch: &mut Scratch,
    ) -> (f64, Vec<Joins>) {
        let Scratch { now, forward } = scratch;
        now.iter_mut().for_each(|message| chain.begin_forward(message));
        let mut next = first;
        for variant in within.clone() {
            if self.differing.get(next) == Some(&variant) {
                keep(forward, next - first, now);
                next += 1;
            }
            chain.forward(variant, self.alleles_at(variant), now);
        }
        let log_likelihood = now[0].log_scale() + now[1].log_scale();
        now.iter_mut().for_each(|message| chain.begin_backward(message));
        let mut joins = Vec::with_capacity(next - first);
        for variant in (self.differing[first]..within.end).rev() {
            let alleles = self.alleles_at(variant);
            chain.backward(variant, alleles, now);
            if next > first && self.differing[next - 1] == variant {
                next -= 1;
                let [before, other_before] = &forward[next - first];
                let after = [&now[0], &now[1]];
                joins.push(chain.joins(variant, alleles, [before, other_before], after));
            }
        }
        joins.reverse();
        (log_likelihood, joins)
    }
}

/// Keeps two messages as number `at`, of which all before are kept already.
fn keep(kept: &mut Vec<[Message; 2]>, at: usize, now: &[Message; 2]) {
    if kept.len() == at {
        kept.push(Default::default());
    }
    kept[at].iter_mut().zip(now).for_each(|(kept, now)| kept.copy(now));
}

/// A change of phase at a heterozygous variant.
#[derive(Clone, Copy, Debug)]
struct Change {
    gain: f64,
    /// Number of the heterozygous variant.
    at: usize,
    /// Whether the alleles of this variant alone are exchanged.
    alone: bool,
}

impl Change {
    /// Heterozygous variants from which on everything is exchanged.
    fn places(&self) -> Range<usize> {
        self.at..self.at + 1 + usize::from(self.alone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::haplotypes::matrix::pack;
    use crate::data::haplotypes::packed::HaplotypeView;
    use crate::local_ancestry::copying::likelihood::Donors;
    use crate::local_ancestry::copying::likelihood::Rates;

    /// Donors 00000000 and 11111111; the pair is theirs with a switch at 4. One mutual change of
    /// donor has a chance of `c / 2` in each haplotype, c = 1 - exp(-.04), so that the switch gains
    /// about -2 log(c / 2) = 7.9: it is made at a cost of 7, and not at one of 9.
    #[test]
    fn a_switch_is_made_if_it_gains_more_than_its_cost() {
        let panel = HaplotypeView::whole(pack(&[0.0, 1.0].repeat(8), 1).unwrap());
        let cm: Vec<f64> = (0..8).map(|at| f64::from(at) / 100.0).collect();
        let donors = Donors::of_haplotypes(&panel, vec![0, 1], &cm);
        let range = donors.range(0, 0..8);
        let chain = DonorChain::new(&range, &cm, Rates::WHOLE_PANEL);
        let given = || Pair::new([vec![0, 0, 0, 0, 1, 1, 1, 1], vec![1, 1, 1, 1, 0, 0, 0, 0]]);
        let mut scratch = Scratch::default();
        let mut pair = given();
        let joins = pair.improve(&chain, 0, 9.0, &mut scratch).unwrap();
        assert_eq!(pair.alleles, given().alleles);
        let want = -2.0 * ((1.0 - (-0.04_f64).exp()) / 2.0).ln();
        assert!((joins[4].exchanged_from - want).abs() < 0.1, "{joins:?}");
        assert!(pair.improve(&chain, 0, 7.0, &mut scratch).is_none());
        let joins = pair.all_joins(&chain, 0, &mut scratch);
        assert_eq!(pair.alleles, [vec![0; 8], vec![1; 8]]);
        assert_eq!(pair.flipped, [4].map(|at| (0..8).map(|v| v == at).collect::<Vec<_>>())[0]);
        assert!((joins[4].exchanged_from + want).abs() < 0.1, "{joins:?}");
        // Missing alleles are those of the donor on either side.
        let mut pair = Pair::new([vec![0, 0, MISSING, 0], vec![1, 1, MISSING, 1]]);
        let range = donors.range(0, 0..4);
        let chain = DonorChain::new(&range, &cm[..4], Rates::WHOLE_PANEL);
        pair.fill(&chain, &[2], &mut scratch);
        assert_eq!(pair.alleles, [vec![0; 4], vec![1; 4]]);
    }
}
