//! Steps of a chain for many columns at once, K operations per column.
//!
//! The matrix of a step is `enter 1'` off its diagonal and `stay` on it. The sum over
//! all *other* populations is taken from both ends, never as a total minus one term:
//! nothing cancels, so tiny probabilities keep all their digits.
//!
//! Columns are taken `LANES` at a time, whose running sums stay in registers.
//!
//! | argument        | shape     | values                                            |
//! |-----------------|-----------|---------------------------------------------------|
//! | `from` `to`     | K x width | row-major; `width` a multiple of `LANES`          |
//! | `enter` `stay`  | K         | weight of coming from elsewhere; of staying       |
//!
//! Rows beyond K are neither read nor written.

/// Columns of a pair that are worked on together: the rows of its states are multiples.
pub(super) const LANES: usize = 4;

/// `to[y] = enter[y] * sum_{y' != y} from[y'] + stay[y] * from[y]`: forward.
#[inline(always)]
pub(super) fn spread<const LANES: usize>(
    from: &[f64],
    to: &mut [f64],
    weights: (&[f64], &[f64]),
    width: usize,
) {
    scan::<LANES>(from, to, weights, width, |one, other| one + other);
}

/// `to[y] = max(enter[y] * max_{y' != y} from[y'], stay[y] * from[y])`: the best way.
#[inline(always)]
pub(super) fn best<const LANES: usize>(
    from: &[f64],
    to: &mut [f64],
    weights: (&[f64], &[f64]),
    width: usize,
) {
    scan::<LANES>(from, to, weights, width, larger);
}

/// A step whose ways are joined by `join`, of which 0 is the neutral element.
#[inline(always)]
fn scan<const LANES: usize>(
    from: &[f64],
    to: &mut [f64],
    (enter, stay): (&[f64], &[f64]),
    width: usize,
    join: impl Fn(f64, f64) -> f64,
) {
    for column in (0..width).step_by(LANES) {
        let mut running = [0.0; LANES];
        for row in 0..enter.len() {
            let (old, new) = lanes::<LANES>(from, to, row * width + column);
            *new = running;
            for lane in 0..LANES {
                running[lane] = join(running[lane], old[lane]);
            }
        }
        running = [0.0; LANES];
        for (row, (enter, stay)) in enter.iter().zip(stay).enumerate().rev() {
            let (old, new) = lanes::<LANES>(from, to, row * width + column);
            for lane in 0..LANES {
                let elsewhere = enter * join(new[lane], running[lane]);
                new[lane] = join(elsewhere, stay * old[lane]);
                running[lane] = join(running[lane], old[lane]);
            }
        }
    }
}

/// `to[y'] = sum_{y != y'} enter[y] * from[y] + stay[y'] * from[y']`: backward.
#[inline(always)]
pub(super) fn gather<const LANES: usize>(
    from: &[f64],
    to: &mut [f64],
    (enter, stay): (&[f64], &[f64]),
    width: usize,
) {
    for column in (0..width).step_by(LANES) {
        let mut running = [0.0; LANES];
        for (row, enter) in enter.iter().enumerate() {
            let (old, new) = lanes::<LANES>(from, to, row * width + column);
            *new = running;
            for lane in 0..LANES {
                running[lane] += enter * old[lane];
            }
        }
        running = [0.0; LANES];
        for (row, (enter, stay)) in enter.iter().zip(stay).enumerate().rev() {
            let (old, new) = lanes::<LANES>(from, to, row * width + column);
            for lane in 0..LANES {
                new[lane] += running[lane] + stay * old[lane];
                running[lane] += enter * old[lane];
            }
        }
    }
}

/// The larger of two numbers that are no NaN: one instruction, unlike `f64::max`.
#[inline(always)]
pub(super) fn larger(one: f64, other: f64) -> f64 {
    if one > other { one } else { other }
}

#[inline(always)]
fn lanes<'a, const LANES: usize>(
    from: &'a [f64],
    to: &'a mut [f64],
    at: usize,
) -> (&'a [f64; LANES], &'a mut [f64; LANES]) {
    let old = from[at..at + LANES].try_into().expect("as many as asked for");
    let new = (&mut to[at..at + LANES]).try_into().expect("as many as asked for");
    (old, new)
}

/// `to = from'` of a square with `width` rows, a multiple of [`LANES`].
#[inline(always)]
pub(super) fn transpose(from: &[f64], to: &mut [f64], width: usize) {
    for row in (0..width).step_by(LANES) {
        for column in (0..width).step_by(LANES) {
            let mut tile = [[0.0; LANES]; LANES];
            for (lane, tile) in tile.iter_mut().enumerate() {
                tile.copy_from_slice(&from[(row + lane) * width + column..][..LANES]);
            }
            for lane in 0..LANES {
                let transposed = [tile[0][lane], tile[1][lane], tile[2][lane], tile[3][lane]];
                to[(column + lane) * width + row..][..LANES].copy_from_slice(&transposed);
            }
        }
    }
}

/// Sum of a state, in an order of addition that never changes.
#[inline(always)]
pub(super) fn sum(values: &[f64]) -> f64 {
    let blocks = values.chunks_exact(LANES);
    let rest: f64 = blocks.remainder().iter().sum();
    let mut sums = [0.0; LANES];
    for block in blocks {
        for (sum, value) in sums.iter_mut().zip(block) {
            *sum += value;
        }
    }
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 3 populations, 2 columns, by hand: rows sum to (7, 70), the rest of row 0 to (6, 60).
    #[test]
    fn agrees_with_steps_worked_by_hand() {
        let from = [1.0, 10.0, 2.0, 20.0, 4.0, 40.0];
        let weights = (&[0.5, 1.0, 0.0][..], &[3.0, 0.0, 1.0][..]);
        let mut to = [0.0; 6];
        spread::<2>(&from, &mut to, weights, 2);
        assert_eq!(to, [6.0, 60.0, 5.0, 50.0, 4.0, 40.0]);
        gather::<1>(&from, &mut to, weights, 2);
        assert_eq!(to, [5.0, 50.0, 0.5, 5.0, 6.5, 65.0]);
        best::<2>(&from, &mut to, weights, 2);
        assert_eq!(to, [3.0, 30.0, 4.0, 40.0, 4.0, 40.0]);
    }

    #[test]
    fn sums_every_entry() {
        for n in 0..11_u32 {
            let values: Vec<f64> = (0..n).map(f64::from).collect();
            assert_eq!(sum(&values), f64::from(n * n.saturating_sub(1) / 2));
        }
    }

    #[test]
    fn transposes_every_entry() {
        for width in [4, 8, 12] {
            let from: Vec<f64> = (0..width * width).map(|at| at as f64).collect();
            let mut to = vec![0.0; width * width];
            transpose(&from, &mut to, width);
            for (at, entry) in to.iter().enumerate() {
                assert_eq!(*entry, (at % width * width + at / width) as f64);
            }
        }
    }

    /// A total minus one term would give 0 or rounding here.
    #[test]
    fn a_tiny_rest_keeps_its_digits() {
        let mut to = [0.0; 3];
        let weights = (&[1.0, 1.0, 1.0][..], &[0.0, 0.0, 0.0][..]);
        spread::<1>(&[1e-200, 1.0, 3e-200], &mut to, weights, 1);
        assert_eq!(to[1], 4e-200);
        gather::<1>(&[1e-200, 1.0, 3e-200], &mut to, weights, 1);
        assert_eq!(to[1], 4e-200);
    }
}
