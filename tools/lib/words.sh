#!/bin/sh
# The field's words, not a dialect of ours: the words of words.txt in the folders below, but for
# the lines of words-allowed.txt. Prints every other line with the advice; exits 1 if there is one.
set -eu

cd "$(dirname "$0")/../.."
folders="src/rust/src src/rust/core R tests vignettes inst README.md data-raw tools/lib/demo.R bench dev"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tab=$(printf '\t')
: >"$work/found"

# shellcheck disable=SC2086
find $folders -type f \( -name '*.rs' -o -name '*.R' -o -name '*.Rd' -o -name '*.Rmd' -o -name '*.md' -o -name '*.py' -o -name '*.sh' -o -name '*.toml' \) |
  grep -vE '_snaps/|inst/extdata|bench/data|/target/' |
  sort >"$work/files"
# Letters and digits around a word make it another one; an underscore does not.
grep -v '^#' tools/lib/words.txt | while IFS="$tab" read -r word advice; do
  xargs grep -niE "(^|[^[:alnum:]])($word)([^[:alnum:]]|\$)" /dev/null <"$work/files" |
    sed "s|^|$advice$tab|" >>"$work/found" || true
done

# PATH:LINE:TEXT; a use that is allowed matches path and text.
grep -v '^#' tools/lib/words-allowed.txt >"$work/allowed"
awk -F "$tab" '
  FILENAME == ARGV[1] { path[++n] = $1; line[n] = $2; next }
  {
    advice = $1
    found = substr($0, length(advice) + 2)
    file = found
    sub(/:.*/, "", file)
    text = substr(found, length(file) + 2)
    sub(/^[0-9]+:/, "", text)
    for (i = 1; i <= n; i++) if (file ~ path[i] && text ~ line[i]) { used[i] = 1; next }
    print found "\n  write: " advice
    broken = 1
  }
  END {
    for (i = 1; i <= n; i++) if (!used[i]) { print "words-allowed.txt allows what does not occur: " line[i]; broken = 1 }
    exit broken
  }
' "$work/allowed" "$work/found"
