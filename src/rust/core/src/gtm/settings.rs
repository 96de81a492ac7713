//! What to fit.

/// Which variance a fit begins with: that along the third axis, or the square of half the mean
/// distance of nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InitVariance {
    /// The smaller, as ugtm does.
    Least,
    /// The larger, as Bishop, Svensén & Williams do.
    Largest,
}

/// What to fit.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Nodes along a side.
    pub nodes: usize,
    /// Radial basis functions along a side.
    pub rbf: usize,
    /// Width factor of the functions, see [`Grid::new`].
    pub width: f64,
    /// Penalty on the weights, not negative.
    pub regularization: f64,
    /// 0 gives the initial manifold.
    pub max_iterations: usize,
    pub init_variance: InitVariance,
}

impl Default for Settings {
    /// Those of the paper.
    fn default() -> Settings {
        Settings {
            nodes: 16,
            rbf: 4,
            width: 0.3,
            regularization: 0.1,
            max_iterations: 200,
            init_variance: InitVariance::Least,
        }
    }
}
