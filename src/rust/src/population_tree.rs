//! Sums of posteriors over a population tree, along haplotypes and over samples.

use crate::answer::guard;
use crate::convert::entry;
use crate::convert::indices;
use crate::convert::integers;
use crate::convert::items;
use crate::convert::numbers;
use crate::convert::positions;
use crate::convert::r_columns;
use crate::run::run;
use extendr_api::prelude::*;
use forebear_core::local_ancestry::calibration::segments::Segment;
use forebear_core::local_ancestry::calibration::segments::segments;
use forebear_core::local_ancestry::calibration::sums::Block;
use forebear_core::local_ancestry::calibration::sums::Pieces;
use forebear_core::local_ancestry::calibration::tree::Tree;

/// Values of all nodes, n_rows x n_nodes. `parent`: from 1, `NA` for the root, which is first;
/// `leaves`: a numeric vector for each leaf.
#[extendr]
fn rust_node_sums(parent: Robj, leaves: Robj) -> Robj {
    guard(|| {
        let (tree, leaves) = (tree_of(&parent), items(&leaves));
        let sums = tree.sums(&columns_of(&leaves));
        Ok(r_columns(&sums, tree.n_nodes()))
    })
}

/// `node` (from 1) and `probability` of each row, `NA` where only the root is probable enough.
#[extendr]
fn rust_lowest_nodes(parent: Robj, leaves: Robj, threshold: f64, progress: Robj) -> Robj {
    guard(|| {
        let (tree, leaves) = (tree_of(&parent), items(&leaves));
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
        let probability = found.iter().map(|segment| known_or_na(segment.probability));
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
        let copies: Vec<f64> = block.copies().into_iter().map(known_or_na).collect();
        r_columns(&copies, block.n_samples)
    })
}

/// Sums of posterior times length, (n_samples x n_parts) x n_nodes. `pieces`: `row` (position in
/// the columns), `sample` and `part` of each, from 1, and `length`.
#[extendr]
fn rust_ancestry_lengths(
    parent: Robj,
    columns: Robj,
    pieces: Robj,
    n_samples: i32,
    n_parts: i32,
) -> Robj {
    guard(|| {
        let (tree, columns) = (tree_of(&parent), items(&columns));
        let (row, length) = (indices(&entry(&pieces, "row")), entry(&pieces, "length"));
        let pieces = Pieces {
            row: &row,
            sample: &positions(&entry(&pieces, "sample")),
            part: &positions(&entry(&pieces, "part")),
            length: numbers(&length),
        };
        let (n_samples, n_parts) = (n_samples as usize, n_parts as usize);
        let sums = pieces.lengths(&columns_of(&columns), &tree, n_samples, n_parts);
        Ok(r_columns(&sums, tree.n_nodes()))
    })
}

/// `row`: n_windows x n_haplotypes, positions in the columns; `sample` of each haplotype; both from
/// 1; `n_samples`.
fn with_block(columns: &Robj, block: &Robj, work: impl FnOnce(&Block<'_>) -> Robj) -> Robj {
    guard(|| {
        let columns = items(columns);
        let (row, sample) = (indices(&entry(block, "row")), positions(&entry(block, "sample")));
        let n_samples = integers(&entry(block, "n_samples"))[0] as usize;
        let columns = columns_of(&columns);
        Ok(work(&Block { columns: &columns, row: &row, sample: &sample, n_samples }))
    })
}

pub fn tree_of(parent: &Robj) -> Tree {
    Tree::new(integers(parent)[1..].iter().map(|&above| above as usize - 1).collect())
}

fn columns_of(columns: &[Robj]) -> Vec<&[f64]> {
    columns.iter().map(numbers).collect()
}

fn known_or_na(value: f64) -> f64 {
    if value.is_nan() { f64::na() } else { value }
}

extendr_module! {
    mod population_tree;
    fn rust_node_sums;
    fn rust_lowest_nodes;
    fn rust_segments;
    fn rust_ancestry_copies;
    fn rust_ancestry_lengths;
}
