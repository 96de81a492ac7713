//! Between which windows the phase switches, and which populations change places there.
//!
//! Posteriors are those of the haplotypes as given: where a switch is called, the most probable
//! populations of the two haplotypes before and after it say what it joins. Where they do not
//! change, they are exchanged.

use crate::local_ancestry::copying::switch_position::SwitchStep;
use std::ops::Range;

/// Called switches as [`crate::local_ancestry::copying::switch_position::place_switches`] takes them,
/// by sample and window. Each lies in one of the two windows that it is between.
///
/// | argument        | shape                      | values                                            |
/// |-----------------|----------------------------|---------------------------------------------------|
/// | `posterior`     | n_populations x n_rows     | a row for each sample, haplotype and window       |
/// | `switched`      | n_samples x n_windows - 1  | called; of samples with one haplotype none counts |
/// | `samples`       | n_samples                  | number of the sample, whether it has two haplotypes |
/// | `n_variants`    | n_windows                  |                                                   |
///
/// # Panics
/// If shapes do not match.
pub fn switch_steps(
    posterior: &[f64],
    switched: &[bool],
    samples: &[(usize, bool)],
    n_variants: &[usize],
) -> Vec<SwitchStep> {
    let n_windows = n_variants.len();
    let n_steps = n_windows - 1;
    assert_eq!(switched.len(), samples.len() * n_steps, "every step of every sample");
    let haplotypes: usize =
        samples.iter().map(|&(_, is_diploid)| 1 + usize::from(is_diploid)).sum();
    let n_rows = haplotypes * n_windows;
    assert!(n_rows > 0 || posterior.is_empty(), "posteriors of the samples");
    let windows = ranges(n_variants);
    let mut steps = Vec::new();
    let mut row = 0;
    for (at, &(sample, is_diploid)) in samples.iter().enumerate() {
        let switched = &switched[at * n_steps..][..n_steps];
        for earlier in (0..n_steps).filter(|&step| is_diploid && switched[step]) {
            let best = |window: usize| {
                [0, 1].map(|h| most_probable(posterior, n_rows, row + h * n_windows + window))
            };
            let (before, after) = (best(earlier), best(earlier + 1));
            let after = if before == after { [before[1], before[0]] } else { after };
            let variants = windows[earlier].start..windows[earlier + 1].end;
            steps.push(SwitchStep { sample, before, after, variants });
        }
        row += (1 + usize::from(is_diploid)) * n_windows;
    }
    steps
}

fn ranges(n_variants: &[usize]) -> Vec<Range<usize>> {
    let mut end = 0;
    let range = |n: &usize| {
        end += n;
        end - n..end
    };
    n_variants.iter().map(range).collect()
}

/// The first of the most probable populations.
fn most_probable(posterior: &[f64], n_rows: usize, row: usize) -> usize {
    let column: Vec<f64> = posterior[row..].iter().step_by(n_rows).copied().collect();
    (1..column.len()).fold(0, |best, next| if column[next] > column[best] { next } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::random::generator;
    use rand_chacha::rand_core::RngCore;

    /// Sample 4 has one haplotype, sample 2 two of three windows: their most probable populations
    /// are 0 1 1 and 2 0 0. The first switch exchanges 0 and 2 for 1 and 0, the second finds 1 and 0
    /// on both sides.
    #[test]
    fn steps_worked_by_hand() {
        let best = [[1, 1, 1], [0, 1, 1], [2, 0, 0]].concat();
        let of = |population: usize| {
            best.iter().map(move |&best| if best == population { 0.6 } else { 0.2 })
        };
        let posterior: Vec<f64> = (0..3).flat_map(of).collect();
        let switched = [true, true, true, true];
        let got = switch_steps(&posterior, &switched, &[(4, false), (2, true)], &[5, 4, 6]);
        let step = |before, after, variants| SwitchStep { sample: 2, before, after, variants };
        assert_eq!(got, [step([0, 2], [1, 0], 0..9), step([1, 0], [0, 1], 5..15)]);
        assert!(switch_steps(&posterior[..9], &[true; 2], &[(4, false)], &[5, 4, 6]).is_empty());
        assert!(switch_steps(&[], &[], &[], &[5, 4, 6]).is_empty());
    }

    /// Reference implementation: a table of the most probable populations of all rows first.
    #[test]
    fn agrees_with_a_table_of_all_rows() {
        for seed in 0..30 {
            let mut source = generator(seed, 0);
            let mut below = |n: usize| source.next_u32() as usize % n;
            let (k, n_windows) = (1 + below(4), 2 + below(5));
            let n_variants: Vec<usize> = (0..n_windows).map(|_| 1 + below(9)).collect();
            let samples: Vec<(usize, bool)> = (0..4).map(|at| (at + 3, below(3) > 0)).collect();
            let switched: Vec<bool> = (0..4 * (n_windows - 1)).map(|_| below(2) == 0).collect();
            let owners = samples.iter().flat_map(|&(sample, is_diploid)| {
                vec![sample; n_windows * (1 + usize::from(is_diploid))]
            });
            let owners: Vec<usize> = owners.collect();
            let n_rows = owners.len();
            // Few values: ties are many.
            let posterior: Vec<f64> = (0..k * n_rows).map(|_| below(3) as f64).collect();
            let table: Vec<usize> = (0..n_rows)
                .map(|row| {
                    let values: Vec<f64> = (0..k).map(|p| posterior[p * n_rows + row]).collect();
                    let most = values.iter().copied().fold(0.0, f64::max);
                    values.iter().position(|&value| value == most).unwrap()
                })
                .collect();
            let mut want = Vec::new();
            for (at, &(sample, is_diploid)) in samples.iter().enumerate() {
                let first = owners.iter().position(|&owner| owner == sample).unwrap();
                for window in 1..n_windows {
                    if !(is_diploid && switched[at * (n_windows - 1) + window - 1]) {
                        continue;
                    }
                    let of = |h: usize, window: usize| table[first + h * n_windows + window];
                    let before = [of(0, window - 1), of(1, window - 1)];
                    let mut after = [of(0, window), of(1, window)];
                    if after == before {
                        after.swap(0, 1);
                    }
                    let start = n_variants[..window - 1].iter().sum();
                    let end = n_variants[..=window].iter().sum();
                    want.push(SwitchStep { sample, before, after, variants: start..end });
                }
            }
            assert_eq!(switch_steps(&posterior, &switched, &samples, &n_variants), want);
        }
    }
}
