//! A file mapped into memory, with the checksum by which a replaced one is recognized.

use crate::error::Error;
use crate::error::Result;
use flate2::Crc;
#[cfg(unix)]
use memmap2::Advice;
use memmap2::Mmap;
#[cfg(unix)]
use memmap2::UncheckedAdvice;
use std::fs::File;
use std::ops::Range;
use std::path::Path;
use std::path::PathBuf;

/// Bytes at either end of a file that its fingerprint covers.
const FINGERPRINT_BYTES: usize = 1 << 16;

/// The file must not be shortened while it is open: the operating system then stops the process
/// that reads past its end.
#[derive(Debug)]
pub struct MappedFile {
    map: Mmap,
    path: PathBuf,
}

impl MappedFile {
    /// # Errors
    /// [`Error::File`] if it cannot be opened.
    pub fn open(path: &Path) -> Result<MappedFile> {
        let not_read = |cause| Error::File { path: path.to_owned(), action: "read", cause };
        let file = File::open(path).map_err(not_read)?;
        // SAFETY: the map is only read. A file that shrinks under it ends the process; see above.
        let map = unsafe { Mmap::map(&file) }.map_err(not_read)?;
        Ok(MappedFile { map, path: path.to_owned() })
    }

    /// The whole file.
    pub fn bytes(&self) -> &[u8] {
        &self.map
    }

    /// The path, as it was given.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Checksum of both ends of the file: detects a replaced file and reads two pages only.
    pub fn fingerprint(&self) -> u32 {
        let mut crc = Crc::new();
        crc.update(&self.map[..self.map.len().min(FINGERPRINT_BYTES)]);
        crc.update(&self.map[self.map.len().saturating_sub(FINGERPRINT_BYTES)..]);
        crc.sum()
    }

    /// # Errors
    /// [`Error::FileChanged`] if the file's fingerprint is not `fingerprint`; `reader` is what
    /// reads it again.
    pub fn check_fingerprint(&self, fingerprint: u32, reader: &'static str) -> Result<()> {
        if self.fingerprint() == fingerprint {
            return Ok(());
        }
        Err(Error::FileChanged { path: self.path.clone(), reader })
    }

    /// Says that single pages will be read here and there, or (`false`) one after the other.
    pub fn expect_jumps(&self, jumps: bool) {
        #[cfg(not(unix))]
        let _ = jumps;
        // A hint: refusal costs time alone.
        #[cfg(unix)]
        let _ = self.map.advise(if jumps { Advice::Random } else { Advice::Normal });
    }

    /// Gives back the memory of a part of the file; it is read again when needed.
    ///
    /// # Panics
    /// If the range ends past the file.
    pub fn release(&self, bytes: Range<usize>) {
        assert!(bytes.end <= self.map.len(), "a part of the file");
        // SAFETY: a read-only map of a file loses nothing; the pages are read again when needed.
        // Refusal only means that memory stays mapped, as a hint may.
        #[cfg(unix)]
        let _ = unsafe {
            self.map.unchecked_advise_range(UncheckedAdvice::DontNeed, bytes.start, bytes.len())
        };
    }
}
