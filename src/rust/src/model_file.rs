//! Fitted models in files.

use crate::answer::guard;
use extendr_api::prelude::*;
use forebear_core::io::model_file;
use forebear_core::io::model_file::Header;
use std::path::Path;

/// Writes the serialised model `payload` under `path`.
#[extendr]
fn rust_write_model(
    path: &str,
    kind: &str,
    forebear_version: &str,
    n_samples: f64,
    n_variants: f64,
    payload: Robj,
) -> Robj {
    guard(|| {
        let (kind, forebear_version) = (kind.to_owned(), forebear_version.to_owned());
        let (n_samples, n_variants) = (n_samples as u64, n_variants as u64);
        let (payload_bytes, payload_crc) = (0, 0);
        let header =
            Header { kind, forebear_version, n_samples, n_variants, payload_bytes, payload_crc };
        let payload = payload.as_raw_slice().expect("a raw vector");
        model_file::write(Path::new(path), header, payload)?;
        Ok(().into())
    })
}

/// The header and the serialised model of a file.
#[extendr]
fn rust_read_model(path: &str) -> Robj {
    guard(|| {
        let (header, payload) = model_file::read(Path::new(path))?;
        let Header { kind, forebear_version, .. } = header;
        let payload = Raw::from_bytes(&payload);
        Ok(list!(kind = kind, forebear_version = forebear_version, payload = payload).into())
    })
}

extendr_module! {
    mod model_file;
    fn rust_write_model;
    fn rust_read_model;
}
