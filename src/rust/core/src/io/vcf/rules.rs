//! Which records and calls of a VCF are read, and how.

/// What is read of each sample.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Field {
    /// GT: calls.
    #[default]
    Calls,
    /// DS: expected copies of the alternate allele.
    Dosage,
    /// GP: probabilities of the genotypes, of which the expected copies are taken.
    Probabilities,
}

impl Field {
    /// The entry of FORMAT.
    pub fn name(self) -> &'static str {
        match self {
            Field::Calls => "GT",
            Field::Dosage => "DS",
            Field::Probabilities => "GP",
        }
    }
}

/// What becomes of a record with several alternate alleles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Multiallelic {
    /// It is left out.
    #[default]
    Drop,
    /// Each alternate allele becomes a variant of its own, at which the others are not counted.
    Split,
}

/// The rules of a reading.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rules {
    /// What FILTER may say; any where `None`. `.` may stand there always: nothing was asked.
    pub filter: Option<Vec<String>>,
    /// Calls of lower GQ are missing; those without GQ are kept.
    pub min_gq: Option<f64>,
    /// Calls of lower DP are missing; those without DP are kept.
    pub min_dp: Option<f64>,
    pub field: Field,
    pub multiallelic: Multiallelic,
    /// Whether `*`, `<*>` and `<NON_REF>` are no alleles of their own where another is listed: calls
    /// of them are missing. Otherwise such a record has several alternate alleles.
    pub unlisted: bool,
}

impl Rules {
    /// Whether a record with this FILTER is read.
    pub fn passes(&self, filter: &[u8]) -> bool {
        let Some(allowed) = &self.filter else { return true };
        let is_allowed = |one: &[u8]| allowed.iter().any(|name| name.as_bytes() == one);
        filter == b"." || filter.split(|&byte| byte == b';').all(is_allowed)
    }

    /// Whether calls may become missing by their quality.
    pub fn filters_calls(&self) -> bool {
        self.min_gq.is_some() || self.min_dp.is_some()
    }
}

/// Whether an alternate allele stands for a deletion from before, or for any allele.
pub fn is_unlisted(allele: &[u8]) -> bool {
    matches!(allele, b"*" | b"<*>" | b"<NON_REF>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_of_filter_must_be_allowed() {
        let any = Rules::default();
        assert!(any.passes(b"q10") && any.passes(b"."));
        let pass = Rules { filter: Some(vec!["PASS".into()]), ..any.clone() };
        assert!(pass.passes(b"PASS") && pass.passes(b"."));
        assert!(!pass.passes(b"q10") && !pass.passes(b"PASS;q10") && !pass.passes(b""));
        let two = Rules { filter: Some(vec!["PASS".into(), "q10".into()]), ..any };
        assert!(two.passes(b"q10;PASS") && !two.passes(b"q10;s50"));
    }
}
