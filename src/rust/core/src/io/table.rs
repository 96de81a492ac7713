//! Lines of a white-space separated table, plain or gzipped.

use crate::error::Error;
use crate::error::Result;
use crate::io::lines::Lines;
use crate::task::Task;
use std::path::Path;

/// What a table's lines look like and what they list.
pub struct Layout<const N: usize> {
    /// Column names, as the error says them.
    pub names: &'static str,
    /// One thing that a line stands for.
    pub what: &'static str,
}

impl<const N: usize> Layout<N> {
    /// Gives the fields of every line to `row`, with the line's number from 1.
    ///
    /// Gzip is known by its first bytes, not by the name. What is a line, see [`Lines`].
    ///
    /// # Errors
    /// [`Error::File`] if it cannot be read, [`Error::Truncated`] if gzip ends too early,
    /// [`Error::ColumnCount`], [`Error::NotUtf8`], [`Error::EmptyTable`], and
    /// whatever `row` returns.
    pub fn read(
        &self,
        path: &Path,
        mut row: impl FnMut(usize, [&str; N]) -> Result<()>,
    ) -> Result<()> {
        read_lines(path, self.what, |line, text| row(line, self.fields(path, line, text)?))
    }

    fn fields<'t>(&self, path: &Path, line: usize, text: &'t str) -> Result<[&'t str; N]> {
        let mut fields = [""; N];
        let mut found = 0;
        for field in text.split_ascii_whitespace() {
            if let Some(slot) = fields.get_mut(found) {
                *slot = field;
            }
            found += 1;
        }
        if found == N {
            return Ok(fields);
        }
        let (path, names) = (path.to_owned(), self.names);
        Err(Error::ColumnCount { path, line, expected: N, found, names })
    }
}

/// Gives every line to `row`, with its number from 1; see [`Layout::read`].
///
/// # Errors
/// As [`Layout::read`], but for the columns.
pub fn read_lines(
    path: &Path,
    what: &'static str,
    row: impl FnMut(usize, &str) -> Result<()>,
) -> Result<()> {
    let task = Task::new();
    match Lines::open(path, "reading", &task)?.each_row(row)? {
        0 => Err(Error::EmptyTable { path: path.to_owned(), what }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    const LAYOUT: Layout<2> = Layout { names: "name, value", what: "pair" };

    fn read(name: &str, bytes: &[u8]) -> Result<Vec<(usize, String)>> {
        let path = std::env::temp_dir().join(format!("forebear-{}-{name}", std::process::id()));
        std::fs::write(&path, bytes).unwrap();
        let mut rows = Vec::new();
        let outcome = LAYOUT.read(&path, |line, [name, value]| {
            rows.push((line, format!("{name}={value}")));
            Ok(())
        });
        std::fs::remove_file(&path).unwrap();
        outcome.map(|()| rows)
    }

    fn gzipped(text: &str) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn reads_tabs_spaces_crlf_a_mark_and_no_last_newline() {
        let rows = read("plain", "\u{feff}a\t1\r\n b  2\n\n".as_bytes()).unwrap();
        assert_eq!(rows, [(1, "a=1".into()), (2, "b=2".into())]);
        assert_eq!(read("end", b"a 1").unwrap(), [(1, "a=1".into())]);
    }

    #[test]
    fn reads_gzip_whatever_the_name_and_refuses_half_of_one() {
        let text: String = (0..5000).map(|i| format!("name{i} {}\n", i * 7919 % 5003)).collect();
        let bytes = gzipped(&text);
        assert_eq!(read("gzip", &bytes).unwrap().len(), 5000);
        let two = [gzipped("a 1\n"), gzipped("b 2\n")].concat();
        assert_eq!(read("members", &two).unwrap().len(), 2);
        assert!(matches!(read("half", &bytes[..bytes.len() / 2]), Err(Error::Truncated { .. })));
    }

    #[test]
    fn names_the_line_with_wrong_columns() {
        let found = |bytes: &[u8]| match read("columns", bytes) {
            Err(Error::ColumnCount { line, found, expected: 2, .. }) => (line, found),
            other => panic!("{other:?}"),
        };
        assert_eq!(found(b"a 1\nb\n"), (2, 1));
        assert_eq!(found(b"a 1\nb 2 3 4\n"), (2, 4));
    }

    #[test]
    fn refuses_an_empty_table_and_other_encodings() {
        assert!(matches!(read("empty", b""), Err(Error::EmptyTable { .. })));
        assert!(matches!(read("blank", b"\n\n"), Err(Error::EmptyTable { .. })));
        assert!(matches!(read("zero", b"a\0b 1\n"), Err(Error::NotUtf8 { line: 1, .. })));
        assert!(matches!(read("latin", b"a 1\n\xe9 2\n"), Err(Error::NotUtf8 { line: 2, .. })));
    }
}
