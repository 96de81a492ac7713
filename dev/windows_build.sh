#!/bin/sh
# dev/windows_build.sh
#
# Builds the package's library for Windows on Debian or Ubuntu, as src/Makevars.win does there: from
# the vendored crates alone, for x86_64-pc-windows-gnu, linked by mingw. R itself does not run: a
# stub takes the place of its R.dll, with the names that the library wants of it, each of which must
# be one that the headers of R declare for the crate extendr-ffi. Prints what the DLL imports and
# exports.
#
# Needs rustup (`rustup target add x86_64-pc-windows-gnu`); installs mingw if that is not there.
# WORK=folder keeps the build there, and takes up an earlier one.
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
. "$here/tools/lib/setup.sh"
need_rust
need x86_64-w64-mingw32-gcc gcc-mingw-w64-x86-64
target=x86_64-pc-windows-gnu
[ -d "$(rustc --target $target --print target-libdir)" ] ||
  fail "Rust's library for $target is not there: rustup target add $target"

if [ -n "${WORK:-}" ]; then
  mkdir -p "$WORK"
  work=$(cd "$WORK" && pwd)
else
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
fi
package=$work/forebear
mkdir -p "$package"
(cd "$here" && git ls-files -z | xargs -0 tar -cf -) | tar -xf - -C "$package"

say "the crates, as a release has them"
if [ -f "$here/src/rust/vendor.tar.xz" ]; then
  cp "$here/src/rust/vendor.tar.xz" "$package/src/rust/"
elif [ ! -f "$package/src/rust/vendor.tar.xz" ]; then
  sh "$package/tools/vendor"
fi

say "configure.win"
(cd "$package" && sh configure.win)
ffi=$(find "$package/src/rust/vendor" -maxdepth 1 -name 'extendr-ffi*')

# What R does with Makevars.win: its rule for a DLL, with mingw's names for gcc and a stub of R.dll.
# The build for Windows links nothing but the archive; build scripts run here, with this gcc.
cat >"$work/link.mk" <<'EOF'
SHLIB = forebear.dll
include Makevars.win
clean_target:
	@true
entrypoint.o: entrypoint.c
	x86_64-w64-mingw32-gcc -O2 -c $< -o $@
# Everything of the archive is linked once, to see what is wanted of R.
wanted.txt: $(STATLIB) entrypoint.o
	x86_64-w64-mingw32-gcc -shared -o /dev/null entrypoint.o $(PKG_LIBS) 2>&1 | sed -n "s/.*undefined reference to [\`']\(__imp_\)\?\([^']*\)'.*/\2/p" | sort -u > $@
$(SHLIB): entrypoint.o libR.dll.a
	x86_64-w64-mingw32-gcc -shared -static-libgcc -o $@ entrypoint.o $(PKG_LIBS) -L. -lR
libR.dll.a: R.def
	x86_64-w64-mingw32-dlltool -d R.def -l $@
EOF

say "the library for $target (some minutes)"
cd "$package/src"
make -f "$work/link.mk" wanted.txt
[ -s wanted.txt ] || fail "the library wants nothing of R, which cannot be"

# Names of R, functions and variables, as extendr-ffi declares them.
cat "$ffi"/src/*.rs | sed -n 's/^ *pub fn \([A-Za-z0-9_]*\).*/\1/p' | sort -u >functions.txt
cat "$ffi"/src/*.rs | sed -n 's/^ *pub static mut \([A-Za-z0-9_]*\).*/\1/p; s/^ *pub static \([A-Za-z0-9_]*\):.*/\1/p' |
  sort -u >variables.txt
sort -u functions.txt variables.txt >of_r.txt
unknown=$(comm -23 wanted.txt of_r.txt)
[ -z "$unknown" ] || fail "neither R nor Windows has: $(echo "$unknown" | tr '\n' ' ')"
{
  echo "LIBRARY R.dll"
  echo "EXPORTS"
  comm -12 wanted.txt functions.txt
  comm -12 wanted.txt variables.txt | sed 's/$/ DATA/'
} >R.def

say "the DLL, with $(wc -l <wanted.txt) names of R"
make -f "$work/link.mk" forebear.dll
x86_64-w64-mingw32-objdump -p forebear.dll | sed -n 's/^\tDLL Name: /imports: /p'
for name in R_init_forebear R_init_forebear_extendr; do
  x86_64-w64-mingw32-nm forebear.dll | grep -q " T $name\$" || fail "forebear.dll has no $name"
done
x86_64-w64-mingw32-strip --strip-unneeded forebear.dll
say "forebear.dll links: $(wc -c <forebear.dll) bytes"
