//! Whether a rate of recombination can be that of a chromosome.
//!
//! A genetic map that is flat, in Morgans, or has base pairs in its column of centimorgans looks
//! like any other, and no model that uses it fails. The bounds below hold for all species that
//! we know of, so that a map outside of them is wrong:
//!
//! | chromosomes of                 | cM/Mb        | source                             |
//! |--------------------------------|--------------|------------------------------------|
//! | pines, salamanders             | 0.04 to 0.15 | about 100 cM on 1 to 3 Gb          |
//! | wheat, barley                  | 0.2          |                                    |
//! | mouse, maize, human, cattle    | 0.5 to 2.1   |                                    |
//! | Arabidopsis, rice, chicken     | 2.5 to 7     | the smallest of chicken reach 20   |
//! | honeybee, Plasmodium           | 20 to 60     |                                    |
//! | yeast                          | 350 to 600   | chromosomes of 0.2 to 1.5 Mb       |
//!
//! A meiosis has at least one crossover (50 cM) to a chromosome and rarely more than ten: no
//! chromosome is known with 1,000 cM.

/// Reasons to doubt a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// 0 cM over a distance at which there is recombination.
    Flat,
    /// Lower than any known.
    TooLow,
    /// Known of very large genomes only.
    Low,
    /// Known of very small genomes only.
    High,
    /// Higher than any known.
    TooHigh,
}

/// Shortest distances, in bp, over which a rate of 0, below [`TOO_LOW`] and below [`LOW`] is more
/// than a cold region (centromeres of human chromosomes have 0 cM on up to 20 Mb, but no variants).
const FLAT_BP: f64 = 1e6;
const TOO_LOW_BP: f64 = 20e6;
const LOW_BP: f64 = 5e6;
/// And above [`HIGH`], more than a hot region.
const HIGH_BP: f64 = 1e6;
const TOO_HIGH_BP: f64 = 1e5;

/// cM/Mb.
const TOO_LOW: f64 = 0.02;
const LOW: f64 = 0.1;
const HIGH: f64 = 40.0;
const TOO_HIGH: f64 = 800.0;

/// cM of a whole chromosome.
const LONG_CM: f64 = 1000.0;
const TOO_LONG_CM: f64 = 2000.0;

impl Doubt {
    /// A short stable name.
    pub fn name(self) -> &'static str {
        match self {
            Doubt::Flat => "flat",
            Doubt::TooLow => "too_low",
            Doubt::Low => "low",
            Doubt::High => "high",
            Doubt::TooHigh => "too_high",
        }
    }
}

/// The reason to doubt `length_cm` on `known_bp` of a chromosome, where data lie on `used_bp`.
/// Chromosomes that do not recombine (Y, MT) may have any rate that is not too high.
pub fn doubt(recombines: bool, known_bp: f64, used_bp: f64, length_cm: f64) -> Option<Doubt> {
    let rate = 1e6 * length_cm / known_bp;
    let distance = known_bp.max(used_bp);
    if length_cm >= TOO_LONG_CM || (rate >= TOO_HIGH && known_bp >= TOO_HIGH_BP) {
        Some(Doubt::TooHigh)
    } else if length_cm >= LONG_CM || (rate > HIGH && known_bp >= HIGH_BP) {
        Some(Doubt::High)
    } else if !recombines {
        None
    } else if length_cm <= 0.0 {
        (distance >= FLAT_BP).then_some(Doubt::Flat)
    } else if rate < TOO_LOW && distance >= TOO_LOW_BP {
        Some(Doubt::TooLow)
    } else {
        (rate < LOW && distance >= LOW_BP).then_some(Doubt::Low)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(mb: f64, cm: f64) -> Option<Doubt> {
        doubt(true, mb * 1e6, mb * 1e6, cm)
    }

    #[test]
    fn maps_of_known_species_pass() {
        for (mb, cm) in [
            (249.0, 286.0),  // human 1
            (35.0, 74.0),    // human 22
            (195.0, 98.0),   // mouse 1
            (30.0, 110.0),   // Arabidopsis 1
            (700.0, 150.0),  // wheat
            (1500.0, 160.0), // pine
            (28.0, 600.0),   // honeybee 1
            (0.2, 100.0),    // part of yeast
            (0.1, 0.0),      // a part too short to have a crossover
            (5.0, 6.0),
        ] {
            assert_eq!(of(mb, cm), None, "{cm} cM on {mb} Mb");
        }
    }

    #[test]
    fn mistakes_of_units_are_found_on_human_chromosomes() {
        for (mb, cm, of_morgans) in
            [(249.0, 286.0, Doubt::TooLow), (80.0, 119.0, Doubt::TooLow), (35.0, 74.0, Doubt::Low)]
        {
            assert_eq!(of(mb, 0.0), Some(Doubt::Flat));
            assert_eq!(of(mb, cm / 100.0), Some(of_morgans));
            assert_eq!(of(mb, mb * 1e6), Some(Doubt::TooHigh), "bp");
            assert_eq!(of(mb, mb * 1e3), Some(Doubt::TooHigh), "kb");
            assert_eq!(of(mb, cm * 100.0), Some(Doubt::TooHigh), "Morgans twice");
        }
    }

    #[test]
    fn the_distance_is_that_of_the_map_or_of_the_data() {
        assert_eq!(doubt(true, 1e5, 1e5, 0.0), None);
        assert_eq!(doubt(true, 1e5, 3e7, 0.0), Some(Doubt::Flat));
        assert_eq!(doubt(true, 100.0, 100.0, 1.0), None);
    }

    #[test]
    fn chromosomes_without_recombination_may_be_flat() {
        assert_eq!(doubt(false, 5e7, 5e7, 0.0), None);
        assert_eq!(doubt(false, 5e7, 5e7, 5e7), Some(Doubt::TooHigh));
    }
}
