#' Align new genotypes to the variants of a reference
#'
#' Finds every variant of a reference in new data and swaps the alleles of the new genotypes where
#' that is needed for both to count the same allele, on the same strand. Every `predict()` does this
#' first.
#'
#' @section How variants are matched:
#' By chromosome, in any spelling (see [qc_rules]), and position, or with `by = "id"` by
#' `variant_id`, whatever the positions; then by alleles, in either case of letters:
#'
#' - the same: `kept`; exchanged: `swapped`, and the other allele is counted;
#' - the same, or exchanged, on the other strand: `flipped`, `flipped_swapped`. Single bases only:
#'   an insertion or deletion must be written in the same way. Where at least 50 single bases are
#'   matched, of which no more than 1 % are exchanged, exchanged alleles of different lengths are an
#'   insertion and a deletion, two variants: `other_alleles`;
#' - an allele that is not named (`0`, `N`, `.`), because no new sample has it, is taken to be
#'   the other one of the reference;
#' - where several new variants lie at a position (a multi-allelic one split in lines), the
#'   alleles choose; of equal ones that with most called genotypes, then the first.
#'
#' Columns of matrices ([as_genotypes()] without `variants`) have numbers for positions. Where both
#' sides are such columns, and names that are in both have other numbers, names are what is matched.
#' Where positions are given, and match most variants with others than their IDs do, a warning of
#' class `forebear_warning_moved_ids` says so.
#'
#' Columns have no alleles either, and programs count either one; without names they may be in any
#' order. Where allele frequencies of at least 100 columns fall as those of the reference rise, a
#' warning of class `forebear_warning_other_allele` says so, and where they neither rise nor fall
#' one of class `forebear_warning_other_variants`; so does every `predict()` that is given a matrix.
#'
#' A variant of the reference that is dropped is missing in all samples of the result.
#' Further variants of the new data are left out.
#'
#' @section A/T and C/G variants:
#' Their alleles read the same on both strands. They follow the data set, where at least 100 other
#' variants show its strand:
#'
#' - at most 0.1 % of the others are flipped: A/T and C/G are taken as they stand; all but 0.1 % are
#'   flipped: they are flipped, too. But a merge may have flipped only what mismatched, and left
#'   these mixed. So their genotypes are compared with the allele frequencies of the reference, all
#'   variants together: as they stand, against a proportion that is on the other strand. (In another
#'   population frequencies lie nearer to 1/2, which looks as if some variants were flipped; the
#'   variants whose strand is known show how many.) If the most likely proportion is above 1 %, and
#'   at least exp(2) times as likely as none, they count as mixed. The genotypes of one sample
#'   suffice;
#' - both strands occur, or A/T and C/G are mixed, or fewer than 100 others show the strand: each is
#'   settled by its allele frequencies, if at least 10 new samples are called and the odds are 100
#'   to 1, and dropped (`ambiguous_strand`) otherwise. The number of copies of an allele among n is
#'   taken to be beta-binomial, with the frequency p of the reference, or 1 - p on the other strand,
#'   as mean, and a variance that allows for drift between populations (F_ST 0.1) and for the number
#'   of alleles that p was counted in. With many samples this settles minor alleles up to a
#'   frequency of about 0.25.
#'
#' A message of class `forebear_message_strand` says which. If you know that both data sets are on
#' one strand, `strand = "same"` says so.
#'
#' @section Genome builds:
#' Positions mean nothing across builds. New data are refused if variants of one ID mostly
#' lie at other positions, if more than a quarter of common positions have impossible
#' alleles, if chromosomes end where no common build lets them end, or if hardly any
#' position is in both where both have variants. Chromosome lengths of hg18, hg19 and hg38
#' determine which build each is on, if a position lies far enough out.
#'
#' @param new [genotypes].
#' @param reference [genotypes], or a fit of [pca()] or [archetypes()].
#' @param min_overlap Least proportion of the variants of the reference that must be usable.
#' @param strand `"check"`, or `"same"` if both data sets are known to be on one strand:
#'   then no variant is flipped and A/T and C/G are kept as written.
#' @param by `"position"`, or `"id"`: variants of one ID are the same variant, such as those of two
#'   arrays on different genome builds. Builds are then not compared.
#' @inheritParams shared_arguments
#' @returns [genotypes] with the samples of `new` and the variants of `reference`; nothing
#'   is copied. Its attribute `"overlap"` is the proportion of variants that are used,
#'   `"report"` a tibble with one row for each variant of the reference: `variant_id`,
#'   `chrom`, `position_bp`, `ref`, `alt`; `new_variant_id`, `new_ref`, `new_alt` (`NA` if
#'   dropped); `outcome` (`"kept"`, `"swapped"`, `"flipped"`, `"flipped_swapped"`,
#'   `"dropped"`); `reason`: why it was dropped (`"absent"`, `"other_alleles"`,
#'   `"ambiguous_strand"`, `"missing_allele"`, `"unplaced"`), how the strand of an A/T or C/G
#'   variant was settled (`"data_set"`, `"frequencies"`), `"duplicate"` where several variants
#'   fitted, or `NA`.
#' @section Errors:
#' `forebear_error_build_mismatch`; `forebear_error_no_positions` where one side, but not the other,
#' is of a plain matrix; `forebear_error_allele_coding` (alleles that are no bases, such
#' as A/B or 1/2); `forebear_error_overlap` with the counts by reason; `forebear_error_argument`.
#' @examples
#' genotypes <- read_bed(example_data("panel"))
#' aligned <- harmonize(genotypes[201:300, ], genotypes[1:200, ])
#' aligned
#' table(attr(aligned, "report")$outcome)
#' @export
harmonize <- function(new, reference, min_overlap = 0.8, strand = c("check", "same"),
                      threads = NULL, by = c("position", "id")) {
  check_genotypes(new, "new")
  by <- check_choice(by, "by", c("position", "id"))
  call <- rlang::current_env()
  harmonized(new, reference, min_overlap, strand, check_threads(threads), call, by)
}

harmonized <- function(new, reference, min_overlap, strand, threads, call = rlang::caller_env(),
                       by = "position") {
  min_overlap <- check_number(min_overlap, "min_overlap", min = 0, max = 1, call = call)
  strand <- check_choice(strand, "strand", c("check", "same"), call)
  sites <- reference_sites(reference, threads, call)
  if (inherits(reference, "forebear_genotypes")) {
    new$autosomes <- reference$autosomes %||% new$autosomes
  }
  placed <- list(new = new, variants = sites$variants)
  if (by == "position") check_both_placed(new, reference, sites$variants, call)
  if (by == "position" && have_named_columns(new$variants, sites$variants)) by <- "id"
  if (by == "id") {
    new <- with_known_ids(new, sites$variants, call)
    placed <- placed_by_id(new, sites$variants)
  }
  work <- function(progress) {
    rust_harmonize(placed$new, as.list(placed$variants), sites$frequency, sites$n_alleles,
      strand == "same", min_overlap, FALSE, threads, progress)
  }
  found <- with_progress(work, call)
  inform_strand(found)
  aligned <- new_aligned(new, sites$variants, found, call)
  if (are_columns(sites$variants)) warn_unlike_columns(aligned, sites, threads, call)
  aligned
}

# Whether variants are those that as_genotypes() makes of the columns of a matrix, or some of them:
# numbered in place of positions, on chromosome 1, with alleles A and B.
are_columns <- function(variants) {
  position <- variants$position_bp
  all(variants$chrom == "1" & variants$ref == "A" & variants$alt == "B") && !anyNA(position) &&
    !is.unsorted(position, strictly = TRUE) && max(position) <= 100 * length(position)
}

# Whether both are of matrices, whose columns have common names that are not in the same places.
have_named_columns <- function(new, reference) {
  there <- match(new$position_bp, reference$position_bp)
  are_columns(new) && are_columns(reference) && any(new$variant_id %in% reference$variant_id) &&
    any(new$variant_id != reference$variant_id[there], na.rm = TRUE)
}

# Fewest variants, and proportion of those used, of which positions and IDs must contradict each
# other before it is said.
fewest_moved <- 20
most_moved <- 0.5

# Says where positions match variants whose IDs are of other ones. `new`: variants of the new data.
warn_moved_ids <- function(new, report, call) {
  used <- which(!is.na(report$new_variant_id))
  other <- used[report$new_variant_id[used] != report$variant_id[used]]
  is_much <- function(n) n >= fewest_moved && n > most_moved * length(used)
  if (!is_much(length(other))) {
    return(invisible())
  }
  there <- match(report$variant_id[other], new$variant_id)
  moved <- other[!is.na(there)]
  there <- there[!is.na(there)]
  if (!is_much(length(moved))) {
    return(invisible())
  }
  first <- moved[1]
  warn_forebear("moved_ids", c("Variants at one position should have one ID.",
    x = sprintf(paste("%s of the %s variants that are matched have the ID of another variant in",
      "the new data, first \"%s\": at %s:%s there is \"%s\", and \"%s\" is at %s:%s."),
      big(length(moved)), big(length(used)), report$variant_id[first], report$chrom[first],
      big(report$position_bp[first]), report$new_variant_id[first],
      report$variant_id[first], new$chrom[there[1]], big(new$position_bp[there[1]])),
    i = paste("Positions are trusted. If they only number variants, or are of different builds,",
      "`harmonize(by = \"id\")` trusts IDs.")), call)
}

# Fewest variants whose frequencies are compared. Counts of the other allele: largest correlation
# with those of a reference, and how many of its standard errors it must be below 0. Other variants:
# largest slope on them, as a proportion of what is expected, and how many errors it must be below
# half of that. (Of HapMap3, slopes of one sample on frequencies of one other population are 0.25 to
# 1 and more.)
fewest_compared <- 100
other_allele_correlation <- -0.2
other_allele_errors <- 5
other_variants_slope <- 0.15
other_variants_errors <- 4

# Columns of a matrix have neither alleles nor, without names, an order that can be checked: says
# where frequencies of the new ones do not rise with those of the reference.
# sites: what reference_sites() gives
warn_unlike_columns <- function(aligned, sites, threads, call) {
  kind <- unlike_frequencies(aligned, sites, threads)
  if (is.null(kind)) {
    return(invisible())
  }
  words <- list(
    other_allele = c("Genotypes must count the same allele as the reference does.",
      i = paste("Programs count either allele: `2 - x` of a matrix counts the other. Genotypes",
        "with alleles, as of `read_bed()`, are aligned by these.")),
    other_variants = c("Columns must be the variants of the reference, in its order.",
      i = paste("Are they in another order, or do some count the other allele? Genotypes with",
        "positions and alleles, as of `read_bed()`, are aligned by these."))
  )[[kind$kind]]
  warn_forebear(kind$kind, c(words[1],
    x = sprintf("Its allele frequencies and those of the new data have correlation %.2f, over %s.",
      kind$correlation, counted(kind$n, "variant")), words[2]), call)
}

# How frequencies of new data fail to rise with those of a reference: `kind`, "other_allele" or
# "other_variants", `correlation`, and `n` variants; NULL where they rise. Frequencies of samples
# scatter around those of populations, so that the slope on the former is less than 1.
unlike_frequencies <- function(aligned, sites, threads) {
  work <- function(progress) rust_allele_frequencies(aligned, threads, progress)
  counted <- with_progress(work)
  known <- counted$n_alleles > 0 & is.finite(sites$frequency)
  n <- sum(known)
  p <- sites$frequency[known]
  new <- counted$frequency[known]
  if (n < fewest_compared || stats::var(p) == 0 || stats::var(new) == 0) {
    return(NULL)
  }
  found <- list(correlation = correlation(p, new), n = n)
  limit <- min(other_allele_correlation, -other_allele_errors / sqrt(n))
  if (found$correlation < limit) {
    return(c(kind = "other_allele", found))
  }
  slope <- stats::cov(p, new) / stats::var(p)
  std_error <- sqrt(stats::var(new - slope * p) / (n * stats::var(p)))
  scatter <- mean(p * (1 - p) / pmax(sites$n_alleles[known], 1))
  expected <- 1 - scatter / stats::var(p)
  is_unlike <- expected > 0.5 && slope < other_variants_slope * expected &&
    expected / 2 - slope > other_variants_errors * std_error
  if (is_unlike) c(kind = "other_variants", found)
}

# Columns of a matrix and variants with positions cannot be matched.
check_both_placed <- function(new, reference, variants, call) {
  are_new <- are_columns(new$variants)
  if (are_new == are_columns(variants)) {
    return(invisible())
  }
  is_fit <- !inherits(reference, "forebear_genotypes")
  what <- if (are_new) "The new data are" else if (is_fit) "The fit is" else "The reference is"
  abort_forebear("no_positions", c(
    "Variants are matched by position: both the new data and the reference must have positions.",
    x = sprintf("%s of a plain matrix, of which the columns are numbered.", what),
    i = if (!is_fit) {
      "`as_genotypes(x, variants = )` gives the columns of a matrix positions and alleles."
    } else if (are_new) {
      "Give the matrix itself, if its columns are the variants of the fit in their order."
    } else {
      "Give a matrix with the same columns; or fit genotypes, which have positions and alleles."
    }
  ), call)
}

# The variants of `new` whose ID a variant of the reference has.
with_known_ids <- function(new, variants, call) {
  id <- variants$variant_id
  is_other_place <- !duplicated(variants[c("variant_id", "chrom", "position_bp")])
  twice <- unique(id[duplicated(id) & is_other_place])
  if (length(twice) > 0) {
    abort_forebear("duplicate_ids", c(
      "To match by ID, an ID of the reference must stand for one place.",
      x = sprintf("At several: %s.", quoted(twice)),
      i = "`variants(x) <- table` sets others; `by = \"position\"` does without IDs."), call)
  }
  is_known <- new$variants$variant_id %in% id
  if (!any(is_known)) {
    abort_forebear("overlap", c("The new data and the reference must have variant IDs in common.",
      x = sprintf(
        "None of the %s of the new data, such as %s, is one of the reference, such as %s.",
        counted(length(is_known), "ID"), quoted(utils::head(new$variants$variant_id, 2)),
        quoted(utils::head(id, 2)))), call)
  }
  choose_variants(new, is_known, call)
}

# Both with the number of each ID in the place of the position, so that IDs are what is matched.
placed_by_id <- function(new, variants) {
  id <- unique(variants$variant_id)
  place <- function(table) {
    table$chrom <- rep("1", nrow(table))
    table$position_bp <- match(table$variant_id, id)
    table
  }
  new$variants <- place(new$variants)
  new["autosomes"] <- list(NULL)
  list(new = new, variants = place(variants))
}

# What was done with A/T and C/G variants, and why. `found`: see `rust_harmonize()`.
inform_strand <- function(found) {
  n <- c(data_set = 0, frequencies = 0, ambiguous_strand = 0)
  n[] <- table(factor(found$reason, names(n)))
  if (sum(n) == 0 || length(found$strand$orientation) == 0) {
    return(invisible())
  }
  seen <- found$strand
  n_others <- seen$n_same + seen$n_flipped
  none_or_few <- function(n, does) {
    if (n == 0) sprintf("none of %s other variants %s", big(n_others), does)
    else sprintf("only %s of %s other variants %s", big(n), big(n_others), does)
  }
  settled <- sprintf(
    "%s of %s A/T and C/G variants %s settled by allele frequencies, %s left out: ",
    big(n[["frequencies"]]), big(sum(n)), if (n[["frequencies"]] == 1) "is" else "are",
    big(n[["ambiguous_strand"]]))
  taken <- sprintf("%s A/T and C/G variants are ", big(sum(n)))
  words <- switch(seen$orientation,
    written = paste0(taken, "not flipped: ", none_or_few(seen$n_flipped, "is flipped"),
      "."),
    complement = paste0(taken, "flipped: ", none_or_few(seen$n_same, "is not flipped"), "."),
    frequencies = paste0(settled, strand_doubt(seen, n_others))
  )
  inform_forebear("strand", c(words, i = if (n[["ambiguous_strand"]] > 0) {
    "If both data sets are known to be on one strand, `strand = \"same\"` keeps A/T and C/G."
  }))
}

# Why each A/T and C/G variant was left to its own frequencies.
strand_doubt <- function(seen, n_others) {
  if (n_others < 100) {
    return(sprintf("%s other variants do not show the strand of the data.", big(n_others)))
  }
  if (is.na(seen$mixture %||% NA)) {
    return(sprintf("%s of %s other variants are flipped.", big(seen$n_flipped), big(n_others)))
  }
  sprintf("by their frequencies about %.2g %% of them are not on the strand of the %s others.",
    100 * seen$mixture, big(n_others))
}

# variants: of the reference     frequency, n_alleles [n_variants] of the counted allele
reference_sites <- function(reference, threads, call) {
  if (inherits(reference, "forebear_genotypes")) {
    work <- function(progress) rust_allele_frequencies(reference, threads, progress)
    counted <- with_progress(work, call)
    return(c(list(variants = reference$variants), counted))
  }
  mixtures <- c("forebear_archetypes", "forebear_published_frequencies")
  fit <- if (inherits(reference, mixtures)) reference$projection else reference
  if (!inherits(reference, c("forebear_pca", mixtures)) || is.null(fit$variants)) {
    message <- c("A reference must be genotypes, or a fit that was made from genotypes.",
      x = sprintf("It is %s.", describe_class(reference)))
    abort_forebear("argument", message, call)
  }
  n_samples <- fit$n_samples %||% length(fit$sample_id)
  n_alleles <- rep(2 * n_samples, nrow(fit$variants))
  list(variants = fit$variants, frequency = fit$center / 2, n_alleles = n_alleles)
}

# found: index [n_variants] signed, see new_genotypes(); outcome, reason
new_aligned <- function(new, variants, found, call) {
  there <- ifelse(found$index == 0, NA, abs(found$index))
  old <- new$variants
  report <- tibble::tibble(
    variants[c("variant_id", "chrom", "position_bp", "ref", "alt")],
    new_variant_id = old$variant_id[there], new_ref = old$ref[there], new_alt = old$alt[there],
    outcome = found$outcome, reason = found$reason
  )
  warn_moved_ids(old, report, call)
  index <- new$variant_index[there] * sign(found$index)
  new$variant_index <- as.integer(ifelse(is.na(index), 0, index))
  new$variants <- variants
  attr(new, "report") <- report
  attr(new, "overlap") <- mean(found$index != 0)
  attr(new, "strand") <- found$strand
  new
}

# The new data of a `predict()`: genotypes, or a matrix whose columns are the fit's variants.
align_new_data <- function(new_data, fit, min_overlap, strand, threads,
                           call = rlang::caller_env()) {
  if (is.matrix(new_data)) {
    columns <- columns_as_genotypes(new_data, fit$variants, call)
    warn_unlike_columns(columns, reference_sites(fit, threads, call), threads, call)
    return(columns)
  }
  if (inherits(new_data, "forebear_haplotypes")) new_data <- as_genotypes(new_data)
  check_genotypes(new_data, "new_data", call)
  aligned <- harmonized(new_data, fit, min_overlap, strand, threads, call)
  inform_overlap(attr(aligned, "report"))
  aligned
}

inform_overlap <- function(report) {
  dropped <- report$reason[report$outcome == "dropped"]
  if (length(dropped) == 0) {
    return(invisible())
  }
  counts <- sort(table(dropped), decreasing = TRUE)
  words <- c(absent = "not in the new data", other_alleles = "with other alleles",
    ambiguous_strand = "A/T or C/G on an unsettled strand",
    missing_allele = "with an allele that is not named", unplaced = "without a position")
  inform_forebear("overlap", c(
    sprintf("%s of the %s variants of the fit are used; results are based on these alone.",
      big(nrow(report) - length(dropped)), big(nrow(report))),
    x = sprintf("Not used: %s.", paste(big(as.vector(counts)), words[names(counts)],
      collapse = ", "))
  ))
}

columns_as_genotypes <- function(new_data, variants, call) {
  if (ncol(new_data) != nrow(variants)) {
    message <- c("A matrix of new data must have the variants of the fit as columns.",
      x = sprintf("It has %s, the fit %s.", big(ncol(new_data)), big(nrow(variants))))
    abort_forebear("variants_differ", message, call)
  }
  named <- colnames(new_data)
  if (!is.null(named) && !identical(named, variants$variant_id)) {
    first <- which(named != variants$variant_id)[1]
    message <- c("The columns of a matrix of new data must be the variants of the fit, in order.",
      x = sprintf("Column %d is \"%s\", not \"%s\".", first, named[first],
        variants$variant_id[first]))
    abort_forebear("variants_differ", message, call)
  }
  colnames(new_data) <- variants$variant_id
  genotypes <- suppressWarnings(as_genotypes(new_data), classes = "forebear_warning_duplicate_ids")
  genotypes$variants <- variants
  genotypes
}
