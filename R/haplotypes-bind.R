# Joining haplotypes, by words, or genotypes, whose sources stay what they are.

#' @rdname haplotypes
#' @method cbind forebear_haplotypes
#' @rawNamespace S3method(cbind, forebear_haplotypes)
cbind.forebear_haplotypes <- function(..., deparse.level = 1) { # nolint: object_name_linter.
  join_variants(list(...), "haplotypes", rlang::current_env())
}

#' @rdname haplotypes
#' @method rbind forebear_haplotypes
#' @rawNamespace S3method(rbind, forebear_haplotypes)
# nolint start: object_name_linter. As base's.
rbind.forebear_haplotypes <- function(..., strand = c("check", "same"), threads = NULL,
                                      deparse.level = 1) {
  # nolint end
  call <- rlang::current_env()
  strand <- check_choice(strand, "strand", c("check", "same"))
  threads <- check_threads(threads)
  parts <- parts_of_class(list(...), "haplotypes", call)
  if (length(parts) == 1) {
    return(parts[[1]])
  }
  check_other_samples(parts, call)
  aligned <- c(list(as_aligned(parts[[1]])),
    lapply(parts[-1], haplotypes_aligned_to, parts[[1]], strand, threads, call))
  common <- common_variants(parts, aligned, call)
  is_common <- common$is_common
  joined <- lapply(aligned, function(part) choose_variants(part$data, is_common, call))
  swapped <- lapply(aligned, function(part) part$reading[is_common] < 0)
  packed <- with_progress(function(progress) {
    rust_join_haplotypes(joined, swapped, threads, progress)
  }, call)
  marks <- marks_of_parts(joined, call)
  result <- haplotypes_of(packed, joined_samples(parts), joined[[1]]$variants, call)
  result$phase <- marks
  attr(result, "report") <- common$report
  result
}

# reading [n_variants]: 1 as it is, -1 alleles exchanged, 0 absent; report: of harmonize(), or NULL
as_aligned <- function(data, reading = rep(1, nrow(data$variants)), report = NULL) {
  list(data = data, reading = reading, report = report)
}

# Haplotypes `part` at the variants of `first`.
haplotypes_aligned_to <- function(part, first, strand, threads, call) {
  columns <- c("chrom", "position_bp", "ref", "alt")
  if (identical(as.list(part$variants[columns]), as.list(first$variants[columns]))) {
    return(as_aligned(part))
  }
  genotypes <- function(x) {
    suppressWarnings(as_genotypes(x, threads = threads), classes = "forebear_warning_duplicate_ids")
  }
  found <- genotypes_aligned_to(genotypes(part), genotypes(first), strand, threads, call)
  # In memory, in view whole: the index is that of the variants of `part`.
  index <- found$variant_index
  data <- part
  data$variant_index <- part$variant_index[pmax(abs(index), 1L)]
  data$variants <- first$variants
  as_aligned(data, sign(index), attr(found, "report", exact = TRUE))
}

# Which variants of the first all others have, and the reports; says what is left out.
common_variants <- function(parts, aligned, call) {
  is_common <- Reduce(`&`, lapply(aligned, function(part) part$reading != 0))
  report <- join_reports(lapply(aligned[-1], `[[`, "report"))
  inform_joined(is_common, count_only(parts, report), report)
  if (!any(is_common)) {
    abort_forebear("no_variant_left", c("Data sets that are joined must have a variant in common.",
      x = sprintf("None of the %s of the first is in all others.",
        counted(length(is_common), "variant"))), call)
  }
  list(is_common = is_common, report = report)
}

joined_samples <- function(parts) {
  vctrs::vec_rbind(!!!lapply(parts, function(part) part$samples))
}

#' @rdname genotypes
#' @method cbind forebear_genotypes
#' @rawNamespace S3method(cbind, forebear_genotypes)
cbind.forebear_genotypes <- function(..., deparse.level = 1) { # nolint: object_name_linter.
  join_variants(list(...), "genotypes", rlang::current_env())
}

#' @rdname genotypes
#' @method rbind forebear_genotypes
#' @rawNamespace S3method(rbind, forebear_genotypes)
# nolint start: object_name_linter. As base's.
rbind.forebear_genotypes <- function(..., strand = c("check", "same"), threads = NULL,
                                     deparse.level = 1) {
  # nolint end
  call <- rlang::current_env()
  strand <- check_choice(strand, "strand", c("check", "same"))
  threads <- check_threads(threads)
  parts <- parts_of_class(list(...), "genotypes", call)
  if (length(parts) == 1) {
    return(parts[[1]])
  }
  check_other_samples(parts, call)
  autosomes <- joint_autosomes(parts, call)
  aligned <- lapply(parts[-1], genotypes_aligned_to, parts[[1]], strand, threads, call)
  # Where the first itself was aligned to a reference, it may lack variants, too.
  aligned <- lapply(c(parts[1], aligned), function(part) {
    as_aligned(part, sign(part$variant_index), attr(part, "report", exact = TRUE))
  })
  aligned[[1]]$report <- NULL
  common <- common_variants(parts, aligned, call)
  aligned <- lapply(aligned, function(part) {
    choose_variants(part$data, common$is_common, call)
  })
  joined <- new_joined(aligned, "samples", joined_samples(parts), aligned[[1]]$variants, call)
  joined$autosomes <- autosomes
  attr(joined, "report") <- common$report
  joined
}

# Genotypes that read their sources when something is computed. joined: what lies one after the
# other, "samples" or "variants"; the parts keep what finds their genotypes, and no tables.
new_joined <- function(parts, joined, samples, variants, call) {
  x <- whole_genotypes(NULL, NULL, 0, samples, variants)
  x$joined <- joined
  x$parts <- lapply(parts, function(part) {
    unclass(part)[setdiff(names(part), c("samples", "variants", "autosomes"))]
  })
  validate_genotypes(x, call)
}

check_other_samples <- function(parts, call) {
  sample_id <- unlist(lapply(parts, function(part) part$samples$sample_id))
  repeated <- unique(sample_id[duplicated(sample_id)])
  if (length(repeated) > 0) {
    abort_forebear("duplicate_samples", c(
      "Samples that are joined must have IDs of their own.",
      x = sprintf("Twice or more: %s.", quoted(repeated)),
      i = "`samples(x) <- table` sets others; x[ids, ] chooses those of one source."
    ), call)
  }
}

# `part` at the variants of `first`. What was chosen from one source is on one strand.
genotypes_aligned_to <- function(part, first, strand, threads, call) {
  source <- c("path", "bytes", "fingerprint", "n_file", "parts")
  is_same <- identical(unclass(part)[source], unclass(first)[source])
  if (is_same && identical(part$variant_index, first$variant_index)) {
    attr(part, "report") <- NULL
    return(part)
  }
  tryCatch(
    harmonized(part, first, 0, if (is_same) "same" else strand, threads, call = call),
    forebear_error_overlap = function(condition) {
      reason <- sub("^\\S+ ", "", strsplit(condition$message, "\n", fixed = TRUE)[[1]][2])
      abort_forebear("no_variant_left", c(
        "Data sets that are joined must have a variant in common.", x = reason,
        i = "Variants are matched by chromosome, position and alleles."), call)
    }
  )
}

# The reports of harmonize(), one below the other; NULL if none was needed.
join_reports <- function(reports) {
  source <- rep(seq_along(reports) + 1L, vapply(reports, NROW, 0L))
  report <- vctrs::vec_rbind(!!!reports)
  if (NROW(report) > 0) tibble::add_column(report, source = source)
}

# Variants of each data set but the first that the first does not have.
count_only <- function(parts, report) {
  vapply(seq_along(parts)[-1], function(i) {
    reason <- report$reason[report$source == i]
    if (length(reason) > 0) max(0, ncol(parts[[i]]) - sum(!reason %in% "absent")) else 0
  }, 0)
}

# What rbind() leaves out. `n_only`: variants that only the others have, one number for each.
inform_joined <- function(is_common, n_only, report) {
  if (all(is_common) && all(n_only == 0)) {
    return(invisible())
  }
  reason <- sort(table(as.character(report$reason[report$outcome == "dropped"])), decreasing = TRUE)
  inform_forebear("overlap", c(
    sprintf("%s of the %s of the first data set are in all others and kept.",
      big(sum(is_common)), counted(length(is_common), "variant")),
    x = if (length(reason) > 0) {
      sprintf("Left out: %s.", paste(big(as.vector(reason)), names(reason), collapse = ", "))
    },
    x = if (any(n_only > 0)) {
      sprintf("Variants that the first does not have: %s.", paste(big(n_only[n_only > 0]),
        "of number", which(n_only > 0) + 1, collapse = ", "))
    },
    i = if ("ambiguous_strand" %in% names(reason)) {
      "If all are known to be on one strand, `strand = \"same\"` keeps A/T and C/G."
    },
    i = if (length(reason) > 0) "attr(, \"report\") has a row for each variant."
  ))
}

# The variants of several data sets of the same samples. `names` of files, for messages.
join_variants <- function(parts, class, call, names = NULL) {
  parts <- parts_of_class(parts, class, call)
  if (length(parts) == 1) {
    return(parts[[1]])
  }
  check_joined_samples(parts, names, call)
  parts <- with_first_spelling(parts)
  joined <- if (class == "haplotypes") join_words(parts, call) else join_sources(parts, call)
  if (class == "haplotypes") joined$phase <- marks_of_parts(parts, call)
  attr(joined, "skipped") <- join_skipped(lapply(parts, attr, "skipped", exact = TRUE))
  joined
}

parts_of_class <- function(parts, class, call) {
  parts <- unname(parts[!vapply(parts, is.null, TRUE)])
  other <- which(!vapply(parts, inherits, TRUE, what = paste0("forebear_", class)))
  if (length(other) > 0) {
    abort_forebear("argument", c(
      sprintf("All that is joined with %1$s must be %1$s.", class),
      x = sprintf("Number %d is %s.", other[1], describe_class(parts[[other[1]]]))
    ), call)
  }
  parts
}

# Parts in which each chromosome has the name that it has first.
with_first_spelling <- function(parts) {
  known <- unique(unlist(lapply(parts, function(part) unique(part$variants$chrom))))
  first <- known[match_chromosomes(known, known)]
  if (identical(first, known)) {
    return(parts)
  }
  renamed <- function(chrom) first[match(chrom, known)]
  lapply(parts, function(part) {
    part$variants$chrom <- renamed(part$variants$chrom)
    for (i in seq_along(attr(part, "ploidy"))) {
      attr(part, "ploidy")[[i]]$chrom <- renamed(attr(part, "ploidy")[[i]]$chrom)
    }
    part
  })
}

check_joined_samples <- function(parts, names, call) {
  names <- names %||% paste("number", seq_along(parts))
  first <- parts[[1]]$samples$sample_id
  for (i in seq_along(parts)[-1]) {
    own <- parts[[i]]$samples$sample_id
    if (identical(own, first)) next
    n <- min(length(own), length(first))
    place <- c(which(own[seq_len(n)] != first[seq_len(n)]), n + 1L)[1]
    shown <- function(ids) if (place > length(ids)) "absent" else quoted(ids[place])
    abort_forebear("samples_differ", c(
      "Data sets whose variants are joined must have the same samples in the same order.",
      x = sprintf("Sample %s is %s in %s and %s in %s.", big(place), shown(first), names[1],
        shown(own), names[i]),
      i = "Choose them by their IDs first: x[ids, ]."
    ), call)
  }
}

join_words <- function(parts, call) {
  packed <- with_progress(function(progress) {
    rust_join_variants(parts, check_threads(NULL, call), progress)
  }, call)
  haplotypes_of(packed, parts[[1]]$samples,
    vctrs::vec_rbind(!!!lapply(parts, function(part) part$variants)), call)
}

join_sources <- function(parts, call) {
  variants <- vctrs::vec_rbind(!!!lapply(parts, function(part) part$variants))
  result <- new_joined(parts, "variants", parts[[1]]$samples, variants, call)
  result$autosomes <- joint_autosomes(parts, call)
  result
}

# The number of autosomes of genotypes that are joined, or NULL if none has it.
joint_autosomes <- function(parts, call) {
  known <- unique(unlist(lapply(parts, function(part) part$autosomes)))
  if (length(known) > 1) {
    abort_forebear("argument", c(
      "Genotypes that are joined must have the same number of autosomes.",
      x = sprintf("They have %s.", paste(known, collapse = " and ")),
      i = "`as_genotypes(x, autosomes = )` sets it."), call)
  }
  known
}

# Counts of all files by reason, with the first record of the first file that has it.
join_skipped <- function(tables) {
  skipped <- do.call(rbind, tables)
  if (is.null(skipped)) {
    return(NULL)
  }
  n_records <- tapply(skipped$n_records, factor(skipped$reason, unique(skipped$reason)), sum)
  skipped <- skipped[!duplicated(skipped$reason), ]
  skipped$n_records <- as.integer(n_records[skipped$reason])
  skipped
}
