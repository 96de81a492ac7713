//! Leading components by a block Krylov method with a cheap start.
//!
//! Source: Musco & Musco 2015, algorithm 2, with two changes. Rayleigh-Ritz is done
//! on the variant side (see [`crate::pca::krylov`]), and the block does not start at
//! random: the same method is run for a few passes on every 16th variant, then on
//! every 4th, which costs less than one full pass and saves about two. A trace of
//! noise is mixed in, so that directions absent from the coarse passes stay within
//! reach.

use crate::error::Result;
use crate::linalg::dense::multiply;
use crate::linalg::random::generator;
use crate::pca::every_nth::EveryNth;
use crate::pca::krylov::KrylovSpace;
use crate::pca::noise::Bulk;
use crate::pca::noise::SIGNIFICANT;
use crate::pca::noise::Spectrum;
use crate::pca::orthonormalize::orthonormalize;
use crate::pca::products::block_product::StandardizedGenotypes;
use crate::pca::products::gram_product::WIDTH;
use crate::pca::products::gram_product::gram_times;
use crate::task::Task;
use faer::Mat;
use faer::MatRef;
use rand_distr::Distribution;
use rand_distr::StandardNormal;

/// Coarse passes: every how many variants, and how many passes.
const COARSE_LOOKS: [(usize, usize); 2] = [(16, 4), (4, 2)];

/// Coarse passes over fewer variants than this would save too little.
const LEAST_VARIANTS: usize = 1024;

/// Length of the noise mixed into a start vector of length 1.
const NOISE: f64 = 0.01;

/// Memory for the basis and its image.
const BASIS_BYTES: usize = 1 << 28;

/// Random columns of the first block, from whose image the spread of the noise is estimated.
const N_PROBES: usize = 4;

/// Passes after which components inside the noise need not be exact, unless there are so few
/// samples that twice as many passes make all of them exact.
const ENOUGH_FOR_NOISE: usize = 8;

/// Largest relative gain of a pass in the eigenvalue of a component inside the noise.
const NOISE_GAIN: f64 = 0.01;

/// When to stop.
#[derive(Clone, Copy, Debug)]
pub struct Stop {
    /// Largest estimated error of the subspace, as 1 - mean explained variance.
    pub tolerance: f64,
    /// Most passes over all variants.
    pub max_passes: usize,
}

/// A subspace of the samples and its estimated error.
#[derive(Clone, Debug)]
pub struct Subspace {
    /// Left singular vectors, n_samples x k, strongest first.
    pub vectors: Mat<f64>,
    /// Squares of their singular values, and the sums of all others.
    pub spectrum: Spectrum,
    /// Passes over all variants.
    pub passes: usize,
    /// The change of the subspace by the last pass, as 1 - mean explained variance.
    pub change: f64,
    /// The change by further passes if the changes keep shrinking at the same rate; of the
    /// components above the noise alone once those inside it gain nothing more that matters.
    pub estimated_error: f64,
    /// Whether `estimated_error` reached the tolerance.
    pub converged: bool,
}

/// The `num_comp` leading left singular vectors; fewer if X has lower rank.
///
/// Components inside the noise have nothing that distinguishes them from the next ones, so
/// their directions would take many passes to settle. They do not hold up the others: once their
/// eigenvalues hardly grow and will not leave the noise (see [`crate::pca::noise`]), the
/// components above it decide. `total` is the sum of all eigenvalues, `|X|^2`.
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is canceled.
pub fn leading_subspace(
    genotypes: &StandardizedGenotypes<'_>,
    num_comp: usize,
    total: f64,
    stop: Stop,
    seed: u64,
    task: &Task,
) -> Result<Subspace> {
    let n_samples = genotypes.source.n_samples();
    let mut start = Mat::zeros(n_samples, 0);
    for (look, (stride, passes)) in COARSE_LOOKS.into_iter().enumerate() {
        if genotypes.source.n_variants() / stride >= LEAST_VARIANTS {
            let start_block = noisy(start.as_ref(), seed, look as u64);
            start = coarse_vectors(genotypes, stride, passes, start_block, task)?;
        }
    }
    let kept = start.subcols(0, start.ncols().min(WIDTH - N_PROBES));
    let start = noisy(kept, seed, COARSE_LOOKS.len() as u64);
    converge(genotypes, num_comp, total, start, stop, task)
}

/// Block Krylov passes over all variants until the subspace converges.
fn converge(
    genotypes: &StandardizedGenotypes<'_>,
    num_comp: usize,
    total: f64,
    start: Mat<f64>,
    stop: Stop,
    task: &Task,
) -> Result<Subspace> {
    let capacity = basis_capacity(start.nrows(), num_comp);
    let probes = start.subcols(start.ncols().saturating_sub(N_PROBES), start.ncols().min(N_PROBES));
    let mut noise = Noise { probes: probes.to_owned(), images: Mat::new(), total };
    let mut space = KrylovSpace::new(start);
    let mut progress = Convergence::default();
    let mut passes = 0;
    while passes < stop.max_passes.max(1) {
        if space.dimension() + WIDTH > capacity {
            space.shrink(capacity / 2)?;
        }
        let image = image_of_next(&space, genotypes, task)?;
        if passes == 0 {
            let n_probes = noise.probes.ncols();
            noise.images = image.subcols(image.ncols() - n_probes, n_probes).to_owned();
        }
        space.extend(image);
        passes += 1;
        let exhausted = space.next().ncols() == 0;
        if space.dimension() >= num_comp || exhausted {
            progress.update(space.leading_vectors(num_comp)?, &noise, passes, stop.tolerance);
        }
        if exhausted {
            progress.finish();
        }
        if progress.estimated_error <= stop.tolerance {
            break;
        }
    }
    if progress.vectors.ncols() == 0 {
        let (vectors, values) = space.leading_vectors(num_comp)?;
        progress.spectrum = noise.spectrum(vectors.as_ref(), values);
        progress.vectors = vectors;
    }
    let converged = progress.estimated_error <= stop.tolerance;
    let Convergence { vectors, spectrum, change, estimated_error, .. } = progress;
    Ok(Subspace { vectors, spectrum, passes, change, estimated_error, converged })
}

/// What is known of the eigenvalues that are not sought: their sum, and by a few random directions
/// their spread (Hutchinson's estimate).
struct Noise {
    /// n x a few, orthonormal and otherwise random.
    probes: Mat<f64>,
    /// G times `probes`.
    images: Mat<f64>,
    /// Sum of all eigenvalues of G.
    total: f64,
}

impl Noise {
    /// The spectrum with `values` as its leading part.
    ///
    /// What is left of a probe without the leading `vectors` has, by the eigenvalues that it
    /// meets, a mean and a mean square; from them only the ratio is taken, since the sum is known.
    fn spectrum(&self, vectors: MatRef<'_, f64>, values: Vec<f64>) -> Spectrum {
        let without = |x: MatRef<'_, f64>| {
            let along = multiply(vectors.transpose(), x);
            x.to_owned() - multiply(vectors, along.as_ref())
        };
        let rest = without(self.probes.as_ref());
        let images = without(self.images.as_ref());
        let (mut length, mut mean, mut square) = (0.0, 0.0, 0.0);
        for (rest, image) in rest.col_iter().zip(images.col_iter()) {
            length += rest.squared_norm_l2();
            mean += rest.iter().zip(image.iter()).map(|(x, y)| x * y).sum::<f64>();
            square += image.squared_norm_l2();
        }
        let n = (self.probes.nrows() - 1).saturating_sub(values.len());
        let sum = (self.total - values.iter().sum::<f64>()).max(0.0);
        let ratio = if mean > 0.0 { (square * length / (mean * mean)).max(1.0) } else { 1.0 };
        let sum_of_squares = if n > 0 { sum * sum / n as f64 * ratio } else { 0.0 };
        Spectrum { leading: values, rest: Bulk { n, sum, sum_of_squares } }
    }
}

/// How the wanted subspace moves from pass to pass.
struct Convergence {
    vectors: Mat<f64>,
    spectrum: Spectrum,
    /// Of all components.
    whole: Change,
    /// Of those above the noise.
    real: Change,
    /// Growth of the eigenvalues in the last pass.
    gains: Vec<f64>,
    change: f64,
    estimated_error: f64,
}

impl Default for Convergence {
    fn default() -> Self {
        Convergence {
            vectors: Mat::new(),
            spectrum: Spectrum::default(),
            whole: Change::default(),
            real: Change::default(),
            gains: Vec::new(),
            change: 1.0,
            estimated_error: 1.0,
        }
    }
}

/// The last change of a subspace, and the estimate of those still to come.
#[derive(Clone, Copy)]
struct Change {
    last: f64,
    to_come: f64,
}

impl Default for Change {
    fn default() -> Self {
        Change { last: 1.0, to_come: 1.0 }
    }
}

impl Change {
    /// Changes shrink about geometrically, so those still to come add up to
    /// `change * ratio / (1 - ratio)`; the ratio of the last two changes is
    /// trusted only between 0.01 and 0.99.
    fn update(&mut self, vectors: MatRef<'_, f64>, previous: MatRef<'_, f64>) {
        let change = match previous.ncols() {
            0 => 0.0,
            _ => 1.0 - mean_explained_variance(vectors, previous),
        };
        let change = change.max(f64::EPSILON);
        let ratio = (change / self.last).clamp(0.01, 0.99);
        *self = Change { last: change, to_come: change * ratio / (1.0 - ratio) };
    }
}

impl Convergence {
    /// Takes in the leading vectors and their eigenvalues after a pass.
    fn update(
        &mut self,
        (vectors, values): (Mat<f64>, Vec<f64>),
        noise: &Noise,
        passes: usize,
        tolerance: f64,
    ) {
        let spectrum = noise.spectrum(vectors.as_ref(), values);
        let n_before = self.vectors.ncols();
        if n_before > 0 {
            self.whole.update(vectors.as_ref(), self.vectors.as_ref());
            let n_real = spectrum.n_real();
            let shown = n_real.min(n_before);
            self.real.update(vectors.subcols(0, n_real), self.vectors.subcols(0, shown));
            let gain = |(now, before): (&f64, &f64)| (now - before).max(0.0);
            let pairs = spectrum.leading.iter().zip(&self.spectrum.leading);
            let gains: Vec<f64> = pairs.map(gain).collect();
            let is_small = vectors.nrows() <= 2 * ENOUGH_FOR_NOISE * WIDTH;
            let settled = shown == n_real
                && !is_small
                && passes >= ENOUGH_FOR_NOISE
                && stays_in_noise(&spectrum, n_real, &gains, &self.gains);
            self.gains = gains;
            let enough = settled && self.real.to_come <= tolerance;
            let counted = if enough { self.real } else { self.whole };
            (self.change, self.estimated_error) = (counted.last, counted.to_come);
        }
        (self.vectors, self.spectrum) = (vectors, spectrum);
    }

    /// The space is complete: no change is left.
    fn finish(&mut self) {
        (self.change, self.estimated_error) = (0.0, 0.0);
    }
}

/// Whether the components from `n_real` on hardly gain any more, and what they may gain yet
/// leaves them inside the noise. Gains too are taken to shrink geometrically.
fn stays_in_noise(spectrum: &Spectrum, n_real: usize, gains: &[f64], before: &[f64]) -> bool {
    let edges = spectrum.edges();
    (n_real..spectrum.leading.len()).all(|component| {
        let value = spectrum.leading[component];
        let (Some(&gain), Some(&before)) = (gains.get(component), before.get(component)) else {
            return false;
        };
        let ratio = gain / before.max(f64::MIN_POSITIVE);
        // Gains that still grow may be those of a component that only begins to show.
        let ratio = if ratio > 1.0 { 0.9 } else { ratio.clamp(0.01, 0.8) };
        let at_last = value + gain * ratio / (1.0 - ratio);
        gain <= NOISE_GAIN * value
            && edges[component].is_some_and(|edge| edge.statistic(at_last) <= SIGNIFICANT)
    })
}

/// Mean over the columns of `wanted` of the length of their projection on
/// `vectors`; both have orthonormal columns. 1 if the span is the same.
pub fn mean_explained_variance(vectors: MatRef<'_, f64>, wanted: MatRef<'_, f64>) -> f64 {
    let overlap = multiply(vectors.transpose(), wanted);
    overlap.col_iter().map(|column| column.norm_l2()).sum::<f64>() / wanted.ncols() as f64
}

/// Leading vectors of every `stride`-th variant.
fn coarse_vectors(
    genotypes: &StandardizedGenotypes<'_>,
    stride: usize,
    passes: usize,
    start: Mat<f64>,
    task: &Task,
) -> Result<Mat<f64>> {
    let source = EveryNth::new(genotypes.source, stride);
    let pick = |values: &[f64]| -> Vec<f64> { values.iter().step_by(stride).copied().collect() };
    let (center, scale) = (pick(genotypes.center), pick(genotypes.scale));
    let coarse = StandardizedGenotypes { source: &source, center: &center, scale: &scale };
    let mut space = KrylovSpace::new(start);
    for _ in 0..passes {
        if space.next().ncols() > 0 {
            let image = image_of_next(&space, &coarse, task)?;
            space.extend(image);
        }
    }
    Ok(space.leading_vectors(WIDTH)?.0)
}

/// One pass: G times the next block of a space.
fn image_of_next(
    space: &KrylovSpace,
    genotypes: &StandardizedGenotypes<'_>,
    task: &Task,
) -> Result<Mat<f64>> {
    task.begin("finding principal components", genotypes.source.n_variants() as u64)?;
    let image = gram_times(genotypes, None, space.next(), task)?;
    task.check()?;
    Ok(image)
}

/// An orthonormal block of full width: `vectors` with a trace of noise, and pure
/// noise for missing columns. Its columns sum to 0, as all of X do.
fn noisy(vectors: MatRef<'_, f64>, seed: u64, stream: u64) -> Mat<f64> {
    let n_samples = vectors.nrows();
    let mut random = generator(seed, stream);
    let mut block = Mat::zeros(n_samples, WIDTH.min(n_samples - 1));
    for column in 0..block.ncols() {
        let noise: Vec<f64> = (0..n_samples).map(|_| StandardNormal.sample(&mut random)).collect();
        let mean = noise.iter().sum::<f64>() / n_samples as f64;
        let length = noise.iter().map(|x| (x - mean).powi(2)).sum::<f64>().sqrt();
        for (row, x) in noise.iter().enumerate() {
            let trace = NOISE * (x - mean) / length;
            let known = if column < vectors.ncols() { vectors[(row, column)] } else { 0.0 };
            block[(row, column)] = known + trace;
        }
    }
    orthonormalize(block.as_ref(), Mat::<f64>::zeros(n_samples, 0).as_ref())
}

/// Columns that the basis may have before it is shrunk by half.
fn basis_capacity(n_samples: usize, num_comp: usize) -> usize {
    let fits = BASIS_BYTES / (16 * n_samples);
    fits.clamp(4 * WIDTH, 16 * WIDTH).max(2 * (num_comp + WIDTH))
}
