//! What the windows of a sample say of its population, before the HMM smooths them.

/// Lower bound of probabilities where logarithms are taken: no window rules a population out.
const SMALLEST: f64 = 1e-3;

/// Sums over the windows and haplotypes of each sample, in blocks of windows.
#[derive(Clone, Debug, PartialEq)]
pub struct LogEvidence {
    /// n_blocks x n_populations x n_samples: log P(population given window).
    pub sum: Vec<f64>,
    /// n_blocks x n_samples: windows that say anything, of both haplotypes.
    pub n: Vec<f64>,
}

/// Sums of the logarithms of probabilities.
///
/// | argument        | shape                                  | values                           |
/// |-----------------|----------------------------------------|----------------------------------|
/// | `probability`   | n_windows x n_haplotypes x n_populations | those of a window sum to 1     |
/// | `is_known`      | n_windows x n_haplotypes               | whether the window has a label   |
/// | `block`         | n_windows                              | below `n_blocks`                 |
/// | `n_populations` |                                        |                                  |
///
/// Haplotypes `2 s` and `2 s + 1` are those of sample `s`.
///
/// # Panics
/// If shapes do not match, or a block is out of range.
pub fn log_evidence(
    probability: &[f64],
    is_known: &[bool],
    block: &[usize],
    n_blocks: usize,
    n_populations: usize,
) -> LogEvidence {
    let n_haplotypes = is_known.len() / block.len();
    assert_eq!(is_known.len(), n_haplotypes * block.len(), "haplotypes of every window");
    assert_eq!(probability.len(), is_known.len() * n_populations, "probabilities");
    let n_samples = n_haplotypes / 2;
    let mut sum = vec![0.0; n_blocks * n_populations * n_samples];
    let mut n = vec![0.0; n_blocks * n_samples];
    let rows = probability.chunks_exact(n_populations).zip(is_known).enumerate();
    for (at, (row, _)) in rows.filter(|(_, (_, known))| **known) {
        let (block, sample) = (block[at / n_haplotypes], at % n_haplotypes / 2);
        n[block * n_samples + sample] += 1.0;
        for (population, p) in row.iter().enumerate() {
            let cell = (block * n_populations + population) * n_samples + sample;
            sum[cell] += p.max(SMALLEST).ln();
        }
    }
    LogEvidence { sum, n }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two samples, three windows in two blocks; the last haplotype is unknown in the last window.
    #[test]
    fn sums_worked_by_hand() {
        let first = [0.5, 0.25, 0.2, 0.1, 0.9, 0.8, 0.7, 0.6, 1.0, 0.3, 0.4, 0.5];
        let probability: Vec<f64> = first.iter().flat_map(|p| [*p, 1.0 - p]).collect();
        let mut is_known = [true; 12];
        is_known[11] = false;
        let got = log_evidence(&probability, &is_known, &[0, 0, 1], 2, 2);
        assert_eq!(got.n, [4.0, 4.0, 2.0, 1.0]);
        let log = |values: &[f64]| values.iter().map(|p: &f64| p.ln()).sum::<f64>();
        let want = [
            log(&[0.5, 0.25, 0.9, 0.8]),
            log(&[0.2, 0.1, 0.7, 0.6]),
            log(&[0.5, 0.75, 0.1, 0.2]),
            log(&[0.8, 0.9, 0.3, 0.4]),
            log(&[1.0, 0.3]),
            log(&[0.4]),
            // 0 counts as 0.001.
            log(&[0.001, 0.7]),
            log(&[0.6]),
        ];
        got.sum.iter().zip(want).for_each(|(got, want)| assert!((got - want).abs() < 1e-12));
    }

    /// Reference implementation: every cell sums over all windows and haplotypes.
    #[test]
    fn agrees_with_cells_one_by_one() {
        let (n_windows, n_haplotypes, k, n_blocks) = (13, 6, 4, 3);
        let value = |at: usize| (at * 7_919 % 101) as f64 / 101.0;
        let probability: Vec<f64> = (0..n_windows * n_haplotypes * k).map(value).collect();
        let is_known: Vec<bool> = (0..n_windows * n_haplotypes).map(|at| at % 5 != 2).collect();
        let block: Vec<usize> =
            (0..n_windows).map(|window| window * n_blocks / n_windows).collect();
        let got = log_evidence(&probability, &is_known, &block, n_blocks, k);
        for own in 0..n_blocks {
            for sample in 0..3 {
                let places = (0..n_windows * n_haplotypes).filter(|at| {
                    is_known[*at]
                        && block[at / n_haplotypes] == own
                        && at % n_haplotypes / 2 == sample
                });
                let places: Vec<usize> = places.collect();
                assert_eq!(got.n[own * 3 + sample], places.len() as f64);
                for population in 0..k {
                    let logs = places.iter().map(|at| {
                        let p: f64 = probability[at * k + population];
                        p.max(0.001).ln()
                    });
                    let want: f64 = logs.sum();
                    let cell = (own * k + population) * 3 + sample;
                    assert!((got.sum[cell] - want).abs() < 1e-9);
                }
            }
        }
    }
}
