"""A slow second engine for M-estimation: stacked equations, their Jacobian by differences; imports no estimator."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import root

Equations = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def solve(equations: Equations, start: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where the sums of all columns of `equations(theta)` (n, p) are zero."""
    found = root(lambda theta: equations(theta).sum(axis=0), start, method="hybr", tol=1e-13)
    return np.asarray(found.x)


def influence(equations: Equations, theta: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each unit's influence (n, p) on the solution: minus psi times the inverse Jacobian of the sums."""
    p = theta.size
    jacobian = np.zeros((p, p))
    for j in range(p):
        step = np.zeros(p)
        step[j] = 1e-5 * max(abs(theta[j]), 1e-2)
        up, down = equations(theta + step).sum(axis=0), equations(theta - step).sum(axis=0)
        jacobian[:, j] = (up - down) / (2 * step[j])
    return -equations(theta) @ np.linalg.inv(jacobian).T
