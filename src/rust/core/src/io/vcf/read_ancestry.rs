//! Local ancestry in a VCF, as FLARE writes it.
//!
//! Source: FLARE 0.6, README, "Output files": AN1 and AN2 are the most probable ancestries of the
//! first and second haplotype of a sample, ANP1 and ANP2 (which may be left out) their
//! probabilities; the line `##ANCESTRY=<A=0,B=1>` names the ancestries.

use crate::data::chromosome::Names;
use crate::error::Error;
use crate::error::Result;
use crate::io::lines::Lines;
use crate::io::vcf::header;
use crate::io::vcf::header::BodyLine;
use crate::io::vcf::header::FIXED_COLUMNS;
use crate::io::vcf::header::body_line;
use crate::io::vcf::scan::Order;
use crate::io::vcf::scan::place;
use crate::io::vcf::shown::shown;
use crate::io::vcf::site::Broken;
use crate::io::vcf::site::check_text;
use crate::io::vcf::site::position;
use crate::io::vcf::site::split_tab;
use crate::io::vcf::site::wrong_columns;
use std::collections::HashMap;

/// Code of a haplotype that is not there: `.` for AN2.
pub const ABSENT: i32 = -1;

/// Largest rounding error of each probability, and of their sum.
const ROUNDING: f64 = 0.005;
const SUM_TOLERANCE: f64 = 0.01;

/// Most numbers of an answer: R's vectors hold so many.
const MOST_NUMBERS: usize = 1 << 31;

/// Local ancestry of consecutive records.
///
/// | field         | shape                                     | values                        |
/// |---------------|-------------------------------------------|-------------------------------|
/// | `samples`     | n_samples                                 |                               |
/// | `populations` | n_populations                             | in the order of their codes   |
/// | `chrom`       | n_windows                                 |                               |
/// | `start_bp`    | n_windows                                 | position of the first record  |
/// | `end_bp`      | n_windows                                 | position of the last          |
/// | `n_variants`  | n_windows                                 | records                       |
/// | `code`        | n_windows x 2 n_samples                   | population, or [`ABSENT`]     |
/// | `probability` | n_windows x 2 n_samples x n_populations   | empty without ANP1 and ANP2; 0 where absent |
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ancestry {
    pub samples: Vec<String>,
    pub populations: Vec<String>,
    pub chrom: Vec<String>,
    pub start_bp: Vec<i32>,
    pub end_bp: Vec<i32>,
    pub n_variants: Vec<u32>,
    pub code: Vec<i32>,
    pub probability: Vec<f64>,
}

/// Windows that records are averaged in.
///
/// | field      | shape     | values                                    |
/// |------------|-----------|-------------------------------------------|
/// | `chrom`    | n_windows | grouped                                   |
/// | `start_bp` | n_windows | where each begins; rises along chromosomes|
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Borders {
    pub chrom: Vec<String>,
    pub start_bp: Vec<i32>,
}

/// Reads local ancestry. Blank lines, comments and records with a negative position are passed
/// over, as [`crate::io::vcf::scan::scan`] does. GT, alleles and all other columns are passed over.
///
/// Consecutive records in which nothing changes for any haplotype are one window; with `borders`,
/// windows are those given: each record belongs to the last one that begins at or before it, or to
/// the first of its chromosome (`chr1` is `1`, and the answer has the name of the record); a window without one has `n_variants` 0. Probabilities are then means over records (of records without
/// them, 1 for the called population), the code is that of the largest, the first of equal ones.
/// Memory: a line, and the answer.
///
/// # Errors
/// [`Error::VcfHeader`] for a header that is none, or does not name populations;
/// [`Error::VcfRecord`] for a record without AN1 and AN2, with codes or probabilities that are none
/// (or do not sum to 1), with another number of samples, in which a second haplotype comes or goes
/// within a chromosome, or that has probabilities where others have not; [`Error::VcfOrder`];
/// [`Error::NoVariantLeft`]; [`Error::TooManyCalls`]; those of [`Lines::next_line`].
pub fn read(mut lines: Lines<'_>, borders: Option<&Borders>) -> Result<Ancestry> {
    let path = lines.path().to_owned();
    let mut populations = None;
    let samples = header::read_with(&mut lines, |line, text| {
        if let Some(list) = text.strip_prefix(b"##ANCESTRY=") {
            populations = Some(names(list).map_err(|found| Error::VcfHeader {
                path: path.clone(),
                line,
                rule: NAMES_RULE,
                found,
            })?);
        }
        Ok(())
    })?;
    let line = lines.line();
    let populations = populations.ok_or_else(|| {
        let found = "no such line before it".to_owned();
        Error::VcfHeader { path: path.clone(), line, rule: NAMES_RULE, found }
    })?;
    let mut pass = Pass::new(samples.len(), populations.len(), borders);
    let mut number = line;
    while let Some(text) = lines.next_line()? {
        number += 1;
        match body_line(text) {
            BodyLine::Record => {}
            BodyLine::PassedOver => continue,
            BodyLine::Header => return Err(header::second_header(&path, number)),
        }
        pass.record(text).map_err(|refused| match refused {
            Refused::Record(Broken { rule, found }) => {
                Error::VcfRecord { place: Box::new(place(&path, number, text)), rule, found }
            }
            Refused::Order(Broken { rule, found }) => {
                Error::VcfOrder { place: Box::new(place(&path, number, text)), rule, found }
            }
            Refused::TooMany => Error::TooManyCalls { path: path.clone(), line: number },
        })?;
    }
    if pass.n_records == 0 {
        let problem = "It has a header and no record".to_owned();
        return Err(Error::NoVariantLeft { path, problem });
    }
    let mut ancestry = pass.finish();
    (ancestry.samples, ancestry.populations) = (samples, populations);
    Ok(ancestry)
}

const NAMES_RULE: &str = "Before the column names there must be a line `##ANCESTRY=<A=0,B=1>`, which gives each \
     population a code from 0.";

/// Populations in the order of their codes, from `<A=0,B=1>`.
fn names(list: &[u8]) -> std::result::Result<Vec<String>, String> {
    let refuse = || format!("\"{}\"", shown(list));
    let text = std::str::from_utf8(list).ok().filter(|text| !text.contains('\0'));
    let inner = text.and_then(|text| text.strip_prefix('<')?.strip_suffix('>'));
    let mut codes = HashMap::new();
    let mut seen = HashMap::new();
    for entry in inner.ok_or_else(refuse)?.split(',') {
        let (name, code) = entry.rsplit_once('=').ok_or_else(refuse)?;
        let code: usize = code.parse().map_err(|_| refuse())?;
        let is_new = codes.insert(code, name.to_owned()).is_none();
        if name.trim().is_empty() || !is_new || seen.insert(name.to_owned(), code).is_some() {
            return Err(refuse());
        }
    }
    (0..codes.len()).map(|code| codes.remove(&code).ok_or_else(refuse)).collect()
}

/// Why a record ends the reading.
enum Refused {
    Record(Broken),
    Order(Broken),
    TooMany,
}

impl From<Broken> for Refused {
    fn from(broken: Broken) -> Refused {
        Refused::Record(broken)
    }
}

/// Places of the four entries in FORMAT.
#[derive(Clone, Copy)]
struct Places {
    code: [usize; 2],
    probability: Option<[usize; 2]>,
}

struct Pass<'b> {
    n_samples: usize,
    k: usize,
    borders: Option<&'b Borders>,
    /// Window of the borders from which each chromosome begins, and how many it has.
    chromosomes: HashMap<String, (usize, usize)>,
    names: Names,
    order: Order,
    n_records: usize,
    /// Of the record at hand: 2 n_samples, and 2 n_samples x k.
    code: Vec<i32>,
    probability: Vec<f64>,
    has_probability: bool,
    last_chrom: Vec<u8>,
    /// Whether each haplotype is absent on the chromosome at hand.
    absent: Vec<bool>,
    out: Ancestry,
}

impl<'b> Pass<'b> {
    fn new(n_samples: usize, k: usize, borders: Option<&'b Borders>) -> Pass<'b> {
        let mut chromosomes = HashMap::new();
        let mut out = Ancestry::default();
        let chrom = borders.map_or(&[][..], |borders| &borders.chrom);
        let start_bp = borders.map_or(&[][..], |borders| &borders.start_bp);
        let places = chrom.iter().map(String::as_str).zip(start_bp.iter().copied());
        let names = Names::of(places);
        if let Some(borders) = borders {
            for (window, chrom) in borders.chrom.iter().enumerate() {
                let name = names.common(chrom).into_owned();
                chromosomes.entry(name).or_insert((window, 0)).1 += 1;
            }
            let n = borders.chrom.len();
            out.n_variants = vec![0; n];
            (out.start_bp, out.end_bp) = (vec![0; n], vec![0; n]);
            out.code = vec![ABSENT; n * 2 * n_samples];
            out.probability = vec![0.0; n * 2 * n_samples * k];
            out.chrom.clone_from(&borders.chrom);
        }
        Pass {
            n_samples,
            k,
            borders,
            chromosomes,
            names,
            order: Order::default(),
            n_records: 0,
            code: vec![0; 2 * n_samples],
            probability: vec![0.0; 2 * n_samples * k],
            has_probability: false,
            last_chrom: Vec::new(),
            absent: Vec::new(),
            out,
        }
    }

    fn record(&mut self, text: &[u8]) -> std::result::Result<(), Refused> {
        let (chrom, rest) = split_tab(text).ok_or_else(|| wrong_columns(1, self.n_samples))?;
        let (position_text, rest) =
            split_tab(rest).ok_or_else(|| wrong_columns(2, self.n_samples))?;
        check_text("CHROM", chrom)?;
        let Some(position_bp) = position(position_text)? else {
            return Ok(());
        };
        self.order.check(chrom, position_bp).map_err(Refused::Order)?;
        let mut rest = rest;
        let mut format = rest;
        for column in 2..FIXED_COLUMNS.len() {
            (format, rest) = split_tab(rest).ok_or_else(|| {
                wrong_columns(column + usize::from(!rest.is_empty()), self.n_samples)
            })?;
        }
        let places = places(format)?;
        if self.n_records > 0 && places.probability.is_some() != self.has_probability {
            let rule = "All records must have ANP1 and ANP2, or none.";
            return Err(Broken { rule, found: format!("FORMAT \"{}\"", shown(format)) }.into());
        }
        self.has_probability = places.probability.is_some();
        self.samples(rest, places)?;
        self.check_absent(chrom)?;
        self.n_records += 1;
        if self.borders.is_some() {
            self.add_to_window(chrom, position_bp)
        } else {
            self.extend(chrom, position_bp)
        }
    }

    /// The columns of all samples.
    fn samples(&mut self, text: &[u8], places: Places) -> std::result::Result<(), Refused> {
        let n_columns = memchr::memchr_iter(b'\t', text).count() + 1;
        if n_columns != self.n_samples {
            return Err(wrong_columns(FIXED_COLUMNS.len() + n_columns, self.n_samples).into());
        }
        let last = places.code.into_iter().chain(places.probability.into_iter().flatten()).max();
        let mut entries: Vec<&[u8]> = Vec::new();
        for (sample, column) in text.split(|&byte| byte == b'\t').enumerate() {
            entries.clear();
            entries.extend(column.split(|&byte| byte == b':').take(last.map_or(0, |n| n + 1)));
            // Entries at the end may be left out, which is ".".
            let entry = |place: usize| entries.get(place).copied().unwrap_or(b".");
            for copy in 0..2 {
                let haplotype = 2 * sample + copy;
                let code = code_of(entry(places.code[copy]), copy, self.k)
                    .map_err(|broken| of_sample(broken, sample))?;
                self.code[haplotype] = code;
                let out = &mut self.probability[haplotype * self.k..][..self.k];
                match places.probability {
                    None => one_hot(code, out),
                    Some(at) => probabilities(entry(at[copy]), code, out)
                        .map_err(|broken| of_sample(broken, sample))?,
                }
            }
        }
        Ok(())
    }

    /// A second haplotype is there on a whole chromosome, or nowhere on it.
    fn check_absent(&mut self, chrom: &[u8]) -> std::result::Result<(), Refused> {
        let absent = self.code.iter().map(|&code| code == ABSENT);
        if self.n_records == 0 || self.last_chrom != chrom {
            self.absent = absent.collect();
            chrom.clone_into(&mut self.last_chrom);
            return Ok(());
        }
        let differs = absent.zip(&self.absent).position(|(now, &before)| now != before);
        let Some(haplotype) = differs else { return Ok(()) };
        let rule =
            "AN2 of a sample must be a code at all records of a chromosome, or \".\" at all.";
        let found = format!("another kind than before for sample {}", haplotype / 2 + 1);
        Err(Broken { rule, found }.into())
    }

    /// Adds the record to the last window if nothing has changed, or begins another one.
    fn extend(&mut self, chrom: &[u8], position_bp: i32) -> std::result::Result<(), Refused> {
        let (n_codes, n_numbers) = (self.code.len(), self.probability.len());
        let out = &mut self.out;
        let n_windows = out.chrom.len();
        let goes_on = n_windows > 0
            && out.chrom[n_windows - 1].as_bytes() == chrom
            && out.code[(n_windows - 1) * n_codes..] == self.code
            && (!self.has_probability
                || out.probability[(n_windows - 1) * n_numbers..] == self.probability);
        if goes_on {
            out.end_bp[n_windows - 1] = position_bp;
            out.n_variants[n_windows - 1] += 1;
            return Ok(());
        }
        if (n_windows + 1).saturating_mul(n_numbers) >= MOST_NUMBERS {
            return Err(Refused::TooMany);
        }
        // `check_text()` has seen to it that this is UTF-8.
        out.chrom.push(String::from_utf8_lossy(chrom).into_owned());
        out.start_bp.push(position_bp);
        out.end_bp.push(position_bp);
        out.n_variants.push(1);
        out.code.extend_from_slice(&self.code);
        if self.has_probability {
            out.probability.extend_from_slice(&self.probability);
        }
        Ok(())
    }

    fn add_to_window(
        &mut self,
        chrom: &[u8],
        position_bp: i32,
    ) -> std::result::Result<(), Refused> {
        let borders = self.borders.expect("windows are given");
        let name = std::str::from_utf8(chrom).unwrap_or_default();
        let Some(&(first, n)) = self.chromosomes.get(self.names.common(name).as_ref()) else {
            let rule = "Every record must lie on a chromosome of `windows`.";
            return Err(Broken { rule, found: format!("chromosome {name}") }.into());
        };
        let before = borders.start_bp[first..first + n].partition_point(|&bp| bp <= position_bp);
        let window = first + before.saturating_sub(1);
        let (n_codes, n_numbers) = (self.code.len(), self.probability.len());
        let out = &mut self.out;
        if out.n_variants[window] == 0 {
            out.start_bp[window] = position_bp;
            name.clone_into(&mut out.chrom[window]);
        }
        out.end_bp[window] = position_bp;
        out.n_variants[window] += 1;
        out.code[window * n_codes..][..n_codes].copy_from_slice(&self.code);
        let sums = &mut out.probability[window * n_numbers..][..n_numbers];
        sums.iter_mut().zip(&self.probability).for_each(|(sum, more)| *sum += more);
        Ok(())
    }

    /// The answer.
    fn finish(mut self) -> Ancestry {
        if self.borders.is_none() {
            return self.out;
        }
        let per_window = 2 * self.n_samples;
        for (cell, sums) in self.out.probability.chunks_mut(self.k).enumerate() {
            let n = f64::from(self.out.n_variants[cell / per_window].max(1));
            sums.iter_mut().for_each(|sum| *sum /= n);
            if self.out.code[cell] != ABSENT {
                self.out.code[cell] = largest(sums);
            }
        }
        self.out
    }
}

fn largest(values: &[f64]) -> i32 {
    let best = values.iter().enumerate().fold(
        0,
        |best, (place, &value)| {
            if value > values[best] { place } else { best }
        },
    );
    best as i32
}

fn of_sample(broken: Broken, sample: usize) -> Broken {
    let Broken { rule, found } = broken;
    Broken { rule, found: format!("{found} for sample {}", sample + 1) }
}

fn places(format: &[u8]) -> std::result::Result<Places, Broken> {
    let find = |name: &[u8]| format.split(|&byte| byte == b':').position(|entry| entry == name);
    let pair = |one: &[u8], two: &[u8]| Some([find(one)?, find(two)?]);
    let Some(code) = pair(b"AN1", b"AN2") else {
        let rule = "FORMAT must have AN1 and AN2, the ancestries of both haplotypes.";
        return Err(Broken { rule, found: format!("\"{}\"", shown(format)) });
    };
    Ok(Places { code, probability: pair(b"ANP1", b"ANP2") })
}

fn code_of(text: &[u8], copy: usize, k: usize) -> std::result::Result<i32, Broken> {
    if text == b"." && copy == 1 {
        return Ok(ABSENT);
    }
    let digits = !text.is_empty() && text.len() <= 6 && text.iter().all(u8::is_ascii_digit);
    let code = text.iter().fold(0, |sum, byte| sum * 10 + usize::from(byte.wrapping_sub(b'0')));
    if digits && code < k {
        return Ok(code as i32);
    }
    let rule = "AN1 and AN2 must be codes of the ##ANCESTRY line; only AN2 may be \".\", where a \
                sample has one haplotype.";
    Err(Broken { rule, found: format!("AN{} \"{}\"", copy + 1, shown(text)) })
}

fn one_hot(code: i32, out: &mut [f64]) {
    out.fill(0.0);
    if let Ok(place) = usize::try_from(code) {
        out[place] = 1.0;
    }
}

/// Probabilities of one haplotype; `.` where it is absent.
fn probabilities(text: &[u8], code: i32, out: &mut [f64]) -> std::result::Result<(), Broken> {
    out.fill(0.0);
    if code == ABSENT && text == b"." {
        return Ok(());
    }
    let mut n_found = 0;
    let mut are_numbers = code != ABSENT;
    for field in text.split(|&byte| byte == b',') {
        let number = std::str::from_utf8(field).ok().and_then(|field| field.parse::<f64>().ok());
        let number = number.filter(|number| (0.0..=1.0).contains(number));
        if let (Some(slot), Some(number)) = (out.get_mut(n_found), number) {
            *slot = number;
        }
        are_numbers &= number.is_some();
        n_found += 1;
    }
    let off = (out.iter().sum::<f64>() - 1.0).abs();
    if are_numbers && n_found == out.len() && off <= SUM_TOLERANCE + ROUNDING * out.len() as f64 {
        return Ok(());
    }
    let rule = "ANP1 and ANP2 must have a probability for each population of the ##ANCESTRY line, \
                which sum to 1.";
    Err(Broken { rule, found: format!("\"{}\"", shown(text)) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::Task;
    use std::path::Path;

    const HEAD: &str = "##fileformat=VCFv4.2\n##ANCESTRY=<AFR=0,EUR=1>\n\
        #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tann\tbob\n";

    fn record(chrom: &str, position: i32, format: &str, calls: &str) -> String {
        let calls = calls.replace(' ', "\t");
        format!("{chrom}\t{position}\t.\tA\tC\t.\tPASS\t.\t{format}\t{calls}\n")
    }

    fn read_text(text: &str, borders: Option<&Borders>) -> Result<Ancestry> {
        let task = Task::new();
        read(Lines::new(Path::new("x.vcf"), text.as_bytes(), 10_000, &task).unwrap(), borders)
    }

    /// As FLARE writes it: probabilities of two digits, without a zero before the point.
    fn flare() -> String {
        let format = "GT:AN1:AN2:ANP1:ANP2";
        let same = "0|1:0:1:.9,.1:0,1 1|1:1:1:0,1:.25,.75";
        HEAD.to_owned()
            + &record("chr1", 100, format, same)
            + &record("chr1", 200, format, same)
            + &record("chr1", 300, format, "0|1:0:1:.8,.2:0,1 1|1:1:1:0,1:.25,.75")
            + &record("chr2", 50, format, "0|1:0:1:.8,.2:0,1 1|1:1:1:0,1:.25,.75")
    }

    #[test]
    fn a_file_of_flare_worked_by_hand() {
        let got = read_text(&flare(), None).unwrap();
        assert_eq!(got.samples, ["ann", "bob"]);
        assert_eq!(got.populations, ["AFR", "EUR"]);
        assert_eq!(got.chrom, ["chr1", "chr1", "chr2"]);
        assert_eq!(got.start_bp, [100, 300, 50]);
        assert_eq!(got.end_bp, [200, 300, 50]);
        assert_eq!(got.n_variants, [2, 1, 1]);
        assert_eq!(got.code, [0, 1, 1, 1].repeat(3));
        let (first, later) = ([0.9, 0.1], [0.8, 0.2]);
        let rest = [0.0, 1.0, 0.0, 1.0, 0.25, 0.75];
        let want: Vec<f64> =
            [first, later, later].iter().flat_map(|own| own.iter().chain(&rest).copied()).collect();
        assert_eq!(got.probability, want);
    }

    #[test]
    fn codes_alone_in_any_order_of_entries_and_populations() {
        let text = HEAD.replace("AFR=0,EUR=1", "EUR=1,A=B=0")
            + &record("1", 5, "AN2:DP:AN1:GT", "0:7:1:0|0 1:.:0")
            + &record("1", 5, "AN1:AN2", "1:0 0:1");
        let got = read_text(&text, None).unwrap();
        assert_eq!(got.populations, ["A=B", "EUR"]);
        assert_eq!((got.n_variants, got.code), (vec![2], vec![1, 0, 0, 1]));
        assert!(got.probability.is_empty());
    }

    #[test]
    fn an_absent_second_haplotype_is_absent_on_the_whole_chromosome() {
        let format = "GT:AN1:AN2:ANP1:ANP2";
        let text = HEAD.to_owned()
            + &record("1", 5, format, "0|0:0:0:1,0:1,0 0|0:1:0:0,1:1,0")
            + &record("X", 5, format, "0|0:0:0:1,0:1,0 0:1:.:0,1:.");
        let got = read_text(&text, None).unwrap();
        assert_eq!(got.code, [0, 0, 1, 0, 0, 0, 1, ABSENT]);
        assert_eq!(got.probability[14..], [0.0, 0.0]);
        let mixed = text + &record("X", 6, format, "0|0:0:0:1,0:1,0 0|0:1:0:0,1:1,0");
        let error = read_text(&mixed, None).unwrap_err().to_string();
        assert!(error.contains("all records of a chromosome"), "{error}");
        assert!(error.contains("sample 2"), "{error}");
    }

    #[test]
    fn records_are_averaged_in_windows_that_are_given() {
        let borders = |starts: &[(&str, i32)]| Borders {
            chrom: starts.iter().map(|(chrom, _)| chrom.to_string()).collect(),
            start_bp: starts.iter().map(|&(_, bp)| bp).collect(),
        };
        let all = borders(&[("chr1", 150), ("chr1", 250), ("chr2", 1)]);
        let got = read_text(&flare(), Some(&all)).unwrap();
        assert_eq!(got.n_variants, [2, 1, 1]);
        assert_eq!((got.start_bp, got.end_bp), (vec![100, 300, 50], vec![200, 300, 50]));
        let bare =
            read_text(&flare(), Some(&borders(&[("1", 150), ("1", 250), ("CHR2", 1)]))).unwrap();
        assert_eq!((&bare.n_variants, &bare.code), (&got.n_variants, &got.code));
        assert_eq!(bare.chrom, got.chrom);
        let one = borders(&[("chr1", 1), ("chr2", 1)]);
        let got = read_text(&flare(), Some(&one)).unwrap();
        assert!((got.probability[0] - (0.9 + 0.9 + 0.8) / 3.0).abs() < 1e-12);
        assert_eq!(got.code, [0, 1, 1, 1].repeat(2));
        let error = read_text(&flare(), Some(&borders(&[("chr1", 1)]))).unwrap_err().to_string();
        assert!(error.contains("must lie on a chromosome"), "{error}");
        let more = borders(&[("chr1", 1), ("chr2", 1), ("chr2", 60), ("chr3", 1)]);
        let got = read_text(&flare(), Some(&more)).unwrap();
        assert_eq!(got.n_variants, [3, 1, 0, 0]);
        assert_eq!(got.code[..8], [0, 1, 1, 1].repeat(2));
    }

    #[test]
    fn what_is_no_such_file_is_refused_with_its_line() {
        let good = record("1", 5, "GT:AN1:AN2:ANP1:ANP2", "0|0:0:0:1,0:1,0 0|0:1:0:0,1:1,0");
        let with = |calls: &str| HEAD.to_owned() + &record("1", 5, "GT:AN1:AN2:ANP1:ANP2", calls);
        let head = |list: &str| HEAD.replace("<AFR=0,EUR=1>", list) + &good;
        let cases = [
            (HEAD.replace("##ANCESTRY=<AFR=0,EUR=1>\n", "") + &good, "no such line"),
            (head("AFR=0,EUR=1"), "Line 2"),
            (head("<AFR=0,EUR=0>"), "Line 2"),
            (head("<AFR=0,AFR=1>"), "Line 2"),
            (head("<AFR=0,EUR=2>"), "Line 2"),
            (head("<AFR=0,=1>"), "Line 2"),
            (head("<>"), "Line 2"),
            (head("<AFR=0,EUR=99999999999999999999>"), "Line 2"),
            (HEAD.to_owned(), "no record"),
            (HEAD.to_owned() + &record("1", 5, "GT:AN1", "0|0:0 0|0:1"), "AN1 and AN2"),
            (HEAD.to_owned() + &good + &record("1", 6, "AN1:AN2", "0:0 1:0"), "or none"),
            (HEAD.to_owned() + &good + &record("1", 4, "AN1:AN2", "0:0 1:0"), "comes after"),
            (with("0|0:0:0:1,0:1,0"), "10 columns, not 11"),
            (with("0|0:0:0:1,0:1,0 x x"), "12 columns, not 11"),
            (with("0|0:2:0:1,0:1,0 0|0:1:0:0,1:1,0"), "AN1 \"2\" for sample 1"),
            (with("0|0:0:0:1,0:1,0 0|0:.:0:0,1:1,0"), "AN1 \".\" for sample 2"),
            (with("0|0:0:-1:1,0:1,0 0|0:1:0:0,1:1,0"), "AN2 \"-1\""),
            (with("0|0:0:0:1,0:1,0,0 0|0:1:0:0,1:1,0"), "\"1,0,0\" for sample 1"),
            (with("0|0:0:0:1:1,0 0|0:1:0:0,1:1,0"), "\"1\" for sample 1"),
            (with("0|0:0:0:1,0:.5,.4 0|0:1:0:0,1:1,0"), "\".5,.4\""),
            (with("0|0:0:0:1,0:nan,1 0|0:1:0:0,1:1,0"), "\"nan,1\""),
            (with("0|0:0:0:1,0:1.5,-.5 0|0:1:0:0,1:1,0"), "\"1.5,-.5\""),
            (with("0|0:0:.:1,0:1,0 0|0:1:0:0,1:1,0"), "\"1,0\""),
            (with("0|0:0:0 0|0:1:0:0,1:1,0"), "\".\" for sample 1"),
            (HEAD.to_owned() + "1\n", "1 column, not 11"),
            (HEAD.to_owned() + "1\t5\t.\tA\n", "4 columns, not 11"),
            (HEAD.to_owned() + "\n", "no record"),
            (HEAD.to_owned() + &good + HEAD, "Line 5 of \"x.vcf\" has a second header"),
        ];
        for (text, want) in cases {
            let error = read_text(&text, None).unwrap_err().to_string();
            assert!(error.contains(want), "{error}\nnot {want}");
        }
    }

    /// Whatever is cut out, doubled or overwritten: an answer or an error, never a panic.
    #[test]
    fn damaged_files_never_panic() {
        let bytes = flare().into_bytes();
        let mut state = 7_u64;
        let mut random = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) as usize % below
        };
        let borders = Borders { chrom: vec!["chr1".into(), "chr2".into()], start_bp: vec![9, 9] };
        let mut n_read = 0;
        for _ in 0..20_000 {
            let mut broken = bytes.clone();
            for _ in 0..=random(3) {
                let at = random(broken.len());
                match random(4) {
                    0 => broken[at] = b"\t\n:,.0129|<=\0\xff"[random(14)],
                    1 => drop(broken.drain(at..(at + random(9)).min(broken.len()))),
                    2 => broken.insert(at, b"\t\n:,.09e-"[random(9)]),
                    _ => broken.truncate(at.max(1)),
                }
                if broken.is_empty() {
                    broken.push(b'#');
                }
            }
            let task = Task::new();
            let lines = Lines::new(Path::new("x"), &broken[..], 500, &task).unwrap();
            let given = (random(2) == 0).then_some(&borders);
            if let Ok(got) = read(lines, given) {
                n_read += 1;
                assert_eq!(got.code.len(), got.chrom.len() * 2 * got.samples.len());
            }
        }
        assert!(n_read > 100, "{n_read}");
    }
}
