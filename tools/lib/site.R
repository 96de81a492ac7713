# Builds the site with pkgdown: Rscript site.R SOURCE TARGET EXAMPLES. Every step is named, and an
# error of an article ends the build.

arguments <- commandArgs(TRUE)
options(pkgdown.internet = FALSE, cli.progress_show_after = Inf)
pkg <- pkgdown::as_pkgdown(arguments[1], override = list(destination = arguments[2]))
pkgdown::init_site(pkg)
pkgdown::build_home(pkg, preview = FALSE)
pkgdown::build_news(pkg, preview = FALSE)
pkgdown::build_reference(pkg, lazy = FALSE, examples = as.logical(arguments[3]), preview = FALSE)
pkgdown::build_articles(pkg, lazy = FALSE, preview = FALSE)
