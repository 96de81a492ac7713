//! The relation of two alleles of new data to two alleles of a reference.

use std::borrow::Cow;

/// The alleles of one variant, as its data set writes them.
#[derive(Clone, Copy, Debug)]
pub struct Pair<'a> {
    pub reference: &'a str,
    /// The allele that genotypes count.
    pub alt: &'a str,
}

impl Pair<'_> {
    /// Whether an allele is not named.
    pub fn has_missing(self) -> bool {
        is_missing(self.reference) || is_missing(self.alt)
    }
}

/// How the alleles of new data correspond to those of a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// The same alleles are counted.
    Same,
    /// The other allele is counted.
    Swapped,
    /// The same, read from the other strand.
    Flipped,
    /// The other, read from the other strand.
    FlippedSwapped,
    /// A/T or C/G: as written, `swapped` or not; on the other strand the opposite.
    Ambiguous { swapped: bool },
    /// An allele is not known.
    MissingAllele,
    /// No strand makes them the same.
    Other,
}

/// A relation, and whether it assumed an allele of the new data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Related {
    pub relation: Relation,
    /// The new data do not name the allele that they count: it must have no copy.
    pub alt_unknown: bool,
    /// The new data do not name the allele that they do not count: all copies must be of the other.
    pub reference_unknown: bool,
}

/// Compares alleles, in either case of letters.
///
/// An allele that the new data do not name (`0`, `N`, `.`: all samples have the other)
/// is taken to be the other one of the reference. Only single bases are read
/// from the other strand: insertions and deletions of the other strand begin at another
/// position.
pub fn relate(new: Pair<'_>, reference: Pair<'_>) -> Related {
    let known = |relation| Related { relation, alt_unknown: false, reference_unknown: false };
    let same = same(new.reference, reference.reference) && same(new.alt, reference.alt);
    let swapped = !same
        && self::same(new.reference, reference.alt)
        && self::same(new.alt, reference.reference);
    let missing = [new.reference, new.alt, reference.reference, reference.alt].map(is_missing);
    if (missing[0] && missing[1]) || (missing[2] && missing[3]) {
        return known(Relation::MissingAllele);
    }
    if same || swapped {
        return known(direct(reference, swapped));
    }
    if missing[2] || missing[3] {
        return known(Relation::MissingAllele);
    }
    let [reference_unknown, alt_unknown, ..] = missing;
    let new = match (reference_unknown, alt_unknown) {
        (false, false) => return known(other_strand(new, reference)),
        (false, true) => {
            partner(new.reference, reference).map(|alt| (Cow::Borrowed(new.reference), alt))
        }
        _ => partner(new.alt, reference).map(|other| (other, Cow::Borrowed(new.alt))),
    };
    let Some((new_reference, new_alt)) = new else { return known(Relation::Other) };
    let relation = relate(Pair { reference: &new_reference, alt: &new_alt }, reference).relation;
    Related { relation, alt_unknown, reference_unknown }
}

fn same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

/// Whether the text stands for an allele that is not known.
fn is_missing(allele: &str) -> bool {
    matches!(allele, "0" | "N" | "n" | "." | "-" | "")
}

/// Whether both alleles are single bases: only those show a strand.
pub fn is_single_base(alleles: Pair<'_>) -> bool {
    complement(alleles.reference).is_some() && complement(alleles.alt).is_some()
}

/// Relation of equal letters.
fn direct(reference: Pair<'_>, swapped: bool) -> Relation {
    let ambiguous = complement(reference.reference).is_some_and(|base| same(base, reference.alt));
    match (ambiguous, swapped) {
        (true, _) => Relation::Ambiguous { swapped },
        (false, true) => Relation::Swapped,
        (false, false) => Relation::Same,
    }
}

fn other_strand(new: Pair<'_>, reference: Pair<'_>) -> Relation {
    let (Some(first), Some(alt)) = (complement(new.reference), complement(new.alt)) else {
        return Relation::Other;
    };
    if same(first, reference.reference) && same(alt, reference.alt) {
        Relation::Flipped
    } else if same(first, reference.alt) && same(alt, reference.reference) {
        Relation::FlippedSwapped
    } else {
        Relation::Other
    }
}

/// The other allele of the reference, on the strand of the given allele.
fn partner<'a>(allele: &str, reference: Pair<'a>) -> Option<Cow<'a, str>> {
    let opposite = |allele: &str| {
        if same(allele, reference.reference) {
            Some(reference.alt)
        } else {
            same(allele, reference.alt).then_some(reference.reference)
        }
    };
    let as_written = opposite(allele).map(Cow::Borrowed);
    as_written.or_else(|| Some(Cow::Borrowed(complement(opposite(complement(allele)?)?)?)))
}

fn complement(base: &str) -> Option<&'static str> {
    match base {
        "A" | "a" => Some("T"),
        "C" | "c" => Some("G"),
        "G" | "g" => Some("C"),
        "T" | "t" => Some("A"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(text: &str) -> Pair<'_> {
        let (reference, alt) = text.split_once('/').unwrap();
        Pair { reference, alt }
    }

    fn relation(new: &str, reference: &str) -> Relation {
        relate(pair(new), pair(reference)).relation
    }

    #[test]
    fn agrees_with_pairs_worked_by_hand() {
        use Relation::*;
        for (new, reference, want) in [
            ("A/G", "A/G", Same),
            ("g/a", "A/G", Swapped),
            ("T/C", "A/G", Flipped),
            ("C/T", "A/G", FlippedSwapped),
            ("A/C", "A/G", Other),
            ("A/T", "A/T", Ambiguous { swapped: false }),
            ("T/A", "A/T", Ambiguous { swapped: true }),
            ("C/G", "A/T", Other),
            ("AT/A", "AT/A", Same),
            ("A/AT", "AT/A", Swapped),
            ("TA/T", "AT/A", Other),
            ("D/I", "I/D", Swapped),
            ("A/B", "A/B", Same),
            ("<DEL>/A", "A/<DEL>", Swapped),
            ("A/*", "A/G", Other),
        ] {
            assert_eq!(relation(new, reference), want, "{new} {reference}");
        }
    }

    #[test]
    fn an_allele_without_copies_is_the_other_one_of_the_reference() {
        use Relation::*;
        for (new, reference, want) in [
            ("A/0", "A/G", Same),
            ("G/0", "A/G", Swapped),
            ("T/N", "A/G", Flipped),
            ("C/.", "A/G", FlippedSwapped),
            ("0/G", "A/G", Same),
            ("0/C", "A/G", Flipped),
            ("A/0", "A/T", Ambiguous { swapped: false }),
            ("T/0", "A/T", Ambiguous { swapped: true }),
            ("AT/0", "A/AT", Swapped),
            ("C/0", "A/T", Other),
            ("0/0", "A/G", MissingAllele),
            ("A/G", "A/0", MissingAllele),
            ("A/0", "A/0", Same),
            ("0/A", "A/0", Swapped),
            ("0/0", "0/0", MissingAllele),
        ] {
            assert_eq!(relation(new, reference), want, "{new} {reference}");
        }
        assert!(relate(pair("A/0"), pair("A/G")).alt_unknown);
        assert!(relate(pair("0/A"), pair("A/G")).reference_unknown);
        assert!(!relate(pair("A/0"), pair("A/0")).alt_unknown);
    }

    /// The reference implementation tries every strand and order of all pairs of different bases.
    #[test]
    fn agrees_with_trying_every_strand_and_order() {
        use Relation::*;
        let complement_of = |x: &str| {
            x.chars()
                .map(|c| "TGCA".as_bytes()["ACGT".find(c).unwrap()] as char)
                .collect::<String>()
        };
        let bases = ["A", "C", "G", "T"];
        let pairs: Vec<(&str, &str)> = bases
            .iter()
            .flat_map(|&a| bases.iter().filter(move |&&b| a != b).map(move |&b| (a, b)))
            .collect();
        for &(a, b) in &pairs {
            for &(c, d) in &pairs {
                let holds = [
                    a == c && b == d,
                    a == d && b == c,
                    complement_of(a) == c && complement_of(b) == d,
                    complement_of(a) == d && complement_of(b) == c,
                ];
                let want = match holds {
                    [true, _, _, true] => Ambiguous { swapped: false },
                    [_, true, true, _] => Ambiguous { swapped: true },
                    [true, ..] => Same,
                    [_, true, ..] => Swapped,
                    [_, _, true, _] => Flipped,
                    [_, _, _, true] => FlippedSwapped,
                    _ => Other,
                };
                let got = relate(Pair { reference: a, alt: b }, Pair { reference: c, alt: d });
                assert_eq!(got.relation, want, "{a}/{b} {c}/{d}");
            }
        }
    }
}
