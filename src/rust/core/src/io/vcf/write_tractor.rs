//! Counts of haplotypes and alleles by ancestry, as Tractor (Atkinson et al. 2021) writes them.
//!
//! Of each ancestry three files: `<prefix>.anc<code>.dosage.txt`, the alternate alleles that a
//! sample has on haplotypes of the ancestry, `.hapcount.txt`, how many of those there are, and
//! `.vcf`, in which the alleles of other haplotypes are `.`.

use crate::data::bit_transpose::SIDE;
use crate::data::haplotypes::genotypes::rows;
use crate::error::Result;
use crate::io::text_file::TextFile;
use crate::io::vcf::read_ancestry::ABSENT;
use crate::io::vcf::write_ancestry::Windowed;
use crate::io::vcf::write_ancestry::push;
use crate::io::vcf::write_haplotypes::Phased;
use crate::io::vcf::write_haplotypes::header;
use crate::io::vcf::write_haplotypes::site;
use crate::task::Task;
use std::path::PathBuf;

/// Digits of expected counts after the point.
const DIGITS: usize = 4;

/// What is written where.
#[derive(Clone, Debug)]
pub struct Tracts {
    /// What the names of the files begin with.
    pub prefix: PathBuf,
    /// Codes of ancestries: positions in the populations of the calls.
    pub codes: Vec<usize>,
    /// Whether counts are sums of posteriors instead of counts of calls.
    pub expected: bool,
    /// Whether files are compressed, in the blocks of bgzip.
    pub compress: bool,
}

/// Writes all files; they get their names when the last line of all is written.
///
/// # Errors
/// As [`crate::io::vcf::write_haplotypes::write`].
///
/// # Panics
/// If a shape is another one, or expected counts are asked for without probabilities.
pub fn write(
    phased: &Phased<'_>,
    calls: &Windowed<'_>,
    tracts: &Tracts,
    task: &Task,
) -> Result<()> {
    let n_variants = phased.haplotypes.n_variants();
    assert_eq!(calls.window.len(), n_variants, "one window per variant");
    task.begin("writing tracts", n_variants as u64)?;
    let files: Result<Vec<Files>> =
        tracts.codes.iter().map(|&code| Files::create(phased, tracts, code)).collect();
    let mut files = files?;
    let width = 2 * phased.samples.len();
    for start in (0..n_variants).step_by(SIDE) {
        let n = SIDE.min(n_variants - start);
        for (offset, row) in rows(phased.haplotypes, start, n).iter().enumerate() {
            let variant = start + offset;
            let own = &calls.call[calls.window[variant] as usize * width..][..width];
            for file in &mut files {
                file.write(phased, variant, &Site { row, own, calls })?;
            }
        }
        task.advance(n as u64)?;
    }
    files.into_iter().try_for_each(Files::publish)
}

/// Alleles and calls of all haplotypes at a variant.
struct Site<'s> {
    row: &'s [(u64, u64)],
    own: &'s [i32],
    calls: &'s Windowed<'s>,
}

/// One haplotype at a variant: its allele and its call; `None` where there is none.
type Haplotype = Option<(bool, usize)>;

impl Site<'_> {
    fn pair(&self, sample: usize) -> [Haplotype; 2] {
        [0, 1].map(|copy| {
            let haplotype = 2 * sample + copy;
            let bit = |word: u64| word >> (haplotype % SIDE) & 1 == 1;
            let (alleles, haploid) = self.row[haplotype / SIDE];
            let call = self.own[haplotype];
            (call != ABSENT && !bit(haploid)).then(|| (bit(alleles), call as usize))
        })
    }
}

/// The three files of an ancestry.
struct Files {
    code: usize,
    expected: bool,
    dosage: TextFile,
    hapcount: TextFile,
    vcf: TextFile,
}

impl Files {
    fn create(phased: &Phased<'_>, tracts: &Tracts, code: usize) -> Result<Files> {
        let create = |end: &str| {
            let mut name = tracts.prefix.clone().into_os_string();
            name.push(format!(".anc{code}.{end}{}", if tracts.compress { ".gz" } else { "" }));
            TextFile::create(&PathBuf::from(name))
        };
        let (dosage, hapcount) = (create("dosage.txt")?, create("hapcount.txt")?);
        let vcf = create("vcf")?;
        let mut files = Files { code, expected: tracts.expected, dosage, hapcount, vcf };
        let columns = ["CHROM", "POS", "ID", "REF", "ALT"].map(str::to_owned);
        let columns = [&columns[..], &phased.samples].concat().join("\t") + "\n";
        files.dosage.write(columns.as_bytes())?;
        files.hapcount.write(columns.as_bytes())?;
        files.vcf.write(header(&phased.samples, &phased.variants, "").as_bytes())?;
        Ok(files)
    }

    fn write(&mut self, phased: &Phased<'_>, variant: usize, here: &Site<'_>) -> Result<()> {
        let variants = &phased.variants;
        let place = format!(
            "{}\t{}\t{}\t{}\t{}",
            variants.chrom[variant],
            variants.position_bp[variant],
            variants.id[variant],
            variants.ref_allele[variant],
            variants.alt_allele[variant]
        );
        let (mut dosage, mut hapcount) = (place.clone(), place);
        let mut record = site(variants, variant);
        for sample in 0..phased.samples.len() {
            let pair = here.pair(sample);
            let [n_alternate, n] = self.counts(&pair, here.calls);
            dosage.push('\t');
            push(&mut dosage, n_alternate, Some(DIGITS));
            hapcount.push('\t');
            push(&mut hapcount, n, Some(DIGITS));
            self.append_call(&pair, here.calls, &mut record);
        }
        for (file, line) in [
            (&mut self.dosage, &mut dosage),
            (&mut self.hapcount, &mut hapcount),
            (&mut self.vcf, &mut record),
        ] {
            line.push('\n');
            file.write(line.as_bytes())?;
        }
        Ok(())
    }

    /// Alternate alleles on haplotypes of the ancestry, and those haplotypes.
    fn counts(&self, pair: &[Haplotype; 2], calls: &Windowed<'_>) -> [f64; 2] {
        let mut counts = [0.0; 2];
        for &(is_alternate, call) in pair.iter().flatten() {
            let weight = match self.expected {
                true => calls.probability[self.code][call],
                false => f64::from(u8::from(self.is_own(call, calls))),
            };
            counts[0] += if is_alternate { weight } else { 0.0 };
            counts[1] += weight;
        }
        counts
    }

    fn is_own(&self, call: usize, calls: &Windowed<'_>) -> bool {
        calls.code[call] as usize == self.code
    }

    fn append_call(&self, pair: &[Haplotype; 2], calls: &Windowed<'_>, record: &mut String) {
        let digit = |haplotype: &Haplotype| match haplotype {
            Some((is_alternate, call)) if self.is_own(*call, calls) => {
                if *is_alternate {
                    '1'
                } else {
                    '0'
                }
            }
            _ => '.',
        };
        record.push('\t');
        record.push(digit(&pair[0]));
        if pair[1].is_some() {
            record.push('|');
            record.push(digit(&pair[1]));
        }
    }

    fn publish(self) -> Result<()> {
        self.dosage.publish()?;
        self.hapcount.publish()?;
        self.vcf.publish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::haplotypes::matrix::pack;
    use crate::data::haplotypes::packed::HaplotypeView;
    use crate::io::bim::Variants;

    /// Ann has alleles 0|1 then 1|1, ancestry A|B; bob has one haplotype, of B: 1, then 0.
    #[test]
    fn two_samples_worked_by_hand() {
        let alleles = [0.0, 1.0, 1.0, f64::NAN, 1.0, 1.0, 0.0, f64::NAN];
        let view = HaplotypeView::whole(pack(&alleles, 2).unwrap());
        let variants = Variants {
            chrom: vec!["1".to_owned(); 2],
            id: vec!["v0".to_owned(), "v1".to_owned()],
            position_cm: vec![0.0; 2],
            position_bp: vec![5, 15],
            alt_allele: vec!["G".to_owned(); 2],
            ref_allele: vec!["A".to_owned(); 2],
        };
        let samples = vec!["ann".to_owned(), "bob".to_owned()];
        let phased = Phased { samples, variants, haplotypes: &view };
        let calls = Windowed {
            populations: vec!["A".to_owned(), "B".to_owned()],
            window: vec![0, 0],
            call: &[0, 1, 2, ABSENT],
            code: &[0, 1, 1],
            probability: vec![&[0.75, 0.25, 0.0], &[0.25, 0.75, 1.0]],
            digits: None,
        };
        let folder = std::env::temp_dir().join(format!("forebear-tracts-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let mut tracts = Tracts {
            prefix: folder.join("x"),
            codes: vec![0, 1],
            expected: false,
            compress: false,
        };
        let last = |name: &str| {
            let text = std::fs::read_to_string(folder.join(name)).unwrap();
            let lines: Vec<&str> = text.lines().collect();
            let cells = lines[lines.len() - 2..].iter().map(|line| {
                let fields: Vec<&str> = line.split('\t').collect();
                fields[fields.len() - 2..].join(" ")
            });
            cells.collect::<Vec<_>>().join(", ")
        };
        write(&phased, &calls, &tracts, &Task::new()).unwrap();
        assert_eq!(last("x.anc0.dosage.txt"), "0 0, 1 0");
        assert_eq!(last("x.anc0.hapcount.txt"), "1 0, 1 0");
        assert_eq!(last("x.anc0.vcf"), "0|. ., 1|. .");
        assert_eq!(last("x.anc1.dosage.txt"), "1 1, 1 0");
        assert_eq!(last("x.anc1.hapcount.txt"), "1 1, 1 1");
        assert_eq!(last("x.anc1.vcf"), ".|1 1, .|1 0");
        let text = std::fs::read_to_string(folder.join("x.anc1.dosage.txt")).unwrap();
        assert!(text.starts_with("CHROM\tPOS\tID\tREF\tALT\tann\tbob\n1\t5\tv0\tA\tG\t1\t1\n"));
        tracts.expected = true;
        write(&phased, &calls, &tracts, &Task::new()).unwrap();
        assert_eq!(last("x.anc0.dosage.txt"), "0.25 0, 1 0");
        assert_eq!(last("x.anc0.hapcount.txt"), "1 0, 1 0");
        assert_eq!(last("x.anc1.dosage.txt"), "0.75 1, 1 0");
        std::fs::remove_dir_all(folder).unwrap();
    }
}
