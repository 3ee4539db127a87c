"""The Love plot: how alike the two groups are on each covariate, before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outcomes.counterfactual.objects import Balance
from outcomes.figures.picture import BLUE, DARK, LIGHT, ORANGE, Picture, canvas, quiet, svg_of
from outcomes.numbers import show_number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["love_figure", "love_plot"]

_LONGEST = 28


def love_plot(balance: Balance) -> Picture:
    """The Love plot as a picture."""
    rows = tuple(
        (row.covariate, show_number(abs(row.smd_before), 3), show_number(abs(row.smd_after), 3)) for row in balance.rows
    )
    worst = balance.worst()
    before = max((abs(row.smd_before) for row in balance.rows), default=0.0)
    alt = (
        f"Absolute standardised differences of {len(rows)} covariates before and after. The largest falls from "
        f"{show_number(before, 2)} to {show_number(abs(worst.smd_after), 2)} ({worst.covariate})."
    )
    return Picture(svg_of(love_figure(balance)), alt, ("Covariate", "Before", "After"), rows)


def love_figure(balance: Balance) -> Figure:
    """The Love plot as a matplotlib figure: open circles before, filled ones after."""
    ordered = sorted(balance.rows, key=lambda row: abs(row.smd_before))
    figure, (axes,) = canvas(1.2 + 0.34 * len(ordered))
    before = [abs(row.smd_before) for row in ordered]
    after = [abs(row.smd_after) for row in ordered]
    places = list(range(len(ordered)))
    for place, start, end in zip(places, before, after, strict=True):
        axes.plot([start, end], [place, place], color=LIGHT, linewidth=1.2)
    axes.plot(
        before,
        places,
        "o",
        markerfacecolor="white",
        markeredgecolor=ORANGE,
        markersize=8,
        markeredgewidth=1.8,
        label="before",
    )
    axes.plot(after, places, "o", color=BLUE, markersize=8, label="after")
    for limit in (0.1, 0.25):
        axes.axvline(limit, color=DARK, linewidth=1, linestyle="--" if limit == 0.1 else ":")
        axes.text(limit, len(ordered) - 0.3, f"{limit}", ha="center", va="bottom", fontsize=10)
    axes.set_yticks(places, [_short(row.covariate) for row in ordered])
    axes.set_xlabel("Absolute difference, standard deviations of the programme group")
    axes.set_xlim(left=-0.02 * max(*before, 0.3))
    axes.set_ylim(-0.7, len(ordered) + 0.3)
    axes.legend(loc="lower right", frameon=False)
    quiet(axes, "x")
    return figure


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "\u2026"
