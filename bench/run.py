#!/usr/bin/env python3
"""Compare forebear with its peers on simulated data.

  run.py NAME... [--repeats N]     names: see below; `all` runs every one
  run.py [--list]                  names, one line each, and what is installed

Prints one table per bench and appends its rows to results.csv in this folder; `all` then writes
RESULTS.md, the last run of each bench in that file and what it said of others.
Exit status: 0 every verdict is PASS, 1 some verdict is FAIL, 2 forebear is not
installed, so there are no verdicts. README.md says what each bench shows.
"""

import argparse
import sys

import admixture_bench
import archetype_benches
import biobank_bench
import calibration_bench
import classify_bench
import cohort_bench
import global_bench
import gtm_bench
import kernel_bench
import lift_bench
import local_bench
import missing_bench
import path_benches
import pca_benches
import qc_benches
import read_bench
import real_bench
import report
import results
import scale_bench
import science_bench
import svm_benches
import tools
import truth_bench
import vcf_bench
from names import WHAT

BENCHES = {
    "pca": pca_benches.pca,
    "missing": missing_bench.missing,
    "pca_large": pca_benches.pca_large,
    "archetypes_human": archetype_benches.human,
    "archetypes_truth": truth_bench.archetypes_truth,
    "archetypes_dogs": archetype_benches.dogs,
    "admixture": admixture_bench.admixture,
    "archetypes_large": path_benches.archetypes_large,
    "global_ancestry": global_bench.global_ancestry,
    "scale": biobank_bench.scale,
    "path_hapmap3": path_benches.path_hapmap3,
    "local_ancestry": local_bench.local_ancestry,
    "local_ancestry_real": real_bench.local_ancestry_real,
    "cohort": cohort_bench.cohort,
    "local_scale": scale_bench.local_scale,
    "training": scale_bench.training,
    "tractor": science_bench.tractor,
    "mapping": science_bench.mapping,
    "ancestry_pca": science_bench.ancestry_pca,
    "uses_real": science_bench.uses_real,
    "dates": science_bench.dates,
    "calibration": calibration_bench.calibration,
    "vcf": vcf_bench.vcf,
    "read": read_bench.read,
    "lift": lift_bench.lift,
    "prune": qc_benches.prune,
    "king": qc_benches.king,
    "clump": qc_benches.clump,
    "dosages": pca_benches.dosages,
    "chain": qc_benches.chain,
    "gtm": gtm_bench.gtm,
    "classify": classify_bench.classify,
    "absent": classify_bench.absent,
    "kernels_svm": svm_benches.kernels_svm,
    "kernels": kernel_bench.kernels,
}


def arguments():
    names = "\n".join(f"  {name:18}{WHAT[name]}" for name in BENCHES)
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
        print("\n".join(f"{name:18}{WHAT[name]}" for name in BENCHES))
        print("\n".join(tools.status()))
        return 0
    names = list(BENCHES) if "all" in given.names else given.names
    verdicts = []
    for name in names:
        print(f"\n## {name}: {WHAT[name]}\n", flush=True)
        rows = BENCHES[name](given.repeats)
        print(report.table(rows), flush=True)
        report.append(name, rows)
        verdicts += [row.verdict for row in rows]
    if "all" in given.names:
        print(f"wrote {results.write(WHAT)}")
    return 1 if report.FAIL in verdicts else 2 if not tools.forebear() else 0


if __name__ == "__main__":
    sys.exit(main())
