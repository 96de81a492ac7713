//! Components of expected copies against a dense matrix of them, decomposed by faer.

mod common;

use common::uniform;
use faer::Mat;
use forebear_core::data::genotypes::dosed::DosedGenotypes;
use forebear_core::data::genotypes::genotype::PackedGenotypes;
use forebear_core::pca::fit::Fit;
use forebear_core::pca::fit::Method;
use forebear_core::pca::fit::Settings;
use forebear_core::pca::fit::fit;
use forebear_core::pca::products::block_product::StandardizedGenotypes;
use forebear_core::pca::products::genotype_product::transpose_times;
use forebear_core::pca::products::gram_product::gram_times;
use forebear_core::pca::project::Projection;
use forebear_core::pca::project::Space;
use forebear_core::pca::project::project;
use forebear_core::task::Task;

/// Copies in units of 1/16384 of three populations, variant after variant; 65535 is missing.
fn units(n_samples: usize, n_variants: usize, missing: f64) -> Vec<u16> {
    let draw = |index: usize| {
        let (variant, sample) = (index / n_samples, index % n_samples);
        if uniform(3, variant, sample) < missing {
            return u16::MAX;
        }
        let spread = 0.4 * (uniform(1, variant, sample % 3) - 0.5);
        let p = (0.3 + 0.4 * uniform(2, variant, 0) + spread).clamp(0.02, 0.98);
        let own = |copy: u64| uniform(4 + copy, variant, sample);
        let copies = (0..2).filter(|&copy| own(copy) < p).count() as f64;
        let blurred = copies + 1.4 * (uniform(6, variant, sample) - 0.5);
        (blurred.clamp(0.0, 2.0) * 16384.0).round() as u16
    };
    (0..n_samples * n_variants).map(draw).collect()
}

fn bytes(units: &[u16]) -> Vec<u8> {
    units.iter().flat_map(|unit| unit.to_le_bytes()).collect()
}

/// Hard calls that say nothing: all are missing.
fn no_calls(n_samples: usize, n_variants: usize) -> PackedGenotypes<'static> {
    PackedGenotypes::from_copies(n_samples, n_variants, |_, _| None)
}

/// Standardized copies, 0 where missing, by the definition.
fn standardized(units: &[u16], n_samples: usize) -> Mat<f64> {
    let n_variants = units.len() / n_samples;
    let mut matrix = Mat::zeros(n_samples, n_variants);
    for (variant, own) in units.chunks_exact(n_samples).enumerate() {
        let called = || own.iter().filter(|&&unit| unit != u16::MAX);
        let sum: f64 = called().map(|&unit| f64::from(unit) / 16384.0).sum();
        let p = sum / (2 * called().count()) as f64;
        for (sample, &unit) in own.iter().enumerate().filter(|&(_, &unit)| unit != u16::MAX) {
            let copies = f64::from(unit) / 16384.0;
            matrix[(sample, variant)] = (copies - 2.0 * p) / (2.0 * p * (1.0 - p)).sqrt();
        }
    }
    matrix
}

fn fitted(units: &[u16], n_samples: usize, method: Method) -> Fit {
    let (bytes, n_variants) = (bytes(units), units.len() / n_samples);
    let source = DosedGenotypes::new(no_calls(n_samples, n_variants), &bytes);
    let settings = Settings { method, num_comp: 3, tolerance: 1e-12, ..Settings::default() };
    fit(&source, &settings, &Task::new()).unwrap()
}

/// The larger of the differences from a column and from its negative is not looked at.
fn apart(got: &[f64], want: &[f64]) -> f64 {
    let off =
        |sign: f64| got.iter().zip(want).map(|(a, b)| (a - sign * b).abs()).fold(0.0, f64::max);
    off(1.0).min(off(-1.0))
}

fn column(matrix: &Mat<f64>, j: usize) -> Vec<f64> {
    matrix.col(j).iter().copied().collect()
}

#[test]
fn components_of_dosages_agree_with_the_dense_decomposition() {
    let (n, m) = (61, 700);
    let units = units(n, m, 0.0);
    let x = standardized(&units, n);
    let svd = x.thin_svd().unwrap();
    for (method, tolerance) in [(Method::Exact, 1e-9), (Method::Randomized, 1e-3)] {
        let fit = fitted(&units, n, method);
        assert_eq!((fit.n_missing, fit.method), (0, method));
        let total: f64 = x.squared_norm_l2();
        assert!((fit.total_sum_of_squares / total - 1.0).abs() < 1e-10);
        for j in 0..3 {
            let d = svd.S().column_vector()[j];
            assert!((fit.singular_values[j] / d - 1.0).abs() < 1e-5, "{j} {method:?}");
            let want: Vec<f64> = svd.U().col(j).iter().map(|u| u * d).collect();
            assert!(apart(&column(&fit.scores, j), &want) < tolerance * d, "{j} {method:?}");
            let want: Vec<f64> = svd.V().col(j).iter().copied().collect();
            assert!(apart(&column(&fit.loadings, j), &want) < tolerance, "{j} {method:?}");
        }
    }
}

/// With one dosage in fifty missing, loadings are those of the matrix with means in their place and
/// scores are least squares on what a sample has.
#[test]
fn missing_dosages_count_as_missing_genotypes_do() {
    let (n, m) = (48, 600);
    let units = units(n, m, 0.02);
    let x = standardized(&units, n);
    let svd = x.thin_svd().unwrap();
    let fit = fitted(&units, n, Method::Exact);
    assert_eq!(fit.n_missing, units.iter().filter(|&&unit| unit == u16::MAX).count() as u64);
    let v = svd.V().subcols(0, 3).to_owned();
    for sample in 0..n {
        let there: Vec<usize> = (0..m).filter(|v| units[v * n + sample] != u16::MAX).collect();
        let own = Mat::from_fn(there.len(), 3, |i, j| v[(there[i], j)]);
        let copies = Mat::from_fn(there.len(), 1, |i, _| x[(sample, there[i])]);
        let gram = own.transpose() * &own;
        let inverse = gram.thin_svd().unwrap().pseudoinverse();
        let want = inverse * (own.transpose() * copies);
        for j in 0..3 {
            let off = (fit.scores[(sample, j)].abs() - want[(j, 0)].abs()).abs();
            assert!(off < 1e-7 * fit.singular_values[0], "sample {sample} component {j}");
        }
    }
}

/// Whole numbers of copies give the fit, residuals included, of the hard calls that they are.
#[test]
fn whole_dosages_give_the_fit_of_hard_calls() {
    let (n, m) = (40, 500);
    for missing in [0.0, 0.03, 0.2] {
        let units: Vec<u16> = units(n, m, missing)
            .iter()
            .map(|&unit| if unit == u16::MAX { unit } else { (unit + 8192) / 16384 * 16384 })
            .collect();
        let copies = |sample, variant| {
            let unit: u16 = units[variant * n + sample];
            (unit != u16::MAX).then_some((unit / 16384) as u8)
        };
        let hard = PackedGenotypes::from_copies(n, m, copies);
        let settings = Settings { method: Method::Exact, num_comp: 3, ..Settings::default() };
        let want = fit(&hard, &settings, &Task::new()).unwrap();
        let got = fitted(&units, n, Method::Exact);
        assert!((&want.scores - &got.scores).norm_max() < 1e-7 * want.singular_values[0]);
        assert!((&want.loadings - &got.loadings).norm_max() < 1e-8);
        let (want, got) = (want.residuals.unwrap(), got.residuals.unwrap());
        assert!(apart(&got.ratios, &want.ratios) < 1e-7);
    }
}

#[test]
fn projected_dosages_agree_with_the_dense_product() {
    let (n, m) = (45, 650);
    let units = units(n, m, 0.0);
    let fit = fitted(&units, n, Method::Exact);
    let bytes = bytes(&units);
    let source = DosedGenotypes::new(no_calls(n, m), &bytes);
    let space = Space {
        loadings: fit.loadings.as_ref(),
        singular_values: &fit.singular_values,
        standardization: &fit.standardization,
    };
    let found = project(&source, space, Projection::Simple, true, &Task::new()).unwrap();
    let x = standardized(&units, n);
    let want = &x * &fit.loadings;
    assert!((&found.scores - &want).norm_max() < 1e-9 * fit.singular_values[0]);
    for sample in 0..n {
        let norm = x.row(sample).squared_norm_l2();
        assert!((found.rows.squared_norm[sample] / norm - 1.0).abs() < 1e-10);
    }
}

/// The products that all else is made of, several blocks long, with some genotypes missing.
#[test]
fn products_of_dosages_agree_with_dense_ones() {
    let (n, m) = (37, 2500);
    let units = units(n, m, 0.05);
    let (bytes, x) = (bytes(&units), standardized(&units, n));
    let source = DosedGenotypes::new(no_calls(n, m), &bytes);
    let fit = fitted(&units, n, Method::Randomized);
    let own = fit.standardization;
    // Completion has moved the centers: they are those of the called samples here.
    let means: Vec<f64> = units
        .chunks_exact(n)
        .map(|own| {
            let called: Vec<f64> = own
                .iter()
                .filter(|&&unit| unit != u16::MAX)
                .map(|&unit| f64::from(unit) / 16384.0)
                .collect();
            called.iter().sum::<f64>() / called.len() as f64
        })
        .collect();
    let scale: Vec<f64> = means.iter().map(|c| 1.0 / (c * (1.0 - c / 2.0)).sqrt()).collect();
    assert_eq!(own.scale.len(), scale.len());
    let genotypes = StandardizedGenotypes { source: &source, center: &means, scale: &scale };
    let weights = Mat::from_fn(n, 5, |i, j| uniform(9, i, j) - 0.5);
    let (got, want) = (
        transpose_times(&genotypes, weights.as_ref(), &Task::new()).unwrap(),
        x.transpose() * &weights,
    );
    assert!((&got - &want).norm_max() < 1e-9);
    let got = gram_times(&genotypes, None, weights.as_ref(), &Task::new()).unwrap();
    let want = &x * want;
    assert!((&got - &want).norm_max() < 1e-5 * want.norm_max());
}
