#!/bin/sh
# dev/windows_build.sh
#
# Builds the package's library for Windows on Debian or Ubuntu, as src/Makevars.win does there: from
# the vendored crates alone, for x86_64-pc-windows-gnu, linked by mingw. R itself does not run: a
# stub takes the place of its R.dll, with the names that the library wants of it, each of which the R
# of this computer must have. Prints what the DLL imports.
#
# Needs R as a shared library, and rustup (`rustup target add x86_64-pc-windows-gnu`); installs mingw if that is not there.
# WORK=folder keeps the build there, and takes up an earlier one.
set -eu
# comm and join want the order of bytes.
export LC_ALL=C

here=$(cd "$(dirname "$0")/.." && pwd)
. "$here/tools/lib/setup.sh"
need_rust
need_r
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

# Names of R with the kind of each: T for functions, other letters for variables.
nm -D --defined-only "$(R RHOME)/lib/libR.so" | sed -n 's/^[0-9a-f]* \([A-Z]\) \([^@]*\).*/\2 \1/p' |
  sort -u >of_r.txt
unknown=$(cut -d' ' -f1 of_r.txt | comm -23 wanted.txt -)
[ -z "$unknown" ] || fail "neither R nor Windows has: $(echo "$unknown" | tr '\n' ' ')"
{
  echo "LIBRARY R.dll"
  echo "EXPORTS"
  join wanted.txt of_r.txt | sed 's/ [TW]$//; s/ [A-Z]$/ DATA/'
} >R.def

say "the DLL, with $(wc -l <wanted.txt) names of R"
make -f "$work/link.mk" forebear.dll
x86_64-w64-mingw32-objdump -p forebear.dll | sed -n 's/^\tDLL Name: /imports: /p'
for name in R_init_forebear R_init_forebear_extendr; do
  x86_64-w64-mingw32-nm forebear.dll | grep -q " T $name\$" || fail "forebear.dll has no $name"
done
x86_64-w64-mingw32-strip --strip-unneeded forebear.dll
say "forebear.dll links: $(wc -c <forebear.dll) bytes"
