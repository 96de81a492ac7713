//! Random mating over generations.

use crate::error::Result;
use crate::linalg::random::generator;
use crate::simulation::chromosome::Chromosome;
use crate::simulation::founders::FounderDraw;
use crate::simulation::founders::below;
use crate::simulation::founders::choose;
use crate::simulation::mosaic::Mosaic;
use crate::simulation::mosaic::Piece;
use crate::simulation::mosaic::splice;
use crate::task::Task;
use rayon::prelude::*;

/// Both copies of every chromosome of one individual; sources are founding haplotypes.
pub type Individual = Vec<[Mosaic; 2]>;

/// One isolated deme.
pub struct Deme<'a> {
    pub chromosomes: &'a [Chromosome],
    /// Individuals of every generation but the last, at least 2.
    pub size: usize,
    /// Individuals of the last generation.
    pub n_samples: usize,
    /// Meioses between founders and samples, at least 1.
    pub generations: usize,
    /// n_populations, proportions of the founding haplotypes; sum to 1.
    pub proportions: &'a [f64],
    /// First stream of random numbers of this deme; it takes `n_streams()`.
    pub first_stream: u64,
    pub seed: u64,
}

impl Deme<'_> {
    /// Streams of random numbers that a deme takes.
    pub fn n_streams(&self) -> u64 {
        1 + (self.generations as u64 - 1) * self.size as u64 + self.n_samples as u64
    }

    /// The individuals of the last generation.
    ///
    /// Every individual has two parents, chosen at random from the generation before it, and from
    /// each a gamete. Each founding haplotype is a whole haplotype of a population chosen by
    /// `proportions`.
    ///
    /// # Errors
    /// `Interrupted`.
    ///
    /// # Panics
    /// If a size is too small.
    pub fn evolve(&self, draw: &mut FounderDraw, task: &Task) -> Result<Vec<Individual>> {
        assert!(self.size > 1 && self.generations > 0, "a deme that lasts");
        let mut alive = self.founders(draw);
        for generation in 1..=self.generations {
            let is_last = generation == self.generations;
            let n = if is_last { self.n_samples } else { self.size };
            let before = 1 + (generation as u64 - 1) * self.size as u64 + self.first_stream;
            let parents = &alive;
            let born: Vec<Individual> = (0..n)
                .into_par_iter()
                .map(|individual| {
                    task.advance(1)?;
                    Ok(self.child(parents, before + individual as u64))
                })
                .collect::<Result<_>>()?;
            alive = born;
        }
        Ok(alive)
    }

    fn founders(&self, draw: &mut FounderDraw) -> Vec<Individual> {
        let mut random = generator(self.seed, self.first_stream);
        let mut haplotype = || draw.next(choose(self.proportions, &mut random), &mut random);
        let pairs: Vec<[u32; 2]> = (0..self.size).map(|_| [haplotype(), haplotype()]).collect();
        let whole = |chromosome: &Chromosome, source| {
            vec![Piece { end_bp: chromosome.span_bp().1, source }]
        };
        let both = |pair: &[u32; 2]| -> Individual {
            let chromosomes = self.chromosomes.iter();
            chromosomes.map(|chromosome| pair.map(|source| whole(chromosome, source))).collect()
        };
        pairs.iter().map(both).collect()
    }

    fn child(&self, parents: &[Individual], stream: u64) -> Individual {
        let mut random = generator(self.seed, stream);
        let mother = below(parents.len(), &mut random);
        let father = (mother + 1 + below(parents.len() - 1, &mut random)) % parents.len();
        let mut gamete = |parent: usize, chromosome: usize| {
            let [one, other] = &parents[parent][chromosome];
            let first = below(2, &mut random);
            let cuts = self.chromosomes[chromosome].cuts(&mut random);
            splice([one, other], &cuts, first)
        };
        (0..self.chromosomes.len())
            .map(|chromosome| [gamete(mother, chromosome), gamete(father, chromosome)])
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 200 founding haplotypes of two populations, even ones of the first.
    fn draw() -> FounderDraw {
        FounderDraw::new(&[
            (0..200).filter(|h| h % 2 == 0).collect(),
            (0..200).filter(|h| h % 2 == 1).collect(),
        ])
    }

    /// 2 Morgans in 20,001 steps of 1 kb, and 1 Morgan.
    fn chromosomes() -> Vec<Chromosome> {
        let make = |n: i32| {
            let position: Vec<i32> = (0..=n).map(|v| 1000 * v).collect();
            let morgan: Vec<f64> = (0..=n).map(|v| f64::from(v) / 1e4).collect();
            Chromosome::new(0..n as usize + 1, &position, &morgan)
        };
        vec![make(20_000), make(10_000)]
    }

    fn evolved(generations: usize, size: usize, seed: u64) -> Vec<Individual> {
        let chromosomes = chromosomes();
        let deme = Deme {
            chromosomes: &chromosomes,
            size,
            n_samples: size,
            generations,
            proportions: &[0.5, 0.5],
            first_stream: 0,
            seed,
        };
        deme.evolve(&mut draw(), &Task::new()).unwrap()
    }

    /// Crossovers between different founders come at `generations` per Morgan, so that a chromosome
    /// of L Morgans has 1 + generations x L pieces on average, except for parents that are related:
    /// with 2 N founding haplotypes, a crossover of generation g joins copies of the same founder
    /// with probability 1 - (1 - 1 / 2N)^(g - 1), as a parent is never its own mate.
    #[test]
    fn pieces_are_as_many_as_theory_has() {
        for (generations, size) in [(1, 100), (5, 100), (10, 100)] {
            let individuals: Vec<Individual> =
                (0..8).flat_map(|seed| evolved(generations, size, seed)).collect();
            for (chromosome, morgans) in [(0, 2.0), (1, 1.0)] {
                let copies = individuals.iter().flat_map(|individual| &individual[chromosome]);
                let n = copies.clone().count() as f64;
                let mean = copies.map(|copy| copy.len() as f64).sum::<f64>() / n;
                let alive = |g: i32| (1.0 - 0.5 / size as f64).powi(g - 1);
                let want = 1.0 + morgans * (1..=generations as i32).map(alive).sum::<f64>();
                // Pieces of related copies are correlated: eight demes have less information than
                // 1,600 copies.
                assert!((mean / want - 1.0).abs() < 0.03, "{generations}: {mean} {want}");
            }
        }
    }

    /// Lengths of pieces that do not reach an end of the chromosome: exponential with rate
    /// `generations` per Morgan. Kolmogorov-Smirnov distance to the distribution of what fits into
    /// 2 Morgans, whose density at x is in proportion to (2 - x) exp(-rate x).
    #[test]
    fn inner_pieces_have_exponential_lengths() {
        let (generations, length) = (10, 2.0);
        let individuals: Vec<Individual> =
            (0..4).flat_map(|seed| evolved(generations, 400, 100 + seed)).collect();
        let mut morgans: Vec<f64> = individuals
            .iter()
            .flat_map(|individual| &individual[0])
            .flat_map(|copy| copy[..copy.len() - 1].windows(2))
            .map(|pair| f64::from(pair[1].end_bp - pair[0].end_bp) / 1e7)
            .collect();
        morgans.sort_by(f64::total_cmp);
        let mean_alive = (1..=10).map(|g| (1.0 - 0.5_f64 / 400.0).powi(g - 1)).sum::<f64>() / 10.0;
        let rate = generations as f64 * mean_alive;
        let below = |x: f64| {
            let decay = |x: f64| (-rate * x).exp();
            let whole = |x: f64| {
                length * (1.0 - decay(x)) / rate
                    - (1.0 - decay(x) * (1.0 + rate * x)) / (rate * rate)
            };
            whole(x) / whole(length)
        };
        let n = morgans.len() as f64;
        let distance = morgans
            .iter()
            .enumerate()
            .map(|(i, &x)| (below(x) - i as f64 / n).abs())
            .fold(0.0, f64::max);
        assert!(morgans.len() > 20_000 && distance < 0.02, "{distance} of {n}");
    }

    #[test]
    fn proportions_are_those_of_the_founders() {
        let chromosomes = chromosomes();
        let mut in_first = 0.0;
        for seed in 0..20 {
            let deme = Deme {
                chromosomes: &chromosomes,
                size: 100,
                n_samples: 20,
                generations: 4,
                proportions: &[0.8, 0.2],
                first_stream: 7,
                seed,
            };
            for individual in deme.evolve(&mut draw(), &Task::new()).unwrap() {
                for copy in individual.iter().flatten() {
                    let mut from = 0;
                    for piece in copy {
                        let is_first = f64::from(u8::from(piece.source % 2 == 0));
                        in_first += is_first * f64::from(piece.end_bp - from) / 20.0 / 20.0 / 2.0;
                        from = piece.end_bp;
                    }
                }
            }
        }
        let proportion = in_first / 3e7;
        assert!((proportion - 0.8).abs() < 0.02, "{proportion}");
    }

    #[test]
    fn a_deme_counts_its_streams() {
        let chromosomes = chromosomes();
        let deme = Deme {
            chromosomes: &chromosomes,
            size: 7,
            n_samples: 3,
            generations: 4,
            proportions: &[1.0],
            first_stream: 0,
            seed: 1,
        };
        // The founders, three generations of 7, and 3.
        assert_eq!(deme.n_streams(), 1 + 21 + 3);
    }
}
