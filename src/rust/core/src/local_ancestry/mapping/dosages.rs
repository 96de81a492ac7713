//! Copies of an ancestry of each sample in each window.

/// Pieces of windows: those of a haplotype in a window have parts that sum to 1.
///
/// | field    | shape    | values         |
/// |----------|----------|----------------|
/// | `row`    | n_pieces | `0..n_rows`    |
/// | `sample` | n_pieces | `0..n_samples` |
/// | `window` | n_pieces | `0..n_windows` |
/// | `part`   | n_pieces | of the window  |
#[derive(Clone, Debug)]
pub struct Pieces<'p> {
    pub row: Vec<u32>,
    pub sample: Vec<u32>,
    pub window: Vec<u32>,
    pub part: &'p [f64],
}

/// n_windows x n_samples: twice the mean posterior of the haplotypes of a sample. One that has a
/// single haplotype (a male on X) counts as if he had two equal ones, as PLINK 2 has it.
///
/// `posterior`: n_rows, of one ancestry.
///
/// # Panics
/// If an index is out of range.
pub fn dosages(
    pieces: &Pieces<'_>,
    posterior: &[f64],
    n_samples: usize,
    n_windows: usize,
) -> Vec<f64> {
    let mut sum = vec![0.0; n_windows * n_samples];
    let mut n = vec![0.0; n_windows * n_samples];
    let places = pieces.row.iter().zip(&pieces.sample).zip(&pieces.window).zip(pieces.part);
    for (((&row, &sample), &window), &part) in places {
        let cell = window as usize * n_samples + sample as usize;
        sum[cell] += part * posterior[row as usize];
        n[cell] += part;
    }
    sum.iter().zip(n).map(|(sum, n)| if n > 0.0 { 2.0 * sum / n } else { f64::NAN }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The second sample has one haplotype, of which the window has two pieces.
    #[test]
    fn pieces_worked_by_hand() {
        let pieces = Pieces {
            row: vec![0, 1, 2, 3],
            sample: vec![0, 0, 1, 1],
            window: vec![0, 0, 0, 0],
            part: &[1.0, 1.0, 0.25, 0.75],
        };
        let got = dosages(&pieces, &[0.9, 0.3, 1.0, 0.2], 3, 1);
        assert!((got[0] - 1.2).abs() < 1e-12 && (got[1] - 0.8).abs() < 1e-12);
        assert!(got[2].is_nan());
    }
}
