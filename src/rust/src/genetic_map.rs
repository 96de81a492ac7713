//! Genetic maps: read, and interpolate.

use crate::answer::guard;
use crate::convert::entry;
use crate::convert::integers;
use crate::convert::numbers;
use crate::convert::strings;
use extendr_api::prelude::*;
use forebear_core::data::genetic_map::GeneticMap;
use forebear_core::io::genetic_map;
use std::path::Path;

/// The entries of a map file; `chrom` NULL or the chromosome of a map that names none.
#[extendr]
fn rust_read_genetic_map(path: &str, chrom: Robj) -> Robj {
    guard(|| {
        let entries = genetic_map::read(Path::new(path), chrom.as_str())?;
        let (chrom, bp, cm) = (entries.chrom, entries.position_bp, entries.position_cm);
        Ok(list!(chrom = chrom, position_bp = bp, position_cm = cm).into())
    })
}

/// Positions in cM of variants on a map.
#[extendr]
fn rust_position_cm(map: Robj, chrom: Robj, position_bp: Robj) -> Robj {
    guard(|| {
        let (bp, cm) = (entry(&map, "position_bp"), entry(&map, "position_cm"));
        let map = GeneticMap::new(&strings(&entry(&map, "chrom")), integers(&bp), numbers(&cm));
        Ok(map.positions_cm(&strings(&chrom), integers(&position_bp))?.into())
    })
}

extendr_module! {
    mod genetic_map;
    fn rust_read_genetic_map;
    fn rust_position_cm;
}
