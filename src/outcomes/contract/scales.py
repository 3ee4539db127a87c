"""The scale of a clause's quantity: its unit, and which thresholds and prices may be written in it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from outcomes.contract.clauses import MeasureTerms, PaymentClause
from outcomes.contract.plan import EvaluationPlan
from outcomes.contract.terms import ContractTerms
from outcomes.units import PERCENT, POINTS, SD, Quantity, show_exact

__all__ = ["QuantityScale", "both_readings", "scale_of_clause", "scale_of_measure"]

_UNITS = {
    "percent": PERCENT,
    "percentage points": POINTS,
    "per 100": "per 100",
    "per 1000": "per 1000",
    "standard deviations": SD,
    "ratio": "times",
}


@dataclass(frozen=True, slots=True)
class QuantityScale:
    """The unit in which a clause's quantity is written.

    Attributes
    ----------
    unit : str
        The word that must follow a threshold (``%``, ``pp``, ``levels``).
    bare : bool
        True where numbers stand without a unit: money in the contract's currency and
        whole counts.
    """

    unit: str
    bare: bool = False

    def accepts(self, quantity: Quantity) -> bool:
        """True when `quantity` is written in this scale."""
        if quantity.of:
            return False
        if quantity.unit == "":
            return self.bare
        return quantity.unit == self.unit or quantity.unit + "s" == self.unit


def scale_of_measure(measure: MeasureTerms, terms: ContractTerms) -> QuantityScale:
    """The scale of a measured effect or observed level."""
    if measure.additional:
        return QuantityScale("outcomes", bare=True)
    if measure.in_ == "money per person":
        return QuantityScale(f"{terms.currency} per person", bare=True)
    if measure.in_ == "per person":
        metric = terms.metrics.get(measure.metric)
        return QuantityScale((metric.unit if metric else None) or "events")
    return QuantityScale(_UNITS.get(measure.in_ or "", ""))


def scale_of_clause(clause: PaymentClause, terms: ContractTerms) -> QuantityScale:
    """The scale of what a clause counts."""
    if clause.measure:
        return scale_of_measure(clause.measure, terms)
    pays = clause.pay_for
    if pays and pays.saving:
        return QuantityScale(terms.currency, bare=True)
    if pays and pays.fee:
        return QuantityScale("payments" if pays.fee == "once" else f"{pays.fee}s", bare=True)
    if pays and (pays.days or pays.days_without):
        return QuantityScale("days", bare=True)
    return QuantityScale("people" if pays and pays.people else "claims", bare=True)


def both_readings(number: Fraction, plan: EvaluationPlan | None, lower_is_better: bool) -> str:
    """What a bare number could mean, on the contract's own baseline where it states one."""
    base = _baseline(plan)
    shown = show_exact(number)
    sign = -1 if lower_is_better else 1
    if base is None or not 0 < base <= 1:
        return f'Write "{shown} pp" (percentage points) or "{shown} %" (a share of the level before).'
    start, points, percent = base * 100, base * 100 + sign * number, base * 100 * (1 + sign * number / 100)
    said = [_short(value) for value in (start, points, percent)]
    return f'Write "{shown} pp" ({said[0]} % to {said[1]} %) or "{shown} %" ({said[0]} % to {said[2]} %).'


def _baseline(plan: EvaluationPlan | None) -> Fraction | None:
    if plan and plan.baseline and plan.baseline.level and plan.baseline.level.unit == PERCENT:
        return plan.baseline.level.value / 100
    if plan and plan.published:
        for figure in plan.published.figures:
            if figure.counterfactual is not None and figure.per:
                return figure.counterfactual / figure.per
    return None


def _short(value: Fraction) -> str:
    return f"{float(value):.2f}".rstrip("0").rstrip(".")
