//! Comparison of chromosome names between data sets.

use crate::data::human_builds::longest;
use std::borrow::Cow;
use std::collections::HashMap;

/// The kind of a chromosome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Autosome,
    X,
    Y,
    /// The pseudo-autosomal regions of X and Y, where a data set names them separately.
    Xy,
    Mitochondria,
    /// PLINK's chromosome 0: the position is not known.
    Unplaced,
}

/// Autosomes of humans, after which PLINK numbers X, Y, XY and MT.
const HUMAN_AUTOSOMES: u32 = 22;

/// Names that follow the autosomes, in the order of PLINK's numbers.
const LETTERS: [&str; 4] = ["X", "Y", "XY", "MT"];

/// Genomes longer than this many times the human chromosome of a number are of another species.
/// Builds differ by less.
const LONGEST: f64 = 1.1;

/// The name in a spelling that does not depend on the data set.
///
/// Without `chr`, `chrom` or `chromosome` in any case of letters, leading zeros and the `.0` of a
/// number that was read as a decimal; accessions of human chromosomes by their number; letters in
/// upper case; `M`, `Mito` as `MT`, `PAR1` and `PAR2` as `XY`, Oxford's `0X` as `X`.
pub fn plain(name: &str) -> Cow<'_, str> {
    let bare = without_prefix(name.trim());
    if let Some(number) = number(bare) {
        return Cow::Borrowed(number);
    }
    if let Some(known) = accession(bare).or_else(|| letters(bare)) {
        return Cow::Borrowed(known);
    }
    let is_upper = !bare.bytes().any(|byte| byte.is_ascii_lowercase());
    if is_upper { Cow::Borrowed(bare) } else { Cow::Owned(bare.to_ascii_uppercase()) }
}

fn strip<'a>(name: &'a str, prefix: &str) -> Option<&'a str> {
    let start = name.get(..prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then(|| &name[prefix.len()..])
}

fn without_prefix(name: &str) -> &str {
    for prefix in ["chromosome", "chrom", "chr"] {
        let Some(rest) = strip(name, prefix) else { continue };
        let apart = rest.trim_start_matches(['_', '-', '.', ' ']);
        if apart.starts_with(|c: char| c.is_ascii_digit()) || letters(apart).is_some() {
            return apart;
        }
        if prefix == "chr" && !rest.is_empty() {
            return rest;
        }
    }
    name
}

/// Digits alone, without leading zeros and a decimal `.0`.
fn number(name: &str) -> Option<&str> {
    let digits = name.strip_suffix(".0").unwrap_or(name);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let significant = digits.trim_start_matches('0');
    Some(if significant.is_empty() { "0" } else { significant })
}

/// Chromosomes that have names instead of numbers.
fn letters(name: &str) -> Option<&'static str> {
    const SPELLINGS: [(&str, &[&str]); 4] = [
        ("X", &["X", "0X"]),
        ("Y", &["Y", "0Y"]),
        ("XY", &["XY", "PAR", "PAR1", "PAR2", "PAR_1", "PAR_2", "X_PAR1", "X_PAR2"]),
        ("MT", &["MT", "M", "0M", "Mito", "mtDNA", "mitochondrion", "mitochondria"]),
    ];
    let is = |spelling: &&str| name.eq_ignore_ascii_case(spelling);
    SPELLINGS.iter().find(|(_, spellings)| spellings.iter().any(&is)).map(|(name, _)| *name)
}

/// Numbers and letters of the human chromosomes, in the order of accessions.
const HUMAN: [&str; 24] = [
    "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16", "17",
    "18", "19", "20", "21", "22", "X", "Y",
];

/// The human chromosome of an accession, in any version: RefSeq's and GenBank's of GRCh37,
/// GRCh38 and T2T-CHM13.
fn accession(name: &str) -> Option<&'static str> {
    let stem = name.split_once('.').map_or(name, |(stem, version)| {
        if version.bytes().all(|byte| byte.is_ascii_digit()) { stem } else { name }
    });
    match stem.to_ascii_uppercase().as_str() {
        "NC_012920" | "NC_001807" | "J01415" | "CP068254" => return Some("MT"),
        "CP086569" => return Some("Y"),
        _ => {}
    }
    let after = |prefix: &str, first: usize| -> Option<usize> {
        let digits = strip(stem, prefix)?;
        (digits.len() == 6).then(|| digits.parse::<usize>().ok())??.checked_sub(first)
    };
    let at = after("NC_", 1)
        .filter(|&i| i < HUMAN.len())
        .or_else(|| after("NC_", 60_925).filter(|&i| i < HUMAN.len()))
        .or_else(|| after("CM", 663).filter(|&i| i < HUMAN.len()))
        // T2T's in GenBank count down from chromosome 1 to X.
        .or_else(|| (68_277_usize).checked_sub(after("CP", 0)?).filter(|&i| i < 23))?;
    Some(HUMAN[at])
}

/// The names of one or more data sets that are compared, in one spelling.
///
/// PLINK numbers X, Y, XY and MT after the autosomes: 23 to 26 in humans. Such numbers are letters
/// where the number of autosomes is known, or the data sets look human: no number above 26 occurs
/// and no chromosome is longer than the human one. Else numbers are numbers.
#[derive(Clone, Debug)]
pub struct Names {
    /// Autosomes after which letters are numbered; `None` if numbers are numbers.
    autosomes: Option<u32>,
    /// In Roman numerals, X is ten.
    is_roman: bool,
}

impl Names {
    /// The names of one data set, each with a position on it (0 if not known).
    pub fn of<'a>(places: impl Iterator<Item = (&'a str, i32)>) -> Names {
        let last = last_positions(places);
        let is_roman = last.contains_key("IX");
        let is_human = !is_roman && looks_human(&last);
        Names { autosomes: is_human.then_some(HUMAN_AUTOSOMES), is_roman }
    }

    /// The names of two data sets together: both must look human.
    pub fn with(self, other: Names) -> Names {
        let autosomes = self.autosomes.and(other.autosomes);
        Names { autosomes, is_roman: self.is_roman || other.is_roman }
    }

    /// With the number of autosomes, if the user gave it.
    pub fn with_autosomes(self, autosomes: Option<u32>) -> Names {
        Names { autosomes: autosomes.or(self.autosomes), ..self }
    }

    /// The common spelling of a name.
    pub fn common<'a>(&self, name: &'a str) -> Cow<'a, str> {
        let plain = plain(name);
        let number = plain.parse::<u32>().ok();
        let after = number.zip(self.autosomes).and_then(|(n, last)| n.checked_sub(last + 1));
        match after.and_then(|after| LETTERS.get(after as usize)) {
            Some(letter) => Cow::Borrowed(letter),
            None => plain,
        }
    }

    /// Whether two names are of one chromosome.
    pub fn are_same(&self, one: &str, other: &str) -> bool {
        one == other || self.common(one) == self.common(other)
    }

    /// The kind of a chromosome.
    pub fn kind(&self, name: &str) -> Kind {
        match self.common(name).as_ref() {
            "0" => Kind::Unplaced,
            "X" if !self.is_roman => Kind::X,
            "Y" => Kind::Y,
            "XY" => Kind::Xy,
            "MT" => Kind::Mitochondria,
            _ => Kind::Autosome,
        }
    }

    /// Whether `name` is a number that is read as a letter.
    pub fn is_guessed(&self, name: &str) -> bool {
        self.common(name) != plain(name)
    }
}

/// The last position under every plain name.
fn last_positions<'a>(places: impl Iterator<Item = (&'a str, i32)>) -> HashMap<Cow<'a, str>, i32> {
    let mut as_spelled: HashMap<&str, i32> = HashMap::new();
    for (name, position_bp) in places {
        let last = as_spelled.entry(name).or_default();
        *last = (*last).max(position_bp);
    }
    let mut last = HashMap::new();
    for (name, position_bp) in as_spelled {
        let known = last.entry(plain(name)).or_insert(position_bp);
        *known = position_bp.max(*known);
    }
    last
}

/// Whether the data may be human: from plain names, each with its last position.
fn looks_human(places: &HashMap<Cow<'_, str>, i32>) -> bool {
    let fits = |(name, &last): (&Cow<'_, str>, &i32)| {
        let Ok(number) = name.parse::<usize>() else { return true };
        let name = match number.checked_sub(HUMAN_AUTOSOMES as usize + 1) {
            Some(after) => match LETTERS.get(after) {
                Some(letter) => letter,
                None => return false,
            },
            None => name.as_ref(),
        };
        longest(name).is_none_or(|longest| f64::from(last) <= LONGEST * f64::from(longest))
    };
    places.iter().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(data_sets: &[&[(&str, i32)]], autosomes: Option<u32>) -> Names {
        let each = data_sets.iter().map(|places| Names::of(places.iter().copied()));
        each.reduce(Names::with).unwrap().with_autosomes(autosomes)
    }

    #[test]
    fn one_chromosome_has_one_plain_name() {
        for (spellings, want) in [
            (
                &["6", "06", "chr6", "CHR6", "Chr06", "chromosome6", "Chromosome 6", "chrom6"][..],
                "6",
            ),
            (&["chr_6", "chr-6", "6.0", " 6 ", "006", "NC_000006.11", "NC_000006.12"], "6"),
            (&["CM000668.1", "CM000668.2", "nc_000006", "NC_060930.1", "CP068272.2"], "6"),
            (&["1", "NC_000001.10", "CM000663.2", "NC_060925.1", "CP068277.2"], "1"),
            (&["22", "NC_000022.11", "CM000684.2", "NC_060946.1", "CP068256.2"], "22"),
            (&["X", "x", "chrX", "0X", "NC_000023.11", "CM000685.2", "NC_060947.1"], "X"),
            (&["CP068255.2"], "X"),
            (&["Y", "chrY", "NC_000024.10", "CM000686.2", "NC_060948.1", "CP086569.2"], "Y"),
            (&["XY", "PAR1", "chrPAR2", "par1"], "XY"),
            (&["M", "MT", "chrM", "mt", "Mito", "NC_012920.1", "J01415.2"], "MT"),
            (&["0", "00", "chr0"], "0"),
            (&["2L", "2l", "chr2L"], "2L"),
            (&["23", "chr23"], "23"),
            (&["1_random", "chr1_random", "chromosome1_random"], "1_RANDOM"),
            (&["scaffold_chr1"], "SCAFFOLD_CHR1"),
            (&["chr"], "CHR"),
            (&["chromatid"], "OMATID"),
            (&["NC_000067.6"], "NC_000067.6"),
            (&["6.1"], "6.1"),
            (&["é1"], "é1"),
            (&[""], ""),
        ] {
            for spelling in spellings {
                assert_eq!(plain(spelling), want, "{spelling}");
            }
        }
    }

    #[test]
    fn every_human_accession_has_its_chromosome() {
        for (i, name) in HUMAN.iter().enumerate() {
            assert_eq!(plain(&format!("NC_{:06}.11", i + 1)), *name);
            assert_eq!(plain(&format!("CM{:06}.2", i + 663)), *name);
        }
        assert_eq!(plain("CM000687.1"), "CM000687.1");
        assert_eq!(plain("NC_000025.1"), "NC_000025.1");
        assert_eq!(plain("CP068254.1"), "MT");
        assert_eq!(plain("CP068253.1"), "CP068253.1");
    }

    #[test]
    fn numbers_are_letters_in_what_looks_human() {
        let human =
            names(&[&[("chr1", 5), ("chrX", 5)], &[("1", 5), ("23", 9), ("26", 16_000)]], None);
        let common = |name| human.common(name).into_owned();
        assert_eq!(
            [common("23"), common("chrX"), common("25"), common("26")],
            ["X", "X", "XY", "MT"]
        );
        assert_eq!(human.kind("24"), Kind::Y);
        assert_eq!(human.kind("PAR1"), Kind::Xy);
        assert_eq!(human.kind("0"), Kind::Unplaced);
        assert_eq!(human.kind("22"), Kind::Autosome);
        assert!(human.is_guessed("23") && !human.is_guessed("chrX"));
    }

    #[test]
    fn numbers_stay_numbers_elsewhere() {
        for places in [
            &[("1", 5), ("27", 5)][..],
            &[("23", 5), ("X", 5), ("29", 5)],
            &[("1", 5), ("chr38", 5)],
            // Sheep and cotton have 26 autosomes, whose last is longer than mitochondria.
            &[("1", 5), ("26", 40_000_000)],
            // The first chromosome of pigs is longer than that of humans.
            &[("1", 274_330_532), ("23", 5)],
            &[("I", 5), ("IX", 5), ("X", 5), ("23", 5)],
        ] {
            for sets in [&[places][..], &[&[("1", 5)], places]] {
                let found = names(sets, None);
                assert_eq!(found.common("23"), "23", "{places:?}");
                assert_eq!(found.common("26"), "26", "{places:?}");
            }
        }
        assert_eq!(names(&[&[("IX", 5), ("X", 5)]], None).kind("X"), Kind::Autosome);
    }

    #[test]
    fn the_number_of_autosomes_says_which_numbers_are_letters() {
        let cattle = names(&[&[("23", 5), ("30", 5)]], Some(29));
        assert_eq!(cattle.common("23"), "23");
        let kinds = ["29", "30", "31", "32", "33", "34"].map(|name| cattle.kind(name));
        use Kind::*;
        assert_eq!(kinds, [Autosome, X, Y, Xy, Mitochondria, Autosome]);
        assert_eq!(names(&[&[("26", 40_000_000)]], Some(22)).kind("26"), Mitochondria);
    }
}
