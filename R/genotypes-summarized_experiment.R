# Genotypes as assays of SummarizedExperiment, of which the VCF of VariantAnnotation is one:
# variants x samples.

#' @rdname as_genotypes
#' @export
as_genotypes.SummarizedExperiment <- function(x, assay = NULL, samples = NULL, # nolint
                                              variants = NULL, autosomes = NULL, ...) {
  check_no_dots(...)
  check_package("SummarizedExperiment")
  autosomes <- check_autosomes(autosomes)
  name <- genotype_assay(x, assay)
  values <- SummarizedExperiment::assay(x, name, withDimnames = FALSE)
  genotypes <- experiment_as_genotypes(x, values, experiment_variants(x), samples, variants)
  genotypes$autosomes <- autosomes %||% experiment_autosomes(x)
  genotypes
}

# The number that as_summarized_experiment() has noted, or NULL.
experiment_autosomes <- function(x, call = rlang::caller_env()) {
  noted <- S4Vectors::metadata(x)$autosomes
  if (rlang::is_scalar_integerish(noted)) check_autosomes(noted, call)
}

#' @rdname as_genotypes
#' @export
as_genotypes.VCF <- function(x, samples = NULL, variants = NULL, ..., # nolint
                             field = "GT", filter = NULL, min_gq = NULL, min_dp = NULL,
                             multiallelic = "drop", autosomes = NULL) {
  check_no_dots(...)
  check_package("VariantAnnotation")
  call <- rlang::current_env()
  autosomes <- check_autosomes(autosomes)
  asked <- list(field = field, filter = filter, min_gq = min_gq, min_dp = min_dp,
    multiallelic = multiallelic)
  rules <- do.call(vcf_rules, c(asked, list(call = call)))
  genotype_assay(x, rules$field, call)
  if (rules$field == "GT") refuse_expanded(x, call)
  read <- function(path) do.call(read_vcf, c(list(path, autosomes = autosomes), asked))
  vcf_by_rules(x, read, samples, variants, call)
}

# The rules are those of the reader, `read`, of a temporary file that the object is written into.
vcf_by_rules <- function(x, read, samples, variants, call) {
  check_has_genotypes(ncol(x), nrow(x), call)
  path <- tempfile(fileext = ".vcf")
  on.exit(unlink(path))
  numbered <- x
  # writeVcf() leaves out IDs that have a colon.
  rownames(numbered) <- paste0("variant", seq_len(nrow(x)))
  withCallingHandlers(VariantAnnotation::writeVcf(numbered, path), warning = function(condition) {
    # It says so of every object without an index.
    if (grepl("NULL pointer", conditionMessage(condition))) rlang::cnd_muffle(condition)
  })
  add_version(path)
  # Of a record that is split all variants have one number.
  made <- in_name_of(call, suppressWarnings(read(path), classes = "forebear_warning_duplicate_ids"))
  record <- as.integer(sub("^variant", "", made$variants$variant_id))
  made$variants$variant_id <- position_names((rownames(x) %||% rep(".", nrow(x)))[record],
    made$variants)
  warn_duplicates(made$variants$variant_id, "variant", call)
  cm <- SummarizedExperiment::rowData(x)$position_cm
  if (is.numeric(cm)) made$variants$position_cm <- as.double(cm)[record]
  made$samples <- put_samples(made$samples, experiment_samples(x)$columns, call, named = FALSE)
  if (!is.null(samples)) made$samples <- put_samples(made$samples, samples, call)
  if (!is.null(variants)) made$variants <- put_variants(made$variants, variants, call)
  made
}

#' @rdname as_haplotypes
#' @export
as_haplotypes.SummarizedExperiment <- function(x, assay = "GT", samples = NULL, # nolint
                                               variants = NULL, ...) {
  check_no_dots(...)
  check_package("SummarizedExperiment")
  name <- genotype_assay(x, assay)
  values <- SummarizedExperiment::assay(x, name, withDimnames = FALSE)
  haplotypes <- experiment_as_haplotypes(x, values, experiment_variants(x), samples, variants)
  haplotypes$autosomes <- experiment_autosomes(x)
  haplotypes
}

#' @rdname as_haplotypes
#' @export
as_haplotypes.VCF <- function(x, samples = NULL, variants = NULL, ..., # nolint
                              on_unphased = "error") {
  check_no_dots(...)
  check_package("VariantAnnotation")
  call <- rlang::current_env()
  on_unphased <- check_choice(on_unphased, "on_unphased", c("error", "drop"), call)
  genotype_assay(x, "GT", call)
  refuse_expanded(x, call)
  vcf_by_rules(x, function(path) read_phased_vcf(path, on_unphased = on_unphased), samples,
    variants, call)
}

# Of an object that was not read from a file, writeVcf() leaves the first line out.
add_version <- function(path) {
  lines <- readLines(path, warn = FALSE)
  if (!startsWith(lines[1], "##fileformat=")) writeLines(c("##fileformat=VCFv4.3", lines), path)
}

# expand() of 'VariantAnnotation' makes a row for each alternate allele, with the calls as they
# were: "0/1" is then the first of them in every row.
refuse_expanded <- function(x, call) {
  n <- nrow(x)
  if (!inherits(x, "ExpandedVCF") || n < 2) {
    return(invisible())
  }
  ranges <- SummarizedExperiment::rowRanges(x)
  place <- paste(GenomicRanges::seqnames(ranges), GenomicRanges::start(ranges), ranges$REF)
  alt <- as.character(ranges$ALT)
  gt <- SummarizedExperiment::assay(x, "GT", withDimnames = FALSE)
  candidates <- which(place[-1] == place[-n] & alt[-1] != alt[-n])
  is_copy <- vapply(candidates, function(i) {
    identical(gt[i, ], gt[i + 1, ]) && any(grepl("[1-9]", gt[i, ]))
  }, TRUE)
  if (any(is_copy)) {
    i <- candidates[is_copy][1]
    abort_forebear("argument", c(
      "A row of a VCF must have calls that are of its own alternate allele.",
      x = sprintf(paste("%s and the row before it have the same calls, first row %s, of",
        "\"%s\" and \"%s\" at %s:%s."), counted(sum(is_copy), "row"), big(i + 1), alt[i],
        alt[i + 1], as.character(GenomicRanges::seqnames(ranges))[i],
        big(GenomicRanges::start(ranges)[i])),
      i = paste("`expand()` copies calls: give the VCF as it was before, with",
        "`multiallelic = \"split\"` for a variant of each alternate allele.")), call)
  }
}

# IDs that VariantAnnotation made for variants without one, `22:100_A/G`, as read_vcf() makes them.
position_names <- function(id, columns) {
  place <- paste0(columns$chrom, ":", bp_text(columns$position_bp))
  start <- toupper(paste0(place, "_", columns$ref, "/"))
  made <- id %in% c(".", "") | startsWith(toupper(id), start)
  ifelse(made, paste(place, columns$ref, columns$alt, sep = ":"), id)
}

# samples and variants of an experiment, with the columns that a user gives instead.
experiment_tables <- function(x, columns, samples, variants, call) {
  check_has_genotypes(ncol(x), nrow(x), call)
  own <- experiment_samples(x)
  id <- names_or(rownames(x), "variant", nrow(x))
  list(
    samples = samples_for(own$id, own$columns, call, named = FALSE) |>
      put_samples(samples, call, named = !is.null(colnames(x)) || has_id(own$columns)),
    variants = variants_for(id, columns, call, named = FALSE) |>
      put_variants(variants, call, named = !is.null(rownames(x)) || has_id(columns))
  )
}

has_id <- function(columns) any(c("sample_id", "variant_id") %in% names(columns))

experiment_as_haplotypes <- function(x, values, columns, samples, variants,
                                     call = rlang::caller_env()) {
  tables <- experiment_tables(x, columns, samples, variants, call)
  calls <- t(as.matrix(values))
  if (!is.character(calls)) {
    message <- c("Haplotypes are read from phased calls such as \"0|1\".",
      x = sprintf("The assay holds %s values.", typeof(calls)))
    abort_forebear("argument", message, call)
  }
  calls[] <- sub("^([|]|/(?=[01]$))", "", calls, perl = TRUE)
  phased <- grepl("^([01]([|][01])?|0/0|1/1)$", calls)
  if (!all(phased)) {
    first <- arrayInd(which(!phased)[1], dim(calls))
    message <- c(paste("Every call must be called, and phased where its alleles differ: two",
        "alleles 0 or 1 and a |, or one allele."),
      x = sprintf("%s not; the first is \"%s\" of sample \"%s\" at variant \"%s\".",
        verb(sum(!phased)), calls[first], tables$samples$sample_id[first[1]],
        tables$variants$variant_id[first[2]]))
    abort_forebear("not_phased", message, call)
  }
  alleles <- matrix(NA_real_, 2 * nrow(calls), ncol(calls))
  alleles[c(TRUE, FALSE), ] <- as.double(substr(calls, 1, 1))
  second <- substr(calls, 3, 3)
  alleles[c(FALSE, TRUE), ] <- ifelse(second == "1", 1, ifelse(second == "0", 0, NA))
  haplotypes_of(answer(rust_pack_haplotypes(alleles), call), tables$samples, tables$variants)
}

experiment_as_genotypes <- function(x, values, columns, samples, variants,
                                    call = rlang::caller_env()) {
  tables <- experiment_tables(x, columns, samples, variants, call)
  samples <- tables$samples
  variants <- tables$variants
  counts_of <- function(rows) {
    block <- as.matrix(values[rows, , drop = FALSE])
    counts <- if (is.character(block)) counts_of_calls(block) else block
    refuse_no_genotype(counts, block, rows, samples, variants, call)
    t(counts)
  }
  genotypes_in_memory(pack_blocks(ncol(x), nrow(x), counts_of, call), samples, variants, call)
}

genotype_assay <- function(x, assay, call = rlang::caller_env()) {
  there <- SummarizedExperiment::assayNames(x)
  chosen <- if (is.null(assay)) c(intersect(c("GT", "counts"), there), NA)[1] else assay
  if (!is.null(assay)) check_string(assay, "assay", call)
  if (is.na(chosen) || !chosen %in% there) {
    message <- c(
      "Genotypes are read from the assay \"GT\" or \"counts\", or the one that you name.",
      x = sprintf("The assays are %s.", if (length(there)) quoted(there) else "without names"),
      i = if (length(there) == 0) "`assayNames(x) <- \"counts\"` names one."
    )
    abort_forebear("argument", message, call)
  }
  chosen
}

# What row ranges and row data say of variants, under the names of variants(); their IDs only where
# rows have no names.
experiment_variants <- function(x, call = rlang::caller_env()) {
  rows <- SummarizedExperiment::rowData(x)
  columns <- plain_columns(rows, "variants", is.null(rownames(x)), call)
  if (inherits(x, "RangedSummarizedExperiment")) {
    places <- range_places(SummarizedExperiment::rowRanges(x), call)
    columns[names(places)] <- places
  }
  columns
}

# chrom and position_bp of row ranges, one for each row; without either where no row has a range.
range_places <- function(ranges, call) {
  n <- if (inherits(ranges, "List") && !inherits(ranges, "GRanges")) lengths(ranges)
  if (length(n) > 0 && all(n == 0)) {
    return(list())
  }
  if (any(n != 1)) {
    first <- which(n != 1)[1]
    abort_forebear("argument", c("Every variant must have one range.",
      x = sprintf("Row %s of `rowRanges(x)` has %s.", big(first), big(n[first]))), call)
  }
  if (!is.null(n)) ranges <- unlist(ranges, use.names = FALSE)
  list(chrom = as.character(GenomicRanges::seqnames(ranges)),
    position_bp = GenomicRanges::start(ranges))
}

experiment_samples <- function(x, call = rlang::caller_env()) {
  rows <- SummarizedExperiment::colData(x)
  columns <- plain_columns(rows, "samples", is.null(colnames(x)), call)
  list(id = names_or(colnames(x), "sample", ncol(x)), columns = columns)
}

# The columns of a Bioconductor table that have names of those of samples or variants, or such as
# files have (`REF`), as a data frame under our names. Others are passed over.
plain_columns <- function(table, name, with_id, call) {
  known <- column_names[[name]]
  column <- unname(known[bare_column(colnames(table))])
  column[colnames(table) %in% known] <- colnames(table)[colnames(table) %in% known]
  # A name of ours stands before those of files.
  by_rank <- order(!colnames(table) %in% known)
  kept <- by_rank[!is.na(column[by_rank]) & !duplicated(column[by_rank])]
  if (!with_id) kept <- kept[!endsWith(column[kept], c(samples = "sample_id",
    variants = "variant_id")[[name]])]
  columns <- lapply(stats::setNames(sort(kept), column[sort(kept)]), function(at) {
    plain_column(table[[at]], colnames(table)[at], call)
  })
  structure(columns, class = "data.frame", row.names = seq_len(nrow(table)))
}

# A column of text or numbers, of whatever class; a list of one entry for each row is taken, too.
plain_column <- function(values, name, call) {
  if (is.list(values) || inherits(values, "List") && !inherits(values, c("Rle", "XStringSet"))) {
    n <- lengths(values)
    if (any(n != 1)) {
      first <- which(n != 1)[1]
      abort_forebear("argument", c(
        sprintf("Column \"%s\" must have one entry for each row.", name),
        x = sprintf("Row %s has %s: %s.", big(first), big(n[first]),
          quoted(as.character(values[[first]]))),
        i = if (tolower(name) == "alt") {
          sprintf("`x[lengths(rowData(x)$%s) == 1, ]` has the variants with two alleles.", name)
        }), call)
    }
    values <- unlist(values, use.names = FALSE)
  }
  if (inherits(values, "XStringSet")) as.character(values) else as.vector(values)
}

warn_skipped <- function(ids, n_variants, kept, call = rlang::caller_env()) {
  n_skipped <- n_variants - length(kept)
  if (n_skipped > 0) {
    first <- names_or(ids, "variant", n_variants)[setdiff(seq_len(n_variants), kept)[1]]
    message <- c("Only variants with two alleles have genotypes.",
      x = sprintf("%s of %s left out, first \"%s\".", big(n_skipped), big(n_variants), first),
      i = "`bcftools norm -m-` splits a variant of more alleles in several of two.")
    warn_forebear("skipped_variants", message, call)
  }
}

# `counts` and the `values` they were made from, [rows x n_samples].
refuse_no_genotype <- function(counts, values, rows, samples, variants, call) {
  wrong <- which(is.nan(counts) | !counts %in% c(0, 1, 2, NA))
  if (length(wrong) > 0) {
    first <- arrayInd(wrong[1], dim(counts))
    message <- c(
      "Genotypes must be 0, 1 or 2 copies, or calls of alleles 0 and 1 such as \"0/1\".",
      x = sprintf("Sample \"%s\" at variant \"%s\" has \"%s\".", samples$sample_id[first[2]],
        variants$variant_id[rows[first[1]]], values[wrong[1]])
    )
    abort_forebear("not_a_genotype", message, call)
  }
}

# Copies of the first alt allele of calls as in a VCF, in their shape; NaN for what is no call.
counts_of_calls <- function(calls) {
  levels <- unique(as.vector(calls))
  counts <- vapply(levels, count_of_call, numeric(1), USE.NAMES = FALSE)
  matrix(counts[match(calls, levels)], nrow(calls))
}

# NA where an allele is missing, NaN for what is no call.
count_of_call <- function(call) {
  if (is.na(call)) {
    return(NA_real_)
  }
  # From VCF 4.4 on, a phase may stand before the first allele.
  alleles <- strsplit(sub("^[/|]", "", call), "[/|]")[[1]]
  if (!length(alleles) %in% 1:2 || !all(alleles %in% c("0", "1", "."))) {
    return(NaN)
  }
  if ("." %in% alleles) NA_real_ else 2 * mean(alleles == "1")
}

#' @rdname as_snp_matrix
#' @export
as_summarized_experiment <- function(x, threads = NULL) {
  if (inherits(x, "forebear_stored_calls")) {
    return(experiment_of_calls(x, rlang::current_env()))
  }
  if (inherits(x, "forebear_haplotypes")) check_haplotypes(x, "x") else check_genotypes(x, "x")
  for (package in c("SummarizedExperiment", "GenomicRanges", "IRanges", "S4Vectors")) {
    check_package(package)
  }
  values <- as.matrix(x, threads = threads)
  assays <- if (inherits(x, "forebear_haplotypes")) {
    list(GT = phased_calls(values, samples(x)$sample_id))
  } else {
    list(counts = t(values))
  }
  variants <- variants(x)
  ranges <- GenomicRanges::GRanges(
    variants$chrom, IRanges::IRanges(variants$position_bp, width = nchar(variants$ref)),
    variant_id = variants$variant_id, position_cm = variants$position_cm,
    ref = variants$ref, alt = variants$alt
  )
  names(ranges) <- variants$variant_id
  samples <- S4Vectors::DataFrame(as.data.frame(samples(x)), row.names = samples(x)$sample_id)
  # Without a number the list is empty.
  SummarizedExperiment::SummarizedExperiment(assays, rowRanges = ranges, colData = samples,
    metadata = c(list(), autosomes = x$autosomes))
}

# Calls [variants x samples] such as "0|1" of alleles [2 samples x variants]; one allele where
# there is no second haplotype.
phased_calls <- function(alleles, sample_id) {
  first <- alleles[c(TRUE, FALSE), , drop = FALSE]
  second <- alleles[c(FALSE, TRUE), , drop = FALSE]
  calls <- ifelse(is.na(second), first, paste0(first, "|", second))
  t(matrix(calls, nrow(first), dimnames = list(sample_id, colnames(alleles))))
}
