//! The chain of copied donors in single precision, for panels that are copied from as a whole.
//!
//! Between variants d cM apart the donor changes with a chance of `1 - exp(-changes_per_cm d)`;
//! the next one is any of the n donors, with equal chances. A copied allele is wrong with a chance
//! of `miscopied`. One step costs n multiplications, taken [`LANES`] at a time.
//!
//! Chances are relative to that of an allele that its donor has: the likelihood of a haplotype
//! lacks a factor of `1 - miscopied` for each allele that is not missing.
//!
//! Source: Li & Stephens 2003.

use crate::linalg::wide::wide;
use crate::local_ancestry::copying::eight::Eight;
use crate::local_ancestry::copying::eight::eights;
use crate::local_ancestry::copying::likelihood::DonorRange;
use crate::local_ancestry::copying::likelihood::Rates;

/// Donors that are taken in one step of the processor.
const LANES: usize = 16;

/// Least chance of a change of donor: keeps all numbers within single precision where variants are
/// at one place.
const LEAST_CHANGE: f64 = 1e-6;

/// An allele that is not known: any donor may have it.
pub const MISSING: u8 = u8::MAX;

/// Donors at consecutive variants, and the chances of copying from them.
pub struct DonorChain<'r> {
    range: &'r DonorRange,
    /// n_variants + 1: chance that the donor changes before a variant; 0 at both ends.
    change: Vec<f32>,
    mismatch: f32,
    /// Whether every donor has an allele at every variant.
    complete: bool,
}

/// Chances of all donors, to be multiplied by `factor`.
///
/// Forward, of the alleles before a variant: of the donor of the variant before. They sum to 1.
///
/// Backward, of the alleles from a variant on: of these alleles, given the donor of the variant.
/// Their mean is 1.
#[derive(Clone, Debug, Default)]
pub struct Message {
    values: Vec<f32>,
    factor: f32,
    /// What the chances were divided by is the exponential of one times the other.
    log_scale: f64,
    scale: f64,
}

/// Below it a scale is taken into its logarithm: far above what a double cannot hold.
const LEAST_SCALE: f64 = 1e-200;

impl Message {
    /// Takes the chances of another one.
    pub fn copy(&mut self, other: &Message) {
        self.values.clone_from(&other.values);
        (self.factor, self.log_scale, self.scale) = (other.factor, other.log_scale, other.scale);
    }

    /// Logarithm of what the chances were divided by.
    pub fn log_scale(&self) -> f64 {
        self.log_scale + self.scale.ln()
    }

    fn fill(&mut self, n: usize, value: f32) {
        self.values.clear();
        self.values.resize(n, value);
        (self.factor, self.log_scale, self.scale) = (1.0, 0.0, 1.0);
    }

    /// Chances that sum to `sum` are to sum to `total`.
    fn divide(&mut self, sum: f32, total: f32) {
        self.factor = total / sum;
        self.scale *= f64::from(sum / total);
        if self.scale < LEAST_SCALE {
            self.log_scale += self.scale.ln();
            self.scale = 1.0;
        }
    }
}

/// Joins of the two haplotypes of a sample at a heterozygous variant.
#[derive(Clone, Copy, Debug)]
pub struct Joins {
    /// Logarithm of the likelihood of both haplotypes with everything from the variant on
    /// exchanged, less that as they are.
    pub exchanged_from: f64,
    /// The same with the alleles of this variant alone exchanged.
    pub exchanged_at: f64,
}

impl<'r> DonorChain<'r> {
    /// `position_cm`: n_variants, of the range, in ascending order.
    ///
    /// # Panics
    /// If there is not one position for each variant.
    pub fn new(range: &'r DonorRange, position_cm: &[f64], rates: Rates) -> DonorChain<'r> {
        assert_eq!(position_cm.len(), range.n_variants(), "a position for every variant");
        let chance = |pair: &[f64]| -(-rates.changes_per_cm * (pair[1] - pair[0])).exp_m1();
        let inner = position_cm.windows(2).map(|pair| chance(pair).max(LEAST_CHANGE) as f32);
        let mut change: Vec<f32> = std::iter::once(0.0).chain(inner).collect();
        change.resize(position_cm.len() + 1, 0.0);
        let mismatch = (rates.miscopied / (1.0 - rates.miscopied)) as f32;
        let known = |variant: usize| range.alleles_at(variant).iter().all(|&allele| allele <= 1);
        let complete = (0..range.n_variants()).all(known);
        DonorChain { range, change, mismatch, complete }
    }

    /// Number of variants.
    pub fn n_variants(&self) -> usize {
        self.change.len() - 1
    }

    /// Before the first variant.
    pub fn begin_forward(&self, message: &mut Message) {
        let n = self.range.n_donors();
        message.fill(n, 1.0 / n as f32);
    }

    /// After the last variant.
    pub fn begin_backward(&self, message: &mut Message) {
        message.fill(self.range.n_donors(), 1.0);
    }

    /// From before a variant to after it, both haplotypes of a sample. `alleles`: 0, 1 or
    /// [`MISSING`].
    ///
    /// # Panics
    /// If the variant is out of range.
    pub fn forward(&self, variant: usize, alleles: [u8; 2], messages: &mut [Message; 2]) {
        let change = self.change[variant];
        self.step_both(variant, alleles, (1.0 - change, change), 1.0, messages);
    }

    /// From after a variant to before it.
    ///
    /// # Panics
    /// If the variant is out of range.
    pub fn backward(&self, variant: usize, alleles: [u8; 2], messages: &mut [Message; 2]) {
        let (change, total) = (self.change[variant + 1], self.range.n_donors() as f32);
        self.step_both(variant, alleles, (1.0 - change, change), total, messages);
    }

    /// One haplotype. `total`: what the chances sum to, before the step and after it.
    fn step(
        &self,
        variant: usize,
        allele: u8,
        (stay, change): (f32, f32),
        total: f32,
        message: &mut Message,
    ) {
        let (keep, fresh) = (stay * message.factor, change * total / self.range.n_donors() as f32);
        if allele == MISSING {
            message.values.iter_mut().for_each(|value| *value = keep * *value + fresh);
            message.factor = 1.0;
            return;
        }
        let donors = self.range.alleles_at(variant);
        let sum = copy_allele(&mut message.values, donors, allele, keep, fresh, self.mismatch);
        message.divide(sum, total);
    }

    fn step_both(
        &self,
        variant: usize,
        alleles: [u8; 2],
        (stay, change): (f32, f32),
        total: f32,
        messages: &mut [Message; 2],
    ) {
        if alleles.contains(&MISSING) {
            for (message, allele) in messages.iter_mut().zip(alleles) {
                self.step(variant, allele, (stay, change), total, message);
            }
            return;
        }
        let [first, second] = messages;
        let (keep, fresh) = (
            [stay * first.factor, stay * second.factor],
            change * total / self.range.n_donors() as f32,
        );
        let donors = self.range.alleles_at(variant);
        let values = [first.values.as_mut_slice(), second.values.as_mut_slice()];
        let sums = if alleles[0] == alleles[1] {
            copy_same_allele(values, donors, alleles[0], keep, fresh, self.mismatch)
        } else {
            copy_alleles(values, donors, alleles, keep, fresh, self.mismatch)
        };
        first.divide(sums[0], total);
        second.divide(sums[1], total);
    }

    /// Likelihoods of the alleles 0 and 1 at a variant, given the alleles before it: a forward
    /// message. Without the factor of all likelihoods.
    ///
    /// # Panics
    /// If the variant is out of range.
    pub fn allele_chances(&self, variant: usize, forward: &Message) -> [f64; 2] {
        let change = self.change[variant];
        let (keep, fresh) =
            ((1.0 - change) * forward.factor, change / self.range.n_donors() as f32);
        let donors = self.range.alleles_at(variant);
        let by_allele = sum_by_allele(&forward.values, donors, keep, fresh);
        let mismatch = f64::from(self.mismatch);
        by_allele.map(|own| f64::from(own) + mismatch * (1.0 - f64::from(own)).max(0.0))
    }

    /// Chance that an allele that is missing is copied from a donor with the alternate one, given
    /// all others: a forward message from before its variant and a backward one from it on. Half
    /// where no donor has an allele.
    ///
    /// # Panics
    /// If the variant is out of range.
    pub fn alternate_chance(&self, variant: usize, forward: &Message, backward: &Message) -> f64 {
        let change = self.change[variant];
        let (keep, fresh) =
            ((1.0 - change) * forward.factor, change / self.range.n_donors() as f32);
        let mut by_allele = [0.0; 2];
        let pairs = forward.values.iter().zip(&backward.values);
        for ((&before, &after), &donor) in pairs.zip(self.range.alleles_at(variant)) {
            if let Some(sum) = by_allele.get_mut(usize::from(donor)) {
                *sum += f64::from((keep * before + fresh) * after);
            }
        }
        let all = by_allele[0] + by_allele[1];
        if all > 0.0 { by_allele[1] / all } else { 0.5 }
    }

    /// Of the forward messages before a variant at which the two haplotypes differ, and the
    /// backward ones from it on. `alleles`: 0 and 1, or 1 and 0.
    ///
    /// # Panics
    /// If the variant is out of range.
    pub fn joins(
        &self,
        variant: usize,
        alleles: [u8; 2],
        forward: [&Message; 2],
        backward: [&Message; 2],
    ) -> Joins {
        let (change, n) = (self.change[variant], self.range.n_donors());
        let keep = forward.map(|message| (1.0 - change) * message.factor);
        let [first, second] = forward.map(|message| message.values.as_slice());
        let [first_after, second_after] = backward.map(|message| message.values.as_slice());
        let donors = self.range.alleles_at(variant);
        let values = [first, second, first_after, second_after];
        let fresh = change / n as f32;
        let sums = if self.complete {
            join_complete(&values, donors, alleles, keep, fresh)
        } else {
            join(&values, donors, alleles, keep, fresh)
        };
        let sums = sums.map(f64::from);
        let [first, second, to_second, to_first, first_own, first_other, second_own, second_other] =
            sums;
        let mismatch = f64::from(self.mismatch);
        // Donors without an allele mismatch before and after.
        let alone = |all: f64, own: f64, other: f64| {
            (all - own - other).max(0.0) + own * mismatch + other / mismatch
        };
        let as_they_are = first.ln() + second.ln();
        Joins {
            exchanged_from: to_second.ln() + to_first.ln() - as_they_are,
            exchanged_at: alone(first, first_own, first_other).ln()
                + alone(second, second_own, second_other).ln()
                - as_they_are,
        }
    }
}

wide! {
    /// Draws another donor or stays, and copies an allele; returns the sum of all chances.
    fn copy_allele(
        values: &mut [f32],
        donors: &[u8],
        allele: u8,
        keep: f32,
        fresh: f32,
        mismatch: f32,
    ) -> f32 {
        let mut sums = [0.0; LANES];
        let (mut blocks, donor_blocks) =
            (values.chunks_exact_mut(LANES), donors.chunks_exact(LANES));
        for (block, donors) in blocks.by_ref().zip(donor_blocks.clone()) {
            for lane in 0..LANES {
                let chance = if donors[lane] == allele { 1.0 } else { mismatch };
                block[lane] = (keep * block[lane] + fresh) * chance;
                sums[lane] += block[lane];
            }
        }
        for (value, &donor) in blocks.into_remainder().iter_mut().zip(donor_blocks.remainder()) {
            *value = (keep * *value + fresh) * if donor == allele { 1.0 } else { mismatch };
            sums[0] += *value;
        }
        added(sums)
    }
}

eights! {
    /// [`copy_allele`] of two haplotypes; the chances of both are summed.
    fn copy_alleles(
        values: [&mut [f32]; 2],
        donors: &[u8],
        alleles: [u8; 2],
        keep: [f32; 2],
        fresh: f32,
        mismatch: f32,
    ) -> [f32; 2] = copy_alleles_in
}

eights! {
    /// [`copy_alleles`] of two haplotypes with the same allele, compared once.
    fn copy_same_allele(
        values: [&mut [f32]; 2],
        donors: &[u8],
        allele: u8,
        keep: [f32; 2],
        fresh: f32,
        mismatch: f32,
    ) -> [f32; 2] = copy_same_allele_in
}

#[inline(always)]
fn copy_same_allele_in<E: Eight>(
    values: [&mut [f32]; 2],
    donors: &[u8],
    allele: u8,
    keep: [f32; 2],
    fresh: f32,
    mismatch: f32,
) -> [f32; 2] {
    copy_alleles_in::<E>(values, donors, [allele; 2], keep, fresh, mismatch)
}

#[inline(always)]
fn copy_alleles_in<E: Eight>(
    values: [&mut [f32]; 2],
    donors: &[u8],
    alleles: [u8; 2],
    keep: [f32; 2],
    fresh: f32,
    mismatch: f32,
) -> [f32; 2] {
    let [first, second] = values;
    let (all_keep, all_fresh) = ([E::all(keep[0]), E::all(keep[1])], E::all(fresh));
    let (right, wrong) = (E::all(1.0), E::all(mismatch));
    // Every other eight has its own sums: additions need not wait for each other.
    let mut sums = [[E::all(0.0); 2]; 2];
    let (mut blocks, mut other_blocks) =
        (first.chunks_exact_mut(LANES), second.chunks_exact_mut(LANES));
    let donor_blocks = donors.chunks_exact(LANES);
    for ((block, other_block), donors) in
        blocks.by_ref().zip(other_blocks.by_ref()).zip(donor_blocks.clone())
    {
        for (half, sums) in sums.iter_mut().enumerate() {
            let donors = eight(donors, 8 * half);
            let places = [eight_mut(block, 8 * half), eight_mut(other_block, 8 * half)];
            for (copy, place) in places.into_iter().enumerate() {
                let chance = E::where_equal(donors, alleles[copy], right, wrong);
                let value = E::load(place).times(all_keep[copy]).plus(all_fresh).times(chance);
                value.store(place);
                sums[copy] = sums[copy].plus(value);
            }
        }
    }
    let mut sums = [sums[0][0].plus(sums[1][0]).sum(), sums[0][1].plus(sums[1][1]).sum()];
    let rests = [blocks.into_remainder(), other_blocks.into_remainder()];
    for (copy, rest) in rests.into_iter().enumerate() {
        for (value, &donor) in rest.iter_mut().zip(donor_blocks.remainder()) {
            let chance = if donor == alleles[copy] { 1.0 } else { mismatch };
            *value = (keep[copy] * *value + fresh) * chance;
            sums[copy] += *value;
        }
    }
    sums
}

/// Eight from `at` on.
#[inline(always)]
fn eight<T>(values: &[T], at: usize) -> &[T; 8] {
    values[at..at + 8].try_into().expect("eight of them")
}

#[inline(always)]
fn eight_mut<T>(values: &mut [T], at: usize) -> &mut [T; 8] {
    (&mut values[at..at + 8]).try_into().expect("eight of them")
}

/// The sum, in the order in which registers are added.
#[inline(always)]
fn added(mut sums: [f32; LANES]) -> f32 {
    let mut half = LANES / 2;
    while half > 0 {
        for lane in 0..half {
            sums[lane] += sums[lane + half];
        }
        half /= 2;
    }
    sums[0]
}

wide! {
    /// Sums of chances over donors with the allele 0 and with 1, after donors are drawn.
    fn sum_by_allele(values: &[f32], donors: &[u8], keep: f32, fresh: f32) -> [f32; 2] {
        let mut sums = [[0.0; LANES]; 2];
        let add = |sums: &mut [[f32; LANES]; 2], lane: usize, value: f32, donor: u8| {
            let value = keep * value + fresh;
            sums[0][lane] += if donor == 0 { value } else { 0.0 };
            sums[1][lane] += if donor == 1 { value } else { 0.0 };
        };
        let (blocks, donor_blocks) = (values.chunks_exact(LANES), donors.chunks_exact(LANES));
        let rest = blocks.remainder().iter().zip(donor_blocks.remainder());
        for (block, donors) in blocks.zip(donor_blocks) {
            for lane in 0..LANES {
                add(&mut sums, lane, block[lane], donors[lane]);
            }
        }
        rest.for_each(|(&value, &donor)| add(&mut sums, 0, value, donor));
        sums.map(added)
    }
}

eights! {
    /// Sums over donors of products of chances before a variant and from it on: of the first
    /// haplotype with itself, of the second with itself, of the first with the second, of the
    /// second with the first; then of the first with itself over donors that have its allele, over those
    /// that have the other allele, and the same of the second. `values`: before the variant of the
    /// first and second haplotype, from it on of the first and second.
    fn join(
        values: &[&[f32]; 4],
        donors: &[u8],
        alleles: [u8; 2],
        keep: [f32; 2],
        fresh: f32,
    ) -> [f32; 8] = join_in
}

#[inline(always)]
fn join_in<E: Eight>(
    values: &[&[f32]; 4],
    donors: &[u8],
    alleles: [u8; 2],
    keep: [f32; 2],
    fresh: f32,
) -> [f32; 8] {
    summed::<E, AnyDonors, 8>(values, donors, alleles, keep, fresh)
}

eights! {
    /// [`join`] where every donor has an allele, in two thirds of the sums.
    fn join_complete(
        values: &[&[f32]; 4],
        donors: &[u8],
        alleles: [u8; 2],
        keep: [f32; 2],
        fresh: f32,
    ) -> [f32; 8] = join_complete_in
}

#[inline(always)]
fn join_complete_in<E: Eight>(
    values: &[&[f32]; 4],
    donors: &[u8],
    alleles: [u8; 2],
    keep: [f32; 2],
    fresh: f32,
) -> [f32; 8] {
    let [of_first, other, of_second, other_second, to_second, to_first] =
        summed::<E, CompleteDonors, 6>(values, donors, alleles, keep, fresh);
    [
        of_first + other,
        of_second + other_second,
        to_second,
        to_first,
        of_first,
        other,
        of_second,
        other_second,
    ]
}

/// Products of chances of eight donors; not closures, which are not always inlined.
trait Products<const N: usize> {
    /// `one`, `other`: before the variant of the first and second haplotype, donors drawn;
    /// `after`: from it on.
    fn of<E: Eight>(one: E, other: E, after: [E; 2], donors: &[u8; 8], alleles: [u8; 2]) -> [E; N];
}

struct AnyDonors;

impl Products<8> for AnyDonors {
    #[inline(always)]
    fn of<E: Eight>(one: E, other: E, after: [E; 2], donors: &[u8; 8], alleles: [u8; 2]) -> [E; 8] {
        let (same, other_same, none) = (one.times(after[0]), other.times(after[1]), E::all(0.0));
        [
            same,
            other_same,
            one.times(after[1]),
            other.times(after[0]),
            E::where_equal(donors, alleles[0], same, none),
            E::where_equal(donors, alleles[1], same, none),
            E::where_equal(donors, alleles[1], other_same, none),
            E::where_equal(donors, alleles[0], other_same, none),
        ]
    }
}

struct CompleteDonors;

impl Products<6> for CompleteDonors {
    #[inline(always)]
    fn of<E: Eight>(one: E, other: E, after: [E; 2], donors: &[u8; 8], alleles: [u8; 2]) -> [E; 6] {
        let (same, other_same) = (one.times(after[0]), other.times(after[1]));
        // 1 for donors with the first haplotype's allele, 0 for those with the second's.
        let has_first = E::where_equal(donors, alleles[0], E::all(1.0), E::all(0.0));
        let (of_first, to_first) = (same.times(has_first), other_same.times(has_first));
        [
            of_first,
            same.minus(of_first),
            other_same.minus(to_first),
            to_first,
            one.times(after[1]),
            other.times(after[0]),
        ]
    }
}

/// Sums over donors of [`Products`]; see [`join`].
#[inline(always)]
fn summed<E: Eight, P: Products<N>, const N: usize>(
    values: &[&[f32]; 4],
    donors: &[u8],
    alleles: [u8; 2],
    keep: [f32; 2],
    fresh: f32,
) -> [f32; N] {
    let n = donors.len();
    let [first, second, first_after, second_after] = *values;
    let (keep, fresh) = ([E::all(keep[0]), E::all(keep[1])], E::all(fresh));
    let mut sums = [E::all(0.0); N];
    for at in (0..n).step_by(8) {
        let left = n - at;
        let (mut rest, mut rest_donors) = ([[0.0; 8]; 4], [0; 8]);
        let (first, second, after, donors) = if left >= 8 {
            let after = [eight(first_after, at), eight(second_after, at)];
            (eight(first, at), eight(second, at), after, eight(donors, at))
        } else {
            // Without chances from the variant on, no product of the donors that lack counts.
            for (rest, values) in rest.iter_mut().zip(values) {
                rest[..left].copy_from_slice(&values[at..n]);
            }
            rest_donors[..left].copy_from_slice(&donors[at..]);
            (&rest[0], &rest[1], [&rest[2], &rest[3]], &rest_donors)
        };
        let one = E::load(first).times(keep[0]).plus(fresh);
        let other = E::load(second).times(keep[1]).plus(fresh);
        let after = [E::load(after[0]), E::load(after[1])];
        let products = P::of(one, other, after, donors, alleles);
        for (sum, product) in sums.iter_mut().zip(products) {
            *sum = sum.plus(product);
        }
    }
    let mut totals = [0.0; N];
    for (total, sum) in totals.iter_mut().zip(sums) {
        *total = sum.sum();
    }
    totals
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::haplotypes::matrix::pack;
    use crate::data::haplotypes::packed::HaplotypeView;
    use crate::local_ancestry::copying::eight::Plain;
    use crate::local_ancestry::copying::likelihood::Donors;
    use crate::local_ancestry::copying::likelihood::reference::likelihood_at;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::RngCore;
    use rand_chacha::rand_core::SeedableRng;

    /// [`DonorChain::forward`] of one haplotype by itself.
    fn forward_one(chain: &DonorChain<'_>, variant: usize, allele: u8, message: &mut Message) {
        let change = chain.change[variant];
        chain.step(variant, allele, (1.0 - change, change), 1.0, message);
    }

    /// [`DonorChain::backward`] of one haplotype by itself.
    fn backward_one(chain: &DonorChain<'_>, variant: usize, allele: u8, message: &mut Message) {
        let (change, total) = (chain.change[variant + 1], chain.range.n_donors() as f32);
        chain.step(variant, allele, (1.0 - change, change), total, message);
    }

    fn messages(chain: &DonorChain<'_>, alleles: &[u8]) -> (Vec<Message>, Vec<Message>) {
        let mut message = Message::default();
        chain.begin_forward(&mut message);
        let mut forward = vec![message.clone()];
        for (variant, &allele) in alleles.iter().enumerate() {
            forward_one(chain, variant, allele, &mut message);
            forward.push(message.clone());
        }
        chain.begin_backward(&mut message);
        let mut backward = vec![message.clone()];
        for (variant, &allele) in alleles.iter().enumerate().rev() {
            backward_one(chain, variant, allele, &mut message);
            backward.push(message.clone());
        }
        backward.reverse();
        (forward, backward)
    }

    /// Where every donor has an allele, the shorter sums are the longer ones.
    #[test]
    fn joins_of_complete_donors_are_those_of_any() {
        let mut random = ChaCha8Rng::seed_from_u64(3);
        for n in [1, 15, 16, 53] {
            let mut draw = || f32::from(random.next_u32() as u16 + 1) / 65536.0;
            let values: [Vec<f32>; 4] = std::array::from_fn(|_| (0..n).map(|_| draw()).collect());
            let values = [0, 1, 2, 3].map(|at| values[at].as_slice());
            let donors: Vec<u8> = (0..n).map(|at| u8::from(at % 3 == 0)).collect();
            for alleles in [[0, 1], [1, 0]] {
                let want = join(&values, &donors, alleles, [0.7, 0.9], 0.01);
                let got = join_complete(&values, &donors, alleles, [0.7, 0.9], 0.01);
                for (got, want) in got.iter().zip(want) {
                    assert!((got - want).abs() <= 1e-5 * want.abs(), "{got} {want}");
                }
            }
        }
    }

    /// The vectors of this processor give the bits of plain arithmetic.
    #[test]
    fn every_processor_gives_the_same_bits() {
        let mut random = ChaCha8Rng::seed_from_u64(4);
        for n in [1, 7, 8, 16, 31, 53] {
            let mut draw = || f32::from(random.next_u32() as u16 + 1) / 65536.0;
            let values: [Vec<f32>; 4] = std::array::from_fn(|_| (0..n).map(|_| draw()).collect());
            let values = [0, 1, 2, 3].map(|at| values[at].as_slice());
            let allele_of = |at: usize| [0, 1, 1, MISSING][at % 4];
            let donors: Vec<u8> = (0..n).map(allele_of).collect();
            let (keep, fresh) = ([0.7, 0.9], 0.01);
            for alleles in [[0, 1], [1, 0], [1, 1]] {
                let plain = join_in::<Plain>(&values, &donors, alleles, keep, fresh);
                assert_eq!(join(&values, &donors, alleles, keep, fresh), plain);
                let plain = join_complete_in::<Plain>(&values, &donors, alleles, keep, fresh);
                assert_eq!(join_complete(&values, &donors, alleles, keep, fresh), plain);
                let [mut one, mut other] = [values[0].to_vec(), values[1].to_vec()];
                let [mut plain_one, mut plain_other] = [one.clone(), other.clone()];
                let sums =
                    copy_alleles([&mut one, &mut other], &donors, alleles, keep, fresh, 0.002);
                let plain = [plain_one.as_mut_slice(), plain_other.as_mut_slice()];
                let plain = copy_alleles_in::<Plain>(plain, &donors, alleles, keep, fresh, 0.002);
                assert_eq!((sums, &one, &other), (plain, &plain_one, &plain_other));
                if alleles[0] == alleles[1] {
                    let [mut one, mut other] = [values[0].to_vec(), values[1].to_vec()];
                    let same = [one.as_mut_slice(), other.as_mut_slice()];
                    let sums = copy_same_allele(same, &donors, 1, keep, fresh, 0.002);
                    assert_eq!((sums, &one, &other), (plain, &plain_one, &plain_other));
                }
            }
        }
    }

    /// Donors 00 and 11, haplotypes 01 and 10. After the first variant the first haplotype copies
    /// donor 1 with a chance of .998, which becomes `.998 stay + .5 (1 - stay)`; the second allele
    /// is then 1 with a chance of .998 if the other donor is copied, else .002.
    #[test]
    fn two_donors_worked_by_hand() {
        let view = HaplotypeView::whole(pack(&[0.0, 1.0, 0.0, 1.0], 1).unwrap());
        let cm = [1.0, 1.01];
        let donors = Donors::new(&view, &[0], 1, &cm);
        let range = donors.range(0, 0..2);
        let chain = DonorChain::new(&range, &cm, Rates::WHOLE_PANEL);
        let (forward, backward) = messages(&chain, &[0, 1]);
        let (other_forward, other_backward) = messages(&chain, &[1, 0]);
        let joins = chain.joins(
            1,
            [1, 0],
            [&forward[1], &other_forward[1]],
            [&backward[1], &other_backward[1]],
        );
        let stay = (-0.04_f64).exp();
        let copied = 0.998 * stay + 0.5 * (1.0 - stay);
        let zero = copied * 0.998 + (1.0 - copied) * 0.002;
        let want = 2.0 * (zero / (1.0 - zero)).ln();
        assert!((joins.exchanged_from - want).abs() < 1e-4, "{joins:?}, {want}");
        assert!((joins.exchanged_at - want).abs() < 1e-4, "{joins:?}, {want}");
        // Both alleles of the first haplotype, but for a factor of .998 each.
        let likelihood = forward[2].log_scale().exp() * 0.998 * 0.998;
        assert!((likelihood - 0.5 * (1.0 - zero)).abs() < 1e-6, "{likelihood}");
    }

    #[test]
    fn agrees_with_the_model_written_out_plainly() {
        let mut random = ChaCha8Rng::seed_from_u64(21);
        for case in 0..30 {
            let (n_samples, n_variants) = (1 + case, 14);
            let mut below = |n: usize| random.next_u32() as usize % n;
            let mut values: Vec<f64> =
                (0..2 * n_samples * n_variants).map(|_| below(2) as f64).collect();
            // The first sample is haploid at some variants.
            (0..n_variants).filter(|_| below(4) == 0).for_each(|variant| {
                values[variant * 2 * n_samples + 1] = f64::NAN;
            });
            let view = HaplotypeView::whole(pack(&values, n_samples).unwrap());
            let mut cm = vec![0.0];
            (1..n_variants).for_each(|at| cm.push(cm[at - 1] + (1 + below(30)) as f64 / 500.0));
            let donors = Donors::new(&view, &vec![0; n_samples], 1, &cm);
            let range = donors.range(0, 0..n_variants);
            let rates = Rates { changes_per_cm: 3.0, miscopied: 0.01 };
            let chain = DonorChain::new(&range, &cm, rates);
            let allele = |value: f64| if value.is_nan() { None } else { Some(value == 1.0) };
            let rows: Vec<Vec<Option<bool>>> = (0..2 * n_samples)
                .map(|row| {
                    (0..n_variants).map(|v| allele(values[v * 2 * n_samples + row])).collect()
                })
                .collect();
            let pair = [0, 1].map(|_| -> Vec<u8> {
                (0..n_variants).map(|_| [MISSING, 1, 0, 1, 0][below(5)]).collect()
            });
            let log_likelihood = |alleles: &[Vec<u8>; 2]| -> f64 {
                let of = |alleles: &Vec<u8>| {
                    let known = |&code: &u8| (code != MISSING).then_some(code == 1);
                    let alleles: Vec<Option<bool>> = alleles.iter().map(known).collect();
                    likelihood_at((3.0, 0.01), &alleles, &rows, &cm).ln()
                };
                alleles.iter().map(of).sum()
            };
            let [one, other] = [messages(&chain, &pair[0]), messages(&chain, &pair[1])];
            let n_known = pair.iter().flatten().filter(|&&code| code != MISSING).count();
            let scale = n_known as f64 * 0.99_f64.ln();
            let got = one.0[n_variants].log_scale() + other.0[n_variants].log_scale() + scale;
            assert!((got - log_likelihood(&pair)).abs() < 1e-4, "case {case}");
            let backward = |messages: &(_, Vec<Message>)| {
                let first: &Message = &messages.1[0];
                first.log_scale()
            };
            assert!((backward(&one) + backward(&other) + scale - got).abs() < 1e-4, "case {case}");
            for variant in 0..n_variants {
                let alleles = [pair[0][variant], pair[1][variant]];
                if alleles[0] == alleles[1] || alleles.contains(&MISSING) {
                    continue;
                }
                let joins = chain.joins(
                    variant,
                    alleles,
                    [&one.0[variant], &other.0[variant]],
                    [&one.1[variant], &other.1[variant]],
                );
                let exchanged = |end: usize| {
                    let [mut first, mut second] = pair.clone();
                    first[variant..end].swap_with_slice(&mut second[variant..end]);
                    log_likelihood(&[first, second]) - log_likelihood(&pair)
                };
                let (from, at) = (exchanged(n_variants), exchanged(variant + 1));
                assert!((joins.exchanged_from - from).abs() < 1e-4, "case {case}: {variant}");
                assert!((joins.exchanged_at - at).abs() < 1e-4, "case {case}: {variant}");
            }
        }
    }

    /// Variants at one place: donors that mismatch again and again keep a chance above 0.
    #[test]
    fn nothing_vanishes_where_variants_are_at_one_place() {
        let n_variants = 400;
        let values: Vec<f64> = (0..2 * n_variants).map(|at| f64::from(at % 2)).collect();
        let view = HaplotypeView::whole(pack(&values, 1).unwrap());
        let cm = vec![7.0; n_variants as usize];
        let donors = Donors::new(&view, &[0], 1, &cm);
        let range = donors.range(0, 0..n_variants as usize);
        let chain = DonorChain::new(&range, &cm, Rates::WHOLE_PANEL);
        let (forward, backward) = messages(&chain, &vec![0; n_variants as usize]);
        for message in forward.iter().chain(&backward) {
            assert!(message.values.iter().all(|&value| value * message.factor > 1e-12));
            assert!(message.log_scale().is_finite());
        }
    }

    /// Both haplotypes at once are each by itself: the same alleles, different ones, missing ones.
    #[test]
    fn both_haplotypes_at_once_are_each_by_itself() {
        let mut random = ChaCha8Rng::seed_from_u64(9);
        let (n_samples, n_variants) = (19, 60); // 38 donors: two whole blocks, and a rest.
        let values: Vec<f64> =
            (0..2 * n_samples * n_variants).map(|_| f64::from(random.next_u32() % 2)).collect();
        let view = HaplotypeView::whole(pack(&values, n_samples).unwrap());
        let cm: Vec<f64> = (0..n_variants).map(|at| at as f64 / 50.0).collect();
        let donors = Donors::of_haplotypes(&view, (0..2 * n_samples).collect(), &cm);
        let range = donors.range(0, 0..n_variants);
        let chain = DonorChain::new(&range, &cm, Rates::WHOLE_PANEL);
        let draw = |random: &mut ChaCha8Rng| match random.next_u32() % 7 {
            6 => MISSING,
            allele => (allele % 2) as u8,
        };
        let alleles: Vec<[u8; 2]> =
            (0..n_variants).map(|_| [draw(&mut random), draw(&mut random)]).collect();
        let mut both = [Message::default(), Message::default()];
        let mut alone = both.clone();
        let agree = |both: &[Message; 2], alone: &[Message; 2]| {
            for (both, alone) in both.iter().zip(alone) {
                assert!((both.log_scale() - alone.log_scale()).abs() < 1e-3);
                for (value, want) in both.values.iter().zip(&alone.values) {
                    let (value, want) = (value * both.factor, want * alone.factor);
                    assert!((value - want).abs() <= 1e-4 * want, "{value} {want}");
                }
            }
        };
        both.iter_mut().chain(&mut alone).for_each(|message| chain.begin_forward(message));
        for (variant, &alleles) in alleles.iter().enumerate() {
            chain.forward(variant, alleles, &mut both);
            (0..2).for_each(|copy| forward_one(&chain, variant, alleles[copy], &mut alone[copy]));
            agree(&both, &alone);
        }
        both.iter_mut().chain(&mut alone).for_each(|message| chain.begin_backward(message));
        for (variant, &alleles) in alleles.iter().enumerate().rev() {
            chain.backward(variant, alleles, &mut both);
            (0..2).for_each(|copy| backward_one(&chain, variant, alleles[copy], &mut alone[copy]));
            agree(&both, &alone);
        }
    }
}
