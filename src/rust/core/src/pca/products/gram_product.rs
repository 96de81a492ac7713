//! `X X' W` in one sweep over the packed genotypes.
//!
//! Each block of variants is used twice while it is in the
//! cache: `T = X' W` and then `X T`. Lookups add in single precision; the sums of
//! blocks are kept in double precision.

use crate::error::Result;
use crate::pca::filled::Filled;
use crate::pca::products::block::GenotypeBlock;
use crate::pca::products::block_product::StandardizedGenotypes;
use crate::pca::products::block_product::Workspace;
use crate::pca::products::block_product::sum_over_samples;
use crate::pca::products::block_product::sum_over_variants;
use crate::pca::products::block_product::times_row;
use crate::pca::products::genotype_product::padded_rows;
use crate::pca::products::packed_lookup::PER_WORD;
use crate::pca::products::packed_lookup::Row;
use crate::task::Task;
use faer::Mat;
use faer::MatRef;
use rayon::prelude::*;

/// Most columns of one product.
pub const WIDTH: usize = 32;

/// Memory for partial sums that are added up at the end of the sweep.
const LANES_BYTES: usize = 1 << 28;

/// Samples whose sums are computed together while their tables are in the cache.
const SAMPLE_GROUPS: usize = 512;

/// `X X' W` for `weights` W, n_samples x k, k at most [`WIDTH`]. Missing genotypes are 0, or what
/// `filled` has for them.
///
/// Blocks are assigned to lanes, and lanes are summed, in an order that depends on
/// the data's size alone: the number of threads changes no bit.
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is canceled.
///
/// # Panics
/// If `weights` is too wide or has other rows than samples.
pub fn gram_times(
    genotypes: &StandardizedGenotypes<'_>,
    filled: Option<&Filled>,
    weights: MatRef<'_, f64>,
    task: &Task,
) -> Result<Mat<f64>> {
    let (n_samples, n_variants) = (genotypes.source.n_samples(), genotypes.source.n_variants());
    assert!(weights.ncols() <= WIDTH, "at most {WIDTH} columns at a time");
    assert_eq!(weights.nrows(), n_samples, "one row of weights per sample");
    let rows = padded_rows::<f32, WIDTH>(weights, 0);
    let length = genotypes.block_length();
    let n_blocks = n_variants.div_ceil(length);
    let n_lanes = (LANES_BYTES / (rows.len() * WIDTH * 8)).clamp(4, 16).min(n_blocks);
    let lanes = (0..n_lanes)
        .into_par_iter()
        .map_init(Buffers::default, |buffers, lane| {
            let blocks = (lane..n_blocks).step_by(n_lanes);
            sum_of_lane(genotypes, filled, &rows, blocks, buffers, task)
        })
        .collect::<Result<Vec<_>>>()?;
    let add = |mut total: Vec<[f64; WIDTH]>, lane: Vec<[f64; WIDTH]>| {
        total.as_flattened_mut().iter_mut().zip(lane.as_flattened()).for_each(|(t, x)| *t += x);
        total
    };
    let total = lanes.into_iter().reduce(add).unwrap_or_else(|| vec![[0.0; WIDTH]; rows.len()]);
    Ok(Mat::from_fn(n_samples, weights.ncols(), |sample, column| total[sample][column]))
}

/// Work space, reused for one block after the other.
#[derive(Default)]
struct Buffers {
    block: GenotypeBlock,
    workspace: Workspace<f32, WIDTH>,
    by_variant: Vec<Row<f32, WIDTH>>,
    by_sample: Vec<Row<f32, WIDTH>>,
}

/// The contribution of the blocks of one lane to the product.
fn sum_of_lane(
    genotypes: &StandardizedGenotypes<'_>,
    filled: Option<&Filled>,
    weights: &[Row<f32, WIDTH>],
    blocks: impl Iterator<Item = usize>,
    buffers: &mut Buffers,
    task: &Task,
) -> Result<Vec<[f64; WIDTH]>> {
    let (length, n_variants) = (genotypes.block_length(), genotypes.source.n_variants());
    let Buffers { block, workspace, by_variant, by_sample } = buffers;
    let mut sum = vec![[0.0; WIDTH]; weights.len()];
    by_sample.resize(weights.len(), Row::default());
    for first in blocks.map(|block| block * length) {
        block.load(genotypes.source, first..n_variants.min(first + length));
        by_variant.resize(block.n_padded(), Row::default());
        sum_over_samples(genotypes, block, weights, by_variant, workspace, task)?;
        let filled = filled.filter(|_| block.has_missing());
        if let Some(filled) = filled {
            filled.each(block, |at, sample, fill| {
                by_variant[at].add(&weights[sample].times(fill as f32));
            });
        }
        block.transpose();
        by_sample.fill(Row::default());
        add_by_sample(genotypes, block, by_variant, by_sample, task)?;
        if let Some(filled) = filled {
            filled.each(block, |at, sample, fill| {
                by_sample[sample].add(&by_variant[at].times(fill as f32));
            });
        }
        for (sum, row) in sum.iter_mut().zip(by_sample.iter()) {
            sum.iter_mut().zip(&row.0).for_each(|(sum, value)| *sum += f64::from(*value));
        }
        task.advance(block.n_variants() as u64)?;
    }
    Ok(sum)
}

/// `rows += X T` for the rows `T` of a block's variants.
fn add_by_sample(
    genotypes: &StandardizedGenotypes<'_>,
    block: &GenotypeBlock,
    by_variant: &[Row<f32, WIDTH>],
    rows: &mut [Row<f32, WIDTH>],
    task: &Task,
) -> Result<()> {
    let value = |variant: usize| {
        times_row(genotypes.by_code(block.first_variant() + variant), &by_variant[variant])
    };
    rows.par_chunks_mut(SAMPLE_GROUPS * PER_WORD).enumerate().try_for_each_init(
        Workspace::default,
        |workspace, (chunk, rows)| {
            sum_over_variants(block, chunk * SAMPLE_GROUPS, rows, value, workspace, task)
        },
    )
}
