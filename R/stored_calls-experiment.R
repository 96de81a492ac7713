# Stored calls as posteriors in an HDF5 file, windows x haplotypes, behind a
# RangedSummarizedExperiment: see `?as_summarized_experiment`.

# Levels of gzip: more takes much longer for little.
hdf5_level <- 3L

# Most entries of a chunk, the least that is read and decompressed at once.
most_in_chunk <- 2^17

experiment_of_calls <- function(x, call) {
  for (package in c("SummarizedExperiment", "GenomicRanges", "IRanges", "S4Vectors",
    "GenomeInfoDb", "rhdf5", "HDF5Array")) {
    check_package(package, call = call)
  }
  about <- x$about
  path <- file.path(x$path, "posteriors.h5")
  if (!is_hdf5_of(path, x)) write_posteriors(x, path, call)
  haplotypes <- paste0(rep(about$sample_id, each = 2), c("_1", "_2"))
  windows <- about$windows
  names <- paste(windows$chrom, windows$window, sep = ":")
  assays <- lapply(seq_along(about$populations), function(population) {
    codes <- HDF5Array::HDF5Array(path, hdf5_name(population))
    # Delayed: nothing is read.
    posterior <- codes / posterior_scale(about$bits)
    dimnames(posterior) <- list(names, haplotypes)
    posterior
  })
  chroms <- unique(windows$chrom)
  genome <- if (length(about$build) == 1) about$build else NA_character_
  ranges <- GenomicRanges::GRanges(windows$chrom,
    IRanges::IRanges(windows$start_bp, windows$end_bp), window = windows$window,
    start_cm = windows$start_cm, end_cm = windows$end_cm, n_variants = windows$n_variants,
    seqinfo = GenomeInfoDb::Seqinfo(chroms, genome = rep(genome, length(chroms))))
  names(ranges) <- names
  SummarizedExperiment::SummarizedExperiment(
    stats::setNames(assays, about$populations), rowRanges = ranges,
    colData = S4Vectors::DataFrame(sample_id = rep(about$sample_id, each = 2),
      haplotype = rep(1:2, length(about$sample_id)), row.names = haplotypes),
    metadata = list(store = x$path)
  )
}

# Populations may have any name; HDF5 takes a slash for a folder.
hdf5_name <- function(population) sprintf("population_%d", population)

# Whether the file is there and of the same run: it is written whole or not at all.
is_hdf5_of <- function(path, x) {
  file.exists(path) && identical(as.character(rhdf5::h5readAttributes(path, "/")$run), x$run)
}

# One dataset [n_windows x n_haplotypes] for each population, of whole numbers as in the files of
# batches, `NA` where there is no haplotype; a batch at a time.
write_posteriors <- function(x, path, call) {
  about <- x$about
  n_windows <- nrow(about$windows)
  n_haplotypes <- 2L * length(about$sample_id)
  temporary <- tempfile("posteriors", tmpdir = x$path, fileext = ".h5")
  on.exit(unlink(temporary))
  in_batch <- min(2L * about$batch, n_haplotypes)
  columns <- max(1, min(in_batch, most_in_chunk %/% n_windows))
  rhdf5::h5createFile(temporary)
  for (population in seq_along(about$populations)) {
    rhdf5::h5createDataset(temporary, hdf5_name(population), c(n_windows, n_haplotypes),
      storage.mode = "integer", chunk = c(min(n_windows, most_in_chunk), columns),
      level = hdf5_level, shuffle = TRUE)
  }
  for (number in seq_len(n_batches_of(about))) {
    samples <- seq.int((number - 1L) * about$batch + 1L,
      min(number * about$batch, length(about$sample_id)))
    codes <- window_codes(calls_of_stored(x, samples, call), about, about$sample_id[samples])
    at <- seq.int(2L * samples[1] - 1L, length.out = 2L * length(samples))
    for (population in seq_along(codes)) {
      rhdf5::h5write(codes[[population]], temporary, hdf5_name(population),
        index = list(NULL, at))
    }
  }
  write_run(x$run, temporary)
  if (!file.rename(temporary, path)) {
    abort_forebear("file", c("Posteriors must be written into the folder of the stored calls.",
      x = sprintf("\"%s\" cannot be made.", path)), call)
  }
}

# Writes which run the file is of. Other files of HDF5 that a user has open stay so.
write_run <- function(run, path) {
  file <- rhdf5::H5Fopen(path)
  on.exit(rhdf5::H5Fclose(file))
  rhdf5::h5writeAttribute(run, file, "run")
}

# Of each population whole numbers [n_windows x n_haplotypes] for mean posteriors of windows, over
# their variants where calls change inside; see `posterior_codes()`.
window_codes <- function(calls, about, sample_id) {
  scale <- posterior_scale(about$bits)
  n_windows <- nrow(about$windows)
  codes <- lapply(about$populations, function(population) {
    matrix(NA_integer_, n_windows, 2L * length(sample_id))
  })
  for (pieces in call_pieces(calls)) {
    own <- about$windows[about$windows$chrom == pieces$chrom, ]
    rows <- match(pieces$windows$window, own$window) +
      which(about$windows$chrom == pieces$chrom)[1] - 1L
    column <- 2L * match(pieces$sample_id, sample_id) - 2L + pieces$haplotype
    cell <- rows[pieces$window] + n_windows * (column[pieces$owner] - 1)
    part <- piece_edges(pieces)$part
    posterior <- lapply(paste0(".pred_", about$populations), function(name) {
      calls[[name]][pieces$row] * part
    })
    cells <- unique(cell)
    if (any(pieces$is_split)) {
      posterior <- lapply(posterior, function(column) c(rowsum(column, match(cell, cells))))
    }
    whole <- posterior_codes(posterior, scale)
    for (population in seq_along(codes)) codes[[population]][cells] <- whole[, population]
  }
  codes
}
