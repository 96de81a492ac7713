//! Products of one block of standardized genotypes with a narrow matrix.
//!
//! A standardized genotype is `(copies - center) * scale`, and 0 where missing.

use crate::data::genotypes::genotype::COPIES;
use crate::data::genotypes::genotype::GenotypeSource;
use crate::data::genotypes::genotype::HET;
use crate::data::genotypes::genotype::HOM_ALT;
use crate::data::genotypes::genotype::HOM_REF;
use crate::error::Result;
use crate::pca::products::block::GenotypeBlock;
use crate::pca::products::block::missing_bits;
use crate::pca::products::packed_lookup::ByCode;
use crate::pca::products::packed_lookup::PER_WORD;
use crate::pca::products::packed_lookup::Real;
use crate::pca::products::packed_lookup::Row;
use crate::pca::products::packed_lookup::Tables;
use crate::pca::products::packed_lookup::add_lookups;
use crate::task::Task;

/// Genotypes with the numbers that standardize them.
///
/// | field    | shape      | values                                           |
/// |----------|------------|--------------------------------------------------|
/// | `center` | n_variants | mean copies, subtracted; missing becomes it      |
/// | `scale`  | n_variants | factor; 0 leaves the variant out                 |
#[derive(Clone, Copy)]
pub struct StandardizedGenotypes<'a> {
    pub source: &'a dyn GenotypeSource,
    pub center: &'a [f64],
    pub scale: &'a [f64],
}

/// The largest block whose packed codes, or a quarter of whose dosages, stay below this is used.
const BLOCK_BYTES: usize = 1 << 25;

impl StandardizedGenotypes<'_> {
    /// Variants per block: enough to use one lookup table for many rows, few
    /// enough for the memory, and never decided by the number of threads.
    pub fn block_length(&self) -> usize {
        let n_samples = self.source.n_samples().max(1);
        let fits = match self.source.has_dosages() {
            true => BLOCK_BYTES / n_samples,
            false => BLOCK_BYTES / n_samples.div_ceil(4),
        };
        let wanted = (self.source.n_variants() / 16).clamp(1024, 4096);
        (wanted.min(fits) / 128 * 128).max(128)
    }

    /// Standardized genotype of a variant by code.
    pub fn by_code(&self, variant: usize) -> [f64; 4] {
        let standardize =
            |copies: u8| (f64::from(copies) - self.center[variant]) * self.scale[variant];
        COPIES.map(|copies| copies.map_or(0.0, standardize))
    }
}

/// Work space of [`sum_over_samples`] and [`sum_over_variants`].
#[derive(Default)]
pub struct Workspace<T: Real, const WIDTH: usize> {
    tables: Tables<T, WIDTH>,
    with_missing: Vec<u32>,
}

/// `X' W` of one block: for every variant the sum over samples.
///
/// | argument    | shape                | values                              |
/// |-------------|----------------------|-------------------------------------|
/// | `weights`   | 16 n_groups x WIDTH  | W, zero at padding samples          |
/// | `rows`      | n_padded x WIDTH     | overwritten; zero at padding        |
///
/// One table serves all variants, so it holds copies, not standardized
/// genotypes; the mean, the missing samples and what dosages have beside the nearest genotypes
/// are corrected per row: `sum (g - c) w = sum g w - c sum w + c sum over missing w`.
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is canceled.
pub fn sum_over_samples<T: Real, const WIDTH: usize>(
    genotypes: &StandardizedGenotypes<'_>,
    block: &GenotypeBlock,
    weights: &[Row<T, WIDTH>],
    rows: &mut [Row<T, WIDTH>],
    workspace: &mut Workspace<T, WIDTH>,
    task: &Task,
) -> Result<()> {
    rows.fill(Row::default());
    let of_block = |values: &[f64]| -> Vec<T> {
        let first = block.first_variant();
        values[first..first + block.n_variants()].iter().map(|&value| T::of(value)).collect()
    };
    let (center, scale) = (of_block(genotypes.center), of_block(genotypes.scale));
    let mut total = Row::default();
    for (group, weights) in weights.chunks_exact(PER_WORD).enumerate() {
        let values = std::array::from_fn(|sample| by_copies(&weights[sample]));
        let codes = block.by_samples(group);
        add_lookups(rows, codes, &values, &mut workspace.tables);
        if block.has_missing() {
            add_missing(rows, codes, weights, &center, &mut workspace.with_missing);
        }
        weights.iter().for_each(|weight| total.add(weight));
        task.check()?;
    }
    if block.has_dosages() {
        for (variant, row) in rows.iter_mut().take(block.n_variants()).enumerate() {
            let mut sum = Row::default();
            for (&remainder, weight) in block.remainders(variant).iter().zip(weights) {
                sum.add(&weight.times(T::of(f64::from(remainder))));
            }
            row.add(&sum);
            if variant % VARIANTS_PER_CHECK == 0 {
                task.check()?;
            }
        }
    }
    for (row, (center, scale)) in rows.iter_mut().zip(center.iter().zip(&scale)) {
        row.add(&total.times(T::default() - *center));
        *row = row.times(*scale);
    }
    rows[block.n_variants()..].fill(Row::default());
    Ok(())
}

/// `rows += X T` of one block: for every sample the sum over variants.
///
/// | argument      | shape                         | values                            |
/// |---------------|-------------------------------|-----------------------------------|
/// | `first_group` | scalar                        | first group of 16 samples in rows |
/// | `rows`        | up to 16 n_groups x WIDTH     | sums are added; padding undefined |
/// | `values`      | (position in block) -> 4 x WIDTH | what a sample adds, by code    |
///
/// Expected copies add what the parabola through the values of 0, 1 and 2 copies has there: right
/// for the standardized genotype, its square, and whether there is one.
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is canceled.
pub fn sum_over_variants<T: Real, const WIDTH: usize>(
    block: &GenotypeBlock,
    first_group: usize,
    rows: &mut [Row<T, WIDTH>],
    values: impl Fn(usize) -> ByCode<T, WIDTH>,
    workspace: &mut Workspace<T, WIDTH>,
    task: &Task,
) -> Result<()> {
    let first = first_group * PER_WORD;
    for sweep in 0..block.n_sweeps() {
        let values = std::array::from_fn(|place| match block.variant_of(sweep, place) {
            variant if variant < block.n_variants() => values(variant),
            _ => [Row::default(); 4],
        });
        let codes = &block.by_variants(sweep)[first..first + rows.len()];
        add_lookups(rows, codes, &values, &mut workspace.tables);
        task.check()?;
    }
    if block.has_dosages() {
        add_remainders(block, first, rows, values, task)?;
    }
    Ok(())
}

/// Samples whose sums stay in the first-level cache.
const SAMPLES_PER_CHUNK: usize = 64;

/// Variants between two checks of the task.
const VARIANTS_PER_CHECK: usize = 256;

/// What the parabolas add to the values of the nearest genotypes. With s the slope at one copy and
/// b half of the second derivative, a remainder r beside c copies adds
/// `r s + r (r + 2 (c - 1)) b`.
fn add_remainders<T: Real, const WIDTH: usize>(
    block: &GenotypeBlock,
    first_sample: usize,
    rows: &mut [Row<T, WIDTH>],
    values: impl Fn(usize) -> ByCode<T, WIDTH>,
    task: &Task,
) -> Result<()> {
    let half = T::of(0.5);
    let parabola = |variant: usize| {
        let by_code = values(variant);
        let [none, one, two] = [HOM_REF, HET, HOM_ALT].map(|code| &by_code[usize::from(code)]);
        let each = |of: &dyn Fn(usize) -> T| Row(std::array::from_fn::<T, WIDTH, _>(of));
        let slope = each(&|lane| (two.0[lane] - none.0[lane]) * half);
        let bend =
            each(&|lane| (two.0[lane] - one.0[lane]) * half - (one.0[lane] - none.0[lane]) * half);
        (slope, bend)
    };
    let parabolas: Vec<_> = (0..block.n_variants()).map(parabola).collect();
    for (chunk, rows) in rows.chunks_mut(SAMPLES_PER_CHUNK).enumerate() {
        let first = first_sample + chunk * SAMPLES_PER_CHUNK;
        for (variant, (slope, bend)) in parabolas.iter().enumerate() {
            let remainders = block.remainders(variant).iter().skip(first);
            for (at, (row, &remainder)) in rows.iter_mut().zip(remainders).enumerate() {
                if remainder == 0.0 {
                    continue;
                }
                let (nearest, r) = (block.nearest(variant, first + at), f64::from(remainder));
                let from_one = nearest.map_or(0.0, |copies| copies - 1.0);
                row.add(&slope.times(T::of(r)));
                row.add(&bend.times(T::of(r * (r + 2.0 * from_one))));
            }
        }
        task.check()?;
    }
    Ok(())
}

/// `x * row` for the four values of a standardized genotype.
pub fn times_row<T: Real, const WIDTH: usize>(
    by_code: [f64; 4],
    row: &Row<T, WIDTH>,
) -> ByCode<T, WIDTH> {
    by_code.map(|x| row.times(T::of(x)))
}

/// `copies * weight` by code; nothing for a missing genotype.
fn by_copies<T: Real, const WIDTH: usize>(weight: &Row<T, WIDTH>) -> ByCode<T, WIDTH> {
    times_row(COPIES.map(|copies| f64::from(copies.unwrap_or(0))), weight)
}

/// Adds `center * weight` to the row of every missing genotype in a group of samples.
fn add_missing<T: Real, const WIDTH: usize>(
    rows: &mut [Row<T, WIDTH>],
    codes: &[u32],
    weights: &[Row<T, WIDTH>],
    center: &[T],
    with_missing: &mut Vec<u32>,
) {
    let codes = &codes[..center.len()];
    find_missing(codes, with_missing);
    for &variant in with_missing.iter() {
        let variant = variant as usize;
        let mut missing = missing_bits(codes[variant]);
        while missing != 0 {
            let sample = missing.trailing_zeros() as usize / 2;
            rows[variant].add(&weights[sample].times(center[variant]));
            missing &= missing - 1;
        }
    }
}

/// Positions of the words that hold a missing genotype, found without branches
/// because branches at random positions are mispredicted.
fn find_missing(codes: &[u32], found: &mut Vec<u32>) {
    found.resize(codes.len(), 0);
    let mut n_found = 0;
    for (position, &code) in codes.iter().enumerate() {
        found[n_found] = position as u32;
        n_found += usize::from(missing_bits(code) != 0);
    }
    found.truncate(n_found);
}
