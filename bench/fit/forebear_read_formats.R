# Rscript forebear_read_formats.R KIND PATH OUT: opens files and counts the genotypes of every variant; writes the CPU
# seconds of both, the numbers of samples and of variants, and how many genotypes are called.
suppressMessages(library(forebear))
arguments <- commandArgs(TRUE)
open <- switch(arguments[1],
  bed = read_bed, vcf.gz = function(path) read_vcf(path, threads = 1), pgen = , "pgen plain" = read_pgen,
  function(path) suppressMessages(read_eigenstrat(path, threads = 1))
)
# What is loaded late is loaded now.
invisible(variant_stats(read_bed(example_data("panel")), threads = 1))
clock <- function() sum(proc.time()[1:2])
start <- clock()
g <- suppressMessages(open(arguments[2]))
opened <- clock()
stats <- variant_stats(g, threads = 1)
counted <- clock()
facts <- c(opened - start, counted - opened, dim(g), sum(as.numeric(stats$n_called)))
writeLines(format(facts, digits = 15, trim = TRUE), arguments[3])
