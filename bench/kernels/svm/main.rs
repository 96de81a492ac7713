//! Kernels and SVMs of one window, timed beside a naive byte loop.
//!
//! `svm FILE KERNELS COST TOLERANCE`: FILE holds the number of haplotypes and of variants (u32,
//! little-endian), a population per haplotype (u8) and the alleles, row by row (u8). Writes the
//! kernel matrix (f32) to KERNELS and prints, in nanoseconds of this process on a processor, each
//! a mean over repetitions: `kernel NS` and `naive NS` for the whole matrix, `pairs NS` for the
//! SVMs of all pairs of populations, rows taken from the kernel matrix included; then for every
//! pair `pair FIRST SECOND OBJECTIVE`.

use forebear_core::data::haplotypes::window_rows::WindowRows;
use forebear_core::local_ancestry::windows::kernel::Kernel;
use forebear_core::local_ancestry::windows::kernel::kernel_matrix;
use forebear_core::svm::smo::Limits;
use forebear_core::svm::smo::solve;
use forebear_core::task::Task;
use std::fs;
use std::hint::black_box;

/// The kernel counts in ticks of some milliseconds, so what is timed is repeated.
const REPETITIONS: u64 = 30;

/// Mean time on a processor of some work; what other programs take does not count.
fn timed<T>(repetitions: u64, work: impl Fn() -> T) -> (T, u64) {
    let mut last = work();
    let start = nanoseconds();
    (0..repetitions).for_each(|_| last = black_box(work()));
    (last, (nanoseconds() - start) / repetitions)
}

/// Time on a processor so far.
fn nanoseconds() -> u64 {
    let text = fs::read_to_string("/proc/self/schedstat").expect("Linux with schedstat");
    let first = text.split_whitespace().next().expect("a number");
    first.parse().expect("nanoseconds")
}

/// What the string kernel takes without a thought: byte after byte.
fn naive(one: &[u8], other: &[u8]) -> u32 {
    let (mut run, mut sum) = (0, 0);
    for (a, b) in one.iter().zip(other) {
        if a == b {
            run += 1;
        } else {
            sum += run * (run + 1) / 2;
            run = 0;
        }
    }
    sum + run * (run + 1) / 2
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, file, kernels, cost, tolerance] = arguments.as_slice() else {
        panic!("svm FILE KERNELS COST TOLERANCE");
    };
    let bytes = fs::read(file).expect("the window");
    let size =
        |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().expect("4 bytes")) as usize;
    let (n, n_variants) = (size(0), size(4));
    let (population, alleles) = bytes[8..].split_at(n);
    let haplotypes: Vec<&[u8]> = alleles.chunks_exact(n_variants).collect();
    let mut rows = WindowRows::new(n_variants);
    let full = rows.full_row();
    for haplotype in &haplotypes {
        let mut words = vec![0_u64; full.len()];
        let bits = haplotype.iter().enumerate();
        bits.for_each(|(place, &bit)| words[place / 64] |= u64::from(bit) << (place % 64));
        rows.push(&words, &full);
    }

    let (matrix, spent) = timed(REPETITIONS, || kernel_matrix(Kernel::String, &rows));
    println!("kernel {spent}");
    let compare = || -> u64 {
        let row =
            |one: &&[u8]| haplotypes.iter().map(|other| u64::from(naive(one, other))).sum::<u64>();
        haplotypes.iter().map(|one| row(one)).sum()
    };
    println!("naive {}", timed(1, compare).1);
    let values = (0..n).flat_map(|row| matrix.values(row).iter().flat_map(|k| k.to_le_bytes()));
    fs::write(kernels, values.collect::<Vec<u8>>()).expect("the kernels");

    let cost: f64 = cost.parse().expect("a cost");
    let limits = Limits { tolerance: tolerance.parse().expect("a tolerance"), ..Limits::default() };
    let last = population.iter().copied().max().expect("a haplotype");
    let pairs: Vec<(u8, u8)> =
        (0..last).flat_map(|first| (first + 1..=last).map(move |second| (first, second))).collect();
    let solve_pair = |&(first, second): &(u8, u8)| {
        let is_member = |row: &u32| [first, second].contains(&population[*row as usize]);
        let member: Vec<u32> = (0..n as u32).filter(is_member).collect();
        let sign = |&row: &u32| if population[row as usize] == first { 1.0 } else { -1.0 };
        let sign: Vec<f64> = member.iter().map(sign).collect();
        let (kernel, bound) = (matrix.choose(&member), vec![cost; member.len()]);
        let solution =
            solve(&kernel, &sign, &bound, &limits, &Task::new()).expect("no one stops it");
        assert!(solution.converged, "the tolerance is reached");
        solution.objective
    };
    let all = || pairs.iter().map(solve_pair).collect::<Vec<f64>>();
    let (objectives, spent) = timed(REPETITIONS, all);
    println!("pairs {spent}");
    for ((first, second), objective) in pairs.iter().zip(objectives) {
        println!("pair {first} {second} {objective:.12e}");
    }
}
