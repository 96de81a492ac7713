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
g <- as_genotypes(counts)
variants(g) <- data.frame(variant_id = rep(".", 20), position_bp = 1e5 * seq_len(20))
write_bed(g, prefix)
if (seed %% 2 == 0) {
  # Headers, and numbers as R writes them.
  bim <- sprintf("1 . %s B A", format(1e5 * seq_len(20), scientific = TRUE, trim = TRUE))
  writeLines(c("#CHROM ID POS ALT REF", bim), paste0(prefix, ".bim"))
  writeLines(c("#FID IID SEX", sprintf("f s%d M", 1:7)), paste0(prefix, ".fam"))
}
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
      g <- suppressMessages(suppressWarnings(read_bed(prefix)))
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
