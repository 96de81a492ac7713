test_that("reads a file written by hand", {
  path <- local_vcf(c(
    "1 100 rs1 A G 9 PASS DP=3 GT 0|1 1|1",
    "1 200 . ac A . . . GT:DP 0/0:3 ./.:0",
    "chrX 50 rs3 C T . . . DP:GT 3:1 4:./1"
  ))
  g <- suppressMessages(read_vcf(path))
  expect_identical(as.matrix(g), matrix(c(1L, 2L, 0L, NA, 2L, NA), 2,
    dimnames = list(c("ann", "bob"), c("rs1", "1:200:AC:A", "rs3"))))
  expect_identical(variants(g), tibble::tibble(
    variant_id = c("rs1", "1:200:AC:A", "rs3"), chrom = c("1", "1", "chrX"),
    position_bp = c(100L, 200L, 50L), position_cm = 0, ref = c("A", "AC", "C"),
    alt = c("G", "A", "T")
  ))
  expect_identical(samples(g)$sex, c("male", NA))
})

test_that("haploid calls on X show who is male", {
  ids <- c("m1", "f1", "m2", "odd", "none")
  x <- vcf_record(1:5, "0 0/1 1 1 .", chrom = "chrX")
  par <- vcf_record(9, "0/1 0/0 1/1 0/0 ./.", chrom = "chrX")
  odd <- vcf_record(10, "1 0/0 1 0/0 .", chrom = "chrX")
  autosome <- vcf_record(1:3, "0/1 0/0 1/1 0/0 0/1", chrom = "chr1")
  path <- local_vcf(c(autosome, x, par, odd), ids)
  expect_message(g <- read_vcf(path),
    "Sex by haploid calls on chromosome \"chrX\": 2 male, 1 female, 2 unclear.",
    class = "forebear_message_sex")
  want <- c("male", "female", "male", NA, NA)
  expect_identical(samples(g)$sex, want)
  # Males count once: alleles 0, 0 and 1, 1; a sample of unknown sex counts as a female.
  expect_equal(variant_stats(g)$allele_frequency[4], 4 / 6)
  # Files of one chromosome each.
  first <- local_vcf(autosome, ids)
  second <- local_vcf(c(x, par, odd), ids)
  expect_message(both <- read_vcf(c(first, second)), class = "forebear_message_sex")
  expect_identical(samples(both), samples(g))
  expect_identical(names(attributes(both)), names(attributes(g)))
  phased <- local_vcf(vcf_record(1:2, "0 0|1 1 1 1|1", chrom = "23"), ids)
  expect_message(h <- read_phased_vcf(phased), "\"23\": 3 male, 2 female",
    class = "forebear_message_sex")
  expect_identical(samples(h)$sex, c("male", "female", "male", "male", "female"))
})

test_that("sex stays unknown where haploid calls do not show it", {
  sex <- function(...) {
    expect_no_message(g <- read_vcf(local_vcf(c(...))), class = "forebear_message_sex")
    samples(g)$sex
  }
  unknown <- rep(NA_character_, 2)
  diploid <- vcf_record(1:3, "0/1 1/1", chrom = "X")
  expect_identical(sex(diploid), unknown)
  expect_identical(sex(diploid, vcf_record(4:5, ". 0/1", chrom = "X")), unknown)
  # Mitochondria, a haploid species, chromosome 23 of cattle, and X that is ten.
  expect_identical(sex(diploid, vcf_record(1:3, "0 1", chrom = "MT")), unknown)
  expect_identical(sex(vcf_record(1:3, "0 1", chrom = "1"), vcf_record(1:3, "0 1", chrom = "X")),
    unknown)
  expect_identical(sex(vcf_record(1:3, "0 1/0", chrom = "23"), vcf_record(1:3, "0/1 1/0",
    chrom = "29")), unknown)
  expect_identical(sex(vcf_record(1:3, "0/0 1/0", chrom = "IX"), vcf_record(1:3, "0 1/0",
    chrom = "X")), unknown)
})

test_that("haplotypes keep the order of alleles, and absent ones absent", {
  path <- local_vcf(c(vcf_record(5, "0|1 1|0", chrom = "X"), vcf_record(6, "1 1|1", chrom = "X")))
  h <- read_phased_vcf(path)
  expect_identical(as.matrix(h), matrix(c(0L, 1L, 1L, 0L, 1L, NA, 1L, 1L), 4,
    dimnames = list(c("ann_1", "ann_2", "bob_1", "bob_2"), c("X:5:A:C", "X:6:A:C"))))
  expect_identical(as.matrix(as_genotypes(h)), as.matrix(read_vcf(path)))
})

test_that("what is left out is counted, reported, and can be looked up", {
  path <- local_vcf(c(
    vcf_record(1, "0|1 0|0"),
    vcf_record(2, "0|1 0|2", alt = "C,G"), vcf_record(3, "0|1 0|2", alt = "C,G"),
    vcf_record(4, "0|1 0|1", alt = "<DEL>"), vcf_record(5, "0|1 0|1", ref = "N"),
    vcf_record(6, "0|1 0|1", alt = "."), vcf_record(7, "3 4", format = "DP"),
    vcf_record(8, "0/1/1 0/0"), vcf_record(9, "0|0 0|0"), vcf_record(10, "./1 0|1")
  ))
  # What testthat notes of a message depends on its version: only its text is kept.
  told <- function(read) {
    cat_and_go_on <- function(condition) {
      cat(conditionMessage(condition), "\n")
      rlang::cnd_muffle(condition)
    }
    withCallingHandlers(read, forebear_message_skipped = cat_and_go_on)
  }
  expect_snapshot({
    g <- told(read_vcf(path, min_maf = 0.1))
    as.data.frame(skipped_records(g))
    h <- told(read_phased_vcf(path, on_unphased = "drop"))
    as.data.frame(skipped_records(h))
  })
  expect_identical(variants(g)$position_bp, c(1L, 10L))
  expect_identical(skipped_records(g[, 1]), skipped_records(g))
  expect_identical(nrow(skipped_records(as_genotypes(small_counts()))), 0L)
  expect_error(skipped_records(1), class = "forebear_error_argument")
})

test_that("lines and numbers are read as users have them", {
  record <- c(vcf_record(100, "0|1 0|0"), vcf_record(200, "1|1 0|1"))
  want <- read_vcf(local_vcf(record))
  same <- function(records, ...) expect_identical(read_vcf(local_vcf(records, ...)), want)
  same(c(record[1], "", "# a comment", record[2], "", " ", ""))
  same(record, header = "\ufeff##fileformat=VCFv4.2")
  same(c(sub(" 100 ", " 1e+02 ", record[1]), sub(" 200 ", " 200.0 ", record[2])))
  expect_identical(read_phased_vcf(local_vcf(c("", record)))$variants, want$variants)
  path <- local_vcf(c(record, readLines(local_vcf(record))))
  for (reader in list(read_vcf, read_phased_vcf)) {
    expect_error(reader(path), "Line 5 of .* has a second header.*bcftools concat",
      class = "forebear_error_vcf_header")
  }
})

test_that("what is no variant is counted, not refused", {
  path <- local_vcf(c(vcf_record(-1, "0|1 0|0"), vcf_record(1, "0|1 0|0"),
    vcf_record(2, "0|1 0|0", alt = "A"), vcf_record(3, "0|1 0|0", alt = "a"),
    vcf_record(4, "0|1 0|2", alt = "C,C"), vcf_record(5, "0|1 0|0", ref = "-")))
  for (reader in list(read_vcf, read_phased_vcf)) {
    expect_message(x <- reader(path), class = "forebear_message_skipped")
    skipped <- skipped_records(x)
    expect_identical(skipped$reason, c("negative_position", "repeated_allele", "ambiguous_base"))
    expect_identical(skipped$n_records, c(1L, 3L, 1L))
    expect_identical(variants(x)$position_bp, 1L)
  }
})

test_that("a homozygous call is phased whatever its separator", {
  counts <- random_counts(20, 200, missing = 0, seed = 3)
  text <- matrix(c("0/0", "0|1", "1/1")[counts + 1], 20)
  records <- vcf_record(1:200, apply(text, 2, paste, collapse = " "))
  for (on_unphased in c("error", "drop")) {
    path <- local_vcf(records, samples = rownames(counts))
    h <- read_phased_vcf(path, on_unphased = on_unphased)
    expect_identical(unname(as.matrix(as_genotypes(h))), unname(counts) + 0L)
  }
  # Unphased heterozygotes are what stands in the way.
  counts[2, 7] <- 1L
  text[2, 7] <- "0/1"
  records <- vcf_record(1:200, apply(text, 2, paste, collapse = " "))
  path <- local_vcf(records, samples = rownames(counts))
  expect_error(read_phased_vcf(path), "first \"0/1\" of sample 2",
    class = "forebear_error_not_phased")
  h <- suppressMessages(read_phased_vcf(path, on_unphased = "drop"))
  expect_identical(variants(h)$position_bp, setdiff(1:200, 7L))
})

test_that("a phase before the first allele is read", {
  path <- local_vcf(c(vcf_record(1, "|0|1 /1"), vcf_record(2, "/0/1 |0")))
  expect_identical(unname(as.matrix(read_vcf(path))), matrix(c(1L, 2L, 1L, 0L), 2))
  h <- suppressMessages(read_phased_vcf(path, on_unphased = "drop"))
  expect_identical(unname(as.matrix(h)), matrix(c(0L, 1L, 1L, NA), 4))
})

# Messages name files in a temporary folder: a snapshot must not.
expect_vcf_error <- function(path, class, ..., reader = read_vcf) {
  error <- expect_error(reader(path), class = paste0("forebear_error_", class))
  for (text in c(...)) expect_match(conditionMessage(error), text, fixed = TRUE)
  expect_identical(conditionCall(error)[[1]], quote(reader))
}

test_that("the first record that is not phased is named", {
  good <- vcf_record(1, "0|1 0|0")
  bad <- c("0|1 0/1" = "an unphased call, first \"0/1\" of sample 2",
    "0|1 .|." = "a missing call, first \".|.\" of sample 2")
  for (calls in names(bad)) {
    path <- local_vcf(c(good, vcf_record(2, calls), vcf_record(3, calls)))
    expect_vcf_error(path, "not_phased", "Line 4", "(chromosome 1, position 2)", bad[[calls]],
      "on_unphased", reader = read_phased_vcf)
    dropped <- suppressMessages(read_phased_vcf(path, on_unphased = "drop"))
    expect_identical(dim(dropped), c(2L, 1L))
    expect_identical(skipped_records(dropped)$n_records, 2L)
  }
  path <- local_vcf(c(good, vcf_record(2, "0|1 0|1", alt = "C,G")))
  expect_vcf_error(path, "not_phased", "Line 4", "more than one alternate",
    reader = read_phased_vcf)
})

test_that("malformed files are refused with line, chromosome and position", {
  good <- vcf_record(5, "0|1 0|0")
  expect_vcf_error(local_vcf(c(good, vcf_record(6, "0|1"))), "vcf_record", "Line 4",
    "(chromosome 1, position 6)", "10 columns, not 11")
  expect_vcf_error(local_vcf(gsub(" ", ",", good)), "vcf_record", "1 column, not 11")
  expect_vcf_error(local_vcf("1 x . A C . . . GT 0|1 0|1"), "vcf_record", "position x", "POS")
  expect_vcf_error(local_vcf(c(good, vcf_record(6, "0|1 0|2"))), "vcf_record",
    "\"0|2\" for sample 2")
  expect_vcf_error(local_vcf(c(good, vcf_record(4, "0|1 0|0"))), "vcf_order", "Line 4",
    "bcftools sort")
  expect_vcf_error(local_vcf(c(good, vcf_record(6, "0|1 0|0", chrom = "2"), good)), "vcf_order",
    "Line 5", "chromosome 1", "comes back")
  expect_vcf_error(local_vcf(good, samples = c("ann", "ann")), "vcf_header", "\"ann\" twice")
  expect_vcf_error(local_vcf(character(), samples = character()), "vcf_header", "no sample")
  expect_vcf_error(local_vcf(character()), "no_variant_left", "a header and no record")
  expect_vcf_error(local_vcf(good, header = "##fileformat=VCFv3.3"), "vcf_header", "VCFv3.3")
  expect_vcf_error(withr::local_tempfile(lines = character()), "vcf_header", "the file is empty")
  expect_vcf_error(local_vcf("1 2 . A C,G . . . GT 0|1 0|1"), "no_variant_left", "1 multiallelic")
  expect_vcf_error("no/such/file.vcf", "file", "no/such/file.vcf")
  expect_error(read_vcf(local_vcf(good), min_maf = 0.7), class = "forebear_error_argument")
  expect_error(read_vcf(local_vcf(good), region = "1:5-4"), class = "forebear_error_region")
})

test_that("CRLF, gzip and bgzip are the same; half of a compressed file is refused", {
  records <- vapply(1:3000, function(i) {
    vcf_record(i, paste0(i %% 2, "|", i %% 3 %/% 2, " 0|", i %% 7 %/% 6))
  }, "")
  path <- local_vcf(records)
  want <- read_phased_vcf(path)
  expect_identical(read_phased_vcf(local_vcf(records, end = "\r\n")), want)
  gzipped <- withr::local_tempfile()
  connection <- gzfile(gzipped)
  writeLines(readLines(path), connection)
  close(connection)
  expect_identical(read_phased_vcf(gzipped), want)
  blocks <- write_phased_vcf(want, withr::local_tempfile(fileext = ".vcf.gz"))
  for (whole in c(gzipped, blocks)) {
    bytes <- readBin(whole, "raw", 1e6)
    cut <- withr::local_tempfile()
    for (n in c(length(bytes) %/% 2, length(bytes) - 4)) {
      writeBin(utils::head(bytes, n), cut)
      expect_vcf_error(cut, "truncated", "must be whole")
    }
  }
})

test_that("a region is a part of the whole, with or without chr", {
  records <- c(
    vcf_record(1:9, "0|1 1|1", chrom = "1"),
    vcf_record(c(3, 3, 8), "0|0 1|0", chrom = "2", alt = c("C", "G", "C"))
  )
  path <- local_vcf(records)
  at <- function(region) variants(read_vcf(path, region = region))$position_bp
  expect_identical(at("1"), 1:9)
  expect_identical(at("chr2"), c(3L, 3L, 8L))
  expect_identical(at("1:3-5"), 3:5)
  expect_identical(at("2:4-8"), 8L)
  expect_error(at("3"), class = "forebear_error_no_variant_left")
})

test_that("a region on X is found as X, chrX and 23, where the file looks human", {
  file_of <- function(chrom, at = 5) {
    path <- withr::local_tempfile(fileext = ".vcf", .local_envir = parent.frame())
    file.copy(local_vcf(unlist(lapply(chrom, function(name) {
      vcf_record(c(at, at + 2), "0|1 1|1", chrom = name)
    }))), path)
    path
  }
  for (read in list(read_vcf, read_phased_vcf)) {
    chrom <- function(path, region) unique(variants(read(path, region = region))$chrom)
    for (spelling in c("X", "chrX", "0X", "NC_000023.11")) {
      path <- file_of(c("22", spelling, "24"))
      for (region in c("X", "chrx", "X:1-6")) {
        expect_no_message(expect_identical(chrom(path, region), spelling))
      }
      expect_message(expect_identical(chrom(path, "23:1-6"), spelling),
        "of the file is taken for \"23\"", class = "forebear_message_region")
    }
    path <- file_of(c("chr22", "chr23"))
    expect_message(expect_identical(chrom(path, "X:6-9"), "chr23"),
      "Chromosome \"chr23\" of the file is taken for \"X\"", class = "forebear_message_region")
    expect_identical(nrow(variants(suppressMessages(read(path, region = "X:6-9")))), 1L)
    expect_no_message(expect_identical(chrom(path, "23"), "chr23"))
    # Cattle have 29 autosomes: 23 is one of them.
    cattle <- file_of(c("X", "23", "29"))
    expect_no_message(expect_identical(chrom(cattle, "23"), "23"))
    expect_error(read(file_of(c("23", "29")), region = "X"),
      class = "forebear_error_no_variant_left")
    expect_error(read(file_of("23", 2e8), region = "X"), class = "forebear_error_no_variant_left")
  }
})

test_that("min_maf keeps what filtering the genotypes would keep", {
  counts <- random_counts(40, 200, missing = 0.1, seed = 5)
  text <- c("0/0", "0/1", "1/1")[counts + 1]
  text[is.na(text)] <- "./."
  calls <- apply(matrix(text, 40), 2, paste, collapse = " ")
  path <- local_vcf(vcf_record(1:200, calls), samples = rownames(counts))
  expect_equal(unname(as.matrix(read_vcf(path))), unname(counts))
  frequency <- colMeans(counts, na.rm = TRUE) / 2
  maf <- pmin(frequency, 1 - frequency)
  for (min_maf in c(0.2, maf[7])) {
    g <- suppressMessages(read_vcf(path, min_maf = min_maf))
    expect_identical(variants(g)$position_bp, unname(which(maf >= min_maf * (1 - 2^-44))))
  }
})

test_that("the number of threads changes nothing", {
  path <- shared_path("data", "lai_continental", "query.vcf.gz")
  expect_identical(read_phased_vcf(path, threads = 2), read_phased_vcf(path, threads = 1))
})

test_that("agrees with bcftools on every bit of real haplotypes", {
  path <- shared_path("data", "kg_phase1_chr22_phased", "kg1_chr22.vcf.gz")
  h <- read_phased_vcf(path)
  expect_identical(dim(h), c(1092L, 18893L))
  bcftools <- peer("bcftools")
  text <- withr::local_tempfile()
  system2(bcftools, c("query", "-f", shQuote("[%GT\\t]\\n"), path), stdout = text)
  theirs <- readBin(text, "raw", file.size(text))
  # Four bytes to a call, one line end to a variant.
  theirs <- matrix(theirs, 4 * 1092 + 1)[seq(1, 4 * 1092, by = 2), ]
  expect_identical(unname(as.matrix(h)) + 0L, matrix(as.integer(theirs) - 48L, 2184))
  sites <- system2(bcftools, c("query", "-f", shQuote("%POS %REF %ALT\\n"), path), stdout = TRUE)
  expect_identical(paste(variants(h)$position_bp, variants(h)$ref, variants(h)$alt), sites)
  expect_identical(as.matrix(as_genotypes(h)), as.matrix(read_vcf(path)))
  part <- read_phased_vcf(path, region = "chr22:20000000-21000000")
  inside <- variants(h)$position_bp >= 2e7 & variants(h)$position_bp <= 2.1e7
  expect_identical(as.matrix(part), as.matrix(h[, inside]))
})

test_that("the sets for local ancestry are read whole", {
  for (set in c("lai_continental", "lai_subcontinental")) {
    for (file in c("ref.vcf.gz", "query.vcf.gz", "query_true_phase.vcf.gz")) {
      path <- shared_path("data", set, file)
      h <- read_phased_vcf(path)
      connection <- gzfile(path)
      lines <- readLines(connection)
      close(connection)
      last <- strsplit(lines[length(lines)], "\t")[[1]]
      n <- c(length(last) - 9L, sum(!startsWith(lines, "#")))
      expect_identical(dim(h), n)
      alleles <- as.integer(unlist(strsplit(last[-(1:9)], "|", fixed = TRUE)))
      expect_identical(unname(as.matrix(h[, n[2]])[, 1]), alleles)
    }
  }
})

test_that("a chromosome has one name in several files, the first", {
  one <- local_vcf(vcf_record(c(10, 20), "0|1 0|0"))
  other <- local_vcf(c(vcf_record(c(30, 40), "0|1 1|1", chrom = "chr1"),
    vcf_record(5, "0|1 1|1", chrom = "chr2")))
  for (read in list(read_phased_vcf, read_vcf)) {
    expect_identical(variants(read(c(one, other)))$chrom, rep(c("1", "chr2"), c(4, 1)))
    expect_error(read(c(other, one)), class = "forebear_error_vcf_order")
    joined <- cbind(read(one), read(other))
    expect_identical(variants(joined)$chrom, rep(c("1", "chr2"), c(4, 1)))
  }
  male <- local_vcf(c(vcf_record(10, "0 0|1", chrom = "X"), vcf_record(20, "1 0|1", chrom = "X")))
  again <- local_vcf(vcf_record(c(30, 40), "1 0|0", chrom = "chrX"))
  sexed <- suppressMessages(read_phased_vcf(c(male, again)))
  expect_identical(variants(sexed)$chrom, rep("X", 4))
})

test_that("files of several chromosomes are read side by side", {
  h <- as_haplotypes(random_alleles(6, 150, n_haploid = 20),
    variants = data.frame(chrom = rep(c("1", "2", "X"), each = 50), position_bp = rep(1:50, 3),
      ref = "A", alt = "C"))
  folder <- withr::local_tempdir()
  write <- function(x, name) write_phased_vcf(x, file.path(folder, name))
  paths <- c(write(h[, 1:50], "1.vcf.gz"), write(h[, 51:90], "2a.vcf"),
    write(h[, 91:150], "2b.vcf"))
  whole <- write(h, "all.vcf")
  expect_identical(read_phased_vcf(paths), read_phased_vcf(whole))
  expect_identical(as.matrix(read_vcf(paths)), as.matrix(read_vcf(whole)))
  expect_identical(variants(read_vcf(paths)), variants(read_vcf(whole)))
  expect_error(read_phased_vcf(paths[c(1, 3, 2)]), "2.*comes back in .*2a.vcf",
    class = "forebear_error_vcf_order")
  expect_error(read_vcf(paths[c(1, 1)]), class = "forebear_error_vcf_order")
  expect_error(read_vcf(paths, region = "1"), class = "forebear_error_argument")
  other <- write(h[c(1, 3, 2, 4:6), 51:100], "other.vcf")
  expect_error(read_phased_vcf(c(paths[1], other)), "Sample 2 is \"s2\" in .*1.vcf.gz",
    class = "forebear_error_samples_differ")
})

test_that("records that several files left out are counted together", {
  bad <- "1 100 . A G,T . . . GT 0|1 1|0"
  good <- function(chrom) paste(chrom, "200 rs A G . . . GT 0|1 1|0")
  one <- local_vcf(c(bad, good("1")))
  two <- local_vcf(c(sub("^1", "2", bad), good("2"), "2 300 . A <DEL> . . . GT 0|1 1|0"))
  skipped <- suppressWarnings(suppressMessages(skipped_records(read_vcf(c(one, two)))))
  expect_identical(skipped$reason, c("multiallelic", "symbolic"))
  expect_identical(skipped$n_records, c(2L, 1L))
  expect_identical(skipped$first_chrom, c("1", "2"))
})

test_that("records are chosen by FILTER, calls by quality", {
  line <- function(at, filter, calls, format = "GT:GQ:DP") {
    sprintf("1 %d . A C . %s . %s %s", at, filter, format, calls)
  }
  path <- local_vcf(c(
    line(1, "PASS", "0/1:30:9 1/1:19:9"), line(2, "q10", "0/1:30:9 1/1:30:9"),
    line(3, ".", "0/1:30:4 1/1:30:5"), line(4, "PASS;q10", "0/0:30:9 1/1:.:."),
    line(5, "PASS", "0/1 1/1", "GT")
  ))
  counts <- function(...) unname(as.matrix(suppressMessages(read_vcf(path, ...))))
  all <- matrix(c(1L, 1L, 1L, 0L, 1L, 2L, 2L, 2L, 2L, 2L), 2, byrow = TRUE)
  expect_identical(counts(), all)
  expect_identical(counts(filter = "PASS"), all[, c(1, 3, 5)])
  expect_identical(counts(filter = c("PASS", "q10")), all)
  low <- all
  low[2, 1] <- NA
  expect_identical(counts(min_gq = 20), low)
  low[1, 3] <- NA
  expect_identical(counts(min_gq = 20, min_dp = 5), low)
  expect_message(read_vcf(path, min_gq = 20, min_dp = 5), "2 calls of low GQ or DP read as missing")
  expect_message(g <- read_vcf(path, filter = "PASS"), "2 whose FILTER is another, first on line 4")
  expect_identical(skipped_records(g)$reason, "filter")
})

test_that("alternate alleles are split, and those that stand for others are not counted", {
  path <- local_vcf(c(
    vcf_record(1, "0/1 1/2", alt = "C,G"), vcf_record(2, "0/1 1/2", alt = "C,<NON_REF>"),
    vcf_record(3, "2/2 ./1", alt = "*,C"), vcf_record(4, "0/1 1/2", alt = "C,<DEL>"),
    vcf_record(5, "0/0 0/1", alt = "<NON_REF>")
  ))
  suppressMessages({
    dropped <- read_vcf(path)
    split <- read_vcf(path, multiallelic = "split")
  })
  expect_identical(variants(dropped)$position_bp, 2:3)
  expect_identical(variants(dropped)$alt, c("C", "C"))
  expect_identical(unname(as.matrix(dropped)), matrix(c(1L, NA, 2L, NA), 2))
  expect_identical(variants(split)$position_bp, c(1L, 1L, 2L, 3L, 4L))
  expect_identical(variants(split)$alt, c("C", "G", "C", "C", "C"))
  expect_identical(unname(as.matrix(split)),
    matrix(c(1L, 1L, 0L, 1L, 1L, NA, 2L, NA, 1L, 1L), 2))
  expect_identical(sum(skipped_records(split)$n_records), 2L)
  expect_message(read_vcf(path), "2 calls of \\*, <\\*> or <NON_REF> read as missing")
  skip_without("bcftools")
  norm <- withr::local_tempfile(fileext = ".vcf")
  two <- local_vcf(vcf_record(1, "0/1 1/2", alt = "C,G"), header = c("##fileformat=VCFv4.2",
    "##contig=<ID=1>", "##FORMAT=<ID=GT,Number=1,Type=String,Description=\"g\">"))
  system2("bcftools", c("norm", "-m-", "-o", norm, two), stderr = FALSE)
  expect_identical(as.matrix(read_vcf(norm)), as.matrix(read_vcf(two, multiallelic = "split")))
})

test_that("dosages and probabilities are expected copies", {
  path <- local_vcf(c(
    vcf_record(1, "0/1:1:0,1,0 0/0:0.25:0.75,0.25,0", format = "GT:DS:GP"),
    vcf_record(2, "1/1:1.95:0,0.05,0.95 ./.:.:.", format = "GT:DS:GP"),
    vcf_record(3, "0/1 0/0")
  ))
  suppressMessages({
    ds <- read_vcf(path, field = "DS")
    gp <- read_vcf(path, field = "GP")
  })
  want <- matrix(c(1, 0.25, 1.95, NaN), 2)
  expect_equal(unname(as.matrix(ds)), want, tolerance = 1e-4)
  expect_equal(as.matrix(gp), as.matrix(ds), tolerance = 1e-4)
  expect_identical(rust_decode(ds, 1L, NULL), matrix(c(1L, NA, 2L, NA), 2))
  expect_identical(skipped_records(ds)$reason, "no_field")
  joined <- rbind(ds, read_vcf(local_vcf(c(vcf_record(1, "1/1 0/0"), vcf_record(2, "0/1 0/0")),
    samples = c("cat", "dan"))), strand = "same")
  expect_equal(unname(as.matrix(joined)), rbind(want, cbind(c(2, 0), c(1, 0))), tolerance = 1e-4)
  expect_error(read_vcf(local_vcf(vcf_record(1, "0/1:3 0/0:0", format = "GT:DS")), field = "DS"),
    "DS must be numbers from 0", class = "forebear_error_vcf_record")
})

test_that("some samples of a phased VCF are those of the whole, with the same records", {
  haplotypes <- as_haplotypes(random_alleles(40, 70, n_haploid = 20),
    variants = data.frame(chrom = "1", position_bp = 1:70, ref = "A", alt = "C"))
  path <- withr::local_tempfile(fileext = ".vcf.gz")
  write_phased_vcf(haplotypes, path)
  whole <- read_phased_vcf(path)
  for (ids in list("s7", c("s40", "s1", "s33", "s9"), paste0("s", 1:40))) {
    some <- read_phased_vcf(path, samples = ids)
    expect_identical(as.matrix(some), as.matrix(whole[ids, ]))
    expect_identical(variants(some), variants(whole))
    expect_identical(samples(some), samples(whole)[match(ids, samples(whole)$sample_id), ])
  }
  # The second record is dropped because of a sample that is not kept.
  path <- local_vcf(c(vcf_record(1, "0|1 1|1"), vcf_record(2, "0|1 0/1"),
    vcf_record(3, "1|1 0|0")))
  some <- suppressMessages(read_phased_vcf(path, on_unphased = "drop", samples = "ann"))
  expect_identical(variants(some)$position_bp, c(1L, 3L))
  expect_error(read_phased_vcf(path, samples = "ann"), class = "forebear_error_not_phased")
  expect_snapshot(cat(gsub("\"[^\"]*set.vcf", "\"set.vcf", conditionMessage(tryCatch(
    read_phased_vcf(path, samples = c("ann", "eve")), error = identity)))))
  for (wrong in list(1, character(), NA_character_, c("ann", "ann"))) {
    expect_error(read_phased_vcf(path, samples = wrong), class = "forebear_error_argument")
  }
})

test_that("phase that lies in several sets is told of, once for all files", {
  format <- "GT:PS"
  one <- local_vcf(c(vcf_record(100, "0|1:100 0|1:100", format = format),
    vcf_record(200, "1|0:100 0|1:200", format = format),
    vcf_record(300, "1|0:300 0|1:.", format = format)), name = "one.vcf")
  two <- local_vcf(c(vcf_record(100, "0|1:7 0|1:100", format = format, chrom = "2"),
    vcf_record(200, "0|1:9 0|1:100", format = format, chrom = "2")), name = "two.vcf")
  plain <- local_vcf(c(vcf_record(100, "0|1 0|1"), vcf_record(200, "1|0 0|1")))
  expect_snapshot(conditions_of(read_phased_vcf(c(one, two)),
    read_phased_vcf(two, samples = "ann")))
  expect_silent(read_phased_vcf(one, samples = "bob", region = "1:100-150"))
  expect_message(read_phased_vcf(one), class = "forebear_message_phase_sets")
  expect_silent(read_phased_vcf(plain))
})
