//! Principal components of standardized genotypes.
//!
//! Source: Patterson, Price & Reich 2006 for the binomial scale. Scores of samples that lack
//! genotypes are least squares on what they have, see [`crate::pca::least_squares`]. The loadings
//! count a missing genotype as the mean of its variant, unless a sample lacks more than
//! [`MUCH`] of all: then they too come from the observed genotypes alone, see
//! [`crate::pca::completion`].

use crate::data::genotypes::genotype::GenotypeSource;
use crate::error::Error;
use crate::error::Result;
use crate::pca::called_copies::CalledCopies;
use crate::pca::called_copies::called_copies;
use crate::pca::completion::complete;
use crate::pca::exact;
use crate::pca::filled::Filled;
use crate::pca::least_squares::LEAST_PER_COMPONENT;
use crate::pca::least_squares::LeastSquares;
use crate::pca::least_squares::MOST_COMPONENTS;
use crate::pca::least_squares::Observed;
use crate::pca::least_squares::least_squares;
use crate::pca::loadings::Loadings;
use crate::pca::loadings::loadings;
use crate::pca::noise::Spectrum;
use crate::pca::products::block_product::StandardizedGenotypes;
use crate::pca::randomized::Stop;
use crate::pca::randomized::Subspace;
use crate::pca::randomized::leading_subspace;
use crate::pca::rank::ROUNDING;
use crate::pca::residual;
use crate::pca::score_errors::error_covariances;
use crate::pca::score_errors::standard_errors;
use crate::pca::standardize::Scale;
use crate::pca::standardize::Standardization;
use crate::task::Task;
use faer::Mat;
use faer::MatRef;

/// How components are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Whichever is expected to be cheaper, see [`chosen_method`].
    Auto,
    /// Gram matrix and its full decomposition.
    Exact,
    /// Block Krylov iterations.
    Randomized,
}

/// What to fit.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Components wanted.
    /// 0 asks for as many as the data have.
    pub num_comp: usize,
    pub method: Method,
    pub scale: Scale,
    /// Start of the randomized method; the exact one ignores it.
    pub seed: u64,
    /// Largest estimated error of the subspace of the components, as 1 - mean
    /// explained variance.
    pub tolerance: f64,
    /// Most passes of the randomized method over all variants.
    pub max_passes: usize,
    /// Whether to keep loadings.
    pub loadings: bool,
    /// Whether to compute, from the loadings, the reference for the residuals of new samples.
    pub residuals: bool,
    /// Whether to estimate what missing genotypes leave open of the scores, if a sample lacks more
    /// than [`MUCH`]. Otherwise they leave little, and the estimate costs a third of the fit.
    pub errors: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            num_comp: 10,
            method: Method::Auto,
            scale: Scale::Binomial,
            seed: 1,
            tolerance: 1e-6,
            max_passes: 50,
            loadings: true,
            residuals: true,
            errors: false,
        }
    }
}

/// Components and their statistics.
///
/// | field             | shape          | values                                        |
/// |-------------------|----------------|-----------------------------------------------|
/// | `scores`          | n_samples x k  | U d, strongest component first; NaN for samples with too few genotypes |
/// | `loadings`        | n_variants x k | V, unit columns; without rows if not kept     |
/// | `singular_values` | k              | d, decreasing; 0 past the rank of the data       |
/// | `std_errors`      | n_samples x k  | of what missing genotypes leave open of the scores, see [`crate::pca::score_errors`]; NaN past the components found by least squares; `None` unless asked for and a sample lacks more than [`MUCH`] |
#[derive(Clone, Debug)]
pub struct Fit {
    pub scores: Mat<f64>,
    pub std_errors: Option<Mat<f64>>,
    pub loadings: Mat<f64>,
    pub singular_values: Vec<f64>,
    /// Tracy-Widom statistic of every component, see [`crate::pca::noise`]; NaN where too few other
    /// components are left, and past the rank of the data.
    pub tracy_widom: Vec<f64>,
    /// Components above the noise: those before the first that noise explains.
    pub n_above_noise: usize,
    /// The reference for residuals of samples; `None` without loadings.
    pub residuals: Option<residual::Reference>,
    /// `|X|^2`: `d^2` over it is the proportion of variance of a component.
    pub total_sum_of_squares: f64,
    pub standardization: Standardization,
    /// Missing genotypes, all variants together.
    pub n_missing: u64,
    /// Genotypes of every sample that were used: called, at variants that vary.
    pub n_used: Vec<usize>,
    /// Variants that no sample is called at: their mean is not known.
    pub uncalled: Vec<usize>,
    /// [`Method::Exact`] or [`Method::Randomized`], whichever was used.
    pub method: Method,
    /// Passes over all variants to find the subspace.
    pub passes: usize,
    /// The change by the last pass, as 1 - mean explained variance; 0 if exact.
    pub subspace_change: f64,
    /// The estimated change by further passes; 0 if exact.
    pub estimated_error: f64,
    /// Whether `estimated_error` reached the tolerance.
    pub converged: bool,
}

/// Fits `settings.num_comp` components.
///
/// # Errors
/// [`Error::TooFewSamples`] below 2 samples; [`Error::NoVariation`] if all samples
/// agree everywhere; [`Error::NumCompOutOfRange`]; [`Error::Interrupted`] if the
/// task is canceled.
pub fn fit(source: &dyn GenotypeSource, settings: &Settings, task: &Task) -> Result<Fit> {
    if source.n_samples() < 2 {
        return Err(Error::TooFewSamples { n_samples: source.n_samples() });
    }
    let called = called_copies(source, task)?;
    let frequencies = called.iter().map(CalledCopies::allele_frequency);
    let mut standardization = Standardization::from_frequencies(frequencies, settings.scale);
    let Standardization { center, scale, .. } = &standardization;
    let total_sum_of_squares = total_sum_of_squares(&called, (center, scale));
    if total_sum_of_squares == 0.0 {
        return Err(Error::NoVariation { n_variants: source.n_variants() });
    }
    let num_comp = checked_num_comp(source, settings.num_comp, standardization.n_monomorphic)?;
    let settings = &Settings { num_comp, ..*settings };
    let Standardization { center, scale, .. } = &standardization;
    let genotypes = StandardizedGenotypes { source, center, scale };
    let method = chosen_method(settings, source.n_samples());
    let summands = residual::Summands { genotypes, called: &called, scale: settings.scale };
    let n_samples = source.n_samples();
    let lacking =
        |(called, &scale): (&CalledCopies, &f64)| called.n_called < n_samples && scale != 0.0;
    let found = match called.iter().zip(scale).any(lacking) {
        false => find_complete(&summands, settings, method, task)?,
        true => find_incomplete(&summands, settings, method, task)?,
    };
    let Found { subspace, scores, mut loadings, singular_values, sums, solved, .. } = found;
    let total_sum_of_squares = found.total_sum_of_squares.unwrap_or(total_sum_of_squares);
    if let Some(center) = found.center {
        standardization.center = center;
    }
    let fitted = residual::Fitted {
        standardization: &standardization,
        scores: scores.as_ref(),
        singular_values: &singular_values,
        loadings: loadings.as_ref(),
        solved: solved.as_ref(),
    };
    let wanted = settings.loadings && settings.residuals;
    let residuals = sums.filter(|_| wanted).map(|sums| residual::reference(fitted, &sums));
    if !settings.loadings {
        loadings = Mat::zeros(0, num_comp);
    }
    let n_polymorphic = source.n_variants() - standardization.n_monomorphic;
    let mut tracy_widom = subspace.spectrum.statistics();
    tracy_widom.resize(num_comp, f64::NAN);
    Ok(Fit {
        tracy_widom,
        n_above_noise: subspace.spectrum.n_real(),
        scores,
        std_errors: found.std_errors,
        loadings,
        singular_values,
        residuals,
        total_sum_of_squares,
        n_used: solved.map_or_else(|| vec![n_polymorphic; source.n_samples()], |s| s.n_used),
        standardization,
        n_missing: called.iter().map(|called| (n_samples - called.n_called) as u64).sum(),
        uncalled: (0..called.len()).filter(|&variant| called[variant].n_called == 0).collect(),
        method,
        passes: subspace.passes,
        subspace_change: subspace.change,
        estimated_error: subspace.estimated_error,
        converged: subspace.converged,
    })
}

/// `|X|^2` if nothing were missing.
fn whole_sum_of_squares(solved: &LeastSquares) -> f64 {
    let samples = (0..solved.n_used.len()).filter(|&sample| solved.is_known(sample));
    samples.map(|sample| solved.squared_norm(sample)).sum()
}

/// Components, and sums from the same passes.
struct Found {
    subspace: Subspace,
    scores: Mat<f64>,
    loadings: Mat<f64>,
    singular_values: Vec<f64>,
    sums: Option<residual::SampleSums>,
    /// Leading scores, if something is missing.
    solved: Option<LeastSquares>,
    /// Means and sum of squares if nothing were missing, if they are not those of what is called.
    center: Option<Vec<f64>>,
    total_sum_of_squares: Option<f64>,
    std_errors: Option<Mat<f64>>,
}

/// Nothing is missing.
fn find_complete(
    summands: &residual::Summands<'_>,
    settings: &Settings,
    method: Method,
    task: &Task,
) -> Result<Found> {
    let (genotypes, k) = (&summands.genotypes, settings.num_comp);
    let subspace = find_subspace(summands, settings, method, task)?;
    let wanted = (settings.loadings && settings.residuals).then_some(summands);
    let vectors = subspace.vectors.as_ref();
    let (variant_side, sums) = loadings(genotypes, vectors, settings.loadings, None, wanted, task)?;
    let (scores, loadings, singular_values) = arranged(vectors, &variant_side, k);
    Ok(Found {
        subspace,
        scores,
        loadings,
        singular_values,
        sums,
        solved: None,
        center: None,
        total_sum_of_squares: None,
        std_errors: None,
    })
}

/// With more than this proportion missing in one sample, the loadings are biased.
pub const MUCH: f64 = 0.05;

/// Components by which missing genotypes are predicted and scores found by least squares: far
/// fewer than samples, since as many would reproduce the imputed means.
fn least_squares_rank(num_comp: usize, n_samples: usize) -> usize {
    num_comp.min(MOST_COMPONENTS).min((n_samples / LEAST_PER_COMPONENT).max(2))
}

/// Something is missing.
fn find_incomplete(
    summands: &residual::Summands<'_>,
    settings: &Settings,
    method: Method,
    task: &Task,
) -> Result<Found> {
    let (genotypes, k) = (&summands.genotypes, settings.num_comp);
    let n_samples = genotypes.source.n_samples();
    let rank = least_squares_rank(k, n_samples);
    let gram = match method == Method::Exact && k > rank {
        true => Some(exact::gram(genotypes, task)?),
        false => None,
    };
    let mut subspace = match &gram {
        Some(gram) => exact_subspace(exact::leading_vectors_of(gram.clone(), rank, task)?),
        None => find_subspace(summands, settings, method, task)?,
    };
    let n_first = if gram.is_some() { rank } else { k };
    let vectors = subspace.vectors.as_ref();
    let (variant_side, sums) = loadings(genotypes, vectors, true, None, Some(summands), task)?;
    let (mut scores, mut matrix, mut values) = arranged(vectors, &variant_side, n_first);
    let rank = values.iter().take_while(|&&d| d > 0.0).count().min(rank);
    let norms = sums.as_ref().map_or_else(Vec::new, |sums| sums.squared_norms(n_samples));
    let observed = Observed {
        genotypes: *genotypes,
        loadings: matrix.subcols(0, rank),
        simple: scores.subcols(0, rank),
        squared_norm: &norms,
    };
    let mut solved = least_squares(observed, task)?;
    let (mut center, mut total, mut sums) = (None, None, sums);
    if lacks_much(&solved) {
        let n_real = subspace.spectrum.n_real();
        let completion = complete(observed, solved, summands.called, n_real, task)?;
        subspace.passes += 2 * completion.rounds;
        subspace.converged &= completion.converged;
        subspace.estimated_error = subspace.estimated_error.max(completion.change);
        matrix.subcols_mut(0, rank).copy_from(&completion.loadings);
        values[..rank].copy_from_slice(&completion.singular_values);
        solved = completion.solved;
        total = Some(whole_sum_of_squares(&solved));
        center = Some(completion.center);
    }
    let genotypes = &match &center {
        Some(center) => StandardizedGenotypes { center, ..*genotypes },
        None => *genotypes,
    };
    if center.is_some() && sums.is_some() {
        let summands = residual::Summands { genotypes: *genotypes, ..*summands };
        sums = Some(residual::SampleSums::of(&summands, task)?);
    }
    let observed = Observed {
        genotypes: *genotypes,
        loadings: matrix.subcols(0, rank),
        simple: solved.scores.as_ref(),
        squared_norm: &norms,
    };
    let std_errors = match settings.errors && center.is_some() {
        true => Some(standard_errors(error_covariances(observed, &solved, task)?.as_ref(), k)),
        false => None,
    };
    let filled = Filled::new(solved.scores.as_ref(), matrix.subcols(0, rank));
    if let Some(mut gram) = gram {
        if center.is_some() {
            gram = exact::gram(genotypes, task)?;
        }
        gram += filled.gram_change(genotypes, task)?;
        total = Some(gram.diagonal().column_vector().iter().sum());
        (subspace.vectors, subspace.spectrum) = exact::leading_vectors_of(gram, k, task)?;
        let (keep, vectors) = (settings.loadings, subspace.vectors.as_ref());
        let (side, _) = loadings(genotypes, vectors, keep, Some(&filled), None, task)?;
        (scores, matrix, values) = arranged(vectors, &side, k);
    } else {
        if k > rank {
            let beyond = matrix.subcols(rank, k - rank);
            let mut later = scores.subcols_mut(rank, k - rank);
            later += filled.times(genotypes, beyond, task)?;
        }
        scores.subcols_mut(0, rank).copy_from(&solved.scores);
    }
    for sample in (0..n_samples).filter(|&sample| !solved.is_known(sample)) {
        scores.row_mut(sample).iter_mut().for_each(|score| *score = f64::NAN);
    }
    Ok(Found {
        subspace,
        scores,
        loadings: matrix,
        singular_values: values,
        sums,
        solved: Some(solved),
        center,
        total_sum_of_squares: total,
        std_errors,
    })
}

/// Whether a sample whose scores are known lacks more than [`MUCH`].
fn lacks_much(solved: &LeastSquares) -> bool {
    let most = (1.0 - MUCH) * solved.n_variants as f64;
    (0..solved.n_used.len())
        .any(|sample| solved.is_known(sample) && (solved.n_used[sample] as f64) < most)
}

/// Most samples that [`Method::Auto`] treats exactly whatever is asked.
const FEW_SAMPLES: usize = 1000;

/// The method that [`Method::Auto`] chooses.
///
/// Exact work grows with the square of the samples, whatever number of components
/// is wanted; a randomized pass grows with the samples. At 2,504 samples and
/// 100,000 variants the Gram matrix took as long as about 25 passes and its
/// decomposition as 9 more, where 10 components took 4 passes; a component
/// that is mere noise takes 10 to 30, and many components at least one pass for
/// every 10. So the exact method costs little more up to 1,000 samples, and is cheaper
/// when a fifth of all components is wanted.
pub fn chosen_method(settings: &Settings, n_samples: usize) -> Method {
    match settings.method {
        Method::Auto if n_samples <= FEW_SAMPLES => Method::Exact,
        Method::Auto if settings.num_comp > n_samples / 5 => Method::Exact,
        Method::Auto => Method::Randomized,
        chosen => chosen,
    }
}

/// The number of components to find: as many as the data have for 0.
fn checked_num_comp(
    source: &dyn GenotypeSource,
    num_comp: usize,
    n_monomorphic: usize,
) -> Result<usize> {
    let n_samples = source.n_samples();
    let n_polymorphic = source.n_variants() - n_monomorphic;
    let max = (n_samples - 1).min(n_polymorphic);
    if num_comp <= max {
        return Ok(if num_comp == 0 { max } else { num_comp });
    }
    Err(Error::NumCompOutOfRange { num_comp, max, n_samples, n_polymorphic })
}

/// `|X|^2` from the copies of every variant.
fn total_sum_of_squares(called: &[CalledCopies], (centers, scales): (&[f64], &[f64])) -> f64 {
    let of_variant = |(variant, called): (usize, &CalledCopies)| {
        called.squared_deviations_from(centers[variant]) * scales[variant].powi(2)
    };
    called.iter().enumerate().map(of_variant).sum()
}

fn find_subspace(
    summands: &residual::Summands<'_>,
    settings: &Settings,
    method: Method,
    task: &Task,
) -> Result<Subspace> {
    let Settings { num_comp, tolerance, max_passes, seed, .. } = *settings;
    let genotypes = &summands.genotypes;
    if method == Method::Randomized {
        let stop = Stop { tolerance, max_passes };
        let total = total_sum_of_squares(summands.called, (genotypes.center, genotypes.scale));
        return leading_subspace(genotypes, num_comp, total, stop, seed, task);
    }
    Ok(exact_subspace(exact::leading_vectors(genotypes, num_comp, task)?))
}

fn exact_subspace((vectors, spectrum): (Mat<f64>, Spectrum)) -> Subspace {
    Subspace { vectors, spectrum, passes: 1, change: 0.0, estimated_error: 0.0, converged: true }
}

/// Scores, loadings and singular values, strongest component first and padded
/// with zeros to `num_comp`.
fn arranged(
    vectors: MatRef<'_, f64>,
    variant_side: &Loadings,
    num_comp: usize,
) -> (Mat<f64>, Mat<f64>, Vec<f64>) {
    let Loadings { singular_values, signs, matrix } = variant_side;
    let strongest = singular_values.iter().copied().fold(0.0, f64::max);
    let mut order: Vec<usize> = (0..singular_values.len())
        .filter(|&component| singular_values[component] > ROUNDING * strongest)
        .collect();
    order.sort_by(|&a, &b| singular_values[b].total_cmp(&singular_values[a]));
    let column = |j: usize| order.get(j).copied();
    let score = |i: usize, j: usize| {
        column(j).map_or(0.0, |j| vectors[(i, j)] * signs[j] * singular_values[j])
    };
    let loading = |i: usize, j: usize| column(j).map_or(0.0, |j| matrix[(i, j)]);
    (
        Mat::from_fn(vectors.nrows(), num_comp, score),
        Mat::from_fn(matrix.nrows(), num_comp, loading),
        (0..num_comp).map(|j| column(j).map_or(0.0, |j| singular_values[j])).collect(),
    )
}
