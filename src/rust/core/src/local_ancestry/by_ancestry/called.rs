//! Which call holds at which variant of which haplotype.

/// Where a haplotype has no call: it does not exist there.
pub const ABSENT: i32 = -1;

/// Calls of haplotypes by windows of variants; one call may hold in several windows.
///
/// | field    | shape                      | values                       |
/// |----------|----------------------------|------------------------------|
/// | `window` | n_variants                 | `0..n_windows`               |
/// | `call`   | n_windows x n_haplotypes   | `0..n_calls`, or [`ABSENT`]  |
#[derive(Clone, Debug)]
pub struct Called<'c> {
    pub window: &'c [u32],
    pub call: &'c [i32],
    pub n_haplotypes: usize,
}

impl Called<'_> {
    /// Calls of all haplotypes at a variant.
    ///
    /// # Panics
    /// If the variant or its window is out of range.
    pub fn at(&self, variant: usize) -> &[i32] {
        &self.call[self.window[variant] as usize * self.n_haplotypes..][..self.n_haplotypes]
    }
}
