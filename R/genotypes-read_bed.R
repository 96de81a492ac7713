#' Read genotypes from PLINK files
#'
#' Opens a PLINK 1 set of files: `.bed` (variant-major, the usual kind), `.bim` and
#' `.fam`. The genotypes stay in the file, packed two bits each, and are mapped
#' into memory when something is computed; the tables are read at once.
#'
#' Genotypes count copies of allele 1 of the `.bim`, here called `alt`. IDs and
#' chromosome names are kept as text, whatever they look like.
#'
#' @section What the tables may look like:
#' As PLINK 1.9 and PLINK 2 have them. A `.fam` has six columns or more, a `.bim` five (without
#' centimorgans), six or more; the same number in every line. A first line that begins with
#' `#FID`, `#IID` or `#CHROM` names other or fewer columns, as in a `.psam` or `.pvar`; other lines
#' with `#` before the first row are passed over, one among the rows is an error, because each row
#' stands for a row of genotypes. Blank lines are passed over. Sex is `1`, `M` or `male`, `2`, `F`
#' or `female`; anything else is unknown. Numbers may be written as `1e+05` or `100000.0`.
#'
#' Variants with a negative position are left out, as PLINK does, with a message;
#' [skipped_records()] counts them. A variant whose ID is `.` is named
#' `chromosome:position:REF:ALT`, as [read_vcf()] does.
#'
#' Where a line of a `.fam` was removed or added, genotypes would go to the wrong samples.
#' The size of the `.bed` shows that for most numbers of samples. Where it does not, the last byte
#' of each of up to 4,096 variants does: bits past the last sample must be 0, or the `.bed` has a
#' sample that the `.fam` has not; and if the last samples are homozygous for allele 1 at all of
#' them (50 at least), as bits that belong to no sample would be, a warning names them.
#'
#' @param path Path of the `.bed`, or the common prefix of the three files. The
#'   `.bim` and `.fam` may be gzipped, as `.bim.gz` and `.fam.gz` or under their
#'   own names.
#' @param sample_id What becomes the ID of a sample: `"IID"`, the second column of the `.fam`, or
#'   `"FID_IID"`, the first two joined by an underscore, for IDs that are unique within a family
#'   only. Those of parents are joined in the same way.
#' @param autosomes Number of autosomes of the species, where chromosomes are numbered and it has
#'   others than the 22 of humans: see [qc_rules] on names of chromosomes.
#' @returns A [genotypes] object.
#' @section Errors:
#' Of class `forebear_error_<kind>`: `file` (missing or unreadable), `bed_magic`
#' (not a `.bed`, or an individual-major one), `bed_size` (truncated, too long, or
#' from another set), `bed_padding` (more samples than the `.fam` names), `column_count` and
#' `field` (with file and line), `not_utf8`, `empty_table`, `no_variant_left`. Duplicated IDs give
#' a warning of class `forebear_warning_duplicate_ids`, last samples that look like none one of
#' class `forebear_warning_bed_padding`.
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' genotypes
#' @seealso [write_bed()], [as_genotypes()]; [samples<-] puts right what the tables say.
#' @export
read_bed <- function(path, sample_id = c("IID", "FID_IID"), autosomes = NULL) {
  call <- rlang::current_env()
  autosomes <- check_autosomes(autosomes)
  files <- bed_fileset(check_path(path, "path"))
  sample_id <- check_choice(sample_id, "sample_id", c("IID", "FID_IID"))
  read <- answer(rust_read_bed(files[["bed"]], files[["bim"]], files[["fam"]]))
  samples <- samples_from_text(read$tables$samples, sample_id)
  variants <- tibble::new_tibble(read$tables$variants,
    nrow = length(read$tables$variants$variant_id))
  warn_like_padding(samples$sample_id, read$padding, call)
  x <- whole_genotypes(files[["bed"]], NULL, read$fingerprint, samples, variants)
  x$autosomes <- autosomes
  validate_genotypes(leave_out_negative(x, files[["bim"]], call))
}

# Fewest variants at which last samples that look like padding are suspected.
fewest_like_padding <- 50

# padding: variants looked at; last samples with two copies of allele 1 at all of them
warn_like_padding <- function(sample_id, padding, call) {
  if (padding[2] == 0 || padding[1] < fewest_like_padding) {
    return(invisible())
  }
  suspect <- utils::tail(sample_id, padding[2])
  message <- c(
    "A .fam must have a line for each sample of the .bed, and no other.",
    x = paste(quoted(suspect), if (length(suspect) == 1) "is" else "are",
      "homozygous for allele 1 at all", big(padding[1]),
      "variants looked at, as a line too many in the .fam would be."),
    i = paste("If a line was put into the .fam, samples after it have the genotypes of their",
      "neighbors: restore it.")
  )
  warn_forebear("bed_padding", message, call)
}

# PLINK's way to say that a variant has no place.
leave_out_negative <- function(x, path, call) {
  without_variants(x, x$variants$position_bp < 0, "negative_position",
    "for a negative position, as PLINK does", path, call)
}

# `x` without the variants in `drop`, which are reported and counted.
without_variants <- function(x, drop, reason, why, path, call) {
  if (!any(drop)) {
    return(x)
  }
  first <- which(drop)[1]
  if (all(drop)) {
    abort_forebear("no_variant_left", c(
      sprintf("At least one variant of \"%s\" must be left.", basename(path)),
      x = sprintf("All %s are left out %s.", counted(length(drop), "variant"), why)), call)
  }
  inform_forebear("skipped", sprintf("%s of %s in \"%s\" left out %s, first %s.",
    big(sum(drop)), counted(length(drop), "variant"), basename(path), why,
    quoted(x$variants$variant_id[first])))
  skipped <- list(attr(x, "skipped", exact = TRUE), skipped_variants(x, which(drop), reason))
  x <- choose_variants(x, !drop, call)
  attr(x, "skipped") <- join_skipped(skipped)
  x
}

# A row of `skipped_records()` for variants of a table.
skipped_variants <- function(x, which, reason) {
  tibble::tibble(
    reason = reason, n_records = length(which), first_line = NA_real_,
    first_chrom = x$variants$chrom[which[1]], first_position_bp = x$variants$position_bp[which[1]])
}

# The absolute paths of the three files that a path or prefix stands for.
bed_fileset <- function(path, call = rlang::caller_env()) {
  refuse_other_format(path, "read_bed", call)
  prefix <- sub("\\.bed$", "", path.expand(path))
  candidates <- list(
    bed = paste0(prefix, ".bed"),
    bim = paste0(prefix, c(".bim", ".bim.gz")),
    fam = paste0(prefix, c(".fam", ".fam.gz"))
  )
  others <- c(read_pgen = ".pgen", read_vcf = ".vcf", read_vcf = ".vcf.gz",
    read_eigenstrat = ".geno")
  there <- others[file.exists(paste0(prefix, others))]
  hint <- if (length(there) > 0) {
    sprintf("`%s()` reads the %s of that name.", names(there)[1], there[[1]])
  } else if (file.exists(paste0(prefix, ".ped"))) {
    "`plink2 --pedmap PREFIX --make-bed --out PREFIX` makes them from the .ped."
  }
  find_fileset(candidates, "A .bed, .bim and .fam must lie beside each other.", hint, call)
}

# PLINK writes unknown parents as 0.
samples_from_text <- function(text, sample_id) {
  joined <- function(id) {
    if (sample_id == "IID") id else ifelse(id == "0", id, paste(text$family_id, id, sep = "_"))
  }
  text$father_id <- parent_of(joined(text$father_id))
  text$mother_id <- parent_of(joined(text$mother_id))
  if (sample_id == "FID_IID") text$sample_id <- paste(text$family_id, text$sample_id, sep = "_")
  text$sex <- unname(sex_codes[tolower(text$sex)])
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
#' `forebear_error_overwrites_source` if `path` is the file that `x` reads from, or a `.bim` or
#' `.fam` that is to be written belongs to the `.pgen` that it reads from.
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' path <- write_bed(genotypes[1:10, ], tempfile("ten"))
#' read_bed(path)
#' @export
write_bed <- function(x, path, threads = NULL) {
  write_fileset(x, path, ".bed", rust_write_bed, threads, rlang::current_env())
}

# The three files of PLINK, of which that of the genotypes ends in `ending`.
write_fileset <- function(x, path, ending, write, threads, call) {
  check_genotypes(x, "x", call)
  prefix <- check_path(path, "path", call)
  if (endsWith(prefix, ending)) prefix <- substr(prefix, 1, nchar(prefix) - nchar(ending))
  threads <- check_threads(threads, call)
  path <- paste0(prefix, ending)
  check_not_source(x, paste0(prefix, table_endings[[ending]]), call, source_tables)
  check_not_source(x, path, call)
  inform_hard_calls(x, "What is written is taken")
  check_plink_fields(x, call)
  with_progress(function(progress) {
    write(x, samples_to_text(x$samples), as.list(x$variants), prefix, threads, progress)
  }, call)
  invisible(path)
}

# The tables of variants and samples that are written beside the genotypes.
table_endings <- list(.bed = c(".bim", ".fam"), .pgen = c(".pvar", ".psam"))

# path: of files to be written; sources: finds those of genotypes, which may come from several
# files, see `new_joined()`
check_not_source <- function(x, path, call = rlang::caller_env(), sources = source_paths) {
  is_source <- file.exists(path)
  is_source[is_source] <- as_path(normalizePath(path[is_source])) %in% sources(x)
  if (any(is_source)) {
    message <- c("A file cannot be replaced by a part of itself.",
      x = sprintf("The genotypes are read from %s.", quoted(path[is_source])),
      i = "Write under another name.")
    abort_forebear("overwrites_source", message, call)
  }
}

source_paths <- function(x) c(x$path, unlist(lapply(x$parts, source_paths)))

# The tables of each .pgen, which may be a .bim and .fam, as `plink2 --make-bpgen` writes them.
source_tables <- function(x) {
  pgen <- grep("\\.pgen$", source_paths(x), value = TRUE)
  tables <- lapply(sub("\\.pgen$", "", pgen), function(prefix) {
    lapply(pgen_candidates(prefix)[c("pvar", "psam")], function(paths) {
      utils::head(paths[file.exists(paths)], 1)
    })
  })
  as_path(normalizePath(as.character(unlist(tables))))
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
  # They begin the lines of a .fam and a .bim.
  for (name in c("family_id", "chrom")) {
    wrong <- startsWith(columns[[name]], "#")
    if (any(wrong)) {
      message <- c("Lines of PLINK files cannot begin with a #, which begins a header.",
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
