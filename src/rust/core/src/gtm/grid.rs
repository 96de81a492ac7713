//! Nodes of the map, and its radial basis functions.
//!
//! Source: METHODS as ugtm has them: squared distances throughout, so that the width factor
//! multiplies a squared distance.

use faer::Mat;

/// The places of the map and its basis functions there.
#[derive(Clone, Debug)]
pub(super) struct Grid {
    /// n_nodes x 2; node `a * per_side + b` is at `(x[a], x[b])`, `x` evenly spaced from -1 to 1.
    pub nodes: Mat<f64>,
    /// n_nodes x (n_functions + 1); the last column, of ones, is the bias.
    pub basis: Mat<f64>,
}

impl Grid {
    /// | argument | values                                                                     |
    /// |----------|----------------------------------------------------------------------------|
    /// | `nodes`  | nodes per side                                                             |
    /// | `rbf`    | functions per side                                                         |
    /// | `width`  | above 0: in units of the mean squared distance to the nearest function;    |
    /// |          | else the largest squared distance of two functions is taken                |
    pub fn new(nodes: usize, rbf: usize, width: f64) -> Grid {
        let (nodes, centers) = (places(nodes), places(rbf));
        let width = width_of(&centers, width);
        let entry = |node: usize, function: usize| {
            if function == centers.nrows() {
                return 1.0;
            }
            (-squared_distance(&nodes, node, &centers, function) / (2.0 * width)).exp()
        };
        let basis = Mat::from_fn(nodes.nrows(), centers.nrows() + 1, entry);
        Grid { nodes, basis }
    }
}

/// per_side^2 x 2 places of a square grid; a grid of one place has it in the middle.
fn places(per_side: usize) -> Mat<f64> {
    let step = 2.0 / (per_side.max(2) - 1) as f64;
    let along = |index: usize| match per_side {
        1 => 0.0,
        _ if index == per_side - 1 => 1.0,
        _ => index as f64 * step - 1.0,
    };
    let side =
        |place: usize, axis: usize| if axis == 0 { place / per_side } else { place % per_side };
    Mat::from_fn(per_side * per_side, 2, |place, axis| along(side(place, axis)))
}

fn squared_distance(a: &Mat<f64>, i: usize, b: &Mat<f64>, j: usize) -> f64 {
    (a[(i, 0)] - b[(j, 0)]).powi(2) + (a[(i, 1)] - b[(j, 1)]).powi(2)
}

/// The squared width of all functions; the factor itself if there is one function.
fn width_of(centers: &Mat<f64>, factor: f64) -> f64 {
    let n = centers.nrows();
    if n == 1 {
        return factor;
    }
    let to_others = |i: usize| {
        (0..n).filter(move |&j| j != i).map(move |j| squared_distance(centers, i, centers, j))
    };
    if factor > 0.0 {
        let nearest = |i: usize| to_others(i).fold(f64::INFINITY, f64::min);
        return factor * (0..n).map(nearest).sum::<f64>() / n as f64;
    }
    (0..n).flat_map(to_others).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three nodes per side: -1, 0, 1, the second coordinate running fastest.
    #[test]
    fn nodes_run_along_the_second_coordinate() {
        let nodes = places(3);
        for (node, want) in [(0, [-1.0, -1.0]), (1, [-1.0, 0.0]), (3, [0.0, -1.0]), (8, [1.0, 1.0])]
        {
            assert_eq!([nodes[(node, 0)], nodes[(node, 1)]], want);
        }
        assert_eq!(places(1), faer::mat![[0.0, 0.0]]);
    }

    /// Four functions per side are 2/3 apart, so 4/9 squared; the corners are 8 apart.
    #[test]
    fn widths_worked_by_hand() {
        let four = places(4);
        assert!((width_of(&four, 0.3) - 0.3 * 4.0 / 9.0).abs() < 1e-15);
        assert_eq!(width_of(&four, 0.0), 8.0);
        assert_eq!(width_of(&places(1), 0.3), 0.3);
    }

    /// Two functions per side, 4 apart squared: width 4 s. The node in the middle is 2 away
    /// (squared) from each: exp(-2 / (2 * 2)) = exp(-1/2) for s = 1/2.
    #[test]
    fn basis_worked_by_hand() {
        let grid = Grid::new(3, 2, 0.5);
        assert_eq!(grid.basis.shape(), (9, 5));
        for function in 0..4 {
            assert!((grid.basis[(4, function)] - (-0.5_f64).exp()).abs() < 1e-15);
        }
        assert!((0..9).all(|node| grid.basis[(node, 4)] == 1.0));
        assert_eq!(grid.basis[(0, 0)], 1.0);
    }
}
