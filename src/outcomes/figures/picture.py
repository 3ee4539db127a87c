"""A picture as it travels: SVG that names nothing outside itself, words, and the data behind it."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["BLUE", "DARK", "LIGHT", "ORANGE", "PLUM", "TEAL", "Picture", "canvas", "quiet", "svg_of"]

BLUE, TEAL, PLUM, ORANGE = "#12436D", "#28A197", "#801650", "#F46A25"
DARK, LIGHT = "#3D3D3D", "#BFBFBF"

_STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 12,
    "svg.fonttype": "path",
    "svg.hashsalt": "outcomes",
    "axes.edgecolor": DARK,
    "text.color": "#0B0C0C",
}


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture.

    Attributes
    ----------
    svg : bytes
        Self-contained; text is drawn as paths, so it looks the same everywhere.
    alt : str
        What a reader who does not see it must know, with the numbers.
    header : tuple of str
    rows : tuple of tuple of str
        The data behind the picture.
    """

    svg: bytes
    alt: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def canvas(height: float, rows: int = 1, ratios: tuple[float, ...] = (1.0,)) -> tuple[Figure, list[Axes]]:
    """A figure 7 inches wide with `rows` panels under one another that share their x axis."""
    import matplotlib
    from matplotlib.figure import Figure as MatplotlibFigure

    with matplotlib.rc_context(_STYLE):
        figure = MatplotlibFigure(figsize=(7.0, height), layout="constrained")
        panels = figure.subplots(rows, 1, sharex=True, squeeze=False, height_ratios=ratios)
    return figure, [panel for (panel,) in panels]


def quiet(axes: Axes, grid: str = "x") -> None:
    """Few light gridlines behind the data; no frame but the left and lower edges."""
    axes.set_axisbelow(True)
    axes.grid(visible=True, axis="x" if grid == "x" else "y", color=LIGHT, linewidth=0.6)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0)


def svg_of(figure: Figure) -> bytes:
    """The figure as SVG: the same figure gives the same bytes."""
    import matplotlib

    stream = io.BytesIO()
    with matplotlib.rc_context(_STYLE):
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    text = stream.getvalue().decode()
    return re.sub(r"^.*?(?=<svg)", "", text, count=1, flags=re.DOTALL).encode()
