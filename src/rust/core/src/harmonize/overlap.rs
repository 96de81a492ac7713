//! Whether enough of a reference was found in new data, and the error if not.

use crate::error::Error;
use crate::error::Result;
use crate::harmonize::build;
use crate::harmonize::build::Common;
use crate::harmonize::coding::Coding;
use crate::harmonize::found::Match;
use crate::harmonize::found::Reason;
use crate::harmonize::found::count_dropped;
use crate::harmonize::sites::PositionIndex;
use crate::harmonize::sites::Sites;

/// Distinct chromosomes that a message names of each data set.
const MOST_NAMES: usize = 5;

/// Accepts `matches` if at least `min_overlap` of them were found and nothing indicates another
/// genome build.
///
/// # Errors
/// [`Error::AlleleCoding`] if one data set has no bases for alleles; [`Error::BuildMismatch`];
/// [`Error::Overlap`].
pub fn check_overlap(
    new: &Sites,
    index: &PositionIndex<'_>,
    reference: &Sites,
    reference_index: &PositionIndex<'_>,
    matches: &[Match],
    min_overlap: f64,
) -> Result<()> {
    let n_used = matches.iter().filter(|m| m.column.is_some()).count();
    let n_elsewhere =
        count_dropped(matches, Reason::Absent) + count_dropped(matches, Reason::Unplaced);
    let n_impossible = count_dropped(matches, Reason::OtherAlleles);
    let common = Common { n_positions: matches.len() - n_elsewhere, n_impossible };
    let enough = n_used > 0 && n_used as f64 >= min_overlap * matches.len() as f64;
    if enough && !common.is_impossible() && 2 * common.n_positions > matches.len() {
        return Ok(());
    }
    if n_impossible > 0 {
        check_coding(new, reference)?;
    }
    if let Some(finding) = build::difference(new, index, reference, reference_index, common) {
        return Err(Error::BuildMismatch {
            finding,
            hint: build::advice(index.names(), new, reference),
        });
    }
    if enough {
        return Ok(());
    }
    let hint = hint(new, index, reference, matches);
    let (n_reference, reasons) = (matches.len(), reasons(matches));
    Err(Error::Overlap { n_used, n_reference, min_overlap, reasons, hint })
}

/// # Errors
/// [`Error::AlleleCoding`] if one has bases, or another coding, and the other has not.
fn check_coding(new: &Sites, reference: &Sites) -> Result<()> {
    let (Some(new_coding), Some(reference_coding)) = (Coding::of(new), Coding::of(reference))
    else {
        return Ok(());
    };
    if new_coding == reference_coding {
        return Ok(());
    }
    let odd = if new_coding == Coding::Bases { reference_coding } else { new_coding };
    let (new, reference) = (new_coding.words(), reference_coding.words());
    Err(Error::AlleleCoding { new, reference, hint: odd.advice() })
}

/// Advice on too little overlap.
fn hint(new: &Sites, index: &PositionIndex<'_>, reference: &Sites, matches: &[Match]) -> String {
    if (0..new.len()).all(|variant| !new.is_placed(variant)) {
        return "No variant of the new data has a place: they are on chromosome 0 or at position 0. \
                Give them their chromosomes and positions, for example with `plink --update-map`."
            .to_owned();
    }
    if !reference.chromosomes().any(|chrom| index.has_chromosome(chrom)) {
        return format!(
            "No chromosome has the same name in both: the reference has {}, the new data have {}.",
            named(reference),
            named(new)
        );
    }
    let n_ambiguous = count_dropped(matches, Reason::AmbiguousStrand);
    let strand = "If both data sets are known to be on one strand, `strand = \"same\"` keeps A/T \
                  and C/G. ";
    format!("{}{FEW_HINT}", if n_ambiguous > 0 { strand } else { "" })
}

const FEW_HINT: &str = "Variants are matched by chromosome, position and alleles. Impute or \
                        genotype more of them, fit the model to the variants that both have, or \
                        lower `min_overlap`.";

/// The first names of chromosomes, in quotes.
fn named(sites: &Sites) -> String {
    let mut names: Vec<&str> = Vec::new();
    for chrom in sites.chromosomes() {
        if !names.contains(&chrom) {
            names.push(chrom);
        }
        if names.len() > MOST_NAMES {
            break;
        }
    }
    let more = if names.len() > MOST_NAMES { ", ..." } else { "" };
    names.truncate(MOST_NAMES);
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    format!("{}{more}", quoted.join(", "))
}

/// Why variants were dropped, as text, the most frequent reason first.
fn reasons(matches: &[Match]) -> String {
    let mut counts: Vec<(usize, &str)> = [
        (Reason::Absent, "not in the new data"),
        (Reason::OtherAlleles, "with other alleles"),
        (Reason::AmbiguousStrand, "A/T or C/G on an unsettled strand"),
        (Reason::MissingAllele, "with an allele that is not named"),
        (Reason::Unplaced, "without a position in the reference"),
    ]
    .into_iter()
    .map(|(reason, words)| (count_dropped(matches, reason), words))
    .filter(|&(count, _)| count > 0)
    .collect();
    counts.sort_by_key(|&(count, _)| std::cmp::Reverse(count));
    let words: Vec<String> =
        counts.iter().map(|(count, words)| format!("{count} {words}")).collect();
    format!("Not used: {}.", words.join(", "))
}
