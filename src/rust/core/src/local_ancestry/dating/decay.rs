//! The rate of an exponential fall: `a exp(-r d) + b`.
//!
//! For each rate, `a` and `b` are those of weighted least squares, so that one number is left to be
//! looked for: a grid of rates, and golden sections around the best one.

/// A curve: values at distances, and their weights.
#[derive(Clone, Debug, Default)]
pub struct Curve {
    pub distance: Vec<f64>,
    pub value: Vec<f64>,
    pub weight: Vec<f64>,
}

/// What falls.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decay {
    /// Per unit of distance.
    pub rate: f64,
    /// At distance 0.
    pub amplitude: f64,
    /// Where it ends.
    pub level: f64,
}

/// Rates that are tried first, from the least to the greatest in equal ratios.
const GRID: usize = 60;

/// Golden sections after that: they narrow the rate to a part in 10^8.
const SECTIONS: usize = 40;

/// The best decay with a rate between two limits; `None` with fewer than four values.
///
/// # Panics
/// If lengths differ.
pub fn fit(curve: &Curve, least: f64, greatest: f64) -> Option<Decay> {
    assert_eq!(curve.distance.len(), curve.value.len(), "a value at each distance");
    if curve.value.len() < 4 {
        return None;
    }
    let step = (greatest / least).ln() / (GRID - 1) as f64;
    let rate = |at: f64| least * (step * at).exp();
    let misfit = |at: f64| of_rate(curve, rate(at)).1;
    let best = (0..GRID)
        .min_by(|&one, &other| misfit(one as f64).total_cmp(&misfit(other as f64)))
        .expect("a grid");
    let (mut low, mut high) =
        ((best as f64 - 1.0).max(0.0), (best as f64 + 1.0).min((GRID - 1) as f64));
    let golden = (5f64.sqrt() - 1.0) / 2.0;
    for _ in 0..SECTIONS {
        let (one, other) = (high - golden * (high - low), low + golden * (high - low));
        if misfit(one) <= misfit(other) {
            high = other;
        } else {
            low = one;
        }
    }
    Some(of_rate(curve, rate((low + high) / 2.0)).0)
}

/// The best curve of a rate, and its sum of squares.
fn of_rate(curve: &Curve, rate: f64) -> (Decay, f64) {
    let falls: Vec<f64> = curve.distance.iter().map(|d| (-rate * d).exp()).collect();
    let sum =
        |values: &[f64]| -> f64 { values.iter().zip(&curve.weight).map(|(v, w)| v * w).sum() };
    let total: f64 = curve.weight.iter().sum();
    let (x, y) = (sum(&falls) / total, sum(&curve.value) / total);
    let points = || falls.iter().zip(&curve.value).zip(&curve.weight);
    let square: f64 = points().map(|((f, _), w)| w * (f - x).powi(2)).sum();
    let product: f64 = points().map(|((f, v), w)| w * (f - x) * (v - y)).sum();
    let amplitude = if square > 0.0 { product / square } else { 0.0 };
    let level = y - amplitude * x;
    let misfit = points().map(|((f, v), w)| w * (v - level - amplitude * f).powi(2)).sum();
    (Decay { rate, amplitude, level }, misfit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(rate: f64) -> Curve {
        let distance: Vec<f64> = (1..=60).map(|at| f64::from(at) / 200.0).collect();
        let value = distance.iter().map(|d| 0.1 - 0.4 * (-rate * d).exp()).collect();
        Curve { weight: (0..60).map(|at| 60.0 - f64::from(at)).collect(), value, distance }
    }

    #[test]
    fn an_exact_fall_is_found() {
        for rate in [3.0, 10.0, 40.0] {
            let got = fit(&curve(rate), 0.5, 500.0).unwrap();
            assert!((got.rate / rate - 1.0).abs() < 1e-5, "{got:?}");
            assert!((got.amplitude + 0.4).abs() < 1e-5 && (got.level - 0.1).abs() < 1e-5);
        }
        assert_eq!(fit(&Curve::default(), 0.5, 500.0), None);
    }

    /// Reference implementation: the best of ten thousand rates.
    #[test]
    fn a_noisy_fall_has_the_best_rate_of_all() {
        let mut noisy = curve(12.0);
        noisy.value.iter_mut().enumerate().for_each(|(at, v)| *v += 0.01 * (at as f64 * 2.3).sin());
        let got = fit(&noisy, 0.5, 500.0).unwrap();
        let rates = (0..10_000).map(|at| 0.5 * 1000f64.powf(f64::from(at) / 9999.0));
        let best = rates.map(|rate| of_rate(&noisy, rate).1).fold(f64::INFINITY, f64::min);
        assert!(of_rate(&noisy, got.rate).1 <= best * (1.0 + 1e-9));
    }
}
