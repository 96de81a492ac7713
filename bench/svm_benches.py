"""String kernels and SVMs of one window beside numpy and scikit-learn."""

import json
import subprocess
import tempfile
import time
from pathlib import Path

import report
import tools
from report import Row

KERNELS = Path(__file__).resolve().parent / "kernels"
N_PER_POPULATION, N_POPULATIONS, N_VARIANTS = 300, 4, 150
TOLERANCE, COSTS = 1e-3, (1, 10)
MIN_RATIO = 3  # scikit-learn's CPU seconds over forebear's, for the same pairs
CLOSE = 1e-6  # greatest difference of a dual objective, relative, by which forebear's may be worse


def simulated(seed):
    """Populations (n) and alleles (n x variants): mosaics of 40 founders for each population, a third of
    them shared with the next one, with one allele in fifty changed."""
    import numpy as np
    random = np.random.default_rng(seed)
    founders = random.integers(0, 2, (N_POPULATIONS, 40, N_VARIANTS), dtype=np.uint8)
    for population in range(1, N_POPULATIONS):
        founders[population, :13] = founders[population - 1, -13:]
    population = np.repeat(np.arange(N_POPULATIONS, dtype=np.uint8), N_PER_POPULATION)
    alleles = np.empty((len(population), N_VARIANTS), np.uint8)
    for row, own in zip(alleles, population):
        cuts = np.sort(random.integers(1, N_VARIANTS, 2))
        for start, end in zip([0, *cuts], [*cuts, N_VARIANTS]):
            row[start:end] = founders[own, random.integers(40), start:end]
    return population, alleles ^ (random.random(alleles.shape) < 0.02)


def numpy_kernel(alleles):
    """Kernels of all pairs and CPU seconds: runs grown over variants, for one row against all."""
    import numpy as np
    out = np.empty((len(alleles), len(alleles)), np.float32)
    start = time.process_time()
    columns = np.ascontiguousarray(alleles.T)
    for row, haplotype in enumerate(alleles):
        run = np.zeros(len(alleles), np.uint16)
        total = np.zeros(len(alleles), np.uint32)
        for variant, allele in enumerate(haplotype):
            run += 1
            run *= columns[variant] == allele
            total += run
        out[row] = total
    spent = time.process_time() - start
    return out / (N_VARIANTS * (N_VARIANTS + 1) / 2), spent


def sklearn_pair(kernel, population, first, second, cost):
    """Minimized dual objective and CPU seconds, rows taken from the kernel matrix included."""
    import numpy as np
    from sklearn.svm import SVC
    start = time.process_time()
    member = np.flatnonzero((population == first) | (population == second))
    own = kernel[np.ix_(member, member)].astype(float)
    fit = SVC(C=cost, kernel="precomputed", tol=TOLERANCE, cache_size=1000).fit(own, population[member] == first)
    spent = time.process_time() - start
    beta, support = fit.dual_coef_[0], fit.support_
    return 0.5 * beta @ own[np.ix_(support, support)] @ beta - np.abs(beta).sum(), spent


def ours(binary, folder, population, alleles, cost):
    """Kernel matrix, nanoseconds of kernel, byte loop and all pairs, and the objective of every pair."""
    import numpy as np
    window, kernels = Path(folder) / "window", Path(folder) / "kernels"
    window.write_bytes(np.array(alleles.shape, "<u4").tobytes() + population.tobytes() + alleles.tobytes())
    out = subprocess.run([binary, window, kernels, str(cost), str(TOLERANCE)], capture_output=True, text=True, check=True)
    lines = [line.split() for line in out.stdout.splitlines()]
    spent = {line[0]: int(line[1]) for line in lines if len(line) == 2}
    pairs = {(int(line[1]), int(line[2])): float(line[3]) for line in lines if line[0] == "pair"}
    return np.fromfile(kernels, "<f4").reshape(len(alleles), -1), spent, pairs


def kernels_svm(repeats):
    """Kernel pairs per second, and CPU time of the same pairs of populations, costs 1 and 10."""
    found = tools.missing("cargo", "scikit-learn", "numpy")
    if not all(found.values()):
        return []
    import numpy as np
    subprocess.run(["cargo", "build", "--release", "--locked", "--quiet", "--bin", "svm"], cwd=KERNELS, check=True)
    target = subprocess.run(["cargo", "metadata", "--format-version", "1", "--no-deps"], cwd=KERNELS, check=True,
                            capture_output=True, text=True).stdout
    binary = Path(json.loads(target)["target_directory"]) / "release" / "svm"
    kernel, naive, plain, solved, peer, worse = [], [], [], [], [], []
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(1, repeats + 1):
            population, alleles = simulated(seed)
            n_pairs = len(alleles) ** 2
            want, spent = numpy_kernel(alleles)
            plain.append(n_pairs / spent)
            own_time = peer_time = 0.0
            for cost in COSTS:
                got, nanoseconds, pairs = ours(binary, folder, population, alleles, cost)
                assert np.abs(got - want).max() < 1e-6, "kernels differ"
                kernel.append(1e9 * n_pairs / nanoseconds["kernel"])
                naive.append(1e9 * n_pairs / nanoseconds["naive"])
                own_time += nanoseconds["pairs"] / 1e9
                for (first, second), objective in pairs.items():
                    theirs, seconds = sklearn_pair(got, population, first, second, cost)
                    peer_time += seconds
                    worse.append((objective - theirs) / abs(theirs))
            solved.append(own_time)
            peer.append(peer_time)
            print(f"round {seed} of {repeats} done", flush=True)
    version, size = tools.forebear() or "core", f"{len(alleles)} haplotypes x {N_VARIANTS} variants"
    library = f"{found['scikit-learn']}, numpy {found['numpy']}"
    own = Row("forebear", version, "seconds for all pairs", solved)
    return [
        Row("forebear", version, f"kernel pairs/s, {size}", kernel),
        Row("byte loop in Rust", "-", f"kernel pairs/s, {size}", naive),
        Row("numpy", found["numpy"], f"kernel pairs/s, {size}", plain),
        report.checked(Row("forebear", version, "dual objective above scikit-learn's, relative", [max(worse)]),
                      f"<= {CLOSE:g}", max(worse) <= CLOSE),
        own,
        report.against(Row("scikit-learn SVC", library, "seconds for all pairs", peer), own, MIN_RATIO),
    ]
