//! Names of chromosomes, as they are compared.

use crate::answer::guard;
use crate::convert::entry;
use crate::convert::integers;
use crate::convert::strings;
use crate::harmonize::autosomes_of;
use extendr_api::prelude::*;
use forebear_core::data::chromosome::Kind;
use forebear_core::data::chromosome::Names;
use forebear_core::data::chromosome::plain;

/// Distinct names of data sets: of each, `chrom` and `last_bp`, the last position on it or 0.
type Set = (Vec<String>, Vec<i32>);

fn sets_of(sets: &Robj) -> Vec<Set> {
    let sets = sets.as_list().into_iter().flat_map(|list| list.into_iter());
    sets.map(|(_, set)| {
        (strings(&entry(&set, "chrom")), integers(&entry(&set, "last_bp")).to_vec())
    })
    .collect()
}

fn names_of(sets: &[Set], autosomes: &Robj) -> Names {
    let places = |(chrom, last_bp): &Set| {
        Names::of(chrom.iter().map(String::as_str).zip(last_bp.iter().copied()))
    };
    let names = sets.iter().map(places).reduce(Names::with).expect("a data set");
    names.with_autosomes(autosomes_of(autosomes))
}

/// Every name in its plain spelling.
#[extendr]
fn rust_plain_chromosomes(chrom: Robj) -> Robj {
    guard(|| {
        let plain: Vec<String> =
            strings(&chrom).iter().map(|name| plain(name).into_owned()).collect();
        Ok(plain.into())
    })
}

/// The common spelling of every name, data set by data set.
#[extendr]
fn rust_common_chromosomes(sets: Robj, autosomes: Robj) -> Robj {
    guard(|| {
        let sets = sets_of(&sets);
        let names = names_of(&sets, &autosomes);
        let common = |(chrom, _): &Set| -> Vec<String> {
            chrom.iter().map(|name| names.common(name).into_owned()).collect()
        };
        Ok(List::from_values(sets.iter().map(common)).into())
    })
}

/// `kind` of every name, and whether it is a number that is taken for a letter.
#[extendr]
fn rust_chromosome_kinds(set: Robj, autosomes: Robj) -> Robj {
    guard(|| {
        let set = (strings(&entry(&set, "chrom")), integers(&entry(&set, "last_bp")).to_vec());
        let names = names_of(std::slice::from_ref(&set), &autosomes);
        let kind: Vec<&str> = set.0.iter().map(|name| kind_name(names.kind(name))).collect();
        let common: Vec<String> =
            set.0.iter().map(|name| names.common(name).into_owned()).collect();
        let is_guessed: Vec<bool> = set.0.iter().map(|name| names.is_guessed(name)).collect();
        Ok(list!(common = common, kind = kind, is_guessed = is_guessed).into())
    })
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Autosome => "autosomal",
        Kind::X => "x",
        Kind::Y => "y",
        Kind::Xy => "xy",
        Kind::Mitochondria => "mt",
        Kind::Unplaced => "unplaced",
    }
}

extendr_module! {
    mod chromosome;
    fn rust_plain_chromosomes;
    fn rust_common_chromosomes;
    fn rust_chromosome_kinds;
}
