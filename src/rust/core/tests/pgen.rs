//! .pgen files of every storage mode and record type, written by a plain writer.

#[path = "common/pgen.rs"]
mod writer;

use forebear_core::data::genotypes::genotype::COPIES;
use forebear_core::data::genotypes::genotype::GenotypeSource;
use forebear_core::data::genotypes::genotype::code;
use forebear_core::data::haplotypes::packed::HaplotypeView;
use forebear_core::io::pgen::file::PgenFile;
use forebear_core::io::pgen::haplotypes;
use forebear_core::io::pgen::haplotypes::Lack;
use forebear_core::task::Task;
use std::path::Path;
use std::path::PathBuf;
use writer::Variant;

struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        ((self.0 >> 33) % n as u64) as usize
    }
}

/// Where a file lies, removed at the end.
struct Place(PathBuf);

impl Place {
    fn with(name: &str, bytes: &[u8], index: Option<&[u8]>) -> Place {
        let name = format!("forebear-{}-{name}.pgen", std::process::id());
        let place = Place(std::env::temp_dir().join(name));
        std::fs::write(&place.0, bytes).unwrap();
        if let Some(index) = index {
            std::fs::write(place.0.with_extension("pgen.pgi"), index).unwrap();
        }
        place
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
        let _ = std::fs::remove_file(self.0.with_extension("pgen.pgi"));
    }
}

fn open(path: &Path, variants: &[Variant], dosages: bool) -> PgenFile {
    PgenFile::open(path, variants[0].calls.len(), variants.len(), dosages).unwrap()
}

fn check_calls(file: &PgenFile, variants: &[Variant], order: impl Iterator<Item = usize>) {
    let mut scratch = Vec::new();
    for at in order {
        let packed = file.packed(at, &mut scratch);
        let calls = &variants[at].calls;
        assert_eq!(packed.len(), calls.len().div_ceil(4));
        for (sample, &call) in calls.iter().enumerate() {
            let found = COPIES[usize::from(code(packed, sample))];
            let want = (call < 3).then_some(call);
            assert_eq!(found, want, "variant {at}, sample {sample}, {:?}", variants[at].track);
        }
    }
}

#[test]
fn hard_calls_are_those_written_in_every_mode() {
    let mut random = Random(5);
    for (n_samples, n_variants) in [(1, 9), (7, 40), (256, 90), (257, 90), (700, 60), (70_000, 9)] {
        for with_tracks in [false, true] {
            let variants =
                writer::variants(n_samples, n_variants, with_tracks, |n| random.below(n));
            for (mode, flags) in [(0x10, false), (0x11, false), (0x20, false), (0x21, true)] {
                let layout = if with_tracks { 6 } else { 2 };
                let (bytes, index) = writer::file(&variants, mode, layout, flags);
                let name = format!("calls-{n_samples}-{with_tracks}-{mode}");
                let place = Place::with(&name, &bytes, index.as_deref());
                let file = open(&place.0, &variants, false);
                check_calls(&file, &variants, (0..n_variants).chain((0..n_variants).rev()));
                file.release(0..n_variants);
                let all: Vec<u32> = (0..n_variants as u32).collect();
                file.check(&all, &Task::new()).unwrap();
                assert_eq!(file.any_dosage(), variants.iter().any(|v| !v.dosages.is_empty()));
                assert_eq!(file.any_phase(), variants.iter().any(|v| v.phase.is_some()));
            }
        }
    }
}

/// The head has a part for each 65,536 variants.
#[test]
fn blocks_of_variants_are_found() {
    let mut random = Random(9);
    let n_variants = (1 << 16) + 700;
    let variants = writer::variants(5, n_variants, false, |n| random.below(n));
    for (layout, flags) in [(0, false), (1, true), (4, true), (7, false)] {
        let (bytes, _) = writer::file(&variants, 0x10, layout, flags);
        let place = Place::with(&format!("blocks-{layout}"), &bytes, None);
        let file = open(&place.0, &variants, false);
        check_calls(&file, &variants, (65_000..n_variants).step_by(3).chain(0..100));
    }
}

#[test]
fn dosages_stand_in_for_hard_calls() {
    let mut random = Random(11);
    let variants = writer::variants(300, 60, true, |n| random.below(n));
    let (bytes, _) = writer::file(&variants, 0x10, 6, false);
    let place = Place::with("dosages", &bytes, None);
    let file = open(&place.0, &variants, true);
    let mut copies = vec![0.0; 300];
    for (at, variant) in variants.iter().enumerate() {
        file.expected(at, &mut copies);
        for (sample, &found) in copies.iter().enumerate() {
            let dosage = variant.dosages.get(sample).copied().flatten();
            let call = variant.calls[sample];
            match dosage {
                Some(dosage) => assert_eq!(found, f64::from(dosage) / 16384.0),
                None if call == 3 => assert!(found.is_nan()),
                None => assert_eq!(found, f64::from(call)),
            }
        }
    }
}

/// Modes 2, 3 and 4, written by hand.
#[test]
fn fixed_width_files_are_read() {
    let head = |mode: u8| {
        let mut bytes = vec![0x6c, 0x1b, mode];
        bytes.extend(2_u32.to_le_bytes());
        bytes.extend(3_u32.to_le_bytes());
        bytes.push(0x40);
        bytes
    };
    let calls = [[0b10_01_00_u8], [0b11_00_10]];
    let dosages: [[u16; 3]; 2] = [[0, 16384, 30000], [32768, 100, 65535]];
    let want = [[0.0, 1.0, 60000.0 / 32768.0], [2.0, 200.0 / 32768.0, f64::NAN]];
    for mode in [2, 3, 4] {
        let mut bytes = head(mode);
        for variant in 0..2 {
            bytes.extend(calls[variant]);
            if mode > 2 {
                dosages[variant].iter().for_each(|dosage| bytes.extend(dosage.to_le_bytes()));
            }
            if mode > 3 {
                bytes.extend([0_u8; 6]);
            }
        }
        let place = Place::with(&format!("fixed-{mode}"), &bytes, None);
        let file = PgenFile::open(&place.0, 3, 2, true).unwrap();
        let mut copies = [0.0; 3];
        for variant in 0..2 {
            file.expected(variant, &mut copies);
            let plain = [[0.0, 1.0, 2.0], [2.0, 0.0, f64::NAN]][variant];
            let want = if mode == 2 { plain } else { want[variant] };
            for (found, want) in copies.iter().zip(want) {
                assert!(*found == want || found.is_nan() && want.is_nan(), "{mode}: {copies:?}");
            }
        }
        let cut = Place::with(&format!("cut-{mode}"), &bytes[..bytes.len() - 1], None);
        let error = PgenFile::open(&cut.0, 3, 2, true).unwrap_err();
        assert_eq!(error.kind(), "pgen_head");
    }
}

#[test]
fn phased_calls_become_haplotypes() {
    let mut random = Random(3);
    let variants = writer::variants(70, 120, true, |n| random.below(n));
    let (bytes, _) = writer::file(&variants, 0x10, 6, false);
    let place = Place::with("phase", &bytes, None);
    let file = open(&place.0, &variants, false);
    let chosen: Vec<u32> = (0..120).rev().collect();
    let read = haplotypes::read(&file, &chosen, &Task::new()).unwrap();
    let view = HaplotypeView::whole(read.packed);
    let (mut at, mut words) = (0, Vec::new());
    for (&variant, lack) in chosen.iter().zip(&read.lacks) {
        let variant = &variants[variant as usize];
        let n_het = variant.calls.iter().filter(|&&call| call == 1).count();
        let phase = variant.phase.clone().unwrap_or(vec![None; n_het]);
        let has_missing = variant.calls.contains(&3);
        let all_phased = phase.iter().all(Option::is_some);
        match lack {
            None => assert!(!has_missing && all_phased),
            Some(Lack::Call { sample }) => assert_eq!(variant.calls[*sample], 3),
            Some(Lack::Phase { sample }) => assert_eq!(variant.calls[*sample], 1),
        }
        assert_eq!(lack.is_none(), !has_missing && all_phased);
        if lack.is_some() {
            continue;
        }
        let mut phase = phase.into_iter().flatten();
        for (sample, &call) in variant.calls.iter().enumerate() {
            let first_is_alt = if call == 1 { phase.next().unwrap() } else { call == 2 };
            let want = [first_is_alt, if call == 1 { !first_is_alt } else { call == 2 }];
            for (copy, want) in want.into_iter().enumerate() {
                view.alleles(2 * sample + copy, at..at + 1, &mut words);
                assert_eq!(words[0] == 1, want);
            }
        }
        at += 1;
    }
    assert!(at > 5 && at == view.n_variants(), "{at}");
}

#[test]
fn damaged_files_are_refused_with_the_variant() {
    let mut random = Random(1);
    let variants = writer::variants(40, 20, false, |n| random.below(n));
    let (bytes, _) = writer::file(&variants, 0x10, 1, false);
    let refused = |bytes: &[u8], n_samples, n_variants| {
        let place = Place::with("damaged", bytes, None);
        PgenFile::open(&place.0, n_samples, n_variants, false).unwrap_err().to_string()
    };
    assert!(refused(&bytes, 41, 20).contains("equally many samples"));
    assert!(refused(&bytes, 40, 21).contains("equally many variants"));
    assert!(refused(&bytes[..bytes.len() - 1], 40, 20).contains("truncated"));
    assert!(refused(&bytes[..11], 40, 20).contains("first 12 bytes"));
    assert!(refused(b"PK", 40, 20).contains("begins with 50 4b"));
    assert!(refused(&[0x6c, 0x1b, 0x55, 0], 40, 20).contains("storage mode 0x55"));
    assert!(refused(&[0x6c, 0x1b, 0x00, 0], 40, 20).contains("individual-major"));
    let lone = Place::with("lone", &[0x6c, 0x1b, 0x20], None);
    assert_eq!(PgenFile::open(&lone.0, 40, 20, false).unwrap_err().kind(), "file");
    // The last record becomes one of a reserved type.
    let mut reserved = bytes.clone();
    let kinds = 12 + 8;
    reserved[kinds + 9] = reserved[kinds + 9] & 0x0f | 0x50;
    let place = Place::with("reserved", &reserved, None);
    let file = PgenFile::open(&place.0, 40, 20, false).unwrap();
    let error = file.check(&(0..20).collect::<Vec<u32>>(), &Task::new()).unwrap_err();
    assert!(error.to_string().contains("That of variant 20"), "{error}");
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        file.packed(19, &mut Vec::new()).len()
    }));
    let error = caught.unwrap_err().downcast::<forebear_core::error::Error>().unwrap();
    assert_eq!(error.kind(), "pgen_record");
}
