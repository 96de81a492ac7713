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
  expect_message(got <- position_cm(map, c("7", "7"), outside), "2 variants beyond the ends",
    class = "forebear_message_genetic_map_ends")
  expect_equal(got, c(0, max(cm) + 1000 * rate))
})

# A map of two positions on chromosomes 1 and 2; the first is sound.
two_chromosomes <- function(...) {
  read_genetic_map(map_file("pos chr cM", "1 1 0", "30000000 1 30", ...))
}

test_that("a rate that no chromosome has is refused with its figures", {
  at <- function(map) position_cm(map, c("chr1", "chr2", "chr2"), c(5L, 100L, 29000000L))
  refused <- function(map, ...) {
    error <- expect_error(at(map), class = "forebear_error_genetic_map_rate")
    for (text in c(...)) expect_match(conditionMessage(error), text, fixed = TRUE)
  }
  expect_silent(at(two_chromosomes("1 2 0", "30000000 2 30")))
  refused(two_chromosomes("1 2 5", "30000000 2 5"),
    "Chromosome chr2: 0 cM/Mb (0 cM from 1 to 30,000,000 bp)", "one ancestry")
  refused(two_chromosomes("1 2 1", "30000000 2 30000000"), "chr", "1,000,000 cM/Mb",
    "Are base pairs")
  refused(two_chromosomes("1 2 0.001", "30000000 2 30000"), "1,000 cM/Mb")
  refused(two_chromosomes("1 2 0", "30000000 2 0.3"), "0.01 cM/Mb", "100 * map$position_cm")
  # The map is short, the data are not.
  refused(two_chromosomes("1 2 5", "1000 2 5"), "0 cM/Mb")
  # How a user may have edited a map that was right.
  morgans <- two_chromosomes("1 2 0", "30000000 2 30")
  morgans$position_cm <- morgans$position_cm / 100
  refused(morgans, "Chromosome chr1", "Chromosome chr2")
  # Chromosomes that no variant lies on, and those that do not recombine.
  flat <- two_chromosomes("1 2 5", "30000000 2 5", "1 Y 5", "30000000 Y 5")
  expect_silent(position_cm(flat, c("1", "chrY"), c(5L, 70L)))
})

test_that("a doubtful rate is a warning with its figures", {
  map <- two_chromosomes("1 2 0", "30000000 2 2.4")
  expect_warning(position_cm(map, c("1", "2"), c(5L, 70L)), "Chromosome 2: 0.08 cM/Mb",
    class = "forebear_warning_genetic_map_rate")
  map <- two_chromosomes("1 2 0", "2000000 2 300")
  expect_warning(position_cm(map, c("1", "2"), c(5L, 70L)), "150 cM/Mb",
    class = "forebear_warning_genetic_map_rate")
})

test_that("what lies beyond the ends of a map is said, and never negative", {
  map <- read_genetic_map(map_file("pos chr cM", "10000000 1 0", "20000000 1 10"))
  expect_silent(position_cm(map, rep("1", 3), c(10000000L, 15000000L, 20000000L)))
  inside <- seq(10000000L, 20000000L, by = 100000L)
  few <- c(9900000L, inside)
  expect_message(got <- position_cm(map, rep("1", length(few)), few),
    "Chromosome 1: 1 of 102 variants before 10,000,000 bp or after 20,000,000 bp",
    class = "forebear_message_genetic_map_ends")
  expect_equal(got[1:3], c(0, 0, 0.1))
  far <- c(inside, 28000000L)
  expect_warning(got <- position_cm(map, rep("1", length(far)), far), "up to 8 cM away",
    class = "forebear_warning_genetic_map_coverage")
  expect_equal(max(got), 18)
  before <- c(1000000L, inside)
  expect_warning(got <- position_cm(map, rep("1", length(before)), before), "9 cM less",
    class = "forebear_warning_genetic_map_coverage")
  expect_identical(range(got), c(0, 10))
  # A map of a part of the chromosome, such as 3 % of it.
  most <- seq(1000000L, 200000000L, by = 1000000L)
  expect_error(position_cm(map, rep("chr1", 200), most),
    "Chromosome chr1: 189 of 200 variants before 10,000,000 bp or after 20,000,000 bp",
    class = "forebear_error_genetic_map_coverage")
})

test_that("chromosomes match whatever their spelling", {
  map <- two_chromosomes("1 X 0", "30000000 X 30")
  expect_equal(position_cm(map, c("chr1", "23", "chrX"), rep(1500000L, 3)), rep(1.5, 3),
    tolerance = 1e-5)
})

test_that("positions below 0 bp are left out and counted", {
  path <- map_file("1 -5 0", "1 1e+05 0", "", "# note", "1 200000.0 1")
  expect_message(map <- read_genetic_map(path), "1 position of .* below 0 bp left out",
    class = "forebear_message_negative_positions")
  expect_identical(map$position_bp, c(100000L, 200000L))
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

test_that("a map that a user has changed is checked again", {
  map <- read_genetic_map(map_file("pos chr cM", "1 1 0", "1000000 1 1", "30000000 1 30",
    "1 2 0", "30000000 2 30"))
  at <- function(map) position_cm(map, c("1", "2"), c(500000L, 15000000L))
  want <- at(map)
  typed <- map
  typed$chrom <- as.integer(typed$chrom)
  typed$position_bp <- as.double(typed$position_bp)
  typed$position_cm[c(1, 4)] <- 0L
  expect_identical(at(typed), want)
  expect_identical(at(map[c(1, 4, 2, 5, 3), ]), want)
  refused <- function(row, column, value, class) {
    map[[column]][row] <- value
    error <- expect_error(at(map), class = paste0("forebear_error_", class))
    conditionMessage(error)
  }
  expect_match(refused(2, "position_cm", 40, "genetic_map_order"),
    "Row 3, chromosome \"1\": 30 cM at 30,000,000 bp comes after 40 cM at 1,000,000 bp")
  expect_match(refused(2, "position_bp", 40000000L, "genetic_map_order"), "Row 3")
  expect_match(refused(2, "position_bp", 1L, "genetic_map_order"), "Row 2")
  expect_match(refused(2, "position_cm", NA, "argument"), "Row 2 .* NA cM")
  expect_match(refused(5, "position_cm", Inf, "argument"), "Row 5")
  expect_match(refused(2, "position_bp", 1000.5, "argument"), "1000.5 bp")
  expect_match(refused(2, "chrom", NA, "argument"), "Row 2")
  expect_match(refused(2, "position_cm", "x", "argument"), "must be numbers")
  expect_error(at(map[2]), class = "forebear_error_argument")
  expect_error(at(map[5:1, ]), class = "forebear_error_genetic_map_order")
})
