//! All components, from the Gram matrix `X X'` in double precision.
//!
//! Memory: a few matrices of n_samples x n_samples and one block
//! of variants.

use crate::error::Result;
use crate::linalg::dense::symmetric_eigen;
use crate::pca::noise::Bulk;
use crate::pca::noise::Spectrum;
use crate::pca::products::block::GenotypeBlock;
use crate::pca::products::block_product::StandardizedGenotypes;
use crate::pca::products::block_product::Workspace;
use crate::pca::products::block_product::sum_over_variants;
use crate::pca::products::block_product::times_row;
use crate::pca::products::packed_lookup::PER_WORD;
use crate::pca::products::packed_lookup::Row;
use crate::task::Task;
use faer::Mat;
use rayon::prelude::*;
use std::sync::mpsc;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

/// Sixteen columns of the Gram matrix, from the first row that meets the diagonal.
type Panel = Vec<Row<f64, PER_WORD>>;

/// How often a long decomposition checks whether it was canceled.
const PATIENCE: Duration = Duration::from_millis(50);

/// The `num_comp` leading left singular vectors of X, n_samples x k, strongest
/// first, and the spectrum of `X X'`; k is smaller if X has lower rank.
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is canceled. The
/// decomposition itself cannot be stopped: it is left to end on a thread of its
/// own, and its result is dropped.
pub fn leading_vectors(
    genotypes: &StandardizedGenotypes<'_>,
    num_comp: usize,
    task: &Task,
) -> Result<(Mat<f64>, Spectrum)> {
    leading_vectors_of(gram(genotypes, task)?, num_comp, task)
}

/// The same from the lower triangle of `X X'`.
///
/// # Errors
/// As [`leading_vectors`].
pub fn leading_vectors_of(
    gram: Mat<f64>,
    num_comp: usize,
    task: &Task,
) -> Result<(Mat<f64>, Spectrum)> {
    let n_samples = gram.nrows();
    task.begin("decomposing the Gram matrix", 0)?;
    let (values, vectors) = unless_canceled(task, move || symmetric_eigen(gram.as_ref()))??;
    let floor = values[0] * n_samples as f64 * f64::EPSILON;
    let rank = values.iter().take_while(|&&value| value > floor).count();
    let k = num_comp.min(rank);
    // Of n eigenvalues one is 0: the columns of X are centered.
    let others = values[k..].iter().map(|value| value.max(0.0));
    let rest = Bulk {
        n: n_samples - 1 - k.min(n_samples - 1),
        sum: others.clone().sum(),
        sum_of_squares: others.map(|value| value * value).sum(),
    };
    Ok((vectors.subcols(0, k).to_owned(), Spectrum { leading: values[..k].to_vec(), rest }))
}

/// Lower triangle of `X X'`; entries above the diagonal are undefined.
///
/// # Errors
/// [`crate::error::Error::Interrupted`] if the task is canceled.
pub fn gram(genotypes: &StandardizedGenotypes<'_>, task: &Task) -> Result<Mat<f64>> {
    let (n_samples, n_variants) = (genotypes.source.n_samples(), genotypes.source.n_variants());
    let n_groups = n_samples.div_ceil(PER_WORD);
    let empty = |group: usize| vec![Row::default(); (n_groups - group) * PER_WORD];
    let mut panels: Vec<Panel> = (0..n_groups).map(empty).collect();
    let length = genotypes.block_length();
    task.begin("computing the Gram matrix", (n_variants.div_ceil(length) * n_groups) as u64)?;
    let mut block = GenotypeBlock::new();
    for first in (0..n_variants).step_by(length) {
        block.load(genotypes.source, first..n_variants.min(first + length));
        block.transpose();
        panels.par_iter_mut().enumerate().try_for_each_init(
            Workspace::default,
            |workspace, (group, panel)| {
                add_block(genotypes, &block, group, panel, workspace, task)?;
                task.advance(1)
            },
        )?;
    }
    let entry = |i: usize, j: usize| match i >= j {
        true => panels[j / PER_WORD][i - j / PER_WORD * PER_WORD].0[j % PER_WORD],
        false => 0.0,
    };
    Ok(Mat::from_fn(n_samples, n_samples, entry))
}

/// The contribution of a block of variants to the columns of one group of samples.
fn add_block(
    genotypes: &StandardizedGenotypes<'_>,
    block: &GenotypeBlock,
    group: usize,
    panel: &mut Panel,
    workspace: &mut Workspace<f64, PER_WORD>,
    task: &Task,
) -> Result<()> {
    let codes = block.by_samples(group);
    let value = |variant: usize| {
        let by_code = genotypes.by_code(block.first_variant() + variant);
        let scale = genotypes.scale[block.first_variant() + variant];
        let of = |sample: usize| {
            let remainder = block.remainder(variant, group * PER_WORD + sample);
            by_code[(codes[variant] >> (2 * sample) & 3) as usize] + remainder * scale
        };
        times_row(by_code, &Row(std::array::from_fn(of)))
    };
    sum_over_variants(block, group, panel, value, workspace, task)
}

/// Runs `work` on a thread of its own and stops waiting for it when the task is canceled.
fn unless_canceled<T: Send + 'static>(
    task: &Task,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    let (sender, receiver) = mpsc::channel();
    let worker = std::thread::spawn(move || {
        // The receiver is gone if the task was canceled.
        let _ = sender.send(work());
    });
    loop {
        match receiver.recv_timeout(PATIENCE) {
            Ok(result) => return Ok(result),
            Err(RecvTimeoutError::Timeout) => task.check()?,
            Err(RecvTimeoutError::Disconnected) => match worker.join() {
                Ok(()) => unreachable!("a worker that ends has sent its result"),
                Err(panic) => std::panic::resume_unwind(panic),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    #[test]
    fn a_canceled_task_does_not_wait_for_the_work_to_end() {
        let task = Task::new();
        task.cancel();
        let (release, wait) = mpsc::channel::<()>();
        let got = unless_canceled(&task, move || wait.recv());
        assert!(matches!(got, Err(Error::Interrupted)));
        drop(release);
    }

    #[test]
    fn work_that_ends_is_handed_over() {
        assert_eq!(unless_canceled(&Task::new(), || 7).unwrap(), 7);
    }

    #[test]
    #[should_panic(expected = "a broken promise")]
    fn a_panic_of_the_work_is_passed_on() {
        let _ = unless_canceled(&Task::new(), || panic!("a broken promise"));
    }
}
