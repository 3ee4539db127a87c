"""Attempts to refute a result: the same plan where the answer is known, or ought not to move.

Lives here: which attempts there are, run by DoWhy, and what counts as failing.  Each refit is
the plan's own (`refit.py`).  None of them can show that an unseen factor is absent.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from outcomes.counterfactual.match import design_comparison
from outcomes.counterfactual.objects import PeopleComparison
from outcomes.counterfactual.second_look.dummy_outcome import DummyOutcome
from outcomes.counterfactual.second_look.refit import Progress, Refits, RefitSubject
from outcomes.counterfactual.second_look.refit_summary import RefitSummary, show_level
from outcomes.errors import InputError, Problem, Refused
from outcomes.findings import CheckResult, State

__all__ = ["refute", "refute_common_cause", "refute_dummy_outcome", "refute_placebo", "refute_subset"]

_FEWEST = 10
_SMALL, _LARGE = 0.5, 1.0
"""Shares of the standard error: such a bias makes a 95 % range hold the truth 92 % and 83 % of the time."""
_MOST_SPREAD = 2.0
_SUBSET = 0.8


def refute(
    subject: RefitSubject, refits: int = 100, seed: int = 1, progress: Progress | None = None
) -> tuple[CheckResult, ...]:
    """All attempts to refute a result, in words; expensive, so only on demand.

    Parameters
    ----------
    subject : RefitSubject
    refits : int
        For each attempt, 10 or more.
    seed : int
        The same seed gives the same findings.
    progress : function, optional

    Raises
    ------
    IntegrityError
        Where the plan on the same data does not give the result again.
    """
    attempts = (refute_placebo, refute_common_cause, refute_subset, refute_dummy_outcome)
    subject.verify()
    return tuple(attempt(subject, refits, seed, progress) for attempt in attempts)


def refute_placebo(
    subject: RefitSubject, refits: int = 100, seed: int = 1, progress: Progress | None = None
) -> CheckResult:
    """Give the programme to others at random: the average effect must be none.

    Notes
    -----
    Fails where the mean of the refits is beyond its own Monte Carlo error (t, 99.9 %) and
    beyond a tenth of their spread.
    """
    from dowhy.causal_refuters.placebo_treatment_refuter import PlaceboType, refute_placebo_treatment

    name = "refute-placebo"
    series = _series(subject, name, refits, progress)
    frame, estimand, estimate = _asked(series)
    with np.errstate(all="ignore"):
        refute_placebo_treatment(
            frame,
            estimand,
            estimate,
            estimand.treatment_variable,
            num_simulations=refits,
            placebo_type=PlaceboType.PERMUTE,
            random_state=np.random.RandomState(seed),
        )
    drawn = RefitSummary.of(series)
    if drawn.unusable:
        return drawn.too_few(name)
    limit = max(drawn.monte_carlo, 0.1 * drawn.spread)
    fails = abs(drawn.mean) > limit or drawn.still
    far = int((np.abs(drawn.values) >= abs(subject.own)).sum())
    sentence = (
        f"With the programme given to others at random, {drawn.n} refits found {show_level(drawn.mean)} on average "
        f"(standard deviation {show_level(drawn.spread)}), where there is nothing to find; "
        f"{far} of {drawn.n} were as far from zero as the result, {show_level(subject.own)}."
    )
    if fails:
        sentence += " The method finds an effect where there is none."
    return CheckResult(name, "fail" if fails else "pass", sentence, True, abs(drawn.mean), limit)


def refute_common_cause(
    subject: RefitSubject, refits: int = 100, seed: int = 1, progress: Progress | None = None
) -> CheckResult:
    """Add a covariate of pure chance: the effect must hardly move, but a refit must move it a little.

    Notes
    -----
    Fails where the result lies outside the range of the refits (t, 99.9 %, one more draw)
    by more than a tenth of its standard error, or where no refit differs from it at all.
    """
    from dowhy.causal_refuters.random_common_cause import refute_random_common_cause

    name = "refute-common-cause"
    if _takes_no_covariate(subject):
        words = "Everyone counts alike whatever is known of them, so a further covariate cannot change anything."
        return CheckResult(name, "not applicable", words)
    series = _series(subject, name, refits, progress)
    frame, estimand, estimate = _asked(series)
    with np.errstate(all="ignore"):
        refute_random_common_cause(
            frame, estimand, estimate, num_simulations=refits, random_state=np.random.RandomState(seed)
        )
    drawn = RefitSummary.of(series)
    if drawn.unusable:
        return drawn.too_few(name)
    did = f"With a covariate of pure chance added, {drawn.n} refits found"
    if drawn.still:
        sentence = f"{did} the very same {show_level(drawn.mean)}: the covariates are not used, or nothing is refitted."
        return CheckResult(name, "fail", sentence, True, 0.0)
    return drawn.moved(name, did)


def refute_subset(
    subject: RefitSubject, refits: int = 100, seed: int = 1, progress: Progress | None = None
) -> CheckResult:
    """Take four people (or sites) in five at random: the effect must not hang on who is left out.

    Notes
    -----
    Fails as `refute_common_cause` does, and where the refits spread more than twice as far
    as the reported standard error implies, ``SE sqrt((1 - f) / f)`` for a share f without
    replacement (Politis, Romano & Wolf 1999, section 2.4).
    """
    from dowhy.causal_refuters.data_subset_refuter import refute_data_subset

    name = "refute-subset"
    series = _series(subject, name, refits, progress)
    frame, estimand, estimate = _asked(series)
    with np.errstate(all="ignore"):
        refute_data_subset(
            frame,
            estimand,
            estimate,
            subset_fraction=_SUBSET,
            num_simulations=refits,
            random_state=np.random.RandomState(seed),
        )
    drawn = RefitSummary.of(series)
    if drawn.unusable:
        return drawn.too_few(name)
    who = "people" if series.row.size == series.treated.size else "sites"
    did = f"With {_SUBSET:.0%} of the {who} taken at random, {drawn.n} refits found".replace("%", " %")
    if drawn.still:
        sentence = f"{did} the very same {show_level(drawn.mean)}: the data are not used."
        return CheckResult(name, "fail", sentence, True, 0.0)
    found = drawn.moved(name, did)
    expected = (subject.error or 0.0) * math.sqrt((1 - _SUBSET) / _SUBSET)
    if found.state == "fail" or not expected or drawn.spread <= _MOST_SPREAD * expected:
        return found
    sentence = (
        f"{did} a standard deviation of {show_level(drawn.spread)}, where the reported standard error implies "
        f"{show_level(expected)}: the result hangs on few {who}, or its standard error is too small."
    )
    return CheckResult(name, "fail", sentence, True, drawn.spread, _MOST_SPREAD * expected)


def refute_dummy_outcome(
    subject: RefitSubject, refits: int = 100, seed: int = 1, progress: Progress | None = None
) -> CheckResult:
    """Carry the plan out in made-up worlds where the programme changes nothing: the effect must be none.

    Who joins and the outcome depend on the covariates as they really do, and not on each
    other (`DummyOutcome`).  It shows the method's own bias under the plan's covariates.

    Notes
    -----
    Warns where the mean of the refits is beyond its Monte Carlo error (t, 99.9 %) and half
    of the reported standard error; fails beyond the whole of it.
    """
    name = "refute-dummy-outcome"
    series = _series(subject, name, refits, progress)
    try:
        world = DummyOutcome.of(series)
    except Refused as refused:
        return CheckResult(name, "not assessable", f"No such world can be made up: {refused.problems[0].message}")
    random = np.random.Generator(np.random.PCG64(seed))
    for _ in range(refits):
        arms, outcomes = world.draw(random)
        series.record(replace(subject.cohort, treated=arms), outcomes, subject.plan)
    drawn = RefitSummary.of(series)
    if drawn.unusable:
        return drawn.too_few(name)
    size = subject.error if subject.error is not None else drawn.spread
    sure, mean = abs(drawn.mean) > drawn.monte_carlo, abs(drawn.mean)
    state: State = "pass"
    if drawn.still or (sure and mean > _LARGE * size):
        state = "fail"
    elif sure and mean > _SMALL * size:
        state = "warn"
    sentence = (
        f"In {drawn.n} made-up worlds like this one, in which the programme changes nothing, the plan found "
        f"{show_level(drawn.mean)} on average (up to {show_level(drawn.monte_carlo)} may be chance); the reported "
        f"standard error is {show_level(size)}."
    )
    if state != "pass":
        sentence += " The plan does not make the two groups alike enough on its own covariates."
    return CheckResult(name, state, sentence, True, mean, max(drawn.monte_carlo, _LARGE * size))


def _series(subject: RefitSubject, what: str, refits: int, progress: Progress | None) -> Refits:
    """An empty series, or the problem that there would be too few."""
    if refits < _FEWEST:
        message = f"{refits} refits are too few to judge by."
        raise InputError(Problem("refits", what, message, f"Take {_FEWEST} or more."))
    return Refits.of_subject(subject, what, refits, progress)


def _asked(series: Refits) -> tuple[Any, Any, Any]:
    """The frame, the estimand and the estimate that DoWhy's refuters take."""
    from outcomes.counterfactual.second_look.dowhy_estimator import RefitEstimator, estimate_of, frame_of_rows

    frame, estimand = frame_of_rows(series)
    return frame, estimand, estimate_of(estimand, RefitEstimator(estimand, series), series.subject.own)


def _takes_no_covariate(subject: RefitSubject) -> bool:
    """True where the plan counts everyone alike: an unadjusted experiment, or pairs that use everyone."""
    if subject.plan.adjust not in (None, "none") or subject.plan.design == "weighting":
        return False
    made = design_comparison(subject.cohort, subject.plan)
    return isinstance(made, PeopleComparison) and bool((made.weights == 1).all())
