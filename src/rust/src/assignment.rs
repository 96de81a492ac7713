//! Pairings of the columns of two matrices.

use crate::answer::guard;
use crate::convert::matrix;
use crate::run::run;
use extendr_api::prelude::*;
use forebear_core::archetypes::assignment::assign;

/// The column of each row (from 1, `NA` for none) in the pairing that costs least.
#[extendr]
fn rust_assign(cost: Robj, progress: Robj) -> Robj {
    guard(|| {
        let cost = matrix(&cost);
        let columns = run(1, &progress, |task| assign(cost, task))?;
        let column =
            |place: &Option<usize>| place.map_or(Rint::na(), |at| Rint::from(at as i32 + 1));
        Ok(columns.iter().map(column).collect::<Integers>().into())
    })
}

extendr_module! {
    mod assignment;
    fn rust_assign;
}
