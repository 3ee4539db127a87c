"""The score plot: how the two groups spread over the chance of being in the programme."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outcomes.counterfactual.objects import ScoreSpread
from outcomes.figures.picture import BLUE, DARK, ORANGE, SMALL, Picture, canvas, house_style, quiet, svg_of
from outcomes.numbers import show_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["score_figure", "score_plot"]

_PROGRAMME, _BEFORE, _AFTER = "programme", "comparison before", "comparison after"


def score_plot(spread: ScoreSpread) -> Picture:
    """The score plot as a picture, with its bars as data."""
    bars = list(zip(spread.edges, spread.edges[1:], strict=False))
    rows = tuple(
        (f"{show_number(low, 2)} to {show_number(high, 2)}", *(f"{share:.1%}" for share in shares))
        for (low, high), *shares in zip(
            bars, spread.treated, spread.comparison_before, spread.comparison_after, strict=True
        )
    )
    alt = (
        "Shares of three groups over the propensity score. "
        f"Of the programme {_above(spread, spread.treated)} lie above 0.5, of the comparison group before "
        f"{_above(spread, spread.comparison_before)}, after {_above(spread, spread.comparison_after)}."
    )
    header = ("Score", "Programme", "Comparison before", "Comparison after")
    return Picture(svg_of(score_figure(spread)), alt, header, rows)


def _above(spread: ScoreSpread, shares: tuple[float, ...]) -> str:
    """The share in bars that begin at 0.5 or higher."""
    return f"{sum(share for edge, share in zip(spread.edges, shares, strict=False) if edge >= 0.5):.0%}"


@house_style()
def score_figure(spread: ScoreSpread) -> Figure:
    """The score plot as a matplotlib figure: the programme above the line, the comparison group below."""
    figure, (axes,) = canvas(3.6)
    low = list(spread.edges[:-1])
    width = [high - start for start, high in zip(spread.edges, spread.edges[1:], strict=False)]
    # Shares per unit of score, so that a wide bar does not look like many people.
    up = [share / size for share, size in zip(spread.treated, width, strict=True)]
    before = [-share / size for share, size in zip(spread.comparison_before, width, strict=True)]
    after = [-share / size for share, size in zip(spread.comparison_after, width, strict=True)]
    axes.bar(low, up, width, align="edge", color=BLUE, edgecolor="white", linewidth=0.5, label=_PROGRAMME)
    axes.bar(low, after, width, align="edge", color=ORANGE, edgecolor="white", linewidth=0.5, label=_AFTER)
    axes.bar(low, before, width, align="edge", fill=False, edgecolor=DARK, linewidth=1.2, label=_BEFORE)
    axes.axhline(0, color=DARK, linewidth=1)
    axes.set_xlim(0, 1)
    axes.set_xlabel("Propensity score: chance of being in the programme, by the covariates", loc="right")
    axes.set_yticks([])
    _key(axes)
    quiet(axes, "x")
    axes.spines["left"].set_visible(False)
    return figure


def _key(axes: Axes) -> None:
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(0, 1),
        borderpad=0,
        ncols=3,
        frameon=False,
        fontsize=SMALL,
        handlelength=1.2,
    )
