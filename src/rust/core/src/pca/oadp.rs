//! Online augmentation, decomposition and Procrustes: the scores that a new sample
//! would have had as part of the fit.
//!
//! Plain projection shrinks new samples toward 0. Here the fitted samples are
//! augmented by the new one, decomposed again (online: from the singular values and
//! the projection alone), and the new components are rotated and scaled onto the
//! fitted ones.
//!
//! Source: Zhang, Dey & Lee 2020.

use crate::error::Result;
use crate::linalg::dense::multiply;
use crate::linalg::dense::thin_svd;
use faer::Mat;

/// Scores of one new sample.
///
/// | argument          | shape  | values                                       |
/// |-------------------|--------|----------------------------------------------|
/// | `singular_values` | k      | d of the fit                                 |
/// | `projection`      | k      | x V                                          |
/// | `squared_norm`    | scalar | `\|x\|^2`                                    |
/// | returned          | k      | on the scale of the fit's scores             |
///
/// # Errors
/// [`crate::error::Error::DecompositionFailed`] if a number is not finite.
///
/// # Panics
/// If the lengths differ.
pub fn oadp(singular_values: &[f64], projection: &[f64], squared_norm: f64) -> Result<Vec<f64>> {
    let k = singular_values.len();
    assert_eq!(projection.len(), k, "one projection per component");
    let outside = squared_norm - projection.iter().map(|x| x * x).sum::<f64>();
    let augmented = Mat::from_fn(k + 1, k + 1, |i, j| match (i == k, j == k) {
        (false, _) if i == j => singular_values[i],
        (false, _) => 0.0,
        (true, false) => projection[j],
        (true, true) => outside.max(0.0).sqrt(),
    });
    let updated = thin_svd(augmented.as_ref())?;
    let scores = Mat::from_fn(k + 1, k, |i, j| updated.u[(i, j)] * updated.values[j]);
    let (fitted, new) = (scores.subrows(0, k), scores.subrows(k, 1));
    let cross = Mat::from_fn(k, k, |i, j| singular_values[i] * fitted[(i, j)]);
    let procrustes = thin_svd(cross.as_ref())?;
    let scaling = procrustes.values.iter().sum::<f64>() / fitted.squared_norm_l2();
    let rotated = multiply(multiply(new, procrustes.v.as_ref()).as_ref(), procrustes.u.transpose());
    Ok(rotated.row(0).iter().map(|score| scaling * score).collect())
}

/// Most that an error is multiplied with: beyond, the component is noise for the sample.
const MOST: f64 = 5.0;

/// How much OADP multiplies a score with, were the component the only one: with the larger
/// eigenvalue `l` of `[[d^2, d s], [d s, s^2 + r^2]]` it is `d^2 / (l - s^2 - r^2)`.
///
/// | argument  | values                              |
/// |-----------|-------------------------------------|
/// | `d`       | singular value of the component     |
/// | `s`       | score of the sample                 |
/// | `outside` | `r^2`, what no component explains   |
pub fn magnification(d: f64, s: f64, outside: f64) -> f64 {
    let (own, other) = (d * d, s * s + outside);
    let root = ((own - other).powi(2) + 4.0 * own * s * s).sqrt();
    // The larger eigenvalue less `other`, without cancellation.
    let rest = match own >= other {
        true => (own - other + root) / 2.0,
        false => 2.0 * own * s * s / (root + other - own),
    };
    if rest * MOST > own { (own / rest).max(1.0) } else { MOST }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With one component it is what OADP does.
    #[test]
    fn magnification_is_that_of_one_component() {
        for (d, s, outside) in [(2.0, 1.0, 1.0), (9.0, -2.0, 30.0), (3.0, 0.5, 0.0)] {
            let got = magnification(d, s, outside);
            let placed = oadp(&[d], &[s], s * s + outside).unwrap()[0];
            assert!((got - placed / s).abs() < 1e-12, "{got} {placed}");
        }
        assert_eq!(magnification(1.0, 1e-9, 4.0), MOST);
        assert_eq!(magnification(0.0, 0.0, 4.0), MOST);
    }

    /// A sample that the components describe completely is hardly changed by OADP
    /// in a much larger fit: its projection is not shrunk by noise.
    #[test]
    fn a_small_sample_inside_the_subspace_stays_where_it_projects() {
        let got = oadp(&[1e4, 9e3], &[3.0, -2.0], 13.0).unwrap();
        assert!((got[0] - 3.0).abs() < 1e-3 && (got[1] + 2.0).abs() < 1e-3);
    }

    /// One component, worked by hand: Q = [[2, 0], [1, 0]] has the single singular
    /// value sqrt 5 with left vector (2, 1) / sqrt 5, so S = (2, 1), rho = 4 / 4 = 1
    /// and the result is 1.
    #[test]
    fn agrees_with_one_component_worked_by_hand() {
        let got = oadp(&[2.0], &[1.0], 1.0).unwrap();
        assert!((got[0] - 1.0).abs() < 1e-12);
    }

    /// As above with something outside the subspace. Q = [[2, 0], [1, 1]]: Q Q' =
    /// [[4, 2], [2, 2]] has the top eigenvector (a, b) with b / a = (sqrt 5 - 1) / 2
    /// (eigenvalue 3 + sqrt 5). S = s (a, b), rho = 2 s a / (s a)^2, result = rho s b
    /// = 2 b / a = sqrt 5 - 1, more than the shrunk projection 1.
    #[test]
    fn undoes_shrinkage() {
        let got = oadp(&[2.0], &[1.0], 2.0).unwrap();
        assert!((got[0] - (5f64.sqrt() - 1.0)).abs() < 1e-12);
    }
}
