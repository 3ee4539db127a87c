"""The blends of a run, once everything that they are made of is measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from outcomes.contract.load import Contract
from outcomes.contract.plan import EvaluationPlan
from outcomes.counterfactual.blend import SharedEstimate, blend_estimates
from outcomes.counterfactual.blend_choice import choose
from outcomes.counterfactual.objects import EffectKey, Estimate
from outcomes.findings import CheckResult
from outcomes.run.needs import blend_parts
from outcomes.run.objects import PlanRecord
from outcomes.units import show_share

__all__ = ["Blends", "blends_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Blends:
    """Estimates of blends, and a record of each plan that blends."""

    estimates: tuple[Estimate, ...]
    plans: tuple[PlanRecord, ...]


def blends_of(contract: Contract, keys: Iterable[EffectKey], measured: Sequence[Estimate]) -> Blends:
    """Every blend among `keys`.

    Parameters
    ----------
    contract : Contract
    keys : iterable of EffectKey
        The work list of the run.
    measured : sequence of Estimate
        All others, coded by person over the whole run.
    """
    known = {estimate.effect.key: estimate for estimate in measured}
    wanted = [key for key in keys if _plan(contract, key) is not None]
    lacking: dict[str, list[CheckResult]] = {key.plan: [] for key in wanted}
    for key in wanted:
        _made(contract, key, known, lacking)
    records = tuple(PlanRecord(plan, None, None, None, (), tuple(checks)) for plan, checks in lacking.items())
    return Blends(tuple(known[key] for key in wanted if key in known), records)


def _plan(contract: Contract, key: EffectKey) -> EvaluationPlan | None:
    plan = contract.evaluation.get(key.plan)
    return plan if plan is not None and plan.design == "blend" else None


def _made(
    contract: Contract, key: EffectKey, known: dict[EffectKey, Estimate], lacking: dict[str, list[CheckResult]]
) -> Estimate | None:
    """The estimate of `key`, made from its parts where it is a blend; None where a part is not known yet."""
    plan = _plan(contract, key)
    if key in known or plan is None:
        return known.get(key)
    parts = {part.plan: _made(contract, part, known, lacking) for part in blend_parts(contract, key)}
    found = {name: estimate for name, estimate in parts.items() if estimate is not None}
    if len(found) < len(parts):
        names = ", ".join(name for name, estimate in parts.items() if estimate is None)
        sentence = f"{key.cohort}: nothing is known yet of {names}, so that there is no blend either."
        lacking.setdefault(key.plan, []).append(CheckResult(f"blend-{key.cohort}", "not assessable", sentence))
        return None
    shares, checks = _shares(plan, key, found)
    known[key] = blend_estimates([SharedEstimate(found[name], share) for name, share in shares], plan, key, checks)
    return known[key]


def _shares(
    plan: EvaluationPlan, key: EffectKey, found: dict[str, Estimate]
) -> tuple[list[tuple[str, Fraction]], tuple[CheckResult, ...]]:
    """Which plans pay in which shares, and why."""
    terms = plan.blend
    if terms is None or terms.switch is not None:
        name = next(iter(found))
        start = terms.switch.from_ if terms and terms.switch else ""
        sentence = f"{key.cohort} is compared by {name}: the comparison changes at {start}."
        return [(name, Fraction(1))], (CheckResult("blend-choice", "pass", sentence),)
    shares = [(part.plan, part.share) for part in terms.parts]
    words = ", ".join(f"{show_share(share)} of {name}" for name, share in shares)
    checks: tuple[CheckResult, ...] = ()
    if terms.when is not None:
        sentence = f"The plan says when the blend holds: \u201c{terms.when}\u201d. Nobody has checked this here: "
        sentence += "unless: decides." if terms.unless else f"the blend is taken ({words})."
        checks = (CheckResult("blend-when", "warn", sentence),)
    if terms.unless is None:
        return shares, checks
    choice = choose(found[terms.unless.plan].effect, terms.unless, words)
    return [(terms.unless.plan, Fraction(1))] if choice.alone else shares, (*checks, choice.check)
