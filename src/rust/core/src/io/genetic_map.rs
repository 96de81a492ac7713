//! Genetic maps in the layouts that are about.
//!
//! | layout           | header                                          | columns            |
//! |------------------|-------------------------------------------------|--------------------|
//! | PLINK .map       | none                                            | chrom, ID, cM, bp  |
//! | RFMix, Gnomix    | none, or `chm pos pos_cm`                       | chrom, bp, cM      |
//! | SHAPEIT, GLIMPSE | `pos chr cM`                                    | bp, chrom, cM      |
//! | HapMap           | `Chromosome Position(bp) Rate(cM/Mb) Map(cM)`   | by name            |
//!
//! A first line without any number is a header, and its names decide.

use crate::data::chromosome::plain;
use crate::error::Error;
use crate::error::Result;
use crate::io::table::read_lines;
use std::collections::HashMap;
use std::path::Path;

/// Entries of a genetic map, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entries {
    pub chrom: Vec<String>,
    pub position_bp: Vec<i32>,
    pub position_cm: Vec<f64>,
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
/// there is one.
///
/// # Errors
/// [`Error::GeneticMapLayout`] if the columns are not known; [`Error::ColumnCount`] and
/// [`Error::Field`] for a line that does not fit them; [`Error::GeneticMapOrder`] if a
/// position goes back, or one place has two genetic positions;
/// [`Error::GeneticMapEmpty`] if all genetic positions are 0; otherwise as
/// [`read_lines`].
pub fn read(path: &Path, chrom: Option<&str>) -> Result<Entries> {
    let mut entries = Entries::default();
    let mut columns = None;
    let mut last_on: HashMap<String, usize> = HashMap::new();
    read_lines(path, "position", |line, text| {
        let fields: Vec<&str> = text.split_ascii_whitespace().collect();
        let columns = match columns {
            Some(columns) => columns,
            None => {
                let (found, is_header) = layout(path, line, &fields, chrom)?;
                columns = Some(found);
                if is_header {
                    return Ok(());
                }
                found
            }
        };
        let entry = parse(path, line, &fields, columns, chrom)?;
        check_order(path, line, &entries, last_on.get(plain(&entry.0).as_ref()), &entry)?;
        last_on.insert(plain(&entry.0).into_owned(), entries.chrom.len());
        entries.chrom.push(entry.0);
        entries.position_bp.push(entry.1);
        entries.position_cm.push(entry.2);
        Ok(())
    })?;
    if entries.chrom.is_empty() {
        return Err(Error::EmptyTable { path: path.to_owned(), what: "position" });
    }
    if entries.position_cm.iter().all(|&cm| cm == 0.0) {
        return Err(Error::GeneticMapEmpty { path: path.to_owned() });
    }
    Ok(entries)
}

/// The columns that the first line tells of, and whether it is a header.
fn layout(
    path: &Path,
    line: usize,
    fields: &[&str],
    chrom: Option<&str>,
) -> Result<(Columns, bool)> {
    let n = fields.len();
    if fields.iter().any(|field| field.parse::<f64>().is_ok()) {
        return match n {
            3 => Ok((Columns { n, chrom: Some(0), bp: 1, cm: 2 }, false)),
            4 => Ok((Columns { n, chrom: Some(0), bp: 3, cm: 2 }, false)),
            _ => Err(unknown_layout(path, line, format!("{n} columns and no header"))),
        };
    }
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
    Ok((Columns { n, chrom: chromosome, bp, cm }, true))
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

fn parse(
    path: &Path,
    line: usize,
    fields: &[&str],
    columns: Columns,
    chrom: Option<&str>,
) -> Result<(String, i32, f64)> {
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
    let bp = fields[columns.bp].parse().ok().filter(|&bp: &i32| bp >= 0);
    let cm = fields[columns.cm].parse().ok().filter(|cm: &f64| cm.is_finite() && *cm >= 0.0);
    let name = columns.chrom.map(|column| fields[column]).or(chrom).unwrap_or_default();
    Ok((
        name.to_owned(),
        bp.ok_or_else(|| refuse(columns.bp, BP_RULE))?,
        cm.ok_or_else(|| refuse(columns.cm, CM_RULE))?,
    ))
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
        assert_eq!(line_of("1 -5 1\n"), (1, "-5".into()));
        assert_eq!(line_of("1 . 1 3000000000\n"), (1, "3000000000".into()));
        assert_eq!(line_of("pos chr cM\nx 1 1\n"), (2, "x".into()));
        assert_eq!(line_of("1 5 -1\n"), (1, "-1".into()));
        assert!(matches!(read_text("1 2\n"), Err(Error::GeneticMapLayout { line: 1, .. })));
        assert!(matches!(read_text("a b c\n1 2 3\n"), Err(Error::GeneticMapLayout { .. })));
        assert!(matches!(read_text("1 5 1\n1 6\n"), Err(Error::ColumnCount { line: 2, .. })));
        assert!(matches!(read_text("1 5 1\n\n1 6 1\n"), Err(Error::ColumnCount { line: 2, .. })));
        assert!(matches!(read_text("pos chr cM\n"), Err(Error::EmptyTable { .. })));
        assert!(matches!(read_text("1 . 0 5\n1 . 0 6\n"), Err(Error::GeneticMapEmpty { .. })));
        assert!(matches!(read_text(""), Err(Error::EmptyTable { .. })));
        assert!(matches!(
            read_bytes("latin", b"1 5 1\n\xe9 6 2\n", None),
            Err(Error::NotUtf8 { .. })
        ));
    }
}
