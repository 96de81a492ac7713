# What the benches of local ancestry have in common. The first argument of a script is the folder of its data.
argument <- commandArgs(TRUE)
file <- function(name) file.path(argument[1], name)
# Value and CPU seconds of an expression.
cpu <- function(expression) {
  start <- proc.time()
  value <- force(expression)
  list(value = value, seconds = sum((proc.time() - start)[c("user.self", "sys.self")]))
}
# Arguments of local_ancestry(), from R code.
settings_of <- function(code) eval(parse(text = sprintf("list(%s)", code)))
# Populations of samples, as the shared sets have them.
read_labels <- function(path) {
  read.table(path, sep = "\t", colClasses = "character", comment.char = "", col.names = c("sample_id", "population"))
}
