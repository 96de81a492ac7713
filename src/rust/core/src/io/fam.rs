//! PLINK 1 .fam files: one sample a line.

use crate::error::Result;
use crate::io::atomic_file::AtomicFile;
use crate::io::table::Layout;
use std::path::Path;

const LAYOUT: Layout<6> =
    Layout { names: "family ID, sample ID, father, mother, sex, phenotype", what: "sample" };

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

/// Reads a .fam file, plain or gzipped.
///
/// # Errors
/// As [`Layout::read`].
pub fn read(path: &Path) -> Result<Samples> {
    let mut samples = Samples::default();
    LAYOUT.read(path, |_, [family, id, father, mother, sex, phenotype]| {
        samples.family_id.push(family.to_owned());
        samples.id.push(id.to_owned());
        samples.father_id.push(father.to_owned());
        samples.mother_id.push(mother.to_owned());
        samples.sex.push(sex.to_owned());
        samples.phenotype.push(phenotype.to_owned());
        Ok(())
    })?;
    Ok(samples)
}

/// Writes the samples; the file is left to be published by the caller.
///
/// # Errors
/// [`crate::error::Error::File`] if the disk refuses.
pub fn write(samples: &Samples, path: &Path) -> Result<AtomicFile> {
    let mut file = AtomicFile::create(path)?;
    for i in 0..samples.len() {
        let line = format!(
            "{}\t{}\t{}\t{}\t{}\t{}\n",
            samples.family_id[i],
            samples.id[i],
            samples.father_id[i],
            samples.mother_id[i],
            samples.sex[i],
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
