//! The true proportion of each population in each window.

/// A run of one haplotype that is of one population, both ends inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    pub haplotype: usize,
    pub start_bp: i32,
    pub end_bp: i32,
    pub population: usize,
}

/// The proportion of the variants of each window that lies in segments of each population.
///
/// | argument        | shape                                        | values                       |
/// |-----------------|----------------------------------------------|------------------------------|
/// | `segments`      |                                              | of any haplotypes            |
/// | `haplotypes`    | n_haplotypes                                 | each once                    |
/// | `n_variants`    | n_windows                                    | above 0, sum: all variants   |
/// | `position_bp`   | n_variants in all                            | never falling                |
/// | `n_populations` |                                              |                              |
/// | returned        | n_populations x n_haplotypes x n_windows     | 0 to 1                       |
///
/// # Panics
/// If the windows have more variants than there are positions, or a population is out of range.
pub fn window_truth(
    segments: &[Segment],
    haplotypes: &[usize],
    n_variants: &[usize],
    position_bp: &[i32],
    n_populations: usize,
) -> Vec<f64> {
    let n_windows = n_variants.len();
    let n_rows = haplotypes.len() * n_windows;
    let mut place = vec![None; haplotypes.iter().max().map_or(0, |last| last + 1)];
    haplotypes.iter().enumerate().for_each(|(at, &haplotype)| place[haplotype] = Some(at));
    let mut end = 0;
    let ends = n_variants.iter().map(|n| {
        end += n;
        end
    });
    let ends: Vec<usize> = ends.collect();
    let mut proportions = vec![0.0; n_populations * n_rows];
    for segment in segments {
        let Some(Some(own)) = place.get(segment.haplotype) else { continue };
        let from = position_bp.partition_point(|&position| position < segment.start_bp);
        let to = position_bp.partition_point(|&position| position <= segment.end_bp);
        let column = &mut proportions[segment.population * n_rows + own * n_windows..][..n_windows];
        let mut window = ends.partition_point(|&end| end <= from);
        while window < n_windows && ends[window] - n_variants[window] < to {
            let first = from.max(ends[window] - n_variants[window]);
            let inside = to.min(ends[window]).saturating_sub(first);
            column[window] += inside as f64 / n_variants[window] as f64;
            window += 1;
        }
    }
    proportions
}

/// The truth of samples whose haplotypes are exchanged from some positions on. Segments of a
/// haplotype that follow each other and are of one population become one.
///
/// | argument   | shape      | values                                                            |
/// |------------|------------|-------------------------------------------------------------------|
/// | `segments` |            | haplotypes `2 sample` and `2 sample + 1`, of one chromosome       |
/// | `switches` | n_samples  | first positions after each switch, in ascending order             |
/// | returned   |            | by haplotype and place                                            |
///
/// # Panics
/// If a segment is of another sample.
pub fn exchanged(segments: &[Segment], switches: &[Vec<i32>]) -> Vec<Segment> {
    let mut pieces = Vec::with_capacity(segments.len());
    for segment in segments {
        let own = &switches[segment.haplotype / 2];
        let first = own.partition_point(|&switch| switch <= segment.start_bp);
        let last = own.partition_point(|&switch| switch <= segment.end_bp);
        let ends = own[first..last].iter().map(|switch| switch - 1).chain([segment.end_bp]);
        let mut start_bp = segment.start_bp;
        for (passed, end_bp) in (first..).zip(ends) {
            if start_bp <= end_bp {
                let haplotype = segment.haplotype ^ (passed % 2);
                pieces.push(Segment { haplotype, start_bp, end_bp, ..*segment });
            }
            start_bp = end_bp + 1;
        }
    }
    pieces.sort_by_key(|piece| (piece.haplotype, piece.start_bp));
    let mut joined: Vec<Segment> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        match joined.last_mut() {
            Some(last)
                if last.haplotype == piece.haplotype
                    && last.population == piece.population
                    && last.end_bp + 1 == piece.start_bp =>
            {
                last.end_bp = piece.end_bp;
            }
            _ => joined.push(piece),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::random::generator;
    use rand_chacha::rand_core::RngCore;

    fn segment(haplotype: usize, (start_bp, end_bp): (i32, i32), population: usize) -> Segment {
        Segment { haplotype, start_bp, end_bp, population }
    }

    /// Windows of 2 and 3 variants; haplotype 7 is of population 1 up to 20 bp, which is one variant
    /// of the second window, then of population 0. A segment between two variants has none.
    #[test]
    fn proportions_worked_by_hand() {
        let segments = [
            segment(7, (1, 20), 1),
            segment(3, (1, 99), 0),
            segment(7, (21, 29), 1),
            segment(7, (30, 99), 0),
        ];
        let got = window_truth(&segments, &[7], &[2, 3], &[5, 10, 20, 30, 40], 2);
        assert_eq!(got, [0.0, 2.0 / 3.0, 1.0, 1.0 / 3.0]);
        assert!(window_truth(&segments, &[], &[2, 3], &[5, 10, 20, 30, 40], 2).is_empty());
    }

    /// Reference implementation: every variant is looked up by itself.
    fn one_by_one(
        segments: &[Segment],
        haplotypes: &[usize],
        n_variants: &[usize],
        position_bp: &[i32],
        n_populations: usize,
    ) -> Vec<f64> {
        let n_windows = n_variants.len();
        let windows = (0..n_windows).flat_map(|window| vec![window; n_variants[window]]);
        let windows: Vec<usize> = windows.collect();
        let mut counts = vec![0_u32; n_populations * haplotypes.len() * n_windows];
        for (own, haplotype) in haplotypes.iter().enumerate() {
            for (position, window) in position_bp.iter().zip(&windows) {
                let of = segments.iter().find(|segment| {
                    segment.haplotype == *haplotype
                        && (segment.start_bp..=segment.end_bp).contains(position)
                });
                let Some(of) = of else { continue };
                counts[(of.population * haplotypes.len() + own) * n_windows + window] += 1;
            }
        }
        let proportion = |(at, &n): (usize, &u32)| f64::from(n) / n_variants[at % n_windows] as f64;
        counts.iter().enumerate().map(proportion).collect()
    }

    #[test]
    fn agrees_with_variants_looked_up_one_by_one() {
        for seed in 0..40 {
            let mut source = generator(seed, 0);
            let mut below = |n: usize| source.next_u32() as usize % n;
            let n_variants: Vec<usize> = (0..1 + below(6)).map(|_| 1 + below(9)).collect();
            let mut at = 0;
            let positions = (0..n_variants.iter().sum()).map(|_| {
                at += below(4) as i32;
                at
            });
            let positions: Vec<i32> = positions.collect();
            let mut segments = Vec::new();
            for haplotype in 0..5 {
                let mut start_bp = 0;
                while start_bp <= at {
                    let end_bp = start_bp + below(12) as i32;
                    segments.push(segment(haplotype, (start_bp, end_bp), below(3)));
                    start_bp = end_bp + 1;
                }
            }
            let haplotypes = [4, 0, 9, 2];
            let got = window_truth(&segments, &haplotypes, &n_variants, &positions, 3);
            let want = one_by_one(&segments, &haplotypes, &n_variants, &positions, 3);
            got.iter().zip(&want).for_each(|(got, want)| assert!((got - want).abs() < 1e-12));
            // Segments leave no variant out: proportions of a window sum to 1, of one that is there.
            let n_rows = 4 * n_variants.len();
            for row in (0..n_rows).filter(|row| row / n_variants.len() != 2) {
                let sum: f64 = (0..3).map(|population| got[population * n_rows + row]).sum();
                assert!((sum - 1.0).abs() < 1e-12);
            }
        }
    }

    /// The first sample switches at 31 and at 61, the second one nowhere.
    #[test]
    fn exchanged_segments_worked_by_hand() {
        let segments = [
            segment(0, (1, 50), 0),
            segment(0, (51, 99), 1),
            segment(1, (1, 99), 1),
            segment(2, (1, 30), 0),
            segment(2, (31, 99), 2),
        ];
        let got = exchanged(&segments, &[vec![31, 61], vec![]]);
        let want = [
            segment(0, (1, 30), 0),
            segment(0, (31, 99), 1),
            segment(1, (1, 30), 1),
            segment(1, (31, 50), 0),
            segment(1, (51, 99), 1),
            segment(2, (1, 30), 0),
            segment(2, (31, 99), 2),
        ];
        assert_eq!(got, want);
        assert_eq!(exchanged(&got, &[vec![31, 61], vec![]]), segments);
        // Two switches at one place cancel; one before the first position exchanges everything.
        assert_eq!(exchanged(&segments, &[vec![40, 40], vec![]]), segments);
        assert_eq!(exchanged(&segments[..3], &[vec![1]])[0], segment(0, (1, 99), 1));
    }

    /// Reference implementation: the population of every position, exchanged one by one.
    #[test]
    fn exchanged_segments_agree_with_positions_one_by_one() {
        for seed in 0..30 {
            let mut source = generator(seed, 1);
            let mut below = |n: usize| source.next_u32() as usize % n;
            let n_positions = 60;
            let mut segments = Vec::new();
            for haplotype in 0..6 {
                let mut start_bp = 1;
                while start_bp <= n_positions {
                    let end_bp = (start_bp + below(15) as i32).min(n_positions);
                    segments.push(segment(haplotype, (start_bp, end_bp), below(2)));
                    start_bp = end_bp + 1;
                }
            }
            let switches: Vec<Vec<i32>> = (0..3)
                .map(|_| {
                    let mut own: Vec<i32> = (0..below(6)).map(|_| 1 + below(60) as i32).collect();
                    own.sort_unstable();
                    own
                })
                .collect();
            let population = |segments: &[Segment], haplotype: usize, position: i32| {
                let of = |segment: &&Segment| {
                    segment.haplotype == haplotype
                        && (segment.start_bp..=segment.end_bp).contains(&position)
                };
                segments.iter().find(of).map(|segment| segment.population)
            };
            let got = exchanged(&segments, &switches);
            for (haplotype, position) in (0..6).flat_map(|h| (1..=60).map(move |p| (h, p))) {
                let own = &switches[haplotype / 2];
                let n = own.iter().filter(|&&switch| switch <= position).count();
                let want = population(&segments, haplotype ^ (n % 2), position);
                assert_eq!(population(&got, haplotype, position), want);
            }
            for pair in got.windows(2).filter(|pair| pair[0].haplotype == pair[1].haplotype) {
                assert!(pair[0].end_bp + 1 == pair[1].start_bp);
                assert_ne!(pair[0].population, pair[1].population);
            }
        }
    }
}
