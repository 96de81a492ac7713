#!/usr/bin/env python3
"""Cuts ../shared/golden to the numbers that the repository holds.

Usage: python3 dev/golden/cut.py FOLDER, where FOLDER holds the whole outputs. `plink1.9` and `plink2` must be
on the PATH. Run dev/golden/gtm.py afterwards: it writes the maps of the inputs that are copied here.

Inputs keep every digit of their doubles. PLINK's outputs are of the first variants of a set: copied where they are
by variant (Hardy-Weinberg) or where the whole set is kept, computed again by PLINK where they are not.
"""

import csv
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

WHOLE = Path(sys.argv[1])
TOP = Path(__file__).resolve().parents[2]
CORE = TOP / "src/rust/core/tests/golden"
R = TOP / "tests/testthat/golden"

# Every fourth sample of sim20_pc10, every fifth row of oadp_K10.
INPUTS = {"iris_input": ("iris_input", 1), "wine_input": ("wine_input", 1),
          "sim20_pc10_input": ("sim20_input", 4), "sim20_pc10_test_input": ("sim20_test_input", 4)}
OADP_STEP = 5
HWE_VARIANTS = 300
KINSHIP_VARIANTS = 1100
KINSHIP_CUTOFFS = ["0.0442", "0.0884", "0.177", "0.354"]
# Sets for pruning: how many variants, None for all.
PRUNE = {"random20": None, "dups": None, "n40ties": 1200, "missheavy": 500, "nonfounders": 500}


def short(text):
    """The shortest text of the same double."""
    try:
        return repr(float(text)).removesuffix(".0")
    except ValueError:
        return text


def copy_numbers(name, folders, new_name=None, step=1):
    rows = list(csv.reader((WHOLE / f"{name}.csv").open()))
    lines = [",".join(rows[0])] + [",".join(map(short, row)) for row in rows[1::step]]
    for folder in folders:
        (folder / f"{new_name or name}.csv").write_text("\n".join(lines) + "\n")


def first_variants(case, n):
    """Copies the .fam, and the .bed and .bim of the first n variants."""
    lines = (WHOLE / "qc" / f"{case}.bim").read_text().splitlines(True)[:n]
    n_samples = len((WHOLE / "qc" / f"{case}.fam").read_text().splitlines())
    bed = (WHOLE / "qc" / f"{case}.bed").read_bytes()
    (R / "qc" / f"{case}.bed").write_bytes(bed[: 3 + len(lines) * ((n_samples + 3) // 4)])
    (R / "qc" / f"{case}.bim").write_text("".join(lines))
    shutil.copy(WHOLE / "qc" / f"{case}.fam", R / "qc")


def plink(program, case, *arguments):
    """Runs PLINK on a set of ours; returns the prefix of what it wrote."""
    out = tempfile.mkdtemp() + "/out"
    command = [program, "--bfile", str(R / "qc" / case), "--allow-no-sex", "--threads", "1", "--out", out]
    subprocess.run(command + list(arguments), check=True, stdout=subprocess.DEVNULL)
    return out


def hardy_weinberg():
    first_variants("a", HWE_VARIANTS)
    for name in ["a19.hwe", "a19midp.hwe", "a2.hardy"]:
        lines = (WHOLE / "qc" / name).read_text().splitlines()[: 1 + HWE_VARIANTS]
        (R / "qc" / name).write_text("".join(" ".join(line.split()) + "\n" for line in lines))


def kinship():
    first_variants("k0", KINSHIP_VARIANTS)
    shutil.copy(plink("plink2", "k0", "--make-king-table") + ".kin0", R / "qc" / "k0.kin0")
    for cutoff in KINSHIP_CUTOFFS:
        kept = plink("plink2", "k0", "--king-cutoff", cutoff) + ".king.cutoff.in.id"
        shutil.copy(kept, R / "qc" / f"k0_king_cutoff_{cutoff}.in.id")


def prune():
    for case, n in PRUNE.items():
        first_variants(case, n)
        for path in sorted((WHOLE / "qc").glob(f"{case}__*.kept")):
            window, step, r2 = path.name[: -len(".kept")].split("__")[1].split("_")
            kept = plink("plink1.9", case, "--indep-pairwise", window, step, r2) + ".prune.in"
            if n is None:
                assert Path(kept).read_text() == path.read_text(), path
            shutil.copy(kept, R / "qc" / path.name)


for folder in [CORE, R / "qc"]:
    folder.mkdir(parents=True, exist_ok=True)
for name, (new_name, step) in INPUTS.items():
    copy_numbers(name, [CORE, R], new_name, step)
copy_numbers("oadp_K10", [CORE], step=OADP_STEP)
copy_numbers("oadp_K10_d", [CORE])
hardy_weinberg()
kinship()
prune()
