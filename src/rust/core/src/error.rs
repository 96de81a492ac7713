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

    /// Components describe differences between samples, so there must be two.
    #[error("Principal components need at least 2 samples, found {n_samples}.")]
    TooFewSamples { n_samples: usize },

    /// Every variant is the same in all samples, or there is no variant.
    #[error(
        "At least one variant must differ between samples; none of the {n_variants} variants does."
    )]
    NoVariation { n_variants: usize },

    /// More components were asked for than the data can have.
    #[error(
        "`num_comp` must lie between 1 and {max}, the smaller of {n_samples} samples minus 1 and \
         {n_polymorphic} variants with two alleles; found {num_comp}."
    )]
    NumCompOutOfRange { num_comp: usize, max: usize, n_samples: usize, n_polymorphic: usize },

    /// New samples were given at other variants than those of the fit.
    #[error(
        "New samples must have the {expected} variants of the fit, in the same order; found {found}."
    )]
    VariantCountMismatch { expected: usize, found: usize },

    /// An eigenvalue or singular value decomposition did not end.
    #[error(
        "The decomposition of a matrix of size {size} did not converge; are all numbers finite?"
    )]
    DecompositionFailed { size: usize },
}

impl Error {
    /// A short stable name for the cause; R makes the condition class from it.
    pub fn kind(&self) -> &'static str {
        match self {
            Error::Interrupted => "interrupted",
            Error::TooFewSamples { .. } => "too_few_samples",
            Error::NoVariation { .. } => "no_variation",
            Error::NumCompOutOfRange { .. } => "num_comp",
            Error::VariantCountMismatch { .. } => "variant_count",
            Error::DecompositionFailed { .. } => "decomposition",
        }
    }
}

/// What every fallible function of the core returns.
pub type Result<T> = std::result::Result<T, Error>;
