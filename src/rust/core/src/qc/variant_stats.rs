//! Call rate, allele frequency and Hardy-Weinberg p-value of every variant.

use crate::data::genotypes::counts::GenotypeCounts;
use crate::data::genotypes::genotype::GenotypeSource;
use crate::error::Result;
use crate::qc::hardy_weinberg::hardy_weinberg_p;
use crate::qc::inheritance::Inheritance;
use crate::qc::inheritance::Samples;
use crate::qc::sample_mask::SampleMask;
use crate::task::Task;
use rayon::prelude::*;

/// Variants counted between two checks of the task.
const BLOCK: usize = 1024;

/// What is counted at one variant.
///
/// | field              | values                                                      |
/// |--------------------|-------------------------------------------------------------|
/// | `n_called`         | samples with a genotype; on Y males alone                   |
/// | `n_samples`        | samples that could have one: all, on Y the males            |
/// | `allele_frequency` | of the counted allele among founders; `None` without a call |
/// | `hwe_p`            | among founders; `None` on Y and mitochondria, or without a call |
/// | `n_het_haploid`    | heterozygous genotypes of males on X and Y                  |
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct VariantStats {
    pub n_called: usize,
    pub n_samples: usize,
    pub allele_frequency: Option<f64>,
    pub hwe_p: Option<f64>,
    pub n_het_haploid: usize,
}

/// Statistics of every variant; [`crate::qc::inheritance`] defines which samples count where.
///
/// | argument      | shape      | values                                    |
/// |---------------|------------|-------------------------------------------|
/// | `inheritance` | n_variants |                                           |
/// | `samples`     | n_samples  |                                           |
/// | `mid_p`       | scalar     | whether p-values are mid-p                |
/// | returned      | n_variants |                                           |
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is canceled.
///
/// # Panics
/// If the sizes disagree.
pub fn variant_stats(
    source: &dyn GenotypeSource,
    inheritance: &[Inheritance],
    samples: &Samples,
    mid_p: bool,
    task: &Task,
) -> Result<Vec<VariantStats>> {
    let n_variants = source.n_variants();
    assert_eq!(inheritance.len(), n_variants, "one inheritance per variant");
    let groups = Groups::of(samples, source.n_samples());
    task.begin("counting genotypes", n_variants as u64)?;
    let mut stats = vec![VariantStats::default(); n_variants];
    stats.par_chunks_mut(BLOCK).enumerate().try_for_each(|(block, stats)| {
        let first = block * BLOCK;
        let mut scratch = Vec::new();
        for (offset, stats) in stats.iter_mut().enumerate() {
            let variant = first + offset;
            *stats =
                groups.stats(source.packed(variant, &mut scratch), inheritance[variant], mid_p);
        }
        source.release(first..first + stats.len());
        task.advance(stats.len() as u64)
    })?;
    Ok(stats)
}

/// The groups of samples that are counted apart.
struct Groups {
    all: SampleMask,
    founders: SampleMask,
    males: SampleMask,
    male_founders: SampleMask,
    other_founders: SampleMask,
    all_are_founders: bool,
}

impl Groups {
    fn of(samples: &Samples, n_samples: usize) -> Groups {
        assert_eq!(samples.male.len(), n_samples, "one sex per sample");
        assert_eq!(samples.founder.len(), n_samples, "founder or not, per sample");
        Groups {
            all: SampleMask::of(&vec![true; n_samples]),
            founders: SampleMask::of(&samples.founder),
            males: SampleMask::of(&samples.male),
            male_founders: SampleMask::of(&samples.founders_by_sex(true)),
            other_founders: SampleMask::of(&samples.founders_by_sex(false)),
            all_are_founders: samples.founder.iter().all(|&founder| founder),
        }
    }

    fn stats(&self, packed: &[u8], inheritance: Inheritance, mid_p: bool) -> VariantStats {
        match inheritance {
            Inheritance::XLinked => self.x_stats(packed, mid_p),
            Inheritance::YLinked => self.y_stats(packed),
            _ => self.diploid_stats(packed, inheritance, mid_p),
        }
    }

    fn diploid_stats(&self, packed: &[u8], inheritance: Inheritance, mid_p: bool) -> VariantStats {
        let all = self.all.count(packed);
        let founders = if self.all_are_founders { all } else { self.founders.count(packed) };
        let tested = inheritance.is_diploid();
        VariantStats {
            n_called: all.n_called(),
            n_samples: self.all.n_chosen(),
            allele_frequency: founders.allele_frequency(),
            hwe_p: if tested { hardy_weinberg(&founders, mid_p) } else { None },
            n_het_haploid: 0,
        }
    }

    fn x_stats(&self, packed: &[u8], mid_p: bool) -> VariantStats {
        let (males, others) = (self.male_founders.count(packed), self.other_founders.count(packed));
        let n_alleles = males.hom_ref + males.hom_alt + 2 * others.n_called();
        let n_alt = males.hom_alt + others.het + 2 * others.hom_alt;
        VariantStats {
            n_called: self.all.count(packed).n_called(),
            n_samples: self.all.n_chosen(),
            allele_frequency: ratio(n_alt, n_alleles),
            hwe_p: hardy_weinberg(&others, mid_p),
            n_het_haploid: self.males.count(packed).het,
        }
    }

    fn y_stats(&self, packed: &[u8]) -> VariantStats {
        let (males, founders) = (self.males.count(packed), self.male_founders.count(packed));
        VariantStats {
            n_called: males.n_called(),
            n_samples: self.males.n_chosen(),
            allele_frequency: ratio(founders.hom_alt, founders.hom_ref + founders.hom_alt),
            hwe_p: None,
            n_het_haploid: males.het,
        }
    }
}

fn ratio(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn hardy_weinberg(counts: &GenotypeCounts, mid_p: bool) -> Option<f64> {
    let homs = [counts.hom_ref, counts.hom_alt];
    (counts.n_called() > 0).then(|| hardy_weinberg_p(counts.het, homs, mid_p))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::genotypes::genotype::PackedGenotypes;

    /// Samples: a male, a female, a male, one of unknown sex, and a female with a parent.
    fn samples() -> Samples {
        Samples {
            male: vec![true, false, true, false, false],
            founder: vec![true, true, true, true, false],
        }
    }

    fn stats_of(copies: [Option<u8>; 5], inheritance: Inheritance) -> VariantStats {
        let source = PackedGenotypes::from_copies(5, 1, |sample, _| copies[sample]);
        variant_stats(&source, &[inheritance], &samples(), false, &Task::new()).unwrap()[0]
    }

    #[test]
    fn autosomes_count_founders_twice() {
        let copies = [Some(1), Some(1), None, Some(0), Some(2)];
        let got = stats_of(copies, Inheritance::Autosomal);
        let want = VariantStats {
            n_called: 4,
            n_samples: 5,
            allele_frequency: Some(2.0 / 6.0),
            hwe_p: Some(1.0),
            n_het_haploid: 0,
        };
        assert_eq!(got, want);
        let mitochondrial = stats_of(copies, Inheritance::Mitochondrial);
        assert_eq!(mitochondrial, VariantStats { hwe_p: None, ..want });
        assert_eq!(stats_of(copies, Inheritance::Unplaced), want);
    }

    /// Males have one copy and their heterozygous call is missing: the first male gives
    /// nothing, the second one of one; the female one of two, the unknown none of two.
    #[test]
    fn males_count_once_on_x() {
        let got = stats_of([Some(1), Some(1), Some(2), Some(0), Some(2)], Inheritance::XLinked);
        assert_eq!(got.allele_frequency, Some(2.0 / 5.0));
        assert_eq!((got.n_called, got.n_samples, got.n_het_haploid), (5, 5, 1));
        assert_eq!(got.hwe_p, Some(1.0));
        // Females alone are tested: two homozygotes of different kinds have p = 1/3.
        let got = stats_of([Some(1), Some(2), Some(1), Some(0), Some(1)], Inheritance::XLinked);
        assert!((got.hwe_p.unwrap() - 1.0 / 3.0).abs() < 1e-15);
    }

    #[test]
    fn y_counts_males_alone() {
        let got = stats_of([Some(2), Some(2), None, Some(1), Some(2)], Inheritance::YLinked);
        assert_eq!((got.n_called, got.n_samples), (1, 2));
        assert_eq!((got.allele_frequency, got.hwe_p), (Some(1.0), None));
        let got = stats_of([Some(1), Some(2), None, None, None], Inheritance::YLinked);
        assert_eq!((got.allele_frequency, got.n_het_haploid), (None, 1));
    }

    #[test]
    fn a_variant_without_calls_has_no_frequency() {
        let got = stats_of([None; 5], Inheritance::Autosomal);
        assert_eq!((got.allele_frequency, got.hwe_p, got.n_called), (None, None, 0));
        // The only call is of a sample that is no founder.
        let got = stats_of([None, None, None, None, Some(1)], Inheritance::Autosomal);
        assert_eq!((got.allele_frequency, got.hwe_p, got.n_called), (None, None, 1));
    }
}
