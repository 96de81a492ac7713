//! Q matrices in the files of other programs, and allele frequencies beside them.
//!
//! Source: ADMIXTURE 1.3 manual (`.Q`, `.P`; fastmixture writes the same); STRUCTURE
//! 2.3 documentation, "Interpreting the text output" (`_f`); CLUMPP 1.1 manual
//! (`indfile`, `popfile`); SCOPE's README (`Qhat.txt`, whose rows are clusters).

use crate::error::Error;
use crate::error::Result;
use crate::io::lines::Line;
use crate::io::lines::Lines;
use crate::io::number;
use crate::io::q_table;
use crate::io::q_table::LabeledTable;
use crate::io::text_file::TextFile;
use crate::task::Task;
use std::fmt::Write;
use std::path::Path;

/// How a file lays out weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// One line per sample, one number per cluster: ADMIXTURE and fastmixture.
    Table,
    /// The text output of STRUCTURE, with one table of samples among much else.
    Structure,
    /// CLUMPP's: `index label (missing) population : weights`, runs set apart by empty lines.
    Indfile,
    /// CLUMPP's `population: weights n_samples`, runs set apart by empty lines.
    Popfile,
    /// Names of samples beside the weights, perhaps a header: FRAPPE, R, spreadsheets.
    Labeled,
    /// One line per cluster, one number per sample: SCOPE.
    Transposed,
}

/// A Q matrix as a file has it.
#[derive(Debug)]
pub struct QMatrix {
    pub layout: Layout,
    /// n_samples, where the file has labels.
    pub sample_id: Option<Vec<String>>,
    pub k: usize,
    /// n_samples x k, row-major; none negative, rows sum to 1 within the tolerance, or are NaN
    /// throughout for a sample without an answer.
    pub weights: Vec<f64>,
    /// How a labeled table was read; its names of samples have moved to `sample_id`.
    pub table: Option<LabeledTable>,
}

/// What is asked of a file.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// None: detected from the file itself.
    pub layout: Option<Layout>,
    /// Which run of an indfile or popfile, from 1; needed if there are several.
    pub run: Option<usize>,
    /// Most by which the sum of a row may differ from 1.
    pub tolerance: f64,
}

const HEADING: &str = "Inferred ancestry of individuals:";
const COLUMN_NAMES: &str = "Inferred clusters";
/// Among the column names where the linkage model has a rate per sample.
const RATE: &str = "Ind's r";
const COLUMNS: &str = "one weight per cluster";
const WEIGHT: &str = "A weight must be a number from 0 to 1.";
/// A weight of a sample without an answer, of which no weight is known.
const NOT_KNOWN: &str = "NA";
const FREQUENCY: &str = "An allele frequency must be a number from 0 to 1.";
const POPULATION_LINE: &str = "A line of a population must be `population: weights n_samples`.";
const SAMPLE_LINE: &str =
    "A line of a sample must be `index label (missing) population : weights`.";

/// Reads a Q matrix, plain or gzipped.
///
/// # Errors
/// [`Error::File`], [`Error::Truncated`], [`Error::NotUtf8`], [`Error::LineTooLong`];
/// [`Error::ColumnCount`] if lines differ in their number of weights; [`Error::Field`] for a
/// weight that is no number from 0 to 1; [`Error::QRowSum`]; [`Error::EmptyTable`];
/// [`Error::NoSuchRun`]; [`Error::Interrupted`].
pub fn read(path: &Path, request: &Request, task: &Task) -> Result<QMatrix> {
    match request.layout {
        Some(layout) => read_as(layout, path, request, task),
        None => match recognize(path, task)? {
            Layout::Table => read_numbers_of_some_kind(path, request, task),
            layout => read_as(layout, path, request, task),
        },
    }
}

fn read_as(layout: Layout, path: &Path, request: &Request, task: &Task) -> Result<QMatrix> {
    let tolerance = request.tolerance;
    match layout {
        Layout::Table => {
            let rows = read_numbers(path, tolerance, task)?;
            let (k, weights) = (rows.k, rows.values);
            Ok(QMatrix { layout, sample_id: None, k, weights, table: None })
        }
        Layout::Structure => of_run(path, layout, read_structure(path, tolerance, task)?),
        Layout::Indfile | Layout::Popfile => {
            let runs = read_runs(path, layout, tolerance, task)?;
            of_run(path, layout, choose(path, runs, request.run)?)
        }
        Layout::Transposed => {
            let (k, weights) = read_transposed(path, tolerance, task)?;
            Ok(QMatrix { layout, sample_id: None, k, weights, table: None })
        }
        Layout::Labeled => {
            let mut table = q_table::read(path, tolerance, task)?;
            let (sample_id, k) = (table.sample_id.take(), table.k);
            let weights = std::mem::take(&mut table.weights);
            Ok(QMatrix { layout, sample_id, k, weights, table: Some(table) })
        }
    }
}

/// A file of nothing but numbers: weights of samples, of clusters, or weights beside numbers that
/// are names. If it is none of these, what is wrong with it as the first is the answer.
fn read_numbers_of_some_kind(path: &Path, request: &Request, task: &Task) -> Result<QMatrix> {
    let refused = match read_as(Layout::Table, path, request, task) {
        Err(
            refused @ (Error::Field { .. } | Error::QRowSum { .. } | Error::ColumnCount { .. }),
        ) => refused,
        outcome => return outcome,
    };
    for layout in [Layout::Transposed, Layout::Labeled] {
        match read_as(layout, path, request, task) {
            Ok(q) => return Ok(q),
            Err(Error::Interrupted) => return Err(Error::Interrupted),
            Err(_) => {}
        }
    }
    Err(refused)
}

/// Reads allele frequencies [n_variants x k], row-major, of `k` clusters.
///
/// # Errors
/// As [`read`], but for the sums.
pub fn read_frequencies(path: &Path, k: usize, task: &Task) -> Result<Vec<f64>> {
    let mut rows = Rows { k, values: Vec::new(), what: FREQUENCY };
    each_row(path, task, |line, text| {
        rows.add(path, line, text.split_ascii_whitespace()).map(drop)
    })?;
    rows.not_empty(path, "variant")?;
    Ok(rows.values)
}

/// Writes a Q matrix (`weights`, row-major) as ADMIXTURE does, each number with the
/// fewest digits that read back as the same, and `NA` for NaN.
///
/// # Errors
/// [`Error::File`], [`Error::Interrupted`]; nothing is left then.
///
/// # Panics
/// If `k` is 0.
pub fn write(path: &Path, weights: &[f64], k: usize, task: &Task) -> Result<()> {
    task.begin("writing", weights.len() as u64)?;
    let mut file = TextFile::create(path)?;
    let mut text = String::new();
    for row in weights.chunks(k) {
        text.clear();
        for (cluster, weight) in row.iter().enumerate() {
            let space = if cluster == 0 { "" } else { " " };
            match weight.is_nan() {
                true => write!(text, "{space}{NOT_KNOWN}"),
                false => write!(text, "{space}{weight}"),
            }
            .expect("a string takes text");
        }
        text.push('\n');
        file.write(text.as_bytes())?;
        task.advance(k as u64)?;
    }
    file.publish()
}

/// Rows of equally many numbers.
struct Rows {
    /// 0 until the first row is known.
    k: usize,
    values: Vec<f64>,
    /// The rule that every number keeps.
    what: &'static str,
}

impl Rows {
    fn weights() -> Rows {
        Rows { k: 0, values: Vec::new(), what: WEIGHT }
    }

    /// Adds a row and returns its sum.
    fn add<'t>(
        &mut self,
        path: &Path,
        line: usize,
        fields: impl Iterator<Item = &'t str>,
    ) -> Result<f64> {
        let before = self.values.len();
        for field in fields {
            let value = number::decimal(field, number::NEVER).ok().flatten();
            let within = -q_table::ROUNDING..=1.0 + q_table::ROUNDING;
            let Some(value) = value.filter(|value| within.contains(value)) else {
                let (path, found, rule) = (path.to_owned(), field.to_owned(), self.what);
                return Err(Error::Field { path, line, found, rule });
            };
            self.values.push(value.clamp(0.0, 1.0));
        }
        let found = self.values.len() - before;
        if self.k == 0 {
            self.k = found;
        }
        if found != self.k || found == 0 {
            let (path, expected) = (path.to_owned(), self.k.max(1));
            return Err(Error::ColumnCount { path, line, expected, found, names: COLUMNS });
        }
        Ok(self.values[before..].iter().sum())
    }

    /// Adds the weights of a sample.
    fn add_sample<'t>(
        &mut self,
        path: &Path,
        line: usize,
        fields: impl Iterator<Item = &'t str>,
        tolerance: f64,
    ) -> Result<()> {
        let fields: Vec<&str> = fields.collect();
        let (n_fields, k) = (fields.len(), self.k);
        if n_fields > 0 && (k == 0 || n_fields == k) && fields.iter().all(|&f| f == NOT_KNOWN) {
            self.k = n_fields;
            self.values.extend(std::iter::repeat_n(f64::NAN, n_fields));
            return Ok(());
        }
        let sum = self.add(path, line, fields.into_iter())?;
        if (sum - 1.0).abs() <= tolerance {
            return Ok(());
        }
        Err(Error::QRowSum { path: path.to_owned(), line, sum, tolerance })
    }

    fn not_empty(&self, path: &Path, what: &'static str) -> Result<()> {
        if self.values.is_empty() {
            return Err(Error::EmptyTable { path: path.to_owned(), what });
        }
        Ok(())
    }
}

/// Samples of one run.
struct Run {
    /// As many as there are samples with a label.
    labels: Vec<String>,
    n_samples: usize,
    rows: Rows,
    /// Numbers of a sample before its weights.
    n_before: usize,
}

impl Run {
    fn new() -> Run {
        Run { labels: Vec::new(), n_samples: 0, rows: Rows::weights(), n_before: 0 }
    }

    /// `index [label] (missing) [population] : weights [(interval) ...]`
    fn add(&mut self, path: &Path, line: usize, text: &str, tolerance: f64) -> Result<()> {
        let refused = || {
            let (path, found) = (path.to_owned(), text.trim().to_owned());
            Error::Field { path, line, found, rule: SAMPLE_LINE }
        };
        let mut fields = text.split_ascii_whitespace();
        let index = fields.next().filter(|index| number::whole(index, number::NEVER).is_ok());
        index.ok_or_else(refused)?;
        let second = fields.next().ok_or_else(refused)?;
        if !second.starts_with('(') && !second.ends_with(':') {
            self.labels.push(second.to_owned());
        }
        if !second.ends_with(':') {
            fields.find(|field| field.ends_with(':')).ok_or_else(refused)?;
        }
        self.n_samples += 1;
        let weights = fields.skip(self.n_before).take_while(|field| !field.starts_with('('));
        self.rows.add_sample(path, line, weights, tolerance)
    }

    /// `population: weights n_samples`
    fn add_population(
        &mut self,
        path: &Path,
        line: usize,
        text: &str,
        tolerance: f64,
    ) -> Result<()> {
        let refused = || {
            let (path, found) = (path.to_owned(), text.trim().to_owned());
            Error::Field { path, line, found, rule: POPULATION_LINE }
        };
        let (name, numbers) = text.split_once(':').ok_or_else(refused)?;
        let mut fields: Vec<&str> = numbers.split_ascii_whitespace().collect();
        let size = fields.pop().and_then(|size| number::whole(size, number::NEVER).ok().flatten());
        if name.trim().is_empty() || size.is_none_or(|size| size < 0) {
            return Err(refused());
        }
        self.labels.push(name.trim().to_owned());
        self.n_samples += 1;
        self.rows.add_sample(path, line, fields.into_iter(), tolerance)
    }
}

fn of_run(path: &Path, layout: Layout, run: Run) -> Result<QMatrix> {
    run.rows.not_empty(path, "sample")?;
    // Labels are kept if every sample has one.
    let sample_id = (run.labels.len() == run.n_samples).then_some(run.labels);
    Ok(QMatrix { layout, sample_id, k: run.rows.k, weights: run.rows.values, table: None })
}

fn choose(path: &Path, runs: Vec<Run>, wanted: Option<usize>) -> Result<Run> {
    let n_runs = runs.len();
    let place = match wanted {
        None if n_runs <= 1 => Some(0),
        None => None,
        Some(run) => run.checked_sub(1),
    };
    let found = place.and_then(|place| runs.into_iter().nth(place));
    match found {
        Some(run) => Ok(run),
        None if n_runs == 0 => Err(Error::EmptyTable { path: path.to_owned(), what: "sample" }),
        None => Err(Error::NoSuchRun { path: path.to_owned(), n_runs }),
    }
}

fn read_numbers(path: &Path, tolerance: f64, task: &Task) -> Result<Rows> {
    let mut rows = Rows::weights();
    each_row(path, task, |line, text| {
        rows.add_sample(path, line, text.split_ascii_whitespace(), tolerance)
    })?;
    rows.not_empty(path, "sample")?;
    Ok(rows)
}

/// Lines of numbers, after a heading if there is one. A line with `#` among them is given to `row`,
/// which refuses it: it may be a sample that would be lost.
fn each_row(
    path: &Path,
    task: &Task,
    mut row: impl FnMut(usize, &str) -> Result<()>,
) -> Result<()> {
    Lines::open(path, "reading", task)?.each(|line, text| match text {
        Line::Heading(_) => Ok(()),
        Line::Comment(text) | Line::Row(text) => row(line, text),
    })?;
    Ok(())
}

/// Runs of an indfile or popfile.
fn read_runs(path: &Path, layout: Layout, tolerance: f64, task: &Task) -> Result<Vec<Run>> {
    let mut lines = Lines::open(path, "reading", task)?;
    let (mut runs, mut between) = (Vec::new(), true);
    loop {
        let line = lines.line() + 1;
        let Some(text) = lines.next_text()? else { return Ok(runs) };
        if text.trim().is_empty() {
            between = true;
            continue;
        }
        if between {
            runs.push(Run::new());
            between = false;
        }
        let run = runs.last_mut().expect("a run was begun");
        match layout {
            Layout::Popfile => run.add_population(path, line, text, tolerance)?,
            _ => run.add(path, line, text, tolerance)?,
        }
    }
}

/// k and the weights [n_samples x k], row-major, of a file with one line per cluster.
fn read_transposed(path: &Path, tolerance: f64, task: &Task) -> Result<(usize, Vec<f64>)> {
    let mut rows = Rows::weights();
    each_row(path, task, |line, text| {
        rows.add(path, line, text.split_ascii_whitespace()).map(drop)
    })?;
    rows.not_empty(path, "cluster")?;
    let n_samples = rows.k;
    let k = rows.values.len() / n_samples;
    let mut weights = Vec::with_capacity(rows.values.len());
    for sample in 0..n_samples {
        let own = (0..k).map(|cluster| rows.values[cluster * n_samples + sample]);
        weights.extend(own);
        let sum = weights[sample * k..].iter().sum::<f64>();
        if (sum - 1.0).abs() > tolerance {
            return Err(Error::QColumnSum {
                path: path.to_owned(),
                column: sample,
                sum,
                tolerance,
            });
        }
    }
    Ok((k, weights))
}

fn read_structure(path: &Path, tolerance: f64, task: &Task) -> Result<Run> {
    let mut lines = Lines::open(path, "reading", task)?;
    let (mut run, mut inside) = (Run::new(), false);
    loop {
        let line = lines.line() + 1;
        let Some(text) = lines.next_text()? else { return Ok(run) };
        let text = text.trim();
        if !inside {
            inside = text.starts_with(HEADING);
        } else if text.is_empty() {
            if run.n_samples > 0 {
                return Ok(run);
            }
        } else if text.contains(COLUMN_NAMES) {
            run.n_before = usize::from(text.contains(RATE));
        } else {
            run.add(path, line, text, tolerance)?;
        }
    }
}

/// Detects the layout by the first line that is not empty, or by STRUCTURE's heading.
fn recognize(path: &Path, task: &Task) -> Result<Layout> {
    let mut lines = Lines::open(path, "reading", task)?;
    let (mut first, mut labeled, mut has_weights) = (true, false, false);
    while let Some(text) = lines.next_text()? {
        let text = text.trim();
        if text.starts_with(HEADING) {
            return Ok(Layout::Structure);
        }
        if first && !text.is_empty() && !text.starts_with('#') {
            first = false;
            labeled = !text.split_ascii_whitespace().all(is_number_or_unknown);
            let mut fields = text.split_ascii_whitespace();
            let before = fields.next().unwrap_or_default();
            if before.ends_with(':') || fields.clone().next() == Some(":") {
                return Ok(Layout::Popfile);
            }
            if is_number_or_unknown(before) && fields.any(|field| field.ends_with(':')) {
                return Ok(Layout::Indfile);
            }
            if !labeled {
                return Ok(Layout::Table);
            }
        }
        // In the log of a program words may come before the table.
        has_weights |= labeled && q_table::has_weights(text);
    }
    if labeled && has_weights {
        return Ok(Layout::Labeled);
    }
    // Otherwise the table layout, whose errors name the line and the rule.
    Ok(Layout::Table)
}

fn is_number_or_unknown(field: &str) -> bool {
    field == NOT_KNOWN || number::decimal(field, number::NEVER).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;
    use std::path::PathBuf;
    use std::sync::atomic::AtomicU32;
    use std::sync::atomic::Ordering::Relaxed;

    const ANY: Request = Request { layout: None, run: None, tolerance: 0.01 };

    /// A file that goes when it is dropped.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(bytes: &[u8]) -> Scratch {
            static NEXT: AtomicU32 = AtomicU32::new(0);
            let name = format!("forebear-q-{}-{}", std::process::id(), NEXT.fetch_add(1, Relaxed));
            let path = std::env::temp_dir().join(name);
            std::fs::write(&path, bytes).unwrap();
            Scratch(path)
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            std::fs::remove_file(&self.0).unwrap();
        }
    }

    fn read_with(bytes: &[u8], request: Request) -> Result<QMatrix> {
        read(&Scratch::new(bytes).0, &request, &Task::new())
    }

    fn weights(text: &str) -> Vec<f64> {
        read_with(text.as_bytes(), ANY).unwrap().weights
    }

    const STRUCTURE: &str = "\n----------------------------------------------------\n\
        STRUCTURE by Pritchard, Stephens and Donnelly (2000)\n\n\
        Proportion of membership of each pre-defined\n  1:     0.5    0.5        2\n\n\
        Inferred ancestry of individuals:\n\
        \x20       Label (%Miss) Pop:  Inferred clusters (and 90% probability intervals)\n\
        \x20 1     ann    (0)    1 :  0.987 0.013    (0.900,1.000) (0.000,0.100)\n\
        \x20 2     bob   (12)    2 :  0.250 0.751    (0.100,0.400) (0.600,0.900)\n\n\n\
        Estimated Allele Frequencies in each cluster\n 1 2 : nothing\n";

    #[test]
    fn a_plain_table_has_one_line_per_sample() {
        let q = read_with(b"0.25 0.75\n1e-5\t0.99999\r\n  1 0\n\n", ANY).unwrap();
        assert_eq!((q.layout, q.k), (Layout::Table, 2));
        assert_eq!(q.weights, [0.25, 0.75, 1e-5, 0.99999, 1.0, 0.0]);
        assert!(q.sample_id.is_none());
        assert_eq!(weights("1\n1.0\n"), [1.0, 1.0]);
        assert_eq!(weights("\u{feff}0.5 0.5"), [0.5, 0.5]);
        assert_eq!(weights("# K = 2\r\n+0.5 5e-01\r\n\r\n1.0 0.0e+00"), [0.5, 0.5, 1.0, 0.0]);
    }

    #[test]
    fn structure_has_its_table_among_much_else() {
        let q = read_with(STRUCTURE.as_bytes(), ANY).unwrap();
        assert_eq!((q.layout, q.k), (Layout::Structure, 2));
        assert_eq!(q.weights, [0.987, 0.013, 0.25, 0.751]);
        assert_eq!(q.sample_id.unwrap(), ["ann", "bob"]);
        let plain = STRUCTURE.replace(" (and 90% probability intervals)", "");
        assert_eq!(read_with(plain.as_bytes(), ANY).unwrap().weights.len(), 4);
    }

    #[test]
    fn structure_without_labels_or_populations_is_read_too() {
        let text = "Inferred ancestry of individuals:\n   (%Miss) :  Inferred clusters\n\
            1 (0) : 0.5 0.5\n2 (3) : 0.1 0.9\n";
        let q = read_with(text.as_bytes(), ANY).unwrap();
        assert_eq!(q.weights, [0.5, 0.5, 0.1, 0.9]);
        assert!(q.sample_id.is_none());
    }

    #[test]
    fn the_rate_of_structures_linkage_model_is_no_weight() {
        let text = "Inferred ancestry of individuals:\n\
            Label (%Miss) Pop:   Ind's r Inferred clusters\n\
            1 ann (0) 1 :   0.2500   0.500 0.500\n2 bob (3) 1 :   7.2500   0.100 0.900\n";
        assert_eq!(weights(text), [0.5, 0.5, 0.1, 0.9]);
    }

    #[test]
    fn runs_of_an_indfile_are_set_apart_by_empty_lines() {
        let text = "1 1 (0) 1 : 0.5 0.5\n2 2 (0) 1: 0.1 0.9\n\n1 1 (0) 1 : 0.4 0.6\n\
            2 2 (0) 1 : 0.9 0.1\n\n";
        let run = |run| read_with(text.as_bytes(), Request { run, ..ANY });
        assert_eq!(run(Some(1)).unwrap().weights, [0.5, 0.5, 0.1, 0.9]);
        assert_eq!(run(Some(2)).unwrap().weights, [0.4, 0.6, 0.9, 0.1]);
        assert_eq!(run(Some(2)).unwrap().sample_id.unwrap(), ["1", "2"]);
        for wanted in [None, Some(0), Some(3)] {
            assert!(matches!(run(wanted), Err(Error::NoSuchRun { n_runs: 2, .. })));
        }
        assert_eq!(weights("1 1 (0) 1 : 0.5 0.5\n"), [0.5, 0.5]);
    }

    #[test]
    fn wrong_lines_are_named() {
        let found = |text: &str| match read_with(text.as_bytes(), ANY) {
            Err(Error::ColumnCount { line, found, expected, .. }) => (line, found, expected),
            other => panic!("{other:?}"),
        };
        assert_eq!(found("0.5 0.5\n1\n"), (2, 1, 2));
        assert_eq!(found("0.5 0.5\n0.5 0.25 0.25\n"), (2, 3, 2));
        assert_eq!(found("1 a (0) : 0.5 0.5\n2 b (0) : 1\n"), (2, 1, 2));
        assert_eq!(found("1 a (0) :\n"), (1, 0, 1));
    }

    #[test]
    fn weights_off_the_simplex_are_named() {
        let field = |text: &str| match read_with(text.as_bytes(), ANY) {
            Err(Error::Field { line, found, .. }) => (line, found),
            other => panic!("{other:?}"),
        };
        for bad in ["-1e-2", "1.5", "NaN", "inf", "x", "0,5", "-0.5"] {
            assert_eq!(field(&format!("0.5 0.5\n{bad} 0.5\n")), (2, bad.to_owned()));
        }
        assert_eq!(field("a b\n"), (1, "a".to_owned()));
        assert_eq!(field("0.5 0.5\n#0.5 0.5\n1 0\n"), (2, "#0.5".to_owned()));
        assert_eq!(field("1 a (0) : 0.5 0.5\nb\n"), (2, "b".to_owned()));
        let priors = "1 a (0) 1 : 0.9 | Pop 2: 0.1 0.0 |\n";
        assert_eq!(field(priors), (1, "|".to_owned()));
        let sum = |text: &str| match read_with(text.as_bytes(), ANY) {
            Err(Error::QRowSum { line, sum, .. }) => (line, sum),
            other => panic!("{other:?}"),
        };
        assert_eq!(sum("0.5 0.5\n0.5 0.25\n"), (2, 0.75));
        assert_eq!(weights("0.333 0.333 0.333\n").len(), 3);
        let strict = Request { tolerance: 1e-4, ..ANY };
        assert!(read_with(b"0.333 0.333 0.333\n", strict).is_err());
    }

    #[test]
    fn rounding_is_clamped() {
        assert_eq!(weights("-1e-9 1.0000004\n0.5 0.5\n"), [0.0, 1.0, 0.5, 0.5]);
        assert_eq!(weights("1 ann (0) 1 : -0.001 1.001\n"), [0.0, 1.0]);
    }

    #[test]
    fn a_popfile_has_populations_and_their_sizes() {
        let text = "1:  0.25 0.75  20\n12: 1 0 3\n\n1: 0.75 0.25 20\n12: 0 1 3\n";
        let run = |run| read_with(text.as_bytes(), Request { run, ..ANY });
        let q = run(Some(1)).unwrap();
        assert_eq!((q.layout, q.k), (Layout::Popfile, 2));
        assert_eq!(q.weights, [0.25, 0.75, 1.0, 0.0]);
        assert_eq!(q.sample_id.unwrap(), ["1", "12"]);
        assert_eq!(run(Some(2)).unwrap().weights, [0.75, 0.25, 0.0, 1.0]);
        assert!(matches!(run(None), Err(Error::NoSuchRun { n_runs: 2, .. })));
        for bad in ["1: 0.5 0.5 0.5\n", "1: 0.5 0.5 3\n0.5 0.5 3\n", "1: 1\n"] {
            let outcome = read_with(bad.as_bytes(), ANY);
            assert!(
                matches!(outcome, Err(Error::Field { .. } | Error::ColumnCount { .. })),
                "{outcome:?}"
            );
        }
    }

    #[test]
    fn a_file_with_a_line_per_cluster_is_transposed() {
        let q = read_with(b"0.25 1 0.5\n0.75 0 0.5\n", ANY).unwrap();
        assert_eq!((q.layout, q.k), (Layout::Transposed, 2));
        assert_eq!(q.weights, [0.25, 0.75, 1.0, 0.0, 0.5, 0.5]);
        let asked = Request { layout: Some(Layout::Transposed), ..ANY };
        let outcome = read_with(b"0.25 1 0.5\n0.75 0 0.25\n", asked);
        assert!(matches!(outcome, Err(Error::QColumnSum { column: 2, .. })), "{outcome:?}");
        // As a table of samples, if it is neither.
        let outcome = read_with(b"0.25 1 0.5\n0.75 0 0.25\n", ANY);
        assert!(matches!(outcome, Err(Error::QRowSum { line: 1, .. })), "{outcome:?}");
    }

    #[test]
    fn names_beside_weights_make_a_labeled_table() {
        for text in ["ann 0.5 0.5\nbob 1 0\n", "id,a,b\nann,0.5,0.5\nbob,1,0\n"] {
            let q = read_with(text.as_bytes(), ANY).unwrap();
            assert_eq!((q.layout, q.k), (Layout::Labeled, 2));
            assert_eq!(q.sample_id.unwrap(), ["ann", "bob"]);
            assert_eq!(q.weights, [0.5, 0.5, 1.0, 0.0]);
        }
        let q = read_with(b"7 101 0.5 0.5\n7 102 1 0\n", ANY).unwrap();
        assert_eq!(q.sample_id.unwrap(), ["101", "102"]);
        assert_eq!(weights("0.5,0.5\n1,0\n"), [0.5, 0.5, 1.0, 0.0]);
    }

    #[test]
    fn nothing_to_read_is_refused() {
        for text in ["", "\n\n", "Inferred ancestry of individuals:\n\n"] {
            let outcome = read_with(text.as_bytes(), ANY);
            assert!(matches!(outcome, Err(Error::EmptyTable { .. })), "{text:?} {outcome:?}");
        }
        let as_indfile = Request { layout: Some(Layout::Indfile), ..ANY };
        assert!(matches!(read_with(b"\n", as_indfile), Err(Error::EmptyTable { .. })));
        assert!(matches!(read_with(b"1\n\xe9\n", ANY), Err(Error::NotUtf8 { line: 2, .. })));
    }

    #[test]
    fn what_is_written_reads_back_to_the_last_bit() {
        let third = 1.0 / 3.0;
        let q = [third, 1.0 - third, 0.0, 1.0, 5e-324, 1.0, 0.1 + 0.2, 0.7 - 1e-17];
        let scratch = Scratch::new(b"old");
        write(&scratch.0, &q, 2, &Task::new()).unwrap();
        assert_eq!(read(&scratch.0, &ANY, &Task::new()).unwrap().weights, q);
    }

    #[test]
    fn a_sample_without_an_answer_is_a_row_of_na() {
        let scratch = Scratch::new(b"old");
        write(&scratch.0, &[0.25, 0.75, f64::NAN, f64::NAN], 2, &Task::new()).unwrap();
        assert_eq!(std::fs::read(&scratch.0).unwrap(), b"0.25 0.75\nNA NA\n");
        let weights = read_with(b"NA NA\n0.25 0.75\n", ANY).unwrap().weights;
        assert!(weights[0].is_nan() && weights[1].is_nan());
        assert_eq!(weights[2..], [0.25, 0.75]);
        let outcome = read_with(b"0.5 0.5\nNA 1\n", ANY);
        assert!(matches!(outcome, Err(Error::Field { line: 2, .. })), "{outcome:?}");
        let outcome = read_with(b"0.5 0.5\nNA\n", ANY);
        assert!(matches!(outcome, Err(Error::Field { line: 2, .. })), "{outcome:?}");
    }

    #[test]
    fn gzip_is_known_by_its_bytes() {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(b"0.5 0.5\n0.25 0.75\n").unwrap();
        let bytes = encoder.finish().unwrap();
        assert_eq!(read_with(&bytes, ANY).unwrap().weights, [0.5, 0.5, 0.25, 0.75]);
    }

    #[test]
    fn frequencies_have_a_column_per_cluster_and_need_no_sum() {
        let scratch = Scratch::new(b"0.5 0.1\n0 1\n");
        let task = Task::new();
        assert_eq!(read_frequencies(&scratch.0, 2, &task).unwrap(), [0.5, 0.1, 0.0, 1.0]);
        let outcome = read_frequencies(&scratch.0, 3, &task);
        assert!(matches!(outcome, Err(Error::ColumnCount { line: 1, expected: 3, .. })));
        let scratch = Scratch::new(b"0.5 1.1\n");
        let outcome = read_frequencies(&scratch.0, 2, &task);
        assert!(matches!(outcome, Err(Error::Field { line: 1, .. })));
    }

    #[test]
    fn a_canceled_task_stops_reading_and_writing() {
        let task = Task::new();
        let scratch = Scratch::new(b"0.5 0.5\n");
        task.cancel();
        assert!(matches!(read(&scratch.0, &ANY, &task), Err(Error::Interrupted)));
        assert!(matches!(write(&scratch.0, &[1.0], 1, &task), Err(Error::Interrupted)));
        assert_eq!(std::fs::read(&scratch.0).unwrap(), b"0.5 0.5\n");
    }
}
