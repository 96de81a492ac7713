#!/usr/bin/env python3
"""Maps of ugtm for the inputs in src/rust/core/tests/golden and tests/testthat/golden.

Usage: python3 dev/golden/gtm.py. Needs ugtm; 2.3.0 with numpy 2.4.6 and scikit-learn 1.9.1 was used.

Settings: 16 x 16 nodes, 4 x 4 basis functions, width 0.3, regularization 0.1, at most 200 iterations. Inputs are used
as given. The two axes of the start have their entry of largest absolute value positive: ugtm leaves the signs to
scikit-learn, so its PCA is replaced here by one that applies the rule. Outputs are rounded to 12 decimals; traces are not.
The column mean_log_likelihood is not of ugtm (its "Err" is no likelihood) but of the formula in log_likelihood().
"""

from pathlib import Path

import numpy as np
from scipy.special import logsumexp
from sklearn.decomposition import PCA
from ugtm import ugtm_core, ugtm_gtm, ugtm_landscape, ugtm_predictions

TOP = Path(__file__).resolve().parents[2]
CORE = TOP / "src/rust/core/tests/golden"
R = TOP / "tests/testthat/golden"
# What the tests of R read; those of the core read everything but group posteriors.
FOR_R = {
    "iris": ["Yinit", "trace", "coords", "classmap_estimated", "classmap_equiprobable"],
    "wine": ["trace", "coords", "classmap_estimated", "classmap_equiprobable"],
    "sim20": ["test_coords", "test_posterior_estimated",
              "test_posterior_equiprobable", "group_posterior_estimated", "group_posterior_equiprobable"],
}


class SignedPCA(PCA):
    def fit(self, x, y=None):
        super().fit(x, y)
        largest = np.abs(self.components_).argmax(axis=1)
        signs = np.sign(self.components_[np.arange(len(largest)), largest])
        self.components_ = self.components_ * signs[:, None]
        return self


def number(value, decimals=12):
    if isinstance(value, str):
        return value
    value = float(value) if decimals is None else round(float(value), decimals) + 0.0
    return repr(value).removesuffix(".0")


def write(case, kind, header, rows, decimals=12):
    lines = [",".join(header)] + [",".join(number(x, decimals) for x in row) for row in rows]
    for folder in [CORE] * (not kind.startswith("group")) + [R] * (kind in FOR_R[case]):
        (folder / f"{case}_{kind}.csv").write_text("\n".join(lines) + "\n")


def read(name):
    rows = [line.split(",") for line in (CORE / f"{name}.csv").read_text().splitlines()[1:]]
    return [row[0] for row in rows], [row[1] for row in rows], np.array([row[2:] for row in rows], dtype=float)


def log_likelihood(centers, variance, x):
    """Mean over samples of log (1/K) sum over nodes of the Gaussian density of variance `variance`."""
    d = x.shape[1]
    squared = ugtm_core.createDistanceMatrix(centers, x)
    density = logsumexp(-squared / (2 * variance), axis=0) - np.log(len(squared))
    return np.mean(density - d / 2 * np.log(2 * np.pi * variance))


def trace(x, start):
    """ugtm's iterations one by one: its optimize() keeps none of them."""
    y, variance, rows, still, before = start.matY, start.betaInv, [], 0, None
    while len(rows) < 200 and still < 4:
        likelihood = log_likelihood(y, variance, x)
        p = ugtm_core.createPMatrix(ugtm_core.createDistanceMatrix(y, x), variance, x.shape[1])
        r = ugtm_core.createRMatrix(p)
        w = ugtm_core.optimWMatrix(r, start.matPhiMPlusOne, ugtm_core.createGMatrix(r), x, variance, 0.1)
        y = ugtm_core.createYMatrix(w, start.matPhiMPlusOne)
        variance = ugtm_core.optimBetaInv(r, ugtm_core.createDistanceMatrix(y, x), x.shape[1])
        error = ugtm_core.computelogLikelihood(p, variance, x.shape[1])
        still = still + 1 if before is not None and abs(before - error) <= 0.0001 else 0
        before = error
        rows.append([len(rows) + 1, error, likelihood, variance])
    return rows


def new_samples(case, fit, labels):
    ids, groups, x = read(f"{case}_test_input")
    placed = ugtm_gtm.projection(fit, x)
    write(case, "test_coords", COORDINATES, np.hstack([placed.matMeans, placed.matModes]))
    for prior in ["estimated", "equiprobable"]:
        got = ugtm_predictions.advancedPredictBayes(fit, np.array(labels), x, prior)
        classes = list(got["uniqClasses"])
        best = [classes[i] for i in got["indiv_predictions"]]
        rows = [[i, g, b, *p] for i, g, b, p in zip(ids, groups, best, got["indiv_probabilities"])]
        write(case, f"test_posterior_{prior}", ["id", "label", "pred", *classes], rows)
        rows = []
        for group in sorted(set(groups)):
            of_group = x[np.array(groups) == group]
            got = ugtm_predictions.advancedPredictBayes(fit, np.array(labels), of_group, prior)
            rows.append([group, *got["group_probabilities"]])
        write(case, f"group_posterior_{prior}", ["group", *classes], rows)


COORDINATES = ["mean1", "mean2", "mode1", "mode2"]
ugtm_gtm.PCA = SignedPCA
for case in FOR_R:
    ids, labels, x = read(f"{case}_input")
    start = ugtm_gtm.initialize(x, 16, 4, 0.3)
    fit = ugtm_gtm.optimize(x, start, 0.1, 200, verbose=False)
    dimensions = [f"x{j + 1}" for j in range(x.shape[1])]
    write(case, "Yinit", dimensions, start.matY.T)
    rows = trace(x, start)
    assert rows[-1][3] == fit.betaInv
    write(case, "trace", ["iteration", "ugtm_err", "mean_log_likelihood", "variance"], rows, None)
    write(case, "Y", dimensions, fit.matY.T)
    write(case, "W", dimensions, fit.matW.T)
    write(case, "coords", COORDINATES, np.hstack([fit.matMeans, fit.matModes]))
    write(case, "R_first20", [f"node{j}" for j in range(256)], fit.matR[:20])
    for prior in ["estimated", "equiprobable"]:
        found = ugtm_landscape.classMap(fit, np.array(labels), prior)
        write(case, f"classmap_{prior}", list(found.uniqClasses), found.nodeClassP)
    if case == "sim20":
        new_samples(case, fit, labels)
    print(case, len(rows), "iterations")
