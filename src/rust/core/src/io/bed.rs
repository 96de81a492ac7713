//! PLINK 1 .bed files: genotypes packed two bits each, variant after variant.

use crate::data::genotypes::genotype::GenotypeSource;
use crate::data::genotypes::genotype::HOM_ALT;
use crate::data::genotypes::walk::each_packed;
use crate::error::Error;
use crate::error::Result;
use crate::io::atomic_file::AtomicFile;
use crate::io::mapped_file::MappedFile;
use crate::task::Task;
use std::ops::Range;
use std::path::Path;

const MAGIC: [u8; 3] = [0x6c, 0x1b, 0x01];
const SAMPLE_MAJOR: [u8; 3] = [0x6c, 0x1b, 0x00];

/// Most variants at which the bits past the last sample are looked at: a page of the file each.
const MOST_CHECKED: usize = 4096;

/// Variants written between two checks of the task.
const BLOCK: usize = 1024;

/// A memory-mapped .bed file.
#[derive(Debug)]
pub struct BedFile {
    file: MappedFile,
    n_samples: usize,
    n_variants: usize,
}

impl BedFile {
    /// Opens a file whose .fam has `n_samples` lines and whose .bim has `n_variants`.
    ///
    /// # Errors
    /// [`Error::File`] if it cannot be opened; [`Error::BedMagic`] if it is not a
    /// variant-major .bed; [`Error::BedSize`] if it is truncated or too long.
    pub fn open(path: &Path, n_samples: usize, n_variants: usize) -> Result<BedFile> {
        let file = MappedFile::open(path)?;
        check_magic(path, file.bytes())?;
        check_size(path, file.bytes().len() as u64, n_samples, n_variants)?;
        Ok(BedFile { file, n_samples, n_variants })
    }

    /// The file itself.
    pub fn file(&self) -> &MappedFile {
        &self.file
    }

    /// Looks for a .fam that has lost or gained a line, which the size of the .bed does
    /// not show where a variant takes as many bytes as before.
    ///
    /// The last byte of up to [`MOST_CHECKED`] variants, spread over the file, is looked at: not
    /// of all, because each is on a page of its own where there are many samples.
    ///
    /// # Errors
    /// [`Error::BedPadding`] if bits past the last sample are set, which PLINK never does.
    pub fn check_padding(&self, path: &Path) -> Result<Padding> {
        let stride = self.n_samples.div_ceil(4);
        let n_checked = self.n_variants.min(MOST_CHECKED);
        if stride == 0 || n_checked == 0 {
            return Ok(Padding { n_checked: 0, n_hom_alt: 0 });
        }
        // Without this each page would bring its neighbors along.
        self.file.expect_jumps(true);
        let n_last = self.n_samples - 4 * (stride - 1);
        let (mut n_set, mut seen) = (0, 0);
        for place in 0..n_checked {
            let variant = (place as u128 * self.n_variants as u128 / n_checked as u128) as usize;
            let last = self.file.bytes()[MAGIC.len() + (variant + 1) * stride - 1];
            n_set += usize::from(u32::from(last) >> (2 * n_last) != 0);
            seen |= last;
        }
        self.file.expect_jumps(false);
        if n_set > 0 {
            let (path, n_samples) = (path.to_owned(), self.n_samples);
            return Err(Error::BedPadding { path, n_samples, n_set, n_checked });
        }
        let is_hom_alt = |sample: &usize| seen >> (2 * sample) & 0b11 == HOM_ALT;
        let n_hom_alt = (0..n_last).rev().take_while(is_hom_alt).count();
        Ok(Padding { n_checked, n_hom_alt: if n_hom_alt < n_last { n_hom_alt } else { 0 } })
    }

    fn bytes_of(&self, variants: Range<usize>) -> Range<usize> {
        let stride = self.n_samples.div_ceil(4);
        MAGIC.len() + variants.start * stride..MAGIC.len() + variants.end * stride
    }
}

/// The last samples, from the last bytes of variants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Padding {
    /// Variants looked at.
    pub n_checked: usize,
    /// Last samples that have two copies of allele 1 at all of them, as if they were no samples
    /// but padding; 0 if the sample with which their byte begins has, too.
    pub n_hom_alt: usize,
}

impl GenotypeSource for BedFile {
    fn n_samples(&self) -> usize {
        self.n_samples
    }

    fn n_variants(&self) -> usize {
        self.n_variants
    }

    fn packed<'a>(&'a self, variant: usize, _scratch: &'a mut Vec<u8>) -> &'a [u8] {
        &self.file.bytes()[self.bytes_of(variant..variant + 1)]
    }

    fn release(&self, variants: Range<usize>) {
        self.file.release(self.bytes_of(variants));
    }
}

fn check_magic(path: &Path, bytes: &[u8]) -> Result<()> {
    let head = &bytes[..bytes.len().min(MAGIC.len())];
    if head == MAGIC {
        return Ok(());
    }
    let hint = if head == SAMPLE_MAJOR {
        "The file is individual-major (sample after sample), an order that PLINK no longer uses; \
         `plink1.9 --bfile OLD --make-bed --out NEW` rewrites it."
    } else {
        "Is this the .bed of a .bed/.bim/.fam set, and not a UCSC .bed of genomic regions?"
    };
    let hex: Vec<String> = head.iter().map(|byte| format!("{byte:02x}")).collect();
    let found = if hex.is_empty() { "nothing: it is empty".to_owned() } else { hex.join(" ") };
    Err(Error::BedMagic { path: path.to_owned(), found, hint })
}

fn check_size(path: &Path, found: u64, n_samples: usize, n_variants: usize) -> Result<()> {
    let stride = n_samples.div_ceil(4);
    let expected = MAGIC.len() as u64 + stride as u64 * n_variants as u64;
    if found == expected {
        return Ok(());
    }
    let problem = if found < expected { "it is truncated" } else { "it is too long" };
    let path = path.to_owned();
    Err(Error::BedSize { path, expected, found, n_samples, n_variants, stride, problem })
}

/// Writes the genotypes of a source; the file is left to be published by the caller.
///
/// Bits past the last sample are written as zeros, as PLINK does.
///
/// # Errors
/// [`Error::File`] if the disk refuses, [`Error::Interrupted`] if the task is canceled.
pub fn write(source: &dyn GenotypeSource, path: &Path, task: &Task) -> Result<AtomicFile> {
    let (n_samples, n_variants) = (source.n_samples(), source.n_variants());
    task.begin("writing genotypes", n_variants as u64)?;
    let mut file = AtomicFile::create(path)?;
    file.write(&MAGIC)?;
    let mut bytes = Vec::new();
    each_packed(source, BLOCK, task, |_, packed| {
        bytes.clear();
        bytes.extend_from_slice(packed);
        if let Some(last) = bytes.last_mut().filter(|_| n_samples % 4 > 0) {
            *last &= (1 << (2 * (n_samples % 4))) - 1;
        }
        file.write(&bytes)
    })?;
    file.finish()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::genotypes::genotype::PackedGenotypes;
    use std::path::PathBuf;

    fn path(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("forebear-{}-{name}.bed", std::process::id()))
    }

    fn open_bytes(name: &str, bytes: &[u8], n_samples: usize, n: usize) -> Result<BedFile> {
        let path = path(name);
        std::fs::write(&path, bytes).unwrap();
        let bed = BedFile::open(&path, n_samples, n);
        std::fs::remove_file(&path).unwrap();
        bed
    }

    #[test]
    fn what_is_written_is_read_back() {
        let copies = |sample: usize, variant: usize| {
            [Some(0), None, Some(1), Some(2)][(sample * 5 + variant) % 4]
        };
        let genotypes = PackedGenotypes::from_copies(6, 2000, copies);
        let path = path("round");
        write(&genotypes, &path, &Task::new()).unwrap().publish().unwrap();
        let bed = BedFile::open(&path, 6, 2000).unwrap();
        let (mut a, mut b) = (Vec::new(), Vec::new());
        for variant in 0..2000 {
            assert_eq!(bed.packed(variant, &mut a), genotypes.packed(variant, &mut b));
            bed.release(variant..variant + 1);
        }
        let fingerprint = bed.file().fingerprint();
        bed.file().check_fingerprint(fingerprint, "read_bed").unwrap();
        let error = bed.file().check_fingerprint(fingerprint ^ 1, "read_bed").unwrap_err();
        assert_eq!(error.kind(), "bed_changed");
        std::fs::remove_file(&path).unwrap();
    }

    #[test]
    fn refuses_files_that_are_not_variant_major_beds() {
        let kind = |bytes: &[u8]| open_bytes("magic", bytes, 4, 1).err().unwrap().to_string();
        assert!(kind(&[0x6c, 0x1b, 0x00, 0]).contains("individual-major"));
        assert!(kind(b"chr1\t1\t2\n").contains("begins with 63 68 72"));
        assert!(kind(&[0x6c]).contains("begins with 6c."));
        assert!(kind(&[]).contains("it is empty"));
    }

    #[test]
    fn refuses_truncated_and_overlong_files() {
        let bytes = [0x6c, 0x1b, 0x01, 0, 0, 0, 0];
        assert!(open_bytes("whole", &bytes, 5, 2).is_ok());
        let problem =
            |n_samples, n_variants| match open_bytes("size", &bytes, n_samples, n_variants) {
                Err(Error::BedSize { expected, found: 7, problem, .. }) => (expected, problem),
                _ => panic!("accepted"),
            };
        assert_eq!(problem(5, 3), (9, "it is truncated"));
        assert_eq!(problem(4, 2), (5, "it is too long"));
    }

    /// Genotypes of some samples, opened as if the .fam named `n_named`.
    fn padding(n_samples: usize, n_named: usize, n_variants: usize) -> Result<Padding> {
        let copies = |sample: usize, variant: usize| {
            [Some(0), Some(2), Some(1), None, Some(2)][(sample * 3 + variant * 7 + variant / 3) % 5]
        };
        let genotypes = PackedGenotypes::from_copies(n_samples, n_variants, copies);
        let path = path(&format!("padding-{n_samples}-{n_named}-{n_variants}"));
        write(&genotypes, &path, &Task::new()).unwrap().publish().unwrap();
        let found = BedFile::open(&path, n_named, n_variants).unwrap().check_padding(&path);
        std::fs::remove_file(&path).unwrap();
        found
    }

    #[test]
    fn a_fam_with_a_line_too_few_is_refused() {
        for (n_samples, n_named) in [(4, 3), (8, 5), (7, 6), (60, 59)] {
            match padding(n_samples, n_named, 100) {
                Err(Error::BedPadding { n_set, n_checked: 100, .. }) => assert!(n_set > 50),
                other => panic!("{other:?}"),
            }
        }
        assert!(padding(7, 6, 10_000).is_err());
    }

    #[test]
    fn a_fam_with_a_line_too_many_has_last_samples_like_padding() {
        let n_hom_alt = |n_samples, n_named, n| padding(n_samples, n_named, n).unwrap().n_hom_alt;
        for n_samples in 1..9 {
            assert_eq!(n_hom_alt(n_samples, n_samples, 100), 0);
        }
        assert_eq!(n_hom_alt(7, 8, 100), 1);
        assert_eq!(n_hom_alt(5, 8, 100), 3);
        assert_eq!(n_hom_alt(5, 6, 10_000), 1);
        assert_eq!(padding(5, 6, 10_000).unwrap().n_checked, MOST_CHECKED);
    }

    /// One sample after the other is homozygous: padding cannot be distinguished.
    #[test]
    fn a_file_of_one_genotype_is_not_suspected() {
        let bytes = [0x6c, 0x1b, 0x01, 0, 0, 0, 0];
        let bed = open_bytes("zeros", &bytes, 3, 4).unwrap();
        assert_eq!(bed.check_padding(Path::new("x")).unwrap().n_hom_alt, 0);
    }
}
