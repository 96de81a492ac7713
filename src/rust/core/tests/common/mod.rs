//! Made-up data for the integration tests.

/// A well-mixed number in 0..1 that depends on its arguments alone.
pub fn uniform(seed: u64, a: usize, b: usize) -> f64 {
    let mut x = seed ^ (a as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x ^= (b as u64).wrapping_mul(0xc2b2_ae3d_27d4_eb4f);
    for _ in 0..2 {
        x = (x ^ x >> 31).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    }
    ((x ^ x >> 29) >> 11) as f64 / (1u64 << 53) as f64
}
