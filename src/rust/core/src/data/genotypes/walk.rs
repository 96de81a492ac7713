//! One pass over the variants of a source, for those who write them.

use crate::data::genotypes::genotype::GenotypeSource;
use crate::error::Result;
use crate::task::Task;

/// Calls `work` with every variant and its codes, as [`GenotypeSource::packed`] gives them. After
/// each `block` of variants their memory is released, progress is reported, and the task may stop.
///
/// # Errors
/// Those of `work`; [`crate::error::Error::Interrupted`] if the task is canceled.
pub fn each_packed(
    source: &dyn GenotypeSource,
    block: usize,
    task: &Task,
    mut work: impl FnMut(usize, &[u8]) -> Result<()>,
) -> Result<()> {
    let mut scratch = Vec::new();
    for variant in 0..source.n_variants() {
        work(variant, source.packed(variant, &mut scratch))?;
        if (variant + 1) % block == 0 {
            source.release(variant + 1 - block..variant + 1);
            task.advance(block as u64)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::genotypes::genotype::PackedGenotypes;

    #[test]
    fn every_variant_comes_once_in_order_until_the_task_is_stopped() {
        let genotypes = PackedGenotypes::from_copies(3, 10, |s, v| Some(((s + v) % 3) as u8));
        let (task, mut seen) = (Task::new(), Vec::new());
        let mut scratch = Vec::new();
        each_packed(&genotypes, 4, &task, |variant, packed| {
            assert_eq!(packed, genotypes.packed(variant, &mut scratch));
            seen.push(variant);
            Ok(())
        })
        .unwrap();
        assert_eq!(seen, (0..10).collect::<Vec<_>>());
        task.cancel();
        let mut n = 0;
        let stopped = each_packed(&genotypes, 4, &task, |_, _| {
            n += 1;
            Ok(())
        });
        assert!(stopped.is_err());
        assert_eq!(n, 4);
    }
}
