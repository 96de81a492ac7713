//! One variant as bit planes, and the correlation of two.
//!
//! Two codings, both with three planes over the founders:
//!
//! | coding    | dosage x                 | `first`  | `second` | `called` |
//! |-----------|--------------------------|----------|----------|----------|
//! | centered   | -1, 0, 1 (copies less 1) | x is not 0 | x is -1 | has a call |
//! | by copies | 0, 1, 2 (males 0, 1)     | x >= 1   | x = 2    | has a call |
//!
//! A squared correlation does not change when a variant's dosages are shifted, so
//! the centered coding serves every chromosome but X, whose males have dosages 0 and
//! 1 beside the females' 0, 1, 2. Where no genotype is missing the sums of a
//! variant are known in advance and a pair needs two counts of bits.

use crate::data::genotypes::counts::LOW_BITS;
use crate::data::genotypes::genotype::HET;
use crate::data::genotypes::genotype::HOM_ALT;
use crate::data::genotypes::genotype::MISSING;
use crate::data::genotypes::genotype::code;
use crate::qc::bit_count::LANE_WORDS;
use crate::qc::bit_count::Lane;
use crate::qc::bit_count::count_bits;
use crate::qc::sample_mask::PER_WORD;
use crate::qc::sample_mask::SampleMask;

/// Which dosages the planes hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    Centered,
    ByCopies,
}

/// Sums of one variant over some samples: of x and of x squared, and their number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moments {
    pub n: i64,
    pub sum: i64,
    pub sum_of_squares: i64,
}

impl Moments {
    /// n times the sum of squared deviations from the mean.
    pub fn spread(&self) -> i64 {
        self.n * self.sum_of_squares - self.sum * self.sum
    }
}

/// A variant as bit planes: `first`, `second`, `called`, one after the other.
#[derive(Clone, Debug)]
pub struct LdRow {
    planes: Vec<Lane>,
    moments: Moments,
    complete: bool,
}

/// Samples of one lane.
const PER_LANE: usize = 64 * LANE_WORDS;

impl LdRow {
    /// A row without samples; [`LdRow::load`] and [`LdRow::load_x`] fill it.
    pub fn new() -> LdRow {
        LdRow { planes: Vec::new(), moments: Moments::default(), complete: false }
    }

    /// Sums over all called samples.
    pub fn moments(&self) -> Moments {
        self.moments
    }

    /// Reads the genotypes of the chosen samples in the centered coding;
    /// `het_is_missing` leaves heterozygous calls out.
    pub fn load(
        &mut self,
        packed: &[u8],
        n_samples: usize,
        chosen: &SampleMask,
        het_is_missing: bool,
    ) {
        let [first, second, called] = self.clear(n_samples);
        for (half, (bytes, &mask)) in packed.chunks(PER_WORD / 4).zip(chosen.words()).enumerate() {
            let mut word = [0; 8];
            word[..bytes.len()].copy_from_slice(bytes);
            let codes = u64::from_le_bytes(word);
            let (low, high) = (codes & LOW_BITS, codes >> 1 & LOW_BITS);
            let hom = !(low ^ high) & mask;
            let het = if het_is_missing { 0 } else { high & !low & mask };
            let (lane, word, shift) = (half / 8, half / 2 % LANE_WORDS, 32 * (half % 2));
            first[lane][word] |= squeeze(hom) << shift;
            second[lane][word] |= squeeze(hom & low) << shift;
            called[lane][word] |= squeeze(hom | het) << shift;
        }
        self.finish(Coding::Centered, chosen.n_chosen());
    }

    /// Reads the genotypes of the chosen samples on X: males have one copy and their
    /// heterozygous calls are missing; `count_ref` counts the other allele.
    pub fn load_x(&mut self, packed: &[u8], chosen: &[bool], male: &[bool], count_ref: bool) {
        let [first, second, called] = self.clear(chosen.len());
        for sample in (0..chosen.len()).filter(|&sample| chosen[sample]) {
            let code = code(packed, sample);
            if code == MISSING || (code == HET && male[sample]) {
                continue;
            }
            let copies = if code == HET { 1 } else { 2 * u8::from((code == HOM_ALT) != count_ref) };
            let dosage = if male[sample] { copies / 2 } else { copies };
            let (lane, word) = (sample / PER_LANE, sample / 64 % LANE_WORDS);
            first[lane][word] |= u64::from(dosage >= 1) << (sample % 64);
            second[lane][word] |= u64::from(dosage == 2) << (sample % 64);
            called[lane][word] |= 1 << (sample % 64);
        }
        self.finish(Coding::ByCopies, chosen.iter().filter(|&&chosen| chosen).count());
    }

    /// Three empty planes.
    fn clear(&mut self, n_samples: usize) -> [&mut [Lane]; 3] {
        let n_lanes = n_samples.div_ceil(PER_LANE);
        self.planes.clear();
        self.planes.resize(3 * n_lanes, [0; LANE_WORDS]);
        let (first, rest) = self.planes.split_at_mut(n_lanes);
        let (second, called) = rest.split_at_mut(n_lanes);
        [first, second, called]
    }

    fn finish(&mut self, coding: Coding, n_chosen: usize) {
        let count = |plane: &[Lane]| -> i64 {
            plane.iter().flatten().map(|word| i64::from(word.count_ones())).sum()
        };
        let [first, second, called] = self.planes().map(count);
        self.moments = moments(coding, called, first, second);
        self.complete = called == n_chosen as i64;
    }

    #[inline(always)]
    fn planes(&self) -> [&[Lane]; 3] {
        let n_lanes = self.planes.len() / 3;
        let (first, rest) = self.planes.split_at(n_lanes);
        let (second, called) = rest.split_at(n_lanes);
        [first, second, called]
    }
}

impl Default for LdRow {
    fn default() -> LdRow {
        LdRow::new()
    }
}

/// Moments from the number of called samples and of bits in the two planes.
fn moments(coding: Coding, n: i64, first: i64, second: i64) -> Moments {
    match coding {
        Coding::Centered => Moments { n, sum: first - 2 * second, sum_of_squares: first },
        Coding::ByCopies => Moments { n, sum: first + second, sum_of_squares: first + 3 * second },
    }
}

/// The even bits of a word, moved together into its lower half.
fn squeeze(word: u64) -> u64 {
    let mut word = word & LOW_BITS;
    word = (word | word >> 1) & 0x3333_3333_3333_3333;
    word = (word | word >> 2) & 0x0f0f_0f0f_0f0f_0f0f;
    word = (word | word >> 4) & 0x00ff_00ff_00ff_00ff;
    word = (word | word >> 8) & 0x0000_ffff_0000_ffff;
    (word | word >> 16) & 0xffff_ffff
}

/// Over the samples called at both variants: n times the sum of products of
/// deviations, and the spread of each variant.
///
/// The squared correlation is `covariance^2 / (spread_one spread_other)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comoments {
    pub covariance: i64,
    pub spreads: [i64; 2],
}

impl Comoments {
    /// Whether the squared correlation exceeds `threshold`; false where a variant
    /// does not vary among the samples that both have.
    pub fn exceeds(&self, threshold: f64) -> bool {
        let (covariance, spreads) = (self.covariance as f64, self.spreads.map(|s| s as f64));
        covariance * covariance > threshold * (spreads[0] * spreads[1])
    }
}

/// Compares two rows of the same coding over the same samples.
///
/// Plain code; a caller compiled for AVX2 gets it in vectors.
///
/// # Panics
/// If the rows hold different numbers of samples.
#[inline(always)]
pub fn compare(one: &LdRow, other: &LdRow, coding: Coding) -> Comoments {
    assert_eq!(one.planes.len(), other.planes.len(), "rows over the same samples");
    let product = match coding {
        Coding::Centered => product_centered(one, other),
        Coding::ByCopies => product_by_copies(one, other),
    };
    let first = if other.complete { one.moments } else { moments_within(one, other, coding) };
    let second = if one.complete { other.moments } else { moments_within(other, one, coding) };
    let n = first.n.min(second.n);
    let covariance = n * product - first.sum * second.sum;
    Comoments { covariance, spreads: [first.spread(), second.spread()] }
}

/// Both sums in one loop: for up to a few thousand samples carry-save adders do not pay.
#[inline(always)]
fn product_centered(one: &LdRow, other: &LdRow) -> i64 {
    let ([a, a_minus, _], [b, b_minus, _]) = (one.planes(), other.planes());
    let mut sums = [0; LANE_WORDS];
    for (((a, b), a_minus), b_minus) in a.iter().zip(b).zip(a_minus).zip(b_minus) {
        for k in 0..LANE_WORDS {
            let both = a[k] & b[k];
            let opposite = both & (a_minus[k] ^ b_minus[k]);
            sums[k] += i64::from(both.count_ones()) - 2 * i64::from(opposite.count_ones());
        }
    }
    sums[0] + sums[1] + sums[2] + sums[3]
}

#[inline(always)]
fn product_by_copies(one: &LdRow, other: &LdRow) -> i64 {
    let ([a, a_two, _], [b, b_two, _]) = (one.planes(), other.planes());
    let count = |x: &[Lane], y: &[Lane]| count_bits(x.len(), |k| zip(&x[k], &y[k], |x, y| x & y));
    (count(a, b) + count(a, b_two) + count(a_two, b) + count(a_two, b_two)) as i64
}

/// Moments of a row over the samples that `within` has called.
#[inline(always)]
fn moments_within(row: &LdRow, within: &LdRow, coding: Coding) -> Moments {
    let ([first, second, called], [_, _, within]) = (row.planes(), within.planes());
    let count = |plane: &[Lane]| {
        count_bits(within.len(), |k| zip(&plane[k], &within[k], |plane, within| plane & within))
            as i64
    };
    moments(coding, count(called), count(first), count(second))
}

#[inline(always)]
fn zip(a: &Lane, b: &Lane, with: impl Fn(u64, u64) -> u64) -> Lane {
    std::array::from_fn(|k| with(a[k], b[k]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::genotypes::genotype::GenotypeSource;
    use crate::data::genotypes::genotype::PackedGenotypes;

    /// Sums over samples of dosages, `None` for missing: the reference implementation.
    fn plain(x: &[Option<i64>], y: &[Option<i64>]) -> Comoments {
        let pairs: Vec<(i64, i64)> =
            x.iter().zip(y).filter_map(|(x, y)| Some(((*x)?, (*y)?))).collect();
        let n = pairs.len() as i64;
        let sum = |f: &dyn Fn(&(i64, i64)) -> i64| -> i64 { pairs.iter().map(f).sum() };
        let (x, y) = (sum(&|p| p.0), sum(&|p| p.1));
        Comoments {
            covariance: n * sum(&|p| p.0 * p.1) - x * y,
            spreads: [n * sum(&|p| p.0 * p.0) - x * x, n * sum(&|p| p.1 * p.1) - y * y],
        }
    }

    fn copies(missing: usize) -> impl Fn(usize, usize) -> Option<u8> {
        move |sample, variant| {
            let mixed = (sample * 7919 + variant * 104_729 + sample * variant * 31) % 1009;
            (mixed % 10 >= missing * (variant % 3)).then_some((mixed / 10 % 3) as u8)
        }
    }

    #[test]
    fn agrees_with_plain_sums_with_and_without_missing_genotypes() {
        for (n_samples, missing) in
            [(1, 0), (5, 1), (63, 2), (64, 0), (300, 1), (1100, 0), (1100, 2)]
        {
            let source = PackedGenotypes::from_copies(n_samples, 6, copies(missing));
            let chosen: Vec<bool> = (0..n_samples).map(|s| s % 7 != 3).collect();
            let mask = SampleMask::of(&chosen);
            let row = |variant, het_is_missing| {
                let (mut row, mut scratch) = (LdRow::new(), Vec::new());
                row.load(source.packed(variant, &mut scratch), n_samples, &mask, het_is_missing);
                row
            };
            let dosages = |variant: usize, het_is_missing: bool| -> Vec<Option<i64>> {
                let own = copies(missing);
                let dosage = |s: usize| own(s, variant).filter(|&c| !(het_is_missing && c == 1));
                (0..n_samples).filter(|&s| chosen[s]).map(|s| dosage(s).map(i64::from)).collect()
            };
            for (a, b) in [(0, 3), (0, 1), (1, 0), (1, 2), (5, 4), (2, 2)] {
                for het_is_missing in [false, true] {
                    let (one, other) = (row(a, het_is_missing), row(b, het_is_missing));
                    let want = plain(&dosages(a, het_is_missing), &dosages(b, het_is_missing));
                    assert_eq!(compare(&one, &other, Coding::Centered), want);
                }
            }
        }
    }

    #[test]
    fn agrees_with_plain_sums_on_x() {
        let n_samples = 333;
        let source = PackedGenotypes::from_copies(n_samples, 6, copies(1));
        let chosen: Vec<bool> = (0..n_samples).map(|s| s % 7 != 3).collect();
        let male: Vec<bool> = (0..n_samples).map(|s| s % 2 == 0).collect();
        for (a, b) in [(0, 3), (1, 2), (5, 4)] {
            for count_ref in [false, true] {
                let row = |variant| {
                    let (mut row, mut scratch) = (LdRow::new(), Vec::new());
                    row.load_x(source.packed(variant, &mut scratch), &chosen, &male, count_ref);
                    row
                };
                let dosages = |variant: usize| -> Vec<Option<i64>> {
                    let own = copies(1);
                    let dosage = |s: usize| match (own(s, variant)?, male[s]) {
                        (1, true) => None,
                        (copies, true) => Some(i64::from((copies == 2) != count_ref)),
                        (copies, _) if count_ref => Some(2 - i64::from(copies)),
                        (copies, _) => Some(i64::from(copies)),
                    };
                    (0..n_samples).filter(|&s| chosen[s]).map(dosage).collect()
                };
                let want = plain(&dosages(a), &dosages(b));
                assert_eq!(compare(&row(a), &row(b), Coding::ByCopies), want);
            }
        }
    }

    /// Dosages 0, 1, 2 against 0, 0, 2: n = 3, covariance 3 * 4 - 3 * 2 = 6, spreads
    /// 3 * 5 - 9 = 6 and 3 * 4 - 4 = 8, so r2 = 36 / 48 = 3/4.
    #[test]
    fn agrees_with_a_hand_worked_pair() {
        let dosages = [[0, 1, 2, 9], [0, 0, 2, 1]];
        let copies = |s: usize, v: usize| Some(dosages[v][s]).filter(|&c| c != 9);
        let source = PackedGenotypes::from_copies(4, 2, copies);
        let (mask, mut scratch) = (SampleMask::of(&[true; 4]), Vec::new());
        let [mut one, mut other] = [LdRow::new(), LdRow::new()];
        one.load(source.packed(0, &mut scratch), 4, &mask, false);
        other.load(source.packed(1, &mut scratch), 4, &mask, false);
        let got = compare(&one, &other, Coding::Centered);
        assert_eq!((got.covariance.abs(), got.spreads), (6, [6, 8]));
        assert!(got.exceeds(0.7499) && !got.exceeds(0.75));
        assert!(!Comoments { covariance: 0, spreads: [0, 5] }.exceeds(0.0));
    }
}
