//! Standard errors of the least-squares scores of a sample: the distance from those that it would
//! have if nothing of it were missing.
//!
//! With e the residuals of the complete sample, `V' e = 0`, so the error of the scores is
//! `A^-1 u`, `A = V_O' V_O`, `u = sum over O of v_j e_j = - sum over the missing of v_j e_j`.
//! Were residuals independent with variance s2, `Var(u) = s2 A (I - A)` and that of the scores
//! `s2 (A^-1 - I)`. Neighboring variants are not: residuals are summed over blocks of
//! consecutive variants, `u_b = sum over O in b of v_j e_j`, and `S = sum of u_b u_b'` exceeds
//! `s2 A` by the covariance of variants within blocks. That counts as far as variants of one
//! block are missing together. Let f be the proportion of all variants that is observed, m_b the
//! observed variants of a block, and `w_j = 1 - f` if j is observed and `-f` if not: `u` is the
//! sum of `w_j v_j e_j` to first order, and with the same covariance between any two variants of a
//! block
//!
//! `Var(u) = s2 A (I - A) + c (S - s2 A)`,
//! `c = sum_b [(sum of w_j)^2 - sum of w_j^2] / sum_b (m_b^2 - m_b)`.
//!
//! If whole blocks are missing, c is the proportion that is missing and the sum is the sandwich
//! `(1 - f) S`; if genotypes are missing at random, c is 0. Nothing missing: the error is 0.
//!
//! The scores follow the residuals of each block, the more it weighs: u_b is multiplied by
//! `A (A - A_b)^-1`, with A_b that of the block alone, so that S is a jackknife over blocks.

use crate::error::Result;
use crate::linalg::dense::multiply;
use crate::pca::least_squares::LeastSquares;
use crate::pca::least_squares::Observed;
use crate::pca::least_squares::observed_factor;
use crate::pca::least_squares::packed_gram;
use crate::pca::least_squares::sample_chunks;
use crate::pca::missing_grams::Missing;
use crate::pca::missing_grams::add_outer;
use crate::pca::missing_grams::missing_of_samples;
use crate::pca::missing_grams::packed_length;
use crate::pca::missing_grams::packed_times;
use crate::pca::products::block::GenotypeBlock;
use crate::pca::products::block_product::Workspace;
use crate::pca::products::block_product::sum_over_variants;
use crate::pca::products::packed_lookup::PER_WORD;
use crate::pca::products::packed_lookup::Row;
use crate::task::Task;
use faer::Mat;
use faer::MatRef;
use rayon::prelude::*;
use std::ops::Range;

/// Blocks of variants, or fewer where they would be shorter than [`LEAST_BLOCK`].
const BLOCKS: usize = 100;

/// Variants that a block should have.
const LEAST_BLOCK: usize = 20;

/// Columns summed together.
const WIDTH: usize = 16;

/// Samples whose sums are taken while their tables are in the cache, in groups of sixteen.
const GROUPS: usize = 64;

/// Packed covariances of the errors of the scores, n_samples x packed: 0 for a sample that lacks
/// nothing, NaN for one whose scores are not known.
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is canceled.
pub fn error_covariances(
    observed: Observed<'_>,
    solved: &LeastSquares,
    task: &Task,
) -> Result<Mat<f64>> {
    let n_samples = solved.n_used.len();
    let (k, gram) = (observed.loadings.ncols(), packed_gram(observed.loadings));
    let mut covariances = Mat::zeros(n_samples, packed_length(k));
    if (0..n_samples).all(|sample| !solved.lacks(sample)) {
        return Ok(covariances);
    }
    for samples in sample_chunks(n_samples, 4 * packed_length(k)) {
        let genotypes = &observed.genotypes;
        let missing = missing_of_samples(genotypes, observed.loadings, samples.clone(), task)?;
        let left: Vec<Vec<f64>> = (0..samples.len())
            .map(|at| gram.iter().zip(missing.gram(at)).map(|(all, lost)| all - lost).collect())
            .collect();
        let sums = block_sums(&observed, solved, samples.clone(), &left, task)?;
        let of = |(at, sums): (usize, &Sums)| {
            let sample = samples.start + at;
            match (solved.lacks(sample), solved.is_known(sample)) {
                (false, _) => vec![0.0; packed_length(k)],
                (true, false) => vec![f64::NAN; packed_length(k)],
                (true, true) => covariance(&gram, missing.gram(at), sums, solved, sample, k),
            }
        };
        let packed: Vec<Vec<f64>> = sums.par_iter().enumerate().map(of).collect();
        for (at, packed) in packed.iter().enumerate() {
            let row = covariances.row_mut(samples.start + at);
            row.iter_mut().zip(packed).for_each(|(out, &value)| *out = value);
        }
    }
    Ok(covariances)
}

/// Standard errors of `k` scores from packed covariances: NaN past the components that have one.
pub fn standard_errors(covariances: MatRef<'_, f64>, k: usize) -> Mat<f64> {
    Mat::from_fn(covariances.nrows(), k, |sample, component| {
        let at = packed_length(component + 1) - 1;
        match at < covariances.ncols() {
            // `max()` would make 0 of NaN.
            true if !covariances[(sample, at)].is_nan() => {
                covariances[(sample, at)].max(0.0).sqrt()
            }
            _ => f64::NAN,
        }
    })
}

/// Sums over blocks of one sample, matrices packed.
///
/// | field      | values                                              |
/// |------------|-----------------------------------------------------|
/// | `scatter`  | S                                                   |
/// | `pairs`    | pairs of observed variants in one block, `m_b^2 - m_b` in all |
/// | `contrast` | sum over blocks of `(sum of w_j)^2`                 |
/// | `n_blocks` | blocks with something observed                      |
#[derive(Clone)]
struct Sums {
    scatter: Vec<f64>,
    pairs: f64,
    contrast: f64,
    n_blocks: usize,
}

fn covariance(
    gram: &[f64],
    lost: &[f64],
    sums: &Sums,
    solved: &LeastSquares,
    sample: usize,
    k: usize,
) -> Vec<f64> {
    let (n_used, n_variants) = (solved.n_used[sample] as f64, solved.n_variants as f64);
    let variance = solved.residual[sample] / (n_used - k as f64).max(1.0);
    let proportion = n_used / n_variants;
    let scattered = n_variants * proportion * (1.0 - proportion);
    let together = ((sums.contrast - scattered) / sums.pairs.max(1.0)).clamp(0.0, 1.0);
    let blocks = sums.n_blocks as f64;
    let scatter = sums.scatter.iter().map(|s| s * (blocks - 1.0) / blocks);
    let scatter = symmetric(&scatter.collect::<Vec<f64>>(), k);
    let packed: Vec<f64> = gram.iter().zip(lost).map(|(all, lost)| all - lost).collect();
    let left = symmetric(&packed, k);
    let independent = multiply(left.as_ref(), symmetric(lost, k).as_ref());
    let with = |excess: f64| {
        let inner = Mat::from_fn(k, k, |i, j| {
            let alone = (independent[(i, j)] + independent[(j, i)]) / 2.0;
            variance * alone + together * (scatter[(i, j)] - excess * variance * left[(i, j)])
        });
        sandwiched(gram, lost, inner.as_ref(), k)
    };
    let covariance = with(1.0);
    // Few blocks can leave S - s2 A so far from positive that the sum is no covariance.
    if observed_factor(&covariance, &vec![0.0; packed_length(k)], k).is_some() {
        return covariance;
    }
    with(0.0)
}

/// Packed `A^-1 inner A^-1`.
fn sandwiched(gram: &[f64], lost: &[f64], inner: MatRef<'_, f64>, k: usize) -> Vec<f64> {
    let Some(factor) = observed_factor(gram, lost, k) else {
        return vec![f64::NAN; packed_length(k)];
    };
    let solve = |matrix: MatRef<'_, f64>| {
        let columns: Vec<Vec<f64>> = matrix
            .col_iter()
            .map(|column| {
                let mut column: Vec<f64> = column.iter().copied().collect();
                factor.solve(&mut column);
                column
            })
            .collect();
        Mat::from_fn(k, k, |i, j| columns[j][i])
    };
    let half = solve(inner);
    let whole = solve(half.transpose());
    (0..k).flat_map(|i| (0..=i).map(move |j| (i, j))).map(|(i, j)| whole[(i, j)]).collect()
}

fn symmetric(packed: &[f64], k: usize) -> Mat<f64> {
    Mat::from_fn(k, k, |i, j| packed[packed_length(i.max(j)) + i.min(j)])
}

impl Sums {
    fn add_weight(&mut self, solved: &LeastSquares, sample: usize, n_left: f64, n_block: usize) {
        let proportion = solved.n_used[sample] as f64 / solved.n_variants as f64;
        self.pairs += n_left * n_left - n_left;
        self.contrast += (n_left - proportion * n_block as f64).powi(2);
    }
}

/// Lengths of blocks of consecutive variants.
fn blocks(n_variants: usize) -> Vec<Range<usize>> {
    let n = (n_variants / LEAST_BLOCK).clamp(1, BLOCKS);
    (0..n).map(|block| block * n_variants / n..(block + 1) * n_variants / n).collect()
}

fn block_sums(
    observed: &Observed<'_>,
    solved: &LeastSquares,
    samples: Range<usize>,
    left: &[Vec<f64>],
    task: &Task,
) -> Result<Vec<Sums>> {
    let Observed { genotypes, loadings, .. } = observed;
    let (k, length) = (loadings.ncols(), genotypes.block_length());
    let none = vec![0.0; packed_length(k)];
    let start = Sums { scatter: none, pairs: 0.0, contrast: 0.0, n_blocks: 0 };
    let mut sums = vec![start; samples.len()];
    let n_rows = samples.len().div_ceil(PER_WORD) * PER_WORD;
    let n_panels = k.div_ceil(WIDTH);
    let mut block = GenotypeBlock::new();
    task.begin("standard errors of scores", loadings.nrows() as u64)?;
    for variants in blocks(loadings.nrows()) {
        let mut missing = Missing::none(samples.len(), k);
        let mut products = vec![vec![Row::<f64, WIDTH>::default(); n_rows]; n_panels];
        for first in variants.clone().step_by(length) {
            let part = first..variants.end.min(first + length);
            block.load(genotypes.source, part.clone());
            missing.add(genotypes, &block, *loadings, part, samples.start / PER_WORD);
            block.transpose();
            for (panel, rows) in products.iter_mut().enumerate() {
                add_products(observed, &block, samples.start / PER_WORD, panel, rows, task)?;
            }
            task.advance(block.n_variants() as u64)?;
        }
        let gram = packed_gram(loadings.subrows(variants.start, variants.len()));
        let n_block = genotypes.scale[variants].iter().filter(|&&scale| scale != 0.0).count();
        sums.par_iter_mut().enumerate().for_each(|(at, sums)| {
            let sample = samples.start + at;
            let product = |j: usize| products[j / WIDTH][at].0[j % WIDTH];
            let scores: Vec<f64> = solved.scores.row(sample).iter().copied().collect();
            let n_left = (n_block - missing.n[at]) as f64;
            if n_left == 0.0 || !solved.lacks(sample) || !solved.is_known(sample) {
                return sums.add_weight(solved, sample, 0.0, n_block);
            }
            let own = gram.iter().zip(missing.gram(at)).map(|(all, lost)| all - lost);
            let own: Vec<f64> = own.collect();
            let explained = packed_times(&own, &scores);
            let mut left_over: Vec<f64> = (0..k).map(|j| product(j) - explained[j]).collect();
            // A block that alone determines a component is taken as it is.
            if let Some(factor) = observed_factor(&left[at], &own, k) {
                factor.solve(&mut left_over);
                left_over = packed_times(&left[at], &left_over);
            }
            add_outer(&mut sums.scatter, 1.0, &left_over);
            sums.n_blocks += 1;
            sums.add_weight(solved, sample, n_left, n_block);
        });
    }
    Ok(sums)
}

/// Adds `x_O V_O` over a loaded block, [`WIDTH`] columns of it.
fn add_products(
    observed: &Observed<'_>,
    block: &GenotypeBlock,
    first_group: usize,
    panel: usize,
    rows: &mut [Row<f64, WIDTH>],
    task: &Task,
) -> Result<()> {
    let Observed { genotypes, loadings, .. } = observed;
    let values = |variant: usize| {
        let variant = block.first_variant() + variant;
        let loading = |lane: usize| match panel * WIDTH + lane {
            column if column < loadings.ncols() => loadings[(variant, column)],
            _ => 0.0,
        };
        let row = Row(std::array::from_fn(loading));
        genotypes.by_code(variant).map(|x| row.times(x))
    };
    rows.par_chunks_mut(GROUPS * PER_WORD).enumerate().try_for_each_init(
        Workspace::default,
        |workspace, (chunk, rows)| {
            sum_over_variants(block, first_group + chunk * GROUPS, rows, values, workspace, task)
        },
    )
}
