//! Reading PLINK 2 files.

use crate::answer::guard;
use crate::convert::indices;
use crate::genotypes::samples_list;
use crate::genotypes::variants_list;
use crate::haplotypes::packed_list;
use crate::run::run;
use extendr_api::prelude::*;
use forebear_core::io::bed::BedFile;
use forebear_core::io::bim;
use forebear_core::io::fam;
use forebear_core::io::mapped_file::MappedFile;
use forebear_core::io::pgen::file::PgenFile;
use forebear_core::io::pgen::haplotypes;
use forebear_core::io::pgen::haplotypes::Lack;
use forebear_core::io::pgen::index;
use std::path::Path;

/// Tables of a .pgen/.pvar/.psam set, after checking that the three belong together; whether the
/// .pgen is a .bed, has dosages, has phase.
#[extendr]
fn rust_read_pgen(pgen: &str, pvar: &str, psam: &str) -> Robj {
    guard(|| {
        let samples = fam::read_psam(Path::new(psam))?;
        let variants = bim::read(Path::new(pvar))?;
        let (path, n) = (Path::new(pgen), (samples.len(), variants.len()));
        let is_bed = index::mode(&MappedFile::open(path)?)? == index::BED_MODE;
        let (fingerprint, has) = if is_bed {
            let bed = BedFile::open(path, n.0, n.1)?;
            bed.check_padding(path)?;
            (bed.file().fingerprint(), [false; 2])
        } else {
            let file = PgenFile::open(path, n.0, n.1, false)?;
            (file.file().fingerprint(), [file.any_dosage(), file.any_phase()])
        };
        let (samples, variants) = (samples_list(samples), variants_list(variants));
        let tables = list!(samples = samples, variants = variants);
        let fingerprint = f64::from(fingerprint);
        let [has_dosage, has_phase] = has;
        Ok(list!(
            fingerprint = fingerprint,
            is_bed = is_bed,
            has_dosage = has_dosage,
            has_phase = has_phase,
            tables = tables
        )
        .into())
    })
}

/// Haplotypes of the chosen variants of a file; of each that is left out, the sample (from 1) that
/// lacks a call (`"missing"`) or phase (`"unphased"`).
#[extendr]
fn rust_read_phased_pgen(
    pgen: &str,
    n_file: Robj,
    variants: Robj,
    threads: i32,
    progress: Robj,
) -> Robj {
    guard(|| {
        let n = indices(&n_file);
        let (n_samples, n_variants) = (n[0] as usize + 1, n[1] as usize + 1);
        let variants = indices(&variants);
        let file = PgenFile::open(Path::new(pgen), n_samples, n_variants, false)?;
        let read = run(threads, &progress, |task| haplotypes::read(&file, &variants, task))?;
        let reason = |lack: &Option<Lack>| {
            lack.map(|lack| match lack {
                Lack::Call { .. } => "missing",
                Lack::Phase { .. } => "unphased",
            })
        };
        let sample = |lack: &Option<Lack>| {
            lack.map(|(Lack::Call { sample } | Lack::Phase { sample })| sample as i32 + 1)
        };
        let reason: Vec<Option<&str>> = read.lacks.iter().map(reason).collect();
        let sample: Vec<Option<i32>> = read.lacks.iter().map(sample).collect();
        Ok(list!(packed = packed_list(read.packed), reason = reason, sample = sample).into())
    })
}

extendr_module! {
    mod pgen;
    fn rust_read_pgen;
    fn rust_read_phased_pgen;
}
