//! Fst of pairs of populations.
//!
//! Source: Hudson, Slatkin and Maddison 1992, as Bhatia et al. 2013 (Genome Research 23, 1514-1521)
//! estimate it: of each variant numerator and denominator, over variants the ratio of their sums.
//! Standard errors by the delete-one jackknife over blocks of consecutive variants.

use crate::data::genotypes::counts::GenotypeCounts;
use crate::data::genotypes::genotype::GenotypeSource;
use crate::error::Result;
use crate::qc::sample_mask::SampleMask;
use crate::task::Task;
use rayon::prelude::*;

/// Fst of every pair, symmetric, not a number where no variant varies in a pair.
#[derive(Clone, Debug, PartialEq)]
pub struct PairwiseFst {
    /// n_populations x n_populations, 0 on the diagonal.
    pub fst: Vec<f64>,
    /// The same, not a number where there are fewer than two blocks.
    pub std_error: Vec<f64>,
}

/// Sums over variants for one pair.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Ratio {
    numerator: f64,
    denominator: f64,
}

impl Ratio {
    fn add(&mut self, other: Ratio) {
        self.numerator += other.numerator;
        self.denominator += other.denominator;
    }

    /// Without a part of it.
    fn without(self, part: Ratio) -> f64 {
        (self.numerator - part.numerator) / (self.denominator - part.denominator)
    }
}

/// Alleles of a population at a variant: proportion of the counted one, and what its variance adds
/// to the squared difference of two such.
struct Alleles {
    frequency: f64,
    noise: f64,
}

impl Alleles {
    /// `None` with fewer than two alleles.
    fn of(counts: &GenotypeCounts) -> Option<Alleles> {
        let n = 2.0 * counts.n_called() as f64;
        let frequency = counts.allele_frequency()?;
        (n >= 2.0).then(|| Alleles { frequency, noise: frequency * (1.0 - frequency) / (n - 1.0) })
    }
}

fn ratio(one: &Alleles, other: &Alleles) -> Ratio {
    let difference = one.frequency - other.frequency;
    Ratio {
        numerator: difference * difference - one.noise - other.noise,
        denominator: one.frequency * (1.0 - other.frequency)
            + other.frequency * (1.0 - one.frequency),
    }
}

/// Fst of all pairs of populations.
///
/// | argument        | shape     | values                                         |
/// |-----------------|-----------|------------------------------------------------|
/// | `source`        |           | genotypes, consecutive variants                |
/// | `population`    | n_samples | code in `0..n_populations`                     |
/// | `most_blocks`   |           | blocks of the jackknife, fewer if variants are |
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is canceled.
///
/// # Panics
/// If there is not one code per sample, or a code is not below `n_populations`.
pub fn pairwise_fst(
    source: &dyn GenotypeSource,
    population: &[u16],
    n_populations: usize,
    most_blocks: usize,
    task: &Task,
) -> Result<PairwiseFst> {
    assert_eq!(population.len(), source.n_samples(), "one population per sample");
    assert!(population.iter().all(|&code| usize::from(code) < n_populations), "codes");
    let members = |code: usize| {
        let is_member: Vec<bool> = population.iter().map(|&own| usize::from(own) == code).collect();
        SampleMask::of(&is_member)
    };
    let masks: Vec<SampleMask> = (0..n_populations).map(members).collect();
    let (n_variants, n_blocks) = (source.n_variants(), most_blocks.min(source.n_variants()));
    task.begin("comparing populations", n_variants as u64)?;
    let blocks: Vec<Vec<Ratio>> = (0..n_blocks)
        .into_par_iter()
        .map(|block| {
            let first = block * n_variants / n_blocks;
            let last = (block + 1) * n_variants / n_blocks;
            let mut sums = vec![Ratio::default(); n_populations * n_populations];
            let mut scratch = Vec::new();
            for variant in first..last {
                let packed = source.packed(variant, &mut scratch);
                let alleles: Vec<Option<Alleles>> =
                    masks.iter().map(|mask| Alleles::of(&mask.count(packed))).collect();
                for (cell, (one, other)) in pairs(n_populations) {
                    if let (Some(one), Some(other)) = (&alleles[one], &alleles[other]) {
                        sums[cell].add(ratio(one, other));
                    }
                }
                task.check()?;
            }
            source.release(first..last);
            task.advance((last - first) as u64)?;
            Ok(sums)
        })
        .collect::<Result<_>>()?;
    Ok(estimate(&blocks, n_populations))
}

/// Place in a square matrix, and both populations, of every pair.
fn pairs(n: usize) -> impl Iterator<Item = (usize, (usize, usize))> {
    (0..n).flat_map(move |one| (one + 1..n).map(move |other| (one * n + other, (one, other))))
}

fn estimate(blocks: &[Vec<Ratio>], n_populations: usize) -> PairwiseFst {
    let mut fst = vec![0.0; n_populations * n_populations];
    let mut std_error = fst.clone();
    for (cell, (one, other)) in pairs(n_populations) {
        let mut total = Ratio::default();
        blocks.iter().for_each(|block| total.add(block[cell]));
        let n = blocks.len() as f64;
        let left: Vec<f64> = blocks.iter().map(|block| total.without(block[cell])).collect();
        let mean = left.iter().sum::<f64>() / n;
        let squares: f64 = left.iter().map(|value| (value - mean).powi(2)).sum();
        let error = if n < 2.0 { f64::NAN } else { ((n - 1.0) / n * squares).sqrt() };
        for place in [cell, other * n_populations + one] {
            fst[place] = total.without(Ratio::default());
            std_error[place] = error;
        }
    }
    PairwiseFst { fst, std_error }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::genotypes::genotype::PackedGenotypes;
    use rayon::ThreadPoolBuilder;

    /// Two samples of each of two populations. First variant: 3 of 4 alleles and 1 of 4, so that
    /// (1/2)^2 - 2 (3/16)/3 = 1/8 over 9/16 + 1/16 = 5/8; second: 4 of 4 and 2 of 4, 1/4 - 0 - 1/12
    /// = 1/6 over 1/2. In all 7/24 over 9/8.
    #[test]
    fn fst_worked_by_hand() {
        let copies = [[2, 1, 1, 0], [2, 2, 1, 1]];
        let source =
            PackedGenotypes::from_copies(4, 2, |sample, variant| Some(copies[variant][sample]));
        let got = pairwise_fst(&source, &[0, 0, 1, 1], 2, 2, &Task::new()).unwrap();
        let want = 7.0 / 27.0;
        assert!((got.fst[1] - want).abs() < 1e-12 && got.fst[1] == got.fst[2]);
        assert_eq!((got.fst[0], got.fst[3]), (0.0, 0.0));
        // Without the first 1/3, without the second 1/5: half of their difference.
        assert!((got.std_error[1] - 1.0 / 15.0).abs() < 1e-12);
        // No variant varies in a pair; one block has no standard error.
        let alike = PackedGenotypes::from_copies(4, 3, |_, _| Some(2));
        let got = pairwise_fst(&alike, &[0, 0, 1, 1], 2, 1, &Task::new()).unwrap();
        assert!(got.fst[1].is_nan() && got.std_error[1].is_nan() && got.fst[0] == 0.0);
    }

    /// Genotypes in Hardy-Weinberg proportions, a fifth of them missing.
    fn random_source(n_samples: usize, n_variants: usize) -> PackedGenotypes<'static> {
        let mut state = 8_u64;
        let mut below = |n: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) % n
        };
        let values: Vec<Option<u8>> = (0..n_samples * n_variants)
            .map(|_| (below(5) > 0).then(|| [0, 1, 1, 2][below(4) as usize]))
            .collect();
        PackedGenotypes::from_copies(n_samples, n_variants, |s, v| values[v * n_samples + s])
    }

    /// Reference implementation: alleles counted one by one, sums written out, blocks left out by
    /// summing the others again.
    #[test]
    fn agrees_with_alleles_one_by_one() {
        use crate::data::genotypes::genotype::COPIES;
        use crate::data::genotypes::genotype::code;
        let (n_samples, n_variants, k, n_blocks) = (41, 57, 4, 5);
        let source = random_source(n_samples, n_variants);
        let population: Vec<u16> = (0..n_samples).map(|sample| (sample % 3) as u16).collect();
        let got = pairwise_fst(&source, &population, k, n_blocks, &Task::new()).unwrap();
        let alleles = |variant: usize, own: u16| {
            let mut scratch = Vec::new();
            let packed = source.packed(variant, &mut scratch);
            let of = (0..n_samples).filter(|&sample| population[sample] == own);
            let known: Vec<f64> =
                of.filter_map(|s| COPIES[code(packed, s) as usize]).map(f64::from).collect();
            (known.iter().sum::<f64>(), 2.0 * known.len() as f64)
        };
        let fst = |one: u16, other: u16, left_out: Option<usize>| {
            let (mut above, mut below) = (0.0, 0.0);
            for variant in 0..n_variants {
                let block =
                    (0..n_blocks).position(|block| variant < (block + 1) * n_variants / n_blocks);
                let ((a, n), (b, m)) = (alleles(variant, one), alleles(variant, other));
                if block == left_out || n == 0.0 || m == 0.0 {
                    continue;
                }
                let (p, q) = (a / n, b / m);
                above += (p - q).powi(2) - p * (1.0 - p) / (n - 1.0) - q * (1.0 - q) / (m - 1.0);
                below += p * (1.0 - q) + q * (1.0 - p);
            }
            above / below
        };
        for (one, other) in [(0, 1), (0, 2), (1, 2)] {
            let cell = one as usize * k + other as usize;
            assert!((got.fst[cell] - fst(one, other, None)).abs() < 1e-12);
            let left: Vec<f64> = (0..n_blocks).map(|block| fst(one, other, Some(block))).collect();
            let mean = left.iter().sum::<f64>() / n_blocks as f64;
            let squares: f64 = left.iter().map(|value| (value - mean).powi(2)).sum();
            let want = (squares * (n_blocks - 1) as f64 / n_blocks as f64).sqrt();
            assert!((got.std_error[cell] - want).abs() < 1e-12);
        }
        // No sample is of the last population.
        assert!(got.fst[3].is_nan());
        let pool = ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        let again =
            pool.install(|| pairwise_fst(&source, &population, k, n_blocks, &Task::new()).unwrap());
        assert_eq!(again.fst[1..3], got.fst[1..3]);
        assert_eq!(again.std_error[1..3], got.std_error[1..3]);
    }

    /// Populations drawn from the same frequencies: the estimate is 0 but for chance.
    #[test]
    fn one_population_in_two_has_no_fst() {
        let source = random_source(60, 4000);
        let population: Vec<u16> = (0..60).map(|sample| u16::from(sample >= 30)).collect();
        let got = pairwise_fst(&source, &population, 2, 50, &Task::new()).unwrap();
        assert!(got.fst[1].abs() < 4.0 * got.std_error[1], "{got:?}");
        assert!(got.std_error[1] < 0.002, "{got:?}");
        let task = Task::new();
        task.cancel();
        assert!(pairwise_fst(&source, &population, 2, 50, &task).is_err());
    }
}
