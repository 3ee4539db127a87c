"""The payment waterfall: from gross, through what is taken off, to what is due."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from outcomes.figures.money_text import symbol_of
from outcomes.figures.picture import Picture
from outcomes.figures.style import (
    BLUE,
    GREY,
    ORANGE,
    TEAL,
    TEXT,
    WIDTH,
    clean_axes,
    label_lines,
    new_figure,
    quiet_style,
    tick_labels,
    ticks_between,
)
from outcomes.figures.svg import svg_bytes
from outcomes.money import Money
from outcomes.payment.statement import Waterfall

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["payment_waterfall", "waterfall_figure", "waterfall_steps"]

_LABEL = 20  # characters in a line of a row's name
_POINTS = 6.3  # width of a digit, generously
_STEPS = (
    ("Would have happened anyway", "anyway"),
    ("Conditions and thresholds", "conditions"),
    ("Limits", "limits"),
    ("Rounding", "rounding"),
)


@dataclass(frozen=True, slots=True)
class _Bar:
    """One bar, from `start` to `end`; a total stands on zero."""

    label: str
    amount: Decimal
    start: float
    end: float
    total: bool


def waterfall_steps(waterfall: Waterfall) -> tuple[tuple[str, Decimal], ...]:
    """The steps that change the amount, in order; one that changes nothing says nothing."""
    return tuple((label, getattr(waterfall, name)) for label, name in _STEPS if getattr(waterfall, name) != 0)


def payment_waterfall(waterfall: Waterfall, currency: str) -> Picture:
    """The waterfall of a statement or of one clause.

    Parameters
    ----------
    waterfall : Waterfall
        Its parts sum to what is due.
    currency : str
        ISO 4217 code.
    """
    rows = tuple((bar.label, str(Money(bar.amount, currency))) for bar in _bars(waterfall))
    alt = "Bar chart of how the amount due is made up. " + "; ".join(f"{label}: {amount}" for label, amount in rows)
    return Picture(svg_bytes(waterfall_figure(waterfall, currency)), f"{alt}.", ("Step", "Amount"), rows)


def waterfall_figure(waterfall: Waterfall, currency: str) -> Figure:
    """The waterfall as a figure: one bar a row, each with its amount beside it."""
    bars = _bars(waterfall)
    with quiet_style():
        figure = new_figure(0.55 + 0.52 * len(bars))
        axes = figure.subplots()
        clean_axes(axes, "x")
        _draw_bars(axes, bars)
        _set_limits(axes, bars, currency)
        for row, bar in enumerate(bars):
            weight = "bold" if bar.total else "normal"
            text = str(Money(bar.amount, currency))
            place = (max(bar.start, bar.end), row)
            axes.annotate(text, place, (5, 0), textcoords="offset points", va="center", fontweight=weight)
        axes.set_yticks(range(len(bars)), [label_lines(bar.label, _LABEL) for bar in bars], color=TEXT)
        axes.set_ylim(len(bars) - 0.45, -0.55)
        axes.axvline(0, color=TEXT, linewidth=1)
    return figure


def _bars(waterfall: Waterfall) -> tuple[_Bar, ...]:
    running = waterfall.gross
    bars = [_Bar("Gross", running, 0.0, float(running), True)]
    for label, amount in waterfall_steps(waterfall):
        bars.append(_Bar(label, amount, float(running), float(running + amount), False))
        running += amount
    bars.append(_Bar("Due", waterfall.due, 0.0, float(waterfall.due), True))
    return tuple(bars)


def _draw_bars(axes: Any, bars: tuple[_Bar, ...]) -> None:
    """Totals are solid, what is taken off is hatched, what is added is plain: never colour alone."""
    for row, bar in enumerate(bars):
        colour = BLUE if bar.total else ORANGE if bar.amount < 0 else TEAL
        hatch = None if bar.total or bar.amount >= 0 else "////"
        face = "white" if hatch else colour
        low, width = min(bar.start, bar.end), abs(bar.end - bar.start)
        axes.barh(row, width, left=low, height=0.62, color=face, edgecolor=colour, hatch=hatch, linewidth=1)
        if row + 1 < len(bars):
            axes.plot([bar.end, bar.end], [row + 0.31, row + 0.69], color=GREY, linewidth=0.8)


def _set_limits(axes: Any, bars: tuple[_Bar, ...], currency: str) -> None:
    """Room on the right for the longest amount."""
    low = min(0.0, *(min(bar.start, bar.end) for bar in bars))
    high = max(0.0, *(max(bar.start, bar.end) for bar in bars))
    span = (high - low) or 1.0
    width = 72 * WIDTH - _POINTS * _LABEL - 20
    share = min(0.6, (_POINTS * max(len(str(Money(bar.amount, currency))) for bar in bars) + 12) / width)
    axes.set_xlim(low - 0.02 * span, low + span / (1 - share))
    ticks = ticks_between(low, high, 4) if high > low else (0.0,)
    axes.set_xticks(ticks, tick_labels(ticks, symbol_of(currency)), color=TEXT)
