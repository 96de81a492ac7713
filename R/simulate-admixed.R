#' Simulate admixed samples
#'
#' Makes samples whose ancestors come from several populations of a reference panel, with the exact
#' truth of where every segment comes from: to see how good a method is on one's own panel.
#'
#' Time runs forward. Every founding haplotype is a whole haplotype of the panel, of a population
#' drawn by `proportions`; no haplotype founds twice before all of its population have. In each
#' generation every individual has two parents, chosen at random, and from each a gamete: a mosaic
#' of the two haplotypes of the parent, with crossovers one per Morgan on average, without
#' interference. After `generations` of them the samples are the last that are born. Samples of one
#' deme are related as those of a small village are; those of different demes have no common
#' ancestor, but may have founding haplotypes in common.
#'
#' Chromosomes are simulated independently of each other. All are taken as autosomes: every sample
#' has two copies. Haplotypes of the panel that are absent somewhere (of males on X) found nothing.
#'
#' Errors come last: the same `seed` gives the same ancestry at every `error_rate` and
#' `switch_rate`. First each allele is read wrong with probability `error_rate`; then the phase
#' switches, between each heterozygous variant and the next on the chromosome, with probability
#' `switch_rate`: from there on the two haplotypes of the sample have changed places.
#'
#' Whoever evaluates a model by such samples must make them of haplotypes that the model has not
#' seen: simulate from one part of the samples, train on the other.
#'
#' @param panel A [reference_panel()].
#' @param n Number of samples.
#' @param generations Since admixture.
#' @param recombination Crossovers per base pair and generation, the same everywhere; or a genetic
#'   map, as [read_genetic_map()] returns.
#' @param switch_rate Probability of a phase switch between two heterozygous variants.
#' @param error_rate Proportion of alleles that are read wrong.
#' @param proportions Proportions of the populations among the founders, named by population (those
#'   not named are 0); `NULL`: all the same; `"random"`: each deme has its own, every
#'   combination as probable as any other.
#' @param demes Number of isolated demes over which the samples are spread, or [deme_settings()],
#'   which also say how large they are.
#' @param ... Must be empty, or the old name of the size of demes (`deme_size`), of which a message
#'   of class `forebear_message_deprecated` names the new place.
#' @inheritParams shared_arguments
#' @returns Phased [haplotypes] at the variants of the panel, samples `admixed1`, `admixed2`, ....
#'   They have the attributes
#'
#'   - `"truth"`: the ancestry of the haplotypes *as given*, with phase switches, as
#'     [evaluate_calls()] takes it: a tibble of `sample_id`, `haplotype` (1 or 2), `chrom`,
#'     `start_bp`, `end_bp` (both inside; segments cover the chromosome from its first to its last
#'     variant), `ancestry`;
#'   - `"truth_before"`: the same in true phase;
#'   - `"switches"`: one row for each phase switch, `sample_id`, `chrom`, `position_bp` (the first
#'     variant that is on the other haplotype).
#' @section Errors:
#' `forebear_error_argument`, also for proportions that do not fit the panel;
#' `forebear_error_unsorted` if positions of a chromosome fall;
#' `forebear_error_genetic_map_chromosome` if the map lacks a chromosome;
#' `forebear_error_no_founders` for a population without a whole haplotype;
#' `forebear_error_simulation_size` if the ancestors would not fit into memory.
#' @references
#' Durand E.Y. et al. (2014), Ancestry Composition: a novel, efficient pipeline for ancestry
#' deconvolution. bioRxiv 010512.
#' @examples
#' alleles <- matrix(rep(c(0, 1, 1, 0, 1), length.out = 120 * 31), 120)
#' rownames(alleles) <- paste0(rep(paste0("s", 1:60), each = 2), c("_1", "_2"))
#' labels <- setNames(rep(c("north", "south"), each = 30), paste0("s", 1:60))
#' panel <- reference_panel(as_haplotypes(alleles), labels)
#' admixed <- simulate_admixed(panel, 5, recombination = 0.01, switch_rate = 0.1)
#' admixed
#' attr(admixed, "truth")
#' attr(admixed, "switches")
#' @family local ancestry
#' @export
simulate_admixed <- function(panel, n, generations = 10, recombination = 1e-8, switch_rate = 0,
                             error_rate = 0, proportions = NULL, demes = 1, ..., seed = 1,
                             threads = NULL) {
  call <- rlang::current_env()
  old <- take_arguments(list(...), "simulate_admixed",
    c(deme_size = "`demes = deme_settings(size = )`"))
  check_panel(panel, call)
  n <- check_count(n, "n", max = 1e6, call = call)
  demes <- as_deme_settings(demes, n, old, call)
  plan <- list(
    n_samples = n, n_demes = demes$n, deme_size = demes$size,
    generations = check_count(generations, "generations", max = 1e4, call = call),
    error_rate = check_number(error_rate, "error_rate", min = 0, max = 0.5, call = call),
    switch_rate = check_number(switch_rate, "switch_rate", min = 0, max = 1, call = call),
    seed = check_seed(seed, call)
  )
  plan <- lapply(plan, as.double)
  plan["proportions"] <- list(founding_proportions(proportions, levels(panel$population), call))
  threads <- check_threads(threads, call)
  variants <- panel$haplotypes$variants
  chromosomes <- simulated_chromosomes(variants, recombination, call)
  founder <- founding_population(panel, plan$proportions, call)
  simulated <- run_simulation(panel, chromosomes, founder, plan, threads, call)
  simulated_haplotypes(simulated, paste0("admixed", seq_len(n)), variants,
    variants$chrom[chromosomes$first], levels(panel$population))
}

# n_populations, summing to 1; NULL where each deme draws its own.
founding_proportions <- function(proportions, populations, call) {
  if (is.null(proportions)) {
    return(rep(1 / length(populations), length(populations)))
  }
  if (identical(proportions, "random")) {
    return(NULL)
  }
  rule <- "`proportions` must be numbers named by population, `NULL` or \"random\"."
  if (!is.numeric(proportions) || is.null(names(proportions))) {
    abort_forebear("argument", c(rule, x = found(proportions)), call)
  }
  unknown <- setdiff(names(proportions), populations)
  if (length(unknown) > 0 || anyDuplicated(names(proportions)) > 0) {
    abort_forebear("argument", c("`proportions` must name populations of the panel, each once.",
      x = sprintf("Its names are %s, the populations %s.", quoted(names(proportions)),
        quoted(populations))), call)
  }
  if (!all(is.finite(proportions) & proportions >= 0) || sum(proportions) <= 0) {
    abort_forebear("argument", c("`proportions` must be 0 or more, and not all 0.",
      x = sprintf("They are %s.", first_of(format(proportions, trim = TRUE), 8))), call)
  }
  all <- stats::setNames(numeric(length(populations)), populations)
  all[names(proportions)] <- proportions
  unname(all / sum(all))
}

# What Rust simulates. `founder`: of `founding_population()`; `plan`: a list, `proportions` may be
# NULL.
run_simulation <- function(panel, chromosomes, founder, plan, threads, call) {
  with_progress(function(progress) {
    rust_simulate_admixed(panel$haplotypes, chromosomes, founder, plan, threads, progress)
  }, call)
}

simulated_chromosomes <- function(variants, recombination, call) {
  last <- check_variant_order(variants, call)
  morgan <- if (inherits(recombination, "forebear_genetic_map")) {
    position_cm(recombination, variants$chrom, variants$position_bp, call = call) / 100
  } else if (is_number(recombination)) {
    check_number(recombination, "recombination", min = 0, max = 1, call) * variants$position_bp
  } else {
    abort_forebear("argument", c(
      "`recombination` must be one number, or a genetic map of `read_genetic_map()`.",
      x = found(recombination)), call)
  }
  chromosomes_of(variants, last, morgan)
}

# The same from genetic positions, which are checked.
chromosomes_in_cm <- function(variants, position_cm, call) {
  last <- check_variant_order(variants, call)
  check_rising_cm(position_cm, last, variants, call)
  chromosomes_of(variants, last, position_cm / 100)
}

# What Rust takes: first and last variant of each chromosome, positions of all variants.
chromosomes_of <- function(variants, last, morgan) {
  list(first = c(1L, last[-length(last)] + 1L), last = last,
    position_bp = as.integer(variants$position_bp), position_morgan = as.double(morgan))
}

# 2 n_samples, codes of the populations of haplotypes; 0 for one that is absent somewhere.
founding_population <- function(panel, proportions, call) {
  code <- rep(as.integer(panel$population), each = 2L)
  absent <- answer(rust_haploid_counts(panel$haplotypes)) > 0
  code[2 * which(absent)] <- 0L
  populations <- levels(panel$population)
  wanted <- if (is.null(proportions)) rep(TRUE, length(populations)) else
    proportions > 0
  lost <- wanted & tabulate(code, length(populations)) == 0
  if (any(lost)) {
    abort_forebear("no_founders", c(
      "Every founding population must have a haplotype without absent alleles.",
      x = sprintf("None: %s.", quoted(populations[lost]))), call)
  }
  code
}

simulated_haplotypes <- function(simulated, sample_id, variants, chrom, populations) {
  truth <- function(segments) {
    tibble::tibble(
      sample_id = sample_id[segments$sample], haplotype = segments$haplotype,
      chrom = chrom[segments$chromosome], start_bp = segments$start_bp, end_bp = segments$end_bp,
      ancestry = populations[segments$population]
    )
  }
  # One row for each sample and chromosome.
  owner <- expand.grid(chrom = chrom, sample_id = sample_id, stringsAsFactors = FALSE)
  n_switches <- unlist(lapply(simulated$switches, lengths))
  switches <- tibble::tibble(
    sample_id = rep(owner$sample_id, n_switches), chrom = rep(owner$chrom, n_switches),
    position_bp = as.integer(unlist(simulated$switches))
  )
  haplotypes <- haplotypes_of(simulated$haplotypes, samples_for(sample_id, NULL), variants)
  structure(haplotypes, truth = truth(simulated$after), truth_before = truth(simulated$before),
    switches = switches)
}
