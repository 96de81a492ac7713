//! Fitted models in files: versioned, checksummed, readable on another machine.
//!
//! | bytes | what                                                |
//! |-------|-----------------------------------------------------|
//! | 8     | `FOREBEAR`                                          |
//! | 4     | version of this layout                              |
//! | 4     | length of the header                                |
//! | ...   | [`Header`], postcard                                |
//! | 4     | CRC-32 of all the bytes above                       |
//! | ...   | the model itself, gzip of `payload_bytes` bytes     |
//!
//! Numbers are little-endian.

use crate::error::Error;
use crate::error::Result;
use crate::io::atomic_file::AtomicFile;
use flate2::Compression;
use flate2::Crc;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;
use serde::Deserialize;
use serde::Serialize;
use std::io::Read;
use std::io::Write;
use std::path::Path;

const MAGIC: &[u8; 8] = b"FOREBEAR";

/// The newest layout that this version writes and reads.
const LAYOUT: u32 = 1;

/// What can be known of a model without unpacking it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// What the model is, such as `pca`.
    pub kind: String,
    /// Version of forebear that wrote it.
    pub forebear_version: String,
    pub n_samples: u64,
    pub n_variants: u64,
    pub payload_bytes: u64,
    /// CRC-32 of the payload before compression.
    pub payload_crc: u32,
}

/// Writes a model; `header` is completed with the size and checksum of `payload`.
///
/// # Errors
/// [`Error::File`] if the disk refuses.
pub fn write(path: &Path, mut header: Header, payload: &[u8]) -> Result<()> {
    header.payload_bytes = payload.len() as u64;
    header.payload_crc = checksum(payload);
    let encoded = postcard::to_stdvec(&header).expect("a header of plain fields encodes");
    let mut head = MAGIC.to_vec();
    head.extend(LAYOUT.to_le_bytes());
    head.extend((encoded.len() as u32).to_le_bytes());
    head.extend(encoded);
    head.extend(checksum(&head).to_le_bytes());
    let mut file = AtomicFile::create(path)?;
    file.write(&head)?;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let packed = encoder.write_all(payload).and_then(|()| encoder.finish());
    file.write(&packed.expect("memory takes what is written"))?;
    file.publish()
}

/// Reads a model that [`write`] wrote.
///
/// # Errors
/// [`Error::File`] if it cannot be read; [`Error::ModelFile`] if it is not a
/// model, was written by a newer version, is truncated, or is damaged.
pub fn read(path: &Path) -> Result<(Header, Vec<u8>)> {
    let bytes = std::fs::read(path).map_err(|cause| Error::File {
        path: path.to_owned(),
        action: "read",
        cause,
    })?;
    let refuse =
        |problem: &str| Error::ModelFile { path: path.to_owned(), problem: problem.to_owned() };
    let (header, packed) = read_header(&bytes).map_err(|problem| refuse(&problem))?;
    let mut payload = Vec::new();
    let mut decoder = GzDecoder::new(packed).take(header.payload_bytes.saturating_add(1));
    let n_unpacked = decoder.read_to_end(&mut payload);
    let is_all = decoder.into_inner().into_inner().is_empty();
    let whole = n_unpacked.is_ok_and(|n| n as u64 == header.payload_bytes);
    if !whole || !is_all || checksum(&payload) != header.payload_crc {
        return Err(refuse("It is truncated or damaged: its checksum does not match."));
    }
    Ok((header, payload))
}

/// The header and the packed payload behind it, or what is wrong.
fn read_header(bytes: &[u8]) -> std::result::Result<(Header, &[u8]), String> {
    let number = |at: usize| {
        let field = bytes.get(at..at + 4)?;
        Some(u32::from_le_bytes(field.try_into().expect("four bytes")))
    };
    if !bytes.starts_with(MAGIC) {
        return Err("It does not begin like a model that `write_model()` wrote.".to_owned());
    }
    let cut = || "It is truncated.".to_owned();
    let layout = number(8).ok_or_else(cut)?;
    if layout > LAYOUT {
        return Err(format!(
            "It was written by a newer forebear (layout {layout}; this version reads up to \
             {LAYOUT}).\ni Update forebear."
        ));
    }
    let end = 16 + number(12).ok_or_else(cut)? as usize;
    let crc = number(end).ok_or_else(cut)?;
    let damaged = || "Its header is damaged: the checksum does not match.".to_owned();
    if checksum(&bytes[..end]) != crc {
        return Err(damaged());
    }
    let header = postcard::from_bytes(&bytes[16..end]).map_err(|_| damaged())?;
    Ok((header, &bytes[end + 4..]))
}

fn checksum(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn written(name: &str) -> (PathBuf, Header, Vec<u8>) {
        let path = std::env::temp_dir().join(format!("forebear-{}-{name}", std::process::id()));
        let header = Header {
            kind: "pca".to_owned(),
            forebear_version: "0.1.0".to_owned(),
            n_samples: 3,
            n_variants: 7,
            payload_bytes: 0,
            payload_crc: 0,
        };
        let payload: Vec<u8> = (0..9999u32).map(|i| (i * i / 7 % 251) as u8).collect();
        write(&path, header.clone(), &payload).unwrap();
        (path, header, payload)
    }

    fn problem(path: &Path, bytes: &[u8]) -> String {
        std::fs::write(path, bytes).unwrap();
        match read(path) {
            Err(Error::ModelFile { problem, .. }) => problem,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let (path, header, payload) = written("round.model");
        let (got, bytes) = read(&path).unwrap();
        assert_eq!((got.kind, got.n_variants), (header.kind, 7));
        assert_eq!(bytes, payload);
        std::fs::remove_file(&path).unwrap();
    }

    #[test]
    fn every_truncation_and_every_changed_byte_is_noticed() {
        let (path, _, payload) = written("broken.model");
        let bytes = std::fs::read(&path).unwrap();
        for length in (0..bytes.len()).step_by(7) {
            problem(&path, &bytes[..length]);
        }
        assert!(problem(&path, &[&bytes[..], b"x"].concat()).contains("damaged"));
        for place in (0..bytes.len()).step_by(3) {
            let mut broken = bytes.clone();
            broken[place] ^= 0x10;
            std::fs::write(&path, &broken).unwrap();
            // Gzip keeps a few bytes (time, operating system) that mean nothing.
            if let Ok((_, read)) = read(&path) {
                assert_eq!(read, payload, "byte {place}");
            }
        }
        std::fs::remove_file(&path).unwrap();
    }

    #[test]
    fn a_newer_layout_and_other_files_are_refused_in_words() {
        let (path, ..) = written("newer.model");
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[8] = 2;
        assert!(problem(&path, &bytes).contains("layout 2; this version reads up to 1"));
        assert!(problem(&path, b"RDX3\n").contains("does not begin"));
        std::fs::remove_file(&path).unwrap();
    }
}
