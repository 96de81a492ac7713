//! The fit: restarts, of which the best is kept.

use crate::archetypes::alternate::Alternation;
use crate::archetypes::alternate::Limits;
use crate::archetypes::alternate::Solution;
use crate::archetypes::check;
use crate::archetypes::init::first_archetypes;
use crate::archetypes::part;
use crate::archetypes::points::Points;
use crate::archetypes::settings::Settings;
use crate::archetypes::standard_scores::StandardScores;
use crate::archetypes::sweep::SampleWeights;
use crate::error::Result;
use crate::linalg::dot::add_scaled;
use crate::linalg::dot::dot;
use crate::linalg::random::generator;
use crate::linalg::scores::check_scores;
use crate::task::Task;
use faer::Mat;
use ndarray::ArrayView2;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// Factor by which converged archetypes are moved away from the mean for a second attempt. In
/// the leading components the residual has many local minima, which stop
/// archetypes that move outward; fewer stop those that move inward. Measured with 7
/// archetypes of 2,000 samples: six starts ended between 225.6 and 252.6, after
/// expansion all six ended at 225.4; factors from 2 to 6 made no difference.
const EXPANSION: f64 = 3.0;

/// Relative drop of the residual in one iteration at which two attempts are
/// compared and the worse is dropped.
const ROUGH: f64 = 3e-3;

/// The weight of one sample in one archetype.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SampleWeight {
    pub archetype: usize,
    pub sample: usize,
    /// Above 0; the weights of an archetype sum to 1.
    pub weight: f64,
}

/// The best of the restarts, or one of them by itself.
#[derive(Clone, Debug)]
pub struct Fit {
    /// n_samples x k, rows non-negative, sum to 1.
    pub q: Mat<f64>,
    /// k x n_components, in the units of the scores.
    pub archetypes: Mat<f64>,
    /// Weights of samples in archetypes, by archetype, then sample; those not
    /// listed are 0.
    pub sample_weights: Vec<SampleWeight>,
    /// Residual sum of squares `|X - q archetypes|^2`.
    pub rss: f64,
    /// `|X|^2` of the scores as given.
    pub total_sum_of_squares: f64,
    /// Iterations of the attempt that gave this fit.
    pub iterations: usize,
    /// Whether the tolerance was reached before `max_iterations`.
    pub converged: bool,
    /// Residual sum of squares before that attempt and after each of its
    /// iterations, never increasing. The last equals `rss` up to rounding.
    pub trace: Vec<f64>,
    /// Residual sum of squares of every restart.
    pub restart_rss: Vec<f64>,
    /// The restart that was kept, the first of the best.
    pub best_restart: usize,
}

/// Fits `k` archetypes, weighted means of samples, so that mixtures of them come
/// as near to the samples as possible.
///
/// | argument | shape                    | values                                |
/// |----------|--------------------------|---------------------------------------|
/// | `scores` | n_samples x n_components | finite; components in decreasing order   |
/// |          |                          | of their sum of squares               |
///
/// With more than `k - 1` components, a restart first fits the leading `k - 1`
/// (`k` archetypes span no more) and starts from there. With more than 50,000
/// samples, all of that is done on some 20,000 of them, the outermost among them, and
/// only the last run, from there to the tolerance, on all: the result is an
/// optimum of all samples, with their weights and their residual. With `k` above
/// `n_components + 1` the weights are not unique; which are returned depends on
/// scores and seed alone. Scores that are all alike are refused, because there
/// are no two different samples.
///
/// # Errors
/// [`crate::error::Error`]: `TooFewArchetypes`, `NoRestarts`,
/// `ToleranceOutOfRange` for the settings; `EmptyScores`, `NonFiniteScore`,
/// `ScoresOutOfRange` for the scores; `TooFewDistinctSamples` if fewer than `k`
/// samples differ; `Interrupted`.
pub fn fit(scores: ArrayView2<'_, f64>, settings: &Settings, task: &Task) -> Result<Fit> {
    let runs = fit_runs(scores, settings, None, task)?;
    let restart_rss: Vec<f64> = runs.iter().map(|run| run.rss).collect();
    let best_restart = (0..runs.len())
        .min_by(|&a, &b| restart_rss[a].total_cmp(&restart_rss[b]))
        .expect("at least one restart");
    let best = runs.into_iter().nth(best_restart).expect("one of the restarts");
    Ok(Fit { restart_rss, best_restart, ..best })
}

/// Every restart of [`fit`] by itself and, after them, one more run that grows from
/// a solution of the same scores with fewer archetypes, if there is one.
///
/// That run adds the worst-fitted sample as a new archetype until there are `k`, so
/// that with the same components it never ends above the residual of `smaller`.
/// Its components are all of the scores from the beginning.
///
/// | argument  | shape                    | values                                      |
/// |-----------|--------------------------|---------------------------------------------|
/// | `scores`  | n_samples x n_components | as for [`fit`]                              |
/// | `smaller` | 1 to k - 1 archetypes    | [`Fit::sample_weights`] of a fit of the same samples |
/// | returned  | restarts, or 1 more      | each a fit of one restart                   |
///
/// # Errors
/// Those of [`fit`].
///
/// # Panics
/// If `smaller` names a sample that is not there, or has `k` archetypes or more.
pub fn fit_runs(
    scores: ArrayView2<'_, f64>,
    settings: &Settings,
    smaller: Option<&[SampleWeight]>,
    task: &Task,
) -> Result<Vec<Fit>> {
    check::settings(settings)?;
    check_scores(scores)?;
    let n_leading = check::leading_components(scores, settings.k)?;
    let standard = StandardScores::new(scores);
    let stages = Stages::new(&standard, n_leading, task)?;
    let smaller = smaller.map(weights_by_archetype);
    let n_stages = settings.restarts * stages.n_runs() + smaller.as_ref().map_or(0, |_| 2);
    task.begin("archetypal analysis", (n_stages * settings.max_iterations) as u64)?;
    let run = |restart| {
        let solution = match &smaller {
            Some(smaller) if restart == settings.restarts => {
                stages.grow(settings, smaller, task)?
            }
            _ => stages.run(settings, restart, task)?,
        };
        Ok(fit_of(&solution, scores, residual(&standard, &solution), standard.scale))
    };
    let n_runs = settings.restarts + usize::from(smaller.is_some());
    (0..n_runs).into_par_iter().map(run).collect()
}

/// Weights of the samples after a run from given archetypes, for each of several
/// tables of scores of the same samples.
///
/// There is one attempt, without expansion: archetypes that begin near their best
/// positions keep their order, so the columns of all results mean the same.
///
/// | argument | shape                          | values                             |
/// |----------|--------------------------------|------------------------------------|
/// | `tables` | n_samples x n_components, each | as for [`fit`]                     |
/// | `start`  | `settings.k` archetypes        | [`Fit::sample_weights`] of the same samples |
/// | returned | n_samples x k, each            | rows non-negative, sum to 1        |
///
/// # Errors
/// Those of [`fit`].
///
/// # Panics
/// If `start` names a sample that is not there, or has other than `k` archetypes.
pub fn refit(
    tables: &[ArrayView2<'_, f64>],
    settings: &Settings,
    start: &[SampleWeight],
    task: &Task,
) -> Result<Vec<Mat<f64>>> {
    check::settings(settings)?;
    let sample_weights = weights_by_archetype(start);
    assert_eq!(sample_weights.len(), settings.k, "one list of samples per archetype");
    let Settings { k, tolerance, max_iterations, .. } = *settings;
    task.begin("archetypes of replicates", tables.len() as u64)?;
    let one = |table: &ArrayView2<'_, f64>| {
        check_scores(*table)?;
        check::leading_components(*table, k)?;
        let points = Points::Coordinates(StandardScores::new(*table).table);
        let cold = vec![0.0; points.count() * k];
        let mut run = Alternation::new(&points, &sample_weights, cold, task)?;
        run.run_within(Limits { tolerance, max_iterations }, task)?;
        task.advance(1)?;
        let weights = run.into_best().weights;
        Ok(Mat::from_fn(points.count(), k, |sample, l| weights[sample * k + l]))
    };
    tables.par_iter().map(one).collect()
}

/// The data of the stages of a run.
struct Stages {
    /// The leading components.
    leading: Points,
    /// All components, unless the leading ones are all.
    all: Option<Points>,
}

impl Stages {
    fn new(standard: &StandardScores, n_leading: usize, task: &Task) -> Result<Stages> {
        let leading = standard.leading(n_leading);
        let more = n_leading < standard.table.ncols();
        let all = if more { Some(standard.all(task)?) } else { None };
        Ok(Stages { leading, all })
    }

    /// Runs of up to `max_iterations` in each restart.
    fn n_runs(&self) -> usize {
        let of_stages = if self.all.is_some() { 4 } else { 2 };
        of_stages + usize::from(part::are_many(self.last()))
    }

    /// The points that a run ends with.
    fn last(&self) -> &Points {
        self.all.as_ref().unwrap_or(&self.leading)
    }

    /// One restart; with very many samples, a subset is fitted first.
    fn run(&self, settings: &Settings, restart: usize, task: &Task) -> Result<Solution> {
        let Settings { k, tolerance, max_iterations, .. } = *settings;
        let mut generator = generator(settings.seed, restart as u64);
        if !part::are_many(self.last()) {
            return self.run_stages(settings, &mut generator, task);
        }
        let chosen = part::choose(&self.leading, &mut generator);
        let leading = part::of(&self.leading, &chosen);
        if !check::has_distinct(leading.table(), k) {
            let solution = self.run_stages(settings, &mut generator, task)?;
            task.advance(max_iterations as u64)?;
            return Ok(solution);
        }
        let part = Stages { leading, all: self.all.as_ref().map(|all| part::of(all, &chosen)) };
        let mut sample_weights = part.run_stages(settings, &mut generator, task)?.sample_weights;
        for sample in sample_weights.iter_mut().flat_map(|(samples, _)| samples) {
            *sample = chosen[*sample];
        }
        let cold = vec![0.0; self.last().count() * k];
        let mut run = Alternation::new(self.last(), &sample_weights, cold, task)?;
        run.run(Limits { tolerance, max_iterations }, task)?;
        task.advance((max_iterations - run.n_iterations()) as u64)?;
        Ok(run.into_best())
    }

    fn run_stages(
        &self,
        settings: &Settings,
        generator: &mut ChaCha8Rng,
        task: &Task,
    ) -> Result<Solution> {
        let Settings { k, tolerance, max_iterations, .. } = *settings;
        let limits = Limits { tolerance, max_iterations };
        let sample_weights = first_archetypes(settings.init, &self.leading, k, generator, task)?;
        let cold = vec![0.0; self.leading.count() * k];
        let solution = run_stage(&self.leading, &sample_weights, cold, limits, task)?;
        match &self.all {
            Some(all) => run_stage(all, &solution.sample_weights, solution.weights, limits, task),
            None => Ok(solution),
        }
    }

    /// A run from fewer archetypes, in all components at once.
    fn grow(
        &self,
        settings: &Settings,
        smaller: &[SampleWeights],
        task: &Task,
    ) -> Result<Solution> {
        let Settings { k, tolerance, max_iterations, .. } = *settings;
        let points = self.last();
        let sample_weights = grown(points, smaller, k, task)?;
        let cold = vec![0.0; points.count() * k];
        run_stage(points, &sample_weights, cold, Limits { tolerance, max_iterations }, task)
    }
}

/// Archetypes with the worst-fitted samples added one by one.
fn grown(
    points: &Points,
    smaller: &[SampleWeights],
    k: usize,
    task: &Task,
) -> Result<Vec<SampleWeights>> {
    assert!(smaller.len() < k, "a solution with fewer archetypes");
    let mut sample_weights = smaller.to_vec();
    while sample_weights.len() < k {
        let cold = vec![0.0; points.count() * sample_weights.len()];
        let worst = Alternation::new(points, &sample_weights, cold, task)?.worst_fitted();
        sample_weights.push((vec![worst], vec![1.0]));
    }
    Ok(sample_weights)
}

/// Samples and weights of each archetype, in the order of the archetypes.
fn weights_by_archetype(list: &[SampleWeight]) -> Vec<SampleWeights> {
    let k = list.iter().map(|entry| entry.archetype + 1).max().unwrap_or(0);
    let mut sample_weights = vec![(Vec::new(), Vec::new()); k];
    for entry in list {
        sample_weights[entry.archetype].0.push(entry.sample);
        sample_weights[entry.archetype].1.push(entry.weight);
    }
    sample_weights
}

/// Runs from given archetypes until they converge, and again from there after expansion;
/// the better of the two, the first of equals, continues to the tolerance.
///
/// `weights` (n_samples x k) is a hint for the first step, all 0 for none.
fn run_stage(
    points: &Points,
    sample_weights: &[SampleWeights],
    weights: Vec<f64>,
    limits: Limits,
    task: &Task,
) -> Result<Solution> {
    let mut plain = Alternation::new(points, sample_weights, weights, task)?;
    plain.run(limits.no_finer_than(ROUGH), task)?;
    let mut expanded = plain.expanded(EXPANSION, task)?;
    expanded.run(limits.no_finer_than(ROUGH), task)?;
    let n_begun = plain.n_iterations() + expanded.n_iterations();
    let mut better = if expanded.residual() < plain.residual() { expanded } else { plain };
    let n_before = better.n_iterations();
    better.run(limits, task)?;
    let n_done = n_begun + better.n_iterations() - n_before;
    task.advance((2 * limits.max_iterations - n_done) as u64)?;
    Ok(better.into_best())
}

/// A run in the units of the scores; `rss` is its residual in standard units.
fn fit_of(run: &Solution, scores: ArrayView2<'_, f64>, rss: f64, scale: f64) -> Fit {
    let unit = scale * scale;
    let (k, n_components) = (run.sample_weights.len(), scores.ncols());
    let position = positions(scores, run);
    Fit {
        q: Mat::from_fn(scores.nrows(), k, |sample, l| run.weights[sample * k + l]),
        archetypes: Mat::from_fn(k, n_components, |l, component| {
            position[l * n_components + component]
        }),
        sample_weights: list_weights(run),
        rss: rss * unit,
        total_sum_of_squares: scores.iter().map(|score| score * score).sum(),
        iterations: run.n_iterations,
        converged: run.converged,
        trace: run.trace.iter().map(|rss| rss * unit).collect(),
        restart_rss: vec![rss * unit],
        best_restart: 0,
    }
}

/// k x n_components: the archetypes of a run in the units of `scores`, row-major.
fn positions(scores: ArrayView2<'_, f64>, run: &Solution) -> Vec<f64> {
    let n_components = scores.ncols();
    let mut positions = vec![0.0; run.sample_weights.len() * n_components];
    for ((samples, weights), position) in
        run.sample_weights.iter().zip(positions.chunks_exact_mut(n_components))
    {
        for (&sample, &weight) in samples.iter().zip(weights) {
            for (sum, score) in position.iter_mut().zip(scores.row(sample)) {
                *sum += weight * score;
            }
        }
    }
    positions
}

/// `|X - A Z|^2` as it is written, in standard units.
fn residual(standard: &StandardScores, run: &Solution) -> f64 {
    let positions = positions(standard.table.view(), run);
    let k = run.sample_weights.len();
    let n_components = standard.table.ncols();
    let mut rest = vec![0.0; n_components];
    let mut sum = 0.0;
    for (row, weights) in standard.table.rows().into_iter().zip(run.weights.chunks_exact(k)) {
        rest.copy_from_slice(row.as_slice().expect("row-major order"));
        for (position, &weight) in positions.chunks_exact(n_components).zip(weights) {
            if weight > 0.0 {
                add_scaled(&mut rest, -weight, position);
            }
        }
        sum += dot(&rest, &rest);
    }
    sum
}

fn list_weights(run: &Solution) -> Vec<SampleWeight> {
    let mut list = Vec::new();
    for (archetype, (samples, weights)) in run.sample_weights.iter().enumerate() {
        let entry = |(&sample, &weight)| SampleWeight { archetype, sample, weight };
        list.extend(samples.iter().zip(weights).map(entry));
    }
    list.sort_unstable_by_key(|entry| (entry.archetype, entry.sample));
    list
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archetypes::init::Init;
    use crate::archetypes::simulated::assert_close;
    use crate::archetypes::simulated::mixtures;
    use crate::archetypes::simulated::normal;
    use crate::archetypes::simulated::simplex;
    use crate::error::Error;
    use approx::assert_abs_diff_eq;
    use approx::assert_relative_eq;
    use ndarray::Array2;
    use ndarray::Axis;
    use ndarray::array;

    const INITS: [Init; 4] = [Init::FurthestSum, Init::Sample, Init::Uniform, Init::PlusPlus];

    fn run(scores: &Array2<f64>, settings: Settings) -> Fit {
        fit(scores.view(), &settings, &Task::new()).unwrap()
    }

    fn table(matrix: &Mat<f64>) -> Array2<f64> {
        Array2::from_shape_fn((matrix.nrows(), matrix.ncols()), |(i, j)| matrix[(i, j)])
    }

    /// Properties of any fit of any scores.
    fn assert_sound(scores: &Array2<f64>, fit: &Fit, k: usize) {
        let (n, d) = scores.dim();
        let (q, archetypes) = (table(&fit.q), table(&fit.archetypes));
        assert_eq!((q.dim(), archetypes.dim()), ((n, k), (k, d)));
        let mut beta = Array2::<f64>::zeros((k, n));
        for entry in &fit.sample_weights {
            assert!(entry.weight > 0.0);
            beta[(entry.archetype, entry.sample)] += entry.weight;
        }
        assert!(q.iter().all(|weight| *weight >= 0.0));
        for row in q.rows().into_iter().chain(beta.rows()) {
            assert_abs_diff_eq!(row.sum(), 1.0, epsilon = 1e-12);
        }
        let size = scores.iter().fold(0.0, |size: f64, score| size.max(score.abs()));
        assert_close(&archetypes, &beta.dot(scores), 1e-10 * size);
        let squares = (scores - &q.dot(&archetypes)).mapv(|rest| rest * rest).sum();
        let total: f64 = scores.iter().map(|score| score * score).sum();
        assert_abs_diff_eq!(fit.rss, squares, epsilon = 1e-10 * total);
        assert_relative_eq!(fit.total_sum_of_squares, total, max_relative = 1e-12);
        assert!(fit.trace.is_sorted_by(|a, b| a >= b));
        assert_abs_diff_eq!(fit.trace[fit.trace.len() - 1], fit.rss, epsilon = 1e-10 * total);
    }

    /// The corners of a triangle and mixtures of them: the residual is 0.
    #[test]
    fn finds_the_corners_of_a_triangle() {
        let corners = array![[0.0, 0.0], [6.0, 1.0], [2.0, 5.0]];
        let mut mixtures = simplex(20, 3, 1);
        mixtures.slice_mut(ndarray::s![..3, ..]).assign(&Array2::eye(3));
        let scores = mixtures.dot(&corners);
        for init in INITS {
            let fit = run(&scores, Settings { init, tolerance: 1e-9, ..Settings::new(3) });
            assert_sound(&scores, &fit, 3);
            assert!(fit.rss < 1e-10, "{init:?} {}", fit.rss);
            assert!(fit.converged);
            // Archetypes come in any order: match each corner to the nearest.
            let archetypes = table(&fit.archetypes);
            for (corner, place) in corners.rows().into_iter().enumerate() {
                let distance = |l: &usize| {
                    (&archetypes.row(*l) - &place).mapv(|rest| rest * rest).sum().sqrt()
                };
                let nearest = (0..3).min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap();
                assert!(distance(&nearest) < 1e-4);
                for sample in 0..20 {
                    let got = fit.q[(sample, nearest)];
                    assert_abs_diff_eq!(got, mixtures[(sample, corner)], epsilon = 1e-4);
                }
            }
        }
    }

    #[test]
    fn fits_of_every_shape_are_sound() {
        for init in INITS {
            for (n, k, d) in [(60, 3, 2), (60, 4, 1), (60, 2, 8), (40, 5, 39), (12, 12, 4)] {
                let scores = mixtures(n, k, d, 7);
                let fit = run(&scores, Settings { init, ..Settings::new(k) });
                assert_sound(&scores, &fit, k);
            }
        }
    }

    /// As many archetypes as samples: each is one.
    #[test]
    fn one_archetype_per_sample_leaves_nothing() {
        let scores = normal(6, 5, 1);
        let fit = run(&scores, Settings { tolerance: 1e-12, ..Settings::new(6) });
        assert!(fit.rss < 1e-12 * fit.total_sum_of_squares, "{}", fit.rss);
    }

    #[test]
    fn known_mixtures_come_back() {
        let mixtures = simplex(400, 4, 2);
        let mixtures = mixtures.mapv(|weight| weight * weight);
        let mixtures = &mixtures / &mixtures.sum_axis(Axis(1)).insert_axis(Axis(1));
        let corners = 10.0 * normal(4, 3, 3);
        let fit = run(&mixtures.dot(&corners), Settings::new(4));
        assert!(1.0 - fit.rss / fit.total_sum_of_squares > 0.998);
        let archetypes = table(&fit.archetypes);
        for corner in corners.rows() {
            let nearest = archetypes
                .rows()
                .into_iter()
                .map(|row| (&row - &corner).mapv(|rest| rest * rest).sum().sqrt())
                .fold(f64::INFINITY, f64::min);
            assert!(nearest < 2.5, "{nearest}");
        }
    }

    #[test]
    fn threads_change_no_bit() {
        for d in [5, 700] {
            let scores = mixtures(1300, 6, d, 4);
            let settings = Settings { restarts: 2, max_iterations: 15, ..Settings::new(6) };
            let fits = [1, 2, 3].map(|threads| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                pool.install(|| run(&scores, settings))
            });
            for other in &fits[1..] {
                assert_eq!(other.q, fits[0].q);
                assert_eq!(other.archetypes, fits[0].archetypes);
                assert_eq!(other.sample_weights, fits[0].sample_weights);
                assert_eq!(other.restart_rss, fits[0].restart_rss);
                assert_eq!(other.trace, fits[0].trace);
            }
        }
    }

    #[test]
    fn the_seed_decides_the_fit() {
        let scores = mixtures(100, 5, 4, 5);
        let with = |seed| {
            run(
                &scores,
                Settings { seed, init: Init::Sample, max_iterations: 3, ..Settings::new(5) },
            )
        };
        assert_eq!(with(1).q, with(1).q);
        assert!((2..6).any(|seed| with(seed).q != with(1).q));
    }

    #[test]
    fn the_best_restart_is_kept() {
        let scores = mixtures(100, 5, 4, 6);
        let settings =
            Settings { init: Init::Sample, restarts: 5, max_iterations: 4, ..Settings::new(5) };
        let fit = run(&scores, settings);
        assert_eq!(fit.restart_rss.len(), 5);
        let least = fit.restart_rss.iter().copied().fold(f64::INFINITY, f64::min);
        assert_eq!(fit.rss, least);
        assert_eq!(fit.restart_rss[fit.best_restart], least);
        assert!(fit.restart_rss.iter().any(|rss| *rss > least));
        assert_sound(&scores, &fit, 5);
        let first = run(&scores, Settings { restarts: 1, ..settings });
        assert_eq!(first.rss, fit.restart_rss[0]);
    }

    #[test]
    fn every_restart_by_itself_is_what_the_fit_chose_from() {
        let scores = mixtures(100, 5, 9, 6);
        let settings = Settings { init: Init::Sample, restarts: 4, ..Settings::new(5) };
        let runs = fit_runs(scores.view(), &settings, None, &Task::new()).unwrap();
        let fit = run(&scores, settings);
        let rss: Vec<f64> = runs.iter().map(|run| run.rss).collect();
        assert_eq!(rss, fit.restart_rss);
        assert_eq!(runs[fit.best_restart].q, fit.q);
        for run in &runs {
            assert_sound(&scores, run, 5);
            assert_eq!((&run.restart_rss, run.best_restart), (&vec![run.rss], 0));
        }
    }

    /// In the same components one more archetype never increases the residual, with as many
    /// components as samples (inner products) too; the other runs are not touched.
    #[test]
    fn a_run_that_grows_never_ends_above_the_smaller_fit() {
        for d in [4, 39] {
            let scores = mixtures(40, 6, d, 11);
            let mut smaller = run(&scores, Settings { restarts: 2, ..Settings::new(2) });
            for k in [3, 4, 7] {
                let settings = Settings { restarts: 2, ..Settings::new(k) };
                let sample_weights = Some(&smaller.sample_weights[..]);
                let runs =
                    fit_runs(scores.view(), &settings, sample_weights, &Task::new()).unwrap();
                assert_eq!(runs.len(), 3);
                assert_sound(&scores, &runs[2], k);
                assert!(runs[2].rss <= smaller.rss * (1.0 + 1e-12), "{k} of {d}");
                let without = run(&scores, settings);
                assert_eq!(without.restart_rss, [runs[0].rss, runs[1].rss]);
                smaller = runs[2].clone();
            }
        }
    }

    /// A start from a subset ends with as small a residual as a fit of all samples.
    #[test]
    fn a_part_of_very_many_samples_leads_to_as_good_an_end() {
        for d in [2, 4] {
            let scores = mixtures(50_001, 3, d, 3);
            let settings = Settings { tolerance: 1e-5, ..Settings::new(3) };
            let fit = run(&scores, settings);
            assert_sound(&scores, &fit, 3);
            assert!(fit.converged);
            let standard = StandardScores::new(scores.view());
            let stages = Stages::new(&standard, 2, &Task::new()).unwrap();
            let mut generator = generator(settings.seed, 0);
            let whole = stages.run_stages(&settings, &mut generator, &Task::new()).unwrap();
            let rss = residual(&standard, &whole) * standard.scale * standard.scale;
            assert!(fit.rss <= rss * (1.0 + 1e-3), "{} after {rss}", fit.rss);
        }
    }

    /// A subset may lack the few samples that differ; then all are used from the start.
    #[test]
    fn very_many_samples_of_few_kinds_are_fitted_whole() {
        let mut scores = Array2::zeros((60_000, 2));
        for (sample, place) in [(11, [1.0, 0.0]), (22_222, [0.5, 0.25]), (59_000, [0.0, 1.0])] {
            scores.row_mut(sample).assign(&ndarray::arr1(&place));
        }
        let fit = run(&scores, Settings::new(4));
        assert_sound(&scores, &fit, 4);
        assert!(fit.rss < 1e-12, "{}", fit.rss);
    }

    #[test]
    fn progress_of_very_many_samples_ends_at_its_total() {
        let task = Task::new();
        let scores = mixtures(50_001, 3, 2, 1);
        fit(scores.view(), &Settings { restarts: 2, ..Settings::new(3) }, &task).unwrap();
        assert_eq!(task.progress().done, task.progress().total);
    }

    /// A refit from a solution stays there; one from near it converges to the same solution.
    #[test]
    fn a_refit_stays_where_it_began_and_comes_back_to_it() {
        let scores = mixtures(90, 4, 3, 5);
        let settings = Settings { tolerance: 1e-9, ..Settings::new(4) };
        let best = run(&scores, settings);
        let near = &scores + &(0.01 * normal(90, 3, 8));
        let other = run(&near, settings);
        let tables = [scores.view(), near.view(), scores.view()];
        let got = refit(&tables, &settings, &best.sample_weights, &Task::new()).unwrap();
        assert!((&got[0] - &best.q).norm_max() < 1e-3);
        assert_eq!(got[0], got[2]);
        let change = (&got[1] - &best.q).norm_max();
        assert!(change > 1e-4 && change < 0.2, "{change}");
        let back = refit(&[near.view()], &settings, &other.sample_weights, &Task::new()).unwrap();
        // The archetypes of two fits come in any order: compare the residuals.
        let left = |q: &Mat<f64>| {
            let q = table(q);
            let hat = q.dot(&other_positions(&near, &q));
            (&near - &hat).mapv(|rest| rest * rest).sum()
        };
        assert_relative_eq!(left(&got[1]), left(&back[0]), max_relative = 1e-2);
    }

    /// Least squares of scores on weights.
    fn other_positions(scores: &Array2<f64>, q: &Array2<f64>) -> Array2<f64> {
        use faer::linalg::solvers::Solve;
        let (k, d) = (q.ncols(), scores.ncols());
        let (gram, cross) = (q.t().dot(q), q.t().dot(scores));
        let gram = Mat::from_fn(k, k, |i, j| gram[(i, j)]);
        let cross = Mat::from_fn(k, d, |i, j| cross[(i, j)]);
        table(&gram.full_piv_lu().solve(&cross))
    }

    /// Corners of a triangle and one sample far outside: from the triangle a fourth
    /// archetype can only go there.
    #[test]
    fn what_is_added_is_the_sample_that_was_fitted_worst() {
        let points = Points::Coordinates(array![
            [0.0, 0.0],
            [4.0, 0.0],
            [0.0, 4.0],
            [1.0, 1.0],
            [3.5, 3.0],
            [1.0, -0.5]
        ]);
        let triangle: Vec<SampleWeights> = (0..3).map(|i| (vec![i], vec![1.0])).collect();
        let sample_weights = grown(&points, &triangle, 4, &Task::new()).unwrap();
        assert_eq!(sample_weights[..3], triangle);
        assert_eq!(sample_weights[3], (vec![4], vec![1.0]));
    }

    #[test]
    fn units_and_origin_do_not_matter() {
        let scores = mixtures(100, 4, 6, 8);
        let fit = run(&scores, Settings::new(4));
        for (factor, shift) in [(1e-6, 0.0), (1e6, 0.0), (1.0, 1000.0), (-3.0, 5.0)] {
            let other = run(&scores.mapv(|score| factor * score + shift), Settings::new(4));
            assert_eq!(other.iterations, fit.iterations);
            assert!((other.q - &fit.q).norm_max() < 1e-6, "factor {factor}, shift {shift}");
            assert_relative_eq!(other.rss, factor * factor * fit.rss, max_relative = 1e-6);
        }
    }

    /// FurthestSum settles on the same corners from any sample.
    #[test]
    fn the_order_of_samples_does_not_matter() {
        let scores = mixtures(120, 4, 3, 9);
        let order: Vec<usize> = (0..120).map(|i| (i * 77 + 31) % 120).collect();
        let fit = run(&scores, Settings { tolerance: 1e-10, ..Settings::new(4) });
        let other =
            run(&scores.select(Axis(0), &order), Settings { tolerance: 1e-10, ..Settings::new(4) });
        assert_relative_eq!(other.rss, fit.rss, max_relative = 1e-6);
    }

    /// With all components a fit starts from that of the leading `k - 1`.
    #[test]
    fn more_components_start_from_the_leading_ones() {
        let scores = mixtures(100, 4, 20, 10);
        let settings = Settings { max_iterations: 0, ..Settings::new(4) };
        let all = run(&scores, settings);
        let leading = run(&scores.slice(ndarray::s![.., ..3]).to_owned(), settings);
        assert_eq!(all.sample_weights, leading.sample_weights);
        assert_eq!((all.iterations, all.converged, all.trace.len()), (0, false, 1));
        assert_sound(&scores, &all, 4);
        assert!(run(&scores, Settings::new(4)).rss < all.rss);
    }

    #[test]
    fn awkward_scores_stay_finite() {
        let mut heaps = normal(3, 2, 1).select(Axis(0), &[0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2]);
        let line = Array2::from_shape_fn((30, 4), |(i, j)| (i * i) as f64 * (j as f64 + 1.0));
        let mut outlier = normal(50, 3, 2);
        outlier.row_mut(17).fill(1e7);
        let nearly_alike = normal(40, 3, 3).mapv(|score| 1.0 + 1e-13 * score);
        for (scores, k) in [(&heaps, 3), (&line, 2), (&line, 6), (&outlier, 4), (&nearly_alike, 3)]
        {
            for init in INITS {
                let fit = run(scores, Settings { init, ..Settings::new(k) });
                assert_sound(scores, &fit, k);
                assert!(fit.rss.is_finite());
            }
        }
        let far = run(&outlier, Settings::new(4));
        let first = (0..4).find(|&l| far.q[(17, l)] > 0.999).expect("the outlier is a corner");
        assert!(far.archetypes[(first, 0)] > 9.9e6);
        heaps.fill(2.0);
        let got = fit(heaps.view(), &Settings::new(2), &Task::new());
        assert!(matches!(
            got,
            Err(Error::TooFewDistinctSamples { k: 2, n_samples: 12, n_distinct: 1 })
        ));
    }

    #[test]
    fn refuses_what_it_cannot_fit() {
        let scores = normal(5, 2, 1);
        let refused = |scores: &Array2<f64>, settings| {
            fit(scores.view(), &settings, &Task::new()).unwrap_err()
        };
        let settings = Settings::new(2);
        let error = refused(&scores, Settings { k: 1, ..settings });
        assert!(matches!(error, Error::TooFewArchetypes { k: 1 }));
        let error = refused(&scores, Settings { k: 6, ..settings });
        assert!(matches!(
            error,
            Error::TooFewDistinctSamples { k: 6, n_samples: 5, n_distinct: 5 }
        ));
        assert!(matches!(
            refused(&scores, Settings { restarts: 0, ..settings }),
            Error::NoRestarts
        ));
        let error = refused(&scores, Settings { tolerance: -1.0, ..settings });
        assert!(matches!(error, Error::ToleranceOutOfRange { .. }));
        assert!(matches!(refused(&Array2::zeros((5, 0)), settings), Error::EmptyScores { .. }));
        let mut broken = scores;
        broken[(3, 1)] = f64::NAN;
        let error = refused(&broken, settings);
        assert!(matches!(error, Error::NonFiniteScore { sample: 3, component: 1, .. }));
        broken[(3, 1)] = 1e200;
        assert!(matches!(refused(&broken, settings), Error::ScoresOutOfRange { .. }));
    }

    #[test]
    fn stops_when_canceled_on_the_way() {
        let scores = normal(600, 500, 1);
        let settings = Settings { tolerance: 0.0, ..Settings::new(8) };
        let task = Task::new();
        std::thread::scope(|scope| {
            let running = scope.spawn(|| fit(scores.view(), &settings, &task));
            while task.progress().stage != "archetypal analysis" || task.progress().done == 0 {
                std::thread::yield_now();
            }
            task.cancel();
            assert!(matches!(running.join().unwrap(), Err(Error::Interrupted)));
        });
    }

    #[test]
    fn progress_ends_at_its_total() {
        for d in [3, 10] {
            let task = Task::new();
            let settings = Settings { restarts: 3, ..Settings::new(4) };
            fit(mixtures(50, 4, d, 1).view(), &settings, &task).unwrap();
            let progress = task.progress();
            assert_eq!((progress.stage, progress.done), ("archetypal analysis", progress.total));
            assert!(progress.total > 0);
        }
    }
}
