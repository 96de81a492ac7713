"""fit_ugtm.py SCORES N_SAMPLES MAX_ITERATIONS OUT: the PyPI package `ugtm` at the same settings (its defaults).

Same files as forebear_gtm.R. The package does not say how many iterations it took, so it is asked for as many as
forebear took.
"""

import sys
import time

import numpy as np
import ugtm

path, n_samples, max_iterations, out = sys.argv[1:]
x = np.fromfile(path).reshape(int(n_samples), -1)
ugtm.runGTM(x[:10, :3], k=4, m=2, niter=5)
before = time.process_time()
model = ugtm.runGTM(x, k=16, m=4, s=0.3, regul=0.1, niter=int(max_iterations))
cpu_seconds = time.process_time() - before
np.asarray(model.matMeans).T.tofile(f"{out}.places")
with open(f"{out}.tsv", "w") as file:
    file.write(f"cpu_seconds\t{cpu_seconds}\nvariance\t{float(model.betaInv)!r}\n")
