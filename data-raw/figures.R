# The figures of README.md, from the data that come with the package: Rscript data-raw/figures.R
# writes man/figures/*.png.

library(forebear)

folder <- file.path("man", "figures")
if (!dir.exists(folder)) stop("Run this from the root of the repository.")

draw <- function(name, figure, width, height) {
  path <- file.path(folder, paste0("README-", name, ".png"))
  ggplot2::ggsave(path, figure, width = width, height = height, dpi = 110, bg = "white")
  message(path, ": ", file.size(path), " bytes")
}

labels <- read.delim(example_data("labels"))
clean <- qc_recipe(read_bed(example_data("panel")), prune = prune_settings(window = 100, r2 = 0.2))
draw("pca", autoplot(pca(clean), labels = labels, label_column = "population"), 5, 3.6)
draw("bars", autoplot(archetypes(clean, k = 4), labels = labels, label_column = "population"),
  9, 2.6)

panel <- reference_panel(read_phased_vcf(example_data("phased_panel")),
  read.delim(example_data("phased_labels")), "((north,south)west,east)all;")
query <- read_phased_vcf(example_data("phased_query"))
calls <- predict(local_ancestry(panel, window_settings(10, context = 10)), query)
draw("karyogram", autoplot(correct_phase(query, calls)$calls, sample_id = "admixed_2"),
  7, 3.2)
