//! How like the haplotypes of each population a haplotype is.
//!
//! In a window: the mean kernel with the five nearest haplotypes of a population, less what members
//! of that population have with the others (their own sample left out), in standard deviations of
//! theirs. Members have 0 on average. A haplotype of a population that the panel lacks is unlike all,
//! the more windows are looked at, the more surely.
//!
//! Equal haplotypes of a population count once. Ours.

use crate::local_ancestry::windows::entries::Entries;
use crate::local_ancestry::windows::training_kernels::WindowKernels;
use serde::Deserialize;
use serde::Serialize;

/// Haplotypes that are looked at.
const NEAREST: usize = 5;

/// Steps of a standard deviation in which likeness is kept, in one byte.
const STEPS: f32 = 16.0;

/// Standard deviations of kernels, which lie in 0 to 1, are at least this.
const LEAST_SPREAD: f32 = 1e-3;

/// Likeness of which nothing is known.
pub const UNKNOWN: i8 = i8::MIN;

/// What members of each population have.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Likeness {
    /// n_populations: of the mean kernel of members; empty where it was not learned.
    pub mean: Vec<f32>,
    /// n_populations, above 0.
    pub spread: Vec<f32>,
}

impl Likeness {
    /// From the haplotypes of the panel, and how like their own population they are: n_haplotypes.
    /// `population`: of each sample.
    pub fn of_panel(
        kernels: &WindowKernels,
        entries: &Entries,
        population: &[u16],
        n_populations: usize,
    ) -> (Likeness, Vec<i8>) {
        let weight = entries.weights(None);
        let mut own = vec![f32::NAN; entries.kind_of.len()];
        let columns = kernels.columns(&entries.kind);
        let groups = groups(&entries.population);
        for (haplotype, kind) in entries.kind_of.iter().enumerate() {
            let Some(kind) = *kind else { continue };
            let code = population[haplotype / 2];
            let row = kernels.row(kind as usize);
            let of_sample = [2 * (haplotype / 2), 2 * (haplotype / 2) + 1];
            let Some(&(_, first, end)) = groups.iter().find(|group| group.0 == code) else {
                continue;
            };
            let values = (first..end).filter_map(|entry| {
                let mine = |&other: &usize| entries.kind_of[other] == Some(entries.kind[entry]);
                let left =
                    weight[entry] - of_sample.iter().filter(|&other| mine(other)).count() as f64;
                columns[entry].filter(|_| left > 0.0).map(|column| row[column])
            });
            own[haplotype] = nearest(values);
        }
        let mut likeness =
            Likeness { mean: vec![0.0; n_populations], spread: vec![1.0; n_populations] };
        let each = || own.iter().zip(population.iter().flat_map(|&code| [usize::from(code); 2]));
        for code in 0..n_populations {
            let mine = each().filter(|(value, other)| *other == code && !value.is_nan());
            let known: Vec<f32> = mine.map(|(value, _)| *value).collect();
            let n = known.len().max(1) as f32;
            let mean = known.iter().sum::<f32>() / n;
            let variance = known.iter().map(|value| (value - mean).powi(2)).sum::<f32>() / n;
            likeness.mean[code] = mean;
            likeness.spread[code] = variance.sqrt().max(LEAST_SPREAD);
        }
        let standardized =
            each().map(|(&value, code)| likeness.standardized(value, code)).collect();
        (likeness, standardized)
    }

    /// Of a new haplotype with each population. `kernels`: with each entry, whose populations rise.
    pub fn of(&self, population: &[u16], mut kernels: impl Iterator<Item = f32>, out: &mut [i8]) {
        out.fill(UNKNOWN);
        for (code, first, end) in groups(population) {
            let value = nearest(kernels.by_ref().take(end - first));
            out[usize::from(code)] = self.standardized(value, usize::from(code));
        }
    }

    fn standardized(&self, value: f32, population: usize) -> i8 {
        if value.is_nan() {
            return UNKNOWN;
        }
        let z = (value - self.mean[population]) / self.spread[population];
        (z * STEPS).round().clamp(-127.0, 127.0) as i8
    }

    /// Whether it was read whole.
    pub fn fits(&self, n_populations: usize) -> bool {
        let sound = |value: &f32| value.is_finite();
        self.mean.len() == self.spread.len()
            && (self.mean.is_empty() || self.mean.len() == n_populations)
            && self.mean.iter().all(sound)
            && self.spread.iter().all(|value| sound(value) && *value > 0.0)
    }
}

/// Likeness in standard deviations; `None` where nothing is known.
pub fn deviations(likeness: i8) -> Option<f64> {
    (likeness != UNKNOWN).then(|| f64::from(likeness) / f64::from(STEPS))
}

/// The mean of the largest values; not a number if there is none.
fn nearest(values: impl Iterator<Item = f32>) -> f32 {
    let mut largest = [f32::NEG_INFINITY; NEAREST];
    let mut n = 0;
    for value in values {
        n += 1;
        if value > largest[NEAREST - 1] {
            let mut at = NEAREST - 1;
            while at > 0 && largest[at - 1] < value {
                largest[at] = largest[at - 1];
                at -= 1;
            }
            largest[at] = value;
        }
    }
    let kept = &largest[..n.min(NEAREST)];
    if kept.is_empty() { f32::NAN } else { kept.iter().sum::<f32>() / kept.len() as f32 }
}

/// Runs of equal populations: code, first entry, end.
fn groups(population: &[u16]) -> Vec<(u16, usize, usize)> {
    let mut first = 0;
    let of_run = |run: &[u16]| {
        let group = (run[0], first, first + run.len());
        first += run.len();
        group
    };
    population.chunk_by(|one, next| one == next).map(of_run).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local_ancestry::windows::kernel::Kernel;
    use crate::local_ancestry::windows::kernel::kernel_matrix;
    use crate::local_ancestry::windows::settings::Multiclass;
    use crate::local_ancestry::windows::settings::Settings;
    use crate::local_ancestry::windows::simulated::random_rows;

    /// Reference implementation: each haplotype with all kinds that other samples of its population
    /// have, and moments of all.
    #[test]
    fn agrees_with_every_member_by_itself() {
        let population: Vec<u16> = (0..30).map(|sample| (sample % 3) as u16).collect();
        let rows = random_rows(60, 20, 0, 4);
        let folds: Vec<usize> = (0..30).map(|sample| sample % 2).collect();
        let entries = Entries::new(&rows, &population, &folds, 2);
        let settings = Settings { multiclass: Multiclass::Joint, ..Settings::paper() };
        let kernels = WindowKernels::new(&entries, &settings);
        let (likeness, own) = Likeness::of_panel(&kernels, &entries, &population, 3);
        let matrix = kernel_matrix(Kernel::String, &rows);
        let plain = |haplotype: usize| -> f32 {
            let others = (0..60).filter(|other| {
                other / 2 != haplotype / 2 && population[other / 2] == population[haplotype / 2]
            });
            let mut kinds: Vec<(Vec<u64>, f32)> = Vec::new();
            for other in others {
                let alleles = rows.alleles(other).to_vec();
                if kinds.iter().all(|(known, _)| *known != alleles) {
                    kinds.push((alleles, matrix.values(haplotype)[other]));
                }
            }
            kinds.sort_by(|one, other| other.1.total_cmp(&one.1));
            kinds.iter().take(5).map(|(_, value)| value).sum::<f32>() / 5.0
        };
        for code in 0..3_usize {
            let members = (0..60).filter(|haplotype| haplotype / 2 % 3 == code);
            let values: Vec<f32> = members.clone().map(plain).collect();
            let mean = values.iter().sum::<f32>() / 20.0;
            let spread =
                (values.iter().map(|value| (value - mean).powi(2)).sum::<f32>() / 20.0).sqrt();
            assert!((likeness.mean[code] - mean).abs() < 1e-4);
            assert!((likeness.spread[code] - spread).abs() < 1e-4);
            for (haplotype, value) in members.zip(values) {
                let want = (value - mean) / spread * STEPS;
                assert!((f32::from(own[haplotype]) - want).abs() < 1.0);
            }
        }
        assert!(likeness.fits(3) && !likeness.fits(2));
    }

    #[test]
    fn the_nearest_are_the_largest() {
        assert!(nearest([].into_iter()).is_nan());
        assert_eq!(nearest([0.5, 0.25].into_iter()), 0.375);
        let values = [0.1, 0.9, 0.5, 0.7, 0.3, 0.8, 0.2];
        assert!((nearest(values.into_iter()) - (0.9 + 0.8 + 0.7 + 0.5 + 0.3) / 5.0).abs() < 1e-6);
    }

    #[test]
    fn new_haplotypes_are_compared_with_each_population() {
        let likeness = Likeness { mean: vec![0.5, 0.0, 0.25], spread: vec![0.25, 1.0, 0.125] };
        let mut out = [0; 3];
        likeness.of(&[0, 0, 2], [0.25, 0.75, 0.5].into_iter(), &mut out);
        assert_eq!(out, [0, UNKNOWN, 32]);
        assert_eq!(deviations(out[2]), Some(2.0));
        assert_eq!(deviations(UNKNOWN), None);
        likeness.of(&[2], [1e9].into_iter(), &mut out);
        assert_eq!(out, [UNKNOWN, UNKNOWN, 127]);
    }
}
