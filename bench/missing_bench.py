"""Missing genotypes and absent variants: does a sample stay where it is, and what does that cost?

Beside: least squares on what is observed (smartpca's `lsqproject`) in plain numpy, and OADP with the mean for what is
missing, on the same reference.
"""

import itertools
import shutil
import tempfile
from pathlib import Path

import numpy as np

import datasets
import measure
import report
import tools
from report import Row

FIT = Path(__file__).resolve().parent / "fit"
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
NUM_COMP, K, NEIGHBORS = 10, 4, 10
N_COMP = 4  # components that are compared
KEPT = (95, 80, 50)  # per cent of the variants
MAX_RMSE = {20: 0.02, 50: 0.04}
MAX_OF_BOUND = 1.1  # where the bar cannot be had: of what the reference implementation, or knowing the loadings, gives
REFERENCE = "lsqproject in numpy"
MAX_CPU = 1.3
CHIPS = 16  # of each size, random and in blocks: slopes and accuracies of one scatter by some hundredths
FITS = 4  # draws of what is missing in a fit
MISSING, COPIES = 1, np.array([2, np.nan, 1, 0])


def sources(folder):
    """(name, prefix, labels by sample) of the real sets."""
    found = [("hapmap3", SHARED / "hapmap3_957" / "hapmap3", SHARED / "hapmap3_957" / "labels.tsv")]
    vcf = SHARED / "kg_phase1_chr22_phased" / "kg1_chr22.vcf.gz"
    if vcf.is_file():
        measure.run(["Rscript", "--vanilla", FIT / "forebear_missing.R", "convert", vcf, folder / "kg"])
        found += [(f"kg_phase1, {what}", folder / f"kg_{what}", vcf.parent / "labels.tsv") for what in ("common", "pruned")]
    return [(name, prefix, population_of(labels)) for name, prefix, labels in found if prefix.with_suffix(".bed").is_file()]


def population_of(path):
    rows = [line.split() for line in open(path)]
    return {row[0]: row[1:] for row in rows[1:]}


class BedSet:
    """Codes (variants x samples), lines of the .bim and the .fam file."""

    def __init__(self, codes, bim, fam):
        self.codes, self.bim, self.fam = codes, bim, fam

    @classmethod
    def read(cls, prefix):
        bim, fam = open(f"{prefix}.bim").readlines(), open(f"{prefix}.fam").readlines()
        packed = np.fromfile(f"{prefix}.bed", np.uint8)[3:].reshape(len(bim), -1)
        codes = (packed[:, :, None] >> np.array([0, 2, 4, 6], np.uint8) & 3).reshape(len(bim), -1)[:, :len(fam)]
        return cls(codes, bim, fam)

    def samples(self, rows):
        return BedSet(self.codes[:, rows], self.bim, [self.fam[row] for row in np.flatnonzero(rows)])

    def variants(self, kept):
        return BedSet(self.codes[kept], list(itertools.compress(self.bim, kept)), self.fam)

    def without(self, lost):
        return BedSet(np.where(lost, np.uint8(MISSING), self.codes), self.bim, self.fam)

    def write(self, prefix):
        padded = np.zeros((len(self.bim), -(-len(self.fam) // 4) * 4), np.uint8)
        padded[:, :len(self.fam)] = self.codes
        quads = padded.reshape(len(self.bim), -1, 4)
        packed = (quads << np.array([0, 2, 4, 6], np.uint8)).sum(axis=2).astype(np.uint8)
        with open(f"{prefix}.bed", "wb") as file:
            file.write(bytes([0x6C, 0x1B, 0x01]) + packed.tobytes())
        Path(f"{prefix}.bim").write_text("".join(self.bim))
        Path(f"{prefix}.fam").write_text("".join(self.fam))


def chips(n_variants, rng):
    """Which variants are there: at random, or all but whole blocks; CHIPS of each."""
    block = np.arange(n_variants) * 40 // n_variants
    for again, kept in itertools.product(range(CHIPS), KEPT):
        yield f"random{kept}_{again}", rng.random(n_variants) < kept / 100
        yield f"blocks{kept}_{again}", np.isin(block, rng.permutation(40)[:round(40 * kept / 100)])


def kinds():
    return [f"{kind}{kept}" for kept in KEPT for kind in ("random", "blocks")]


def draws(kind):
    return [f"{kind}_{again}" for again in range(CHIPS)]


def write_sets(bed, folder, rng):
    """Reference, new samples with and without all variants, and sets to fit; the chips of the new samples."""
    held = np.arange(len(bed.fam)) % 5 == 4
    query = bed.samples(held)
    bed.samples(~held).write(folder / "ref")
    query.write(folder / "query_complete")
    there = dict(chips(len(bed.bim), rng))
    for name, kept in there.items():
        query.variants(kept).write(folder / f"query_{name}")
    some = np.arange(len(bed.fam)) % 3 == 0
    bed.write(folder / "fit_complete")
    for again in range(FITS):
        calls = rng.random(bed.codes.shape)
        bed.without((calls < .3) & some).write(folder / f"fit_some30_{again}")
        for lost in MAX_RMSE:
            bed.without(calls < lost / 100).write(folder / f"fit_all{lost}_{again}")
    return held, some, there


def missing(repeats):
    version = tools.missing("forebear", "numpy")["forebear"]
    if not version:
        return []
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name, prefix, population in sources(Path(folder)):
            rows += real_set(name, BedSet.read(prefix), population, version)
    return rows + costs(repeats, version)


def real_set(name, bed, population, version):
    folder = Path(tempfile.mkdtemp())
    try:
        held, some, there = write_sets(bed, folder, np.random.default_rng(1))
        measure.run(["Rscript", "--vanilla", FIT / "forebear_missing.R", folder, K])
        read = lambda what, kind: np.loadtxt(folder / f"{what}.{kind}.tsv")
        names = [population.get(line.split()[1], ["?", "?"]) for line in bed.fam]
        plain = PlainReference(bed.samples(~held))
        rows = slopes(name, plain, bed.samples(held), there, read, version)
        for level, label in zip(["population", "superpopulation"], np.array(names).T, strict=True):
            rows += neighbors(f"{name}, {level}", label, held, plain, bed.samples(held), there, read, version)
        rows += uncertainty(name, there, read, version)
        rows += archetypes(name, read, version)
        whole = read("fit_complete", "scores")[some]
        lie = list(np.mean([slope(read(f"fit_some30_{again}", "scores")[some], whole) for again in range(FITS)], axis=0))
        metric = f"{name}: samples of the fit with 30 % missing calls, slopes of PC1-PC{N_COMP}, means of {FITS}"
        return rows + [report.checked(Row("forebear", version, metric, lie), ".98 to 1.02", ok(lie))]
    finally:
        shutil.rmtree(folder)


def slope(got, want):
    return [float(g @ w / (w @ w)) for g, w in zip(got.T[:N_COMP], want.T[:N_COMP], strict=True)]


def ok(values):
    return all(.98 <= value <= 1.02 for value in values)


def slopes(name, plain, query, there, read, version):
    """Slopes on the scores of complete samples, each the mean over chips."""
    rows = []
    for kind in kinds():
        metric = f"{name}: {kind}, slopes of PC1-PC{N_COMP}, means of {CHIPS}"
        whole = read("query_complete", "scores")
        ours = np.mean([slope(read(f"query_{chip}", "scores"), whole) for chip in draws(kind)], axis=0)
        off = max(abs(ours - 1))
        beside = {}
        for peer, place in [(REFERENCE, plain.least_squares), ("OADP, missing = mean", plain.naive)]:
            complete = place(query, np.ones(len(plain.v), bool))
            values = np.mean([slope(place(query, there[chip]), complete) for chip in draws(kind)], axis=0)
            beside[peer] = max(abs(values - 1))
            rows.append(Row(peer, "", metric, list(values), ratio=beside[peer] / max(off, 1e-9)))
        own = Row("forebear", version, metric, list(ours))
        rows.append(report.checked(own, ".98 to 1.02, or as lsqproject", ok(ours) or off <= MAX_OF_BOUND * beside[REFERENCE]))
    return rows


class PlainReference:
    """Components of a reference by its whole decomposition."""

    def __init__(self, bed):
        copies = COPIES[bed.codes]
        self.mean = np.nanmean(copies, axis=1, keepdims=True)
        sd = np.sqrt(self.mean * (1 - self.mean / 2))
        self.scale = np.divide(1, sd, where=sd > 0, out=np.zeros_like(sd))
        x = np.nan_to_num((copies - self.mean) * self.scale)
        value, vector = np.linalg.eigh(x.T @ x)
        self.d = np.sqrt(value[::-1][:NUM_COMP])
        self.v = x @ vector[:, ::-1][:, :NUM_COMP] / self.d
        self.scores = x.T @ self.v

    def standardized(self, bed, kept):
        x = (COPIES[bed.codes] - self.mean) * self.scale
        x[~kept] = np.nan
        return x

    def least_squares(self, bed, kept):
        def solve(x):
            seen = ~np.isnan(x)
            return np.linalg.lstsq(self.v[seen], x[seen], rcond=None)[0]
        return np.array([solve(x) for x in self.standardized(bed, kept).T])

    def naive(self, bed, kept):
        x = np.nan_to_num(self.standardized(bed, kept))
        return np.array([self.oadp(row, norm) for row, norm in zip(x.T @ self.v, (x**2).sum(axis=0), strict=True)])

    def oadp(self, row, norm):
        augmented = np.diag(np.append(self.d, np.sqrt(max(norm - row @ row, 0))))
        augmented[-1, :-1] = row
        r, s, _ = np.linalg.svd(augmented)
        scores = r[:, :-1] * s[:-1]
        u, t, v = np.linalg.svd(self.d[:, None] * scores[:-1])
        return t.sum() / (scores[:-1]**2).sum() * scores[-1] @ v.T @ u.T


def neighbors(name, label, held, plain, query, there, read, version):
    """Accuracy of the nearest neighbors at 80 % of the variants, less that of complete samples."""
    def accuracy(scores, reference):
        distance = ((scores[:, None] - reference[None])**2).sum(axis=2)
        near = label[~held][np.argsort(distance, axis=1)[:, :NEIGHBORS]]
        voted = [max(set(row), key=lambda label: (list(row).count(label), label)) for row in near]
        return float(np.mean(np.array(voted) == label[held]))

    tried = {"forebear": (lambda chip: read(f"query_{chip}", "scores"), read("ref", "scores"), read("query_complete", "scores"))}
    complete = np.ones(len(plain.v), bool)
    for peer, place in [(REFERENCE, plain.least_squares), ("OADP, missing = mean", plain.naive)]:
        tried[peer] = (lambda chip, place=place: place(query, there[chip]), plain.scores, place(query, complete))
    rows, lost = [], {}
    for kind, (tool, (place, reference, whole)) in itertools.product(("random80", "blocks80"), reversed(tried.items())):
        part, all_there = float(np.mean([accuracy(place(chip), reference) for chip in draws(kind)])), accuracy(whole, reference)
        metric = f"{name}: {kind}, {NEIGHBORS}-NN accuracy, mean of {CHIPS} (complete {all_there:.3f})"
        row = Row(tool, version if tool == "forebear" else "", metric, [part])
        lost[kind, tool] = all_there - part
        if tool == "forebear":
            most = max(.01, MAX_OF_BOUND * lost[kind, REFERENCE])
            report.checked(row, "loses at most .01, or as lsqproject", lost[kind, tool] <= most)
        rows.append(row)
    return rows


def uncertainty(name, there, read, version):
    """How many scores lie within 1.96 standard errors of those of the complete sample."""
    rows, whole = [], read("query_complete", "scores")[:, :N_COMP]
    for kind in kinds():
        covered = np.mean([np.abs(read(f"query_{chip}", "scores")[:, :N_COMP] - whole)
                           <= 1.96 * read(f"query_{chip}", "se")[:, :N_COMP] for chip in draws(kind)])
        row = Row("forebear", version, f"{name}: {kind}, coverage of 95 % intervals, PC1-PC{N_COMP}", [float(covered)])
        rows.append(report.checked(row, ".9 to .99", .9 <= covered <= .99))
    return rows


def archetypes(name, read, version):
    """RMSE of the weights to those of the same samples complete: mean over draws. Beside the fit: what knowing the loadings
    of the complete genotypes would give, of which an error above the bar is the data's, not the fit's."""
    rows = []
    for lost, bar in MAX_RMSE.items():
        def error(kind, parts, whole):
            return float(np.mean([matched_rmse(read(part, kind), read(whole, kind)) for part in parts]))

        fits = [f"fit_all{lost}_{again}" for again in range(FITS)]
        fit, bound = error("q", fits, "fit_complete"), error("bound", fits, "fit_complete")
        placed = error("q", [f"query_random{100 - lost}_{again}" for again in range(FITS)], "query_complete")
        about = f"{lost} % missing, RMSE, mean of {FITS}"
        of_fit = Row("forebear", version, f"{name}: archetypes, fit, {about}", [fit])
        most = max(bar, MAX_OF_BOUND * bound)
        rows += [report.checked(of_fit, f"<= {bar}, or {MAX_OF_BOUND} of the next line", fit <= most),
                 Row("complete loadings", "", f"{name}: archetypes, fit, {about}", [bound], ratio=bound / fit),
                 report.checked(Row("forebear", version, f"{name}: archetypes, predict, {about}", [placed]), f"<= {bar}", placed <= bar)]
    return rows


def matched_rmse(q, other):
    orders = itertools.permutations(range(K))
    return float(min(np.sqrt(((q[:, list(order)] - other)**2).mean()) for order in orders))


def costs(repeats, version):
    """CPU seconds of 10 components with 1 % missing over those of complete data, start of R taken off."""
    cpu = {"kg": [], "kg_missing": []}
    for repeat in range(1, repeats + 1):
        for name, values in cpu.items():
            prefix = datasets.prefix(name)
            with tempfile.TemporaryDirectory() as folder:
                cost = measure.run(["Rscript", "--vanilla", FIT / "forebear_pca.R", prefix, NUM_COMP, repeat, f"{folder}/fit"])
            opened = measure.run(["Rscript", "--vanilla", FIT / "forebear_read.R", prefix])
            values.append(cost.cpu_seconds - opened.cpu_seconds)
    rows = [Row("forebear", version, f"CPU s of the fit, {what}", cpu[name])
            for name, what in [("kg", "complete"), ("kg_missing", "1 % missing")]]
    rows[1].ratio = rows[1].median / rows[0].median
    report.checked(rows[1], f"ratio to complete <= {MAX_CPU}", rows[1].ratio <= MAX_CPU)
    return rows
