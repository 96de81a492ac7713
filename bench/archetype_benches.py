"""Archetypal analysis beside `archetypes` and `py_pcha`, and on a set of the shape of a large dog study."""

import sys
import tempfile
from pathlib import Path

import numpy as np

import datasets
import measure
import plain_pca
import report
import tools
from report import Row

FIT = Path(__file__).resolve().parent / "fit"
K = 7
BY_DEFAULT = "forebear, 5 starts"
MIN_RATIO = 30  # each peer's CPU seconds over forebear's
# Two optima that agree to this fraction of the rss count as equal: what the stopping rules leave open.
SLACK = 1e-6
DOGS_MAX_SECONDS = {"all": 60, "fewest": 3}
# Explained variance of the dogs with K = 8: what a prototype of the same method reached.
DOGS_K, DOGS_EXPLAINED = 8, 0.1149


def human_scores():
    """Path of the leading K - 1 scores of the human-like set, samples x (K - 1) doubles by row; made once."""
    path = datasets.DATA / "human" / f"scores{K - 1}.f64"
    if not path.is_file():
        prefix = datasets.prefix("human")
        print("computing scores", flush=True)
        plain_pca.scores(plain_pca.gram(prefix, *datasets.shape("human"), "none"), K - 1).tofile(path)
    return path


def contestants():
    """(name, version, command, options) of each installed tool, forebear first; commands take SCORES N K SEED OUT OPTIONS.

    Each fits once, as peers do; last is forebear with the starts that it has by default.
    """
    found = tools.missing("forebear", "archetypes", "py_pcha")
    every = [("forebear", found["forebear"], ["Rscript", "--vanilla", FIT / "forebear_archetypes.R"], ["1"]),
             ("archetypes pgd", found["archetypes"], [sys.executable, FIT / "fit_archetypes.py"], ["pgd"]),
             ("archetypes nnls", found["archetypes"], [sys.executable, FIT / "fit_archetypes.py"], ["nnls"]),
             ("py_pcha", found["py_pcha"], [sys.executable, FIT / "fit_pcha.py"], []),
             (BY_DEFAULT, found["forebear"], ["Rscript", "--vanilla", FIT / "forebear_archetypes.R"], ["5"])]
    return [each for each in every if each[1]]


def read_facts(out):
    return {name: float(value) for name, value in (line.split("\t") for line in open(f"{out}.tsv"))}


def check_weights(name, weights, x, rss):
    """Raises RuntimeError unless the weights lie on the simplex and can have left so small an rss.

    No archetypes whatever do better with given weights than those of least squares.
    """
    if weights.min() < -1e-6 or abs(weights.sum(1) - 1).max() > 1e-4:
        raise RuntimeError(f"{name}: the weights are not on the simplex")
    best = ((x - weights @ np.linalg.lstsq(weights, x, rcond=None)[0]) ** 2).sum()
    if rss < best * (1 - 1e-3):
        raise RuntimeError(f"{name}: claims rss {rss}, but its weights cannot leave less than {best}")


def human(repeats):
    """CPU seconds of the fit alone and its rss on equal scores, several seeds, tools taking turns."""
    path, (n_samples, _) = human_scores(), datasets.shape("human")
    x = np.fromfile(path).reshape(n_samples, K - 1)
    playing = contestants()
    facts = {name: [] for name, *_ in playing}
    for seed in range(1, repeats + 1):
        for name, _, command, options in playing:
            with tempfile.TemporaryDirectory() as folder:
                out = f"{folder}/fit"
                measure.run([*command, path, n_samples, K, seed, out, *options])
                facts[name].append(read_facts(out))
                weights = np.fromfile(f"{out}.q").reshape(K, n_samples).T
                check_weights(name, weights, x, facts[name][-1]["rss"])
        print(f"seed {seed} of {repeats} done", flush=True)
    return compare(playing, facts)


def compare(playing, facts):
    """forebear's worst rss is held against the best of each peer."""
    rows, ours = [], {}
    for name, version, *_ in playing:
        cpu = Row(name, version, "CPU s of the fit", [fact["cpu_seconds"] for fact in facts[name]])
        rss = Row(name, version, "rss", [fact["rss"] for fact in facts[name]])
        if name == "forebear":
            ours = {"cpu": cpu, "rss": rss}
        elif ours and name != BY_DEFAULT:
            report.against(cpu, ours["cpu"], MIN_RATIO)
            worst = max(ours["rss"].values)
            report.checked(rss, f"forebear's worst {worst:.2f} <= best", worst <= min(rss.values) * (1 + SLACK))
        rows += [cpu, rss]
    return rows


def dogs(repeats):
    """forebear alone: K = 2..30 on all N - 1 scores, and on the first K - 1."""
    version = tools.missing("forebear")["forebear"]
    if not version:
        return []
    prefix, facts = datasets.prefix("dogs"), []
    for seed in range(1, min(repeats, 3) + 1):
        with tempfile.TemporaryDirectory() as folder:
            measure.run(["Rscript", "--vanilla", FIT / "forebear_path.R", prefix, seed, f"{folder}/fit"])
            facts.append(read_facts(f"{folder}/fit"))
        print(f"seed {seed} done", flush=True)
    rows = [Row("forebear exact pca and K = 2", version, "CPU s", [fact["first_cpu_seconds"] for fact in facts])]
    for dims, most in DOGS_MAX_SECONDS.items():
        what = "all N - 1 scores" if dims == "all" else "K - 1 scores"
        seconds = [fact[f"{dims}_cpu_seconds"] for fact in facts]
        row = Row(f"forebear {what}, one start", version, "CPU s, K = 2..30 in all", seconds)
        rows.append(report.checked(row, f"median < {most}", row.median < most))
        seconds = [fact[f"{dims}_default_cpu_seconds"] for fact in facts]
        rows.append(Row(f"forebear {what}, 5 starts", version, "CPU s, K = 2..30 in all", seconds))
        converged = [sum(fact[f"{dims}_converged_{k}"] for k in range(2, 31)) for fact in facts]
        rows.append(report.checked(Row(f"forebear {what}, 5 starts", version, "fits converged, of 29", converged), "29",
                                  min(converged) == 29))
    explained = [fact[f"all_explained_variance_{DOGS_K}"] for fact in facts]
    row = Row("forebear all N - 1 scores, 5 starts", version, f"explained variance, K = {DOGS_K}", explained)
    return [*rows, report.checked(row, f"median >= {DOGS_EXPLAINED} (to 4 digits)", round(row.median, 4) >= DOGS_EXPLAINED)]
