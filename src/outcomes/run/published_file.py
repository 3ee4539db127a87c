"""Published results that come as an effect file beside the contract, from any laboratory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from outcomes.contract.load import Contract
from outcomes.contract.plan import EvaluationPlan, PublishedTerms
from outcomes.counterfactual.level_findings import level_findings
from outcomes.counterfactual.objects import Covariance, Effect, EffectKey, Estimate, NotMeasured
from outcomes.document.decode import decode, json_of
from outcomes.errors import InputError, Problem
from outcomes.numbers import read_only
from outcomes.run.effect_file import EffectFile, problems_of_law

__all__ = ["effects_of_file"]


def effects_of_file(contract: Contract, plan: EvaluationPlan, keys: Iterable[EffectKey]) -> tuple[Estimate, ...]:
    """The effects of the plan's file that `keys` ask for, with the file's own joint law.

    Parameters
    ----------
    contract : Contract
        With the file among its own.
    plan : EvaluationPlan
        With ``published: {effect: ..., source: ...}``.
    keys : iterable of EffectKey
        An effect is found by metric, cohort and segment; where several plans of the file
        measured it, by the plan's id too.  What the file does not hold is not known yet.

    Raises
    ------
    InputError
        With every problem of the file at once.
    """
    terms = plan.published
    if terms is None or terms.effect is None:
        return ()
    name = terms.effect
    data = next(file.data for file in contract.files if file.name == name)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(Problem("not-utf-8", name, "this is not UTF-8 text.", "Save the file as UTF-8.")) from None
    file = decode(json_of(text, name), EffectFile, name)
    problems = [*problems_of_law(file, name), *_problems(file, contract, plan, name)]
    chosen: list[tuple[EffectKey, int]] = []
    for key in keys:
        found = _find(file, key)
        if len(found) > 1:
            message = f"{len(found)} effects are of {key.metric}, {key.cohort}, {key.segment}, by other plans."
            problems.append(Problem("effect-ambiguous", name, message, f"Name the plan {plan.id} in the file too."))
        chosen += [(key, found[0])] if len(found) == 1 else []
    if problems:
        raise InputError(problems)
    return _estimates(file, chosen, plan, terms)


def _find(file: EffectFile, key: EffectKey) -> list[int]:
    """Where the file holds the effect; under the plan's own id first."""
    alike = [
        place
        for place, effect in enumerate(file.effects)
        if (effect.key.metric, effect.key.cohort, effect.key.segment) == (key.metric, key.cohort, key.segment)
    ]
    return [place for place in alike if file.effects[place].key.plan == key.plan] or alike


def _problems(file: EffectFile, contract: Contract, plan: EvaluationPlan, name: str) -> Iterator[Problem]:
    """Levels that the metric cannot have; a file of something else."""
    mine = [effect for effect in file.effects if effect.key.metric in plan.metrics]
    if not mine:
        known = ", ".join(sorted({effect.key.metric for effect in file.effects})) or "nothing"
        message = f"the file holds no effect on {', '.join(plan.metrics)}; it holds {known}."
        yield Problem("effect-missing", name, message, "Name metrics in the file as the contract does.")
    for effect in mine:
        where = f"{name} {effect.key}"
        levels = [level for level in (effect.treated_level, effect.counterfactual_level) if level is not None]
        metric = contract.terms.metrics.get(effect.key.metric)
        binary = metric is not None and metric.kind == "binary" and effect.known == "levels"
        if binary and not all(0 <= level <= 1 for level in levels):
            hint = "Write levels in natural units: 58 % is 0.58."
            yield Problem("level-range", where, "a share of people lies from 0 to 1.", hint)
        measured = not isinstance(effect.variance, NotMeasured)
        if measured and (effect.standard_error is None or effect.standard_error <= 0):
            message = "an effect with a variance has a standard error above zero."
            yield Problem("standard-error", where, message, "Give it, or say why it was not measured.")
        if effect.counterfactual_level is None:
            yield Problem("plan-none", where, "the effect has no counterfactual level.", "Give it, or use level_of.")


def _estimates(
    file: EffectFile, chosen: Sequence[tuple[EffectKey, int]], plan: EvaluationPlan, terms: PublishedTerms
) -> tuple[Estimate, ...]:
    """The effects under the plan's keys; those with a variance share one covariance."""
    effects = [(key, place, file.effects[place]) for key, place in chosen]
    measured = [(key, place) for key, place, effect in effects if not isinstance(effect.variance, NotMeasured)]
    joint = None
    if measured and file.law is not None:
        spots = np.array([[2 * place, 2 * place + 1] for _, place in measured]).ravel()
        freedom = tuple(file.law.degrees_of_freedom[place] for _, place in measured)
        matrix = read_only(file.law.covariance[np.ix_(spots, spots)].copy())
        joint = Covariance(tuple(key for key, _ in measured), matrix, freedom)
    return tuple(_estimate(key, effect, joint, plan, terms) for key, _, effect in effects)


def _estimate(
    key: EffectKey, effect: Effect, joint: Covariance | None, plan: EvaluationPlan, terms: PublishedTerms
) -> Estimate:
    made = f"Taken from {terms.effect}, where it was measured by the design {effect.design} ({effect.key.plan})."
    taken = replace(
        effect,
        key=key,
        design=plan.design,
        confidence=plan.confidence if plan.inference else effect.confidence,
        method=(made, *effect.method),
        source="; ".join(dict.fromkeys(part for part in (terms.source or "", effect.source) if part)),
        checks=(*effect.checks, *level_findings(effect.difference, effect.known, plan)),
    )
    unmeasured = effect.variance if isinstance(effect.variance, NotMeasured) else None
    return Estimate(taken, unmeasured or joint or NotMeasured("the file holds no joint law"))
