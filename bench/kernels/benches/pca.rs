//! One pass of the randomized method, `X X' W` with a block of full width, and the
//! whole Gram matrix of the exact one.

use crate::simulated;
use criterion::Criterion;
use criterion::Throughput;
use faer::Mat;
use forebear_core::data::genotypes::counts::GenotypeCounts;
use forebear_core::data::genotypes::counts::count_genotypes;
use forebear_core::data::genotypes::genotype::GenotypeSource;
use forebear_core::pca::exact::gram;
use forebear_core::pca::products::block_product::StandardizedGenotypes;
use forebear_core::pca::products::gram_product::WIDTH;
use forebear_core::pca::products::gram_product::gram_times;
use forebear_core::pca::standardize::Scale;
use forebear_core::pca::standardize::Standardization;
use forebear_core::task::Task;
use rayon::ThreadPoolBuilder;

/// (n_samples, n_variants)
const SIZES: [(usize, usize); 3] = [(1000, 10_000), (2504, 10_000), (2504, 20_000)];

pub fn bench(criterion: &mut Criterion) {
    let pool = ThreadPoolBuilder::new().num_threads(1).build().expect("a pool of one thread");
    let mut group = criterion.benchmark_group("pca");
    group.sample_size(10);
    for (n_samples, n_variants) in SIZES {
        let source = simulated::genotypes(n_samples, n_variants);
        let Standardization { center, scale, .. } = standardization(&source);
        let genotypes = StandardizedGenotypes { source: &source, center: &center, scale: &scale };
        let weights =
            Mat::from_fn(n_samples, WIDTH, |row, column| ((row * 7 + column) as f64).sin());
        let sizes = format!("samples={n_samples}/variants={n_variants}");
        group.throughput(Throughput::Elements((n_samples * n_variants) as u64));
        group.bench_function(format!("gram_times/{sizes}/columns={WIDTH}"), |bencher| {
            pool.install(|| {
                bencher.iter(|| gram_times(&genotypes, None, weights.as_ref(), &Task::new()))
            });
        });
        group.bench_function(format!("gram/{sizes}"), |bencher| {
            pool.install(|| bencher.iter(|| gram(&genotypes, &Task::new())));
        });
    }
    group.finish();
}

fn standardization(source: &dyn GenotypeSource) -> Standardization {
    let counts = count_genotypes(source, &Task::new()).expect("no cancellation");
    let frequencies = counts.iter().map(GenotypeCounts::allele_frequency);
    Standardization::from_frequencies(frequencies, Scale::Binomial)
}
