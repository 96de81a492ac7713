# PLINK 2's own files, in each way that it writes them.
plink2 <- function(..., env = parent.frame()) {
  skip_without("plink2")
  log <- suppressWarnings(system2("plink2", c(..., "--silent"), stdout = TRUE, stderr = TRUE))
  invisible(log)
}

# A .bed of random genotypes with common and rare variants, so that every kind of record is written.
local_bed_for_pgen <- function(n_samples = 301, n_variants = 400, env = parent.frame()) {
  prefix <- file.path(withr::local_tempdir(.local_envir = env), "set")
  counts <- withr::with_seed(2, {
    p <- sample(c(0, 0.001, 0.01, 0.05, 0.5, 0.95, 1), n_variants, TRUE)
    counts <- matrix(stats::rbinom(n_samples * n_variants, 2, rep(p, each = n_samples)), n_samples)
    # Neighbors that differ little, or in the other allele: differences from another variant.
    for (j in seq(2, n_variants)) {
      if (j %% 4 == 0) next
      same <- counts[, j - 1]
      counts[, j] <- if (j %% 4 == 3) 2 - same else same
      changed <- sample(n_samples, 3)
      counts[changed, j] <- sample(c(0:2, NA), 3, TRUE)
    }
    # Mostly missing, and homozygous but for a few.
    counts[sample(n_samples, n_samples - 5), 8] <- NA
    counts
  })
  variants <- data.frame(variant_id = paste0("v", seq_len(n_variants)), chrom = "1",
    position_bp = seq_len(n_variants) * 100L, ref = "G", alt = "A")
  write_bed(as_genotypes(unname(counts), variants = variants), prefix)
  prefix
}

test_that("every mode that PLINK 2 writes has the genotypes of the .bed", {
  prefix <- local_bed_for_pgen()
  want <- as.matrix(read_bed(prefix))
  # It does not write modes 3 and 4 yet; the tests of the core do.
  modes <- list(standard = "--make-pgen", plain = c("--make-pgen", "format=2"),
    zst = c("--make-pgen", "vzs"))
  for (name in names(modes)) {
    out <- paste0(prefix, "_", name)
    plink2("--bfile", prefix, modes[[name]], "--out", out)
    g <- read_pgen(out)
    expect_identical(as.matrix(g), want, info = name)
    expect_identical(variants(g), variants(read_bed(prefix)), info = name)
    expect_identical(as.matrix(g[c(7, 2, 300), c(399, 5:9)]), want[c(7, 2, 300), c(399, 5:9)])
    expect_identical(variant_stats(g), variant_stats(read_bed(prefix)), info = name)
  }
  expect_true(file.exists(paste0(prefix, "_zst.pvar.zst")))
})

test_that("the file of PLINK 2 has records of every type that it may write", {
  prefix <- local_bed_for_pgen()
  plink2("--bfile", prefix, "--make-pgen", "--out", paste0(prefix, "_types"))
  bytes <- readBin(paste0(prefix, "_types.pgen"), "raw", 1e6)
  expect_identical(as.integer(bytes[3]), 0x10L)
  kinds <- as.integer(bytes[21:220])
  kinds <- c(bitwAnd(kinds, 15L), bitwShiftR(kinds, 4L))
  expect_true(all(c(0, 1, 2, 3, 4, 6, 7) %in% kinds))
})

test_that("dosages are those that PLINK 2 exports", {
  skip_without("plink2")
  folder <- withr::local_tempdir()
  ds <- withr::with_seed(3, round(matrix(stats::runif(40 * 30, 0, 2), 40), 3))
  ds[withr::with_seed(4, sample(length(ds), 60))] <- NA
  calls <- apply(ds, c(1, 2), function(d) {
    if (is.na(d)) "./.:." else paste0(c("0/0", "0/1", "1/1")[round(d) + 1], ":", d)
  })
  path <- local_vcf(sprintf("1 %d . A C . . . GT:DS %s", 100L * seq_len(30),
    apply(calls, 2, paste, collapse = " ")), paste0("s", 1:40),
    header = c("##fileformat=VCFv4.2",
      "##FORMAT=<ID=DS,Number=1,Type=Float,Description=\"d\">",
      "##FORMAT=<ID=GT,Number=1,Type=String,Description=\"g\">"))
  out <- file.path(folder, "ds")
  plink2("--vcf", path, "dosage=DS", "--make-pgen", "--out", out)
  plink2("--pfile", out, "--export", "A", "--out", out)
  raw <- utils::read.delim(paste0(out, ".raw"), check.names = FALSE)
  exported <- unname(as.matrix(raw[, -(1:6)]))
  # PLINK 2 exports copies of the allele named after the underscore.
  counted <- sub(".*_", "", names(raw)[-(1:6)])
  exported[, counted == "A"] <- 2 - exported[, counted == "A"]
  expect_message(g <- read_pgen(out, dosage = TRUE), "hard calls")
  found <- unname(as.matrix(g))
  expect_type(found, "double")
  expect_identical(is.nan(found), is.na(exported))
  expect_lt(max(abs(found - exported), na.rm = TRUE), 1e-4)
  expect_identical(unname(as.matrix(g[5:3, 7:9])), found[5:3, 7:9])
  hard <- unname(as.matrix(read_pgen(out)))
  expect_type(hard, "integer")
  expect_true(all(abs(hard - found) <= 0.5, na.rm = TRUE))
})

test_that("phase is that of the VCF", {
  skip_without("plink2")
  alleles <- random_alleles(67, 90)
  variants <- data.frame(variant_id = paste0("v", 1:90), chrom = "1", position_bp = 1:90 * 10L,
    ref = "A", alt = "C")
  h <- as_haplotypes(alleles, variants = variants)
  folder <- withr::local_tempdir()
  write_phased_vcf(h, file.path(folder, "h.vcf"))
  out <- file.path(folder, "h")
  plink2("--vcf", file.path(folder, "h.vcf"), "--make-pgen", "--out", out)
  read <- read_phased_pgen(out)
  expect_identical(as.matrix(read), as.matrix(h))
  expect_identical(variants(read), variants(h))
  expect_identical(as.matrix(read_pgen(out)), as.matrix(as_genotypes(h)))
  prefix <- local_bed_for_pgen(31, 40)
  plink2("--bfile", prefix, "--make-pgen", "--out", paste0(prefix, "_un"))
  error <- expect_error(read_phased_pgen(paste0(prefix, "_un")),
    class = "forebear_error_not_phased")
  expect_match(conditionMessage(error), "Variant \"v[0-9]+\" \\(chromosome 1, position .*\\) has")
  some <- suppressMessages(read_phased_pgen(paste0(prefix, "_un"), on_unphased = "drop"))
  g <- as.matrix(read_bed(prefix))
  left <- colSums(is.na(g) | g == 1) == 0
  expect_identical(variants(some)$variant_id, colnames(g)[left])
  expect_identical(sum(skipped_records(some)$n_records), sum(!left))
})

test_that("variants of several alternate alleles are left out and counted", {
  skip_without("plink2")
  path <- local_vcf(c(vcf_record(10, "0/1 1/1"), vcf_record(20, "1/2 0/2", alt = "C,G"),
    vcf_record(30, "0/0 0/1")), header = c("##fileformat=VCFv4.2",
    "##FORMAT=<ID=GT,Number=1,Type=String,Description=\"g\">"))
  out <- file.path(withr::local_tempdir(), "multi")
  plink2("--vcf", path, "--make-pgen", "--out", out)
  expect_message(g <- read_pgen(out), "1 of 3 variants .* several alternate alleles")
  expect_identical(unname(as.matrix(g)), cbind(c(1L, 2L), c(0L, 1L)))
  expect_identical(skipped_records(g)$reason, "multiallelic")
})

test_that("real data are the same in every mode", {
  skip_without("plink2")
  bed <- sub("\\.bed$", "", shared_path("data", "hapmap3_957", "hapmap3.bed"))
  out <- file.path(withr::local_tempdir(), "hapmap3")
  bytes <- function(g) rust_decode(g, 2L, NULL)
  want <- bytes(read_bed(bed))
  for (mode in list("--make-pgen", c("--make-pgen", "format=2"), c("--make-pgen", "vzs"))) {
    plink2("--bfile", bed, mode, "--out", out)
    expect_identical(bytes(read_pgen(out)), want, info = paste(mode, collapse = " "))
    unlink(paste0(out, "*"))
  }
})

test_that("a .bim and a .fam may lie beside a .pgen, which may be a .bed", {
  prefix <- local_bed_for_pgen(30, 50)
  want <- read_bed(prefix)
  out <- paste0(prefix, "_bp")
  file.copy(paste0(prefix, c(".bed", ".bim", ".fam")), paste0(out, c(".pgen", ".bim", ".fam")))
  g <- read_pgen(out)
  expect_identical(as.matrix(g), as.matrix(want))
  expect_identical(samples(g), samples(want))
  expect_error(read_phased_pgen(out), class = "forebear_error_not_phased")
  write_pgen(want, out)
  unlink(paste0(out, c(".pvar", ".psam")))
  expect_identical(as.matrix(read_pgen(out)), as.matrix(want))
})

test_that("what is written is read back, by PLINK 2 too", {
  prefix <- local_bed_for_pgen(30, 50)
  g <- read_bed(prefix)[c(4, 1, 9:20), c(50:3)]
  path <- write_pgen(g, paste0(prefix, "_own"))
  back <- read_pgen(path)
  expect_identical(as.matrix(back), as.matrix(g))
  expect_identical(variants(back), variants(g))
  expect_identical(samples(back), samples(g))
  expect_error(write_pgen(back, path), class = "forebear_error_overwrites_source")
  skip_without("plink2")
  plink2("--pfile", paste0(prefix, "_own"), "--make-bed", "--out", paste0(prefix, "_back"))
  again <- read_bed(paste0(prefix, "_back"))
  expect_identical(as.matrix(again)[, variants(g)$variant_id], as.matrix(g))
})

test_that("the .bim and .fam of a .pgen are not written over", {
  prefix <- local_bed_for_pgen(30, 50)
  g <- read_bed(prefix)
  out <- paste0(prefix, "_bpgen")
  write_pgen(g, out)
  file.remove(paste0(out, c(".pvar", ".psam")))
  file.copy(paste0(prefix, c(".bim", ".fam")), paste0(out, c(".bim", ".fam")))
  back <- read_pgen(out)
  expect_error(write_bed(back[1:3, 1:4], out), class = "forebear_error_overwrites_source",
    "_bpgen[.]bim.*_bpgen[.]fam")
  expect_error(write_bed(cbind(back[, 1:4], back[, 5:6]), out),
    class = "forebear_error_overwrites_source")
  expect_identical(as.matrix(read_pgen(out)), as.matrix(g))
  # With tables of its own, the .pgen does not need them.
  write_pgen(g, out)
  back <- read_pgen(out)
  write_bed(back[1:3, 1:4], out)
  expect_identical(as.matrix(read_bed(out)), as.matrix(back[1:3, 1:4]))
})

test_that("a file that does not belong, or is damaged, is named", {
  prefix <- local_bed_for_pgen(30, 50)
  write_pgen(read_bed(prefix), prefix)
  g <- read_pgen(prefix)
  pvar <- readLines(paste0(prefix, ".pvar"))
  writeLines(pvar[-5], paste0(prefix, ".pvar"))
  expect_error(read_pgen(prefix), "The former has 50, the latter 49",
    class = "forebear_error_count_mismatch")
  writeLines(pvar, paste0(prefix, ".pvar"))
  bytes <- readBin(paste0(prefix, ".pgen"), "raw", 1e6)
  writeBin(bytes[-length(bytes)], paste0(prefix, ".pgen"))
  expect_error(read_pgen(prefix), class = "forebear_error_pgen_head")
  expect_error(as.matrix(g), class = "forebear_error_pgen_head")
  writeBin(c(bytes[-length(bytes)], as.raw(7)), paste0(prefix, ".pgen"))
  expect_error(as.matrix(g), "read_pgen", class = "forebear_error_file_changed")
  unlink(paste0(prefix, c(".psam", ".fam")))
  expect_error(read_pgen(prefix), "psam", class = "forebear_error_file")
})

test_that("a damaged record stops the work with its number", {
  skip_without("plink2")
  prefix <- local_bed_for_pgen(301, 400)
  out <- paste0(prefix, "_damaged")
  plink2("--bfile", prefix, "--make-pgen", "--out", out)
  bytes <- readBin(paste0(out, ".pgen"), "raw", 1e6)
  # The type of the eleventh record becomes the reserved one.
  bytes[26] <- as.raw(bitwOr(bitwAnd(as.integer(bytes[26]), 0xf0), 5L))
  writeBin(bytes, paste0(out, ".pgen"))
  g <- read_pgen(out)
  expect_error(as.matrix(g), "variant 11 ", class = "forebear_error_pgen_record")
  expect_error(variant_stats(g), class = "forebear_error_pgen_record")
  expect_identical(dim(as.matrix(g[, 1:9])), c(301L, 9L))
})

test_that("files of other formats say what to do", {
  folder <- withr::local_tempdir()
  withr::local_dir(folder)
  writeBin(c(raw(16), charToRaw("bgen"), raw(8)), "x.bgen")
  writeBin(charToRaw("COREARRAYx0A"), "x.gds")
  writeLines("##fileformat=VCFv4.2", "x.vcf")
  file.create("x.ped", "x.pgen")
  expect_snapshot(conditions_of(
    read_pgen("x.bgen"), read_bed("x.gds"), read_vcf("x.bgen"), read_bed("x.vcf"),
    read_pgen("x.ped"), read_vcf("x.pgen"), read_bed("x")
  ))
})

test_that("real phased data are the same in every mode, with their phase", {
  skip_without("plink2")
  vcf <- shared_path("data", "kg_phase1_chr22_phased", "kg1_chr22.vcf.gz")
  prefix <- file.path(withr::local_tempdir(), "kg")
  plink2("--vcf", vcf, "--max-alleles", "2", "--make-bed", "--out", prefix)
  bytes <- function(g) rust_decode(g, 2L, NULL)
  bed <- read_bed(prefix)
  want <- bytes(bed)
  plink2("--vcf", vcf, "--max-alleles", "2", "--make-pgen", "--out", prefix)
  expect_identical(bytes(read_pgen(prefix)), want)
  # Haplotypes of the PGEN and of the VCF, at the records that both have.
  own <- suppressMessages(read_phased_pgen(prefix))
  theirs <- suppressMessages(suppressWarnings(read_phased_vcf(vcf, on_unphased = "drop")))
  place <- function(h) paste(variants(h)$position_bp, variants(h)$ref, variants(h)$alt)
  both <- intersect(place(own), place(theirs))
  expect_gt(length(both), 0.95 * ncol(theirs))
  expect_identical(
    unname(as.matrix(own[, match(both, place(own))])),
    unname(as.matrix(theirs[, match(both, place(theirs))]))
  )
  for (mode in list(c("--make-pgen", "erase-phase"), c("--make-pgen", "format=2", "erase-phase"))) {
    out <- paste0(prefix, "_again")
    plink2("--pfile", prefix, mode, "--out", out)
    expect_identical(bytes(read_pgen(out)), want, info = paste(mode, collapse = " "))
  }
})
