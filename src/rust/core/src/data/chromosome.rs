//! Names of chromosomes as they are compared between data sets.

use std::collections::HashSet;

/// Numbers that PLINK gives to human chromosomes that have letters.
const NUMBERED: [(&str, &str); 3] = [("23", "X"), ("24", "Y"), ("26", "MT")];

/// The name, as bytes of a file, without the prefix `chr` in any case of letters.
pub fn without_prefix(name: &[u8]) -> &[u8] {
    match name {
        [b'c' | b'C', b'h' | b'H', b'r' | b'R', rest @ ..] if !rest.is_empty() => rest,
        _ => name,
    }
}

/// The name without the prefix `chr`; `M` is `MT`.
pub fn bare_name(name: &str) -> &str {
    let n_prefix = name.len() - without_prefix(name.as_bytes()).len();
    let bare = &name[n_prefix..];
    if bare == "M" { "MT" } else { bare }
}

/// The names of two data sets in one spelling.
///
/// PLINK writes X, Y and MT as 23, 24 and 26. These numbers become letters unless one
/// of the data sets has both, as that of a species with more than 22 autosomes.
pub struct Names {
    renamed: Vec<(&'static str, &'static str)>,
}

impl Names {
    /// Looks at the names that occur.
    pub fn of(data_sets: [&mut dyn Iterator<Item = &str>; 2]) -> Names {
        let mut renamed = NUMBERED.to_vec();
        for names in data_sets {
            let there: HashSet<&str> = names.map(bare_name).collect();
            renamed.retain(|(number, letter)| !(there.contains(number) && there.contains(letter)));
        }
        Names { renamed }
    }

    /// The common spelling of a name.
    pub fn common<'a>(&self, name: &'a str) -> &'a str {
        let bare = bare_name(name);
        let letter = self.renamed.iter().find(|(number, _)| *number == bare);
        letter.map_or(bare, |(_, letter)| letter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_is_dropped_in_any_case() {
        for (name, bare) in [
            ("chr1", "1"),
            ("Chr22", "22"),
            ("CHRX", "X"),
            ("chrM", "MT"),
            ("M", "MT"),
            ("chr", "chr"),
            ("scaffold_chr1", "scaffold_chr1"),
            ("é1", "é1"),
            ("", ""),
        ] {
            assert_eq!(bare_name(name), bare);
        }
    }

    #[test]
    fn numbers_are_letters_unless_a_data_set_has_both() {
        let names = |a: &[&'static str], b: &[&'static str]| {
            Names::of([&mut a.iter().copied(), &mut b.iter().copied()])
        };
        let human = names(&["chr1", "chrX"], &["1", "23", "26"]);
        assert_eq!(
            [human.common("23"), human.common("chrX"), human.common("26")],
            ["X", "X", "MT"]
        );
        let cattle = names(&["23", "X", "29"], &["23"]);
        assert_eq!([cattle.common("23"), cattle.common("chr24")], ["23", "Y"]);
    }
}
