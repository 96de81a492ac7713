//! Files that appear whole or not at all.

use crate::error::Error;
use crate::error::Result;
use std::ffi::OsString;
use std::fs::File;
use std::io::BufWriter;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

/// A file that is written under a temporary name beside its own.
///
/// Nothing appears under `path` until [`AtomicFile::publish`]; a file dropped
/// before that removes what it wrote.
pub struct AtomicFile {
    path: PathBuf,
    temporary: PathBuf,
    writer: Option<BufWriter<File>>,
}

impl AtomicFile {
    /// # Errors
    /// [`Error::File`] if the temporary file cannot be made.
    pub fn create(path: &Path) -> Result<AtomicFile> {
        if path.is_dir() {
            return Err(not_written(path, std::io::ErrorKind::IsADirectory.into()));
        }
        let mut name = OsString::from(path);
        name.push(format!(".tmp{}", std::process::id()));
        let temporary = PathBuf::from(name);
        let file = File::create(&temporary).map_err(|cause| not_written(path, cause))?;
        let writer = Some(BufWriter::with_capacity(1 << 18, file));
        Ok(AtomicFile { path: path.to_owned(), temporary, writer })
    }

    /// # Errors
    /// [`Error::File`] if the disk refuses.
    ///
    /// # Panics
    /// After [`AtomicFile::finish`].
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let writer = self.writer.as_mut().expect("the file is still open");
        writer.write_all(bytes).map_err(|cause| not_written(&self.path, cause))
    }

    /// Flushes everything to the disk, still under the temporary name.
    ///
    /// # Errors
    /// [`Error::File`] if the disk refuses.
    pub fn finish(&mut self) -> Result<()> {
        let Some(writer) = self.writer.take() else { return Ok(()) };
        let file = writer.into_inner().map_err(std::io::IntoInnerError::into_error);
        file.and_then(|file| file.sync_all()).map_err(|cause| not_written(&self.path, cause))
    }

    /// Gives the file its own name, in place of what had it before.
    ///
    /// # Errors
    /// [`Error::File`] if the disk refuses.
    pub fn publish(mut self) -> Result<()> {
        self.finish()?;
        std::fs::rename(&self.temporary, &self.path)
            .map_err(|cause| not_written(&self.path, cause))?;
        self.temporary = PathBuf::new();
        Ok(())
    }
}

impl Drop for AtomicFile {
    fn drop(&mut self) {
        if !self.temporary.as_os_str().is_empty() {
            // A destructor cannot report an error, and the real file was never touched.
            let _ = std::fs::remove_file(&self.temporary);
        }
    }
}

fn not_written(path: &Path, cause: std::io::Error) -> Error {
    Error::File { path: path.to_owned(), action: "written", cause }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_appears_only_when_published() {
        let folder = std::env::temp_dir().join(format!("forebear-atomic-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("100%s %n é.txt");
        std::fs::write(&path, "old").unwrap();
        let mut dropped = AtomicFile::create(&path).unwrap();
        dropped.write(b"half").unwrap();
        drop(dropped);
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        let mut file = AtomicFile::create(&path).unwrap();
        file.write(b"new").unwrap();
        file.publish().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_folder_that_does_not_exist_is_an_error_that_names_the_file() {
        let error = AtomicFile::create(Path::new("/no/such/folder/x.bed")).err().unwrap();
        assert!(error.to_string().contains("/no/such/folder/x.bed"));
    }
}
