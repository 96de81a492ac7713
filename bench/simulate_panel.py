#!/usr/bin/env python3
"""Simulate a phased panel of close populations: simulate_panel.py SAMPLES POPULATIONS VARIANTS SEED FOLDER

Writes panel.vcf, query.vcf (100 samples, mosaics of unseen haplotypes of all populations) and labels.tsv. Populations lie in
regions of five. Allele frequencies drift by Balding and Nichols, Fst .05 between regions and .01 within one; each population
has 200 founding haplotypes, in blocks of linked variants, and each haplotype is a mosaic of them, a switch every 100 variants
on average, with one allele in fifty changed. Variants are 4 kb apart.
"""

import sys
from pathlib import Path

import numpy as np

N_FOUNDERS, SWITCH, CHANGED, SPACING, N_QUERY = 200, 1 / 100, 0.02, 4000, 100
BETWEEN, WITHIN, PER_REGION, LINKED = 0.05, 0.01, 5, 10
SEGMENT = 1 / 250  # query: a new population every 250 variants (1 cM) on average


def drifted(random, frequency, fst):
    """Frequencies after drift."""
    scale = (1 - fst) / fst
    return np.clip(random.beta(frequency * scale, (1 - frequency) * scale), 0.001, 0.999)


def founders(random, n_populations, n_variants):
    """n_populations x N_FOUNDERS x n_variants: alleles; within a block of LINKED variants a haplotype has one latent rank."""
    ancestral = random.uniform(0.05, 0.5, n_variants)
    regions = [drifted(random, ancestral, BETWEEN) for _ in range(-(-n_populations // PER_REGION))]
    out = np.empty((n_populations, N_FOUNDERS, n_variants), np.uint8)
    for population in range(n_populations):
        frequency = drifted(random, regions[population // PER_REGION], WITHIN)
        rank = np.repeat(random.random((N_FOUNDERS, -(-n_variants // LINKED))), LINKED, axis=1)[:, :n_variants]
        own = random.random((N_FOUNDERS, n_variants))
        out[population] = np.where(random.random((N_FOUNDERS, n_variants)) < 0.5, rank, own) < frequency
    return out


def mosaic(random, pool, population):
    """One haplotype; `population` has a code for every variant."""
    n_variants = len(population)
    switching = np.flatnonzero(random.random(n_variants) < SWITCH)
    founder = np.repeat(random.integers(0, N_FOUNDERS, len(switching) + 1), np.diff([0, *switching, n_variants]))
    return pool[population, founder, np.arange(n_variants)] ^ (random.random(n_variants) < CHANGED)


def query_populations(random, n_populations, n_variants):
    cuts = np.flatnonzero(random.random(n_variants) < SEGMENT)
    return np.repeat(random.integers(0, n_populations, len(cuts) + 1), np.diff([0, *cuts, n_variants]))


def write_vcf(path, names, haplotypes):
    """haplotypes: 2 n_samples x n_variants."""
    text = np.tile(np.frombuffer(b"0|0\t", np.uint8), len(names))
    text[-1] = ord("\n")
    with open(path, "wb") as out:
        out.write(b"##fileformat=VCFv4.2\n##contig=<ID=1>\n##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">\n")
        out.write(("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t" + "\t".join(names) + "\n").encode())
        for variant, alleles in enumerate(haplotypes.T):
            text[0::2] = ord("0") + alleles
            out.write(f"1\t{(variant + 1) * SPACING}\t.\tA\tC\t.\tPASS\t.\tGT\t".encode())
            out.write(text.tobytes())


def main(n_samples, n_populations, n_variants, seed, folder):
    random, folder = np.random.default_rng(seed), Path(folder)
    pool = founders(random, n_populations, n_variants)
    code = np.arange(n_samples) % n_populations
    names = [f"S{sample:05d}" for sample in range(n_samples)]
    panel = [mosaic(random, pool, np.full(n_variants, own)) for own in np.repeat(code, 2)]
    write_vcf(folder / "panel.vcf", names, np.array(panel))
    query = [mosaic(random, pool, query_populations(random, n_populations, n_variants)) for _ in range(2 * N_QUERY)]
    write_vcf(folder / "query.vcf", [f"Q{sample:03d}" for sample in range(N_QUERY)], np.array(query))
    rows = [f"{name}\tpop{own:02d}\n" for name, own in zip(names, code)]
    (folder / "labels.tsv").write_text("sample_id\tpopulation\n" + "".join(rows))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:5]), sys.argv[5])
