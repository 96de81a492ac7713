//! Expected counts of everything that the model draws, and the M step.

use super::parameters::Parameters;
use super::rate::likeliest_rate;
use super::rate::likeliest_switch_rate;

/// Expected counts over the samples of one chromosome.
///
/// | field                         | shape         | of what                             |
/// |-------------------------------|---------------|-------------------------------------|
/// | `ancestry`                    | K             | populations drawn: first windows, recombinations |
/// | `labels`                      | K x K, x by x | labels x drawn from population y    |
/// | `resets` `keeps`              | K x K, x' by x' | labels after x' redrawn, and kept, where y stays |
/// | `recombinations` `switches`   | n_windows - 1 | by step: whether the phase differs  |
/// | `n_haplotypes` `n_pairs`      |               | chains; those of diploid samples    |
///
/// `labels`, `resets` and `keeps` are empty where they are not asked for: they take most of the time.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Counts {
    pub ancestry: Vec<f64>,
    pub labels: Vec<f64>,
    pub resets: Vec<f64>,
    pub keeps: Vec<f64>,
    pub recombinations: Vec<f64>,
    pub switches: Vec<f64>,
    pub n_haplotypes: f64,
    pub n_pairs: f64,
}

/// Which parameters an M step changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Update {
    /// mu\[y\].
    pub ancestry: bool,
    /// The rates of theta and sigma.
    pub rates: bool,
    /// mu\[x | y\] and eps.
    pub labels: bool,
}

impl Counts {
    pub fn new(k: usize, n_steps: usize) -> Counts {
        let square = vec![0.0; k * k];
        Counts {
            ancestry: vec![0.0; k],
            labels: square.clone(),
            resets: square.clone(),
            keeps: square,
            recombinations: vec![0.0; n_steps],
            switches: vec![0.0; n_steps],
            n_haplotypes: 0.0,
            n_pairs: 0.0,
        }
    }

    /// Without those of labels.
    pub fn of_draws(k: usize, n_steps: usize) -> Counts {
        let [labels, resets, keeps] = [const { Vec::new() }; 3];
        Counts { labels, resets, keeps, ..Counts::new(k, n_steps) }
    }

    pub fn has_labels(&self) -> bool {
        !self.labels.is_empty()
    }

    pub fn add(&mut self, other: &Counts) {
        let fields = [
            (&mut self.ancestry, &other.ancestry),
            (&mut self.labels, &other.labels),
            (&mut self.resets, &other.resets),
            (&mut self.keeps, &other.keeps),
            (&mut self.recombinations, &other.recombinations),
            (&mut self.switches, &other.switches),
        ];
        for (sum, addend) in fields {
            sum.iter_mut().zip(addend).for_each(|(sum, addend)| *sum += addend);
        }
        self.n_haplotypes += other.n_haplotypes;
        self.n_pairs += other.n_pairs;
    }
}

/// The parameters of largest likelihood of the counts, with `pseudo_count` more of each kind
/// of draw, reset and keep. Parameters without counts keep their values.
///
/// `counts` and `distance` have one entry per chromosome.
pub(super) fn maximize(
    current: &Parameters,
    counts: &[Counts],
    distance: &[&[f64]],
    update: Update,
    pseudo_count: f64,
) -> Parameters {
    let k = current.n_populations();
    let total = |field: fn(&Counts) -> &[f64]| {
        let mut sum = vec![pseudo_count; field(&counts[0]).len()];
        for counts in counts {
            sum.iter_mut().zip(field(counts)).for_each(|(sum, count)| *sum += count);
        }
        sum
    };
    let mut next = current.clone();
    if update.ancestry {
        normalize(total(|counts| &counts.ancestry).iter().copied(), &mut next.ancestry);
    }
    if update.labels {
        let labels = total(|counts| &counts.labels);
        for (y, row) in next.label.chunks_mut(k).enumerate() {
            normalize((0..k).map(|x| labels[x * k + y]), row);
        }
        let (resets, keeps) = (total(|counts| &counts.resets), total(|counts| &counts.keeps));
        for (at, (reset, keep)) in resets.iter().zip(&keeps).enumerate() {
            if reset + keep > 0.0 {
                next.reset[at % k * k + at / k] = reset / (reset + keep);
            }
        }
    }
    if update.rates {
        let pieces = |events: fn(&Counts) -> (&[f64], f64)| {
            let steps = counts.iter().zip(distance).map(|(counts, distance)| {
                let (events, trials) = events(counts);
                (events, trials, *distance)
            });
            steps.collect::<Vec<_>>()
        };
        let recombinations = pieces(|counts| (&counts.recombinations, counts.n_haplotypes));
        let switches = pieces(|counts| (&counts.switches, counts.n_pairs));
        next.recombination_rate = likeliest_rate(&recombinations, current.recombination_rate);
        next.switch_rate = likeliest_switch_rate(&switches, current.switch_rate);
    }
    next
}

/// Proportions of the total, unless it is 0.
fn normalize(counts: impl Iterator<Item = f64> + Clone, proportions: &mut [f64]) {
    let total: f64 = counts.clone().sum();
    if total > 0.0 {
        proportions
            .iter_mut()
            .zip(counts)
            .for_each(|(proportion, count)| *proportion = count / total);
    }
}
