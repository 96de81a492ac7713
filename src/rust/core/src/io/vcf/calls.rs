//! The calls of one record: its GT column, as bits.
//!
//! Nearly every call is three characters of a few kinds, so 32 of them (`0|1` and a tab, 128
//! bytes) are checked and packed at once, eight bytes at a time. Whatever does not pass that check
//! is read character by character.

use crate::io::vcf::header::FIXED_COLUMNS;
use crate::io::vcf::shown::shown;
use crate::io::vcf::site::Broken;
use crate::io::vcf::site::wrong_columns;
use crate::io::vcf::skipped::Reason;

/// Samples to a word: two bits each.
pub const PER_WORD: usize = 32;
/// Bytes of a call of three characters and its tab.
const CALL: usize = 4;

/// All bits but the lowest of the two digits, of two calls.
const FIXED_BITS: u64 = u64::from_le_bytes([0xfe, 0xff, 0xfe, 0xff, 0xfe, 0xff, 0xfe, 0xff]);
const PHASED: u64 = u64::from_le_bytes(*b"0|0\t0|0\t");
const UNPHASED: u64 = u64::from_le_bytes(*b"0/0\t0/0\t");
/// The lowest bit of each digit, of two calls.
const DIGITS: u64 = u64::from_le_bytes([1, 0, 1, 0, 1, 0, 1, 0]);
/// The first allele of each call of a word.
pub const FIRST_ALLELES: u64 = 0x5555_5555_5555_5555;
/// Brings bits 0, 16, 32 and 48 to bits 48 to 51; no two products meet.
const GATHER: u64 = 1 << 48 | 1 << 33 | 1 << 18 | 1 << 3;

/// Both bits of each call of a word that lacks an allele.
pub fn incomplete(missing: u64) -> u64 {
    let first = (missing | missing >> 1) & FIRST_ALLELES;
    first | first << 1
}

/// The calls of a record, read again and again into the same memory.
///
/// Bit `2 s + h` of the words (bit 0 is the lowest of word 0) is haplotype h of sample s.
#[derive(Clone, Debug, Default)]
pub struct Calls {
    n_samples: usize,
    alternate: Vec<u64>,
    missing: Vec<u64>,
    haploid: Vec<u64>,
    first_missing: Option<usize>,
    first_unphased: Option<usize>,
    any_haploid: bool,
}

/// Why the calls of a record cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub enum Refused {
    /// The record is malformed.
    Broken(Broken),
    /// The record is sound, but no matrix of one or two alleles holds it.
    Skipped { reason: Reason, sample: usize },
}

/// One call: allele 0 or 1, or `None` where it is `.`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Call {
    first: Option<bool>,
    /// `None` where the sample has one chromosome copy.
    second: Option<Option<bool>>,
    phased: bool,
}

impl Calls {
    /// For records of `n_samples` samples.
    pub fn new(n_samples: usize) -> Calls {
        let words = vec![0; n_samples.div_ceil(PER_WORD)];
        let (alternate, missing, haploid) = (words.clone(), words.clone(), words);
        Calls { n_samples, alternate, missing, haploid, ..Calls::default() }
    }

    /// Samples.
    pub fn n_samples(&self) -> usize {
        self.n_samples
    }

    /// Alleles that are the alternate one.
    pub fn alternate(&self) -> &[u64] {
        &self.alternate
    }

    /// Alleles that are `.`; both bits for a haploid `.`.
    pub fn missing(&self) -> &[u64] {
        &self.missing
    }

    /// Second alleles that are not there, because the call has one.
    pub fn haploid(&self) -> &[u64] {
        &self.haploid
    }

    /// Whether some call has one allele.
    pub fn any_haploid(&self) -> bool {
        self.any_haploid
    }

    /// The first sample with a missing allele.
    pub fn first_missing(&self) -> Option<usize> {
        self.first_missing
    }

    /// The first sample whose two alleles differ and are not phased. A homozygous call is phased
    /// whatever separates its alleles.
    pub fn first_unphased(&self) -> Option<usize> {
        self.first_unphased
    }

    /// Reads the samples' columns of a biallelic record, in which GT is entry `gt_place`.
    ///
    /// # Errors
    /// [`Refused::Broken`] if there are more or fewer columns than samples, or a call is no GT
    /// or names an allele that the record has not; [`Refused::Skipped`] if one has more than two
    /// alleles.
    pub fn read(&mut self, text: &[u8], gt_place: usize) -> Result<(), Refused> {
        self.clear();
        let (mut rest, mut sample) = (text, 0);
        while sample < self.n_samples {
            let word = sample / PER_WORD;
            let like = rest.get(..CALL * PER_WORD).filter(|_| gt_place == 0);
            if let Some((packed, unphased)) = like.and_then(pack) {
                self.alternate[word] = packed;
                if unphased && self.first_unphased.is_none() {
                    self.first_unphased = first_heterozygote(packed).map(|place| sample + place);
                }
                rest = &rest[CALL * PER_WORD..];
                sample += PER_WORD;
                if sample < self.n_samples {
                    continue;
                }
                return Err(Refused::Broken(self.too_many(sample, rest)));
            }
            for sample in sample..self.n_samples.min(sample + PER_WORD) {
                rest = self.read_one(rest, sample, gt_place)?;
            }
            sample += PER_WORD;
        }
        Ok(())
    }

    fn clear(&mut self) {
        self.alternate.fill(0);
        if self.first_missing.is_some() {
            self.missing.fill(0);
        }
        if self.any_haploid {
            self.haploid.fill(0);
        }
        (self.first_missing, self.first_unphased, self.any_haploid) = (None, None, false);
    }

    /// Reads one column and returns what follows it.
    fn read_one<'t>(
        &mut self,
        rest: &'t [u8],
        sample: usize,
        gt_place: usize,
    ) -> Result<&'t [u8], Refused> {
        let end = field_end(rest);
        let is_last = sample + 1 == self.n_samples;
        match rest.get(end) {
            Some(_) if is_last => {
                return Err(Refused::Broken(self.too_many(sample + 1, &rest[end + 1..])));
            }
            None if !is_last => {
                return Err(Refused::Broken(wrong_columns(
                    FIXED_COLUMNS.len() + sample + 1,
                    self.n_samples,
                )));
            }
            _ => {}
        }
        let field = &rest[..end];
        let gt = entry(field, gt_place);
        let call = Call::parse(gt).map_err(|refused| match refused {
            NoCall::Polyploid => Refused::Skipped { reason: Reason::Polyploid, sample },
            NoCall::Broken(rule) => {
                let found = format!("\"{}\" for sample {}", shown(gt), sample + 1);
                Refused::Broken(Broken { rule, found })
            }
        })?;
        self.set(sample, call);
        Ok(rest.get(end + 1..).unwrap_or_default())
    }

    fn set(&mut self, sample: usize, call: Call) {
        let (word, shift) = (sample / PER_WORD, 2 * (sample % PER_WORD));
        let is_alternate = |allele: Option<bool>| u64::from(allele == Some(true));
        let second = call.second.unwrap_or(Some(false));
        self.alternate[word] |= (is_alternate(call.first) | is_alternate(second) << 1) << shift;
        // What one haploid allele is, a second one would be.
        let second = call.second.unwrap_or(call.first);
        let missing = u64::from(call.first.is_none()) | u64::from(second.is_none()) << 1;
        if missing != 0 {
            self.missing[word] |= missing << shift;
            self.first_missing = self.first_missing.or(Some(sample));
        }
        if call.second.is_none() {
            self.haploid[word] |= 0b10 << shift;
            self.any_haploid = true;
        }
        if !call.phased {
            self.first_unphased = self.first_unphased.or(Some(sample));
        }
    }

    fn too_many(&self, n_read: usize, rest: &[u8]) -> Broken {
        let more = memchr::memchr_iter(b'\t', rest).count() + 1;
        wrong_columns(FIXED_COLUMNS.len() + n_read + more, self.n_samples)
    }
}

/// Packs 32 calls, each with its tab, if all are phased or all unphased; whether they are
/// unphased comes second.
fn pack(text: &[u8]) -> Option<(u64, bool)> {
    let text: &[u8; CALL * PER_WORD] = text.try_into().ok()?;
    pack_like(text, PHASED)
        .map(|word| (word, false))
        .or_else(|| pack_like(text, UNPHASED).map(|word| (word, true)))
}

/// Place of the first call of a word whose two alleles differ.
fn first_heterozygote(packed: u64) -> Option<usize> {
    let differs = (packed ^ packed >> 1) & FIRST_ALLELES;
    (differs != 0).then(|| differs.trailing_zeros() as usize / 2)
}

fn pack_like(text: &[u8; CALL * PER_WORD], pattern: u64) -> Option<u64> {
    let (mut differs, mut packed) = (0, 0);
    for (place, pair) in text.chunks_exact(2 * CALL).enumerate() {
        let pair = u64::from_le_bytes(pair.try_into().expect("eight bytes"));
        differs |= (pair & FIXED_BITS) ^ pattern;
        packed |= ((pair & DIGITS).wrapping_mul(GATHER) >> 48 & 0b1111) << (4 * place);
    }
    (differs == 0).then_some(packed)
}

/// Where the field ends that a text begins with.
fn field_end(text: &[u8]) -> usize {
    if text.get(3) == Some(&b'\t') && !text[..3].contains(&b'\t') {
        return 3;
    }
    memchr::memchr(b'\t', text).unwrap_or(text.len())
}

/// Entry `place` of a sample's column; trailing entries may be left out, which is `.`.
fn entry(field: &[u8], place: usize) -> &[u8] {
    if place == 0 {
        return match field {
            [_, _, _] if !field.contains(&b':') => field,
            _ => &field[..memchr::memchr(b':', field).unwrap_or(field.len())],
        };
    }
    field.split(|&byte| byte == b':').nth(place).unwrap_or(b".")
}

const GT_RULE: &str = "GT must be alleles 0, 1 or \".\" with \"|\" or \"/\" between them.";

enum NoCall {
    Polyploid,
    Broken(&'static str),
}

impl Call {
    /// From VCF 4.4 on a separator may precede the first allele: `/0|1` is unphased.
    fn parse(text: &[u8]) -> Result<Call, NoCall> {
        let is_separator = |byte: &u8| matches!(byte, b'|' | b'/');
        let separated = text.contains(&b'/');
        let text = if text.first().is_some_and(is_separator) { &text[1..] } else { text };
        let mut alleles = text.split(is_separator);
        let first = allele(alleles.next().unwrap_or_default())?;
        let second = alleles.next().map(allele).transpose()?;
        let phased = !separated || second.is_none_or(|second| second == first);
        match alleles.next().map(allele).transpose()? {
            None => Ok(Call { first, second, phased }),
            Some(_) => Err(NoCall::Polyploid),
        }
    }
}

fn allele(text: &[u8]) -> Result<Option<bool>, NoCall> {
    match text {
        b"0" => Ok(Some(false)),
        b"1" => Ok(Some(true)),
        b"." => Ok(None),
        _ if !text.is_empty() && text.iter().all(u8::is_ascii_digit) => {
            Err(NoCall::Broken("GT must name no allele that REF and ALT do not list."))
        }
        _ => Err(NoCall::Broken(GT_RULE)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(n_samples: usize, text: &str, gt_place: usize) -> Result<Calls, Refused> {
        let mut calls = Calls::new(n_samples);
        calls.read(text.as_bytes(), gt_place).map(|()| calls)
    }

    #[test]
    fn eight_calls_worked_by_hand() {
        let calls = read(8, "0|0\t0|1\t1|0\t1/1\t1\t0\t./1\t.", 0).unwrap();
        assert_eq!(calls.alternate(), [0b00_10_00_01_11_01_10_00]);
        assert_eq!(calls.haploid(), [0b10_00_10_10_00_00_00_00]);
        assert_eq!(calls.missing(), [0b11_01_00_00_00_00_00_00]);
        assert!(calls.any_haploid());
        assert_eq!((calls.first_missing(), calls.first_unphased()), (Some(6), Some(6)));
    }

    #[test]
    fn a_homozygous_call_is_phased_whatever_its_separator() {
        let first_unphased =
            |n_samples: usize, text: &str| read(n_samples, text, 0).unwrap().first_unphased();
        assert_eq!(first_unphased(4, "0/0\t1/1\t0|1\t1|1"), None);
        assert_eq!(first_unphased(4, "0/0\t1/1\t0|1\t1/0"), Some(3));
        // Whole words of one separator.
        for n_samples in [32, 33, 70] {
            let mut calls = vec!["0/0"; n_samples];
            calls[5] = "1/1";
            assert_eq!(first_unphased(n_samples, &calls.join("\t")), None);
            for at in [31, n_samples - 1] {
                calls[at] = "0/1";
                assert_eq!(first_unphased(n_samples, &calls.join("\t")), Some(31));
            }
        }
    }

    /// VCF 4.4, section 1.6.2: a separator before the first allele says whether that is phased.
    #[test]
    fn the_first_allele_may_have_a_separator_of_its_own() {
        let calls = read(6, "|0|1\t/0/1\t|1\t/1\t|1/1\t/.", 0).unwrap();
        assert_eq!(calls.alternate(), [0b00_11_01_01_10_10]);
        assert_eq!(calls.haploid(), [0b10_00_10_10_00_00]);
        assert_eq!((calls.first_unphased(), calls.first_missing()), (Some(1), Some(5)));
        for unphased in ["/0|1", "|0/1", "/0/1"] {
            assert_eq!(read(1, unphased, 0).unwrap().first_unphased(), Some(0), "{unphased}");
        }
        let polyploid = Refused::Skipped { reason: Reason::Polyploid, sample: 0 };
        assert_eq!(read(1, "/0|1|1", 0).unwrap_err(), polyploid);
    }

    /// Reference implementation: every call on its own, without the fast path.
    fn plain(text: &str, gt_place: usize) -> Vec<(Option<bool>, Option<Option<bool>>, bool)> {
        let gt = |column: &str| column.split(':').nth(gt_place).unwrap_or(".").to_owned();
        let one = |allele: &str| match allele {
            "." => None,
            digit => Some(digit == "1"),
        };
        let call = |gt: String| {
            let alleles: Vec<&str> = gt.split(['|', '/']).collect();
            let differ = alleles.len() > 1 && alleles[0] != alleles[1];
            (one(alleles[0]), alleles.get(1).map(|text| one(text)), !(gt.contains('/') && differ))
        };
        text.split('\t').map(|column| call(gt(column))).collect()
    }

    #[test]
    fn fast_and_plain_reading_agree_on_every_mixture() {
        let kinds = ["0|0", "1|0", "0|1", "1|1", "0/1", "./.", ".|1", "1", ".", "1|0:3", "0|1:"];
        let mut state = 1_u64;
        let mut random = |below: usize| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 33) as usize % below
        };
        let mut calls = Calls::default();
        for n_samples in (1..140).chain([320, 321]) {
            if calls.n_samples() != n_samples {
                calls = Calls::new(n_samples);
            }
            for round in 0..12 {
                // From uniform to mixed calls, so that both paths and their boundaries are tested.
                let rare = [0, 1, 7, 100][round % 4];
                let common = [0, 4][round / 4 % 2];
                let columns: Vec<&str> = (0..n_samples)
                    .map(|_| {
                        kinds[if random(100) < rare {
                            random(11)
                        } else {
                            common + random(4 - 3 * (common / 4))
                        }]
                    })
                    .collect();
                let text = columns.join("\t");
                calls.read(text.as_bytes(), 0).unwrap();
                let want = plain(&text, 0);
                for (sample, &(first, second, _)) in want.iter().enumerate() {
                    let bits = |plane: &[u64]| plane[sample / 32] >> (2 * (sample % 32)) & 3;
                    let alternate =
                        u64::from(first == Some(true)) | u64::from(second == Some(Some(true))) << 1;
                    assert_eq!(bits(calls.alternate()), alternate, "{text}");
                    assert_eq!(bits(calls.haploid()), if second.is_none() { 2 } else { 0 });
                    let missing = match second {
                        None => 3 * u64::from(first.is_none()),
                        Some(second) => {
                            u64::from(first.is_none()) | u64::from(second.is_none()) << 1
                        }
                    };
                    assert_eq!(bits(calls.missing()), missing);
                }
                let is_missing = |call: &(Option<bool>, Option<Option<bool>>, bool)| {
                    call.0.is_none() || call.1 == Some(None)
                };
                assert_eq!(calls.first_missing(), want.iter().position(is_missing));
                assert_eq!(calls.first_unphased(), want.iter().position(|call| !call.2));
                assert_eq!(calls.any_haploid(), want.iter().any(|call| call.1.is_none()));
                let last = n_samples % 32;
                if last > 0 {
                    assert_eq!(calls.alternate().last().unwrap() >> (2 * last), 0);
                }
            }
        }
    }

    #[test]
    fn gt_may_be_anywhere_in_the_column() {
        let calls = read(3, "3:0|1\t9:1|1\t7", 1).unwrap();
        assert_eq!(calls.alternate(), [0b00_11_10]);
        assert_eq!(calls.first_missing(), Some(2));
        // Columns that look like calls, but lack the entry.
        let calls = read(40, &vec!["1|1"; 40].join("\t"), 1).unwrap();
        assert_eq!((calls.alternate(), calls.first_missing()), (&[0, 0][..], Some(0)));
    }

    #[test]
    fn columns_are_counted() {
        let found = |n_samples: usize, n_columns: usize| match read(
            n_samples,
            &vec!["0|1"; n_columns].join("\t"),
            0,
        ) {
            Err(Refused::Broken(broken)) => broken.found,
            other => panic!("{other:?}"),
        };
        assert_eq!(found(3, 2), "11 columns, not 12");
        assert_eq!(found(3, 5), "14 columns, not 12");
        assert_eq!(found(32, 33), "42 columns, not 41");
        assert_eq!(found(64, 63), "72 columns, not 73");
        assert_eq!(found(64, 32), "41 columns, not 73");
        // A tab after the last call of a whole word begins one column more.
        let tab = format!("{}\t", vec!["0|1"; 32].join("\t"));
        assert!(matches!(read(32, &tab, 0), Err(Refused::Broken(_))));
    }

    #[test]
    fn what_is_no_call_is_refused() {
        for text in
            ["", "0|", "||0", "a|b", "0|2", "0-1", "0||1", "0 1", "-1|0", "|", "00|1", "0|1|x"]
        {
            let refused = read(2, &format!("0|0\t{text}"), 0).unwrap_err();
            assert!(matches!(refused, Refused::Broken(_)), "{text}");
        }
        let polyploid = Refused::Skipped { reason: Reason::Polyploid, sample: 1 };
        assert_eq!(read(2, "0|0\t0|1|1", 0).unwrap_err(), polyploid);
    }
}
