//! Haplotypes of several data sets side by side, or one below the other.

use crate::data::bit_transpose::SIDE;
use crate::data::haplotypes::packed::HaplotypeView;
use crate::data::haplotypes::packed::PackedHaplotypes;
use crate::error::Result;
use crate::task::Task;
use rayon::prelude::*;

/// The variants of all views, of the same samples in the same order.
///
/// There is a mask of haploid samples only if one is haploid somewhere.
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is canceled.
///
/// # Panics
/// If there is no view, or their samples differ in number.
pub fn join_variants(
    views: &[HaplotypeView<'_>],
    task: &Task,
) -> Result<PackedHaplotypes<'static>> {
    let n_samples = views[0].n_samples();
    assert!(views.iter().all(|view| view.n_samples() == n_samples), "the same samples");
    let n_variants = views.iter().map(HaplotypeView::n_variants).sum();
    let alleles = |haplotype, bits: &mut Bits<'_>| {
        let mut words = Vec::new();
        for view in views {
            view.alleles(haplotype, 0..view.n_variants(), &mut words);
            bits.push(&words, view.n_variants());
        }
    };
    let haploid = |sample, bits: &mut Bits<'_>| {
        let mut words = Vec::new();
        for view in views {
            haploid_words(view, sample, &mut words);
            bits.push(&words, view.n_variants());
        }
    };
    packed((n_samples, n_variants), alleles, haploid, task)
}

/// The samples of all views, at the same variants in the same order. `swapped` says for each view
/// at which variants its alleles are exchanged.
///
/// There is a mask of haploid samples only if one is haploid somewhere.
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is canceled.
///
/// # Panics
/// If there is no view, or their variants differ in number.
pub fn join_samples(
    views: &[HaplotypeView<'_>],
    swapped: &[Vec<bool>],
    task: &Task,
) -> Result<PackedHaplotypes<'static>> {
    let n_variants = views[0].n_variants();
    assert!(views.iter().all(|view| view.n_variants() == n_variants), "the same variants");
    assert!(swapped.iter().all(|swapped| swapped.len() == n_variants), "one entry per variant");
    let swapped: Vec<Vec<u64>> = swapped.iter().map(|swapped| words_of(swapped)).collect();
    // View of each sample, what is exchanged there, and the sample's place there.
    let all = views
        .iter()
        .zip(&swapped)
        .flat_map(|(view, swapped)| (0..view.n_samples()).map(move |own| (view, swapped, own)));
    let all: Vec<(&HaplotypeView<'_>, &Vec<u64>, usize)> = all.collect();
    let alleles = |haplotype: usize, bits: &mut Bits<'_>| {
        let (view, swapped, sample) = all[haplotype / 2];
        let (mut words, mut absent) = (Vec::new(), Vec::new());
        view.alleles(2 * sample + haplotype % 2, 0..n_variants, &mut words);
        if haplotype % 2 == 1 {
            haploid_words(view, sample, &mut absent);
        }
        for (at, (word, swapped)) in words.iter_mut().zip(swapped).enumerate() {
            // A haplotype that is absent has zeros.
            *word ^= swapped & !absent.get(at).copied().unwrap_or(0);
        }
        bits.push(&words, n_variants);
    };
    let haploid = |sample: usize, bits: &mut Bits<'_>| {
        let (view, _, own) = all[sample];
        let mut words = Vec::new();
        haploid_words(view, own, &mut words);
        bits.push(&words, n_variants);
    };
    packed((all.len(), n_variants), alleles, haploid, task)
}

/// One bit per entry, 64 to a word.
fn words_of(flags: &[bool]) -> Vec<u64> {
    let word = |flags: &[bool]| {
        flags.iter().enumerate().fold(0, |word, (at, &flag)| word | u64::from(flag) << at)
    };
    flags.chunks(SIDE).map(word).collect()
}

fn haploid_words(view: &HaplotypeView<'_>, sample: usize, words: &mut Vec<u64>) {
    words.clear();
    if view.may_be_haploid() {
        view.haploid(sample, 0..view.n_variants(), words);
    }
    words.resize(view.n_variants().div_ceil(SIDE), 0);
}

/// `alleles` and `haploid` fill the bits of a haplotype and of a sample.
fn packed(
    (n_samples, n_variants): (usize, usize),
    alleles: impl Fn(usize, &mut Bits<'_>) + Sync,
    haploid: impl Fn(usize, &mut Bits<'_>) + Sync,
    task: &Task,
) -> Result<PackedHaplotypes<'static>> {
    task.begin("joining haplotypes", 3 * n_samples as u64)?;
    let row = n_variants.div_ceil(SIDE) * 8;
    let (mut bytes, mut mask) = (vec![0; 2 * n_samples * row], vec![0; n_samples * row]);
    bytes.par_chunks_mut(row.max(1)).enumerate().try_for_each(|(haplotype, bytes)| {
        alleles(haplotype, &mut Bits { bytes, n: 0 });
        task.advance(1)
    })?;
    mask.par_chunks_mut(row.max(1)).enumerate().try_for_each(|(sample, bytes)| {
        haploid(sample, &mut Bits { bytes, n: 0 });
        task.advance(1)
    })?;
    if mask.iter().all(|&byte| byte == 0) {
        mask.clear();
    }
    Ok(PackedHaplotypes::owned(bytes, mask, n_samples, n_variants))
}

/// A row that is filled from its first bit on.
struct Bits<'b> {
    /// Zeros from bit `n` on, whole words.
    bytes: &'b mut [u8],
    n: usize,
}

impl Bits<'_> {
    /// The first `n` bits of `words`; those past them are 0.
    fn push(&mut self, words: &[u64], n: usize) {
        let (first, shift) = (self.n / SIDE, self.n % SIDE);
        for (at, &word) in words.iter().enumerate() {
            self.merge(first + at, word << shift);
            if shift > 0 {
                self.merge(first + at + 1, word >> (SIDE - shift));
            }
        }
        self.n += n;
    }

    fn merge(&mut self, word: usize, bits: u64) {
        // Past the row only zeros are left over.
        if let Some(eight) = self.bytes.get_mut(8 * word..8 * word + 8) {
            eight.iter_mut().zip(bits.to_le_bytes()).for_each(|(byte, bits)| *byte |= bits);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::haplotypes::matrix::decode;
    use crate::data::haplotypes::matrix::pack;

    /// Rows are haplotypes, columns variants; the second haplotype of sample 1 is absent from
    /// variant `ends` on.
    fn data(
        n_samples: usize,
        n_variants: usize,
        seed: usize,
        ends: usize,
    ) -> HaplotypeView<'static> {
        let value = |row: usize, variant: usize| match row {
            3 if variant >= ends => f64::NAN,
            row => ((row * 13 + variant * 7 + row * variant + seed) % 5 / 3) as f64,
        };
        let places = (0..n_variants).flat_map(|v| (0..2 * n_samples).map(move |row| (row, v)));
        let values: Vec<f64> = places.map(|(row, v)| value(row, v)).collect();
        HaplotypeView::whole(pack(&values, n_samples).unwrap())
    }

    fn decoded(view: &HaplotypeView<'_>) -> Vec<i32> {
        let mut out = vec![0; 2 * view.n_samples() * view.n_variants()];
        decode(view, -1, &mut out, &Task::new()).unwrap();
        out
    }

    /// Bits 1 and 101 side by side are 1101, lowest first: 11.
    #[test]
    fn bits_worked_by_hand() {
        let mut bytes = [0; 8];
        let mut bits = Bits { bytes: &mut bytes, n: 0 };
        bits.push(&[1], 1);
        bits.push(&[0b101], 3);
        assert_eq!(bits.n, 4);
        assert_eq!(bytes, [0b1011, 0, 0, 0, 0, 0, 0, 0]);
    }

    /// Reference implementation: matrices, whose columns are joined. Widths lie on and beside those
    /// of a word.
    #[test]
    fn variants_agree_with_matrices_side_by_side() {
        for widths in [vec![1, 63, 64], vec![65, 1, 130, 3], vec![64, 64], vec![0, 5], vec![70]] {
            for ends in [0, 40, usize::MAX] {
                let views: Vec<_> = widths.iter().map(|&n| data(3, n, n, ends)).collect();
                let joined = join_variants(&views, &Task::new()).unwrap();
                let got = HaplotypeView::whole(joined);
                let want: Vec<i32> = views.iter().flat_map(decoded).collect();
                assert_eq!(decoded(&got), want);
                assert_eq!(got.may_be_haploid(), want.contains(&-1));
            }
        }
    }

    /// Reference implementation: matrices, whose rows are joined.
    #[test]
    fn samples_agree_with_matrices_one_below_the_other() {
        for n in [0, 1, 64, 100] {
            for ends in [50, usize::MAX] {
                let views = [data(2, n, 1, ends), data(1, n, 2, ends), data(3, n, 3, ends)];
                let swapped: Vec<Vec<bool>> =
                    (0..3).map(|view| (0..n).map(|v| (v + view) % 3 == 1).collect()).collect();
                let joined = join_samples(&views, &swapped, &Task::new()).unwrap();
                let got = HaplotypeView::whole(joined);
                assert_eq!(got.n_samples(), 6);
                let parts = views.each_ref().map(decoded);
                let mut want = Vec::new();
                for variant in 0..n {
                    for ((part, rows), swapped) in parts.iter().zip([4, 2, 6]).zip(&swapped) {
                        let own = &part[variant * rows..][..rows];
                        let exchange = |&allele: &i32| match (allele, swapped[variant]) {
                            (-1, _) | (_, false) => allele,
                            (allele, true) => 1 - allele,
                        };
                        want.extend(own.iter().map(exchange));
                    }
                }
                assert_eq!(decoded(&got), want);
                assert_eq!(got.may_be_haploid(), want.contains(&-1));
            }
        }
    }

    /// What is joined and chosen again are the bytes that were there.
    #[test]
    fn chosen_parts_join_to_the_whole() {
        let whole = data(4, 150, 7, 80);
        let part = |variants: std::ops::Range<u32>| {
            let packed = crate::data::haplotypes::repack::repacked(&whole, &Task::new()).unwrap();
            HaplotypeView::new(packed, (0..4).collect(), variants.collect())
        };
        let joined = join_variants(&[part(0..37), part(37..149), part(149..150)], &Task::new());
        let want = crate::data::haplotypes::repack::repacked(&whole, &Task::new()).unwrap();
        assert_eq!(joined.unwrap(), want);
    }

    #[test]
    fn a_canceled_task_stops_it() {
        let task = Task::new();
        task.cancel();
        assert!(join_variants(&[data(2, 9, 1, 9)], &task).is_err());
        assert!(join_samples(&[data(2, 9, 1, 9)], &[vec![false; 9]], &task).is_err());
    }
}
