//! Reading and writing VCF.

use crate::answer::guard;
use crate::convert::entry;
use crate::convert::flags;
use crate::convert::indices;
use crate::convert::integers;
use crate::convert::items;
use crate::convert::numbers;
use crate::convert::positions;
use crate::convert::strings;
use crate::genotypes::variants_list;
use crate::genotypes::variants_of;
use crate::genotypes::with_source;
use crate::haplotypes::packed_list;
use crate::haplotypes::with_haplotypes;
use crate::harmonize::autosomes_of;
use crate::run::run;
use extendr_api::prelude::*;
use forebear_core::error::Result;
use forebear_core::io::haplotype_file;
use forebear_core::io::haplotype_file::Layout;
use forebear_core::io::lines::Lines;
use forebear_core::io::vcf::ploidy::Copies;
use forebear_core::io::vcf::ploidy::Ploidy;
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
use forebear_core::io::vcf::skipped::Skipped;
use forebear_core::io::vcf::write_ancestry;
use forebear_core::io::vcf::write_ancestry::Windowed;
use forebear_core::io::vcf::write_genotypes;
use forebear_core::io::vcf::write_haplotypes::Phased;
use forebear_core::io::vcf::write_haplotypes::write;
use forebear_core::task::Task;
use std::path::Path;

/// Packed genotypes of a VCF with their tables; `region` is a string or NULL. `rules`: see
/// `rules_of()`.
#[extendr]
#[allow(clippy::too_many_arguments)]
fn rust_read_vcf(
    path: &str,
    region: Robj,
    autosomes: Robj,
    min_maf: f64,
    rules: Robj,
    threads: i32,
    progress: Robj,
) -> Robj {
    guard(|| {
        let (region, autosomes) = (region_of(&region)?, autosomes_of(&autosomes));
        let rules = rules_of(&rules);
        let read = run(threads, &progress, |task| {
            let region = region.map(|region| in_file(region, autosomes, path, task)).transpose()?;
            let lines = Lines::open(Path::new(path), "reading VCF (bytes)", task)?;
            read_genotypes::read(lines, region.as_ref(), &rules, min_maf)
        })?;
        let n_half_missing = read.n_half_missing as f64;
        let dosage: Robj = match rules.field {
            Field::Calls => ().into(),
            _ => Raw::from_bytes(&read.dosages).into(),
        };
        let n_missing =
            [n_half_missing, read.scanned.n_low as f64, read.scanned.n_unlisted as f64].to_vec();
        let bytes = Raw::from_bytes(&read.bytes);
        let tables = tables_list(read.scanned);
        Ok(list!(bytes = bytes, dosage = dosage, n_missing = n_missing, tables = tables).into())
    })
}

/// Rules of R: `field` (`"GT"`, `"DS"`, `"GP"`), `filter` (text, or NULL), `min_gq`, `min_dp` (a
/// number, or NULL), `split`.
fn rules_of(rules: &Robj) -> Rules {
    let filter = entry(rules, "filter");
    let split = entry(rules, "split").as_bool().expect("TRUE or FALSE");
    Rules {
        filter: (!filter.is_null()).then(|| strings(&filter)),
        min_gq: entry(rules, "min_gq").as_real(),
        min_dp: entry(rules, "min_dp").as_real(),
        field: match strings(&entry(rules, "field"))[0].as_str() {
            "DS" => Field::Dosage,
            "GP" => Field::Probabilities,
            _ => Field::Calls,
        },
        multiallelic: if split { Multiallelic::Split } else { Multiallelic::Drop },
        unlisted: true,
    }
}

/// Writes genotypes as an unphased VCF, whole or not at all.
#[extendr]
fn rust_write_vcf(
    genotypes: Robj,
    samples: Robj,
    variants: Robj,
    path: &str,
    threads: i32,
    progress: Robj,
) -> Robj {
    with_source(&genotypes, |source| {
        let (samples, variants) = (strings(&samples), variants_of(&variants));
        run(threads, &progress, |task| {
            write_genotypes::write(source, &samples, &variants, Path::new(path), task)
        })?;
        Ok(().into())
    })
}

/// Packed haplotypes of a VCF with their tables; `kept`: columns of samples, or NULL for all. The
/// tables are of all samples, and so is `set_borders`, empty if the file has no phase sets.
#[extendr]
fn rust_read_phased_vcf(
    path: &str,
    region: Robj,
    drop_unphased: bool,
    kept: Robj,
    threads: i32,
    progress: Robj,
) -> Robj {
    guard(|| {
        let region = region_of(&region)?;
        let on_unphased = if drop_unphased { OnUnphased::Drop } else { OnUnphased::Refuse };
        let kept = (!kept.is_null()).then(|| positions(&kept));
        let read = run(threads, &progress, |task| {
            let region = region.map(|region| in_file(region, None, path, task)).transpose()?;
            let lines = Lines::open(Path::new(path), "reading VCF (bytes)", task)?;
            read_haplotypes::read(lines, region.as_ref(), on_unphased, kept.as_deref())
        })?;
        let borders: Vec<i32> = read.set_borders.iter().map(|&n| n as i32).collect();
        let (packed, tables) = (packed_list(read.packed), tables_list(read.scanned));
        Ok(list!(packed = packed, tables = tables, set_borders = borders).into())
    })
}

/// Packs the haplotypes of a VCF into a file, from which `rust_read_packed()` reads batches of so
/// many samples; gives tables and `set_borders`, as `rust_read_phased_vcf()`, and the layout.
#[extendr]
fn rust_pack_vcf(path: &str, to: &str, batch: i32, threads: i32, progress: Robj) -> Robj {
    guard(|| {
        let packed = run(threads, &progress, |task| {
            let lines = Lines::open(Path::new(path), "reading VCF (bytes)", task)?;
            read_haplotypes::pack(lines, Path::new(to), batch as usize)
        })?;
        let borders: Vec<i32> = packed.set_borders.iter().map(|&n| n as i32).collect();
        let (tables, layout) = (tables_list(packed.scanned), layout_list(&packed.layout));
        Ok(list!(tables = tables, layout = layout, set_borders = borders).into())
    })
}

/// Haplotypes of a batch, from 1, of the file `path` that `rust_pack_vcf()` wrote.
#[extendr]
fn rust_read_packed(path: &str, layout: Robj, batch: i32, threads: i32, progress: Robj) -> Robj {
    guard(|| {
        let layout = layout_of(&layout);
        let packed = run(threads, &progress, |task| {
            haplotype_file::read_batch(Path::new(path), &layout, batch as usize - 1, task)
        })?;
        Ok(packed_list(packed).into())
    })
}

/// `size`: samples, variants, samples of a batch, words of a block.
fn layout_list(layout: &Layout) -> List {
    let Layout { n_samples, n_variants, batch, words, masked, checksums } = layout;
    let size = [n_samples, n_variants, batch, words].map(|&size| size as f64);
    let checksums: Vec<f64> = checksums.iter().map(|&sum| f64::from(sum)).collect();
    list!(size = size.to_vec(), masked = masked.clone(), checksums = checksums)
}

fn layout_of(list: &Robj) -> Layout {
    let (size, checksums) = (entry(list, "size"), entry(list, "checksums"));
    let size = numbers(&size);
    Layout {
        n_samples: size[0] as usize,
        n_variants: size[1] as usize,
        batch: size[2] as usize,
        words: size[3] as usize,
        masked: flags(&entry(list, "masked")),
        checksums: numbers(&checksums).iter().map(|&sum| sum as u32).collect(),
    }
}

/// Names of the samples of a VCF.
#[extendr]
fn rust_vcf_samples(path: &str, progress: Robj) -> Robj {
    guard(|| {
        let names = run(1, &progress, |task| {
            let lines = Lines::open(Path::new(path), "reading VCF (bytes)", task)?;
            read_haplotypes::sample_names(lines)
        })?;
        Ok(names.into())
    })
}

/// `chrom` (in the plain spelling), `first` and `last` position of a region.
#[extendr]
fn rust_parse_region(region: &str) -> Robj {
    guard(|| {
        let region = Region::parse(region)?;
        Ok(list!(chrom = region.chrom(), first = region.first, last = region.last).into())
    })
}

fn region_of(region: &Robj) -> Result<Option<Region>> {
    region.as_str().map(Region::parse).transpose()
}

fn in_file(region: Region, autosomes: Option<u32>, path: &str, task: &Task) -> Result<Region> {
    let open = || Lines::open(Path::new(path), "names of chromosomes (bytes)", task);
    region.in_file(autosomes, open)
}

fn tables_list(scanned: Scanned) -> List {
    let skipped = skipped_list(&scanned.skipped);
    let ploidy = ploidy_list(&scanned.ploidy);
    list!(
        samples = scanned.samples,
        variants = variants_list(scanned.variants),
        skipped = skipped,
        ploidy = ploidy
    )
}

/// Of each chromosome with haploid calls: its name, and the copies of every sample.
fn ploidy_list(ploidy: &[Ploidy]) -> List {
    let of = |one: &Ploidy| {
        let copies: Vec<&str> = one.copies.iter().map(|&copies| copies_name(copies)).collect();
        list!(chrom = one.chrom.clone(), copies = copies)
    };
    List::from_values(ploidy.iter().map(of))
}

fn copies_name(copies: Copies) -> &'static str {
    match copies {
        Copies::Unknown => "unknown",
        Copies::One => "one",
        Copies::Two => "two",
        Copies::Unclear => "unclear",
    }
}

fn skipped_list(skipped: &[Skipped]) -> List {
    let text = |of: fn(&Skipped) -> String| skipped.iter().map(of).collect::<Vec<String>>();
    let number = |of: fn(&Skipped) -> f64| skipped.iter().map(of).collect::<Vec<f64>>();
    list!(
        reason = text(|one| one.reason.name().to_owned()),
        n_records = number(|one| one.n_records as f64),
        first_line = number(|one| one.first.line as f64),
        first_chrom = text(|one| one.first.chrom.clone()),
        first_position_bp = text(|one| one.first.position.clone())
    )
}

/// Writes a VCF, whole or not at all.
#[extendr]
fn rust_write_phased_vcf(
    haplotypes: Robj,
    samples: Robj,
    variants: Robj,
    path: &str,
    threads: i32,
    progress: Robj,
) -> Robj {
    with_phased(&haplotypes, &samples, &variants, |phased| {
        run(threads, &progress, |task| write(phased, Path::new(path), task))
    })
}

/// Nothing but what went wrong when `work` wrote haplotypes with their tables.
pub fn with_phased(
    haplotypes: &Robj,
    samples: &Robj,
    variants: &Robj,
    work: impl FnOnce(&Phased<'_>) -> Result<()>,
) -> Robj {
    with_haplotypes(haplotypes, |view| {
        let (samples, variants) = (strings(samples), variants_of(variants));
        work(&Phased { samples, variants, haplotypes: view })?;
        Ok(().into())
    })
}

/// Local ancestry of a VCF; `windows` is NULL or a list of `chrom` and `start_bp`.
#[extendr]
fn rust_read_ancestry_vcf(path: &str, windows: Robj, progress: Robj) -> Robj {
    guard(|| {
        let borders = (!windows.is_null()).then(|| Borders {
            chrom: strings(&entry(&windows, "chrom")),
            start_bp: integers(&entry(&windows, "start_bp")).to_vec(),
        });
        let read = run(1, &progress, |task| {
            let lines = Lines::open(Path::new(path), "reading VCF (bytes)", task)?;
            read_ancestry::read(lines, borders.as_ref())
        })?;
        let n_variants: Vec<i32> = read.n_variants.iter().map(|&n| n as i32).collect();
        Ok(list!(
            samples = read.samples,
            populations = read.populations,
            chrom = read.chrom,
            start_bp = read.start_bp,
            end_bp = read.end_bp,
            n_variants = n_variants,
            code = read.code,
            probability = read.probability
        )
        .into())
    })
}

/// Writes haplotypes with their local ancestry. `calls`: `populations`, `window` (of each variant,
/// from 1), `call` (2 n_samples x n_windows, from 0; -1 is absent), `code` of each call (from 0),
/// `probability` (a numeric vector for each population, or none), `digits` (negative: all).
#[extendr]
fn rust_write_ancestry_vcf(
    haplotypes: Robj,
    samples: Robj,
    variants: Robj,
    calls: Robj,
    path: &str,
    threads: i32,
    progress: Robj,
) -> Robj {
    with_phased(&haplotypes, &samples, &variants, |phased| {
        let fields = WindowedFields::of(&calls);
        let windowed = fields.windowed();
        run(threads, &progress, |task| {
            write_ancestry::write(phased, &windowed, Path::new(path), task)
        })
    })
}

/// What R gives of calls by windows: populations, window, call, code, probability, digits.
pub struct WindowedFields {
    populations: Vec<String>,
    window: Vec<u32>,
    call: Robj,
    code: Robj,
    probability: Vec<Robj>,
    digits: i32,
}

impl WindowedFields {
    pub fn of(calls: &Robj) -> WindowedFields {
        WindowedFields {
            populations: strings(&entry(calls, "populations")),
            window: indices(&entry(calls, "window")),
            call: entry(calls, "call"),
            code: entry(calls, "code"),
            probability: items(&entry(calls, "probability")),
            digits: integers(&entry(calls, "digits"))[0],
        }
    }

    pub fn windowed(&self) -> Windowed<'_> {
        Windowed {
            populations: self.populations.clone(),
            window: self.window.clone(),
            call: integers(&self.call),
            code: integers(&self.code),
            probability: self.probability.iter().map(numbers).collect(),
            digits: usize::try_from(self.digits).ok(),
        }
    }
}

extendr_module! {
    mod vcf;
    fn rust_read_vcf;
    fn rust_read_phased_vcf;
    fn rust_pack_vcf;
    fn rust_read_packed;
    fn rust_vcf_samples;
    fn rust_write_vcf;
    fn rust_write_phased_vcf;
    fn rust_parse_region;
    fn rust_read_ancestry_vcf;
    fn rust_write_ancestry_vcf;
}
