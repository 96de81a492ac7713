# Files for other programs, read by other programs: pandas, as scripts around RFMix and FLARE read
# them, and the arbiter of the shared data.

# The lines that Python prints; skips where none has the module.
python <- function(code, args, module) {
  # R's libraries may hold another Python's.
  run <- function(path, ...) system2(path, ..., env = "LD_LIBRARY_PATH=")
  script <- withr::local_tempfile(fileext = ".py")
  writeLines(paste("import", module), script)
  works <- function(path) {
    nzchar(path) && file.exists(path) &&
      suppressWarnings(run(path, shQuote(script), stdout = FALSE, stderr = FALSE)) == 0
  }
  path <- Filter(works, c(Sys.which("python3"), "/usr/bin/python3"))
  skip_if(length(path) == 0, paste("no python3 with", module))
  writeLines(c(paste("import", module), code), script)
  run(path[[1]], shQuote(c(script, args)), stdout = TRUE)
}

# Every sample has three variants in each window; see test-ancestry_calls-vcf.R.
variants_of_windows <- function(calls) {
  windows <- attr(calls, "windows")
  data.frame(chrom = rep(windows$chrom, each = 3), ref = "A", alt = "C",
    position_bp = c(rbind(windows$start_bp, windows$start_bp + 4L, windows$end_bp)))
}

haplotypes_at <- function(calls) {
  variants <- variants_of_windows(calls)
  samples <- unique(calls$sample_id)
  withr::with_seed(2, alleles <- matrix(stats::rbinom(2 * length(samples) * nrow(variants), 1, 0.5),
    2 * length(samples)))
  rownames(alleles) <- paste0(rep(samples, each = 2), c("_1", "_2"))
  as_haplotypes(alleles, variants = variants)
}

test_that("pandas reads .msp.tsv and .fb.tsv as those of RFMix", {
  calls <- random_calls(3, populations = c("AFR", "EUR", "NAT"))
  folder <- withr::local_tempdir()
  msp <- write_msp(calls, file.path(folder, "x.msp.tsv"))
  fb <- write_fb(calls, file.path(folder, "x.fb.tsv"))
  code <- c(
    "import sys",
    "msp = pandas.read_csv(sys.argv[1], sep='\\t', skiprows=1)",
    "fb = pandas.read_csv(sys.argv[2], sep='\\t', skiprows=1, dtype={'s3:::hap2:::NAT': str})",
    "populations = open(sys.argv[1]).readline().strip().split(':')[1].split()",
    "print(*populations)",
    "print(*msp.columns[:6], sep='|')",
    "print(*msp['s2.1'])",
    "print(*msp['spos'])",
    "print(str(msp['s2.1'].dtype)[:3], str(msp['epos'].dtype)[:3], str(fb.dtypes.iloc[-2])[:5])",
    "print(open(sys.argv[2]).readline().strip())",
    "print(*fb.columns[:4], sep='|')",
    "print(*fb['s3:::hap2:::NAT'])"
  )
  got <- python(code, c(msp, fb), "pandas")
  expect_identical(got[1], "AFR=0 EUR=1 NAT=2")
  expect_identical(got[2], "#chm|spos|epos|sgpos|egpos|n snps")
  own <- function(sample, haplotype) {
    calls[calls$sample_id == sample & calls$haplotype == haplotype, ]
  }
  codes <- match(own("s2", 2)$.pred_class, c("AFR", "EUR", "NAT")) - 1L
  expect_identical(strsplit(got[3], " ")[[1]], as.character(codes))
  expect_identical(strsplit(got[4], " ")[[1]], as.character(attr(calls, "windows")$start_bp))
  expect_identical(got[5], "int int float")
  expect_identical(got[6], "#reference_panel_population:\tAFR\tEUR\tNAT")
  expect_identical(got[7], paste(fb_places, collapse = "|"))
  expect_identical(as.numeric(strsplit(got[8], " ")[[1]]), own("s3", 2)$.pred_NAT)
})

test_that("pandas reads the VCF as that of FLARE", {
  calls <- random_calls(3, populations = c("AFR", "EUR", "NAT"))
  path <- write_ancestry_vcf(calls, withr::local_tempfile(fileext = ".vcf.gz"),
    haplotypes_at(calls), digits = NULL)
  code <- c(
    "import sys",
    "import gzip",
    "head = [line for line in gzip.open(sys.argv[1], 'rt') if line.startswith('#')]",
    "print([line for line in head if line.startswith('##ANCESTRY')][0].strip())",
    "names = head[-1].strip().lstrip('#').split('\\t')",
    "vcf = pandas.read_csv(sys.argv[1], sep='\\t', comment='#', names=names)",
    "print(len(vcf), vcf['POS'].iloc[0], *set(vcf['FORMAT']))",
    "fields = vcf['s2'].str.split(':', expand=True)",
    "print(*fields[2])",
    "print(*[p.split(',')[1] for p in fields[3]])"
  )
  got <- python(code, path, "pandas")
  expect_identical(got[1], "##ANCESTRY=<AFR=0,EUR=1,NAT=2>")
  expect_identical(got[2], "30 5 GT:AN1:AN2:ANP1:ANP2")
  of <- function(haplotype) {
    calls[calls$sample_id == "s2" & calls$haplotype == haplotype, ]
  }
  codes <- match(of(2)$.pred_class, c("AFR", "EUR", "NAT")) - 1L
  expect_identical(strsplit(got[3], " ")[[1]], as.character(rep(codes, each = 3)))
  expect_identical(as.numeric(strsplit(got[4], " ")[[1]]), rep(of(1)$.pred_EUR, each = 3))
})

test_that("the arbiter scores what we write as we would, in both formats", {
  arbiter <- shared_path("tools", "score_local_ancestry.py")
  calls <- random_calls(5, c("1" = 30), populations = c("AFR", "EUR", "NAT"))
  true <- random_calls(5, c("1" = 30), populations = c("AFR", "EUR", "NAT"), seed = 2)
  # Half of the windows are right.
  right <- rep(c(TRUE, FALSE), length.out = nrow(calls))
  true$.pred_class[right] <- calls$.pred_class[right]
  folder <- withr::local_tempdir()
  haplotypes <- haplotypes_at(calls)
  write_phased_vcf(haplotypes, file.path(folder, "query.vcf.gz"))
  truth <- data.frame(sample = true$sample_id, hap = true$haplotype - 1L, chrom = 1,
    start = true$start_bp - 5L, end = true$end_bp + 1L, population = true$.pred_class)
  utils::write.table(truth, file.path(folder, "truth.after.tsv"), sep = "\t", quote = FALSE,
    row.names = FALSE)
  prefix <- file.path(folder, "rfmix")
  write_msp(calls, paste0(prefix, ".msp.tsv"))
  write_fb(calls, paste0(prefix, ".fb.tsv"), rows = "ends")
  flare <- write_ancestry_vcf(calls, file.path(folder, "flare.anc.vcf.gz"), haplotypes,
    digits = NULL)
  run <- c("import runpy", "import sys", "sys.argv = sys.argv[1:]",
    "runpy.run_path(sys.argv[0], run_name='__main__')")
  got <- python(run, c(arbiter, folder, paste0("rfmix=", prefix), paste0("flare=", flare)), "numpy")
  scores <- utils::read.table(text = got, header = TRUE, row.names = 1)
  posterior <- as.matrix(as.data.frame(plain_tibble(calls))[paste0(".pred_", c("AFR", "EUR",
    "NAT"))])
  of_truth <- posterior[cbind(seq_len(nrow(calls)), match(true$.pred_class, c("AFR", "EUR",
    "NAT")))]
  best <- apply(posterior, 1, max)
  hit <- calls$.pred_class == true$.pred_class
  want <- c(acc = mean(hit), nll = mean(-log(pmax(of_truth, 1e-6))), p.8 = mean(hit[best >= 0.8]),
    c.8 = mean(best >= 0.8))
  for (name in c("rfmix", "flare")) {
    expect_equal(unlist(scores[name, names(want)]), want, tolerance = 1e-4)
  }
})

# As RFMix 2.03 lays them out, written by hand: two samples, two windows, of which the first has two
# rows in the .fb.tsv.
rfmix_lines <- function() {
  haplotypes <- c("ann:::hap1", "ann:::hap2", "bob:::hap1", "bob:::hap2")
  columns <- paste(rep(haplotypes, each = 2), c("AFR", "EUR"), sep = ":::")
  list(
    msp = c("#Subpopulation order/codes: AFR=0\tEUR=1",
      "#chm\tspos\tepos\tsgpos\tegpos\tn snps\tann.0\tann.1\tbob.0\tbob.1",
      "22\t16050408\t16855618\t0.00000\t1.52342\t10\t0\t1\t1\t1",
      "22\t16855618\t17069619\t1.52342\t2.10003\t5\t0\t0\t1\t0"),
    fb = c("#reference_panel_population:\tAFR\tEUR",
      paste(c(fb_places, columns), collapse = "\t"),
      "22\t16050408\t0.00000\t0\t0.90000\t0.10000\t0.25000\t0.75000\t0\t1\t0.12500\t0.87500",
      "22\t16495833\t1.02116\t5\t0.80000\t0.20000\t0.25000\t0.75000\t0\t1\t0.37500\t0.62500",
      "22\t16855618\t1.52342\t10\t1.00000\t0.00000\t0.55000\t0.45000\t0.10000\t0.90000\t1\t0")
  )
}

test_that("files of RFMix are read exactly, and written again as they were", {
  folder <- withr::local_tempdir()
  msp <- file.path(folder, "x.msp.tsv")
  fb <- file.path(folder, "x.fb.tsv")
  writeLines(rfmix_lines()$msp, msp)
  writeLines(rfmix_lines()$fb, fb)
  calls <- read_fb(fb, windows = msp)
  expect_identical(plain_tibble(calls), tibble::tibble(
    sample_id = rep(c("ann", "bob"), each = 4), haplotype = rep(c(1L, 1L, 2L, 2L), 2), chrom = "22",
    window = rep(1:2, 4), start_bp = rep(c(16050408L, 16855618L), 4),
    end_bp = rep(c(16855617L, 17069619L), 4),
    .pred_class = c("AFR", "AFR", "EUR", "AFR", "EUR", "EUR", "EUR", "AFR"),
    .pred_AFR = c((0.9 + 0.8) / 2, 1, 0.25, 0.55, 0, 0.1, 0.25, 1),
    .pred_EUR = c((0.1 + 0.2) / 2, 0, 0.75, 0.45, 1, 0.9, 0.75, 0)
  ))
  codes <- read_msp(msp)
  expect_identical(codes$.pred_class, calls$.pred_class)
  expect_identical(attr(codes, "windows")$n_variants, c(10L, 5L))
  # Genetic positions keep their value, not their zeros.
  again <- utils::read.table(write_msp(codes, file.path(folder, "again")), sep = "\t")
  expect_identical(again, utils::read.table(msp, sep = "\t"))
  # Each row by itself, and through a file of our own.
  rows <- read_fb(fb)
  expect_identical(rows$.pred_EUR, c(0.1, 0.2, 0, 0.75, 0.75, 0.45, 1, 1, 0.9, 0.875, 0.625, 0))
  back <- read_fb(write_fb(rows, file.path(folder, "rows")), windows = rows)
  expect_identical(back, rows)
})

test_that("a file of FLARE comes back identical through one of ours", {
  lines <- c(
    "##fileformat=VCFv4.2", "##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">",
    "##ANCESTRY=<AFR=0,EUR=1>",
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tann\tbob",
    "22\t100\trs1\tA\tC\t.\tPASS\t.\tGT:AN1:AN2:ANP1:ANP2\t0|1:0:1:1,0:.1,.9\t1|1:1:1:.5,.5:0,1",
    "22\t150\trs2\tA\tC\t.\tPASS\t.\tGT:AN1:AN2:ANP1:ANP2\t0|1:0:1:.9,.1:.2,.8\t1|1:1:1:.4,.6:0,1",
    "22\t300\trs3\tG\tC\t.\tPASS\t.\tGT:AN1:AN2:ANP1:ANP2\t0|1:0:1:1,0:.1,.9\t1|0:0:1:.67,.33:0,1"
  )
  path <- withr::local_tempfile(fileext = ".vcf")
  writeLines(lines, path)
  calls <- read_ancestry_vcf(path)
  expect_identical(calls$.pred_AFR, c(1, 0.9, 1, 0.1, 0.2, 0.1, 0.5, 0.4, 0.67, 0, 0, 0))
  haplotypes <- read_phased_vcf(path)
  ours <- write_ancestry_vcf(calls, withr::local_tempfile(fileext = ".vcf.gz"), haplotypes,
    digits = NULL)
  expect_identical(read_ancestry_vcf(ours), calls)
  expect_identical(as.matrix(read_phased_vcf(ours)), as.matrix(haplotypes))
})
