#' Local ancestry in the files of RFMix
#'
#' `write_msp()` and `write_fb()` write calls as RFMix 2 does, `.msp.tsv` with the most probable
#' population of each window and `.fb.tsv` with the posteriors, so that whatever reads RFMix
#' (Tractor among others) reads them. `read_msp()` and `read_fb()` read what RFMix 2, Gnomix or
#' forebear wrote, plain or gzipped, into the class that every verb on calls takes.
#'
#' @section Places:
#' In an `.msp.tsv` of RFMix, `epos` of a window is the `spos` of the next one, and variants at
#' `spos <= position < epos` belong to it; the last window of a chromosome ends at its last variant.
#' So do all windows of Gnomix. Where `epos` is the next `spos`, `end_bp` is the base before it,
#' elsewhere `epos` itself. `write_msp()` writes as RFMix does, but windows that were read from an
#' `.msp.tsv` with the `epos` of their file. So `end_bp` of calls that were written and read is the
#' base before the next window, not the last variant. Genetic positions that are not known are
#' `nan`; on reading also `.`, `NA`, `None`, -9 or nothing.
#'
#' Where calls of some haplotype split a window, it is cut there for all of them: a window of the
#' file is a part of the window of the calls within which nothing changes. Parts begin and end at
#' variants. Where the calls do not know their variants, genetic positions go up evenly within the
#' window, and `n snps` is `nan`.
#'
#' Rows of an `.fb.tsv` are places, not windows. `write_fb()` puts one at the center of each window,
#' as RFMix does, or, with `rows = "ends"`, two, at its first and its last variant (one, if it has
#' one variant): programs that take the nearest row for each variant then find the right window for
#' all of them. Half way between two centers is not where windows meet unless they are of one
#' length. Windows of the calls mostly are, parts of them are not, so that the ends are written
#' where a window is split. `read_fb()` sets
#' the borders of windows half way between rows; with `windows`, rows inside a window are averaged.
#' Where each window has one row or two, their places, genetic places and indices are kept, and
#' `write_fb()` writes them again: what was read from a file of forebear gives the same file.
#'
#' @section What files do not know:
#' An `.msp.tsv` has no posteriors: the called population gets 1. Neither has phase switches, nor a
#' population tree other than that given. In both, a sample with one haplotype has it twice.
#' `write_fb()` writes each number with the fewest digits that read back as the same.
#'
#' @section Several files:
#' These programs write a file for each chromosome. Several paths are read one after the other and
#' joined by [`rbind()`][rbind.forebear_ancestry_calls].
#'
#' @param calls Ancestry calls.
#' @param path Path of the file; for reading, of one file or several. What is written is compressed,
#'   in the blocks of bgzip, if the name ends in `.gz` or `.bgz`.
#' @param tree The population tree, as for [reference_panel()]; `NULL`: all populations
#'   directly below the root.
#' @param windows Where the windows of an `.fb.tsv` lie: the path of the `.msp.tsv` beside it (or
#'   several), or calls, whose windows are cut where they are split. Windows on chromosomes that a
#'   file does not have are passed over; `"1"` is `"chr1"`. `NULL`: each row is a window.
#' @param rows `"centre"`: one row per window; `"ends"`: two; `NULL`: the ends if calls split a
#'   window, else those of the file that the calls were read from, else the centers.
#' @returns `read_msp()` and `read_fb()`: ancestry calls, a tibble with `sample_id`, `haplotype` (1
#'   or 2), `chrom`, `window`, `start_bp`, `end_bp`, `.pred_class` and `.pred_<population>`, ordered
#'   by chromosome, sample, haplotype, window. `write_msp()` and `write_fb()`: `path`, invisibly;
#'   the file appears only when it is whole.
#' @section Errors:
#' With the line of the file: `forebear_error_msp_header` and `forebear_error_fb_header` (first two
#' lines), `forebear_error_column_count`, `forebear_error_field` (no number, an unknown code, a
#' posterior outside 0 to 1), `forebear_error_window_order` (windows that overlap or go back),
#' `forebear_error_posterior_sum` (not 1 within 0.01). `forebear_error_fb_windows` if a row lies on
#' a chromosome that `windows` do not have, or a window has no row; `forebear_error_tree` if the
#' leaves of `tree` are not the populations of the file; `forebear_error_join_calls` if several
#' files do not belong together. `forebear_error_empty_table`, `forebear_error_file`,
#' `forebear_error_truncated`, `forebear_error_not_utf8`, `forebear_error_argument`. When writing,
#' `forebear_error_incomplete_calls`, and `forebear_error_msp_name` for names with tabs, or
#' populations with spaces at their ends.
#' @examples
#' calls <- read_fb(example_data("fb"), windows = example_data("msp"))
#' calls
#' path <- write_msp(calls, tempfile(fileext = ".msp.tsv"))
#' readLines(path, 2)
#' read_msp(path)
#' @family ancestry calls
#' @export
read_msp <- function(path, tree = NULL) {
  call <- rlang::current_env()
  path <- check_paths(path, "path", call)
  join_call_files(path, function(i) read_one_msp(path[i], tree, call), call)
}

read_one_msp <- function(path, tree, call) {
  table <- with_progress(function(progress) rust_read_ancestry_table(path, progress), call)
  populations <- msp_populations(table$first, path, call)
  owner <- msp_samples(table$header, path, call)
  place <- table$numbers[seq_along(msp_places[-1]), , drop = FALSE]
  windows <- msp_windows(table$chrom, place, path, call)
  code <- table$numbers[-seq_along(msp_places[-1]), , drop = FALSE]
  check_codes(code, populations, path, call)
  columns <- lapply(populations, function(value) (code == value) + 0)
  calls_of_file(windows, owner, stats::setNames(columns, names(populations)), tree, call)
}

msp_places <- c("#chm", "spos", "epos", "sgpos", "egpos", "n snps")

# How programs spell them, without case, spaces and punctuation.
msp_spellings <- list(c("chm", "chr", "chrom", "chromosome"), "spos", "epos", "sgpos", "egpos",
  c("nsnps", "nsnp", "nvariants"))

are_msp_places <- function(header) {
  plain <- gsub("[^a-z]", "", tolower(header))
  length(plain) == length(msp_spellings) && all(mapply(`%in%`, plain, msp_spellings))
}

# code, name of the entries of the first line; are_codes: whether all have both. Where tabs stand
# between entries, names may have spaces; else commas or spaces do.
msp_codes <- function(first) {
  text <- trimws(sub("^#[^:]*:[[:space:]]*", "", first))
  if (!grepl("\t", text, fixed = TRUE)) {
    text <- gsub("(=[0-9][0-9.eE+]*)[[:space:],]+", "\\1\t", text)
  }
  pieces <- sub("[[:space:],]+$", "", trimws(strsplit(text, "\t+")[[1]]))
  code <- suppressWarnings(as.numeric(sub("^.*=", "", pieces)))
  name <- sub("[[:space:]]*=[^=]*$", "", pieces)
  is_code <- grepl("^.+=[0-9]", pieces) & nzchar(name) & !is.na(code) & code == round(code) &
    code < 1e6
  list(code = as.integer(code[is_code]), name = name[is_code],
    are_codes = grepl(":", first, fixed = TRUE) && length(pieces) > 0 && all(is_code))
}

# Codes of populations, named by them, from `#Subpopulation order/codes: A=0<tab>B=1`.
msp_populations <- function(first, path, call) {
  entries <- msp_codes(first)
  code <- entries$code
  name <- entries$name
  problem <- if (!startsWith(first, "#") || !entries$are_codes) {
    sprintf("Line 1 of \"%s\" is \"%s\".", path, substr(first, 1, 60))
  } else if (anyDuplicated(code) || anyDuplicated(name)) {
    sprintf("Line 1 of \"%s\" names a population or a code twice.", path)
  }
  if (!is.null(problem)) {
    abort_forebear("msp_header", c(
      "The first line of an .msp.tsv must be `#Subpopulation order/codes: POP=0 POP=1 ...`.",
      x = problem
    ), call)
  }
  stats::setNames(code, name)[order(code)]
}

# sample_id, haplotype: of the columns after the places.
msp_samples <- function(header, path, call) {
  own <- header[-seq_along(msp_places)]
  is_haplotype <- grepl("^.+\\.[01]$", own)
  sample_id <- sub("\\.[01]$", "", own)
  haplotype <- ifelse(endsWith(own, "0"), 1L, 2L)
  problem <- if (!are_msp_places(header[seq_along(msp_places)]) || length(own) == 0) {
    sprintf("Line 2 of \"%s\" begins with %s.", path,
      first_of(quoted(utils::head(header, 7), FALSE), 7))
  } else if (!all(is_haplotype)) {
    sprintf("Line 2 of \"%s\" has the column %s.", path, quoted(own[!is_haplotype][1]))
  } else if (anyDuplicated(own) || !all(table(sample_id) == 2)) {
    sprintf("Line 2 of \"%s\" lacks or repeats a haplotype of %s.", path,
      quoted(names(which(table(sample_id) != 2 | table(sub("[01]$", "", unique(own))) != 2))))
  }
  if (!is.null(problem)) {
    abort_forebear("msp_header", c(
      paste("The second line of an .msp.tsv must be `#chm spos epos sgpos egpos n snps`, then",
        "`<sample>.0` and `<sample>.1` for each sample, set apart by tabs."),
      x = problem
    ), call)
  }
  list(sample_id = sample_id, haplotype = haplotype)
}

# The windows table; `place` is [5 x n_windows]. `epos` is kept as the file has it.
msp_windows <- function(chrom, place, path, call) {
  start <- place[1, ]
  epos <- place[2, ]
  # RFMix ends a window where the next one begins; its last window, and all of Gnomix, end at their
  # last variant.
  is_next <- c(chrom[-1] == chrom[-length(chrom)], FALSE) & epos == c(start[-1], NA)
  end <- epos - (is_next %in% TRUE)
  is_wrong <- is.na(start) | is.na(end) | start != round(start) | end != round(end) |
    start < 0 | end < start | epos > .Machine$integer.max
  check_places(!is_wrong, chrom, start, end, path, call, epos)
  tibble::tibble(
    chrom = chrom, window = number_within(chrom), start_bp = as.integer(start),
    end_bp = as.integer(end), start_cm = known_cm(place[3, ]), end_cm = known_cm(place[4, ]),
    n_variants = suppressWarnings(as.integer(known(place[5, ]))), epos = as.integer(epos)
  )
}

# -9 is how PLINK's files say that a number is not known.
known_cm <- function(x) replace(known(x), x %in% -9, NA_real_)

known <- function(x) replace(x, is.nan(x), NA_real_)

# 1, 2, ... along each run of equal values.
number_within <- function(chrom) sequence(rle(chrom)$lengths)

bp_text <- function(x) format(x, scientific = FALSE, trim = TRUE, digits = 15)

# Lines of a file from the third on: places must be whole, and go up along each chromosome.
check_places <- function(is_place, chrom, start, end, path, call, shown = end + 1) {
  first_of_chrom <- !duplicated(chrom)
  follows <- c(FALSE, chrom[-1] == chrom[-length(chrom)])
  is_back <- c(FALSE, start[-1] <= end[-length(end)])
  wrong <- which(!is_place | (follows & is_back) | (!follows & !first_of_chrom))
  if (length(wrong) > 0) {
    abort_forebear("window_order", c(
      paste("Windows must begin before they end, at whole base pairs, and follow each other",
        "along each chromosome."),
      x = sprintf("Line %d of \"%s\", chromosome %s: from %s to %s.", wrong[1] + 2L, path,
        quoted(chrom[wrong[1]]), bp_text(start[wrong[1]]), bp_text(shown[wrong[1]])),
      i = "Sort the file by chromosome and place."
    ), call)
  }
}

check_codes <- function(code, populations, path, call) {
  if (!all(code %in% populations)) {
    wrong <- which(!code %in% populations)[1]
    abort_forebear("field", c(
      "Every haplotype must have the code of a population of the first line.",
      x = sprintf("Line %d of \"%s\" has %s.", (wrong - 1L) %/% nrow(code) + 3L, path,
        format(code[wrong]))
    ), call)
  }
}

# Calls from what a file has. `columns`: for each population [n_haplotypes x n_windows] posteriors,
# haplotypes in the order of `owner`, windows in that of the table.
calls_of_file <- function(windows, owner, columns, tree, call) {
  populations <- names(columns)
  tree <- as_population_tree(tree, populations, call)
  order_of <- order(match(owner$sample_id, unique(owner$sample_id)), owner$haplotype)
  n_haplotypes <- length(order_of)
  by_chrom <- split(seq_len(nrow(windows)), factor(windows$chrom, unique(windows$chrom)))
  window <- unlist(lapply(by_chrom, rep, times = n_haplotypes), use.names = FALSE)
  haplotype <- rep(rep(order_of, length(by_chrom)), rep(lengths(by_chrom), each = n_haplotypes))
  cell <- cbind(haplotype, window)
  posterior <- lapply(columns, function(column) column[cell])
  best <- max.col(matrix(unlist(posterior), nrow(cell)), ties.method = "first")
  calls <- c(
    list(sample_id = owner$sample_id[haplotype], haplotype = owner$haplotype[haplotype],
      chrom = windows$chrom[window], window = windows$window[window],
      start_bp = windows$start_bp[window], end_bp = windows$end_bp[window],
      .pred_class = populations[best]),
    stats::setNames(posterior, paste0(".pred_", populations))
  )
  calls <- new_ancestry_calls(tibble::as_tibble(calls), no_switches(), windows, populations, tree)
  tree_of_calls(calls, NULL, call)
  calls
}

no_switches <- function() {
  tibble::tibble(sample_id = character(), chrom = character(), window = integer(),
    switch_probability = double(), switched = logical())
}

#' @rdname read_msp
#' @export
write_msp <- function(calls, path) {
  call <- rlang::current_env()
  path <- check_path(path, "path")
  calls <- calls_in_memory(calls, call)
  blocks <- call_blocks(calls, call)
  samples <- samples_of_blocks(blocks, call)
  populations <- attr(calls, "populations")
  check_table_names(samples, populations, call)
  inform_untypical(untypical_of_calls(calls), counts_as_nearest)
  code <- match(calls$.pred_class, populations) - 1
  values <- do.call(cbind, lapply(blocks, function(block) {
    at <- block$row[, haplotype_columns(block, samples), drop = FALSE]
    rbind(msp_places_of(block$windows), t(matrix(code[at], nrow(at))))
  }))
  heading <- c(
    paste0("#Subpopulation order/codes: ",
      paste0(populations, "=", sprintf("%d", seq_along(populations) - 1L), collapse = "\t")),
    paste(c(msp_places, paste0(rep(samples, each = 2), c(".0", ".1"))), collapse = "\t")
  )
  chrom <- unlist(lapply(blocks, function(block) rep(block$chrom, nrow(block$windows))))
  values[is.na(values)] <- NaN
  with_progress(function(progress) {
    rust_write_ancestry_table(path, heading, chrom, unname(values), progress)
  }, call)
  invisible(path)
}

# [5 x n_windows] numbers before the codes. A window ends where the next one begins, the last at its
# last variant, as in RFMix; one that was read ends as in its file.
msp_places_of <- function(windows) {
  n <- nrow(windows)
  joined <- which(follows(windows$window))
  end <- as.double(windows$end_bp)
  end[joined] <- windows$start_bp[joined + 1]
  epos <- windows[["epos"]]
  of_file <- which((epos - windows$end_bp) %in% 0:1)
  end[of_file] <- epos[of_file]
  end_cm <- as.double(windows$end_cm)
  end_cm[joined] <- windows$start_cm[joined + 1]
  rbind(as.double(windows$start_bp), end, as.double(windows$start_cm), end_cm,
    if (n > 0) as.double(windows$n_variants))
}

# Samples of all chromosomes, which must be the same.
samples_of_blocks <- function(blocks, call) {
  samples <- unique(blocks[[1]]$sample_id)
  for (block in blocks) {
    if (!setequal(block$sample_id, samples)) {
      other <- union(setdiff(block$sample_id, samples), setdiff(samples, block$sample_id))
      abort_incomplete(sprintf("Not on all chromosomes: %s.", quoted(other)), call)
    }
  }
  samples
}

# Columns of a block for both haplotypes of each sample; the first stands in for one that is absent.
haplotype_columns <- function(block, samples) {
  first <- match(paste(samples, 1L, sep = "\r"), paste(block$sample_id, block$haplotype,
    sep = "\r"))
  second <- match(paste(samples, 2L, sep = "\r"), paste(block$sample_id, block$haplotype,
    sep = "\r"))
  c(rbind(ifelse(is.na(first), second, first), ifelse(is.na(second), first, second)))
}

check_table_names <- function(samples, populations, call) {
  outer <- grepl("^[[:space:]]|[[:space:],]$", populations)
  wrong <- c(samples[grepl("[\t\r\n]", samples)],
    populations[grepl("[\t\r\n]", populations) | outer])
  if (length(wrong) > 0) {
    abort_forebear("msp_name", c(
      paste("Names in a table of RFMix must have no tab or line break, and populations no space at",
        "either end, nor a comma at the last."),
      x = sprintf("%s not: %s.", verb(length(wrong)), quoted(wrong))
    ), call)
  }
}
