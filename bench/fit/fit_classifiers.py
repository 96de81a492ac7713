"""fit_classifiers.py FOLDER: nearest neighbors and linear SVMs of scikit-learn, the GTM classifier of `ugtm`.

Reads what forebear_classify.R left in FOLDER: the same components, hidden parts and settings. Writes FOLDER/peers.tsv, with the
same names as facts.tsv. What is not installed is left out.
"""

import sys
import time
import warnings
from pathlib import Path

import numpy as np
from sklearn.metrics import f1_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

try:
    from ugtm import eGTC
except ImportError:
    eGTC = None

N_COMPONENTS = 10
KNN_COMPONENTS = 2
GRIDS = {"knn": [{"n_neighbors": n} for n in range(1, 11)], "svm": [{"C": 2.0**power} for power in range(-5, 11)]}
SETTING = {"knn": ("neighbors", "n_neighbors"), "svm": ("cost", "C")}

warnings.filterwarnings("ignore")  # ugtm calls what numpy has renamed
folder = Path(sys.argv[1])
names, label = np.unique((folder / "labels").read_text().split(), return_inverse=True)
folds = np.fromfile(folder / "folds").reshape(-1, len(label)).astype(int) - 1  # repeats x samples
repeats, parts = len(folds), folds.max() + 1
all_scores = np.fromfile(folder / "all").reshape(N_COMPONENTS, -1).T.copy()
within = np.fromfile(folder / "within").reshape(repeats, parts, N_COMPONENTS, -1).transpose(0, 1, 3, 2).copy()


def gtm(scores, train, hidden):
    map_of = eGTC(k=16, m=4, s=0.3, regul=0.1, niter=200, prior="equiprobable")
    return map_of.fit(scores[train], label[train]).predict(scores[hidden])


def knn(scores, train, hidden, n_neighbors=8):
    model = KNeighborsClassifier(n_neighbors=n_neighbors)
    return model.fit(scores[train, :KNN_COMPONENTS], label[train]).predict(scores[hidden, :KNN_COMPONENTS])


def svm(scores, train, hidden, C=1.0):  # noqa: N803: the name that scikit-learn gives it
    return SVC(kernel="linear", C=C).fit(scores[train], label[train]).predict(scores[hidden])


def validated(method, scores_of, **setting):
    """Weighted F1 of every repeat; `scores_of(turn, part)` gives components, samples x components."""
    values = []
    for turn, fold in enumerate(folds):
        predicted = np.empty(len(label), dtype=int)
        for part in range(parts):
            hidden = fold == part
            predicted[hidden] = method(scores_of(turn, part), ~hidden, hidden, **setting)
        values.append(f1_score(label, predicted, average="weighted"))
    return values


facts = {}


def note(treatment, name, values, seconds):
    facts.update({f"f1_{treatment}_{name}_{turn + 1}": value for turn, value in enumerate(values)})
    facts[f"seconds_{treatment}_{name}"] = seconds


for name, method in {"gtm": gtm, "knn": knn, "svm": svm}.items():
    if name == "gtm" and eGTC is None:
        continue
    for treatment, scores_of in {"within": lambda turn, part: within[turn, part], "all": lambda turn, part: all_scores}.items():
        before = time.process_time()
        values = validated(method, scores_of)
        note(treatment, name, values, time.process_time() - before)
    if name in GRIDS:
        before = time.process_time()
        runs = [validated(method, lambda turn, part: all_scores, **setting) for setting in GRIDS[name]]
        best = max(range(len(runs)), key=lambda run: np.mean(runs[run]))
        note("grid", name, runs[best], time.process_time() - before)
        ours, theirs = SETTING[name]
        facts[f"{ours}_grid_{name}"] = GRIDS[name][best][theirs]
(folder / "peers.tsv").write_text("".join(f"{name}\t{value!r}\n" for name, value in facts.items()))
