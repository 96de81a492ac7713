//! Likelihood of a haplotype as a mosaic of haplotypes of one population.
//!
//! A haplotype copies one donor after the other. Between variants d cM apart it continues with the
//! same donor except with a chance of `1 - exp(-JUMPS_PER_CM d / n)`, with which the next of the n
//! donors is drawn at random; a copied allele is wrong with a chance of [`MISCOPIED`].
//!
//! Source: Li & Stephens 2003, the approximation PAC-A, with fixed rates.

use crate::data::haplotypes::packed::HaplotypeView;
use std::ops::Range;

/// 4 N r of a centimorgan, for an effective size N of 10,000. Ten times this value places switches
/// equally well.
const JUMPS_PER_CM: f64 = 400.0;

/// Chance that an allele is not the donor's.
const MISCOPIED: f64 = 0.01;

/// How donors are copied.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// Changes of the donor per cM: draws of a new one.
    pub changes_per_cm: f64,
    /// Chance that an allele is not the donor's, above 0.
    pub miscopied: f64,
}

impl Rates {
    /// Of copying from a panel as a whole, of any size.
    pub const WHOLE_PANEL: Rates = Rates { changes_per_cm: 4.0, miscopied: 0.002 };
}

/// Donors that are taken in one step.
const LANES: usize = 8;

/// Haplotypes of a panel that others are copied from.
pub struct Donors<'v> {
    view: &'v HaplotypeView<'v>,
    /// Haplotypes of each population.
    members: Vec<Vec<usize>>,
    position_cm: &'v [f64],
    /// `None`: by the size of the population.
    rates: Option<Rates>,
}

impl<'v> Donors<'v> {
    /// | argument        | shape      | values                                  |
    /// |-----------------|------------|-----------------------------------------|
    /// | `population`    | n_samples  | of each sample of the view              |
    /// | `n_populations` |            | each has a sample                       |
    /// | `position_cm`   | n_variants | in ascending order                      |
    ///
    /// # Panics
    /// If a slice is not of its shape, or a population has no sample.
    pub fn new(
        view: &'v HaplotypeView<'v>,
        population: &[usize],
        n_populations: usize,
        position_cm: &'v [f64],
    ) -> Donors<'v> {
        assert_eq!(population.len(), view.n_samples(), "a population for every sample");
        assert_eq!(position_cm.len(), view.n_variants(), "a position for every variant");
        let mut members = vec![Vec::new(); n_populations];
        for (sample, &population) in population.iter().enumerate() {
            members[population].extend([2 * sample, 2 * sample + 1]);
        }
        assert!(members.iter().all(|members| !members.is_empty()), "a donor in every population");
        Donors { view, members, position_cm, rates: None }
    }

    /// One population of the haplotypes chosen (`2 sample` and `2 sample + 1` of the view).
    ///
    /// # Panics
    /// If there is not one position for each variant, or no haplotype.
    pub fn of_haplotypes(
        view: &'v HaplotypeView<'v>,
        chosen: Vec<usize>,
        position_cm: &'v [f64],
    ) -> Donors<'v> {
        assert_eq!(position_cm.len(), view.n_variants(), "a position for every variant");
        assert!(!chosen.is_empty(), "a donor");
        Donors { view, members: vec![chosen], position_cm, rates: None }
    }

    /// The same donors, copied at these rates.
    pub fn with_rates(self, rates: Rates) -> Donors<'v> {
        Donors { rates: Some(rates), ..self }
    }

    /// n_variants, in ascending order.
    pub fn position_cm(&self) -> &[f64] {
        self.position_cm
    }

    /// Number of variants.
    pub fn n_variants(&self) -> usize {
        self.position_cm.len()
    }

    /// The donors of one population at consecutive variants.
    ///
    /// # Panics
    /// If a variant or the population is out of range.
    pub fn range(&self, population: usize, variants: Range<usize>) -> DonorRange {
        let members = &self.members[population];
        let (n, n_variants) = (members.len(), variants.len());
        let mut alleles = vec![0; n_variants * n];
        let (mut words, mut haploid) = (Vec::new(), Vec::new());
        let bit = |words: &[u64], at: usize| words[at / 64] >> (at % 64) & 1 == 1;
        for (donor, &haplotype) in members.iter().enumerate() {
            self.view.alleles(haplotype, variants.clone(), &mut words);
            for at in 0..n_variants {
                alleles[at * n + donor] = u8::from(bit(&words, at));
            }
            if haplotype % 2 == 1 && self.view.may_be_haploid() {
                self.view.haploid(haplotype / 2, variants.clone(), &mut haploid);
                let absent = (0..n_variants).filter(|&at| bit(&haploid, at));
                absent.for_each(|at| alleles[at * n + donor] = NO_ALLELE);
            }
        }
        let by_size = Rates { changes_per_cm: JUMPS_PER_CM / n as f64, miscopied: MISCOPIED };
        let rates = self.rates.unwrap_or(by_size);
        let jump = |pair: &[f64]| -(-rates.changes_per_cm * (pair[1] - pair[0])).exp_m1();
        let jump = self.position_cm[variants].windows(2).map(jump).collect();
        DonorRange { alleles, jump, n, miscopied: rates.miscopied }
    }
}

/// Of a second haplotype that is absent: equal to no allele.
const NO_ALLELE: u8 = 2;

/// Donors at consecutive variants.
pub struct DonorRange {
    /// n_variants x n: 0, 1 or [`NO_ALLELE`].
    alleles: Vec<u8>,
    /// n_variants - 1: chance that a new donor is drawn between a variant and the next.
    jump: Vec<f64>,
    n: usize,
    miscopied: f64,
}

/// Probabilities at consecutive places; place p is before variant p of the range.
///
/// Forward: of the donor of the variant before the place, given all alleles before it. They sum
/// to 1.
///
/// Backward: of all alleles from the place on, given the donor of the variant at it. Their mean
/// is 1.
pub struct Messages {
    /// n_places x n, of the places that were asked for.
    values: Vec<f64>,
    /// n_places: logarithm of what the values were divided by.
    log_scale: Vec<f64>,
    n: usize,
}

impl Messages {
    fn at(&self, place: usize) -> &[f64] {
        &self.values[place * self.n..][..self.n]
    }

    fn push(&mut self, values: &[f64], log_scale: f64) {
        self.values.extend_from_slice(values);
        self.log_scale.push(log_scale);
    }
}

impl DonorRange {
    /// Number of variants.
    pub fn n_variants(&self) -> usize {
        self.alleles.len() / self.n
    }

    /// Number of donors.
    pub fn n_donors(&self) -> usize {
        self.n
    }

    /// The donors' alleles at a variant of the range, 0 or 1; another number where a second
    /// haplotype is absent.
    ///
    /// # Panics
    /// If the variant is out of range.
    pub fn alleles_at(&self, variant: usize) -> &[u8] {
        &self.alleles[variant * self.n..][..self.n]
    }

    /// These donors and others at the same variants, which come after them; rates are those of
    /// these.
    ///
    /// # Panics
    /// If there are not as many variants.
    pub fn with(&self, others: &DonorRange) -> DonorRange {
        assert_eq!(others.n_variants(), self.n_variants(), "donors at the same variants");
        let mut alleles = Vec::with_capacity(self.alleles.len() + others.alleles.len());
        for variant in 0..self.n_variants() {
            alleles.extend_from_slice(self.alleles_at(variant));
            alleles.extend_from_slice(others.alleles_at(variant));
        }
        DonorRange { alleles, jump: self.jump.clone(), n: self.n + others.n, ..*self }
    }

    /// The same, but that some donors have no alleles: they are copied by mistake alone.
    ///
    /// # Panics
    /// If a donor is out of range.
    pub fn without(&self, donors: Range<usize>) -> DonorRange {
        let mut alleles = self.alleles.clone();
        for row in alleles.chunks_exact_mut(self.n) {
            row[donors.clone()].fill(NO_ALLELE);
        }
        DonorRange { alleles, jump: self.jump.clone(), ..*self }
    }

    /// Messages of the alleles before each of `places`, from the first on.
    ///
    /// # Panics
    /// If there is not one allele for each variant, or a place is out of range.
    pub fn forward(&self, alleles: &[Option<bool>], places: Range<usize>) -> Messages {
        let mut messages = self.messages(alleles, &places);
        let (mut values, mut log_scale) = (vec![1.0 / self.n as f64; self.n], 0.0);
        for place in 0..places.end {
            if place >= places.start {
                messages.push(&values, log_scale);
            }
            if let Some(&allele) = alleles.get(place) {
                let jump = if place == 0 { 0.0 } else { self.jump[place - 1] };
                log_scale += self.step(place, allele, &mut values, jump, 1.0);
            }
        }
        messages
    }

    /// Messages of the alleles from each of `places` on, from the last place back: row 0 is of
    /// the last one.
    ///
    /// # Panics
    /// If there is not one allele for each variant, or a place is out of range.
    pub fn backward(&self, alleles: &[Option<bool>], places: Range<usize>) -> Messages {
        let mut messages = self.messages(alleles, &places);
        let (mut values, mut log_scale) = (vec![1.0; self.n], 0.0);
        for place in (places.start..=alleles.len()).rev() {
            if let Some(&allele) = alleles.get(place) {
                let jump = self.jump.get(place).copied().unwrap_or(0.0);
                log_scale += self.step(place, allele, &mut values, jump, self.n as f64);
            }
            if place < places.end {
                messages.push(&values, log_scale);
            }
        }
        messages
    }

    /// Logarithm of the probability of the alleles before a place and of those from it on,
    /// copied from these donors throughout. `place` counts those of `forward`, of which `backward`
    /// has as many; `variant` is the variant of the range at it.
    pub fn joined(
        &self,
        forward: &Messages,
        backward: &Messages,
        place: usize,
        variant: usize,
    ) -> f64 {
        let back = backward.log_scale.len() - 1 - place;
        let scale = forward.log_scale[place] + backward.log_scale[back];
        if variant == 0 || variant > self.jump.len() {
            return scale; // One of them is of nothing.
        }
        let jump = self.jump[variant - 1];
        let pairs = forward.at(place).iter().zip(backward.at(back));
        let same: f64 = pairs.map(|(forward, backward)| forward * backward).sum();
        scale + ((1.0 - jump) * same + jump).ln()
    }

    /// Chance that an allele copied at the variant of a place is the alternate one, given all others;
    /// half where no donor has an allele. `place` and `variant` as in [`DonorRange::joined`].
    pub fn chance_of_alternate(
        &self,
        forward: &Messages,
        backward: &Messages,
        place: usize,
        variant: usize,
    ) -> f64 {
        let back = backward.log_scale.len() - 1 - place;
        let jump = if variant == 0 { 0.0 } else { self.jump[variant - 1] };
        let fresh = jump / self.n as f64;
        let donors = &self.alleles[variant * self.n..][..self.n];
        let pairs = forward.at(place).iter().zip(backward.at(back));
        let mut of_allele = [0.0; 2];
        for ((forward, backward), &donor) in pairs.zip(donors) {
            if donor != NO_ALLELE {
                of_allele[usize::from(donor)] += ((1.0 - jump) * forward + fresh) * backward;
            }
        }
        let all = of_allele[0] + of_allele[1];
        if all > 0.0 { of_allele[1] / all } else { 0.5 }
    }

    fn messages(&self, alleles: &[Option<bool>], places: &Range<usize>) -> Messages {
        assert_eq!(alleles.len() * self.n, self.alleles.len(), "an allele for each variant");
        assert!(places.end <= alleles.len() + 1, "places of the range");
        let values = Vec::with_capacity(places.len() * self.n);
        Messages { values, log_scale: Vec::with_capacity(places.len()), n: self.n }
    }

    /// Draws a new donor with a chance of `jump`, multiplies by the chance of an allele and divides
    /// so that the values, which sum to `total` before, do so again; returns the logarithm of the
    /// divisor.
    fn step(
        &self,
        variant: usize,
        allele: Option<bool>,
        values: &mut [f64],
        jump: f64,
        total: f64,
    ) -> f64 {
        let (stay, fresh) = (1.0 - jump, jump * total / self.n as f64);
        let Some(allele) = allele else {
            values.iter_mut().for_each(|value| *value = stay * *value + fresh);
            return 0.0;
        };
        let donors = &self.alleles[variant * self.n..][..self.n];
        let wanted = u8::from(allele);
        let (copied, miscopied) = (1.0 - self.miscopied, self.miscopied);
        let chance = |donor: u8| if donor == wanted { copied } else { miscopied };
        // Independent sums are computed in parallel by the processor.
        let mut sums = [0.0; LANES];
        let (mut blocks, donor_blocks) =
            (values.chunks_exact_mut(LANES), donors.chunks_exact(LANES));
        for (block, donors) in blocks.by_ref().zip(donor_blocks.clone()) {
            for lane in 0..LANES {
                block[lane] = (stay * block[lane] + fresh) * chance(donors[lane]);
                sums[lane] += block[lane];
            }
        }
        for (value, &donor) in blocks.into_remainder().iter_mut().zip(donor_blocks.remainder()) {
            *value = (stay * *value + fresh) * chance(donor);
            sums[0] += *value;
        }
        let scale = sums.iter().sum::<f64>() / total;
        let factor = 1.0 / scale;
        values.iter_mut().for_each(|value| *value *= factor);
        scale.ln()
    }
}

/// Logarithm of the probability of the alleles before a place, copied from some donors, and of
/// those from it on, copied from others. `place` as in [`DonorRange::joined`].
pub fn apart(forward: &Messages, backward: &Messages, place: usize) -> f64 {
    let back = backward.log_scale.len() - 1 - place;
    forward.log_scale[place] + backward.log_scale[back]
}

/// The model written out plainly: every donor to every donor, nothing scaled.
#[cfg(test)]
pub mod reference {
    use super::JUMPS_PER_CM;
    use super::MISCOPIED;

    /// Probability of a haplotype; `donors`: one row each, `None` where absent.
    pub fn likelihood(
        alleles: &[Option<bool>],
        donors: &[Vec<Option<bool>>],
        position_cm: &[f64],
    ) -> f64 {
        let rates = (JUMPS_PER_CM / donors.len() as f64, MISCOPIED);
        likelihood_at(rates, alleles, donors, position_cm)
    }

    /// The same at other rates: draws of a donor per cM, alleles that are not the donor's.
    pub fn likelihood_at(
        (jumps_per_cm, miscopied): (f64, f64),
        alleles: &[Option<bool>],
        donors: &[Vec<Option<bool>>],
        position_cm: &[f64],
    ) -> f64 {
        let n = donors.len();
        let emission = |variant: usize, donor: usize| match alleles[variant] {
            None => 1.0,
            seen if seen == donors[donor][variant] => 1.0 - miscopied,
            Some(_) => miscopied,
        };
        if alleles.is_empty() {
            return 1.0;
        }
        let mut chance: Vec<f64> = (0..n).map(|donor| emission(0, donor) / n as f64).collect();
        for variant in 1..alleles.len() {
            let cm = position_cm[variant] - position_cm[variant - 1];
            let stay = (-jumps_per_cm * cm).exp();
            let into = |to: usize| -> f64 {
                let from = |from: usize| {
                    let same = if from == to { stay } else { 0.0 };
                    chance[from] * (same + (1.0 - stay) / n as f64)
                };
                (0..n).map(from).sum::<f64>() * emission(variant, to)
            };
            chance = (0..n).map(into).collect();
        }
        chance.iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::haplotypes::matrix::pack;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::RngCore;
    use rand_chacha::rand_core::SeedableRng;

    /// Two donors, 0 1 and 1 1, and the haplotype 0 1, at one place: the probability of all paths
    /// is 1/2 .99 .99 + 1/2 .01 .99 = .495 from either end.
    #[test]
    fn two_donors_worked_by_hand() {
        let view = HaplotypeView::whole(pack(&[0.0, 1.0, 1.0, 1.0], 1).unwrap());
        let donors = Donors::new(&view, &[0], 1, &[1.0, 1.0]);
        let range = donors.range(0, 0..2);
        let alleles = [Some(false), Some(true)];
        let forward = range.forward(&alleles, 0..3);
        let backward = range.backward(&alleles, 0..3);
        for place in 0..3 {
            let got = range.joined(&forward, &backward, place, place).exp();
            assert!((got - 0.495).abs() < 1e-12, "{got}");
        }
        // Before the second variant the first donor is 99 times as likely as the other.
        assert!((forward.at(1)[0] / forward.at(1)[1] - 99.0).abs() < 1e-9);
        // In other donors the second variant is copied from either, .99.
        let got = apart(&forward, &backward, 1).exp();
        assert!((got - 0.5 * 0.99).abs() < 1e-12, "{got}");
    }

    #[test]
    fn donors_are_joined_and_left_out() {
        // Two samples: the haplotypes 00, 01, 11 and 10.
        let values = [0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0, 0.0];
        let view = HaplotypeView::whole(pack(&values, 2).unwrap());
        let whole = Donors::new(&view, &[0, 0], 1, &[1.0, 1.1]).range(0, 0..2);
        let cm = [1.0, 1.1];
        let half = |chosen: Vec<usize>| Donors::of_haplotypes(&view, chosen, &cm).range(0, 0..2);
        let joined = half(vec![0, 1]).with(&half(vec![2, 3]));
        assert_eq!((joined.alleles.clone(), joined.n), (whole.alleles.clone(), 4));
        let left = whole.without(1..3);
        assert_eq!(left.alleles_at(0), [0, NO_ALLELE, NO_ALLELE, 1]);
        assert_eq!(left.alleles_at(1), [0, NO_ALLELE, NO_ALLELE, 0]);
        assert_eq!(left.jump, whole.jump);
    }

    #[test]
    fn agrees_with_the_model_written_out_plainly() {
        let mut random = ChaCha8Rng::seed_from_u64(11);
        for case in 0..30 {
            let (n_samples, n_variants) = (1 + case % 4, 12);
            let mut below = |n: usize| random.next_u32() as usize % n;
            let mut values: Vec<f64> =
                (0..2 * n_samples * n_variants).map(|_| below(2) as f64).collect();
            // The first sample is haploid at some variants.
            (0..n_variants).filter(|_| below(4) == 0).for_each(|variant| {
                values[variant * 2 * n_samples + 1] = f64::NAN;
            });
            let view = HaplotypeView::whole(pack(&values, n_samples).unwrap());
            let mut cm = vec![0.0];
            (1..n_variants).for_each(|at| cm.push(cm[at - 1] + below(3) as f64 / 500.0));
            let population: Vec<usize> = (0..n_samples).map(|sample| sample % 2).collect();
            let n_populations = n_samples.min(2);
            let donors = Donors::new(&view, &population, n_populations, &cm);
            let rows_of = |chosen: usize| -> Vec<Vec<Option<bool>>> {
                let own = (0..2 * n_samples).filter(|row| (row / 2) % 2 == chosen);
                let value = |row: usize, variant: usize| values[variant * 2 * n_samples + row];
                let allele = |value: f64| if value.is_nan() { None } else { Some(value == 1.0) };
                own.map(|row| (2..11).map(|variant| allele(value(row, variant))).collect())
                    .collect()
            };
            let alleles: Vec<Option<bool>> =
                (0..9).map(|_| [None, Some(true), Some(false), Some(true)][below(4)]).collect();
            let first = donors.range(0, 2..11);
            let last = donors.range(n_populations - 1, 2..11);
            let forward = first.forward(&alleles, 0..10);
            let (own, other) = (first.backward(&alleles, 0..10), last.backward(&alleles, 0..10));
            for place in 0..10 {
                let want = reference::likelihood(&alleles, &rows_of(0), &cm[2..11]).ln();
                let got = first.joined(&forward, &own, place, place);
                assert!((got - want).abs() < 1e-10, "case {case}, place {place}");
                let before = reference::likelihood(&alleles[..place], &rows_of(0), &cm[2..]);
                let rows: Vec<Vec<Option<bool>>> = rows_of(n_populations - 1)
                    .into_iter()
                    .map(|row| row[place..].to_vec())
                    .collect();
                let after = reference::likelihood(&alleles[place..], &rows, &cm[2 + place..]);
                let got = apart(&forward, &other, place);
                assert!((got - (before * after).ln()).abs() < 1e-10, "case {case}, place {place}");
            }
            // Messages of some places are those of all.
            let (some, back) = (first.forward(&alleles, 3..6), first.backward(&alleles, 3..6));
            assert_eq!(some.values, forward.values[3 * first.n..6 * first.n]);
            assert_eq!(back.values, own.values[4 * first.n..7 * first.n]);
        }
    }
}
