//! Every way in which the core refuses work.

use std::path::PathBuf;

/// One variant per cause; the fields are what a user needs to know to correct it.
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

    /// Bits after those of the last sample are set: the file has more samples than the .fam.
    #[error(
        "The bits of \"{}\" after the last of {n_samples} samples must be 0.\nx {n_set} of \
         {n_checked} variants checked have others: the .bed has more samples than the .fam \
         names.\ni Was a line removed from the .fam? Then genotypes would go to the wrong samples: \
         restore it, and choose samples afterwards. If the .fam is right, `plink2 --make-bed` \
         writes a .bed with zeros there.",
        path.display()
    )]
    BedPadding { path: PathBuf, n_samples: usize, n_set: usize, n_checked: usize },

    /// The file is no longer the one that was read.
    #[error(
        "\"{}\" has changed since it was read.\nx Its genotypes differ from those that the \
         object was made from.\ni Read it again with `{reader}()`.",
        path.display()
    )]
    FileChanged { path: PathBuf, reader: &'static str },

    /// The head of a .pgen, or of its index, is malformed.
    #[error("A .pgen file must have a head as its format says.\nx \"{}\" {found}.\ni {hint}", path.display())]
    PgenHead { path: PathBuf, found: String, hint: &'static str },

    /// A record of a .pgen does not follow the format.
    #[error(
        "Every record of a .pgen file must follow the format.\nx That of variant {variant} of \
         \"{}\" (counted from 1) does not: {problem}.\ni Was the file copied whole? `plink2 \
         --pfile PREFIX --validate` checks it.",
        path.display()
    )]
    PgenRecord { path: PathBuf, variant: usize, problem: &'static str },

    /// A file of genotypes and a table beside it disagree on how many there are.
    #[error(
        "\"{}\" and its {table} must have equally many {what}.\nx The former has {found}, the \
         latter {expected}.\ni Do the files come from the same run, and is the {table} complete?",
        path.display()
    )]
    CountMismatch {
        path: PathBuf,
        table: &'static str,
        what: &'static str,
        found: u64,
        expected: u64,
    },

    /// An EIGENSTRAT .geno file that is neither text nor packed.
    #[error("{rule}\nx \"{}\" {found}.\ni {hint}", path.display())]
    GenoFile { path: PathBuf, rule: &'static str, found: String, hint: &'static str },

    /// A line of a table does not have the columns of its format.
    #[error(
        "Every line of \"{}\" must have {expected} columns ({names}).\nx Line {line} has {found}.",
        path.display()
    )]
    ColumnCount { path: PathBuf, line: usize, expected: usize, found: usize, names: &'static str },

    /// A line of a table whose columns may come in several ways has none of them.
    #[error("{rule}\nx Line {line} of \"{}\" has {found}.\ni {hint}", path.display())]
    Columns { path: PathBuf, line: usize, found: String, rule: &'static str, hint: &'static str },

    /// A field of a table is not what its column holds.
    #[error("{rule}\nx Line {line} of \"{}\" has \"{found}\".", path.display())]
    Field { path: PathBuf, line: usize, found: String, rule: &'static str },

    /// A text file is not UTF-8, or holds a zero byte.
    #[error(
        "\"{}\" must be text in UTF-8, without zero bytes.\nx Line {line} is not.\ni Convert it, for example with \
         `iconv -f latin1 -t utf-8`, or `-f utf-16` for Unicode text of a spreadsheet.",
        path.display()
    )]
    NotUtf8 { path: PathBuf, line: usize },

    /// A table has no line.
    #[error("\"{}\" must list at least one {what}.\nx It is empty.", path.display())]
    EmptyTable { path: PathBuf, what: &'static str },

    /// A table ends with its header.
    #[error("\"{}\" must list at least one {what}.\nx It has a header and no {what}.", path.display())]
    HeaderOnly { path: PathBuf, what: &'static str },

    /// A compressed file ends too early.
    #[error(
        "\"{}\" must be whole.\nx {problem}.\ni Copy or download it again; `gzip -t` tests it.",
        path.display()
    )]
    Truncated { path: PathBuf, problem: String },

    /// A line exceeds the longest that is read.
    #[error("A line of \"{}\" may have up to {limit} bytes.\nx Line {line} is longer.", path.display())]
    LineTooLong { path: PathBuf, line: usize, limit: usize },

    /// The header of a VCF is malformed.
    #[error("{rule}\nx Line {line} of \"{}\" has {found}.", path.display())]
    VcfHeader { path: PathBuf, line: usize, rule: &'static str, found: String },

    /// A record of a VCF is malformed.
    #[error("{rule}\nx {place} has {found}.")]
    VcfRecord { place: Box<VcfPlace>, rule: &'static str, found: String },

    /// The records of a VCF are not in order.
    #[error("{rule}\nx {place} {found}.\ni `bcftools sort` puts them in order.")]
    VcfOrder { place: Box<VcfPlace>, rule: &'static str, found: String },

    /// A record does not say which haplotype has which allele.
    #[error(
        "Haplotypes need biallelic records in which every call is phased and none is \
         missing.\nx {place} {problem}.\ni `on_unphased = \"drop\"` leaves such records out and \
         counts them."
    )]
    NotPhased { place: Box<VcfPlace>, problem: String },

    /// No record of a VCF was left to read.
    #[error("At least one variant of \"{}\" must be left.\nx {problem}.", path.display())]
    NoVariantLeft { path: PathBuf, problem: String },

    /// More ancestries of haplotypes in windows than R can hold.
    #[error(
        "Calls of all haplotypes in all windows may be at most 2^31 numbers.\nx Line {line} of \
         \"{}\" exceeds that.\ni Give `windows`, in which records are averaged.", path.display()
    )]
    TooManyCalls { path: PathBuf, line: usize },

    /// A region that names no range of a chromosome.
    #[error(
        "`region` must be a chromosome, or one with a first and a last position, such as \"22\" or \
         \"22:16000000-17000000\".\nx It is \"{region}\"."
    )]
    Region { region: String },

    /// A matrix entry is not an allele.
    #[error(
        "Haplotypes must be 0 or 1; only a second haplotype may be missing, which means that the \
         sample has one.\nx Entries that are not: {n_bad}, first {found} in row {row}, column \
         {column}."
    )]
    NotAnAllele { n_bad: usize, found: f64, row: usize, column: usize },

    /// A matrix entry is not a genotype.
    #[error(
        "Genotypes must be 0, 1, 2 or missing.\nx Entries that are not: {n_bad}, first {found} at \
         sample {sample}, variant {variant} (counted from 1)."
    )]
    NotAGenotype { n_bad: usize, found: f64, sample: usize, variant: usize },

    /// A model file cannot be used.
    #[error("\"{}\" is not a forebear model that this version can read.\nx {problem}", path.display())]
    ModelFile { path: PathBuf, problem: String },

    /// Fewer than two samples: components describe differences between samples.
    #[error("Principal components need at least 2 samples.\nx There {}.", is_or_are(*n_samples))]
    TooFewSamples { n_samples: usize },

    /// Every variant is the same in all samples, or there is no variant.
    #[error(
        "At least one variant must differ between samples.\nx None of the {n_variants} variants does."
    )]
    NoVariation { n_variants: usize },

    /// More components were asked for than the data can have.
    #[error(
        "`num_comp` must {}, the smaller of {n_samples} samples minus 1 and {} with two alleles.\n\
         x It is {num_comp}.",
        if *max > 1 { format!("lie between 1 and {max}") } else { "be 1".into() },
        counted(*n_polymorphic, "variant")
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

    /// A table of scores without rows or without columns.
    #[error(
        "Scores must have at least one sample and one component.\nx They have {n_samples} samples \
         and {n_components} components."
    )]
    EmptyScores { n_samples: usize, n_components: usize },

    /// A score that is not a finite number.
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

    /// Scores on other components than those of a fit.
    #[error("New scores must have the {expected} components of the fit.\nx They have {found}.")]
    ComponentMismatch { expected: usize, found: usize },

    /// Fewer than two archetypes.
    #[error("`k` must be at least 2 archetypes.\nx It is {k}.")]
    TooFewArchetypes { k: usize },

    /// More archetypes than samples that differ.
    #[error(
        "{k} archetypes need at least {k} samples with different scores.\nx Different ones: \
         {n_distinct}, of {}.\ni Lower `k`.", counted(*n_samples, "sample")
    )]
    TooFewDistinctSamples { k: usize, n_samples: usize, n_distinct: usize },

    /// A map of a size that cannot be fitted.
    #[error("`{name}` must lie between {least} and {most}.\nx It is {found}.")]
    MapSize { name: &'static str, found: usize, least: usize, most: usize },

    /// A parameter of a map that is not a valid number.
    #[error("`{name}` must be {rule}.\nx It is {value}.")]
    MapParameter { name: &'static str, rule: &'static str, value: f64 },

    /// Samples that differ in fewer than two directions.
    #[error(
        "A map has two dimensions, so samples must differ in at least two directions.\nx They \
         differ in {n_directions}: {} on {}.",
        counted(*n_samples, "sample"), counted(*n_components, "component")
    )]
    TooFewDirections { n_samples: usize, n_components: usize, n_directions: usize },

    /// More samples than the matrix of inner products may have.
    #[error(
        "A linear support vector machine in more than {few} components takes at most {most} samples \
         of two populations.\nx The two largest have {found}.\ni Use fewer components, or method = \
         \"gtm\" or \"knn\"."
    )]
    TooManyForSvm { found: usize, most: usize, few: usize },

    /// The samples do not determine the weights of a map.
    #[error(
        "The samples must determine the weights of the map.\nx In iteration {iteration} they do \
         not.\ni Raise `regularization`, or lower `rbf`."
    )]
    SingularMap { iteration: usize },

    /// No restart was asked for.
    #[error("`restarts` must be at least 1.\nx It is 0.")]
    NoRestarts,

    /// Positions of two data sets that are not on one genome build.
    #[error(
        "The new data and the reference must be on the same genome build.\nx {finding}\ni {hint}"
    )]
    BuildMismatch { finding: String, hint: String },

    /// Too few variants of a reference are in new data.
    #[error(
        "At least {} of the {n_reference} variants of the reference must be in the new data \
         (`min_overlap` is {min_overlap}).\nx {n_used} {} usable. {reasons}\ni {hint}",
        (min_overlap * *n_reference as f64).ceil().max(1.0), if *n_used == 1 { "is" } else { "are" }
    )]
    Overlap { n_used: usize, n_reference: usize, min_overlap: f64, reasons: String, hint: String },

    /// Alleles of two data sets that are coded in different ways.
    #[error(
        "The alleles of the new data and of the reference must be coded in one way.\nx Those of the \
         new data are {new}, those of the reference are {reference}.\ni {hint}"
    )]
    AlleleCoding { new: &'static str, reference: &'static str, hint: &'static str },

    /// The columns of a genetic map are not those of a known layout.
    #[error(
        "A genetic map must have a chromosome, a position in base pairs and one in \
         centimorgans.\nx Line {line} of \"{}\" has {found}.\ni Known layouts: PLINK (chromosome, \
         ID, cM, bp), SHAPEIT (`pos chr cM`), HapMap (`Chromosome Position(bp) Rate(cM/Mb) \
         Map(cM)`), RFMix and Gnomix (chromosome, bp, cM).", path.display()
    )]
    GeneticMapLayout { path: PathBuf, line: usize, found: String },

    /// A genetic map whose positions decrease.
    #[error(
        "Along a chromosome of a genetic map both positions must rise together.\nx Line {line} of \
         \"{}\", chromosome {chrom}: {position_bp} bp at {position_cm} cM comes after \
         {before_bp} bp at {before_cm} cM.\ni Sort the map by position, or correct it.",
        path.display()
    )]
    GeneticMapOrder {
        path: PathBuf,
        line: usize,
        chrom: String,
        position_bp: i32,
        position_cm: f64,
        before_bp: i32,
        before_cm: f64,
    },

    /// A genetic map cannot be interpolated on a chromosome.
    #[error(
        "A genetic map must have at least two positions on every chromosome of the data.\nx \
         Chromosome {chrom} has {n_positions}; the map has the chromosomes {there}."
    )]
    GeneticMapChromosome { chrom: String, n_positions: usize, there: String },

    /// A genetic map whose genetic positions are all 0.
    #[error(
        "A genetic map must have genetic positions.\nx All of \"{}\" are 0 cM.", path.display()
    )]
    GeneticMapEmpty { path: PathBuf },

    /// Invalid parameters of the pair HMM.
    #[error("{rule}\nx {found}.")]
    HmmParameters { rule: &'static str, found: String },

    /// Invalid labels or probabilities of windows.
    #[error("{rule}\nx {found}.")]
    WindowLabels { rule: &'static str, found: String },

    /// Positions that windows along a chromosome cannot have.
    #[error(
        "Every window must have a finite genetic position, and none may lie before the one \
         before it.\nx {found}.\ni Are variants and genetic map sorted?"
    )]
    WindowPositions { found: String },

    /// Labels whose probability is 0 under the parameters.
    #[error(
        "The pair HMM must allow the labels that it is given.\nx Its parameters exclude those of \
         haplotype {} in window {} (counted from 1).\ni Estimate label probabilities and \
         ancestry proportions with a pseudo-count above 0, so that none is 0.", haplotype + 1, window + 1
    )]
    ImpossibleLabels { haplotype: usize, window: usize },

    /// A window, or its context, of an impossible number of variants.
    #[error("`{name}` must lie between {least} and {most} variants.\nx It is {found}.")]
    WindowSize { name: &'static str, found: usize, least: usize, most: usize },

    /// A chromosome without variants.
    #[error("A chromosome must have at least one variant.\nx This one has none.")]
    NoVariants,

    /// A penalty that is not a finite positive number.
    #[error("`cost` must be a number above 0, at most {most}.\nx It is {cost}.")]
    CostOutOfRange { cost: f64, most: f64 },

    /// Held-out predictions need at least two folds, and at most as many as there are samples.
    #[error("`folds` must lie between 2 and {most}, the number of samples.\nx It is {folds}.")]
    FoldCount { folds: usize, most: usize },

    /// A reference panel of one population: there is nothing to classify.
    #[error("A reference panel must have at least 2 populations.\nx It has {found}.")]
    TooFewPopulations { found: usize },

    /// A population that has no sample left when its only sample is held out.
    #[error(
        "Every population must have at least 2 samples, so that one can be held out.\nx Population \
         {} has {n_samples} (counted from 1).\ni Leave it out, or merge it with a sister.",
        population + 1
    )]
    PopulationTooSmall { population: usize, n_samples: usize },

    /// A trained chromosome whose parts do not fit together.
    #[error(
        "A trained chromosome must be one that this version of forebear has made.\nx {problem}"
    )]
    TrainedModel { problem: String },

    /// More founder segments than memory holds.
    #[error(
        "A simulation may hold {most:.0} GB of founder segments at a time.\nx This one would take \
         {gigabytes:.0} GB.\ni Simulate fewer samples, generations or chromosomes at a time."
    )]
    SimulationSize { gigabytes: f64, most: f64 },

    /// A tolerance outside [0, 1).
    #[error("`tolerance` must be a number from 0 up to, not including, 1.\nx It is {tolerance}.")]
    ToleranceOutOfRange { tolerance: f64 },

    /// Weights of a sample in a file that do not sum to 1.
    #[error(
        "The weights of a sample must sum to 1 (+- {tolerance}).\nx Line {line} of \"{}\" sums to \
         {sum:.6}.\ni Is it a Q matrix? `tolerance` allows for coarser rounding.", path.display()
    )]
    QRowSum { path: PathBuf, line: usize, sum: f64, tolerance: f64 },

    /// As [`Error::QRowSum`], in a file with one line per cluster.
    #[error(
        "The weights of a sample must sum to 1 (+- {tolerance}).\nx Column {} of \"{}\" sums to \
         {sum:.6}.\ni `tolerance` allows for coarser rounding.", column + 1, path.display()
    )]
    QColumnSum { path: PathBuf, column: usize, sum: f64, tolerance: f64 },

    /// A run that a file does not have, or no run given although the file has several.
    #[error(
        "`run` must say which run of \"{}\" to read, from 1 to {n_runs}.\nx The file has \
         {n_runs}.", path.display()
    )]
    NoSuchRun { path: PathBuf, n_runs: usize },

    /// A cost of an assignment that is out of range.
    #[error(
        "Every cost of a pairing must be a number from -1e100 to 1e100.\nx The one of row {} and \
         column {} is {value}.", row + 1, column + 1
    )]
    AssignmentCost { row: usize, column: usize, value: f64 },
}

impl Error {
    /// Stops the work where no function can return an error, as in a source of genotypes whose
    /// file turns out to be damaged. Whoever catches the panic finds the error in it; no panic
    /// hook is called.
    pub fn unwind(self) -> ! {
        std::panic::resume_unwind(Box::new(self))
    }

    /// A short stable name for the cause; R makes the condition class from it.
    pub fn kind(&self) -> &'static str {
        match self {
            Error::Interrupted => "interrupted",
            Error::File { .. } => "file",
            Error::BedMagic { .. } => "bed_magic",
            Error::BedSize { .. } => "bed_size",
            Error::BedPadding { .. } => "bed_padding",
            Error::FileChanged { reader: "read_bed", .. } => "bed_changed",
            Error::FileChanged { .. } => "file_changed",
            Error::PgenHead { .. } => "pgen_head",
            Error::PgenRecord { .. } => "pgen_record",
            Error::CountMismatch { .. } => "count_mismatch",
            Error::GenoFile { .. } => "geno_file",
            Error::ColumnCount { .. } | Error::Columns { .. } => "column_count",
            Error::Field { .. } => "field",
            Error::NotUtf8 { .. } => "not_utf8",
            Error::EmptyTable { .. } | Error::HeaderOnly { .. } => "empty_table",
            Error::Truncated { .. } => "truncated",
            Error::LineTooLong { .. } => "line_too_long",
            Error::VcfHeader { .. } => "vcf_header",
            Error::VcfRecord { .. } => "vcf_record",
            Error::VcfOrder { .. } => "vcf_order",
            Error::NotPhased { .. } => "not_phased",
            Error::NoVariantLeft { .. } => "no_variant_left",
            Error::TooManyCalls { .. } => "too_many_calls",
            Error::Region { .. } => "region",
            Error::NotAnAllele { .. } => "not_an_allele",
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
            Error::MapSize { .. } => "map_size",
            Error::MapParameter { .. } => "map_parameter",
            Error::TooFewDirections { .. } => "too_few_directions",
            Error::TooManyForSvm { .. } => "too_many_samples",
            Error::SingularMap { .. } => "singular_map",
            Error::NoRestarts => "no_restarts",
            Error::BuildMismatch { .. } => "build_mismatch",
            Error::Overlap { .. } => "overlap",
            Error::AlleleCoding { .. } => "allele_coding",
            Error::GeneticMapLayout { .. } => "genetic_map_layout",
            Error::GeneticMapOrder { .. } => "genetic_map_order",
            Error::GeneticMapChromosome { .. } => "genetic_map_chromosome",
            Error::GeneticMapEmpty { .. } => "genetic_map_empty",
            Error::HmmParameters { .. } => "hmm_parameters",
            Error::WindowLabels { .. } => "window_labels",
            Error::WindowPositions { .. } => "window_positions",
            Error::ImpossibleLabels { .. } => "impossible_labels",
            Error::WindowSize { .. } => "window_size",
            Error::NoVariants => "no_variants",
            Error::TrainedModel { .. } => "trained_model",
            Error::CostOutOfRange { .. } => "cost",
            Error::FoldCount { .. } => "fold_count",
            Error::TooFewPopulations { .. } => "too_few_populations",
            Error::PopulationTooSmall { .. } => "population_too_small",
            Error::SimulationSize { .. } => "simulation_size",
            Error::ToleranceOutOfRange { .. } => "tolerance_out_of_range",
            Error::QRowSum { .. } | Error::QColumnSum { .. } => "q_row_sum",
            Error::NoSuchRun { .. } => "no_such_run",
            Error::AssignmentCost { .. } => "assignment_cost",
        }
    }
}

/// A count and its noun, in singular or plural.
fn counted(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// "is 1" or "are n", to follow "There".
fn is_or_are(n: usize) -> String {
    format!("{} {n}", if n == 1 { "is" } else { "are" })
}

/// Where in a VCF a record is; chromosome and position as the file has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VcfPlace {
    pub path: PathBuf,
    pub line: usize,
    pub chrom: String,
    pub position: String,
}

impl std::fmt::Display for VcfPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let VcfPlace { path, line, chrom, position } = self;
        let path = path.display();
        write!(f, "Line {line} of \"{path}\" (chromosome {chrom}, position {position})")
    }
}

/// What every fallible function of the core returns.
pub type Result<T> = std::result::Result<T, Error>;
