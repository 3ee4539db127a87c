"""A difference with its interval, as findings show it."""

from __future__ import annotations

from outcomes.counterfactual.inference import interval_of
from outcomes.counterfactual.objects import Effect
from outcomes.numbers import show_number

__all__ = ["difference_words"]


def difference_words(effect: Effect) -> str:
    """The difference in natural units with its interval, where there is one."""
    difference, interval = effect.difference, interval_of(effect)
    shown = "unknown" if difference is None else show_number(float(difference))
    if interval is None:
        return shown
    return f"{shown} ({show_number(float(interval.low))} to {show_number(float(interval.high))})"
