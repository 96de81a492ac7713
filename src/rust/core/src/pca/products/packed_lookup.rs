//! Sums over sixteen packed genotypes at a time, by table lookup.
//!
//! A product of a genotype matrix with a dense one adds, for every row, one
//! vector per genotype, and there are only four possible vectors per genotype.
//! So four genotypes, one byte, have 256 possible sums. They are computed once
//! (as in the "method of the four Russians"), and one addition then replaces four
//! multiplications. Four tables, 16 genotypes, are used per sweep, which halves
//! the traffic on the rows and still fits the second-level cache.
//!
//! The body is compiled twice, for AVX2 and for the baseline of the target, and
//! chosen at run time. Neither fuses multiplications into additions, so both
//! return the same bits.

use std::ops::Add;
use std::ops::Mul;
use std::ops::Sub;

/// Genotypes in one word of packed codes, and so per sweep.
pub const PER_WORD: usize = 16;

/// A number that products are summed in: `f32` or `f64`.
pub trait Real:
    Copy
    + Default
    + Send
    + Sync
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + 'static
{
    /// The nearest number of this type.
    fn of(value: f64) -> Self;
}

impl Real for f32 {
    fn of(value: f64) -> f32 {
        value as f32
    }
}

impl Real for f64 {
    fn of(value: f64) -> f64 {
        value
    }
}

/// Numbers that are summed together, aligned to a cache line: a row that straddles
/// one more line than it must costs twice the time.
#[repr(C, align(64))]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row<T, const WIDTH: usize>(pub [T; WIDTH]);

impl<T: Real, const WIDTH: usize> Default for Row<T, WIDTH> {
    fn default() -> Self {
        Row([T::default(); WIDTH])
    }
}

impl<T: Real, const WIDTH: usize> Row<T, WIDTH> {
    /// Sum of two rows.
    #[inline(always)]
    fn plus(&self, other: &Self) -> Self {
        Row(std::array::from_fn(|lane| self.0[lane] + other.0[lane]))
    }

    /// This row times a number.
    #[inline(always)]
    pub fn times(&self, factor: T) -> Self {
        Row(self.0.map(|value| value * factor))
    }

    /// Adds another row to this one.
    #[inline(always)]
    pub fn add(&mut self, other: &Self) {
        *self = self.plus(other);
    }
}

/// The contribution of one genotype to a row, by its code.
pub type ByCode<T, const WIDTH: usize> = [Row<T, WIDTH>; 4];

/// The 256 sums of four genotypes, by packed byte.
type Table<T, const WIDTH: usize> = [Row<T, WIDTH>; 256];

/// Memory for the tables of one sweep.
pub struct Tables<T, const WIDTH: usize>(Box<[Table<T, WIDTH>; 4]>);

impl<T: Real, const WIDTH: usize> Tables<T, WIDTH> {
    /// Memory for tables; every sweep refills them.
    pub fn new() -> Tables<T, WIDTH> {
        let tables = vec![[Row::default(); 256]; 4].into_boxed_slice();
        Tables(tables.try_into().unwrap_or_else(|_| unreachable!("four tables were made")))
    }
}

impl<T: Real, const WIDTH: usize> Default for Tables<T, WIDTH> {
    fn default() -> Self {
        Tables::new()
    }
}

/// `rows[r] += sum over j of values[j][code j of codes[r]]`.
///
/// | argument | shape            | values                                     |
/// |----------|------------------|--------------------------------------------|
/// | `rows`   | n_rows x WIDTH   |                                            |
/// | `codes`  | n_rows           | 16 codes a word, the first in the low bits |
/// | `values` | 16 x 4 x WIDTH   | by genotype and code                       |
///
/// # Panics
/// If `rows` and `codes` differ in length.
pub fn add_lookups<T: Real, const WIDTH: usize>(
    rows: &mut [Row<T, WIDTH>],
    codes: &[u32],
    values: &[ByCode<T, WIDTH>; PER_WORD],
    tables: &mut Tables<T, WIDTH>,
) {
    assert_eq!(rows.len(), codes.len(), "one word of codes per row");
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor was just seen to have AVX2.
        return unsafe { add_lookups_avx2(rows, codes, values, tables) };
    }
    add_lookups_body(rows, codes, values, tables);
}

/// [`add_lookups_body`] compiled for AVX2.
///
/// # Safety
/// The processor must have AVX2.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
unsafe fn add_lookups_avx2<T: Real, const WIDTH: usize>(
    rows: &mut [Row<T, WIDTH>],
    codes: &[u32],
    values: &[ByCode<T, WIDTH>; PER_WORD],
    tables: &mut Tables<T, WIDTH>,
) {
    add_lookups_body(rows, codes, values, tables);
}

#[inline(always)]
fn add_lookups_body<T: Real, const WIDTH: usize>(
    rows: &mut [Row<T, WIDTH>],
    codes: &[u32],
    values: &[ByCode<T, WIDTH>; PER_WORD],
    tables: &mut Tables<T, WIDTH>,
) {
    for (table, values) in tables.0.iter_mut().zip(values.chunks_exact(4)) {
        fill(table, values);
    }
    let [first, second, third, fourth] = &*tables.0;
    for (row, code) in rows.iter_mut().zip(codes) {
        let [a, b, c, d] = code.to_le_bytes();
        let left = first[a as usize].plus(&second[b as usize]);
        let right = third[c as usize].plus(&fourth[d as usize]);
        row.add(&left.plus(&right));
    }
}

/// All sums of the values of four genotypes.
#[inline(always)]
fn fill<T: Real, const WIDTH: usize>(table: &mut Table<T, WIDTH>, values: &[ByCode<T, WIDTH>]) {
    let mut low = [Row::default(); 16];
    for (pair, sum) in low.iter_mut().enumerate() {
        *sum = values[0][pair & 3].plus(&values[1][pair >> 2]);
    }
    for (pair, sums) in table.chunks_exact_mut(16).enumerate() {
        let high = values[2][pair & 3].plus(&values[3][pair >> 2]);
        for (sum, low) in sums.iter_mut().zip(&low) {
            *sum = low.plus(&high);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDTH: usize = 8;

    fn example(n_rows: usize) -> (Vec<Row<f64, WIDTH>>, Vec<u32>, [ByCode<f64, WIDTH>; PER_WORD]) {
        let mut state = 1u64;
        let mut word = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 32) as u32
        };
        let codes = (0..n_rows).map(|_| word()).collect();
        let mut draw = || f64::from(word()) / 2f64.powi(31) - 1.0;
        let mut row = || Row(std::array::from_fn(|_| draw()));
        let rows = (0..n_rows).map(|_| row()).collect();
        let values = std::array::from_fn(|_| std::array::from_fn(|_| row()));
        (rows, codes, values)
    }

    fn flat<T>(rows: &[Row<T, WIDTH>]) -> impl Iterator<Item = &T> {
        rows.iter().flat_map(|row| &row.0)
    }

    #[test]
    fn agrees_with_adding_one_genotype_at_a_time() {
        let (mut rows, codes, values) = example(37);
        let mut plain = rows.clone();
        add_lookups(&mut rows, &codes, &values, &mut Tables::new());
        for (row, code) in plain.iter_mut().zip(&codes) {
            for (genotype, values) in values.iter().enumerate() {
                for lane in 0..WIDTH {
                    row.0[lane] += values[(code >> (2 * genotype) & 3) as usize].0[lane];
                }
            }
        }
        for (row, plain) in flat(&rows).zip(flat(&plain)) {
            assert!((row - plain).abs() < 1e-12);
        }
    }

    #[test]
    fn the_chosen_path_returns_the_bits_of_the_baseline() {
        let (mut rows, codes, values) = example(37);
        let mut baseline = rows.clone();
        add_lookups(&mut rows, &codes, &values, &mut Tables::new());
        add_lookups_body(&mut baseline, &codes, &values, &mut Tables::new());
        assert_eq!(rows, baseline);
    }

    #[test]
    fn single_precision_takes_the_same_road() {
        let (rows, codes, values) = example(19);
        let narrow = |row: &Row<f64, WIDTH>| Row(row.0.map(|x| x as f32));
        let mut single: Vec<_> = rows.iter().map(narrow).collect();
        let mut double = rows;
        add_lookups(
            &mut single,
            &codes,
            &values.map(|v| v.map(|x| narrow(&x))),
            &mut Tables::new(),
        );
        add_lookups(&mut double, &codes, &values, &mut Tables::new());
        for (single, double) in flat(&single).zip(flat(&double)) {
            assert!((f64::from(*single) - double).abs() < 1e-5);
        }
    }
}
