//! VCF to haplotypes packed one bit each.

use crate::data::haplotypes::packed::HaplotypeBuilder;
use crate::data::haplotypes::packed::PackedHaplotypes;
use crate::error::Result;
use crate::io::haplotype_file::HaplotypeWriter;
use crate::io::haplotype_file::Layout;
use crate::io::lines::Lines;
use crate::io::vcf::calls::Calls;
use crate::io::vcf::calls::PER_WORD;
use crate::io::vcf::header;
use crate::io::vcf::phase_sets::PhaseSets;
use crate::io::vcf::region::Region;
use crate::io::vcf::rules::Rules;
use crate::io::vcf::scan::Scanned;
use crate::io::vcf::scan::Sink;
use crate::io::vcf::scan::scan;
use crate::io::vcf::site::Site;
use crate::io::vcf::skipped::Reason;
use std::path::Path;

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
    /// Of all samples of the file the borders of phase sets (FORMAT PS) on all chromosomes, where
    /// the phase may switch; empty if no record has PS.
    pub set_borders: Vec<u32>,
}

/// Reads haplotypes. A call of one allele is a haploid sample: it has no second haplotype there.
///
/// A homozygous call is phased whatever separates its alleles, as programs of read-backed phasing
/// write it; every other must have `|`.
///
/// With `kept`, only these samples (columns from 0, in the order wanted) are packed. Which records
/// are read does not depend on it: all calls of a record are checked, so that the same file gives
/// the same variants for any samples.
///
/// Records with an allele listed twice, without an alternate allele, with a symbolic one or with a base other than A, C, G and
/// T are left out and counted. Those that are multi-allelic, have no GT, more than two alleles to a
/// call, a missing or an unphased one are treated as `on_unphased` says.
///
/// # Errors
/// [`crate::error::Error::NotPhased`] that names the first such record; those of [`scan`].
///
/// # Panics
/// If the file does not have a sample of `kept`: the caller knows its header.
pub fn read(
    lines: Lines<'_>,
    region: Option<&Region>,
    on_unphased: OnUnphased,
    kept: Option<&[usize]>,
) -> Result<Haplotypes> {
    let make = |n_samples| HaplotypeSink {
        on_unphased,
        builder: HaplotypeBuilder::new(kept.map_or(n_samples, <[usize]>::len)),
        kept: kept.map(|samples| Kept { samples, alleles: Vec::new(), haploid: Vec::new() }),
        sets: PhaseSets::default(),
    };
    let (scanned, sink) = scan(lines, region, &Rules::default(), make)?;
    let set_borders = sink.sets.into_borders();
    Ok(Haplotypes { scanned, packed: sink.builder.finish(), set_borders })
}

/// What [`pack`] has read; `set_borders` as those of [`Haplotypes`].
pub struct Packed {
    pub scanned: Scanned,
    pub layout: Layout,
    pub set_borders: Vec<u32>,
}

/// Reads the haplotypes of all samples into a file, from which [`crate::io::haplotype_file`] reads
/// batches of so many samples. Records are those of [`read`], which are refused where they are not
/// phased; one block of the file is in memory.
///
/// # Errors
/// Those of [`read`]; [`crate::error::Error::File`] if `path` cannot be written.
pub fn pack(lines: Lines<'_>, path: &Path, batch: usize) -> Result<Packed> {
    let create = |n_samples| HaplotypeWriter::create(path, n_samples, batch);
    let make = |n_samples| FileSink { n_samples, create, writer: None, sets: PhaseSets::default() };
    let (scanned, sink) = scan(lines, None, &Rules::default(), make)?;
    let writer = sink.writer.expect("a scan takes a record or fails");
    Ok(Packed { scanned, layout: writer.publish()?, set_borders: sink.sets.into_borders() })
}

/// Names of the samples of a VCF, of which nothing but the header is read.
///
/// # Errors
/// Those of [`header::read`].
pub fn sample_names(mut lines: Lines<'_>) -> Result<Vec<String>> {
    header::read(&mut lines)
}

struct HaplotypeSink<'k> {
    on_unphased: OnUnphased,
    builder: HaplotypeBuilder,
    /// `None`: every sample.
    kept: Option<Kept<'k>>,
    sets: PhaseSets,
}

/// Samples that are packed, and memory for their calls.
struct Kept<'k> {
    samples: &'k [usize],
    alleles: Vec<u64>,
    haploid: Vec<u64>,
}

/// The two bits of each chosen sample, side by side, in the layout of [`Calls`].
fn gather(words: &[u64], samples: &[usize], chosen: &mut Vec<u64>) {
    chosen.clear();
    chosen.resize(samples.len().div_ceil(PER_WORD), 0);
    for (place, &sample) in samples.iter().enumerate() {
        let pair = words[sample / PER_WORD] >> (2 * (sample % PER_WORD)) & 0b11;
        chosen[place / PER_WORD] |= pair << (2 * (place % PER_WORD));
    }
}

impl Sink for HaplotypeSink<'_> {
    fn refuses(&self, reason: Reason) -> bool {
        says_too_little(reason) && self.on_unphased == OnUnphased::Refuse
    }

    fn take(&mut self, calls: &Calls, _dosages: &[u16]) -> Result<Option<(Reason, Option<usize>)>> {
        if let Some(problem) = not_phased(calls) {
            return Ok(Some(problem));
        }
        let haploid = calls.any_haploid().then_some(calls.haploid());
        let Some(Kept { samples, alleles, haploid: mask }) = &mut self.kept else {
            self.builder.push(calls.alternate(), haploid);
            return Ok(None);
        };
        gather(calls.alternate(), samples, alleles);
        gather(haploid.unwrap_or_default(), if haploid.is_some() { samples } else { &[] }, mask);
        let any_haploid = mask.iter().any(|&word| word != 0);
        self.builder.push(alleles, any_haploid.then_some(&mask[..]));
        Ok(None)
    }

    fn look(&mut self, chrom: &[u8], site: &Site<'_>, calls: &Calls) {
        self.sets.count(chrom, site, calls);
    }
}

/// Whether records that are left out for this reason do not say which haplotype has which allele.
fn says_too_little(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::Multiallelic
            | Reason::NoGt
            | Reason::Polyploid
            | Reason::Missing
            | Reason::Unphased
    )
}

/// Why calls are no haplotypes, and the first sample whose call is the reason.
fn not_phased(calls: &Calls) -> Option<(Reason, Option<usize>)> {
    if let Some(sample) = calls.first_missing() {
        return Some((Reason::Missing, Some(sample)));
    }
    calls.first_unphased().map(|sample| (Reason::Unphased, Some(sample)))
}

/// Packs all samples into a file, which is made when the first record is taken.
struct FileSink<F> {
    n_samples: usize,
    create: F,
    writer: Option<HaplotypeWriter>,
    sets: PhaseSets,
}

impl<F: Fn(usize) -> Result<HaplotypeWriter>> Sink for FileSink<F> {
    fn refuses(&self, reason: Reason) -> bool {
        says_too_little(reason)
    }

    fn take(&mut self, calls: &Calls, _dosages: &[u16]) -> Result<Option<(Reason, Option<usize>)>> {
        if let Some(problem) = not_phased(calls) {
            return Ok(Some(problem));
        }
        let writer = match &mut self.writer {
            Some(writer) => writer,
            none => none.insert((self.create)(self.n_samples)?),
        };
        writer.push(calls.alternate(), calls.any_haploid().then_some(calls.haploid()))?;
        Ok(None)
    }

    fn look(&mut self, chrom: &[u8], site: &Site<'_>, calls: &Calls) {
        self.sets.count(chrom, site, calls);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::haplotypes::packed::HaplotypeView;
    use crate::io::haplotype_file;
    use crate::task::Task;

    const HEADER: &str =
        "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ta\tb\n";

    fn read_text(records: &str, on_unphased: OnUnphased) -> Result<Haplotypes> {
        let task = Task::new();
        let text = format!("{HEADER}{records}");
        read(Lines::new(Path::new("x.vcf"), text.as_bytes(), 1000, &task)?, None, on_unphased, None)
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
    fn borders_of_phase_sets_are_counted_in_the_records_that_are_read() {
        let one = |at: usize, calls: &str| format!("X\t{at}\t.\tA\tC\t.\t.\t.\tGT:PS\t{calls}\n");
        let text = one(1, "0|1:1\t0|1:1") + &one(2, "0|1:2\t0/1:2") + &one(3, "0|1:1\t0|1:3");
        let got = read_text(&text, OnUnphased::Drop).unwrap();
        assert_eq!(got.set_borders, [0, 1]);
        let plain = read_text(&record(1, "C", "0|1\t0|1"), OnUnphased::Refuse).unwrap();
        assert!(plain.set_borders.is_empty());
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
    fn what_cannot_be_packed_leaves_no_file() {
        let task = Task::new();
        let folder = std::env::temp_dir().join(format!("forebear-none-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let packed = |records: &str, path: &Path| {
            let text = format!("{HEADER}{records}");
            let lines = Lines::new(Path::new("x.vcf"), text.as_bytes(), 1000, &task).unwrap();
            pack(lines, path, 1).err().unwrap().to_string()
        };
        let bad = record(1, "C", "0|1\t1|1") + &record(2, "C", "0|1\t0/1");
        let want = read_text(&bad, OnUnphased::Refuse).unwrap_err().to_string();
        assert_eq!(packed(&bad, &folder.join("a")), want);
        assert!(packed("", &folder.join("a")).contains("header and no record"));
        assert!(packed(&record(1, "C", "0|1\t1|1"), Path::new("/no/such/a")).contains("/no/such"));
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
        std::fs::remove_dir(&folder).unwrap();
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

    /// 70 samples take three words; any choice of them has the alleles of the whole.
    #[test]
    fn chosen_samples_have_their_own_alleles() {
        let n_samples = 70_usize;
        let names: String = (0..n_samples).map(|sample| format!("\ts{sample}")).collect();
        let columns = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT";
        let mut text = format!("##fileformat=VCFv4.2\n{columns}{names}\n");
        for at in 1..=67 {
            text += &format!("X\t{at}\t.\tA\tC\t.\t.\t.\tGT");
            for sample in 0..n_samples {
                let bits = (at * 31 + sample * 17) % 7;
                // The last sample is haploid from variant 50 on.
                let is_haploid = sample == n_samples - 1 && at >= 50;
                text += &match is_haploid {
                    true => format!("\t{}", bits % 2),
                    false => format!("\t{}|{}", bits % 2, bits / 2 % 2),
                };
            }
            text += "\n";
        }
        let task = Task::new();
        let open = || Lines::new(Path::new("x.vcf"), text.as_bytes(), 1 << 20, &task).unwrap();
        let all = read(open(), None, OnUnphased::Refuse, None).unwrap();
        // Packed into a file, too, from which each batch is what is read of its samples alone.
        let path = std::env::temp_dir().join(format!("forebear-pack-{}", std::process::id()));
        for batch in [1, 32, 69, 100] {
            let Packed { scanned, layout, .. } = pack(open(), &path, batch).unwrap();
            assert_eq!(scanned, all.scanned);
            for number in 0..n_samples.div_ceil(batch) {
                let kept: Vec<usize> =
                    (number * batch..n_samples.min((number + 1) * batch)).collect();
                let want = read(open(), None, OnUnphased::Refuse, Some(&kept)).unwrap();
                let got = haplotype_file::read_batch(&path, &layout, number, &task).unwrap();
                assert_eq!(got, want.packed);
            }
        }
        std::fs::remove_file(&path).unwrap();
        let all = HaplotypeView::whole(all.packed);
        for kept in [vec![0], vec![33, 5, 69, 31, 32], (0..40).collect(), (0..70).rev().collect()] {
            let got = read(open(), None, OnUnphased::Refuse, Some(&kept)).unwrap();
            assert_eq!(got.scanned.samples.len(), n_samples);
            let got = HaplotypeView::whole(got.packed);
            assert_eq!(got.n_samples(), kept.len());
            let (mut words, mut others) = (Vec::new(), Vec::new());
            for (place, &sample) in kept.iter().enumerate() {
                for haplotype in 0..2 {
                    got.alleles(2 * place + haplotype, 0..67, &mut words);
                    all.alleles(2 * sample + haplotype, 0..67, &mut others);
                    assert_eq!(words, others);
                }
                got.haploid(place, 0..67, &mut words);
                all.haploid(sample, 0..67, &mut others);
                assert_eq!(words, others);
            }
        }
        assert_eq!(sample_names(open()).unwrap()[..2], ["s0", "s1"]);
    }
}
