"""Local ancestry on simulated sets with exact truth, beside FLARE on the same files."""

import subprocess
import sys
import tempfile
from pathlib import Path

import datasets
import measure
import report
import tools
from report import Row

FIT = Path(__file__).resolve().parent / "fit" / "forebear_local.R"
DATA = datasets.SIMULATOR.parents[1] / "data"
SCORER = datasets.SIMULATOR.parent / "score_local_ancestry.py"
# Accuracy and CPU seconds of FLARE 0.6 with the true number of generations, as PEERS.md of each set has them: for where it is
# not installed.
FLARE = {"lai_continental": (0.9537, 47), "lai_subcontinental": (0.8276, 202)}
# Least accuracy and dosage r2 of the default settings.
DEFAULT = {"lai_continental": (0.968, 0.970), "lai_subcontinental": (0.910, 0.900)}
MAX_MB = 600
MIN_CORRECTED = 0.70
SLACK = 0.002  # accuracy that may be lost where nothing should be


def scores(data, prefix, truth):
    """What the arbiter prints, by the name of its column."""
    command = [sys.executable, SCORER, data, f"run={prefix}", "--truth", truth]
    head, values = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[:2]
    return dict(zip(head.split()[1:], map(float, values.split()[1:])))


def fit(data, settings, query="query.vcf.gz", truth="after"):
    """(scores, facts, cost) of one run."""
    with tempfile.TemporaryDirectory() as folder:
        out = f"{folder}/calls"
        cost = measure.run(["Rscript", "--vanilla", FIT, data, settings, query, out])
        facts = {name: float(value) for name, value in (line.split("\t") for line in open(f"{out}.tsv"))}
        return scores(data, out, truth), facts, cost


def flare(data):
    """(scores, cost) of FLARE with the true number of generations and the genotypes of an array, or None without it."""
    if not tools.flare():
        return None
    with tempfile.TemporaryDirectory() as folder:
        files = {"ref": "ref.vcf.gz", "ref-panel": "sample_map.tsv", "gt": "query.vcf.gz", "map": "map.plink.map.gz"}
        settings = [*[f"{name}={data / file}" for name, file in files.items()], f"out={folder}/calls", "gen=10", "array=true",
                    "probs=true", "nthreads=1", "seed=1"]
        cost = measure.run(["java", "-Xmx3g", "-jar", tools.flare_jar(), *settings])
        return scores(data, f"{folder}/calls.anc.vcf.gz", "after"), cost


def local_ancestry(_repeats):
    """One run of each set and setting: the answer is the same at every seed but for the folds."""
    version = tools.missing("forebear", "flare")["forebear"]
    if not version or not SCORER.is_file():
        return []
    return [row for name in FLARE for row in of_set(name, version)]


def of_set(name, version):
    data, (flare_accuracy, flare_seconds), peer_rows = DATA / name, FLARE[name], []
    measured = flare(data)
    whose = "FLARE's" if measured else "FLARE's in PEERS.md"
    if measured:
        flare_accuracy, flare_seconds = measured[0]["acc"], measured[1].cpu_seconds
        facts = {**{name: measured[0][name] for name in ("acc", "r2", "nll", "ece")},
                 "CPU s, whole process": flare_seconds, "peak MB": measured[1].peak_mb}
        peer_rows = [Row(f"FLARE {name}", tools.flare(), metric, [value]) for metric, value in facts.items()]
        print(f"{name}: FLARE done", flush=True)
    default, facts, cost = fit(data, "")
    print(f"{name}: default done", flush=True)
    paper, _, _ = fit(data, "preset = 'paper'")
    print(f"{name}: paper done", flush=True)
    least_accuracy, least_r2 = DEFAULT[name]

    def row(metric, value):
        return Row(f"forebear {name}", version, metric, [value])

    rows = [
        at_least(row("paper: acc", paper["acc"]), flare_accuracy, whose),
        at_least(row("default: acc", default["acc"]), least_accuracy),
        at_least(row("default: r2", default["r2"]), least_r2),
        row("default: nll", default["nll"]),
        row("default: ece", default["ece"]),
        at_most(row("CPU s, whole process", cost.cpu_seconds), flare_seconds / 2, f"half of {whose}"),
        at_most(row("CPU s of predict()", facts["predict_s"]), flare_seconds / 10, f"10 % of {whose}"),
        at_most(row("peak MB", cost.peak_mb), MAX_MB),
    ]
    if name == "lai_continental":
        for kind, of in [("errors", "switch errors from window to window"),
                         ("variants", "switch errors from heterozygous variant to variant")]:
            before, after = facts[f"{kind}_before"], facts[f"{kind}_after"]
            rows.append(at_least(row(f"proportion of {before:g} {of} corrected", 1 - after / before), MIN_CORRECTED))
    for label, settings, query, truth in [("true phase", "", "query_true_phase.vcf.gz", "before"),
                                          ("generations = 100", "hmm = pair_hmm(generations = 100)", "query.vcf.gz", "after")]:
        if (data / query).is_file():
            other, _, _ = fit(data, settings, query, truth)
            rows.append(at_least(row(f"{label}: acc", other["acc"]), round(default["acc"] - SLACK, 4), "default's"))
            print(f"{name}: {label} done", flush=True)
    return rows + peer_rows


def at_least(row, bar, whose=""):
    return report.checked(row, f">= {bar:g} {whose}".strip(), row.median >= bar)


def at_most(row, bar, whose=""):
    return report.checked(row, f"<= {bar:g} {whose}".strip(), row.median <= bar)
