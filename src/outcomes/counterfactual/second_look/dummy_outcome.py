"""A made-up world that looks like the real one, and in which the programme changes nothing.

Lives here: the models behind it and its draws.  Does not live here: what a plan makes of it
(`refuters.py`).  DoWhy's own dummy outcome draws from the global generator and puts half of the
people aside, so this one is ours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.outcomes import Sample
from outcomes.counterfactual.score.design_matrix import balance_columns, encode, independent_columns
from outcomes.counterfactual.score.propensity import comparison_only, fit_propensity
from outcomes.counterfactual.second_look.refit import Refits
from outcomes.numbers import read_only

__all__ = ["DummyOutcome"]

_PEOPLE_PER_TERM = 10


@dataclass(frozen=True, slots=True, eq=False)
class DummyOutcome:
    """What covariates say of who joins and of the outcome without the programme, and what they leave open.

    Who joins is drawn anew as well.  With the real groups held fixed, an imbalance by chance,
    which the standard error covers, would look like a fault of the method.

    Attributes
    ----------
    chance : ndarray of float64, shape (r,), or None
        Of each row (person, or site where sites were assigned) to be in the programme; None
        in an experiment, where the arms are dealt anew.
    treated : ndarray of bool, shape (r,)
        The real arms.
    row : ndarray of int64, shape (n,)
        Which row a person belongs to.
    metric : str
    codes : ndarray of int32, shape (m,)
        People measured, both arms.
    level : ndarray of float64, shape (m,)
        Expected outcome without the programme, inside the range of comparison people's.
    residual : ndarray of float64, shape (c,)
        Of comparison people; empty for outcomes of 0 and 1, which are drawn by chance.
    """

    chance: NDArray[np.float64] | None
    treated: NDArray[np.bool_]
    row: NDArray[np.int64]
    metric: str
    codes: NDArray[np.int32]
    level: NDArray[np.float64]
    residual: NDArray[np.float64]

    @classmethod
    def of(cls, series: Refits) -> DummyOutcome:
        """The likeness of a subject's world; the outcome is learnt from comparison people alone.

        Raises
        ------
        Refused
            Where no propensity score exists.

        Notes
        -----
        Who joins follows the unpenalised logit on the plan's covariates.  The outcome is
        least squares on them, their squares and products (fewer terms where there are fewer
        than 10 people for each): curved, so that a plan that adjusts in straight lines is
        put to the test.

        References
        ----------
        Huber, Lechner & Wunsch (2013), section 2 (empirical Monte Carlo).
        """
        cohort, outcomes, plan = series.subject.cohort, series.subject.outcomes, series.subject.plan
        others = ~cohort.treated[outcomes.codes]
        x = encode(cohort.covariates, plan.covariates).values if plan.covariates else np.zeros((cohort.units.n, 0))
        y = outcomes.values[others]
        terms = _terms(x[outcomes.codes], others)
        fitted = terms @ np.linalg.lstsq(terms[others], y, rcond=None)[0]
        level = np.clip(fitted, y.min(), y.max())
        binary = bool(np.isin(y, (0.0, 1.0)).all())
        residual = np.zeros(0) if binary else y - level[others]
        return cls(
            chance=None if plan.design == "experiment" else _chance(series),
            treated=series.treated == 1,
            row=series.row,
            metric=outcomes.metric,
            codes=outcomes.codes,
            level=read_only(level),
            residual=read_only(residual),
        )

    def draw(self, random: np.random.Generator) -> tuple[NDArray[np.bool_], Sample]:
        """Arms (n,) of everyone and a made-up outcome of everyone measured, which do not touch each other."""
        dealt = (
            random.permutation(self.treated) if self.chance is None else random.random(self.chance.size) < self.chance
        )
        if self.residual.size:
            values = self.level + random.choice(self.residual, size=self.level.size)
        else:
            values = (random.random(self.level.size) < self.level).astype(np.float64)
        return read_only(dealt[self.row]), Sample(self.metric, self.codes, read_only(values))


def _chance(series: Refits) -> NDArray[np.float64]:
    """Each row's probability of being in the programme: the mean score of its people; shape (r,)."""
    cohort, plan = series.subject.cohort, series.subject.plan
    usable, _ = comparison_only(cohort.treated, balance_columns(cohort.covariates, plan.covariates))
    score = fit_propensity(cohort.treated, encode(cohort.covariates, plan.covariates), usable).score
    return np.asarray(np.bincount(series.row, weights=score) / np.bincount(series.row), dtype=np.float64)


def _terms(x: NDArray[np.float64], others: NDArray[np.bool_]) -> NDArray[np.float64]:
    """A constant, and covariates with squares and products as far as people allow; shape (m, t)."""
    n, k = x.shape
    spread = x.std(axis=0)
    z = (x - x.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    curved = [z, *(z[:, [j]] * z[:, j:] for j in range(k))]
    most = int(others.sum()) // _PEOPLE_PER_TERM
    wide = np.column_stack(curved) if k * (k + 3) // 2 <= most else z[:, : max(most, 0)]
    return np.column_stack([np.ones(n), wide[:, independent_columns(wide[others])]])
