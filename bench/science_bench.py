"""Uses of calls: Tractor's tables, admixture mapping, ancestry-specific components, dates; each beside the truth."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import datasets
import measure
import report
import tools
from report import Row

FIT = Path(__file__).resolve().parent / "fit" / "forebear_science.R"
DATA = datasets.SIMULATOR.parents[1] / "data"
SCRIPT = os.environ.get("TRACTOR_SCRIPT")
N_STUDIES = 200


def facts_of(what, folder, data="cohort_world"):
    """What forebear_science.R writes, or None where something is missing."""
    if not tools.missing("forebear")["forebear"] or not (DATA / data).exists():
        return None
    measure.run(["Rscript", "--vanilla", FIT, DATA / data, what, f"{folder}/out"])
    return {name: float(value) for name, value in (line.split("\t") for line in open(f"{folder}/out.tsv"))}


def row(metric, value):
    return Row("forebear", tools.missing("forebear")["forebear"], metric, [value])


def cells(path):
    """Lines of a table of counts, split."""
    return [line.rstrip("\n").split("\t") for line in open(path)]


def compared(folder):
    """(counts, those that differ) of Tractor's script and of write_tractor(), over the chromosomes in `folder`."""
    n, n_differ = 0, 0
    for msp in sorted(Path(folder).glob("out.*.msp.tsv")):
        name = msp.name.removesuffix(".msp.tsv")
        n_ancestries = len(msp.open().readline().split("\t"))
        subprocess.run([sys.executable, SCRIPT, "--vcf", f"{folder}/{name}.vcf", "--msp", msp, "--num-ancs", str(n_ancestries)],
                       check=True, capture_output=True)
        for ancestry in range(n_ancestries):
            for kind in ("dosage", "hapcount"):
                theirs, ours = (cells(f"{folder}/{name}{who}.anc{ancestry}.{kind}.txt") for who in ("", ".ours"))
                if len(theirs) != len(ours) or theirs[0] != ours[0]:
                    raise RuntimeError(f"{name}, ancestry {ancestry}, {kind}: other variants or samples")
                pairs = [(a, b) for their, our in zip(theirs[1:], ours[1:]) for a, b in zip(their, our, strict=True)]
                n, n_differ = n + len(pairs), n_differ + sum(a != b for a, b in pairs)
    return n, n_differ


def tractor(_repeats):
    with tempfile.TemporaryDirectory() as folder:
        facts = facts_of("tractor", folder)
        if facts is None:
            return []
        rows = [report.checked(row(f"of {facts['counts']:.0f} counts of the truth, different", facts["differ"]), "0",
                               facts["differ"] == 0)]
        if not SCRIPT:
            print("TRACTOR_SCRIPT must name extract_tracts.py of Tractor (GitHub, Atkinson-Lab/Tractor) for the other half")
            return rows
        n, n_differ = compared(folder)
    return [*rows, report.checked(row(f"of {n} cells of tables of Tractor's script, different", n_differ), "0", n_differ == 0)]


def mapping(_repeats):
    with tempfile.TemporaryDirectory() as folder:
        facts = facts_of("mapping", folder)
    if facts is None:
        return []

    def near(metric, value, expected):
        """Within four standard errors of a proportion of N_STUDIES."""
        error = (expected * (1 - expected) / N_STUDIES) ** 0.5
        return report.checked(row(metric, value), f"{expected:.3f} +- {4 * error:.3f}", abs(value - expected) <= 4 * error)

    return [
        report.checked(row(f"{facts['windows']:.0f} windows: largest difference from lm()", facts["off_lm"]), "<= 1e-8",
                       facts["off_lm"] <= 1e-8),
        row("effective tests", facts["n_effective"]),
        near(f"type I error at .05 over {N_STUDIES} traits", facts["type_1"], 0.05),
        near(f"power over {N_STUDIES} traits", facts["power"], facts["power_expected"]),
        row("effect by the true one, mean", facts["effect"]),
        row("smallest p within 10 Mb of the effect", facts["near"]),
    ]


def ancestry_pca(_repeats):
    with tempfile.TemporaryDirectory() as folder:
        facts = facts_of("pca", folder, "cohort_close")
    if facts is None:
        return []
    rows = [row("alleles kept by our masks, by those of the truth", facts["kept"])]
    for least, most in (("0.5", 0.05), ("0.2", 0.05)):
        kept = f"{facts[f'samples_{least}']:.0f} samples of {least} or more: place off, by the spread of EUR_*"
        mean = facts[f"mean_off_{least}"]
        rows += [report.checked(row(f"{kept}, mean", mean), f"<= {most}", mean <= most),
                 row(f"{kept}, largest", facts[f"largest_off_{least}"])]
    return rows


def uses_real(_repeats):
    """The verbs on real samples: what is known without the truth of each segment."""
    with tempfile.TemporaryDirectory() as folder:
        facts = facts_of("uses_real", folder, "kg_phase1_chr22_phased")
    if facts is None:
        return []
    rows = [
        row("part of CEU in ASW (African Americans), chromosome 22", facts["ceu"]),
        report.checked(row(f"of {facts['cells']:.0f} genotypes, those that write_tractor()'s tables do not add up to", facts["differ"]),
                       "0", facts["differ"] == 0),
        report.checked(row(f"{facts['windows']:.0f} windows: largest relative difference of p from lm()", facts["off_lm"]), "<= 1e-8",
                       facts["off_lm"] <= 1e-8),
    ]
    for ancestry in ("CEU", "YRI"):
        ours, plain = facts[f"rmse_{ancestry}"], facts[f"plain_{ancestry}"]
        rows += [report.checked(row(f"frequencies of {ancestry} ancestry in ASW, RMSE to {ancestry}", ours), "< all of ASW", ours < plain),
                 row(f"frequencies of all of ASW, RMSE to {ancestry}", plain)]
    masked, whole = facts["masked_at"], facts["whole_at"]
    return [*rows, row("mean place of ASW on PC1 from CEU (0) to YRI (1)", whole),
            report.checked(row("the same, masked to YRI", masked), f"> {whole:.2f}", masked > whole),
            row("generations since CEU and YRI met, one chromosome", facts["generations"]), row("their standard error", facts["std_error"])]


def dates(_repeats):
    with tempfile.TemporaryDirectory() as folder:
        facts = facts_of("dates", folder)
    if facts is None:
        return []
    rows = []
    for of in ("truth", "calls"):
        for generations in (5, 10, 20):
            name = f"{of}_{generations}_"
            found = facts[f"{name}generations"]
            what = f"{of}, {generations} generations: mean of {facts[f'{name}pairs']:.0f} pairs"
            rows += [report.checked(row(what, found), "within 10 %", abs(found / generations - 1) <= 0.1),
                     row(f"{what}, standard error of one", facts[f"{name}std_error"]),
                     row(f"{what}, in two standard errors", facts[f"{name}covered"])]
    return rows
