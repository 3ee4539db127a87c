"""From a drawn figure to bytes, the same every time."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING

from outcomes.figures.style import quiet_style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["svg_bytes"]


def svg_bytes(figure: Figure) -> bytes:
    """`figure` as SVG; without date, program name or random ids.

    Letters are drawn as outlines, so the picture needs no font where it is read.  A sign
    that the font lacks is drawn as a box; the data beside the picture hold it.
    """
    stream = io.BytesIO()
    with quiet_style(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    return _without_prologue(stream.getvalue())


def _without_prologue(svg: bytes) -> bytes:
    """From ``<svg`` on: the document type would name an address."""
    return svg[svg.index(b"<svg") :]
