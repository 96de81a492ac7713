//! Transposing squares of 64 x 64 bits.
//!
//! Source: Warren, Hacker's Delight, section 7-3: ever smaller off-diagonal
//! squares are swapped.

/// Bit `c` of word `r` becomes bit `r` of word `c`.
#[inline(always)]
pub fn transpose(square: &mut [u64; 64]) {
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
}
