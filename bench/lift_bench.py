"""Positions on another build of the genome by UCSC's own chain files: forebear beside pyliftover."""

import gzip
import os
import random
import tempfile
from pathlib import Path

import datasets
import measure
import report
import tools
from report import Row

FIT = Path(__file__).resolve().parent / "fit" / "forebear_lift_over.R"
VCF = datasets.SIMULATOR.parents[1] / "data" / "kg_phase1_chr22_phased" / "kg1_chr22.vcf.gz"
CHAINS = os.environ.get("CHAIN_FILES")
FORTH, BACK = "hg19ToHg38.over.chain.gz", "hg38ToHg19.over.chain.gz"
N_RANDOM = 100_000
# Where dbSNP has these variants: chromosome, position on GRCh37, on GRCh38.
KNOWN = {
    "rs4988235": ("2", 136608646, 135851076),
    "rs3827760": ("2", 109513601, 108897145),
    "rs334": ("11", 5248232, 5227002),
    "rs1815739": ("11", 66328095, 66560624),
    "rs671": ("12", 112241766, 111803962),
    "rs12913832": ("15", 28365618, 28120472),
    "rs1426654": ("15", 48426484, 48134287),
    "rs429358": ("19", 45411941, 44908684),
    "rs7412": ("19", 45412079, 44908822),
}


def places():
    """(name, chromosome, position on GRCh37): known variants, those of 1000 Genomes' chromosome 22, and random ones."""
    found = [(name, chrom, position) for name, (chrom, position, _) in KNOWN.items()]
    with gzip.open(VCF, "rt") as lines:
        found += [(f"kg{i}", "22", int(line.split("\t", 2)[1]))
                  for i, line in enumerate(line for line in lines if not line.startswith("#"))]
    with gzip.open(f"{CHAINS}/{FORTH}", "rt") as lines:
        heads = [line.split() for line in lines if line.startswith("chain")]
    sizes = {head[2].removeprefix("chr"): int(head[3]) for head in heads if head[2].removeprefix("chr").isdigit()}
    draw = random.Random(1)
    chroms = draw.choices(list(sizes), weights=list(sizes.values()), k=N_RANDOM)
    return found + [(f"random{i}", chrom, draw.randint(1, sizes[chrom])) for i, chrom in enumerate(chroms)]


def by_pyliftover(at):
    """name: (chromosome, position, strand) on GRCh38 of what lies at exactly one place, contigs such as chr1_..._alt aside."""
    from pyliftover import LiftOver
    forth = LiftOver(f"{CHAINS}/{FORTH}")
    found = {}
    for name, chrom, position in at:
        # pyliftover counts from 0.
        hits = [hit for hit in forth.convert_coordinate(f"chr{chrom}", position - 1) or [] if "_" not in hit[0]]
        if len(hits) == 1:
            found[name] = (hits[0][0].removeprefix("chr"), hits[0][1] + 1, hits[0][2])
    return found


def lift(_repeats):
    found = tools.missing("forebear", "pyliftover")
    if not found["forebear"] or not VCF.exists():
        return []
    if not CHAINS or not all(Path(CHAINS, name).exists() for name in (FORTH, BACK)):
        print(f"skipped: CHAIN_FILES must name a folder with {FORTH} and {BACK}, which UCSC gives out")
        return []
    at = places()
    with tempfile.TemporaryDirectory() as folder:
        Path(f"{folder}/at.tsv").write_text("".join(f"{name}\t{chrom}\t{position}\n" for name, chrom, position in at))
        cost = measure.run(["Rscript", "--vanilla", FIT, f"{folder}/at.tsv", f"{CHAINS}/{FORTH}", f"{CHAINS}/{BACK}",
                            f"{folder}/out.tsv"])
        lines = [line.rstrip("\n").split("\t") for line in open(f"{folder}/out.tsv")]
    ours = {name: (chrom, int(position), strand) for name, chrom, position, strand, *_ in lines if chrom != "NA"}
    returned = {name: back for name, *_, back in lines}
    wrong = sum(ours.get(name, ("", 0, ""))[:2] != (chrom, position) for name, (chrom, _, position) in KNOWN.items())
    came_back = sum(returned[name] == "same" for name in ours)
    elsewhere = sum(returned[name] == "elsewhere" for name in ours)

    def row(metric, value):
        return Row("forebear", found["forebear"], metric, [float(value)])

    rows = [row("positions", len(at)), row("of them on GRCh38", len(ours)),
            report.checked(row(f"of {len(KNOWN)} known variants, not where dbSNP has them", wrong), "0", wrong == 0),
            row("back on GRCh37 at the same position, proportion of those on GRCh38", came_back / len(ours)),
            row("back on GRCh37 elsewhere", elsewhere), row("CPU s, there and back", cost.cpu_seconds)]
    if found["pyliftover"]:
        theirs = by_pyliftover(at)
        differ = sum(ours.get(name) != theirs.get(name) for name, *_ in at)
        rows += [Row("pyliftover", found["pyliftover"], "of them on GRCh38", [float(len(theirs))]),
                 report.checked(row("positions that pyliftover places otherwise", differ), "0", differ == 0)]
    return rows
