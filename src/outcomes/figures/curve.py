"""The payment on its price curve, with the range, and the estimate's distribution under it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from outcomes.band import Band
from outcomes.figures.picture import BLUE, DARK, LIGHT, ORANGE, PLUM, TEAL, Picture, canvas, quiet, svg_of
from outcomes.numbers import show_number
from outcomes.payment.statement import PaymentCurve

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["curve_figure", "payment_on_curve"]

_SHOWN = 25
_JUMP = 1e-6


def payment_on_curve(curve: PaymentCurve, band: Band, currency: str) -> Picture:
    """The curve as a picture; about 25 of its points are the data beside it."""
    alt = (
        f"What the clause pays at each size of the effect. At the measured {show_number(curve.point_effect, 2)} "
        f"{curve.unit} it pays {currency} {show_number(curve.point_payment, 2)}."
    )
    if band.low is not None and band.high is not None:
        low, high = show_number(band.low, 2), show_number(band.high, 2)
        alt += f" The {show_number(band.level * 100, 1)} % range of the payment is {currency} {low} to {high}."
    if curve.cliffs:
        alt += (
            " The payment jumps at "
            + ", ".join(f"{show_number(cliff, 2)} {curve.unit}" for cliff in curve.cliffs)
            + "."
        )
    chosen = np.unique(np.linspace(0, curve.effect.size - 1, _SHOWN).astype(int))
    rows = tuple((show_number(float(curve.effect[i]), 3), show_number(float(curve.payment[i]), 2)) for i in chosen)
    return Picture(
        svg_of(curve_figure(curve, band, currency)), alt, (f"Effect ({curve.unit})", f"Payment ({currency})"), rows
    )


def curve_figure(curve: PaymentCurve, band: Band, currency: str) -> Figure:
    """The curve as a matplotlib figure; the lower panel only where draws exist."""
    measured = curve.density.size > 0
    figure, panels = canvas(5.2 if measured else 3.8, 2 if measured else 1, (3.0, 1.0) if measured else (1.0,))
    _upper(panels[0], curve, band, currency)
    if measured:
        _lower(panels[1], curve)
    panels[-1].set_xlabel(f"Effect, {curve.unit}")
    return figure


def _upper(axes: Axes, curve: PaymentCurve, band: Band, currency: str) -> None:
    effect, payment = _broken(curve)
    axes.plot(effect, payment, color=BLUE, linewidth=2.2)
    if band.low is not None and band.high is not None:
        axes.axhspan(float(band.low), float(band.high), color=TEAL, alpha=0.18, linewidth=0)
        label = f"{show_number(band.level * 100, 1)} % range of the payment"
        axes.text(
            0.01, float(band.high), label, transform=axes.get_yaxis_transform(), va="bottom", color=DARK, fontsize=11
        )
    axes.plot([curve.point_effect], [curve.point_payment], marker="o", markersize=9, color=PLUM)
    words = f"due {currency} {show_number(curve.point_payment, 0)}"
    right = curve.point_effect > (curve.effect[0] + curve.effect[-1]) / 2
    axes.annotate(
        words,
        (curve.point_effect, curve.point_payment),
        xytext=(-12 if right else 12, 12),
        textcoords="offset points",
        ha="right" if right else "left",
        color=PLUM,
        fontweight="bold",
    )
    axes.axvline(0, color=DARK, linewidth=0.8)
    axes.set_ylabel(f"Payment, {currency}")
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.locator_params(axis="y", nbins=6)
    axes.margins(y=0.14)
    quiet(axes, "y")


def _broken(curve: PaymentCurve) -> tuple[list[float], list[float]]:
    """The curve with a gap at each cliff, so that no line stands where nothing is paid."""
    effect, payment = curve.effect.tolist(), curve.payment.tolist()
    size = (max(payment) - min(payment)) or 1.0
    xs, ys = [effect[0]], [payment[0]]
    for (x0, y0), (x1, y1) in zip(
        zip(effect, payment, strict=True), zip(effect[1:], payment[1:], strict=True), strict=False
    ):
        if abs(y1 - y0) > _JUMP * size and abs(x1 - x0) < 1e-6 * (effect[-1] - effect[0]):
            xs.append(float("nan"))
            ys.append(float("nan"))
        xs.append(x1)
        ys.append(y1)
    return xs, ys


def _lower(axes: Axes, curve: PaymentCurve) -> None:
    width = float(curve.density_at[1] - curve.density_at[0]) if curve.density_at.size > 1 else 1.0
    axes.bar(curve.density_at, curve.density, width=width, color=LIGHT)
    if curve.low_effect is not None and curve.high_effect is not None:
        top = float(curve.density.max())
        axes.plot(
            [curve.low_effect, curve.high_effect], [-0.08 * top] * 2, color=ORANGE, linewidth=3, solid_capstyle="butt"
        )
    axes.axvline(curve.point_effect, color=PLUM, linewidth=1.5)
    axes.axvline(0, color=DARK, linewidth=0.8)
    axes.set_yticks([])
    axes.set_ylabel("Estimate", fontsize=11)
    quiet(axes)
    axes.spines["left"].set_visible(False)
