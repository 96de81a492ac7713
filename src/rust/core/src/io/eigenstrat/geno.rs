//! The .geno file of EIGENSTRAT as a source of genotypes.

use crate::data::genotypes::genotype::GenotypeSource;
use crate::data::genotypes::genotype::HET;
use crate::data::genotypes::genotype::HOM_ALT;
use crate::data::genotypes::genotype::HOM_REF;
use crate::data::genotypes::genotype::MISSING;
use crate::error::Error;
use crate::error::Result;
use crate::io::mapped_file::MappedFile;
use std::cell::RefCell;
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

/// The head of a packed file, and the least length of a record, in bytes.
const LEAST_RECORD: usize = 48;

/// Variants of a file in the order of samples that are put together at a time.
const BLOCK: usize = 1024;

const RULE: &str = "A .geno file must be EIGENSTRAT text, one line a variant and one digit a \
                    sample, or packed (PACKEDANCESTRYMAP, TGENO).";
const HINT: &str = "`convertf` of EIGENSOFT converts between these formats.";

/// The code of a .bed for copies of the reference allele: 0, 1, 2, missing.
const CODE: [u8; 4] = [HOM_ALT, HET, HOM_REF, MISSING];

/// A memory-mapped .geno file.
#[derive(Debug)]
pub struct GenoFile {
    file: MappedFile,
    layout: Layout,
    n_samples: usize,
    n_variants: usize,
    /// Distinguishes files in what a thread keeps.
    number: u64,
}

/// How genotypes lie in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Lines of `stride` bytes, the line end included.
    Text { stride: usize },
    /// Records of variants, `stride` bytes each, as many before the first.
    Packed { stride: usize },
    /// Records of samples, `stride` bytes each, after 48.
    Transposed { stride: usize },
}

impl Layout {
    /// What users call it.
    pub fn name(self) -> &'static str {
        match self {
            Layout::Text { .. } => "text",
            Layout::Packed { .. } => "packed",
            Layout::Transposed { .. } => "transposed",
        }
    }
}

/// A block of variants that a thread has put together.
struct Block {
    file: u64,
    first: usize,
    codes: Vec<u8>,
}

thread_local! {
    static KEPT: RefCell<Block> =
        const { RefCell::new(Block { file: 0, first: 0, codes: Vec::new() }) };
}

static N_OPENED: AtomicU64 = AtomicU64::new(0);

impl GenoFile {
    /// Opens a file whose .ind has `n_samples` lines and whose .snp has `n_variants`.
    ///
    /// # Errors
    /// [`Error::File`] if it cannot be opened; [`Error::CountMismatch`] if it has others;
    /// [`Error::GenoFile`] if it is none, or truncated.
    pub fn open(path: &Path, n_samples: usize, n_variants: usize) -> Result<GenoFile> {
        let file = MappedFile::open(path)?;
        let layout = match file.bytes().get(..5) {
            Some(b"GENO ") => packed_layout(&file, n_samples, n_variants, false)?,
            Some(b"TGENO") => packed_layout(&file, n_samples, n_variants, true)?,
            _ => text_layout(&file, n_samples, n_variants)?,
        };
        let number = N_OPENED.fetch_add(1, Relaxed) + 1;
        Ok(GenoFile { file, layout, n_samples, n_variants, number })
    }

    /// The file itself.
    pub fn file(&self) -> &MappedFile {
        &self.file
    }

    /// How genotypes lie in it.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    fn text(&self, variant: usize, stride: usize, out: &mut Vec<u8>) -> Result<()> {
        let start = variant * stride;
        // The last line may lack its end.
        let line = &self.file.bytes()[start..(start + stride).min(self.file.bytes().len())];
        let (digits, end) = line.split_at(self.n_samples);
        out.clear();
        out.resize(self.n_samples.div_ceil(4), 0);
        let mut wrong = !matches!(end, b"" | b"\n" | b"\r\n");
        for (four, byte) in digits.chunks(4).zip(out.iter_mut()) {
            for (place, &digit) in four.iter().enumerate() {
                let code = TEXT_CODE[usize::from(digit)];
                wrong |= code > 0b11;
                *byte |= (code & 0b11) << (2 * place);
            }
        }
        if wrong {
            return Err(self.wrong_text(variant, digits));
        }
        Ok(())
    }

    fn wrong_text(&self, variant: usize, digits: &[u8]) -> Error {
        let bad = digits.iter().position(|&digit| TEXT_CODE[usize::from(digit)] > 0b11);
        let line = variant + 1;
        let found = match bad {
            Some(at) => format!(
                "has on line {line} for sample {} the character \"{}\", which is not 0, 1, 2 or 9",
                at + 1,
                digits[at].escape_ascii()
            ),
            None => format!("has on line {line} more characters than samples"),
        };
        Error::GenoFile { path: self.file.path().to_owned(), rule: RULE, found, hint: HINT }
    }

    fn transposed(&self, variant: usize, stride: usize, out: &mut Vec<u8>) {
        let row = self.n_samples.div_ceil(4);
        let first = variant / BLOCK * BLOCK;
        KEPT.with_borrow_mut(|block| {
            if block.file != self.number || block.first != first {
                (block.file, block.first) = (self.number, first);
                let n = BLOCK.min(self.n_variants - first);
                self.put_together(first, n, stride, &mut block.codes);
            }
            let own = (variant - first) * row;
            out.clear();
            out.extend_from_slice(&block.codes[own..own + row]);
        });
    }

    /// Rows of `n` variants from columns; `first` is a multiple of four.
    fn put_together(&self, first: usize, n: usize, stride: usize, out: &mut Vec<u8>) {
        let row = self.n_samples.div_ceil(4);
        out.clear();
        out.resize(n * row, 0);
        for sample in 0..self.n_samples {
            let start = LEAST_RECORD + sample * stride + first / 4;
            let own = &self.file.bytes()[start..start + n.div_ceil(4)];
            let shift = 2 * (sample % 4);
            for (at, &four) in own.iter().enumerate() {
                for place in 0..4.min(n - 4 * at) {
                    let code = CODE[usize::from(four >> (6 - 2 * place) & 0b11)];
                    out[(4 * at + place) * row + sample / 4] |= code << shift;
                }
            }
        }
    }

    fn bytes_of(&self, variants: Range<usize>) -> Option<Range<usize>> {
        let (start, stride) = match self.layout {
            Layout::Text { stride } => (0, stride),
            Layout::Packed { stride } => (stride, stride),
            Layout::Transposed { .. } => return None,
        };
        let end = start + variants.end * stride;
        Some(start + variants.start * stride..end.min(self.file.bytes().len()))
    }
}

impl GenotypeSource for GenoFile {
    fn n_samples(&self) -> usize {
        self.n_samples
    }

    fn n_variants(&self) -> usize {
        self.n_variants
    }

    fn packed<'a>(&'a self, variant: usize, scratch: &'a mut Vec<u8>) -> &'a [u8] {
        assert!(variant < self.n_variants, "variant index");
        match self.layout {
            Layout::Text { stride } => {
                if let Err(error) = self.text(variant, stride, scratch) {
                    error.unwind();
                }
            }
            Layout::Packed { stride } => {
                let start = (variant + 1) * stride;
                let own = &self.file.bytes()[start..start + self.n_samples.div_ceil(4)];
                scratch.clear();
                scratch.extend(own.iter().map(|&four| PACKED_CODE[usize::from(four)]));
            }
            Layout::Transposed { stride } => self.transposed(variant, stride, scratch),
        }
        scratch
    }

    fn release(&self, variants: Range<usize>) {
        if let Some(bytes) = self.bytes_of(variants) {
            self.file.release(bytes);
        }
    }
}

/// Code of each character; above 3 for one that is none.
const TEXT_CODE: [u8; 256] = {
    let mut table = [0xff; 256];
    table[b'0' as usize] = CODE[0];
    table[b'1' as usize] = CODE[1];
    table[b'2' as usize] = CODE[2];
    table[b'9' as usize] = CODE[3];
    table
};

/// Four genotypes, of which the first lies in the highest bits, as four codes.
const PACKED_CODE: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut place = 0;
        while place < 4 {
            table[byte] |= CODE[byte >> (6 - 2 * place) & 0b11] << (2 * place);
            place += 1;
        }
        byte += 1;
    }
    table
};

fn packed_layout(
    file: &MappedFile,
    n_samples: usize,
    n_variants: usize,
    transposed: bool,
) -> Result<Layout> {
    let refuse = |found: String| Error::GenoFile {
        path: file.path().to_owned(),
        rule: RULE,
        found,
        hint: "Was the file copied whole?",
    };
    let head = &file.bytes()[..file.bytes().len().min(LEAST_RECORD)];
    let text = head.split(|&byte| byte == 0).next().unwrap_or_default();
    let mut words = text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).skip(1);
    let mut count = || {
        let word = std::str::from_utf8(words.next()?).ok()?;
        word.parse::<usize>().ok()
    };
    let (Some(own_samples), Some(own_variants)) = (count(), count()) else {
        return Err(refuse("does not say how many samples and variants it has".into()));
    };
    check_count(file, ".ind", "samples", own_samples, n_samples)?;
    check_count(file, ".snp", "variants", own_variants, n_variants)?;
    let (n_records, n_in_record) =
        if transposed { (n_samples, n_variants) } else { (n_variants, n_samples) };
    let own = n_in_record.div_ceil(4);
    let size = file.bytes().len() as u64;
    let of_stride = |stride: usize| {
        let head = if transposed { LEAST_RECORD } else { stride };
        head as u64 + stride as u64 * n_records as u64
    };
    // Some programs pad short records of samples, too.
    let padded = own.max(LEAST_RECORD);
    let stride = if transposed && size == of_stride(own) { own } else { padded };
    if size != of_stride(stride) {
        return Err(refuse(format!("has {size} bytes, and should have {}", of_stride(stride))));
    }
    Ok(if transposed { Layout::Transposed { stride } } else { Layout::Packed { stride } })
}

fn text_layout(file: &MappedFile, n_samples: usize, n_variants: usize) -> Result<Layout> {
    let bytes = file.bytes();
    let is_digit = |&byte: &u8| TEXT_CODE[usize::from(byte)] <= 0b11;
    let width = bytes.iter().take_while(|byte| is_digit(byte)).count();
    let end = match bytes.get(width..) {
        Some([b'\r', b'\n', ..]) => 2,
        Some([b'\n', ..]) => 1,
        Some([]) if width > 0 => 0,
        _ => {
            let found = bytes.get(width).map_or_else(
                || "is empty".to_owned(),
                |byte| format!("has the character \"{}\" on line 1", byte.escape_ascii()),
            );
            let (path, rule) = (file.path().to_owned(), RULE);
            return Err(Error::GenoFile { path, rule, found, hint: HINT });
        }
    };
    check_count(file, ".ind", "samples", width, n_samples)?;
    let stride = width + end;
    let n_lines = if end == 0 { 1 } else { bytes.len().div_ceil(stride) };
    check_count(file, ".snp", "variants", n_lines, n_variants)?;
    let expected = stride * n_variants;
    let lacks_end = !bytes.ends_with(b"\n") && bytes.len() + end == expected;
    if bytes.len() != expected && !lacks_end {
        let found = "has lines of unequal length".to_owned();
        let (path, rule) = (file.path().to_owned(), RULE);
        return Err(Error::GenoFile { path, rule, found, hint: HINT });
    }
    Ok(Layout::Text { stride })
}

fn check_count(
    file: &MappedFile,
    table: &'static str,
    what: &'static str,
    found: usize,
    expected: usize,
) -> Result<()> {
    if found == expected {
        return Ok(());
    }
    let (found, expected) = (found as u64, expected as u64);
    Err(Error::CountMismatch { path: file.path().to_owned(), table, what, found, expected })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::genotypes::genotype::COPIES;
    use crate::data::genotypes::genotype::code;
    use std::path::PathBuf;

    /// Copies of the alternate allele.
    fn copies(sample: usize, variant: usize) -> Option<u8> {
        [Some(0), Some(1), Some(2), None][(sample * 7 + variant * 3 + sample / 3) % 4]
    }

    fn path(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("forebear-{}-{name}.geno", std::process::id()))
    }

    /// The two-bit value of the format: copies of the reference allele, 3 for missing.
    fn value(sample: usize, variant: usize) -> u8 {
        copies(sample, variant).map_or(3, |copies| 2 - copies)
    }

    fn text(n: usize, m: usize, end: &str) -> Vec<u8> {
        let digit = |s, v| ["0", "1", "2", "9"][usize::from(value(s, v))];
        let line = |v| (0..n).map(|s| digit(s, v)).collect::<String>();
        (0..m).map(|v| line(v) + end).collect::<String>().into_bytes()
    }

    fn packed(n: usize, m: usize, transposed: bool) -> Vec<u8> {
        let name = if transposed { "TGENO" } else { "GENO" };
        let mut bytes = format!("{name} {n:7} {m:7} abc def").into_bytes();
        let (records, within) = if transposed { (n, m) } else { (m, n) };
        let stride = if transposed { within.div_ceil(4) } else { within.div_ceil(4).max(48) };
        bytes.resize(if transposed { 48 } else { stride }, 0);
        for record in 0..records {
            let start = bytes.len();
            bytes.resize(start + stride, 0);
            for at in 0..within {
                let value = if transposed { value(record, at) } else { value(at, record) };
                bytes[start + at / 4] |= value << (6 - 2 * (at % 4));
            }
        }
        bytes
    }

    fn open(name: &str, bytes: &[u8], n: usize, m: usize) -> Result<GenoFile> {
        let path = path(name);
        std::fs::write(&path, bytes).unwrap();
        let file = GenoFile::open(&path, n, m);
        std::fs::remove_file(&path).unwrap();
        file
    }

    #[test]
    fn every_layout_holds_the_same_genotypes() {
        for (n, m) in [(1, 1), (5, 7), (9, 1), (230, 2500)] {
            let mut short = text(n, m, "\n");
            short.pop();
            let files = [
                ("unix", text(n, m, "\n")),
                ("dos", text(n, m, "\r\n")),
                ("short", short),
                ("packed", packed(n, m, false)),
                ("transposed", packed(n, m, true)),
            ];
            for (name, bytes) in files {
                let file = open(name, &bytes, n, m).unwrap();
                let mut scratch = Vec::new();
                for variant in (0..m).rev().chain(0..m) {
                    let row = file.packed(variant, &mut scratch);
                    assert_eq!(row.len(), n.div_ceil(4));
                    for sample in 0..n {
                        let found = COPIES[usize::from(code(row, sample))];
                        assert_eq!(found, copies(sample, variant), "{name}");
                    }
                }
                file.release(0..m);
            }
        }
    }

    #[test]
    fn what_does_not_fit_the_tables_is_refused() {
        let kind = |bytes: &[u8], n, m| open("bad", bytes, n, m).unwrap_err().to_string();
        assert!(kind(&text(5, 7, "\n"), 6, 7).contains("The former has 5, the latter 6"));
        assert!(kind(&text(5, 7, "\n"), 5, 8).contains("equally many variants"));
        assert!(kind(b"0120\n012\n0120\n", 4, 3).contains("unequal length"));
        assert!(kind(b"01x0\n0120\n", 4, 2).contains("\"x\" on line 1"));
        assert!(kind(b"", 4, 2).contains("is empty"));
        for transposed in [false, true] {
            let bytes = packed(5, 7, transposed);
            assert!(kind(&bytes, 6, 7).contains("equally many samples"));
            assert!(kind(&bytes, 5, 6).contains("equally many variants"));
            assert!(kind(&bytes[..bytes.len() - 1], 5, 7).contains("should have"));
            assert!(kind(&bytes[..9], 5, 7).contains("how many samples"));
        }
    }

    #[test]
    fn a_wrong_character_is_named_by_its_line_and_sample() {
        let file = open("wrong", b"0120\n0130\n", 4, 2).unwrap();
        let payload = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            file.packed(1, &mut Vec::new()).to_vec()
        }));
        let error = payload.unwrap_err().downcast::<Error>().unwrap();
        assert!(error.to_string().contains("line 2 for sample 3 the character \"3\""), "{error}");
    }
}
