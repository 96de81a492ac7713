# Posteriors in RFMix's .fb.tsv; the help page is that of read_msp().

fb_places <- c("chromosome", "physical_position", "genetic_position", "genetic_marker_index")

#' @rdname read_msp
#' @export
read_fb <- function(path, windows = NULL, tree = NULL) {
  call <- rlang::current_env()
  path <- check_paths(path, "path", call)
  windows <- given_windows(windows, call)
  join_call_files(path, function(i) read_one_fb(path[i], windows, tree, call), call)
}

# The windows table of calls, or of what one or several .msp.tsv hold. Windows that calls split are
# those of the file that they are written to.
given_windows <- function(windows, call) {
  if (is.null(windows)) {
    return(NULL)
  }
  if (is.character(windows)) windows <- read_msp(windows)
  check_calls(windows, call)
  if (!are_split(windows)) {
    return(attr(windows, "windows"))
  }
  cut <- vctrs::vec_rbind(!!!lapply(call_blocks(windows, call), `[[`, "windows"))
  cut$window <- number_within(cut$chrom)
  cut
}

read_one_fb <- function(path, windows, tree, call) {
  table <- with_progress(function(progress) rust_read_ancestry_table(path, progress), call)
  columns <- fb_columns(table, path, call)
  posterior <- table$numbers[-seq_along(fb_places[-1]), , drop = FALSE]
  check_posteriors(posterior, columns, path, call)
  position <- table$numbers[1, ]
  is_place <- !is.na(position) & position == round(position) & position >= 0 &
    position <= .Machine$integer.max
  # Two rows of one window may have the same place.
  last <- if (is.null(windows)) position else position - 1
  check_places(is_place, table$chrom, position, last, path, call)
  if (is.null(windows)) {
    windows <- fb_windows(table$chrom, position, known(table$numbers[2, ]))
    row <- seq_along(position)
    second <- rep(NA_integer_, length(position))
  } else {
    windows$chrom <- table$chrom[match_chromosomes(windows$chrom, table$chrom)]
    windows <- windows[!is.na(windows$chrom), ]
    window <- windows_of_rows(table$chrom, position, windows, path, call)
    posterior <- average_rows(posterior, window, nrow(windows))
    n_rows <- tabulate(window, nrow(windows))
    row <- match(seq_len(nrow(windows)), window)
    second <- ifelse(n_rows == 2, row + 1L, NA)
    row[n_rows > 2] <- NA
  }
  windows[fb_row_columns] <- fb_row_values(table, row)
  windows[fb_second_columns] <- fb_row_values(table, second)
  by_population <- lapply(columns$index, function(index) posterior[index, , drop = FALSE])
  calls_of_file(windows, columns$owner, by_population, tree, call)
}

# What the row of an .fb.tsv says of its place, where a window has one row or two: `write_fb()`
# gives it back. `NA` where there are more rows, or what the file does not know.
fb_row_columns <- c("marker_bp", "marker_cm", "marker_index")
fb_second_columns <- paste0("second_", fb_row_columns)

fb_row_values <- function(table, row) {
  list(table$numbers[1, row], known(table$numbers[2, row]), known(table$numbers[3, row]))
}

# owner: sample_id, haplotype of each haplotype; index: for each population the column of each
# haplotype, counted after the places.
fb_columns <- function(table, path, call) {
  refuse <- function(problem) {
    abort_forebear("fb_header", c(
      paste("An .fb.tsv must begin with `#reference_panel_population:` and the populations, then",
        "the line `chromosome physical_position genetic_position genetic_marker_index`,",
        "followed by `<sample>:::hap1:::<population>` and so on, all set apart by tabs."),
      x = problem
    ), call)
  }
  if (!startsWith(table$first, "#reference_panel_population:")) {
    refuse(sprintf("Line 1 of \"%s\" is \"%s\".", path, substr(table$first, 1, 60)))
  }
  # Tabs stand between names that may have spaces.
  text <- sub("^#reference_panel_population:", "", table$first)
  populations <- trimws(strsplit(text, if (grepl("\t", text)) "\t" else "[[:space:]]+")[[1]])
  populations <- populations[nzchar(populations)]
  header <- table$header[-seq_along(fb_places)]
  places <- sub("^#", "", trimws(table$header[seq_along(fb_places)]))
  if (!identical(places, fb_places) || length(header) == 0) {
    refuse(sprintf("Line 2 of \"%s\" begins with %s.", path,
      quoted(utils::head(table$header, 5))))
  }
  pattern <- "^(.+):::hap([12]):::(.+)$"
  is_column <- grepl(pattern, header) & sub(pattern, "\\3", header) %in% populations
  if (!all(is_column)) {
    refuse(sprintf("Line 2 of \"%s\" has the column %s.", path, quoted(header[!is_column][1])))
  }
  fb_index(header, unique(sub(pattern, "\\1", header)), populations, refuse, path)
}

# What fb_columns() gives, for the columns of `header`.
fb_index <- function(header, samples, populations, refuse, path) {
  sample_id <- rep(samples, each = 2)
  haplotype <- rep(1:2, length.out = length(sample_id))
  index <- lapply(populations, function(population) {
    match(paste0(sample_id, ":::hap", haplotype, ":::", population), header)
  })
  if (anyNA(unlist(index)) || anyDuplicated(header) || anyDuplicated(populations) ||
      length(unlist(index)) != length(header)) {
    refuse(sprintf("Line 2 of \"%s\" lacks or repeats a haplotype or a population.", path))
  }
  list(owner = list(sample_id = sample_id, haplotype = haplotype),
    index = stats::setNames(index, populations))
}

# Rounding of RFMix leaves sums a little off.
check_posteriors <- function(posterior, columns, path, call) {
  wrong <- which(is.na(posterior) | posterior < 0 | posterior > 1)
  if (length(wrong) > 0) {
    abort_forebear("field", c(
      "A posterior must be a number from 0 to 1.",
      x = sprintf("Line %d of \"%s\" has %s.", (wrong[1] - 1L) %/% nrow(posterior) + 3L, path,
        format(posterior[wrong[1]]))
    ), call)
  }
  total <- Reduce(`+`, lapply(columns$index, function(index) posterior[index, , drop = FALSE]))
  wrong <- which(abs(total - 1) > 0.01)
  if (length(wrong) > 0) {
    abort_forebear("posterior_sum", c(
      "The posteriors of a haplotype must sum to 1 (+- 0.01).",
      x = sprintf("Line %d of \"%s\": those of haplotype %d of %s sum to %.4f.",
        (wrong[1] - 1L) %/% nrow(total) + 3L, path,
        columns$owner$haplotype[(wrong[1] - 1L) %% nrow(total) + 1L],
        quoted(columns$owner$sample_id[(wrong[1] - 1L) %% nrow(total) + 1L]), total[wrong[1]])
    ), call)
  }
}

# Each row is a window; borders lie half way between rows.
fb_windows <- function(chrom, position, cm) {
  first <- !duplicated(chrom)
  last <- !duplicated(chrom, fromLast = TRUE)
  before <- c(NA, position[-length(position)])
  after <- c(position[-1], NA)
  between <- function(a, b) (a + b) / 2
  tibble::tibble(
    chrom = chrom, window = number_within(chrom),
    start_bp = as.integer(ifelse(first, position, floor(between(before, position)) + 1)),
    end_bp = as.integer(ifelse(last, position, floor(between(position, after)))),
    start_cm = ifelse(first, cm, between(c(NA, cm[-length(cm)]), cm)),
    end_cm = ifelse(last, cm, between(cm, c(cm[-1], NA))),
    n_variants = NA_integer_
  )
}

# n_rows, the window that each lies in.
windows_of_rows <- function(chrom, position, windows, path, call) {
  window <- rep(NA_integer_, length(position))
  for (name in unique(windows$chrom)) {
    own <- which(windows$chrom == name)
    here <- which(chrom == name)
    window[here] <- own[pmax(1L, findInterval(position[here], windows$start_bp[own]))]
  }
  empty <- setdiff(seq_len(nrow(windows)), window)
  if (anyNA(window) || length(empty) > 0) {
    abort_forebear("fb_windows", c(
      "`windows` must be those of the file: on the same chromosomes, each with a row.",
      x = if (anyNA(window)) {
        sprintf("Line %d of \"%s\" lies on chromosome %s, where there is no window.",
          which(is.na(window))[1] + 2L, path, quoted(chrom[is.na(window)][1]))
      } else {
        sprintf("\"%s\" has no row in window %d of chromosome %s.", path,
          windows$window[empty[1]], quoted(windows$chrom[empty[1]]))
      }
    ), call)
  }
  window
}

# [n_columns x n_windows] means of the rows inside each window.
average_rows <- function(posterior, window, n_windows) {
  t(rowsum(t(posterior), window) / tabulate(window, n_windows))
}

#' @rdname read_msp
#' @export
write_fb <- function(calls, path, rows = NULL) {
  call <- rlang::current_env()
  path <- check_path(path, "path")
  if (!is.null(rows)) rows <- check_choice(rows, "rows", c("centre", "ends"))
  calls <- calls_in_memory(calls, call)
  blocks <- call_blocks(calls, call)
  samples <- samples_of_blocks(blocks, call)
  populations <- attr(calls, "populations")
  check_table_names(samples, populations, call)
  places <- fb_rows(blocks, rows %||% if (are_split(calls)) "split" else "as_read")
  columns <- paste0(rep(samples, each = 2 * length(populations)), ":::hap",
    rep(1:2, each = length(populations)), ":::", populations)
  heading <- c(
    paste(c("#reference_panel_population:", populations), collapse = "\t"),
    paste(c(fb_places, columns), collapse = "\t")
  )
  call_of <- lapply(blocks, function(block) {
    block$row[, haplotype_columns(block, samples), drop = FALSE]
  })
  values <- list(
    places = rbind(places$position, places$cm, places$index), window = places$window,
    call = do.call(rbind, call_of), columns = posteriors_of(calls, populations)
  )
  values$places[is.na(values$places)] <- NaN
  with_progress(function(progress) {
    rust_write_posteriors(path, heading, places$chrom, values, progress)
  }, call)
  invisible(path)
}

# Variants of each window; 1 where that is not known, so that indices still rise.
window_sizes <- function(windows) {
  ifelse(is.na(windows$n_variants), 1, as.double(windows$n_variants))
}

# Rows of an .fb.tsv: chrom, position, cm, index (of the variant, from 0 on the first chromosome),
# window (counted through all chromosomes).
#
# `rows`: "centre"; "ends"; "split", which are the ends; "as_read", as in the file that the windows
# were read from, else at centers.
fb_rows <- function(blocks, rows) {
  size <- lapply(blocks, function(block) window_sizes(block$windows))
  n_variants <- vapply(size, sum, 0)
  n_windows <- vapply(size, length, 0L)
  parts <- lapply(seq_along(blocks), function(i) {
    windows <- blocks[[i]]$windows
    index <- sum(n_variants[seq_len(i - 1)]) + cumsum(size[[i]]) - size[[i]]
    places <- if (rows %in% c("ends", "split")) {
      rows_at_ends(windows, index, size[[i]])
    } else {
      rows_as_read(windows, rows) %||% rows_at_centers(windows, index, size[[i]])
    }
    places$window <- sum(n_windows[seq_len(i - 1)]) + places$window
    data.frame(chrom = blocks[[i]]$chrom, places)
  })
  do.call(rbind, parts)
}

# Places (position, cm, index) and window of each row of a chromosome.
rows_at_centers <- function(windows, index, size) {
  data.frame(position = floor((as.double(windows$start_bp) + windows$end_bp) / 2),
    cm = (windows$start_cm + windows$end_cm) / 2, index = index + floor((size - 1) / 2),
    window = seq_len(nrow(windows)))
}

rows_at_ends <- function(windows, index, size) {
  ends <- ends_apart(as.double(windows$start_bp), as.double(windows$end_bp))
  first <- data.frame(position = ends$start, cm = windows$start_cm, index = index,
    window = seq_len(nrow(windows)))
  last <- data.frame(position = ends$end, cm = windows$end_cm,
    index = index + pmax(size - 1, 0), window = seq_len(nrow(windows)))
  in_order(rbind(first, last[last$position > first$position, ]))
}

# Two windows may meet within a position; rows of a file have positions of their own. The earlier
# window ends a base before it, or, if it is of this position alone, the later begins a base after.
ends_apart <- function(start, end) {
  n <- length(start)
  meets <- c(end[-n] == start[-1], FALSE)
  is_one <- start == end
  behind_one <- c(FALSE, (meets & is_one)[-n])
  end <- end - (meets & !is_one)
  list(start = pmin(start + behind_one, end), end = end)
}

# NULL where not all windows know their rows.
rows_as_read <- function(windows, rows) {
  if (!all(c(fb_row_columns, fb_second_columns) %in% names(windows)) ||
      anyNA(windows$marker_bp) || (rows == "centre" && !all(is.na(windows$second_marker_bp)))) {
    return(NULL)
  }
  places <- lapply(list(fb_row_columns, fb_second_columns), function(columns) {
    own <- stats::setNames(as.data.frame(windows[columns]), c("position", "cm", "index"))
    data.frame(own, window = seq_len(nrow(windows)))
  })
  in_order(rbind(places[[1]], places[[2]][!is.na(windows$second_marker_bp), ]))
}

in_order <- function(rows) rows[order(rows$window), ]
