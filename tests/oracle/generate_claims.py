"""Random small agreements for claims, and what providers, payers and chance do with them.

Few people, few outcomes and few days, so that claims meet each other: `test_claims_fuzz.py`
counts how often each reason comes up.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

from tests.oracle.claims_world import (
    ALL,
    EVERYONE,
    Act,
    Change,
    Clause,
    Deal,
    Delivery,
    Line,
    Person,
    Row,
    World,
)

__all__ = ["make_world"]

OUTCOMES = ("entry", "stay", "job", "school")
PEOPLE = ("p", "q", "r")
SEGMENTS = ("north", "south")
ENDS = (date(2024, 3, 31), date(2024, 6, 30), date(2024, 9, 30), date(2024, 12, 31))
PROOFS = (("lease",), ("payslip", "letter"))
HOLIDAYS = frozenset({date(2024, 4, 1), date(2024, 7, 5), date(2024, 10, 2)})
STATES = ("accepted", "rejected", "disputed", "withdrawn")


def make_world(seed: int) -> World:
    """A contract, deliveries in order of days, and acts between them.

    A few contracts are such as the loader refuses (prices of claims by contract year): deciding does not rest on that.
    """
    return _Maker(Random(seed)).make()


class _Maker:
    def __init__(self, random: Random) -> None:
        self.random = random
        self.features: set[str] = set()
        self.segments = SEGMENTS if self.chance("segments", 0.4) else ()
        self.every = self.one_of(("month", "quarter", "half-year", "year")) if self.chance("cohorts", 0.5) else None
        self.year_month = 4 if self.every and self.chance("years from April", 0.4) else 1
        self.deal = Deal(())
        self.sent: list[Row] = []
        self.count = 0
        self.tells = self.random.random() < 0.8
        self.names = ("p", "q") if self.random.random() < 0.5 else PEOPLE

    def chance(self, feature: str, probability: float) -> bool:
        """True with a probability, and then the world has the feature."""
        if self.random.random() >= probability:
            return False
        self.features.add(feature)
        return True

    def one_of(self, choices: Any) -> Any:
        return self.random.choice(list(choices))

    # ---- the contract ------------------------------------------------------------------

    def make(self) -> World:
        self.deal = self.make_deal()
        elsewhere = ()
        if self.chance("two contracts", 0.25):
            elsewhere = tuple((self.one_of(PEOPLE), self.outcome(), self.day(ENDS[1])) for _ in range(4))
        return World(self.deal, tuple(self.make_steps()), elsewhere, frozenset(self.features))

    def make_deal(self) -> Deal:
        clauses = [self.card_clause("one")]
        if self.chance("overlapping clauses", 0.4):
            clauses.append(self.card_clause("two") if self.random.random() < 0.6 else self.single_clause("two"))
        elif self.chance("one kind of claim", 0.15):
            clauses = [self.single_clause("one")]
        has_limit = self.chance("a last day for claims", 0.35)
        return Deal(
            clauses=tuple(clauses),
            segments=self.segments,
            every=self.every,
            first_day=self.one_of((date(2023, 11, 10), date(2023, 12, 1), date(2024, 1, 2))),
            last_day=date(2024, 12, 31),
            year_month=self.year_month,
            period=self.one_of(("month", "quarter", "half-year", "year")) if has_limit else None,
            submit=self.one_of(((10, "working days"), (20, "days"), (2, "weeks"))) if has_limit else None,
            resubmit=self.one_of(((20, "days"), (92, "days"), (64, "working days"), (13, "weeks")))
            if self.chance("a last day for sending again", 0.5)
            else None,
            late=self.one_of((None, "query", "rejected", "accepted")),
            holidays=HOLIDAYS if self.random.random() < 0.7 else None,
            changes=self.make_changes(clauses),
        )

    def card_clause(self, name: str) -> Clause:
        lines: list[Line] = []
        for outcome in self.random.sample(OUTCOMES, self.random.randint(2, 4)):
            known = [line.outcome for line in lines]
            if self.segments and self.chance("lines of a segment", 0.4):
                both = self.one_of((("north",), ("north", "south"), ("north", None), (None, "south")))
                lines += [self.line(outcome, known, segment) for segment in both]
            else:
                lines.append(self.line(outcome, known, None))
        return replace(self.frame(name), lines=tuple(lines), order_by=self.order())

    def line(self, outcome: str, known: list[str], segment: str | None) -> Line:
        known = sorted(set(known))
        after = tuple(self.random.sample(known, min(len(known), self.one_of((0, 0, 1, 1, 2)))))
        left = [name for name in known if name not in after]
        return Line(
            outcome,
            self.random.randint(1, 9) * 100,
            segment,
            self.one_of(PROOFS) if self.random.random() < 0.25 else (),
            self.one_of((None, None, 1, 1, 2)),
            after,
            (self.one_of(left),) if left and self.chance("two routes", 0.2) else (),
        )

    def single_clause(self, name: str) -> Clause:
        clause = replace(self.frame(name), card=False, order_by=self.order())
        line = Line(self.one_of(OUTCOMES), 100, times=self.one_of((None, 1, 2)))
        clause = replace(clause, lines=(line,))
        if self.segments and self.chance("a price for each segment", 0.4):
            return replace(clause, by="segment", table=self.segments)
        if clause.cohorts != ALL and self.chance("a price for each cohort", 0.5):
            table = self.one_of((("2023", "2024"), ("2023-24", "2024-25"), ("2024-Q1", "2024", "2023-24")))
            return replace(clause, by="cohort", table=table)
        return clause

    def frame(self, name: str) -> Clause:
        """The parts of a clause that do not depend on how it prices."""
        cohorts = ALL
        if self.every is not None and self.chance("counted by cohort", 0.6):
            cohorts = self.one_of(("cohort", "quarter cohort", "half-year cohort", "year cohort"))
        return Clause(
            name,
            (),
            pays_for="north" if self.segments and self.chance("for one segment", 0.15) else EVERYONE,
            cohorts=cohorts,
            first=self.one_of((date(2024, 1, 31), date(2024, 3, 26))) if self.chance("a first day", 0.2) else None,
            last=self.one_of((date(2024, 6, 30), date(2024, 8, 31))) if self.chance("a last day", 0.2) else None,
        )

    def order(self) -> str | None:
        return self.one_of((None, "achieved_on", "received_on"))

    def make_changes(self, clauses: list[Clause]) -> tuple[Change, ...]:
        names = []
        for clause in clauses:
            names += [clause.id, *(f"{clause.id}.{name}" for name in clause.table)] if not clause.card else []
            names += [f"{line.outcome}.{line.segment}" if line.segment else line.outcome for line in clause.lines]
        changes = []
        days = (date(2024, 2, 5), date(2024, 5, 1), date(2024, 8, 1))
        for day in days if self.chance("new prices", 0.4) else ():
            changed = tuple(self.random.sample(names, min(len(names), 2)))
            changes.append(Change(day, self.one_of(("achieved", "received")), changed))
        if self.chance("the contract ends", 0.1):
            changes.append(Change(date(2024, 8, 20), self.one_of(("achieved", "received")), stops=True))
        return tuple(changes)

    # ---- what happens ------------------------------------------------------------------

    def make_steps(self) -> list[Delivery | Act]:
        steps: list[Delivery | Act] = []
        ends = ENDS[: self.random.randint(1, 4)]
        cumulative = self.chance("cumulative", 0.4)
        tells_people = self.chance("a people table", 0.75)
        for number, end in enumerate(ends):
            people = self.make_people() if tells_people and (number == 0 or self.random.random() < 0.3) else None
            rows = self.make_rows(end, cumulative)
            steps.append(Delivery(end, rows, cumulative, people, self.tells))
            if self.random.random() < 0.1:
                steps.append(steps[-1])
            if self.chance("a person decides", 0.5):
                steps += self.acts(end)
        return steps

    def acts(self, end: date) -> list[Act]:
        """One claim decided by a person, and perhaps once more; or two."""
        ref = f"c{self.random.randint(1, self.count)}"
        other = ref if self.random.random() < 0.5 else f"c{self.random.randint(1, self.count)}"
        later = end + timedelta(days=self.random.randint(0, 20))
        return [Act(end, ref, self.one_of(STATES)), Act(later, other, self.one_of(("accepted", *STATES)))]

    def make_people(self) -> dict[str, Person]:
        names = [name for name in PEOPLE if name == "p" or self.random.random() < 0.95]
        starts = [date(2023, 11, 12), date(2023, 12, 20), date(2024, 1, 1), date(2024, 1, 5), date(2024, 2, 10)]
        starts += [date(2024, 4, 2)] if self.random.random() < 0.3 else []
        people = {}
        for name in names:
            start = self.one_of(starts) if self.every or self.random.random() < 0.7 else None
            people[name] = Person(start, self.one_of(self.segments) if self.segments else EVERYONE)
        people["always"] = Person(date(2024, 1, 2), self.segments[0] if self.segments else EVERYONE)
        return people

    def make_rows(self, end: date, cumulative: bool) -> tuple[Row, ...]:
        before = list(self.sent)
        rows = []
        for old in before:
            row = self.sent_again(old, end, cumulative)
            if row is not None:
                rows.append(row)
        rows += [self.new_row(end) for _ in range(self.random.randint(1, 5))]
        for row in list(rows):
            rows += self.beside(row, end)
        self.random.shuffle(rows)
        self.sent = list({row.ref: row for row in (*before, *rows)}.values())
        return tuple(rows)

    def sent_again(self, old: Row, end: date, cumulative: bool) -> Row | None:
        """A claim of an earlier delivery: as it was, changed, taken back, or not there."""
        there = 0.93 if cumulative else 0.35
        if self.random.random() >= there:
            return None
        chance = self.random.random()
        if chance < 0.6:
            return old
        if chance < 0.7:
            return replace(old, back="yes", achieved=None, proof=None)
        return self.changed(replace(old, back=None), end)

    def changed(self, row: Row, end: date) -> Row:
        cell = self.one_of(("achieved", "proof", "person", "outcome", "received", "under", "back"))
        new: dict[str, Any] = {
            "achieved": self.day(end),
            "proof": self.proof(),
            "person": self.one_of(self.names),
            "outcome": self.outcome(),
            "received": self.day(end, 20),
            "under": self.under(),
            "back": self.one_of(("yes", "no", "perhaps")),
        }
        return replace(row, **{cell: new[cell]})

    def new_row(self, end: date) -> Row:
        self.count += 1
        achieved = None if self.random.random() < 0.03 else self.day(end)
        late = self.one_of((1, 5, 25, 120))
        received: date | None = end
        if self.random.random() < 0.8:
            received = min(end, (achieved or end) + timedelta(days=late))
        if self.random.random() < 0.1:
            received = self.one_of((None, end + timedelta(days=2), self.day(end)))
        if self.random.random() < 0.2:
            # Just before and after the last day on which an outcome of the period before can be claimed.
            before = max((day for day in ENDS if day < end), default=date(2023, 12, 31))
            achieved = before - timedelta(days=self.one_of((0, 5, 31)))
            received = before + timedelta(days=self.one_of((12, 14, 15, 16, 20, 21)))
        person = "stranger" if self.random.random() < 0.04 else self.one_of(self.names)
        back = self.one_of(("yes", "perhaps", "no")) if self.random.random() < 0.06 else None
        ref = f"c{self.count}"
        return Row(ref, person, self.outcome(), achieved, received, self.proof(), self.under(), back)

    def beside(self, row: Row, end: date) -> list[Row]:
        """What stands beside a row by mistake: itself, itself under another reference, something else under its own."""
        chance = self.random.random()
        if chance < 0.05:
            return [row]
        if chance < 0.1:
            self.count += 1
            return [replace(row, ref=f"c{self.count}", under=self.under())]
        if chance < 0.15:
            return [self.changed(row, end)]
        return []

    def day(self, end: date, more: int = 0) -> date:
        """One of a few days of the months before, or (seldom) after."""
        back = self.one_of((0, 0, 5, 31, 31, 45, 60, 60, 90, 150))
        ahead = 3 if self.random.random() < 0.03 else 0
        return end - timedelta(days=back - ahead) + timedelta(days=more if back > 20 else 0)

    def outcome(self) -> str:
        known = [line.outcome for clause in self.deal.clauses for line in clause.lines]
        return "cat" if not known or self.random.random() < 0.04 else self.one_of(known)

    def proof(self) -> str | None:
        return self.one_of(("lease", "Lease", "payslip", "letter", "letter", None))

    def under(self) -> str | None:
        if self.random.random() < 0.85:
            return None
        ids = [clause.id for clause in self.deal.clauses]
        return "three" if self.random.random() < 0.15 else self.one_of(ids)
