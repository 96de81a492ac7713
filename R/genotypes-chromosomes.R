# Names of chromosomes. The core compares them, in one place; R asks it here.

# Distinct names of one data set, each with the last position on it (0 where positions are not
# given): chromosomes longer than those of humans are of another species.
chromosome_set <- function(chrom, position_bp = NULL) {
  chrom <- as.character(chrom)
  distinct <- unique(chrom[!is.na(chrom)])
  last_bp <- integer(length(distinct))
  if (!is.null(position_bp)) {
    by_position <- order(position_bp, decreasing = TRUE)
    last_bp <- position_bp[by_position][match(distinct, chrom[by_position])]
  }
  list(chrom = distinct, last_bp = as.integer(last_bp))
}

# The names of each set in the spelling that all have in common: a list of character vectors.
common_chromosomes <- function(sets, autosomes = NULL) {
  answer(rust_common_chromosomes(sets, autosomes))
}

# The names `x` and `y` of two data sets in one spelling. `position_bp` are those of `x`.
in_one_spelling <- function(x, y, position_bp = NULL, autosomes = NULL) {
  sets <- list(chromosome_set(x, position_bp), chromosome_set(y))
  common <- common_chromosomes(sets, autosomes)
  renamed <- function(names, i) common[[i]][match(as.character(names), sets[[i]]$chrom)]
  list(x = renamed(x, 1), y = renamed(y, 2))
}

# As `match()`, whatever the spelling.
match_chromosomes <- function(x, table, ...) {
  names <- in_one_spelling(x, table, ...)
  match(names$x, names$y, incomparables = NA)
}

# Names without "chr", leading zeros and so on, whatever the data set: for a heading, to sort them,
# or to compare those of one data set.
plain_chromosome <- function(chrom) {
  chrom <- as.character(chrom)
  distinct <- unique(chrom[!is.na(chrom)])
  answer(rust_plain_chromosomes(distinct))[match(chrom, distinct)]
}

# Chromosomes 1 to 22, then X, Y, XY and mitochondria, then contigs with numbers in numeric order.
natural_order <- function(chrom) {
  plain <- plain_chromosome(chrom)
  rank <- match(plain, c("X", "Y", "XY", "MT"))
  rank[is.na(rank)] <- 99L
  rank[grepl("^[0-9]+$", plain)] <- 0L
  digits <- gregexpr("[0-9]+", plain)
  key <- plain
  regmatches(key, digits) <- lapply(regmatches(plain, digits), pad_number)
  chrom[order(rank, key, chrom, method = "radix")]
}

pad_number <- function(digits) {
  paste0(strrep("0", pmax(0, 20 - nchar(digits))), digits)
}

check_autosomes <- function(autosomes, call = rlang::caller_env()) {
  if (is.null(autosomes)) {
    return(NULL)
  }
  check_count(autosomes, "autosomes", max = 1000, call = call)
}

# kind (see `rust_chromosome_kinds()`), is_guessed of each distinct chromosome of genotypes.
chromosome_kinds <- function(g) {
  set <- chromosome_set(g$variants$chrom, g$variants$position_bp)
  c(set["chrom"], answer(rust_chromosome_kinds(set, g$autosomes)))
}
