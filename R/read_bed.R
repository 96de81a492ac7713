#' Read genotypes from PLINK files
#'
#' Opens a PLINK 1 set of files: `.bed` (variant-major, the usual kind), `.bim` and
#' `.fam`. The genotypes stay in the file, packed two bits each, and are mapped
#' into memory when something is computed; the tables are read at once.
#'
#' Genotypes count copies of allele 1 of the `.bim`, here called `alt`. IDs and
#' chromosome names are kept as text, whatever they look like.
#'
#' @param path Path of the `.bed`, or the prefix that the three files share. The
#'   `.bim` and `.fam` may be gzipped, as `.bim.gz` and `.fam.gz` or under their
#'   own names.
#' @returns A [genotypes] object.
#' @section Errors:
#' Of class `forebear_error_<kind>`: `file` (missing or unreadable), `bed_magic`
#' (not a `.bed`, or an individual-major one), `bed_size` (truncated, too long, or
#' from another set), `column_count` and `field` (with file and line), `not_utf8`,
#' `empty_table`. Duplicated IDs give a warning of class
#' `forebear_warning_duplicate_ids`.
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' genotypes
#' @seealso [write_bed()], [as_genotypes()]
#' @export
read_bed <- function(path) {
  files <- bed_fileset(check_string(path, "path"))
  tables <- answer(rust_read_bed(files[["bed"]], files[["bim"]], files[["fam"]]))
  samples <- samples_from_text(tables$samples)
  variants <- tibble::new_tibble(tables$variants, nrow = length(tables$variants$variant_id))
  n <- c(nrow(samples), nrow(variants))
  x <- new_genotypes(
    path = files[["bed"]], bytes = NULL, fingerprint = tables$fingerprint, n_file = n,
    sample_index = seq_len(n[1]), variant_index = seq_len(n[2]),
    samples = samples, variants = variants
  )
  validate_genotypes(x)
}

# The absolute paths of the three files that a path or prefix stands for.
bed_fileset <- function(path, call = rlang::caller_env()) {
  prefix <- sub("\\.bed$", "", path.expand(path))
  candidates <- list(
    bed = paste0(prefix, ".bed"),
    bim = paste0(prefix, c(".bim", ".bim.gz")),
    fam = paste0(prefix, c(".fam", ".fam.gz"))
  )
  files <- vapply(candidates, function(paths) paths[file.exists(paths)][1], character(1))
  if (anyNA(files)) {
    absent <- vapply(candidates[is.na(files)], `[[`, character(1), 1)
    hint <- if (any(file.exists(paste0(prefix, c(".pgen", ".vcf", ".vcf.gz", ".ped"))))) {
      "forebear reads .bed files here; `plink2 ... --make-bed` writes one from other formats."
    }
    message <- c("A .bed, .bim and .fam must lie beside each other.",
      x = sprintf("There is no %s.", quoted(absent)), i = hint)
    abort_forebear("file", message, call)
  }
  enc2utf8(stats::setNames(normalizePath(files), names(files)))
}

# PLINK writes unknown parents as 0, and sex as 1, 2 or anything else.
samples_from_text <- function(text) {
  text$father_id[text$father_id == "0"] <- NA
  text$mother_id[text$mother_id == "0"] <- NA
  text$sex <- c("male", "female")[match(text$sex, c("1", "2"))]
  tibble::new_tibble(text, nrow = length(text$sample_id))
}

#' Write genotypes to PLINK files
#'
#' Writes `.bed`, `.bim` and `.fam`. Files of these names appear only when all
#' three are whole, so nothing is lost if the disk fills up or the work is stopped.
#' What [read_bed()] reads comes back as it was, whatever samples and variants were
#' chosen.
#'
#' @param x A [genotypes] object.
#' @param path Path of the `.bed` to write, or the prefix of the three files.
#' @inheritParams shared_arguments
#' @returns The path of the `.bed`, invisibly.
#' @section Errors:
#' `forebear_error_file` if a file cannot be written,
#' `forebear_error_overwrites_source` if `path` is the file that `x` reads from.
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' path <- write_bed(genotypes[1:10, ], tempfile("ten"))
#' read_bed(path)
#' @export
write_bed <- function(x, path, threads = NULL) {
  check_genotypes(x, "x")
  prefix <- sub("\\.bed$", "", path.expand(check_string(path, "path")))
  threads <- check_threads(threads)
  bed <- paste0(prefix, ".bed")
  if (!is.null(x$path) && file.exists(bed) && enc2utf8(normalizePath(bed)) == x$path) {
    message <- c("A file cannot be replaced by a choice of itself.",
      x = sprintf("The genotypes are read from \"%s\".", bed), i = "Write under another name.")
    abort_forebear("overwrites_source", message)
  }
  check_plink_fields(x)
  with_progress(function(progress) {
    rust_write_bed(x, samples_to_text(x$samples), as.list(x$variants), prefix, threads, progress)
  })
  invisible(bed)
}

# PLINK's tables are separated by white space: a field can be neither empty nor have any.
check_plink_fields <- function(x, call = rlang::caller_env()) {
  columns <- c(
    x$samples[c("sample_id", "family_id", "phenotype")],
    x$variants[c("variant_id", "chrom", "ref", "alt", "position_bp", "position_cm")]
  )
  for (name in names(columns)) {
    wrong <- is.na(columns[[name]]) | grepl("^$|[[:space:]]", columns[[name]])
    if (any(wrong)) {
      message <- c("PLINK files cannot hold a field that is missing, empty or has spaces.",
        x = sprintf("`%s` has %s of them, first \"%s\" in row %d.", name, big(sum(wrong)),
          columns[[name]][wrong][1], which(wrong)[1]))
      abort_forebear("plink_field", message, call)
    }
  }
}

samples_to_text <- function(samples) {
  text <- as.list(samples)
  text$father_id[is.na(text$father_id)] <- "0"
  text$mother_id[is.na(text$mother_id)] <- "0"
  text$sex <- as.character(match(text$sex, c("male", "female"), nomatch = 0))
  text
}

check_genotypes <- function(x, name, call = rlang::caller_env()) {
  if (!inherits(x, "forebear_genotypes")) {
    message <- c(sprintf("`%s` must be genotypes, as `read_bed()` returns.", name),
      x = sprintf("It is %s.", describe_class(x)))
    abort_forebear("argument", message, call)
  }
}
