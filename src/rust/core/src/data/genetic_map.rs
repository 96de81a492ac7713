//! Genetic positions by linear interpolation in a map.

use crate::data::chromosome::Kind;
use crate::data::chromosome::Names;
use crate::data::chromosome::plain;
use crate::data::map_rate::Doubt;
use crate::data::map_rate::doubt;
use crate::error::Error;
use crate::error::Result;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::HashMap;

/// Genetic against physical positions, chromosome by chromosome.
pub struct GeneticMap {
    chromosomes: BTreeMap<String, Curve>,
}

/// How a map fits the variants of one chromosome.
///
/// | field        | unit    | values                                                           |
/// |--------------|---------|------------------------------------------------------------------|
/// | `chrom`      |         | as the variants have it                                          |
/// | `n_variants` |         | at least 1                                                       |
/// | `n_before`   |         | variants before the first position of the map                    |
/// | `n_after`    |         | variants after its last                                          |
/// | `first_bp`, `last_bp` | bp | ends of the map                                              |
/// | `length_cm`  | cM      | of the map, between its ends                                     |
/// | `rate`       | cM/Mb   | mean between its ends                                            |
/// | `beyond_bp`  | bp      | beyond both ends, up to the outermost variants                   |
/// | `beyond_cm`  | cM      | the same at the mean rate                                        |
/// | `short_cm`   | cM      | of which positions before the map lack, because 0 cM comes first  |
/// | `doubt`      |         | what speaks against the rate                                     |
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    pub chrom: String,
    pub n_variants: usize,
    pub n_before: usize,
    pub n_after: usize,
    pub first_bp: f64,
    pub last_bp: f64,
    pub length_cm: f64,
    pub rate: f64,
    pub beyond_bp: f64,
    pub beyond_cm: f64,
    pub short_cm: f64,
    pub doubt: Option<Doubt>,
}

/// Both positions of one chromosome, each in ascending order.
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
    /// Between two positions of the map: the straight line through them. Outside: on from its first
    /// or last position at the mean rate of the chromosome. Where that rate would lead below 0 cM
    /// at the start of the chromosome, the straight line from there to the first position.
    ///
    /// # Errors
    /// [`Error::GeneticMapChromosome`] if a chromosome has fewer than two positions.
    pub fn positions_cm(&self, chrom: &[String], position_bp: &[i32]) -> Result<Vec<f64>> {
        let curves = self.curves(chrom, position_bp)?;
        let position =
            |(chrom, &bp): (&String, &i32)| curves[chrom.as_str()].0.position_cm(bp.into());
        Ok(chrom.iter().zip(position_bp).map(position).collect())
    }

    /// How the map fits the variants, chromosome by chromosome in the order of their first ones.
    ///
    /// # Errors
    /// As [`GeneticMap::positions_cm`].
    pub fn fits(&self, chrom: &[String], position_bp: &[i32]) -> Result<Vec<Fit>> {
        let curves = self.curves(chrom, position_bp)?;
        let mut order = Vec::new();
        let mut own: HashMap<&str, Vec<f64>> = HashMap::new();
        for (chrom, &bp) in chrom.iter().zip(position_bp) {
            let positions = own.entry(chrom).or_default();
            if positions.is_empty() {
                order.push(chrom.as_str());
            }
            positions.push(bp.into());
        }
        let fit = |chrom: &str| {
            let (curve, kind) = curves[chrom];
            curve.fit(chrom, !matches!(kind, Kind::Y | Kind::Mitochondria), &own[chrom])
        };
        Ok(order.into_iter().map(fit).collect())
    }

    /// The curve of each chromosome that occurs, and what it is.
    fn curves<'a>(
        &'a self,
        chrom: &'a [String],
        position_bp: &[i32],
    ) -> Result<HashMap<&'a str, (&'a Curve, Kind)>> {
        let asked = chrom.iter().map(String::as_str).zip(position_bp.iter().copied());
        let last = |curve: &Curve| curve.bp.last().map_or(0, |&bp| bp as i32);
        let known = self.chromosomes.iter().map(|(name, curve)| (name.as_str(), last(curve)));
        let names = Names::of(asked).with(Names::of(known));
        let common: BTreeMap<Cow<'_, str>, &Curve> =
            self.chromosomes.iter().map(|(name, curve)| (names.common(name), curve)).collect();
        let mut curves = HashMap::new();
        for chrom in chrom {
            if !curves.contains_key(chrom.as_str()) {
                let there = common.get(&names.common(chrom)).copied();
                let curve = there.filter(|curve| curve.bp.len() > 1);
                let curve = curve.ok_or_else(|| self.not_there(chrom, there))?;
                curves.insert(chrom.as_str(), (curve, names.kind(chrom)));
            }
        }
        Ok(curves)
    }

    fn not_there(&self, chrom: &str, curve: Option<&Curve>) -> Error {
        let n_positions = curve.map_or(0, |curve| curve.bp.len());
        let names: Vec<&str> = self.chromosomes.keys().map(String::as_str).collect();
        let shown = names[..names.len().min(5)].join(", ");
        let there = if names.len() > 5 { format!("{shown}, ...") } else { shown };
        Error::GeneticMapChromosome { chrom: chrom.to_owned(), n_positions, there }
    }
}

impl Curve {
    fn last(&self) -> usize {
        self.bp.len() - 1
    }

    /// cM per base pair between the ends.
    fn mean_rate(&self) -> f64 {
        (self.cm[self.last()] - self.cm[0]) / (self.bp[self.last()] - self.bp[0])
    }

    fn position_cm(&self, bp: f64) -> f64 {
        let after = self.bp.partition_point(|&known| known <= bp);
        if after == 0 {
            let from_start = self.cm[0] / self.bp[0];
            let before = (self.bp[0] - bp.max(0.0)) * self.mean_rate().min(from_start);
            return (self.cm[0] - before).max(0.0);
        }
        let origin = after - 1;
        let rate = match after {
            n if n > self.last() => self.mean_rate(),
            n => (self.cm[n] - self.cm[origin]) / (self.bp[n] - self.bp[origin]),
        };
        self.cm[origin] + (bp - self.bp[origin]) * rate
    }

    fn fit(&self, chrom: &str, recombines: bool, position_bp: &[f64]) -> Fit {
        let (first_bp, last_bp) = (self.bp[0], self.bp[self.last()]);
        let count =
            |outside: &dyn Fn(f64) -> bool| position_bp.iter().filter(|&&bp| outside(bp)).count();
        let least = position_bp.iter().copied().fold(first_bp, f64::min).max(0.0);
        let most = position_bp.iter().copied().fold(last_bp, f64::max);
        let length_cm = self.cm[self.last()] - self.cm[0];
        let before_cm = (first_bp - least) * self.mean_rate();
        Fit {
            chrom: chrom.to_owned(),
            n_variants: position_bp.len(),
            n_before: count(&|bp| bp < first_bp),
            n_after: count(&|bp| bp > last_bp),
            first_bp,
            last_bp,
            length_cm,
            rate: self.mean_rate() * 1e6,
            beyond_bp: (first_bp - least) + (most - last_bp),
            beyond_cm: before_cm + (most - last_bp) * self.mean_rate(),
            short_cm: before_cm - (self.cm[0] - self.position_cm(least)),
            doubt: doubt(recombines, last_bp - first_bp, most - least, length_cm),
        }
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

    /// Worked by hand: 1 cM per 100 bp, then 3 cM per 100 bp; outside, 7 cM per 300 bp, but no
    /// more than leads from 0 cM at 0 bp to 1 cM at 100 bp.
    #[test]
    fn interpolates_and_goes_on_at_the_mean_rate() {
        for (bp, cm) in [(100, 1.0), (150, 1.5), (200, 2.0), (300, 5.0), (400, 8.0)] {
            assert!((at("1", bp).unwrap() - cm).abs() < 1e-12);
        }
        assert!((at("chr1", 700).unwrap() - 15.0).abs() < 1e-12);
        assert!((at("1", 40).unwrap() - 0.4).abs() < 1e-12);
        assert_eq!((at("1", 0).unwrap(), at("1", -7).unwrap()), (0.0, 0.0));
        let high = GeneticMap::new(&["1".into(), "1".into()], &[100, 200], &[50.0, 51.0]);
        let got = high.positions_cm(&["1".into(), "1".into()], &[0, 250]).unwrap();
        assert!((got[0] - 49.0).abs() < 1e-12 && (got[1] - 51.5).abs() < 1e-12);
        assert_eq!(at("3", 99).unwrap(), 0.0);
    }

    /// The reference implementation looks at every interval in turn.
    #[test]
    fn agrees_with_looking_at_every_interval_and_never_decreases() {
        let bp: Vec<i32> = (0..50).map(|i| i * i * 7 + 3).collect();
        let cm: Vec<f64> = (0..50).map(|i| f64::from(i / 3) * 0.37).collect();
        let map = GeneticMap::new(&vec!["7".to_owned(); 50], &bp, &cm);
        let asked: Vec<i32> = (3..=bp[49]).step_by(11).collect();
        let got = map.positions_cm(&vec!["7".to_owned(); asked.len()], &asked).unwrap();
        for (&x, &got) in asked.iter().zip(&got) {
            let i = (0..49).find(|&i| bp[i] <= x && x <= bp[i + 1]).unwrap();
            let fraction = f64::from(x - bp[i]) / f64::from(bp[i + 1] - bp[i]);
            assert!((got - (cm[i] + fraction * (cm[i + 1] - cm[i]))).abs() < 1e-12);
        }
        assert!(got.windows(2).all(|pair| pair[0] <= pair[1]));
    }

    /// Worked by hand: positions 100 to 400 bp, 7 cM; variants from 40 to 700 bp.
    #[test]
    fn a_fit_counts_what_lies_beyond_the_ends() {
        let chrom = ["1", "3", "1", "1", "1"].map(String::from);
        let fits = map().fits(&chrom, &[40, 5, 100, 700, 500]).unwrap();
        assert_eq!(fits[0].chrom, "1");
        assert_eq!((fits[0].n_variants, fits[0].n_before, fits[0].n_after), (4, 1, 2));
        assert_eq!((fits[0].first_bp, fits[0].last_bp, fits[0].length_cm), (100.0, 400.0, 7.0));
        assert!((fits[0].rate - 7e6 / 300.0).abs() < 1e-6);
        assert!((fits[0].beyond_bp - 360.0).abs() < 1e-9);
        assert!((fits[0].beyond_cm - 8.4).abs() < 1e-9);
        // 60 bp at 7/300 cM, of which the way from 0.4 to 1 cM is there.
        assert!((fits[0].short_cm - 0.8).abs() < 1e-9);
        assert_eq!((fits[1].n_before, fits[1].n_after, fits[1].short_cm), (0, 0, 0.0));
    }

    #[test]
    fn chromosomes_match_whatever_their_spelling() {
        for (own, asked) in [("chr7", "7"), ("23", "chrX"), ("chrM", "26"), ("X", "23")] {
            let map = GeneticMap::new(&[own.to_owned(), own.to_owned()], &[0, 10], &[0.0, 1.0]);
            assert_eq!(map.positions_cm(&[asked.to_owned()], &[5]).unwrap(), [0.5], "{asked}");
        }
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
