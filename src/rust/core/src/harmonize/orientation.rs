//! Whether A/T and C/G variants of a data set are on the strand of a reference: the evidence of all
//! other variants, and whether a merge has mixed the strands of these.

use crate::harmonize::strand::Mixture;

/// Fewest variants of known strand for which their strand is taken for A/T and C/G too.
const FEWEST: usize = 100;

/// Proportion of variants on either strand above which both occur.
const MOST_OTHER: f64 = 0.001;

/// How the letters of A/T and C/G variants are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Orientation {
    /// As they are written: the data set is on the strand of the reference.
    Written,
    /// As their complements: the data set is on the other strand.
    Complement,
    /// Each by its allele frequencies.
    EachItsOwn,
}

/// The evidence of the variants of a data set on its strand.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    /// Variants other than A/T and C/G on the strand of the reference.
    pub n_same: usize,
    /// Those on the other one.
    pub n_flipped: usize,
    /// Of some of these variants, the logarithm of the odds that their frequencies give for the
    /// strand that their alleles show.
    pub known_log_odds: Vec<f64>,
    /// Of every A/T and C/G variant, the logarithm of the odds that it is on the strand of the
    /// reference.
    pub log_odds: Vec<f64>,
}

impl Survey {
    /// How A/T and C/G are to be read.
    ///
    /// As all other variants are, if there are enough of these, nearly all on one strand. But a
    /// program that merged data sets may have flipped just the variants whose alleles mismatched,
    /// and left A/T and C/G as they were: allele frequencies, of all of them together, must not
    /// support a mixture.
    pub fn orientation(&self) -> Orientation {
        let orientation = self.of_others();
        let is_mixed = self.mixture(orientation).is_some_and(|mixture| mixture.is_mixed());
        if is_mixed { Orientation::EachItsOwn } else { orientation }
    }

    /// The orientation by the other variants alone.
    pub fn of_others(&self) -> Orientation {
        let n = self.n_same + self.n_flipped;
        let few = |n_other: usize| n_other as f64 <= MOST_OTHER * n as f64;
        match n {
            0..FEWEST => Orientation::EachItsOwn,
            _ if few(self.n_flipped) => Orientation::Written,
            _ if few(self.n_same) => Orientation::Complement,
            _ => Orientation::EachItsOwn,
        }
    }

    /// The proportion of A/T and C/G that are not as `orientation` would have them all.
    pub fn mixture(&self, orientation: Orientation) -> Option<Mixture> {
        match orientation {
            Orientation::Written => Some(Mixture::fit(&self.known_log_odds, &self.log_odds)),
            Orientation::Complement => {
                let odds: Vec<f64> = self.log_odds.iter().map(|odds| -odds).collect();
                Some(Mixture::fit(&self.known_log_odds, &odds))
            }
            Orientation::EachItsOwn => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn survey(n_same: usize, n_flipped: usize, log_odds: Vec<f64>) -> Survey {
        Survey { n_same, n_flipped, known_log_odds: vec![3.0; 100], log_odds }
    }

    #[test]
    fn a_hundred_variants_on_one_strand_settle_it() {
        use Orientation::*;
        for (n_same, n_flipped, want) in [
            (0, 0, EachItsOwn),
            (99, 0, EachItsOwn),
            (100, 0, Written),
            (0, 100, Complement),
            (999, 1, Written),
            (998, 1, EachItsOwn),
            (1, 999, Complement),
            (2, 998, EachItsOwn),
            (500, 500, EachItsOwn),
        ] {
            assert_eq!(
                survey(n_same, n_flipped, vec![]).orientation(),
                want,
                "{n_same} {n_flipped}"
            );
        }
    }

    #[test]
    fn frequencies_that_speak_against_it_leave_each_variant_to_its_own() {
        let mut odds = vec![3.0; 200];
        assert_eq!(survey(500, 0, odds.clone()).orientation(), Orientation::Written);
        assert_eq!(survey(0, 500, odds.clone()).orientation(), Orientation::EachItsOwn);
        odds[..20].fill(-3.0);
        assert_eq!(survey(500, 0, odds.clone()).orientation(), Orientation::EachItsOwn);
        let proportion =
            survey(500, 0, odds.clone()).mixture(Orientation::Written).unwrap().proportion;
        assert!((proportion - 0.055).abs() < 0.005, "{proportion}");
        let flipped: Vec<f64> = odds.iter().map(|odds| -odds).collect();
        let other = survey(0, 500, flipped).mixture(Orientation::Complement).unwrap().proportion;
        assert_eq!(other, proportion);
        // Chance alone: one variant in a hundred at odds of 7 to 1.
        let mut odds = vec![0.05; 100];
        odds[0] = -2.0;
        assert_eq!(survey(500, 0, odds).orientation(), Orientation::Written);
    }
}
