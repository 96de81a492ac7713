//! Recalibration of posteriors.

use crate::answer::guard;
use crate::convert::entry;
use crate::convert::flags;
use crate::convert::integers;
use crate::convert::items;
use crate::convert::numbers;
use crate::convert::positions;
use crate::convert::r_columns;
use crate::population_tree::tree_of;
use extendr_api::prelude::*;
use forebear_core::local_ancestry::calibration::log_evidence::log_evidence;
use forebear_core::local_ancestry::calibration::node_curves;
use forebear_core::local_ancestry::calibration::node_curves::NodeCurves;
use forebear_core::local_ancestry::calibration::node_curves::People;
use forebear_core::local_ancestry::calibration::recalibration::Curve;
use forebear_core::local_ancestry::calibration::sample_scores::sample_scores;
use forebear_core::local_ancestry::calibration::truth::Segment;
use forebear_core::local_ancestry::calibration::truth::exchanged;
use forebear_core::local_ancestry::calibration::truth::window_truth;

/// Proportions of each population, (haplotypes x windows) x n_populations, windows of a haplotype one
/// below the other. `truth`: haplotype (of any numbering), start_bp, end_bp, population (from 1).
#[extendr]
fn rust_window_truth(
    truth: Robj,
    haplotypes: Robj,
    n_variants: Robj,
    position_bp: Robj,
    n_populations: i32,
) -> Robj {
    guard(|| {
        let whole = |value: &Robj| -> Vec<usize> {
            integers(value).iter().map(|&value| value as usize).collect()
        };
        let (haplotypes, n_variants) = (whole(&haplotypes), whole(&n_variants));
        let (segments, k) = (segments(&truth), n_populations as usize);
        let proportions =
            window_truth(&segments, &haplotypes, &n_variants, integers(&position_bp), k);
        Ok(r_columns(&proportions, k))
    })
}

/// The truth of samples whose haplotypes are exchanged, in the columns of `truth`: haplotype
/// (2 sample - 1 or 2 sample), start_bp, end_bp, population (from 1), of one chromosome.
/// `switches`: `sample` (from 1), `position_bp` of the first variant after each.
#[extendr]
fn rust_flip_segments(truth: Robj, switches: Robj, n_samples: i32) -> Robj {
    guard(|| {
        let mut segments = segments(&truth);
        segments.iter_mut().for_each(|segment| segment.haplotype -= 1);
        let mut own = vec![Vec::new(); n_samples as usize];
        let position = entry(&switches, "position_bp");
        for (sample, &position) in
            positions(&entry(&switches, "sample")).into_iter().zip(integers(&position))
        {
            own[sample].push(position);
        }
        own.iter_mut().for_each(|own| own.sort_unstable());
        Ok(segments_list(&exchanged(&segments, &own)))
    })
}

fn segments_list(segments: &[Segment]) -> Robj {
    let column = |value: fn(&Segment) -> i32| segments.iter().map(value).collect::<Vec<i32>>();
    list!(
        haplotype = column(|segment| segment.haplotype as i32 + 1),
        start_bp = column(|segment| segment.start_bp),
        end_bp = column(|segment| segment.end_bp),
        population = column(|segment| segment.population as i32 + 1)
    )
    .into()
}

fn segments(truth: &Robj) -> Vec<Segment> {
    let column = |name| entry(truth, name);
    let (haplotype, population) = (column("haplotype"), column("population"));
    let (start, end) = (column("start_bp"), column("end_bp"));
    let places = integers(&start).iter().zip(integers(&end));
    let segments = integers(&haplotype).iter().zip(integers(&population)).zip(places);
    segments
        .map(|((&haplotype, &population), (&start_bp, &end_bp))| Segment {
            haplotype: haplotype as usize,
            start_bp,
            end_bp,
            population: population as usize - 1,
        })
        .collect()
}

/// Of calls of windows (`calls_list()`), in blocks of them (from 1): `sum` of log P(population),
/// n_samples x n_populations x n_blocks, and `n`, n_samples x n_blocks.
#[extendr]
fn rust_log_evidence(calls: Robj, n_populations: i32, block: Robj, n_blocks: i32) -> Robj {
    guard(|| {
        let (label, probability) = (entry(&calls, "label"), entry(&calls, "probability"));
        let is_known: Vec<bool> = integers(&label).iter().map(|&label| label != i32::MIN).collect();
        let (blocks, k) = (n_blocks as usize, n_populations as usize);
        let found = log_evidence(numbers(&probability), &is_known, &positions(&block), blocks, k);
        Ok(list!(sum = found.sum, n = r_columns(&found.n, blocks)).into())
    })
}

/// Sums over the variants of each sample, n_samples x n_powers or n_populations: `log_likelihood`,
/// `variants`, `right`. `posterior`, `truth`: windows x n_populations, those of a sample one below
/// the other; `n_variants` of the windows of a haplotype.
#[extendr]
fn rust_sample_scores(
    posterior: Robj,
    truth: Robj,
    n_variants: Robj,
    n_haplotypes: i32,
    powers: Robj,
) -> Robj {
    guard(|| {
        let (values, k) = ((numbers(&posterior), numbers(&truth)), posterior.ncols());
        let (n_variants, powers) = (numbers(&n_variants), numbers(&powers));
        let scores = sample_scores(values, n_variants, n_haplotypes as usize, k, powers);
        Ok(list!(
            log_likelihood = r_columns(&scores.log_likelihood, powers.len()),
            variants = r_columns(&scores.variants, k),
            right = r_columns(&scores.right, k)
        )
        .into())
    })
}

/// Curves of the nodes of a tree. `posterior`, `truth`: windows x n_populations; `people`: see
/// `people_of()`; `parent`: of the tree; `members`: of the panel, by population; `settings`: powers,
/// edges, penalty, dominance, n_rates, least_members.
#[extendr]
fn rust_fit_node_curves(
    posterior: Robj,
    truth: Robj,
    people: Robj,
    parent: Robj,
    members: Robj,
    settings: Robj,
) -> Robj {
    guard(|| {
        let number = |name| numbers(&entry(&settings, name)).to_vec();
        let given = node_curves::Settings {
            powers: number("powers"),
            edges: number("edges"),
            penalty: number("penalty")[0],
            dominance: number("dominance"),
            n_rates: number("n_rates")[0] as usize,
            least_members: number("least_members")[0] as usize,
        };
        let members: Vec<usize> = integers(&members).iter().map(|&n| n as usize).collect();
        let known = (numbers(&posterior), numbers(&truth));
        let fitted = with_people(&people, |people| {
            node_curves::fit(people, known, &tree_of(&parent), &members, &given)
        });
        let curves = fitted.curves.iter();
        let curves = curves.map(|c| list!(posterior = &c.posterior, frequency = &c.frequency));
        Ok(list!(
            power = fitted.power,
            rate_edges = fitted.rate_edges,
            dominance = fitted.dominance,
            curves = List::from_values(curves),
            most = fitted.most,
            limited = fitted.limited
        )
        .into())
    })
}

/// Posteriors, windows x n_populations, by such curves.
#[extendr]
fn rust_apply_node_curves(posterior: Robj, people: Robj, parent: Robj, curves: Robj) -> Robj {
    guard(|| {
        let number = |name| numbers(&entry(&curves, name)).to_vec();
        let column = |curve: &Robj, name| numbers(&entry(curve, name)).to_vec();
        let fitted = NodeCurves {
            power: number("power")[0],
            rate_edges: number("rate_edges"),
            dominance: number("dominance"),
            curves: items(&entry(&curves, "curves"))
                .iter()
                .map(|curve| Curve {
                    posterior: column(curve, "posterior"),
                    frequency: column(curve, "frequency"),
                })
                .collect(),
            most: number("most"),
            limited: flags(&entry(&curves, "limited")),
        };
        let mut out = RMatrix::<f64>::new(posterior.nrows(), posterior.ncols());
        out.data_mut().copy_from_slice(numbers(&posterior));
        with_people(&people, |people| {
            fitted.apply(people, out.data_mut(), &tree_of(&parent));
        });
        Ok(out.into())
    })
}

/// `n_rows` and `switch_rate` of each person, `proportions` (n_populations x n_people).
fn with_people<T>(list: &Robj, work: impl FnOnce(&People<'_>) -> T) -> T {
    let (proportions, switch_rate) = (entry(list, "proportions"), entry(list, "switch_rate"));
    let mut rows = vec![0];
    for &n in integers(&entry(list, "n_rows")) {
        rows.push(rows[rows.len() - 1] + n as usize);
    }
    work(&People {
        rows: &rows,
        proportions: numbers(&proportions),
        switch_rate: numbers(&switch_rate),
    })
}

extendr_module! {
    mod recalibration;
    fn rust_window_truth;
    fn rust_flip_segments;
    fn rust_sample_scores;
    fn rust_log_evidence;
    fn rust_fit_node_curves;
    fn rust_apply_node_curves;
}
