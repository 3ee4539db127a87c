"""Findings on a cohort and its outcomes, in counts: who left, who is missing, and whether arms differ."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from outcomes.cohort.objects import Cohort
from outcomes.cohort.outcomes import Panel, Sample
from outcomes.contract.terms import ContractTerms
from outcomes.findings import CheckResult, State

__all__ = ["check_cohort", "check_outcomes"]

MOST_MISSING = 0.5
"""Share of missing values above which a result is not to be paid as it stands."""

MOST_DIFFERENCE = 0.05
"""Difference between the arms' missing shares above which the comparison is in doubt."""


def check_cohort(terms: ContractTerms, cohort: Cohort) -> tuple[CheckResult, ...]:
    """What was found in choosing the people, and whether more left by a status than the contract allows."""
    return (*cohort.checks, *_left_out(terms, cohort))


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
    """Whether values are missing, missing unequally, or all the same."""
    measured = np.zeros(cohort.units.n, dtype=np.bool_)
    measured[outcomes.codes] = True
    shares = {
        arm: float(1 - measured[mask].mean())
        for arm, mask in (
            ("programme", cohort.treated & cohort.followed),
            ("comparison", ~cohort.treated & cohort.followed),
        )
        if bool(mask.any())
    }
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
                True,
                apart,
                MOST_DIFFERENCE,
            )
        )
    if outcomes.values.size > 1:
        same = bool(np.ptp(outcomes.values) == 0)
        sentence = f"Every value of {name} is the same." if same else f"Values of {name} differ between people."
        found.append(CheckResult(f"varies-{name}", "fail" if same else "pass", sentence, True))
    return tuple(found)
