"""Paths over K, and archetypes of very many samples: forebear against its own limits."""

import tempfile
from pathlib import Path

import numpy as np

import datasets
import measure
import report
import tools
from report import Row

FIT = Path(__file__).resolve().parent / "fit"
HAPMAP3 = datasets.SIMULATOR.parents[1] / "data" / "hapmap3_957" / "hapmap3"
PATH_MAX_SECONDS = 20
N_SAMPLES, N_COMPONENTS, K = 500_000, 20, 10
LARGE_MAX_SECONDS, LARGE_MAX_MB = 120, 2000
# How the weights of the simulated samples are spread: most on one archetype, evenly, and no
# archetypes at all but a round cloud.
CLOUDS = {"mostly unadmixed": 0.3, "evenly mixed": 1.0, "round cloud": None}


def read_facts(out):
    return {name: float(value) for name, value in (line.split("\t") for line in open(f"{out}.tsv"))}


def path_hapmap3(repeats):
    """K = 2..12 with 5 restarts each, straight from the genotypes of 957 samples."""
    version = tools.missing("forebear")["forebear"]
    if not version:
        return []
    if not HAPMAP3.with_suffix(".bed").is_file():
        print(f"skipped: the data are missing: {HAPMAP3}.bed", flush=True)
        return []
    facts = []
    for seed in range(1, repeats + 1):
        with tempfile.TemporaryDirectory() as folder:
            measure.run(["Rscript", "--vanilla", FIT / "forebear_path_hapmap3.R", HAPMAP3, seed, f"{folder}/fit"])
            facts.append(read_facts(f"{folder}/fit"))
        print(f"seed {seed} of {repeats} done", flush=True)
    seconds = Row("forebear", version, "CPU s of archetypes_path()", [fact["cpu_seconds"] for fact in facts])
    converged = Row("forebear", version, "best runs converged, of 11", [fact["converged"] for fact in facts])
    return [report.checked(seconds, f"median < {PATH_MAX_SECONDS}", seconds.median < PATH_MAX_SECONDS),
            report.checked(converged, "11", min(converged.values) == 11)]


def cloud(concentration, seed):
    """Principal components, samples x components doubles by row, of mixtures of K random points plus
    noise; without a concentration, of a normal cloud of falling spread."""
    random = np.random.default_rng(seed)
    if concentration is None:
        scores = random.standard_normal((N_SAMPLES, N_COMPONENTS)) * 0.85 ** np.arange(N_COMPONENTS)
    else:
        weights = random.gamma(concentration, size=(N_SAMPLES, K))
        weights /= weights.sum(1, keepdims=True)
        scores = weights @ random.standard_normal((K, N_COMPONENTS))
        scores += 0.1 * random.standard_normal(scores.shape)
    scores -= scores.mean(0)
    _, axes = np.linalg.eigh(scores.T @ scores)
    return np.ascontiguousarray(scores @ axes[:, ::-1])


def archetypes_large(repeats):
    """archetypes() of 500,000 x 20 scores, K = 10: whole processes, three kinds of cloud."""
    version = tools.missing("forebear")["forebear"]
    if not version:
        return []
    rows = []
    for name, concentration in CLOUDS.items():
        seen = []
        for seed in range(1, min(repeats, 3) + 1):
            with tempfile.TemporaryDirectory() as folder:
                path, out = f"{folder}/scores.f64", f"{folder}/fit"
                cloud(concentration, seed).tofile(path)
                command = ["Rscript", "--vanilla", FIT / "forebear_large.R", path, N_SAMPLES, K, seed, out]
                cost = measure.run(command)
                seen.append({**read_facts(out), "peak_mb": cost.peak_mb})
            print(f"{name}: seed {seed} done", flush=True)
        rows += large_rows(name, version, seen)
    return rows


def large_rows(name, version, seen):
    seconds = Row(f"forebear, {name}", version, "CPU s of the fit", [fact["cpu_seconds"] for fact in seen])
    peak = Row(f"forebear, {name}", version, "peak MB of the process", [fact["peak_mb"] for fact in seen])
    honest = Row(f"forebear, {name}", version, "rss / rss of all samples written out",
                 [fact["rss"] / fact["plain_rss"] for fact in seen])
    converged = Row(f"forebear, {name}", version, "converged", [fact["converged"] for fact in seen])
    return [report.checked(seconds, f"largest < {LARGE_MAX_SECONDS}", max(seconds.values) < LARGE_MAX_SECONDS),
            report.checked(peak, f"largest < {LARGE_MAX_MB}", max(peak.values) < LARGE_MAX_MB),
            report.checked(honest, "1 to 1e-6", all(abs(ratio - 1) < 1e-6 for ratio in honest.values)),
            report.checked(converged, "all", min(converged.values) == 1)]
