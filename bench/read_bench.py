"""Genotypes from files of every format, counted: forebear beside plink2, bcftools and pgenlib."""

import subprocess
import tempfile
from pathlib import Path

import datasets
import measure
import report
import tools
from report import Row

HERE = Path(__file__).resolve().parent
SET = "kg"
# The .bed is mapped as it is; a .pgen must be decoded.
MAX_PGEN_RATIO = 2
N_VCF_VARIANTS = 10_000

PGENLIB = """
import sys, time, numpy, pgenlib
reader = pgenlib.PgenReader(sys.argv[1].encode())
n, m = reader.get_raw_sample_ct(), reader.get_variant_ct()
counts = numpy.empty(4, numpy.uint32)
start = time.process_time()
total = 0
for variant in range(m):
    reader.count(variant, counts)
    total += int(counts[3])
print(time.process_time() - start, n, m, total)
"""


def plink2(*options):
    measure.run(["plink2", "--threads", 1, *options])


def eigenstrat(prefix, out, packed):
    """The .bed as EIGENSTRAT: four samples a byte, the first in the highest bits, or a digit each."""
    n_samples = Path(f"{prefix}.fam").read_bytes().count(b"\n")
    variants = Path(f"{prefix}.bim").read_text().splitlines()
    stride = (n_samples + 3) // 4
    # Copies of allele 2 (ref) of each code of a .bed: 2 copies of allele 1, missing, 1, 0.
    value = [0, 3, 1, 2]
    of_byte = [[value[byte >> 2 * place & 3] for place in range(4)] for byte in range(256)]
    reordered = bytes(sum(v << (6 - 2 * place) for place, v in enumerate(four)) for four in of_byte)
    digits = ["".join("0129"[v] for v in four) for four in of_byte]
    bed = Path(f"{prefix}.bed").read_bytes()[3:]
    with open(f"{out}.geno", "wb") as file:
        if packed:
            record = max(48, stride)
            file.write(f"GENO {n_samples:7d} {len(variants):7d} 0 0".encode().ljust(record, b"\0"))
        for start in range(0, len(bed), stride):
            row = bed[start:start + stride]
            if packed:
                file.write(row.translate(reordered).ljust(record, b"\0"))
            else:
                file.write("".join(digits[byte] for byte in row)[:n_samples].encode() + b"\n")
    with open(f"{out}.snp", "w") as file:
        for line in variants:
            chrom, name, _, position, first, second = line.split()
            file.write(f"{name} {chrom} 0 {position} {second} {first}\n")
    with open(f"{prefix}.fam") as samples, open(f"{out}.ind", "w") as file:
        file.writelines(f"{line.split()[1]} U population\n" for line in samples)


def files_of(folder):
    """Every format of the same genotypes: name, and path or prefix."""
    prefix = datasets.prefix(SET)
    files = {"bed": prefix}
    for name, options in {"pgen": [], "pgen plain": ["format=2"]}.items():
        files[name] = f"{folder}/{name.replace(' ', '_')}"
        plink2("--bfile", prefix, "--make-pgen", *options, "--out", files[name])
    for name in ("eigenstrat packed", "eigenstrat text"):
        files[name] = f"{folder}/{name.replace(' ', '_')}"
        eigenstrat(prefix, files[name], name.endswith("packed"))
    files["vcf.gz"] = f"{folder}/some.vcf.gz"
    plink2("--bfile", prefix, "--thin-count", N_VCF_VARIANTS, "--export", "vcf", "bgz", "--out", f"{folder}/some")
    return files


def forebear(kind, path, facts):
    """CPU seconds of opening the files, of counting, samples, variants, missing genotypes."""
    cost = measure.run(["Rscript", "--vanilla", HERE / "fit" / "forebear_read_formats.R", kind, path, facts])
    return [*map(float, Path(facts).read_text().split()), cost.peak_mb]


def read(repeats):
    found = tools.missing("forebear", "plink2", "bcftools", "pgenlib")
    if not found["plink2"]:
        return []
    rows, agree, speeds = [], set(), {}
    with tempfile.TemporaryDirectory() as folder:
        files, facts = files_of(folder), f"{folder}/facts"
        for name, path in files.items():
            runs = [forebear(name, path, facts) for _ in range(repeats)] if found["forebear"] else []
            if runs:
                n = runs[0][2] * runs[0][3]
                speeds[name] = Row("forebear", found["forebear"], f"genotypes / CPU s, {name}",
                                   [n / (run[1] + (run[0] if name == "vcf.gz" else 0)) for run in runs])
                rows += [speeds[name],
                         Row("forebear", found["forebear"], f"CPU s to open, {name}", [run[0] for run in runs]),
                         Row("forebear", found["forebear"], f"peak MB, {name}", [run[5] for run in runs])]
                if name != "vcf.gz":
                    agree.add((runs[0][2], runs[0][3], runs[0][4]))
        n_samples, n_variants = datasets.shape(SET)
        for name in ("bed", "pgen", "pgen plain"):
            option = "--bfile" if name == "bed" else "--pfile"
            costs = [measure.run(["plink2", "--threads", 1, option, files[name], "--geno-counts", "--out", facts])
                     for _ in range(repeats)]
            rows.append(Row("plink2 --geno-counts", found["plink2"], f"genotypes / CPU s, {name}",
                            [n_samples * n_variants / cost.cpu_seconds for cost in costs]))
            if found["pgenlib"] and name != "bed":
                seconds = [float(subprocess.run(["python3", "-c", PGENLIB, f"{files[name]}.pgen"], check=True,
                                                capture_output=True, text=True).stdout.split()[0])
                           for _ in range(repeats)]
                rows.append(Row("pgenlib count", found["pgenlib"], f"genotypes / CPU s, {name}",
                                [n_samples * n_variants / value for value in seconds]))
        if found["bcftools"]:
            query = ["sh", "-c", f"bcftools query -f '[%GT]\\n' '{files['vcf.gz']}' > /dev/null"]
            costs = [measure.run(query).cpu_seconds for _ in range(repeats)]
            rows.append(Row("bcftools query", found["bcftools"], "genotypes / CPU s, vcf.gz",
                            [n_samples * N_VCF_VARIANTS / value for value in costs]))
    for name in ("pgen", "pgen plain"):
        if name in speeds:
            ratio = speeds["bed"].median / speeds[name].median
            report.checked(speeds[name], f">= bed / {MAX_PGEN_RATIO}", ratio <= MAX_PGEN_RATIO)
    if agree:
        same = Row("forebear", found["forebear"], "same genotypes in every format", [float(len(agree) == 1)])
        rows.append(report.checked(same, "1", len(agree) == 1))
    return rows
