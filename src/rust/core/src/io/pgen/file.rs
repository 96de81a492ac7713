//! A .pgen as a source of genotypes.

use crate::data::genotypes::aligned::swapped;
use crate::data::genotypes::genotype::COPIES;
use crate::data::genotypes::genotype::GenotypeSource;
use crate::data::genotypes::genotype::code;
use crate::error::Error;
use crate::error::Result;
use crate::io::mapped_file::MappedFile;
use crate::io::pgen::difflist::Damage;
use crate::io::pgen::difflist::Rest;
use crate::io::pgen::hard_calls::decode;
use crate::io::pgen::hard_calls::patch;
use crate::io::pgen::index::DOSAGE;
use crate::io::pgen::index::Index;
use crate::io::pgen::index::PHASE;
use crate::io::pgen::index::is_difference;
use crate::io::pgen::tracks::dosages;
use crate::task::Task;
use rayon::prelude::*;
use std::cell::RefCell;
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

/// Records checked between two checks of the task.
const BLOCK: usize = 1024;

/// A memory-mapped .pgen of any mode but that of a .bed.
#[derive(Debug)]
pub struct PgenFile {
    file: MappedFile,
    index: Index,
    /// Distinguishes files in what a thread keeps.
    number: u64,
    has_dosages: bool,
}

/// The variant that a thread decoded last of those from which others are differences.
struct Base {
    file: u64,
    variant: usize,
    codes: Vec<u8>,
}

thread_local! {
    static BASE: RefCell<Base> =
        const { RefCell::new(Base { file: 0, variant: 0, codes: Vec::new() }) };
}

static N_OPENED: AtomicU64 = AtomicU64::new(0);

impl PgenFile {
    /// Opens a file whose .psam has `n_samples` rows and whose .pvar has `n_variants`.
    /// `has_dosages`: expected copies are given, not hard calls alone.
    ///
    /// # Errors
    /// Those of [`Index::read`]; [`Error::CountMismatch`] if the head has other numbers.
    pub fn open(
        path: &Path,
        n_samples: usize,
        n_variants: usize,
        has_dosages: bool,
    ) -> Result<PgenFile> {
        let file = MappedFile::open(path)?;
        let index = Index::read(&file)?;
        let differ = |table, what, found: usize, expected: usize| Error::CountMismatch {
            path: path.to_owned(),
            table,
            what,
            found: found as u64,
            expected: expected as u64,
        };
        if index.n_samples != n_samples {
            return Err(differ(".psam", "samples", index.n_samples, n_samples));
        }
        if index.n_variants != n_variants {
            return Err(differ(".pvar", "variants", index.n_variants, n_variants));
        }
        let number = N_OPENED.fetch_add(1, Relaxed) + 1;
        Ok(PgenFile { file, index, number, has_dosages })
    }

    /// The file itself.
    pub fn file(&self) -> &MappedFile {
        &self.file
    }

    /// The records.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// Whether some record has dosages.
    pub fn any_dosage(&self) -> bool {
        self.index.any_has(DOSAGE)
    }

    /// Whether some record has phase.
    pub fn any_phase(&self) -> bool {
        self.index.any_has(PHASE)
    }

    /// Reads every record of `variants` whole.
    ///
    /// # Errors
    /// [`Error::PgenRecord`] with the first that does not follow the format;
    /// [`Error::Interrupted`] if the task is canceled.
    pub fn check(&self, variants: &[u32], task: &Task) -> Result<()> {
        task.begin("checking genotypes", variants.len() as u64)?;
        variants.par_chunks(BLOCK).try_for_each(|variants| {
            let (mut codes, mut copies) = (Vec::new(), vec![0.0; self.index.n_samples]);
            for &variant in variants {
                self.copies(variant as usize, &mut codes, &mut copies)?;
            }
            task.advance(variants.len() as u64)
        })
    }

    /// Hard calls of a variant, and what follows them in its record.
    ///
    /// # Errors
    /// [`Error::PgenRecord`].
    pub fn hard_calls(&self, variant: usize, out: &mut Vec<u8>) -> Result<Rest<'_>> {
        self.decode(variant, out).map_err(|problem| self.damaged(variant, problem))
    }

    /// An error about a record.
    pub fn damaged(&self, variant: usize, problem: Damage) -> Error {
        let path = self.file.path().to_owned();
        Error::PgenRecord { path, variant: variant + 1, problem }
    }

    fn record(&self, variant: usize) -> std::result::Result<Rest<'_>, Damage> {
        let bytes = self.file.bytes().get(self.index.bytes_of(variant));
        bytes.map(Rest).ok_or("it lies past the end of the file")
    }

    fn decode(&self, variant: usize, out: &mut Vec<u8>) -> std::result::Result<Rest<'_>, Damage> {
        let (kind, n_samples) = (self.index.kind(variant), self.index.n_samples);
        let mut rest = self.record(variant)?;
        if is_difference(kind) {
            self.base(self.index.base_of(variant), out)?;
            patch(&mut rest, n_samples, out)?;
            if kind & 1 == 1 {
                out.iter_mut().for_each(|codes| *codes = swapped(*codes));
            }
            return Ok(rest);
        }
        decode(kind, &mut rest, n_samples, out)?;
        let next = variant + 1;
        if next < self.index.n_variants && is_difference(self.index.kind(next)) {
            self.keep(variant, out);
        }
        Ok(rest)
    }

    /// The variant from which others are differences, decoded once where a thread reads
    /// one variant after the other.
    fn base(&self, variant: usize, out: &mut Vec<u8>) -> std::result::Result<(), Damage> {
        let is_kept = BASE.with_borrow(|base| {
            let is_kept = base.file == self.number && base.variant == variant;
            if is_kept {
                out.clone_from(&base.codes);
            }
            is_kept
        });
        if !is_kept {
            let kind = self.index.kind(variant);
            decode(kind, &mut self.record(variant)?, self.index.n_samples, out)?;
            self.keep(variant, out);
        }
        Ok(())
    }

    fn keep(&self, variant: usize, codes: &Vec<u8>) {
        BASE.with_borrow_mut(|base| {
            (base.file, base.variant) = (self.number, variant);
            base.codes.clone_from(codes);
        });
    }

    /// Expected copies of the alternate allele; NaN where there is no call.
    fn copies(&self, variant: usize, codes: &mut Vec<u8>, out: &mut [f64]) -> Result<()> {
        let mut rest = self.hard_calls(variant, codes)?;
        for (sample, copies) in out.iter_mut().enumerate() {
            *copies = COPIES[usize::from(code(codes, sample))].map_or(f64::NAN, f64::from);
        }
        let kind = self.index.kind(variant);
        dosages(kind, &mut rest, codes, out).map_err(|problem| self.damaged(variant, problem))
    }
}

impl GenotypeSource for PgenFile {
    fn n_samples(&self) -> usize {
        self.index.n_samples
    }

    fn n_variants(&self) -> usize {
        self.index.n_variants
    }

    fn packed<'a>(&'a self, variant: usize, scratch: &'a mut Vec<u8>) -> &'a [u8] {
        if let Err(error) = self.hard_calls(variant, scratch) {
            error.unwind();
        }
        scratch
    }

    fn release(&self, variants: Range<usize>) {
        if let (Some(first), Some(last)) = (variants.clone().next(), variants.last()) {
            let bytes = self.index.bytes_of(first).start..self.index.bytes_of(last).end;
            if bytes.start <= bytes.end && bytes.end <= self.file.bytes().len() {
                self.file.release(bytes);
            }
        }
    }

    fn has_dosages(&self) -> bool {
        self.has_dosages
    }

    fn expected(&self, variant: usize, out: &mut [f64]) {
        let mut codes = Vec::new();
        if let Err(error) = self.copies(variant, &mut codes, out) {
            error.unwind();
        }
    }
}
