//! Rows of bits into columns, 64 x 64 at a time.
//!
//! Source: Warren, Hacker's Delight, section 7-3: ever smaller off-diagonal squares are swapped.

/// Bits of a side of the squares that are transposed.
pub const SIDE: usize = 64;

/// Bit `c` of word `r` becomes bit `r` of word `c`.
#[inline(always)]
pub fn transpose(square: &mut [u64; SIDE]) {
    let steps = [
        (32, 0x0000_0000_ffff_ffff),
        (16, 0x0000_ffff_0000_ffff),
        (8, 0x00ff_00ff_00ff_00ff),
        (4, 0x0f0f_0f0f_0f0f_0f0f),
        (2, 0x3333_3333_3333_3333),
        (1, 0x5555_5555_5555_5555),
    ];
    for (step, mask) in steps {
        for half in square.chunks_exact_mut(2 * step) {
            let (upper, lower) = half.split_at_mut(step);
            for (upper, lower) in upper.iter_mut().zip(lower) {
                let swap = (*upper >> step ^ *lower) & mask;
                *upper ^= swap << step;
                *lower ^= swap;
            }
        }
    }
}

/// Takes rows of bits one after the other and gives back columns.
///
/// Holds one bit per entry, plus at most 63 rows that wait for a square.
#[derive(Clone, Debug)]
pub struct BitTranspose {
    n_columns: usize,
    n_rows: usize,
    /// Up to 64 rows of `n_columns.div_ceil(64)` words.
    waiting: Vec<u64>,
    /// For every 64 rows, one word per column (padded to whole words).
    transposed: Vec<u64>,
}

impl BitTranspose {
    /// No row yet, of `n_columns` bits each.
    pub fn new(n_columns: usize) -> BitTranspose {
        BitTranspose { n_columns, n_rows: 0, waiting: Vec::new(), transposed: Vec::new() }
    }

    /// Rows taken so far.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Takes a row, first column in the lowest bit of the first word.
    ///
    /// # Panics
    /// If `row` does not have n_columns.div_ceil(64) words.
    pub fn push(&mut self, row: &[u64]) {
        assert_eq!(row.len(), self.n_columns.div_ceil(SIDE), "words of a row");
        self.waiting.extend_from_slice(row);
        self.n_rows += 1;
        if self.n_rows % SIDE == 0 {
            self.transpose_block();
        }
    }

    fn transpose_block(&mut self) {
        let n_words = self.n_columns.div_ceil(SIDE);
        for word in 0..n_words {
            let mut square = [0; SIDE];
            for (row, bits) in self.waiting.chunks_exact(n_words).enumerate() {
                square[row] = bits[word];
            }
            transpose(&mut square);
            self.transposed.extend_from_slice(&square);
        }
        self.waiting.clear();
    }

    /// Columns `first`, `first + step`, ..., one after the other, each padded with zeros to
    /// whole little-endian words of 64 rows.
    pub fn into_columns(mut self, first: usize, step: usize) -> Vec<u8> {
        if !self.waiting.is_empty() {
            self.transpose_block();
        }
        let padded = self.n_columns.div_ceil(SIDE) * SIDE;
        let n_words = self.n_rows.div_ceil(SIDE);
        let columns: Vec<usize> = (first..self.n_columns).step_by(step).collect();
        let mut bytes = Vec::with_capacity(columns.len() * n_words * 8);
        for column in columns {
            for word in 0..n_words {
                bytes.extend_from_slice(&self.transposed[word * padded + column].to_le_bytes());
            }
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_moving_bit_by_bit() {
        let original: [u64; 64] =
            std::array::from_fn(|r| (r as u64 + 3).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut got = original;
        transpose(&mut got);
        for (column, word) in got.iter().enumerate() {
            for (row, original) in original.iter().enumerate() {
                assert_eq!(word >> row & 1, original >> column & 1);
            }
        }
    }

    fn bit(row: usize, column: usize) -> bool {
        (row * 31 + column * 17 + row * column) % 7 < 3
    }

    #[test]
    fn a_square_is_transposed_bit_by_bit() {
        let mut square = [0_u64; SIDE];
        for (row, word) in square.iter_mut().enumerate() {
            *word = (0..SIDE).fold(0, |word, column| word | u64::from(bit(row, column)) << column);
        }
        transpose(&mut square);
        for (column, word) in square.iter().enumerate() {
            for row in 0..SIDE {
                assert_eq!(word >> row & 1 == 1, bit(row, column));
            }
        }
    }

    #[test]
    fn rows_that_go_in_come_out_as_columns() {
        for (n_rows, n_columns) in [(1, 1), (63, 5), (64, 64), (65, 130), (200, 66), (0, 3)] {
            let mut rows = BitTranspose::new(n_columns);
            for row in 0..n_rows {
                let mut words = vec![0_u64; n_columns.div_ceil(SIDE)];
                for column in 0..n_columns {
                    words[column / SIDE] |= u64::from(bit(row, column)) << (column % SIDE);
                }
                rows.push(&words);
            }
            assert_eq!(rows.n_rows(), n_rows);
            let bytes = rows.clone().into_columns(0, 1);
            let stride = n_rows.div_ceil(SIDE) * 8;
            assert_eq!(bytes.len(), stride * n_columns);
            for column in 0..n_columns {
                for row in 0..n_rows {
                    let byte = bytes[column * stride + row / 8];
                    assert_eq!(byte >> (row % 8) & 1 == 1, bit(row, column));
                }
            }
            let odd = rows.into_columns(1, 2);
            let want: Vec<u8> = (1..n_columns)
                .step_by(2)
                .flat_map(|c| bytes[c * stride..][..stride].to_vec())
                .collect();
            assert_eq!(odd, want);
        }
    }
}
