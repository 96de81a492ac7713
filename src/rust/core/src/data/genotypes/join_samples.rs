//! The samples of several genotype sources at the same variants, packed one after the other.

use crate::data::genotypes::genotype::GenotypeSource;
use crate::error::Result;
use crate::task::Task;

/// Variants between two checks of the task.
const BLOCK: usize = 1024;

/// Packed genotypes of all samples of all sources, in their order.
///
/// | argument  | shape                                                                   |
/// |-----------|-------------------------------------------------------------------------|
/// | `sources` | one source or more, each n_samples of its own x n_variants              |
/// | returned  | n_variants x ceil(sum of n_samples / 4) bytes, padding bits 0           |
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is canceled.
///
/// # Panics
/// If the sources do not have equally many variants.
pub fn join_samples(sources: &[&dyn GenotypeSource], task: &Task) -> Result<Vec<u8>> {
    let n_variants = sources[0].n_variants();
    assert!(sources.iter().all(|source| source.n_variants() == n_variants), "same variants");
    task.begin("joining samples", n_variants as u64)?;
    let n_samples: usize = sources.iter().map(|source| source.n_samples()).sum();
    let stride = n_samples.div_ceil(4);
    let mut joined = vec![0; stride * n_variants];
    let mut scratch = Vec::new();
    for (variant, row) in joined.chunks_mut(stride.max(1)).enumerate() {
        let mut before = 0;
        for source in sources {
            put(source.packed(variant, &mut scratch), source.n_samples(), before, row);
            before += source.n_samples();
        }
        if (variant + 1) % BLOCK == 0 {
            let done = variant + 1 - BLOCK..variant + 1;
            sources.iter().for_each(|source| source.release(done.clone()));
            task.advance(BLOCK as u64)?;
        }
    }
    Ok(joined)
}

/// Puts packed genotypes behind the first `before` samples of a row.
fn put(packed: &[u8], n_samples: usize, before: usize, row: &mut [u8]) {
    let shift = 2 * (before % 4);
    for (place, &byte) in packed.iter().enumerate() {
        let n_left = n_samples - 4 * place;
        // What is past the last sample may be anything.
        let byte = if n_left < 4 { byte & ((1 << (2 * n_left)) - 1) } else { byte };
        let at = before / 4 + place;
        row[at] |= byte << shift;
        if shift + 2 * n_left.min(4) > 8 {
            row[at + 1] |= byte >> (8 - shift);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::genotypes::genotype::PackedGenotypes;
    use crate::error::Error;

    const COPIES: [Option<u8>; 4] = [Some(0), None, Some(1), Some(2)];

    fn copies(sample: usize, variant: usize) -> Option<u8> {
        COPIES[(sample * 5 + variant * 3 + sample * variant / 7) % 4]
    }

    /// Two samples and one, two variants. Codes: 0 copies 11, missing 01, one 10, two 00.
    #[test]
    fn agrees_with_bytes_worked_by_hand() {
        let first = PackedGenotypes::borrow(&[0b1111_1011, 0b0000_0100], 2, 2);
        let second = PackedGenotypes::borrow(&[0b1111_1101, 0b0000_0011], 1, 2);
        let joined = join_samples(&[&first, &second], &Task::new()).unwrap();
        assert_eq!(joined, [0b0001_1011, 0b0011_0100]);
    }

    /// The genotypes one by one are the reference.
    #[test]
    fn agrees_with_packing_one_genotype_after_the_other() {
        for sizes in
            [vec![1], vec![4, 4], vec![3, 2], vec![5, 1, 7], vec![1, 1, 1, 1, 1], vec![9, 6]]
        {
            let mut before = 0;
            let parts: Vec<PackedGenotypes> = sizes
                .iter()
                .map(|&n| {
                    let from = before;
                    before += n;
                    PackedGenotypes::from_copies(n, 1100, |sample, variant| {
                        copies(from + sample, variant)
                    })
                })
                .collect();
            let sources: Vec<&dyn GenotypeSource> =
                parts.iter().map(|part| part as &dyn GenotypeSource).collect();
            let joined = join_samples(&sources, &Task::new()).unwrap();
            let want = PackedGenotypes::from_copies(before, 1100, copies).into_bytes();
            assert!(joined == *want, "{sizes:?}");
        }
    }

    #[test]
    fn a_canceled_task_stops_the_work() {
        let task = Task::new();
        task.cancel();
        let part = PackedGenotypes::borrow(&[0], 1, 1);
        assert!(matches!(join_samples(&[&part], &task), Err(Error::Interrupted)));
    }
}
