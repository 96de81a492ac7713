//! How fast covariance of ancestry falls with distance: `a ((1 + exp(-2 d)) / 2)^g + b`.
//!
//! Two places at a distance of `d` Morgans come from the same haplotype of a parent with probability
//! `(1 + exp(-2 d)) / 2` (Haldane's map function), and through `g` generations with the power `g` of
//! it. Near 0 that is `exp(-g d)`, but it is less steep further on: a plain exponential with a level
//! of its own makes 6 generations of 5.
//!
//! For each number of generations, `a` and `b` are those of weighted least squares, so that one
//! number is left to be looked for: a grid, and golden sections around the best one.

/// A curve: values at distances in Morgans, infinite for different chromosomes, and their weights.
#[derive(Clone, Debug, Default)]
pub struct Curve {
    pub distance: Vec<f64>,
    pub value: Vec<f64>,
    pub weight: Vec<f64>,
}

/// What falls.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decay {
    pub generations: f64,
    /// At distance 0.
    pub amplitude: f64,
    /// Where it ends.
    pub level: f64,
}

/// Numbers of generations that are tried first, from the least to the greatest in equal ratios.
const GRID: usize = 60;

/// Golden sections after that: they narrow the generations to a part in 10^8.
const SECTIONS: usize = 40;

impl Decay {
    /// The covariance at a distance in Morgans.
    pub fn at(&self, distance: f64) -> f64 {
        self.level + self.amplitude * together(self.generations, distance)
    }
}

/// Probability that two places come through all generations from the same haplotype.
fn together(generations: f64, distance: f64) -> f64 {
    f64::midpoint(1.0, (-2.0 * distance).exp()).powf(generations)
}

/// The best decay with generations between two limits; `None` with fewer than four values.
///
/// # Panics
/// If lengths differ.
pub fn fit(curve: &Curve, least: f64, greatest: f64) -> Option<Decay> {
    assert_eq!(curve.distance.len(), curve.value.len(), "a value at each distance");
    if curve.value.len() < 4 {
        return None;
    }
    let step = (greatest / least).ln() / (GRID - 1) as f64;
    let generations = |at: f64| least * (step * at).exp();
    let misfit = |at: f64| of_generations(curve, generations(at)).1;
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
    Some(of_generations(curve, generations((low + high) / 2.0)).0)
}

/// The best curve of this many generations, and its sum of squares.
fn of_generations(curve: &Curve, generations: f64) -> (Decay, f64) {
    let falls: Vec<f64> = curve.distance.iter().map(|&d| together(generations, d)).collect();
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
    (Decay { generations, amplitude, level }, misfit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(generations: f64) -> Curve {
        let distance: Vec<f64> = (1..=60).map(|at| f64::from(at) / 200.0).collect();
        let decay = Decay { generations, amplitude: -0.4, level: 0.1 };
        let value = distance.iter().map(|&d| decay.at(d)).collect();
        Curve { weight: (0..60).map(|at| 60.0 - f64::from(at)).collect(), value, distance }
    }

    /// At half a Morgan of three generations: (1 + e^-1)^3 / 8 = 0.31995.
    #[test]
    fn a_fall_worked_by_hand() {
        let decay = Decay { generations: 3.0, amplitude: -0.4, level: 0.1 };
        assert!((decay.at(0.5) - (0.1 - 0.4 * 0.31995)).abs() < 1e-5);
        assert!((decay.at(0.0) + 0.3).abs() < 1e-15);
        // Unlinked: (1 / 2)^3.
        assert!((decay.at(f64::INFINITY) - (0.1 - 0.4 / 8.0)).abs() < 1e-15);
    }

    /// Reference: generation after generation, places stay together if the number of crossovers
    /// between them is even.
    #[test]
    fn places_stay_together_as_meioses_say() {
        for distance in [0.02_f64, 0.3, 1.0] {
            let poisson =
                |n: i32| (1..=n).fold((-distance).exp(), |p, k| p * distance / f64::from(k));
            let even: f64 = (0..20).map(|half| poisson(2 * half)).sum();
            let all = (0..7).fold(1.0, |p, _| p * even);
            assert!((together(7.0, distance) - all).abs() < 1e-12);
        }
    }

    #[test]
    fn an_exact_fall_is_found() {
        for generations in [3.0, 10.0, 40.0] {
            let got = fit(&curve(generations), 0.5, 500.0).unwrap();
            assert!((got.generations / generations - 1.0).abs() < 1e-5, "{got:?}");
            assert!((got.amplitude + 0.4).abs() < 1e-5 && (got.level - 0.1).abs() < 1e-5);
        }
        assert_eq!(fit(&Curve::default(), 0.5, 500.0), None);
    }

    /// Reference implementation: the best of ten thousand numbers of generations.
    #[test]
    fn a_noisy_fall_has_the_best_generations_of_all() {
        let mut noisy = curve(12.0);
        noisy.value.iter_mut().enumerate().for_each(|(at, v)| *v += 0.01 * (at as f64 * 2.3).sin());
        let got = fit(&noisy, 0.5, 500.0).unwrap();
        let tried = (0..10_000).map(|at| 0.5 * 1000f64.powf(f64::from(at) / 9999.0));
        let best = tried.map(|g| of_generations(&noisy, g).1).fold(f64::INFINITY, f64::min);
        assert!(of_generations(&noisy, got.generations).1 <= best * (1.0 + 1e-9));
    }
}
