"""Classifiers of ancestry beside scikit-learn and `ugtm` on equal components, with equal parts hidden; samples of no population."""

import sys
import tempfile
from pathlib import Path
from statistics import mean

import datasets
import measure
import report
import tools
from report import Row

FIT = Path(__file__).resolve().parent / "fit"
DATA = datasets.SIMULATOR.parents[1] / "data" / "hapmap3_957" / "hapmap3"
PEERS = {"gtm": "ugtm", "knn": "scikit-learn", "svm": "scikit-learn"}
TREATMENTS = {"within": "components found without the hidden part", "all": "components of all samples",
              "grid": "components of all samples, best of the paper's grid"}
WORK = {"within": "components included", "all": "components given", "grid": "whole grid"}
MAX_LOSS = 0.01  # of weighted F1, mean over repeats
SETTING = {"knn": "neighbors", "svm": "cost"}
# Populations without a close relative among the others, and the least proportion of them that must look untypical.
ALONE, MIN_UNTYPICAL = ("GIH", "MEX", "MKK"), 0.9
MAX_KNOWN = 0.1  # proportion of samples of known populations that may look untypical; .05 is what the p-value promises


def classify(_repeats):
    """Ten repeats of cross-validation, as in the paper, whatever the number of runs."""
    found = tools.missing("forebear", "scikit-learn", "ugtm")
    if not found["forebear"]:
        return []
    if not DATA.with_suffix(".bed").is_file():
        print(f"skipped: there is no {DATA}.bed")
        return []
    with tempfile.TemporaryDirectory() as folder:
        measure.run(["Rscript", "--vanilla", FIT / "forebear_classify.R", DATA, folder])
        ours, theirs = read_facts(f"{folder}/facts.tsv"), {}
        print("forebear done", flush=True)
        if found["scikit-learn"]:
            measure.run([sys.executable, FIT / "fit_classifiers.py", folder])
            theirs = read_facts(f"{folder}/peers.tsv")
    return [row for treatment in TREATMENTS for method in PEERS
            for row in beside(treatment, method, ours, theirs, found)] + unknown(ours, found["forebear"])


# Chinese of Beijing and of Denver (Fst .0007): no bar, but what a discriminant that is given the labels of both reaches.
ALIKE = ("CHB", "CHD")
MIN_FLAGGED, MAX_FLAGGED = 0.8, 0.05


def absent(_repeats):
    """Samples of populations that the reference lacks, in one study with samples of those that it has."""
    version = tools.missing("forebear")["forebear"]
    if not version or not DATA.with_suffix(".bed").is_file():
        print(f"skipped: forebear or {DATA}.bed is missing")
        return []
    with tempfile.TemporaryDirectory() as folder:
        measure.run(["Rscript", "--vanilla", FIT / "forebear_absent.R", DATA, f"{folder}/facts.tsv"])
        facts = read_facts(f"{folder}/facts.tsv")

    def row(metric, name):
        return Row("forebear", version, metric, [facts[name]])

    known = row("known and called their own population, with .p_known < .05", "right_p_known")
    rows = [report.checked(known, f"<= {MAX_FLAGGED:g}", facts["right_p_known"] <= MAX_FLAGGED),
            row("known, whatever they are called, with .p_known < .05", "known_p_known"),
            row("known, with .typicality < .05", "known_typicality")]
    for key in sorted(key for key in facts if key.startswith("p_known_")):
        name = key.removeprefix("p_known_")
        flagged = row(f"{name}, absent, with .p_known < .05", key)
        if name in ALIKE:
            rows.append(row(f"{name} beyond 95 % of its sister, where both are labeled (LDA)", f"supervised_{name}"))
        else:
            report.checked(flagged, f">= {MIN_FLAGGED:g}", facts[key] >= MIN_FLAGGED)
        rows += [flagged, row(f"{name}, absent, with .typicality < .05", f"typicality_{name}")]
    return rows


def read_facts(path):
    lines = [line.split("\t") for line in Path(path).read_text().splitlines()]
    return {name: float(value) for name, value in lines}


def f1_of(facts, treatment, method):
    """Of every repeat; empty where nothing was tried."""
    prefix = f"f1_{treatment}_{method}_"
    return [value for name, value in facts.items() if name.startswith(prefix)]


def beside(treatment, method, ours, theirs, found):
    """Figure, the peer's, their difference with its bar, and what both cost."""
    own, peer = f1_of(ours, treatment, method), f1_of(theirs, treatment, method)
    if not own:
        return []

    def row(tool, metric, values):
        return Row(tool, found[tool], metric, values)

    def f1(facts):
        chosen = facts.get(f"{SETTING.get(method)}_grid_{method}") if treatment == "grid" else None
        setting = f" ({SETTING[method]} {chosen:g})" if chosen else ""
        return f"weighted F1 of {method}{setting}, {TREATMENTS[treatment]}"

    cost = f"seconds_{treatment}_{method}"
    own_cost = row("forebear", f"CPU s of {method}, {WORK[treatment]}", [ours[cost]])
    if not peer:
        return [row("forebear", f1(ours), own), own_cost]
    tool, lead = PEERS[method], mean(own) - mean(peer)
    difference = row("forebear", f"{method}: difference of the means", [lead])
    rows = [row("forebear", f1(ours), own), row(tool, f1(theirs), peer),
            report.checked(difference, f">= -{MAX_LOSS:g}", lead >= -MAX_LOSS), own_cost]
    # The peers are handed the components that were found within the parts.
    if treatment != "within":
        work = f"{WORK[treatment]}, no probabilities" if method == "svm" else WORK[treatment]
        rows.append(report.against(row(tool, f"CPU s of {method}, {work}", [theirs[cost]]), own_cost))
    return rows


def unknown(facts, version):
    """Proportions of samples of no population, and of a known one, that look typical of none."""
    known = Row("forebear", version, "proportion of samples of known populations, held out, with .typicality < .05", [facts["known"]])
    rows = [report.checked(known, f"<= {MAX_KNOWN:g}", facts["known"] <= MAX_KNOWN)]
    for name in sorted(key.removeprefix("unknown_") for key in facts if key.startswith("unknown_")):
        proportion = facts[f"unknown_{name}"]
        row = Row("forebear", version, f"the same of {name}, a population that was left out", [proportion])
        rows.append(report.checked(row, f">= {MIN_UNTYPICAL:g}", proportion >= MIN_UNTYPICAL) if name in ALONE else row)
        rows.append(Row("forebear", version, f"the same of {name}, known", [facts[f"known_{name}"]]))
    return rows
