//! The rate at which events over known distances are likeliest.

/// Events and trials of each step of one chromosome, and the steps' distances.
pub(super) type Steps<'a> = (&'a [f64], f64, &'a [f64]);

/// exp(-35) is below the rounding of 1: no larger rate times distance can be told apart.
const CERTAIN: f64 = 35.0;

/// Maximises `sum n ln(1 - exp(-r d)) - (N - n) r d` over the rate `r`, where `n` of `N`
/// trials over distance `d` had an event.
///
/// The slope falls and is convex in `r`, so that Newton's method from a rate below the
/// best one climbs to it without ever passing it. Events in every trial would want an
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

#[cfg(test)]
mod tests {
    use super::*;

    /// One distance: the probability is the share of events.
    #[test]
    fn equal_distances_give_the_share_of_events() {
        for share in [1e-9, 0.01, 0.5, 0.999] {
            let events = [share * 10.0; 2];
            let rate = likeliest_rate(&[(&events, 10.0, &[2.0, 2.0])], 9.0);
            assert!((-(-2.0 * rate).exp_m1() / share - 1.0).abs() < 1e-12, "{share}");
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
}
