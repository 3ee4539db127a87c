"""Limits that are used up claim by claim, in the order of the contract's ordering date.

Where a clause names no ordering date, or composition rules tie its rows together, a limit is
used up row by row instead (`limits`).  Either way the same sum is cut; what turns decide is
whose claims it is taken from, and so at which price.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

import numpy as np

from outcomes.claims.objects import ClaimCount
from outcomes.payment.conditions import Asked
from outcomes.payment.scene import Array

__all__ = ["Turn", "in_turn", "money_in_turn", "share_in_turn", "turns_of"]

Turn = tuple[int, int]
"""The place of a row, and how many of its claims come one after the other."""


def turns_of(asked: Asked) -> list[Turn]:
    """The claims of a clause's rows in order; empty where limits are not used up claim by claim."""
    limits = asked.clause.limits
    if limits.order_by is None or limits.cut != "first come" or limits.composition:
        return []
    places = {
        (row.line, row.cohort, row.segment, row.priced_from): place
        for place, row in enumerate(asked.rows)
        if isinstance(row.count, ClaimCount)
    }
    keys = (
        ((turn.line, turn.cohort, turn.segment, turn.priced_from), turn.claims)
        for turn in asked.evidence.turns
        if turn.clause == asked.clause.id
    )
    return [(places[key], claims) for key, claims in keys if key in places]


def in_turn(
    amounts: Sequence[Fraction], each: Sequence[Fraction], cap: Fraction, turns: Iterable[Turn], rows: Iterable[int]
) -> list[Fraction]:
    """`amounts` of all rows, those of `rows` used up in turn until together they reach `cap`.

    Parameters
    ----------
    amounts : sequence of Fraction, length n
        Of each row, as limits before this one have left them: to its first claims.
    each : sequence of Fraction, length n
        What one claim of each row is, before any limit.
    rows : iterable of int
        The rows that share the cap.
    """
    mine = set(rows)
    kept = [Fraction(0) if place in mine else amount for place, amount in enumerate(amounts)]
    own, left = list(amounts), cap
    for row, claims in turns:
        if row in mine:
            wanted = min(each[row] * claims, own[row])
            taken = min(wanted, left)
            own[row] -= wanted
            left -= taken
            kept[row] += taken
    return kept


def share_in_turn(asked: Asked, passes: Array, caps: Sequence[tuple[Fraction, Sequence[int]]]) -> Array:
    """The share of each row's outcomes that caps in outcomes leave, shape (rows,), in the scene's arithmetic.

    Parameters
    ----------
    passes : ndarray of bool, shape (rows,) or (draws, rows)
        Only outcomes that are paid for use up a cap; in draws, those that are in any of them.
    caps : sequence of (cap, rows)
        In the order in which they are applied.
    """
    paying = np.asarray(passes if passes.ndim == 1 else passes.any(axis=0))
    turns = [(row, claims) for row, claims in turns_of(asked) if paying[row]]
    counts = [Fraction(0)] * len(asked.rows)
    for row, claims in turns:
        counts[row] += claims
    kept, one = list(counts), [Fraction(1)] * len(counts)
    for cap, rows in caps:
        kept = in_turn(kept, one, cap, turns, rows)
    return asked.scene.row([part / whole if whole else Fraction(0) for part, whole in zip(kept, counts, strict=True)])


def money_in_turn(asked: Asked, amounts: Array, each: Array, cap: Fraction, rows: Iterable[int]) -> Array:
    """The point's `amounts`, shape (rows,), used up in turn until they reach `cap`."""
    return np.array(in_turn(amounts.tolist(), each.tolist(), cap, turns_of(asked), rows), dtype=object)
