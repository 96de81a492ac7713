#!/bin/sh
# cargo-in-checkout.sh CHECKOUT ARGUMENT...: cargo for a copy of the package. To cargo a copy is
# another crate, which it compiles anew; where the copy's sources are those of the checkout it
# builds there instead, so that what is built already serves.
set -eu
checkout=$1
shift
if [ "${1:-}" = build ] &&
  diff -r -q -x tests -x target -x vendor -x .cargo . "$checkout/src/rust" >/dev/null; then
  cd "$checkout/src/rust"
fi
exec cargo "$@"
