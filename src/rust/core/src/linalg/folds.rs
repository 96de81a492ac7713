//! Folds in which samples are held out.

use crate::linalg::random::generator;
use rand_chacha::rand_core::RngCore;

/// A fold for every sample, so that both of its haplotypes are held out together. Each population
/// is shuffled and assigned to the folds in rotation, which continues from one population to the
/// next: folds differ by at most one sample, in each population and in all.
///
/// | argument     | shape     | values                    |
/// |--------------|-----------|---------------------------|
/// | `population` | n_samples | code                      |
/// | returned     | n_samples | fold, `0..folds`          |
///
/// # Panics
/// If there is no fold.
pub fn stratified_folds(population: &[u16], folds: usize, seed: u64) -> Vec<usize> {
    assert!(folds > 0, "a fold");
    let mut source = generator(seed, 0);
    let mut order: Vec<(u16, u64, usize)> = population
        .iter()
        .enumerate()
        .map(|(sample, &population)| (population, source.next_u64(), sample))
        .collect();
    order.sort_unstable();
    let mut fold = vec![0; population.len()];
    order.iter().enumerate().for_each(|(dealt, &(_, _, sample))| fold[sample] = dealt % folds);
    fold
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_are_even_in_every_population() {
        let population: Vec<u16> = (0..97).map(|sample| sample * 7 % 10 / 4).collect();
        for folds in [2, 5, 97] {
            let fold = stratified_folds(&population, folds, 3);
            for code in [None, Some(0), Some(1), Some(2)] {
                let mut size = vec![0; folds];
                let members =
                    (0..97).filter(|&sample| code.is_none_or(|code| population[sample] == code));
                members.for_each(|sample| size[fold[sample]] += 1);
                let (least, most) = (size.iter().min().unwrap(), size.iter().max().unwrap());
                assert!(most - least <= 1, "{size:?}");
            }
        }
    }

    #[test]
    fn the_seed_decides() {
        let population = [0; 40];
        let folds = |seed| stratified_folds(&population, 5, seed);
        assert_eq!(folds(1), folds(1));
        assert_ne!(folds(1), folds(2));
        let dealt_in_order: Vec<usize> = (0..40).map(|sample| sample % 5).collect();
        assert_ne!(folds(1), dealt_in_order);
    }
}
