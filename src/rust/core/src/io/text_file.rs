//! Text files that appear whole or not at all, plain or in blocks of bgzip.

use crate::error::Error;
use crate::error::Result;
use crate::io::atomic_file::AtomicFile;
use crate::io::bgzf::BlockWriter;
use std::path::Path;
use std::path::PathBuf;

/// A text file that is written under a temporary name beside its own.
///
/// Names that end in `.gz` or `.bgz` get blocks of bgzip, which any gzip reader reads.
pub struct TextFile {
    file: AtomicFile,
    blocks: Option<BlockWriter>,
    path: PathBuf,
}

impl TextFile {
    /// # Errors
    /// [`Error::File`] if the temporary file cannot be made.
    pub fn create(path: &Path) -> Result<TextFile> {
        let compressed = path.extension().is_some_and(|end| end == "gz" || end == "bgz");
        let blocks = compressed.then(BlockWriter::default);
        Ok(TextFile { file: AtomicFile::create(path)?, blocks, path: path.to_owned() })
    }

    /// # Errors
    /// [`Error::File`] if the disk refuses.
    pub fn write(&mut self, text: &[u8]) -> Result<()> {
        let Some(blocks) = &mut self.blocks else { return self.file.write(text) };
        let ready = blocks.write(text).map_err(|cause| not_written(&self.path, cause))?;
        self.file.write(&ready)
    }

    /// Gives the file its own name, in place of what had it before.
    ///
    /// # Errors
    /// As [`TextFile::write`].
    pub fn publish(mut self) -> Result<()> {
        if let Some(blocks) = self.blocks {
            let last = blocks.finish().map_err(|cause| not_written(&self.path, cause))?;
            self.file.write(&last)?;
        }
        self.file.publish()
    }
}

fn not_written(path: &Path, cause: std::io::Error) -> Error {
    Error::File { path: path.to_owned(), action: "written", cause }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn the_name_says_whether_text_is_compressed() {
        let folder = std::env::temp_dir().join(format!("forebear-text-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let text = "a\tb\n".repeat(50_000);
        for (name, compressed) in [("x.tsv", false), ("x.tsv.gz", true), ("x.bgz", true)] {
            let path = folder.join(name);
            let mut file = TextFile::create(&path).unwrap();
            file.write(text.as_bytes()).unwrap();
            assert!(!path.exists());
            file.publish().unwrap();
            let bytes = std::fs::read(&path).unwrap();
            assert_eq!(bytes.starts_with(&[0x1f, 0x8b]), compressed);
            let mut found = String::new();
            if compressed {
                flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_string(&mut found).unwrap();
            } else {
                found = String::from_utf8(bytes).unwrap();
            }
            assert_eq!(found, text);
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
