//! Haplotypes whose two strands change places in some windows.
//!
//! A phase switch of a sample turns first haplotypes into second ones from a window on, so that
//! correcting the phase exchanges the two strands of whole windows. Bits are exchanged 64 at a
//! time: `d = (first ^ second) & swapped`, then `first ^= d` and `second ^= d`.

use crate::data::bit_transpose::SIDE;
use crate::data::haplotypes::HaplotypeView;
use crate::data::haplotypes::PackedHaplotypes;
use crate::error::Result;
use crate::task::Task;
use rayon::prelude::*;

/// The haplotypes of a view, with strands exchanged where `swapped` says so.
///
/// Where a sample has one haplotype there is nothing to exchange: that haplotype stays.
///
/// | argument  | shape                 | values                                       |
/// |-----------|-----------------------|----------------------------------------------|
/// | `window`  | n_variants            | `0..n_windows`                               |
/// | `swapped` | n_samples x n_windows | samples one after the other                  |
/// | returned  | n_samples, n_variants | packed in the order of the view              |
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is cancelled.
///
/// # Panics
/// If a shape is another one, or a window is out of range.
pub fn swap(
    view: &HaplotypeView<'_>,
    window: &[u32],
    swapped: &[bool],
    task: &Task,
) -> Result<PackedHaplotypes<'static>> {
    let (n_samples, n_variants) = (view.n_samples(), view.n_variants());
    assert_eq!(window.len(), n_variants, "one window per variant");
    let n_windows = swapped.len() / n_samples.max(1);
    assert_eq!(n_windows * n_samples, swapped.len(), "one flag per sample and window");
    task.begin("exchanging haplotypes", n_samples as u64)?;
    let row = n_variants.div_ceil(SIDE) * 8;
    let mut alleles = vec![0; 2 * n_samples * row];
    let mut haploid = vec![0; if view.may_be_haploid() { n_samples * row } else { 0 }];
    if row > 0 {
        alleles.par_chunks_mut(2 * row).enumerate().try_for_each(|(sample, strands)| {
            let own = &swapped[sample * n_windows..][..n_windows];
            swap_sample(view, sample, window, own, strands);
            task.advance(1)
        })?;
        haploid.par_chunks_mut(row).enumerate().for_each(|(sample, bytes)| {
            let mut words = Vec::new();
            view.haploid(sample, 0..n_variants, &mut words);
            store(&words, bytes);
        });
    }
    Ok(PackedHaplotypes::owned(alleles, haploid, n_samples, n_variants))
}

/// Both strands of one sample, one after the other.
fn swap_sample(
    view: &HaplotypeView<'_>,
    sample: usize,
    window: &[u32],
    swapped: &[bool],
    strands: &mut [u8],
) {
    let all = 0..view.n_variants();
    let (mut first, mut second, mut haploid) = (Vec::new(), Vec::new(), Vec::new());
    view.alleles(2 * sample, all.clone(), &mut first);
    view.alleles(2 * sample + 1, all.clone(), &mut second);
    view.haploid(sample, all, &mut haploid);
    for (word, windows) in window.chunks(SIDE).enumerate() {
        let bits = windows.iter().enumerate();
        let mask = bits
            .fold(0, |mask, (place, &window)| mask | u64::from(swapped[window as usize]) << place);
        let differing = (first[word] ^ second[word]) & mask & !haploid[word];
        first[word] ^= differing;
        second[word] ^= differing;
    }
    let (one, other) = strands.split_at_mut(strands.len() / 2);
    store(&first, one);
    store(&second, other);
}

fn store(words: &[u64], bytes: &mut [u8]) {
    for (word, eight) in words.iter().zip(bytes.chunks_exact_mut(8)) {
        eight.copy_from_slice(&word.to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::haplotype_matrix::decode;
    use crate::data::haplotype_matrix::pack;

    fn decoded(view: &HaplotypeView<'_>) -> Vec<i32> {
        let mut out = vec![0; 2 * view.n_samples() * view.n_variants()];
        decode(view, -1, &mut out, &Task::new()).unwrap();
        out
    }

    /// Two samples, four variants in windows 0, 0, 1, 1; the first sample changes in window 1.
    #[test]
    fn two_samples_worked_by_hand() {
        #[rustfmt::skip]
        let alleles = [
            0.0, 1.0,  0.0, 1.0,
            1.0, 1.0,  0.0, 1.0,
            1.0, 0.0,  0.0, 1.0,
            0.0, 0.0,  0.0, 1.0,
        ];
        let view = HaplotypeView::whole(pack(&alleles, 2).unwrap());
        let swapped = [false, true, false, false];
        let got = swap(&view, &[0, 0, 1, 1], &swapped, &Task::new()).unwrap();
        #[rustfmt::skip]
        let want = [
            0, 1,  0, 1,
            1, 1,  0, 1,
            0, 1,  0, 1,
            0, 0,  0, 1,
        ];
        assert_eq!(decoded(&HaplotypeView::whole(got)), want);
    }

    /// 23 samples, some haploid at places; a view in another order; windows of 7 variants.
    fn example() -> (HaplotypeView<'static>, Vec<u32>, Vec<bool>) {
        let (n_samples, n_variants) = (23, 150);
        let value = |row: usize, variant: usize| match (row * 7 + variant * 3 + row * variant) % 5 {
            4 if row % 2 == 1 && row % 3 == 0 => f64::NAN,
            other => (other % 2) as f64,
        };
        let places = (0..n_variants).flat_map(|v| (0..2 * n_samples).map(move |row| (row, v)));
        let values: Vec<f64> = places.map(|(row, v)| value(row, v)).collect();
        let samples = vec![5, 0, 22, 9, 10];
        let variants: Vec<u32> = (0..137).map(|v| v * 37 % 150).collect();
        let window: Vec<u32> = (0..137).map(|v| v / 7).collect();
        let swapped = (0..5 * 20).map(|flag| flag * 13 % 7 < 3).collect();
        (HaplotypeView::new(pack(&values, n_samples).unwrap(), samples, variants), window, swapped)
    }

    #[test]
    fn agrees_with_exchanging_alleles_one_by_one() {
        let (view, window, swapped) = example();
        let (before, n_rows) = (decoded(&view), 2 * view.n_samples());
        let got = swap(&view, &window, &swapped, &Task::new()).unwrap();
        let mut want = before.clone();
        for (variant, column) in want.chunks_mut(n_rows).enumerate() {
            for sample in 0..view.n_samples() {
                let flag = swapped[sample * 20 + window[variant] as usize];
                if flag && column[2 * sample + 1] != -1 {
                    column.swap(2 * sample, 2 * sample + 1);
                }
            }
        }
        assert_ne!(want, before);
        assert_eq!(decoded(&HaplotypeView::whole(got)), want);
    }

    #[test]
    fn exchanging_twice_changes_nothing() {
        let (view, window, swapped) = example();
        let once = HaplotypeView::whole(swap(&view, &window, &swapped, &Task::new()).unwrap());
        let twice = HaplotypeView::whole(swap(&once, &window, &swapped, &Task::new()).unwrap());
        assert_eq!(decoded(&twice), decoded(&view));
    }
}
