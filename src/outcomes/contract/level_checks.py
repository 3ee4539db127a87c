"""Faults of a plan that compares with a level, or takes a published one: units, and what belongs together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction

from outcomes.contract.level_terms import BaselineTerms, PublishedTerms, RiskTerms, StatedLevel, TrendTerms
from outcomes.contract.level_units import natural_change, natural_level
from outcomes.contract.plan import EvaluationPlan
from outcomes.contract.reading import nearest
from outcomes.contract.terms import MetricTerms
from outcomes.document.yaml import Document
from outcomes.errors import InputError, Problem
from outcomes.units import Quantity, show_exact

__all__ = ["level_defaults", "problems_of_levels"]

Metrics = Mapping[str, MetricTerms] | None
At = Callable[..., Problem]

_KINDS: Mapping[str, tuple[str, ...]] = {
    "level": ("fixed", "estimated", "rolling prior year"),
    "people": ("estimated", "rolling prior year"),
    "spread": ("estimated", "rolling prior year"),
    "se": ("estimated", "rolling prior year"),
    "earlier_people": ("estimated",),
    "levels": ("rolling prior year", "by area"),
    "area": ("by area",),
}
"""Which kinds read a setting; set for another, it would be silently unused."""


def problems_of_levels(plan: EvaluationPlan, document: Document, metrics: Metrics) -> Iterator[Problem]:
    """What is wrong with `baseline:` and with what `published:` says beside its figures."""
    for key, terms in (("baseline", plan.baseline), ("published", plan.published)):
        if terms is None:
            continue

        def at(code: str, path: str, message: str, hint: str, key: str = key) -> Problem:
            return Problem(code, document.where((plan.id, key, *path.split("."))), message, hint)

        if isinstance(terms, BaselineTerms):
            yield from _baseline(plan, terms, document, metrics, at)
        else:
            yield from _published(terms, at)
        if terms.trend is not None:
            yield from _trend(terms.trend, at)
            if len(plan.metrics) > 1:
                message = "the trend cannot be of several metrics."
                yield at("trend", "trend", message, "Write a plan for each metric.")


def level_defaults(plan: EvaluationPlan) -> list[str]:
    """What a baseline or a blend leaves to its defaults and that decides the number."""
    unsaid = []
    terms, blend = plan.baseline, plan.blend
    stated = terms is not None and terms.level is not None and terms.expected is None
    if terms is not None and terms.risk and (stated or any(row.expected is None for row in terms.levels)):
        unsaid.append("baseline.expected (expected outcomes taken as they stand)")
    if blend is not None and blend.parts and blend.shares_of is None:
        unsaid.append("blend.shares_of (both levels)")
    if blend is not None and blend.unless is not None and blend.unless.smallest_effect is not None:
        unsaid += ["blend.unless.power (80 %)"] if blend.unless.power is None else []
        unsaid += ["blend.unless.level (5 %)"] if blend.unless.level is None else []
    return unsaid


def _baseline(
    plan: EvaluationPlan, terms: BaselineTerms, document: Document, metrics: Metrics, at: At
) -> Iterator[Problem]:
    for key, kinds in _KINDS.items():
        if getattr(terms, key) and terms.kind not in kinds:
            shown = "table" if key == "levels" and terms.table else key
            hint = "Write kind: estimated, or leave it out." if key in ("people", "se", "spread") else "Leave it out."
            yield at("setting-unused", shown, f"{shown} has no meaning in a baseline of kind {terms.kind}.", hint)
    if terms.kind == "fixed" and terms.level is None:
        where = document.where((plan.id, "baseline"))
        hint = "Write level: 58 %, for example."
        yield Problem("baseline-level", where, "a fixed baseline states its level.", hint)
    if terms.level is not None and terms.kind != "fixed" and len(plan.metrics) > 1:
        yield at("level-metrics", "level", "one level cannot be of several metrics.", "Write a plan for each metric.")
    if terms.level is not None and terms.earlier_people is not None:
        message = "the level is stated, and it is to be estimated from earlier people."
        yield at("baseline-level", "level", message, "Leave one out.")
    if terms.level is None:
        for key in ("people", "spread", "se", "expected"):
            if getattr(terms, key) is not None:
                yield at("setting-unused", key, f"{key} is of a level, and none is stated here.", "Leave it out.")
    if terms.kind == "by area" and (terms.area is None) != (not terms.levels and terms.table is None):
        message = "levels by area need the table and the column that names each person's area."
        where = document.where((plan.id, "baseline"))
        yield Problem("setting-missing", where, message, "Write table: and area:.")
    yield from _risk(plan, terms, metrics, at)
    yield from _figures(plan, terms, document, metrics)
    yield from _inference(plan, terms, document)


def _risk(plan: EvaluationPlan, terms: BaselineTerms, metrics: Metrics, at: At) -> Iterator[Problem]:
    """Whether expected outcomes can be had from what is named."""
    risk = terms.risk
    if risk is None:
        if terms.expected is not None or any(row.expected is not None for row in terms.levels):
            message = "the mean of expected outcomes has no meaning where no column of them is named."
            yield at("setting-unused", "expected", message, "Write risk_adjusted_by: {expected: column}.")
        return
    if (risk.expected is None) == (not risk.covariates):
        message = "people are made comparable by a column of expected outcomes, or by covariates."
        yield at("risk", "risk_adjusted_by", message, "Write expected: or covariates:.")
        return
    if (risk.model is None) != (not risk.covariates):
        yield at("risk", "risk_adjusted_by", "covariates need a model, nothing else does.", "Write model: logistic.")
    by_people = terms.earlier_people is not None or terms.rolls_on_data
    if risk.covariates and not by_people:
        message = "a model is fitted on earlier people, and none are in the data."
        yield at("risk", "risk_adjusted_by", message, "Write earlier_people: comparison group, or name expected:.")
    yield from _risk_model(plan, risk, metrics, at)


def _risk_model(plan: EvaluationPlan, risk: RiskTerms, metrics: Metrics, at: At) -> Iterator[Problem]:
    for name in plan.metrics:
        kind = metrics[name].kind if metrics is not None and name in metrics else None
        if risk.model == "logistic" and kind not in (None, "binary"):
            message = f"{name} is not a yes-or-no outcome, and a logistic model needs one."
            yield at("outcome-misfit", "risk_adjusted_by", message, "Write model: poisson for counts, or linear.")
        if risk.model == "poisson" and kind == "binary":
            message = f"{name} is a yes-or-no outcome, and a Poisson model is for counts."
            yield at("outcome-misfit", "risk_adjusted_by", message, "Write model: logistic.")


def _figures(plan: EvaluationPlan, terms: BaselineTerms, document: Document, metrics: Metrics) -> Iterator[Problem]:
    """Units and sizes of every level, spread and error, here or in the table."""
    own = StatedLevel(
        of=terms.period,
        level=terms.level or Quantity(Fraction(1, 2), "%"),
        people=terms.people,
        spread=terms.spread,
        se=terms.se,
        expected=terms.expected,
    )
    yield from _row(
        own, _kind(plan, None, metrics), lambda key: document.where((plan.id, "baseline", *([key] if key else [])))
    )
    if terms.level is not None:
        yield from _level_of_nothing(own, terms, document.where((plan.id, "baseline", "level")))
    seen: set[tuple[str, str | None]] = set()
    for index, row in enumerate(terms.levels):

        def where(key: str, index: int = index, row: StatedLevel = row) -> str:
            if terms.table is not None:
                return f"{terms.table} {row.of} {key}".rstrip()
            return document.where((plan.id, "baseline", "levels", index, *([key] if key else [])))

        yield from _row(row, _kind(plan, row, metrics), where)
        yield from _level_of_nothing(row, terms, where("level"))
        if (row.of, row.metric) in seen:
            yield Problem("level-twice", where("of"), f'"{row.of}" stands twice.', "Keep one.")
        seen.add((row.of, row.metric))
        if row.metric is None and len(plan.metrics) > 1:
            yield Problem("level-metrics", where(""), "the level must say which metric it is of.", "Write metric.")
        if row.metric is not None and row.metric not in plan.metrics:
            message = f'"{row.metric}" is not a metric of the plan.'
            yield Problem("metric-unknown", where("metric"), message, nearest(row.metric, list(plan.metrics)))


def _level_of_nothing(row: StatedLevel, terms: BaselineTerms, where: str) -> Iterator[Problem]:
    if terms.risk is not None and row.expected is None and row.level.value == 0:
        message = "a level of zero cannot be moved by expected outcomes."
        yield Problem("level-range", where, message, "Write expected: beside it, or leave risk_adjusted_by out.")


def _kind(plan: EvaluationPlan, row: StatedLevel | None, metrics: Metrics) -> str:
    """The kind of metric that a level is of; empty where that is not known."""
    name = (row.metric if row else None) or (plan.metrics[0] if plan.metrics else "")
    return metrics[name].kind if metrics is not None and name in metrics else ""


def _row(row: StatedLevel, kind: str, where: Callable[[str], str]) -> Iterator[Problem]:
    """What one level states of itself."""
    for key in ("level", "expected"):
        quantity = getattr(row, key)
        if quantity is not None:
            yield from _level_problems(quantity, kind, where(key), key)
    for key in ("spread", "se"):
        quantity = getattr(row, key)
        if quantity is None:
            continue
        if kind == "binary" and quantity.unit == "":
            shown = show_exact(quantity.value)
            yield Problem("unit-missing", where(key), f'"{shown}" needs a unit.', f'Write "{shown} pp".')
            continue
        try:
            size = natural_change(quantity, where(key))
        except InputError as error:
            yield from error.problems
            continue
        if size <= 0:
            yield Problem("not-positive", where(key), f"{key} is above zero.", "Leave it out where it is not known.")
    if row.people == 0:
        yield Problem("not-positive", where("people"), "a level of nobody is no level.", "Leave people out.")
    if row.spread is not None and (row.se is not None or row.people is None or kind == "binary"):
        message = "a spread needs people, no se, and an outcome that is more than yes or no."
        yield Problem("spread", where("spread"), message, "Leave it out, or write people beside it.")


def _level_problems(quantity: Quantity, kind: str, where: str, key: str) -> Iterator[Problem]:
    if kind == "binary" and quantity.unit == "":
        shown = show_exact(quantity.value)
        yield Problem("unit-missing", where, f'the level "{shown}" needs a unit.', f'Write "{shown} %".')
        return
    try:
        level = natural_level(quantity, where)
    except InputError as error:
        yield from error.problems
        return
    if kind == "binary" and not 0 <= level <= 1:
        yield Problem("level-range", where, f"a share of people cannot be {quantity}.", "It lies from 0 to 100 %.")
    elif kind in ("count", "days") and level < 0:
        yield Problem("level-range", where, f"{key} cannot be {quantity}.", "It is never below zero.")
    elif key == "expected" and level <= 0:
        yield Problem("level-range", where, "the mean of expected outcomes is above zero.", "Correct it.")


def _inference(plan: EvaluationPlan, terms: BaselineTerms, document: Document) -> Iterator[Problem]:
    """The variance rule is the one that the kind has."""
    if plan.inference is None or terms.kind == "fixed":
        return
    rule = "m-estimation" if terms.risk else "hc2"
    if plan.inference.kind not in (rule, "sampling_only"):
        where = document.where((plan.id, "inference", "kind"))
        message = f"a baseline {'adjusted for risk' if terms.risk else 'as it stands'} has no {plan.inference.kind}."
        yield Problem("inference", where, message, f"Write {rule}.")


def _trend(trend: TrendTerms, at: At) -> Iterator[Problem]:
    levels = (trend.before is not None) + (trend.after is not None)
    if levels == 1 or (levels == 2) == (trend.change is not None):
        yield at("trend", "trend", "a trend states two levels, or its change.", "Write before: and after:, or change:.")
        return
    for key in ("before", "after", "change"):
        quantity = getattr(trend, key)
        try:
            if quantity is not None:
                (natural_change if key == "change" else natural_level)(quantity, at("", f"trend.{key}", "", "").where)
        except InputError as error:
            yield from error.problems


def _published(terms: PublishedTerms, at: At) -> Iterator[Problem]:
    if terms.figures and terms.effect:
        yield at("published", "effect", "figures stand here and in a file: only one can be meant.", "Leave one out.")
    if terms.effect and terms.source is None:
        yield at("source-missing", "effect", "who measured this is not said.", "Write source: beside the file.")
    if terms.effect is None and (terms.source or terms.sha256):
        key = "source" if terms.source else "sha256"
        yield at("setting-unused", key, f"{key} is of an effect file, and none is named.", "Leave it out.")
