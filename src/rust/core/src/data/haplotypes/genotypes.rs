//! Genotypes of samples whose two haplotypes are known.

use crate::data::bit_transpose::SIDE;
use crate::data::bit_transpose::transpose;
use crate::data::haplotypes::packed::HaplotypeView;
use crate::error::Result;
use crate::task::Task;

/// The even bits of a word: first haplotypes.
const FIRST: u64 = 0x5555_5555_5555_5555;

/// PLINK's codes of 32 samples from the bits of their haplotypes.
///
/// | argument  | bit `2 s + h`                                                     |
/// |-----------|-------------------------------------------------------------------|
/// | `alleles` | haplotype h of sample s is `alt`                                  |
/// | `haploid` | for h = 1: the sample has one copy, which counts twice, as PLINK's|
/// | `missing` | the allele is not known; one of two makes the genotype missing    |
pub fn pair_codes(alleles: u64, haploid: u64, missing: u64) -> u64 {
    let first = alleles & FIRST;
    let second = (alleles | (first << 1 & haploid)) >> 1 & FIRST;
    let missing = (missing | missing >> 1) & FIRST;
    let codes = (!(first | second) & FIRST) | (!(first & second) & FIRST) << 1;
    codes & !(missing | missing << 1) | missing
}

/// Appends the codes of one variant, as a .bed file has them; bits past the last sample are 0.
pub fn append_codes(codes: impl Iterator<Item = u64>, n_samples: usize, bytes: &mut Vec<u8>) {
    let start = bytes.len();
    codes.for_each(|word| bytes.extend_from_slice(&word.to_le_bytes()));
    bytes.truncate(start + n_samples.div_ceil(4));
    if n_samples % 4 > 0 {
        if let Some(last) = bytes[start..].last_mut() {
            *last &= (1 << (2 * (n_samples % 4))) - 1;
        }
    }
}

/// Packed genotypes, variant after variant as in a .bed file after its magic.
///
/// A sample with one haplotype counts as one with two equal ones, which is how PLINK codes it.
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is canceled.
pub fn genotypes(haplotypes: &HaplotypeView<'_>, task: &Task) -> Result<Vec<u8>> {
    let (n_samples, n_variants) = (haplotypes.n_samples(), haplotypes.n_variants());
    task.begin("counting alleles", n_variants as u64)?;
    let mut bytes = Vec::with_capacity(n_samples.div_ceil(4) * n_variants);
    for start in (0..n_variants).step_by(SIDE) {
        let n = SIDE.min(n_variants - start);
        let rows = rows(haplotypes, start, n);
        for row in &rows[..n] {
            let codes = row.iter().map(|&(alleles, haploid)| pair_codes(alleles, haploid, 0));
            append_codes(codes, n_samples, &mut bytes);
        }
        task.advance(n as u64)?;
    }
    Ok(bytes)
}

/// The same of haplotypes of which some alleles are masked. Where one allele of a sample is left it
/// counts twice, as that of a sample with one haplotype does; where none is, the genotype is missing.
///
/// `present`: 1 where an allele is left.
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is canceled.
///
/// # Panics
/// If the two have different shapes.
pub fn masked_genotypes(
    haplotypes: &HaplotypeView<'_>,
    present: &HaplotypeView<'_>,
    task: &Task,
) -> Result<Vec<u8>> {
    let (n_samples, n_variants) = (haplotypes.n_samples(), haplotypes.n_variants());
    assert_eq!((present.n_samples(), present.n_variants()), (n_samples, n_variants), "a mask");
    task.begin("counting alleles", n_variants as u64)?;
    let mut bytes = Vec::with_capacity(n_samples.div_ceil(4) * n_variants);
    for start in (0..n_variants).step_by(SIDE) {
        let n = SIDE.min(n_variants - start);
        let (rows, present) = (rows(haplotypes, start, n), self::rows(present, start, n));
        for (row, present) in rows.iter().zip(&present) {
            let words = row.iter().zip(present);
            let codes = words
                .map(|(&(alleles, haploid), &(left, _))| masked_codes(alleles, left & !haploid));
            append_codes(codes, n_samples, &mut bytes);
        }
        task.advance(n as u64)?;
    }
    Ok(bytes)
}

/// As [`pair_codes`], of the alleles that are `left`.
fn masked_codes(alleles: u64, left: u64) -> u64 {
    let (first, second) = (left & FIRST, left >> 1 & FIRST);
    let one = alleles & FIRST;
    let other = alleles >> 1 & FIRST;
    let (one, other) = (one & first | other & !first, other & second | one & !second);
    let missing = !(first | second) & FIRST;
    pair_codes(one | other << 1, 0, missing | missing << 1)
}

/// Of up to 64 variants from `start` on: the words of alleles and of absent second haplotypes,
/// 32 samples to a word.
///
/// # Panics
/// If the view has fewer than `start + n` variants.
pub fn rows(haplotypes: &HaplotypeView<'_>, start: usize, n: usize) -> Vec<Vec<(u64, u64)>> {
    let n_haplotypes = 2 * haplotypes.n_samples();
    let mut rows = vec![Vec::with_capacity(n_haplotypes.div_ceil(SIDE)); n];
    let mut word = Vec::new();
    for first in (0..n_haplotypes).step_by(SIDE) {
        let (mut alleles, mut haploid) = ([0; SIDE], [0; SIDE]);
        for place in 0..SIDE.min(n_haplotypes - first) {
            haplotypes.alleles(first + place, start..start + n, &mut word);
            alleles[place] = word[0];
            if place % 2 == 1 && haplotypes.may_be_haploid() {
                haplotypes.haploid((first + place) / 2, start..start + n, &mut word);
                haploid[place] = word[0];
            }
        }
        transpose(&mut alleles);
        transpose(&mut haploid);
        for (row, pair) in rows.iter_mut().zip(alleles.into_iter().zip(haploid)) {
            row.push(pair);
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::genotypes::genotype::COPIES;
    use crate::data::genotypes::genotype::code;
    use crate::data::haplotypes::packed::HaplotypeBuilder;

    /// First sample 0|0, then 0|1, 1|0, 1|1, haploid 0, haploid 1, ./1, missing.
    #[test]
    fn eight_samples_worked_by_hand() {
        let alleles = 0b00_10_01_00_11_01_10_00;
        let haploid = 0b00_00_10_10_00_00_00_00;
        let missing = 0b11_01_00_00_00_00_00_00;
        let codes = pair_codes(alleles, haploid, missing);
        let copies: Vec<_> = (0..8).map(|s| COPIES[(codes >> (2 * s) & 3) as usize]).collect();
        let want = [Some(0), Some(1), Some(1), Some(2), Some(0), Some(2), None, None];
        assert_eq!(copies, want);
    }

    /// 0|1, 0|., 1|., .|0, .|1, .|., 1|1.
    #[test]
    fn masked_samples_worked_by_hand() {
        let alleles = 0b11_00_10_00_01_00_10;
        let left = 0b11_00_10_10_01_01_11;
        let codes = masked_codes(alleles, left);
        let copies: Vec<_> = (0..7).map(|s| COPIES[(codes >> (2 * s) & 3) as usize]).collect();
        assert_eq!(copies, [Some(1), Some(0), Some(2), Some(0), Some(2), None, Some(2)]);
    }

    #[test]
    fn counts_agree_with_adding_alleles_one_by_one() {
        let (n_samples, n_variants) = (37, 130);
        let allele = |h: usize, v: usize| (h * 11 + v * 5 + h * v) % 7 < 3;
        let haploid = |s: usize, v: usize| s % 5 == 0 && v > 40;
        let mut builder = HaplotypeBuilder::new(n_samples);
        for v in 0..n_variants {
            let (mut alleles, mut mask) = (vec![0_u64; 2], vec![0_u64; 2]);
            for h in 0..2 * n_samples {
                let absent = h % 2 == 1 && haploid(h / 2, v);
                alleles[h / 64] |= u64::from(allele(h, v) && !absent) << (h % 64);
                mask[h / 64] |= u64::from(absent) << (h % 64);
            }
            builder.push(&alleles, Some(&mask));
        }
        let view = HaplotypeView::whole(builder.finish());
        let bytes = genotypes(&view, &Task::new()).unwrap();
        let stride = n_samples.div_ceil(4);
        assert_eq!(bytes.len(), stride * n_variants);
        for v in 0..n_variants {
            for s in 0..n_samples {
                let first = u8::from(allele(2 * s, v));
                let second = if haploid(s, v) { first } else { u8::from(allele(2 * s + 1, v)) };
                let got = COPIES[code(&bytes[v * stride..], s) as usize];
                assert_eq!(got, Some(first + second));
            }
        }
    }
}
