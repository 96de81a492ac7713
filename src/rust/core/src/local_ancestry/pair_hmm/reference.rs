//! Reference implementations of the recursion, for the tests: every path by itself, and
//! forward-backward with whole matrices. Both come straight from the model's definition.

use super::chromosome::Sample;
use super::counts::Counts;
use super::observations::Observations;
use super::parameters::Parameters;
use super::parameters::odd_probability;
use super::parameters::probability;

/// The distribution over labels of one window, if it is not missing.
type Evidence = Option<Vec<f64>>;

fn evidence(observations: &Observations, haplotype: usize) -> Vec<Evidence> {
    let of_window = |window| {
        let seen = observations.window(haplotype, window);
        let row = (0..observations.n_populations).map(|label| seen.probability(label)).collect();
        (!seen.is_missing()).then_some(row)
    };
    (0..observations.n_windows).map(of_window).collect()
}

/// One branch by which a label is drawn or kept: its probability, the label drawn (if one is),
/// and the label before with whether it was reset (if there was a choice).
struct Branch {
    weight: f64,
    drawn: Option<usize>,
    choice: Option<(usize, bool)>,
}

/// `E(x | y, y', x')`, branch by branch; `past` is (y', evidence before).
fn emission(
    parameters: &Parameters,
    y: usize,
    current: &Evidence,
    past: Option<(usize, &Evidence)>,
) -> Vec<Branch> {
    let k = parameters.n_populations();
    let Some(current) = current else {
        return vec![Branch { weight: 1.0, drawn: None, choice: None }];
    };
    let label = |x: usize| parameters.label[y * k + x];
    let mut branches = Vec::new();
    match past {
        Some((y_before, Some(before))) if y_before == y => {
            for (x_before, proportion_before) in before.iter().enumerate() {
                let reset = parameters.reset[y * k + x_before];
                for (x, proportion) in current.iter().enumerate() {
                    let both = proportion_before * proportion;
                    let weight = both * reset * label(x);
                    branches.push(Branch {
                        weight,
                        drawn: Some(x),
                        choice: Some((x_before, true)),
                    });
                    if x == x_before {
                        let weight = both * (1.0 - reset);
                        branches.push(Branch { weight, drawn: None, choice: Some((x, false)) });
                    }
                }
            }
        }
        _ => {
            for (x, proportion) in current.iter().enumerate() {
                let weight = proportion * label(x);
                branches.push(Branch { weight, drawn: Some(x), choice: None });
            }
        }
    }
    branches
}

fn sum(branches: &[Branch]) -> f64 {
    branches.iter().map(|branch| branch.weight).sum()
}

pub struct AllPaths {
    pub log_likelihood: f64,
    pub ancestry: Vec<f64>,
    pub switch: Vec<f64>,
    /// n_windows x n_windows, at `[early * n_windows + late]`: the phase differs between the two.
    pub odd: Vec<f64>,
    pub counts: Counts,
    /// The likeliest path's switches and probability.
    pub best: (f64, Vec<bool>),
}

/// Enumerates all (y, s); distances are 1.
pub fn all_paths(parameters: &Parameters, observations: &Observations, sample: Sample) -> AllPaths {
    let (k, n_windows) = (parameters.n_populations(), observations.n_windows);
    let haplotypes = match sample {
        Sample::Diploid(pair) => pair.to_vec(),
        Sample::Haploid(haplotype) => vec![haplotype],
    };
    let n = haplotypes.len();
    let seen: Vec<_> = haplotypes.iter().map(|h| evidence(observations, *h)).collect();
    let theta = probability(parameters.recombination_rate, 1.0);
    let sigma = if n == 2 { odd_probability(parameters.switch_rate, 1.0) } else { 0.0 };
    let mut all = AllPaths {
        log_likelihood: 0.0,
        ancestry: vec![0.0; n * n_windows * k],
        switch: vec![0.0; n_windows - 1],
        odd: vec![0.0; n_windows * n_windows],
        counts: Counts::new(k, n_windows - 1),
        best: (-1.0, vec![]),
    };
    let mut total = 0.0;
    let n_paths = k.pow((n * n_windows) as u32);
    for path in 0..n_paths {
        let y = |h: usize, t: usize| path / k.pow((h * n_windows + t) as u32) % k;
        for switches in 0..(1_usize << ((n_windows - 1) * (n - 1))) {
            let s = |t: usize| switches >> (t - 1) & 1 == 1;
            let past = |h: usize, t: usize| if s(t) { 1 - h } else { h };
            let branches = |h: usize, t: usize| {
                let past = (t > 0).then(|| (y(past(h, t), t - 1), &seen[past(h, t)][t - 1]));
                emission(parameters, y(h, t), &seen[h][t], past)
            };
            let mut p = 1.0;
            for t in 0..n_windows {
                if t > 0 {
                    p *= if s(t) { sigma } else { 1.0 - sigma };
                }
                for h in 0..n {
                    let proportion = parameters.ancestry[y(h, t)];
                    let kept = t > 0 && y(past(h, t), t - 1) == y(h, t);
                    p *= match t {
                        0 => proportion,
                        _ => theta * proportion + if kept { 1.0 - theta } else { 0.0 },
                    };
                    p *= sum(&branches(h, t));
                }
            }
            if p == 0.0 {
                continue;
            }
            total += p;
            if p > all.best.0 {
                all.best = (p, (1..n_windows).map(s).collect());
            }
            for early in 0..n_windows {
                for late in early + 1..n_windows {
                    if (early + 1..=late).filter(|t| s(*t)).count() % 2 == 1 {
                        all.odd[early * n_windows + late] += p;
                    }
                }
            }
            for t in 0..n_windows {
                if t > 0 && s(t) {
                    all.switch[t - 1] += p;
                    all.counts.switches[t - 1] += p;
                }
                for h in 0..n {
                    let y_now = y(h, t);
                    all.ancestry[(h * n_windows + t) * k + y_now] += p;
                    let proportion = parameters.ancestry[y_now];
                    let kept = t > 0 && y(past(h, t), t - 1) == y_now;
                    let drawn = match (t, kept) {
                        (0, _) | (_, false) => 1.0,
                        (_, true) => theta * proportion / (theta * proportion + 1.0 - theta),
                    };
                    all.counts.ancestry[y_now] += p * drawn;
                    if t > 0 {
                        all.counts.recombinations[t - 1] += p * drawn;
                    }
                    let branches = branches(h, t);
                    let whole = sum(&branches);
                    for Branch { weight, drawn, choice } in branches {
                        let mass = p * weight / whole;
                        if let Some(x) = drawn {
                            all.counts.labels[x * k + y_now] += mass;
                        }
                        match choice {
                            Some((x, true)) => all.counts.resets[x * k + y_now] += mass,
                            Some((x, false)) => all.counts.keeps[x * k + y_now] += mass,
                            None => {}
                        }
                    }
                }
            }
        }
    }
    let counts = &mut all.counts;
    for values in [
        &mut all.ancestry,
        &mut all.switch,
        &mut all.odd,
        &mut counts.ancestry,
        &mut counts.labels,
        &mut counts.resets,
        &mut counts.keeps,
        &mut counts.recombinations,
        &mut counts.switches,
    ] {
        values.iter_mut().for_each(|value| *value /= total);
    }
    all.log_likelihood = total.ln();
    all.best.0 /= total;
    all
}

/// (log-likelihood, posteriors, switch posteriors) with K^2 x K^2 matrices; distances are 1.
pub fn whole_matrices(
    parameters: &Parameters,
    observations: &Observations,
    haplotypes: [usize; 2],
) -> (f64, Vec<f64>, Vec<f64>) {
    let (k, n_windows) = (parameters.n_populations(), observations.n_windows);
    let seen = haplotypes.map(|haplotype| evidence(observations, haplotype));
    let theta = probability(parameters.recombination_rate, 1.0);
    let sigma = odd_probability(parameters.switch_rate, 1.0);
    // matrix[y][y'] of haplotype h into window t, from the haplotype `past`.
    let matrix = |h: usize, past: usize, t: usize| -> Vec<Vec<f64>> {
        let entry = |y: usize, y_before: usize| {
            let kept = if y == y_before { 1.0 - theta } else { 0.0 };
            let transition = kept + theta * parameters.ancestry[y];
            let past = Some((y_before, &seen[past][t - 1]));
            transition * sum(&emission(parameters, y, &seen[h][t], past))
        };
        (0..k).map(|y| (0..k).map(|y_before| entry(y, y_before)).collect()).collect()
    };
    let steps: Vec<[Vec<Vec<f64>>; 4]> = (1..n_windows)
        .map(|t| [matrix(0, 0, t), matrix(1, 1, t), matrix(0, 1, t), matrix(1, 0, t)])
        .collect();
    // Weight of (i, j) -> (a, b), without and with a switch.
    let ways = |t: usize, from: usize, to: usize| {
        let (i, j, a, b) = (from / k, from % k, to / k, to % k);
        let [m1, m2, n1, n2] = &steps[t - 1];
        ((1.0 - sigma) * m1[a][i] * m2[b][j], sigma * n1[a][j] * n2[b][i])
    };
    let first = |h: usize, y: usize| {
        parameters.ancestry[y] * sum(&emission(parameters, y, &seen[h][0], None))
    };
    let mut forward = vec![(0..k * k).map(|s| first(0, s / k) * first(1, s % k)).collect()];
    for t in 1..n_windows {
        let before: &Vec<f64> = &forward[t - 1];
        let into = |to| {
            (0..k * k)
                .map(|from| {
                    let w = ways(t, from, to);
                    before[from] * (w.0 + w.1)
                })
                .sum()
        };
        let state = (0..k * k).map(into).collect();
        forward.push(state);
    }
    let mut backward = vec![vec![1.0; k * k]; n_windows];
    let likelihood: f64 = forward[n_windows - 1].iter().sum();
    let mut switch = vec![0.0; n_windows - 1];
    for t in (1..n_windows).rev() {
        for from in 0..k * k {
            let (mut sum, mut switched) = (0.0, 0.0);
            for (to, future) in backward[t].iter().enumerate() {
                let (without, with) = ways(t, from, to);
                sum += (without + with) * future;
                switched += with * future;
            }
            backward[t - 1][from] = sum;
            switch[t - 1] += forward[t - 1][from] * switched / likelihood;
        }
    }
    let mut ancestry = vec![0.0; 2 * n_windows * k];
    for t in 0..n_windows {
        for state in 0..k * k {
            let p = forward[t][state] * backward[t][state] / likelihood;
            ancestry[t * k + state / k] += p;
            ancestry[(n_windows + t) * k + state % k] += p;
        }
    }
    (likelihood.ln(), ancestry, switch)
}
