//! Genotype counts of every variant.

use crate::simulated;
use criterion::Criterion;
use criterion::Throughput;
use forebear_core::data::genotypes::counts::count_genotypes;
use forebear_core::task::Task;
use rayon::ThreadPoolBuilder;
use std::hint::black_box;

/// (n_samples, n_variants)
const SIZES: [(usize, usize); 3] = [(2504, 1000), (2504, 10_000), (10_000, 1000)];

pub fn bench(criterion: &mut Criterion) {
    let pool = ThreadPoolBuilder::new().num_threads(1).build().expect("a pool of one thread");
    let mut group = criterion.benchmark_group("genotype_counts");
    for (n_samples, n_variants) in SIZES {
        let genotypes = simulated::genotypes(n_samples, n_variants);
        group.throughput(Throughput::Elements((n_samples * n_variants) as u64));
        group.bench_function(format!("samples={n_samples}/variants={n_variants}"), |bencher| {
            pool.install(|| bencher.iter(|| count_genotypes(black_box(&genotypes), &Task::new())));
        });
    }
    group.finish();
}
