"""The Love plot: how alike the two groups are on each covariate, before and after."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from outcomes.counterfactual.objects import Balance, BalanceRow
from outcomes.figures.picture import Picture
from outcomes.figures.style import (
    BLUE,
    GREY,
    LIGHT,
    ORANGE,
    TEXT,
    clean_axes,
    label_lines,
    new_figure,
    quiet_style,
    tick_labels,
    ticks_between,
)
from outcomes.figures.svg import svg_bytes
from outcomes.numbers import show_number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["love_figure", "love_plot"]

LINE = 0.1
"""The usual mark: differences inside it are called small."""


def love_plot(balance: Balance) -> Picture:
    """The standardised difference of each covariate, before and after matching or weighting."""
    rows = tuple((row.covariate, _shown(row.smd_before), _shown(row.smd_after)) for row in _sorted(balance))
    outside = [row for row in balance.rows if not abs(row.smd_after) <= LINE]
    found = f"{len(outside)} of {len(rows)} lie outside the lines at 0.1 after" if outside else "all lie inside after"
    alt = (
        f"Dot plot of {len(rows)} covariates: the difference between programme and comparison in "
        f"standard deviations, before and after; {found} matching or weighting."
    )
    return Picture(svg_bytes(love_figure(balance)), alt, ("Covariate", "Before (sd)", "After (sd)"), rows)


def love_figure(balance: Balance) -> Figure:
    """The Love plot as a figure; the covariates that differed most before stand on top."""
    rows = _sorted(balance)
    with quiet_style():
        labels = [label_lines(row.covariate, 26, 2) for row in rows]
        figure = new_figure(1.35 + sum(0.27 if "\n" not in label else 0.42 for label in labels))
        axes = figure.subplots()
        clean_axes(axes, "y")
        _draw_lines(axes)
        _draw_points(axes, rows)
        axes.set_yticks(range(len(rows)), labels, color=TEXT)
        axes.set_ylim(len(rows) - 0.4, -0.6)
        _set_limits(axes, rows)
        figure.supxlabel("Programme minus comparison, in standard deviations", fontsize=10)
        figure.legend(loc="outside upper left", ncols=3, frameon=False, handletextpad=0.4)
    return figure


def _sorted(balance: Balance) -> tuple[BalanceRow, ...]:
    def size(row: BalanceRow) -> float:
        return -abs(row.smd_before) if math.isfinite(row.smd_before) else -math.inf

    return tuple(sorted(balance.rows, key=lambda row: (size(row), row.covariate)))


def _draw_lines(axes: Any) -> None:
    axes.axvspan(-LINE, LINE, color=LIGHT, alpha=0.45, linewidth=0)
    axes.axvline(0, color=TEXT, linewidth=1)
    for side, name in ((-LINE, "0.1 either way"), (LINE, None)):
        axes.axvline(side, color=GREY, linewidth=1, linestyle="--", label=name)


def _draw_points(axes: Any, rows: tuple[BalanceRow, ...]) -> None:
    """Before hollow, after filled; a difference that cannot be computed has no dot."""
    for name, marker, face, edge in (("before", "o", "white", ORANGE), ("after", "D", BLUE, BLUE)):
        points = [
            (value, place)
            for place, row in enumerate(rows)
            if math.isfinite(value := row.smd_before if name == "before" else row.smd_after)
        ]
        across, up = ([point[side] for point in points] for side in (0, 1))
        style = {"marker": marker, "markerfacecolor": face, "markeredgecolor": edge, "markersize": 7}
        axes.plot(across, up, linestyle="none", markeredgewidth=1.8, label=name, zorder=3, **style)


def _set_limits(axes: Any, rows: tuple[BalanceRow, ...]) -> None:
    values = [value for row in rows for value in (row.smd_before, row.smd_after) if math.isfinite(value)]
    low, high = min(-0.2, *values, 0.0), max(0.2, *values, 0.0)
    room = 0.05 * (high - low)
    axes.set_xlim(low - room, high + room)
    ticks = ticks_between(low - room, high + room, 6)
    axes.set_xticks(ticks, tick_labels(ticks), color=TEXT)


def _shown(value: float) -> str:
    return show_number(value, 3) if math.isfinite(value) else "cannot be computed"
