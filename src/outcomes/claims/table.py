"""Claims as they were delivered, tied to the people of a cohort: what a decision looks at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from outcomes.cohort.labels import ALL_COHORTS, EVERYONE
from outcomes.cohort.objects import Cohort
from outcomes.cohort.select import select_cohort
from outcomes.contract.clauses import PaymentClause
from outcomes.contract.load import Contract
from outcomes.contract.rate_card import RateCard
from outcomes.contract.terms import ContractTerms, calendar_label, claim_clauses
from outcomes.errors import InputError, Problem
from outcomes.period import NEW_YEAR
from outcomes.records.objects import Records, place_of

__all__ = [
    "Claim",
    "Claims",
    "PersonFacts",
    "claim_clauses",
    "delivered_claims",
    "delivered_people",
    "split_claims",
]

_COLUMNS = (
    "claim",
    "person",
    "outcome",
    "achieved_on",
    "received_on",
    "evidence",
    "clause",
    "provider_ref",
    "withdrawn",
)


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim.

    Attributes
    ----------
    claim_id : str
        The provider's own reference.
    person : str
        Identifier; stays in this room.
    line : str
        The outcome claimed, as written.
    achieved_on, received_on : date or None
    evidence : str or None
    clause : str or None
        The clause claimed under, where the delivery says so.
    file : str
    row : int
        Line of the file.
    in_programme : bool or None
        Whether the person is in the programme's cohort; None where no people were delivered.
    start : date or None
        The person's index date.
    intake, segment : str
    provider_ref : str
        The provider's own name for the case.
    withdrawn : {"yes", "no", "unclear"}
        Whether the provider takes the claim back.
    first_received_on : date or None
        Where the claim was sent before: the first day of receipt.
    answered_on, resent_on : date or None
        Where it was sent before, not accepted, and has been changed since: the day of that
        answer and the day on which it came again.
    """

    claim_id: str
    person: str
    line: str
    achieved_on: date | None
    received_on: date | None
    evidence: str | None
    clause: str | None
    file: str
    row: int
    in_programme: bool | None = None
    start: date | None = None
    intake: str = ALL_COHORTS
    segment: str = EVERYONE
    provider_ref: str = ""
    withdrawn: Literal["yes", "no", "unclear"] = "no"
    first_received_on: date | None = None
    answered_on: date | None = None
    resent_on: date | None = None

    @property
    def place(self) -> str:
        """Where the claim stands: ``claims.csv:14``, ``claims.xlsx Claims!14``."""
        return place_of(self.file, self.row)


@dataclass(frozen=True, slots=True)
class Claims:
    """Claims in the order of their files.

    ``tells_received`` is False where the delivery has no column of receipt.
    """

    rows: tuple[Claim, ...]
    tells_received: bool = True


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What the cohort knows of a person; ``in_programme`` is None where no people were delivered."""

    in_programme: bool | None
    start: date | None = None
    intake: str = ALL_COHORTS
    segment: str = EVERYONE
    provider_ref: str = ""


_STRANGER = PersonFacts(False)
_ANYBODY = PersonFacts(None)


def delivered_claims(
    records: Records, contract: Contract, people: Mapping[str, PersonFacts] | None, received_on: date | None = None
) -> Claims:
    """Every claim of a delivery, with what is known of each person.

    Parameters
    ----------
    records : Records
        With a claims table.
    contract : Contract
    people : mapping of person to PersonFacts, or None
        Only these people can be claimed for; anybody where None.
    received_on : date, optional
        The day of receipt of claims in a delivery that has no column of it.

    Raises
    ------
    InputError
        If no claims were delivered, or it is not clear which clause decides them.
    """
    if not records.has("claims"):
        message = "the contract pays for claims, and no claims table was delivered."
        raise InputError(Problem("table-missing", "data.yaml tables", message, "Add claims: under tables:."))
    _refuse_unclear(contract, records)
    tells = records.has("claims", "received_on")
    files = records.tables["claims"].files
    columns = ", ".join(f'"{name}"' if records.has("claims", name) else f'NULL AS "{name}"' for name in _COLUMNS)
    rows = []
    for claim_id, person, line, achieved, received, evidence, clause, ref, withdrawn, file, row in records.ask(
        f"SELECT {columns}, file, line FROM claims ORDER BY file, line"
    ):
        of = _ANYBODY if people is None else people.get(person, _STRANGER)
        got = received if tells else received_on
        cells = (claim_id, person, line, achieved, got, evidence, clause, files[file], row)
        facts = (of.in_programme, of.start, of.intake, of.segment, ref or of.provider_ref, _yes_or_no(withdrawn))
        rows.append(Claim(*cells, *facts))
    return Claims(tuple(rows), tells or received_on is not None)


def _refuse_unclear(contract: Contract, records: Records) -> None:
    """Several clauses that all take any outcome, and claims that name none of them."""
    clauses = claim_clauses(contract.terms)
    told = records.has("claims", "clause") or any(clause.id in contract.cards for clause in clauses)
    if len(clauses) > 1 and not told and len({line_ids(clause, None) for clause in clauses}) < len(clauses):
        message = "several clauses pay for claims, and the claims do not say which is meant."
        raise InputError(Problem("column-missing", "data.yaml tables.claims", message, "Map the column clause."))


def _yes_or_no(cell: str | None) -> Literal["yes", "no", "unclear"]:
    word = (cell or "no").strip().casefold()
    return "yes" if word in ("yes", "y", "true") else "no" if word in ("no", "n", "false", "") else "unclear"


def delivered_people(records: Records, terms: ContractTerms) -> dict[str, PersonFacts] | None:
    """What a delivery says of each person of the programme; None where it has no people table."""
    if not records.has("people"):
        return None
    cohort = select_cohort(terms, records)
    refs: dict[str, str] = {}
    if records.has("people", "provider_ref"):
        refs = dict(records.ask("SELECT person, any_value(provider_ref) FROM people GROUP BY person"))
    return _people(cohort, refs)


def _people(cohort: Cohort, refs: Mapping[str, str]) -> dict[str, PersonFacts]:
    columns = zip(
        cohort.units.ids.tolist(),
        cohort.treated.tolist(),
        cohort.index_date.tolist(),
        cohort.intake.tolist(),
        cohort.segment.tolist(),
        strict=True,
    )
    return {
        unit: PersonFacts(True, start, cohort.intakes[intake], cohort.segments[segment], refs.get(unit) or "")
        for unit, treated, start, intake, segment in columns
        if treated
    }


def split_claims(terms: ContractTerms, cards: Mapping[str, RateCard], claims: Claims) -> dict[str, Claims]:
    """Each claim under the one clause that decides it.

    The clause that the delivery names; else the first whose rate card (or, without a
    card, whose ``claims:``) has the outcome; else the first, which will reject it.
    """
    clauses = claim_clauses(terms)
    of_line: dict[str, str] = {}
    for clause in clauses:
        for line in line_ids(clause, cards.get(clause.id)):
            of_line.setdefault(line, clause.id)
    listed: dict[str, list[Claim]] = {clause.id: [] for clause in clauses}
    for claim in claims.rows:
        named = claim.clause if claim.clause in listed else None
        if clauses:
            listed[named or of_line.get(claim.line, clauses[0].id)].append(claim)
    return {clause: Claims(tuple(rows), claims.tells_received) for clause, rows in listed.items()}


def line_ids(clause: PaymentClause, card: RateCard | None) -> tuple[str, ...]:
    """The outcomes that a clause pays for: the lines of its card, or its one kind of claim."""
    if card is not None:
        return tuple(line.id for line in card.lines)
    return (clause.pay_for.claims,) if clause.pay_for and clause.pay_for.claims else ()


def cohort_of(claim: Claim, clause: PaymentClause, terms: ContractTerms) -> str:
    """The cohort that a claim is counted in: the clause's ``for_each``."""
    if clause.for_each == ALL_COHORTS:
        return ALL_COHORTS
    step = clause.for_each.removesuffix(" cohort")
    if clause.for_each == "cohort" or claim.start is None:
        return claim.intake
    return calendar_label(claim.start, step, terms.cohorts.year_start if terms.cohorts else NEW_YEAR)
