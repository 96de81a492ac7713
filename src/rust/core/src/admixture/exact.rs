//! Sums over all genotypes of some samples, in double precision.
//!
//! Single precision has a relative error in the curvature of a genotype of probability 1e-5
//! that exceeds the curvature of all other genotypes, and an error of a percent in 1 - h, with h
//! near 1 - 1e-5. Whether weights are the maximum is therefore tested with these sums.

use crate::admixture::lanes::LANES;
use crate::admixture::lanes::Lanes;
use crate::admixture::lanes::dispatch;
use crate::admixture::moments::BATCH;
use crate::admixture::moments::n_pairs;
use crate::admixture::tile::Block;
use crate::admixture::tile::LogProduct;
use crate::admixture::tile::TILE;
use crate::data::genotypes::genotype::GenotypeSource;
use crate::data::genotypes::genotype::code;
use crate::error::Result;
use crate::task::Task;
use rayon::prelude::*;

/// One number per sample of a group.
type Vector = [f64; LANES];

/// The probability of each allele of a genotype is `base + sign h`; a missing one has 1 twice.
const FIRST: [(f64, f64); 4] = [(0.0, 1.0), (1.0, 0.0), (0.0, 1.0), (1.0, -1.0)];
/// As [`FIRST`], of the second allele.
const SECOND: [(f64, f64); 4] = [(0.0, 1.0), (1.0, 0.0), (1.0, -1.0), (1.0, -1.0)];
/// A missing genotype.
const MISSING: u8 = 0b01;

/// Log-likelihood of one sample and its derivatives with respect to the weights.
#[derive(Clone, Debug)]
pub struct Sums {
    /// Length k.
    pub gradient: Vec<f64>,
    /// Length k (k + 1) / 2, the negative Hessian; zeros if it was not asked for.
    pub curvature: Vec<f64>,
    pub log_likelihood: f64,
    /// Called alleles.
    pub n_alleles: f64,
}

impl Sums {
    /// Upper bound of the distance of the log-likelihood at `row` from its maximum, per called
    /// allele: it is concave, so no more than its slope toward the best population.
    pub fn gap(&self, row: &[f64]) -> f64 {
        let level: f64 = row.iter().zip(&self.gradient).map(|(weight, slope)| weight * slope).sum();
        let best = self.gradient.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        (best - level).max(0.0) / self.n_alleles.max(1.0)
    }
}

/// Sums of `samples` at their weights.
///
/// | argument      | shape                   | values                         |
/// |---------------|-------------------------|--------------------------------|
/// | `samples`     | any                     | indices in `source`            |
/// | `haploid`     | n_samples               | see [`Block::with_haploid`]    |
/// | `rows`        | one per entry, of k     | on the simplex                 |
/// | `frequencies` | n_variants x k          | between 0 and 1, both excluded |
/// | `curved`      | 1                       | whether curvatures are wanted  |
/// | returned      | one per entry           |                                |
///
/// # Errors
/// [`crate::error::Error::Interrupted`].
pub fn sum_exactly(
    source: &dyn GenotypeSource,
    (samples, rows, haploid): (&[usize], &[f64], &[bool]),
    (frequencies, k): (&[f32], usize),
    curved: bool,
    task: &Task,
) -> Result<Vec<Sums>> {
    let each = samples.chunks(LANES).zip(rows.chunks(LANES * k));
    let group = |(samples, rows)| Group::new(samples, rows, k, haploid);
    let mut groups: Vec<Group> = each.map(group).collect();
    let (mut block, mut wide) = (Block::with_haploid(haploid), Vec::new());
    let room = Block::room(source.n_samples(), BATCH);
    task.begin("projecting samples", source.n_variants() as u64)?;
    for (index, frequencies) in frequencies.chunks(room * k).enumerate() {
        let n_variants = frequencies.len() / k;
        block.load(source, index * room..index * room + n_variants);
        wide.clear();
        wide.extend(frequencies.iter().map(|&frequency| f64::from(frequency)));
        groups.par_iter_mut().for_each(|group| add_block(&block, &wide, curved, group));
        task.advance(n_variants as u64)?;
    }
    Ok(groups.iter().flat_map(Group::sums).collect())
}

/// Samples that are summed together.
struct Group {
    samples: Vec<usize>,
    /// Length k.
    weights: Vec<Vector>,
    /// Length k.
    gradient: Vec<Vector>,
    /// Length k (k + 1) / 2.
    curvature: Vec<Vector>,
    n_alleles: Vector,
    logs: LogProduct,
    /// Part of each genotype that counts: half of it in a haploid sample.
    multipliers: Vector,
}

impl Group {
    fn new(samples: &[usize], rows: &[f64], k: usize, haploid: &[bool]) -> Group {
        let mut multipliers = [1.0; LANES];
        for (multiplier, &sample) in multipliers.iter_mut().zip(samples) {
            *multiplier = if haploid.get(sample) == Some(&true) { 0.5 } else { 1.0 };
        }
        // Places without a sample are missing everywhere and need a probability, no more.
        let mut weights = vec![[1.0 / k as f64; LANES]; k];
        for (lane, row) in rows.chunks_exact(k).enumerate() {
            weights.iter_mut().zip(row).for_each(|(vector, &weight)| vector[lane] = weight);
        }
        Group {
            samples: samples.to_vec(),
            weights,
            gradient: vec![[0.0; LANES]; k],
            curvature: vec![[0.0; LANES]; n_pairs(k)],
            n_alleles: [0.0; LANES],
            logs: LogProduct::default(),
            multipliers,
        }
    }

    /// Codes of a variant that is `place`-th in the block.
    #[inline(always)]
    fn codes(&self, block: &Block, place: usize) -> [u8; LANES] {
        let mut codes = [MISSING; LANES];
        for (into, &sample) in codes.iter_mut().zip(&self.samples) {
            *into = code(block.codes(place, sample / TILE), sample % TILE);
        }
        codes
    }

    /// Sample by sample.
    fn sums(&self) -> impl Iterator<Item = Sums> + '_ {
        let logs = self.logs.logs();
        let of = |vectors: &[Vector], lane: usize| {
            vectors.iter().map(|v| self.multipliers[lane] * v[lane]).collect()
        };
        (0..self.samples.len()).map(move |lane| Sums {
            gradient: of(&self.gradient, lane),
            curvature: of(&self.curvature, lane),
            log_likelihood: self.multipliers[lane] * logs[lane],
            n_alleles: self.multipliers[lane] * self.n_alleles[lane],
        })
    }
}

dispatch! {
    fn add_block(
        block: &Block,
        frequencies: &[f64],
        curved: bool,
        group: &mut Group,
    ) => add_block_body
}

/// `V` says only for which processor the plain arrays are compiled.
///
/// # Safety
/// The processor must have what `V` needs.
#[inline(always)]
unsafe fn add_block_body<V: Lanes>(
    block: &Block,
    frequencies: &[f64],
    curved: bool,
    group: &mut Group,
) {
    let k = group.weights.len();
    for (place, f) in frequencies.chunks_exact(k).enumerate() {
        let codes = group.codes(block, place);
        let (slope, curvature) = genotypes(group, &codes, f);
        for (sum, &f) in group.gradient.iter_mut().zip(f) {
            add_scaled(sum, &slope, f);
        }
        if curved {
            let pairs = (0..k).flat_map(|row| f[row..].iter().map(move |other| (row, other)));
            for (sum, (row, other)) in group.curvature.iter_mut().zip(pairs) {
                add_scaled(sum, &curvature, f[row] * other);
            }
        }
        if place % BATCH == BATCH - 1 {
            group.logs.settle();
        }
    }
    group.logs.settle();
}

#[inline(always)]
fn add_scaled(sum: &mut Vector, vector: &Vector, factor: f64) {
    sum.iter_mut().zip(vector).for_each(|(sum, value)| *sum += value * factor);
}

/// Slopes and curvatures of a variant's genotypes; their probabilities are multiplied in.
#[inline(always)]
fn genotypes(group: &mut Group, codes: &[u8; LANES], f: &[f64]) -> (Vector, Vector) {
    let mut h = [0.0; LANES];
    for (weights, &f) in group.weights.iter().zip(f) {
        add_scaled(&mut h, weights, f);
    }
    let first: [(f64, f64); LANES] = std::array::from_fn(|lane| FIRST[codes[lane] as usize & 3]);
    let second: [(f64, f64); LANES] = std::array::from_fn(|lane| SECOND[codes[lane] as usize & 3]);
    let (mut slope, mut curvature) = ([0.0; LANES], [0.0; LANES]);
    for lane in 0..LANES {
        let ((base, sign), (other_base, other_sign)) = (first[lane], second[lane]);
        let (one, other) = (base + sign * h[lane], other_base + other_sign * h[lane]);
        let inverse = 1.0 / (one * other);
        let (along_one, along_other) = (sign * other * inverse, other_sign * one * inverse);
        slope[lane] = along_one + along_other;
        curvature[lane] = along_one * along_one + along_other * along_other;
        group.logs.factors[lane] *= one * other;
        group.n_alleles[lane] += sign * sign + other_sign * other_sign;
    }
    (slope, curvature)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admixture::reference::decoded;
    use crate::admixture::reference::number;
    use crate::admixture::reference::rare;

    #[test]
    fn agrees_with_sums_over_every_genotype() {
        let (n_samples, n_variants, k) = (21, 40, 3);
        let (source, f) = rare(n_samples, n_variants, k);
        let samples: Vec<usize> = (0..n_samples).rev().collect();
        let raw: Vec<f64> = (0..n_samples * k).map(|place| number(place) + 1e-3).collect();
        let row = |row: &[f64]| row.iter().map(|x| x / row.iter().sum::<f64>()).collect::<Vec<_>>();
        let rows: Vec<f64> = raw.chunks_exact(k).flat_map(row).collect();
        let copies = decoded(&source);
        let all = (&samples[..], &rows[..], &[][..]);
        let got = sum_exactly(&source, all, (&f, k), true, &Task::new()).unwrap();
        assert_eq!(got.len(), n_samples);
        for ((&sample, q), got) in samples.iter().zip(rows.chunks_exact(k)).zip(&got) {
            let mut want = Sums {
                gradient: vec![0.0; k],
                curvature: vec![0.0; n_pairs(k)],
                log_likelihood: 0.0,
                n_alleles: 0.0,
            };
            for (g, f) in copies[sample].iter().zip(f.chunks_exact(k)) {
                let Some(g) = g else { continue };
                let f: Vec<f64> = f.iter().map(|&f| f64::from(f)).collect();
                let h: f64 = q.iter().zip(&f).map(|(q, f)| q * f).sum();
                let (m, r) = (1.0 - h, 2.0 - g);
                want.log_likelihood += g * h.ln() + r * m.ln();
                want.n_alleles += 2.0;
                let mut pair = 0;
                for one in 0..k {
                    want.gradient[one] += (g / h - r / m) * f[one];
                    for other in one..k {
                        want.curvature[pair] += (g / (h * h) + r / (m * m)) * f[one] * f[other];
                        pair += 1;
                    }
                }
            }
            let close = |got: f64, want: f64| (got - want).abs() <= 1e-10 * want.abs().max(1.0);
            assert!(close(got.log_likelihood, want.log_likelihood));
            assert_eq!(got.n_alleles, want.n_alleles);
            assert!(got.gradient.iter().zip(&want.gradient).all(|(a, b)| close(*a, *b)));
            assert!(got.curvature.iter().zip(&want.curvature).all(|(a, b)| close(*a, *b)));
            let expected = want.gradient.iter().copied().fold(f64::MIN, f64::max)
                - q.iter().zip(&want.gradient).map(|(q, g)| q * g).sum::<f64>();
            assert!((got.gap(q) - expected / want.n_alleles.max(1.0)).abs() < 1e-9);
        }
    }
}
