//! Every way in which the core refuses work.

/// One variant per cause; the fields are the facts a user needs to mend it.
///
/// The text says what rule was broken and what was found where. Paths are given
/// as the user wrote them.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The user asked for the work to stop.
    #[error("Stopped by the user.")]
    Interrupted,

    /// A table of scores without rows or columns.
    #[error(
        "Scores must have at least one sample and one component; \
         they have {n_samples} samples and {n_components} components."
    )]
    EmptyScores { n_samples: usize, n_components: usize },

    /// A score that is no finite number.
    #[error(
        "Every score must be a finite number; the first that is not is {value}, \
         of sample {} in component {}.", sample + 1, component + 1
    )]
    NonFiniteScore { sample: usize, component: usize, value: f64 },

    /// Scores whose squares leave the range of double precision.
    #[error(
        "The largest score must lie between 1e-100 and 1e100 in absolute value; \
         it is {largest:e}. Multiply all scores by one constant."
    )]
    ScoresOutOfRange { largest: f64 },

    /// Scores on other components than the archetypes.
    #[error("New scores must have the {expected} components of the archetypes; they have {found}.")]
    ComponentMismatch { expected: usize, found: usize },

    /// Fewer than two archetypes.
    #[error("`k` must be at least 2 archetypes; it is {k}.")]
    TooFewArchetypes { k: usize },

    /// More archetypes than samples that differ.
    #[error(
        "`k` = {k} archetypes need at least {k} samples with different scores; \
         the {n_samples} samples hold {n_distinct} different ones. Lower `k`."
    )]
    TooFewDistinctSamples { k: usize, n_samples: usize, n_distinct: usize },

    /// No restart was asked for.
    #[error("`restarts` must be at least 1; it is 0.")]
    NoRestarts,

    /// A tolerance that no drop can be compared with.
    #[error("`tolerance` must be a number from 0 up to, not including, 1; it is {tolerance}.")]
    ToleranceOutOfRange { tolerance: f64 },
}

impl Error {
    /// A short stable name for the cause; R makes the condition class from it.
    pub fn kind(&self) -> &'static str {
        match self {
            Error::Interrupted => "interrupted",
            Error::EmptyScores { .. } => "empty_scores",
            Error::NonFiniteScore { .. } => "non_finite_score",
            Error::ScoresOutOfRange { .. } => "scores_out_of_range",
            Error::ComponentMismatch { .. } => "component_mismatch",
            Error::TooFewArchetypes { .. } => "too_few_archetypes",
            Error::TooFewDistinctSamples { .. } => "too_few_distinct_samples",
            Error::NoRestarts => "no_restarts",
            Error::ToleranceOutOfRange { .. } => "tolerance_out_of_range",
        }
    }
}

/// What every fallible function of the core returns.
pub type Result<T> = std::result::Result<T, Error>;
