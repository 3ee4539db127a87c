"""Who is in the cohort: groups, eligibility, start, intake, segment and covariates, with the flow.

Reads the people table and nothing else: no measure, claim or event can move a person
in or out, so a comparison that is made from a `Cohort` is made blind.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.labels import ALL_COHORTS, EVERYONE, calendar_codes, intake_labels, text_codes
from outcomes.cohort.needs import Needs, needs_of
from outcomes.cohort.objects import Cohort, Covariates, Flow, FlowStep, Units
from outcomes.cohort.waiting import add_waiting, at_risk_of, contradicting_days
from outcomes.contract.plan import EvaluationPlan
from outcomes.contract.terms import CohortTerms, ContractTerms
from outcomes.errors import Problem, Refused
from outcomes.findings import CheckResult
from outcomes.numbers import read_only
from outcomes.records.conversion import literal, quoted
from outcomes.records.dictionary import KNOWN_ON
from outcomes.records.objects import Records
from outcomes.records.quality import entries_sql

__all__ = ["select_cohort"]


@dataclass(slots=True)
class _People:
    """People on their way into the cohort, in order of their identifiers, and the steps taken so far."""

    columns: dict[str, NDArray[Any]]
    steps: list[FlowStep] = field(default_factory=list)

    @property
    def n(self) -> int:
        return int(self.columns["person"].shape[0])

    def may_lack_a_start(self, needs: Needs) -> NDArray[np.bool_]:
        """Who gets a start day only by being matched, shape (n,)."""
        return np.asarray(~self.columns["treated"] & needs.risk_set)

    def keep(self, mask: NDArray[np.bool_], step: str, reason: str) -> None:
        """Keep the people of `mask`, and say how many are left and why the others went."""
        self.columns = {name: column[mask] for name, column in self.columns.items()}
        treated = int(self.columns["treated"].sum())
        self.steps.append(FlowStep(step, treated, self.n - treated, reason))


def select_cohort(terms: ContractTerms, records: Records, plan: EvaluationPlan | None = None) -> Cohort:
    """The people whom a plan looks at, with what is known before their start; no outcomes.

    Parameters
    ----------
    terms : ContractTerms
        Eligibility, cohorts, segments, and who leaves.
    records : Records
    plan : EvaluationPlan, optional
        Names the covariates and whether there is a comparison group.  Without a plan all
        further columns are covariates and all groups are kept.

    Returns
    -------
    Cohort
        Units in order of their identifiers, whatever the order of rows.

    Raises
    ------
    InputError
        If the people table lacks a column that the contract or the plan needs, or holds a
        group, cohort or segment that nobody declared.
    Refused
        If the plan compares with people and there are none, or nobody is in the programme.

    Examples
    --------
    >>> cohort = select_cohort(contract.terms, records, plan)  # doctest: +SKIP
    >>> cohort.summary()  # doctest: +SKIP
    '185 people in the programme, 15,992 who could be compared with them'
    """
    needs = needs_of(terms, records, plan)
    people = _entries(records, needs)
    if terms.cohorts is not None:
        _eligible(people, terms.cohorts)
        _started(people, terms.cohorts, needs)
        _engaged(people, terms.cohorts)
    intakes = intake_labels(terms.cohorts)
    intake = _intake(people, terms.cohorts, intakes, needs)
    if terms.cohorts is not None:
        intake = _leave_out(people, terms.cohorts, intake)
    found = contradicting_days(people.columns) if needs.risk_set else ()
    intake = add_waiting(people.columns, people.steps, intake) if needs.risk_set else intake
    _refuse_empty_arms(people, plan, needs)
    segments = tuple(terms.cohorts.segments) if terms.cohorts and terms.cohorts.segments else (EVERYONE,)
    engaged = _engaged_only(terms.cohorts) if needs.compares else ()
    return _cohort(people, needs, intake, intakes, segments, (*engaged, *found))


def _entries(records: Records, needs: Needs) -> _People:
    """One row per person: repeats folded, both groups resolved, conflicts left out."""
    programme = ", ".join(literal(value) for value in needs.programme)
    used = ", ".join(literal(value) for value in (*needs.programme, *needs.comparison))
    treated = f'"group" IN ({programme})' if needs.programme else "true"
    where = f'WHERE "group" IN ({used})' if needs.programme else ""
    armed = (
        f"WITH armed AS (SELECT *, {treated} AS treated FROM "
        f"({entries_sql(records.tables['people'].columns, needs.first_entry)}) {where}), "
        "kept AS (SELECT * FROM armed QUALIFY treated OR NOT bool_or(treated) OVER (PARTITION BY person))"
    )
    wanted = ", ".join(quoted(name) for name in dict.fromkeys(("person", "treated", *needs.columns)))
    referred = records.ask(
        f"{armed} SELECT count(DISTINCT person) FILTER (treated), "
        "count(DISTINCT person) FILTER (NOT treated) FROM armed"
    )[0]
    once = "QUALIFY count(*) OVER (PARTITION BY person) = 1"
    people = _People(records.arrays(f"{armed} SELECT {wanted} FROM kept {once} ORDER BY person"))
    people.columns["treated"] = people.columns["treated"].astype(np.bool_)
    people.steps.append(FlowStep("referred", int(referred[0]), int(referred[1])))
    reason = "in both groups (counted in the programme only), or with rows that contradict each other"
    people.keep(np.ones(people.n, dtype=np.bool_), "entered once", reason)
    return people


def _eligible(people: _People, cohorts: CohortTerms) -> None:
    for rule in cohorts.eligible:
        mask = np.isin(people.columns[rule.column].astype(str), list(rule.in_))
        people.keep(mask, "eligible", f"{rule.column} is none of: {', '.join(rule.in_)}")


def _started(people: _People, cohorts: CohortTerms, needs: Needs) -> None:
    """Those with a start date, where the contract or its words need one."""
    if "index_date" not in people.columns:
        return
    if needs.start or cohorts.who_counts == "everyone who started":
        dated = ~np.isnat(people.columns["index_date"]) | people.may_lack_a_start(needs)
        people.keep(dated, "has a start date", "no start date")


def _engaged(people: _People, cohorts: CohortTerms) -> None:
    """Of the programme's people those who engaged, where the contract counts no others."""
    if cohorts.who_counts == "engaged only":
        kept = ~people.columns["treated"] | (people.columns["engaged"].astype(str) == "yes")
        people.keep(kept, "engaged", "referred, but did not engage")


def _intake(people: _People, cohorts: CohortTerms | None, intakes: tuple[str, ...], needs: Needs) -> NDArray[np.int16]:
    if intakes == (ALL_COHORTS,) or cohorts is None:
        return np.zeros(people.n, dtype=np.int16)
    if cohorts.named:
        if "cohort" not in people.columns:
            return np.zeros(people.n, dtype=np.int16)
        return text_codes(people.columns["cohort"], intakes)
    days = people.columns["index_date"]
    first, last = np.datetime64(cohorts.first_day, "D"), np.datetime64(cohorts.last_day, "D")
    reason = f"start before {cohorts.first_day} or after {cohorts.last_day}"
    inside = ((days >= first) & (days <= last)) | people.may_lack_a_start(needs)
    people.keep(inside, "in a cohort", reason)
    return calendar_codes(people.columns["index_date"], cohorts.every or "", intakes, cohorts.year_start)


def _leave_out(people: _People, cohorts: CohortTerms, intake: NDArray[np.int16]) -> NDArray[np.int16]:
    for status in cohorts.leave_out:
        mask = np.asarray(people.columns["status"] != status, dtype=np.bool_)
        people.keep(mask, f"not {status}", f"{status}: leaves the cohort by the contract")
        intake = intake[mask]
    return intake


def _refuse_empty_arms(people: _People, plan: EvaluationPlan | None, needs: Needs) -> None:
    treated = int(people.columns["treated"].sum())
    where = f"cohort of plan {plan.id}" if plan else "cohort"
    if needs.compares and people.n == treated:
        message = "the plan compares with people, and nobody is in the comparison group."
        hint = "Name comparison: under groups: in data.yaml, or use a plan without a comparison group."
        raise Refused(Problem("no-comparison-group", where, message, hint))
    if treated == 0:
        raise Refused(
            Problem("no-programme-group", where, "nobody is in the programme.", "Check groups: in data.yaml.")
        )


def _cohort(
    people: _People,
    needs: Needs,
    intake: NDArray[np.int16],
    intakes: tuple[str, ...],
    segments: tuple[str, ...],
    found: tuple[CheckResult, ...],
) -> Cohort:
    columns, n = people.columns, people.n
    segment = text_codes(columns["segment"], segments) if segments != (EVERYONE,) else np.zeros(n, dtype=np.int16)
    start = columns.get("index_date", np.full(n, np.datetime64("NaT"), dtype="datetime64[D]"))
    return Cohort(
        units=Units(read_only(columns["person"].astype(object))),
        treated=read_only(columns["treated"]),
        index_date=read_only(start.astype("datetime64[D]")),
        intake=read_only(intake),
        intakes=intakes,
        segment=read_only(segment),
        segments=segments,
        covariates=Covariates(needs.covariates, _covariates(columns, needs.covariates)),
        cluster=_clusters(columns.get("cluster")),
        flow=Flow(tuple(people.steps)),
        checks=(*_recorded_late(columns, needs.covariates), *found),
        at_risk=at_risk_of(columns) if needs.risk_set else None,
    )


def _engaged_only(cohorts: CohortTerms | None) -> tuple[CheckResult, ...]:
    """People who engage choose to: nobody in the comparison group was asked."""
    if cohorts is None or cohorts.who_counts != "engaged only":
        return ()
    sentence = "Only people who engaged are counted, and nobody knows who of the comparison group would have engaged"
    if cohorts.referral_rule is None:
        return (CheckResult("engaged-only", "fail", f"{sentence}; the contract states no referral rule.", True),)
    return (CheckResult("engaged-only", "warn", f"{sentence}. The contract's rule: {cohorts.referral_rule}"),)


def _recorded_late(columns: dict[str, NDArray[Any]], covariates: tuple[str, ...]) -> Iterator[CheckResult]:
    """A covariate recorded on or after the start can be an effect of the programme: not to be paid on."""
    for name in covariates:
        if f"{KNOWN_ON}{name}" not in columns or "index_date" not in columns:
            continue
        late = int((columns[f"{KNOWN_ON}{name}"] >= columns["index_date"]).sum())
        sentence = f"{name} was recorded on or after the start for {late:,} people: the programme may have changed it."
        if not late:
            sentence = f"{name} was recorded before the start wherever its day is known."
        yield CheckResult(f"recorded-late-{name}", "fail" if late else "pass", sentence, True, float(late), 0.0)


def _covariates(columns: dict[str, NDArray[Any]], names: Sequence[str]) -> tuple[NDArray[Any], ...]:
    return tuple(read_only(columns[name]) for name in names)


def _clusters(values: NDArray[Any] | None) -> NDArray[np.int32] | None:
    if values is None:
        return None
    codes = np.unique(values.astype(str), return_inverse=True)[1]
    return np.asarray(read_only(codes.astype(np.int32)))
