# Karyograms: chromosomes in outline, filled by the ancestry that is assigned.

# Figures are taken to be 180 mm wide, 160 of them for the longest chromosome; what is shorter than
# 0.2 mm is not drawn.
karyogram_mm <- 160
shortest_mm <- 0.2

# `calls` are those of the samples.
plot_karyogram <- function(calls, sample_id, threshold, tree, build, switches, call) {
  segments <- ancestry_segments(calls, threshold, tree)
  chromosomes <- karyogram_chromosomes(segments, build)
  n_columns <- ceiling(sqrt(length(sample_id)))
  grid <- max(chromosomes$length) * shortest_mm * n_columns / karyogram_mm
  bars <- karyogram_bars(segments, chromosomes, sample_id, grid)
  proportions <- ancestry_proportions(calls, tree = tree)
  nodes <- drawn_nodes(bars$ancestry, tree)
  is_single <- length(sample_id) == 1
  panels <- if (is_single) sample_id else karyogram_panels(proportions, sample_id, 90 / n_columns)
  bars$panel <- factor(panels[match(bars$sample_id, sample_id)], panels)
  outlines <- karyogram_outlines(unique(segments[c("sample_id", "haplotype", "chrom")]),
    chromosomes)
  outlines$panel <- factor(panels[match(outlines$sample_id, sample_id)], panels)
  chrom <- chromosomes$chrom
  plot <- ggplot2::ggplot(bars) +
    ggplot2::geom_polygon(ggplot2::aes(.data$x, .data$y, fill = .data$ancestry,
      group = .data$ancestry, subgroup = .data$segment), data = bar_corners(bars)) +
    centromere_layers(outlines) +
    ggplot2::geom_path(ggplot2::aes(.data$x, .data$y, group = .data$outline), data = outlines,
      colour = "grey25", linewidth = if (is_single) 0.3 else 0.15, linejoin = "mitre") +
    (if (switches) switch_marks(calls, sample_id, panels, chrom, call)) +
    karyogram_fill(nodes, tree, if (is_single) proportions, anyNA(bars$ancestry)) +
    ggplot2::scale_y_continuous(breaks = rev(seq_along(chrom)),
      labels = plain_chromosome(chrom), expand = ggplot2::expansion(add = 0.3)) +
    ggplot2::scale_x_continuous(expand = ggplot2::expansion(c(0.01, 0.02))) +
    ggplot2::labs(x = "Position (Mb)", y = "Chromosome", caption = karyogram_caption(threshold,
      is_single)) +
    theme_forebear() +
    theme_karyogram(chromosomes, is_single)
  if (is_single) plot + ggplot2::ggtitle(sample_id) else
    plot + ggplot2::facet_wrap(ggplot2::vars(.data$panel), ncol = n_columns)
}

karyogram_caption <- function(threshold, is_single) {
  paste0(
    if (threshold > 0) sprintf("Colors: ancestry of probability %g or more.", threshold) else
      "Colors: the most probable population.",
    if (is_single) " Percentages: mean posterior and its standard error."
  )
}

# chrom, place (the first on top), length and centromere in Mb (NA where none is known): one row for
# each chromosome of the segments.
karyogram_chromosomes <- function(segments, build) {
  chrom <- natural_order(unique(segments$chrom))
  last <- c(tapply(segments$end_bp, factor(segments$chrom, chrom), max)) / 1e6
  covered <- sum(last - c(tapply(segments$start_bp, factor(segments$chrom, chrom), min)) / 1e6)
  outline <- human_chromosomes(chrom, last, covered, build)
  known <- !is.na(outline$length)
  tibble::tibble(chrom = chrom, place = rev(seq_along(chrom)),
    length = unname(ifelse(known, pmax(outline$length, last), last)),
    centromere = outline$centromere)
}

# length, centromere of each chromosome in the build that is asked for, or in which the calls find
# room; NA throughout for none.
human_chromosomes <- function(chrom, last, covered, build) {
  row <- match(plain_chromosome(chrom), karyotype$chrom)
  none <- list(length = rep(NA_real_, length(chrom)), centromere = rep(NA_real_, length(chrom)))
  if (build == "none") {
    return(none)
  }
  of_build <- function(name) {
    list(length = karyotype[[paste0("length_", name)]][row],
      centromere = karyotype[[paste0("centromere_", name)]][row])
  }
  if (build != "auto") {
    return(of_build(build))
  }
  for (name in c("GRCh38", "GRCh37")) {
    there <- of_build(name)
    has_room <- !anyNA(row) && all(last <= there$length + 0.001)
    if (has_room && covered >= 0.5 * sum(there$length)) return(there)
  }
  none
}

# Mb. Lengths of the reference sequences, and where the two bands at the centromere (stain "acen")
# meet in the cytogenetic bands of each build.
karyotype <- data.frame(
  chrom = c(1:22, "X", "Y"),
  length_GRCh37 = c(249.251, 243.199, 198.022, 191.154, 180.915, 171.115, 159.139, 146.364,
    141.213, 135.535, 135.007, 133.852, 115.170, 107.350, 102.531, 90.355, 81.195, 78.077, 59.129,
    63.026, 48.130, 51.305, 155.271, 59.374),
  centromere_GRCh37 = c(125, 93.3, 91, 50.4, 48.4, 61, 59.9, 45.6, 49, 40.2, 53.7, 35.8, 17.9, 17.6,
    19, 36.6, 24, 17.2, 26.5, 27.5, 13.2, 14.7, 60.6, 12.5),
  length_GRCh38 = c(248.956, 242.194, 198.296, 190.215, 181.538, 170.806, 159.346, 145.139,
    138.395, 133.797, 135.087, 133.275, 114.364, 107.044, 101.991, 90.338, 83.257, 80.373, 58.618,
    64.444, 46.710, 50.818, 156.041, 57.227),
  centromere_GRCh38 = c(123.4, 93.9, 90.9, 50, 48.8, 59.8, 60.1, 45.2, 43, 39.8, 53.4, 35.5, 17.7,
    17.2, 19, 36.8, 25.1, 18.5, 26.2, 28.1, 12, 15, 61, 10.4)
)

# Lower edge and height of the bar of a haplotype, around the place of its chromosome.
haplotype_bottom <- function(haplotype) ifelse(haplotype == 1, 0.04, -0.38)
haplotype_height <- 0.34

# sample_id, chrom, haplotype, ancestry (NA: unassigned), low, high (Mb), bottom, top. What lies
# between two lines of a grid (Mb) goes to the segment before it, and equal neighbors are one.
karyogram_bars <- function(segments, chromosomes, sample_id, grid) {
  low <- (segments$start_bp - 1) / 1e6
  high <- segments$end_bp / 1e6
  owner <- paste(segments$sample_id, segments$chrom, segments$haplotype, sep = "\r")
  n <- nrow(segments)
  # Segments of a chain leave no gap.
  chain <- cumsum(c(TRUE, owner[-1] != owner[-n] | abs(low[-1] - high[-n]) > 1e-7))
  is_first <- !duplicated(chain)
  is_seen <- round(high / grid) > round(low / grid)
  chain_has_any <- ave_any(is_seen, chain)
  keep <- which(is_seen | (is_first & !chain_has_any))
  ancestry <- ifelse(is.na(segments$ancestry), "", segments$ancestry)[keep]
  chain_low <- low[is_first][chain]
  chain_high <- high[!duplicated(chain, fromLast = TRUE)][chain]
  own_chain <- chain[keep]
  m <- length(keep)
  begins <- c(TRUE, own_chain[-1] != own_chain[-m])
  joins <- !begins & c(FALSE, ancestry[-1] == ancestry[-m])
  first <- which(!joins)
  row <- keep[first]
  starts <- ifelse(begins[first], chain_low[row], low[row])
  ends <- ifelse(c(begins[first][-1], TRUE), chain_high[row], c(starts[-1], NA))
  place <- chromosomes$place[match(segments$chrom[row], chromosomes$chrom)]
  bottom <- place + haplotype_bottom(segments$haplotype[row])
  tibble::tibble(sample_id = factor(segments$sample_id[row], sample_id),
    segments[row, c("chrom", "haplotype", "ancestry")], low = starts, high = ends,
    bottom = bottom, top = bottom + haplotype_height)
}

# Whether any entry of each chain is TRUE.
ave_any <- function(flag, chain) c(rowsum(flag + 0, chain))[chain] > 0

# Four corners of each bar. All bars of one ancestry are drawn as one path, which keeps files small.
bar_corners <- function(bars) {
  row <- rep(seq_len(nrow(bars)), each = 4)
  corners <- bars[row, c("panel", "ancestry")]
  corners$segment <- row
  corners$x <- c(rbind(bars$low, bars$high, bars$high, bars$low))
  corners$y <- c(rbind(bars$bottom, bars$bottom, bars$top, bars$top))
  corners
}

# x, y, outline (a number), sample_id and where the waist is (NA: none): closed lines around each
# haplotype, pinched at the centromere.
karyogram_outlines <- function(bars, chromosomes) {
  row <- match(bars$chrom, chromosomes$chrom)
  lines <- lapply(seq_len(nrow(bars)), function(i) {
    own <- chromosomes[row[[i]], ]
    shape <- chromosome_shape(own$length, own$centromere, max(chromosomes$length))
    bottom <- own$place + haplotype_bottom(bars$haplotype[[i]])
    tibble::tibble(sample_id = bars$sample_id[[i]], outline = i, x = shape$x,
      y = bottom + haplotype_height * shape$y, waist = own$centromere,
      half_waist = shape$half_waist, bottom = bottom)
  })
  vctrs::vec_rbind(!!!lines)
}

# x in Mb, y from 0 to 1: around a chromosome, with a waist half as high at the centromere.
chromosome_shape <- function(length, centromere, longest) {
  half <- min(0.008 * longest, centromere, length - centromere, na.rm = TRUE)
  waist <- if (is.na(centromere)) NULL else centromere + c(-half, 0, half)
  pinch <- if (is.na(centromere)) NULL else c(0, 0.3, 0)
  list(x = c(0, waist, length, length, rev(waist), 0, 0),
    y = c(0, pinch, 0, 1, 1 - pinch, 1, 0), half_waist = half)
}

# White triangles that cut the waist out of the bars below.
centromere_layers <- function(outlines) {
  one <- outlines[!duplicated(outlines$outline) & !is.na(outlines$waist), ]
  if (nrow(one) == 0) {
    return(NULL)
  }
  triangle <- function(edge, tip, side) {
    tibble::tibble(x = c(rbind(one$waist - one$half_waist, one$waist, one$waist + one$half_waist)),
      y = rep(one$bottom, each = 3) + haplotype_height * rep(c(edge, tip, edge), nrow(one)),
      panel = rep(one$panel, each = 3), piece = paste(side, rep(one$outline, each = 3)))
  }
  list(ggplot2::geom_polygon(ggplot2::aes(.data$x, .data$y, group = .data$piece),
    data = rbind(triangle(-0.02, 0.3, "below"), triangle(1.02, 0.7, "above")), fill = "white"))
}

# Nodes that are drawn, in the order of the tree: populations under their groups.
drawn_nodes <- function(ancestry, tree) {
  found <- unique(ancestry[!is.na(ancestry)])
  down <- depth_first(tree)
  down[tree$node[down] %in% found]
}

# Places in the tree, each node before what is below it.
depth_first <- function(tree) {
  below <- function(node) c(node, unlist(lapply(which(tree$parent == node), below)))
  below(which(is.na(tree$parent)))
}

# Color of every node. Without groups those of ancestry_colours(). Otherwise a hue for each child of
# the root, in shades for the populations below it; what is assigned to a group alone is pale.
tree_colours <- function(tree) {
  leaves <- tree_leaves(tree)
  root <- which(is.na(tree$parent))
  groups <- which(tree$parent == root)
  colours <- stats::setNames(rep(unlabeled_colour, length(tree$node)), tree$node)
  if (all(is_leaf(tree)[groups])) {
    colours[leaves] <- ancestry_colours(leaves)[leaves]
    return(colours)
  }
  for (i in seq_along(groups)) {
    hue <- group_hues[[(i - 1) %% length(group_hues) + 1]]
    members <- intersect(depth_first(tree), below_node(tree, groups[[i]]))
    is_group <- !is_leaf(tree)[members]
    colours[members[!is_group]] <- shades(hue, sum(!is_group))
    colours[members[is_group]] <- grDevices::hcl(hue, 18, seq(90, 84,
      length.out = max(1, sum(is_group)))[seq_len(sum(is_group))])
  }
  given <- with_given_colours(colours[leaves])
  colours[leaves] <- given
  colours
}

# Degrees in HCL: blue, orange, green, violet, olive, teal, red.
group_hues <- c(255, 45, 140, 310, 95, 195, 5)

# From dark to light; hues go a little apart too.
shades <- function(hue, n) {
  if (n == 1) {
    return(grDevices::hcl(hue, 65, 55))
  }
  # Two or three are never as light as what is assigned to their group alone.
  luminance <- seq(35, min(78, 54 + 6 * n), length.out = n)
  turn <- seq(-14, 14, length.out = n)
  grDevices::hcl((hue + turn) %% 360, 65, luminance)
}

# Places of a node and of all below it.
below_node <- function(tree, node) {
  own <- node
  repeat {
    more <- setdiff(which(tree$parent %in% own), own)
    if (length(more) == 0) {
      return(own)
    }
    own <- c(own, more)
  }
}

# The legend: populations with percentages where `proportions` are given, groups as what they are.
karyogram_fill <- function(nodes, tree, proportions, any_unassigned) {
  name <- tree$node[nodes]
  label <- name
  is_group <- !is_leaf(tree)[nodes]
  label[is_group] <- paste(name[is_group], "(not finer)")
  if (!is.null(proportions)) {
    row <- match(name, proportions$ancestry)
    known <- !is_group & !is.na(row)
    label[known] <- sprintf("%s  %s", name[known],
      percent_with_error(proportions$proportion[row[known]], proportions$std_error[row[known]]))
  }
  colours <- tree_colours(tree)
  if (any_unassigned) {
    name <- c(name, NA)
    label <- c(label, "unassigned")
  }
  ggplot2::scale_fill_manual(values = colours[name[!is.na(name)]], limits = name, breaks = name,
    labels = label, na.value = unassigned_colour,
    name = NULL, guide = ggplot2::guide_legend(ncol = 1))
}

unassigned_colour <- "#D9D9D9"

percent_with_error <- function(proportion, std_error) {
  ifelse(is.na(std_error), sprintf("%.1f %%", 100 * proportion),
    sprintf("%.1f \u00b1 %.1f %%", 100 * proportion, 100 * std_error))
}

# The sample and, in a second line of `width` characters, its three largest percentages, or fewer.
karyogram_panels <- function(proportions, sample_id, width) {
  vapply(sample_id, function(id) {
    own <- proportions[proportions$sample_id == id, ]
    own <- utils::head(own[order(-own$proportion), ], 3)
    own <- own[own$proportion >= 0.005, ]
    part <- sprintf("%s %.0f %%", own$ancestry, 100 * own$proportion)
    fits <- cumsum(nchar(part) + 2) <= max(width, nchar(part[1]) + 2)
    paste0(id, "\n", paste(part[fits], collapse = ", "))
  }, "", USE.NAMES = FALSE)
}

# Triangles above the haplotypes where the phase switches; nothing where no switch is called.
switch_marks <- function(calls, sample_id, panels, chrom, call) {
  switches <- switches_at_hand(calls)
  switches <- switches[switches$switched, ]
  if (nrow(switches) == 0) {
    return(NULL)
  }
  marks <- tibble::tibble(
    panel = factor(panels[match(switches$sample_id, sample_id)], panels),
    place = length(chrom) + 1 - match(switches$chrom, chrom),
    mb = switch_positions(switches, call_pieces(calls, call)) / 1e6
  )
  ggplot2::geom_point(ggplot2::aes(.data$mb, .data$place + 0.45), data = marks, shape = 25,
    size = 1, fill = "black", colour = "black", stroke = 0.2)
}

# Right below; ggplot2 calls it otherwise from 3.5.0 on.
legend_in_corner <- function(place) {
  position <- if (utils::packageVersion("ggplot2") >= "3.5.0") {
    list(legend.position = "inside", legend.position.inside = place)
  } else {
    list(legend.position = place)
  }
  rlang::exec(ggplot2::theme, !!!position, legend.justification = c(1, 0))
}

# The legend of many chromosomes fits beside the short ones.
theme_karyogram <- function(chromosomes, is_single) {
  has_corner <- is_single && nrow(chromosomes) >= 10 &&
    max(utils::tail(chromosomes$length, 8)) < 0.62 * max(chromosomes$length)
  list(
    ggplot2::theme(panel.border = ggplot2::element_blank(),
      axis.ticks.y = ggplot2::element_blank(),
      axis.line.x = ggplot2::element_line(colour = "grey30", linewidth = 0.3),
      plot.caption = ggplot2::element_text(hjust = 0, colour = "grey30")),
    if (has_corner) {
      legend_in_corner(c(0.99, 0.02))
    },
    if (!is_single) {
      ggplot2::theme(axis.text.y = ggplot2::element_text(size = ggplot2::rel(0.7)),
        strip.clip = "off", panel.spacing.x = ggplot2::unit(9, "pt"),
        strip.text = ggplot2::element_text(size = ggplot2::rel(0.85), face = "plain"))
    }
  )
}
