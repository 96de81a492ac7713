//! Leading scores of the samples with the variants resampled by blocks.
//!
//! Source: block bootstrap of Künsch 1989, "The jackknife and the bootstrap for
//! general stationary observations"; the components of a replicate by the Nyström
//! method, as in Halko, Martinsson & Tropp 2011, section 5.5.
//!
//! A replicate draws as many blocks of variants as there are, with replacement. Its
//! matrix of inner products is `G = sum over blocks of draws * X_b X_b'`. With an
//! orthonormal basis `U` of the leading components of all variants and some more,
//! `G U` follows for every replicate from one sweep over the genotypes, and
//! `G ~ G U (U' G U)^-1 (G U)'`. That is exact if `U` spans all of the samples, and
//! off by the square of what the leading components of the replicate have outside
//! of `U` otherwise.
//!
//! Missing genotypes are replaced by the prediction from the scores of the sample. They add no
//! variation to a replicate, so the scores of a sample vary by its proportion f of called genotypes
//! times what they would by least squares: their deviations from the fit are divided by f.

use crate::error::Result;
use crate::linalg::dense::multiply;
use crate::linalg::dense::symmetric_eigen;
use crate::linalg::dense::thin_svd;
use crate::linalg::random::generator;
use crate::pca::filled::Filled;
use crate::pca::orthonormalize::orthonormalize;
use crate::pca::products::block_product::StandardizedGenotypes;
use crate::pca::products::gram_product::WIDTH;
use crate::pca::products::gram_product::gram_times;
use crate::pca::variant_range::VariantRange;
use crate::task::Task;
use faer::Mat;
use faer::MatRef;
use rand_distr::Distribution;
use rand_distr::StandardNormal;
use rand_distr::Uniform;
use rayon::prelude::*;
use std::ops::Range;

/// Components beyond the wanted ones that the basis holds.
const MORE: usize = 10;

/// Passes over the genotypes from random directions to components.
const PASSES: usize = 3;

/// Blocks whose products are held at a time.
const BLOCKS_IN_FLIGHT: usize = 32;

/// Random streams of the basis and of the draws must differ.
const BASIS_STREAM: u64 = u64::MAX;

/// Eigenvalues below this fraction of the largest are rounding errors.
const NEGLIGIBLE: f64 = 1e-10;

/// Which genotypes are missing, and the values that replace them.
///
/// | field    | shape         | values                                              |
/// |----------|---------------|-----------------------------------------------------|
/// | `filled` |               | what `scores` and their loadings predict            |
/// | `scores` | n_samples x d | of the fit, 0 for samples without an answer         |
/// | `called` | n_samples     | proportion of its genotypes that a sample has       |
pub struct Incomplete {
    pub filled: Filled,
    pub scores: Mat<f64>,
    pub called: Vec<f64>,
}

/// Orthonormal columns that span the leading `scores` and some components more.
///
/// | argument | shape        | values                                         |
/// |----------|--------------|------------------------------------------------|
/// | `scores` | n_samples x d | of all variants, any order and sign            |
/// | returned | n_samples x p | p at most d + 10, fewer if X has lower rank    |
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is canceled.
///
/// # Panics
/// If `scores` has other rows than samples.
pub fn basis(
    genotypes: &StandardizedGenotypes<'_>,
    incomplete: Option<&Incomplete>,
    scores: MatRef<'_, f64>,
    seed: u64,
    task: &Task,
) -> Result<Mat<f64>> {
    let n_samples = genotypes.source.n_samples();
    assert_eq!(scores.nrows(), n_samples, "one row of scores per sample");
    let mut random = generator(seed, BASIS_STREAM);
    let (d, none) = (scores.ncols(), Mat::<f64>::zeros(n_samples, 0));
    let noise = Mat::from_fn(n_samples, MORE, |_, _| StandardNormal.sample(&mut random));
    let start = Mat::from_fn(n_samples, d + MORE, |sample, column| {
        if column < d { scores[(sample, column)] } else { noise[(sample, column - d)] }
    });
    let mut basis = orthonormalize(start.as_ref(), none.as_ref());
    let n_groups = (d + MORE).div_ceil(WIDTH);
    task.begin("basis of the replicates", (PASSES * n_groups * n_variants(genotypes)) as u64)?;
    for _ in 0..PASSES {
        let filled = incomplete.map(|incomplete| &incomplete.filled);
        let image = gram_times_all(genotypes, filled, basis.as_ref(), task)?;
        basis = orthonormalize(image.as_ref(), none.as_ref());
    }
    Ok(basis)
}

fn n_variants(genotypes: &StandardizedGenotypes<'_>) -> usize {
    genotypes.source.n_variants()
}

/// `X X' W` for any number of columns.
fn gram_times_all(
    genotypes: &StandardizedGenotypes<'_>,
    filled: Option<&Filled>,
    weights: MatRef<'_, f64>,
    task: &Task,
) -> Result<Mat<f64>> {
    let mut product = Mat::zeros(weights.nrows(), weights.ncols());
    for first in (0..weights.ncols()).step_by(WIDTH) {
        let n_columns = WIDTH.min(weights.ncols() - first);
        let part = gram_times(genotypes, filled, weights.subcols(first, n_columns), task)?;
        product.as_mut().subcols_mut(first, n_columns).copy_from(part);
    }
    Ok(product)
}

/// Ranges of the given lengths, one after the other from variant 0.
pub fn consecutive(lengths: impl IntoIterator<Item = usize>) -> Vec<Range<usize>> {
    let mut end = 0;
    let next = |length: usize| {
        let start = end;
        end += length;
        start..end
    };
    lengths.into_iter().map(next).collect()
}

/// How often a replicate draws each of `n_blocks` blocks; sums to `n_blocks`.
///
/// A replicate's draws depend on `seed` and its number alone.
pub fn draws(n_blocks: usize, seed: u64, replicate: u64) -> Vec<u32> {
    let mut random = generator(seed, replicate);
    let mut draws = vec![0; n_blocks];
    if let Ok(uniform) = Uniform::new(0, n_blocks as u64) {
        (0..n_blocks).for_each(|_| draws[uniform.sample(&mut random) as usize] += 1);
    }
    draws
}

/// Scores of every replicate on its own `num_comp` leading components.
///
/// | argument     | shape                   | values                                  |
/// |--------------|-------------------------|-----------------------------------------|
/// | `basis`      | n_samples x p           | of [`basis`]                            |
/// | `blocks`     | n_blocks                | disjoint ranges of variants             |
/// | `replicates` |                         | numbers of the replicates, from 0       |
/// | returned     | n_samples x num_comp each | columns of decreasing length, of any sign; |
/// |              |                         | 0 beyond the rank of the replicate      |
///
/// Memory: replicates x n_samples x p numbers; callers ask for a few at a time.
///
/// # Errors
/// [`crate::error::Error::Interrupted`]; [`crate::error::Error::DecompositionFailed`].
///
/// # Panics
/// If the basis has other rows than samples, or a block ends after the last variant.
#[allow(clippy::too_many_arguments)]
pub fn replicate_scores(
    genotypes: &StandardizedGenotypes<'_>,
    incomplete: Option<&Incomplete>,
    basis: MatRef<'_, f64>,
    num_comp: usize,
    blocks: &[Range<usize>],
    replicates: Range<u64>,
    seed: u64,
    task: &Task,
) -> Result<Vec<Mat<f64>>> {
    let draws: Vec<Vec<u32>> =
        replicates.map(|replicate| draws(blocks.len(), seed, replicate)).collect();
    let n_groups = basis.ncols().div_ceil(WIDTH);
    task.begin("replicates", (n_groups * blocks.iter().map(Range::len).sum::<usize>()) as u64)?;
    let mut images = vec![Mat::<f64>::zeros(basis.nrows(), basis.ncols()); draws.len()];
    for first in (0..blocks.len()).step_by(BLOCKS_IN_FLIGHT) {
        let last = blocks.len().min(first + BLOCKS_IN_FLIGHT);
        let filled = incomplete.map(|incomplete| &incomplete.filled);
        let product = |block: &Range<usize>| product_of(genotypes, filled, block, basis, task);
        let products: Vec<Mat<f64>> =
            blocks[first..last].par_iter().map(product).collect::<Result<_>>()?;
        images.par_iter_mut().zip(&draws).for_each(|(image, draws)| {
            for (product, &draws) in products.iter().zip(&draws[first..last]) {
                add_times(image, f64::from(draws), product);
            }
        });
        task.check()?;
    }
    let scores = |image: &Mat<f64>| -> Result<Mat<f64>> {
        let scores = leading_scores(basis, image.as_ref(), num_comp)?;
        incomplete.map_or(Ok(scores.clone()), |incomplete| incomplete.widened(scores))
    };
    images.par_iter().map(scores).collect()
}

impl Incomplete {
    /// Scores of a replicate rotated to those of the fit, their deviations as large as those of
    /// complete samples.
    fn widened(&self, scores: Mat<f64>) -> Result<Mat<f64>> {
        let svd = thin_svd(multiply(scores.transpose(), self.scores.as_ref()).as_ref())?;
        let rotation = multiply(svd.u.as_ref(), svd.v.transpose());
        let rotated = multiply(scores.as_ref(), rotation.as_ref());
        Ok(Mat::from_fn(rotated.nrows(), rotated.ncols(), |sample, component| {
            let (fitted, called) = (self.scores[(sample, component)], self.called[sample]);
            let deviation = rotated[(sample, component)] - fitted;
            if called > 0.0 { fitted + deviation / called } else { fitted }
        }))
    }
}

/// `X_b X_b' U` of one block.
fn product_of(
    genotypes: &StandardizedGenotypes<'_>,
    filled: Option<&Filled>,
    block: &Range<usize>,
    basis: MatRef<'_, f64>,
    task: &Task,
) -> Result<Mat<f64>> {
    let source = VariantRange::new(genotypes.source, block.clone());
    let (center, scale) = (&genotypes.center[block.clone()], &genotypes.scale[block.clone()]);
    let filled = filled.map(|filled| filled.at(block.clone()));
    let genotypes = StandardizedGenotypes { source: &source, center, scale };
    gram_times_all(&genotypes, filled.as_ref(), basis, task)
}

fn add_times(total: &mut Mat<f64>, factor: f64, addend: &Mat<f64>) {
    if factor > 0.0 {
        for (total, addend) in total.col_iter_mut().zip(addend.col_iter()) {
            total.iter_mut().zip(addend.iter()).for_each(|(sum, value)| *sum += factor * value);
        }
    }
}

/// Scores from `image = G U`: with `U' G U = V L V'` and `F = G U V L^-1/2`, the
/// approximation of `G` is `F F'`, so the scores are `F` rotated to its principal axes.
fn leading_scores(
    basis: MatRef<'_, f64>,
    image: MatRef<'_, f64>,
    num_comp: usize,
) -> Result<Mat<f64>> {
    let inner = multiply(basis.transpose(), image);
    let (values, vectors) = symmetric_eigen(inner.as_ref())?;
    let floor = NEGLIGIBLE * values.first().copied().unwrap_or(0.0);
    let rank = values.iter().take_while(|&&value| value > floor && value > 0.0).count();
    let inverse_root = Mat::from_fn(inner.nrows(), rank, |row, column| {
        vectors[(row, column)] / values[column].sqrt()
    });
    let factor = multiply(image, inverse_root.as_ref());
    let (_, axes) = symmetric_eigen(multiply(factor.transpose(), factor.as_ref()).as_ref())?;
    let n_kept = num_comp.min(rank);
    let scores = multiply(factor.as_ref(), axes.subcols(0, n_kept));
    Ok(Mat::from_fn(image.nrows(), num_comp, |sample, component| {
        if component < n_kept { scores[(sample, component)] } else { 0.0 }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::genotypes::genotype::GenotypeSource;
    use crate::data::genotypes::genotype::PackedGenotypes;
    use crate::error::Error;

    /// Three groups of samples; one genotype is missing.
    fn genotypes(n_samples: usize, n_variants: usize) -> PackedGenotypes<'static> {
        let mut random = generator(3, 0);
        let uniform = Uniform::new(0.0, 1.0).unwrap();
        let mut copies = vec![None; n_samples * n_variants];
        for variant in 0..n_variants {
            let base = 0.1 + 0.8 * uniform.sample(&mut random);
            for sample in 0..n_samples {
                let heap = [[0.0, 0.3, -0.3], [0.3, -0.2, -0.2]][variant % 2][sample % 3];
                let p = f64::clamp(base + heap, 0.02, 0.98);
                let draw = |_| u8::from(uniform.sample(&mut random) < p);
                copies[variant * n_samples + sample] = Some((0..2).map(draw).sum());
            }
        }
        copies[5] = None;
        PackedGenotypes::from_copies(n_samples, n_variants, |s, v| copies[v * n_samples + s])
    }

    /// Standardized genotypes written out, n_samples x n_variants.
    fn plain(genotypes: &StandardizedGenotypes<'_>) -> Mat<f64> {
        let (n, m) = (genotypes.source.n_samples(), genotypes.source.n_variants());
        Mat::from_fn(n, m, |sample, variant| {
            let mut scratch = Vec::new();
            let packed = genotypes.source.packed(variant, &mut scratch);
            let code = crate::data::genotypes::genotype::code(packed, sample);
            genotypes.by_code(variant)[code as usize]
        })
    }

    /// Reference implementation: the drawn variants side by side, their inner products, all
    /// eigenvectors.
    fn reference_scores(
        x: &Mat<f64>,
        blocks: &[Range<usize>],
        draws: &[u32],
        k: usize,
    ) -> Mat<f64> {
        let drawn: Vec<usize> = blocks
            .iter()
            .zip(draws)
            .flat_map(|(block, &times)| (0..times).flat_map(move |_| block.clone()))
            .collect();
        let x = Mat::from_fn(x.nrows(), drawn.len(), |sample, at| x[(sample, drawn[at])]);
        let (values, vectors) =
            symmetric_eigen(multiply(x.as_ref(), x.transpose()).as_ref()).unwrap();
        Mat::from_fn(x.nrows(), k, |i, j| vectors[(i, j)] * values[j].max(0.0).sqrt())
    }

    /// Scores are known up to the sign of each component: compare inner products.
    fn gap(a: &Mat<f64>, b: &Mat<f64>) -> f64 {
        let inner = |m: &Mat<f64>| multiply(m.as_ref(), m.transpose());
        (inner(a) - inner(b)).norm_max() / inner(b).norm_max()
    }

    fn standard(source: &PackedGenotypes<'_>) -> (Vec<f64>, Vec<f64>) {
        let counts = crate::data::genotypes::counts::count_genotypes(source, &Task::new()).unwrap();
        let center = counts.iter().map(|c| c.allele_frequency().unwrap_or(0.0) * 2.0).collect();
        (center, vec![0.5; counts.len()])
    }

    fn blocks(n_variants: usize, length: usize) -> Vec<Range<usize>> {
        (0..n_variants).step_by(length).map(|at| at..n_variants.min(at + length)).collect()
    }

    #[test]
    fn agrees_with_the_resampled_matrix_written_out() {
        // 12 samples: the basis spans all of them. 60: it does not.
        for (n, epsilon) in [(12, 1e-5), (60, 2e-2)] {
            let source = genotypes(n, 1500);
            let (center, scale) = standard(&source);
            let genotypes =
                StandardizedGenotypes { source: &source, center: &center, scale: &scale };
            let (x, blocks) = (plain(&genotypes), blocks(1500, 70));
            let once = vec![1; blocks.len()];
            let scores = reference_scores(&x, &blocks, &once, 2);
            let basis = basis(&genotypes, None, scores.as_ref(), 1, &Task::new()).unwrap();
            let got = replicate_scores(
                &genotypes,
                None,
                basis.as_ref(),
                2,
                &blocks,
                0..4,
                9,
                &Task::new(),
            )
            .unwrap();
            for (replicate, got) in got.iter().enumerate() {
                let draws = draws(blocks.len(), 9, replicate as u64);
                let want = reference_scores(&x, &blocks, &draws, 2);
                assert!(gap(got, &want) < epsilon, "{n}: {}", gap(got, &want));
                // Resampling changes scores by more than the error of the approximation.
                assert!(gap(&want, &scores) > 3.0 * gap(got, &want));
            }
        }
    }

    /// Missing genotypes count as `s_i v_j`; a sample that has half of its genotypes moves twice
    /// as far from the scores of the fit.
    #[test]
    fn what_is_missing_is_imputed_and_what_it_damps_is_undone() {
        let (n, m) = (12, 900);
        let full = genotypes(n, m);
        let lacks =
            |sample: usize, variant: usize| sample < 4 && (sample * 7 + variant * 5) % 11 < 5;
        let mut scratch = Vec::new();
        let packed: Vec<Vec<u8>> = (0..m).map(|v| full.packed(v, &mut scratch).to_vec()).collect();
        let source = PackedGenotypes::from_copies(n, m, |sample, variant| {
            let code = crate::data::genotypes::genotype::code(&packed[variant], sample);
            crate::data::genotypes::genotype::COPIES[code as usize]
                .filter(|_| !lacks(sample, variant))
        });
        let (center, scale) = standard(&source);
        let genotypes = StandardizedGenotypes { source: &source, center: &center, scale: &scale };
        let (x, blocks) = (plain(&genotypes), blocks(m, 60));
        let scores = reference_scores(&x, &blocks, &vec![1; blocks.len()], 2);
        let loadings = Mat::from_fn(m, 2, |j, c| {
            let (product, square) = (0..n).fold((0.0, 0.0), |(p, s), i| {
                (p + x[(i, j)] * scores[(i, c)], s + scores[(i, c)].powi(2))
            });
            product / square
        });
        let missing = |i: usize, j: usize| lacks(i, j) || (i, j) == (5, 0);
        let imputed = Mat::from_fn(n, m, |i, j| match missing(i, j) {
            true => (0..2).map(|c| scores[(i, c)] * loadings[(j, c)]).sum(),
            false => x[(i, j)],
        });
        let of = |called: f64| {
            let filled = Filled::new(scores.as_ref(), loadings.as_ref());
            let called = (0..n).map(|i| if i < 4 { called } else { 1.0 }).collect();
            let incomplete = Incomplete { filled, scores: scores.clone(), called };
            let incomplete = Some(&incomplete);
            let task = Task::new();
            let basis = basis(&genotypes, incomplete, scores.as_ref(), 1, &task).unwrap();
            let basis = basis.as_ref();
            replicate_scores(&genotypes, incomplete, basis, 2, &blocks, 0..3, 9, &task).unwrap()
        };
        let (whole, half) = (of(1.0), of(0.5));
        for replicate in 0..3 {
            let draws = draws(blocks.len(), 9, replicate as u64);
            let want = reference_scores(&imputed, &blocks, &draws, 2);
            let got = &whole[replicate];
            assert!(gap(got, &want) < 1e-4, "{}", gap(got, &want));
            for (i, c) in (0..n).flat_map(|i| [(i, 0), (i, 1)]) {
                let deviation = |scores: &Mat<f64>, fit: &Mat<f64>| scores[(i, c)] - fit[(i, c)];
                let (once, twice) = (deviation(got, &scores), deviation(&half[replicate], &scores));
                assert!((twice - if i < 4 { 2.0 } else { 1.0 } * once).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn blocks_follow_one_another() {
        assert_eq!(consecutive([3, 1, 2]), [0..3, 3..4, 4..6]);
        assert!(consecutive([]).is_empty());
    }

    #[test]
    fn a_replicate_draws_as_many_blocks_as_there_are() {
        let mut seen = [0_u32; 5];
        for replicate in 0..200 {
            let draws = draws(5, 1, replicate);
            assert_eq!(draws.iter().sum::<u32>(), 5);
            seen.iter_mut().zip(&draws).for_each(|(sum, draw)| *sum += draw);
        }
        // 1,000 draws, 200 expected of each block, standard deviation 12.6.
        assert!(seen.iter().all(|&count| (150..250).contains(&count)), "{seen:?}");
        assert_eq!(draws(5, 1, 3), draws(5, 1, 3));
        assert_ne!(draws(50, 1, 3), draws(50, 2, 3));
        assert!(draws(0, 1, 1).is_empty());
    }

    /// Any split of the replicates and any number of threads give the same bits.
    #[test]
    fn neither_threads_nor_the_split_change_a_bit() {
        let source = genotypes(40, 900);
        let (center, scale) = standard(&source);
        let genotypes = StandardizedGenotypes { source: &source, center: &center, scale: &scale };
        let start = Mat::from_fn(40, 2, |i, j| ((i * (j + 2)) as f64).sin());
        let run = |threads: usize, ends: &[u64]| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let basis = basis(&genotypes, None, start.as_ref(), 1, &Task::new()).unwrap();
                let of = |ends: &[u64]| {
                    let blocks = blocks(900, 20);
                    let (basis, range) = (basis.as_ref(), ends[0]..ends[1]);
                    replicate_scores(&genotypes, None, basis, 2, &blocks, range, 5, &Task::new())
                        .unwrap()
                };
                ends.windows(2).flat_map(of).collect::<Vec<_>>()
            })
        };
        let whole = run(1, &[0, 3]);
        assert_eq!(run(3, &[0, 1, 3]), whole);
        assert_ne!(whole[0], whole[1]);
    }

    #[test]
    fn stops_when_canceled() {
        let source = genotypes(10, 50);
        let (center, scale) = standard(&source);
        let genotypes = StandardizedGenotypes { source: &source, center: &center, scale: &scale };
        let (task, start) = (Task::new(), Mat::from_fn(10, 1, |i, _| i as f64));
        task.cancel();
        assert!(matches!(
            basis(&genotypes, None, start.as_ref(), 1, &task),
            Err(Error::Interrupted)
        ));
        let got =
            replicate_scores(&genotypes, None, start.as_ref(), 1, &blocks(50, 5), 0..2, 1, &task);
        assert!(matches!(got, Err(Error::Interrupted)));
    }
}
