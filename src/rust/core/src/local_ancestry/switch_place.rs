//! At which variant the phase switches, once it is known between which windows.
//!
//! Before a switch the two haplotypes of a sample, as given, come from populations `a` and `b`,
//! after it from `c` and `d` (most often `b` and `a`). At variant v the log odds of before against
//! after are
//!
//! ```text
//! s_v = log p(h1_v | a) p(h2_v | b) / (p(h1_v | c) p(h2_v | d))
//! ```
//!
//! with p from the allele frequencies of the panel. Of all variants near the step the switch is put
//! where the sum of `s` over those before it is largest: the likeliest place, if variants were
//! independent given ancestry. Variants at which the haplotypes are equal say nothing of a pure
//! exchange, so ties are many: the first of the likeliest places is taken.
//!
//! Ours: the paper corrects the phase between windows.

use crate::data::aligned_haplotypes::AlignedHaplotypes;
use crate::error::Result;
use crate::task::Task;
use rayon::prelude::*;
use std::ops::Range;

/// A switch between two windows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SwitchStep {
    pub sample: usize,
    /// Populations of the first and second haplotype, as given.
    pub before: [usize; 2],
    pub after: [usize; 2],
    /// Where it may be.
    pub variants: Range<usize>,
}

/// For each step the first variant after the switch, in `variants.start..=variants.end`.
///
/// | argument    | shape                       | values                                         |
/// |-------------|-----------------------------|------------------------------------------------|
/// | `frequency` | n_variants x n_populations  | of the alternate allele, above 0 and below 1   |
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is cancelled.
///
/// # Panics
/// If a frequency is missing, or a population, sample or variant is out of range.
pub fn place_switches(
    haplotypes: &AlignedHaplotypes<'_>,
    frequency: &[f64],
    n_populations: usize,
    steps: &[SwitchStep],
    task: &Task,
) -> Result<Vec<usize>> {
    assert_eq!(frequency.len(), haplotypes.n_variants() * n_populations, "a frequency for each");
    task.begin("placing phase switches", steps.len() as u64)?;
    steps
        .par_iter()
        .map(|step| {
            let place = likeliest_place(haplotypes, frequency, n_populations, step);
            task.advance(1)?;
            Ok(place)
        })
        .collect()
}

fn likeliest_place(
    haplotypes: &AlignedHaplotypes<'_>,
    frequency: &[f64],
    n_populations: usize,
    step: &SwitchStep,
) -> usize {
    let pair = [0, 1].map(|h| haplotypes.alleles(2 * step.sample + h, step.variants.clone()));
    let (mut sum, mut most, mut place) = (0.0, 0.0, step.variants.start);
    for (at, variant) in step.variants.clone().enumerate() {
        let frequency = &frequency[variant * n_populations..][..n_populations];
        for (haplotype, alleles) in pair.iter().enumerate() {
            let Some(allele) = alleles[at] else { continue };
            let log = |population: usize| {
                let alternate = frequency[population];
                if allele { alternate.ln() } else { (1.0 - alternate).ln() }
            };
            sum += log(step.before[haplotype]) - log(step.after[haplotype]);
        }
        if sum > most {
            (most, place) = (sum, variant + 1);
        }
    }
    place
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::aligned::Reading;
    use crate::data::haplotype_matrix::pack;
    use crate::data::haplotypes::HaplotypeView;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::RngCore;
    use rand_chacha::rand_core::SeedableRng;

    fn step(variants: Range<usize>) -> SwitchStep {
        SwitchStep { sample: 0, before: [0, 1], after: [1, 0], variants }
    }

    /// Population 0 has the alternate allele, population 1 the other; they change places at 3.
    #[test]
    fn a_switch_worked_by_hand() {
        let alleles = [[1.0, 0.0].repeat(3), [0.0, 1.0].repeat(3)].concat();
        let view = HaplotypeView::whole(pack(&alleles, 1).unwrap());
        let frequency = [0.9, 0.1].repeat(6);
        let place = |readings: [Reading; 6], variants| {
            let aligned = AlignedHaplotypes::new(&view, readings.to_vec());
            place_switches(&aligned, &frequency, 2, &[step(variants)], &Task::new()).unwrap()[0]
        };
        assert_eq!(place([Reading::Counted; 6], 0..6), 3);
        assert_eq!(place([Reading::Counted; 6], 1..5), 3);
        // Where all of it is on one side, the switch is at that end.
        assert_eq!(place([Reading::Counted; 6], 0..2), 2);
        assert_eq!(place([Reading::Counted; 6], 4..6), 4);
        // A variant that is absent says nothing: of the places before and after it the first.
        let mut readings = [Reading::Counted; 6];
        readings[2] = Reading::Absent;
        assert_eq!(place(readings, 0..6), 2);
        assert_eq!(place([Reading::Absent; 6], 0..6), 0);
    }

    /// Plain twin: the likelihood of every place, each worked out by itself.
    #[test]
    fn agrees_with_the_likeliest_of_all_places() {
        let mut random = ChaCha8Rng::seed_from_u64(3);
        for _ in 0..50 {
            let (n, k) = (40, 3);
            let mut below = |n: usize| random.next_u32() as usize % n;
            let frequency: Vec<f64> =
                (0..n * k).map(|_| 0.02 + 0.96 * below(1000) as f64 / 1000.0).collect();
            let alleles: Vec<f64> = (0..2 * n).map(|_| below(2) as f64).collect();
            let view = HaplotypeView::whole(pack(&alleles, 1).unwrap());
            let (before, after) = ([below(k), below(k)], [below(k), below(k)]);
            let step = SwitchStep { sample: 0, before, after, variants: 5..33 };
            let likelihood = |place: usize| -> f64 {
                let of = |variant: usize, haplotype: usize| {
                    let side = if variant < place { step.before } else { step.after };
                    let alternate = frequency[variant * k + side[haplotype]];
                    let allele = alleles[2 * variant + haplotype];
                    (if allele == 1.0 { alternate } else { 1.0 - alternate }).ln()
                };
                (5..33).map(|variant| of(variant, 0) + of(variant, 1)).sum()
            };
            let aligned = AlignedHaplotypes::as_they_are(&view);
            let steps = [step.clone()];
            let got = place_switches(&aligned, &frequency, k, &steps, &Task::new()).unwrap()[0];
            let best = (5..=33).map(likelihood).fold(f64::NEG_INFINITY, f64::max);
            assert!((likelihood(got) - best).abs() < 1e-9, "{got}");
        }
    }
}
