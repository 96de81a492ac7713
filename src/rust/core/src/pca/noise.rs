//! Which components are larger than noise alone would make them.
//!
//! Without structure the eigenvalues of `X X'` follow the Marchenko-Pastur law, and the largest of
//! them the Tracy-Widom law. Variants in linkage disequilibrium count as fewer: their
//! effective number comes from the spread of the eigenvalues.
//!
//! Source: Patterson, Price & Reich 2006, equations 5 to 10; Johnstone 2001.

/// 95 % quantile of the Tracy-Widom law of real matrices.
pub const SIGNIFICANT: f64 = 0.9793;

/// Fewer remaining eigenvalues than this say nothing of their law.
const FEWEST: usize = 3;

/// Eigenvalues that are known by their sums alone.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bulk {
    /// Eigenvalues, those that are 0 included.
    pub n: usize,
    pub sum: f64,
    pub sum_of_squares: f64,
}

/// Leading eigenvalues and the sums of all others.
///
/// Genotypes are centered: n samples have n - 1 eigenvalues.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spectrum {
    /// Decreasing.
    pub leading: Vec<f64>,
    pub rest: Bulk,
}

/// The law of the largest of some eigenvalues if all of them are noise: `(value - center) / width`
/// follows the Tracy-Widom law.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edge {
    pub center: f64,
    pub width: f64,
}

impl Edge {
    /// The Tracy-Widom statistic of a largest eigenvalue.
    pub fn statistic(&self, value: f64) -> f64 {
        (value - self.center) / self.width
    }
}

impl Bulk {
    /// Where noise ends, if these eigenvalues are all that there are; `None` for too few, or if
    /// they do not vary.
    pub fn edge(&self) -> Option<Edge> {
        if self.n < FEWEST || self.sum <= 0.0 {
            return None;
        }
        let (n, squared_sum) = (self.n as f64, self.sum * self.sum);
        // m samples have m - 1 = n eigenvalues.
        let m = n + 1.0;
        let spread = n * self.sum_of_squares - squared_sum;
        let n_variants = (m + 1.0) * squared_sum / spread;
        if spread <= 0.0 || n_variants <= 1.0 {
            return None;
        }
        let (root, inner) = (m.sqrt(), (n_variants - 1.0).sqrt());
        let mean = self.sum / n;
        let center = (inner + root).powi(2) / n_variants;
        let width = (inner + root) / n_variants * (1.0 / inner + 1.0 / root).cbrt();
        Some(Edge { center: mean * center, width: mean * width })
    }
}

impl Spectrum {
    /// The edge of the noise for every leading eigenvalue, when those before it are taken as real.
    pub fn edges(&self) -> Vec<Option<Edge>> {
        let mut bulk = self.rest;
        let mut edges: Vec<Option<Edge>> = Vec::with_capacity(self.leading.len());
        for &value in self.leading.iter().rev() {
            bulk.n += 1;
            bulk.sum += value;
            bulk.sum_of_squares += value * value;
            edges.push(bulk.edge());
        }
        edges.reverse();
        edges
    }

    /// Tracy-Widom statistics of the leading eigenvalues; NaN where too few others are left.
    pub fn statistics(&self) -> Vec<f64> {
        let each = self.leading.iter().zip(self.edges());
        each.map(|(&value, edge)| edge.map_or(f64::NAN, |edge| edge.statistic(value))).collect()
    }

    /// Leading eigenvalues before the first that noise explains.
    pub fn n_real(&self) -> usize {
        self.statistics().iter().take_while(|&&statistic| statistic > SIGNIFICANT).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::dense::multiply;
    use crate::linalg::dense::symmetric_eigen;
    use crate::linalg::random::generator;
    use faer::Mat;
    use rand_distr::Distribution;
    use rand_distr::StandardNormal;

    /// Eigenvalues 6, 3, 2, 1 of m = 5 samples: sum 12, squares 50, so the effective number of
    /// variants is 6 * 144 / (4 * 50 - 144) = 108 / 7 = 15.428571.
    /// sqrt(14.428571) = 3.798496, sqrt(5) = 2.236068: center 3 * 36.418... / 15.428571.
    #[test]
    fn agrees_with_an_edge_worked_by_hand() {
        let spectrum =
            Spectrum { leading: vec![6.0], rest: Bulk { n: 3, sum: 6.0, sum_of_squares: 14.0 } };
        let edge = spectrum.edges()[0].unwrap();
        let (inner, root) = (3.798_496_f64, 2.236_068_f64);
        assert!((edge.center - 3.0 * (inner + root).powi(2) / 15.428_571).abs() < 1e-5);
        let width = 3.0 * (inner + root) / 15.428_571 * (1.0 / inner + 1.0 / root).cbrt();
        assert!((edge.width - width).abs() < 1e-5);
        assert!((spectrum.statistics()[0] - (6.0 - edge.center) / edge.width).abs() < 1e-12);
    }

    #[test]
    fn too_few_eigenvalues_or_equal_ones_have_no_edge() {
        assert_eq!(Bulk { n: 2, sum: 3.0, sum_of_squares: 5.0 }.edge(), None);
        assert_eq!(Bulk { n: 4, sum: 4.0, sum_of_squares: 4.0 }.edge(), None);
        assert_eq!(Bulk { n: 4, sum: 0.0, sum_of_squares: 0.0 }.edge(), None);
        let whole = Spectrum { leading: vec![1.0, 1.0], rest: Bulk::default() };
        assert!(whole.statistics().iter().all(|statistic| statistic.is_nan()));
        assert_eq!(whole.n_real(), 0);
    }

    /// Of noise at most about 5 % exceed the quantile: less in small data, where a large
    /// eigenvalue itself raises the spread that it is compared with. The Tracy-Widom law has the
    /// mean -1.21. One strong direction is always found.
    #[test]
    fn noise_is_seldom_significant_and_a_strong_direction_always_is() {
        let (mut n_false, mut sum) = (0, 0.0);
        for seed in 0..60 {
            let mut random = generator(seed, 0);
            let noise: Mat<f64> = Mat::from_fn(40, 160, |_, _| StandardNormal.sample(&mut random));
            let spectrum = spectrum_of(&noise, 0.0);
            n_false += spectrum.n_real().min(1);
            sum += spectrum.statistics()[0];
            let n_real = spectrum_of(&noise, 0.7).n_real();
            assert!((1..3).contains(&n_real), "{n_real}");
        }
        assert!(n_false <= 6, "{n_false} of 60");
        assert!((-1.8..-0.8).contains(&(sum / 60.0)), "{}", sum / 60.0);
    }

    /// Three leading eigenvalues and the sums of the rest, with a direction of a given strength.
    fn spectrum_of(noise: &Mat<f64>, strength: f64) -> Spectrum {
        let (n, m) = (noise.nrows(), noise.ncols());
        let side = |i: usize| if i % 2 == 0 { strength } else { -strength };
        let x = Mat::from_fn(n, m, |i, j| noise[(i, j)] + side(i));
        let means: Vec<f64> = x.col_iter().map(|c| c.iter().sum::<f64>() / n as f64).collect();
        let centered = Mat::from_fn(n, m, |i, j| x[(i, j)] - means[j]);
        let gram = multiply(centered.as_ref(), centered.transpose());
        let (values, _) = symmetric_eigen(gram.as_ref()).unwrap();
        let rest = &values[3..n - 1];
        let rest = Bulk {
            n: rest.len(),
            sum: rest.iter().sum(),
            sum_of_squares: rest.iter().map(|value| value * value).sum(),
        };
        Spectrum { leading: values[..3].to_vec(), rest }
    }
}
