# Which chromosome is which, and which samples count: the rules that every function of
# quality control shares.

#' How quality control counts
#'
#' The functions of quality control follow PLINK 1.9, so that the same data give the same lists.
#'
#' @section Founders:
#' Allele frequencies, Hardy-Weinberg tests and linkage disequilibrium are taken from founders: the
#' samples without a known parent in the data. A parent counts if its ID is that of a sample of `g`
#' in the same family; `"0"`, `"-9"`, `"NA"`, a sample's own ID and the ID of somebody who is not in
#' the data are none. Where no families are recorded (family IDs are sample IDs, 0 or missing), IDs
#' alone are compared. A message says how many samples are founders if not all are; if none is left,
#' there is an error. With `nonfounders = TRUE` every sample counts.
#'
#' PLINK takes any recorded parent, in the data or not, to make a non-founder; with
#' `--make-founders require-2-missing` its founders are those above, but for samples that are their
#' own parent.
#'
#' @section Sex chromosomes:
#' * **X.** A male has one copy: homozygous calls count one allele, a heterozygous call is an error
#'   of genotyping and counts as missing for the allele frequency and for pruning. It remains a call
#'   in `n_called` and `call_rate`, where PLINK counts it too; `n_het_haploid` tells how many there
#'   are. Hardy-Weinberg is tested without males.
#' * **Y.** Males alone count, heterozygous calls are missing, Hardy-Weinberg is not tested; Y is
#'   left out of the call rate of a sample who is no male.
#' * **Mitochondria.** Counted as if there were two copies, as PLINK does; Hardy-Weinberg is not
#'   tested.
#' * **Pseudo-autosomal regions** (`"XY"`, `"25"`, `"PAR1"`, `"PAR2"`) are autosomes.
#' * **Chromosome `"0"`** is PLINK's name of an unknown place: [prune_ld()] drops its variants.
#' * A sample of unknown sex counts as a female.
#' * Heterozygosity, inbreeding and kinship are taken from autosomes.
#'
#' plink2 agrees on all of this but one point: it tests Hardy-Weinberg on X with the males' alleles
#' as well (Graffelman & Weir 2016), so its p-values there are others.
#'
#' @section Names of chromosomes:
#' With `sex_chromosomes = "auto"`, the names X, Y, M and MT, with or without "chr", and PLINK's
#' human codes 23, 24 and 26 are sex chromosomes and mitochondria. The codes are chromosomes like
#' any other if some chromosome has a number above 26, and X is the tenth chromosome where there is
#' a IX. Everything else is an autosome: `"Chr1"`, `"2L"`, `"scaffold_12"`. Where this guesses wrong
#' (sheep have 26 autosomes, birds have Z and W), say `"none"`, or give the names:
#' `sex_chromosomes = list(x = "Z", y = "W", mt = "MT")`. PLINK's X is the chromosome of which males
#' have one copy; in birds it is the female, so give females as `"male"` in [samples()].
#'
#' @param nonfounders `TRUE` if samples with a recorded parent count, too.
#' @param sex_chromosomes `"auto"`, `"none"`, or a list with any of the entries `x`, `y` and `mt`,
#'   each the names of chromosomes.
#' @references Chang C. C. et al. (2015), GigaScience 4:7.
#' @name qc_rules
#' @aliases quality-control
NULL

# Rust knows these by their position.
inheritance_levels <- c("autosomal", "x", "y", "mitochondrial", "unplaced")

# Position in `inheritance_levels` of every chromosome name.
inheritance_of <- function(chrom, sex_chromosomes, call = rlang::caller_env()) {
  distinct <- unique(chrom)
  plain <- toupper(plain_chromosome(distinct))
  named <- if (identical(sex_chromosomes, "auto")) {
    guess_sex_chromosomes(plain)
  } else {
    check_sex_chromosomes(sex_chromosomes, distinct, call)
  }
  code <- rep(1L, length(distinct))
  code[plain == "0"] <- 5L
  for (kind in names(named)) {
    code[plain %in% named[[kind]]] <- match(kind, c("autosomal", "x", "y", "mt"))
  }
  code[match(chrom, distinct)]
}

plain_chromosome <- function(chrom) sub("^chr", "", chrom, ignore.case = TRUE)

# From upper-case names without "CHR".
guess_sex_chromosomes <- function(plain) {
  number <- suppressWarnings(as.double(plain[grepl("^[0-9]+$", plain)]))
  has_human_codes <- !any(number > 26)
  list(
    x = c(if (!"IX" %in% plain) "X", if (has_human_codes) "23"),
    y = c("Y", if (has_human_codes) "24"),
    mt = c("M", "MT", if (has_human_codes) "26")
  )
}

check_sex_chromosomes <- function(x, chrom, call) {
  if (identical(x, "none")) {
    return(list())
  }
  if (!is_list_of_names(x)) {
    rule <- paste("`sex_chromosomes` must be \"auto\", \"none\", or a list of names of",
      "chromosomes with entries among x, y and mt.")
    abort_forebear("argument", c(rule, x = "It is something else."), call)
  }
  x <- lapply(x, function(names) toupper(plain_chromosome(names)))
  absent <- setdiff(unlist(x), toupper(plain_chromosome(chrom)))
  if (length(absent) > 0) {
    message <- c("Every name in `sex_chromosomes` must be a chromosome of the data.",
      x = sprintf("%s not: %s.", verb(length(absent)), quoted(absent)),
      i = sprintf("The data have %s.", first_of(chrom, 30)))
    abort_forebear("argument", message, call)
  }
  x
}

is_list_of_names <- function(x) {
  kinds <- names(x)
  has_kinds <- is.list(x) && length(kinds) > 0 && all(kinds %in% c("x", "y", "mt")) &&
    anyDuplicated(kinds) == 0
  has_kinds && all(vapply(x, is.character, TRUE)) && !anyNA(unlist(x))
}
