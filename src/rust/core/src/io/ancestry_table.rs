//! Local ancestry in the tables of RFMix 2, which Gnomix writes too.
//!
//! Source: RFMix 2 manual, "Output files": `.msp.tsv` has one line per window and the code of a
//! population for each haplotype, `.fb.tsv` one line per place and a probability for each
//! haplotype and population. Both begin with a line that names the populations and a line of
//! column names; the first column is the chromosome, all others are numbers.

use crate::error::Error;
use crate::error::Result;
use crate::io::lines::Lines;
use crate::io::number;
use crate::io::text_file::TextFile;
use crate::task::Task;
use std::fmt::Write;
use std::path::Path;

const NUMBER: &str = "Every column but the first must be a number, or nan where none is known.";
const COLUMNS: &str = "as many as the second line names";
const FEWEST: &str = "chromosome and at least one number";

/// How RFMix, Gnomix (Python) and R write that a number is not known.
const MISSING: [&str; 7] = ["", ".", "NA", "NaN", "None", "null", "N/A"];

/// Numbers at or above this, or below one over it, are written with an exponent.
const LARGE: f64 = 1e15;
const SMALL: f64 = 1e-5;

/// A table in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct AncestryTable {
    /// The line that names the populations, as it is in the file.
    pub first: String,
    /// Names of all columns, n_columns.
    pub header: Vec<String>,
    /// First column, n_rows.
    pub chrom: Vec<String>,
    /// n_rows x (n_columns - 1), rows one after the other; NaN where the file has none.
    pub numbers: Vec<f64>,
}

/// Reads a table, plain or gzipped.
///
/// # Errors
/// [`Error::File`], [`Error::Truncated`], [`Error::NotUtf8`], [`Error::LineTooLong`];
/// [`Error::ColumnCount`] if a line has more or fewer columns than the second line;
/// [`Error::Field`] for a field that is no finite number; [`Error::EmptyTable`] for a file without
/// text, [`Error::HeaderOnly`] if no line follows the second; [`Error::Interrupted`].
pub fn read(path: &Path, task: &Task) -> Result<AncestryTable> {
    let mut lines = Lines::open(path, "reading", task)?;
    let what = "window";
    let empty = || Error::EmptyTable { path: path.to_owned(), what };
    let header_only = || Error::HeaderOnly { path: path.to_owned(), what };
    let first = lines.next_text()?.ok_or_else(empty)?.to_owned();
    let header = lines.next_text()?.ok_or_else(header_only)?;
    let header: Vec<String> = header.split('\t').map(str::to_owned).collect();
    if header.len() < 2 {
        let (path, found) = (path.to_owned(), header.len());
        return Err(Error::ColumnCount { path, line: 2, expected: 2, found, names: FEWEST });
    }
    let mut table = AncestryTable { first, header, chrom: Vec::new(), numbers: Vec::new() };
    // Files of several chromosomes that were put together have their header again.
    let repeated = [table.first.clone(), table.header.join("\t")];
    lines.each_row(|line, text| match repeated.iter().any(|known| known == text) {
        true => Ok(()),
        false => table.add(path, line, text),
    })?;
    if table.chrom.is_empty() {
        return Err(header_only());
    }
    Ok(table)
}

impl AncestryTable {
    fn add(&mut self, path: &Path, line: usize, text: &str) -> Result<()> {
        let mut fields = text.split('\t');
        let chrom = fields.next().unwrap_or_default();
        let before = self.numbers.len();
        for field in fields {
            let number = number_of(field).ok_or_else(|| {
                let (path, found) = (path.to_owned(), field.to_owned());
                Error::Field { path, line, found, rule: NUMBER }
            })?;
            self.numbers.push(number);
        }
        let found = 1 + self.numbers.len() - before;
        if found != self.header.len() {
            return Err(self.column_count(path, line, found));
        }
        self.chrom.push(chrom.trim().to_owned());
        Ok(())
    }

    fn column_count(&self, path: &Path, line: usize, found: usize) -> Error {
        let (path, expected) = (path.to_owned(), self.header.len());
        Error::ColumnCount { path, line, expected, found, names: COLUMNS }
    }
}

/// `None` for what is no number, or none that is finite; NaN for what is missing.
fn number_of(field: &str) -> Option<f64> {
    number::decimal(field, &MISSING).ok().map(|number| number.unwrap_or(f64::NAN))
}

/// Writes a table, each number with the fewest digits that read back as the same; compressed if
/// its name says so, see [`TextFile`].
///
/// | argument  | shape                                                              |
/// |-----------|--------------------------------------------------------------------|
/// | `heading` | the first two lines, without their ends                            |
/// | `chrom`   | n_rows                                                             |
/// | `numbers` | n_rows x (columns - 1), rows one after the other                   |
///
/// # Errors
/// [`Error::File`], [`Error::Interrupted`]; nothing is left then.
///
/// # Panics
/// If the numbers are no whole rows.
pub fn write(
    path: &Path,
    heading: &[String],
    chrom: &[String],
    numbers: &[f64],
    task: &Task,
) -> Result<()> {
    let n_numbers = numbers.len() / chrom.len().max(1);
    assert_eq!(n_numbers * chrom.len(), numbers.len(), "whole rows");
    write_rows(path, heading, chrom, task, |row, text| {
        numbers[row * n_numbers..][..n_numbers].iter().for_each(|&number| push(text, number));
    })
}

/// Posteriors of all haplotypes at places of the genome. Calls may be those of several places.
///
/// | field       | shape                   | values                |
/// |-------------|-------------------------|-----------------------|
/// | `places`    | n_rows x columns        | what precedes them    |
/// | `window`    | n_rows                  | `0..n_windows`        |
/// | `n_windows` |                         |                       |
/// | `call`      | n_haplotypes x n_windows| `0..n_calls`          |
/// | `columns`   | n_populations x n_calls | posteriors            |
pub struct Posteriors<'c> {
    pub places: &'c [f64],
    pub window: &'c [u32],
    pub n_windows: usize,
    pub call: &'c [u32],
    pub columns: &'c [&'c [f64]],
}

/// Writes a table of posteriors, haplotype after haplotype, for each all populations.
///
/// # Errors
/// As [`write`].
///
/// # Panics
/// If a shape is another one, or a window or call is out of range.
pub fn write_posteriors(
    path: &Path,
    heading: &[String],
    chrom: &[String],
    posteriors: &Posteriors<'_>,
    task: &Task,
) -> Result<()> {
    let n_places = posteriors.places.len() / chrom.len().max(1);
    assert_eq!(n_places * chrom.len(), posteriors.places.len(), "whole rows");
    assert_eq!(posteriors.window.len(), chrom.len(), "a window for each row");
    write_rows(path, heading, chrom, task, |row, text| {
        let places = &posteriors.places[row * n_places..][..n_places];
        places.iter().for_each(|&number| push(text, number));
        let window = posteriors.window[row] as usize;
        for own in posteriors.call.chunks_exact(posteriors.n_windows.max(1)) {
            let call = own[window] as usize;
            posteriors.columns.iter().for_each(|column| push(text, column[call]));
        }
    })
}

fn write_rows(
    path: &Path,
    heading: &[String],
    chrom: &[String],
    task: &Task,
    append: impl Fn(usize, &mut String),
) -> Result<()> {
    task.begin("writing", chrom.len() as u64)?;
    let mut file = TextFile::create(path)?;
    for line in heading {
        file.write(line.as_bytes())?;
        file.write(b"\n")?;
    }
    let mut text = String::new();
    for (row, chrom) in chrom.iter().enumerate() {
        text.clear();
        text.push_str(chrom);
        append(row, &mut text);
        text.push('\n');
        file.write(text.as_bytes())?;
        task.advance(1)?;
    }
    file.publish()
}

/// Writes lines of text.
///
/// # Errors
/// As [`write`].
pub fn write_lines(path: &Path, lines: &[String], task: &Task) -> Result<()> {
    write(path, lines, &[], &[], task)
}

fn push(text: &mut String, number: f64) {
    let size = number.abs();
    let written = if number.is_nan() {
        write!(text, "\tnan")
    } else if size != 0.0 && !(SMALL..LARGE).contains(&size) {
        write!(text, "\t{number:e}")
    } else {
        write!(text, "\t{number}")
    };
    written.expect("a string takes text");
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;
    use std::sync::atomic::AtomicU32;
    use std::sync::atomic::Ordering::Relaxed;

    fn scratch() -> PathBuf {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("forebear-table-{}-{}", std::process::id(), NEXT.fetch_add(1, Relaxed));
        std::env::temp_dir().join(name)
    }

    fn read_text(text: &[u8]) -> Result<AncestryTable> {
        let path = scratch();
        std::fs::write(&path, text).unwrap();
        let outcome = read(&path, &Task::new());
        std::fs::remove_file(&path).unwrap();
        outcome
    }

    #[test]
    fn a_table_worked_by_hand() {
        let got =
            read_text(b"#codes: A=0\r\n#chm\tspos\ts.0\n chr1\t5\t 1\n2\tnan\t1e-3\n\n").unwrap();
        assert_eq!(got.first, "#codes: A=0");
        assert_eq!(got.header, ["#chm", "spos", "s.0"]);
        assert_eq!(got.chrom, ["chr1", "2"]);
        assert_eq!(got.numbers[..2], [5.0, 1.0]);
        assert!(got.numbers[2].is_nan());
        assert_eq!(got.numbers[3], 0.001);
    }

    #[test]
    fn what_is_missing_is_nan_however_it_is_written() {
        for missing in ["", ".", "NA", "nan", "NaN", "None", "null", "N/A", " . "] {
            let got = read_text(format!("#\na\tb\tc\n1\t{missing}\t+1e+05\n").as_bytes());
            let numbers = got.unwrap().numbers;
            assert!(numbers[0].is_nan(), "{missing:?}");
            assert_eq!(numbers[1], 100_000.0);
        }
    }

    #[test]
    fn a_repeated_header_is_passed_over() {
        let file = "#codes: A=0\n#chm\tspos\n1\t5\n";
        let text = format!("\u{feff}{file}\n{}", file.replace("1\t5", "2\t6"));
        assert_eq!(read_text(text.as_bytes()).unwrap().chrom, ["1", "2"]);
        let other = format!("{file}{}", file.replace("A=0", "B=0"));
        assert!(matches!(read_text(other.as_bytes()), Err(Error::ColumnCount { line: 4, .. })));
    }

    #[test]
    fn the_line_of_a_fault_is_named() {
        let fault = |text: &[u8]| match read_text(text) {
            Err(Error::ColumnCount { line, expected, found, .. }) => (line, expected, found),
            Err(Error::Field { line, .. }) => (line, 0, 0),
            other => panic!("{other:?}"),
        };
        assert_eq!(fault(b"#\na\tb\n1\t2\n1\t2\t3\n"), (4, 2, 3));
        assert_eq!(fault(b"#\na\tb\n1\t2\n1\n"), (4, 2, 1));
        assert_eq!(fault(b"#\na\n1\n"), (2, 2, 1));
        assert_eq!(fault(b"#\na\tb\n1\tx\n"), (3, 0, 0));
        assert_eq!(fault(b"#\na\tb\n1\tinf\n"), (3, 0, 0));
        assert!(matches!(read_text(b""), Err(Error::EmptyTable { .. })));
        for text in ["#\n", "#\na\tb\n", "#\na\tb\n\n"] {
            assert!(
                matches!(read_text(text.as_bytes()), Err(Error::HeaderOnly { .. })),
                "{text:?}"
            );
        }
        assert!(matches!(read_text(b"#\na\tb\n1\t\xff\n"), Err(Error::NotUtf8 { line: 3, .. })));
    }

    #[test]
    fn what_is_written_is_read_again_to_the_last_bit() {
        let numbers = [0.0, 1.0, 1.0 / 3.0, 1e-300, -2.5e17, f64::MIN_POSITIVE, 123_456.0, 0.1];
        let (chrom, path) = (vec!["1".to_owned(), "X".to_owned()], scratch());
        let heading = ["#codes".to_owned(), "a\tb\tc\td\te".to_owned()];
        write(&path, &heading, &chrom, &numbers, &Task::new()).unwrap();
        let got = read(&path, &Task::new()).unwrap();
        assert_eq!((got.chrom, got.numbers.as_slice()), (chrom, numbers.as_slice()));
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains("X\t-2.5e17\t"), "{text}");
        assert!(text.starts_with("#codes\na\tb\tc\td\te\n1\t0\t1\t0.333"), "{text}");
        std::fs::remove_file(&path).unwrap();
    }

    /// Two haplotypes, two windows, the second in two rows; one call of the second haplotype is of
    /// both windows.
    #[test]
    fn posteriors_are_those_of_their_calls() {
        let (path, task) = (scratch(), Task::new());
        let heading = ["#codes".to_owned(), "a\tb\tc\td\te\tf".to_owned()];
        let chrom = ["1", "1", "1"].map(str::to_owned);
        let posteriors = Posteriors {
            places: &[5.0, 7.0, 9.0],
            window: &[0, 1, 1],
            n_windows: 2,
            call: &[2, 0, 1, 1],
            columns: &[&[0.25, 1.0, 0.125], &[0.75, 0.0, 0.875]],
        };
        write_posteriors(&path, &heading, &chrom, &posteriors, &task).unwrap();
        let got = read(&path, &task).unwrap();
        let want = [
            [5.0, 0.125, 0.875, 1.0, 0.0],
            [7.0, 0.25, 0.75, 1.0, 0.0],
            [9.0, 0.25, 0.75, 1.0, 0.0],
        ];
        assert_eq!(got.numbers, want.concat());
        std::fs::remove_file(&path).unwrap();
    }

    #[test]
    fn a_canceled_write_leaves_nothing() {
        let (path, task) = (scratch(), Task::new());
        task.cancel();
        let outcome = write_lines(&path, &["a".to_owned()], &task);
        assert!(matches!(outcome, Err(Error::Interrupted)));
        assert!(!path.exists());
    }
}
