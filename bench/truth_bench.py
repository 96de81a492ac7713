"""Archetypes beside the true ancestry of simulated samples, and beside what the true frequencies allow."""

import tempfile
from itertools import combinations

import numpy as np

import datasets
import measure
import report
import tools
from admixture_bench import FIT, K, SETS, copies_of_allele_1, rmse
from report import Row

MAX_RMSE = 0.007  # with unadmixed samples
# Populations at least .05 from their ancestor; the simulator's own .02 leaves more error than the bar to anybody.
APART = "human_apart"
TRUTH_SETS = {**SETS, APART: "unadmixed samples, Fst from .05"}


def archetypes_truth(_repeats):
    """RMSE of Q, and CPU seconds of the whole process; the answer is the same at every run."""
    version = tools.missing("forebear")["forebear"]
    if not version:
        return []
    rows = []
    for name in TRUTH_SETS:
        known = Row(f"true frequencies, {TRUTH_SETS[name]}", "", "RMSE of Q", [rmse(known_frequencies(name), truth(name))])
        rows += [known, *(row for dims in ("NULL", "100") for row in fitted(name, dims, version, known))]
    return rows


def truth(name):
    return np.loadtxt(f"{datasets.prefix(name)}.Q.tsv")


def fitted(name, dims, version, known):
    prefix = datasets.prefix(name)
    with tempfile.TemporaryDirectory() as folder:
        cost = measure.run(["Rscript", "--vanilla", FIT / "forebear_truth.R", prefix, K, dims, f"{folder}/fit"])
        error = rmse(np.loadtxt(f"{folder}/fit.Q"), truth(name))
    label = f"forebear, {TRUTH_SETS[name]}, {'K - 1' if dims == 'NULL' else dims} components"
    row = Row(label, version, "RMSE of Q", [error], ratio=known.median / error)
    if name != "human_admixed":
        report.checked(row, f"<= {MAX_RMSE}", error <= MAX_RMSE)
    return [row, Row(label, version, "CPU s", [cost.cpu_seconds])]


def known_frequencies(name):
    """Q of largest likelihood if the allele frequencies were known: its expansion to second order about the truth."""
    prefix, frequency, q = datasets.prefix(name), np.load(f"{datasets.prefix(name)}.F.npy").astype(float), truth(name)
    n, k = q.shape
    curvature, pull = np.zeros((n, k * k)), np.zeros((n, k))
    for start, g in copies_of_allele_1(prefix, n, frequency.shape[1]):
        f = frequency[:, start:start + len(g)]
        h = (f.T @ q.T).clip(1e-4, 1 - 1e-4)
        weight = np.where(np.isnan(g), 0, 2 / (h * (1 - h)))
        curvature += weight.T @ (f[:, None] * f[None]).reshape(k * k, -1).T
        pull += (weight * np.nan_to_num(g) / 2).T @ f.T
    return np.array([on_simplex(hessian, b) for hessian, b in zip(curvature.reshape(n, k, k), pull, strict=True)])


def on_simplex(hessian, pull):
    """The q of least q' hessian q / 2 - pull' q that is not negative and sums to 1: every support is tried."""
    k = len(pull)
    best, least = None, np.inf
    for support in (list(each) for size in range(1, k + 1) for each in combinations(range(k), size)):
        q = np.zeros(k)
        bordered = np.ones((len(support) + 1, len(support) + 1))
        bordered[:-1, :-1], bordered[-1, -1] = hessian[np.ix_(support, support)], 0
        q[support] = np.linalg.solve(bordered, np.append(pull[support], 1))[:-1]
        objective = q @ hessian @ q / 2 - pull @ q
        if q.min() >= 0 and objective < least:
            best, least = q, objective
    return best
