//! Evidence that two data sets are on different genome builds.

use crate::data::chromosome::Kind;
use crate::data::chromosome::Names;
use crate::data::human_builds::BUILDS;
use crate::data::human_builds::lengths;
use crate::harmonize::sites::PositionIndex;
use crate::harmonize::sites::Sites;
use std::collections::HashMap;

/// Fewest variants for a conclusion.
const FEWEST: usize = 20;

/// Proportion of impossible alleles at common positions above which builds must differ:
/// positions that coincide by chance agree in alleles about every second time, those of one
/// build nearly always.
const MOST_IMPOSSIBLE: f64 = 0.25;

/// Proportion of common positions below which they coincide by chance.
const LEAST_COMMON: f64 = 0.05;

/// Counts of the matching: variants of the reference with a variant of the new data at
/// their position, and those of them whose alleles no strand explains.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Common {
    pub n_positions: usize,
    pub n_impossible: usize,
}

impl Common {
    /// Whether so many alleles are impossible that positions must have coincided by chance.
    pub fn is_impossible(&self) -> bool {
        self.n_positions >= FEWEST
            && self.n_impossible as f64 > MOST_IMPOSSIBLE * self.n_positions as f64
    }
}

/// The evidence that the builds differ, the strongest first; `None` if there is none.
pub fn difference(
    new: &Sites,
    new_index: &PositionIndex<'_>,
    reference: &Sites,
    reference_index: &PositionIndex<'_>,
    common: Common,
) -> Option<String> {
    let impossible = || {
        let Common { n_positions, n_impossible } = common;
        common.is_impossible().then(|| {
            format!("At {n_impossible} of the {n_positions} positions that both have, the alleles differ.")
        })
    };
    let names = new_index.names();
    moved_variants(names, new, reference)
        .or_else(impossible)
        .or_else(|| excluded_lengths(names, new, reference))
        .or_else(|| chance_positions(new, new_index, reference, reference_index, common))
}

/// Variants of one ID and chromosome that mostly lie at two positions.
fn moved_variants(names: &Names, new: &Sites, reference: &Sites) -> Option<String> {
    let mut by_id: HashMap<&str, Option<usize>> = HashMap::new();
    for (variant, id) in new.id.iter().enumerate() {
        // An ID that occurs twice, as "." does, identifies nothing.
        by_id.entry(id).and_modify(|known| *known = None).or_insert(Some(variant));
    }
    let (mut n_shared, mut n_moved, mut first) = (0, 0, None);
    for (variant, id) in reference.id.iter().enumerate() {
        let Some(&Some(other)) = by_id.get(id.as_str()) else { continue };
        let placed = reference.is_placed(variant) && new.is_placed(other);
        if !placed || !names.are_same(&reference.chrom[variant], &new.chrom[other]) {
            continue;
        }
        n_shared += 1;
        if reference.position_bp[variant] != new.position_bp[other] {
            n_moved += 1;
            first = first.or(Some((id, variant, other)));
        }
    }
    let (id, variant, other) = first.filter(|_| n_shared >= FEWEST && 2 * n_moved > n_shared)?;
    Some(format!(
        "{n_moved} of the {n_shared} variants whose IDs are in both lie at another position, first \
         \"{id}\": {} in the reference, {} in the new data.",
        reference.place(variant),
        new.place(other)
    ))
}

/// Positions of which those of one data set fit no build of the other.
fn excluded_lengths(names: &Names, new: &Sites, reference: &Sites) -> Option<String> {
    let (new, reference) = (fitting_builds(names, new)?, fitting_builds(names, reference)?);
    let disjoint = new.iter().zip(reference).all(|(&new, reference)| !(new && reference));
    disjoint.then(|| {
        "They reach positions at the ends of chromosomes that no one build has.".to_owned()
    })
}

/// Positions that coincide no more often than by chance where both data sets have variants.
fn chance_positions(
    new: &Sites,
    new_index: &PositionIndex<'_>,
    reference: &Sites,
    reference_index: &PositionIndex<'_>,
    common: Common,
) -> Option<String> {
    let n_within = within(reference, new_index).min(within(new, reference_index));
    let few = (common.n_positions as f64) < LEAST_COMMON * n_within as f64;
    (n_within >= FEWEST && few).then(|| {
        format!(
            "Only {} of {n_within} positions are in both, although they have the same chromosomes.",
            common.n_positions
        )
    })
}

/// Variants that lie between the first and last of another data set on their chromosome.
fn within(sites: &Sites, other: &PositionIndex<'_>) -> usize {
    let mut ranges: HashMap<&str, Option<(i32, i32)>> = HashMap::new();
    (0..sites.len())
        .filter(|&variant| {
            let chrom = sites.chrom[variant].as_str();
            let range = ranges.entry(chrom).or_insert_with(|| other.range(chrom));
            let bp = sites.position_bp[variant];
            sites.is_placed(variant) && range.is_some_and(|(first, last)| first <= bp && bp <= last)
        })
        .count()
}

/// The builds whose chromosomes are long enough; `None` if lengths do not distinguish builds: a
/// chromosome is not human, or all or none of the builds fit.
fn fitting_builds(names: &Names, sites: &Sites) -> Option<[bool; 3]> {
    let mut furthest: HashMap<&str, i32> = HashMap::new();
    for (chrom, &bp) in sites.chrom.iter().zip(&sites.position_bp) {
        let last = furthest.entry(chrom).or_default();
        *last = (*last).max(bp);
    }
    let mut fits = [true; 3];
    for (name, last) in furthest {
        if matches!(names.kind(name), Kind::Xy | Kind::Mitochondria | Kind::Unplaced) {
            continue;
        }
        let lengths = lengths(&names.common(name))?;
        fits.iter_mut().zip(lengths).for_each(|(fits, length)| *fits &= last <= length);
    }
    (fits.contains(&true) && fits.contains(&false)).then_some(fits)
}

/// Advice, with the names of the builds where chromosome lengths distinguish them.
pub fn advice(names: &Names, new: &Sites, reference: &Sites) -> String {
    let (new, reference) = (named_builds(names, new), named_builds(names, reference));
    let fitting = match (reference, new) {
        (None, None) => "Often one is on hg19 (GRCh37) and the other on hg38 (GRCh38).".to_owned(),
        (Some(reference), None) => format!("The reference fits {reference}."),
        (None, Some(new)) => format!("The new data fit {new}."),
        (Some(reference), Some(new)) => {
            format!("The reference fits {reference}, the new data fit {new}.")
        }
    };
    format!("{fitting} Lift one of them over, with `lift_over()`.")
}

/// The builds on which all positions lie within chromosomes, as a message says them; `None` if that
/// does not distinguish builds.
pub fn named_builds(names: &Names, sites: &Sites) -> Option<String> {
    let fits = fitting_builds(names, sites)?;
    let names = BUILDS.iter().zip(fits).filter(|(_, fits)| *fits).map(|(name, _)| *name);
    Some(names.collect::<Vec<_>>().join(" or "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harmonize::sites::names_of;

    fn sites(places: &[(&str, i32)]) -> Sites {
        Sites {
            id: (0..places.len()).map(|i| format!("rs{i}")).collect(),
            chrom: places.iter().map(|(chrom, _)| chrom.to_string()).collect(),
            position_bp: places.iter().map(|&(_, bp)| bp).collect(),
            reference: vec!["A".into(); places.len()],
            alt: vec!["C".into(); places.len()],
            autosomes: None,
        }
    }

    fn found(new: &Sites, reference: &Sites, common: Common) -> Option<String> {
        let names = names_of(new, reference);
        let (a, b) = (PositionIndex::new(new, &names), PositionIndex::new(reference, &names));
        difference(new, &a, reference, &b, common)
    }

    fn fits(data: &Sites) -> Option<[bool; 3]> {
        fitting_builds(&names_of(data, data), data)
    }

    fn difference_of_ids(new: &Sites, reference: &Sites) -> Option<String> {
        moved_variants(&names_of(new, reference), new, reference)
    }

    fn advised(new: &Sites, reference: &Sites) -> String {
        advice(&names_of(new, reference), new, reference)
    }

    #[test]
    fn lengths_distinguish_the_builds() {
        assert_eq!(fits(&sites(&[("1", 1)])), None);
        assert_eq!(fits(&sites(&[("chr19", 63_000_000)])), Some([true, false, false]));
        assert_eq!(fits(&sites(&[("2", 243_000_000)])), Some([false, true, false]));
        assert_eq!(fits(&sites(&[("17", 83_000_000)])), Some([false, false, true]));
        assert_eq!(fits(&sites(&[("12", 133_000_000)])), Some([false, true, true]));
        assert_eq!(fits(&sites(&[("17", 83_000_000), ("scaffold7", 5)])), None);
        assert_eq!(fits(&sites(&[("5", 300_000_000)])), None);
    }

    #[test]
    fn advice_names_what_it_can() {
        let (old, new) = (sites(&[("2", 243_000_000)]), sites(&[("chr17", 83_000_000)]));
        let both = advised(&new, &old);
        assert!(both.starts_with(
            "The reference fits hg19 (GRCh37), the new data fit hg38 (GRCh38). Lift one"
        ));
        assert!(
            advised(&sites(&[("1", 1)]), &old).starts_with("The reference fits hg19 (GRCh37). ")
        );
        assert!(advised(&sites(&[("1", 1)]), &sites(&[("1", 1)])).contains("hg19"));
        let finding = found(&new, &old, Common::default()).unwrap();
        assert!(finding.contains("ends of chromosomes"));
    }

    #[test]
    fn variants_that_moved_are_counted_and_the_first_is_named() {
        let places: Vec<(&str, i32)> = (1..=30).map(|i| ("1", i * 100)).collect();
        let moved: Vec<(&str, i32)> = (1..=30).map(|i| ("chr1", i * 100 + 7 * (i % 3))).collect();
        let finding = found(&sites(&moved), &sites(&places), Common::default()).unwrap();
        assert!(finding.starts_with("20 of the 30 variants"));
        assert!(finding.contains("\"rs0\": 1:100 in the reference, chr1:107 in the new data"));
        assert_eq!(difference_of_ids(&sites(&moved[..19]), &sites(&places[..19])), None);
        assert_eq!(difference_of_ids(&sites(&places), &sites(&places)), None);
    }

    #[test]
    fn alleles_that_differ_too_often_are_a_sign() {
        let some = sites(&[("1", 5)]);
        let at =
            |n_positions, n_impossible| found(&some, &some, Common { n_positions, n_impossible });
        assert!(at(100, 40).unwrap().contains("At 40 of the 100 positions"));
        assert_eq!(at(100, 25), None);
        assert_eq!(at(19, 19), None);
    }

    #[test]
    fn positions_that_never_meet_are_a_sign_only_where_both_have_variants() {
        let mut reference = sites(&(1..=90).map(|i| ("1", i * 100)).collect::<Vec<_>>());
        reference.id.fill(".".into());
        let shifted = sites(&(1..=90).map(|i| ("1", i * 100 + 1)).collect::<Vec<_>>());
        assert!(
            found(&shifted, &reference, Common::default()).unwrap().starts_with("Only 0 of 89")
        );
        let elsewhere = sites(&(1..=90).map(|i| ("1", i * 100 + 50_001)).collect::<Vec<_>>());
        assert_eq!(found(&elsewhere, &reference, Common::default()), None);
        let other_chromosome = sites(&(1..=90).map(|i| ("2", i * 100)).collect::<Vec<_>>());
        assert_eq!(found(&other_chromosome, &reference, Common::default()), None);
        let few_but_right = Common { n_positions: 5, n_impossible: 0 };
        assert_eq!(found(&shifted, &reference, few_but_right), None);
    }
}
