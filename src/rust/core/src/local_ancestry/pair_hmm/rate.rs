//! The maximum-likelihood rate of events over known distances.

/// Events and trials of each step of one chromosome, and the steps' distances.
pub(super) type Steps<'a> = (&'a [f64], f64, &'a [f64]);

/// exp(-35) is below the rounding of 1: no larger rate times distance differs from it.
const CERTAIN: f64 = 35.0;

/// Maximizes `sum n ln(1 - exp(-r d)) - (N - n) r d` over the rate `r`, where `n` of `N`
/// trials over distance `d` had an event.
///
/// The slope decreases and is convex in `r`, so that Newton's method from a rate below the
/// best one increases to it monotonically. Events in every trial would give an
/// infinite rate; it ends where the smallest distance makes them certain. Without any
/// trial over a distance the rate stays at `current`.
pub(super) fn likeliest_rate(steps: &[Steps<'_>], current: f64) -> f64 {
    let each = || {
        steps.iter().flat_map(|(events, trials, distance)| {
            let steps = events.iter().zip(*distance).filter(|(_, d)| **d > 0.0);
            steps.map(|(n, d)| (n.min(*trials), *trials, *d))
        })
    };
    let exposure: f64 = each().map(|(_, trials, d)| trials * d).sum();
    let events: f64 = each().map(|(n, ..)| n).sum();
    if exposure == 0.0 {
        return current;
    }
    if events == 0.0 {
        return 0.0;
    }
    let nearest = each().map(|(.., d)| d).fold(f64::INFINITY, f64::min);
    // 1 / (e^u - 1) >= 1 / u - 1 makes this no larger than the best rate.
    let mut rate = events / exposure;
    for _ in 0..200 {
        let (mut slope, mut curvature) = (0.0, 0.0);
        for (n, trials, d) in each() {
            let odds = 1.0 / (rate * d).exp_m1();
            slope += d * (n * odds - (trials - n));
            curvature += n * d * d * odds * (1.0 + odds);
        }
        let step = slope / curvature;
        rate += step;
        if rate * nearest >= CERTAIN {
            return CERTAIN / nearest;
        }
        if step <= 1e-14 * rate {
            break;
        }
    }
    rate
}

/// Steps of EM at most; more than a few tens are needed only where rates are hardly known.
const MAX_STEPS: usize = 1000;

/// Maximizes `sum n ln sigma + (N - n) ln(1 - sigma)`, sigma = (1 - exp(-2 r d)) / 2, over the
/// rate `r`, where the phase differs over `n` of `N` trials of distance `d`.
///
/// It differs after an odd number of switches. With x = r d the expected number of switches is
/// x coth x where it is odd and x tanh x where it is even, so that EM goes to
/// `sum n x coth x + (N - n) x tanh x` over `sum N d`. That never decreases the likelihood, which
/// may have several maxima: it begins at the better of `current` and the rate that would be
/// best if all distances were their mean. A step of Newton's method in ln r is taken instead
/// where it increases the likelihood. A phase that differs in half of the trials or more would
/// give an infinite rate; it ends where sigma is 1/2 over the smallest distance.
pub(super) fn likeliest_switch_rate(steps: &[Steps<'_>], current: f64) -> f64 {
    let each = || {
        steps.iter().flat_map(|(odd, trials, distance)| {
            let steps = odd.iter().zip(*distance).filter(|(_, d)| **d > 0.0);
            steps.map(|(n, d)| (n.min(*trials), *trials, *d))
        })
    };
    let trials: f64 = each().map(|(_, trials, _)| trials).sum();
    let exposure: f64 = each().map(|(_, trials, d)| trials * d).sum();
    let odd: f64 = each().map(|(n, ..)| n).sum();
    if exposure == 0.0 {
        return current;
    }
    if odd == 0.0 {
        return 0.0;
    }
    let largest = CERTAIN / (2.0 * each().map(|(.., d)| d).fold(f64::INFINITY, f64::min));
    let log_likelihood = |rate: f64| -> f64 {
        let term = |(n, trials, d): (f64, f64, f64)| {
            let difference = (-2.0 * rate * d).exp_m1();
            let odd = if n > 0.0 { n * (-difference / 2.0).ln() } else { 0.0 };
            odd + (trials - n) * (difference / 2.0 + 1.0).ln()
        };
        each().map(term).sum()
    };
    let alike = -(-2.0 * (odd / trials).min(0.499)).ln_1p() / 2.0 * trials / exposure;
    let mut rate = alike.min(largest);
    let mut best = log_likelihood(rate);
    if current > 0.0 && current < largest {
        let at_current = log_likelihood(current);
        if at_current > best {
            (rate, best) = (current, at_current);
        }
    }
    for _ in 0..MAX_STEPS {
        // Slope and curvature with respect to ln r, and the step of EM.
        let (mut slope, mut curvature, mut switches) = (0.0, 0.0, 0.0);
        for (n, trials, d) in each() {
            let x = rate * d;
            let tanh = x.tanh();
            let (if_odd, if_even) = (n * x / tanh, (trials - n) * x * tanh);
            switches += if_odd + if_even;
            slope += if_odd + if_even - trials * x;
            let inner = (trials - n) * (1.0 - tanh * tanh) - n * (1.0 / (tanh * tanh) - 1.0);
            curvature += if_odd + if_even - trials * x + x * x * inner;
        }
        let newton = rate * (-slope / curvature).clamp(-1.0, 1.0).exp();
        let by_newton = (curvature < 0.0 && newton < largest)
            .then(|| (newton, log_likelihood(newton)))
            .filter(|&(_, reached)| reached > best);
        let (next, reached) = by_newton.unwrap_or_else(|| {
            let next = (switches / exposure).min(largest);
            (next, log_likelihood(next))
        });
        if reached <= best {
            break;
        }
        let moved = (next - rate).abs();
        (rate, best) = (next, reached);
        if moved <= 1e-12 * rate {
            break;
        }
    }
    rate
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One distance: the probability is the proportion of events.
    #[test]
    fn equal_distances_give_the_proportion_of_events() {
        for proportion in [1e-9, 0.01, 0.5, 0.999] {
            let events = [proportion * 10.0; 2];
            let rate = likeliest_rate(&[(&events, 10.0, &[2.0, 2.0])], 9.0);
            assert!((-(-2.0 * rate).exp_m1() / proportion - 1.0).abs() < 1e-12, "{proportion}");
        }
    }

    /// No rate of a fine grid is likelier.
    #[test]
    fn no_other_rate_is_likelier() {
        let (events, distance) = ([3.0, 0.2, 0.0, 9.5, 1.0], [0.3, 0.01, 0.5, 4.0, 0.0]);
        let likelihood = |rate: f64| {
            let steps = events.iter().zip(&distance).take(4);
            let term =
                |(n, d): (&f64, &f64)| n * (-(-rate * d).exp_m1()).ln() - (10.0 - n) * rate * d;
            steps.map(term).sum::<f64>()
        };
        let rate = likeliest_rate(
            &[(&events[..2], 10.0, &distance[..2]), (&events[2..], 10.0, &distance[2..])],
            1.0,
        );
        let best = likelihood(rate);
        for factor in (1..4000).map(|i| f64::from(i) / 1000.0).filter(|f| (f - 1.0).abs() > 1e-3) {
            assert!(likelihood(rate * factor) < best, "{factor}");
        }
    }

    #[test]
    fn extremes_stay_finite() {
        assert_eq!(likeliest_rate(&[(&[0.0, 0.0], 4.0, &[1.0, 2.0])], 3.0), 0.0);
        assert_eq!(likeliest_rate(&[(&[4.0, 4.0], 4.0, &[1.0, 2.0])], 3.0), 35.0);
        assert_eq!(likeliest_rate(&[(&[0.0], 4.0, &[0.0])], 3.0), 3.0);
        assert_eq!(likeliest_rate(&[(&[], 4.0, &[])], 3.0), 3.0);
        assert_eq!(likeliest_rate(&[(&[0.0], 0.0, &[1.0])], 3.0), 3.0);
    }

    /// One distance: sigma is the proportion of trials, up to 1/2.
    #[test]
    fn equal_distances_give_the_proportion_of_odd_steps() {
        for proportion in [1e-9, 0.01, 0.3, 0.49] {
            for current in [0.0, 1e-3, 9.0] {
                let odd = [proportion * 10.0; 2];
                let rate = likeliest_switch_rate(&[(&odd, 10.0, &[2.0, 2.0])], current);
                let sigma = -(-4.0 * rate).exp_m1() / 2.0;
                assert!((sigma / proportion - 1.0).abs() < 1e-6, "{proportion} {sigma}");
            }
        }
        for proportion in [0.5, 0.7, 1.0] {
            let odd = [proportion * 10.0; 2];
            let rate = likeliest_switch_rate(&[(&odd, 10.0, &[2.0, 2.0])], 0.3);
            assert!((-(-4.0 * rate).exp_m1() / 2.0 - 0.5).abs() < 1e-3, "{proportion} {rate}");
        }
    }

    /// Reference implementation: the likelihood with numbers of switches enumerated, over a fine
    /// grid of rates.
    #[test]
    fn no_other_switch_rate_is_likelier() {
        let sigma = |mean: f64| {
            let (mut term, mut odd) = (f64::exp(-mean), 0.0);
            for n in 1..400 {
                term *= mean / f64::from(n);
                odd += if n % 2 == 1 { term } else { 0.0 };
            }
            odd
        };
        for (odd, distance) in [
            ([3.0, 0.2, 0.0, 4.5], [0.3, 0.01, 0.5, 4.0]),
            ([0.1, 0.2, 0.3, 0.1], [1.0, 2.0, 3.0, 4.0]),
            ([1e-3, 0.0, 0.0, 5.2], [0.01, 0.02, 0.03, 9.0]),
        ] {
            let likelihood = |rate: f64| {
                let term = |(n, d): (&f64, &f64)| {
                    n * sigma(rate * d).ln() + (10.0 - n) * (1.0 - sigma(rate * d)).ln()
                };
                odd.iter().zip(&distance).map(term).sum::<f64>()
            };
            let steps: [Steps<'_>; 2] =
                [(&odd[..2], 10.0, &distance[..2]), (&odd[2..], 10.0, &distance[2..])];
            let rate = likeliest_switch_rate(&steps, 0.2);
            let best = likelihood(rate);
            for factor in (1..3000).map(|i| f64::from(i) / 1000.0) {
                assert!(likelihood(rate * factor) <= best + 1e-9, "{odd:?} {rate} {factor}");
            }
        }
    }

    #[test]
    fn the_likelihood_never_decreases_from_the_current_rate() {
        let (odd, distance) = ([4.0, 5.0, 0.0, 2.0], [0.01, 10.0, 0.5, 3.0]);
        let likelihood = |rate: f64| {
            let term = |(n, d): (&f64, &f64)| {
                let sigma = -(-2.0 * rate * d).exp_m1() / 2.0;
                n * sigma.ln() + (10.0 - n) * (1.0 - sigma).ln()
            };
            odd.iter().zip(&distance).map(term).sum::<f64>()
        };
        for current in (-60..60).map(|i| f64::from(i) / 5.0).map(f64::exp) {
            let rate = likeliest_switch_rate(&[(&odd, 10.0, &distance)], current);
            assert!(likelihood(rate) >= likelihood(current) - 1e-12, "{current} {rate}");
        }
    }

    #[test]
    fn extremes_of_switches_stay_finite() {
        assert_eq!(likeliest_switch_rate(&[(&[0.0, 0.0], 4.0, &[1.0, 2.0])], 3.0), 0.0);
        assert_eq!(likeliest_switch_rate(&[(&[0.0], 4.0, &[0.0])], 3.0), 3.0);
        assert_eq!(likeliest_switch_rate(&[(&[], 4.0, &[])], 3.0), 3.0);
        assert_eq!(likeliest_switch_rate(&[(&[0.0], 0.0, &[1.0])], 3.0), 3.0);
        let rate = likeliest_switch_rate(&[(&[4.0, 4.0], 4.0, &[1e-300, 2.0])], 3.0);
        assert!(rate.is_finite() && rate > 0.0);
    }
}
