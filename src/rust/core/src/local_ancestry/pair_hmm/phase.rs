//! The most probable phase, where there is evidence of it.
//!
//! Switches are found on the most probable path of populations *and* switches (Viterbi).
//! Switches called one by one from their posteriors would fail where the windows between two
//! heterozygous ranges have little information: a switch may be anywhere in between, no step
//! reaches one half, and the phase of all later windows would be wrong.
//!
//! The path alone is not evidence: where windows lie far apart, a switch is nearly as probable
//! as none. So a switch is called only if
//!
//! * on both sides of it, up to the next switch of the path, there is a window at which the two
//!   haplotypes have different populations, each of posterior above 1/2 (of these the surest is
//!   taken), and
//! * the posterior that the phase differs between these two windows is above 1/2.
//!
//! Of several switches of the path without such a window in between, an even number counts as none,
//! and of an odd number the one of largest posterior is called.

use super::chain::Chain;
use super::observations::Observations;
use super::pair::BestPair;
use super::pair::Pair;
use super::posterior::Posterior;
use super::tables::Tables;
use super::trellis::Trellis;
use crate::error::Result;
use crate::linalg::dot::dot;
use crate::task::Task;

/// Windows between two tests of whether to stop.
const CHECK_EVERY: usize = 512;

/// For the step into window t, at t - 1, 0 if no switch is called there, else the posterior,
/// above 1/2, that the phase differs between the informative windows on its two sides: n_windows -
/// 1 entries.
///
/// `posterior` is from [`super::posterior::posterior`] of the same haplotypes.
///
/// # Errors
/// [`crate::error::Error::ImpossibleLabels`]; [`crate::error::Error::Interrupted`].
pub(super) fn called_switches(
    tables: &Tables<'_>,
    observations: &Observations,
    haplotypes: [usize; 2],
    posterior: &Posterior,
    task: &Task,
) -> Result<Vec<f64>> {
    let n_windows = observations.n_windows;
    let mut called = vec![0.0; n_windows - 1];
    let path = most_probable_switches(tables, observations, haplotypes, task)?;
    let switches: Vec<usize> = (1..n_windows).filter(|window| path[window - 1]).collect();
    if switches.is_empty() {
        return Ok(called);
    }
    let informative = informative_windows(&posterior.ancestry, n_windows, &switches);
    let windows: Vec<usize> = informative.iter().map(|(window, _)| *window).collect();
    let odd = odd_posteriors(tables, observations, haplotypes, &windows, task)?;
    for (pair, odd) in informative.windows(2).zip(odd) {
        let between = &switches[pair[0].1..pair[1].1];
        if between.len() % 2 == 1 && odd > 0.5 {
            let probability = |window: &usize| posterior.switch[window - 1];
            let surest =
                between.iter().rev().max_by(|a, b| probability(a).total_cmp(&probability(b)));
            called[surest.expect("an odd number") - 1] = odd;
        }
    }
    Ok(called)
}

/// Of each range of windows between switches the one at which the two haplotypes most surely
/// have different populations, with the number of the range; ranges without one are left out.
fn informative_windows(
    ancestry: &[f64],
    n_windows: usize,
    switches: &[usize],
) -> Vec<(usize, usize)> {
    let k = ancestry.len() / (2 * n_windows);
    let most = |haplotype: usize, window: usize| {
        let row = &ancestry[(haplotype * n_windows + window) * k..][..k];
        (0..k).map(|y| (y, row[y])).max_by(|a, b| a.1.total_cmp(&b.1)).expect("a population")
    };
    let certainty = |window: usize| {
        let ((one, p), (other, q)) = (most(0, window), most(1, window));
        (one != other && p > 0.5 && q > 0.5).then_some(p * q)
    };
    let starts = std::iter::once(0).chain(switches.iter().copied());
    let ends = switches.iter().copied().chain([n_windows]);
    let of_range = |(range, (start, end)): (usize, (usize, usize))| {
        let sure = (start..end).filter_map(|window| Some((window, certainty(window)?)));
        Some((sure.max_by(|a, b| a.1.total_cmp(&b.1))?.0, range))
    };
    starts.zip(ends).enumerate().filter_map(of_range).collect()
}

/// The posterior that the phase differs between each of `windows`, rising, and the next.
fn odd_posteriors(
    tables: &Tables<'_>,
    observations: &Observations,
    haplotypes: [usize; 2],
    windows: &[usize],
    task: &Task,
) -> Result<Vec<f64>> {
    let [first, .., last] = windows else {
        return Ok(vec![]);
    };
    let n_windows = observations.n_windows;
    let mut chain = Pair::new(tables, observations, haplotypes, None);
    let mut trellis = Trellis::new(chain.size(), n_windows);
    trellis.fill(&mut chain, task)?;
    let state = || vec![0.0; chain.size()];
    // Backward states, with an even and an odd number of switches up to the last of `windows`.
    let (mut after, mut before) = ([state(), state()], [state(), state()]);
    chain.end(&mut after[0]);
    let mut odd = Vec::new();
    for window in (*first..n_windows).rev() {
        if window % CHECK_EVERY == 0 {
            task.check()?;
        }
        if windows.binary_search(&window).is_ok() {
            if window < *last {
                let from = trellis.state(window, &mut chain)?;
                let [even, differs] = [0, 1].map(|parity: usize| dot(from, &after[parity]));
                odd.push(differs / (even + differs));
            }
            start_again(&mut after);
        }
        if window > *first {
            chain.backward_by_parity(window, &after, &mut before);
            let scale = 1.0 / before.iter().flatten().sum::<f64>();
            before.iter_mut().flatten().for_each(|value| *value *= scale);
            if window > *last {
                start_again(&mut before);
            }
            std::mem::swap(&mut after, &mut before);
        }
    }
    odd.reverse();
    Ok(odd)
}

/// At the last window the number of later switches is 0, which is even.
fn start_again(states: &mut [Vec<f64>; 2]) {
    let [even, odd] = states;
    even.iter_mut().zip(odd.iter()).for_each(|(even, odd)| *even += odd);
    odd.fill(0.0);
}

/// Whether the phase switches on the step into window t, at t - 1: n_windows - 1 entries.
///
/// Of equally probable paths the one without a switch is preferred.
///
/// # Errors
/// [`crate::error::Error::ImpossibleLabels`]; [`crate::error::Error::Interrupted`].
fn most_probable_switches(
    tables: &Tables<'_>,
    observations: &Observations,
    haplotypes: [usize; 2],
    task: &Task,
) -> Result<Vec<bool>> {
    let n_windows = observations.n_windows;
    let mut chain = BestPair(Pair::new(tables, observations, haplotypes, None));
    let mut trellis = Trellis::new(chain.0.size(), n_windows);
    trellis.fill(&mut chain, task)?;
    let last = trellis.state(n_windows - 1, &mut chain)?;
    let mut state = 0;
    for (other, value) in last.iter().enumerate() {
        if *value > last[state] {
            state = other;
        }
    }
    let mut switches = vec![false; n_windows - 1];
    for window in (1..n_windows).rev() {
        if window % CHECK_EVERY == 0 {
            task.check()?;
        }
        let from = trellis.state(window - 1, &mut chain)?;
        let origin = chain.0.origin(window, from, state);
        switches[window - 1] = origin.switched;
        state = origin.state;
    }
    Ok(switches)
}

#[cfg(test)]
mod tests {
    use super::super::chromosome::Sample;
    use super::super::observations::MISSING;
    use super::super::parameters::Parameters;
    use super::super::posterior::posterior;
    use super::super::reference;
    use super::super::simulated::even;
    use super::super::simulated::random_observations;
    use super::super::simulated::random_parameters;
    use super::super::simulated::sensible_parameters;
    use super::super::simulated::simulate;
    use super::*;

    /// The likeliest of all paths, each evaluated by itself.
    #[test]
    fn agrees_with_the_likeliest_of_all_paths() {
        let mut n_switches = 0;
        for (k, n_windows, soft, seed) in [
            (2, 1, false, 1),
            (2, 4, false, 2),
            (2, 4, true, 3),
            (3, 3, false, 4),
            (3, 4, true, 5),
            (3, 4, false, 6),
            (2, 4, false, 7),
            (3, 4, true, 8),
        ] {
            let parameters = Parameters { switch_rate: 3.0, ..random_parameters(k, seed) };
            let observations = random_observations((2, n_windows, k), soft, 0.1, seed);
            let distance = vec![1.0; n_windows - 1];
            let tables = Tables::new(&parameters, &distance);
            let want =
                reference::all_paths(&parameters, &observations, Sample::Diploid([0, 1])).best.1;
            let got = most_probable_switches(&tables, &observations, [0, 1], &Task::new()).unwrap();
            assert_eq!(got, want, "seed {seed}");
            n_switches += got.iter().filter(|switch| **switch).count();
        }
        assert!(n_switches > 2);
    }

    /// The phase flips somewhere among windows without information: no single
    /// step has a large posterior, but the path has the switch.
    #[test]
    fn finds_a_switch_whose_place_is_open() {
        let parameters = sensible_parameters(2, 0.95, 0.9);
        let first = [vec![0; 20], vec![MISSING; 20], vec![1; 20]].concat();
        let second = [vec![1; 20], vec![MISSING; 20], vec![0; 20]].concat();
        let observations = Observations::hard([first, second].concat(), 60, 2).unwrap();
        let parameters = Parameters { recombination_rate: 0.002, ..parameters };
        let distance = vec![1.0; 59];
        let tables = Tables::new(&parameters, &distance);
        let got = most_probable_switches(&tables, &observations, [0, 1], &Task::new()).unwrap();
        let switches: Vec<usize> = (0..59).filter(|t| got[*t]).collect();
        assert_eq!(switches.len(), 1);
        assert!((18..41).contains(&switches[0]), "{switches:?}");
        let sample = Sample::Diploid([0, 1]);
        let switch = posterior(&tables, &observations, sample, &Task::new()).unwrap().switch;
        assert!(switch.iter().all(|p| *p < 0.2));
        assert!(switch.iter().sum::<f64>() > 0.9);
        let called = called(&tables, &observations);
        assert_eq!(called.iter().filter(|p| **p > 0.0).count(), 1);
        assert!(called[switches[0]] > 0.9);
    }

    fn called(tables: &Tables<'_>, observations: &Observations) -> Vec<f64> {
        let known = posterior(tables, observations, Sample::Diploid([0, 1]), &Task::new()).unwrap();
        called_switches(tables, observations, [0, 1], &known, &Task::new()).unwrap()
    }

    /// Every way in which the phase can differ between two windows, summed over all paths.
    #[test]
    fn the_phase_between_two_windows_agrees_with_all_paths() {
        for (k, n_windows, soft, seed) in
            [(2, 2, false, 1), (2, 4, true, 2), (3, 4, false, 3), (3, 3, true, 4), (2, 5, false, 5)]
        {
            let parameters = random_parameters(k, seed);
            let observations = random_observations((2, n_windows, k), soft, 0.1, seed);
            let distance = vec![1.0; n_windows - 1];
            let tables = Tables::new(&parameters, &distance);
            let want =
                reference::all_paths(&parameters, &observations, Sample::Diploid([0, 1])).odd;
            let got = |windows: &[usize]| {
                odd_posteriors(&tables, &observations, [0, 1], windows, &Task::new()).unwrap()
            };
            for early in 0..n_windows {
                assert!(got(&[early]).is_empty());
                for late in early + 1..n_windows {
                    let want_between = want[early * n_windows + late];
                    assert!((got(&[early, late])[0] - want_between).abs() < 1e-12);
                    for last in late + 1..n_windows {
                        let both = got(&[early, late, last]);
                        assert_eq!(both.len(), 2);
                        assert!((both[0] - want_between).abs() < 1e-12);
                        assert!((both[1] - want[late * n_windows + last]).abs() < 1e-12);
                    }
                }
            }
        }
    }

    /// Samples of one population, windows of any distance, now and then a wrong label: there is
    /// no evidence of a switch, none is called, and no step has a posterior above one half.
    #[test]
    fn nothing_switches_without_evidence() {
        let labels = |wrong: usize| (0..40).map(move |t| u16::from(t == wrong)).collect::<Vec<_>>();
        for (wrong, distance) in [(50, 0.1), (50, 20.0), (7, 0.1), (7, 5.0), (7, 50.0)] {
            let rows = [labels(wrong), labels(if wrong < 40 { 30 } else { 50 })].concat();
            let observations = Observations::hard(rows, 40, 2).unwrap();
            let parameters = Parameters { switch_rate: 0.1, ..sensible_parameters(2, 0.95, 0.9) };
            let distance = vec![distance; 39];
            let tables = Tables::new(&parameters, &distance);
            assert!(called(&tables, &observations).iter().all(|p| *p == 0.0));
            let sample = Sample::Diploid([0, 1]);
            let known = posterior(&tables, &observations, sample, &Task::new()).unwrap();
            assert!(known.switch.iter().all(|p| *p <= 0.5), "{:?}", known.switch);
        }
    }

    /// Two populations that change places at once between windows 9 and 10: one switch there,
    /// with a large posterior.
    #[test]
    fn a_switch_with_evidence_is_called_where_it_is() {
        let first = [vec![0; 10], vec![1; 10]].concat();
        let second = [vec![1; 10], vec![0; 10]].concat();
        let observations = Observations::hard([first, second].concat(), 20, 2).unwrap();
        let parameters = sensible_parameters(2, 0.95, 0.9);
        let distance = vec![1.0; 19];
        let tables = Tables::new(&parameters, &distance);
        let called = called(&tables, &observations);
        assert!(called[9] > 0.9);
        assert!((0..19).all(|t| (called[t] > 0.0) == (t == 9)));
    }

    /// Where the haplotypes have one population up to the end, a switch changes nothing.
    #[test]
    fn informative_windows_lie_on_both_sides() {
        // Populations 0 and 1 in windows 0 to 2, 0 and 0 in 3 to 5, 1 and 0 in 6 and 7.
        let pure = |y: usize| if y == 0 { [0.9, 0.1] } else { [0.2, 0.8] };
        let first = [0, 0, 0, 0, 0, 0, 1, 1].map(pure);
        let second = [1, 1, 1, 0, 0, 0, 0, 0].map(pure);
        let ancestry = [first, second].concat().concat();
        assert_eq!(informative_windows(&ancestry, 8, &[3]), [(2, 0), (7, 1)]);
        assert_eq!(informative_windows(&ancestry, 8, &[3, 6]), [(2, 0), (7, 2)]);
        assert_eq!(informative_windows(&ancestry[..], 8, &[1, 2]), [(0, 0), (1, 1), (7, 2)]);
    }

    /// Two haplotypes, one after the other, that change places after each switch.
    fn correct(given: &[u16], switches: &[bool]) -> Vec<u16> {
        let n_windows = switches.len() + 1;
        let (mut corrected, mut swapped) = (given.to_vec(), false);
        for window in 1..n_windows {
            swapped ^= switches[window - 1];
            if swapped {
                corrected.swap(window, n_windows + window);
            }
        }
        corrected
    }

    /// Correcting makes haplotypes follow the truth more closely.
    #[test]
    fn most_switches_of_simulated_samples_are_undone() {
        let mut parameters = sensible_parameters(3, 0.95, 0.7);
        parameters.recombination_rate = 0.01;
        let n_windows = 400;
        let data = simulate(&parameters, 20, &even(n_windows), 9);
        let tables = Tables::new(&parameters, data.chromosome.distance());
        let observations = data.chromosome.observations();
        // Changes of population along a haplotype: switches add to those of recombination.
        let breaks = |truth: &[u16]| {
            let pieces = truth.chunks(n_windows);
            pieces.flat_map(|row| row.windows(2)).filter(|pair| pair[0] != pair[1]).count()
        };
        let (mut given, mut corrected, mut true_phase) = (0, 0, 0);
        for sample in 0..20 {
            let truth = &data.population[2 * sample * n_windows..][..2 * n_windows];
            let pair = [2 * sample, 2 * sample + 1];
            let got = most_probable_switches(&tables, observations, pair, &Task::new()).unwrap();
            given += breaks(truth);
            corrected += breaks(&correct(truth, &got));
            let switches = &data.switches[sample * (n_windows - 1)..][..n_windows - 1];
            true_phase += breaks(&correct(truth, switches));
        }
        assert!(given > 2 * true_phase, "{given} {corrected} {true_phase}");
        assert!(
            corrected < true_phase + (given - true_phase) / 5,
            "{given} {corrected} {true_phase}"
        );
    }
}
