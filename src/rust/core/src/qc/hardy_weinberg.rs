//! The exact test of Hardy-Weinberg proportions.
//!
//! Source: Wigginton, Cutler & Abecasis 2005, equations 1 and 2; the mid-p of
//! Graffelman & Moreno 2013.

/// Terms this close to the observed one (relatively) are equal to it. Rounding
/// moves a product of a few thousand factors by less, and true ratios of
/// such products are either 1 or much farther away.
const TIE: f64 = 1e-10;

/// A term below this fraction of the sum cannot change it any more.
const NEGLIGIBLE: f64 = 1e-18;

/// Size at which terms are rescaled, so that no sum leaves the range of a double.
const LARGE: f64 = 1e250;

/// Probability of genotype counts no more likely than these, given the allele counts.
///
/// | argument | values                                                           |
/// |----------|------------------------------------------------------------------|
/// | `het`    | samples with both alleles                                        |
/// | `homs`   | samples with two copies of one allele, and of the other          |
/// | `mid_p`  | whether half the probability of equally likely counts is left out |
///
/// With N samples and a copies of the rarer allele, h heterozygotes have
/// probability proportional to `2^h / (h! ((a - h) / 2)! (N - (a + h) / 2)!)`;
/// the p-value is the sum over all h whose probability does not exceed that of the
/// observed. It is summed outward from the observed count by the ratio of
/// neighboring terms. Without samples it is 1; below about 1e-300 it is 0.
pub fn hardy_weinberg_p(het: usize, homs: [usize; 2], mid_p: bool) -> f64 {
    let observed = [het as f64, homs[0] as f64, homs[1] as f64];
    let mut sums = Sums { observed: 1.0, total: 1.0, tail: 1.0, tied: 1.0 };
    // Fewer heterozygotes: each step replaces two of them by one homozygote of each kind.
    let ([mut hets, mut one, mut other], mut term) = (observed, 1.0);
    while hets >= 2.0 {
        term *= hets * (hets - 1.0) / (4.0 * (one + 1.0) * (other + 1.0));
        (hets, one, other) = (hets - 2.0, one + 1.0, other + 1.0);
        if !sums.add(&mut term) {
            break;
        }
    }
    let ([mut hets, mut one, mut other], mut term) = (observed, sums.observed);
    while one >= 1.0 && other >= 1.0 {
        term *= 4.0 * one * other / ((hets + 2.0) * (hets + 1.0));
        (hets, one, other) = (hets + 2.0, one - 1.0, other - 1.0);
        if !sums.add(&mut term) {
            break;
        }
    }
    let left_out = if mid_p { sums.tied / 2.0 } else { 0.0 };
    ((sums.tail - left_out) / sums.total).min(1.0)
}

/// Sums of terms, all on one scale.
struct Sums {
    observed: f64,
    total: f64,
    tail: f64,
    tied: f64,
}

impl Sums {
    /// Adds a term; false if it and all that follow it in its direction are negligible.
    fn add(&mut self, term: &mut f64) -> bool {
        self.total += *term;
        if *term <= self.observed * (1.0 + TIE) {
            self.tail += *term;
            if *term >= self.observed * (1.0 - TIE) {
                self.tied += *term;
            }
            // Terms increase to one maximum and decrease: a negligible term stays so once the
            // observed count is below the maximum of its side.
            return *term > NEGLIGIBLE * self.tail;
        }
        if *term > LARGE {
            for value in [term, &mut self.observed, &mut self.total, &mut self.tail, &mut self.tied]
            {
                *value /= LARGE;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every term from the logarithms of factorials, no recurrence, no early end.
    fn reference_p(het: usize, homs: [usize; 2], mid_p: bool) -> f64 {
        let log_factorial = |n: usize| (1..=n).map(|k| (k as f64).ln()).sum::<f64>();
        let n_one = het + 2 * homs[0];
        let n_alleles = n_one + het + 2 * homs[1];
        let rare = n_one.min(n_alleles - n_one);
        let log_term = |hets: usize| {
            let (a, b) = ((rare - hets) / 2, (n_alleles - rare - hets) / 2);
            hets as f64 * 2f64.ln() - log_factorial(hets) - log_factorial(a) - log_factorial(b)
        };
        let terms: Vec<f64> =
            (rare % 2..=rare).step_by(2).map(|h| (log_term(h) - log_term(het)).exp()).collect();
        let tail: f64 = terms.iter().filter(|&&term| term <= 1.0 + 1e-9).sum();
        let tied: f64 = terms.iter().filter(|&&term| (term - 1.0).abs() <= 1e-9).sum();
        (tail - if mid_p { tied / 2.0 } else { 0.0 }) / terms.iter().sum::<f64>()
    }

    /// Four samples, four copies of each allele: 0, 2 or 4 heterozygotes have
    /// weights 1/(2! 2!) = 1/4, 4/2 = 2 and 16/24 = 2/3, so 6, 48 and 16 of 70.
    #[test]
    fn agrees_with_a_hand_worked_case() {
        let close = |got: f64, want: f64| assert!((got - want).abs() < 1e-14, "{got} {want}");
        close(hardy_weinberg_p(0, [2, 2], false), 6.0 / 70.0);
        close(hardy_weinberg_p(4, [0, 0], false), 22.0 / 70.0);
        close(hardy_weinberg_p(2, [1, 1], false), 1.0);
        close(hardy_weinberg_p(0, [2, 2], true), 3.0 / 70.0);
        close(hardy_weinberg_p(4, [0, 0], true), 14.0 / 70.0);
        close(hardy_weinberg_p(2, [1, 1], true), 46.0 / 70.0);
    }

    /// Every count of up to 24 samples, among them many ties, and some large ones.
    #[test]
    fn agrees_with_the_plain_sum() {
        for n in 0..=24 {
            for het in 0..=n {
                for hom in 0..=n - het {
                    let homs = [hom, n - het - hom];
                    for mid_p in [false, true] {
                        let (got, want) =
                            (hardy_weinberg_p(het, homs, mid_p), reference_p(het, homs, mid_p));
                        assert!((got - want).abs() < 1e-11, "{het} {homs:?} {got} {want}");
                    }
                }
            }
        }
        for (het, homs) in [(90, [5, 905]), (400, [300, 300]), (1, [499, 1500]), (1999, [0, 1])] {
            let (got, want) = (hardy_weinberg_p(het, homs, false), reference_p(het, homs, false));
            assert!((got - want).abs() <= 1e-9 * want, "{het} {homs:?} {got} {want}");
        }
    }

    #[test]
    fn no_sample_and_one_allele_fit_and_the_alleles_may_be_swapped() {
        assert_eq!(hardy_weinberg_p(0, [0, 0], false), 1.0);
        assert_eq!(hardy_weinberg_p(0, [0, 1000], false), 1.0);
        assert_eq!(hardy_weinberg_p(0, [0, 1000], true), 0.5);
        for (het, homs) in [(3, [1, 9]), (40, [11, 2])] {
            let swapped = [homs[1], homs[0]];
            let (one, other) =
                (hardy_weinberg_p(het, homs, false), hardy_weinberg_p(het, swapped, false));
            assert!((one - other).abs() < 1e-14);
        }
    }

    #[test]
    fn hopeless_counts_give_0_and_never_nan() {
        assert_eq!(hardy_weinberg_p(0, [50_000, 50_000], false), 0.0);
        assert_eq!(hardy_weinberg_p(100_000, [0, 0], true), 0.0);
        // From rational arithmetic.
        let small = hardy_weinberg_p(0, [500, 500], false);
        assert!((small / 1.319_669_097_657_21e-301 - 1.0).abs() < 1e-10, "{small}");
        for n in [300, 1000, 3000, 10_000] {
            for het in [0, n / 4, n / 2, 3 * n / 4, n] {
                let p = hardy_weinberg_p(het, [(n - het) / 2, n - het - (n - het) / 2], true);
                assert!((0.0..=1.0).contains(&p), "{p}");
            }
        }
    }
}
