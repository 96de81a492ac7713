//! The haplotypes that the first generation has.

use crate::simulation::chromosome::uniform;
use crate::simulation::chromosome::wait;
use rand_chacha::rand_core::RngCore;

/// The haplotypes of each population, dealt like a pack of cards: none twice before all have been
/// dealt.
pub struct Deck {
    /// n_populations: haplotypes.
    cards: Vec<Vec<u32>>,
    /// n_populations: how many of them have been dealt in this round.
    dealt: Vec<usize>,
}

impl Deck {
    /// | argument | shape                       | values                           |
    /// |----------|-----------------------------|----------------------------------|
    /// | `cards`  | n_populations x haplotypes  | those of a population            |
    pub fn new(cards: &[Vec<u32>]) -> Deck {
        Deck { cards: cards.to_vec(), dealt: vec![0; cards.len()] }
    }

    /// A haplotype of a population.
    ///
    /// # Panics
    /// If the population has none.
    pub fn deal(&mut self, population: usize, random: &mut impl RngCore) -> u32 {
        let (cards, dealt) = (&mut self.cards[population], &mut self.dealt[population]);
        if *dealt == cards.len() {
            *dealt = 0;
        }
        let chosen = *dealt + below(cards.len() - *dealt, random);
        cards.swap(*dealt, chosen);
        *dealt += 1;
        cards[*dealt - 1]
    }
}

/// A whole number from 0 up to, not including, `n`.
pub fn below(n: usize, random: &mut impl RngCore) -> usize {
    assert!(n > 0, "something to choose from");
    ((uniform(random) * n as f64) as usize).min(n - 1)
}

/// A number of `0..shares.len()`, drawn with these probabilities, which sum to 1.
pub fn choose(shares: &[f64], random: &mut impl RngCore) -> usize {
    let mut left = uniform(random);
    for (choice, share) in shares.iter().enumerate() {
        if left < *share {
            return choice;
        }
        left -= share;
    }
    // Rounding alone leads here.
    shares.iter().rposition(|&share| share > 0.0).expect("a share above 0")
}

/// Shares that sum to 1, every combination as probable as any other.
pub fn random_shares(n: usize, random: &mut impl RngCore) -> Vec<f64> {
    let waits: Vec<f64> = (0..n).map(|_| wait(random)).collect();
    let total: f64 = waits.iter().sum();
    waits.iter().map(|wait| wait / total).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::random::generator;

    #[test]
    fn no_haplotype_is_dealt_twice_in_a_round() {
        let mut deck = Deck::new(&[vec![3, 5, 9], vec![], (10..17).collect()]);
        let mut random = generator(1, 0);
        for _ in 0..5 {
            let mut round: Vec<u32> = (0..3).map(|_| deck.deal(0, &mut random)).collect();
            round.sort_unstable();
            assert_eq!(round, [3, 5, 9]);
        }
        let mut first_of_round = [0; 7];
        for _ in 0..7000 {
            first_of_round[deck.deal(2, &mut random) as usize - 10] += 1;
            (0..6).for_each(|_| _ = deck.deal(2, &mut random));
        }
        assert!(first_of_round.iter().all(|n: &i32| n.abs_diff(1000) < 120), "{first_of_round:?}");
    }

    #[test]
    fn choices_follow_their_shares() {
        let mut random = generator(2, 0);
        let mut n = [0_i32; 3];
        (0..10_000).for_each(|_| n[choose(&[0.5, 0.0, 0.5], &mut random)] += 1);
        assert!(n[1] == 0 && n[0].abs_diff(5000) < 200, "{n:?}");
    }

    /// Each share is above one half with probability (1/2)^(n - 1).
    #[test]
    fn random_shares_fill_the_simplex() {
        let mut random = generator(3, 0);
        let mut large = [0; 3];
        for _ in 0..8000 {
            let shares = random_shares(3, &mut random);
            assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            shares.iter().zip(&mut large).for_each(|(s, n)| *n += i32::from(*s > 0.5));
        }
        assert!(large.iter().all(|n| n.abs_diff(2000) < 160), "{large:?}");
    }
}
