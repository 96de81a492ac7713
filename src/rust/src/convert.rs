//! R values in, plain values out, and back. A value of another type than R's
//! side of the package sends is a broken promise between our own functions.

use extendr_api::prelude::*;
use faer::MatRef;
use forebear_core::data::genotypes::aligned::Reading;
use ndarray::Array2;
use ndarray::ArrayView2;
use ndarray::ShapeBuilder;

/// A named entry of a list.
///
/// # Panics
/// If there is none.
pub fn entry(list: &Robj, name: &str) -> Robj {
    list.dollar(name).unwrap_or_else(|_| panic!("the list has no entry {name}"))
}

/// The entries of a list.
///
/// # Panics
/// If the value is not a list.
pub fn items(list: &Robj) -> Vec<Robj> {
    list.as_list().expect("a list").values().collect()
}

/// Text, one string per entry.
///
/// # Panics
/// If the value is not a character vector.
pub fn strings(value: &Robj) -> Vec<String> {
    value.as_string_vector().unwrap_or_else(|| panic!("expected character: {value:?}"))
}

/// Numbers.
///
/// # Panics
/// If the value is not a double vector.
pub fn numbers(value: &Robj) -> &[f64] {
    value.as_real_slice().unwrap_or_else(|| panic!("expected double, got {:?}", value.rtype()))
}

/// 1-based R indices as 0-based ones.
///
/// # Panics
/// If the value is not an integer vector, or an index is below 1.
pub fn indices(value: &Robj) -> Vec<u32> {
    let ones = value.as_integer_slice().expect("integer indices");
    ones.iter().map(|&i| u32::try_from(i - 1).expect("indices begin at 1")).collect()
}

/// The same, as lengths and positions in memory are counted.
///
/// # Panics
/// As [`indices`].
pub fn positions(value: &Robj) -> Vec<usize> {
    indices(value).iter().map(|&index| index as usize).collect()
}

/// R's signed variant indices: from 1; negative where the alleles are swapped, 0 for a
/// variant that is not there. Indices are given for those that are.
///
/// # Panics
/// If the value is not an integer vector.
pub fn variants_and_readings(value: &Robj) -> (Vec<u32>, Vec<Reading>) {
    let signed = value.as_integer_slice().expect("integer indices");
    let readings = signed.iter().map(|index| match index.signum() {
        0 => Reading::Absent,
        1 => Reading::Counted,
        _ => Reading::Swapped,
    });
    let there = signed.iter().filter(|&&index| index != 0);
    (there.map(|index| index.unsigned_abs() - 1).collect(), readings.collect())
}

/// Whole numbers.
///
/// # Panics
/// If the value is not an integer vector.
pub fn integers(value: &Robj) -> &[i32] {
    value.as_integer_slice().unwrap_or_else(|| panic!("expected integer, got {:?}", value.rtype()))
}

/// TRUE and FALSE.
///
/// # Panics
/// If the value is not a logical vector.
pub fn flags(value: &Robj) -> Vec<bool> {
    let flags = value.as_logical_slice().expect("a logical vector");
    flags.iter().map(|flag| flag.is_true()).collect()
}

/// A numeric matrix, columns one after the other, seen without a copy.
///
/// # Panics
/// If the value is not a double matrix.
pub fn matrix(value: &Robj) -> MatRef<'_, f64> {
    let (rows, columns) = (value.nrows(), value.ncols());
    MatRef::from_column_major_slice(numbers(value), rows, columns)
}

/// A matrix for R.
pub fn r_matrix(matrix: MatRef<'_, f64>) -> Robj {
    let mut out = RMatrix::<f64>::new(matrix.nrows(), matrix.ncols());
    let columns = out.data_mut().chunks_mut(matrix.nrows().max(1));
    for (column, target) in columns.enumerate() {
        target.iter_mut().enumerate().for_each(|(row, entry)| *entry = matrix[(row, column)]);
    }
    out.into()
}

/// A matrix for R of `n_columns` columns, given one after the other.
pub fn r_columns(values: &[f64], n_columns: usize) -> Robj {
    let mut out = RMatrix::<f64>::new(values.len() / n_columns, n_columns);
    out.data_mut().copy_from_slice(values);
    out.into()
}

/// A copy of a numeric matrix, rows one after the other.
///
/// # Panics
/// If the value is not a double matrix.
pub fn row_major(value: &Robj) -> Array2<f64> {
    let shape = (value.nrows(), value.ncols()).f();
    let columns = ArrayView2::from_shape(shape, numbers(value)).expect("a matrix of its shape");
    columns.as_standard_layout().into_owned()
}
