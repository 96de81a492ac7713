//! Labels and probabilities from decision values.

use crate::local_ancestry::windows::multinomial::Multinomial;
use crate::local_ancestry::windows::settings::Multiclass;
use crate::svm::pairwise_coupling::Coupling;
use crate::svm::platt::Sigmoid;

/// The label where nothing is known: a haplotype without alleles in the window, or a window in
/// which the panel does not vary or has fewer than two populations.
pub const NO_LABEL: u16 = u16::MAX;

/// Position of the SVM of populations i < j of k among all pairs.
pub fn pair_index(i: usize, j: usize, k: usize) -> usize {
    i * (2 * k - i - 1) / 2 + j - i - 1
}

/// The population of a haplotype.
///
/// | argument   | shape         | values                                               |
/// |------------|---------------|------------------------------------------------------|
/// | `decision` | n_svms    | above 0 for the first class of the SVM           |
/// | `seen`     | n_populations | populations in the training data of the SVMs     |
///
/// One against one, every pair of seen populations has a vote, which a decision value of 0 gives to
/// neither. Of the populations with most votes, the one with the largest sum of decision values in
/// its favor is the label; should these be equal too, the first. One against the rest, the
/// largest decision value decides. Fewer than two seen populations give [`NO_LABEL`].
pub fn label(decision: &[f64], seen: &[bool], multiclass: Multiclass) -> u16 {
    let k = seen.len();
    if seen.iter().filter(|seen| **seen).count() < 2 {
        return NO_LABEL;
    }
    let votes_and_sum = |population: usize| match multiclass {
        Multiclass::OneVsRest | Multiclass::Joint => (0, decision[population]),
        Multiclass::OneVsOne => {
            let others = (0..k).filter(|&other| other != population && seen[other]);
            others.fold((0, 0.0), |(votes, sum), other| {
                let value = decision[pair_index(population.min(other), population.max(other), k)];
                let favor = if population < other { value } else { -value };
                (votes + u32::from(favor > 0.0), sum + favor)
            })
        }
    };
    let mut best: Option<(usize, (u32, f64))> = None;
    for population in (0..k).filter(|&population| seen[population]) {
        let here = votes_and_sum(population);
        let beats = |(votes, sum)| here.0 > votes || here.0 == votes && here.1 > sum;
        if best.is_none_or(|(_, best)| beats(best)) {
            best = Some((population, here));
        }
    }
    best.map_or(NO_LABEL, |(population, _)| population as u16)
}

/// What maps decision values to probabilities.
#[derive(Clone, Copy)]
pub enum Odds<'o> {
    /// One per SVM. One against one, pairs are coupled; one against the rest, probabilities are
    /// divided by their sum.
    Sigmoids(&'o [Sigmoid], Multiclass),
    /// Of the decision values of all populations.
    Joint(&'o Multinomial),
    /// Not fitted yet: decision values are kept; those of populations that the SVMs have
    /// not seen are set to minus infinity.
    Later,
}

impl Odds<'_> {
    /// Probabilities of the populations.
    ///
    /// | argument   | shape         | values                                                |
    /// |------------|---------------|-------------------------------------------------------|
    /// | `decision` | n_svms    |                                                       |
    /// | `seen`     | n_populations | populations that the SVMs have seen; others get 0 |
    /// | `out`      | n_populations | receives, sums to 1                                   |
    ///
    /// Fewer than two seen populations give all populations the same probability.
    pub fn apply(self, decision: &[f64], seen: &[bool], coupling: &mut Coupling, out: &mut [f32]) {
        let k = seen.len();
        let there: Vec<usize> = (0..k).filter(|&population| seen[population]).collect();
        if there.len() < 2 {
            return out.fill(1.0 / k as f32);
        }
        let (sigmoid, multiclass) = match self {
            Odds::Sigmoids(sigmoid, multiclass) => (sigmoid, multiclass),
            Odds::Joint(regression) => return regression.probabilities(decision, seen, out),
            Odds::Later => {
                out.fill(f32::NEG_INFINITY);
                return there
                    .iter()
                    .for_each(|&population| out[population] = decision[population] as f32);
            }
        };
        let of_svm = |svm: usize| sigmoid[svm].probability(decision[svm]);
        let mut p = vec![0.0; there.len()];
        if multiclass == Multiclass::OneVsOne {
            coupling.couple(|i, j| of_svm(pair_index(there[i], there[j], k)), &mut p);
        } else {
            // Never 0, so that the sum is not.
            let own = there.iter().map(|&population| of_svm(population).max(1e-12));
            p.iter_mut().zip(own).for_each(|(p, own)| *p = own);
            let total: f64 = p.iter().sum();
            p.iter_mut().for_each(|p| *p /= total);
        }
        out.fill(0.0);
        there.iter().zip(p).for_each(|(&population, p)| out[population] = p as f32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local_ancestry::windows::decision::binary_svms;

    const ONE: Multiclass = Multiclass::OneVsOne;

    #[test]
    fn pairs_are_numbered_as_svms_are() {
        for k in 2..7 {
            for (svm, (i, j)) in binary_svms(k, ONE).into_iter().enumerate() {
                assert_eq!(pair_index(i, j.unwrap(), k), svm);
            }
        }
    }

    /// Pairs 01, 02, 12.
    #[test]
    fn votes_worked_by_hand() {
        let all = [true; 3];
        assert_eq!(label(&[1.0, 1.0, 1.0], &all, ONE), 0);
        assert_eq!(label(&[-1.0, 9.0, 0.1], &all, ONE), 1);
        // One vote each: sums are 0.5 - 0.2 = 0.3, -0.5 + 0.9 = 0.4 and 0.2 - 0.9.
        assert_eq!(label(&[0.5, -0.2, 0.9], &all, ONE), 1);
        // No vote at all, then equal sums.
        assert_eq!(label(&[0.0, 0.0, 0.0], &all, ONE), 0);
        // 0 has not been seen, so that its pairs do not count.
        assert_eq!(label(&[5.0, 5.0, -0.1], &[false, true, true], ONE), 2);
        assert_eq!(label(&[5.0, 5.0, -0.1], &[false, true, false], ONE), NO_LABEL);
    }

    #[test]
    fn the_largest_value_wins_against_the_rest() {
        let rest = Multiclass::OneVsRest;
        assert_eq!(label(&[-0.5, -0.1, -0.3], &[true; 3], rest), 1);
        assert_eq!(label(&[-0.5, -0.1, -0.3], &[true, false, true], rest), 2);
        assert_eq!(label(&[-0.1, -0.1], &[true; 2], rest), 0);
        assert_eq!(label(&[-0.5, -0.1, -0.3], &[true; 3], Multiclass::Joint), 1);
    }

    fn applied(odds: Odds<'_>, decision: &[f64], seen: &[bool]) -> Vec<f32> {
        let mut out = vec![0.0; seen.len()];
        odds.apply(decision, seen, &mut Coupling::default(), &mut out);
        out
    }

    #[test]
    fn probabilities_sum_to_one_over_seen_populations() {
        let sigmoid = [Sigmoid { slope: -2.0, offset: 0.1 }; 3];
        let decision = [1.0, 2.0, -0.5];
        let (values, class): (Vec<f64>, Vec<u16>) =
            ([1.0, 0.0, 0.2, 0.0, 1.0, 0.1, 0.3, 0.0, 1.0].to_vec(), vec![0, 1, 2]);
        let regression = Multinomial::fit(&values, &class, &[1.0; 3], 3);
        let rest = Odds::Sigmoids(&sigmoid, Multiclass::OneVsRest);
        for odds in [Odds::Sigmoids(&sigmoid, ONE), rest, Odds::Joint(&regression)] {
            for seen in [[true; 3], [true, false, true]] {
                let out = applied(odds, &decision, &seen);
                assert!((out.iter().sum::<f32>() - 1.0).abs() < 1e-6);
                assert_eq!(out[1] > 0.0, seen[1]);
            }
            assert_eq!(applied(odds, &decision, &[true, false, false]), [1.0 / 3.0; 3]);
        }
        let out = applied(Odds::Sigmoids(&sigmoid, ONE), &decision, &[true, false, true]);
        assert!((f64::from(out[0]) - sigmoid[1].probability(2.0)).abs() < 1e-6);
    }

    /// Decision values are kept, those of populations that were not seen as minus infinity.
    #[test]
    fn decision_values_wait_for_their_regression() {
        let out = applied(Odds::Later, &[0.5, 0.1, 0.25], &[true, false, true]);
        assert_eq!(out, [0.5, f32::NEG_INFINITY, 0.25]);
    }
}
