"""The headline beside a machine-learning estimate that makes other assumptions about the covariates.

Lives here: EconML's cross-fitted doubly robust learner, its interval, and the finding whether
the two agree.  It is never the number that pays.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.outcomes import Sample
from outcomes.contract.plan import EvaluationPlan
from outcomes.counterfactual.inference import t_quantile
from outcomes.counterfactual.objects import Effect, PeopleComparison
from outcomes.counterfactual.score.design_matrix import independent_columns
from outcomes.counterfactual.second_look.refit_summary import show_level
from outcomes.counterfactual.sets import pair_labels
from outcomes.findings import CheckResult
from outcomes.numbers import read_only

__all__ = ["CrossCheck", "cross_check"]

_NAME = "cross-check"
_FOLDS = 5
_LOWEST_SCORE = 0.01
_LEARNER = "EconML LinearDRLearner"


@dataclass(frozen=True, slots=True)
class CrossCheck:
    """A second estimate of the effect on the treated, natural units.

    Attributes
    ----------
    estimate, standard_error : float
    low, high : float
        At the plan's confidence; normal.
    learner : str
    words : str
        What was done, in sentences.
    """

    estimate: float
    standard_error: float
    low: float
    high: float
    learner: str
    words: str


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """Who enters the learner: outcomes, arms, standardised covariates, folds' groups, whom the effect is for.

    `y`, `treated`, `target` (m,), `x` (m, k), `groups` (m,) or None; `folds` is how many.
    """

    y: NDArray[np.float64]
    treated: NDArray[np.bool_]
    target: NDArray[np.bool_]
    x: NDArray[np.float64]
    groups: NDArray[np.int64] | None
    folds: int


def cross_check(
    outcomes: Sample, comparison: PeopleComparison, plan: EvaluationPlan, effect: Effect
) -> tuple[CrossCheck | None, CheckResult]:
    """A cross-fitted doubly robust estimate beside the headline, and whether the two agree.

    Parameters
    ----------
    outcomes : Sample
    comparison : PeopleComparison
        Its encoded covariates are all used; its weights say only whom the effect is for.
    plan : EvaluationPlan
        Seed and confidence.
    effect : Effect
        The headline.

    Returns
    -------
    CrossCheck or None, CheckResult
        None where there are too few people (or sites) for folds, or no covariates.

    Notes
    -----
    The effect is linear in the covariates and averaged over the programme's people used
    by the headline.  Score and outcome models are each the better, by cross-validated
    loss, of a linear model and boosted trees.  ``warn`` where
    ``|headline - estimate| > z sqrt(SE_1^2 + SE_2^2)`` at the plan's confidence.  Both
    come from the same people, so the true error of the difference is as a rule smaller:
    the check is slow to object.

    References
    ----------
    Chernozhukov et al. (2018), section 5; Kennedy (2023), algorithm 1.
    """
    rows = _rows(outcomes, comparison)
    if not rows.x.shape[1]:
        return None, CheckResult(_NAME, "not applicable", "The plan has no covariates for a second model.")
    if rows.folds < 2 or not rows.target.any():
        sentence = (
            "There are too few people or sites in one arm to fit a second model on a part and test it on another."
        )
        return None, CheckResult(_NAME, "not assessable", sentence)
    estimate, error = _fit(rows, plan.seed)
    if not (math.isfinite(estimate) and math.isfinite(error)):
        return None, CheckResult(_NAME, "not assessable", "The second model gave no finite estimate.")
    half = _quantile(plan) * error
    made = CrossCheck(estimate, error, estimate - half, estimate + half, _LEARNER, _words(rows, plan.seed))
    return made, _verdict(made, effect, plan)


def _rows(outcomes: Sample, comparison: PeopleComparison) -> _Rows:
    """Everyone measured who could have a score, whether the headline used them or not."""
    inside = np.ones(outcomes.codes.size, dtype=np.bool_)
    if comparison.score is not None:
        # A score of exactly zero marks comparison people at levels that the programme does not have.
        inside = comparison.score[outcomes.codes] > 0
    codes = outcomes.codes[inside]
    x = comparison.design[codes]
    x = x[:, independent_columns(x)]
    z = (x - x.mean(axis=0)) / x.std(axis=0) if x.shape[1] else x
    treated = comparison.treated[codes]
    groups = None
    if comparison.cluster is not None:
        groups = comparison.cluster[codes].astype(np.int64)
    elif (comparison.sets >= 0).any():
        groups = pair_labels(comparison)[codes]
    label = codes if groups is None else groups
    fewest = min(np.unique(label[treated]).size, np.unique(label[~treated]).size)
    target = treated & (comparison.weights[codes] > 0)
    return _Rows(read_only(outcomes.values[inside]), treated, target, read_only(z), groups, min(_FOLDS, fewest))


def _fit(rows: _Rows, seed: int) -> tuple[float, float]:
    """The average effect on the target people and its standard error."""
    from econml.dr import LinearDRLearner
    from threadpoolctl import threadpool_limits

    score, outcome = _models(seed)
    learner = LinearDRLearner(
        model_propensity=score,
        model_regression=outcome,
        min_propensity=_LOWEST_SCORE,
        cv=rows.folds,
        random_state=seed,
    )
    # The limit holds only for libraries that are loaded by now.  One thread: the same sums on any number of cores,
    # and small trees are faster so.
    with threadpool_limits(1), warnings.catch_warnings():
        # Of a logit that does not settle (trees take its place) and of what is to change in a later version.
        for kind in (UserWarning, FutureWarning):
            warnings.simplefilter("ignore", kind)
        learner.fit(rows.y, rows.treated.astype(np.int64), X=rows.x, groups=rows.groups)
        average = learner.ate_inference(X=rows.x[rows.target])
    return float(average.mean_point), float(average.stderr_mean)


def _models(seed: int) -> tuple[list[Any], list[Any]]:
    """Candidates for the score and for the outcome; EconML takes the better by cross-validated loss."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.linear_model import LinearRegression, LogisticRegression

    trees = {"min_samples_leaf": 10, "early_stopping": False, "random_state": seed}
    score = HistGradientBoostingClassifier(max_iter=80, max_depth=3, learning_rate=0.05, **trees)
    outcome = HistGradientBoostingRegressor(max_iter=150, max_depth=4, learning_rate=0.1, **trees)
    return [LogisticRegression(C=1e6, max_iter=1000), score], [LinearRegression(), outcome]


def _quantile(plan: EvaluationPlan) -> float:
    return t_quantile(1 - float((1 - plan.confidence) / 2), math.inf)


def _words(rows: _Rows, seed: int) -> str:
    """What was done, and what its standard error leaves out."""
    people, others = int(rows.treated.sum()), int((~rows.treated).sum())
    text = (
        f"{_LEARNER} on {people:,} people in the programme and {others:,} others, {rows.x.shape[1]} covariates, "
        f"{rows.folds} folds; score and outcome models each the better of a linear model and boosted trees; "
        f"effect linear in the covariates, averaged over {int(rows.target.sum()):,} people in the programme; "
        f"scores below {_LOWEST_SCORE} are raised to it; "
        f"folds and trees by seed {seed}, and another seed moves the figure."
    )
    if rows.groups is not None:
        text += " People of one site or pair are in one fold; the standard error takes no account of sites or pairs."
    return text


def _verdict(made: CrossCheck, effect: Effect, plan: EvaluationPlan) -> CheckResult:
    """Whether headline and second estimate agree within the sampling error of their difference."""
    if effect.difference is None or effect.standard_error is None:
        sentence = (
            f"A second model found {show_level(made.estimate)}; the headline has no standard error to compare by."
        )
        return CheckResult(_NAME, "not assessable", sentence, number=made.estimate)
    apart = abs(float(effect.difference) - made.estimate)
    limit = _quantile(plan) * math.hypot(float(effect.standard_error), made.standard_error)
    sentence = (
        f"A second model, with machine learning, found {show_level(made.estimate)} ({show_level(made.low)} to "
        f"{show_level(made.high)}); the headline is {show_level(float(effect.difference))}. They are "
        f"{show_level(apart)} apart; sampling error alone could make it {show_level(limit)}."
    )
    if apart <= limit:
        return CheckResult(_NAME, "pass", sentence, number=apart, threshold=limit)
    sentence += " One of the two has the covariates wrong: find out which before relying on the headline."
    return CheckResult(_NAME, "warn", sentence, number=apart, threshold=limit)
