"""What a series of refits came to, and whether the result belongs among them.

Lives here: the arithmetic that every attempt to refute shares, and its sentences.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.inference import t_quantile
from outcomes.counterfactual.second_look.refit import Refits
from outcomes.findings import CheckResult, State
from outcomes.numbers import show_number

__all__ = ["RefitSummary", "show_level"]

_SURE = 0.9995
"""Two-sided 99.9 %: a sound plan fails by chance once in a thousand attempts."""
_TRIVIAL, _NOTABLE = 0.1, 0.5
"""Shares of the standard error."""
_LOST = 0.2
_STILL = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class RefitSummary:
    """The refits of one series.

    Attributes
    ----------
    values : ndarray of float64, shape (n,)
        Differences, where an estimate exists.
    tried : int
    own, error : float, float or None
        The result and its reported standard error, natural units.
    """

    values: NDArray[np.float64]
    tried: int
    own: float
    error: float | None

    @classmethod
    def of(cls, series: Refits) -> RefitSummary:
        """The summary of a series that has run."""
        values = np.asarray(series.values, dtype=np.float64)
        return cls(values[np.isfinite(values)], values.size, series.subject.own, series.subject.error)

    @property
    def n(self) -> int:
        """How many refits have an estimate."""
        return int(self.values.size)

    @property
    def mean(self) -> float:
        """Their mean."""
        return float(self.values.mean())

    @property
    def spread(self) -> float:
        """Their standard deviation."""
        return float(self.values.std(ddof=1))

    @property
    def monte_carlo(self) -> float:
        """How far their mean may lie from its own mean by chance: ``t(99.9 %; n - 1) sd / sqrt(n)``."""
        return t_quantile(_SURE, self.n - 1) * self.spread / math.sqrt(self.n)

    @property
    def still(self) -> bool:
        """True where no refit differs from another."""
        return float(np.ptp(self.values)) <= _STILL * max(abs(self.own), abs(self.mean), _STILL)

    @property
    def unusable(self) -> bool:
        """True where more than a fifth of the refits have no estimate."""
        return self.n < max((1 - _LOST) * self.tried, 2)

    def too_few(self, name: str) -> CheckResult:
        """The finding that too many refits have no estimate."""
        lost = self.tried - self.n
        sentence = f"In {lost} of {self.tried} refits no estimate exists: the result cannot be tried in this way."
        return CheckResult(name, "not assessable", sentence, True, lost / self.tried, _LOST)

    def moved(self, name: str, did: str) -> CheckResult:
        """Whether the result belongs among refits that ought to find about the same.

        Notes
        -----
        Fails where ``|mean - own|`` is beyond ``t(99.9 %; n - 1) sd sqrt(1 + 1 / n)`` and a
        tenth of the standard error; warns where the mean has moved by more than half of it.
        """
        moved, error = abs(self.mean - self.own), self.error if self.error is not None else 0.0
        limit = max(t_quantile(_SURE, self.n - 1) * self.spread * math.sqrt(1 + 1 / self.n), _TRIVIAL * error)
        state: State = "fail" if moved > limit else "pass"
        if state == "pass" and error and moved > max(_NOTABLE * error, self.monte_carlo):
            state = "warn"
        low, high = show_level(float(self.values.min())), show_level(float(self.values.max()))
        sentence = (
            f"{did} {show_level(self.mean)} on average, from {low} to {high}; the result is {show_level(self.own)}."
        )
        if state == "fail":
            sentence += " It does not belong among them."
        elif state == "warn":
            sentence += " It has moved by more than half of its standard error."
        return CheckResult(name, state, sentence, True, moved, limit)


def show_level(value: float) -> str:
    """`value` for a reader: two decimals from 100 up, four below."""
    return show_number(value, 2 if abs(value) >= 100 else 4)
