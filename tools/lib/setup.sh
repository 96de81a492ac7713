# Sourced by tools/*: finds or installs what a command needs. POSIX sh.
# Installs from apt where that is there and we may; otherwise says what to install.

msrv=1.85

say() { printf '%s\n' "==> $*"; }

fail() {
  printf '%s\n' "ERROR: $*" >&2
  exit 1
}

# Where cargo keeps its work, outside the package: R CMD build copies all that lies inside.
FOREBEAR_TARGET_DIR=${FOREBEAR_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/forebear/target}
export FOREBEAR_TARGET_DIR
PATH=$PATH:${CARGO_HOME:-$HOME/.cargo}/bin
export PATH

# Our own library comes first, so that what is installed here is what is used.
own_library=${XDG_CACHE_HOME:-$HOME/.cache}/forebear/library
mkdir -p "$own_library"
R_LIBS=$own_library${R_LIBS:+:$R_LIBS}
export R_LIBS

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null 2>&1; then
    sudo "$@"
  else
    fail "this needs root: $*
Run it as root, or install sudo."
  fi
}

have_apt() { command -v apt-get >/dev/null 2>&1; }

apt_updated=no

# apt_install PACKAGE...
apt_install() {
  have_apt || fail "not found and no apt-get here to install it: $*
On another system install the equivalent, then run this again."
  if [ $apt_updated = no ]; then
    say "updating the list of packages"
    as_root apt-get update -q >/dev/null || fail "'apt-get update' failed; is there a network?"
    apt_updated=yes
  fi
  say "installing: $*"
  apt_log=$(mktemp)
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" \
    >"$apt_log" 2>&1 || {
    tail -n 20 "$apt_log" >&2
    fail "apt could not install: $*"
  }
  rm -f "$apt_log"
}

# need COMMAND PACKAGE...: the packages are installed unless the command is there.
need() {
  command=$1
  shift
  command -v "$command" >/dev/null 2>&1 || apt_install "$@"
}

# install_forebear LOG: into our own library. One at a time: the others wait. A lock of R that is
# found then was left by an installation that was killed, and R would refuse to go on.
install_forebear() {
  (
    if command -v flock >/dev/null 2>&1; then
      flock -w 1800 9 || {
        echo "another installation into $own_library has not ended in 30 minutes" >"$1"
        exit 1
      }
      rm -rf "$own_library"/00LOCK*
    fi
    R CMD INSTALL --no-docs --no-test-load --library="$own_library" "$here" >"$1" 2>&1 9>&-
  ) 9>"$own_library.lock"
}

need_r() {
  need Rscript r-base-core
  need make make
  need gcc gcc libc6-dev
}

# need_r_packages NAME...
need_r_packages() {
  missing=$(Rscript --vanilla -e '
    for (name in commandArgs(TRUE)) if (!nzchar(system.file(package = name))) cat(name, "")' "$@")
  [ -z "$missing" ] && return 0
  packages=
  for name in $missing; do
    packages="$packages r-cran-$(printf %s "$name" | tr '[:upper:]' '[:lower:]')"
  done
  if have_apt; then
    # shellcheck disable=SC2086
    apt_install $packages
  else
    fail "these R packages are missing: $missing
Install them with install.packages() and run this again."
  fi
}

# True if VERSION (like 1.95.0) is at least $msrv.
new_enough() {
  printf '%s\n%s\n' "$msrv" "$1" | sort -t. -k1,1n -k2,2n -c 2>/dev/null
}

version_of() { "$1" --version 2>/dev/null | sed -n 's/^[a-z]* \([0-9][0-9.]*\).*/\1/p'; }

have_rust() {
  command -v cargo >/dev/null 2>&1 && command -v rustc >/dev/null 2>&1 &&
    new_enough "$(version_of rustc)"
}

candidate_of() { apt-cache policy "$1" 2>/dev/null | sed -n 's/^ *Candidate: \([0-9][0-9.]*\).*/\1/p'; }

need_rust() {
  have_rust && return 0
  if have_apt; then
    if [ $apt_updated = no ]; then
      as_root apt-get update -q >/dev/null || fail "'apt-get update' failed; is there a network?"
      apt_updated=yes
    fi
    # Debian 13 names the toolchain plainly; Debian 12 has a newer one beside its own.
    for family in "rustc cargo" "rustc-web cargo-web"; do
      # shellcheck disable=SC2086
      set -- $family
      version=$(candidate_of "$1")
      if [ -n "$version" ] && new_enough "$version"; then
        apt_install "$@"
        have_rust && return 0
      fi
    done
  fi
  fail "forebear needs Rust $msrv or newer (cargo and rustc).
Debian 13: apt install cargo; Debian 12: apt install cargo-web rustc-web;
elsewhere: https://rustup.rs. Then run this again."
}

# Clippy and rustfmt come with rustup, or in packages named after the toolchain's, which is there
# first: those of another toolchain format and check otherwise.
need_rust_linters() {
  need_rust
  cargo clippy --version >/dev/null 2>&1 && cargo fmt --version >/dev/null 2>&1 && return 0
  if dpkg -s cargo-web >/dev/null 2>&1; then
    apt_install rustfmt-web rust-web-clippy
  else
    apt_install rustfmt rust-clippy
  fi
}
