"""Faults of blends: what a blend is made of, and plans that ask for each other in a circle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from outcomes.contract.calendar import first_day_of
from outcomes.contract.level_terms import BlendTerms, UnlessTerms
from outcomes.contract.level_units import natural_change
from outcomes.contract.plan import EvaluationPlan
from outcomes.contract.reading import nearest
from outcomes.contract.terms import ContractTerms
from outcomes.document.yaml import Document
from outcomes.errors import InputError, Problem
from outcomes.period import parse_day
from outcomes.units import PERCENT

__all__ = ["problems_of_blends"]

_MOST_DEEP = 4


def problems_of_blends(
    plans: Mapping[str, EvaluationPlan], document: Document, terms: ContractTerms | None
) -> Iterator[Problem]:
    """What is wrong with every `blend:`.

    Parameters
    ----------
    plans : mapping of plan id to EvaluationPlan
        Those that could be read; the others are judged by their names alone.
    terms : ContractTerms or None
        For cohorts and their days; None where the contract could not be read.
    """
    known = list(document.root.value) if isinstance(document.root.value, dict) else []
    for plan in plans.values():
        blend = plan.blend
        if blend is None or plan.design != "blend":
            continue
        yield from _form(plan, blend, document)
        for name in blend.plans:
            yield from _part(plan, name, plans, known, document)
        if plan.id in _reached(plan, plans):
            where = document.where((plan.id, "blend"))
            yield Problem("blend-circle", where, "the blend asks for itself.", "Take one of its plans out.")
        elif _deep(plan, plans):
            message = f"blends stand in blends, more than {_MOST_DEEP} deep."
            yield Problem("blend-deep", document.where((plan.id, "blend")), message, "Name the plans themselves.")
        yield from _unless(plan, blend.unless, document) if blend.unless else ()
        yield from _switch(plan, blend, document, terms)


def _form(plan: EvaluationPlan, blend: BlendTerms, document: Document) -> Iterator[Problem]:
    def at(code: str, key: str, message: str, hint: str) -> Problem:
        return Problem(code, document.where((plan.id, "blend", *([key] if key else []))), message, hint)

    if bool(blend.parts) == (blend.switch is not None):
        yield at("blend", "", "a blend has parts with shares, or a switch from one plan to another.", "Write one.")
    if blend.parts and sum(part.share for part in blend.parts) != 1:
        yield at("blend-sum", "", "the shares of the blend do not add up to 100 %.", "Correct a share.")
    if any(part.share <= 0 for part in blend.parts):
        yield at("blend-share", "parts", "a share of a blend is above zero.", "Leave the plan out.")
    names = [part.plan for part in blend.parts]
    if len(set(names)) < len(names):
        yield at("blend-twice", "parts", "a plan stands twice in the blend.", "Add its shares up.")
    for key in ("shares_of", "when", "unless"):
        if blend.switch is not None and getattr(blend, key) is not None:
            yield at("setting-unused", key, f"{key} has no meaning beside a switch.", "Leave it out.")


def _part(
    plan: EvaluationPlan, name: str, plans: Mapping[str, EvaluationPlan], known: list[str], document: Document
) -> Iterator[Problem]:
    """What a blend is made of must be measured against something, in the same metrics."""
    where = document.where((plan.id, "blend"))
    other = plans.get(name)
    if name not in known:
        yield Problem("plan-unknown", where, f'"{name}" is not an evaluation plan.', nearest(name, known))
    elif other is not None and other.design == "none":
        message = f'plan "{name}" measures no counterfactual, so it cannot be a part of a blend.'
        yield Problem("plan-none", where, message, "Name another plan.")
    elif other is not None and (missing := [metric for metric in plan.metrics if metric not in other.metrics]):
        message = f'plan "{name}" does not measure {", ".join(missing)}.'
        yield Problem("plan-metric", where, message, "Add the metric to the plan.")


def _reached(plan: EvaluationPlan, plans: Mapping[str, EvaluationPlan]) -> set[str]:
    """Every plan that this one asks for, directly or through others."""
    found: set[str] = set()
    waiting = [plan.id]
    while waiting:
        one = plans.get(waiting.pop())
        fresh = {*one.blend.plans} - found if one is not None and one.blend is not None else set()
        found |= fresh
        waiting += sorted(fresh)
    return found


def _deep(plan: EvaluationPlan, plans: Mapping[str, EvaluationPlan]) -> bool:
    """Whether blends within blends go further than anyone can follow; each level multiplies the work."""
    layer = {plan.id}
    for _ in range(_MOST_DEEP):
        blends = (plans[name].blend for name in layer if name in plans)
        layer = {name for blend in blends if blend is not None for name in blend.plans}
    return any(name in plans and plans[name].blend is not None for name in layer)


def _unless(plan: EvaluationPlan, terms: UnlessTerms, document: Document) -> Iterator[Problem]:
    def at(code: str, key: str, message: str, hint: str) -> Problem:
        return Problem(code, document.where((plan.id, "blend", "unless", *([key] if key else []))), message, hint)

    if terms.smallest_effect is None and terms.standard_error is None and terms.people is None:
        hint = "Write smallest_effect:, standard_error: or people:."
        yield at("unless", "", "nothing says when the plan is good enough.", hint)
    for key in ("smallest_effect", "standard_error"):
        quantity = getattr(terms, key)
        if quantity is None:
            continue
        if quantity.value <= 0:
            yield at("not-positive", key, f"{key} is above zero.", "Write it without minus.")
        if key == "smallest_effect" and quantity.unit == PERCENT:
            continue
        try:
            natural_change(quantity, document.where((plan.id, "blend", "unless", key)))
        except InputError as error:
            yield from error.problems
    power, level = terms.chances
    if not 0 < level < power < 1 or terms.power == 0 or terms.level == 0:
        yield at(
            "unless", "", "power lies between level and 100 %, and level above 0.", "Write power: 80 %, level: 5 %."
        )


def _switch(
    plan: EvaluationPlan, blend: BlendTerms, document: Document, terms: ContractTerms | None
) -> Iterator[Problem]:
    """A switch is decided by the first day of each cohort, or by their order."""
    if blend.switch is None or terms is None:
        return
    where = document.where((plan.id, "blend", "switch", "from"))
    named = terms.cohorts.named if terms.cohorts else ()
    start = blend.switch.from_
    day: date | None = parse_day(start)
    if day is None and start not in named and first_day_of(terms, start) is None:
        hint = nearest(start, list(named)) or "Write a day such as 2016-07-01."
        yield Problem("switch", where, f'"{start}" is neither a day nor a cohort.', hint)
    undated = [name for name in named if first_day_of(terms, name) is None] if day is not None else []
    if undated:
        message = f"whether these begin before {start} is not known: {', '.join(undated)}."
        yield Problem("switch", where, message, "Write first_days: under cohorts:, or name a cohort here.")
