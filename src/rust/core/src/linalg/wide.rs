//! The same arithmetic with wider vector registers where the processor has them.
//!
//! A package is compiled for the oldest processor of its kind; a function that gains from a newer
//! one is compiled a second time for AVX2 and chosen at run time. Without fused
//! multiplication the order and the rounding of every operation stay as they are
//! written, so the bits are the same.

/// Defines a function twice: as it is, and for AVX2. What its body calls must
/// be `#[inline(always)]` to be compiled with it.
macro_rules! wide {
    ($(#[$doc:meta])* $visibility:vis fn $name:ident($($argument:ident: $kind:ty),* $(,)?) $(-> $out:ty)? $body:block) => {
        $(#[$doc])*
        $visibility fn $name($($argument: $kind),*) $(-> $out)? {
            #[inline(always)]
            fn plain($($argument: $kind),*) $(-> $out)? $body

            /// # Safety
            /// The processor must have AVX2.
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2")]
            unsafe fn avx2($($argument: $kind),*) $(-> $out)? {
                plain($($argument),*)
            }

            #[cfg(target_arch = "x86_64")]
            if std::arch::is_x86_feature_detected!("avx2") {
                // SAFETY: the processor was just seen to have AVX2.
                return unsafe { avx2($($argument),*) };
            }
            plain($($argument),*)
        }
    };
}

pub(crate) use wide;
