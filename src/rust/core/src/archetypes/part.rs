//! A subset of very many samples, which is fitted first.
//!
//! Its result is only the start of the run of all samples, whose archetypes
//! are mixtures of all samples, and whose residual is that of all samples.

use crate::archetypes::points::Points;
use crate::linalg::dot::dot;
use rand_chacha::ChaCha8Rng;
use rand_distr::Distribution;
use rand_distr::StandardNormal;
use rand_distr::Uniform;
use rayon::prelude::*;

/// With more samples than this a subset is fitted first.
const MANY: usize = 50_000;

/// Samples spread evenly over the order in which they are given.
const EVEN: usize = 20_000;

/// Directions in which the two outermost samples are taken: archetypes lie at the
/// edge, where a subset would otherwise have few samples.
const DIRECTIONS: usize = 256;

/// Samples looked at in one unit of work; fixed, so that nothing depends on threads.
const SAMPLES_PER_CHUNK: usize = 4096;

/// Whether a run should begin with a subset of the samples.
pub(super) fn are_many(points: &Points) -> bool {
    matches!(points, Points::Coordinates(_)) && points.count() > MANY
}

/// Some 20,000 samples, in ascending order, the outermost among them.
pub(super) fn choose(points: &Points, generator: &mut ChaCha8Rng) -> Vec<usize> {
    let uniform = Uniform::new(0.0, 1.0).expect("0 is below 1");
    let step = points.count() as f64 / EVEN as f64;
    let mut chosen: Vec<usize> = (0..EVEN)
        .map(|place| ((place as f64 + uniform.sample(generator)) * step) as usize)
        .map(|sample| sample.min(points.count() - 1))
        .collect();
    let directions: Vec<Vec<f64>> = (0..DIRECTIONS)
        .map(|_| (0..points.width()).map(|_| StandardNormal.sample(generator)).collect())
        .collect();
    chosen.extend(outermost(points, &directions));
    chosen.sort_unstable();
    chosen.dedup();
    chosen
}

/// The first sample furthest along each direction, and the first furthest against it.
fn outermost(points: &Points, directions: &[Vec<f64>]) -> Vec<usize> {
    let of_chunk = |first: usize| {
        let last = points.count().min(first + SAMPLES_PER_CHUNK);
        let ends = |direction: &Vec<f64>| {
            let along = |sample: usize| (dot(direction, points.position(sample)), sample);
            (first..last).map(along).fold([(f64::INFINITY, 0), (f64::NEG_INFINITY, 0)], wider)
        };
        directions.iter().map(ends).collect::<Vec<_>>()
    };
    let firsts: Vec<usize> = (0..points.count()).step_by(SAMPLES_PER_CHUNK).collect();
    let chunks: Vec<Vec<[(f64, usize); 2]>> = firsts.into_par_iter().map(of_chunk).collect();
    let whole = |direction: usize| {
        let ends = chunks.iter().map(|chunk| chunk[direction]);
        ends.reduce(|a, b| wider(wider(a, b[0]), b[1])).expect("at least one sample")
    };
    (0..directions.len()).flat_map(|direction| whole(direction).map(|(_, sample)| sample)).collect()
}

/// The lowest and the highest value with their samples, after one more.
fn wider([low, high]: [(f64, usize); 2], next: (f64, usize)) -> [(f64, usize); 2] {
    [if next.0 < low.0 { next } else { low }, if next.0 > high.0 { next } else { high }]
}

/// The chosen points by themselves.
///
/// # Panics
/// If the points are held by their inner products, or a choice is not among them.
pub(super) fn of(points: &Points, chosen: &[usize]) -> Points {
    assert!(matches!(points, Points::Coordinates(_)), "many samples have coordinates");
    Points::Coordinates(points.table().select(ndarray::Axis(0), chosen))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archetypes::simulated::normal;
    use crate::linalg::random::generator;
    use ndarray::array;

    #[test]
    fn many_is_decided_by_number_and_form() {
        assert!(are_many(&Points::Coordinates(ndarray::Array2::zeros((50_001, 1)))));
        assert!(!are_many(&Points::Coordinates(ndarray::Array2::zeros((50_000, 1)))));
        assert!(!are_many(&Points::InnerProducts(ndarray::Array2::zeros((2, 2)))));
    }

    /// The only one of 60,000 samples at a corner is in the subset, wherever it is.
    #[test]
    fn the_corners_are_always_chosen() {
        for corner in [0, 31_337, 59_999] {
            let mut table = normal(60_000, 2, 1);
            table[(corner, 0)] = 9.0;
            table[(corner, 1)] = -9.0;
            let points = Points::Coordinates(table);
            let chosen = choose(&points, &mut generator(1, 0));
            assert!(chosen.binary_search(&corner).is_ok());
            assert!(chosen.windows(2).all(|pair| pair[0] < pair[1]));
            assert!((20_000..20_513).contains(&chosen.len()), "{}", chosen.len());
            // Even: the first 10 % of the samples are 10 % of the subset.
            let n_of_first = chosen.iter().filter(|&&sample| sample < 6_000).count();
            assert!((1_980..2_520).contains(&n_of_first), "{n_of_first}");
        }
    }

    #[test]
    fn ends_are_those_worked_by_hand() {
        let points = Points::Coordinates(array![[0.0, 1.0], [3.0, 0.0], [-1.0, 5.0], [3.0, 0.0]]);
        // Along x: -1 (sample 2) to 3 (1, the first); along x - y: -6 (2) to 3 (1).
        let got = outermost(&points, &[vec![1.0, 0.0], vec![1.0, -1.0]]);
        assert_eq!(got, [2, 1, 2, 1]);
        let part = of(&points, &[1, 2]);
        assert_eq!(part.table(), array![[3.0, 0.0], [-1.0, 5.0]]);
    }

    #[test]
    fn threads_change_no_choice() {
        let points = Points::Coordinates(normal(60_000, 3, 2));
        let [one, two] = [1, 2].map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| choose(&points, &mut generator(4, 0)))
        });
        assert_eq!(one, two);
        assert_ne!(one, choose(&points, &mut generator(5, 0)));
    }
}
