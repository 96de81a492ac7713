#!/usr/bin/env python3
"""slim_vendor.py VENDOR AUTHORS: keeps of vendored crates what a build needs.

Drops tests (those within sources too), benches, examples, documents, pictures, and comments but those of
licences; empties the sources of crates that no system compiles where R runs (wasm-*, ...), which cargo wants
to see all the same, and drops the modules of libc for such systems; writes the authors and licences of every
crate to AUTHORS. Run where Cargo.toml is. Checksums of single files are dropped with the files; the lock file still pins the crates.
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tomllib

vendor, authors = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
DROP_FOLDERS = {"tests", "test", "test_data", "test-data", "testdata", "test_fixtures", "testdefs", "benches", "examples", "docs", "doc", "ci",
                ".github", "fuzz", "assets"}
KEEP_ENDINGS = {".rs", ".toml", ".json", ".c", ".h", ".S", ".s", ".asm", ".in", ".txt", ""}
# Where R runs.
TARGETS = ("x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu", "i686-unknown-linux-gnu", "armv7-unknown-linux-gnueabihf",
           "powerpc64le-unknown-linux-gnu", "riscv64gc-unknown-linux-gnu", "s390x-unknown-linux-gnu", "x86_64-unknown-linux-musl",
           "aarch64-unknown-linux-musl", "x86_64-apple-darwin", "aarch64-apple-darwin", "x86_64-pc-windows-gnu", "i686-pc-windows-gnu",
           "aarch64-pc-windows-gnullvm", "x86_64-unknown-freebsd", "aarch64-unknown-freebsd")
# Files and folders of the sources of libc, of systems on which nobody is known to build from the tarball: those of R on Linux, macOS,
# Windows and FreeBSD stay.
LIBC_ELSEWHERE = {"fuchsia", "psp", "hermit", "solid", "teeos", "wasi", "switch", "sgx", "xous", "vxworks", "trusty", "qurt", "helenos",
                  "nto", "newlib", "nuttx", "redox", "android", "emscripten", "l4re", "haiku", "cygwin", "aix", "hurd", "solarish",
                  "netbsdlike", "dragonfly"}
LICENCE = re.compile(r"copyright|licen[cs]e|spdx", re.IGNORECASE)
# What a comment, a quote or a brace may stand in, then anything.
TOKEN = re.compile(r"""(?P<line>//[^\n]*)|(?P<block>/\*)|(?P<text>\b[bc]?r(?P<hashes>\#*)"[\s\S]*?"(?P=hashes)
                   |"(?:\\[\s\S]|[^"\\])*"|'(?:\\x[0-9a-fA-F]{2}|\\u\{[0-9a-fA-F_]+\}|\\.|[^\\'])')|[\s\S]""", re.VERBOSE)
BLOCK = re.compile(r"/\*|\*/")
DOCUMENTS = re.compile(r"///(?!/)|//!|/\*\*(?![*/])|/\*!")
TESTS = re.compile(r"(?:#\[[^\]]*\]\s*)*#\[cfg\((?:test|all\(test,[^\]]*\))\)\]\s*(?:#\[[^\]]*\]\s*)*(?:pub(?:\([a-z]+\))? )?mod \w+ \{")


def included(crate: pathlib.Path) -> set[pathlib.Path]:
    """Files that the sources read when they are compiled, such as a README that is their documentation."""
    found = set()
    for source in crate.rglob("*.rs"):
        if source.relative_to(crate).parts[0] in DROP_FOLDERS:
            continue
        for macro in re.finditer(r"include(?:_str|_bytes)?!\s*\(([^;]*?)\)", source.read_text(errors="replace")):
            for name in re.findall(r'"([^"]+)"', macro[1]):
                found |= {(source.parent / name).resolve(), (crate / name.lstrip("/")).resolve()}
    return found


def slim(crate: pathlib.Path) -> None:
    needed = included(crate)
    for path in list(crate.rglob("*")):
        parts = path.relative_to(crate).parts
        licence = path.name.upper().startswith(("LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE"))
        wanted = licence or (path.suffix in KEEP_ENDINGS and path.name != "Makefile")
        # Sources may name a module of tests whatever is compiled.
        dropped = DROP_FOLDERS & set(parts[:1] if path.suffix == ".rs" else parts[:-1])
        if path.is_file() and path.resolve() not in needed and (dropped or not wanted):
            path.unlink()


def without_comments(source: str) -> str:
    """Nor empty lines; texts stay as they are. Macros count what is documentation, which is left, empty."""
    kept, code, at = [], [], 0

    def end_of_code():
        kept.append(re.sub(r"[ \t]*\n\s*\n", "\n", "".join(code)))
        code.clear()

    while at < len(source):
        token = TOKEN.match(source, at)
        start, at = at, token.end()
        if token["block"]:
            depth = 1
            while depth:
                mark = BLOCK.search(source, at)
                depth, at = depth + (1 if mark[0] == "/*" else -1), mark.end()
        if token["text"]:
            end_of_code()
            kept.append(token["text"])
        elif (token["line"] or token["block"]) and not LICENCE.search(source[start:at]):
            documents = DOCUMENTS.match(source, start)
            code.append((documents[0] + " */" * bool(token["block"])) if documents else " ")
        else:
            code.append(source[start:at])
    end_of_code()
    return "".join(kept)


def without_tests(source: str) -> str:
    """Without modules that are compiled for tests only."""
    kept, at = [], 0
    while tests := TESTS.search(source, at):
        kept.append(source[at:tests.start()])
        depth, at = 1, tests.end()
        while depth:
            token = TOKEN.match(source, at)
            depth, at = depth + {"{": 1, "}": -1}.get(token[0], 0), token.end()
    return "".join(kept) + source[at:]


def shorten(crate: pathlib.Path) -> None:
    for path in crate.rglob("*.rs"):
        source = path.read_text(errors="surrogateescape")
        path.write_text(without_tests(without_comments(source)), errors="surrogateescape")


def slim_libc(crate: pathlib.Path) -> None:
    for path in sorted((crate / "src").rglob("*"), reverse=True):
        if path.stem in LIBC_ELSEWHERE:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def empty(crate: pathlib.Path) -> None:
    for path in crate.rglob("*.rs"):
        path.write_text("")
    for path in list(crate.rglob("*.a")) + list(crate.rglob("*.lib")):
        path.unlink()


def built() -> set[tuple[str, str]]:
    """(name, version) of the crates that are compiled for some target, for tests too."""
    found = set()
    for target in TARGETS:
        tree = subprocess.run(["cargo", "tree", "--workspace", "--locked", "--quiet", "--edges", "normal,build,dev", "--target", target,
                               "--prefix", "none", "--format", "{p}"], check=True, capture_output=True, text=True)
        found |= {(name, version) for name, version, *_ in map(str.split, filter(None, tree.stdout.splitlines()))}
    return found


compiled = built()
lines = ["Crates that forebear is built from, with their authors and licences.", ""]
for crate in sorted(path for path in vendor.iterdir() if path.is_dir()):
    manifest = tomllib.loads((crate / "Cargo.toml").read_text())
    package = manifest["package"]
    by = ", ".join(package.get("authors", [])) or "the authors of " + package.get("repository", package["name"])
    licence = package.get("license") or package.get("license-file", "see the crate")
    lines.append(f"{package['name']} {package['version']} ({licence}): {by}")
    shorten(crate)
    slim(crate)
    if package["name"] == "libc":
        slim_libc(crate)
    if (package["name"], "v" + package["version"]) not in compiled:
        empty(crate)
    checksum = crate / ".cargo-checksum.json"
    whole = json.loads(checksum.read_text())
    checksum.write_text(json.dumps({"files": {}, "package": whole.get("package")}))
authors.write_text("\n".join(lines) + "\n")
