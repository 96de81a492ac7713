//! Allele frequencies of ancestries in admixed samples.
//!
//! With posteriors `p_ha` that haplotype h is of ancestry a at a variant, and alleles `x_h`, the
//! expected number of haplotypes is `n_a = sum_h p_ha`, and the frequency of the alternate allele
//! `sum_h p_ha x_h / n_a`.

use crate::data::bit_transpose::SIDE;
use crate::data::haplotypes::genotypes::rows;
use crate::data::haplotypes::packed::HaplotypeView;
use crate::error::Result;
use crate::local_ancestry::by_ancestry::called::ABSENT;
use crate::local_ancestry::by_ancestry::called::Called;
use crate::task::Task;
use rayon::prelude::*;

/// Sums of one variant and ancestry.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sums {
    /// Expected number of haplotypes.
    pub haplotypes: f64,
    /// Expected number of those with the alternate allele.
    pub alternate: f64,
}

/// n_variants x n_ancestries.
///
/// `posterior`: of each ancestry, by call.
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is canceled.
///
/// # Panics
/// If shapes do not match.
pub fn allele_sums(
    haplotypes: &HaplotypeView<'_>,
    called: &Called<'_>,
    posterior: &[&[f64]],
    task: &Task,
) -> Result<Vec<Sums>> {
    let n_variants = haplotypes.n_variants();
    assert_eq!(called.window.len(), n_variants, "one window per variant");
    assert_eq!(called.n_haplotypes, 2 * haplotypes.n_samples(), "two haplotypes of each sample");
    task.begin("counting alleles by ancestry", n_variants as u64)?;
    let starts: Vec<usize> = (0..n_variants).step_by(SIDE).collect();
    let blocks: Result<Vec<Vec<Sums>>> = starts
        .into_par_iter()
        .map(|start| {
            let n = SIDE.min(n_variants - start);
            let mut sums = Vec::with_capacity(n * posterior.len());
            for (offset, row) in rows(haplotypes, start, n).iter().enumerate() {
                let calls = called.at(start + offset);
                sums.extend(posterior.iter().map(|posterior| sums_of(row, calls, posterior)));
            }
            task.advance(n as u64)?;
            Ok(sums)
        })
        .collect();
    Ok(blocks?.concat())
}

/// `row`: of [`rows`], 32 samples to a word.
fn sums_of(row: &[(u64, u64)], calls: &[i32], posterior: &[f64]) -> Sums {
    let mut sums = Sums::default();
    for (&(alleles, _), calls) in row.iter().zip(calls.chunks(SIDE)) {
        for (place, &call) in calls.iter().enumerate().filter(|(_, call)| **call != ABSENT) {
            let p = posterior[call as usize];
            sums.haplotypes += p;
            if alleles >> place & 1 == 1 {
                sums.alternate += p;
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::haplotypes::matrix::pack;

    /// Ann is A|B with alleles 1|0, bob half of each on a haplotype with 1 and has no second one.
    #[test]
    fn two_samples_worked_by_hand() {
        let view = HaplotypeView::whole(pack(&[1.0, 0.0, 1.0, f64::NAN], 2).unwrap());
        let called = Called { window: &[0], call: &[0, 1, 2, ABSENT], n_haplotypes: 4 };
        let posterior: [&[f64]; 2] = [&[1.0, 0.0, 0.5], &[0.0, 1.0, 0.5]];
        let got = allele_sums(&view, &called, &posterior, &Task::new()).unwrap();
        let want =
            [Sums { haplotypes: 1.5, alternate: 1.5 }, Sums { haplotypes: 1.5, alternate: 0.5 }];
        assert_eq!(got, want);
    }

    /// Reference implementation: one allele after the other; 41 samples, 150 variants in windows of
    /// 7, every fifth sample with one haplotype from variant 70 on.
    #[test]
    fn sums_agree_with_adding_one_by_one() {
        let (n_samples, n_variants, k) = (41, 150, 3);
        let absent = |row: usize, v: usize| row % 10 == 1 && v >= 70;
        let allele = |row: usize, v: usize| ((row * 7 + v * 3 + row * v) % 5 % 2) as f64;
        let cells = (0..n_variants).flat_map(|v| (0..2 * n_samples).map(move |row| (row, v)));
        let value = |(row, v)| if absent(row, v) { f64::NAN } else { allele(row, v) };
        let view =
            HaplotypeView::whole(pack(&cells.map(value).collect::<Vec<_>>(), n_samples).unwrap());
        let window: Vec<u32> = (0..n_variants as u32).map(|v| v / 7).collect();
        let windows = (0..22).flat_map(|w| (0..2 * n_samples).map(move |row| (row, w)));
        let call: Vec<i32> = windows
            .enumerate()
            .map(|(at, (row, w))| if absent(row, 7 * w) { ABSENT } else { at as i32 })
            .collect();
        let columns: Vec<Vec<f64>> = (0..k)
            .map(|a| (0..call.len()).map(|at| ((at * (a + 3)) % 11) as f64 / 10.0).collect())
            .collect();
        let posterior: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let called = Called { window: &window, call: &call, n_haplotypes: 2 * n_samples };
        let got = allele_sums(&view, &called, &posterior, &Task::new()).unwrap();
        for v in 0..n_variants {
            for (a, posterior) in posterior.iter().enumerate() {
                let (mut haplotypes, mut alternate) = (0.0, 0.0);
                for row in (0..2 * n_samples).filter(|&row| !absent(row, 7 * (v / 7))) {
                    let p = posterior[v / 7 * 2 * n_samples + row];
                    haplotypes += p;
                    alternate += p * allele(row, v);
                }
                let got = got[v * k + a];
                assert!((got.haplotypes - haplotypes).abs() < 1e-12);
                assert!((got.alternate - alternate).abs() < 1e-12);
            }
        }
    }
}
