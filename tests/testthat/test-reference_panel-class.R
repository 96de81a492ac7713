# 120 samples of a (40), b (50) and c (30); haplotype 1 of s2 and s41 are those of s1.
panel_haplotypes <- function() {
  alleles <- random_alleles(120, 90)
  alleles[c("s2_1", "s41_1"), ] <- alleles[c("s1_1", "s1_1"), ]
  as_haplotypes(alleles)
}

panel_labels_of <- function() {
  stats::setNames(rep(c("a", "b", "c"), c(40, 50, 30)), paste0("s", 1:120))
}

test_that("a panel has one row for each population, in the order of the tree", {
  panel <- reference_panel(panel_haplotypes(), panel_labels_of(), "((c,a)north,b)all;")
  table <- summary(panel)
  expect_identical(table$population, c("c", "a", "b"))
  expect_identical(table$parent, c("north", "north", "all"))
  expect_identical(table$n_samples, c(30L, 40L, 50L))
  expect_identical(table$n_haplotypes, c(60L, 80L, 100L))
  expect_identical(table$n_duplicates, c(0L, 1L, 1L))
  expect_identical(samples(panel)$population, unname(panel_labels_of()))
  expect_snapshot(panel)
})

test_that("labels are a table, a factor or a vector, in any order", {
  h <- panel_haplotypes()
  labels <- panel_labels_of()
  panel <- reference_panel(h, labels)
  table <- data.frame(population = labels, sample_id = names(labels), other = 1)
  expect_identical(reference_panel(h, table[120:1, ]), panel)
  factors <- stats::setNames(factor(labels, c("c", "b", "a")), names(labels))
  expect_identical(reference_panel(h, factors), panel)
  expect_identical(reference_panel(h, labels, threads = 1), reference_panel(h, labels, threads = 2))
})

test_that("samples and labels that do not match are named", {
  h <- panel_haplotypes()
  labels <- panel_labels_of()
  labels[["s3"]] <- NA
  labels[["s4"]] <- ""
  names(labels)[5] <- "dan"
  expect_snapshot(conditions_of(reference_panel(h, labels)))
  panel <- suppressWarnings(reference_panel(h, labels),
    classes = "forebear_warning_unmatched_samples")
  expect_identical(samples(panel)$sample_id, paste0("s", c(1:2, 6:120)))
  expect_identical(as.matrix(panel$haplotypes), as.matrix(h[c(1:2, 6:120), ]))
})

test_that("small populations are warned about", {
  labels <- panel_labels_of()
  labels[1:20] <- "d"
  expect_snapshot(conditions_of(reference_panel(panel_haplotypes(), labels)))
  expect_warning(reference_panel(panel_haplotypes(), labels),
    class = "forebear_warning_small_population")
  # 25 are enough.
  labels[1:25] <- "d"
  labels[26:50] <- "a"
  expect_no_warning(reference_panel(panel_haplotypes(), labels))
})

test_that("leaves without samples are taken off the tree", {
  tree <- "(((c,x)y,a)north,(b),(z)w)all;"
  expect_snapshot(conditions_of(reference_panel(panel_haplotypes(), panel_labels_of(), tree)))
  panel <- suppressMessages(reference_panel(panel_haplotypes(), panel_labels_of(), tree),
    classes = "forebear_message_tree_pruned")
  expect_identical(panel$tree$node, c("all", "north", "y", "c", "a", "b"))
})

test_that("haplotypes that a sample does not have are not counted", {
  alleles <- random_alleles(60, 20)
  alleles[c("s1_2", "s2_2", "s60_2"), ] <- NA
  alleles["s3_2", 1:19] <- NA
  labels <- stats::setNames(rep(c("a", "b"), each = 30), paste0("s", 1:60))
  table <- summary(reference_panel(as_haplotypes(alleles), labels))
  expect_identical(table$n_haplotypes, c(58L, 59L))
  expect_identical(table$n_duplicates, c(0L, 0L))
})

test_that("mistakes are named", {
  h <- panel_haplotypes()
  labels <- panel_labels_of()
  twice <- h[c(1, 1:120), ]
  expect_snapshot(conditions_of(
    reference_panel(as.matrix(h), labels),
    reference_panel(h, unname(labels)),
    reference_panel(h, 1:3),
    reference_panel(h, data.frame(id = "s1", pop = "a")),
    reference_panel(h, c(labels, s1 = "b")),
    reference_panel(h, c(dan = "a", eve = "b")),
    reference_panel(h, stats::setNames(rep("a", 120), names(labels))),
    reference_panel(h, labels, "(a,b)all;"),
    reference_panel(h, labels, "((a1,a2)a,b,c)all;"),
    reference_panel(h, labels, threads = 0),
    reference_panel(twice, labels)
  ))
})

test_that("a saved panel is whole", {
  panel <- reference_panel(panel_haplotypes(), panel_labels_of())
  saved <- withr::local_tempfile()
  saveRDS(panel, saved)
  expect_identical(readRDS(saved), panel)
})

test_that("a panel of a phased VCF has its samples", {
  path <- shared_path("data", "lai_continental", "ref.vcf.gz")
  map <- utils::read.table(shared_path("data", "lai_continental", "sample_map.tsv"),
    col.names = c("sample_id", "population"))
  panel <- reference_panel(read_phased_vcf(path), map, "((AFR),(EUR,(EAS,NAT)))world;")
  table <- summary(panel)
  expect_identical(table$population, c("AFR", "EUR", "EAS", "NAT"))
  expect_identical(table$n_samples, c(150L, 150L, 150L, 60L))
})

test_that("no population is called as a column of the calls", {
  labels <- sub("a", "class", panel_labels_of())
  error <- expect_error(reference_panel(panel_haplotypes(), labels),
    class = "forebear_error_population_name")
  expect_match(conditionMessage(error), "\"class\"", fixed = TRUE)
})
