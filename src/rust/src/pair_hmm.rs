//! Pair HMM over the window calls of whole chromosomes.

use crate::answer::guard;
use crate::convert::entry;
use crate::convert::flags;
use crate::convert::indices;
use crate::convert::integers;
use crate::convert::items;
use crate::convert::numbers;
use crate::convert::positions;
use crate::run::run;
use extendr_api::prelude::*;
use forebear_core::error::Result;
use forebear_core::local_ancestry::pair_hmm::averaging::sample_weights;
use forebear_core::local_ancestry::pair_hmm::chromosome::Chromosome;
use forebear_core::local_ancestry::pair_hmm::chromosome::Sample;
use forebear_core::local_ancestry::pair_hmm::correction::Called;
use forebear_core::local_ancestry::pair_hmm::correction::with_evidence;
use forebear_core::local_ancestry::pair_hmm::decode::Decoded;
use forebear_core::local_ancestry::pair_hmm::fit::Settings;
use forebear_core::local_ancestry::pair_hmm::fit::fit;
use forebear_core::local_ancestry::pair_hmm::kinds::Kind;
use forebear_core::local_ancestry::pair_hmm::kinds::decode_kinds;
use forebear_core::local_ancestry::pair_hmm::labeled::LabelSettings;
use forebear_core::local_ancestry::pair_hmm::labeled::fit_labels;
use forebear_core::local_ancestry::pair_hmm::observations::MISSING;
use forebear_core::local_ancestry::pair_hmm::observations::Observations;
use forebear_core::local_ancestry::pair_hmm::own_parameters::Prior;
use forebear_core::local_ancestry::pair_hmm::own_parameters::Seen;
use forebear_core::local_ancestry::pair_hmm::own_parameters::own_parameters;
use forebear_core::local_ancestry::pair_hmm::parameters::Parameters;
use forebear_core::local_ancestry::pair_hmm::sample_proportions::sample_parameters;
use forebear_core::local_ancestry::pair_hmm::window_calls::WindowCalls;
use forebear_core::local_ancestry::pair_hmm::window_calls::exponent;

/// Label and reset probabilities of each population, from held-out calls. `population`: codes from
/// 1, one per haplotype.
#[extendr]
fn rust_fit_labels(evidence: Robj, population: Robj, threads: i32, progress: Robj) -> Robj {
    guard(|| {
        let all = |part| with_calls(part, |calls| calls.all());
        let observations: Vec<Observations> =
            items(&evidence).iter().map(all).collect::<Result<_>>()?;
        let codes: Vec<Option<usize>> =
            integers(&population).iter().map(|&code| Some(code as usize - 1)).collect();
        let population = vec![codes; observations.len()];
        // Steps over tallied hard labels are cheap, and their objective is flat.
        let hard = items(&evidence).iter().all(|part| entry(part, "probability").is_null());
        let max_iterations = if hard { 50_000 } else { 500 };
        let settings =
            LabelSettings { tolerance: 1e-6, max_iterations, ..LabelSettings::default() };
        let fit = run(threads, &progress, |task| {
            fit_labels(&observations, &population, &settings, task)
        })?;
        Ok(list!(label = fit.label, reset = fit.reset, converged = fit.converged).into())
    })
}

/// Ancestry proportions and rates of largest likelihood of the calls of admixed samples.
#[extendr]
fn rust_fit_pair_hmm(chromosomes: Robj, start: Robj, threads: i32, progress: Robj) -> Robj {
    guard(|| {
        let chromosomes = chromosomes_of(&chromosomes)?;
        let (start, settings) = (parameters_of(&start), Settings::admixed());
        let fit = run(threads, &progress, |task| fit(start, &chromosomes, &settings, task))?;
        let objective = fit.trace[fit.trace.len() - 1];
        Ok(list!(
            ancestry = fit.parameters.ancestry,
            label = fit.parameters.label,
            reset = fit.parameters.reset,
            recombination_rate = fit.parameters.recombination_rate,
            switch_rate = fit.parameters.switch_rate,
            objective = objective,
            iterations = fit.trace.len() as i32 - 1,
            converged = fit.converged
        )
        .into())
    })
}

/// Ancestry proportions of every sample, n_populations x n_samples; `strength`: weight of the
/// prior, those of all samples, in draws.
#[extendr]
fn rust_sample_proportions(
    chromosomes: Robj,
    parameters: Robj,
    strength: f64,
    threads: i32,
    progress: Robj,
) -> Robj {
    guard(|| {
        let (chromosomes, common) = (chromosomes_of(&chromosomes)?, parameters_of(&parameters));
        let of_samples = run(threads, &progress, |task| {
            sample_parameters(&common, &chromosomes, strength, task)
        })?;
        let mut proportions = RMatrix::<f64>::new(common.n_populations(), of_samples.len());
        let columns = proportions.data_mut().chunks_mut(common.n_populations());
        columns.zip(&of_samples).for_each(|(column, own)| column.copy_from_slice(&own.ancestry));
        Ok(proportions.into())
    })
}

/// Parameters of every sample by itself: `ancestry` (n_populations x n_samples),
/// `recombination_rate`, `switch_rate` (n_samples). `owner`: the person of each sample; `prior`:
/// draws of each population, then events and distance of recombinations and of switches.
#[extendr]
fn rust_own_parameters(
    chromosomes: Robj,
    parameters: Robj,
    owner: Robj,
    prior: Robj,
    threads: i32,
    progress: Robj,
) -> Robj {
    guard(|| {
        let (chromosomes, start) = (chromosomes_of(&chromosomes)?, parameters_of(&parameters));
        let (owner, prior) = (positions(&owner), numbers(&prior));
        let prior = Prior {
            draws: prior[0],
            recombinations: Seen { events: prior[1], distance: prior[2] },
            switches: Seen { events: prior[3], distance: prior[4] },
        };
        let own = run(threads, &progress, |task| {
            own_parameters(&start, &chromosomes, &owner, &prior, task)
        })?;
        let mut ancestry = RMatrix::<f64>::new(start.n_populations(), own.len());
        let columns = ancestry.data_mut().chunks_mut(start.n_populations());
        columns.zip(&own).for_each(|(column, own)| column.copy_from_slice(&own.ancestry));
        let rate = |of: fn(&Parameters) -> f64| own.iter().map(of).collect::<Vec<f64>>();
        Ok(list!(
            ancestry = ancestry,
            recombination_rate = rate(|own| own.recombination_rate),
            switch_rate = rate(|own| own.switch_rate)
        )
        .into())
    })
}

/// Weights of parameter sets, n_sets x n_samples, sets of equal prior weight.
#[extendr]
fn rust_set_weights(chromosomes: Robj, sets: Robj, threads: i32, progress: Robj) -> Robj {
    guard(|| {
        let chromosomes = chromosomes_of(&chromosomes)?;
        let sets: Vec<Parameters> = items(&sets).iter().map(parameters_of).collect();
        let prior = vec![1.0; sets.len()];
        let weights =
            run(threads, &progress, |task| sample_weights(&sets, &chromosomes, &prior, task))?;
        Ok(weights.into())
    })
}

/// Posteriors and phase of all samples of a chromosome, averaged over `kinds` of evidence. Each is
/// as `chromosome_of()` takes it, with `sets` and `weights`, n_sets x n_samples; NULL: each sample
/// has its own set.
#[extendr]
fn rust_decode_ancestry(kinds: Robj, threads: i32, progress: Robj) -> Robj {
    guard(|| {
        let kinds: Vec<Kind> = items(&kinds).iter().map(kind_of).collect::<Result<_>>()?;
        let decoded = run(threads, &progress, |task| decode_kinds(&kinds, task))?;
        Ok(decoded_list(&decoded, kinds[0].sets[0].n_populations()))
    })
}

fn kind_of(list: &Robj) -> Result<Kind> {
    let weights = entry(list, "weights");
    Ok(Kind {
        chromosome: chromosome_of(list)?,
        sets: items(&entry(list, "sets")).iter().map(parameters_of).collect(),
        weights: (!weights.is_null()).then(|| numbers(&weights).to_vec()),
    })
}

/// `posterior`: one row for each sample, haplotype and window; `switch_probability` and
/// `switched`: n_windows - 1 for each sample.
fn decoded_list(decoded: &[Decoded], n_populations: usize) -> Robj {
    let n_rows = decoded.iter().map(|sample| sample.ancestry.len()).sum::<usize>() / n_populations;
    let mut posterior = RMatrix::<f64>::new(n_rows, n_populations);
    let out = posterior.data_mut();
    let rows = decoded.iter().flat_map(|sample| sample.ancestry.chunks_exact(n_populations));
    for (row, values) in rows.enumerate() {
        values.iter().enumerate().for_each(|(column, p)| out[column * n_rows + row] = *p);
    }
    let probability: Vec<f64> =
        decoded.iter().flat_map(|sample| sample.switch_posterior.iter().copied()).collect();
    let switched: Vec<bool> =
        decoded.iter().flat_map(|sample| sample.switches.iter().copied()).collect();
    list!(posterior = posterior, switch_probability = probability, switched = switched).into()
}

/// The power that probabilities of windows are raised to.
#[extendr]
fn rust_evidence_exponent(window: f64, context: f64) -> Robj {
    guard(|| Ok(exponent(window, context).into()))
}

/// Whether each called switch is to be corrected. `sample` and `window`: columns and rows of
/// `differ`, from 1, by sample and window.
#[extendr]
fn rust_switches_with_evidence(
    sample: Robj,
    window: Robj,
    probability: Robj,
    differ: Robj,
) -> Robj {
    guard(|| {
        let (samples, windows) = (indices(&sample), indices(&window));
        let places = samples.iter().zip(&windows).zip(numbers(&probability));
        let switches: Vec<Called> = places
            .map(|((&sample, &window), &probability)| Called {
                sample: sample as usize,
                window: window as usize,
                probability,
            })
            .collect();
        Ok(with_evidence(&switches, &flags(&differ), differ.nrows()).into())
    })
}

fn chromosomes_of(list: &Robj) -> Result<Vec<Chromosome>> {
    items(list).iter().map(chromosome_of).collect()
}

/// `evidence`; `position_cm` of its windows; `first`, `second`: haplotypes of every sample, from 1;
/// 0 where there is no second.
fn chromosome_of(list: &Robj) -> Result<Chromosome> {
    let position_cm = entry(list, "position_cm");
    let (first, second) = (entry(list, "first"), entry(list, "second"));
    let pairs = integers(&first).iter().zip(integers(&second));
    let samples = pairs.map(|(&first, &second)| match second {
        0 => Sample::Haploid(first as usize - 1),
        second => Sample::Diploid([first as usize - 1, second as usize - 1]),
    });
    let samples: Vec<Sample> = samples.collect();
    with_calls(&entry(list, "evidence"), |calls| calls.chromosome(numbers(&position_cm), &samples))
}

/// `label`: n_haplotypes x n_windows, codes from 1, `NA`; `probability`: n_populations x
/// n_haplotypes x n_windows, or NULL; `n_populations`; `exponent`.
fn with_calls<T>(
    list: &Robj,
    work: impl FnOnce(&WindowCalls<'_, &dyn Fn(usize) -> u16>) -> Result<T>,
) -> Result<T> {
    let number = |name| numbers(&entry(list, name))[0];
    let (label, probability) = (entry(list, "label"), entry(list, "probability"));
    let codes = integers(&label);
    let code = |place: usize| match codes[place] {
        i32::MIN => MISSING,
        code => code as u16 - 1,
    };
    work(&WindowCalls {
        n_haplotypes: label.nrows(),
        n_windows: label.ncols(),
        n_populations: number("n_populations") as usize,
        label: &code,
        probability: (!probability.is_null()).then(|| numbers(&probability)),
        exponent: number("exponent"),
    })
}

fn parameters_of(list: &Robj) -> Parameters {
    let vector = |name| numbers(&entry(list, name)).to_vec();
    Parameters {
        ancestry: vector("ancestry"),
        label: vector("label"),
        reset: vector("reset"),
        recombination_rate: vector("recombination_rate")[0],
        switch_rate: vector("switch_rate")[0],
    }
}

extendr_module! {
    mod pair_hmm;
    fn rust_fit_labels;
    fn rust_fit_pair_hmm;
    fn rust_sample_proportions;
    fn rust_own_parameters;
    fn rust_set_weights;
    fn rust_decode_ancestry;
    fn rust_evidence_exponent;
    fn rust_switches_with_evidence;
}
