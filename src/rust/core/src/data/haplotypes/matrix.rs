//! Haplotypes as plain integers, for a user who asks for the matrix or brings one.

use crate::data::bit_transpose::SIDE;
use crate::data::haplotypes::packed::HaplotypeBuilder;
use crate::data::haplotypes::packed::HaplotypeView;
use crate::data::haplotypes::packed::PackedHaplotypes;
use crate::error::Error;
use crate::error::Result;
use crate::task::Task;
use rayon::prelude::*;

/// Writes alleles, 0 or 1, and `missing` for a second haplotype that is absent.
///
/// | argument | shape                                                     | values      |
/// |----------|-----------------------------------------------------------|-------------|
/// | `out`    | 2 n_samples x n_variants, columns one after the other; the two haplotypes of a sample follow each other | overwritten |
///
/// # Errors
/// [`Error::Interrupted`] if the task is canceled.
///
/// # Panics
/// If `out` does not have 2 n_samples x n_variants entries.
pub fn decode(
    haplotypes: &HaplotypeView<'_>,
    missing: i32,
    out: &mut [i32],
    task: &Task,
) -> Result<()> {
    let (n_rows, n_variants) = (2 * haplotypes.n_samples(), haplotypes.n_variants());
    assert_eq!(out.len(), n_rows * n_variants, "shape of the decoded matrix");
    task.begin("decoding haplotypes", n_variants as u64)?;
    if n_rows == 0 {
        return Ok(());
    }
    out.par_chunks_mut(n_rows * SIDE).enumerate().try_for_each(|(block, columns)| {
        let (start, n) = (block * SIDE, columns.len() / n_rows);
        let (mut alleles, mut haploid) = (Vec::new(), Vec::new());
        for row in 0..n_rows {
            haplotypes.alleles(row, start..start + n, &mut alleles);
            haplotypes.haploid(row / 2, start..start + n, &mut haploid);
            for (variant, column) in columns.chunks_mut(n_rows).enumerate() {
                let absent = row % 2 == 1 && haploid[0] >> variant & 1 == 1;
                column[row] = if absent { missing } else { (alleles[0] >> variant & 1) as i32 };
            }
        }
        task.advance(n as u64)
    })
}

/// Packs a matrix of alleles.
///
/// | argument | shape                    | values                                             |
/// |----------|--------------------------|----------------------------------------------------|
/// | `values` | 2 n_samples x n_variants, columns one after the other; the two haplotypes of a sample follow each other | 0, 1; NaN for an absent second haplotype |
///
/// # Errors
/// [`Error::NotAnAllele`] with the first offender and the number of them.
///
/// # Panics
/// If the length of `values` is no multiple of 2 n_samples.
pub fn pack(values: &[f64], n_samples: usize) -> Result<PackedHaplotypes<'static>> {
    let n_rows = 2 * n_samples;
    assert_eq!(values.len() % n_rows.max(1), 0, "whole columns");
    let is_allele = |place: usize, value: f64| {
        value == 0.0 || value == 1.0 || (value.is_nan() && place % n_rows % 2 == 1)
    };
    let mut offenders = values.iter().enumerate().filter(|&(at, &value)| !is_allele(at, value));
    if let Some((place, &found)) = offenders.next() {
        let (row, column) = (place % n_rows + 1, place / n_rows + 1);
        return Err(Error::NotAnAllele { n_bad: 1 + offenders.count(), found, row, column });
    }
    let mut builder = HaplotypeBuilder::new(n_samples);
    for column in values.chunks_exact(n_rows.max(1)) {
        let alleles = bits(column, |value| value == 1.0);
        let haploid = bits(column, f64::is_nan);
        let any = haploid.iter().any(|&word| word != 0);
        builder.push(&alleles, any.then_some(&haploid));
    }
    Ok(builder.finish())
}

fn bits(column: &[f64], is_set: impl Fn(f64) -> bool) -> Vec<u64> {
    let word = |values: &[f64]| {
        let bits = values.iter().enumerate();
        bits.fold(0, |word, (place, &value)| word | u64::from(is_set(value)) << place)
    };
    column.chunks(SIDE).map(word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_that_is_packed_is_decoded_again() {
        let (n_samples, n_variants) = (41, 130);
        let value = |row: usize, variant: usize| match (row * 7 + variant * 3 + row * variant) % 5 {
            4 if row % 2 == 1 && row % 3 == 0 => None,
            other => Some(other as i32 % 2),
        };
        let places = (0..n_variants).flat_map(|v| (0..2 * n_samples).map(move |row| (row, v)));
        let want: Vec<Option<i32>> = places.map(|(row, v)| value(row, v)).collect();
        let values: Vec<f64> = want.iter().map(|v| v.map_or(f64::NAN, f64::from)).collect();
        let view = HaplotypeView::whole(pack(&values, n_samples).unwrap());
        let mut out = vec![99; values.len()];
        decode(&view, -9, &mut out, &Task::new()).unwrap();
        let got: Vec<Option<i32>> = out.iter().map(|&v| (v != -9).then_some(v)).collect();
        assert_eq!(got, want);
    }

    #[test]
    fn an_entry_that_is_no_allele_is_named() {
        let nan = f64::NAN;
        let refused = |values: &[f64]| match pack(values, 1) {
            Err(Error::NotAnAllele { n_bad, row, column, .. }) => (n_bad, row, column),
            other => panic!("{other:?}"),
        };
        assert_eq!(refused(&[0.0, 1.0, 2.0, 0.0, 0.5, 1.0]), (2, 1, 2));
        assert_eq!(refused(&[nan, 1.0]), (1, 1, 1));
        assert!(pack(&[1.0, nan], 1).is_ok());
    }
}
