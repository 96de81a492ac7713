//! The four ways to choose the first archetypes.

use crate::archetypes::furthest_sum::furthest_sum;
use crate::archetypes::plus_plus::plus_plus;
use crate::archetypes::points::Points;
use crate::archetypes::sweep::Archetypes;
use crate::archetypes::sweep::SampleWeights;
use crate::error::Result;
use crate::task::Task;
use rand_chacha::ChaCha8Rng;
use rand_distr::Distribution;
use rand_distr::Uniform;

/// How the first archetypes are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Init {
    /// Samples far from one another, found from a random sample.
    FurthestSum,
    /// Random samples that differ.
    Sample,
    /// Points spread evenly over the range of every component, each brought to
    /// the nearest point of the hull of the samples.
    Uniform,
    /// Random samples, drawn by their distance to the hull of those before.
    PlusPlus,
}

/// Samples and weights of `k` first archetypes.
///
/// `points` are coordinates of samples of which at least `k` differ.
///
/// # Errors
/// [`crate::error::Error::Interrupted`].
pub(super) fn first_archetypes(
    init: Init,
    points: &Points,
    k: usize,
    generator: &mut ChaCha8Rng,
    task: &Task,
) -> Result<Vec<SampleWeights>> {
    let samples = match init {
        Init::FurthestSum => {
            let first = below(points.count(), generator);
            furthest_sum(points.table(), k, first, task)?
        }
        Init::Sample => random_samples(points, k, generator),
        Init::PlusPlus => plus_plus(points, k, generator, task)?,
        Init::Uniform => return uniform_points(points, k, generator, task),
    };
    Ok(samples.into_iter().map(|sample| (vec![sample], vec![1.0])).collect())
}

/// A random number below `bound`.
fn below(bound: usize, generator: &mut ChaCha8Rng) -> usize {
    Uniform::new(0, bound as u64).expect("at least one sample").sample(generator) as usize
}

/// `k` samples that differ, every order of the samples being equally likely.
fn random_samples(points: &Points, k: usize, generator: &mut ChaCha8Rng) -> Vec<usize> {
    let mut left: Vec<usize> = (0..points.count()).collect();
    let mut chosen = Vec::with_capacity(k);
    while chosen.len() < k {
        let sample = left.swap_remove(below(left.len(), generator));
        if points.differs(sample, &chosen) {
            chosen.push(sample);
        }
    }
    chosen
}

fn uniform_points(
    points: &Points,
    k: usize,
    generator: &mut ChaCha8Rng,
    task: &Task,
) -> Result<Vec<SampleWeights>> {
    let mut archetypes = Archetypes::new(points, &vec![(vec![0], vec![1.0]); k]);
    let uniform = Uniform::new(0.0, 1.0).expect("0 is below 1");
    let ranges: Vec<(f64, f64)> = points.table().columns().into_iter().map(range).collect();
    for archetype in 0..k {
        let target: Vec<f64> = ranges
            .iter()
            .map(|(low, high)| low + (high - low) * uniform.sample(generator))
            .collect();
        archetypes.project(points, archetype, &target, 0.0, task)?;
    }
    Ok(archetypes.sample_weights())
}

fn range(column: ndarray::ArrayView1<'_, f64>) -> (f64, f64) {
    column.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &score| {
        (f64::min(low, score), f64::max(high, score))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archetypes::simulated::normal;
    use crate::linalg::random::generator;

    const ALL: [Init; 4] = [Init::FurthestSum, Init::Sample, Init::Uniform, Init::PlusPlus];

    fn start(init: Init, points: &Points, k: usize, seed: u64) -> Vec<SampleWeights> {
        first_archetypes(init, points, k, &mut generator(seed, 0), &Task::new()).unwrap()
    }

    #[test]
    fn the_seed_decides_the_start() {
        let points = Points::Coordinates(normal(50, 3, 1));
        for init in ALL {
            assert_eq!(start(init, &points, 4, 1), start(init, &points, 4, 1));
            let differs =
                (2..12).any(|seed| start(init, &points, 4, seed) != start(init, &points, 4, 1));
            assert!(differs, "{init:?}");
        }
    }

    #[test]
    fn every_start_is_a_list_of_weighted_means() {
        let points = Points::Coordinates(normal(50, 3, 2));
        for init in ALL {
            let sample_weights = start(init, &points, 5, 3);
            assert_eq!(sample_weights.len(), 5);
            for (samples, weights) in sample_weights {
                assert_eq!(samples.len(), weights.len());
                assert!(weights.iter().all(|weight| *weight > 0.0));
                assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            }
        }
    }

    /// Ten samples at each of three places: three archetypes take all of them.
    #[test]
    fn samples_that_are_drawn_differ() {
        let table = ndarray::Array2::from_shape_fn((30, 2), |(i, j)| ((i % 3) * (j + 1)) as f64);
        let points = Points::Coordinates(table);
        for init in [Init::FurthestSum, Init::Sample, Init::PlusPlus] {
            for seed in 0..20 {
                let sample_weights = start(init, &points, 3, seed);
                let mut places: Vec<usize> =
                    sample_weights.iter().map(|(samples, _)| samples[0] % 3).collect();
                places.sort();
                assert_eq!(places, [0, 1, 2], "{init:?}");
            }
        }
    }

    /// The corners of a square hold their bounding box, so the points stay
    /// where they were drawn: inside, and all over.
    #[test]
    fn uniform_points_fill_the_range() {
        let table = ndarray::array![[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]];
        let points = Points::Coordinates(table);
        let mut mean = [0.0; 2];
        let mut quadrants = [0; 4];
        for seed in 0..50 {
            for (samples, weights) in start(Init::Uniform, &points, 4, seed) {
                points.combine(&samples, &weights, &mut mean);
                quadrants[usize::from(mean[0] > 0.5) + 2 * usize::from(mean[1] > 0.5)] += 1;
            }
        }
        assert!(quadrants.iter().all(|count| (30..75).contains(count)), "{quadrants:?}");
    }
}
