"""Ancestry proportions over eight shapes: forebear's two models beside fastmixture and the archetypes of before."""

import os
import shutil
import tempfile
from pathlib import Path

import numpy as np

import datasets
import measure
import report
import tools
from admixture_bench import log_likelihood
from report import Row

FIT = Path(__file__).resolve().parent / "fit" / "forebear_global.R"
# Name of the data set, populations, what it is.
SHAPES = {
    "tiny": (3, "60 x 5,000, K 3, Fst .02-.15, unadmixed"),
    "two": (2, "200 x 20,000, K 2, Fst .005-.01, unadmixed"),
    "near": (4, "400 x 50,000, K 4, Fst .005-.02, unadmixed"),
    "small": (7, "500 x 10,000, K 7, Fst .02-.15, unadmixed"),
    "small_admixed": (7, "500 x 10,000, K 7, Fst .02-.15, all admixed"),
    "far": (5, "1,000 x 20,000, K 5, Fst .05-.2, unadmixed"),
    "many": (15, "2,000 x 30,000, K 15, Fst .02-.2, unadmixed"),
    "wide": (8, "5,000 x 20,000, K 8, Fst .02-.15, few unadmixed, 1 % missing"),
}
MAX_BELOW = 10  # log-likelihood units below the best peer's
MAX_RMSE_RATIO = 1.0
PEER_ITERATIONS = int(os.environ.get("FASTMIXTURE_ITERATIONS", 1000))


def matched_rmse(q, truth):
    """Root mean squared error over entries, columns matched (Hungarian method by successive shortest paths)."""
    cost = ((truth[:, :, None] - q[:, None, :]) ** 2).sum(0)
    k = len(cost)
    # Jonker and Volgenant's potentials, one row after the other.
    u, v, match, way = np.zeros(k + 1), np.zeros(k + 1), np.zeros(k + 1, int), np.zeros(k + 1, int)
    for row in range(1, k + 1):
        match[0], column = row, 0
        least, used = np.full(k + 1, np.inf), np.zeros(k + 1, bool)
        while True:
            used[column] = True
            own = match[column]
            free = np.flatnonzero(~used[1:]) + 1
            reduced = cost[own - 1, free - 1] - u[own] - v[free]
            better = reduced < least[free]
            least[free[better]], way[free[better]] = reduced[better], column
            following = free[np.argmin(least[free])]
            step = least[following]
            u[match[used]] += step
            v[used] -= step
            least[~used] -= step
            column = following
            if match[column] == 0:
                break
        while column:
            match[column] = match[way[column]]
            column = way[column]
    total = sum(cost[match[column] - 1, column - 1] for column in range(1, k + 1))
    return np.sqrt(total / truth.size)


def forebear(method):
    def fit(prefix, k, _seed, out):
        return measure.run(["Rscript", "--vanilla", FIT, prefix, k, method, out])
    return fit


def fastmixture(prefix, k, seed, out):
    cost = measure.run(["fastmixture", "--bfile", prefix, "--K", k, "--seed", seed, "--threads", 1,
                        "--iter", PEER_ITERATIONS, "--out", out])
    for kind in "QP":
        shutil.move(f"{out}.K{k}.s{seed}.{kind}", f"{out}.{kind}")
    return cost


def facts(fit, name, k, seed):
    """CPU seconds, MB, RMSE and, where there are frequencies, log-likelihood of one fit."""
    prefix, shape = datasets.prefix(name), datasets.shape(name)
    with tempfile.TemporaryDirectory() as folder:
        cost = fit(prefix, k, seed, f"{folder}/fit")
        q = np.loadtxt(f"{folder}/fit.Q")
        f = np.loadtxt(f"{folder}/fit.P") if os.path.exists(f"{folder}/fit.P") else None
    if q.min() < 0 or abs(q.sum(1) - 1).max() > 1e-4:
        raise RuntimeError("the Q matrix is not on the simplex")
    q = q / q.sum(1, keepdims=True)
    found = {"CPU s": cost.cpu_seconds, "peak MB": cost.peak_mb,
             "RMSE of Q": matched_rmse(q, np.loadtxt(f"{prefix}.Q.tsv"))}
    if f is not None:
        f = f.clip(1e-5, 1 - 1e-5)
        found["log-likelihood"] = max(log_likelihood(prefix, shape, q, each) for each in (f, 1 - f))
    return found


def global_ancestry(repeats):
    """Every tool on every shape; forebear is deterministic and runs once, peers `repeats` times."""
    versions = tools.missing("forebear", "fastmixture")
    if not versions["forebear"]:
        return []
    fits = {name: forebear(name) for name in ("admixture", "archetypes", "archetypes_plain")}
    if versions["fastmixture"]:
        fits["fastmixture"] = fastmixture
    rows = []
    for name, (k, about) in SHAPES.items():
        seen = {}
        for tool, fit in fits.items():
            runs = [facts(fit, name, k, seed) for seed in range(1, 1 + (repeats if tool == "fastmixture" else 1))]
            seen[tool] = {metric: [run[metric] for run in runs] for metric in runs[0]}
            print(f"{about}: {tool} {seen[tool]}", flush=True)
        of = {tool: {metric: Row(tool if tool == "fastmixture" else f"forebear {tool}",
                                 versions["fastmixture" if tool == "fastmixture" else "forebear"],
                                 f"{about}: {metric}", values) for metric, values in metrics.items()}
              for tool, metrics in seen.items()}
        ours, plain = of["archetypes"]["RMSE of Q"], of["archetypes_plain"]["RMSE of Q"]
        ratio = ours.median / plain.median
        report.checked(ours, f"of the plain fit's {ratio:.3f} <= 1.01", ratio <= 1.01)
        if "fastmixture" in of:
            peer = of["fastmixture"]
            ratio = of["admixture"]["RMSE of Q"].median / min(peer["RMSE of Q"].values)
            report.checked(of["admixture"]["RMSE of Q"], f"of the best peer's {ratio:.3f} <= {MAX_RMSE_RATIO}",
                           ratio <= MAX_RMSE_RATIO)
            below = max(peer["log-likelihood"].values) - of["admixture"]["log-likelihood"].median
            report.checked(of["admixture"]["log-likelihood"], f"{below:.1f} below the best peer's <= {MAX_BELOW}",
                           below <= MAX_BELOW)
        rows += [row for metrics in of.values() for row in metrics.values()]
    return rows
