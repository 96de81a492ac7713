//! The most probable phase.
//!
//! The switches are those of the most probable path of populations *and* switches
//! (Viterbi). Switches taken one by one from their posteriors would fail where the
//! windows between two heterozygous stretches say little: a switch may then be anywhere
//! in between, no step reaches one half, and all that follows would be wrong.

use super::observations::Observations;
use super::pair::BestPair;
use super::pair::Pair;
use super::posterior::Chain;
use super::tables::Tables;
use super::trellis::Trellis;
use crate::error::Result;
use crate::task::Task;

/// Windows between two looks at whether to stop.
const CHECK_EVERY: usize = 512;

/// Whether the phase switches on the step into window t, at t - 1: n_windows - 1 entries.
///
/// Of equally probable paths the one without a switch is preferred.
///
/// # Errors
/// [`crate::error::Error::ImpossibleLabels`]; [`crate::error::Error::Interrupted`].
pub(super) fn most_probable_switches(
    tables: &Tables<'_>,
    observations: &Observations,
    haplotypes: [usize; 2],
    task: &Task,
) -> Result<Vec<bool>> {
    let n_windows = observations.n_windows;
    let mut chain = BestPair(Pair::new(tables, observations, haplotypes));
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
    use super::super::plain;
    use super::super::posterior::posterior;
    use super::super::simulated::even;
    use super::super::simulated::random_observations;
    use super::super::simulated::random_parameters;
    use super::super::simulated::sensible_parameters;
    use super::super::simulated::simulate;
    use super::*;

    /// The likeliest of all paths, each looked at by itself.
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
            let parameters = random_parameters(k, seed);
            let observations = random_observations((2, n_windows, k), soft, 0.1, seed);
            let distance = vec![1.0; n_windows - 1];
            let tables = Tables::new(&parameters, &distance);
            let want = plain::all_paths(&parameters, &observations, Sample::Diploid([0, 1])).best.1;
            let got = most_probable_switches(&tables, &observations, [0, 1], &Task::new()).unwrap();
            assert_eq!(got, want, "seed {seed}");
            n_switches += got.iter().filter(|switch| **switch).count();
        }
        assert!(n_switches > 2);
    }

    /// Somewhere among windows of which nothing is known the phase flips: no single
    /// posterior says where, the path has it all the same.
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
