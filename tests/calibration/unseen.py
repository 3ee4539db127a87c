"""Hidden bias on trial: does the bound at the true strength hold the truth, and when does the check warn?"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomes.contract.plan import EvaluationPlan
from outcomes.counterfactual.hidden_bias.findings import measure_hidden_bias
from outcomes.counterfactual.hidden_bias.from_weights import range_with_error
from outcomes.counterfactual.hidden_bias.known_strength import factors_of, fit_outcome
from outcomes.counterfactual.hidden_bias.omitted_variable import RegressionEffect, Strength, adjusted_effect, bias_of
from outcomes.counterfactual.hidden_bias.weighted_form import weighted_form
from outcomes.counterfactual.inference import t_quantile
from outcomes.counterfactual.people import MeasuredPeople, sample_people
from outcomes.foresight import worlds
from outcomes.foresight.worlds import World
from tests.calibration.bench import Run, estimate_in
from tests.calibration.cells import DOUBLY_ROBUST, PAIRS

__all__ = ["UnseenCell", "true_strength", "unseen_cells", "unseen_rows", "unseen_summary"]

_ODDS = 2.0
_APART = 0.5
_AS_X1 = math.sqrt(0.5449 / 2 * 0.5)
"""Moves an honest estimate as far as leaving out ``x1`` would."""


@dataclass(frozen=True, slots=True)
class UnseenCell:
    """A world with or without an unseen factor, and the strength at which its bound is asked."""

    world: str
    people: int
    estimator: str
    draw: Callable[[int], World]
    plan: EvaluationPlan
    strength: Strength | float | None


def true_strength(apart: float, moves: float, spread: float = 1.0) -> Strength:
    """Both shares of an unseen factor among pairs: `apart` between groups, `moves` the outcome, `spread` its variance.

    Notes
    -----
    In pairs half are served, so the factor has the variance ``apart^2 / 4`` between groups.
    """
    between = apart**2 / 4
    return Strength(between / (between + spread), moves**2 * spread / (moves**2 * spread + 1.0))


def unseen_cells() -> tuple[UnseenCell, ...]:
    """Every cell, in the order of the page."""
    yes = _ODDS / (1 + _ODDS)
    answers = true_strength(2 * yes - 1, _APART, yes * (1 - yes))
    found = []
    for people in (100, 250, 1000):
        for words, strength in (("as strong as x1", _AS_X1), ("twice as strong as x1", _AS_X1 * math.sqrt(2))):
            draw = partial(worlds.hidden, people, 0.0, strength=strength)
            name = f"no effect; unseen, {words}"
            found.append(UnseenCell(name, people, "pairs", draw, PAIRS, true_strength(strength, strength)))
            found.append(UnseenCell(name, people, "AIPW", draw, DOUBLY_ROBUST, None))
        draw = partial(worlds.hidden_answer, people, 0.0, odds=_ODDS, apart=_APART)
        name = "no effect; unseen yes or no, odds times 2"
        found.append(UnseenCell(name, people, "pairs", draw, PAIRS, answers))
        found.append(UnseenCell(name, people, "AIPW", draw, DOUBLY_ROBUST, _ODDS))
        for effect in (_AS_X1**2, 2 * _AS_X1**2, 1.0):
            draw = partial(worlds.chosen, people, effect)
            name = f"effect of {effect:.2f}; nothing unseen"
            found.append(UnseenCell(name, people, "pairs", draw, PAIRS, None))
            found.append(UnseenCell(name, people, "AIPW", draw, DOUBLY_ROBUST, None))
    return tuple(found)


def unseen_rows(cell: UnseenCell, count: int, first: int = 0) -> NDArray[np.float64]:
    """Shape (count, 4): the interval held the truth, the bound did, the effect was significant, the check warned."""
    rows = np.full((count, 4), np.nan)
    for at in range(count):
        run = estimate_in(cell.draw(first + at), cell.plan)
        if run is None:
            continue
        people = sample_people(run.sample, run.comparison, cell.plan)
        half = t_quantile(0.95, run.freedom) * run.error
        low, high = _bounds(run, people, cell, half)
        bias = measure_hidden_bias(people, run.comparison, cell.plan, run.estimate.effect.variance)
        rows[at] = (
            abs(run.difference - run.truth) <= half,
            np.nan if cell.strength is None else low <= run.truth <= high,
            abs(run.difference) > half,
            bias[0].fragile,
        )
    return rows


def _bounds(run: Run, people: MeasuredPeople, cell: UnseenCell, half: float) -> tuple[float, float]:
    """The 90 % interval around the range at the true strength, natural units."""
    if isinstance(cell.strength, Strength):
        rows = people.levels.rows
        x, names = run.comparison.design[rows], run.comparison.design_names
        fit = fit_outcome(people.values, people.arm, people.weights, x, factors_of(names))
        effect = RegressionEffect(run.difference, run.error, run.freedom, fit.scale, fit.residual_freedom)
        moved = bias_of(effect, cell.strength)
        # The reported error: a factor that was not seen narrows nothing.
        half = max(half, (lambda ends: (ends.high - ends.low) / 2)(adjusted_effect(effect, cell.strength, 0.9)))
        return run.difference - moved - half, run.difference + moved + half
    if cell.strength is None:
        return -math.inf, math.inf
    ends = range_with_error(weighted_form(people, run.comparison, cell.plan), people, cell.strength)
    quantile = t_quantile(0.95, run.freedom)
    return ends.low - quantile * ends.low_error, ends.high + quantile * ends.high_error


def unseen_summary(rows: NDArray[np.float64]) -> dict[str, Any]:
    """Shares over the worlds; of the warnings, among significant effects too."""
    seen = rows[~np.isnan(rows[:, 0])]
    significant = seen[:, 2] > 0
    return {
        "worlds": int(rows.shape[0]),
        "plain": float(seen[:, 0].mean()),
        "bound": float(seen[:, 1].mean()),
        "significant": float(significant.mean()),
        "warned": float(seen[:, 3].mean()),
        "warned_significant": float(seen[significant, 3].mean()) if significant.any() else math.nan,
    }
