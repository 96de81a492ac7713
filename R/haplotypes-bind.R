# Joining haplotypes, or genotypes: by words and bytes, nothing is expanded.

#' @rdname haplotypes
#' @method cbind forebear_haplotypes
#' @rawNamespace S3method(cbind, forebear_haplotypes)
cbind.forebear_haplotypes <- function(..., deparse.level = 1) { # nolint: object_name_linter.
  join_variants(list(...), "haplotypes", rlang::current_env())
}

#' @rdname haplotypes
#' @method rbind forebear_haplotypes
#' @rawNamespace S3method(rbind, forebear_haplotypes)
rbind.forebear_haplotypes <- function(..., deparse.level = 1) { # nolint: object_name_linter.
  call <- rlang::current_env()
  parts <- parts_of_class(list(...), "haplotypes", call)
  check_joined_variants(parts, call)
  packed <- with_progress(function(progress) {
    rust_join_haplotypes(parts, check_threads(NULL, call), progress)
  }, call)
  marks <- marks_of_parts(parts, call)
  joined <- haplotypes_of(packed, vctrs::vec_rbind(!!!lapply(parts, function(part) part$samples)),
    parts[[1]]$variants, call)
  joined$phase <- marks
  joined
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
  aligned <- c(parts[1], lapply(parts[-1], aligned_to, parts[[1]], strand, threads, call))
  is_common <- Reduce(`&`, lapply(aligned, function(part) part$variant_index != 0))
  report <- join_reports(lapply(aligned[-1], attr, "report", exact = TRUE))
  inform_joined(is_common, count_only(parts, report), report)
  if (!any(is_common)) {
    abort_forebear("no_variant_left", c("Genotypes that are joined must have a variant in common.",
      x = sprintf("None of the %s of the first is in all others.",
        counted(length(is_common), "variant"))), call)
  }
  aligned <- lapply(aligned, function(part) choose_variants(part, is_common, call))
  bytes <- with_progress(function(progress) rust_join_samples(aligned, threads, progress), call)
  samples <- vctrs::vec_rbind(!!!lapply(parts, function(part) part$samples))
  joined <- genotypes_in_memory(bytes, samples, aligned[[1]]$variants, call)
  joined$autosomes <- autosomes
  attr(joined, "report") <- report
  joined
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
aligned_to <- function(part, first, strand, threads, call) {
  source <- c("path", "bytes", "fingerprint", "n_file")
  is_same <- identical(unclass(part)[source], unclass(first)[source])
  if (is_same && identical(part$variant_index, first$variant_index)) {
    attr(part, "report") <- NULL
    return(part)
  }
  tryCatch(
    harmonized(part, first, 0, if (is_same) "same" else strand, threads, call),
    forebear_error_overlap = function(condition) {
      reason <- sub("^\\S+ ", "", strsplit(condition$message, "\n", fixed = TRUE)[[1]][2])
      abort_forebear("no_variant_left", c(
        "Genotypes that are joined must have a variant in common.", x = reason,
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
  joined <- if (class == "haplotypes") join_words(parts, call) else join_bytes(parts, call)
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

check_joined_variants <- function(parts, call) {
  columns <- c("variant_id", "chrom", "position_bp", "ref", "alt")
  first <- parts[[1]]$variants
  for (i in seq_along(parts)[-1]) {
    own <- parts[[i]]$variants
    n <- min(nrow(own), nrow(first))
    differs <- Reduce(`|`, lapply(columns, function(name) {
      own[[name]][seq_len(n)] != first[[name]][seq_len(n)]
    }))
    if (any(differs) || nrow(own) != nrow(first)) {
      abort_forebear("variants_differ", c(
        "Haplotypes whose samples are joined must have the same variants in the same order.",
        x = sprintf("Variant %s of number %d is another than that of the first.",
          big(c(which(differs), n + 1L)[1]), i),
        i = "To join variants of the same samples, use cbind()."
      ), call)
    }
  }
}

join_words <- function(parts, call) {
  packed <- with_progress(function(progress) {
    rust_join_variants(parts, check_threads(NULL, call), progress)
  }, call)
  haplotypes_of(packed, parts[[1]]$samples,
    vctrs::vec_rbind(!!!lapply(parts, function(part) part$variants)), call)
}

# Packed genotypes lie variant after variant.
join_bytes <- function(parts, call) {
  first <- parts[[1]]
  is_alike <- vapply(parts, function(part) {
    !is.null(part$bytes) && part$n_file[1] == first$n_file[1] &&
      identical(part$sample_index, first$sample_index)
  }, TRUE)
  if (!all(is_alike)) {
    abort_forebear("join", c(
      "Genotypes can be joined if they are in memory, with the same samples chosen.",
      x = if (is.null(parts[[which(!is_alike)[1]]]$bytes)) {
        sprintf("Those of number %d are in a file.", which(!is_alike)[1])
      } else {
        sprintf("Number %d has another choice of its samples than the first.", which(!is_alike)[1])
      },
      i = "Choose samples afterwards; merge PLINK files by `plink --merge-list`."
    ), call)
  }
  n_variants <- vapply(parts, function(part) part$n_file[2], 0)
  before <- cumsum(n_variants) - n_variants
  index <- Map(function(part, before) {
    sign(part$variant_index) * (abs(part$variant_index) + before)
  }, parts, before)
  result <- new_genotypes(
    path = NULL, bytes = do.call(c, lapply(parts, function(part) part$bytes)), fingerprint = 0,
    n_file = c(first$n_file[1], sum(n_variants)), sample_index = first$sample_index,
    variant_index = as.integer(unlist(index)), samples = first$samples,
    variants = vctrs::vec_rbind(!!!lapply(parts, function(part) part$variants))
  )
  result$autosomes <- joint_autosomes(parts, call)
  validate_genotypes(result, call)
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
