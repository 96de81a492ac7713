#!/usr/bin/env python3
"""Simulate the example panel that the package ships in inst/extdata.

  simulate_panel.py [FOLDER]        (default: inst/extdata beside this folder)

Written with Python 3.11.7, msprime 1.4.4, tskit 1.0.3 and numpy 2.4.6.
Everything follows from SEED: with these versions, two runs write the
same bytes. One run takes about two minutes and one core.

Four source populations (AFR, EUR, EAS, SAS) come from one coalescent
simulation with an out-of-Africa history. Admixed samples are mosaics of source
haplotypes that are in the simulation for this purpose only: no such haplotype
is used twice, none belongs to a sample of the panel, so no two samples are related. The
true proportions are the base pairs that each source contributed to the mosaics
as drawn, not the expectations they were drawn from.
"""

import sys
from pathlib import Path

import msprime
import numpy as np

SEED = 20221
SOURCES = ["AFR", "EUR", "EAS", "SAS"]
SAMPLES_PER_SOURCE = 55
# Admixed population -> its sources.
ADMIXED = {"ADM1": ["AFR", "EUR"], "ADM2": ["EUR", "EAS", "SAS"]}
SAMPLES_PER_ADMIXED = 40
# Shape of the Dirichlet distribution of a sample's expected proportions.
CONCENTRATION = 1.5
GENERATIONS_SINCE_ADMIXTURE = 10

CHROMOSOMES = [str(number) for number in range(1, 23)]
LENGTH_BP = 10_000_000
RECOMBINATION_PER_BP = 1e-8
MUTATION_PER_BP = 1.25e-8

N_VARIANTS = 15_000
MIN_MAF = 0.01
# Of two variants within THINNING_SPAN places of each other and with a squared
# correlation above MAX_R2 the later one goes. Mild on purpose: pruning still has work.
MAX_R2 = 0.5
THINNING_SPAN = 40
# Thinning starts from a random draw this many times as large as the answer.
CANDIDATES_PER_VARIANT = 4
# Missingness per variant is Beta distributed: mean .003, a few variants above .02.
MISSING_MEAN = 0.003
MISSING_SHAPE = 0.6

BED_MAGIC = bytes([0x6C, 0x1B, 0x01])
# PLINK code of 0, 1, 2 copies of allele 1, and of a missing genotype (3).
BED_CODE = np.array([3, 2, 0, 1], np.uint8)
MISSING = 3


def demography():
    """Times in generations, sizes in diploid samples; no migration after a split."""
    history = msprime.Demography()
    for name, size, growth in [("AFR", 14_000, 0), ("EUR", 15_000, 0.0025), ("EAS", 15_000, 0.0025),
                               ("SAS", 15_000, 0.0025)]:
        history.add_population(name=name, initial_size=size, growth_rate=growth)
    for name, size in [("WEST", 3_000), ("OUT", 3_000), ("ANCESTRAL", 12_000)]:
        history.add_population(name=name, initial_size=size)
    history.add_population_split(time=600, derived=["EUR", "SAS"], ancestral="WEST")
    history.add_population_split(time=900, derived=["WEST", "EAS"], ancestral="OUT")
    history.add_population_split(time=2_100, derived=["AFR", "OUT"], ancestral="ANCESTRAL")
    return history


def founders_of(source):
    """Haplotypes of `source` that only serve as material of admixed samples."""
    return sum(2 * SAMPLES_PER_ADMIXED for sources in ADMIXED.values() if source in sources)


def simulate_haplotypes(chromosome):
    """Position, alleles (ref, alt) and haplotypes of the biallelic sites of one chromosome.

    haplotypes: variants x haplotypes, 1 = alt; haplotypes ordered by source, the
    panel's samples (two each) before the founders of admixed samples.
    """
    index = CHROMOSOMES.index(chromosome)
    trees = msprime.sim_ancestry(
        samples={source: SAMPLES_PER_SOURCE + founders_of(source) // 2 for source in SOURCES},
        demography=demography(), sequence_length=LENGTH_BP, recombination_rate=RECOMBINATION_PER_BP,
        random_seed=SEED + 2 * index)
    trees = msprime.sim_mutations(trees, rate=MUTATION_PER_BP, model=msprime.HKY(kappa=4),
                                  random_seed=SEED + 2 * index + 1)
    positions, alleles, rows = [], [], []
    for variant in trees.variants():
        if variant.num_alleles == 2:
            positions.append(int(variant.site.position) + 1)
            alleles.append(variant.alleles)
            rows.append(variant.genotypes.astype(np.uint8))
    return np.array(positions), alleles, np.array(rows)


def mosaic(expected, rng):
    """One admixed haplotype of one chromosome: (first bp, one past the last bp, source index) per segment."""
    n_breaks = rng.poisson(GENERATIONS_SINCE_ADMIXTURE * RECOMBINATION_PER_BP * LENGTH_BP)
    edges = [1, *sorted(int(edge) for edge in rng.integers(2, LENGTH_BP + 1, n_breaks)), LENGTH_BP + 1]
    return [(start, end, int(rng.choice(len(expected), p=expected))) for start, end in zip(edges, edges[1:])]


def admix(positions, founders, expected, rng):
    """Haplotypes of the admixed samples of one population on one chromosome.

    founders: variants x sources x admixed haplotypes, each haplotype with its own founder per source.
    expected: samples x sources. Returns (variants x haplotypes, base pairs per sample and source).
    """
    n_haplotypes = founders.shape[2]
    haplotypes = np.empty((len(positions), n_haplotypes), np.uint8)
    base_pairs = np.zeros(expected.shape, np.int64)
    for haplotype in range(n_haplotypes):
        for start, end, source in mosaic(expected[haplotype // 2], rng):
            inside = slice(*np.searchsorted(positions, [start, end]))
            haplotypes[inside, haplotype] = founders[inside, source, haplotype]
            base_pairs[haplotype // 2, source] += end - start
    return haplotypes, base_pairs


def thin(genotypes):
    """Indices of the variants (rows) left when those that repeat an earlier one are dropped."""
    centered = genotypes - genotypes.mean(axis=1, keepdims=True)
    centered /= np.sqrt((centered**2).sum(axis=1, keepdims=True))
    kept = []
    for variant in range(len(centered)):
        near = [other for other in kept[-THINNING_SPAN:] if variant - other <= THINNING_SPAN]
        if not near or ((centered[near] @ centered[variant])**2).max() <= MAX_R2:
            kept.append(variant)
    return np.array(kept)


def assemble(positions, haplotypes, expected, rng):
    """Diploid genotypes (variants x samples) of the panel and base pairs per admixed population."""
    by_source, first = {}, 0
    for source in SOURCES:
        size = 2 * SAMPLES_PER_SOURCE + founders_of(source)
        by_source[source] = haplotypes[:, first:first + size]
        first += size
    blocks = [by_source[source][:, :2 * SAMPLES_PER_SOURCE] for source in SOURCES]
    used = {source: 2 * SAMPLES_PER_SOURCE for source in SOURCES}
    base_pairs = {}
    for population, sources in ADMIXED.items():
        taken = []
        for source in sources:
            taken.append(by_source[source][:, used[source]:used[source] + 2 * SAMPLES_PER_ADMIXED])
            used[source] += 2 * SAMPLES_PER_ADMIXED
        block, base_pairs[population] = admix(positions, np.stack(taken, axis=1), expected[population], rng)
        blocks.append(block)
    joined = np.concatenate(blocks, axis=1)
    return joined[:, 0::2] + joined[:, 1::2], base_pairs


def choose(genotypes, called, n_wanted, rng):
    """Rows of common, thinned variants, `n_wanted` of them, in order.

    genotypes: variants x samples, complete; called: the same after calls went
    missing. Frequencies are those of the called genotypes.
    """
    seen = called != MISSING
    frequency = np.where(seen, called, 0).sum(axis=1) / (2 * seen.sum(axis=1))
    common = np.flatnonzero(np.minimum(frequency, 1 - frequency) >= MIN_MAF)
    common = np.sort(rng.choice(common, CANDIDATES_PER_VARIANT * n_wanted, replace=False))
    thinned = common[thin(genotypes[common].astype(float))]
    return np.sort(rng.choice(thinned, n_wanted, replace=False))


def lose_calls(genotypes, rng):
    """A copy of the genotypes with some of them missing."""
    rate = rng.beta(MISSING_SHAPE, MISSING_SHAPE * (1 / MISSING_MEAN - 1), len(genotypes))
    lost = rng.random(genotypes.shape) < rate[:, None]
    return np.where(lost, MISSING, genotypes).astype(np.uint8)


def write_bed(path, genotypes):
    """genotypes: variants x samples; 0, 1, 2 copies of allele 1, 3 = missing."""
    codes = np.pad(BED_CODE[genotypes], ((0, 0), (0, -genotypes.shape[1] % 4)))
    packed = codes[:, 0::4] | codes[:, 1::4] << 2 | codes[:, 2::4] << 4 | codes[:, 3::4] << 6
    path.write_bytes(BED_MAGIC + packed.tobytes())


def write_lines(path, lines):
    path.write_text("".join(line + "\n" for line in lines), newline="\n")


def sample_table():
    """(sample_id, population, group) in file order."""
    rows = [(f"{source}_{i:02d}", source, "source") for source in SOURCES for i in range(1, SAMPLES_PER_SOURCE + 1)]
    return rows + [(f"{population}_{i:02d}", population, "admixed") for population in ADMIXED
                   for i in range(1, SAMPLES_PER_ADMIXED + 1)]


def truth_rows(samples, base_pairs):
    """True proportions, one line per sample, columns in the order of SOURCES."""
    yield "\t".join(["sample_id", *SOURCES])
    seen = dict.fromkeys(ADMIXED, 0)
    for sample_id, population, _ in samples:
        if population in ADMIXED:
            part = dict(zip(ADMIXED[population], base_pairs[population][seen[population]]))
            seen[population] += 1
        else:
            part = {population: 1}
        total = sum(part.values())
        yield "\t".join([sample_id, *(f"{part.get(source, 0) / total:.6f}" for source in SOURCES)])


def main(folder):
    rng = np.random.default_rng(SEED)
    expected = {population: rng.dirichlet(np.full(len(sources), CONCENTRATION), SAMPLES_PER_ADMIXED)
                for population, sources in ADMIXED.items()}
    base_pairs = {population: np.zeros(proportions.shape, np.int64) for population, proportions in expected.items()}
    per_chromosome = np.diff(np.linspace(0, N_VARIANTS, len(CHROMOSOMES) + 1).round().astype(int))
    blocks, bim = [], []
    for chromosome, n_wanted in zip(CHROMOSOMES, per_chromosome):
        positions, alleles, haplotypes = simulate_haplotypes(chromosome)
        genotypes, chromosome_base_pairs = assemble(positions, haplotypes, expected, rng)
        for population in ADMIXED:
            base_pairs[population] += chromosome_base_pairs[population]
        called = lose_calls(genotypes, rng)
        chosen = choose(genotypes, called, n_wanted, rng)
        blocks.append(called[chosen])
        for variant in chosen:
            (ref, alt), position = alleles[variant], positions[variant]
            distance_cm = position * RECOMBINATION_PER_BP * 100
            bim.append(f"{chromosome}\tv{len(bim) + 1:05d}\t{distance_cm:.5f}\t{position}\t{alt}\t{ref}")
        print(f"chromosome {chromosome}: {n_wanted} of {len(positions)} variants", file=sys.stderr)
    samples = sample_table()
    sexes = rng.integers(1, 3, len(samples))
    write_bed(folder / "panel.bed", np.concatenate(blocks))
    write_lines(folder / "panel.bim", bim)
    write_lines(folder / "panel.fam", [f"F{i:03d}\t{sample_id}\t0\t0\t{sex}\t-9"
                                       for i, ((sample_id, _, _), sex) in enumerate(zip(samples, sexes), 1)])
    write_lines(folder / "panel.labels.tsv", ["sample_id\tpopulation\tgroup", *("\t".join(row) for row in samples)])
    write_lines(folder / "panel.truth.tsv", truth_rows(samples, base_pairs))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent / "inst" / "extdata")
