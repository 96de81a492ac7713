# Runs the R code of README.md from top to bottom, in a folder of its own: Rscript dev/run_readme.R.
# All blocks have one environment, as for a reader; what installs packages, and the report of a study
# that only the reader has, is left out.

lines <- readLines("README.md")
marks <- grep("^```", lines)
blocks <- Map(function(from, to) list(line = from, lines = lines[seq(from, to)]),
  marks[c(TRUE, FALSE)], marks[c(FALSE, TRUE)])
blocks <- Filter(function(block) {
  block$lines[1] == "```r" && !any(grepl("install.packages|my/study", block$lines))
}, blocks)

folder <- tempfile("readme")
dir.create(folder)
setwd(folder)
grDevices::pdf(file.path(folder, "figures.pdf"))
reader <- new.env(parent = globalenv())
for (block in blocks) {
  code <- parse(text = utils::head(block$lines[-1], -1), keep.source = TRUE)
  at <- vapply(attr(code, "srcref"), function(place) as.integer(place)[1], 1L)
  for (i in seq_along(code)) {
    began <- proc.time()[["elapsed"]]
    shown <- withVisible(eval(code[[i]], reader))
    if (shown$visible) print(shown$value)
    cat(sprintf("README.md:%d: %.1f s\n", block$line + at[i], proc.time()[["elapsed"]] - began))
  }
}
invisible(grDevices::dev.off())
