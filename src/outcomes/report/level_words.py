"""Baselines, published results and blends in plain English: every setting that decides the number."""

from __future__ import annotations

from collections.abc import Iterator

from outcomes.contract.level_terms import BaselineTerms, BlendTerms, RiskTerms, TrendTerms, UnlessTerms
from outcomes.contract.plan import EvaluationPlan
from outcomes.units import show_share

__all__ = ["level_settings"]


def level_settings(plan: EvaluationPlan) -> Iterator[str]:
    """What was agreed of a level, a file or a blend, one phrase each."""
    if plan.baseline is not None:
        yield from _baseline(plan.baseline)
    if plan.published is not None:
        if plan.published.effect:
            yield f"taken from the file {plan.published.effect} ({plan.published.source})"
        yield from _trend(plan.published.trend)
    if plan.blend is not None:
        yield from _blend(plan.blend)


def _baseline(terms: BaselineTerms) -> Iterator[str]:
    if terms.people is not None:
        yield f"the level was counted on {terms.people:,} people"
    if terms.spread is not None:
        yield f"their outcomes have a standard deviation of {terms.spread}"
    if terms.se is not None:
        yield f"the level has a standard error of {terms.se}"
    if terms.earlier_people is not None:
        yield "the level is estimated from earlier people in the data, each followed from their own start"
    if terms.kind == "rolling prior year":
        source = "the people of that cohort" if terms.rolls_on_data else f"{len(terms.levels)} stated levels"
        yield f"each cohort is compared with the one a year before, by {source}"
    if terms.area is not None:
        yield f"each person with the level of their {terms.area}, {len(terms.levels)} levels stated"
    risk = terms.risk_adjusted_by
    if isinstance(risk, RiskTerms):
        by = risk.expected or f"a {risk.model} model of {', '.join(risk.covariates)} among the earlier people"
        then = f", whose mean was {terms.expected} for the people of the level" if terms.expected else ""
        yield f"made comparable by expected outcomes: {by}{then}"
    elif risk is not None:
        yield f"adjusted for risk: {risk}"
    if terms.outliers is not None:
        yield f"outliers: {terms.outliers}"
    if terms.low_point is not None:
        yield f"people are chosen at a low point: {terms.low_point}"
    yield from _trend(terms.trend)


def _trend(trend: TrendTerms | None) -> Iterator[str]:
    if trend is None:
        return
    moved = f"a change of {trend.change}" if trend.change else f"from {trend.before} to {trend.after}"
    yield f"shown beside it: {trend.of}, {moved} ({trend.source})"


def _blend(terms: BlendTerms) -> Iterator[str]:
    if terms.switch is not None:
        yield f"plan {terms.switch.before} for cohorts that begin before {terms.switch.from_}"
        yield f"plan {terms.switch.after} from then on"
        return
    what = "the change in per cent" if terms.shares_of == "percent change" else "both levels"
    shares = " and ".join(f"{show_share(part.share)} of plan {part.plan}" for part in terms.parts)
    yield f"{shares}, of {what}"
    if terms.unless is not None:
        yield f"unless plan {terms.unless.plan} is good enough to count alone: {_unless(terms.unless)}"
    if terms.when is not None:
        yield f"the blend holds when {terms.when}"


def _unless(terms: UnlessTerms) -> str:
    power, level = terms.chances
    asked = []
    if terms.smallest_effect is not None:
        asked.append(
            f"with a chance of {show_share(power)}, tested at {show_share(level)}, "
            f"it would find an effect of {terms.smallest_effect}"
        )
    if terms.standard_error is not None:
        asked.append(f"its standard error is {terms.standard_error} at most")
    if terms.people is not None:
        asked.append(f"it measures at least {terms.people:,} people in both groups")
    return " and ".join(asked)
