"""fit_pcha.py SCORES N_SAMPLES K SEED OUT: the PyPI package `py_pcha` as it comes.

Same files as forebear_archetypes.R; the rss is measured from the weights and archetypes, not taken from the package.
"""

import sys
import time

import numpy as np
from py_pcha import PCHA

# py_pcha 0.1.3 still calls this by the name that NumPy 2 dropped.
if not hasattr(np, "mat"):
    np.mat = np.asmatrix

path, n_samples, k, seed, out = sys.argv[1:]
x = np.fromfile(path).reshape(int(n_samples), -1)
# It draws its first archetype from 1..n, one too far: with this seed the warm-up does not meet that.
np.random.seed(1)
PCHA(x[:10, :2].T, noc=3)
np.random.seed(int(seed))
before = time.process_time()
archetypes, weights, *_ = PCHA(x.T, noc=int(k))
cpu_seconds = time.process_time() - before
archetypes, weights = np.asarray(archetypes), np.asarray(weights)
rss = ((x.T - archetypes @ weights) ** 2).sum()
weights.astype(float).tofile(f"{out}.q")
with open(f"{out}.tsv", "w") as file:
    file.write(f"cpu_seconds\t{cpu_seconds}\nrss\t{rss}\n")
