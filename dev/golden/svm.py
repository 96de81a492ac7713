#!/usr/bin/env python3
"""Numbers of `agrees_with_libsvm` in src/rust/core/src/svm/smo.rs.

Needs scikit-learn, whose SVC is LIBSVM; 1.9.1 with numpy 2.4.6 was used. Prints C, tolerance, the
minimized dual objective, the bias, the number of support vectors and the first decision value.
"""

import numpy as np
from sklearn.svm import SVC

rows = np.arange(80)
x = np.stack([(rows * 37 % 101) / 100, (rows * 53 % 97) / 96], 1)
sign = np.where((rows * 7 % 5 < 2) ^ (x[:, 0] > 0.6), 1, -1)
kernel = np.exp(-((x[:, None] - x[None]) ** 2).sum(2) * 4).astype(np.float32).astype(float)
for cost in [0.5, 20.0]:
    for tolerance in [1e-3, 1e-9]:
        fit = SVC(C=cost, kernel="precomputed", tol=tolerance).fit(kernel, sign, sample_weight=1 + rows % 3)
        beta, support = fit.dual_coef_[0], fit.support_
        objective = 0.5 * beta @ kernel[np.ix_(support, support)] @ beta - np.abs(beta).sum()
        print(cost, tolerance, repr(float(objective)), repr(float(fit.intercept_[0])), len(support),
              fit.decision_function(kernel[:1])[0])
