//! Genotypes to VCF, unphased.

use crate::data::genotypes::genotype::GenotypeSource;
use crate::data::genotypes::genotype::code;
use crate::data::genotypes::walk::each_packed;
use crate::error::Result;
use crate::io::bim::Variants;
use crate::io::text_file::TextFile;
use crate::io::vcf::write_haplotypes::header;
use crate::io::vcf::write_haplotypes::site;
use crate::task::Task;
use std::path::Path;

/// Variants written between two checks of the task.
const BLOCK: usize = 256;

/// GT of each code of a .bed: two copies, missing, one, none.
const GT: [&[u8; 4]; 4] = [b"\t1/1", b"\t./.", b"\t0/1", b"\t0/0"];

/// Writes VCFv4.2 with GT alone: `0/1`. Names that end in `.gz` or `.bgz` get blocks of bgzip.
///
/// The caller has checked that names, alleles and the order of positions are those of a VCF.
///
/// # Errors
/// [`crate::error::Error::File`] if the disk refuses, [`crate::error::Error::Interrupted`] if the
/// task is canceled; the file then does not appear.
pub fn write(
    source: &dyn GenotypeSource,
    samples: &[String],
    variants: &Variants,
    path: &Path,
    task: &Task,
) -> Result<()> {
    let n_variants = source.n_variants();
    task.begin("writing genotypes", n_variants as u64)?;
    let mut text = TextFile::create(path)?;
    text.write(header(samples, variants, "").as_bytes())?;
    let mut line = Vec::new();
    each_packed(source, BLOCK, task, |variant, packed| {
        line.clear();
        line.extend_from_slice(site(variants, variant).as_bytes());
        for sample in 0..source.n_samples() {
            line.extend_from_slice(GT[usize::from(code(packed, sample))]);
        }
        line.push(b'\n');
        text.write(&line)
    })?;
    text.publish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::genotypes::genotype::PackedGenotypes;
    use crate::io::lines::Lines;
    use crate::io::vcf::read_genotypes;
    use crate::io::vcf::rules::Rules;

    #[test]
    fn what_is_written_is_read_back() {
        let copies = |sample: usize, variant: usize| {
            [Some(0), None, Some(1), Some(2)][(sample * 5 + variant) % 4]
        };
        let genotypes = PackedGenotypes::from_copies(6, 600, copies);
        let text = |what: &str, n: usize| (0..n).map(|i| format!("{what}{i}")).collect::<Vec<_>>();
        let variants = Variants {
            chrom: vec!["22".into(); 600],
            id: text("v", 600),
            position_cm: vec![0.0; 600],
            position_bp: (1..=600).collect(),
            alt_allele: vec!["C".into(); 600],
            ref_allele: vec!["A".into(); 600],
        };
        let path = std::env::temp_dir().join(format!("forebear-{}-g.vcf.gz", std::process::id()));
        write(&genotypes, &text("s", 6), &variants, &path, &Task::new()).unwrap();
        let task = Task::new();
        let lines = Lines::open(&path, "reading", &task).unwrap();
        let read = read_genotypes::read(lines, None, &Rules::default(), 0.0).unwrap();
        assert_eq!(read.bytes, genotypes.into_bytes());
        assert_eq!(read.scanned.variants, variants);
        assert_eq!(read.scanned.samples, text("s", 6));
        std::fs::remove_file(&path).unwrap();
    }
}
