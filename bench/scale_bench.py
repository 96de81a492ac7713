"""Local ancestry with 20 or 25 close populations: how CPU seconds, memory and the model grow with the panel."""

import subprocess
import sys
import tempfile
from pathlib import Path

import measure
import report
import tools
from report import Row

SIMULATOR = Path(__file__).resolve().parent / "simulate_panel.py"
FIT = Path(__file__).resolve().parent / "fit" / "forebear_scale.R"
N_POPULATIONS, N_VARIANTS = 25, 600
SETTINGS = {"joint": "window = window_settings(30, classifier = svm(landmarks = 1e6))",
            "one_vs_one": "window = window_settings(30, classifier = svm(multiclass = 'one_vs_one'))"}
SAMPLES = (500, 1000, 2000)
TARGET = 10_000  # samples extrapolated to, and measured with landmarks
TARGET_VARIANTS = 120
CHROMOSOME = 333  # windows of 30 variants, one variant per 4 kb, on 40 Mb


# training: samples, landmarks (None: the default, none of panels up to 5,000 samples).
TRAINING_POPULATIONS = 20
TRAINING = ((500, None), (1000, None), (2000, None), (5000, None), (5000, 2500), (5000, 1000))
GENOME = 24_000  # windows of 22 chromosomes


def facts_of(n_samples, settings, n_variants=N_VARIANTS, n_populations=N_POPULATIONS):
    """(facts, cost) of one process that trains and predicts."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, SIMULATOR, *map(str, (n_samples, n_populations, n_variants, 1)), folder], check=True)
        cost = measure.run(["Rscript", "--vanilla", FIT, folder, settings, f"{folder}/facts"])
        return {name: float(value) for name, value in (line.split("\t") for line in open(f"{folder}/facts"))}, cost


def extrapolated(values, power):
    """Value at TARGET samples of `a + b n^power` through the last two sizes; the constant is left out if it is negative."""
    (n, least), (m, most) = list(zip(SAMPLES, values))[-2:]
    slope = (most - least) / (m**power - n**power)
    return max(least - slope * n**power, 0) + slope * TARGET**power


def metrics_of(facts, cost):
    windows = facts["windows"]
    return {"train CPU s per window": facts["train_s"] / windows,
            "predict CPU s per window, 100 samples": facts["predict_s"] / windows,
            "peak MB": cost.peak_mb, "model MB per window": facts["model_mb"] / windows,
            "held-out windows labeled right": facts["held_out"]}


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
            metrics[n_samples] = metrics_of(facts, cost)
            label = f"{n_samples} samples x {N_POPULATIONS}, {facts['windows']:g} windows"
            rows += [Row(f"forebear {name}", version["forebear"], f"{label}: {metric}", [value])
                     for metric, value in metrics[n_samples].items()]
            print(f"{name}: {n_samples} samples done", flush=True)
        # SVMs grow with the third power (jointly) or about the second, matrices of a window with the second, a model with
        # the first; what prediction takes is the hidden Markov model's, nearly.
        powers = {"train CPU s per window": 3 if name == "joint" else 2, "peak MB": 2, "model MB per window": 1}
        for metric, power in powers.items():
            value = extrapolated([metrics[n][metric] for n in SAMPLES], power)
            times = 1 if metric == "peak MB" else CHROMOSOME
            label = f"{TARGET} samples, extrapolated (power {power})"
            rows.append(Row(f"forebear {name}", version["forebear"], f"{label}: {metric}" + (f" x {times}" if times > 1 else ""),
                            [value * times]))
    facts, cost = facts_of(TARGET, "", TARGET_VARIANTS)
    label = f"{TARGET} samples x {N_POPULATIONS}, {facts['windows']:g} windows"
    return rows + [Row("forebear landmarks", version["forebear"], f"{label}: {metric}", [value])
                   for metric, value in metrics_of(facts, cost).items()]


def training(_repeats):
    """One run of each size and number of landmarks."""
    version = tools.missing("forebear", "numpy")
    if not all(version.values()):
        return []
    rows, seconds, right = [], {}, {}
    for n_samples, landmarks in TRAINING:
        svm = f", classifier = svm(landmarks = {landmarks})" if landmarks else ""
        facts, cost = facts_of(n_samples, f"window = window_settings(30, context = 15{svm}), calibrate = FALSE", TARGET_VARIANTS,
                               TRAINING_POPULATIONS)
        of = f"{landmarks} landmarks" if landmarks else "all haplotypes"
        label = f"{n_samples} samples x {TRAINING_POPULATIONS}, {of}"
        seconds[n_samples, landmarks] = facts["train_s"] / facts["windows"]
        right[n_samples, landmarks] = facts["held_out"]
        rows += [Row("forebear", version["forebear"], f"{label}: {metric}", [value])
                 for metric, value in metrics_of(facts, cost).items() if not metric.startswith("predict")]
        print(f"{label} done", flush=True)
    hours = seconds[5000, None] * GENOME / 3600
    most = max(row.median for row in rows if row.metric.endswith("peak MB"))
    costs = [row for landmarks in (2500, 1000) for row in (
        Row("forebear", version["forebear"], f"held-out windows that {landmarks} landmarks cost at 5000 samples",
            [right[5000, None] - right[5000, landmarks]]),
        Row("forebear", version["forebear"], f"CPU s per window of all by those with {landmarks} landmarks, 5000 samples",
            [seconds[5000, None] / seconds[5000, landmarks]]))]
    return [
        *rows, *costs,
        Row("forebear", version["forebear"], f"5000 samples, {GENOME} windows of 22 chromosomes, extrapolated: CPU hours", [hours]),
        report.checked(Row("forebear", version["forebear"], "largest peak MB", [most]), "<= 2000", most <= 2000),
    ]
