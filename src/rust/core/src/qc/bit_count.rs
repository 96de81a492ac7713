//! Counting bits of many words, with carry-save adders.
//!
//! Sixteen words are added bit by bit into five of weights 1, 2, 4, 8 and 16, so
//! that only one of sixteen is counted (Harley & Seal; Mula, Kurz & Lemire 2018).
//! The code is plain; a caller compiled for AVX2 gets it in vectors.

/// Four words that are worked on together: one vector of AVX2.
pub type Lane = [u64; 4];

/// Words in a lane.
pub const LANE_WORDS: usize = 4;

/// Lanes that are added up before one is counted.
const BLOCK: usize = 16;

/// Set bits of `lane(0) .. lane(n_lanes - 1)`.
#[inline(always)]
pub fn count_bits(n_lanes: usize, lane: impl Fn(usize) -> Lane) -> u64 {
    let (mut sixteens_count, mut first) = (0, 0);
    let (mut ones, mut twos, mut fours, mut eights) = ([0; 4], [0; 4], [0; 4], [0; 4]);
    while first + BLOCK <= n_lanes {
        let four = |ones: &mut Lane, twos: &mut Lane, at: usize| -> Lane {
            let a = add(ones, &lane(at), &lane(at + 1));
            let b = add(ones, &lane(at + 2), &lane(at + 3));
            add(twos, &a, &b)
        };
        let a = four(&mut ones, &mut twos, first);
        let b = four(&mut ones, &mut twos, first + 4);
        let c = add(&mut fours, &a, &b);
        let a = four(&mut ones, &mut twos, first + 8);
        let b = four(&mut ones, &mut twos, first + 12);
        let d = add(&mut fours, &a, &b);
        sixteens_count += ones_of(&add(&mut eights, &c, &d));
        first += BLOCK;
    }
    let mut rest = 0;
    while first + 3 <= n_lanes {
        let mut sum = lane(first);
        let carry = add(&mut sum, &lane(first + 1), &lane(first + 2));
        rest += ones_of(&sum) + 2 * ones_of(&carry);
        first += 3;
    }
    rest += (first..n_lanes).map(|at| ones_of(&lane(at))).sum::<u64>();
    let blocks = 16 * sixteens_count + 8 * ones_of(&eights) + 4 * ones_of(&fours);
    rest + blocks + 2 * ones_of(&twos) + ones_of(&ones)
}

/// Adds two lanes to `sum`, bit by bit, and returns the carries.
#[inline(always)]
fn add(sum: &mut Lane, a: &Lane, b: &Lane) -> Lane {
    let half: Lane = std::array::from_fn(|k| sum[k] ^ a[k]);
    let carry = std::array::from_fn(|k| (sum[k] & a[k]) | (half[k] & b[k]));
    *sum = std::array::from_fn(|k| half[k] ^ b[k]);
    carry
}

#[inline(always)]
fn ones_of(lane: &Lane) -> u64 {
    lane.iter().map(|word| u64::from(word.count_ones())).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_counting_each_word() {
        let word = |k: usize| (k as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(31);
        for n_lanes in 0..70 {
            let lane = |at: usize| std::array::from_fn(|k| word(4 * at + k));
            let want: u64 = (0..4 * n_lanes).map(|k| u64::from(word(k).count_ones())).sum();
            assert_eq!(count_bits(n_lanes, lane), want);
            assert_eq!(count_bits(n_lanes, |_| [u64::MAX; 4]), 256 * n_lanes as u64);
        }
    }
}
