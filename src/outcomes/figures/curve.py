"""The payment curve: what a clause pays at each size of the effect, and where the estimate lies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from outcomes.band import Band
from outcomes.figures.money_text import about, symbol_of
from outcomes.figures.picture import Picture
from outcomes.figures.style import (
    BLUE,
    GREY,
    PLUM,
    TEAL,
    TEXT,
    clean_axes,
    label_lines,
    new_figure,
    quiet_style,
    tick_labels,
    ticks_between,
)
from outcomes.figures.svg import svg_bytes
from outcomes.numbers import show_number
from outcomes.payment.statement import PaymentCurve

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["curve_figure", "payment_on_curve"]

_MOST_ROWS = 25


def payment_on_curve(curve: PaymentCurve, band: Band | None = None, currency: str = "") -> Picture:
    """What one clause pays at each size of the effect, with the estimate's distribution under it.

    Parameters
    ----------
    curve : PaymentCurve
        Effects in ``curve.unit``, payments in `currency`.
    band : Band, optional
        The clause's range in `currency`.
    currency : str
        ISO 4217 code; empty where it is not known.
    """
    alt = (
        f"Line chart of the payment at each size of the effect in {curve.unit}. The measured effect, "
        f"{show_number(curve.point_effect, 2)}, pays {about(curve.point_payment, currency)}."
    )
    if band is not None and band.low is not None and band.high is not None:
        ends = f"{about(float(band.low), currency)} to {about(float(band.high), currency)}"
        alt += f" {_band_name(band)} of the payment: {ends}."
    if not curve.density.size:
        alt += " How far chance could move the effect was not measured."
    rows = tuple((show_number(effect, 4), about(paid, currency)) for effect, paid in _table(curve))
    header = (f"Effect ({curve.unit})", "Payment")
    return Picture(svg_bytes(curve_figure(curve, band, currency)), alt, header, rows)


def curve_figure(curve: PaymentCurve, band: Band | None = None, currency: str = "") -> Figure:
    """The curve as a figure; under it, where it was measured, the distribution of the effect."""
    measured = bool(curve.density.size)
    with quiet_style():
        figure = new_figure(4.4 if measured else 3.3)
        if measured:
            upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
            _distribution(lower, curve)
        else:
            upper = lower = figure.subplots()
        clean_axes(upper, "y")
        _payment(upper, curve, band, currency)
        _across(lower, curve)
    return figure


def _payment(axes: Any, curve: PaymentCurve, band: Band | None, currency: str) -> None:
    low, high = min(0.0, float(curve.payment.min())), max(0.0, float(curve.payment.max()))
    span = (high - low) or 1.0
    axes.set_ylim(low - 0.06 * span, high + 0.3 * span)
    ticks = ticks_between(low, high, 4) if high > low else (0.0,)
    axes.set_yticks(ticks, tick_labels(ticks, symbol_of(currency)), color=TEXT)
    axes.set_ylabel("Payment")
    for cliff in curve.cliffs:
        axes.axvline(cliff, color=GREY, linewidth=1, linestyle=":")
    axes.plot(*_with_gaps(curve), color=BLUE, linewidth=2.2)
    if band is not None and band.low is not None and band.high is not None:
        axes.axhspan(float(band.low), float(band.high), color=TEAL, alpha=0.2, linewidth=0)
    axes.plot([curve.point_effect], [curve.point_payment], "D", color=PLUM, markersize=8, zorder=4)
    _words(axes, curve, band, currency)


def _with_gaps(curve: PaymentCurve) -> tuple[list[float], list[float]]:
    """The curve broken at each jump, so that no line stands where nothing is paid."""
    across, up = curve.effect.tolist(), curve.payment.tolist()
    for cliff in sorted(curve.cliffs, reverse=True):
        place = int(curve.effect.searchsorted(cliff))
        across.insert(place, cliff)
        up.insert(place, float("nan"))
    return across, up


def _words(axes: Any, curve: PaymentCurve, band: Band | None, currency: str) -> None:
    """A key in the room above the curve, each line beside the mark that it explains."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    size = f"{show_number(curve.point_effect, 2)} {curve.unit}"
    paid = about(curve.point_payment, currency)
    handles: list[Any] = [Line2D([], [], marker="D", color=PLUM, linestyle="none", markersize=8)]
    labels = [f"as measured, {label_lines(size, 34, 1)}: {paid}"]
    if band is not None and band.low is not None and band.high is not None:
        handles.append(Patch(facecolor=TEAL, alpha=0.25))
        ends = f"{about(float(band.low), currency)} to {about(float(band.high), currency)}"
        labels.append(f"{_band_name(band)}: {ends}")
    if curve.cliffs:
        handles.append(Line2D([], [], color=GREY, linestyle=":"))
        labels.append("the payment jumps")
    axes.legend(handles, labels, loc="lower left", bbox_to_anchor=(0.0, 1.0), frameon=False, borderaxespad=0.2)
    axes.set_ylim(top=axes.get_ylim()[1] - 0.2 * (axes.get_ylim()[1] - axes.get_ylim()[0]))


def _distribution(axes: Any, curve: PaymentCurve) -> None:
    """A histogram of the effect's draws; inside the range dark, outside light."""
    clean_axes(axes, "x")
    axes.grid(False)
    at, share = curve.density_at, curve.density
    width = float(at[1] - at[0]) if at.size > 1 else 1.0
    low = -float("inf") if curve.low_effect is None else curve.low_effect
    high = float("inf") if curve.high_effect is None else curve.high_effect
    inside = (at >= low) & (at <= high)
    axes.bar(at[inside], share[inside], width=width, color=TEAL)
    axes.bar(at[~inside], share[~inside], width=width, color="white", edgecolor=TEAL, linewidth=0.6)
    axes.plot([curve.point_effect] * 2, [0, float(share.max())], color=PLUM, linewidth=2)
    axes.set_yticks([])
    axes.set_ylabel("Evidence")


def _across(axes: Any, curve: PaymentCurve) -> None:
    low, high = float(curve.effect.min()), float(curve.effect.max())
    axes.set_xlim(low, high)
    ticks = ticks_between(low, high, 6)
    axes.set_xticks(ticks, tick_labels(ticks), color=TEXT)
    axes.set_xlabel(f"Effect, in {label_lines(curve.unit, 40, 1)}")


def _band_name(band: Band) -> str:
    return f"{show_number(band.level * 100, 1)} % range"


def _table(curve: PaymentCurve) -> tuple[tuple[float, float], ...]:
    """The point, every jump from both sides, and enough of the rest to draw the curve again."""
    step = max(1, -(-curve.effect.size // _MOST_ROWS))
    picked = set(range(0, curve.effect.size, step)) | {curve.effect.size - 1}
    for cliff in curve.cliffs:
        at = int(curve.effect.searchsorted(cliff))
        picked |= {index for index in (at - 1, at) if 0 <= index < curve.effect.size}
    pairs = {(float(curve.effect[index]), float(curve.payment[index])) for index in picked}
    return tuple(sorted(pairs | {(curve.point_effect, curve.point_payment)}))
