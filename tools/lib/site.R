# Builds the site with pkgdown into SOURCE/site: Rscript site.R SOURCE EXAMPLES. An error of an
# article ends the build.

arguments <- commandArgs(TRUE)
options(pkgdown.internet = FALSE, cli.progress_show_after = Inf)
# Paths of sources are written as they look from here.
setwd(arguments[1])
pkg <- pkgdown::as_pkgdown(".", override = list(destination = "site"))
pkgdown::init_site(pkg)
pkgdown::build_home(pkg, preview = FALSE)
pkgdown::build_news(pkg, preview = FALSE)
pkgdown::build_reference(pkg, lazy = FALSE, examples = as.logical(arguments[2]), preview = FALSE)
pkgdown::build_articles(pkg, lazy = FALSE, preview = FALSE)
