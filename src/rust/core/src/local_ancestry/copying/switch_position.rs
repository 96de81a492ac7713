//! The variant at which the phase switches, given the two windows between which it does.
//!
//! Before a switch the two haplotypes of a sample, as given, come from populations `a` and `b`,
//! after it from `c` and `d` (most often `b` and `a`). A place for the switch gives two corrected
//! haplotypes: the first one up to there and the second one from there on, and the reverse. Of all
//! places near the step the one is taken at which these two are likeliest as mosaics of haplotypes
//! of their populations ([`crate::local_ancestry::copying::likelihood`]). Where the corrected
//! haplotype continues in the same population it may continue to copy the same donor: at the right
//! place it does.
//!
//! Variants at which the haplotypes are equal have no information on a switch, so ties are
//! frequent: the first of the most probable places is taken.
//!
//! Ours: the paper corrects the phase between windows.

use crate::data::haplotypes::aligned::AlignedHaplotypes;
use crate::error::Result;
use crate::local_ancestry::copying::likelihood::Donors;
use crate::local_ancestry::copying::likelihood::apart;
use crate::task::Task;
use rayon::prelude::*;
use std::ops::Range;

/// Variants on either side of the range of a switch that inform about the copied donors.
const CONTEXT: usize = 60;

/// Likelihoods that differ by less, in logarithms, count as equal.
const ROUNDING: f64 = 1e-9;

/// A switch between two windows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SwitchStep {
    pub sample: usize,
    /// Populations of the first and second haplotype, as given.
    pub before: [usize; 2],
    pub after: [usize; 2],
    /// The range where it may be.
    pub variants: Range<usize>,
}

/// For each step the first variant after the switch, in `variants.start..=variants.end`.
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is canceled.
///
/// # Panics
/// If the donors are of other variants, or a population, sample or variant is out of range.
pub fn place_switches(
    haplotypes: &AlignedHaplotypes<'_>,
    donors: &Donors<'_>,
    steps: &[SwitchStep],
    task: &Task,
) -> Result<Vec<usize>> {
    assert_eq!(donors.n_variants(), haplotypes.n_variants(), "donors at the same variants");
    task.begin("placing phase switches", steps.len() as u64)?;
    steps
        .par_iter()
        .map(|step| {
            let likelihood = log_likelihoods(haplotypes, donors, step);
            task.advance(1)?;
            let most = likelihood.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let first = likelihood.iter().position(|&each| each >= most - ROUNDING);
            Ok(step.variants.start + first.expect("a largest likelihood"))
        })
        .collect()
}

/// For each step the probability of every place in `variants.start..=variants.end`: that the first
/// variant after the switch is there. Only heterozygous variants count, as a place between two of
/// them is the same as the later one; without any, all places are alike.
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is canceled.
///
/// # Panics
/// As [`place_switches`].
pub fn switch_posteriors(
    haplotypes: &AlignedHaplotypes<'_>,
    donors: &Donors<'_>,
    steps: &[SwitchStep],
    task: &Task,
) -> Result<Vec<Vec<f32>>> {
    assert_eq!(donors.n_variants(), haplotypes.n_variants(), "donors at the same variants");
    task.begin("placing phase switches", steps.len() as u64)?;
    steps
        .par_iter()
        .map(|step| {
            let likelihood = log_likelihoods(haplotypes, donors, step);
            let places = step.variants.start..(step.variants.end + 1).min(donors.n_variants());
            let [one, other] =
                [0, 1].map(|h| haplotypes.alleles(2 * step.sample + h, places.clone()));
            let differs = one.iter().zip(&other).map(|(one, other)| one != other);
            let mut counts: Vec<bool> = differs.collect();
            counts.resize(likelihood.len(), false);
            if !counts.contains(&true) {
                counts.fill(true);
            }
            let known = || likelihood.iter().zip(&counts).filter(|(_, counts)| **counts);
            let most = known().map(|(each, _)| *each).fold(f64::NEG_INFINITY, f64::max);
            let sum: f64 = known().map(|(each, _)| (each - most).exp()).sum();
            task.advance(1)?;
            let chance = |(each, counts): (&f64, &bool)| {
                if *counts { ((each - most).exp() / sum) as f32 } else { 0.0 }
            };
            Ok(likelihood.iter().zip(&counts).map(chance).collect())
        })
        .collect()
}

/// Log-likelihood of the two corrected haplotypes together, for every place.
fn log_likelihoods(
    haplotypes: &AlignedHaplotypes<'_>,
    donors: &Donors<'_>,
    step: &SwitchStep,
) -> Vec<f64> {
    let start = step.variants.start.saturating_sub(CONTEXT);
    let around = start..(step.variants.end + CONTEXT).min(donors.n_variants());
    let places = step.variants.start - start..step.variants.end - start + 1;
    let given = [0, 1].map(|h| haplotypes.alleles(2 * step.sample + h, around.clone()));
    let mut sum = vec![0.0; places.len()];
    for (one, other) in [(0, 1), (1, 0)] {
        let (from, to) = (step.before[one], step.after[other]);
        let range = donors.range(from, around.clone());
        let forward = range.forward(&given[one], places.clone());
        if from == to {
            let backward = range.backward(&given[other], places.clone());
            for (place, sum) in sum.iter_mut().enumerate() {
                *sum += range.joined(&forward, &backward, place, places.start + place);
            }
        } else {
            let next = donors.range(to, around.clone());
            let backward = next.backward(&given[other], places.clone());
            for (place, sum) in sum.iter_mut().enumerate() {
                *sum += apart(&forward, &backward, place);
            }
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::genotypes::aligned::Reading;
    use crate::data::haplotypes::matrix::pack;
    use crate::data::haplotypes::packed::HaplotypeView;
    use crate::local_ancestry::copying::likelihood::reference;
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
        let panel = HaplotypeView::whole(pack(&[1.0, 1.0, 0.0, 0.0].repeat(6), 2).unwrap());
        let cm = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6];
        let donors = Donors::new(&panel, &[0, 1], 2, &cm);
        let place = |readings: [Reading; 6], variants| {
            let aligned = AlignedHaplotypes::new(&view, readings.to_vec());
            place_switches(&aligned, &donors, &[step(variants)], &Task::new()).unwrap()[0]
        };
        assert_eq!(place([Reading::Counted; 6], 0..6), 3);
        assert_eq!(place([Reading::Counted; 6], 1..5), 3);
        // Where all of it is on one side, the switch is at that end.
        assert_eq!(place([Reading::Counted; 6], 0..2), 2);
        assert_eq!(place([Reading::Counted; 6], 4..6), 4);
        // An absent variant has no information: of the places before and after it the first is
        // taken.
        let mut readings = [Reading::Counted; 6];
        readings[2] = Reading::Absent;
        assert_eq!(place(readings, 0..6), 2);
        assert_eq!(place([Reading::Absent; 6], 0..6), 0);
    }

    /// The chance of every place is its likelihood at heterozygous variants, and 0 elsewhere.
    #[test]
    fn chances_are_likelihoods_of_heterozygous_places() {
        let alleles = [[1.0, 0.0].repeat(3), [1.0, 1.0].repeat(2), [0.0, 1.0].repeat(3)].concat();
        let view = HaplotypeView::whole(pack(&alleles, 1).unwrap());
        let panel = HaplotypeView::whole(pack(&[1.0, 1.0, 0.0, 0.0].repeat(8), 2).unwrap());
        let cm: Vec<f64> = (0..8).map(|at| 0.1 * f64::from(at)).collect();
        let donors = Donors::new(&panel, &[0, 1], 2, &cm);
        let aligned = AlignedHaplotypes::as_they_are(&view);
        let step = step(1..7);
        let got = switch_posteriors(&aligned, &donors, std::slice::from_ref(&step), &Task::new())
            .unwrap();
        let logs = log_likelihoods(&aligned, &donors, &step);
        assert_eq!(got[0].len(), 7);
        // Places 1 to 7; variants 3 and 4 are homozygous.
        assert_eq!((got[0][2], got[0][3]), (0.0, 0.0));
        assert!((got[0].iter().sum::<f32>() - 1.0).abs() < 1e-6);
        for (one, other) in [(0, 1), (1, 4), (4, 6)] {
            let ratio = f64::from(got[0][one] / got[0][other]).ln();
            assert!((ratio - (logs[one] - logs[other])).abs() < 1e-4);
        }
        let most = got[0].iter().copied().fold(0.0, f32::max);
        assert_eq!(got[0][4], most, "the switch is at the first heterozygous variant after it");
        let same = HaplotypeView::whole(pack(&[1.0; 16], 1).unwrap());
        let same = AlignedHaplotypes::as_they_are(&same);
        let got = switch_posteriors(&same, &donors, &[step], &Task::new()).unwrap();
        assert!(got[0].iter().all(|p| *p > 0.0), "no place counts: all do");
    }

    /// Both populations have both alleles equally often: only the donors identify the place.
    #[test]
    fn donors_identify_a_place_that_frequencies_do_not() {
        let donors_at = |variant: usize| {
            let bit = |from: usize| ((variant * from + variant / 3) % 2) as f64;
            [bit(1), 1.0 - bit(1), bit(2), 1.0 - bit(2)]
        };
        let panel: Vec<f64> = (0..40).flat_map(donors_at).collect();
        let given: Vec<f64> = (0..40)
            .flat_map(|variant| {
                let [one, _, other, _] = donors_at(variant);
                if variant < 17 { [one, other] } else { [other, one] }
            })
            .collect();
        let (panel, given) = (pack(&panel, 2).unwrap(), pack(&given, 1).unwrap());
        let (panel, given) = (HaplotypeView::whole(panel), HaplotypeView::whole(given));
        let cm: Vec<f64> = (0..40).map(|at| at as f64 / 1000.0).collect();
        let donors = Donors::new(&panel, &[0, 1], 2, &cm);
        let aligned = AlignedHaplotypes::as_they_are(&given);
        let got = place_switches(&aligned, &donors, &[step(5..35)], &Task::new()).unwrap()[0];
        // Haplotypes that are equal at 16, and so on, leave the place undetermined.
        let differ = |variant: usize| donors_at(variant)[0] != donors_at(variant)[2];
        assert!(got <= 17 && !(got..17).any(differ) && differ(got - 1), "{got}");
    }

    /// Reference implementation: the two corrected haplotypes of every place, each by itself.
    #[test]
    fn agrees_with_the_likeliest_of_all_places() {
        let mut random = ChaCha8Rng::seed_from_u64(3);
        for case in 0..40 {
            let (n, k, n_samples) = (200, 3, 6);
            let mut below = |n: usize| random.next_u32() as usize % n;
            let panel: Vec<f64> = (0..2 * n_samples * n).map(|_| below(2) as f64).collect();
            let alleles: Vec<f64> = (0..2 * n).map(|_| below(2) as f64).collect();
            let view = HaplotypeView::whole(pack(&alleles, 1).unwrap());
            let packed = HaplotypeView::whole(pack(&panel, n_samples).unwrap());
            let cm: Vec<f64> = (0..n).map(|at| at as f64 / 300.0).collect();
            let population: Vec<usize> = (0..n_samples).map(|sample| sample % k).collect();
            let donors = Donors::new(&packed, &population, k, &cm);
            let (before, after) = ([below(k), below(k)], [below(k), below(k)]);
            let variants = [70..95, 0..20, 185..200][case % 3].clone();
            let step = SwitchStep { sample: 0, before, after, variants: variants.clone() };
            let around = variants.start.saturating_sub(CONTEXT)..(variants.end + CONTEXT).min(n);
            let rows = |population: usize, range: Range<usize>| -> Vec<Vec<Option<bool>>> {
                let own = (0..2 * n_samples).filter(|row| (row / 2) % k == population);
                own.map(|row| {
                    range.clone().map(|v| Some(panel[v * 2 * n_samples + row] == 1.0)).collect()
                })
                .collect()
            };
            let read = |haplotype: usize, range: Range<usize>| -> Vec<Option<bool>> {
                range.map(|v| Some(alleles[2 * v + haplotype] == 1.0)).collect()
            };
            let likelihood = |place: usize| -> f64 {
                let corrected = |one: usize, other: usize| {
                    let (left, right) = (around.start..place, place..around.end);
                    if before[one] == after[other] {
                        let all = [read(one, left), read(other, right)].concat();
                        let donors = rows(before[one], around.clone());
                        return reference::likelihood(&all, &donors, &cm[around.clone()]).ln();
                    }
                    let first = rows(before[one], left.clone());
                    let last = rows(after[other], right.clone());
                    reference::likelihood(&read(one, left.clone()), &first, &cm[left]).ln()
                        + reference::likelihood(&read(other, right.clone()), &last, &cm[right]).ln()
                };
                corrected(0, 1) + corrected(1, 0)
            };
            let aligned = AlignedHaplotypes::as_they_are(&view);
            let got = place_switches(&aligned, &donors, &[step], &Task::new()).unwrap()[0];
            let each: Vec<f64> = (variants.start..=variants.end).map(likelihood).collect();
            let best = each.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let want = each.iter().position(|&value| value >= best - ROUNDING).unwrap();
            assert_eq!(got, variants.start + want, "case {case}");
        }
    }
}
