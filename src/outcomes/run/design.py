"""The comparisons of one plan: of all cohorts together, and of each cohort or segment that a clause asks about.

Made here alone, so that what ``outcomes match`` seals is what a run uses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from outcomes.cohort.checks import check_cohort
from outcomes.cohort.objects import Cohort
from outcomes.contract.load import Contract
from outcomes.contract.plan import EvaluationPlan
from outcomes.counterfactual.match import design_comparison
from outcomes.counterfactual.objects import Comparison, EffectKey, PeopleComparison
from outcomes.counterfactual.year_before import with_year_before
from outcomes.errors import Problem, Refused
from outcomes.findings import CheckResult
from outcomes.payment.evidence import ALL_COHORTS, EVERYONE
from outcomes.records.objects import Records
from outcomes.run.objects import PlanRecord
from outcomes.run.pooling import has_people, spread_over_cohorts
from outcomes.run.steps import select_cohort

__all__ = ["Designed", "design_groups", "group_name"]


@dataclass(frozen=True, slots=True, eq=False)
class Designed:
    """One comparison, designed before outcomes are read, with the people it is of.

    Attributes
    ----------
    name : str
        The plan's id; with cohort and segment where it is of a part.
    """

    name: str
    cohort: Cohort
    comparison: Comparison
    checks: tuple[CheckResult, ...]

    @property
    def observed(self) -> Cohort:
        """The cohort with the start days that matching gave to comparison people."""
        people = self.comparison if isinstance(self.comparison, PeopleComparison) else None
        if people is None or people.index_date is None:
            return self.cohort
        return replace(self.cohort, index_date=people.index_date)

    def record(self, cohort: Cohort | None = None, checks: Iterable[CheckResult] = ()) -> PlanRecord:
        """What may be shown of it; `cohort` where its flow has grown, `checks` what was found since."""
        people = self.comparison if isinstance(self.comparison, PeopleComparison) else None
        return PlanRecord(
            plan=self.name,
            seal=self.comparison.seal,
            flow=(cohort or self.cohort).flow,
            balance=people.balance if people else None,
            method=people.method if people else (),
            checks=(*self.comparison.checks, *self.checks, *checks),
            score_spread=people.score_spread if people else None,
        )


def group_name(plan_id: str, key: EffectKey) -> str:
    """``matched`` for all cohorts together; ``matched.cohort-1`` or ``matched.cohort-1.young`` for a part."""
    parts = [plan_id, "" if key.cohort == ALL_COHORTS else key.cohort, "" if key.segment == EVERYONE else key.segment]
    return ".".join(part for part in parts if part)


def design_groups(
    contract: Contract,
    records: Records,
    plan: EvaluationPlan,
    keys: Iterable[EffectKey],
    progress: Callable[[str], None],
) -> dict[str, Designed]:
    """The comparison of each cohort and segment that `keys` ask about, by name; reads no outcome.

    Raises
    ------
    InputError, Refused
        If the cohort cannot be chosen, or a part of it is empty.
    """
    progress(f"{plan.id}: choosing the cohort")
    whole = select_cohort(contract, records, plan)
    checks = check_cohort(contract.terms, whole)
    designed: dict[str, Designed] = {}
    for key in spread_over_cohorts(plan, keys, whole.intakes, partial(has_people, whole)):
        name = group_name(plan.id, key)
        if name not in designed:
            progress(f"{name}: designing the comparison, blind to outcomes")
            rolls = plan.baseline is not None and plan.baseline.rolls_on_data
            cohort = _part(with_year_before(whole, key.cohort) if rolls else whole, key)
            designed[name] = Designed(name, cohort, design_comparison(cohort, plan), checks)
    return designed


def _part(cohort: Cohort, key: EffectKey) -> Cohort:
    """The people of one cohort and segment, with everyone who could be compared with them."""
    if key.cohort == ALL_COHORTS and key.segment == EVERYONE:
        return cohort
    keep = np.ones(cohort.units.n, dtype=bool)
    if key.cohort != ALL_COHORTS:
        if key.cohort not in cohort.intakes:
            raise Refused(
                Problem(
                    "cohort-empty",
                    key.cohort,
                    f"nobody in the data belongs to {key.cohort}.",
                    "Check the cohort column.",
                )
            )
        keep &= (cohort.intake == cohort.intakes.index(key.cohort)) | ~cohort.treated
    if key.segment != EVERYONE:
        if key.segment not in cohort.segments:
            raise Refused(
                Problem("segment-empty", key.segment, f"nobody in the data belongs to segment {key.segment}.")
            )
        keep &= cohort.segment == cohort.segments.index(key.segment)
    return cohort.take(keep)
