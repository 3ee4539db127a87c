"""Days that accrue from spans: joined, clipped to each person's window, less what does not count.

Whole days, exact.  All people lie on one line of days, one after the other with a gap
between them, so that a million spans are joined by one sort; the line is then cut at every
edge, and each piece has one person and one reason why it counts or does not (A16, A17).
Nothing is read here, and nothing is known of names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from outcomes.contract.terms import calendar_label
from outcomes.period import Duration

__all__ = ["REASONS", "DayCount", "DayQuestion", "DaySpans", "SpanFlow", "count_days", "window_ends"]

Integers = NDArray[np.int64]

REASONS = (
    "before the start",
    "after the window",
    "outside the clause",
    "covered",
    "taken off",
    "not observed",
    "window open",
    "counted",
)
"""Why a recorded day counts or not; a day has the first that holds."""
_NEVER = np.datetime64(date.max, "D")


@dataclass(frozen=True, slots=True, eq=False)
class DaySpans:
    """Spans of days of numbered people, both ends included; one that ends before it starts has no day.

    Attributes
    ----------
    code : ndarray of int32, shape (m,)
        Whose span it is: a position from 0 to n - 1.
    first : ndarray of datetime64[D], shape (m,)
    last : ndarray of datetime64[D], shape (m,)
        NaT where it is still open.
    """

    code: NDArray[np.int32]
    first: NDArray[np.datetime64]
    last: NDArray[np.datetime64]


@dataclass(frozen=True, slots=True, eq=False)
class DayQuestion:
    """Whose days count, and which of them.

    Attributes
    ----------
    start : ndarray of datetime64[D], shape (n,)
        Each person's first day that may count.
    stop : ndarray of datetime64[D], shape (n,)
        The first day that no longer counts (see `window_ends`).
    group : ndarray of int64, shape (n,)
        Which of `groups` rows a person's days are added up in.
    groups : int
    up_to : date
        The last day that is known; open spans run up to it.
    recorded : DaySpans or None
        The days themselves; None where every day since the start is one.
    covered : DaySpans
        Days on which something else holds, such as being in care.
    minus : DaySpans
        Days that the contract takes off.
    observed : DaySpans or None
        Days on which somebody could see the person; None where nobody says.
    first_day, last_day : date or None
        The clause's own first and last day.
    closed_only : bool
        True when days count only once the person's window has closed.
    """

    start: NDArray[np.datetime64]
    stop: NDArray[np.datetime64]
    group: Integers
    groups: int
    up_to: date
    recorded: DaySpans | None
    covered: DaySpans
    minus: DaySpans
    observed: DaySpans | None = None
    first_day: date | None = None
    last_day: date | None = None
    closed_only: bool = False


@dataclass(frozen=True, slots=True)
class SpanFlow:
    """What became of the recorded spans of one row; a span may be merged, clipped and cut at once.

    Attributes
    ----------
    spans : int
        Recorded spans with a day up to the last day that is known.
    merged : int
        Of them, those that were joined to another of the same person.
    clipped : int
        Those with days outside the window or the clause's dates.
    reduced : int
        Joined spans from which days were taken off.
    later : int
        Spans that begin after the last day that is known, and are not in `spans`.
    """

    spans: int
    merged: int
    clipped: int
    reduced: int
    later: int


@dataclass(frozen=True, slots=True)
class DayCount:
    """The days of one row, and what became of those that do not count.

    ``recorded == counted + before_start + after_window + outside_clause + covered + taken_off
    + not_observed + window_open``, always.

    Attributes
    ----------
    recorded : int
        Different days of people up to the last day that is known; ``repeated`` more were
        given twice and are in no sum.
    people : int
        People with a day that counts.
    people_open : int
        People whose window is open, where only closed windows count.
    quarters : tuple of (str, int)
        The counted days by calendar quarter, those with none left out.
    """

    counted: int
    recorded: int
    repeated: int
    before_start: int
    after_window: int
    outside_clause: int
    covered: int
    taken_off: int
    not_observed: int
    window_open: int
    people: int
    people_open: int
    quarters: tuple[tuple[str, int], ...]
    flow: SpanFlow


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    """Where a person's day lies on the line: ``code * stride + day - origin``; days since 1970."""

    origin: int
    stride: int

    def at(self, code: NDArray[np.int32] | Integers, day: Integers) -> Integers:
        """Positions of days; those beyond the ends of a person's part are moved to its ends."""
        return code.astype(np.int64) * self.stride + np.clip(day - self.origin, 0, self.stride - 1)

    def day(self, position: Integers) -> Integers:
        """The day at a position."""
        return position % self.stride + self.origin


@dataclass(frozen=True, slots=True, eq=False)
class _Intervals:
    """Disjoint parts of the line in order, from ``first`` up to but not including ``after``; shape (k,)."""

    first: Integers
    after: Integers

    def holding(self, position: Integers) -> Integers:
        """The number of the interval that holds each position; -1 for none."""
        place = np.searchsorted(self.first, position, "right") - 1
        inside = (place >= 0) & (position < self.after[np.maximum(place, 0)]) if self.first.size else place >= 0
        return np.where(inside, place, -1)


@dataclass(frozen=True, slots=True, eq=False)
class _Pieces:
    """Pieces of recorded days, each of one person and one reason; shape (k,).

    ``day`` is the first day, ``interval`` the joined span that the piece is part of.
    """

    code: Integers
    day: Integers
    length: Integers
    reason: Integers
    interval: Integers


def window_ends(start: NDArray[np.datetime64], length: Duration | None) -> NDArray[np.datetime64]:
    """The first day after each person's window, shape (n,): the start plus `length`, by the month rule (A11).

    Without a length the window never ends.  After three years from 29 February 2016
    the first day is 28 February 2019.
    """
    if length is None:
        return np.full(start.shape, _NEVER)
    days, place = np.unique(start, return_inverse=True)
    ends = np.array([length.after(day) for day in days.tolist()], dtype="datetime64[D]")
    return ends[place]


def count_days(question: DayQuestion) -> tuple[DayCount, ...]:
    """The days of each row, with what became of all others.

    Parameters
    ----------
    question : DayQuestion

    Returns
    -------
    tuple of DayCount, length ``question.groups``

    Examples
    --------
    >>> count_days(question)[0].counted  # doctest: +SKIP
    3410
    """
    line = _line(question)
    given = question.recorded or _every_day(question)
    known = _known(given, question.up_to)
    joined = _join(known, line, question.up_to)
    pieces = _pieces(question, line, joined)
    sums = _sums(pieces, question)
    flows = _flows(question, line, given, known, joined, pieces)
    people, waiting = _people(question, pieces)
    quarters = _quarters(question, pieces)
    raw = _by_group(question, known.code, _lengths(known, question.up_to))
    return tuple(
        DayCount(
            counted=row[7],
            recorded=sum(row),
            repeated=int(raw[group]) - sum(row),
            before_start=row[0],
            after_window=row[1],
            outside_clause=row[2],
            covered=row[3],
            taken_off=row[4],
            not_observed=row[5],
            window_open=row[6],
            people=int(people[group]),
            people_open=int(waiting[group]),
            quarters=quarters[group],
            flow=flows[group],
        )
        for group, row in enumerate(sums.tolist())
    )


def _every_day(question: DayQuestion) -> DaySpans:
    """One open span from each person's start."""
    code = np.arange(question.start.size, dtype=np.int32)
    return DaySpans(code, question.start, np.full(code.size, np.datetime64("NaT"), dtype="datetime64[D]"))


def _number(day: date) -> int:
    return int(np.datetime64(day, "D").astype(np.int64))


def _ends(spans: DaySpans, up_to: date) -> Integers:
    """The day after each span, at the latest the day after `up_to`."""
    end = np.datetime64(up_to, "D")
    last = np.where(np.isnat(spans.last), end, np.minimum(spans.last, end))
    return np.asarray(last.astype(np.int64) + 1)


def _lengths(spans: DaySpans, up_to: date) -> Integers:
    return _ends(spans, up_to) - spans.first.astype(np.int64)


def _known(spans: DaySpans, up_to: date) -> DaySpans:
    """The spans that have a day up to `up_to`."""
    keep = _lengths(spans, up_to) > 0
    return DaySpans(spans.code[keep], spans.first[keep], spans.last[keep])


def _line(question: DayQuestion) -> _Line:
    """A line that holds every day of every span, with a gap behind each person."""
    given = (question.recorded, question.covered, question.minus, question.observed)
    firsts = [spans.first for spans in given if spans is not None and spans.first.size]
    days = [int(column.astype(np.int64).min()) for column in (*firsts, question.start) if column.size]
    end = _number(question.up_to)
    origin = min([*days, end])
    return _Line(origin, end - origin + 3)


def _join(spans: DaySpans, line: _Line, up_to: date) -> _Intervals:
    """The union: spans that overlap or touch become one, so that no day is there twice."""
    first = line.at(spans.code, spans.first.astype(np.int64))
    after = line.at(spans.code, _ends(spans, up_to))
    order = np.argsort(first, kind="stable")
    first, after = first[order], np.maximum.accumulate(after[order]) if order.size else after
    opens = np.ones(first.size, dtype=np.bool_)
    opens[1:] = first[1:] > after[:-1]
    places = np.flatnonzero(opens)
    ends = np.append(places[1:], first.size) - 1
    return _Intervals(first[places], after[ends] if places.size else after)


def _pieces(question: DayQuestion, line: _Line, joined: _Intervals) -> _Pieces:
    """The joined days cut at every edge of a window or another span, each piece with its reason."""
    others = [
        _join(_known(spans, question.up_to), line, question.up_to) if spans is not None else None
        for spans in (question.covered, question.minus, question.observed)
    ]
    people = np.arange(question.start.size)
    edges = [line.at(people, day) for day in _window_edges(question)]
    edges += [edge for part in (joined, *others) if part is not None for edge in (part.first, part.after)]
    cuts = np.unique(np.concatenate(edges))
    at, length = cuts[:-1], np.diff(cuts)
    interval = joined.holding(at)
    mine = interval >= 0
    at, length, interval = at[mine], length[mine], interval[mine]
    code, day = at // line.stride, line.day(at)
    return _Pieces(code, day, length, _reasons(question, at, code, day, others), interval)


def _window_edges(question: DayQuestion) -> list[Integers]:
    """For each person the days on which a window, or the clause, begins and has ended."""
    n = question.start.size
    edges = [question.start.astype(np.int64), question.stop.astype(np.int64)]
    if question.first_day is not None:
        edges.append(np.full(n, _number(question.first_day)))
    if question.last_day is not None:
        edges.append(np.full(n, _number(question.last_day) + 1))
    return edges


def _reasons(
    question: DayQuestion, at: Integers, code: Integers, day: Integers, others: Sequence[_Intervals | None]
) -> Integers:
    """The first reason of `REASONS` that holds for each piece, as its position."""
    covered, minus, observed = others
    outside = np.zeros(day.size, dtype=np.bool_)
    if question.first_day is not None:
        outside |= day < _number(question.first_day)
    if question.last_day is not None:
        outside |= day > _number(question.last_day)
    holds = [
        day < question.start.astype(np.int64)[code],
        day >= question.stop.astype(np.int64)[code],
        outside,
        _inside(covered, at),
        _inside(minus, at),
        ~_inside(observed, at) if observed is not None else np.zeros(day.size, dtype=np.bool_),
        _open(question)[code],
    ]
    return np.select(holds, list(range(len(holds))), default=len(holds)).astype(np.int64)


def _inside(intervals: _Intervals | None, at: Integers) -> NDArray[np.bool_]:
    return intervals.holding(at) >= 0 if intervals is not None else np.zeros(at.size, dtype=np.bool_)


def _open(question: DayQuestion) -> NDArray[np.bool_]:
    """Who still waits for the window to close, shape (n,); nobody where days count as they accrue."""
    if not question.closed_only:
        return np.zeros(question.start.size, dtype=np.bool_)
    stop = question.stop.astype(np.int64)
    if question.last_day is not None:
        stop = np.minimum(stop, _number(question.last_day) + 1)
    return np.asarray(stop > _number(question.up_to) + 1)


def _by_group(question: DayQuestion, code: NDArray[np.int32] | Integers, values: Integers) -> Integers:
    """Sums by row, shape (groups,); exact, since no sum of days reaches 2**53."""
    sums = np.bincount(question.group[code], weights=values, minlength=question.groups)
    return np.asarray(sums.astype(np.int64))


def _sums(pieces: _Pieces, question: DayQuestion) -> Integers:
    """Days by row and reason, shape (groups, reasons)."""
    cell = question.group[pieces.code] * len(REASONS) + pieces.reason
    sums = np.bincount(cell, weights=pieces.length, minlength=question.groups * len(REASONS))
    return np.asarray(sums.astype(np.int64).reshape(question.groups, len(REASONS)))


def _people(question: DayQuestion, pieces: _Pieces) -> tuple[Integers, Integers]:
    """People with a counted day, and people who wait, by row."""
    counted = np.unique(pieces.code[pieces.reason == len(REASONS) - 1])
    waiting = np.flatnonzero(_open(question))
    ones = (np.ones(counted.size, dtype=np.int64), np.ones(waiting.size, dtype=np.int64))
    return _by_group(question, counted, ones[0]), _by_group(question, waiting, ones[1])


def _quarters(question: DayQuestion, pieces: _Pieces) -> list[tuple[tuple[str, int], ...]]:
    """Counted days by calendar quarter, for each row."""
    counts = pieces.reason == len(REASONS) - 1
    code, first, after = pieces.code[counts], pieces.day[counts], (pieces.day + pieces.length)[counts]
    found: list[list[tuple[str, int]]] = [[] for _ in range(question.groups)]
    if code.size == 0:
        return [() for _ in found]
    months = np.array([first.min(), after.max() - 1]).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    for quarter in range(int(months[0]) // 3, int(months[1]) // 3 + 1):
        edges = np.array([quarter * 3, quarter * 3 + 3]).astype("datetime64[M]").astype("datetime64[D]")
        begin, end = (int(edge) for edge in edges.astype(np.int64))
        days = np.minimum(after, end) - np.maximum(first, begin)
        sums = _by_group(question, code, np.maximum(days, 0))
        label = calendar_label(edges[0].item(), "quarter")
        for group in np.flatnonzero(sums).tolist():
            found[group].append((label, int(sums[group])))
    return [tuple(rows) for rows in found]


def _flows(
    question: DayQuestion, line: _Line, given: DaySpans, known: DaySpans, joined: _Intervals, pieces: _Pieces
) -> list[SpanFlow]:
    """How many spans of each row were joined, clipped, cut, or lie in the future."""
    owner = joined.first // line.stride
    held = joined.holding(line.at(known.code, known.first.astype(np.int64)))
    merged = np.bincount(held, minlength=owner.size)[held] > 1 if owner.size else held < 0
    lower, upper = _limits(question)
    clipped = (known.first.astype(np.int64) < lower[known.code]) | (_ends(known, question.up_to) > upper[known.code])
    reduced = np.unique(pieces.interval[pieces.reason == REASONS.index("taken off")])
    later = given.first > np.datetime64(question.up_to, "D")
    columns = (
        _by_group(question, known.code, np.ones(known.code.size, dtype=np.int64)),
        _by_group(question, known.code, merged.astype(np.int64)),
        _by_group(question, known.code, clipped.astype(np.int64)),
        _by_group(question, owner[reduced], np.ones(reduced.size, dtype=np.int64)),
        _by_group(question, given.code, later.astype(np.int64)),
    )
    return [SpanFlow(*(int(column[group]) for column in columns)) for group in range(question.groups)]


def _limits(question: DayQuestion) -> tuple[Integers, Integers]:
    """The first day that may count for each person, and the first that no longer does; shape (n,)."""
    lower, upper = question.start.astype(np.int64), question.stop.astype(np.int64)
    if question.first_day is not None:
        lower = np.maximum(lower, _number(question.first_day))
    if question.last_day is not None:
        upper = np.minimum(upper, _number(question.last_day) + 1)
    return lower, upper
