//! Chromosome copies as mosaics of others.

use crate::data::haplotypes::packed::HaplotypeView;
use std::ops::Range;

/// A segment that was copied whole: from the end of the piece before it, or the start of the
/// chromosome, up to and with position `end_bp`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    pub end_bp: i32,
    /// The copied haplotype or copy.
    pub source: u32,
}

/// The pieces of one chromosome copy, ends ascending, neighbors from different sources. The last
/// piece ends where the chromosome does.
pub type Mosaic = Vec<Piece>;

/// One chromosome copy made of two: it copies the first up to a cut, then the other up to the
/// next, and so on.
///
/// | argument  | shape  | values                                                        |
/// |-----------|--------|---------------------------------------------------------------|
/// | `copies`  | 2      | of the same chromosome, so that they end at the same position |
/// | `cuts_bp` | n_cuts | last position before each cut, rising, before the end         |
/// | `first`   |        | copy to begin with, 0 or 1                                    |
///
/// # Panics
/// If a copy has no piece.
pub fn splice(copies: [&[Piece]; 2], cuts_bp: &[i32], first: usize) -> Mosaic {
    let chromosome_end = copies[0].last().expect("a piece").end_bp;
    let mut spliced = Mosaic::new();
    let (mut current, mut next) = (first, [0, 0]);
    for end_bp in cuts_bp.iter().copied().chain([chromosome_end]) {
        let from = spliced.last().map(|piece: &Piece| piece.end_bp);
        let pieces = copies[current];
        let at = &mut next[current];
        while from.is_some_and(|from| pieces[*at].end_bp <= from) {
            *at += 1;
        }
        while pieces[*at].end_bp < end_bp {
            append(&mut spliced, pieces[*at]);
            *at += 1;
        }
        append(&mut spliced, Piece { end_bp, source: pieces[*at].source });
        current = 1 - current;
    }
    spliced
}

fn append(mosaic: &mut Mosaic, piece: Piece) {
    match mosaic.last_mut() {
        Some(last) if last.source == piece.source => last.end_bp = piece.end_bp,
        _ => mosaic.push(piece),
    }
}

/// The same pieces from `name(source)`; neighbors that get the same name become one.
pub fn renamed(mosaic: &[Piece], name: impl Fn(u32) -> u32) -> Mosaic {
    let mut named = Mosaic::new();
    mosaic
        .iter()
        .for_each(|piece| append(&mut named, Piece { source: name(piece.source), ..*piece }));
    named
}

/// Alleles of a mosaic, 64 to a word, first variant in the lowest bit; bits past the last are 0.
///
/// | argument      | shape      | values                                                |
/// |---------------|------------|-------------------------------------------------------|
/// | `mosaic`      |            | sources are haplotypes of `view`                      |
/// | `variants`    |            | consecutive variants of `view`, on one chromosome     |
/// | `position_bp` | n_variants | of these variants, never falling, not past the mosaic |
/// | `out`         |            | overwritten                                           |
///
/// # Panics
/// If a source or a variant is out of range, or a variant lies past the mosaic.
pub fn mosaic_alleles(
    view: &HaplotypeView<'_>,
    mosaic: &[Piece],
    variants: Range<usize>,
    position_bp: &[i32],
    out: &mut Vec<u64>,
) {
    assert_eq!(variants.len(), position_bp.len(), "one position per variant");
    out.clear();
    out.resize(variants.len().div_ceil(64), 0);
    let (mut done, mut words) = (0, Vec::new());
    let first = position_bp.first().map_or(0, |&bp| mosaic.partition_point(|p| p.end_bp < bp));
    for piece in &mosaic[first..] {
        if done == variants.len() {
            break;
        }
        let end = done + position_bp[done..].partition_point(|&bp| bp <= piece.end_bp);
        let own = variants.start + done..variants.start + end;
        view.alleles(piece.source as usize, own, &mut words);
        put_bits(&words, end - done, done, out);
        done = end;
    }
    assert_eq!(done, variants.len(), "the mosaic covers its variants");
}

/// Sets `n` bits of `row` from bit `at` on, which are 0.
pub fn put_bits(bits: &[u64], n: usize, at: usize, row: &mut [u64]) {
    let (first, shift) = (at / 64, at % 64);
    for (word, &bits) in bits.iter().take(n.div_ceil(64)).enumerate() {
        row[first + word] |= bits << shift;
        if shift > 0 && bits >> (64 - shift) != 0 {
            row[first + word + 1] |= bits >> (64 - shift);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::haplotypes::matrix::pack;

    fn mosaic(pieces: &[(i32, u32)]) -> Mosaic {
        pieces.iter().map(|&(end_bp, source)| Piece { end_bp, source }).collect()
    }

    /// The first copy up to 15, the second up to 30, the first to the end; from 10 to 15 the
    /// first has the source that the second has after it, which makes one piece.
    #[test]
    fn a_splice_worked_by_hand() {
        let one = mosaic(&[(10, 1), (20, 2), (40, 3)]);
        let other = mosaic(&[(5, 4), (25, 2), (40, 5)]);
        let got = splice([&one, &other], &[15, 30], 0);
        assert_eq!(got, mosaic(&[(10, 1), (25, 2), (30, 5), (40, 3)]));
        let got = splice([&one, &other], &[], 1);
        assert_eq!(got, other);
        assert_eq!(renamed(&got, |source| source % 2), mosaic(&[(25, 0), (40, 1)]));
    }

    /// Numbers that look random.
    struct Lcg(u64);

    impl Lcg {
        fn below(&mut self, n: i32) -> i32 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888);
            ((self.0 >> 33) % n as u64) as i32
        }
    }

    fn source_at(mosaic: &[Piece], bp: i32) -> u32 {
        mosaic.iter().find(|piece| bp <= piece.end_bp).unwrap().source
    }

    /// The reference implementation looks at every position in turn.
    #[test]
    fn agrees_with_looking_at_every_position() {
        let mut random = Lcg(3);
        for _ in 0..200 {
            let mut drawn = || {
                let mut ends: Vec<i32> = (0..random.below(6)).map(|_| random.below(59)).collect();
                ends.push(59);
                ends.sort_unstable();
                ends.dedup();
                let pieces = ends.iter().enumerate();
                pieces.map(|(i, &end)| (end, (i as u32 * 7) % 3)).collect::<Vec<_>>()
            };
            let named = |pieces: Vec<(i32, u32)>| renamed(&mosaic(&pieces), |source| source);
            let (one, other) = (named(drawn()), named(drawn()));
            let mut cuts: Vec<i32> = (0..random.below(5)).map(|_| random.below(59)).collect();
            cuts.sort_unstable();
            cuts.dedup();
            let first = random.below(2) as usize;
            let got = splice([&one, &other], &cuts, first);
            for bp in 0..60 {
                let crossed = cuts.iter().filter(|&&cut| cut < bp).count();
                let current = if (first + crossed) % 2 == 0 { &one } else { &other };
                assert_eq!(source_at(&got, bp), source_at(current, bp));
            }
            assert!(got.windows(2).all(|pair| pair[0].end_bp < pair[1].end_bp));
            assert!(got.windows(2).all(|pair| pair[0].source != pair[1].source));
        }
    }

    /// The reference implementation copies allele by allele.
    #[test]
    fn alleles_are_those_of_the_sources() {
        let (n_samples, n_variants) = (3, 200);
        let allele = |row: usize, variant: usize| (row * 13 + variant * 7 + row * variant) % 5 < 2;
        let places = (0..n_variants).flat_map(|v| (0..2 * n_samples).map(move |row| (row, v)));
        let values: Vec<f64> = places.map(|(row, v)| f64::from(u8::from(allele(row, v)))).collect();
        let view = HaplotypeView::whole(pack(&values, n_samples).unwrap());
        // Two variants have each position.
        let position: Vec<i32> = (0..n_variants as i32).map(|v| 10 * (v / 2)).collect();
        let mosaic = mosaic(&[(4, 5), (140, 0), (141, 3), (639, 1), (2000, 4)]);
        let mut words = Vec::new();
        for variants in [0..200, 0..1, 27..30, 29..160, 64..128, 199..200, 7..7] {
            let position = &position[variants.clone()];
            mosaic_alleles(&view, &mosaic, variants.clone(), position, &mut words);
            assert_eq!(words.len(), variants.len().div_ceil(64));
            for place in 0..64 * words.len() {
                let bit = words[place / 64] >> (place % 64) & 1 == 1;
                let want = position.get(place).is_some_and(|&bp| {
                    allele(source_at(&mosaic, bp) as usize, variants.start + place)
                });
                assert_eq!(bit, want, "{variants:?} {place}");
            }
        }
    }
}
