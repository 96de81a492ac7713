//! Local ancestry in the tables of RFMix.

use crate::answer::guard;
use crate::convert::entry;
use crate::convert::indices;
use crate::convert::items;
use crate::convert::numbers;
use crate::convert::strings;
use crate::run::run;
use extendr_api::prelude::*;
use forebear_core::io::ancestry_table::Posteriors;
use forebear_core::io::ancestry_table::read;
use forebear_core::io::ancestry_table::write;
use forebear_core::io::ancestry_table::write_lines;
use forebear_core::io::ancestry_table::write_posteriors;
use std::path::Path;

/// First line, column names, chromosomes, and numbers ((n_columns - 1) x n_rows).
#[extendr]
fn rust_read_ancestry_table(path: &str, progress: Robj) -> Robj {
    guard(|| {
        let table = run(1, &progress, |task| read(Path::new(path), task))?;
        let mut numbers = RMatrix::<f64>::new(table.header.len() - 1, table.chrom.len());
        numbers.data_mut().copy_from_slice(&table.numbers);
        let (first, header, chrom) = (table.first, table.header, table.chrom);
        Ok(list!(first = first, header = header, chrom = chrom, numbers = numbers).into())
    })
}

/// Writes `heading`, then a line for each chromosome with its column of `values`.
#[extendr]
fn rust_write_ancestry_table(
    path: &str,
    heading: Robj,
    chrom: Robj,
    values: Robj,
    progress: Robj,
) -> Robj {
    guard(|| {
        let (heading, chrom, values) = (strings(&heading), strings(&chrom), numbers(&values));
        run(1, &progress, |task| write(Path::new(path), &heading, &chrom, values, task))?;
        Ok(().into())
    })
}

/// Writes posteriors at places of the genome. `values`: `places` (n_places x n_rows), `window` of
/// each row, `call` (n_windows x n_haplotypes; both from 1) and `columns`, a numeric vector for
/// each population.
#[extendr]
fn rust_write_posteriors(
    path: &str,
    heading: Robj,
    chrom: Robj,
    values: Robj,
    progress: Robj,
) -> Robj {
    guard(|| {
        let (heading, chrom) = (strings(&heading), strings(&chrom));
        let (places, call) = (entry(&values, "places"), entry(&values, "call"));
        let columns = items(&entry(&values, "columns"));
        let posteriors = Posteriors {
            places: numbers(&places),
            window: &indices(&entry(&values, "window")),
            n_windows: call.nrows(),
            call: &indices(&call),
            columns: &columns.iter().map(numbers).collect::<Vec<_>>(),
        };
        run(1, &progress, |task| {
            write_posteriors(Path::new(path), &heading, &chrom, &posteriors, task)
        })?;
        Ok(().into())
    })
}

/// Writes lines of text, whole or not at all.
#[extendr]
fn rust_write_lines(path: &str, lines: Robj, progress: Robj) -> Robj {
    guard(|| {
        let lines = strings(&lines);
        run(1, &progress, |task| write_lines(Path::new(path), &lines, task))?;
        Ok(().into())
    })
}

extendr_module! {
    mod ancestry_table;
    fn rust_read_ancestry_table;
    fn rust_write_ancestry_table;
    fn rust_write_posteriors;
    fn rust_write_lines;
}
