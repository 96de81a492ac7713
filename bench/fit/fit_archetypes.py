"""fit_archetypes.py SCORES N_SAMPLES K SEED OUT METHOD: the PyPI package `archetypes`, otherwise at its defaults.

METHOD "pgd" is its default and reaches the lower rss, "nnls" is its fastest on these data. The start is the furthest
sum, as forebear's; the default start ends in the same optimum and "aa_plus_plus" of version 0.12.2 stops with an error.
Same files as forebear_archetypes.R; the rss is measured from the weights and archetypes, not taken from the package.
"""

import sys
import time

import numpy as np
from archetypes import AA


def fit(x, k, seed, method):
    model = AA(n_archetypes=k, init="furthest_sum", method=method, random_state=seed)
    model.fit(x)
    return model


path, n_samples, k, seed, out, method = sys.argv[1:]
x = np.fromfile(path).reshape(int(n_samples), -1)
fit(x[:10, :2], 3, 1, method)
before = time.process_time()
model = fit(x, int(k), int(seed), method)
cpu_seconds = time.process_time() - before
weights = np.asarray(model.coefficients_)
rss = ((x - weights @ model.archetypes_) ** 2).sum()
weights.T.tofile(f"{out}.q")
with open(f"{out}.tsv", "w") as file:
    file.write(f"cpu_seconds\t{cpu_seconds}\nrss\t{rss}\niterations\t{len(model.loss_)}\n")
