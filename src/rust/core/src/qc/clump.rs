//! Clumps of variants in linkage disequilibrium with one of smaller p-value.
//!
//! Source: `--clump` of PLINK 1.9 (Chang et al. 2015), whose clumps this repeats: the variant of the
//! smallest p-value takes in all that are near it, are correlated with it in haplotypes, see
//! [`crate::qc::haplotype_r2`], and are in no clump yet; then the next one that is in none.

use crate::data::genotypes::counts::LOW_BITS;
use crate::data::genotypes::genotype::GenotypeSource;
use crate::error::Result;
use crate::qc::haplotype_r2::PairCounts;
use crate::qc::haplotype_r2::haplotype_r2_above;
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
    pub chromosomes: &'a [Range<usize>],
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
    founder: &[bool],
    settings: &Settings,
    task: &Task,
) -> Result<Vec<Clump>> {
    let Variants { chromosomes, position_bp, has_p, index } = variants;
    assert_eq!(position_bp.len(), source.n_variants(), "one position per variant");
    assert_eq!(has_p.len(), source.n_variants(), "one p-value or none per variant");
    assert_eq!(founder.len(), source.n_samples(), "founder or not, per sample");
    let n_covered: usize = chromosomes.iter().map(|run| run.len()).sum();
    assert_eq!(n_covered, source.n_variants(), "chromosomes cover the variants");
    task.begin("clumping", index.len() as u64)?;
    let founders = SampleMask::of(founder);
    // Variants meet many index variants, so their planes are kept where there is room.
    let plane_bytes = 24 * source.n_samples().div_ceil(PER_WORD) * source.n_variants();
    let n_kept = if plane_bytes <= KEPT_BYTES { source.n_variants() } else { 0 };
    let kept: Vec<Planes> =
        (0..n_kept).into_par_iter().map(|variant| Planes::of(source, variant, &founders)).collect();
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
        let own = Planes::of(source, lead, &founders);
        let with_lead = |&variant: &usize| {
            let counts = match kept.get(variant) {
                Some(planes) => own.pair_counts(planes),
                None => own.pair_counts(&Planes::of(source, variant, &founders)),
            };
            haplotype_r2_above(&counts, settings.r2).map(|r2| (variant, r2))
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
    chromosomes: &[Range<usize>],
    position_bp: &[i32],
    lead: usize,
    reach_bp: i64,
) -> Range<usize> {
    let run = &chromosomes[chromosomes.partition_point(|run| run.end <= lead)];
    let (positions, own) = (&position_bp[run.clone()], i64::from(position_bp[lead]));
    let first = positions.partition_point(|&at| i64::from(at) < own - reach_bp);
    let end = positions.partition_point(|&at| i64::from(at) <= own + reach_bp);
    run.start + first..run.start + end
}

/// Which founders have 0, 1 and 2 copies of a variant, as bits.
struct Planes([Vec<u64>; 3]);

impl Planes {
    fn of(source: &dyn GenotypeSource, variant: usize, founders: &SampleMask) -> Planes {
        let mut words = vec![0; source.n_samples().div_ceil(PER_WORD)];
        copy_words(source.packed(variant, &mut Vec::new()), &mut words);
        let plane = |of: fn(u64, u64) -> u64| -> Vec<u64> {
            let bits = words.iter().zip(founders.words());
            bits.map(|(&codes, &mask)| of(codes, codes >> 1) & LOW_BITS & mask).collect()
        };
        Planes([
            plane(|low, high| low & high),
            plane(|low, high| !low & high),
            plane(|low, high| !low & !high),
        ])
    }

    fn pair_counts(&self, other: &Planes) -> PairCounts {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("popcnt") {
            // SAFETY: the processor was just seen to have POPCNT.
            return unsafe { self.pair_counts_fast(other) };
        }
        self.pair_counts_body(other)
    }

    /// [`Planes::pair_counts_body`] compiled for newer processors.
    ///
    /// # Safety
    /// The processor must have POPCNT.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "popcnt")]
    unsafe fn pair_counts_fast(&self, other: &Planes) -> PairCounts {
        self.pair_counts_body(other)
    }

    #[inline(always)]
    fn pair_counts_body(&self, other: &Planes) -> PairCounts {
        let both = |one: &[u64], other: &[u64]| -> u64 {
            one.iter().zip(other).map(|(a, b)| u64::from((a & b).count_ones())).sum()
        };
        std::array::from_fn(|i| std::array::from_fn(|j| both(&self.0[i], &other.0[j])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::genotypes::genotype::PackedGenotypes;

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
            chromosomes: &[0..4, 4..5],
            position_bp: &[100, 150, 300, 310, 100],
            has_p: &[true; 5],
            index: &[0, 2, 1, 4],
        };
        let with = |variants: Variants<'_>, reach_bp: i64| {
            let settings = Settings { r2: 0.5, reach_bp };
            clump(&source, variants, &[true; 40], &settings, &Task::new()).unwrap()
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
            chromosomes: &[0..2, 2..3],
            position_bp: &[1, 2, 1],
            has_p: &[true; 3],
            index: &[0],
        };
        let settings = Settings { r2: 0.99, reach_bp: 10 };
        let with = |founder: &[bool]| {
            let found = clump(&source, variants, founder, &settings, &Task::new()).unwrap();
            found[0].members.len()
        };
        let founder: Vec<bool> = (0..20).map(|sample| sample < 10).collect();
        assert_eq!((with(&founder), with(&[true; 20])), (1, 0));
    }
}
