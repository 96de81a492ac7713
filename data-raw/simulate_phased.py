#!/usr/bin/env python3
"""Make the phased example: a panel of three populations and admixed samples with their truth. Needs
numpy only.

  simulate_phased.py [FOLDER]       (default: inst/extdata beside this folder)

Haplotypes of a population are mosaics of a few founders of its own, so that neighboring variants go
together. Admixed samples are mosaics of further haplotypes, not of those in the panel; some have
errors of phase. Everything follows from SEED: two runs write the same bytes.
"""

import gzip
import io
import sys
from pathlib import Path

import numpy as np

SEED = 20144
POPULATIONS = ["east", "north", "south"]
FST = {"east": 0.15, "north": 0.05, "south": 0.05}
PER_POPULATION = 30
N_ADMIXED = 6
CHROMOSOMES, PER_CHROMOSOME, LENGTH_BP = ["1", "2"], 500, 30_000_000
N_FOUNDERS, FOUNDER_CM, MUTATION = 14, 1.0, 0.01
GENERATIONS, SWITCHES = 10, 2


def founders(rng):
    """Founder haplotypes of each population (founders x variants) of one chromosome."""
    ancestral = rng.uniform(0.05, 0.95, PER_CHROMOSOME)
    out = {}
    for name in POPULATIONS:
        scale = (1 - FST[name]) / FST[name]
        frequency = rng.beta(ancestral * scale, (1 - ancestral) * scale)
        out[name] = (rng.random((N_FOUNDERS, PER_CHROMOSOME)) < frequency).astype(int)
    return out


def haplotype(pool, position, rng):
    """A mosaic of founders, who change every FOUNDER_CM on average, with a few mutations."""
    gap_cm = np.diff(position, prepend=position[0]) / 1e6
    changes = rng.random(len(position)) < 1 - np.exp(-gap_cm / FOUNDER_CM)
    founder = rng.integers(0, len(pool), len(position))[np.cumsum(changes)]
    alleles = pool[founder, np.arange(len(position))]
    return alleles ^ (rng.random(len(position)) < MUTATION)


def admixed(pools, position, rng):
    """Alleles and populations (codes) of one admixed haplotype."""
    n_cuts = rng.poisson(GENERATIONS * LENGTH_BP / 1e8)
    cuts = np.sort(rng.uniform(0, LENGTH_BP, n_cuts))
    piece = np.searchsorted(cuts, position)
    population = rng.choice(len(POPULATIONS), n_cuts + 1, p=[0.2, 0.4, 0.4])[piece]
    sources = np.array([haplotype(pools[name], position, rng) for name in POPULATIONS])
    return sources[population, np.arange(len(position))], population


def exchange(first, second, cuts):
    """The phase of two rows changes at each cut."""
    exchanged = np.searchsorted(np.sort(cuts), np.arange(len(first)), side="right") % 2 == 1
    return np.where(exchanged, second, first), np.where(exchanged, first, second)


def segments(sample, copy, chrom, position, population):
    """Rows of the truth: runs of one population, which meet half way between two variants."""
    starts = np.flatnonzero(np.diff(population, prepend=-1))
    first = [1, *((position[starts[1:] - 1] + position[starts[1:]]) // 2 + 1)]
    last = [*(bp - 1 for bp in first[1:]), LENGTH_BP]
    for start, low, high in zip(starts, first, last):
        yield [sample, copy, chrom, low, high, POPULATIONS[population[start]]]


def write_vcf(path, samples, sites, alleles):
    """`alleles`: two rows for each sample."""
    lines = ["##fileformat=VCFv4.2"] + [f"##contig=<ID={chrom}>" for chrom in CHROMOSOMES]
    lines.append('##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">')
    fixed = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT"]
    lines.append("\t".join(fixed + samples))
    for site, column in zip(sites, alleles.T):
        calls = [f"{a}|{b}" for a, b in zip(column[::2], column[1::2])]
        lines.append("\t".join([*map(str, site), ".", ".", ".", "GT", *calls]))
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0, compresslevel=9) as file:
        file.write(("\n".join(lines) + "\n").encode())
    path.write_bytes(buffer.getvalue())


def write_table(path, header, rows):
    path.write_text("".join("\t".join(map(str, row)) + "\n" for row in [header, *rows]))


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1] / "inst/extdata"
    rng = np.random.default_rng(SEED)
    labels = [(f"{name}_{i:02d}", name) for name in POPULATIONS for i in range(1, PER_POPULATION + 1)]
    admixed_ids = [f"admixed_{i}" for i in range(1, N_ADMIXED + 1)]
    sites, panel, query, truth = [], [], [], []
    for chrom in CHROMOSOMES:
        position = np.sort(rng.choice(np.arange(1, LENGTH_BP), PER_CHROMOSOME, replace=False))
        pairs = rng.choice(["AC", "AG", "CT", "GT"], PER_CHROMOSOME)
        sites += [(chrom, bp, f"v{chrom}_{i}", pair[0], pair[1])
                  for i, (bp, pair) in enumerate(zip(position, pairs), 1)]
        pools = founders(rng)
        panel.append([haplotype(pools[name], position, rng) for _, name in labels for _ in range(2)])
        rows = []
        for sample in admixed_ids:
            (one, from_one), (two, from_two) = (admixed(pools, position, rng) for _ in range(2))
            cuts = rng.integers(1, PER_CHROMOSOME, rng.poisson(SWITCHES))
            rows += exchange(one, two, cuts)
            for copy, population in enumerate(exchange(from_one, from_two, cuts), 1):
                truth += segments(sample, copy, chrom, position, population)
        query.append(rows)
    write_vcf(folder / "phased.panel.vcf.gz", [name for name, _ in labels], sites,
              np.concatenate(panel, axis=1))
    write_vcf(folder / "phased.query.vcf.gz", admixed_ids, sites, np.concatenate(query, axis=1))
    write_table(folder / "phased.labels.tsv", ["sample_id", "population"], labels)
    write_table(folder / "phased.truth.tsv",
                ["sample_id", "haplotype", "chrom", "start_bp", "end_bp", "ancestry"], truth)


if __name__ == "__main__":
    main()
