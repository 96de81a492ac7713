//! Pruning of variants in linkage disequilibrium, in windows along each chromosome.
//!
//! Source: `--indep-pairwise` of PLINK 1.9 (Chang et al. 2015), whose lists of kept
//! variants this repeats; the rules were found by experiment:
//!
//! 1. A pair is in disequilibrium if its squared correlation of dosages, over the
//!    founders called at both, exceeds the threshold.
//! 2. The earlier variant goes if its minor allele frequency is smaller, else the later.
//! 3. A window is passed over until a pass drops nothing. In a pass, each variant is
//!    compared with later ones from the first that it has not been compared with, and stops after
//!    one drop.
//! 4. Windows and steps count variants that were dropped, too; a window in base pairs
//!    reaches from its first variant, dropped or not.
//! 5. A variant that does not vary is dropped on entering, unless it is the first of
//!    its chromosome and alone in its window. Unplaced variants are dropped.
//! 6. A step past the end of a window in base pairs leaves variants out: they stay.

use crate::data::genotypes::genotype::GenotypeSource;
use crate::error::Result;
use crate::qc::inheritance::Inheritance;
use crate::qc::inheritance::Samples;
use crate::qc::ld_row::Coding;
use crate::qc::ld_row::LdRow;
use crate::qc::ld_row::compare;
use crate::qc::sample_mask::SampleMask;
use crate::task::Task;
use rayon::prelude::*;
use std::ops::Range;

/// PLINK's slack in comparisons of computed numbers, 2^-44.
const SLACK: f64 = 1.0 / (1u64 << 44) as f64;

/// How far a window reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// This many variants.
    Variants(usize),
    /// Variants up to this many base pairs after the first.
    BasePairs(i64),
}

/// How to prune.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    pub window: Window,
    /// Variants by which the window moves, at least 1.
    pub step: usize,
    /// Squared correlation above which one of a pair is dropped.
    pub r2: f64,
}

/// Variants of one chromosome: a run of the view, in order of position.
#[derive(Clone, Debug)]
pub struct Chromosome {
    pub variants: Range<usize>,
    pub inheritance: Inheritance,
}

/// Which variants are kept.
///
/// | argument      | shape         | values                                         |
/// |---------------|---------------|------------------------------------------------|
/// | `chromosomes` | n_chromosomes | runs that cover all variants, each once        |
/// | `position_bp` | n_variants    | ascending within a chromosome                  |
/// | `samples`     | n_samples     |                                                |
/// | returned      | n_variants    | true: kept                                     |
///
/// Memory holds the planes of one window per thread. Chromosomes are distributed over
/// the threads; the result does not depend on their number.
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is canceled.
///
/// # Panics
/// If the sizes disagree or the step is 0.
pub fn ld_prune(
    source: &dyn GenotypeSource,
    chromosomes: &[Chromosome],
    position_bp: &[i32],
    samples: &Samples,
    settings: &Settings,
    task: &Task,
) -> Result<Vec<bool>> {
    let n_variants = source.n_variants();
    assert!(settings.step > 0, "a window that never moves");
    assert_eq!(position_bp.len(), n_variants, "one position per variant");
    let covered: usize = chromosomes.iter().map(|chromosome| chromosome.variants.len()).sum();
    assert_eq!(covered, n_variants, "chromosomes cover the variants");
    task.begin("pruning", n_variants as u64)?;
    let loader = Loader::of(samples, source.n_samples());
    let prune = |chromosome: &Chromosome| -> Result<Vec<bool>> {
        let positions = &position_bp[chromosome.variants.clone()];
        prune_chromosome(source, chromosome, positions, &loader, settings, task)
    };
    let parts: Vec<Vec<bool>> =
        chromosomes.par_iter().with_max_len(1).map(prune).collect::<Result<_>>()?;
    let mut kept = vec![false; n_variants];
    for (chromosome, part) in chromosomes.iter().zip(parts) {
        kept[chromosome.variants.clone()].copy_from_slice(&part);
    }
    Ok(kept)
}

fn prune_chromosome(
    source: &dyn GenotypeSource,
    chromosome: &Chromosome,
    positions: &[i32],
    loader: &Loader,
    settings: &Settings,
    task: &Task,
) -> Result<Vec<bool>> {
    let n = positions.len();
    if chromosome.inheritance == Inheritance::Unplaced {
        task.advance(n as u64)?;
        return Ok(vec![false; n]);
    }
    let coding = loader.coding(chromosome.inheritance);
    let mut window = LiveWindow::new(coding, settings.r2 * (1.0 + SLACK));
    let (mut kept, mut scratch) = (vec![false; n], Vec::new());
    let (mut first, mut end) = (0, 0);
    while first < n && end < n {
        // A step past the end of the window leaves out what lies between: it stays.
        kept[end..first.max(end)].fill(true);
        let entering = first.max(end)..window_end(first, positions, settings.window).max(end);
        for variant in entering.clone() {
            let packed = source.packed(chromosome.variants.start + variant, &mut scratch);
            window.enter(variant, |row| loader.load(packed, chromosome.inheritance, row));
        }
        let start = chromosome.variants.start;
        source.release(start + entering.start..start + entering.end);
        window.prune(task)?;
        task.advance((entering.end - end) as u64)?;
        // Rule 5: a first window of one variant has nothing to be compared with.
        kept[0] |= entering == (0..1);
        end = entering.end;
        first += settings.step;
        window.leave(if end < n { first } else { n }, &mut kept);
    }
    kept[end..].fill(true);
    task.advance((n - end) as u64)?;
    Ok(kept)
}

/// One past the last variant of the window that begins at `first`.
fn window_end(first: usize, positions: &[i32], window: Window) -> usize {
    match window {
        Window::Variants(length) => positions.len().min(first.saturating_add(length)),
        Window::BasePairs(reach) => {
            let last = i64::from(positions[first]) + reach;
            first + positions[first..].partition_point(|&position| i64::from(position) <= last)
        }
    }
}

/// Converts packed genotypes to rows, by the rules of each chromosome.
struct Loader<'s> {
    samples: &'s Samples,
    n_samples: usize,
    founders: SampleMask,
    male_founders: SampleMask,
    other_founders: SampleMask,
}

impl Loader<'_> {
    fn of(samples: &Samples, n_samples: usize) -> Loader<'_> {
        assert_eq!(samples.male.len(), n_samples, "one sex per sample");
        assert_eq!(samples.founder.len(), n_samples, "founder or not, per sample");
        Loader {
            samples,
            n_samples,
            founders: SampleMask::of(&samples.founder),
            male_founders: SampleMask::of(&samples.founders_by_sex(true)),
            other_founders: SampleMask::of(&samples.founders_by_sex(false)),
        }
    }

    fn coding(&self, inheritance: Inheritance) -> Coding {
        if inheritance == Inheritance::XLinked { Coding::ByCopies } else { Coding::Centered }
    }

    /// Fills the row; returns the minor allele frequency.
    fn load(&self, packed: &[u8], inheritance: Inheritance, row: &mut LdRow) -> f64 {
        let frequency = match inheritance {
            Inheritance::XLinked => {
                let frequency = self.x_frequency(packed);
                let (founder, male) = (&self.samples.founder, &self.samples.male);
                row.load_x(packed, founder, male, frequency > 0.5);
                frequency
            }
            Inheritance::YLinked => {
                row.load(packed, self.n_samples, &self.male_founders, true);
                centered_frequency(row)
            }
            _ => {
                row.load(packed, self.n_samples, &self.founders, false);
                centered_frequency(row)
            }
        };
        frequency.min(1.0 - frequency)
    }

    fn x_frequency(&self, packed: &[u8]) -> f64 {
        let (males, others) = (self.male_founders.count(packed), self.other_founders.count(packed));
        let n_alleles = males.hom_ref + males.hom_alt + 2 * others.n_called();
        (males.hom_alt + others.het + 2 * others.hom_alt) as f64 / n_alleles.max(1) as f64
    }
}

/// Frequency of the allele that a row in the centered coding counts.
fn centered_frequency(row: &LdRow) -> f64 {
    let moments = row.moments();
    (moments.sum + moments.n) as f64 / (2 * moments.n.max(1)) as f64
}

/// A variant that has not been dropped.
struct Live {
    variant: usize,
    minor_frequency: f64,
    row: LdRow,
    /// Position in the window of the first variant it has not been compared with.
    next: usize,
    dropped: bool,
}

/// The variants of a window that have not been dropped, in order.
struct LiveWindow {
    coding: Coding,
    threshold: f64,
    live: Vec<Live>,
    /// Rows of variants that have left the window, for reuse.
    free_rows: Vec<LdRow>,
    /// How many variants have been compared with each other already.
    n_settled: usize,
}

impl LiveWindow {
    fn new(coding: Coding, threshold: f64) -> LiveWindow {
        LiveWindow { coding, threshold, live: Vec::new(), free_rows: Vec::new(), n_settled: 0 }
    }

    /// Takes a variant in, unless it does not vary.
    fn enter(&mut self, variant: usize, load: impl FnOnce(&mut LdRow) -> f64) {
        let mut row = self.free_rows.pop().unwrap_or_default();
        let minor_frequency = load(&mut row);
        if row.moments().spread() == 0 {
            self.free_rows.push(row);
            return;
        }
        let next = self.live.len() + 1;
        self.live.push(Live { variant, minor_frequency, row, next, dropped: false });
    }

    /// Passes over the window until nothing is dropped.
    fn prune(&mut self, task: &Task) -> Result<()> {
        let n_settled = self.n_settled;
        self.live[..n_settled].iter_mut().for_each(|live| live.next = n_settled);
        while self.pass(task)? {}
        Ok(())
    }

    fn pass(&mut self, task: &Task) -> Result<bool> {
        let mut has_dropped = false;
        for one in 0..self.live.len() {
            if self.live[one].dropped || self.live[one].next == self.live.len() {
                continue;
            }
            let place = first_in_disequilibrium(&self.live, one, self.coding, self.threshold);
            self.live[one].next = self.live.len();
            if let Some(other) = place {
                has_dropped = true;
                let [earlier, later] = [one, other].map(|place| self.live[place].minor_frequency);
                let goes = if earlier < later * (1.0 - SLACK) { one } else { other };
                self.live[goes].dropped = true;
                self.live[one].next = other + 1;
            }
            task.check()?;
        }
        Ok(has_dropped)
    }

    /// Removes dropped variants, and those before `first`, which are kept for good.
    fn leave(&mut self, first: usize, kept: &mut [bool]) {
        let mut stay = Vec::with_capacity(self.live.len());
        for live in self.live.drain(..) {
            if live.dropped {
                self.free_rows.push(live.row);
            } else if live.variant < first {
                kept[live.variant] = true;
                self.free_rows.push(live.row);
            } else {
                stay.push(live);
            }
        }
        self.live = stay;
        self.n_settled = self.live.len();
    }
}

/// Position of the first live variant, from the one that `one` has not been compared with, that is
/// in disequilibrium with it.
fn first_in_disequilibrium(
    live: &[Live],
    one: usize,
    coding: Coding,
    threshold: f64,
) -> Option<usize> {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("popcnt")
    {
        // SAFETY: the processor was just seen to have both.
        return unsafe { first_in_disequilibrium_fast(live, one, coding, threshold) };
    }
    first_in_disequilibrium_body(live, one, coding, threshold)
}

/// [`first_in_disequilibrium_body`] compiled for newer processors.
///
/// # Safety
/// The processor must have AVX2 and POPCNT.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,popcnt")]
unsafe fn first_in_disequilibrium_fast(
    live: &[Live],
    one: usize,
    coding: Coding,
    threshold: f64,
) -> Option<usize> {
    first_in_disequilibrium_body(live, one, coding, threshold)
}

#[inline(always)]
fn first_in_disequilibrium_body(
    live: &[Live],
    one: usize,
    coding: Coding,
    threshold: f64,
) -> Option<usize> {
    // A loop, so that all of it is compiled for the caller's processor.
    let own = &live[one];
    for (place, other) in live.iter().enumerate().skip(own.next) {
        if !other.dropped && compare(&own.row, &other.row, coding).exceeds(threshold) {
            return Some(place);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::genotypes::genotype::PackedGenotypes;

    /// Reference implementation for autosomes: dosages in a table, every correlation from its
    /// definition, the window as a list of all its variants, dropped ones too.
    fn reference_prune(
        dosages: &[Vec<Option<i64>>],
        positions: &[i32],
        settings: &Settings,
    ) -> Vec<bool> {
        let n = dosages.len();
        let called = |v: usize| dosages[v].iter().flatten();
        let varies = |v: usize| called(v).min() != called(v).max();
        let minor = |v: usize| {
            let p = called(v).sum::<i64>() as f64 / (2 * called(v).count().max(1)) as f64;
            p.min(1.0 - p)
        };
        let mut kept = vec![true; n];
        let mut next: Vec<usize> = (1..=n).collect();
        let (mut first, mut last_end) = (0, 0);
        while first < n && last_end < n {
            let end = match settings.window {
                Window::Variants(length) => n.min(first + length),
                Window::BasePairs(reach) => (first..n)
                    .filter(|&v| i64::from(positions[v] - positions[first]) <= reach)
                    .max()
                    .map_or(first, |v| v + 1),
            };
            for (v, kept) in kept.iter_mut().enumerate().take(end).skip(first.max(last_end)) {
                *kept = varies(v) || (first, end) == (0, 1);
            }
            loop {
                let before = kept.clone();
                for i in first..end {
                    while kept[i] && next[i] < end {
                        let j = next[i];
                        next[i] += 1;
                        if !kept[j]
                            || reference_r2(&dosages[i], &dosages[j]) <= settings.r2 * (1.0 + SLACK)
                        {
                            continue;
                        }
                        kept[if minor(i) < minor(j) * (1.0 - SLACK) { i } else { j }] = false;
                        break;
                    }
                }
                if before == kept {
                    break;
                }
            }
            last_end = end;
            first += settings.step;
        }
        kept
    }

    /// 0 where a variant does not vary among the samples that both have.
    fn reference_r2(x: &[Option<i64>], y: &[Option<i64>]) -> f64 {
        let pairs: Vec<[f64; 2]> =
            x.iter().zip(y).filter_map(|(x, y)| Some([(*x)? as f64, (*y)? as f64])).collect();
        let n = pairs.len() as f64;
        let mean = |f: &dyn Fn(&[f64; 2]) -> f64| pairs.iter().map(f).sum::<f64>() / n;
        let (mx, my) = (mean(&|p| p[0]), mean(&|p| p[1]));
        let cov = mean(&|p| (p[0] - mx) * (p[1] - my));
        let spread = mean(&|p| (p[0] - mx).powi(2)) * mean(&|p| (p[1] - my).powi(2));
        if spread > 1e-12 { cov * cov / spread } else { 0.0 }
    }

    fn mixed(a: usize, b: usize) -> usize {
        let x = (a as u64 ^ 0x9e37).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
        let y = (x ^ b as u64).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (y ^ y >> 31) as usize >> 8
    }

    /// Neighbors in disequilibrium, missing genotypes, ties, duplicates, and
    /// variants that do not vary.
    fn simulated(sample: usize, variant: usize, seed: usize) -> Option<u8> {
        if mixed(variant, seed) % 13 == 0 {
            return Some(0);
        }
        let block = variant / 4;
        let source = if mixed(variant * 7 + sample, seed + 1) % 10 < 7 { block } else { variant };
        let called = mixed(sample * 31 + variant, seed + 2) % 20 > variant % 3;
        let frequency = 2 + block % 5;
        let allele =
            |h: usize| u8::from(mixed(source * 977 + sample * 2 + h, seed) % 10 < frequency);
        called.then(|| allele(0) + allele(1))
    }

    fn settings_to_try() -> Vec<Settings> {
        let variants = [(2, 1), (5, 2), (20, 5), (1000, 10)].map(|(w, s)| (Window::Variants(w), s));
        let base_pairs =
            [(0, 1), (300, 1), (900, 4), (100, 7)].map(|(w, s)| (Window::BasePairs(w), s));
        let windows = variants.into_iter().chain(base_pairs);
        windows
            .flat_map(|(window, step)| [0.05, 0.3, 0.8].map(|r2| Settings { window, step, r2 }))
            .collect()
    }

    #[test]
    fn agrees_with_the_reference() {
        let mut n_kept = 0;
        for seed in 0..6 {
            let (n_samples, n_variants) = (17 + 30 * seed, 120);
            let founder: Vec<bool> = (0..n_samples).map(|s| seed % 2 == 0 || s % 6 != 5).collect();
            let source =
                PackedGenotypes::from_copies(n_samples, n_variants, |s, v| simulated(s, v, seed));
            let positions: Vec<i32> = (0..n_variants as i32).map(|v| 60 * v + v % 7 * 8).collect();
            let dosages: Vec<Vec<Option<i64>>> = (0..n_variants)
                .map(|v| {
                    let founders = (0..n_samples).filter(|&s| founder[s]);
                    founders.map(|s| simulated(s, v, seed).map(i64::from)).collect()
                })
                .collect();
            let samples = Samples { male: vec![false; n_samples], founder };
            let chromosomes =
                [Chromosome { variants: 0..n_variants, inheritance: Inheritance::Autosomal }];
            for settings in settings_to_try() {
                let got =
                    ld_prune(&source, &chromosomes, &positions, &samples, &settings, &Task::new())
                        .unwrap();
                assert_eq!(
                    got,
                    reference_prune(&dosages, &positions, &settings),
                    "{seed} {settings:?}"
                );
                n_kept += got.iter().filter(|&&kept| kept).count();
            }
        }
        assert!(n_kept > 1000 && n_kept < 6 * 24 * 100, "the data try nothing: {n_kept}");
    }

    /// Copies 0 0 1 1 2 2 twice, then the same with one sample less common: the second
    /// of the equal pair goes, and of the unequal pair the one with the rarer allele.
    #[test]
    fn ties_drop_the_later_and_the_rarer_goes_before_the_commoner() {
        let table =
            [[0, 0, 1, 1, 2, 2], [0, 0, 1, 1, 2, 2], [0, 0, 0, 1, 1, 2], [0, 0, 0, 1, 2, 2]];
        let prune = |order: &[usize]| {
            let order = order.to_vec();
            let source =
                PackedGenotypes::from_copies(6, order.len(), |s, v| Some(table[order[v]][s]));
            let chromosomes =
                [Chromosome { variants: 0..order.len(), inheritance: Inheritance::Autosomal }];
            let samples = Samples { male: vec![false; 6], founder: vec![true; 6] };
            let settings = Settings { window: Window::Variants(10), step: 1, r2: 0.5 };
            let positions = vec![1; order.len()];
            ld_prune(&source, &chromosomes, &positions, &samples, &settings, &Task::new()).unwrap()
        };
        assert_eq!(prune(&[0, 1]), [true, false]);
        assert_eq!(prune(&[2, 3]), [false, true]);
        assert_eq!(prune(&[3, 2]), [true, false]);
    }

    #[test]
    fn each_chromosome_has_its_rules() {
        let n = 8;
        // The same variant twice on each chromosome; on the last it does not vary.
        let copies = |sample: usize, variant: usize| match variant {
            8 => Some(0),
            _ => Some((sample % 3) as u8),
        };
        let source = PackedGenotypes::from_copies(n, 9, copies);
        let kinds = [
            Inheritance::XLinked,
            Inheritance::YLinked,
            Inheritance::Mitochondrial,
            Inheritance::Unplaced,
        ];
        let mut chromosomes: Vec<Chromosome> = kinds
            .iter()
            .enumerate()
            .map(|(k, &inheritance)| Chromosome { variants: 2 * k..2 * k + 2, inheritance })
            .collect();
        chromosomes.push(Chromosome { variants: 8..9, inheritance: Inheritance::Autosomal });
        let settings = Settings { window: Window::Variants(10), step: 1, r2: 0.5 };
        let with = |male: bool| {
            let samples = Samples { male: vec![male; n], founder: vec![true; n] };
            ld_prune(&source, &chromosomes, &[5; 9], &samples, &settings, &Task::new()).unwrap()
        };
        assert_eq!(with(true), [true, false, true, false, true, false, false, false, true]);
        // Y without males does not vary.
        assert_eq!(with(false), [true, false, false, false, true, false, false, false, true]);
    }

    /// Females 0, 1, 2 and males 0, 1: with the minor allele counted r2 is as PLINK's.
    #[test]
    fn the_minor_allele_is_counted_on_x() {
        let loader_samples =
            Samples { male: vec![true, false, true, false], founder: vec![true; 4] };
        let loader = Loader::of(&loader_samples, 4);
        let dosages = |copies: [u8; 4]| {
            let source = PackedGenotypes::from_copies(4, 1, |s, _| Some(copies[s]));
            let (mut row, mut scratch) = (LdRow::new(), Vec::new());
            let minor = loader.load(source.packed(0, &mut scratch), Inheritance::XLinked, &mut row);
            (minor, row.moments().sum)
        };
        // 5 of 6 copies: the other allele is counted, once in a female.
        assert_eq!(dosages([2, 2, 2, 1]), (1.0 - 5.0 / 6.0, 1));
        // 3 of 6, exactly half: the counted allele stays.
        assert_eq!(dosages([2, 1, 0, 1]).1, 3);
    }

    #[test]
    fn the_number_of_threads_changes_nothing() {
        let source = PackedGenotypes::from_copies(50, 300, |s, v| simulated(s, v, 3));
        let chromosomes: Vec<Chromosome> = (0..6)
            .map(|c| Chromosome {
                variants: 50 * c..50 * c + 50,
                inheritance: Inheritance::Autosomal,
            })
            .collect();
        let samples = Samples { male: vec![false; 50], founder: vec![true; 50] };
        let settings = Settings { window: Window::Variants(20), step: 5, r2: 0.2 };
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let prune =
                || ld_prune(&source, &chromosomes, &[1; 300], &samples, &settings, &Task::new());
            pool.install(|| prune().unwrap())
        };
        assert_eq!(with(1), with(4));
    }

    #[test]
    fn a_canceled_task_stops() {
        let source = PackedGenotypes::from_copies(5, 10, |s, v| simulated(s, v, 0));
        let chromosomes = [Chromosome { variants: 0..10, inheritance: Inheritance::Autosomal }];
        let samples = Samples { male: vec![false; 5], founder: vec![true; 5] };
        let settings = Settings { window: Window::Variants(5), step: 1, r2: 0.2 };
        let task = Task::new();
        task.cancel();
        let got = ld_prune(&source, &chromosomes, &[1; 10], &samples, &settings, &task);
        assert!(matches!(got, Err(crate::error::Error::Interrupted)));
    }
}
