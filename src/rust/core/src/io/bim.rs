//! PLINK 1 .bim files: one variant a line.

use crate::error::Error;
use crate::error::Result;
use crate::io::atomic_file::AtomicFile;
use crate::io::number;
use crate::io::table::Layout;
use std::path::Path;

/// PLINK takes five columns, without centimorgans, and passes over those after the sixth.
const LAYOUT: Layout<6> = Layout {
    names: [
        &["chrom", "chr", "chromosome"],
        &["id", "snp", "rsid", "variant_id"],
        &["cm", "position_cm"],
        &["pos", "bp", "position", "position_bp"],
        &["alt", "a1", "allele1"],
        &["ref", "a2", "allele2"],
    ],
    is_needed: [true, true, false, true, true, true],
    places: |n| match n {
        5 => Some([Some(0), Some(1), None, Some(2), Some(3), Some(4)]),
        6.. => Some([Some(0), Some(1), Some(2), Some(3), Some(4), Some(5)]),
        _ => None,
    },
    rule: "Every line of a .bim file must have the same columns: chromosome, variant ID, \
           centimorgans (which may be absent), base pairs, allele 1 and allele 2, or those that \
           its header names.",
    hint: "Columns are separated by spaces or tabs. A first line such as `#CHROM POS ID REF ALT` \
           names other columns.",
    what: "variant",
};

/// The variants of a .bim file, column by column.
///
/// `alt` is allele 1, the allele that genotypes count; `ref` is allele 2.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Variants {
    pub chrom: Vec<String>,
    pub id: Vec<String>,
    /// Genetic position in centimorgans; 0 where the file has none.
    pub position_cm: Vec<f64>,
    /// Negative where the variant is to be left out, as PLINK does.
    pub position_bp: Vec<i32>,
    pub alt_allele: Vec<String>,
    pub ref_allele: Vec<String>,
}

impl Variants {
    /// Number of variants.
    pub fn len(&self) -> usize {
        self.id.len()
    }

    /// Whether there is no variant.
    pub fn is_empty(&self) -> bool {
        self.id.is_empty()
    }
}

/// Reads a .bim file, plain or gzipped, or the columns of a .pvar that are the same.
///
/// A variant whose ID is `.` is named by its position, see [`position_name`].
///
/// # Errors
/// [`Error::Field`] for a position that is not a number; otherwise as
/// [`Layout::read`].
pub fn read(path: &Path) -> Result<Variants> {
    let mut variants = Variants::default();
    LAYOUT.read(path, |line, columns| {
        let [chrom, id, cm, bp, alt, reference] = columns.map(Option::unwrap_or_default);
        let position_bp = base_pairs(path, line, bp)?;
        let id = match id {
            "." => position_name(chrom, position_bp, reference, alt),
            id => id.to_owned(),
        };
        variants.id.push(id);
        variants.chrom.push(chrom.to_owned());
        variants.position_cm.push(centimorgans(path, line, cm)?);
        variants.position_bp.push(position_bp);
        variants.alt_allele.push(alt.to_owned());
        variants.ref_allele.push(reference.to_owned());
        Ok(())
    })?;
    Ok(variants)
}

/// The name of a variant that has none: `chromosome:position:REF:ALT`, in every reader.
pub fn position_name(chrom: &str, position_bp: i32, reference: &str, alternate: &str) -> String {
    format!("{chrom}:{position_bp}:{reference}:{alternate}")
}

fn centimorgans(path: &Path, line: usize, text: &str) -> Result<f64> {
    let rule = "The genetic position of a .bim file must be a number of centimorgans.";
    let value = number::decimal(text, number::MISSING);
    Ok(value.map_err(|_| bad_field(path, line, text, rule))?.unwrap_or(0.0))
}

fn base_pairs(path: &Path, line: usize, text: &str) -> Result<i32> {
    let rule =
        "The position of a .bim file must be in base pairs, a whole number up to 2147483647.";
    number::position_bp(text).map_err(|_| bad_field(path, line, text, rule))
}

fn bad_field(path: &Path, line: usize, found: &str, rule: &'static str) -> Error {
    Error::Field { path: path.to_owned(), line, found: found.to_owned(), rule }
}

/// Writes the variants; the file is left to be published by the caller.
///
/// # Errors
/// [`Error::File`] if the disk refuses.
pub fn write(variants: &Variants, path: &Path) -> Result<AtomicFile> {
    let mut file = AtomicFile::create(path)?;
    for i in 0..variants.len() {
        let line = format!(
            "{}\t{}\t{}\t{}\t{}\t{}\n",
            variants.chrom[i],
            variants.id[i],
            variants.position_cm[i],
            variants.position_bp[i],
            variants.alt_allele[i],
            variants.ref_allele[i]
        );
        file.write(line.as_bytes())?;
    }
    file.finish()?;
    Ok(file)
}

/// Writes the variants as a .pvar; the file is left to be published by the caller. There is a column
/// of centimorgans if one is not 0.
///
/// # Errors
/// [`Error::File`] if the disk refuses.
pub fn write_pvar(variants: &Variants, path: &Path) -> Result<AtomicFile> {
    let mut file = AtomicFile::create(path)?;
    let has_cm = variants.position_cm.iter().any(|&cm| cm != 0.0);
    file.write(b"#CHROM\tPOS\tID\tREF\tALT")?;
    file.write(if has_cm { b"\tCM\n" } else { b"\n" })?;
    for i in 0..variants.len() {
        let mut line = format!(
            "{}\t{}\t{}\t{}\t{}",
            variants.chrom[i],
            variants.position_bp[i],
            variants.id[i],
            variants.ref_allele[i],
            variants.alt_allele[i]
        );
        if has_cm {
            line += &format!("\t{}", variants.position_cm[i]);
        }
        file.write((line + "\n").as_bytes())?;
    }
    file.finish()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(name: &str, text: &str) -> Result<Variants> {
        let path = std::env::temp_dir().join(format!("forebear-{}-{name}.bim", std::process::id()));
        std::fs::write(&path, text).unwrap();
        let variants = read(&path);
        std::fs::remove_file(&path).unwrap();
        variants
    }

    #[test]
    fn what_is_written_is_read_back() {
        let text = "1\trs1\t0\t100\tA\tG\nscaffold_12\t007\t1.25\t0\tAT\t*\n";
        let variants = read_text("round", text).unwrap();
        assert_eq!(variants.id, ["rs1", "007"]);
        assert_eq!(variants.alt_allele, ["A", "AT"]);
        assert_eq!(variants.position_cm, [0.0, 1.25]);
        let path = std::env::temp_dir().join(format!("forebear-{}-back.bim", std::process::id()));
        write(&variants, &path).unwrap().publish().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        std::fs::remove_file(&path).unwrap();
    }

    #[test]
    fn positions_must_be_numbers() {
        let found = |text: &str| match read_text("bad", text) {
            Err(Error::Field { line, found, .. }) => (line, found),
            other => panic!("{other:?}"),
        };
        assert_eq!(found("1 a 0 1 A G\n1 b 0 1.5 A G\n"), (2, "1.5".into()));
        assert_eq!(found("1 a 0 NA A G\n"), (1, "NA".into()));
        assert_eq!(found("1 a 0 2147483648 A G\n"), (1, "2147483648".into()));
        assert_eq!(found("1 a inf 1 A G\n"), (1, "inf".into()));
    }

    /// As R and pandas write them; PLINK 1.9 reads all but the last line, PLINK 2 refuses it.
    #[test]
    fn numbers_are_read_as_programs_write_them() {
        let text = "1 a 0 1e+05 A G\n1 b 1e-1 100001.0 A G\n1 c +1 +100002 A G\n1 d NA -1 A G\n";
        let variants = read_text("forms", text).unwrap();
        assert_eq!(variants.position_bp, [100_000, 100_001, 100_002, -1]);
        assert_eq!(variants.position_cm, [0.0, 0.1, 1.0, 0.0]);
    }

    #[test]
    fn columns_are_as_plink_has_them() {
        let want = read_text("six", "1 a 0 5 A G\n1 b 0 6 C T\n").unwrap();
        for text in [
            "1 a 5 A G\n1 b 6 C T\n",
            "1 a 0 5 A G x\n1 b 0 6 C T y\n",
            "#CHROM ID CM POS ALT REF\n1 a 0 5 A G\n1 b 0 6 C T\n",
            "##contig=<ID=1>\n#CHROM\tPOS\tID\tREF\tALT\n1\t5\ta\tG\tA\n1\t6\tb\tT\tC\n",
            "CHR SNP CM BP A1 A2\n1 a 0 5 A G\n1 b 0 6 C T\n",
        ] {
            assert_eq!(read_text("columns", text).unwrap(), want, "{text}");
        }
        for text in ["1 a 0 5\n", "1 a 0 5 A G\n1 b 6 C T\n", "#CHROM POS ID REF\n1 5 a G\n"] {
            assert!(matches!(read_text("wrong", text), Err(Error::Columns { .. })), "{text}");
        }
    }

    #[test]
    fn variants_without_an_id_are_named_by_their_position() {
        let variants =
            read_text("names", "1 . 0 1000 A G\nX rs1 0 7 A G\nX . 0 1e3 AT A\n").unwrap();
        assert_eq!(variants.id, ["1:1000:G:A", "rs1", "X:1000:A:AT"]);
    }
}
