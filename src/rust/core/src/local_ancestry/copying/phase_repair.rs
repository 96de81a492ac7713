//! Phase switches found and repaired before anything is known of ancestry.
//!
//! Each haplotype is a mosaic of all haplotypes of the panel
//! ([`crate::local_ancestry::copying::donor_chain`]). With everything from a heterozygous variant
//! on exchanged, each haplotype continues as the other one did; the evidence for a switch there is
//!
//! ```text
//! log(J_12 J_21) - log(J_11 J_22)
//! ```
//!
//! J_ab: sum over donors of the chance that haplotype a copies the donor at the variant, given all
//! alleles before it, times the chance of the alleles of b from it on, given that it does. A second
//! kind of change exchanges the alleles of one heterozygous variant alone, two switches in one.
//! With s the chance of a switch between two heterozygous variants, a switch costs
//! `log((1 - s) / s)`: changes whose evidence is above their cost are made, the largest first and
//! with it others that are far enough from it, until there is none: first near those that were made,
//! where each round raises the posterior of the phase (where several changes together do not, the
//! largest alone is made), then everywhere.
//!
//! s is estimated for each sample as it goes along the chromosome: switches over pairs, the start
//! value counted as [`PAIRS_OF_START`] pairs.
//!
//! The chromosome is taken in chunks with context on either side, a chunk of the panel at a time:
//! memory does not grow with its length. Switches in the context on the right are made for
//! those before them, and found again in the next chunk.
//!
//! Ours; the copying model is that of Li & Stephens 2003.

use crate::data::haplotypes::aligned::AlignedHaplotypes;
use crate::error::Result;
use crate::local_ancestry::copying::donor_chain::DonorChain;
use crate::local_ancestry::copying::donor_chain::Joins;
use crate::local_ancestry::copying::donor_chain::MISSING;
use crate::local_ancestry::copying::donor_chain::Message;
use crate::local_ancestry::copying::likelihood::Donors;
use crate::local_ancestry::copying::likelihood::Rates;
use crate::task::Task;
use rayon::prelude::*;
use std::ops::Range;

/// Heterozygous pairs that the switch rate at the start counts as.
const PAIRS_OF_START: f64 = 100.0;

/// Changes of one round are at least as many variants apart.
const SPACING: usize = 40;

/// Least gain, in logarithms: above rounding.
const LEAST_GAIN: f64 = 0.01;

/// Most rounds near changes. Each raises the posterior, so few are needed.
const MOST_ROUNDS: usize = 100;

/// Most passes over a chunk; the second most often finds nothing that is left.
const MOST_PASSES: usize = 6;

/// Variants on either side of changes among which changes are looked for again.
const NEAR: usize = 150;

/// How phase is repaired.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Chance of a switch between two heterozygous variants, where the estimate begins.
    pub switch_rate: f64,
    pub rates: Rates,
    /// Variants that are repaired together, above 0.
    pub chunk: usize,
    /// Variants on either side of them that inform about the copied donors.
    pub context: usize,
}

impl Default for Settings {
    fn default() -> Settings {
        let rates = Rates { changes_per_cm: 4.0, miscopied: 0.002 };
        Settings { switch_rate: 0.01, rates, chunk: 1200, context: 200 }
    }
}

/// From `variant` on the haplotypes of a sample are exchanged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flip {
    pub variant: usize,
    /// That the phase switches there, all other switches as they are.
    pub probability: f64,
}

/// The switches of each sample, in ascending order. A sample that lacks its second haplotype
/// anywhere has none.
///
/// `donors`: of one population, at the same variants.
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is canceled.
///
/// # Panics
/// If the donors are of other variants.
pub fn repair_phase(
    haplotypes: &AlignedHaplotypes<'_>,
    donors: &Donors<'_>,
    settings: &Settings,
    task: &Task,
) -> Result<Vec<Vec<Flip>>> {
    let (n_samples, n_variants) = (haplotypes.n_haplotypes() / 2, haplotypes.n_variants());
    assert_eq!(donors.n_variants(), n_variants, "donors at the same variants");
    let n_chunks = n_variants.div_ceil(settings.chunk);
    task.begin("repairing phase", (n_chunks * n_samples) as u64)?;
    let mut found: Vec<Found> =
        (0..n_samples).into_par_iter().map(|sample| Found::new(haplotypes, sample)).collect();
    for start in (0..n_variants).step_by(settings.chunk) {
        let chunk = Chunk::new(start, n_variants, settings);
        let range = donors.range(0, chunk.around.clone());
        let position_cm = &donors.position_cm()[chunk.around.clone()];
        let chain = DonorChain::new(&range, position_cm, settings.rates);
        found.par_iter_mut().enumerate().try_for_each_init(
            Scratch::default,
            |scratch, (sample, found)| {
                if !found.haploid {
                    found.repair(haplotypes, sample, &chunk, &chain, settings, scratch);
                }
                task.advance(1)
            },
        )?;
    }
    Ok(found.into_iter().map(|found| found.flips).collect())
}

/// Variants that are repaired together, and those with their context.
struct Chunk {
    own: Range<usize>,
    around: Range<usize>,
}

impl Chunk {
    fn new(start: usize, n_variants: usize, settings: &Settings) -> Chunk {
        let end = (start + settings.chunk).min(n_variants);
        let around =
            start.saturating_sub(settings.context)..(end + settings.context).min(n_variants);
        Chunk { own: start..end, around }
    }
}

/// What is known of a sample up to some variant.
struct Found {
    flips: Vec<Flip>,
    n_pairs: usize,
    haploid: bool,
}

impl Found {
    fn new(haplotypes: &AlignedHaplotypes<'_>, sample: usize) -> Found {
        let n_variants = haplotypes.n_variants();
        let haploid = haplotypes.may_be_haploid() && {
            let second = haplotypes.alleles(2 * sample + 1, 0..n_variants);
            let lacks =
                |variant: usize| second[variant].is_none() && !haplotypes.is_absent(variant);
            (0..n_variants).any(lacks)
        };
        Found { flips: Vec::new(), n_pairs: 0, haploid }
    }

    fn repair(
        &mut self,
        haplotypes: &AlignedHaplotypes<'_>,
        sample: usize,
        chunk: &Chunk,
        chain: &DonorChain<'_>,
        settings: &Settings,
        scratch: &mut Scratch,
    ) {
        let offset = chunk.around.start;
        let mut pair = Pair::of(haplotypes, sample, chunk.around.clone());
        for flip in self.flips.iter().filter(|flip| flip.variant >= offset) {
            pair.exchange_from(flip.variant - offset);
        }
        if self.flips.iter().filter(|flip| flip.variant < offset).count() % 2 == 1 {
            pair.exchange_from(0);
        }
        let place = |variant: usize| {
            pair.differing.partition_point(|&differing| differing < variant - offset)
        };
        let own = place(chunk.own.start)..place(chunk.own.end);
        if own.is_empty() {
            return;
        }
        let n_before = self.flips.len() as f64;
        let rate = (n_before + PAIRS_OF_START * settings.switch_rate)
            / (self.n_pairs as f64 + PAIRS_OF_START);
        let cost = ((1.0 - rate) / rate).ln();
        let joins = pair.improve(chain, own.start, cost, scratch);
        self.n_pairs += own.len();
        for at in own.clone().filter(|&at| pair.flipped[at]) {
            let against = joins[at - own.start].exchanged_from + cost;
            let probability = 1.0 / (1.0 + against.exp());
            self.flips.push(Flip { variant: offset + pair.differing[at], probability });
        }
    }
}

/// Memory of one thread.
#[derive(Default)]
struct Scratch {
    now: [Message; 2],
    /// Before each heterozygous variant.
    forward: Vec<[Message; 2]>,
}

/// The two haplotypes of a sample at consecutive variants.
struct Pair {
    /// 0, 1 or [`MISSING`].
    alleles: [Vec<u8>; 2],
    /// Variants at which they differ: where the sample is heterozygous.
    differing: Vec<usize>,
    /// Whether everything from a heterozygous variant on was exchanged.
    flipped: Vec<bool>,
}

impl Pair {
    fn of(haplotypes: &AlignedHaplotypes<'_>, sample: usize, variants: Range<usize>) -> Pair {
        let code = |allele: Option<bool>| allele.map_or(MISSING, u8::from);
        let alleles = [0, 1].map(|copy| -> Vec<u8> {
            haplotypes.alleles(2 * sample + copy, variants.clone()).into_iter().map(code).collect()
        });
        Pair::new(alleles)
    }

    fn new(alleles: [Vec<u8>; 2]) -> Pair {
        let [first, second] = &alleles;
        let differs =
            |&at: &usize| first[at] != second[at] && first[at] != MISSING && second[at] != MISSING;
        let differing: Vec<usize> = (0..first.len()).filter(differs).collect();
        Pair { flipped: vec![false; differing.len()], differing, alleles }
    }

    fn exchange_from(&mut self, variant: usize) {
        let [first, second] = &mut self.alleles;
        first[variant..].swap_with_slice(&mut second[variant..]);
    }

    fn apply(&mut self, change: &Change) {
        for at in change.places() {
            self.flipped[at] = !self.flipped[at];
            self.exchange_from(self.differing[at]);
        }
    }

    /// Makes changes at heterozygous variants from number `first` on; returns the joins there.
    fn improve(
        &mut self,
        chain: &DonorChain<'_>,
        first: usize,
        cost: f64,
        scratch: &mut Scratch,
    ) -> Vec<Joins> {
        let all = 0..chain.n_variants();
        for pass in 1.. {
            let (_, joins) = self.joins(chain, all.clone(), first, scratch);
            let changes = self.changes(&joins, first, cost);
            if changes.is_empty() || pass >= MOST_PASSES {
                return joins;
            }
            changes.iter().for_each(|change| self.apply(change));
            for near in self.ranges_near(&changes, chain.n_variants()) {
                self.improve_near(chain, near, first, cost, scratch);
            }
        }
        unreachable!("passes are bounded")
    }

    /// Ranges of variants around changes.
    fn ranges_near(&self, changes: &[Change], n_variants: usize) -> Vec<Range<usize>> {
        let mut places: Vec<usize> = changes.iter().map(|change| self.differing[change.at]).collect();
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
            ..place(near.end.saturating_sub(if near.end == chain.n_variants() { 0 } else { NEAR / 3 }));
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
        let [one, other] = &self.alleles;
        let Scratch { now, forward } = scratch;
        now.iter_mut().for_each(|message| chain.begin_forward(message));
        let mut next = first;
        for variant in within.clone() {
            if self.differing.get(next) == Some(&variant) {
                if forward.len() == next - first {
                    forward.push(Default::default());
                }
                let kept = &mut forward[next - first];
                kept.iter_mut().zip(now.iter()).for_each(|(kept, now)| kept.copy(now));
                next += 1;
            }
            chain.forward(variant, one[variant], &mut now[0]);
            chain.forward(variant, other[variant], &mut now[1]);
        }
        let log_likelihood = now[0].log_scale + now[1].log_scale;
        now.iter_mut().for_each(|message| chain.begin_backward(message));
        let mut joins = Vec::with_capacity(next - first);
        for variant in (self.differing[first]..within.end).rev() {
            chain.backward(variant, one[variant], &mut now[0]);
            chain.backward(variant, other[variant], &mut now[1]);
            if next > first && self.differing[next - 1] == variant {
                next -= 1;
                let [before, other_before] = &forward[next - first];
                let alleles = [one[variant], other[variant]];
                let after = [&now[0], &now[1]];
                joins.push(chain.joins(variant, alleles, [before, other_before], after));
            }
        }
        joins.reverse();
        (log_likelihood, joins)
    }
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
    use crate::data::genotypes::aligned::Reading;
    use crate::data::haplotypes::matrix::pack;
    use crate::data::haplotypes::packed::HaplotypeView;
    use crate::local_ancestry::copying::likelihood::reference::likelihood_at;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::RngCore;
    use rand_chacha::rand_core::SeedableRng;

    fn view(haplotypes: &[Vec<u8>]) -> HaplotypeView<'static> {
        let n_variants = haplotypes[0].len();
        let values = (0..n_variants).flat_map(|v| haplotypes.iter().map(move |h| f64::from(h[v])));
        let values: Vec<f64> = values.collect();
        HaplotypeView::whole(pack(&values, haplotypes.len() / 2).unwrap())
    }

    fn repaired(
        haplotypes: &[Vec<u8>],
        panel: &[Vec<u8>],
        cm: &[f64],
        settings: &Settings,
    ) -> Vec<Vec<Flip>> {
        let (haplotypes, panel) = (view(haplotypes), view(panel));
        let donors = Donors::of_haplotypes(&panel, (0..2 * panel.n_samples()).collect(), cm);
        let aligned = AlignedHaplotypes::as_they_are(&haplotypes);
        repair_phase(&aligned, &donors, settings, &Task::new()).unwrap()
    }

    fn variants_of(flips: &[Flip]) -> Vec<usize> {
        flips.iter().map(|flip| flip.variant).collect()
    }

    /// `pair` with everything from each of `switches` on exchanged.
    fn exchanged(pair: &[Vec<u8>], switches: &[usize]) -> Vec<Vec<u8>> {
        let (mut first, mut second) = (pair[0].clone(), pair[1].clone());
        switches.iter().for_each(|&at| first[at..].swap_with_slice(&mut second[at..]));
        vec![first, second]
    }

    /// A panel of `n` haplotypes, descended from `n_founders` with a change every 40 variants or
    /// so and a mutation in a hundred alleles.
    fn panel_of(n: usize, n_founders: usize, n_variants: usize, seed: u64) -> Vec<Vec<u8>> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut below = |n: usize| random.next_u32() as usize % n;
        let founders: Vec<Vec<u8>> = (0..n_founders)
            .map(|_| (0..n_variants).map(|_| u8::from(below(3) == 0)).collect())
            .collect();
        (0..n)
            .map(|_| {
                let mut founder = below(n_founders);
                (0..n_variants)
                    .map(|variant| {
                        founder = if below(40) == 0 { below(n_founders) } else { founder };
                        founders[founder][variant] ^ u8::from(below(100) == 0)
                    })
                    .collect()
            })
            .collect()
    }

    /// A mosaic of donors that changes every 200 variants or so.
    fn mosaic_of(panel: &[Vec<u8>], seed: u64) -> Vec<u8> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut below = |n: usize| random.next_u32() as usize % n;
        let mut donor = below(panel.len());
        (0..panel[0].len())
            .map(|variant| {
                donor = if below(200) == 0 { below(panel.len()) } else { donor };
                panel[donor][variant]
            })
            .collect()
    }

    fn spread_cm(n_variants: usize) -> Vec<f64> {
        (0..n_variants).map(|variant| variant as f64 / 250.0).collect()
    }

    /// Donors 00000000 and 11111111: the haplotypes 00011111 and 11100000 are theirs with a switch
    /// at the fourth variant.
    #[test]
    fn a_switch_worked_by_hand() {
        let panel = [vec![0; 8], vec![1; 8]];
        let pair = exchanged(&panel, &[3]);
        let got = repaired(&pair, &panel, &spread_cm(8), &Settings::default());
        assert_eq!(variants_of(&got[0]), [3]);
        assert!(got[0][0].probability > 0.99);
        // A switch between variants at which they are equal is at the next that differs.
        let equal = [vec![0, 0, 1, 0, 0, 0, 0, 1], vec![1; 8]];
        let pair = exchanged(&equal, &[2]);
        let got = repaired(&pair, &equal, &spread_cm(8), &Settings::default());
        assert_eq!(variants_of(&got[0]), [3]);
        // One allele out of phase is two switches, at it and at the next variant that differs.
        let got =
            repaired(&exchanged(&panel, &[3, 4]), &panel, &spread_cm(8), &Settings::default());
        assert_eq!(variants_of(&got[0]), [3, 4]);
        // Both haplotypes equally like both donors: nothing is evident.
        let panel = [vec![0; 8], vec![0; 8]];
        assert!(repaired(&pair, &panel, &spread_cm(8), &Settings::default())[0].is_empty());
    }

    /// The posterior of a phase in full, up to a constant.
    fn posterior(pair: &[Vec<u8>], panel: &[Vec<u8>], cm: &[f64], n: usize, rate: f64) -> f64 {
        let rows = |haplotypes: &[Vec<u8>]| -> Vec<Vec<Option<bool>>> {
            haplotypes.iter().map(|h| h.iter().map(|&allele| Some(allele == 1)).collect()).collect()
        };
        let (donors, pair) = (rows(panel), rows(pair));
        let of = |alleles: &Vec<Option<bool>>| likelihood_at((4.0, 0.002), alleles, &donors, cm);
        pair.iter().map(|alleles| of(alleles).ln()).sum::<f64>()
            - n as f64 * ((1.0 - rate) / rate).ln()
    }

    /// Few heterozygous variants: the posteriors of all phases are known. The repaired one is the
    /// largest of those that one change more leads to, and almost always of all.
    #[test]
    fn agrees_with_all_phases_of_small_samples() {
        let n_variants = 24;
        let (mut n_best, n_cases) = (0, 60);
        for case in 0..n_cases {
            let panel = panel_of(8, 4, n_variants, case);
            let mut random = ChaCha8Rng::seed_from_u64(1000 + case);
            let mut below = |n: usize| random.next_u32() as usize % n;
            let cm: Vec<f64> = (0..n_variants).map(|variant| variant as f64 / 100.0).collect();
            let mut pair = [panel[below(8)].clone(), panel[below(8)].clone()];
            // At most eight heterozygous variants.
            let mut n_differing = 0;
            for variant in 0..n_variants {
                n_differing += usize::from(pair[0][variant] != pair[1][variant]);
                if n_differing > 8 {
                    pair[1][variant] = pair[0][variant];
                }
            }
            let switches: Vec<usize> = (0..below(3)).map(|_| below(n_variants)).collect();
            let pair = exchanged(&pair, &switches);
            let got = variants_of(&repaired(&pair, &panel, &cm, &Settings::default())[0]);
            let differing: Vec<usize> =
                (0..n_variants).filter(|&at| pair[0][at] != pair[1][at]).collect();
            let value = |switches: &[usize]| {
                let pair = exchanged(&pair, switches);
                posterior(&pair, &panel, &cm, switches.len(), 0.01)
            };
            let own = value(&got);
            let toggled = |places: &[usize]| -> Vec<usize> {
                let has = |list: &[usize], at: &usize| list.contains(at);
                let is = |at: &&usize| has(&got, at) != has(places, at);
                differing.iter().filter(is).copied().collect()
            };
            for (number, &at) in differing.iter().enumerate() {
                assert!(value(&toggled(&[at])) < own + 2.0 * LEAST_GAIN, "case {case}");
                if let Some(&next) = differing.get(number + 1) {
                    assert!(value(&toggled(&[at, next])) < own + 2.0 * LEAST_GAIN, "case {case}");
                }
            }
            let subsets = 0..1_usize << differing.len();
            let best = subsets
                .map(|subset| {
                    let is = |number: &usize| subset >> number & 1 == 1;
                    let chosen: Vec<usize> =
                        (0..differing.len()).filter(is).map(|number| differing[number]).collect();
                    value(&chosen)
                })
                .fold(f64::NEG_INFINITY, f64::max);
            n_best += usize::from(own > best - 2.0 * LEAST_GAIN);
        }
        assert!(n_best * 20 >= n_cases as usize * 19, "{n_best} of {n_cases}");
    }

    /// A member of the panel is copied from itself throughout.
    #[test]
    fn members_of_the_panel_are_left_alone() {
        let panel = panel_of(40, 12, 900, 1);
        let settings = Settings { chunk: 300, context: 100, ..Settings::default() };
        for flips in repaired(&panel, &panel, &spread_cm(900), &settings) {
            assert!(flips.is_empty(), "{flips:?}");
        }
    }

    #[test]
    fn switches_are_found_to_within_the_homozygous_variants() {
        let n_variants = 1500;
        let panel = panel_of(60, 20, n_variants, 2);
        let (mut n_true, mut n_found, mut n_wrong) = (0, 0, 0);
        for sample in 0..10 {
            let pair = [mosaic_of(&panel, 50 + sample), mosaic_of(&panel, 80 + sample)];
            let differs = |at: usize| pair[0][at] != pair[1][at];
            let differing: Vec<usize> = (0..n_variants).filter(|&at| differs(at)).collect();
            let truth: Vec<usize> =
                (1..8).map(|at| differing[at * differing.len() / 8 + sample as usize]).collect();
            let given = exchanged(&pair, &truth);
            let settings = Settings { chunk: 600, context: 150, ..Settings::default() };
            let flips = repaired(&given, &panel, &spread_cm(n_variants), &settings);
            let got = variants_of(&flips[0]);
            n_true += truth.len();
            n_found += truth.iter().filter(|at| got.contains(at)).count();
            n_wrong += got.iter().filter(|at| !truth.contains(at)).count();
        }
        assert!(n_found * 10 >= n_true * 9, "{n_found} of {n_true}");
        assert!(n_wrong * 10 <= n_true, "{n_wrong} beside {n_true}");
    }

    #[test]
    fn borders_of_chunks_do_not_matter() {
        let n_variants = 2000;
        let panel = panel_of(50, 15, n_variants, 3);
        let haplotypes: Vec<Vec<u8>> = (0..6)
            .flat_map(|sample| {
                let pair = [mosaic_of(&panel, 2 * sample), mosaic_of(&panel, 2 * sample + 1)];
                exchanged(&pair, &[190, 455, 1003, 1004 + sample as usize, 1399, 1405, 1800])
            })
            .collect();
        let cm = spread_cm(n_variants);
        let got = |chunk: usize| {
            let settings = Settings { chunk, context: 200, ..Settings::default() };
            let flips = repaired(&haplotypes, &panel, &cm, &settings);
            flips.iter().map(|flips| variants_of(flips)).collect::<Vec<_>>()
        };
        let whole = got(n_variants);
        assert!(whole.iter().map(Vec::len).sum::<usize>() > 20);
        assert_eq!(got(1001), whole);
        assert_eq!(got(456), whole);
    }

    #[test]
    fn haploid_samples_and_absent_variants_are_left_alone() {
        let n_variants = 300;
        let panel = panel_of(20, 8, n_variants, 4);
        let pair = exchanged(&[mosaic_of(&panel, 1), mosaic_of(&panel, 2)], &[150]);
        // The second sample is the first one, haploid at its last variant.
        let values: Vec<f64> = (0..n_variants)
            .flat_map(|v| {
                let [one, other] = [0, 1].map(|copy| f64::from(pair[copy][v]));
                [one, other, one, if v + 1 == n_variants { f64::NAN } else { other }]
            })
            .collect();
        let haplotypes = HaplotypeView::whole(pack(&values, 2).unwrap());
        let (packed, cm) = (view(&panel), spread_cm(n_variants));
        let donors = Donors::of_haplotypes(&packed, (0..20).collect(), &cm);
        let readings: Vec<Reading> = (0..n_variants)
            .map(|at| if (140..160).contains(&at) { Reading::Absent } else { Reading::Counted })
            .collect();
        let aligned = AlignedHaplotypes::new(&haplotypes, readings);
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                repair_phase(&aligned, &donors, &Settings::default(), &Task::new()).unwrap()
            })
        };
        let got = run(1);
        assert!(got[1].is_empty());
        let first = (160..n_variants).find(|&at| pair[0][at] != pair[1][at]).unwrap();
        assert_eq!(variants_of(&got[0]), [first]);
        assert_eq!(run(3), got);
        let task = Task::new();
        task.cancel();
        assert!(repair_phase(&aligned, &donors, &Settings::default(), &task).is_err());
    }
}
