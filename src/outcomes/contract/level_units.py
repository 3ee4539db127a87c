"""Stated levels, changes and errors in natural units: ``58 %`` is 58/100, ``1.2 pp`` is 12/1000."""

from __future__ import annotations

from fractions import Fraction

from outcomes.errors import InputError, Problem
from outcomes.units import PERCENT, POINTS, Quantity

__all__ = ["natural_change", "natural_level"]


def natural_level(quantity: Quantity, where: str) -> Fraction:
    """A stated level in natural units: ``58 %`` is 58/100, ``155 per 100`` is 155/100, ``300 days`` is 300.

    Raises
    ------
    InputError
        For a unit that is a change and not a level (``pp``, ``sd``).
    """
    if quantity.unit == PERCENT:
        return quantity.value / 100
    if quantity.unit.startswith("per "):
        return quantity.value / int(quantity.unit.removeprefix("per "))
    if quantity.unit in (POINTS, "sd"):
        message = f"{quantity} is a change, not a level."
        raise InputError(Problem("level-unit", where, message, "Write the level itself, such as 58 % or 155 per 100."))
    return quantity.value


def natural_change(quantity: Quantity, where: str) -> Fraction:
    """A stated change, spread or standard error in natural units: ``1.2 pp`` is 12/1000, ``9 per 100`` is 9/100.

    Raises
    ------
    InputError
        For ``%``, which could be points or a share of the level, and for ``sd``.
    """
    if quantity.unit == POINTS:
        return quantity.value / 100
    if quantity.unit in (PERCENT, "sd"):
        message = f"{quantity} can be read in two ways here."
        hint = f"Write {quantity.value} pp for points, or the unit of the outcome, such as 12 per 100."
        raise InputError(Problem("change-unit", where, message, hint))
    return natural_level(quantity, where)
