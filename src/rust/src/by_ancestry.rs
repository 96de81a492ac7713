//! Alleles by ancestry: Tractor's files, frequencies, masks.

use crate::answer::guard;
use crate::convert::entry;
use crate::convert::flags;
use crate::convert::indices;
use crate::convert::integers;
use crate::convert::items;
use crate::convert::numbers;
use crate::convert::positions;
use crate::convert::strings;
use crate::haplotypes::packed_list;
use crate::haplotypes::with_haplotypes;
use crate::run::run;
use crate::vcf::WindowedFields;
use crate::vcf::with_phased;
use extendr_api::prelude::*;
use forebear_core::data::haplotypes::genotypes::masked_genotypes;
use forebear_core::data::haplotypes::packed::HaplotypeView;
use forebear_core::data::haplotypes::packed::PackedHaplotypes;
use forebear_core::io::vcf::write_tractor;
use forebear_core::io::vcf::write_tractor::Tracts;
use forebear_core::local_ancestry::by_ancestry::called::Called;
use forebear_core::local_ancestry::by_ancestry::frequencies::allele_sums;
use forebear_core::local_ancestry::by_ancestry::presence::n_present;
use forebear_core::local_ancestry::by_ancestry::presence::presence;

/// Tractor's files. `calls`: as of `rust_write_ancestry_vcf()`; `tracts`: prefix, code (from 1),
/// expected, compress.
#[extendr]
fn rust_write_tractor(
    haplotypes: Robj,
    samples: Robj,
    variants: Robj,
    calls: Robj,
    tracts: Robj,
    threads: i32,
    progress: Robj,
) -> Robj {
    with_phased(&haplotypes, &samples, &variants, |phased| {
        let fields = WindowedFields::of(&calls);
        let windowed = fields.windowed();
        let tracts = Tracts {
            prefix: strings(&entry(&tracts, "prefix"))[0].clone().into(),
            codes: positions(&entry(&tracts, "code")),
            expected: flags(&entry(&tracts, "expected"))[0],
            compress: flags(&entry(&tracts, "compress"))[0],
        };
        run(threads, &progress, |task| write_tractor::write(phased, &windowed, &tracts, task))
    })
}

/// [n_ancestries x n_variants] expected haplotypes and alternate alleles. `calls`: window, call,
/// probability.
#[extendr]
fn rust_allele_sums(haplotypes: Robj, calls: Robj, threads: i32, progress: Robj) -> Robj {
    with_haplotypes(&haplotypes, |view| {
        let (window, call) = (indices(&entry(&calls, "window")), entry(&calls, "call"));
        let n_haplotypes = 2 * view.n_samples();
        let called = Called { window: &window, call: integers(&call), n_haplotypes };
        let columns = items(&entry(&calls, "probability"));
        let posterior: Vec<&[f64]> = columns.iter().map(numbers).collect();
        let sums = run(threads, &progress, |task| allele_sums(view, &called, &posterior, task))?;
        let haplotypes: Vec<f64> = sums.iter().map(|sums| sums.haplotypes).collect();
        let alternate: Vec<f64> = sums.iter().map(|sums| sums.alternate).collect();
        Ok(list!(haplotypes = haplotypes, alternate = alternate).into())
    })
}

/// Packed bits of what is present. `calls`: window, call, counts (of each call whether it does).
#[extendr]
fn rust_presence(calls: Robj, n_samples: i32, threads: i32, progress: Robj) -> Robj {
    guard(|| {
        let (window, call) = (indices(&entry(&calls, "window")), entry(&calls, "call"));
        let counts = flags(&entry(&calls, "counts"));
        let called =
            Called { window: &window, call: integers(&call), n_haplotypes: 2 * n_samples as usize };
        let packed = run(threads, &progress, |task| presence(&called, &counts, task))?;
        Ok(packed_list(packed).into())
    })
}

/// Number of alleles that are present. `mask`: haplotypes whose alleles are 1 where they are.
#[extendr]
fn rust_n_present(mask: Robj) -> Robj {
    with_haplotypes(&mask, |view| Ok((n_present(view) as f64).into()))
}

/// Packed genotypes of masked haplotypes, as `rust_pack()` gives them.
#[extendr]
fn rust_masked_genotypes(haplotypes: Robj, threads: i32, progress: Robj) -> Robj {
    with_haplotypes(&haplotypes, |view| {
        let (present, n_file) = (entry(&haplotypes, "present"), entry(&haplotypes, "n_file"));
        let bits = present.as_raw_slice().expect("a raw mask");
        let n_file = numbers(&n_file);
        let packed = PackedHaplotypes::borrow(bits, &[], n_file[0] as usize, n_file[1] as usize);
        let (samples, variants) = (
            indices(&entry(&haplotypes, "sample_index")),
            indices(&entry(&haplotypes, "variant_index")),
        );
        let present = HaplotypeView::new(packed, samples, variants);
        let bytes = run(threads, &progress, |task| masked_genotypes(view, &present, task))?;
        Ok(Raw::from_bytes(&bytes).into())
    })
}

extendr_module! {
    mod by_ancestry;
    fn rust_write_tractor;
    fn rust_allele_sums;
    fn rust_presence;
    fn rust_n_present;
    fn rust_masked_genotypes;
}
