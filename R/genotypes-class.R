# Genotypes: packed two bits each, in a file or in memory, seen through indices.

# path        [1] absolute path of the .bed, .pgen or .geno, or NULL
# bytes       packed genotypes (raw) where there is no file, or NULL
# dosage      expected copies beside `bytes` (raw, two for each genotype), or NULL
# parts       what was joined, where there is neither: see `new_joined()`
# format      [1] of the file: "bed" (also where NULL), "pgen", "pgen_dosage" or "eigenstrat"
# fingerprint [1] checksum by which a replaced file is detected
# n_file      [2] samples and variants of the file
# sample_index, variant_index: what of the file is in view, from 1; a variant index is
#   negative where the other allele is counted, and 0 for a variant that the file does not
#   have: missing in all samples (see harmonize())
# samples, variants: tibbles, one row for each sample and variant in view
# autosomes   their number, if the user gave it, or NULL: see `chromosome_kinds()`
new_genotypes <- function(path, bytes, fingerprint, n_file, sample_index, variant_index,
                          samples, variants) {
  stopifnot(
    is.null(path) || is.null(bytes), is.integer(sample_index), is.integer(variant_index),
    tibble::is_tibble(samples), tibble::is_tibble(variants)
  )
  x <- list(
    path = path, bytes = bytes, fingerprint = as.double(fingerprint), n_file = as.double(n_file),
    sample_index = sample_index, variant_index = variant_index,
    samples = samples, variants = variants
  )
  structure(x, class = "forebear_genotypes")
}

# Everything that a file or `bytes` have, in its own order.
whole_genotypes <- function(path, bytes, fingerprint, samples, variants) {
  n <- c(nrow(samples), nrow(variants))
  new_genotypes(
    path = path, bytes = bytes, fingerprint = fingerprint, n_file = n,
    sample_index = seq_len(n[1]), variant_index = seq_len(n[2]),
    samples = samples, variants = variants
  )
}

# Warns about duplicated IDs: they are legal in PLINK, and a trap.
validate_genotypes <- function(x, call = rlang::caller_env()) {
  warn_duplicates(x$samples$sample_id, "sample", call, x$samples$family_id)
  warn_duplicates(x$variants$variant_id, "variant", call)
  x
}

warn_duplicates <- function(ids, what, call, family_id = NULL) {
  repeated <- unique(ids[duplicated(ids)])
  if (length(repeated) == 0) {
    return(invisible())
  }
  is_of_family <- !is.null(family_id) && !anyDuplicated(paste(family_id, ids, sep = "_"))
  message <- c(
    sprintf("Every %s ID should occur once.", what),
    x = sprintf("%s %s: %s.", big(length(repeated)),
      if (length(repeated) == 1) "ID occurs more than once" else "IDs occur more than once",
      quoted(repeated)),
    i = sprintf("They are kept; choosing a %s by one of these IDs is an error.", what),
    i = sprintf("`%ss(x) <- table` sets others%s.", what,
      if (is_of_family) ", `read_bed(sample_id = \"FID_IID\")` puts the family before each" else "")
  )
  warn_forebear("duplicate_ids", message, call)
}

#' Samples and variants of a data set
#'
#' @param x A data set, such as the `genotypes` that [read_bed()] returns.
#' @returns `samples()`: a tibble with one row per sample: `sample_id`,
#'   `family_id`, `father_id`, `mother_id` (character; `NA` for an unknown
#'   parent), `sex` (`"male"`, `"female"` or `NA`).
#'
#'   `variants()`: a tibble with one row per variant: `variant_id`, `chrom`
#'   (character), `position_bp` (integer), `position_cm` (double; 0 where the file
#'   has none), `ref`, `alt`. Genotypes count copies of `alt`, which is allele 1 of
#'   a PLINK file.
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' samples(genotypes)
#' variants(genotypes)
#' @export
samples <- function(x) UseMethod("samples")

#' @rdname samples
#' @export
variants <- function(x) UseMethod("variants")

#' @export
samples.forebear_genotypes <- function(x) x$samples[names(x$samples) != "phenotype"]

#' @export
variants.forebear_genotypes <- function(x) x$variants

#' Genotypes
#'
#' The object that [read_bed()] and [as_genotypes()] return: the genotypes of
#' samples (rows) at biallelic variants (columns), as copies of the `alt` allele.
#'
#' It stores the path of the file, tables of samples and variants, and two index
#' vectors. Choosing samples or variants changes the indices alone; genotypes are
#' read from the file, packed two bits each, when something is computed. An object
#' saved with [saveRDS()] opens its file again when it is used, and says so if the
#' file is gone or has been replaced.
#'
#' @param x,object A `genotypes` object.
#' @param i,j Samples and variants to choose: positions, negative positions,
#'   logical, or IDs. An ID that occurs more than once cannot be chosen by.
#' @param drop Ignored: the result is always `genotypes`.
#' @param ... For `cbind()` and `rbind()` `genotypes`; otherwise it must be empty.
#' @param deparse.level Ignored.
#' @param strand As in [harmonize()]: `"same"` if all are known to be on one strand, as genotypes
#'   read from VCF are.
#' @returns `x[i, j]`: `genotypes`. `cbind()`: the variants of several `genotypes` with the same
#'   samples in the same order, side by side.
#'
#'   `rbind()`: the samples of several, such as a study and its reference, whatever they were read
#'   from. All are aligned to the first by [harmonize()], whose variants that every other has are
#'   kept; a message says how many were left out and why, and the attribute `"report"` has the
#'   reports of [harmonize()], with the number of the data set in the column `source`. A sample ID
#'   that is in two of them is an error.
#'
#'   Joining copies no genotypes: the result reads its sources when something is computed, and
#'   [write_bed()] or [write_pgen()] writes them as one.
#'
#'   `dim(x)`: number of samples and of variants.
#'   `as.matrix(x)`: an integer matrix, samples x variants, of 0, 1, 2 or
#'   `NA_integer_`; of expected copies (`read_pgen(dosage =
#'   TRUE)`, `read_vcf(field = "DS")`) a double one, with `NaN`. `is.na(x)` and `t(x)` are those of
#'   this matrix: choose samples or variants first where data are large.
#'   `summary(x)`: a tibble with a row per chromosome: `chrom`, `n_variants`, `start_bp`, `end_bp`.
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' dim(genotypes)
#' as.matrix(genotypes[1:3, 1:5])
#' genotypes[, variants(genotypes)$chrom == "2"]
#' rbind(genotypes[1:10, ], genotypes[201:210, ])
#' @section Errors:
#' `forebear_error_subset` for a choice that is none; when joining, `forebear_error_samples_differ`,
#' `forebear_error_join`, `forebear_error_duplicate_samples`, and those of [harmonize()].
#' @name genotypes
#' @aliases genotypes-class
NULL

#' @rdname genotypes
#' @export
dim.forebear_genotypes <- function(x) c(length(x$sample_index), length(x$variant_index))

#' @export
dimnames.forebear_genotypes <- function(x) list(x$samples$sample_id, x$variants$variant_id)

#' @rdname genotypes
#' @export
`[.forebear_genotypes` <- function(x, i, j, ..., drop = FALSE) {
  if (nargs() - (!missing(drop)) < 3) {
    message <- c("Genotypes have two dimensions.", i = "Write x[samples, ] or x[, variants].")
    abort_forebear("subset", message)
  }
  check_no_dots(...)
  if (!missing(i)) x <- choose_samples(x, i)
  if (!missing(j)) {
    x <- choose_variants(x, j)
    # They are of all variants.
    attr(x, "report") <- attr(x, "overlap") <- attr(x, "strand") <- NULL
  }
  x
}

# The chosen samples, or variants, of genotypes or haplotypes: their indices and tables.
choose_samples <- function(x, chosen, call = rlang::caller_env()) {
  rows <- locate(chosen, x$samples$sample_id, "sample", call)
  x$sample_index <- x$sample_index[rows]
  x$samples <- vctrs::vec_slice(x$samples, rows)
  x
}

choose_variants <- function(x, chosen, call = rlang::caller_env()) {
  columns <- locate(chosen, x$variants$variant_id, "variant", call)
  x$variant_index <- x$variant_index[columns]
  x$variants <- vctrs::vec_slice(x$variants, columns)
  x
}

# Positions, from 1, of what a user chose.
locate <- function(chosen, ids, what, call = rlang::caller_env()) {
  refuse <- function(rule, found, hint = NULL) {
    abort_forebear("subset", c(rule, x = found, i = hint), call)
  }
  if (anyNA(chosen)) {
    refuse(sprintf("A choice of %ss must not be missing.", what),
      sprintf("%s is NA, first at position %d.", big(sum(is.na(chosen))), which(is.na(chosen))[1]))
  }
  if (is.factor(chosen)) chosen <- as.character(chosen)
  if (is.character(chosen)) chosen <- as_utf8(chosen)
  places <- if (is.character(chosen)) {
    locate_ids(chosen, ids, what, refuse)
  } else if (is.logical(chosen) && length(chosen) != length(ids)) {
    refuse(sprintf("A logical choice must have one entry per %s, %s.", what, big(length(ids))),
      sprintf("It has %s.", big(length(chosen))))
  } else if (is.logical(chosen)) {
    which(chosen)
  } else if (is.numeric(chosen)) {
    locate_numbers(chosen, length(ids), what, refuse)
  } else {
    refuse(sprintf("%ss are chosen by positions, IDs or TRUE and FALSE.", sentence(what)),
      sprintf("It is %s.", describe_class(chosen)))
  }
  if (length(places) == 0) {
    refuse(sprintf("A data set must keep at least one %s.", what), sprintf("No %s is left.", what))
  }
  places
}

locate_ids <- function(chosen, ids, what, refuse) {
  places <- match(chosen, ids)
  if (anyNA(places)) {
    unknown <- unique(chosen[is.na(places)])
    refuse(sprintf("Every chosen %s must be in the data.", what),
      sprintf("%s not: %s.", verb(length(unknown)), quoted(unknown)))
  }
  repeated <- intersect(chosen, ids[duplicated(ids)])
  if (length(repeated) > 0) {
    refuse(sprintf("A %s can be chosen by an ID only if the ID occurs once.", what),
      sprintf("%s not: %s.", verb(length(repeated)), quoted(repeated)), "Choose by position.")
  }
  places
}

locate_numbers <- function(chosen, n, what, refuse) {
  if (any(chosen != round(chosen)) || any(abs(chosen) > n)) {
    wrong <- chosen[chosen != round(chosen) | abs(chosen) > n]
    refuse(sprintf("Positions of %ss must be whole numbers up to %s.", what, big(n)),
      sprintf("%s not: %s.", verb(length(wrong)), first_of(format(wrong, trim = TRUE))))
  }
  if (any(chosen > 0) && any(chosen < 0)) {
    refuse("Positive and negative positions cannot be mixed.", "Both are there.")
  }
  seq_len(n)[chosen]
}

sentence <- function(x) paste0(toupper(substr(x, 1, 1)), substring(x, 2))

#' @rdname genotypes
#' @inheritParams shared_arguments
#' @export
as.matrix.forebear_genotypes <- function(x, ..., threads = NULL) {
  check_no_dots(...)
  threads <- check_threads(threads)
  decode <- if (has_dosages(x)) rust_decode_expected else rust_decode
  copies <- with_progress(function(progress) decode(x, threads, progress))
  dimnames(copies) <- dimnames(x)
  copies
}

#' @rdname genotypes
#' @export
is.na.forebear_genotypes <- function(x) is.na(as.matrix(x))

#' @rdname genotypes
#' @export
t.forebear_genotypes <- function(x) t(as.matrix(x))

#' @rdname genotypes
#' @export
summary.forebear_genotypes <- function(object, ...) {
  check_no_dots(...)
  chromosome_table(object$variants)
}

# One row per chromosome, in the order of the variants.
chromosome_table <- function(variants) {
  of <- factor(variants$chrom, unique(variants$chrom), exclude = NULL)
  ends <- function(f) {
    vapply(split(variants$position_bp, of), function(position) {
      known <- position[!is.na(position)]
      if (length(known) > 0) as.integer(f(known)) else NA_integer_
    }, 1L, USE.NAMES = FALSE)
  }
  tibble::tibble(chrom = levels(of), n_variants = tabulate(of, nlevels(of)),
    start_bp = ends(min), end_bp = ends(max))
}

# Above this many bytes, printing would take noticeable time to count what is missing.
largest_counted_bytes <- 2^30

#' @export
print.forebear_genotypes <- function(x, ...) {
  n <- dim(x)
  where <- source_name(x)
  view <- if (any(n < x$n_file)) {
    sprintf(" (view of %s x %s)", big(x$n_file[1]), big(x$n_file[2]))
  }
  lines <- c(
    sprintf("<genotypes> %s x %s", counted(n[1], "sample"), counted(n[2], "variant")),
    sprintf("in %s%s", where, view %||% ""),
    sprintf("%s: %s", counted(length(unique(x$variants$chrom)), "chromosome"),
      first_of(unique(x$variants$chrom), 6)),
    aligned_line(x$variant_index),
    missing_line(x)
  )
  cat(lines, sep = "\n")
  invisible(x)
}

# Where the genotypes of `x` are, in a few words.
source_name <- function(x, path = x$path) {
  if (!is.null(path)) {
    return(path)
  }
  if (is.null(x$parts)) {
    return("memory")
  }
  parts <- vapply(x$parts, function(part) {
    source_name(part, if (!is.null(part$path)) basename(part$path))
  }, "")
  sprintf("%s joined (%s)", counted(length(parts), "source"), first_of(parts, 3))
}

aligned_line <- function(variant_index) {
  if (any(variant_index < 1)) {
    sprintf("aligned to a reference: %s swapped, %s absent", big(sum(variant_index < 0)),
      big(sum(variant_index == 0)))
  }
}

missing_line <- function(x) {
  n <- dim(x)
  if (ceiling(n[1] / 4) * n[2] > largest_counted_bytes) {
    return("missing genotypes: not counted, the file is large")
  }
  n_missing <- sum(answer(rust_count_missing(x, check_threads(NULL), NULL)))
  sprintf("missing genotypes: %s (%.2f %%); models use what is called", big(n_missing),
    100 * n_missing / prod(n))
}
