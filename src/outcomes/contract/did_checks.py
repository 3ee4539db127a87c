"""Faults of a plan's `did:` terms: periods, starts, and settings that the chosen method does not read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise

from outcomes.contract.did_terms import DidTerms
from outcomes.contract.plan import EvaluationPlan
from outcomes.contract.totals_checks import problems_of_totals
from outcomes.document.yaml import Document
from outcomes.errors import Problem

__all__ = ["DID_INFERENCE", "did_inference", "problems_of_did"]

Maker = Callable[[str, str, str, str], Problem]

DID_INFERENCE: Mapping[str, tuple[str, ...]] = {
    "two by two": ("hc1", "hc2", "influence"),
    "unit and period effects": ("unit-clustered",),
    "group-time": ("influence",),
}
"""The variance rules of each method; the first is the one to take."""

_ONLY_FOR: Mapping[str, tuple[str, ...]] = {
    "before": ("two by two",),
    "after": ("two by two",),
    "earlier": ("two by two",),
    "periods": ("unit and period effects", "group-time"),
    "starts_in": ("unit and period effects", "group-time"),
    "first_days": ("unit and period effects", "group-time"),
    "compare_with": ("group-time",),
    "estimator": ("group-time",),
    "aggregate": ("group-time",),
    "anticipation": ("group-time",),
    "covariates_by_period": ("unit and period effects",),
}
"""Which methods read a setting; set for another, it would be silently unused."""
_MOST_PERIODS = 1_000


def did_inference(terms: DidTerms) -> tuple[str, ...]:
    """The variance rules that a comparison of changes may ask for."""
    return ("published",) if terms.data == "group totals" else DID_INFERENCE[terms.method]


def problems_of_did(plan: EvaluationPlan, document: Document) -> Iterator[Problem]:
    """What is missing of a comparison of changes, what its method does not read, what cannot be together."""
    terms = plan.did
    if terms is None or plan.design != "did":
        return

    def at(code: str, key: str, message: str, hint: str) -> Problem:
        return Problem(code, document.where((plan.id, "did", key)), message, hint)

    for key, methods in _ONLY_FOR.items():
        if getattr(terms, key) and terms.method not in methods:
            message = f"{key} has no meaning with the method {terms.method}."
            yield at("setting-unused", key, message, "Leave it out, or write method: " + " or ".join(methods) + ".")
    for key in _missing(plan, terms):
        yield at("setting-missing", key, f"the method {terms.method} needs {key}.", "Add it: it decides the number.")
    yield from _period_problems(terms, at)
    yield from _start_problems(terms, at)
    yield from _unfit(plan, terms, at)
    yield from problems_of_totals(plan, document)


def _missing(plan: EvaluationPlan, terms: DidTerms) -> Iterator[str]:
    """Settings without which the method has no number."""
    needed = ["before", "after"] if terms.method == "two by two" else ["periods"]
    needed += ["compare_with", "aggregate"] if terms.method == "group-time" else []
    needed += ["estimator"] if terms.method == "group-time" and plan.covariates else []
    yield from (key for key in needed if not getattr(terms, key))


def _period_problems(terms: DidTerms, at: Maker) -> Iterator[Problem]:
    names = terms.read
    key = "periods" if terms.periods else "before"
    counted = Counter(" ".join(name.split()).casefold() for name in names)  # as a reader would tell them apart
    twice = sorted(name for name, times in counted.items() if times > 1)
    if twice:
        yield at("period-twice", key, f"named more than once: {', '.join(twice)}.", "Name each period once.")
    if terms.method != "two by two" and len(terms.periods) == 1:
        yield at("period-one", "periods", "one period shows no change.", "Name at least two, in order of time.")
    if len(names) > _MOST_PERIODS:
        yield at("too-many", key, f"{len(names):,} periods are too many.", f"Name {_MOST_PERIODS:,} at most.")
    if terms.anticipation and terms.anticipation > max(len(names) - 2, 0):
        message = f"with {terms.anticipation} periods of anticipation no period is left to compare with."
        yield at("anticipation", "anticipation", message, "Write fewer, or name more periods.")


def _start_problems(terms: DidTerms, at: Maker) -> Iterator[Problem]:
    """In which period a unit starts, said once and for every period."""
    if terms.method == "two by two":
        return
    if (terms.starts_in is None) == (not terms.first_days):
        message = "nobody knows in which period a unit starts." if not terms.first_days else "the start is said twice."
        hint = "Write starts_in: with a column of the people table, or first_days: with the first day of each period."
        yield at("starts", "starts_in", message, hint)
        return
    if terms.starts_in is not None:
        return
    unknown = [name for name in terms.first_days if name not in terms.periods]
    unsaid = [name for name in terms.periods if name not in terms.first_days]
    if unknown or unsaid:
        parts = [f"{', '.join(unknown)}: not among periods"] if unknown else []
        parts += [f"{', '.join(unsaid)}: no first day"] if unsaid else []
        yield at("first-days", "first_days", f"{'; '.join(parts)}.", "Give each period its first day.")
        return
    days = [terms.first_days[name] for name in terms.periods]
    if any(later <= earlier for earlier, later in pairwise(days)):
        message = "the first days are not in the order of the periods."
        yield at("first-days", "first_days", message, "List periods: in order of time, and check the days.")


def _unfit(plan: EvaluationPlan, terms: DidTerms, at: Maker) -> Iterator[Problem]:
    """Settings that cannot stand together."""
    if terms.method == "unit and period effects" and terms.data != "panel":
        yield at("did-data", "data", "unit effects need the same units in every period.", "Write data: panel.")
    if terms.method == "group-time" and terms.trend == "multiplicative":
        hint = "Write trend: additive, or method: unit and period effects where all start together."
        yield at("did-trend", "trend", "group-time effects are measured on the additive scale.", hint)
    if terms.estimator is not None and not plan.covariates:
        hint = "Leave it out, or name covariates."
        yield at("setting-unused", "estimator", "without covariates all estimators are the same.", hint)
    if terms.method == "unit and period effects" and plan.covariates:
        message = "what does not change over time is held fixed by the unit effects already."
        hint = "Leave covariates out; covariates_by_period: names metrics that move over time."
        yield at("setting-unused", "method", message, hint)
    if terms.covariates_by_period and terms.trend == "multiplicative":
        message = "the multiplicative trend takes no covariates_by_period."
        yield at("setting-unused", "covariates_by_period", message, "Leave them out, or write trend: additive.")
    measured = [name for name in terms.covariates_by_period if name in plan.metrics]
    if measured:
        message = f"{', '.join(measured)}: what is measured cannot be held fixed."
        yield at("outcome-as-covariate", "covariates_by_period", message, "Take it out of covariates_by_period.")
    if terms.incomplete == "kept" and (terms.data != "panel" or terms.method == "two by two"):
        message = "incomplete: kept is for panels of several periods."
        yield at("setting-unused", "incomplete", message, "Leave it out.")
