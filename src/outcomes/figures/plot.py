"""One call that draws a result: ``outcomes.plot(result)``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outcomes.cohort.objects import Cohort, Flow
from outcomes.counterfactual.objects import Balance, PeopleComparison
from outcomes.figures.curve import curve_figure
from outcomes.figures.flow import flow_figure
from outcomes.figures.love import love_figure
from outcomes.figures.waterfall import waterfall_figure
from outcomes.payment.statement import PaymentStatement

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from outcomes.run.objects import Run

__all__ = ["curve_of", "plot"]


def plot(result: object) -> Figure:
    """The standard figure of a result, as a matplotlib figure.

    Parameters
    ----------
    result : Balance, PeopleComparison, Flow, Cohort or PaymentStatement

    Raises
    ------
    TypeError
        For anything else, naming what can be drawn.
    """
    if isinstance(result, PeopleComparison) and result.balance is not None:
        return love_figure(result.balance)
    if isinstance(result, Balance):
        return love_figure(result)
    if isinstance(result, Cohort):
        return flow_figure(result.flow)
    if isinstance(result, Flow):
        return flow_figure(result)
    if isinstance(result, PaymentStatement):
        return waterfall_figure(result.waterfall, result.currency)
    known = "a balance, a comparison with one, a flow, a cohort or a payment statement"
    raise TypeError(f"{type(result).__name__} has no figure; {known} has one")


def curve_of(run: Run, clause: str) -> Figure:
    """The payment curve of one clause of a run.

    Raises
    ------
    KeyError
        If the clause pays on no measured effect.
    """
    for curve in run.curves:
        if curve.clause == clause:
            return curve_figure(curve, run.statement.clause(clause).band, run.statement.currency)
    raise KeyError(clause)
