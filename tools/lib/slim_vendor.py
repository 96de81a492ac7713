#!/usr/bin/env python3
"""slim_vendor.py VENDOR AUTHORS: keeps of vendored crates what a build needs.

Drops tests, benches, examples, documents and pictures; empties the sources of crates that are compiled
where R does not run (wasm-*, ...); of windows-sys, which is larger than all others together, keeps the
modules that some crate asks for, so that the package builds on Windows too; writes the authors and licences of every crate to
AUTHORS. Checksums of single files are dropped with the files; the lock file still pins the crates.
"""
import json
import pathlib
import re
import sys
import tomllib

vendor, authors = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
DROP_FOLDERS = {"tests", "benches", "examples", "docs", "doc", "ci", ".github", "fuzz", "assets"}
KEEP_ENDINGS = {".rs", ".toml", ".lock", ".json", ".c", ".h", ".S", ".s", ".asm", ".in", ".txt", ""}
OTHER_PLATFORMS = ("wasm-bindgen", "js-sys", "web-sys", "wasi", "wit-bindgen",
                   "web-time", "redox_syscall", "hermit-abi", "r-efi")


def included(crate: pathlib.Path) -> set[pathlib.Path]:
    """Files that the sources read when they are compiled, such as a README that is their documentation."""
    found = set()
    for source in crate.rglob("*.rs"):
        for macro in re.finditer(r"include(?:_str|_bytes)?!\s*\(([^;]*?)\)", source.read_text(errors="replace")):
            for name in re.findall(r'"([^"]+)"', macro[1]):
                found |= {(source.parent / name).resolve(), (crate / name.lstrip("/")).resolve()}
    return found


def slim(crate: pathlib.Path) -> None:
    needed = included(crate)
    for path in list(crate.rglob("*")):
        parts = path.relative_to(crate).parts
        licence = path.name.upper().startswith(("LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE"))
        wanted = licence or path.suffix in KEEP_ENDINGS or "src" in parts
        if path.is_file() and path.resolve() not in needed and (parts[0] in DROP_FOLDERS or not wanted):
            path.unlink()


def empty(crate: pathlib.Path) -> None:
    for path in crate.rglob("*.rs"):
        path.write_text("")
    for path in list(crate.rglob("*.a")) + list(crate.rglob("*.lib")):
        path.unlink()


def windows_features(vendor: pathlib.Path) -> set[str]:
    """Features of windows-sys that crates ask for, and what these imply."""
    wanted = set()
    for crate in vendor.iterdir():
        manifest = tomllib.loads((crate / "Cargo.toml").read_text())
        for target in manifest.get("target", {}).values():
            wanted |= set(target.get("dependencies", {}).get("windows-sys", {}).get("features", []))
        wanted |= set(manifest.get("dependencies", {}).get("windows-sys", {}).get("features", []))
    implied = tomllib.loads((vendor / "windows-sys" / "Cargo.toml").read_text())["features"]
    while more := {name for feature in wanted for name in implied[feature]} - wanted:
        wanted |= more
    return wanted


def slim_windows(crate: pathlib.Path, features: set[str]) -> None:
    """Removes modules whose feature is off, and checks that every module that is on is there."""
    modules = crate / "src" / "Windows"
    for path in sorted(modules.rglob("mod.rs")):
        feature = "_".join(path.parent.relative_to(modules).parts)
        if feature and feature not in features:
            path.unlink()
    gate = re.compile(r'#\[cfg\(feature = "([A-Za-z0-9_]+)"\)\]\s*pub mod ([A-Za-z0-9_]+);')
    for path in modules.rglob("mod.rs"):
        for feature, name in gate.findall(path.read_text()):
            if feature in features and not (path.parent / name / "mod.rs").exists():
                sys.exit(f"slim_vendor.py: {feature} of windows-sys has no {path.parent / name}")


lines = ["Crates that forebear is built from, with their authors and licences.", ""]
for crate in sorted(path for path in vendor.iterdir() if path.is_dir()):
    manifest = tomllib.loads((crate / "Cargo.toml").read_text())
    package = manifest["package"]
    by = ", ".join(package.get("authors", [])) or "the authors of " + package.get("repository", package["name"])
    licence = package.get("license") or package.get("license-file", "see the crate")
    lines.append(f"{package['name']} {package['version']} ({licence}): {by}")
    slim(crate)
    if package["name"] == "windows-sys":
        slim_windows(crate, windows_features(vendor))
    if package["name"].startswith(OTHER_PLATFORMS):
        empty(crate)
    checksum = crate / ".cargo-checksum.json"
    whole = json.loads(checksum.read_text())
    checksum.write_text(json.dumps({"files": {}, "package": whole.get("package")}))
authors.write_text("\n".join(lines) + "\n")
