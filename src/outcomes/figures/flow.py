"""The flow diagram: who was counted, step by step, in both groups, and why others went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from outcomes.cohort.objects import Flow, FlowStep
from outcomes.figures.picture import Picture
from outcomes.figures.style import BLUE, GREY, ORANGE, TEXT, WIDTH, label_lines, new_figure, quiet_style
from outcomes.figures.svg import svg_bytes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["flow_diagram", "flow_figure"]

_BOX, _GAP = 0.5, 0.36  # inches
_LEFT, _MIDDLE, _WIDE = 2.05, 4.1, 1.75  # inches: where the two columns start, and how wide they are


def flow_diagram(flow: Flow) -> Picture:
    """How many people were left after each step, in the programme and in the comparison."""
    rows = tuple((step.step, f"{step.treated:,}", f"{step.comparison:,}", step.reason) for step in flow.steps)
    told = "; ".join(f"{step}: {treated} and {comparison}" for step, treated, comparison, _ in rows)
    alt = f"Flow diagram of people in the programme and in the comparison after each step. {told}."
    return Picture(svg_bytes(flow_figure(flow)), alt, ("Step", "Programme", "Comparison", "Why others went"), rows)


def flow_figure(flow: Flow) -> Figure:
    """The flow as a figure: two columns of boxes, steps on the left, losses between the boxes."""
    height = 0.4 + len(flow.steps) * _BOX + max(0, len(flow.steps) - 1) * _GAP
    with quiet_style():
        figure = new_figure(height + 0.1)
        figure.set_layout_engine("none")
        axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
        axes.set_axis_off()
        axes.set_xlim(0, WIDTH)
        axes.set_ylim(height + 0.05, -0.05)
        for title, left, colour in (("Programme", _LEFT, BLUE), ("Comparison", _MIDDLE, ORANGE)):
            axes.text(left + _WIDE / 2, 0.15, title, ha="center", va="center", fontweight="bold")
            _column(axes, flow.steps, title, left, colour)
        for place, step in enumerate(flow.steps):
            axes.text(0.05, _top(place) + _BOX / 2, label_lines(step.step, 25, 3), va="center", ha="left")
    return figure


def _top(place: int) -> float:
    return 0.35 + place * (_BOX + _GAP)


def _column(axes: Any, steps: tuple[FlowStep, ...], arm: str, left: float, colour: str) -> None:
    from matplotlib.patches import Rectangle

    before: int | None = None
    for place, step in enumerate(steps):
        count = step.treated if arm == "Programme" else step.comparison
        top, centre = _top(place), left + _WIDE / 2
        axes.add_patch(Rectangle((left, top), _WIDE, _BOX, facecolor="white", edgecolor=colour, linewidth=1.6))
        axes.text(centre, top + _BOX / 2, f"{count:,}", ha="center", va="center", fontsize=12, fontweight="bold")
        if before is not None:
            start = (centre, top - _GAP + 0.02)
            axes.annotate("", (centre, top - 0.02), start, arrowprops={"arrowstyle": "->", "color": TEXT})
            if count != before:
                axes.text(
                    centre + 0.12,
                    top - _GAP / 2,
                    f"{count - before:+,}".replace("-", "\N{MINUS SIGN}"),
                    va="center",
                    color=GREY,
                )
        before = count
