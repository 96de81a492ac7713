//! Decision values of a haplotype from its kernels with the support vectors of a window.
//!
//! Source: Durand et al. 2014, section 2.1.1.

use crate::local_ancestry::windows::settings::Multiclass;

/// The two classes of every SVM: populations i < j, or a population and `None` for the rest.
pub fn binary_svms(n_populations: usize, multiclass: Multiclass) -> Vec<(usize, Option<usize>)> {
    let all = 0..n_populations;
    match multiclass {
        Multiclass::OneVsOne => {
            all.flat_map(|i| (i + 1..n_populations).map(move |j| (i, Some(j)))).collect()
        }
        Multiclass::OneVsRest | Multiclass::Joint => all.map(|i| (i, None)).collect(),
    }
}

/// How many [`binary_svms`] gives, at most `usize::MAX`.
pub fn n_svms(n_populations: usize, multiclass: Multiclass) -> usize {
    match multiclass {
        Multiclass::OneVsOne => n_populations.saturating_mul(n_populations.saturating_sub(1)) / 2,
        Multiclass::OneVsRest | Multiclass::Joint => n_populations,
    }
}

/// The support vectors: entries that have a coefficient in some SVM.
#[derive(Clone, Debug)]
pub struct Support {
    /// n_support.
    pub population: Vec<u16>,
    /// n_support, kinds of the entries.
    pub kind: Vec<u32>,
    /// n_support x n_populations.
    pub coefficient: Vec<f64>,
    /// One per SVM, in the order of [`binary_svms`].
    pub bias: Vec<f64>,
    pub multiclass: Multiclass,
}

impl Support {
    /// The decision functions of these support vectors.
    pub fn functions(&self, n_populations: usize) -> DecisionFunctions<'_, f64> {
        DecisionFunctions {
            population: &self.population,
            coefficient: &self.coefficient,
            bias: &self.bias,
            multiclass: self.multiclass,
            n_populations,
        }
    }
}

/// Decision functions of all SVMs of a window: each a sum over support vectors of coefficient
/// times kernel, plus a bias.
///
/// | field         | shape                     | values                                 |
/// |---------------|---------------------------|----------------------------------------|
/// | `population`  | n_support                 | code                                   |
/// | `coefficient` | n_support x n_populations |                                        |
/// | `bias`        | n_svms                    | in the order of [`binary_svms`]        |
#[derive(Clone, Copy, Debug)]
pub struct DecisionFunctions<'s, T> {
    pub population: &'s [u16],
    pub coefficient: &'s [T],
    pub bias: &'s [f64],
    pub multiclass: Multiclass,
    pub n_populations: usize,
}

impl<T: Copy + Into<f64>> DecisionFunctions<'_, T> {
    /// Decision values of a haplotype from its kernels with the support vectors, one per SVM, above
    /// 0 for the first class. `sums` is memory to work in, n_populations x n_populations.
    pub fn decide(&self, kernel: impl Iterator<Item = f32>, sums: &mut [f64], out: &mut [f64]) {
        let k = self.n_populations;
        sum_by_population(self.population, kernel, self.coefficient, k, sums);
        decisions(sums, self.bias, self.multiclass, k, out);
    }
}

/// Sums, over entries, of coefficient times kernel.
///
/// | argument      | shape                         | values                                    |
/// |---------------|-------------------------------|-------------------------------------------|
/// | `population`  | n_entries                     | code                                      |
/// | `kernel`      | n_entries                     | of one haplotype with each entry          |
/// | `coefficient` | n_entries x n_populations     | of the support vectors                     |
/// | `sums`        | n_populations x n_populations | receives, by population of the entries    |
fn sum_by_population<T: Copy + Into<f64>>(
    population: &[u16],
    kernel: impl Iterator<Item = f32>,
    coefficient: &[T],
    n_populations: usize,
    sums: &mut [f64],
) {
    sums.fill(0.0);
    let rows = coefficient.chunks_exact(n_populations);
    for ((&population, kernel), row) in population.iter().zip(kernel).zip(rows) {
        let kernel = f64::from(kernel);
        let sums = &mut sums[usize::from(population) * n_populations..][..n_populations];
        sums.iter_mut().zip(row).for_each(|(sum, &value)| *sum += kernel * value.into());
    }
}

/// Decision values of all SVMs from these sums.
///
/// | argument | shape                         | values                                        |
/// |----------|-------------------------------|-----------------------------------------------|
/// | `sums`   | n_populations x n_populations | of [`sum_by_population`]                      |
/// | `bias`   | n_svms                    |                                               |
/// | `out`    | n_svms                    | receives; above 0 for the first class         |
fn decisions(sums: &[f64], bias: &[f64], multiclass: Multiclass, k: usize, out: &mut [f64]) {
    let sum = |(first, second): (usize, Option<usize>)| match second {
        Some(second) => sums[first * k + second] + sums[second * k + first],
        None => (0..k).map(|population| sums[population * k + first]).sum(),
    };
    let classes = binary_svms(k, multiclass).into_iter().map(sum);
    out.iter_mut().zip(classes).zip(bias).for_each(|((out, sum), bias)| *out = sum + bias);
}
