//! One window of a panel: string kernels of all haplotypes, and the SVMs that are trained jointly.

use criterion::Criterion;
use criterion::Throughput;
use forebear_core::data::haplotypes::window_rows::WindowRows;
use forebear_core::local_ancestry::windows::kernel::Kernel;
use forebear_core::local_ancestry::windows::kernel::kernel_matrix;
use forebear_core::svm::least_squares::solve;

/// (haplotypes, variants)
const KERNELS: [(usize, usize); 4] = [(500, 60), (1000, 60), (1000, 150), (2000, 60)];

/// (haplotypes, populations)
const JOINT_SVMS: [(usize, usize); 4] = [(500, 4), (500, 25), (1000, 4), (2000, 4)];

pub fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("window");
    group.sample_size(10);
    for (n, n_variants) in KERNELS {
        let rows = rows(n, n_variants);
        group.throughput(Throughput::Elements((n * n) as u64));
        group.bench_function(
            format!("string_kernel/haplotypes={n}/variants={n_variants}"),
            |bencher| {
                bencher.iter(|| kernel_matrix(Kernel::String, &rows));
            },
        );
    }
    for (n, k) in JOINT_SVMS {
        let kernel = kernel_matrix(Kernel::String, &rows(n, 60));
        let kind: Vec<u32> = (0..n as u32).collect();
        let population: Vec<u16> = (0..n).map(|row| (row % k) as u16).collect();
        let weight = vec![1.0; n];
        group.throughput(Throughput::Elements(n as u64));
        group.bench_function(format!("joint_svms/haplotypes={n}/populations={k}"), |bencher| {
            bencher
                .iter(|| solve(&kernel, &kind, &population, k, &weight, 10.0).expect("a factor"));
        });
    }
    group.finish();
}

/// Copies of 60 founders with some alleles changed, from a multiplicative generator.
fn rows(n: usize, n_variants: usize) -> WindowRows {
    let mut state = 1_u64;
    let mut next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    let founders: Vec<Vec<u64>> =
        (0..60).map(|_| (0..n_variants).map(|_| next() % 2).collect()).collect();
    let mut rows = WindowRows::new(n_variants);
    let full = rows.full_row();
    for _ in 0..n {
        let founder = &founders[next() as usize % 60];
        let mut words = vec![0_u64; full.len()];
        for (place, allele) in founder.iter().enumerate() {
            let changed = u64::from(next() % 20 == 0);
            words[place / 64] |= (allele ^ changed) << (place % 64);
        }
        rows.push(&words, &full);
    }
    rows
}
