//! Haplotypes that R holds: packing, decoding, counting.

use crate::answer::guard;
use crate::convert::entry;
use crate::convert::flags;
use crate::convert::indices;
use crate::convert::integers;
use crate::convert::items;
use crate::convert::numbers;
use crate::run::run;
use extendr_api::prelude::*;
use forebear_core::data::haplotypes::genotypes;
use forebear_core::data::haplotypes::join::join_samples;
use forebear_core::data::haplotypes::join::join_variants;
use forebear_core::data::haplotypes::matrix;
use forebear_core::data::haplotypes::packed::HaplotypeView;
use forebear_core::data::haplotypes::packed::PackedHaplotypes;
use forebear_core::data::haplotypes::phase_swap::Place;
use forebear_core::data::haplotypes::phase_swap::swap;
use forebear_core::data::haplotypes::repack::repacked;
use forebear_core::error::Result;

/// The answer of `work` on what an R `haplotypes` object holds, seen through its sample and
/// variant indices. Nothing is copied.
pub fn with_haplotypes(
    haplotypes: &Robj,
    work: impl FnOnce(&HaplotypeView<'_>) -> Result<Robj>,
) -> Robj {
    guard(|| work(&Fields::of(haplotypes).view()))
}

/// What an R `haplotypes` object holds.
struct Fields {
    alleles: Robj,
    haploid: Robj,
    n_file: Robj,
    sample_index: Robj,
    variant_index: Robj,
}

impl Fields {
    fn of(haplotypes: &Robj) -> Fields {
        Fields {
            alleles: entry(haplotypes, "alleles"),
            haploid: entry(haplotypes, "haploid"),
            n_file: entry(haplotypes, "n_file"),
            sample_index: entry(haplotypes, "sample_index"),
            variant_index: entry(haplotypes, "variant_index"),
        }
    }

    fn view(&self) -> HaplotypeView<'_> {
        let alleles = self.alleles.as_raw_slice().expect("raw alleles");
        let haploid = self.haploid.as_raw_slice().expect("a raw mask");
        let n_file = numbers(&self.n_file);
        let (n_samples, n_variants) = (n_file[0] as usize, n_file[1] as usize);
        let packed = PackedHaplotypes::borrow(alleles, haploid, n_samples, n_variants);
        HaplotypeView::new(packed, indices(&self.sample_index), indices(&self.variant_index))
    }
}

/// The two packed fields, for R.
pub fn packed_list(packed: PackedHaplotypes<'_>) -> List {
    let (alleles, haploid) = packed.into_bytes();
    list!(alleles = Raw::from_bytes(&alleles), haploid = Raw::from_bytes(&haploid))
}

/// Packs a numeric matrix (two rows per sample, columns are variants).
#[extendr]
fn rust_pack_haplotypes(alleles: Robj) -> Robj {
    guard(|| {
        let packed = matrix::pack(numbers(&alleles), alleles.nrows() / 2)?;
        Ok(packed_list(packed).into())
    })
}

/// Integer matrix, two rows per sample; `NA` where there is no second haplotype.
#[extendr]
fn rust_decode_haplotypes(haplotypes: Robj, threads: i32, progress: Robj) -> Robj {
    with_haplotypes(&haplotypes, |view| {
        let mut out = RMatrix::<i32>::new(2 * view.n_samples(), view.n_variants());
        let (entries, missing) = (out.data_mut(), i32::MIN);
        run(threads, &progress, |task| matrix::decode(view, missing, entries, task))?;
        Ok(out.into())
    })
}

/// Packed genotypes, as `rust_pack()` gives them.
#[extendr]
fn rust_haplotype_genotypes(haplotypes: Robj, threads: i32, progress: Robj) -> Robj {
    with_haplotypes(&haplotypes, |view| {
        let bytes = run(threads, &progress, |task| genotypes::genotypes(view, task))?;
        Ok(Raw::from_bytes(&bytes).into())
    })
}

/// The haplotypes in view alone, as `rust_pack_haplotypes()` gives them.
#[extendr]
fn rust_repack_haplotypes(haplotypes: Robj, threads: i32, progress: Robj) -> Robj {
    with_haplotypes(&haplotypes, |view| {
        Ok(packed_list(run(threads, &progress, |task| repacked(view, task))?).into())
    })
}

/// The variants of several objects, of the same samples, as `rust_pack_haplotypes()` gives them.
#[extendr]
fn rust_join_variants(parts: Robj, threads: i32, progress: Robj) -> Robj {
    with_all(&parts, |views| {
        let joined = run(threads, &progress, |task| join_variants(views, task))?;
        Ok(packed_list(joined).into())
    })
}

/// The samples of several objects, at the same variants; `swapped` has for each object the variants
/// at which its alleles are exchanged.
#[extendr]
fn rust_join_haplotypes(parts: Robj, swapped: Robj, threads: i32, progress: Robj) -> Robj {
    with_all(&parts, |views| {
        let swapped: Vec<Vec<bool>> = items(&swapped).iter().map(flags).collect();
        let joined = run(threads, &progress, |task| join_samples(views, &swapped, task))?;
        Ok(packed_list(joined).into())
    })
}

fn with_all(parts: &Robj, work: impl FnOnce(&[HaplotypeView<'_>]) -> Result<Robj>) -> Robj {
    guard(|| {
        let fields: Vec<Fields> = items(parts).iter().map(Fields::of).collect();
        work(&fields.iter().map(Fields::view).collect::<Vec<_>>())
    })
}

/// Haplotypes exchanged at phase switches. `chromosome` and `position` of each variant; `sample`
/// (from 1), `switch_chromosome` and `switch_position` of each switch.
#[extendr]
fn rust_swap_phase(
    haplotypes: Robj,
    variants: Robj,
    switches: Robj,
    threads: i32,
    progress: Robj,
) -> Robj {
    with_haplotypes(&haplotypes, |view| {
        let (variants, places) = (places(&variants), places(&switches));
        let mut own = vec![Vec::new(); view.n_samples()];
        for (&sample, place) in integers(&entry(&switches, "sample")).iter().zip(places) {
            own[sample as usize - 1].push(place);
        }
        own.iter_mut().for_each(|own| own.sort());
        let packed = run(threads, &progress, |task| swap(view, &variants, &own, task))?;
        Ok(packed_list(packed).into())
    })
}

/// `chromosome` and `position`, of variants or switches.
fn places(list: &Robj) -> Vec<Place> {
    let (chromosome, position) = (entry(list, "chromosome"), entry(list, "position"));
    let pairs = integers(&chromosome).iter().zip(integers(&position));
    let place = |(&chromosome, &position)| Place {
        chromosome: chromosome as u32,
        position: position as u32,
    };
    pairs.map(place).collect()
}

/// Variants at which each sample has one haplotype.
#[extendr]
fn rust_haploid_counts(haplotypes: Robj) -> Robj {
    with_haplotypes(&haplotypes, |view| {
        Ok(view.haploid_counts().iter().map(|&n| n as f64).collect::<Vec<f64>>().into())
    })
}

extendr_module! {
    mod haplotypes;
    fn rust_pack_haplotypes;
    fn rust_decode_haplotypes;
    fn rust_haplotype_genotypes;
    fn rust_repack_haplotypes;
    fn rust_join_variants;
    fn rust_join_haplotypes;
    fn rust_swap_phase;
    fn rust_haploid_counts;
}
