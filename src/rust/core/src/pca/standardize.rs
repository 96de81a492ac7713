//! Standardization of genotypes: the center and the factor of every variant.

/// How genotypes are scaled after centering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Divide by `sqrt(2 p (1 - p))`, the spread of a variant in Hardy-Weinberg proportions.
    Binomial,
    /// Center only.
    None,
}

/// Center and factor that map copies of the counted allele to a standardized genotype,
/// `(copies - center) * scale`; a missing one becomes 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Standardization {
    /// Mean copies `2 p` per variant; 0 where no sample is called.
    pub center: Vec<f64>,
    /// Factor per variant; 0 where the variant is monomorphic.
    pub scale: Vec<f64>,
    /// Monomorphic variants: only one allele is seen, or no sample is called.
    pub n_monomorphic: usize,
}

impl Standardization {
    /// From the frequency `p` of the counted allele among called samples, `None` if there are none.
    pub fn from_frequencies(
        frequencies: impl IntoIterator<Item = Option<f64>>,
        scale: Scale,
    ) -> Standardization {
        let mut standardization =
            Standardization { center: Vec::new(), scale: Vec::new(), n_monomorphic: 0 };
        for frequency in frequencies {
            let (center, factor) = center_and_scale(frequency, scale);
            standardization.center.push(center);
            standardization.scale.push(factor);
            standardization.n_monomorphic += usize::from(factor == 0.0);
        }
        standardization
    }
}

/// Center `2 p` and factor of one variant; the factor is 0 where the variant is monomorphic.
pub fn center_and_scale(frequency: Option<f64>, scale: Scale) -> (f64, f64) {
    let p = frequency.unwrap_or(0.0);
    let factor = match scale {
        _ if !(p > 0.0 && p < 1.0) => 0.0,
        Scale::Binomial => 1.0 / (2.0 * p * (1.0 - p)).sqrt(),
        Scale::None => 1.0,
    };
    (2.0 * p, factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn divides_by_the_binomial_spread_and_leaves_out_monomorphic_variants() {
        let frequencies = [Some(0.5), Some(0.2), Some(0.0), Some(1.0), None];
        let got = Standardization::from_frequencies(frequencies, Scale::Binomial);
        assert_eq!(got.center, [1.0, 0.4, 0.0, 2.0, 0.0]);
        assert!((got.scale[0] - 2f64.sqrt()).abs() < 1e-15);
        assert!((got.scale[1] - 1.0 / 0.32f64.sqrt()).abs() < 1e-15);
        assert_eq!(got.scale[2..], [0.0; 3]);
        assert_eq!(got.n_monomorphic, 3);
        let centered = Standardization::from_frequencies(frequencies, Scale::None);
        assert_eq!(centered.scale, [1.0, 1.0, 0.0, 0.0, 0.0]);
    }
}
