//! Phase switches found and repaired before anything is known of ancestry.
//!
//! Each haplotype is a mosaic of all haplotypes of the panel, and phase is improved as
//! [`crate::local_ancestry::copying::phase_pair`] does. A switch costs `log((1 - s) / s)`, s
//! being its chance between two heterozygous variants.
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
use crate::local_ancestry::copying::likelihood::Donors;
use crate::local_ancestry::copying::likelihood::Rates;
use crate::local_ancestry::copying::phase_pair::Chunk;
use crate::local_ancestry::copying::phase_pair::Pair;
use crate::local_ancestry::copying::phase_pair::Scratch;
use crate::task::Task;
use rayon::prelude::*;

/// Heterozygous pairs that the switch rate at the start counts as.
const PAIRS_OF_START: f64 = 100.0;

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
    /// Whether probabilities are asked for, a third of the time.
    pub probabilities: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            switch_rate: 0.01,
            rates: Rates::WHOLE_PANEL,
            chunk: 1200,
            context: 200,
            probabilities: true,
        }
    }
}

/// From `variant` on the haplotypes of a sample are exchanged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flip {
    pub variant: usize,
    /// That the phase switches there, all other switches as they are; NaN if not asked for.
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
        let chunk = Chunk::new(start, n_variants, settings.chunk, settings.context);
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
        self.n_pairs += own.len();
        if pair.improve(chain, own.start, cost, scratch).is_some() {
            return;
        }
        let asked = settings.probabilities.then(|| pair.all_joins(chain, own.start, scratch));
        for at in own.clone().filter(|&at| pair.flipped[at]) {
            let probability = asked.as_ref().map_or(f64::NAN, |joins| {
                let against = joins[at - own.start].exchanged_from + cost;
                1.0 / (1.0 + against.exp())
            });
            self.flips.push(Flip { variant: offset + pair.differing[at], probability });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::genotypes::aligned::Reading;
    use crate::data::haplotypes::matrix::pack;
    use crate::data::haplotypes::packed::HaplotypeView;
    use crate::local_ancestry::copying::likelihood::reference::likelihood_at;
    use crate::local_ancestry::copying::phase_pair::LEAST_GAIN;
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
            let [first, second] = &mut pair;
            for (first, second) in first.iter().zip(second) {
                n_differing += usize::from(first != second);
                if n_differing > 8 {
                    *second = *first;
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
    fn switches_are_the_same_without_probabilities() {
        let panel = panel_of(40, 12, 900, 5);
        let pair = exchanged(&[mosaic_of(&panel, 1), mosaic_of(&panel, 2)], &[200, 431, 777]);
        let got = |probabilities| {
            let settings = Settings { probabilities, ..Settings::default() };
            repaired(&pair, &panel, &spread_cm(900), &settings).remove(0)
        };
        let (with, without) = (got(true), got(false));
        assert!(with.len() >= 3);
        assert_eq!(variants_of(&with), variants_of(&without));
        assert!(with.iter().all(|flip| flip.probability > 0.5));
        assert!(without.iter().all(|flip| flip.probability.is_nan()));
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
