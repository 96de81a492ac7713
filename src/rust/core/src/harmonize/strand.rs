//! Which strand an A/T or C/G variant was read from, as far as allele frequencies tell.
//!
//! With p the frequency of an allele in the reference and q that of the same letter in
//! the new data, the letter means the same allele if q lies near p, and the other one
//! if it lies near 1 - p. Both distances are taken in the same variance, that of the two
//! samples and of the drift between their populations,
//! `v = p (1 - p) (F + 1 / n_new + 1 / n_reference)`, n in alleles. The logarithm of the
//! odds of the first against the second is then
//! `((q - (1 - p))^2 - (q - p)^2) / 2v = (2p - 1) (2q - 1) / 2v`.
//!
//! Our own rule; the usual one, both frequencies below 0.4 and on the same side, ignores
//! how few samples a frequency may come from.

/// Drift between the populations of the two data sets: F_ST about as large as between continents.
const DRIFT: f64 = 0.1;

/// Odds at which a strand counts as settled.
const ODDS: f64 = 100.0;

/// Frequency of an allele and the number of alleles, two per called sample, it was counted in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frequency {
    pub frequency: f64,
    pub n_alleles: f64,
}

/// Whether a letter means the same allele in both data sets; `None` if the odds for
/// neither reach 100 to 1, as for a minor allele above a quarter or so, for common
/// alleles in few samples, and where nobody is called.
pub fn same_strand(new: Frequency, reference: Frequency) -> Option<bool> {
    if !(new.n_alleles > 0.0 && reference.n_alleles > 0.0) {
        return None;
    }
    // Half an allele of either kind more: no frequency is certain to be 0.
    let p = (reference.frequency * reference.n_alleles + 0.5) / (reference.n_alleles + 1.0);
    let variance = p * (1.0 - p) * (DRIFT + 1.0 / new.n_alleles + 1.0 / reference.n_alleles);
    let log_odds = (2.0 * p - 1.0) * (2.0 * new.frequency - 1.0) / (2.0 * variance);
    (log_odds.abs() >= ODDS.ln()).then_some(log_odds > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(q: f64, n: f64, p: f64) -> Option<bool> {
        let reference = Frequency { frequency: p, n_alleles: 1e6 };
        same_strand(Frequency { frequency: q, n_alleles: n }, reference)
    }

    /// p = q = 0.2: log odds 0.36 / (2 * 0.16 * 0.1) = 11.2, above log 100 = 4.6.
    /// p = q = 0.3: 0.16 / (2 * 0.21 * 0.1) = 3.8, below.
    #[test]
    fn agrees_with_odds_worked_by_hand() {
        assert_eq!(settled(0.2, 1e6, 0.2), Some(true));
        assert_eq!(settled(0.8, 1e6, 0.2), Some(false));
        assert_eq!(settled(0.3, 1e6, 0.3), None);
        assert_eq!(settled(0.5, 1e6, 0.01), None);
    }

    /// One sample, two alleles: p = 0.05 gives 0.9 / (2 * 0.0475 * 0.6) = 15.8, p = 0.2
    /// gives 0.6 / (2 * 0.16 * 0.6) = 3.1.
    #[test]
    fn one_sample_settles_rare_alleles_alone() {
        assert_eq!(settled(0.0, 2.0, 0.05), Some(true));
        assert_eq!(settled(1.0, 2.0, 0.05), Some(false));
        assert_eq!(settled(0.0, 2.0, 0.2), None);
    }

    #[test]
    fn turning_either_allele_turns_the_answer_and_nobody_called_settles_nothing() {
        for q in 0..=20 {
            for p in 0..=20 {
                let (q, p) = (f64::from(q) / 20.0, f64::from(p) / 20.0);
                let answer = settled(q, 60.0, p);
                assert_eq!(settled(1.0 - q, 60.0, p), answer.map(|same| !same));
                assert_eq!(settled(q, 60.0, 1.0 - p), answer.map(|same| !same));
            }
        }
        assert_eq!(settled(0.0, 0.0, 0.01), None);
        assert_eq!(settled(f64::NAN, 0.0, 0.01), None);
        let unknown = Frequency { frequency: f64::NAN, n_alleles: 0.0 };
        assert_eq!(same_strand(Frequency { frequency: 0.1, n_alleles: 90.0 }, unknown), None);
    }
}
