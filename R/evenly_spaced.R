# At most `most` of the positions 1 to n, all apart by the same step but for rounding.
evenly_spaced <- function(n, most) round(seq(1, n, length.out = min(n, most)))
