//! Counting bits of many words, with carry-save adders.
//!
//! Sixteen words are added bit by bit into five of weights 1, 2, 4, 8 and 16, so
//! that only one of sixteen is counted (Harley & Seal; Mula, Kurz & Lemire 2018).
//! The code is plain; a caller compiled for AVX2 gets it in vectors, as long as all of
//! it is inlined there: hence loops where an iterator would do.

/// Four words that are worked on together: one vector of AVX2.
pub type Lane = [u64; 4];

/// Words in a lane.
pub const LANE_WORDS: usize = 4;

/// Lanes that are added up before one is counted.
const BLOCK: usize = 16;

/// Set bits of `lane(0) .. lane(n_lanes - 1)`.
#[inline(always)]
pub fn count_bits(n_lanes: usize, lane: impl Fn(usize) -> Lane) -> u64 {
    let (mut counts, mut first) = ([0; LANE_WORDS], 0);
    let (mut ones, mut twos, mut fours, mut eights) = ([0; 4], [0; 4], [0; 4], [0; 4]);
    while first + BLOCK <= n_lanes {
        let a = add_four(&mut ones, &mut twos, &lane, first);
        let b = add_four(&mut ones, &mut twos, &lane, first + 4);
        let c = add(&mut fours, &a, &b);
        let a = add_four(&mut ones, &mut twos, &lane, first + 8);
        let b = add_four(&mut ones, &mut twos, &lane, first + 12);
        let d = add(&mut fours, &a, &b);
        count(&mut counts, &add(&mut eights, &c, &d), 16);
        first += BLOCK;
    }
    if first > 0 {
        count(&mut counts, &eights, 8);
        count(&mut counts, &fours, 4);
        count(&mut counts, &twos, 2);
        count(&mut counts, &ones, 1);
    }
    while first < n_lanes {
        count(&mut counts, &lane(first), 1);
        first += 1;
    }
    counts[0] + counts[1] + counts[2] + counts[3]
}

/// Adds four lanes to `ones` and `twos`; returns the carries of weight 4.
#[inline(always)]
fn add_four(ones: &mut Lane, twos: &mut Lane, lane: &impl Fn(usize) -> Lane, first: usize) -> Lane {
    let a = add(ones, &lane(first), &lane(first + 1));
    let b = add(ones, &lane(first + 2), &lane(first + 3));
    add(twos, &a, &b)
}

/// Adds two lanes to `sum`, bit by bit, and returns the carries.
#[inline(always)]
fn add(sum: &mut Lane, a: &Lane, b: &Lane) -> Lane {
    let mut carry = [0; LANE_WORDS];
    for k in 0..LANE_WORDS {
        let half = sum[k] ^ a[k];
        carry[k] = (sum[k] & a[k]) | (half & b[k]);
        sum[k] = half ^ b[k];
    }
    carry
}

/// Adds the set bits of each word, `weight` times.
#[inline(always)]
fn count(counts: &mut Lane, lane: &Lane, weight: u64) {
    for k in 0..LANE_WORDS {
        counts[k] += weight * u64::from(lane[k].count_ones());
    }
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
