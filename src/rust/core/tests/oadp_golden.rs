//! OADP against numbers of an independent implementation; `golden/README.md` says which rows.

use forebear_core::pca::oadp::oadp;
use std::path::PathBuf;

/// Rows of numbers of a golden file without its header.
fn golden(name: &str) -> Vec<Vec<f64>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    let text = std::fs::read_to_string(&path).expect(name);
    let numbers = |line: &str| line.split(',').map(|field| field.parse().unwrap()).collect();
    text.lines().skip(1).map(numbers).collect()
}

/// Columns: simple projection (10), squared norm, OADP (10).
#[test]
fn agrees_with_the_golden_projections() {
    let (rows, d) = (golden("oadp_K10.csv"), golden("oadp_K10_d.csv"));
    let singular_values: Vec<f64> = d.into_iter().flatten().collect();
    assert_eq!((rows.len(), singular_values.len()), (76, 10));
    for row in rows {
        let got = oadp(&singular_values, &row[..10], row[10]).unwrap();
        for (got, want) in got.iter().zip(&row[11..]) {
            assert!((got - want).abs() < 1e-6 * want.abs().max(1.0), "{got} is not {want}");
        }
    }
}
