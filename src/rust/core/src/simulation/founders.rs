//! Founder haplotypes, drawn without replacement.

use crate::simulation::chromosome::uniform;
use crate::simulation::chromosome::wait;
use rand_chacha::rand_core::RngCore;

/// Draws haplotypes of each population in random order without replacement: none twice before all
/// have been drawn.
pub struct FounderDraw {
    /// n_populations: haplotypes.
    haplotypes: Vec<Vec<u32>>,
    /// n_populations: how many of them have been drawn in this permutation.
    drawn: Vec<usize>,
}

impl FounderDraw {
    /// | argument     | shape                      | values                |
    /// |--------------|----------------------------|-----------------------|
    /// | `haplotypes` | n_populations x haplotypes | those of a population |
    pub fn new(haplotypes: &[Vec<u32>]) -> FounderDraw {
        FounderDraw { haplotypes: haplotypes.to_vec(), drawn: vec![0; haplotypes.len()] }
    }

    /// A haplotype of a population.
    ///
    /// # Panics
    /// If the population has none.
    pub fn next(&mut self, population: usize, random: &mut impl RngCore) -> u32 {
        let (haplotypes, drawn) = (&mut self.haplotypes[population], &mut self.drawn[population]);
        if *drawn == haplotypes.len() {
            *drawn = 0;
        }
        let chosen = *drawn + below(haplotypes.len() - *drawn, random);
        haplotypes.swap(*drawn, chosen);
        *drawn += 1;
        haplotypes[*drawn - 1]
    }
}

/// A whole number from 0 up to, not including, `n`.
pub fn below(n: usize, random: &mut impl RngCore) -> usize {
    assert!(n > 0, "something to choose from");
    ((uniform(random) * n as f64) as usize).min(n - 1)
}

/// A number of `0..probabilities.len()`, drawn with these probabilities, which sum to 1.
pub fn choose(probabilities: &[f64], random: &mut impl RngCore) -> usize {
    let mut left = uniform(random);
    for (choice, probability) in probabilities.iter().enumerate() {
        if left < *probability {
            return choice;
        }
        left -= probability;
    }
    // Rounding alone leads here.
    probabilities.iter().rposition(|&probability| probability > 0.0).expect("a probability above 0")
}

/// Proportions that sum to 1, uniform on the simplex.
pub fn random_proportions(n: usize, random: &mut impl RngCore) -> Vec<f64> {
    let waits: Vec<f64> = (0..n).map(|_| wait(random)).collect();
    let total: f64 = waits.iter().sum();
    waits.iter().map(|wait| wait / total).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::random::generator;

    #[test]
    fn no_haplotype_is_drawn_twice_in_a_round() {
        let mut founders = FounderDraw::new(&[vec![3, 5, 9], vec![], (10..17).collect()]);
        let mut random = generator(1, 0);
        for _ in 0..5 {
            let mut round: Vec<u32> = (0..3).map(|_| founders.next(0, &mut random)).collect();
            round.sort_unstable();
            assert_eq!(round, [3, 5, 9]);
        }
        let mut first_of_round = [0; 7];
        for _ in 0..7000 {
            first_of_round[founders.next(2, &mut random) as usize - 10] += 1;
            (0..6).for_each(|_| _ = founders.next(2, &mut random));
        }
        assert!(first_of_round.iter().all(|n: &i32| n.abs_diff(1000) < 120), "{first_of_round:?}");
    }

    #[test]
    fn choices_follow_their_probabilities() {
        let mut random = generator(2, 0);
        let mut n = [0_i32; 3];
        (0..10_000).for_each(|_| n[choose(&[0.5, 0.0, 0.5], &mut random)] += 1);
        assert!(n[1] == 0 && n[0].abs_diff(5000) < 200, "{n:?}");
    }

    /// Each proportion is above one half with probability (1/2)^(n - 1).
    #[test]
    fn random_proportions_fill_the_simplex() {
        let mut random = generator(3, 0);
        let mut large = [0; 3];
        for _ in 0..8000 {
            let proportions = random_proportions(3, &mut random);
            assert!((proportions.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            proportions.iter().zip(&mut large).for_each(|(s, n)| *n += i32::from(*s > 0.5));
        }
        assert!(large.iter().all(|n| n.abs_diff(2000) < 160), "{large:?}");
    }
}
