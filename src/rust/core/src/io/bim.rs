//! PLINK 1 .bim files: one variant a line.

use crate::error::Error;
use crate::error::Result;
use crate::io::atomic_file::AtomicFile;
use crate::io::table::Layout;
use std::path::Path;

const LAYOUT: Layout<6> = Layout {
    names: "chromosome, variant ID, centimorgans, base pairs, allele 1, allele 2",
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

/// Reads a .bim file, plain or gzipped.
///
/// # Errors
/// [`Error::Field`] for a position that is not a number; otherwise as
/// [`Layout::read`].
pub fn read(path: &Path) -> Result<Variants> {
    let mut variants = Variants::default();
    LAYOUT.read(path, |line, [chrom, id, cm, bp, alt, reference]| {
        variants.chrom.push(chrom.to_owned());
        variants.id.push(id.to_owned());
        variants.position_cm.push(centimorgans(path, line, cm)?);
        variants.position_bp.push(base_pairs(path, line, bp)?);
        variants.alt_allele.push(alt.to_owned());
        variants.ref_allele.push(reference.to_owned());
        Ok(())
    })?;
    Ok(variants)
}

fn centimorgans(path: &Path, line: usize, text: &str) -> Result<f64> {
    let rule = "The third column of a .bim file must be a genetic position in centimorgans.";
    let value = text.parse().ok().filter(|value: &f64| value.is_finite());
    value.ok_or_else(|| bad_field(path, line, text, rule))
}

fn base_pairs(path: &Path, line: usize, text: &str) -> Result<i32> {
    let rule = "The fourth column of a .bim file must be a position in base pairs, a whole \
                number from 0 to 2147483647.";
    let value = text.parse().ok().filter(|&value: &i32| value >= 0);
    value.ok_or_else(|| bad_field(path, line, text, rule))
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
        assert_eq!(found("1 a 0 1 A G\n1 b 0 -5 A G\n"), (2, "-5".into()));
        assert_eq!(found("1 a 0 1e6 A G\n"), (1, "1e6".into()));
        assert_eq!(found("1 a nan 1 A G\n"), (1, "nan".into()));
    }
}
