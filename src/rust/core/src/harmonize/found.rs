//! The outcome of each variant of a reference in new data.

use crate::data::genotypes::aligned::Reading;

/// The outcome of a variant of the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    Kept,
    Swapped,
    Flipped,
    FlippedSwapped,
    Dropped,
}

/// Why a variant was dropped, or how its strand was settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The new data have nothing at the position.
    Absent,
    /// No strand makes the alleles the same.
    OtherAlleles,
    /// A/T or C/G, and the allele frequencies do not settle the strand.
    AmbiguousStrand,
    /// An allele is not named, and the genotypes do not determine it.
    MissingAllele,
    /// The reference gives no chromosome or position.
    Unplaced,
    /// A/T or C/G, and the other variants of the data set settled the strand.
    DataSet,
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
    pub fn dropped(reason: Reason) -> Match {
        Match { column: None, outcome: Outcome::Dropped, reason: Some(reason) }
    }

    /// How to read the new data's genotypes as those of the reference.
    pub fn reading(&self) -> Reading {
        match self.outcome {
            Outcome::Kept | Outcome::Flipped => Reading::Counted,
            Outcome::Swapped | Outcome::FlippedSwapped => Reading::Swapped,
            Outcome::Dropped => Reading::Absent,
        }
    }
}

/// How many variants were dropped for a reason.
pub fn count_dropped(matches: &[Match], reason: Reason) -> usize {
    matches.iter().filter(|found| found.column.is_none() && found.reason == Some(reason)).count()
}
