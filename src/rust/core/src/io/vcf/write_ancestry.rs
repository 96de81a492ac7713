//! Phased haplotypes with their local ancestry to VCF, as FLARE writes it; see
//! [`crate::io::vcf::read_ancestry`].

use crate::data::bit_transpose::SIDE;
use crate::data::haplotypes::genotypes::rows;
use crate::error::Result;
use crate::io::text_file::TextFile;
use crate::io::vcf::read_ancestry::ABSENT;
use crate::io::vcf::write_haplotypes::Phased;
use crate::io::vcf::write_haplotypes::append_call;
use crate::io::vcf::write_haplotypes::header;
use crate::io::vcf::write_haplotypes::site;
use crate::task::Task;
use std::fmt::Write;
use std::path::Path;

/// The ancestry of all haplotypes in windows of variants. Calls may cover several windows.
///
/// | field         | shape                   | values                                           |
/// |---------------|-------------------------|--------------------------------------------------|
/// | `populations` | n_populations           | names without `,`, `<` and `>`                   |
/// | `window`      | n_variants              | `0..n_windows`                                   |
/// | `call`        | n_windows x 2 n_samples | `0..n_calls`, or [`ABSENT`]                      |
/// | `code`        | n_calls                 | `0..n_populations`                               |
/// | `probability` | n_populations x n_calls | or empty: they are not written                   |
/// | `digits`      |                         | after the point; `None`: as many as read back as the same number |
pub struct Windowed<'c> {
    pub populations: Vec<String>,
    pub window: Vec<u32>,
    pub call: &'c [i32],
    pub code: &'c [i32],
    pub probability: Vec<&'c [f64]>,
    pub digits: Option<usize>,
}

/// Writes VCFv4.2 with GT, AN1, AN2 and, if there are probabilities, ANP1 and ANP2.
///
/// # Errors
/// As [`crate::io::vcf::write_haplotypes::write`].
///
/// # Panics
/// If a shape is another one.
pub fn write(phased: &Phased<'_>, calls: &Windowed<'_>, path: &Path, task: &Task) -> Result<()> {
    let (n_samples, n_variants) = (phased.samples.len(), phased.haplotypes.n_variants());
    assert_eq!(calls.window.len(), n_variants, "one window per variant");
    task.begin("writing ancestry", n_variants as u64)?;
    let mut text = TextFile::create(path)?;
    text.write(header(&phased.samples, &phased.variants, &meta(calls)).as_bytes())?;
    let format = if calls.probability.is_empty() { ":AN1:AN2" } else { ":AN1:AN2:ANP1:ANP2" };
    let (mut line, mut window, mut ends) = (Vec::new(), None, Vec::new());
    for start in (0..n_variants).step_by(SIDE) {
        let n = SIDE.min(n_variants - start);
        for (offset, row) in rows(phased.haplotypes, start, n).iter().enumerate() {
            let variant = start + offset;
            if window != Some(calls.window[variant]) {
                window = Some(calls.window[variant]);
                ends = (0..n_samples)
                    .map(|s| calls.end(calls.window[variant], s, n_samples))
                    .collect();
            }
            line.clear();
            line.extend_from_slice(site(&phased.variants, variant).as_bytes());
            line.extend_from_slice(format.as_bytes());
            for (sample, end) in ends.iter().enumerate() {
                append_call(row, sample, &mut line);
                line.extend_from_slice(String::as_bytes(end));
            }
            line.push(b'\n');
            text.write(&line)?;
        }
        task.advance(n as u64)?;
    }
    text.publish()
}

fn meta(calls: &Windowed<'_>) -> String {
    let mut text = String::new();
    let which = [("1", "first"), ("2", "second")];
    for (copy, name) in which {
        text += &format!(
            "##FORMAT=<ID=AN{copy},Number=1,Type=Integer,Description=\"Ancestry of {name} \
             haplotype\">\n"
        );
    }
    for (copy, name) in which.iter().filter(|_| !calls.probability.is_empty()) {
        let k = calls.populations.len();
        text += &format!(
            "##FORMAT=<ID=ANP{copy},Number={k},Type=Float,Description=\"Ancestry probabilities \
             for {name} haplotype\">\n"
        );
    }
    let codes = calls.populations.iter().enumerate().map(|(code, name)| format!("{name}={code}"));
    text + &format!("##ANCESTRY=<{}>\n", codes.collect::<Vec<_>>().join(","))
}

impl Windowed<'_> {
    /// What follows GT in the column of a sample.
    fn end(&self, window: u32, sample: usize, n_samples: usize) -> String {
        let first = 2 * (window as usize * n_samples + sample);
        let own = &self.call[first..first + 2];
        let mut text = String::new();
        for &call in own {
            match call {
                ABSENT => text.push_str(":."),
                call => {
                    write!(text, ":{}", self.code[call as usize]).expect("a string takes text");
                }
            }
        }
        if self.probability.is_empty() {
            return text;
        }
        for &call in own {
            text.push(':');
            if call == ABSENT {
                text.push('.');
                continue;
            }
            for (place, column) in self.probability.iter().enumerate() {
                if place > 0 {
                    text.push(',');
                }
                push(&mut text, column[call as usize], self.digits);
            }
        }
        text
    }
}

/// A number without zeros at its end.
pub(super) fn push(text: &mut String, number: f64, digits: Option<usize>) {
    let Some(digits) = digits else {
        let small = number != 0.0 && number.abs() < 1e-5;
        let written = if small { write!(text, "{number:e}") } else { write!(text, "{number}") };
        return written.expect("a string takes text");
    };
    let rounded = format!("{number:.digits$}");
    let plain = rounded.contains('.').then(|| rounded.trim_end_matches('0').trim_end_matches('.'));
    text.push_str(plain.unwrap_or(&rounded));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::haplotypes::matrix::pack;
    use crate::data::haplotypes::packed::HaplotypeView;
    use crate::io::bim::Variants;
    use crate::io::lines::Lines;
    use crate::io::vcf::read_ancestry;
    use crate::io::vcf::read_haplotypes;
    use crate::io::vcf::read_haplotypes::OnUnphased;
    use std::path::PathBuf;

    fn folder() -> PathBuf {
        let folder = std::env::temp_dir().join(format!("forebear-an-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn variants(n: usize) -> Variants {
        Variants {
            chrom: (0..n).map(|v| if v < 90 { "1" } else { "X" }.to_owned()).collect(),
            id: (0..n).map(|v| format!("v{v}")).collect(),
            position_cm: vec![0.0; n],
            position_bp: (0..n).map(|v| 10 * v as i32 + 5).collect(),
            alt_allele: vec!["G".to_owned(); n],
            ref_allele: vec!["AT".to_owned(); n],
        }
    }

    #[test]
    fn two_samples_worked_by_hand() {
        let alleles = [0.0, 1.0, 1.0, f64::NAN, 1.0, 1.0, 0.0, f64::NAN];
        let view = HaplotypeView::whole(pack(&alleles, 2).unwrap());
        let samples = vec!["ann".to_owned(), "bob".to_owned()];
        let phased = Phased { samples, variants: variants(2), haplotypes: &view };
        let mut calls = Windowed {
            populations: vec!["A".to_owned(), "B".to_owned()],
            window: vec![0, 0],
            call: &[2, 1, 0, ABSENT],
            code: &[0, 0, 1],
            probability: vec![&[0.5, 1.0, 0.126], &[0.5, 0.0, 0.874]],
            digits: Some(2),
        };
        let path = folder().join("hand.vcf");
        write(&phased, &calls, &path, &Task::new()).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[..9].contains(&"##ANCESTRY=<A=0,B=1>"), "{text}");
        assert!(lines[..9].iter().any(|line| line.contains("ID=ANP2,Number=2,Type=Float")));
        let format = ".\t.\t.\tGT:AN1:AN2:ANP1:ANP2";
        let second = "1:0:.:0.5,0.5:.";
        assert_eq!(
            lines[lines.len() - 2..],
            [
                format!("1\t5\tv0\tAT\tG\t{format}\t0|1:1:0:0.13,0.87:1,0\t{second}"),
                format!("1\t15\tv1\tAT\tG\t{format}\t1|1:1:0:0.13,0.87:1,0\t0{}", &second[1..]),
            ]
        );
        calls.probability = Vec::new();
        write(&phased, &calls, &path, &Task::new()).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(!text.contains("ANP") && text.ends_with("\t1|1:1:0\t0:0:.\n"), "{text}");
        std::fs::remove_file(path).unwrap();
    }

    /// 150 variants of 35 samples in windows of 7, every fifth haploid on X; three populations.
    #[test]
    fn what_is_written_is_read_back_to_the_last_bit() {
        let (n_samples, n_variants, n_windows, k) = (35, 150, 22, 3);
        let haploid = |row: usize, v: usize| row % 10 == 1 && v >= 90;
        let value = |row: usize, v: usize| match haploid(row, v) {
            true => f64::NAN,
            false => ((row * 7 + v * 3 + row * v) % 5 % 2) as f64,
        };
        let places = (0..n_variants).flat_map(|v| (0..2 * n_samples).map(move |row| (row, v)));
        let values: Vec<f64> = places.map(|(row, v)| value(row, v)).collect();
        let view = HaplotypeView::whole(pack(&values, n_samples).unwrap());
        let window = |v: usize| if v < 90 { v / 7 } else { 13 + (v - 90) / 7 };
        let cells = (0..n_windows).flat_map(|w| (0..2 * n_samples).map(move |h| (w, h)));
        let (mut code, mut probability) = (vec![], vec![]);
        for (w, h) in cells {
            let absent = h % 10 == 1 && w >= 13;
            let own = [(w * 31 + h * 7) % 97, (w * h) % 89, w + h + 1].map(|n| (n as f64).powi(9));
            let total: f64 = own.iter().sum();
            let own = own.map(|n| if absent { 0.0 } else { n / total });
            let best = (0..k).fold(0, |best, i| if own[i] > own[best] { i } else { best });
            code.push(if absent { ABSENT } else { best as i32 });
            probability.extend(own);
        }
        // Calls in an order of their own.
        let n = code.len();
        let place = |at: usize| at * 17 % n;
        let mut called = vec![0; n];
        let mut columns = vec![vec![0.0; n]; k];
        for at in 0..n {
            called[place(at)] = code[at];
            columns
                .iter_mut()
                .enumerate()
                .for_each(|(i, c)| c[place(at)] = probability[at * k + i]);
        }
        let call: Vec<i32> =
            (0..n).map(|at| if code[at] == ABSENT { ABSENT } else { place(at) as i32 }).collect();
        let calls = Windowed {
            populations: ["a", "b", "c"].map(str::to_owned).to_vec(),
            window: (0..n_variants).map(|v| window(v) as u32).collect(),
            call: &call,
            code: &called,
            probability: columns.iter().map(Vec::as_slice).collect(),
            digits: None,
        };
        let samples = (0..n_samples).map(|s| format!("s{s}")).collect();
        let phased = Phased { samples, variants: variants(n_variants), haplotypes: &view };
        for name in ["all.vcf", "all.vcf.gz"] {
            let path = folder().join(name);
            write(&phased, &calls, &path, &Task::new()).unwrap();
            let task = Task::new();
            let lines = Lines::open(&path, "reading", &task).unwrap();
            let got = read_ancestry::read(lines, None).unwrap();
            assert_eq!(got.chrom.len(), n_windows);
            assert_eq!((&got.code, &got.probability), (&code, &probability));
            assert_eq!(got.start_bp[..2], [5, 75]);
            let lines = Lines::open(&path, "reading", &task).unwrap();
            let phased = read_haplotypes::read(lines, None, OnUnphased::Refuse, None).unwrap();
            assert_eq!(phased.packed, pack(&values, n_samples).unwrap());
            std::fs::remove_file(path).unwrap();
        }
    }

    #[test]
    fn numbers_have_no_zeros_at_their_end() {
        let shown = |number: f64, digits| {
            let mut text = String::new();
            push(&mut text, number, digits);
            text
        };
        assert_eq!(shown(0.5, Some(3)), "0.5");
        assert_eq!(shown(1.0, Some(3)), "1");
        assert_eq!(shown(0.9996, Some(3)), "1");
        assert_eq!(shown(0.0004, Some(3)), "0");
        assert_eq!(shown(0.7, Some(0)), "1");
        assert_eq!(shown(1.0 / 3.0, None), "0.3333333333333333");
        assert_eq!(shown(2e-300, None), "2e-300");
        assert_eq!(shown(0.0, None), "0");
    }
}
