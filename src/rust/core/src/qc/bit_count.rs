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
    count_bits_of(n_lanes, |k| [lane(k)])[0]
}

/// [`count_bits`] of `N` series of lanes that come from the same data.
#[inline(always)]
pub fn count_bits_of<const N: usize>(
    n_lanes: usize,
    lanes: impl Fn(usize) -> [Lane; N],
) -> [u64; N] {
    let (mut counts, mut first) = ([0; N], 0);
    let none = [[0; LANE_WORDS]; N];
    let (mut ones, mut twos, mut fours, mut eights) = (none, none, none, none);
    while first + BLOCK <= n_lanes {
        let a = add_four(&mut ones, &mut twos, &lanes, first);
        let b = add_four(&mut ones, &mut twos, &lanes, first + 4);
        let c = add(&mut fours, &a, &b);
        let a = add_four(&mut ones, &mut twos, &lanes, first + 8);
        let b = add_four(&mut ones, &mut twos, &lanes, first + 12);
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
        count(&mut counts, &lanes(first), 1);
        first += 1;
    }
    counts
}

/// Adds four lanes of each series to `ones` and `twos`; returns the carries of weight 4.
#[inline(always)]
fn add_four<const N: usize>(
    ones: &mut [Lane; N],
    twos: &mut [Lane; N],
    lanes: &impl Fn(usize) -> [Lane; N],
    first: usize,
) -> [Lane; N] {
    let a = add(ones, &lanes(first), &lanes(first + 1));
    let b = add(ones, &lanes(first + 2), &lanes(first + 3));
    add(twos, &a, &b)
}

/// Adds two lanes of each series to its `sum`, bit by bit, and returns the carries.
#[inline(always)]
fn add<const N: usize>(sum: &mut [Lane; N], a: &[Lane; N], b: &[Lane; N]) -> [Lane; N] {
    let mut carry = [[0; LANE_WORDS]; N];
    for i in 0..N {
        for k in 0..LANE_WORDS {
            let half = sum[i][k] ^ a[i][k];
            carry[i][k] = (sum[i][k] & a[i][k]) | (half & b[i][k]);
            sum[i][k] = half ^ b[i][k];
        }
    }
    carry
}

/// Adds the set bits of each series, `weight` times.
#[inline(always)]
fn count<const N: usize>(counts: &mut [u64; N], lanes: &[Lane; N], weight: u64) {
    for (count, lane) in counts.iter_mut().zip(lanes) {
        for word in lane {
            *count += weight * u64::from(word.count_ones());
        }
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
            let both = count_bits_of(n_lanes, |at| [lane(at), [1, 0, 3, 0]]);
            assert_eq!(both, [want, 3 * n_lanes as u64]);
        }
    }
}
