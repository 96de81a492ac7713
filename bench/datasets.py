"""Simulated data sets, made once and kept in data/ (not in the repository)."""

import shutil
import subprocess
import sys
from pathlib import Path

DATA = Path(__file__).resolve().parent / "data"
# A sibling of the repository's folder, shared by all who work on it.
SIMULATOR = Path(__file__).resolve().parents[2] / "shared" / "tools" / "simulate_bed.py"
# Shape and model of each set, in the simulator's own words.
SETS = {
    "kg": "--samples 2504 --variants 100000 --model populations --populations 26",
    "kg_missing": "--samples 2504 --variants 100000 --model populations --populations 26 --missing .01",
    "large_50": "--samples 10000 --variants 50000 --model admixed --populations 10 --missing .01",
    "large": "--samples 10000 --variants 100000 --model admixed --populations 10 --missing .01",
    "large_200": "--samples 10000 --variants 200000 --model admixed --populations 10 --missing .01",
    "human": "--samples 2000 --variants 100000 --model admixed --populations 7 --unadmixed 100",
    "human_admixed": "--samples 2000 --variants 100000 --model admixed --populations 7 --unadmixed 0",
    "human_apart": "--samples 2000 --variants 100000 --model admixed --populations 7 --unadmixed 100 --fst-low .05",
    "hgdp": "--samples 1043 --variants 643733 --model populations --populations 26",
    "dogs": "--samples 1355 --variants 150131 --model populations --populations 160",
    "tiny": "--samples 60 --variants 5000 --model admixed --populations 3 --unadmixed 10",
    "two": "--samples 200 --variants 20000 --model admixed --populations 2 --unadmixed 30 --fst-low .005 --fst-high .01",
    "near": "--samples 400 --variants 50000 --model admixed --populations 4 --unadmixed 40 --fst-low .005 --fst-high .02",
    "small": "--samples 500 --variants 10000 --model admixed --populations 7 --unadmixed 20",
    "small_admixed": "--samples 500 --variants 10000 --model admixed --populations 7 --unadmixed 0",
    "far": "--samples 1000 --variants 20000 --model admixed --populations 5 --unadmixed 50 --fst-low .05 --fst-high .2",
    "many": "--samples 2000 --variants 30000 --model admixed --populations 15 --unadmixed 40 --fst-high .2",
    "wide": "--samples 5000 --variants 20000 --model admixed --populations 8 --unadmixed 10 --missing .01",
    "biobank": "--samples 100000 --variants 50000 --model admixed --populations 8 --missing .005 --seed 3",
}


def prefix(name):
    """Prefix of the set's bed, bim and fam files; simulates them if they are not there yet."""
    folder = DATA / name
    if not folder.is_dir():
        if not SIMULATOR.is_file():
            sys.exit(f"run.py: the simulator of the benchmark data is missing: {SIMULATOR}\n"
                     f"Or put set.bed, set.bim and set.fam of that shape ({SETS[name]}) into {folder}")
        print(f"simulating {name}: {SETS[name]}", flush=True)
        # Made beside its place and moved there when whole, so that an interrupted run leaves nothing that looks done.
        part = DATA / f"{name}.part"
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        subprocess.run([sys.executable, SIMULATOR, part / "set", *SETS[name].split()], check=True)
        part.rename(folder)
    return folder / "set"


def shape(name):
    """(n_samples, n_variants)"""
    words = SETS[name].split()
    return int(words[words.index("--samples") + 1]), int(words[words.index("--variants") + 1])
