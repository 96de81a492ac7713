//! Call rate, heterozygosity and inbreeding of every sample.
//!
//! Source: Purcell et al. 2007 (the method-of-moments F of PLINK's `--het` and, on X,
//! `--check-sex`).

use crate::data::genotypes::counts::GenotypeCounts;
use crate::data::genotypes::counts::LOW_BITS;
use crate::data::genotypes::genotype::GenotypeSource;
use crate::error::Result;
use crate::qc::inheritance::Inheritance;
use crate::qc::inheritance::Samples;
use crate::qc::sample_counters::SampleCounters;
use crate::qc::sample_mask::PER_WORD;
use crate::qc::sample_mask::SampleMask;
use crate::qc::sample_mask::copy_words;
use crate::task::Task;
use rayon::prelude::*;

/// Variants of one block. Sums of a block are added in the order of the blocks, so
/// that the number of threads changes no bit.
const BLOCK: usize = 4096;

/// Blocks that wait to be added in order.
const BLOCKS_IN_FLIGHT: usize = 16;

/// What is counted of one sample.
///
/// | field            | values                                                       |
/// |------------------|--------------------------------------------------------------|
/// | `n_called`       | variants with a genotype; Y only in males                    |
/// | `n_variants`     | variants that could have one: all, without Y in who is no male |
/// | `n_autosomal`    | called autosomal variants                                    |
/// | `n_het`          | heterozygous ones among them                                 |
/// | `autosomes`      | homozygotes at autosomal variants                            |
/// | `x`              | homozygotes at variants on X, of which males too may be heterozygous |
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SampleStats {
    pub n_called: u64,
    pub n_variants: u64,
    pub n_autosomal: u64,
    pub n_het: u64,
    pub autosomes: Homozygotes,
    pub x: Homozygotes,
}

/// Homozygous genotypes of one sample.
///
/// | field            | values                                                       |
/// |------------------|--------------------------------------------------------------|
/// | `n_tested`       | called variants that differ among founders                   |
/// | `observed_hom`   | homozygous ones among them, O                                |
/// | `expected_hom`   | sum of 1 - 2 p (1 - p) over them, E; p among founders        |
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Homozygotes {
    pub n_tested: u64,
    pub observed_hom: u64,
    pub expected_hom: f64,
}

impl Homozygotes {
    /// `(O - E) / (N - E)`, N the called variants that differ among founders; `None`
    /// where there is none.
    pub fn inbreeding(&self) -> Option<f64> {
        let possible = self.n_tested as f64 - self.expected_hom;
        (self.n_tested > 0)
            .then(|| (self.observed_hom as f64 - self.expected_hom) / possible)
            .filter(|f| f.is_finite())
    }
}

/// Statistics of every sample; [`crate::qc::inheritance`] defines which samples count where.
///
/// | argument      | shape      |
/// |---------------|------------|
/// | `inheritance` | n_variants |
/// | `samples`     | n_samples  |
/// | returned      | n_samples  |
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is canceled.
///
/// # Panics
/// If the sizes disagree.
pub fn sample_stats(
    source: &dyn GenotypeSource,
    inheritance: &[Inheritance],
    samples: &Samples,
    task: &Task,
) -> Result<Vec<SampleStats>> {
    let (n_samples, n_variants) = (source.n_samples(), source.n_variants());
    assert_eq!(inheritance.len(), n_variants, "one inheritance per variant");
    assert_eq!(samples.male.len(), n_samples, "one sex per sample");
    let founders = SampleMask::of(&samples.founder);
    let [male_founders, other_founders] =
        [true, false].map(|male| SampleMask::of(&samples.founders_by_sex(male)));
    let all = SampleMask::of(&vec![true; n_samples]);
    task.begin("counting genotypes", n_variants as u64)?;
    let mut sums = Sums::new(n_samples);
    let starts: Vec<usize> = (0..n_variants).step_by(BLOCK).collect();
    for starts in starts.chunks(BLOCKS_IN_FLIGHT) {
        let count = |&first: &usize| -> Result<Sums> {
            let (mut sums, mut scratch) = (Sums::new(n_samples), Vec::new());
            let mut words = vec![0; n_samples.div_ceil(PER_WORD)];
            let end = n_variants.min(first + BLOCK);
            for (variant, &inheritance) in (first..end).zip(&inheritance[first..end]) {
                let packed = source.packed(variant, &mut scratch);
                copy_words(packed, &mut words);
                let frequency = || match inheritance {
                    Inheritance::XLinked => {
                        x_frequency(&male_founders.count(packed), &other_founders.count(packed))
                    }
                    _ => founders.count(packed).allele_frequency(),
                };
                sums.add(&words, inheritance, &all, frequency);
            }
            source.release(first..end);
            task.advance((end - first) as u64)?;
            Ok(sums)
        };
        let blocks: Vec<_> = starts.par_iter().map(count).collect::<Result<_>>()?;
        blocks.into_iter().for_each(|block| sums.merge(block));
    }
    Ok(sums.finish(&samples.male))
}

/// Frequency of the counted allele on X: males have one copy, their heterozygous calls are missing.
fn x_frequency(males: &GenotypeCounts, others: &GenotypeCounts) -> Option<f64> {
    let n_alleles = males.hom_ref + males.hom_alt + 2 * others.n_called();
    let n_counted = males.hom_alt + others.het + 2 * others.hom_alt;
    (n_alleles > 0).then(|| n_counted as f64 / n_alleles as f64)
}

/// Counters of one run of variants, by what the variants take part in.
struct Sums {
    /// Autosomal variants that differ among founders.
    polymorphic: Tested,
    /// The other autosomal variants.
    monomorphic: SampleCounters,
    /// Variants on X that differ among founders.
    x: Tested,
    /// Other variants on X, and mitochondria: call rate alone.
    haploid: SampleCounters,
    /// Y: call rate of males alone.
    y: SampleCounters,
}

/// Counters of variants that differ among founders.
#[derive(Clone)]
struct Tested {
    counters: SampleCounters,
    /// Sum of 1 - 2 p (1 - p).
    expected_hom: f64,
    /// The part of that sum that each sample lacks by missing genotypes.
    expected_missing: Vec<f64>,
}

impl Tested {
    fn add(&mut self, words: &[u64], p: f64, all: &SampleMask) {
        let expected = 1.0 - 2.0 * p * (1.0 - p);
        self.counters.add(words);
        self.expected_hom += expected;
        for (word, (&codes, &mask)) in words.iter().zip(all.words()).enumerate() {
            let mut missing = codes & !(codes >> 1) & LOW_BITS & mask;
            while missing != 0 {
                let sample = word * PER_WORD + missing.trailing_zeros() as usize / 2;
                self.expected_missing[sample] += expected;
                missing &= missing - 1;
            }
        }
    }

    fn merge(&mut self, other: Tested) {
        self.counters.merge(other.counters);
        self.expected_hom += other.expected_hom;
        let missing = self.expected_missing.iter_mut().zip(other.expected_missing);
        missing.for_each(|(sum, more)| *sum += more);
    }

    /// Homozygotes, and missing and heterozygous genotypes, of every sample.
    fn finish(self) -> Vec<(Homozygotes, u64, u64)> {
        let n_variants = self.counters.n_variants();
        let (missing, het) = self.counters.finish();
        let of_sample = |sample: usize| {
            let n_tested = n_variants - missing[sample];
            let homozygotes = Homozygotes {
                n_tested,
                observed_hom: n_tested - het[sample],
                expected_hom: self.expected_hom - self.expected_missing[sample],
            };
            (homozygotes, missing[sample], het[sample])
        };
        (0..missing.len()).map(of_sample).collect()
    }
}

impl Sums {
    fn new(n_samples: usize) -> Sums {
        let counters = SampleCounters::new(n_samples);
        let tested = Tested {
            counters: counters.clone(),
            expected_hom: 0.0,
            expected_missing: vec![0.0; n_samples],
        };
        Sums {
            polymorphic: tested.clone(),
            monomorphic: counters.clone(),
            x: tested,
            haploid: counters.clone(),
            y: counters,
        }
    }

    fn add(
        &mut self,
        words: &[u64],
        inheritance: Inheritance,
        all: &SampleMask,
        frequency: impl Fn() -> Option<f64>,
    ) {
        let polymorphic = || frequency().filter(|&p| p > 0.0 && p < 1.0);
        match inheritance {
            Inheritance::YLinked => self.y.add(words),
            Inheritance::Mitochondrial => self.haploid.add(words),
            Inheritance::XLinked => match polymorphic() {
                Some(p) => self.x.add(words, p, all),
                None => self.haploid.add(words),
            },
            Inheritance::Autosomal | Inheritance::Unplaced => match polymorphic() {
                Some(p) => self.polymorphic.add(words, p, all),
                None => self.monomorphic.add(words),
            },
        }
    }

    fn merge(&mut self, other: Sums) {
        self.polymorphic.merge(other.polymorphic);
        self.monomorphic.merge(other.monomorphic);
        self.x.merge(other.x);
        self.haploid.merge(other.haploid);
        self.y.merge(other.y);
    }

    fn finish(self, male: &[bool]) -> Vec<SampleStats> {
        let [n_monomorphic, n_haploid, n_y] =
            [&self.monomorphic, &self.haploid, &self.y].map(|c| c.n_variants());
        let [n_polymorphic, n_x] =
            [&self.polymorphic, &self.x].map(|tested| tested.counters.n_variants());
        let (polymorphic, x) = (self.polymorphic.finish(), self.x.finish());
        let (mono_missing, mono_het) = self.monomorphic.finish();
        let (haploid_missing, y_missing) = (self.haploid.finish().0, self.y.finish().0);
        let of_sample = |sample: usize| {
            let (n_y, y_missing) = if male[sample] { (n_y, y_missing[sample]) } else { (0, 0) };
            let (autosomes, _, n_het) = polymorphic[sample];
            let (x, x_missing, _) = x[sample];
            let n_autosomal = autosomes.n_tested + n_monomorphic - mono_missing[sample];
            let n_other = n_x - x_missing + n_haploid - haploid_missing[sample];
            SampleStats {
                n_called: n_autosomal + n_other + n_y - y_missing,
                n_variants: n_polymorphic + n_monomorphic + n_x + n_haploid + n_y,
                n_autosomal,
                n_het: n_het + mono_het[sample],
                autosomes,
                x,
            }
        };
        (0..male.len()).map(of_sample).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::genotypes::genotype::PackedGenotypes;

    /// Two founders and a child at four autosomal variants; p = 3/4, 1/2, 0 (not tested)
    /// and 1/2 (one founder missing), so 1 - 2 p (1 - p) = 5/8, 1/2 and 1/2.
    #[test]
    fn agrees_with_a_hand_worked_case() {
        let copies = [
            [Some(2), Some(1), Some(1)],
            [Some(1), Some(1), Some(0)],
            [Some(0), Some(0), Some(1)],
            [Some(1), None, Some(2)],
        ];
        let source = PackedGenotypes::from_copies(3, 4, |s, v| copies[v][s]);
        let samples = Samples { male: vec![false; 3], founder: vec![true, true, false] };
        let kinds = [Inheritance::Autosomal; 4];
        let got = sample_stats(&source, &kinds, &samples, &Task::new()).unwrap();
        let counts =
            |s: &SampleStats| (s.n_called, s.n_het, s.autosomes.n_tested, s.autosomes.observed_hom);
        assert_eq!(
            got.iter().map(counts).collect::<Vec<_>>(),
            [(4, 2, 3, 1), (3, 2, 2, 0), (4, 2, 3, 2)]
        );
        let expected = got.iter().map(|s| s.autosomes.expected_hom);
        assert_eq!(expected.collect::<Vec<_>>(), [1.625, 1.125, 1.625]);
        assert_eq!(got[1].autosomes.inbreeding(), Some(-1.125 / 0.875));
    }

    #[test]
    fn only_autosomes_count_for_f_and_y_only_in_males() {
        use Inheritance::*;
        let copies =
            [[None, Some(1)], [Some(1), None], [Some(1), None], [None, None], [Some(1), Some(0)]];
        let source = PackedGenotypes::from_copies(2, 5, |s, v| copies[v][s]);
        let samples = Samples { male: vec![true, false], founder: vec![true, true] };
        let kinds = [YLinked, YLinked, XLinked, Mitochondrial, Unplaced];
        let got = sample_stats(&source, &kinds, &samples, &Task::new()).unwrap();
        assert_eq!((got[0].n_called, got[0].n_variants), (3, 5));
        assert_eq!((got[1].n_called, got[1].n_variants), (1, 3));
        assert_eq!((got[0].n_autosomal, got[0].n_het), (1, 1));
        assert_eq!((got[1].n_autosomal, got[1].n_het), (1, 0));
    }

    /// A male and two females at three variants on X: p = (1 + 2 + 1) / 5 and, as the male's
    /// heterozygous call is missing for it, (2 + 1) / 4; at the third nothing differs.
    #[test]
    fn x_counts_one_copy_of_a_male() {
        let copies =
            [[Some(2), Some(2), Some(1)], [Some(1), Some(2), Some(1)], [Some(0), Some(0), None]];
        let source = PackedGenotypes::from_copies(3, 3, |s, v| copies[v][s]);
        let samples = Samples { male: vec![true, false, false], founder: vec![true; 3] };
        let kinds = [Inheritance::XLinked; 3];
        let got = sample_stats(&source, &kinds, &samples, &Task::new()).unwrap();
        let counts = |s: &SampleStats| (s.n_called, s.n_variants, s.x.n_tested, s.x.observed_hom);
        let want = [(3, 3, 2, 1), (3, 3, 2, 2), (2, 3, 2, 0)];
        assert_eq!(got.iter().map(counts).collect::<Vec<_>>(), want);
        for own in &got {
            assert!((own.x.expected_hom - (0.68 + 0.625)).abs() < 1e-12);
            assert_eq!(own.autosomes, Homozygotes::default());
        }
        assert!((got[1].x.inbreeding().unwrap() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn nothing_called_gives_no_inbreeding() {
        let source = PackedGenotypes::from_copies(2, 3, |_, _| None);
        let samples = Samples { male: vec![false; 2], founder: vec![true; 2] };
        let kinds = [Inheritance::Autosomal; 3];
        let got = sample_stats(&source, &kinds, &samples, &Task::new()).unwrap();
        assert_eq!((got[0].n_called, got[0].autosomes.inbreeding()), (0, None));
    }

    #[test]
    fn agrees_with_the_reference_at_any_number_of_threads() {
        let copies = |s: usize, v: usize| match (s * s + 3 * v + s * v) % 7 % 4 {
            3 => None,
            copies => Some(copies as u8),
        };
        let (n_samples, n_variants) = (37, 9000);
        let source = PackedGenotypes::from_copies(n_samples, n_variants, copies);
        let samples = Samples {
            male: vec![false; n_samples],
            founder: (0..n_samples).map(|s| s % 5 != 4).collect(),
        };
        let kinds = vec![Inheritance::Autosomal; n_variants];
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| sample_stats(&source, &kinds, &samples, &Task::new()).unwrap())
        };
        let got = with(1);
        assert_eq!(got, with(3));
        for sample in [0, 4, 36] {
            let (mut observed, mut expected, mut n) = (0, 0.0, 0);
            for variant in 0..n_variants {
                let founders = (0..n_samples).filter(|s| s % 5 != 4);
                let calls: Vec<u8> = founders.filter_map(|s| copies(s, variant)).collect();
                let sum: u32 = calls.iter().map(|&c| u32::from(c)).sum();
                let p = f64::from(sum) / (2 * calls.len()) as f64;
                if let (Some(own), true) = (copies(sample, variant), p > 0.0 && p < 1.0) {
                    n += 1;
                    observed += u64::from(own != 1);
                    expected += 1.0 - 2.0 * p * (1.0 - p);
                }
            }
            let own = got[sample].autosomes;
            assert_eq!((own.n_tested, own.observed_hom), (n, observed));
            assert!((own.expected_hom - expected).abs() < 1e-8);
        }
    }
}
