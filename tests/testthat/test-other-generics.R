# Whether a script that attaches packages in some order gives what it gives with forebear alone.
attached_in_order <- function(packages, code) {
  attach <- paste0("library(", packages, ")", collapse = "; ")
  in_fresh_r(sprintf("suppressMessages({%s}); %s", attach, code))
}

test_that("samples(), count(), print() and plot() work beside packages with such names", {
  for (name in c("ade4", "VariantAnnotation", "dplyr")) skip_if_not_installed(name)
  code <- paste(
    "grDevices::pdf(NULL); g <- as_genotypes(matrix(rep(0:2, 20), 6)); fit <- pca(g, num_comp = 2)",
    "calls <- read_msp(example_data('msp')); plot(fit); plot(calls)",
    "printed <- capture.output(print(fit), print(g), print(calls))",
    "vcf <- VariantAnnotation::VCFHeader(samples = c('a', 'b'))",
    "counted <- dplyr::count(calls, .pred_class)",
    "heads <- grep('^<', printed, value = TRUE)",
    "cat(dim(samples(g)), samples(vcf), heads, class(counted), sum(counted$n) == nrow(calls))",
    sep = "; ")
  others <- c("ade4", "VariantAnnotation", "dplyr")
  orders <- list(c("forebear", others), c(rev(others), "forebear"),
    c("ade4", "forebear", "dplyr", "VariantAnnotation"))
  printed <- vapply(orders, attached_in_order, "", code = code)
  expect_identical(unique(printed), printed[1])
  heads <- "<pca> .*<genotypes> .*<ancestry_calls> .*"
  expect_match(printed[1], paste0("^6 5 a b ", heads, " tbl_df tbl data.frame TRUE$"))
})

test_that("calls that lose columns are plain tibbles", {
  skip_if_not_installed("dplyr")
  calls <- read_msp(example_data("msp"))
  plain <- list(
    dplyr::count(calls, .pred_class), dplyr::select(calls, sample_id, window),
    dplyr::distinct(calls, sample_id), dplyr::rename(calls, place = window),
    dplyr::transmute(calls, sample_id), dplyr::summarise(calls, n = dplyr::n()),
    stats::setNames(calls, toupper(names(calls)))
  )
  for (table in plain) expect_identical(class(table), c("tbl_df", "tbl", "data.frame"))
  expect_s3_class(dplyr::mutate(calls, long = end_bp - start_bp), "forebear_ancestry_calls")
  calls$window <- NULL
  expect_output(print(calls), "A tibble")
})

test_that("samples() and variants() of other objects say what they are for", {
  expect_error(samples(1), class = "forebear_error_argument")
  expect_error(variants("a"), class = "forebear_error_argument")
})
