//! The header of a VCF, of which the samples' names are kept.

use crate::error::Error;
use crate::error::Result;
use crate::io::lines::Lines;
use crate::io::vcf::shown::shown;
use std::collections::HashSet;
use std::path::Path;

/// Columns before the samples.
pub const FIXED_COLUMNS: [&str; 9] =
    ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT"];

const FIRST_LINE: &[u8] = b"##fileformat=VCFv4.";

/// A byte order mark; [`Lines`] passes over that of the first line.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// The kind of a line after the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyLine {
    Record,
    /// Blank, or a comment.
    PassedOver,
    /// The header of another file.
    Header,
}

/// Distinguishes records from other lines that occur after the header.
pub fn body_line(text: &[u8]) -> BodyLine {
    match text {
        // Nearly every line; the names of chromosomes are no spaces.
        [first, ..] if *first > b' ' && *first != b'#' && *first != MARK[0] => BodyLine::Record,
        _ if is_blank(text) => BodyLine::PassedOver,
        _ if begins_header(text) => BodyLine::Header,
        [b'#', ..] => BodyLine::PassedOver,
        _ => BodyLine::Record,
    }
}

fn is_blank(text: &[u8]) -> bool {
    without_mark(text).trim_ascii().is_empty()
}

fn begins_header(text: &[u8]) -> bool {
    let text = without_mark(text);
    text.starts_with(b"##fileformat=") || text.starts_with(b"#CHROM\t")
}

fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(MARK).unwrap_or(text)
}

/// The error of a file that was put together from several.
pub fn second_header(path: &Path, line: usize) -> Error {
    let rule = "A VCF must have one header, before its records.";
    let found = "a second header.\ni Were several files put together by `cat`? `bcftools concat` \
                 joins them";
    let found = found.to_owned();
    Error::VcfHeader { path: path.to_owned(), line, rule, found }
}

/// Reads up to the line of column names, and returns the samples.
///
/// # Errors
/// [`Error::VcfHeader`] if the file does not begin as a VCF of version 4, ends before the column
/// names, has other column names, no sample, a sample without a name or one twice;
/// [`Error::NotUtf8`]; those of [`Lines::next`].
pub fn read(lines: &mut Lines<'_>) -> Result<Vec<String>> {
    read_with(lines, |_, _| Ok(()))
}

/// As [`read`]; every line of meta-information is given to `meta`, with its number from 1.
///
/// # Errors
/// As [`read`], and whatever `meta` returns.
pub fn read_with(
    lines: &mut Lines<'_>,
    mut meta: impl FnMut(usize, &[u8]) -> Result<()>,
) -> Result<Vec<String>> {
    check_first(lines)?;
    loop {
        let number = lines.line() + 1;
        let Some(line) = lines.next_line()? else {
            let rule = "The header of a VCF must end with a line of column names, #CHROM and on.";
            return Err(refuse(lines, rule, "nothing: the file ends"));
        };
        // A comment is `# text`; a line of column names has no space there.
        if is_blank(line) || line.starts_with(b"# ") {
            continue;
        }
        if !line.starts_with(b"##") {
            let names = line.to_owned();
            return samples(lines, &names);
        }
        meta(number, line)?;
    }
}

fn check_first(lines: &mut Lines<'_>) -> Result<()> {
    let found = loop {
        match lines.next_line()? {
            Some(line) if line.starts_with(FIRST_LINE) => return Ok(()),
            Some(line) if is_blank(line) => {}
            Some(line) if line.starts_with(b"BCF") => {
                break "binary BCF; `bcftools view -Oz` converts it to VCF".to_owned();
            }
            Some([0xff, 0xfe, ..] | [0xfe, 0xff, ..]) => {
                break "text in UTF-16; save it as UTF-8".to_owned();
            }
            Some(line) => break format!("\"{}\"", shown(line)),
            None => break "nothing: the file is empty".to_owned(),
        }
    };
    let rule = "A VCF must begin with \"##fileformat=VCFv4.\" and the rest of its version.";
    Err(refuse(lines, rule, &found))
}

fn samples(lines: &Lines<'_>, names: &[u8]) -> Result<Vec<String>> {
    let (path, line) = (lines.path().to_owned(), lines.line());
    let text = std::str::from_utf8(names).ok().filter(|text| !text.contains('\0'));
    let text = text.ok_or(Error::NotUtf8 { path, line })?;
    let mut columns = text.split('\t');
    for expected in FIXED_COLUMNS {
        let found = columns.next();
        if found.is_none() && expected == "FORMAT" {
            break;
        }
        if found != Some(expected) {
            let rule = "The columns of a VCF must be #CHROM, POS, ID, REF, ALT, QUAL, FILTER, INFO, \
                        FORMAT and the samples, separated by tabs.";
            let found = found.map(|name| format!("\"{}\"", shown(name.as_bytes())));
            let found = found.unwrap_or_else(|| "nothing".to_owned());
            return Err(refuse(lines, rule, &format!("{found} in place of {expected}")));
        }
    }
    check_names(lines, columns.map(str::to_owned).collect())
}

fn check_names(lines: &Lines<'_>, samples: Vec<String>) -> Result<Vec<String>> {
    let rule = "A VCF must have at least one sample, each with a name of its own.";
    if samples.is_empty() {
        return Err(refuse(lines, rule, "no sample"));
    }
    let mut seen = HashSet::with_capacity(samples.len());
    for (place, name) in samples.iter().enumerate() {
        if name.trim().is_empty() {
            return Err(refuse(lines, rule, &format!("no name for sample {}", place + 1)));
        }
        if !seen.insert(name) {
            let found = format!("the sample \"{}\" twice", shown(name.as_bytes()));
            return Err(refuse(lines, rule, &found));
        }
    }
    Ok(samples)
}

fn refuse(lines: &Lines<'_>, rule: &'static str, found: &str) -> Error {
    let line = lines.line().max(1);
    Error::VcfHeader { path: lines.path().to_owned(), line, rule, found: found.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::Task;
    use std::path::Path;

    fn read_text(text: &str) -> Result<Vec<String>> {
        let task = Task::new();
        read(&mut Lines::new(Path::new("x.vcf"), text.as_bytes(), 1000, &task).unwrap())
    }

    const COLUMNS: &str = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO";

    #[test]
    fn samples_are_the_columns_after_format() {
        let text = format!("##fileformat=VCFv4.3\r\n##x\r\n{COLUMNS}\tFORMAT\tann\té 1\r\n1\t5");
        assert_eq!(read_text(&text).unwrap(), ["ann", "é 1"]);
    }

    #[test]
    fn a_mark_blank_lines_and_comments_are_passed_over() {
        let text = format!(
            "\u{feff}##fileformat=VCFv4.2\n\n# from a spreadsheet\n##x\n{COLUMNS}\tFORMAT\ta\n"
        );
        assert_eq!(read_text(&text).unwrap(), ["a"]);
        assert_eq!(read_text(&format!("\n \r\n{}", &text[3..])).unwrap(), ["a"]);
    }

    #[test]
    fn lines_behind_the_header_worked_by_hand() {
        for (text, want) in [
            ("1\t5", BodyLine::Record),
            ("é1\t5", BodyLine::Record),
            ("\u{feff}1\t5", BodyLine::Record),
            ("\t5", BodyLine::Record),
            ("", BodyLine::PassedOver),
            (" \t ", BodyLine::PassedOver),
            ("\u{feff}", BodyLine::PassedOver),
            ("#1\t5", BodyLine::PassedOver),
            ("##bcftools_viewCommand=view", BodyLine::PassedOver),
            ("##fileformat=VCFv4.2", BodyLine::Header),
            ("\u{feff}##fileformat=VCFv4.2", BodyLine::Header),
            ("#CHROM\tPOS", BodyLine::Header),
        ] {
            assert_eq!(body_line(text.as_bytes()), want, "{text:?}");
        }
    }

    #[test]
    fn other_headers_are_refused_and_the_line_is_named() {
        let first = "##fileformat=VCFv4.2\n";
        let cases = [
            (String::new(), "Line 1 of \"x.vcf\" has nothing: the file is empty"),
            ("BCF\u{2}\u{2}".into(), "bcftools view -Oz"),
            ("\n\n".into(), "Line 2 of \"x.vcf\" has nothing: the file is empty"),
            ("##fileformat=VCFv3.2\n".into(), "Line 1 of \"x.vcf\" has \"##fileformat=VCFv3.2\""),
            (format!("{first}##a\n"), "nothing: the file ends"),
            (format!("{first}1\t5\n"), "Line 2 of \"x.vcf\" has \"1\" in place of #CHROM"),
            (format!("{first}{}", COLUMNS.replace('\t', " ")), "in place of #CHROM"),
            (format!("{first}#CHROM\tPOS\n"), "nothing in place of ID"),
            (format!("{first}{COLUMNS}\n"), "has no sample"),
            (format!("{first}{COLUMNS}\tFORMAT\n"), "has no sample"),
            (format!("{first}{COLUMNS}\tann\n"), "\"ann\" in place of FORMAT"),
            (format!("{first}{COLUMNS}\tFORMAT\ta\t\tb\n"), "no name for sample 2"),
            (format!("{first}{COLUMNS}\tFORMAT\ta\tb\ta\n"), "the sample \"a\" twice"),
        ];
        for (text, want) in cases {
            let error = read_text(&text).unwrap_err();
            assert!(error.to_string().contains(want), "{error}");
            assert_eq!(error.kind(), "vcf_header");
        }
    }
}
