//! Fitted models in files: data alone, versioned, checksummed, readable on another computer.
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
//! Numbers are little-endian. The model is a tree of plain values, see `model_tree`: nothing in it
//! can run. Layout 1 held what R's `serialize()` writes, which can, and is refused.

use crate::error::Error;
use crate::error::Result;
use crate::io::atomic_file::AtomicFile;
use crate::io::model_tree;
use crate::io::model_tree::Node;
use flate2::Compression;
use flate2::Crc;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;
use serde::Deserialize;
use serde::Serialize;
use std::fs::File;
use std::io::Read;
use std::io::Write;
use std::path::Path;

const MAGIC: &[u8; 8] = b"FOREBEAR";

/// The layout that this version writes and reads.
const LAYOUT: u32 = 2;

/// Most bytes that one byte of gzip decompresses to: a file that claims more is damaged.
const MOST_INFLATION: u64 = 1040;

/// The properties of a model that are stored uncompressed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// What the model is, such as `pca`.
    pub kind: String,
    /// Version of forebear that wrote it.
    pub forebear_version: String,
    pub n_samples: u64,
    pub n_variants: u64,
    /// Genome builds on which its positions can lie.
    pub build: Vec<String>,
    pub payload_bytes: u64,
    /// CRC-32 of the payload before compression.
    pub payload_crc: u32,
}

/// Writes a model; `header` is completed with the size and checksum of what `nodes` become.
///
/// # Errors
/// [`Error::File`] if the disk refuses; [`Error::ModelFile`] if `nodes` are no tree.
pub fn write(path: &Path, mut header: Header, nodes: &[Node<'_>]) -> Result<()> {
    if let Some(problem) = model_tree::problem(nodes) {
        return Err(Error::ModelFile { path: path.to_owned(), problem: problem.to_owned() });
    }
    let payload = model_tree::encode(nodes);
    header.payload_bytes = payload.len() as u64;
    header.payload_crc = checksum(&payload);
    write_payload(path, &header, &payload)
}

/// Writes a file of this layout, whatever it holds.
fn write_payload(path: &Path, header: &Header, payload: &[u8]) -> Result<()> {
    let encoded = postcard::to_stdvec(header).expect("a header of plain fields encodes");
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

/// Reads a model that [`write`] wrote: its header, and the nodes of one tree.
///
/// # Errors
/// [`Error::File`] if it cannot be read; [`Error::ModelFile`] if it is not a
/// model, has another layout, is truncated, or is damaged.
pub fn read(path: &Path) -> Result<(Header, Vec<Node<'static>>)> {
    let bytes = bytes_of_model(path)?;
    let refuse =
        |problem: &str| Error::ModelFile { path: path.to_owned(), problem: problem.to_owned() };
    let (header, packed) = read_header(&bytes).map_err(|problem| refuse(&problem))?;
    let payload = unpacked(&header, packed)
        .ok_or_else(|| refuse("It is truncated or damaged: its checksum does not match."))?;
    drop(bytes);
    let nodes = model_tree::decode(&payload)
        .map_err(|problem| refuse(&format!("It is damaged. {problem}")))?;
    Ok((header, nodes))
}

/// All bytes of a file that begins like a model; of another no more than its beginning is read.
fn bytes_of_model(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|mut file| {
        (&mut file).take(MAGIC.len() as u64).read_to_end(&mut bytes)?;
        if bytes == MAGIC { file.read_to_end(&mut bytes) } else { Ok(bytes.len()) }
    });
    match read {
        Ok(_) => Ok(bytes),
        Err(cause) => Err(Error::File { path: path.to_owned(), action: "read", cause }),
    }
}

/// The payload, if it is whole.
fn unpacked(header: &Header, packed: &[u8]) -> Option<Vec<u8>> {
    let most = MOST_INFLATION.saturating_mul(packed.len() as u64);
    if header.payload_bytes > most {
        return None;
    }
    let mut payload = Vec::new();
    let mut decoder = GzDecoder::new(packed).take(header.payload_bytes + 1);
    let n_unpacked = decoder.read_to_end(&mut payload).ok()? as u64;
    let is_all = decoder.into_inner().into_inner().is_empty();
    let whole = n_unpacked == header.payload_bytes && checksum(&payload) == header.payload_crc;
    (is_all && whole).then_some(payload)
}

/// The header and the packed payload behind it, or what is wrong.
fn read_header(bytes: &[u8]) -> std::result::Result<(Header, &[u8]), String> {
    let number = |at: usize| {
        let field = bytes.get(at..at.checked_add(4)?)?;
        Some(u32::from_le_bytes(field.try_into().expect("four bytes")))
    };
    if !bytes.starts_with(MAGIC) {
        return Err("It does not begin like a model that `write_model()` wrote.".to_owned());
    }
    let cut = || "It is truncated.".to_owned();
    let layout = number(8).ok_or_else(cut)?;
    if layout != LAYOUT {
        return Err(other_layout(layout));
    }
    let end = 16_usize.saturating_add(number(12).ok_or_else(cut)? as usize);
    let crc = number(end).ok_or_else(cut)?;
    let damaged = || "Its header is damaged: the checksum does not match.".to_owned();
    if checksum(&bytes[..end]) != crc {
        return Err(damaged());
    }
    let header = postcard::take_from_bytes(&bytes[16..end]);
    match header {
        Ok((header, [])) => Ok((header, &bytes[end + 4..])),
        _ => Err(damaged()),
    }
}

fn other_layout(layout: u32) -> String {
    if layout > LAYOUT {
        return format!(
            "It was written by a newer forebear (layout {layout}; this version reads layout \
             {LAYOUT}).\ni Update forebear."
        );
    }
    format!(
        "It has the old layout {layout}, which held objects of R: reading them could run code of \
         whoever wrote the file.\ni Fit the model again and write it with this version."
    )
}

fn checksum(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::model_tree::Content;
    use std::path::PathBuf;

    fn numbers(values: Vec<f64>) -> Vec<Node<'static>> {
        vec![Node { content: Content::Doubles(values.into()), labels: None }]
    }

    fn path_of(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("forebear-{}-{name}", std::process::id()))
    }

    fn written(name: &str) -> (PathBuf, Header, Vec<Node<'static>>) {
        let path = path_of(name);
        let header = Header {
            kind: "pca".to_owned(),
            forebear_version: "0.1.0".to_owned(),
            n_samples: 3,
            n_variants: 7,
            build: vec!["hg19".to_owned()],
            ..Header::default()
        };
        let nodes = numbers((0..999_u32).map(|i| f64::from(i * i / 7 % 251)).collect());
        write(&path, header.clone(), &nodes).unwrap();
        (path, header, nodes)
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
        let (path, header, nodes) = written("round.model");
        let (got, read) = read(&path).unwrap();
        assert_eq!((got.kind, got.n_variants, got.build), (header.kind, 7, header.build));
        assert_eq!(read, nodes);
        std::fs::remove_file(&path).unwrap();
    }

    #[test]
    fn every_truncation_and_every_changed_byte_is_noticed() {
        let (path, _, nodes) = written("broken.model");
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
                assert_eq!(read, nodes, "byte {place}");
            }
        }
        std::fs::remove_file(&path).unwrap();
    }

    #[test]
    fn other_layouts_and_other_files_are_refused_in_words() {
        let (path, ..) = written("newer.model");
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[8] = 3;
        assert!(problem(&path, &bytes).contains("layout 3; this version reads layout 2"));
        for old in [0, 1] {
            bytes[8] = old;
            assert!(problem(&path, &bytes).contains("could run code"));
        }
        assert!(problem(&path, b"RDX3\n").contains("does not begin"));
        std::fs::remove_file(&path).unwrap();
    }

    /// Of a file without end that is no model nothing but the beginning is read.
    #[test]
    #[cfg(unix)]
    fn an_endless_file_is_refused() {
        assert!(matches!(read(Path::new("/dev/zero")), Err(Error::ModelFile { .. })));
    }

    /// Checksums are right, but sizes are made up or the payload is no tree.
    #[test]
    fn false_sizes_and_payloads_are_refused() {
        let path = path_of("false.model");
        let payload = model_tree::encode(&numbers(vec![0.5; 4]));
        let sound = Header {
            payload_bytes: payload.len() as u64,
            payload_crc: checksum(&payload),
            ..Header::default()
        };
        let outcome = |header: &Header, payload: &[u8]| {
            write_payload(&path, header, payload).unwrap();
            read(&path)
        };
        assert!(outcome(&sound, &payload).is_ok());
        for payload_bytes in [0, 1, sound.payload_bytes - 1, sound.payload_bytes + 1, u64::MAX] {
            assert!(outcome(&Header { payload_bytes, ..sound.clone() }, &payload).is_err());
        }
        let crc = |bytes: &[u8]| Header {
            payload_bytes: bytes.len() as u64,
            payload_crc: checksum(bytes),
            ..Header::default()
        };
        for junk in [&b""[..], b"RDX3", &payload[..payload.len() - 1], &[0xff; 40]] {
            let refused = outcome(&crc(junk), junk).unwrap_err();
            assert!(refused.to_string().contains("It is damaged."), "{refused}");
        }
        std::fs::remove_file(&path).unwrap();
    }
}
