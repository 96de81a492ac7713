#!/bin/sh
# Who may import whom: the table of the rooms of src/rust/core/src, the rules of R/, the reference
# index, and help pages that are cut short.
# Prints every line that breaks a rule; exits 1 if there is one.
set -eu

cd "$(dirname "$0")/../.."
core=src/rust/core/src
broken=0

complain() {
  broken=1
  printf '%s\n' "$1" | sed "s|^|$2: |"
}

# room NAME ALLOWED...: `use crate::x::...` in the room may name itself and the allowed rooms.
room() {
  name=$1
  shift
  allowed=$(printf '%s|' "$name" "$@" | sed 's/|$//')
  files=$(find $core/"$name" $core/"$name.rs" -name '*.rs' 2>/dev/null || true)
  [ -n "$files" ] || return 0
  # shellcheck disable=SC2086
  bad=$(grep -nE 'crate::[a-z_]+' /dev/null $files | grep -vE "crate::($allowed)(::|;|\b)" |
    grep -vE ':[0-9]+: *//' || true)
  [ -z "$bad" ] || complain "$bad" "$name may import only: $*"
}

room error
room task error
room data error task
room linalg error task
room svm linalg error task
room io data error task
room qc data error task
room harmonize data error task
room pca data linalg error task
room archetypes linalg error task
room admixture data linalg error task
room gtm linalg error task
room classify linalg svm error task
room simulation data linalg error task
room local_ancestry data linalg svm error task

for entry in $core/*; do
  case $(basename "$entry" .rs) in
    error | task | data | linalg | svm | io | qc | harmonize | pca | archetypes | admixture | gtm | classify | simulation | local_ancestry | lib) ;;
    *) complain "$entry" "not a room of the table" ;;
  esac
done

# lib.rs is the map: its doc comment and the rooms.
extra=$(grep -nvE '^(//!.*|pub mod [a-z_]+;|)$' $core/lib.rs || true)
[ -z "$extra" ] || complain "$extra" "core/src/lib.rs holds the map and pub mod lines only"

# One path per use line, so that this script can read them.
braces=$(grep -rnE '^ *(pub )?use crate::.*\{' $core || true)
[ -z "$braces" ] || complain "$braces" "write one crate::room::thing path per use line"

# imports: every line `FILE IMPORTED_FILE`, tests left out. The imported file is the longest path of
# modules that is one; what a room re-exports in its mod.rs is an import of nothing.
imports() {
  find $core -name '*.rs' ! -name mod.rs ! -name lib.rs | sort | while read -r file; do
    room=$(dirname "${file#"$core"/}" | tr '/' ' ' | sed 's/ /::/g')
    sed '/#\[cfg(test)\]/,$d' "$file" | grep -vE '^ *//' |
      sed "s/super::super::/crate::$(dirname "$(dirname "${file#"$core"/}")" | sed 's#/#::#g')::/g; s/super::/crate::$room::/g" |
      grep -oE 'crate::[a-z_:]+' | sort -u | while read -r path; do
        module=$(printf '%s\n' "${path#crate::}" | sed 's#::#/#g; s#/$##')
        while [ "$module" != . ] && [ ! -f "$core/$module.rs" ]; do module=$(dirname "$module"); done
        [ "$module" = . ] || [ "$core/$module.rs" = "$file" ] || printf '%s %s\n' "${file#"$core"/}" "$module.rs"
      done
  done | sort -u
}
edges=$(imports)
# tsort names a circle, if there is one.
circles=$(printf '%s\n' "$edges" | tsort 2>&1 >/dev/null || true)
[ -z "$circles" ] || complain "$circles" "files that import each other in a circle"
# What one file needs lives beside it. Verbs of R on data have the glue as their client.
for file in $(find $core/data $core/linalg -name '*.rs' ! -name mod.rs); do
  name=${file#"$core"/}
  module=$(printf '%s\n' "${name%.rs}" | sed 's#/#::#g')
  clients=$(printf '%s\n' "$edges" | grep -c " $name\$" || true)
  [ "$clients" -gt 1 ] || grep -rq "forebear_core::$module\b" src/rust/src ||
    complain "$name" "has one client: it lives beside it"
done

# The core knows no R, prints nothing, reads no clock.
# (Tests may print why they skip.)
for file in $(find $core -name '*.rs'); do
  own=$(sed '/#\[cfg(test)\]/,$d' "$file")
  r=$(printf '%s\n' "$own" | grep -nE 'extendr|println!|eprintln!|print!\(|SystemTime|Instant::now|thread_rng|from_entropy' |
    grep -vE '^[0-9]+: *//' || true)
  [ -z "$r" ] || complain "$r" "$file knows R, prints, or reads the clock"
done

# Glue: no unwrap, nothing thrown into R; only the guard may catch.
glue=$(grep -rnE '\.unwrap\(\)|throw_r_error' src/rust/src | grep -vE ':[0-9]+: *//' || true)
[ -z "$glue" ] || complain "$glue" "glue neither unwraps nor throws"

# R: conditions are raised in abort.R alone; no file without a concept.
stops=$(grep -nE '(^|[^_.a-zA-Z])(stop|warning)\(' R/*.R | grep -v '^R/abort.R' |
  grep -vE ':[0-9]+: *#' || true)
[ -z "$stops" ] || complain "$stops" "raise with abort_forebear() or warn_forebear()"
# Of two functions of one name, R keeps the one of the file that comes last, without a word.
twice=$(cat R/*.R | sed -nE 's/^([A-Za-z._][A-Za-z0-9._]*) <- function.*/\1/p' | sort | uniq -d)
[ -z "$twice" ] || complain "$twice" "a function of R/ is defined twice"
for word in utils helpers common misc; do
  found=$(find R $core src/rust/src -name "*$word*" || true)
  [ -z "$found" ] || complain "$found" "a file called $word has no concept"
done

# The reference index lists every exported function once and reaches every help page.
index=$(sed -n 's/^  - //p' _pkgdown.yml | sort)
twice=$(printf '%s\n' "$index" | uniq -d)
[ -z "$twice" ] || complain "$twice" "_pkgdown.yml lists it twice"
for name in $(sed -nE 's/^export\("?([^")]+)"?\)/\1/p' NAMESPACE); do
  printf '%s\n' "$index" | grep -qxF -e "$name" || complain "$name" "exported, but not in _pkgdown.yml"
done
for page in man/*.Rd; do
  grep -q '^\\keyword{internal}' "$page" ||
    sed -n 's/^\\alias{\(.*\)}/\1/p' "$page" | grep -qxF -e "$index" ||
    complain "$page" "_pkgdown.yml lists none of its topics"
done
unknown=$(printf '%s\n' "$index" | grep -vxF -e "$(sed -n 's/^\\alias{\(.*\)}/\1/p' man/*.Rd)" || true)
[ -z "$unknown" ] || complain "$unknown" "_pkgdown.yml lists it, but no help page has it"

# A backslash that is escaped leaves % the start of a comment: R drops the rest of the line.
cut=$(grep -nF '\\%' /dev/null man/*.Rd || true)
[ -z "$cut" ] || complain "$cut" "a help page is cut here: write % in roxygen, without a backslash"

# The gallery shows whatever is drawn: a heading or a mark for each class.
for name in $(sed -nE 's/^S3method\(ggplot2::autoplot, *forebear_([a-z_]+)\)/\1/p' NAMESPACE); do
  grep -qE "[{]#$name[}]|id=\"$name\"" vignettes/articles/gallery.Rmd ||
    complain "$name" "has an autoplot(), but no figure in vignettes/articles/gallery.Rmd"
done

# Documents name what is there.
for name in $(grep -ohE 'rust_[a-z_]+[a-z]\b' docs/*.md CONTRIBUTING.md | sort -u); do
  grep -rqw "fn $name" src/rust/src || [ "$name" = rust_read ] ||
    complain "$name" "named in docs/ or CONTRIBUTING.md, but not in the glue"
done
for name in $(grep -ohE '`([A-Za-z_-]+/)*[A-Za-z_-]+[.](R|rs|sh)`' docs/*.md CONTRIBUTING.md | tr -d '`' | sort -u); do
  case $name in R/x.R | *test-x.R | -plot.R) continue ;; esac
  [ -n "$(find R src/rust tests tools bench dev -name "$(basename "$name")" -print -quit)" ] ||
    complain "$name" "named in docs/ or CONTRIBUTING.md, but there is no such file"
done

exit $broken
