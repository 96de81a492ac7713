//! Phased haplotypes to VCF.

use crate::data::bit_transpose::SIDE;
use crate::data::haplotypes::genotypes::rows;
use crate::data::haplotypes::packed::HaplotypeView;
use crate::error::Result;
use crate::io::bim::Variants;
use crate::io::text_file::TextFile;
use crate::io::vcf::header::FIXED_COLUMNS;
use crate::task::Task;
use std::path::Path;

/// The content of a VCF to write.
pub struct Phased<'h> {
    pub samples: Vec<String>,
    pub variants: Variants,
    pub haplotypes: &'h HaplotypeView<'h>,
}

/// Writes VCFv4.2 with GT alone: `0|1`, or one allele where a sample is haploid. Names that end in
/// `.gz` or `.bgz` get blocks of bgzip, which tabix can index.
///
/// The caller has checked that names, alleles and the order of positions are those of a VCF.
/// Genetic positions have no place there.
///
/// # Errors
/// [`crate::error::Error::File`] if the disk refuses, [`crate::error::Error::Interrupted`] if the
/// task is canceled; the file then does not appear.
pub fn write(phased: &Phased<'_>, path: &Path, task: &Task) -> Result<()> {
    let n_variants = phased.haplotypes.n_variants();
    task.begin("writing haplotypes", n_variants as u64)?;
    let mut text = TextFile::create(path)?;
    text.write(header(&phased.samples, &phased.variants, "").as_bytes())?;
    let mut line = Vec::new();
    for start in (0..n_variants).step_by(SIDE) {
        let n = SIDE.min(n_variants - start);
        for (offset, row) in rows(phased.haplotypes, start, n).iter().enumerate() {
            line.clear();
            line.extend_from_slice(site(&phased.variants, start + offset).as_bytes());
            append_calls(row, phased.samples.len(), &mut line);
            text.write(&line)?;
        }
        task.advance(n as u64)?;
    }
    text.publish()
}

/// `meta`: lines of meta-information after that of GT, each with its end.
pub(super) fn header(samples: &[String], variants: &Variants, meta: &str) -> String {
    let mut text =
        "##fileformat=VCFv4.2\n##FILTER=<ID=PASS,Description=\"All filters passed\">\n".to_owned();
    let chroms = &variants.chrom;
    for (place, chrom) in chroms.iter().enumerate() {
        if place == 0 || chroms[place - 1] != *chrom {
            text += &format!("##contig=<ID={chrom}>\n");
        }
    }
    text += "##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">\n";
    text += meta;
    text += &FIXED_COLUMNS.join("\t");
    for sample in samples {
        text += "\t";
        text += sample;
    }
    text + "\n"
}

/// The first nine columns of a record, whose FORMAT is GT alone.
pub(super) fn site(variants: &Variants, variant: usize) -> String {
    format!(
        "{}\t{}\t{}\t{}\t{}\t.\t.\t.\tGT",
        variants.chrom[variant],
        variants.position_bp[variant],
        variants.id[variant],
        variants.ref_allele[variant],
        variants.alt_allele[variant]
    )
}

fn append_calls(row: &[(u64, u64)], n_samples: usize, line: &mut Vec<u8>) {
    for sample in 0..n_samples {
        append_call(row, sample, line);
    }
    line.push(b'\n');
}

/// A tab and the call of one sample.
pub(super) fn append_call(row: &[(u64, u64)], sample: usize, line: &mut Vec<u8>) {
    let (alleles, haploid) = row[sample / (SIDE / 2)];
    let shift = 2 * (sample % (SIDE / 2));
    let digit = |bit: u64| b'0' + u8::from(bit == 1);
    let (first, second) = (digit(alleles >> shift & 1), digit(alleles >> (shift + 1) & 1));
    if haploid >> (shift + 1) & 1 == 1 {
        line.extend_from_slice(&[b'\t', first]);
    } else {
        line.extend_from_slice(&[b'\t', first, b'|', second]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::lines::Lines;
    use crate::io::vcf::read_haplotypes;
    use crate::io::vcf::read_haplotypes::Haplotypes;
    use crate::io::vcf::read_haplotypes::OnUnphased;
    use std::fmt::Write;

    fn read(path: &Path) -> Haplotypes {
        let task = Task::new();
        let lines = Lines::open(path, "reading", &task).unwrap();
        read_haplotypes::read(lines, None, OnUnphased::Refuse, None).unwrap()
    }

    /// 150 variants of 70 samples on two chromosomes; every fifth sample is haploid on X.
    fn text() -> String {
        let mut text =
            "##fileformat=VCFv4.2\n##FILTER=<ID=PASS,Description=\"All filters passed\">\n\
                        ##contig=<ID=1>\n##contig=<ID=X>\n\
                        ##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">\n"
                .to_owned();
        text += &FIXED_COLUMNS.join("\t");
        (0..70).for_each(|s| write!(text, "\ts{s}").unwrap());
        text += "\n";
        for v in 0..150 {
            let chrom = if v < 90 { "1" } else { "X" };
            write!(text, "{chrom}\t{}\tv{v}\tAT\tG\t.\t.\t.\tGT", v / 2 + 7).unwrap();
            for s in 0..70 {
                let (a, b) = ((s * v + s) % 3 / 2, (s * 5 + v) % 4 / 3);
                if chrom == "X" && s % 5 == 0 {
                    write!(text, "\t{a}").unwrap();
                } else {
                    write!(text, "\t{a}|{b}").unwrap();
                }
            }
            text += "\n";
        }
        text
    }

    #[test]
    fn what_is_written_is_read_back_and_is_the_same_text() {
        let folder = std::env::temp_dir().join(format!("forebear-vcf-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let first = folder.join("first.vcf");
        std::fs::write(&first, text()).unwrap();
        let want = read(&first);
        for name in ["again.vcf", "again.vcf.gz"] {
            let (path, samples) = (folder.join(name), want.scanned.samples.clone());
            let view = HaplotypeView::whole(want.packed.clone());
            let variants = want.scanned.variants.clone();
            let phased = Phased { samples, variants, haplotypes: &view };
            write(&phased, &path, &Task::new()).unwrap();
            assert_eq!(read(&path), want);
        }
        assert_eq!(std::fs::read_to_string(folder.join("again.vcf")).unwrap(), text());
        assert!(std::fs::read(folder.join("again.vcf.gz")).unwrap().starts_with(&[0x1f, 0x8b]));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
