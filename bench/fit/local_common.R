# What the benches of local ancestry have in common. The first argument of a script is the folder of its data.
argument <- commandArgs(TRUE)
file <- function(name) file.path(argument[1], name)
# Value and CPU seconds of an expression.
cpu <- function(expression) {
  start <- proc.time()
  value <- force(expression)
  list(value = value, seconds = sum((proc.time() - start)[c("user.self", "sys.self")]))
}
# Arguments of local_ancestry(), from R code.
settings_of <- function(code) eval(parse(text = sprintf("list(%s)", code)))
# Changes of phase from one window to the next informative one, in windows where the two true haplotypes differ in ancestry. A window
# has the phase of most of its heterozygous variants, so a switch need not be placed to the variant.
switch_errors <- function(alleles, true_alleles, ancestry, window) {
  one <- function(sample) {
    pair <- 2 * sample - 1:0
    informative <- alleles[pair[1], ] != alleles[pair[2], ] & ancestry[pair[1], ] != ancestry[pair[2], ]
    as_given <- alleles[pair[1], informative] == true_alleles[pair[1], informative]
    kept <- tapply(as_given, window[informative], mean)
    sum(diff(kept[kept != 0.5] > 0.5) != 0)
  }
  sum(vapply(seq_len(nrow(alleles) / 2), one, 0))
}

# Ancestry of each true haplotype at every variant: haplotypes x variants.
true_ancestry <- function(truth, samples, position) {
  rows <- split(truth, list(factor(truth$sample, samples), truth$hap), drop = FALSE)
  keys <- as.vector(rbind(paste0(samples, ".0"), paste0(samples, ".1")))
  t(vapply(keys, function(key) {
    row <- rows[[key]][order(rows[[key]]$start), ]
    row$population[findInterval(position - 1, row$start)]
  }, character(length(position))))
}
