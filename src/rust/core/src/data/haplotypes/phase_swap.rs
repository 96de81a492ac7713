//! Exchanges the two haplotypes of samples from some variants on.
//!
//! A phase switch of a sample exchanges its haplotypes from a variant on, so that
//! correcting the phase exchanges them after every odd number of switches. Bits are
//! exchanged 64 at a time: `d = (first ^ second) & swapped`, then `first ^= d` and `second ^= d`.

use crate::data::bit_transpose::SIDE;
use crate::data::haplotypes::packed::HaplotypeView;
use crate::data::haplotypes::packed::PackedHaplotypes;
use crate::error::Result;
use crate::task::Task;
use rayon::prelude::*;

/// Where a variant is, or the first one after a switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub chromosome: u32,
    pub position: u32,
}

/// The haplotypes of a view, exchanged at variants that have an odd number of switches
/// at or before them on their chromosome.
///
/// Where a sample has one haplotype there is nothing to exchange: that haplotype stays.
///
/// | argument   | shape                 | values                                      |
/// |------------|-----------------------|---------------------------------------------|
/// | `variants` | n_variants            | in any order                                |
/// | `switches` | n_samples             | of each sample, sorted                      |
/// | returned   | n_samples, n_variants | packed in the order of the view             |
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is canceled.
///
/// # Panics
/// If a shape is another one.
pub fn swap(
    view: &HaplotypeView<'_>,
    variants: &[Place],
    switches: &[Vec<Place>],
    task: &Task,
) -> Result<PackedHaplotypes<'static>> {
    let (n_samples, n_variants) = (view.n_samples(), view.n_variants());
    assert_eq!(variants.len(), n_variants, "one place per variant");
    assert_eq!(switches.len(), n_samples, "switches of every sample");
    task.begin("exchanging haplotypes", n_samples as u64)?;
    let row = n_variants.div_ceil(SIDE) * 8;
    let mut alleles = vec![0; 2 * n_samples * row];
    let mut haploid = vec![0; if view.may_be_haploid() { n_samples * row } else { 0 }];
    if row > 0 {
        alleles.par_chunks_mut(2 * row).enumerate().try_for_each(|(sample, haplotypes)| {
            swap_sample(view, sample, variants, &switches[sample], haplotypes);
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

/// The same with switches by number: for each sample, variants of the view from which on its
/// haplotypes are exchanged, in ascending order.
///
/// # Errors
/// As [`swap`].
///
/// # Panics
/// If there are not switches of every sample.
pub fn swap_from(
    view: &HaplotypeView<'_>,
    switches: &[Vec<usize>],
    task: &Task,
) -> Result<PackedHaplotypes<'static>> {
    let place = |variant: usize| Place { chromosome: 0, position: variant as u32 };
    let variants: Vec<Place> = (0..view.n_variants()).map(place).collect();
    let placed = |own: &Vec<usize>| own.iter().map(|&variant| place(variant)).collect();
    let switches: Vec<Vec<Place>> = switches.iter().map(placed).collect();
    swap(view, &variants, &switches, task)
}

/// Both haplotypes of one sample, one after the other.
fn swap_sample(
    view: &HaplotypeView<'_>,
    sample: usize,
    variants: &[Place],
    switches: &[Place],
    haplotypes: &mut [u8],
) {
    let all = 0..view.n_variants();
    let (mut first, mut second, mut haploid) = (Vec::new(), Vec::new(), Vec::new());
    view.alleles(2 * sample, all.clone(), &mut first);
    view.alleles(2 * sample + 1, all.clone(), &mut second);
    view.haploid(sample, all, &mut haploid);
    for (word, variants) in variants.chunks(SIDE).enumerate() {
        let bits = variants.iter().enumerate();
        let mask = bits.fold(0, |mask, (bit, &variant)| {
            mask | u64::from(is_swapped(variant, switches)) << bit
        });
        let differing = (first[word] ^ second[word]) & mask & !haploid[word];
        first[word] ^= differing;
        second[word] ^= differing;
    }
    let (one, other) = haplotypes.split_at_mut(haplotypes.len() / 2);
    store(&first, one);
    store(&second, other);
}

fn is_swapped(variant: Place, switches: &[Place]) -> bool {
    let before = switches.partition_point(|switch| switch.chromosome < variant.chromosome);
    let passed = switches.partition_point(|switch| *switch <= variant);
    (passed - before) % 2 == 1
}

fn store(words: &[u64], bytes: &mut [u8]) {
    for (word, eight) in words.iter().zip(bytes.chunks_exact_mut(8)) {
        eight.copy_from_slice(&word.to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::haplotypes::matrix::decode;
    use crate::data::haplotypes::matrix::pack;

    fn decoded(view: &HaplotypeView<'_>) -> Vec<i32> {
        let mut out = vec![0; 2 * view.n_samples() * view.n_variants()];
        decode(view, -1, &mut out, &Task::new()).unwrap();
        out
    }

    fn place(chromosome: u32, position: u32) -> Place {
        Place { chromosome, position }
    }

    /// Two samples, four variants; the first sample switches at the third.
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
        let variants = [place(0, 10), place(0, 20), place(0, 30), place(0, 40)];
        let swapped = |switches: &[Vec<Place>]| {
            let got = swap(&view, &variants, switches, &Task::new()).unwrap();
            decoded(&HaplotypeView::whole(got))
        };
        #[rustfmt::skip]
        let want = [
            0, 1,  0, 1,
            1, 1,  0, 1,
            0, 1,  0, 1,
            0, 0,  0, 1,
        ];
        assert_eq!(swapped(&[vec![place(0, 30)], vec![]]), want);
        assert_eq!(swapped(&[vec![place(0, 21)], vec![]]), want);
        // Switches of another chromosome do not count, and two cancel.
        assert_eq!(swapped(&[vec![place(0, 30)], vec![place(1, 5)]]), want);
        let undone = vec![place(0, 5), place(0, 5)];
        assert_eq!(swapped(&[vec![place(0, 30)], undone]), want);
    }

    /// 23 samples, some haploid at places; a view in another order; three chromosomes.
    fn example() -> (HaplotypeView<'static>, Vec<Place>, Vec<Vec<Place>>) {
        let (n_samples, n_variants) = (23, 150);
        let value = |row: usize, variant: usize| match (row * 7 + variant * 3 + row * variant) % 5 {
            4 if row % 2 == 1 && row % 3 == 0 => f64::NAN,
            other => (other % 2) as f64,
        };
        let places = (0..n_variants).flat_map(|v| (0..2 * n_samples).map(move |row| (row, v)));
        let values: Vec<f64> = places.map(|(row, v)| value(row, v)).collect();
        let samples = vec![5, 0, 22, 9, 10];
        let order: Vec<u32> = (0..137).map(|v| v * 37 % 150).collect();
        let variants = (0..137).map(|v| place(v % 3, v * 29 % 137)).collect();
        let switches = (0..5).map(|sample| {
            let mut own: Vec<Place> = (0..4 * sample).map(|i| place(i % 3, i * 53 % 137)).collect();
            own.sort();
            own
        });
        let switches = switches.collect();
        (HaplotypeView::new(pack(&values, n_samples).unwrap(), samples, order), variants, switches)
    }

    #[test]
    fn agrees_with_exchanging_alleles_one_by_one() {
        let (view, variants, switches) = example();
        let (before, n_rows) = (decoded(&view), 2 * view.n_samples());
        let got = swap(&view, &variants, &switches, &Task::new()).unwrap();
        let mut want = before.clone();
        for (variant, column) in variants.iter().zip(want.chunks_mut(n_rows)) {
            for (sample, switches) in switches.iter().enumerate() {
                let passed = switches.iter().filter(|switch| {
                    switch.chromosome == variant.chromosome && switch.position <= variant.position
                });
                if passed.count() % 2 == 1 && column[2 * sample + 1] != -1 {
                    column.swap(2 * sample, 2 * sample + 1);
                }
            }
        }
        assert_ne!(want, before);
        assert_eq!(decoded(&HaplotypeView::whole(got)), want);
    }

    #[test]
    fn switches_by_number_are_those_by_place() {
        let (view, _, _) = example();
        let switches: Vec<Vec<usize>> =
            (0..5).map(|sample| (0..3 * sample).map(|i| i * 137 / 12).collect()).collect();
        let place = |variant: usize| place(0, 10 * variant as u32);
        let variants: Vec<Place> = (0..137).map(place).collect();
        let placed: Vec<Vec<Place>> = switches
            .iter()
            .map(|own| own.iter().map(|&variant| place(variant)).collect())
            .collect();
        let got = swap_from(&view, &switches, &Task::new()).unwrap();
        assert_eq!(got, swap(&view, &variants, &placed, &Task::new()).unwrap());
    }

    #[test]
    fn exchanging_twice_changes_nothing() {
        let (view, variants, switches) = example();
        let once = HaplotypeView::whole(swap(&view, &variants, &switches, &Task::new()).unwrap());
        let twice = HaplotypeView::whole(swap(&once, &variants, &switches, &Task::new()).unwrap());
        assert_eq!(decoded(&twice), decoded(&view));
    }
}
