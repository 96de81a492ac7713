//! Finding the variants of a reference in new genotypes.

use crate::answer::guard;
use crate::convert::entry;
use crate::convert::integers;
use crate::convert::numbers;
use crate::convert::strings;
use crate::genotypes::with_source;
use crate::run::run;
use extendr_api::prelude::*;
use forebear_core::data::genotypes::aligned::Reading;
use forebear_core::harmonize::build::named_builds;
use forebear_core::harmonize::found::Match;
use forebear_core::harmonize::found::Outcome;
use forebear_core::harmonize::found::Reason;
use forebear_core::harmonize::orientation::Orientation;
use forebear_core::harmonize::plan::Harmonized;
use forebear_core::harmonize::plan::NewData;
use forebear_core::harmonize::plan::Reference;
use forebear_core::harmonize::plan::Scope;
use forebear_core::harmonize::plan::Strands;
use forebear_core::harmonize::plan::harmonize;
use forebear_core::harmonize::sites::Sites;
use forebear_core::harmonize::sites::names_of;
use forebear_core::harmonize::strand::Frequency;
use forebear_core::pca::called_copies::called_copies;
use forebear_core::task::Task;

/// For every variant of the reference: signed index in the new data, outcome and reason; and how
/// strands were settled.
/// `shared_chromosomes`: overlap is computed on the chromosomes that the new data have.
#[extendr]
#[allow(clippy::too_many_arguments)]
fn rust_harmonize(
    genotypes: Robj,
    reference: Robj,
    frequency: Robj,
    n_alleles: Robj,
    same_strand: bool,
    min_overlap: f64,
    shared_chromosomes: bool,
    threads: i32,
    progress: Robj,
) -> Robj {
    with_source(&genotypes, |source| {
        let mut new = sites(&entry(&genotypes, "variants"));
        new.autosomes = autosomes_of(&entry(&genotypes, "autosomes"));
        let reference = sites(&reference);
        let frequencies = frequencies(numbers(&frequency), numbers(&n_alleles));
        let new = NewData { sites: &new, genotypes: source };
        let reference = Reference { sites: &reference, frequencies: &frequencies };
        let strands = if same_strand { Strands::Same } else { Strands::Unknown };
        let scope = if shared_chromosomes { Scope::SharedChromosomes } else { Scope::Reference };
        let find = |task: &Task| harmonize(new, reference, strands, min_overlap, scope, task);
        let found = run(threads, &progress, find)?;
        Ok(harmonized_list(&found))
    })
}

fn sites(variants: &Robj) -> Sites {
    let column = |name| strings(&entry(variants, name));
    Sites {
        id: column("variant_id"),
        chrom: column("chrom"),
        position_bp: integers(&entry(variants, "position_bp")).to_vec(),
        reference: column("ref"),
        alt: column("alt"),
        autosomes: None,
    }
}

fn frequencies(frequency: &[f64], n_alleles: &[f64]) -> Vec<Frequency> {
    let pairs = frequency.iter().zip(n_alleles);
    pairs.map(|(&frequency, &n_alleles)| Frequency { frequency, n_alleles }).collect()
}

/// Number of autosomes, if the user gave it.
pub fn autosomes_of(number: &Robj) -> Option<u32> {
    number.as_integer().and_then(|number| u32::try_from(number).ok())
}

fn harmonized_list(found: &Harmonized) -> Robj {
    let matches = &found.matches;
    let index: Vec<i32> = matches.iter().map(signed_index).collect();
    let outcome: Vec<&str> = matches.iter().map(|found| outcome_name(found.outcome)).collect();
    let reason: Vec<Option<&str>> =
        matches.iter().map(|found| found.reason.map(reason_name)).collect();
    list!(index = index, outcome = outcome, reason = reason, strand = strand_list(found)).into()
}

/// `mixture`: estimated proportion of A/T and C/G that are not as the other variants are; NA where
/// the other variants do not determine it.
fn strand_list(found: &Harmonized) -> Robj {
    let survey = &found.survey;
    let orientation = match found.orientation {
        Orientation::Written => "written",
        Orientation::Complement => "complement",
        Orientation::EachItsOwn => "frequencies",
    };
    list!(
        orientation = orientation,
        n_same = survey.n_same as f64,
        n_flipped = survey.n_flipped as f64,
        mixture = survey.mixture(survey.of_others()).map(|mixture| mixture.proportion)
    )
    .into()
}

/// From 1; negative where the alleles are swapped, 0 where the variant is dropped.
fn signed_index(found: &Match) -> i32 {
    let index = found.column.map_or(0, |column| column as i32 + 1);
    if found.reading() == Reading::Swapped { -index } else { index }
}

fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Kept => "kept",
        Outcome::Swapped => "swapped",
        Outcome::Flipped => "flipped",
        Outcome::FlippedSwapped => "flipped_swapped",
        Outcome::Dropped => "dropped",
    }
}

fn reason_name(reason: Reason) -> &'static str {
    match reason {
        Reason::Absent => "absent",
        Reason::OtherAlleles => "other_alleles",
        Reason::AmbiguousStrand => "ambiguous_strand",
        Reason::MissingAllele => "missing_allele",
        Reason::Unplaced => "unplaced",
        Reason::DataSet => "data_set",
        Reason::Frequencies => "frequencies",
        Reason::Duplicate => "duplicate",
    }
}

/// Human genome builds whose chromosomes are long enough for the variants; NULL if that does not
/// distinguish builds.
#[extendr]
fn rust_named_builds(variants: Robj) -> Robj {
    guard(|| {
        let sites = sites(&variants);
        let builds = named_builds(&names_of(&sites, &Sites::default()), &sites);
        Ok(builds.map_or_else(|| ().into(), Robj::from))
    })
}

/// Frequency of the counted allele, by expected copies where there are dosages, and the number of alleles that it was counted in.
#[extendr]
fn rust_allele_frequencies(genotypes: Robj, threads: i32, progress: Robj) -> Robj {
    with_source(&genotypes, |source| {
        let called = run(threads, &progress, |task| called_copies(source, task))?;
        let frequency: Vec<f64> =
            called.iter().map(|own| own.allele_frequency().unwrap_or(f64::NAN)).collect();
        let n_alleles: Vec<f64> = called.iter().map(|own| 2.0 * own.n_called as f64).collect();
        Ok(list!(frequency = frequency, n_alleles = n_alleles).into())
    })
}

extendr_module! {
    mod harmonize;
    fn rust_harmonize;
    fn rust_named_builds;
    fn rust_allele_frequencies;
}
