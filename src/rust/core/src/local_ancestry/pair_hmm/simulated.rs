//! Samples drawn from the model, and made-up parameters, for the tests.

use super::chromosome::Chromosome;
use super::chromosome::Sample;
use super::observations::Observations;
use super::parameters::Parameters;
use super::parameters::probability;
use crate::linalg::random::generator;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::RngCore;

/// Numbers from 0 to 1, and choices by weight.
pub struct Draw(ChaCha8Rng);

impl Draw {
    pub fn new(seed: u64) -> Draw {
        Draw(generator(seed, 0))
    }

    pub fn uniform(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    pub fn choose(&mut self, weights: &[f64]) -> usize {
        let mut left = self.uniform() * weights.iter().sum::<f64>();
        for (choice, weight) in weights.iter().enumerate() {
            left -= weight;
            if left < 0.0 {
                return choice;
            }
        }
        weights.iter().rposition(|weight| *weight > 0.0).unwrap()
    }

    /// Whether an interval has an odd number of events, `mean` of them on average: draws
    /// exponential waiting times.
    pub fn is_odd(&mut self, mean: f64) -> bool {
        let (mut odd, mut at) = (false, 0.0);
        loop {
            at -= (1.0 - self.uniform()).ln();
            if at >= mean {
                return odd;
            }
            odd = !odd;
        }
    }

    /// A point of the simplex.
    pub fn proportions(&mut self, k: usize) -> Vec<f64> {
        let logs: Vec<f64> = (0..k).map(|_| -(1.0 - self.uniform()).ln()).collect();
        let total: f64 = logs.iter().sum();
        logs.iter().map(|log| log / total).collect()
    }
}

/// Parameters without any structure.
pub fn random_parameters(k: usize, seed: u64) -> Parameters {
    let mut draw = Draw::new(seed);
    Parameters {
        ancestry: draw.proportions(k),
        label: (0..k).flat_map(|_| draw.proportions(k)).collect(),
        reset: (0..k * k).map(|_| draw.uniform()).collect(),
        recombination_rate: draw.uniform(),
        switch_rate: draw.uniform(),
    }
}

/// Labels that are mostly right: like those of a good classifier.
pub fn sensible_parameters(k: usize, right: f64, reset: f64) -> Parameters {
    let wrong = (1.0 - right) / (k - 1).max(1) as f64;
    let label = (0..k * k).map(|at| if at / k == at % k { right } else { wrong }).collect();
    Parameters {
        ancestry: vec![1.0 / k as f64; k],
        label,
        reset: vec![reset; k * k],
        recombination_rate: 0.02,
        switch_rate: 0.02,
    }
}

/// Labels drawn from the model, and the truth that was hidden.
pub struct Simulated {
    pub chromosome: Chromosome,
    /// n_haplotypes x n_windows, of the haplotypes as given.
    pub population: Vec<u16>,
    /// n_samples x (n_windows - 1).
    pub switches: Vec<bool>,
}

pub fn simulate(
    parameters: &Parameters,
    n_samples: usize,
    positions: &[f64],
    seed: u64,
) -> Simulated {
    let (k, n_windows) = (parameters.n_populations(), positions.len());
    let mut draw = Draw::new(seed);
    let mut population = vec![0; 2 * n_samples * n_windows];
    let (mut labels, mut switches) = (population.clone(), Vec::new());
    let row = |rows: &[f64], y: usize| rows[y * k..(y + 1) * k].to_vec();
    for sample in 0..n_samples {
        for window in 0..n_windows {
            let distance = if window > 0 { positions[window] - positions[window - 1] } else { 0.0 };
            let switched = window > 0 && draw.is_odd(parameters.switch_rate * distance);
            if window > 0 {
                switches.push(switched);
            }
            for haplotype in 0..2 {
                let at = (2 * sample + haplotype) * n_windows + window;
                let past = (2 * sample + (haplotype ^ usize::from(switched))) * n_windows + window;
                let theta = probability(parameters.recombination_rate, distance);
                let stays = window > 0 && draw.uniform() >= theta;
                let y = match stays {
                    true => usize::from(population[past - 1]),
                    false => draw.choose(&parameters.ancestry),
                };
                let same = window > 0 && y == usize::from(population[past - 1]);
                let kept = same && {
                    let x = usize::from(labels[past - 1]);
                    draw.uniform() >= parameters.reset[y * k + x]
                };
                let label = if kept {
                    labels[past - 1]
                } else {
                    draw.choose(&row(&parameters.label, y)) as u16
                };
                (population[at], labels[at]) = (y as u16, label);
            }
        }
    }
    let observations = Observations::hard(labels, n_windows, k).unwrap();
    let samples = (0..n_samples).map(|i| Sample::Diploid([2 * i, 2 * i + 1])).collect();
    let chromosome = Chromosome::new(observations, Some(positions), samples).unwrap();
    Simulated { chromosome, population, switches }
}

/// Positions 0, 1, 2 ...
pub fn even(n_windows: usize) -> Vec<f64> {
    (0..n_windows).map(|window| window as f64).collect()
}

/// Observations of `n` haplotypes without structure, of which some are missing.
pub fn random_observations(
    (n_haplotypes, n_windows, k): (usize, usize, usize),
    soft: bool,
    missing: f64,
    seed: u64,
) -> Observations {
    let mut draw = Draw::new(seed);
    if soft {
        let mut rows = Vec::new();
        for _ in 0..n_haplotypes * n_windows {
            let gone = draw.uniform() < missing;
            rows.extend(if gone { vec![0.0; k] } else { draw.proportions(k) });
        }
        return Observations::soft(rows, n_windows, k, 0.7).unwrap();
    }
    let mut label = || {
        let gone = draw.uniform() < missing;
        let label = draw.choose(&vec![1.0; k]) as u16;
        if gone { super::observations::MISSING } else { label }
    };
    let labels = (0..n_haplotypes * n_windows).map(|_| label()).collect();
    Observations::hard(labels, n_windows, k).unwrap()
}
