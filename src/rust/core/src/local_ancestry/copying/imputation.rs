//! Alleles at variants that new haplotypes lack altogether.
//!
//! A string kernel counts the runs of variants at which two haplotypes agree: a missing allele in
//! the middle of a run breaks it, for every haplotype of the panel alike, and a few in a hundred
//! are enough to make the calls of a trained window worthless. So absent alleles are imputed first.
//! A haplotype is a mosaic of those of the panel ([`crate::local_ancestry::copying::likelihood`]);
//! an absent allele is imputed by the allele of the donors that are more probably copied there,
//! given the alleles around it.
//!
//! Source: Li & Stephens 2003 for the mosaics; Marchini et al. 2007 for imputing by them.

use crate::data::bit_transpose::SIDE;
use crate::data::haplotypes::aligned::AlignedHaplotypes;
use crate::data::haplotypes::packed::PackedHaplotypes;
use crate::error::Result;
use crate::local_ancestry::copying::likelihood::DonorRange;
use crate::local_ancestry::copying::likelihood::Donors;
use crate::task::Task;
use rayon::prelude::*;
use std::ops::Range;

/// Variants that are imputed together, a multiple of [`SIDE`]: what is stored of them for every
/// donor bounds the memory.
const AT_ONCE: usize = 8 * SIDE;

/// Variants on either side of them that inform about the copied donors.
const CONTEXT: usize = SIDE;

/// The haplotypes, aligned and with an allele at every variant. Where a sample may lack its second
/// haplotype, it lacks it at an absent variant if it does at the one before.
///
/// `donors`: of one population, at the same variants.
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is canceled.
///
/// # Panics
/// If the donors are of other variants.
pub fn imputed(
    haplotypes: &AlignedHaplotypes<'_>,
    donors: &Donors<'_>,
    task: &Task,
) -> Result<PackedHaplotypes<'static>> {
    let (n_haplotypes, n_variants) = (haplotypes.n_haplotypes(), haplotypes.n_variants());
    assert_eq!(donors.n_variants(), n_variants, "donors at the same variants");
    task.begin("imputing absent variants", n_variants as u64)?;
    let row = n_variants.div_ceil(SIDE) * 8;
    let haploid = haploid_mask(haplotypes, row);
    let mut alleles = vec![0; n_haplotypes * row];
    for start in (0..n_variants).step_by(AT_ONCE) {
        let here = start..(start + AT_ONCE).min(n_variants);
        let around = start.saturating_sub(CONTEXT)..(here.end + CONTEXT).min(n_variants);
        let is_absent = here.clone().any(|variant| haplotypes.is_absent(variant));
        let range = is_absent.then(|| donors.range(0, around.clone()));
        alleles.par_chunks_mut(row).enumerate().try_for_each(|(haplotype, bytes)| {
            task.advance(0)?;
            let mut own = haplotypes.alleles(haplotype, around.clone());
            if let Some(range) = &range {
                fill(&mut own, range, here.start - around.start..here.end - around.start);
            }
            let absent = (haplotype % 2 == 1 && !haploid.is_empty())
                .then(|| &haploid[haplotype / 2 * row..][..row]);
            for variant in here.clone() {
                let lacking =
                    absent.is_some_and(|mask| mask[variant / 8] >> (variant % 8) & 1 == 1);
                let alternate = own[variant - around.start] == Some(true) && !lacking;
                bytes[variant / 8] |= u8::from(alternate) << (variant % 8);
            }
            Ok(())
        })?;
        task.advance(here.len() as u64)?;
    }
    Ok(PackedHaplotypes::owned(alleles, haploid, n_haplotypes / 2, n_variants))
}

/// Imputes every allele of `places` that is `None`.
fn fill(alleles: &mut [Option<bool>], range: &DonorRange, places: Range<usize>) {
    let forward = range.forward(alleles, places.clone());
    let backward = range.backward(alleles, places.clone());
    for (place, variant) in places.enumerate() {
        if alleles[variant].is_none() {
            let chance = range.chance_of_alternate(&forward, &backward, place, variant);
            alleles[variant] = Some(chance > 0.5);
        }
    }
}

/// n_samples x `row` bytes, a bit for each variant at which a sample has no second haplotype; empty
/// if every sample has one everywhere.
fn haploid_mask(haplotypes: &AlignedHaplotypes<'_>, row: usize) -> Vec<u8> {
    if !haplotypes.may_be_haploid() || row == 0 {
        return Vec::new();
    }
    let n_variants = haplotypes.n_variants();
    let mut mask = vec![0; haplotypes.n_haplotypes() / 2 * row];
    mask.par_chunks_mut(row).enumerate().for_each(|(sample, bytes)| {
        let alleles = haplotypes.alleles(2 * sample + 1, 0..n_variants);
        let seen = |variant: &usize| !haplotypes.is_absent(*variant);
        let first = (0..n_variants).find(seen).unwrap_or(0);
        let mut lacking = alleles[first].is_none();
        for (variant, allele) in alleles.iter().enumerate() {
            if !haplotypes.is_absent(variant) {
                lacking = allele.is_none();
            }
            bytes[variant / 8] |= u8::from(lacking) << (variant % 8);
        }
    });
    if mask.iter().all(|&byte| byte == 0) {
        mask.clear();
    }
    mask
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::genotypes::aligned::Reading;
    use crate::data::haplotypes::matrix::decode;
    use crate::data::haplotypes::matrix::pack;
    use crate::data::haplotypes::packed::HaplotypeView;
    use crate::local_ancestry::copying::likelihood::reference;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::RngCore;
    use rand_chacha::rand_core::SeedableRng;

    const MISSING: i32 = -1;

    fn decoded(packed: PackedHaplotypes<'static>) -> Vec<i32> {
        let view = HaplotypeView::whole(packed);
        let mut out = vec![0; 2 * view.n_samples() * view.n_variants()];
        decode(&view, MISSING, &mut out, &Task::new()).unwrap();
        out
    }

    /// Three donors of five variants, the last one on the other side of the query: its
    /// third allele is that of the donors that agree with it on both sides.
    #[test]
    fn one_allele_worked_by_hand() {
        // Rows: donors 00000, 00000, 11111, 11111; the query 11?11 and 00?00.
        let donors: Vec<f64> = (0..20).map(|at| f64::from(at % 4 > 1)).collect();
        let donors = HaplotypeView::whole(pack(&donors, 2).unwrap());
        let donors = Donors::new(&donors, &[0, 0], 1, &[0.0; 5]);
        let query: Vec<f64> = (0..10).map(|at| f64::from(at % 2 == 0)).collect();
        let query = HaplotypeView::whole(pack(&query, 1).unwrap());
        let mut readings = vec![Reading::Counted; 5];
        readings[2] = Reading::Absent;
        let aligned = AlignedHaplotypes::new(&query, readings);
        let got = decoded(imputed(&aligned, &donors, &Task::new()).unwrap());
        assert_eq!(got, [1, 0, 1, 0, 1, 0, 1, 0, 1, 0]);
        // Of the donors that have 1 each allele seen is .99 as likely, of the others .01:
        // .99^4 / (.99^4 + .01^4), a little less than one.
        let range = donors.range(0, 0..5);
        let alleles = [Some(true), Some(true), None, Some(true), Some(true)];
        let (forward, backward) = (range.forward(&alleles, 2..3), range.backward(&alleles, 2..3));
        let chance = range.chance_of_alternate(&forward, &backward, 0, 2);
        let want = 0.99_f64.powi(4) / (0.99_f64.powi(4) + 0.01_f64.powi(4));
        assert!((chance - want).abs() < 1e-14, "{chance}");
    }

    /// Random haplotypes, some haploid, with alleles exchanged and variants absent.
    #[test]
    fn agrees_with_the_likelihoods_of_both_alleles() {
        let mut random = ChaCha8Rng::seed_from_u64(5);
        for case in 0..12 {
            let mut below = |n: usize| random.next_u32() as usize % n;
            let n_variants = 40 + below(30);
            let mut values = |n_haplotypes: usize, haploid: bool| -> Vec<f64> {
                let mut values: Vec<f64> =
                    (0..n_haplotypes * n_variants).map(|_| below(2) as f64).collect();
                if haploid {
                    let second = (0..n_variants).map(|variant| variant * n_haplotypes + 1);
                    second.skip(n_variants / 3).for_each(|at| values[at] = f64::NAN);
                }
                values
            };
            let (panel, query) = (values(6, case % 3 == 0), values(4, case % 2 == 0));
            let readings: Vec<Reading> = (0..n_variants)
                .map(|_| [Reading::Counted, Reading::Swapped, Reading::Absent][below(3)])
                .collect();
            let cm: Vec<f64> = (0..n_variants).map(|variant| variant as f64 / 300.0).collect();
            let panel_view = HaplotypeView::whole(pack(&panel, 3).unwrap());
            let donors = Donors::new(&panel_view, &[0; 3], 1, &cm);
            let query_view = HaplotypeView::whole(pack(&query, 2).unwrap());
            let aligned = AlignedHaplotypes::new(&query_view, readings.clone());
            let got = decoded(imputed(&aligned, &donors, &Task::new()).unwrap());
            let allele = |value: f64| if value.is_nan() { None } else { Some(value == 1.0) };
            let rows: Vec<Vec<Option<bool>>> = (0..6)
                .map(|row| (0..n_variants).map(|v| allele(panel[v * 6 + row])).collect())
                .collect();
            for haplotype in 0..4 {
                let given = aligned.alleles(haplotype, 0..n_variants);
                let lacking = |variant: usize| {
                    let before = (0..=variant).rev().chain(variant..n_variants);
                    let seen = before.into_iter().find(|&v| readings[v] != Reading::Absent);
                    query[seen.unwrap() * 4 + haplotype].is_nan()
                };
                for variant in 0..n_variants {
                    let now = got[variant * 4 + haplotype];
                    if let Some(known) = given[variant] {
                        assert_eq!(now, i32::from(known));
                    } else if lacking(variant) {
                        assert_eq!(now, MISSING, "case {case}, variant {variant}");
                    } else {
                        let [no, yes] = [false, true].map(|tried| {
                            let mut tried_out = given.clone();
                            tried_out[variant] = Some(tried);
                            reference::likelihood(&tried_out, &rows, &cm)
                        });
                        let clear = (yes / no).ln().abs() > 1e-6;
                        assert!(!clear || now == i32::from(yes > no), "{case}, {variant}");
                    }
                }
            }
        }
    }

    /// Long enough for several batches: distant variants have almost no information.
    #[test]
    fn goes_join_and_a_copied_donor_comes_back_whole() {
        let n_variants = 3 * AT_ONCE + 17;
        let mut random = ChaCha8Rng::seed_from_u64(6);
        let panel: Vec<f64> =
            (0..20 * n_variants).map(|_| f64::from(random.next_u32() % 2)).collect();
        let cm: Vec<f64> = (0..n_variants).map(|variant| variant as f64 / 1e4).collect();
        let view = HaplotypeView::whole(pack(&panel, 10).unwrap());
        let donors = Donors::new(&view, &[0; 10], 1, &cm);
        // Donor 7, then 12 from the middle on; donor 3 throughout.
        let source = |variant: usize, haplotype: usize| match haplotype {
            0 if variant < n_variants / 2 => 7,
            0 => 12,
            _ => 3,
        };
        let query: Vec<f64> =
            (0..2 * n_variants).map(|at| panel[at / 2 * 20 + source(at / 2, at % 2)]).collect();
        let query_view = HaplotypeView::whole(pack(&query, 1).unwrap());
        let readings = (0..n_variants)
            .map(|variant| if variant % 4 == 1 { Reading::Absent } else { Reading::Counted })
            .collect();
        let aligned = AlignedHaplotypes::new(&query_view, readings);
        let got = decoded(imputed(&aligned, &donors, &Task::new()).unwrap());
        let wrong = got.iter().zip(&query).filter(|&(&got, &want)| f64::from(got) != want).count();
        assert!(wrong <= 2, "{wrong} of {} alleles", n_variants / 2);
        let task = Task::new();
        task.cancel();
        assert!(imputed(&aligned, &donors, &task).is_err());
    }
}
