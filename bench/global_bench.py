"""Ancestry proportions over eight shapes: forebear's two models beside their peers and the archetypes of before."""

import os
import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path

import numpy as np

import datasets
import measure
import plain_pca
import report
import tools
from admixture_bench import copies_of_allele_1, log_likelihood
from report import Row

FIT = Path(__file__).resolve().parent / "fit"
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
MAX_PLAIN_RATIO, MIN_BETTER = 1.01, 6  # archetypes() on no shape worse than the plain fit, on so many better
PEER_RUNS = int(os.environ.get("PEER_RUNS", 1))
# fastmixture takes an hour to its own end (tolerance 1e-9) on a larger set; FASTMIXTURE_ITERATIONS stops it earlier on all.
FASTMIXTURE_GENOTYPES = 1e7
# GLOBAL_SHAPES=tiny,two runs these alone; how many are better than the plain fit has no bar then.
CHOSEN = [name for name in os.environ.get("GLOBAL_SHAPES", "").split(",") if name] or list(SHAPES)
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
    return float(np.sqrt(total / truth.size))


@cache
def polymorphic(name):
    """(prefix, shape) of the set without variants that do not vary, which some peers refuse; every tool is given these."""
    prefix, (n_samples, n_variants) = datasets.prefix(name), datasets.shape(name)
    copies = np.concatenate([np.column_stack([np.nansum(g, 1), 2 * np.isfinite(g).sum(1)])
                             for _, g in copies_of_allele_1(prefix, n_samples, n_variants)])
    kept = np.flatnonzero((copies[:, 0] > 0) & (copies[:, 0] < copies[:, 1]))
    if len(kept) == n_variants:
        return prefix, (n_samples, n_variants)
    reduced = prefix.with_name("polymorphic")
    packed = np.memmap(f"{prefix}.bed", np.uint8, "r", 3).reshape(n_variants, -1)
    with open(f"{reduced}.bed", "wb") as bed:
        bed.write(bytes([0x6C, 0x1B, 0x01]))
        bed.write(packed[kept].tobytes())
    lines = Path(f"{prefix}.bim").read_text().splitlines(keepends=True)
    Path(f"{reduced}.bim").write_text("".join(lines[variant] for variant in kept))
    shutil.copy(f"{prefix}.fam", f"{reduced}.fam")
    return reduced, (n_samples, len(kept))


@cache
def scores_file(name, k):
    """Path of the leading k - 1 scores (doubles by row) of the set's haplotype means, for peers that take scores."""
    prefix, shape = polymorphic(name)
    path = prefix.with_name(f"scores{k - 1}.f64")
    if not path.is_file():
        plain_pca.scores(plain_pca.gram(prefix, *shape, "none"), k - 1).tofile(path)
    return path


def forebear(method):
    def fit(name, k, _seed, out):
        return measure.run(["Rscript", "--vanilla", FIT / "forebear_global.R", polymorphic(name)[0], k, method, out])
    return fit


def fastmixture(name, k, seed, out):
    cost = measure.run(["fastmixture", "--bfile", polymorphic(name)[0], "--K", k, "--seed", seed, "--threads", 1,
                        "--iter", PEER_ITERATIONS, "--out", out])
    for kind in "QP":
        shutil.move(f"{out}.K{k}.s{seed}.{kind}", f"{out}.{kind}")
    return cost


def adamixture(name, k, seed, out):
    cost = measure.run(["adamixture", "-k", k, "-s", seed, "-t", 1, "--data_path", f"{polymorphic(name)[0]}.bed",
                        "--save_dir", Path(out).parent, "--name", Path(out).name])
    for kind in "QP":
        shutil.move(f"{out}.{k}.{kind}", f"{out}.{kind}")
    return cost


def scope(name, k, seed, out):
    """Its table of proportions lies on its side."""
    cost = measure.run(["scope", "-g", polymorphic(name)[0], "-k", k, "-seed", seed, "-nt", 1, "-o", f"{out}_"])
    np.savetxt(f"{out}.Q", np.loadtxt(f"{out}_Qhat.txt").T)
    shutil.move(f"{out}_Phat.txt", f"{out}.P")
    return cost


def on_scores(script, *options):
    """A program that takes scores: its costs are without the components, which it is handed."""
    def fit(name, k, seed, out):
        n_samples = datasets.shape(name)[0]
        cost = measure.run([sys.executable, FIT / script, scores_file(name, k), n_samples, k, seed, out, *options])
        np.savetxt(f"{out}.Q", np.fromfile(f"{out}.q").reshape(k, n_samples).T)
        return cost
    return fit


OURS = {f"forebear {name}": forebear(name) for name in ("admixture", "likelihood", "archetypes", "archetypes_plain")}
# What is held against admixture(), and what against archetypes().
LIKELIHOOD_PEERS = {"fastmixture": fastmixture, "adamixture": adamixture, "scope": scope}
ARCHETYPE_PEERS = {"py_pcha": on_scores("fit_pcha.py"), "archetypes": on_scores("fit_archetypes.py", "nnls")}
PEERS = LIKELIHOOD_PEERS | ARCHETYPE_PEERS


def facts(fit, name, k, seed):
    """CPU seconds, MB, RMSE and, where there are frequencies, log-likelihood of one fit."""
    prefix, shape = polymorphic(name)
    with tempfile.TemporaryDirectory() as folder:
        cost = fit(name, k, seed, f"{folder}/fit")
        q = np.loadtxt(f"{folder}/fit.Q")
        f = np.loadtxt(f"{folder}/fit.P") if os.path.exists(f"{folder}/fit.P") else None
    if q.min() < -1e-6 or abs(q.sum(1) - 1).max() > 1e-4:
        raise RuntimeError("the Q matrix is not on the simplex")
    q = q.clip(0)
    q = q / q.sum(1, keepdims=True)
    found = {"CPU s": cost.cpu_seconds, "peak MB": cost.peak_mb,
             "RMSE of Q": matched_rmse(q, np.loadtxt(f"{datasets.prefix(name)}.Q.tsv"))}
    if f is not None:
        f = f.clip(1e-5, 1 - 1e-5)
        found["log-likelihood"] = float(max(log_likelihood(prefix, shape, q, each) for each in (f, 1 - f)))
    return found


def runs_on(tool, name):
    """Whether the tool ends within minutes."""
    n_samples, n_variants = datasets.shape(name)
    return tool != "fastmixture" or n_samples * n_variants <= FASTMIXTURE_GENOTYPES or "FASTMIXTURE_ITERATIONS" in os.environ


def check(of):
    """Bars of one shape; whether archetypes() is better than the plain fit."""
    ours, plain = of["forebear archetypes"]["RMSE of Q"], of["forebear archetypes_plain"]["RMSE of Q"]
    ratio = ours.median / plain.median
    report.checked(ours, f"of the plain fit's {ratio:.3f} <= {MAX_PLAIN_RATIO}", ratio <= MAX_PLAIN_RATIO)
    peers = [of[tool] for tool in LIKELIHOOD_PEERS if tool in of]
    if peers:
        penalized = of["forebear admixture"]["RMSE of Q"]
        ratio = penalized.median / min(min(peer["RMSE of Q"].values) for peer in peers)
        report.checked(penalized, f"of the best peer's {ratio:.3f} <= {MAX_RMSE_RATIO}", ratio <= MAX_RMSE_RATIO)
        far_end = of["forebear likelihood"]["log-likelihood"]
        below = max(max(peer["log-likelihood"].values) for peer in peers) - far_end.median
        report.checked(far_end, f"{below:.1f} below the best peer's <= {MAX_BELOW}", below <= MAX_BELOW)
    return ours.median < plain.median


def global_ancestry(repeats):
    """Every tool on every shape; forebear is deterministic and runs once, peers PEER_RUNS times."""
    versions = tools.missing("forebear", *PEERS)
    if not versions["forebear"]:
        return []
    fits = OURS | {name: fit for name, fit in PEERS.items() if versions[name]}
    rows, better = [], 0
    for name in CHOSEN:
        k, about = SHAPES[name]
        of = {}
        for tool, fit in fits.items():
            if not runs_on(tool, name):
                continue
            seeds = range(1, 1 + (min(repeats, PEER_RUNS) if tool in PEERS else 1))
            runs = [facts(fit, name, k, seed) for seed in seeds]
            of[tool] = {metric: Row(tool, versions.get(tool, versions["forebear"]), f"{about}: {metric}",
                                    [run[metric] for run in runs]) for metric in runs[0]}
            print(f"{about}: {tool} {runs}", flush=True)
        better += check(of)
        rows += [row for metrics in of.values() for row in metrics.values()]
    count = Row("forebear archetypes", versions["forebear"], "shapes with a lower RMSE than the plain fit", [better])
    if len(CHOSEN) == len(SHAPES):
        report.checked(count, f">= {MIN_BETTER}", better >= MIN_BETTER)
    return [*rows, count]
