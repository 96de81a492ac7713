# Founders: the samples from whom allele frequencies, Hardy-Weinberg tests and r2 are taken.

# Who is male and who is a founder, for Rust.
sample_roles <- function(samples, nonfounders, call = rlang::caller_env()) {
  check_flag(nonfounders, "nonfounders", call)
  has_parent <- has_known_parent(samples, "father_id") | has_known_parent(samples, "mother_id")
  list(male = samples$sex %in% "male", founder = !has_parent | nonfounders)
}

# As `sample_roles()`, where founders are used: some must be left, and it is said if not all are.
founder_roles <- function(samples, nonfounders, what, fewest = 1, call = rlang::caller_env()) {
  roles <- sample_roles(samples, nonfounders, call)
  n <- length(roles$founder)
  n_founders <- sum(roles$founder)
  if (n_founders < fewest) {
    message <- c(sprintf("%s from at least %s.", what, counted(fewest, "founder")),
      x = if (n < fewest) "There is one sample." else sprintf(
        "%s of %s is a founder: a parent of %s is in the data.",
        if (n_founders == 0) "None" else "One", counted(n, "sample"),
        if (n_founders == 0) "each" else "the others"),
      i = if (n >= fewest) "`nonfounders = TRUE` counts every sample.")
    abort_forebear("no_founders", message, call)
  }
  if (n_founders < n) {
    inform_forebear("founders", sprintf("%s of %s are founders: %s from them.", big(n_founders),
      counted(n, "sample"), uncapitalized(what)))
  }
  roles
}

uncapitalized <- function(x) paste0(tolower(substr(x, 1, 1)), substring(x, 2))

# What PLINK files and tables that R or pandas wrote hold where a parent is unknown.
no_parent <- c("0", "-9", "NA", "")

# [n_samples] whether the recorded parent is another sample of the data, in the same family, or
# neither has one.
has_known_parent <- function(samples, which) {
  own <- samples$sample_id
  parent <- samples[[which]]
  known <- !is.na(parent) & !parent %in% no_parent
  family <- samples$family_id %||% rep(NA_character_, length(own))
  alone <- without_family(samples)
  id_in <- function(family, id) paste(family, id, sep = "\r")
  in_family <- id_in(family[known], parent[known]) %in% id_in(family, own)[!is.na(family)]
  in_none <- alone[known] & parent[known] %in% own[alone]
  known[known] <- parent[known] != own[known] & (in_family | in_none)
  known
}

# [n_samples] whether no family is recorded: many tables repeat the ID of the sample.
without_family <- function(samples) {
  family <- samples$family_id
  if (is.null(family)) rep(TRUE, nrow(samples)) else family %in% c(NA, "0") |
    family == samples$sample_id
}

# Runs `code`, in which a message of each of `kinds` is shown once only.
inform_once <- function(kinds, code) {
  shown <- character()
  withCallingHandlers(code, forebear_message = function(condition) {
    kind <- kinds[paste0("forebear_message_", kinds) %in% class(condition)]
    if (any(kind %in% shown)) rlang::cnd_muffle(condition)
    shown <<- c(shown, kind)
  })
}
