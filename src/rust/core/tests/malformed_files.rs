//! Files broken at random: the readers must refuse or read them, without a panic, a hang, or
//! memory beyond what a small file can ask for.
//!
//! Sound files are changed in a few places (bytes, tokens of the format, cuts, repeats), some then
//! compressed, some compressed before. What is read must keep the promises of its reader.
//!
//! | variable               | meaning                                          | default |
//! |------------------------|--------------------------------------------------|---------|
//! | `FOREBEAR_FUZZ_SECONDS`| how long to go on                                | 2       |
//! | `FOREBEAR_FUZZ_CASES`  | go on for this many cases instead                |         |
//! | `FOREBEAR_FUZZ_SEED`   | another seed gives other files                   | 1       |
//! | `FOREBEAR_FUZZ_TARGETS`| readers to try, by name, separated by commas     | all     |
//! | `FOREBEAR_FUZZ_FIRST`  | number of the first case, to repeat one that failed | 0    |

#[path = "common/pgen.rs"]
mod writer;

use forebear_core::data::genetic_map::GeneticMap;
use forebear_core::data::genotypes::aligned::Reading;
use forebear_core::data::genotypes::genotype::GenotypeSource;
use forebear_core::data::haplotypes::aligned::AlignedHaplotypes;
use forebear_core::data::haplotypes::genotypes::genotypes;
use forebear_core::data::haplotypes::packed::HaplotypeBuilder;
use forebear_core::data::haplotypes::packed::HaplotypeView;
use forebear_core::error::Error;
use forebear_core::io;
use forebear_core::io::bed::BedFile;
use forebear_core::io::bgzf::BlockWriter;
use forebear_core::io::bim;
use forebear_core::io::eigenstrat;
use forebear_core::io::eigenstrat::geno::GenoFile;
use forebear_core::io::fam;
use forebear_core::io::lines::Lines;
use forebear_core::io::model_file;
use forebear_core::io::model_file::Header;
use forebear_core::io::model_tree;
use forebear_core::io::model_tree::Content;
use forebear_core::io::model_tree::Labels;
use forebear_core::io::model_tree::Node;
use forebear_core::io::model_tree::Texts;
use forebear_core::io::pgen::file::PgenFile;
use forebear_core::io::pgen::haplotypes;
use forebear_core::io::vcf::read_ancestry;
use forebear_core::io::vcf::read_ancestry::Borders;
use forebear_core::io::vcf::read_genotypes;
use forebear_core::io::vcf::read_haplotypes;
use forebear_core::io::vcf::read_haplotypes::OnUnphased;
use forebear_core::io::vcf::region::Region;
use forebear_core::io::vcf::rules::Field;
use forebear_core::io::vcf::rules::Multiallelic;
use forebear_core::io::vcf::rules::Rules;
use forebear_core::io::vcf::scan::Scanned;
use forebear_core::local_ancestry::windows::kernel::Kernel;
use forebear_core::local_ancestry::windows::panel::Panel;
use forebear_core::local_ancestry::windows::settings::Multiclass;
use forebear_core::local_ancestry::windows::settings::Settings;
use forebear_core::local_ancestry::windows::train::ChromosomeModel;
use forebear_core::local_ancestry::windows::train::train_chromosome;
use forebear_core::task::Task;
use std::alloc::GlobalAlloc;
use std::alloc::Layout;
use std::alloc::System;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use std::time::Instant;

/// Most bytes that reading one of these files (a few kilobytes) may hold: a batch of compressed
/// blocks may say that it inflates to 2 MiB, and buffers double.
const MOST_MEMORY: usize = 32 << 20;
/// Longest time for one case.
const MOST_SECONDS: u64 = 20;

/// Counts what is held.
struct Counting;

static HELD: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);
static CASE: AtomicU64 = AtomicU64::new(0);

// SAFETY: every call is handed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let held = HELD.fetch_add(layout.size(), Relaxed) + layout.size();
        PEAK.fetch_max(held, Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// SplitMix64 (Steele, Lea and Flood 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }

    fn pick<'a, T: ?Sized>(&mut self, choices: &[&'a T]) -> &'a T {
        choices[self.below(choices.len())]
    }
}

/// What formats are made of, and what breaks them.
const TOKENS: [&[u8]; 53] = [
    b"\t",
    b"\n",
    b"\r\n",
    b" ",
    b"\0",
    b"\xff",
    b"\xc3\xa9",
    b"\xef\xbb\xbf",
    b"#",
    b"##",
    b"|",
    b"/",
    b".",
    b",",
    b":",
    b";",
    b"0|1",
    b"./.",
    b".|.",
    b"./1",
    b"0|1|1",
    b"1|0\t",
    b"GT",
    b"DP:GT",
    b"<DEL>",
    b"*",
    b"A,C",
    b"N",
    b"-1",
    b"2147483648",
    b"99999999999999999999999",
    b"1e9",
    b"1e+02",
    b"100.0",
    b"+5",
    b"None",
    b"|0|1",
    b"/0|1",
    b"0/0",
    b"1/1\t",
    b"\n\n",
    b"\n##fileformat=VCFv4.2\n",
    b"1e+05",
    b"100000.0",
    b"NA",
    b"-9",
    b"\r",
    b"#FID IID SEX\n",
    b"#CHROM POS ID REF ALT\n",
    b"nan",
    b"chr22",
    b"\t\t\t\t",
    b"1",
];

fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    let at = random.below(bytes.len() + 1);
    let until = (at + random.below(40)).min(bytes.len());
    match random.below(8) {
        0 => bytes.truncate(at),
        1 => drop(bytes.drain(at..until)),
        2 => drop(bytes.splice(at..at, random.pick(&TOKENS).iter().copied())),
        3 => drop(bytes.splice(at..until, random.pick(&TOKENS).iter().copied())),
        4 => {
            let part = bytes[at..until].to_vec();
            let to = random.below(bytes.len() + 1);
            drop(bytes.splice(to..to, part));
        }
        5 => {
            // A whole line again, elsewhere.
            let lines: Vec<&[u8]> = bytes.split_inclusive(|&byte| byte == b'\n').collect();
            let (from, to) = (random.below(lines.len()), random.below(lines.len() + 1));
            let line = lines.get(from).map(|line| line.to_vec()).unwrap_or_default();
            let place = lines[..to.min(lines.len())].iter().map(|line| line.len()).sum::<usize>();
            drop(bytes.splice(place..place, line));
        }
        _ => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = random.next() as u8;
            }
        }
    }
}

/// A sound file, changed in up to five places.
fn broken(sound: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = sound.to_vec();
    (0..random.below(6)).for_each(|_| mutate(&mut bytes, random));
    bytes
}

fn gzipped(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn blocked(text: &[u8]) -> Vec<u8> {
    let mut writer = BlockWriter::default();
    let mut bytes = writer.write(text).unwrap();
    bytes.extend(writer.finish().unwrap());
    bytes
}

/// Text, sometimes compressed before it is broken and sometimes after.
fn broken_text(sound: &[u8], random: &mut Random) -> Vec<u8> {
    match random.below(8) {
        0 => broken(&gzipped(sound), random),
        1 => broken(&blocked(sound), random),
        2 => gzipped(&broken(sound, random)),
        3 => blocked(&broken(sound, random)),
        _ => broken(sound, random),
    }
}

/// A VCF of a few samples and records; `kind` 0 is phased throughout.
fn sound_vcf(kind: usize) -> Vec<u8> {
    let n_samples = [3, 40, 65][kind % 3];
    let mut text = "##fileformat=VCFv4.2\n##contig=<ID=22>\n\
                    #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT"
        .to_owned();
    (0..n_samples).for_each(|sample| text += &format!("\ts{sample}"));
    for record in 0..12 {
        let chrom = if record < 8 { "22" } else { "chrX" };
        let format = if kind < 3 { "GT" } else { ["GT:DP", "DP:GT", "GT"][record % 3] };
        text += &format!("\n{chrom}\t{}\t.\tA\tG\t.\t.\t.\t{format}", 100 + record);
        for sample in 0..n_samples {
            let phased = ["0|0", "0|1", "1|0", "1|1"][(sample * 7 + record * 3) % 4];
            let gt = match (kind, (sample + record) % 9) {
                (0, _) => phased,
                (_, 0) if chrom == "chrX" => "1",
                (2.., 1) => "./1",
                (2.., 2) => "0/1",
                _ => phased,
            };
            text += &match format {
                "GT:DP" => format!("\t{gt}:7"),
                "DP:GT" => format!("\t7:{gt}"),
                _ => format!("\t{gt}"),
            };
        }
    }
    (text + "\n").into_bytes()
}

fn vcf(random: &mut Random) -> Result<(), Error> {
    let bytes = broken_text(&sound_vcf(random.below(6)), random);
    let region = match random.below(4) {
        0 => Some(Region::parse("chr22:103-106").unwrap()),
        1 => Some(Region::parse("X").unwrap()),
        _ => None,
    };
    let task = Task::new();
    let lines = || Lines::new(Path::new("broken.vcf"), &bytes[..], 4096, &task);
    let min_maf = [0.0, 0.0, 0.2][random.below(3)];
    let rules = match random.below(3) {
        0 => Rules::default(),
        _ => Rules {
            filter: (random.below(4) == 0).then(|| vec!["PASS".to_owned()]),
            min_gq: (random.below(4) == 0).then_some(20.0),
            min_dp: (random.below(2) == 0).then_some(7.0),
            field: [Field::Calls, Field::Dosage, Field::Probabilities][random.below(6).min(2)],
            multiallelic: [Multiallelic::Drop, Multiallelic::Split][random.below(2)],
            unlisted: random.below(2) == 0,
        },
    };
    let read = read_genotypes::read(lines()?, region.as_ref(), &rules, min_maf);
    let on_unphased = [OnUnphased::Refuse, OnUnphased::Drop][random.below(2)];
    let phased = read_haplotypes::read(lines()?, region.as_ref(), on_unphased, None);
    if let Ok(read) = &read {
        check_tables(&read.scanned);
        let stride = read.scanned.samples.len().div_ceil(4);
        assert_eq!(read.bytes.len(), stride * read.scanned.variants.len());
        let n = read.scanned.samples.len() * read.scanned.variants.len();
        assert_eq!(read.dosages.len(), if rules.field == Field::Calls { 0 } else { 2 * n });
    }
    if let Ok(phased) = &phased {
        check_tables(&phased.scanned);
        assert_eq!(phased.packed.n_samples(), phased.scanned.samples.len());
        assert_eq!(phased.packed.n_variants(), phased.scanned.variants.len());
    }
    if let (Ok(read), Ok(phased), OnUnphased::Refuse) = (&read, &phased, on_unphased) {
        // All was phased and called: both readers took the same records, or the rare ones more.
        if min_maf == 0.0 && rules == Rules::default() {
            let view = HaplotypeView::whole(phased.packed.clone());
            assert_eq!(read.bytes, genotypes(&view, &task).unwrap());
            assert_eq!(read.scanned, phased.scanned);
        }
    }
    phased.map(drop).and(read.map(drop))
}

fn check_tables(scanned: &Scanned) {
    let variants = &scanned.variants;
    let n = variants.len();
    assert!(n > 0 && !scanned.samples.is_empty());
    let lengths = [variants.chrom.len(), variants.position_bp.len(), variants.position_cm.len()];
    assert_eq!(lengths, [n; 3]);
    assert_eq!([variants.ref_allele.len(), variants.alt_allele.len()], [n; 2]);
    let text = variants.id.iter().chain(&variants.chrom).chain(&scanned.samples);
    assert!(text.clone().all(|text| !text.is_empty() && !text.contains(['\0', '\t', '\n'])));
    for place in 1..n {
        let same = variants.chrom[place] == variants.chrom[place - 1];
        assert!(!same || variants.position_bp[place - 1] <= variants.position_bp[place]);
    }
}

/// Where the broken PLINK files lie.
fn plink_path(ending: &str) -> PathBuf {
    std::env::temp_dir().join(format!("forebear-{}-broken.{ending}", std::process::id()))
}

fn plink(random: &mut Random) -> Result<(), Error> {
    let fam_text: &[u8] = random.pick(&[
        b"f1 s1 0 0 1 -9\nf1 s2 s1 0 2 1\nf2 s3 0 0 0 -9\n",
        b"#FID IID PAT MAT SEX PHENO1\nf1 s1 0 0 1 -9\nf1 s2 s1 0 2 1\nf2 s3 0 0 0 -9\n",
        b"#IID\tSEX\r\ns1\t1\r\ns2\tNA\r\ns3\tF\r\n",
        b"f1 s1 0 0 1 -9 x\nf1 s2 s1 0 2 1 y\nf2 s3 0 0 0 -9 z\n",
    ]);
    let bim_text: &[u8] = random.pick(&[
        b"1\trs1\t0\t100\tA\tG\n1\trs2\t0.5\t200\tC\tT\nX\t.\t0\t7\tAT\t*\n",
        b"1 rs1 1e+05 A G\n1 rs2 200000.0 C T\nX . +7 AT *\n",
        b"##a=b\n#CHROM POS ID REF ALT\n1 100 rs1 G A\n1 -5 rs2 T C\nX 7 . * AT\n",
    ]);
    let bed_bytes = [0x6c, 0x1b, 0x01, 0x24, 0x0f, 0x3b];
    let which = random.below(4);
    let files: [(&str, &[u8]); 3] = [("fam", fam_text), ("bim", bim_text), ("bed", &bed_bytes)];
    for (place, (ending, sound)) in files.into_iter().enumerate() {
        let bytes = match place == which || which == 3 {
            true if ending == "bed" => broken(sound, random),
            true => broken_text(sound, random),
            false => sound.to_vec(),
        };
        std::fs::write(plink_path(ending), bytes).unwrap();
    }
    let samples = fam::read(&plink_path("fam"))?;
    let variants = bim::read(&plink_path("bim"))?;
    assert_eq!([samples.id.len(), samples.sex.len()], [samples.len(); 2]);
    assert_eq!([variants.chrom.len(), variants.position_bp.len()], [variants.len(); 2]);
    assert!(variants.id.iter().all(|id| !id.is_empty() && id != "."));
    let bed = BedFile::open(&plink_path("bed"), samples.len(), variants.len())?;
    let padding = bed.check_padding(&plink_path("bed"))?;
    assert!(padding.n_checked == variants.len() && padding.n_hom_alt < 4);
    let mut scratch = Vec::new();
    for variant in 0..bed.n_variants() {
        assert_eq!(bed.packed(variant, &mut scratch).len(), samples.len().div_ceil(4));
    }
    Ok(())
}

/// Files of PLINK 2: the .pgen in every mode, the tables plain or compressed. What is damaged in a
/// record is found when it is read, by an error that unwinds.
fn plink2(random: &mut Random) -> Result<(), Error> {
    let (n_samples, n_variants) = ([3, 70, 300][random.below(3)], 1 + random.below(12));
    let with_tracks = random.below(2) == 0;
    let variants = writer::variants(n_samples, n_variants, with_tracks, |n| random.below(n));
    let mode = [0x10, 0x11, 0x20, 0x21][random.below(4)];
    let layout = if with_tracks { 6 } else { 2 };
    let (bytes, index) = writer::file(&variants, mode, layout, random.below(2) == 0);
    let which = random.below(3);
    let pick = |own: usize, sound: &[u8], random: &mut Random| match which == own {
        true => broken(sound, random),
        false => sound.to_vec(),
    };
    std::fs::write(plink_path("pgen"), pick(0, &bytes, random)).unwrap();
    let index = index.unwrap_or(vec![0x6c, 0x1b, 0x30]);
    std::fs::write(plink_path("pgen.pgi"), pick(1, &index, random)).unwrap();
    // The first bytes of a Zstandard frame send damaged text to its decoder.
    let mut pvar = b"##a=b\n#CHROM\tPOS\tID\tREF\tALT\n1\t5\ta\tG\tA,C\n".to_vec();
    let n_bytes = pvar.len() as u8;
    pvar.splice(0..0, [0x28, 0xb5, 0x2f, 0xfd, 0x20, n_bytes, n_bytes << 3 | 1, n_bytes >> 5, 0]);
    std::fs::write(plink_path("pvar"), pick(2, &pvar, random)).unwrap();
    let table = bim::read(&plink_path("pvar"));
    let file = PgenFile::open(&plink_path("pgen"), n_samples, n_variants, true)?;
    let all: Vec<u32> = (0..n_variants as u32).collect();
    let sound = file.check(&all, &Task::new());
    let mut copies = vec![0.0; n_samples];
    let unwound = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        for variant in 0..n_variants {
            assert_eq!(file.packed(variant, &mut Vec::new()).len(), n_samples.div_ceil(4));
            file.expected(variant, &mut copies);
            assert!(copies.iter().all(|copies| copies.is_nan() || (0.0..=2.0).contains(copies)));
        }
    }));
    if let Err(panic) = &unwound {
        assert_eq!(panic.downcast_ref::<Error>().map(Error::kind), Some("pgen_record"));
    }
    assert_eq!(sound.is_ok(), unwound.is_ok());
    file.release(0..n_variants);
    sound?;
    let read = haplotypes::read(&file, &all, &Task::new())?;
    let n_left = read.lacks.iter().filter(|lack| lack.is_none()).count();
    assert_eq!((read.lacks.len(), read.packed.n_variants()), (n_variants, n_left));
    table.map(drop)
}

/// EIGENSTRAT files, text and packed in both orders.
fn eigenstrat_files(random: &mut Random) -> Result<(), Error> {
    let (n, m) = (1 + random.below(60), 1 + random.below(40));
    let kind = random.below(3);
    let geno = match kind {
        0 => {
            let line = |random: &mut Random| -> Vec<u8> {
                let digits = (0..n).map(|_| b"0129"[random.below(4)]);
                digits.chain([b'\n']).collect()
            };
            (0..m).flat_map(|_| line(random)).collect()
        }
        _ => {
            let (name, records, within) = if kind == 1 { ("GENO", m, n) } else { ("TGENO", n, m) };
            let stride = if kind == 1 { 48 } else { within.div_ceil(4) };
            let mut bytes = format!("{name} {n:7} {m:7} 1a 2b").into_bytes();
            bytes.resize(48, 0);
            bytes.extend((0..records * stride).map(|_| random.next() as u8));
            bytes
        }
    };
    let ind: String = (0..n).map(|i| format!(" s{i}  M  p{}\n", i % 3)).collect();
    let snp: String = (0..m).map(|i| format!("rs{i} 1 0.0{i} {} A G\n", 100 * i)).collect();
    let which = random.below(4);
    let files = [("ind", ind.into_bytes()), ("snp", snp.into_bytes()), ("geno", geno)];
    for (place, (ending, sound)) in files.into_iter().enumerate() {
        let bytes = match place == which {
            true if ending == "geno" => broken(&sound, random),
            true => broken_text(&sound, random),
            false => sound,
        };
        std::fs::write(plink_path(ending), bytes).unwrap();
    }
    let samples = eigenstrat::tables::read_samples(&plink_path("ind"))?;
    let variants = eigenstrat::tables::read_variants(&plink_path("snp"))?;
    let (n, m) = (samples.id.len(), variants.len());
    let file = GenoFile::open(&plink_path("geno"), n, m)?;
    let unwound = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        for variant in 0..m {
            assert_eq!(file.packed(variant, &mut Vec::new()).len(), n.div_ceil(4));
        }
        eigenstrat::one_allele::has_one_allele(&file, &Task::new()).map(|found| found.len())
    }));
    file.release(0..m);
    match unwound {
        Ok(found) => found.map(|found| assert_eq!(found, n)),
        Err(panic) => Err(*panic.downcast::<Error>().expect("an error of the reader")),
    }
}

/// Genetic maps of every layout.
fn genetic_map(random: &mut Random) -> Result<(), Error> {
    let layouts: [&[u8]; 4] = [
        b"22\trs1\t0\t100\n22\trs2\t0.5\t900\nX\t.\t1e-3\t7\n",
        b"pos\tchr\tcM\n100\t22\t0\n900\t22\t0.5\n",
        b"Chromosome\tPosition(bp)\tRate(cM/Mb)\tMap(cM)\nchr22\t100\t1.5\t0\nchr22\t900\t0\t0.5\n",
        b"#chm\tpos\tpos_cm\n22\t100\t0\n22\t900\t0.5\n",
    ];
    let path = plink_path("map");
    std::fs::write(&path, broken_text(layouts[random.below(4)], random)).unwrap();
    let entries = io::genetic_map::read(&path, [None, Some("22")][random.below(2)])?;
    let n = entries.chrom.len();
    assert!(n > 0);
    assert_eq!([entries.position_bp.len(), entries.position_cm.len()], [n; 2]);
    let map = GeneticMap::new(&entries.chrom, &entries.position_bp, &entries.position_cm);
    let everywhere = [i32::MIN, 0, 500, i32::MAX];
    let chrom = vec![entries.chrom[0].clone(); everywhere.len()];
    let positions = map.positions_cm(&chrom, &everywhere)?;
    assert!(positions.is_sorted() && positions[0] >= 0.0);
    assert!(positions.iter().all(|position| position.is_finite()));
    let fits = map.fits(&chrom, &everywhere)?;
    assert_eq!((fits.len(), fits[0].n_variants), (1, everywhere.len()));
    assert!(fits[0].beyond_cm >= 0.0 && fits[0].n_before + fits[0].n_after <= everywhere.len());
    Ok(())
}

/// Tables of local ancestry.
fn ancestry_table(random: &mut Random) -> Result<(), Error> {
    let layouts: [&[u8]; 2] = [
        b"#Subpopulation order/codes: A=0\tB=1\n#chm\tspos\tepos\tsgpos\tegpos\tn snps\ts.0\ts.1\n\
          22\t100\t200\t0.1\t0.2\t5\t0\t1\n22\t200\t300\t0.2\tnan\t6\t1\t1\n",
        b"#reference_panel_population:\tA\tB\nchromosome\tphysical_position\tgenetic_position\t\
          genetic_marker_index\ts:::hap1:::A\ts:::hap1:::B\n22\t100\t0.5\t0\t0.25\t0.75\n",
    ];
    let path = plink_path("tsv");
    std::fs::write(&path, broken_text(layouts[random.below(2)], random)).unwrap();
    let table = io::ancestry_table::read(&path, &Task::new())?;
    assert!(!table.chrom.is_empty());
    assert_eq!(table.numbers.len(), table.chrom.len() * (table.header.len() - 1));
    assert!(table.numbers.iter().all(|number| !number.is_infinite()));
    Ok(())
}

/// Local ancestry in a VCF.
fn ancestry_vcf(random: &mut Random) -> Result<(), Error> {
    let text = b"##fileformat=VCFv4.2\n##ANCESTRY=<A=0,B=1>\n\
        #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ts\tt\n\
        22\t100\t.\tA\tG\t.\t.\t.\tGT:AN1:AN2:ANP1:ANP2\t0|1:0:1:.9,.1:0,1\t0|0:1:1:0,1:0,1\n\
        22\t200\t.\tA\tG\t.\t.\t.\tGT:AN1:AN2:ANP1:ANP2\t0|1:0:1:.8,.2:0,1\t0|0:1:1:0,1:0,1\n";
    let bytes = broken_text(text, random);
    let borders = Borders { chrom: vec!["chr22".into()], start_bp: vec![1] };
    let task = Task::new();
    let lines = Lines::new(Path::new("broken.vcf"), &bytes[..], 4096, &task)?;
    let given = (random.below(2) == 0).then_some(&borders);
    let read = read_ancestry::read(lines, given)?;
    assert_eq!(read.code.len(), read.chrom.len() * 2 * read.samples.len());
    Ok(())
}

/// Q matrices of every layout.
fn q_matrix(random: &mut Random) -> Result<(), Error> {
    let layouts: [&[u8]; 3] = [
        b"# K = 2\n0.25 0.75\n5e-01 +0.5\n1.0 0\n",
        b"1 a (0) 1 : 0.25 0.75\n2 b (3) 1 : 0.5 0.5\n\n1 a (0) 1 : 1 0\n2 b (3) 1 : 0 1\n",
        b"Inferred ancestry of individuals:\n Label (%Miss) Pop:  Inferred clusters\n\
          1 a (0) 1 : 0.25 0.75 (0,1) (0,1)\n2 b (3) 1 : 0.5 0.5 (0,1) (0,1)\n",
    ];
    let path = plink_path("Q");
    std::fs::write(&path, broken_text(layouts[random.below(3)], random)).unwrap();
    let run = [None, Some(1), Some(2)][random.below(3)];
    let request = io::q_matrix::Request { layout: None, run, tolerance: 0.01 };
    let q = io::q_matrix::read(&path, &request, &Task::new())?;
    assert!(q.k > 0 && !q.weights.is_empty() && q.weights.len() % q.k == 0);
    // A sample without an answer is NaN throughout.
    for row in q.weights.chunks(q.k).filter(|row| !row.iter().all(|weight| weight.is_nan())) {
        assert!(row.iter().all(|weight| (0.0..=1.0).contains(weight)));
        assert!((row.iter().sum::<f64>() - 1.0).abs() <= 0.01);
    }
    Ok(())
}

/// Values of every kind, as a fit has them.
fn sound_tree() -> Vec<Node<'static>> {
    let plain = |content| Node { content, labels: None };
    let labeled = |content, labels| Node { content, labels: Some(Box::new(labels)) };
    let texts = |all: &[&str]| all.iter().copied().map(Some).collect::<Texts>();
    let names = |all: &[&str]| Labels { names: Some(texts(all)), ..Labels::default() };
    let dim_names = vec![Some(texts(&["s1", "s2", "s3"])), None];
    let shape = Labels { dim: vec![3, 2], dim_names, ..Labels::default() };
    let missing = [Some("rs1"), None, Some("é")].into_iter().collect::<Texts>();
    vec![
        labeled(Content::List(5), names(&["scores", "converged", "table", "model", "fold"])),
        labeled(Content::Doubles(vec![0.5, -1e300, f64::NAN, 0.0, 1.0, 2.0].into()), shape),
        plain(Content::Flags(vec![0, 1, 2])),
        labeled(Content::List(2), names(&["id", "null"])),
        plain(Content::Texts(Box::new(missing))),
        plain(Content::Null),
        plain(Content::Bytes((0..200).collect::<Vec<u8>>().into())),
        plain(Content::Integers(vec![1, i32::MIN, i32::MAX].into())),
    ]
}

/// A model file whose checksums are right.
fn sealed(header: &Header, payload: &[u8]) -> Vec<u8> {
    let crc = |bytes: &[u8]| {
        let mut crc = flate2::Crc::new();
        crc.update(bytes);
        crc.sum()
    };
    let header =
        Header { payload_bytes: payload.len() as u64, payload_crc: crc(payload), ..header.clone() };
    let encoded = postcard::to_stdvec(&header).unwrap();
    let mut bytes = b"FOREBEAR".to_vec();
    bytes.extend(2_u32.to_le_bytes());
    bytes.extend((encoded.len() as u32).to_le_bytes());
    bytes.extend(encoded);
    bytes.extend(crc(&bytes).to_le_bytes());
    bytes.extend(gzipped(payload));
    bytes
}

/// Model files: broken as they lie on a disk, or before their checksums were taken.
fn model(random: &mut Random) -> Result<(), Error> {
    let header = Header { kind: "pca".to_owned(), n_samples: 3, ..Header::default() };
    let payload = model_tree::encode(&sound_tree());
    let bytes = match random.below(4) {
        0 => broken(&sealed(&header, &payload), random),
        _ => sealed(&header, &broken(&payload, random)),
    };
    let path = plink_path("forebear");
    std::fs::write(&path, bytes).unwrap();
    let (_, nodes) = model_file::read(&path)?;
    assert_eq!(model_tree::problem(&nodes), None);
    // What is read can be written and is the same; numbers may be NaN, so that bytes are compared.
    let again = model_tree::encode(&nodes);
    assert_eq!(again, model_tree::encode(&model_tree::decode(&again).unwrap()));
    for node in &nodes {
        if let Content::Texts(texts) = &node.content {
            assert_eq!(texts.iter().count(), node.len());
        }
    }
    Ok(())
}

/// The same haplotypes of six samples of two populations for training and prediction.
fn few_haplotypes() -> HaplotypeView<'static> {
    let mut builder = HaplotypeBuilder::new(6);
    for variant in 0..20_u64 {
        builder.push(&[0b1010_0110_0101 ^ (variant * 37 % 4096)], None);
    }
    HaplotypeView::whole(builder.finish())
}

/// The windows of a trained chromosome, by all kinds of classifiers.
fn sound_chromosomes() -> &'static [Vec<u8>; 3] {
    static TRAINED: OnceLock<[Vec<u8>; 3]> = OnceLock::new();
    TRAINED.get_or_init(|| {
        [Multiclass::Joint, Multiclass::OneVsOne, Multiclass::OneVsRest].map(|multiclass| {
            let settings = Settings {
                window: 6,
                context: 2,
                kernel: Kernel::String,
                multiclass,
                cost: 1.0,
                tolerance: 1e-3,
                folds: 2,
                probabilities: true,
                landmarks: 100,
                seed: 1,
            };
            let view = few_haplotypes();
            let panel = Panel::new(&view, &[0, 1, 0, 1, 0, 1], 2).unwrap();
            let training = train_chromosome(&panel, &settings, &Task::new()).unwrap();
            training.model.to_bytes().unwrap()
        })
    })
}

/// Trained chromosomes: what is read must label haplotypes.
fn chromosome(random: &mut Random) -> Result<(), Error> {
    let bytes = broken(&sound_chromosomes()[random.below(3)], random);
    let model = ChromosomeModel::from_bytes(&bytes)?;
    let view = few_haplotypes();
    let aligned = AlignedHaplotypes::new(&view, vec![Reading::Counted; view.n_variants()]);
    let calls = model.predict(&aligned, &Task::new())?;
    assert_eq!(calls.label.len(), calls.n_windows * 12);
    assert!(calls.probability.iter().all(|p| (0.0..=1.0).contains(p)));
    Ok(())
}

/// One reader: breaks a file and reads it.
type Target = fn(&mut Random) -> Result<(), Error>;

/// The readers, in rotation.
const TARGETS: [(&str, Target); 10] = [
    ("vcf", vcf),
    ("plink", plink),
    ("plink2", plink2),
    ("eigenstrat", eigenstrat_files),
    ("genetic map", genetic_map),
    ("q matrix", q_matrix),
    ("ancestry table", ancestry_table),
    ("ancestry vcf", ancestry_vcf),
    ("model", model),
    ("chromosome", chromosome),
];

/// Those that `FOREBEAR_FUZZ_TARGETS` names, separated by commas; all where it names none.
fn targets() -> &'static [(&'static str, Target)] {
    static CHOSEN: OnceLock<Vec<(&'static str, Target)>> = OnceLock::new();
    CHOSEN.get_or_init(|| {
        let names = std::env::var("FOREBEAR_FUZZ_TARGETS").unwrap_or_default();
        let is_chosen = |name: &str| names.is_empty() || names.split(',').any(|own| own == name);
        let chosen: Vec<_> = TARGETS.into_iter().filter(|(name, _)| is_chosen(name)).collect();
        assert!(!chosen.is_empty(), "no target is called {names}");
        chosen
    })
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("a number"))
}

/// Ends the process if one case takes too long: a hang cannot be unwound.
fn watch_for_hangs() {
    std::thread::spawn(|| {
        let (mut case, mut since) = (u64::MAX, Instant::now());
        loop {
            std::thread::sleep(Duration::from_secs(1));
            let now = CASE.load(Relaxed);
            if now != case {
                (case, since) = (now, Instant::now());
            } else if since.elapsed() > Duration::from_secs(MOST_SECONDS) {
                eprintln!("case {case} has not ended after {MOST_SECONDS} s");
                std::process::abort();
            }
        }
    });
}

/// Names the case when a check or a reader panics.
struct Names(u64, u64);

impl Drop for Names {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let Names(seed, case) = self;
            eprintln!("repeat with FOREBEAR_FUZZ_SEED={seed} FOREBEAR_FUZZ_FIRST={case}");
        }
    }
}

fn one_case(seed: u64, case: u64, outcomes: &mut BTreeMap<String, u64>) {
    let _names = Names(seed, case);
    let mut random = Random(seed.wrapping_mul(0x2545_f491_4f6c_dd1d).wrapping_add(case << 8));
    let (name, target) = targets()[case as usize % targets().len()];
    let before = HELD.load(Relaxed);
    PEAK.store(before, Relaxed);
    let outcome = target(&mut random);
    let used = PEAK.load(Relaxed).saturating_sub(before);
    assert!(used < MOST_MEMORY, "{name} held {used} bytes");
    let kind = match outcome {
        Ok(()) => "read",
        Err(error) => {
            let message = error.to_string();
            assert!(!message.is_empty() && !message.contains('\0') && message.len() < 2000);
            error.kind()
        }
    };
    *outcomes.entry(format!("{name} {kind}")).or_default() += 1;
}

#[test]
fn broken_files_are_read_or_refused() {
    let (seed, first) = (setting("FOREBEAR_FUZZ_SEED"), setting("FOREBEAR_FUZZ_FIRST"));
    let (seed, first) = (seed.unwrap_or(1), first.unwrap_or(0));
    let seconds = Duration::from_secs(setting("FOREBEAR_FUZZ_SECONDS").unwrap_or(2));
    let (n_cases, started) = (setting("FOREBEAR_FUZZ_CASES"), Instant::now());
    watch_for_hangs();
    let (mut case, mut outcomes) = (first, BTreeMap::new());
    // One thread: small work does not pay for waking others.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    pool.install(|| {
        while n_cases.map_or_else(|| started.elapsed() < seconds, |n| case < first + n) {
            CASE.store(case, Relaxed);
            one_case(seed, case, &mut outcomes);
            case += 1;
        }
    });
    for ending in [
        "fam", "bim", "bed", "map", "tsv", "Q", "forebear", "pgen", "pgen.pgi", "pvar", "geno",
        "snp", "ind",
    ] {
        // A run of one case may not have written them.
        let _ = std::fs::remove_file(plink_path(ending));
    }
    println!("{} cases in {:.1} s: {outcomes:#?}", case - first, started.elapsed().as_secs_f64());
    // The files must not be so broken that the readers are never tried in earnest.
    if case - first >= 1000 && targets().len() == TARGETS.len() {
        for kind in [
            "vcf read",
            "vcf vcf_record",
            "vcf vcf_header",
            "vcf not_phased",
            "vcf vcf_order",
            "plink read",
            "plink2 read",
            "plink2 pgen_head",
            "plink2 pgen_record",
            "eigenstrat read",
            "eigenstrat geno_file",
            "genetic map read",
            "ancestry table read",
            "ancestry vcf read",
            "model read",
            "model model_file",
            "chromosome read",
            "chromosome trained_model",
        ] {
            assert!(outcomes.contains_key(kind), "no case ended in \"{kind}\"");
        }
    }
}
