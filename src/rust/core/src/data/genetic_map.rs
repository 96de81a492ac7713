//! Genetic positions by linear interpolation in a map.

use crate::data::chromosome::Names;
use crate::data::chromosome::plain;
use crate::error::Error;
use crate::error::Result;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Genetic against physical positions, chromosome by chromosome.
pub struct GeneticMap {
    chromosomes: BTreeMap<String, Curve>,
}

/// Both positions of one chromosome, each in rising order.
#[derive(Default)]
struct Curve {
    bp: Vec<f64>,
    cm: Vec<f64>,
}

impl GeneticMap {
    /// | argument      | shape | values                                            |
    /// |---------------|-------|---------------------------------------------------|
    /// | `chrom`       | n     | `chr1` is `1`                                     |
    /// | `position_bp` | n     | rising along each chromosome; equal ones once used |
    /// | `position_cm` | n     | not falling along each chromosome                 |
    ///
    /// # Panics
    /// If the lengths differ; [`crate::io::genetic_map::read`] checks the order.
    pub fn new(chrom: &[String], position_bp: &[i32], position_cm: &[f64]) -> GeneticMap {
        assert_eq!((chrom.len(), chrom.len()), (position_bp.len(), position_cm.len()), "a map");
        let mut chromosomes = BTreeMap::<String, Curve>::new();
        for (i, name) in chrom.iter().enumerate() {
            let curve = chromosomes.entry(plain(name).into_owned()).or_default();
            let bp = f64::from(position_bp[i]);
            if curve.bp.last() != Some(&bp) {
                curve.bp.push(bp);
                curve.cm.push(position_cm[i]);
            }
        }
        GeneticMap { chromosomes }
    }

    /// Genetic positions, in cM, of variants in any order.
    ///
    /// Between two positions of the map: the straight line through them. Outside: on
    /// from its first or last position at the mean rate of the chromosome, so that
    /// positions before the map may be negative.
    ///
    /// # Errors
    /// [`Error::GeneticMapChromosome`] if a chromosome has fewer than two positions.
    pub fn positions_cm(&self, chrom: &[String], position_bp: &[i32]) -> Result<Vec<f64>> {
        let asked = chrom.iter().map(String::as_str).zip(position_bp.iter().copied());
        let last = |curve: &Curve| curve.bp.last().map_or(0, |&bp| bp as i32);
        let known = self.chromosomes.iter().map(|(name, curve)| (name.as_str(), last(curve)));
        let names = Names::of(asked).with(Names::of(known));
        let curves: BTreeMap<Cow<'_, str>, &Curve> =
            self.chromosomes.iter().map(|(name, curve)| (names.common(name), curve)).collect();
        let position = |(chrom, &bp): (&String, &i32)| {
            let curve = curves.get(&names.common(chrom)).copied();
            self.usable(chrom, curve).map(|curve| curve.position_cm(f64::from(bp)))
        };
        chrom.iter().zip(position_bp).map(position).collect()
    }

    /// # Errors
    /// [`Error::GeneticMapChromosome`] if there are not two positions.
    fn usable<'a>(&self, chrom: &str, curve: Option<&'a Curve>) -> Result<&'a Curve> {
        let n_positions = curve.map_or(0, |curve| curve.bp.len());
        curve.filter(|_| n_positions > 1).ok_or_else(|| {
            let names: Vec<&str> = self.chromosomes.keys().map(String::as_str).collect();
            let shown = names[..names.len().min(5)].join(", ");
            let there = if names.len() > 5 { format!("{shown}, ...") } else { shown };
            Error::GeneticMapChromosome { chrom: chrom.to_owned(), n_positions, there }
        })
    }
}

impl Curve {
    fn position_cm(&self, bp: f64) -> f64 {
        let last = self.bp.len() - 1;
        let after = self.bp.partition_point(|&known| known <= bp);
        let (from, to, origin) = match after {
            0 => (0, last, 0),
            n if n > last => (0, last, last),
            n => (n - 1, n, n - 1),
        };
        let rate = (self.cm[to] - self.cm[from]) / (self.bp[to] - self.bp[from]);
        self.cm[origin] + (bp - self.bp[origin]) * rate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map() -> GeneticMap {
        let chrom = ["chr1", "1", "1", "1", "2", "3", "3"].map(String::from);
        let bp = [100, 200, 200, 400, 5, 0, 10];
        GeneticMap::new(&chrom, &bp, &[1.0, 2.0, 2.0, 8.0, 1.0, 0.0, 0.0])
    }

    fn at(chrom: &str, bp: i32) -> Result<f64> {
        map().positions_cm(&[chrom.to_owned()], &[bp]).map(|cm| cm[0])
    }

    /// Worked by hand: 1 cM per 100 bp, then 3 cM per 100 bp; outside, 7 cM per 300 bp.
    #[test]
    fn interpolates_and_goes_on_at_the_mean_rate() {
        for (bp, cm) in [(100, 1.0), (150, 1.5), (200, 2.0), (300, 5.0), (400, 8.0)] {
            assert!((at("1", bp).unwrap() - cm).abs() < 1e-12);
        }
        assert!((at("chr1", 700).unwrap() - 15.0).abs() < 1e-12);
        assert!((at("1", 40).unwrap() + 0.4).abs() < 1e-12);
        assert_eq!(at("3", 99).unwrap(), 0.0);
    }

    /// The plain twin looks at every stretch in turn.
    #[test]
    fn agrees_with_looking_at_every_stretch_and_never_falls() {
        let bp: Vec<i32> = (0..50).map(|i| i * i * 7 + 3).collect();
        let cm: Vec<f64> = (0..50).map(|i| f64::from(i / 3) * 0.37).collect();
        let map = GeneticMap::new(&vec!["7".to_owned(); 50], &bp, &cm);
        let asked: Vec<i32> = (3..=bp[49]).step_by(11).collect();
        let got = map.positions_cm(&vec!["7".to_owned(); asked.len()], &asked).unwrap();
        for (&x, &got) in asked.iter().zip(&got) {
            let i = (0..49).find(|&i| bp[i] <= x && x <= bp[i + 1]).unwrap();
            let share = f64::from(x - bp[i]) / f64::from(bp[i + 1] - bp[i]);
            assert!((got - (cm[i] + share * (cm[i + 1] - cm[i]))).abs() < 1e-12);
        }
        assert!(got.windows(2).all(|pair| pair[0] <= pair[1]));
    }

    #[test]
    fn a_chromosome_needs_two_positions() {
        let n_positions = |chrom| match at(chrom, 1) {
            Err(Error::GeneticMapChromosome { n_positions, there, .. }) => (n_positions, there),
            other => panic!("{other:?}"),
        };
        assert_eq!(n_positions("2"), (1, "1, 2, 3".into()));
        assert_eq!(n_positions("X").0, 0);
    }

    #[test]
    fn a_chromosome_is_found_in_any_spelling() {
        assert_eq!(at("chr01", 150).unwrap(), at("1", 150).unwrap());
        let chrom = ["X", "X"].map(String::from);
        let of_x = GeneticMap::new(&chrom, &[100, 200], &[1.0, 2.0]);
        assert_eq!(of_x.positions_cm(&["23".to_owned()], &[200]).unwrap(), [2.0]);
        let cattle = ["23".to_owned(), "29".to_owned()];
        assert!(of_x.positions_cm(&cattle, &[200, 200]).is_err());
    }
}
