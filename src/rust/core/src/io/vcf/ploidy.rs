//! What the number of alleles in calls on X says about the sex of samples.

use crate::data::chromosome::plain;
use crate::io::vcf::calls::Calls;
use crate::io::vcf::calls::PER_WORD;
use crate::io::vcf::calls::incomplete;

/// Heterozygous calls that a sample with two copies must be expected to have before their absence
/// speaks against two copies.
const FEWEST_EXPECTED: f64 = 5.0;
/// PLINK's bound of F on X, 0.8: heterozygous calls of one copy are below 1 - F of the expected.
const LEAST_OF_EXPECTED: f64 = 0.2;

/// What the calls of a sample say, at the records of a chromosome that have haploid calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copies {
    /// Nothing is called.
    Unknown,
    /// All calls have one allele.
    One,
    /// All calls have two.
    Two,
    /// Some have one and some two; or all have two, with so few heterozygous ones that a single
    /// copy was probably written twice.
    Unclear,
}

/// The copies of each sample on a chromosome with haploid calls; of none where its name is that of
/// no chromosome X, in any species.
#[derive(Clone, Debug, PartialEq)]
pub struct Ploidy {
    pub chrom: String,
    pub copies: Vec<Copies>,
}

/// The tallies of all chromosomes with haploid calls.
#[derive(Clone, Debug, Default)]
pub struct Tallies(Vec<Tally>);

#[derive(Clone, Debug, Default)]
struct Tally {
    chrom: Vec<u8>,
    samples: Vec<Counts>,
}

/// Of one sample: called genotypes with one and with two alleles, and heterozygous ones, expected
/// and found.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    n_one: u32,
    n_two: u32,
    n_heterozygous: u32,
    expected: f64,
}

impl Tallies {
    /// Takes the calls of a record.
    pub fn count(&mut self, chrom: &[u8], calls: &Calls) {
        if !calls.any_haploid() || !any_called_haploid(calls) {
            return;
        }
        if self.0.last().is_none_or(|tally| tally.chrom != chrom) {
            let n_samples = if may_be_x(chrom) { calls.n_samples() } else { 0 };
            let samples = vec![Counts::default(); n_samples];
            self.0.push(Tally { chrom: chrom.to_owned(), samples });
        }
        let tally = self.0.last_mut().expect("just made");
        let expected = expected_heterozygous(calls);
        for (sample, counts) in tally.samples.iter_mut().enumerate() {
            let (word, shift) = (sample / PER_WORD, 2 * (sample % PER_WORD));
            let bits = |words: &[u64]| words[word] >> shift & 0b11;
            if bits(calls.missing()) != 0 {
                continue;
            }
            if bits(calls.haploid()) != 0 {
                counts.n_one += 1;
                continue;
            }
            counts.n_two += 1;
            counts.expected += expected;
            counts.n_heterozygous += u32::from(matches!(bits(calls.alternate()), 0b01 | 0b10));
        }
    }

    /// What they say.
    pub fn into_ploidy(self) -> Vec<Ploidy> {
        let of = |tally: Tally| Ploidy {
            chrom: String::from_utf8_lossy(&tally.chrom).into_owned(),
            copies: tally.samples.iter().map(Counts::copies).collect(),
        };
        self.0.into_iter().map(of).collect()
    }
}

impl Counts {
    fn copies(&self) -> Copies {
        match (self.n_one, self.n_two) {
            (0, 0) => Copies::Unknown,
            (_, 0) => Copies::One,
            (0, _) if self.lacks_heterozygotes() => Copies::Unclear,
            (0, _) => Copies::Two,
            _ => Copies::Unclear,
        }
    }

    fn lacks_heterozygotes(&self) -> bool {
        let least = LEAST_OF_EXPECTED * self.expected;
        self.expected >= FEWEST_EXPECTED && f64::from(self.n_heterozygous) < least
    }
}

/// `X`, or a number, which may stand for it.
fn may_be_x(chrom: &[u8]) -> bool {
    let Ok(name) = std::str::from_utf8(chrom) else { return false };
    let name = plain(name);
    name == "X" || name.bytes().all(|byte| byte.is_ascii_digit())
}

/// A missing call of one dot says nothing: programs write it for two copies, too.
fn any_called_haploid(calls: &Calls) -> bool {
    calls.haploid().iter().zip(calls.missing()).any(|(haploid, missing)| haploid & !missing != 0)
}

/// `2 p (1 - p)`, p the frequency of the alternate allele.
fn expected_heterozygous(calls: &Calls) -> f64 {
    let n_samples = calls.n_samples();
    let (mut n_alternate, mut n_alleles) = (0, 0);
    let words = calls.alternate().iter().zip(calls.haploid()).zip(calls.missing());
    for (word, ((alternate, haploid), missing)) in words.enumerate() {
        let absent = incomplete(*missing) | haploid;
        n_alternate += (alternate & !absent).count_ones();
        let n_here = 2 * PER_WORD.min(n_samples - word * PER_WORD) as u32;
        n_alleles += n_here - absent.count_ones();
    }
    let p = f64::from(n_alternate) / f64::from(n_alleles.max(1));
    2.0 * p * (1.0 - p)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copies(chrom: &str, records: &[String]) -> Vec<Copies> {
        let mut tallies = Tallies::default();
        let mut calls = Calls::new(records[0].split('\t').count());
        for record in records {
            calls.read(record.as_bytes(), 0).unwrap();
            tallies.count(chrom.as_bytes(), &calls);
        }
        tallies.into_ploidy().pop().map_or_else(Vec::new, |ploidy| ploidy.copies)
    }

    fn records(text: &[&str]) -> Vec<String> {
        text.iter().map(|record| (*record).to_owned()).collect()
    }

    #[test]
    fn copies_worked_by_hand() {
        use Copies::*;
        let got = copies(
            "X",
            &records(&[
                "0\t0/1\t1\t.\t1\t./1",
                // In the pseudo-autosomal region no sample is haploid.
                "0/1\t0/0\t1|1\t0/1\t0/0\t0/0",
                "1\t1/1\t0|1\t.\t./.\t0/1",
            ]),
        );
        assert_eq!(got, [One, Two, Unclear, Unknown, One, Two]);
        assert_eq!(copies("2L", &records(&["0\t0/1"])), []);
        // One dot is no haploid call.
        assert_eq!(copies("X", &records(&[".\t0/1\t0/0"])), []);
    }

    /// Males of one batch are written as if they had two copies.
    #[test]
    fn two_copies_without_heterozygotes_are_unclear() {
        use Copies::*;
        let record = |i: usize| match i % 2 {
            0 => "0\t1\t0/1\t0/0\t./.",
            _ => "1\t0\t1/0\t1/1\t1/1",
        };
        let all: Vec<String> = (0..20).map(|i| record(i).to_owned()).collect();
        assert_eq!(copies("chr23", &all), [One, One, Two, Unclear, Two]);
        assert_eq!(copies("chr23", &all[..5]), [One, One, Two, Two, Two]);
    }

    /// p = 3 of 7 alleles, over a second word of samples.
    #[test]
    fn frequencies_count_a_single_copy_once() {
        let mut calls = Calls::new(35);
        let mut text = vec!["./."; 35];
        text[..3].copy_from_slice(&["1", "0/1", "0|0"]);
        text[33] = "./1";
        text[34] = "1/0";
        calls.read(text.join("\t").as_bytes(), 0).unwrap();
        let p = 3.0 / 7.0;
        assert!((expected_heterozygous(&calls) - 2.0 * p * (1.0 - p)).abs() < 1e-12);
    }
}
