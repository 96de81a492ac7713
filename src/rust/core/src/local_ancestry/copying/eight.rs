//! Eight numbers in single precision, worked on at once.
//!
//! Where the compiler does not find vectors by itself, arithmetic is written in [`Eight`] and
//! compiled for [`Plain`], which every processor has, and for [`Avx2`]. Every operation is rounded
//! as it is written, none is fused, so the bits are the same.

/// Eight numbers. All that takes them must be `#[inline(always)]`, so it cannot be a closure: it is
/// compiled for AVX2 where [`eights`] calls it, and is slow elsewhere.
pub trait Eight: Copy {
    fn all(value: f32) -> Self;
    fn load(values: &[f32; 8]) -> Self;
    fn store(self, to: &mut [f32; 8]);
    fn plus(self, other: Self) -> Self;
    fn minus(self, other: Self) -> Self;
    fn times(self, other: Self) -> Self;
    /// `yes` where the byte is `sought`, `no` elsewhere.
    fn where_equal(bytes: &[u8; 8], sought: u8, yes: Self, no: Self) -> Self;

    /// The sum of all eight, halves first.
    #[inline(always)]
    fn sum(self) -> f32 {
        let mut values = [0.0; 8];
        self.store(&mut values);
        let [a, b, c, d, e, f, g, h] = values;
        ((a + e) + (c + g)) + ((b + f) + (d + h))
    }
}

#[derive(Clone, Copy)]
pub struct Plain([f32; 8]);

impl Plain {
    #[inline(always)]
    fn with(self, other: Plain, operation: impl Fn(f32, f32) -> f32) -> Plain {
        Plain(std::array::from_fn(|k| operation(self.0[k], other.0[k])))
    }
}

impl Eight for Plain {
    #[inline(always)]
    fn all(value: f32) -> Plain {
        Plain([value; 8])
    }

    #[inline(always)]
    fn load(values: &[f32; 8]) -> Plain {
        Plain(*values)
    }

    #[inline(always)]
    fn store(self, to: &mut [f32; 8]) {
        *to = self.0;
    }

    #[inline(always)]
    fn plus(self, other: Plain) -> Plain {
        self.with(other, |a, b| a + b)
    }

    #[inline(always)]
    fn minus(self, other: Plain) -> Plain {
        self.with(other, |a, b| a - b)
    }

    #[inline(always)]
    fn times(self, other: Plain) -> Plain {
        self.with(other, |a, b| a * b)
    }

    #[inline(always)]
    fn where_equal(bytes: &[u8; 8], sought: u8, yes: Plain, no: Plain) -> Plain {
        Plain(std::array::from_fn(|k| if bytes[k] == sought { yes.0[k] } else { no.0[k] }))
    }
}

#[cfg(target_arch = "x86_64")]
pub use avx2::Avx2;

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use super::Eight;
    use std::arch::x86_64::*;

    /// Only for functions that [`super::eights`] calls: they run where there is AVX2.
    #[derive(Clone, Copy)]
    pub struct Avx2(__m256);

    // SAFETY of all that follows: the processor has AVX2, see above; what is loaded and stored are
    // eight numbers or bytes, wherever they are aligned.
    impl Eight for Avx2 {
        #[inline(always)]
        fn all(value: f32) -> Avx2 {
            Avx2(unsafe { _mm256_set1_ps(value) })
        }

        #[inline(always)]
        fn load(values: &[f32; 8]) -> Avx2 {
            Avx2(unsafe { _mm256_loadu_ps(values.as_ptr()) })
        }

        #[inline(always)]
        fn store(self, to: &mut [f32; 8]) {
            unsafe { _mm256_storeu_ps(to.as_mut_ptr(), self.0) }
        }

        #[inline(always)]
        fn plus(self, other: Avx2) -> Avx2 {
            Avx2(unsafe { _mm256_add_ps(self.0, other.0) })
        }

        #[inline(always)]
        fn minus(self, other: Avx2) -> Avx2 {
            Avx2(unsafe { _mm256_sub_ps(self.0, other.0) })
        }

        #[inline(always)]
        fn times(self, other: Avx2) -> Avx2 {
            Avx2(unsafe { _mm256_mul_ps(self.0, other.0) })
        }

        #[inline(always)]
        fn where_equal(bytes: &[u8; 8], sought: u8, yes: Avx2, no: Avx2) -> Avx2 {
            Avx2(unsafe {
                let bytes = _mm_loadl_epi64(bytes.as_ptr().cast());
                let equal = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(sought as i8));
                let mask = _mm256_castsi256_ps(_mm256_cvtepi8_epi32(equal));
                _mm256_blendv_ps(no.0, yes.0, mask)
            })
        }
    }
}

/// Defines a function of another that is generic in [`Eight`]: for the vectors of this processor.
macro_rules! eights {
    ($(#[$doc:meta])* $visibility:vis fn $name:ident($($argument:ident: $kind:ty),* $(,)?) -> $out:ty = $generic:ident) => {
        $(#[$doc])*
        $visibility fn $name($($argument: $kind),*) -> $out {
            /// # Safety
            /// The processor must have AVX2.
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2")]
            unsafe fn avx2($($argument: $kind),*) -> $out {
                $generic::<$crate::local_ancestry::copying::eight::Avx2>($($argument),*)
            }

            #[cfg(target_arch = "x86_64")]
            if std::arch::is_x86_feature_detected!("avx2") {
                // SAFETY: the processor was just seen to have AVX2.
                return unsafe { avx2($($argument),*) };
            }
            $generic::<$crate::local_ancestry::copying::eight::Plain>($($argument),*)
        }
    };
}

pub(crate) use eights;

#[cfg(test)]
mod tests {
    use super::*;

    #[inline(always)]
    fn worked_in<E: Eight>(one: &[f32; 8], other: &[f32; 8], bytes: &[u8; 8]) -> Vec<[f32; 8]> {
        let (a, b) = (E::load(one), E::load(other));
        let results = [
            E::all(0.3),
            a.plus(b),
            a.minus(b),
            a.times(b),
            E::where_equal(bytes, 1, a, b),
            E::where_equal(bytes, u8::MAX, a, b),
            E::all(a.times(b).sum()),
        ];
        let stored = |result: E| {
            let mut values = [0.0; 8];
            result.store(&mut values);
            values
        };
        results.into_iter().map(stored).collect()
    }

    eights! {
        fn worked(one: &[f32; 8], other: &[f32; 8], bytes: &[u8; 8]) -> Vec<[f32; 8]> = worked_in
    }

    #[test]
    fn does_what_single_numbers_do_on_every_processor() {
        let one = [0.1, -2.0, 3.5, 1e-30, 7.0, 0.7, 1e20, 0.0];
        let other = [0.3, 0.6, -0.1, 1e-9, 1.0 / 3.0, 0.2, 1e-20, 5.0];
        let bytes = [0, 1, 255, 1, 0, 7, 128, 1];
        let got = worked(&one, &other, &bytes);
        assert_eq!(got, worked_in::<Plain>(&one, &other, &bytes));
        assert_eq!(got[0], [0.3; 8]);
        for k in 0..8 {
            assert_eq!(got[1][k], one[k] + other[k]);
            assert_eq!(got[2][k], one[k] - other[k]);
            assert_eq!(got[3][k], one[k] * other[k]);
            assert_eq!(got[4][k], if bytes[k] == 1 { one[k] } else { other[k] });
            assert_eq!(got[5][k], if bytes[k] == 255 { one[k] } else { other[k] });
        }
        let products = got[3];
        let half = [0, 1, 2, 3].map(|k| products[k] + products[k + 4]);
        assert_eq!(got[6], [(half[0] + half[2]) + (half[1] + half[3]); 8]);
    }
}
