//! VCF to genotypes packed two bits each.

use crate::data::haplotypes::genotypes::append_codes;
use crate::data::haplotypes::genotypes::pair_codes;
use crate::error::Result;
use crate::io::lines::Lines;
use crate::io::vcf::calls::Calls;
use crate::io::vcf::calls::FIRST_ALLELES;
use crate::io::vcf::calls::incomplete;
use crate::io::vcf::region::Region;
use crate::io::vcf::rules::Rules;
use crate::io::vcf::scan::Scanned;
use crate::io::vcf::scan::Sink;
use crate::io::vcf::scan::scan;
use crate::io::vcf::skipped::Reason;

/// PLINK's comparison slack.
const EPSILON: f64 = 1.0 / (1_u64 << 44) as f64;

/// The biallelic records of a VCF as genotypes.
#[derive(Clone, Debug, PartialEq)]
pub struct Genotypes {
    pub scanned: Scanned,
    /// Codes as in a .bed file after its magic, variant after variant.
    pub bytes: Vec<u8>,
    /// Expected copies, variant after variant, as [`crate::data::genotypes::dosed`] has them; none
    /// where calls were read.
    pub dosages: Vec<u8>,
    /// Calls with one allele known and one not, which are read as missing.
    pub n_half_missing: u64,
}

/// Reads genotypes: copies of ALT, whether or not they are phased.
///
/// A call of one allele counts as two equal ones, as PLINK codes haploid genotypes; `./1` is
/// missing. A record is left out where the frequency of its rarer allele among the called ones is
/// below `min_maf` (1 - 2^-44), as PLINK's `--maf` does, or where `min_maf` is above 0 and
/// nothing is called.
///
/// # Errors
/// Those of [`scan`].
pub fn read(
    lines: Lines<'_>,
    region: Option<&Region>,
    rules: &Rules,
    min_maf: f64,
) -> Result<Genotypes> {
    let make =
        |_| GenotypeSink { min_maf, bytes: Vec::new(), dosages: Vec::new(), n_half_missing: 0 };
    let (scanned, sink) = scan(lines, region, rules, make)?;
    let GenotypeSink { bytes, dosages, n_half_missing, .. } = sink;
    Ok(Genotypes { scanned, bytes, dosages, n_half_missing })
}

struct GenotypeSink {
    min_maf: f64,
    bytes: Vec<u8>,
    dosages: Vec<u8>,
    n_half_missing: u64,
}

impl Sink for GenotypeSink {
    fn refuses(&self, _reason: Reason) -> bool {
        false
    }

    fn take(&mut self, calls: &Calls, dosages: &[u16]) -> Result<Option<(Reason, Option<usize>)>> {
        if self.min_maf > 0.0 && is_below(maf(calls), self.min_maf) {
            return Ok(Some((Reason::BelowMinMaf, None)));
        }
        let words = calls.alternate().iter().zip(calls.haploid()).zip(calls.missing());
        let codes =
            words.map(|((&alleles, &haploid), &missing)| pair_codes(alleles, haploid, missing));
        append_codes(codes, calls.n_samples(), &mut self.bytes);
        dosages.iter().for_each(|dosage| self.dosages.extend(dosage.to_le_bytes()));
        if calls.first_missing().is_some() {
            let halves = |&word: &u64| u64::from(((word ^ word >> 1) & FIRST_ALLELES).count_ones());
            self.n_half_missing += calls.missing().iter().map(halves).sum::<u64>();
        }
        Ok(None)
    }
}

fn is_below(maf: Option<f64>, min_maf: f64) -> bool {
    maf.is_none_or(|maf| maf < min_maf * (1.0 - EPSILON))
}

/// Frequency of the rarer allele among the called genotypes; `None` if there is none.
fn maf(calls: &Calls) -> Option<f64> {
    let (mut n_missing, mut n_alternate) = (0_u32, 0_u32);
    let words = calls.alternate().iter().zip(calls.haploid()).zip(calls.missing());
    for ((&alleles, &haploid), &missing) in words {
        let missing = incomplete(missing);
        let doubled = alleles | (alleles & FIRST_ALLELES) << 1 & haploid;
        n_missing += missing.count_ones() / 2;
        n_alternate += (doubled & !missing).count_ones();
    }
    let n_alleles = 2.0 * (calls.n_samples() as f64 - f64::from(n_missing));
    let frequency = f64::from(n_alternate) / n_alleles;
    (n_alleles > 0.0).then(|| frequency.min(1.0 - frequency))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::genotypes::genotype::COPIES;
    use crate::data::genotypes::genotype::code;
    use crate::error::Error;
    use crate::task::Task;
    use std::path::Path;

    const HEADER: &str =
        "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ta\tb\tc\n";

    fn read_text(records: &str, region: Option<&str>, min_maf: f64) -> Result<Genotypes> {
        let task = Task::new();
        let text = format!("{HEADER}{records}");
        let region = region.map(|text| Region::parse(text).unwrap());
        let lines = Lines::new(Path::new("x.vcf"), text.as_bytes(), 1000, &task)?;
        read(lines, region.as_ref(), &Rules::default(), min_maf)
    }

    fn copies(genotypes: &Genotypes) -> Vec<[Option<u8>; 3]> {
        let one = |byte: &u8| [0, 1, 2].map(|sample| COPIES[code(&[*byte], sample) as usize]);
        genotypes.bytes.iter().map(one).collect()
    }

    fn reasons(genotypes: &Genotypes) -> Vec<(&'static str, usize, usize)> {
        let one =
            |s: &crate::io::vcf::skipped::Skipped| (s.reason.name(), s.n_records, s.first.line);
        genotypes.scanned.skipped.iter().map(one).collect()
    }

    #[test]
    fn reads_every_kind_of_call_worked_by_hand() {
        let got = read_text(
            "1\t5\t.\ta\tG\t.\t.\t.\tGT\t0|1\t1/1\t0/0\n\
             1\t5\trs2\tAC\tA\t9\tq10\tDP=3\tDP:GT\t1:./1\t2:.\t3\r\n\
             chrX\t7\trs3\tA\tT\t.\t.\t.\tGT:DP\t1:3\t0\t.|.:9",
            None,
            0.0,
        )
        .unwrap();
        let want = [[Some(1), Some(2), Some(0)], [None, None, None], [Some(2), Some(0), None]];
        assert_eq!(copies(&got), want);
        assert_eq!(got.n_half_missing, 1);
        let variants = got.scanned.variants;
        assert_eq!(variants.id, ["1:5:A:G", "rs2", "rs3"]);
        assert_eq!(variants.chrom, ["1", "1", "chrX"]);
        assert_eq!(variants.ref_allele, ["A", "AC", "A"]);
        assert_eq!(got.scanned.samples, ["a", "b", "c"]);
    }

    #[test]
    fn what_is_left_out_is_counted_by_reason() {
        let calls = "0|1\t0|0\t0|0\n";
        let records = [
            ("A\tC,G", "GT"),
            ("A\t<DEL>", "GT"),
            ("A\t*", "GT"),
            ("A\t.", "GT"),
            ("N\tC", "GT"),
            ("A\tC", "DP"),
            ("A\tC", "."),
            ("A\tC", "GT"),
        ];
        let mut text = String::new();
        for (place, (alleles, format)) in records.iter().enumerate() {
            text += &format!("1\t{place}\t.\t{alleles}\t.\t.\t.\t{format}\t{calls}");
        }
        text += "1\t9\t.\tA\tC\t.\t.\t.\tGT\t0/1/1\t0|0\t0|0\n";
        let got = read_text(&text, None, 0.0).unwrap();
        assert_eq!(copies(&got), [[Some(1), Some(0), Some(0)]]);
        let want = [
            ("no_alternate", 1, 6),
            ("multiallelic", 1, 3),
            ("symbolic", 2, 4),
            ("ambiguous_base", 1, 7),
            ("no_gt", 2, 8),
            ("polyploid", 1, 11),
        ];
        assert_eq!(reasons(&got), want);
    }

    #[test]
    fn lines_and_numbers_are_read_as_they_occur() {
        let calls = "A\tC\t.\t.\t.\tGT\t0|1\t0|0\t0|0";
        let text = format!(
            "\n1\t-5\trs\t{calls}\n1\t1e+05\t.\t{calls}\r\n# note\n1\t100000.0\t\t{calls}\n\
             #1\t7\t.\t{calls}\n \t\n1\t+200000\trs3\t{calls}\n\n\r\n"
        );
        for region in [None, Some("1:1-300000")] {
            let got = read_text(&text, region, 0.0).unwrap();
            let variants = &got.scanned.variants;
            assert_eq!(variants.position_bp, [100_000, 100_000, 200_000]);
            assert_eq!(variants.id, ["1:100000:A:C", "1:100000:A:C", "rs3"]);
            assert_eq!(reasons(&got), [("negative_position", 1, 4)]);
        }
        let error = read_text(&format!("1\t-5\trs\t{calls}\n"), None, 0.0).unwrap_err();
        assert!(error.to_string().contains("1 negative_position"), "{error}");
        let error = read_text("# none\n\n", None, 0.0).unwrap_err();
        assert!(error.to_string().contains("a header and no record"), "{error}");
    }

    #[test]
    fn rare_alleles_are_left_out_as_plink_does() {
        let record = |at: usize, calls: &str| format!("1\t{at}\t.\tA\tC\t.\t.\t.\tGT\t{calls}\n");
        // Frequencies 1/6, 5/6, 1/4 (one missing), 0, haploid 1 of (1, 0|0, 0|0) = 2/6, none.
        let text = [
            record(1, "0|1\t0|0\t0|0"),
            record(2, "0|1\t1|1\t1|1"),
            record(3, "0|1\t0|0\t.|1"),
            record(4, "0|0\t0|0\t0|0"),
            record(5, "1\t0|0\t0|0"),
            record(6, ".\t.\t./."),
        ]
        .concat();
        let left =
            |min_maf: f64| read_text(&text, None, min_maf).unwrap().scanned.variants.position_bp;
        assert_eq!(left(0.0), [1, 2, 3, 4, 5, 6]);
        assert_eq!(left(1.0 / 6.0), [1, 2, 3, 5]);
        assert_eq!(left(0.17), [3, 5]);
        let error = read_text(&text, None, 0.5).unwrap_err();
        assert!(
            error.to_string().contains("All 6 records were left out: 6 below_min_maf"),
            "{error}"
        );
    }

    #[test]
    fn a_region_is_read_with_or_without_chr_and_the_rest_is_not() {
        let record = |chrom: &str, at: usize| {
            format!("{chrom}\t{at}\t.\tA\tC\t.\t.\t.\tGT\t0|1\t0|0\t0|0\n")
        };
        let text =
            [record("chr1", 5), record("chr1", 6), record("chr1", 6), record("chr1", 9)].concat();
        let text = text + &record("2", 1) + "nonsense\n";
        let positions = |region: &str| {
            read_text(&text, Some(region), 0.0).map(|got| got.scanned.variants.position_bp)
        };
        assert_eq!(positions("1").unwrap(), [5, 6, 6, 9]);
        assert_eq!(positions("chr1:6-8").unwrap(), [6, 6]);
        assert_eq!(positions("1:9").unwrap(), [9]);
        assert!(matches!(positions("2"), Err(Error::VcfRecord { .. })), "the region goes on");
        let error = positions("1:100-200").unwrap_err().to_string();
        assert!(error.contains("the file has chromosome chr1"), "{error}");
    }

    #[test]
    fn malformed_records_are_refused_with_line_chromosome_and_position() {
        let good = "1\t5\t.\tA\tC\t.\t.\t.\tGT\t0|1\t0|0\t0|0\n";
        let cases = [
            (
                "1",
                "Line 4 of \"x.vcf\" (chromosome 1, position ?) has 1 column, not 12",
                "vcf_record",
            ),
            ("1\t6", "has 2 columns, not 12", "vcf_record"),
            ("1 6 . A C . . . GT 0|1 0|0 0|0", "has 1 column, not 12", "vcf_record"),
            ("1\t6\t.\tA\tC\t.\t.\t.\tGT", "has 9 columns, not 12", "vcf_record"),
            (
                "1\t6\t.\tA\tC\t.\t.\t.\tGT\t0|1\t0|1",
                "position 6) has 11 columns, not 12",
                "vcf_record",
            ),
            ("1\t6\t.\tA\tC,G\t.\t.\t.\tGT\t0|1\t0|1", "has 11 columns, not 12", "vcf_record"),
            ("1\t6\t.\tA\tC\t.\t.\t.\tGT\t0|1\t0|1\t0|1\t", "has 13 columns, not 12", "vcf_record"),
            (
                "1\tsix\t.\tA\tC\t.\t.\t.\tGT\t0|1\t0|1\t0|1",
                "(chromosome 1, position six) has \"six\"",
                "vcf_record",
            ),
            ("1\t6\t.\tA\tC\t.\t.\t.\tGT\t0|1\t0|2\t0|1", "has \"0|2\" for sample 2", "vcf_record"),
            ("1\t6\t.\t--\tC\t.\t.\t.\tGT\t0|1\t0|1\t0|1", "has \"--\"", "vcf_record"),
            (
                "##fileformat=VCFv4.2",
                "Line 4 of \"x.vcf\" has a second header.\ni Were several files put together by \
                 `cat`? `bcftools concat`",
                "vcf_header",
            ),
            ("\t6\t.\tA\tC\t.\t.\t.\tGT\t0|1\t0|1\t0|1", "CHROM must be text", "vcf_record"),
            ("1\t6\ta b\tA\tC\t.\t.\t.\tGT\t0|1\t0|1\t0|1", "ID must be text", "vcf_record"),
            (
                "1\t4\t.\tA\tC\t.\t.\t.\tGT\t0|1\t0|1\t0|1",
                "position 4) comes after position 5",
                "vcf_order",
            ),
            (
                "2\t4\t.\tA\tC\t.\t.\t.\tGT\t0|1\t0|1\t0|1\n1\t9\t.\tA\tC\t.\t.\t.\tGT\t0|1\t0|1\t0|1",
                "Line 5 of \"x.vcf\" (chromosome 1, position 9) comes back after chromosome 2",
                "vcf_order",
            ),
        ];
        for (line, want, kind) in cases {
            let error = read_text(&format!("{good}{line}\n"), None, 0.0).unwrap_err();
            assert!(error.to_string().contains(want), "{error}");
            assert_eq!(error.kind(), kind);
        }
        let none = read_text("", None, 0.0).unwrap_err();
        assert!(none.to_string().contains("a header and no record"), "{none}");
    }
}
