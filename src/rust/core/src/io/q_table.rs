//! Tables of weights that also name samples: FRAPPE, R, spreadsheets.
//!
//! Source: what `write.table()`, `write.csv()` and `write.csv2()` of R write; the result file of
//! FRAPPE (Tang et al. 2005) has the first columns of a .ped and then one per cluster.
//!
//! Which columns are weights follows from the numbers: those of a sample sum to 1.

use crate::error::Error;
use crate::error::Result;
use crate::io::lines::Lines;
use crate::io::number;
use crate::task::Task;
use std::collections::HashSet;
use std::ops::Range;
use std::path::Path;

/// A Q matrix with what the file says about its rows and columns.
#[derive(Debug)]
pub struct LabeledTable {
    /// n_samples, where a column has names.
    pub sample_id: Option<Vec<String>>,
    /// k, where the file has a header.
    pub cluster: Option<Vec<String>>,
    pub k: usize,
    /// n_samples x k, row-major; NaN throughout for a sample without an answer.
    pub weights: Vec<f64>,
    /// Which columns are weights, from 0.
    pub columns: Range<usize>,
    /// Which column names the samples, from 0.
    pub id_column: Option<usize>,
    /// Lines above the table and its header.
    pub n_lines_above: usize,
}

/// How far outside of 0 to 1 rounding may bring a weight; it is then clamped.
pub const ROUNDING: f64 = 1e-3;

/// A weight of a sample without an answer.
const NOT_KNOWN: &str = "NA";
const WEIGHT: &str = "A weight must be a number from 0 to 1.";
const COLUMNS: &str = "those of the first sample";
const NO_WEIGHTS: &str =
    "A table of weights must have columns of numbers from 0 to 1, one for each cluster.";
const NO_WEIGHTS_HINT: &str = "Besides them it may have names of samples and a header.";
/// What a column with the IDs of samples is called, the most certain first.
const ID_NAMES: &[&str] = &[
    "sample_id",
    "sampleid",
    "sample",
    "iid",
    "indid",
    "individual",
    "ind",
    "id",
    "name",
    "label",
];

struct Row {
    line: usize,
    fields: Vec<String>,
}

/// Reads a table whose columns are separated by tabs, semicolons (the decimal point may then be a
/// comma), commas or spaces. Lines above the first one with two weights in a row are not of the
/// table; the last of them is the header if it has as many columns, or one less, as R writes it.
///
/// # Errors
/// [`Error::EmptyTable`] without such a line; [`Error::ColumnCount`]; [`Error::Columns`] if no
/// columns can be weights; [`Error::Field`] and [`Error::QRowSum`] if one sample spoils them; those
/// of [`Lines`].
pub fn read(path: &Path, tolerance: f64, task: &Task) -> Result<LabeledTable> {
    let (rows, header, n_lines_above) = read_rows(path, task)?;
    let values: Vec<Vec<Option<f64>>> = rows.iter().map(|row| numbers(&row.fields)).collect();
    let n_columns = rows[0].fields.len();
    let are_weights: Vec<bool> =
        (0..n_columns).map(|column| values.iter().all(|row| is_weight(row[column]))).collect();
    let Some(columns) = weight_columns(&values, &are_weights, tolerance) else {
        return Err(refusal(path, &rows, &values, &are_weights, tolerance));
    };
    let weights = values.iter().flat_map(|row| row[columns.clone()].iter().copied());
    let weights = weights.map(|weight| weight.expect("weights").clamp(0.0, 1.0)).collect();
    let id_column = id_column(&rows, header.as_ref().map(|row| &row.fields[..]), &columns);
    let sample_id = id_column.map(|column| column_of(&rows, column));
    if let Some(row) = &header {
        check_header(path, row, &columns)?;
    }
    let cluster = header.map(|row| row.fields[columns.clone()].to_vec());
    let k = columns.len();
    Ok(LabeledTable { sample_id, cluster, k, weights, columns, id_column, n_lines_above })
}

/// The samples, the header if there is one, and how many lines with text are above both.
fn read_rows(path: &Path, task: &Task) -> Result<(Vec<Row>, Option<Row>, usize)> {
    let mut lines = Vec::new();
    Lines::open(path, "reading", task)?.each_row(|line, text| {
        lines.push((line, text.trim_end().to_owned()));
        Ok(())
    })?;
    let no_sample = || Error::EmptyTable { path: path.to_owned(), what: "sample" };
    let separator = separator_of(&lines.last().ok_or_else(no_sample)?.1);
    let mut rows: Vec<Row> = Vec::with_capacity(lines.len());
    rows.extend(
        lines.iter().map(|(line, text)| Row { line: *line, fields: split(text, separator) }),
    );
    let first = rows.iter().position(|row| has_two_weights(&row.fields)).ok_or_else(no_sample)?;
    let samples = rows.split_off(first);
    let n_columns = samples[0].fields.len();
    if let Some(row) = samples.iter().find(|row| row.fields.len() != n_columns) {
        let (path, line, found) = (path.to_owned(), row.line, row.fields.len());
        return Err(Error::ColumnCount { path, line, expected: n_columns, found, names: COLUMNS });
    }
    let mut last = rows.pop();
    if let Some(mark) = last.as_mut().and_then(|row| row.fields.first_mut()) {
        *mark = mark.trim_start_matches('#').to_owned();
    }
    let header = match last {
        Some(row) if row.fields.len() == n_columns => {
            // A table has one header: below it, text is a sample whose weights are wrong.
            if rows.last().is_some_and(|above| above.fields.len() == n_columns) {
                let found = row.fields.into_iter().next_back().unwrap_or_default();
                let (path, line) = (path.to_owned(), row.line);
                return Err(Error::Field { path, line, found, rule: WEIGHT });
            }
            Some(row)
        }
        Some(row) if row.fields.len() + 1 == n_columns => {
            let fields = [vec![String::new()], row.fields].concat();
            Some(Row { line: row.line, fields })
        }
        Some(_) => return Ok((samples, None, first)),
        None => None,
    };
    let n_lines_above = rows.len();
    Ok((samples, header, n_lines_above))
}

/// A header has no numbers above the weights: such a line is a sample whose weights are wrong, but
/// where clusters are called 1, 2, ... beside a column of names.
fn check_header(path: &Path, header: &Row, columns: &Range<usize>) -> Result<()> {
    let names = &header.fields[columns.clone()];
    let are_counted = columns.start > 0
        && names.iter().enumerate().all(|(place, name)| *name == (place + 1).to_string());
    match names.iter().find(|name| name.trim().parse::<f64>().is_ok()) {
        Some(name) if !are_counted => {
            let (path, line, found) = (path.to_owned(), header.line, name.clone());
            Err(Error::Field { path, line, found, rule: WEIGHT })
        }
        _ => Ok(()),
    }
}

/// The first of tab, semicolon and comma that a line has; else spaces.
fn separator_of(line: &str) -> char {
    ['\t', ';', ','].into_iter().find(|&mark| line.contains(mark)).unwrap_or(' ')
}

/// The fields of a line, without the quotes around them. Where semicolons separate fields, a comma
/// inside a number is its decimal point.
fn split(line: &str, separator: char) -> Vec<String> {
    let (mut fields, mut field, mut quoted, mut any) = (Vec::new(), String::new(), false, false);
    for mark in line.chars() {
        let ends = if separator == ' ' { mark.is_whitespace() } else { mark == separator };
        match mark {
            '"' => (quoted, any) = (!quoted, true),
            _ if ends && !quoted => {
                if separator != ' ' || any {
                    fields.push(std::mem::take(&mut field));
                }
                any = false;
            }
            _ => {
                field.push(mark);
                any = true;
            }
        }
    }
    if separator != ' ' || any {
        fields.push(field);
    }
    let decimal = |field: &str| match separator == ';' && field.matches(',').count() == 1 {
        true if decimal_of(&field.replace(',', ".")).is_some() => field.replace(',', "."),
        _ => field.to_owned(),
    };
    fields.iter().map(|field| decimal(field.trim())).collect()
}

fn decimal_of(field: &str) -> Option<f64> {
    number::decimal(field, number::NEVER).ok().flatten()
}

/// NaN is a weight that is not known; None is no number.
fn numbers(fields: &[String]) -> Vec<Option<f64>> {
    let value =
        |field: &String| if field == NOT_KNOWN { Some(f64::NAN) } else { decimal_of(field) };
    fields.iter().map(value).collect()
}

fn is_weight(value: Option<f64>) -> bool {
    value.is_some_and(|value| value.is_nan() || (-ROUNDING..=1.0 + ROUNDING).contains(&value))
}

/// Whether a line may be one of a sample.
pub fn has_weights(line: &str) -> bool {
    has_two_weights(&split(line, separator_of(line)))
}

fn has_two_weights(fields: &[String]) -> bool {
    let values = numbers(fields);
    values.windows(2).any(|pair| pair.iter().all(|value| is_weight(*value)))
}

/// Most by which the sum of a sample's numbers in some columns differs from 1. Samples of which
/// nothing is known do not count; of which a part is, infinitely.
fn worst_sum(values: &[Vec<Option<f64>>], columns: &Range<usize>) -> f64 {
    values.iter().fold(0.0, |worst: f64, row| {
        let own = &row[columns.clone()];
        let n_unknown = own.iter().filter(|value| value.is_none_or(f64::is_nan)).count();
        match n_unknown {
            0 => worst.max((own.iter().flatten().sum::<f64>() - 1.0).abs()),
            _ if n_unknown == own.len() => worst,
            _ => f64::INFINITY,
        }
    })
}

/// The run of columns whose sums are nearest to 1; of equally good ones the shortest, so that zeros
/// of a .ped are no clusters.
fn weight_columns(
    values: &[Vec<Option<f64>>],
    are_weights: &[bool],
    tolerance: f64,
) -> Option<Range<usize>> {
    let mut best: Option<(f64, Range<usize>)> = None;
    for run in runs_of(are_weights) {
        for start in (run.start..run.end.saturating_sub(1)).rev() {
            let columns = start..run.end;
            let worst = worst_sum(values, &columns);
            let is_better = best.as_ref().is_none_or(|(least, _)| worst < least - 1e-6);
            if worst <= tolerance && is_better {
                best = Some((worst, columns));
            }
        }
    }
    best.map(|(_, columns)| columns)
}

/// Runs of `true`.
fn runs_of(flags: &[bool]) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for place in (0..flags.len()).filter(|&place| flags[place]) {
        match runs.last_mut() {
            Some(run) if run.end == place => run.end += 1,
            _ => runs.push(place..place + 1),
        }
    }
    runs
}

/// Why no columns are weights: one field, one sum, or all.
fn refusal(
    path: &Path,
    rows: &[Row],
    values: &[Vec<Option<f64>>],
    are_weights: &[bool],
    tolerance: f64,
) -> Error {
    let path = path.to_owned();
    // A column that holds weights but for a few samples.
    let spoiled = (0..are_weights.len()).rev().find(|&column| {
        let n_weights = values.iter().filter(|row| is_weight(row[column])).count();
        n_weights < rows.len() && 2 * n_weights > rows.len()
    });
    if let Some(column) = spoiled {
        let at = values.iter().position(|row| !is_weight(row[column])).expect("one is none");
        let (line, found) = (rows[at].line, rows[at].fields[column].clone());
        return Error::Field { path, line, found, rule: WEIGHT };
    }
    let Some(run) = runs_of(are_weights).into_iter().rev().find(|run| run.len() > 1) else {
        let found = format!("{} columns", rows[0].fields.len());
        let (rule, hint) = (NO_WEIGHTS, NO_WEIGHTS_HINT);
        return Error::Columns { path, line: rows[0].line, found, rule, hint };
    };
    let sum_of =
        |row: &Vec<Option<f64>>| match row[run.clone()].iter().flatten().all(|w| w.is_nan()) {
            true => 1.0,
            false => row[run.clone()].iter().flatten().sum::<f64>(),
        };
    let sums = values.iter().map(sum_of);
    let is_off = |sum: &f64| (sum - 1.0).abs() > tolerance || sum.is_nan();
    let mut off = sums.enumerate().filter(|(_, sum)| is_off(sum));
    let (at, sum) = off.next().unwrap_or((0, f64::NAN));
    Error::QRowSum { path, line: rows[at].line, sum, tolerance }
}

/// The column with the IDs of samples: by its name in the header; else the second, which is that of
/// a .ped, or the first that has no name twice.
fn id_column(rows: &[Row], header: Option<&[String]>, weights: &Range<usize>) -> Option<usize> {
    let n_columns = rows[0].fields.len();
    let others: Vec<usize> = (0..n_columns).filter(|column| !weights.contains(column)).collect();
    if let Some(names) = header {
        let called = |name: &&str| {
            others.iter().copied().find(|&column| names[column].eq_ignore_ascii_case(name))
        };
        if let Some(column) = ID_NAMES.iter().find_map(called) {
            return Some(column);
        }
    }
    let is_unique = |column: &usize| {
        let mut seen = HashSet::new();
        rows.iter().all(|row| seen.insert(&row.fields[*column]))
    };
    let second = (header.is_none() && others.contains(&1)).then_some(1);
    second.into_iter().chain(others).find(is_unique)
}

fn column_of(rows: &[Row], column: usize) -> Vec<String> {
    rows.iter().map(|row| row.fields[column].clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<LabeledTable> {
        use std::sync::atomic::AtomicU32;
        use std::sync::atomic::Ordering::Relaxed;
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("forebear-qt-{}-{}", std::process::id(), NEXT.fetch_add(1, Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, text).unwrap();
        let outcome = read(&path, 0.01, &Task::new());
        std::fs::remove_file(&path).unwrap();
        outcome
    }

    fn ids(table: &LabeledTable) -> Vec<&str> {
        table.sample_id.as_ref().unwrap().iter().map(String::as_str).collect()
    }

    #[test]
    fn a_comma_separated_table_has_names() {
        let text = "\"sample_id\",\"Africa\",\"Europe\",\"from\"\n\"ann\",0.25,0.75,\"a, b\"\n\
            bob,1,0,c\n";
        let table = read_text(text).unwrap();
        assert_eq!((table.k, table.columns.clone()), (2, 1..3));
        assert_eq!(table.weights, [0.25, 0.75, 1.0, 0.0]);
        assert_eq!(ids(&table), ["ann", "bob"]);
        assert_eq!(table.cluster.unwrap(), ["Africa", "Europe"]);
    }

    #[test]
    fn semicolons_go_with_decimal_commas() {
        let table = read_text("id;Q1;Q2\nann;0,25;0,75\nbob;1;0\n").unwrap();
        assert_eq!(table.weights, [0.25, 0.75, 1.0, 0.0]);
    }

    #[test]
    fn the_header_of_r_lacks_the_column_of_row_names() {
        let table = read_text("\"V1\" \"V2\"\n\"ann lee\" 0.25 0.75\n\"bob\" 1 0\n").unwrap();
        assert_eq!(ids(&table), ["ann lee", "bob"]);
        assert_eq!(table.cluster.unwrap(), ["V1", "V2"]);
        let table = read_text("x\ty\tz\n0.5\t0.25\t0.25\n1\t0\t0\n").unwrap();
        assert!(table.sample_id.is_none());
        assert_eq!(table.k, 3);
    }

    #[test]
    fn columns_of_a_ped_are_no_weights() {
        let text = "frappe\n3 samples\nK 2\n\nF1 ann 0 0 1 0 0.25 0.75\n\
            F1 bob 0 0 2 1 0.125 0.875\nF2 cat ann bob 1 0 1 0\n";
        let table = read_text(text).unwrap();
        assert_eq!((table.n_lines_above, table.columns.clone()), (3, 6..8));
        assert_eq!(ids(&table), ["ann", "bob", "cat"]);
        assert!(table.cluster.is_none());
        assert_eq!(table.weights, [0.25, 0.75, 0.125, 0.875, 1.0, 0.0]);
        // One sample: the zeros of its father and mother are no clusters.
        assert_eq!(read_text("F1 ann 0 0 0.25 0.75\n").unwrap().k, 2);
    }

    #[test]
    fn a_small_cluster_is_kept_where_sums_need_it() {
        let table = read_text("a 0.004 0.496 0.5\nb 0.002 0.498 0.5\n").unwrap();
        assert_eq!(table.k, 3);
    }

    #[test]
    fn names_that_occur_twice_are_no_ids() {
        let table = read_text("ann YRI 0.25 0.75\nbob YRI 1 0\n").unwrap();
        assert_eq!(ids(&table), ["ann", "bob"]);
        let table = read_text("1 ann 0.25 0.75\n2 bob 1 0\n").unwrap();
        assert_eq!(ids(&table), ["ann", "bob"]);
        assert!(read_text("YRI 0.25 0.75\nYRI 1 0\n").unwrap().sample_id.is_none());
    }

    #[test]
    fn rounding_is_clamped_and_unknown_samples_stay_unknown() {
        let table = read_text("ann -0.0004 1.0004\nbob NA NA\n").unwrap();
        assert_eq!(table.weights[..2], [0.0, 1.0]);
        assert!(table.weights[2..].iter().all(|weight| weight.is_nan()));
    }

    #[test]
    fn a_first_sample_with_wrong_weights_is_no_header() {
        for (text, at, what) in [
            ("nan nan\n0.5 0.5\n0.1 0.9\n", 1, "nan"),
            ("-0.1 1.1\n0.5 0.5\n", 1, "-0.1"),
            ("0.2O 0.8\n0.5 0.5\n", 1, "0.8"),
            ("s1 nan nan\ns2 0.5 0.5\n", 1, "nan"),
            ("id,A,B\ns1,nan,inf\ns2,0.5,0.5\n", 2, "inf"),
            ("id,A,B\ns1,x,y\ns2,0.5,0.5\n", 2, "y"),
        ] {
            let got = read_text(text);
            assert!(
                matches!(got, Err(Error::Field { line, ref found, .. }) if line == at && found == what),
                "{text:?} {got:?}"
            );
        }
        let counted = read_text("id,1,2\ns1,0.25,0.75\n").unwrap();
        assert_eq!(counted.cluster.unwrap(), ["1", "2"]);
    }

    #[test]
    fn what_spoils_a_table_is_named() {
        let field = read_text("id,a,b\nx,0.5,0.5\ny,0.5,0.5\nz,0.5,1.5\n");
        assert!(matches!(field, Err(Error::Field { line: 4, ref found, .. }) if found == "1.5"));
        let sum = read_text("id,a,b\nx,0.5,0.5\ny,0.5,0.4\n");
        assert!(matches!(sum, Err(Error::QRowSum { line: 3, .. })), "{sum:?}");
        let count = read_text("id,a,b\nx,0.5,0.5\ny,1\n");
        assert!(matches!(count, Err(Error::ColumnCount { line: 3, found: 2, expected: 3, .. })));
        for text in ["", "id,a,b\n", "a b\n"] {
            assert!(matches!(read_text(text), Err(Error::EmptyTable { .. })), "{text:?}");
        }
        let part = read_text("id,a,b\nx,0.5,0.5\ny,NA,0.5\n");
        assert!(matches!(part, Err(Error::QRowSum { line: 3, .. })), "{part:?}");
    }
}
