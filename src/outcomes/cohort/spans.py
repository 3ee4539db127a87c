"""Spans of days as they were delivered, and which of them stand after corrections.

Nothing is counted here (see `days.py`).  A provider's own reference names a span of one
person: what a later delivery says under it replaces what earlier ones said.  Spans without a
reference can only be joined: no later delivery can take such a day back, and none is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomes.numbers import read_only
from outcomes.records.objects import Records

__all__ = ["DeliveredSpans", "Spans", "StandingSpans", "delivered_spans", "observed_spans", "standing_spans"]

OBSERVED = "observed"
"""What `observed_spans` calls its one kind of span."""


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """Spans of days of people; both ends are included.

    Attributes
    ----------
    person : ndarray of str objects, shape (m,)
        Raw identifiers.
    event : ndarray of str objects, shape (m,)
    first : ndarray of datetime64[D], shape (m,)
    last : ndarray of datetime64[D], shape (m,)
        NaT where the span is still open.
    ref : ndarray of str objects, shape (m,)
        The provider's own reference of the span; None where there is none.
    """

    person: NDArray[np.object_]
    event: NDArray[np.object_]
    first: NDArray[np.datetime64]
    last: NDArray[np.datetime64]
    ref: NDArray[np.object_]

    @property
    def size(self) -> int:
        """How many spans there are."""
        return int(self.person.shape[0])

    def take(self, keep: NDArray[np.bool_]) -> Spans:
        """The spans where `keep`, shape (m,), is True."""
        columns = (self.person, self.event, self.first, self.last, self.ref)
        return Spans(*(read_only(column[keep]) for column in columns))


@dataclass(frozen=True, slots=True, eq=False)
class DeliveredSpans:
    """The spans of one delivery.

    Attributes
    ----------
    spans : Spans
    extracted : date
        The day up to which the delivery knows.
    cumulative : bool
        True when it holds everything so far, and so stands for all deliveries before it;
        False when it holds this period only.
    """

    spans: Spans
    extracted: date
    cumulative: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class StandingSpans:
    """What several deliveries come to.

    Attributes
    ----------
    spans : Spans
        In no order that matters; they may overlap.
    extracted : date
        The day up to which the last delivery knows.
    replaced : int
        Spans that a later span of the same person and reference replaced.
    contradicting : int
        Spans left out because one delivery says different things under one reference.
    """

    spans: Spans
    extracted: date
    replaced: int
    contradicting: int


def standing_spans(deliveries: Sequence[DeliveredSpans]) -> StandingSpans:
    """The spans that stand after `deliveries`, in the order in which they came.

    A cumulative delivery stands for all before it.  From there on the latest delivery of a
    person's reference wins, under whatever event it now stands; to take a span back, its
    reference is delivered again under an event that the contract does not name.  An open
    span with a reference stays open until it is replaced; one without is known only up to
    the day of its own extract.

    Parameters
    ----------
    deliveries : sequence of DeliveredSpans, at least one

    Raises
    ------
    ValueError
        If there is no delivery.

    Examples
    --------
    >>> standing_spans([first_quarter, second_quarter]).replaced  # doctest: +SKIP
    3
    """
    if not deliveries:
        raise ValueError("spans stand after at least one delivery")
    whole = [place for place, delivery in enumerate(deliveries) if delivery.cumulative]
    kept = deliveries[whole[-1] :] if whole else deliveries
    spans = _joined([_known(delivery) for delivery in kept])
    order = np.repeat(np.arange(len(kept)), [delivery.spans.size for delivery in kept])
    latest, contradicts = _by_reference(spans, order)
    standing = spans.take(latest & ~contradicts)
    return StandingSpans(standing, deliveries[-1].extracted, int((~latest).sum()), int(contradicts.sum()))


def _known(delivery: DeliveredSpans) -> Spans:
    """The spans of a delivery; in one of this period only, open ones without a reference end with its extract."""
    spans = delivery.spans
    if delivery.cumulative:
        return spans
    unnamed = np.array([ref is None for ref in spans.ref.tolist()], dtype=np.bool_)
    last = np.where(unnamed & np.isnat(spans.last), np.datetime64(delivery.extracted, "D"), spans.last)
    return Spans(spans.person, spans.event, spans.first, read_only(last), spans.ref)


def _joined(parts: Sequence[Spans]) -> Spans:
    names = ("person", "event", "first", "last", "ref")
    return Spans(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def _by_reference(spans: Spans, order: NDArray[np.int64]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which spans are in the latest delivery of their reference, and which contradict another there."""
    named = np.flatnonzero([ref is not None for ref in spans.ref.tolist()])
    latest, contradicts = np.ones(spans.size, dtype=np.bool_), np.zeros(spans.size, dtype=np.bool_)
    if named.size == 0:
        return latest, contradicts
    key = _codes(spans.person[named], spans.ref[named])
    newest = np.zeros(int(key.max()) + 1, dtype=np.int64)
    np.maximum.at(newest, key, order[named])
    mine = order[named] == newest[key]
    latest[named] = mine
    said = _codes(spans.event[named], spans.first[named].astype(np.int64), spans.last[named].astype(np.int64))
    least, most = np.full(newest.size, said.size), np.full(newest.size, -1)
    np.minimum.at(least, key[mine], said[mine])
    np.maximum.at(most, key[mine], said[mine])
    contradicts[named] = mine & (least[key] != most[key])
    return latest, contradicts


def _codes(*columns: NDArray[Any]) -> NDArray[np.int64]:
    """A number for each different row of `columns`, shape (m,)."""
    seen: dict[tuple[Any, ...], int] = {}
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return np.fromiter((seen.setdefault(row, len(seen)) for row in rows), np.int64, columns[0].shape[0])


def delivered_spans(records: Records) -> DeliveredSpans:
    """The events table as spans; a row without a column ``until`` is one day."""
    last = "until" if records.has("events", "until") else "date"
    ref = "ref" if records.has("events", "ref") else "CAST(NULL AS VARCHAR)"
    found = records.arrays(f"SELECT person, event, date AS first, {last} AS last, {ref} AS ref FROM events")
    cumulative = records.data_map.delivery == "cumulative"
    return DeliveredSpans(_spans(found), records.data_map.extracted, cumulative)


def observed_spans(records: Records) -> Spans | None:
    """From when to when people could be seen; None where nobody says."""
    if not records.has("observed"):
        return None
    query = f"SELECT person, '{OBSERVED}' AS event, \"from\" AS first, until AS last, CAST(NULL AS VARCHAR) AS ref"
    return _spans(records.arrays(f"{query} FROM observed"))


def _spans(found: dict[str, NDArray[Any]]) -> Spans:
    texts = {name: found[name].astype(object) for name in ("person", "event", "ref")}
    days = {name: found[name].astype("datetime64[D]") for name in ("first", "last")}
    return Spans(*(read_only(column) for column in (texts["person"], texts["event"], *days.values(), texts["ref"])))
