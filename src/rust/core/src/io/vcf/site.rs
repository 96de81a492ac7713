//! The columns of a record before the calls of its samples.

use crate::io::number;
use crate::io::vcf::header::FIXED_COLUMNS;
use crate::io::vcf::shown::shown;
use crate::io::vcf::skipped::Reason;

/// Columns 3 to 9 of a record, and the calls.
#[derive(Clone, Copy)]
pub struct Site<'l> {
    /// `.`, or nothing, where there is none.
    pub id: &'l [u8],
    pub reference: &'l [u8],
    pub alternate: &'l [u8],
    pub filter: &'l [u8],
    pub format: &'l [u8],
    /// The samples' columns, with the tabs between them.
    pub calls: &'l [u8],
}

/// A rule that a record breaks, and what it has instead.
#[derive(Debug, PartialEq, Eq)]
pub struct Broken {
    pub rule: &'static str,
    pub found: String,
}

/// The text up to the first tab, and what follows it; `None` without a tab.
pub fn split_tab(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = memchr::memchr(b'\t', text)?;
    Some((&text[..at], &text[at + 1..]))
}

/// A position up to 2147483647; `None` if it is negative.
///
/// # Errors
/// The rule, if it is anything else.
pub fn position(text: &[u8]) -> Result<Option<i32>, Broken> {
    let digits = !text.is_empty() && text.len() <= 10 && text.iter().all(u8::is_ascii_digit);
    let value = text.iter().fold(0_u64, |sum, byte| sum * 10 + u64::from(byte.wrapping_sub(b'0')));
    match i32::try_from(value) {
        Ok(value) if digits => Ok(Some(value)),
        _ => {
            let value = number::position_bp(text).map_err(|_| Broken {
                rule: "POS must be a position in base pairs, a whole number from 0 to 2147483647.",
                found: format!("\"{}\"", shown(text)),
            })?;
            Ok((value >= 0).then_some(value))
        }
    }
}

impl<'l> Site<'l> {
    /// Splits what follows POS. QUAL and INFO are passed over.
    ///
    /// # Errors
    /// The number of columns found, if there is none of a sample.
    pub fn split(text: &'l [u8]) -> Result<Site<'l>, usize> {
        let mut columns = [&text[..0]; 7];
        let mut rest = text;
        for (place, column) in columns.iter_mut().enumerate() {
            (*column, rest) = split_tab(rest).ok_or(place + 1)?;
        }
        let [id, reference, alternate, _, filter, _, format] = columns;
        Ok(Site { id, reference, alternate, filter, format, calls: rest })
    }

    /// The same record with one of its alternate alleles.
    pub fn with_alternate<'s>(&self, alternate: &'s [u8]) -> Site<'s>
    where
        'l: 's,
    {
        Site { alternate, ..*self }
    }

    /// The alternate alleles.
    pub fn alternates(&self) -> Vec<&'l [u8]> {
        self.alternate.split(|&byte| byte == b',').collect()
    }

    /// Why the alleles are not those of a biallelic site with known bases, if they are not.
    ///
    /// # Errors
    /// The rule, if REF or ALT is not what a VCF may have there.
    pub fn skip_reason(&self) -> Result<Option<Reason>, Broken> {
        check_reference(self.reference)?;
        if !self.id.is_empty() {
            check_text("ID", self.id)?;
        }
        let alternate = self.alternate;
        let reason = if alternate == b"." {
            Some(Reason::NoAlternate)
        } else if is_repeated(self.reference, alternate) {
            Some(Reason::RepeatedAllele)
        } else if alternate.contains(&b',') {
            Some(Reason::Multiallelic)
        } else if is_symbolic(alternate) {
            Some(Reason::Symbolic)
        } else if !is_mark(alternate)
            && (alternate.is_empty() || !alternate.iter().all(u8::is_ascii_alphabetic))
        {
            let rule = "ALT must be bases, a symbolic allele or a dot.";
            return Err(Broken { rule, found: format!("\"{}\"", shown(alternate)) });
        } else if !is_known(self.reference) || !is_known(alternate) {
            Some(Reason::AmbiguousBase)
        } else {
            None
        };
        Ok(reason)
    }

    /// Place of GT among the entries of FORMAT.
    pub fn gt_place(&self) -> Option<usize> {
        if self.format.starts_with(b"GT") && matches!(self.format.get(2), None | Some(b':')) {
            return Some(0);
        }
        self.format.split(|&byte| byte == b':').position(|entry| entry == b"GT")
    }
}

/// Bases and IUPAC codes, in either case.
fn check_reference(reference: &[u8]) -> Result<(), Broken> {
    let iupac = |byte: &u8| b"ACGTURYSWKMBDHVN".contains(&byte.to_ascii_uppercase());
    if is_mark(reference) || (!reference.is_empty() && reference.iter().all(iupac)) {
        return Ok(());
    }
    let rule = "REF must be bases: A, C, G, T or N.";
    Err(Broken { rule, found: format!("\"{}\"", shown(reference)) })
}

/// The text of an allele that a program did not know, or for the empty one of an indel.
fn is_mark(allele: &[u8]) -> bool {
    matches!(allele, b"." | b"-" | b"0")
}

/// Whether an allele occurs twice among REF and those of ALT.
fn is_repeated(reference: &[u8], alternate: &[u8]) -> bool {
    if !alternate.contains(&b',') {
        return alternate.eq_ignore_ascii_case(reference);
    }
    let mut rest = alternate;
    let mut seen = vec![reference];
    loop {
        let end = memchr::memchr(b',', rest).unwrap_or(rest.len());
        if seen.iter().any(|allele| allele.eq_ignore_ascii_case(&rest[..end])) {
            return true;
        }
        if end == rest.len() {
            return false;
        }
        seen.push(&rest[..end]);
        rest = &rest[end + 1..];
    }
}

/// Text that R and another VCF can hold: valid, not empty, no white space.
///
/// # Errors
/// The rule, if it is not.
pub fn check_text(column: &'static str, text: &[u8]) -> Result<(), Broken> {
    let plain = |byte: &u8| *byte > b' ' && *byte != 0x7f;
    if !text.is_empty() && text.iter().all(plain) && std::str::from_utf8(text).is_ok() {
        return Ok(());
    }
    let rule = match column {
        "ID" => "ID must be text in UTF-8 without white space.",
        _ => "CHROM must be text in UTF-8 without white space.",
    };
    Err(Broken { rule, found: format!("\"{}\"", shown(text)) })
}

fn is_symbolic(allele: &[u8]) -> bool {
    let breakend = allele.iter().any(|byte| b"[]<>*".contains(byte));
    breakend || (allele.len() > 1 && (allele.starts_with(b".") || allele.ends_with(b".")))
}

fn is_known(allele: &[u8]) -> bool {
    allele.iter().all(|byte| b"ACGTacgt".contains(byte))
}

/// The rule of the columns, with the number found; `n_samples` is that of the header.
pub fn wrong_columns(n_found: usize, n_samples: usize) -> Broken {
    let expected = FIXED_COLUMNS.len() + n_samples;
    let plural = if n_found == 1 { "" } else { "s" };
    let rule = "Every record of a VCF must have as many columns as its header, separated by tabs.";
    Broken { rule, found: format!("{n_found} column{plural}, not {expected}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(reference: &str, alternate: &str) -> Result<Option<Reason>, Broken> {
        let line = format!(".\t{reference}\t{alternate}\t.\t.\t.\tGT\t0|0");
        Site::split(line.as_bytes()).unwrap().skip_reason()
    }

    #[test]
    fn alleles_decide_what_is_left_out() {
        assert_eq!(reason("A", "g"), Ok(None));
        assert_eq!(reason("acgt", "A"), Ok(None));
        assert_eq!(reason("A", "."), Ok(Some(Reason::NoAlternate)));
        assert_eq!(reason("A", "C,G"), Ok(Some(Reason::Multiallelic)));
        for symbolic in ["<DEL>", "*", "A[1:5[", ".A", "G."] {
            assert_eq!(reason("A", symbolic), Ok(Some(Reason::Symbolic)), "{symbolic}");
        }
        assert_eq!(reason("N", "C"), Ok(Some(Reason::AmbiguousBase)));
        assert_eq!(reason("A", "NC"), Ok(Some(Reason::AmbiguousBase)));
        assert_eq!(reason("m", "C"), Ok(Some(Reason::AmbiguousBase)));
    }

    #[test]
    fn an_allele_listed_twice_is_no_variant() {
        for (reference, alternate) in
            [("A", "A"), ("A", "a"), ("A", "C,C"), ("A", "C,g,c"), ("A", "A,C"), ("N", "n")]
        {
            assert_eq!(reason(reference, alternate), Ok(Some(Reason::RepeatedAllele)));
        }
        assert_eq!(reason("A", "AC,ACC"), Ok(Some(Reason::Multiallelic)));
    }

    #[test]
    fn marks_of_alleles_that_are_not_known_are_left_out() {
        for (reference, alternate) in [("-", "C"), (".", "C"), ("A", "-"), ("0", "C"), ("A", "0")] {
            assert_eq!(reason(reference, alternate), Ok(Some(Reason::AmbiguousBase)));
        }
        assert_eq!(reason(".", "."), Ok(Some(Reason::NoAlternate)));
    }

    #[test]
    fn what_is_no_allele_is_an_error() {
        for (reference, alternate) in [("", "C"), ("x y", "C"), ("J", "C"), ("A", ""), ("A", "--")]
        {
            assert!(reason(reference, alternate).is_err(), "{reference} {alternate}");
        }
    }

    #[test]
    fn positions_are_digits_within_bounds() {
        assert_eq!(position(b"0"), Ok(Some(0)));
        assert_eq!(position(b"2147483647"), Ok(Some(i32::MAX)));
        // As R and pandas write them.
        assert_eq!(position(b"+1"), Ok(Some(1)));
        assert_eq!(position(b"1e+05"), Ok(Some(100_000)));
        assert_eq!(position(b"48169282.0"), Ok(Some(48_169_282)));
        assert_eq!(position(b"-1"), Ok(None));
        for text in ["", "2147483648", "99999999999999999999", "1.5", "six", "nan", ".", "1,000"] {
            assert!(position(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn gt_is_found_wherever_it_is() {
        let place = |format: &str| {
            let line = format!(".\tA\tC\t.\t.\t.\t{format}\t0|0");
            Site::split(line.as_bytes()).unwrap().gt_place()
        };
        assert_eq!(place("GT"), Some(0));
        assert_eq!(place("GT:DP"), Some(0));
        assert_eq!(place("DP:GT"), Some(1));
        assert_eq!(place("GTX:DP"), None);
        assert_eq!(place("."), None);
        assert!(Site::split(b".\tA\tC").is_err());
    }
}
