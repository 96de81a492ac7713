//! Runs of windows that are assigned the same ancestry.

/// Windows of a haplotype that follow each other, both ends inside.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    pub haplotype: usize,
    pub first: usize,
    pub last: usize,
    /// Mean over the windows, weighted by their length.
    pub probability: f64,
}

/// Segments of all haplotypes, one haplotype after the other.
///
/// | argument      | shape                    | values                                         |
/// |---------------|--------------------------|------------------------------------------------|
/// | `node`        | n_haplotypes x n_windows | what a window is assigned, if anything         |
/// | `probability` | the same                 | of the node                                    |
/// | `length`      | n_windows                | above 0                                        |
/// | `window`      | n_windows                | numbers; a segment ends where one is left out  |
///
/// # Panics
/// If shapes do not match.
pub fn segments<N: PartialEq>(
    node: &[N],
    probability: &[f64],
    length: &[f64],
    window: &[i32],
) -> Vec<Segment> {
    let n_windows = window.len();
    assert!(node.len() == probability.len() && length.len() == n_windows, "windows alike");
    let mut segments = Vec::new();
    for (haplotype, own) in node.chunks_exact(n_windows.max(1)).enumerate() {
        let probability = &probability[haplotype * n_windows..][..n_windows];
        let mut first = 0;
        for next in 1..=n_windows {
            let goes_on = next < n_windows
                && own[next] == own[first]
                && i64::from(window[next]) == i64::from(window[next - 1]) + 1;
            if !goes_on {
                let probability = mean(&probability[first..next], &length[first..next]);
                segments.push(Segment { haplotype, first, last: next - 1, probability });
                first = next;
            }
        }
    }
    segments
}

fn mean(values: &[f64], weights: &[f64]) -> f64 {
    let (mut sum, mut total) = (0.0, 0.0);
    for (value, weight) in values.iter().zip(weights) {
        sum += weight * value;
        total += weight;
    }
    sum / total
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::random::generator;
    use rand_chacha::rand_core::RngCore;

    /// Two haplotypes, windows 1, 2, 3 and 5 of lengths 1, 3, 2 and 4: window 4 is not there.
    #[test]
    fn runs_worked_by_hand() {
        let node = [Some(2), Some(2), None, None, None, Some(1), Some(1), Some(1)];
        let probability = [0.9, 0.5, 0.2, 0.4, 0.1, 0.6, 0.8, 1.0];
        let got = segments(&node, &probability, &[1.0, 3.0, 2.0, 4.0], &[1, 2, 3, 5]);
        let want = [
            (0, 0, 1, 2.4 / 4.0),
            (0, 2, 2, 0.2),
            (0, 3, 3, 0.4),
            (1, 0, 0, 0.1),
            (1, 1, 2, 3.4 / 5.0),
            (1, 3, 3, 1.0),
        ];
        assert_eq!(got.len(), want.len());
        for (got, (haplotype, first, last, mean)) in got.iter().zip(want) {
            assert_eq!((got.haplotype, got.first, got.last), (haplotype, first, last));
            assert!((got.probability - mean).abs() < 1e-15);
        }
        assert!(segments::<usize>(&[], &[], &[], &[]).is_empty());
    }

    /// Reference implementation: the segment of every window is found by going left and right.
    #[test]
    fn every_window_lies_in_its_segment() {
        for seed in 0..30 {
            let mut source = generator(seed, 0);
            let mut below = |n: usize| source.next_u32() as usize % n;
            let window: Vec<i32> = (1..25).filter(|_| below(8) > 0).collect();
            let n = window.len();
            let node: Vec<usize> = (0..3 * n).map(|_| below(2)).collect();
            let probability: Vec<f64> = (0..3 * n).map(|_| below(100) as f64 / 100.0).collect();
            let length: Vec<f64> = (0..n).map(|_| 1.0 + below(9) as f64).collect();
            let got = segments(&node, &probability, &length, &window);
            let mut next = (0, 0);
            for own in &got {
                // One after the other, none left out.
                assert_eq!((own.haplotype, own.first), next);
                next = (own.haplotype + (own.last + 1) / n, (own.last + 1) % n);
                let code = |at: usize| node[own.haplotype * n + at];
                let joined =
                    |at: usize| code(at) == code(at + 1) && window[at] + 1 == window[at + 1];
                let mut ends = (own.first, own.first);
                while ends.0 > 0 && joined(ends.0 - 1) {
                    ends.0 -= 1;
                }
                while ends.1 + 1 < n && joined(ends.1) {
                    ends.1 += 1;
                }
                assert_eq!((own.first, own.last), ends);
                let inside = own.first..=own.last;
                let total: f64 = length[inside.clone()].iter().sum();
                let sum: f64 =
                    inside.map(|at| length[at] * probability[own.haplotype * n + at]).sum();
                assert!((own.probability - sum / total).abs() < 1e-12);
            }
            assert_eq!(next, (3, 0));
        }
    }
}
