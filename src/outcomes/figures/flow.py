"""The flow diagram: how many people were left after each step, by arm, and why the others went."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from outcomes.cohort.objects import Flow, FlowStep
from outcomes.figures.picture import BLUE, DARK, PLUM, SMALL, WIDTH, Picture, canvas, house_style, svg_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["flow_diagram", "flow_figure"]

_LETTERS = 32
"""On one line of the left column."""
_BOX, _LINE, _HEAD = 0.4, 0.2, 0.45
"""Inches: height of a box, of a line of words, of the heading."""
_PROGRAMME, _COMPARISON = 3.95, 5.7
"""Inches from the left: the middle of each arm's column."""


def flow_diagram(flow: Flow) -> Picture:
    """The flow as a picture."""
    rows = tuple((step.step, f"{step.treated:,}", f"{step.comparison:,}", step.reason) for step in flow.steps)
    header = ("Step", "Programme", "Comparison", "Why others left")
    return Picture(svg_of(flow_figure(flow)), _alt(flow), header, rows)


def _alt(flow: Flow) -> str:
    if not flow.steps:
        return "No step of the flow is recorded."
    first, last = flow.steps[0], flow.steps[-1]
    compared = _compared(flow)
    start = f" and {first.comparison:,} to compare with" if compared else ""
    end = f" and {last.comparison:,}" if compared else ""
    alt = f"From {first.treated:,} people in the programme{start} at \u201c{first.step}\u201d"
    alt += f" to {last.treated:,}{end} at \u201c{last.step}\u201d."
    changes = [(step, *_change(before, step)) for before, step in zip(flow.steps, flow.steps[1:], strict=False)]
    if changes:
        step, treated, comparison = min(changes, key=lambda change: change[1] + change[2])
        if treated + comparison < 0:
            alt += f" The largest loss is {-treated - comparison:,} people at \u201c{step.step}\u201d."
    return alt


def _compared(flow: Flow) -> bool:
    """True when anyone is in the comparison column."""
    return any(step.comparison for step in flow.steps)


def _change(before: FlowStep, after: FlowStep) -> tuple[int, int]:
    """How many more people in each arm than one step earlier."""
    return after.treated - before.treated, after.comparison - before.comparison


@house_style()
def flow_figure(flow: Flow) -> Figure:
    """The flow as a matplotlib figure: one row a step, one column an arm, losses beside the arrows."""
    gaps = [0.0, *(_gap(before, step) for before, step in zip(flow.steps, flow.steps[1:], strict=False))]
    labels = [_lines(step.step) for step in flow.steps]
    heights = [max(_BOX, _LINE * len(label)) for label in labels]
    total = _HEAD + sum(gaps) + sum(heights) + 0.1
    figure, (axes,) = canvas(total)
    figure.set_layout_engine("none")
    axes.set_position((0, 0, 1, 1))
    axes.set_xlim(0, WIDTH)
    axes.set_ylim(total, 0)
    axes.axis("off")
    columns = [_PROGRAMME, _COMPARISON] if _compared(flow) else [_PROGRAMME]
    for x, title in zip(columns, ("Programme", "Comparison"), strict=False):
        axes.text(x, _HEAD / 2, title, ha="center", va="center", fontweight="bold")
    top = _HEAD
    for place, step in enumerate(flow.steps):
        if place:
            _losses(axes, top, gaps[place], flow.steps[place - 1], step, columns)
        top += gaps[place]
        middle = top + heights[place] / 2
        axes.text(0.1, middle, "\n".join(labels[place]), va="center")
        for x, people in zip(columns, (step.treated, step.comparison), strict=False):
            _box(axes, x, middle, people)
        top += heights[place]
    return figure


def _lines(words: str) -> list[str]:
    return textwrap.wrap(words, _LETTERS - 4) or [""]


def _reason(before: FlowStep, step: FlowStep) -> list[str]:
    """Why people left, on lines of the left column; nothing where nobody did."""
    if not step.reason or _change(before, step) == (0, 0):
        return []
    return textwrap.wrap(f"Left: {step.reason}", _LETTERS)


def _gap(before: FlowStep, step: FlowStep) -> float:
    """Inches between two rows."""
    return max(0.36, _LINE * len(_reason(before, step)) + 0.2)


def _box(axes: Axes, x: float, middle: float, people: int) -> None:
    from matplotlib.patches import Rectangle

    width = 1.3
    axes.add_patch(Rectangle((x - width / 2, middle - _BOX / 2), width, _BOX, fill=False, edgecolor=BLUE, lw=1.6))
    axes.text(x, middle, f"{people:,}", ha="center", va="center_baseline")


def _losses(axes: Axes, top: float, gap: float, before: FlowStep, step: FlowStep, columns: list[float]) -> None:
    """The arrows of one gap, the number lost beside each and the reason at the left."""
    middle = top + gap / 2
    axes.text(0.1, middle, "\n".join(_reason(before, step)), va="center", fontsize=SMALL, color=DARK)
    for x, change in zip(columns, _change(before, step), strict=False):
        arrow = {"arrowstyle": "-|>", "color": DARK, "linewidth": 1.2, "shrinkA": 0, "shrinkB": 0}
        axes.annotate("", xy=(x, top + gap), xytext=(x, top), arrowprops=arrow)
        if change:
            words = f"{change:+,}".replace("-", "\u2212")
            axes.text(x + 0.12, middle, words, va="center", fontsize=SMALL, color=PLUM, fontweight="bold")
