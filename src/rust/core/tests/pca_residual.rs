//! Residuals of fitted samples against fits without them, and of new samples against
//! what they should be.

mod common;

use common::uniform;
use forebear_core::data::genotypes::genotype::PackedGenotypes;
use forebear_core::pca::fit::Fit;
use forebear_core::pca::fit::Method;
use forebear_core::pca::fit::Settings;
use forebear_core::pca::fit::fit;
use forebear_core::pca::project::Projected;
use forebear_core::pca::project::Projection;
use forebear_core::pca::project::Space;
use forebear_core::pca::project::project;
use forebear_core::pca::residual::Unexplained;
use forebear_core::pca::residual::unexplained;
use forebear_core::task::Task;

const N_VARIANTS: usize = 4000;

/// One of the two alleles of a sample; populations drift from common frequencies by F_ST
/// of about 0.1.
fn allele(population: usize, who: usize, variant: usize, copy: u64) -> u8 {
    let base = 0.15 + 0.7 * uniform(1, variant, 0);
    let drift = 0.55 * (uniform(2, variant, population) - 0.5);
    u8::from(uniform(3 + copy, variant, who) < (base + drift).clamp(0.03, 0.97))
}

/// Genotype of a sample of a population in Hardy-Weinberg proportions.
fn copies(population: usize, sample: usize, variant: usize, missing: f64) -> Option<u8> {
    let who = population * 100_000 + sample;
    if uniform(5, variant, who) < missing {
        return None;
    }
    Some((0..2).map(|copy| allele(population, who, variant, copy)).sum())
}

/// Samples `from ..` of populations in turn.
fn samples(
    n_samples: usize,
    populations: &[usize],
    from: usize,
    missing: f64,
) -> PackedGenotypes<'static> {
    PackedGenotypes::from_copies(n_samples, N_VARIANTS, |sample, variant| {
        let population = populations[sample % populations.len()];
        copies(population, from + sample / populations.len(), variant, missing)
    })
}

fn fitted(source: &PackedGenotypes<'_>, num_comp: usize) -> Fit {
    let settings = Settings { method: Method::Exact, num_comp, ..Settings::default() };
    fit(source, &settings, &Task::new()).unwrap()
}

fn projected(fit: &Fit, source: &PackedGenotypes<'_>) -> Projected {
    let space = Space {
        loadings: fit.loadings.as_ref(),
        singular_values: &fit.singular_values,
        standardization: &fit.standardization,
    };
    project(source, space, Projection::Simple, false, &Task::new()).unwrap()
}

fn tested(fit: &Fit, source: &PackedGenotypes<'_>) -> Unexplained {
    let projected = projected(fit, source);
    let standardization = &fit.standardization;
    let reference = fit.residuals.as_ref().unwrap();
    unexplained(&projected.rows, &standardization.center, &standardization.scale, reference)
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The reference implementation fits again without each sample and projects it.
#[test]
fn ratios_of_fitted_samples_agree_with_leaving_each_out() {
    let n = 48;
    for num_comp in [2, 6] {
        let whole = fitted(&samples(n, &[0, 1, 2], 0, 0.0), num_comp);
        let mut plain: Vec<f64> = (0..n)
            .map(|left_out| {
                let of = |sample: usize, variant| copies(sample % 3, sample / 3, variant, 0.0);
                let rest = PackedGenotypes::from_copies(n - 1, N_VARIANTS, |sample, variant| {
                    of(sample + usize::from(sample >= left_out), variant)
                });
                let one = PackedGenotypes::from_copies(1, N_VARIANTS, |_, v| of(left_out, v));
                tested(&fitted(&rest, num_comp), &one).ratio[0]
            })
            .collect();
        plain.sort_by(f64::total_cmp);
        let got = &whole.residuals.as_ref().unwrap().ratios;
        let in_sample: f64 = (0..n)
            .map(|sample| {
                let row = projected(&whole, &samples(n, &[0, 1, 2], 0, 0.0)).rows;
                let score: f64 = row.simple.row(sample).iter().map(|s| s * s).sum();
                (row.squared_norm[sample] - score) / N_VARIANTS as f64
            })
            .sum::<f64>()
            / n as f64;
        assert!((mean(got) - mean(&plain)).abs() < 0.012, "{} {}", mean(got), mean(&plain));
        assert!(mean(got) - in_sample > 0.04, "the correction does something");
        for rank in [4, 12, 24, 36, 44] {
            assert!((got[rank] - plain[rank]).abs() < 0.02, "{rank} {} {}", got[rank], plain[rank]);
        }
    }
}

#[test]
fn new_samples_of_fitted_populations_are_uniform_and_those_of_others_extreme() {
    let fit = fitted(&samples(240, &[0, 1, 2], 0, 0.01), 4);
    let inside = tested(&fit, &samples(240, &[0, 1, 2], 1000, 0.01));
    assert!((mean(&inside.outlier) - 0.5).abs() < 0.08, "{}", mean(&inside.outlier));
    let below = |q: f64| inside.outlier.iter().filter(|&&x| x < q).count() as f64 / 240.0;
    for q in [0.1, 0.25, 0.5, 0.75, 0.9] {
        assert!((below(q) - q).abs() < 0.12, "{q} {}", below(q));
    }
    let outside = tested(&fit, &samples(60, &[7], 0, 0.01));
    assert!(outside.outlier.iter().all(|&x| x > 0.99));
    let admixed = PackedGenotypes::from_copies(60, N_VARIANTS, |sample, variant| {
        let parent = |copy: u64| usize::from(uniform(9 + copy, variant / 50, sample) < 0.5);
        Some((0..2).map(|copy| allele(parent(copy), 3000 + sample, variant, copy)).sum())
    });
    let between = tested(&fit, &admixed);
    assert!(mean(&between.outlier) < 0.65, "{}", mean(&between.outlier));
}

/// Missing genotypes make new samples neither outliers nor the opposite.
#[test]
fn missing_genotypes_do_not_make_outliers() {
    let fit = fitted(&samples(240, &[0, 1, 2], 0, 0.0), 4);
    for missing in [0.1, 0.5] {
        let inside = tested(&fit, &samples(240, &[0, 1, 2], 1000, missing));
        assert!((mean(&inside.outlier) - 0.5).abs() < 0.1, "{missing} {}", mean(&inside.outlier));
        let extreme = inside.outlier.iter().filter(|&&x| x > 0.98).count();
        assert!(extreme <= 15, "{extreme}");
    }
    let nothing = PackedGenotypes::from_copies(1, N_VARIANTS, |_, _| None);
    assert!(tested(&fit, &nothing).outlier[0].is_nan());
}

/// All n - 1 components leave nothing of the fitted samples, but of new ones.
#[test]
fn a_fit_of_all_components_still_compares_with_samples_left_out() {
    let fit = fitted(&samples(60, &[0, 1], 0, 0.0), 59);
    let inside = tested(&fit, &samples(60, &[0, 1], 1000, 0.0));
    let ratios = &fit.residuals.as_ref().unwrap().ratios;
    assert!((mean(ratios) - mean(&inside.ratio)).abs() < 0.05 * mean(ratios));
    let no_loadings = Settings { loadings: false, ..Settings::default() };
    let source = samples(20, &[0, 1], 0, 0.0);
    assert!(
        forebear_core::pca::fit::fit(&source, &no_loadings, &Task::new())
            .unwrap()
            .residuals
            .is_none()
    );
}
