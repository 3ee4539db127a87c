"""The Love plot: how alike the two groups are on each covariate, before and after."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING

from outcomes.counterfactual.objects import Balance, BalanceRow
from outcomes.figures.picture import BLUE, DARK, LIGHT, ORANGE, SMALL, Picture, canvas, house_style, quiet, svg_of
from outcomes.numbers import show_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["love_figure", "love_plot"]

_LIMITS = (0.1, 0.25)
_WIDEST = 1.0
"""Standard deviations; a larger difference is an arrow at the edge with its number beside it."""
_LINE = 30
"""Letters of a covariate's name on one line."""
_BEFORE, _AFTER = "before matching or weighting", "after"


def love_plot(balance: Balance) -> Picture:
    """The Love plot as a picture; the data beside it has the covariates in the order of the picture."""
    rows = tuple(
        (row.covariate, _number(row.smd_before, 3), _number(row.smd_after, 3)) for row in reversed(_ordered(balance))
    )
    many = "1 covariate" if len(rows) == 1 else f"{len(rows)} covariates"
    alt = f"Absolute standardised differences of {many} between programme and comparison."
    for when, field in (("Before", "smd_before"), ("After", "smd_after")):
        known = [row for row in balance.rows if math.isfinite(getattr(row, field))]
        if known:
            worst = max(known, key=lambda row: abs(getattr(row, field)))
            above = sum(abs(getattr(row, field)) > _LIMITS[0] for row in known)
            largest = _number(getattr(worst, field), 2)
            alt += f" {when}, the largest is {largest} ({worst.covariate}) and {above or 'none'} of them exceed 0.1."
    return Picture(svg_of(love_figure(balance)), alt, ("Covariate", "Before", "After"), rows)


@house_style()
def love_figure(balance: Balance) -> Figure:
    """The Love plot as a matplotlib figure: open circles before, filled ones after."""
    ordered = _ordered(balance)
    names = [_wrapped(row.covariate) for row in ordered]
    tall = 0.46 if any("\n" in name for name in names) else 0.34
    figure, (axes,) = canvas(1.25 + tall * max(len(ordered), 1))
    edge = _edge(ordered)
    for place, row in enumerate(ordered):
        _draw(axes, place, row, edge)
    for limit, style in zip(_LIMITS, ("--", ":"), strict=True):
        axes.axvline(limit, color=DARK, linewidth=1.2, linestyle=style)
        axes.annotate(
            f"{limit}", (limit, 1), (0, 3), xycoords=("data", "axes fraction"), textcoords="offset points", ha="center"
        )
    axes.set_yticks(range(len(ordered)), names, fontsize=SMALL)
    axes.set_xlim(-0.015 * edge, 1.015 * edge)
    axes.set_ylim(-0.6, max(len(ordered), 1) - 0.4)
    axes.locator_params(axis="x", nbins=6)
    axes.set_xlabel("Absolute difference, in standard deviations of the programme group", loc="right")
    _key(axes)
    quiet(axes, "x")
    return figure


def _ordered(balance: Balance) -> list[BalanceRow]:
    """The covariates from the bottom up: those that cannot be computed, then ascending by the difference before."""
    return sorted(balance.rows, key=lambda row: abs(row.smd_before) if math.isfinite(row.smd_before) else -1.0)


def _edge(rows: list[BalanceRow]) -> float:
    """Where the x axis ends: not so far that 0.1 could no longer be read."""
    sizes = [abs(size) for row in rows for size in (row.smd_before, row.smd_after) if math.isfinite(size)]
    return min(max(0.3, 1.05 * max(sizes, default=0.0)), _WIDEST)


def _draw(axes: Axes, place: int, row: BalanceRow, edge: float) -> None:
    """One covariate: a circle each, or an arrow at the edge and the number in the margin."""
    before, after = abs(row.smd_before), abs(row.smd_after)
    said = []
    if math.isfinite(before) and math.isfinite(after):
        axes.plot([min(before, edge), min(after, edge)], [place] * 2, color=LIGHT, linewidth=1.4, zorder=1)
    for size, name, face, line in ((before, "before", "white", ORANGE), (after, "after", BLUE, BLUE)):
        if not math.isfinite(size):
            said.append(f"{name} not defined")
            continue
        beyond = size > edge
        shift = 0.03 * edge if beyond and name == "after" and before > edge else 0.0
        axes.plot(
            min(size, edge) - shift, place, ">" if beyond else "o", mfc=face, mec=line, ms=8, mew=1.8, clip_on=False
        )
        if beyond:
            said.append(f"{name} {size:,.2f}")
    axes.annotate(
        "\n".join(said),
        (1, place),
        (9, 0),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        va="center",
        fontsize=SMALL,
        color=DARK,
    )


def _key(axes: Axes) -> None:
    """What the two marks are, over the panel."""
    from matplotlib.lines import Line2D

    marks = [
        Line2D([], [], marker="o", linestyle="", mfc=face, mec=line, ms=8, mew=1.8, label=label)
        for face, line, label in (("white", ORANGE, _BEFORE), (BLUE, BLUE, _AFTER))
    ]
    axes.legend(
        handles=marks,
        loc="lower left",
        bbox_to_anchor=(0, 1),
        borderaxespad=1.7,
        borderpad=0,
        ncols=2,
        frameon=False,
        fontsize=SMALL,
        handletextpad=0.2,
    )


def _wrapped(name: str) -> str:
    """A name on at most two lines; what a longer one loses is in its middle."""
    lines = textwrap.wrap(name, _LINE) or [name]
    if len(lines) <= 2:
        return "\n".join(lines)
    return f"{name[: _LINE - 1].rstrip()}\u2026\n{name[-_LINE:].lstrip()}"


def _number(size: float, digits: int) -> str:
    return show_number(abs(size), digits) if math.isfinite(size) else "not defined"
