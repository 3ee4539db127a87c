"""The payment on its price curve, with the range, and the estimate's distribution under it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from outcomes.band import Band, no_band
from outcomes.figures.picture import (
    BLUE,
    DARK,
    LIGHT,
    PLUM,
    SMALL,
    TEAL,
    Picture,
    canvas,
    house_style,
    quiet,
    show_money,
    svg_of,
)
from outcomes.numbers import show_number
from outcomes.payment.statement import PaymentCurve

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["curve_figure", "payment_on_curve"]

_SHOWN = 25
_SCALES = ((1e7, 1e6, "million"), (1e10, 1e9, "billion"), (1e13, 1e12, "trillion"), (1e16, 1e15, "quadrillion"))
_NO_BAND = no_band("not measured", "the range of the payment was not handed over")
_BEYOND = (1e19, 1e18, "quintillion")


def payment_on_curve(curve: PaymentCurve, band: Band = _NO_BAND, currency: str = "") -> Picture:
    """The curve as a picture; about 25 of its points are the data beside it.

    Parameters
    ----------
    curve : PaymentCurve
    band : Band
        The clause's, in money; without ends where nothing was measured.
    currency : str
        ISO 4217 code; empty for bare numbers.
    """
    header = (f"Effect ({curve.unit})", f"Payment ({currency})" if currency else "Payment")
    rows = tuple((_show(float(curve.effect[i])), show_money(float(curve.payment[i]), currency)) for i in _chosen(curve))
    return Picture(svg_of(curve_figure(curve, band, currency)), _alt(curve, band, currency), header, rows)


def _alt(curve: PaymentCurve, band: Band, currency: str) -> str:
    paid = show_money(curve.point_payment, currency)
    words = [f"What the clause pays at each size of the effect: {paid} at {_show(curve.point_effect)} {curve.unit}."]
    level = f"{show_number(band.level * 100, 1)} %"
    if band.low is not None and band.high is not None:
        ends = [show_money(float(end), currency) for end in (band.low, band.high)]
        words.append(f"The {level} range of the payment is {ends[0]} to {ends[1]}.")
    else:
        words.append(f"No range is given: {band.reason.rstrip('.') or band.kind}.")
    if interval := _interval(curve):
        words.append(f"The {level} interval of the effect is {interval[0]} to {interval[1]} {curve.unit}.")
    if curve.cliffs:
        words.append(f"The payment jumps at {', '.join(map(_show, curve.cliffs))} {curve.unit}.")
    return " ".join(words)


def _chosen(curve: PaymentCurve) -> list[int]:
    """Evenly spaced points of the curve, and the point of each jump."""
    even = np.linspace(0, curve.effect.size - 1, _SHOWN).astype(int)
    jumps = [np.abs(curve.effect - cliff).argmin() for cliff in curve.cliffs]
    return [int(i) for i in np.unique([*even, *jumps])]


def _show(effect: float, beside: float = 0.0) -> str:
    """An effect at three significant digits or two decimals, whichever says more; as fine as the one `beside` it."""
    size = max(abs(effect), abs(beside))
    return show_number(effect, 2 if size in (0, math.inf) else min(max(2, 2 - math.floor(math.log10(size))), 15))


def _interval(curve: PaymentCurve) -> tuple[str, str] | None:
    """The ends of the effect's interval as text, both equally fine."""
    low, high = curve.low_effect, curve.high_effect
    return None if low is None or high is None else (_show(low, high), _show(high, low))


@house_style()
def curve_figure(curve: PaymentCurve, band: Band = _NO_BAND, currency: str = "") -> Figure:
    """The curve as a matplotlib figure; the lower panel only where draws exist."""
    measured = curve.density.size > 0
    figure, panels = canvas(5.4 if measured else 3.9, 2 if measured else 1, (2.6, 1.0) if measured else (1.0,))
    figure.set_layout_engine("constrained", h_pad=0.1)
    scale, words = _scale(curve, band, currency)
    _upper(panels[0], curve, band, scale)
    panels[0].annotate(
        words, (0, 1), (0, 24), xycoords="axes fraction", textcoords="offset points", fontsize=SMALL, color=DARK
    )
    _point(panels[0], curve, scale, currency)
    if measured:
        _lower(panels[1], curve, band)
    for axes in panels:
        axes.axvline(curve.point_effect, color=PLUM, linewidth=1.3, linestyle=(0, (4, 2)), zorder=1.5)
        if curve.effect[0] < 0 < curve.effect[-1]:
            axes.axvline(0, color=DARK, linewidth=0.8)
    key = "\n\u25cf paid at exactly this effect   \u25cb not paid" if curve.cliffs else ""
    panels[-1].set_xlabel(f"Effect, {curve.unit}{key}")
    panels[-1].locator_params(axis="x", nbins=6)
    panels[-1].xaxis.set_major_formatter(lambda value, _: show_number(value, 8).replace("-", "\u2212"))
    return figure


def _scale(curve: PaymentCurve, band: Band, currency: str) -> tuple[float, str]:
    """What the payment axis is divided by, and its title."""
    ends = [float(end) for end in (band.low, band.high) if end is not None]
    largest = max(abs(float(value)) for value in (curve.payment.min(), curve.payment.max(), *ends))
    scale, word = 1.0, ""
    for least, size, name in (*_SCALES, _BEYOND):
        if largest >= least:
            scale, word = size, name
    return scale, ", ".join(part for part in ("Payment", f"{currency} {word}".strip()) if part)


def _upper(axes: Axes, curve: PaymentCurve, band: Band, scale: float) -> None:
    """The curve in pieces, a dot at each end of a jump, and the range of the payment."""
    pieces, dots = _pieces(curve)
    for piece in pieces:
        axes.plot(piece.effect, [value / scale for value in piece.payment], color=BLUE, linewidth=2.4, zorder=3)
    for dot in dots:
        face = BLUE if dot.paid else "white"
        axes.plot(dot.effect, dot.payment / scale, "o", markersize=6, mfc=face, mec=BLUE, mew=1.6, zorder=4)
    values = [0.0, *(curve.payment / scale).tolist()]
    if band.low is not None and band.high is not None:
        ends = float(band.low) / scale, float(band.high) / scale
        values += ends
    low, high = min(values), max(values)
    flat = high == low
    axes.set_ylim(low - 0.08 * (high - low or 1.0), high + 0.08 * (high - low or 1.0) + (1.0 if flat else 0.0))
    axes.locator_params(axis="y", nbins=6)
    if flat:
        axes.set_yticks([low])
    axes.yaxis.set_major_formatter(lambda value, _: show_number(value, 4).replace("-", "\u2212"))
    quiet(axes, "y")
    _range(axes, band, scale)


def _range(axes: Axes, band: Band, scale: float) -> None:
    """The range on the payment axis: shaded, edged, and named in the right margin."""
    level = f"{show_number(band.level * 100, 1)} % range"
    bottom, top = axes.get_ylim()
    middle, words = (bottom + top) / 2, "No range\nmeasured" if band.kind == "not measured" else "No range"
    if band.low is not None and band.high is not None:
        low, high = float(band.low) / scale, float(band.high) / scale
        axes.axhspan(low, high, color=TEAL, alpha=0.2, linewidth=0, zorder=0.5)
        for end in (low, high):
            axes.axhline(end, color=TEAL, linewidth=1.4, linestyle=(0, (5, 2)), zorder=1)
        middle = (low + high) / 2
        said = [show_number(end, 0 if abs(end) >= 1000 else 2).replace("-", "\u2212") for end in (low, high)]
        words = f"{level}\n{said[0]}\nto {said[1]}" if low != high else f"{level}\nonly {said[0]}"
    middle = min(max(middle, bottom + 0.14 * (top - bottom)), top - 0.14 * (top - bottom))
    axes.annotate(
        words,
        (1, middle),
        (8, 0),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        va="center",
        fontsize=SMALL,
        color=DARK,
    )


def _point(axes: Axes, curve: PaymentCurve, scale: float, currency: str) -> None:
    """The measured point, and over the panel what the clause pays there."""
    axes.plot([curve.point_effect], [curve.point_payment / scale], "D", markersize=9, color=PLUM, mec="white", zorder=5)
    left, right = axes.get_xlim()
    place = (curve.point_effect - left) / ((right - left) or 1.0)
    paid = show_money(curve.point_payment, currency).replace("-", "\u2212", 1)
    axes.annotate(
        f"{_show(curve.point_effect)} {curve.unit}: pays {paid}".replace("-", "\u2212", 1),
        (min(max(place, 0.0), 1.0), 1),
        (0, 5),
        xycoords="axes fraction",
        textcoords="offset points",
        ha="left" if place < 0.36 else "right" if place > 0.64 else "center",
        color=PLUM,
        fontweight="bold",
    )


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of the curve without a jump."""

    effect: list[float]
    payment: list[float]


@dataclass(frozen=True, slots=True)
class _Dot:
    """One end of a piece at a jump; `paid` where the payment at the jump itself is this one."""

    effect: float
    payment: float
    paid: bool


def _pieces(curve: PaymentCurve) -> tuple[list[_Piece], list[_Dot]]:
    """The curve cut at its jumps, so that no line stands where nothing is paid."""
    xs, ys = curve.effect, curve.payment
    pieces: list[_Piece] = []
    dots: list[_Dot] = []
    first, start = 0, None  # index of the next point to draw; the dot from which a piece starts
    for cliff in sorted(curve.cliffs):
        hair = 1e-9 * (abs(cliff) or 1.0)
        before, after = int(np.searchsorted(xs, cliff - hair / 2)), int(np.searchsorted(xs, cliff + hair / 2))
        if before == 0 or after >= xs.size:
            continue
        below, above = float(ys[before - 1]), float(ys[after])
        at = float(ys[before]) if after > before else above
        jumps_here = abs(at - below) > abs(at - above) or after == before
        if jumps_here:
            above = at
        ends = _Dot(cliff, below, not jumps_here), _Dot(cliff, above, jumps_here)
        pieces.append(_piece(curve, start, first, before, ends[0]))
        dots += ends
        first, start = after, ends[1]
    pieces.append(_piece(curve, start, first, xs.size, None))
    return pieces, dots


def _piece(curve: PaymentCurve, start: _Dot | None, first: int, last: int, end: _Dot | None) -> _Piece:
    """The points `first` to `last` with the dots at both ends."""
    ends = [[dot] if dot else [] for dot in (start, end)]
    effect = [dot.effect for dot in ends[0]] + curve.effect[first:last].tolist() + [dot.effect for dot in ends[1]]
    payment = [dot.payment for dot in ends[0]] + curve.payment[first:last].tolist() + [dot.payment for dot in ends[1]]
    return _Piece(effect, payment)


def _lower(axes: Axes, curve: PaymentCurve, band: Band) -> None:
    """The histogram of the effect's draws and the interval under it."""
    width = float(curve.density_at[1] - curve.density_at[0]) if curve.density_at.size > 1 else 1.0
    axes.bar(curve.density_at, curve.density, width=width, color=LIGHT, edgecolor=LIGHT, linewidth=0.3)
    top = float(curve.density.max()) or 1.0
    interval = _interval(curve)
    if interval and curve.low_effect is not None and curve.high_effect is not None:
        axes.plot(
            [curve.low_effect, curve.high_effect], [-0.1 * top] * 2, "|-", color=DARK, lw=2.2, ms=10, mew=2.2, zorder=3
        )
        words = (
            f"{show_number(band.level * 100, 1)} % interval\n{_show(curve.low_effect)}\nto {_show(curve.high_effect)}"
        )
        axes.annotate(
            words.replace("-", "\u2212"),
            (1, 0.5),
            (8, 0),
            xycoords="axes fraction",
            textcoords="offset points",
            va="center",
            fontsize=SMALL,
            color=DARK,
        )
    axes.set_ylim(-0.24 * top, 1.08 * top)
    axes.set_yticks([])
    axes.set_title("How sure the effect is: the estimate's distribution", loc="left", color=DARK)
    quiet(axes)
    axes.spines["left"].set_visible(False)
