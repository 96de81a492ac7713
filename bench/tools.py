"""What is installed: forebear, its peers, and how to get what is missing."""

import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
HOW_TO_GET = {
    "Rscript": "apt-get install r-base-core",
    "forebear": "R CMD INSTALL . in the top folder of this repository",
    "plink1.9": "apt-get install plink1.9",
    "plink2": "apt-get install plink2",
    "PCAone": "source code: GitHub, Zilong-Li/PCAone; put the program on PATH",
    "archetypes": "python3 -m pip install archetypes",
    "py_pcha": "python3 -m pip install py_pcha",
    "fastmixture": "python3 -m pip install fastmixture (it is compiled: gcc, python3-dev)",
    "adamixture": "python3 -m pip install adamixture",
    "scope": "source code: GitHub, sriramlab/SCOPE; put the program on PATH",
    "flare": "flare.jar: GitHub, browning-lab/flare; FLARE_JAR names it or a folder on PATH holds it; needs java",
    "bcftools": "apt-get install bcftools",
    "bgzip": "apt-get install tabix",
    "scikit-learn": "python3 -m pip install scikit-learn",
    "numpy": "python3 -m pip install numpy",
    "pgenlib": "python3 -m pip install Pgenlib",
    "pyliftover": "python3 -m pip install pyliftover",
    "ugtm": "python3 -m pip install ugtm",
    "cargo": "apt-get install cargo (1.85 or later)",
}

PYTHON_PACKAGES = ("archetypes", "py_pcha", "fastmixture", "adamixture", "scikit-learn", "numpy", "ugtm", "pgenlib", "pyliftover")
MODULES = {"scikit-learn": "sklearn"}  # where the module is called something else


def output_of(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


@cache
def forebear():
    """Version of the installed package with the commit of this folder, or None."""
    if not shutil.which("Rscript"):
        return None
    code = 'if (requireNamespace("forebear", quietly = TRUE)) cat("version", format(packageVersion("forebear")))'
    found = re.search(r"version (\S+)", output_of(["Rscript", "-e", code]))
    commit = output_of(["git", "-C", str(REPOSITORY), "rev-parse", "--short", "HEAD"]).strip()
    return f"{found[1]} ({commit})" if found else None


@cache
def program(name):
    """Version of a program on PATH, or None."""
    if not shutil.which(name):
        return None
    if name == "scope":
        return "without a version"  # it prints none
    if name == "PCAone":
        return re.search(r"PCA All In One \(v([^)]+)\)", output_of([name, "--help"]))[1]
    return re.search(r"v?\d\S*", output_of([name, "--version"]))[0]


@cache
def flare_jar():
    """Path of FLARE: what FLARE_JAR names, else flare.jar in a folder on PATH; None without it or without Java."""
    folders = os.environ.get("PATH", "").split(os.pathsep)
    named = os.environ.get("FLARE_JAR")
    places = [Path(named)] if named else [Path(folder) / "flare.jar" for folder in folders if folder]
    return next((place.resolve() for place in places if place.is_file()), None) if shutil.which("java") else None


@cache
def flare():
    """Version of FLARE, or None."""
    if not flare_jar():
        return None
    found = re.search(r"flare version (\S+)", output_of(["java", "-jar", flare_jar()]))
    return found[1] if found else None


@cache
def python_package(name):
    """Version of an importable Python package, or None."""
    return importlib.metadata.version(name) if importlib.util.find_spec(MODULES.get(name, name)) else None


WITHOUT_NAME = {"forebear": forebear, "flare": flare}


def missing(*names):
    """The version of each tool; says on stdout which are missing and how to get them."""
    versions = {}
    for name in names:
        versions[name] = WITHOUT_NAME[name]() if name in WITHOUT_NAME else \
            python_package(name) if name in PYTHON_PACKAGES else program(name)
        if versions[name] is None:
            print(f"skipped: {name} is not installed ({HOW_TO_GET[name]})", flush=True)
    return versions


def status():
    """One line per tool: its version or how to get it."""
    found = {**{name: finder() for name, finder in WITHOUT_NAME.items()}, **{name: program(name) for name in ["plink1.9", "plink2", "PCAone", "scope", "bcftools", "bgzip", "cargo"]},
             **{name: python_package(name) for name in PYTHON_PACKAGES}}
    return [f"{name:18}{version or 'missing: ' + HOW_TO_GET[name]}" for name, version in found.items()]
