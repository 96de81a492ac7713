#' Positions on another genome build
#'
#' Moves variants to another build of the genome through a chain file of UCSC, with 'rtracklayer',
#' so that a study on GRCh38 can be joined with a reference on GRCh37.
#'
#' A block of a chain that is reversed lies on the other strand of the new build: alleles of its
#' single-base variants are complemented, which genotypes are not touched by. Insertions and
#' deletions there are lost, because their first base is no longer the one that they are written
#' with.
#'
#' Alternative contigs and unplaced ones, whose names have an underscore
#' (`chr22_KI270879v1_alt`), are no places: 'rtracklayer' leaves their chains out of a file.
#'
#' Whether `ref` is the allele of the new reference genome is not known here; [harmonize()] and
#' `rbind()` exchange the alleles where that is needed.
#'
#' @param x [genotypes] or [haplotypes].
#' @param chain Path of a chain file (`.over.chain`, plain or gzipped) from the build of `x` to the
#'   other one, or a `Chain` that `rtracklayer::import.chain()` made.
#' @returns `x` with the variants that the chain places at exactly one position, in order of
#'   position. Chromosome names keep the spelling of `x`. IDs that are made of the position
#'   (`chromosome:position:REF:ALT`) are made again. The attribute `"report"` is a tibble with one
#'   row for each variant of `x`: `variant_id`, `chrom`, `position_bp`, `ref`, `alt`; `new_chrom`,
#'   `new_position_bp` (`NA` if lost); `outcome` (`"lifted"`, `"reversed"`, `"lost"`); `reason`: why
#'   it was lost (`"no_chain"`: the chain has no such chromosome; `"absent"`: not in the other
#'   build; `"several"`: at several places; `"split"`: alleles whose bases do not stay together;
#'   `"reversed_indel"`; `"reversed_allele"`: an allele on the other strand that is not of A, C, G
#'   and T), or `NA`. A message says how many were lost.
#' @section Errors:
#' `forebear_error_package` if 'rtracklayer' is not installed; `forebear_error_chain` if `chain` is
#' no chain; `forebear_error_no_variant_left`.
#' @examples
#' if (requireNamespace("rtracklayer", quietly = TRUE)) {
#'   chain <- tempfile(fileext = ".chain")
#'   writeLines(c("chain 9 chr1 900 + 0 900 chr1 950 + 50 950 1", "900", ""), chain)
#'   genotypes <- as_genotypes(rbind(ann = c(0, 1, 2)),
#'     variants = data.frame(position_bp = c(10L, 20L, 901L), alt = "C"))
#'   variants(lift_over(genotypes, chain))
#' }
#' @seealso [harmonize()]
#' @export
lift_over <- function(x, chain) {
  call <- rlang::current_env()
  if (!inherits(x, c("forebear_genotypes", "forebear_haplotypes"))) {
    abort_forebear("argument", c("`x` must be genotypes or haplotypes.",
      x = sprintf("It is %s.", describe_class(x))), call)
  }
  for (package in c("rtracklayer", "GenomicRanges", "IRanges")) check_package(package, call = call)
  chain <- as_chain(chain, call)
  report <- lifted_places(x$variants, chain)
  is_lost <- report$outcome == "lost"
  if (all(is_lost)) {
    abort_forebear("no_variant_left", c(
      "At least one variant must have a place on the other build.",
      x = lost_text(report), i = "Is `x` on the build that the chain begins with?"), call)
  }
  inform_lifted(report)
  x <- choose_variants(x, !is_lost, call)
  x$variants <- lifted_variants(x$variants, report[!is_lost, ])
  in_order <- place_order(x$variants)
  x <- choose_variants(x, in_order, call)
  x$variants <- with_rising_map(x$variants)
  attr(x, "overlap") <- attr(x, "strand") <- NULL
  attr(x, "report") <- report
  warn_duplicates(x$variants$variant_id, "variant", call)
  x
}

as_chain <- function(chain, call) {
  if (methods::is(chain, "Chain")) {
    return(chain)
  }
  path <- check_path(chain, "chain", call)
  if (!file.exists(path)) {
    abort_forebear("file", c("`chain` must be a chain file or a `Chain` of 'rtracklayer'.",
      x = sprintf("There is no %s.", quoted(path))), call)
  }
  # 'rtracklayer' reads no compressed ones.
  plain <- tempfile(fileext = ".chain")
  on.exit(unlink(plain))
  tryCatch({
    writeLines(readLines(path, warn = FALSE), plain)
    rtracklayer::import.chain(plain)
  }, error = function(condition) {
    abort_forebear("chain", c(sprintf("%s must be a chain file of UCSC.", quoted(path)),
      x = conditionMessage(condition)), call)
  })
}

# The report of `lift_over()`, and whether each variant is on the other strand.
lifted_places <- function(variants, chain) {
  n <- nrow(variants)
  known <- in_one_spelling(variants$chrom, names(chain))
  chain_name <- names(chain)[match(known$x, known$y)]
  reason <- ifelse(is.na(chain_name), "no_chain", NA_character_)
  width <- ifelse(grepl("^[ACGTNacgtn]+$", variants$ref), nchar(variants$ref), 1L)
  there <- which(is.na(reason))
  lifted <- rtracklayer::liftOver(
    GenomicRanges::GRanges(chain_name[there],
      IRanges::IRanges(variants$position_bp[there], width = width[there]),
      strand = rep("+", length(there))), chain)
  n_places <- lengths(lifted)
  reason[there[n_places == 0]] <- "absent"
  reason[there[n_places > 1]] <- ifelse(width[there[n_places > 1]] > 1, "split", "several")
  found <- unlist(lifted[n_places == 1], use.names = FALSE)
  there <- there[n_places == 1]
  place <- list(chrom = rep(NA_character_, n), bp = rep(NA_integer_, n), reversed = rep(FALSE, n))
  place$chrom[there] <- as.character(GenomicRanges::seqnames(found))
  place$bp[there] <- GenomicRanges::start(found)
  place$reversed[there] <- as.character(GenomicRanges::strand(found)) == "-"
  is_split <- GenomicRanges::width(found) != width[there]
  reason[there[is_split]] <- "split"
  single <- nchar(variants$ref) == 1 & nchar(variants$alt) == 1
  is_base <- grepl("^[ACGTacgt0.]$", variants$ref) & grepl("^[ACGTacgt0.]$", variants$alt)
  reason[is.na(reason) & place$reversed & !single] <- "reversed_indel"
  reason[is.na(reason) & place$reversed & !is_base] <- "reversed_allele"
  is_lost <- !is.na(reason)
  tibble::tibble(
    variants[c("variant_id", "chrom", "position_bp", "ref", "alt")],
    new_chrom = ifelse(is_lost, NA, in_spelling_of(place$chrom, variants$chrom)),
    new_position_bp = ifelse(is_lost, NA, place$bp),
    outcome = ifelse(is_lost, "lost", ifelse(place$reversed, "reversed", "lifted")),
    reason = reason
  )
}

# Names of chromosomes as the data set spells them: its own name of the same chromosome, or, where
# it has none, with or without "chr" as most of its names are.
in_spelling_of <- function(chrom, like) {
  plain <- plain_chromosome(chrom)
  own <- unique(like)
  known <- own[match_chromosomes(chrom, own)]
  has_prefix <- mean(grepl("^chr", own)) > 0.5
  other <- if (has_prefix) paste0("chr", plain) else plain
  ifelse(is.na(chrom), NA, ifelse(is.na(known), other, known))
}

lifted_variants <- function(variants, report) {
  complement <- function(alleles) {
    ifelse(report$outcome == "reversed", chartr("ACGTacgt", "TGCAtgca", alleles), alleles)
  }
  name <- function(v) sprintf("%s:%d:%s:%s", v$chrom, v$position_bp, v$ref, v$alt)
  by_place <- variants$variant_id == name(variants)
  variants$chrom <- report$new_chrom
  variants$position_bp <- as.integer(report$new_position_bp)
  variants$ref <- complement(variants$ref)
  variants$alt <- complement(variants$alt)
  variants$variant_id[by_place] <- name(variants)[by_place]
  variants
}

# Chromosomes as they come, with those that only the other build has at their end, by position.
place_order <- function(variants) {
  order(match(variants$chrom, unique(variants$chrom)), variants$position_bp, method = "radix")
}

# Centimorgans that would fall along a chromosome are no map of the new build.
with_rising_map <- function(variants) {
  same <- variants$chrom[-1] == variants$chrom[-nrow(variants)]
  if (any(diff(variants$position_cm)[same] < 0)) {
    inform_forebear("lift_over", paste(
      "Centimorgans would fall along a chromosome in the new order: they are set to 0.",
      "`read_genetic_map()` reads a map of the new build."))
    variants$position_cm <- rep(0, nrow(variants))
  }
  variants
}

inform_lifted <- function(report) {
  n_reversed <- sum(report$outcome == "reversed")
  lost <- lost_text(report)
  if (n_reversed == 0 && is.null(lost)) {
    return(invisible())
  }
  inform_forebear("lift_over", c(
    sprintf("%s of %s have a place on the other build.",
      big(sum(report$outcome != "lost")), counted(nrow(report), "variant")),
    x = lost,
    i = if (n_reversed > 0) {
      sprintf("On the other strand there, alleles complemented: %s.", big(n_reversed))
    }
  ))
}

lost_words <- c(no_chain = "on chromosomes that the chain does not have",
  absent = "not in the other build", several = "at several places",
  split = "with bases that do not stay together",
  reversed_indel = "insertions or deletions on the other strand",
  reversed_allele = "with alleles on the other strand that are no bases")

lost_text <- function(report) {
  counts <- sort(table(report$reason), decreasing = TRUE)
  if (length(counts) > 0) {
    sprintf("Lost: %s.", paste(big(as.vector(counts)), lost_words[names(counts)], collapse = ", "))
  }
}
