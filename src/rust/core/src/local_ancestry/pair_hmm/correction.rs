//! Which called phase switches are corrected.
//!
//! Ours. Between the switches of a sample lie ranges of windows. A range is informative of phase if the
//! two haplotypes have different ancestries at one of its windows. Switches between two ranges that
//! are informative, next to each other, are taken together: of an odd number the most probable one is
//! corrected, of an even number none.

/// A called switch of a sample, into a window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Called {
    pub sample: usize,
    pub window: usize,
    pub probability: f64,
}

/// Whether each switch is to be corrected; of equally probable ones the first.
///
/// | argument    | shape                 | values                                            |
/// |-------------|-----------------------|---------------------------------------------------|
/// | `switches`  | n_switches            | by sample, then window, each once                 |
/// | `differ`    | n_samples x n_windows | whether the ancestries of the haplotypes differ   |
/// | `n_windows` |                       |                                                   |
/// | returned    | n_switches            |                                                   |
///
/// # Panics
/// If a sample or window is out of range.
pub fn with_evidence(switches: &[Called], differ: &[bool], n_windows: usize) -> Vec<bool> {
    let mut chosen = Vec::with_capacity(switches.len());
    for own in switches.chunk_by(|one, next| one.sample == next.sample) {
        let differ = &differ[own[0].sample * n_windows..][..n_windows];
        let before = chosen.len();
        chosen.resize(before + own.len(), false);
        let mut from = 0;
        // The first switch after the last informative range.
        let mut first = None;
        for next in 0..=own.len() {
            let to = own.get(next).map_or(n_windows, |switch| switch.window);
            if differ[from..to].contains(&true) {
                if let Some(best) = first.and_then(|first| of_odd(&own[first..next])) {
                    chosen[before + first.unwrap_or(0) + best] = true;
                }
                first = Some(next);
            }
            from = to;
        }
    }
    chosen
}

/// The most probable one of an odd number of switches.
fn of_odd(switches: &[Called]) -> Option<usize> {
    let likelier = |best: usize, next: usize| {
        if switches[next].probability > switches[best].probability { next } else { best }
    };
    (switches.len() % 2 == 1).then(|| (1..switches.len()).fold(0, likelier))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::random::generator;
    use rand_chacha::rand_core::RngCore;

    fn called(sample: usize, window: usize, probability: f64) -> Called {
        Called { sample, window, probability }
    }

    /// Ten windows; ancestries differ at windows 0, 5 and 9. The first two switches are between 0
    /// and 5: an even number. The next three are between 5 and 9: the second is most probable.
    #[test]
    fn switches_worked_by_hand() {
        let differ: Vec<bool> = (0..10).map(|window| [0, 5, 9].contains(&window)).collect();
        let switches = [(1, 0.9), (3, 0.8), (6, 0.6), (7, 0.8), (8, 0.8)];
        let switches = switches.map(|(window, probability)| called(0, window, probability));
        let got = with_evidence(&switches, &differ, 10);
        assert_eq!(got, [false, false, false, true, false]);
        // Without an informative window after it, no switch is corrected; nor one before the first.
        assert_eq!(with_evidence(&switches, &differ[..9], 9), [false; 5]);
        assert_eq!(
            with_evidence(&[called(0, 5, 0.9)], &[[false; 5], [true; 5]].concat(), 10),
            [false]
        );
        assert!(with_evidence(&[], &[], 0).is_empty());
    }

    /// Reference implementation: for each switch the informative ranges on either side, and all
    /// switches between the same two.
    #[test]
    fn agrees_with_each_switch_by_itself() {
        for seed in 0..60 {
            let mut source = generator(seed, 0);
            let mut below = |n: usize| source.next_u32() as usize % n;
            let n_windows = 2 + below(20);
            let rare = 1 + below(6);
            let differ: Vec<bool> = (0..3 * n_windows).map(|_| below(rare) == 0).collect();
            let places =
                (0..3).flat_map(|sample| (1..n_windows).map(move |window| (sample, window)));
            let switches: Vec<Called> = places
                .filter_map(|(sample, window)| {
                    let p = 0.5 + below(4) as f64 / 8.0;
                    (below(3) == 0).then(|| called(sample, window, p))
                })
                .collect();
            let got = with_evidence(&switches, &differ, n_windows);
            for (at, own) in switches.iter().enumerate() {
                let is_informative = |window: usize| differ[own.sample * n_windows + window];
                let before = (0..own.window).rev().find(|&window| is_informative(window));
                let after = (own.window..n_windows).find(|&window| is_informative(window));
                let together: Vec<usize> = (0..switches.len())
                    .filter(|&other| {
                        let window = switches[other].window;
                        switches[other].sample == own.sample
                            && before.is_some_and(|before| before < window)
                            && after.is_some_and(|after| window <= after)
                    })
                    .collect();
                let p = |other: &usize| switches[*other].probability;
                let most = together.iter().map(p).fold(0.0, f64::max);
                let best = together.iter().find(|other| p(other) == most);
                assert_eq!(got[at], together.len() % 2 == 1 && best == Some(&at), "{seed} {at}");
            }
        }
    }
}
