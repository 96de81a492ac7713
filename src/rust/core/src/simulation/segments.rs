//! The truth of simulated samples as a table.

use crate::simulation::chromosome::Chromosome;
use crate::simulation::generations::Individual;
use crate::simulation::mosaic::renamed;

/// Segments of one population each, in order of sample, copy, chromosome and place. All columns
/// have one entry per segment and count from 0, positions from 1 with both ends inside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Segments {
    pub sample: Vec<u32>,
    /// 0 or 1.
    pub copy: Vec<u32>,
    pub chromosome: Vec<u32>,
    pub start_bp: Vec<i32>,
    pub end_bp: Vec<i32>,
    pub population: Vec<u32>,
}

impl Segments {
    /// | argument      | shape         | values                          |
    /// |---------------|---------------|---------------------------------|
    /// | `individuals` | n_samples     | sources are haplotypes          |
    /// | `chromosomes` | n_chromosomes |                                 |
    /// | `population`  | n_haplotypes  | code of each haplotype          |
    pub fn new<'i>(
        individuals: impl Iterator<Item = &'i Individual>,
        chromosomes: &[Chromosome],
        population: &[u32],
    ) -> Segments {
        let mut segments = Segments::default();
        for (sample, individual) in individuals.enumerate() {
            for copy in 0..2 {
                for (chromosome, (pair, place)) in individual.iter().zip(chromosomes).enumerate() {
                    let mut start_bp = place.span_bp().0;
                    for piece in renamed(&pair[copy], |source| population[source as usize]) {
                        // Where the phase switches at the first position.
                        if piece.end_bp < start_bp {
                            continue;
                        }
                        segments.sample.push(sample as u32);
                        segments.copy.push(copy as u32);
                        segments.chromosome.push(chromosome as u32);
                        segments.start_bp.push(start_bp);
                        segments.end_bp.push(piece.end_bp);
                        segments.population.push(piece.source);
                        start_bp = piece.end_bp + 1;
                    }
                }
            }
        }
        segments
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::mosaic::Piece;

    /// One sample, two chromosomes; haplotypes 0 and 1 are of population 0, 2 of population 1.
    #[test]
    fn neighbors_of_one_population_are_one_segment() {
        let piece = |end_bp, source| Piece { end_bp, source };
        let individual = vec![
            [vec![piece(20, 0), piece(30, 1), piece(99, 2)], vec![piece(99, 1)]],
            [vec![piece(50, 2)], vec![piece(40, 2), piece(50, 0)]],
        ];
        let chromosomes = [
            Chromosome::new(0..2, &[11, 99], &[0.0, 1.0]),
            Chromosome::new(2..4, &[1, 50], &[0.0, 1.0]),
        ];
        let got = Segments::new([individual].iter(), &chromosomes, &[0, 0, 1]);
        assert_eq!(got.sample, [0; 6]);
        assert_eq!(got.copy, [0, 0, 0, 1, 1, 1]);
        assert_eq!(got.chromosome, [0, 0, 1, 0, 1, 1]);
        assert_eq!(got.start_bp, [11, 31, 1, 11, 1, 41]);
        assert_eq!(got.end_bp, [30, 99, 50, 99, 40, 50]);
        assert_eq!(got.population, [0, 1, 1, 0, 1, 0]);
    }

    /// Of two variants at 11 bp the phase switches at the second.
    #[test]
    fn no_segment_ends_before_it_begins() {
        let piece = |end_bp, source| Piece { end_bp, source };
        let individual = vec![[vec![piece(10, 0), piece(99, 2)], vec![piece(10, 2), piece(99, 0)]]];
        let chromosomes = [Chromosome::new(0..3, &[11, 11, 99], &[0.0, 0.0, 1.0])];
        let got = Segments::new([individual].iter(), &chromosomes, &[0, 0, 1]);
        assert_eq!((got.start_bp, got.end_bp), (vec![11, 11], vec![99, 99]));
        assert_eq!(got.population, [1, 0]);
    }
}
