"""Local ancestry with 25 close populations: how CPU seconds, memory and the model grow with the panel."""

import subprocess
import sys
import tempfile
from pathlib import Path

import measure
import tools
from report import Row

SIMULATOR = Path(__file__).resolve().parent / "simulate_panel.py"
FIT = Path(__file__).resolve().parent / "fit" / "forebear_scale.R"
N_POPULATIONS, N_VARIANTS = 25, 600
SETTINGS = {"joint": "", "one_vs_one": "multiclass = 'one_vs_one'"}
SAMPLES = (500, 1000, 2000)
TARGET = 10_000  # samples extrapolated to
CHROMOSOME = 333  # windows of 30 variants, one variant per 4 kb, on 40 Mb


def facts_of(n_samples, settings):
    """(facts, cost) of one process that trains and predicts."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, SIMULATOR, *map(str, (n_samples, N_POPULATIONS, N_VARIANTS, 1)), folder], check=True)
        cost = measure.run(["Rscript", "--vanilla", FIT, folder, settings, f"{folder}/facts"])
        return {name: float(value) for name, value in (line.split("\t") for line in open(f"{folder}/facts"))}, cost


def extrapolated(values, power):
    """Value at TARGET samples of `a + b n^power` through the last two sizes; the constant is left out if it is negative."""
    (n, least), (m, most) = list(zip(SAMPLES, values))[-2:]
    slope = (most - least) / (m**power - n**power)
    return max(least - slope * n**power, 0) + slope * TARGET**power


def local_scale(_repeats):
    """One run of each size and setting."""
    version = tools.missing("forebear", "numpy")
    if not all(version.values()):
        return []
    rows = []
    for name, settings in SETTINGS.items():
        metrics = {}
        for n_samples in SAMPLES:
            facts, cost = facts_of(n_samples, settings)
            windows = facts["windows"]
            metrics[n_samples] = {
                "train CPU s per window": facts["train_s"] / windows, "predict CPU s per window, 100 samples": facts["predict_s"] / windows,
                "peak MB": cost.peak_mb, "model MB per window": facts["model_mb"] / windows,
            }
            label = f"{n_samples} samples x {N_POPULATIONS}, {windows:g} windows"
            rows += [Row(f"forebear {name}", version["forebear"], f"{label}: {metric}", [value])
                     for metric, value in metrics[n_samples].items()]
            print(f"{name}: {n_samples} samples done", flush=True)
        # Machines grow with the third power (jointly) or about the second, matrices of a window with the second, a model with
        # the first.
        powers = {"train CPU s per window": 3 if name == "joint" else 2, "predict CPU s per window, 100 samples": 1, "peak MB": 2,
                  "model MB per window": 1}
        for metric, power in powers.items():
            value = extrapolated([metrics[n][metric] for n in SAMPLES], power)
            times = 1 if metric == "peak MB" else CHROMOSOME
            label = f"{TARGET} samples, extrapolated (power {power})"
            rows.append(Row(f"forebear {name}", version["forebear"], f"{label}: {metric}" + (f" x {times}" if times > 1 else ""),
                            [value * times]))
    return rows
