//! Zstandard: the frames of a file, one after the other.

use ruzstd::BlockDecodingStrategy;
use ruzstd::FrameDecoder;
use ruzstd::frame::ReadFrameHeaderError;
use ruzstd::frame_decoder::FrameDecoderError;
use std::io::BufRead;
use std::io::Error;
use std::io::ErrorKind::InvalidData;
use std::io::ErrorKind::UnexpectedEof;
use std::io::Read;
use std::io::Result;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

/// The first bytes of a frame.
pub const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Decompresses what `file` holds.
pub struct ZstdReader<R> {
    file: R,
    decoder: FrameDecoder,
    in_frame: bool,
}

impl<R: BufRead> ZstdReader<R> {
    /// Reads `file` from its beginning.
    pub fn new(file: R) -> ZstdReader<R> {
        ZstdReader { file, decoder: FrameDecoder::new(), in_frame: false }
    }

    fn read_some(&mut self, out: &mut [u8]) -> Result<usize> {
        loop {
            if !self.in_frame && !self.next_frame()? {
                return Ok(0);
            }
            while self.decoder.can_collect() < out.len() && !self.decoder.is_finished() {
                let n = out.len() - self.decoder.can_collect();
                let strategy = BlockDecodingStrategy::UptoBytes(n);
                self.decoder.decode_blocks(&mut self.file, strategy).map_err(of_decoder)?;
            }
            let n = self.decoder.read(out)?;
            self.in_frame = n > 0 || !self.decoder.is_finished();
            if n > 0 {
                return Ok(n);
            }
        }
    }

    /// Begins the next frame that holds data; `false` at the end of the file.
    fn next_frame(&mut self) -> Result<bool> {
        while !self.file.fill_buf()?.is_empty() {
            match self.decoder.init(&mut self.file) {
                Ok(()) => {
                    self.in_frame = true;
                    return Ok(true);
                }
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    let mut skipped = (&mut self.file).take(u64::from(length));
                    std::io::copy(&mut skipped, &mut std::io::sink())?;
                }
                Err(error) => return Err(of_decoder(error)),
            }
        }
        Ok(false)
    }
}

impl<R: BufRead> Read for ZstdReader<R> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        // The decoder has assertions that damaged data may reach.
        catch_unwind(AssertUnwindSafe(|| self.read_some(out)))
            .unwrap_or_else(|_| Err(Error::new(InvalidData, "Zstandard data are damaged")))
    }
}

/// Errors of the file beneath stay what they were.
fn of_decoder(error: FrameDecoderError) -> Error {
    let text = error.to_string();
    let ends_early = text.contains("failed to fill whole buffer");
    match ends_early {
        true => Error::new(UnexpectedEof, "Zstandard data end too early"),
        false => Error::new(InvalidData, format!("Zstandard data are damaged: {text}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One raw block of six bytes in a frame of one segment.
    const ONE: [u8; 15] =
        [0x28, 0xb5, 0x2f, 0xfd, 0x20, 0x06, 0x31, 0x00, 0x00, b'o', b'n', b'e', b' ', b'1', b'\n'];

    #[test]
    fn frames_follow_one_another_and_may_be_passed_over() {
        let mut bytes = ONE.to_vec();
        bytes.extend([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 9, 9, 9]);
        bytes.extend(ONE);
        let mut text = String::new();
        ZstdReader::new(&bytes[..]).read_to_string(&mut text).unwrap();
        assert_eq!(text, "one 1\none 1\n");
        for end in 1..ONE.len() {
            let mut text = Vec::new();
            assert!(ZstdReader::new(&ONE[..end]).read_to_end(&mut text).is_err(), "{end}");
        }
    }
}
