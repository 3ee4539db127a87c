"""An event study as arrays: the effect at each distance from the start, with its covariance.

Lives here: the object that the checks of trends read, and what is wrong with one.  Does
not live here: how the estimates were made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from outcomes.errors import InputError, Problem

__all__ = ["EventStudy", "require_sound"]


@dataclass(frozen=True, slots=True, eq=False)
class EventStudy:
    """Estimates by distance from the start; the reference period is left out.

    Attributes
    ----------
    times : ndarray of int64, shape (k,)
        Periods since the start, ascending; 0 is the first period served.
    estimates : ndarray of float64, shape (k,)
        Natural units, treated minus counterfactual; before the start the leads.
    covariance : ndarray of float64, shape (k, k)
    base : {"universal", "varying"}
        Universal: every estimate is against the reference period.  Varying: each lead is
        the change from the period before.
    degrees_of_freedom : float
        Of the t distribution; ``inf`` for the normal.
    reference : int
        The period that all others are compared with, in periods since the start.
    """

    times: NDArray[np.int64]
    estimates: NDArray[np.float64]
    covariance: NDArray[np.float64]
    base: Literal["universal", "varying"]
    degrees_of_freedom: float
    reference: int = -1

    @property
    def leads(self) -> NDArray[np.bool_]:
        """Which entries lie before the start, shape (k,)."""
        return self.times < min(0, self.reference + 1)

    @property
    def standard_errors(self) -> NDArray[np.float64]:
        """Shape (k,)."""
        return np.sqrt(np.diag(self.covariance))


def require_sound(study: EventStudy) -> None:
    """Stop where the arrays of an event study do not fit together.

    Raises
    ------
    InputError
        For shapes, order, values that are no numbers, or a covariance that is none.
    """
    k = study.times.size
    found: list[tuple[str, str]] = []
    if study.estimates.shape != (k,) or study.covariance.shape != (k, k):
        found.append(("event-study-shape", "times, estimates and covariance differ in length."))
    else:
        if (np.diff(study.times) <= 0).any() or study.reference in study.times:
            found.append(("event-study-times", "times must ascend, each once, without the reference period."))
        if not (np.isfinite(study.estimates).all() and np.isfinite(study.covariance).all()):
            found.append(("event-study-values", "an estimate or a covariance is not a number."))
        elif not _is_covariance(study.covariance):
            found.append(("event-study-covariance", "the covariance is not symmetric with variances above zero."))
    if study.base not in ("universal", "varying"):
        found.append(("event-study-base", f"the base is universal or varying, not {study.base}."))
    if found:
        raise InputError([Problem(code, "event study", message) for code, message in found])


def _is_covariance(matrix: NDArray[np.float64]) -> bool:
    """Symmetric, each variance above zero, no direction with a negative one."""
    spread = np.diag(matrix)
    if not matrix.size:
        return True
    if not (spread > 0).all() or not np.allclose(matrix, matrix.T, rtol=1e-8, atol=1e-10 * spread.max()):
        return False
    scale = np.sqrt(np.outer(spread, spread))
    return bool(np.linalg.eigvalsh(matrix / scale).min() > -1e-8)
