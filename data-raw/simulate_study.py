#!/usr/bin/env python3
"""Make the example study, a VCF with the faults that real ones have. Needs numpy only.

  simulate_study.py [FOLDER]        (default: inst/extdata beside this folder)

Run after simulate_panel.py. Samples of the study are new: each takes every chromosome,
both copies, from some sample of one source population of the panel. On top come a
duplicate, a child of two of them and a sample of bad quality; records that are exchanged,
on the other strand, multi-allelic or symbolic; variants that were called badly.
Everything follows from SEED: two runs write the same bytes.
"""

import gzip
import io
import sys
from pathlib import Path

import numpy as np

from check_panel import read_genotypes

SEED = 20223
SOURCES = ["AFR", "EUR", "EAS", "SAS"]
SAMPLES_PER_SOURCE = 10
BAD_SAMPLE_MISSING = 0.15
# Proportions of the panel's variants.
ABSENT, EXCHANGED, OTHER_STRAND = 0.03, 0.3, 0.1
N_BADLY_CALLED, BADLY_CALLED_MISSING = 60, 0.12
# A probe that also binds elsewhere: every sample looks heterozygous.
N_CROSS_HYBRID = 30
N_MULTIALLELIC, N_SYMBOLIC = 40, 10
COMPLEMENT = str.maketrans("ACGT", "TGCA")


def rows_of(path):
    return [line.split("\t") for line in path.read_text().splitlines()]


def study_samples(genotypes, population, chromosome, rng):
    """Names and genotypes (samples x variants) of the study."""
    names, rows = [], []
    for source in SOURCES:
        donors = np.flatnonzero(population == source)
        for number in range(1, SAMPLES_PER_SOURCE + 1):
            row = np.empty(genotypes.shape[1])
            for name in np.unique(chromosome):
                here = chromosome == name
                row[here] = genotypes[rng.choice(donors), here]
            names.append(f"study_{source}_{number:02d}")
            rows.append(row)
    father, mother = rows[0], rows[1]
    child = sum(rng.binomial(1, np.nan_to_num(parent) / 2) for parent in (father, mother)).astype(float)
    bad = rows[20].copy()
    bad[rng.random(len(bad)) < BAD_SAMPLE_MISSING] = np.nan
    names += ["study_child", "study_duplicate", "study_bad"]
    return names, np.array([*rows, child, rows[15], bad])


def spoil(genotypes, rng):
    """Some variants called badly, others seen as heterozygous in every sample."""
    chosen = rng.choice(genotypes.shape[1], N_BADLY_CALLED + N_CROSS_HYBRID, replace=False)
    badly, cross = chosen[:N_BADLY_CALLED], chosen[N_BADLY_CALLED:]
    lost = rng.random((len(genotypes), N_BADLY_CALLED)) < BADLY_CALLED_MISSING
    genotypes[:, badly] = np.where(lost, np.nan, genotypes[:, badly])
    genotypes[:, cross] = 1


def record(chrom, position, name, ref, alt, calls):
    return (int(chrom), position), "\t".join(
        [f"chr{chrom}", str(position), name, ref, alt, ".", "PASS", ".", "GT", *calls])


def calls_of(copies):
    text = {0: "0/0", 1: "0/1", 2: "1/1"}
    return ["./." if np.isnan(count) else text[int(count)] for count in copies]


def records(bim, genotypes, rng):
    """Records of the variants that the study has in common with the panel, spoilt here and there."""
    draw = rng.random((len(bim), 3))
    for (chrom, name, _, position, alt, ref), copies, (absent, exchanged, strand) in zip(bim, genotypes.T, draw):
        if absent < ABSENT:
            continue
        if strand < OTHER_STRAND:
            ref, alt = ref.translate(COMPLEMENT), alt.translate(COMPLEMENT)
        if exchanged < EXCHANGED:
            ref, alt, copies = alt, ref, 2 - copies
        yield record(chrom, int(position), ".", ref, alt, calls_of(copies))


def further_records(bim, n_samples, rng):
    """Records that a biallelic table has no room for, at positions of their own."""
    taken = {(row[0], int(row[3])) for row in bim}
    alts = ["C,T"] * N_MULTIALLELIC + ["<DEL>"] * N_SYMBOLIC
    for alt in alts:
        while (place := (str(rng.integers(1, 23)), int(rng.integers(1, 10_000_000)))) in taken:
            pass
        calls = [f"{a}/{b}" for a, b in rng.integers(0, 2 + ("," in alt), (n_samples, 2))]
        yield record(*place, ".", "A", alt, calls)


def main(folder):
    rng = np.random.default_rng(SEED)
    bim = rows_of(folder / "panel.bim")
    population = np.array([row[1] for row in rows_of(folder / "panel.labels.tsv")[1:]])
    chromosome = np.array([row[0] for row in bim])
    panel = read_genotypes(folder / "panel", len(population), len(bim))
    names, genotypes = study_samples(panel, population, chromosome, rng)
    spoil(genotypes, rng)
    lines = sorted([*records(bim, genotypes, rng), *further_records(bim, len(names), rng)])
    header = ["##fileformat=VCFv4.2", '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
              "\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *names])]
    out = io.BytesIO()
    # No time in the header: the same text gives the same bytes.
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=9, mtime=0) as file:
        file.write(("\n".join([*header, *(line for _, line in lines)]) + "\n").encode())
    (folder / "study.vcf.gz").write_bytes(out.getvalue())
    print(f"{len(names)} samples, {len(lines)} records, {len(out.getvalue())} bytes", file=sys.stderr)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent / "inst" / "extdata")
