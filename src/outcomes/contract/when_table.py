"""Gaps and overlaps in a ``when`` table: each value must have one row, and only one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from outcomes.contract.clauses import WhenRow
from outcomes.document.yaml import Document, Path_
from outcomes.errors import Problem

__all__ = ["problems_of_table"]


@dataclass(frozen=True, slots=True)
class _Span:
    """A row's values; None is without end; a closed end belongs to the row."""

    row: int
    low: Fraction | None
    low_closed: bool
    high: Fraction | None
    high_closed: bool

    @property
    def is_empty(self) -> bool:
        """True when no value lies within the edges."""
        if self.low is None or self.high is None:
            return False
        return self.low > self.high or (self.low == self.high and not (self.low_closed and self.high_closed))


def problems_of_table(rows: tuple[WhenRow, ...], document: Document, path: Path_) -> Iterator[Problem]:
    """Problems of one table: rows without an action, overlaps, gaps, a misplaced ``otherwise``."""
    for index, row in enumerate(rows):
        at = (*path, "when", index)
        actions = [row.pay, row.deduct, row.repay, row.keep]
        said = sum(action is not None for action in actions)
        ends = row.may_end_contract and row.otherwise is None and said == 0  # a right to end it, and no money
        if not ends and ((row.otherwise == "nothing" and said) or (row.otherwise != "nothing" and said != 1)):
            yield Problem(
                "row-action",
                document.where(at),
                "each row says one thing that happens.",
                "pay, deduct, repay, keep, may_end_contract or otherwise: nothing.",
            )
        if row.otherwise is not None and index != len(rows) - 1:
            yield Problem(
                "otherwise-last", document.where(at), "otherwise must be the last row.", "Move it to the end."
            )
        if (row.at_least and row.more_than) or (row.at_most and row.less_than):
            yield Problem(
                "two-edges",
                document.where(at),
                "one edge is stated twice.",
                "Keep at_least or more_than, at_most or less_than.",
            )
    spans = [_span(index, row) for index, row in enumerate(rows) if row.otherwise is None and row.tested is None]
    yield from _never(rows, spans, document, path)
    yield from _overlaps(spans, document, path)
    if all(row.otherwise is None for row in rows):
        yield from _gaps(spans, len(spans) == len(rows), document, path)


def _span(index: int, row: WhenRow) -> _Span:
    low = row.at_least or row.more_than
    high = row.at_most or row.less_than
    return _Span(
        index,
        low.value if low else None,
        row.at_least is not None,
        high.value if high else None,
        row.at_most is not None,
    )


def _never(rows: tuple[WhenRow, ...], spans: list[_Span], document: Document, path: Path_) -> Iterator[Problem]:
    """Rows that can never hold: edges that leave nothing, a test that an earlier row has passed."""
    for span in spans:
        if span.is_empty:
            where = document.where((*path, "when", span.row))
            yield Problem("row-empty", where, "no value lies within this row's edges.", "Put the lower edge first.")
    tests = [(index, row) for index, row in enumerate(rows) if row.tested and not _edges(row)]
    for index, row in tests:
        if any(_is_weaker(earlier, row) for at, earlier in tests if at < index):
            where = document.where((*path, "when", index))
            message = f"an earlier row holds wherever this one does: tested {row.tested}. They overlap."
            yield Problem("rows-overlap", where, message, "Put the stricter test first.")


def _edges(row: WhenRow) -> bool:
    return any((row.at_least, row.more_than, row.at_most, row.less_than))


def _is_weaker(earlier: WhenRow, later: WhenRow) -> bool:
    same = earlier.tested == later.tested and earlier.sides == later.sides
    return same and earlier.at is not None and later.at is not None and earlier.at <= later.at


def _overlaps(spans: list[_Span], document: Document, path: Path_) -> Iterator[Problem]:
    for position, left in enumerate(spans):
        for right in spans[position + 1 :]:
            if _meet(left, right):
                message = f"rows {left.row + 1} and {right.row + 1} of the table overlap."
                yield Problem(
                    "rows-overlap",
                    document.where((*path, "when", right.row)),
                    message,
                    "Use less_than where the next row says at_least.",
                )


def _meet(left: _Span, right: _Span) -> bool:
    return not (_before(left, right) or _before(right, left))


def _before(left: _Span, right: _Span) -> bool:
    """True when every value of `left` lies below every value of `right`."""
    if left.high is None or right.low is None:
        return False
    return left.high < right.low or (left.high == right.low and not (left.high_closed and right.low_closed))


def _gaps(spans: list[_Span], only_spans: bool, document: Document, path: Path_) -> Iterator[Problem]:
    hint = "Add a row for these values, or end the table with otherwise: nothing."
    where = document.where((*path, "when"))
    if not only_spans:
        yield Problem("rows-gap", where, "the table does not say what happens where no test is met.", hint)
        return
    ordered = sorted(spans, key=lambda span: (span.low is not None, span.low or 0))
    if ordered and (ordered[0].low is not None or ordered[-1].high is not None):
        yield Problem(
            "rows-gap", where, "the table leaves values below its first row or above its last without a row.", hint
        )
    for left, right in pairwise(ordered):
        open_between = left.high == right.low and not (left.high_closed or right.low_closed)
        if left.high is not None and right.low is not None and (left.high < right.low or open_between):
            message = f"no row holds between row {left.row + 1} and row {right.row + 1}."
            yield Problem("rows-gap", where, message, hint)
