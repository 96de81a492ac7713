//! The haplotypes of a view, packed by themselves, to be sent to another process or compared.

use crate::data::bit_transpose::SIDE;
use crate::data::haplotypes::packed::HaplotypeView;
use crate::data::haplotypes::packed::PackedHaplotypes;
use crate::error::Result;
use crate::task::Task;
use rayon::prelude::*;

/// A copy of the chosen samples and variants alone, in the order of the view.
///
/// Views that show the same alleles give the same bytes, whatever lies around them: there is a mask
/// of haploid samples only if one of those that are seen is haploid somewhere.
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is canceled.
pub fn repacked(view: &HaplotypeView<'_>, task: &Task) -> Result<PackedHaplotypes<'static>> {
    let (n_samples, n_variants) = (view.n_samples(), view.n_variants());
    task.begin("packing haplotypes", 2 * n_samples as u64)?;
    let row = n_variants.div_ceil(SIDE) * 8;
    let mut alleles = vec![0; 2 * n_samples * row];
    let mut haploid = vec![0; if view.may_be_haploid() { n_samples * row } else { 0 }];
    if row > 0 {
        alleles.par_chunks_mut(row).enumerate().try_for_each(|(haplotype, bytes)| {
            store(bytes, |words| view.alleles(haplotype, 0..n_variants, words));
            task.advance(1)
        })?;
        haploid.par_chunks_mut(row).enumerate().for_each(|(sample, bytes)| {
            store(bytes, |words| view.haploid(sample, 0..n_variants, words));
        });
    }
    if haploid.iter().all(|&byte| byte == 0) {
        haploid.clear();
    }
    Ok(PackedHaplotypes::owned(alleles, haploid, n_samples, n_variants))
}

fn store(bytes: &mut [u8], gather: impl FnOnce(&mut Vec<u64>)) {
    let mut words = Vec::with_capacity(bytes.len() / 8);
    gather(&mut words);
    for (word, eight) in words.iter().zip(bytes.chunks_exact_mut(8)) {
        eight.copy_from_slice(&word.to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::haplotypes::matrix::decode;
    use crate::data::haplotypes::matrix::pack;

    /// Rows are haplotypes, columns variants; second haplotypes of sample 3 end at variant 80.
    fn packed(n_samples: usize, n_variants: usize) -> PackedHaplotypes<'static> {
        let value = |row: usize, variant: usize| match row {
            7 if variant >= 80 => f64::NAN,
            row => ((row * 13 + variant * 7 + row * variant) % 5 / 3) as f64,
        };
        let places = (0..n_variants).flat_map(|v| (0..2 * n_samples).map(move |row| (row, v)));
        pack(&places.map(|(row, v)| value(row, v)).collect::<Vec<_>>(), n_samples).unwrap()
    }

    fn decoded(view: &HaplotypeView<'_>) -> Vec<i32> {
        let mut out = vec![0; 2 * view.n_samples() * view.n_variants()];
        decode(view, -1, &mut out, &Task::new()).unwrap();
        out
    }

    #[test]
    fn a_copy_decodes_to_what_the_view_shows() {
        for (samples, variants) in [
            (vec![4, 3, 3, 0], (0..137).map(|v| v * 37 % 150).collect::<Vec<u32>>()),
            (vec![1], (60..150).collect()),
            ((0..5).collect(), vec![]),
            (vec![], vec![1, 2]),
        ] {
            let view = HaplotypeView::new(packed(5, 150), samples, variants);
            let copy = HaplotypeView::whole(repacked(&view, &Task::new()).unwrap());
            assert_eq!(decoded(&copy), decoded(&view));
            assert_eq!(copy.haploid_counts(), view.haploid_counts());
        }
    }

    #[test]
    fn views_of_equal_alleles_give_equal_bytes() {
        let bytes = |packed: PackedHaplotypes<'_>| packed.into_bytes();
        let view = HaplotypeView::new(packed(5, 150), vec![0, 1], (0..70).collect());
        assert!(view.may_be_haploid());
        let got = bytes(repacked(&view, &Task::new()).unwrap());
        assert_eq!(got, bytes(packed(2, 70)));
        assert!(got.1.is_empty());
    }

    #[test]
    fn a_canceled_task_stops_it() {
        let task = Task::new();
        task.cancel();
        let view = HaplotypeView::whole(packed(5, 150));
        assert!(repacked(&view, &task).is_err());
    }
}
