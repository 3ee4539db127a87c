"""A weighted effect in the form that the marginal sensitivity model takes.

Lives here: the pieces of inverse propensity weights, entropy balancing and AIPW, put
together so that at no hidden bias they give back the reported estimate and error.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.contract.plan import EvaluationPlan
from outcomes.counterfactual.hidden_bias.known_strength import inverse_of
from outcomes.counterfactual.hidden_bias.marginal_sensitivity import (
    Nuisance,
    OutcomeModel,
    WeightedOutcome,
    end_influence,
    sort_outcome,
)
from outcomes.counterfactual.inference import standard_error
from outcomes.counterfactual.objects import PeopleComparison
from outcomes.counterfactual.people import MeasuredPeople

__all__ = ["WeightedForm", "end_error", "reported_error", "weighted_form"]


@dataclass(frozen=True, slots=True, eq=False)
class WeightedForm:
    """An effect as a base less a weighted mean, with what its error is made of.

    Attributes
    ----------
    outcome : WeightedOutcome
    nuisance : Nuisance
    standard : ndarray of float64, shape (m, k)
        Covariates centred and scaled, in the order of the effect's rows.
    treated : ndarray of bool, shape (m,)
    log_odds : ndarray of float64, shape (m,)
        Logarithm of the weights.
    """

    outcome: WeightedOutcome
    nuisance: Nuisance
    standard: NDArray[np.float64]
    treated: NDArray[np.bool_]
    log_odds: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """Everyone with a weight: outcome where seen, arm, weight, constant and standardised covariates."""

    y: NDArray[np.float64]
    seen: NDArray[np.bool_]
    treated: NDArray[np.bool_]
    weights: NDArray[np.float64]
    columns: NDArray[np.float64]


def weighted_form(people: MeasuredPeople, comparison: PeopleComparison, plan: EvaluationPlan) -> WeightedForm:
    """The effect of a weighting plan in the form that the model takes.

    Parameters
    ----------
    people : MeasuredPeople
        Of a plan with the design weighting.
    comparison : PeopleComparison
    plan : EvaluationPlan
    """
    rows = _rows(people, comparison)
    base = people.levels.treated
    if comparison.score is None:
        nuisance = _balancing(rows)
    else:
        score = comparison.score[people.levels.rows]
        nuisance = _propensity(rows, score)
        if plan.adjust == "aipw":
            base, nuisance = _modelled(rows, nuisance, base)
    others = ~rows.treated & rows.seen
    outcome = sort_outcome(base, nuisance.values[others], rows.weights[others])
    return WeightedForm(outcome, nuisance, rows.columns[:, 1:], rows.treated, np.log(rows.weights))


def end_error(people: MeasuredPeople, form: WeightedForm, mean: float, top: float) -> float:
    """Standard error of one end of the range, natural units.

    Parameters
    ----------
    people : MeasuredPeople
    form : WeightedForm
    mean : float
        The extreme weighted mean at that end.
    top : float
        What weights above `mean` are multiplied by: above 1 at the low end of the effect.
    """
    own = end_influence(form.nuisance, mean, top)
    if people.levels.rule.cluster == "site":
        groups = np.unique(people.levels.cluster).size
        own *= math.sqrt(groups / max(groups - 1, 1))
    return _error(people, own)


def reported_error(people: MeasuredPeople) -> float:
    """Standard error of the difference without hidden bias, natural units."""
    return _error(people, people.levels.influence[:, 1])


def _error(people: MeasuredPeople, own: NDArray[np.float64]) -> float:
    """Error of the difference from influence (m,) on the counterfactual level; sums only where there are sites."""
    mine = people.levels.influence[:, 0]
    if people.levels.rule.cluster == "site":
        return standard_error(np.column_stack([mine, own]), people.levels.cluster)
    return float(np.sqrt(np.sum((mine - own) ** 2)))


def _rows(people: MeasuredPeople, comparison: PeopleComparison) -> _Rows:
    """Everyone in the effect's rows, without a copy of the design where these are all people."""
    rows = people.levels.rows
    everyone = rows.size == comparison.treated.size
    design = comparison.design if everyone else comparison.design[rows]
    seen = people.measured[rows]
    y = np.zeros(rows.size)
    y[seen] = people.values
    columns = np.ones((rows.size, design.shape[1] + 1))
    np.subtract(design, design.mean(axis=0), out=columns[:, 1:])
    scale = np.sqrt(np.einsum("ij,ij->j", columns[:, 1:], columns[:, 1:]) / rows.size)
    columns[:, 1:] /= np.where(scale > 0, scale, 1.0)
    return _Rows(y, seen, comparison.treated[rows], comparison.weights[rows], columns)


def _propensity(rows: _Rows, score: NDArray[np.float64]) -> Nuisance:
    """Odds of a logit: the score's equations move everyone."""
    information = (rows.columns * (score * (1 - score))[:, None]).T @ rows.columns
    others = ~rows.treated & rows.seen
    values, weights = np.where(others, rows.y, 0.0), np.where(others, rows.weights, 0.0)
    return Nuisance(rows.columns, rows.treated - score, inverse_of(information), values, weights)


def _balancing(rows: _Rows) -> Nuisance:
    """Weights that balance exactly: the balance equations move comparison people."""
    share = np.where(rows.treated, 0.0, rows.weights)
    share = share / share.sum()
    moved = rows.columns[:, 1:] - rows.columns[rows.treated, 1:].mean(axis=0)
    curvature = (moved * share[:, None]).T @ moved
    others = ~rows.treated & rows.seen
    values, weights = np.where(others, rows.y, 0.0), np.where(others, rows.weights, 0.0)
    return Nuisance(moved, -share, inverse_of(curvature), values, weights)


def _modelled(rows: _Rows, plain: Nuisance, level: float) -> tuple[float, Nuisance]:
    """The base and the nuisance with a linear outcome model among comparison people."""
    others, mine = ~rows.treated & rows.seen, rows.treated & rows.seen
    apart = rows.columns[~others]
    inverse = inverse_of(rows.columns.T @ rows.columns - apart.T @ apart)
    fitted = rows.columns @ (inverse @ (rows.columns.T @ np.where(others, rows.y, 0.0)))
    predicted = float(fitted[mine].mean())
    influence = np.where(mine, (fitted - predicted) / mine.sum(), 0.0)
    model = OutcomeModel(inverse, rows.columns[mine].mean(axis=0), influence)
    residual = np.where(others, rows.y - fitted, 0.0)
    return level - predicted, Nuisance(plain.columns, plain.pull, plain.inverse, residual, plain.weights, model)
