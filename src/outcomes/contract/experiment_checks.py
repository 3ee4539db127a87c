"""Faults of a plan's `experiment:` terms."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from outcomes.contract.covariate_terms import columns_of
from outcomes.contract.experiment_terms import ExperimentTerms
from outcomes.contract.plan import EvaluationPlan
from outcomes.document.yaml import Document
from outcomes.errors import Problem

__all__ = ["problems_of_experiment"]

Maker = Callable[[str, tuple[str, ...], str, str], Problem]


def problems_of_experiment(plan: EvaluationPlan, document: Document) -> Iterator[Problem]:
    """What an experiment's terms lack, and what cannot stand together."""
    terms = plan.experiment
    if plan.design != "experiment":
        return

    def at(code: str, path: tuple[str, ...], message: str, hint: str) -> Problem:
        return Problem(code, document.where((plan.id, *path)), message, hint)

    if plan.adjust == "regression" and not plan.covariates:
        yield at("setting-missing", ("adjust",), "adjust: regression needs covariates.", "Name them, or leave it out.")
    if terms is None:
        return
    twice = sorted({name for name in terms.strata if terms.strata.count(name) > 1})
    if twice:
        message = f"{', '.join(twice)} stands more than once."
        yield at("covariate-repeated", ("experiment", "strata"), message, "Name it once.")
    if terms.received is not None and terms.received in (*terms.strata, *columns_of(plan.covariates)):
        message = f"{terms.received} is known only after the draw."
        hint = "Take it out of strata and covariates: what follows from the draw cannot be held fixed."
        yield at("received", ("experiment", "received"), message, hint)
    if terms.effect == "compliers":
        yield from _compliers(plan, terms, at)
    if terms.strata and (plan.outcome_model != "linear" or plan.exposure is not None):
        message = "strata are compared on the values themselves."
        hint = "Leave outcome_model and exposure out, or name the strata among covariates."
        yield at("adjust", ("experiment", "strata"), message, hint)


def _compliers(plan: EvaluationPlan, terms: ExperimentTerms, at: Maker) -> Iterator[Problem]:
    """What the effect on compliers needs, and what it cannot stand beside."""
    if plan.estimand != "att":
        message = "the effect on compliers is on them alone, in either group."
        yield at("estimand", ("estimand",), message, "Leave estimand out, or write effect: intention to treat.")
    if terms.received is None:
        message = "the effect on compliers needs to know who received."
        yield at("setting-missing", ("experiment", "received"), message, "Write received: with the column.")
    if plan.outcome_model != "linear" or plan.exposure is not None:
        message = "the effect on compliers takes no outcome model and no exposure."
        yield at("adjust", ("experiment", "effect"), message, "Leave them out, or write effect: intention to treat.")
