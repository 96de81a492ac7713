//! Calls of haplotypes as they were given, with changes of ancestry at a variant.
//!
//! Windows have one posterior each, for the strands of a sample as they were classified: with their
//! phase repaired. Here
//!
//! * a window in which the call of a strand changes is cut at the variant where it does: posteriors
//!   of variants nearby are a mean of those of a window to the left and of one to the right, as the
//!   posterior of the place says;
//! * strands become the haplotypes as given, which exchange their strands where the phase was
//!   repaired; a window is cut there if the calls of both sides differ, else it has the mean of both.
//!
//! Ours.

use std::ops::Range;

/// A change of the call of a strand.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub from: usize,
    pub to: usize,
    /// The first window that is called of `to`.
    pub window: usize,
    /// The first place: the first variant of `to`, if the change lies there.
    pub first: usize,
    /// Posterior of this place and those after it.
    pub probability: Vec<f32>,
}

/// Two windows between which the call of a strand changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Border {
    /// Population of the earlier window.
    pub from: usize,
    /// Population of the later window.
    pub to: usize,
    /// The later window.
    pub window: usize,
    /// Variants that may be the first of the later population.
    pub places: Range<usize>,
}

/// One strand of a sample on a chromosome.
#[derive(Clone, Debug, PartialEq)]
pub struct Strand {
    /// n_windows x K.
    pub posterior: Vec<f64>,
    /// In order, places of different changes apart.
    pub changes: Vec<Change>,
}

/// Variants of one window with one call.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    pub window: usize,
    pub variants: Range<usize>,
    /// K, sums to 1.
    pub posterior: Vec<f64>,
}

impl Piece {
    fn call(&self) -> usize {
        most_probable(&self.posterior)
    }
}

/// The most probable population; of equals the first.
pub fn most_probable(posterior: &[f64]) -> usize {
    (1..posterior.len()).fold(0, |best, k| if posterior[k] > posterior[best] { k } else { best })
}

impl Change {
    /// The place at which it is as probable that the change is behind as that it is ahead.
    fn place(&self) -> usize {
        let mut before = 0.0;
        for (at, &p) in self.probability.iter().enumerate() {
            before += p;
            if before >= 0.5 {
                return self.first + at;
            }
        }
        self.first + self.probability.len().saturating_sub(1)
    }
}

impl Strand {
    /// Pieces from the first variant to the last.
    ///
    /// `cores`: the variants of each window. `borders`: for each variant the first one, it or one
    /// after it, that lies behind the variant before it; past the last if there is none. Pieces begin
    /// there alone, as variants of one position are in one piece of their window.
    ///
    /// # Panics
    /// If there is not a posterior for each window.
    pub fn pieces(&self, cores: &[Range<usize>], borders: &[usize]) -> Vec<Piece> {
        let k = self.posterior.len() / cores.len();
        let border = |place: usize| borders.get(place).copied().unwrap_or(place);
        let mut cuts = self.changes.iter().map(|change| border(change.place())).peekable();
        let mut changes = &self.changes[..];
        let mut pieces = Vec::with_capacity(cores.len() + changes.len());
        for (window, core) in cores.iter().enumerate() {
            let own = &self.posterior[window * k..][..k];
            let mut start = core.start;
            while start < core.end {
                while cuts.next_if(|&cut| cut <= start).is_some() {}
                let end = cuts.next_if(|&cut| cut < core.end).unwrap_or(core.end);
                let variants = start..end;
                let near = |change: &&Change| {
                    change.first < end && start < change.first + change.probability.len()
                };
                let sides = |change| Near { change, sides: self.sides(change, window, k) };
                let near: Vec<Near> = changes.iter().filter(near).map(sides).collect();
                let posterior =
                    if near.is_empty() { own.to_vec() } else { mean_near(own, &variants, &near) };
                pieces.push(Piece { window, variants, posterior });
                start = end;
            }
            while changes.first().is_some_and(|c| c.first + c.probability.len() <= core.end) {
                changes = &changes[1..];
            }
        }
        pieces
    }

    /// Posteriors of variants of a window if they lie before a change, and if behind it. The window in
    /// which ancestry changes has some of both: of it, the window next to it and that of the
    /// variants the one counts in which the population of that side is most probable.
    fn sides(&self, change: &Change, window: usize, k: usize) -> [&[f64]; 2] {
        let own = |window: usize| &self.posterior[window * k..][..k];
        let n_windows = self.posterior.len() / k;
        let border = change.window;
        let side = |population: usize, windows: Range<usize>| {
            let alike = windows.filter(|&at| most_probable(own(at)) == population).map(own);
            alike.reduce(
                |best, other| if other[population] > best[population] { other } else { best },
            )
        };
        let left = border.saturating_sub(2).min(window)..border;
        let right = border..(window + 1).max(border + 2).min(n_windows);
        let before = side(change.from, left).unwrap_or(own(border - 1));
        [before, side(change.to, right).unwrap_or(own(border))]
    }
}

/// A change, and posteriors before and behind it.
struct Near<'s> {
    change: &'s Change,
    sides: [&'s [f64]; 2],
}

/// The mean over variants, some of which lie at places of changes.
fn mean_near(own: &[f64], variants: &Range<usize>, changes: &[Near<'_>]) -> Vec<f64> {
    let mut sum = vec![0.0; own.len()];
    let mut behind: Vec<f64> = changes
        .iter()
        .map(|Near { change, .. }| {
            let passed = variants.start.saturating_sub(change.first).min(change.probability.len());
            change.probability[..passed].iter().map(|&p| f64::from(p)).sum()
        })
        .collect();
    for variant in variants.clone() {
        let mut at = own.to_vec();
        for (Near { change, sides }, behind) in changes.iter().zip(&mut behind) {
            let place = variant.checked_sub(change.first);
            if let Some(&p) = place.and_then(|place| change.probability.get(place)) {
                *behind += f64::from(p);
                let b = behind.min(1.0);
                let mixed = sides[0].iter().zip(sides[1]);
                at.iter_mut().zip(mixed).for_each(|(at, (x, y))| *at = (1.0 - b) * x + b * y);
            }
        }
        sum.iter_mut().zip(&at).for_each(|(sum, p)| *sum += p);
    }
    let n = variants.len() as f64;
    sum.iter_mut().for_each(|sum| *sum /= n);
    sum
}

/// The haplotypes as given from the strands whose phase was repaired: they exchange at each of
/// `flips`, first variants after an exchange, rising.
///
/// # Panics
/// If the strands do not have the same variants.
pub fn as_given(strands: &[Vec<Piece>; 2], flips: &[usize]) -> [Vec<Piece>; 2] {
    let mut haplotypes = [Vec::new(), Vec::new()];
    let mut at = [0, 0];
    let (mut start, mut swapped, mut next) = (0, false, 0);
    while at[0] < strands[0].len() {
        while next < flips.len() && flips[next] <= start {
            swapped = !swapped;
            next += 1;
        }
        let here = [&strands[0][at[0]], &strands[1][at[1]]];
        let ends = here.map(|piece| piece.variants.end);
        let end = flips.get(next).map_or(ends[0], |&flip| flip.min(ends[0])).min(ends[1]);
        for (haplotype, pieces) in haplotypes.iter_mut().enumerate() {
            let piece = here[haplotype ^ usize::from(swapped)];
            push(pieces, Piece { variants: start..end, ..piece.clone() });
        }
        for (at, own) in at.iter_mut().zip(ends) {
            *at += usize::from(own == end);
        }
        start = end;
    }
    haplotypes
}

/// Adds a piece; one with the call of the piece before it in the same window becomes part of that.
fn push(pieces: &mut Vec<Piece>, piece: Piece) {
    if let Some(last) = pieces.last_mut() {
        if last.window == piece.window && last.call() == piece.call() {
            let (n, more) = (last.variants.len() as f64, piece.variants.len() as f64);
            for (mean, p) in last.posterior.iter_mut().zip(&piece.posterior) {
                *mean = (*mean * n + p * more) / (n + more);
            }
            last.variants.end = piece.variants.end;
            return;
        }
    }
    pieces.push(piece);
}

/// Where the call of a strand changes between two windows. Places are at most `reach` variants from
/// the border of the windows, up to half way to the next change.
///
/// # Panics
/// If there is not a posterior for each window.
pub fn changes(posterior: &[f64], cores: &[Range<usize>], reach: usize) -> Vec<Border> {
    let k = posterior.len() / cores.len();
    let call = |window: usize| most_probable(&posterior[window * k..][..k]);
    let borders: Vec<usize> =
        (1..cores.len()).filter(|&window| call(window) != call(window - 1)).collect();
    let n_variants = cores.last().map_or(0, |core| core.end);
    let mut found = Vec::with_capacity(borders.len());
    for (at, &window) in borders.iter().enumerate() {
        let border = cores[window].start;
        let half = |other: usize| (cores[other].start + border) / 2;
        let low = if at > 0 { half(borders[at - 1]) + 1 } else { 1 };
        let high = borders.get(at + 1).map_or(n_variants, |&next| half(next) + 1);
        let places = low.max(border.saturating_sub(reach)).min(border)
            ..high.min(border + reach + 1).max(border + 1);
        found.push(Border { from: call(window - 1), to: call(window), window, places });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::random::generator;
    use rand_chacha::rand_core::RngCore;

    fn strand(rows: &[[f64; 2]], changes: Vec<Change>) -> Strand {
        Strand { posterior: rows.concat(), changes }
    }

    fn everywhere(n: usize) -> Vec<usize> {
        (0..n).collect()
    }

    /// Windows of 4 variants, 5 to 7 (or 6 and 7, or 5 and 6) at one position.
    #[test]
    fn variants_of_one_position_are_in_one_piece() {
        let cores = [0..4, 4..8];
        let change =
            Change { from: 0, to: 1, window: 1, first: 4, probability: vec![0.0, 0.0, 1.0] };
        let again = Change { from: 1, to: 0, window: 1, first: 7, probability: vec![1.0] };
        let ends = |changes: &[&Change], borders: [usize; 8]| -> Vec<usize> {
            let changes = changes.iter().map(|&change| change.clone()).collect();
            let own = strand(&[[1.0, 0.0], [0.4, 0.6]], changes);
            own.pieces(&cores, &borders).iter().map(|piece| piece.variants.end).collect()
        };
        assert_eq!(ends(&[&change], [0, 1, 2, 3, 4, 5, 6, 7]), [4, 6, 8]);
        assert_eq!(ends(&[&change], [0, 1, 2, 3, 4, 5, 7, 7]), [4, 7, 8]);
        assert_eq!(ends(&[&change], [0, 1, 2, 3, 4, 5, 8, 8]), [4, 8]);
        assert_eq!(ends(&[&change, &again], [0, 1, 2, 3, 4, 5, 7, 7]), [4, 7, 8]);
    }

    /// Windows of 4 variants; the change lies at variant 3, 4 or 6.
    #[test]
    fn a_change_worked_by_hand() {
        let cores = [0..4, 4..8];
        let change =
            Change { from: 0, to: 1, window: 1, first: 3, probability: vec![0.25, 0.0, 0.0, 0.75] };
        let own = strand(&[[1.0, 0.0], [0.0, 1.0]], vec![change]);
        let got = own.pieces(&cores, &everywhere(8));
        assert_eq!(got.len(), 3);
        assert_eq!(got[0].variants, 0..4);
        assert_eq!(got[0].posterior, [(3.0 + 0.75) / 4.0, 0.25 / 4.0]);
        assert_eq!((got[1].window, got[1].variants.clone()), (1, 4..6));
        assert_eq!(got[1].posterior, [0.75, 0.25]);
        assert_eq!(got[2].variants, 6..8);
        assert_eq!(got[2].posterior, [0.0, 1.0]);
    }

    #[test]
    fn changes_keep_their_distance() {
        let rows = [[0.9, 0.1], [0.2, 0.8], [0.3, 0.7], [0.6, 0.4]].concat();
        let cores = [0..10, 10..20, 20..30, 30..45];
        let got = changes(&rows, &cores, 35);
        let border = |from, to, window, places| Border { from, to, window, places };
        assert_eq!(got, [border(0, 1, 1, 1..21), border(1, 0, 3, 21..45)]);
        let near = changes(&rows, &cores, 3);
        assert_eq!(near, [border(0, 1, 1, 7..14), border(1, 0, 3, 27..34)]);
        assert!(changes(&rows[..2], &cores[..1], 3).is_empty());
    }

    /// Reference implementation: every variant by itself, then runs of one window and one call.
    #[test]
    fn pieces_agree_with_every_variant_by_itself() {
        let mut random = generator(3, 0);
        let mut uniform = || f64::from(random.next_u32()) / f64::from(u32::MAX);
        for case in 0..200 {
            let (n_windows, k) = (1 + case % 7, 3);
            let mut end = 0;
            let cores: Vec<Range<usize>> = (0..n_windows)
                .map(|_| {
                    let start = end;
                    end += 3 + (uniform() * 9.0) as usize;
                    start..end
                })
                .collect();
            let strands = [(); 2].map(|()| {
                let posterior: Vec<f64> = (0..n_windows)
                    .flat_map(|_| {
                        let raw = [(); 3].map(|()| uniform().powi(3) + 1e-6);
                        let total: f64 = raw.iter().sum();
                        raw.map(|value| value / total)
                    })
                    .collect();
                let changes = changes(&posterior, &cores, 6)
                    .into_iter()
                    .map(|Border { from, to, window, places }| {
                        let raw: Vec<f32> = places.clone().map(|_| uniform() as f32).collect();
                        let total: f32 = raw.iter().sum();
                        let probability = raw.iter().map(|p| p / total).collect();
                        Change { from, to, window, first: places.start, probability }
                    })
                    .collect();
                Strand { posterior, changes }
            });
            let flips: Vec<usize> = (1..end).filter(|_| uniform() < 0.1).collect();
            let pieces = [0, 1].map(|s: usize| strands[s].pieces(&cores, &everywhere(end)));
            // A posterior for every variant, by the definition.
            let plain = |strand: &Strand| -> Vec<Vec<f64>> {
                let mut rows: Vec<Vec<f64>> = Vec::new();
                for (window, core) in cores.iter().enumerate() {
                    for variant in core.clone() {
                        let mut row = strand.posterior[window * k..][..k].to_vec();
                        for change in &strand.changes {
                            let places = change.first..change.first + change.probability.len();
                            if places.contains(&variant) {
                                let behind: f32 =
                                    change.probability[..=variant - change.first].iter().sum();
                                let behind = f64::from(behind).min(1.0);
                                let row_of = |at: usize| &strand.posterior[at * k..][..k];
                                let (mut x, mut y) =
                                    (row_of(change.window - 1), row_of(change.window));
                                for at in 0..n_windows {
                                    let here = row_of(at);
                                    let is_left = at < change.window
                                        && at + 2 >= change.window.min(window + 2);
                                    let is_right =
                                        at >= change.window && at <= window.max(change.window + 1);
                                    if is_left
                                        && most_probable(here) == change.from
                                        && here[change.from] > x[change.from]
                                    {
                                        x = here;
                                    }
                                    if is_right
                                        && most_probable(here) == change.to
                                        && here[change.to] > y[change.to]
                                    {
                                        y = here;
                                    }
                                }
                                for population in 0..k {
                                    row[population] =
                                        (1.0 - behind) * x[population] + behind * y[population];
                                }
                            }
                        }
                        rows.push(row);
                    }
                }
                rows
            };
            for (strand, pieces) in strands.iter().zip(&pieces) {
                let want = plain(strand);
                let mut at = 0;
                for piece in pieces {
                    assert_eq!(piece.variants.start, at);
                    assert!(cores[piece.window].contains(&at));
                    at = piece.variants.end;
                    for (population, got) in piece.posterior.iter().enumerate() {
                        let sum: f64 = piece.variants.clone().map(|v| want[v][population]).sum();
                        let mean = sum / piece.variants.len() as f64;
                        assert!((got - mean).abs() < 1e-5);
                    }
                }
                assert_eq!(at, end);
            }
            // As given: the strand at each variant, whatever the pieces.
            let got = as_given(&pieces, &flips);
            for (haplotype, got) in got.iter().enumerate() {
                let mut at = 0;
                for piece in got {
                    assert_eq!(piece.variants.start, at);
                    at = piece.variants.end;
                    let mut sum = vec![0.0; k];
                    for variant in piece.variants.clone() {
                        let n_flips = flips.iter().filter(|&&flip| flip <= variant).count();
                        let source = &pieces[haplotype ^ (n_flips % 2)];
                        let own = source.iter().find(|p| p.variants.contains(&variant)).unwrap();
                        assert_eq!(own.window, piece.window);
                        assert_eq!(own.call(), piece.call());
                        sum.iter_mut().zip(&own.posterior).for_each(|(sum, p)| *sum += p);
                    }
                    for (p, sum) in piece.posterior.iter().zip(sum) {
                        assert!((p - sum / piece.variants.len() as f64).abs() < 1e-9);
                    }
                }
                assert_eq!(at, end);
                let same = |pair: &[Piece]| {
                    pair[0].window == pair[1].window && pair[0].call() == pair[1].call()
                };
                assert!(!got.windows(2).any(same));
            }
        }
    }
}
