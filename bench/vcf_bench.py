"""VCF to haplotypes beside bcftools."""

import subprocess
import sys
import tempfile
from pathlib import Path

import datasets
import measure
import report
import tools
from report import Row

HERE = Path(__file__).resolve().parent
N_SAMPLES, N_VARIANTS, SEED = 1000, 50_000, 1
MIN_RATIO = 5  # bcftools' CPU seconds over forebear's, so forebear's variants per second over bcftools'


def simulated():
    """Path of the simulated VCF, compressed by bgzip; made if it is not there yet."""
    path = datasets.DATA / f"phased_{N_SAMPLES}x{N_VARIANTS}.vcf.gz"
    if not path.is_file():
        print(f"simulating {path.name}", flush=True)
        path.parent.mkdir(exist_ok=True)
        part = path.with_suffix(".part")
        command = [sys.executable, HERE / "simulate_vcf.py", *map(str, (N_SAMPLES, N_VARIANTS, SEED))]
        with open(part, "wb") as out, subprocess.Popen(command, stdout=subprocess.PIPE) as simulator:
            subprocess.run(["bgzip", "-c"], stdin=simulator.stdout, stdout=out, check=True)
        if simulator.returncode != 0:
            sys.exit("run.py: simulate_vcf.py failed")
        part.rename(path)
    return path


def bcftools_query(path, out):
    """Every genotype as text; bcftools opens no thread of its own for this."""
    return ["sh", "-c", f"bcftools query -f '[%GT]\\n' '{path}' > '{out}'"]


def vcf(repeats):
    """CPU seconds for the same genotypes, tools taking turns; first, the alleles must have the same sum."""
    found = tools.missing("forebear", "bcftools", "bgzip")
    if not (found["bcftools"] and found["bgzip"]):
        return []
    path = simulated()
    whole, reading, theirs, start = [], [], [], []
    with tempfile.TemporaryDirectory() as folder:
        facts, text = Path(folder) / "facts", Path(folder) / "text"
        for repeat in range(1, repeats + 1):
            if found["forebear"]:
                start.append(measure.run(["Rscript", "--vanilla", "-e", "library(forebear)"]).cpu_seconds)
                command = ["Rscript", "--vanilla", HERE / "fit" / "forebear_vcf.R", path, facts]
                whole.append(measure.run(command).cpu_seconds)
                reading.append(float(facts.read_text().split()[0]))
            theirs.append(measure.run(bcftools_query(path, "/dev/null")).cpu_seconds)
            print(f"round {repeat} of {repeats} done", flush=True)
        measure.run(bcftools_query(path, text))
        n_alternate = text.read_bytes().count(b"1")
        if found["forebear"]:
            _, n_samples, n_variants, total = map(float, facts.read_text().split())
            if (n_samples, n_variants, total) != (N_SAMPLES, N_VARIANTS, n_alternate):
                raise RuntimeError("forebear and bcftools do not read the same alleles")
    return rows(found, whole, reading, theirs, start)


def rows(found, whole, reading, theirs, start):
    peer = Row("bcftools query", found["bcftools"], "CPU s", theirs)
    if not found["forebear"]:
        return [peer]
    ours = Row("forebear", found["forebear"], "CPU s of read_phased_vcf", reading)
    report.against(peer, ours, MIN_RATIO)
    speed = [Row(row.tool, row.version, "variants / CPU s", [N_VARIANTS / value for value in row.values])
             for row in (ours, peer)]
    return [ours, peer, *speed,
            Row("forebear", found["forebear"], "CPU s with R, and as.matrix() for the check", whole),
            Row("R + library", found["forebear"], "CPU s", start)]
