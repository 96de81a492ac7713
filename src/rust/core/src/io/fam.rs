//! PLINK 1 .fam files: one sample a line.

use crate::error::Result;
use crate::io::atomic_file::AtomicFile;
use crate::io::table::Layout;
use std::path::Path;

/// Six columns and, as PLINK has it, whatever follows them. Five could be without the family ID as
/// well as without the phenotype; PLINK refuses them, too.
const LAYOUT: Layout<6> = Layout {
    names: [
        &["fid", "family_id"],
        &["iid", "sample_id"],
        &["pat", "pid", "father", "father_id", "paternal_id"],
        &["mat", "mid", "mother", "mother_id", "maternal_id"],
        &["sex", "gender"],
        &["pheno1", "pheno", "phenotype"],
    ],
    is_needed: [false, true, false, false, false, false],
    places: |n| (n >= 6).then_some([Some(0), Some(1), Some(2), Some(3), Some(4), Some(5)]),
    rule: "Every line of a .fam file must have the same columns: family ID, sample ID, father, \
           mother, sex and phenotype, or those that its header names.",
    hint: "Columns are separated by spaces or tabs, so IDs can have none. A first line such as \
           `#FID IID SEX` names fewer or other columns.",
    what: "sample",
};

/// The samples of a .fam file, column by column, as text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Samples {
    pub family_id: Vec<String>,
    pub id: Vec<String>,
    /// `"0"` for an unknown father.
    pub father_id: Vec<String>,
    /// `"0"` for an unknown mother.
    pub mother_id: Vec<String>,
    /// `"1"` male, `"2"` female, anything else unknown.
    pub sex: Vec<String>,
    pub phenotype: Vec<String>,
}

impl Samples {
    /// Number of samples.
    pub fn len(&self) -> usize {
        self.id.len()
    }

    /// Whether there is no sample.
    pub fn is_empty(&self) -> bool {
        self.id.is_empty()
    }
}

/// A .psam without a header may lack the phenotype.
const PSAM: Layout<6> = Layout {
    places: |n| match n {
        5 => Some([Some(0), Some(1), Some(2), Some(3), Some(4), None]),
        6.. => Some([Some(0), Some(1), Some(2), Some(3), Some(4), Some(5)]),
        _ => None,
    },
    rule: "Every line of a .psam file must have the same columns: those that its header names, or \
           family ID, sample ID, father, mother, sex and, it may be, phenotype.",
    ..LAYOUT
};

/// Reads a .psam file, plain or compressed; see [`read`].
///
/// # Errors
/// As [`Layout::read`].
pub fn read_psam(path: &Path) -> Result<Samples> {
    read_as(&PSAM, path)
}

/// Reads a .fam file, plain or gzipped, or the columns of a .psam that are the same.
///
/// Where a header names no such column, the family is the sample itself, and parents, sex and
/// phenotype are unknown.
///
/// # Errors
/// As [`Layout::read`].
pub fn read(path: &Path) -> Result<Samples> {
    read_as(&LAYOUT, path)
}

fn read_as(layout: &Layout<6>, path: &Path) -> Result<Samples> {
    let mut samples = Samples::default();
    layout.read(path, |_, [family, id, father, mother, sex, phenotype]| {
        let id = id.unwrap_or_default();
        samples.family_id.push(family.unwrap_or(id).to_owned());
        samples.id.push(id.to_owned());
        samples.father_id.push(father.unwrap_or("0").to_owned());
        samples.mother_id.push(mother.unwrap_or("0").to_owned());
        samples.sex.push(sex.unwrap_or("0").to_owned());
        samples.phenotype.push(phenotype.unwrap_or("-9").to_owned());
        Ok(())
    })?;
    Ok(samples)
}

/// Writes the samples; the file is left to be published by the caller.
///
/// # Errors
/// [`crate::error::Error::File`] if the disk refuses.
pub fn write(samples: &Samples, path: &Path) -> Result<AtomicFile> {
    write_rows("", samples, |sex| sex, path)
}

/// Writes the samples as a .psam; the file is left to be published by the caller.
///
/// # Errors
/// [`crate::error::Error::File`] if the disk refuses.
pub fn write_psam(samples: &Samples, path: &Path) -> Result<AtomicFile> {
    let sex = |text| if matches!(text, "1" | "2") { text } else { "NA" };
    write_rows("#FID\tIID\tPAT\tMAT\tSEX\tPHENO1\n", samples, sex, path)
}

fn write_rows<'s>(
    heading: &str,
    samples: &'s Samples,
    sex: impl Fn(&'s str) -> &'s str,
    path: &Path,
) -> Result<AtomicFile> {
    let mut file = AtomicFile::create(path)?;
    file.write(heading.as_bytes())?;
    for i in 0..samples.len() {
        let line = format!(
            "{}\t{}\t{}\t{}\t{}\t{}\n",
            samples.family_id[i],
            samples.id[i],
            samples.father_id[i],
            samples.mother_id[i],
            sex(&samples.sex[i]),
            samples.phenotype[i]
        );
        file.write(line.as_bytes())?;
    }
    file.finish()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(name: &str, text: &str) -> Result<Samples> {
        let path = std::env::temp_dir().join(format!("forebear-{}-{name}.fam", std::process::id()));
        std::fs::write(&path, text).unwrap();
        let samples = read(&path);
        std::fs::remove_file(&path).unwrap();
        samples
    }

    /// What PLINK 1.9 and PLINK 2 read; of 4 or 5 columns both refuse.
    #[test]
    fn headers_and_further_columns_are_as_plink_has_them() {
        let rows = "f1 s1 0 0 1 -9\nf2 s2 s1 0 2 1\n";
        let want = read_text("plain", rows).unwrap();
        for header in ["#FID IID PAT MAT SEX PHENO1\n", "# a comment\n", "FID\tIID PAT MAT SEX P\n"]
        {
            let got = read_text("header", &format!("{header}{rows}")).unwrap();
            assert_eq!(got.id, want.id, "{header}");
            assert_eq!(got.sex, want.sex, "{header}");
        }
        let seven = read_text("seven", "f1 s1 0 0 1 -9 2\nf2 s2 s1 0 2 1 0.5\n").unwrap();
        assert_eq!(seven, want);
        let psam = read_text("psam", "#IID\tSEX\ns1\t1\ns2\tNA\n").unwrap();
        assert_eq!((psam.family_id, psam.sex), (psam.id, vec!["1".into(), "NA".into()]));
        assert_eq!((psam.father_id[0].as_str(), psam.phenotype[0].as_str()), ("0", "-9"));
        for text in ["f1 s1 0 0 1\n", "f1 s1 0 0\n", "f1 s1 0 0 1 -9\nfam 2 s2 0 0 1 -9\n"] {
            assert!(matches!(read_text("few", text), Err(crate::error::Error::Columns { .. })));
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let folder = std::env::temp_dir();
        let path = folder.join(format!("forebear-{}-round.fam", std::process::id()));
        let text = "f 0\n";
        std::fs::write(&path, text).unwrap();
        assert!(read(&path).is_err());
        let text = "001\t0012\t0\tm_1\t2\t-9\nfam\té\tp\t0\t0\t1.5\n";
        std::fs::write(&path, text).unwrap();
        let samples = read(&path).unwrap();
        assert_eq!(samples.id, ["0012", "é"]);
        write(&samples, &path).unwrap().publish().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        std::fs::remove_file(&path).unwrap();
    }
}
