//! Fitted models in files.

use crate::answer::guard;
use crate::convert::entry;
use crate::convert::numbers;
use crate::convert::strings;
use crate::model_tree::nodes_of;
use crate::model_tree::preorder;
use crate::model_tree::value_of;
use extendr_api::prelude::*;
use forebear_core::io::model_file;
use forebear_core::io::model_file::Header;
use std::path::Path;

/// Writes `values`, lists and vectors without classes, under `path`. `header`: `kind`, `forebear`,
/// `n_samples`, `n_variants`, `build`.
#[extendr]
fn rust_write_model(path: &str, header: Robj, values: Robj) -> Robj {
    guard(|| {
        let count = |name| numbers(&entry(&header, name))[0] as u64;
        let text = |name| strings(&entry(&header, name)).remove(0);
        let header = Header {
            kind: text("kind"),
            forebear_version: text("forebear"),
            n_samples: count("n_samples"),
            n_variants: count("n_variants"),
            build: strings(&entry(&header, "build")),
            ..Header::default()
        };
        let values = preorder(values);
        model_file::write(Path::new(path), header, &nodes_of(&values))?;
        Ok(().into())
    })
}

/// The header and the values of a file.
#[extendr]
fn rust_read_model(path: &str) -> Robj {
    guard(|| {
        let (header, nodes) = model_file::read(Path::new(path))?;
        let values = value_of(&mut nodes.into_iter());
        Ok(list!(
            kind = header.kind,
            forebear = header.forebear_version,
            n_samples = header.n_samples as f64,
            n_variants = header.n_variants as f64,
            build = header.build,
            values = values
        )
        .into())
    })
}

extendr_module! {
    mod model_file;
    fn rust_write_model;
    fn rust_read_model;
}
