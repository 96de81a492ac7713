//! OADP against numbers of an independent implementation, kept outside the repository.

use forebear_core::pca::oadp::oadp;
use std::path::PathBuf;

/// Rows of numbers of a golden file without its header, `None` if there is none.
fn golden(name: &str) -> Option<Vec<Vec<f64>>> {
    let top = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../..");
    let path = top.join("../shared/golden").join(name);
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("skipped: no {}", path.display());
        return None;
    };
    let numbers = |line: &str| line.split(',').map(|field| field.parse().unwrap()).collect();
    Some(text.lines().skip(1).map(numbers).collect())
}

/// Columns: simple projection (10), squared norm, OADP (10).
#[test]
fn agrees_with_the_golden_projections() {
    let (Some(rows), Some(d)) = (golden("oadp_K10.csv"), golden("oadp_K10_d.csv")) else { return };
    let singular_values: Vec<f64> = d.into_iter().flatten().collect();
    assert_eq!((rows.len(), singular_values.len()), (380, 10));
    for row in rows {
        let got = oadp(&singular_values, &row[..10], row[10]).unwrap();
        for (got, want) in got.iter().zip(&row[11..]) {
            assert!((got - want).abs() < 1e-6 * want.abs().max(1.0), "{got} is not {want}");
        }
    }
}
