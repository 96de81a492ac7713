# Which chromosome is which, and which samples count: the rules that every function of
# quality control applies.

#' How quality control counts
#'
#' The functions of quality control follow PLINK 1.9, so that the same data give the same lists.
#'
#' @section Founders:
#' Allele frequencies, Hardy-Weinberg tests and linkage disequilibrium are taken from founders: the
#' samples without a known parent in the data. A parent counts if its ID is that of a sample of `g`
#' in the same family; `"0"`, `"-9"`, `"NA"`, a sample's own ID and an ID that no sample has are
#' none. Where no families are recorded (family IDs are sample IDs, 0 or missing), IDs
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
#'   in `n_called` and `call_rate`, where PLINK counts it too; `n_het_haploid` says how many there
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
#' Every function compares names of chromosomes in one way: `6`, `06`, `chr6`, `CHR6`,
#' `chromosome6` and the accessions of human chromosome 6 (`NC_000006.12`, `CM000668.2`) are one
#' chromosome; `M` is `MT`, `PAR1` and `PAR2` are `XY`. PLINK's codes 23, 24, 25 and 26 are X, Y, XY
#' and MT where the data look human: no chromosome has a number above 26, or is longer than the
#' human one. Other species have more autosomes: `read_bed(path, autosomes = 29)`, `read_vcf()`
#' likewise, or `as_genotypes(x, autosomes = 29)` of any genotypes, says how many, and then numbers
#' up to 29 are numbers and 30 to 33 are X, Y, XY and MT. X is chromosome 10 where there is a IX.
#' Everything else is an autosome: `"Chr1"`, `"2L"`, `"scaffold_12"`.
#'
#' Where `sex_chromosomes = "auto"` guesses wrong (birds have Z and W), say `"none"`, or give the
#' names: `sex_chromosomes = list(x = "Z", y = "W", mt = "MT")`. PLINK's X is the chromosome of
#' which males have one copy; in birds it is the female, so give females as `"male"` in [samples()].
#'
#' @section Who leaves sex chromosomes out:
#' [pca()], [archetypes()], [admixture()], [gtm()] and [classify()] leave X, Y, XY and mitochondria
#' out, [kinship()], [unrelated()] and [prune_ld()] X, Y and mitochondria, with a message of class
#' `forebear_message_sex_chromosomes` that counts them: on X males differ from females, and that
#' would be taken for ancestry. `sex_chromosomes = TRUE` keeps them: models take the genotypes as
#' they stand, [prune_ld()] treats them as said above, which is what PLINK's `--indep-pairwise`
#' does. To keep them in a model that has no such argument, give it `pca(g, sex_chromosomes =
#' TRUE)`.
#'
#' @param nonfounders `TRUE` if samples with a recorded parent count, too.
#' @param sex_chromosomes `"auto"`: by their names; `TRUE`: by their names, and kept where they
#'   would be left out; `"none"`: there is none; or a list with any of the entries `x`, `y` and
#'   `mt`, each the names of chromosomes.
#' @references Chang C. C. et al. (2015), GigaScience 4:7.
#' @name qc_rules
#' @aliases quality-control
NULL

# Rust knows these by their position.
inheritance_levels <- c("autosomal", "x", "y", "mitochondrial", "unplaced")

# Position in `inheritance_levels` of the chromosome of every variant. Pseudo-autosomal regions are
# inherited as autosomes.
inheritance_of <- function(g, sex_chromosomes, call = rlang::caller_env()) {
  known <- sex_chromosome_kinds(g, sex_chromosomes, call)
  level <- c(autosomal = 1L, xy = 1L, x = 2L, y = 3L, mt = 4L, unplaced = 5L)
  unname(level[known$kind])[match(g$variants$chrom, known$chrom)]
}

# chrom, kind and is_guessed of each distinct chromosome, by what the user says of them.
sex_chromosome_kinds <- function(g, sex_chromosomes, call = rlang::caller_env()) {
  known <- chromosome_kinds(g)
  if (identical(sex_chromosomes, "auto") || is_flag(sex_chromosomes)) {
    return(known)
  }
  named <- check_sex_chromosomes(sex_chromosomes, known$chrom, call)
  known$kind[known$kind != "unplaced"] <- "autosomal"
  known$is_guessed <- logical(length(known$chrom))
  for (kind in names(named)) known$kind[known$chrom %in% named[[kind]]] <- kind
  known
}

is_flag <- function(x) is.logical(x) && length(x) == 1 && !is.na(x)

# Genotypes without variants on X, Y, XY and mitochondria, unless `sex_chromosomes` keeps them: what
# models of all the genome are fitted to.
without_sex_chromosomes <- function(g, sex_chromosomes = "auto", call = rlang::caller_env()) {
  left <- leave_out(g, sex_chromosomes, c("x", "y", "xy", "mt"), call)
  if (any(left)) g[, !left] else g
}

# [n_variants] whether a variant is on a chromosome of one of `kinds`, and not to be kept; a message
# counts them.
leave_out <- function(g, sex_chromosomes, kinds = c("x", "y", "mt"), call = rlang::caller_env()) {
  known <- sex_chromosome_kinds(g, sex_chromosomes, call)
  left <- known$chrom[known$kind %in% kinds]
  if (length(left) == 0 || isTRUE(sex_chromosomes)) {
    return(logical(nrow(g$variants)))
  }
  left <- g$variants$chrom %in% left
  inform_sex_chromosomes(g$variants$chrom[left], known, all(left), call)
  left
}

# chrom: of the variants that are left out; nothing_else: of all variants.
inform_sex_chromosomes <- function(chrom, known, nothing_else, call) {
  count <- table(factor(chrom, unique(chrom)))
  kind <- known$kind[match(names(count), known$chrom)]
  guessed <- known$is_guessed[match(names(count), known$chrom)]
  letter <- c(x = "X", y = "Y", xy = "XY", mt = "MT")[kind]
  words <- ifelse(guessed, sprintf("\"%s\", which is taken for %s", names(count), letter),
    sprintf("\"%s\"", names(count)))
  left <- sprintf("%s on %s", big(as.vector(count)), words)
  hint <- c(
    i = "`sex_chromosomes = TRUE` keeps them (see `?qc_rules`).",
    i = if (any(guessed)) {
      "Where they are autosomes, say how many there are: `read_bed(path, autosomes = )`."
    }
  )
  if (nothing_else) {
    abort_forebear("no_autosomes", c("Some variant must lie on an autosome.",
      x = sprintf("All %s do not: %s.", counted(sum(count), "variant"),
        paste(left, collapse = "; ")), hint), call)
  }
  inform_forebear("sex_chromosomes", c(
    sprintf("%s on sex chromosomes or in mitochondria %s left out: %s.",
      counted(sum(count), "variant"), if (sum(count) == 1) "is" else "are",
      paste(left, collapse = "; ")), hint))
}

# The names of each kind as the data spell them.
check_sex_chromosomes <- function(x, chrom, call) {
  if (identical(x, "none")) {
    return(list())
  }
  if (!is_list_of_names(x)) {
    rule <- paste("`sex_chromosomes` must be \"auto\", TRUE, \"none\", or a list of names of",
      "chromosomes with entries among x, y and mt.")
    abort_forebear("argument", c(rule, x = found(x)), call)
  }
  at <- lapply(x, match_chromosomes, table = chrom)
  absent <- unlist(x)[is.na(unlist(at))]
  if (length(absent) > 0) {
    message <- c("Every name in `sex_chromosomes` must be a chromosome of the data.",
      x = sprintf("%s not: %s.", verb(length(absent)), quoted(absent)),
      i = sprintf("The data have %s.", first_of(chrom, 30)))
    abort_forebear("argument", message, call)
  }
  lapply(at, function(at) chrom[at])
}

is_list_of_names <- function(x) {
  kinds <- names(x)
  has_kinds <- is.list(x) && length(kinds) > 0 && all(kinds %in% c("x", "y", "mt")) &&
    anyDuplicated(kinds) == 0
  has_kinds && all(vapply(x, is.character, TRUE)) && !anyNA(unlist(x))
}
