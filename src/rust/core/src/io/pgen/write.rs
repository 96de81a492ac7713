//! Writing hard calls in the plain mode, two bits each.

use crate::data::genotypes::genotype::GenotypeSource;
use crate::data::genotypes::genotype::code;
use crate::data::genotypes::walk::each_packed;
use crate::error::Result;
use crate::io::atomic_file::AtomicFile;
use crate::io::pgen::hard_calls::CODE;
use crate::io::pgen::index::MAGIC;
use crate::io::pgen::index::PLAIN_MODE;
use crate::task::Task;
use std::path::Path;

/// Variants written between two checks of the task.
const BLOCK: usize = 1024;

/// No `ref` is known to be the allele of the reference genome: bits 6 and 7 are 2.
const PROVISIONAL: u8 = 0x80;

/// Writes the genotypes of a source; the file is left to be published by the caller.
///
/// # Errors
/// [`crate::error::Error::File`] if the disk refuses, [`crate::error::Error::Interrupted`] if the
/// task is canceled.
pub fn write(source: &dyn GenotypeSource, path: &Path, task: &Task) -> Result<AtomicFile> {
    let (n_samples, n_variants) = (source.n_samples(), source.n_variants());
    task.begin("writing genotypes", n_variants as u64)?;
    let mut file = AtomicFile::create(path)?;
    file.write(&MAGIC)?;
    file.write(&[PLAIN_MODE])?;
    file.write(&(n_variants as u32).to_le_bytes())?;
    file.write(&(n_samples as u32).to_le_bytes())?;
    file.write(&[PROVISIONAL])?;
    let mut bytes = Vec::new();
    each_packed(source, BLOCK, task, |_, packed| {
        bytes.clear();
        bytes.resize(n_samples.div_ceil(4), 0);
        for sample in 0..n_samples {
            let category = CATEGORY[usize::from(code(packed, sample))];
            bytes[sample / 4] |= category << (2 * (sample % 4));
        }
        file.write(&bytes)
    })?;
    file.finish()?;
    Ok(file)
}

/// The category of a .pgen for each code of a .bed: the inverse of [`CODE`].
const CATEGORY: [u8; 4] = {
    let mut category = [0; 4];
    let mut at = 0;
    while at < 4 {
        category[CODE[at] as usize] = at as u8;
        at += 1;
    }
    category
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::genotypes::genotype::PackedGenotypes;
    use crate::io::pgen::file::PgenFile;

    #[test]
    fn what_is_written_is_read_back() {
        let copies = |sample: usize, variant: usize| {
            [Some(0), None, Some(1), Some(2)][(sample * 5 + variant) % 4]
        };
        let genotypes = PackedGenotypes::from_copies(6, 2000, copies);
        let name = format!("forebear-{}-round.pgen", std::process::id());
        let path = std::env::temp_dir().join(name);
        write(&genotypes, &path, &Task::new()).unwrap().publish().unwrap();
        let file = PgenFile::open(&path, 6, 2000, false).unwrap();
        let (mut a, mut b) = (Vec::new(), Vec::new());
        for variant in 0..2000 {
            let (found, want) = (file.packed(variant, &mut a), genotypes.packed(variant, &mut b));
            assert!((0..6).all(|sample| code(found, sample) == code(want, sample)));
        }
        std::fs::remove_file(&path).unwrap();
    }
}
