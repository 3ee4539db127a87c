"""Whom the records could be linked to: the share of each group of whom anything is known."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.checks import MOST_DIFFERENCE, beyond_chance
from outcomes.cohort.objects import Cohort
from outcomes.contract.terms import MetricTerms
from outcomes.findings import CheckResult, State
from outcomes.records.conversion import literal
from outcomes.records.objects import Records

__all__ = ["linkage_check"]


def linkage_check(
    records: Records, cohort: Cohort, used: NDArray[np.bool_], metric_id: str, metric: MetricTerms
) -> CheckResult | None:
    """The share of people used, by group, whom the source of a metric knows at all.

    Parameters
    ----------
    records : Records
    cohort : Cohort
    used : ndarray of bool, shape (n,)
        Who is compared.
    metric_id : str
    metric : MetricTerms

    Returns
    -------
    CheckResult or None
        None where nobody of one group is used.  Events are linked where the person was
        ever observed; a measure where any period of it is recorded.

    Notes
    -----
    Somebody linked may still lack a value (`attrition`): a window not observed to its end.
    """
    known = _known(records, metric)
    if known is None:
        return None
    linked = np.array([unit in known for unit in cohort.units.ids.tolist()], dtype=np.bool_)
    counts = [(int((used & arm).sum()), int((used & arm & linked).sum())) for arm in (cohort.treated, ~cohort.treated)]
    if not all(people for people, _ in counts):
        return None
    shares = [found / people for people, found in counts]
    apart = abs(shares[0] - shares[1])
    uneven = apart > MOST_DIFFERENCE and beyond_chance(*counts)
    state: State = "fail" if uneven else "warn" if min(shares) < 1 else "pass"
    sentence = (
        f"Linked to records of {metric_id}: {shares[0]:.1%} of the programme's people and {shares[1]:.1%} of the "
        f"comparison people, a difference of {100 * apart:.1f} percentage points."
    )
    return CheckResult(f"linkage-{metric_id}", state, sentence, number=apart, threshold=MOST_DIFFERENCE)


def _known(records: Records, metric: MetricTerms) -> set[str] | None:
    if metric.count is not None and records.has("observed"):
        return {person for (person,) in records.ask("SELECT DISTINCT person FROM observed")}
    if metric.value is not None and records.has("measures"):
        wanted = literal(metric.value.measure)
        return {person for (person,) in records.ask(f"SELECT DISTINCT person FROM measures WHERE measure = {wanted}")}
    return None
