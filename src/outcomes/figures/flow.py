"""The flow diagram: how many people were left after each step, by arm, and why the others went."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outcomes.cohort.objects import Flow
from outcomes.figures.picture import BLUE, DARK, Picture, canvas, svg_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["flow_diagram", "flow_figure"]


def flow_diagram(flow: Flow) -> Picture:
    """The flow as a picture."""
    rows = tuple((step.step, f"{step.treated:,}", f"{step.comparison:,}", step.reason) for step in flow.steps)
    first, last = flow.steps[0], flow.steps[-1]
    alt = (
        f"From {first.treated:,} people in the programme and {first.comparison:,} to compare with at "
        f"\u201c{first.step}\u201d to {last.treated:,} and {last.comparison:,} at \u201c{last.step}\u201d."
    )
    return Picture(svg_of(flow_figure(flow)), alt, ("Step", "Programme", "Comparison", "Why others left"), rows)


def flow_figure(flow: Flow) -> Figure:
    """The flow as a matplotlib figure: one row a step, one column an arm."""
    count = len(flow.steps)
    figure, (axes,) = canvas(0.7 + 0.62 * count)
    axes.set_xlim(0, 10)
    axes.set_ylim(count, -0.9)
    axes.axis("off")
    for x, title in ((5.3, "Programme"), (8.3, "Comparison")):
        axes.text(x, -0.6, title, ha="center", va="center", fontweight="bold")
    for place, step in enumerate(flow.steps):
        axes.text(0, place, step.step, va="center")
        for x, people in ((5.3, step.treated), (8.3, step.comparison)):
            box = {"boxstyle": "square,pad=0.35", "facecolor": "white", "edgecolor": BLUE, "linewidth": 1.4}
            axes.text(x, place, f"{people:,}", ha="center", va="center", bbox=box)
            if place + 1 < count:
                arrow = {"arrowstyle": "->", "color": DARK, "linewidth": 1}
                axes.annotate("", xy=(x, place + 0.72), xytext=(x, place + 0.3), arrowprops=arrow)
    return figure
