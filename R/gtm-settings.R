#' @rdname classifier_settings
#' @param nodes Nodes along a side of the map, 3 to 100; by default 16. More resolve more, and take
#'   time in proportion to their square.
#' @param rbf Radial basis functions along a side, 2 to 30 and fewer than `nodes`; by default 4.
#'   More bend the manifold more.
#' @param regularization Penalty on the weights, 0 or more; by default 0.1. More makes the manifold
#'   stiffer. Lower it where [gtm()] warns that the map has collapsed.
#' @param width Width of the basis functions: the factor of the squared distance of neighboring
#'   functions; by default 0.3. 0 or less takes the largest squared distance instead.
#' @param max_iter Largest number of iterations, 0 or more; by default 200. Raise it where [gtm()]
#'   warns that the map has not converged.
#' @param init_variance The variance to begin with: `"min"` (the default), the smaller of the
#'   variance along the third axis and the squared half of the mean distance of nodes, as 'ugtm' has
#'   it; or `"max"`, the larger, as in the paper of Bishop and others.
#' @export
gtm_settings <- function(nodes = 16, rbf = 4, regularization = 0.1, width = 0.3, max_iter = 200,
                         init_variance = c("min", "max")) {
  new_gtm_settings(nodes, rbf, regularization, width, max_iter, init_variance)
}

# The fit itself refuses numbers out of range.
new_gtm_settings <- function(nodes = 16, rbf = 4, regularization = 0.1, width = 0.3, max_iter = 200,
                             init_variance = c("min", "max"), call = rlang::caller_env()) {
  new_settings("gtm_settings", list(
    nodes = check_map_size(nodes, "nodes", 3, 100, call),
    rbf = check_map_size(rbf, "rbf", 2, 30, call),
    regularization = check_map_number(regularization, "regularization", 0, 1e100, call),
    width = check_map_number(width, "width", -1e6, 1e6, call),
    max_iter = check_count(max_iter, "max_iter", min = 0, call = call),
    init_variance = check_choice(init_variance, "init_variance", c("min", "max"), call)
  ))
}

# What is no number at all is refused here, with the range.
check_map_size <- function(x, name, min, max, call) {
  is_size <- is_whole(x) && x >= 0
  check_count(x, name, if (is_size) 0 else min, if (is_size) .Machine$integer.max else max, call)
}

check_map_number <- function(x, name, min, max, call) {
  if (is_number(x)) as.double(x) else check_number(x, name, min, max, call)
}

names_of_map_settings <- c("nodes", "rbf", "regularization", "width", "max_iter", "init_variance")
