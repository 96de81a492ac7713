#!/bin/sh
# read-check.sh LOG FOLDER: reads what R CMD check printed. Errors and warnings fail; a NOTE
# fails unless a line of tools/lib/accepted-notes begins the line that raises it.
set -eu

log=$1
here=$(cd "$(dirname "$0")" && pwd)
status=$(grep '^Status:' "$log" || true)
echo "$status"
case $status in
  "") echo "R CMD check did not finish"; tail -n 40 "$log"; exit 1 ;;
  *ERROR* | *WARNING*)
    sed -n '/ERROR$\|WARNING$/,/^\* /p' "$log"
    tail -n 60 "$2"/tests/*.fail 2>/dev/null || true
    exit 1
    ;;
esac
notes=$(grep '^\* checking .* NOTE$' "$log" | sed 's/^\* checking \(.*\) \.\.\. NOTE$/\1/' || true)
[ -n "$notes" ] || exit 0
unexplained=$(printf '%s\n' "$notes" | grep -vxFf "$here/accepted-notes" || true)
[ -z "$unexplained" ] && exit 0
echo "NOTEs that docs/CHECKS.md does not explain: $unexplained"
sed -n '/NOTE$/,/^\* /p' "$log"
exit 1
