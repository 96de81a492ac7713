//! For every variant of a reference: which variant of new data it is, and how to read it.

use crate::data::aligned::Reading;
use crate::data::chromosome::Names;
use crate::data::genotype::GenotypeSource;
use crate::data::genotype_counts::GenotypeCounts;
use crate::error::Error;
use crate::error::Result;
use crate::harmonize::alleles::Related;
use crate::harmonize::alleles::Relation;
use crate::harmonize::alleles::relate;
use crate::harmonize::build;
use crate::harmonize::build::Common;
use crate::harmonize::sites::PositionIndex;
use crate::harmonize::sites::Sites;
use crate::harmonize::strand::Frequency;
use crate::harmonize::strand::same_strand;
use crate::task::Task;

/// Variants matched between two looks at the task.
const BLOCK: usize = 1024;

/// What is known of the strands of the two data sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strands {
    /// Nothing: alleles and their frequencies tell, variant by variant.
    Unknown,
    /// The user says that they are the same.
    Same,
}

/// What became of a variant of the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    Kept,
    Swapped,
    Flipped,
    FlippedSwapped,
    Dropped,
}

/// Why a variant was dropped, or how it was found where that was not plain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The new data have nothing at the position.
    Absent,
    /// No strand makes the alleles the same.
    OtherAlleles,
    /// A/T or C/G, and the allele frequencies do not settle the strand.
    AmbiguousStrand,
    /// An allele is not named, and the genotypes do not make up for it.
    MissingAllele,
    /// The reference gives no chromosome or position.
    Unplaced,
    /// A/T or C/G, and the allele frequencies settled the strand.
    Frequencies,
    /// Several variants of the new data fitted equally well.
    Duplicate,
}

/// One variant of the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Match {
    /// Variant of the new data; `None` if dropped.
    pub column: Option<usize>,
    pub outcome: Outcome,
    pub reason: Option<Reason>,
}

impl Match {
    fn dropped(reason: Reason) -> Match {
        Match { column: None, outcome: Outcome::Dropped, reason: Some(reason) }
    }

    /// How the new data's genotypes become those of the reference.
    pub fn reading(&self) -> Reading {
        match self.outcome {
            Outcome::Kept | Outcome::Flipped => Reading::Counted,
            Outcome::Swapped | Outcome::FlippedSwapped => Reading::Turned,
            Outcome::Dropped => Reading::Absent,
        }
    }
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

/// Finds every variant of `reference` in `new`, by chromosome, position and alleles.
///
/// Where several variants of the new data lie at the position (a multi-allelic variant
/// split in lines, a duplicate), the alleles choose; among equally good ones the one with
/// most called genotypes is taken, then the first.
///
/// # Errors
/// [`Error::BuildMismatch`] if positions or alleles show that the data are on different
/// builds; [`Error::Overlap`] if fewer than `min_overlap` of the variants in `scope` can be used;
/// [`Error::Interrupted`] if the task is cancelled.
///
/// # Panics
/// If sites and genotypes, or sites and frequencies, differ in number.
pub fn harmonize(
    new: NewData<'_>,
    reference: Reference<'_>,
    strands: Strands,
    min_overlap: f64,
    scope: Scope,
    task: &Task,
) -> Result<Vec<Match>> {
    assert_eq!(new.sites.len(), new.genotypes.n_variants(), "one site per variant");
    assert_eq!(reference.sites.len(), reference.frequencies.len(), "one frequency per site");
    let names = Names::of([&mut new.sites.chromosomes(), &mut reference.sites.chromosomes()]);
    let index = PositionIndex::new(new.sites, &names);
    let mut matcher = Matcher { new, reference, strands, index: &index, scratch: Vec::new() };
    task.begin("matching variants", reference.sites.len() as u64)?;
    let mut matches = Vec::with_capacity(reference.sites.len());
    for variant in 0..reference.sites.len() {
        matches.push(matcher.find(variant, task)?);
        if (variant + 1) % BLOCK == 0 {
            task.advance(BLOCK as u64)?;
        }
    }
    let reference_index = PositionIndex::new(reference.sites, &names);
    let judged = in_scope(&matches, reference.sites, &index, scope);
    check_overlap(new.sites, &index, reference.sites, &reference_index, &judged, min_overlap)?;
    Ok(matches)
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
    index: &'a PositionIndex<'a>,
    scratch: Vec<u8>,
}

impl Matcher<'_> {
    fn find(&mut self, variant: usize, task: &Task) -> Result<Match> {
        let sites = self.reference.sites;
        if !sites.is_placed(variant) {
            return Ok(Match::dropped(Reason::Unplaced));
        }
        let mut best = Match::dropped(Reason::Absent);
        for column in self.index.at(&sites.chrom[variant], sites.position_bp[variant]) {
            task.check()?;
            let found = self.judge(variant, column);
            best = self.better(best, found);
        }
        Ok(best)
    }

    /// What a variant of the new data would be to one of the reference.
    fn judge(&mut self, variant: usize, column: usize) -> Match {
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
            Relation::Ambiguous { swapped } if self.strands == Strands::Same => {
                plain(if swapped { Outcome::Swapped } else { Outcome::Kept })
            }
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

    /// The strand of an A/T or C/G variant, by the frequency of the letter that the reference counts.
    fn settle(&mut self, variant: usize, column: usize, swapped: bool) -> Match {
        let counts = self.counts(column);
        let counted = counts.allele_frequency().unwrap_or(f64::NAN);
        let frequency = if swapped { 1.0 - counted } else { counted };
        let new = Frequency { frequency, n_alleles: 2.0 * counts.n_called() as f64 };
        let outcome = match (same_strand(new, self.reference.frequencies[variant]), swapped) {
            (None, _) => return Match::dropped(Reason::AmbiguousStrand),
            (Some(true), false) => Outcome::Kept,
            (Some(true), true) => Outcome::Swapped,
            // The letter of the counted allele means the other one.
            (Some(false), false) => Outcome::FlippedSwapped,
            (Some(false), true) => Outcome::Flipped,
        };
        Match { column: Some(column), outcome, reason: Some(Reason::Frequencies) }
    }

    /// The better of two; equally good ones are told apart by their calls.
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

fn check_overlap(
    new: &Sites,
    index: &PositionIndex<'_>,
    reference: &Sites,
    reference_index: &PositionIndex<'_>,
    matches: &[Match],
    min_overlap: f64,
) -> Result<()> {
    let count = |reason| matches.iter().filter(|m| is_dropped_for(m, reason)).count();
    let n_used = matches.iter().filter(|m| m.column.is_some()).count();
    let n_elsewhere = count(Reason::Absent) + count(Reason::Unplaced);
    let n_impossible = count(Reason::OtherAlleles);
    let common = Common { n_positions: matches.len() - n_elsewhere, n_impossible };
    let enough = n_used > 0 && n_used as f64 >= min_overlap * matches.len() as f64;
    if enough && !common.is_impossible() && 2 * common.n_positions > matches.len() {
        return Ok(());
    }
    if let Some(finding) = build::difference(new, index, reference, reference_index, common) {
        return Err(Error::BuildMismatch { finding, hint: build::advice(new, reference) });
    }
    if enough {
        return Ok(());
    }
    let n_reference = matches.len();
    let shared = reference.chromosomes().any(|chrom| index.has_chromosome(chrom));
    let hint = if shared { FEW_HINT } else { NO_CHROMOSOME_HINT };
    let reasons = reasons(matches);
    Err(Error::Overlap { n_used, n_reference, min_overlap, reasons, hint })
}

const FEW_HINT: &str = "Variants are matched by chromosome, position and alleles. Impute or genotype \
                        more of them, fit the model to the variants that both have, or lower \
                        `min_overlap`.";

const NO_CHROMOSOME_HINT: &str =
    "No chromosome has the same name in both; only a prefix \"chr\" makes no difference.";

fn is_dropped_for(found: &Match, reason: Reason) -> bool {
    found.column.is_none() && found.reason == Some(reason)
}

/// Why variants were dropped, in words, the commonest reason first.
fn reasons(matches: &[Match]) -> String {
    let mut counts: Vec<(usize, &str)> = [
        (Reason::Absent, "not in the new data"),
        (Reason::OtherAlleles, "with other alleles"),
        (Reason::AmbiguousStrand, "A/T or C/G on an unsettled strand"),
        (Reason::MissingAllele, "with an allele that is not named"),
        (Reason::Unplaced, "without a position in the reference"),
    ]
    .into_iter()
    .map(|(reason, words)| (matches.iter().filter(|m| is_dropped_for(m, reason)).count(), words))
    .filter(|&(count, _)| count > 0)
    .collect();
    counts.sort_by_key(|&(count, _)| std::cmp::Reverse(count));
    let words: Vec<String> =
        counts.iter().map(|(count, words)| format!("{count} {words}")).collect();
    format!("Not used: {}.", words.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::genotype::PackedGenotypes;

    const N_SAMPLES: usize = 40;

    /// One line per variant: ID, chromosome, position, reference and alt allele.
    fn sites(lines: &[&str]) -> Sites {
        let column = |c: usize| -> Vec<String> {
            lines.iter().map(|line| line.split(' ').nth(c).unwrap().to_owned()).collect()
        };
        let position_bp = column(2).iter().map(|bp| bp.parse().unwrap()).collect();
        Sites { id: column(0), chrom: column(1), position_bp, reference: column(3), alt: column(4) }
    }

    /// Genotypes with the given number of alt copies in all (of 80), `missing` samples without a call.
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
        let one = Error::Overlap { n_used, n_reference, min_overlap, reasons, hint: FEW_HINT };
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
            let names = Names::of([&mut new.chromosomes(), &mut reference.chromosomes()]);
            let index = PositionIndex::new(&new, &names);
            let matches = vec![Match::dropped(Reason::Absent); reference.len()];
            let all = in_scope(&matches, &reference, &index, Scope::Reference);
            assert_eq!(all.len(), matches.len());
            in_scope(&matches, &reference, &index, Scope::SharedChromosomes).len()
        }
        assert_eq!(counting(&["1", "2", "chr1"], &["chr1"]), 2);
        assert_eq!(counting(&["X", "M", "Y"], &["23", "26"]), 2);
        assert_eq!(counting(&["23", "X"], &["23", "1"]), 1);
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
        assert!(found.unwrap_err().to_string().contains("No chromosome has the same name"));
    }

    #[test]
    fn a_cancelled_task_stops() {
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
