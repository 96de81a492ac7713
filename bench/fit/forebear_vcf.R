# Rscript forebear_vcf.R PATH OUT: reads haplotypes; writes the CPU seconds of the reading alone, their number of
# samples and of variants, and the sum of all alleles. A file of one record is read first: it loads what is loaded late.
library(forebear)
arguments <- commandArgs(TRUE)
small <- write_phased_vcf(
  as_haplotypes(matrix(0:1, 2), variants = data.frame(ref = "A", alt = "C")), tempfile(fileext = ".vcf.gz")
)
h <- read_phased_vcf(small, threads = 1)
before <- sum(proc.time()[1:2])
h <- read_phased_vcf(arguments[1], threads = 1)
seconds <- sum(proc.time()[1:2]) - before
writeLines(format(c(seconds, dim(h), sum(as.matrix(h, threads = 1))), digits = 15, trim = TRUE), arguments[2])
