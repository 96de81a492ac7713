# Rscript dev/fuzz/read_bed.R [N] [SEED]
# Breaks one of the three files of a small PLINK set at random, N times, and reads it.

suppressMessages(library(forebear))
arguments <- as.integer(commandArgs(TRUE))
n <- if (length(arguments) >= 1) arguments[1] else 2000
seed <- if (length(arguments) >= 2) arguments[2] else 1
set.seed(seed)

folder <- tempfile("fuzz")
dir.create(folder)
prefix <- file.path(folder, "set")
counts <- matrix(sample(c(0:2, NA), 7 * 20, replace = TRUE), 7)
write_bed(as_genotypes(counts), prefix)
endings <- c(".bed", ".bim", ".fam")
whole <- lapply(paste0(prefix, endings), function(path) readBin(path, "raw", 1e5))

break_bytes <- function(bytes) {
  place <- sample(length(bytes), 1)
  anything <- as.raw(sample(0:255, sample(20, 1), replace = TRUE))
  switch(sample(6, 1),
    bytes[seq_len(place - 1)],
    replace(bytes, place, anything[1]),
    append(bytes, anything, place),
    bytes[-(place:min(length(bytes), place + 10))],
    c(bytes, bytes),
    anything
  )
}

outcomes <- character(n)
for (i in seq_len(n)) {
  broken <- sample(3, 1)
  for (file in 1:3) {
    bytes <- if (file == broken) break_bytes(whole[[file]]) else whole[[file]]
    writeBin(bytes, paste0(prefix, endings[file]))
  }
  outcomes[i] <- tryCatch(
    {
      g <- suppressWarnings(read_bed(prefix))
      stopifnot(all(as.matrix(g) %in% c(0:2, NA)))
      "read"
    },
    error = function(condition) class(condition)[1]
  )
}

print(table(outcomes))
wrong <- !grepl("^(read|forebear_error_.*)$", outcomes) | outcomes == "forebear_error_internal"
if (any(wrong)) {
  message("round ", which(wrong)[1], " of seed ", seed, ": ", outcomes[wrong][1])
  quit(status = 1)
}
