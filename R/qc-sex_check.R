#' Is each sample of the recorded sex?
#'
#' Compares the sex that a file records with what X says: a male has one X, so all his genotypes
#' there are homozygous, and his inbreeding coefficient is near 1; that of a female is near 0.
#'
#' `x_f` is PLINK's `--check-sex`: (O - E) / (N - E) as in [sample_stats()], over variants on X that
#' differ among founders, N the called ones of the sample, O the homozygous ones among them and E
#' the sum of 1 - 2 p (1 - p) over them. Males count one allele for p, and their heterozygous calls
#' none; these count as heterozygous in O. Pseudo-autosomal regions do not count.
#'
#' Prune linkage disequilibrium first, `prune_ld(sex_chromosomes = TRUE)`, and look at `x_f` before
#' choosing limits: with few variants, or allele frequencies of another population, females lie away
#' from 0.
#'
#' @param g A [genotypes] object.
#' @param max_female_f Below this `x_f` a sample is female.
#' @param min_male_f Above this `x_f` a sample is male.
#' @inheritParams qc_rules
#' @inheritParams shared_arguments
#' @returns A tibble with one row per sample: `sample_id`; `sex`, as recorded; `x_sex`, by X, `NA`
#'   between the limits; `status`, `"ok"` where both are known and equal, else `"problem"`, as
#'   PLINK has it; `x_f`; `n_variants`, genotypes on X that it rests on.
#' @section Errors:
#' `forebear_error_no_x` without variants on X; `forebear_error_no_founders`;
#' `forebear_error_argument`.
#' @references Purcell S. et al. (2007), American Journal of Human Genetics 81:559.
#' @seealso [filter_samples()] with `check_sex = TRUE` removes samples of another sex.
#' @family quality control
#' @examples
#' # Half of a panel as if it were on X: every sample has two copies, so none is male.
#' genotypes <- read_bed(example_data("panel"))
#' sex_check(genotypes, sex_chromosomes = list(x = "2"))
#' @export
sex_check <- function(g, max_female_f = 0.2, min_male_f = 0.8, nonfounders = FALSE,
                      sex_chromosomes = "auto", threads = NULL, ...) {
  call <- rlang::current_env()
  check_no_dots(...)
  check_genotypes(g, "g")
  max_female_f <- check_number(max_female_f, "max_female_f", min = -1, max = 1)
  min_male_f <- check_number(min_male_f, "min_male_f", min = max_female_f, max = 1)
  roles <- founder_roles(g$samples, nonfounders, frequencies_are_taken)
  inform_hard_calls(g, frequencies_are_taken)
  stats <- count_samples(g, roles, sex_chromosomes, threads)
  sex_table(g, stats, c(max_female_f, min_male_f), call)
}

# stats: of count_samples(); limits: largest F of a female and smallest of a male.
sex_table <- function(g, stats, limits, call) {
  if (all(stats$x_tested == 0)) {
    abort_forebear("no_x", c("Sex is checked at variants on X that differ among founders.",
      x = "No sample has a genotype at one.",
      i = sprintf("The chromosomes are %s; `sex_chromosomes = list(x = )` names X.",
        first_of(unique(g$variants$chrom)))), call)
  }
  x_sex <- ifelse(stats$x_f < limits[[1]], "female",
    ifelse(stats$x_f > limits[[2]], "male", NA_character_))
  tibble::tibble(
    sample_id = g$samples$sample_id, sex = g$samples$sex, x_sex = x_sex,
    status = ifelse(!is.na(x_sex) & x_sex == g$samples$sex & !is.na(g$samples$sex), "ok",
      "problem"),
    x_f = stats$x_f, n_variants = stats$x_tested
  )
}
