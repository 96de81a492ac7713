"""Archetypes beside the true ancestry of simulated samples."""

import tempfile

import numpy as np

import datasets
import measure
import report
import tools
from admixture_bench import FIT, K, SETS, rmse
from report import Row

MAX_RMSE = 0.007  # with unadmixed samples


def archetypes_truth(_repeats):
    """RMSE of Q, and CPU seconds of the whole process; the answer is the same at every run."""
    version = tools.missing("forebear")["forebear"]
    return [row for name in SETS for dims in ("NULL", "100") for row in of_set(name, dims, version)] if version else []


def of_set(name, dims, version):
    prefix = datasets.prefix(name)
    with tempfile.TemporaryDirectory() as folder:
        cost = measure.run(["Rscript", "--vanilla", FIT / "forebear_truth.R", prefix, K, dims, f"{folder}/fit"])
        error = rmse(np.loadtxt(f"{folder}/fit.Q"), np.loadtxt(f"{prefix}.Q.tsv"))
    label = f"forebear, {SETS[name]}, {'K - 1' if dims == 'NULL' else dims} components"
    judged = Row(label, version, "RMSE of Q", [error])
    if name == "human":
        report.judged(judged, f"<= {MAX_RMSE}", error <= MAX_RMSE)
    return [judged, Row(label, version, "CPU s", [cost.cpu_seconds])]
