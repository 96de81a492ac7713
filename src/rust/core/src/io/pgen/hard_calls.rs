//! The main track of a record: hard calls of a biallelic variant, in the codes of a .bed.

use crate::data::genotypes::genotype::HET;
use crate::data::genotypes::genotype::HOM_ALT;
use crate::data::genotypes::genotype::HOM_REF;
use crate::data::genotypes::genotype::MISSING;
use crate::io::pgen::difflist::Damage;
use crate::io::pgen::difflist::Rest;
use crate::io::pgen::difflist::each_entry;

/// The code of a .bed for each category of a .pgen.
pub const CODE: [u8; 4] = [HOM_REF, HET, HOM_ALT, MISSING];

/// The low bit of each code of 32.
const LOW: u64 = 0x5555_5555_5555_5555;

/// Decodes a track that stands alone: types 0, 1, 4, 6 and 7.
///
/// | argument    | shape              | values                                      |
/// |-------------|--------------------|---------------------------------------------|
/// | `kind`      |                    | type of the record; its lowest three bits   |
/// | `rest`      |                    | the record; afterwards what follows the track |
/// | `out`       | n_samples / 4      | overwritten; bits past the last sample: any |
///
/// # Errors
/// If the track does not follow the format.
pub fn decode(
    kind: u8,
    rest: &mut Rest<'_>,
    n_samples: usize,
    out: &mut Vec<u8>,
) -> Result<(), Damage> {
    out.clear();
    let stride = n_samples.div_ceil(4);
    match kind & 0b111 {
        0 => {
            recode(rest.take(stride)?, out);
            return Ok(());
        }
        1 => two_categories(rest, n_samples, out)?,
        category @ (4 | 6 | 7) => out.resize(stride, CODE[usize::from(category - 4)] * 0x55),
        _ => return Err("its type is reserved"),
    }
    patch(rest, n_samples, out)
}

/// Puts the categories of a difflist into decoded hard calls.
///
/// # Errors
/// If the list does not follow the format.
pub fn patch(rest: &mut Rest<'_>, n_samples: usize, out: &mut [u8]) -> Result<(), Damage> {
    each_entry(rest, n_samples, true, |sample, category| {
        let (byte, shift) = (&mut out[sample / 4], 2 * (sample % 4));
        *byte = *byte & !(0b11 << shift) | CODE[usize::from(category)] << shift;
    })
}

/// Plain categories as codes of a .bed: 0, 1, 2, 3 become 3, 2, 0, 1.
fn recode(packed: &[u8], out: &mut Vec<u8>) {
    out.resize(packed.len(), 0);
    let words = packed.chunks_exact(8);
    let tail = words.remainder();
    for (bytes, target) in words.zip(out.chunks_exact_mut(8)) {
        let word = u64::from_le_bytes(bytes.try_into().expect("chunks of eight"));
        target.copy_from_slice(&recoded(word).to_le_bytes());
    }
    let from = packed.len() - tail.len();
    for (&byte, target) in tail.iter().zip(&mut out[from..]) {
        *target = recoded(u64::from(byte)) as u8;
    }
}

/// The high bit becomes its negation, the low bit whether both were equal.
fn recoded(word: u64) -> u64 {
    let (low, high) = (word & LOW, word >> 1 & LOW);
    (!high & LOW) << 1 | !(high ^ low) & LOW
}

/// The two most common categories, one bit each.
fn two_categories(rest: &mut Rest<'_>, n_samples: usize, out: &mut Vec<u8>) -> Result<(), Damage> {
    let (low, high) = match rest.byte()? {
        1 => (0, 1),
        2 => (0, 2),
        3 => (0, 3),
        5 => (1, 2),
        6 => (1, 3),
        9 => (2, 3),
        _ => return Err("its two categories are none that there are"),
    };
    let (low, high) = (u64::from(CODE[low]), u64::from(CODE[high]));
    let bits = rest.take(n_samples.div_ceil(8))?;
    // Two bytes of codes for each byte of bits, of which the last may not be needed.
    out.resize(2 * bits.len(), 0);
    for (bits, target) in bits.chunks(4).zip(out.chunks_mut(8)) {
        let mut bytes = [0; 4];
        bytes[..bits.len()].copy_from_slice(bits);
        let spread = spread(u32::from_le_bytes(bytes));
        let codes = (low * LOW) ^ (spread * (low ^ high));
        target.copy_from_slice(&codes.to_le_bytes()[..target.len()]);
    }
    out.truncate(n_samples.div_ceil(4));
    Ok(())
}

/// Bit i in bit 2 i.
fn spread(bits: u32) -> u64 {
    let mut word = u64::from(bits);
    word = (word | word << 16) & 0x0000_ffff_0000_ffff;
    word = (word | word << 8) & 0x00ff_00ff_00ff_00ff;
    word = (word | word << 4) & 0x0f0f_0f0f_0f0f_0f0f;
    word = (word | word << 2) & 0x3333_3333_3333_3333;
    (word | word << 1) & LOW
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::genotypes::genotype::code;

    fn categories(kind: u8, bytes: &[u8], n_samples: usize) -> Result<Vec<u8>, Damage> {
        let (mut out, mut rest) = (Vec::new(), Rest(bytes));
        decode(kind, &mut rest, n_samples, &mut out)?;
        assert_eq!((out.len(), rest.0.len()), (n_samples.div_ceil(4), 0));
        let category = |sample| CODE.iter().position(|&c| c == code(&out, sample)).unwrap() as u8;
        Ok((0..n_samples).map(category).collect())
    }

    /// By hand: categories 0, 1, 2, 3 from the lowest bits up, then 3, 0.
    #[test]
    fn plain_categories_are_read() {
        let found = categories(0, &[0b1110_0100, 0b0000_0011], 6).unwrap();
        assert_eq!(found, [0, 1, 2, 3, 3, 0]);
        assert_eq!(categories(0, &[0], 6).unwrap_err(), "it ends too early");
        // More than a word at once.
        let bytes: Vec<u8> = (0..29u8).map(|i| i.wrapping_mul(89)).collect();
        let want: Vec<u8> = (0..115).map(|s| bytes[s / 4] >> (2 * (s % 4)) & 3).collect();
        assert_eq!(categories(0, &bytes, 115).unwrap(), want);
    }

    /// By hand: categories 0 and 2 by bits 0, 1, 1, 0 ...; sample 3 is missing, sample 9 is
    /// heterozygous.
    #[test]
    fn one_bit_and_a_list_are_read() {
        let bytes = [2, 0b1000_0110, 0b0000_0001, 2, 3, 0b0000_0111, 6];
        let found = categories(1, &bytes, 10).unwrap();
        assert_eq!(found, [0, 2, 2, 3, 0, 0, 0, 2, 2, 1]);
        assert!(categories(1, &[4, 0, 0, 0], 10).is_err());
        for (pair, low, high) in [(1, 0, 1), (3, 0, 3), (5, 1, 2), (6, 1, 3), (9, 2, 3)] {
            assert_eq!(categories(1, &[pair, 0b01, 0], 3).unwrap(), [high, low, low]);
        }
    }

    #[test]
    fn lists_of_what_is_not_common_are_read() {
        let list = [1, 2, 0b01];
        assert_eq!(categories(4, &list, 4).unwrap(), [0, 0, 1, 0]);
        assert_eq!(categories(6, &list, 4).unwrap(), [2, 2, 1, 2]);
        assert_eq!(categories(7, &list, 4).unwrap(), [3, 3, 1, 3]);
        assert_eq!(categories(5, &list, 4).unwrap_err(), "its type is reserved");
    }
}
