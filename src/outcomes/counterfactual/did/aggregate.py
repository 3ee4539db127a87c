"""Averages of group-time effects: over everything, by group, by time since the start, by calendar period.

Lives here: which cells an average is made of and with which weights, the influence of
estimated group sizes included.

References
----------
Callaway & Sant'Anna (2021), section 3; weights and influence are those of ``aggte`` in the
R package did.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.did.group_time import GroupTime
from outcomes.counterfactual.inference import ArmLevels, cluster_sums
from outcomes.counterfactual.objects import VarianceRule
from outcomes.counterfactual.trends.event_study import EventStudy
from outcomes.errors import InputError, Problem, Refused

__all__ = ["Aggregate", "Averages", "average", "event_study", "overall_levels"]

Aggregate = Literal["simple", "group", "dynamic", "calendar"]


@dataclass(frozen=True, slots=True, eq=False)
class _Mean:
    """An average of cells: their weights (c,), and what group sizes change in it, shape (G, c) on the values."""

    weights: NDArray[np.float64]
    sizes: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Averages:
    """An average over everything and those that it is made of.

    Attributes
    ----------
    kind : str
    labels : ndarray of int64, shape (k,)
        Groups (position of the start), periods since the start, or periods; empty for ``simple``.
    estimates : ndarray of float64, shape (k,)
    covariance : ndarray of float64, shape (k, k)
    influence : ndarray of float64, shape (n, k)
        Of each row; squares add up to the variance.
    overall, standard_error : float
        Natural units.
    overall_influence : ndarray of float64, shape (n, 2)
        On the treated and on the counterfactual level.
    treated : float
        The treated level that belongs to ``overall``.
    """

    kind: Aggregate
    labels: NDArray[np.int64]
    estimates: NDArray[np.float64]
    covariance: NDArray[np.float64]
    influence: NDArray[np.float64]
    overall: float
    standard_error: float
    overall_influence: NDArray[np.float64]
    treated: float

    @property
    def standard_errors(self) -> NDArray[np.float64]:
        """Shape (k,)."""
        return np.sqrt(np.diag(self.covariance))


@dataclass(frozen=True, slots=True)
class Window:
    """Which periods since the start count: `balance` keeps groups that were seen that long after it."""

    first: int | None = None
    last: int | None = None
    balance: int | None = None


def average(
    found: GroupTime, kind: Aggregate, cluster: NDArray[np.int64] | None = None, window: Window | None = None
) -> Averages:
    """The average of one kind.

    Parameters
    ----------
    found : GroupTime
    kind : {"simple", "group", "dynamic", "calendar"}
        Simple: every served cell by the size of its group.  Group: each group's mean over
        its periods, then by size.  Dynamic and calendar: at each distance from the start,
        or in each period, by size, then the plain mean of those after the start.
    cluster : ndarray of int64, shape (n,), optional
        Which rows move together; by default those of one unit.
    window : Window, optional

    Raises
    ------
    Refused
        Where no cell after a start has an estimate.
    """
    window = window or Window()
    table = _Table.of(found)
    post = table.usable & (table.event >= 0)
    if window.last is not None:
        post &= table.event <= window.last
    if not post.any():
        raise Refused(Problem("no-cell", "panel", "no group has an effect after its start."))
    labels, parts, whole = _parts(table, kind, post, window)
    unit = found.unit if cluster is None else cluster
    weights = np.stack([part.weights for part in parts], axis=1) if parts else np.zeros((len(found.cells), 0))
    own = found.influence.on_effects(weights)
    for place, part in enumerate(parts):
        own[:, place] += _of_sizes(table, part, table.effects)
    sums = cluster_sums(own, unit) if parts else own
    level, effect = _of_whole(found, table, whole)
    return Averages(
        kind,
        np.array(labels, dtype=np.int64),
        weights.T @ table.effects,
        np.asarray(sums.T @ sums),
        own,
        float(whole.weights @ table.effects),
        float(np.sqrt(np.sum(cluster_sums(effect[:, None], unit) ** 2))),
        np.column_stack([level, level - effect]),
        float(whole.weights @ table.levels),
    )


def _of_whole(found: GroupTime, table: _Table, whole: _Mean) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Each row's influence (n,) on the treated level of the whole, and on its effect."""
    weights = whole.weights[:, None]
    level = found.influence.on_levels(weights)[:, 0] + _of_sizes(table, whole, table.levels)
    effect = found.influence.on_effects(weights)[:, 0] + _of_sizes(table, whole, table.effects)
    return level, effect


def event_study(found: GroupTime, cluster: NDArray[np.int64] | None = None, freedom: float = np.inf) -> EventStudy:
    """The dynamic averages as an event study: the reference left out, every other distance with its covariance."""
    made = average(found, "dynamic", cluster)
    reference = -1 - found.spec.anticipation
    keep = np.flatnonzero(np.diag(made.covariance) > 0)
    return EventStudy(
        made.labels[keep],
        made.estimates[keep],
        made.covariance[np.ix_(keep, keep)],
        found.spec.base,
        freedom,
        reference,
    )


def overall_levels(found: GroupTime, made: Averages, cluster: NDArray[np.int64] | None = None) -> ArmLevels:
    """Both levels of an average with influence by unit.

    Parameters
    ----------
    cluster : ndarray of int64, by unit position, optional
        Sites, where sites were assigned and not units.
    """
    units = np.unique(found.unit)
    influence = cluster_sums(made.overall_influence, found.unit)
    together = units if cluster is None else cluster[units]
    groups = int(np.unique(together).size)
    name = "unit" if cluster is None else "site"
    freedom = max(groups - int(np.unique(found.start).size), 1)
    words = (
        f"Standard error from influence values, clustered on {groups:,} {name}s; "
        f"t with {freedom:,} degrees of freedom ({name}s less groups)."
    )
    rule = VarianceRule("influence", name, float(freedom), words)
    return ArmLevels(made.treated, made.treated - made.overall, units, influence, together, rule)


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """Cells as columns, with the share of each group among all rows."""

    group: NDArray[np.int64]
    period: NDArray[np.int64]
    event: NDArray[np.int64]
    effects: NDArray[np.float64]
    levels: NDArray[np.float64]
    usable: NDArray[np.bool_]
    share: NDArray[np.float64]
    groups: NDArray[np.int64]
    start: NDArray[np.int64]
    last: int

    @classmethod
    def of(cls, found: GroupTime) -> _Table:
        group = np.array([cell.group for cell in found.cells], dtype=np.int64)
        period = np.array([cell.period for cell in found.cells], dtype=np.int64)
        groups, place = np.unique(group, return_inverse=True)
        shares = np.array([(found.start == first).mean() for first in groups])
        measured = found.measured
        effects, levels = np.where(measured, found.effects, 0.0), np.where(np.isfinite(found.levels), found.levels, 0.0)
        return cls(
            group, period, period - group, effects, levels, measured, shares[place], groups, found.start,
            int(period.max()),
        )  # fmt: skip


def _parts(
    table: _Table, kind: Aggregate, post: NDArray[np.bool_], window: Window
) -> tuple[list[int], list[_Mean], _Mean]:
    """What each part is of, the parts, and the whole."""
    if kind == "simple":
        return [], [], _by_size(table, post)
    if kind == "group":
        labels = np.unique(table.group[post]).tolist()
        parts = [_plain(table, post & (table.group == first)) for first in labels]
        return labels, parts, _groups_by_size(table, labels, parts)
    if kind == "calendar":
        labels = np.unique(table.period[post]).tolist()
        parts = [_by_size(table, post & (table.period == when)) for when in labels]
        return labels, parts, _plain_mean(parts)
    usable = table.usable.copy()
    labels = np.unique(table.event[usable]).tolist()
    if window.balance is not None:
        usable &= table.last - table.group >= window.balance
        lowest = window.balance - table.last
        labels = [event for event in labels if lowest <= event <= window.balance]
    labels = [event for event in labels if window.first is None or event >= window.first]
    labels = [event for event in labels if window.last is None or event <= window.last]
    labels = [event for event in labels if (usable & (table.event == event)).any()]
    parts = [_by_size(table, usable & (table.event == event)) for event in labels]
    later = [part for event, part in zip(labels, parts, strict=True) if event >= 0]
    if not later:
        message = "no group was seen that long after its start."
        raise InputError(Problem("balance", "aggregate", message, "Ask for a shorter time."))
    return labels, parts, _plain_mean(later)


def _by_size(table: _Table, keep: NDArray[np.bool_]) -> _Mean:
    """Cells weighted by the size of their group: ``sum p_g v / sum p_g``."""
    total = float(table.share[keep].sum())
    weights = np.where(keep, table.share, 0.0) / total
    sizes = np.stack(
        [
            (mine - mine.sum() * weights) / total
            for mine in ((keep & (table.group == g)).astype(float) for g in table.groups)
        ]
    )
    return _Mean(weights, sizes)


def _plain(table: _Table, keep: NDArray[np.bool_]) -> _Mean:
    """Cells counted alike."""
    return _Mean(keep / keep.sum(), np.zeros((table.groups.size, keep.size)))


def _plain_mean(parts: list[_Mean]) -> _Mean:
    return _Mean(np.mean([part.weights for part in parts], axis=0), np.mean([part.sizes for part in parts], axis=0))


def _groups_by_size(table: _Table, labels: list[int], parts: list[_Mean]) -> _Mean:
    """Means of groups weighted by their size."""
    share = np.array([table.share[table.group == first][0] for first in labels])
    total = float(share.sum())
    weights = np.asarray(sum(part.weights * size / total for part, size in zip(parts, share.tolist(), strict=True)))
    sizes = np.zeros((table.groups.size, weights.size))
    for first, part in zip(labels, parts, strict=True):
        sizes[int(np.searchsorted(table.groups, first))] = (part.weights - weights) / total
    return _Mean(weights, sizes)


def _of_sizes(table: _Table, mean: _Mean, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each row's influence through the estimated sizes of groups, shape (n,): ``(1{g} - p_g) / n`` times the slope."""
    slope = mean.sizes @ values
    shares = np.array([(table.start == first).mean() for first in table.groups])
    place = np.searchsorted(table.groups, table.start)
    inside = place < table.groups.size
    inside[inside] &= table.groups[place[inside]] == table.start[inside]
    own = np.where(inside, slope[np.minimum(place, table.groups.size - 1)], 0.0)
    return np.asarray((own - float(slope @ shares)) / table.start.size)
