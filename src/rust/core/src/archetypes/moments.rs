//! The two small products of weights and samples that replace the samples in the
//! second step and in the residual.

use crate::archetypes::points::Points;
use crate::linalg::dot::add_scaled;
use crate::linalg::wide::wide;
use rayon::prelude::*;

/// Samples summed at a time; fixed, so that sums do not depend on threads.
const SAMPLES_PER_CHUNK: usize = 512;

/// With `A` the n_samples x k weights and `X` the samples.
#[derive(Clone)]
pub(super) struct Moments {
    /// k x width: `A' X`, each row a position.
    pub cross: Vec<f64>,
    /// k x k: `A' A`.
    pub gram: Vec<f64>,
}

impl Moments {
    pub fn new(points: &Points, weights: &[f64], k: usize) -> Moments {
        let partial: Vec<Moments> = weights
            .par_chunks(SAMPLES_PER_CHUNK * k)
            .enumerate()
            .map(|(chunk, rows)| of_chunk(points, chunk * SAMPLES_PER_CHUNK, rows, k))
            .collect();
        let mut partial = partial.into_iter();
        let mut total = partial.next().expect("at least one sample");
        for part in partial {
            add_scaled(&mut total.cross, 1.0, &part.cross);
            add_scaled(&mut total.gram, 1.0, &part.gram);
        }
        total
    }
}

wide! {
    fn of_chunk(points: &Points, first: usize, rows: &[f64], k: usize) -> Moments {
        let width = points.width();
        let mut moments = Moments { cross: vec![0.0; k * width], gram: vec![0.0; k * k] };
        for (row, weights) in rows.chunks_exact(k).enumerate() {
            let position = points.position(first + row);
            for (archetype, &weight) in weights.iter().enumerate() {
                if weight > 0.0 {
                    let cross = &mut moments.cross[archetype * width..(archetype + 1) * width];
                    add_scaled(cross, weight, position);
                    let gram = &mut moments.gram[archetype * k..(archetype + 1) * k];
                    add_scaled(gram, weight, weights);
                }
            }
        }
        moments
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archetypes::simulated::normal;
    use crate::archetypes::simulated::simplex;
    use approx::assert_abs_diff_eq;

    /// Three chunks against the products written out.
    #[test]
    fn agrees_with_plain_products() {
        let (n, k) = (1300, 4);
        let (table, weights) = (normal(n, 3, 1), simplex(n, k, 1));
        let got = Moments::new(&Points::Coordinates(table.clone()), weights.as_slice().unwrap(), k);
        let cross = weights.t().dot(&table);
        let gram = weights.t().dot(&weights);
        let flat = |table: &ndarray::Array2<f64>| table.iter().copied().collect::<Vec<f64>>();
        assert_abs_diff_eq!(got.cross[..], flat(&cross)[..], epsilon = 1e-10);
        assert_abs_diff_eq!(got.gram[..], flat(&gram)[..], epsilon = 1e-10);
    }
}
