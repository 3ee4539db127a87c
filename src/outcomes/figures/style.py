"""How every figure looks: colours, sizes, number formats, and nothing from the user's own settings."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "BLUE",
    "GREY",
    "LIGHT",
    "MINUS",
    "ORANGE",
    "PLUM",
    "TEAL",
    "TEXT",
    "WIDTH",
    "clean_axes",
    "label_lines",
    "new_figure",
    "quiet_style",
    "tick_labels",
    "ticks_between",
]

BLUE, TEAL, PLUM, ORANGE = "#12436D", "#28A197", "#801650", "#F46A25"
TEXT, GREY, LIGHT = "#0B0C0C", "#595959", "#D9D9D9"
MINUS = "\N{MINUS SIGN}"
WIDTH = 6.0
"""Inches; a reader's column."""

_SETTINGS: Any = {
    "font.family": ["DejaVu Sans"],  # comes with the drawing library, so it is the same everywhere
    "font.size": 10,
    "text.color": TEXT,
    "text.parse_math": False,  # a dollar sign is a dollar sign
    "axes.labelcolor": TEXT,
    "axes.edgecolor": GREY,
    "axes.labelsize": 10,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": TEXT,
    "ytick.labelcolor": TEXT,
    "hatch.linewidth": 0.8,
    "svg.fonttype": "path",
    "svg.hashsalt": "outcomes",
    "axes.axisbelow": True,
}


@contextmanager
def quiet_style() -> Iterator[None]:
    """The house style, whatever the user's own settings are; they come back at the end."""
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_SETTINGS)
        yield


def new_figure(height: float) -> Figure:
    """An empty figure, `height` inches high, without any window or global state."""
    from matplotlib.figure import Figure

    return Figure(figsize=(WIDTH, height), layout="constrained", facecolor="white")


def clean_axes(axes: Any, grid: str) -> None:
    """Only the lines that help: light gridlines along one axis, a line at the bottom."""
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.grid(axis=grid, color=LIGHT, linewidth=0.8)
    axes.tick_params(length=0)


def label_lines(text: str, width: int, lines: int = 3) -> str:
    """`text` on at most so many lines of `width` characters; what is too long ends in an ellipsis."""
    readable = "".join(sign if sign.isprintable() else " " for sign in text)
    return "\n".join(textwrap.wrap(readable, width, max_lines=lines, placeholder=" …"))


def ticks_between(low: float, high: float, most: int = 5) -> tuple[float, ...]:
    """At most `most` + 1 round numbers inside ``[low, high]``."""
    from matplotlib.ticker import MaxNLocator

    room = 1e-9 * (high - low)
    found = MaxNLocator(nbins=most, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    return tuple(float(tick) for tick in found if low - room <= tick <= high + room)


def tick_labels(ticks: tuple[float, ...], symbol: str | None = None) -> list[str]:
    """The labels of evenly spaced ticks, with as many decimals as their steps need.

    With a currency's `symbol` they are money in one size for the whole axis: ``£0``, ``£0.5m``, ``£1.0m``.
    """
    step = (ticks[1] - ticks[0] if len(ticks) > 1 else abs(ticks[0]) if ticks else 0.0) or 1.0
    scale, suffix = _size(max(map(abs, ticks), default=0.0)) if symbol is not None else (1.0, "")
    places = _places(step / scale)
    return [_label(tick / scale, places, symbol or "", suffix) for tick in ticks]


def _label(value: float, places: int, symbol: str, suffix: str) -> str:
    text = f"{abs(value):,.{places}f}"
    if not text.strip("0.,"):
        return f"{symbol}0"
    return f"{MINUS if value < 0 else ''}{symbol}{text}{suffix}"


def _size(largest: float) -> tuple[float, str]:
    for size, suffix in ((1e12, "tn"), (1e9, "bn"), (1e6, "m"), (1e3, "k")):
        if largest >= size * (10 if suffix == "k" else 1):
            return size, suffix
    return 1.0, ""


def _places(step: float) -> int:
    """Decimals that tell two steps apart, none for whole steps."""
    for places in range(12):
        tens = step * 10**places
        if tens >= 0.5 and math.isclose(tens, round(tens), rel_tol=1e-6):
            return places
    return 12
