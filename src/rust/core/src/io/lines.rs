//! Lines of a text file, plain, gzipped, in blocks of bgzip or of Zstandard, in bounded memory.
//!
//! One rule for every reader: LF, CR LF or CR ends a line, as for R's `readLines()`; a byte order
//! mark before the first is no part of it. In a table, lines without text are passed over, and
//! one that begins with `#` is a heading before the first row, and a comment after it.

use crate::error::Error;
use crate::error::Result;
use crate::io::bgzf::BlockReader;
use crate::io::bgzf::is_bgzf;
use crate::io::zstd;
use crate::io::zstd::ZstdReader;
use crate::task::Task;
use flate2::bufread::MultiGzDecoder;
use std::fs::File;
use std::io::BufRead;
use std::io::BufReader;
use std::io::ErrorKind;
use std::io::Read;
use std::ops::Range;
use std::path::Path;
use std::path::PathBuf;

/// Most bytes of a line: a VCF of a million samples with likelihoods has fewer.
pub const MAX_LINE_BYTES: usize = 1 << 27;

/// Bytes asked of a file, or of a gzip stream, at a time.
const PIECE: usize = 1 << 16;

/// The byte order mark of UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// A file whose bytes advance a task.
struct Tracked<'t, R> {
    file: R,
    task: &'t Task,
}

impl<R: Read> Read for Tracked<'_, R> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let n = self.file.read(out)?;
        // `ErrorKind::Interrupted` would be tried again.
        self.task.advance(n as u64).map_err(|_| std::io::Error::other("stopped"))?;
        Ok(n)
    }
}

/// A line of a table that has text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line<'t> {
    /// Begins with `#`, before any row.
    Heading(&'t str),
    /// Begins with `#`, after a row.
    Comment(&'t str),
    Row(&'t str),
}

enum Input<'t> {
    Plain(Box<dyn Read + 't>),
    Blocks(BlockReader<Box<dyn Read + 't>>),
}

/// The lines of a file, one after the other.
///
/// Memory: the longest line so far, and 2 MiB.
pub struct Lines<'t> {
    path: PathBuf,
    input: Input<'t>,
    task: &'t Task,
    limit: usize,
    buffer: Vec<u8>,
    /// How much of the buffer has been returned.
    used: usize,
    line: usize,
    /// Whether the line that was read last ended with CR, of which LF is a part.
    ended_with_cr: bool,
}

impl<'t> Lines<'t> {
    /// Opens a file; its length in bytes becomes the length of the task's stage.
    ///
    /// # Errors
    /// [`Error::File`] if it cannot be opened, [`Error::Interrupted`] if the task is canceled.
    pub fn open(path: &Path, stage: &'static str, task: &'t Task) -> Result<Lines<'t>> {
        let not_read = |cause| Error::File { path: path.to_owned(), action: "read", cause };
        let file = File::open(path).map_err(not_read)?;
        task.begin(stage, file.metadata().map_err(not_read)?.len())?;
        Lines::new(path, file, MAX_LINE_BYTES, task)
    }

    /// Reads from anything; `path` is for messages, `limit` the most bytes of a line.
    ///
    /// # Errors
    /// [`Error::File`] if the first bytes cannot be read.
    pub fn new(path: &Path, file: impl Read + 't, limit: usize, task: &'t Task) -> Result<Self> {
        let mut reader = BufReader::with_capacity(PIECE, Tracked { file, task });
        let head = reader.fill_buf();
        let head = head.map_err(|cause| refused(path, cause, task))?;
        let input = if is_bgzf(head) {
            Input::Blocks(BlockReader::new(Box::new(reader)))
        } else if head.starts_with(&GZIP_MAGIC) {
            Input::Plain(Box::new(MultiGzDecoder::new(reader)))
        } else if head.starts_with(&zstd::MAGIC) {
            Input::Plain(Box::new(ZstdReader::new(reader)))
        } else {
            Input::Plain(Box::new(reader))
        };
        let (path, buffer) = (path.to_owned(), Vec::new());
        Ok(Lines { path, input, task, limit, buffer, used: 0, line: 0, ended_with_cr: false })
    }

    /// The file's path, as the user wrote it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Number of the line that was read last, from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    /// The next line without its end; `None` at the end of the file.
    ///
    /// # Errors
    /// [`Error::File`] if the file cannot be read or is damaged, [`Error::Truncated`] if
    /// compressed data end too early, [`Error::LineTooLong`], [`Error::Interrupted`].
    pub fn next_line(&mut self) -> Result<Option<&[u8]>> {
        let line = self.next_range()?;
        Ok(line.map(|line| &self.buffer[line]))
    }

    /// The next line as text.
    ///
    /// # Errors
    /// As [`Lines::next_line`], and [`Error::NotUtf8`], also if it has a zero byte: R keeps none in
    /// a string.
    pub fn next_text(&mut self) -> Result<Option<&str>> {
        let Some(range) = self.next_range()? else { return Ok(None) };
        let text = std::str::from_utf8(&self.buffer[range]).ok();
        match text.filter(|text| !text.contains('\0')) {
            Some(text) => Ok(Some(text)),
            None => Err(Error::NotUtf8 { path: self.path.clone(), line: self.line }),
        }
    }

    /// Gives the number of every line that has text to `take`, and what it is. Returns how many
    /// are rows.
    ///
    /// # Errors
    /// As [`Lines::next_text`], and whatever `take` returns.
    pub fn each(&mut self, mut take: impl FnMut(usize, Line<'_>) -> Result<()>) -> Result<usize> {
        let mut n_rows = 0;
        loop {
            let number = self.line + 1;
            let Some(text) = self.next_text()? else { return Ok(n_rows) };
            if text.trim().is_empty() {
                continue;
            }
            let line = match (text.starts_with('#'), n_rows) {
                (false, _) => Line::Row(text),
                (true, 0) => Line::Heading(text),
                (true, _) => Line::Comment(text),
            };
            n_rows += usize::from(matches!(line, Line::Row(_)));
            take(number, line)?;
        }
    }

    /// As [`Lines::each`], for tables in which `#` means nothing.
    ///
    /// # Errors
    /// As [`Lines::each`].
    pub fn each_row(&mut self, mut row: impl FnMut(usize, &str) -> Result<()>) -> Result<usize> {
        let mut n_rows = 0;
        self.each(|number, line| {
            let (Line::Heading(text) | Line::Comment(text) | Line::Row(text)) = line;
            n_rows += 1;
            row(number, text)
        })?;
        Ok(n_rows)
    }

    /// Where in the buffer the next line is.
    fn next_range(&mut self) -> Result<Option<Range<usize>>> {
        self.pass_over_lf()?;
        let mut searched = 0;
        let length = loop {
            let pending = &self.buffer[self.used..];
            if let Some(at) = memchr::memchr2(b'\n', b'\r', &pending[searched..]) {
                self.ended_with_cr = pending[searched + at] == b'\r';
                break searched + at;
            }
            searched = pending.len();
            if searched > self.limit {
                break searched;
            }
            if self.fill()? {
                continue;
            }
            if searched == 0 {
                return Ok(None);
            }
            break searched;
        };
        self.line += 1;
        if length > self.limit {
            let (path, line, limit) = (self.path.clone(), self.line, self.limit);
            return Err(Error::LineTooLong { path, line, limit });
        }
        let end = self.used + length;
        let start = match self.line == 1 && self.buffer[self.used..end].starts_with(MARK) {
            true => self.used + MARK.len(),
            false => self.used,
        };
        self.used = self.buffer.len().min(end + 1);
        Ok(Some(start..end))
    }

    /// The LF of a CR LF, which may be in the next piece of the file.
    fn pass_over_lf(&mut self) -> Result<()> {
        if std::mem::take(&mut self.ended_with_cr)
            && (self.used < self.buffer.len() || self.fill()?)
            && self.buffer[self.used] == b'\n'
        {
            self.used += 1;
        }
        Ok(())
    }

    /// Reads some more, behind what has not been returned; `false` at the end of the file.
    fn fill(&mut self) -> Result<bool> {
        self.buffer.drain(..self.used);
        self.used = 0;
        let more = match &mut self.input {
            Input::Blocks(blocks) => blocks.inflate(&mut self.buffer),
            Input::Plain(reader) => {
                let piece = reader.by_ref().take(PIECE as u64);
                read_some(piece, &mut self.buffer)
            }
        };
        more.map_err(|cause| refused(&self.path, cause, self.task))
    }
}

fn read_some(mut piece: impl Read, buffer: &mut Vec<u8>) -> std::io::Result<bool> {
    Ok(piece.read_to_end(buffer)? > 0)
}

/// The error of a failed read: the user's wish, a truncated file, or the operating system.
fn refused(path: &Path, cause: std::io::Error, task: &Task) -> Error {
    if let Err(interrupted) = task.check() {
        return interrupted;
    }
    let path = path.to_owned();
    if cause.kind() == ErrorKind::UnexpectedEof {
        let own = cause.get_ref().map(ToString::to_string);
        let problem = own.unwrap_or_else(|| "It ends within compressed data".to_owned());
        return Error::Truncated { path, problem };
    }
    Error::File { path, action: "read", cause }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::bgzf::BlockWriter;
    use std::io::Write;

    fn read(bytes: &[u8], limit: usize) -> Result<Vec<String>> {
        let task = Task::new();
        let mut lines = Lines::new(Path::new("x"), bytes, limit, &task)?;
        let mut all = Vec::new();
        while let Some(line) = lines.next_line()? {
            all.push(String::from_utf8(line.to_owned()).unwrap());
            assert_eq!(lines.line(), all.len());
        }
        Ok(all)
    }

    fn gzipped(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn blocked(text: &[u8]) -> Vec<u8> {
        let mut writer = BlockWriter::default();
        let mut bytes = writer.write(text).unwrap();
        bytes.extend(writer.finish().unwrap());
        bytes
    }

    #[test]
    fn lines_end_with_lf_crlf_cr_or_the_file() {
        assert_eq!(read(b"a\r\n\nbc\r\r\nd", 9).unwrap(), ["a", "", "bc", "", "d"]);
        assert_eq!(read(b"a\rb\r", 9).unwrap(), ["a", "b"]);
        assert_eq!(read(b"a\n", 9).unwrap(), ["a"]);
        assert_eq!(read(b"\r\n", 9).unwrap(), [""]);
        assert!(read(b"", 9).unwrap().is_empty());
    }

    /// CR is the last byte of a piece that is read, LF the first of the next.
    #[test]
    fn crlf_may_be_cut_anywhere() {
        for length in PIECE - 3..PIECE + 3 {
            let text = format!("{}\r\nb\r\n", "a".repeat(length));
            let lines = read(text.as_bytes(), 1 << 20).unwrap();
            assert_eq!((lines[0].len(), &lines[1..]), (length, &["b".to_owned()][..]));
        }
    }

    #[test]
    fn a_byte_order_mark_is_passed_over_once_and_first() {
        assert_eq!(read("\u{feff}a\n\u{feff}b".as_bytes(), 9).unwrap(), ["a", "\u{feff}b"]);
        assert_eq!(read("\u{feff}\nb".as_bytes(), 9).unwrap(), ["", "b"]);
        assert_eq!(read(MARK, 9).unwrap(), [""]);
    }

    #[test]
    fn headings_rows_and_comments_are_distinguished() {
        let text = "\u{feff}# first\r\n\n#ID\n \t\na b\n\n#c\nd #e\n\n\n";
        let task = Task::new();
        let mut got = Vec::new();
        let mut lines = Lines::new(Path::new("x"), text.as_bytes(), 99, &task).unwrap();
        let n_rows = lines.each(|number, line| {
            got.push(format!("{number} {line:?}"));
            Ok(())
        });
        assert_eq!(n_rows.unwrap(), 2);
        let want = [
            r##"1 Heading("# first")"##,
            r##"3 Heading("#ID")"##,
            r##"5 Row("a b")"##,
            r##"7 Comment("#c")"##,
            r##"8 Row("d #e")"##,
        ];
        assert_eq!(got, want);
    }

    #[test]
    fn plain_gzipped_and_blocked_text_are_the_same_lines() {
        let text: String = (0..60_000).map(|i| format!("{i} {}\n", i * 7919 % 60_013)).collect();
        let want: Vec<&str> = text.lines().collect();
        let halves = text.as_bytes().split_at(text.len() / 2);
        let members = [gzipped(halves.0), gzipped(halves.1)].concat();
        for bytes in [text.clone().into_bytes(), members, blocked(text.as_bytes())] {
            assert_eq!(read(&bytes, 100).unwrap(), want);
        }
    }

    #[test]
    fn half_of_a_compressed_file_is_truncated() {
        let text: String = (0..60_000).map(|i| format!("{}\n", i * 7919 % 60_013)).collect();
        for bytes in [gzipped(text.as_bytes()), blocked(text.as_bytes())] {
            for cut in [bytes.len() / 2, bytes.len() - 3] {
                let error = read(&bytes[..cut], 100).unwrap_err();
                assert!(matches!(error, Error::Truncated { .. }), "{error}");
            }
        }
    }

    #[test]
    fn a_line_beyond_the_limit_is_refused_before_it_is_held() {
        assert_eq!(read(b"12345\n12345", 5).unwrap().len(), 2);
        let long = |bytes: &[u8]| match read(bytes, 5) {
            Err(Error::LineTooLong { line, limit: 5, .. }) => line,
            other => panic!("{other:?}"),
        };
        assert_eq!(long(b"1\n123456\n"), 2);
        assert_eq!(long(b"123456"), 1);
        // A bomb: a hundred million zeros in one hundred kilobytes.
        let task = Task::new();
        let bomb = gzipped(&vec![b'0'; 100_000_000]);
        let mut lines = Lines::new(Path::new("x"), &bomb[..], 1000, &task).unwrap();
        assert!(matches!(lines.next_line(), Err(Error::LineTooLong { .. })));
        assert!(lines.buffer.capacity() < 1 << 20);
    }

    #[test]
    fn a_canceled_task_stops_the_reading() {
        let task = Task::new();
        task.cancel();
        let outcome = Lines::new(Path::new("x"), &b"a\n"[..], 9, &task);
        assert!(matches!(outcome.err().unwrap(), Error::Interrupted));
    }
}
