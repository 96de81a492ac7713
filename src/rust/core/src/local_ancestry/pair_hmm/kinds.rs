//! Several kinds of evidence of the same windows: posteriors are means over them.
//!
//! Ours; the paper has labels alone.

use super::chromosome::Chromosome;
use super::decode::Decoded;
use super::decode::decode;
use super::parameters::Parameters;
use crate::error::Result;
use crate::linalg::dot::add_scaled;
use crate::task::Task;

/// One kind of evidence, and what is believed of it.
pub struct Kind {
    pub chromosome: Chromosome,
    /// n_sets, or one for each sample.
    pub sets: Vec<Parameters>,
    /// n_samples x n_sets, rows sum to 1; `None`: each sample has its own set.
    pub weights: Option<Vec<f64>>,
}

/// As [`decode`], averaged over kinds of evidence of the same samples and windows.
///
/// The last kind says where the phase switches. Of a called switch the posterior is that of this
/// kind; elsewhere it is a mean, at most 1/2: at such steps no ancestry is informative of a switch, and what
/// noise in the evidence puts above 1/2 is none.
///
/// # Errors
/// Those of [`decode`].
///
/// # Panics
/// If there is no kind, or samples or windows differ.
pub fn decode_kinds(kinds: &[Kind], task: &Task) -> Result<Vec<Decoded>> {
    let decoded = kinds.iter().map(|kind| {
        let own = || of_each(kind.sets.len());
        let weights = kind.weights.clone().unwrap_or_else(own);
        decode(&kind.sets, &weights, &kind.chromosome, task)
    });
    Ok(averaged(decoded.collect::<Result<_>>()?))
}

/// n x n: each sample believes in its own set.
fn of_each(n: usize) -> Vec<f64> {
    let mut weights = vec![0.0; n * n];
    weights.iter_mut().step_by(n + 1).for_each(|own| *own = 1.0);
    weights
}

/// n_kinds x n_samples becomes n_samples.
fn averaged(kinds: Vec<Vec<Decoded>>) -> Vec<Decoded> {
    let n = kinds.len() as f64;
    let mut rest = kinds.into_iter();
    let mut mean = rest.next().expect("a kind of evidence");
    let mut last: Vec<Vec<f64>> =
        mean.iter().map(|sample| sample.switch_posterior.clone()).collect();
    for kind in rest {
        assert_eq!(kind.len(), mean.len(), "kinds of evidence of the same samples");
        last.clear();
        for (mean, own) in mean.iter_mut().zip(kind) {
            add_scaled(&mut mean.ancestry, 1.0, &own.ancestry);
            add_scaled(&mut mean.switch_posterior, 1.0, &own.switch_posterior);
            mean.switches = own.switches;
            last.push(own.switch_posterior);
        }
    }
    for (mean, last) in mean.iter_mut().zip(&last) {
        mean.ancestry.iter_mut().for_each(|p| *p /= n);
        for (step, p) in mean.switch_posterior.iter_mut().enumerate() {
            *p = if mean.switches[step] { last[step] } else { (*p / n).min(0.5) };
        }
    }
    mean
}

#[cfg(test)]
mod tests {
    use super::super::chromosome::Sample;
    use super::super::simulated::random_observations;
    use super::super::simulated::random_parameters;
    use super::*;

    /// The second kind calls a switch at the first step, where its posterior is .9; at the second
    /// the mean is .65, at the third .15.
    #[test]
    fn means_worked_by_hand() {
        let decoded = |ancestry: f64, switch_posterior: [f64; 3], switches: [bool; 3]| Decoded {
            ancestry: vec![ancestry, 1.0 - ancestry],
            switch_posterior: switch_posterior.to_vec(),
            switches: switches.to_vec(),
        };
        let hard = decoded(0.5, [0.1, 0.9, 0.1], [false, true, false]);
        let soft = decoded(0.25, [0.9, 0.4, 0.2], [true, false, false]);
        let got = averaged(vec![vec![hard.clone()], vec![soft]]);
        assert_eq!(got[0].ancestry, [0.375, 0.625]);
        assert_eq!(got[0].switches, [true, false, false]);
        assert_eq!(got[0].switch_posterior[..2], [0.9, 0.5]);
        assert!((got[0].switch_posterior[2] - 0.15).abs() < 1e-15);
        // Of one kind all stays, but for posteriors above 1/2 where no switch is called.
        assert_eq!(averaged(vec![vec![hard.clone()]]), vec![hard]);
        let noisy = decoded(0.5, [0.7, 0.9, 0.1], [false, true, false]);
        assert_eq!(averaged(vec![vec![noisy]])[0].switch_posterior, [0.5, 0.9, 0.1]);
    }

    /// Reference implementation: every sample by itself, with its own set, and means of two.
    #[test]
    fn agrees_with_every_sample_by_itself() {
        let samples = [Sample::Diploid([1, 0]), Sample::Haploid(2), Sample::Diploid([3, 4])];
        let of_kind = |seed| {
            let observations = random_observations((5, 12, 3), seed == 1, 0.1, seed);
            let chromosome = Chromosome::new(observations, None, samples.to_vec()).unwrap();
            let sets = (0..3).map(|sample| random_parameters(3, 10 * seed + sample)).collect();
            Kind { chromosome, sets, weights: None }
        };
        let kinds = [of_kind(1), of_kind(2)];
        let got = decode_kinds(&kinds, &Task::new()).unwrap();
        for (at, sample) in samples.iter().enumerate() {
            let alone = |kind: &Kind| {
                let observations = kind.chromosome.observations().clone();
                let chromosome = Chromosome::new(observations, None, vec![*sample]).unwrap();
                decode(&kind.sets[at..=at], &[1.0], &chromosome, &Task::new()).unwrap().remove(0)
            };
            let (hard, soft) = (alone(&kinds[0]), alone(&kinds[1]));
            let pairs = hard.ancestry.iter().zip(&soft.ancestry);
            let want: Vec<f64> = pairs.map(|(one, other)| (one + other) / 2.0).collect();
            assert_eq!(got[at].ancestry, want);
            assert_eq!(got[at].switches, soft.switches);
            for (step, p) in got[at].switch_posterior.iter().enumerate() {
                let mean = (hard.switch_posterior[step] + soft.switch_posterior[step]) / 2.0;
                let called = soft.switches[step];
                assert_eq!(*p, if called { soft.switch_posterior[step] } else { mean.min(0.5) });
            }
        }
    }

    #[test]
    fn weights_are_those_of_decode() {
        let observations = random_observations((4, 9, 2), true, 0.1, 6);
        let samples = vec![Sample::Diploid([0, 1]), Sample::Diploid([2, 3])];
        let chromosome = Chromosome::new(observations, None, samples).unwrap();
        let sets = vec![random_parameters(2, 1), random_parameters(2, 2)];
        let weights = vec![0.25, 0.75, 1.0, 0.0];
        let want = decode(&sets, &weights, &chromosome, &Task::new()).unwrap();
        let kind = Kind { chromosome, sets, weights: Some(weights) };
        let got = decode_kinds(&[kind], &Task::new()).unwrap();
        assert_eq!(got[0].ancestry, want[0].ancestry);
        assert_eq!(got[1].switches, want[1].switches);
        assert_eq!(of_each(2), [1.0, 0.0, 0.0, 1.0]);
        assert!(of_each(0).is_empty());
    }
}
