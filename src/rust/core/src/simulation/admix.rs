//! Admixed samples: haplotypes, their truth and their switches.

use crate::data::haplotypes::packed::HaplotypeView;
use crate::data::haplotypes::packed::PackedHaplotypes;
use crate::error::Error;
use crate::error::Result;
use crate::linalg::random::generator;
use crate::simulation::chromosome::Chromosome;
use crate::simulation::errors::exchange;
use crate::simulation::errors::misread;
use crate::simulation::errors::switch_places;
use crate::simulation::founders::FounderDraw;
use crate::simulation::founders::random_proportions;
use crate::simulation::generations::Deme;
use crate::simulation::generations::Individual;
use crate::simulation::mosaic::Mosaic;
use crate::simulation::mosaic::mosaic_alleles;
use crate::simulation::mosaic::put_bits;
use crate::simulation::mosaic::splice;
use crate::task::Task;
use rayon::prelude::*;

/// Most pieces that may be held at a time, 8 bytes each.
const MOST_PIECES: f64 = 5e8;

/// What to simulate.
#[derive(Clone, Debug)]
pub struct Plan {
    pub n_samples: usize,
    /// Isolated demes over which the samples are spread as evenly as can be, `1..=n_samples`.
    pub n_demes: usize,
    /// Individuals of a deme in every generation but the last, at least 2.
    pub deme_size: usize,
    /// Since admixture, at least 1.
    pub generations: usize,
    /// n_populations, proportions of all demes, or n_demes x n_populations; `None`: each deme has its
    /// own, drawn at random.
    pub proportions: Option<Vec<f64>>,
    /// Proportion of alleles that are read wrong.
    pub error_rate: f64,
    /// Probability of a phase switch between two heterozygous variants.
    pub switch_rate: f64,
    pub seed: u64,
}

/// Simulated samples.
pub struct Admixed {
    /// As they would be given, with wrong alleles and phase switches.
    pub haplotypes: PackedHaplotypes<'static>,
    /// n_samples.
    pub samples: Vec<Sample>,
}

/// Where the chromosomes of a sample come from; sources are haplotypes of the panel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// n_chromosomes, true phase.
    pub before: Individual,
    /// n_chromosomes, phase as given.
    pub after: Individual,
    /// n_chromosomes x n_switches: the first position after each switch.
    pub switches_bp: Vec<Vec<i32>>,
}

/// Samples whose ancestors come from several populations.
///
/// | argument      | shape         | values                                                    |
/// |---------------|---------------|-----------------------------------------------------------|
/// | `panel`       |               | haplotypes without absent alleles where they are founders |
/// | `chromosomes` | n_chromosomes | that partition the variants of the panel                  |
/// | `founders`    | n_populations x haplotypes | haplotypes of each population, `2 sample + copy` |
///
/// Without `switch_rate` and `error_rate` the same seed gives the same samples.
///
/// # Errors
/// [`Error::SimulationSize`]; `Interrupted`.
///
/// # Panics
/// If the plan, the proportions or the founders do not have their shapes.
pub fn admix(
    panel: &HaplotypeView<'_>,
    chromosomes: &[Chromosome],
    founders: &[Vec<u32>],
    plan: &Plan,
    task: &Task,
) -> Result<Admixed> {
    check_size(chromosomes, plan)?;
    let individuals = evolve(chromosomes, founders, plan, task)?;
    task.begin("copying alleles", plan.n_samples as u64)?;
    let row = 8 * panel.n_variants().div_ceil(64);
    let mut alleles = vec![0_u8; 2 * plan.n_samples * row];
    let samples = alleles
        .par_chunks_mut(2 * row)
        .zip(individuals)
        .enumerate()
        .map(|(sample, (bytes, before))| {
            task.advance(1)?;
            Ok(finish(panel, chromosomes, before, sample, plan, bytes))
        })
        .collect::<Result<_>>()?;
    let (n_samples, n_variants) = (plan.n_samples, panel.n_variants());
    let haplotypes = PackedHaplotypes::owned(alleles, Vec::new(), n_samples, n_variants);
    Ok(Admixed { haplotypes, samples })
}

/// Checks that the pieces of all individuals of a generation fit in memory.
fn check_size(chromosomes: &[Chromosome], plan: &Plan) -> Result<()> {
    let morgans: f64 = chromosomes.iter().map(Chromosome::morgans).sum();
    let each = 2.0 * (chromosomes.len() as f64 + plan.generations as f64 * morgans);
    let pieces = (2 * plan.deme_size + 3 * plan.n_samples) as f64 * each;
    if pieces > MOST_PIECES {
        let gigabytes = 8.0 * pieces / 1e9;
        return Err(Error::SimulationSize { gigabytes, most: 8.0 * MOST_PIECES / 1e9 });
    }
    Ok(())
}

/// The last generation of every deme, samples in order.
fn evolve(
    chromosomes: &[Chromosome],
    founders: &[Vec<u32>],
    plan: &Plan,
    task: &Task,
) -> Result<Vec<Individual>> {
    let born = plan.n_demes * plan.deme_size * (plan.generations - 1) + plan.n_samples;
    task.begin("mating", born as u64)?;
    // The streams of demes follow those of samples, so that errors change no mating.
    let mut stream = plan.n_samples as u64;
    let mut all = Vec::with_capacity(plan.n_samples);
    for deme in 0..plan.n_demes {
        let up_to = |deme: usize| deme * plan.n_samples / plan.n_demes;
        let k = founders.len();
        let own = match &plan.proportions {
            Some(all) if all.len() == k => all.clone(),
            Some(all) => all[deme * k..][..k].to_vec(),
            None => random_proportions(k, &mut generator(plan.seed, stream)),
        };
        stream += u64::from(plan.proportions.is_none());
        let deme = Deme {
            chromosomes,
            size: plan.deme_size,
            n_samples: up_to(deme + 1) - up_to(deme),
            generations: plan.generations,
            proportions: &own,
            first_stream: stream,
            seed: plan.seed,
        };
        all.extend(deme.evolve(&mut FounderDraw::new(founders), task)?);
        stream += deme.n_streams();
    }
    Ok(all)
}

/// Copies the alleles of a sample, misreads some, and switches its phase.
fn finish(
    panel: &HaplotypeView<'_>,
    chromosomes: &[Chromosome],
    before: Individual,
    sample: usize,
    plan: &Plan,
    bytes: &mut [u8],
) -> Sample {
    let mut random = generator(plan.seed, sample as u64);
    let n_variants = panel.n_variants();
    let mut haplotypes = [0, 1].map(|copy| {
        let mut row = vec![0_u64; n_variants.div_ceil(64)];
        let mut words = Vec::new();
        for (chromosome, pieces) in chromosomes.iter().zip(&before) {
            let variants = chromosome.variants.clone();
            let position = chromosome.position_bp();
            mosaic_alleles(panel, &pieces[copy], variants.clone(), position, &mut words);
            put_bits(&words, variants.len(), variants.start, &mut row);
        }
        misread(&mut row, n_variants, plan.error_rate, &mut random);
        row
    });
    let mut switches_bp: Vec<Vec<i32>> = Vec::with_capacity(chromosomes.len());
    for chromosome in chromosomes {
        let [one, other] = &mut haplotypes;
        let places = switch_places([one, other], chromosome, plan.switch_rate, &mut random);
        exchange((one, other), &places, chromosome.variants.end);
        let position = |place: &usize| chromosome.position_bp()[place - chromosome.variants.start];
        switches_bp.push(places.iter().map(position).collect());
    }
    let words = haplotypes.iter().flatten();
    words.zip(bytes.chunks_exact_mut(8)).for_each(|(w, b)| b.copy_from_slice(&w.to_le_bytes()));
    let after = before.iter().zip(&switches_bp).map(|(pair, places)| switched(pair, places));
    Sample { after: after.collect(), before, switches_bp }
}

/// A pair of copies, exchanged from each of these positions on.
fn switched(pair: &[Mosaic; 2], places_bp: &[i32]) -> [Mosaic; 2] {
    // Two at one position, of variants that both have it, cancel.
    let mut cuts: Vec<i32> = Vec::new();
    for &place in places_bp {
        if cuts.last() == Some(&(place - 1)) {
            cuts.pop();
        } else {
            cuts.push(place - 1);
        }
    }
    [0, 1].map(|first| splice([&pair[0], &pair[1]], &cuts, first))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::haplotypes::matrix::decode;
    use crate::data::haplotypes::matrix::pack;
    use crate::simulation::mosaic::Piece;
    use rayon::ThreadPoolBuilder;

    const N_PANEL: usize = 20;

    /// 40 haplotypes whose alleles at 300 variants, on chromosomes of 200 and 100, identify them.
    fn panel() -> HaplotypeView<'static> {
        let allele = |row: usize, v: usize| (row * 2_654_435 + v * v * 97 + row * v * 31) % 7 < 3;
        let places = (0..300).flat_map(|v| (0..2 * N_PANEL).map(move |row| (row, v)));
        let values: Vec<f64> = places.map(|(row, v)| f64::from(u8::from(allele(row, v)))).collect();
        HaplotypeView::whole(pack(&values, N_PANEL).unwrap())
    }

    fn chromosomes() -> Vec<Chromosome> {
        [0..200, 200..300]
            .map(|variants: std::ops::Range<usize>| {
                let position: Vec<i32> = (1..=variants.len() as i32).map(|v| 1000 * v).collect();
                let morgan: Vec<f64> = position.iter().map(|&bp| f64::from(bp) / 2e5).collect();
                Chromosome::new(variants, &position, &morgan)
            })
            .into()
    }

    fn founders() -> Vec<Vec<u32>> {
        vec![(0..10).collect(), (10..30).collect(), (30..40).collect()]
    }

    fn plan() -> Plan {
        Plan {
            n_samples: 11,
            n_demes: 3,
            deme_size: 6,
            generations: 4,
            proportions: Some(vec![0.5, 0.2, 0.3]),
            error_rate: 0.0,
            switch_rate: 0.0,
            seed: 5,
        }
    }

    fn simulated(plan: &Plan) -> Admixed {
        admix(&panel(), &chromosomes(), &founders(), plan, &Task::new()).unwrap()
    }

    fn decoded(view: &HaplotypeView<'_>) -> Vec<i32> {
        let mut out = vec![0; 2 * view.n_samples() * view.n_variants()];
        decode(view, -1, &mut out, &Task::new()).unwrap();
        out
    }

    fn source_at(mosaic: &[Piece], bp: i32) -> usize {
        mosaic.iter().find(|piece| bp <= piece.end_bp).unwrap().source as usize
    }

    /// Every allele is that of the founder which the truth names, before and after switches.
    #[test]
    fn alleles_are_copied_exactly() {
        let want = decoded(&panel());
        let mut n_pieces = 0;
        for switch_rate in [0.0, 0.2] {
            let admixed = simulated(&Plan { switch_rate, ..plan() });
            let n_switches: usize =
                admixed.samples.iter().flat_map(|s| &s.switches_bp).map(Vec::len).sum();
            assert_eq!(n_switches > 100, switch_rate > 0.0);
            let got = decoded(&HaplotypeView::whole(admixed.haplotypes));
            for (sample, truth) in admixed.samples.iter().enumerate() {
                for (chromosome, place) in chromosomes().iter().zip(0..) {
                    for copy in 0..2 {
                        n_pieces += truth.before[place][copy].len();
                        let variants = chromosome.variants.clone();
                        for (variant, &bp) in variants.zip(chromosome.position_bp()) {
                            let source = source_at(&truth.after[place][copy], bp);
                            let allele = got[variant * 22 + 2 * sample + copy];
                            assert_eq!(allele, want[variant * 2 * N_PANEL + source]);
                        }
                    }
                }
            }
        }
        assert!(n_pieces > 200, "{n_pieces}");
    }

    #[test]
    fn switches_exchange_the_truth() {
        let admixed = simulated(&Plan { switch_rate: 0.05, ..plan() });
        for sample in &admixed.samples {
            for chromosome in 0..2 {
                let (before, after) = (&sample.before[chromosome], &sample.after[chromosome]);
                for bp in (1000..=before[0].last().unwrap().end_bp).step_by(250) {
                    let places = sample.switches_bp[chromosome].iter();
                    let swaps = places.filter(|&&place| place <= bp).count() % 2;
                    for copy in 0..2 {
                        let (got, want) = (&after[copy], &before[(copy + swaps) % 2]);
                        assert_eq!(source_at(got, bp), source_at(want, bp));
                    }
                }
            }
        }
    }

    /// Errors and switches are drawn after everything else.
    #[test]
    fn errors_change_no_ancestry() {
        let plain = simulated(&plan());
        let rough = simulated(&Plan { error_rate: 0.05, switch_rate: 0.1, ..plan() });
        let before = |admixed: &Admixed| -> Vec<Individual> {
            admixed.samples.iter().map(|sample| sample.before.clone()).collect()
        };
        assert_eq!(before(&plain), before(&rough));
        let misread = simulated(&Plan { error_rate: 0.05, ..plan() });
        let alleles = |admixed: Admixed| decoded(&HaplotypeView::whole(admixed.haplotypes));
        let (a, b) = (alleles(plain), alleles(misread));
        let n_wrong = a.iter().zip(&b).filter(|(a, b)| a != b).count() as f64;
        assert!((n_wrong / a.len() as f64 - 0.05).abs() < 0.012, "{n_wrong}");
    }

    #[test]
    fn seeds_decide_and_threads_do_not() {
        let rough = Plan { error_rate: 0.01, switch_rate: 0.1, proportions: None, ..plan() };
        let with = |threads, seed| {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let got = pool.install(|| simulated(&Plan { seed, ..rough.clone() }));
            (got.haplotypes, got.samples)
        };
        assert_eq!(with(1, 1), with(3, 1));
        assert_ne!(with(1, 1), with(1, 2));
    }

    /// Demes with proportions of their own: samples of a deme are more alike than those of others.
    #[test]
    fn demes_differ_where_proportions_are_drawn() {
        let in_first = |sample: &Sample| {
            let mut length = 0;
            let mut from = 0;
            for piece in &sample.before[0][0] {
                length += i32::from(piece.source < 10) * (piece.end_bp - from);
                from = piece.end_bp;
            }
            f64::from(length) / 200_000.0
        };
        let proportions = |drawn: bool| {
            let plan = Plan {
                n_samples: 200,
                n_demes: 100,
                deme_size: 30,
                proportions: (!drawn).then(|| vec![0.4, 0.3, 0.3]),
                ..plan()
            };
            let proportions: Vec<f64> = simulated(&plan).samples.iter().map(in_first).collect();
            let mean = proportions.iter().sum::<f64>() / 200.0;
            let together = |pair: &[f64]| (pair[0] - mean) * (pair[1] - mean);
            proportions.chunks(2).map(together).sum::<f64>() / 100.0
        };
        let (drawn, given) = (proportions(true), proportions(false));
        // The variance of a proportion that is uniform on the simplex of three is 1/18.
        assert!(drawn > 0.03 && given < 0.02, "{drawn} {given}");
    }

    #[test]
    fn too_large_a_simulation_is_refused() {
        let plan = Plan { n_samples: 100_000, generations: 10_000, ..plan() };
        let error = admix(&panel(), &chromosomes(), &founders(), &plan, &Task::new());
        assert_eq!(error.err().map(|error| error.kind()), Some("simulation_size"));
    }
}
