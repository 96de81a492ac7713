//! The pair HMM on hard labels: what each sample and window costs.

use criterion::Criterion;
use criterion::Throughput;
use forebear_core::local_ancestry::pair_hmm::chromosome::Chromosome;
use forebear_core::local_ancestry::pair_hmm::chromosome::Sample;
use forebear_core::local_ancestry::pair_hmm::decode::decode;
use forebear_core::local_ancestry::pair_hmm::decode::log_likelihoods;
use forebear_core::local_ancestry::pair_hmm::fit::Settings;
use forebear_core::local_ancestry::pair_hmm::fit::fit;
use forebear_core::local_ancestry::pair_hmm::observations::Observations;
use forebear_core::local_ancestry::pair_hmm::parameters::Parameters;
use forebear_core::task::Task;
use rayon::ThreadPoolBuilder;

/// (windows, populations)
const SIZES: [(usize, usize); 4] = [(1000, 4), (1000, 10), (2000, 10), (1000, 25)];

const N_SAMPLES: usize = 4;

pub fn bench(criterion: &mut Criterion) {
    let pool = ThreadPoolBuilder::new().num_threads(1).build().expect("a pool of one thread");
    let mut group = criterion.benchmark_group("pair_hmm");
    group.sample_size(10);
    for (n_windows, k) in SIZES {
        let chromosome = chromosome(n_windows, k);
        let sets = [parameters(k)];
        let sizes = format!("windows={n_windows}/populations={k}/samples={N_SAMPLES}");
        group.throughput(Throughput::Elements((N_SAMPLES * n_windows) as u64));
        group.bench_function(format!("log_likelihood/{sizes}"), |bencher| {
            pool.install(|| bencher.iter(|| log_likelihoods(&sets, &chromosome, &Task::new())));
        });
        group.bench_function(format!("decode/{sizes}"), |bencher| {
            let weights = [1.0; N_SAMPLES];
            pool.install(|| bencher.iter(|| decode(&sets, &weights, &chromosome, &Task::new())));
        });
        // Two E steps: before the only iteration and after it.
        let settings = Settings { max_iterations: 1, ..Settings::admixed() };
        let chromosomes = [chromosome];
        group.bench_function(format!("expect_twice/{sizes}"), |bencher| {
            let start = || fit(sets[0].clone(), &chromosomes, &settings, &Task::new());
            pool.install(|| bencher.iter(start));
        });
    }
    group.finish();
}

/// Labels that change every 37 windows.
fn chromosome(n_windows: usize, k: usize) -> Chromosome {
    let labels = (0..2 * N_SAMPLES * n_windows).map(|at| (at / 37 % k) as u16).collect();
    let observations = Observations::hard(labels, n_windows, k).expect("labels below k");
    let samples = (0..N_SAMPLES).map(|i| Sample::Diploid([2 * i, 2 * i + 1])).collect();
    Chromosome::new(observations, None, samples).expect("haplotypes that are there")
}

fn parameters(k: usize) -> Parameters {
    let wrong = 0.1 / (k - 1) as f64;
    let label = (0..k * k).map(|at| if at / k == at % k { 0.9 } else { wrong }).collect();
    Parameters {
        ancestry: vec![1.0 / k as f64; k],
        label,
        reset: vec![0.5; k * k],
        recombination_rate: 0.02,
        switch_rate: 0.02,
    }
}
