"""Generative topographic maps beside `ugtm` on equal data, at equal settings and equal iterations."""

import sys
import tempfile
from pathlib import Path

import numpy as np

import measure
import report
import tools
from report import Row

FIT = Path(__file__).resolve().parent / "fit"
# Samples, components, most iterations (few where the peer takes minutes), least ratio of CPU seconds.
GRID = [(200, 5, 200, 1), (1_000, 50, 200, 1), (2_000, 10, 200, 1), (300, 2_000, 30, 1), (2_000, 5_000, 20, 10),
        (20_000, 10, 100, 4)]
LARGE = (500_000, 10, 10)
LARGE_MB = 1_000  # of the whole process, R and the scores included
CLOSE = 1e-6  # greatest difference of a place on the map, whose side is 2


def simulated(n_samples, n_components, seed):
    """Samples of 12 populations around points of a bent surface, samples x components; later components hold less."""
    random = np.random.default_rng(seed)
    center = random.normal(size=(12, n_components)) * (0.5 + 5 / np.sqrt(1 + np.arange(n_components)))
    center[:, 2:] += 0.3 * center[:, :1] * center[:, 1:2]
    return center[random.integers(12, size=n_samples)] + random.normal(size=(n_samples, n_components))


def read_facts(out):
    lines = [line.split("\t") for line in Path(f"{out}.tsv").read_text().splitlines()]
    return {name: float(value) for name, value in lines}


def fit(command, scores, n_samples, iterations, folder):
    """Facts, places (2 x samples) and peak memory of one fit in a process of its own."""
    out = f"{folder}/fit"
    cost = measure.run([*command, scores, n_samples, iterations, out])
    return read_facts(out), np.fromfile(f"{out}.places").reshape(2, -1), cost.peak_mb


def gtm(repeats):
    """CPU seconds of the fit alone, places beside the peer's; memory of a large fit."""
    found = tools.missing("forebear", "ugtm")
    if not found["forebear"]:
        return []
    ours, peer = ["Rscript", "--vanilla", FIT / "forebear_gtm.R"], [sys.executable, FIT / "fit_ugtm.py"]
    rows = []
    for n_samples, n_components, most, least in GRID:
        size = f"{n_samples:,} x {n_components:,}"
        seconds, theirs, apart, iterations = [], [], [], []
        # The peer takes most of an hour for large sizes: three rounds of those.
        for seed in range(1, (repeats if n_samples * n_components < 100_000 else 3) + 1):
            with tempfile.TemporaryDirectory() as folder:
                scores = f"{folder}/scores"
                simulated(n_samples, n_components, seed).tofile(scores)
                facts, places, _ = fit(ours, scores, n_samples, most, folder)
                seconds.append(facts["cpu_seconds"])
                iterations.append(facts["iterations"])
                if found["ugtm"]:
                    facts, want, _ = fit(peer, scores, n_samples, int(iterations[-1]), folder)
                    theirs.append(facts["cpu_seconds"])
                    apart.append(np.abs(places - want).max())
        what = f"CPU s of {size}, {'/'.join(f'{n:.0f}' for n in sorted(set(iterations)))} iterations"
        own = Row("forebear", found["forebear"], what, seconds)
        rows.append(own)
        if found["ugtm"]:
            rows.append(report.against(Row("ugtm", found["ugtm"], what, theirs), own, least))
            rows.append(report.checked(Row("forebear", found["forebear"], f"greatest difference of a place, {size}", apart),
                                      f"<= {CLOSE:g}", max(apart) <= CLOSE))
        print(f"{size} done", flush=True)
    return rows + large(ours, found["forebear"])


def large(command, version):
    n_samples, n_components, iterations = LARGE
    with tempfile.TemporaryDirectory() as folder:
        scores = f"{folder}/scores"
        simulated(n_samples, n_components, 1).tofile(scores)
        facts, _, peak = fit(command, scores, n_samples, iterations, folder)
    size = f"{n_samples:,} x {n_components}"
    return [Row("forebear", version, f"CPU s of {size}, {iterations} iterations", [facts["cpu_seconds"]]),
            report.checked(Row("forebear", version, f"peak MB of {size}", [peak]), f"<= {LARGE_MB:g}", peak <= LARGE_MB)]
