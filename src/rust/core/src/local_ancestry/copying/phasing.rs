//! Genotypes phased against a panel.
//!
//! Both haplotypes of a sample are mosaics of all haplotypes of the panel
//! ([`crate::local_ancestry::copying::donor_chain`]). A beam search goes along the chromosome: at a
//! heterozygous variant each phase of those before it is continued both ways, and the likeliest
//! phases go on, so that a pair is decided by the variants after it as well. Phases that agree at
//! the last heterozygous variants, or differ there by an exchange of both haplotypes, have the same
//! future: the likelier one goes on. Then single switches are made as long as they raise the
//! likelihood ([`crate::local_ancestry::copying::phase_pair`]).
//!
//! Three exchanges would change the phase of two neighboring heterozygous variants: of everything
//! from the second one on, of the alleles of the second one alone, and of the first one alone. With
//! r the likelihood of each relative to that of the phase found, all else as it is, the phase is
//! right if an even number of them is true, each by itself with a probability of `r / (1 + r)`:
//!
//! ```text
//! P(right) = (1 + (1 - r_1) / (1 + r_1) (1 - r_2) / (1 + r_2) (1 - r_3) / (1 + r_3)) / 2
//! ```
//!
//! The samples also inform about each other: after a round against the panel each is phased again
//! against the panel and the haplotypes that the others of its batch got in the round before.
//!
//! Missing genotypes inform about nothing; in the end both haplotypes get the allele of the donors
//! that are more probably copied there.
//!
//! Chromosomes are taken in chunks with context on either side; the context on the left is phased
//! already, that on the right is phased again with the next chunk.
//!
//! Source: Li & Stephens 2003 for the model; the search is ours.

use crate::data::bit_transpose::SIDE;
use crate::data::genotypes::genotype::COPIES;
use crate::data::genotypes::genotype::GenotypeSource;
use crate::data::genotypes::genotype::code;
use crate::data::haplotypes::packed::HaplotypeView;
use crate::data::haplotypes::packed::PackedHaplotypes;
use crate::error::Result;
use crate::local_ancestry::copying::donor_chain::DonorChain;
use crate::local_ancestry::copying::donor_chain::MISSING;
use crate::local_ancestry::copying::donor_chain::Message;
use crate::local_ancestry::copying::likelihood::Donors;
use crate::local_ancestry::copying::likelihood::Rates;
use crate::local_ancestry::copying::phase_pair::Chunk;
use crate::local_ancestry::copying::phase_pair::Pair;
use crate::local_ancestry::copying::phase_pair::Scratch;
use crate::task::Task;
use rayon::prelude::*;

/// How genotypes are phased.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    pub rates: Rates,
    /// Most phases that are continued, above 0.
    pub beam: usize,
    /// Phases whose log-likelihood is lower by more are not continued.
    pub margin: f64,
    /// Phases that agree at so many last heterozygous variants have the same future.
    pub memory: usize,
    /// Variants that are phased together, above 0.
    pub chunk: usize,
    /// Variants on either side of them that inform about the copied donors.
    pub context: usize,
    /// Rounds in which samples inform about each other.
    pub cohort_rounds: usize,
    /// Consecutive samples that inform about each other, above 0: cost is proportional to them.
    pub batch: usize,
}

/// Rates at which mosaics of held-out members of panels were phased best.
const RATES: Rates = Rates { changes_per_cm: 8.0, miscopied: 0.01 };

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            rates: RATES,
            beam: 8,
            margin: 8.0,
            memory: 20,
            chunk: 1200,
            context: 200,
            cohort_rounds: 3,
            batch: 500,
        }
    }
}

/// Two heterozygous variants of a sample with none between them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeterozygousPair {
    pub first: usize,
    pub second: usize,
    /// That their phase is right, see above.
    pub probability: f32,
}

/// Haplotypes, and of each sample its pairs in ascending order.
#[derive(Clone, Debug)]
pub struct Phased {
    pub haplotypes: PackedHaplotypes<'static>,
    pub pairs: Vec<Vec<HeterozygousPair>>,
}

/// Phases all samples at all variants.
///
/// `donors`: of one population, at the same variants.
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is canceled.
///
/// # Panics
/// If the donors are of other variants.
pub fn phase_genotypes(
    genotypes: &dyn GenotypeSource,
    donors: &Donors<'_>,
    settings: &Settings,
    task: &Task,
) -> Result<Phased> {
    assert_eq!(donors.n_variants(), genotypes.n_variants(), "donors at the same variants");
    let mut phased = round(genotypes, donors, None, settings, task)?;
    for _ in 0..if genotypes.n_samples() > 1 { settings.cohort_rounds } else { 0 } {
        let cohort = HaplotypeView::whole(phased.haplotypes);
        phased = round(genotypes, donors, Some(&cohort), settings, task)?;
    }
    Ok(phased)
}

/// Phases all samples once, against `donors` and the other samples of the batch in `cohort`.
fn round(
    genotypes: &dyn GenotypeSource,
    donors: &Donors<'_>,
    cohort: Option<&HaplotypeView<'_>>,
    settings: &Settings,
    task: &Task,
) -> Result<Phased> {
    let (n_samples, n_variants) = (genotypes.n_samples(), genotypes.n_variants());
    let stage =
        if cohort.is_some() { "phasing by panel and cohort" } else { "phasing by the panel" };
    task.begin(stage, (n_variants.div_ceil(settings.chunk) * n_samples) as u64)?;
    let row = n_variants.div_ceil(SIDE) * 8;
    let mut alleles = vec![0; 2 * n_samples * row];
    let mut found: Vec<Vec<HeterozygousPair>> = vec![Vec::new(); n_samples];
    let mut last = vec![None; n_samples];
    for start in (0..n_variants).step_by(settings.chunk) {
        let chunk = Chunk::new(start, n_variants, settings.chunk, settings.context);
        let codes = Codes::of(genotypes, &chunk);
        let panel = donors.range(0, chunk.around.clone());
        let position_cm = &donors.position_cm()[chunk.around.clone()];
        for batch in (0..n_samples).step_by(settings.batch) {
            let samples = batch..(batch + settings.batch).min(n_samples);
            let others = cohort.filter(|_| samples.len() > 1).map(|cohort| {
                let chosen = (2 * samples.start..2 * samples.end).collect();
                let own = Donors::of_haplotypes(cohort, chosen, donors.position_cm());
                panel.with(&own.range(0, chunk.around.clone()))
            });
            let bytes = &mut alleles[2 * row * samples.start..2 * row * samples.end];
            let work = bytes
                .par_chunks_mut(2 * row)
                .zip(&mut found[samples.clone()])
                .zip(&mut last[samples])
                .enumerate();
            work.try_for_each_init(
                Scratch::default,
                |scratch, (place, ((bytes, pairs), last))| {
                    let own = panel.n_donors() + 2 * place;
                    let others = others.as_ref().map(|others| others.without(own..own + 2));
                    let range = others.as_ref().unwrap_or(&panel);
                    let chain = DonorChain::new(range, position_cm, settings.rates);
                    let known = Known { codes: &codes, sample: batch + place, chunk: &chunk };
                    let (first, second) = bytes.split_at_mut(row);
                    known.phase([first, second], pairs, last, &chain, settings, scratch);
                    task.advance(1)
                },
            )?;
        }
    }
    let haplotypes = PackedHaplotypes::owned(alleles, Vec::new(), n_samples, n_variants);
    Ok(Phased { haplotypes, pairs: found })
}

/// Copies of the alternate allele at the variants of a chunk, or [`MISSING`].
struct Codes {
    /// n_variants x n_samples.
    copies: Vec<u8>,
    n_samples: usize,
}

impl Codes {
    fn of(genotypes: &dyn GenotypeSource, chunk: &Chunk) -> Codes {
        let n_samples = genotypes.n_samples();
        let (mut copies, mut scratch) = (Vec::new(), Vec::new());
        for variant in chunk.around.clone() {
            let packed = genotypes.packed(variant, &mut scratch);
            let of = |sample| COPIES[usize::from(code(packed, sample))].unwrap_or(MISSING);
            copies.extend((0..n_samples).map(of));
        }
        genotypes.release(chunk.around.clone());
        Codes { copies, n_samples }
    }
}

/// The last heterozygous variant that was phased.
#[derive(Clone, Copy, Debug)]
struct Last {
    variant: usize,
    /// Likelihood, relative to that of the phase found, with its alleles alone exchanged.
    alone: f64,
}

/// The genotypes of one sample.
struct Known<'c> {
    codes: &'c Codes,
    sample: usize,
    chunk: &'c Chunk,
}

impl Known<'_> {
    /// Writes the haplotypes of a chunk into `bytes`, whose bits before it are there already.
    /// `last`: the last heterozygous variant before it.
    fn phase(
        &self,
        mut bytes: [&mut [u8]; 2],
        pairs: &mut Vec<HeterozygousPair>,
        last: &mut Option<Last>,
        chain: &DonorChain<'_>,
        settings: &Settings,
        scratch: &mut Scratch,
    ) {
        let (own, around) = (self.chunk.own.clone(), self.chunk.around.clone());
        let offset = around.start;
        let copies: Vec<u8> = (0..around.len())
            .map(|at| self.codes.copies[at * self.codes.n_samples + self.sample])
            .collect();
        // Before the chunk phase is known.
        let allele = |copy: usize, at: usize| match copies[at] {
            MISSING => MISSING,
            1 if offset + at < own.start => {
                let variant = offset + at;
                bytes[copy][variant / 8] >> (variant % 8) & 1
            }
            1 => UNPHASED,
            copies => copies / 2,
        };
        let mut alleles =
            [0, 1].map(|copy| (0..around.len()).map(|at| allele(copy, at)).collect::<Vec<u8>>());
        beam_search(&mut alleles, chain, settings);
        let mut pair = Pair::new(alleles);
        let place = |variant: usize| pair.differing.partition_point(|&at| at + offset < variant);
        let places = place(own.start)..place(own.end);
        if !places.is_empty() {
            let joins = pair.improve(chain, places.start, 0.0, scratch);
            let joins = joins.unwrap_or_else(|| pair.all_joins(chain, places.start, scratch));
            for (joins, at) in joins.iter().zip(places) {
                let second = offset + pair.differing[at];
                // At the last variant alone is from it on.
                let is_last = at + 1 == pair.differing.len();
                let alone = if is_last { 0.0 } else { joins.exchanged_at.exp() };
                match last.replace(Last { variant: second, alone }) {
                    Some(Last { variant: first, alone: before }) => {
                        let product: f64 = [joins.exchanged_from.exp(), alone, before]
                            .iter()
                            .map(|odds| (1.0 - odds) / (1.0 + odds))
                            .product();
                        let probability = ((1.0 + product) / 2.0) as f32;
                        pairs.push(HeterozygousPair { first, second, probability });
                    }
                    // At the first variant alone is from the next one on.
                    None => *last = Some(Last { variant: second, alone: 0.0 }),
                }
            }
        }
        let missing: Vec<usize> =
            (own.start - offset..own.end - offset).filter(|&at| copies[at] == MISSING).collect();
        if !missing.is_empty() {
            pair.fill(chain, &missing, scratch);
        }
        for (bytes, alleles) in bytes.iter_mut().zip(&pair.alleles) {
            for variant in own.clone() {
                bytes[variant / 8] |= (alleles[variant - offset] & 1) << (variant % 8);
            }
        }
    }
}

/// Of a heterozygous variant that has no phase yet.
const UNPHASED: u8 = 2;

/// A phase of the variants up to some place.
#[derive(Clone)]
struct Phase {
    messages: [Message; 2],
    /// Of each heterozygous variant that was phased, whether the first haplotype has the
    /// alternate allele.
    first: Vec<bool>,
}

impl Phase {
    fn log_likelihood(&self) -> f64 {
        self.messages[0].log_scale() + self.messages[1].log_scale()
    }

    /// What it has in common with phases of the same future, if it goes on with `next`.
    fn recent(&self, next: bool, memory: usize) -> impl Iterator<Item = bool> {
        let own = self.first.iter().rev().take(memory.saturating_sub(1));
        own.map(move |&first| first == next)
    }
}

/// A phase that goes on at a heterozygous variant.
struct Continued {
    parent: usize,
    /// Whether the first haplotype has the alternate allele.
    first: bool,
    log_likelihood: f64,
}

/// Replaces [`UNPHASED`] alleles by those of the likeliest phase that is found.
fn beam_search(alleles: &mut [Vec<u8>; 2], chain: &DonorChain<'_>, settings: &Settings) {
    let [one, other] = &*alleles;
    let unphased = |at: usize| one[at] == UNPHASED;
    let Some(start) = (0..one.len()).find(|&at| unphased(at)) else { return };
    let mut messages = [Message::default(), Message::default()];
    messages.iter_mut().for_each(|message| chain.begin_forward(message));
    let mut phases = vec![Phase { messages, first: Vec::new() }];
    // Until one variant has a phase it does not matter which haplotype is the first.
    let mut symmetric = (0..start).all(|at| one[at] == other[at]);
    for variant in 0..one.len() {
        if unphased(variant) {
            phases = continued(phases, variant, symmetric, chain, settings);
            symmetric = false;
            continue;
        }
        for phase in &mut phases {
            chain.forward(variant, [one[variant], other[variant]], &mut phase.messages);
        }
    }
    // The first of equally likely ones.
    let best = phases.iter().reduce(|best, phase| {
        if phase.log_likelihood() > best.log_likelihood() { phase } else { best }
    });
    let mut first = best.into_iter().flat_map(|phase| phase.first.iter());
    let [one, other] = alleles;
    for (one, other) in one.iter_mut().zip(other).filter(|(one, _)| **one == UNPHASED) {
        let alternate = first.next().is_some_and(|&first| first);
        (*one, *other) = (u8::from(alternate), u8::from(!alternate));
    }
}

/// The phases that go on at a heterozygous variant, the likeliest first.
fn continued(
    phases: Vec<Phase>,
    variant: usize,
    symmetric: bool,
    chain: &DonorChain<'_>,
    settings: &Settings,
) -> Vec<Phase> {
    let mut possible = Vec::with_capacity(2 * phases.len());
    for (parent, phase) in phases.iter().enumerate() {
        let [one, other] = [0, 1].map(|copy| chain.allele_chances(variant, &phase.messages[copy]));
        for first in [false, true].into_iter().take(if symmetric { 1 } else { 2 }) {
            let own = one[usize::from(first)].ln() + other[usize::from(!first)].ln();
            let log_likelihood = phase.log_likelihood() + own;
            possible.push(Continued { parent, first, log_likelihood });
        }
    }
    possible.sort_by(|one, other| other.log_likelihood.total_cmp(&one.log_likelihood));
    let least = possible[0].log_likelihood - settings.margin;
    let mut chosen: Vec<Continued> = Vec::with_capacity(settings.beam);
    for next in possible {
        if chosen.len() == settings.beam || next.log_likelihood < least {
            break;
        }
        let recent = |next: &Continued| phases[next.parent].recent(next.first, settings.memory);
        if !chosen.iter().any(|before| recent(before).eq(recent(&next))) {
            chosen.push(next);
        }
    }
    chosen
        .into_iter()
        .map(|next| {
            let mut phase = phases[next.parent].clone();
            phase.first.push(next.first);
            let alleles = [u8::from(next.first), u8::from(!next.first)];
            chain.forward(variant, alleles, &mut phase.messages);
            phase
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::genotypes::genotype::PackedGenotypes;
    use crate::data::haplotypes::matrix::decode;
    use crate::data::haplotypes::matrix::pack;
    use crate::local_ancestry::copying::likelihood::reference::likelihood_at;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::RngCore;
    use rand_chacha::rand_core::SeedableRng;
    use std::ops::Range;

    /// Of each haplotype its alleles.
    fn decoded(packed: PackedHaplotypes<'static>) -> Vec<Vec<u8>> {
        let view = HaplotypeView::whole(packed);
        let (n_rows, n_variants) = (2 * view.n_samples(), view.n_variants());
        let mut out = vec![0; n_rows * n_variants];
        decode(&view, -1, &mut out, &Task::new()).unwrap();
        (0..n_rows)
            .map(|row| (0..n_variants).map(|v| out[v * n_rows + row] as u8).collect())
            .collect()
    }

    fn view(haplotypes: &[Vec<u8>]) -> HaplotypeView<'static> {
        let n_variants = haplotypes[0].len();
        let values = (0..n_variants).flat_map(|v| haplotypes.iter().map(move |h| f64::from(h[v])));
        let values: Vec<f64> = values.collect();
        HaplotypeView::whole(pack(&values, haplotypes.len() / 2).unwrap())
    }

    /// Phases `copies` (one row for each sample).
    fn phased(
        copies: &[Vec<Option<u8>>],
        panel: &[Vec<u8>],
        cm: &[f64],
        settings: &Settings,
    ) -> Phased {
        let genotypes =
            PackedGenotypes::from_copies(copies.len(), cm.len(), |sample, v| copies[sample][v]);
        let panel = view(panel);
        let donors = Donors::of_haplotypes(&panel, (0..2 * panel.n_samples()).collect(), cm);
        phase_genotypes(&genotypes, &donors, settings, &Task::new()).unwrap()
    }

    fn copies_of(pair: &[Vec<u8>]) -> Vec<Option<u8>> {
        pair[0].iter().zip(&pair[1]).map(|(one, other)| Some(one + other)).collect()
    }

    /// Copied from founders with a change every `run` variants or so.
    fn mosaic(founders: &[Vec<u8>], run: usize, random: &mut ChaCha8Rng) -> Vec<u8> {
        let mut below = |n: usize| random.next_u32() as usize % n;
        let mut founder = below(founders.len());
        (0..founders[0].len())
            .map(|variant| {
                founder = if below(run) == 0 { below(founders.len()) } else { founder };
                founders[founder][variant]
            })
            .collect()
    }

    /// Mosaics of founders, with a mutation in 200 alleles.
    fn panel_of(n: usize, n_variants: usize, seed: u64) -> Vec<Vec<u8>> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let founders: Vec<Vec<u8>> = (0..n / 4 + 2)
            .map(|_| (0..n_variants).map(|_| u8::from(random.next_u32() % 3 == 0)).collect())
            .collect();
        let mut panel: Vec<Vec<u8>> = (0..n).map(|_| mosaic(&founders, 60, &mut random)).collect();
        for allele in panel.iter_mut().flatten() {
            *allele ^= u8::from(random.next_u32() % 200 == 0);
        }
        panel
    }

    fn spread_cm(n_variants: usize) -> Vec<f64> {
        (0..n_variants).map(|variant| variant as f64 / 250.0).collect()
    }

    /// Donors 000000 and 111111; heterozygous everywhere but at 2, where the genotype is missing.
    /// A switch is a change of donor in both haplotypes, each with a chance of `c / 2` against
    /// `1 - c / 2`, c = 1 - exp(-8 d); everything else is a hundred times less likely.
    #[test]
    fn one_sample_worked_by_hand() {
        let panel = [vec![0; 6], vec![1; 6]];
        let mut copies = copies_of(&panel);
        copies[2] = None;
        let cm = [0.0, 0.05, 0.1, 0.15, 0.2, 0.25];
        let got = phased(&[copies], &panel, &cm, &Settings::default());
        assert_eq!(decoded(got.haplotypes), panel);
        let pairs = &got.pairs[0];
        let places: Vec<(usize, usize)> = pairs.iter().map(|p| (p.first, p.second)).collect();
        assert_eq!(places, [(0, 1), (1, 3), (3, 4), (4, 5)]);
        let probability = |d: f64| {
            let changed = (1.0 - (-8.0 * d).exp()) / 2.0;
            1.0 / (1.0 + (changed / (1.0 - changed)).powi(2))
        };
        // The pair across the missing genotype is twice as far apart.
        for (pair, d) in pairs.iter().zip([0.05, 0.1, 0.05, 0.05]) {
            let want = probability(d);
            assert!((f64::from(pair.probability) - want).abs() < 0.02, "{pair:?}, {want}");
        }
    }

    /// Few heterozygous variants: all phases are known. The one that is found is the likeliest.
    #[test]
    fn agrees_with_the_likeliest_of_all_phases() {
        let n_variants = 26;
        for case in 0..40 {
            let panel = panel_of(8, n_variants, case);
            let mut random = ChaCha8Rng::seed_from_u64(500 + case);
            let mut pair = [mosaic(&panel, 15, &mut random), mosaic(&panel, 15, &mut random)];
            let mut n_differing = 0;
            let [first, second] = &mut pair;
            for (first, second) in first.iter().zip(second) {
                n_differing += usize::from(first != second);
                if n_differing > 8 {
                    *second = *first;
                }
            }
            let cm: Vec<f64> = (0..n_variants).map(|variant| variant as f64 / 100.0).collect();
            let mut copies = copies_of(&pair);
            copies[case as usize % n_variants] = None;
            let settings = Settings { beam: 512, margin: 1e9, memory: 99, ..Settings::default() };
            let got = phased(&[copies.clone()], &panel, &cm, &settings);
            let found = decoded(got.haplotypes);
            let rows: Vec<Vec<Option<bool>>> =
                panel.iter().map(|h| h.iter().map(|&a| Some(a == 1)).collect()).collect();
            let log_likelihood = |pair: &[Vec<u8>]| -> f64 {
                let known = |(v, &allele): (usize, &u8)| copies[v].map(|_| allele == 1);
                let of = |haplotype: &Vec<u8>| {
                    let alleles: Vec<Option<bool>> =
                        haplotype.iter().enumerate().map(known).collect();
                    likelihood_at((8.0, 0.01), &alleles, &rows, &cm).ln()
                };
                pair.iter().map(of).sum()
            };
            let differing: Vec<usize> = (0..n_variants).filter(|&v| copies[v] == Some(1)).collect();
            let with = |phase: usize| {
                let mut pair = pair.clone();
                for (bit, &variant) in differing.iter().enumerate() {
                    let first = (phase >> bit & 1) as u8;
                    (pair[0][variant], pair[1][variant]) = (first, 1 - first);
                }
                log_likelihood(&pair)
            };
            let best = (0..1 << differing.len()).map(with).fold(f64::NEG_INFINITY, f64::max);
            let own = log_likelihood(&found);
            assert!((own - best).abs() < 0.05, "case {case}: {own}, {best}");
            // Pairs: against everything from the second one on exchanged, or one of the two.
            let odds = |variants: Range<usize>| {
                let mut other = found.clone();
                let [first, second] = &mut other[..] else { panic!("two haplotypes") };
                first[variants.clone()].swap_with_slice(&mut second[variants]);
                (log_likelihood(&other) - own).exp()
            };
            let n_pairs = got.pairs[0].len();
            for (number, pair) in got.pairs[0].iter().enumerate() {
                let even = |odds: f64| (1.0 - odds) / (1.0 + odds);
                let mut product = even(odds(pair.second..n_variants));
                if number > 0 {
                    product *= even(odds(pair.first..pair.first + 1));
                }
                if number + 1 < n_pairs {
                    product *= even(odds(pair.second..pair.second + 1));
                }
                let want = (1.0 + product) / 2.0;
                assert!((f64::from(pair.probability) - want).abs() < 1e-4, "case {case}");
            }
        }
    }

    #[test]
    fn mosaics_of_the_panel_are_phased() {
        let n_variants = 3000;
        let panel = panel_of(80, n_variants, 7);
        let mut random = ChaCha8Rng::seed_from_u64(8);
        let truth: Vec<Vec<u8>> = (0..12).map(|_| mosaic(&panel, 300, &mut random)).collect();
        let mut copies: Vec<Vec<Option<u8>>> = truth.chunks(2).map(copies_of).collect();
        for copies in &mut copies {
            (0..n_variants).step_by(97).for_each(|at| copies[at] = None);
        }
        let settings = Settings { chunk: 700, ..Settings::default() };
        let got = phased(&copies, &panel, &spread_cm(n_variants), &settings);
        let found = decoded(got.haplotypes);
        let (mut n_pairs, mut n_wrong, mut n_filled_wrong) = (0, 0, 0);
        for (sample, pairs) in got.pairs.iter().enumerate() {
            let [one, other] = [&found[2 * sample], &found[2 * sample + 1]];
            let [true_one, true_other] = [&truth[2 * sample], &truth[2 * sample + 1]];
            let is_first = |at: usize| one[at] == true_one[at];
            n_pairs += pairs.len();
            n_wrong += pairs.iter().filter(|p| is_first(p.first) != is_first(p.second)).count();
            for at in 0..n_variants {
                let same = one[at] + other[at] == true_one[at] + true_other[at];
                assert!(same || copies[sample][at].is_none(), "genotypes are kept");
                n_filled_wrong += usize::from(!same);
            }
            // Every heterozygous variant but the first is the second one of a pair.
            let heterozygous = (0..n_variants).filter(|&at| copies[sample][at] == Some(1)).count();
            assert_eq!(pairs.len(), heterozygous - 1);
            assert!(pairs.windows(2).all(|two| two[0].second == two[1].first));
        }
        assert!(n_wrong * 100 < n_pairs, "{n_wrong} of {n_pairs}");
        assert!(n_filled_wrong * 10 < 6 * 31, "{n_filled_wrong}");
        // Chunks join: all in one agrees almost everywhere.
        let settings = Settings { chunk: n_variants, ..settings };
        let whole = decoded(phased(&copies, &panel, &spread_cm(n_variants), &settings).haplotypes);
        let mut n_differ = 0;
        for (pairs, (one, other)) in got.pairs.iter().zip(found.chunks(2).zip(whole.chunks(2))) {
            let same = |at: usize| one[0][at] == other[0][at];
            n_differ += pairs.iter().filter(|p| same(p.first) != same(p.second)).count();
        }
        assert!(n_differ * 500 < n_pairs, "{n_differ} of {n_pairs}");
    }

    /// Samples whose eight haplotypes the panel does not have, each in some other sample as well.
    #[test]
    fn samples_inform_about_each_other() {
        let n_variants = 1000;
        let panel = panel_of(20, n_variants, 20);
        let absent = panel_of(8, n_variants, 21);
        let mut random = ChaCha8Rng::seed_from_u64(22);
        let truth: Vec<Vec<u8>> =
            (0..24).map(|_| absent[random.next_u32() as usize % 8].clone()).collect();
        let copies: Vec<Vec<Option<u8>>> = truth.chunks(2).map(copies_of).collect();
        let n_wrong = |settings: Settings| {
            let got = phased(&copies, &panel, &spread_cm(n_variants), &settings);
            let found = decoded(got.haplotypes);
            let wrong = got.pairs.iter().enumerate().map(|(sample, pairs)| {
                let is_first = |at: usize| found[2 * sample][at] == truth[2 * sample][at];
                pairs.iter().filter(|p| is_first(p.first) != is_first(p.second)).count()
            });
            wrong.sum::<usize>()
        };
        let alone = n_wrong(Settings { cohort_rounds: 0, ..Settings::default() });
        let together = n_wrong(Settings::default());
        assert!(together * 3 < alone, "{together}, {alone}");
        // In a batch of its own a sample has the panel alone.
        assert_eq!(n_wrong(Settings { batch: 1, ..Settings::default() }), alone);
    }

    #[test]
    fn threads_do_not_matter_and_a_canceled_task_stops() {
        let n_variants = 400;
        let panel = panel_of(30, n_variants, 9);
        let mut random = ChaCha8Rng::seed_from_u64(10);
        let truth: Vec<Vec<u8>> = (0..10).map(|_| mosaic(&panel, 100, &mut random)).collect();
        let copies: Vec<Vec<Option<u8>>> = truth.chunks(2).map(copies_of).collect();
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let settings = Settings { chunk: 150, context: 50, ..Settings::default() };
            let got = pool.install(|| phased(&copies, &panel, &spread_cm(n_variants), &settings));
            (decoded(got.haplotypes), got.pairs)
        };
        assert_eq!(run(1), run(3));
        let genotypes = PackedGenotypes::from_copies(5, n_variants, |s, v| copies[s][v]);
        let (panel, cm) = (view(&panel), spread_cm(n_variants));
        let donors = Donors::of_haplotypes(&panel, vec![0], &cm);
        let task = Task::new();
        task.cancel();
        assert!(phase_genotypes(&genotypes, &donors, &Settings::default(), &task).is_err());
    }
}
