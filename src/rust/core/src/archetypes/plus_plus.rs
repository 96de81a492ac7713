//! Samples drawn by their distance to the hull of those drawn so far.
//!
//! Source: Mair & Sjölund 2024, "Archetypal Analysis++: Rethinking the
//! initialization strategy", algorithm 1.

use crate::archetypes::mixture;
use crate::archetypes::mixture::Corners;
use crate::archetypes::points::Points;
use crate::archetypes::sweep::Archetypes;
use crate::error::Result;
use crate::task::Task;
use rand_chacha::ChaCha8Rng;
use rand_distr::Distribution;
use rand_distr::Uniform;

/// Chooses `k` samples: the first at random, each other with a probability in
/// proportion to its squared distance to the hull of those before.
///
/// Once the hull holds every sample, the rest is drawn evenly from the samples
/// that differ from all chosen ones.
///
/// # Errors
/// [`crate::error::Error::Interrupted`].
pub(super) fn plus_plus(
    points: &Points,
    k: usize,
    generator: &mut ChaCha8Rng,
    task: &Task,
) -> Result<Vec<usize>> {
    let even = vec![1.0; points.count()];
    let mut chosen = vec![draw(&even, generator)];
    while chosen.len() < k {
        let mut distances = distances_to_hull(points, &chosen, task)?;
        for (sample, distance) in distances.iter_mut().enumerate() {
            if !points.differs(sample, &chosen) {
                *distance = 0.0;
            }
        }
        if distances.iter().all(|distance| *distance <= 0.0) {
            let distinct = |sample| f64::from(u8::from(points.differs(sample, &chosen)));
            distances = (0..points.count()).map(distinct).collect();
        }
        chosen.push(draw(&distances, generator));
    }
    Ok(chosen)
}

/// Squared distance of every sample to the hull of some; rounding error is 0.
fn distances_to_hull(points: &Points, chosen: &[usize], task: &Task) -> Result<Vec<f64>> {
    let k = chosen.len();
    let sample_weights: Vec<_> = chosen.iter().map(|&sample| (vec![sample], vec![1.0])).collect();
    let archetypes = Archetypes::new(points, &sample_weights);
    let inner = archetypes.inner_products(points);
    let corners = Corners { k, positions: &archetypes.positions, inner: &inner };
    let mut weights = vec![0.0; points.count() * k];
    mixture::update(points, &corners, &mut weights, task)?;
    let mut mean = vec![0.0; points.width()];
    let distance = |(sample, weights): (usize, &[f64])| {
        points.combine(chosen, weights, &mut mean);
        let squares = points.position(sample).iter().zip(&mean).map(|(a, b)| (a - b) * (a - b));
        let (distance, size) = (squares.sum::<f64>(), points.inner_between(sample, sample));
        if distance <= 1e-12 * size { 0.0 } else { distance }
    };
    Ok(weights.chunks_exact(k).enumerate().map(distance).collect())
}

/// An index drawn in proportion to `weights`, which are not all 0.
fn draw(weights: &[f64], generator: &mut ChaCha8Rng) -> usize {
    let total: f64 = weights.iter().sum();
    let uniform = Uniform::new(0.0, 1.0).expect("0 is below 1");
    let mut left = total * uniform.sample(generator);
    let mut last = 0;
    for (index, &weight) in weights.iter().enumerate().filter(|(_, weight)| **weight > 0.0) {
        last = index;
        left -= weight;
        if left < 0.0 {
            break;
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::random::generator;
    use approx::assert_abs_diff_eq;
    use ndarray::array;

    #[test]
    fn distances_are_to_the_hull_and_squared() {
        let points = Points::Coordinates(array![[0.0, 0.0], [4.0, 0.0], [1.0, 3.0], [7.0, 4.0]]);
        let got = distances_to_hull(&points, &[0, 1], &Task::new()).unwrap();
        assert_abs_diff_eq!(got[..], [0.0, 0.0, 9.0, 25.0][..], epsilon = 1e-12);
    }

    #[test]
    fn draws_in_proportion() {
        let mut source = generator(3, 0);
        let mut counts = [0; 4];
        for _ in 0..4000 {
            counts[draw(&[0.0, 1.0, 0.0, 3.0], &mut source)] += 1;
        }
        assert_eq!(counts[0] + counts[2], 0);
        assert!((900..1100).contains(&counts[1]), "{counts:?}");
    }

    /// Samples on a line and one off it: the third choice lies off the line or
    /// beyond the first two, never between them.
    #[test]
    fn takes_what_lies_outside_the_hull() {
        let mut rows: Vec<[f64; 2]> = (0..=50).map(|i| [f64::from(i), 0.0]).collect();
        rows.push([25.0, 40.0]);
        let points = Points::Coordinates(ndarray::Array2::from(rows));
        let mut n_beyond = 0;
        for seed in 0..60 {
            let got = plus_plus(&points, 3, &mut generator(seed, 0), &Task::new()).unwrap();
            let (low, high) = (got[0].min(got[1]), got[0].max(got[1]));
            assert!(high == 51 || got[2] < low || got[2] > high, "{got:?}");
            n_beyond += usize::from(got[2] < 51);
        }
        assert!(n_beyond > 10, "{n_beyond}");
    }

    /// On a line two ends hold everything; the third is any other sample.
    #[test]
    fn goes_on_when_the_hull_holds_every_sample() {
        let points = Points::Coordinates(array![[0.0], [0.0], [5.0], [5.0], [5.0], [2.0]]);
        for seed in 0..20 {
            let mut got: Vec<f64> = plus_plus(&points, 3, &mut generator(seed, 0), &Task::new())
                .unwrap()
                .iter()
                .map(|&sample| points.position(sample)[0])
                .collect();
            got.sort_by(f64::total_cmp);
            assert_eq!(got, [0.0, 2.0, 5.0]);
        }
    }
}
