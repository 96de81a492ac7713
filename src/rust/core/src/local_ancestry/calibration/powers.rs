//! The power that posteriors are raised to before curves are fitted.
//!
//! Of several powers the one is taken under which the truth of windows is likeliest
//! ([`crate::local_ancestry::calibration::recalibration::log_likelihood`]). Windows come in batches,
//! whose sums are added up.

use crate::error::Result;
use crate::local_ancestry::calibration::recalibration::Curve;
use crate::local_ancestry::calibration::recalibration::Tally;
use crate::local_ancestry::calibration::recalibration::log_likelihood;
use crate::local_ancestry::calibration::recalibration::temper;
use crate::task::Task;
use rayon::prelude::*;

/// Windows whose posteriors were raised to one power.
#[derive(Clone, Debug, PartialEq)]
pub struct Tempered {
    pub tally: Tally,
    /// Log-likelihood of the truth.
    pub likelihood: f64,
}

/// What posteriors become.
#[derive(Clone, Debug, PartialEq)]
pub struct Recalibration {
    /// Position of the power.
    pub best: usize,
    pub curves: Vec<Curve>,
    /// The windows that the curves were fitted to.
    pub windows: Tempered,
}

impl Tempered {
    /// Of these windows and those of `other` together.
    fn plus(mut self, other: &Tempered) -> Tempered {
        self.tally.merge(&other.tally);
        self.likelihood += other.likelihood;
        self
    }
}

/// Adds a batch of windows, for each power, to those `before`.
///
/// | argument    | shape                   | values                                           |
/// |-------------|-------------------------|--------------------------------------------------|
/// | `posterior` | n_populations x n_rows  | each window's sum to 1                           |
/// | `truth`     | the same                | proportion of the variants that are of the population |
/// | `powers`    | n_powers                | above 0                                          |
/// | `empty`     |                         | a tally of nothing, which says the bins          |
/// | `before`    | n_powers, or none       |                                                  |
/// | returned    | n_powers                |                                                  |
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is canceled.
///
/// # Panics
/// If shapes do not match, or a power is not above 0.
pub fn tally_powers(
    (posterior, truth): (&[f64], &[f64]),
    powers: &[f64],
    empty: &Tally,
    before: &[Tempered],
    task: &Task,
) -> Result<Vec<Tempered>> {
    assert!(before.is_empty() || before.len() == powers.len(), "one tally per power");
    task.begin("recalibration", powers.len() as u64)?;
    let of_power = |(at, &power): (usize, &f64)| {
        let mut tempered = posterior.to_vec();
        temper(&mut tempered, empty.n_populations(), power);
        let mut tally = empty.clone();
        tally.add(&tempered, truth, 1.0);
        let own = Tempered { tally, likelihood: log_likelihood(&tempered, truth) };
        task.advance(1)?;
        Ok(before.get(at).map_or_else(|| own.clone(), |before| before.clone().plus(&own)))
    };
    powers.par_iter().enumerate().map(of_power).collect()
}

/// Curves under the power that is likeliest in all `parts` together; of equals the first.
///
/// | argument  | shape              | values                          |
/// |-----------|--------------------|---------------------------------|
/// | `parts`   | n_parts x n_powers | with the same bins              |
/// | `penalty` |                    | per squared step of a curve     |
///
/// # Panics
/// If there is no part or no power, or parts have different numbers of powers.
pub fn fit(parts: &[Vec<Tempered>], penalty: f64) -> Recalibration {
    let n_powers = parts[0].len();
    assert!(parts.iter().all(|part| part.len() == n_powers), "every part has all powers");
    let of_power = |power: usize| {
        let first = parts[0][power].clone();
        parts[1..].iter().fold(first, |sum, part| sum.plus(&part[power]))
    };
    let mut all: Vec<Tempered> = (0..n_powers).map(of_power).collect();
    let mut best = 0;
    for power in 1..n_powers {
        if all[power].likelihood > all[best].likelihood {
            best = power;
        }
    }
    let windows = all.swap_remove(best);
    Recalibration { best, curves: windows.tally.fit(penalty), windows }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::random::generator;
    use rand_chacha::rand_core::RngCore;

    const EDGES: [f64; 2] = [0.3, 0.7];

    fn tallied(batch: (&[f64], &[f64]), powers: &[f64], before: &[Tempered]) -> Vec<Tempered> {
        tally_powers(batch, powers, &Tally::new(&EDGES, 2), before, &Task::new()).unwrap()
    }

    /// Posteriors .8 and .2 become 16/17 and 1/17 by their squares. Where the truth is the first
    /// population, the square is likelier; where it is the second, the root (2/3 and 1/3) is.
    #[test]
    fn the_power_worked_by_hand() {
        let posterior = [0.8, 0.2];
        let sure = tallied((&posterior, &[1.0, 0.0]), &[0.5, 1.0, 2.0], &[]);
        assert!((sure[2].likelihood - (16.0_f64 / 17.0).ln()).abs() < 1e-12);
        assert_eq!(sure[1].tally.n, [0.0, 0.0, 1.0, 1.0, 0.0, 0.0]);
        // 2/3 is in the middle bin.
        assert_eq!(sure[0].tally.n, [0.0, 1.0, 0.0, 0.0, 1.0, 0.0]);
        assert_eq!(fit(std::slice::from_ref(&sure), 0.0).best, 2);
        let unsure = tallied((&posterior, &[0.0, 1.0]), &[0.5, 1.0, 2.0], &[]);
        assert_eq!(fit(std::slice::from_ref(&unsure), 0.0).best, 0);
        // Both windows: ln 2/9 = -1.50, ln .16 = -1.83, ln 16/289 = -2.89.
        let both = fit(&[sure, unsure], 0.0);
        assert_eq!(both.best, 0);
        assert!((both.windows.likelihood - (2.0_f64 / 9.0).ln()).abs() < 1e-12);
        assert_eq!(both.windows.tally.n, [0.0, 2.0, 0.0, 0.0, 2.0, 0.0]);
        // Of equals the first.
        let equal = tallied((&[0.5, 0.5], &[0.5, 0.5]), &[0.5, 1.0], &[]);
        assert_eq!(fit(&[equal], 0.0).best, 0);
    }

    /// Reference implementation: all windows at once, one power after the other.
    #[test]
    fn batches_agree_with_all_windows_at_once() {
        let mut source = generator(3, 0);
        let n = 90;
        let first: Vec<f64> =
            (0..n).map(|_| f64::from(source.next_u32()) / f64::from(u32::MAX)).collect();
        let of = |rows: std::ops::Range<usize>, value: &dyn Fn(usize) -> f64| -> Vec<f64> {
            let own = rows.clone().map(value);
            own.chain(rows.map(|row| 1.0 - value(row))).collect()
        };
        let posterior = |row: usize| first[row];
        let truth = |row: usize| f64::from(u8::from(row % 3 == 0));
        let powers = [0.4, 1.0, 1.7];
        let mut got = Vec::new();
        for start in (0..n).step_by(30) {
            let rows = start..start + 30;
            let batch = (of(rows.clone(), &posterior), of(rows, &truth));
            got = tallied((&batch.0, &batch.1), &powers, &got);
        }
        let (posterior, truth) = (of(0..n, &posterior), of(0..n, &truth));
        for (got, power) in got.iter().zip(powers) {
            let mut tempered = posterior.clone();
            temper(&mut tempered, 2, power);
            let mut want = Tally::new(&EDGES, 2);
            want.add(&tempered, &truth, 1.0);
            assert_eq!((&got.tally.n, &got.tally.truth), (&want.n, &want.truth));
            let sums = got.tally.posterior.iter().zip(&want.posterior);
            sums.for_each(|(got, want)| assert!((got - want).abs() < 1e-12));
            assert!((got.likelihood - log_likelihood(&tempered, &truth)).abs() < 1e-10);
        }
        assert_eq!(
            fit(&[got.clone()], 0.1).curves,
            got[fit(&[got.clone()], 0.1).best].tally.fit(0.1)
        );
    }

    #[test]
    fn a_canceled_task_stops_it() {
        let task = Task::new();
        task.cancel();
        let batch = (&[0.5, 0.5][..], &[0.5, 0.5][..]);
        assert!(tally_powers(batch, &[1.0], &Tally::new(&EDGES, 2), &[], &task).is_err());
    }
}
