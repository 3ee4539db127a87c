"""`plot`: the picture of any result that has one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outcomes.cohort.objects import Cohort, Flow
from outcomes.counterfactual.objects import Balance, PeopleComparison, ScoreSpread
from outcomes.figures.curve import curve_figure
from outcomes.figures.flow import flow_figure
from outcomes.figures.love import love_figure
from outcomes.figures.score import score_figure
from outcomes.figures.waterfall import waterfall_figure
from outcomes.payment.statement import PaymentCurve, PaymentStatement, Waterfall
from outcomes.run.objects import Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["curve_of", "plot"]


def plot(result: object) -> Figure:
    """The picture of `result`, as a figure that can be changed and saved.

    Parameters
    ----------
    result : Balance, PeopleComparison, ScoreSpread, Flow, Cohort, Waterfall, PaymentCurve, PaymentStatement or Run
        A balance or a people comparison gives a Love plot; a flow or a cohort the flow diagram;
        a statement or a run the payment waterfall.  A waterfall or a curve alone does not know
        its currency and is drawn with bare numbers.

    Raises
    ------
    TypeError
        If there is no picture of such a result.

    Examples
    --------
    >>> figure = plot(comparison.balance)  # doctest: +SKIP
    >>> figure.savefig("balance.svg")  # doctest: +SKIP
    """
    match result:
        case Balance():
            return love_figure(result)
        case PeopleComparison(balance=Balance() as balance):
            return love_figure(balance)
        case ScoreSpread():
            return score_figure(result)
        case Flow():
            return flow_figure(result)
        case Cohort():
            return flow_figure(result.flow)
        case PaymentCurve():
            return curve_figure(result)
        case Waterfall():
            return waterfall_figure(result)
        case PaymentStatement():
            return waterfall_figure(result.waterfall, result.currency)
        case Run():
            return waterfall_figure(result.statement.waterfall, result.statement.currency)
    raise TypeError(
        f"there is no picture of a {type(result).__name__}. Plot a balance, a comparison with one, its score spread, "
        "a flow, a cohort, a waterfall, a payment curve, a statement or a run."
    )


def curve_of(run: Run, clause: str) -> Figure:
    """The payment curve of one clause of a run, with the payment's range.

    Raises
    ------
    KeyError
        If the clause pays on no measured effect.
    """
    for curve in run.curves:
        if curve.clause == clause:
            return curve_figure(curve, run.statement.clause(clause).band, run.statement.currency)
    raise KeyError(clause)
