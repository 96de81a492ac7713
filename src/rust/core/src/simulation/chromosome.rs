//! Genetic positions along a chromosome, and where gametes are cut.

use rand_chacha::rand_core::RngCore;
use std::ops::Range;

/// A number from 0 up to, not including, 1.
pub fn uniform(random: &mut impl RngCore) -> f64 {
    (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

/// The waiting time for the next event of a process with rate 1.
pub fn wait(random: &mut impl RngCore) -> f64 {
    -(1.0 - uniform(random)).ln()
}

/// The variants of one chromosome.
pub struct Chromosome {
    /// Of the haplotypes.
    pub variants: Range<usize>,
    /// n_variants, ascending.
    position_bp: Vec<i32>,
    /// n_variants, Morgans, ascending.
    position_morgan: Vec<f64>,
}

impl Chromosome {
    /// | argument          | shape      | values                 |
    /// |-------------------|------------|------------------------|
    /// | `variants`        |            | at least one           |
    /// | `position_bp`     | n_variants | ascending              |
    /// | `position_morgan` | n_variants | finite, ascending      |
    ///
    /// # Panics
    /// If lengths differ or there is no variant; R checks positions.
    pub fn new(variants: Range<usize>, position_bp: &[i32], position_morgan: &[f64]) -> Chromosome {
        assert!(!variants.is_empty() && variants.len() == position_bp.len(), "variants");
        assert_eq!(position_bp.len(), position_morgan.len(), "genetic positions");
        let rises = position_morgan.windows(2).all(|pair| pair[0] <= pair[1]);
        assert!(rises, "genetic positions never decrease");
        let (position_bp, position_morgan) = (position_bp.to_vec(), position_morgan.to_vec());
        Chromosome { variants, position_bp, position_morgan }
    }

    /// n_variants.
    pub fn position_bp(&self) -> &[i32] {
        &self.position_bp
    }

    /// First and last position.
    pub fn span_bp(&self) -> (i32, i32) {
        (self.position_bp[0], self.position_bp[self.position_bp.len() - 1])
    }

    /// Length in Morgans, from the first to the last variant.
    pub fn morgans(&self) -> f64 {
        self.position_morgan[self.position_morgan.len() - 1] - self.position_morgan[0]
    }

    /// Crossovers of a gamete: the last position before each, ascending. One per Morgan on average,
    /// without interference. Two between the same bases cancel.
    pub fn cuts(&self, random: &mut impl RngCore) -> Vec<i32> {
        let mut cuts: Vec<i32> = Vec::new();
        let mut at = self.position_morgan[0] + wait(random);
        while at < self.position_morgan[self.position_morgan.len() - 1] {
            let cut = self.base_before(at);
            if cuts.last() == Some(&cut) {
                cuts.pop();
            } else {
                cuts.push(cut);
            }
            at += wait(random);
        }
        cuts
    }

    /// The last base before a genetic position inside the chromosome. Between two variants the
    /// genetic position is linear; a cut leaves the first of them to its left, the second to
    /// its right.
    fn base_before(&self, morgan: f64) -> i32 {
        let after = self.position_morgan.partition_point(|&known| known <= morgan);
        let (low, high) = (self.position_morgan[after - 1], self.position_morgan[after]);
        let (from, to) = (self.position_bp[after - 1], self.position_bp[after]);
        let proportion = (morgan - low) / (high - low);
        let base =
            (f64::from(from) + proportion * (f64::from(to) - f64::from(from))).floor() as i32;
        base.min(to.saturating_sub(1)).max(from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::random::generator;

    /// 1 cM from 101 to 201, none up to 301, 3 cM up to 401.
    fn small() -> Chromosome {
        Chromosome::new(5..9, &[101, 201, 301, 401], &[0.0, 0.01, 0.01, 0.04])
    }

    #[test]
    fn cuts_worked_by_hand() {
        let chromosome = small();
        for (morgan, base) in [(0.0, 101), (0.005, 151), (0.00999, 200), (0.01, 301), (0.025, 351)]
        {
            assert_eq!(chromosome.base_before(morgan), base);
        }
        assert_eq!(chromosome.base_before(0.0399999), 400);
        assert_eq!((chromosome.span_bp(), chromosome.morgans()), ((101, 401), 0.04));
    }

    /// Each interval has cuts in proportion to its genetic length: 100,000 gametes, four standard
    /// deviations of a Poisson number.
    #[test]
    fn cuts_come_one_per_morgan() {
        let chromosome = small();
        let mut random = generator(1, 0);
        let cuts: Vec<i32> = (0..100_000).flat_map(|_| chromosome.cuts(&mut random)).collect();
        let between = |low, high| cuts.iter().filter(|&&cut| low <= cut && cut < high).count();
        assert!(between(101, 201).abs_diff(1000) < 127);
        assert_eq!(between(201, 301), 0);
        assert!(between(301, 401).abs_diff(3000) < 220);
        assert!(between(301, 351).abs_diff(1500) < 155);
        assert_eq!(cuts.len(), between(101, 401));
    }

    #[test]
    fn cuts_rise_and_lie_inside() {
        let position: Vec<i32> = (1..=50).collect();
        let morgan: Vec<f64> = (0..50).map(f64::from).collect();
        let chromosome = Chromosome::new(0..50, &position, &morgan);
        let mut random = generator(2, 0);
        for _ in 0..100 {
            let cuts = chromosome.cuts(&mut random);
            assert!(cuts.windows(2).all(|pair| pair[0] < pair[1]));
            assert!(cuts.iter().all(|&cut| (1..50).contains(&cut)));
        }
        assert!(Chromosome::new(0..1, &[7], &[0.3]).cuts(&mut random).is_empty());
    }
}
