//! The range of a chromosome that a user asks for.

use crate::data::chromosome::Kind;
use crate::data::chromosome::Names;
use crate::data::chromosome::plain;
use crate::error::Error;
use crate::error::Result;
use crate::io::lines::Lines;
use crate::io::vcf::header;
use crate::io::vcf::header::BodyLine;
use crate::io::vcf::header::body_line;
use crate::io::vcf::site::position as read_position;
use crate::io::vcf::site::split_tab;
use std::collections::HashMap;

/// Positions `first..=last` of one chromosome.
#[derive(Clone, Debug)]
pub struct Region {
    chrom: String,
    pub first: i32,
    pub last: i32,
    /// Where the file's names may be numbers of X, Y, XY or mitochondria, those names.
    names: Option<Names>,
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
        Ok(Region { chrom: plain(chrom).into_owned(), first, last, names: None })
    }

    /// The region in a file that may call its chromosome by PLINK's number where the user gave the
    /// letter, or the other way round.
    ///
    /// Which numbers are letters, the names of all chromosomes say: those of the header if it lists
    /// that of the region, or else those of the records, for which the file is read once. Where a
    /// record has the region's own name, no other is looked for.
    ///
    /// # Errors
    /// Those of [`header::read`] and of [`Lines::next_line`]. Malformed records are left to the scan.
    pub fn in_file<'t>(
        self,
        autosomes: Option<u32>,
        open: impl FnOnce() -> Result<Lines<'t>>,
    ) -> Result<Region> {
        // Nothing speaks against humans in a set without names.
        let known = Names::of(std::iter::empty()).with_autosomes(autosomes);
        let is_autosome = matches!(known.kind(&self.chrom), Kind::Autosome | Kind::Unplaced);
        if is_autosome || autosomes.is_some() {
            return Ok(Region { names: Some(known), ..self });
        }
        let mut lines = open()?;
        let mut places = HashMap::new();
        header::read_with(&mut lines, |_, line| {
            places.extend(contig(line));
            Ok(())
        })?;
        if !places.keys().any(|name| known.are_same(name, &self.chrom)) {
            let has_own_name = self.places_of_records(&mut lines, &mut places)?;
            if has_own_name {
                return Ok(Region { names: None, ..self });
            }
        }
        let own = Names::of(std::iter::once((self.chrom.as_str(), self.first)));
        let names = Names::of(places.iter().map(|(name, last)| (name.as_str(), *last))).with(own);
        Ok(Region { names: Some(names), ..self })
    }

    /// The chromosomes of records with the last position on each; `true`, and not all of them, if
    /// one has the region's own name.
    fn places_of_records(
        &self,
        lines: &mut Lines<'_>,
        places: &mut HashMap<String, i32>,
    ) -> Result<bool> {
        while let Some(text) = lines.next_line()? {
            if body_line(text) != BodyLine::Record {
                continue;
            }
            let Some((chrom, rest)) = split_tab(text) else { continue };
            let Ok(chrom) = std::str::from_utf8(chrom) else { continue };
            let position_bp = split_tab(rest).and_then(|(text, _)| read_position(text).ok()?);
            match places.get_mut(chrom) {
                Some(last) => *last = (*last).max(position_bp.unwrap_or(0)),
                None if plain(chrom) == self.chrom => return Ok(true),
                None => {
                    places.insert(chrom.to_owned(), position_bp.unwrap_or(0));
                }
            }
        }
        Ok(false)
    }

    /// Its chromosome, in the plain spelling.
    pub fn chrom(&self) -> &str {
        &self.chrom
    }

    /// Whether a chromosome is the region's, in whatever spelling.
    pub fn is_on(&self, chrom: &[u8]) -> bool {
        std::str::from_utf8(chrom).is_ok_and(|chrom| match &self.names {
            Some(names) => names.are_same(chrom, &self.chrom),
            None => plain(chrom) == self.chrom,
        })
    }
}

/// Name and length (0 if not given) of `##contig=<ID=22,length=51304566>`.
fn contig(line: &[u8]) -> Option<(String, i32)> {
    let fields = std::str::from_utf8(line).ok()?.strip_prefix("##contig=<")?;
    let fields = fields.trim_end().trim_end_matches('>');
    let value = |key: &str| fields.split(',').find_map(|field| field.trim().strip_prefix(key));
    let length = value("length=").and_then(|length| length.parse().ok());
    Some((value("ID=")?.to_owned(), length.unwrap_or(0)))
}

fn position(text: &str) -> Option<i32> {
    let digits = text.replace(',', "");
    let only_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
    if only_digits { digits.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::Task;
    use std::path::Path;

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

    /// Where the region of a file is: names of its header (with lengths), then of its records.
    fn is_on(
        region: &str,
        autosomes: Option<u32>,
        contigs: &[(&str, i32)],
        records: &[(&str, i32)],
    ) -> Vec<bool> {
        let task = Task::new();
        let mut text = "##fileformat=VCFv4.2\n".to_owned();
        for (name, length) in contigs {
            text += &format!("##contig=<ID={name},length={length}>\n");
        }
        text += "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ta\n# note\n";
        for (name, position) in records {
            text += &format!("{name}\t{position}\tmore\n");
        }
        let open = || Lines::new(Path::new("x.vcf"), text.as_bytes(), 1000, &task);
        let region = Region::parse(region).unwrap().in_file(autosomes, open).unwrap();
        records.iter().map(|(name, _)| region.is_on(name.as_bytes())).collect()
    }

    #[test]
    fn letters_are_numbers_in_human_files_alone() {
        let human = [("chr1", 5), ("23", 7), ("26", 9)];
        assert_eq!(is_on("chrX:6-8", None, &[], &human), [false, true, false]);
        assert_eq!(is_on("MT", None, &[], &human), [false, false, true]);
        assert_eq!(is_on("23", None, &[], &[("22", 5), ("chrX", 5)]), [false, true]);
        assert_eq!(is_on("Y", None, &[], &human), [false; 3]);
        // The end of a region says nothing about the length of a chromosome.
        assert_eq!(is_on("X:1-2000000000", None, &[], &human), [false, true, false]);
        // What follows the region speaks against humans: a number, or a length.
        for other in [("29", 5), ("24", 90_000_000)] {
            let records = [("X", 5), ("1", 5), ("23", 5), other];
            assert_eq!(is_on("23", None, &[], &records), [false, false, true, false]);
            assert_eq!(is_on("X", None, &[], &records[1..]), [false; 3]);
        }
        let roman = [("IX", 5), ("X", 5)];
        assert_eq!(is_on("23", None, &[], &roman), [false, false]);
    }

    #[test]
    fn the_header_or_the_user_says_how_many_autosomes_there_are() {
        let records = [("23", 5), ("X", 5), ("30", 5)];
        let header = |names: &[(&str, i32)], region| is_on(region, None, names, &records[..1]);
        assert_eq!(header(&[("22", 0), ("23", 0)], "X"), [true]);
        assert_eq!(header(&[("29", 0), ("23", 0)], "X"), [false]);
        assert_eq!(header(&[("23", 999_999_999)], "X"), [false]);
        // The header does not list the region's chromosome, and human names alone.
        assert_eq!(is_on("X", None, &[("22", 0)], &[("23", 5), ("27", 1)]), [false, false]);
        assert_eq!(is_on("X", Some(29), &[], &records), [false, true, true]);
        assert_eq!(is_on("30", Some(29), &[], &records), [false, true, true]);
        assert_eq!(is_on("23", Some(29), &[], &records), [true, false, false]);
    }

    #[test]
    fn refuses_what_is_no_region() {
        for text in ["", ":1-2", "22:", "22:-5", "22:5-", "22:5-4", "22:1-99999999999", "22:1e6-2"]
        {
            assert!(matches!(Region::parse(text), Err(Error::Region { .. })), "{text}");
        }
    }
}
