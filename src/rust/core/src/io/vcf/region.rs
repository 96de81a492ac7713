//! The range of a chromosome that a user asks for.

use crate::data::chromosome::plain;
use crate::error::Error;
use crate::error::Result;

/// Positions `first..=last` of one chromosome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    chrom: String,
    pub first: i32,
    pub last: i32,
}

impl Region {
    /// Reads `22`, `22:16000000`, `22:16000000-17000000` or `22:16,000,000-17,000,000`.
    ///
    /// A name that contains a colon is taken whole unless numbers follow its last one.
    ///
    /// # Errors
    /// [`Error::Region`] if there is no name, a position is no whole number up to 2147483647, or
    /// the last comes before the first.
    pub fn parse(text: &str) -> Result<Region> {
        let refuse = || Error::Region { region: text.to_owned() };
        let (chrom, first, last) = match text.rsplit_once(':') {
            Some((chrom, range)) if range.starts_with(|c: char| c.is_ascii_digit()) => {
                let (first, last) = range.split_once('-').unwrap_or((range, range));
                (chrom, position(first).ok_or_else(refuse)?, position(last).ok_or_else(refuse)?)
            }
            Some((_, range)) if range.is_empty() || range.starts_with('-') => return Err(refuse()),
            _ => (text, 0, i32::MAX),
        };
        if chrom.is_empty() || first > last {
            return Err(refuse());
        }
        Ok(Region { chrom: plain(chrom).into_owned(), first, last })
    }

    /// Its chromosome, in the plain spelling.
    pub fn chrom(&self) -> &str {
        &self.chrom
    }

    /// Whether a chromosome is the region's, in whatever spelling.
    pub fn is_on(&self, chrom: &[u8]) -> bool {
        std::str::from_utf8(chrom).is_ok_and(|chrom| plain(chrom) == self.chrom)
    }
}

fn position(text: &str) -> Option<i32> {
    let digits = text.replace(',', "");
    let only_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
    if only_digits { digits.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_chromosomes_positions_and_ranges() {
        let parse = |text: &str| {
            let region = Region::parse(text).unwrap();
            (region.chrom, region.first, region.last)
        };
        assert_eq!(parse("22"), ("22".into(), 0, i32::MAX));
        assert_eq!(parse("chr22:16,000,000-17000000"), ("22".into(), 16_000_000, 17_000_000));
        assert_eq!(parse("X:5"), ("X".into(), 5, 5));
        assert_eq!(parse("HLA-A*01:01:01"), ("HLA-A*01:01".into(), 1, 1));
        assert_eq!(parse("scaffold:b"), ("SCAFFOLD:B".into(), 0, i32::MAX));
        for name in ["CHR22", "22", "chromosome22", "NC_000022.10"] {
            assert!(Region::parse("22").unwrap().is_on(name.as_bytes()), "{name}");
        }
        assert!(Region::parse("chr6").unwrap().is_on(b"06"));
        assert!(!Region::parse("22").unwrap().is_on(b"2"));
    }

    #[test]
    fn refuses_what_is_no_region() {
        for text in ["", ":1-2", "22:", "22:-5", "22:5-", "22:5-4", "22:1-99999999999", "22:1e6-2"]
        {
            assert!(matches!(Region::parse(text), Err(Error::Region { .. })), "{text}");
        }
    }
}
