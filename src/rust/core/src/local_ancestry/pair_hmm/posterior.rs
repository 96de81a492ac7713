//! Forward-backward: posteriors of populations and switches of one sample.
//!
//! States are scaled in every window, so that chains of any length neither underflow
//! nor overflow.

use super::chain::Chain;
use super::chain::Margins;
use super::chromosome::Sample;
use super::counts::Counts;
use super::mix::sum;
use super::observations::Observations;
use super::pair::Pair;
use super::pair::PairLabels;
use super::single::Single;
use super::tables::Tables;
use super::trellis::Trellis;
use crate::error::Result;
use crate::linalg::dot::dot;
use crate::task::Task;

/// Windows between two tests of whether to stop.
const CHECK_EVERY: usize = 512;

/// The result of forward-backward for one sample.
///
/// | field              | shape                        | values                        |
/// |--------------------|------------------------------|-------------------------------|
/// | `log_likelihood`   |                              | ln P(x)                       |
/// | `ancestry`         | n_haplotypes x n_windows x K | P(y \| x), rows sum to 1      |
/// | `switch`           | n_windows - 1                | P(s_t = 1 \| x), t from 1     |
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Posterior {
    pub log_likelihood: f64,
    pub ancestry: Vec<f64>,
    pub switch: Vec<f64>,
}

/// # Errors
/// [`crate::error::Error::ImpossibleLabels`] if the parameters exclude the labels;
/// [`crate::error::Error::Interrupted`].
pub(super) fn posterior(
    tables: &Tables<'_>,
    observations: &Observations,
    sample: Sample,
    task: &Task,
) -> Result<Posterior> {
    run(tables, observations, sample, None, None, task)
}

/// Adds the expected counts of a sample to `counts`; returns its log-likelihood.
///
/// # Errors
/// As [`posterior`].
pub(super) fn count(
    tables: &Tables<'_>,
    observations: &Observations,
    sample: Sample,
    counts: &mut Counts,
    task: &Task,
) -> Result<f64> {
    count_labeled(tables, observations, sample, None, counts, task)
}

/// [`count`] of a sample that is counted several times. `labels`: of its haplotypes, if it has two.
///
/// # Errors
/// As [`posterior`].
pub(super) fn count_labeled(
    tables: &Tables<'_>,
    observations: &Observations,
    sample: Sample,
    labels: Option<&PairLabels>,
    counts: &mut Counts,
    task: &Task,
) -> Result<f64> {
    Ok(run(tables, observations, sample, labels, Some(counts), task)?.log_likelihood)
}

/// ln P(x) of a sample.
///
/// # Errors
/// As [`posterior`].
pub(super) fn log_likelihood(
    tables: &Tables<'_>,
    observations: &Observations,
    sample: Sample,
    task: &Task,
) -> Result<f64> {
    match sample {
        Sample::Diploid(pair) => {
            forward_only(&mut Pair::new(tables, observations, pair, None), task)
        }
        Sample::Haploid(haplotype) => {
            forward_only(&mut Single::new(tables, observations, haplotype), task)
        }
    }
}

fn forward_only(chain: &mut impl Chain, task: &Task) -> Result<f64> {
    let (mut from, mut to) = (vec![0.0; chain.size()], vec![0.0; chain.size()]);
    let mut log_likelihood = 0.0;
    for window in 0..chain.n_windows() {
        if window % CHECK_EVERY == 0 {
            task.check()?;
        }
        let sum = chain.advance(window, &from, &mut to)?;
        let scale = 1.0 / sum;
        to.iter_mut().for_each(|value| *value *= scale);
        log_likelihood += sum.ln();
        std::mem::swap(&mut from, &mut to);
    }
    Ok(log_likelihood)
}

fn run(
    tables: &Tables<'_>,
    observations: &Observations,
    sample: Sample,
    labels: Option<&PairLabels>,
    counts: Option<&mut Counts>,
    task: &Task,
) -> Result<Posterior> {
    match sample {
        Sample::Diploid(pair) => {
            let mut chain = Pair::new(tables, observations, pair, labels);
            let margins = Margins { first: vec![0.0; tables.k], second: vec![0.0; tables.k] };
            forward_backward(&mut chain, margins, counts, task)
        }
        Sample::Haploid(haplotype) => {
            let mut chain = Single::new(tables, observations, haplotype);
            let margins = Margins { first: vec![0.0; tables.k], second: vec![] };
            forward_backward(&mut chain, margins, counts, task)
        }
    }
}

fn forward_backward(
    chain: &mut impl Chain,
    mut margins: Margins,
    mut counts: Option<&mut Counts>,
    task: &Task,
) -> Result<Posterior> {
    let (n_windows, size, k) = (chain.n_windows(), chain.size(), margins.first.len());
    let mut trellis = Trellis::new(size, n_windows);
    let log_likelihood = trellis.fill(chain, task)?;
    let n_haplotypes = if margins.second.is_empty() { 1 } else { 2 };
    let mut ancestry = vec![0.0; n_haplotypes * n_windows * k];
    let mut switch = vec![0.0; n_windows - 1];
    let (mut after, mut before) = (vec![0.0; size], vec![0.0; size]);
    chain.end(&mut after);
    for window in (0..n_windows).rev() {
        if window % CHECK_EVERY == 0 {
            task.check()?;
        }
        let forward = trellis.state(window, chain)?;
        chain.margins(forward, &after, &mut margins);
        for (haplotype, margin) in [&margins.first, &margins.second].into_iter().enumerate() {
            if !margin.is_empty() {
                let at = (haplotype * n_windows + window) * k;
                ancestry[at..at + k].copy_from_slice(margin);
            }
        }
        if window > 0 {
            let from = trellis.state(window - 1, chain)?;
            switch[window - 1] = chain.backward(window, from, &after, &mut before);
            if let Some(counts) = &mut counts {
                let total = dot(from, &before);
                chain.count(window, from, &after, total, counts);
                counts.switches[window - 1] += switch[window - 1];
            }
            let scale = 1.0 / sum(&before);
            before.iter_mut().for_each(|value| *value *= scale);
            std::mem::swap(&mut after, &mut before);
        }
    }
    if let Some(counts) = counts {
        chain.count_first(&margins, counts);
        counts.n_haplotypes += n_haplotypes as f64;
        counts.n_pairs += (n_haplotypes - 1) as f64;
    }
    Ok(Posterior { log_likelihood, ancestry, switch })
}

#[cfg(test)]
mod tests {
    use super::super::chromosome::Chromosome;
    use super::super::observations::MISSING;
    use super::super::parameters::Parameters;
    use super::super::parameters::odd_probability;
    use super::super::parameters::rate;
    use super::super::reference;
    use super::super::simulated::even;
    use super::super::simulated::random_observations;
    use super::super::simulated::random_parameters;
    use super::super::simulated::sensible_parameters;
    use super::super::simulated::simulate;
    use super::*;
    use crate::error::Error;

    fn run(parameters: &Parameters, observations: &Observations, sample: Sample) -> Posterior {
        let distance = vec![1.0; observations.n_windows - 1];
        let tables = Tables::new(parameters, &distance);
        posterior(&tables, observations, sample, &Task::new()).unwrap()
    }

    #[track_caller]
    fn assert_close(got: &[f64], want: &[f64], slack: f64) {
        assert_eq!(got.len(), want.len());
        for (at, (got, want)) in got.iter().zip(want).enumerate() {
            assert!((got - want).abs() <= slack, "entry {at}: {got} is not {want}");
        }
    }

    /// Two windows, two populations, one haplotype, labels 0 then 1; theta = .2,
    /// eps = .5, mu = (.6, .4), mu[x | 0] = (.9, .1), mu[x | 1] = (.3, .7).
    ///
    /// Start: .6 x .9 = .54 and .4 x .3 = .12. Ways to (y', y), with T x E:
    /// (0, 0) .54 x .92 x .5 x .1 = .02484     (0, 1) .54 x .08 x .7 = .03024
    /// (1, 0) .12 x .12 x .1 = .00144          (1, 1) .12 x .88 x .5 x .7 = .03696
    /// In all .09348.
    #[test]
    fn agrees_with_a_haplotype_worked_by_hand() {
        let parameters = Parameters {
            ancestry: vec![0.6, 0.4],
            label: vec![0.9, 0.1, 0.3, 0.7],
            reset: vec![0.5; 4],
            recombination_rate: rate(0.2),
            switch_rate: -(1.0_f64 - 2.0 * 0.3).ln() / 2.0,
        };
        let observations = Observations::hard(vec![0, 1], 2, 2).unwrap();
        let got = run(&parameters, &observations, Sample::Haploid(0));
        assert_close(&[got.log_likelihood], &[0.09348_f64.ln()], 1e-12);
        let want = [0.05508, 0.0384, 0.02628, 0.0672].map(|p| p / 0.09348);
        assert_close(&got.ancestry, &want, 1e-12);
        assert_eq!(got.switch, [0.0]);
    }

    /// Every path of populations and switches, by itself.
    #[test]
    fn agrees_with_the_sum_over_all_paths() {
        for (k, n_windows, soft, missing, seed) in [
            (1, 3, false, 0.0, 1),
            (2, 1, false, 0.0, 2),
            (2, 2, false, 0.0, 3),
            (2, 4, false, 0.0, 4),
            (3, 3, false, 0.0, 5),
            (3, 4, false, 0.3, 6),
            (2, 4, true, 0.0, 7),
            (3, 3, true, 0.3, 8),
        ] {
            let parameters = random_parameters(k, seed);
            let observations = random_observations((2, n_windows, k), soft, missing, seed + 50);
            for sample in [Sample::Diploid([1, 0]), Sample::Haploid(1)] {
                let want = reference::all_paths(&parameters, &observations, sample);
                let got = run(&parameters, &observations, sample);
                assert_close(&[got.log_likelihood], &[want.log_likelihood], 1e-12);
                assert_close(&got.ancestry, &want.ancestry, 1e-12);
                assert_close(&got.switch, &want.switch, 1e-12);
            }
        }
    }

    /// The counts of EM against those of every path and every branch.
    #[test]
    fn expected_counts_agree_with_the_sum_over_all_paths() {
        for (k, n_windows, soft, missing, seed) in [
            (2, 1, false, 0.0, 1),
            (2, 4, false, 0.0, 2),
            (3, 4, false, 0.3, 3),
            (2, 4, true, 0.0, 4),
            (3, 3, true, 0.3, 5),
        ] {
            let parameters = random_parameters(k, seed);
            let observations = random_observations((2, n_windows, k), soft, missing, seed + 70);
            let distance = vec![1.0; n_windows - 1];
            let tables = Tables::new(&parameters, &distance);
            for sample in [Sample::Diploid([0, 1]), Sample::Haploid(0)] {
                let want = reference::all_paths(&parameters, &observations, sample).counts;
                let mut got = Counts::new(k, n_windows - 1);
                count(&tables, &observations, sample, &mut got, &Task::new()).unwrap();
                for (got, want) in [
                    (&got.ancestry, &want.ancestry),
                    (&got.labels, &want.labels),
                    (&got.resets, &want.resets),
                    (&got.keeps, &want.keeps),
                    (&got.recombinations, &want.recombinations),
                    (&got.switches, &want.switches),
                ] {
                    assert_close(got, want, 1e-12);
                }
                let n_haplotypes = sample.n_haplotypes() as f64;
                assert_eq!((got.n_haplotypes, got.n_pairs), (n_haplotypes, n_haplotypes - 1.0));
                // What labels say may be known before, of other proportions and rates.
                if let Sample::Diploid(pair) = sample {
                    let elsewhere = Parameters {
                        ancestry: vec![1.0 / k as f64; k],
                        recombination_rate: 0.3,
                        ..parameters.clone()
                    };
                    let before = Tables::new(&elsewhere, &distance);
                    let labels = PairLabels::new(&before, &observations, pair);
                    let (mut known, task) = (Counts::new(k, n_windows - 1), Task::new());
                    let labels = Some(&labels);
                    count_labeled(&tables, &observations, sample, labels, &mut known, &task)
                        .unwrap();
                    assert_eq!(known, got);
                }
            }
        }
    }

    /// The same recursion with whole matrices, K^4 a step.
    #[test]
    fn agrees_with_whole_matrices_for_every_number_of_populations() {
        for k in 2..=25 {
            let seed = k as u64;
            let n_windows = if k < 10 { 9 } else { 3 };
            let observations = random_observations((2, n_windows, k), k % 2 == 0, 0.1, seed);
            for parameters in [random_parameters(k, seed), sensible_parameters(k, 0.8, 0.4)] {
                let want = reference::whole_matrices(&parameters, &observations, [0, 1]);
                let got = run(&parameters, &observations, Sample::Diploid([0, 1]));
                assert_close(&[got.log_likelihood], &[want.0], 1e-10);
                assert_close(&got.ancestry, &want.1, 1e-11);
                assert_close(&got.switch, &want.2, 1e-11);
            }
        }
    }

    #[test]
    fn probabilities_of_0_and_1_are_labels() {
        let parameters = random_parameters(3, 9);
        let labels = [0, 2, 2, MISSING, 1, 1, 0, 2, 1, 1];
        let one_hot: Vec<f64> = labels
            .iter()
            .flat_map(|label| (0..3).map(move |x| f64::from(u8::from(x == *label))))
            .collect();
        let hard = Observations::hard(labels.to_vec(), 5, 3).unwrap();
        let soft = Observations::soft(one_hot, 5, 3, 0.4).unwrap();
        for sample in [Sample::Diploid([0, 1]), Sample::Haploid(0)] {
            let (hard, soft) = (run(&parameters, &hard, sample), run(&parameters, &soft, sample));
            assert_close(&hard.ancestry, &soft.ancestry, 1e-13);
            assert_close(&hard.switch, &soft.switch, 1e-13);
        }
    }

    /// Renaming the populations permutes the results.
    #[test]
    fn the_order_of_populations_does_not_matter() {
        let (k, order) = (4, [2, 0, 3, 1]);
        let parameters = random_parameters(k, 3);
        let square = |rows: &[f64]| {
            (0..k * k).map(|at| rows[order[at / k] * k + order[at % k]]).collect::<Vec<f64>>()
        };
        let renamed = Parameters {
            ancestry: order.map(|y| parameters.ancestry[y]).to_vec(),
            label: square(&parameters.label),
            reset: square(&parameters.reset),
            ..parameters
        };
        let labels: Vec<u16> = (0..40).map(|at| (at * at % 7 % 4) as u16).collect();
        let new_name =
            |old: &u16| order.iter().position(|y| *y == usize::from(*old)).unwrap() as u16;
        let renamed_labels = labels.iter().map(new_name).collect();
        let sample = Sample::Diploid([0, 1]);
        let got = run(&parameters, &Observations::hard(labels, 20, k).unwrap(), sample);
        let other = run(&renamed, &Observations::hard(renamed_labels, 20, k).unwrap(), sample);
        assert_close(&[other.log_likelihood], &[got.log_likelihood], 1e-11);
        assert_close(&other.switch, &got.switch, 1e-12);
        for (got, other) in got.ancestry.chunks(k).zip(other.ancestry.chunks(k)) {
            assert_close(other, &order.map(|y| got[y]), 1e-12);
        }
    }

    #[test]
    fn the_order_of_haplotypes_does_not_matter() {
        let parameters = random_parameters(3, 4);
        let observations = random_observations((2, 30, 3), true, 0.2, 5);
        let got = run(&parameters, &observations, Sample::Diploid([0, 1]));
        let other = run(&parameters, &observations, Sample::Diploid([1, 0]));
        let (first, second) = other.ancestry.split_at(90);
        assert_close(&[second, first].concat(), &got.ancestry, 1e-12);
        assert_close(&other.switch, &got.switch, 1e-12);
    }

    #[test]
    fn without_switches_haplotypes_are_on_their_own() {
        let parameters = Parameters { switch_rate: 0.0, ..random_parameters(3, 6) };
        let observations = random_observations((2, 25, 3), false, 0.1, 7);
        let pair = run(&parameters, &observations, Sample::Diploid([0, 1]));
        let alone = [0, 1].map(|h| run(&parameters, &observations, Sample::Haploid(h)));
        let sum = alone[0].log_likelihood + alone[1].log_likelihood;
        assert_close(&[pair.log_likelihood], &[sum], 1e-11);
        let alone = alone.map(|posterior| posterior.ancestry).concat();
        assert_close(&pair.ancestry, &alone, 1e-12);
        assert_eq!(pair.switch, vec![0.0; 24]);
    }

    /// Nothing known: the ancestry proportions, and the prior of a switch.
    #[test]
    fn missing_windows_leave_the_prior() {
        let parameters = random_parameters(3, 8);
        let observations = Observations::hard(vec![MISSING; 12], 6, 3).unwrap();
        let got = run(&parameters, &observations, Sample::Diploid([0, 1]));
        assert_close(&[got.log_likelihood], &[0.0], 1e-12);
        for row in got.ancestry.chunks(3) {
            assert_close(row, &parameters.ancestry, 1e-12);
        }
        let sigma = odd_probability(parameters.switch_rate, 1.0);
        assert_close(&got.switch, &[sigma; 5], 1e-12);
    }

    /// Splitting a step by a missing window changes nothing for a chain without
    /// switches whose labels are always redrawn.
    #[test]
    fn distances_add_up() {
        let parameters =
            Parameters { switch_rate: 0.0, reset: vec![1.0; 9], ..random_parameters(3, 2) };
        let at = |labels: Vec<u16>, positions: &[f64]| {
            let observations = Observations::hard(labels, positions.len(), 3).unwrap();
            let sample = vec![Sample::Haploid(0)];
            let chromosome = Chromosome::new(observations, Some(positions), sample).unwrap();
            let tables = Tables::new(&parameters, chromosome.distance());
            posterior(&tables, chromosome.observations(), Sample::Haploid(0), &Task::new()).unwrap()
        };
        let whole = at(vec![0, 2, 1], &[0.0, 1.5, 1.7]);
        let split = at(vec![0, MISSING, 2, 1], &[0.0, 0.4, 1.5, 1.7]);
        assert_close(&[split.log_likelihood], &[whole.log_likelihood], 1e-12);
        assert_close(&split.ancestry[6..], &whole.ancestry[3..], 1e-12);
    }

    /// 100,000 windows: finite, and far from an end as if the chain were short.
    #[test]
    fn long_chains_neither_underflow_nor_drift() {
        let (k, n_windows) = (3, 100_000);
        let parameters = sensible_parameters(k, 0.9, 0.5);
        let long = simulate(&parameters, 1, &even(n_windows), 1).chromosome;
        let tables = Tables::new(&parameters, long.distance());
        let sample = Sample::Diploid([0, 1]);
        let got = posterior(&tables, long.observations(), sample, &Task::new()).unwrap();
        assert!(got.log_likelihood.is_finite() && got.log_likelihood < -10_000.0);
        assert!(got.ancestry.chunks(k).all(|row| (row.iter().sum::<f64>() - 1.0).abs() < 1e-12));
        assert!(got.switch.iter().all(|p| (0.0..=1.0).contains(p)));
        let only = log_likelihood(&tables, long.observations(), sample, &Task::new()).unwrap();
        assert!((only / got.log_likelihood - 1.0).abs() < 1e-12);
        let part = |haplotype: usize| (40_000..44_000).map(move |window| (haplotype, window));
        let code = |(haplotype, window)| match long.observations().window(haplotype, window) {
            super::super::observations::Window::Label(label) => label as u16,
            other => panic!("{other:?}"),
        };
        let labels = part(0).chain(part(1)).map(code).collect();
        let short = run(&parameters, &Observations::hard(labels, 4000, k).unwrap(), sample);
        assert_close(&short.ancestry[6000..6300], &got.ancestry[126_000..126_300], 1e-9);
    }

    /// Probabilities of exactly 0 and 1 are allowed as long as something is possible.
    #[test]
    fn what_the_parameters_exclude_is_refused() {
        let parameters = Parameters {
            label: vec![1.0, 0.0, 0.0, 1.0],
            reset: vec![0.0; 4],
            recombination_rate: 0.0,
            switch_rate: 0.5,
            ..sensible_parameters(2, 0.9, 0.5)
        };
        let labels = vec![0, 0, 1, 1, 1, 1, 0, 0];
        let observations = Observations::hard(labels, 4, 2).unwrap();
        let got = run(&parameters, &observations, Sample::Diploid([0, 1]));
        assert_eq!(got.switch, [0.0, 1.0, 0.0]);
        assert_eq!(got.ancestry[..8], [1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0]);
        let tables = Tables::new(&parameters, &[1.0; 3]);
        let refused = posterior(&tables, &observations, Sample::Haploid(1), &Task::new());
        assert!(matches!(refused, Err(Error::ImpossibleLabels { haplotype: 1, window: 2 })));
    }

    #[test]
    fn stops_when_canceled() {
        let parameters = random_parameters(2, 1);
        let observations = random_observations((2, 3, 2), false, 0.0, 1);
        let tables = Tables::new(&parameters, &[1.0; 2]);
        let task = Task::new();
        task.cancel();
        for sample in [Sample::Diploid([0, 1]), Sample::Haploid(0)] {
            let got = posterior(&tables, &observations, sample, &task);
            assert!(matches!(got, Err(Error::Interrupted)));
            let got = log_likelihood(&tables, &observations, sample, &task);
            assert!(matches!(got, Err(Error::Interrupted)));
        }
    }
}
