"""What a two-way effect of a staggered programme is made of, comparison by comparison.

Lives here: the decomposition of Goodman-Bacon (2021), the weights of served
unit-periods, and the finding ``two-way``.  Does not live here: the two-way effect itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.did.panel_shape import served
from outcomes.errors import InputError, Problem, Refused
from outcomes.findings import CheckResult

__all__ = ["Bacon", "BaconPair", "PairKind", "bacon_check", "decompose", "negative_weight"]

PairKind = Literal["treated against never", "earlier against later", "later against earlier", "later against always"]
_FORBIDDEN: tuple[PairKind, ...] = ("later against earlier", "later against always")


@dataclass(frozen=True, slots=True)
class BaconPair:
    """One comparison of two groups in two periods.

    Attributes
    ----------
    kind : str
        ``later against earlier`` and ``later against always`` compare with units already served.
    treated_start, comparison_start : int
        Of the two groups; never is the number of periods, always is 0.
    weight : float
        Share of the two-way effect; all add up to 1.
    estimate : float
        The difference-in-differences of this pair, natural units.
    """

    kind: PairKind
    treated_start: int
    comparison_start: int
    weight: float
    estimate: float


@dataclass(frozen=True, slots=True)
class Bacon:
    """All pairs; the two-way effect is their weighted mean."""

    pairs: tuple[BaconPair, ...]

    @property
    def two_way(self) -> float:
        """The two-way effect without covariates, natural units."""
        return sum(pair.weight * pair.estimate for pair in self.pairs)

    @property
    def forbidden(self) -> float:
        """Share of the weight on comparisons with units already served."""
        return sum(self.weight(kind) for kind in _FORBIDDEN)

    def weight(self, kind: PairKind) -> float:
        """Share of the weight on one kind of comparison."""
        return sum(pair.weight for pair in self.pairs if pair.kind == kind)

    def estimate(self, kind: PairKind) -> float:
        """Weighted mean of the pairs of one kind; NaN where there are none."""
        weight = self.weight(kind)
        if not weight > 0:
            return float("nan")
        return sum(pair.weight * pair.estimate for pair in self.pairs if pair.kind == kind) / weight


@dataclass(frozen=True, slots=True, eq=False)
class _Group:
    start: int
    share: float
    exposed: float
    means: NDArray[np.float64]


def decompose(values: NDArray[np.float64], start: NDArray[np.int64]) -> Bacon:
    """The two-way effect as a weighted mean of comparisons of two groups in two periods.

    Parameters
    ----------
    values : ndarray of float64, shape (n, T)
        Balanced: no value missing.
    start : ndarray of int64, shape (n,)
        Position of the first period served; 0 or below for always, T or above for never.

    Raises
    ------
    InputError
        Where a value is missing or infinite.
    Refused
        Where nobody starts, or all start at once with nobody else.

    Notes
    -----
    With group shares n and shares of periods served D, the weight of k against never is
    ``n_k n_u D_k (1 - D_k)``, of an earlier k against a later l ``n_k n_l (D_k - D_l) (1 - D_k)``,
    of the later against the earlier ``n_k n_l D_l (D_k - D_l)``, each over their sum.

    References
    ----------
    Goodman-Bacon (2021), theorem 1.
    """
    if start.shape != values.shape[:1] or not np.isfinite(values).all():
        message = "the decomposition needs every unit in every period."
        raise InputError(Problem("bacon-balance", "panel", message, "Leave out units with missing values."))
    groups = _groups(values, np.clip(start, 0, values.shape[1]))
    pairs = [pair for k, early in enumerate(groups) for late in groups[k + 1 :] for pair in _pairs(early, late)]
    total = sum(pair.weight for pair in pairs)
    if not total > 0:
        message = "nobody was seen before and after a start next to somebody else."
        raise Refused(Problem("did-cell-empty", "panel", message))
    return Bacon(
        tuple(
            BaconPair(pair.kind, pair.treated_start, pair.comparison_start, pair.weight / total, pair.estimate)
            for pair in pairs
            if pair.weight > 0
        )
    )


def negative_weight(start: NDArray[np.int64], periods: int) -> float:
    """Share of served unit-periods whose own effect counts negatively in the two-way effect.

    Notes
    -----
    In a balanced panel the weight of a unit-period is proportional to its ``D`` less unit and
    period means (de Chaisemartin & D'Haultfoeuille 2020).
    """
    exposed = served(start, periods).astype(np.float64)
    rest = exposed - exposed.mean(axis=1, keepdims=True) - exposed.mean(axis=0) + exposed.mean()
    return float((rest[exposed == 1] < -1e-12).mean())


def bacon_check(values: NDArray[np.float64], start: NDArray[np.int64]) -> CheckResult:
    """The finding ``two-way``: how much of a two-way effect rests on comparisons with people already served.

    ``not applicable`` where all start at once, else ``warn``: with staggered starts a
    two-way effect is never the headline.
    """
    periods = values.shape[1]
    starts = np.unique(start[start < periods])
    if starts.size < 2:
        sentence = "Everyone in the programme starts at once: no comparison is made with people already served."
        return CheckResult("two-way", "not applicable", sentence, number=0.0)
    whole = np.isfinite(values).all(axis=1)
    found = decompose(values[whole], start[whole])
    negative = negative_weight(start[whole], periods)
    sentence = (
        f"With staggered starts a single two-way effect ({found.two_way:.3g}) is shown for information and is never "
        f"the headline: {100 * found.forbidden:.0f} % of it rests on comparing people with others already served, "
        "whose own effect is then taken for what would have happened anyway"
    )
    sentence += f"; {100 * negative:.0f} % of the periods served count negatively." if negative > 0 else "."
    if not whole.all():
        sentence += f" Worked out on the {int(whole.sum()):,} of {whole.size:,} measured in every period."
    return CheckResult("two-way", "warn", sentence, number=float(found.forbidden))


def _groups(values: NDArray[np.float64], start: NDArray[np.int64]) -> list[_Group]:
    """Units of one start together, earliest first."""
    periods = values.shape[1]
    return [
        _Group(int(first), float((start == first).mean()), 1 - first / periods, values[start == first].mean(axis=0))
        for first in np.unique(start)
    ]


def _pairs(early: _Group, late: _Group) -> list[BaconPair]:
    """The comparisons that an earlier and a later (or never served) group make."""
    periods, size = early.means.size, early.share * late.share
    gap, found = early.exposed - late.exposed, []
    if early.start > 0:
        kind: PairKind = "treated against never" if late.start == periods else "earlier against later"
        estimate = _two_by_two(early.means, late.means, early.start, (0, late.start))
        weight = size * gap * (1 - early.exposed)
        found.append(BaconPair(kind, early.start, late.start, weight, estimate))
    if late.start < periods:
        kind = "later against always" if early.start == 0 else "later against earlier"
        estimate = _two_by_two(late.means, early.means, late.start, (early.start, periods))
        found.append(BaconPair(kind, late.start, early.start, size * late.exposed * gap, estimate))
    return found


def _two_by_two(
    treated: NDArray[np.float64], comparison: NDArray[np.float64], start: int, window: tuple[int, int]
) -> float:
    """Difference-in-differences of means before and after `start`, within a window of periods."""
    low, high = window
    difference = treated - comparison
    return float(difference[start:high].mean() - difference[low:start].mean())
