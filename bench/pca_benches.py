"""Principal components beside plink2 and PCAone, and at sizes where memory counts."""

import tempfile
from functools import cache
from glob import glob
from pathlib import Path

import numpy as np

import datasets
import measure
import plain_pca
import report
import tools
from report import Row

FIT = Path(__file__).resolve().parent / "fit"
NUM_COMP = 10
MAX_ERROR = 1e-5  # 1 - MEV of a subspace whose speed is compared
# Peer's CPU seconds over forebear's. PCAone's default tolerance, 1e-4, ends above MAX_ERROR: it is shown,
# and the bar is for the tolerance that reaches it.
MIN_RATIO = {"plink2 approx": 5, "PCAone tol 1e-5": 4}
# Working memory may grow with the loadings (kept by the core, by R and while signs are fixed), not with the file.
MAX_GROWTH = 4  # times the growth of the loadings


@cache
def openblas():
    """Environment that makes Debian's plink2 use OpenBLAS.

    Debian's plink2 takes whatever BLAS the computer prefers; with the reference BLAS it needs about five times as long.
    """
    found = sorted(glob("/usr/lib/*/openblas-*/libblas.so.3"))
    if not found:
        print("note: OpenBLAS is missing (apt-get install libopenblas0-pthread): plink2 may be slower than it could be")
    return ["env", f"LD_LIBRARY_PATH={Path(found[0]).parent}"] if found else []


def forebear_pca(prefix, seed, out, num_comp=NUM_COMP):
    return ["Rscript", "--vanilla", FIT / "forebear_pca.R", prefix, num_comp, seed, out]


def plink2_pca(prefix, seed, out, how):
    return [*openblas(), "plink2", "--bfile", prefix, "--pca", NUM_COMP, *how, "--threads", 1, "--seed", seed,
            "--out", out]


def pcaone(prefix, seed, out, tolerance):
    """Window-based randomized SVD in core, its default and fastest mode."""
    return ["PCAone", "--bfile", prefix, "--svd", 2, "-k", NUM_COMP, "-n", 1, "--seed", seed, "--tol-rsvd", tolerance,
            "--out", out]


def read_forebear(out, n_samples):
    return np.fromfile(f"{out}.scores").reshape(-1, n_samples).T


def read_plink2(out, _n_samples):
    return np.array([line.split()[-NUM_COMP:] for line in open(f"{out}.eigenvec")][1:], float)


def read_pcaone(out, _n_samples):
    return np.loadtxt(f"{out}.eigvecs")[:, :NUM_COMP]


def read_facts(out):
    return dict(line.rstrip("\n").split("\t") for line in open(f"{out}.tsv"))


def exact_subspace(name):
    """Exact scores of a set, kept beside it: plink2's, or from the Gram matrix of the reference implementation if there is no plink2."""
    cached = datasets.DATA / name / f"exact{NUM_COMP}.npy"
    if not cached.is_file():
        print("computing the exact answer", flush=True)
        prefix = datasets.prefix(name)
        n_samples, n_variants = datasets.shape(name)
        if tools.program("plink2"):
            with tempfile.TemporaryDirectory() as folder:
                measure.run(plink2_pca(prefix, 1, f"{folder}/exact", []))
                exact = read_plink2(f"{folder}/exact", n_samples)
        else:
            exact = plain_pca.scores(plain_pca.gram(prefix, n_samples, n_variants, "binomial"), NUM_COMP)
        np.save(cached, exact)
    return np.load(cached)


def contestants():
    """(name, version, command, reader) of each installed tool, forebear first."""
    found = tools.missing("forebear", "plink2", "PCAone")
    every = [("forebear", found["forebear"], forebear_pca, read_forebear),
             ("plink2 approx", found["plink2"], lambda *a: plink2_pca(*a, ["approx"]), read_plink2),
             ("PCAone default", found["PCAone"], lambda *a: pcaone(*a, 1e-4), read_pcaone),
             ("PCAone tol 1e-5", found["PCAone"], lambda *a: pcaone(*a, 1e-5), read_pcaone)]
    return [each for each in every if each[1]]


HAPMAP3 = datasets.SIMULATOR.parents[1] / "data" / "hapmap3_957" / "hapmap3"
DOSED_PRECISION = 1e-3  # of the subspace: plink2 prints six digits of single-precision sums


def write_dosed(path):
    """A fourth of HapMap3's variants, genotypes blurred by up to 0.45 copies, as a VCF of DS; plink2 keeps 1/16384 of a copy."""
    samples = [line.split()[1] for line in open(f"{HAPMAP3}.fam")]
    variants = [line.split() for line in open(f"{HAPMAP3}.bim")]
    packed = np.fromfile(f"{HAPMAP3}.bed", np.uint8)[3:].reshape(len(variants), -1)
    random = np.random.default_rng(1)
    with open(path, "w") as file:
        file.write('##fileformat=VCFv4.2\n##FORMAT=<ID=DS,Number=1,Type=Float,Description="expected copies">\n')
        file.write("\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *samples]) + "\n")
        for (chrom, name, _, position, alt, ref), row in list(zip(variants, packed))[::4]:
            codes = np.stack([row >> shift & 3 for shift in (0, 2, 4, 6)], 1).ravel()[:len(samples)]
            copies = np.array([2.0, np.nan, 1.0, 0.0])[codes]
            copies = np.clip(copies + random.uniform(-0.45, 0.45, len(samples)), 0, 2)
            fields = ["." if np.isnan(value) else f"{value:.4f}" for value in copies]
            file.write("\t".join([chrom, position, name, ref, alt, ".", "PASS", ".", "DS", *fields]) + "\n")


def dosages(repeats):
    """Components of expected copies, and of the hard calls that they would be without them."""
    found = tools.missing("forebear", "plink2")
    if not found["plink2"] or not HAPMAP3.with_suffix(".bed").is_file():
        print(f"skipped: plink2 or {HAPMAP3}.bed is missing")
        return []
    costs, apart = {"forebear": [], "plink2": []}, []
    with tempfile.TemporaryDirectory() as folder:
        write_dosed(f"{folder}/dosed.vcf")
        measure.run(["plink2", "--vcf", f"{folder}/dosed.vcf", "dosage=DS", "--double-id", "--make-pgen", "--out", f"{folder}/dosed"])
        n_samples = sum(1 for _ in open(f"{HAPMAP3}.fam"))
        for repeat in range(1, repeats + 1):
            out = f"{folder}/fit{repeat}"
            costs["plink2"].append(measure.run([*openblas(), "plink2", "--pfile", f"{folder}/dosed", "--pca", NUM_COMP,
                                                "--threads", 1, "--out", out]))
            if found["forebear"]:
                costs["forebear"].append(measure.run(["Rscript", "--vanilla", FIT / "forebear_dosages.R", f"{folder}/dosed", NUM_COMP, out]))
                exact = read_plink2(out, n_samples)
                apart.append([plain_pca.one_minus_mev(exact, read_forebear(end, n_samples)) for end in (out, f"{out}.hard")])
            print(f"round {repeat} of {repeats} done", flush=True)
    rows = []
    if found["forebear"]:
        ours = [pair[0] for pair in apart]
        row = Row("forebear", found["forebear"], "1 - MEV against plink2's components of dosages", ours)
        rows = [report.checked(row, f"<= {DOSED_PRECISION:g}", max(ours) <= DOSED_PRECISION),
                Row("forebear", found["forebear"], "the same of the hard calls", [pair[1] for pair in apart])]
        cpu = Row("forebear", found["forebear"], "CPU s", [cost.cpu_seconds for cost in costs["forebear"]])
        peer = Row("plink2", found["plink2"], "CPU s", [cost.cpu_seconds for cost in costs["plink2"]])
        rows += [cpu, report.against(peer, cpu)]
        rows += [Row(name, found[name], "peak MB", [cost.peak_mb for cost in of_tool]) for name, of_tool in costs.items()]
    return rows


def pca(repeats):
    """Accuracy, CPU seconds and peak memory of 10 components, tools taking turns."""
    prefix, (n_samples, _) = datasets.prefix("kg"), datasets.shape("kg")
    exact = exact_subspace("kg")
    playing = contestants()
    errors, costs = ({name: [] for name, *_ in playing} for _ in range(2))
    started = []
    for repeat in range(1, repeats + 1):
        for name, _, command, read in playing:
            with tempfile.TemporaryDirectory() as folder:
                out = f"{folder}/fit"
                costs[name].append(measure.run(command(prefix, repeat, out)))
                errors[name].append(plain_pca.one_minus_mev(exact, read(out, n_samples)))
        if tools.forebear():
            started.append(measure.run(["Rscript", "--vanilla", FIT / "forebear_read.R", prefix]))
        print(f"round {repeat} of {repeats} done", flush=True)
    return compare(playing, errors, costs) + start_rows(started)


def compare(playing, errors, costs):
    rows, ours = [], {}
    for name, version, *_ in playing:
        accuracy = Row(name, version, "1 - MEV", errors[name])
        cpu = Row(name, version, "CPU s", [cost.cpu_seconds for cost in costs[name]])
        peak = Row(name, version, "peak MB", [cost.peak_mb for cost in costs[name]])
        if name == "forebear":
            ours = {"cpu": cpu, "peak": peak}
            report.checked(accuracy, f"every run <= {MAX_ERROR:g}", max(errors[name]) <= MAX_ERROR)
        else:
            report.against(cpu, ours.get("cpu"), MIN_RATIO.get(name))
            report.against(peak, ours.get("peak"))
        rows += [accuracy, cpu, peak]
    return rows


def start_rows(started):
    """What forebear's CPU seconds and memory hold before the fit begins: R, the package, the sample and variant tables."""
    if not started:
        return []
    name = "R + library + read_bed"
    return [Row(name, tools.forebear(), "CPU s", [cost.cpu_seconds for cost in started]),
            Row(name, tools.forebear(), "peak MB", [cost.peak_mb for cost in started])]


def pca_large(repeats):
    """forebear alone: 10,000 samples with default settings, and peak memory as the variants double and double again."""
    if not tools.missing("forebear")["forebear"]:
        return []
    rows, working = [], {}
    for name in ["large_50", "large", "large_200"]:
        prefix, (n_samples, n_variants) = datasets.prefix(name), datasets.shape(name)
        with tempfile.TemporaryDirectory() as folder:
            costs = [measure.run(forebear_pca(prefix, seed, f"{folder}/fit{seed}")) for seed in range(1, repeats + 1)]
            if name == "large":
                rows += convergence(name, [f"{folder}/fit{seed}" for seed in range(1, repeats + 1)])
        opened = measure.run(["Rscript", "--vanilla", FIT / "forebear_read.R", prefix])
        working[n_variants] = [cost.peak_mb - opened.peak_mb for cost in costs]
        label, version = f"forebear {n_samples} x {n_variants}", tools.forebear()
        rows += [Row(label, version, "CPU s", [cost.cpu_seconds for cost in costs]),
                 Row(label, version, "peak MB", [cost.peak_mb for cost in costs]),
                 Row(label, version, "peak MB above read_bed", working[n_variants])]
    return rows + [growth(working)]


def convergence(name, outs):
    """Does every run say that it converged, and do its leading components agree with the reference implementation's?

    The set has 10 source populations, so 9 components stand out; number 10 is noise and has no exact answer.
    """
    n_samples, n_variants = datasets.shape(name)
    signal = NUM_COMP - 1
    cached = datasets.DATA / name / f"subspace{signal}.npy"
    if not cached.is_file():
        print("computing the reference subspace", flush=True)
        np.save(cached, plain_pca.subspace(datasets.prefix(name), n_samples, n_variants, signal))
    exact = np.load(cached)
    errors = [plain_pca.one_minus_mev(exact, read_forebear(out, n_samples)[:, :signal]) for out in outs]
    converged = [float(read_facts(out)["converged"] in ("1", "TRUE")) for out in outs]
    version = tools.forebear()
    return [report.checked(Row("forebear", version, "converged", converged), "every run", all(converged)),
            report.checked(Row("forebear", version, f"1 - MEV, {signal} components", errors),
                          f"every run <= {MAX_ERROR:g}", max(errors) <= MAX_ERROR)]


def growth(working):
    """Growth of the working memory from the fewest to the most variants, in MB."""
    fewest, most = min(working), max(working)
    loadings_mb = (most - fewest) * NUM_COMP * 8 / 1e6
    row = Row("forebear", tools.forebear(), f"MB more at {most} than at {fewest} variants",
              [float(np.median(working[most]) - np.median(working[fewest]))])
    bar = MAX_GROWTH * loadings_mb
    return report.checked(row, f"<= {bar:.0f} ({MAX_GROWTH} x loadings)", row.median <= bar)
