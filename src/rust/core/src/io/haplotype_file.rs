//! Haplotypes of a cohort in a file of bits, from which those of some samples are read alone.
//!
//! The file is block after block of consecutive variants, as many as [`BLOCK_BYTES`] hold, whole
//! words of 64. A block has the two fields of [`PackedHaplotypes`], so that what belongs to
//! consecutive samples lies together in each: alleles, then the mask of haploid samples, if one is
//! haploid in the block. All else is in [`Layout`], which is kept elsewhere.

use crate::data::bit_transpose::SIDE;
use crate::data::haplotypes::packed::HaplotypeBuilder;
use crate::data::haplotypes::packed::PackedHaplotypes;
use crate::error::Error;
use crate::error::Result;
use crate::io::atomic_file::AtomicFile;
use crate::task::Task;
use flate2::Crc;
use std::fs::File;
use std::io::Read;
use std::io::Seek;
use std::io::SeekFrom;
use std::ops::Range;
use std::path::Path;

/// Most bytes of alleles in a block of several words.
pub const BLOCK_BYTES: usize = 1 << 24;

/// Where in a file what is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    pub n_samples: usize,
    pub n_variants: usize,
    /// Samples that are read together: these many from the first on, and so forth.
    pub batch: usize,
    /// Words of 64 variants in every block but the last, which may have fewer.
    pub words: usize,
    /// Of each block whether it has a mask of haploid samples.
    pub masked: Vec<bool>,
    /// CRC-32 of what the file has of each batch, block after block.
    pub checksums: Vec<u32>,
}

impl Layout {
    /// Whether the fields fit together, and there is a batch of this number, from 0.
    fn has(&self, batch: usize) -> bool {
        let sizes = [self.n_samples, self.batch, self.words];
        sizes.iter().all(|&size| size > 0)
            && self.masked.len() == self.n_variants.div_ceil(SIDE).div_ceil(self.words)
            && self.checksums.len() == self.n_samples.div_ceil(self.batch)
            && batch < self.checksums.len()
    }

    /// Bytes of the whole file.
    fn n_bytes(&self) -> u64 {
        let copies = |masked: bool| if masked { 3 } else { 2 };
        let blocks = self.masked.iter().enumerate();
        let words = blocks.map(|(block, &masked)| copies(masked) * self.words_of(block) as u64);
        8 * self.n_samples as u64 * words.sum::<u64>()
    }

    fn samples(&self, batch: usize) -> Range<usize> {
        batch * self.batch..self.n_samples.min((batch + 1) * self.batch)
    }

    /// Words of a haplotype in a block.
    fn words_of(&self, block: usize) -> usize {
        self.words.min(self.n_variants.div_ceil(SIDE) - block * self.words)
    }
}

/// Words of 64 variants in a block of so many samples.
fn words_in_block(n_samples: usize) -> usize {
    (BLOCK_BYTES / (2 * n_samples.max(1) * 8)).max(1)
}

/// Writes haplotypes that arrive variant after variant; holds one block.
pub struct HaplotypeWriter {
    file: AtomicFile,
    layout: Layout,
    crcs: Vec<Crc>,
    block: HaplotypeBuilder,
}

impl HaplotypeWriter {
    /// # Errors
    /// [`Error::File`] if the file cannot be made.
    ///
    /// # Panics
    /// If `batch` is 0.
    pub fn create(path: &Path, n_samples: usize, batch: usize) -> Result<HaplotypeWriter> {
        HaplotypeWriter::with_words(path, n_samples, batch, words_in_block(n_samples))
    }

    fn with_words(path: &Path, n_samples: usize, batch: usize, words: usize) -> Result<Self> {
        let (masked, checksums) = (Vec::new(), Vec::new());
        Ok(HaplotypeWriter {
            file: AtomicFile::create(path)?,
            layout: Layout { n_samples, n_variants: 0, batch, words, masked, checksums },
            crcs: (0..n_samples.div_ceil(batch)).map(|_| Crc::new()).collect(),
            block: HaplotypeBuilder::new(n_samples),
        })
    }

    /// Takes one variant, see [`HaplotypeBuilder::push`].
    ///
    /// # Errors
    /// [`Error::File`] if the disk refuses.
    pub fn push(&mut self, alleles: &[u64], haploid: Option<&[u64]>) -> Result<()> {
        self.block.push(alleles, haploid);
        self.layout.n_variants += 1;
        if self.layout.n_variants % (self.layout.words * SIDE) == 0 {
            self.write_block()?;
        }
        Ok(())
    }

    fn write_block(&mut self) -> Result<()> {
        let empty = HaplotypeBuilder::new(self.layout.n_samples);
        let (alleles, haploid) = std::mem::replace(&mut self.block, empty).finish().into_bytes();
        let masked = !haploid.is_empty();
        let row = 8 * self.layout.words_of(self.layout.masked.len());
        for (batch, crc) in self.crcs.iter_mut().enumerate() {
            let Range { start, end } = self.layout.samples(batch);
            crc.update(&alleles[2 * start * row..2 * end * row]);
            if masked {
                crc.update(&haploid[start * row..end * row]);
            }
        }
        self.layout.masked.push(masked);
        self.file.write(&alleles)?;
        self.file.write(&haploid)
    }

    /// Gives the file its name.
    ///
    /// # Errors
    /// As [`HaplotypeWriter::push`].
    pub fn publish(mut self) -> Result<Layout> {
        if self.layout.n_variants % (self.layout.words * SIDE) > 0 {
            self.write_block()?;
        }
        self.file.publish()?;
        self.layout.checksums = self.crcs.iter().map(Crc::sum).collect();
        Ok(self.layout)
    }
}

/// The haplotypes of a batch, counted from 0, as if no other had been packed.
///
/// # Errors
/// [`Error::File`] if the file cannot be read; [`Error::ModelFile`] if the layout does not fit the
/// file, or a checksum differs; [`Error::Interrupted`].
pub fn read_batch(
    path: &Path,
    layout: &Layout,
    batch: usize,
    task: &Task,
) -> Result<PackedHaplotypes<'static>> {
    let refuse = |cause| Error::File { path: path.to_owned(), action: "read", cause };
    let mut file = File::open(path).map_err(refuse)?;
    let n_bytes = file.metadata().map_err(refuse)?.len();
    // Nothing is reserved for what a file does not have.
    if !layout.has(batch) || n_bytes != layout.n_bytes() {
        return Err(damaged(path, "It is truncated, or not the file that was written."));
    }
    let samples = layout.samples(batch);
    let row = 8 * layout.n_variants.div_ceil(SIDE);
    let mut alleles = vec![0; 2 * samples.len() * row];
    let is_masked = layout.masked.contains(&true);
    let mut haploid = vec![0; if is_masked { samples.len() * row } else { 0 }];
    let (mut crc, mut at, mut bytes) = (Crc::new(), 0, Vec::new());
    task.begin("reading haplotypes", layout.masked.len() as u64)?;
    for (block, &masked) in layout.masked.iter().enumerate() {
        let own = 8 * layout.words_of(block);
        let column = 8 * block * layout.words;
        let mask = masked.then_some((1, &mut haploid));
        for (copies, field) in [(2, &mut alleles)].into_iter().chain(mask) {
            bytes.resize(copies * samples.len() * own, 0);
            file.seek(SeekFrom::Start(at + (copies * samples.start * own) as u64))
                .and_then(|_| file.read_exact(&mut bytes))
                .map_err(refuse)?;
            crc.update(&bytes);
            for (part, row) in bytes.chunks_exact(own).zip(field.chunks_exact_mut(row)) {
                row[column..column + own].copy_from_slice(part);
            }
            at += (copies * layout.n_samples * own) as u64;
        }
        task.advance(1)?;
    }
    if crc.sum() != layout.checksums[batch] {
        return Err(damaged(path, "It is damaged: its checksum does not match."));
    }
    if haploid.iter().all(|&byte| byte == 0) {
        haploid.clear();
    }
    Ok(PackedHaplotypes::owned(alleles, haploid, samples.len(), layout.n_variants))
}

fn damaged(path: &Path, problem: &str) -> Error {
    Error::ModelFile { path: path.to_owned(), problem: problem.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn path_of(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("forebear-haplotypes-{}-{name}", std::process::id()))
    }

    /// The words of a variant: alleles, and the mask if a sample is haploid. Every third sample is,
    /// from variant 200 to 260.
    fn variant(n_samples: usize, variant: usize, samples: Range<usize>) -> (Vec<u64>, Vec<u64>) {
        assert!(samples.end <= n_samples);
        let n_words = (2 * samples.len()).div_ceil(SIDE);
        let (mut alleles, mut mask) = (vec![0; n_words], vec![0; n_words]);
        for (place, sample) in samples.enumerate() {
            let haploid = sample % 3 == 0 && (200..260).contains(&variant);
            for copy in 0..2 {
                let (bit, at) = (2 * place + copy, 2 * sample + copy);
                let absent = haploid && copy == 1;
                let allele = (at * 13 + variant * 7 + at * variant) % 5 < 2 && !absent;
                alleles[bit / SIDE] |= u64::from(allele) << (bit % SIDE);
                mask[bit / SIDE] |= u64::from(absent) << (bit % SIDE);
            }
        }
        (alleles, mask)
    }

    fn any(mask: &[u64]) -> Option<&[u64]> {
        mask.iter().any(|&word| word != 0).then_some(mask)
    }

    fn written(path: &Path, (n_samples, n_variants): (usize, usize), batch: usize) -> Layout {
        let mut writer = HaplotypeWriter::with_words(path, n_samples, batch, 2).unwrap();
        for at in 0..n_variants {
            let (alleles, mask) = variant(n_samples, at, 0..n_samples);
            writer.push(&alleles, any(&mask)).unwrap();
        }
        assert!(!path.exists());
        let layout = writer.publish().unwrap();
        assert!(layout.has(0) && !layout.has(n_samples.div_ceil(batch)));
        assert_eq!(std::fs::metadata(path).unwrap().len(), layout.n_bytes());
        layout
    }

    /// Two variants of two samples in batches of one, worked by hand: haplotypes have the bits 10,
    /// 01, 11 and, of which nothing is there at the second variant, 0.
    #[test]
    fn two_samples_worked_by_hand() {
        let path = path_of("hand");
        let mut writer = HaplotypeWriter::create(&path, 2, 1).unwrap();
        writer.push(&[0b0110], None).unwrap();
        writer.push(&[0b0101], Some(&[0b1000])).unwrap();
        let layout = writer.publish().unwrap();
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(bytes.len(), 48);
        let first: Vec<u8> = bytes.chunks(8).map(|word| word[0]).collect();
        assert_eq!(first, [0b10, 0b01, 0b11, 0b00, 0b00, 0b10]);
        assert_eq!((layout.masked, layout.checksums.len()), (vec![true], 2));
        std::fs::remove_file(&path).unwrap();
    }

    /// Reference: a builder that gets the samples of the batch alone.
    #[test]
    fn a_batch_has_the_bytes_of_its_samples_packed_alone() {
        let path = path_of("batches");
        for size in [(1, 1), (5, 128), (40, 129), (33, 300), (33, 512)] {
            for batch in [1, 7, 33, 50] {
                let layout = written(&path, size, batch);
                for number in 0..size.0.div_ceil(batch) {
                    let samples = layout.samples(number);
                    let mut builder = HaplotypeBuilder::new(samples.len());
                    for at in 0..size.1 {
                        let (alleles, mask) = variant(size.0, at, samples.clone());
                        builder.push(&alleles, any(&mask));
                    }
                    let got = read_batch(&path, &layout, number, &Task::new()).unwrap();
                    assert_eq!(got, builder.finish(), "{size:?}, batch {number} of {batch}");
                }
                std::fs::remove_file(&path).unwrap();
            }
        }
    }

    /// What is damaged in the bytes of one batch is no matter of the others.
    #[test]
    fn every_changed_byte_is_noticed_by_its_batch_alone() {
        let path = path_of("damaged");
        let layout = written(&path, (9, 300), 4);
        let bytes = std::fs::read(&path).unwrap();
        for place in (0..bytes.len()).step_by(5) {
            let mut broken = bytes.clone();
            broken[place] ^= 0x10;
            std::fs::write(&path, &broken).unwrap();
            let refused =
                (0..3).filter(|&batch| read_batch(&path, &layout, batch, &Task::new()).is_err());
            assert_eq!(refused.count(), 1, "byte {place}");
        }
        std::fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
        let error = read_batch(&path, &layout, 2, &Task::new()).unwrap_err();
        assert!(error.to_string().contains("It is truncated"), "{error}");
        std::fs::remove_file(&path).unwrap();
        let error = read_batch(&path, &layout, 0, &Task::new()).unwrap_err();
        assert_eq!(error.kind(), "file");
    }

    #[test]
    fn blocks_of_any_cohort_are_bounded() {
        for n_samples in [1, 80, 10_000, 500_000, 1_000_000] {
            assert!(words_in_block(n_samples) * 16 * n_samples <= BLOCK_BYTES, "{n_samples}");
        }
        assert_eq!(words_in_block(10_000_000), 1);
    }

    #[test]
    fn layouts_that_do_not_fit_together_are_refused() {
        let sound = Layout {
            n_samples: 5,
            n_variants: 130,
            batch: 2,
            words: 2,
            masked: vec![false; 2],
            checksums: vec![0; 3],
        };
        assert!(sound.has(2) && !sound.has(3));
        let broken = [
            Layout { n_samples: 7, ..sound.clone() },
            Layout { n_variants: 128, ..sound.clone() },
            Layout { batch: 0, ..sound.clone() },
            Layout { words: 0, ..sound.clone() },
            Layout { masked: vec![], ..sound.clone() },
        ];
        assert!(broken.iter().all(|layout| !layout.has(0)));
    }
}
