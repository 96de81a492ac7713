//! The squared correlation of two variants in haplotypes, from unphased genotypes.
//!
//! Source: Gaunt, Rodríguez & Day 2007, "Cubic exact solutions for the estimation of pairwise
//! haplotype frequencies", BMC Bioinformatics 8:428, as PLINK 1.9 uses it for `--clump`.
//!
//! Only a sample that is heterozygous at both variants leaves its haplotypes open. With x the
//! proportion of those samples whose counted alleles are on one haplotype, the likelihood is
//! stationary where `x = f11 f22 / (f11 f22 + f12 f21)`, a cubic equation: of its roots in 0..1 and
//! both ends, the likeliest is taken.

/// Samples by copies (0, 1, 2) of the counted allele at one variant and at the other.
pub type PairCounts = [[u64; 3]; 3];

/// Samples with one haplotype, by copies (0, 1) of the counted allele at one variant and at the
/// other.
pub type SingleCounts = [[u64; 2]; 2];

/// Most steps to a root.
const STEPS: usize = 60;

/// A step that is smaller has found the root.
const NEGLIGIBLE: f64 = 1e-14;

/// What haplotypes are known of two variants.
struct Haplotypes {
    /// With the counted allele of both, of the first, of the second, of none.
    known: [f64; 4],
    /// Samples that are heterozygous at both.
    open: f64,
    total: f64,
    /// Frequencies of the counted alleles.
    p: f64,
    q: f64,
}

impl Haplotypes {
    /// `None` where a variant does not vary among the samples called at both.
    fn of(counts: &PairCounts, singles: &SingleCounts) -> Option<Haplotypes> {
        let n = |one: usize, other: usize| counts[one][other] as f64;
        let single = |one: usize, other: usize| singles[one][other] as f64;
        let known = [
            2.0 * n(2, 2) + n(2, 1) + n(1, 2) + single(1, 1),
            2.0 * n(2, 0) + n(2, 1) + n(1, 0) + single(1, 0),
            2.0 * n(0, 2) + n(0, 1) + n(1, 2) + single(0, 1),
            2.0 * n(0, 0) + n(0, 1) + n(1, 0) + single(0, 0),
        ];
        let open = n(1, 1);
        let total = known.iter().sum::<f64>() + 2.0 * open;
        let p = (known[0] + known[1] + open) / total;
        let q = (known[0] + known[2] + open) / total;
        let varies = p > 0.0 && p < 1.0 && q > 0.0 && q < 1.0;
        varies.then_some(Haplotypes { known, open, total, p, q })
    }

    /// The squared correlation if a proportion of the open samples is coupled.
    fn r2(&self, coupled: f64) -> f64 {
        let Haplotypes { known, open, total, p, q } = self;
        let covariance = (known[0] + open * coupled) / total - p * q;
        covariance * covariance / (p * (1.0 - p) * q * (1.0 - q))
    }

    /// Counts if a proportion of the open samples is coupled.
    fn counts(&self, coupled: f64) -> [f64; 4] {
        let (same, other) = (self.open * coupled, self.open * (1.0 - coupled));
        let [both, first, second, none] = self.known;
        [both + same, first + other, second + other, none + same]
    }

    fn log_likelihood(&self, coupled: f64) -> f64 {
        let own = self.counts(coupled);
        let part = |n: f64, of: f64| if n > 0.0 { n * of.ln() } else { 0.0 };
        let sure: f64 = self.known.iter().zip(own).map(|(&n, of)| part(n, of)).sum();
        sure + part(self.open, own[0] * own[3] + own[1] * own[2])
    }

    /// The proportion that has the largest likelihood.
    fn likeliest(&self) -> f64 {
        let cubic = Cubic::of(self);
        let mut best = (0.0, self.log_likelihood(0.0));
        let mut consider = |x: f64| {
            let value = self.log_likelihood(x);
            if value > best.1 {
                best = (x, value);
            }
        };
        consider(1.0);
        for ends in cubic.monotone_ends().windows(2) {
            if (cubic.value(ends[0]) < 0.0) != (cubic.value(ends[1]) < 0.0) {
                consider(cubic.root_between(ends[0], ends[1]));
            }
        }
        best.0
    }
}

/// The squared correlation if it exceeds `threshold`; `None` if not, or where a variant does not
/// vary among the samples called at both. `singles` count one haplotype each.
pub fn haplotype_r2_above(
    counts: &PairCounts,
    singles: &SingleCounts,
    threshold: f64,
) -> Option<f64> {
    let haplotypes = Haplotypes::of(counts, singles)?;
    // In between the open samples cannot make it larger.
    if haplotypes.r2(0.0).max(haplotypes.r2(1.0)) <= threshold {
        return None;
    }
    let coupled = if haplotypes.open > 0.0 { haplotypes.likeliest() } else { 0.0 };
    Some(haplotypes.r2(coupled)).filter(|&r2| r2 > threshold)
}

/// `x (A + B) - A` by its coefficients, with `A = (k11 + o x) (k22 + o x)` and
/// `B = (k12 + o (1 - x)) (k21 + o (1 - x))`.
struct Cubic([f64; 4]);

impl Cubic {
    fn of(haplotypes: &Haplotypes) -> Cubic {
        let ([both, first, second, none], open) = (haplotypes.known, haplotypes.open);
        // A = a0 + a1 x + o^2 x^2 and B = b0 + b1 x + o^2 x^2.
        let square = open * open;
        let (a0, a1) = (both * none, open * (both + none));
        let (b0, b1) = ((first + open) * (second + open), -open * (first + second + 2.0 * open));
        Cubic([-a0, a0 + b0 - a1, a1 + b1 - square, 2.0 * square])
    }

    fn value(&self, x: f64) -> f64 {
        let [c0, c1, c2, c3] = self.0;
        ((c3 * x + c2) * x + c1) * x + c0
    }

    fn slope(&self, x: f64) -> f64 {
        let [_, c1, c2, c3] = self.0;
        (3.0 * c3 * x + 2.0 * c2) * x + c1
    }

    /// 0, 1 and where the cubic is largest or least between them, rising.
    fn monotone_ends(&self) -> Vec<f64> {
        let [_, c1, c2, c3] = self.0;
        let discriminant = c2 * c2 - 3.0 * c3 * c1;
        let mut ends = vec![0.0];
        if discriminant > 0.0 {
            let root = discriminant.sqrt();
            let inner = [(-c2 - root) / (3.0 * c3), (-c2 + root) / (3.0 * c3)];
            ends.extend(inner.into_iter().filter(|&x| x > 0.0 && x < 1.0));
        }
        ends.push(1.0);
        ends
    }

    /// The root in an interval at whose ends the signs differ: Newton's steps, halvings where they
    /// leave it.
    fn root_between(&self, mut low: f64, mut high: f64) -> f64 {
        let below = self.value(low) < 0.0;
        let mut x = (low + high) / 2.0;
        for _ in 0..STEPS {
            let value = self.value(x);
            if (value < 0.0) == below {
                low = x;
            } else {
                high = x;
            }
            let newton = x - value / self.slope(x);
            let next = if newton > low && newton < high { newton } else { (low + high) / 2.0 };
            if (next - x).abs() < NEGLIGIBLE {
                return next;
            }
            x = next;
        }
        x
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: SingleCounts = [[0; 2]; 2];

    /// No double heterozygotes: haplotypes are counted. Of 12 haplotypes 6 have both alleles, 4
    /// none and 2 the first: p = 8/12, q = 6/12, D = 1/2 - 1/3.
    #[test]
    fn agrees_with_haplotypes_counted_by_hand() {
        let counts = [[2, 0, 0], [0, 0, 0], [0, 2, 2]];
        let want = (1.0f64 / 6.0).powi(2) / (2.0 / 9.0 * 0.25);
        assert!((haplotype_r2_above(&counts, &NONE, 0.0).unwrap() - want).abs() < 1e-12);
    }

    /// A sample with one haplotype adds one: the same table as half the samples with two equal ones.
    #[test]
    fn one_haplotype_counts_half_of_two() {
        let pairs = [[3, 0, 1], [0, 0, 0], [2, 0, 4]];
        let singles = [[6, 2], [4, 8]];
        let want = haplotype_r2_above(&pairs, &NONE, 0.0).unwrap();
        let got = haplotype_r2_above(&[[0; 3]; 3], &singles, 0.0).unwrap();
        assert!((got - want).abs() < 1e-12, "{got} {want}");
    }

    #[test]
    fn a_variant_that_does_not_vary_has_no_correlation() {
        assert_eq!(haplotype_r2_above(&[[3, 2, 1], [0, 0, 0], [0, 0, 0]], &NONE, 0.0), None);
        assert_eq!(haplotype_r2_above(&[[0; 3]; 3], &NONE, 0.0), None);
    }

    /// Two identical variants are fully correlated however many are heterozygous.
    #[test]
    fn identical_variants_are_fully_correlated() {
        for het in [1, 7, 90] {
            let r2 = haplotype_r2_above(&[[9, 0, 0], [0, het, 0], [0, 0, 4]], &NONE, 0.5).unwrap();
            assert!((r2 - 1.0).abs() < 1e-9, "{het}: {r2}");
        }
    }

    /// The likelihood at 10,001 proportions is the reference.
    #[test]
    fn agrees_with_a_search_of_the_likelihood() {
        let mut state = 7u64;
        let mut draw = |most: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) % most
        };
        for _ in 0..200 {
            let counts: PairCounts = std::array::from_fn(|_| std::array::from_fn(|_| draw(9)));
            let singles: SingleCounts = std::array::from_fn(|_| std::array::from_fn(|_| draw(5)));
            let Some(haplotypes) = Haplotypes::of(&counts, &singles).filter(|own| own.open > 0.0)
            else {
                continue;
            };
            let likelihood = |x: f64| haplotypes.log_likelihood(x);
            let most = (0..=10_000)
                .map(|step| likelihood(f64::from(step) / 10_000.0))
                .fold(f64::NEG_INFINITY, f64::max);
            let found = haplotypes.likeliest();
            assert!(likelihood(found) >= most - 1e-6, "{counts:?}");
            let r2 = haplotypes.r2(found);
            assert_eq!(haplotype_r2_above(&counts, &singles, r2), None);
            assert_eq!(haplotype_r2_above(&counts, &singles, r2 - 1e-9), Some(r2));
        }
    }
}
