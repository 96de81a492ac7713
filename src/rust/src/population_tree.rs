//! Sums of posteriors over a population tree, along haplotypes and over samples.

use crate::answer::guard;
use crate::convert::entry;
use crate::convert::indices;
use crate::convert::integers;
use crate::convert::numbers;
use crate::run::run;
use extendr_api::prelude::*;
use forebear_core::local_ancestry::calibration::segments::Segment;
use forebear_core::local_ancestry::calibration::segments::segments;
use forebear_core::local_ancestry::calibration::sums::Block;
use forebear_core::local_ancestry::calibration::tree::Tree;

/// Values of all nodes, n_rows x n_nodes. `parent`: from 1, `NA` for the root, which is first;
/// `leaves`: a numeric vector for each leaf.
#[extendr]
fn rust_node_sums(parent: Robj, leaves: Robj) -> Robj {
    guard(|| {
        let (tree, leaves) = (tree_of(&parent), parts(&leaves));
        let sums = tree.sums(&columns_of(&leaves));
        Ok(filled(sums, tree.n_nodes()))
    })
}

/// `node` (from 1) and `probability` of each row, `NA` where only the root is probable enough.
#[extendr]
fn rust_lowest_nodes(parent: Robj, leaves: Robj, threshold: f64, progress: Robj) -> Robj {
    guard(|| {
        let (tree, leaves) = (tree_of(&parent), parts(&leaves));
        let columns = columns_of(&leaves);
        let lowest =
            run(1, &progress, |task| tree.lowest_nodes(&columns, threshold, task))?.into_iter();
        let (node, probability): (Vec<Rint>, Vec<Rfloat>) = lowest
            .map(|lowest| match lowest {
                Some((node, probability)) => (Rint::from(node as i32 + 1), probability.into()),
                None => (Rint::na(), Rfloat::na()),
            })
            .unzip();
        let (node, probability) = (Integers::from_values(node), Doubles::from_values(probability));
        Ok(list!(node = node, probability = probability).into())
    })
}

/// `node`, `probability`: n_windows x n_haplotypes, `NA` for none. The answer has one entry for each
/// segment: `haplotype`, `first` and `last` window, from 1, and mean `probability`.
#[extendr]
fn rust_segments(node: Robj, probability: Robj, length: Robj, window: Robj) -> Robj {
    guard(|| {
        let (length, window) = (numbers(&length), integers(&window));
        let found = segments(integers(&node), numbers(&probability), length, window);
        let column = |value: fn(&Segment) -> usize| -> Vec<i32> {
            found.iter().map(|segment| value(segment) as i32 + 1).collect()
        };
        let probability = found.iter().map(|segment| number_or_na(segment.probability));
        Ok(list!(
            haplotype = column(|segment| segment.haplotype),
            first = column(|segment| segment.first),
            last = column(|segment| segment.last),
            probability = Doubles::from_values(probability)
        )
        .into())
    })
}

/// Copies, n_windows x n_samples, `NA` where a sample has no haplotype. `columns`: posteriors of
/// populations that are taken together; `block`: see `with_block()`.
#[extendr]
fn rust_ancestry_copies(columns: Robj, block: Robj) -> Robj {
    with_block(&columns, &block, |block| {
        let known = |copies: f64| if copies.is_nan() { f64::na() } else { copies };
        filled(block.copies().into_iter().map(known).collect(), block.n_samples)
    })
}

/// Sums of posterior times length, (n_samples x n_parts) x n_nodes. `part`: of each window, from 1.
#[extendr]
fn rust_ancestry_lengths(
    parent: Robj,
    columns: Robj,
    block: Robj,
    length: Robj,
    part: Robj,
    n_parts: i32,
) -> Robj {
    with_block(&columns, &block, |block| {
        let (tree, part) = (tree_of(&parent), from_0(&part));
        let sums = block.lengths(&tree, numbers(&length), &part, n_parts as usize);
        filled(sums, tree.n_nodes())
    })
}

/// `row`: n_windows x n_haplotypes, positions in the columns; `sample` of each haplotype; both from
/// 1; `n_samples`.
fn with_block(columns: &Robj, block: &Robj, work: impl FnOnce(&Block<'_>) -> Robj) -> Robj {
    guard(|| {
        let columns = parts(columns);
        let (row, sample) = (indices(&entry(block, "row")), from_0(&entry(block, "sample")));
        let n_samples = integers(&entry(block, "n_samples"))[0] as usize;
        let columns = columns_of(&columns);
        Ok(work(&Block { columns: &columns, row: &row, sample: &sample, n_samples }))
    })
}

fn tree_of(parent: &Robj) -> Tree {
    Tree::new(integers(parent)[1..].iter().map(|&above| above as usize - 1).collect())
}

fn parts(list: &Robj) -> Vec<Robj> {
    list.as_list().expect("a list").values().collect()
}

fn columns_of(columns: &[Robj]) -> Vec<&[f64]> {
    columns.iter().map(numbers).collect()
}

fn from_0(places: &Robj) -> Vec<usize> {
    indices(places).iter().map(|&place| place as usize).collect()
}

fn number_or_na(value: f64) -> Rfloat {
    if value.is_nan() { Rfloat::na() } else { Rfloat::from(value) }
}

fn filled(values: Vec<f64>, n_columns: usize) -> Robj {
    let mut matrix = RMatrix::<f64>::new(values.len() / n_columns, n_columns);
    matrix.data_mut().copy_from_slice(&values);
    matrix.into()
}

extendr_module! {
    mod population_tree;
    fn rust_node_sums;
    fn rust_lowest_nodes;
    fn rust_segments;
    fn rust_ancestry_copies;
    fn rust_ancestry_lengths;
}
