//! Components against a reference implementation: genotypes decoded into a dense matrix and
//! decomposed by faer.

mod common;

use common::uniform;
use faer::Mat;
use forebear_core::data::genotypes::genotype::GenotypeSource;
use forebear_core::data::genotypes::genotype::PackedGenotypes;
use forebear_core::error::Error;
use forebear_core::pca::fit::Fit;
use forebear_core::pca::fit::Method;
use forebear_core::pca::fit::Settings;
use forebear_core::pca::fit::fit;
use forebear_core::pca::project::Projected;
use forebear_core::pca::project::Projection;
use forebear_core::pca::project::Space;
use forebear_core::pca::project::project;
use forebear_core::pca::randomized::mean_explained_variance;
use forebear_core::pca::standardize::Scale;
use forebear_core::pca::standardize::Standardization;
use forebear_core::task::Task;

/// Made-up genotypes of four populations, some missing, some variants without
/// variation and one that no sample is called at.
struct Example {
    n_samples: usize,
    n_variants: usize,
    copies: Vec<Option<u8>>,
}

impl Example {
    fn new(n_samples: usize, n_variants: usize, missing: f64) -> Example {
        let draw = |index: usize| {
            let (variant, sample) = (index / n_samples, index % n_samples);
            let spread = 0.3 * (uniform(1, variant, sample % 4) - 0.5);
            let p = (0.2 + 0.5 * uniform(2, variant, 0) + spread).clamp(0.02, 0.98);
            match variant % 97 {
                5 => Some(0),
                6 => Some(2),
                7 => None,
                _ if uniform(3, variant, sample) < missing => None,
                _ => Some((0..2).map(|i| u8::from(uniform(4 + i, variant, sample) < p)).sum()),
            }
        };
        let copies = (0..n_samples * n_variants).map(draw).collect();
        Example { n_samples, n_variants, copies }
    }

    fn copies(&self, sample: usize, variant: usize) -> Option<u8> {
        self.copies[variant * self.n_samples + sample]
    }

    fn packed(&self) -> PackedGenotypes<'static> {
        self.packed_samples(0..self.n_samples)
    }

    fn packed_samples(&self, samples: std::ops::Range<usize>) -> PackedGenotypes<'static> {
        PackedGenotypes::from_copies(samples.len(), self.n_variants, |sample, variant| {
            self.copies(samples.start + sample, variant)
        })
    }

    /// The standardized matrix, samples x variants, by the definition.
    fn reference_matrix(&self, scale: Scale) -> Mat<f64> {
        let mut matrix = Mat::zeros(self.n_samples, self.n_variants);
        for variant in 0..self.n_variants {
            let called: Vec<(usize, f64)> = (0..self.n_samples)
                .filter_map(|sample| Some((sample, f64::from(self.copies(sample, variant)?))))
                .collect();
            let p = called.iter().map(|(_, g)| g).sum::<f64>() / (2 * called.len()) as f64;
            for (sample, g) in called {
                matrix[(sample, variant)] = match scale {
                    _ if p == 0.0 || p == 1.0 => 0.0,
                    Scale::Binomial => (g - 2.0 * p) / (2.0 * p * (1.0 - p)).sqrt(),
                    Scale::None => g - 2.0 * p,
                };
            }
        }
        matrix
    }
}

fn settings(method: Method, num_comp: usize) -> Settings {
    Settings { method, num_comp, ..Settings::default() }
}

fn fitted(source: &PackedGenotypes<'_>, settings: &Settings) -> Fit {
    fit(source, settings, &Task::new()).unwrap()
}

fn space(fit: &Fit) -> Space<'_> {
    Space {
        loadings: fit.loadings.as_ref(),
        singular_values: &fit.singular_values,
        standardization: &fit.standardization,
    }
}

fn projected(source: &PackedGenotypes<'_>, fit: &Fit, method: Projection) -> Projected {
    project(source, space(fit), method, true, &Task::new()).unwrap()
}

fn unit_scores(fit: &Fit) -> Mat<f64> {
    Mat::from_fn(fit.scores.nrows(), fit.scores.ncols(), |i, j| {
        fit.scores[(i, j)] / fit.singular_values[j]
    })
}

/// Two samples, one variant each way: X = [[-1, 1], [1, -1]] sqrt 2 (p = 1/2), so the
/// only component has d^2 = |X|^2 = 8, loadings (1, -1) / sqrt 2 in size and scores
/// -+2. Of the two equally large loadings the first is positive.
#[test]
fn agrees_with_two_samples_worked_by_hand() {
    let source = PackedGenotypes::from_copies(2, 2, |s, v| Some(if s == v { 0 } else { 2 }));
    for method in [Method::Auto, Method::Exact, Method::Randomized] {
        let fit = fitted(&source, &settings(method, 1));
        assert!((fit.singular_values[0] - 8f64.sqrt()).abs() < 1e-6);
        assert!((fit.total_sum_of_squares - 8.0).abs() < 1e-12);
        assert!((fit.scores[(0, 0)] + 2.0).abs() < 1e-6);
        assert!((fit.scores[(1, 0)] - 2.0).abs() < 1e-6);
        assert!((fit.loadings[(0, 0)] - 0.5f64.sqrt()).abs() < 1e-6);
        assert!((fit.loadings[(1, 0)] + 0.5f64.sqrt()).abs() < 1e-6);
    }
}

#[test]
fn exact_agrees_with_the_plain_decomposition_up_to_the_last_component() {
    for (n_samples, n_variants, missing) in [(37, 1301, 0.0), (16, 400, 0.0), (50, 23, 0.0)] {
        for scale in [Scale::Binomial, Scale::None] {
            let example = Example::new(n_samples, n_variants, missing);
            let plain = example.reference_matrix(scale);
            let num_comp = (n_samples - 1).min(19);
            let asked = Settings { scale, ..settings(Method::Exact, num_comp) };
            let fit = fitted(&example.packed(), &asked);
            let svd = plain.thin_svd().unwrap();
            for component in 0..num_comp {
                let want = svd.S()[component];
                assert!((fit.singular_values[component] - want).abs() < 1e-9 * svd.S()[0]);
            }
            let back = &fit.scores * fit.loadings.transpose();
            let seen = &plain * &fit.loadings;
            assert!((&seen - &fit.scores).norm_max() < 1e-8);
            if num_comp == n_samples - 1 {
                assert!((back - &plain).norm_max() < 1e-8);
            }
            let total = plain.squared_norm_l2();
            assert!((fit.total_sum_of_squares - total).abs() < 1e-9 * total);
        }
    }
}

#[test]
fn randomized_finds_the_exact_subspace() {
    for (n_samples, n_variants, missing) in [(203, 8201, 0.0), (130, 1023, 0.0), (66, 17_003, 0.0)]
    {
        let example = Example::new(n_samples, n_variants, missing);
        let fit = fitted(&example.packed(), &settings(Method::Randomized, 3));
        assert!(fit.converged && fit.method == Method::Randomized);
        let svd = example.reference_matrix(Scale::Binomial).thin_svd().unwrap();
        let found = unit_scores(&fit);
        let explained = mean_explained_variance(found.as_ref(), svd.U().subcols(0, 3));
        assert!(1.0 - explained < 1e-6, "1 - MEV is {:e}", 1.0 - explained);
        for component in 0..3 {
            let want = svd.S()[component];
            assert!((fit.singular_values[component] - want).abs() < 1e-6 * want);
        }
    }
}

/// Four populations span three components; the other five asked for are noise, with
/// nothing to distinguish them from the sixth: the iterations must continue until they are right.
#[test]
fn randomized_finds_components_that_drown_in_noise() {
    let example = Example::new(403, 3001, 0.0);
    let fit = fitted(&example.packed(), &settings(Method::Randomized, 8));
    assert!(fit.converged && fit.passes > 3);
    let svd = example.reference_matrix(Scale::Binomial).thin_svd().unwrap();
    let found = unit_scores(&fit);
    let explained = mean_explained_variance(found.as_ref(), svd.U().subcols(0, 8));
    assert!(1.0 - explained < 1e-6, "1 - MEV is {:e}", 1.0 - explained);
}

#[test]
fn randomized_says_so_when_its_passes_are_used_up() {
    let example = Example::new(403, 3001, 0.0);
    let asked = Settings { max_passes: 2, ..settings(Method::Randomized, 8) };
    let fit = fitted(&example.packed(), &asked);
    assert!(!fit.converged);
    assert_eq!(fit.passes, 2);
    assert!(fit.estimated_error > asked.tolerance);
}

/// More components than one block of the Krylov space is wide.
#[test]
fn randomized_finds_many_components() {
    let example = Example::new(120, 900, 0.0);
    let fit = fitted(&example.packed(), &settings(Method::Randomized, 70));
    let svd = example.reference_matrix(Scale::Binomial).thin_svd().unwrap();
    for component in 0..70 {
        let want = svd.S()[component];
        assert!((fit.singular_values[component] - want).abs() < 1e-5 * want);
    }
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let source = Example::new(70, 5000, 0.02).packed();
    for method in [Method::Exact, Method::Randomized] {
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| fitted(&source, &settings(method, 5)))
        };
        let (one, two) = (with(1), with(2));
        assert_eq!(one.scores, two.scores);
        assert_eq!(one.loadings, two.loadings);
        assert_eq!(one.singular_values, two.singular_values);
    }
}

#[test]
fn the_largest_loading_is_positive_whether_or_not_loadings_are_kept() {
    let source = Example::new(70, 2000, 0.02).packed();
    for method in [Method::Exact, Method::Randomized] {
        let kept = fitted(&source, &settings(method, 5));
        for loadings in kept.loadings.col_iter() {
            let largest = loadings.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs()));
            assert!(largest.unwrap() > 0.0);
        }
        let dropped = fitted(&source, &Settings { loadings: false, ..settings(method, 5) });
        assert_eq!(dropped.scores, kept.scores);
        assert_eq!(dropped.loadings.nrows(), 0);
    }
}

#[test]
fn a_variant_without_variation_or_calls_counts_as_nothing() {
    let example = Example::new(20, 97, 0.0);
    let fit = fitted(&example.packed(), &settings(Method::Exact, 2));
    assert_eq!(fit.standardization.n_monomorphic, 3);
    assert_eq!(fit.n_missing, 20);
    for variant in [5, 6, 7] {
        assert_eq!(fit.loadings[(variant, 0)], 0.0);
    }
}

#[test]
fn components_past_the_rank_are_zero() {
    let source = PackedGenotypes::from_copies(6, 40, |sample, variant| {
        Some(((sample % 3 + variant) % 3) as u8)
    });
    for method in [Method::Exact, Method::Randomized] {
        let fit = fitted(&source, &settings(method, 4));
        assert!(fit.singular_values[1] > 1.0);
        assert_eq!(fit.singular_values[2..], [0.0, 0.0]);
        assert_eq!(fit.scores[(3, 3)], 0.0);
        assert!(fit.scores.col_iter().flat_map(|c| c.iter()).all(|score| score.is_finite()));
    }
}

/// As the samples of the fit, new ones have the score 0 there; their other scores do not depend on
/// how many such components there are.
#[test]
fn new_samples_have_no_score_past_the_rank() {
    let make = |n: usize, shift: usize| {
        PackedGenotypes::from_copies(n, 40, move |sample, variant| {
            let more = if sample + shift > 5 { variant * sample / 7 } else { 0 };
            (variant % 11 != shift).then_some(((sample % 3 + variant + more) % 3) as u8)
        })
    };
    let (source, new) = (make(6, 0), make(9, 3));
    let (fit, small) = [4, 2].map(|k| fitted(&source, &settings(Method::Exact, k))).into();
    assert_eq!(fit.singular_values[2..], [0.0, 0.0]);
    let [all, two] = [&fit, &small].map(|fit| projected(&new, fit, Projection::Oadp).scores);
    for sample in 0..9 {
        assert_eq!((all[(sample, 2)], all[(sample, 3)]), (0.0, 0.0));
        assert!((0..2).all(|j| (all[(sample, j)] - two[(sample, j)]).abs() < 1e-9));
    }
    assert!(all.norm_l2() > 1.0);
}

#[test]
fn a_canceled_task_stops_everything() {
    let source = Example::new(70, 2000, 0.0).packed();
    for method in [Method::Exact, Method::Randomized] {
        let task = Task::new();
        task.cancel();
        assert!(matches!(fit(&source, &settings(method, 2), &task), Err(Error::Interrupted)));
    }
    let fit = fitted(&source, &settings(Method::Exact, 2));
    let task = Task::new();
    task.cancel();
    let got = project(&source, space(&fit), Projection::Simple, true, &task);
    assert!(matches!(got, Err(Error::Interrupted)));
}

/// Cancels itself once some variants were read, so that the task is seen in mid-work.
struct Canceling<'a> {
    source: PackedGenotypes<'static>,
    task: &'a Task,
    left: std::sync::atomic::AtomicUsize,
}

impl GenotypeSource for Canceling<'_> {
    fn n_samples(&self) -> usize {
        self.source.n_samples()
    }

    fn n_variants(&self) -> usize {
        self.source.n_variants()
    }

    fn packed<'a>(&'a self, variant: usize, scratch: &'a mut Vec<u8>) -> &'a [u8] {
        if self.left.fetch_sub(1, std::sync::atomic::Ordering::Relaxed) == 1 {
            self.task.cancel();
        }
        self.source.packed(variant, scratch)
    }
}

#[test]
fn a_task_canceled_in_mid_work_stops() {
    for (method, reads) in [(Method::Exact, 5000), (Method::Randomized, 9000)] {
        let task = Task::new();
        let source = Canceling {
            source: Example::new(40, 4000, 0.0).packed(),
            task: &task,
            left: reads.into(),
        };
        assert!(matches!(fit(&source, &settings(method, 2), &task), Err(Error::Interrupted)));
    }
}

/// Returns copies whose bits past the last sample read "missing".
struct DirtyPadding(PackedGenotypes<'static>);

impl GenotypeSource for DirtyPadding {
    fn n_samples(&self) -> usize {
        self.0.n_samples()
    }

    fn n_variants(&self) -> usize {
        self.0.n_variants()
    }

    fn packed<'a>(&'a self, variant: usize, scratch: &'a mut Vec<u8>) -> &'a [u8] {
        *scratch = self.0.packed(variant, &mut Vec::new()).to_vec();
        let used = 2 * (self.0.n_samples() % 4);
        *scratch.last_mut().unwrap() |= 0b0101_0101 << used;
        scratch
    }
}

#[test]
fn bits_past_the_last_sample_change_nothing() {
    let clean = Example::new(70, 2000, 0.02).packed();
    for method in [Method::Exact, Method::Randomized] {
        let want = fitted(&clean, &settings(method, 5));
        let got = fit(&DirtyPadding(clean.clone()), &settings(method, 5), &Task::new()).unwrap();
        assert_eq!(got.scores, want.scores);
        assert_eq!(got.loadings, want.loadings);
        assert_eq!(got.n_missing, want.n_missing);
    }
}

#[test]
fn what_cannot_be_fitted_is_refused() {
    let refuse = |source: &PackedGenotypes<'_>, num_comp| {
        fit(source, &settings(Method::Auto, num_comp), &Task::new()).unwrap_err()
    };
    let one = PackedGenotypes::from_copies(1, 5, |_, v| Some((v % 3) as u8));
    assert!(matches!(refuse(&one, 1), Error::TooFewSamples { n_samples: 1 }));
    let none = PackedGenotypes::from_copies(4, 0, |_, _| None);
    assert!(matches!(refuse(&none, 1), Error::NoVariation { n_variants: 0 }));
    let constant = PackedGenotypes::from_copies(4, 3, |_, v| Some(v as u8));
    assert!(matches!(refuse(&constant, 1), Error::NoVariation { n_variants: 3 }));
    let few = PackedGenotypes::from_copies(9, 4, |s, v| Some(((s + v) % 3) as u8));
    assert!(matches!(
        refuse(&few, 5),
        Error::NumCompOutOfRange { num_comp: 5, max: 4, n_samples: 9, n_polymorphic: 4 }
    ));
    let all = fit(&few, &settings(Method::Auto, 0), &Task::new()).unwrap();
    assert_eq!(all.singular_values.len(), 4);
}

#[test]
fn simple_projection_is_x_times_loadings_with_the_means_of_the_fit() {
    let example = Example::new(83, 1500, 0.0);
    let fit = fitted(&example.packed_samples(0..61), &settings(Method::Exact, 17));
    let new = example.packed_samples(61..83);
    let place = |method| projected(&new, &fit, method);
    let (simple, oadp) = (place(Projection::Simple), place(Projection::Oadp));
    for sample in 0..22 {
        let x: Vec<f64> = (0..1500)
            .map(|variant| {
                example.copies(61 + sample, variant).map_or(0.0, |g| {
                    let Standardization { center, scale, .. } = &fit.standardization;
                    (f64::from(g) - center[variant]) * scale[variant]
                })
            })
            .collect();
        for component in 0..17 {
            let want: f64 = (0..1500).map(|v| x[v] * fit.loadings[(v, component)]).sum();
            assert!((simple.scores[(sample, component)] - want).abs() < 1e-9);
        }
        let want: f64 = x.iter().map(|x| x * x).sum();
        assert!((simple.rows.squared_norm[sample] - want).abs() < 1e-8);
        assert_eq!(oadp.rows.squared_norm[sample], simple.rows.squared_norm[sample]);
        let length = |scores: &Mat<f64>| scores.row(sample).subcols(0, 3).norm_l2();
        assert!(length(&oadp.scores) > length(&simple.scores));
    }
}

#[test]
fn new_samples_must_have_the_variants_of_the_fit() {
    let fit = fitted(&Example::new(20, 90, 0.0).packed(), &settings(Method::Exact, 2));
    let new = Example::new(20, 91, 0.0).packed();
    let got = project(&new, space(&fit), Projection::Oadp, false, &Task::new());
    assert!(matches!(got, Err(Error::VariantCountMismatch { expected: 90, found: 91 })));
}

/// Genotypes in which nothing distinguishes the samples but for two populations.
fn two_populations(n_samples: usize, n_variants: usize) -> PackedGenotypes<'static> {
    PackedGenotypes::from_copies(n_samples, n_variants, |sample, variant| {
        let spread = 0.2 * (uniform(1, variant, sample % 2) - 0.5);
        let p = 0.2 + 0.5 * uniform(2, variant, 0) + spread;
        Some((0..2).map(|i| u8::from(uniform(4 + i, variant, sample) < p)).sum())
    })
}

/// One component is real; nine more of noise do not keep it waiting, and it is as right as ever.
/// The edge of the noise is the same whether all eigenvalues are known or their sums estimated.
#[test]
fn components_inside_the_noise_do_not_hold_up_the_others() {
    let source = two_populations(1201, 1501);
    let exact = fitted(&source, &settings(Method::Exact, 10));
    let fit = fitted(&source, &settings(Method::Randomized, 10));
    assert!(fit.converged && fit.passes <= 12, "{} passes", fit.passes);
    assert_eq!((exact.n_above_noise, fit.n_above_noise), (1, 1));
    let real = |fit: &Fit| unit_scores(fit).subcols(0, 1).to_owned();
    let explained = mean_explained_variance(real(&fit).as_ref(), real(&exact).as_ref());
    assert!(1.0 - explained < 1e-6, "1 - MEV is {:e}", 1.0 - explained);
    for component in 0..10 {
        let ratio = fit.singular_values[component] / exact.singular_values[component];
        assert!((0.99..=1.0 + 1e-6).contains(&ratio), "{component}: {ratio}");
        let (estimated, known) = (fit.tracy_widom[component], exact.tracy_widom[component]);
        assert_eq!(estimated > 0.9793, known > 0.9793, "{component}: {estimated} {known}");
    }
}
