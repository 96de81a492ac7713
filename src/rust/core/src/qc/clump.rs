//! Clumps of variants in linkage disequilibrium with one of smaller p-value.
//!
//! Source: `--clump` of PLINK 1.9 (Chang et al. 2015), whose clumps this repeats: the variant of the
//! smallest p-value takes in all that are near it, are correlated with it in haplotypes, see
//! [`crate::qc::haplotype_r2`], and are in no clump yet; then the next one that is in none. On X a
//! male has one haplotype, on Y none but males have one; heterozygous calls of them are missing.

use crate::data::genotypes::counts::LOW_BITS;
use crate::data::genotypes::genotype::GenotypeSource;
use crate::error::Result;
use crate::qc::haplotype_r2::PairCounts;
use crate::qc::haplotype_r2::SingleCounts;
use crate::qc::haplotype_r2::haplotype_r2_above;
use crate::qc::inheritance::Inheritance;
use crate::qc::inheritance::Samples;
use crate::qc::ld_prune::Chromosome;
use crate::qc::sample_mask::PER_WORD;
use crate::qc::sample_mask::SampleMask;
use crate::qc::sample_mask::copy_words;
use crate::task::Task;
use rayon::prelude::*;
use std::ops::Range;

/// How clumps are made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Squared correlation that a member exceeds.
    pub r2: f64,
    /// Most base pairs between a member and the index variant.
    pub reach_bp: i64,
}

/// Most memory for the planes of all variants.
const KEPT_BYTES: usize = 1 << 28;

/// Variants that one thread compares with an index variant, at least.
const CHUNK: usize = 16;

/// The variants that may be clumped.
///
/// | field         | shape         | values                                              |
/// |---------------|---------------|-----------------------------------------------------|
/// | `chromosomes` | n_chromosomes | runs that cover all variants, each once             |
/// | `position_bp` | n_variants    | ascending within a chromosome                       |
/// | `has_p`       | n_variants    | whether a variant takes part                        |
/// | `index`       |               | possible index variants, by rising p-value          |
#[derive(Clone, Copy, Debug)]
pub struct Variants<'a> {
    pub chromosomes: &'a [Chromosome],
    pub position_bp: &'a [i32],
    pub has_p: &'a [bool],
    pub index: &'a [u32],
}

/// An index variant and the members of its clump, with their squared correlation with it, in the
/// order of the data.
#[derive(Clone, Debug, PartialEq)]
pub struct Clump {
    pub index: usize,
    pub members: Vec<(usize, f64)>,
}

/// Clumps by rising p-value of their index variants; correlations are over the founders.
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is canceled.
///
/// # Panics
/// If the sizes disagree.
pub fn clump(
    source: &dyn GenotypeSource,
    variants: Variants<'_>,
    samples: &Samples,
    settings: &Settings,
    task: &Task,
) -> Result<Vec<Clump>> {
    let Variants { chromosomes, position_bp, has_p, index } = variants;
    assert_eq!(position_bp.len(), source.n_variants(), "one position per variant");
    assert_eq!(has_p.len(), source.n_variants(), "one p-value or none per variant");
    assert_eq!(samples.founder.len(), source.n_samples(), "founder or not, per sample");
    assert_eq!(samples.male.len(), source.n_samples(), "one sex per sample");
    let n_covered: usize = chromosomes.iter().map(|run| run.variants.len()).sum();
    assert_eq!(n_covered, source.n_variants(), "chromosomes cover the variants");
    task.begin("clumping", index.len() as u64)?;
    let carriers = Carriers::of(samples);
    // Variants meet many index variants, so their planes are kept where there is room.
    let plane_bytes = 40 * source.n_samples().div_ceil(PER_WORD) * source.n_variants();
    let n_kept = if plane_bytes <= KEPT_BYTES { source.n_variants() } else { 0 };
    let planes_of = |variant: usize| {
        let inheritance = chromosome_of(chromosomes, variant).inheritance;
        Planes::of(source, variant, carriers.on(inheritance))
    };
    let kept: Vec<Planes> = (0..n_kept).into_par_iter().map(planes_of).collect();
    let mut is_free = has_p.to_vec();
    let mut clumps = Vec::new();
    for lead in index.iter().map(|&lead| lead as usize) {
        task.advance(1)?;
        if !is_free[lead] {
            continue;
        }
        is_free[lead] = false;
        let near = variants_near(chromosomes, position_bp, lead, settings.reach_bp);
        let possible: Vec<usize> = near.filter(|&variant| is_free[variant]).collect();
        let own = planes_of(lead);
        let with_lead = |&variant: &usize| {
            let (pairs, singles) = match kept.get(variant) {
                Some(planes) => own.counts(planes),
                None => own.counts(&planes_of(variant)),
            };
            haplotype_r2_above(&pairs, &singles, settings.r2).map(|r2| (variant, r2))
        };
        let members: Vec<(usize, f64)> =
            possible.par_iter().with_min_len(CHUNK).filter_map(with_lead).collect();
        members.iter().for_each(|&(variant, _)| is_free[variant] = false);
        clumps.push(Clump { index: lead, members });
    }
    Ok(clumps)
}

/// The variants of the same chromosome not more than `reach_bp` away.
fn variants_near(
    chromosomes: &[Chromosome],
    position_bp: &[i32],
    lead: usize,
    reach_bp: i64,
) -> Range<usize> {
    let run = &chromosome_of(chromosomes, lead).variants;
    let (positions, own) = (&position_bp[run.clone()], i64::from(position_bp[lead]));
    let first = positions.partition_point(|&at| i64::from(at) < own - reach_bp);
    let end = positions.partition_point(|&at| i64::from(at) <= own + reach_bp);
    run.start + first..run.start + end
}

fn chromosome_of(chromosomes: &[Chromosome], variant: usize) -> &Chromosome {
    &chromosomes[chromosomes.partition_point(|run| run.variants.end <= variant)]
}

/// Founders that have two haplotypes of a chromosome, and those that have one.
struct Carriers {
    all: SampleMask,
    males: SampleMask,
    others: SampleMask,
    none: SampleMask,
}

impl Carriers {
    fn of(samples: &Samples) -> Carriers {
        Carriers {
            all: SampleMask::of(&samples.founder),
            males: SampleMask::of(&samples.founders_by_sex(true)),
            others: SampleMask::of(&samples.founders_by_sex(false)),
            none: SampleMask::of(&[]),
        }
    }

    fn on(&self, inheritance: Inheritance) -> [&SampleMask; 2] {
        match inheritance {
            Inheritance::XLinked => [&self.others, &self.males],
            Inheritance::YLinked => [&self.none, &self.males],
            _ => [&self.all, &self.none],
        }
    }
}

/// Which founders have 0, 1 and 2 copies of a variant, as bits; and of those with one haplotype,
/// which have 0 and 1.
struct Planes {
    two: [Vec<u64>; 3],
    one: [Vec<u64>; 2],
}

impl Planes {
    fn of(source: &dyn GenotypeSource, variant: usize, [two, one]: [&SampleMask; 2]) -> Planes {
        let mut words = vec![0; source.n_samples().div_ceil(PER_WORD)];
        copy_words(source.packed(variant, &mut Vec::new()), &mut words);
        let plane = |mask: &SampleMask, of: fn(u64, u64) -> u64| -> Vec<u64> {
            let bits = words.iter().zip(mask.words());
            bits.map(|(&codes, &mask)| of(codes, codes >> 1) & LOW_BITS & mask).collect()
        };
        let none = |low: u64, high: u64| low & high;
        let het = |low: u64, high: u64| !low & high;
        let both = |low: u64, high: u64| !low & !high;
        Planes {
            two: [plane(two, none), plane(two, het), plane(two, both)],
            one: [plane(one, none), plane(one, both)],
        }
    }

    fn counts(&self, other: &Planes) -> (PairCounts, SingleCounts) {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("popcnt") {
            // SAFETY: the processor was just seen to have POPCNT.
            return unsafe { self.counts_fast(other) };
        }
        self.counts_body(other)
    }

    /// [`Planes::counts_body`] compiled for newer processors.
    ///
    /// # Safety
    /// The processor must have POPCNT.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "popcnt")]
    unsafe fn counts_fast(&self, other: &Planes) -> (PairCounts, SingleCounts) {
        self.counts_body(other)
    }

    #[inline(always)]
    fn counts_body(&self, other: &Planes) -> (PairCounts, SingleCounts) {
        let both = |one: &[u64], other: &[u64]| -> u64 {
            one.iter().zip(other).map(|(a, b)| u64::from((a & b).count_ones())).sum()
        };
        (
            std::array::from_fn(|i| std::array::from_fn(|j| both(&self.two[i], &other.two[j]))),
            std::array::from_fn(|i| std::array::from_fn(|j| both(&self.one[i], &other.one[j]))),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::genotypes::genotype::PackedGenotypes;

    fn on(inheritance: Inheritance, variants: Range<usize>) -> Chromosome {
        Chromosome { variants, inheritance }
    }

    fn without_males(founder: &[bool]) -> Samples {
        Samples { male: vec![false; founder.len()], founder: founder.to_vec() }
    }

    /// Variants 0, 1 and 2 are the same, 3 is another; 2 is 200 base pairs from 0, and 4, the
    /// same again, is on another chromosome.
    #[test]
    fn near_and_correlated_variants_are_taken_in_once() {
        let own = |sample: usize| [0, 1, 2, 2, 1, 0, 0, 2][sample % 8];
        let other = |sample: usize| [2, 0, 1, 0, 2, 1, 0, 0][sample % 8];
        let source = PackedGenotypes::from_copies(40, 5, |sample, variant| {
            Some(if variant == 3 { other(sample) } else { own(sample) })
        });
        let variants = Variants {
            chromosomes: &[on(Inheritance::Autosomal, 0..4), on(Inheritance::Autosomal, 4..5)],
            position_bp: &[100, 150, 300, 310, 100],
            has_p: &[true; 5],
            index: &[0, 2, 1, 4],
        };
        let with = |variants: Variants<'_>, reach_bp: i64| {
            let settings = Settings { r2: 0.5, reach_bp };
            clump(&source, variants, &without_males(&[true; 40]), &settings, &Task::new()).unwrap()
        };
        let members = |clump: &Clump| clump.members.iter().map(|m| m.0).collect::<Vec<_>>();
        let shown = |clumps: Vec<Clump>| -> Vec<(usize, Vec<usize>)> {
            clumps.iter().map(|clump| (clump.index, members(clump))).collect()
        };
        let far = with(variants, 200);
        assert!((far[0].members[0].1 - 1.0).abs() < 1e-9);
        assert_eq!(shown(far), [(0, vec![1, 2]), (4, vec![])]);
        assert_eq!(shown(with(variants, 199)), [(0, vec![1]), (2, vec![]), (4, vec![])]);
        let without = Variants { has_p: &[true, false, true, true, true], ..variants };
        assert_eq!(shown(with(without, 200)), [(0, vec![2]), (4, vec![])]);
    }

    /// Samples that are no founders do not count: among the others the variants are alike.
    #[test]
    fn only_founders_count() {
        let source = PackedGenotypes::from_copies(20, 3, |sample, variant| match sample < 10 {
            true => Some((sample % 3) as u8),
            false => Some(((sample + variant) % 3) as u8),
        });
        let variants = Variants {
            chromosomes: &[on(Inheritance::Autosomal, 0..2), on(Inheritance::Autosomal, 2..3)],
            position_bp: &[1, 2, 1],
            has_p: &[true; 3],
            index: &[0],
        };
        let settings = Settings { r2: 0.99, reach_bp: 10 };
        let with = |founder: &[bool]| {
            let found =
                clump(&source, variants, &without_males(founder), &settings, &Task::new()).unwrap();
            found[0].members.len()
        };
        let founder: Vec<bool> = (0..20).map(|sample| sample < 10).collect();
        assert_eq!((with(&founder), with(&[true; 20])), (1, 0));
    }

    /// The reference counts haplotypes one by one: there are no heterozygous females, so none is
    /// open, and heterozygous males are missing. Where males counted twice, r2 would be another.
    #[test]
    fn males_have_one_haplotype_of_x_and_y() {
        let mixed = |a: usize, b: usize| {
            let x = (a * 31 + b + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            (x ^ x >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 40
        };
        let (n, n_variants) = (90, 8);
        let male: Vec<bool> = (0..n).map(|sample| sample % 3 != 0).collect();
        let founder: Vec<bool> = (0..n).map(|sample| sample % 11 != 5).collect();
        let copies = |sample: usize, variant: usize| {
            let linked = if mixed(sample + 7, variant) % 10 < 7 { 0 } else { variant + 1 };
            let own = 2 * (mixed(sample, 100 + linked) % 10 < 4) as u8;
            match mixed(sample + 3, variant + 50) % 12 {
                0 => None,
                1 if male[sample] => Some(1),
                _ => Some(own),
            }
        };
        let source = PackedGenotypes::from_copies(n, n_variants, copies);
        let samples = Samples { male: male.clone(), founder: founder.clone() };
        for inheritance in [Inheritance::XLinked, Inheritance::YLinked] {
            let variants = Variants {
                chromosomes: &[on(inheritance, 0..n_variants)],
                position_bp: &[1; 8],
                has_p: &[true; 8],
                index: &[0],
            };
            let settings = Settings { r2: 0.0, reach_bp: 10 };
            let found = clump(&source, variants, &samples, &settings, &Task::new()).unwrap();
            for &(variant, r2) in &found[0].members {
                let mut haplotypes = Vec::new();
                for sample in (0..n).filter(|&sample| founder[sample]) {
                    let n_here = match (inheritance, male[sample]) {
                        (_, true) => 1,
                        (Inheritance::XLinked, false) => 2,
                        _ => 0,
                    };
                    if let (Some(a @ (0 | 2)), Some(b @ (0 | 2))) =
                        (copies(sample, 0), copies(sample, variant))
                    {
                        haplotypes
                            .extend((0..n_here).map(|_| [f64::from(a) / 2.0, f64::from(b) / 2.0]));
                    }
                }
                let total = haplotypes.len() as f64;
                let mean =
                    |of: &dyn Fn(&[f64; 2]) -> f64| haplotypes.iter().map(of).sum::<f64>() / total;
                let (p, q) = (mean(&|h| h[0]), mean(&|h| h[1]));
                let covariance = mean(&|h| h[0] * h[1]) - p * q;
                let want = covariance * covariance / (p * (1.0 - p) * q * (1.0 - q));
                assert!((r2 - want).abs() < 1e-12, "{inheritance:?} {variant}: {r2} {want}");
            }
            assert_eq!(found[0].members.len(), n_variants - 1);
        }
    }
}
