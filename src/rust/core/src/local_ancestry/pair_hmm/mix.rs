//! Steps of a chain for many columns at once, K operations per column.
//!
//! The matrix of a step is `enter 1'` off its diagonal and `stay` on it. The sum over
//! all *other* populations is taken from both ends, never as a total minus one term:
//! nothing cancels, so tiny probabilities keep all their digits.
//!
//! | argument        | shape     | values                                            |
//! |-----------------|-----------|---------------------------------------------------|
//! | `from` `to`     | K x width | row-major                                         |
//! | `enter` `stay`  | K         | weight of coming from elsewhere; of staying       |
//! | `running`       | width     | room to work in                                   |

/// `to[y] = enter[y] * sum_{y' != y} from[y'] + stay[y] * from[y]`: forward.
#[inline(always)]
pub(super) fn spread(
    from: &[f64],
    to: &mut [f64],
    (enter, stay): (&[f64], &[f64]),
    running: &mut [f64],
) {
    let width = running.len();
    running.fill(0.0);
    for (old, new) in from.chunks_exact(width).zip(to.chunks_exact_mut(width)) {
        for column in 0..width {
            new[column] = running[column];
            running[column] += old[column];
        }
    }
    running.fill(0.0);
    let rows = from.chunks_exact(width).zip(to.chunks_exact_mut(width));
    for ((old, new), (enter, stay)) in rows.zip(enter.iter().zip(stay)).rev() {
        for column in 0..width {
            new[column] = enter * (new[column] + running[column]) + stay * old[column];
            running[column] += old[column];
        }
    }
}

/// `to[y'] = sum_{y != y'} enter[y] * from[y] + stay[y'] * from[y']`: backward.
#[inline(always)]
pub(super) fn gather(
    from: &[f64],
    to: &mut [f64],
    (enter, stay): (&[f64], &[f64]),
    running: &mut [f64],
) {
    let width = running.len();
    running.fill(0.0);
    let rows = from.chunks_exact(width).zip(to.chunks_exact_mut(width));
    for ((old, new), enter) in rows.zip(enter) {
        for column in 0..width {
            new[column] = running[column];
            running[column] += enter * old[column];
        }
    }
    running.fill(0.0);
    let rows = from.chunks_exact(width).zip(to.chunks_exact_mut(width));
    for ((old, new), (enter, stay)) in rows.zip(enter.iter().zip(stay)).rev() {
        for column in 0..width {
            new[column] += running[column] + stay * old[column];
            running[column] += enter * old[column];
        }
    }
}

/// `to[y] = max(enter[y] * max_{y' != y} from[y'], stay[y] * from[y])`: the best way.
#[inline(always)]
pub(super) fn best(
    from: &[f64],
    to: &mut [f64],
    (enter, stay): (&[f64], &[f64]),
    running: &mut [f64],
) {
    let width = running.len();
    running.fill(0.0);
    for (old, new) in from.chunks_exact(width).zip(to.chunks_exact_mut(width)) {
        for column in 0..width {
            new[column] = running[column];
            running[column] = running[column].max(old[column]);
        }
    }
    running.fill(0.0);
    let rows = from.chunks_exact(width).zip(to.chunks_exact_mut(width));
    for ((old, new), (enter, stay)) in rows.zip(enter.iter().zip(stay)).rev() {
        for column in 0..width {
            let elsewhere = new[column].max(running[column]);
            new[column] = (enter * elsewhere).max(stay * old[column]);
            running[column] = running[column].max(old[column]);
        }
    }
}

/// `to = from'` of the leading k x k entries; rows have `stride` entries.
#[inline(always)]
pub(super) fn transpose(from: &[f64], to: &mut [f64], k: usize, stride: usize) {
    for (row, values) in from.chunks_exact(stride).enumerate() {
        for column in 0..k {
            to[column * stride + row] = values[column];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 3 populations, 2 columns, by hand: rows sum to (7, 70), the rest of row 0 to (6, 60).
    #[test]
    fn agrees_with_steps_worked_by_hand() {
        let from = [1.0, 10.0, 2.0, 20.0, 4.0, 40.0];
        let weights = (&[0.5, 1.0, 0.0][..], &[3.0, 0.0, 1.0][..]);
        let (mut to, mut running) = ([0.0; 6], [0.0; 2]);
        spread(&from, &mut to, weights, &mut running);
        assert_eq!(to, [6.0, 60.0, 5.0, 50.0, 4.0, 40.0]);
        gather(&from, &mut to, weights, &mut running);
        assert_eq!(to, [5.0, 50.0, 0.5, 5.0, 6.5, 65.0]);
        best(&from, &mut to, weights, &mut running);
        assert_eq!(to, [3.0, 30.0, 4.0, 40.0, 4.0, 40.0]);
        let mut turned = [0.0; 8];
        transpose(&[1.0, 2.0, 0.0, 0.0, 3.0, 4.0, 0.0, 0.0], &mut turned, 2, 4);
        assert_eq!(turned, [1.0, 3.0, 0.0, 0.0, 2.0, 4.0, 0.0, 0.0]);
    }

    /// A total minus one term would give 0 or rounding here.
    #[test]
    fn a_tiny_rest_keeps_its_digits() {
        let (mut to, mut running) = ([0.0; 3], [0.0; 1]);
        let weights = (&[1.0, 1.0, 1.0][..], &[0.0, 0.0, 0.0][..]);
        spread(&[1e-200, 1.0, 3e-200], &mut to, weights, &mut running);
        assert_eq!(to[1], 4e-200);
        gather(&[1e-200, 1.0, 3e-200], &mut to, weights, &mut running);
        assert_eq!(to[1], 4e-200);
    }
}
