//! The tracks after the hard calls of a biallelic variant: phase and dosages.

use crate::data::genotypes::counts::GenotypeCounts;
use crate::io::pgen::difflist::Damage;
use crate::io::pgen::difflist::Rest;
use crate::io::pgen::difflist::each_entry;
use crate::io::pgen::index::DOSAGE;
use crate::io::pgen::index::MULTIALLELIC;
use crate::io::pgen::index::PHASE;

/// A dosage of two copies.
const TWO_COPIES: f64 = 32768.0;
const NO_DOSAGE: u16 = 65535;

/// Phase of the heterozygous calls of a record, in the order of samples.
///
/// | entry         | meaning                                            |
/// |---------------|----------------------------------------------------|
/// | `None`        | not phased                                         |
/// | `Some(false)` | reference allele on the first haplotype, as `0\|1` |
/// | `Some(true)`  | alternate allele on the first haplotype, as `1\|0` |
///
/// # Errors
/// If the track does not follow the format.
pub fn phases(
    kind: u8,
    rest: &mut Rest<'_>,
    packed: &[u8],
    n_samples: usize,
) -> Result<Vec<Option<bool>>, Damage> {
    check_biallelic(kind)?;
    let n_het = GenotypeCounts::of(packed, n_samples).het;
    if kind & PHASE == 0 {
        return Ok(vec![None; n_het]);
    }
    let bit = |bytes: &[u8], at: usize| bytes[at / 8] >> (at % 8) & 1 == 1;
    let first = *rest.0.first().ok_or("it ends too early")?;
    let head = rest.take((1 + n_het).div_ceil(8))?;
    if first & 1 == 0 {
        return Ok((0..n_het).map(|het| Some(bit(head, 1 + het))).collect());
    }
    let is_phased: Vec<bool> = (0..n_het).map(|het| bit(head, 1 + het)).collect();
    let n_phased = is_phased.iter().filter(|&&phased| phased).count();
    let info = rest.take(n_phased.div_ceil(8))?;
    let mut at = 0;
    let phase = |phased: bool| {
        phased.then(|| {
            at += 1;
            bit(info, at - 1)
        })
    };
    Ok(is_phased.into_iter().map(phase).collect())
}

/// Expected copies of the alternate allele, in place of the hard calls of samples that have a
/// dosage. `out` [n_samples] holds the hard calls.
///
/// # Errors
/// If a track does not follow the format.
pub fn dosages(
    kind: u8,
    rest: &mut Rest<'_>,
    packed: &[u8],
    out: &mut [f64],
) -> Result<(), Damage> {
    check_biallelic(kind)?;
    let n_samples = out.len();
    if kind & PHASE != 0 {
        phases(kind, rest, packed, n_samples)?;
    }
    let mut samples = Vec::new();
    match kind & DOSAGE {
        0x20 => each_entry(rest, n_samples, false, |sample, _| samples.push(sample))?,
        0x40 => samples.extend(0..n_samples),
        0x60 => {
            let bits = rest.take(n_samples.div_ceil(8))?;
            samples.extend((0..n_samples).filter(|&at| bits[at / 8] >> (at % 8) & 1 == 1));
        }
        _ => return Ok(()),
    }
    let values = rest.take(2 * samples.len())?;
    for (sample, two) in samples.into_iter().zip(values.chunks_exact(2)) {
        out[sample] = match u16::from_le_bytes([two[0], two[1]]) {
            NO_DOSAGE if kind & DOSAGE == 0x40 => f64::NAN,
            dosage if f64::from(dosage) <= TWO_COPIES => 2.0 * f64::from(dosage) / TWO_COPIES,
            _ => return Err("a dosage is above two copies"),
        };
    }
    Ok(())
}

fn check_biallelic(kind: u8) -> Result<(), Damage> {
    match kind & MULTIALLELIC {
        0 => Ok(()),
        _ => Err("it has calls of further alleles, and the .pvar has two"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Five samples: categories 1, 0, 1, 1, 2 in the codes of a .bed.
    const CALLS: [u8; 2] = [0b1010_1110, 0b00];

    /// By hand: all phased: 1|0, 0|1, 1|0; then the second not phased: 0|1, -, 1|0.
    #[test]
    fn phase_is_that_of_heterozygous_calls() {
        let phases = |bytes: &[u8]| phases(0x10, &mut Rest(bytes), &CALLS, 5);
        assert_eq!(phases(&[0b1010]).unwrap(), [Some(true), Some(false), Some(true)]);
        assert_eq!(phases(&[0b1011, 0b10]).unwrap(), [Some(false), None, Some(true)]);
        assert!(phases(&[]).is_err() && phases(&[0b1011]).is_err());
        let none = super::phases(0, &mut Rest(&[]), &CALLS, 5).unwrap();
        assert_eq!(none, [None; 3]);
        assert!(super::phases(0x18, &mut Rest(&[0]), &CALLS, 5).is_err());
    }

    /// The specification: 1638 is about 0.05 * 2 / 2; 0x3000 is 0.75, 0x6000 is 1.5.
    #[test]
    fn dosages_take_the_place_of_hard_calls() {
        let read = |kind, bytes: &[u8]| {
            let mut out = [1.0, 0.0, 1.0, f64::NAN, 2.0];
            dosages(kind, &mut Rest(bytes), &CALLS, &mut out).map(|()| out)
        };
        let list = read(0x20, &[2, 0, 3, 0x00, 0x30, 0x00, 0x60]).unwrap();
        assert_eq!(list[..3], [0.75, 0.0, 1.0]);
        assert_eq!(list[3..], [1.5, 2.0]);
        let bits = read(0x60, &[0b0_1001, 0x00, 0x30, 0x00, 0x60]).unwrap();
        assert_eq!(bits, list);
        let all = [0, 0, 0, 0x40, 0, 0x20, 0, 0x80, 0xff, 0xff];
        let all = read(0x40, &all).unwrap();
        assert_eq!(all[..4], [0.0, 1.0, 0.5, 2.0]);
        assert!(all[4].is_nan());
        assert!(read(0x60, &[0b1, 0x01, 0x80]).is_err());
        // After the phase of three heterozygous calls.
        assert_eq!(read(0x30, &[0b0, 1, 4, 0, 0x60]).unwrap()[4], 1.5);
    }
}
