//! Exponentials of many numbers at once, shifted so that none overflows.
//!
//! Source: Cody & Waite 1980 for the reduction of the argument: `x = n ln 2 + r` with `ln 2` in
//! two parts, then the series of `exp(r)`, `|r| <= ln 2 / 2`.

use crate::linalg::wide::wide;

/// Numbers per step of a loop.
const LANES: usize = 8;

/// Below this, `exp` is taken as 0: it would be a subnormal number.
const SMALLEST: f64 = -708.0;

const LOG2_E: f64 = std::f64::consts::LOG2_E;
/// The first 32 bits of `ln 2`, so that `n` times it is exact, and the rest.
const LN_2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
/// Adding it to a number below 2^51 leaves the nearest whole number in the last bits.
const ROUNDER: f64 = 6_755_399_441_055_744.0;

/// `1 / n!`, from n = 13 down to 0.
const SERIES: [f64; 14] = [
    1.0 / 6_227_020_800.0,
    1.0 / 479_001_600.0,
    1.0 / 39_916_800.0,
    1.0 / 3_628_800.0,
    1.0 / 362_880.0,
    1.0 / 40_320.0,
    1.0 / 5_040.0,
    1.0 / 720.0,
    1.0 / 120.0,
    1.0 / 24.0,
    1.0 / 6.0,
    0.5,
    1.0,
    1.0,
];

/// `exp(x)` for `x <= 0`, to about one unit in the last place; 0 below -708.
#[inline(always)]
fn exp_of_negative(x: f64) -> f64 {
    let clamped = if x > SMALLEST { x } else { SMALLEST };
    let shifted = clamped * LOG2_E + ROUNDER;
    let whole = shifted - ROUNDER;
    let rest = (clamped - whole * LN_2_HIGH) - whole * LN_2_LOW;
    let mut sum = SERIES[0];
    for coefficient in &SERIES[1..] {
        sum = sum * rest + coefficient;
    }
    // The last bits of `shifted` are the exponent in two's complement; 1023 is that of 1.
    let power = f64::from_bits(shifted.to_bits().wrapping_add(1023) << 52);
    if x > SMALLEST { sum * power } else { 0.0 }
}

/// The largest of at least one number.
#[inline(always)]
fn largest_of(values: &[f64]) -> f64 {
    let larger = |a: f64, b: f64| if b > a { b } else { a };
    let blocks = values.chunks_exact(LANES);
    let mut lanes = [f64::NEG_INFINITY; LANES];
    for (lane, &value) in blocks.remainder().iter().enumerate() {
        lanes[lane] = value;
    }
    for block in blocks {
        for lane in 0..LANES {
            lanes[lane] = larger(lanes[lane], block[lane]);
        }
    }
    lanes.into_iter().fold(f64::NEG_INFINITY, larger)
}

/// Replaces every number by `exp(value - largest)` and returns their sum.
#[inline(always)]
fn exponentiate(values: &mut [f64], largest: f64) -> f64 {
    let mut lanes = [0.0; LANES];
    let mut blocks = values.chunks_exact_mut(LANES);
    for block in &mut blocks {
        for lane in 0..LANES {
            block[lane] = exp_of_negative(block[lane] - largest);
            lanes[lane] += block[lane];
        }
    }
    for (lane, value) in blocks.into_remainder().iter_mut().enumerate() {
        *value = exp_of_negative(*value - largest);
        lanes[lane] += *value;
    }
    lanes.iter().sum()
}

wide! {
    /// Replaces each column by the exponentials of its numbers less the largest of them.
    ///
    /// | argument  | shape              | values                                              |
    /// |-----------|--------------------|-----------------------------------------------------|
    /// | `columns` | height x n_columns | finite, columns one after the other                 |
    /// | `largest` | n_columns          | receives the largest number of each column          |
    /// | `total`   | n_columns          | receives the sum of its exponentials, at least 1    |
    ///
    /// # Panics
    /// If `height` is 0.
    pub fn soften(columns: &mut [f64], height: usize, largest: &mut [f64], total: &mut [f64]) {
        for ((column, largest), total) in columns.chunks_exact_mut(height).zip(largest).zip(total) {
            *largest = largest_of(column);
            *total = exponentiate(column, *largest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponentials_are_those_of_the_standard_library() {
        for step in 0..200_000 {
            let x = -708.0 * (step as f64 / 200_000.0).powi(3);
            let (got, want) = (exp_of_negative(x), x.exp());
            assert!((got - want).abs() <= 4e-16 * want, "exp({x}) is {want}, not {got}");
        }
        assert_eq!(exp_of_negative(0.0), 1.0);
        assert_eq!(exp_of_negative(-708.0), 0.0);
        assert_eq!(exp_of_negative(f64::NEG_INFINITY), 0.0);
    }

    /// Of 0, ln 2 and ln 4 the shifted exponentials are 1/4, 1/2 and 1, the sum 7/4.
    #[test]
    fn a_column_worked_by_hand() {
        let mut columns = vec![0.0, 2.0_f64.ln(), 4.0_f64.ln(), 5.0, 5.0, -9000.0];
        let (mut largest, mut total) = ([0.0; 2], [0.0; 2]);
        soften(&mut columns, 3, &mut largest, &mut total);
        for (got, want) in columns.iter().zip([0.25, 0.5, 1.0, 1.0, 1.0, 0.0]) {
            assert!((got - want).abs() < 1e-15);
        }
        assert_eq!(largest, [4.0_f64.ln(), 5.0]);
        assert!((total[0] - 1.75).abs() < 1e-15 && total[1] == 2.0);
    }

    /// Reference implementation: the standard library, one number after the other.
    #[test]
    fn columns_of_every_height_agree_with_plain_sums() {
        for height in 1..40 {
            let values: Vec<f64> =
                (0..3 * height).map(|i| ((i * 37 % 101) as f64 - 50.0) / 3.0).collect();
            let (mut got, mut largest, mut total) = (values.clone(), [0.0; 3], [0.0; 3]);
            soften(&mut got, height, &mut largest, &mut total);
            for column in 0..3 {
                let part = &values[column * height..][..height];
                let most = part.iter().copied().fold(f64::MIN, f64::max);
                assert_eq!(largest[column], most);
                let want: f64 = part.iter().map(|value| (value - most).exp()).sum();
                assert!((total[column] - want).abs() < 1e-13 * want);
                let sum: f64 = got[column * height..][..height].iter().sum();
                assert!((sum - want).abs() < 1e-13 * want);
            }
        }
    }
}
