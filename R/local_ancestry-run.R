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
      if (own_mosaics) stats::setNames(lapply(unclass(calibration$mosaics), paste, collapse = " "),
        paste0("mosaic_", names(calibration$mosaics))))
  }
  open_long_run(checkpoint_dir, "training", facts, bpparam, threads, call)
}

# As `train_chromosome()` gives it, of every chromosome, and `flips`, where the phase of mosaics was
# repaired. `parts`: see `chromosome_parts()`; `mosaics`: of `held_out_mosaics()`, or NULL;
# `repair`: whether their phase is repaired first.
train_chromosomes <- function(panel, parts, settings, mosaics, repair, run, call) {
  input <- function(chrom) {
    part <- panel
    part$haplotypes <- for_workers(panel$haplotypes[, parts[[chrom]]], run, call)
    of_part <- if (!is.null(mosaics)) {
      list(haplotypes = for_workers(mosaics$haplotypes[, parts[[chrom]]], run, call),
        fold = mosaics$fold, panel_fold = mosaics$panel_fold)
    }
    list(panel = part, settings = settings, mosaics = of_part, repair = repair)
  }
  run_pieces(run, "chromosome", names(parts), lengths(parts), input, train_piece, call)
}

train_piece <- function(input, threads) {
  mosaics <- input$mosaics
  flips <- no_flips()[c("sample", "variant")]
  if (!is.null(mosaics) && input$repair) {
    flips <- mosaic_flips(input$panel, mosaics, threads, NULL)
    mosaics$haplotypes <- flipped_haplotypes(mosaics$haplotypes, flips, threads, NULL)
  }
  c(train_chromosome(input$panel, input$settings, threads, mosaics = mosaics), list(flips = flips))
}

# Where the phase of mosaics of one chromosome switches, by members of the panel that they are not
# made of: sample, variant.
mosaic_flips <- function(panel, mosaics, threads, call) {
  parts <- lapply(sort(unique(mosaics$fold)), function(fold) {
    own <- which(mosaics$fold == fold)
    others <- mosaics$panel_fold != fold
    donors <- donors_of(part_of_panel(panel, others), threads, call)
    donors <- donors_of_variants(donors, seq_len(ncol(panel$haplotypes)), nlevels(panel$population),
      panel$haplotypes$variants$position_cm)
    flips <- repaired_phase(mosaics$haplotypes[own, ], rep(1L, ncol(panel$haplotypes)), donors,
      threads, call, probabilities = FALSE)
    flips <- flips_at_borders(flips, panel$haplotypes$variants$position_bp)
    list(sample = own[flips$sample], variant = flips$variant)
  })
  flips <- join_flips(parts)
  lapply(flips, function(column) column[order(flips$sample, flips$variant)])
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
# `repair`: whether phase is repaired first.
label_chromosomes <- function(model, chroms, aligned, repair, run, call,
                              per_piece = samples_per_piece) {
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
      population = model$populations, reading = reading, repair = repair,
      position_bp = model$variants$position_bp[part$chosen],
      donors = if (repair || any(reading == 0)) {
        donors_for_workers(donors_at(model, part), run, call)
      })
  }
  size <- lengths(batches)[pieces$batch] * vapply(model$chromosomes[pieces$chrom],
    function(part) length(part$chosen), 0L)
  labeled <- run_pieces(run, "labels of chromosome", names, unname(size), input, label_piece, call)
  lapply(split(unname(labeled), factor(pieces$chrom, chroms)), join_samples)
}

# Calls of windows, and `flips`: where phase was repaired before, see `repaired_phase()`.
label_piece <- function(input, threads) {
  haplotypes <- input$haplotypes
  reading <- input$reading
  observed <- reading != 0
  one_copy <- which(has_one_copy(haplotypes[, observed]))
  if (!all(observed)) {
    haplotypes <- imputed_haplotypes(haplotypes, reading, input$donors, threads, NULL)
    reading <- rep(1L, length(reading))
  }
  flips <- no_flips()
  if (input$repair) {
    flips <- repaired_phase(haplotypes, reading, input$donors, threads, NULL)
    # A single copy has no phase, whatever lies in pseudo-autosomal regions.
    flips <- lapply(flips, `[`, !flips$sample %in% one_copy)
    flips <- flips_at_borders(flips, input$position_bp)
    haplotypes <- flipped_haplotypes(haplotypes, flips, threads, NULL)
  }
  calls <- predict_chromosome(input$model, haplotypes, input$population, threads,
    reading = reading, observed = observed)
  c(calls, list(flips = flips))
}

# Calls of batches of samples, one below the other.
join_samples <- function(batches) {
  if (length(batches) == 1) {
    return(batches[[1]])
  }
  label <- do.call(rbind, lapply(batches, `[[`, "label"))
  n_haplotypes <- vapply(batches, function(batch) nrow(batch$label), 0L)
  # [n_populations x n_haplotypes x n_windows] of each batch.
  joined <- function(name) {
    parts <- lapply(batches, `[[`, name)
    if (is.null(parts[[1]])) {
      return(NULL)
    }
    parts <- Map(function(part, n) {
      dim(part) <- c(length(part) / (n * ncol(label)), n, ncol(label))
      aperm(part, c(1, 3, 2))
    }, parts, n_haplotypes)
    n <- dim(parts[[1]])
    aperm(array(unlist(parts), c(n[1], n[2], nrow(label))), c(1, 3, 2))
  }
  probability <- joined("probability")
  if (!is.null(probability)) dimnames(probability) <- dimnames(batches[[1]]$probability)
  n_samples <- n_haplotypes %/% 2L
  before <- c(0L, cumsum(n_samples)[-length(n_samples)])
  flips <- Map(function(batch, before) {
    batch$flips$sample <- batch$flips$sample + before
    batch$flips
  }, batches, before)
  list(label = label, probability = probability, likeness = as.vector(joined("likeness")),
    flips = join_flips(flips))
}

# Of every chromosome of `evidence_parts()` what `decode_piece()` gives.
decode_chromosomes <- function(parts, beliefs, recalibration, model, run, call) {
  chroms <- vapply(parts, function(part) part$windows$chrom[1], "")
  input <- function(chrom) {
    list(part = parts[[match(chrom, chroms)]], beliefs = beliefs, recalibration = recalibration,
      tree = model$tree)
  }
  size <- vapply(parts, function(part) nrow(part$windows), 0L)
  unname(run_pieces(run, "posteriors of chromosome", chroms, size, input, decode_piece, call))
}

# posterior           [rows x n_populations] recalibrated, one row for each strand and window
# switch_probability  [(n_windows - 1) x n_chains], switched likewise
# steps               of `switch_steps()`
# sum, n              [n_populations x n_samples] of the likeness of windows, by what they are
#                     called
decode_piece <- function(input, threads) {
  call <- rlang::current_env()
  part <- input$part
  decoded <- decode_kinds(part, input$beliefs, threads, call)
  steps <- switch_steps(part, decoded)
  posterior <- decoded$posterior
  if (!is.null(input$recalibration)) {
    posterior <- recalibrated(posterior, input$recalibration, input$tree,
      input$beliefs[[length(input$beliefs)]], part$chains, nrow(part$windows), call)
  }
  c(list(posterior = posterior, switch_probability = as.double(decoded$switch_probability),
    switched = as.logical(decoded$switched), steps = steps), likeness_sums(part, posterior))
}

# Calls and switches of every chromosome. `decoded`: of `decode_chromosomes()`; `typicality`:
# [n_populations x n_samples], see `sample_typicality()`.
call_chromosomes <- function(parts, decoded, typicality, model, aligned, run, call) {
  chroms <- vapply(parts, function(part) part$windows$chrom[1], "")
  input <- function(chrom) {
    at <- match(chrom, chroms)
    part <- parts[[at]]
    own <- model$chromosomes[[chrom]]
    list(part = part, decoded = decoded[[at]], typicality = typicality,
      sample_id = aligned$haplotypes$samples$sample_id, populations = model$populations,
      position_bp = model$variants$position_bp[own$chosen],
      refine = model$refine, near = near_calls(model, own, aligned, part$flips, run, call))
  }
  size <- vapply(parts, function(part) nrow(part$windows), 0L)
  unname(run_pieces(run, "calls of chromosome", chroms, size, input, call_piece, call))
}

# What says at which variant calls change: haplotypes with their phase repaired, reading, donors.
near_calls <- function(model, part, aligned, flips, run, call) {
  reading <- as.integer(aligned$reading[part$chosen])
  haplotypes <- stand_in_variants(aligned$haplotypes, part$chosen, reading)
  list(
    haplotypes = for_workers(flipped_haplotypes(haplotypes, flips, run$threads, call), run, call),
    reading = reading, donors = donors_for_workers(donors_at(model, part), run, call)
  )
}

call_piece <- function(input, threads) {
  call <- rlang::current_env()
  part <- input$part
  decoded <- input$decoded
  posterior <- decoded$posterior
  posterior <- posterior[rep(!part$chains$empty, chain_rows(part)), , drop = FALSE]
  part$chains <- choose_chains(part$chains, !part$chains$empty)
  pieces <- if (input$refine) {
    refined_calls(part, posterior, input$near, input$position_bp, threads, call)
  } else {
    whole_windows(part, posterior)
  }
  if (!is.null(input$typicality)) {
    pieces$posterior <- without_untypical(pieces$posterior, (pieces$haplotype + 1L) %/% 2L,
      input$typicality)
  }
  calls <- calls_of_pieces(part, pieces, input$sample_id, input$populations, input$position_bp,
    input$typicality)
  switches <- switches_of_part(part, decoded, input$sample_id, input$position_bp)
  switches <- place_switches(switches, decoded$steps, input$near, input$position_bp, threads, call)
  list(calls = calls, switches = at_exchanges(switches, calls, part$windows))
}

# Rows of `decode_kinds()` of each chain.
chain_rows <- function(part) (1L + (part$chains$second > 0L)) * nrow(part$windows)
