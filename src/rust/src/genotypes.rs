//! Reading, decoding and writing genotypes.

use crate::answer::guard;
use crate::convert::entry;
use crate::convert::indices;
use crate::convert::items;
use crate::convert::numbers;
use crate::convert::strings;
use crate::convert::variants_and_readings;
use crate::run::run;
use extendr_api::prelude::*;
use forebear_core::data::genotypes::aligned::Aligned;
use forebear_core::data::genotypes::aligned::Reading;
use forebear_core::data::genotypes::decode;
use forebear_core::data::genotypes::dosed::DosedGenotypes;
use forebear_core::data::genotypes::genotype::GenotypeSource;
use forebear_core::data::genotypes::genotype::PackedGenotypes;
use forebear_core::data::genotypes::joined::JoinedSamples;
use forebear_core::data::genotypes::joined::JoinedVariants;
use forebear_core::data::genotypes::masked::Mask;
use forebear_core::data::genotypes::masked::Masked;
use forebear_core::data::genotypes::view::View;
use forebear_core::error::Result;
use forebear_core::io::bed::BedFile;
use forebear_core::io::bim;
use forebear_core::io::eigenstrat::geno::GenoFile;
use forebear_core::io::fam;
use forebear_core::io::fileset;
use forebear_core::io::pgen::file::PgenFile;
use forebear_core::pca::called_copies::called_by_sample;
use forebear_core::pca::called_copies::called_copies;
use std::path::Path;

/// The answer of `work` on what an R `genotypes` object points to, seen through its
/// sample and variant indices. It is an error if the file is gone, is not what it was, or
/// is not the one that was read.
pub fn with_source(
    genotypes: &Robj,
    work: impl FnOnce(&dyn GenotypeSource) -> Result<Robj>,
) -> Robj {
    guard(|| {
        let held = Held::of(genotypes);
        work(held.open()?.as_ref())
    })
}

/// An R `genotypes` object and what it is made of: packed bytes, a file, or others like it.
struct Held {
    genotypes: Robj,
    bytes: Robj,
    /// Expected copies beside the packed bytes; NULL where there are none.
    dosage: Robj,
    parts: Vec<Held>,
}

impl Held {
    fn of(genotypes: &Robj) -> Held {
        let (bytes, parts) = (entry(genotypes, "bytes"), given(genotypes, "parts"));
        let parts = parts.map(|parts| items(&parts).iter().map(Held::of).collect());
        let dosage = given(genotypes, "dosage").unwrap_or_else(|| ().into());
        Held { genotypes: genotypes.clone(), bytes, dosage, parts: parts.unwrap_or_default() }
    }

    fn open(&self) -> Result<Box<dyn GenotypeSource + '_>> {
        let samples = indices(&entry(&self.genotypes, "sample_index"));
        let (variants, readings) = variants_and_readings(&entry(&self.genotypes, "variant_index"));
        Ok(seen(self.source()?, mask(&self.genotypes), samples, variants, readings))
    }

    fn source(&self) -> Result<Box<dyn GenotypeSource + '_>> {
        let n_file = numbers(&entry(&self.genotypes, "n_file")).to_vec();
        let (n_samples, n_variants) = (n_file[0] as usize, n_file[1] as usize);
        if let Some(bytes) = self.bytes.as_raw_slice() {
            let packed = PackedGenotypes::borrow(bytes, n_samples, n_variants);
            return Ok(match self.dosage.as_raw_slice() {
                Some(dosage) => Box::new(DosedGenotypes::new(packed, dosage)),
                None => Box::new(packed),
            });
        }
        if !self.parts.is_empty() {
            let parts = self.parts.iter().map(Held::open).collect::<Result<Vec<_>>>()?;
            let joins_samples = strings(&entry(&self.genotypes, "joined"))[0] == "samples";
            return Ok(match joins_samples {
                true => Box::new(JoinedSamples::new(parts)),
                false => Box::new(JoinedVariants::new(parts)),
            });
        }
        let path = strings(&entry(&self.genotypes, "path")).remove(0);
        let fingerprint = numbers(&entry(&self.genotypes, "fingerprint"))[0] as u32;
        let format = given(&self.genotypes, "format");
        let format = format.map_or_else(|| "bed".to_owned(), |format| strings(&format).remove(0));
        open_file(Path::new(&path), &format, (n_samples, n_variants), fingerprint)
    }
}

/// A file of genotypes that was read before.
fn open_file<'r>(
    path: &Path,
    format: &str,
    (n_samples, n_variants): (usize, usize),
    fingerprint: u32,
) -> Result<Box<dyn GenotypeSource + 'r>> {
    match format {
        "bed" => {
            let bed = BedFile::open(path, n_samples, n_variants)?;
            bed.file().check_fingerprint(fingerprint, "read_bed")?;
            Ok(Box::new(bed))
        }
        "pgen" | "pgen_dosage" => {
            let pgen = PgenFile::open(path, n_samples, n_variants, format == "pgen_dosage")?;
            pgen.file().check_fingerprint(fingerprint, "read_pgen")?;
            Ok(Box::new(pgen))
        }
        "eigenstrat" => {
            let geno = GenoFile::open(path, n_samples, n_variants)?;
            geno.file().check_fingerprint(fingerprint, "read_eigenstrat")?;
            Ok(Box::new(geno))
        }
        other => panic!("format {other}"),
    }
}

/// An entry of a list that may be absent or NULL.
fn given(list: &Robj, name: &str) -> Option<Robj> {
    list.dollar(name).ok().filter(|value| !value.is_null())
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
    let mask = given(genotypes, "mask")?;
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
        let fingerprint = f64::from(file.file().fingerprint());
        let (samples, variants) = (samples_list(samples), variants_list(variants));
        let tables = list!(samples = samples, variants = variants);
        Ok(list!(fingerprint = fingerprint, padding = padding.to_vec(), tables = tables).into())
    })
}

/// The columns of a samples table, for R.
pub fn samples_list(samples: fam::Samples) -> List {
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

/// Numeric matrix samples x variants of expected copies, `NaN` for missing.
#[extendr]
fn rust_decode_expected(genotypes: Robj, threads: i32, progress: Robj) -> Robj {
    with_source(&genotypes, |source| {
        let mut out = RMatrix::<f64>::new(source.n_samples(), source.n_variants());
        let entries = out.data_mut();
        run(threads, &progress, |task| decode::expected(source, entries, task))?;
        Ok(out.into())
    })
}

/// Missing genotypes per variant.
#[extendr]
fn rust_count_missing(genotypes: Robj, threads: i32, progress: Robj) -> Robj {
    with_source(&genotypes, |source| {
        let n_samples = source.n_samples();
        let called = run(threads, &progress, |task| called_copies(source, task))?;
        Ok(called.iter().map(|own| (n_samples - own.n_called) as f64).collect::<Vec<f64>>().into())
    })
}

/// Genotypes per sample, expected ones where there are dosages.
#[extendr]
fn rust_called_by_sample(genotypes: Robj, threads: i32, progress: Robj) -> Robj {
    with_source(&genotypes, |source| {
        let called = run(threads, &progress, |task| called_by_sample(source, task))?;
        Ok(called.iter().map(|&n| n as f64).collect::<Vec<f64>>().into())
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
    with_fileset(&genotypes, &samples, &variants, |files| {
        run(threads, &progress, |task| fileset::write(files, prefix, task))
    })
}

/// Writes `prefix.pgen`, `.pvar` and `.psam`, all three or none.
#[extendr]
fn rust_write_pgen(
    genotypes: Robj,
    samples: Robj,
    variants: Robj,
    prefix: &str,
    threads: i32,
    progress: Robj,
) -> Robj {
    with_fileset(&genotypes, &samples, &variants, |files| {
        run(threads, &progress, |task| fileset::write_pgen(files, prefix, task))
    })
}

/// Nothing but what went wrong when `work` wrote genotypes with their tables.
fn with_fileset(
    genotypes: &Robj,
    samples: &Robj,
    variants: &Robj,
    work: impl FnOnce(&fileset::Fileset<'_>) -> Result<()>,
) -> Robj {
    with_source(genotypes, |source| {
        let (samples, variants) = (samples_of(samples), variants_of(variants));
        work(&fileset::Fileset { samples, variants, genotypes: source })?;
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
    fn rust_decode_expected;
    fn rust_count_missing;
    fn rust_called_by_sample;
    fn rust_write_bed;
    fn rust_write_pgen;
}
