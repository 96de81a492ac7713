maps_of <- function() {
  components <- pca(as_genotypes(random_counts(30, 150)), num_comp = 3)
  list(PCA = components, GTM = gtm(components, nodes = 6, rbf = 2))
}

test_that("every panel has every sample where its method puts it", {
  maps <- maps_of()
  plot <- compare_maps(maps, labels = rep(c("a", "b"), 15), label_groups = TRUE)
  expect_drawn(plot)
  points <- ggplot2::layer_data(plot)
  expect_equal(as.vector(table(points$PANEL)), c(30, 30))
  expect_equal(range(points$x), c(0, 1))
  first <- ggplot2::layer_data(compare_maps(maps["PCA"], components = c(2, 3)))
  score <- maps$PCA$scores[, 2]
  expect_equal(first$x, unname((score - min(score)) / diff(range(score))))
})

test_that("what cannot stand side by side is refused", {
  maps <- maps_of()
  other <- maps
  other$GTM$space$sample_id <- rev(other$GTM$space$sample_id)
  expect_snapshot(conditions_of(
    compare_maps(maps$PCA), compare_maps(unname(maps)), compare_maps(list(a = 1)),
    compare_maps(list()), compare_maps(other), compare_maps(maps, components = 1),
    compare_maps(maps, labels = "a")
  ))
})
