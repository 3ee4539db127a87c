"""Claims as they were delivered, tied to the people of a cohort: what a decision looks at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from outcomes.cohort.labels import ALL_COHORTS, EVERYONE
from outcomes.cohort.objects import Cohort
from outcomes.cohort.select import select_cohort
from outcomes.contract.clauses import PaymentClause
from outcomes.contract.rate_card import RateCard
from outcomes.contract.terms import ContractTerms, calendar_label, claim_clauses
from outcomes.errors import InputError, Problem
from outcomes.records.objects import Records, place_of

__all__ = ["Claim", "Claims", "claim_clauses", "read_claims", "split_claims"]

_COLUMNS = ("claim", "person", "outcome", "achieved_on", "received_on", "evidence", "clause")


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
    code : int
        Which person, as a number within the delivery.
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
    code: int = -1

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
class _Person:
    """What the cohort knows of a person."""

    in_programme: bool | None
    start: date | None = None
    intake: str = ALL_COHORTS
    segment: str = EVERYONE


_STRANGER = _Person(False)
_ANYBODY = _Person(None)


def read_claims(
    records: Records, clause: PaymentClause, terms: ContractTerms, cards: Mapping[str, RateCard] | None = None
) -> Claims:
    """The claims that one clause decides, with what the programme's cohort knows of each person.

    Parameters
    ----------
    records : Records
        With a claims table; where there is a people table, only its programme can be claimed for.
    clause : PaymentClause
    terms : ContractTerms
    cards : mapping of clause id to RateCard, optional
        Needed where several clauses pay for claims and the delivery does not name the clause.

    Raises
    ------
    InputError
        If no claims were delivered, or it is not clear which clause decides them.
    """
    if not records.has("claims"):
        message = "the contract pays for claims, and no claims table was delivered."
        raise InputError(Problem("table-missing", "data.yaml tables", message, "Add claims: under tables:."))
    several = len(claim_clauses(terms)) > 1
    if several and cards is None and not records.has("claims", "clause"):
        message = "several clauses pay for claims, and the claims do not say which is meant."
        raise InputError(Problem("column-missing", "data.yaml tables.claims", message, "Map the column clause."))
    cohort = select_cohort(terms, records) if records.has("people") else None
    return split_claims(terms, cards or {}, _all_claims(records, cohort))[clause.id]


def _all_claims(records: Records, cohort: Cohort | None) -> Claims:
    known = _people(cohort)
    files = records.tables["claims"].files
    columns = ", ".join(f'"{name}"' if records.has("claims", name) else f'NULL AS "{name}"' for name in _COLUMNS)
    number = "dense_rank() OVER (ORDER BY person) - 1"
    query = f"SELECT {columns}, file, line, {number} FROM claims ORDER BY file, line"
    rows = []
    for claim_id, person, line, achieved, received, evidence, clause, file, row, code in records.ask(query):
        of = _ANYBODY if known is None else known.get(person, _STRANGER)
        cells = (claim_id, person, line, achieved, received, evidence, clause, files[file], row)
        rows.append(Claim(*cells, of.in_programme, of.start, of.intake, of.segment, code))
    return Claims(tuple(rows), records.has("claims", "received_on"))


def _people(cohort: Cohort | None) -> dict[str, _Person] | None:
    """What is known of each person of the programme."""
    if cohort is None:
        return None
    columns = zip(
        cohort.units.ids.tolist(),
        cohort.treated.tolist(),
        cohort.index_date.tolist(),
        cohort.intake.tolist(),
        cohort.segment.tolist(),
        strict=True,
    )
    return {
        unit: _Person(True, start, cohort.intakes[intake], cohort.segments[segment])
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


def cohort_of(claim: Claim, clause: PaymentClause) -> str:
    """The cohort that a claim is counted in: the clause's ``for_each``."""
    if clause.for_each == ALL_COHORTS:
        return ALL_COHORTS
    step = clause.for_each.removesuffix(" cohort")
    if clause.for_each == "cohort" or claim.start is None:
        return claim.intake
    return calendar_label(claim.start, step)
