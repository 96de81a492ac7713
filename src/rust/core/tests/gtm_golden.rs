//! Maps against numbers of ugtm 2.3.0; `golden/README.md` says how they were made.

use faer::Mat;
use forebear_core::gtm::Fit;
use forebear_core::gtm::Map;
use forebear_core::gtm::Settings;
use forebear_core::gtm::fit;
use forebear_core::gtm::node_ancestry;
use forebear_core::gtm::node_sums;
use forebear_core::gtm::project;
use forebear_core::gtm::responsibilities;
use forebear_core::task::Task;
use ndarray::Array2;
use std::path::PathBuf;

/// Cases with their iterations.
const CASES: [(&str, usize); 3] = [("iris", 131), ("wine", 83), ("sim20", 41)];

/// Fields of a golden file without its header.
fn golden(name: &str) -> Vec<Vec<String>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    let text = std::fs::read_to_string(&path).expect(name);
    let fields = |line: &str| line.split(',').map(str::to_string).collect();
    text.lines().skip(1).map(fields).collect()
}

/// Numbers of a file from column `first` on.
fn numbers(name: &str, first: usize) -> Array2<f64> {
    let rows = golden(name);
    let width = rows[0].len() - first;
    let entry = |(i, j): (usize, usize)| rows[i][first + j].parse().expect("a number");
    Array2::from_shape_fn((rows.len(), width), entry)
}

fn furthest(got: &Mat<f64>, want: &Array2<f64>) -> f64 {
    assert_eq!(got.shape(), want.dim());
    want.indexed_iter().map(|((i, j), want)| (got[(i, j)] - want).abs()).fold(0.0, f64::max)
}

fn centers(fit: &Fit) -> Array2<f64> {
    Array2::from_shape_fn(fit.centers.shape(), |(i, j)| fit.centers[(i, j)])
}

/// Codes of the labels in sorted order, and how many samples have each.
fn classes(name: &str) -> (Vec<usize>, Vec<f64>) {
    let labels: Vec<String> = golden(name).into_iter().map(|row| row[1].clone()).collect();
    let mut distinct = labels.clone();
    distinct.sort();
    distinct.dedup();
    let codes: Vec<usize> =
        labels.iter().map(|label| distinct.binary_search(label).expect("a label")).collect();
    let size = |class: usize| codes.iter().filter(|&&code| code == class).count() as f64;
    (codes.clone(), (0..distinct.len()).map(size).collect())
}

/// Class map with the priors of a golden file.
fn class_map(scores: &Array2<f64>, map: Map<'_>, name: &str, equal: bool) -> Mat<f64> {
    let (codes, size) = classes(name);
    let member = |i: usize, class: usize| f64::from(u8::from(codes[i] == class));
    let members = Mat::from_fn(codes.len(), size.len(), member);
    let sums = node_sums(scores.view(), map, members.as_ref(), &Task::new()).unwrap();
    let proportion = |size: &f64| if equal { 1.0 } else { size / codes.len() as f64 };
    let prior: Vec<f64> = size.iter().map(proportion).collect();
    let total: f64 = prior.iter().sum();
    let prior: Vec<f64> = prior.iter().map(|prior| prior / total).collect();
    node_ancestry(sums.as_ref(), &size, &prior)
}

#[test]
fn fits_agree_with_ugtm() {
    for (case, iterations) in CASES {
        let file = |kind: &str| format!("{case}_{kind}.csv");
        let scores = numbers(&file("input"), 2);
        let start = Settings { max_iterations: 0, ..Settings::default() };
        let start = fit(scores.view(), &start, &Task::new()).unwrap();
        let want = numbers(&file("Yinit"), 0);
        assert!(
            furthest(&start.centers, &want) < 1e-9,
            "{case}: {}",
            furthest(&start.centers, &want)
        );

        let got = fit(scores.view(), &Settings::default(), &Task::new()).unwrap();
        assert_eq!((got.trace.len(), got.converged), (iterations, true), "{case}");
        let trace = numbers(&file("trace"), 1);
        for (got, want) in got.trace.iter().zip(trace.rows()) {
            assert!((got.criterion - want[0]).abs() < 1e-8, "{case}");
            assert!((got.log_likelihood - want[1]).abs() < 1e-8, "{case}");
            assert!((got.variance / want[2] - 1.0).abs() < 1e-9, "{case}");
        }
        for (got, kind) in [(&got.centers, "Y"), (&got.weights, "W")] {
            let gap = furthest(got, &numbers(&file(kind), 0));
            assert!(gap < 1e-7, "{case} {kind}: {gap}");
        }

        let centers = centers(&got);
        let map = Map { centers: centers.view(), variance: got.variance };
        let placed = project(scores.view(), map, got.nodes.as_ref(), &Task::new()).unwrap();
        let coordinates = numbers(&file("coords"), 0);
        for (sample, want) in coordinates.rows().into_iter().enumerate() {
            for axis in 0..2 {
                assert!((placed.means[(sample, axis)] - want[axis]).abs() < 1e-7, "{case}");
                let mode = got.nodes[(placed.mode[sample], axis)];
                assert!((mode - want[2 + axis]).abs() < 1e-12, "{case}: mode of {sample}");
            }
        }
        let first = scores.slice(ndarray::s![..20, ..]);
        let responsibilities = responsibilities(first, map, &Task::new()).unwrap();
        assert!(furthest(&responsibilities, &numbers(&file("R_first20"), 0)) < 1e-7);

        for (kind, equal) in [("classmap_estimated", false), ("classmap_equiprobable", true)] {
            let ancestry = class_map(&scores, map, &file("input"), equal);
            let gap = furthest(&ancestry, &numbers(&file(kind), 0));
            assert!(gap < 1e-6, "{case} {kind}: {gap}");
        }
    }
}

#[test]
fn new_samples_agree_with_ugtm() {
    let scores = numbers("sim20_input.csv", 2);
    let new = numbers("sim20_test_input.csv", 2);
    let fit = fit(scores.view(), &Settings::default(), &Task::new()).unwrap();
    let centers = centers(&fit);
    let map = Map { centers: centers.view(), variance: fit.variance };
    let placed = project(new.view(), map, fit.nodes.as_ref(), &Task::new()).unwrap();
    let coordinates = numbers("sim20_test_coords.csv", 0);
    for (sample, want) in coordinates.rows().into_iter().enumerate() {
        for axis in 0..2 {
            assert!((placed.means[(sample, axis)] - want[axis]).abs() < 1e-7);
            assert!((fit.nodes[(placed.mode[sample], axis)] - want[2 + axis]).abs() < 1e-12);
        }
    }
    for (kind, equal) in [("estimated", false), ("equiprobable", true)] {
        let ancestry = class_map(&scores, map, "sim20_input.csv", equal);
        let posterior = project(new.view(), map, ancestry.as_ref(), &Task::new()).unwrap().means;
        let want = numbers(&format!("sim20_test_posterior_{kind}.csv"), 3);
        assert!(furthest(&posterior, &want) < 1e-6, "{kind}");
    }
}
