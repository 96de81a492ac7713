//! `X' W`: standardized genotypes times one weight per sample, in double precision.

use crate::error::Result;
use crate::pca::products::block::GenotypeBlock;
use crate::pca::products::block_product::StandardizedGenotypes;
use crate::pca::products::block_product::Workspace;
use crate::pca::products::block_product::sum_over_samples;
use crate::pca::products::packed_lookup::PER_WORD;
use crate::pca::products::packed_lookup::Real;
use crate::pca::products::packed_lookup::Row;
use crate::task::Task;
use faer::Mat;
use faer::MatRef;
use rayon::prelude::*;
use std::ops::Range;

/// Columns that are summed together: one row of double precision lookups.
const WIDTH: usize = 16;

/// Blocks that wait to be passed on in order.
const BLOCKS_IN_FLIGHT: usize = 8;

/// Most numbers in a block of the product, so that many columns make short blocks.
const BLOCK_ENTRIES: usize = 1 << 21;

/// A matrix row by row, `WIDTH` columns from `first_column`, padded with zeros.
///
/// Rows are padded to a multiple of sixteen.
pub fn padded_rows<T: Real, const WIDTH: usize>(
    matrix: MatRef<'_, f64>,
    first_column: usize,
) -> Vec<Row<T, WIDTH>> {
    let n_columns = WIDTH.min(matrix.ncols() - first_column);
    let mut rows = vec![Row::default(); matrix.nrows().div_ceil(PER_WORD) * PER_WORD];
    for lane in 0..n_columns {
        for (row, out) in rows.iter_mut().take(matrix.nrows()).enumerate() {
            out.0[lane] = T::of(matrix[(row, first_column + lane)]);
        }
    }
    rows
}

/// `X' W`, n_variants x k, for `weights` W of n_samples x k.
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is canceled.
///
/// # Panics
/// If the sizes disagree.
pub fn transpose_times(
    genotypes: &StandardizedGenotypes<'_>,
    weights: MatRef<'_, f64>,
    task: &Task,
) -> Result<Mat<f64>> {
    let mut product = Mat::zeros(genotypes.source.n_variants(), weights.ncols());
    let keep = |variants: Range<usize>, rows: MatRef<'_, f64>, ()| {
        product.as_mut().subrows_mut(variants.start, variants.len()).copy_from(rows);
    };
    transpose_times_by_block(genotypes, weights, |_| Ok(()), keep, task)?;
    Ok(product)
}

/// [`transpose_times`] without storing all of it: `consume` gets the
/// rows of consecutive runs of variants, in order, and the result of `beside` for the same
/// genotypes, which are then in the cache.
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is canceled.
///
/// # Panics
/// If the sizes disagree.
pub fn transpose_times_by_block<S: Send>(
    genotypes: &StandardizedGenotypes<'_>,
    weights: MatRef<'_, f64>,
    beside: impl Fn(&mut GenotypeBlock) -> Result<S> + Sync,
    mut consume: impl FnMut(Range<usize>, MatRef<'_, f64>, S),
    task: &Task,
) -> Result<()> {
    let n_variants = genotypes.source.n_variants();
    assert_eq!(weights.nrows(), genotypes.source.n_samples(), "one row of weights per sample");
    assert_eq!(genotypes.center.len(), n_variants, "one center per variant");
    assert_eq!(genotypes.scale.len(), n_variants, "one scale per variant");
    task.begin("multiplying genotypes", n_variants as u64)?;
    let panels: Vec<_> = (0..weights.ncols())
        .step_by(WIDTH)
        .map(|first| padded_rows::<f64, WIDTH>(weights, first))
        .collect();
    let fits = (BLOCK_ENTRIES / weights.ncols().max(1)).max(1024);
    let length = genotypes.block_length().min(fits);
    let starts: Vec<usize> = (0..n_variants).step_by(length).collect();
    for starts in starts.chunks(BLOCKS_IN_FLIGHT) {
        let multiply =
            |buffers: &mut Buffers, &first: &usize| -> Result<(Range<usize>, Mat<f64>, S)> {
                let variants = first..n_variants.min(first + length);
                buffers.block.load(genotypes.source, variants.clone());
                let rows = block_rows(genotypes, &panels, weights.ncols(), buffers, task)?;
                let beside = beside(&mut buffers.block)?;
                task.advance(variants.len() as u64)?;
                Ok((variants, rows, beside))
            };
        let blocks = starts.par_iter().map_init(Buffers::default, multiply);
        for (variants, rows, beside) in blocks.collect::<Result<Vec<_>>>()? {
            consume(variants, rows.as_ref(), beside);
        }
    }
    Ok(())
}

/// Work space, reused for one block after the other.
#[derive(Default)]
struct Buffers {
    block: GenotypeBlock,
    rows: Vec<Row<f64, WIDTH>>,
    workspace: Workspace<f64, WIDTH>,
}

/// The product's rows for the variants of the loaded block.
fn block_rows(
    genotypes: &StandardizedGenotypes<'_>,
    panels: &[Vec<Row<f64, WIDTH>>],
    n_columns: usize,
    buffers: &mut Buffers,
    task: &Task,
) -> Result<Mat<f64>> {
    let Buffers { block, rows, workspace } = buffers;
    rows.resize(block.n_padded(), Row::default());
    let mut product = Mat::zeros(block.n_variants(), n_columns);
    for (panel, weights) in panels.iter().enumerate() {
        sum_over_samples(genotypes, block, weights, rows, workspace, task)?;
        for column in panel * WIDTH..n_columns.min((panel + 1) * WIDTH) {
            for (variant, row) in rows[..block.n_variants()].iter().enumerate() {
                product[(variant, column)] = row.0[column % WIDTH];
            }
        }
    }
    Ok(product)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::genotypes::genotype::PackedGenotypes;

    fn copies(sample: usize, variant: usize) -> Option<u8> {
        match (sample * sample + 3 * variant + sample * variant) % 7 % 4 {
            3 => None,
            copies => Some(copies as u8),
        }
    }

    /// Sizes that are no multiple of 4, 16 or the block length, and more columns than a panel.
    #[test]
    fn agrees_with_the_plain_product() {
        for (n_samples, n_variants, n_columns) in
            [(1, 1, 1), (7, 5, 2), (37, 1301, 17), (18, 2050, 3)]
        {
            let source = PackedGenotypes::from_copies(n_samples, n_variants, copies);
            let center: Vec<f64> = (0..n_variants).map(|v| (v % 5) as f64 / 2.5).collect();
            let scale: Vec<f64> = (0..n_variants).map(|v| (v % 4) as f64).collect();
            let genotypes =
                StandardizedGenotypes { source: &source, center: &center, scale: &scale };
            let weights =
                Mat::from_fn(n_samples, n_columns, |i, j| ((i * 5 + j * 3) % 11) as f64 - 4.0);
            let got = transpose_times(&genotypes, weights.as_ref(), &Task::new()).unwrap();
            for variant in 0..n_variants {
                for column in 0..n_columns {
                    let standardized = |sample| {
                        copies(sample, variant)
                            .map_or(0.0, |g| (f64::from(g) - center[variant]) * scale[variant])
                    };
                    let want: f64 =
                        (0..n_samples).map(|s| standardized(s) * weights[(s, column)]).sum();
                    assert!((got[(variant, column)] - want).abs() < 1e-9);
                }
            }
        }
    }

    #[test]
    fn the_number_of_threads_changes_no_bit() {
        let source = PackedGenotypes::from_copies(37, 5000, copies);
        let (center, scale) = (vec![0.7; 5000], vec![1.3; 5000]);
        let genotypes = StandardizedGenotypes { source: &source, center: &center, scale: &scale };
        let weights = Mat::from_fn(37, 5, |i, j| ((i * 7 + j) as f64).sin());
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| transpose_times(&genotypes, weights.as_ref(), &Task::new()).unwrap())
        };
        assert_eq!(with(1), with(3));
    }
}
