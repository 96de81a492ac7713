//! The assignment problem: the pairing of rows with columns of least total cost.
//!
//! Source: Kuhn 1955, "The Hungarian method for the assignment problem", as
//! shortest augmenting paths: Jonker and Volgenant 1987, Computing 38:325.

use crate::error::Error;
use crate::error::Result;
use crate::task::Task;
use faer::MatRef;

/// Costs are summed and subtracted; beyond this they could leave double precision.
const LARGEST_COST: f64 = 1e100;

/// The column of each row in the cheapest pairing.
///
/// Every row has its own column if there are enough of them; otherwise every
/// column has its own row, and the rows left over have none. Of pairings that
/// equal cost, the result is always the same one: rows are assigned from the first to the
/// last, and a tie goes to the first column.
///
/// | argument | shape            | values                                      |
/// |----------|------------------|---------------------------------------------|
/// | `cost`   | n_rows x n_columns | finite, any sign, in one unit             |
/// | returned | n_rows           | column in `0..n_columns`, or none           |
///
/// Time `O(small^2 large)`, `small` and `large` being the two sizes; memory `O(n_rows
/// + n_columns)`.
///
/// # Errors
/// [`Error::AssignmentCost`] if a cost is no finite number or beyond 1e100;
/// [`Error::Interrupted`].
pub fn assign(cost: MatRef<'_, f64>, task: &Task) -> Result<Vec<Option<usize>>> {
    check(cost)?;
    let (n_rows, n_columns) = (cost.nrows(), cost.ncols());
    if n_rows > n_columns {
        return Ok(Matching::solve(cost.transpose(), task)?.row_of);
    }
    let matching = Matching::solve(cost, task)?;
    let mut column_of = vec![None; n_rows];
    for (column, row_of) in matching.row_of.into_iter().enumerate() {
        if let Some(row) = row_of {
            column_of[row] = Some(column);
        }
    }
    Ok(column_of)
}

fn check(cost: MatRef<'_, f64>) -> Result<()> {
    for column in 0..cost.ncols() {
        for row in 0..cost.nrows() {
            let value = cost[(row, column)];
            if value.is_nan() || value.abs() > LARGEST_COST {
                return Err(Error::AssignmentCost { row, column, value });
            }
        }
    }
    Ok(())
}

/// A partial matching of rows with columns, and dual variables that prove it optimal:
/// `cost - row_dual - column_dual` is nowhere negative, and 0 for matched pairs.
struct Matching<'a> {
    /// No more rows than columns.
    cost: MatRef<'a, f64>,
    row_dual: Vec<f64>,
    column_dual: Vec<f64>,
    /// Row of each column.
    row_of: Vec<Option<usize>>,
}

/// A column in the search for an augmenting path.
#[derive(Clone, Copy)]
struct PathNode {
    /// Length of the shortest known path to it.
    distance: f64,
    /// The column whose row would move to this one; none for the new row.
    previous: Option<usize>,
    /// Whether the distance is final.
    settled: bool,
}

impl<'a> Matching<'a> {
    fn solve(cost: MatRef<'a, f64>, task: &Task) -> Result<Matching<'a>> {
        let (n_rows, n_columns) = (cost.nrows(), cost.ncols());
        let mut matching = Matching {
            cost,
            row_dual: vec![0.0; n_rows],
            column_dual: vec![0.0; n_columns],
            row_of: vec![None; n_columns],
        };
        for row in 0..n_rows {
            task.check()?;
            let (nodes, end) = matching.shortest_path(row);
            matching.update_duals(row, &nodes, end);
            matching.augment(row, &nodes, end);
        }
        Ok(matching)
    }

    /// Dijkstra's algorithm from an unmatched row to a free column, over reduced costs.
    fn shortest_path(&self, row: usize) -> (Vec<PathNode>, usize) {
        let unknown = PathNode { distance: f64::INFINITY, previous: None, settled: false };
        let mut nodes = vec![unknown; self.row_of.len()];
        let (mut current, mut from, mut traveled) = (row, None, 0.0);
        loop {
            let mut nearest: Option<usize> = None;
            for column in 0..nodes.len() {
                if nodes[column].settled {
                    continue;
                }
                let step = self.cost[(current, column)]
                    - self.row_dual[current]
                    - self.column_dual[column];
                let node = &mut nodes[column];
                if traveled + step < node.distance {
                    (node.distance, node.previous) = (traveled + step, from);
                }
                if nearest.is_none_or(|best| nodes[column].distance < nodes[best].distance) {
                    nearest = Some(column);
                }
            }
            let column = nearest.expect("a free column: there are no more rows than columns");
            nodes[column].settled = true;
            traveled = nodes[column].distance;
            match self.row_of[column] {
                None => return (nodes, column),
                Some(row_of) => (current, from) = (row_of, Some(column)),
            }
        }
    }

    /// Updates the duals, so that every edge of the path has reduced cost 0.
    fn update_duals(&mut self, row: usize, nodes: &[PathNode], end: usize) {
        let whole = nodes[end].distance;
        self.row_dual[row] += whole;
        for (column, node) in nodes.iter().enumerate().filter(|(_, node)| node.settled) {
            let rest = whole - node.distance;
            self.column_dual[column] -= rest;
            if let Some(row_of) = self.row_of[column] {
                self.row_dual[row_of] += rest;
            }
        }
    }

    /// Augments the matching: every row on the path moves to the next column, and `row` takes the
    /// first.
    fn augment(&mut self, row: usize, nodes: &[PathNode], end: usize) {
        let mut column = end;
        while let Some(previous) = nodes[column].previous {
            self.row_of[column] = self.row_of[previous];
            column = previous;
        }
        self.row_of[column] = Some(row);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::random::generator;
    use approx::assert_abs_diff_eq;
    use faer::Mat;
    use faer::mat;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::Distribution;
    use rand_distr::StandardUniform;

    /// Evenly spread from `least` up to, not including, `most`.
    fn between(least: f64, most: f64, random: &mut ChaCha8Rng) -> f64 {
        let fraction: f64 = StandardUniform.sample(random);
        least + fraction * (most - least)
    }

    fn pairs(cost: &Mat<f64>) -> Vec<Option<usize>> {
        assign(cost.as_ref(), &Task::new()).unwrap()
    }

    fn total(cost: MatRef<'_, f64>, column_of: &[Option<usize>]) -> f64 {
        let seated = column_of.iter().enumerate();
        seated.filter_map(|(row, column)| column.map(|column| cost[(row, column)])).sum()
    }

    /// Reference implementation: the cheapest of all ways to give each of the rows a column of its
    /// own.
    fn reference_total(cost: MatRef<'_, f64>) -> f64 {
        fn rest(cost: MatRef<'_, f64>, row: usize, taken: u32) -> f64 {
            if row == cost.nrows() {
                return 0.0;
            }
            let free = (0..cost.ncols()).filter(|column| taken >> column & 1 == 0);
            free.map(|column| cost[(row, column)] + rest(cost, row + 1, taken | 1 << column))
                .fold(f64::INFINITY, f64::min)
        }
        if cost.nrows() > cost.ncols() { rest(cost.transpose(), 0, 0) } else { rest(cost, 0, 0) }
    }

    /// The six assignments of three rows cost 16, 10, 13, 13, 12 and 18, in the order of the
    /// permutations 012, 021, 102, 120, 201, 210. Two rows have two columns of three: the
    /// cheapest column of both is given to the one that would lose more by another.
    #[test]
    fn agrees_with_a_hand_worked_table() {
        let cost = mat![[1.0, 2.0, 8.0], [2.0, 6.0, 7.0], [4.0, 2.0, 9.0]];
        assert_eq!(pairs(&cost), [Some(0), Some(2), Some(1)]);
        assert_abs_diff_eq!(reference_total(cost.as_ref()), 10.0);
        let wide = mat![[1.0, 5.0, 3.0], [1.0, 9.0, 4.0]];
        assert_eq!(pairs(&wide), [Some(2), Some(0)]);
        let tall = wide.transpose().to_owned();
        assert_eq!(pairs(&tall), [Some(1), None, Some(0)]);
    }

    #[test]
    fn no_permutation_is_cheaper() {
        let mut random = generator(1, 0);
        for round in 0..600 {
            let mut size = || between(1.0, 7.0, &mut random) as usize;
            let (n_rows, n_columns) = (size(), size());
            // Small whole numbers make ties; others have none.
            let cost = Mat::from_fn(n_rows, n_columns, |_, _| match round % 2 {
                0 => between(-3.0, 4.0, &mut random).floor(),
                _ => between(-5.0, 5.0, &mut random),
            });
            let got = pairs(&cost);
            assert_abs_diff_eq!(
                total(cost.as_ref(), &got),
                reference_total(cost.as_ref()),
                epsilon = 1e-12
            );
            let mut columns: Vec<usize> = got.iter().flatten().copied().collect();
            columns.sort_unstable();
            columns.dedup();
            assert_eq!((got.len(), columns.len()), (n_rows, n_rows.min(n_columns)));
        }
    }

    #[test]
    fn a_hidden_permutation_is_found_whatever_is_added_to_rows_and_columns() {
        let n = 150;
        let mut random = generator(2, 0);
        let place = |row: usize| (row * 61 + 7) % n;
        let offset: Vec<f64> = (0..2 * n).map(|_| between(-1e3, 1e3, &mut random)).collect();
        let noise = Mat::from_fn(n, n, |_, _| between(0.1, 1.0, &mut random));
        let cost = Mat::from_fn(n, n, |row, column| {
            let own = if place(row) == column { 0.0 } else { noise[(row, column)] };
            own + offset[row] + offset[n + column]
        });
        let want: Vec<Option<usize>> = (0..n).map(|row| Some(place(row))).collect();
        assert_eq!(pairs(&cost), want);
    }

    #[test]
    fn ties_go_to_the_first_column() {
        assert_eq!(pairs(&Mat::ones(3, 4)), [Some(0), Some(1), Some(2)]);
        assert_eq!(pairs(&Mat::ones(3, 2)), [Some(0), Some(1), None]);
    }

    #[test]
    fn nothing_to_pair_is_no_pair() {
        assert_eq!(pairs(&Mat::zeros(2, 0)), [None, None]);
        assert!(pairs(&Mat::zeros(0, 2)).is_empty());
    }

    #[test]
    fn costs_that_are_no_numbers_are_refused_by_place() {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e101] {
            let mut cost = Mat::<f64>::zeros(3, 2);
            cost[(2, 1)] = value;
            let error = assign(cost.as_ref(), &Task::new()).unwrap_err();
            assert!(matches!(error, Error::AssignmentCost { row: 2, column: 1, .. }), "{error}");
        }
    }

    #[test]
    fn a_canceled_task_stops_the_search() {
        let task = Task::new();
        task.cancel();
        let outcome = assign(Mat::zeros(2, 2).as_ref(), &task);
        assert!(matches!(outcome, Err(Error::Interrupted)));
    }
}
