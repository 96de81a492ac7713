//! A .bed, .bim and .fam, or a .pgen, .pvar and .psam, that belong together.

use crate::data::genotypes::genotype::GenotypeSource;
use crate::error::Result;
use crate::io::bed;
use crate::io::bim;
use crate::io::fam;
use crate::io::pgen;
use crate::task::Task;
use std::path::PathBuf;

/// What the three files hold.
pub struct Fileset<'g> {
    pub samples: fam::Samples,
    pub variants: bim::Variants,
    pub genotypes: &'g dyn GenotypeSource,
}

/// Writes `prefix.bed`, `prefix.bim` and `prefix.fam`.
///
/// All three are whole on the disk before the first takes its name; the .bed,
/// without which nothing can be read, comes last.
///
/// # Errors
/// [`crate::error::Error::File`] if the disk refuses,
/// [`crate::error::Error::Interrupted`] if the task is canceled.
pub fn write(fileset: &Fileset<'_>, prefix: &str, task: &Task) -> Result<()> {
    let path = |ending: &str| PathBuf::from(format!("{prefix}.{ending}"));
    let fam = fam::write(&fileset.samples, &path("fam"))?;
    let bim = bim::write(&fileset.variants, &path("bim"))?;
    let bed = bed::write(fileset.genotypes, &path("bed"), task)?;
    fam.publish()?;
    bim.publish()?;
    bed.publish()
}

/// Writes `prefix.pgen`, `prefix.pvar` and `prefix.psam`, in the same way.
///
/// # Errors
/// As [`write`].
pub fn write_pgen(fileset: &Fileset<'_>, prefix: &str, task: &Task) -> Result<()> {
    let path = |ending: &str| PathBuf::from(format!("{prefix}.{ending}"));
    let psam = fam::write_psam(&fileset.samples, &path("psam"))?;
    let pvar = bim::write_pvar(&fileset.variants, &path("pvar"))?;
    let pgen = pgen::write::write(fileset.genotypes, &path("pgen"), task)?;
    psam.publish()?;
    pvar.publish()?;
    pgen.publish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::genotypes::genotype::PackedGenotypes;
    use crate::error::Error;

    #[test]
    fn a_canceled_write_leaves_no_file() {
        let folder = std::env::temp_dir().join(format!("forebear-fileset-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let genotypes = PackedGenotypes::from_copies(3, 5000, |_, _| Some(1));
        let (samples, variants) = (fam::Samples::default(), bim::Variants::default());
        let fileset = Fileset { samples, variants, genotypes: &genotypes };
        let prefix = folder.join("out").display().to_string();
        let task = Task::new();
        task.cancel();
        assert!(matches!(write(&fileset, &prefix, &task), Err(Error::Interrupted)));
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
        write(&fileset, &prefix, &Task::new()).unwrap();
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 3);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
