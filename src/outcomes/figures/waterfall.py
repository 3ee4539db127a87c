"""The payment waterfall: gross, what would have happened anyway, conditions, limits, due."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from outcomes.figures.picture import BLUE, DARK, ORANGE, TEAL, Picture, canvas, quiet, svg_of
from outcomes.money import Money
from outcomes.payment.statement import Waterfall

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["payment_waterfall", "waterfall_figure"]

_STEPS = (
    ("Would have\nhappened anyway", "anyway"),
    ("Conditions and\nthresholds", "conditions"),
    ("Limits", "limits"),
    ("Rounding", "rounding"),
)


def payment_waterfall(waterfall: Waterfall, currency: str) -> Picture:
    """The waterfall as a picture; steps of nothing are left out."""
    bars = _bars(waterfall)
    rows = tuple((label.replace("\n", " "), str(Money(amount, currency))) for label, amount, _ in bars)
    steps = ", ".join(f"{label.lower()} {amount}" for label, amount in rows[1:-1])
    alt = f"From a gross amount of {rows[0][1]} to {rows[-1][1]} due" + (f": {steps}." if steps else ".")
    return Picture(svg_of(waterfall_figure(waterfall, currency)), alt, ("Step", "Amount"), rows)


def _bars(waterfall: Waterfall) -> list[tuple[str, Decimal, Decimal]]:
    """Label, amount and the level at which the bar starts."""
    bars = [("Gross", waterfall.gross, Decimal(0))]
    level = waterfall.gross
    for label, name in _STEPS:
        amount: Decimal = getattr(waterfall, name)
        if amount != 0:
            bars.append((label, amount, level))
            level += amount
    bars.append(("Due", waterfall.due, Decimal(0)))
    return bars


def waterfall_figure(waterfall: Waterfall, currency: str) -> Figure:
    """The waterfall as a matplotlib figure: bars from top to bottom, amounts beside them."""
    bars = _bars(waterfall)
    figure, (axes,) = canvas(0.9 + 0.62 * len(bars))
    ends = [float(edge) for _, amount, start in bars for edge in (start, start + amount)]
    span = (max(*ends, 0.0) - min(*ends, 0.0)) or 1.0
    for position, (_, amount, start) in enumerate(bars):
        total = position in (0, len(bars) - 1)
        colour, hatch = (BLUE, "") if total else (ORANGE, "//") if amount < 0 else (TEAL, "..")
        axes.barh(position, float(amount), left=float(start), height=0.55, color=colour, hatch=hatch, edgecolor="white")
        edge = max(float(start), float(start + amount))
        axes.text(edge + 0.015 * span, position, str(Money(amount, currency)), va="center", fontsize=12)
        if position < len(bars) - 1:
            level = float(start + amount)
            axes.plot([level, level], [position + 0.28, position + 0.72], color=DARK, linewidth=0.8)
    axes.set_yticks(range(len(bars)), [label for label, _, _ in bars])
    axes.invert_yaxis()
    low, high = min(*ends, 0.0), max(*ends, 0.0)
    axes.set_xlim(low - 0.02 * span, high + 0.36 * span)
    axes.axvline(0, color=DARK, linewidth=1)
    axes.set_xticks([])
    quiet(axes)
    axes.spines["bottom"].set_visible(False)
    return figure
