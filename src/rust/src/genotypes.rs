//! Reading, decoding and writing genotypes.

use crate::answer::guard;
use crate::convert::entry;
use crate::convert::indices;
use crate::convert::numbers;
use crate::convert::strings;
use crate::convert::variants_and_readings;
use crate::run::run;
use extendr_api::prelude::*;
use forebear_core::data::genotypes::aligned::Aligned;
use forebear_core::data::genotypes::aligned::Reading;
use forebear_core::data::genotypes::counts::count_genotypes;
use forebear_core::data::genotypes::decode;
use forebear_core::data::genotypes::genotype::GenotypeSource;
use forebear_core::data::genotypes::genotype::PackedGenotypes;
use forebear_core::data::genotypes::join_samples::join_samples;
use forebear_core::data::genotypes::masked::Mask;
use forebear_core::data::genotypes::masked::Masked;
use forebear_core::data::genotypes::view::View;
use forebear_core::error::Result;
use forebear_core::io::bed::BedFile;
use forebear_core::io::bim;
use forebear_core::io::fam;
use forebear_core::io::fileset;
use std::path::Path;

/// The answer of `work` on what an R `genotypes` object points to, seen through its
/// sample and variant indices. It is an error if the file is gone, is not a .bed, or
/// is not the one that was read.
pub fn with_source(
    genotypes: &Robj,
    work: impl FnOnce(&dyn GenotypeSource) -> Result<Robj>,
) -> Robj {
    guard(|| {
        let bytes = entry(genotypes, "bytes");
        let source = open(genotypes, &bytes)?;
        work(source.as_ref())
    })
}

fn open<'r>(genotypes: &'r Robj, bytes: &'r Robj) -> Result<Box<dyn GenotypeSource + 'r>> {
    let n_file = numbers(&entry(genotypes, "n_file")).to_vec();
    let (n_samples, n_variants) = (n_file[0] as usize, n_file[1] as usize);
    let samples = indices(&entry(genotypes, "sample_index"));
    let (variants, readings) = variants_and_readings(&entry(genotypes, "variant_index"));
    if let Some(bytes) = bytes.as_raw_slice() {
        let packed = PackedGenotypes::borrow(bytes, n_samples, n_variants);
        return Ok(seen(packed, mask(genotypes), samples, variants, readings));
    }
    let path = strings(&entry(genotypes, "path")).remove(0);
    let file = BedFile::open(Path::new(&path), n_samples, n_variants)?;
    file.check_fingerprint(Path::new(&path), numbers(&entry(genotypes, "fingerprint"))[0] as u32)?;
    Ok(seen(file, mask(genotypes), samples, variants, readings))
}

/// The genotypes that an R object sees of its source. A mask hides places of the source, not
/// of the view, so that a part of the samples or variants hides the same genotypes.
fn seen<'r>(
    source: impl GenotypeSource + 'r,
    mask: Option<Mask>,
    samples: Vec<u32>,
    variants: Vec<u32>,
    readings: Vec<Reading>,
) -> Box<dyn GenotypeSource + 'r> {
    match mask {
        None => aligned(View::new(source, samples, variants), readings),
        Some(mask) => aligned(View::new(Masked::new(source, mask), samples, variants), readings),
    }
}

/// The mask of an R object: seed, number of folds, fold from 1, and whether that fold is seen
/// (1) or all others (0).
fn mask(genotypes: &Robj) -> Option<Mask> {
    let mask = genotypes.dollar("mask").ok().filter(|mask| !mask.is_null())?;
    let [seed, folds, fold, held_out] = numbers(&mask) else { panic!("four numbers of a mask") };
    let (folds, fold) = (*folds as u32, *fold as u32 - 1);
    Some(Mask { seed: *seed as u64, folds, fold, held_out: *held_out == 1.0 })
}

/// A plain view stays as it is: only data that were matched to a reference pay for it.
fn aligned<'r>(
    view: View<impl GenotypeSource + 'r>,
    readings: Vec<Reading>,
) -> Box<dyn GenotypeSource + 'r> {
    if readings.iter().all(|&reading| reading == Reading::Counted) {
        return Box::new(view);
    }
    Box::new(Aligned::new(view, readings))
}

/// Tables of a .bed/.bim/.fam set, after checking that the three belong together; `padding` has the
/// number of variants looked at and of last samples that look like padding.
#[extendr]
fn rust_read_bed(bed: &str, bim: &str, fam: &str) -> Robj {
    guard(|| {
        let samples = fam::read(Path::new(fam))?;
        let variants = bim::read(Path::new(bim))?;
        let file = BedFile::open(Path::new(bed), samples.len(), variants.len())?;
        let padding = file.check_padding(Path::new(bed))?;
        let padding = [padding.n_checked as f64, padding.n_hom_alt as f64];
        let fingerprint = f64::from(file.fingerprint());
        let (samples, variants) = (samples_list(samples), variants_list(variants));
        let tables = list!(samples = samples, variants = variants);
        Ok(list!(fingerprint = fingerprint, padding = padding.to_vec(), tables = tables).into())
    })
}

fn samples_list(samples: fam::Samples) -> List {
    list!(
        sample_id = samples.id,
        family_id = samples.family_id,
        father_id = samples.father_id,
        mother_id = samples.mother_id,
        sex = samples.sex,
        phenotype = samples.phenotype
    )
}

/// The columns of a variants table, for R.
pub fn variants_list(variants: bim::Variants) -> List {
    List::from_pairs([
        ("variant_id", Robj::from(variants.id)),
        ("chrom", variants.chrom.into()),
        ("position_bp", variants.position_bp.into()),
        ("position_cm", variants.position_cm.into()),
        ("ref", variants.ref_allele.into()),
        ("alt", variants.alt_allele.into()),
    ])
}

/// Packs a numeric matrix (samples x variants; NaN and NA are missing) into raw bytes.
#[extendr]
fn rust_pack(copies: Robj) -> Robj {
    guard(|| {
        let (n_samples, n_variants) = (copies.nrows(), copies.ncols());
        let values = decode::check_copies(numbers(&copies), n_samples)?;
        let copies = |sample, variant| values[variant * n_samples + sample];
        let packed = PackedGenotypes::from_copies(n_samples, n_variants, copies);
        Ok(Raw::from_bytes(&packed.into_bytes()).into())
    })
}

/// Integer matrix samples x variants, `NA` for missing.
#[extendr]
fn rust_decode(genotypes: Robj, threads: i32, progress: Robj) -> Robj {
    with_source(&genotypes, |source| {
        let mut out = RMatrix::<i32>::new(source.n_samples(), source.n_variants());
        let (entries, missing) = (out.data_mut(), i32::MIN);
        run(threads, &progress, |task| decode::decode(source, missing, entries, task))?;
        Ok(out.into())
    })
}

/// Packed genotypes of the samples of several R objects at the same variants.
#[extendr]
fn rust_join_samples(parts: List, threads: i32, progress: Robj) -> Robj {
    guard(|| {
        let parts: Vec<Robj> = parts.values().collect();
        let bytes: Vec<Robj> = parts.iter().map(|part| entry(part, "bytes")).collect();
        let open = |(part, bytes)| open(part, bytes);
        let sources = parts.iter().zip(&bytes).map(open).collect::<Result<Vec<_>>>()?;
        let sources: Vec<&dyn GenotypeSource> = sources.iter().map(AsRef::as_ref).collect();
        let joined = run(threads, &progress, |task| join_samples(&sources, task))?;
        Ok(Raw::from_bytes(&joined).into())
    })
}

/// Missing genotypes per variant.
#[extendr]
fn rust_count_missing(genotypes: Robj, threads: i32, progress: Robj) -> Robj {
    with_source(&genotypes, |source| {
        let counts = run(threads, &progress, |task| count_genotypes(source, task))?;
        Ok(counts.iter().map(|count| count.missing as f64).collect::<Vec<f64>>().into())
    })
}

/// Writes `prefix.bed`, `.bim` and `.fam`, all three or none.
#[extendr]
fn rust_write_bed(
    genotypes: Robj,
    samples: Robj,
    variants: Robj,
    prefix: &str,
    threads: i32,
    progress: Robj,
) -> Robj {
    with_source(&genotypes, |source| {
        let (samples, variants) = (samples_of(&samples), variants_of(&variants));
        let files = fileset::Fileset { samples, variants, genotypes: source };
        run(threads, &progress, |task| fileset::write(&files, prefix, task))?;
        Ok(().into())
    })
}

fn samples_of(list: &Robj) -> fam::Samples {
    let column = |name| strings(&entry(list, name));
    fam::Samples {
        family_id: column("family_id"),
        id: column("sample_id"),
        father_id: column("father_id"),
        mother_id: column("mother_id"),
        sex: column("sex"),
        phenotype: column("phenotype"),
    }
}

/// A variants table of R.
///
/// # Panics
/// If a column is absent or of another type.
pub fn variants_of(list: &Robj) -> bim::Variants {
    let column = |name| strings(&entry(list, name));
    let position_bp = entry(list, "position_bp");
    bim::Variants {
        chrom: column("chrom"),
        id: column("variant_id"),
        position_cm: numbers(&entry(list, "position_cm")).to_vec(),
        position_bp: position_bp.as_integer_slice().expect("integer positions").to_vec(),
        alt_allele: column("alt"),
        ref_allele: column("ref"),
    }
}

extendr_module! {
    mod genotypes;
    fn rust_read_bed;
    fn rust_pack;
    fn rust_decode;
    fn rust_join_samples;
    fn rust_count_missing;
    fn rust_write_bed;
}
