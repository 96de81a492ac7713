//! Calibrated posteriors along the tree of populations, for people as they are.
//!
//! A node of the tree divides its posterior among its children. How it should is learned from people
//! whose ancestry is known: of the windows that truly lie below a node, with conditional posterior
//! `q` of a child, what proportion truly lies below the child? That proportion, made monotone by regularized
//! isotonic regression, is the calibrated conditional posterior; the posterior of a node is the
//! product from the root down, so that inner nodes are calibrated too and children sum to their parent.
//! Sisters that cannot be distinguished have flat curves, and divide what their parent has evenly.
//!
//! * People are the unit: the windows of each weigh 1 together, and a bin counts the people behind
//!   it, `(sum w)^2 / sum w^2` of their weights.
//! * Curves belong to people alike: by the rate of phase switches of the person, and by how far one
//!   child has all that the node has of the person (unadmixed there, or mixed). Each is shrunk
//!   toward the curve of all rates, and that to the curve of all people, by some people's weight.
//! * No curve promises more than the people behind it can: at most (n + 1) / (n + 2).
//! * A population too small to learn, beside others that are not, has at most what an even
//!   division among the leaves below its parent gives it, or among its parent's children where it
//!   is clearly the most probable of them. The rest goes to those that have less, so that it is their
//!   parent's, and no sister is called in its place.
//!
//! Before that all posteriors are raised to the power under which the truth is likeliest.
//!
//! Source: Durand et al. 2014, section 2.3, for the curves; the rest is ours.

use crate::local_ancestry::calibration::isotonic::isotonic;
use crate::local_ancestry::calibration::recalibration::Curve;
use crate::local_ancestry::calibration::recalibration::log_likelihood;
use crate::local_ancestry::calibration::recalibration::temper;
use crate::local_ancestry::calibration::tree::Tree;

/// People whose weight the more general curve has in each bin of a special one.
const SHRINKAGE: f64 = 4.0;

/// Smallest calibrated conditional posterior: none excludes a child.
const LEAST: f64 = 1e-5;

/// Posterior of a node below which it says nothing about its children.
const NOTHING: f64 = 1e-9;

/// A population too small to learn is clearly the most probable one of its parent's children from
/// the second conditional posterior on, not yet at the first.
const UNCLEAR: f64 = 0.5;
const CLEAR: f64 = 0.8;

/// By how much it then has more than its sisters.
const MARGIN: f64 = 1e-6;

/// Proportion of a person from which the person counts as one who has a node's ancestry.
const CARRIER: f64 = 0.01;

/// People whose windows are rows, those of one person together.
///
/// | field         | shape               | values                                            |
/// |---------------|---------------------|---------------------------------------------------|
/// | `rows`        | n_people + 1        | first row of each person, then n_rows             |
/// | `proportions` | n_people x n_leaves | of the genome, as estimated                       |
/// | `switch_rate` | n_people            | of phase, as estimated                            |
#[derive(Clone, Copy, Debug)]
pub struct People<'d> {
    pub rows: &'d [usize],
    pub proportions: &'d [f64],
    pub switch_rate: &'d [f64],
}

impl People<'_> {
    fn n_rows(&self) -> usize {
        self.rows[self.rows.len() - 1]
    }

    fn n_people(&self) -> usize {
        self.switch_rate.len()
    }

    fn proportions(&self, person: usize, n_leaves: usize) -> &[f64] {
        &self.proportions[person * n_leaves..][..n_leaves]
    }
}

/// How curves are learned.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Powers that posteriors may be raised to.
    pub powers: Vec<f64>,
    /// Borders of the bins of conditional posteriors, rising.
    pub edges: Vec<f64>,
    /// Per squared step between bins.
    pub penalty: f64,
    /// Borders of the largest proportion of a child, rising.
    pub dominance: Vec<f64>,
    /// Classes of the switch rate, of as many people each.
    pub n_rates: usize,
    /// Fewest members of a population that is learned.
    pub least_members: usize,
}

/// What was learned.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeCurves {
    pub power: f64,
    /// n_rates - 1, rising.
    pub rate_edges: Vec<f64>,
    /// n_dominance - 1, rising.
    pub dominance: Vec<f64>,
    /// (n_rates x n_dominance) x (n_nodes - 1), nodes without the root.
    pub curves: Vec<Curve>,
    /// n_nodes - 1: largest conditional posterior.
    pub most: Vec<f64>,
    /// n_nodes - 1: whether it has at most what even division gives.
    pub limited: Vec<bool>,
}

/// Sums over people of one curve, by bin.
#[derive(Clone, Debug, Default)]
struct Bins {
    weight: Vec<f64>,
    posterior: Vec<f64>,
    truth: Vec<f64>,
    /// Of the squared weights of people.
    squares: Vec<f64>,
}

impl Bins {
    fn new(n: usize) -> Bins {
        let zeros = vec![0.0; n];
        Bins {
            weight: zeros.clone(),
            posterior: zeros.clone(),
            truth: zeros.clone(),
            squares: zeros,
        }
    }

    fn add(&mut self, other: &Bins) {
        let fields = [
            (&mut self.weight, &other.weight),
            (&mut self.posterior, &other.posterior),
            (&mut self.truth, &other.truth),
            (&mut self.squares, &other.squares),
        ];
        for (sum, addend) in fields {
            sum.iter_mut().zip(addend).for_each(|(sum, addend)| *sum += addend);
        }
    }

    /// The curve, shrunk toward that of more people.
    ///
    /// `all`: the bins that have a point.
    fn curve(&self, all: &Bins, toward: Option<&Curve>, penalty: f64) -> Curve {
        let filled: Vec<usize> =
            (0..all.weight.len()).filter(|&bin| all.weight[bin] > 0.0).collect();
        if filled.is_empty() {
            return Curve { posterior: vec![0.0, 1.0], frequency: vec![0.0, 1.0] };
        }
        let (mut posterior, mut target, mut weight) = (vec![], vec![], vec![]);
        for &bin in &filled {
            let own = self.weight[bin];
            let q = if own > 0.0 {
                self.posterior[bin] / own
            } else {
                all.posterior[bin] / all.weight[bin]
            };
            let people = if own > 0.0 { own * own / self.squares[bin] } else { 0.0 };
            let (known, trust) = match toward {
                Some(curve) => (curve.at(q), SHRINKAGE),
                None => (q, 1.0),
            };
            let frequency = if own > 0.0 { self.truth[bin] / own } else { 0.0 };
            posterior.push(q);
            target.push((people * frequency + trust * known) / (people + trust));
            weight.push(people + trust);
        }
        let total: f64 = weight.iter().sum();
        weight.iter_mut().for_each(|weight| *weight /= total);
        let gap: Vec<f64> = filled.windows(2).map(|pair| (pair[1] - pair[0]) as f64).collect();
        Curve { frequency: isotonic(&target, &weight, &gap, penalty), posterior }
    }
}

/// Learns curves.
///
/// | argument    | shape             | values                                   |
/// |-------------|-------------------|------------------------------------------|
/// | `posterior` | n_leaves x n_rows | each row sums to 1                       |
/// | `truth`     | the same          | proportion that is of the population     |
/// | `members`   | n_leaves          | samples of the panel                     |
///
/// # Panics
/// If shapes do not match, or there is no person or no power.
pub fn fit(
    people: &People<'_>,
    (posterior, truth): (&[f64], &[f64]),
    tree: &Tree,
    members: &[usize],
    settings: &Settings,
) -> NodeCurves {
    let k = tree.n_leaves();
    assert_eq!(truth.len(), posterior.len(), "truth of every posterior");
    assert_eq!(truth.len(), k * people.n_rows(), "a column for each leaf");
    let power = likeliest_power(people, posterior, truth, &settings.powers);
    let mut tempered = posterior.to_vec();
    temper(&mut tempered, k, power);
    let posterior = node_columns(&tempered, tree);
    let truth = node_columns(truth, tree);
    let rate_edges = quantiles(people.switch_rate, settings.n_rates);
    let n_children = tree.n_nodes() - 1;
    let mut curves = NodeCurves {
        power,
        rate_edges,
        dominance: settings.dominance.clone(),
        curves: Vec::new(),
        most: Vec::new(),
        limited: Vec::new(),
    };
    let n_levels = curves.n_levels();
    let n_bins = settings.edges.len() + 1;
    let mut bins = vec![Bins::new(n_bins); n_levels * n_children];
    let mut carriers = vec![0_usize; n_children];
    let n_rows = people.n_rows();
    let mut own = Bins::new(n_bins);
    for person in 0..people.n_people() {
        let rows = people.rows[person]..people.rows[person + 1];
        if rows.is_empty() {
            continue;
        }
        let each = 1.0 / rows.len() as f64;
        let levels = curves.levels(people, person, tree);
        for child in 1..=n_children {
            let parent = tree.parent(child);
            let (mut proportion, at) = (0.0, levels[parent] * n_children + child - 1);
            let fields = [&mut own.weight, &mut own.posterior, &mut own.truth];
            fields.into_iter().for_each(|field| field.fill(0.0));
            for row in rows.clone() {
                let (above, below) = (parent * n_rows + row, child * n_rows + row);
                proportion += truth[below] * each;
                if truth[above] > 0.0 && posterior[above] > NOTHING {
                    let q = (posterior[below] / posterior[above]).min(1.0);
                    let bin = settings.edges.partition_point(|&edge| edge <= q);
                    let weight = truth[above] * each;
                    own.weight[bin] += weight;
                    own.posterior[bin] += weight * q;
                    own.truth[bin] += truth[below] * each;
                }
            }
            for (square, weight) in own.squares.iter_mut().zip(&own.weight) {
                *square = weight * weight;
            }
            bins[at].add(&own);
            carriers[child - 1] += usize::from(proportion > CARRIER);
        }
    }
    curves.curves = shrunken(&bins, n_children, curves.rate_edges.len() + 1, settings.penalty);
    let sizes = node_columns(&members.iter().map(|&n| n as f64).collect::<Vec<_>>(), tree);
    let small = |node: usize| (sizes[node] as usize) < settings.least_members;
    for child in 1..=n_children {
        let parent = tree.parent(child);
        let sisters = (1..=n_children).filter(|&other| tree.parent(other) == parent);
        let behind: f64 = if small(child) {
            sizes[child]
        } else {
            sisters.filter(|&other| !small(other)).map(|other| sizes[other]).sum()
        };
        let n = behind.min(carriers[child - 1] as f64);
        curves.most.push((n + 1.0) / (n + 2.0));
        // Where all sisters are small none could have more than another.
        let mut sisters = (1..=n_children).filter(|&other| tree.parent(other) == parent);
        curves.limited.push(small(child) && sisters.any(|other| !small(other)));
    }
    curves
}

/// Curves of all levels: those of all people, then of each dominance, then of each rate too.
fn shrunken(bins: &[Bins], n_children: usize, n_rates: usize, penalty: f64) -> Vec<Curve> {
    let n_levels = bins.len() / n_children;
    let n_dominance = n_levels / n_rates;
    let empty = Bins::new(bins[0].weight.len());
    let sum = |levels: &mut dyn Iterator<Item = usize>, child: usize| {
        let mut all = empty.clone();
        levels.for_each(|level| all.add(&bins[level * n_children + child]));
        all
    };
    let mut curves = vec![None; bins.len()];
    for child in 0..n_children {
        let all = sum(&mut (0..n_levels), child);
        let general = all.curve(&all, None, penalty);
        for dominance in 0..n_dominance {
            let alike = || (0..n_rates).map(move |rate| rate * n_dominance + dominance);
            let of_all_rates = sum(&mut alike(), child).curve(&all, Some(&general), penalty);
            for level in alike() {
                let at = level * n_children + child;
                curves[at] = Some(bins[at].curve(&all, Some(&of_all_rates), penalty));
            }
        }
    }
    curves.into_iter().map(|curve| curve.expect("a curve of every level")).collect()
}

impl NodeCurves {
    fn n_levels(&self) -> usize {
        (self.rate_edges.len() + 1) * (self.dominance.len() + 1)
    }

    /// n_nodes: the level of the curves of each inner node's children; of leaves it means nothing.
    fn levels(&self, people: &People<'_>, person: usize, tree: &Tree) -> Vec<usize> {
        let proportions = node_columns(people.proportions(person, tree.n_leaves()), tree);
        let mut largest = vec![0.0_f64; tree.n_nodes()];
        for child in 1..tree.n_nodes() {
            let parent = tree.parent(child);
            let of_parent = proportions[child] / proportions[parent].max(NOTHING);
            largest[parent] = largest[parent].max(of_parent);
        }
        let rate = people.switch_rate[person];
        let rate = self.rate_edges.partition_point(|&edge| edge <= rate);
        let n_dominance = self.dominance.len() + 1;
        let level =
            |most: &f64| rate * n_dominance + self.dominance.partition_point(|edge| edge <= most);
        largest.iter().map(level).collect()
    }

    /// Calibrated posteriors, in place: n_leaves x n_rows.
    ///
    /// # Panics
    /// If shapes do not match.
    pub fn apply(&self, people: &People<'_>, posterior: &mut [f64], tree: &Tree) {
        let k = tree.n_leaves();
        assert_eq!(posterior.len(), k * people.n_rows(), "a column for each leaf");
        temper(posterior, k, self.power);
        let (n_rows, n_nodes) = (people.n_rows(), tree.n_nodes());
        let leaves = tree.leaves();
        let mut values = vec![0.0; n_nodes];
        let mut calibrated = vec![0.0; n_nodes];
        let n_leaves = node_columns(&vec![1.0; k], tree);
        for person in 0..people.n_people() {
            let levels = self.levels(people, person, tree);
            for row in people.rows[person]..people.rows[person + 1] {
                values.fill(0.0);
                leaves.iter().enumerate().for_each(|(leaf, &node)| {
                    values[node] = posterior[leaf * n_rows + row];
                });
                tree.add_up(&mut values);
                self.divide(&values, &levels, (tree, &n_leaves), &mut calibrated);
                leaves.iter().enumerate().for_each(|(leaf, &node)| {
                    posterior[leaf * n_rows + row] = calibrated[node];
                });
            }
        }
    }

    /// From the root down: what each node has is divided among its children.
    fn divide(
        &self,
        values: &[f64],
        levels: &[usize],
        (tree, n_leaves): (&Tree, &[f64]),
        calibrated: &mut [f64],
    ) {
        calibrated[0] = 1.0;
        let n_children = tree.n_nodes() - 1;
        for parent in 0..tree.n_nodes() {
            let children = tree.children(parent);
            if children.is_empty() {
                continue;
            }
            let mut parts: Vec<f64> = children
                .iter()
                .map(|&child| {
                    let q =
                        if values[parent] > NOTHING { values[child] / values[parent] } else { 0.0 };
                    let curve = &self.curves[levels[parent] * n_children + child - 1];
                    curve.at(q.min(1.0)).max(LEAST)
                })
                .collect();
            let total: f64 = parts.iter().sum();
            parts.iter_mut().for_each(|part| *part /= total);
            self.divide_evenly(children, n_leaves, &mut parts);
            self.keep_below_most(children, &mut parts);
            for (&child, part) in children.iter().zip(parts) {
                calibrated[child] = calibrated[parent] * part;
            }
        }
    }

    /// What populations too small to learn have beyond an even division is their parent's: sisters
    /// that have less than an even part are filled up.
    ///
    /// Even is by leaves, as long as a small population is not clearly the most probable one; then
    /// it is by children, so that none of its sisters is called in its place.
    fn divide_evenly(&self, children: &[usize], n_leaves: &[f64], parts: &mut [f64]) {
        let limited = |at: usize| self.limited[children[at] - 1];
        let largest =
            (0..parts.len()).filter(|&at| limited(at)).map(|at| parts[at]).fold(0.0, f64::max);
        let clear = ((largest - UNCLEAR) / (CLEAR - UNCLEAR)).clamp(0.0, 1.0);
        let all: f64 = children.iter().map(|&child| n_leaves[child]).sum();
        let of_each = 1.0 / children.len() as f64;
        let even: Vec<f64> = children
            .iter()
            .map(|&child| (1.0 - clear) * n_leaves[child] / all + clear * of_each)
            .collect();
        let mut beyond = 0.0;
        for (at, part) in parts.iter_mut().enumerate() {
            let most = even[at] + clear * MARGIN;
            if limited(at) && *part > most {
                beyond += *part - most;
                *part = most;
            }
        }
        let lack = |part: f64, even: f64| (even - part).max(0.0);
        let each = parts.iter().zip(&even).map(|(part, even)| lack(*part, *even));
        let total: f64 = each.sum();
        if beyond > 0.0 && total > 0.0 {
            let each = parts.iter_mut().zip(&even);
            each.for_each(|(part, even)| *part += beyond * lack(*part, *even) / total);
        }
    }

    /// A part above what may be promised gives the rest to its sisters.
    fn keep_below_most(&self, children: &[usize], parts: &mut [f64]) {
        let over = (0..parts.len()).find(|&at| parts[at] > self.most[children[at] - 1]);
        if let (Some(at), true) = (over, parts.len() > 1) {
            let most = self.most[children[at] - 1];
            let rest = (1.0 - most) / (1.0 - parts[at]).max(NOTHING);
            let even = (1.0 - most) / (parts.len() - 1) as f64;
            let is_all = 1.0 - parts[at] < NOTHING;
            for (other, part) in parts.iter_mut().enumerate() {
                if other == at {
                    *part = most;
                } else if is_all {
                    *part = even;
                } else {
                    *part *= rest;
                }
            }
        }
    }
}

/// The power under which the truth of windows is likeliest, people alike; of equals the first.
fn likeliest_power(people: &People<'_>, posterior: &[f64], truth: &[f64], powers: &[f64]) -> f64 {
    let k = posterior.len() / people.n_rows().max(1);
    let of_person = |rows: &[usize]| {
        let n = rows[1] - rows[0];
        std::iter::repeat_n(1.0 / n.max(1) as f64, n)
    };
    let weight: Vec<f64> = people.rows.windows(2).flat_map(of_person).collect();
    let score = |&power: &f64| {
        let mut tempered = posterior.to_vec();
        temper(&mut tempered, k, power);
        log_likelihood(&tempered, truth, &weight)
    };
    let scores: Vec<f64> = powers.iter().map(score).collect();
    let best =
        (1..scores.len()).fold(0, |best, at| if scores[at] > scores[best] { at } else { best });
    powers[best]
}

/// n_nodes x n_rows from n_leaves x n_rows.
fn node_columns(leaves: &[f64], tree: &Tree) -> Vec<f64> {
    let n_rows = leaves.len() / tree.n_leaves();
    let columns: Vec<&[f64]> = leaves.chunks_exact(n_rows.max(1)).collect();
    tree.sums(&columns)
}

/// n - 1 borders between n classes of as many values each.
fn quantiles(values: &[f64], n: usize) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    (1..n).map(|class| sorted[(class * sorted.len() / n).min(sorted.len() - 1)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::random::generator;
    use rand_chacha::rand_core::RngCore;

    fn settings() -> Settings {
        Settings {
            powers: vec![1.0],
            edges: vec![0.25, 0.5, 0.75],
            penalty: 0.0,
            dominance: vec![],
            n_rates: 1,
            least_members: 25,
        }
    }

    /// ((a,b)ab,c)all: nodes all 0, ab 1, a 2, b 3, c 4.
    fn three() -> Tree {
        Tree::new(vec![0, 1, 1, 0])
    }

    /// People with random posteriors and truths that follow them, if not quite.
    fn drawn(n_people: usize, n_each: usize, seed: u64) -> (Vec<f64>, Vec<f64>, Vec<usize>) {
        let mut random = generator(seed, 0);
        let mut uniform = || f64::from(random.next_u32()) / f64::from(u32::MAX);
        let n = n_people * n_each;
        let (mut posterior, mut truth) = (vec![0.0; 3 * n], vec![0.0; 3 * n]);
        for row in 0..n {
            let raw = [(); 3].map(|()| uniform().powi(2) + 1e-3);
            let total: f64 = raw.iter().sum();
            (0..3).for_each(|leaf| posterior[leaf * n + row] = raw[leaf] / total);
            let flat: Vec<f64> = raw.iter().map(|p| (p / total).sqrt()).collect();
            let mut left = uniform() * flat.iter().sum::<f64>();
            let one = flat.iter().position(|p| {
                left -= p;
                left < 0.0
            });
            truth[one.unwrap_or(2) * n + row] = 1.0;
        }
        (posterior, truth, (0..=n_people).map(|person| person * n_each).collect())
    }

    /// Two leaves, one person of four windows: 1 of 2 at .9 is true, so the frequency there is
    /// (1 person x .5 + .9) / 2; of .1 the rest.
    #[test]
    fn one_curve_worked_by_hand() {
        let tree = Tree::new(vec![0, 0]);
        let posterior = [0.9, 0.9, 0.1, 0.1, 0.1, 0.1, 0.9, 0.9];
        let truth = [1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0];
        let people = People { rows: &[0, 4], proportions: &[0.5, 0.5], switch_rate: &[0.1] };
        let fitted = fit(&people, (&posterior, &truth), &tree, &[30, 30], &settings());
        let first = &fitted.curves[0];
        assert!(first.posterior.iter().zip([0.1, 0.9]).all(|(q, want)| (q - want).abs() < 1e-12));
        // Of all people (1 + trust 1), then twice shrunk toward itself by the weight of 4 people.
        let general = [(0.0 + 0.1) / 2.0, (0.5 + 0.9) / 2.0];
        let twice = |own: f64, general: f64| {
            let once = (own + 4.0 * general) / 5.0;
            (own + 4.0 * once) / 5.0
        };
        let want = [twice(0.0, general[0]), twice(0.5, general[1])];
        for (got, want) in first.frequency.iter().zip(want) {
            assert!((got - want).abs() < 1e-12, "{got} {want}");
        }
        // One person behind it: at most 2/3.
        assert_eq!(fitted.most, [2.0 / 3.0, 2.0 / 3.0]);
        let mut one = vec![0.9, 0.1];
        let alone = People { rows: &[0, 1], ..people };
        fitted.apply(&alone, &mut one, &tree);
        let second = fitted.curves[1].at(0.1);
        assert!((one[0] - (want[1] / (want[1] + second)).min(2.0 / 3.0)).abs() < 1e-12);
        assert!((one[0] + one[1] - 1.0).abs() < 1e-12);
    }

    /// Properties: rows sum to 1, inner nodes sum their children, the order of people and how they
    /// are batched change nothing, small populations never win.
    #[test]
    fn calibrated_posteriors_are_distributions_of_people_alone() {
        let tree = three();
        let (posterior, truth, rows) = drawn(40, 30, 1);
        let mut random = generator(9, 0);
        let mut uniform = || f64::from(random.next_u32()) / f64::from(u32::MAX);
        let rate: Vec<f64> = (0..40).map(|_| uniform()).collect();
        let proportions: Vec<f64> =
            (0..40).flat_map(|_| [0.6 * uniform(), 0.2, 0.2]).collect::<Vec<f64>>();
        let people = People { rows: &rows, proportions: &proportions, switch_rate: &rate };
        let given = Settings { dominance: vec![0.5, 0.7], n_rates: 3, ..settings() };
        let fitted = fit(&people, (&posterior, &truth), &tree, &[60, 7, 60], &given);
        assert_eq!(fitted.curves.len(), 9 * 4);
        let mut all = posterior.clone();
        fitted.apply(&people, &mut all, &tree);
        for row in 0..1200 {
            let p = [0, 1, 2].map(|leaf: usize| all[leaf * 1200 + row]);
            assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-9);
            let of_parent = p[1] / (p[0] + p[1]);
            assert!(of_parent <= 0.5 + 2.0 * MARGIN, "a population of 7 members: {p:?}");
        }
        let alone: Vec<f64> =
            (0..3).flat_map(|leaf| posterior[leaf * 1200 + 60..][..30].to_vec()).collect();
        let mut own = alone.clone();
        let person =
            People { rows: &[0, 30], proportions: &proportions[6..9], switch_rate: &rate[2..3] };
        fitted.apply(&person, &mut own, &tree);
        for row in 0..30 {
            (0..3).for_each(|leaf| assert_eq!(own[leaf * 30 + row], all[leaf * 1200 + 60 + row]));
        }
    }

    /// What a small population has beyond an even part fills up its sisters, in proportion to what
    /// they lack, and never to more: the windows of an outgroup of 24 are not its sisters'.
    #[test]
    fn small_populations_leave_the_rest_to_their_parent() {
        let divided = |limited: &[bool], n_leaves: &[f64], mut parts: Vec<f64>| {
            let curves = NodeCurves {
                power: 1.0,
                rate_edges: vec![],
                dominance: vec![],
                curves: vec![],
                most: vec![1.0; limited.len()],
                limited: limited.to_vec(),
            };
            let children: Vec<usize> = (1..=limited.len()).collect();
            let n_leaves = [&[0.0], n_leaves].concat();
            curves.divide_evenly(&children, &n_leaves, &mut parts);
            parts
        };
        let third = 1.0 / 3.0;
        let close = |got: &[f64], want: &[f64]| {
            let same = got.iter().zip(want).all(|(got, want)| (got - want).abs() < 2.0 * MARGIN);
            assert!(same && (got.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{got:?} {want:?}");
        };
        let (first, alike) = ([true, false, false], [1.0; 3]);
        let got = divided(&first, &alike, vec![0.9, 0.06, 0.04]);
        assert!(got[0] > got[1] && got[0] > got[2]);
        close(&got, &[third, third, third]);
        // Beyond: 1/15; lacking: 1/3 - .1, by the third alone.
        close(&divided(&first, &alike, vec![0.4, 0.5, 0.1]), &[third, 0.5, 0.5 - third]);
        // Beyond: .15; lacking: .1 and .15.
        let four = divided(&[true, false, false, false], &[1.0; 4], vec![0.4, 0.35, 0.15, 0.1]);
        close(&four, &[0.25, 0.35, 0.21, 0.19]);
        close(&divided(&first, &alike, vec![0.2, 0.7, 0.1]), &[0.2, 0.7, 0.1]);
        close(&divided(&[true; 3], &alike, vec![0.5, 0.45, 0.05]), &[third, third, third]);
        // A sister with three leaves: even is 1/4 of .5 or less, 1/2 from .8 on, between the two
        // half way.
        let outgroup = |part: f64| divided(&[true, false], &[1.0, 3.0], vec![part, 1.0 - part]);
        close(&outgroup(0.5), &[0.25, 0.75]);
        close(&outgroup(0.65), &[0.375, 0.625]);
        close(&outgroup(0.8), &[0.5, 0.5]);
        assert!(outgroup(0.99)[0] > 0.5);
    }

    /// Reference implementation: sums of each bin window by window, for all people alike.
    #[test]
    fn curves_agree_with_plain_sums() {
        let tree = three();
        let (posterior, truth, rows) = drawn(20, 25, 2);
        let (rate, proportions) = (vec![0.0; 20], vec![1.0 / 3.0; 60]);
        let people = People { rows: &rows, proportions: &proportions, switch_rate: &rate };
        let fitted = fit(&people, (&posterior, &truth), &tree, &[60, 60, 60], &settings());
        let node = |columns: &[f64], node: usize, row: usize| match node {
            0 => 1.0,
            1 => columns[row] + columns[500 + row],
            4 => columns[1000 + row],
            leaf => columns[(leaf - 2) * 500 + row],
        };
        for child in 1..5 {
            let parent = if child == 2 || child == 3 { 1 } else { 0 };
            let (mut point, mut targets, mut weights) = (vec![], vec![], vec![]);
            for bin in 0..4 {
                let (mut w, mut q_sum, mut t) = (0.0, 0.0, 0.0);
                let mut of_people = [0.0; 20];
                for row in 0..500 {
                    let q = node(&posterior, child, row) / node(&posterior, parent, row);
                    let is_here = (q * 4.0).floor().min(3.0) as usize == bin;
                    if is_here && node(&truth, parent, row) > 0.0 {
                        w += node(&truth, parent, row) / 25.0;
                        q_sum += q * node(&truth, parent, row) / 25.0;
                        t += node(&truth, child, row) / 25.0;
                        of_people[row / 25] += node(&truth, parent, row) / 25.0;
                    }
                }
                if w > 0.0 {
                    let n = w * w / of_people.iter().map(|own| own * own).sum::<f64>();
                    point.push(q_sum / w);
                    targets.push((t / w, n));
                    weights.push(n + 1.0);
                }
            }
            let gaps = vec![1.0; point.len() - 1];
            let shrink = |toward: &[f64], trust: f64| -> Vec<f64> {
                let each = targets.iter().zip(toward);
                let target: Vec<f64> =
                    each.map(|((f, n), known)| (n * f + trust * known) / (n + trust)).collect();
                let weight: Vec<f64> = targets.iter().map(|(_, n)| n + trust).collect();
                isotonic(&target, &weight, &gaps, 0.0)
            };
            let general = shrink(&point, 1.0);
            let want = shrink(&shrink(&general, SHRINKAGE), SHRINKAGE);
            let got = &fitted.curves[child - 1];
            for (got, want) in got.frequency.iter().zip(want) {
                assert!((got - want).abs() < 1e-9, "node {child}: {got} {want}");
            }
        }
    }

    /// Posteriors that are too sure: calibrated ones say what is true of new people.
    #[test]
    fn promises_are_kept_on_new_people() {
        let tree = three();
        let (posterior, truth, rows) = drawn(300, 20, 3);
        let (rate, proportions) = (vec![0.0; 300], vec![1.0 / 3.0; 900]);
        let people = People { rows: &rows, proportions: &proportions, switch_rate: &rate };
        let edges = (1..20).map(|at| f64::from(at) / 20.0).collect();
        let given = Settings { edges, penalty: 1e-3, powers: vec![0.3, 0.5, 1.0], ..settings() };
        let fitted = fit(&people, (&posterior, &truth), &tree, &[60, 60, 60], &given);
        assert_eq!(fitted.power, 0.5);
        let (new, new_truth, _) = drawn(300, 20, 4);
        let mut calibrated = new.clone();
        fitted.apply(&people, &mut calibrated, &tree);
        for (low, high) in [(0.2, 0.35), (0.35, 0.5), (0.5, 0.65)] {
            let chosen: Vec<usize> =
                (0..18_000).filter(|&at| calibrated[at] > low && calibrated[at] <= high).collect();
            let mean =
                |of: &[f64]| chosen.iter().map(|&at| of[at]).sum::<f64>() / chosen.len() as f64;
            assert!((mean(&calibrated) - mean(&new_truth)).abs() < 0.03);
        }
    }

    /// No sample has what lies below the first inner node: its children keep their posteriors.
    #[test]
    fn without_windows_posteriors_stay() {
        let tree = three();
        let posterior = [0.1, 0.2, 0.3, 0.2, 0.6, 0.6];
        let truth = [0.0, 0.0, 0.0, 0.0, 1.0, 1.0];
        let people = People { rows: &[0, 2], proportions: &[0.2, 0.2, 0.6], switch_rate: &[0.1] };
        let fitted = fit(&people, (&posterior, &truth), &tree, &[30, 30, 30], &settings());
        for child in [1, 2] {
            let curve = &fitted.curves[child];
            assert_eq!(curve.at(0.3), 0.3);
            assert_eq!((curve.at(0.0), curve.at(1.0)), (0.0, 1.0));
        }
    }
}
