//! Sums over genotypes that the two steps need: the log-likelihood, its gradient and its
//! Hessian, by variant (summed over samples) and by sample (summed over variants).
//!
//! With h = sum over k of q_k f_k the log-likelihood of a genotype g is
//! g log h + (2 - g) log(1 - h). Its slope d and curvature w along h give
//!
//! | of          | gradient      | negative Hessian         |
//! |-------------|---------------|--------------------------|
//! | frequencies | sum d q_k     | sum w q_k q_l            |
//! | weights     | sum d f_k     | sum w f_k f_l            |
//!
//! Both are products of matrices once d and w are known, and are done as such, a tile of
//! samples at a time. Sums of a tile or two are in single precision, those of many in double.
//!
//! Source: Alexander, Novembre & Lange 2009, equations 2 to 5.

use crate::admixture::lanes::LANES;
use crate::admixture::lanes::Lanes;
use crate::admixture::lanes::dispatch;
use crate::admixture::tile::Block;
use crate::admixture::tile::Column;
use crate::admixture::tile::LogProduct;
use crate::admixture::tile::TILE;
use crate::admixture::tile::TILE_BYTES;
use crate::admixture::tile::VECTORS;
use crate::admixture::tile::Weights;

/// Columns that are summed together; matrices are padded to it.
pub const GROUP: usize = 4;
/// Variants of a batch: their slopes and curvatures stay in the first-level cache.
pub const BATCH: usize = 16;
/// Tiles between two moves of single-precision sums into double precision.
const TILES_PER_SUM: usize = 16;

/// Entries of a symmetric k x k matrix, row by row from the diagonal on.
pub fn n_pairs(k: usize) -> usize {
    k * (k + 1) / 2
}

/// `n` rounded up to whole groups of columns.
pub fn padded(n: usize) -> usize {
    n.next_multiple_of(GROUP)
}

/// Derivatives of a variant's log-likelihood with respect to its frequencies.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Moments {
    /// Length k.
    pub gradient: Vec<f64>,
    /// Length k (k + 1) / 2, the negative Hessian.
    pub curvature: Vec<f64>,
    pub log_likelihood: f64,
}

/// Scratch of the sums over samples.
#[derive(Default)]
pub struct VariantScratch {
    /// Products of two weights: n_pairs padded columns of the tile.
    pairs: Vec<Column>,
    slopes: Vec<Column>,
    curvatures: Vec<Column>,
    /// By variant of the batch: padded k, then padded pairs, of one vector each.
    sums: Vec<[f32; LANES]>,
    logs: Vec<LogProduct>,
}

/// Moments of up to [`BATCH`] variants of a block, summed over all samples.
///
/// | argument      | shape                                        |
/// |---------------|----------------------------------------------|
/// | `places`      | places in the block, at most `BATCH`         |
/// | `frequencies` | places x k                                   |
/// | `out`         | one per place, overwritten                   |
pub fn by_variant(
    block: &Block,
    places: std::ops::Range<usize>,
    weights: &Weights,
    frequencies: &[f32],
    scratch: &mut VariantScratch,
    out: &mut [Moments],
) {
    let (k, n_pairs) = (weights.k, n_pairs(weights.k));
    let n_sums = padded(k) + padded(n_pairs);
    scratch.pairs.resize(padded(n_pairs), [0.0; TILE]);
    scratch.slopes.resize(BATCH, [0.0; TILE]);
    scratch.curvatures.resize(BATCH, [0.0; TILE]);
    scratch.sums.clear();
    scratch.sums.resize(BATCH * n_sums, [0.0; LANES]);
    scratch.logs.clear();
    scratch.logs.resize(places.len(), LogProduct::default());
    for moments in out.iter_mut() {
        moments.gradient.clear();
        moments.gradient.resize(k, 0.0);
        moments.curvature.clear();
        moments.curvature.resize(n_pairs, 0.0);
    }
    for tile in 0..weights.n_tiles() {
        let (first, n, multipliers) = (places.start, places.len(), weights.multipliers(tile));
        let at = Place { block, tile, first, n, multipliers };
        variant_tile(&at, weights.tile(tile), frequencies, scratch);
        if (tile + 1) % TILES_PER_SUM == 0 || tile + 1 == weights.n_tiles() {
            drain_sums(&mut scratch.sums, n_sums, k, out);
        }
    }
    for (moments, logs) in out.iter_mut().zip(&scratch.logs) {
        moments.log_likelihood = logs.log();
    }
}

/// Adds the single-precision sums to the moments and empties them.
fn drain_sums(sums: &mut [[f32; LANES]], n_sums: usize, k: usize, out: &mut [Moments]) {
    let total = |lanes: &[f32; LANES]| lanes.iter().map(|&lane| f64::from(lane)).sum::<f64>();
    for (moments, sums) in out.iter_mut().zip(sums.chunks_exact(n_sums)) {
        let (gradient, curvature) = sums.split_at(padded(k));
        for (to, from) in moments.gradient.iter_mut().zip(gradient) {
            *to += total(from);
        }
        for (to, from) in moments.curvature.iter_mut().zip(curvature) {
            *to += total(from);
        }
    }
    sums.fill([0.0; LANES]);
}

/// Log-likelihood of one variant, summed over all samples.
pub fn log_likelihood(block: &Block, place: usize, weights: &Weights, frequencies: &[f32]) -> f64 {
    let mut logs = LogProduct::default();
    for tile in 0..weights.n_tiles() {
        let codes = (block.codes(place, tile), weights.multipliers(tile));
        likelihood_tile(codes, weights.tile(tile), frequencies, &mut logs);
    }
    logs.log()
}

/// Variants `first .. first + n` of a block in one tile.
struct Place<'a> {
    block: &'a Block,
    tile: usize,
    first: usize,
    n: usize,
    /// See [`Weights::multipliers`].
    multipliers: Option<&'a Column>,
}

dispatch! {
    fn variant_tile(at: &Place<'_>, q: &[Column], f: &[f32], scratch: &mut VariantScratch) => variant_tile_body
}

dispatch! {
    fn likelihood_tile(codes: (&[u8; TILE_BYTES], Option<&Column>), q: &[Column], f: &[f32], logs: &mut LogProduct) => likelihood_tile_body
}

/// # Safety
/// The processor must have what `V` needs.
#[inline(always)]
unsafe fn variant_tile_body<V: Lanes>(
    at: &Place<'_>,
    q: &[Column],
    f: &[f32],
    scratch: &mut VariantScratch,
) {
    let k = q.len();
    let n_sums = padded(k) + scratch.pairs.len();
    let VariantScratch { pairs, slopes, curvatures, sums, logs } = scratch;
    // SAFETY: the caller has seen to the processor; all pointers are to whole columns.
    unsafe {
        products_of_pairs::<V>(q, pairs);
        for place in 0..at.n {
            let codes = (at.block.codes(at.first + place, at.tile), at.multipliers);
            let f = &f[place * k..(place + 1) * k];
            let into = (&mut slopes[place], &mut curvatures[place]);
            let log = std::slice::from_mut(&mut logs[place]);
            genotypes_of_tile::<V, false>(codes, q, f, log, into);
            logs[place].settle();
        }
        for first in (0..at.n).step_by(2) {
            // The one beyond an odd end is computed and never read.
            let (one, other) = sums[first * n_sums..(first + 2) * n_sums].split_at_mut(n_sums);
            let (d, w) = (
                [&slopes[first], &slopes[first + 1]],
                [&curvatures[first], &curvatures[first + 1]],
            );
            for group in (0..k).step_by(GROUP) {
                let columns = std::array::from_fn(|place| &q[(group + place).min(k - 1)]);
                dots::<V>(d, columns, &mut one[group..], &mut other[group..]);
            }
            for group in (0..pairs.len()).step_by(GROUP) {
                let columns = std::array::from_fn(|place| &pairs[group + place]);
                let at = padded(k) + group;
                dots::<V>(w, columns, &mut one[at..], &mut other[at..]);
            }
        }
    }
}

/// # Safety
/// The processor must have what `V` needs.
#[inline(always)]
unsafe fn likelihood_tile_body<V: Lanes>(
    (codes, multipliers): (&[u8; TILE_BYTES], Option<&Column>),
    q: &[Column],
    f: &[f32],
    logs: &mut LogProduct,
) {
    // SAFETY: as above.
    unsafe {
        for vectors in 0..VECTORS / 8 {
            let h = expected::<V>(q, f, vectors * 8);
            for (vector, &h) in h.iter().enumerate() {
                let vector = vectors * 8 + vector;
                let probability = V::genotype(word(codes, vector), h).0;
                let probability = raised::<V>(probability, multipliers, vector);
                probability.multiply_into(&mut logs.factors);
            }
        }
    }
    logs.settle();
}

/// Slopes and curvatures of the genotypes of a tile at one variant, and their likelihood: one
/// product of all, or `BY_SAMPLE`, one for each vector. The caller settles them. The genotype of
/// a haploid sample is coded as two equal alleles, of which one counts.
///
/// # Safety
/// The processor must have what `V` needs.
#[inline(always)]
unsafe fn genotypes_of_tile<V: Lanes, const BY_SAMPLE: bool>(
    (codes, multipliers): (&[u8; TILE_BYTES], Option<&Column>),
    q: &[Column],
    f: &[f32],
    logs: &mut [LogProduct],
    (slopes, curvatures): (&mut Column, &mut Column),
) {
    // SAFETY: the caller has seen to the processor; columns have VECTORS x LANES numbers.
    unsafe {
        for vectors in 0..VECTORS / 8 {
            let h = expected::<V>(q, f, vectors * 8);
            for (vector, &h) in h.iter().enumerate() {
                let vector = vectors * 8 + vector;
                let (probability, slope, curvature) = V::genotype(word(codes, vector), h);
                let probability = raised::<V>(probability, multipliers, vector);
                let log = &mut logs[if BY_SAMPLE { vector } else { 0 }];
                probability.multiply_into(&mut log.factors);
                slope.store(slopes.as_mut_ptr().add(vector * LANES));
                curvature.store(curvatures.as_mut_ptr().add(vector * LANES));
            }
        }
    }
    if let Some(multipliers) = multipliers {
        slopes.iter_mut().zip(multipliers).for_each(|(slope, multiplier)| *slope *= multiplier);
        curvatures
            .iter_mut()
            .zip(multipliers)
            .for_each(|(curvature, multiplier)| *curvature *= multiplier);
    }
}

/// Probabilities of the genotypes of one vector, of haploid samples those of one allele: the root.
///
/// # Safety
/// The processor must have what `V` needs.
#[inline(always)]
unsafe fn raised<V: Lanes>(probability: V, multipliers: Option<&Column>, vector: usize) -> V {
    let Some(multipliers) = multipliers else { return probability };
    let mut each = [0.0; LANES];
    // SAFETY: the caller has seen to the processor.
    unsafe {
        probability.store(each.as_mut_ptr());
        for (probability, &multiplier) in each.iter_mut().zip(&multipliers[vector * LANES..]) {
            *probability = if multiplier < 1.0 { probability.sqrt() } else { *probability };
        }
        V::load(each.as_ptr())
    }
}

/// Eight codes.
#[inline(always)]
fn word(codes: &[u8; TILE_BYTES], vector: usize) -> u16 {
    u16::from_le_bytes([codes[2 * vector], codes[2 * vector + 1]])
}

/// `h = sum over k of q_k f_k` of eight vectors of a tile.
///
/// # Safety
/// The processor must have what `V` needs, and `first + 8` vectors must be in the tile.
#[inline(always)]
unsafe fn expected<V: Lanes>(q: &[Column], f: &[f32], first: usize) -> [V; 8] {
    debug_assert!(first + 8 <= VECTORS && q.len() == f.len());
    // SAFETY: the caller keeps to the tile.
    unsafe {
        let mut h = [V::splat(0.0); 8];
        for (q, &f) in q.iter().zip(f) {
            let f = V::splat(f);
            for (vector, h) in h.iter_mut().enumerate() {
                *h = V::load(q.as_ptr().add((first + vector) * LANES)).times_plus(f, *h);
            }
        }
        h
    }
}

/// # Safety
/// The processor must have what `V` needs.
#[inline(always)]
unsafe fn products_of_pairs<V: Lanes>(q: &[Column], pairs: &mut [Column]) {
    let mut place = 0;
    for (row, one) in q.iter().enumerate() {
        for other in &q[row..] {
            let out = &mut pairs[place];
            place += 1;
            for vector in (0..TILE).step_by(LANES) {
                // SAFETY: columns have TILE numbers.
                unsafe {
                    let product = V::load(one.as_ptr().add(vector))
                        .times(V::load(other.as_ptr().add(vector)));
                    product.store(out.as_mut_ptr().add(vector));
                }
            }
        }
    }
}

/// Adds the inner products of two columns with [`GROUP`] others.
///
/// # Safety
/// The processor must have what `V` needs; `one` and `other` must have `GROUP` sums.
#[inline(always)]
unsafe fn dots<V: Lanes>(
    left: [&Column; 2],
    columns: [&Column; GROUP],
    one: &mut [[f32; LANES]],
    other: &mut [[f32; LANES]],
) {
    assert!(one.len() >= GROUP && other.len() >= GROUP);
    // SAFETY: columns have TILE numbers, and the sums were just seen to be there.
    unsafe {
        let mut a: [V; GROUP] = std::array::from_fn(|place| V::load(one[place].as_ptr()));
        let mut b: [V; GROUP] = std::array::from_fn(|place| V::load(other[place].as_ptr()));
        for vector in (0..TILE).step_by(LANES) {
            let x = V::load(left[0].as_ptr().add(vector));
            let y = V::load(left[1].as_ptr().add(vector));
            for place in 0..GROUP {
                let column = V::load(columns[place].as_ptr().add(vector));
                a[place] = x.times_plus(column, a[place]);
                b[place] = y.times_plus(column, b[place]);
            }
        }
        for place in 0..GROUP {
            a[place].store(one[place].as_mut_ptr());
            b[place].store(other[place].as_mut_ptr());
        }
    }
}

/// Sums over variants for the samples of one tile.
#[derive(Clone, Debug)]
pub struct SampleSums {
    /// Padded k columns of gradient, then padded pairs of curvature; single precision.
    recent: Vec<Column>,
    /// The same, all blocks so far.
    pub total: Vec<[f64; TILE]>,
    logs: Vec<LogProduct>,
}

impl SampleSums {
    /// No variant yet.
    pub fn new(k: usize) -> SampleSums {
        let n = padded(k) + padded(n_pairs(k));
        SampleSums {
            recent: vec![[0.0; TILE]; n],
            total: vec![[0.0; TILE]; n],
            logs: vec![LogProduct::default(); VECTORS],
        }
    }

    /// Gradient of one sample's log-likelihood with respect to its weights, length k.
    pub fn gradient(&self, sample: usize, k: usize, out: &mut [f64]) {
        out.iter_mut().zip(&self.total[..k]).for_each(|(out, column)| *out = column[sample]);
    }

    /// Its negative Hessian, length k (k + 1) / 2.
    pub fn curvature(&self, sample: usize, k: usize, out: &mut [f64]) {
        let columns = &self.total[padded(k)..];
        out.iter_mut().zip(columns).for_each(|(out, column)| *out = column[sample]);
    }

    /// Log-likelihood of one sample.
    pub fn log_likelihood(&self, sample: usize) -> f64 {
        self.logs[sample / LANES].logs()[sample % LANES]
    }
}

/// Scratch of the sums over variants.
pub struct SampleScratch {
    slopes: Vec<Column>,
    curvatures: Vec<Column>,
}

impl Default for SampleScratch {
    fn default() -> Self {
        SampleScratch { slopes: vec![[0.0; TILE]; BATCH], curvatures: vec![[0.0; TILE]; BATCH] }
    }
}

/// Frequencies of a block, and their products, for the sums over variants.
#[derive(Debug, Default)]
pub struct BlockFrequencies {
    k: usize,
    frequencies: Vec<f32>,
    /// By variant: padded k frequencies, then padded pairs of them.
    products: Vec<f32>,
}

impl BlockFrequencies {
    /// Takes the frequencies (n_variants x k) of a block.
    pub fn load(&mut self, frequencies: &[f32], k: usize) {
        self.k = k;
        self.frequencies.clear();
        self.frequencies.extend_from_slice(frequencies);
        let width = padded(k) + padded(n_pairs(k));
        self.products.clear();
        // Whole batches: the variants beyond the end have frequencies of 0.
        let n_variants = (frequencies.len() / k).next_multiple_of(BATCH);
        self.products.resize(n_variants * width, 0.0);
        for (f, products) in frequencies.chunks_exact(k).zip(self.products.chunks_exact_mut(width))
        {
            products[..k].copy_from_slice(f);
            let pairs = f
                .iter()
                .enumerate()
                .flat_map(|(row, one)| f[row..].iter().map(move |other| one * other));
            products[padded(k)..].iter_mut().zip(pairs).for_each(|(out, pair)| *out = pair);
        }
    }
}

/// Adds the variants of a block to the sums of the samples of one tile.
pub fn by_sample(
    block: &Block,
    tile: usize,
    weights: &Weights,
    frequencies: &BlockFrequencies,
    scratch: &mut SampleScratch,
    sums: &mut SampleSums,
) {
    let n_variants = block.variants().len();
    for first in (0..n_variants).step_by(BATCH) {
        let n = BATCH.min(n_variants - first);
        let at = Place { block, tile, first, n, multipliers: weights.multipliers(tile) };
        sample_batch(&at, weights.tile(tile), frequencies, scratch, sums);
    }
    for (total, recent) in sums.total.iter_mut().zip(&mut sums.recent) {
        for (total, recent) in total.iter_mut().zip(recent) {
            *total += f64::from(std::mem::take(recent));
        }
    }
}

dispatch! {
    fn sample_batch(
        at: &Place<'_>,
        q: &[Column],
        frequencies: &BlockFrequencies,
        scratch: &mut SampleScratch,
        sums: &mut SampleSums,
    ) => sample_batch_body
}

/// # Safety
/// The processor must have what `V` needs.
#[inline(always)]
unsafe fn sample_batch_body<V: Lanes>(
    at: &Place<'_>,
    q: &[Column],
    frequencies: &BlockFrequencies,
    scratch: &mut SampleScratch,
    sums: &mut SampleSums,
) {
    let k = q.len();
    let SampleScratch { slopes, curvatures } = scratch;
    // Places that an incomplete batch leaves free count for nothing.
    slopes[at.n..].fill([0.0; TILE]);
    curvatures[at.n..].fill([0.0; TILE]);
    let width = padded(k) + padded(n_pairs(k));
    let products = &frequencies.products[at.first * width..(at.first + BATCH) * width];
    // SAFETY: the caller has seen to the processor.
    unsafe {
        for place in 0..at.n {
            let variant = at.first + place;
            let f = &frequencies.frequencies[variant * k..(variant + 1) * k];
            let into = (&mut slopes[place], &mut curvatures[place]);
            let codes = (at.block.codes(variant, at.tile), at.multipliers);
            genotypes_of_tile::<V, true>(codes, q, f, &mut sums.logs, into);
        }
        sums.logs.iter_mut().for_each(LogProduct::settle);
        for group in (0..width).step_by(GROUP) {
            let left = if group < padded(k) { &*slopes } else { &*curvatures };
            accumulate::<V>(left, products, (group, width), &mut sums.recent[group..group + GROUP]);
        }
    }
}

/// `sums[c] += sum over the batch of left[j] * products[j][first + c]`.
///
/// # Safety
/// The processor must have what `V` needs.
#[inline(always)]
unsafe fn accumulate<V: Lanes>(
    left: &[Column],
    products: &[f32],
    (first, width): (usize, usize),
    sums: &mut [Column],
) {
    let sums: &mut [Column; GROUP] = sums.try_into().expect("a group of sums");
    // SAFETY: columns have TILE numbers.
    unsafe {
        for vector in (0..TILE).step_by(2 * LANES) {
            let load = |column: &Column, offset| V::load(column.as_ptr().add(vector + offset));
            let mut a: [V; GROUP] = std::array::from_fn(|place| load(&sums[place], 0));
            let mut b: [V; GROUP] = std::array::from_fn(|place| load(&sums[place], LANES));
            for (column, products) in left.iter().zip(products.chunks_exact(width)) {
                let (x, y) = (load(column, 0), load(column, LANES));
                let products = &products[first..first + GROUP];
                for place in 0..GROUP {
                    let factor = V::splat(products[place]);
                    a[place] = x.times_plus(factor, a[place]);
                    b[place] = y.times_plus(factor, b[place]);
                }
            }
            for place in 0..GROUP {
                a[place].store(sums[place].as_mut_ptr().add(vector));
                b[place].store(sums[place].as_mut_ptr().add(vector + LANES));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admixture::reference::blurred;
    use crate::admixture::reference::decoded;
    use crate::admixture::reference::simulated;

    /// Slope and curvature of a genotype.
    fn slopes(g: f64, h: f64) -> (f64, f64) {
        let (m, r) = (1.0 - h, 2.0 - g);
        (g / h - r / m, g / (h * h) + r / (m * m))
    }

    fn close(got: f64, want: f64) -> bool {
        (got - want).abs() <= 2e-4 * want.abs().max(1.0)
    }

    #[test]
    fn both_sums_agree_with_sums_over_every_genotype() {
        for (k, n_samples, n_variants) in [(2, 5, 3), (3, 130, 17), (5, 129, 35), (7, 300, 20)] {
            let (source, truth, f) = simulated((n_samples, n_variants), k, true);
            let q = blurred(&truth, k);
            let rows = decoded(&source);
            let weights = Weights::of(&q, k, &[]);
            let narrow: Vec<f32> = f.iter().map(|&f| f as f32).collect();
            let mut block = Block::default();
            block.load(&source, 0..n_variants);
            let slope_of = |sample: usize, variant: usize| {
                let g = rows[sample][variant]?;
                let pairs = q[sample * k..][..k].iter().zip(&f[variant * k..][..k]);
                let h: f64 = pairs.map(|(q, f)| q * f).sum();
                Some((slopes(g, h), g * h.ln() + (2.0 - g) * (1.0 - h).ln()))
            };
            for first in (0..n_variants).step_by(BATCH) {
                let places = first..n_variants.min(first + BATCH);
                let mut out = vec![Moments::default(); places.len()];
                let f = &narrow[places.start * k..places.end * k];
                by_variant(
                    &block,
                    places.clone(),
                    &weights,
                    f,
                    &mut VariantScratch::default(),
                    &mut out,
                );
                for (variant, got) in places.zip(&out) {
                    let mut want = Moments {
                        gradient: vec![0.0; k],
                        curvature: vec![0.0; n_pairs(k)],
                        log_likelihood: 0.0,
                    };
                    for sample in 0..n_samples {
                        if let Some(((d, w), log)) = slope_of(sample, variant) {
                            add(&mut want, d, w, log, &q[sample * k..][..k]);
                        }
                    }
                    assert_moments(got, &want);
                    let place = variant;
                    let log = log_likelihood(&block, place, &weights, &narrow[variant * k..][..k]);
                    assert!(close(log, want.log_likelihood));
                }
            }
            let mut shared = BlockFrequencies::default();
            shared.load(&narrow, k);
            for tile in 0..weights.n_tiles() {
                let mut sums = SampleSums::new(k);
                by_sample(
                    &block,
                    tile,
                    &weights,
                    &shared,
                    &mut SampleScratch::default(),
                    &mut sums,
                );
                for sample in tile * TILE..n_samples.min((tile + 1) * TILE) {
                    let mut want = Moments {
                        gradient: vec![0.0; k],
                        curvature: vec![0.0; n_pairs(k)],
                        log_likelihood: 0.0,
                    };
                    for variant in 0..n_variants {
                        if let Some(((d, w), log)) = slope_of(sample, variant) {
                            add(&mut want, d, w, log, &f[variant * k..][..k]);
                        }
                    }
                    let mut got = want.clone();
                    sums.gradient(sample % TILE, k, &mut got.gradient);
                    sums.curvature(sample % TILE, k, &mut got.curvature);
                    got.log_likelihood = sums.log_likelihood(sample % TILE);
                    assert_moments(&got, &want);
                }
            }
        }
    }

    fn add(to: &mut Moments, d: f64, w: f64, log: f64, by: &[f64]) {
        to.log_likelihood += log;
        let mut place = 0;
        for (row, one) in by.iter().enumerate() {
            to.gradient[row] += d * one;
            for other in &by[row..] {
                to.curvature[place] += w * one * other;
                place += 1;
            }
        }
    }

    fn assert_moments(got: &Moments, want: &Moments) {
        assert!(close(got.log_likelihood, want.log_likelihood));
        let scale: f64 = want.curvature.iter().fold(1.0, |a, b| a.max(b.abs()));
        for (got, want) in got.gradient.iter().zip(&want.gradient) {
            assert!((got - want).abs() < 1e-4 * scale, "{got} {want}");
        }
        for (got, want) in got.curvature.iter().zip(&want.curvature) {
            assert!((got - want).abs() < 1e-4 * scale, "{got} {want}");
        }
    }
}
