"""Deliveries and acts one after the other, in plain words: the naive engine's memory.

What was accepted stands; what was not is decided anew whenever it comes; what a cumulative
delivery leaves out counts as withdrawn; a person can overrule.  Written from docs/claims.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from tests.oracle.claims_world import EVERYONE, Act, Clause, Deal, Delivery, Person, Row
from tests.oracle.naive_claims import Case, Reason, Standing, clause_for, cohort_of, depth, priced_from, why_not

__all__ = ["Answer", "Entry", "NaiveRegister"]


@dataclass(frozen=True)
class Answer:
    """What became of a claim."""

    ref: str
    person: str
    clause: str
    outcome: str
    cohort: str
    segment: str
    state: str
    code: str
    priced_from: str
    achieved: date | None
    received: date | None


@dataclass(frozen=True)
class Entry:
    """A claim as the register knows it."""

    row: Row
    answer: Answer
    place: str
    detail: object
    decided: date
    first_received: date | None
    answered: date | None = None
    came_again: date | None = None
    by_person: bool = False
    disputed_from: str = ""
    no_price: bool = False

    @property
    def stands(self) -> bool:
        """It holds its place: accepted, or accepted before it was disputed."""
        return self.answer.state == "accepted" or self.disputed_from == "accepted"


class NaiveRegister:
    """All claims so far, each under its reference."""

    def __init__(self, deal: Deal, elsewhere: tuple[tuple[str, str, date], ...] = (), kept: bool = True) -> None:
        self.deal = deal
        self.elsewhere = elsewhere
        self.kept = kept
        """False where nothing is remembered: one list that stands alone."""
        self.entries: dict[str, Entry] = {}
        self.people: dict[str, Person] | None = None
        self.seen: list[Delivery] = []

    # ---- a delivery -------------------------------------------------------------------

    def deliver(self, delivery: Delivery) -> list[Answer]:
        """The answer to each row, in order; the register holds it afterwards."""
        if delivery in self.seen:
            return []
        number = len(self.seen) + 1
        self.seen.append(delivery)
        if delivery.people is not None:
            self.people = {**(self.people or {}), **self._in_programme(delivery.people)}
        rows = [self._with_receipt(row, delivery) for row in delivery.rows]
        answers: dict[int, Answer] = {}
        pending: list[int] = []
        for index, row in enumerate(rows):
            entry = self.entries.get(row.ref)
            if row in rows[:index]:
                answers[index] = self._say(row, ("rejected", "claim-repeated", ""))
            elif entry is not None and self._stays(entry, row):
                answers[index] = entry.answer
            else:
                pending.append(index)
        standing = self._standing(delivery, rows, pending)
        self._leave_out(delivery, number)
        outcomes: dict[int, Entry] = {}
        for index in self._in_order(rows, pending):
            entry = self._decide(rows, index, delivery, standing, f"{number}:{index}")
            outcomes[index], answers[index] = entry, entry.answer
            if entry.answer.state == "accepted":
                standing.append(_standing_of(entry))
        self._keep(rows, outcomes)
        return [answers[index] for index in range(len(rows))]

    def _in_programme(self, people: dict[str, Person]) -> dict[str, Person]:
        """Where the contract has cohorts, whoever started in their time; else everybody."""
        deal = self.deal
        found = {}
        for name, person in people.items():
            if deal.every is None or (person.start and deal.first_day <= person.start <= deal.last_day):
                found[name] = person
        return found

    def _with_receipt(self, row: Row, delivery: Delivery) -> Row:
        """Without a column of receipt: the day of the delivery, but for a claim that has come like this before.

        "No" under withdrawn says nothing.
        """
        row = replace(row, back=None) if row.back == "no" else row
        if delivery.tells_receipt:
            return row
        entry = self.entries.get(row.ref)
        if entry is not None and entry.row.says == row.says and not _taken(entry, row):
            return row.received_on(entry.row.received)
        return row.received_on(delivery.on if self.kept else None)

    def _stays(self, entry: Entry, row: Row) -> bool:
        """A claim that comes as it was and is settled: accepted, decided by a person, or taken back."""
        return (
            entry.row.says == row.says
            and (entry.stands or entry.by_person or row.back == "yes")
            and not (_taken(entry, row))
        )

    def _standing(self, delivery: Delivery, rows: list[Row], pending: list[int]) -> list[Standing]:
        """Who holds a place before anything is decided.

        Not what is left out, and not a claim that comes changed, as it is decided anew.
        """
        found = []
        for ref, entry in self.entries.items():
            left_out = delivery.cumulative and ref not in [row.ref for row in rows]
            changed = [index for index in pending if rows[index].ref == ref and self._counts(rows, index)]
            if entry.stands and not left_out and not changed:
                found.append(_standing_of(entry))
        return found

    def _counts(self, rows: list[Row], index: int) -> bool:
        """Whether a row says something of the claim under its reference.

        Not where that stands for another claim, nor where the delivery contradicts itself about a claim that stands,
        unless it is taken back.
        """
        row, entry = rows[index], self.entries.get(rows[index].ref)
        if entry is None:
            return True
        return not _taken(entry, row) and (row.back == "yes" or not (entry.stands and _doubtful(rows, row)))

    def _in_order(self, rows: list[Row], pending: list[int]) -> list[int]:
        """Clause by clause; the earliest outcome first, on one day what others need first."""

        def place(index: int) -> tuple[object, ...]:
            row = rows[index]
            clause = clause_for(self.deal, row)
            person = (self.people or {}).get(row.person)
            deep = depth(clause, row.outcome, person.segment if person else EVERYONE)
            days = (row.achieved or date.max, deep, row.received or date.max)
            return (self.deal.clauses.index(clause), *days, row.ref, index)

        return sorted(pending, key=place)

    def _decide(self, rows: list[Row], index: int, delivery: Delivery, standing: list[Standing], place: str) -> Entry:
        row, old = rows[index], self.entries.get(rows[index].ref)
        first_received = answered = came_again = None
        if old is not None:
            first_received = old.first_received or old.row.received
            answered, came_again = old.answered, old.came_again
            if old.row.says != row.says:
                answered = None if old.stands else old.decided
                after_answer = row.received is not None and answered is not None and row.received > answered
                came_again = row.received if after_answer else delivery.on
        clause = clause_for(self.deal, row)
        case = Case(
            row=row,
            person=(self.people or {}).get(row.person),
            in_programme=None if self.people is None else row.person in self.people,
            on=delivery.on,
            tells_receipt=delivery.tells_receipt or self.kept,
            taken=old.place if old is not None and _taken(old, row) else "",
            doubtful=_doubtful(rows, row),
            first_received=first_received,
            answered=answered,
            came_again=came_again,
            elsewhere=self.elsewhere,
            standing=tuple(standing),
        )
        reason = why_not(self.deal, clause, case)
        if old is not None and row.back == "yes" and not case.taken:
            # Who takes a claim back says nothing else: all else stays as it was.
            answer = replace(old.answer, state="withdrawn", code="withdrawn")
            return replace(
                old,
                row=replace(old.row, back="yes"),
                answer=answer,
                place=place,
                detail="",
                decided=delivery.on,
                by_person=False,
                disputed_from="",
            )
        return Entry(
            row=row,
            answer=self._say(row, reason),
            place=place,
            detail=reason[2] if reason else "",
            decided=delivery.on,
            first_received=first_received,
            answered=answered,
            came_again=came_again,
            no_price=self._no_price(row, clause) or (reason is not None and reason[1] == "segment-unpriced"),
        )

    def _no_price(self, row: Row, clause: Clause) -> bool:
        """Nothing in the contract pays for it, or there is nobody it is for: no person's decision can change that."""
        unknown = row.outcome not in [line.outcome for line in clause.lines] or row.under not in (None, clause.id)
        return unknown or (self.people is not None and row.person not in self.people)

    def _say(self, row: Row, reason: Reason | None) -> Answer:
        deal, clause = self.deal, clause_for(self.deal, row)
        person = (self.people or {}).get(row.person)
        known = [line.outcome for line in clause.lines]
        return Answer(
            ref=row.ref,
            person=row.person,
            clause=clause.id,
            outcome=row.outcome if row.outcome in known else "unknown",
            cohort=cohort_of(deal, clause, person),
            segment=person.segment if person is not None and deal.segments else EVERYONE,
            state=reason[0] if reason else "accepted",
            code=reason[1] if reason else "",
            priced_from=priced_from(deal, clause, row, person),
            achieved=row.achieved,
            received=row.received,
        )

    def _keep(self, rows: list[Row], outcomes: dict[int, Entry]) -> None:
        """One change for each reference: a row that takes the claim back, else the first that says something of it."""
        for ref in dict.fromkeys(row.ref for row in rows):
            mine = [index for index in sorted(outcomes) if rows[index].ref == ref and self._counts(rows, index)]
            back = [index for index in mine if outcomes[index].answer.state == "withdrawn"]
            for index in (back or mine)[:1]:
                new, old = outcomes[index], self.entries.get(ref)
                alike = old is not None and old.row.says == rows[index].says
                if alike and old is not None and _fares(old) == _fares(new):
                    continue
                self.entries[ref] = new

    def _leave_out(self, delivery: Delivery, number: int) -> None:
        if not delivery.cumulative:
            return
        here = [row.ref for row in delivery.rows]
        for ref, entry in self.entries.items():
            if ref not in here and entry.answer.state != "withdrawn":
                answer = replace(entry.answer, state="withdrawn", code=_kept(entry.answer.code, "left-out"))
                self.entries[ref] = replace(
                    entry, answer=answer, detail=number, decided=delivery.on, by_person=False, disputed_from=""
                )

    # ---- a person ----------------------------------------------------------------------

    def act(self, act: Act) -> bool:
        """What a named person decides; False where that cannot be."""
        entry = self.entries.get(act.ref)
        if entry is None or entry.answer.state == act.state:
            return False
        if act.state == "accepted" and (entry.no_price or entry.row.achieved is None):
            return False
        code = "" if act.state == "accepted" else _kept(entry.answer.code, f"{act.state}-by-a-person")
        before = entry.disputed_from or entry.answer.state
        self.entries[act.ref] = replace(
            entry,
            answer=replace(entry.answer, state=act.state, code=code),
            detail="a person",
            decided=act.on,
            by_person=True,
            disputed_from=before if act.state == "disputed" else "",
        )
        return True


def _taken(entry: Entry, row: Row) -> bool:
    """The reference was accepted for another person or outcome."""
    return entry.stands and (entry.row.person, entry.row.outcome) != (row.person, row.outcome)


def _doubtful(rows: Sequence[Row], row: Row) -> bool:
    """One reference for different claims in one delivery."""
    return len({other for other in rows if other.ref == row.ref}) > 1


def _fares(entry: Entry) -> tuple[object, ...]:
    return entry.answer.state, entry.answer.code, entry.detail


def _standing_of(entry: Entry) -> Standing:
    answer = entry.answer
    assert answer.achieved is not None
    return Standing(answer.ref, answer.person, answer.clause, answer.outcome, answer.achieved, entry.place)


def _kept(code: str, other: str) -> str:
    """The code of a new state: that a claim has no price, or is for nobody, stays known."""
    return code if code in ("outcome-unknown", "clause-unknown", "segment-unpriced", "person-unknown") else other
