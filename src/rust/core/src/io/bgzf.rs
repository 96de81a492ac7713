//! Blocked gzip (BGZF): gzip members of at most 64 KiB that say how long they are, so that many
//! are inflated or deflated at once and a file can be indexed.
//!
//! Source: SAM/BAM format specification, section 4.1.

use flate2::Compress;
use flate2::Compression;
use flate2::Crc;
use flate2::Decompress;
use flate2::FlushCompress;
use flate2::FlushDecompress;
use flate2::Status;
use rayon::prelude::*;
use std::io::Error;
use std::io::ErrorKind::InvalidData;
use std::io::ErrorKind::UnexpectedEof;
use std::io::Read;
use std::io::Result;

/// Bytes of a gzip header before its extra field.
const FIXED: usize = 12;
/// Check sum and length at the end of a block.
const TRAILER: usize = 8;
/// Most bytes that a block inflates to.
const MAX_INFLATED: usize = 1 << 16;
/// Bytes that we put into a block, as bgzip does: they fit even if they do not compress.
const BLOCK_BYTES: usize = 0xff00;
/// Blocks inflated or deflated at a time.
const BATCH: usize = 32;
/// The empty block that ends a file.
const END_MARKER: [u8; 28] = [
    0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, 6, 0, 0x42, 0x43, 2, 0, 0x1b, 0, 3, 0, 0, 0, 0, 0, 0, 0,
    0, 0,
];

/// Whether a file that begins with these bytes is made of BGZF blocks.
pub fn is_bgzf(head: &[u8]) -> bool {
    head.len() >= FIXED
        && extra_length(head).is_some_and(|n| {
            head.get(FIXED..FIXED + n).is_some_and(|extra| block_length(extra).is_some())
        })
}

fn extra_length(fixed: &[u8]) -> Option<usize> {
    let blocked = fixed.starts_with(&[0x1f, 0x8b, 8, 4]);
    blocked.then(|| usize::from(u16::from_le_bytes([fixed[10], fixed[11]])))
}

/// Length of a whole block, from the `BC` entry of its extra field.
fn block_length(mut extra: &[u8]) -> Option<usize> {
    while let [first, second, low, high, rest @ ..] = extra {
        let n = usize::from(u16::from_le_bytes([*low, *high]));
        if (*first, *second, n) == (b'B', b'C', 2) && rest.len() >= 2 {
            return Some(usize::from(u16::from_le_bytes([rest[0], rest[1]])) + 1);
        }
        extra = rest.get(n..)?;
    }
    None
}

/// A compressed block in the bytes of a batch: its deflate stream, check sum and inflated length.
struct Block {
    start: usize,
    end: usize,
    crc: u32,
    n_inflated: usize,
}

/// Inflates the blocks of a file, a batch at a time.
pub struct BlockReader<R> {
    file: R,
    compressed: Vec<u8>,
    blocks: Vec<Block>,
    n_read: usize,
    last_was_empty: bool,
}

impl<R: Read> BlockReader<R> {
    /// Reads `file` from its beginning.
    pub fn new(file: R) -> BlockReader<R> {
        let (compressed, blocks) = (Vec::new(), Vec::new());
        BlockReader { file, compressed, blocks, n_read: 0, last_was_empty: false }
    }

    /// Inflates some blocks onto the end of `out`; `false` at the end of the file.
    ///
    /// At most 2 MiB are added. The number of threads changes nothing but the time.
    ///
    /// # Errors
    /// Those of the file; `UnexpectedEof` if it ends within a block, or without the empty block
    /// that ends a whole file; `InvalidData` if a block is none, or does not hold what its check
    /// sum says.
    pub fn inflate(&mut self, out: &mut Vec<u8>) -> Result<bool> {
        self.compressed.clear();
        self.blocks.clear();
        while self.blocks.len() < BATCH && self.read_block()? {}
        if self.blocks.is_empty() {
            let whole = self.last_was_empty;
            let missing = "The empty block that ends a bgzip file is missing";
            return if whole { Ok(false) } else { Err(Error::new(UnexpectedEof, missing)) };
        }
        let start = out.len();
        out.resize(start + self.blocks.iter().map(|block| block.n_inflated).sum::<usize>(), 0);
        let (mut rest, mut pieces) = (&mut out[start..], Vec::with_capacity(BATCH));
        for block in &self.blocks {
            let (piece, others) = rest.split_at_mut(block.n_inflated);
            pieces.push((block, piece));
            rest = others;
        }
        let compressed = &self.compressed;
        pieces.into_par_iter().try_for_each_init(
            || Decompress::new(false),
            |decompress, (block, piece)| inflate_block(decompress, compressed, block, piece),
        )?;
        Ok(true)
    }

    /// Takes the next block into the batch; `false` at the end of the file.
    fn read_block(&mut self) -> Result<bool> {
        let start = self.compressed.len();
        if !self.take(FIXED)? {
            return Ok(false);
        }
        self.n_read += 1;
        let n_extra = extra_length(&self.compressed[start..]).ok_or_else(|| self.not_a_block())?;
        self.take_all(n_extra)?;
        let data = start + FIXED + n_extra;
        let length = block_length(&self.compressed[start + FIXED..data]);
        let rest = length.and_then(|n| n.checked_sub(FIXED + n_extra + TRAILER));
        self.take_all(rest.ok_or_else(|| self.not_a_block())? + TRAILER)?;
        let end = self.compressed.len() - TRAILER;
        let number = |at: usize| {
            let four = &self.compressed[end + at..end + at + 4];
            u32::from_le_bytes(four.try_into().expect("four bytes"))
        };
        let (crc, n_inflated) = (number(0), number(4) as usize);
        if n_inflated > MAX_INFLATED {
            return Err(self.not_a_block());
        }
        self.last_was_empty = n_inflated == 0;
        self.blocks.push(Block { start: data, end, crc, n_inflated });
        Ok(true)
    }

    fn not_a_block(&self) -> Error {
        Error::new(InvalidData, format!("compressed block {} is not one of bgzip", self.n_read))
    }

    /// Appends `n` bytes of the file; `false` if there is none.
    fn take(&mut self, n: usize) -> Result<bool> {
        let start = self.compressed.len();
        let found = self.file.by_ref().take(n as u64).read_to_end(&mut self.compressed)?;
        match found {
            0 if n > 0 => Ok(false),
            _ if self.compressed.len() - start == n => Ok(true),
            _ => Err(Error::new(UnexpectedEof, "It ends within a compressed block")),
        }
    }

    fn take_all(&mut self, n: usize) -> Result<()> {
        if self.take(n)? {
            return Ok(());
        }
        Err(Error::new(UnexpectedEof, "It ends within a compressed block"))
    }
}

fn inflate_block(
    decompress: &mut Decompress,
    compressed: &[u8],
    block: &Block,
    out: &mut [u8],
) -> Result<()> {
    let damaged = || Error::new(InvalidData, "a compressed block is damaged");
    decompress.reset(false);
    let input = &compressed[block.start..block.end];
    let status = decompress.decompress(input, out, FlushDecompress::Finish);
    let whole =
        matches!(status, Ok(Status::StreamEnd)) && decompress.total_out() == out.len() as u64;
    let mut crc = Crc::new();
    crc.update(out);
    if whole && crc.sum() == block.crc { Ok(()) } else { Err(damaged()) }
}

/// Deflates text into blocks, for a file that ends with [`BlockWriter::finish`].
#[derive(Default)]
pub struct BlockWriter {
    waiting: Vec<u8>,
}

impl BlockWriter {
    /// Takes text, and returns the blocks that are ready; often none.
    ///
    /// # Errors
    /// If deflating fails, which it does not with the memory it asks for.
    pub fn write(&mut self, text: &[u8]) -> Result<Vec<u8>> {
        self.waiting.extend_from_slice(text);
        let ready = self.waiting.len() / BLOCK_BYTES * BLOCK_BYTES;
        if ready < BATCH * BLOCK_BYTES {
            return Ok(Vec::new());
        }
        let blocks = deflate(&self.waiting[..ready])?;
        self.waiting.drain(..ready);
        Ok(blocks)
    }

    /// The last blocks, and the empty one that ends a file.
    ///
    /// # Errors
    /// As [`BlockWriter::write`].
    pub fn finish(self) -> Result<Vec<u8>> {
        let mut blocks = deflate(&self.waiting)?;
        blocks.extend_from_slice(&END_MARKER);
        Ok(blocks)
    }
}

fn deflate(text: &[u8]) -> Result<Vec<u8>> {
    let blocks: Result<Vec<Vec<u8>>> = text.par_chunks(BLOCK_BYTES).map(deflate_block).collect();
    Ok(blocks?.concat())
}

fn deflate_block(text: &[u8]) -> Result<Vec<u8>> {
    let mut block = END_MARKER[..18].to_vec();
    block.reserve(MAX_INFLATED);
    let mut compress = Compress::new(Compression::default(), false);
    let status = compress.compress_vec(text, &mut block, FlushCompress::Finish)?;
    if status != Status::StreamEnd {
        return Err(Error::new(InvalidData, "a block does not fit into 64 KiB"));
    }
    let mut crc = Crc::new();
    crc.update(text);
    block.extend_from_slice(&crc.sum().to_le_bytes());
    block.extend_from_slice(&(text.len() as u32).to_le_bytes());
    let size = u16::try_from(block.len() - 1).map_err(|_| Error::from(InvalidData))?;
    block[16..18].copy_from_slice(&size.to_le_bytes());
    Ok(block)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks_of(text: &[u8]) -> Vec<u8> {
        let mut writer = BlockWriter::default();
        let mut bytes = Vec::new();
        for piece in text.chunks(100_000) {
            bytes.extend(writer.write(piece).unwrap());
        }
        bytes.extend(writer.finish().unwrap());
        bytes
    }

    fn inflated(bytes: &[u8]) -> Result<Vec<u8>> {
        let (mut reader, mut out) = (BlockReader::new(bytes), Vec::new());
        while reader.inflate(&mut out)? {}
        Ok(out)
    }

    /// Bytes that do not compress, so that blocks come close to 64 KiB.
    fn noise(n: usize) -> Vec<u8> {
        let next =
            |state: u64| state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        std::iter::successors(Some(1), |&s| Some(next(s)))
            .take(n)
            .map(|s: u64| (s >> 56) as u8)
            .collect()
    }

    #[test]
    fn what_is_deflated_is_inflated() {
        for n in [0, 1, BLOCK_BYTES, BLOCK_BYTES + 1, 40 * BLOCK_BYTES + 7] {
            let text = noise(n);
            let bytes = blocks_of(&text);
            assert!(is_bgzf(&bytes));
            assert_eq!(inflated(&bytes).unwrap(), text);
        }
    }

    #[test]
    fn any_gzip_reader_reads_the_blocks() {
        let text = noise(200_000);
        let bytes = blocks_of(&text);
        let mut out = Vec::new();
        flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_end(&mut out).unwrap();
        assert_eq!(out, text);
    }

    #[test]
    fn a_file_cut_anywhere_is_truncated() {
        let bytes = blocks_of(&noise(200_000));
        let end_marker = bytes.len() - END_MARKER.len();
        for cut in [5, 17, 1000, end_marker, bytes.len() - 1] {
            assert_eq!(inflated(&bytes[..cut]).unwrap_err().kind(), UnexpectedEof, "{cut}");
        }
    }

    #[test]
    fn a_changed_byte_is_noticed_or_changes_nothing() {
        let text = noise(1000);
        let bytes = blocks_of(&text);
        let mut n_noticed = 0;
        for place in 0..bytes.len() - END_MARKER.len() {
            let mut damaged = bytes.clone();
            damaged[place] ^= 0x10;
            match inflated(&damaged) {
                Ok(same) => assert_eq!(same, text, "byte {place}"),
                Err(_) => n_noticed += 1,
            }
        }
        assert!(n_noticed > 1000);
    }

    #[test]
    fn other_gzip_and_plain_text_are_not_taken_for_blocks() {
        assert!(!is_bgzf(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
        assert!(!is_bgzf(b"##fileformat=VCFv4.2"));
    }
}
