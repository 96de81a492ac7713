//! Fst of pairs of populations.
//!
//! Source: Hudson, Slatkin and Maddison 1992, as Bhatia et al. 2013 (Genome Research 23, 1514-1521)
//! estimate it: of each variant numerator and denominator, over variants the ratio of their sums.
//! Standard errors by the delete-one jackknife over blocks of consecutive variants.
//!
//! What populations differ by because few alleles were drawn is taken off by the number of
//! independent ones: a haploid sample, coded as a homozygote, counts as one.

use crate::data::genotypes::counts::GenotypeCounts;
use crate::data::genotypes::genotype::GenotypeSource;
use crate::error::Result;
use crate::qc::inheritance::Inheritance;
use crate::qc::sample_mask::SampleMask;
use crate::task::Task;
use rayon::prelude::*;

/// Which samples have one allele, and where.
///
/// | field         | shape      | values                                            |
/// |---------------|------------|---------------------------------------------------|
/// | `inheritance` | n_variants |                                                   |
/// | `male`        | n_samples  | one allele on X; those that have Y                |
/// | `haploid`     | n_samples  | one allele at every variant                       |
#[derive(Clone, Copy)]
pub struct Ploidy<'a> {
    pub inheritance: &'a [Inheritance],
    pub male: &'a [bool],
    pub haploid: &'a [bool],
}

impl Ploidy<'_> {
    /// Number of alleles of a sample: 0, 1 or 2. Of mitochondria, and of Y in males, it is one.
    fn alleles(&self, sample: usize, inheritance: Inheritance) -> usize {
        match inheritance {
            Inheritance::YLinked => usize::from(self.male[sample]),
            Inheritance::Mitochondrial => 1,
            Inheritance::XLinked if self.male[sample] => 1,
            _ if self.haploid[sample] => 1,
            _ => 2,
        }
    }
}

/// Members of a population that have two alleles, and one.
struct Members {
    two: SampleMask,
    one: SampleMask,
}

impl Members {
    fn of(own: u16, population: &[u16], ploidy: &Ploidy<'_>, inheritance: Inheritance) -> Members {
        let with = |n: usize| {
            let is_one = |(sample, &code): (usize, &u16)| {
                code == own && ploidy.alleles(sample, inheritance) == n
            };
            SampleMask::of(&population.iter().enumerate().map(is_one).collect::<Vec<bool>>())
        };
        Members { two: with(2), one: with(1) }
    }

    fn alleles(&self, packed: &[u8]) -> Option<Alleles> {
        let count = |mask: &SampleMask| match mask.n_chosen() {
            0 => GenotypeCounts::default(),
            _ => mask.count(packed),
        };
        Alleles::of(&count(&self.two), &count(&self.one))
    }
}

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
    /// Of samples with two alleles, and of those with one, of which heterozygotes are errors of
    /// genotyping; `None` with fewer than two alleles.
    fn of(two: &GenotypeCounts, one: &GenotypeCounts) -> Option<Alleles> {
        let n = 2 * two.n_called() + one.hom_ref + one.hom_alt;
        let frequency = (two.het + 2 * two.hom_alt + one.hom_alt) as f64 / n as f64;
        let noise = || frequency * (1.0 - frequency) / (n as f64 - 1.0);
        (n >= 2).then(|| Alleles { frequency, noise: noise() })
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
/// | `ploidy`        |           | numbers of alleles                             |
/// | `most_blocks`   |           | blocks of the jackknife, fewer if variants are |
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is canceled.
///
/// # Panics
/// If there is not one code and ploidy per sample and one inheritance per variant, or a code is not
/// below `n_populations`.
pub fn pairwise_fst(
    source: &dyn GenotypeSource,
    population: &[u16],
    n_populations: usize,
    ploidy: Ploidy<'_>,
    most_blocks: usize,
    task: &Task,
) -> Result<PairwiseFst> {
    assert_eq!(population.len(), source.n_samples(), "one population per sample");
    assert_eq!(ploidy.male.len(), source.n_samples(), "one sex per sample");
    assert_eq!(ploidy.haploid.len(), source.n_samples(), "one ploidy per sample");
    assert_eq!(ploidy.inheritance.len(), source.n_variants(), "one inheritance per variant");
    assert!(population.iter().all(|&code| usize::from(code) < n_populations), "codes");
    let codes = 0..n_populations as u16;
    let members: Vec<(Inheritance, Vec<Members>)> = kinds(ploidy.inheritance)
        .into_iter()
        .map(|kind| {
            let of = |code| Members::of(code, population, &ploidy, kind);
            (kind, codes.clone().map(of).collect())
        })
        .collect();
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
                let kind = ploidy.inheritance[variant];
                let (_, own) = members.iter().find(|(known, _)| *known == kind).expect("all kinds");
                let alleles: Vec<Option<Alleles>> =
                    own.iter().map(|members| members.alleles(packed)).collect();
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

/// Each kind of inheritance that occurs.
fn kinds(inheritance: &[Inheritance]) -> Vec<Inheritance> {
    let mut kinds = Vec::new();
    for &kind in inheritance {
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    kinds
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

    /// All samples have two alleles everywhere.
    fn diploid_fst(
        source: &PackedGenotypes<'_>,
        population: &[u16],
        n_populations: usize,
        most_blocks: usize,
        task: &Task,
    ) -> Result<PairwiseFst> {
        let none = vec![false; population.len()];
        let inheritance = vec![Inheritance::Autosomal; source.n_variants()];
        let ploidy = Ploidy { inheritance: &inheritance, male: &none, haploid: &none };
        pairwise_fst(source, population, n_populations, ploidy, most_blocks, task)
    }

    /// Two haploid samples and a diploid one of the first population: alleles 1, 0 and 1 1, of the
    /// second a diploid 0 1 and a haploid 0; a heterozygous haploid sample is missing.
    /// (3/4 - 1/3)^2 - (3/16)/3 - (2/9)/2 = 25/144 - 9/144 - 16/144 = 0 over 3/4 2/3 + 1/4 1/3.
    #[test]
    fn a_haploid_sample_counts_as_one_allele() {
        let copies = [2, 0, 2, 1, 0, 1];
        let source = PackedGenotypes::from_copies(6, 1, |sample, _| Some(copies[sample]));
        let population = [0, 0, 0, 1, 1, 1];
        let haploid = [true, true, false, false, true, true];
        let ploidy = |inheritance, male, haploid| Ploidy { inheritance, male, haploid };
        let fst = |ploidy| pairwise_fst(&source, &population, 2, ploidy, 1, &Task::new());
        let (none, auto) = ([false; 6], [Inheritance::Autosomal]);
        let got = fst(ploidy(&auto, &none, &haploid)).unwrap().fst[1];
        assert!(got.abs() < 1e-12, "{got}");
        // Males on X are the same; elsewhere sex says nothing.
        let on_x = fst(ploidy(&[Inheritance::XLinked], &haploid, &none)).unwrap().fst[1];
        assert_eq!(on_x, got);
        let plain = fst(ploidy(&auto, &none, &none)).unwrap().fst[1];
        assert_eq!(fst(ploidy(&auto, &haploid, &none)).unwrap().fst[1], plain);
        assert!(plain != got);
        // On Y males alone, of which the second population has a single allele: no pair.
        let on_y = fst(ploidy(&[Inheritance::YLinked], &haploid, &none)).unwrap();
        assert!(on_y.fst[1].is_nan());
        // In mitochondria 2 of 3 alleles, and 0 of 1.
        let mt = fst(ploidy(&[Inheritance::Mitochondrial], &none, &none)).unwrap();
        assert!(mt.fst[1].is_nan());
    }

    /// Inbred lines of one population: their doubled alleles look like differences of populations.
    #[test]
    fn lines_of_one_population_have_no_fst_as_haploid_samples() {
        let alleles = random_source(30, 4000);
        let mut scratch = Vec::new();
        let copies: Vec<Option<u8>> = (0..4000)
            .flat_map(|variant| {
                let packed = alleles.packed(variant, &mut scratch).to_vec();
                (0..30).map(move |s| {
                    use crate::data::genotypes::genotype::COPIES;
                    use crate::data::genotypes::genotype::code;
                    COPIES[code(&packed, s) as usize].filter(|&g| g != 1)
                })
            })
            .collect();
        let source = PackedGenotypes::from_copies(30, 4000, |s, v| copies[v * 30 + s]);
        let population: Vec<u16> = (0..30).map(|sample| u16::from(sample >= 15)).collect();
        let (none, all) = ([false; 30], [true; 30]);
        let inheritance = vec![Inheritance::Autosomal; 4000];
        let ploidy = Ploidy { inheritance: &inheritance, male: &none, haploid: &all };
        let got = pairwise_fst(&source, &population, 2, ploidy, 50, &Task::new()).unwrap();
        assert!(got.fst[1].abs() < 4.0 * got.std_error[1], "{got:?}");
        let doubled = diploid_fst(&source, &population, 2, 50, &Task::new()).unwrap();
        assert!(doubled.fst[1] > 0.04, "{doubled:?}");
    }

    /// Two samples of each of two populations. First variant: 3 of 4 alleles and 1 of 4, so that
    /// (1/2)^2 - 2 (3/16)/3 = 1/8 over 9/16 + 1/16 = 5/8; second: 4 of 4 and 2 of 4, 1/4 - 0 - 1/12
    /// = 1/6 over 1/2. In all 7/24 over 9/8.
    #[test]
    fn fst_worked_by_hand() {
        let copies = [[2, 1, 1, 0], [2, 2, 1, 1]];
        let source =
            PackedGenotypes::from_copies(4, 2, |sample, variant| Some(copies[variant][sample]));
        let got = diploid_fst(&source, &[0, 0, 1, 1], 2, 2, &Task::new()).unwrap();
        let want = 7.0 / 27.0;
        assert!((got.fst[1] - want).abs() < 1e-12 && got.fst[1] == got.fst[2]);
        assert_eq!((got.fst[0], got.fst[3]), (0.0, 0.0));
        // Without the first 1/3, without the second 1/5: half of their difference.
        assert!((got.std_error[1] - 1.0 / 15.0).abs() < 1e-12);
        // No variant varies in a pair; one block has no standard error.
        let alike = PackedGenotypes::from_copies(4, 3, |_, _| Some(2));
        let got = diploid_fst(&alike, &[0, 0, 1, 1], 2, 1, &Task::new()).unwrap();
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
        let got = diploid_fst(&source, &population, k, n_blocks, &Task::new()).unwrap();
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
            pool.install(|| diploid_fst(&source, &population, k, n_blocks, &Task::new()).unwrap());
        assert_eq!(again.fst[1..3], got.fst[1..3]);
        assert_eq!(again.std_error[1..3], got.std_error[1..3]);
    }

    /// Populations drawn from the same frequencies: the estimate is 0 but for chance.
    #[test]
    fn one_population_in_two_has_no_fst() {
        let source = random_source(60, 4000);
        let population: Vec<u16> = (0..60).map(|sample| u16::from(sample >= 30)).collect();
        let got = diploid_fst(&source, &population, 2, 50, &Task::new()).unwrap();
        assert!(got.fst[1].abs() < 4.0 * got.std_error[1], "{got:?}");
        assert!(got.std_error[1] < 0.002, "{got:?}");
        let task = Task::new();
        task.cancel();
        assert!(diploid_fst(&source, &population, 2, 50, &task).is_err());
    }
}
