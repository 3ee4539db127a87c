"""Findings on a cohort and its outcomes, in counts: who left, who is missing, and whether arms differ."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from outcomes.cohort.objects import Cohort
from outcomes.cohort.outcomes import Panel, Sample
from outcomes.contract.terms import ContractTerms
from outcomes.findings import CheckResult, State

__all__ = ["beyond_chance", "check_cohort", "check_outcomes"]

MOST_MISSING = 0.5
"""Share of missing values above which a result is not to be paid as it stands."""

MOST_DIFFERENCE = 0.05
"""Difference between the arms' missing shares above which the comparison is in doubt."""

_FEW = 10


def check_cohort(terms: ContractTerms, cohort: Cohort) -> tuple[CheckResult, ...]:
    """What was found in choosing the people, and whether more left by a status than the contract allows."""
    return (*cohort.checks, *_left_out(terms, cohort))


def beyond_chance(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether two shares differ by more than chance would make them: pooled z beyond 1.96.

    With fewer than ten people in one of them nobody can tell, and the answer is yes.

    Parameters
    ----------
    one, other : (int, int)
        People, and those of them counted.
    """
    if min(one[0], other[0]) < _FEW:
        return True
    people = one[0] + other[0]
    pooled = (one[1] + other[1]) / people
    error = math.sqrt(pooled * (1 - pooled) * (1 / one[0] + 1 / other[0]))
    return abs(one[1] / one[0] - other[1] / other[0]) > 1.96 * error


def _left_out(terms: ContractTerms, cohort: Cohort) -> Iterator[CheckResult]:
    steps = cohort.flow.steps
    for status, rule in (terms.cohorts.leave_out if terms.cohorts else {}).items():
        at = next((index for index, step in enumerate(steps) if step.step == f"not {status}"), 0)
        if at == 0 or steps[at - 1].treated == 0:
            continue
        left = steps[at - 1].treated - steps[at].treated
        share = left / steps[at - 1].treated
        over = share > rule.at_most
        sentence = f"{left:,} of {steps[at - 1].treated:,} people in the programme left the cohort as {status}."
        limit = float(rule.at_most)
        yield CheckResult(f"left-out-{status}", "fail" if over else "pass", sentence, True, share, limit)


def check_outcomes(cohort: Cohort, outcomes: Sample | Panel) -> tuple[CheckResult, ...]:
    """Whether values are missing, missing unequally (blocks where chance alone would not do it), or all the same."""
    measured = np.zeros(cohort.units.n, dtype=np.bool_)
    measured[outcomes.codes] = True
    counts = {
        arm: (int(mask.sum()), int((mask & ~measured).sum()))
        for arm, mask in (
            ("programme", cohort.treated & cohort.followed),
            ("comparison", ~cohort.treated & cohort.followed),
        )
        if bool(mask.any())
    }
    shares = {arm: missing / people for arm, (people, missing) in counts.items()}
    name = outcomes.metric
    found = []
    worst = max(shares.values(), default=0.0)
    words = " and ".join(f"{share:.1%} in the {arm} group" for arm, share in shares.items())
    state: State = "fail" if worst > MOST_MISSING else "warn" if worst > 0 else "pass"
    found.append(CheckResult(f"missing-{name}", state, f"{name} is missing for {words}.", True, worst, MOST_MISSING))
    if len(shares) == 2:
        apart = abs(shares["programme"] - shares["comparison"])
        found.append(
            CheckResult(
                f"missing-unequally-{name}",
                "fail" if apart > MOST_DIFFERENCE else "pass",
                f"The share without a value of {name} differs by {apart:.1%} between the groups.",
                beyond_chance(*counts.values()),
                apart,
                MOST_DIFFERENCE,
            )
        )
    if outcomes.values.size > 1:
        same = bool(np.ptp(outcomes.values) == 0)
        sentence = f"Every value of {name} is the same." if same else f"Values of {name} differ between people."
        found.append(CheckResult(f"varies-{name}", "fail" if same else "pass", sentence, True))
    return tuple(found)
