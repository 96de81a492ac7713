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
    /// Passes over all variants.
    pub passes: usize,
    /// The change of the subspace by the last pass, as 1 - mean explained variance.
    pub change: f64,
    /// The change by further passes if the changes keep shrinking at the same rate.
    pub estimated_error: f64,
    /// Whether `estimated_error` reached the tolerance.
    pub converged: bool,
}

/// The `num_comp` leading left singular vectors; fewer if X has lower rank.
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is canceled.
pub fn leading_subspace(
    genotypes: &StandardizedGenotypes<'_>,
    num_comp: usize,
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
    let start = noisy(start.as_ref(), seed, COARSE_LOOKS.len() as u64);
    converge(genotypes, num_comp, start, stop, task)
}

/// Block Krylov passes over all variants until the subspace converges.
fn converge(
    genotypes: &StandardizedGenotypes<'_>,
    num_comp: usize,
    start: Mat<f64>,
    stop: Stop,
    task: &Task,
) -> Result<Subspace> {
    let capacity = basis_capacity(start.nrows(), num_comp);
    let mut space = KrylovSpace::new(start);
    let mut progress = Convergence::default();
    let mut passes = 0;
    while passes < stop.max_passes.max(1) {
        if space.dimension() + WIDTH > capacity {
            space.shrink(capacity / 2)?;
        }
        extend(&mut space, genotypes, task)?;
        passes += 1;
        let exhausted = space.next().ncols() == 0;
        if space.dimension() >= num_comp || exhausted {
            progress.update(space.leading_vectors(num_comp)?);
        }
        if exhausted {
            progress.finish();
        }
        if progress.estimated_error <= stop.tolerance {
            break;
        }
    }
    let converged = progress.estimated_error <= stop.tolerance;
    let Convergence { vectors, change, estimated_error } = progress;
    let vectors = match vectors {
        Some(vectors) => vectors,
        None => space.leading_vectors(num_comp)?,
    };
    Ok(Subspace { vectors, passes, change, estimated_error, converged })
}

/// How the wanted subspace moves from pass to pass.
struct Convergence {
    vectors: Option<Mat<f64>>,
    change: f64,
    estimated_error: f64,
}

impl Default for Convergence {
    fn default() -> Self {
        Convergence { vectors: None, change: 1.0, estimated_error: 1.0 }
    }
}

impl Convergence {
    /// Changes shrink about geometrically, so those still to come add up to
    /// `change * ratio / (1 - ratio)`; the ratio of the last two changes is
    /// trusted only between 0.01 and 0.99.
    fn update(&mut self, vectors: Mat<f64>) {
        if let Some(previous) = &self.vectors {
            let change = 1.0 - mean_explained_variance(vectors.as_ref(), previous.as_ref());
            let change = change.max(f64::EPSILON);
            let ratio = (change / self.change).clamp(0.01, 0.99);
            self.estimated_error = change * ratio / (1.0 - ratio);
            self.change = change;
        }
        self.vectors = Some(vectors);
    }

    /// The space is complete: no change is left.
    fn finish(&mut self) {
        (self.change, self.estimated_error) = (0.0, 0.0);
    }
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
            extend(&mut space, &coarse, task)?;
        }
    }
    space.leading_vectors(WIDTH)
}

/// One pass.
fn extend(
    space: &mut KrylovSpace,
    genotypes: &StandardizedGenotypes<'_>,
    task: &Task,
) -> Result<()> {
    task.begin("finding principal components", genotypes.source.n_variants() as u64)?;
    let image = gram_times(genotypes, None, space.next(), task)?;
    space.extend(image);
    task.check()
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
