#!/usr/bin/env python3
"""Simulate a phased VCF: simulate_vcf.py SAMPLES VARIANTS SEED > out.vcf

Allele frequencies follow the neutral spectrum (density 1 / p); haplotypes are mosaics of 60 founders,
with a switch every 200 variants on average, so that neighbors are correlated as in real panels.
"""

import sys

import numpy as np

N_FOUNDERS, SWITCH = 60, 1 / 200


def main(n_samples, n_variants, seed):
    random = np.random.default_rng(seed)
    n_haplotypes = 2 * n_samples
    frequency = np.exp(random.uniform(np.log(1 / n_haplotypes), np.log(0.5), n_variants))
    position = np.cumsum(random.integers(1, 1400, n_variants)) + 16_000_000
    out = sys.stdout.buffer
    out.write(b"##fileformat=VCFv4.2\n##contig=<ID=22,length=90000000>\n"
              b'##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">\n')
    names = "\t".join(f"S{i:05d}" for i in range(n_samples))
    out.write(f"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{names}\n".encode())
    copied = random.integers(0, N_FOUNDERS, n_haplotypes)
    text = np.tile(np.frombuffer(b"0|0\t", np.uint8), n_samples)
    text[-1] = ord("\n")
    for variant in range(n_variants):
        switching = random.random(n_haplotypes) < SWITCH
        copied[switching] = random.integers(0, N_FOUNDERS, switching.sum())
        p = frequency[variant]
        # A common variant lies on whole founders, a rare one on single haplotypes.
        carried = (random.random(N_FOUNDERS) < p)[copied] if p > 0.05 else random.random(n_haplotypes) < p
        text[0::2][0:2 * n_samples] = ord("0") + carried
        ref, alt = random.choice(list("ACGT"), 2, replace=False)
        at = position[variant]
        out.write(f"22\t{at}\trs{at}\t{ref}\t{alt}\t.\tPASS\t.\tGT\t".encode())
        out.write(text.tobytes())


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]))
