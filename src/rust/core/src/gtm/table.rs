//! Samples about their mean.

use faer::Mat;
use ndarray::ArrayView2;

/// Samples as columns, so that a chunk of them is one piece of memory.
#[derive(Clone, Debug)]
pub(super) struct Table {
    /// (n_components + 1) x n_samples: deviations from `mean`; the last row is ones.
    pub columns: Mat<f64>,
    /// n_components
    pub mean: Vec<f64>,
    /// n_samples, squared lengths of the deviations.
    pub squared: Vec<f64>,
}

impl Table {
    /// Samples (n_samples x n_components) about `mean`.
    pub fn about(scores: ArrayView2<'_, f64>, mean: Vec<f64>) -> Table {
        let (n, d) = scores.dim();
        let entry = |j: usize, i: usize| if j == d { 1.0 } else { scores[(i, j)] - mean[j] };
        let columns = Mat::from_fn(d + 1, n, entry);
        let square = |i: usize| columns.col(i).subrows(0, d).iter().map(|x| x * x).sum();
        let squared = (0..n).map(square).collect();
        Table { columns, mean, squared }
    }

    /// Samples about their own mean.
    pub fn new(scores: ArrayView2<'_, f64>) -> Table {
        let n = scores.nrows() as f64;
        let mean = scores.columns().into_iter().map(|column| column.sum() / n).collect();
        Table::about(scores, mean)
    }

    pub fn n_samples(&self) -> usize {
        self.squared.len()
    }

    pub fn n_components(&self) -> usize {
        self.mean.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn samples_become_columns_about_their_mean() {
        let table = Table::new(array![[1.0, 5.0], [3.0, 9.0]].view());
        assert_eq!(table.mean, [2.0, 7.0]);
        assert_eq!(table.columns, faer::mat![[-1.0, 1.0], [-2.0, 2.0], [1.0, 1.0]]);
        assert_eq!(table.squared, [5.0, 5.0]);
        assert_eq!((table.n_samples(), table.n_components()), (2, 2));
    }
}
