//! Scores of samples that lack genotypes, against reference implementations.

mod common;

use common::uniform;
use faer::Mat;
use faer::MatRef;
use forebear_core::data::genotypes::genotype::PackedGenotypes;
use forebear_core::pca::fit::Fit;
use forebear_core::pca::fit::Method;
use forebear_core::pca::fit::Settings;
use forebear_core::pca::fit::fit;
use forebear_core::pca::oadp::oadp;
use forebear_core::pca::project::Projected;
use forebear_core::pca::project::Projection;
use forebear_core::pca::project::Space;
use forebear_core::pca::project::project;
use forebear_core::task::Task;

/// Copies of four populations; runs of `linked` variants are nearly copies of each other.
fn complete(sample: usize, variant: usize, linked: usize) -> u8 {
    let run = variant / linked;
    let spread = 0.5 * (uniform(1, run, sample % 4) - 0.5);
    let p = (0.25 + 0.5 * uniform(2, run, 0) + spread).clamp(0.02, 0.98);
    let own = |copy: u64| match uniform(8 + copy, variant, sample) < 0.05 {
        true => uniform(10 + copy, variant, sample),
        false => uniform(4 + copy, run, sample),
    };
    (0..2).map(|copy| u8::from(own(copy) < p)).sum()
}

fn source(
    samples: std::ops::Range<usize>,
    n_variants: usize,
    linked: usize,
    lacks: impl Fn(usize, usize) -> bool,
) -> PackedGenotypes<'static> {
    PackedGenotypes::from_copies(samples.len(), n_variants, |sample, variant| {
        let sample = samples.start + sample;
        (!lacks(sample, variant)).then(|| complete(sample, variant, linked))
    })
}

fn fitted(source: &PackedGenotypes<'_>, method: Method, num_comp: usize) -> Fit {
    let settings = Settings { method, num_comp, tolerance: 1e-10, ..Settings::default() };
    fit(source, &settings, &Task::new()).unwrap()
}

fn projected(fit: &Fit, source: &PackedGenotypes<'_>, method: Projection) -> Projected {
    let space = Space {
        loadings: fit.loadings.as_ref(),
        singular_values: &fit.singular_values,
        standardization: &fit.standardization,
    };
    project(source, space, method, true, &Task::new()).unwrap()
}

/// Standardized genotypes of a source, and 0 where they are missing; whether they are.
fn standardized(
    fit: &Fit,
    samples: std::ops::Range<usize>,
    linked: usize,
    lacks: &impl Fn(usize, usize) -> bool,
) -> Mat<f64> {
    let (center, scale) = (&fit.standardization.center, &fit.standardization.scale);
    Mat::from_fn(samples.len(), center.len(), |sample, variant| {
        let sample = samples.start + sample;
        let copies = f64::from(complete(sample, variant, linked));
        if lacks(sample, variant) { 0.0 } else { (copies - center[variant]) * scale[variant] }
    })
}

/// Slope of `got` on `want` through 0, samples `rows`.
fn slope(
    got: &Mat<f64>,
    want: &Mat<f64>,
    component: usize,
    rows: impl Iterator<Item = usize>,
) -> f64 {
    let (mut product, mut square) = (0.0, 0.0);
    for row in rows {
        product += got[(row, component)] * want[(row, component)];
        square += want[(row, component)].powi(2);
    }
    product / square
}

/// Gap of two sets of scores, each component of any sign.
fn gap(got: &Mat<f64>, want: &Mat<f64>, n_comp: usize) -> f64 {
    let of = |component: usize| {
        let sign = slope(got, want, component, 0..got.nrows()).signum();
        (0..got.nrows())
            .map(|i| (got[(i, component)] - sign * want[(i, component)]).abs())
            .fold(0.0, f64::max)
    };
    (0..n_comp).map(of).fold(0.0, f64::max)
}

/// Every fourth sample, and one in nine of the others a little.
fn third(sample: usize, variant: usize) -> bool {
    let number = uniform(20, variant, sample);
    if sample % 5 == 3 { number < 0.3 } else { sample % 3 == 0 && number < 0.02 }
}

/// Imputing by the leading components and fitting again, until nothing changes, written out.
fn reference_imputed(
    x: &Mat<f64>,
    lacks: impl Fn(usize, usize) -> bool,
    k: usize,
) -> (Mat<f64>, Mat<f64>) {
    let mut filled = x.clone();
    let mut scores = Mat::zeros(x.nrows(), k);
    for _ in 0..300 {
        let svd = filled.thin_svd().unwrap();
        scores = Mat::from_fn(x.nrows(), k, |i, j| svd.U()[(i, j)] * svd.S()[j]);
        let fit = &scores * svd.V().subcols(0, k).transpose();
        filled =
            Mat::from_fn(
                x.nrows(),
                x.ncols(),
                |i, j| {
                    if lacks(i, j) { fit[(i, j)] } else { x[(i, j)] }
                },
            );
    }
    (scores, filled)
}

#[test]
fn a_fit_with_much_missing_agrees_with_imputing_and_fitting_again() {
    let (n, m) = (60, 700);
    let genotypes = source(0..n, m, 1, third);
    for method in [Method::Exact, Method::Randomized] {
        let fit = fitted(&genotypes, method, 3);
        let x = standardized(&fit, 0..n, 1, &third);
        let (want, _) = reference_imputed(&x, third, 3);
        let size = want.col(0).norm_max();
        assert!(gap(&fit.scores, &want, 3) < 5e-3 * size, "{}", gap(&fit.scores, &want, 3) / size);
        assert!(fit.converged);
    }
}

/// With all n - 1 components scores are those of the imputed matrix, whose leading ones they keep.
#[test]
fn all_components_are_those_of_the_imputed_matrix() {
    let (n, m) = (60, 700);
    let genotypes = source(0..n, m, 1, third);
    let all = fitted(&genotypes, Method::Exact, n - 1);
    let x = standardized(&all, 0..n, 1, &third);
    let rank = n / 10;
    let (_, filled) = reference_imputed(&x, third, rank);
    let svd = filled.thin_svd().unwrap();
    let want = Mat::from_fn(n, n - 1, |i, j| svd.U()[(i, j)] * svd.S()[j]);
    // Of the three components above the noise nearly, of the others as far as they are followed.
    let inner = |scores: MatRef<'_, f64>| scores * scores.transpose();
    let off = |k: usize| {
        let (got, want) = (all.scores.subcols(0, k), want.subcols(0, k));
        (inner(got) - inner(want)).norm_max() / inner(want).norm_max()
    };
    assert!(off(3) < 0.05, "{}", off(3));
    assert!(off(n - 1) < 0.1, "{}", off(n - 1));
    // The loadings belong to the scores.
    let back = &all.scores * all.loadings.transpose();
    let observed = Mat::from_fn(n, m, |i, j| if third(i, j) { 0.0 } else { back[(i, j)] });
    let off = (observed - &x).norm_max();
    // The columns of the imputed matrix sum to 0 as far as the rounds went.
    assert!(off < 1e-3, "{off}");
}

/// Of eight components three are above the noise: the others do not hold them up, nor move them.
#[test]
fn components_inside_the_noise_take_few_rounds() {
    let genotypes = source(0..300, 2_000, 1, |sample, variant| uniform(20, variant, sample) < 0.3);
    let [three, eight] = [3, 8].map(|k| fitted(&genotypes, Method::Exact, k));
    assert!(eight.converged && eight.passes < 40, "{}", eight.passes);
    let inner = |fit: &Fit| fit.scores.subcols(0, 3) * fit.scores.subcols(0, 3).transpose();
    let off = (inner(&eight) - inner(&three)).norm_max() / inner(&three).norm_max();
    assert!(off < 0.05, "{off}");
}

#[test]
fn samples_of_a_fit_lie_where_they_lie_complete() {
    let (n, m) = (200, 3000);
    let complete = fitted(&source(0..n, m, 1, |_, _| false), Method::Exact, 3);
    let little = |sample: usize, variant: usize| uniform(20, variant, sample) < 0.04;
    for lacks in [&third as &dyn Fn(usize, usize) -> bool, &little] {
        for method in [Method::Exact, Method::Randomized] {
            let fit = fitted(&source(0..n, m, 1, lacks), method, 3);
            for component in 0..3 {
                let rows = (0..n).filter(|sample| sample % 5 == 3);
                let slope = slope(&fit.scores, &complete.scores, component, rows);
                assert!((slope.abs() - 1.0).abs() < 0.03, "{component} {slope}");
            }
            // Where little is missing, that of what is called.
            let total = fit.total_sum_of_squares / complete.total_sum_of_squares;
            assert!((total - 1.0).abs() < 0.05, "{total}");
        }
    }
}

/// New samples: the normal equations, the residual scaled to all variants, then OADP.
#[test]
fn projection_agrees_with_least_squares_written_out() {
    let (n, m, k) = (80, 1500, 4);
    let fit = fitted(&source(0..n, m, 1, |_, _| false), Method::Exact, k);
    // Variants 0, 3, 6 are absent; every third new sample is complete otherwise.
    let lacks = |sample: usize, variant: usize| {
        variant % 3 == 0 || (sample % 3 > 0 && uniform(9, variant, sample) < 0.4)
    };
    let x = standardized(&fit, n..n + 20, 1, &lacks);
    let got = projected(&fit, &source(n..n + 20, m, 1, lacks), Projection::Oadp);
    let simple = projected(&fit, &source(n..n + 20, m, 1, lacks), Projection::Simple);
    for i in 0..20 {
        let seen: Vec<usize> = (0..m).filter(|&j| !lacks(n + i, j)).collect();
        let v = Mat::from_fn(seen.len(), k, |j, c| fit.loadings[(seen[j], c)]);
        let own = Mat::from_fn(seen.len(), 1, |j, _| x[(i, seen[j])]);
        let gram = v.transpose() * &v;
        let inverse = gram.self_adjoint_eigen(faer::Side::Lower).unwrap();
        let u = inverse.U();
        let d = Mat::from_fn(k, k, |a, b| if a == b { 1.0 / inverse.S()[a] } else { 0.0 });
        let s = u * d * u.transpose() * (v.transpose() * &own);
        let residual = (&own - &v * &s).squared_norm_l2();
        let whole = residual * (m - k) as f64 / (seen.len() - k) as f64;
        let s: Vec<f64> = (0..k).map(|c| s[(c, 0)]).collect();
        let norm = s.iter().map(|s| s * s).sum::<f64>() + whole;
        let want = oadp(&fit.singular_values, &s, norm).unwrap();
        for c in 0..k {
            assert!((simple.scores[(i, c)] - s[c]).abs() < 1e-8);
            assert!((got.scores[(i, c)] - want[c]).abs() < 1e-8);
        }
        assert_eq!(got.rows.solved.n_used[i], seen.len());
    }
}

/// Errors of the scores over their standard errors: root mean square, about 1 where they hold.
fn relative_errors(fit: &Fit, linked: usize, lacks: impl Fn(usize, usize) -> bool) -> f64 {
    let (n, m) = (200..320, fit.loadings.nrows());
    let whole = projected(fit, &source(n.clone(), m, linked, |_, _| false), Projection::Oadp);
    let part = projected(fit, &source(n.clone(), m, linked, &lacks), Projection::Oadp);
    let errors = part.standard_errors();
    assert!(whole.standard_errors().norm_max() == 0.0);
    // A sample may happen to lack nothing.
    let lacking: Vec<usize> = (0..n.len()).filter(|&i| errors[(i, 0)] > 0.0).collect();
    let mut sum = 0.0;
    for &i in &lacking {
        for c in 0..3 {
            sum += ((part.scores[(i, c)] - whole.scores[(i, c)]) / errors[(i, c)]).powi(2);
        }
    }
    (sum / (3 * lacking.len()) as f64).sqrt()
}

/// With ten linked variants in a row, whole ranges absent or genotypes missing here and there.
#[test]
fn standard_errors_hold_for_linked_variants() {
    let (m, linked) = (8000, 10);
    let fit = fitted(&source(0..200, m, linked, |_, _| false), Method::Exact, 3);
    let ranges = |sample: usize, variant: usize| uniform(30, variant / 400, sample) < 0.3;
    let shared = |_: usize, variant: usize| uniform(31, variant / 800, 0) < 0.5;
    let scattered = |sample: usize, variant: usize| uniform(32, variant, sample) < 0.4;
    let range = relative_errors(&fit, linked, ranges);
    let absent = relative_errors(&fit, linked, shared);
    let random = relative_errors(&fit, linked, scattered);
    assert!((range - 1.0).abs() < 0.2, "{range}");
    assert!((absent - 1.0).abs() < 0.3, "{absent}");
    assert!((random - 1.0).abs() < 0.35, "{random}");
}

#[test]
fn a_sample_without_enough_genotypes_has_no_place() {
    let lacks = |sample: usize, variant: usize| match sample {
        7 => true,
        8 => variant >= 29,
        9 => variant >= 30,
        _ => false,
    };
    let genotypes = source(0..40, 800, 1, lacks);
    for (method, k) in [(Method::Exact, 3), (Method::Randomized, 3), (Method::Exact, 39)] {
        let fit = fitted(&genotypes, method, k);
        assert!(fit.scores.row(7).iter().all(|score| score.is_nan()));
        assert!(fit.scores.row(8).iter().all(|score| score.is_nan()));
        assert_eq!(fit.n_used[7..10], [0, 29, 30]);
        assert!(fit.scores.row(6).iter().all(|score| score.is_finite()));
        if k == 3 {
            assert!(fit.scores.row(9).iter().all(|score| score.is_finite()));
            let got = projected(&fit, &genotypes, Projection::Oadp);
            assert!(got.scores.row(7).iter().all(|score| score.is_nan()));
            assert!(got.standard_errors()[(7, 0)].is_nan());
            assert!(got.scores.row(9).iter().all(|score| score.is_finite()));
        }
    }
}

/// A sample without a genotype changes nothing for the others.
#[test]
fn a_sample_without_a_genotype_is_no_part_of_the_fit() {
    let with = fitted(&source(0..41, 800, 1, |sample, _| sample == 40), Method::Exact, 3);
    let without = fitted(&source(0..40, 800, 1, |_, _| false), Method::Exact, 3);
    for (got, want) in with.singular_values.iter().zip(&without.singular_values) {
        assert!((got - want).abs() < 1e-9 * want);
    }
    let rest = with.scores.subrows(0, 40).to_owned();
    assert!(gap(&rest, &without.scores, 3) < 1e-7);
    let totals = with.total_sum_of_squares - without.total_sum_of_squares;
    assert!(totals.abs() < 1e-6 * without.total_sum_of_squares);
}

#[test]
fn threads_change_no_bit_of_fits_and_projections_with_missing_genotypes() {
    let genotypes = source(0..70, 2500, 1, third);
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let fit = fitted(&genotypes, Method::Randomized, 4);
            let new = projected(&fit, &source(70..90, 2500, 1, third), Projection::Oadp);
            (fit.scores, fit.loadings, new.scores, new.covariances)
        })
    };
    assert!(with(1) == with(3));
}
