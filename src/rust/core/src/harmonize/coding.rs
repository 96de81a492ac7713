//! How alleles are coded in a data set: bases, or the codes of a genotyping array.

use crate::harmonize::sites::Sites;

/// The coding of the alleles of most variants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// A, C, G, T, and longer alleles.
    Bases,
    /// Illumina's A and B.
    Letters,
    /// 1 and 2: minor and major, or first and second.
    OneTwo,
    /// 1 to 4.
    OneToFour,
    /// Insertion and deletion.
    InsertionDeletion,
}

impl Coding {
    /// The coding of more than half of the variants with two named alleles, if there is one.
    pub fn of(sites: &Sites) -> Option<Coding> {
        let mut counts = [0_usize; 5];
        let mut n_named = 0;
        for variant in 0..sites.len() {
            let alleles = sites.alleles(variant);
            if alleles.has_missing() {
                continue;
            }
            n_named += 1;
            let coding = of_pair(alleles.reference, alleles.alt);
            if let Some(coding) = coding {
                counts[coding as usize] += 1;
            }
        }
        // 1 and 2 alone are also among 1 to 4.
        let any_beyond_two = counts[Coding::OneToFour as usize] > 0;
        if any_beyond_two {
            counts[Coding::OneToFour as usize] +=
                std::mem::take(&mut counts[Coding::OneTwo as usize]);
        }
        ALL.into_iter().find(|&coding| 2 * counts[coding as usize] > n_named)
    }

    /// As a message says it.
    pub fn words(self) -> &'static str {
        match self {
            Coding::Bases => "bases",
            Coding::Letters => "A and B",
            Coding::OneTwo => "1 and 2",
            Coding::OneToFour => "1 to 4",
            Coding::InsertionDeletion => "I and D",
        }
    }

    /// Advice for a message.
    pub fn advice(self) -> &'static str {
        match self {
            Coding::Bases => "",
            Coding::Letters => {
                "Recode them with the manifest of the array, for example with \
                 `plink --update-alleles`."
            }
            Coding::OneTwo => {
                "Recode them with a table of the variants' bases, for example with \
                 `plink --update-alleles`."
            }
            Coding::OneToFour => {
                "If 1, 2, 3, 4 stand for A, C, G, T, recode them with `plink --alleleACGT`; else \
                 with `plink --update-alleles`."
            }
            Coding::InsertionDeletion => "Write insertions and deletions with their bases.",
        }
    }
}

const ALL: [Coding; 5] =
    [Coding::Bases, Coding::Letters, Coding::OneTwo, Coding::OneToFour, Coding::InsertionDeletion];

fn of_pair(one: &str, other: &str) -> Option<Coding> {
    let both = |test: fn(&str) -> bool| test(one) && test(other);
    let is_bases = |allele: &str| {
        allele.bytes().all(|base| matches!(base.to_ascii_uppercase(), b'A' | b'C' | b'G' | b'T'))
    };
    if both(is_bases) {
        Some(Coding::Bases)
    } else if both(|allele| matches!(allele, "A" | "B" | "a" | "b")) {
        Some(Coding::Letters)
    } else if both(|allele| matches!(allele, "1" | "2")) {
        Some(Coding::OneTwo)
    } else if both(|allele| matches!(allele, "1" | "2" | "3" | "4")) {
        Some(Coding::OneToFour)
    } else if both(|allele| matches!(allele, "I" | "D" | "i" | "d")) {
        Some(Coding::InsertionDeletion)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coding(pairs: &[(&str, &str)]) -> Option<Coding> {
        Coding::of(&Sites {
            id: vec!["v".into(); pairs.len()],
            chrom: vec!["1".into(); pairs.len()],
            position_bp: vec![1; pairs.len()],
            reference: pairs.iter().map(|pair| pair.0.into()).collect(),
            alt: pairs.iter().map(|pair| pair.1.into()).collect(),
            autosomes: None,
        })
    }

    #[test]
    fn most_variants_say_what_the_alleles_are() {
        assert_eq!(coding(&[("A", "G"), ("A", "B"), ("ac", "A")]), Some(Coding::Bases));
        assert_eq!(
            coding(&[("A", "B"), ("B", "A"), ("A", "0"), ("B", "0")]),
            Some(Coding::Letters)
        );
        assert_eq!(coding(&[("1", "2"), ("2", "1"), ("0", "2")]), Some(Coding::OneTwo));
        assert_eq!(coding(&[("1", "2"), ("2", "1"), ("4", "2")]), Some(Coding::OneToFour));
        assert_eq!(coding(&[("I", "D"), ("D", "I"), ("A", "G")]), Some(Coding::InsertionDeletion));
        assert_eq!(coding(&[("A", "<DEL>"), ("A", "G")]), None);
        assert_eq!(coding(&[("0", "0")]), None);
    }
}
