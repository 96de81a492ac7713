//! Eight genotypes at a time: their probability and its slopes.
//!
//! Two implementations, chosen at run time: AVX2 with fused multiplication, and plain
//! arrays. Fusing rounds once where the plain code rounds twice, so the two agree to
//! rounding, not to the bit; one processor always takes the same one.

/// Samples in one vector.
pub const LANES: usize = 8;

/// Eight single-precision numbers.
///
/// `codes` holds eight packed genotypes, the first in the low bits; see
/// [`crate::data::genotypes::genotype`]. Its low bit says that the first allele is the reference,
/// its high bit that the second is; `01` is missing.
pub trait Lanes: Copy {
    /// The first eight numbers of a slice.
    ///
    /// # Safety
    /// `from` must have eight numbers, and the processor what the type needs.
    unsafe fn load(from: *const f32) -> Self;

    /// Writes the eight numbers.
    ///
    /// # Safety
    /// As [`Lanes::load`].
    unsafe fn store(self, to: *mut f32);

    /// Eight times one number.
    ///
    /// # Safety
    /// The processor must have what the type needs.
    unsafe fn splat(value: f32) -> Self;

    /// `self * factor + summand`.
    ///
    /// # Safety
    /// As [`Lanes::splat`].
    unsafe fn times_plus(self, factor: Self, summand: Self) -> Self;

    /// Product of two.
    ///
    /// # Safety
    /// As [`Lanes::splat`].
    unsafe fn times(self, factor: Self) -> Self;

    /// `P = h^g (1 - h)^(2 - g)`, `d log P / d h` and `-d^2 log P / d h^2` of eight genotypes
    /// with probabilities `h` of the counted allele; 1, 0 and 0 where missing.
    ///
    /// # Safety
    /// As [`Lanes::splat`].
    unsafe fn genotype(codes: u16, h: Self) -> (Self, Self, Self);

    /// `products *= self`, in double precision.
    ///
    /// # Safety
    /// As [`Lanes::splat`].
    unsafe fn multiply_into(self, products: &mut [f64; LANES]);
}

/// Plain arrays.
pub type Plain = [f32; LANES];

impl Lanes for Plain {
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Plain {
        // SAFETY: the caller gives eight numbers.
        unsafe { from.cast::<Plain>().read_unaligned() }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller gives room for eight numbers.
        unsafe { to.cast::<Plain>().write_unaligned(self) }
    }

    #[inline(always)]
    unsafe fn splat(value: f32) -> Plain {
        [value; LANES]
    }

    #[inline(always)]
    unsafe fn times_plus(self, factor: Plain, summand: Plain) -> Plain {
        std::array::from_fn(|lane| self[lane] * factor[lane] + summand[lane])
    }

    #[inline(always)]
    unsafe fn times(self, factor: Plain) -> Plain {
        std::array::from_fn(|lane| self[lane] * factor[lane])
    }

    #[inline(always)]
    unsafe fn genotype(codes: u16, h: Plain) -> (Plain, Plain, Plain) {
        let mut out = ([1.0; LANES], [0.0; LANES], [0.0; LANES]);
        for (lane, h) in h.into_iter().enumerate() {
            let code = (codes >> (2 * lane)) & 3;
            if code == 1 {
                continue;
            }
            let (first, second) = (code & 1 == 1, code & 2 == 2);
            let of = |reference| if reference { 1.0 - h } else { h };
            let sign = |reference, value: f32| if reference { -value } else { value };
            let probability = of(first) * of(second);
            let inverse = 1.0 / probability;
            let (one, other) = (of(second) * inverse, of(first) * inverse);
            out.0[lane] = probability;
            out.1[lane] = sign(first, one) + sign(second, other);
            out.2[lane] = one * one + other * other;
        }
        out
    }

    #[inline(always)]
    unsafe fn multiply_into(self, products: &mut [f64; LANES]) {
        products.iter_mut().zip(self).for_each(|(product, value)| *product *= f64::from(value));
    }
}

#[cfg(target_arch = "x86_64")]
mod fused {
    use super::LANES;
    use super::Lanes;
    use std::arch::x86_64::*;

    /// A vector register of AVX2 with FMA.
    pub type Fused = __m256;

    impl Lanes for Fused {
        #[inline(always)]
        unsafe fn load(from: *const f32) -> Fused {
            // SAFETY: the caller gives eight numbers and a processor with AVX2.
            unsafe { _mm256_loadu_ps(from) }
        }

        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            // SAFETY: the caller gives room for eight numbers and a processor with AVX2.
            unsafe { _mm256_storeu_ps(to, self) }
        }

        #[inline(always)]
        unsafe fn splat(value: f32) -> Fused {
            // SAFETY: the caller gives a processor with AVX2.
            unsafe { _mm256_set1_ps(value) }
        }

        #[inline(always)]
        unsafe fn times_plus(self, factor: Fused, summand: Fused) -> Fused {
            // SAFETY: the caller gives a processor with FMA.
            unsafe { _mm256_fmadd_ps(self, factor, summand) }
        }

        #[inline(always)]
        unsafe fn times(self, factor: Fused) -> Fused {
            // SAFETY: the caller gives a processor with AVX2.
            unsafe { _mm256_mul_ps(self, factor) }
        }

        #[inline(always)]
        unsafe fn genotype(codes: u16, h: Fused) -> (Fused, Fused, Fused) {
            // SAFETY: the caller gives a processor with AVX2 and FMA.
            unsafe {
                let all = _mm256_set1_epi32(i32::from(codes));
                let code = _mm256_srlv_epi32(all, _mm256_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14));
                // The bits of interest as signs: what a blend looks at.
                let (low, high) = (_mm256_slli_epi32::<31>(code), _mm256_slli_epi32::<30>(code));
                let missing = _mm256_srai_epi32::<31>(_mm256_andnot_si256(high, low));
                let missing = _mm256_castsi256_ps(missing);
                let (first, second) = (_mm256_castsi256_ps(low), _mm256_castsi256_ps(high));
                let one = _mm256_set1_ps(1.0);
                let other = _mm256_sub_ps(one, h);
                let one_factor = _mm256_blendv_ps(h, other, first);
                let other_factor = _mm256_blendv_ps(h, other, second);
                let product = _mm256_mul_ps(one_factor, other_factor);
                let probability = _mm256_blendv_ps(product, one, missing);
                let inverse = _mm256_andnot_ps(missing, _mm256_div_ps(one, product));
                let minus = _mm256_set1_ps(-0.0);
                let a = _mm256_mul_ps(other_factor, inverse);
                let b = _mm256_mul_ps(one_factor, inverse);
                let slope = _mm256_add_ps(
                    _mm256_xor_ps(a, _mm256_and_ps(first, minus)),
                    _mm256_xor_ps(b, _mm256_and_ps(second, minus)),
                );
                (probability, slope, _mm256_fmadd_ps(a, a, _mm256_mul_ps(b, b)))
            }
        }

        #[inline(always)]
        unsafe fn multiply_into(self, products: &mut [f64; LANES]) {
            // SAFETY: the caller gives a processor with AVX2; eight doubles are there.
            unsafe {
                let low = _mm256_cvtps_pd(_mm256_castps256_ps128(self));
                let high = _mm256_cvtps_pd(_mm256_extractf128_ps::<1>(self));
                let to = products.as_mut_ptr();
                _mm256_storeu_pd(to, _mm256_mul_pd(_mm256_loadu_pd(to), low));
                _mm256_storeu_pd(to.add(4), _mm256_mul_pd(_mm256_loadu_pd(to.add(4)), high));
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
pub use fused::Fused;

/// Whether this processor has what [`Fused`] needs.
#[cfg(target_arch = "x86_64")]
pub fn has_fused() -> bool {
    std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma")
}

/// Defines a safe function whose body is generic over `V: Lanes`, and runs it on the best
/// vectors that the processor has. What the body calls must be `#[inline(always)]`.
macro_rules! dispatch {
    ($(#[$doc:meta])* $visibility:vis fn $name:ident($($argument:ident: $kind:ty),* $(,)?) => $body:ident) => {
        $(#[$doc])*
        $visibility fn $name($($argument: $kind),*) {
            /// # Safety
            /// The processor must have AVX2 and FMA.
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            unsafe fn fused($($argument: $kind),*) {
                // SAFETY: the caller has seen to it.
                unsafe { $body::<crate::admixture::lanes::Fused>($($argument),*) }
            }

            #[cfg(target_arch = "x86_64")]
            if crate::admixture::lanes::has_fused() {
                // SAFETY: the processor was just seen to have both.
                return unsafe { fused($($argument),*) };
            }
            // SAFETY: plain arrays need nothing of the processor.
            unsafe { $body::<crate::admixture::lanes::Plain>($($argument),*) }
        }
    };
}

pub(crate) use dispatch;

#[cfg(test)]
mod tests {
    use super::*;

    /// Probability, slope and curvature of a genotype, from their definitions.
    fn by_definition(code: u16, h: f64) -> [f64; 3] {
        let Some(g) = [Some(2.0), None, Some(1.0), Some(0.0)][usize::from(code)] else {
            return [1.0, 0.0, 0.0];
        };
        let (m, r) = (1.0 - h, 2.0 - g);
        let probability = h.powf(g) * m.powf(r);
        [probability, g / h - r / m, g / (h * h) + r / (m * m)]
    }

    fn check<V: Lanes>() {
        for step in 0..=20 {
            let h = 1e-3 + 0.998 * step as f32 / 20.0;
            // Codes 0 to 3, then 3 to 0.
            let codes = 0b00_01_10_11_11_10_01_00;
            let mut out = [[0.0; LANES]; 3];
            let mut products = [2.0; LANES];
            // SAFETY: the caller has chosen a type for this processor; the arrays have eight.
            unsafe {
                let (p, d, w) = V::genotype(codes, V::splat(h));
                p.store(out[0].as_mut_ptr());
                d.store(out[1].as_mut_ptr());
                w.store(out[2].as_mut_ptr());
                p.multiply_into(&mut products);
            }
            for lane in 0..LANES {
                let want = by_definition(codes >> (2 * lane) & 3, f64::from(h));
                for (got, want) in out.iter().map(|each| f64::from(each[lane])).zip(want) {
                    assert!((got - want).abs() <= 2e-4 * want.abs().max(1.0), "{got} {want}");
                }
                assert_eq!(products[lane], 2.0 * f64::from(out[0][lane]));
            }
        }
    }

    #[test]
    fn both_kinds_of_vectors_agree_with_the_definition() {
        check::<Plain>();
        #[cfg(target_arch = "x86_64")]
        if has_fused() {
            check::<Fused>();
        }
    }
}
