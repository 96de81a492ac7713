//! Quality control: statistics, pruning, kinship.

use crate::answer::guard;
use crate::convert::entry;
use crate::convert::flags;
use crate::convert::indices;
use crate::convert::r_columns;
use crate::genotypes::with_source;
use crate::run::run;
use extendr_api::prelude::*;
use forebear_core::qc::clump;
use forebear_core::qc::fst;
use forebear_core::qc::inheritance::Inheritance;
use forebear_core::qc::inheritance::Samples;
use forebear_core::qc::kinship;
use forebear_core::qc::ld_prune;
use forebear_core::qc::sample_stats::sample_stats;
use forebear_core::qc::unrelated::unrelated;
use forebear_core::qc::variant_stats::variant_stats;

/// `male` and `founder` of a list.
fn samples_of(roles: &Robj) -> Samples {
    Samples { male: flags(&entry(roles, "male")), founder: flags(&entry(roles, "founder")) }
}

/// The meaning of R's codes, from 1: the levels of `inheritance_levels` in
/// `R/qc-sex_chromosomes.R`.
fn inheritance_of(codes: &Robj) -> Vec<Inheritance> {
    let of_code = |code| match code {
        0 => Inheritance::Autosomal,
        1 => Inheritance::XLinked,
        2 => Inheritance::YLinked,
        3 => Inheritance::Mitochondrial,
        4 => Inheritance::Unplaced,
        other => panic!("there is no inheritance {other}"),
    };
    indices(codes).into_iter().map(of_code).collect()
}

fn doubles(values: impl Iterator<Item = Option<f64>>) -> Robj {
    values.collect::<Vec<Option<f64>>>().into()
}

/// Columns of statistics, one entry per variant.
#[extendr]
fn rust_variant_stats(
    genotypes: Robj,
    inheritance: Robj,
    roles: Robj,
    mid_p: bool,
    threads: i32,
    progress: Robj,
) -> Robj {
    with_source(&genotypes, |source| {
        let (kinds, samples) = (inheritance_of(&inheritance), samples_of(&roles));
        let stats =
            run(threads, &progress, |task| variant_stats(source, &kinds, &samples, mid_p, task))?;
        let counts = |of: fn(&_) -> usize| stats.iter().map(of).map(|n| n as i32).collect_robj();
        Ok(list!(
            n_called = counts(|s| s.n_called),
            n_samples = counts(|s| s.n_samples),
            allele_frequency = doubles(stats.iter().map(|s| s.allele_frequency)),
            hwe_p = doubles(stats.iter().map(|s| s.hwe_p)),
            n_het_haploid = counts(|s| s.n_het_haploid)
        )
        .into())
    })
}

/// Columns of statistics, one entry per sample.
#[extendr]
fn rust_sample_stats(
    genotypes: Robj,
    inheritance: Robj,
    roles: Robj,
    threads: i32,
    progress: Robj,
) -> Robj {
    with_source(&genotypes, |source| {
        let (kinds, samples) = (inheritance_of(&inheritance), samples_of(&roles));
        let stats = run(threads, &progress, |task| sample_stats(source, &kinds, &samples, task))?;
        let counts = |of: fn(&_) -> u64| stats.iter().map(of).map(|n| n as f64).collect_robj();
        Ok(list!(
            n_called = counts(|s| s.n_called),
            n_variants = counts(|s| s.n_variants),
            n_autosomal = counts(|s| s.n_autosomal),
            n_het = counts(|s| s.n_het),
            f = doubles(stats.iter().map(|s| s.autosomes.inbreeding())),
            x_tested = counts(|s| s.x.n_tested),
            x_f = doubles(stats.iter().map(|s| s.x.inbreeding()))
        )
        .into())
    })
}

/// Which variants stay. `ends` has the last variant of every chromosome, from 1; the
/// window is in base pairs if `in_base_pairs`, else in variants.
#[extendr]
#[allow(clippy::too_many_arguments)]
fn rust_prune_ld(
    genotypes: Robj,
    ends: Robj,
    inheritance: Robj,
    position_bp: Robj,
    roles: Robj,
    window: f64,
    in_base_pairs: bool,
    step: i32,
    r2: f64,
    threads: i32,
    progress: Robj,
) -> Robj {
    with_source(&genotypes, |source| {
        let chromosomes = chromosomes_of(&ends, &inheritance);
        let samples = samples_of(&roles);
        let positions = position_bp.as_integer_slice().expect("integer positions");
        let window = match in_base_pairs {
            true => ld_prune::Window::BasePairs(window as i64),
            false => ld_prune::Window::Variants(window as usize),
        };
        let settings = ld_prune::Settings { window, step: step as usize, r2 };
        let kept = run(threads, &progress, |task| {
            ld_prune::ld_prune(source, &chromosomes, positions, &samples, &settings, task)
        })?;
        Ok(kept.into_iter().collect_robj())
    })
}

/// Clumps: `index` variants (from 1); of each member its `clump`, from 1, `variant` and `r2` with the
/// index variant. `order`: possible index variants by rising p-value; `ends` as in `rust_prune_ld()`.
#[extendr]
#[allow(clippy::too_many_arguments)]
fn rust_clump(
    genotypes: Robj,
    ends: Robj,
    inheritance: Robj,
    position_bp: Robj,
    has_p: Robj,
    order: Robj,
    roles: Robj,
    r2: f64,
    reach_bp: f64,
    threads: i32,
    progress: Robj,
) -> Robj {
    with_source(&genotypes, |source| {
        let (has_p, index) = (flags(&has_p), indices(&order));
        let (chromosomes, samples) = (chromosomes_of(&ends, &inheritance), samples_of(&roles));
        let variants = clump::Variants {
            chromosomes: &chromosomes,
            position_bp: position_bp.as_integer_slice().expect("integer positions"),
            has_p: &has_p,
            index: &index,
        };
        let settings = clump::Settings { r2, reach_bp: reach_bp as i64 };
        let clumps = run(threads, &progress, |task| {
            clump::clump(source, variants, &samples, &settings, task)
        })?;
        let members = || {
            clumps.iter().enumerate().flat_map(|(at, clump)| {
                clump.members.iter().map(move |&(variant, r2)| (at, variant, r2))
            })
        };
        Ok(list!(
            index = clumps.iter().map(|clump| clump.index as i32 + 1).collect_robj(),
            clump = members().map(|(at, _, _)| at as i32 + 1).collect_robj(),
            variant = members().map(|(_, variant, _)| variant as i32 + 1).collect_robj(),
            r2 = members().map(|(_, _, r2)| r2).collect_robj()
        )
        .into())
    })
}

/// Chromosomes from the last variant (from 1) and the inheritance of each.
fn chromosomes_of(ends: &Robj, inheritance: &Robj) -> Vec<ld_prune::Chromosome> {
    let with_kind = runs_of(ends).into_iter().zip(inheritance_of(inheritance));
    with_kind
        .map(|(variants, inheritance)| ld_prune::Chromosome { variants, inheritance })
        .collect()
}

/// Runs of variants from the last one of each, from 1.
fn runs_of(ends: &Robj) -> Vec<std::ops::Range<usize>> {
    let ends: Vec<usize> = indices(ends).iter().map(|&last| last as usize + 1).collect();
    let starts = std::iter::once(0).chain(ends.iter().copied());
    starts.zip(&ends).map(|(start, &end)| start..end).collect()
}

/// Pairs of samples (positions from 1) with kinship, whether by identity by state, kinship as
/// cut-offs take it, and number of variants; and statistics of all pairs.
#[extendr]
fn rust_kinship(
    genotypes: Robj,
    variants: Robj,
    min_kinship: f64,
    max_pairs: f64,
    threads: i32,
    progress: Robj,
) -> Robj {
    with_source(&genotypes, |source| {
        let variants = indices(&variants);
        let settings = kinship::Settings { min_kinship, max_pairs: max_pairs as usize };
        let kinship::Kinship { pairs, summary } =
            run(threads, &progress, |task| kinship::kinship(source, &variants, &settings, task))?;
        let known = |value: f64| (!value.is_nan()).then_some(value);
        Ok(list!(
            first = pairs.iter().map(|pair| pair.first as i32 + 1).collect_robj(),
            second = pairs.iter().map(|pair| pair.second as i32 + 1).collect_robj(),
            kinship = doubles(pairs.iter().map(|pair| known(pair.kinship))),
            is_ibs = pairs.iter().map(|pair| pair.method == kinship::Method::Ibs).collect_robj(),
            comparable = doubles(pairs.iter().map(|pair| known(pair.comparable()))),
            n_variants = pairs.iter().map(|pair| pair.n_variants as i32).collect_robj(),
            n_pairs = summary.n_pairs as f64,
            n_ibs = summary.n_ibs as f64,
            n_unknown = summary.n_unknown as f64,
            n_thin = summary.n_thin as f64,
            most_king = summary.most_king,
            most_ibs = summary.most_ibs
        )
        .into())
    })
}

/// Which of `n_samples` samples stay, given related pairs (positions from 1).
#[extendr]
fn rust_unrelated(n_samples: i32, first: Robj, second: Robj) -> Robj {
    guard(|| {
        let pairs: Vec<(u32, u32)> = indices(&first).into_iter().zip(indices(&second)).collect();
        Ok(unrelated(n_samples as usize, &pairs).into_iter().collect_robj())
    })
}

/// `fst` and `std_error` of pairs, n_populations x n_populations. `population`: codes from 1;
/// `haploid` samples have one allele everywhere, `male` ones on X and Y.
#[extendr]
#[allow(clippy::too_many_arguments)]
fn rust_pairwise_fst(
    genotypes: Robj,
    population: Robj,
    n_populations: i32,
    inheritance: Robj,
    male: Robj,
    haploid: Robj,
    most_blocks: i32,
    threads: i32,
    progress: Robj,
) -> Robj {
    with_source(&genotypes, |source| {
        let codes: Vec<u16> = indices(&population).iter().map(|&code| code as u16).collect();
        let (k, blocks) = (n_populations as usize, most_blocks as usize);
        let (kinds, male, haploid) = (inheritance_of(&inheritance), flags(&male), flags(&haploid));
        let ploidy = fst::Ploidy { inheritance: &kinds, male: &male, haploid: &haploid };
        let found = run(threads, &progress, |task| {
            fst::pairwise_fst(source, &codes, k, ploidy, blocks, task)
        })?;
        Ok(list!(fst = r_columns(&found.fst, k), std_error = r_columns(&found.std_error, k)).into())
    })
}

extendr_module! {
    mod qc;
    fn rust_variant_stats;
    fn rust_sample_stats;
    fn rust_prune_ld;
    fn rust_clump;
    fn rust_kinship;
    fn rust_unrelated;
    fn rust_pairwise_fst;
}
