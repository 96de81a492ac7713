//! Reference implementation of the model, and the tests of the fit.

use crate::data::genotypes::genotype::COPIES;
use crate::data::genotypes::genotype::GenotypeSource;
use crate::data::genotypes::genotype::PackedGenotypes;
use crate::data::genotypes::genotype::code;

/// Copies of sample (row) and variant (column); `None` where missing.
pub fn decoded(source: &dyn GenotypeSource) -> Vec<Vec<Option<f64>>> {
    let mut scratch = Vec::new();
    let mut rows = vec![Vec::new(); source.n_samples()];
    for variant in 0..source.n_variants() {
        let packed = source.packed(variant, &mut scratch);
        for (sample, row) in rows.iter_mut().enumerate() {
            row.push(COPIES[code(packed, sample) as usize].map(f64::from));
        }
    }
    rows
}

fn expected(q: &[f64], f: &[f64]) -> f64 {
    q.iter().zip(f).map(|(q, f)| q * f).sum()
}

/// Log-likelihood, genotype by genotype.
pub fn reference_log_likelihood(
    source: &dyn GenotypeSource,
    weights: &[f64],
    frequencies: &[f64],
    k: usize,
) -> f64 {
    let mut sum = 0.0;
    for (row, q) in decoded(source).iter().zip(weights.chunks_exact(k)) {
        for (g, f) in row.iter().zip(frequencies.chunks_exact(k)) {
            if let Some(g) = g {
                let h = expected(q, f);
                sum += g * h.ln() + (2.0 - g) * (1.0 - h).ln();
            }
        }
    }
    sum
}

/// The EM algorithm of FRAPPE (Tang et al. 2005), `n` iterations from `weights`.
pub fn plain_em(
    source: &dyn GenotypeSource,
    weights: &mut [f64],
    frequencies: &mut [f64],
    k: usize,
    n: usize,
) {
    let rows = decoded(source);
    for _ in 0..n {
        let mut ones = vec![0.0; frequencies.len()];
        let mut zeros = vec![0.0; frequencies.len()];
        let mut next = vec![0.0; weights.len()];
        for (sample, row) in rows.iter().enumerate() {
            let q = &weights[sample * k..(sample + 1) * k];
            for (variant, g) in row.iter().enumerate() {
                let (Some(g), f) = (g, &frequencies[variant * k..(variant + 1) * k]) else {
                    continue;
                };
                let h = expected(q, f);
                for population in 0..k {
                    let one = g * q[population] * f[population] / h;
                    let zero = (2.0 - g) * q[population] * (1.0 - f[population]) / (1.0 - h);
                    ones[variant * k + population] += one;
                    zeros[variant * k + population] += zero;
                    next[sample * k + population] += one + zero;
                }
            }
            let own = &mut next[sample * k..(sample + 1) * k];
            // Twice the called genotypes, but for rounding, which would grow.
            let sum: f64 = own.iter().sum();
            own.iter_mut().for_each(|weight| *weight /= sum);
        }
        weights.copy_from_slice(&next);
        for ((f, one), zero) in frequencies.iter_mut().zip(&ones).zip(&zeros) {
            *f = (one / (one + zero)).clamp(1e-5, 1.0 - 1e-5);
        }
    }
}

/// A number in 0..1 from its place, always the same.
pub fn number(place: usize) -> f64 {
    let mut value = (place as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    value ^= value >> 31;
    value = value.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value ^= value >> 29;
    (value >> 11) as f64 / (1u64 << 53) as f64
}

/// Mixtures of `k` populations: genotypes, true weights (n_samples x k), true frequencies
/// (n_variants x k). One genotype in ten is missing where `missing`.
pub fn simulated(
    (n_samples, n_variants): (usize, usize),
    k: usize,
    missing: bool,
) -> (PackedGenotypes<'static>, Vec<f64>, Vec<f64>) {
    let mut weights = Vec::new();
    for sample in 0..n_samples {
        let raw: Vec<f64> =
            (0..k).map(|j| number(sample * 31 + j * 7 + 5).powi(4) + 1e-3).collect();
        let sum: f64 = raw.iter().sum();
        weights.extend(raw.iter().map(|x| x / sum));
    }
    let frequencies: Vec<f64> =
        (0..n_variants * k).map(|place| 0.05 + 0.9 * number(place + 100_000)).collect();
    let copies = |sample: usize, variant: usize| {
        let (q, f) = (&weights[sample * k..][..k], &frequencies[variant * k..][..k]);
        let (h, place) = (expected(q, f), 3 * (sample * n_variants + variant) + 1_000_000);
        let allele = |offset| u8::from(number(place + offset) < h);
        (!missing || number(place + 2) > 0.1).then(|| allele(0) + allele(1))
    };
    let genotypes = PackedGenotypes::from_copies(n_samples, n_variants, copies);
    (genotypes, weights, frequencies)
}

/// Genotypes that are improbable under populations that lack many alleles: frequencies
/// (n_variants x k) at the bounds more often than not, alleles of a population that changes
/// from one variant to the next. One genotype in ten is missing.
pub fn rare(n_samples: usize, n_variants: usize, k: usize) -> (PackedGenotypes<'static>, Vec<f32>) {
    let frequency = |place: usize| {
        let (at, side) = (number(place + 500_000), number(place + 900_000));
        let rare = (at - 0.5).max(0.0).powi(3).clamp(1e-5, 1.0 - 1e-5);
        if side < 0.5 { rare as f32 } else { (1.0 - rare) as f32 }
    };
    let frequencies: Vec<f32> = (0..n_variants * k).map(frequency).collect();
    let copies = |sample: usize, variant: usize| {
        let place = 4 * (sample * n_variants + variant) + 2_000_000;
        // One population, but for one allele in 50.
        let strays = number(place + 3) < 0.02;
        let population = if strays { (sample + 1 + variant) % k } else { sample % k };
        let h = f64::from(frequencies[variant * k + population]);
        let allele = |offset| u8::from(number(place + offset) < h);
        (number(place + 2) > 0.1).then(|| allele(0) + allele(1))
    };
    let genotypes = PackedGenotypes::from_copies(n_samples, n_variants, copies);
    (genotypes, frequencies)
}

/// Weights between the truth and equal ones: like a first guess.
pub fn blurred(weights: &[f64], k: usize) -> Vec<f64> {
    weights.iter().map(|weight| 0.5 * weight + 0.5 / k as f64).collect()
}

mod tests {
    use super::*;
    use crate::admixture::fit::Fit;
    use crate::admixture::fit::Start;
    use crate::admixture::fit::fit;
    use crate::admixture::project::project;
    use crate::admixture::settings::Samples;
    use crate::admixture::settings::Settings;
    use crate::admixture::weights::Sparsity;
    use crate::error::Error;
    use crate::task::Task;

    fn settings(k: usize) -> Settings {
        Settings { k, sparsity: None, tolerance: 1e-3, max_passes: 500 }
    }

    fn fitted(source: &dyn GenotypeSource, start: &[f64], settings: &Settings) -> Fit {
        fit(source, Start { weights: start, samples: Samples::default() }, settings, &Task::new())
            .unwrap()
    }

    fn wide(frequencies: &[f32]) -> Vec<f64> {
        frequencies.iter().map(|&f| f64::from(f)).collect()
    }

    fn on_simplex(weights: &[f64], k: usize) -> bool {
        let good = |row: &[f64]| {
            row.iter().all(|&q| q >= 0.0) && (row.iter().sum::<f64>() - 1.0).abs() < 1e-9
        };
        weights.chunks_exact(k).all(good)
    }

    fn never_decreases(trace: &[f64]) -> bool {
        trace.windows(2).all(|pair| pair[1] >= pair[0])
    }

    /// Two samples of each population, all fixed: the frequencies are the populations' own,
    /// 1/4 and (held below 1) 1 - 1e-5. With genotypes 0, 1 | 2, 2 the log-likelihood is
    /// 3 log 3/4 + log 1/4 + 4 log(1 - 1e-5).
    #[test]
    fn agrees_with_a_model_worked_by_hand() {
        let copies = [0, 1, 2, 2];
        let source = PackedGenotypes::from_copies(4, 1, |sample, _| Some(copies[sample]));
        let weights = [1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0];
        let samples = Samples { fixed: &[true; 4], haploid: &[] };
        let start = Start { weights: &weights, samples };
        let got = fit(&source, start, &settings(2), &Task::new()).unwrap();
        assert_eq!(got.weights, weights);
        assert!((f64::from(got.frequencies[0]) - 0.25).abs() < 1e-6);
        assert!((f64::from(got.frequencies[1]) - (1.0 - 1e-5)).abs() < 1e-7);
        let want = 3.0 * 0.75_f64.ln() + 0.25_f64.ln() + 4.0 * (1.0 - 1e-5_f64).ln();
        assert!((got.log_likelihood - want).abs() < 1e-5);
        assert!(got.converged);
    }

    /// One variant with frequencies 0.2 and 0.8: a heterozygote is most probable at h = 1/2, so at
    /// equal weights; homozygotes at all of one population; one without a call has no information.
    #[test]
    fn projects_as_worked_by_hand() {
        let copies = [Some(1), Some(2), Some(0), None];
        let source = PackedGenotypes::from_copies(4, 1, |sample, _| copies[sample]);
        let got = project(&source, (&[0.2, 0.8], 2), &[], 1e-6, &Task::new()).unwrap();
        let want = [0.5, 0.5, 0.0, 1.0, 1.0, 0.0, 0.5, 0.5];
        for (got, want) in got.weights.iter().zip(want) {
            assert!((got - want).abs() < 1e-4, "{got} {want}");
        }
        let logs = [2.0 * 0.5_f64.ln(), 2.0 * 0.8_f64.ln(), 2.0 * 0.8_f64.ln(), 0.0];
        for (got, want) in got.log_likelihood.iter().zip(logs) {
            assert!((got - want).abs() < 1e-6, "{got} {want}");
        }
        assert_eq!(got.converged, [true; 4]);
    }

    /// The slope toward a population, per called allele, is at most that along the weights
    /// themselves at the maximum and nowhere else. Alleles that all populations of a sample
    /// lack make single precision lose the others.
    #[test]
    fn projects_to_the_maximum_where_populations_lack_alleles() {
        for (n_samples, n_variants, k) in [(150, 300, 3), (150, 900, 4), (40, 2000, 6)] {
            let (source, f) = rare(n_samples, n_variants, k);
            let got = project(&source, (&f, k), &[], 1e-3, &Task::new()).unwrap();
            assert!(on_simplex(&got.weights, k));
            assert_eq!(got.converged, vec![true; n_samples]);
            let f = wide(&f);
            for (row, q) in decoded(&source).iter().zip(got.weights.chunks_exact(k)) {
                let (mut slopes, mut n) = (vec![0.0; k], 0.0);
                for (g, f) in row.iter().zip(f.chunks_exact(k)) {
                    let Some(g) = g else { continue };
                    let h = expected(q, f);
                    n += 2.0;
                    for (slope, f) in slopes.iter_mut().zip(f) {
                        *slope += g * f / h + (2.0 - g) * (1.0 - f) / (1.0 - h);
                    }
                }
                assert!(slopes.iter().all(|slope| slope / n < 1.0 + 2e-6), "{slopes:?} {n} {q:?}");
            }
            let own = reference_log_likelihood(&source, &got.weights, &f, k);
            let said: f64 = got.log_likelihood.iter().sum();
            assert!((own - said).abs() < 1e-6, "{own} {said}");
        }
    }

    #[test]
    fn ends_where_plain_em_ends_and_says_its_true_likelihood() {
        for (k, missing) in [(2, false), (2, true), (3, true)] {
            let (source, truth, _) = simulated((60, 300), k, missing);
            let start = blurred(&truth, k);
            let fit = fitted(&source, &start, &settings(k));
            let own = reference_log_likelihood(&source, &fit.weights, &wide(&fit.frequencies), k);
            assert!((own - fit.log_likelihood).abs() < 1e-2, "{own} {}", fit.log_likelihood);
            let (mut q, mut f) = (start, vec![0.5; 300 * k]);
            plain_em(&source, &mut q, &mut f, k, 1500);
            let em = reference_log_likelihood(&source, &q, &f, k);
            assert!((fit.log_likelihood - em).abs() < 0.3, "{} {em}", fit.log_likelihood);
            let largest =
                fit.weights.iter().zip(&q).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(largest < 0.02, "{largest}");
            assert!(fit.converged && on_simplex(&fit.weights, k));
        }
    }

    #[test]
    fn the_objective_never_decreases_whatever_the_start() {
        for k in 2..6 {
            let (source, ..) = simulated((50, 120), 3, true);
            let raw: Vec<f64> = (0..50 * k).map(|place| number(place * 13 + k) + 0.01).collect();
            let start: Vec<f64> = raw
                .chunks_exact(k)
                .flat_map(|row| row.iter().map(|x| x / row.iter().sum::<f64>()))
                .collect();
            for sparsity in [None, Some(Sparsity { lambda: 20.0, epsilon: 0.1 })] {
                let fit = fitted(&source, &start, &Settings { sparsity, ..settings(k) });
                assert!(never_decreases(&fit.trace), "k = {k}");
                assert!(on_simplex(&fit.weights, k));
                assert!(fit.frequencies.iter().all(|f| (1e-5..=1.0 - 9e-6).contains(f)));
                let objective = fit.log_likelihood - sparsity.map_or(0.0, |s| s.of(&fit.weights));
                assert!((objective - fit.trace.last().unwrap()).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn a_penalty_leaves_fewer_weights_above_0() {
        let (source, truth, _) = simulated((80, 400), 3, false);
        let start = blurred(&truth, 3);
        let count = |fit: &Fit| fit.weights.iter().filter(|&&q| q > 1e-4).count();
        let free = fitted(&source, &start, &settings(3));
        let sparsity = Some(Sparsity { lambda: 300.0, epsilon: 0.05 });
        let sparse = fitted(&source, &start, &Settings { sparsity, ..settings(3) });
        assert!(count(&sparse) < count(&free), "{} {}", count(&sparse), count(&free));
        assert!(sparse.log_likelihood < free.log_likelihood);
    }

    /// log(1 + 1 / 0.5) / log(1 + 1 / 0.5) = 1 for a weight of 1, 0 for none.
    #[test]
    fn the_penalty_counts_whole_weights() {
        let sparsity = Sparsity { lambda: 7.0, epsilon: 0.5 };
        assert_eq!(sparsity.of(&[1.0, 0.0, 0.0]), 7.0);
        assert!(sparsity.of(&[0.5, 0.5]) > 7.0);
    }

    #[test]
    fn labeled_samples_stay_and_teach_the_others() {
        let k = 3;
        let (source, mut truth, _) = simulated((90, 2000), k, true);
        let fixed: Vec<bool> = (0..90).map(|sample| sample < 45).collect();
        let mut copies = decoded(&source);
        // The first 45 become unadmixed: 15 of each population.
        let (_, _, frequencies) = simulated((90, 2000), k, true);
        for sample in 0..45 {
            for j in 0..k {
                truth[sample * k + j] = f64::from(u8::from(sample / 15 == j));
            }
            for variant in 0..2000 {
                let f = frequencies[variant * k + sample / 15];
                let allele =
                    |offset| f64::from(u8::from(number(sample * 9000 + 2 * variant + offset) < f));
                copies[sample][variant] = Some(allele(0) + allele(1));
            }
        }
        let source = PackedGenotypes::from_copies(90, 2000, |sample, variant| {
            copies[sample][variant].map(|g| g as u8)
        });
        let mut start = vec![1.0 / 3.0; 90 * k];
        start[..45 * k].copy_from_slice(&truth[..45 * k]);
        let start = Start { weights: &start, samples: Samples { fixed: &fixed, haploid: &[] } };
        let got = fit(&source, start, &settings(k), &Task::new()).unwrap();
        assert_eq!(got.weights[..45 * k], truth[..45 * k]);
        let square: f64 = got.weights.iter().zip(&truth).map(|(a, b)| (a - b).powi(2)).sum();
        assert!((square / (45.0 * k as f64)).sqrt() < 0.03, "{square}");
        assert!(got.converged && never_decreases(&got.trace));
    }

    #[test]
    fn variants_and_samples_that_say_nothing_do_no_harm() {
        let (source, truth, _) = simulated((40, 200), 2, false);
        let copies = decoded(&source);
        let odd =
            PackedGenotypes::from_copies(41, 203, |sample, variant| match (sample, variant) {
                (40, _) | (_, 200) => None,
                (_, 201) => Some(0),
                (_, 202) => Some(2),
                _ => copies[sample][variant].map(|g| g as u8),
            });
        let mut start = blurred(&truth, 2);
        start.extend([0.5, 0.5]);
        let got = fitted(&odd, &start, &settings(2));
        assert!(got.converged && got.log_likelihood.is_finite() && on_simplex(&got.weights, 2));
        assert_eq!(got.weights[80..], [0.5, 0.5]);
        assert_eq!(got.frequencies[400..402], [0.5, 0.5]);
        assert!(got.frequencies[402..404].iter().all(|&f| f < 2e-5));
        assert!(got.frequencies[404..406].iter().all(|&f| f > 1.0 - 2e-5));
        let plain = fitted(&source, &start[..80], &settings(2));
        let largest = got.weights[..80]
            .iter()
            .zip(&plain.weights)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f64::max);
        assert!(largest < 0.01, "{largest}");
    }

    #[test]
    fn the_number_of_threads_changes_no_bit() {
        let (source, truth, _) = simulated((300, 5000), 4, true);
        let start = blurred(&truth, 4);
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| fitted(&source, &start, &Settings { max_passes: 6, ..settings(4) }))
        };
        let (one, three) = (with(1), with(3));
        assert_eq!(one.weights, three.weights);
        assert_eq!(one.frequencies, three.frequencies);
        assert_eq!(one.trace, three.trace);
        assert!(!one.converged);
    }

    #[test]
    fn projecting_the_samples_of_a_fit_gives_back_their_weights() {
        let (source, truth, _) = simulated((70, 600), 3, true);
        let fit = fitted(&source, &blurred(&truth, 3), &settings(3));
        let got = project(&source, (&fit.frequencies, 3), &[], 1e-4, &Task::new()).unwrap();
        assert!(!got.converged.contains(&false) && on_simplex(&got.weights, 3));
        let largest =
            got.weights.iter().zip(&fit.weights).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(largest < 0.01, "{largest}");
        let sum: f64 = got.log_likelihood.iter().sum();
        assert!((sum - fit.log_likelihood).abs() < 0.05, "{sum} {}", fit.log_likelihood);
    }

    /// Genotypes 2, 1, 0 and missing, 0: the frequency is 3/8 or, at the second variant, 0 held at
    /// 1e-5; the log-likelihood is 3 log 3/8 + 5 log 5/8 and nothing to speak of.
    #[test]
    fn one_population_has_the_allele_frequencies_of_all_samples() {
        let copies = [[2, 0], [1, 0], [0, 0], [0, 0]];
        let source = PackedGenotypes::from_copies(4, 2, |sample, variant| {
            Some(copies[sample][variant]).filter(|_| variant == 0 || sample != 1)
        });
        let start = Start { weights: &[1.0; 4], samples: Samples::default() };
        let fit = fit(&source, start, &settings(1), &Task::new()).unwrap();
        assert!(fit.converged);
        assert_eq!(fit.weights, [1.0; 4]);
        assert!((fit.frequencies[0] - 0.375).abs() < 1e-6 && fit.frequencies[1] <= 1.01e-5);
        let want = 3.0 * 0.375_f64.ln() + 5.0 * 0.625_f64.ln() + 6.0 * (1.0 - 1e-5_f64).ln();
        assert!((fit.log_likelihood - want).abs() < 1e-5);
    }

    /// Every second sample is haploid, its allele written twice.
    fn half_haploid() -> (PackedGenotypes<'static>, Vec<f64>, Vec<bool>) {
        let (n_samples, n_variants, k) = (140, 300, 2);
        let (_, weights, frequencies) = simulated((n_samples, n_variants), k, false);
        let copies = |sample: usize, variant: usize| {
            let h = expected(&weights[sample * k..][..k], &frequencies[variant * k..][..k]);
            let place = 3 * (sample * n_variants + variant) + 4_000_000;
            let allele = |offset| u8::from(number(place + offset) < h);
            let other = if sample % 2 == 0 { 0 } else { 1 };
            (number(place + 2) > 0.05).then(|| allele(0) + allele(other))
        };
        let source = PackedGenotypes::from_copies(n_samples, n_variants, copies);
        let haploid = (0..n_samples).map(|sample| sample % 2 == 0).collect();
        (source, blurred(&weights, k), haploid)
    }

    /// Log-likelihood of haploid samples: one allele for each genotype.
    #[test]
    fn alleles_of_haploid_samples_count_once() {
        let (source, start, haploid) = half_haploid();
        let k = 2;
        let samples = Samples { fixed: &[], haploid: &haploid };
        let fit =
            fit(&source, Start { weights: &start, samples }, &settings(k), &Task::new()).unwrap();
        assert!(fit.converged);
        let log_likelihood = |weights: &[f64], frequencies: &[f64]| {
            let mut sum = 0.0;
            for ((row, q), haploid) in
                decoded(&source).iter().zip(weights.chunks_exact(k)).zip(&haploid)
            {
                for (g, f) in row.iter().zip(frequencies.chunks_exact(k)) {
                    let Some(g) = g else { continue };
                    let (h, n) = (expected(q, f), if *haploid { 1.0 } else { 2.0 });
                    let g = g * n / 2.0;
                    sum += g * h.ln() + (n - g) * (1.0 - h).ln();
                }
            }
            sum
        };
        let mut frequencies: Vec<f64> = fit.frequencies.iter().map(|&f| f64::from(f)).collect();
        let at_fit = log_likelihood(&fit.weights, &frequencies);
        assert!((at_fit - fit.log_likelihood).abs() < 0.05, "{at_fit} {}", fit.log_likelihood);
        // No small change of a frequency or of the weights of a sample is better.
        for place in (0..frequencies.len()).step_by(37) {
            let kept = frequencies[place];
            for changed in [kept - 0.02, kept + 0.02] {
                frequencies[place] = changed.clamp(1e-5, 1.0 - 1e-5);
                assert!(log_likelihood(&fit.weights, &frequencies) < at_fit + 0.01);
            }
            frequencies[place] = kept;
        }
        let projected = project(&source, (&fit.frequencies, k), &haploid, 1e-4, &Task::new());
        let projected = projected.unwrap();
        let off = |(a, b): (&f64, &f64)| (a - b).abs();
        let worst = projected.weights.iter().zip(&fit.weights).map(off).fold(0.0, f64::max);
        assert!(worst < 0.02, "{worst}");
        let sum: f64 = projected.log_likelihood.iter().sum();
        let own = log_likelihood(&projected.weights, &frequencies);
        assert!((sum - own).abs() < 0.05, "{sum} {own}");
    }

    /// If all are haploid every term is halved, and the maximum is where it was.
    #[test]
    fn samples_that_are_all_haploid_have_the_fit_of_homozygous_diploid_ones() {
        let (source, start, _) = half_haploid();
        let even: Vec<f64> = start.chunks_exact(4).flat_map(|rows| rows[..2].to_vec()).collect();
        let rows = decoded(&source);
        let source = PackedGenotypes::from_copies(70, 300, |sample, variant| {
            rows[2 * sample][variant].map(|g| g as u8)
        });
        let fitted = |haploid: &[bool]| {
            let samples = Samples { fixed: &[], haploid };
            fit(&source, Start { weights: &even, samples }, &settings(2), &Task::new()).unwrap()
        };
        let (one, two) = (fitted(&[true; 70]), fitted(&[]));
        assert!((2.0 * one.log_likelihood - two.log_likelihood).abs() < 0.5);
        let off = |(a, b): (&f64, &f64)| (a - b).abs();
        assert!(one.weights.iter().zip(&two.weights).map(off).fold(0.0, f64::max) < 0.02);
    }

    #[test]
    fn bad_input_and_a_canceled_task_are_errors() {
        let (source, truth, _) = simulated((10, 20), 2, false);
        let start = Start { weights: &truth[..10], samples: Samples::default() };
        let zero = fit(&source, start, &settings(0), &Task::new());
        assert!(matches!(zero, Err(Error::TooFewArchetypes { k: 0 })));
        let short = project(&source, (&[0.5; 4], 2), &[], 1e-3, &Task::new());
        assert!(matches!(short, Err(Error::VariantCountMismatch { expected: 2, found: 20 })));
        let empty = PackedGenotypes::from_copies(5, 0, |_, _| None);
        let start = Start { weights: &truth[..10], samples: Samples::default() };
        let none = fit(&empty, start, &settings(2), &Task::new());
        assert!(matches!(none, Err(Error::NoVariation { n_variants: 0 })));
        let task = Task::new();
        task.cancel();
        let start = Start { weights: &truth, samples: Samples::default() };
        assert!(matches!(fit(&source, start, &settings(2), &task), Err(Error::Interrupted)));
    }
}
