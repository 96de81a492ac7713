//! Where the phase of a sample goes over into another set (FORMAT PS), between which it is not
//! known.

use crate::io::vcf::calls::Calls;
use crate::io::vcf::calls::PER_WORD;
use crate::io::vcf::site::Site;

/// Counts borders of phase sets, sample by sample.
#[derive(Clone, Debug, Default)]
pub struct PhaseSets {
    chrom: Vec<u8>,
    /// Of the last heterozygous call of each sample on the chromosome whose set is known; empty
    /// where there is none.
    last: Vec<Vec<u8>>,
    n_borders: Vec<u32>,
}

impl PhaseSets {
    /// Takes a record: heterozygous calls alone have a phase. Sets that are `.`, empty or left out
    /// say nothing. Records without PS cost nothing.
    pub fn count(&mut self, chrom: &[u8], site: &Site<'_>, calls: &Calls) {
        let Some(place) = place_of_set(site.format) else { return };
        self.last.resize(calls.n_samples(), Vec::new());
        self.n_borders.resize(calls.n_samples(), 0);
        if self.chrom != chrom {
            self.chrom = chrom.to_owned();
            self.last.iter_mut().for_each(Vec::clear);
        }
        let columns = site.calls.split(|&byte| byte == b'\t');
        for (sample, column) in columns.take(calls.n_samples()).enumerate() {
            let pair = calls.alternate()[sample / PER_WORD] >> (2 * (sample % PER_WORD)) & 0b11;
            let haploid = calls.haploid()[sample / PER_WORD] >> (2 * (sample % PER_WORD)) & 0b11;
            if haploid != 0 || !matches!(pair, 0b01 | 0b10) {
                continue;
            }
            let set = column.split(|&byte| byte == b':').nth(place).unwrap_or_default();
            if set.is_empty() || set == b"." {
                continue;
            }
            let last = &mut self.last[sample];
            if last != set {
                self.n_borders[sample] += u32::from(!last.is_empty());
                last.clear();
                last.extend_from_slice(set);
            }
        }
    }

    /// n_samples, borders on all chromosomes; empty if no record had PS.
    pub fn into_borders(self) -> Vec<u32> {
        self.n_borders
    }
}

/// Which entry of a column PS is.
fn place_of_set(format: &[u8]) -> Option<usize> {
    if format == b"GT" {
        return None;
    }
    format.split(|&byte| byte == b':').position(|name| name == b"PS")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn borders(records: &[(&str, &str, &str)]) -> Vec<u32> {
        let mut sets = PhaseSets::default();
        let mut calls = Calls::new(2);
        for (chrom, format, columns) in records {
            let text = format!(".\tA\tC\t.\t.\t.\t{format}\t{columns}");
            let site = Site::split(text.as_bytes()).unwrap();
            calls.read(site.calls, site.gt_place().unwrap()).unwrap();
            sets.count(chrom.as_bytes(), &site, &calls);
        }
        sets.into_borders()
    }

    #[test]
    fn a_border_lies_between_heterozygous_calls_of_different_sets() {
        let got = borders(&[
            ("1", "GT:PS", "0|1:10\t1|0:10"),
            ("1", "GT:DP:PS", "1|0:3:10\t1|0:7:30"),
            // Homozygous calls, and sets that are not known, say nothing.
            ("1", "GT:PS", "1|1:40\t0|1:."),
            ("1", "GT:PS", "0|1\t1:70"),
            ("1", "GT", "0|1\t0|1"),
            ("1", "PS:GT", "10:0|1\t50:0|1"),
            // Nothing links chromosomes.
            ("2", "GT:PS", "0|1:60\t0|1:60"),
            ("2", "GT:PS", "0|1:80\t0|1:60"),
        ]);
        assert_eq!(got, [1, 2]);
    }

    #[test]
    fn without_sets_there_is_nothing() {
        assert_eq!(borders(&[("1", "GT", "0|1\t0|1"), ("1", "GT:PSX", "0|1:1\t0|1:2")]), [0; 0]);
    }
}
