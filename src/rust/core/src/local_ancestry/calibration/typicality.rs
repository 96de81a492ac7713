//! Whether a person is as like the panel as its own members are.
//!
//! The windows in which a haplotype is called of a population say how like the members of that
//! population it is ([`crate::local_ancestry::windows::likeness`]): 0 on average for members. The
//! mean over n windows of a person varies between people, and within one by chance:
//!
//! ```text
//! variance(mean over n windows) = between + within / n
//! ```
//!
//! both estimated from the panel, `within` from means of blocks of neighboring windows, which are
//! alike. A person whose mean is too low has something there that the panel lacks.
//!
//! Ours.

use crate::local_ancestry::windows::likeness::deviations;

/// Windows of a block.
const BLOCK: usize = 20;

/// What members of a population have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Usual {
    pub mean: f64,
    /// Variance between people.
    pub between: f64,
    /// Variance of one window.
    pub within: f64,
}

/// Sums of likeness, and windows that they are of.
#[derive(Clone, Debug, PartialEq)]
pub struct Sums {
    /// n_samples x n_populations.
    pub sum: Vec<f64>,
    /// n_samples x n_populations.
    pub n: Vec<f64>,
}

/// What is usual in each population, NaN where fewer than two members are known.
///
/// | argument     | shape                                   | values                                   |
/// |--------------|-----------------------------------------|------------------------------------------|
/// | `likeness`   | n_chromosomes x n_windows x n_haplotypes | of members with their own population    |
/// | `population` | n_samples                               | below `n_populations`                    |
///
/// # Panics
/// If a chromosome does not have all haplotypes.
pub fn usual(likeness: &[&[i8]], population: &[usize], n_populations: usize) -> Vec<Usual> {
    let n_haplotypes = 2 * population.len();
    let mut people: Vec<Vec<f64>> = vec![Vec::new(); population.len()];
    let mut blocks: Vec<Vec<f64>> = vec![Vec::new(); n_populations];
    for chromosome in likeness {
        assert_eq!(chromosome.len() % n_haplotypes.max(1), 0, "all haplotypes");
        let n_windows = chromosome.len() / n_haplotypes.max(1);
        for haplotype in 0..n_haplotypes {
            let values = (0..n_windows).map(|window| chromosome[window * n_haplotypes + haplotype]);
            let values: Vec<f64> = values.filter_map(deviations).collect();
            let own = population[haplotype / 2];
            blocks[own].extend(values.chunks_exact(BLOCK).map(mean));
            people[haplotype / 2].extend(values);
        }
    }
    let of_population = |own: usize| {
        let members = people.iter().zip(population).filter(|(_, other)| **other == own);
        let known: Vec<&Vec<f64>> =
            members.map(|(values, _)| values).filter(|values| !values.is_empty()).collect();
        if known.len() < 2 {
            return Usual { mean: f64::NAN, between: f64::NAN, within: f64::NAN };
        }
        let means: Vec<f64> = known.iter().map(|values| mean(values)).collect();
        let n = known.iter().map(|values| values.len() as f64).sum::<f64>() / known.len() as f64;
        let of_people = variance(&means);
        let (of_blocks, size) = if blocks[own].len() > 2 {
            (variance(&blocks[own]), BLOCK as f64)
        } else {
            let all: Vec<f64> = known.iter().flat_map(|values| values.iter().copied()).collect();
            (variance(&all), 1.0)
        };
        let within = if n > size { (of_blocks - of_people) / (1.0 / size - 1.0 / n) } else { 0.0 };
        // A block is at least as variable as its windows would be by themselves.
        let within = within.max(of_blocks).max(0.0);
        let between = (of_people - within / n).max(0.0);
        Usual { mean: mean(&means), between, within }
    };
    (0..n_populations).map(of_population).collect()
}

/// Sums over the windows of a chromosome in which each haplotype is called of a population.
///
/// | argument   | shape                                    | values                       |
/// |------------|------------------------------------------|------------------------------|
/// | `likeness` | n_windows x n_haplotypes x n_populations | of new haplotypes            |
/// | `called`   | n_rows                                   | haplotype, window, population |
///
/// # Panics
/// If a haplotype, window or population is out of range.
pub fn sums(
    likeness: &[i8],
    (n_haplotypes, n_populations): (usize, usize),
    called: impl Iterator<Item = (usize, usize, usize)>,
) -> Sums {
    let n = n_haplotypes / 2 * n_populations;
    let mut sums = Sums { sum: vec![0.0; n], n: vec![0.0; n] };
    for (haplotype, window, population) in called {
        let at = (window * n_haplotypes + haplotype) * n_populations + population;
        if let Some(value) = deviations(likeness[at]) {
            let cell = haplotype / 2 * n_populations + population;
            sums.sum[cell] += value;
            sums.n[cell] += 1.0;
        }
    }
    sums
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn variance(values: &[f64]) -> f64 {
    let mean = mean(values);
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    squares / (values.len() as f64 - 1.0).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::random::generator;
    use crate::local_ancestry::windows::likeness::UNKNOWN;
    use rand_chacha::rand_core::RngCore;

    /// Two people of two windows: means (1 + 2 + 1 + 2) / 4 and 0.5 of one haplotype.
    #[test]
    fn moments_worked_by_hand() {
        let first = [16, 16, 8, UNKNOWN];
        let second = [32, 32, 8, UNKNOWN];
        let likeness = [first, second].concat();
        let got = usual(&[&likeness], &[0, 0], 2);
        assert!((got[0].mean - 1.0).abs() < 1e-12);
        assert!(got[1].mean.is_nan());
        // Windows by themselves, as there is no block: 1, 2, 1, 2, .5, .5.
        let all = [1.0, 2.0, 1.0, 2.0, 0.5, 0.5];
        assert!(got[0].within >= variance(&all) - 1e-12);
        assert!(
            (got[0].between - (variance(&[1.5, 0.5]) - got[0].within / 3.0).max(0.0)).abs() < 1e-9
        );
        let sums = sums(&[16, 0, 32, 8], (2, 1), [(0, 0, 0), (0, 1, 0), (1, 1, 0)].into_iter());
        assert_eq!((sums.sum[0], sums.n[0]), (1.0 + 2.0 + 0.5, 3.0));
    }

    /// Drawn with known variances: both are found.
    #[test]
    fn variances_of_drawn_people_are_found() {
        let mut random = generator(5, 0);
        let mut normal = || {
            let sum: f64 =
                (0..12).map(|_| f64::from(random.next_u32()) / f64::from(u32::MAX)).sum();
            sum - 6.0
        };
        let (n_samples, n_windows) = (200, 400);
        let of_people: Vec<f64> = (0..n_samples).map(|_| 0.2 * normal()).collect();
        let likeness: Vec<i8> = (0..n_windows * 2 * n_samples)
            .map(|at| (16.0 * (of_people[at % (2 * n_samples) / 2] + normal())).round() as i8)
            .collect();
        let got = usual(&[&likeness], &vec![0; n_samples], 1)[0];
        assert!(got.mean.abs() < 0.05);
        assert!((got.between - 0.04).abs() < 0.015, "{got:?}");
        assert!((got.within - 1.0).abs() < 0.1, "{got:?}");
    }
}
