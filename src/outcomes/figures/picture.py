"""A picture as it travels: SVG that names nothing outside itself, words, and the data behind it.

The house style lives here too; what a figure shows lives in its own module.
"""

from __future__ import annotations

import hashlib
import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from outcomes.money import Money, Rounding, currency_exponent
from outcomes.numbers import exact_from_float

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "BLUE",
    "DARK",
    "LIGHT",
    "ORANGE",
    "PLUM",
    "SMALL",
    "TEAL",
    "Picture",
    "canvas",
    "house_style",
    "quiet",
    "show_money",
    "svg_of",
    "width_of",
]

BLUE, TEAL, PLUM, ORANGE = "#12436D", "#28A197", "#801650", "#F46A25"
DARK, LIGHT = "#3D3D3D", "#BFBFBF"
WIDTH = 7.0
"""Inches; at 600 pixels across, text of 12 points is 14 pixels high."""
SMALL = 11
"""Points; nothing in a picture is smaller."""

_STYLE: Any = {
    "font.family": ["DejaVu Sans"],
    "font.size": 12,
    "axes.titlesize": SMALL,
    "axes.labelsize": SMALL,
    "axes.edgecolor": DARK,
    "axes.unicode_minus": True,
    "hatch.linewidth": 1.2,
    "svg.fonttype": "path",
    "svg.hashsalt": "outcomes",
    "text.color": "#0B0C0C",
    "text.parse_math": False,  # an amount such as US$5 is not a formula
}
_THE_READERS = ("backend", "interactive", "toolbar", "webagg", "date.epoch", "savefig.directory", "timezone")


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


@contextmanager
def house_style() -> Iterator[None]:
    """Matplotlib's own defaults and the house's over them, whatever the caller has set."""
    import matplotlib

    defaults = {key: value for key, value in matplotlib.rcParamsDefault.items() if not key.startswith(_THE_READERS)}
    with matplotlib.rc_context({**defaults, **_STYLE}):
        yield


def canvas(height: float, rows: int = 1, ratios: tuple[float, ...] = (1.0,)) -> tuple[Figure, list[Axes]]:
    """A figure 7 inches wide with `rows` panels under one another that share their x axis."""
    from matplotlib.figure import Figure as MatplotlibFigure

    figure = MatplotlibFigure(figsize=(WIDTH, height), layout="constrained")
    panels = figure.subplots(rows, 1, sharex=True, squeeze=False, height_ratios=ratios)
    return figure, [panel for (panel,) in panels]


def quiet(axes: Axes, grid: str = "x") -> None:
    """Few light gridlines behind the data; no frame but the left and lower edges."""
    axes.set_axisbelow(True)
    axes.grid(visible=True, axis="x" if grid == "x" else "y", color=LIGHT, linewidth=0.6)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0)


def width_of(text: str, size: float = 12) -> float:
    """How wide one line of `text` is, in points."""
    from matplotlib.textpath import TextPath

    return float(TextPath((0, 0), text, size=size).get_extents().width) if text.strip() else 0.0


def show_money(amount: Decimal | float, currency: str) -> str:
    """An amount as it is read; without a currency, the bare number with thousands separated."""
    if isinstance(amount, float):
        step = Decimal(1).scaleb(-currency_exponent(currency) if currency else -2)
        amount = Rounding(step).quantise(exact_from_float(amount))
    return str(Money(amount, currency)) if currency else f"{amount:,}"


def svg_of(figure: Figure) -> bytes:
    """The figure as SVG that can be inlined or put in a ``data:`` URI: the same figure gives the same bytes.

    Notes
    -----
    No prolog, no metadata, no style sheet and no ``style=`` attribute (a content security
    policy may forbid both).  Identifiers that nothing refers to are dropped and the others
    carry a digest of the picture, so that two pictures on one page do not meet.
    """
    stream = io.BytesIO()
    with house_style(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"(?s).*missing from font")  # the data beside it has the letters
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(stream, format="svg", metadata=nothing)
    text = re.sub(r"^.*?(?=<svg)", "", stream.getvalue().decode(), count=1, flags=re.DOTALL)
    text = re.sub(r"\s*<defs>\s*<style.*?</style>\s*</defs>|<!--.*?-->", "", text, flags=re.DOTALL)
    text = re.sub(r' style="([^"]*)"', _as_attributes, text)
    text = re.sub(r'^<svg[^>]*?(viewBox="[^"]*")[^>]*>', _OPENING, text, count=1)
    return _own_names(text).encode()


_OPENING = (
    r'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" \1 '
    r'width="100%" stroke-linejoin="round" stroke-linecap="butt">'
)


def _as_attributes(found: re.Match[str]) -> str:
    """``style="fill: none; stroke: #000"`` as ``fill="none" stroke="#000"``."""
    pairs = (part.split(":", 1) for part in found[1].split(";") if part.strip())
    return "".join(f' {name.strip()}="{value.strip()}"' for name, value in pairs)


def _own_names(text: str) -> str:
    """Identifiers that are used, made the picture's own; the others dropped."""
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', text))
    own = "p" + hashlib.sha256(text.encode()).hexdigest()[:8] + "-"
    text = re.sub(r' id="([^"]+)"', lambda found: f' id="{own}{found[1]}"' if found[1] in used else "", text)
    return re.sub(r'(href="#|url\(#)', lambda found: found[1] + own, text)
