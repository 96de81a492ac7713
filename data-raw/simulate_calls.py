#!/usr/bin/env python3
"""Writes inst/extdata/calls.msp.tsv and calls.fb.tsv: made-up local ancestry of four samples.

Three populations on two chromosomes of 20 and 12 windows; along each haplotype the ancestry is a
Markov chain, and posteriors are surer inside a tract than at its ends. Run from the checkout.
"""
import random

POPULATIONS = ["east", "north", "south"]
SAMPLES = ["ann", "bob", "cat", "dan"]
WINDOWS = {"1": 20, "2": 12}
WIDTH_BP, VARIANTS = 1_000_000, 100

random.seed(6)
msp = ["#Subpopulation order/codes: " + "\t".join(f"{p}={i}" for i, p in enumerate(POPULATIONS))]
msp.append("\t".join(["#chm", "spos", "epos", "sgpos", "egpos", "n snps"]
                     + [f"{s}.{h}" for s in SAMPLES for h in (0, 1)]))
fb = ["\t".join(["#reference_panel_population:"] + POPULATIONS)]
fb.append("\t".join(["chromosome", "physical_position", "genetic_position", "genetic_marker_index"]
                    + [f"{s}:::hap{h}:::{p}" for s in SAMPLES for h in (1, 2) for p in POPULATIONS]))
variant = 0
for chrom, n_windows in WINDOWS.items():
    chains = []
    for _ in range(2 * len(SAMPLES)):
        chain = [random.randrange(3)]
        while len(chain) < n_windows:
            chain.append(random.randrange(3) if random.random() < 0.15 else chain[-1])
        chains.append(chain)
    for window in range(n_windows):
        posteriors = []
        for chain in chains:
            near = chain[max(0, window - 1):window + 2]
            inside = near.count(chain[window]) / len(near)
            best = round(random.uniform(0.5, 0.75) + 0.25 * (inside > 0.99), 3)
            # Populations north and south are closer to each other.
            rest = round((1 - best) * (0.8 if chain[window] > 0 else 0.5), 3)
            posterior = [0.0] * 3
            posterior[chain[window]] = best
            first = 3 - chain[window] if chain[window] > 0 else 1
            posterior[first] = rest
            posterior[3 - chain[window] - first] = round(1 - best - rest, 3)
            posteriors.append(posterior)
        start = 1_000_001 + window * WIDTH_BP
        place = [chrom, start, start + WIDTH_BP, 1 + window, 2 + window, VARIANTS]
        calls = [p.index(max(p)) for p in posteriors]
        msp.append("\t".join(map(str, place + calls)))
        center = [chrom, start + WIDTH_BP // 2 - 1, 1.5 + window, variant + VARIANTS // 2 - 1]
        fb.append("\t".join(map(str, center + [f"{v:g}" for p in posteriors for v in p])))
        variant += VARIANTS
for name, lines in (("msp", msp), ("fb", fb)):
    with open(f"inst/extdata/calls.{name}.tsv", "w") as handle:
        handle.write("\n".join(lines) + "\n")
