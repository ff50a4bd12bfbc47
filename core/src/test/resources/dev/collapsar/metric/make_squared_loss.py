"""The parts of the squared loss by the formulas of Han, Papyan and Donoho's notebook, for SquaredLossTest."""

import numpy as np

LAM = 0.01
C, D, N = 3, 2, 12
y = np.arange(N) % C
X = np.sin(1 + 3 * np.arange(N * D)).reshape(N, D)
W = np.array([[1, -0.5], [0.25, 0.75], [-1, 0.125]])
b = np.array([0.1, -0.2, 0.3])

M = np.stack([X[y == c].mean(0) for c in range(C)]).T  # (D,C)
muG = M.mean(1, keepdims=True)  # (D,1)
Mc = M - muG
Sw = sum(np.outer(x - M[:, c], x - M[:, c]) for x, c in zip(X, y)) / N
St = Sw + Mc @ Mc.T / C
inv = np.linalg.inv(St + LAM / (LAM + 1) * (muG @ muG.T) + LAM * np.eye(D))
w_LS = (M.T - muG.T / (1 + LAM)) @ inv / C
b_LS = (np.ones(C) / C - w_LS @ muG[:, 0]) / (1 + LAM)
LNC1 = 0.5 * (np.trace(w_LS @ (Sw + LAM * np.eye(D)) @ w_LS.T) + LAM * np.linalg.norm(b_LS) ** 2)
LNC23 = 0.5 / C * np.linalg.norm(w_LS @ M + b_LS[:, None] - np.eye(C)) ** 2
A = np.block([[St + muG @ muG.T + LAM * np.eye(D), muG], [muG.T, np.ones((1, 1)) + LAM]])
d = np.column_stack([W, b]) - np.column_stack([w_LS, b_LS])
print([float(v) for v in (LNC1, LNC23, 0.5 * np.trace(d @ A @ d.T))])
