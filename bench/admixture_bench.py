"""The likelihood model of ADMIXTURE beside fastmixture, with and without unadmixed samples."""

import itertools
import os
import shutil
import tempfile
from pathlib import Path

import numpy as np

import datasets
import measure
import report
import tools
from report import Row

FIT = Path(__file__).resolve().parent / "fit"
K = 7
MIN_RATIO = 2  # fastmixture's CPU seconds over forebear's
MAX_BELOW = 10  # log-likelihood units below fastmixture's best
MAX_RMSE_RATIO = 1.05
# Of fastmixture: a run on each set, and iterations. Its own end (tolerance 1e-9) had not come after 3,000 CPU seconds and 175
# iterations; it is stopped where it has had several times our time. FASTMIXTURE_ITERATIONS=1000 lets it go on.
PEER_RUNS, PEER_ITERATIONS = 1, int(os.environ.get("FASTMIXTURE_ITERATIONS", 40))
SETS = {"human": "unadmixed samples", "human_admixed": "no unadmixed samples"}


def log_likelihood(prefix, shape, q, f):
    """Sum over called genotypes of g log(h) + (2 - g) log(1 - h), g copies of allele 1, in double precision.

    One log-likelihood for all tools: fastmixture counts the other allele, so the caller takes one minus its frequencies.
    """
    return sum(np.nansum(g * np.log(h) + (2 - g) * np.log1p(-h))
               for start, g in copies_of_allele_1(prefix, *shape) for h in [f[start:start + len(g)] @ q.T])


def copies_of_allele_1(prefix, n_samples, n_variants):
    """First variant and copies (variants x samples, NaN where missing), 1,000 variants at a time."""
    packed = np.memmap(f"{prefix}.bed", np.uint8, "r", 3).reshape(n_variants, -1)
    copies = np.array([2, np.nan, 1, 0])
    for start in range(0, n_variants, 1000):
        block = packed[start:start + 1000]
        codes = np.stack([block >> shift & 3 for shift in (0, 2, 4, 6)], 2).reshape(len(block), -1)[:, :n_samples]
        yield start, copies[codes]


def rmse(q, truth):
    """Root mean squared error over entries, columns matched."""
    cost = ((truth[:, :, None] - q[:, None, :]) ** 2).sum(0)
    return min(np.sqrt(sum(cost[j, p[j]] for j in range(K)) / truth.size) for p in itertools.permutations(range(K)))


def forebear_fit(prefix, seed, out):
    return measure.run(["Rscript", "--vanilla", FIT / "forebear_admixture.R", prefix, K, seed, out])


def fastmixture_fit(prefix, seed, out):
    cost = measure.run(["fastmixture", "--bfile", prefix, "--K", K, "--seed", seed, "--threads", 1,
                        "--iter", PEER_ITERATIONS, "--out", out])
    for kind in "QP":
        shutil.move(f"{out}.K{K}.s{seed}.{kind}", f"{out}.{kind}")
    return cost


def facts(fit, name, seed):
    """CPU seconds, log-likelihood and error of one fit."""
    prefix, shape = datasets.prefix(name), datasets.shape(name)
    with tempfile.TemporaryDirectory() as folder:
        cost = fit(prefix, seed, f"{folder}/fit")
        q, f = np.loadtxt(f"{folder}/fit.Q"), np.loadtxt(f"{folder}/fit.P")
    if q.min() < 0 or abs(q.sum(1) - 1).max() > 1e-4:
        raise RuntimeError("the Q matrix is not on the simplex")
    q, f = q / q.sum(1, keepdims=True), f.clip(1e-5, 1 - 1e-5)
    either = [log_likelihood(prefix, shape, q, frequency) for frequency in (f, 1 - f)]
    found = {"cpu": cost.cpu_seconds, "log_likelihood": max(either),
             "rmse": rmse(q, np.loadtxt(f"{prefix}.Q.tsv"))}
    print(f"{SETS[name]}, seed {seed}, {fit.__name__}: {found}", flush=True)
    return found


METRICS = [("cpu", "CPU s"), ("log_likelihood", "log-likelihood"), ("rmse", "RMSE of Q")]


def columns(label, version, found):
    return {kind: Row(label, version, what, [each[kind] for each in found]) for kind, what in METRICS}


def compare(name, seen, versions):
    """Rows of one data set; forebear's worst seed is held against fastmixture's best."""
    about = SETS[name]
    ours = columns(f"forebear, {about}", versions["forebear"], seen["forebear"])
    rows = list(ours.values())
    if "fastmixture" not in seen:
        return rows
    theirs = columns(f"fastmixture, {about}", versions["fastmixture"], seen["fastmixture"])
    report.against(theirs["cpu"], ours["cpu"], MIN_RATIO)
    most = max(theirs["log_likelihood"].values)
    below = most - min(ours["log_likelihood"].values)
    report.checked(theirs["log_likelihood"], f"forebear {below:.1f} below <= {MAX_BELOW}", below <= MAX_BELOW)
    ratio = max(ours["rmse"].values) / min(theirs["rmse"].values)
    report.checked(ours["rmse"], f"of fastmixture's {ratio:.3f} <= {MAX_RMSE_RATIO}", ratio <= MAX_RMSE_RATIO)
    return rows + list(theirs.values())


def admixture(repeats):
    """CPU seconds of whole processes, log-likelihood and RMSE of Q, several seeds of forebear."""
    versions = tools.missing("forebear", "fastmixture")
    fits = {"forebear": forebear_fit, "fastmixture": fastmixture_fit}
    rows = []
    for name in SETS if versions["forebear"] else []:
        seen = {tool: [] for tool in fits if versions[tool]}
        for seed in range(1, repeats + 1):
            for tool in seen:
                if tool == "forebear" or seed <= PEER_RUNS:
                    seen[tool].append(facts(fits[tool], name, seed))
        rows += compare(name, seen, versions)
    return rows
