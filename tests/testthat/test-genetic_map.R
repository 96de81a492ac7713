map_file <- function(..., env = parent.frame()) {
  path <- withr::local_tempfile(.local_envir = env)
  writeLines(c(...), path)
  path
}

test_that("a map is a tibble, in the order of the file", {
  map <- read_genetic_map(map_file("pos\tchr\tcM", "1000\tchr22\t0", "3000\tchr22\t0.5"))
  expect_s3_class(map, c("forebear_genetic_map", "tbl_df"), exact = FALSE)
  expect_identical(as.list(map), list(chrom = c("chr22", "chr22"), position_bp = c(1000L, 3000L),
    position_cm = c(0, 0.5)))
})

test_that("interpolation agrees with approx() and goes on at the mean rate", {
  bp <- cumsum(c(500, 1:99 * 37))
  cm <- cumsum(rep(c(0, 0.1, 0.03), length.out = 100))
  map <- read_genetic_map(map_file(sprintf("7 . %.10f %d", cm, bp)))
  asked <- withr::with_seed(1, sample(min(bp):max(bp), 500))
  expect_equal(position_cm(map, rep("chr7", 500), asked), stats::approx(bp, cm, asked)$y)
  rate <- diff(range(cm)) / diff(range(bp))
  outside <- c(0L, max(bp) + 1000L)
  expect_equal(position_cm(map, c("7", "7"), outside), c(cm[1] - 500 * rate, max(cm) + 1000 * rate))
})

test_that("without a map the rate is the same everywhere, and a message says so", {
  expect_message(got <- position_cm(NULL, c("1", "2"), c(0L, 2500000L), cm_per_mb = 1.2),
    "1.2 cM per Mb", class = "forebear_message_no_genetic_map")
  expect_equal(got, c(0, 3))
})

test_that("a map that names no chromosome takes one", {
  path <- map_file("position COMBINED_rate(cM/Mb) Genetic_Map(cM)", "10 1 0", "20 1 2")
  expect_identical(read_genetic_map(path, chrom = "22")$chrom, c("22", "22"))
})

test_that("what is no map is refused, with the line", {
  withr::local_dir(withr::local_tempdir())
  writeLines(c("1 . 0.5 100", "1 . 0.4 200"), "falls.map")
  writeLines(c("pos chr cM", "5 1 x"), "letters.map")
  writeLines(c("id value", "a 1"), "other.txt")
  writeLines(c("1 . 0 100", "1 . 0 200"), "zero.map")
  writeLines(c("1 . 0 100", "1 . 1 200"), "good.map")
  expect_snapshot(conditions_of(
    read_genetic_map("falls.map"),
    read_genetic_map("letters.map"),
    read_genetic_map("other.txt"),
    read_genetic_map("zero.map"),
    read_genetic_map("good.map", chrom = 1),
    position_cm(read_genetic_map("good.map"), "2", 5L),
    position_cm(data.frame(chrom = 1), "2", 5L),
    position_cm(NULL, "2", 5L, cm_per_mb = -1)
  ))
})

test_that("published maps are read, and two layouts of one map agree", {
  map <- read_genetic_map(shared_path("data", "kg_phase1_chr22_phased", "chr22.b37.gmap.gz"))
  expect_equal(unlist(map[1, -1]), c(position_bp = 16051347, position_cm = 0))
  expect_equal(unique(map$chrom), "22")
  for (data in c("lai_continental", "lai_subcontinental")) {
    gnomix <- read_genetic_map(shared_path("data", data, "map.gnomix.tsv.gz"))
    expect_identical(read_genetic_map(shared_path("data", data, "map.plink.map.gz")), gnomix)
    expect_equal(position_cm(gnomix, gnomix$chrom, gnomix$position_bp), gnomix$position_cm)
  }
})
