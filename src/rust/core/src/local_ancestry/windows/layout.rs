//! A chromosome cut into windows of consecutive variants.
//!
//! Source: Durand et al. 2014, section 2.1; the context is ours.

use crate::error::Error;
use crate::error::Result;
use std::ops::Range;

/// Most variants of a window, and of its context on either side. Longer ranges say nothing
/// local, and products of lengths must fit the lanes of the string kernel.
pub const MOST_VARIANTS: usize = 8000;

/// Windows of one chromosome.
///
/// Window `t` owns the `window` variants from `t * window` on, its core; the last window also owns
/// the remainder, so it has fewer than `2 * window`. A chromosome with fewer than `window` variants
/// is one window. A label of a window holds for its core; it is predicted from the core and up to
/// `context` variants on either side, fewer at the ends of the chromosome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    n_variants: usize,
    window: usize,
    context: usize,
}

impl Windows {
    /// | argument     | values                       |
    /// |--------------|------------------------------|
    /// | `n_variants` | variants of the chromosome   |
    /// | `window`     | `1..=MOST_VARIANTS` variants |
    /// | `context`    | `0..=MOST_VARIANTS` variants |
    ///
    /// # Errors
    /// [`Error::WindowSize`], [`Error::NoVariants`].
    pub fn new(n_variants: usize, window: usize, context: usize) -> Result<Windows> {
        let sizes = [("window", window, 1), ("context", context, 0)];
        for (name, found, least) in sizes {
            if found < least || found > MOST_VARIANTS {
                return Err(Error::WindowSize { name, found, least, most: MOST_VARIANTS });
            }
        }
        if n_variants == 0 {
            return Err(Error::NoVariants);
        }
        Ok(Windows { n_variants, window, context })
    }

    /// Number of windows, at least 1.
    pub fn count(&self) -> usize {
        (self.n_variants / self.window).max(1)
    }

    /// Variants of the chromosome.
    pub fn n_variants(&self) -> usize {
        self.n_variants
    }

    /// The variants that the label of window `window` holds for.
    ///
    /// # Panics
    /// If there is no such window.
    pub fn core(&self, window: usize) -> Range<usize> {
        assert!(window < self.count(), "window {window} of {}", self.count());
        let is_last = window + 1 == self.count();
        let end = if is_last { self.n_variants } else { (window + 1) * self.window };
        window * self.window..end
    }

    /// The variants that the label of window `window` is predicted from.
    ///
    /// # Panics
    /// If there is no such window.
    pub fn extent(&self, window: usize) -> Range<usize> {
        let core = self.core(window);
        let end = (core.end + self.context).min(self.n_variants);
        core.start.saturating_sub(self.context)..end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_window_takes_the_remainder() {
        let windows = Windows::new(11, 3, 2).unwrap();
        assert_eq!(windows.count(), 3);
        let cores: Vec<_> = (0..3).map(|window| windows.core(window)).collect();
        assert_eq!(cores, [0..3, 3..6, 6..11]);
        let extents: Vec<_> = (0..3).map(|window| windows.extent(window)).collect();
        assert_eq!(extents, [0..5, 1..8, 4..11]);
    }

    #[test]
    fn a_chromosome_shorter_than_a_window_is_one_window() {
        for n_variants in [1, 2, 3] {
            let windows = Windows::new(n_variants, 3, 5).unwrap();
            assert_eq!((windows.count(), windows.core(0)), (1, 0..n_variants));
            assert_eq!(windows.extent(0), 0..n_variants);
        }
    }

    /// Cores partition the chromosome, all but the last have the wanted size, and an extent is its
    /// core and what of the context there is.
    #[test]
    fn cores_partition_the_chromosome() {
        for n_variants in 1..60 {
            for window in 1..20 {
                for context in [0, 1, 7, 100] {
                    let windows = Windows::new(n_variants, window, context).unwrap();
                    let mut next = 0;
                    for t in 0..windows.count() {
                        let (core, extent) = (windows.core(t), windows.extent(t));
                        assert_eq!(core.start, next);
                        let is_last = t + 1 == windows.count();
                        assert!(is_last || core.len() == window);
                        assert!(core.len() < 2 * window && !core.is_empty());
                        assert_eq!(core.start - extent.start, context.min(core.start));
                        assert_eq!(extent.end - core.end, context.min(n_variants - core.end));
                        next = core.end;
                    }
                    assert_eq!(next, n_variants);
                }
            }
        }
    }

    #[test]
    fn sizes_out_of_range_are_refused() {
        let message =
            |n, window, context| Windows::new(n, window, context).unwrap_err().to_string();
        assert_eq!(message(10, 0, 0), "`window` must lie between 1 and 8000 variants.\nx It is 0.");
        assert!(message(10, 10, 8001).starts_with("`context` must lie between 0 and 8000"));
        assert!(message(0, 10, 0).contains("at least one variant"));
        assert!(Windows::new(usize::MAX, 8000, 8000).is_ok());
    }
}
