//! Probability of each population at each node of a map.
//!
//! Source: Gaspar & Breen 2019, equations 4 and 5.

use faer::Mat;
use faer::MatRef;

/// Probability of each population at each node, `P(population | node)`.
///
/// A node takes the populations of the samples that map onto it: `P(node | population)` is the
/// mean responsibility of the samples of the population, and Bayes' theorem gives the inverse. At a
/// node that no sample reaches all populations with a prior above 0 are equally probable.
///
/// | argument   | shape                   | values                                              |
/// |------------|-------------------------|-----------------------------------------------------|
/// | `sums`     | n_nodes x n_populations | responsibilities summed over samples of a population |
/// | `size`     | n_populations           | samples of each population, above 0                 |
/// | `prior`    | n_populations           | not negative, sums to 1                             |
/// | returned   | n_nodes x n_populations | probability, rows sum to 1                          |
///
/// # Panics
/// If lengths differ.
pub fn node_ancestry(sums: MatRef<'_, f64>, size: &[f64], prior: &[f64]) -> Mat<f64> {
    let n = sums.ncols();
    assert!(size.len() == n && prior.len() == n, "one entry per population");
    let mut ancestry = Mat::from_fn(sums.nrows(), n, |k, a| sums[(k, a)] / size[a] * prior[a]);
    let n_possible = prior.iter().filter(|&&prior| prior > 0.0).count() as f64;
    for row in ancestry.as_mut().row_iter_mut() {
        let total: f64 = row.as_ref().iter().sum();
        let at_empty_node = |prior: f64| if prior > 0.0 { 1.0 / n_possible } else { 0.0 };
        row.iter_mut().zip(prior).for_each(|(p, &prior)| {
            *p = if total > 0.0 { *p / total } else { at_empty_node(prior) };
        });
    }
    ancestry
}

#[cfg(test)]
mod tests {
    use super::*;
    use faer::mat;

    /// Three samples with responsibilities (1, 0), (1/2, 1/2), (0, 1); population 0 owns the first
    /// two. P(node | 0) = (3/4, 1/4), P(node | 1) = (0, 1).
    #[test]
    fn agrees_with_a_hand_worked_map() {
        let sums = mat![[1.5, 0.0], [0.5, 1.0], [0.0, 0.0]];
        let got = node_ancestry(sums.as_ref(), &[2.0, 1.0], &[0.5, 0.5]);
        assert!((got - mat![[1.0, 0.0], [0.2, 0.8], [0.5, 0.5]]).norm_max() < 1e-15);
        // With priors in proportion to size the sums themselves are compared.
        let got = node_ancestry(sums.as_ref(), &[2.0, 1.0], &[2.0 / 3.0, 1.0 / 3.0]);
        assert!((got - mat![[1.0, 0.0], [1.0 / 3.0, 2.0 / 3.0], [0.5, 0.5]]).norm_max() < 1e-15);
    }

    /// A population of prior 0 has probability 0, also at nodes that no sample reaches.
    #[test]
    fn a_prior_of_nothing_rules_a_population_out() {
        let sums = mat![[1.0, 5.0], [0.0, 2.0]];
        let got = node_ancestry(sums.as_ref(), &[1.0, 7.0], &[1.0, 0.0]);
        assert_eq!(got, mat![[1.0, 0.0], [1.0, 0.0]]);
        let sums = mat![[1.0, 0.0, 5.0], [0.0, 0.0, 0.0]];
        let got = node_ancestry(sums.as_ref(), &[1.0, 1.0, 7.0], &[0.2, 0.8, 0.0]);
        assert_eq!(got, mat![[1.0, 0.0, 0.0], [0.5, 0.5, 0.0]]);
    }
}
