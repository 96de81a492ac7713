//! What a glue function gives back to R: a value, or a description of what went wrong.
//!
//! extendr 0.9.0 hands error messages to R as printf formats, so a `%` in a file
//! name would crash R. No error and no panic may reach it: R raises the condition
//! itself, from this list (`answer()` in `R/abort.R`).

use extendr_api::prelude::*;
use forebear_core::error::Error;
use forebear_core::error::Result;
use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

/// Runs the body of a glue function.
pub fn guard(body: impl FnOnce() -> Result<Robj>) -> Robj {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(value)) => value,
        Ok(Err(error)) => failure(error.kind(), &error.to_string()),
        // A source of genotypes that found its file damaged, see `Error::unwind()`.
        Err(panic) => match panic.downcast_ref::<Error>() {
            Some(error) => failure(error.kind(), &error.to_string()),
            None => failure("internal", &text_of(panic.as_ref())),
        },
    }
}

fn failure(kind: &str, message: &str) -> Robj {
    let mut failure: Robj = list!(kind = kind, message = message).into();
    match failure.set_class(["forebear_failure"]) {
        Ok(failure) => failure.clone(),
        Err(_) => unreachable!("a list takes a class"),
    }
}

fn text_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}
