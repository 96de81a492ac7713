//! Genetic maps in the usual layouts.
//!
//! | layout           | header                                          | columns            |
//! |------------------|-------------------------------------------------|--------------------|
//! | PLINK .map       | none                                            | chrom, ID, cM, bp  |
//! | RFMix, Gnomix    | none, or `chm pos pos_cm`                       | chrom, bp, cM      |
//! | SHAPEIT, GLIMPSE | `pos chr cM`                                    | bp, chrom, cM      |
//! | HapMap           | `Chromosome Position(bp) Rate(cM/Mb) Map(cM)`   | by name            |
//!
//! A first line without any number is a header, whose names give the columns.

use crate::data::chromosome::plain;
use crate::error::Error;
use crate::error::Result;
use crate::io::lines::Line;
use crate::io::lines::Lines;
use crate::io::number;
use crate::task::Task;
use std::collections::HashMap;
use std::path::Path;

/// Entries of a genetic map, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entries {
    pub chrom: Vec<String>,
    pub position_bp: Vec<i32>,
    pub position_cm: Vec<f64>,
    /// Entries left out because their position is negative.
    pub n_negative: usize,
}

/// Which column holds what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Columns {
    n: usize,
    /// `None`: the caller names the chromosome.
    chrom: Option<usize>,
    bp: usize,
    cm: usize,
}

const CHROM_NAMES: [&str; 5] = ["chrom", "chr", "chromosome", "chm", "chr_id"];
const BP_NAMES: [&str; 9] = [
    "position_bp",
    "position",
    "position(bp)",
    "pos",
    "bp",
    "pos_bp",
    "physical_position",
    "pposition",
    "base_pair",
];
const CM_NAMES: [&str; 10] = [
    "position_cm",
    "cm",
    "map(cm)",
    "pos_cm",
    "genetic_map(cm)",
    "genetic_position",
    "gposition",
    "genetic_map",
    "pos(cm)",
    "cm_pos",
];

/// Reads a map, plain or gzipped.
///
/// `chrom` names the chromosome of a map that has no column for it; it is ignored where
/// there is one. Blank lines, comments and repeats of the header are passed over; entries with a
/// negative position are left out and counted.
///
/// # Errors
/// [`Error::GeneticMapLayout`] if the columns are not known; [`Error::ColumnCount`] and
/// [`Error::Field`] for a line that does not fit them; [`Error::GeneticMapOrder`] if a
/// position goes back, or one place has two genetic positions;
/// [`Error::GeneticMapEmpty`] if all genetic positions are 0; [`Error::EmptyTable`] if there are
/// none; those of [`Lines::next_text`].
pub fn read(path: &Path, chrom: Option<&str>) -> Result<Entries> {
    let task = Task::new();
    let mut reader = Reader {
        path,
        named: chrom,
        layout: None,
        entries: Entries::default(),
        last_on: HashMap::new(),
    };
    Lines::open(path, "reading", &task)?.each(|line, text| match text {
        Line::Heading(text) => reader.heading(line, text),
        Line::Row(text) => reader.row(line, text),
        Line::Comment(_) => Ok(()),
    })?;
    let entries = reader.entries;
    if entries.chrom.is_empty() {
        return Err(Error::EmptyTable { path: path.to_owned(), what: "position" });
    }
    if entries.position_cm.iter().all(|&cm| cm == 0.0) {
        return Err(Error::GeneticMapEmpty { path: path.to_owned() });
    }
    Ok(entries)
}

/// The columns, as far as the lines read determine them.
enum Layout {
    /// A line that begins with `#` and names no columns that we know: a comment, unless it has as
    /// many as the first row.
    Unknown {
        n: usize,
        refusal: Error,
    },
    Known(Columns),
}

struct Reader<'a> {
    path: &'a Path,
    named: Option<&'a str>,
    layout: Option<Layout>,
    entries: Entries,
    /// Last entry of each chromosome.
    last_on: HashMap<String, usize>,
}

impl Reader<'_> {
    fn heading(&mut self, line: usize, text: &str) -> Result<()> {
        let fields: Vec<&str> = text.split_ascii_whitespace().collect();
        if fields.iter().any(|field| is_number(field)) {
            return Ok(());
        }
        self.layout = Some(match header(self.path, line, &fields, self.named) {
            Ok(columns) => Layout::Known(columns),
            Err(refusal) => Layout::Unknown { n: fields.len(), refusal },
        });
        Ok(())
    }

    fn row(&mut self, line: usize, text: &str) -> Result<()> {
        let fields: Vec<&str> = text.split_ascii_whitespace().collect();
        let has_number = fields.iter().any(|field| is_number(field));
        let columns = match self.layout.take() {
            Some(Layout::Known(columns)) => columns,
            Some(Layout::Unknown { n, refusal }) if has_number && n == fields.len() => {
                return Err(refusal);
            }
            _ if has_number => by_count(self.path, line, fields.len())?,
            _ => header(self.path, line, &fields, self.named)?,
        };
        self.layout = Some(Layout::Known(columns));
        if !has_number && header(self.path, line, &fields, self.named).is_ok_and(|it| it == columns)
        {
            return Ok(());
        }
        let Some(entry) = parse(self.path, line, &fields, columns, self.named)? else {
            self.entries.n_negative += 1;
            return Ok(());
        };
        let name = plain(&entry.0).into_owned();
        check_order(self.path, line, &self.entries, self.last_on.get(&name), &entry)?;
        let entries = &mut self.entries;
        self.last_on.insert(name, entries.chrom.len());
        entries.chrom.push(entry.0);
        entries.position_bp.push(entry.1);
        entries.position_cm.push(entry.2);
        Ok(())
    }
}

fn is_number(field: &str) -> bool {
    number::decimal(field, number::NEVER).is_ok()
}

/// The columns of a file without a header.
fn by_count(path: &Path, line: usize, n: usize) -> Result<Columns> {
    match n {
        3 => Ok(Columns { n, chrom: Some(0), bp: 1, cm: 2 }),
        4 => Ok(Columns { n, chrom: Some(0), bp: 3, cm: 2 }),
        _ => Err(unknown_layout(path, line, format!("{n} columns and no header"))),
    }
}

/// The columns that a header names.
fn header(path: &Path, line: usize, fields: &[&str], chrom: Option<&str>) -> Result<Columns> {
    let n = fields.len();
    let names: Vec<String> = fields.iter().map(|name| bare_column(name)).collect();
    let column = |known: &[&str]| names.iter().position(|name| known.contains(&name.as_str()));
    let chromosome = column(&CHROM_NAMES);
    let (Some(bp), Some(cm)) = (column(&BP_NAMES), column(&CM_NAMES)) else {
        return Err(unknown_layout(path, line, quoted(fields)));
    };
    if chromosome.is_none() && chrom.is_none() {
        let found = format!("{}: no column names the chromosome (`chrom` may)", quoted(fields));
        return Err(unknown_layout(path, line, found));
    }
    Ok(Columns { n, chrom: chromosome, bp, cm })
}

fn bare_column(name: &str) -> String {
    name.trim_matches(['#', '"']).to_ascii_lowercase()
}

fn quoted(fields: &[&str]) -> String {
    let shown: Vec<String> = fields.iter().take(8).map(|field| format!("\"{field}\"")).collect();
    format!("the columns {}", shown.join(", "))
}

fn unknown_layout(path: &Path, line: usize, found: String) -> Error {
    Error::GeneticMapLayout { path: path.to_owned(), line, found }
}

/// One entry; `None` if its position is negative.
fn parse(
    path: &Path,
    line: usize,
    fields: &[&str],
    columns: Columns,
    chrom: Option<&str>,
) -> Result<Option<(String, i32, f64)>> {
    if fields.len() != columns.n {
        let (path, expected, found) = (path.to_owned(), columns.n, fields.len());
        let names = "as its first line";
        return Err(Error::ColumnCount { path, line, expected, found, names });
    }
    let refuse = |column: usize, rule| Error::Field {
        path: path.to_owned(),
        line,
        found: fields[column].to_owned(),
        rule,
    };
    let bp = number::position_bp(fields[columns.bp]);
    let bp = bp.map_err(|_| refuse(columns.bp, BP_RULE))?;
    let cm = number::decimal(fields[columns.cm], number::NEVER).ok().flatten();
    let cm = cm.filter(|&cm| cm >= 0.0).ok_or_else(|| refuse(columns.cm, CM_RULE))?;
    let name = columns.chrom.map(|column| fields[column]).or(chrom).unwrap_or_default();
    Ok((bp >= 0).then(|| (name.to_owned(), bp, cm)))
}

const BP_RULE: &str = "A physical position of a genetic map must be a whole number of base pairs, \
                       from 0 to 2147483647.";
const CM_RULE: &str = "A genetic position must be a number of centimorgans, at least 0.";

fn check_order(
    path: &Path,
    line: usize,
    entries: &Entries,
    last: Option<&usize>,
    (chrom, bp, cm): &(String, i32, f64),
) -> Result<()> {
    let Some(&last) = last else { return Ok(()) };
    let (before_bp, before_cm) = (entries.position_bp[last], entries.position_cm[last]);
    let rises = *bp > before_bp && *cm >= before_cm;
    if rises || (*bp == before_bp && *cm == before_cm) {
        return Ok(());
    }
    let (path, chrom) = (path.to_owned(), chrom.clone());
    let (position_bp, position_cm) = (*bp, *cm);
    Err(Error::GeneticMapOrder {
        path,
        line,
        chrom,
        position_bp,
        position_cm,
        before_bp,
        before_cm,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn read_bytes(name: &str, bytes: &[u8], chrom: Option<&str>) -> Result<Entries> {
        let path = std::env::temp_dir().join(format!("forebear-{}-{name}.map", std::process::id()));
        std::fs::write(&path, bytes).unwrap();
        let entries = read(&path, chrom);
        std::fs::remove_file(&path).unwrap();
        entries
    }

    fn read_text(text: &str) -> Result<Entries> {
        let name = text.bytes().fold(7u64, |hash, byte| hash.wrapping_mul(31) ^ u64::from(byte));
        read_bytes(&format!("text{name}"), text.as_bytes(), None)
    }

    fn example() -> Entries {
        Entries {
            chrom: vec!["chr1".into(), "chr1".into(), "X".into()],
            position_bp: vec![100, 250, 7],
            position_cm: vec![0.0, 0.5, 1.25],
            n_negative: 0,
        }
    }

    #[test]
    fn every_layout_says_the_same() {
        for text in [
            "chr1 rs1 0 100\nchr1 . 0.5 250\nX rs3 1.25 7\n",
            "chr1\t100\t0\nchr1\t250\t0.5\nX\t7\t1.25\n",
            "chm\tpos\tpos_cm\nchr1\t100\t0\nchr1\t250\t0.5\nX\t7\t1.25",
            "#chm pos pos_cm\nchr1 100 0\nchr1 250 5e-1\nX 7 1.25\n\n",
            "pos\tchr\tcM\n100\tchr1\t0\n250\tchr1\t0.5\n7\tX\t1.25\n",
            "Chromosome\tPosition(bp)\tRate(cM/Mb)\tMap(cM)\r\nchr1\t100\t2\t0\r\nchr1\t250\t9\t0.5\r\nX\t7\t0\t1.25\r\n",
        ] {
            assert_eq!(read_text(text).unwrap(), example(), "{text}");
        }
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(b"chr1 rs1 0 100\nchr1 . 0.5 250\nX rs3 1.25 7\n").unwrap();
        let bytes = encoder.finish().unwrap();
        assert_eq!(read_bytes("gz", &bytes, None).unwrap(), example());
        assert!(matches!(read_bytes("half", &bytes[..20], None), Err(Error::Truncated { .. })));
    }

    #[test]
    fn lines_and_numbers_are_read_as_they_occur() {
        for text in [
            "\u{feff}pos chr cM\n\n1e+02 chr1 0\n# note\n+250 chr1 5e-1\n-1 chr1 9\n7.0 X 1.25\n",
            "# by hand\n#pos chr cM\n100.0 chr1 0\n250 chr1 .5\npos chr cM\n7 X 1.25\n-7 2 0\r\n",
            "# made by a program of 2020\nchr1 1e2 0\nchr1 250 0.5\n\nX -1 0\nX 7 1.25\n\n",
        ] {
            let want = Entries { n_negative: 1, ..example() };
            assert_eq!(read_text(text).unwrap(), want, "{text}");
        }
        // Three names that are not known above three columns are no comment.
        let error = read_text("#group genetic physical\n1 0.5 100\n").unwrap_err();
        assert!(matches!(error, Error::GeneticMapLayout { line: 1, .. }), "{error}");
    }

    #[test]
    fn a_map_without_chromosomes_needs_one_to_be_named() {
        let text = "position COMBINED_rate(cM/Mb) Genetic_Map(cM)\n10 1 0\n20 1 2\n";
        let entries = read_bytes("named", text.as_bytes(), Some("22")).unwrap();
        assert_eq!(entries.chrom, ["22", "22"]);
        let error = read_text(text).unwrap_err().to_string();
        assert!(error.contains("no column names the chromosome"), "{error}");
    }

    #[test]
    fn positions_rise_together_and_may_repeat_only_whole() {
        assert_eq!(read_text("1 5 1\n1 5 1\n2 1 0\n1 9 1\n").unwrap().chrom.len(), 4);
        for (text, want) in [
            ("1 5 1\n1 4 2\n", (2, 4, 5)),
            ("chr1 5 1\n2 1 0\n1 6 0.5\n", (3, 6, 5)),
            ("pos chr cM\n5 1 1\n5 1 2\n", (3, 5, 5)),
        ] {
            match read_text(text) {
                Err(Error::GeneticMapOrder { line, position_bp, before_bp, .. }) => {
                    assert_eq!((line, position_bp, before_bp), want);
                }
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn what_is_no_map_is_refused_with_the_line() {
        let line_of = |text: &str| match read_text(text) {
            Err(Error::Field { line, found, .. }) => (line, found),
            other => panic!("{other:?}"),
        };
        assert_eq!(line_of("1 5 1\n1 6 nan\n"), (2, "nan".into()));
        assert_eq!(line_of("1 5.5 1\n"), (1, "5.5".into()));
        assert_eq!(line_of("1 . 1 3000000000\n"), (1, "3000000000".into()));
        assert_eq!(line_of("pos chr cM\nx 1 1\n"), (2, "x".into()));
        assert_eq!(line_of("1 5 -1\n"), (1, "-1".into()));
        assert!(matches!(read_text("1 2\n"), Err(Error::GeneticMapLayout { line: 1, .. })));
        assert!(matches!(read_text("a b c\n1 2 3\n"), Err(Error::GeneticMapLayout { .. })));
        assert!(matches!(read_text("1 5 1\n1 6\n"), Err(Error::ColumnCount { line: 2, .. })));
        assert!(matches!(read_text("pos chr cM\n"), Err(Error::EmptyTable { .. })));
        assert!(matches!(read_text("1 . 0 5\n1 . 0 6\n"), Err(Error::GeneticMapEmpty { .. })));
        assert!(matches!(read_text(""), Err(Error::EmptyTable { .. })));
        assert!(matches!(
            read_bytes("latin", b"1 5 1\n\xe9 6 2\n", None),
            Err(Error::NotUtf8 { .. })
        ));
    }
}
