//! Where the variants of a data set lie, and which of them lie at a position.

use crate::data::chromosome::Names;
use crate::data::chromosome::plain;
use crate::harmonize::alleles::Pair;
use std::borrow::Cow;
use std::collections::HashMap;

/// Variants, column by column.
///
/// | field         | shape      | values                                       |
/// |---------------|------------|----------------------------------------------|
/// | `id`          | n_variants |                                              |
/// | `chrom`       | n_variants | as the data set spells it; `0` is unplaced   |
/// | `position_bp` | n_variants | from 1; 0 or less is unplaced                |
/// | `reference`   | n_variants | the allele that is not counted               |
/// | `alt`         | n_variants | the allele that is counted                   |
#[derive(Clone, Debug, Default)]
pub struct Sites {
    pub id: Vec<String>,
    pub chrom: Vec<String>,
    pub position_bp: Vec<i32>,
    pub reference: Vec<String>,
    pub alt: Vec<String>,
    /// Number of autosomes, if the user gave it.
    pub autosomes: Option<u32>,
}

impl Sites {
    /// Number of variants.
    pub fn len(&self) -> usize {
        self.id.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.id.is_empty()
    }

    /// The alleles of a variant.
    pub fn alleles(&self, variant: usize) -> Pair<'_> {
        Pair { reference: &self.reference[variant], alt: &self.alt[variant] }
    }

    /// Whether a variant has a position at all.
    pub fn is_placed(&self, variant: usize) -> bool {
        self.position_bp[variant] > 0 && plain(&self.chrom[variant]) != "0"
    }

    /// Names of chromosomes, one for every variant.
    pub fn chromosomes(&self) -> impl Iterator<Item = &str> {
        self.chrom.iter().map(String::as_str)
    }

    /// Chromosome and position of each variant.
    fn places(&self) -> impl Iterator<Item = (&str, i32)> {
        self.chromosomes().zip(self.position_bp.iter().copied())
    }

    /// Chromosome and position, as a message says them.
    pub fn place(&self, variant: usize) -> String {
        format!("{}:{}", self.chrom[variant], self.position_bp[variant])
    }
}

/// The names of chromosomes of two data sets.
pub fn names_of(new: &Sites, reference: &Sites) -> Names {
    let autosomes = new.autosomes.or(reference.autosomes);
    Names::of(new.places()).with(Names::of(reference.places())).with_autosomes(autosomes)
}

/// Variants by position.
pub struct PositionIndex<'a> {
    names: &'a Names,
    codes: HashMap<Cow<'a, str>, u32>,
    /// Chromosome code, position and variant, sorted.
    places: Vec<(u32, i32, u32)>,
}

impl<'a> PositionIndex<'a> {
    /// Sorts the placed variants.
    pub fn new(sites: &'a Sites, names: &'a Names) -> PositionIndex<'a> {
        let mut codes = HashMap::new();
        let mut places = Vec::new();
        for variant in (0..sites.len()).filter(|&variant| sites.is_placed(variant)) {
            let next = codes.len() as u32;
            let code = *codes.entry(names.common(&sites.chrom[variant])).or_insert(next);
            places.push((code, sites.position_bp[variant], variant as u32));
        }
        places.sort_unstable();
        PositionIndex { names, codes, places }
    }

    /// What the names of chromosomes are compared by.
    pub fn names(&self) -> &Names {
        self.names
    }

    /// Whether the data set has a variant on the chromosome.
    pub fn has_chromosome(&self, chrom: &str) -> bool {
        self.codes.contains_key(&self.names.common(chrom))
    }

    /// Variants at a position, in the order of the data set.
    pub fn at(&self, chrom: &str, position_bp: i32) -> impl Iterator<Item = usize> {
        self.between(chrom, position_bp, position_bp)
            .iter()
            .map(|&(_, _, variant)| variant as usize)
    }

    /// First and last position on a chromosome.
    pub fn range(&self, chrom: &str) -> Option<(i32, i32)> {
        let there = self.between(chrom, i32::MIN, i32::MAX);
        Some((there.first()?.1, there.last()?.1))
    }

    fn between(&self, chrom: &str, first: i32, last: i32) -> &[(u32, i32, u32)] {
        let Some(&code) = self.codes.get(&self.names.common(chrom)) else { return &[] };
        let from = self.places.partition_point(|&(c, bp, _)| (c, bp) < (code, first));
        let to = self.places.partition_point(|&(c, bp, _)| (c, bp) <= (code, last));
        &self.places[from..to]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_looking_at_all_variants_finds() {
        let n = 400;
        let chrom = |i: usize| ["01", "chr2", "X", "0"][i * 7 % 4].to_owned();
        let text = |x: &str| vec![x.to_owned(); n];
        let sites = Sites {
            id: text("."),
            chrom: (0..n).map(chrom).collect(),
            position_bp: (0..n).map(|i| (i * 31 % 17) as i32).collect(),
            reference: text("A"),
            alt: text("C"),
            autosomes: None,
        };
        let names = names_of(&sites, &Sites::default());
        let index = PositionIndex::new(&sites, &names);
        for (asked, spelled) in [("chr1", "01"), ("2", "chr2"), ("23", "X"), ("0", "0"), ("7", "7")]
        {
            let there = |i: &usize| sites.chrom[*i] == spelled && sites.is_placed(*i);
            for bp in -1..20 {
                let got: Vec<usize> = index.at(asked, bp).collect();
                let want: Vec<usize> =
                    (0..n).filter(there).filter(|&i| sites.position_bp[i] == bp).collect();
                assert_eq!(got, want);
            }
            let bp = (0..n).filter(there).map(|i| sites.position_bp[i]);
            assert_eq!(index.range(asked), bp.clone().min().zip(bp.max()));
            assert_eq!(index.has_chromosome(asked), (0..n).any(|i| there(&i)));
        }
    }
}
