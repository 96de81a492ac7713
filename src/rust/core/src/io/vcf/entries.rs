//! The samples' columns of a record, entry by entry: calls of one alternate allele rewritten as those
//! of a biallelic record, calls of low quality as missing, and expected copies.

use crate::io::number;
use crate::io::vcf::header::FIXED_COLUMNS;
use crate::io::vcf::rules::Field;
use crate::io::vcf::rules::Rules;
use crate::io::vcf::shown::shown;
use crate::io::vcf::site::Broken;
use crate::io::vcf::site::wrong_columns;

/// A dosage of two copies, and one that is missing.
const TWO_COPIES: f64 = 32768.0;
pub const NO_DOSAGE: u16 = u16::MAX;

/// Furthest from a whole number of copies at which a hard call is made, as PLINK 2 does.
const HARD_CALL: f64 = 0.1;

/// How far above its bounds a rounded dosage may lie.
const ROUNDING: f64 = 0.01;

/// Where entries stand in FORMAT.
pub struct Places {
    gt: Option<usize>,
    gq: Option<usize>,
    dp: Option<usize>,
    field: Option<usize>,
}

impl Places {
    /// The places in a FORMAT of what `rules` ask for.
    pub fn of(format: &[u8], rules: &Rules) -> Places {
        let place = |name: &[u8]| format.split(|&byte| byte == b':').position(|own| own == name);
        Places {
            gt: place(b"GT"),
            gq: rules.min_gq.and_then(|_| place(b"GQ")),
            dp: rules.min_dp.and_then(|_| place(b"DP")),
            field: place(rules.field.name().as_bytes()),
        }
    }

    /// Whether what is to be read is there.
    pub fn has_field(&self) -> bool {
        self.field.is_some()
    }
}

/// The alternate allele that is counted, and the others of its record.
pub struct Alleles<'l> {
    /// From 1.
    pub counted: usize,
    /// All of ALT; calls of those that are unlisted are missing.
    pub all: &'l [&'l [u8]],
    pub unlisted: &'l [bool],
}

/// What is rewritten of a record.
#[derive(Clone, Debug, Default)]
pub struct Rewritten {
    /// GT of every sample, with tabs between them.
    pub calls: Vec<u8>,
    /// Expected copies of every sample in units of 1/16384; none where calls are read.
    pub dosages: Vec<u16>,
    /// Calls that became missing by their quality.
    pub n_low: u64,
    /// Calls that became missing because they have an unlisted allele.
    pub n_unlisted: u64,
}

impl Rewritten {
    /// Rewrites the samples' columns.
    ///
    /// # Errors
    /// The rule, if there are more or fewer columns than samples, or an entry is not what it must
    /// be.
    pub fn read(
        &mut self,
        text: &[u8],
        n_samples: usize,
        places: &Places,
        alleles: &Alleles<'_>,
        rules: &Rules,
    ) -> Result<(), Broken> {
        self.calls.clear();
        self.dosages.clear();
        let mut n_columns = 0;
        for (sample, column) in text.split(|&byte| byte == b'\t').enumerate() {
            n_columns += 1;
            if n_columns > n_samples {
                continue;
            }
            if sample > 0 {
                self.calls.push(b'\t');
            }
            self.sample(column, places, alleles, rules).map_err(|(rule, entry)| {
                let found = format!("\"{}\" for sample {}", shown(entry), sample + 1);
                Broken { rule, found }
            })?;
        }
        if n_columns == n_samples {
            return Ok(());
        }
        Err(wrong_columns(FIXED_COLUMNS.len() + n_columns, n_samples))
    }

    fn sample<'t>(
        &mut self,
        column: &'t [u8],
        places: &Places,
        alleles: &Alleles<'_>,
        rules: &Rules,
    ) -> Result<(), (&'static str, &'t [u8])> {
        let entry = |place: Option<usize>| -> &'t [u8] {
            let own = place.and_then(|place| column.split(|&byte| byte == b':').nth(place));
            own.unwrap_or(b".")
        };
        let below = |place: Option<usize>, least: Option<f64>| match (place, least) {
            (Some(_), Some(least)) => {
                quality(entry(place)).map(|own| own.is_some_and(|q| q < least))
            }
            _ => Ok(false),
        };
        let is_low = below(places.gq, rules.min_gq)? || below(places.dp, rules.min_dp)?;
        let gt = entry(places.gt);
        if rules.field == Field::Calls {
            let was_called = !gt.contains(&b'.');
            self.n_low += u64::from(is_low && was_called);
            return self.call(gt, alleles, is_low);
        }
        let own = entry(places.field);
        let is_haploid =
            places.gt.is_some() && gt != b"." && !gt.contains(&b'/') && !gt.contains(&b'|');
        let copies = match rules.field {
            Field::Dosage => dosage(own, alleles, is_haploid),
            _ => expected(own),
        };
        let copies = copies.map_err(|rule| (rule, own))?;
        self.n_low += u64::from(is_low && copies.is_some());
        let copies = copies.filter(|_| !is_low);
        let nearest = copies.map(|copies| (copies, copies.round()));
        let call: &[u8] = match nearest {
            Some((copies, nearest)) if (copies - nearest).abs() <= HARD_CALL => {
                [b"0/0".as_slice(), b"0/1", b"1/1"][nearest as usize]
            }
            _ => b"./.",
        };
        self.calls.extend_from_slice(call);
        let units = copies.map_or(NO_DOSAGE, |copies| (copies * TWO_COPIES / 2.0).round() as u16);
        self.dosages.push(units);
        Ok(())
    }

    /// A call of the record as one of a biallelic record.
    fn call<'t>(
        &mut self,
        gt: &'t [u8],
        alleles: &Alleles<'_>,
        is_low: bool,
    ) -> Result<(), (&'static str, &'t [u8])> {
        let mut has_unlisted = false;
        for (place, piece) in gt.split_inclusive(|byte| matches!(byte, b'|' | b'/')).enumerate() {
            let (name, separator) = match piece.split_last() {
                Some((last @ (b'|' | b'/'), name)) => (name, Some(*last)),
                _ => (piece, None),
            };
            if place == 0 && name.is_empty() && separator.is_some() {
                // From VCF 4.4 on, a phase before the first allele.
                self.calls.extend(separator);
                continue;
            }
            let allele = match name {
                b"." => b'.',
                b"0" => b'0',
                _ => {
                    let rule = "GT must be alleles that REF and ALT list, or \".\", with \"|\" or \
                                \"/\" between them.";
                    let index =
                        number_of(name).filter(|index| (1..=alleles.all.len()).contains(index));
                    let index = index.ok_or((rule, gt))?;
                    has_unlisted |= alleles.unlisted[index - 1];
                    match index == alleles.counted {
                        _ if alleles.unlisted[index - 1] => b'.',
                        true => b'1',
                        false => b'0',
                    }
                }
            };
            self.calls.push(if is_low { b'.' } else { allele });
            self.calls.extend(separator);
        }
        self.n_unlisted += u64::from(has_unlisted && !is_low);
        Ok(())
    }
}

fn number_of(digits: &[u8]) -> Option<usize> {
    let is_number = !digits.is_empty() && digits.len() < 9 && digits.iter().all(u8::is_ascii_digit);
    is_number.then(|| digits.iter().fold(0, |sum, digit| 10 * sum + usize::from(digit - b'0')))
}

fn quality(text: &[u8]) -> Result<Option<f64>, (&'static str, &[u8])> {
    number::decimal(text, &[".", ""]).map_err(|_| ("GQ and DP must be numbers.", text))
}

/// DS: one number for each alternate allele; of a haploid call from 0 to 1.
fn dosage(
    text: &[u8],
    alleles: &Alleles<'_>,
    is_haploid: bool,
) -> Result<Option<f64>, &'static str> {
    if text == b"." {
        return Ok(None);
    }
    let rule = "DS must be numbers from 0 to the copies that the sample has, one for each allele of \
                ALT.";
    let mut numbers = text.split(|&byte| byte == b',');
    if numbers.clone().count() != alleles.all.len() {
        return Err(rule);
    }
    let own = numbers.nth(alleles.counted - 1).unwrap_or_default();
    let Some(value) = number::decimal(own, &["."]).map_err(|_| rule)? else { return Ok(None) };
    let most = if is_haploid { 1.0 } else { 2.0 };
    if !(-ROUNDING..=most + ROUNDING).contains(&value) {
        return Err(rule);
    }
    Ok(Some((value * 2.0 / most).clamp(0.0, 2.0)))
}

/// GP: probabilities of 0, 1 and 2 copies, or of a haploid call of 0 and 1.
fn expected(text: &[u8]) -> Result<Option<f64>, &'static str> {
    let rule = "GP must be the probabilities of three genotypes, or of the two of a haploid call, \
                that sum to 1.";
    if text.split(|&byte| byte == b',').all(|own| own == b".") {
        return Ok(None);
    }
    let mut given = Vec::with_capacity(3);
    for own in text.split(|&byte| byte == b',') {
        given.push(number::decimal(own, number::NEVER).map_err(|_| rule)?.ok_or(rule)?);
    }
    let sum: f64 = given.iter().sum();
    let in_range = given.iter().all(|p| (-ROUNDING..=1.0 + ROUNDING).contains(p));
    if !in_range || (sum - 1.0).abs() > 5.0 * ROUNDING {
        return Err(rule);
    }
    match given[..] {
        [_, one] => Ok(Some((2.0 * one / sum).clamp(0.0, 2.0))),
        [_, one, two] => Ok(Some(((one + 2.0 * two) / sum).clamp(0.0, 2.0))),
        _ => Err(rule),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::vcf::rules::Multiallelic;

    fn read(
        format: &str,
        columns: &str,
        alleles: &Alleles<'_>,
        rules: &Rules,
    ) -> Result<Rewritten, Broken> {
        let mut out = Rewritten::default();
        let places = Places::of(format.as_bytes(), rules);
        let n_samples = columns.split('\t').count();
        out.read(columns.as_bytes(), n_samples, &places, alleles, rules).map(|()| out)
    }

    fn calls(format: &str, columns: &str, alleles: &Alleles<'_>, rules: &Rules) -> String {
        String::from_utf8(read(format, columns, alleles, rules).unwrap().calls).unwrap()
    }

    const ONE: Alleles<'_> = Alleles { counted: 1, all: &[b"C"], unlisted: &[false] };

    #[test]
    fn other_alleles_are_not_counted_and_unlisted_ones_are_missing() {
        let rules = Rules { multiallelic: Multiallelic::Split, ..Rules::default() };
        let all: [&[u8]; 3] = [b"C", b"G", b"*"];
        let unlisted = [false, false, true];
        let columns = "0/1\t1|2\t2/2\t0/3\t.\t2\t/1/2\t3|2";
        let of = |counted| Alleles { counted, all: &all, unlisted: &unlisted };
        assert_eq!(calls("GT", columns, &of(1), &rules), "0/1\t1|0\t0/0\t0/.\t.\t0\t/1/0\t.|0");
        assert_eq!(calls("GT", columns, &of(2), &rules), "0/0\t0|1\t1/1\t0/.\t.\t1\t/0/1\t.|1");
        assert_eq!(read("GT", columns, &of(1), &rules).unwrap().n_unlisted, 2);
        // `1/` is refused where the calls are read.
        for bad in ["0/4", "x", "00001234567/0"] {
            assert!(read("GT", bad, &of(1), &rules).is_err(), "{bad}");
        }
    }

    #[test]
    fn calls_of_low_quality_are_missing() {
        let rules = Rules { min_gq: Some(20.0), min_dp: Some(5.0), ..Rules::default() };
        let columns = "0/1:20:5\t0|1:19.9:9\t1/1:99:4\t1/1:.:.\t1:3:3\t./.:0:0\t0/1";
        let got = read("GT:GQ:DP", columns, &ONE, &rules).unwrap();
        assert_eq!(String::from_utf8(got.calls).unwrap(), "0/1\t.|.\t./.\t1/1\t.\t./.\t0/1");
        assert_eq!(got.n_low, 3);
        assert_eq!(calls("GT:DP", "0/1:4\t0/1:5", &ONE, &rules), "./.\t0/1");
        assert!(read("GT:GQ", "0/1:high", &ONE, &rules).is_err());
    }

    #[test]
    fn dosages_become_expected_copies_and_hard_calls() {
        let rules = Rules { field: Field::Dosage, ..Rules::default() };
        let got = read("GT:DS", "0/1:1\t0/0:0.25\t1/1:2.001\t./.:.\t1:0.96\t.:0.05", &ONE, &rules);
        let got = got.unwrap();
        assert_eq!(got.dosages, [16384, 4096, 32768, NO_DOSAGE, 31457, 819]);
        assert_eq!(String::from_utf8(got.calls).unwrap(), "0/1\t./.\t1/1\t./.\t1/1\t0/0");
        assert!(
            read("DS", "2.2", &ONE, &rules).is_err() && read("DS", "1,1", &ONE, &rules).is_err()
        );
        assert!(read("GT:DS", "1:1.5", &ONE, &rules).is_err());
        let two = Alleles { counted: 2, all: &[b"C", b"G"], unlisted: &[false; 2] };
        assert_eq!(read("DS", "0.5,1.5", &two, &rules).unwrap().dosages, [24576]);
    }

    #[test]
    fn probabilities_become_expected_copies() {
        let rules = Rules { field: Field::Probabilities, ..Rules::default() };
        let got =
            read("GP", "0,1,0\t0.25,0.5,0.25\t0,0,1\t.,.,.\t.\t0.75,0.25", &ONE, &rules).unwrap();
        assert_eq!(got.dosages, [16384, 16384, 32768, NO_DOSAGE, NO_DOSAGE, 8192]);
        for bad in ["1,1,1", "1", "-0.5,1,0.5", "0.1,0.2,x", "0.25,0.25,0.25,0.25"] {
            assert!(read("GP", bad, &ONE, &rules).is_err(), "{bad}");
        }
    }
}
