//! Wrong alleles and phase switches.

use crate::simulation::chromosome::Chromosome;
use crate::simulation::chromosome::uniform;
use crate::simulation::chromosome::wait;
use rand_chacha::rand_core::RngCore;

/// Replaces each of `n` alleles by the other one with probability `rate`, below 1.
pub fn misread(alleles: &mut [u64], n: usize, rate: f64, random: &mut impl RngCore) {
    if rate <= 0.0 {
        return;
    }
    // Alleles up to the next wrong one are geometric: the floor of an exponential wait.
    let scale = -(-rate).ln_1p();
    let mut at = wait(random) / scale;
    while at < n as f64 {
        let allele = at as usize;
        alleles[allele / 64] ^= 1 << (allele % 64);
        at = allele as f64 + 1.0 + wait(random) / scale;
    }
}

/// Places from which on the two haplotypes of a sample are exchanged.
///
/// Between each heterozygous variant of a chromosome and the next, the phase switches with
/// probability `rate`; the place is the second of them.
///
/// | argument   | shape                  | values                       |
/// |------------|------------------------|------------------------------|
/// | `alleles`  | 2 x n_variants, packed | both haplotypes              |
/// | returned   | n_switches             | variants, rising             |
pub fn switch_places(
    alleles: [&[u64]; 2],
    chromosome: &Chromosome,
    rate: f64,
    random: &mut impl RngCore,
) -> Vec<usize> {
    let differs = |variant: &usize| {
        (alleles[0][variant / 64] ^ alleles[1][variant / 64]) >> (variant % 64) & 1 == 1
    };
    let heterozygous = chromosome.variants.clone().filter(differs).skip(1);
    heterozygous.filter(|_| uniform(random) < rate).collect()
}

/// Exchanges two haplotypes between every odd place and the next, or `end`.
pub fn exchange(haplotypes: (&mut [u64], &mut [u64]), places: &[usize], end: usize) {
    for range in places.chunks(2) {
        let (from, to) = (range[0], range.get(1).copied().unwrap_or(end));
        for word in from / 64..to.div_ceil(64) {
            let (low, high) = (from.max(64 * word) % 64, to.min(64 * word + 64) - 64 * word);
            let mask = (u64::MAX << low) & (u64::MAX >> (64 - high));
            let differing = (haplotypes.0[word] ^ haplotypes.1[word]) & mask;
            haplotypes.0[word] ^= differing;
            haplotypes.1[word] ^= differing;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::random::generator;

    fn bit(words: &[u64], at: usize) -> bool {
        words[at / 64] >> (at % 64) & 1 == 1
    }

    #[test]
    fn alleles_are_misread_at_the_rate() {
        let n = 100_000;
        for rate in [0.0, 0.001, 0.1, 0.9] {
            let mut alleles = vec![0x5555_5555_5555_5555_u64; n / 64 + 1];
            let before = alleles.clone();
            misread(&mut alleles, n, rate, &mut generator(1, 0));
            let wrong: Vec<bool> = (0..n).map(|at| bit(&alleles, at) != bit(&before, at)).collect();
            let n_wrong = wrong.iter().filter(|wrong| **wrong).count() as f64;
            let spread = (n as f64 * rate * (1.0 - rate)).sqrt();
            assert!((n_wrong - n as f64 * rate).abs() <= 4.0 * spread, "{rate}: {n_wrong}");
            assert!((n..64 * alleles.len()).all(|at| bit(&alleles, at) == bit(&before, at)));
            // Errors are independent: pairs of neighbors are wrong at the square of the rate.
            let pairs = wrong.windows(2).filter(|pair| pair[0] && pair[1]).count() as f64;
            assert!((pairs - n as f64 * rate * rate).abs() <= 8.0 * spread + 4.0);
        }
    }

    #[test]
    fn switches_lie_at_heterozygous_variants_but_the_first() {
        let position: Vec<i32> = (0..1000).collect();
        let morgan = vec![0.0; 1000];
        let chromosome = Chromosome::new(100..1100, &position, &morgan);
        let zeros = vec![0_u64; 20];
        let thirds: Vec<u64> = (0..20)
            .map(|word| (0..64).fold(0, |w, b| w | u64::from((64 * word + b) % 3 == 0) << b))
            .collect();
        let places =
            |rate| switch_places([&zeros, &thirds], &chromosome, rate, &mut generator(1, 0));
        let every: Vec<usize> = (105..1100).filter(|v| v % 3 == 0).collect();
        assert_eq!(places(1.0), every);
        assert_eq!(places(0.0), [0; 0]);
        let some = places(0.2).len() as f64;
        assert!((some - 0.2 * every.len() as f64).abs() < 4.0 * (0.16 * 332.0_f64).sqrt());
    }

    /// The reference implementation exchanges one allele at a time.
    #[test]
    fn haplotypes_are_exchanged_between_places() {
        let one: Vec<u64> = (1..5).map(|w: u64| w.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect();
        let other: Vec<u64> = (6..10).map(|w: u64| w.wrapping_mul(0xbf58_476d_1ce4_e5b9)).collect();
        for places in
            [vec![], vec![0], vec![63], vec![64, 128], vec![3, 5, 70], vec![5, 70, 71, 199]]
        {
            let (mut a, mut b) = (one.clone(), other.clone());
            exchange((&mut a, &mut b), &places, 200);
            for at in 0..256 {
                let swaps =
                    at < 200 && places.iter().filter(|&&place| place <= at).count() % 2 == 1;
                let (first, second) = if swaps { (&other, &one) } else { (&one, &other) };
                assert!(bit(&a, at) == bit(first, at) && bit(&b, at) == bit(second, at));
            }
        }
    }
}
