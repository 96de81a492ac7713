//! Genotypes as plain integers, for a user who asks for the matrix.

use crate::data::genotypes::genotype::COPIES;
use crate::data::genotypes::genotype::GenotypeSource;
use crate::data::genotypes::genotype::code;
use crate::error::Error;
use crate::error::Result;
use crate::task::Task;
use rayon::prelude::*;

/// Variants decoded between two checks of the task.
const BLOCK: usize = 64;

/// Writes copies of the counted allele, `missing` where there is no call.
///
/// | argument | shape                | values                          |
/// |----------|----------------------|---------------------------------|
/// | `out`    | n_samples x n_variants, columns one after the other | overwritten |
///
/// # Errors
/// [`Error::Interrupted`] if the task is canceled.
///
/// # Panics
/// If `out` does not have n_samples x n_variants entries.
pub fn decode(
    source: &dyn GenotypeSource,
    missing: i32,
    out: &mut [i32],
    task: &Task,
) -> Result<()> {
    let (n_samples, n_variants) = (source.n_samples(), source.n_variants());
    assert_eq!(out.len(), n_samples * n_variants, "shape of the decoded matrix");
    task.begin("decoding genotypes", n_variants as u64)?;
    if n_samples == 0 {
        return Ok(());
    }
    let value = COPIES.map(|copies| copies.map_or(missing, i32::from));
    out.par_chunks_mut(n_samples * BLOCK).enumerate().try_for_each(|(block, columns)| {
        let first = block * BLOCK;
        let mut scratch = Vec::new();
        for (offset, column) in columns.chunks_mut(n_samples).enumerate() {
            let packed = source.packed(first + offset, &mut scratch);
            for (sample, entry) in column.iter_mut().enumerate() {
                *entry = value[code(packed, sample) as usize];
            }
        }
        let n_decoded = columns.len() / n_samples;
        source.release(first..first + n_decoded);
        task.advance(n_decoded as u64)
    })
}

/// Writes expected copies of the counted allele, NaN where there is no call; see
/// [`GenotypeSource::expected`]. `out` is as in [`decode`].
///
/// # Errors
/// [`Error::Interrupted`] if the task is canceled.
///
/// # Panics
/// If `out` does not have n_samples x n_variants entries.
pub fn expected(source: &dyn GenotypeSource, out: &mut [f64], task: &Task) -> Result<()> {
    let (n_samples, n_variants) = (source.n_samples(), source.n_variants());
    assert_eq!(out.len(), n_samples * n_variants, "shape of the decoded matrix");
    task.begin("decoding genotypes", n_variants as u64)?;
    if n_samples == 0 {
        return Ok(());
    }
    out.par_chunks_mut(n_samples * BLOCK).enumerate().try_for_each(|(block, columns)| {
        let first = block * BLOCK;
        for (offset, column) in columns.chunks_mut(n_samples).enumerate() {
            source.expected(first + offset, column);
        }
        let n_decoded = columns.len() / n_samples;
        source.release(first..first + n_decoded);
        task.advance(n_decoded as u64)
    })
}

/// Checks that every entry is 0, 1, 2 or missing (NaN) and returns the copies.
///
/// `values` holds n_samples x n_variants entries, columns one after the other.
///
/// # Errors
/// [`Error::NotAGenotype`] with the first offender and the number of them.
pub fn check_copies(values: &[f64], n_samples: usize) -> Result<Vec<Option<u8>>> {
    let is_genotype = |value: f64| value.is_nan() || value == 0.0 || value == 1.0 || value == 2.0;
    let mut offenders = values.iter().enumerate().filter(|&(_, &value)| !is_genotype(value));
    if let Some((place, &found)) = offenders.next() {
        let (sample, variant) = (place % n_samples + 1, place / n_samples + 1);
        return Err(Error::NotAGenotype { n_bad: 1 + offenders.count(), found, sample, variant });
    }
    Ok(values.iter().map(|&value| (!value.is_nan()).then_some(value as u8)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::genotypes::genotype::PackedGenotypes;

    #[test]
    fn decoding_gives_back_what_was_packed() {
        let copies = |sample: usize, variant: usize| {
            [Some(0), Some(1), Some(2), None][(sample + 3 * variant) % 4]
        };
        let genotypes = PackedGenotypes::from_copies(7, 200, copies);
        let mut out = vec![99; 7 * 200];
        decode(&genotypes, -9, &mut out, &Task::new()).unwrap();
        for variant in 0..200 {
            for sample in 0..7 {
                let want = copies(sample, variant).map_or(-9, i32::from);
                assert_eq!(out[variant * 7 + sample], want);
            }
        }
    }

    #[test]
    fn a_matrix_entry_that_is_no_genotype_is_named() {
        let values = [0.0, 1.0, f64::NAN, 2.0, 0.5, -1.0];
        let error = check_copies(&values, 2).unwrap_err();
        assert!(matches!(
            error,
            Error::NotAGenotype { n_bad: 2, sample: 1, variant: 3, found } if found == 0.5
        ));
        assert_eq!(check_copies(&values[..4], 2).unwrap(), [Some(0), Some(1), None, Some(2)]);
    }
}
