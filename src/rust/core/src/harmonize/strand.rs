//! The strand of A/T and C/G variants, from allele frequencies.
//!
//! With p the frequency of an allele in the reference, the new data have `a` copies of the same
//! letter among `n` alleles. If the letter means the same allele, `a` is beta-binomial with mean
//! p; if it means the other one, with mean 1 - p. The variance allows for the drift between the
//! two populations and for the number of alleles that p was counted in: the frequency in the new
//! population is Beta(s p, s (1 - p)) with `1 / (s + 1) = F + 1 / n_reference`. The logarithm of
//! the odds of the first against the second is then
//! `log B(a + s p, n - a + s (1 - p)) - log B(a + s (1 - p), n - a + s p)`.
//!
//! Our own rule; the usual one, both frequencies below 0.4 and on the same side, ignores how few
//! samples a frequency may come from.

/// Drift between the populations of the two data sets that the test of one variant must
/// tolerate: F_ST about as large as between continents.
const DRIFT: f64 = 0.1;

/// Odds at which the strand of one variant counts as settled.
const ODDS: f64 = 100.0;

/// Fewest alleles of the new data whose frequency settles a strand: those of ten samples.
const FEWEST_ALLELES: f64 = 20.0;

/// Frequency of an allele and the number of alleles, two per called sample, it was counted in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frequency {
    pub frequency: f64,
    pub n_alleles: f64,
}

/// Values that the drift between two data sets is chosen from.
const DRIFTS: [f64; 8] = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2];

/// Frequency of one allele in the new data and in the reference.
pub type Frequencies = (Frequency, Frequency);

/// The likeliest drift between two data sets, from variants on a known strand.
pub fn drift(known: &[Frequencies]) -> f64 {
    let likelihood = |drift: f64| -> f64 {
        known.iter().map(|&(new, reference)| log_likelihood(new, reference, drift)).sum()
    };
    let likelihoods = DRIFTS.map(likelihood);
    let best = (0..DRIFTS.len()).max_by(|&a, &b| likelihoods[a].total_cmp(&likelihoods[b]));
    DRIFTS[best.expect("some drifts")]
}

/// Parameters of the beta distribution of a frequency in the new population.
fn beta(reference: Frequency, drift: f64) -> (f64, f64) {
    // Half an allele of either kind more: no frequency is certain to be 0.
    let p = (reference.frequency * reference.n_alleles + 0.5) / (reference.n_alleles + 1.0);
    let spread = (1.0 / (drift + 1.0 / reference.n_alleles) - 1.0).max(0.5);
    (spread * p, spread * (1.0 - p))
}

/// Logarithm of the probability of the alleles of the new data, less the binomial coefficient; 0
/// where no sample is called.
fn log_likelihood(new: Frequency, reference: Frequency, drift: f64) -> f64 {
    if !(new.n_alleles > 0.0 && reference.n_alleles > 0.0) {
        return 0.0;
    }
    let (same, other) = beta(reference, drift);
    let copies = new.frequency * new.n_alleles;
    let others = new.n_alleles - copies;
    log_gamma(copies + same) + log_gamma(others + other) - log_gamma(same) - log_gamma(other)
        + log_gamma(same + other)
        - log_gamma(new.n_alleles + same + other)
}

/// Logarithm of the odds that a letter means the same allele in both data sets, against the
/// other one; 0 where no sample is called.
pub fn log_odds(new: Frequency, reference: Frequency, drift: f64) -> f64 {
    if !(new.n_alleles > 0.0 && reference.n_alleles > 0.0) {
        return 0.0;
    }
    let (same, other) = beta(reference, drift);
    let copies = new.frequency * new.n_alleles;
    let others = new.n_alleles - copies;
    log_gamma(copies + same) + log_gamma(others + other)
        - log_gamma(copies + other)
        - log_gamma(others + same)
}

/// Whether a letter means the same allele in both data sets; `None` if the odds for neither reach
/// 100 to 1, as for a minor allele above a quarter or so, or fewer than ten samples are called.
pub fn same_strand(new: Frequency, reference: Frequency) -> Option<bool> {
    let log_odds = log_odds(new, reference, DRIFT);
    let settled = new.n_alleles >= FEWEST_ALLELES && log_odds.abs() >= ODDS.ln();
    settled.then_some(log_odds > 0.0)
}

/// The most likely proportion of A/T and C/G variants that are on the other strand, and how much
/// more likely it is than that none is.
///
/// Frequencies of another population lie nearer to 1/2 than those of the reference, which makes
/// some variants look flipped. Of the variants on a known strand, a proportion c looks so. If
/// a proportion x is flipped, c + x (1 - 2 c) look so.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mixture {
    pub proportion: f64,
    /// Logarithm of the likelihood ratio of `proportion` against 0.
    pub log_ratio: f64,
}

impl Mixture {
    /// Above this proportion the variants are a mixture of both strands.
    const MOST: f64 = 0.01;

    /// Least logarithm of the likelihood ratio: with few genotypes chance alone often takes the
    /// estimate above 1 %, but above this in 2 data sets of 100.
    const LEAST_LOG_RATIO: f64 = 2.0;

    /// From the log odds of each variant that it is on the strand that it should be on: of those
    /// on a known strand, and of A/T and C/G.
    pub fn fit(known: &[f64], ambiguous: &[f64]) -> Mixture {
        let (known, ambiguous) = (odds_of_other(known), odds_of_other(ambiguous));
        let (of_known, of_ambiguous) = (seem_flipped(&known), seem_flipped(&ambiguous));
        if of_ambiguous <= of_known || of_known >= 0.5 {
            return Mixture { proportion: 0.0, log_ratio: 0.0 };
        }
        let all: Vec<f64> = known.iter().chain(&ambiguous).copied().collect();
        let log_ratio = log_likelihood_of(&known, of_known)
            + log_likelihood_of(&ambiguous, of_ambiguous)
            - log_likelihood_of(&all, seem_flipped(&all));
        let proportion = (of_ambiguous - of_known) / (1.0 - 2.0 * of_known);
        Mixture { proportion: proportion.min(1.0), log_ratio }
    }

    /// Whether both strands occur.
    pub fn is_mixed(&self) -> bool {
        self.proportion > Self::MOST && self.log_ratio >= Self::LEAST_LOG_RATIO
    }
}

/// Odds of the other strand, within what a double holds.
fn odds_of_other(log_odds: &[f64]) -> Vec<f64> {
    log_odds.iter().map(|odds| (-odds).clamp(-300.0, 300.0).exp()).collect()
}

/// Of variants with given odds of the other strand, the most probable proportion q there: the
/// maximum of `sum(log(1 - q + q odds))`, which is concave in q, by bisection of its slope.
fn seem_flipped(odds: &[f64]) -> f64 {
    let slope = |q: f64| -> f64 { odds.iter().map(|r| (r - 1.0) / (1.0 + q * (r - 1.0))).sum() };
    let (mut low, mut high) = (0.0, 1.0);
    if slope(low) <= 0.0 {
        return 0.0;
    }
    while high - low > 1e-9 {
        let middle = 0.5 * (low + high);
        if slope(middle) > 0.0 { low = middle } else { high = middle }
    }
    high
}

fn log_likelihood_of(odds: &[f64], proportion: f64) -> f64 {
    odds.iter().map(|r| (proportion * (r - 1.0)).ln_1p()).sum()
}

/// Logarithm of the gamma function of a positive number: Stirling's series from 10 on.
fn log_gamma(x: f64) -> f64 {
    let (mut x, mut below) = (x, 1.0);
    while x < 10.0 {
        below *= x;
        x += 1.0;
    }
    let square = 1.0 / (x * x);
    let series =
        (1.0 / 12.0 - square * (1.0 / 360.0 - square * (1.0 / 1260.0 - square / 1680.0))) / x;
    (x - 0.5) * x.ln() - x + 0.5 * (2.0 * std::f64::consts::PI).ln() + series - below.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reference frequencies of arbitrary precision.
    fn known(p: f64) -> Frequency {
        Frequency { frequency: p, n_alleles: 1e9 }
    }

    fn odds(copies: f64, n: f64, p: f64) -> f64 {
        log_odds(Frequency { frequency: copies / n, n_alleles: n }, known(p), DRIFT)
    }

    fn settled(q: f64, n: f64, p: f64) -> Option<bool> {
        same_strand(Frequency { frequency: q, n_alleles: n }, known(p))
    }

    #[test]
    fn log_gamma_is_that_of_factorials_and_halves() {
        for (x, value) in [(1.0, 1.0), (2.0, 1.0), (5.0, 24.0), (11.0, 3_628_800.0)] {
            assert!((log_gamma(x) - f64::ln(value)).abs() < 1e-12, "{x}");
        }
        assert!((log_gamma(0.5) - 0.5 * std::f64::consts::PI.ln()).abs() < 1e-12);
    }

    /// F = 0.1, so s = 9; p = 0.2: the frequency is Beta(1.8, 7.2) against Beta(7.2, 1.8).
    /// One sample without a copy: 7.2 * 8.2 / (1.8 * 2.8) = 11.714; with one: 1; with two:
    /// 1 / 11.714.
    #[test]
    fn agrees_with_odds_worked_by_hand() {
        let one_sample = f64::ln(7.2 * 8.2 / (1.8 * 2.8));
        assert!((odds(0.0, 2.0, 0.2) - one_sample).abs() < 1e-6);
        assert!(odds(1.0, 2.0, 0.2).abs() < 1e-6);
        assert!((odds(2.0, 2.0, 0.2) + one_sample).abs() < 1e-6);
        // A known frequency q: (q / (1 - q))^(s p - s (1 - p)) = (1 / 4)^-5.4.
        assert!((odds(2e6, 1e7, 0.2) - 5.4 * f64::ln(4.0)).abs() < 1e-3);
    }

    /// The reference implementation multiplies the odds of one allele after the other.
    #[test]
    fn agrees_with_polya_urns() {
        for p in [0.03, 0.2, 0.5, 0.77] {
            for (copies, n) in [(0, 2), (1, 2), (7, 30), (30, 30), (3, 40)] {
                let (mut want, s) = (0.0, 9.0);
                for allele in 0..copies {
                    want +=
                        f64::ln((s * p + f64::from(allele)) / (s * (1.0 - p) + f64::from(allele)));
                }
                for allele in 0..n - copies {
                    want +=
                        f64::ln((s * (1.0 - p) + f64::from(allele)) / (s * p + f64::from(allele)));
                }
                assert!((odds(f64::from(copies), f64::from(n), p) - want).abs() < 1e-5);
            }
        }
    }

    #[test]
    fn settles_rare_alleles_of_enough_samples() {
        assert_eq!(settled(0.2, 1e6, 0.2), Some(true));
        assert_eq!(settled(0.8, 1e6, 0.2), Some(false));
        assert_eq!(settled(0.3, 1e6, 0.3), None);
        assert_eq!(settled(0.5, 1e6, 0.01), None);
        assert_eq!(settled(0.0, 20.0, 0.05), Some(true));
        // A sample's genotype is no frequency, however rare the allele.
        assert_eq!(settled(0.0, 2.0, 0.001), None);
        assert_eq!(settled(0.0, 18.0, 0.001), None);
    }

    #[test]
    fn exchanging_either_allele_exchanges_the_answer_and_no_call_settles_nothing() {
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
        assert_eq!(log_odds(Frequency { frequency: 0.1, n_alleles: 90.0 }, unknown, DRIFT), 0.0);
    }

    /// One allele is there with the probability p = s p / s, whatever the drift.
    #[test]
    fn likelihoods_agree_with_one_worked_by_hand_and_sum_to_one() {
        for drift in DRIFTS {
            let of = |copies: f64, n: f64| {
                let new = Frequency { frequency: copies / n, n_alleles: n };
                log_likelihood(new, known(0.3), drift).exp()
            };
            assert!((of(1.0, 1.0) - 0.3).abs() < 1e-6);
            assert!((of(0.0, 2.0) + 2.0 * of(1.0, 2.0) + of(2.0, 2.0) - 1.0).abs() < 1e-8);
        }
    }

    #[test]
    fn the_drift_is_that_of_the_frequencies() {
        // Four places in a distribution of variance 1, times the standard deviation of the drift.
        let at = |drift: f64| -> Vec<Frequencies> {
            (0..400)
                .map(|i| {
                    let p = 0.2 + 0.6 * f64::from(i) / 400.0;
                    let z = [-1.342, -0.447, 0.447, 1.342][i as usize % 4];
                    let q = (p + z * (p * (1.0 - p) * drift).sqrt()).clamp(0.0, 1.0);
                    (Frequency { frequency: q, n_alleles: 1e5 }, known(p))
                })
                .collect()
        };
        assert_eq!(drift(&at(0.0)), 0.001);
        assert_eq!(drift(&at(0.01)), 0.01);
        assert_eq!(drift(&at(0.05)), 0.05);
    }

    /// Three variants at 9 to 1 for their strand, one at 9 to 1 against: the slope
    /// 3 (-8/9) / (1 - 8q/9) + 8 / (1 + 8q) is 0 where 3 (1 - 8q/9) = 1 + 8q, at q = 3/16.
    #[test]
    fn the_mixture_agrees_with_one_worked_by_hand() {
        let ninefold = f64::ln(9.0);
        let alone = [ninefold, ninefold, ninefold, -ninefold];
        let fit = Mixture::fit(&[], &alone);
        assert!((fit.proportion - 3.0 / 16.0).abs() < 1e-8);
        let q: f64 = 3.0 / 16.0;
        let want = 3.0 * f64::ln(1.0 - q + q / 9.0) + f64::ln(1.0 - q + 9.0 * q);
        assert!((log_likelihood_of(&odds_of_other(&alone), q) - want).abs() < 1e-8);
        // As many of those on a known strand seem to be flipped: that is no mixture.
        assert_eq!(Mixture::fit(&alone, &alone), Mixture { proportion: 0.0, log_ratio: 0.0 });
        let none = Mixture { proportion: 0.0, log_ratio: 0.0 };
        assert_eq!(Mixture::fit(&[], &[]), none);
        assert_eq!(Mixture::fit(&[], &[0.0; 9]), none);
        assert_eq!(Mixture::fit(&[], &[ninefold; 5]), none);
        // -(56/9) / (1 - 8c/9) + 8 / (1 + 8c) = 0 for seven to one: c = 1/32.
        let known =
            [ninefold, ninefold, ninefold, ninefold, ninefold, ninefold, ninefold, -ninefold];
        let (of_known, of_alone) = (0.03125, 0.1875);
        let both = Mixture::fit(&known, &alone);
        assert!((both.proportion - (of_alone - of_known) / (1.0 - 2.0 * of_known)).abs() < 1e-7);
        assert!(both.log_ratio > 0.0);
        assert!((Mixture::fit(&[], &[-1e4; 5]).proportion - 1.0).abs() < 1e-8);
    }

    /// The reference implementation looks for the best proportion in steps of 1 / 2000.
    #[test]
    fn the_mixture_agrees_with_trying_all_proportions() {
        let mut state = 1_u64;
        for scale in [0.5, 2.0, 20.0] {
            let log_odds: Vec<f64> = (0..400)
                .map(|_| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    ((state >> 40) as f64 / f64::from(1 << 24) - 0.2) * scale
                })
                .collect();
            let likelihood = |q: f64| -> f64 {
                log_odds.iter().map(|odds| (1.0 - q + q * (-odds).exp()).ln()).sum()
            };
            let tried = (0..=2000).map(|i| f64::from(i) / 2000.0);
            let best = tried.max_by(|a, b| likelihood(*a).total_cmp(&likelihood(*b))).unwrap();
            let odds = odds_of_other(&log_odds);
            let fit = seem_flipped(&odds);
            assert!((fit - best).abs() <= 1.0 / 2000.0);
            assert!((log_likelihood_of(&odds, fit) - likelihood(fit)).abs() < 1e-8);
        }
    }
}
