//! Which alleles lie on haplotypes of an ancestry.

use crate::data::bit_transpose::SIDE;
use crate::data::haplotypes::packed::HaplotypeBuilder;
use crate::data::haplotypes::packed::HaplotypeView;
use crate::data::haplotypes::packed::PackedHaplotypes;
use crate::error::Result;
use crate::local_ancestry::by_ancestry::called::ABSENT;
use crate::local_ancestry::by_ancestry::called::Called;
use crate::task::Task;

/// A bit for each haplotype and variant, in the layout of alleles: 1 where the call is one of those
/// that count.
///
/// `counts`: of each call.
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is canceled.
///
/// # Panics
/// If shapes do not match, or the number of haplotypes is odd.
pub fn presence(
    called: &Called<'_>,
    counts: &[bool],
    task: &Task,
) -> Result<PackedHaplotypes<'static>> {
    assert_eq!(called.n_haplotypes % 2, 0, "two haplotypes of each sample");
    let n_variants = called.window.len();
    task.begin("masking haplotypes", n_variants as u64)?;
    let mut builder = HaplotypeBuilder::new(called.n_haplotypes / 2);
    let (mut words, mut window) = (Vec::new(), None);
    for (variant, &own) in called.window.iter().enumerate() {
        if window != Some(own) {
            window = Some(own);
            words = called.at(variant).chunks(SIDE).map(|calls| word(calls, counts)).collect();
        }
        builder.push(&words, None);
        task.advance(1)?;
    }
    Ok(builder.finish())
}

/// Number of bits that are set.
pub fn n_present(present: &HaplotypeView<'_>) -> u64 {
    let mut words = Vec::new();
    let count = |haplotype| {
        present.alleles(haplotype, 0..present.n_variants(), &mut words);
        words.iter().map(|word| u64::from(word.count_ones())).sum::<u64>()
    };
    (0..2 * present.n_samples()).map(count).sum()
}

fn word(calls: &[i32], counts: &[bool]) -> u64 {
    let bit =
        |(place, &call): (usize, &i32)| u64::from(call != ABSENT && counts[call as usize]) << place;
    calls.iter().enumerate().map(bit).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 35 samples, 130 variants in windows of 9: bits one by one.
    #[test]
    fn bits_are_those_of_the_calls() {
        let (n_haplotypes, n_variants) = (70, 130);
        let window: Vec<u32> = (0..n_variants as u32).map(|v| v / 9).collect();
        let call: Vec<i32> = (0..15 * n_haplotypes)
            .map(|at| if at % 7 == 0 { ABSENT } else { (at * 5 % 13) as i32 })
            .collect();
        let counts: Vec<bool> = (0..13).map(|call| call % 3 == 1).collect();
        let called = Called { window: &window, call: &call, n_haplotypes };
        let view = HaplotypeView::whole(presence(&called, &counts, &Task::new()).unwrap());
        let (mut words, mut n) = (Vec::new(), 0);
        for haplotype in 0..n_haplotypes {
            view.alleles(haplotype, 0..n_variants, &mut words);
            for variant in 0..n_variants {
                let own = call[variant / 9 * n_haplotypes + haplotype];
                let want = own != ABSENT && counts[own as usize];
                assert_eq!(words[variant / 64] >> (variant % 64) & 1 == 1, want);
                n += u64::from(want);
            }
        }
        assert_eq!(n_present(&view), n);
    }
}
