#!/usr/bin/env python3
"""Check the example panel: run after simulate_panel.py. Needs numpy only.

Prints what the panel looks like and stops with a message if a promise of
inst/extdata/README.md does not hold: the shape, the proportion of missing genotypes,
four populations that PCA separates, and true proportions that the first three
principal components explain.
"""

import sys
from itertools import combinations
from pathlib import Path

import numpy as np

SOURCES = ["AFR", "EUR", "EAS", "SAS"]
COPIES = np.array([2, np.nan, 1, 0])  # by PLINK code 00, 01 (missing), 10, 11
MAX_BYTES = 3_000_000


def read_table(path):
    header, *rows = (line.split("\t") for line in path.read_text().splitlines())
    return header, rows


def read_genotypes(prefix, n_samples, n_variants):
    """Copies of allele 1, samples x variants, NaN for missing."""
    packed = np.fromfile(f"{prefix}.bed", np.uint8)[3:].reshape(n_variants, -1)
    codes = (packed[:, :, None] >> np.array([0, 2, 4, 6]) & 3).reshape(n_variants, -1)[:, :n_samples]
    return COPIES[codes].T


def principal_components(genotypes, k):
    """Scores (samples x k) and all eigenvalues of the standardized genotypes."""
    p = np.nanmean(genotypes, axis=0) / 2
    x = np.where(np.isnan(genotypes), 0, (genotypes - 2 * p) / np.sqrt(2 * p * (1 - p)))
    u, d, _ = np.linalg.svd(x, full_matrices=False)
    return u[:, :k] * d[:k], d**2


def hudson_fst(a, b):
    """Hudson's Fst of two sets of samples, ratio of averages (Bhatia et al. 2013, equation 10)."""
    p, q, n, m = np.nanmean(a, 0) / 2, np.nanmean(b, 0) / 2, 2 * len(a), 2 * len(b)
    within = p * (1 - p) / (n - 1) + q * (1 - q) / (m - 1)
    return ((p - q) ** 2 - within).sum() / (p * (1 - q) + q * (1 - p)).sum()


def nearest_own_center(scores, population):
    """Proportion of samples whose nearest population center is that of their own population."""
    names = sorted(set(population))
    centers = np.array([scores[population == name].mean(0) for name in names])
    nearest = ((scores[:, None] - centers) ** 2).sum(2).argmin(1)
    return (np.array(names)[nearest] == population).mean()


def regress(scores, truth, train):
    """Proportions predicted from scores by least squares on the `train` samples."""
    design = np.column_stack([np.ones(len(scores)), scores])
    return design @ np.linalg.lstsq(design[train], truth[train], rcond=None)[0]


def require(holds, rule):
    if not holds:
        sys.exit(f"check_panel.py: the panel breaks a rule: {rule}")


def main(folder):
    prefix = folder / "panel"
    _, labels = read_table(folder / "panel.labels.tsv")
    header, rows = read_table(folder / "panel.truth.tsv")
    fam = [line.split("\t") for line in (folder / "panel.fam").read_text().splitlines()]
    bim = [line.split("\t") for line in (folder / "panel.bim").read_text().splitlines()]
    require([row[1] for row in fam] == [row[0] for row in labels] == [row[0] for row in rows], "one order of samples")
    require(header[1:] == SOURCES, "columns of the truth")
    require(len({row[1] for row in bim}) == len(bim), "unique variant names")
    require(len({(row[0], row[3]) for row in bim}) == len(bim), "unique positions")
    truth = np.array([row[1:] for row in rows], float)
    population = np.array([row[1] for row in labels])
    group = np.array([row[2] for row in labels])
    genotypes = read_genotypes(prefix, len(fam), len(bim))
    maf = np.nanmean(genotypes, 0) / 2
    maf = np.minimum(maf, 1 - maf)
    missing = np.isnan(genotypes)
    print(f"{len(fam)} samples x {len(bim)} variants, {len({row[0] for row in bim})} chromosomes")
    print(f"missing {missing.mean():.4f}; variants with more than 2 % missing: {(missing.mean(0) > .02).sum()}")
    print(f"MAF: smallest {maf.min():.4f}, median {np.median(maf):.3f}, at least .05: {(maf >= .05).sum()}")
    for one, other in combinations(SOURCES, 2):
        print(f"Fst {one}-{other} {hudson_fst(genotypes[population == one], genotypes[population == other]):.3f}")
    scores, eigenvalues = principal_components(genotypes, 10)
    print("percent variance", (100 * eigenvalues[:6] / eigenvalues.sum()).round(2))
    source = group == "source"
    separated = nearest_own_center(scores[source, :3], population[source])
    predicted = regress(scores[:, :3], truth, source)[~source]
    error = np.sqrt(((predicted - truth[~source]) ** 2).mean())
    correlation = np.corrcoef(predicted.ravel(), truth[~source].ravel())[0, 1]
    print(f"source samples nearest to their own center in 3 PCs: {separated:.3f}")
    print(f"admixed samples, truth against regression on 3 PCs of the source samples: r {correlation:.4f}, RMSE {error:.4f}")
    size = sum(path.stat().st_size for path in folder.iterdir())
    print(f"{size} bytes in {folder.name}")
    require(abs(truth.sum(1) - 1).max() < 3e-6, "proportions sum to 1")
    require(maf.min() >= 0.01, "MAF at least .01")
    require(0.002 < missing.mean() < 0.004, "0.3 % missing")
    require(separated == 1, "PCA separates the four populations")
    require(correlation > 0.99, "principal components explain the true proportions")
    require(size < MAX_BYTES, "inst/extdata below 3 MB")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent / "inst" / "extdata")
