#' Read genotypes or haplotypes from PLINK 2 files
#'
#' `read_pgen()` opens a PLINK 2 set of files: `.pgen` (any storage mode), `.pvar` or `.pvar.zst`,
#' and `.psam`. The genotypes stay in the file and are mapped into memory when something is
#' computed, as those of [read_bed()] are. `read_phased_pgen()` reads one whose heterozygous calls
#' are all phased into [haplotypes], in memory.
#'
#' @section What is read:
#' Hard calls of biallelic variants, in every storage mode (a PLINK 1 .bed, fixed width, variable
#' width, with an index beside it) and type of record (plain, one bit, lists of what is not common,
#' differences from another variant). Variants with several alternate alleles are left out, with a
#' message; [skipped_records()] counts them. Genotypes count copies of ALT.
#'
#' With `dosage = TRUE`, `as.matrix()` gives expected copies of ALT, from 0 to 2, where the file has
#' dosages, and hard calls elsewhere; [pca()], [archetypes()], [gtm()], [classify()] and their
#' projections are of these. Quality control and [admixture()] count whole genotypes, the hard
#' calls, and say so in a message of class `forebear_message_hard_calls`.
#'
#' A record that does not follow the format is an error when something is computed from it, which
#' names the variant.
#'
#' Tables are read as those of [read_bed()] are, plain, gzipped or in Zstandard. Of a header, the
#' columns `#FID`, `IID`, `PAT`, `MAT`, `SEX`, `PHENO1` and `#CHROM`, `POS`, `ID`, `REF`, `ALT`,
#' `CM` are used. Where there is no `.pvar` or `.psam`, a `.bim` or `.fam` takes its place, as
#' PLINK 2's `--bpfile` has it.
#'
#' A .pgen does not distinguish a haploid call from a homozygous one: `read_phased_pgen()` gives
#' every sample two haplotypes, on X, Y and MT, too.
#'
#' @param path Path of the `.pgen`, or the common prefix of the three files.
#' @param dosage Whether expected copies are read where the file has dosages.
#' @inheritParams read_bed
#' @inheritParams read_vcf
#' @param on_unphased `"error"` stops at the first variant with a missing call, or a heterozygous
#'   one without phase; `"drop"` leaves such variants out and counts them.
#' @returns `read_pgen()`: [genotypes]. `read_phased_pgen()`: [haplotypes].
#' @section Errors:
#' Of class `forebear_error_<kind>`: `file` (missing or unreadable), `pgen_head` (not a .pgen, or
#' truncated), `count_mismatch` (with other samples or variants than the tables), `pgen_record`,
#' `not_phased`, and those of tables, see [read_bed()].
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' path <- write_pgen(genotypes[1:10, ], tempfile("ten"))
#' read_pgen(path)
#' @seealso [write_pgen()], [read_bed()]
#' @export
read_pgen <- function(path, dosage = FALSE, sample_id = c("IID", "FID_IID"), autosomes = NULL) {
  call <- rlang::current_env()
  dosage <- check_flag(dosage, "dosage")
  autosomes <- check_autosomes(autosomes)
  sample_id <- check_choice(sample_id, "sample_id", c("IID", "FID_IID"))
  files <- pgen_fileset(check_path(path, "path"), call)
  read <- answer(rust_read_pgen(files[["pgen"]], files[["pvar"]], files[["psam"]]))
  if (dosage && !read$has_dosage) {
    inform_forebear("dosage", sprintf("\"%s\" has no dosages: copies are those of the hard calls.",
      basename(files[["pgen"]])))
  } else if (dosage) {
    inform_dosage()
  }
  samples <- samples_from_text(read$tables$samples, sample_id)
  variants <- tibble::new_tibble(read$tables$variants,
    nrow = length(read$tables$variants$variant_id))
  x <- whole_genotypes(files[["pgen"]], NULL, read$fingerprint, samples, variants)
  x$format <- if (read$is_bed) "bed" else if (dosage && read$has_dosage) "pgen_dosage" else "pgen"
  x$autosomes <- autosomes
  x <- without_variants(x, grepl(",", variants$alt, fixed = TRUE), "multiallelic",
    "with several alternate alleles", files[["pvar"]], call)
  validate_genotypes(leave_out_negative(x, files[["pvar"]], call))
}

#' @rdname read_pgen
#' @export
read_phased_pgen <- function(path, genetic_map = NULL, on_unphased = c("error", "drop"),
                             sample_id = c("IID", "FID_IID"), threads = NULL) {
  call <- rlang::current_env()
  on_unphased <- check_choice(on_unphased, "on_unphased", c("error", "drop"))
  threads <- check_threads(threads)
  g <- suppressWarnings(read_pgen(path, sample_id = sample_id),
    classes = "forebear_warning_duplicate_ids")
  if (identical(g$format, "bed")) {
    abort_forebear("not_phased", c("Haplotypes need phase.",
      x = sprintf("\"%s\" is a PLINK 1 .bed, which has none.", basename(g$path))), call)
  }
  read <- with_progress(function(progress) {
    rust_read_phased_pgen(g$path, as.integer(g$n_file), g$variant_index, threads, progress)
  }, call)
  is_left_out <- !is.na(read$reason)
  if (any(is_left_out) && on_unphased == "error") refuse_unphased(g, read, call)
  if (all(is_left_out)) {
    abort_forebear("no_variant_left", c(
      sprintf("At least one variant of \"%s\" must be left.", basename(g$path)),
      x = sprintf("None of the %s is called and phased throughout.",
        counted(length(is_left_out), "variant"))), call)
  }
  skipped <- attr(g, "skipped", exact = TRUE)
  for (reason in unique(read$reason[is_left_out])) {
    which <- which(read$reason == reason)
    inform_forebear("skipped", sprintf("%s of \"%s\" left out %s.",
      counted(length(which), "variant"), basename(g$path), reason_text[[reason]]))
    skipped <- join_skipped(list(skipped, skipped_variants(g, which, reason)))
  }
  variants <- g$variants[!is_left_out, ]
  if (!is.null(genetic_map)) {
    variants$position_cm <- position_cm(genetic_map, variants$chrom, variants$position_bp,
      call = call)
  }
  x <- haplotypes_of(read$packed, g$samples, variants, call)
  attr(x, "skipped") <- skipped
  x
}

refuse_unphased <- function(g, read, call) {
  first <- which(!is.na(read$reason))[1]
  abort_forebear("not_phased", c(
    "Haplotypes need variants at which every call is phased and none is missing.",
    x = sprintf("Variant %s (chromosome %s, position %s) has %s of sample %s.",
      quoted(g$variants$variant_id[first]), g$variants$chrom[first],
      big(g$variants$position_bp[first]),
      c(missing = "a missing call", unphased = "an unphased call")[[read$reason[first]]],
      quoted(g$samples$sample_id[read$sample[first]])),
    i = "`on_unphased = \"drop\"` leaves such variants out and counts them."
  ), call)
}

# The absolute paths of the three files that a path or prefix stands for.
pgen_fileset <- function(path, call = rlang::caller_env()) {
  refuse_other_format(path, "read_pgen", call)
  prefix <- sub("\\.(pgen|pvar|psam)$", "", path.expand(path))
  find_fileset(pgen_candidates(prefix),
    "A .pgen, .pvar (or .pvar.zst) and .psam must lie beside each other.",
    if (file.exists(paste0(prefix, ".bed"))) "`read_bed()` reads the .bed of that name.", call)
}

# Where each of the three files may be, in the order in which they are looked for.
pgen_candidates <- function(prefix) {
  list(
    pgen = paste0(prefix, ".pgen"),
    pvar = paste0(prefix, c(".pvar", ".pvar.zst", ".pvar.gz", ".bim")),
    psam = paste0(prefix, c(".psam", ".psam.zst", ".psam.gz", ".fam"))
  )
}

# The first of each kind's paths that exists.
find_fileset <- function(candidates, rule, hint, call) {
  files <- vapply(candidates, function(paths) paths[file.exists(paths)][1], character(1))
  if (anyNA(files)) {
    absent <- vapply(candidates[is.na(files)], `[[`, character(1), 1)
    abort_forebear("file", c(rule, x = sprintf("There is no %s.", quoted(absent)), i = hint), call)
  }
  as_path(stats::setNames(normalizePath(files), names(files)))
}

#' Write genotypes to PLINK 2 files
#'
#' Writes `.pgen` (hard calls, two bits each: the plain storage mode), `.pvar` and `.psam`. Files of
#' these names appear only when all three are whole. What [read_pgen()] reads comes back as it was;
#' `plink2` reads the files, and compresses them with `--make-pgen`.
#'
#' The files say that no `ref` is known to be the allele of the reference genome, as those that
#' `plink2` makes of a `.bed` do. Dosages are not written.
#'
#' @param x A [genotypes] object.
#' @param path Path of the `.pgen` to write, or the prefix of the three files.
#' @inheritParams shared_arguments
#' @returns The path of the `.pgen`, invisibly.
#' @section Errors:
#' As those of [write_bed()].
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' path <- write_pgen(genotypes[1:10, ], tempfile("ten"))
#' read_pgen(path)
#' @export
write_pgen <- function(x, path, threads = NULL) {
  write_fileset(x, path, ".pgen", rust_write_pgen, threads, rlang::current_env())
}
