"""Matching by risk sets: in order of time, with those who could have been served that day and were not yet.

Lives here: who is at risk on which day, and the start days that matching gives.  The
search within a day is that of `match_sets.py`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.objects import AtRisk, Cohort
from outcomes.contract.plan import EvaluationPlan
from outcomes.counterfactual.matching.match_sets import field_of, match_sets
from outcomes.counterfactual.matching.match_space import Pairs, sets_of
from outcomes.counterfactual.matching.match_words import method_words
from outcomes.counterfactual.matching.plan_space import match_space, match_terms, set_rule
from outcomes.counterfactual.matching.sets_of_plan import MatchedSets, score_of_plan
from outcomes.counterfactual.matching.tie_keys import TieKeys
from outcomes.counterfactual.score.design_matrix import DesignMatrix
from outcomes.errors import Problem, Refused
from outcomes.findings import CheckResult
from outcomes.numbers import read_only

__all__ = ["match_risk_sets"]

_WORDS = (
    "Matched day by day in order of time: each person with those who could have been served on the day of the start "
    "and were not yet; a comparison person starts on the day of the person matched with."
)


def match_risk_sets(
    cohort: Cohort, plan: EvaluationPlan, design: DesignMatrix, usable: NDArray[np.bool_]
) -> tuple[MatchedSets, NDArray[np.datetime64]]:
    """The sets, and every entry's start day, shape (n,): NaT for those not used.

    Parameters
    ----------
    cohort : Cohort
        With `at_risk`.
    plan : EvaluationPlan
    design : DesignMatrix
        Values of shape (n, k).
    usable : ndarray of bool, shape (n,)

    Raises
    ------
    Refused
        If nobody has a match, or no score exists.

    Notes
    -----
    The score is fitted once, on everyone's entries; nobody is compared with the same
    person twice, nor with themselves.  Somebody served later can stand for one served
    now, until the day before the own start: what is found is the effect of being served
    then and not later.  Days, not months: to ask that somebody be free of the event until
    the end of a month would look past the start.

    References
    ----------
    Li, Propert & Rosenbaum (2001).
    """
    at_risk = cohort.at_risk
    assert at_risk is not None  # the caller has looked
    terms = match_terms(plan)
    model = score_of_plan(cohort, plan, terms, design, usable)
    score = None if model is None else model.score
    space = match_space(cohort.covariates, cohort.treated, plan, score, usable)
    rule = set_rule(space, terms)
    keys = TieKeys(cohort.units.ids, plan.seed)
    days = cohort.index_date.astype("datetime64[D]")
    free = space.usable & ~cohort.treated & ~np.isnat(at_risk.first)
    found: list[Pairs] = []
    for day in np.unique(days[cohort.treated & space.usable & ~np.isnat(days)]):
        now = cohort.treated & space.usable & (days == day)
        waiting = free & (at_risk.first <= day) & ~(at_risk.last < day)
        waiting &= ~np.isin(at_risk.person, at_risk.person[now])
        if not waiting.any():
            continue
        made = match_sets(field_of(replace(space, usable=now | waiting), rule), rule, keys)
        free[made.comparison] = False
        found.append(made)
    if not any(made.treated.size for made in found):
        message = "on no day was there anybody who could have been served and was not."
        hint = "Check eligible_from and eligible_until."
        raise Refused(Problem("nobody-matched", "comparison", message, hint))
    pairs = _together(found)
    weights, sets = sets_of(pairs, cohort.units.n)
    start = np.full(cohort.units.n, np.datetime64("NaT", "D"))
    start[pairs.treated] = cohort.index_date[pairs.treated]
    start[pairs.comparison] = cohort.index_date[pairs.treated]
    words = (*method_words(plan, terms, design.names), _WORDS)
    checks = (*(() if model is None else model.checks), *_recorded_late(at_risk, start, pairs))
    return MatchedSets(weights, sets, score, words, checks), np.asarray(read_only(start))


def _recorded_late(at_risk: AtRisk, start: NDArray[np.datetime64], pairs: Pairs) -> tuple[CheckResult, ...]:
    """Whether anything was recorded of comparison people on or after the start that matching gave them."""
    if at_risk.recorded is None:
        return ()
    late = int((at_risk.recorded[pairs.comparison] >= start[pairs.comparison]).sum())
    sentence = (
        f"For {late:,} of {pairs.comparison.size:,} comparison people something was recorded on or after the start "
        "that matching gave them: it was not known that day."
    )
    return (CheckResult("recorded-late-comparison", "fail" if late else "pass", sentence, True, float(late), 0.0),)


def _together(found: list[Pairs]) -> Pairs:
    """The pairs of all days as one list."""
    return Pairs(
        read_only(np.concatenate([made.treated for made in found])),
        read_only(np.concatenate([made.comparison for made in found])),
        read_only(np.concatenate([made.share for made in found])),
        any(made.ties_matter for made in found),
    )
