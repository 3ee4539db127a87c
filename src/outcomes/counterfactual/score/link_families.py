"""What a regression of yes-or-no answers or of counts says of one person, given the linear score.

Lives here: log-likelihood, score and curvature of logit, probit and Poisson.  Does not
live here: how the top of the likelihood is found (`newton.py`).
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["Family", "Link", "family_terms", "mean_of", "slope_of"]

Link = Literal["logit", "probit"]
Family = Literal["logit", "probit", "poisson"]

Terms = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def family_terms(family: Family, y: NDArray[np.float64], linear: NDArray[np.float64]) -> Terms:
    """Log-likelihood, its slope and minus its second derivative in the linear score; each shape (m,).

    Notes
    -----
    Logit: ``y - e`` and ``e(1 - e)``.  Poisson: ``y - mu`` and ``mu``.  Probit with
    ``q = 2y - 1`` and ``l = q phi(q s) / Phi(q s)``: ``l`` and ``l(l + s)``, the observed
    curvature.  The Poisson likelihood leaves out what does not depend on the score.
    """
    if family == "logit":
        small = np.exp(-np.abs(linear))
        above = 1.0 / (1.0 + small)
        height = y * linear - np.maximum(linear, 0.0) - np.log1p(small)
        return height, y - np.where(linear >= 0, above, 1.0 - above), small * above**2
    if family == "probit":
        # scipy.special loads in a tenth of the time of scipy.stats.
        from scipy.special import log_ndtr

        sign = 2 * y - 1
        height = log_ndtr(sign * linear)
        slope = sign * np.exp(-0.5 * linear**2 - 0.5 * np.log(2 * np.pi) - height)
        return height, slope, np.maximum(slope * (slope + linear), 0.0)
    mean = np.exp(np.minimum(linear, 700.0))
    return y * linear - mean, y - mean, mean


def mean_of(family: Family, linear: NDArray[np.float64]) -> NDArray[np.float64]:
    """The expected outcome for each linear score, same shape."""
    if family == "logit":
        # Beyond 700 the exponential has no number, and the mean is 0 or 1 to the last bit long before.
        return np.asarray(np.where(linear < -700.0, 0.0, 1.0 / (1.0 + np.exp(-np.maximum(linear, -700.0)))))
    if family == "probit":
        from scipy.special import ndtr

        return np.asarray(ndtr(linear))
    return np.asarray(np.exp(linear))


def slope_of(family: Family, mean: NDArray[np.float64]) -> NDArray[np.float64]:
    """The derivative of the expected outcome in the linear score, from the expected outcome itself."""
    if family == "logit":
        return mean * (1 - mean)
    if family == "probit":
        from scipy.special import ndtri

        # Nobody's score moves where it is exactly 0 or 1.
        inside = np.clip(mean, 1e-300, 1 - 1e-16)
        return np.asarray(np.exp(-0.5 * ndtri(inside) ** 2) / np.sqrt(2 * np.pi))
    return mean
