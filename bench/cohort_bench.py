"""Local ancestry of a cohort into a folder: memory, CPU seconds, bytes, and what kill -9 does to it."""

import hashlib
import os
import random
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import datasets
import measure
import report
import tools
from report import Row

FIT = Path(__file__).resolve().parent / "fit" / "forebear_cohort.R"
DATA = datasets.SIMULATOR.parents[1] / "data" / "cohort_world"
N_SAMPLES = int(os.environ.get("COHORT_SAMPLES", 240))
BATCH = int(os.environ.get("COHORT_BATCH", 500 if N_SAMPLES > 2000 else 40))
N_KILLS, MAX_MB = 5, 1500
N_KILLED = min(N_SAMPLES, 240)  # samples of the runs that are killed
TARGET, CORES = 500_000, 100  # samples extrapolated to, and processors
GENOME_MB, DATA_MB = 2875, 120  # of 22 chromosomes, and of the three here
FLARE_SECONDS = 169 / 80  # of FLARE 0.6 on the 80 queries of cohort_world, see real_bench.py
# Of RFMix 2 on 10 Mb of 50 queries of lai_continental (510 in the panel; its PEERS.md), for as many Mb as there are here.
RFMIX_SECONDS = 141 / 50 / 10 * DATA_MB


def script(*arguments):
    return ["Rscript", "--vanilla", FIT, DATA, *arguments]


def digest(store):
    """Of names and bytes of all files that are kept."""
    total = hashlib.sha256()
    for path in sorted(Path(store).glob("*.forebear")):
        total.update(path.name.encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


def n_calls(store):
    return len(list(Path(store).glob("store-calls_*.forebear")))


def call(folder, store, batch):
    began = time.time()
    cost = measure.run(script("call", folder, store, batch))
    return cost, time.time() - began


def killed(folder, store, batch, seconds):
    """Kills runs at random moments until N_KILLS were, each later than the last by up to a fifth of `seconds`; then lets one end.
    Returns how many batches were whole at each."""
    moments, whole = random.Random(1), []
    for _ in range(N_KILLS):
        process = subprocess.Popen([str(part) for part in script("call", folder, store, batch)], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, env={**os.environ, **measure.ONE_THREAD}, start_new_session=True)
        # R and the model take a second or two to load.
        time.sleep(2 + moments.uniform(0, seconds / N_KILLS))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        whole.append(n_calls(store))
        print(f"killed with {whole[-1]} batches whole", flush=True)
    call(folder, store, batch)
    return whole


def cohort(_repeats):
    """One run: a cohort is many samples already. COHORT_SAMPLES=10000 is the whole; then fewer are killed."""
    version = tools.missing("forebear")["forebear"]
    if not version or not DATA.exists():
        return []
    with tempfile.TemporaryDirectory() as folder:
        measure.run(script("make", N_SAMPLES, folder))
        about = f"{N_SAMPLES} samples, batches of {BATCH}"
        cost, seconds = call(folder, f"{folder}/store", BATCH)
        facts = dict(line.split("\t") for line in Path(f"{folder}/facts.tsv").read_text().splitlines())
        cpu = float(facts["predict_s"]) / N_SAMPLES
        size = sum(path.stat().st_size for path in Path(f"{folder}/store").iterdir()) / N_SAMPLES
        off = float(subprocess.run([str(part) for part in script("check", folder, f"{folder}/store")], check=True,
                                   capture_output=True, text=True).stdout)
        few, batch = folder, BATCH
        if N_KILLED < N_SAMPLES:
            few, batch = f"{folder}/few", 40
            os.mkdir(few)
            measure.run(script("make", N_KILLED, few))
            _, seconds = call(few, f"{few}/store", batch)
        whole = killed(few, f"{few}/again", batch, seconds)
        equal = digest(f"{few}/again") == digest(f"{few}/store")
        text_size = Path(f"{folder}/query.vcf.gz").stat().st_size / N_SAMPLES

    def row(metric, value):
        return Row("forebear", version, f"{about}: {metric}", [value])

    ours = row("CPU s per sample", cpu)
    peers = [report.against(Row("FLARE", "0.6, before", "80 samples: CPU s per sample", [FLARE_SECONDS]), ours),
             report.against(Row("RFMix", "2, before", "50 samples of lai_continental: CPU s per sample", [RFMIX_SECONDS]), ours)]
    scale = GENOME_MB / DATA_MB
    hours = TARGET * cpu * scale / 3600
    return [
        report.checked(row("peak MB", cost.peak_mb), f"<= {MAX_MB}", cost.peak_mb <= MAX_MB), ours, *peers,
        report.checked(row("largest error of 20 samples' posteriors", off), "<= 1/131070", off <= 1 / 131070),
        row("kB on disk per sample", size / 1e3), row("kB of VCF.gz per sample", text_size / 1e3),
        report.checked(row(f"{N_KILLED} samples killed with {', '.join(map(str, whole))} batches whole: equal bytes", int(equal)), "1", equal),
        row(f"{TARGET} x 22 chromosomes, extrapolated: hours on {CORES} processors", hours / CORES),
        row(f"{TARGET} x 22 chromosomes, extrapolated: GB on disk", TARGET * size * scale / 1e9),
    ]
