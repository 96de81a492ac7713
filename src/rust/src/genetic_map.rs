//! Genetic maps: read, and interpolate.

use crate::answer::guard;
use crate::convert::entry;
use crate::convert::integers;
use crate::convert::numbers;
use crate::convert::strings;
use extendr_api::prelude::*;
use forebear_core::data::genetic_map::Fit;
use forebear_core::data::genetic_map::GeneticMap;
use forebear_core::data::map_rate::Doubt;
use forebear_core::io::genetic_map;
use std::path::Path;

/// The entries of a map file; `chrom` NULL or the chromosome of a map that names none.
#[extendr]
fn rust_read_genetic_map(path: &str, chrom: Robj) -> Robj {
    guard(|| {
        let entries = genetic_map::read(Path::new(path), chrom.as_str())?;
        let (chrom, bp, cm) = (entries.chrom, entries.position_bp, entries.position_cm);
        let n_negative = entries.n_negative as f64;
        Ok(list!(chrom = chrom, position_bp = bp, position_cm = cm, n_negative = n_negative).into())
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

/// How a map fits variants, see [`forebear_core::data::genetic_map::Fit`]; one entry for each
/// chromosome of the variants.
#[extendr]
fn rust_map_fits(map: Robj, chrom: Robj, position_bp: Robj) -> Robj {
    guard(|| {
        let (bp, cm) = (entry(&map, "position_bp"), entry(&map, "position_cm"));
        let map = GeneticMap::new(&strings(&entry(&map, "chrom")), integers(&bp), numbers(&cm));
        let fits = map.fits(&strings(&chrom), integers(&position_bp))?;
        let number = |of: fn(&Fit) -> f64| fits.iter().map(of).collect::<Vec<f64>>();
        Ok(list!(
            chrom = fits.iter().map(|fit| fit.chrom.clone()).collect::<Vec<String>>(),
            n_variants = number(|fit| fit.n_variants as f64),
            n_before = number(|fit| fit.n_before as f64),
            n_after = number(|fit| fit.n_after as f64),
            first_bp = number(|fit| fit.first_bp),
            last_bp = number(|fit| fit.last_bp),
            length_cm = number(|fit| fit.length_cm),
            rate = number(|fit| fit.rate),
            beyond_bp = number(|fit| fit.beyond_bp),
            beyond_cm = number(|fit| fit.beyond_cm),
            short_cm = number(|fit| fit.short_cm),
            doubt = fits.iter().map(|fit| fit.doubt.map_or("", Doubt::name)).collect::<Vec<_>>()
        )
        .into())
    })
}

extendr_module! {
    mod genetic_map;
    fn rust_read_genetic_map;
    fn rust_position_cm;
    fn rust_map_fits;
}
