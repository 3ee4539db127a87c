"""The payment waterfall: gross, what would have happened anyway, conditions, limits, due."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING

from outcomes.figures.picture import (
    BLUE,
    DARK,
    LIGHT,
    ORANGE,
    TEAL,
    Picture,
    canvas,
    house_style,
    quiet,
    show_money,
    svg_of,
    width_of,
)
from outcomes.payment.statement import Waterfall

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["payment_waterfall", "waterfall_figure"]

_STEPS = (
    ("Would have\nhappened anyway", "anyway"),
    ("Conditions and\nthresholds", "conditions"),
    ("Limits", "limits"),
    ("Rounding", "rounding"),
)
_HALF = 0.28
_THIN = 0.004
"""Bars under this share of the width are drawn as a line."""


@dataclass(frozen=True, slots=True)
class _Bar:
    """One bar: from `start` by `amount`; `total` where it stands on zero."""

    label: str
    amount: Decimal
    start: Decimal
    total: bool

    @property
    def end(self) -> Decimal:
        with localcontext(prec=200):
            return self.start + self.amount


def payment_waterfall(waterfall: Waterfall, currency: str = "", end: str = "Due") -> Picture:
    """The waterfall as a picture; steps of nothing are left out.

    Parameters
    ----------
    waterfall : Waterfall
    currency : str
        ISO 4217 code; empty for bare numbers.
    end : str
        What the last bar is called, where nothing is to be paid back.
    """
    bars = _bars(waterfall, end)
    rows = tuple((bar.label.replace("\n", " "), show_money(bar.amount, currency)) for bar in bars)
    steps = ", ".join(f"{label.lower()} {amount}" for label, amount in rows[1:-1])
    alt = f"From a gross amount of {rows[0][1]} to {rows[-1][1]} due"
    alt += ", which is to be paid back" if waterfall.due < 0 else ""
    alt += f": {steps}." if steps else "; nothing is taken off or added."
    return Picture(svg_of(waterfall_figure(waterfall, currency, end)), alt, ("Step", "Amount"), rows)


def _bars(waterfall: Waterfall, end: str) -> list[_Bar]:
    """Gross, the steps that are not nothing, due."""
    bars = [_Bar("Gross", waterfall.gross, Decimal(0), True)]
    for label, name in _STEPS:
        amount: Decimal = getattr(waterfall, name)
        if amount != 0:
            bars.append(_Bar(label, amount, bars[-1].end, False))
    last = "Due (to be\npaid back)" if waterfall.due < 0 else end
    return [*bars, _Bar(last, waterfall.due, Decimal(0), True)]


@house_style()
def waterfall_figure(waterfall: Waterfall, currency: str = "", end: str = "Due") -> Figure:
    """The waterfall as a matplotlib figure: bars from top to bottom, their amounts in a column beside them."""
    bars = _bars(waterfall, end)
    figure, (axes,) = canvas(0.3 + 0.6 * len(bars))
    ends = [0.0, *(float(edge) for bar in bars for edge in (bar.start, bar.end))]
    low, span = min(ends), (max(ends) - min(ends)) or 1.0
    words = [_signed(bar, currency) for bar in bars]
    column = 1.13 * max(width_of(word) for word in words) + 12  # bold is wider
    for place, (bar, word) in enumerate(zip(bars, words, strict=True)):
        _draw(axes, place, bar, _THIN * span)
        weight = "bold" if bar.total else "normal"
        axes.annotate(
            word,
            (1, place),
            (column, 0),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            ha="right",
            va="center",
            fontweight=weight,
        )
        if place:
            axes.plot([float(bars[place - 1].end)] * 2, [place - 1 + _HALF, place - _HALF], color=DARK, linewidth=0.9)
            axes.axhline(place - 0.5, color=LIGHT, linewidth=0.6, zorder=0)
    axes.set_yticks(range(len(bars)), [bar.label for bar in bars])
    axes.set_ylim(len(bars) - 0.5, -0.5)
    axes.set_xlim(low - 0.01 * span, low + 1.01 * span)
    axes.axvline(0, color=DARK, linewidth=1)
    axes.set_xticks([])
    quiet(axes)
    for side in ("bottom", "left"):
        axes.spines[side].set_visible(False)
    return figure


def _draw(axes: Axes, place: int, bar: _Bar, thin: float) -> None:
    """One bar: totals plain, what is taken off hatched, what is added dotted."""
    colour, hatch = (BLUE, "") if bar.total else (ORANGE, "//") if bar.amount < 0 else (TEAL, "..")
    start, end = float(bar.start), float(bar.end)
    if abs(end - start) < thin:
        axes.plot([end, end], [place - _HALF, place + _HALF], color=colour, linewidth=2.5, solid_capstyle="butt")
    else:
        axes.barh(place, end - start, left=start, height=2 * _HALF, color=colour, hatch=hatch, edgecolor="white")


def _signed(bar: _Bar, currency: str) -> str:
    """The amount with a true minus, and a plus where a step adds."""
    plus = "+" if bar.amount > 0 and not bar.total else ""
    return plus + show_money(bar.amount, currency).replace("-", "\u2212", 1)
