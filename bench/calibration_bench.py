"""How right the posteriors of local ancestry are, on simulated sets with exact truth, before and after recalibration."""

import subprocess
import tempfile
from pathlib import Path

import tools
from local_bench import DATA, SCORER, at_least, at_most, scores
from report import Row

FIT = Path(__file__).resolve().parent / "fit" / "forebear_calibration.R"
# Least expected calibration error of other programs, as PEERS.md of each set has them (FLARE 0.6; a prototype with soft emissions).
PEERS = {"lai_continental": 0.0102, "lai_subcontinental": 0.0179}
MAX_ERROR = 0.015
MAX_LOSS = 0.002  # of accuracy
MAX_OVER_CONFIDENT = 0.02  # of a population in a bin of posteriors (width .1) with at least 1,000 windows
MIN_PRECISION = 0.8  # at threshold 0.8
MIN_MARGIN = -2  # standard errors that a precision may lie below the threshold


def calibration(_repeats):
    """One run of each set: the answer is the same at every seed but for folds and mosaics."""
    version = tools.missing("forebear")["forebear"]
    if not version or not SCORER.is_file():
        return []
    return [row for name in PEERS for row in of_set(name, version)]


def of_set(name, version):
    with tempfile.TemporaryDirectory() as folder:
        out = f"{folder}/calls"
        subprocess.run(["Rscript", "--vanilla", FIT, DATA / name, out], check=True)
        facts = {key: float(value) for key, value in (line.split("\t") for line in open(f"{out}.tsv"))}
        after, before = (scores(DATA / name, f"{out}.{kind}", "after") for kind in ("calibrated", "raw"))

    def row(metric, value):
        return Row(f"forebear {name}", version, metric, [value])

    rows = [
        at_most(row("ece", after["ece"]), min(MAX_ERROR, PEERS[name]), "the peers' least, at most .015"),
        row("ece, raw", before["ece"]),
        at_least(row("acc", after["acc"]), round(before["acc"] - MAX_LOSS, 4), "raw less .002"),
        row("nll", after["nll"]),
        row("nll, raw", before["nll"]),
        at_most(row("most over-confident bin", facts["calibrated_over_confident"]), MAX_OVER_CONFIDENT),
        row("its standard error", facts["calibrated_over_confident_se"]),
        at_most(row("most over-confident bin, each less two standard errors", facts["calibrated_surely_over_confident"]), MAX_OVER_CONFIDENT),
        row("most over-confident bin, raw", facts["raw_over_confident"]),
        at_least(row("least precision of a node at 0.8", facts["calibrated_precision"]), MIN_PRECISION),
        at_least(row("least (precision of a node - 0.8) in standard errors", facts["calibrated_margin"]), MIN_MARGIN),
        *rises(row, facts),
        row("CPU s of training", facts["train_s"]),
        row("CPU s of training, not calibrated", facts["train_plain_s"]),
    ]
    for kind, label in [("calibrated", ""), ("raw", ", raw")]:
        net = {key.split("_net_")[1]: value for key, value in facts.items() if key.startswith(f"{kind}_net_")}
        rows += [row(f"net difference of {population}{label}", value) for population, value in sorted(net.items())]
    return rows


def rises(row, facts):
    """Coverage and precision at threshold 0.8 from the leaves of the tree to its top, and what coverage gains."""
    levels = sorted({int(key.rsplit("_", 1)[1]) for key in facts if key.startswith("calibrated_coverage_")}, reverse=True)
    rows = [row(f"{what} at 0.8, level {level}", facts[f"calibrated_{what}_{level}"])
            for level in levels for what in ("coverage", "precision")]
    if len(levels) > 1:
        rows.append(at_least(row("least rise of coverage at 0.8 from children to parent", facts["calibrated_rise"]), 0))
    return rows
