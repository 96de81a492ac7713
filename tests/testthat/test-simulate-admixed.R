# A panel of three populations, 10 samples each, on two chromosomes, whose alleles are random.
random_panel <- function(n_haploid = 0) {
  alleles <- random_alleles(30, 300, n_haploid)
  variants <- data.frame(chrom = rep(c("1", "2"), c(200, 100)),
    position_bp = c(1:200, 1:100) * 1000L, ref = "A", alt = "C")
  labels <- stats::setNames(rep(c("a", "b", "c"), each = 10), paste0("s", 1:30))
  colnames(alleles) <- NULL
  suppressWarnings(reference_panel(as_haplotypes(alleles, variants = variants), labels),
    classes = "forebear_warning_small_population")
}

test_that("simulated haplotypes have the alleles of the populations that the truth names", {
  panel <- random_panel()
  # The alternate allele of each variant is that of one population, everywhere there.
  owner <- rep(1:3, length.out = 300)
  alleles <- outer(rep(as.integer(panel$population), each = 2), owner, `==`) + 0
  panel$haplotypes <- as_haplotypes(alleles, variants = variants(panel$haplotypes))
  admixed <- simulate_admixed(panel, 6, recombination = 1e-6, switch_rate = 0.1,
    demes = deme_settings(size = 20))
  expect_s3_class(admixed, "forebear_haplotypes")
  expect_equal(dim(admixed), c(6L, 300L))
  expect_equal(variants(admixed), variants(panel$haplotypes))
  truth <- attr(admixed, "truth")
  expect_named(truth, c("sample_id", "haplotype", "chrom", "start_bp", "end_bp", "ancestry"))
  want <- t(vapply(rownames(as.matrix(admixed)), function(name) {
    own <- truth[paste(truth$sample_id, truth$haplotype, sep = "_") == name, ]
    unlist(lapply(c("1", "2"), function(chrom) {
      here <- own[own$chrom == chrom, ]
      bp <- variants(admixed)$position_bp[variants(admixed)$chrom == chrom]
      match(here$ancestry, c("a", "b", "c"))[findInterval(bp, here$start_bp)]
    }))
  }, integer(300)))
  expect_equal(unname(as.matrix(admixed)), unname(want == owner[col(want)]) + 0L)
  expect_gt(nrow(truth), 100)
})

test_that("the truth covers every chromosome, and switches exchange it", {
  admixed <- simulate_admixed(random_panel(), 5, recombination = 1e-6, switch_rate = 0.05)
  ends <- c("1" = 200000L, "2" = 100000L)
  for (truth in list(attr(admixed, "truth"), attr(admixed, "truth_before"))) {
    copies <- split(truth, paste(truth$sample_id, truth$haplotype, truth$chrom))
    expect_length(copies, 5 * 2 * 2)
    for (copy in copies) {
      expect_equal(copy$start_bp, c(1000L, copy$end_bp[-nrow(copy)] + 1L))
      expect_equal(max(copy$end_bp), ends[[copy$chrom[1]]])
      expect_true(all(copy$ancestry[-1] != copy$ancestry[-nrow(copy)]))
    }
  }
  switches <- attr(admixed, "switches")
  expect_gt(nrow(switches), 20)
  at <- function(truth, sample, haplotype, chrom, bp) {
    own <- truth[truth$sample_id == sample & truth$haplotype == haplotype & truth$chrom == chrom, ]
    own$ancestry[findInterval(bp, own$start_bp)]
  }
  for (bp in seq(1000L, 200000L, by = 7000L)) {
    n <- sum(switches$sample_id == "admixed3" & switches$chrom == "1" & switches$position_bp <= bp)
    swapped <- if (n %% 2 == 0) 1:2 else 2:1
    for (haplotype in 1:2) {
      expect_equal(at(attr(admixed, "truth"), "admixed3", haplotype, "1", bp),
        at(attr(admixed, "truth_before"), "admixed3", swapped[haplotype], "1", bp))
    }
  }
})

test_that("the truth is what evaluate_calls() takes", {
  panel <- random_panel()
  panel$haplotypes$variants$position_bp <- c(1:200, 1:100) * 2L
  truth <- attr(simulate_admixed(panel, 3, recombination = 1e-3), "truth")
  calls <- random_calls(3, n_windows = c("1" = 20, "2" = 10))
  calls$sample_id <- sub("s", "admixed", calls$sample_id)
  scores <- evaluate_calls(calls, truth, threshold = 0)
  expect_equal(sum(scores$n_true), nrow(calls))
})

test_that("errors change alleles alone, seeds everything, threads nothing", {
  panel <- random_panel()
  plain <- simulate_admixed(panel, 8, recombination = 1e-6, threads = 1)
  expect_identical(simulate_admixed(panel, 8, recombination = 1e-6, threads = 2), plain)
  rough <- simulate_admixed(panel, 8, recombination = 1e-6, error_rate = 0.02)
  expect_identical(attr(rough, "truth"), attr(plain, "truth"))
  expect_equal(mean(as.matrix(rough) != as.matrix(plain)), 0.02, tolerance = 0.25)
  switched <- simulate_admixed(panel, 8, recombination = 1e-6, switch_rate = 0.2)
  expect_identical(attr(switched, "truth_before"), attr(plain, "truth"))
  expect_equal(as.matrix(as_genotypes(switched)), as.matrix(as_genotypes(plain)))
  other <- simulate_admixed(panel, 8, recombination = 1e-6, seed = 2)
  expect_false(identical(attr(other, "truth"), attr(plain, "truth")))
})

test_that("recombination follows the map, and proportions are kept", {
  panel <- random_panel()
  map <- tibble::new_tibble(list(chrom = c("1", "1", "1", "2", "2"),
    position_bp = c(1L, 100000L, 200000L, 1L, 100000L), position_cm = c(0, 0, 20, 0, 0)),
  class = "forebear_genetic_map")
  admixed <- simulate_admixed(panel, 50, recombination = map, demes = deme_settings(size = 50),
    proportions = c(a = 3, c = 1))
  truth <- attr(admixed, "truth")
  breaks <- truth$end_bp[truth$chrom == "1" & truth$end_bp < 200000]
  expect_true(all(breaks >= 100000))
  expect_gt(length(breaks), 30)
  expect_equal(sum(truth$chrom == "2"), 100)
  expect_setequal(truth$ancestry, c("a", "c"))
  length <- truth$end_bp - truth$start_bp + 1
  expect_equal(sum(length[truth$ancestry == "a"]) / sum(length), 0.75, tolerance = 0.15)
})

test_that("haplotypes that are absent somewhere found nothing", {
  admixed <- simulate_admixed(random_panel(n_haploid = 50), 10, recombination = 1e-6)
  expect_false(anyNA(as.matrix(admixed)))
})

test_that("mistakes are reported in words", {
  panel <- random_panel()
  unsorted <- panel
  unsorted$haplotypes <- panel$haplotypes[, 300:1]
  expect_snapshot(conditions_of(
    simulate_admixed(1, 3),
    simulate_admixed(panel, 0),
    simulate_admixed(panel, 3, generations = 0),
    simulate_admixed(panel, 3, recombination = "map"),
    simulate_admixed(panel, 3, recombination = -1),
    simulate_admixed(panel, 3, switch_rate = 2),
    simulate_admixed(panel, 3, error_rate = 0.7),
    simulate_admixed(panel, 3, demes = 4),
    simulate_admixed(panel, 3, proportions = 1:3),
    simulate_admixed(panel, 3, proportions = c(a = 1, d = 1)),
    simulate_admixed(panel, 3, proportions = c(a = -1, b = 1)),
    simulate_admixed(panel, 3, proportions = c(a = 0)),
    simulate_admixed(panel, 1e6, generations = 1e4, recombination = 1e-2),
    simulate_admixed(unsorted, 3)
  ))
})

test_that("samples are like those of another simulator with the same settings", {
  folder <- shared_path("data", "lai_continental")
  labels <- utils::read.table(file.path(folder, "sample_map.tsv"), sep = "\t",
    colClasses = "character", comment.char = "")
  panel <- reference_panel(read_phased_vcf(file.path(folder, "ref.vcf.gz")),
    stats::setNames(labels$V2, labels$V1))
  admixed <- simulate_admixed(panel, 300, switch_rate = 0.005, error_rate = 5e-4,
    demes = deme_settings(150, size = 60), proportions = "random")
  theirs <- utils::read.delim(file.path(folder, "truth.before.tsv"))
  switches <- utils::read.delim(file.path(folder, "switches.tsv"), header = FALSE)
  query <- read_phased_vcf(file.path(folder, "query.vcf.gz"))
  # Fifty samples of theirs: about 3.2 segments per haplotype and 15 switches per sample.
  expect_equal(nrow(attr(admixed, "truth_before")) / 600, nrow(theirs) / 100, tolerance = 0.12)
  expect_equal(nrow(attr(admixed, "switches")) / 300, nrow(switches) / 50, tolerance = 0.12)
  heterozygous <- function(x) mean(as.matrix(as_genotypes(x)) == 1)
  expect_equal(heterozygous(admixed), heterozygous(query), tolerance = 0.05)
})
