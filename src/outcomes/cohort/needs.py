"""What a contract and a plan need of the people table, checked before anybody is selected."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from outcomes.cohort.labels import intake_labels
from outcomes.contract.covariate_terms import columns_of, parse_terms
from outcomes.contract.plan import EvaluationPlan
from outcomes.contract.terms import CohortTerms, ContractTerms
from outcomes.errors import InputError, Problem
from outcomes.records.conversion import literal, quoted
from outcomes.records.dictionary import KNOWN_ON, PEOPLE
from outcomes.records.listing import MOST_LISTED, Faults, raise_faults
from outcomes.records.objects import Records

__all__ = ["Needs", "needs_of"]

_NO_COVARIATES = {
    "person": "who somebody is",
    "provider_ref": "who somebody is",
    "group": "whether somebody is in the programme",
}
"""Columns of the people table that can never be compared on."""

_COMPARING = ("experiment", "matching", "weighting", "did", "synthetic")


@dataclass(frozen=True, slots=True)
class Needs:
    """What is read of the people table.

    Attributes
    ----------
    programme, comparison : tuple of str
        Values of the group column; empty where there is none.
    compares : bool
        True when the plan's design needs people to compare with.
    start : bool
        True when everyone needs a start date.
    risk_set : bool
        True when comparison people start on the day of those they are matched with.
    first_entry : bool
        True when a person's first entry counts.
    covariates : tuple of str
    columns : tuple of str
        All columns to read, of those that were delivered.
    """

    programme: tuple[str, ...]
    comparison: tuple[str, ...]
    compares: bool
    start: bool
    risk_set: bool
    first_entry: bool
    covariates: tuple[str, ...]
    columns: tuple[str, ...]


def needs_of(terms: ContractTerms, records: Records, plan: EvaluationPlan | None) -> Needs:
    """What selecting a cohort reads.

    Raises
    ------
    InputError
        For columns that are not there and values that were not declared.
    """
    if not records.has("people"):
        message = "no people table was delivered, so nobody can be selected."
        raise InputError(Problem("table-missing", "data.yaml tables", message, "Add people: under tables:."))
    known = records.tables["people"].columns
    kinds = dict(zip(known, records.tables["people"].kinds, strict=True))
    cohorts = terms.cohorts
    covariates = _covariate_names(plan, known)
    start = cohorts is not None and cohorts.every is not None and len(intake_labels(cohorts)) > 0
    risk_set = plan is not None and plan.comparison is not None and plan.comparison.index_date == "risk_set"
    problems = [
        *_contract_problems(cohorts, kinds, start),
        *_covariate_problems(covariates, known),
        *_term_problems(plan, known),
    ]
    problems += _risk_set_problems(known) if risk_set else []
    if problems:
        raise InputError(problems)
    programme, comparison = _groups(records, plan)
    raise_faults(list(_undeclared(records, cohorts)))
    wanted = [*PEOPLE, *covariates, *(rule.column for rule in (cohorts.eligible if cohorts else ()))]
    wanted += [f"{KNOWN_ON}{name}" for name in covariates]
    return Needs(
        programme,
        comparison,
        plan is not None and (plan.design in _COMPARING or plan.reads_earlier_people),
        start,
        risk_set,
        cohorts is not None and cohorts.one_entry_per_person == "first",
        covariates,
        tuple(name for name in dict.fromkeys(wanted) if name in known and name != "person"),
    )


def _covariate_names(plan: EvaluationPlan | None, known: tuple[str, ...]) -> tuple[str, ...]:
    """Columns behind the plan's terms; ``re74 = 0`` needs ``re74``."""
    if plan is None:
        return tuple(name for name in known if name not in PEOPLE and not name.startswith(KNOWN_ON))
    compared = columns_of((*plan.covariates, *(plan.match.exact if plan.match else ()), *plan.level_columns), known)
    starts = (plan.did.starts_in,) if plan.did and plan.did.starts_in else ()
    drawn = plan.experiment.columns if plan.experiment else ()
    return tuple(dict.fromkeys((*compared, *starts, *drawn)))


def _covariate_problems(covariates: tuple[str, ...], known: tuple[str, ...]) -> Iterator[Problem]:
    for name in covariates:
        if name not in known:
            near = difflib.get_close_matches(name, known, 3, 0.6)
            hint = f"Did you mean {' or '.join(near)}?" if near else "Name the column under columns: in data.yaml."
            message = f'the plan needs "{name}", which the people table does not have.'
            yield Problem("covariate-missing", "data.yaml tables.people", message, hint)


def _term_problems(plan: EvaluationPlan | None, known: tuple[str, ...]) -> Iterator[Problem]:
    """Terms that cannot be read, and columns that say who somebody is."""
    if plan is None:
        return
    lists = {"covariates": plan.covariates, "match.exact": plan.match.exact if plan.match else ()}
    lists |= {"baseline": plan.level_columns}
    for key, wanted in lists.items():
        for problem in parse_terms(wanted, known).problems:
            if problem.code != "covariate-unknown":
                where = f"evaluation.yaml {plan.id}.{key}: {problem.where.removeprefix('covariates: ')}"
                yield Problem(problem.code, where, problem.message, problem.hint)
        for name in columns_of(wanted, known):
            if name in _NO_COVARIATES:
                message = f"{name} says {_NO_COVARIATES[name]}: nobody is alike in it."
                yield Problem("covariate-unusable", f"evaluation.yaml {plan.id}.{key}", message, "Take it out.")


def _risk_set_problems(known: tuple[str, ...]) -> list[Problem]:
    """Days without which nobody knows who could have been served when."""
    problems = []
    for column, words in (
        ("index_date", "the day on which each person in the programme started"),
        ("eligible_from", "the day from which each person could have been served"),
    ):
        if column not in known:
            message = f"the plan's index_date: risk_set needs {column}: {words}."
            hint = "Map it under columns: in data.yaml; eligible_until says when that ended, where it did."
            problems.append(Problem("column-missing", "data.yaml tables.people", message, hint))
    return problems


def _contract_problems(cohorts: CohortTerms | None, kinds: Mapping[str, str], start: bool) -> Iterator[Problem]:
    """Columns that the contract's words need, and words whose data are not read yet."""
    if cohorts is None:
        return
    known = list(kinds)
    needed = {rule.column: "eligible" for rule in cohorts.eligible}
    needed |= {"status": "leave_out"} if cohorts.leave_out else {}
    needed |= {"segment": "segments"} if cohorts.segments else {}
    needed |= {"cohort": "named"} if len(cohorts.named) > 1 else {}
    needed |= {"index_date": "every"} if start else {}
    needed |= {"engaged": "who_counts"} if cohorts.who_counts == "engaged only" else {}
    for column, term in needed.items():
        if column not in known:
            near = difflib.get_close_matches(column, known, 1, 0.6)
            hint = f"Did you mean {near[0]}?" if near else "Name the column under columns: in data.yaml."
            message = f'the contract\'s {term}: needs the column "{column}" of the people table.'
            yield Problem("column-missing", "data.yaml tables.people", message, hint)
    for rule in cohorts.eligible:
        if rule.column in known and kinds[rule.column] not in ("text", "reference"):
            message = f'eligible: compares words, and "{rule.column}" is read as a {kinds[rule.column]}.'
            hint = "Map the column a second time under another name, and name that one in the contract."
            yield Problem("eligible-kind", "data.yaml tables.people", message, hint)
    where = "contract.yaml cohorts"
    if cohorts.one_entry_per_person == "each":
        yield Problem("not-offered", where, "several entries of one person are not counted yet.", "Write first.")


def _groups(records: Records, plan: EvaluationPlan | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    people = records.data_map.tables.people
    if people is None or people.groups is None:
        return (), ()
    if plan is not None and plan.design not in _COMPARING and not plan.reads_earlier_people:
        return people.groups.programme, ()
    return people.groups.programme, people.groups.comparison_of(plan.id if plan else None)


def _undeclared(records: Records, cohorts: CohortTerms | None) -> Iterator[Faults]:
    """Rows whose group, cohort or segment is not one that data map or contract knows."""
    people = records.data_map.tables.people
    if people is not None and people.groups is not None:
        groups = people.groups
        yield _unknown(records, "group", (*groups.programme, *groups.comparison_of(None), *groups.left_out))
    if cohorts is not None and cohorts.named and records.has("people", "cohort"):
        yield _unknown(records, "cohort", cohorts.named)
    if cohorts is not None and cohorts.segments:
        yield _unknown(records, "segment", tuple(cohorts.segments))
    if cohorts is not None and cohorts.who_counts == "engaged only":
        programme = ", ".join(literal(value) for value in people.groups.programme) if people and people.groups else ""
        yield _unknown(records, "engaged", ("yes", "no"), f'"group" IN ({programme}) AND ' if programme else "")


def _unknown(records: Records, column: str, allowed: tuple[str, ...], among: str = "") -> Faults:
    known = ", ".join(literal(value) for value in allowed)
    rows = records.ask(
        f"SELECT file, line, count(*) OVER () FROM people WHERE {among}({quoted(column)} IS NULL "
        f"OR {quoted(column)} NOT IN ({known})) ORDER BY file, line LIMIT {MOST_LISTED}"
    )
    message = f"the {column} is none of: {', '.join(allowed)}."
    hint = "Correct the cell, or declare the value." if column != "group" else "Put it under groups: in data.yaml."
    shown = tuple(
        Problem(f"{column}-unknown", f"{records.place('people', file, line)} {column}", message, hint)
        for file, line, _ in rows
    )
    return Faults(shown, rows[0][2] if rows else 0)
