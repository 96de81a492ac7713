# Checks of what users give. Each returns the value in the type that Rust wants.

check_count <- function(x, name, min = 1, max = .Machine$integer.max,
                        call = rlang::caller_env()) {
  if (!is_whole(x) || x < min || x > max) {
    rule <- sprintf("`%s` must be one whole number, %s.", name, range_of(x, min, max))
    abort_forebear("argument", c(rule, x = found(x)), call)
  }
  as.integer(x)
}

# The upper bound is given where it was exceeded, or where it is not just the limit of integers.
range_of <- function(x, min, max) {
  bounded <- max < .Machine$integer.max || (is_whole(x) && x > max)
  if (bounded) sprintf("from %.0f to %.0f", min, max) else sprintf("at least %.0f", min)
}

is_number <- function(x) is.numeric(x) && length(x) == 1 && !is.na(x)

is_whole <- function(x) is_number(x) && is.finite(x) && x == round(x)

# One value or several, each of which `check` allows.
check_each <- function(x, name, check, ..., call = rlang::caller_env()) {
  if (length(x) < 2 || !is.atomic(x)) {
    return(check(x, name, ..., call = call))
  }
  vapply(x, check, x[[1]], name, ..., call = call, USE.NAMES = FALSE)
}

check_number <- function(x, name, min = -Inf, max = Inf, call = rlang::caller_env()) {
  if (!is_number(x) || x < min || x > max) {
    rule <- sprintf("`%s` must be one number from %s to %s.", name, format(min), format(max))
    abort_forebear("argument", c(rule, x = found(x)), call)
  }
  as.double(x)
}

# The default of an argument, or the `most` that `what` ("60 samples") allow, which is then said;
# below `least` the default is left to its check.
adapted <- function(name, default, most, least, what) {
  if (most >= default || most < least) {
    return(default)
  }
  inform_forebear("adapted", sprintf("`%s` is %s: %s do not allow the default of %s.", name,
    format(most), what, format(default)))
  most
}

check_flag <- function(x, name, call = rlang::caller_env()) {
  if (!is.logical(x) || length(x) != 1 || is.na(x)) {
    abort_forebear("argument", c(sprintf("`%s` must be TRUE or FALSE.", name), x = found(x)), call)
  }
  x
}

check_string <- function(x, name, call = rlang::caller_env()) {
  if (!is.character(x) || length(x) != 1 || is.na(x) || !nzchar(x)) {
    rule <- sprintf("`%s` must be one string that is not empty.", name)
    abort_forebear("argument", c(rule, x = found(x)), call)
  }
  as_utf8(x)
}

# One path, with the home folder in place of `~`.
check_path <- function(x, name, call = rlang::caller_env()) {
  path.expand(as_path(check_string(x, name, call)))
}

# One path or several.
check_paths <- function(x, name, call = rlang::caller_env()) {
  if (!is.character(x) || length(x) == 0 || anyNA(x) || !all(nzchar(x))) {
    rule <- sprintf("`%s` must be a string that is not empty, or several.", name)
    abort_forebear("argument", c(rule, x = found(x)), call)
  }
  path.expand(as_path(x))
}

check_choice <- function(x, name, choices, call = rlang::caller_env()) {
  if (identical(x, choices)) {
    return(choices[[1]])
  }
  if (!is.character(x) || length(x) != 1 || !x %in% choices) {
    rule <- sprintf("`%s` must be one of %s.", name, quoted(choices))
    abort_forebear("argument", c(rule, x = found(x)), call)
  }
  x
}

# Packages that are suggested only; `home` is where they are to be had.
check_package <- function(package, home = c("bioconductor", "cran"), call = rlang::caller_env()) {
  home <- home[[1]]
  if (!requireNamespace(package, quietly = TRUE)) {
    install <- if (home == "cran") "install.packages" else "BiocManager::install"
    debian <- sprintf("r-%s-%s", if (home == "cran") "cran" else "bioc", tolower(package))
    message <- c(
      sprintf("This needs the %spackage '%s'.", if (home == "cran") "" else "Bioconductor ",
        package),
      x = "It is not installed.",
      i = sprintf("%s(\"%s\"), or on Debian `apt install %s`.", install, package, debian)
    )
    abort_forebear("package", message, call)
  }
}

# `NULL` is every processor, but no more than two where CRAN's checks count them.
check_threads <- function(threads, call = rlang::caller_env()) {
  threads <- threads %||% getOption("forebear.threads")
  if (!is.null(threads)) {
    return(check_count(threads, "threads", max = 1024, call = call))
  }
  checked <- nzchar(Sys.getenv("_R_CHECK_LIMIT_CORES_")) ||
    nzchar(Sys.getenv("_R_CHECK_PACKAGE_NAME_"))
  if (checked) min(2L, rust_available_threads()) else rust_available_threads()
}

check_seed <- function(seed, call = rlang::caller_env()) {
  as.double(check_count(seed, "seed", min = 0, call = call))
}

check_no_dots <- function(..., call = rlang::caller_env()) {
  refuse_unknown(...names() %||% rep("", ...length()), call)
}

# `names`: of arguments that a function does not know.
refuse_unknown <- function(names, call) {
  if (length(names) > 0) {
    what <- ifelse(is.na(names) | names == "", "an argument without a name", quoted(names, FALSE))
    message <- c("This function does not know every argument it was given.",
      x = sprintf("Unknown: %s.", paste(unique(what), collapse = ", ")))
    abort_forebear("argument", message, call)
  }
}

# Plain values are shown; of other objects a message has the class, which may be of any size.
found <- function(x) {
  if (is.data.frame(x)) {
    return(sprintf("It is a data frame of %s and %s.", counted(nrow(x), "row"),
      counted(ncol(x), "column")))
  }
  if (length(x) == 0) {
    return(if (is.null(x)) "It is NULL." else sprintf("It is %s and empty.", describe_class(x)))
  }
  if (!is.atomic(x) || (is.object(x) && !is.factor(x))) {
    return(sprintf("It is %s.", describe_class(x)))
  }
  shown <- if (is.character(x)) quoted(x) else first_of(format(x))
  if (length(x) != 1) {
    shown <- sprintf("%s of length %d: %s", class(x)[[1]], length(x), shown)
  }
  sprintf("It is %s.", shown)
}

describe_class <- function(x) {
  if (is.null(x)) "NULL" else paste0("of class \"", class(x)[[1]], "\"")
}

# The first few of a vector, for a message.
first_of <- function(x, n = 5) {
  more <- if (length(x) > n) sprintf(", and %s more", big(length(x) - n)) else ""
  paste0(paste(utils::head(x, n), collapse = ", "), more)
}

quoted <- function(x, shorten = TRUE) {
  marked <- paste0("\"", x, "\"")
  if (shorten) first_of(marked) else marked
}

counted <- function(n, what) paste0(big(n), " ", what, if (n != 1) "s")

verb <- function(n) paste(big(n), if (n == 1) "is" else "are")

big <- function(x) {
  format(x, big.mark = ",", decimal.mark = ".", scientific = FALSE, trim = TRUE)
}

# Whether the locale has no letters beyond ASCII, as C has none. R then takes text that does not say
# its encoding for bytes: enc2utf8() makes "<c3><a9>" of a letter, in IDs and in names of files.
is_ascii_locale <- function() !any(unlist(l10n_info()[c("UTF-8", "Latin-1", "MBCS")]))

# Text in UTF-8, whatever the locale.
as_utf8 <- function(x) {
  if (is_ascii_locale()) {
    bare <- Encoding(x) == "unknown" & validUTF8(x) & !is.na(x)
    Encoding(x[bare]) <- "UTF-8"
  }
  enc2utf8(x)
}

# Paths in UTF-8, which functions of R find, too: in such a locale only by their bytes.
as_path <- function(x) {
  x <- as_utf8(x)
  if (is_ascii_locale()) Encoding(x) <- "unknown"
  x
}
