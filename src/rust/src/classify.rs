//! Nearest neighbors and linear support vector machines.

use crate::answer::guard;
use crate::convert::entry;
use crate::convert::indices;
use crate::convert::numbers;
use crate::convert::r_matrix;
use crate::convert::row_major;
use crate::run::run;
use extendr_api::prelude::*;
use forebear_core::classify::LinearSvm;
use forebear_core::classify::nearest_neighbors;
use forebear_core::classify::probabilities;
use forebear_core::classify::train;
use forebear_core::linalg::folds::stratified_folds;
use forebear_core::svm::platt::Sigmoid;

fn codes(class: &Robj) -> Vec<u16> {
    indices(class).into_iter().map(|code| u16::try_from(code).expect("a small code")).collect()
}

/// Neighbors of each new sample by class, and the place of the first of each class.
#[extendr]
#[allow(clippy::too_many_arguments)]
fn rust_nearest_neighbors(
    training: Robj,
    class: Robj,
    n_classes: i32,
    new: Robj,
    k: i32,
    threads: i32,
    progress: Robj,
) -> Robj {
    guard(|| {
        let (training, class, new) = (row_major(&training), codes(&class), row_major(&new));
        let (n_classes, k) = (n_classes as usize, k as usize);
        let near = run(threads, &progress, |task| {
            nearest_neighbors(training.view(), &class, n_classes, new.view(), k, task)
        })?;
        let (count, first) = (r_matrix(near.count.as_ref()), r_matrix(near.first.as_ref()));
        Ok(list!(count = count, first = first).into())
    })
}

/// Trains a linear SVM per pair of classes.
#[extendr]
#[allow(clippy::too_many_arguments)]
fn rust_linear_svm(
    scores: Robj,
    class: Robj,
    n_classes: i32,
    cost: f64,
    seed: f64,
    threads: i32,
    progress: Robj,
) -> Robj {
    guard(|| {
        let (scores, class, n_classes) = (row_major(&scores), codes(&class), n_classes as usize);
        let svm = run(threads, &progress, |task| {
            train(scores.view(), &class, n_classes, cost, seed as u64, task)
        })?;
        let slope: Vec<f64> = svm.sigmoid.iter().map(|sigmoid| sigmoid.slope).collect();
        let offset: Vec<f64> = svm.sigmoid.iter().map(|sigmoid| sigmoid.offset).collect();
        Ok(list!(
            weights = RMatrix::new_matrix(svm.weights.nrows(), svm.weights.ncols(), |i, j| {
                svm.weights[(i, j)]
            }),
            bias = svm.bias,
            slope = slope,
            offset = offset,
            n_not_converged = svm.n_not_converged as i32
        )
        .into())
    })
}

/// Probabilities of the classes (samples x classes).
#[extendr]
fn rust_svm_probabilities(
    scores: Robj,
    svm: Robj,
    n_classes: i32,
    threads: i32,
    progress: Robj,
) -> Robj {
    guard(|| {
        let (scores, svm, n_classes) = (row_major(&scores), svm_of(&svm), n_classes as usize);
        let probabilities =
            run(threads, &progress, |task| probabilities(scores.view(), &svm, n_classes, task))?;
        Ok(r_matrix(probabilities.as_ref()))
    })
}

fn svm_of(list: &Robj) -> LinearSvm {
    let column = |name| numbers(&entry(list, name)).to_vec();
    let sigmoid = |(slope, offset)| Sigmoid { slope, offset };
    LinearSvm {
        weights: row_major(&entry(list, "weights")),
        bias: column("bias"),
        sigmoid: column("slope").into_iter().zip(column("offset")).map(sigmoid).collect(),
        n_not_converged: 0,
    }
}

/// A fold (from 1) for every sample, balanced in every class.
#[extendr]
fn rust_stratified_folds(class: Robj, folds: i32, seed: f64) -> Robj {
    guard(|| {
        let fold = stratified_folds(&codes(&class), folds as usize, seed as u64);
        Ok(fold.into_iter().map(|fold| fold as i32 + 1).collect::<Vec<i32>>().into())
    })
}

extendr_module! {
    mod classify;
    fn rust_nearest_neighbors;
    fn rust_linear_svm;
    fn rust_svm_probabilities;
    fn rust_stratified_folds;
}
