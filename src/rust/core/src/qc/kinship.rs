//! Kinship of every pair of samples, robust to population structure.
//!
//! Source: Manichaikul et al. 2010 (KING-robust, equation 11), with the smaller of
//! the two numbers of heterozygotes in the denominator, as plink2 has it:
//! `phi = (2 HetHet - 4 IBS0 - Het1 - Het2 + 2 min(Het1, Het2)) / (4 min(Het1, Het2))`,
//! counted over the variants called in both.

use crate::data::genotype::GenotypeSource;
use crate::error::Error;
use crate::error::Result;
use crate::qc::bit_count::LANE_WORDS;
use crate::qc::bit_count::Lane;
use crate::qc::bit_count::count_bits;
use crate::qc::bit_transpose::transpose;
use crate::qc::sample_mask::PER_WORD;
use crate::qc::sample_mask::copy_words;
use crate::task::Task;
use rayon::prelude::*;
use std::ops::Range;

/// Bytes of planes that are compared at a time.
const PLANE_BYTES: usize = 1 << 25;

/// Most variants of such a chunk: the planes of two samples then fit the first-level cache.
const MAX_CHUNK: usize = 1 << 13;

/// Bytes of counts that are kept at a time: more pairs take more passes over the file.
const COUNT_BYTES: usize = 1 << 28;

/// Samples whose pairs are one thread's piece of work.
const TILE: usize = 16;

/// Two samples, the first before the second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    pub first: u32,
    pub second: u32,
    /// At most 0.5; `NaN` where one of the two has no heterozygous genotype.
    pub kinship: f64,
    /// Variants called in both.
    pub n_variants: u32,
}

/// Which pairs are wanted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Pairs with a smaller kinship are left out, and so are pairs without one if
    /// this is a number above negative infinity.
    pub min_kinship: f64,
    /// Refuse to return more pairs than this.
    pub max_pairs: usize,
}

/// Kinship of the pairs that reach `min_kinship`, ordered by first, then second sample.
///
/// `variants` picks the variants of the source to be counted: autosomal ones.
///
/// Memory: planes of a chunk of variants (32 MB, or more if 256 variants of all samples need
/// it), 256 MB of counts, and the pairs that are returned.
///
/// # Errors
/// [`Error::TooManyPairs`]; [`Error::Interrupted`] if the task is cancelled.
///
/// # Panics
/// If a variant is not in the source.
pub fn kinship(
    source: &dyn GenotypeSource,
    variants: &[u32],
    settings: &Settings,
    task: &Task,
) -> Result<Vec<Pair>> {
    let passes = passes(source.n_samples());
    task.begin("comparing samples", (passes.len() * variants.len()) as u64)?;
    let mut pairs = Vec::new();
    for samples in passes {
        let counts = count_pass(source, variants, samples.clone(), task)?;
        for (first, rows) in samples.clone().step_by(TILE).zip(counts) {
            let mut rows = rows.into_iter();
            for second in first..samples.end.min(first + TILE) {
                let wanted = (0..second).zip(rows.by_ref().take(second));
                pairs.extend(wanted.filter_map(|(first, counts)| {
                    let pair = counts.pair(first as u32, second as u32);
                    let all = settings.min_kinship == f64::NEG_INFINITY;
                    (all || pair.kinship >= settings.min_kinship).then_some(pair)
                }));
                if pairs.len() > settings.max_pairs {
                    return Err(Error::TooManyPairs { max: settings.max_pairs });
                }
            }
        }
    }
    pairs.sort_unstable_by_key(|pair| (pair.first, pair.second));
    Ok(pairs)
}

/// Runs of samples whose pairs with all samples before them fit [`COUNT_BYTES`].
fn passes(n_samples: usize) -> Vec<Range<usize>> {
    let most = COUNT_BYTES / size_of::<Counts>();
    let (mut passes, mut first) = (Vec::new(), 0);
    while first < n_samples {
        let (mut end, mut n_pairs) = (first, 0);
        while end < n_samples && (n_pairs + end <= most || end == first) {
            n_pairs += end;
            end += 1;
        }
        passes.push(first..end);
        first = end;
    }
    passes
}

/// What is counted of one pair.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Counts {
    het_het: u32,
    opposite_homs: u32,
    het_hom: u32,
    hom_het: u32,
    hom_hom: u32,
}

impl Counts {
    fn pair(&self, first: u32, second: u32) -> Pair {
        let one = i64::from(self.het_het) + i64::from(self.het_hom);
        let other = i64::from(self.het_het) + i64::from(self.hom_het);
        let fewer = one.min(other);
        let shared = 2 * i64::from(self.het_het) - 4 * i64::from(self.opposite_homs);
        let above = shared - one - other + 2 * fewer;
        let kinship = if fewer == 0 { f64::NAN } else { above as f64 / (4 * fewer) as f64 };
        let n_variants = self.het_het + self.het_hom + self.hom_het + self.hom_hom;
        Pair { first, second, kinship, n_variants }
    }

    #[inline(always)]
    fn add(&mut self, one: &SamplePlanes<'_>, other: &SamplePlanes<'_>) {
        let n = one.het.len();
        let het_het = both(one.het, other.het);
        self.het_het += het_het;
        self.opposite_homs += count_bits(n, |k| {
            std::array::from_fn(|w| {
                one.hom[k][w] & other.hom[k][w] & (one.alt[k][w] ^ other.alt[k][w])
            })
        }) as u32;
        if one.complete && other.complete {
            let (het_hom, hom_het) = (one.n_het - het_het, other.n_het - het_het);
            self.het_hom += het_hom;
            self.hom_het += hom_het;
            self.hom_hom += one.n_called - het_het - het_hom - hom_het;
        } else {
            self.het_hom += both(one.het, other.hom);
            self.hom_het += both(one.hom, other.het);
            self.hom_hom += both(one.hom, other.hom);
        }
    }
}

#[inline(always)]
fn both(one: &[Lane], other: &[Lane]) -> u32 {
    count_bits(one.len(), |k| std::array::from_fn(|w| one[k][w] & other[k][w])) as u32
}

/// Counts of the pairs of `samples` with all before them, one vector per tile.
fn count_pass(
    source: &dyn GenotypeSource,
    variants: &[u32],
    samples: Range<usize>,
    task: &Task,
) -> Result<Vec<Vec<Counts>>> {
    let tiles: Vec<Range<usize>> =
        samples.clone().step_by(TILE).map(|s| s..samples.end.min(s + TILE)).collect();
    let n_pairs = |tile: &Range<usize>| tile.clone().sum::<usize>();
    let mut counts: Vec<Vec<Counts>> =
        tiles.iter().map(|tile| vec![Counts::default(); n_pairs(tile)]).collect();
    let mut planes = Planes::default();
    for chunk in variants.chunks(chunk_length(samples.end)) {
        planes.load(source, chunk, samples.end);
        task.check()?;
        tiles.par_iter().zip(&mut counts).try_for_each(|(tile, counts)| {
            planes.compare(tile.clone(), counts);
            task.check()
        })?;
        task.advance(chunk.len() as u64)?;
    }
    Ok(counts)
}

/// Variants of a chunk: whole lanes, so that [`PLANE_BYTES`] are kept if they can be.
fn chunk_length(n_samples: usize) -> usize {
    let lane = 64 * LANE_WORDS;
    (PLANE_BYTES / (3 * n_samples.max(1)) * 8 / lane * lane).clamp(lane, MAX_CHUNK)
}

/// Genotypes of a chunk of variants, sample after sample.
#[derive(Default)]
struct Planes {
    n_lanes: usize,
    /// Per sample: `het`, `hom`, `alt` (no reference allele or missing), lane by lane.
    lanes: Vec<Lane>,
    /// Per sample: heterozygous and called variants.
    n_het: Vec<u32>,
    n_called: Vec<u32>,
    n_variants: u32,
    /// Packed codes, 32 samples a word, variant after variant.
    packed: Vec<u64>,
}

/// One sample of [`Planes`].
struct SamplePlanes<'p> {
    het: &'p [Lane],
    hom: &'p [Lane],
    alt: &'p [Lane],
    n_het: u32,
    n_called: u32,
    complete: bool,
}

/// Codes of a variant that nobody is called at.
const NOBODY: u64 = 0x5555_5555_5555_5555;

impl Planes {
    /// Reads the chosen variants of the first `n_samples` samples.
    fn load(&mut self, source: &dyn GenotypeSource, variants: &[u32], n_samples: usize) {
        let n_words = n_samples.div_ceil(PER_WORD);
        self.n_lanes = variants.len().div_ceil(64 * LANE_WORDS);
        self.n_variants = variants.len() as u32;
        let n_padded = self.n_lanes * LANE_WORDS * 64;
        self.packed.clear();
        self.packed.resize(n_words * n_padded, NOBODY);
        let rows = self.packed.par_chunks_mut(n_words).zip(variants);
        rows.with_min_len(64).for_each_init(Vec::new, |scratch, (row, &variant)| {
            let packed = source.packed(variant as usize, scratch);
            copy_words(&packed[..packed.len().min(8 * n_words)], row);
        });
        release(source, variants);
        self.lanes.resize(n_words * PER_WORD * 3 * self.n_lanes, [0; LANE_WORDS]);
        let (n_lanes, codes) = (self.n_lanes, &self.packed);
        let groups = self.lanes.par_chunks_mut(PER_WORD * 3 * n_lanes).enumerate();
        groups.for_each(|(group, lanes)| fill(lanes, codes, group, n_words, n_lanes));
        self.count(n_samples);
    }

    fn count(&mut self, n_samples: usize) {
        let counts = |sample: usize| {
            let [het, hom, _] = self.planes(sample);
            let count = |plane: &[Lane]| -> u32 {
                plane.iter().flatten().map(|word| word.count_ones()).sum()
            };
            (count(het), count(het) + count(hom))
        };
        (self.n_het, self.n_called) = (0..n_samples).map(counts).unzip();
    }

    fn planes(&self, sample: usize) -> [&[Lane]; 3] {
        let first = sample * 3 * self.n_lanes;
        [0, 1, 2].map(|plane| &self.lanes[first + plane * self.n_lanes..][..self.n_lanes])
    }

    fn sample(&self, sample: usize) -> SamplePlanes<'_> {
        let [het, hom, alt] = self.planes(sample);
        let n_called = self.n_called[sample];
        let complete = n_called == self.n_variants;
        SamplePlanes { het, hom, alt, n_het: self.n_het[sample], n_called, complete }
    }

    /// Adds the counts of the pairs of `tile` with all samples before them.
    fn compare(&self, tile: Range<usize>, counts: &mut [Counts]) {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2")
            && std::arch::is_x86_feature_detected!("popcnt")
        {
            // SAFETY: the processor was just seen to have both.
            return unsafe { self.compare_fast(tile, counts) };
        }
        self.compare_body(tile, counts);
    }

    /// [`Planes::compare_body`] compiled for newer processors.
    ///
    /// # Safety
    /// The processor must have AVX2 and POPCNT.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,popcnt")]
    unsafe fn compare_fast(&self, tile: Range<usize>, counts: &mut [Counts]) {
        self.compare_body(tile, counts);
    }

    #[inline(always)]
    fn compare_body(&self, tile: Range<usize>, counts: &mut [Counts]) {
        // The planes of a sample before the tile are read once for the whole tile.
        for first in 0..tile.end {
            let one = self.sample(first);
            let mut row = 0;
            for second in tile.clone() {
                if first < second {
                    counts[row + first].add(&one, &self.sample(second));
                }
                row += second;
            }
        }
    }
}

/// Planes of 32 samples from the codes of all variants.
#[inline(always)]
fn fill(lanes: &mut [Lane], codes: &[u64], group: usize, n_words: usize, n_lanes: usize) {
    let n_squares = n_lanes * LANE_WORDS;
    let mut square = [0; 64];
    for place in 0..n_squares {
        for (offset, word) in square.iter_mut().enumerate() {
            *word = codes[(64 * place + offset) * n_words + group];
        }
        transpose(&mut square);
        let (lane, word) = (place / LANE_WORDS, place % LANE_WORDS);
        for (sample, planes) in lanes.chunks_exact_mut(3 * n_lanes).enumerate() {
            let (low, high) = (square[2 * sample], square[2 * sample + 1]);
            planes[lane][word] = high & !low;
            planes[n_lanes + lane][word] = !(high ^ low);
            planes[2 * n_lanes + lane][word] = !high;
        }
    }
}

/// Gives back the memory of variants that were read.
fn release(source: &dyn GenotypeSource, variants: &[u32]) {
    if let (Some(&first), Some(&last)) = (variants.iter().min(), variants.iter().max()) {
        source.release(first as usize..last as usize + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::genotype::PackedGenotypes;

    const ALL: Settings = Settings { min_kinship: f64::NEG_INFINITY, max_pairs: usize::MAX };

    /// Plain twin: one pair, one variant at a time.
    fn plain_pair(
        copies: &impl Fn(usize, usize) -> Option<u8>,
        [first, second]: [usize; 2],
        variants: &[u32],
    ) -> Pair {
        let (mut n, mut het_het, mut ibs0, mut het_one, mut het_other) = (0, 0, 0, 0, 0);
        for &variant in variants {
            let (Some(one), Some(other)) =
                (copies(first, variant as usize), copies(second, variant as usize))
            else {
                continue;
            };
            n += 1;
            het_het += i32::from(one == 1 && other == 1);
            ibs0 += i32::from(one.abs_diff(other) == 2);
            het_one += i32::from(one == 1);
            het_other += i32::from(other == 1);
        }
        let fewer = het_one.min(het_other);
        let above = 2 * het_het - 4 * ibs0 - het_one - het_other + 2 * fewer;
        let kinship = f64::from(above) / f64::from(4 * fewer);
        let kinship = if fewer == 0 { f64::NAN } else { kinship };
        Pair { first: first as u32, second: second as u32, kinship, n_variants: n }
    }

    fn copies(missing: usize) -> impl Fn(usize, usize) -> Option<u8> {
        move |sample, variant| {
            let mixed = (sample * 7919 + variant * 104_729 + sample * variant * 31) % 1009;
            (mixed % 25 >= missing * (sample % 2)).then_some((mixed / 10 % 3) as u8)
        }
    }

    fn same(got: &Pair, want: &Pair) -> bool {
        let kinship =
            got.kinship == want.kinship || (got.kinship.is_nan() && want.kinship.is_nan());
        kinship
            && (got.first, got.second, got.n_variants) == (want.first, want.second, want.n_variants)
    }

    #[test]
    fn agrees_with_the_plain_twin() {
        for (n_samples, n_variants, missing) in
            [(2, 1, 0), (3, 63, 1), (33, 300, 2), (40, 257, 0), (18, 9000, 1)]
        {
            let source = PackedGenotypes::from_copies(n_samples, n_variants, copies(missing));
            let variants: Vec<u32> = (0..n_variants as u32).filter(|v| v % 9 != 4).collect();
            let got = kinship(&source, &variants, &ALL, &Task::new()).unwrap();
            let mut places = got.iter();
            for first in 0..n_samples {
                for second in first + 1..n_samples {
                    let want = plain_pair(&copies(missing), [first, second], &variants);
                    let got = places.next().unwrap();
                    assert!(same(got, &want), "{got:?} {want:?}");
                }
            }
            assert!(places.next().is_none());
        }
    }

    /// Two heterozygous together, once opposite homozygotes, and one more heterozygote
    /// in the second: (2 * 2 - 4 - 2 - 3 + 4) / 8 = -1/8.
    #[test]
    fn agrees_with_a_hand_worked_pair() {
        let table = [[1, 1, 0, 0, 2], [1, 1, 2, 1, 2]];
        let source = PackedGenotypes::from_copies(2, 5, |s, v| Some(table[s][v]));
        let got = kinship(&source, &[0, 1, 2, 3, 4], &ALL, &Task::new()).unwrap();
        assert_eq!(got, [Pair { first: 0, second: 1, kinship: -0.125, n_variants: 5 }]);
    }

    #[test]
    fn twins_have_one_half_and_the_cut_off_is_inclusive() {
        let source = PackedGenotypes::from_copies(6, 200, |s, v| copies(0)(s / 2 * 2, v));
        let variants: Vec<u32> = (0..200).collect();
        let cut = Settings { min_kinship: 0.5, ..ALL };
        let got = kinship(&source, &variants, &cut, &Task::new()).unwrap();
        let pairs: Vec<_> = got.iter().map(|p| (p.first, p.second, p.kinship)).collect();
        assert_eq!(pairs, [(0, 1, 0.5), (2, 3, 0.5), (4, 5, 0.5)]);
        let few = Settings { max_pairs: 2, ..cut };
        let error = kinship(&source, &variants, &few, &Task::new()).unwrap_err();
        assert!(matches!(error, Error::TooManyPairs { max: 2 }));
    }

    #[test]
    fn the_number_of_threads_changes_nothing() {
        let source = PackedGenotypes::from_copies(70, 700, copies(2));
        let variants: Vec<u32> = (0..700).collect();
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| kinship(&source, &variants, &ALL, &Task::new()).unwrap())
        };
        assert_eq!(with(1), with(3));
    }

    #[test]
    fn passes_cover_all_samples_within_the_memory() {
        for n_samples in [0, 1, 2, 1043, 10_000, 200_000] {
            let passes = passes(n_samples);
            let ends: Vec<usize> = passes.iter().map(|pass| pass.end).collect();
            let starts: Vec<usize> = passes.iter().map(|pass| pass.start).collect();
            assert_eq!(ends.last().copied().unwrap_or(0), n_samples);
            assert!(starts.iter().skip(1).eq(ends.iter().take(ends.len().saturating_sub(1))));
            let bytes = |pass: &Range<usize>| pass.clone().sum::<usize>() * size_of::<Counts>();
            assert!(passes.iter().all(|pass| bytes(pass) <= COUNT_BYTES));
            assert!((256..=MAX_CHUNK).contains(&chunk_length(n_samples)));
        }
    }
}
