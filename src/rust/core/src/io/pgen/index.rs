//! Where the records of a .pgen are, and of which type.

use crate::error::Error;
use crate::error::Result;
use crate::io::mapped_file::MappedFile;
use crate::io::pgen::difflist::Rest;
use std::ops::Range;
use std::path::Path;

pub(super) const MAGIC: [u8; 2] = [0x6c, 0x1b];
/// The storage mode that is a PLINK 1 .bed.
pub const BED_MODE: u8 = 0x01;
pub(super) const PLAIN_MODE: u8 = 0x02;

/// Variants with one offset in the header.
const BLOCK: usize = 1 << 16;

/// Bits of a record type.
pub const MULTIALLELIC: u8 = 0x08;
pub const PHASE: u8 = 0x10;
pub const DOSAGE: u8 = 0x60;
pub const PHASED_DOSAGE: u8 = 0x80;

/// The records of a file.
#[derive(Clone, Debug)]
pub struct Index {
    pub n_samples: usize,
    pub n_variants: usize,
    records: Records,
}

#[derive(Clone, Debug)]
enum Records {
    Fixed { first: usize, width: usize, kind: u8 },
    Varying { starts: Vec<u64>, lengths: Vec<u32>, kinds: Vec<u8> },
}

impl Index {
    /// Reads the head of a file, or its index beside it (`.pgen.pgi`).
    ///
    /// # Errors
    /// [`Error::PgenHead`] if the head is malformed, or a record lies outside of the file;
    /// [`Error::File`] if an index that must be there cannot be read.
    pub fn read(file: &MappedFile) -> Result<Index> {
        let refuse = |found: &str, hint| Error::PgenHead {
            path: file.path().to_owned(),
            found: found.to_owned(),
            hint,
        };
        let mode = mode(file)?;
        match mode {
            BED_MODE => Err(refuse("is a PLINK 1 .bed", "`read_bed()` reads it.")),
            0x02..=0x04 => Index::of_fixed_width(file, mode),
            0x10 | 0x11 => Index::of_blocks(file, file.bytes().len(), file.bytes(), true),
            0x20 | 0x21 => {
                let mut beside = file.path().as_os_str().to_owned();
                beside.push(".pgi");
                let index = MappedFile::open(Path::new(&beside))?;
                if !index.bytes().starts_with(&[0x6c, 0x1b, mode + 0x10]) {
                    return Err(Error::PgenHead {
                        path: index.path().to_owned(),
                        found: "is not the index of that file".into(),
                        hint: "Copy the .pgen and the .pgen.pgi together.",
                    });
                }
                Index::of_blocks(&index, file.bytes().len(), index.bytes(), false)
            }
            0x00 => Err(refuse(
                "is an individual-major PLINK 1 .bed",
                "`plink2 --bfile PREFIX --make-pgen` rewrites it.",
            )),
            _ => Err(refuse(
                &format!("has storage mode {mode:#04x}, which is not known"),
                "`plink2 --pfile PREFIX --make-pgen --out NEW` writes a mode that is.",
            )),
        }
    }

    fn of_fixed_width(file: &MappedFile, mode: u8) -> Result<Index> {
        let mut head = Head::of(file, file.bytes())?;
        if head.format & 0x0f != 0 {
            return Err(head.refuse("says that records of fixed width have lengths"));
        }
        if head.format >> 6 == 3 {
            head.take(head.n_variants.div_ceil(8))?;
        }
        let (kind, entry) = match mode {
            0x02 => (0, 0),
            0x03 => (0x40, 2),
            _ => (0xc0, 4),
        };
        let width = head.n_samples.div_ceil(4) + entry * head.n_samples;
        let first = file.bytes().len() - head.rest.0.len();
        let expected = width as u64 * head.n_variants as u64;
        if head.rest.0.len() as u64 != expected {
            let found = head.rest.0.len();
            let found = format!("has {found} bytes of genotypes, and should have {expected}");
            return Err(head.refuse(&found));
        }
        let records = Records::Fixed { first, width, kind };
        Ok(Index { n_samples: head.n_samples, n_variants: head.n_variants, records })
    }

    /// `length`: of the file with the records; `whole`: they follow the head.
    fn of_blocks(file: &MappedFile, length: usize, bytes: &[u8], whole: bool) -> Result<Index> {
        let mut head = Head::of(file, bytes)?;
        let (n_samples, n_variants) = (head.n_samples, head.n_variants);
        let layout = head.format & 0x0f;
        if layout > 7 {
            return Err(head.refuse("has an unknown layout of record types"));
        }
        let length_bytes = usize::from(layout % 4) + 1;
        let count_bytes = usize::from(head.format >> 4 & 3);
        let has_flags = head.format >> 6 == 3;
        let offsets = head.take(8 * n_variants.div_ceil(BLOCK))?;
        // Before anything is set aside for a number that may be damaged.
        let least = n_variants / 2 + n_variants * length_bytes;
        if head.rest.0.len() < least {
            return Err(head.refuse("ends before the lengths of its records"));
        }
        let mut starts = Vec::with_capacity(n_variants);
        let mut lengths = Vec::with_capacity(n_variants);
        let mut kinds = Vec::with_capacity(n_variants);
        for (block, offset) in offsets.chunks_exact(8).enumerate() {
            let n = (n_variants - block * BLOCK).min(BLOCK);
            if layout < 4 {
                let packed = head.take(n.div_ceil(2))?;
                kinds.extend((0..n).map(|at| packed[at / 2] >> (4 * (at % 2)) & 0x0f));
            } else {
                kinds.extend(head.take(n)?);
            }
            let own = head.take(n * length_bytes)?;
            head.take(n * count_bytes)?;
            if has_flags {
                head.take(n.div_ceil(8))?;
            }
            let mut start = u64::from_le_bytes(offset.try_into().expect("eight bytes"));
            for record in own.chunks_exact(length_bytes) {
                let mut bytes = [0; 4];
                bytes[..length_bytes].copy_from_slice(record);
                let n_bytes = u32::from_le_bytes(bytes);
                starts.push(start);
                lengths.push(n_bytes);
                start = start.saturating_add(u64::from(n_bytes));
            }
            if start > length as u64 {
                let last = block * BLOCK + n;
                return Err(head.refuse(&format!("is truncated before the end of record {last}")));
            }
        }
        let head_end = if whole { bytes.len() - head.rest.0.len() } else { 3 };
        if starts.iter().any(|&start| start < head_end as u64) {
            return Err(head.refuse("has a record that begins within its head"));
        }
        for (variant, &kind) in kinds.iter().enumerate() {
            if variant % BLOCK == 0 && is_difference(kind) {
                return Err(head.refuse("begins a block with a difference from another variant"));
            }
        }
        Ok(Index { n_samples, n_variants, records: Records::Varying { starts, lengths, kinds } })
    }

    /// The type of a record.
    ///
    /// # Panics
    /// If `variant` is not below `n_variants`.
    pub fn kind(&self, variant: usize) -> u8 {
        match &self.records {
            Records::Fixed { kind, .. } => *kind,
            Records::Varying { kinds, .. } => kinds[variant],
        }
    }

    /// Where a record is.
    ///
    /// # Panics
    /// If `variant` is not below `n_variants`.
    pub fn bytes_of(&self, variant: usize) -> Range<usize> {
        assert!(variant < self.n_variants, "variant index");
        match &self.records {
            Records::Fixed { first, width, .. } => {
                first + variant * width..first + (variant + 1) * width
            }
            Records::Varying { starts, lengths, .. } => {
                let start = starts[variant] as usize;
                start..start + lengths[variant] as usize
            }
        }
    }

    /// The variant from which a record holds the differences: the last before it that is no difference.
    ///
    /// # Panics
    /// If `variant` is not below `n_variants`.
    pub fn base_of(&self, variant: usize) -> usize {
        (0..variant).rev().find(|&before| !is_difference(self.kind(before))).unwrap_or(0)
    }

    /// Whether some record has one of these bits in its type.
    pub fn any_has(&self, bits: u8) -> bool {
        match &self.records {
            Records::Fixed { kind, .. } => kind & bits != 0,
            Records::Varying { kinds, .. } => kinds.iter().any(|kind| kind & bits != 0),
        }
    }
}

/// Whether a record holds the differences from another one.
pub fn is_difference(kind: u8) -> bool {
    matches!(kind & 0b111, 2 | 3)
}

/// The storage mode.
///
/// # Errors
/// [`Error::PgenHead`] if the file does not begin as a .pgen does.
pub fn mode(file: &MappedFile) -> Result<u8> {
    match file.bytes() {
        [first, second, mode, ..] if [*first, *second] == MAGIC => Ok(*mode),
        other => {
            let head = &other[..other.len().min(3)];
            let hex: Vec<String> = head.iter().map(|byte| format!("{byte:02x}")).collect();
            let found = match hex.is_empty() {
                true => "is empty".to_owned(),
                false => format!("begins with {}, not with 6c 1b", hex.join(" ")),
            };
            let hint = "Is this the .pgen of a .pgen/.pvar/.psam set?";
            Err(Error::PgenHead { path: file.path().to_owned(), found, hint })
        }
    }
}

/// The first twelve bytes, and what follows them.
struct Head<'f> {
    path: &'f Path,
    n_samples: usize,
    n_variants: usize,
    format: u8,
    rest: Rest<'f>,
}

impl<'f> Head<'f> {
    fn of(file: &'f MappedFile, bytes: &'f [u8]) -> Result<Head<'f>> {
        let number = |at: usize| {
            let four = bytes.get(at..at + 4)?;
            Some(u32::from_le_bytes(four.try_into().expect("four bytes")) as usize)
        };
        let path = file.path();
        match (number(3), number(7), bytes.get(11)) {
            (Some(n_variants), Some(n_samples), Some(&format)) if n_variants.min(n_samples) > 0 => {
                Ok(Head { path, n_samples, n_variants, format, rest: Rest(&bytes[12..]) })
            }
            (Some(_), Some(_), Some(_)) => Err(refused(path, "has no sample, or no variant")),
            _ => Err(refused(path, "ends within its first 12 bytes")),
        }
    }

    fn take(&mut self, n: usize) -> Result<&'f [u8]> {
        self.rest.take(n).map_err(|_| refused(self.path, "ends within its head"))
    }

    fn refuse(&self, found: &str) -> Error {
        refused(self.path, found)
    }
}

fn refused(path: &Path, found: &str) -> Error {
    let hint = "Was the file copied whole? `plink2 --pfile PREFIX --validate` checks it.";
    Error::PgenHead { path: path.to_owned(), found: found.to_owned(), hint }
}
