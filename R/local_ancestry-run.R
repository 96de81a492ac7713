# Local ancestry in pieces: chromosomes are trained, labeled and called one by one, each of which
# can be kept and can run on another computer.

# All that a trained chromosome depends on; mosaics follow the genetic map. `calibration`: settings,
# or NULL.
open_training <- function(panel, settings, calibration, cm_per_mb, checkpoint_dir, bpparam, threads,
                          call) {
  calibrate <- !is.null(calibration)
  own_mosaics <- calibrate && !identical(calibration$mosaics, new_calibration()$mosaics)
  facts <- function(threads) {
    data <- fingerprint(list(
      haplotypes_fingerprint(panel$haplotypes, threads, call), as.character(panel$population),
      levels(panel$population)
    ))
    c(settings, list(calibrate = calibrate, panel = data),
      if (calibrate) list(cm_per_mb = cm_per_mb),
      if (own_mosaics) stats::setNames(unclass(calibration$mosaics),
        paste0("mosaic_", names(calibration$mosaics))))
  }
  open_long_run(checkpoint_dir, "training", facts, bpparam, threads, call)
}

# As `train_chromosome()` gives it, of every chromosome. `parts`: see `chromosome_parts()`;
# `mosaics`: of `held_out_mosaics()`, or NULL.
train_chromosomes <- function(panel, parts, settings, mosaics, run, call) {
  input <- function(chrom) {
    part <- panel
    part$haplotypes <- for_workers(panel$haplotypes[, parts[[chrom]]], run, call)
    of_part <- if (!is.null(mosaics)) {
      list(haplotypes = for_workers(mosaics$haplotypes[, parts[[chrom]]], run, call),
        fold = mosaics$fold)
    }
    list(panel = part, settings = settings, mosaics = of_part)
  }
  run_pieces(run, "chromosome", names(parts), lengths(parts), input, train_piece, call)
}

train_piece <- function(input, threads) {
  train_chromosome(input$panel, input$settings, threads, mosaics = input$mosaics)
}

# Another process is sent what is in view alone.
for_workers <- function(haplotypes, run, call) {
  if (is.null(run$bpparam)) {
    return(haplotypes)
  }
  with_packed(haplotypes, repacked(haplotypes, run$threads, call))
}

# All that calls depend on. `settings`: named list of numbers and strings.
open_prediction <- function(model, new_data, settings, checkpoint_dir, bpparam, threads, call) {
  facts <- function(threads) {
    c(settings, list(
      model = fingerprint(unclass(model)),
      new_data = haplotypes_fingerprint(new_data, threads, call)
    ))
  }
  open_long_run(checkpoint_dir, "prediction", facts, bpparam, threads, call)
}

# Samples that are labeled in one piece; kept pieces know them by their place.
samples_per_piece <- 1000L

# As `predict_chromosome()` gives it, for each of `chroms`, all samples together.
label_chromosomes <- function(model, chroms, aligned, run, call, per_piece = samples_per_piece) {
  n <- nrow(aligned$haplotypes)
  batches <- split(seq_len(n), (seq_len(n) - 1L) %/% per_piece)
  pieces <- expand.grid(batch = seq_along(batches), chrom = chroms, stringsAsFactors = FALSE)
  names <- sprintf("%s samples %d and on", pieces$chrom,
    vapply(batches, `[[`, 0L, 1)[pieces$batch])
  input <- function(name) {
    piece <- pieces[match(name, names), ]
    part <- model$chromosomes[[piece$chrom]]
    reading <- as.integer(aligned$reading[part$chosen])
    haplotypes <- stand_in_variants(aligned$haplotypes, part$chosen, reading)
    haplotypes <- haplotypes[batches[[piece$batch]], ]
    list(model = part$model, haplotypes = for_workers(haplotypes, run, call),
      population = model$populations, reading = reading,
      donors = if (any(reading == 0)) donors_for_workers(donors_at(model, part), run, call))
  }
  size <- lengths(batches)[pieces$batch] * vapply(model$chromosomes[pieces$chrom],
    function(part) length(part$chosen), 0L)
  labeled <- run_pieces(run, "labels of chromosome", names, unname(size), input, label_piece, call)
  lapply(split(unname(labeled), factor(pieces$chrom, chroms)), join_samples)
}

# `donors`: unless every variant is there.
label_piece <- function(input, threads) {
  haplotypes <- input$haplotypes
  reading <- input$reading
  if (!is.null(input$donors)) {
    haplotypes <- imputed_haplotypes(haplotypes, reading, input$donors, threads, NULL)
    reading <- rep(1L, length(reading))
  }
  predict_chromosome(input$model, haplotypes, input$population, threads, reading = reading)
}

# Calls of batches of samples, one below the other.
join_samples <- function(batches) {
  if (length(batches) == 1) {
    return(batches[[1]])
  }
  label <- do.call(rbind, lapply(batches, `[[`, "label"))
  probability <- batches[[1]]$probability
  if (!is.null(probability)) {
    n <- dim(probability)
    transposed <- lapply(batches, function(batch) aperm(batch$probability, c(1, 3, 2)))
    joined <- array(unlist(transposed), c(n[1], n[3], nrow(label)))
    probability <- aperm(joined, c(1, 3, 2))
    dimnames(probability) <- dimnames(batches[[1]]$probability)
  }
  list(label = label, probability = probability)
}

# As `calls_of_part()` gives it, and `switch_steps()`, of every chromosome of `evidence_parts()`.
call_chromosomes <- function(parts, beliefs, recalibration, sample_id, populations, run, call) {
  chroms <- vapply(parts, function(part) part$windows$chrom[1], "")
  input <- function(chrom) {
    list(part = parts[[match(chrom, chroms)]], beliefs = beliefs, recalibration = recalibration,
      sample_id = sample_id, populations = populations)
  }
  size <- vapply(parts, function(part) nrow(part$windows), 0L)
  unname(run_pieces(run, "calls of chromosome", chroms, size, input, call_piece, call))
}

call_piece <- function(input, threads) {
  call <- rlang::current_env()
  decoded <- decode_kinds(input$part, input$beliefs, threads, call)
  steps <- switch_steps(input$part, decoded)
  if (!is.null(input$recalibration)) {
    decoded$posterior <- recalibrated(decoded$posterior, input$recalibration, call)
  }
  c(calls_of_part(input$part, decoded, input$sample_id, input$populations), list(steps = steps))
}
