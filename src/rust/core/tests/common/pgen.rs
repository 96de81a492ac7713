//! A plain writer of .pgen files, of every record type: what the reader must agree with.
//!
//! Written from the specification; slow, and without any choice of what is smallest.

/// A category: 0, 1, 2 copies of the alternate allele, 3 missing.
pub type Category = u8;

/// How the hard calls of a record are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Track {
    Plain,
    OneBit,
    /// Differences from the last variant that is not stored so; `inverted`: from its inversion.
    Difference {
        inverted: bool,
    },
    /// All but a list are of this category: 0, 2 or 3.
    Common(Category),
}

/// A variant: hard calls, and what may follow them.
#[derive(Clone, Debug)]
pub struct Variant {
    pub track: Track,
    pub calls: Vec<Category>,
    /// Phase of each heterozygous call; `None` for a variant without phase.
    pub phase: Option<Vec<Option<bool>>>,
    /// Dosage of each sample in units of 1/16384 copies; empty for a variant without dosages.
    pub dosages: Vec<Option<u16>>,
    /// Whether dosages are stored as a list (`0x20`) or as bits (`0x60`).
    pub as_list: bool,
}

pub fn varint(mut value: usize, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn sample_bytes(n_samples: usize) -> usize {
    match n_samples {
        n if n <= 1 << 8 => 1,
        n if n <= 1 << 16 => 2,
        n if n <= 1 << 24 => 3,
        _ => 4,
    }
}

/// A difflist; `categories` is `None` for one of samples alone.
pub fn difflist(
    samples: &[usize],
    categories: Option<&[Category]>,
    n_samples: usize,
    out: &mut Vec<u8>,
) {
    varint(samples.len(), out);
    if samples.is_empty() {
        return;
    }
    let width = sample_bytes(n_samples);
    for group in samples.chunks(64) {
        out.extend(&group[0].to_le_bytes()[..width]);
    }
    let steps: Vec<Vec<u8>> = samples
        .chunks(64)
        .map(|group| {
            let mut bytes = Vec::new();
            group.windows(2).for_each(|two| varint(two[1] - two[0], &mut bytes));
            bytes
        })
        .collect();
    for bytes in &steps[..steps.len() - 1] {
        out.push((bytes.len() - 63) as u8);
    }
    if let Some(categories) = categories {
        pack(categories, 2, out);
    }
    steps.iter().for_each(|bytes| out.extend(bytes));
}

/// Values of `width` bits, lowest first.
pub fn pack(values: &[u8], width: usize, out: &mut Vec<u8>) {
    let per_byte = 8 / width;
    for group in values.chunks(per_byte) {
        out.push(group.iter().enumerate().fold(0, |byte, (at, &v)| byte | v << (width * at)));
    }
}

fn list_where(calls: &[Category], differs: impl Fn(usize) -> bool, out: &mut Vec<u8>) {
    let samples: Vec<usize> = (0..calls.len()).filter(|&sample| differs(sample)).collect();
    let categories: Vec<u8> = samples.iter().map(|&sample| calls[sample]).collect();
    difflist(&samples, Some(&categories), calls.len(), out);
}

pub fn inverted(category: Category) -> Category {
    [2, 1, 0, 3][category as usize]
}

/// The record of a variant and its type; `base`: the variant that differences are from.
pub fn record(variant: &Variant, base: &[Category]) -> (u8, Vec<u8>) {
    let (calls, mut out) = (&variant.calls, Vec::new());
    let mut kind = match variant.track {
        Track::Plain => {
            pack(calls, 2, &mut out);
            0
        }
        Track::OneBit => {
            let count = |category| calls.iter().filter(|&&call| call == category).count();
            let mut order: Vec<u8> = vec![0, 1, 2, 3];
            order.sort_by_key(|&category| std::cmp::Reverse(count(category)));
            let (low, high) = (order[0].min(order[1]), order[0].max(order[1]));
            let pairs = [(0, 1, 1), (0, 2, 2), (0, 3, 3), (1, 2, 5), (1, 3, 6), (2, 3, 9)];
            out.push(pairs.iter().find(|pair| (pair.0, pair.1) == (low, high)).unwrap().2);
            let bits: Vec<u8> = calls.iter().map(|&call| u8::from(call == high)).collect();
            pack(&bits, 1, &mut out);
            list_where(calls, |sample| calls[sample] != low && calls[sample] != high, &mut out);
            1
        }
        Track::Difference { inverted: false } => {
            list_where(calls, |sample| calls[sample] != base[sample], &mut out);
            2
        }
        Track::Difference { inverted: true } => {
            let own: Vec<u8> = calls.iter().map(|&call| inverted(call)).collect();
            list_where(&own, |sample| own[sample] != base[sample], &mut out);
            3
        }
        Track::Common(category) => {
            list_where(calls, |sample| calls[sample] != category, &mut out);
            4 + category
        }
    };
    if let Some(phase) = &variant.phase {
        kind |= 0x10;
        let bits = |flags: Vec<bool>| flags.into_iter().map(u8::from).collect::<Vec<u8>>();
        let info: Vec<bool> = phase.iter().flatten().copied().collect();
        if info.len() == phase.len() {
            pack(&bits([vec![false], info].concat()), 1, &mut out);
        } else {
            let present = phase.iter().map(Option::is_some).collect();
            pack(&bits([vec![true], present].concat()), 1, &mut out);
            pack(&bits(info), 1, &mut out);
        }
    }
    if !variant.dosages.is_empty() {
        let has: Vec<usize> =
            (0..calls.len()).filter(|&sample| variant.dosages[sample].is_some()).collect();
        if variant.as_list {
            kind |= 0x20;
            difflist(&has, None, calls.len(), &mut out);
        } else {
            kind |= 0x60;
            let bits: Vec<u8> = variant.dosages.iter().map(|d| u8::from(d.is_some())).collect();
            pack(&bits, 1, &mut out);
        }
        variant.dosages.iter().flatten().for_each(|dosage| out.extend(dosage.to_le_bytes()));
    }
    (kind, out)
}

/// A file in one of the modes of variable width, and its index where that lies beside it.
///
/// `layout`: bits 0-3 of the twelfth byte, which must fit types and lengths. With `flags`, allele
/// counts of one byte and flags of reference alleles are there.
pub fn file(variants: &[Variant], mode: u8, layout: u8, flags: bool) -> (Vec<u8>, Option<Vec<u8>>) {
    let (n_variants, n_samples) = (variants.len(), variants[0].calls.len());
    let mut base: &[Category] = &[];
    let records: Vec<(u8, Vec<u8>)> = variants
        .iter()
        .map(|variant| {
            let record = record(variant, base);
            if !matches!(variant.track, Track::Difference { .. }) {
                base = &variant.calls;
            }
            record
        })
        .collect();
    let mut body = Vec::new();
    let mut starts = Vec::new();
    let mut before = 0_u64;
    for block in records.chunks(1 << 16) {
        starts.push(before);
        let kinds: Vec<u8> = block.iter().map(|record| record.0).collect();
        if layout < 4 {
            pack(&kinds, 4, &mut body)
        } else {
            body.extend(kinds)
        }
        for (_, bytes) in block {
            body.extend(&(bytes.len() as u32).to_le_bytes()[..usize::from(layout % 4) + 1]);
            before += bytes.len() as u64;
        }
        if flags {
            body.extend(vec![2; block.len()]);
            body.extend(vec![0b0101_0101; block.len().div_ceil(8)]);
        }
    }
    if mode & 1 == 1 {
        // No extension of the head, none at the end.
        body.extend([0, 0]);
    }
    let beside = mode & 0x20 != 0;
    let head_bytes = (12 + 8 * starts.len() + body.len()) as u64;
    let shift = if beside { 3 } else { head_bytes };
    let mut head = vec![0x6c, 0x1b, if beside { mode + 0x10 } else { mode }];
    head.extend((n_variants as u32).to_le_bytes());
    head.extend((n_samples as u32).to_le_bytes());
    head.push(layout | if flags { 0x10 | 0xc0 } else { 0x40 });
    starts.iter().for_each(|start| head.extend((start + shift).to_le_bytes()));
    head.extend(body);
    let bytes: Vec<u8> = records.into_iter().flat_map(|record| record.1).collect();
    if beside {
        ([vec![0x6c, 0x1b, mode], bytes].concat(), Some(head))
    } else {
        ([head, bytes].concat(), None)
    }
}

/// Made-up variants of every record type, with what they hold depending on `random` alone.
pub fn variants(
    n_samples: usize,
    n_variants: usize,
    with_tracks: bool,
    mut random: impl FnMut(usize) -> usize,
) -> Vec<Variant> {
    let mut base: Vec<Category> = Vec::new();
    (0..n_variants)
        .map(|at| {
            let tracks = [
                Track::Plain,
                Track::OneBit,
                Track::Common(0),
                Track::Common(2),
                Track::Common(3),
                Track::Difference { inverted: false },
                Track::Difference { inverted: true },
            ];
            let track = tracks[random(if at % (1 << 16) == 0 { 5 } else { 7 })];
            let rare = [2, 10, 200][random(3)];
            let calls: Vec<Category> = (0..n_samples)
                .map(|sample| match track {
                    _ if random(rare) == 0 => random(4) as u8,
                    Track::Common(category) => category,
                    Track::Difference { inverted: false } => base[sample],
                    Track::Difference { inverted: true } => inverted(base[sample]),
                    _ => [0, 2][random(2)],
                })
                .collect();
            if !matches!(track, Track::Difference { .. }) {
                base.clone_from(&calls);
            }
            let hets = calls.iter().filter(|&&call| call == 1);
            let all = random(2) == 0;
            let phase = (with_tracks && random(3) > 0)
                .then(|| hets.map(|_| (all || random(3) > 0).then(|| random(2) == 0)).collect());
            let dosages = match with_tracks && random(3) > 0 {
                true => {
                    (0..n_samples).map(|_| (random(3) == 0).then(|| random(32769) as u16)).collect()
                }
                false => Vec::new(),
            };
            Variant { track, calls, phase, dosages, as_list: random(2) == 0 }
        })
        .collect()
}
