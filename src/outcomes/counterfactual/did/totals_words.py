"""Levels and changes of published totals in the unit in which they were printed."""

from __future__ import annotations

from fractions import Fraction

from outcomes.cohort.outcomes import GroupTotals
from outcomes.counterfactual.did.group_totals import Levels
from outcomes.numbers import show_number

__all__ = ["shown_change", "shown_difference", "shown_level", "shown_relative"]


def shown_level(level: Fraction, totals: GroupTotals) -> str:
    """``40.3 %`` for a share of people, ``84 per 100`` for counts."""
    if totals.kind == "binary":
        return f"{show_number(100 * level, 2)} %"
    return f"{show_number(level * totals.per, 2)}{_per(totals)}"


def shown_difference(value: Fraction | float, totals: GroupTotals) -> str:
    """A difference of two levels: percentage points for a share of people."""
    if totals.kind == "binary":
        return f"{show_number(100 * value, 2)} percentage points"
    return f"{show_number(value * totals.per, 2)}{_per(totals)}"


def shown_relative(value: Fraction | None) -> str:
    """``-17.1 %``, relative to the level that would have been."""
    return "no relative change" if value is None else f"{show_number(100 * value, 1)} %"


def shown_change(levels: Levels, totals: GroupTotals) -> str:
    """The difference, and the change relative to the level that would have been."""
    difference = shown_difference(levels.treated - levels.counterfactual, totals)
    return f"{difference}, or {shown_relative(levels.relative)}"


def _per(totals: GroupTotals) -> str:
    return f" per {totals.per:,}" if totals.per != 1 else ""
