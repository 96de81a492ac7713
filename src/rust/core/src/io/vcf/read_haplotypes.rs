//! VCF to haplotypes packed one bit each.

use crate::data::haplotypes::packed::HaplotypeBuilder;
use crate::data::haplotypes::packed::PackedHaplotypes;
use crate::error::Result;
use crate::io::lines::Lines;
use crate::io::vcf::calls::Calls;
use crate::io::vcf::region::Region;
use crate::io::vcf::rules::Rules;
use crate::io::vcf::scan::Scanned;
use crate::io::vcf::scan::Sink;
use crate::io::vcf::scan::scan;
use crate::io::vcf::skipped::Reason;

/// How to treat a record that does not say which haplotype has which allele.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnUnphased {
    /// The first one ends the reading.
    Refuse,
    /// It is left out and counted.
    Drop,
}

/// The phased biallelic records of a VCF.
#[derive(Clone, Debug, PartialEq)]
pub struct Haplotypes {
    pub scanned: Scanned,
    pub packed: PackedHaplotypes<'static>,
}

/// Reads haplotypes. A call of one allele is a haploid sample: it has no second haplotype there.
///
/// A homozygous call is phased whatever separates its alleles, as programs of read-backed phasing
/// write it; every other must have `|`.
///
/// Records with an allele listed twice, without an alternate allele, with a symbolic one or with a base other than A, C, G and
/// T are left out and counted. Those that are multi-allelic, have no GT, more than two alleles to a
/// call, a missing or an unphased one are treated as `on_unphased` says.
///
/// # Errors
/// [`crate::error::Error::NotPhased`] that names the first such record; those of [`scan`].
pub fn read(
    lines: Lines<'_>,
    region: Option<&Region>,
    on_unphased: OnUnphased,
) -> Result<Haplotypes> {
    let make = |n_samples| HaplotypeSink { on_unphased, builder: HaplotypeBuilder::new(n_samples) };
    let (scanned, sink) = scan(lines, region, &Rules::default(), make)?;
    Ok(Haplotypes { scanned, packed: sink.builder.finish() })
}

struct HaplotypeSink {
    on_unphased: OnUnphased,
    builder: HaplotypeBuilder,
}

impl Sink for HaplotypeSink {
    fn refuses(&self, reason: Reason) -> bool {
        let says_too_little = matches!(
            reason,
            Reason::Multiallelic
                | Reason::NoGt
                | Reason::Polyploid
                | Reason::Missing
                | Reason::Unphased
        );
        says_too_little && self.on_unphased == OnUnphased::Refuse
    }

    fn take(&mut self, calls: &Calls, _dosages: &[u16]) -> Option<(Reason, Option<usize>)> {
        if let Some(sample) = calls.first_missing() {
            return Some((Reason::Missing, Some(sample)));
        }
        if let Some(sample) = calls.first_unphased() {
            return Some((Reason::Unphased, Some(sample)));
        }
        self.builder.push(calls.alternate(), calls.any_haploid().then_some(calls.haploid()));
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::haplotypes::packed::HaplotypeView;
    use crate::task::Task;
    use std::path::Path;

    const HEADER: &str =
        "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ta\tb\n";

    fn read_text(records: &str, on_unphased: OnUnphased) -> Result<Haplotypes> {
        let task = Task::new();
        let text = format!("{HEADER}{records}");
        read(Lines::new(Path::new("x.vcf"), text.as_bytes(), 1000, &task)?, None, on_unphased)
    }

    fn record(at: usize, alternate: &str, calls: &str) -> String {
        format!("X\t{at}\t.\tA\t{alternate}\t.\t.\t.\tGT\t{calls}\n")
    }

    #[test]
    fn bits_are_the_alleles_and_haploid_is_explicit() {
        let text =
            record(1, "C", "0|1\t1|1") + &record(2, "C", "1|0\t1") + &record(3, "C", "1\t0|1");
        let got = read_text(&text, OnUnphased::Refuse).unwrap();
        let view = HaplotypeView::whole(got.packed);
        let mut words = Vec::new();
        let mut bits = |haplotype| {
            view.alleles(haplotype, 0..3, &mut words);
            words[0]
        };
        assert_eq!([0, 1, 2, 3].map(&mut bits), [0b110, 0b001, 0b011, 0b101]);
        let mut mask = |sample| {
            view.haploid(sample, 0..3, &mut words);
            words[0]
        };
        assert_eq!([0, 1].map(&mut mask), [0b100, 0b010]);
    }

    #[test]
    fn the_first_record_that_is_not_phased_is_named_or_all_are_dropped() {
        let cases = [
            ("C,G", "0|1\t1|1", "lists more than one alternate allele", "multiallelic"),
            ("C", "0|1\t0/1", "has an unphased call, first \"0/1\" of sample 2", "unphased"),
            ("C", "0/0\t1/0", "has an unphased call, first \"1/0\" of sample 2", "unphased"),
            ("C", "/0|1\t0|1", "has an unphased call, first \"/0|1\" of sample 1", "unphased"),
            ("C", "0|1\t.|.", "has a missing call, first \".|.\" of sample 2", "missing"),
            ("C", "0|1\t.", "has a missing call, first \".\" of sample 2", "missing"),
            ("C", "0|1\t1|.", "has a missing call, first \"1|.\" of sample 2", "missing"),
            ("C", "0|1\t1|1|0", "more than two alleles, first \"1|1|0\" of sample 2", "polyploid"),
        ];
        for (alternate, calls, want, reason) in cases {
            let bad = record(2, alternate, calls);
            let text = record(1, "C", "0|1\t0|0") + &bad + &bad + &record(3, "C", "0|0\t0|1");
            let error = read_text(&text, OnUnphased::Refuse).unwrap_err();
            assert_eq!(error.kind(), "not_phased");
            let message = error.to_string();
            assert!(
                message.contains("Line 4 of \"x.vcf\" (chromosome X, position 2)"),
                "{message}"
            );
            assert!(message.contains(want), "{message}");
            let got = read_text(&text, OnUnphased::Drop).unwrap();
            assert_eq!(got.scanned.variants.position_bp, [1, 3]);
            let [skipped] = &got.scanned.skipped[..] else { panic!("one reason") };
            assert_eq!((skipped.reason.name(), skipped.n_records), (reason, 2));
        }
    }

    #[test]
    fn read_backed_phase_is_read_whole() {
        let text = record(1, "C", "0/0\t1|0") + &record(2, "C", "1/1\t0/0");
        for on_unphased in [OnUnphased::Refuse, OnUnphased::Drop] {
            let got = read_text(&text, on_unphased).unwrap();
            assert_eq!(got.packed.n_variants(), 2);
            let view = HaplotypeView::whole(got.packed);
            let mut words = Vec::new();
            let alleles = [0, 1, 2, 3].map(|haplotype| {
                view.alleles(haplotype, 0..2, &mut words);
                words[0]
            });
            assert_eq!(alleles, [0b10, 0b10, 0b01, 0b00]);
        }
    }

    #[test]
    fn what_no_phase_could_repair_is_left_out_either_way() {
        let text = record(1, "<DEL>", "0|1\t0|0")
            + &record(2, "a", "0|1\t0|0")
            + &record(2, "C,C", "0|1\t0|0")
            + &record(2, "C", "0|0\t0|1");
        let got = read_text(&text, OnUnphased::Refuse).unwrap();
        let reasons: Vec<(Reason, usize)> =
            got.scanned.skipped.iter().map(|one| (one.reason, one.n_records)).collect();
        assert_eq!(reasons, [(Reason::RepeatedAllele, 2), (Reason::Symbolic, 1)]);
        assert_eq!(got.packed.n_variants(), 1);
    }
}
