# Names of clusters that have none of their own: archetype1, archetype2, ...; the same in tables,
# figures and files.
numbered_names <- function(numbers) sprintf("archetype%d", as.integer(numbers))

are_numbered <- function(names) grepl("^archetype[1-9][0-9]{0,5}$", names)

# The number of each such name.
number_of <- function(names) as.integer(sub("^archetype", "", names))

# What fits on a disc: the number of a numbered name, or the name.
short_names <- function(names) ifelse(are_numbered(names), sub("^archetype", "", names), names)
