"""From paths of areas to an `Effect`: the plan's method, the spread of placebo areas, findings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from outcomes.cohort.outcomes import Panel
from outcomes.contract.plan import EvaluationPlan
from outcomes.contract.synthetic_terms import SyntheticTerms
from outcomes.counterfactual.objects import (
    Covariance,
    Effect,
    EffectKey,
    Estimate,
    NotMeasured,
    PeopleComparison,
    VarianceRule,
)
from outcomes.counterfactual.synthetic.areas import AreaPaths, paths_of
from outcomes.counterfactual.synthetic.control import AreaFit, synthetic_control
from outcomes.counterfactual.synthetic.double_difference import synthetic_difference
from outcomes.counterfactual.synthetic.findings import area_findings, donor_words
from outcomes.counterfactual.synthetic.placebo import (
    PlaceboAreas,
    chance_of,
    control_placebos,
    enough_donors,
)
from outcomes.findings import CheckResult
from outcomes.numbers import exact_from_float, read_only, show_number

__all__ = ["AreaResult", "area_estimate", "fit_areas"]

_FEWEST_DRAWS = 2
_NOTHING = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class AreaResult:
    """Paths, the mix of donors and the placebo areas: what an effect of the design synthetic rests on.

    ``donors`` is the donor table.
    """

    areas: AreaPaths
    fit: AreaFit
    placebos: PlaceboAreas

    @property
    def donors(self) -> tuple[tuple[str, float], ...]:
        """Each donor with its weight, largest first."""
        order = np.argsort(-self.fit.weights, kind="stable")
        return tuple((self.areas.names[j], float(self.fit.weights[j])) for j in order)


def fit_areas(outcomes: Panel, comparison: PeopleComparison, plan: EvaluationPlan) -> AreaResult:
    """The plan's method on the paths of its areas.

    Raises
    ------
    InputError, Refused
        Where the plan has no terms, an area lacks a period, or fewer than two donors are whole.
    """
    areas = paths_of(outcomes, comparison, plan)
    draws = plan.synthetic.placebos if plan.synthetic else 0
    if plan.synthetic and plan.synthetic.method == "synthetic control":
        return AreaResult(areas, synthetic_control(areas), control_placebos(areas, draws, plan.seed))
    found = synthetic_difference(areas, draws, plan.seed)
    placebos = PlaceboAreas(found.placebos, np.abs(found.placebos), found.standard_error)
    return AreaResult(areas, found.fit, placebos)


def area_estimate(
    outcomes: Panel, comparison: PeopleComparison, plan: EvaluationPlan, key: EffectKey, checks: bool = True
) -> Estimate:
    """The effect on the programme's areas, from the start on.

    Notes
    -----
    Areas are counted, not sampled: the programme's level stands as it is, and the whole
    standard error is the counterfactual's.  People are not counted here, so a clause that
    multiplies by people is refused.
    """
    made = fit_areas(outcomes, comparison, plan)
    rule = _rule(made, plan)
    error = made.placebos.standard_error
    findings = _findings(made, plan) if checks else ()
    method = _method(made, plan)
    effect = Effect(
        key=key,
        design=plan.design,
        estimand=comparison.estimand,
        treated_level=exact_from_float(made.fit.treated),
        counterfactual_level=exact_from_float(made.fit.counterfactual),
        n_cohort=None,
        n_measured=None,
        n_comparison=None,
        variance=rule,
        standard_error=None if isinstance(rule, NotMeasured) else exact_from_float(error),
        confidence=plan.confidence,
        checks=(*comparison.checks, *findings),
        method=(*comparison.method, *method, *((rule.words,) if isinstance(rule, VarianceRule) else ())),
    )
    if isinstance(rule, NotMeasured):
        return Estimate(effect, rule)
    matrix = read_only(np.diag([0.0, error**2]))
    return Estimate(effect, Covariance((key,), matrix, (rule.degrees_of_freedom,)))


def _rule(made: AreaResult, plan: EvaluationPlan) -> VarianceRule | NotMeasured:
    """The spread of placebo areas where there are enough of them."""
    donors, treated = made.areas.donors.shape[1], made.areas.treated.shape[1]
    if made.placebos.effects.size < _FEWEST_DRAWS or not enough_donors(donors, treated, float(plan.confidence)):
        return NotMeasured(
            f"{donors} donor areas are too few for placebo areas to say how far {_areas(treated)} would move "
            f"by chance at {show_number(100 * plan.confidence, 1)} % confidence"
        )
    size = max(abs(made.fit.treated), abs(made.fit.counterfactual), _NOTHING)
    if not made.placebos.standard_error > _NOTHING * size:
        return NotMeasured("no placebo area moved at all, so chance cannot be measured")
    how = "root mean square" if made.fit.period_weights is None else "standard deviation"
    words = (
        f"Standard error from placebo areas: the {how} of {made.placebos.effects.size:,} effects where no programme "
        f"ran, with t({donors - 1}). It takes the programme's areas to move by chance as the donors do."
    )
    return VarianceRule("placebo-areas", "", float(donors - 1), words)


def _findings(made: AreaResult, plan: EvaluationPlan) -> tuple[CheckResult, ...]:
    terms = plan.synthetic
    if terms is not None and terms.method == "synthetic control":
        return (*area_findings(made.areas, made.fit, synthetic_control), _chance(made))
    fitter = partial(_difference_alone, seed=plan.seed)
    return (*area_findings(made.areas, made.fit, fitter), _chance(made))


def _difference_alone(areas: AreaPaths, seed: int) -> AreaFit:
    return synthetic_difference(areas, _FEWEST_DRAWS, seed).fit


def _chance(made: AreaResult) -> CheckResult:
    """Where the programme's areas rank among areas without a programme."""
    number = made.placebos.effects.size
    if number == 0:
        sentence = "Too few donors for any of them to stand in for the programme."
        return CheckResult("placebo-areas", "not assessable", sentence)
    floor = 1 / (number + 1)
    if made.fit.period_weights is None:
        p, what = chance_of(made.fit, made.placebos), "a gap after the start so large against that before it"
    else:
        larger = int(np.sum(made.placebos.ratios >= abs(made.fit.effect)))
        p, what = (1 + larger) / (1 + number), "a difference so large"
    rank = round(p * (number + 1))
    sentence = (
        f"Of {number + 1:,} areas or draws of areas, the programme's among them, {rank:,} show {what}: "
        f"p = {p:.3f}. With so many no p value can be below {floor:.3f}."
    )
    return CheckResult("placebo-areas", "pass" if p <= 0.1 else "warn", sentence, number=p, threshold=0.1)


def _method(made: AreaResult, plan: EvaluationPlan) -> tuple[str, ...]:
    terms = plan.synthetic
    if terms is None:
        return ()
    words = [_fitted_words(made.areas, terms), donor_words(made.areas, made.fit)]
    weights = made.fit.period_weights
    if weights is not None:
        order = [t for t in np.argsort(-weights, kind="stable") if weights[t] >= 0.005]
        listed = ", ".join(f"{made.areas.periods[t]} {100 * weights[t]:.1f} %" for t in order[:12])
        words.append(f"Periods before the start and their weights: {listed}.")
    return tuple(words)


def _fitted_words(areas: AreaPaths, terms: SyntheticTerms) -> str:
    last = areas.periods[areas.fitted - 1]
    span = f"{areas.periods[0]} to {last}"
    skipped = f"; {terms.anticipation} periods before the start are left out" if terms.anticipation else ""
    if terms.method == "synthetic control":
        return (
            f"Synthetic control: weights from 0 up, adding up to 1, made on the outcome in {span}, each period "
            f"alike{skipped} (Abadie, Diamond & Hainmueller 2010)."
        )
    return (
        f"Synthetic difference-in-differences: donors weighted to move as the programme's areas did in {span}, "
        f"periods weighted to stand for those after{skipped} (Arkhangelsky et al. 2021)."
    )


def _areas(number: int) -> str:
    return "one area" if number == 1 else f"the mean of {number} areas"
