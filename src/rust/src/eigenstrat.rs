//! Reading EIGENSTRAT files.

use crate::answer::guard;
use crate::genotypes::variants_list;
use crate::run::run;
use extendr_api::prelude::*;
use forebear_core::io::eigenstrat::geno::GenoFile;
use forebear_core::io::eigenstrat::one_allele::has_one_allele;
use forebear_core::io::eigenstrat::tables;
use std::path::Path;

/// Tables of a .geno/.snp/.ind set, after checking that the three belong together; the layout of the
/// .geno; which samples were called with one allele.
#[extendr]
fn rust_read_eigenstrat(geno: &str, snp: &str, ind: &str, threads: i32, progress: Robj) -> Robj {
    guard(|| {
        let samples = tables::read_samples(Path::new(ind))?;
        let variants = tables::read_variants(Path::new(snp))?;
        let file = GenoFile::open(Path::new(geno), samples.id.len(), variants.len())?;
        let one_allele = run(threads, &progress, |task| has_one_allele(&file, task))?;
        let samples =
            list!(sample_id = samples.id, sex = samples.sex, population = samples.population);
        let tables = list!(samples = samples, variants = variants_list(variants));
        Ok(list!(
            fingerprint = f64::from(file.file().fingerprint()),
            layout = file.layout().name(),
            one_allele = one_allele,
            tables = tables
        )
        .into())
    })
}

extendr_module! {
    mod eigenstrat;
    fn rust_read_eigenstrat;
}
