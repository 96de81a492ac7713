//! Every way in which the core refuses work.

use std::path::PathBuf;

/// One variant per cause; the fields are the facts a user needs to mend it.
///
/// The text has up to three lines: the rule that was broken, `x` what was found
/// and where, `i` what to do. Paths are given as the user wrote them.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The user asked for the work to stop.
    #[error("Stopped by the user.")]
    Interrupted,

    /// The operating system refused to open, read or write a file.
    #[error("The file \"{}\" could not be {action}.\nx {cause}.", path.display())]
    File { path: PathBuf, action: &'static str, cause: std::io::Error },

    /// The first bytes are not those of a PLINK 1 .bed file.
    #[error(
        "A .bed file must begin with the bytes 6c 1b 01.\nx \"{}\" begins with {found}.\ni {hint}",
        path.display()
    )]
    BedMagic { path: PathBuf, found: String, hint: &'static str },

    /// The file is shorter or longer than its .bim and .fam say.
    #[error(
        "\"{}\" must have {expected} bytes: 3 + {n_variants} variants x {stride} bytes for \
         {n_samples} samples.\nx It has {found} bytes: {problem}.\ni Do the .bed, .bim and .fam \
         come from the same run, and was the file copied whole?",
        path.display()
    )]
    BedSize {
        path: PathBuf,
        expected: u64,
        found: u64,
        n_samples: usize,
        n_variants: usize,
        stride: usize,
        problem: &'static str,
    },

    /// The file is no longer the one that was read.
    #[error(
        "\"{}\" has changed since it was read.\nx Its genotypes differ from those that the \
         object was made from.\ni Read it again with `read_bed()`.",
        path.display()
    )]
    BedChanged { path: PathBuf },

    /// A line of a table does not have the columns of its format.
    #[error(
        "Every line of \"{}\" must have {expected} columns ({names}).\nx Line {line} has {found}.",
        path.display()
    )]
    ColumnCount { path: PathBuf, line: usize, expected: usize, found: usize, names: &'static str },

    /// A field of a table is not what its column holds.
    #[error("{rule}\nx Line {line} of \"{}\" has \"{found}\".", path.display())]
    Field { path: PathBuf, line: usize, found: String, rule: &'static str },

    /// A text file is not UTF-8, or holds a zero byte.
    #[error(
        "\"{}\" must be text in UTF-8, without zero bytes.\nx Line {line} is not.\ni Convert it, for example with \
         `iconv -f latin1 -t utf-8`.",
        path.display()
    )]
    NotUtf8 { path: PathBuf, line: usize },

    /// A table has no line.
    #[error("\"{}\" must list at least one {what}.\nx It is empty.", path.display())]
    EmptyTable { path: PathBuf, what: &'static str },

    /// A matrix entry is not a genotype.
    #[error(
        "Genotypes must be 0, 1, 2 or missing.\nx Entries that are not: {n_bad}, first {found} at \
         sample {sample}, variant {variant} (counted from 1)."
    )]
    NotAGenotype { n_bad: usize, found: f64, sample: usize, variant: usize },

    /// A model file cannot be used.
    #[error("\"{}\" is not a forebear model that this version can read.\nx {problem}", path.display())]
    ModelFile { path: PathBuf, problem: String },

    /// Components describe differences between samples, so there must be two.
    #[error("Principal components need at least 2 samples.\nx There are {n_samples}.")]
    TooFewSamples { n_samples: usize },

    /// Every variant is the same in all samples, or there is no variant.
    #[error(
        "At least one variant must differ between samples.\nx None of the {n_variants} variants does."
    )]
    NoVariation { n_variants: usize },

    /// More components were asked for than the data can have.
    #[error(
        "`num_comp` must lie between 1 and {max}, the smaller of {n_samples} samples minus 1 and \
         {n_polymorphic} variants with two alleles.\nx It is {num_comp}."
    )]
    NumCompOutOfRange { num_comp: usize, max: usize, n_samples: usize, n_polymorphic: usize },

    /// New samples were given at other variants than those of the fit.
    #[error(
        "New samples must have the {expected} variants of the fit, in the same order.\nx They have \
         {found}."
    )]
    VariantCountMismatch { expected: usize, found: usize },

    /// An eigenvalue or singular value decomposition did not end.
    #[error(
        "The decomposition of a matrix of size {size} did not converge.\ni Are all numbers finite?"
    )]
    DecompositionFailed { size: usize },

    /// More related pairs than a table can sensibly hold.
    #[error(
        "A table of pairs may have at most {max} rows.\nx More pairs reach the cut-off.\n\
         i Raise `min_kinship`, for example to 0.0442 (third degree)."
    )]
    TooManyPairs { max: usize },

    /// A table of scores without rows or columns.
    #[error(
        "Scores must have at least one sample and one component.\nx They have {n_samples} samples \
         and {n_components} components."
    )]
    EmptyScores { n_samples: usize, n_components: usize },

    /// A score that is no finite number.
    #[error(
        "Every score must be a finite number.\nx The first that is not is {value}, of sample {} in \
         component {} (counted from 1).", sample + 1, component + 1
    )]
    NonFiniteScore { sample: usize, component: usize, value: f64 },

    /// Scores whose squares leave the range of double precision.
    #[error(
        "The largest score must lie between 1e-100 and 1e100 in absolute value.\nx It is \
         {largest:e}.\ni Multiply all scores by one constant."
    )]
    ScoresOutOfRange { largest: f64 },

    /// Scores on other components than the archetypes.
    #[error(
        "New scores must have the {expected} components of the archetypes.\nx They have {found}."
    )]
    ComponentMismatch { expected: usize, found: usize },

    /// Fewer than two archetypes.
    #[error("`k` must be at least 2 archetypes.\nx It is {k}.")]
    TooFewArchetypes { k: usize },

    /// More archetypes than samples that differ.
    #[error(
        "{k} archetypes need at least {k} samples with different scores.\nx The {n_samples} samples \
         hold {n_distinct} different ones.\ni Lower `k`."
    )]
    TooFewDistinctSamples { k: usize, n_samples: usize, n_distinct: usize },

    /// No restart was asked for.
    #[error("`restarts` must be at least 1.\nx It is 0.")]
    NoRestarts,

    /// A tolerance that no drop can be compared with.
    #[error("`tolerance` must be a number from 0 up to, not including, 1.\nx It is {tolerance}.")]
    ToleranceOutOfRange { tolerance: f64 },
}

impl Error {
    /// A short stable name for the cause; R makes the condition class from it.
    pub fn kind(&self) -> &'static str {
        match self {
            Error::Interrupted => "interrupted",
            Error::File { .. } => "file",
            Error::BedMagic { .. } => "bed_magic",
            Error::BedSize { .. } => "bed_size",
            Error::BedChanged { .. } => "bed_changed",
            Error::ColumnCount { .. } => "column_count",
            Error::Field { .. } => "field",
            Error::NotUtf8 { .. } => "not_utf8",
            Error::EmptyTable { .. } => "empty_table",
            Error::NotAGenotype { .. } => "not_a_genotype",
            Error::ModelFile { .. } => "model_file",
            Error::TooFewSamples { .. } => "too_few_samples",
            Error::NoVariation { .. } => "no_variation",
            Error::NumCompOutOfRange { .. } => "num_comp",
            Error::VariantCountMismatch { .. } => "variant_count",
            Error::DecompositionFailed { .. } => "decomposition",
            Error::TooManyPairs { .. } => "too_many_pairs",
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
