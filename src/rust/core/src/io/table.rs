//! White-space separated tables, plain or gzipped, whose columns are given by a header or by their
//! number.

use crate::error::Error;
use crate::error::Result;
use crate::io::lines::Line;
use crate::io::lines::Lines;
use crate::task::Task;
use std::path::Path;

/// The columns of a table, where a file may have them in several ways.
pub struct Layout<const N: usize> {
    /// What a header may call each column, in lower case.
    pub names: [&'static [&'static str]; N],
    /// Whether a header must name the column.
    pub is_needed: [bool; N],
    /// Where each column is in a table without a header, by the number of fields of a line;
    /// `None` if that number fits no layout.
    pub places: fn(usize) -> Option<[Option<usize>; N]>,
    /// What a file must have, for the error.
    pub rule: &'static str,
    /// What to do about a file that has not.
    pub hint: &'static str,
    /// The noun for what a line holds.
    pub what: &'static str,
}

/// Of each field of a line, which column it is; `None` for one that is not read.
type Columns = Vec<Option<usize>>;

const COMMENT: &str = "A line that begins with `#` may come only before the first line of data, \
                       because every later line is a row of genotypes.";

impl<const N: usize> Layout<N> {
    /// Gives the columns of every line to `row`, with the line's number from 1; `None` for one
    /// that the file does not have.
    ///
    /// Gzip is known by its first bytes, not by the name. What is a line, see [`Lines`]. A line
    /// that begins with `#` before the first row is a header if its first name is known, and
    /// otherwise a comment; a first row whose first two fields are names of columns is a header,
    /// too.
    ///
    /// # Errors
    /// [`Error::File`] if it cannot be read, [`Error::Truncated`] if gzip ends too early,
    /// [`Error::Columns`] if there are too few, or not equally many in all lines, [`Error::Field`]
    /// for a `#` among the rows, [`Error::NotUtf8`], [`Error::EmptyTable`], and whatever `row`
    /// returns.
    pub fn read(
        &self,
        path: &Path,
        mut row: impl FnMut(usize, [Option<&str>; N]) -> Result<()>,
    ) -> Result<()> {
        let task = Task::new();
        let (mut columns, mut n_rows) = (None, 0);
        Lines::open(path, "reading", &task)?.each(|line, text| {
            let text = match text {
                Line::Row(text) => text,
                Line::Heading(text) => {
                    let names = text.trim_start_matches('#');
                    if self.is_name(names.split_ascii_whitespace().next(), &self.names) {
                        columns = Some(self.by_name(path, line, names)?);
                    }
                    return Ok(());
                }
                Line::Comment(text) => {
                    let found = text.chars().take(40).collect();
                    return Err(Error::Field { path: path.to_owned(), line, found, rule: COMMENT });
                }
            };
            if columns.is_none() {
                if self.is_header(text) {
                    columns = Some(self.by_name(path, line, text)?);
                    return Ok(());
                }
                columns = Some(self.by_count(path, line, text)?);
            }
            n_rows += 1;
            row(line, self.fields(path, line, text, columns.as_deref().unwrap_or_default())?)
        })?;
        if n_rows == 0 {
            return Err(Error::EmptyTable { path: path.to_owned(), what: self.what });
        }
        Ok(())
    }

    fn is_name(&self, field: Option<&str>, names: &[&[&str]]) -> bool {
        field.is_some_and(|field| {
            names.iter().any(|names| names.iter().any(|name| name.eq_ignore_ascii_case(field)))
        })
    }

    /// Whether a line without `#` begins with the names of the first two columns.
    fn is_header(&self, text: &str) -> bool {
        let mut fields = text.split_ascii_whitespace();
        self.names[..2].chunks(1).all(|names| self.is_name(fields.next(), names))
    }

    fn by_name(&self, path: &Path, line: usize, header: &str) -> Result<Columns> {
        let fields: Vec<&str> = header.split_ascii_whitespace().collect();
        let mut columns = vec![None; fields.len()];
        for column in 0..N {
            let names = &self.names[column..=column];
            match fields.iter().position(|field| self.is_name(Some(field), names)) {
                Some(place) => columns[place] = Some(column),
                None if self.is_needed[column] => {
                    let name = self.names[column][0].to_ascii_uppercase();
                    return Err(self.refuse(path, line, format!("a header without {name}")));
                }
                None => {}
            }
        }
        Ok(columns)
    }

    fn by_count(&self, path: &Path, line: usize, text: &str) -> Result<Columns> {
        let n_fields = text.split_ascii_whitespace().count();
        let places = (self.places)(n_fields);
        let places = places.ok_or_else(|| self.refuse(path, line, counted(n_fields)))?;
        let column_at = |field| places.iter().position(|&place| place == Some(field));
        Ok((0..n_fields).map(column_at).collect())
    }

    fn fields<'t>(
        &self,
        path: &Path,
        line: usize,
        text: &'t str,
        columns: &[Option<usize>],
    ) -> Result<[Option<&'t str>; N]> {
        let (mut fields, mut found) = ([None; N], 0);
        for field in text.split_ascii_whitespace() {
            if let Some(&Some(column)) = columns.get(found) {
                fields[column] = Some(field);
            }
            found += 1;
        }
        if found == columns.len() {
            return Ok(fields);
        }
        let before = columns.len();
        Err(self.refuse(path, line, format!("{}, and lines before it {before}", counted(found))))
    }

    fn refuse(&self, path: &Path, line: usize, found: String) -> Error {
        Error::Columns { path: path.to_owned(), line, found, rule: self.rule, hint: self.hint }
    }
}

fn counted(n_fields: usize) -> String {
    format!("{n_fields} column{}", if n_fields == 1 { "" } else { "s" })
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

    const LAYOUT: Layout<2> = Layout {
        names: [&["name"], &["value", "v"]],
        is_needed: [true, false],
        places: |n| (n >= 2).then_some([Some(0), Some(1)]),
        rule: "A pair must have a name and a value.",
        hint: "Add one.",
        what: "pair",
    };

    fn read(name: &str, bytes: &[u8]) -> Result<Vec<(usize, String)>> {
        let path = std::env::temp_dir().join(format!("forebear-{}-{name}", std::process::id()));
        std::fs::write(&path, bytes).unwrap();
        let mut rows = Vec::new();
        let outcome = LAYOUT.read(&path, |line, [name, value]| {
            rows.push((line, format!("{}={}", name.unwrap(), value.unwrap_or("none"))));
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
    fn reads_tabs_spaces_line_ends_a_mark_and_no_last_newline() {
        let rows = read("plain", "\u{feff}a\t1\r\n b  2\n\n".as_bytes()).unwrap();
        assert_eq!(rows, [(1, "a=1".into()), (2, "b=2".into())]);
        assert_eq!(read("end", b"a 1").unwrap(), [(1, "a=1".into())]);
        let rows = read("cr", b"a 1\r\rb 2\r").unwrap();
        assert_eq!(rows, [(1, "a=1".into()), (3, "b=2".into())]);
    }

    #[test]
    fn a_header_names_columns_with_or_without_its_mark() {
        let want = [(2, "a=1".to_owned()), (3, "b=2".to_owned())];
        for text in [
            "#NAME VALUE\na 1\nb 2\n",
            "# v x name\n1 x a\n2 x b\n",
            "#value Name\n1 a\n2 b\n",
            "name V\na 1\nb 2\n",
            "# what is here\na 1\nb 2\n",
        ] {
            assert_eq!(read("header", text.as_bytes()).unwrap(), want, "{text}");
        }
        let rows = read("only", b"#name\na\n").unwrap();
        assert_eq!(rows, [(2, "a=none".into())]);
        let error = read("without", b"#v w\n1 2\n").unwrap_err().to_string();
        assert!(error.contains("Line 1") && error.contains("a header without NAME"), "{error}");
    }

    #[test]
    fn a_mark_among_the_rows_is_refused() {
        match read("comment", b"a 1\n#b 2\nc 3\n") {
            Err(Error::Field { line: 2, found, .. }) => assert_eq!(found, "#b 2"),
            other => panic!("{other:?}"),
        }
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
            Err(Error::Columns { line, found, .. }) => (line, found),
            other => panic!("{other:?}"),
        };
        assert_eq!(found(b"a\nb 1\n"), (1, "1 column".into()));
        assert_eq!(found(b"a 1\nb\n"), (2, "1 column, and lines before it 2".into()));
        assert_eq!(found(b"a 1 x\nb 2 3 4\n"), (2, "4 columns, and lines before it 3".into()));
        assert_eq!(found(b"#name v\na\n"), (2, "1 column, and lines before it 2".into()));
    }

    #[test]
    fn refuses_an_empty_table_and_other_encodings() {
        for text in ["", "\n\n", "#name v\n", "name v\n\n"] {
            assert!(matches!(read("empty", text.as_bytes()), Err(Error::EmptyTable { .. })));
        }
        assert!(matches!(read("zero", b"a\0b 1\n"), Err(Error::NotUtf8 { line: 1, .. })));
        assert!(matches!(read("latin", b"a 1\n\xe9 2\n"), Err(Error::NotUtf8 { line: 2, .. })));
    }
}
