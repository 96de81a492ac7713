"""Quality control beside plink1.9 and plink2: pruning, kinship, and a whole chain."""

import tempfile
from math import floor, log10
from pathlib import Path
from random import Random

import datasets
import measure
import report
import tools
from pca_benches import openblas
from report import Row

FIT = Path(__file__).resolve().parent / "fit"
PRUNE = ["--indep-pairwise", 1000, 10, 0.02]
FILTERS = ["--mind", 0.1, "--geno", 0.02, "--maf", 0.05, "--hwe", 0.001]
MAX_PEAK_MB = 1000


def forebear(task, prefix, out):
    return measure.run(["Rscript", "--vanilla", FIT / "forebear_qc.R", task, prefix, out])


def plink(program, prefix, out, *options):
    return measure.run([program, "--bfile", prefix, "--threads", 1, *options, "--out", out])


def lines(path):
    return Path(path).read_text().split("\n")[:-1]


def rows_of(costs, versions, at_least=1):
    """CPU and memory of each tool, peers against forebear: not slower is the bar, unless another is given."""
    rows, ours = [], None
    for name, of_tool in costs.items():
        if not of_tool:
            continue
        cpu = Row(name, versions[name], "CPU s", [cost.cpu_seconds for cost in of_tool])
        if name == "forebear":
            ours = cpu
        else:
            report.against(cpu, ours, at_least)
        rows += [cpu, Row(name, versions[name], "peak MB", [cost.peak_mb for cost in of_tool])]
    return rows


def agreement(what, bar, agrees):
    """A row that says whether the answers are the same; nothing if no tool could be compared."""
    if not agrees:
        return []
    return [report.checked(Row("forebear", tools.forebear(), what, [float(all(agrees))]), bar, all(agrees))]


def prune(repeats):
    versions, prefix = tools.missing("forebear", "plink1.9", "plink2"), datasets.prefix("hgdp")
    costs, agrees = {name: [] for name in versions}, []
    for repeat in range(1, repeats + 1):
        with tempfile.TemporaryDirectory() as folder:
            out = f"{folder}/out"
            if versions["forebear"]:
                costs["forebear"].append(forebear("prune", prefix, out))
            for name in [name for name in ("plink1.9", "plink2") if versions[name]]:
                costs[name].append(plink(name, prefix, f"{out}_{name}", *PRUNE))
            if versions["forebear"] and versions["plink1.9"]:
                agrees.append(lines(f"{out}.kept") == lines(f"{out}_plink1.9.prune.in"))
        print(f"round {repeat} of {repeats} done", flush=True)
    return agreement("same list as plink1.9", "every run", agrees) + rows_of(costs, versions)


def pruned_set():
    """The hgdp set cut to the variants that plink1.9 keeps; made once."""
    folder = datasets.DATA / "hgdp_pruned"
    if not (folder / "set.fam").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        source = datasets.prefix("hgdp")
        plink("plink1.9", source, folder / "list", *PRUNE)
        plink("plink1.9", source, folder / "set", "--extract", folder / "list.prune.in", "--keep-allele-order",
              "--make-bed")
    return folder / "set"


def read_pairs(path, columns, skip):
    """(sample, sample) in alphabetical order -> kinship and number of variants, as printed."""
    table = (line.split("\t") for line in lines(path)[skip:])
    picked = ([fields[column] for column in columns] for fields in table)
    return {tuple(sorted(ids)): (float(kinship), int(n)) for *ids, kinship, n in picked}


def same_pairs(ours, theirs):
    """The same pairs and variants, and kinship within one of the sixth digit: halves are rounded up or down."""
    def close(one, other):
        return one[1] == other[1] and abs(one[0] - other[0]) <= 1.1 * 10 ** (floor(log10(max(abs(one[0]), 1e-9))) - 5)

    return ours.keys() == theirs.keys() and all(close(value, theirs[pair]) for pair, value in ours.items())


def king(repeats):
    versions = tools.missing("forebear", "plink1.9", "plink2")
    if not versions["plink1.9"]:
        return []
    prefix, costs = pruned_set(), {"forebear": [], "plink2": []}
    with tempfile.TemporaryDirectory() as folder:
        for repeat in range(1, repeats + 1):
            out = f"{folder}/out{repeat}"
            if versions["forebear"]:
                costs["forebear"].append(forebear("king", prefix, out))
            if versions["plink2"]:
                costs["plink2"].append(plink("plink2", prefix, out, "--make-king-table"))
            print(f"round {repeat} of {repeats} done", flush=True)
        # Read when all is measured: a child begins with the memory of its parent.
        agrees = []
        if versions["forebear"] and versions["plink2"]:
            outs = [f"{folder}/out{repeat}" for repeat in range(1, repeats + 1)]
            agrees = [same_pairs(read_pairs(f"{out}.kin", [0, 1, 2, 3], 0),
                                 read_pairs(f"{out}.kin0", [1, 3, 7, 4], 1)) for out in outs]
    return agreement("same kinship as plink2", "every pair, to six digits", agrees) + rows_of(costs, versions)


CLUMP = ["--clump-p1", 0.3, "--clump-p2", 0.5, "--clump-r2", 0.2, "--clump-kb", 1000]
MIN_CLUMP_RATIO = 0.5  # a third of our seconds is the start of R
DENSE = datasets.SIMULATOR.parents[1] / "data" / "kg_phase1_chr22_phased" / "kg1_chr22.vcf.gz"


def clumps_of_plink(path):
    """Index variant, members in all and the listed ones, as text."""
    table = [line.split() for line in lines(path)[1:]]
    return [f"{row[2]} {row[5]} {row[11].replace('(1)', '')}" for row in table if len(row) == 12]


def clump(repeats):
    """Clumps of random p-values on a dense chromosome beside plink1.9."""
    versions = tools.missing("forebear", "plink1.9")
    if not versions["plink1.9"] or not DENSE.is_file():
        print(f"skipped: plink1.9 or {DENSE} is missing")
        return []
    costs, agrees = {name: [] for name in versions}, []
    with tempfile.TemporaryDirectory() as folder:
        prefix = f"{folder}/dense"
        measure.run(["plink1.9", "--vcf", DENSE, "--double-id", "--set-missing-var-ids", "@:#:$1:$2", "--make-bed",
                     "--out", prefix])
        ids = [line.split()[1] for line in lines(f"{prefix}.bim")]
        for repeat in range(1, repeats + 1):
            out = f"{folder}/out{repeat}"
            random = Random(repeat)
            table = "".join(f"{name} {10 ** -random.expovariate(1):.6g}\n" for name in ids)
            Path(f"{out}.p").write_text("SNP P\n" + table)
            if versions["forebear"]:
                costs["forebear"].append(forebear("clump", prefix, out))
            costs["plink1.9"].append(plink("plink1.9", prefix, out, "--clump", f"{out}.p", *CLUMP))
            if versions["forebear"]:
                agrees.append(lines(f"{out}.clumps") == clumps_of_plink(f"{out}.clumped"))
            print(f"round {repeat} of {repeats} done", flush=True)
    return agreement("same clumps as plink1.9", "every run", agrees) + rows_of(costs, versions, MIN_CLUMP_RATIO)


def plink2_chain(prefix, out):
    """The CPU seconds of each program of the chain, and the largest peak."""
    steps = [plink("plink2", prefix, f"{out}_filtered", *FILTERS, "--make-bed"),
             plink("plink2", f"{out}_filtered", f"{out}_stats", "--freq", "--missing", "--hardy", "--het"),
             plink("plink2", f"{out}_filtered", f"{out}_pruned", *PRUNE),
             measure.run([*openblas(), "plink2", "--bfile", f"{out}_filtered", "--threads", 1, "--extract",
                          f"{out}_pruned.prune.in", "--pca", 10, "--out", f"{out}_pca"])]
    return measure.Cost(sum(step.cpu_seconds for step in steps), max(step.peak_mb for step in steps))


def chain(repeats):
    versions, prefix = tools.missing("forebear", "plink2"), datasets.prefix("hgdp")
    costs, agrees = {name: [] for name in versions}, []
    for repeat in range(1, repeats + 1):
        with tempfile.TemporaryDirectory() as folder:
            out = f"{folder}/out"
            if versions["forebear"]:
                costs["forebear"].append(forebear("chain", prefix, out))
            if versions["plink2"]:
                costs["plink2"].append(plink2_chain(prefix, out))
            if versions["forebear"] and versions["plink2"]:
                filtered = [line.split()[1] for line in lines(f"{out}_filtered.bim")]
                agrees.append(lines(f"{out}.filtered") == filtered)
        print(f"round {repeat} of {repeats} done", flush=True)
    rows = agreement("same variants after the filters", "every run", agrees) + rows_of(costs, versions)
    for row in rows:
        if row.tool == "forebear" and row.metric == "peak MB":
            report.checked(row, f"< {MAX_PEAK_MB}", max(row.values) < MAX_PEAK_MB)
    return rows
