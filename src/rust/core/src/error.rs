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
}

impl Error {
    /// A short stable name for the cause; R makes the condition class from it.
    pub fn kind(&self) -> &'static str {
        match self {
            Error::Interrupted => "interrupted",
        }
    }
}

/// What every fallible function of the core returns.
pub type Result<T> = std::result::Result<T, Error>;
