//! Records that were left out, counted by reason.

use crate::error::VcfPlace;

/// Why a record is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// POS is below 0, which is how PLINK's files say that a variant be left out.
    NegativePosition,
    /// ALT is `.`.
    NoAlternate,
    /// ALT lists REF, or an allele twice.
    RepeatedAllele,
    /// ALT lists more than one allele.
    Multiallelic,
    /// ALT is `*`, `<...>` or a breakend.
    Symbolic,
    /// An allele has a base other than A, C, G and T, or is a mark such as `-`.
    AmbiguousBase,
    /// FILTER says what was not allowed.
    Filter,
    /// FORMAT has no GT.
    NoGt,
    /// FORMAT has no DS or GP, which was asked for.
    NoField,
    /// A call has more than two alleles.
    Polyploid,
    /// A call, or a part of one, is missing.
    Missing,
    /// A call is unphased.
    Unphased,
    /// The minor allele is rarer than was asked for.
    BelowMinMaf,
}

impl Reason {
    /// A short stable name, for tables.
    pub fn name(self) -> &'static str {
        match self {
            Reason::NegativePosition => "negative_position",
            Reason::NoAlternate => "no_alternate",
            Reason::RepeatedAllele => "repeated_allele",
            Reason::Multiallelic => "multiallelic",
            Reason::Symbolic => "symbolic",
            Reason::AmbiguousBase => "ambiguous_base",
            Reason::Filter => "filter",
            Reason::NoGt => "no_gt",
            Reason::NoField => "no_field",
            Reason::Polyploid => "polyploid",
            Reason::Missing => "missing",
            Reason::Unphased => "unphased",
            Reason::BelowMinMaf => "below_min_maf",
        }
    }
}

/// Records left out for one reason, and the first of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    pub reason: Reason,
    pub n_records: usize,
    pub first: VcfPlace,
}

/// Counts by reason, in the order of [`Reason`].
#[derive(Clone, Debug, Default)]
pub struct Tally(Vec<Skipped>);

impl Tally {
    /// Counts one record; `place` is asked for only if it is the first for its reason.
    pub fn count(&mut self, reason: Reason, place: impl FnOnce() -> VcfPlace) {
        match self.0.binary_search_by_key(&reason, |skipped| skipped.reason) {
            Ok(at) => self.0[at].n_records += 1,
            Err(at) => self.0.insert(at, Skipped { reason, n_records: 1, first: place() }),
        }
    }

    /// Records counted.
    pub fn n_records(&self) -> usize {
        self.0.iter().map(|skipped| skipped.n_records).sum()
    }

    /// `3 multiallelic, 1 symbolic`.
    pub fn summary(&self) -> String {
        let each = self.0.iter().map(|one| format!("{} {}", one.n_records, one.reason.name()));
        each.collect::<Vec<_>>().join(", ")
    }

    /// The counts.
    pub fn into_skipped(self) -> Vec<Skipped> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    #[test]
    fn counts_by_reason_and_keeps_the_first() {
        let place = |line| VcfPlace {
            path: PathBuf::new(),
            line,
            chrom: "1".into(),
            position: line.to_string(),
        };
        let mut tally = Tally::default();
        tally.count(Reason::Symbolic, || place(4));
        tally.count(Reason::Multiallelic, || place(5));
        tally.count(Reason::Symbolic, || panic!("not the first"));
        assert_eq!((tally.n_records(), tally.summary()), (3, "1 multiallelic, 2 symbolic".into()));
        assert_eq!(tally.into_skipped()[1].first, place(4));
    }
}
