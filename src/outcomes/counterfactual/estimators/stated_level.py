"""The programme's people against levels that are stated, with what is known of their sampling error.

Lives here: the arithmetic, for one level or one for each area, as they stand or moved by
expected outcomes.  Does not live here: which level belongs to whom (`level_estimate.py`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.estimators.sparse import share_variance
from outcomes.counterfactual.inference import ArmLevels
from outcomes.counterfactual.objects import VarianceRule

__all__ = ["AgainstStated", "StatedGroups", "against_stated", "share_error", "together_by_site"]

_FEW = 10


@dataclass(frozen=True, slots=True, eq=False)
class StatedGroups:
    """Levels that are stated, one for each of g groups of people.

    Attributes
    ----------
    names : tuple of str, length g
    level : ndarray of float64, shape (g,)
        Natural units.
    error : ndarray of float64, shape (g,)
        Standard error of the level; NaN where nothing says how well it is known.
    freedom : ndarray of float64, shape (g,)
        Degrees of freedom of that error; ``inf`` where it is stated.
    expected : ndarray of float64, shape (g,), or None
        Mean of expected outcomes among the people of the level, held fixed.
    """

    names: tuple[str, ...]
    level: NDArray[np.float64]
    error: NDArray[np.float64]
    freedom: NDArray[np.float64]
    expected: NDArray[np.float64] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class AgainstStated:
    """Both levels, and what the error of each stated level adds to the second.

    Attributes
    ----------
    levels : ArmLevels
        ``influence`` is that of the programme's people alone.
    outside : ndarray of float64, shape (g,)
        Standard deviation that each stated level brings into the counterfactual level,
        independent of each other; NaN where it is not known.
    freedom : float
        Of the difference, by Welch and Satterthwaite.
    """

    levels: ArmLevels
    outside: NDArray[np.float64]
    freedom: float

    @property
    def standard_error(self) -> float:
        """Of the difference, in natural units; NaN where an error is not known."""
        return math.sqrt(self.levels.standard_error**2 + float(np.sum(self.outside**2)))


def share_error(share: float, people: int) -> float:
    """Standard error of a share of so many people: binomial; Agresti and Caffo's where under 10 did or did not.

    Examples
    --------
    >>> round(share_error(0.5, 100), 12)
    0.05
    """
    events = share * people
    if min(events, people - events) < _FEW:
        return math.sqrt(share_variance(events, people))
    return math.sqrt(share * (1 - share) / people)


def against_stated(
    y: NDArray[np.float64],
    group: NDArray[np.int64],
    stated: StatedGroups,
    expected: NDArray[np.float64] | None = None,
) -> AgainstStated:
    """The mean of `y` against the mean of the stated levels of its people's groups.

    Parameters
    ----------
    y : ndarray of float64, shape (m,)
    group : ndarray of int64, shape (m,)
        Which stated level is each person's.
    stated : StatedGroups
    expected : ndarray of float64, shape (m,), optional
        Expected outcome of each person; needs ``stated.expected``.

    Notes
    -----
    ``mu_1 = mean(y)`` and ``mu_0 = mean(L_g)``, the mix of groups held.  By expected
    outcomes ``mu_0 = mean(L_g / E_g * e_i)``: each level moved by how much more was
    expected of these people than of those it was counted on (indirect standardisation,
    Inskip, Beral, Fraser & Haskey 1983); then the mix of people is part of the sampling
    error.  Programme's variance ``s^2 / m``; rare yes-or-no outcomes as in `sparse.py`.
    Each level adds ``(sum over its people of e_i / E_g / m) SE_g``.
    """
    m = y.size
    influence: NDArray[np.float64] = np.zeros((m, 2))
    influence[:, 0], freedom, rule = _programme(y)
    size = np.ones(m) if expected is None or stated.expected is None else expected / stated.expected[group]
    compared = stated.level[group] * size
    level = float(compared.mean())
    if expected is not None:
        influence[:, 1] = (compared - level) / m * _unbiased(m)
    outside = np.bincount(group, weights=size, minlength=stated.level.size) / m * stated.error
    outside[np.bincount(group, minlength=stated.level.size) == 0] = 0.0
    own = np.arange(m, dtype=np.int64)
    levels = ArmLevels(float(y.mean()), level, own, influence, own, rule)
    return _with_freedom(AgainstStated(levels, outside, freedom), freedom, stated.freedom)


def together_by_site(found: AgainstStated, site: NDArray[np.int64], stated: StatedGroups) -> AgainstStated:
    """The same with the people of one site (m,) moving together: times ``sqrt(G / (G - 1))``, G - 1 degrees."""
    groups = int(np.unique(site).size)
    words = f"{found.levels.rule.words} Clustered on {groups:,} sites."
    rule = replace(found.levels.rule, cluster="site", words=words)
    influence = found.levels.influence * math.sqrt(groups / max(groups - 1, 1))
    levels = replace(found.levels, influence=influence, cluster=site, rule=rule)
    return _with_freedom(replace(found, levels=levels), float(max(groups - 1, 1)), stated.freedom)


def _programme(y: NDArray[np.float64]) -> tuple[NDArray[np.float64], float, VarianceRule]:
    """Influence (m,) on the programme's mean, its degrees of freedom, and the rule."""
    n, events = y.size, float(y.sum())
    if bool(((y == 0) | (y == 1)).all()) and min(events, n - events) < _FEW:
        shape = y - (events + 1) / (n + 2)
        words = "Rare outcome: standard error from shares with one event and one non-event added (Agresti-Caffo)."
        scaled = shape * math.sqrt(share_variance(events, n) / float(shape @ shape))
        return scaled, math.inf, VarianceRule("agresti-caffo", "", math.inf, words)
    words = "Standard error from the spread between the programme's people and what is stated of the level."
    return (y - y.mean()) / n * _unbiased(n), float(max(n - 1, 1)), VarianceRule("hc2", "", math.inf, words)


def _unbiased(n: int) -> float:
    return math.sqrt(n / max(n - 1, 1))


def _with_freedom(found: AgainstStated, programme: float, stated: NDArray[np.float64]) -> AgainstStated:
    """The result with the degrees of freedom of its sum of variances, also in its rule."""
    parts = np.append(found.outside**2, found.levels.standard_error**2)
    each = np.append(stated, programme)
    below = float(np.sum(np.where(np.isfinite(each), parts**2 / np.where(np.isfinite(each), each, 1.0), 0.0)))
    total = float(parts.sum())
    freedom = total**2 / below if below > 0 else math.inf
    rule = replace(found.levels.rule, degrees_of_freedom=freedom)
    return replace(found, levels=replace(found.levels, rule=rule), freedom=freedom)
