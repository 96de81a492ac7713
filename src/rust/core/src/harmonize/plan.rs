//! For every variant of a reference: which variant of new data it is, and how to read it.

use crate::data::genotypes::aligned::Reading;
use crate::data::genotypes::counts::GenotypeCounts;
use crate::data::genotypes::genotype::GenotypeSource;
use crate::error::Result;
use crate::harmonize::alleles::Related;
use crate::harmonize::alleles::Relation;
use crate::harmonize::alleles::is_single_base;
use crate::harmonize::alleles::relate;
use crate::harmonize::found::Match;
use crate::harmonize::found::Outcome;
use crate::harmonize::found::Reason;
use crate::harmonize::orientation::Orientation;
use crate::harmonize::orientation::Survey;
use crate::harmonize::overlap::check_overlap;
use crate::harmonize::sites::PositionIndex;
use crate::harmonize::sites::Sites;
use crate::harmonize::sites::names_of;
use crate::harmonize::strand::Frequencies;
use crate::harmonize::strand::Frequency;
use crate::harmonize::strand::drift;
use crate::harmonize::strand::log_odds;
use crate::harmonize::strand::same_strand;
use crate::task::Task;

/// Variants matched between two checks of the task.
const BLOCK: usize = 1024;

/// Variants of the reference of which drift is estimated, at most.
const MOST_KNOWN: usize = 10_000;

/// What is known of the strands of the two data sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strands {
    /// Nothing: they are inferred from alleles and their frequencies, variant by variant.
    Unknown,
    /// The user says that they are the same.
    Same,
}

/// New data: variants and, where alleles alone do not decide, genotypes.
#[derive(Clone, Copy)]
pub struct NewData<'a> {
    pub sites: &'a Sites,
    pub genotypes: &'a dyn GenotypeSource,
}

/// A reference: variants and the frequency of the counted allele of each.
#[derive(Clone, Copy)]
pub struct Reference<'a> {
    pub sites: &'a Sites,
    pub frequencies: &'a [Frequency],
}

/// Which variants of a reference are to be found in new data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All.
    Reference,
    /// Those on chromosomes that the new data have; all if they have none of them.
    SharedChromosomes,
}

/// Every variant of a reference, and how strands were settled.
#[derive(Clone, Debug)]
pub struct Harmonized {
    pub matches: Vec<Match>,
    pub orientation: Orientation,
    /// The strands of the other variants; empty if the user gave them as the same.
    pub survey: Survey,
}

/// Finds every variant of `reference` in `new`, by chromosome, position and alleles.
///
/// Where several variants of the new data lie at the position (a multi-allelic variant
/// split in lines, a duplicate), the alleles choose; among equally good ones the one with
/// most called genotypes is taken, then the first. A first pass infers the strand of the whole data
/// set from the variants other than A/T and C/G, the second settles each variant.
///
/// # Errors
/// [`Error::AlleleCoding`] if one data set has no bases for alleles; [`Error::BuildMismatch`] if
/// positions or alleles show that the data are on different builds; [`Error::Overlap`] if fewer
/// than `min_overlap` of the variants in `scope` can be used; [`Error::Interrupted`] if the task is
/// canceled.
///
/// # Panics
/// If sites and genotypes, or sites and frequencies, differ in number.
///
/// [`Error::AlleleCoding`]: crate::error::Error::AlleleCoding
/// [`Error::BuildMismatch`]: crate::error::Error::BuildMismatch
/// [`Error::Overlap`]: crate::error::Error::Overlap
/// [`Error::Interrupted`]: crate::error::Error::Interrupted
pub fn harmonize(
    new: NewData<'_>,
    reference: Reference<'_>,
    strands: Strands,
    min_overlap: f64,
    scope: Scope,
    task: &Task,
) -> Result<Harmonized> {
    assert_eq!(new.sites.len(), new.genotypes.n_variants(), "one site per variant");
    assert_eq!(reference.sites.len(), reference.frequencies.len(), "one frequency per site");
    let names = names_of(new.sites, reference.sites);
    let index = PositionIndex::new(new.sites, &names);
    let orientation = Orientation::Written;
    let mut matcher =
        Matcher { new, reference, strands, orientation, index: &index, scratch: Vec::new() };
    let n_passes = if strands == Strands::Same { 1 } else { 2 };
    task.begin("matching variants", n_passes * reference.sites.len() as u64)?;
    let mut survey = Survey::default();
    if strands == Strands::Unknown {
        survey = matcher.survey(task)?;
        matcher.orientation = survey.orientation();
    }
    let mut matches = matcher.find_all(task)?;
    let orientation = matcher.orientation;
    drop_swapped_lengths(&mut matches, reference.sites);
    let reference_index = PositionIndex::new(reference.sites, &names);
    let counted = in_scope(&matches, reference.sites, &index, scope);
    check_overlap(new.sites, &index, reference.sites, &reference_index, &counted, min_overlap)?;
    Ok(Harmonized { matches, orientation, survey })
}

/// Single bases that must be matched before their order says something.
const MIN_ORDERED: usize = 50;

/// An insertion and a deletion at one position are written as the same two alleles, exchanged.
/// Where the alleles of single bases come in the order of the reference (at most one in a hundred
/// does not), alleles of different lengths that are exchanged are such a pair; elsewhere the
/// order says nothing, as in files of PLINK, and they are the same variant.
fn drop_swapped_lengths(matches: &mut [Match], reference: &Sites) {
    let is_swapped =
        |found: &Match| matches!(found.outcome, Outcome::Swapped | Outcome::FlippedSwapped);
    let single = |variant: usize| is_single_base(reference.alleles(variant));
    let ordered: Vec<bool> = matches
        .iter()
        .enumerate()
        .filter(|(variant, found)| found.column.is_some() && single(*variant))
        .map(|(_, found)| !is_swapped(found))
        .collect();
    let n_swapped = ordered.iter().filter(|is_ordered| !**is_ordered).count();
    if ordered.len() < MIN_ORDERED || n_swapped * 100 > ordered.len() {
        return;
    }
    for (variant, found) in matches.iter_mut().enumerate() {
        let alleles = reference.alleles(variant);
        if is_swapped(found) && alleles.reference.len() != alleles.alt.len() {
            *found = Match::dropped(Reason::OtherAlleles);
        }
    }
}

fn in_scope(
    matches: &[Match],
    reference: &Sites,
    index: &PositionIndex<'_>,
    scope: Scope,
) -> Vec<Match> {
    let is_shared: Vec<bool> =
        reference.chromosomes().map(|chrom| index.has_chromosome(chrom)).collect();
    if scope == Scope::Reference || !is_shared.contains(&true) {
        return matches.to_vec();
    }
    matches.iter().zip(is_shared).filter(|(_, shared)| *shared).map(|(found, _)| *found).collect()
}

struct Matcher<'a> {
    new: NewData<'a>,
    reference: Reference<'a>,
    strands: Strands,
    /// Of A/T and C/G.
    orientation: Orientation,
    index: &'a PositionIndex<'a>,
    scratch: Vec<u8>,
}

impl Matcher<'_> {
    fn find_all(&mut self, task: &Task) -> Result<Vec<Match>> {
        let mut matches = Vec::with_capacity(self.reference.sites.len());
        for variant in 0..self.reference.sites.len() {
            matches.push(self.find(variant, task)?);
            if (variant + 1) % BLOCK == 0 {
                task.advance(BLOCK as u64)?;
            }
        }
        Ok(matches)
    }

    /// The evidence on the strand of the data set: of variants that are not A/T or C/G by their
    /// alleles, of the others by their frequencies, with the drift estimated on the first.
    fn survey(&mut self, task: &Task) -> Result<Survey> {
        let mut survey = Survey::default();
        let (mut known, mut ambiguous) = (Vec::new(), Vec::new());
        let every = self.reference.sites.len().div_ceil(MOST_KNOWN);
        for (variant, found) in self.find_all(task)?.into_iter().enumerate() {
            let Some(column) = found.column else { continue };
            let alleles = self.reference.sites.alleles(variant);
            let relation = relate(self.new.sites.alleles(column), alleles).relation;
            let is_ambiguous = matches!(relation, Relation::Ambiguous { .. });
            if !is_ambiguous && !is_single_base(alleles) {
                continue;
            }
            match relation {
                Relation::Ambiguous { .. } => {}
                Relation::Flipped | Relation::FlippedSwapped => survey.n_flipped += 1,
                _ => survey.n_same += 1,
            }
            if is_ambiguous || variant % every == 0 {
                let new = self.letter_frequency(column, found.reading() == Reading::Swapped);
                let both = (new, self.reference.frequencies[variant]);
                if is_ambiguous { ambiguous.push(both) } else { known.push(both) }
            }
        }
        let drift = drift(&known);
        let odds = |both: Vec<Frequencies>| -> Vec<f64> {
            both.into_iter().map(|(new, reference)| log_odds(new, reference, drift)).collect()
        };
        (survey.known_log_odds, survey.log_odds) = (odds(known), odds(ambiguous));
        Ok(survey)
    }

    fn find(&mut self, variant: usize, task: &Task) -> Result<Match> {
        let sites = self.reference.sites;
        if !sites.is_placed(variant) {
            return Ok(Match::dropped(Reason::Unplaced));
        }
        let mut best = Match::dropped(Reason::Absent);
        for column in self.index.at(&sites.chrom[variant], sites.position_bp[variant]) {
            task.check()?;
            let found = self.compare(variant, column);
            best = self.better(best, found);
        }
        Ok(best)
    }

    /// The match of a variant of the new data with one of the reference.
    fn compare(&mut self, variant: usize, column: usize) -> Match {
        let alleles = self.new.sites.alleles(column);
        let related = relate(alleles, self.reference.sites.alleles(variant));
        let plain = |outcome| Match { column: Some(column), outcome, reason: None };
        if !self.unnamed_allele_has_no_copy(related, column) {
            return Match::dropped(Reason::MissingAllele);
        }
        match related.relation {
            Relation::Same => plain(Outcome::Kept),
            Relation::Swapped => plain(Outcome::Swapped),
            Relation::Flipped | Relation::FlippedSwapped if self.strands == Strands::Same => {
                Match::dropped(Reason::OtherAlleles)
            }
            Relation::Flipped => plain(Outcome::Flipped),
            Relation::FlippedSwapped => plain(Outcome::FlippedSwapped),
            Relation::Ambiguous { swapped } => self.settle(variant, column, swapped),
            Relation::MissingAllele => Match::dropped(Reason::MissingAllele),
            Relation::Other => Match::dropped(Reason::OtherAlleles),
        }
    }

    fn counts(&mut self, column: usize) -> GenotypeCounts {
        let n_samples = self.new.genotypes.n_samples();
        GenotypeCounts::of(self.new.genotypes.packed(column, &mut self.scratch), n_samples)
    }

    fn unnamed_allele_has_no_copy(&mut self, related: Related, column: usize) -> bool {
        if !related.alt_unknown && !related.reference_unknown {
            return true;
        }
        let counts = self.counts(column);
        let other = if related.alt_unknown { counts.hom_alt } else { counts.hom_ref };
        counts.het == 0 && other == 0
    }

    /// The strand of an A/T or C/G variant, and why.
    fn settle(&mut self, variant: usize, column: usize, swapped: bool) -> Match {
        let (is_same, reason) = match self.orientation {
            Orientation::Written => (true, Reason::DataSet),
            Orientation::Complement => (false, Reason::DataSet),
            Orientation::EachItsOwn => {
                let new = self.letter_frequency(column, swapped);
                match same_strand(new, self.reference.frequencies[variant]) {
                    None => return Match::dropped(Reason::AmbiguousStrand),
                    Some(is_same) => (is_same, Reason::Frequencies),
                }
            }
        };
        let outcome = match (is_same, swapped) {
            (true, false) => Outcome::Kept,
            (true, true) => Outcome::Swapped,
            // The letter of the counted allele means the other one.
            (false, false) => Outcome::FlippedSwapped,
            (false, true) => Outcome::Flipped,
        };
        let reason = (self.strands == Strands::Unknown).then_some(reason);
        Match { column: Some(column), outcome, reason }
    }

    /// Frequency in the new data of the letter that the reference counts.
    fn letter_frequency(&mut self, column: usize, swapped: bool) -> Frequency {
        let counts = self.counts(column);
        let counted = counts.allele_frequency().unwrap_or(f64::NAN);
        let frequency = if swapped { 1.0 - counted } else { counted };
        Frequency { frequency, n_alleles: 2.0 * counts.n_called() as f64 }
    }

    /// The better of two; of equally good ones that with more calls.
    fn better(&mut self, best: Match, found: Match) -> Match {
        let (Some(old), Some(new)) = (best.column, found.column) else {
            let prefer_found = match (best.column, found.column) {
                (None, None) => best.reason < found.reason,
                (None, Some(_)) => true,
                _ => false,
            };
            return if prefer_found { found } else { best };
        };
        if best.outcome != found.outcome {
            return if found.outcome < best.outcome { found } else { best };
        }
        let more_called = self.counts(new).n_called() > self.counts(old).n_called();
        Match { reason: Some(Reason::Duplicate), ..if more_called { found } else { best } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::genotypes::genotype::PackedGenotypes;
    use crate::error::Error;

    const N_SAMPLES: usize = 40;

    /// One line per variant: ID, chromosome, position, reference and alt allele.
    fn sites(lines: &[&str]) -> Sites {
        let column = |c: usize| -> Vec<String> {
            lines.iter().map(|line| line.split(' ').nth(c).unwrap().to_owned()).collect()
        };
        let position_bp = column(2).iter().map(|bp| bp.parse().unwrap()).collect();
        Sites {
            id: column(0),
            chrom: column(1),
            position_bp,
            reference: column(3),
            alt: column(4),
            autosomes: None,
        }
    }

    /// Genotypes with the given number of alt copies in all (of 80), `missing` samples without a
    /// call.
    fn genotypes(copies: &[usize], missing: &[usize]) -> PackedGenotypes<'static> {
        PackedGenotypes::from_copies(N_SAMPLES, copies.len(), |sample, variant| {
            if sample >= N_SAMPLES - missing[variant] {
                return None;
            }
            Some(copies[variant].saturating_sub(2 * sample).min(2) as u8)
        })
    }

    fn run(
        new: &[&str],
        copies: &[usize],
        missing: &[usize],
        reference: &[&str],
        frequencies: &[f64],
        strands: Strands,
        min_overlap: f64,
    ) -> Result<Vec<Match>> {
        let (new, reference) = (sites(new), sites(reference));
        let genotypes = genotypes(copies, missing);
        let frequencies: Vec<Frequency> = frequencies
            .iter()
            .map(|&frequency| Frequency { frequency, n_alleles: 2000.0 })
            .collect();
        harmonize(
            NewData { sites: &new, genotypes: &genotypes },
            Reference { sites: &reference, frequencies: &frequencies },
            strands,
            min_overlap,
            Scope::Reference,
            &Task::new(),
        )
        .map(|found| found.matches)
    }

    /// Reference 1:100 with `alleles` against one line of the new data.
    fn one(new: &str, copies: usize, reference: &str, frequency: f64) -> (Outcome, Option<Reason>) {
        let other = "x 2 7 A C";
        let found = run(
            &[&format!("a 1 100 {new}"), other],
            &[copies, 9],
            &[0, 0],
            &[&format!("b chr1 100 {reference}"), other],
            &[frequency, 0.1],
            Strands::Unknown,
            0.0,
        );
        let found = found.unwrap()[0];
        assert_eq!(found.column.is_some(), found.outcome != Outcome::Dropped);
        (found.outcome, found.reason)
    }

    #[test]
    fn alleles_decide_and_frequencies_where_they_cannot() {
        use Outcome::*;
        use Reason::*;
        for (new, copies, reference, frequency, want) in [
            ("A G", 8, "A G", 0.1, (Kept, None)),
            ("G A", 72, "A G", 0.1, (Swapped, None)),
            ("T C", 8, "A G", 0.1, (Flipped, None)),
            ("C T", 72, "A G", 0.1, (FlippedSwapped, None)),
            ("A C", 8, "A G", 0.1, (Dropped, Some(OtherAlleles))),
            ("A T", 8, "A T", 0.1, (Kept, Some(Frequencies))),
            ("T A", 72, "A T", 0.1, (Swapped, Some(Frequencies))),
            ("A T", 72, "A T", 0.1, (FlippedSwapped, Some(Frequencies))),
            ("T A", 8, "A T", 0.1, (Flipped, Some(Frequencies))),
            ("A T", 38, "A T", 0.45, (Dropped, Some(AmbiguousStrand))),
            ("A T", 8, "A T", f64::NAN, (Dropped, Some(AmbiguousStrand))),
            ("A 0", 0, "A G", 0.1, (Kept, None)),
            ("G 0", 0, "A G", 0.1, (Swapped, None)),
            ("0 C", 80, "A G", 0.1, (Flipped, None)),
            ("A 0", 3, "A G", 0.1, (Dropped, Some(MissingAllele))),
            ("0 G", 79, "A G", 0.1, (Dropped, Some(MissingAllele))),
            ("0 0", 0, "A G", 0.1, (Dropped, Some(MissingAllele))),
            ("A 0", 0, "A T", 0.1, (Kept, Some(Frequencies))),
            ("T 0", 0, "A T", 0.1, (Flipped, Some(Frequencies))),
        ] {
            assert_eq!(one(new, copies, reference, frequency), want, "{new} {copies} {reference}");
        }
    }

    #[test]
    fn strands_said_to_be_the_same_need_no_frequencies_and_allow_no_flip() {
        let found = run(
            &["a 1 1 A T", "b 1 2 T A", "c 1 3 T C", "d 1 4 C A"],
            &[40; 4],
            &[0; 4],
            &["a 1 1 A T", "b 1 2 A T", "c 1 3 A G", "d 1 4 A C"],
            &[0.5; 4],
            Strands::Same,
            0.0,
        );
        let outcomes: Vec<Outcome> = found.unwrap().iter().map(|m| m.outcome).collect();
        use Outcome::*;
        assert_eq!(outcomes, [Kept, Swapped, Dropped, Swapped]);
    }

    /// 60 single bases in the reference's order: an insertion is not the deletion of the same letters.
    /// With three of 61 exchanged, or with 40 bases, order says nothing.
    #[test]
    fn exchanged_insertions_are_dropped_where_order_means_something() {
        let outcomes = |n: usize, n_swapped: usize| -> Vec<Outcome> {
            let line = |v: usize, alleles: &str| format!("s{v} 1 {} {alleles}", v + 1);
            let reference: Vec<String> =
                (0..n).map(|v| line(v, if v == 0 { "A AT" } else { "A C" })).collect();
            let new: Vec<String> = (0..n)
                .map(|v| match v {
                    0 => line(v, "AT A"),
                    v if v <= n_swapped => line(v, "C A"),
                    v => line(v, "A C"),
                })
                .collect();
            let new: Vec<&str> = new.iter().map(String::as_str).collect();
            let reference: Vec<&str> = reference.iter().map(String::as_str).collect();
            [Strands::Unknown, Strands::Same]
                .into_iter()
                .map(|strands| {
                    let (copies, missing) = (vec![8; n], vec![0; n]);
                    run(&new, &copies, &missing, &reference, &vec![0.1; n], strands, 0.0).unwrap()
                        [0]
                    .outcome
                })
                .collect()
        };
        assert_eq!(outcomes(61, 0), [Outcome::Dropped; 2]);
        assert_eq!(outcomes(61, 3), [Outcome::Swapped; 2]);
        assert_eq!(outcomes(41, 0), [Outcome::Swapped; 2]);
    }

    #[test]
    fn alleles_choose_among_lines_at_one_position_then_calls_then_order() {
        let found = run(
            &["a 1 5 A C", "b 1 5 A G", "c 1 5 T C", "d 2 5 A G", "e 2 5 A G", "f 2 5 A G"],
            &[8; 6],
            &[0, 0, 0, 9, 2, 2],
            &["x 1 5 A G", "y 1 5 A T", "z 2 5 A G", "w 1 5 A C"],
            &[0.1; 4],
            Strands::Unknown,
            0.0,
        )
        .unwrap();
        assert_eq!(found[0], Match { column: Some(1), outcome: Outcome::Kept, reason: None });
        assert_eq!(found[1], Match::dropped(Reason::OtherAlleles));
        let duplicate = Some(Reason::Duplicate);
        assert_eq!(found[2], Match { column: Some(4), outcome: Outcome::Kept, reason: duplicate });
        assert_eq!(found[3].column, Some(0));
    }

    #[test]
    fn order_prefix_and_further_variants_do_not_matter() {
        let new =
            ["a chr2 5 A G", "b 1 9 A G", "c 1 5 A G", "d 23 5 A G", "e 0 5 A G", "f 1 0 A G"];
        let reference =
            ["c 1 5 A G", "q 1 6 A G", "a 2 5 A G", "d chrX 5 A G", "e 0 5 A G", "f 1 0 A G"];
        let found =
            run(&new, &[8; 6], &[0; 6], &reference, &[0.1; 6], Strands::Unknown, 0.4).unwrap();
        let columns: Vec<Option<usize>> = found.iter().map(|m| m.column).collect();
        assert_eq!(columns, [Some(2), None, Some(0), Some(3), None, None]);
        assert_eq!(found[1].reason, Some(Reason::Absent));
        assert_eq!(found[4].reason, Some(Reason::Unplaced));
        assert_eq!(found[5].reason, Some(Reason::Unplaced));
    }

    /// 100 variants of which `n` are there, `n_other` of these with other alleles.
    fn overlap(n: usize, n_other: usize, min_overlap: f64) -> Result<Vec<Match>> {
        let reference: Vec<String> = (0..100).map(|i| format!("r{i} 1 {} A G", 10 + i)).collect();
        let new: Vec<String> = (0..n)
            .map(|i| format!("n{i} 1 {} A {}", 10 + i, if i < n_other { "C" } else { "G" }))
            .collect();
        fn text(lines: &[String]) -> Vec<&str> {
            lines.iter().map(String::as_str).collect()
        }
        let (copies, missing) = (vec![8; n], vec![0; n]);
        let frequencies = vec![0.1; 100];
        let (new, reference) = (text(&new), text(&reference));
        run(&new, &copies, &missing, &reference, &frequencies, Strands::Unknown, min_overlap)
    }

    #[test]
    fn too_little_overlap_is_refused_with_reasons() {
        assert!(overlap(80, 0, 0.8).is_ok());
        assert!(overlap(60, 1, 0.59).is_ok());
        let text = overlap(79, 3, 0.8).unwrap_err().to_string();
        assert!(text.contains("At least 80 of the 100 variants"), "{text}");
        assert!(text.contains("(`min_overlap` is 0.8)"), "{text}");
        assert!(
            text.contains("76 are usable. Not used: 21 not in the new data, 3 with other alleles.")
        );
        let (n_used, n_reference, reasons) = (1, 100, String::new());
        let min_overlap = 0.605;
        let one = Error::Overlap { n_used, n_reference, min_overlap, reasons, hint: String::new() };
        let one = one.to_string();
        assert!(one.contains("At least 61 of") && one.contains("1 is usable."), "{one}");
        assert!(matches!(overlap(1, 1, 0.0), Err(Error::Overlap { n_used: 0, .. })));
        assert!(overlap(1, 1, 0.0).unwrap_err().to_string().contains("At least 1 of"));
    }

    #[test]
    fn only_chromosomes_that_are_shared_count_if_asked() {
        /// How many variants count, of a reference whose chromosomes are `reference`.
        fn counting(reference: &[&str], new: &[&str]) -> usize {
            let line = |chrom: &&str| format!("a {chrom} 5 A G");
            let lines = |chroms: &[&str]| chroms.iter().map(line).collect::<Vec<_>>();
            let (reference, new) = (lines(reference), lines(new));
            let reference = sites(&reference.iter().map(String::as_str).collect::<Vec<_>>());
            let new = sites(&new.iter().map(String::as_str).collect::<Vec<_>>());
            let names = names_of(&new, &reference);
            let index = PositionIndex::new(&new, &names);
            let matches = vec![Match::dropped(Reason::Absent); reference.len()];
            let all = in_scope(&matches, &reference, &index, Scope::Reference);
            assert_eq!(all.len(), matches.len());
            in_scope(&matches, &reference, &index, Scope::SharedChromosomes).len()
        }
        assert_eq!(counting(&["1", "2", "chr1"], &["chr1"]), 2);
        assert_eq!(counting(&["X", "M", "Y"], &["23", "26"]), 2);
        assert_eq!(counting(&["23", "X", "29"], &["23", "1"]), 1);
        assert_eq!(counting(&["06", "NC_000006.12", "7"], &["chr6"]), 2);
        assert_eq!(counting(&["1", "2"], &["7"]), 2);
    }

    #[test]
    fn impossible_alleles_are_a_wrong_build_however_low_the_overlap_may_be() {
        assert!(overlap(100, 25, 0.1).is_ok());
        assert!(matches!(overlap(100, 26, 0.1), Err(Error::BuildMismatch { .. })));
        let text = overlap(60, 30, 0.1).unwrap_err().to_string();
        assert!(text.contains("same genome build"));
        assert!(text.contains("At 30 of the 60 positions"));
    }

    #[test]
    fn chromosomes_without_a_common_name_are_named_as_the_cause() {
        let found = run(&["a 7 5 A G"], &[8], &[0], &["a 8 5 A G"], &[0.1], Strands::Unknown, 0.5);
        let text = found.unwrap_err().to_string();
        assert!(text.contains("the reference has \"8\", the new data have \"7\"."));
        let found = run(&["a 0 5 A G"], &[8], &[0], &["a 8 5 A G"], &[0.1], Strands::Unknown, 0.5);
        assert!(found.unwrap_err().to_string().contains("No variant of the new data has a place"));
    }

    #[test]
    fn alleles_that_are_no_bases_are_named_as_the_cause() {
        let coded = |alleles: &str| -> Vec<String> {
            (1..=30).map(|bp| format!("v{bp} 1 {bp} {alleles}")).collect()
        };
        for (new, reference, want) in [
            ("A B", "A G", "Those of the new data are A and B, those of the reference are bases."),
            ("1 2", "A G", "Those of the new data are 1 and 2, those of the reference are bases."),
            ("3 1", "A G", "Those of the new data are 1 to 4, those of the reference are bases."),
            ("A G", "A B", "Those of the new data are bases, those of the reference are A and B."),
            (
                "1 2",
                "B A",
                "Those of the new data are 1 and 2, those of the reference are A and B.",
            ),
        ] {
            let (new, reference) = (coded(new), coded(reference));
            let text =
                |lines: &[String]| sites(&lines.iter().map(String::as_str).collect::<Vec<_>>());
            let found = harmonize(
                NewData { sites: &text(&new), genotypes: &genotypes(&[8; 30], &[0; 30]) },
                Reference { sites: &text(&reference), frequencies: &[frequency(0.1); 30] },
                Strands::Unknown,
                0.8,
                Scope::Reference,
                &Task::new(),
            );
            let error = found.unwrap_err();
            assert_eq!(error.kind(), "allele_coding");
            assert!(error.to_string().contains(want), "{error}");
        }
    }

    fn frequency(frequency: f64) -> Frequency {
        Frequency { frequency, n_alleles: 2000.0 }
    }

    /// A data set of `n_samples` of which a proportion of the A/T and C/G variants is flipped, and
    /// the others are flipped if `flipped` says so. What is harmonized with its own reference.
    struct Mixed {
        n_samples: usize,
        n_unambiguous: usize,
        n_ambiguous: usize,
        proportion: f64,
        flipped: bool,
        seed: u64,
    }

    /// Outcome of every A/T or C/G variant and whether it is on the other strand.
    fn outcomes(data: &Mixed) -> (Harmonized, Vec<(Match, bool)>) {
        let mut state = data.seed;
        let mut uniform = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as f64 / (1_u64 << 31) as f64
        };
        let n = data.n_unambiguous + data.n_ambiguous;
        let frequencies: Vec<f64> = (0..n).map(|_| 0.05 + 0.9 * uniform()).collect();
        let other: Vec<bool> = (0..n)
            .map(|v| (v >= data.n_unambiguous && uniform() < data.proportion) != data.flipped)
            .collect();
        let copies: Vec<u8> = (0..n * data.n_samples)
            .map(|i| {
                let p = frequencies[i / data.n_samples];
                let truth = u8::from(uniform() < p) + u8::from(uniform() < p);
                // On the other strand, the letter of the counted allele means the other one.
                let exchanged =
                    other[i / data.n_samples] && i / data.n_samples >= data.n_unambiguous;
                if exchanged { 2 - truth } else { truth }
            })
            .collect();
        let genotypes = PackedGenotypes::from_copies(data.n_samples, n, |sample, variant| {
            Some(copies[variant * data.n_samples + sample])
        });
        let alleles = |variant: usize, other: bool| match (variant < data.n_unambiguous, other) {
            (true, false) => "A G",
            (true, true) => "T C",
            _ => "A T",
        };
        let line = |other: &dyn Fn(usize) -> bool| -> Vec<String> {
            (0..n).map(|v| format!("v{v} 1 {} {}", v + 1, alleles(v, other(v)))).collect()
        };
        let (new, reference) = (line(&|v| other[v]), line(&|_| false));
        let text = |lines: &[String]| sites(&lines.iter().map(String::as_str).collect::<Vec<_>>());
        let frequencies: Vec<Frequency> = frequencies.into_iter().map(frequency).collect();
        let found = harmonize(
            NewData { sites: &text(&new), genotypes: &genotypes },
            Reference { sites: &text(&reference), frequencies: &frequencies },
            Strands::Unknown,
            0.1,
            Scope::Reference,
            &Task::new(),
        )
        .unwrap();
        let ambiguous = (data.n_unambiguous..n).map(|v| (found.matches[v], other[v])).collect();
        (found, ambiguous)
    }

    fn is_read_as_flipped(found: &Match) -> bool {
        matches!(found.outcome, Outcome::Flipped | Outcome::FlippedSwapped)
    }

    #[test]
    fn strands_of_the_data_set_settle_all_its_variants_even_of_one_sample() {
        for flipped in [false, true] {
            for (n_samples, seed) in [(1, 1), (1, 2), (1, 3), (5, 4), (60, 5)] {
                let (found, ambiguous) = outcomes(&Mixed {
                    n_samples,
                    n_unambiguous: 150,
                    n_ambiguous: 300,
                    proportion: 0.0,
                    flipped,
                    seed,
                });
                let want = if flipped { Orientation::Complement } else { Orientation::Written };
                assert_eq!(found.orientation, want);
                for (found, other) in ambiguous {
                    assert_eq!(found.reason, Some(Reason::DataSet));
                    assert_eq!(is_read_as_flipped(&found), other);
                }
            }
        }
    }

    #[test]
    fn a_merge_that_mixed_strands_is_found_and_none_is_wrongly_kept() {
        for flipped in [false, true] {
            for (n_samples, proportion, seed) in
                [(1, 0.05, 1), (1, 0.3, 2), (1, 0.5, 3), (20, 0.02, 4), (60, 0.1, 5), (60, 0.5, 6)]
            {
                let (found, ambiguous) = outcomes(&Mixed {
                    n_samples,
                    n_unambiguous: 500,
                    n_ambiguous: 4000,
                    proportion,
                    flipped,
                    seed,
                });
                let of_others = found.survey.of_others();
                let estimate = found.survey.mixture(of_others).unwrap().proportion;
                assert!((estimate - proportion).abs() < 0.01 + 0.1 * proportion, "{estimate}");
                assert_eq!(found.orientation, Orientation::EachItsOwn);
                let used: Vec<_> =
                    ambiguous.iter().filter(|(found, _)| found.column.is_some()).collect();
                let n_wrong = used
                    .iter()
                    .filter(|(found, other)| is_read_as_flipped(found) != *other)
                    .count();
                assert_eq!(n_wrong, 0, "of {} used", used.len());
                assert_eq!(used.is_empty(), n_samples == 1);
            }
        }
    }

    #[test]
    fn too_few_other_variants_leave_it_to_frequencies() {
        let few = Mixed {
            n_samples: 60,
            n_unambiguous: 99,
            n_ambiguous: 300,
            proportion: 0.0,
            flipped: false,
            seed: 1,
        };
        let (found, ambiguous) = outcomes(&few);
        assert_eq!(found.orientation, Orientation::EachItsOwn);
        assert!(ambiguous.iter().all(|(found, _)| found.reason != Some(Reason::DataSet)));
    }

    #[test]
    fn a_canceled_task_stops() {
        let sites = sites(&["a 1 5 A G"]);
        let genotypes = genotypes(&[8], &[0]);
        let frequencies = [Frequency { frequency: 0.1, n_alleles: 2.0 }];
        let task = Task::new();
        task.cancel();
        let found = harmonize(
            NewData { sites: &sites, genotypes: &genotypes },
            Reference { sites: &sites, frequencies: &frequencies },
            Strands::Unknown,
            0.8,
            Scope::Reference,
            &task,
        );
        assert!(matches!(found, Err(Error::Interrupted)));
    }
}
