//! Kinship of every pair of samples, robust to population structure.
//!
//! Source: Manichaikul et al. 2010 (KING-robust, equation 11), with the smaller of
//! the two numbers of heterozygotes in the denominator, as plink2 has it:
//! `phi = (2 HetHet - 4 IBS0 - Het1 - Het2 + 2 min(Het1, Het2)) / (4 min(Het1, Het2))`,
//! counted over the variants called in both.
//!
//! The estimator divides by heterozygotes, of which inbred lines have almost none. A pair
//! with fewer than [`FEWEST_HETS`] of them has identity by state instead, the mean proportion
//! of alleles in common: `1 - (IBS0 + (Het1 + Het2 - 2 HetHet) / 2) / n`.

use crate::data::bit_transpose::transpose;
use crate::data::genotypes::genotype::GenotypeSource;
use crate::error::Error;
use crate::error::Result;
use crate::qc::bit_count::LANE_WORDS;
use crate::qc::bit_count::Lane;
use crate::qc::bit_count::count_bits;
use crate::qc::bit_count::count_bits_of;
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

/// Heterozygotes that both samples of a pair must have for KING's estimate.
const FEWEST_HETS: u32 = 10;

/// Identity by state above which two inbred samples are one line.
const SAME_LINE: f64 = 0.99;

/// Fewer variants than this may agree by chance.
const FEW_VARIANTS: u32 = 20;

/// Kinship of duplicates.
const DUPLICATE: f64 = 0.5;

/// How kinship was estimated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    King,
    /// Identity by state: one of the two has fewer than 10 heterozygous genotypes.
    Ibs,
}

/// Two samples, the first before the second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    pub first: u32,
    pub second: u32,
    /// KING's estimate, at most 0.5; or identity by state, from 0 to 1, `NaN` without a
    /// variant called in both.
    pub kinship: f64,
    /// Variants called in both.
    pub n_variants: u32,
    pub method: Method,
}

impl Pair {
    /// Kinship for comparison with cut-offs: identity by state only detects duplicates, so that
    /// it is 0.5 for them and `NaN` for other pairs.
    pub fn comparable(&self) -> f64 {
        match self.method {
            Method::King => self.kinship,
            Method::Ibs if self.kinship > SAME_LINE => DUPLICATE,
            Method::Ibs => f64::NAN,
        }
    }
}

/// The pairs that are wanted, and statistics of all pairs.
#[derive(Clone, Debug, PartialEq)]
pub struct Kinship {
    pub pairs: Vec<Pair>,
    pub summary: Summary,
}

/// Statistics of all pairs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    pub n_pairs: u64,
    /// Those by identity by state, and those among them without a variant called in both.
    pub n_ibs: u64,
    pub n_unknown: u64,
    /// Duplicates by identity by state over fewer than 20 variants.
    pub n_thin: u64,
    /// The largest kinship by each method; negative infinity without such a pair.
    pub most_king: f64,
    pub most_ibs: f64,
}

impl Summary {
    const NONE: Summary = Summary {
        n_pairs: 0,
        n_ibs: 0,
        n_unknown: 0,
        n_thin: 0,
        most_king: f64::NEG_INFINITY,
        most_ibs: f64::NEG_INFINITY,
    };

    fn add(&mut self, pair: &Pair) {
        self.n_pairs += 1;
        self.n_unknown += u64::from(pair.kinship.is_nan());
        match pair.method {
            Method::King => self.most_king = self.most_king.max(pair.kinship),
            Method::Ibs => {
                self.n_ibs += 1;
                let is_thin = pair.kinship > SAME_LINE && pair.n_variants < FEW_VARIANTS;
                self.n_thin += u64::from(is_thin);
                self.most_ibs = self.most_ibs.max(pair.kinship);
            }
        }
    }
}

/// Which pairs are wanted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Pairs whose [`Pair::comparable`] kinship is smaller or unknown are left out; negative
    /// infinity keeps all.
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
/// [`Error::TooManyPairs`]; [`Error::Interrupted`] if the task is canceled.
///
/// # Panics
/// If a variant is not in the source.
pub fn kinship(
    source: &dyn GenotypeSource,
    variants: &[u32],
    settings: &Settings,
    task: &Task,
) -> Result<Kinship> {
    let passes = passes(source.n_samples());
    task.begin("comparing samples", (passes.len() * variants.len()) as u64)?;
    let (mut pairs, mut summary) = (Vec::new(), Summary::NONE);
    let all = settings.min_kinship == f64::NEG_INFINITY;
    for samples in passes {
        let counts = count_pass(source, variants, samples.clone(), task)?;
        for (first, rows) in samples.clone().step_by(TILE).zip(counts) {
            let mut rows = rows.into_iter();
            for second in first..samples.end.min(first + TILE) {
                let wanted = (0..second).zip(rows.by_ref().take(second));
                pairs.extend(wanted.filter_map(|(first, counts)| {
                    let pair = counts.pair(first as u32, second as u32);
                    summary.add(&pair);
                    (all || pair.comparable() >= settings.min_kinship).then_some(pair)
                }));
                if pairs.len() > settings.max_pairs {
                    return Err(Error::TooManyPairs { max: settings.max_pairs });
                }
            }
        }
    }
    pairs.sort_unstable_by_key(|pair| (pair.first, pair.second));
    Ok(Kinship { pairs, summary })
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
        let n_variants = self.het_het + self.het_hom + self.hom_het + self.hom_hom;
        let fewer = self.het_het + self.het_hom.min(self.hom_het);
        let (kinship, method) = if fewer >= FEWEST_HETS {
            (self.king(), Method::King)
        } else {
            (self.identity_by_state(n_variants), Method::Ibs)
        };
        Pair { first, second, kinship, n_variants, method }
    }

    fn king(&self) -> f64 {
        let one = i64::from(self.het_het) + i64::from(self.het_hom);
        let other = i64::from(self.het_het) + i64::from(self.hom_het);
        let fewer = one.min(other);
        let shared = 2 * i64::from(self.het_het) - 4 * i64::from(self.opposite_homs);
        (shared - one - other + 2 * fewer) as f64 / (4 * fewer) as f64
    }

    /// `NaN` without a variant.
    fn identity_by_state(&self, n_variants: u32) -> f64 {
        let half = f64::from(self.het_hom) + f64::from(self.hom_het);
        1.0 - (f64::from(self.opposite_homs) + half / 2.0) / f64::from(n_variants)
    }

    #[inline(always)]
    fn add(&mut self, one: &SamplePlanes<'_>, other: &SamplePlanes<'_>) {
        if one.complete && other.complete {
            self.add_complete(one, other);
        } else {
            self.add_any(one, other);
        }
    }

    #[inline(always)]
    fn add_any(&mut self, one: &SamplePlanes<'_>, other: &SamplePlanes<'_>) {
        self.het_het += both(one.het, other.het);
        self.opposite_homs += count_bits(one.het.len(), |k| {
            std::array::from_fn(|w| {
                one.hom[k][w] & other.hom[k][w] & (one.alt[k][w] ^ other.alt[k][w])
            })
        }) as u32;
        self.het_hom += both(one.het, other.hom);
        self.hom_het += both(one.hom, other.het);
        self.hom_hom += both(one.hom, other.hom);
    }

    /// [`Counts::add_any`] where no genotype is missing, in one pass over two planes of each:
    /// one heterozygote in a pair is `het ^ het`, and alternate alleles of opposite homozygotes differ.
    #[inline(always)]
    fn add_complete(&mut self, one: &SamplePlanes<'_>, other: &SamplePlanes<'_>) {
        let [one_het, opposite_homs] = count_bits_of(one.het.len(), |k| {
            let (mut one_het, mut opposite_homs) = ([0; LANE_WORDS], [0; LANE_WORDS]);
            for w in 0..LANE_WORDS {
                one_het[w] = one.het[k][w] ^ other.het[k][w];
                opposite_homs[w] = (one.alt[k][w] ^ other.alt[k][w]) & !one_het[w];
            }
            [one_het, opposite_homs]
        });
        let het_het = (one.n_het + other.n_het - one_het as u32) / 2;
        let (het_hom, hom_het) = (one.n_het - het_het, other.n_het - het_het);
        self.het_het += het_het;
        self.opposite_homs += opposite_homs as u32;
        self.het_hom += het_hom;
        self.hom_het += hom_het;
        self.hom_hom += one.n_called - het_het - het_hom - hom_het;
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

/// Codes of a variant that no sample is called at.
const ALL_MISSING: u64 = 0x5555_5555_5555_5555;

impl Planes {
    /// Reads the chosen variants of the first `n_samples` samples.
    fn load(&mut self, source: &dyn GenotypeSource, variants: &[u32], n_samples: usize) {
        let n_words = n_samples.div_ceil(PER_WORD);
        self.n_lanes = variants.len().div_ceil(64 * LANE_WORDS);
        self.n_variants = variants.len() as u32;
        let n_padded = self.n_lanes * LANE_WORDS * 64;
        self.packed.clear();
        self.packed.resize(n_words * n_padded, ALL_MISSING);
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
    use crate::data::genotypes::genotype::PackedGenotypes;

    const ALL: Settings = Settings { min_kinship: f64::NEG_INFINITY, max_pairs: usize::MAX };

    /// Reference implementation: one pair, one variant at a time.
    fn reference_pair(
        copies: &impl Fn(usize, usize) -> Option<u8>,
        [first, second]: [usize; 2],
        variants: &[u32],
    ) -> Pair {
        let (mut n, mut het_het, mut ibs0, mut het_one, mut het_other) = (0, 0, 0, 0, 0);
        let mut alleles_apart = 0;
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
            alleles_apart += i32::from(one.abs_diff(other));
        }
        let fewer = het_one.min(het_other);
        let above = 2 * het_het - 4 * ibs0 - het_one - het_other + 2 * fewer;
        let (kinship, method) = match fewer < 10 {
            true => (1.0 - f64::from(alleles_apart) / f64::from(2 * n), Method::Ibs),
            false => (f64::from(above) / f64::from(4 * fewer), Method::King),
        };
        Pair { first: first as u32, second: second as u32, kinship, n_variants: n as u32, method }
    }

    fn copies(missing: usize) -> impl Fn(usize, usize) -> Option<u8> {
        move |sample, variant| {
            let mixed = (sample * 7919 + variant * 104_729 + sample * variant * 31) % 1009;
            (mixed % 25 >= missing * (sample % 2)).then_some((mixed / 10 % 3) as u8)
        }
    }

    /// Inbred lines, every twelfth variant a heterozygote of every fifth; lines 3 n and 3 n + 1
    /// differ at one variant in 200.
    fn lines(sample: usize, variant: usize) -> Option<u8> {
        let line = if variant % 200 == 7 { sample } else { sample - usize::from(sample % 3 == 1) };
        let het = sample % 5 == 4 && variant % 12 == 0;
        let mixed = (line * 7919 + variant * 104_729 + line * variant * 31) % 1009;
        (variant % 50 != sample % 50).then_some(if het { 1 } else { (mixed % 2 * 2) as u8 })
    }

    fn same(got: &Pair, want: &Pair) -> bool {
        let known = |pair: &Pair| (pair.first, pair.second, pair.n_variants, pair.method);
        let close = (got.kinship - want.kinship).abs() < 1e-12;
        (close || (got.kinship.is_nan() && want.kinship.is_nan())) && known(got) == known(want)
    }

    fn agree(copies: impl Fn(usize, usize) -> Option<u8>, n_samples: usize, n_variants: usize) {
        let source = PackedGenotypes::from_copies(n_samples, n_variants, &copies);
        let variants: Vec<u32> = (0..n_variants as u32).filter(|v| v % 9 != 4).collect();
        let got = kinship(&source, &variants, &ALL, &Task::new()).unwrap();
        let mut places = got.pairs.iter();
        let mut summary = Summary::NONE;
        for first in 0..n_samples {
            for second in first + 1..n_samples {
                let want = reference_pair(&copies, [first, second], &variants);
                let got = places.next().unwrap();
                assert!(same(got, &want), "{got:?} {want:?}");
                summary.add(got);
            }
        }
        assert!(places.next().is_none());
        assert_eq!(got.summary, summary);
    }

    #[test]
    fn agrees_with_the_reference_implementation() {
        for (n_samples, n_variants, missing) in
            [(2, 1, 0), (3, 63, 1), (33, 300, 2), (40, 257, 0), (18, 9000, 1)]
        {
            agree(copies(missing), n_samples, n_variants);
            agree(lines, n_samples, n_variants);
        }
        agree(|s, v| (s % 2 == v % 2).then_some(0), 4, 100);
    }

    /// Two heterozygous together, once opposite homozygotes, and one more heterozygote in the
    /// second, each six times: (2 * 12 - 4 * 6 - 12 - 18 + 2 * 12) / 48 = -1/8.
    #[test]
    fn agrees_with_a_hand_worked_pair() {
        let table = [[1, 1, 0, 0, 2], [1, 1, 2, 1, 2]];
        let source = PackedGenotypes::from_copies(2, 30, |s, v| Some(table[s][v % 5]));
        let variants: Vec<u32> = (0..30).collect();
        let got = kinship(&source, &variants, &ALL, &Task::new()).unwrap();
        let want =
            Pair { first: 0, second: 1, kinship: -0.125, n_variants: 30, method: Method::King };
        assert_eq!(got.pairs, [want]);
    }

    /// Of 20 homozygous genotypes 3 differ, and one is heterozygous in one sample:
    /// 1 - 3.5 / 21 = 5/6. A copy of the first, without the heterozygote, is a duplicate.
    #[test]
    fn inbred_lines_are_compared_by_identity_by_state() {
        let of = |sample: usize, variant: usize| match (sample, variant) {
            (1, 0..3) => 0,
            (1, 3) => 1,
            (_, v) => [2, 0][usize::from(v > 9)],
        };
        let source = PackedGenotypes::from_copies(3, 21, |s, v| Some(of(s, v)));
        let variants: Vec<u32> = (0..21).collect();
        let got = kinship(&source, &variants, &ALL, &Task::new()).unwrap();
        let pair = |first, second, kinship| Pair {
            first,
            second,
            kinship,
            n_variants: 21,
            method: Method::Ibs,
        };
        let sixths = 1.0 - 3.5 / 21.0;
        assert_eq!(got.pairs, [pair(0, 1, sixths), pair(0, 2, 1.0), pair(1, 2, sixths)]);
        assert_eq!((got.summary.n_ibs, got.summary.most_ibs), (3, 1.0));
        let cut = Settings { min_kinship: 0.3, ..ALL };
        let got = kinship(&source, &variants, &cut, &Task::new()).unwrap();
        assert_eq!(got.pairs, [pair(0, 2, 1.0)]);
        assert_eq!(got.summary.n_thin, 0);
        // Nineteen variants may agree by chance.
        let got = kinship(&source, &variants[..19], &cut, &Task::new()).unwrap();
        assert_eq!((got.pairs.len(), got.summary.n_thin), (1, 1));
    }

    #[test]
    fn nine_heterozygotes_are_too_few_and_ten_enough() {
        for (n_hets, method) in [(9, Method::Ibs), (10, Method::King)] {
            let source = PackedGenotypes::from_copies(2, 50, |_, v| Some(u8::from(v < n_hets)));
            let variants: Vec<u32> = (0..50).collect();
            let pair = kinship(&source, &variants, &ALL, &Task::new()).unwrap().pairs[0];
            assert_eq!((pair.method, pair.comparable()), (method, 0.5));
        }
    }

    #[test]
    fn twins_have_one_half_and_the_cut_off_is_inclusive() {
        let source = PackedGenotypes::from_copies(6, 200, |s, v| copies(0)(s / 2 * 2, v));
        let variants: Vec<u32> = (0..200).collect();
        let cut = Settings { min_kinship: 0.5, ..ALL };
        let got = kinship(&source, &variants, &cut, &Task::new()).unwrap();
        let pairs: Vec<_> = got.pairs.iter().map(|p| (p.first, p.second, p.kinship)).collect();
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
