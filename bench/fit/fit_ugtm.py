"""fit_ugtm.py SCORES N_SAMPLES MAX_ITERATIONS OUT: the PyPI package `ugtm` at the same settings (its defaults).

Same files as forebear_gtm.R. The package does not say how many iterations it took, so it is asked for as many as
forebear took. Its `runGTM` standardizes columns, so the two functions that it calls are called here.
"""

import sys
import time

import numpy as np
from ugtm.ugtm_gtm import initialize, optimize


def fit(x, k, m, iterations):
    return optimize(x, initialize(x, k, m, 0.3), 0.1, iterations, verbose=False)


path, n_samples, max_iterations, out = sys.argv[1:]
x = np.fromfile(path).reshape(int(n_samples), -1)
fit(x[:10, :3], 4, 2, 5)
before = time.process_time()
model = fit(x, 16, 4, int(max_iterations))
cpu_seconds = time.process_time() - before
np.asarray(model.matMeans).T.tofile(f"{out}.places")
with open(f"{out}.tsv", "w") as file:
    file.write(f"cpu_seconds\t{cpu_seconds}\nvariance\t{float(model.betaInv)!r}\n")
