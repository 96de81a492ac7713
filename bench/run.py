#!/usr/bin/env python3
"""Compare forebear with its peers on simulated data.

  run.py NAME... [--repeats N]     names: see below; `all` runs every one
  run.py [--list]                  names, one line each, and what is installed

Prints one table per bench and appends its rows to results.csv in this folder.
Exit status: 0 every verdict is PASS, 1 some verdict is FAIL, 2 forebear is not
installed, so there are no verdicts. README.md says what each bench shows.
"""

import argparse
import sys

import admixture_bench
import archetype_benches
import calibration_bench
import classify_bench
import global_bench
import gtm_bench
import kernel_bench
import local_bench
import missing_bench
import path_benches
import pca_benches
import qc_benches
import read_bench
import real_bench
import report
import scale_bench
import svm_benches
import tools
import truth_bench
import vcf_bench

BENCHES = {
    "pca": (pca_benches.pca, "10 components of 2,504 x 100,000 beside plink2 and PCAone"),
    "missing": (missing_bench.missing, "scores of samples that lack genotypes beside least squares and OADP in numpy"),
    "pca_large": (pca_benches.pca_large, "10,000 x 100,000 without tuning; memory against variants"),
    "archetypes_human": (archetype_benches.human, "7 archetypes of 2,000 x 6 scores beside archetypes and py_pcha"),
    "archetypes_truth": (truth_bench.archetypes_truth, "7 archetypes of 2,000 x 100,000 beside the true ancestry"),
    "archetypes_dogs": (archetype_benches.dogs, "K = 2..30 on all scores of 1,355 x 150,131"),
    "admixture": (admixture_bench.admixture, "7 populations of 2,000 x 100,000 beside fastmixture"),
    "archetypes_large": (path_benches.archetypes_large, "10 archetypes of 500,000 x 20 scores: CPU seconds and memory"),
    "global_ancestry": (global_bench.global_ancestry, "admixture and archetypes over eight shapes beside fastmixture: RMSE, likelihood, CPU, memory"),
    "path_hapmap3": (path_benches.path_hapmap3, "K = 2..12 with 5 restarts each on 957 samples"),
    "local_ancestry": (local_bench.local_ancestry, "populations along simulated chromosomes with exact truth"),
    "local_ancestry_real": (real_bench.local_ancestry_real, "the same as users have it: Beagle's phase, sisters, real people, absent populations"),
    "local_scale": (scale_bench.local_scale, "local ancestry of 25 populations: cost against the size of the panel"),
    "calibration": (calibration_bench.calibration, "how right posteriors along simulated chromosomes are"),
    "vcf": (vcf_bench.vcf, "phased VCF.gz of 1,000 x 50,000 to haplotypes beside bcftools query"),
    "read": (read_bench.read, "2,504 x 100,000 from .bed, .pgen, EIGENSTRAT and VCF beside plink2, pgenlib, bcftools"),
    "prune": (qc_benches.prune, "LD pruning of 1,043 x 643,733 beside plink1.9 and plink2"),
    "king": (qc_benches.king, "kinship of all pairs of 1,043 samples beside plink2"),
    "clump": (qc_benches.clump, "clumps of 1,092 x 18,893 dense variants beside plink1.9 --clump"),
    "dosages": (pca_benches.dosages, "10 components of 957 x 3,520 expected copies beside plink2 --pca"),
    "chain": (qc_benches.chain, "statistics, filters, pruning and PCA of 1,043 x 643,733 beside plink2"),
    "gtm": (gtm_bench.gtm, "maps of 200 x 5 to 500,000 x 10 scores beside ugtm"),
    "classify": (classify_bench.classify, "11 populations of 957 samples by map, neighbors and linear SVMs beside ugtm and scikit-learn"),
    "absent": (classify_bench.absent, "populations that the reference lacks, each of 11 in turn: flagged, and known samples beside them"),
    "kernels_svm": (svm_benches.kernels_svm, "string kernels and pairs of a window beside numpy and scikit-learn"),
    "kernels": (kernel_bench.kernels, "criterion benches of the core's kernels"),
}


def arguments():
    names = "\n".join(f"  {name:18}{what}" for name, (_, what) in BENCHES.items())
    parser = argparse.ArgumentParser(description=f"{__doc__}\n{names}",
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--repeats", type=int, default=5, help="interleaved runs of each tool, at least 3 (default 5)")
    parser.add_argument("--list", action="store_true", help="list benches and tools, run nothing")
    given = parser.parse_args()
    unknown = [name for name in given.names if name not in [*BENCHES, "all"]]
    if unknown:
        parser.error(f"no bench is called {unknown[0]}; there are {', '.join(BENCHES)} and all")
    if given.repeats < 3:
        parser.error("--repeats must be at least 3: a median of fewer says little")
    given.list = given.list or not given.names
    return given


def main():
    given = arguments()
    if given.list:
        print("\n".join(f"{name:18}{what}" for name, (_, what) in BENCHES.items()))
        print("\n".join(tools.status()))
        return 0
    names = list(BENCHES) if "all" in given.names else given.names
    verdicts = []
    for name in names:
        print(f"\n## {name}: {BENCHES[name][1]}\n", flush=True)
        rows = BENCHES[name][0](given.repeats)
        print(report.table(rows), flush=True)
        report.append(name, rows)
        verdicts += [row.verdict for row in rows]
    return 1 if report.FAIL in verdicts else 2 if not tools.forebear() else 0


if __name__ == "__main__":
    sys.exit(main())
