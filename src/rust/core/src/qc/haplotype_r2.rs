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

/// Halvings of an interval that holds a root.
const HALVINGS: usize = 60;

/// The squared correlation; `None` where a variant does not vary among the samples called at both.
pub fn haplotype_r2(counts: &PairCounts) -> Option<f64> {
    let n = |one: usize, other: usize| counts[one][other] as f64;
    // Haplotypes with the counted allele of both, of the first, of the second, of none.
    let known = [
        2.0 * n(2, 2) + n(2, 1) + n(1, 2),
        2.0 * n(2, 0) + n(2, 1) + n(1, 0),
        2.0 * n(0, 2) + n(0, 1) + n(1, 2),
        2.0 * n(0, 0) + n(0, 1) + n(1, 0),
    ];
    let open = n(1, 1);
    let total = known.iter().sum::<f64>() + 2.0 * open;
    let p = (known[0] + known[1] + open) / total;
    let q = (known[0] + known[2] + open) / total;
    if !(p > 0.0 && p < 1.0 && q > 0.0 && q < 1.0) {
        return None;
    }
    let coupled = if open > 0.0 { likeliest(&known, open) } else { 0.0 };
    let covariance = (known[0] + open * coupled) / total - p * q;
    Some(covariance * covariance / (p * (1.0 - p) * q * (1.0 - q)))
}

/// Haplotype counts where a proportion of the open samples is coupled.
fn haplotypes(known: &[f64; 4], open: f64, coupled: f64) -> [f64; 4] {
    let (same, other) = (open * coupled, open * (1.0 - coupled));
    [known[0] + same, known[1] + other, known[2] + other, known[3] + same]
}

/// The proportion that has the largest likelihood.
fn likeliest(known: &[f64; 4], open: f64) -> f64 {
    // x (A + B) - A with A = (k11 + o x) (k22 + o x), B = (k12 + o (1 - x)) (k21 + o (1 - x)).
    let excess = |x: f64| {
        let [both, first, second, none] = haplotypes(known, open, x);
        x * (both * none + first * second) - both * none
    };
    let log_likelihood = |x: f64| {
        let own = haplotypes(known, open, x);
        let part = |n: f64, of: f64| if n > 0.0 { n * of.ln() } else { 0.0 };
        let sure: f64 = known.iter().zip(own).map(|(&n, of)| part(n, of)).sum();
        sure + part(open, own[0] * own[3] + own[1] * own[2])
    };
    let mut best = (0.0, log_likelihood(0.0));
    let mut consider = |x: f64| {
        let value = log_likelihood(x);
        if value > best.1 {
            best = (x, value);
        }
    };
    consider(1.0);
    let turns = turning_points(known, open);
    for two in turns.windows(2) {
        if (excess(two[0]) < 0.0) != (excess(two[1]) < 0.0) {
            consider(root_between(two[0], two[1], excess));
        }
    }
    best.0
}

/// 0, 1 and where the cubic turns between them, rising.
fn turning_points(known: &[f64; 4], open: f64) -> Vec<f64> {
    let [both, first, second, none] = *known;
    // A = a0 + a1 x + o^2 x^2 and B = b0 + b1 x + o^2 x^2.
    let square = open * open;
    let (a0, a1) = (both * none, open * (both + none));
    let (b0, b1) = ((first + open) * (second + open), -open * (first + second + 2.0 * open));
    // The cubic is 2 o^2 x^3 + (a1 + b1 - o^2) x^2 + (a0 + b0 - a1) x - a0.
    let (c3, c2, c1) = (2.0 * square, a1 + b1 - square, a0 + b0 - a1);
    let discriminant = c2 * c2 - 3.0 * c3 * c1;
    let mut turns = vec![0.0];
    if discriminant > 0.0 {
        let root = discriminant.sqrt();
        let inner = [(-c2 - root) / (3.0 * c3), (-c2 + root) / (3.0 * c3)];
        turns.extend(inner.into_iter().filter(|&x| x > 0.0 && x < 1.0));
    }
    turns.push(1.0);
    turns
}

fn root_between(mut low: f64, mut high: f64, excess: impl Fn(f64) -> f64) -> f64 {
    let below = excess(low) < 0.0;
    for _ in 0..HALVINGS {
        let middle = (low + high) / 2.0;
        if (excess(middle) < 0.0) == below {
            low = middle;
        } else {
            high = middle;
        }
    }
    (low + high) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No double heterozygotes: haplotypes are counted. Of 12 haplotypes 6 have both alleles, 4
    /// none and 2 the first: p = 8/12, q = 6/12, D = 1/2 - 1/3.
    #[test]
    fn agrees_with_haplotypes_counted_by_hand() {
        let counts = [[2, 0, 0], [0, 0, 0], [0, 2, 2]];
        let want = (1.0f64 / 6.0).powi(2) / (2.0 / 9.0 * 0.25);
        assert!((haplotype_r2(&counts).unwrap() - want).abs() < 1e-12);
    }

    #[test]
    fn a_variant_that_does_not_vary_has_no_correlation() {
        assert_eq!(haplotype_r2(&[[3, 2, 1], [0, 0, 0], [0, 0, 0]]), None);
        assert_eq!(haplotype_r2(&[[0; 3]; 3]), None);
    }

    /// Two identical variants are fully correlated however many are heterozygous.
    #[test]
    fn identical_variants_are_fully_correlated() {
        for het in [1, 7, 90] {
            let r2 = haplotype_r2(&[[9, 0, 0], [0, het, 0], [0, 0, 4]]).unwrap();
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
            let n = |one: usize, other: usize| counts[one][other] as f64;
            let known = [
                2.0 * n(2, 2) + n(2, 1) + n(1, 2),
                2.0 * n(2, 0) + n(2, 1) + n(1, 0),
                2.0 * n(0, 2) + n(0, 1) + n(1, 2),
                2.0 * n(0, 0) + n(0, 1) + n(1, 0),
            ];
            if counts[1][1] == 0 {
                continue;
            }
            let likelihood = |x: f64| {
                let own = haplotypes(&known, n(1, 1), x);
                let mixed = own[0] * own[3] + own[1] * own[2];
                let sure: f64 =
                    (0..4).filter(|&h| known[h] > 0.0).map(|h| known[h] * own[h].ln()).sum();
                sure + n(1, 1) * mixed.ln()
            };
            let most = (0..=10_000)
                .map(|step| likelihood(f64::from(step) / 10_000.0))
                .fold(f64::NEG_INFINITY, f64::max);
            assert!(likelihood(likeliest(&known, n(1, 1))) >= most - 1e-6, "{counts:?}");
        }
    }
}
