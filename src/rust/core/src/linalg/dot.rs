//! Inner products and sums of slices, in an order of addition that never changes.

/// Inner product of two slices of equal length.
///
/// Four running sums, so that the compiler may use vector registers; the result
/// depends on the numbers alone, never on the processor or the thread count.
///
/// # Panics
/// If the lengths differ.
#[inline(always)]
pub fn dot(left: &[f64], right: &[f64]) -> f64 {
    assert_eq!(left.len(), right.len());
    let (left_blocks, right_blocks) = (left.chunks_exact(4), right.chunks_exact(4));
    let tail: f64 =
        left_blocks.remainder().iter().zip(right_blocks.remainder()).map(|(a, b)| a * b).sum();
    let mut sums = [0.0; 4];
    for (a, b) in left_blocks.zip(right_blocks) {
        for lane in 0..4 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    (sums[0] + sums[2]) + (sums[1] + sums[3]) + tail
}

/// Adds `factor * addend` to `total`, entry by entry.
///
/// # Panics
/// If the lengths differ.
#[inline(always)]
pub fn add_scaled(total: &mut [f64], factor: f64, addend: &[f64]) {
    assert_eq!(total.len(), addend.len());
    for (sum, value) in total.iter_mut().zip(addend) {
        *sum += factor * value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_sums_worked_by_hand() {
        let left: Vec<f64> = (1..=11).map(f64::from).collect();
        let right = vec![2.0; 11];
        assert_eq!(dot(&left, &right), 132.0);
        assert_eq!(dot(&left[..3], &right[..3]), 12.0);
        assert_eq!(dot(&[], &[]), 0.0);

        let mut total = left.clone();
        add_scaled(&mut total, -0.5, &right);
        let want: Vec<f64> = (0..=10).map(f64::from).collect();
        assert_eq!(total, want);
    }

    #[test]
    #[should_panic(expected = "left == right")]
    fn refuses_slices_of_different_lengths() {
        dot(&[1.0], &[1.0, 2.0]);
    }
}
