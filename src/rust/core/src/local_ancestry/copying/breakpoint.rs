//! The variant from which on a haplotype comes from another population.
//!
//! Up to a breakpoint a haplotype is a mosaic of donors of population `from`, after it of `to`
//! ([`crate::local_ancestry::copying::likelihood`]); no donor is copied across it. With v the
//! first variant of `to`,
//!
//! ```text
//! P(v | alleles) ~ P(alleles before v | from) P(alleles from v on | to) (d + FLOOR_CM)
//! ```
//!
//! d: cM between v and the variant before it, as the breakpoint may be anywhere on the genetic map.
//!
//! Ours; the copying model is that of Li & Stephens 2003.

use crate::data::haplotypes::aligned::AlignedHaplotypes;
use crate::error::Result;
use crate::local_ancestry::copying::likelihood::Donors;
use crate::local_ancestry::copying::likelihood::apart;
use crate::task::Task;
use rayon::prelude::*;
use std::ops::Range;

/// Variants on either side of a range that inform about the copied donors.
const CONTEXT: usize = 60;

/// Added to the cM before each variant, so that none has a chance of 0.
const FLOOR_CM: f64 = 1e-4;

/// A haplotype that changes population.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breakpoint {
    pub haplotype: usize,
    /// Population before it.
    pub from: usize,
    /// Population after it.
    pub to: usize,
    /// Where the first variant of `to` may be; `n_variants` stands for one past the last.
    pub variants: Range<usize>,
}

/// For each step the probability of every place in its range; they sum to 1.
///
/// Where several steps are on one haplotype, alleles beyond the range of the step before or after
/// do not inform: they may be of a third population.
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is canceled.
///
/// # Panics
/// If the donors are of other variants, a range is empty, or a population, haplotype or variant is
/// out of range.
pub fn place_breakpoints(
    haplotypes: &AlignedHaplotypes<'_>,
    donors: &Donors<'_>,
    steps: &[Breakpoint],
    task: &Task,
) -> Result<Vec<Vec<f32>>> {
    assert_eq!(donors.n_variants(), haplotypes.n_variants(), "donors at the same variants");
    assert!(steps.iter().all(|step| !step.variants.is_empty()), "a place for every breakpoint");
    task.begin("placing breakpoints", steps.len() as u64)?;
    let limits = limits(steps, donors.n_variants());
    steps
        .par_iter()
        .zip(limits)
        .map(|(step, around)| {
            let posterior = posterior(haplotypes, donors, step, around);
            task.advance(1)?;
            Ok(posterior)
        })
        .collect()
}

/// The alleles that inform about each step.
fn limits(steps: &[Breakpoint], n_variants: usize) -> Vec<Range<usize>> {
    let around = |step: &Breakpoint| {
        let end = (step.variants.end - 1 + CONTEXT).min(n_variants);
        step.variants.start.saturating_sub(CONTEXT)..end
    };
    let mut limits: Vec<Range<usize>> = steps.iter().map(around).collect();
    let mut order: Vec<usize> = (0..steps.len()).collect();
    order.sort_by_key(|&at| (steps[at].haplotype, steps[at].variants.start));
    for pair in order.windows(2).filter(|pair| steps[pair[0]].haplotype == steps[pair[1]].haplotype)
    {
        let [before, after] = [&steps[pair[0]].variants, &steps[pair[1]].variants];
        let start = (before.end - 1).min(after.start);
        limits[pair[1]].start = limits[pair[1]].start.max(start);
        let end = after.start.max(before.end - 1);
        limits[pair[0]].end = limits[pair[0]].end.min(end);
    }
    limits
}

fn posterior(
    haplotypes: &AlignedHaplotypes<'_>,
    donors: &Donors<'_>,
    step: &Breakpoint,
    around: Range<usize>,
) -> Vec<f32> {
    let alleles = haplotypes.alleles(step.haplotype, around.clone());
    let places = step.variants.start - around.start..step.variants.end - around.start;
    let forward = donors.range(step.from, around.clone()).forward(&alleles, places.clone());
    let backward = donors.range(step.to, around).backward(&alleles, places.clone());
    let cm = donors.position_cm();
    let before = |variant: usize| match variant {
        0 => 0.0,
        last if last == cm.len() => 0.0,
        variant => cm[variant] - cm[variant - 1],
    };
    let weight = |(place, variant): (usize, usize)| {
        apart(&forward, &backward, place) + (before(variant) + FLOOR_CM).ln()
    };
    let weights: Vec<f64> = step.variants.clone().enumerate().map(weight).collect();
    let most = weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = weights.iter().map(|weight| (weight - most).exp()).sum();
    weights.iter().map(|weight| ((weight - most).exp() / sum) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::genotypes::aligned::Reading;
    use crate::data::haplotypes::matrix::pack;
    use crate::data::haplotypes::packed::HaplotypeView;
    use crate::local_ancestry::copying::likelihood::Rates;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::RngCore;
    use rand_chacha::rand_core::SeedableRng;

    fn step(variants: Range<usize>) -> Breakpoint {
        Breakpoint { haplotype: 0, from: 0, to: 1, variants }
    }

    /// Population 0 has alleles 1, population 1 has 0; the haplotype is 1 1 0, at .1, .2 and .3 cM.
    /// The first variant of population 1 is most probably the third: all alleles are then copied
    /// rightly.
    #[test]
    fn three_variants_worked_by_hand() {
        let view = HaplotypeView::whole(pack(&[1.0, 0.0, 1.0, 0.0, 0.0, 0.0], 1).unwrap());
        let panel = HaplotypeView::whole(pack(&[1.0, 1.0, 0.0, 0.0].repeat(3), 2).unwrap());
        let cm = [0.1, 0.2, 0.3];
        let donors = Donors::new(&panel, &[0, 1], 2, &cm);
        let aligned = AlignedHaplotypes::as_they_are(&view);
        let got = place_breakpoints(&aligned, &donors, &[step(0..4)], &Task::new()).unwrap();
        let (right, wrong) = (0.99_f64, 0.01_f64);
        let weights = [
            wrong * wrong * right * 1e-4,
            right * wrong * right * 0.1001,
            right * right * right * 0.1001,
            right * right * wrong * 1e-4,
        ];
        let sum: f64 = weights.iter().sum();
        for (got, want) in got[0].iter().zip(weights) {
            assert!((f64::from(*got) - want / sum).abs() < 1e-6, "{got}, {}", want / sum);
        }
    }

    /// Probability of alleles, summed over every path of donors.
    fn over_all_paths(
        alleles: &[Option<bool>],
        donors: &[Vec<bool>],
        cm: &[f64],
        rates: Rates,
    ) -> f64 {
        let (n, length) = (donors.len(), alleles.len());
        let paths = 0..n.pow(length as u32);
        let probability = |path: usize| -> f64 {
            let donor = |variant: usize| path / n.pow(variant as u32) % n;
            (0..length)
                .map(|variant| {
                    let copied = if variant == 0 {
                        1.0 / n as f64
                    } else {
                        let d = cm[variant] - cm[variant - 1];
                        let stay = (-rates.changes_per_cm * d).exp();
                        let same = donor(variant) == donor(variant - 1);
                        (if same { stay } else { 0.0 }) + (1.0 - stay) / n as f64
                    };
                    let emission = match alleles[variant] {
                        None => 1.0,
                        Some(allele) if allele == donors[donor(variant)][variant] => {
                            1.0 - rates.miscopied
                        }
                        Some(_) => rates.miscopied,
                    };
                    copied * emission
                })
                .product()
        };
        paths.map(probability).sum()
    }

    #[test]
    fn agrees_with_sums_over_all_paths_of_donors() {
        let mut random = ChaCha8Rng::seed_from_u64(8);
        for case in 0..25 {
            let mut below = |n: usize| random.next_u32() as usize % n;
            let n_variants = 6;
            // Populations of two and four haplotypes; a haplotype with absent alleles.
            let panel: Vec<f64> = (0..6 * n_variants).map(|_| below(2) as f64).collect();
            let alleles: Vec<f64> = (0..2 * n_variants).map(|_| below(2) as f64).collect();
            let readings: Vec<Reading> = (0..n_variants)
                .map(|_| if below(5) == 0 { Reading::Absent } else { Reading::Counted })
                .collect();
            let mut cm = vec![0.0];
            (1..n_variants).for_each(|at| cm.push(cm[at - 1] + below(40) as f64 / 100.0));
            let packed = HaplotypeView::whole(pack(&panel, 3).unwrap());
            let rates = Rates { changes_per_cm: 2.5, miscopied: 0.03 };
            let donors = Donors::new(&packed, &[0, 1, 1], 2, &cm).with_rates(rates);
            let view = HaplotypeView::whole(pack(&alleles, 1).unwrap());
            let aligned = AlignedHaplotypes::new(&view, readings);
            let variants = [0..7, 2..5, 1..7][case % 3].clone();
            let step = Breakpoint {
                haplotype: below(2),
                from: below(2),
                to: below(2),
                variants: variants.clone(),
            };
            let seen = aligned.alleles(step.haplotype, 0..n_variants);
            let rows = |population: usize, from: usize| -> Vec<Vec<bool>> {
                let members = if population == 0 { 0..2 } else { 2..6 };
                let row = |row: usize| (from..n_variants).map(move |v| (v, row));
                members.map(|m| row(m).map(|(v, m)| panel[v * 6 + m] == 1.0).collect()).collect()
            };
            let weight = |place: usize| {
                let before =
                    over_all_paths(&seen[..place], &rows(step.from, 0), &cm[..place], rates);
                let after =
                    over_all_paths(&seen[place..], &rows(step.to, place), &cm[place..], rates);
                let inner = place > 0 && place < n_variants;
                let d = if inner { cm[place] - cm[place - 1] } else { 0.0 };
                before * after * (d + FLOOR_CM)
            };
            let want: Vec<f64> = variants.map(weight).collect();
            let sum: f64 = want.iter().sum();
            let got = place_breakpoints(&aligned, &donors, &[step], &Task::new()).unwrap();
            for (got, want) in got[0].iter().zip(want) {
                assert!((f64::from(*got) - want / sum).abs() < 1e-6, "case {case}");
            }
        }
    }

    /// Without alleles the breakpoint is anywhere on the genetic map.
    #[test]
    fn absent_alleles_leave_the_prior() {
        let n_variants = 200;
        let panel = HaplotypeView::whole(pack(&[1.0, 0.0].repeat(2 * n_variants), 2).unwrap());
        let view = HaplotypeView::whole(pack(&[1.0, 0.0].repeat(n_variants), 1).unwrap());
        let cm: Vec<f64> = (0..n_variants).map(|at| (at * at) as f64 / 1000.0).collect();
        let donors = Donors::new(&panel, &[0, 1], 2, &cm);
        let aligned = AlignedHaplotypes::new(&view, vec![Reading::Absent; n_variants]);
        let got = place_breakpoints(&aligned, &donors, &[step(50..150)], &Task::new()).unwrap();
        let sum: f32 = got[0].iter().sum();
        assert!((sum - 1.0).abs() < 1e-5);
        let all = cm[149] - cm[49] + 100.0 * FLOOR_CM;
        for (variant, &got) in (50..150).zip(&got[0]) {
            let want = (cm[variant] - cm[variant - 1] + FLOOR_CM) / all;
            assert!((f64::from(got) - want).abs() < 1e-6);
        }
        let task = Task::new();
        task.cancel();
        assert!(place_breakpoints(&aligned, &donors, &[step(50..150)], &task).is_err());
    }

    /// The other population on the far side of the next step does not matter.
    #[test]
    fn steps_of_one_haplotype_limit_each_other() {
        let steps = [
            Breakpoint { haplotype: 1, from: 0, to: 1, variants: 100..121 },
            Breakpoint { haplotype: 0, from: 0, to: 1, variants: 10..31 },
            Breakpoint { haplotype: 1, from: 1, to: 0, variants: 150..171 },
            Breakpoint { haplotype: 1, from: 0, to: 2, variants: 160..181 },
        ];
        let got = limits(&steps, 200);
        assert_eq!(got, [40..150, 0..90, 120..170, 160..200]);
    }
}
