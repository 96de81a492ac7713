"""Components, archetypes and admixture of 100,000 samples x 50,000 variants: cost and error, with plink2's components beside."""

import tempfile
from pathlib import Path

import numpy as np

import datasets
import measure
import report
import tools
from global_bench import matched_rmse
from report import Row

FIT = Path(__file__).resolve().parent / "fit" / "forebear_biobank.R"
NAME, ABOUT = "biobank", "100,000 x 50,000"
MAX_MB, MAX_PASSES = 2000, 12


def forebear(method, folder):
    """(cost, facts, path of the Q matrix)"""
    out = f"{folder}/{method}"
    cost = measure.run(["Rscript", "--vanilla", FIT, datasets.prefix(NAME), method, out])
    return cost, dict(line.split("\t") for line in Path(f"{out}.tsv").read_text().splitlines()), Path(f"{out}.Q")


def plink2(folder):
    return measure.run(["plink2", "--bfile", datasets.prefix(NAME), "--pca", 10, "approx", "--threads", 1,
                        "--seed", 1, "--out", f"{folder}/plink2"])


def scale(_repeats):
    """One run of each: the answers are deterministic and a run takes minutes."""
    versions = tools.missing("forebear", "plink2")
    if not versions["forebear"]:
        return []
    truth, rows = np.loadtxt(f"{datasets.prefix(NAME)}.Q.tsv"), []
    with tempfile.TemporaryDirectory() as folder:
        def add(tool, version, about, cost):
            found = {"CPU s": cost.cpu_seconds, "peak MB": cost.peak_mb}
            of = {metric: Row(tool, version, f"{about}: {metric}", [value]) for metric, value in found.items()}
            rows.extend(of.values())
            print(f"{tool}, {about}: {found}", flush=True)
            return of
        for method in ("pca", "archetypes", "admixture"):
            cost, facts, q = forebear(method, folder)
            about = f"{ABOUT}, {'10 components' if method == 'pca' else f'{method}, K 8'}"
            of = add("forebear", versions["forebear"], about, cost)
            report.checked(of["peak MB"], f"<= {MAX_MB}", cost.peak_mb <= MAX_MB)
            if method == "pca":
                passes = int(facts["passes"])
                row = Row("forebear", versions["forebear"], f"{about}: passes", [passes])
                rows.append(report.checked(row, f"<= {MAX_PASSES}", passes <= MAX_PASSES))
                ours = of["CPU s"]
            else:
                rows.append(Row("forebear", versions["forebear"], f"{about}: RMSE of Q",
                                [matched_rmse(np.loadtxt(q), truth)]))
        if versions["plink2"]:
            of = add("plink2 --pca approx", versions["plink2"], f"{ABOUT}, 10 components", plink2(folder))
            report.against(of["CPU s"], ours)
    return rows
