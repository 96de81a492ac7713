//! Q matrices and allele frequencies in files.

use crate::answer::guard;
use crate::convert::r_matrix;
use crate::convert::row_major;
use crate::run::run;
use extendr_api::prelude::*;
use faer::MatRef;
use forebear_core::io::q_matrix::Layout;
use forebear_core::io::q_matrix::Request;
use forebear_core::io::q_matrix::read;
use forebear_core::io::q_matrix::read_frequencies;
use forebear_core::io::q_matrix::write;
use forebear_core::io::q_table::LabeledTable;
use std::path::Path;

/// A Q matrix, its layout, and the labels where the file has them. `run` 0 is none chosen.
#[extendr]
fn rust_read_q(path: &str, layout: &str, which: i32, tolerance: f64, progress: Robj) -> Robj {
    guard(|| {
        let which = usize::try_from(which).ok().filter(|which| *which > 0);
        let request = Request { layout: layout_of(layout), run: which, tolerance };
        let file = run(1, &progress, |task| read(Path::new(path), &request, task))?;
        let q = matrix_for_r(&file.weights, file.k);
        let labels: Robj = file.sample_id.map_or_else(|| ().into(), Robj::from);
        let table: Robj = file.table.map_or_else(|| ().into(), described);
        let format = name_of(file.layout);
        Ok(list!(q = q, sample_id = labels, format = format, table = table).into())
    })
}

/// Allele frequencies, n_variants x k.
#[extendr]
fn rust_read_frequencies(path: &str, k: i32, progress: Robj) -> Robj {
    guard(|| {
        let k = k as usize;
        let frequencies = run(1, &progress, |task| read_frequencies(Path::new(path), k, task))?;
        Ok(matrix_for_r(&frequencies, k))
    })
}

/// Writes a Q matrix as ADMIXTURE does.
#[extendr]
fn rust_write_q(q: Robj, path: &str, progress: Robj) -> Robj {
    guard(|| {
        let q = row_major(&q);
        let weights = q.as_slice().expect("row-major order");
        run(1, &progress, |task| write(Path::new(path), weights, q.ncols(), task))?;
        Ok(().into())
    })
}

fn matrix_for_r(values: &[f64], k: usize) -> Robj {
    r_matrix(MatRef::from_row_major_slice(values, values.len() / k, k))
}

/// How a labeled table was read; columns from 1.
fn described(table: LabeledTable) -> Robj {
    let cluster: Robj = table.cluster.map_or_else(|| ().into(), Robj::from);
    let id_column = table.id_column.map_or(0, |column| column + 1);
    list!(
        cluster = cluster,
        columns = [table.columns.start as i32 + 1, table.columns.end as i32],
        id_column = id_column as i32,
        n_lines_above = table.n_lines_above as i32
    )
    .into()
}

fn layout_of(name: &str) -> Option<Layout> {
    match name {
        "auto" => None,
        "admixture" => Some(Layout::Table),
        "structure" => Some(Layout::Structure),
        "indfile" => Some(Layout::Indfile),
        "popfile" => Some(Layout::Popfile),
        "table" => Some(Layout::Labeled),
        "scope" => Some(Layout::Transposed),
        other => panic!("no layout is called {other}"),
    }
}

fn name_of(layout: Layout) -> &'static str {
    match layout {
        Layout::Table => "admixture",
        Layout::Structure => "structure",
        Layout::Indfile => "indfile",
        Layout::Popfile => "popfile",
        Layout::Labeled => "table",
        Layout::Transposed => "scope",
    }
}

extendr_module! {
    mod q_matrix;
    fn rust_read_q;
    fn rust_read_frequencies;
    fn rust_write_q;
}
